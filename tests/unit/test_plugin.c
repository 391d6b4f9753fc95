/* Cell models from shared libraries: used as built-in ones are, refused if anything is wrong with them. */
#include "hc_check.h"
#include "kinetics.h"

#include <string.h>
#include <unistd.h>

static void path_of(const char *file, const char *name, char *path, size_t size)
{
  snprintf(path, size, "%s%s%s", file, *name ? ":" : "", name);
}

START_TEST(a_plug_in_is_loaded_once)
{
  const struct hc_cell_model *const *models, *const *again;
  int n;
  ck_call(hc_cell_plugin_load(PLUGIN_TWO, &n, &models));
  ck_assert_int_eq(n, 2);
  ck_assert_str_eq(models[0]->name, "plugged_a");
  ck_assert_str_eq(models[1]->name, "plugged_b");
  ck_call(hc_cell_plugin_load(PLUGIN_TWO, &n, &again));
  ck_assert_ptr_eq(models, again);
  ck_call(hc_cell_plugin_load(PLUGIN_TWO ":plugged_b", &n, &again));
  ck_assert_int_eq(n, 1);
  ck_assert_ptr_eq(models[1], again[0]);
}
END_TEST

/* The plug-in's model is the built-in one under another name: every bit is the same. */
START_TEST(a_plug_in_runs_as_a_built_in_model_does)
{
  enum { N = 37 };
  char path[512], *keys[] = {"tau_close"}, *states[] = {"V"};
  double values[] = {130}, rest[] = {-60}, v[2][N], packed[2][N];
  int entry[N] = {0};
  path_of(PLUGIN_TWO, "plugged_b", path, sizeof path);
  struct hc_cells_params cells[2] = {{.cell.model = path}, {.cell.model = "mitchell_schaeffer"}};
  ck_assert_ptr_null(hc_cell_model_find(path));
  for (int k = 0; k < 2; k++) {
    struct hc_kinetics *kinetics;
    cells[k].cell.parameters = (struct hc_map){1, keys, values};
    cells[k].cell.initial = (struct hc_map){1, states, rest};
    ck_call(hc_kinetics_create(N, entry, 1, &cells[k], 0, NULL, &kinetics));
    ck_call(hc_kinetics_initial(kinetics, v[k]));
    for (int i = 0; i < N; i++)
      v[k][i] += i;
    for (int step = 0; step < 500; step++)
      ck_call(hc_kinetics_step(kinetics, HC_REACTION_GRL2, 0.1 * step, 0.1, v[k], NULL));
    ck_call(hc_kinetics_pack(kinetics, packed[k]));
    hc_kinetics_destroy(&kinetics);
  }
  ck_assert_mem_eq(v[0], v[1], sizeof v[0]);
  ck_assert_mem_eq(packed[0], packed[1], sizeof packed[0]);
}
END_TEST

START_TEST(a_resolved_plug_in_is_known)
{
  char path[512];
  const struct hc_cell_model *model;
  const char *files[4];
  path_of(PLUGIN_TWO, "plugged_a", path, sizeof path);
  const struct hc_cell_params cell = {.model = path};
  ck_call(hc_cell_resolve(&cell, &model));
  ck_assert_str_eq(model->name, "plugged_a");
  ck_assert_ptr_eq(hc_cell_model_of(&cell), model);
  ck_assert_int_eq(hc_cell_files(&cell, files), 1);
  ck_assert_int_eq(access(files[0], R_OK), 0);
  const struct hc_cell_params unknown = {.model = "/nowhere.so"};
  ck_assert_ptr_null(hc_cell_model_of(&unknown));
  ck_assert_int_eq(hc_cell_files(&unknown, files), 0);
}
END_TEST

struct bad {
  const char *how, *message; /* NULL: see path */
  const char *path;
};

static const struct bad bad_plugins[] = {
    {NULL, "no plug-in can be read here: No such file or directory", "/nowhere/none.so"},
    {NULL, "no plug-in can be read here", "./x.so:y"},
    {NULL, "cannot be loaded as a plug-in: ", __FILE__},
    {NULL, "is no plug-in of cell models: it has no symbol hc_cell_plugin", PLUGIN_NO_SYMBOL},
    {NULL, "holds 2 models; allowed: the path with :name behind it, of plugged_a, plugged_b", PLUGIN_TWO},
    {NULL, "has no model \"c\"; allowed: plugged_a, plugged_b", PLUGIN_TWO ":c"},
    {"abi", "kernels/cell_model.h; this healthcast has version", PLUGIN_BROKEN},
    {"empty", "hc_cell_plugin lists no models", PLUGIN_BROKEN},
    {"twice", "two of its models are called broken", PLUGIN_BROKEN},
    {"elsewhere", "lies in another library; link the plug-in with -Wl,-Bsymbolic", PLUGIN_BROKEN},
    {"potential", "its first state is V in V; allowed: V in mV, the potential", PLUGIN_BROKEN},
    {"same names", "two of its states are called V", PLUGIN_BROKEN},
    {"gate", "state h begins at 1.5; allowed: 0 to 1", PLUGIN_BROKEN},
    {"default", "parameter g has no source or the default 3, out of its range 0 to 2", PLUGIN_BROKEN},
    {"scale", "parameter scale_J stands where scale_I should", PLUGIN_BROKEN},
    {"lanes", "it has 3 lanes; allowed: a power of two up to 64", PLUGIN_BROKEN},
    {"functions", "it lacks step, step2 or rates", PLUGIN_BROKEN},
    {"body", "it has a text for devices and no body", PLUGIN_BROKEN},
    {"limits", "V begins at -80 mV; allowed: within its limits -70 to 200 mV", PLUGIN_BROKEN},
};

START_TEST(bad_plug_ins_are_refused)
{
  const struct bad *bad = &bad_plugins[_i];
  const struct hc_cell_model *model;
  char path[512];
  snprintf(path, sizeof path, "%s", bad->path);
  const struct hc_cell_params cell = {.model = path};
  if (bad->how)
    ck_assert_int_eq(setenv("HC_BREAK", bad->how, 1), 0);
  ck_call_fails(hc_cell_resolve(&cell, &model), HC_ERR_INPUT, bad->message);
  ck_assert_ptr_null(hc_cell_model_of(&cell));
  unsetenv("HC_BREAK");
}
END_TEST

/* What is refused is closed again: the same file works once it is whole. */
START_TEST(a_plug_in_that_was_mended_is_loaded)
{
  const struct hc_cell_model *const *models;
  int n;
  ck_assert_int_eq(setenv("HC_BREAK", "gate", 1), 0);
  ck_call_fails(hc_cell_plugin_load(PLUGIN_BROKEN, &n, &models), HC_ERR_INPUT, "state h");
  unsetenv("HC_BREAK");
  ck_call(hc_cell_plugin_load(PLUGIN_BROKEN, &n, &models));
  ck_assert_str_eq(models[0]->name, "broken");
}
END_TEST

static Suite *plugin_suite(void)
{
  Suite *suite = suite_create("plugin");
  TCase *t = tcase_create("plugin");
  tcase_set_timeout(t, 0);
  tcase_add_test(t, a_plug_in_is_loaded_once);
  tcase_add_test(t, a_plug_in_runs_as_a_built_in_model_does);
  tcase_add_test(t, a_resolved_plug_in_is_known);
  tcase_add_loop_test(t, bad_plug_ins_are_refused, 0, (int)(sizeof bad_plugins / sizeof bad_plugins[0]));
  tcase_add_test(t, a_plug_in_that_was_mended_is_loaded);
  suite_add_tcase(suite, t);
  return suite;
}

HC_CHECK_MAIN(plugin_suite)
