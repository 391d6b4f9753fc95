/* Nodes that wait: they must do what nodes that are advanced every step do, only cheaper. */
#include "hc_check.h"
#include "kinetics.h"

#include <math.h>
#include <string.h>

enum { N = 101, MOST_STEPS = 24000 }; /* no multiple of any span */

static const double dt = 0.05; /* ms */

static struct hc_kinetics *make(char *model, int n, double max_step, double tolerance, double *v)
{
  struct hc_cells_params entry = {.cell = {.model = model}};
  struct hc_kinetics *kinetics;
  int entries[N] = {0};
  ck_call(hc_kinetics_create(n, entries, 1, &entry, 0, NULL, &kinetics));
  ck_call(hc_kinetics_initial(kinetics, v));
  if (max_step > 0)
    ck_call(hc_kinetics_adapt(kinetics, dt, max_step, tolerance, v));
  return kinetics;
}

/* One step as a tissue takes it: nodes with a stimulus are woken, others may be moved by `others` (mV/ms, or NULL). */
static void step(struct hc_kinetics *kinetics, enum hc_reaction_scheme scheme, int64_t number, int n,
                 const double *stim, const double *others, double *v)
{
  bool chosen[N];
  for (int i = 0; i < n; ++i)
    chosen[i] = stim && stim[i] != 0;
  if (stim)
    ck_call(hc_kinetics_wake(kinetics, number, chosen, v));
  ck_call(hc_kinetics_step(kinetics, scheme, (double)number * dt, dt, v, stim));
  for (int i = 0; others && i < n; ++i)
    v[i] += dt * others[i];
  ck_call(hc_kinetics_settle(kinetics, number + 1, 1, v));
}

static double evaluated(const struct hc_kinetics *kinetics)
{
  int64_t evaluations, all;
  hc_kinetics_evaluations(kinetics, &evaluations, &all);
  return all > 0 ? (double)evaluations / (double)all : 1;
}

/* ---- Beats ------------------------------------------------------------------------------------------------------- */

struct beat {
  double activation[2], apd; /* ms: first crossings of half way up and, after the first, of 90 % down */
  double evaluated;
};

/* A cell for `end` ms, with a stimulus of the model's own from 10 ms on if it has one. low, high: mV. */
static struct beat run_beat(char *name, enum hc_reaction_scheme scheme, double max_step, double tolerance, double end,
                            double low, double high)
{
  const struct hc_cell_model *model = hc_cell_model_find(name);
  const double middle = 0.5 * (low + high), ninety = high - 0.9 * (high - low);
  struct beat beat = {{NAN, NAN}, NAN, 1};
  double v[1], before;
  struct hc_kinetics *kinetics = make(name, 1, max_step, tolerance, v);
  int n = 0;
  for (int64_t k = 0; k < (int64_t)(end / dt + 0.5); ++k) {
    const double t = (double)k * dt, on = t >= 10 && t < 10 + model->stimulus_duration ? model->stimulus : 0;
    before = v[0];
    step(kinetics, scheme, k, 1, &on, NULL, v);
    if (before < middle && v[0] >= middle && n < 2)
      beat.activation[n++] = t + dt * (middle - before) / (v[0] - before);
    if (n == 1 && isnan(beat.apd) && before > ninety && v[0] <= ninety && t > beat.activation[0])
      beat.apd = t + dt * (ninety - before) / (v[0] - before) - beat.activation[0];
  }
  beat.evaluated = evaluated(kinetics);
  hc_kinetics_destroy(&kinetics);
  return beat;
}

static const struct {
  char *name;
  double end, low, high; /* ms, mV */
} cells[] = {{"ttp06_epi", 500, -85, 35},       {"ord11_endo", 500, -87, 35},
             {"courtemanche98", 600, -81, 20},  {"bueno_orovio08_epi", 500, -84, 30},
             {"fenton_karma_br", 500, -85, 15}, {"mitchell_schaeffer", 600, -80, 20},
             {"luo_rudy91", 600, -84, 30},      {"grandi10_endo", 500, -80, 30},
             {"torord19_epi", 500, -88, 30},    {"koivumaki11", 500, -75, 10}};

START_TEST(a_beat_is_that_of_steps_without_waiting)
{
  struct beat whole, adaptive;
  whole = run_beat(cells[_i].name, HC_REACTION_GRL2, 0, 0, cells[_i].end, cells[_i].low, cells[_i].high);
  adaptive = run_beat(cells[_i].name, HC_REACTION_GRL2, 0.5, 0.1, cells[_i].end, cells[_i].low, cells[_i].high);
  ck_assert_double_eq_tol(adaptive.activation[0], whole.activation[0], 0.05);
  ck_assert_double_eq_tol(adaptive.apd, whole.apd, 0.5);
  ck_assert(isnan(whole.activation[1]) == isnan(adaptive.activation[1]));
  ck_assert_double_lt(adaptive.evaluated, 0.25);
}
END_TEST

/* Its moment hangs on a slow balance of small currents: it does not wait. */
START_TEST(a_pacemaker_beats_as_ever)
{
  const struct beat whole = run_beat("fabbri17", HC_REACTION_RUSH_LARSEN, 0, 0, 1200, -58, 26);
  const struct beat adaptive = run_beat("fabbri17", HC_REACTION_RUSH_LARSEN, 0.5, 0.1, 1200, -58, 26);
  ck_assert(whole.activation[1] > whole.activation[0] + 700);
  ck_assert_double_eq(adaptive.activation[0], whole.activation[0]);
  ck_assert_double_eq(adaptive.activation[1], whole.activation[1]);
  ck_assert_double_eq(adaptive.evaluated, 1);
}
END_TEST

/* The error falls with the tolerance, at the price of evaluations. */
START_TEST(a_smaller_tolerance_is_more_accurate)
{
  static const double tolerances[] = {1, 0.1, 0.01, 0.001};
  const struct beat whole = run_beat("ttp06_epi", HC_REACTION_GRL2, 0, 0, 400, -85, 35);
  double last_error = INFINITY, last_cost = 0;
  for (int i = 0; i < 4; ++i) {
    const struct beat beat = run_beat("ttp06_epi", HC_REACTION_GRL2, 1, tolerances[i], 400, -85, 35);
    const double error = fabs(beat.apd - whole.apd);
    ck_assert_double_lt(error, 0.7 * last_error);
    ck_assert_double_gt(beat.evaluated, last_cost);
    last_error = error;
    last_cost = beat.evaluated;
  }
  ck_assert_double_lt(last_error, 0.01);
}
END_TEST

/* ---- Waiting ----------------------------------------------------------------------------------------------------- */

START_TEST(without_room_to_wait_nothing_changes)
{
  double v[N], w[N], stim[N];
  struct hc_kinetics *kinetics = make("ttp06_epi", N, 0, 0, v), *other = make("ttp06_epi", N, 1.9 * dt, 0.1, w);
  for (int64_t k = 0; k < 200; ++k) {
    for (int i = 0; i < N; ++i)
      stim[i] = k < 40 ? 20 + 0.1 * i : 0;
    ck_call(hc_kinetics_step(kinetics, HC_REACTION_RUSH_LARSEN, (double)k * dt, dt, v, stim));
    step(other, HC_REACTION_RUSH_LARSEN, k, N, stim, NULL, w);
    ck_assert_int_eq(hc_kinetics_ahead(other, k), 1);
  }
  ck_assert_mem_eq(v, w, sizeof v);
  ck_assert_double_eq(evaluated(other), 1);
  ck_assert_int_eq(hc_kinetics_width(other), hc_kinetics_width(kinetics));
  hc_kinetics_destroy(&kinetics);
  hc_kinetics_destroy(&other);
}
END_TEST

/* Cells that are always active are advanced by the scheme of the case, bit for bit. */
START_TEST(active_cells_take_the_scheme_of_the_case)
{
  double v[N], w[N], stim[N];
  struct hc_kinetics *kinetics = make("ttp06_epi", N, 0, 0, v), *other = make("ttp06_epi", N, 0.5, 1e-9, w);
  for (int64_t k = 0; k < 200; ++k) {
    for (int i = 0; i < N; ++i)
      stim[i] = k < 40 ? 20 + 0.1 * i : 1;
    ck_call(hc_kinetics_step(kinetics, HC_REACTION_TABLES, (double)k * dt, dt, v, stim));
    step(other, HC_REACTION_TABLES, k, N, stim, NULL, w);
  }
  ck_assert_mem_eq(v, w, sizeof v);
  hc_kinetics_destroy(&kinetics);
  hc_kinetics_destroy(&other);
}
END_TEST

/* Others move V of one node only: its span is woken at once, and the rest waits on. */
START_TEST(a_node_that_is_moved_wakes_its_span)
{
  double v[N], others[N] = {0};
  struct hc_kinetics *kinetics = make("ttp06_epi", N, 0.5, 0.1, v);
  int64_t before, after, all;
  for (int64_t k = 0; k < 203; ++k)
    step(kinetics, HC_REACTION_RUSH_LARSEN, k, N, NULL, NULL, v);
  ck_assert_int_eq(hc_kinetics_ahead(kinetics, 203), 7); /* all are due at multiples of 10 */
  hc_kinetics_evaluations(kinetics, &before, &all);
  others[50] = 1.9; /* 0.095 mV: not yet */
  step(kinetics, HC_REACTION_RUSH_LARSEN, 203, N, NULL, others, v);
  hc_kinetics_evaluations(kinetics, &after, &all);
  ck_assert_int_eq(after, before);
  others[50] = 0.2; /* 0.105 mV in all */
  step(kinetics, HC_REACTION_RUSH_LARSEN, 204, N, NULL, others, v);
  hc_kinetics_evaluations(kinetics, &after, &all);
  ck_assert_int_gt(after, before);
  ck_assert_int_lt(after, before + N / 2);
  ck_assert_int_eq(hc_kinetics_ahead(kinetics, 205), 1);
  hc_kinetics_destroy(&kinetics);
}
END_TEST

START_TEST(several_steps_at_once_are_those_steps)
{
  double v[N], w[N];
  struct hc_kinetics *kinetics = make("ttp06_epi", N, 0.5, 0.1, v), *other = make("ttp06_epi", N, 0.5, 0.1, w);
  int64_t k = 0, long_steps = 0;
  for (int64_t i = 0; i < 1000; ++i)
    step(kinetics, HC_REACTION_RUSH_LARSEN, i, N, NULL, NULL, v);
  while (k < 1000) {
    const int64_t n = hc_kinetics_ahead(other, k);
    if (n == 1) {
      step(other, HC_REACTION_RUSH_LARSEN, k, N, NULL, NULL, w);
    } else {
      ck_call(hc_kinetics_coast(other, (double)n * dt, w));
      ck_call(hc_kinetics_settle(other, k + n, (int)n, w));
      ++long_steps;
    }
    k += n;
  }
  ck_assert_int_eq(k, 1000); /* 1000 is a multiple of all intervals */
  ck_assert_int_gt(long_steps, 90);
  for (int i = 0; i < N; ++i)
    ck_assert_double_eq_tol(v[i], w[i], 1e-9);
  ck_assert_double_eq(evaluated(kinetics), evaluated(other));
  hc_kinetics_destroy(&kinetics);
  hc_kinetics_destroy(&other);
}
END_TEST

/* ---- Checkpoints ------------------------------------------------------------------------------------------------- */

/* Nodes in different phases of a beat, with something that moves them. */
static void live(struct hc_kinetics *kinetics, int64_t from, int64_t to, const int *who, double *v)
{
  double stim[N], others[N];
  for (int64_t k = from; k < to; ++k) {
    const double t = (double)k * dt;
    for (int i = 0; i < N; ++i) {
      const double start = 1.5 * who[i];
      stim[i] = t >= start && t < start + 1 ? 40 : 0;
      others[i] = 0.3 * sin(0.05 * t + who[i]);
    }
    step(kinetics, HC_REACTION_RUSH_LARSEN, k, N, stim, others, v);
  }
}

START_TEST(a_checkpoint_continues_bit_for_bit_at_any_step)
{
  static const int64_t at[] = {1377, 2000, 5003};
  int who[N];
  double v[N], w[N];
  for (int i = 0; i < N; ++i)
    who[i] = i;
  struct hc_kinetics *kinetics = make("ttp06_epi", N, 0.5, 0.1, v), *other = make("ttp06_epi", N, 0.5, 0.1, w);
  const size_t values = (size_t)N * (size_t)hc_kinetics_width(kinetics);
  double *packed = malloc(values * sizeof(double)), *end = malloc(values * sizeof(double));
  live(kinetics, 0, at[_i], who, v);
  ck_call(hc_kinetics_pack(kinetics, packed));
  memcpy(w, v, sizeof v);
  ck_call(hc_kinetics_unpack(other, packed));
  ck_call(hc_kinetics_resume(other, packed, at[_i], w));
  ck_assert_mem_eq(v, w, sizeof v);
  live(kinetics, at[_i], at[_i] + 1000, who, v);
  live(other, at[_i], at[_i] + 1000, who, w);
  ck_assert_mem_eq(v, w, sizeof v);
  ck_call(hc_kinetics_pack(kinetics, packed));
  ck_call(hc_kinetics_pack(other, end));
  ck_assert_mem_eq(packed, end, values * sizeof(double));
  free(packed);
  free(end);
  hc_kinetics_destroy(&kinetics);
  hc_kinetics_destroy(&other);
}
END_TEST

/* As on another number of ranks: nodes come in another order, so that those of a span have waited apart. */
START_TEST(nodes_that_waited_apart_go_on_together)
{
  enum { AT = 3003 };
  int who[N], mixed[N];
  double v[N], w[N];
  struct hc_kinetics *kinetics = make("ttp06_epi", N, 0.5, 0.1, v), *other = make("ttp06_epi", N, 0.5, 0.1, w);
  const size_t width = (size_t)hc_kinetics_width(kinetics);
  double *packed = malloc((size_t)N * width * sizeof(double)), *moved = malloc((size_t)N * width * sizeof(double));
  for (int i = 0; i < N; ++i) {
    who[i] = i;
    mixed[i] = i * 37 % N;
  }
  live(kinetics, 0, AT, who, v);
  ck_call(hc_kinetics_pack(kinetics, packed));
  for (int i = 0; i < N; ++i) {
    memcpy(moved + (size_t)i * width, packed + (size_t)mixed[i] * width, width * sizeof(double));
    w[i] = v[mixed[i]];
  }
  ck_call(hc_kinetics_unpack(other, moved));
  ck_call(hc_kinetics_resume(other, moved, AT, w));
  for (int i = 0; i < N; ++i)
    ck_assert_double_eq_tol(w[i], v[mixed[i]], 0.1); /* what the held rates were wrong by */
  live(kinetics, AT, AT + 1000, who, v);
  live(other, AT, AT + 1000, mixed, w);
  for (int i = 0; i < N; ++i)
    ck_assert_double_eq_tol(w[i], v[mixed[i]], 0.3);
  free(packed);
  free(moved);
  hc_kinetics_destroy(&kinetics);
  hc_kinetics_destroy(&other);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("kinetics_waiting");
  TCase *beats = tcase_create("beats"), *waiting = tcase_create("waiting"), *checkpoints = tcase_create("checkpoints");
  tcase_set_timeout(beats, 300);
  tcase_add_loop_test(beats, a_beat_is_that_of_steps_without_waiting, 0, sizeof cells / sizeof cells[0]);
  tcase_add_test(beats, a_pacemaker_beats_as_ever);
  tcase_add_test(beats, a_smaller_tolerance_is_more_accurate);
  tcase_add_test(waiting, without_room_to_wait_nothing_changes);
  tcase_add_test(waiting, active_cells_take_the_scheme_of_the_case);
  tcase_add_test(waiting, a_node_that_is_moved_wakes_its_span);
  tcase_add_test(waiting, several_steps_at_once_are_those_steps);
  tcase_add_loop_test(checkpoints, a_checkpoint_continues_bit_for_bit_at_any_step, 0, 3);
  tcase_add_test(checkpoints, nodes_that_waited_apart_go_on_together);
  suite_add_tcase(s, beats);
  suite_add_tcase(s, waiting);
  suite_add_tcase(s, checkpoints);
  return s;
}

HC_CHECK_MAIN(suite)
