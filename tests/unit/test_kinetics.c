/* Groups of nodes: who gets which model, memory in and out, errors with their place. */
#include "hc_check.h"
#include "kinetics.h"

#include <math.h>
#include <string.h>

enum { N = 101, N_ENTRIES = 4 }; /* no multiple of any number of lanes */

static char *keys_gks[] = {"GKs"}, *keys_v[] = {"V"};
static double values_gks[] = {0.2}, values_v[] = {-70};

/* An epicardial cell, one with another GKs, a Mitchell-Schaeffer cell with V given, and one that nobody uses. */
static struct hc_cells_params entries[N_ENTRIES] = {
    {.cell = {.model = "ttp06_epi"}},
    {.cell = {.model = "ttp06_epi", .parameters = {1, keys_gks, values_gks}}},
    {.cell = {.model = "mitchell_schaeffer", .initial = {1, keys_v, values_v}}},
    {.cell = {.model = "ttp06_m"}},
};

static int entry_of(int node)
{
  return node < 13 ? 0 : node % 3;
}

static struct hc_kinetics *make(void)
{
  struct hc_kinetics *kinetics;
  int entry[N];
  for (int i = 0; i < N; ++i)
    entry[i] = entry_of(i);
  ck_call(hc_kinetics_create(N, entry, N_ENTRIES, entries, 0, NULL, &kinetics));
  return kinetics;
}

/* Each node has its own stimulus, so that a node that is mixed up with another shows. */
static void run(struct hc_kinetics *kinetics, int first, int steps, double *v)
{
  double stim[N];
  for (int step = first; step < first + steps; ++step) {
    for (int i = 0; i < N; ++i)
      stim[i] = step < 50 ? 40 + 0.1 * i : 0;
    ck_call(hc_kinetics_step(kinetics, HC_REACTION_RUSH_LARSEN, step * 0.02, 0.02, v, stim));
  }
}

/* 0, 1, 2, ... for the meshes of these tests. */
static const int64_t *file_order(void)
{
  static int64_t order[1000];
  for (int i = 0; i < 1000; i++)
    order[i] = i;
  return order;
}

START_TEST(initial_potentials_are_those_of_the_entries)
{
  struct hc_kinetics *kinetics = make();
  double v[N];
  ck_call(hc_kinetics_initial(kinetics, v));
  for (int i = 0; i < N; ++i)
    ck_assert_double_eq(v[i], entry_of(i) == 2 ? -70 : -85.23);
  ck_assert_int_eq(hc_kinetics_width(kinetics), 18);
  ck_assert_uint_ge(hc_kinetics_bytes(kinetics), 66 * 18 * sizeof(double));
  hc_kinetics_destroy(&kinetics);
  ck_assert_ptr_null(kinetics);
  hc_kinetics_destroy(&kinetics);
}
END_TEST

/* A node alone, on its model directly. */
static void alone(int node, int steps, double *v, double *state)
{
  const struct hc_cell_params *params = &entries[entry_of(node)].cell;
  const struct hc_cell_model *model = hc_cell_model_find(params->model);
  double vs[64], states[64 * 32], stim[64], parameters[128];
  for (int p = 0; p < model->n_parameters; ++p)
    parameters[p] =
        params->parameters.n && strcmp(model->parameters[p].name, "GKs") == 0 ? 0.2 : model->parameters[p].fallback;
  for (int lane = 0; lane < model->lanes; ++lane) {
    vs[lane] = params->initial.n ? -70 : model->states[0].initial;
    for (int s = 1; s < model->n_states; ++s)
      states[(s - 1) * model->lanes + lane] = model->states[s].initial;
  }
  const struct hc_cell_batch cells = {.n_blocks = 1, .v = vs, .state = states, .stim = stim, .parameters = parameters};
  for (int step = 0; step < steps; ++step) {
    for (int lane = 0; lane < model->lanes; ++lane)
      stim[lane] = step < 50 ? 40 + 0.1 * node : 0;
    model->step(&cells, step * 0.02, 0.02);
  }
  *v = vs[0];
  for (int s = 1; s < model->n_states; ++s)
    state[s - 1] = states[(s - 1) * model->lanes];
}

START_TEST(each_node_behaves_as_if_alone)
{
  struct hc_kinetics *kinetics = make();
  double v[N], packed[N * 18], state[32], one;
  ck_call(hc_kinetics_initial(kinetics, v));
  run(kinetics, 0, 200, v);
  ck_call(hc_kinetics_pack(kinetics, packed));
  for (int i = 0; i < N; ++i) {
    const int n_states = entry_of(i) == 2 ? 2 : 19;
    alone(i, 200, &one, state);
    ck_assert_msg(v[i] == one, "node %d: %.17g, alone %.17g", i, v[i], one);
    for (int s = 0; s < 18; ++s)
      ck_assert(packed[i * 18 + s] == (s < n_states - 1 ? state[s] : 0));
  }
  hc_kinetics_destroy(&kinetics);
}
END_TEST

START_TEST(unpacked_states_continue_bit_for_bit)
{
  struct hc_kinetics *kinetics = make(), *other = make();
  double v[N], w[N], packed[N * 18], again[N * 18];
  ck_call(hc_kinetics_initial(kinetics, v));
  run(kinetics, 0, 300, v);
  ck_call(hc_kinetics_pack(kinetics, packed));
  memcpy(w, v, sizeof(v));
  ck_call(hc_kinetics_unpack(other, packed));
  run(kinetics, 300, 500, v);
  run(other, 300, 500, w);
  ck_assert_int_eq(memcmp(v, w, sizeof(v)), 0);
  ck_call(hc_kinetics_pack(kinetics, packed));
  ck_call(hc_kinetics_pack(other, again));
  ck_assert_int_eq(memcmp(packed, again, sizeof(packed)), 0);
  hc_kinetics_destroy(&kinetics);
  hc_kinetics_destroy(&other);
}
END_TEST

START_TEST(states_are_read_and_set_by_name)
{
  struct hc_kinetics *kinetics = make();
  double values[N], back[N];
  for (int i = 0; i < N; ++i)
    values[i] = 0.001 * i;
  ck_call(hc_kinetics_set(kinetics, "h", values)); /* both models have h */
  ck_call(hc_kinetics_get(kinetics, "h", back));
  ck_assert_int_eq(memcmp(values, back, sizeof(values)), 0);
  ck_call(hc_kinetics_set(kinetics, "Cai", values));
  ck_call(hc_kinetics_get(kinetics, "Cai", back));
  for (int i = 0; i < N; ++i)
    ck_assert(entry_of(i) == 2 ? isnan(back[i]) : back[i] == values[i]);
  ck_call(hc_kinetics_get(kinetics, "m", back));
  for (int i = 0; i < N; ++i)
    ck_assert(entry_of(i) == 2 || back[i] == 0.00172);
  ck_call_fails(hc_kinetics_get(kinetics, "Ca", back), HC_ERR_INPUT, "keeps a state \"Ca\"");
  ck_call_fails(hc_kinetics_set(kinetics, "V", back), HC_ERR_INPUT, "keeps a state \"V\"");
  hc_kinetics_destroy(&kinetics);
}
END_TEST

START_TEST(watch_finds_the_first_bad_node)
{
  struct hc_kinetics *kinetics = make();
  double v[N], values[N];
  ck_call(hc_kinetics_initial(kinetics, v));
  ck_assert_int_eq(hc_kinetics_watch(kinetics, v, true, file_order()), -1);
  v[77] = NAN;
  ck_assert_int_eq(hc_kinetics_watch(kinetics, v, false, file_order()), 77);
  v[42] = 250;
  ck_assert_int_eq(hc_kinetics_watch(kinetics, v, false, file_order()), 42);
  v[41] = -INFINITY;
  ck_assert_int_eq(hc_kinetics_watch(kinetics, v, true, file_order()), 41);
  ck_call(hc_kinetics_initial(kinetics, v));
  ck_call(hc_kinetics_get(kinetics, "h", values));
  values[100] = NAN;
  ck_call(hc_kinetics_set(kinetics, "h", values));
  ck_assert_int_eq(hc_kinetics_watch(kinetics, v, false, file_order()), -1);
  ck_assert_int_eq(hc_kinetics_watch(kinetics, v, true, file_order()), 100);
  hc_kinetics_destroy(&kinetics);
}
END_TEST

/* A NaN stays in its node, and is there to be found after many steps. */
START_TEST(a_nan_stays_in_its_node)
{
  struct hc_kinetics *kinetics = make();
  double v[N];
  ck_call(hc_kinetics_initial(kinetics, v));
  v[20] = NAN;
  run(kinetics, 0, 200, v);
  for (int i = 0; i < N; ++i)
    ck_assert(i == 20 ? isnan(v[i]) : isfinite(v[i]));
  ck_assert_int_eq(hc_kinetics_watch(kinetics, v, true, file_order()), 20);
  hc_kinetics_destroy(&kinetics);
}
END_TEST

START_TEST(a_rank_without_nodes_works)
{
  struct hc_kinetics *kinetics;
  double none[1] = {3};
  ck_call(hc_kinetics_create(0, NULL, N_ENTRIES, entries, 0, NULL, &kinetics));
  ck_call(hc_kinetics_initial(kinetics, none));
  ck_call(hc_kinetics_step(kinetics, HC_REACTION_RUSH_LARSEN, 0, 0.02, none, NULL));
  ck_call(hc_kinetics_pack(kinetics, none));
  ck_call(hc_kinetics_unpack(kinetics, none));
  ck_assert_double_eq(none[0], 3);
  ck_assert_int_eq(hc_kinetics_watch(kinetics, none, true, file_order()), -1);
  ck_assert_int_eq(hc_kinetics_width(kinetics), 18); /* as on every other rank */
  hc_kinetics_destroy(&kinetics);
}
END_TEST

START_TEST(nodes_of_unknown_entries_are_refused)
{
  struct hc_kinetics *kinetics;
  const int entry[2] = {0, -1};
  ck_call_fails(hc_kinetics_create(2, entry, N_ENTRIES, entries, 0, NULL, &kinetics), PETSC_ERR_ARG_OUTOFRANGE,
                "node 1");
  ck_assert_ptr_null(kinetics);
}
END_TEST

/* ---- Input ------------------------------------------------------------------------------------------------------- */

struct bad_entry {
  const char *text, *message; /* YAML of one entry on line 2 and following; what the error says */
};

static const struct bad_entry bad_entries[] = {
    {"model: ttp06_ep", "unknown cell model \"ttp06_ep\"; did you mean \"ttp06_epi\"? Else see healthcast models"},
    {"model: heart", "unknown cell model \"heart\"; allowed: a built-in model or the path of a plug-in (.so);"},
    {"model: ttp06_m\n    scale: {IKss: 2}", "has no parameter or current \"IKss\"; did you mean \"IKs\"?"},
    {"model: ttp06_m\n    scale: {IKs: -1}", "scale.IKs: found -1; allowed: a finite factor of at least 0"},
    {"model: ttp06_m\n    scale: {IKs: 2000}",
     "scale.IKs: parameter scale_IKs of ttp06_m times 2000: found 2000; allowed: 0 to 1000 (1)"},
    {"model: ttp06_m\n    parameters: {GKs: 1}\n    scale: {GKs: 6}",
     "scale.GKs: parameter GKs of ttp06_m times 6: found 6; allowed: 0 to 5 (mS/uF)"},
    {"model: ttp06_m\n    parameters: {GKss: 0.1}", "model ttp06_m has no parameter \"GKss\"; did you mean \"GKs\"?"},
    {"model: ttp06_m\n    parameters: {GKs: -0.1}", "parameter GKs of ttp06_m: found -0.1; allowed: 0 to 5 (mS/uF)"},
    {"model: ttp06_m\n    parameters: {Vss: 0}", "parameter Vss of ttp06_m: found 0; allowed: 1e-06 to 0.01 (nL)"},
    {"model: ttp06_m\n    initial: {Cai: 1e-4, xr1: 0}", "model ttp06_m has no state \"xr1\"; did you mean \"Xr1\"?"},
    {"model: ttp06_m\n    initial: {Xr1: 1.01}", "initial Xr1 of ttp06_m: found 1.01; allowed: 0 to 1 (1)"},
    {"model: ttp06_m\n    initial: {V: 300}", "initial V of ttp06_m: found 300; allowed: -200 to 200 (mV)"},
    {"model: ttp06_m\n    field: transmural", "field \"transmural\" needs a range"},
    {"model: ttp06_m\n    range: [0, 0.5]", "a range needs the field"},
    {"model: ttp06_m\n    field: transmural\n    range: [0.5, 0.5]", "found [0.5, 0.5]; allowed: low < high"},
};

struct root {
  const struct hc_params *params;
  struct hc_list cells;
};

static const struct hc_param root_params[] = {{.key = "cells",
                                               .type = HC_LIST,
                                               .offset = offsetof(struct root, cells),
                                               .block = &hc_cells_block,
                                               .meaning = "Cells."},
                                              {0}};
static const struct hc_block root_block = {"case", sizeof(struct root), root_params, "A case."};

/* Read a case with one entry of `cells`. */
static void read_entry(const char *text, struct root *root, struct hc_params **params)
{
  char path[] = "/tmp/hc_kinetics_XXXXXX.yaml";
  const int descriptor = mkstemps(path, 5);
  FILE *file;
  ck_assert_int_ge(descriptor, 0);
  file = fdopen(descriptor, "w");
  ck_assert_ptr_nonnull(file);
  ck_assert_int_gt(fprintf(file, "cells:\n  - %s\n", text), 0);
  ck_assert_int_eq(fclose(file), 0);
  ck_call(hc_params_read(PETSC_COMM_SELF, path, 0, NULL, &root_block, root, params));
  (void)remove(path);
}

START_TEST(bad_entries_are_refused_with_their_place)
{
  const struct hc_cell_model *model;
  struct hc_kinetics *kinetics;
  struct hc_params *params;
  struct root root;
  const int entry[1] = {0};
  read_entry(bad_entries[_i].text, &root, &params);
  ck_call_fails(hc_kinetics_check(1, root.cells.items, &model), HC_ERR_INPUT, bad_entries[_i].message);
  ck_call_fails(hc_kinetics_check(1, root.cells.items, &model), HC_ERR_INPUT, ".yaml:");
  ck_call_fails(hc_kinetics_create(1, entry, 1, root.cells.items, 0, NULL, &kinetics), HC_ERR_INPUT,
                bad_entries[_i].message);
  ck_assert_ptr_null(kinetics);
  hc_params_destroy(&params);
}
END_TEST

START_TEST(a_full_entry_is_read)
{
  const struct hc_cell_model *model;
  struct hc_params *params;
  struct root root;
  read_entry("model: ttp06_endo\n    regions: [1, 2]\n    field: transmural\n    range: [0, 0.3]\n"
             "    parameters: {GKr: 0.1, Ko: 4}\n    initial: {V: -84, Ki: 140}",
             &root, &params);
  ck_assert_int_eq(root.cells.n, 1);
  const struct hc_cells_params *entry = root.cells.items;
  ck_assert(entry->regions.n == 2 && entry->regions.v[1] == 2 && entry->range.v[1] == 0.3);
  ck_call(hc_kinetics_check(1, entry, &model));
  ck_assert_str_eq(model->name, "ttp06_endo");
  hc_params_destroy(&params);
}
END_TEST

START_TEST(not_a_number_is_no_parameter)
{
  const struct hc_cell_model *model;
  struct hc_cells_params entry = entries[1];
  double nan_value[] = {NAN};
  entry.cell.parameters.values = nan_value;
  ck_call_fails(hc_kinetics_check(1, &entry, &model), HC_ERR_INPUT, "parameter GKs of ttp06_epi: found nan");
}
END_TEST

static Suite *kinetics_suite(void)
{
  Suite *suite = suite_create("kinetics");
  TCase *tcase = tcase_create("kinetics");
  tcase_set_timeout(tcase, 0);
  tcase_add_test(tcase, initial_potentials_are_those_of_the_entries);
  tcase_add_test(tcase, each_node_behaves_as_if_alone);
  tcase_add_test(tcase, unpacked_states_continue_bit_for_bit);
  tcase_add_test(tcase, states_are_read_and_set_by_name);
  tcase_add_test(tcase, watch_finds_the_first_bad_node);
  tcase_add_test(tcase, a_nan_stays_in_its_node);
  tcase_add_test(tcase, a_rank_without_nodes_works);
  tcase_add_test(tcase, nodes_of_unknown_entries_are_refused);
  tcase_add_loop_test(tcase, bad_entries_are_refused_with_their_place, 0,
                      (int)(sizeof(bad_entries) / sizeof(bad_entries[0])));
  tcase_add_test(tcase, a_full_entry_is_read);
  tcase_add_test(tcase, not_a_number_is_no_parameter);
  suite_add_tcase(suite, tcase);
  return suite;
}

HC_CHECK_MAIN(kinetics_suite)
