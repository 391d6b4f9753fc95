/* Batches of cells: every integrator against CVODE, cells of a block against cells alone, clamps, observers, errors. */
#include "batch.h"
#include "hc_check.h"

#include <math.h>
#include <string.h>

enum { N_VALUES = 400, BEAT = 500 };

static const struct hc_batch_options reference = {.integrator = HC_BATCH_CVODE, .tolerance = 1e-10};

/* n cells with the model's own values; cell k has `scaled` times 1 + k / 10 (NULL: all alike). */
static struct hc_batch *make(const char *name, int n, const char *scaled, const struct hc_batch_options *options)
{
  const struct hc_cell_model *model = hc_cell_model_find(name);
  double *parameters = calloc((size_t)n * (size_t)model->n_parameters, sizeof(double));
  double *initial = calloc((size_t)n * (size_t)model->n_states, sizeof(double));
  struct hc_batch *batch;
  for (int k = 0; k < n; ++k) {
    for (int p = 0; p < model->n_parameters; ++p)
      parameters[k * model->n_parameters + p] =
          model->parameters[p].fallback * (scaled && !strcmp(scaled, model->parameters[p].name) ? 1 + 0.1 * k : 1);
    for (int s = 0; s < model->n_states; ++s)
      initial[k * model->n_states + s] = model->states[s].initial;
  }
  ck_call(hc_batch_create(model, n, parameters, initial, options, &batch));
  free(parameters);
  free(initial);
  return batch;
}

/* One beat of a TTP06-like pulse; V of the first cell at the end of every 10 ms. */
static void beat(struct hc_batch *batch, int n, double *trace)
{
  double stim[64], y[N_VALUES];
  for (int k = 0; k < n; ++k)
    stim[k] = 52;
  ck_call(hc_batch_advance(batch, 1, stim, NULL));
  for (int i = 0; i < BEAT / 10; ++i) {
    ck_call(hc_batch_advance(batch, i == 0 ? 10 : 10 * (i + 1), NULL, NULL));
    ck_call(hc_batch_get(batch, 0, y));
    trace[i] = y[0];
  }
}

static double difference(const double *a, const double *b)
{
  double sum = 0;
  for (int i = 0; i < BEAT / 10; ++i)
    sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sqrt(sum / (BEAT / 10));
}

static double error_of(const char *model, struct hc_batch_options options, const double *exact,
                       struct hc_batch_counts *counts)
{
  double trace[BEAT / 10];
  struct hc_batch *batch = make(model, 1, NULL, &options);
  beat(batch, 1, trace);
  *counts = hc_batch_counted(batch);
  hc_batch_destroy(&batch);
  return difference(trace, exact);
}

/* The adaptive scheme gets to CVODE as its tolerance shrinks, with few steps; fixed steps with their order. */
START_TEST(integrators_agree_with_cvode)
{
  static const char *const names[] = {"ttp06_epi", "ttp06_m"};
  double exact[BEAT / 10], last = 0;
  struct hc_batch_counts counts;
  struct hc_batch *batch = make(names[_i], 1, NULL, &reference);
  beat(batch, 1, exact);
  hc_batch_destroy(&batch);
  for (int i = 0; i < 4; ++i) {
    const double tolerance = 1e-2 * pow(10, -i);
    const double error = error_of(
        names[_i], (struct hc_batch_options){.integrator = HC_BATCH_ADAPTIVE, .tolerance = tolerance}, exact, &counts);
    printf("  %s: tolerance %g: %.3g mV in %d steps, %d refused\n", names[_i], tolerance, error, (int)counts.steps,
           (int)counts.rejected);
    ck_assert(last == 0 || error < 0.5 * last);
    last = error;
  }
  ck_assert_double_lt(last, 1e-3);
  for (int second = 0; second < 2; ++second) {
    const enum hc_batch_integrator integrator = second ? HC_BATCH_GRL2 : HC_BATCH_RUSH_LARSEN;
    const double coarse =
        error_of(names[_i], (struct hc_batch_options){.integrator = integrator, .step = 0.02}, exact, &counts);
    const double fine =
        error_of(names[_i], (struct hc_batch_options){.integrator = integrator, .step = 0.01}, exact, &counts);
    printf("  %s, order %d: %.3g and %.3g mV\n", names[_i], second + 1, coarse, fine);
    ck_assert_double_eq_tol(log2(coarse / fine), second + 1, 0.2);
  }
}
END_TEST

/* Cells that share their steps with others, of other parameters, differ from cells alone by the tolerance only; on
 * fixed steps not at all. 11 cells: the last block is not full. */
START_TEST(cells_do_not_disturb_each_other)
{
  enum { N = 11 };
  const enum hc_batch_integrator integrators[] = {HC_BATCH_ADAPTIVE, HC_BATCH_RUSH_LARSEN, HC_BATCH_GRL2};
  const struct hc_batch_options options = {.integrator = integrators[_i], .step = 0.02, .tolerance = 1e-4};
  double trace[BEAT / 10], together[N_VALUES], alone[N_VALUES];
  struct hc_batch *all = make("ttp06_epi", N, "GKs", &options);
  beat(all, N, trace);
  for (int k = 0; k < N; ++k) {
    const struct hc_cell_model *model = hc_cell_model_find("ttp06_epi");
    double parameters[N_VALUES], initial[N_VALUES];
    struct hc_batch *one;
    for (int p = 0; p < model->n_parameters; ++p)
      parameters[p] = model->parameters[p].fallback * (strcmp(model->parameters[p].name, "GKs") ? 1 : 1 + 0.1 * k);
    for (int s = 0; s < model->n_states; ++s)
      initial[s] = model->states[s].initial;
    ck_call(hc_batch_create(model, 1, parameters, initial, &options, &one));
    beat(one, 1, trace);
    ck_call(hc_batch_get(all, k, together));
    ck_call(hc_batch_get(one, 0, alone));
    for (int s = 0; s < model->n_states; ++s)
      ck_assert_double_eq_tol(together[s], alone[s], (_i == 0 ? 1e-3 : 1e-11) * (1e-6 + fabs(alone[s])));
    hc_batch_destroy(&one);
  }
  hc_batch_destroy(&all);
}
END_TEST

struct seen {
  int n;
  double last, current, charge;
};

static void see(void *context, const struct hc_batch_sample *sample)
{
  struct seen *seen = context;
  double ion = 0;
  for (int c = 0; c < 12; ++c) /* all currents of TTP06 */
    ion += sample->currents[c * sample->stride];
  if (seen->n > 0) {
    ck_assert_double_gt(sample->t, seen->last);
    seen->charge -= 0.5 * (ion + seen->current) * (sample->t - seen->last);
  }
  seen->last = sample->t;
  seen->current = ion;
  seen->n++;
}

/* The observer sees times that rise, and currents whose integral is what V loses: dV/dt = -sum of currents. */
START_TEST(observers_see_every_step)
{
  const struct hc_batch_options options[] = {{.integrator = HC_BATCH_ADAPTIVE, .tolerance = 1e-5},
                                             {.integrator = HC_BATCH_GRL2, .step = 0.01},
                                             {.integrator = HC_BATCH_CVODE, .tolerance = 1e-8}};
  struct hc_batch *batch = make("ttp06_epi", 1, NULL, &options[_i]);
  double stim = 52, y[N_VALUES], start;
  struct seen seen = {0};
  int64_t before;
  const struct hc_batch_observer observer = {&seen, see};
  ck_call(hc_batch_advance(batch, 1, &stim, NULL));
  ck_call(hc_batch_get(batch, 0, y));
  start = y[0];
  before = hc_batch_counted(batch).steps;
  ck_call(hc_batch_advance(batch, 400, NULL, &observer));
  ck_call(hc_batch_show(batch, &observer));
  ck_call(hc_batch_get(batch, 0, y));
  ck_assert_double_eq(seen.last, 400);
  ck_assert_int_eq(seen.n, hc_batch_counted(batch).steps - before + 1);
  ck_assert_double_eq_tol(seen.charge, y[0] - start, 0.05);
  hc_batch_destroy(&batch);
}
END_TEST

/* Under a clamp gates relax exponentially: x(t) = inf + (x0 - inf) exp(-t k). */
START_TEST(clamped_gates_relax_exactly)
{
  struct hc_batch *batch = make("ttp06_epi", 1, NULL, &reference);
  double y[N_VALUES];
  const int Xs = 3;
  const double V = 10, inf = 1 / (1 + exp((-5 - V) / 14));
  const double tau = 1400 / sqrt(1 + exp((5 - V) / 6)) / (1 + exp((V - 35) / 15)) + 80;
  ck_call(hc_batch_get(batch, 0, y));
  const double start = y[Xs];
  ck_call(hc_batch_clamp(batch, V));
  ck_call(hc_batch_advance(batch, 300, NULL, NULL));
  ck_call(hc_batch_get(batch, 0, y));
  ck_assert_double_eq(y[0], V);
  ck_assert_double_eq_tol(y[Xs], inf + (start - inf) * exp(-300 / tau), 1e-8);
  ck_call(hc_batch_clamp(batch, NAN));
  ck_call(hc_batch_advance(batch, 301, NULL, NULL));
  ck_call(hc_batch_get(batch, 0, y));
  ck_assert_double_gt(fabs(y[0] - V), 0.01);
  hc_batch_destroy(&batch);
}
END_TEST

/* A cell that runs away is an error of its own kind, with its name. */
START_TEST(runaway_cells_are_reported)
{
  const enum hc_batch_integrator integrators[] = {HC_BATCH_ADAPTIVE, HC_BATCH_RUSH_LARSEN, HC_BATCH_CVODE};
  const struct hc_batch_options options = {.integrator = integrators[_i], .step = 0.02, .tolerance = 1e-4};
  struct hc_batch *batch = make("ttp06_epi", 3, NULL, &options);
  double stim[] = {0, 0, 1e4};
  ck_call_fails(hc_batch_advance(batch, 10, stim, NULL), HC_ERR_NUMERIC, "cell 2 of ttp06_epi");
  ck_assert_int_eq(hc_batch_failed(batch), 2);
  hc_batch_destroy(&batch);
  batch = make("ttp06_epi", 3, NULL, &options);
  stim[2] = NAN;
  ck_call_fails(hc_batch_advance(batch, 10, stim, NULL), HC_ERR_NUMERIC, "of ttp06_epi");
  ck_assert_int_eq(hc_batch_failed(batch), 2);
  hc_batch_destroy(&batch);
}
END_TEST

static Suite *batch_suite(void)
{
  Suite *suite = suite_create("batch");
  TCase *tcase = tcase_create("batch");
  tcase_set_timeout(tcase, 0);
  tcase_add_loop_test(tcase, integrators_agree_with_cvode, 0, 2);
  tcase_add_loop_test(tcase, cells_do_not_disturb_each_other, 0, 3);
  tcase_add_loop_test(tcase, observers_see_every_step, 0, 3);
  tcase_add_test(tcase, clamped_gates_relax_exactly);
  tcase_add_loop_test(tcase, runaway_cells_are_reported, 0, 3);
  suite_add_tcase(suite, tcase);
  return suite;
}

HC_CHECK_MAIN(batch_suite)
