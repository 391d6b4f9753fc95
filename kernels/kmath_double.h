/* healthcast kernels: the constants and polynomials of kmath.h in double. */
#ifndef HC_KMATH_DOUBLE_H
#define HC_KMATH_DOUBLE_H

#include "dialect.h"

#define HC_MANTISSA 52 /* bits */
#define HC_ONE_BITS HC_UINT64(0x3ff0000000000000)
#define HC_MANTISSA_BITS HC_UINT64(0x000fffffffffffff)
#define HC_EXPONENT_BITS HC_UINT64(0x7ff0000000000000)
#define HC_INVERSE_EXPONENTS HC_UINT64(0x7fe0000000000000) /* less a power of two's pattern: that of its inverse */
#define HC_ROOT_HALF_BITS HC_UINT64(0x3fe6a09e00000000)    /* sqrt(1/2), rounded down */
#define HC_INTEGER_BITS HC_UINT64(0x4330000000000000)      /* 2^52: or-ing a small integer in adds it */
#define HC_INTEGER_BIASED (0x1p52 + 1023.0)
#define HC_INTEGER_SHIFT 0x1.8p52 /* adding it rounds to an integer and leaves that in the low bits */
#define HC_LEAST_NORMAL 0x1p-1022
#define HC_LARGEST 0x1.fffffffffffffp1023
#define HC_SPLITTER 134217729.0 /* 2^27 + 1 */

#define HC_EXP_LEAST (-708.0)
#define HC_EXP_MOST 709.0
#define HC_LOG2_E 0x1.71547652b82fep+0
#define HC_LN2_HIGH 0x1.62e42fefa3000p-1 /* 41 bits: times any exponent it is exact */
#define HC_LN2_LOW 0x1.3de6af278ece6p-42
#define HC_TWO_THIRDS 0x1.5555555555555p-1
#define HC_TWO_THIRDS_LOW 0x1.5555555555555p-55
#define HC_NUDGE 0x1p-17   /* relative, for difference quotients: of concentrations */
#define HC_NUDGE_V 0x1p-17 /* and of V, in which rates bend more */

/* (exp(r) - 1 - r) / r^2 for |r| <= ln2 / 2; relative to exp(r) - 1 the result is good to 4e-17. */
HC_FN hc_real hc_exp_tail(hc_real r)
{
  hc_real q = 0x1.af38a9b0ec855p-26;
  q = hc_fma(q, r, 0x1.289185613a3d6p-22);
  q = hc_fma(q, r, 0x1.71de0dae63bb3p-19);
  q = hc_fma(q, r, 0x1.a019b90d2ae7ap-16);
  q = hc_fma(q, r, 0x1.a01a01a7c41d5p-13);
  q = hc_fma(q, r, 0x1.6c16c1788bd90p-10);
  q = hc_fma(q, r, 0x1.11111111109b3p-7);
  q = hc_fma(q, r, 0x1.5555555553d63p-5);
  q = hc_fma(q, r, 0x1.5555555555556p-3);
  return hc_fma(q, r, 0x1.0000000000001p-1);
}

/* (2 atanh(s) - 2 s) / s^3 with z = s^2, for |s| <= 0.1716. */
HC_FN hc_real hc_log_tail(hc_real z)
{
  hc_real q = 0x1.2b5900de53b32p-3;
  q = hc_fma(q, z, 0x1.39fe51a7c18f9p-3);
  q = hc_fma(q, z, 0x1.7462b51cb66b1p-3);
  q = hc_fma(q, z, 0x1.c71c62e3f11e6p-3);
  q = hc_fma(q, z, 0x1.2492492df281ap-2);
  q = hc_fma(q, z, 0x1.99999999952d7p-2);
  return hc_fma(q, z, 0x1.5555555555558p-1);
}

/* (2 atanh(s) - 2 s - 2/3 s^3) / s^5 */
HC_FN hc_real hc_log_pair_tail(hc_real z)
{
  hc_real q = 0x1.e02e6fff27908p-4;
  q = hc_fma(q, z, 0x1.df7cc8e5fa539p-4);
  q = hc_fma(q, z, 0x1.1118c7e4b0917p-3);
  q = hc_fma(q, z, 0x1.3b1395d2190c1p-3);
  q = hc_fma(q, z, 0x1.745d177a96056p-3);
  q = hc_fma(q, z, 0x1.c71c71c6eaa10p-3);
  q = hc_fma(q, z, 0x1.2492492492521p-2);
  return hc_fma(q, z, 0x1.999999999999ap-2);
}

#endif
