/* Weekly doses under uncertainty: times to progression against the model stepped finely, superquantiles against their
 * definition, limits against brute force, and plans against all plans of a grid. */
#include "design.h"
#include "hc_check.h"
#include "logistic.h"

#include <math.h>
#include <string.h>

#define SAMPLES 40

static struct hc_design_sample samples[SAMPLES];

/* Tumours about a median, as a posterior may have them. */
static struct hc_design make(int weeks, int n)
{
  const struct hc_random random = {.seed = 3, .stream = 1};
  for (int k = 0; k < n; k++) {
    const uint64_t first = 4 * (uint64_t)k;
    samples[k] = (struct hc_design_sample){.rho = 0.05 * exp(0.3 * hc_random_normal(random, first)),
                                           .capacity = 150 * exp(0.3 * hc_random_normal(random, first + 1)),
                                           .alpha = 0.04 * exp(0.3 * hc_random_normal(random, first + 2)),
                                           .alpha_beta = 10,
                                           .volume = 30 * exp(0.1 * hc_random_normal(random, first + 3))};
    samples[k].limit = 2 * samples[k].volume;
  }
  return (struct hc_design){.n = n,
                            .samples = samples,
                            .weeks = weeks,
                            .fractions = 5,
                            .max_dose = 4,
                            .max_bed = INFINITY,
                            .normal_alpha_beta = 3,
                            .horizon = 730,
                            .level = 0.8};
}

/* Days until the volume reaches the limit, in steps of 1/512 day (exact in binary, so fractions fall on steps). */
static double stepped_time(const struct hc_design *design, const struct hc_design_sample *sample, const double *doses)
{
  const int each = 512;
  double v = sample->volume;
  for (int step = 0; step < design->horizon * each; step++) {
    if (v >= sample->limit)
      return (double)step / each;
    const int day = step / each, week = day / 7;
    if (step % each == 0 && week < design->weeks && day % 7 < design->fractions)
      v *= exp(-sample->alpha * doses[week] * (1 + doses[week] / sample->alpha_beta));
    v = hc_logistic_grow(v, sample->rho, sample->capacity, 1.0 / each);
  }
  return design->horizon;
}

START_TEST(times_are_those_of_the_model)
{
  static const double plans[][6] = {
      {2, 2, 2, 2, 2, 2}, {0, 0, 0, 0, 0, 0}, {4, 4, 4, 0, 0, 0}, {0, 0, 0, 4, 4, 4}, {0.3, 3.5, 0, 1, 4, 2.2}};
  struct hc_design design = make(6, SAMPLES);
  double times[SAMPLES];
  samples[3].rho = 0.4;                       /* progresses between fractions */
  samples[5].limit = 1e4;                     /* never */
  samples[7].capacity = 40;                   /* never: the limit is above the capacity */
  samples[9].limit = 0.5 * samples[9].volume; /* already */
  for (size_t p = 0; p < sizeof plans / sizeof plans[0]; p++) {
    hc_design_times(&design, plans[p], times);
    for (int k = 0; k < SAMPLES; k++)
      ck_assert_double_eq_tol(times[k], stepped_time(&design, &samples[k], plans[p]), 1.01 / 512);
    ck_assert_double_eq(times[5], 730);
    ck_assert_double_eq(times[7], 730);
    ck_assert_double_eq(times[9], 0);
  }
}
END_TEST

START_TEST(tails_are_means_of_the_worst)
{
  double values[] = {5, 1, 4, 2, 3};
  ck_assert_double_eq_tol(hc_design_tail(5, values, 0), 3, 1e-15);
  ck_assert_double_eq_tol(hc_design_tail(5, values, 0.6), 1.5, 1e-15);
  ck_assert_double_eq_tol(hc_design_tail(5, values, 0.5), (1 + 2 + 0.5 * 3) / 2.5, 1e-15);
  /* Rockafellar and Uryasev: the superquantile of the loss -T is the least of t + E max(-T - t, 0) / (1 - level) */
  for (int l = 0; l < 5; l++) {
    const double level = 0.1 + 0.17 * l;
    double least = INFINITY;
    for (int i = 0; i <= 6000; i++) {
      const double t = -1e-3 * i;
      double sum = 0;
      for (int k = 0; k < 5; k++)
        sum += fmax(-values[k] - t, 0) / 5;
      least = fmin(least, t + sum / (1 - level));
    }
    ck_assert_double_eq_tol(hc_design_tail(5, values, level), -least, 2e-3);
  }
}
END_TEST

/* The projection keeps the limits, leaves what keeps them, and no point of a fine grid that keeps them is nearer. */
START_TEST(limits_hold_and_are_nearest)
{
  struct hc_design design = make(3, 1);
  const struct hc_random random = {.seed = 4, .stream = 1};
  design.given_dose = 10;
  design.given_bed = 16;
  for (int trial = 0; trial < 40; trial++) {
    double doses[3], projected[3], nearest = INFINITY, distance = 0;
    const double total = 10 + 50 * hc_random_uniform(random, 100 + (uint64_t)trial);
    design.max_bed = trial % 2 ? INFINITY : 16 + 80 * hc_random_uniform(random, 200 + (uint64_t)trial);
    for (int i = 0; i < 3; i++)
      projected[i] = doses[i] = 6 * hc_random_uniform(random, 3 * (uint64_t)trial + (uint64_t)i) - 1;
    ck_call(hc_design_project(&design, total, projected));
    ck_assert_double_le(hc_design_dose(&design, projected), total + 1e-9);
    ck_assert_double_le(hc_design_bed(&design, projected), design.max_bed + 1e-9);
    for (int i = 0; i < 3; i++) {
      ck_assert(projected[i] >= 0 && projected[i] <= 4);
      distance += pow(projected[i] - doses[i], 2);
    }
    const int n = 40;
    for (int i = 0; i <= n * n * n; i++) {
      const double x[] = {4.0 / n * (i % n), 4.0 / n * (i / n % n), 4.0 / n * (i / n / n)};
      if (hc_design_dose(&design, x) <= total && hc_design_bed(&design, x) <= design.max_bed)
        nearest = fmin(nearest, pow(x[0] - doses[0], 2) + pow(x[1] - doses[1], 2) + pow(x[2] - doses[2], 2));
    }
    ck_assert_double_le(distance, nearest + 1e-9);
    double again[3];
    memcpy(again, projected, sizeof again);
    ck_call(hc_design_project(&design, total + 1e-9, again));
    for (int i = 0; i < 3; i++)
      ck_assert_double_eq_tol(again[i], projected[i], 1e-7);
  }
  double doses[3] = {1, 1, 1};
  ck_call_fails(hc_design_project(&design, 5, doses), HC_ERR_INPUT, "10 Gy were given before");
}
END_TEST

/* No plan of a grid is better than what the search finds, but for a hundredth of a day. */
START_TEST(plans_are_as_good_as_the_best_of_a_grid)
{
  struct hc_design design = make(4, SAMPLES);
  const struct hc_design_options options = {.starts = 10, .runs = 300, .seed = 1};
  const double totals[] = {20, 40, 50};
  double times[SAMPLES], doses[4], tail, before = 0;
  for (int with_bed = 0; with_bed < 2; with_bed++) {
    design.max_bed = with_bed ? 70 : INFINITY;
    before = 0;
    for (int t = 0; t < 3; t++) {
      double best = 0;
      ck_call(hc_design_optimise(&design, totals[t], &options, NULL, doses, &tail));
      const int n = 20;
      for (int i = 0; i < (n + 1) * (n + 1) * (n + 1) * (n + 1); i++) {
        const double step = design.max_dose / n;
        const int m = n + 1;
        const double x[] = {step * (i % m), step * (i / m % m), step * (i / m / m % m), step * (i / m / m / m)};
        const double dose = hc_design_dose(&design, x);
        if (dose > totals[t] || dose < totals[t] - 5 * step - 1e-9 || hc_design_bed(&design, x) > design.max_bed)
          continue;
        hc_design_times(&design, x, times);
        best = fmax(best, hc_design_tail(SAMPLES, times, design.level));
      }
      printf("%g Gy, BED %g: search %.3f d (%.2f %.2f %.2f %.2f), grid %.3f d\n", totals[t], design.max_bed, tail,
             doses[0], doses[1], doses[2], doses[3], best);
      ck_assert_double_ge(tail, best - 0.01);
      ck_assert_double_ge(tail, before - 0.01);
      before = tail;
      hc_design_times(&design, doses, times);
      ck_assert_double_eq_tol(hc_design_tail(SAMPLES, times, design.level), tail, 1e-12);
    }
  }
}
END_TEST

START_TEST(equal_control_takes_the_smallest_dose)
{
  struct hc_design design = make(4, SAMPLES);
  const struct hc_design_options options = {.starts = 8, .runs = 200, .seed = 1};
  const double even[] = {2, 2, 2, 2};
  double times[SAMPLES], doses[4], tail, total;
  hc_design_times(&design, even, times);
  const double wanted = hc_design_tail(SAMPLES, times, design.level);
  ck_call(hc_design_match(&design, wanted, 60, &options, &total, doses));
  ck_assert_double_lt(total, 40);
  hc_design_times(&design, doses, times);
  ck_assert_double_ge(hc_design_tail(SAMPLES, times, design.level), wanted);
  ck_call(hc_design_optimise(&design, total - 0.2, &options, doses, doses, &tail));
  ck_assert_double_lt(tail, wanted);
  ck_call(hc_design_match(&design, 700, 60, &options, &total, doses));
  ck_assert(isinf(total));
}
END_TEST

static Suite *suite(void)
{
  Suite *suite = suite_create("design");
  TCase *tests = tcase_create("design");
  tcase_set_timeout(tests, 120);
  tcase_add_test(tests, times_are_those_of_the_model);
  tcase_add_test(tests, tails_are_means_of_the_worst);
  tcase_add_test(tests, limits_hold_and_are_nearest);
  tcase_add_test(tests, plans_are_as_good_as_the_best_of_a_grid);
  tcase_add_test(tests, equal_control_takes_the_smallest_dose);
  suite_add_tcase(suite, tests);
  return suite;
}

HC_CHECK_MAIN(suite)
