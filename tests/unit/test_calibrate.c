/* Calibration of a tumour without space: the model against other integrators, recovery of known parameters, coverage of
 * intervals, and what is wrong with cases. */
#include "calibrate.h"
#include "calibrate_case.h"
#include "hc_check.h"

#include <math.h>
#include <string.h>

/* ---- Model ------------------------------------------------------------------------------------------------------- */

/* Runge and Kutta's scheme for dV/dt = rho V (1 - V / K) - kill V. */
static double integrate(double v, double rho, double capacity, double kill, double dt, int steps)
{
  const double h = dt / steps;
  for (int i = 0; i < steps; i++) {
    double k[4], at = v;
    for (int s = 0; s < 4; s++) {
      k[s] = rho * at * (1 - at / capacity) - kill * at;
      at = v + h * (s < 2 ? 0.5 : 1) * k[s];
    }
    v += h / 6 * (k[0] + 2 * k[1] + 2 * k[2] + k[3]);
  }
  return v;
}

START_TEST(growth_is_exact)
{
  ck_assert_double_eq_tol(hc_logistic_grow(20, 0.07, 100, 40), integrate(20, 0.07, 100, 0, 40, 4000), 1e-9);
  ck_assert_double_eq_tol(hc_logistic_grow(150, 0.07, 100, 40), integrate(150, 0.07, 100, 0, 40, 4000), 1e-9);
  ck_assert(hc_logistic_grow(20, 0.07, 100, 0) == 20);
  const double t = hc_logistic_time(20, 0.07, 100, 60);
  ck_assert_double_eq_tol(hc_logistic_grow(20, 0.07, 100, t), 60, 1e-12);
  ck_assert(isinf(hc_logistic_time(20, 0.07, 100, 100)));
  ck_assert(hc_logistic_time(20, 0.07, 100, 10) == 0);
}
END_TEST

/* Fractions on weekdays from a Monday on, each after the scan of its day. */
START_TEST(fractions_kill_as_the_linear_quadratic_model_says)
{
  static const char *const set[] = {"unknowns=[{name: rho, min: 0.002, max: 0.5}]",
                                    "known={capacity: 100, alpha: 0.05, volume: 20}",
                                    "scans=[{day: 0, volume: 20}, {day: 8, volume: 20}, {day: 11, volume: 20}]",
                                    "therapy.radiotherapy=[{start: 7, fractions: 3, dose: 2, alpha_beta: 8}]"};
  struct hc_calibrate_case study;
  struct hc_params *params;
  struct hc_therapy *therapy;
  const double days[] = {7, 8, 11}, survival = exp(-(0.05 * 2 + 0.05 / 8 * 4));
  double volumes[3], v = 20;
  ck_call(hc_calibrate_read(PETSC_COMM_WORLD, NULL, 4, set, &study, &params));
  ck_call(hc_therapy_create(&study.therapy, 0, &therapy));
  struct hc_logistic tumour = {.rho = 0.07, .capacity = 100, .volume = 20, .therapy = therapy};
  ck_call(hc_logistic_set(&tumour, "alpha", 0.05));
  ck_call(hc_logistic_volumes(&tumour, 3, days, volumes));
  v = integrate(v, 0.07, 100, 0, 7, 1000);
  ck_assert_double_eq_tol(volumes[0], v, 1e-9);
  v = integrate(v * survival, 0.07, 100, 0, 1, 1000);
  ck_assert_double_eq_tol(volumes[1], v, 1e-9);
  v = integrate(v * survival, 0.07, 100, 0, 1, 1000);
  v = integrate(v * survival, 0.07, 100, 0, 2, 1000);
  ck_assert_double_eq_tol(volumes[2], v, 1e-9);
  ck_call_fails(hc_logistic_set(&tumour, "capacty", 1), HC_ERR_INPUT, "did you mean \"capacity\"");
  hc_therapy_destroy(&therapy);
  hc_params_destroy(&params);
}
END_TEST

START_TEST(continuous_kill_is_of_second_order)
{
  static const char *const set[] = {"unknowns=[{name: rho, min: 0.002, max: 0.5}]", "scans=[{day: 0}, {day: 1}]",
                                    "therapy.immunotherapy=[{start: 2, end: 12, rate: 0.1}]"};
  struct hc_calibrate_case study;
  struct hc_params *params;
  struct hc_therapy *therapy;
  const double day = 20;
  double volume, v = 20;
  ck_call(hc_calibrate_read(PETSC_COMM_WORLD, NULL, 3, set, &study, &params));
  ck_call(hc_therapy_create(&study.therapy, 0, &therapy));
  const struct hc_logistic tumour = {.rho = 0.2, .capacity = 100, .volume = 20, .therapy = therapy};
  ck_call(hc_logistic_volumes(&tumour, 1, &day, &volume));
  v = integrate(v, 0.2, 100, 0, 2, 1000);
  v = integrate(v, 0.2, 100, 0.1, 10, 1000);
  v = integrate(v, 0.2, 100, 0, 8, 1000);
  ck_assert_double_eq_tol(volume / v, 1, 2e-6); /* (0.2 * 0.25)^2 times a small constant */
  hc_therapy_destroy(&therapy);
  hc_params_destroy(&params);
}
END_TEST

/* ---- Recovery and coverage --------------------------------------------------------------------------------------- */

/* The patient, with uniform priors in place of those that would pull the fit off the truth. */
START_TEST(clean_scans_give_the_truth_back)
{
  const char *set[N_PATIENT + 3];
  struct hc_calibrate_case study;
  struct hc_params *params;
  struct hc_calibration *calibration;
  memcpy(set, patient, sizeof patient);
  set[0] = "unknowns=[{name: rho, min: 0.002, max: 0.5, prior: log_uniform},"
           "{name: capacity, min: 20, max: 2000, prior: log_uniform},"
           "{name: alpha, min: 0.001, max: 0.5, prior: log_uniform}, {name: volume, min: 0.5, max: 500}]";
  set[N_PATIENT] = "synthetic.clean=true";
  set[N_PATIENT + 1] = "ensemble.samples=10";
  set[N_PATIENT + 2] = "ensemble.rounds=0";
  ck_call(hc_calibrate_read(PETSC_COMM_WORLD, NULL, N_PATIENT + 3, set, &study, &params));
  ck_call(hc_calibration_create(PETSC_COMM_WORLD, &study, &calibration));
  const double truth[] = {0.06, 180, 0.03, 25};
  for (int j = 0; j < 4; j++)
    ck_assert_double_eq_tol(calibration->fit->best[j] / truth[j], 1, 1e-6);
  ck_assert(calibration->fit->converged);
  ck_assert_double_le(calibration->fit->misfit, 1e-10);
  hc_calibration_destroy(&calibration);
  hc_params_destroy(&params);
}
END_TEST

#define PATIENTS 100

/* 95 % intervals of 100 patients, whose parameters are drawn from the priors, cover the truth of each parameter and of
 * each prediction, and the noisy scan that is predicted, in 90 to 99. */
START_TEST(intervals_cover_the_truth)
{
  const char *set[N_PATIENT + 2];
  struct hc_calibrate_case study;
  struct hc_params *params;
  int covered[6] = {0};
  double width[6] = {0}, least = 1;
  memcpy(set, patient, sizeof patient);
  set[N_PATIENT] = "ensemble.samples=1000";
  set[N_PATIENT + 1] = "search.starts=3";
  ck_call(hc_calibrate_read(PETSC_COMM_WORLD, NULL, N_PATIENT + 2, set, &study, &params));
  const struct hc_unknown_params *unknowns = study.unknowns.items;
  for (int k = 0; k < PATIENTS; k++) {
    const struct hc_random random = {.seed = 7, .stream = 100};
    struct hc_calibration *calibration;
    struct hc_logistic tumour;
    double *truth = study.synthetic.truth.values, volumes[2], low, high;
    for (int j = 0; j < 4; j++)
      truth[j] = unknowns[j].centre * exp(unknowns[j].spread * hc_random_normal(random, 4 * (uint64_t)k + (uint64_t)j));
    study.synthetic.seed = 5000 + k;
    study.ensemble.seed = k;
    ck_call(hc_calibration_create(PETSC_COMM_WORLD, &study, &calibration));
    least = fmin(least, calibration->ensemble->effective_size / calibration->ensemble->n);
    tumour = calibration->tumour;
    for (int j = 0; j < 4; j++)
      ck_call(hc_logistic_set(&tumour, unknowns[j].name, truth[j]));
    ck_call(hc_logistic_volumes(&tumour, 2, calibration->days + 6, volumes));
    for (int j = 0; j < 6; j++) {
      const struct hc_ensemble *e = calibration->ensemble;
      const bool is_unknown = j < 4;
      const double exact = is_unknown ? truth[j] : log(volumes[j - 4]);
      ck_call(hc_quantile(e->n, is_unknown ? 4 : e->n_outputs, is_unknown ? e->unknowns : e->outputs,
                          is_unknown ? j : 6 + j - 4, 0.025, &low));
      ck_call(hc_quantile(e->n, is_unknown ? 4 : e->n_outputs, is_unknown ? e->unknowns : e->outputs,
                          is_unknown ? j : 6 + j - 4, 0.975, &high));
      covered[j] += low <= exact && exact <= high;
      width[j] += (is_unknown ? log(high / low) : high - low) / PATIENTS;
    }
    hc_calibration_destroy(&calibration);
  }
  static const char *const names[] = {"rho", "capacity", "alpha", "volume", "day 119", "day 147"};
  for (int j = 0; j < 6; j++) {
    printf("%s: covered in %d of %d, mean width of the logarithm %.3f\n", names[j], covered[j], PATIENTS, width[j]);
    ck_assert_msg(covered[j] >= 90 && covered[j] <= 99, "%s: covered in %d of %d", names[j], covered[j], PATIENTS);
  }
  printf("smallest effective share of samples: %.2f\n", least);
  hc_params_destroy(&params);
}
END_TEST

/* ---- Bad input --------------------------------------------------------------------------------------------------- */

/* The patient with one more assignment fails, saying so. */
static void fails(const char *assignment, const char *says)
{
  const char *set[N_PATIENT + 1];
  struct hc_calibrate_case study;
  struct hc_params *params;
  struct hc_calibration *calibration;
  memcpy(set, patient, sizeof patient);
  set[N_PATIENT] = assignment;
  PetscErrorCode code = hc_calibrate_read(PETSC_COMM_WORLD, NULL, N_PATIENT + 1, set, &study, &params);
  if (!code) {
    code = hc_calibration_create(PETSC_COMM_WORLD, &study, &calibration);
    hc_params_destroy(&params);
  }
  ck_assert_msg((int)code == HC_ERR_INPUT, "%s: code %d: %s", assignment, (int)code, hc_error_message());
  ck_assert_msg(strstr(hc_error_message(), says) != NULL, "%s: \"%s\" lacks \"%s\"", assignment, hc_error_message(),
                says);
  hc_error_clear();
}

START_TEST(bad_cases_are_named)
{
  fails("scans=[{day: 0}, {day: 20}, {day: 14}]", "found day 14 after day 20");
  fails("scans=[{day: 0}]", "scans");
  fails("scans=[{day: 0, volume: 3}, {day: 14}]", "synthetic.truth");
  fails("scans=[{day: 0}, {day: 2024-01-01}]", "date");
  fails("scans=[{day: 30}, {day: 40}]", "radiotherapy");
  fails("predict.days=[-3]", "found day -3");
  fails("noise.sd=-0.1", "noise.sd: found -0.1");
  fails("unknowns[0].min=0.7", "lower bound below the upper one");
  fails("unknowns[0].name=rhoo", "did you mean \"rho\"");
  fails("unknowns[1].name=rho", "a name of its own");
  fails("unknowns[1].start=5000", "start 5000");
  fails("known={alpha: 0.1}", "which `known` gives");
  fails("known={alfa: 0.1}", "did you mean \"alpha\"");
  fails("synthetic.truth={rho: 0.05}", "capacity is missing");
  fails("synthetic.truth={rho: 0.06, capacity: 180, alpha: 0.03, volume: 25, beta: 3}", "beta is no unknown");
  fails("unknowns=[{name: rho, min: 0.002, max: 0.5}]", "capacity is neither an unknown nor known");
  fails("unknowns[0]={name: rho, min: 0.002, max: 0.5, prior: normal}", "`centre` and `spread`");
  fails("synthetic.truth={}", "a scan has no volume");
}
END_TEST

START_TEST(too_few_scans_for_the_unknowns)
{
  static const char *const set[] = {"unknowns=[{name: rho, min: 0.002, max: 0.5}, {name: capacity, min: 20, max: 2000},"
                                    "{name: volume, min: 0.5, max: 500}]",
                                    "scans=[{day: 0, volume: 20}, {day: 10, volume: 25}]"};
  struct hc_calibrate_case study;
  struct hc_params *params;
  struct hc_calibration *calibration;
  ck_call(hc_calibrate_read(PETSC_COMM_WORLD, NULL, 2, set, &study, &params));
  ck_call_fails(hc_calibration_create(PETSC_COMM_WORLD, &study, &calibration), HC_ERR_INPUT,
                "2 data and 0 normal or lognormal priors for 3 unknowns");
  hc_params_destroy(&params);
}
END_TEST

static Suite *suite(void)
{
  Suite *suite = suite_create("calibrate");
  TCase *tests = tcase_create("calibrate");
  tcase_add_test(tests, growth_is_exact);
  tcase_add_test(tests, fractions_kill_as_the_linear_quadratic_model_says);
  tcase_add_test(tests, continuous_kill_is_of_second_order);
  tcase_add_test(tests, clean_scans_give_the_truth_back);
  tcase_add_test(tests, intervals_cover_the_truth);
  tcase_add_test(tests, bad_cases_are_named);
  tcase_add_test(tests, too_few_scans_for_the_unknowns);
  suite_add_tcase(suite, tests);
  return suite;
}

HC_CHECK_MAIN(suite)
