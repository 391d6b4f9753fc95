/* Batches of cells on a device against the host's: every integrator, observers in between, states that move to and fro,
 * what is delegated, and failures of cells and of the device. HC_TEST_BACKEND names the back end. */
#include "batch.h"
#include "device.h"
#include "hc_check.h"

#include <math.h>
#include <string.h>

enum { N = 11, N_VALUES = 100, BEAT = 400 };

static const char name[] = "luo_rudy91";
static struct hc_device *device; /* of all tests, in double */

static void open_device(void)
{
  const char *backend = getenv("HC_TEST_BACKEND");
  const struct hc_device_options options = {backend ? backend : "opencl", -1, HC_DOUBLE};
  ck_call(hc_device_open(PETSC_COMM_SELF, &options, &device));
}

static void close_device(void)
{
  hc_device_close(&device);
}

/* Cells first .. first + n - 1, of which cell k has its first current multiplied by 1 + k / 50. */
static struct hc_batch *make(const struct hc_cell_model *model, enum hc_batch_integrator integrator, int first, int n,
                             struct hc_device *where)
{
  const struct hc_batch_options options = {.integrator = integrator, .step = 0.02, .tolerance = 1e-4, .device = where};
  double parameters[N * N_VALUES], initial[N * N_VALUES];
  struct hc_batch *batch;
  for (int k = 0; k < n; ++k) {
    for (int p = 0; p < model->n_parameters; ++p)
      parameters[k * model->n_parameters + p] = model->parameters[p].fallback;
    parameters[k * model->n_parameters + model->n_parameters - model->n_currents] = 1 + 0.02 * (first + k);
    for (int s = 0; s < model->n_states; ++s)
      initial[k * model->n_states + s] = model->states[s].initial;
  }
  ck_call(hc_batch_create(model, n, parameters, initial, &options, &batch));
  return batch;
}

static void advance(struct hc_batch *batch, int n, double until, double pulse, const struct hc_batch_observer *observer)
{
  double stim[N];
  for (int k = 0; k < n; ++k)
    stim[k] = pulse;
  ck_call(hc_batch_advance(batch, until, pulse != 0 ? stim : NULL, observer));
}

static void see(void *context, const struct hc_batch_sample *sample)
{
  *(int *)context += sample->n;
}

/* A beat whose middle is watched, as beats are whose biomarkers are wanted. */
static void beat(struct hc_batch *batch, int n, int *seen)
{
  const struct hc_batch_observer observer = {seen, see};
  advance(batch, n, 1, 50, NULL);
  advance(batch, n, 100, 0, NULL);
  advance(batch, n, 101, 0, &observer);
  advance(batch, n, BEAT, 0, NULL);
}

/* A cell on the device takes the steps that a cell alone takes on the host. */
START_TEST(cells_are_as_on_the_host)
{
  static const enum hc_batch_integrator integrators[] = {HC_BATCH_ADAPTIVE, HC_BATCH_RUSH_LARSEN, HC_BATCH_GRL2};
  const struct hc_cell_model *model = hc_cell_model_find(name);
  struct hc_batch *there = make(model, integrators[_i], 0, N, device);
  struct hc_batch_counts counts = {0, 0};
  double y[2][N_VALUES], worst = 0;
  int seen[2] = {0, 0};
  ck_assert(hc_batch_on_device(there));
  beat(there, N, &seen[0]);
  for (int k = 0; k < N; ++k) {
    struct hc_batch *here = make(model, integrators[_i], k, 1, NULL);
    ck_assert(!hc_batch_on_device(here));
    beat(here, 1, &seen[1]);
    ck_call(hc_batch_get(there, k, y[0]));
    ck_call(hc_batch_get(here, 0, y[1]));
    for (int s = 0; s < model->n_states; ++s)
      worst = fmax(worst, fabs(y[0][s] - y[1][s]) / (1e-6 + fabs(y[1][s])));
    counts.steps += hc_batch_counted(here).steps;
    counts.rejected += hc_batch_counted(here).rejected;
    hc_batch_destroy(&here);
  }
  printf("  %s: %.1e; steps %d (cells alone on the host: %d)\n", hc_batch_integrators[_i].name, worst,
         (int)hc_batch_counted(there).steps, (int)counts.steps);
  /* in the watched millisecond cells share steps with others of their block, as on the host */
  ck_assert_double_lt(worst, integrators[_i] == HC_BATCH_ADAPTIVE ? 1e-5 : 1e-9);
  ck_assert_int_gt(seen[0], 0);
  if (integrators[_i] != HC_BATCH_ADAPTIVE)
    ck_assert_int_eq(seen[0], seen[1]);
  hc_batch_destroy(&there);
}
END_TEST

/* What one cell is set to reaches the device, and no other cell. */
START_TEST(states_move_to_and_fro)
{
  const struct hc_cell_model *model = hc_cell_model_find(name);
  struct hc_batch *set = make(model, HC_BATCH_ADAPTIVE, 0, N, device);
  struct hc_batch *left = make(model, HC_BATCH_ADAPTIVE, 0, N, device);
  double y[2][N_VALUES];
  advance(set, N, 5, 0, NULL);
  advance(left, N, 5, 0, NULL);
  ck_call(hc_batch_get(set, 4, y[0]));
  y[0][0] += 40; /* above threshold */
  ck_call(hc_batch_set(set, 4, y[0]));
  advance(set, N, 10, 0, NULL);
  advance(left, N, 10, 0, NULL);
  for (int k = 0; k < N; ++k) {
    ck_call(hc_batch_get(set, k, y[0]));
    ck_call(hc_batch_get(left, k, y[1]));
    if (k == 4)
      ck_assert_double_gt(y[0][0], y[1][0] + 50);
    else
      ck_assert_mem_eq(y[0], y[1], (size_t)model->n_states * sizeof(double));
  }
  hc_batch_destroy(&set);
  hc_batch_destroy(&left);
}
END_TEST

START_TEST(what_a_device_lacks_stays_here)
{
  struct hc_cell_model plugged = *hc_cell_model_find(name);
  struct hc_program *program;
  struct hc_batch *batch = make(&plugged, HC_BATCH_CVODE, 0, 1, device);
  ck_assert(!hc_batch_on_device(batch));
  hc_batch_destroy(&batch);
  plugged.source = NULL; /* a plug-in without a text */
  batch = make(&plugged, HC_BATCH_ADAPTIVE, 0, 1, device);
  ck_assert(!hc_batch_on_device(batch));
  advance(batch, 1, 1, 50, NULL);
  hc_batch_destroy(&batch);
  ck_call_fails(hc_cell_program(device, &plugged, 0, NULL, &program), HC_ERR_INPUT, "has no text for devices");
  plugged.source = "#include \"luo_rudy91.h\"\nthis is no text that a compiler takes\n";
  ck_call_fails(hc_cell_program(device, &plugged, 0, NULL, &program), HC_ERR_ENVIRONMENT, "luo_rudy91");
}
END_TEST

/* A cell that runs away is named, with what it did and when; nothing is said of those that are well. */
START_TEST(runaway_cells_are_reported)
{
  static const enum hc_batch_integrator integrators[] = {HC_BATCH_ADAPTIVE, HC_BATCH_RUSH_LARSEN, HC_BATCH_GRL2};
  const struct hc_cell_model *model = hc_cell_model_find(name);
  double stim[N] = {0}, t, v;
  int cell;
  struct hc_batch *batch = make(model, integrators[_i], 0, N, device);
  stim[6] = 1e3; /* mV/ms: at the limit of 200 mV within 0.3 ms */
  stim[8] = 1e3;
  ck_call_fails(hc_batch_advance(batch, 10, stim, NULL), HC_ERR_NUMERIC, "cell 6 of luo_rudy91: V is ");
  hc_batch_destroy(&batch);
  batch = make(model, integrators[_i], 0, N, device);
  ck_assert_int_eq(hc_batch_advance(batch, 10, stim, NULL), HC_ERR_NUMERIC);
  ck_assert_int_eq(sscanf(hc_error_message(), "cell %d of luo_rudy91: V is %lg mV at %lg ms", &cell, &v, &t), 3);
  hc_error_clear();
  ck_assert(v > 200 && v < 400 && t > 0.2 && t < 0.5);
  hc_batch_destroy(&batch);
  batch = make(model, integrators[_i], 0, N, device);
  stim[2] = NAN;
  ck_call_fails(hc_batch_advance(batch, 10, stim, NULL), HC_ERR_NUMERIC, "cell 2 of luo_rudy91");
  hc_batch_destroy(&batch);
}
END_TEST

#ifdef HC_FAULTCL
/* A launch that fails is an error of the device, and stays one. */
START_TEST(a_device_that_fails_says_so)
{
  const struct hc_cell_model *model = hc_cell_model_find(name);
  struct hc_batch *batch = make(model, HC_BATCH_ADAPTIVE, 0, N, device);
  advance(batch, N, 1, 0, NULL);
  setenv("FAULTCL", "clEnqueueNDRangeKernel:1", 1);
  ck_call_fails(hc_batch_advance(batch, 2, NULL, NULL), HC_ERR_DEVICE, "cells_pace");
  unsetenv("FAULTCL");
  ck_call_fails(hc_batch_advance(batch, 2, NULL, NULL), HC_ERR_DEVICE, "cells_pace");
  hc_batch_destroy(&batch);
}
END_TEST
#endif

static Suite *batch_suite(void)
{
  Suite *suite = suite_create("batch on a device");
  TCase *tcase = tcase_create("batch");
  tcase_set_timeout(tcase, 0);
  tcase_add_checked_fixture(tcase, open_device, close_device);
  tcase_add_loop_test(tcase, cells_are_as_on_the_host, 0, 3);
  tcase_add_test(tcase, states_move_to_and_fro);
  tcase_add_test(tcase, what_a_device_lacks_stays_here);
  tcase_add_loop_test(tcase, runaway_cells_are_reported, 0, 3);
#ifdef HC_FAULTCL
  if (!getenv("HC_TEST_BACKEND") || !strcmp(getenv("HC_TEST_BACKEND"), "opencl"))
    tcase_add_test(tcase, a_device_that_fails_says_so);
#endif
  suite_add_tcase(suite, tcase);
  return suite;
}

HC_CHECK_MAIN(batch_suite)
