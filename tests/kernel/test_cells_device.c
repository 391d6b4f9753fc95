/* Kernels of cell models on a device against the host's, which have tests of their own against scalar code and CVODE:
 * cells in random states of an action potential, with and without fields, stimuli and a list of nodes.
 *
 * HC_TEST_BACKEND: opencl (default) or cuda. HC_MODELS=all: one model of each body in every precision; HC_MODELS=ttp06:
 * the bodies with such names; else a few. */
#include "batch.h"
#include "device.h"
#include "hc_check.h"

#include <math.h>
#include <string.h>

enum { N = 300, STRIDE = 384, NODES = 333, MAX_LANES = 64, N_FIELDS = 3, ROWS = 2501 };

static const double dt = 0.02;

static const char *backend(void)
{
  const char *name = getenv("HC_TEST_BACKEND");
  return name ? name : "opencl";
}

/* ---- Models ------------------------------------------------------------------------------------------------------ */

struct trial {
  const struct hc_cell_model *model;
  enum hc_precision precision;
};

/* One model of each body in every precision, or a few that take seconds to compile: on the emulated GPU fewer, since
 * what it compiles takes longer. */
static int choose_trials(struct trial trials[200])
{
  static const struct {
    const char *name;
    bool in_float, emulated;
  } few[] = {{"mitchell_schaeffer", true, true}, {"ttp06_epi", true, false}, {"torord19_dyncl_endo", false, false}};
  const char *which = getenv("HC_MODELS"), *body = "";
  const struct hc_cell_model *const *all;
  const int n_all = hc_cell_models(&all);
  int n = 0;
  for (size_t k = 0; !which && k < sizeof few / sizeof few[0]; ++k)
    for (int precision = HC_DOUBLE; precision <= HC_FLOAT; ++precision)
      if ((few[k].in_float || precision == HC_DOUBLE) && (few[k].emulated || !strcmp(backend(), "opencl")))
        trials[n++] = (struct trial){hc_cell_model_find(few[k].name), (enum hc_precision)precision};
  for (int i = 0; which && i < n_all; ++i) {
    if (!strcmp(body, all[i]->body) || (strcmp(which, "all") != 0 && !strstr(all[i]->name, which)))
      continue;
    body = all[i]->body;
    for (int precision = HC_DOUBLE; precision <= HC_FLOAT; ++precision)
      trials[n++] = (struct trial){all[i], (enum hc_precision)precision};
  }
  return n;
}

static int n_trials(void)
{
  struct trial trials[200];
  return choose_trials(trials);
}

static struct trial trial_number(int i)
{
  struct trial trials[200];
  ck_assert_int_lt(i, choose_trials(trials));
  return trials[i];
}

/* ---- Cells in random states -------------------------------------------------------------------------------------- */

static double uniform(double low, double high)
{
  static uint64_t state = 88172645463325252u; /* Marsaglia 2003: xorshift */
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return low + (high - low) * (double)(state >> 11) * 0x1p-53;
}

/* What a number becomes on its way to a device of this precision. */
static double stored(double x, bool single)
{
  return single ? (double)(float)x : x;
}

struct cells {
  const struct hc_cell_model *model;
  enum hc_precision precision;
  int field_of[N_FIELDS], n_fields;
  double *parameters; /* n_parameters */
  double *fields;     /* [field][STRIDE] */
  double *y;          /* [state][STRIDE], V first */
  double stim[N];
};

static double *array(size_t n)
{
  double *x = calloc(n > 0 ? n : 1, sizeof *x);
  ck_assert_ptr_nonnull(x);
  return x;
}

static void choose_parameters(struct cells *cells, bool with_fields)
{
  const struct hc_cell_model *model = cells->model;
  const bool single = cells->precision != HC_DOUBLE;
  const int chosen[N_FIELDS] = {0, model->n_parameters / 2, model->n_parameters - 1};
  for (int p = 0; p < model->n_parameters; ++p)
    cells->parameters[p] = stored(model->parameters[p].fallback, single);
  for (int f = 0; with_fields && f < N_FIELDS; ++f) {
    const struct hc_parameter_info *info = &model->parameters[chosen[f]];
    cells->field_of[cells->n_fields++] = chosen[f];
    for (int i = 0; i < N; ++i) {
      const double value = info->fallback * uniform(0.9, 1.1);
      cells->fields[f * STRIDE + i] = stored(fmin(fmax(value, info->min), info->max), single);
    }
  }
}

/* Moments of an action potential of the host's model, half of them within its first 10 ms, and a push. */
static void choose_states(struct cells *cells)
{
  const struct hc_cell_model *model = cells->model;
  const int lanes = model->lanes, width = model->n_states - 1;
  double *state = array((size_t)lanes * (size_t)width), v[MAX_LANES], stim[MAX_LANES];
  double *parameters = array((size_t)model->n_parameters);
  for (int p = 0; p < model->n_parameters; ++p)
    parameters[p] = model->parameters[p].fallback;
  int made = 0;
  for (int lane = 0; lane < lanes; ++lane) {
    v[lane] = model->states[0].initial;
    stim[lane] = model->stimulus * model->stimulus_duration * uniform(1, 1.2); /* within 1 ms */
    for (int s = 0; s < width; ++s)
      state[s * lanes + lane] = model->states[s + 1].initial;
  }
  for (int step = 0; made < N; ++step) {
    const struct hc_cell_batch batch = {
        .n_blocks = 1, .v = v, .state = state, .stim = step < 100 ? stim : NULL, .parameters = parameters};
    model->step2(&batch, 0.01 * step, 0.01, v, state, NULL, NULL);
    if (step % (made < N / 2 ? 1000 * 2 * lanes / N : 40000 * 2 * lanes / N) != 0)
      continue;
    for (int lane = 0; lane < lanes && made < N; ++lane, ++made) {
      cells->y[made] = v[lane] + uniform(-2, 2);
      for (int s = 0; s < width; ++s) {
        const enum hc_state_kind kind = model->states[s + 1].kind;
        double y = state[s * lanes + lane];
        if (kind == HC_STATE_GATE || kind == HC_STATE_LIGAND)
          y = fmin(y * uniform(0.95, 1.05), 1);
        else if (kind != HC_STATE_CHAIN)
          y *= uniform(0.9999, 1.0001); /* more takes free calcium below zero where it is a small difference */
        cells->y[(s + 1) * STRIDE + made] = stored(y, cells->precision != HC_DOUBLE);
      }
      cells->y[made] = stored(cells->y[made], cells->precision == HC_FLOAT);
      cells->stim[made] = stored(uniform(-5, 20), cells->precision == HC_FLOAT);
    }
  }
  free(state);
  free(parameters);
}

static void cells_make(struct cells *cells, const struct hc_cell_model *model, enum hc_precision precision,
                       bool with_fields)
{
  *cells = (struct cells){.model = model, .precision = precision};
  cells->parameters = array((size_t)model->n_parameters);
  cells->fields = array((size_t)N_FIELDS * STRIDE);
  cells->y = array((size_t)model->n_states * STRIDE);
  choose_parameters(cells, with_fields);
  choose_states(cells);
}

static void cells_free(struct cells *cells)
{
  free(cells->parameters);
  free(cells->fields);
  free(cells->y);
}

/* ---- On the host ------------------------------------------------------------------------------------------------- */

enum scheme { STEP, STEP2, TABLED };

static struct hc_cell_table table_of(const struct cells *cells)
{
  const struct hc_cell_model *model = cells->model;
  struct hc_cell_table table = {.v_low = -150, .rows_per_mv = 10, .rows = ROWS, .dt = dt};
  table.values = array((size_t)table.rows * 2 * (size_t)model->n_tabled);
  model->tabulate(cells->parameters, &table);
  for (int i = 0; cells->precision != HC_DOUBLE && i < table.rows * 2 * model->n_tabled; ++i)
    table.values[i] = (double)(float)table.values[i];
  return table;
}

/* `steps` steps of all cells, block by block. y: as cells->y. */
static void steps_here(const struct cells *cells, enum scheme scheme, bool stimulated, int steps,
                       const struct hc_cell_table *table, double *y)
{
  const struct hc_cell_model *model = cells->model;
  const int lanes = model->lanes, width = model->n_states - 1;
  double *state = array((size_t)lanes * (size_t)width), v[MAX_LANES], stim[MAX_LANES], fields[N_FIELDS * MAX_LANES];
  for (int first = 0; first < N; first += lanes) {
    const struct hc_cell_batch batch = {.n_blocks = 1,
                                        .v = v,
                                        .state = state,
                                        .stim = stimulated ? stim : NULL,
                                        .parameters = cells->parameters,
                                        .n_fields = cells->n_fields,
                                        .field_of = cells->field_of,
                                        .fields = fields};
    for (int lane = 0; lane < lanes; ++lane) {
      const int i = first + lane < N ? first + lane : N - 1;
      v[lane] = cells->y[i];
      stim[lane] = cells->stim[i];
      for (int f = 0; f < cells->n_fields; ++f)
        fields[f * lanes + lane] = cells->fields[f * STRIDE + i];
      for (int s = 0; s < width; ++s)
        state[s * lanes + lane] = cells->y[(s + 1) * STRIDE + i];
    }
    for (int step = 0; step < steps; ++step) {
      if (scheme == STEP)
        model->step(&batch, step * dt, dt);
      else if (scheme == STEP2)
        model->step2(&batch, step * dt, dt, v, state, NULL, NULL);
      else
        model->step_tabled(&batch, step * dt, table);
    }
    for (int lane = 0; lane < lanes && first + lane < N; ++lane) {
      y[first + lane] = v[lane];
      for (int s = 0; s < width; ++s)
        y[(s + 1) * STRIDE + first + lane] = state[s * lanes + lane];
    }
  }
  free(state);
}

/* ---- On the device ----------------------------------------------------------------------------------------------- */

struct bench {
  struct hc_device *device;
  struct hc_program *program;
  size_t block_bytes;
  char *block;
  struct hc_buffer *v, *state, *stim, *fields, *nodes;
  bool through_nodes;
};

static int node_of(const struct bench *bench, int cell)
{
  return bench->through_nodes ? (cell * 7 + 5) % NODES : cell; /* 7 and NODES have no common factor */
}

static void bench_open(struct bench *bench, enum hc_precision precision)
{
  const struct hc_device_options options = {backend(), 0, precision};
  *bench = (struct bench){0};
  ck_call(hc_device_open(PETSC_COMM_SELF, &options, &bench->device));
}

static void bench_close(struct bench *bench)
{
  hc_device_close(&bench->device);
}

static void make_block(struct bench *bench, const struct cells *cells)
{
  const size_t real = hc_device_real(bench->device), n = (size_t)cells->model->n_parameters;
  bench->block_bytes = (n * (real + sizeof(int)) + real - 1) / real * real;
  bench->block = calloc(1, bench->block_bytes);
  for (size_t p = 0; p < n; ++p) {
    const float single = (float)cells->parameters[p];
    int field = -1;
    for (int f = 0; f < cells->n_fields; ++f)
      field = cells->field_of[f] == (int)p ? f : field;
    memcpy(bench->block + p * real, real == 4 ? (const void *)&single : &cells->parameters[p], real);
    memcpy(bench->block + n * real + p * sizeof(int), &field, sizeof(int));
  }
}

/* Memory beyond the cells is filled with a mark, which must stay. */
static const double mark = -12345;

static void bench_load(struct bench *bench, const struct cells *cells, bool through_nodes)
{
  const size_t real = hc_device_real(bench->device), wide = hc_device_wide(bench->device);
  const size_t n_state = (size_t)(cells->model->n_states - 1) * STRIDE;
  double *state = array(n_state), v[STRIDE], stim[STRIDE];
  int nodes[N];
  bench->through_nodes = through_nodes;
  for (int i = 0; i < STRIDE; ++i)
    v[i] = stim[i] = mark;
  for (size_t i = 0; i < n_state; ++i)
    state[i] = i % STRIDE < N ? cells->y[i + STRIDE] : mark;
  for (int i = 0; i < N; ++i) {
    nodes[i] = node_of(bench, i);
    v[nodes[i]] = cells->y[i];
    stim[nodes[i]] = cells->stim[i];
  }
  make_block(bench, cells);
  ck_call(hc_buffer_of_reals(bench->device, wide, STRIDE, v, &bench->v));
  ck_call(hc_buffer_of_reals(bench->device, wide, STRIDE, stim, &bench->stim));
  ck_call(hc_buffer_of_reals(bench->device, real, n_state, state, &bench->state));
  ck_call(hc_buffer_of_reals(bench->device, real, (size_t)cells->n_fields * STRIDE, cells->fields, &bench->fields));
  ck_call(hc_buffer_of(bench->device, sizeof nodes, nodes, &bench->nodes));
  ck_call(hc_cell_program(bench->device, cells->model, cells->n_fields, cells->field_of, &bench->program));
  free(state);
}

static void bench_unload(struct bench *bench)
{
  hc_buffer_destroy(&bench->v);
  hc_buffer_destroy(&bench->stim);
  hc_buffer_destroy(&bench->state);
  hc_buffer_destroy(&bench->fields);
  hc_buffer_destroy(&bench->nodes);
  hc_program_destroy(&bench->program);
  free(bench->block);
}

static void steps_there(struct bench *bench, const struct hc_cell_model *model, enum scheme scheme, bool stimulated,
                        int steps, const struct hc_cell_table *table)
{
  const size_t width = 2 * (size_t)model->n_tabled;
  static const char *const names[] = {"cells_step", "cells_step2", "cells_tabled"};
  const int n = N, stride = STRIDE;
  struct hc_kernel *kernel;
  struct hc_buffer *values = NULL;
  ck_call(hc_program_kernel(bench->program, names[scheme], &kernel));
  if (scheme == TABLED)
    ck_call(hc_buffer_of_reals(bench->device, hc_device_real(bench->device), (size_t)table->rows * width, table->values,
                               &values));
  for (int step = 0; step < steps; ++step) {
    const double t = step * dt;
    struct hc_arg args[14] = {{HC_ARG_BLOCK, bench->block_bytes, bench->block},
                              HC_VALUE_ARG(n),
                              HC_VALUE_ARG(stride),
                              HC_BUFFER_ARG(bench->through_nodes ? bench->nodes : NULL),
                              HC_BUFFER_ARG(bench->v),
                              HC_BUFFER_ARG(bench->state),
                              HC_BUFFER_ARG(stimulated ? bench->stim : NULL),
                              HC_BUFFER_ARG(bench->fields)};
    int n_args = 8;
    if (scheme == TABLED) {
      args[n_args++] = HC_BUFFER_ARG(values);
      args[n_args++] = HC_VALUE_ARG(table->v_low);
      args[n_args++] = HC_VALUE_ARG(table->rows_per_mv);
      args[n_args++] = HC_VALUE_ARG(table->rows);
    }
    args[n_args++] = HC_VALUE_ARG(t);
    args[n_args++] = HC_VALUE_ARG(dt);
    hc_kernel_launch(kernel, HC_QUEUE_MAIN, N, n_args, args);
  }
  hc_queue_finish(bench->device, HC_QUEUE_MAIN);
  hc_buffer_destroy(&values);
  ck_assert_msg(!hc_device_failure(bench->device), "%s", hc_device_failure(bench->device));
}

/* States of the cells, and that nothing else was written. */
static void bench_fetch(const struct bench *bench, const struct hc_cell_model *model, double *y)
{
  const size_t n_state = (size_t)(model->n_states - 1) * STRIDE;
  double v[STRIDE];
  bool is_cell[STRIDE] = {false};
  hc_buffer_read_reals(bench->v, hc_device_wide(bench->device), 0, STRIDE, v);
  hc_buffer_read_reals(bench->state, hc_device_real(bench->device), 0, n_state, y + STRIDE);
  for (int i = 0; i < N; ++i) {
    y[i] = v[node_of(bench, i)];
    is_cell[node_of(bench, i)] = true;
  }
  for (int i = 0; i < STRIDE; ++i)
    ck_assert_msg(is_cell[i] || v[i] == mark, "V of node %d, which is no cell, became %g", i, v[i]);
  for (size_t i = 0; i < n_state; ++i)
    ck_assert_msg(i % STRIDE < N || y[i + STRIDE] == mark, "state %zu of slot %zu, which is no cell, became %g",
                  i / STRIDE + 1, i % STRIDE, y[i + STRIDE]);
}

/* ---- Comparing --------------------------------------------------------------------------------------------------- */

/* What an error of a state is measured by, as where steps are chosen: V 100 mV, gates and chains 1, others their own
 * size. */
static double size_of(const struct hc_state_info *state, double value)
{
  if (state->kind == HC_STATE_POTENTIAL)
    return 100;
  if (state->kind == HC_STATE_PLAIN || state->kind == HC_STATE_STIFF)
    return fabs(value) + fabs(state->initial) + 1e-6;
  return 1;
}

/* The largest error of any state, and whose it is. */
static double largest(const struct cells *cells, const double *found, const double *expected, int *state, int *cell)
{
  double most = 0;
  *state = *cell = 0;
  for (int s = 0; s < cells->model->n_states; ++s)
    for (int i = 0; i < N; ++i) {
      const double x = found[s * STRIDE + i], y = expected[s * STRIDE + i];
      const double error = fabs(x - y) / size_of(&cells->model->states[s], y);
      if (!(error <= most)) {
        most = error;
        *state = s;
        *cell = i;
      }
    }
  return most;
}

/* Largest errors after some steps. In float they are those of its roundings, of numbers that are differences of larger
 * ones too. */
static double allowed(enum hc_precision precision)
{
  return precision == HC_DOUBLE ? 1e-11 : 2e-4;
}

static void compare_steps(struct bench *bench, const struct cells *cells, enum scheme scheme, bool stimulated,
                          bool through_nodes)
{
  static const char *const names[] = {"step", "step2", "tabled"};
  enum { STEPS = 10 };
  const size_t size = (size_t)cells->model->n_states * STRIDE;
  double *found = array(size), *expected = array(size);
  struct hc_cell_table table = {0};
  int state, cell;
  if (scheme == TABLED)
    table = table_of(cells);
  steps_here(cells, scheme, stimulated, STEPS, &table, expected);
  bench_load(bench, cells, through_nodes);
  steps_there(bench, cells->model, scheme, stimulated, STEPS, &table);
  bench_fetch(bench, cells->model, found);
  bench_unload(bench);
  const double error = largest(cells, found, expected, &state, &cell);
  printf("  %-28s %-6s %-6s %-10s %-8s %-5s %.1e (%s)\n", cells->model->name, hc_precision_names[cells->precision],
         names[scheme], cells->n_fields ? "fields" : "no fields", stimulated ? "stimulus" : "",
         through_nodes ? "nodes" : "", error, cells->model->states[state].name);
  ck_assert_msg(error <= allowed(cells->precision), "%s, %s, %s: %s of cell %d is %.17g, here %.17g",
                cells->model->name, hc_precision_names[cells->precision], names[scheme],
                cells->model->states[state].name, cell, found[state * STRIDE + cell], expected[state * STRIDE + cell]);
  free(table.values);
  free(found);
  free(expected);
}

START_TEST(steps_agree)
{
  const struct trial trial = trial_number(_i);
  const struct hc_cell_model *model = trial.model;
  const enum hc_precision precision = trial.precision;
  struct bench bench;
  struct cells plain, fields;
  bench_open(&bench, precision);
  cells_make(&plain, model, precision, false);
  cells_make(&fields, model, precision, true);
  compare_steps(&bench, &plain, STEP, true, false);
  compare_steps(&bench, &fields, STEP, false, true);
  compare_steps(&bench, &plain, STEP2, false, true);
  compare_steps(&bench, &fields, STEP2, true, false);
  if (model->n_tabled > 0)
    compare_steps(&bench, &plain, TABLED, true, true);
  cells_free(&plain);
  cells_free(&fields);
  bench_close(&bench);
}
END_TEST

/* ---- Cells that choose their steps ------------------------------------------------------------------------------- */

enum { PACED = 150, SPAN = 60 }; /* cells, ms */

static struct hc_batch *batch_of(const struct cells *cells, int first, int n, struct hc_device *device)
{
  const struct hc_cell_model *model = cells->model;
  const struct hc_batch_options options = {.integrator = HC_BATCH_ADAPTIVE, .tolerance = 7e-4, .device = device};
  double *parameters = array((size_t)n * (size_t)model->n_parameters), *y = array((size_t)n * (size_t)model->n_states);
  struct hc_batch *batch;
  for (int i = 0; i < n; ++i) {
    for (int p = 0; p < model->n_parameters; ++p)
      parameters[i * model->n_parameters + p] = cells->parameters[p];
    for (int f = 0; f < cells->n_fields; ++f)
      parameters[i * model->n_parameters + cells->field_of[f]] = cells->fields[f * STRIDE + first + i];
    for (int s = 0; s < model->n_states; ++s)
      y[i * model->n_states + s] = cells->y[s * STRIDE + first + i];
  }
  ck_call(hc_batch_create(model, n, parameters, y, &options, &batch));
  free(parameters);
  free(y);
  return batch;
}

/* A cell alone takes the same steps here and there, in double to the last; in float it is as far from the host as its
 * own tolerance allows. */
START_TEST(paces_agree)
{
  const struct trial trial = trial_number(_i);
  const struct hc_cell_model *model = trial.model;
  const enum hc_precision precision = trial.precision;
  const double limit = precision == HC_DOUBLE ? 1e-8 : 1e-2;
  double y[2][200], worst = 0;
  int64_t steps = 0, rejected = 0;
  struct bench bench;
  struct cells cells;
  bench_open(&bench, precision);
  cells_make(&cells, model, precision, true);
  struct hc_batch *there = batch_of(&cells, 0, PACED, bench.device);
  ck_assert(hc_batch_on_device(there));
  ck_call(hc_batch_advance(there, 1, cells.stim, NULL));
  ck_call(hc_batch_advance(there, SPAN, NULL, NULL));
  for (int i = 0; i < PACED; ++i) {
    struct hc_batch *here = batch_of(&cells, i, 1, NULL);
    ck_call(hc_batch_advance(here, 1, &cells.stim[i], NULL));
    ck_call(hc_batch_advance(here, SPAN, NULL, NULL));
    ck_call(hc_batch_get(here, 0, y[0]));
    ck_call(hc_batch_get(there, i, y[1]));
    for (int s = 0; s < model->n_states; ++s) {
      const double error = fabs(y[1][s] - y[0][s]) / size_of(&model->states[s], y[0][s]);
      ck_assert_msg(error <= limit, "%s, %s: %s of cell %d is %.17g, here %.17g", model->name,
                    hc_precision_names[precision], model->states[s].name, i, y[1][s], y[0][s]);
      worst = fmax(worst, error);
    }
    steps += hc_batch_counted(here).steps;
    rejected += hc_batch_counted(here).rejected;
    hc_batch_destroy(&here);
  }
  const struct hc_batch_counts counted = hc_batch_counted(there);
  printf("  %-28s %-6s paced %.1e, %d steps (here %d), %d refused (here %d)\n", model->name,
         hc_precision_names[precision], worst, (int)counted.steps, (int)steps, (int)counted.rejected, (int)rejected);
  if (precision == HC_DOUBLE) {
    ck_assert_int_le(llabs(counted.steps - steps), steps / 1000);
    ck_assert_int_le(llabs(counted.rejected - rejected), 1 + rejected / 100);
  } else
    ck_assert_int_le(counted.steps, steps * 11 / 10);
  hc_batch_destroy(&there);
  cells_free(&cells);
  bench_close(&bench);
}
END_TEST

static Suite *cells_suite(void)
{
  Suite *suite = suite_create("cells on a device");
  TCase *tcase = tcase_create("cells");
  tcase_set_timeout(tcase, 0);
  tcase_add_loop_test(tcase, steps_agree, 0, n_trials());
  tcase_add_loop_test(tcase, paces_agree, 0, n_trials());
  suite_add_tcase(suite, tcase);
  return suite;
}

HC_CHECK_MAIN(cells_suite)
