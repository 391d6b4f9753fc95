/* Every built-in cell model: vector code against a scalar step made from its own rates, both schemes against CVODE
 * with their order, conserved sums, fields of parameters, tables, and what a NaN does. HC_ONLY in the environment: only
 * models whose name contains it. */
#include "cell_block.h"

#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_dense.h>

/* With sanitizers, where code is thirty times as slow, the same for a shorter time and without the observed orders. */
#ifdef HC_SHORT
enum { DURATION = 30, FINEST = 200, LANE_STEPS = 1500, SUM_MS = 20 };
#else
enum { DURATION = 400, FINEST = 800, LANE_STEPS = 30000, SUM_MS = 1000 }; /* ms, steps a ms, steps, ms */
#endif

#ifndef SUN_COMM_NULL
#define SUN_COMM_NULL NULL /* SUNDIALS before 7 */
#endif

static const struct hc_cell_model *model_number(int i)
{
  const struct hc_cell_model *const *models;
  ck_assert_int_lt(i, hc_cell_models(&models));
  return models[i];
}

static bool left_out(const struct hc_cell_model *model)
{
  const char *only = getenv("HC_ONLY");
  return only && !strstr(model->name, only);
}

static int n_models(void)
{
  const struct hc_cell_model *const *models;
  return hc_cell_models(&models);
}

/* The stimulus of a beat as a pulse of 1 ms, mV/ms. */
static double pulse(const struct hc_cell_model *model)
{
  return model->stimulus * model->stimulus_duration;
}

/* ---- One step against its definition ------------------------------------------------------------------------------
 */

/* min(0, df/dy) of a state in itself. */
static double slope_of(const struct hc_cell_model *model, double stim, const double *parameters, const double *y,
                       int state, double rate)
{
  double at[MAX_STATES], dydt[MAX_STATES];
  const double nudge = ldexp(1, ilogb(fabs(y[state]) + 1e-9) - 17); /* schemes.h */
  memcpy(at, y, sizeof(at));
  at[state] += nudge;
  model->rates(0, at, stim, parameters, dydt, NULL);
  return fmin(0, (dydt[state] - rate) / nudge);
}

/* The first-order step with libm; chains, whose exchanges the rates do not tell apart, are left out. */
static void reference_step(const struct hc_cell_model *model, double dt, double stim, const double *parameters,
                           const double *y, double *out)
{
  double dydt[MAX_STATES];
  model->rates(0, y, stim, parameters, dydt, NULL);
  for (int s = 0; s < model->n_states; ++s) {
    double inf, k;
    out[s] = y[s] + dt * dydt[s];
    if (model->states[s].kind == HC_STATE_GATE || model->states[s].kind == HC_STATE_LIGAND) {
      gate_of(model, y, parameters, s, &inf, &k);
      out[s] = y[s] + (y[s] - inf) * expm1(-dt * k);
    }
    if (model->states[s].kind == HC_STATE_STIFF) {
      const double x = dt * slope_of(model, stim, parameters, y, s, dydt[s]);
      out[s] = y[s] + dt * dydt[s] * (x == 0 ? 1 : expm1(x) / x);
    }
  }
}

START_TEST(lanes_agree_with_the_scalar_reference)
{
  const struct hc_cell_model *model = model_number(_i);
  const double dt = 0.01;
  struct block block;
  if (left_out(model))
    return;
  block_start(&block, model);
  for (int step = 0; step < LANE_STEPS; ++step) {
    double y[MAX_LANES][MAX_STATES], expected[MAX_STATES];
    const bool look = step % 500 < 2; /* on the way, and right after the lanes were pushed apart */
    for (int lane = 0; look && lane < model->lanes; ++lane) {
      if (step % 500 == 1)
        *block_at(&block, lane, 0) += lane - 0.3;
      for (int s = 0; s < model->n_states; ++s)
        y[lane][s] = *block_at(&block, lane, s);
    }
    const double stim = step < 100 ? pulse(model) : 0;
    block_step(&block, 1, step * dt, dt, stim);
    for (int lane = 0; look && lane < model->lanes; ++lane) {
      reference_step(model, dt, stim, block.parameters, y[lane], expected);
      for (int s = 0; s < model->n_states; ++s) {
        if (model->states[s].kind == HC_STATE_CHAIN)
          continue;
        const double found = *block_at(&block, lane, s), size = fmax(fabs(expected[s]), fabs(y[lane][s]));
        ck_assert_msg(fabs(found - expected[s]) <= 1e-13 * size + 1e-300, "%s lane %d step %d: %s is %.17g, not %.17g",
                      model->name, lane, step, model->states[s].name, found, expected[s]);
      }
    }
  }
}
END_TEST

START_TEST(no_stimulus_is_a_stimulus_of_zero)
{
  const struct hc_cell_model *model = model_number(_i);
  struct block with, without;
  block_start(&with, model);
  block_start(&without, model);
  for (int step = 0; step < 100; ++step) {
    struct hc_cell_batch cells = batch_of(&without);
    cells.stim = NULL;
    block_step(&with, 1, 0, 0.02, 0);
    model->step(&cells, 0, 0.02);
  }
  ck_assert_int_eq(memcmp(with.v, without.v, sizeof(with.v)), 0);
  ck_assert_int_eq(memcmp(with.state, without.state, sizeof(with.state)), 0);
}
END_TEST

/* A NaN in any state reaches V or stays in that state, and never reaches the neighbours in the block. */
START_TEST(nan_stays_visible_and_in_its_lane)
{
  const struct hc_cell_model *model = model_number(_i);
  for (int poisoned = 0; poisoned < model->n_states; ++poisoned) {
    struct block clean, block;
    block_start(&clean, model);
    block_start(&block, model);
    *block_at(&block, 3, poisoned) = NAN;
    for (int step = 0; step < 50; ++step) {
      block_step(&clean, 1 + step % 2, 0, 0.02, 0);
      block_step(&block, 1 + step % 2, 0, 0.02, 0);
    }
    ck_assert_msg(isnan(*block_at(&block, 3, poisoned)) || isnan(block.v[3]), "%s: the NaN of %s is gone", model->name,
                  model->states[poisoned].name);
    for (int lane = 0; lane < model->lanes; ++lane)
      for (int s = 0; lane != 3 && s < model->n_states; ++s)
        ck_assert(*block_at(&block, lane, s) == *block_at(&clean, lane, s));
  }
}
END_TEST

START_TEST(tables_are_complete_and_consistent)
{
  const struct hc_cell_model *model = model_number(_i);
  double y[MAX_STATES], parameters[MAX_PARAMETERS], dydt[MAX_STATES], currents[MAX_STATES];
  ck_assert_ptr_eq(hc_cell_model_find(model->name), model);
  ck_assert_str_eq(model->states[0].name, "V");
  ck_assert_str_eq(model->states[0].unit, "mV");
  ck_assert_ptr_nonnull(strstr(model->citation, "doi:10."));
  ck_assert(model->abi == HC_CELL_ABI && model->cost > 0 && model->lanes > 0 &&
            model->states[0].kind == HC_STATE_POTENTIAL);
  for (int s = 0; s < model->n_states; ++s) {
    ck_assert(strlen(model->states[s].unit) > 0 && strlen(model->states[s].meaning) > 0);
    for (int other = 0; other < s; ++other)
      ck_assert_str_ne(model->states[s].name, model->states[other].name);
    y[s] = model->states[s].initial;
  }
  for (int p = 0; p < model->n_parameters; ++p) {
    const struct hc_parameter_info *info = &model->parameters[p];
    ck_assert_msg(info->min <= info->fallback && info->fallback <= info->max, "%s: %s", model->name, info->name);
    ck_assert(strlen(info->unit) > 0 && strlen(info->meaning) > 0 && strlen(info->source) > 0);
    parameters[p] = info->fallback;
  }
  for (int c = 0; c < model->n_currents; ++c) {
    const struct hc_parameter_info *info = &model->parameters[model->n_parameters - model->n_currents + c];
    ck_assert(strncmp(info->name, "scale_", 6) == 0 && strcmp(info->name + 6, model->currents[c].name) == 0);
  }
  model->rates(0, y, 7, parameters, dydt, currents);
  double sum = 0, size = 0;
  for (int c = 0; c < model->n_currents; ++c) {
    const bool membrane = strcmp(model->currents[c].unit, "A/F") == 0;
    sum += membrane ? currents[c] : 0;
    size += membrane ? fabs(currents[c]) : 0;
  }
  ck_assert_double_eq_tol(dydt[0], 7 - sum, 1e-13 * (7 + size)); /* dV/dt = stimulus - all currents */
}
END_TEST

/* ---- Trajectories -------------------------------------------------------------------------------------------------
 */

struct right_side {
  struct block block;
  double stim;
};

static int cvode_rates(sunrealtype t, N_Vector y, N_Vector dydt, void *context)
{
  struct right_side *side = context;
  side->block.model->rates(t, N_VGetArrayPointer(y), side->stim, side->block.parameters, N_VGetArrayPointer(dydt),
                           NULL);
  return 0;
}

/* V every ms from CVODE (BDF, relative tolerance 1e-10), restarted where the stimulus ends. */
static void cvode_trajectory(const struct hc_cell_model *model, double *v)
{
  struct right_side side = {.stim = pulse(model)};
  SUNContext context;
  sunrealtype t = 0;
  block_start(&side.block, model);
  ck_assert_int_eq(SUNContext_Create(SUN_COMM_NULL, &context), 0);
  N_Vector y = N_VNew_Serial(model->n_states, context);
  SUNMatrix matrix = SUNDenseMatrix(model->n_states, model->n_states, context);
  SUNLinearSolver solver = SUNLinSol_Dense(y, matrix, context);
  for (int s = 0; s < model->n_states; ++s)
    N_VGetArrayPointer(y)[s] = model->states[s].initial;
  void *cvode = CVodeCreate(CV_BDF, context);
  ck_assert_int_eq(CVodeInit(cvode, cvode_rates, 0, y), 0);
  ck_assert_int_eq(CVodeSStolerances(cvode, 1e-10, 1e-15), 0);
  ck_assert_int_eq(CVodeSetLinearSolver(cvode, solver, matrix), 0);
  ck_assert_int_eq(CVodeSetUserData(cvode, &side), 0);
  ck_assert_int_eq(CVodeSetMaxNumSteps(cvode, 1000000), 0);
  for (int ms = 1; ms <= DURATION; ++ms) {
    if (ms == 2) {
      side.stim = 0;
      ck_assert_int_eq(CVodeReInit(cvode, t, y), 0);
    }
    ck_assert_int_eq(CVodeSetStopTime(cvode, ms), 0);
    ck_assert_int_ge(CVode(cvode, ms, y, &t, CV_NORMAL), 0);
    v[ms] = N_VGetArrayPointer(y)[0];
  }
  CVodeFree(&cvode);
  SUNLinSolFree(solver);
  SUNMatDestroy(matrix);
  N_VDestroy(y);
  SUNContext_Free(&context);
}

/* Root mean square over the samples every ms of the difference in V, mV. */
static double error_against(const struct hc_cell_model *model, int scheme, int steps_per_ms, const double *exact)
{
  struct block block;
  double sum = 0;
  block_start(&block, model);
  for (int ms = 1; ms <= DURATION; ++ms) {
    for (int step = 0; step < steps_per_ms; ++step)
      block_step(&block, scheme, 0, 1.0 / steps_per_ms, ms == 1 ? pulse(model) : 0);
    sum += (block.v[0] - exact[ms]) * (block.v[0] - exact[ms]);
  }
  return sqrt(sum / DURATION);
}

/* Models whose published equations jump at some V, or whose gates turn within microseconds: the error of a step that
 * crosses the jump is of first order. */
static bool jumps(const struct hc_cell_model *model)
{
  static const char *const names[] = {"mitchell_schaeffer", "courtemanche98", "bueno_orovio08",
                                      "fenton_karma",       "luo_rudy91",     "ord11_m"};
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); ++i)
    if (strncmp(model->name, names[i], strlen(names[i])) == 0)
      return true;
  return false;
}

START_TEST(schemes_converge_to_cvode_with_their_order)
{
  const struct hc_cell_model *model = model_number(_i);
  double exact[DURATION + 1];
  if (left_out(model) || strcmp(model->name, "manufactured") == 0)
    return; /* the exact solution of that one is known: test_kinetics_published */
  cvode_trajectory(model, exact);
  for (int scheme = 1; scheme <= 2; ++scheme) {
    double last = 0, order = scheme;
    for (int steps = 100; steps <= FINEST; steps *= 2) {
      const double error = error_against(model, scheme, steps, exact);
      order = last > 0 ? log2(last / error) : scheme;
      printf("  %s, scheme %d: dt %g ms: %.3g mV, order %.3f\n", model->name, scheme, 1.0 / steps, error, order);
      last = error;
    }
    if (FINEST == 800 && (scheme == 1 || !jumps(model)) && last > 1e-6) /* below it CVODE's own error shows */
      ck_assert_msg(fabs(order - scheme) < 0.15 * scheme, "%s, scheme %d: order %g", model->name, scheme, order);
    ck_assert_double_lt(last, (scheme == 1 ? 0.2 : 0.01) * (FINEST == 800 ? 1 : 20));
  }
}
END_TEST

/* What the equations conserve, both schemes conserve up to their error, chains to rounding; over a beat here. */
START_TEST(sums_are_conserved)
{
  const struct hc_cell_model *model = model_number(_i);
  double y[MAX_STATES], before[8], after[8];
  if (left_out(model) || model->n_sums == 0)
    return;
  ck_assert_int_le(model->n_sums, 8);
  for (int scheme = 1; scheme <= 2; ++scheme) {
    double drift[2];
    for (int finer = 0; finer < 2; ++finer) {
      const int steps = 50 << finer;
      struct block block;
      block_start(&block, model);
      for (int s = 0; s < model->n_states; ++s)
        y[s] = *block_at(&block, 0, s);
      model->sums_of(y, block.parameters, before);
      for (int step = 0; step < SUM_MS * steps; ++step)
        block_step(&block, scheme, 0, 1.0 / steps, step < steps ? pulse(model) : 0);
      for (int s = 0; s < model->n_states; ++s)
        y[s] = *block_at(&block, 0, s);
      model->sums_of(y, block.parameters, after);
      drift[finer] = 0;
      for (int sum = 0; sum < model->n_sums; ++sum)
        drift[finer] = fmax(drift[finer], fabs(after[sum] / before[sum] - 1));
    }
    printf("  %s, scheme %d: drift over a beat %.2g, with half the step %.2g\n", model->name, scheme, drift[0],
           drift[1]);
    ck_assert_double_lt(drift[0], 1e-4);
    ck_assert_double_lt(drift[1], fmax((SUM_MS == 1000 ? 0.6 : 1.0) * drift[0], 1e-11));
  }
}
END_TEST

/* A parameter given as a field: each lane behaves as a cell with that parameter. */
START_TEST(fields_act_in_their_lane)
{
  const struct hc_cell_model *model = model_number(_i);
  const int field_of[2] = {0, model->n_parameters - 1};
  double fields[2 * MAX_LANES];
  struct block together, alone;
  if (left_out(model))
    return;
  for (int lane = 0; lane < model->lanes; ++lane) {
    fields[lane] = model->parameters[field_of[0]].fallback * (1 - 0.03 * lane);
    fields[model->lanes + lane] = 1 + 0.1 * lane;
  }
  for (int scheme = 1; scheme <= 2; ++scheme) {
    block_start(&together, model);
    struct hc_cell_batch cells = batch_of(&together);
    cells.n_fields = 2;
    cells.field_of = field_of;
    cells.fields = fields;
    for (int step = 0; step < 500; ++step)
      if (scheme == 1)
        model->step(&cells, 0, 0.01);
      else
        model->step2(&cells, 0, 0.01, together.v, together.state, NULL, NULL);
    for (int lane = 0; lane < model->lanes; ++lane) {
      block_start(&alone, model);
      alone.parameters[field_of[0]] = fields[lane];
      alone.parameters[field_of[1]] = fields[model->lanes + lane];
      for (int step = 0; step < 500; ++step)
        block_step(&alone, scheme, 0, 0.01, 0);
      for (int s = 0; s < model->n_states; ++s)
        ck_assert_double_eq_tol(*block_at(&together, lane, s), *block_at(&alone, lane, s),
                                1e-12 * (1e-3 + fabs(*block_at(&alone, lane, s))));
    }
  }
}
END_TEST

/* What tables rest on: gates of kind GATE move by V and parameters alone, whatever the other states are. */
START_TEST(gates_depend_on_v_alone)
{
  const struct hc_cell_model *model = model_number(_i);
  struct block block;
  double y[MAX_STATES], inf[2], k[2];
  if (left_out(model))
    return;
  block_start(&block, model);
  for (int gate = 1; gate < model->n_states; ++gate) {
    if (model->states[gate].kind != HC_STATE_GATE)
      continue;
    for (int i = 0; i < 40; ++i) {
      for (int other = 0; other < 2; ++other) {
        for (int s = 1; s < model->n_states; ++s)
          y[s] = model->states[s].initial * (other ? 1 + 0.3 * sin(s + i) : 1) + (other ? 1e-4 * (1 + cos(s * i)) : 0);
        y[0] = -110 + 4.3 * i;
        gate_of(model, y, block.parameters, gate, &inf[other], &k[other]);
      }
      ck_assert_msg(fabs(inf[1] - inf[0]) <= 1e-9 && fabs(k[1] - k[0]) <= 1e-9 * k[0], "%s: %s is no gate of V alone",
                    model->name, model->states[gate].name);
    }
  }
}
END_TEST

/* A beat with gates from a table against the same steps with computed gates, beside what the step itself costs. */
START_TEST(tables_cost_less_accuracy_than_steps)
{
  const struct hc_cell_model *model = model_number(_i);
  enum { PER_MS = 50 };
  struct block computed, tabled;
  double sum = 0;
  if (left_out(model) || model->n_tabled == 0)
    return;
  struct hc_cell_table table = {.v_low = -130, .rows_per_mv = 20, .rows = 5001, .dt = 1.0 / PER_MS};
  table.values = calloc((size_t)table.rows * 2 * (size_t)model->n_tabled, sizeof(double));
  block_start(&computed, model);
  block_start(&tabled, model);
  model->tabulate(tabled.parameters, &table);
  for (int ms = 0; ms < DURATION; ++ms) {
    for (int step = 0; step < PER_MS; ++step) {
      for (int lane = 0; lane < model->lanes; ++lane)
        tabled.stim[lane] = ms == 0 ? pulse(model) : 0;
      const struct hc_cell_batch cells = batch_of(&tabled);
      model->step_tabled(&cells, 0, &table);
      block_step(&computed, 1, 0, 1.0 / PER_MS, ms == 0 ? pulse(model) : 0);
    }
    ck_assert(isfinite(tabled.v[0]) && tabled.v[0] == tabled.v[model->lanes - 1]);
    sum += (tabled.v[0] - computed.v[0]) * (tabled.v[0] - computed.v[0]);
  }
  free(table.values);
  printf("  %s: gates from a table change V by %.3g mV\n", model->name, sqrt(sum / DURATION));
  ck_assert_double_lt(sqrt(sum / DURATION), jumps(model) ? 0.3 : 0.1);
  tabled.v[3] = NAN;
  struct hc_cell_batch cells = batch_of(&tabled);
  table.values = calloc((size_t)table.rows * 2 * (size_t)model->n_tabled, sizeof(double));
  model->step_tabled(&cells, 0, &table);
  ck_assert(isnan(tabled.v[3]) && !isnan(tabled.v[2]));
  free(table.values);
}
END_TEST

static Suite *models_suite(void)
{
  Suite *suite = suite_create("cell models");
  TCase *tcase = tcase_create("cell models");
  tcase_set_timeout(tcase, 0);
  tcase_add_loop_test(tcase, tables_are_complete_and_consistent, 0, n_models());
  tcase_add_loop_test(tcase, lanes_agree_with_the_scalar_reference, 0, n_models());
  tcase_add_loop_test(tcase, no_stimulus_is_a_stimulus_of_zero, 0, n_models());
  tcase_add_loop_test(tcase, nan_stays_visible_and_in_its_lane, 0, n_models());
  tcase_add_loop_test(tcase, fields_act_in_their_lane, 0, n_models());
  tcase_add_loop_test(tcase, gates_depend_on_v_alone, 0, n_models());
  tcase_add_loop_test(tcase, tables_cost_less_accuracy_than_steps, 0, n_models());
  tcase_add_loop_test(tcase, sums_are_conserved, 0, n_models());
  tcase_add_loop_test(tcase, schemes_converge_to_cvode_with_their_order, 0, n_models());
  suite_add_tcase(suite, tcase);
  return suite;
}

HC_CHECK_MAIN(models_suite)
