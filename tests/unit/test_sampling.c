/* Designs: which points rows get, whoever asks for them, and when. */
#include "points.h"
#include "sampling_case.h"

#include <math.h>
#include <string.h>

#define UNIFORM(name) "- {name: " name ", min: 0, max: 1}\n"
#define THREE "vary:\n" UNIFORM("a") UNIFORM("b") UNIFORM("c")

static void rows_of(const char *text, int64_t rows, int64_t first, int64_t n, double *values)
{
  struct sample sample;
  ck_call(sample_try(text, rows, &sample));
  for (int64_t i = 0; i < n; i++)
    ck_call(hc_sampling_row(sample.sampling, first + i, values + i * sample.root.vary.n));
  sample_end(&sample);
}

/* ---- Sobol' ------------------------------------------------------------------------------------------------------ */

/* The first points of scipy.stats.qmc.Sobol(8, scramble=False) in SciPy 1.17, times 8. */
START_TEST(sobol_is_that_of_scipy)
{
  static const uint64_t first[6][8] = {{0, 0, 0, 0, 0, 0, 0, 0}, {4, 4, 4, 4, 4, 4, 4, 4}, {6, 2, 2, 2, 6, 6, 2, 6},
                                       {2, 6, 6, 6, 2, 2, 6, 2}, {3, 3, 5, 7, 3, 1, 3, 7}, {7, 7, 1, 3, 7, 5, 7, 3}};
  uint64_t directions[HC_SOBOL_BITS];
  for (int k = 0; k < 8; k++) {
    hc_sobol_directions(k, directions);
    for (uint64_t i = 0; i < 6; i++)
      ck_assert_uint_eq(hc_sobol_point(directions, i), first[i][k] << (HC_SOBOL_BITS - 3));
  }
}
END_TEST

/* SHA-256 of (Sobol(64, scramble=False).random(4096) * 2**32).astype("<u4"), and point 12345678, from the same. */
START_TEST(sobol_is_that_of_scipy_in_all_dimensions)
{
  static const int dimensions[6] = {0, 1, 2, 7, 31, 63};
  static const uint64_t later[6] = {635605440, 78157376, 1027110336, 1050170048, 671211968, 603843136};
  static uint8_t bytes[4096][64][4];
  char hex[65];
  uint64_t directions[HC_SOBOL_BITS];
  for (int k = 0; k < 64; k++) {
    hc_sobol_directions(k, directions);
    for (uint64_t i = 0; i < 4096; i++)
      for (int byte = 0; byte < 4; byte++)
        bytes[i][k][byte] = (uint8_t)(hc_sobol_point(directions, i) >> (HC_SOBOL_BITS - 32 + 8 * byte));
    for (int which = 0; which < 6; which++)
      if (dimensions[which] == k)
        ck_assert_uint_eq(hc_sobol_point(directions, 12345678) >> (HC_SOBOL_BITS - 30), later[which]);
  }
  ck_call(hc_sha256_bytes(bytes, sizeof bytes, hex));
  ck_assert_str_eq(hex, "eb652b2fef68714072f325758c3471ee8622e12a5d9b4ad5d90784464c6a8da3");
}
END_TEST

/* A digital shift keeps what makes the points even: 2^m of them have one in each of 2^m shares, of each quantity. */
START_TEST(shifted_sobol_is_even)
{
  enum { N = 256 };
  double values[3 * N], other[3];
  int count[3][N] = {{0}};
  rows_of("design: {method: sobol, seed: 5}\n" THREE, 1, 0, N, values);
  for (int i = 0; i < 3 * N; i++)
    count[i % 3][(int)(values[i] * N)]++;
  for (int k = 0; k < 3; k++)
    for (int i = 0; i < N; i++)
      ck_assert_int_eq(count[k][i], 1);
  rows_of("design: {method: sobol, seed: 6}\n" THREE, 1, 0, 1, other);
  ck_assert_double_ne(values[0], other[0]);
}
END_TEST

/* ---- Saltelli ---------------------------------------------------------------------------------------------------- */

/* Rows 20 to 39 of SALib.sample.sobol.sample(N=8, calc_second_order=False, scramble=False), times 16. */
static const int salib[20][3] = {{6, 6, 10},  {14, 6, 10}, {6, 6, 10},   {6, 6, 2},    {14, 6, 2},
                                 {14, 14, 2}, {6, 14, 2},  {14, 14, 2},  {14, 14, 10}, {6, 14, 10},
                                 {10, 2, 14}, {10, 2, 14}, {10, 10, 14}, {10, 2, 14},  {10, 10, 14},
                                 {2, 10, 6},  {2, 10, 6},  {2, 2, 6},    {2, 10, 6},   {2, 2, 6}};

START_TEST(saltelli_is_arranged_as_in_salib)
{
  double values[40 * 3];
  rows_of("design: {method: saltelli}\n" THREE, 1, 0, 40, values);
  for (int i = 20; i < 40; i++)
    for (int k = 0; k < 3; k++) {
      /* the first point is 0 but for the shifts, which are those of A or of B */
      const bool of_b = i % 5 == 4 || i % 5 == k + 1;
      const double shift = values[(of_b ? 4 : 0) * 3 + k];
      const uint64_t point = (uint64_t)(values[i * 3 + k] * 0x1p52) ^ (uint64_t)(shift * 0x1p52);
      ck_assert_uint_eq(point, (uint64_t)salib[i - 20][k] << 48);
    }
}
END_TEST

static double ishigami(const double x[3])
{
  return sin(x[0]) + 7 * sin(x[1]) * sin(x[1]) + 0.1 * pow(x[2], 4) * sin(x[0]);
}

/* Indices of the Ishigami function by the estimators of Saltelli et al. 2010 (first order) and Jansen 1999 (total),
 * against the exact ones (Ishigami & Homma 1990). */
START_TEST(saltelli_recovers_indices)
{
  enum { N = 4096 };
  static const double exact[2][3] = {{0.31390519, 0.44241114, 0}, {0.55758886, 0.44241114, 0.24368366}};
  double mean = 0, square = 0, first[3] = {0}, total[3] = {0};
  struct sample sample;
  ck_call(sample_try("design: {method: saltelli, seed: 3}\nvary:\n"
                     "- {name: a, min: -3.141592653589793, max: 3.141592653589793}\n"
                     "- {name: b, min: -3.141592653589793, max: 3.141592653589793}\n"
                     "- {name: c, min: -3.141592653589793, max: 3.141592653589793}\n",
                     1, &sample));
  for (int i = 0; i < N; i++) {
    double f[5];
    for (int j = 0; j < 5; j++) {
      double x[3];
      ck_call(hc_sampling_row(sample.sampling, 5 * i + j, x));
      f[j] = ishigami(x);
    }
    mean += (f[0] + f[4]) / (2 * N);
    square += (f[0] * f[0] + f[4] * f[4]) / (2 * N);
    for (int k = 0; k < 3; k++) {
      first[k] += f[4] * (f[k + 1] - f[0]) / N;
      total[k] += (f[0] - f[k + 1]) * (f[0] - f[k + 1]) / (2 * N);
    }
  }
  for (int k = 0; k < 3; k++) {
    ck_assert_double_eq_tol(first[k] / (square - mean * mean), exact[0][k], 0.02);
    ck_assert_double_eq_tol(total[k] / (square - mean * mean), exact[1][k], 0.01);
  }
  sample_end(&sample);
}
END_TEST

/* ---- Latin hypercubes -------------------------------------------------------------------------------------------- */

/* Sizes that are squares, primes, one, and a bit more than squares. */
START_TEST(latin_hypercubes_are_exact_in_each_block)
{
  static const int sizes[] = {1, 2, 3, 7, 16, 17, 100, 997};
  const int n = sizes[_i];
  char text[256];
  double *values;
  int *count;
  (void)snprintf(text, sizeof text, "design: {block: %d, seed: 11}\n%s", n, THREE);
  ck_call(PetscMalloc2(9 * n, &values, 3 * n, &count));
  rows_of(text, 5, 0, (int64_t)3 * n, values);
  for (int block = 0; block < 3; block++) {
    memset(count, 0, (size_t)(3 * n) * sizeof *count);
    for (int i = 0; i < 3 * n; i++) {
      const double u = values[3 * block * n + i];
      ck_assert(u > 0 && u < 1);
      count[i % 3 * n + (int)floor(u * n * (1 + 1e-15))]++;
    }
    for (int i = 0; i < 3 * n; i++)
      ck_assert_int_eq(count[i], 1);
  }
  ck_call(PetscFree2(values, count));
}
END_TEST

/* In permutations of few numbers, each number is everywhere equally often, and so are neighbours of numbers: chi-square
 * of positions over many permutations, within five standard deviations. */
START_TEST(permutations_are_fair)
{
  static const int sizes[] = {2, 3, 5, 12, 40};
  enum { TIMES = 4000 };
  const int n = sizes[_i];
  double *count, chi2 = 0, pairs = 0;
  ck_call(PetscCalloc1(n * n, &count));
  for (int which = 0; which < TIMES; which++) {
    const struct hc_random random = {.seed = 9, .stream = 4};
    double product = 0;
    for (int i = 0; i < n; i++) {
      const int to = (int)hc_permuted(random, (uint64_t)which, (uint64_t)n, (uint64_t)i);
      const int next = (int)hc_permuted(random, (uint64_t)which, (uint64_t)n, (uint64_t)((i + 1) % n));
      count[i * n + to]++;
      product += (to - (n - 1) / 2.0) * (next - (n - 1) / 2.0);
    }
    pairs += product / TIMES;
  }
  const double expected = (double)TIMES / n, freedom = (n - 1.0) * (n - 1.0);
  for (int i = 0; i < n * n; i++) /* a row of counts adds up, and so does a column */
    chi2 += (count[i] - expected) * (count[i] - expected) / expected * (n - 1) / n;
  ck_assert_double_le(fabs(chi2 - freedom), 5 * sqrt(2 * freedom) + 2);
  if (n > 3) { /* of fair permutations: - n/(n - 1) var(to), a variance of about n var^2 */
    const double variance = (n * (double)n - 1) / 12;
    ck_assert_double_eq_tol(pairs, -n / (n - 1.0) * variance, 5 * sqrt(n / (double)TIMES) * variance);
  }
  ck_call(PetscFree(count));
}
END_TEST

/* ---- All designs ------------------------------------------------------------------------------------------------- */

static const char *const methods[] = {"random", "latin_hypercube", "sobol", "saltelli"};

START_TEST(rows_do_not_depend_on_order_or_number)
{
  char text[256];
  double forward[3 * 60], alone[3], extended[3 * 60];
  struct sample sample;
  (void)snprintf(text, sizeof text, "design: {method: %s, seed: 8, block: 20}\n%s", methods[_i], THREE);
  rows_of(text, 20, 0, 60, forward);
  rows_of(text, 2000000, 0, 60, extended);
  ck_assert_mem_eq(forward, extended, sizeof forward);
  ck_call(sample_try(text, 60, &sample));
  for (int i = 59; i >= 0; i -= 7) {
    ck_call(hc_sampling_row(sample.sampling, i, alone));
    ck_assert_mem_eq(alone, forward + (ptrdiff_t)3 * i, sizeof alone);
  }
  ck_assert_int_eq(hc_sampling_rows(sample.sampling), INT64_MAX);
  ck_call(hc_sampling_row(sample.sampling, INT64_C(4000000000000), alone)); /* far away is as cheap */
  for (int k = 0; k < 3; k++)
    ck_assert(alone[k] > 0 && alone[k] < 1);
  ck_call_fails(hc_sampling_row(sample.sampling, -1, alone), HC_ERR_INPUT, "has no row -1");
  sample_end(&sample);
}
END_TEST

/* Without a block of its own, a Latin hypercube has as many rows as the cohort begins with. */
START_TEST(block_is_the_cohort)
{
  double given[30], taken[30];
  rows_of("design: {block: 10}\n" THREE, 5, 0, 10, given);
  rows_of("design: {}\n" THREE, 10, 0, 10, taken);
  ck_assert_mem_eq(given, taken, sizeof given);
}
END_TEST

/* Mean, variance and correlation of what should be independent and uniform; seeds differ. */
START_TEST(points_are_uniform_and_independent)
{
  enum { N = 20000 };
  static double values[3 * N], other[3 * N];
  char text[256];
  double mean[3] = {0}, product[4] = {0};
  (void)snprintf(text, sizeof text, "design: {method: %s, seed: 2}\n%s", methods[_i], THREE);
  rows_of(text, N, 0, N, values);
  (void)snprintf(text, sizeof text, "design: {method: %s, seed: 3}\n%s", methods[_i], THREE);
  rows_of(text, N, 0, N, other);
  for (int i = 0; i < N; i++) {
    const double *u = values + (ptrdiff_t)3 * i;
    for (int k = 0; k < 3; k++)
      mean[k] += u[k] / N;
    for (int k = 0; k < 3; k++)
      product[k] += 12 * (u[k] - 0.5) * (u[(k + 1) % 3] - 0.5) / N;
    product[3] += 12 * (u[0] - 0.5) * (other[3 * i] - 0.5) / N;
  }
  /* rows of Saltelli share numbers: fewer independent ones */
  const double error = 5 / sqrt(strcmp(methods[_i], "saltelli") == 0 ? N / 5.0 : N);
  for (int k = 0; k < 3; k++)
    ck_assert_double_eq_tol(mean[k], 0.5, error * sqrt(1 / 12.0));
  for (int k = 0; k < (_i < 2 ? 4 : 3); k++) /* seeds of Sobol' points differ by shifts of the same points */
    ck_assert_double_eq_tol(product[k], 0, error);
}
END_TEST

START_TEST(factorial_has_all_combinations)
{
  double values[18];
  struct sample sample;
  char text[32];
  ck_call(sample_try("design: {method: factorial, levels: 3}\nvary:\n- {name: a, distribution: categorical, values: "
                     "[x, y]}\n- {name: b, min: 0, max: 6}\n",
                     1, &sample));
  ck_assert_int_eq(hc_sampling_rows(sample.sampling), 6);
  for (int i = 0; i < 6; i++) {
    ck_call(hc_sampling_row(sample.sampling, i, values));
    ck_assert_double_eq(values[0], i / 3);
    ck_assert_double_eq_tol(values[1], 1 + 2 * (i % 3), 1e-14);
    hc_sampling_text(sample.sampling, 0, values[0], text, sizeof text);
    ck_assert_str_eq(text, i < 3 ? "x" : "y");
  }
  ck_call_fails(hc_sampling_row(sample.sampling, 6, values), HC_ERR_INPUT, "has no row 6; allowed: 0 to 5");
  sample_end(&sample);
}
END_TEST

START_TEST(other_numbers_are_their_own)
{
  struct sample sample;
  double values[3];
  ck_call(sample_try("design: {method: random}\n" THREE, 1, &sample));
  ck_call(hc_sampling_row(sample.sampling, 4, values));
  const double stratum = hc_sampling_uniform(sample.sampling, 4, 0);
  ck_assert(stratum > 0 && stratum < 1);
  ck_assert_double_eq(stratum, hc_sampling_uniform(sample.sampling, 4, 0));
  ck_assert_double_ne(stratum, hc_sampling_uniform(sample.sampling, 4, 1));
  ck_assert_double_ne(stratum, hc_sampling_uniform(sample.sampling, 5, 0));
  for (int k = 0; k < 3; k++)
    ck_assert_double_ne(stratum, values[k]);
  sample_end(&sample);
}
END_TEST

static Suite *suite(void)
{
  Suite *suite = suite_create("sampling");
  TCase *sobol = tcase_create("sobol"), *latin = tcase_create("latin"), *all = tcase_create("all");
  tcase_set_timeout(all, 60);
  tcase_add_test(sobol, sobol_is_that_of_scipy);
  tcase_add_test(sobol, sobol_is_that_of_scipy_in_all_dimensions);
  tcase_add_test(sobol, shifted_sobol_is_even);
  tcase_add_test(sobol, saltelli_is_arranged_as_in_salib);
  tcase_add_test(sobol, saltelli_recovers_indices);
  tcase_add_loop_test(latin, latin_hypercubes_are_exact_in_each_block, 0, 8);
  tcase_add_loop_test(latin, permutations_are_fair, 0, 5);
  tcase_add_loop_test(all, rows_do_not_depend_on_order_or_number, 0, 4);
  tcase_add_loop_test(all, points_are_uniform_and_independent, 0, 4);
  tcase_add_test(all, block_is_the_cohort);
  tcase_add_test(all, factorial_has_all_combinations);
  tcase_add_test(all, other_numbers_are_their_own);
  suite_add_tcase(suite, sobol);
  suite_add_tcase(suite, latin);
  suite_add_tcase(suite, all);
  return suite;
}

HC_CHECK_MAIN(suite)
