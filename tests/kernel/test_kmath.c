/* The error bounds that kernels/kmath.h states, measured in units in the last place against long double (64 bits or
 * more), and its behaviour at the edges. Built for HC_ARCH and for the compiler's default instruction set, where there
 * may be no fused multiply-add, in double and in float (HC_PRECISION). */
#include "hc_check.h"
#include "invert.h"
#include "kmath.h"

#include <math.h>

enum { DENSE = 400000, RANDOM = 400000 };

#if HC_PRECISION == HC_PRECISION_DOUBLE
enum { DIGITS = 53, LEAST = -1074 }; /* bits of a number; exponent of the least one */
#define BELOW (-708.0)
#define ABOVE 709.0
#define NORMAL 0x1p-1022 /* the least */
#define LARGEST 1.7e308
#define TINY 1e-300
#else
enum { DIGITS = 24, LEAST = -149 };
#define BELOW (-87.0)
#define ABOVE 88.0
#define NORMAL 0x1p-126
#define LARGEST 3.4e38
#define TINY 1e-37
#endif

/* Distance of `found` from `exact` in ulp of the number nearest to exact. */
static double ulps(double found, long double exact)
{
  int exponent;
  (void)frexpl(exact, &exponent);
  return (double)fabsl((found - exact) / ldexpl(1.0L, PetscMax(exponent - DIGITS, LEAST)));
}

/* A number in [0, 1) from splitmix64, so that every run takes the same samples. */
static double uniform(uint64_t *seed)
{
  uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

struct function {
  const char *name;
  hc_real (*ours)(hc_real);
  long double (*exact)(long double);
  double low, high;
  bool logarithmic; /* samples spaced evenly in log x, of both signs if low = -high */
  double bound;     /* ulp */
};

static hc_real our_exp(hc_real x)
{
  return hc_exp(x);
}
static hc_real our_expm1(hc_real x)
{
  return hc_expm1(x);
}
static hc_real our_log(hc_real x)
{
  return hc_log(x);
}
static hc_real our_x_over_expm1(hc_real x)
{
  return hc_x_over_expm1(x);
}
static long double exact_x_over_expm1(long double x)
{
  return x == 0 ? 1 : x / expm1l(x);
}

static hc_real our_expm1_over_x(hc_real x)
{
  return hc_expm1_over_x(x);
}
static long double exact_expm1_over_x(long double x)
{
  return x == 0 ? 1 : expm1l(x) / x;
}

static const struct function functions[] = {
    {"exp", our_exp, expl, BELOW, ABOVE, false, 1.2},
    {"exp", our_exp, expl, -1, 1, false, 1.2},
    {"exp of small x", our_exp, expl, TINY, 1, true, 1.2},
    {"expm1", our_expm1, expm1l, BELOW, ABOVE, false, 2.0},
    {"expm1", our_expm1, expm1l, -2, 2, false, 2.0},
    {"expm1 of small x", our_expm1, expm1l, TINY, 1, true, 2.0},
    {"log", our_log, logl, NORMAL, LARGEST, true, 1.0},
    {"log near 1", our_log, logl, 0.5, 2, false, 1.0},
    {"log next to 1", our_log, logl, 1 - 1e-7, 1 + 1e-7, false, 1.0},
    {"x / (exp(x) - 1)", our_x_over_expm1, exact_x_over_expm1, BELOW, -BELOW, false, 2.5},
    {"x / (exp(x) - 1)", our_x_over_expm1, exact_x_over_expm1, -1e-3, 1e-3, false, 2.5},
    {"x / (exp(x) - 1) of small x", our_x_over_expm1, exact_x_over_expm1, TINY, 1, true, 2.5},
    {"(exp(x) - 1) / x", our_expm1_over_x, exact_expm1_over_x, BELOW, -BELOW, false, 2.5},
    {"(exp(x) - 1) / x", our_expm1_over_x, exact_expm1_over_x, -1e-3, 1e-3, false, 2.5},
    {"(exp(x) - 1) / x of small x", our_expm1_over_x, exact_expm1_over_x, TINY, 1, true, 2.5},
};

/* Reciprocals that share a division, within 3.5 ulp over the magnitudes that denominators of rates have. */
START_TEST(shared_reciprocals_are_close)
{
  uint64_t seed = 7;
  double worst = 0;
  for (int i = 0; i < RANDOM; ++i) {
    hc_real x[4];
    for (int j = 0; j < 4; ++j)
      x[j] = (hc_real)(exp(40 * (2 * uniform(&seed) - 1)) * (uniform(&seed) < 0.5 ? -1 : 1));
    const struct hc_reciprocals two = hc_invert2(x[0], x[1]), three = hc_invert3(x[0], x[1], x[2]);
    const struct hc_reciprocals four = hc_invert4(x[0], x[1], x[2], x[3]);
    const double found[] = {two.a, two.b, three.a, three.b, three.c, four.a, four.b, four.c, four.d};
    const int of[] = {0, 1, 0, 1, 2, 0, 1, 2, 3};
    for (int j = 0; j < 9; ++j)
      worst = fmax(worst, ulps(found[j], 1.0L / (long double)x[of[j]]));
  }
  printf("  shared reciprocals: %.2f ulp\n", worst);
  ck_assert_double_lt(worst, 3.5);
  ck_assert(isnan(hc_invert4(1, NAN, 1, 1).b) && isnan(hc_invert2(NAN, 1).a) && isnan(hc_invert3(1, 1, NAN).c));
}
END_TEST

static double sample(const struct function *f, double u, int sign)
{
  return f->logarithmic ? sign * exp(log(f->low) + (log(f->high) - log(f->low)) * u) : f->low + (f->high - f->low) * u;
}

START_TEST(errors_stay_below_the_stated_bounds)
{
  const struct function *f = &functions[_i];
  const bool both_signs = f->logarithmic && f->exact != logl;
  uint64_t seed = 1;
  double worst = 0, where = 0;
  for (int i = 0; i < DENSE + RANDOM; ++i) {
    const double u = i < DENSE ? (double)i / (DENSE - 1) : uniform(&seed);
    const hc_real x = (hc_real)PetscMin(sample(f, u, both_signs && i % 2 ? -1 : 1), both_signs ? 1.0 : f->high);
    const double error = ulps(f->ours(x), f->exact(x));
    if (!(error <= worst)) {
      worst = error;
      where = x;
    }
  }
  printf("  %s on [%g, %g]: %.3f ulp at %.17g\n", f->name, f->low, f->high, worst, where);
  ck_assert_msg(worst <= f->bound, "%s: %g ulp at %.17g", f->name, worst, where);
}
END_TEST

/* Powers: exponents of either sign such that |y log x| goes up to the limit, and the small ones that models use. */
START_TEST(pow_stays_below_its_bound)
{
  uint64_t seed = 2;
  double worst = 0, where[2] = {0};
  for (int i = 0; i < RANDOM; ++i) {
    const double log_x = i % 3 ? 20 * (uniform(&seed) - 0.5) : -1.97 * BELOW * (uniform(&seed) - 0.5);
    const hc_real x = (hc_real)(i % 7 ? exp(log_x) : 1 + 1e-3 * (uniform(&seed) - 0.5));
    const double most = PetscMin((-BELOW - 0.1) / fabs(log(x) + TINY), 1e30), span = i % 2 ? most : 4;
    const hc_real y = (hc_real)(PetscMin(span, most) * (2 * uniform(&seed) - 1));
    const double error = ulps(hc_pow(x, y), powl(x, y));
    if (!(error <= worst)) {
      worst = error;
      where[0] = x;
      where[1] = y;
    }
  }
  printf("  pow: %.3f ulp at (%.17g, %.17g)\n", worst, where[0], where[1]);
  ck_assert_msg(worst <= 1.4, "pow: %g ulp at (%.17g, %.17g)", worst, where[0], where[1]);
}
END_TEST

START_TEST(exponentials_clamp_outside_their_range)
{
  const hc_real least = (hc_real)ldexp(1, LEAST);
  ck_assert_double_eq(hc_exp(1e9), hc_exp(ABOVE));
  ck_assert_double_eq(hc_exp(INFINITY), hc_exp(ABOVE));
  ck_assert_double_eq(hc_exp(-1e9), hc_exp(BELOW));
  ck_assert_double_eq(hc_exp(-INFINITY), hc_exp(BELOW));
  ck_assert(hc_exp(-INFINITY) > 0 && isfinite(hc_exp(INFINITY)));
  ck_assert_double_eq(hc_expm1(-INFINITY), -1);
  ck_assert_double_eq(hc_expm1(INFINITY), hc_expm1(ABOVE));
  ck_assert_double_eq(hc_exp(0), 1);
  ck_assert_double_eq(hc_expm1(0), 0);
  ck_assert_double_eq(hc_expm1(least), least);
  ck_assert_double_eq(hc_x_over_expm1(0), 1);
  ck_assert_double_eq(hc_expm1_over_x(0), 1);
  ck_assert_double_eq(hc_x_over_expm1(-0.0), 1);
  ck_assert_double_eq(hc_x_over_expm1(least), 1);
}
END_TEST

START_TEST(logarithms_and_powers_at_the_edges)
{
  ck_assert_double_eq(hc_log(1), 0);
  ck_assert(hc_log(0) == -INFINITY && hc_log(-0.0) == -INFINITY && hc_log(NORMAL / 256) == -INFINITY);
  ck_assert(hc_log(INFINITY) == INFINITY);
  ck_assert(isnan(hc_log(-1)) && isnan(hc_log(-INFINITY)) && isnan(hc_log(-NORMAL / 256)));
  ck_assert_double_eq(hc_pow(3, 0), 1);
  ck_assert_double_eq(hc_pow(1, (hc_real)12345.678), 1);
  ck_assert_double_eq(hc_pow(10, 3), 1000);
  ck_assert_double_eq(hc_pow(0, 2), 0);
  ck_assert_double_eq(hc_pow(0, 0), 1);
  ck_assert(hc_pow(0, -1) == INFINITY);
  ck_assert(isnan(hc_pow(-2, 2)));
  ck_assert_double_eq(hc_pow(10, 1000), hc_exp(ABOVE));
  ck_assert_double_eq(hc_pow(10, -1000), hc_exp(BELOW));
}
END_TEST

START_TEST(nan_passes_through)
{
  ck_assert(isnan(hc_exp(NAN)) && isnan(hc_expm1(NAN)) && isnan(hc_log(NAN)) && isnan(hc_x_over_expm1(NAN)) &&
            isnan(hc_expm1_over_x(NAN)));
  ck_assert(isnan(hc_pow(NAN, 1)) && isnan(hc_pow(NAN, 0)) && isnan(hc_pow(1, NAN)) && isnan(hc_pow(0, NAN)));
}
END_TEST

/* Vector code gives the same bits as scalar code. */
START_TEST(lanes_equal_scalars)
{
  uint64_t seed = 3;
  for (int turn = 0; turn < 2000; ++turn) {
    hc_real x[HC_LANES], e[HC_LANES], m[HC_LANES], l[HC_LANES], p[HC_LANES];
    for (int i = 0; i < HC_LANES; ++i)
      x[i] = (hc_real)(200 * (uniform(&seed) - 0.3));
    HC_LANE_LOOP(lane)
    {
      e[lane] = hc_exp(x[lane]);
      m[lane] = hc_expm1(x[lane]);
      l[lane] = hc_log(x[lane]);
      p[lane] = hc_pow(x[lane], (hc_real)1.7);
    }
    for (int i = 0; i < HC_LANES; ++i) {
      volatile hc_real one = x[i];
      ck_assert(e[i] == hc_exp(one) && m[i] == hc_expm1(one));
      ck_assert(one < 0 ? isnan(l[i]) && isnan(p[i]) : l[i] == hc_log(one) && p[i] == hc_pow(one, (hc_real)1.7));
    }
  }
}
END_TEST

static Suite *kmath_suite(void)
{
  Suite *suite = suite_create("kmath");
  TCase *tcase = tcase_create("kmath");
  tcase_set_timeout(tcase, 0);
  tcase_add_test(tcase, shared_reciprocals_are_close);
  tcase_add_loop_test(tcase, errors_stay_below_the_stated_bounds, 0, (int)(sizeof(functions) / sizeof(functions[0])));
  tcase_add_test(tcase, pow_stays_below_its_bound);
  tcase_add_test(tcase, exponentials_clamp_outside_their_range);
  tcase_add_test(tcase, logarithms_and_powers_at_the_edges);
  tcase_add_test(tcase, nan_passes_through);
  tcase_add_test(tcase, lanes_equal_scalars);
  suite_add_tcase(suite, tcase);
  return suite;
}

HC_CHECK_MAIN(kmath_suite)
