/* What a cell is: its parameters with drugs, its stored states. */
#include "drug_table.h"
#include "hc_check.h"
#include "kinetics.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/hc_cell_XXXXXX", table[64], states[64];

static void enter(void)
{
  ck_assert_ptr_nonnull(mkdtemp(folder));
  snprintf(table, sizeof table, "%s/t.csv", folder);
  snprintf(states, sizeof states, "%s/s.h5", folder);
}

static void leave(void)
{
  (void)unlink(table);
  (void)unlink(states);
  (void)rmdir(folder);
}

static void write_table(const char *text)
{
  FILE *file = fopen(table, "w");
  ck_assert_ptr_nonnull(file);
  ck_assert_int_ge(fputs(text, file), 0);
  ck_assert_int_eq(fclose(file), 0);
}

/* ---- Drugs ------------------------------------------------------------------------------------------------------- */

/* Parameters of a cell of `model` with these drugs. */
static void values_of(const char *model, int n, struct hc_drug_params *drugs, double *parameters, double *initial)
{
  const struct hc_cell_params cell = {.model = (char *)(uintptr_t)model, .drugs = {n, drugs}};
  const struct hc_cell_model *found;
  ck_call(hc_cell_resolve(&cell, &found));
  ck_call(hc_cell_values(&cell, found, parameters, initial));
}

static double value_of(const char *model, const double *parameters, const char *name)
{
  const struct hc_cell_model *found = hc_cell_model_find(model);
  for (int p = 0; p < found->n_parameters; p++)
    if (!strcmp(found->parameters[p].name, name))
      return parameters[p];
  ck_abort_msg("%s has no parameter %s", model, name);
}

/* At the IC50 half is left, whatever the coefficient; at ten times it, 1 / (1 + 10^h). */
START_TEST(inline_drugs_block_by_hill)
{
  static char *currents[] = {"IKr", "ICaL"}, *some[] = {"ICaL"};
  static double ic50[] = {50, 1000}, hill[] = {0.9}, ten[] = {500, 500};
  double p[256], y[64], control[256];
  struct hc_drug_params drugs[2] = {
      {.name = "a", .dose = NAN, .concentration_nM = 500, .ic50_nM = {2, currents, ic50}, .hill = {1, some, hill}},
      {.name = "b", .dose = NAN, .concentration_nM = 500, .ic50_nM = {2, currents, ten}}};
  values_of("ttp06_epi", 0, NULL, control, y);
  values_of("ttp06_epi", 1, drugs, p, y);
  ck_assert_double_eq_tol(value_of("ttp06_epi", p, "scale_IKr"), 1 / 11.0, 1e-15);
  ck_assert_double_eq_tol(value_of("ttp06_epi", p, "scale_ICaL"), 1 / (1 + exp(0.9 * log(0.5))), 1e-15);
  ck_assert_double_eq(value_of("ttp06_epi", p, "GKr"), value_of("ttp06_epi", control, "GKr"));
  values_of("ttp06_epi", 2, drugs, p, y); /* two drugs multiply */
  ck_assert_double_eq_tol(value_of("ttp06_epi", p, "scale_IKr"), 0.5 / 11.0, 1e-15);
  drugs[0].concentration_nM = 0;
  values_of("ttp06_epi", 1, drugs, p, y);
  ck_assert_mem_eq(p, control, (size_t)hc_cell_model_find("ttp06_epi")->n_parameters * sizeof *p);
}
END_TEST

/* Any capitals, comments, a byte order mark, empty cells, DOS line ends. */
START_TEST(tables_are_read)
{
  struct hc_drug_row row;
  write_table("\xef\xbb\xbf# a comment\r\n\r\nDrug , CMAX_nM,iKr_IC50_nM,IKR_hill,INaL_ic50_nM,set\r\n"
              "Aspirin, 100, 50 ,2,,training\r\nother,,,,,\r\n# end\r\nthird,7,,,1e3,x\r\n");
  ck_call(hc_drug_table_find(table, "aspirin", &row));
  ck_assert(row.line == 4 && row.cmax == 100 && row.n == 1 && !row.binds);
  ck_assert(row.blocks[0].ic50 == 50 && row.blocks[0].hill == 2);
  ck_assert_str_eq(row.blocks[0].current, "ikr");
  ck_call(hc_drug_table_find(table, "other", &row));
  ck_assert(row.n == 0 && isnan(row.cmax));
  ck_call(hc_drug_table_find(table, "third", &row));
  ck_assert(row.line == 7 && row.n == 1 && row.blocks[0].ic50 == 1000 && row.blocks[0].hill == 1);
}
END_TEST

/* The shipped table: dofetilide at 4 Cmax, by its published numbers. */
START_TEST(a_drug_binds_to_herg_where_the_model_can)
{
  char shipped[512];
  double p[320], y[96];
  snprintf(shipped, sizeof shipped, "%s/inputs/drugs/cipa28.csv", getenv("HC_SOURCE_DIR"));
  struct hc_drug_params drug = {.name = "Dofetilide", .table = shipped, .dose = 4, .concentration_nM = NAN};
  values_of("ord11_cipa", 1, &drug, p, y);
  ck_assert_double_eq(value_of("ord11_cipa", p, "hERG_D_nM"), 8);
  ck_assert_double_eq(value_of("ord11_cipa", p, "hERG_Kmax"), 35.1);
  ck_assert_double_eq(value_of("ord11_cipa", p, "hERG_Ku"), 1.816e-05);
  ck_assert_double_eq(value_of("ord11_cipa", p, "hERG_n"), 1.08);
  ck_assert_double_eq(value_of("ord11_cipa", p, "hERG_halfmax"), 216.6);
  ck_assert_double_eq(value_of("ord11_cipa", p, "hERG_Vhalf"), -1);
  ck_assert_double_eq(value_of("ord11_cipa", p, "scale_IKr"), 1);
  ck_assert_double_eq_tol(value_of("ord11_cipa", p, "scale_INa"), 1 / (1 + pow(8 / 710.3, 1.98)), 1e-15);
  ck_assert_double_eq_tol(value_of("ord11_cipa", p, "scale_INaL"), 1 / (1 + pow(8 / 18350.0, 0.505)), 1e-15);
}
END_TEST

/* All of the shipped table against the one named in HC_DRUG_TABLE, if it is there. */
START_TEST(the_shipped_table_agrees_with_another)
{
  static const char *const names[] = {
      "astemizole", "azimilide",    "bepridil",   "chlorpromazine", "cisapride",   "clarithromycin", "clozapine",
      "diltiazem",  "disopyramide", "dofetilide", "domperidone",    "droperidol",  "ibutilide",      "loratadine",
      "metoprolol", "mexiletine",   "nifedipine", "nitrendipine",   "ondansetron", "pimozide",       "quinidine",
      "ranolazine", "risperidone",  "sotalol",    "tamoxifen",      "terfenadine", "vandetanib",     "verapamil"};
  const char *other = getenv("HC_DRUG_TABLE");
  char shipped[512];
  snprintf(shipped, sizeof shipped, "%s/inputs/drugs/cipa28.csv", getenv("HC_SOURCE_DIR"));
  for (int i = 0; i < 28; i++) {
    struct hc_drug_row a, b;
    ck_call(hc_drug_table_find(shipped, names[i], &a));
    ck_assert(a.binds && a.n == 3 && a.cmax > 0);
    if (!other)
      continue;
    ck_call(hc_drug_table_find(other, names[i], &b));
    ck_assert(a.cmax == b.cmax && a.n == b.n && a.binds == b.binds);
    ck_assert_mem_eq(a.binding, b.binding, sizeof a.binding);
    for (int k = 0; k < a.n; k++) {
      ck_assert_str_eq(a.blocks[k].current, b.blocks[k].current);
      ck_assert(a.blocks[k].ic50 == b.blocks[k].ic50 && a.blocks[k].hill == b.blocks[k].hill);
    }
  }
}
END_TEST

/* A model without hERG's states takes ikr_ic50_nM, one with them the binding, never both. */
START_TEST(binding_stands_before_a_block_of_ikr)
{
  double p[320], y[96];
  write_table("drug,cmax_nM,ikr_kmax,ikr_ku_per_ms,ikr_n,ikr_halfmax,ikr_vhalf_mV,ikr_ic50_nM,ikr_hill\n"
              "d,10,2,0.1,1,5,-50,20,1\n");
  struct hc_drug_params drug = {.name = "d", .table = table, .dose = 2, .concentration_nM = NAN};
  values_of("ttp06_m", 1, &drug, p, y);
  ck_assert_double_eq(value_of("ttp06_m", p, "scale_IKr"), 0.5);
  values_of("ord11_cipa", 1, &drug, p, y);
  ck_assert_double_eq(value_of("ord11_cipa", p, "scale_IKr"), 1);
  ck_assert_double_eq(value_of("ord11_cipa", p, "hERG_D_nM"), 20);
}
END_TEST

struct bad_table {
  const char *text, *message; /* of the drug "d" in ttp06_epi */
};

static const struct bad_table bad_tables[] = {
    {"drug,cmax_nM\nd,1,2\n", "t.csv:2: found 3 cells; allowed: 2, as in the header"},
    {"drug,cmax_nM\nd\n", "t.csv:2: found 1 cells; allowed: 2"},
    {"drug,cmax\nd,1\n", "t.csv:1: unknown column \"cmax\"; allowed: drug, cmax_nM, <current>_ic50_nM, <current>_hill"},
    {"drug,_hill\nd,1\n", "t.csv:1: unknown column \"_hill\""},
    {"drug,cmax_nM,CMAX_NM\nd,1,1\n", "t.csv:1: found column \"cmax_nm\" twice"},
    {"cmax_nM\n1\n", "t.csv: has no column \"drug\""},
    {"", "t.csv: has no column \"drug\""},
    {"drug,cmax_nM\nd,1\n D,2\n", "t.csv:3: found d again; it is in line 2 too"},
    {"drug,cmax_nM\nquinidine,1\n", "t.csv: has no drug \"d\" among its 1"},
    {"drug,cmax_nM\nd,one\n", "t.csv:2: found \"one\" in column 2; allowed: a number above 0"},
    {"drug,cmax_nM\nd,-1\n", "t.csv:2: found \"-1\" in column 2; allowed: a number above 0"},
    {"drug,cmax_nM\nd,nan\n", "t.csv:2: found \"nan\" in column 2"},
    {"drug,cmax_nM,ikr_ic50_nM\nd,1,0\n", "t.csv:2: found \"0\" in column 3"},
    {"drug,cmax_nM,ikr_ic50_nM\nd,,5\n", "t.csv:2 gives no cmax_nM for d; allowed: concentration_nM"},
    {"drug,cmax_nM,ikr_hill\nd,1,5\n", "t.csv:2: found ikr_hill without ikr_ic50_nM"},
    {"drug,cmax_nM,ikr_kmax\nd,1,5\n", "t.csv:2: found 1 of the constants of binding to hERG; allowed: ikr_kmax"},
    {"drug,cmax_nM,inal_ic50_nM\nx,2,3\nd,1,5\n",
     "t.csv:3: d blocks inal, a current that model ttp06_epi lacks; allowed: INa, "},
    {"drug,cmax_nM,ikr_kmax,ikr_ku_per_ms,ikr_n,ikr_halfmax,ikr_vhalf_mV\nd,1,2,0.1,1,5,-50\n",
     "t.csv:2: d binds to the states of hERG, which model ttp06_epi does not have; allowed: a model with parameters"},
};

START_TEST(bad_tables_are_refused_with_their_line)
{
  struct hc_drug_params drug = {.name = "d", .table = table, .dose = 1, .concentration_nM = NAN};
  const struct hc_cell_params cell = {.model = "ttp06_epi", .drugs = {1, &drug}};
  const struct hc_cell_model *model;
  write_table(bad_tables[_i].text);
  ck_call_fails(hc_cell_resolve(&cell, &model), HC_ERR_INPUT, bad_tables[_i].message);
}
END_TEST

START_TEST(drugs_say_what_belongs_together)
{
  static char *ikr[] = {"IKr"}, *no[] = {"INaL"}, *herg[] = {"hERG_Kmax"};
  static double one[] = {1};
  const struct hc_cell_model *model;
  struct hc_drug_params drugs[2] = {{.name = "d", .dose = NAN, .concentration_nM = NAN}, {.name = "d"}};
  struct hc_drug_params *d = &drugs[0];
  struct hc_cell_params cell = {.model = "ttp06_epi", .drugs = {1, drugs}};
  ck_call_fails(hc_cell_resolve(&cell, &model), HC_ERR_INPUT, "nothing says what d does; allowed: table, or ic50_nM");
  d->ic50_nM = (struct hc_map){1, ikr, one};
  ck_call_fails(hc_cell_resolve(&cell, &model), HC_ERR_INPUT, "d has neither dose nor concentration_nM");
  d->dose = 1;
  ck_call_fails(hc_cell_resolve(&cell, &model), HC_ERR_INPUT, "a dose needs a table with cmax_nM");
  d->concentration_nM = 1;
  ck_call_fails(hc_cell_resolve(&cell, &model), HC_ERR_INPUT, "d has both dose and concentration_nM");
  d->dose = NAN;
  d->hill = (struct hc_map){1, no, one};
  ck_call_fails(hc_cell_resolve(&cell, &model), HC_ERR_INPUT, "a Hill coefficient needs the ic50_nM");
  d->hill.n = 0;
  d->ic50_nM.keys = no;
  ck_call_fails(hc_cell_resolve(&cell, &model), HC_ERR_INPUT, "d blocks INaL, a current that model ttp06_epi lacks");
  d->table = "/nowhere.csv";
  ck_call_fails(hc_cell_resolve(&cell, &model), HC_ERR_INPUT, "d has a table and ic50_nM or hill");
  d->ic50_nM.n = 0;
  ck_call_fails(hc_cell_resolve(&cell, &model), HC_ERR_INPUT, "/nowhere.csv: cannot be read: No such file");
  write_table("drug,ikr_kmax,ikr_ku_per_ms,ikr_n,ikr_halfmax,ikr_vhalf_mV\nd,2,0.1,1,5,-50\n");
  d->table = table;
  cell.model = "ord11_cipa";
  ck_call(hc_cell_resolve(&cell, &model));
  cell.parameters = (struct hc_map){1, herg, one};
  ck_call_fails(hc_cell_resolve(&cell, &model), HC_ERR_INPUT, "d sets parameter hERG_Kmax, which is given too");
  cell.parameters.n = 0;
  drugs[1] = drugs[0];
  cell.drugs.n = 2;
  ck_call_fails(hc_cell_resolve(&cell, &model), HC_ERR_INPUT, "d binds to hERG as another drug does");
}
END_TEST

/* Factors of a drug's numbers, by hand: those of the table times the factors, then the block by Hill and the binding.
 */
START_TEST(numbers_of_a_drug_are_scaled)
{
  static char *names[] = {"ikr_kmax",  "ikr_ku",    "ikr_n",     "ikr_halfmax", "ikr_vhalf",
                          "INaL_ic50", "inal_hill", "ical_ic50", "cmax"},
              *own[] = {"IKr"}, *own_names[] = {"IKr_ic50", "IKr_hill"};
  static double factors[] = {2, 0.5, 1.1, 3, 0.9, 4, 0.5, 7, 1.5}, fifty[] = {50}, own_factors[] = {2, 3};
  double p[320], y[96];
  write_table("drug,cmax_nM,ikr_kmax,ikr_ku_per_ms,ikr_n,ikr_halfmax,ikr_vhalf_mV,inal_ic50_nM,inal_hill,ical_ic50_nM\n"
              "d,10,20,0.1,1,50,-60,100,1.4,\n");
  struct hc_drug_params drug = {
      .name = "d", .table = table, .dose = 2, .concentration_nM = NAN, .scale = {9, names, factors}};
  values_of("ord11_cipa", 1, &drug, p, y);
  ck_assert_double_eq_tol(value_of("ord11_cipa", p, "hERG_D_nM"), 30, 1e-13);
  ck_assert_double_eq_tol(value_of("ord11_cipa", p, "hERG_Kmax"), 40, 1e-13);
  ck_assert_double_eq_tol(value_of("ord11_cipa", p, "hERG_Ku"), 0.05, 1e-16);
  ck_assert_double_eq_tol(value_of("ord11_cipa", p, "hERG_n"), 1.1, 1e-15);
  ck_assert_double_eq_tol(value_of("ord11_cipa", p, "hERG_halfmax"), 150, 1e-13);
  ck_assert_double_eq_tol(value_of("ord11_cipa", p, "hERG_Vhalf"), -54, 1e-13);
  ck_assert_double_eq_tol(value_of("ord11_cipa", p, "scale_INaL"), 1 / (1 + pow(30 / 400.0, 0.7)), 1e-15);
  ck_assert_double_eq(value_of("ord11_cipa", p, "scale_ICaL"), 1); /* a factor of nothing */
  drug = (struct hc_drug_params){.name = "e",
                                 .dose = NAN,
                                 .concentration_nM = 200,
                                 .ic50_nM = {1, own, fifty},
                                 .scale = {2, own_names, own_factors}};
  values_of("ttp06_epi", 1, &drug, p, y);
  ck_assert_double_eq_tol(value_of("ttp06_epi", p, "scale_IKr"), 1 / 9.0, 1e-15);
}
END_TEST

START_TEST(factors_of_nothing_are_refused)
{
  static char *wrong[] = {"ikr_Kux"}, *other[] = {"ina_ic50"}, *ikr[] = {"IKr"};
  static double one[] = {1};
  const struct hc_cell_model *model;
  struct hc_drug_params drug = {
      .name = "d", .table = table, .dose = 1, .concentration_nM = NAN, .scale = {1, wrong, one}};
  const struct hc_cell_params cell = {.model = "ord11_cipa", .drugs = {1, &drug}};
  write_table(
      "drug,cmax_nM,ikr_kmax,ikr_ku_per_ms,ikr_n,ikr_halfmax,ikr_vhalf_mV,inal_ic50_nM\nd,10,20,0.1,1,50,-60,1\n");
  ck_call_fails(hc_cell_resolve(&cell, &model), HC_ERR_INPUT,
                "d has no number \"ikr_Kux\"; did you mean \"ikr_ku\"?; allowed: cmax, ikr_kmax, ikr_ku, ikr_n, "
                "ikr_halfmax, ikr_vhalf, inal_ic50, inal_hill");
  drug = (struct hc_drug_params){
      .name = "e", .dose = NAN, .concentration_nM = 1, .ic50_nM = {1, ikr, one}, .scale = {1, other, one}};
  ck_call_fails(hc_cell_resolve(&cell, &model), HC_ERR_INPUT, "e has no number \"ina_ic50\"");
}
END_TEST

/* ---- Stored states ----------------------------------------------------------------------------------------------- */

START_TEST(states_are_stored_and_begin_a_cell)
{
  static char *cai[] = {"Cai"};
  static double value[] = {2e-4};
  const struct hc_cell_model *model = hc_cell_model_find("ttp06_endo"), *found;
  const struct hc_cell_origin origin = {.cl = 750.5, .beats = 123, .converged = true};
  struct hc_cell_origin back;
  double p[256], y[64], z[64];
  for (int i = 0; i < model->n_parameters; i++)
    p[i] = model->parameters[i].fallback * (i == 3 ? 1.5 : 1);
  for (int i = 0; i < model->n_states; i++)
    y[i] = model->states[i].initial * (1 - 1e-3 * i) + (i == 0 ? 0.123456789 : 0);
  ck_call(hc_cell_states_write(states, model, p, y, &origin));
  ck_call(hc_cell_states_write(states, model, p, y, &origin)); /* over the old one */
  ck_call(hc_cell_states_read(states, model, z, &back));
  ck_assert_mem_eq(y, z, (size_t)model->n_states * sizeof *y);
  ck_assert(back.cl == 750.5 && back.beats == 123 && back.converged);
  const struct hc_cell_params cell = {.model = "ttp06_endo", .initial_file = states, .initial = {1, cai, value}};
  ck_call(hc_cell_resolve(&cell, &found));
  ck_call(hc_cell_values(&cell, found, p, z));
  for (int i = 0; i < model->n_states; i++)
    ck_assert(z[i] == (strcmp(model->states[i].name, "Cai") ? y[i] : 2e-4));
}
END_TEST

START_TEST(other_states_are_refused)
{
  const struct hc_cell_model *model = hc_cell_model_find("ttp06_endo"), *other = hc_cell_model_find("ttp06_epi");
  const struct hc_cell_origin origin = {.cl = 0};
  double p[256], y[64];
  for (int i = 0; i < model->n_parameters; i++)
    p[i] = model->parameters[i].fallback;
  for (int i = 0; i < model->n_states; i++)
    y[i] = model->states[i].initial;
  ck_call(hc_cell_states_write(states, model, p, y, &origin));
  ck_call_fails(hc_cell_states_read(states, other, y, NULL), HC_ERR_INPUT,
                "holds states of model ttp06_endo; allowed: of ttp06_epi");
  y[4] = NAN;
  ck_call(hc_cell_states_write(states, model, p, y, &origin));
  ck_call_fails(hc_cell_states_read(states, model, y, NULL), HC_ERR_INPUT, "found nan for state");
  ck_call_fails(hc_cell_states_read("/nowhere.h5", model, y, NULL), HC_ERR_INPUT, "/nowhere.h5");
  ck_call_fails(hc_cell_states_write("/nowhere/s.h5", model, p, y, &origin), HC_ERR_ENVIRONMENT, "/nowhere/s.h5");
  write_table("no HDF5\n");
  ck_call_fails(hc_cell_states_read(table, model, y, NULL), HC_ERR_INPUT, "t.csv");
}
END_TEST

static Suite *cell_suite(void)
{
  Suite *suite = suite_create("cell");
  TCase *drugs = tcase_create("drugs"), *stored = tcase_create("states");
  tcase_set_timeout(drugs, 0);
  tcase_set_timeout(stored, 0);
  tcase_add_unchecked_fixture(drugs, enter, NULL);
  tcase_add_unchecked_fixture(stored, NULL, leave);
  tcase_add_test(drugs, inline_drugs_block_by_hill);
  tcase_add_test(drugs, tables_are_read);
  tcase_add_test(drugs, a_drug_binds_to_herg_where_the_model_can);
  tcase_add_test(drugs, the_shipped_table_agrees_with_another);
  tcase_add_test(drugs, binding_stands_before_a_block_of_ikr);
  tcase_add_loop_test(drugs, bad_tables_are_refused_with_their_line, 0,
                      (int)(sizeof bad_tables / sizeof bad_tables[0]));
  tcase_add_test(drugs, drugs_say_what_belongs_together);
  tcase_add_test(drugs, numbers_of_a_drug_are_scaled);
  tcase_add_test(drugs, factors_of_nothing_are_refused);
  tcase_add_test(stored, states_are_stored_and_begin_a_cell);
  tcase_add_test(stored, other_states_are_refused);
  suite_add_tcase(suite, drugs);
  suite_add_tcase(suite, stored);
  return suite;
}

HC_CHECK_MAIN(cell_suite)
