/* Drugs: how much of each current they leave, and how they bind to hERG. */
#include "drug_table.h"
#include "internal.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define MEMBER(name) offsetof(struct hc_drug_params, name)

static const struct hc_param drug_params[] = {
    {.key = "name", .type = HC_STRING, .offset = MEMBER(name), .meaning = "Name of the drug, as in the table."},
    {.key = "table",
     .type = HC_PATH,
     .offset = MEMBER(table),
     .fallback = "~",
     .meaning =
         "Table of drugs (CSV): drug, cmax_nM, <current>_ic50_nM, <current>_hill for any current, and binding to "
         "hERG as ikr_kmax, ikr_ku_per_ms, ikr_n, ikr_halfmax, ikr_vhalf_mV. Without a table: `ic50_nM`."},
    {.key = "dose",
     .type = HC_REAL,
     .offset = MEMBER(dose),
     .unit = "1",
     .fallback = "~",
     .min = 0,
     .max = 1e6,
     .meaning = "Concentration as a multiple of the table's cmax_nM."},
    {.key = "concentration_nM",
     .type = HC_REAL,
     .offset = MEMBER(concentration_nM),
     .unit = "nM",
     .fallback = "~",
     .min = 0,
     .max = 1e12,
     .meaning = "Concentration, instead of `dose`."},
    {.key = "ic50_nM",
     .type = HC_MAP,
     .offset = MEMBER(ic50_nM),
     .fallback = "~",
     .unit = "nM",
     .min = 1e-12,
     .max = 1e15,
     .meaning = "Concentrations that block half of a current, as current: nM. The current is multiplied by "
                "1 / (1 + (C / IC50)^hill)."},
    {.key = "hill",
     .type = HC_MAP,
     .offset = MEMBER(hill),
     .fallback = "~",
     .min = 0.01,
     .max = 20,
     .meaning = "Hill coefficients of these blocks, as current: coefficient; 1 where not given."},
    {.key = "scale",
     .type = HC_MAP,
     .offset = MEMBER(scale),
     .fallback = "~",
     .unit = "1",
     .min = 1e-6,
     .max = 1e6,
     .meaning = "Factors of the drug's own numbers, for how uncertain they are: <current>_ic50, <current>_hill, cmax, "
                "and of its binding ikr_kmax, ikr_ku, ikr_n, ikr_halfmax, ikr_vhalf."},
    {0}};

const struct hc_block hc_drug_block = {"drug", sizeof(struct hc_drug_params), drug_params, "A drug in the bath."};

/* Parameters of a model to which a drug can bind in hERG's states: the concentration, and what a table's row gives. */
static const char *const binding_names[1 + HC_DRUG_BINDING] = {"hERG_D_nM", "hERG_Kmax",    "hERG_Ku",
                                                               "hERG_n",    "hERG_halfmax", "hERG_Vhalf"};

/* How `scale` calls them. */
static const char *const binding_scales[HC_DRUG_BINDING] = {"ikr_kmax", "ikr_ku", "ikr_n", "ikr_halfmax", "ikr_vhalf"};

/* A drug on its way into a cell. */
struct dose {
  const struct hc_drug_params *drug;
  const struct hc_cell_params *cell;
  const struct hc_cell_model *model;
  double concentration; /* nM */
  double *given, *factor;
};

static const char *drug_name(const struct hc_drug_params *drug)
{
  return drug->name ? drug->name : "";
}

/* ---- Factors of its numbers ------------------------------------------------------------------------------------- */

enum { SCALE_NAME = HC_DRUG_NAME + 8, MOST_SCALES = 2 * HC_DRUG_CURRENTS + HC_DRUG_BINDING + 1 };

/* What of a drug may be scaled. */
struct scales {
  int n;
  char names[MOST_SCALES][SCALE_NAME];
};

static void allow(struct scales *scales, const char *name, const char *ending)
{
  if (scales->n < MOST_SCALES)
    (void)snprintf(scales->names[scales->n++], SCALE_NAME, "%.*s%s", HC_DRUG_NAME, name, ending);
}

static void allow_current(struct scales *scales, const char *current)
{
  allow(scales, current, "_ic50");
  allow(scales, current, "_hill");
}

/* Factors that stand for nothing would pass unseen. */
static PetscErrorCode check_scale(const struct hc_drug_params *drug, const struct scales *scales)
{
  const char *names[MOST_SCALES];
  char known[1024] = "";
  PetscFunctionBeginUser;
  for (int k = 0; k < scales->n; ++k) {
    const size_t n = strlen(known);
    names[k] = scales->names[k];
    (void)snprintf(known + n, sizeof(known) - n, "%s%s", k ? ", " : "", names[k]);
  }
  for (int i = 0; i < drug->scale.n; ++i) {
    const char *name = drug->scale.keys[i], *near;
    bool found = false;
    for (int k = 0; k < scales->n; ++k)
      found = found || strcasecmp(name, names[k]) == 0;
    if (found)
      continue;
    near = hc_params_nearest(name, scales->n, names);
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s has no number \"%s\"%s%s%s; allowed: %s",
            hc_params_place_entry(drug->params, &drug->scale, i), drug_name(drug), name,
            near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "", known);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double factor_of(const struct hc_drug_params *drug, const char *name, const char *ending)
{
  char full[SCALE_NAME];
  double factor = 1;
  (void)snprintf(full, sizeof(full), "%.*s%s", HC_DRUG_NAME, name, ending);
  for (int i = 0; i < drug->scale.n; ++i)
    if (strcasecmp(drug->scale.keys[i], full) == 0)
      factor *= drug->scale.values[i];
  return factor;
}

/* ---- Currents ---------------------------------------------------------------------------------------------------- */

static PetscErrorCode refuse_current(const struct dose *dose, const char *where, const char *current)
{
  char known[1024] = "";
  PetscFunctionBeginUser;
  for (int c = 0; c < dose->model->n_currents; ++c) {
    const size_t n = strlen(known);
    (void)snprintf(known + n, sizeof(known) - n, "%s%s", c ? ", " : "", dose->model->currents[c].name);
  }
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s blocks %s, a current that model %s lacks; allowed: %s", where,
          drug_name(dose->drug), current, dose->model->name, known);
}

static void block(const struct dose *dose, int current, double ic50, double hill)
{
  const char *name = dose->model->currents[current].name;
  ic50 *= factor_of(dose->drug, name, "_ic50");
  hill *= factor_of(dose->drug, name, "_hill");
  dose->factor[hc_scale_of(dose->model, current)] *= 1 / (1 + pow(dose->concentration / ic50, hill));
}

static int find_current_of_table(const struct hc_cell_model *model, const char *name)
{
  for (int c = 0; c < model->n_currents; ++c)
    if (strcasecmp(model->currents[c].name, name) == 0)
      return c;
  return -1;
}

/* ---- Binding to hERG --------------------------------------------------------------------------------------------- */

static bool is_given(const struct hc_cell_params *cell, const char *name)
{
  for (int i = 0; i < cell->parameters.n; ++i)
    if (strcmp(cell->parameters.keys[i], name) == 0)
      return true;
  return false;
}

static bool can_bind(const struct hc_cell_model *model)
{
  for (int k = 0; k <= HC_DRUG_BINDING; ++k)
    if (hc_find_parameter(model, binding_names[k]) < 0)
      return false;
  return true;
}

/* The model's states hold one drug, so a second one that binds, or a user's own numbers, would be lost. */
static PetscErrorCode bind(const struct dose *dose, const char *where, const double *binding, bool *bound)
{
  char what[1024];
  PetscFunctionBeginUser;
  PetscCheck(!*bound, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: %s binds to hERG as another drug does; allowed: one such drug in model %s", where,
             drug_name(dose->drug), dose->model->name);
  *bound = true;
  for (int k = 0; k <= HC_DRUG_BINDING; ++k) {
    const int p = hc_find_parameter(dose->model, binding_names[k]);
    const double value =
        k == 0 ? dose->concentration : binding[k - 1] * factor_of(dose->drug, binding_scales[k - 1], "");
    PetscCheck(!is_given(dose->cell, binding_names[k]), PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: %s sets parameter %s, which is given too; allowed: one of the two", where, drug_name(dose->drug),
               binding_names[k]);
    (void)snprintf(what, sizeof(what), "%s: parameter %s of %s", where, binding_names[k], dose->model->name);
    PetscCall(hc_check_range(what, value, dose->model, p));
    dose->given[p] = value;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- One drug ---------------------------------------------------------------------------------------------------- */

static PetscErrorCode apply_inline(const struct dose *dose)
{
  const struct hc_drug_params *drug = dose->drug;
  struct scales scales = {.n = 0};
  PetscFunctionBeginUser;
  for (int i = 0; i < drug->ic50_nM.n; ++i)
    allow_current(&scales, drug->ic50_nM.keys[i]);
  PetscCall(check_scale(drug, &scales));
  for (int i = 0; i < drug->hill.n; ++i) {
    bool known = false;
    for (int j = 0; j < drug->ic50_nM.n; ++j)
      known = known || strcmp(drug->hill.keys[i], drug->ic50_nM.keys[j]) == 0;
    PetscCheck(known, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: a Hill coefficient needs the ic50_nM that it belongs to",
               hc_params_place_entry(drug->params, &drug->hill, i));
  }
  for (int i = 0; i < drug->ic50_nM.n; ++i) {
    const int current = hc_find_current(dose->model, drug->ic50_nM.keys[i]);
    double hill = 1;
    if (current < 0)
      PetscCall(refuse_current(dose, hc_params_place_entry(drug->params, &drug->ic50_nM, i), drug->ic50_nM.keys[i]));
    for (int j = 0; j < drug->hill.n; ++j)
      if (strcmp(drug->hill.keys[j], drug->ic50_nM.keys[i]) == 0)
        hill = drug->hill.values[j];
    block(dose, current, drug->ic50_nM.values[i], hill);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_scale_of_row(const struct hc_drug_params *drug, const struct hc_drug_row *row)
{
  struct scales scales = {.n = 0};
  PetscFunctionBeginUser;
  if (row->has_cmax)
    allow(&scales, "cmax", "");
  for (int k = 0; row->has_binding && k < HC_DRUG_BINDING; ++k)
    allow(&scales, binding_scales[k], "");
  for (int i = 0; i < row->n_currents; ++i)
    allow_current(&scales, row->currents[i]);
  PetscCall(check_scale(drug, &scales));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* hERG has two columns for one thing: states of a model that a drug binds to, or a block of IKr for models without. */
static PetscErrorCode apply_row(const struct dose *dose, const struct hc_drug_row *row, bool *bound)
{
  const bool binds = row->binds && can_bind(dose->model);
  char where[640];
  bool blocks_ikr = false;
  PetscFunctionBeginUser;
  (void)snprintf(where, sizeof(where), "%s: %s:%d", hc_params_place(dose->drug->params, &dose->drug->table),
                 dose->drug->table, row->line);
  for (int i = 0; i < row->n; ++i) {
    const bool ikr = strcmp(row->blocks[i].current, "ikr") == 0;
    const int current = find_current_of_table(dose->model, row->blocks[i].current);
    blocks_ikr = blocks_ikr || ikr;
    if (ikr && binds)
      continue;
    if (current < 0)
      PetscCall(refuse_current(dose, where, row->blocks[i].current));
    block(dose, current, row->blocks[i].ic50, row->blocks[i].hill);
  }
  PetscCheck(!row->binds || binds || blocks_ikr, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: %s binds to the states of hERG, which model %s does not have; allowed: a model with parameters "
             "hERG_Kmax and so on (ord11_cipa), or a table with ikr_ic50_nM too",
             where, drug_name(dose->drug), dose->model->name);
  if (binds)
    PetscCall(bind(dose, where, row->binding, bound));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What belongs together: a table or ic50_nM, a dose or a concentration. */
static PetscErrorCode check_keys(const struct hc_drug_params *drug)
{
  const bool dose = !isnan(drug->dose), concentration = !isnan(drug->concentration_nM);
  const char *place;
  PetscFunctionBeginUser;
  place = hc_params_place(drug->params, &drug->name);
  PetscCheck(drug->table || drug->ic50_nM.n > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: nothing says what %s does; allowed: table, or ic50_nM", place, drug_name(drug));
  PetscCheck(!drug->table || (drug->ic50_nM.n == 0 && drug->hill.n == 0), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: %s has a table and ic50_nM or hill; allowed: one of the two", place, drug_name(drug));
  PetscCheck(dose != concentration, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s has %s; allowed: dose or concentration_nM",
             place, drug_name(drug), dose ? "both dose and concentration_nM" : "neither dose nor concentration_nM");
  PetscCheck(!dose || drug->table, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: a dose needs a table with cmax_nM; allowed without: concentration_nM",
             hc_params_place(drug->params, &drug->dose));
  PetscCheck(!dose || (isfinite(drug->dose) && drug->dose >= 0), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: %s has a dose that is negative or not finite", place, drug_name(drug));
  PetscCheck(!concentration || (isfinite(drug->concentration_nM) && drug->concentration_nM >= 0), PETSC_COMM_SELF,
             HC_ERR_INPUT, "%s: %s has a concentration that is negative or not finite", place, drug_name(drug));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode apply(struct dose *dose, bool *bound)
{
  const struct hc_drug_params *drug = dose->drug;
  struct hc_drug_row row;
  PetscFunctionBeginUser;
  PetscCall(check_keys(drug));
  dose->concentration = drug->concentration_nM;
  if (!drug->table) {
    PetscCall(apply_inline(dose));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(
      hc_raise_at(hc_params_place(drug->params, &drug->name), hc_drug_table_find(drug->table, drug_name(drug), &row)));
  PetscCheck(isnan(drug->dose) || !isnan(row.cmax), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: %s:%d gives no cmax_nM for %s; allowed: concentration_nM", hc_params_place(drug->params, &drug->dose),
             drug->table, row.line, drug_name(drug));
  PetscCall(check_scale_of_row(drug, &row));
  if (!isnan(drug->dose))
    dose->concentration = drug->dose * row.cmax * factor_of(drug, "cmax", "");
  PetscCall(apply_row(dose, &row, bound));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_drugs_apply(const struct hc_cell_params *cell, const struct hc_cell_model *model, double *given,
                              double *factor)
{
  bool bound = false;
  PetscFunctionBeginUser;
  for (int i = 0; i < cell->drugs.n; ++i) {
    struct dose dose = {.drug = (const struct hc_drug_params *)cell->drugs.items + i,
                        .cell = cell,
                        .model = model,
                        .given = given,
                        .factor = factor};
    PetscCall(apply(&dose, &bound));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
