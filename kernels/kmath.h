/* healthcast kernels: elementary functions without branches, so that compilers vectorise them.
 *
 * function               arguments                               error (in ulp of the result) at most
 *                                                                double    float
 * hc_exp(x)              -708 <= x <= 709                        1.2       1.2
 * hc_expm1(x)            -708 <= x <= 709, tiny ones too         2.0       2.0
 * hc_log(x)              normal numbers > 0                      1.0       1.0
 * hc_pow(x, y)           normal x > 0, |y log x| <= 708,         1.4       1.4
 *                        |y| <= 1e300
 * hc_x_over_expm1(x)     |x| <= 708, 0 too                       2.5       2.5
 * hc_expm1_over_x(x)     |x| <= 708, 0 too                       2.5       2.5
 *
 * In float read -87, 88, 87 and 1e30 for -708, 709, 708 and 1e300. tests/kernel/test_kmath.c measures these bounds
 * against long double, with and without fused multiply-add; where a device divides less exactly than IEEE 754 wants
 * (floats in OpenCL: 2.5 ulp), those of quotients are larger by as much.
 *
 * Outside of the range: hc_exp and hc_expm1 clamp their argument to it, so they never overflow nor reach 0 or
 * infinity. hc_log: 0 and subnormal numbers give -infinity, infinity gives itself, negative numbers NaN. hc_pow: x = 0
 * or subnormal gives 0, 1 or infinity as y is positive, zero or negative; results clamp as those of hc_exp; negative x
 * gives NaN. NaN in, NaN out, everywhere and for every argument.
 *
 * Method: argument reduction by ln 2 in two parts (Cody & Waite 1980), polynomials through Chebyshev nodes computed for
 * this file with 60 digits. hc_pow keeps the logarithm in two numbers (error-free sums and products: Dekker 1971,
 * doi:10.1007/BF01397083).
 *
 * Where the compiler contracts a b + c (CUDA), nothing here loses digits: k ln2 is exact either way, sums without error
 * are of sums, and the one product whose rounding error is asked for is hc_rounded_product(), which is left alone. */
#ifndef HC_KMATH_H
#define HC_KMATH_H

#include "dialect.h"

#if HC_PRECISION == HC_PRECISION_DOUBLE
#include "kmath_double.h"
#else
#include "kmath_float.h"
#endif

HC_FN hc_real hc_select(int condition, hc_real yes, hc_real no)
{
  return condition ? yes : no;
}

HC_FN hc_real hc_square(hc_real x)
{
  return x * x;
}

HC_FN hc_real hc_cube(hc_real x)
{
  return x * x * x;
}

/* x = k ln2 + r with integer k and |r| <= ln2 / 2. */
struct hc_reduced {
  hc_real r, k;
  hc_pattern k_bits; /* k in the low bits, two's complement */
};

HC_FN struct hc_reduced hc_reduce(hc_real x)
{
  const hc_real shifted = hc_fma(x, HC_LOG2_E, HC_INTEGER_SHIFT);
  struct hc_reduced out;
  out.k = shifted - HC_INTEGER_SHIFT;
  out.k_bits = hc_bits(shifted);
  out.r = hc_fma(-out.k, HC_LN2_LOW, hc_fma(-out.k, HC_LN2_HIGH, x));
  return out;
}

HC_FN hc_real hc_power_of_two(hc_pattern k_bits)
{
  return hc_from_bits((k_bits << HC_MANTISSA) + HC_ONE_BITS);
}

HC_FN hc_real hc_clamp_exponent(hc_real x)
{
  const hc_real below = hc_select(x > HC_EXP_MOST, HC_EXP_MOST, x);
  return hc_select(below < HC_EXP_LEAST, HC_EXP_LEAST, below);
}

HC_FN hc_real hc_exp(hc_real x)
{
  const struct hc_reduced a = hc_reduce(hc_clamp_exponent(x));
  const hc_real p = hc_fma(a.r * a.r, hc_exp_tail(a.r), a.r);
  const hc_real scale = hc_power_of_two(a.k_bits);
  return hc_fma(scale, p, scale);
}

HC_FN hc_real hc_expm1(hc_real x)
{
  const struct hc_reduced a = hc_reduce(hc_clamp_exponent(x));
  const hc_real scale = hc_power_of_two(a.k_bits), one = 1.0;
  /* the first two terms are added first, because they cancel without error where the sum is small */
  return hc_fma(scale * (a.r * a.r), hc_exp_tail(a.r), hc_fma(scale, a.r, scale - one));
}

/* x / (exp(x) - 1), 1 at x = 0: the removable singularity of the Goldman-Hodgkin-Katz current. */
HC_FN hc_real hc_x_over_expm1(hc_real x)
{
  const hc_real d = hc_expm1(x);
  return hc_select(x == 0.0, 1.0, x / hc_select(x == 0.0, 1.0, d));
}

/* (exp(x) - 1) / x, 1 at x = 0: the mean of exp over [0, x], of exponential integrators. */
HC_FN hc_real hc_expm1_over_x(hc_real x)
{
  return hc_select(x == 0.0, 1.0, hc_expm1(x) / hc_select(x == 0.0, 1.0, x));
}

/* x = 2^k m with sqrt(1/2) <= m < sqrt(2), for normal x > 0. */
struct hc_split {
  hc_real m, k;
};

HC_FN struct hc_split hc_split(hc_real x)
{
  const hc_pattern shifted = hc_bits(x) + (HC_ONE_BITS - HC_ROOT_HALF_BITS);
  const hc_real biased = hc_from_bits((shifted >> HC_MANTISSA) | HC_INTEGER_BITS); /* HC_INTEGER_BIASED + k */
  struct hc_split out;
  out.m = hc_from_bits((shifted & HC_MANTISSA_BITS) + HC_ROOT_HALF_BITS);
  out.k = biased - HC_INTEGER_BIASED;
  return out;
}

/* What log gives for arguments that have no logarithm of their own; `regular` for all others, NaN included. */
HC_FN hc_real hc_log_special(hc_real x, hc_real regular)
{
  const hc_real low = hc_select(x < 0.0, HC_NAN, -HC_INFINITY);
  const hc_real high = hc_select(x <= HC_LARGEST, regular, x); /* infinity and NaN as they are */
  return hc_select(x < HC_LEAST_NORMAL, low, high);
}

HC_FN hc_real hc_log(hc_real x)
{
  const struct hc_split a = hc_split(x);
  const hc_real one = 1.0, two = 2.0, one_half = 0.5;
  const hc_real f = a.m - one, s = f / (two + f), z = s * s, bend = one_half * f * f;
  /* log(m) = 2 s + s^3 tail = f - f^2/2 + s (f^2/2 + s^2 tail), summed from small to large */
  const hc_real small = hc_fma(s, hc_fma(z, hc_log_tail(z), bend), a.k * HC_LN2_LOW);
  return hc_log_special(x, hc_fma(a.k, HC_LN2_HIGH, f - (bend - small)));
}

/* ---- Numbers in two parts: high + low --------------------------------------------------------------------------- */

struct hc_pair {
  hc_real high, low;
};

HC_FN struct hc_pair hc_pair_of(hc_real high, hc_real low)
{
  struct hc_pair out;
  out.high = high;
  out.low = low;
  return out;
}

/* a + b without error, if |a| >= |b| or a = 0. */
HC_FN struct hc_pair hc_quick_sum(hc_real a, hc_real b)
{
  const hc_real sum = a + b;
  return hc_pair_of(sum, b - (sum - a));
}

/* a b without error. */
HC_FN struct hc_pair hc_product(hc_real a, hc_real b)
{
  const hc_real p = hc_rounded_product(a, b);
#if HC_HAS_FMA
  return hc_pair_of(p, hc_fma(a, b, -p));
#else
  const hc_real at = HC_SPLITTER * a, bt = HC_SPLITTER * b;
  const hc_real ah = at - (at - a), al = a - ah, bh = bt - (bt - b), bl = b - bh;
  return hc_pair_of(p, ((ah * bh - p) + ah * bl + al * bh) + al * bl);
#endif
}

HC_FN struct hc_pair hc_pair_product(struct hc_pair a, struct hc_pair b)
{
  const struct hc_pair p = hc_product(a.high, b.high);
  return hc_quick_sum(p.high, p.low + (a.high * b.low + a.low * b.high));
}

/* log(x) of a normal x > 0 with a relative error of about 2^-66 (2^-36 in float). */
HC_FN struct hc_pair hc_log_pair(hc_real x)
{
  const struct hc_split a = hc_split(x);
  const hc_real one = 1.0, two = 2.0;
  const hc_real f = a.m - one;
  const struct hc_pair d = hc_quick_sum(two, f);
  const hc_real high = f / d.high;
  const struct hc_pair back = hc_product(high, d.high);
  const struct hc_pair s = hc_quick_sum(high, (((f - back.high) - back.low) - high * d.low) / d.high);
  const struct hc_pair z = hc_pair_product(s, s);
  const struct hc_pair third = hc_quick_sum(HC_TWO_THIRDS, HC_TWO_THIRDS_LOW + hc_log_pair_tail(z.high) * z.high);
  const struct hc_pair bend = hc_pair_product(z, third);
  const struct hc_pair factor = hc_quick_sum(two, bend.high);
  const struct hc_pair log_m = hc_pair_product(s, hc_quick_sum(factor.high, factor.low + bend.low));
  const struct hc_pair sum = hc_quick_sum(a.k * HC_LN2_HIGH, log_m.high); /* k = 0, or |k ln2| > |log m| */
  return hc_quick_sum(sum.high, sum.low + (log_m.low + a.k * HC_LN2_LOW));
}

HC_FN hc_real hc_pow(hc_real x, hc_real y)
{
  const struct hc_pair l = hc_log_pair(x);
  const struct hc_pair p = hc_product(y, l.high);
  const hc_real low = p.low + y * l.low;
  const hc_real high = hc_clamp_exponent(p.high + low);
  const int clamped = high != p.high + low;
  struct hc_reduced a = hc_reduce(hc_select(clamped, high, p.high));
  a.r += hc_select(clamped, 0.0, low);
  const hc_real scale = hc_power_of_two(a.k_bits);
  const hc_real regular = hc_fma(scale, hc_fma(a.r * a.r, hc_exp_tail(a.r), a.r), scale);
  const hc_real at_zero = hc_select(y > 0.0, 0.0, hc_select(y == 0.0, 1.0, HC_INFINITY));
  const hc_real low_x = hc_select(x < 0.0, HC_NAN, at_zero);
  const hc_real result = hc_select(x < HC_LEAST_NORMAL, low_x, regular);
  return hc_select(x == x && y == y, result, x + y);
}

#endif
