/* Quantities of interest: what a member is reduced to. */
#include "internal.h"

#include "laboratory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- Of paced cells ---------------------------------------------------------------------------------------------- */

/* What biomarkers do not have. */
static const struct hc_campaign_column pair_columns[] = {{"alternans_ms", "ms"}, {"block_2_to_1", NULL}};
enum { PAIR_COLUMNS = sizeof pair_columns / sizeof pair_columns[0] };

static bool cell_column(const char *name, struct hc_campaign_column *column)
{
  for (const struct hc_biomarker_info *info = hc_biomarker_table; info->key; info++)
    if (!strcmp(info->key, name)) {
      *column = (struct hc_campaign_column){info->key, info->unit};
      return true;
    }
  for (int i = 0; i < PAIR_COLUMNS; i++)
    if (!strcmp(pair_columns[i].name, name)) {
      *column = pair_columns[i];
      return true;
    }
  return false;
}

static PetscErrorCode all_cell_columns(struct hc_cohort *cohort, const struct hc_cell_model *model)
{
  int n = PAIR_COLUMNS;

  PetscFunctionBeginUser;
  for (const struct hc_biomarker_info *info = hc_biomarker_table; info->key; info++)
    n++;
  PetscCall(PetscMalloc1(n, &cohort->quantities));
  for (const struct hc_biomarker_info *info = hc_biomarker_table; info->key; info++)
    if (!hc_biomarker_reason(model, info->key))
      cohort->quantities[cohort->n_quantities++] = (struct hc_campaign_column){info->key, info->unit};
  for (int i = 0; i < PAIR_COLUMNS; i++)
    cohort->quantities[cohort->n_quantities++] = pair_columns[i];
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode named_cell_columns(struct hc_cohort *cohort, const struct hc_cell_model *model)
{
  const struct hc_cohort_params *params = &cohort->params;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(params->quantities.n, &cohort->quantities));
  for (int i = 0; i < params->quantities.n; i++) {
    const char *name = params->quantities.v[i], *reason = hc_biomarker_reason(model, name), *known[64];
    int n = 0;
    for (const struct hc_biomarker_info *info = hc_biomarker_table; info->key && n < 64; info++)
      known[n++] = info->key;
    const char *nearest = hc_params_nearest(name, n, known);
    PetscCheck(cell_column(name, &cohort->quantities[cohort->n_quantities]), PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found \"%s\"; allowed: biomarkers of a cell (docs/cell-laboratory.md)%s%s%s",
               hc_params_place(params->params, &params->quantities), name, nearest ? "; did you mean \"" : "",
               nearest ? nearest : "", nearest ? "\"?" : "");
    PetscCheck(!reason, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s has no %s: %s",
               hc_params_place(params->params, &params->quantities), model->name, name, reason);
    cohort->n_quantities++;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double cell_value(const struct hc_study_outcome *outcome, const char *name)
{
  const struct hc_biomarkers *last = outcome->last;
  for (const struct hc_biomarker_info *info = hc_biomarker_table; info->key; info++)
    if (!strcmp(info->key, name)) {
      const void *value = (const char *)&outcome->found + info->offset;
      return info->is_flag ? (double)*(const bool *)value : *(const double *)value;
    }
  return strcmp(name, "alternans_ms") != 0 ? (double)hc_is_two_to_one(last) : fabs(last[1].apd90 - last[0].apd90);
}

void hc_quantities_of_cell(const struct hc_cohort *cohort, const struct hc_study_outcome *outcome, double *quantities)
{
  for (int i = 0; i < cohort->n_quantities; i++)
    quantities[i] = cell_value(outcome, cohort->quantities[i].name);
}

/* ---- Of a summary ------------------------------------------------------------------------------------------------ */

/* The unit that a name of a summary ends in; n characters of it. */
static const char *suffix_unit(const char *name, size_t n)
{
  static const char *const units[][2] = {{"_mm_per_day", "mm/day"},
                                         {"_mm_per_ms", "m/s"},
                                         {"_m_per_s", "m/s"},
                                         {"_v_per_s", "V/s"},
                                         {"_ms", "ms"},
                                         {"_mv", "mV"},
                                         {"_um", "uM"},
                                         {"_ml", "mL"},
                                         {"_mm", "mm"},
                                         {"_days", "day"},
                                         {"_day", "day"},
                                         {"_gy", "Gy"},
                                         {"_kpa", "kPa"},
                                         {"_s", "s"},
                                         {"qnet", "uC/uF"}};
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    const size_t length = strlen(units[i][0]);
    if (length <= n && !strncasecmp(name + n - length, units[i][0], length))
      return units[i][1];
  }
  return NULL;
}

/* Of activation_last_ms, and of activation_ms.P8: of the last part of a path that has one. */
static const char *unit_of(const char *path)
{
  size_t end = strlen(path);
  while (end > 0) {
    size_t start = end;
    while (start > 0 && path[start - 1] != '.')
      start--;
    const char *unit = suffix_unit(path + start, end - start);
    if (unit)
      return unit;
    end = start > 0 ? start - 1 : 0;
  }
  return NULL;
}

/* What a path leads to: keys of objects and numbers of arrays, between dots. */
static const json_t *follow(const json_t *json, const char *path)
{
  char key[256];
  while (json && *path) {
    const size_t length = strcspn(path, ".");
    snprintf(key, sizeof key, "%.*s", (int)length, path);
    json = json_is_array(json) ? json_array_get(json, (size_t)strtoul(key, NULL, 10)) : json_object_get(json, key);
    path += length + (path[length] == '.');
  }
  return json;
}

static bool is_value(const json_t *json)
{
  return json_is_number(json) || json_is_boolean(json) || json_is_null(json);
}

PetscErrorCode hc_quantities_of_summary(const struct hc_cohort *cohort, const char *folder, double *quantities)
{
  char path[PETSC_MAX_PATH_LEN];
  json_t *summary;
  int missing = -1;

  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(path, sizeof path, "%s/summary.json", folder));
  summary = json_load_file(path, 0, NULL);
  PetscCheck(summary, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be read back", path);
  for (int i = 0; i < cohort->n_quantities; i++) {
    const json_t *value = follow(summary, cohort->quantities[i].name);
    if (!is_value(value))
      missing = i;
    quantities[i] = json_is_number(value)    ? json_number_value(value)
                    : json_is_boolean(value) ? (double)json_is_true(value)
                                             : NAN;
  }
  json_decref(summary);
  PetscCheck(missing < 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: found \"%s\"; there is no such number in summary.json",
             hc_params_place(cohort->params.params, &cohort->params.quantities), cohort->quantities[missing].name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Columns ----------------------------------------------------------------------------------------------------- */

static PetscErrorCode summary_columns(struct hc_cohort *cohort)
{
  const struct hc_cohort_params *params = &cohort->params;

  PetscFunctionBeginUser;
  PetscCheck(params->quantities.n > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: nothing is asked for; allowed: paths of numbers in the summary.json of a run of the base case, as "
             "[activation.last_ms]",
             hc_params_place(params->params, &params->quantities));
  PetscCall(PetscMalloc1(params->quantities.n, &cohort->quantities));
  for (int i = 0; i < params->quantities.n; i++)
    cohort->quantities[cohort->n_quantities++] =
        (struct hc_campaign_column){params->quantities.v[i], unit_of(params->quantities.v[i])};
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_quantities_create(struct hc_cohort *cohort, const struct hc_cell_model *model)
{
  PetscFunctionBeginUser;
  if (cohort->kind != HC_COHORT_CELLS)
    PetscCall(summary_columns(cohort));
  else if (cohort->params.quantities.n == 0)
    PetscCall(all_cell_columns(cohort, model));
  else
    PetscCall(named_cell_columns(cohort, model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_quantities_destroy(struct hc_cohort *cohort)
{
  (void)PetscFree(cohort->quantities);
}

int hc_quantity_find(const struct hc_cohort *cohort, const char *name)
{
  for (int i = 0; i < cohort->n_quantities; i++)
    if (!strcmp(cohort->quantities[i].name, name))
      return i;
  return -1;
}
