/* The general least squares of calibrate: against the exact posterior of a linear model, problems with several minima,
 * bounds, derivatives from the model, and other numbers of ranks. */
#include "fit.h"
#include "hc_check.h"

#include <math.h>
#include <string.h>

#define LENGTH(array) ((int)(sizeof(array) / sizeof(array)[0]))

static struct hc_fit_options options = {.starts = 1, .max_iterations = 200, .tolerance = 1e-10, .seed = 1};

/* Slope and intercept: outputs are a + b t_i, and one more at t = 10 as a prediction. */
static const double line_t[] = {0, 1, 2, 3, 4, 10};

static PetscErrorCode run_line(void *context, const double *x, double *outputs)
{
  (void)context;
  for (int i = 0; i < LENGTH(line_t); i++)
    outputs[i] = x[0] + x[1] * line_t[i];
  return 0;
}

static PetscErrorCode derive_line(void *context, const double *x, double *derivatives)
{
  (void)context;
  (void)x;
  for (int i = 0; i + 1 < LENGTH(line_t); i++) {
    derivatives[2 * i] = 1;
    derivatives[2 * i + 1] = line_t[i];
  }
  return 0;
}

static struct hc_fit_problem line_problem(bool with_derivatives)
{
  static const double data[] = {1.1, 2.9, 5.2, 6.8, 9.1}, sd[] = {0.2, 0.2, 0.2, 0.2, 0.2};
  static const struct hc_unknown unknowns[] = {{"a", "1", -100, 100, NAN, HC_PRIOR_NORMAL, 0, 2},
                                               {"b", "1", -100, 100, NAN, HC_PRIOR_NORMAL, 1, 3}};
  struct hc_fit_problem problem = {
      .n_unknowns = 2, .unknowns = unknowns, .n_data = LENGTH(data), .data = data, .sd = sd};
  problem.forward = (struct hc_forward){
      .n_outputs = LENGTH(line_t), .run = run_line, .derive = with_derivatives ? derive_line : NULL, .accuracy = 1e-15};
  ck_call(hc_forward_groups(&problem.forward, PETSC_COMM_WORLD, 1));
  return problem;
}

/* Mean (2) and covariance (2 x 2) of the exact posterior, in the unknowns' units. */
static void line_posterior(const struct hc_fit_problem *problem, double mean[2], double covariance[4])
{
  double a = 1 / 4.0, b = 0, c = 1 / 9.0, f = 0, g = 1 / 9.0; /* the priors' precision, and it times their means */
  for (int i = 0; i < problem->n_data; i++) {
    const double w = 1 / (problem->sd[i] * problem->sd[i]), t = line_t[i];
    a += w;
    b += w * t;
    c += w * t * t;
    f += w * problem->data[i];
    g += w * problem->data[i] * t;
  }
  const double det = a * c - b * b;
  covariance[0] = c / det;
  covariance[1] = covariance[2] = -b / det;
  covariance[3] = a / det;
  mean[0] = covariance[0] * f + covariance[1] * g;
  mean[1] = covariance[2] * f + covariance[3] * g;
}

START_TEST(linear_model_has_its_exact_posterior)
{
  const double scale[2] = {2, 3};
  for (int with_derivatives = 0; with_derivatives < 2; with_derivatives++) {
    const struct hc_fit_problem problem = line_problem(with_derivatives);
    double mean[2], covariance[4];
    struct hc_fit *fit;
    line_posterior(&problem, mean, covariance);
    ck_call(hc_fit_run(&problem, &options, &fit));
    ck_assert(fit->converged);
    for (int i = 0; i < 2; i++) {
      ck_assert_double_eq_tol(fit->best[i], mean[i], 1e-8);
      ck_assert_double_eq_tol(fit->deviation[i], sqrt(covariance[3 * i]), 1e-8);
      ck_assert_double_eq_tol(fit->informed[i], 1 - covariance[3 * i] / (scale[i] * scale[i]), 1e-8);
    }
    ck_assert_double_eq_tol(fit->correlation[1], covariance[1] / sqrt(covariance[0] * covariance[3]), 1e-8);
    ck_assert_double_eq_tol(fit->outputs[5], mean[0] + 10 * mean[1], 1e-7);
    hc_fit_destroy(&fit);
  }
}
END_TEST

/* Mean, deviation and 95 % interval of the prediction at t = 10 are those of the exact posterior, whether samples are
 * Laplace's or were weighted; five standard errors. */
START_TEST(ensemble_has_the_exact_posterior)
{
  const struct hc_fit_problem problem = line_problem(false);
  double mean[2], covariance[4];
  struct hc_fit *fit;
  line_posterior(&problem, mean, covariance);
  const double exact = mean[0] + 10 * mean[1];
  const double sd = sqrt(covariance[0] + 20 * covariance[1] + 100 * covariance[3]);
  ck_call(hc_fit_run(&problem, &options, &fit));
  for (int rounds = 0; rounds <= 2; rounds++) {
    const struct hc_ensemble_options ensemble_options = {.samples = 20000, .rounds = rounds, .seed = 3};
    struct hc_ensemble *ensemble;
    double average = 0, square = 0, low, high;
    ck_call(hc_ensemble_draw(&problem, fit, &ensemble_options, &ensemble));
    const double error = 5 * sd / sqrt(ensemble->effective_size);
    ck_assert(ensemble->effective_size > 0.5 * ensemble->n);
    for (int k = 0; k < ensemble->n; k++) {
      const double value = ensemble->outputs[k * ensemble->n_outputs + 5];
      average += value / ensemble->n;
      square += (value - exact) * (value - exact) / ensemble->n;
    }
    ck_assert_double_eq_tol(average, exact, error);
    ck_assert_double_eq_tol(sqrt(square), sd, error);
    ck_call(hc_quantile(ensemble->n, ensemble->n_outputs, ensemble->outputs, 5, 0.025, &low));
    ck_call(hc_quantile(ensemble->n, ensemble->n_outputs, ensemble->outputs, 5, 0.975, &high));
    ck_assert_double_eq_tol(low, exact - 1.959964 * sd, 3 * error);
    ck_assert_double_eq_tol(high, exact + 1.959964 * sd, 3 * error);
    hc_ensemble_destroy(&ensemble);
  }
  hc_fit_destroy(&fit);
}
END_TEST

/* The same numbers whatever the number of ranks: a checksum that was computed on one rank by this very program would be
 * known to one run only, so the ranks compare with a problem that each of them solves alone. */
START_TEST(ranks_share_the_runs_and_change_nothing)
{
  const struct hc_ensemble_options ensemble_options = {.samples = 200, .rounds = 2, .seed = 3};
  struct hc_fit_problem problem = line_problem(false), alone = problem;
  struct hc_fit *fit, *fit_alone;
  struct hc_ensemble *ensemble, *ensemble_alone;
  ck_call(hc_forward_groups(&alone.forward, PETSC_COMM_SELF, 1));
  ck_call(hc_fit_run(&problem, &options, &fit));
  ck_call(hc_fit_run(&alone, &options, &fit_alone));
  ck_assert_mem_eq(fit->best, fit_alone->best, 2 * sizeof(double));
  ck_assert_mem_eq(fit->covariance, fit_alone->covariance, 4 * sizeof(double));
  ck_call(hc_ensemble_draw(&problem, fit, &ensemble_options, &ensemble));
  ck_call(hc_ensemble_draw(&alone, fit_alone, &ensemble_options, &ensemble_alone));
  ck_assert_mem_eq(ensemble->outputs, ensemble_alone->outputs,
                   sizeof(double) * (size_t)(ensemble->n * ensemble->n_outputs));
  hc_ensemble_destroy(&ensemble);
  hc_ensemble_destroy(&ensemble_alone);
  hc_fit_destroy(&fit);
  hc_fit_destroy(&fit_alone);
}
END_TEST

/* Rosenbrock's valley as residuals 10 (y - x^2) and 1 - x. */
static PetscErrorCode run_valley(void *context, const double *x, double *outputs)
{
  (void)context;
  outputs[0] = 10 * (x[1] - x[0] * x[0]);
  outputs[1] = x[0];
  return 0;
}

START_TEST(curved_valleys_and_bounds)
{
  const double data[] = {0, 1}, sd[] = {1, 1};
  struct hc_unknown unknowns[] = {{"x", "1", -3, 3, -1.2, HC_PRIOR_UNIFORM, 0, 0},
                                  {"y", "1", -3, 3, 1, HC_PRIOR_UNIFORM, 0, 0}};
  struct hc_fit_problem problem = {.n_unknowns = 2, .unknowns = unknowns, .n_data = 2, .data = data, .sd = sd};
  struct hc_fit *fit;
  problem.forward = (struct hc_forward){.n_outputs = 2, .run = run_valley, .accuracy = 1e-15};
  ck_call(hc_forward_groups(&problem.forward, PETSC_COMM_WORLD, 1));
  ck_call(hc_fit_run(&problem, &options, &fit));
  ck_assert_double_eq_tol(fit->best[0], 1, 1e-7);
  ck_assert_double_eq_tol(fit->best[1], 1, 1e-7);
  hc_fit_destroy(&fit);
  /* y <= 1/4 binds: then x minimises 100 (1/4 - x^2)^2 + (1 - x)^2, where 400 x^3 - 98 x - 2 = 0 */
  unknowns[1].max = 0.25;
  unknowns[1].start = 0;
  ck_call(hc_fit_run(&problem, &options, &fit));
  ck_assert_double_eq_tol(fit->best[1], 0.25, 1e-9);
  ck_assert_double_eq_tol(400 * pow(fit->best[0], 3) - 98 * fit->best[0] - 2, 0, 1e-4);
  ck_assert_double_ge(fit->best[0], 0.4);
  hc_fit_destroy(&fit);
}
END_TEST

/* A wave of unknown frequency: many minima. */
static PetscErrorCode run_wave(void *context, const double *x, double *outputs)
{
  (void)context;
  for (int i = 0; i < 20; i++)
    outputs[i] = x[1] * sin(x[0] * 0.25 * i);
  return 0;
}

START_TEST(several_starts_find_the_best_of_many_minima)
{
  const double truth[] = {2.5, 1.5};
  const struct hc_unknown unknowns[] = {{"frequency", "1", 0.1, 10, 0.3, HC_PRIOR_LOG_UNIFORM, 0, 0},
                                        {"amplitude", "1", 0.1, 10, 1, HC_PRIOR_LOGNORMAL, 1, 1}};
  double data[20], sd[20];
  struct hc_fit_problem problem = {.n_unknowns = 2, .unknowns = unknowns, .n_data = 20, .data = data, .sd = sd};
  struct hc_fit_options many = options;
  struct hc_fit *fit;
  many.starts = 20;
  ck_call(run_wave(NULL, truth, data));
  for (int i = 0; i < 20; i++)
    sd[i] = 1e-4;
  problem.forward = (struct hc_forward){.n_outputs = 20, .run = run_wave, .accuracy = 1e-15};
  ck_call(hc_forward_groups(&problem.forward, PETSC_COMM_WORLD, 1));
  ck_call(hc_fit_run(&problem, &options, &fit));
  ck_assert_msg(fit->misfit > 1e6, "one search should fail here, or several show nothing");
  hc_fit_destroy(&fit);
  ck_call(hc_fit_run(&problem, &many, &fit));
  ck_assert_double_eq_tol(fit->best[0], truth[0], 1e-6);
  ck_assert_double_eq_tol(fit->best[1], truth[1], 1e-6);
  ck_assert_int_ge(fit->agreed, 1);
  ck_assert_int_lt(fit->agreed, fit->starts);
  hc_fit_destroy(&fit);
}
END_TEST

/* What data say nothing of keeps its prior: the second unknown of a model that does not use it. */
static PetscErrorCode run_half(void *context, const double *x, double *outputs)
{
  (void)context;
  outputs[0] = x[0];
  return 0;
}

START_TEST(unseen_unknowns_keep_their_prior)
{
  const struct hc_unknown unknowns[] = {{"seen", "1", 0, 10, NAN, HC_PRIOR_UNIFORM, 0, 0},
                                        {"unseen", "1", 0.01, 100, NAN, HC_PRIOR_LOGNORMAL, 2, 0.5}};
  const double data[] = {4}, sd[] = {0.1};
  const struct hc_ensemble_options ensemble_options = {.samples = 20000, .rounds = 2, .seed = 5};
  struct hc_fit_problem problem = {.n_unknowns = 2, .unknowns = unknowns, .n_data = 1, .data = data, .sd = sd};
  struct hc_fit *fit;
  struct hc_ensemble *ensemble;
  double median, low;
  problem.forward = (struct hc_forward){.n_outputs = 1, .run = run_half, .accuracy = 1e-15};
  ck_call(hc_forward_groups(&problem.forward, PETSC_COMM_WORLD, 1));
  ck_call(hc_fit_run(&problem, &options, &fit));
  ck_assert_double_eq_tol(fit->best[0], 4, 1e-8);
  ck_assert_double_eq_tol(fit->best[1], 2, 1e-6);
  ck_assert_double_eq_tol(fit->deviation[0], 0.1, 1e-6);
  ck_assert_double_eq_tol(fit->deviation[1], 0.5, 1e-6);
  ck_assert_double_eq_tol(fit->informed[1], 0, 1e-8);
  ck_call(hc_ensemble_draw(&problem, fit, &ensemble_options, &ensemble));
  ck_call(hc_quantile(ensemble->n, 2, ensemble->unknowns, 1, 0.5, &median));
  ck_call(hc_quantile(ensemble->n, 2, ensemble->unknowns, 1, 0.025, &low));
  ck_assert_double_eq_tol(median, 2, 0.05);
  ck_assert_double_eq_tol(log(low / 2), -1.96 * 0.5, 0.06);
  hc_ensemble_destroy(&ensemble);
  hc_fit_destroy(&fit);
}
END_TEST

static PetscErrorCode run_nan(void *context, const double *x, double *outputs)
{
  (void)context;
  outputs[0] = x[0] > 1 ? NAN : x[0];
  return 0;
}

static PetscErrorCode run_failing(void *context, const double *x, double *outputs)
{
  PetscFunctionBeginUser;
  (void)context;
  outputs[0] = x[0];
  PetscCheck(x[0] < 4, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "the disk is full");
  PetscFunctionReturn(PETSC_SUCCESS);
}

START_TEST(errors_are_named)
{
  struct hc_unknown unknown = {"rate", "1/day", 0, 10, 5, HC_PRIOR_UNIFORM, 0, 0};
  const struct hc_unknown two[] = {unknown, unknown};
  const double data[] = {4};
  double sd[] = {0.1};
  struct hc_fit_problem problem = {.n_unknowns = 1, .unknowns = &unknown, .n_data = 1, .data = data, .sd = sd};
  struct hc_fit *fit;
  problem.forward = (struct hc_forward){.n_outputs = 1, .run = run_nan, .accuracy = 1e-15};
  ck_call(hc_forward_groups(&problem.forward, PETSC_COMM_WORLD, 1));
  ck_call_fails(hc_fit_run(&problem, &options, &fit), HC_ERR_NUMERIC, "rate = 5");
  problem.forward.run = run_failing;
  ck_call_fails(hc_fit_run(&problem, &options, &fit), HC_ERR_ENVIRONMENT, "the disk is full");
  problem.forward.run = run_half;
  unknown.start = 11;
  ck_call_fails(hc_fit_run(&problem, &options, &fit), HC_ERR_INPUT, "unknown rate: found the start 11");
  unknown.max = -1;
  ck_call_fails(hc_fit_run(&problem, &options, &fit), HC_ERR_INPUT, "unknown rate: found bounds 0 to -1");
  unknown = two[0];
  unknown.prior = HC_PRIOR_LOG_UNIFORM;
  ck_call_fails(hc_fit_run(&problem, &options, &fit), HC_ERR_INPUT, "positive");
  unknown.prior = HC_PRIOR_NORMAL;
  ck_call_fails(hc_fit_run(&problem, &options, &fit), HC_ERR_INPUT, "spread 0");
  problem.unknowns = two;
  problem.n_unknowns = 2;
  ck_call_fails(hc_fit_run(&problem, &options, &fit), HC_ERR_INPUT, "1 data and 0 normal");
  problem.n_unknowns = 1;
  sd[0] = -1;
  ck_call_fails(hc_fit_run(&problem, &options, &fit), HC_ERR_INPUT, "standard deviation -1");
}
END_TEST

static Suite *suite(void)
{
  Suite *suite = suite_create("fit");
  TCase *tests = tcase_create("fit");
  tcase_add_test(tests, linear_model_has_its_exact_posterior);
  tcase_add_test(tests, ensemble_has_the_exact_posterior);
  tcase_add_test(tests, ranks_share_the_runs_and_change_nothing);
  tcase_add_test(tests, curved_valleys_and_bounds);
  tcase_add_test(tests, several_starts_find_the_best_of_many_minima);
  tcase_add_test(tests, unseen_unknowns_keep_their_prior);
  tcase_add_test(tests, errors_are_named);
  suite_add_tcase(suite, tests);
  return suite;
}

HC_CHECK_MAIN(suite)
