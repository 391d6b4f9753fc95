/* What results say of the cohort: manifest.json and the attribute `manifest` of HDF5 files. */
#include "internal.h"

#include <math.h>
#include <string.h>

static json_t *real(double value)
{
  return isfinite(value) ? json_real(value) : json_null();
}

static json_t *texts(int n, char *const *v)
{
  json_t *list = json_array();
  for (int i = 0; i < n; i++)
    json_array_append_new(list, json_string(v[i]));
  return list;
}

static json_t *reals(const struct hc_reals *values)
{
  json_t *list = json_array();
  for (int i = 0; i < values->n; i++)
    json_array_append_new(list, json_real(values->v[i]));
  return list;
}

static json_t *text_or_null(const char *text)
{
  return text ? json_string(text) : json_null();
}

/* ---- Patients and arms ------------------------------------------------------------------------------------------- */

static json_t *arms_of(const struct hc_cohort *cohort)
{
  json_t *list = json_array();
  for (int a = 0; a < cohort->n_arms; a++) {
    const struct hc_arm *arm = &cohort->arms[a];
    json_t *item = json_pack("{s:s, s:o}", "name", arm->name, "set", texts(arm->n_set, arm->set));
    if (arm->labels)
      json_object_update(item, arm->labels);
    json_array_append_new(list, item);
  }
  return list;
}

static json_t *strata_of(const struct hc_cohort *cohort)
{
  const struct hc_stratum_params *strata = cohort->params.strata.items;
  json_t *list = json_array();
  for (int i = 0; i < cohort->params.strata.n; i++)
    json_array_append_new(list, json_pack("{s:s, s:f, s:o}", "name", strata[i].name, "weight", strata[i].weight, "set",
                                          texts(strata[i].set.n, strata[i].set.v)));
  return list;
}

static json_t *categories_of(const struct hc_cohort *cohort)
{
  const struct hc_vary_params *vary = cohort->params.vary.items;
  json_t *categories = json_object();
  for (int k = 0; k < cohort->params.vary.n; k++)
    if (vary[k].distribution == HC_DISTRIBUTION_CATEGORICAL)
      json_object_set_new(categories, vary[k].name, texts(vary[k].values.n, vary[k].values.v));
  return categories;
}

static json_t *accept_of(const struct hc_cohort *cohort)
{
  const struct hc_accept_params *accept = cohort->params.accept.items;
  json_t *list = json_array();
  for (int i = 0; i < cohort->params.accept.n; i++)
    json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "quantity", accept[i].quantity, "min", real(accept[i].min),
                                          "max", real(accept[i].max)));
  return list;
}

/* ---- The trial --------------------------------------------------------------------------------------------------- */

static json_t *endpoints_of(const struct hc_trial_params *trial)
{
  static const char *const better[] = {"lower", "higher", "neither"}, *const compare[] = {"difference", "ratio"};
  const struct hc_endpoint_params *endpoints = trial->endpoints.items;
  json_t *list = json_array();
  for (int i = 0; i < trial->endpoints.n; i++)
    json_array_append_new(list,
                          json_pack("{s:s, s:s, s:o, s:s, s:s}", "name", endpoints[i].name, "quantity",
                                    endpoints[i].quantity, "definition", text_or_null(endpoints[i].definition),
                                    "better", better[endpoints[i].better], "compare", compare[endpoints[i].compare]));
  return list;
}

static const struct hc_factor_params *find_factor(const struct hc_cohort *cohort, const char *name)
{
  const struct hc_factor_params *factors = cohort->params.factors.items;
  for (int f = 0; f < cohort->params.factors.n; f++)
    if (!strcmp(factors[f].name, name))
      return &factors[f];
  return NULL;
}

static PetscErrorCode put_drugs(const struct hc_classify_params *classify, const struct hc_table *table, json_t *drugs)
{
  const char *const columns[3] = {"drug", classify->class_column, classify->set_column};
  const char **texts[3] = {NULL, NULL, NULL};
  int64_t rows = 0;
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  for (int c = 0; c < 3 && !code; c++)
    code = hc_table_texts(table, columns[c], &rows, &texts[c]);
  for (int64_t row = 0; row < rows && !code; row++)
    json_array_append_new(
        drugs, json_pack("{s:s, s:s, s:s}", "name", texts[0][row], "class", texts[1][row], "set", texts[2][row]));
  for (int c = 0; c < 3; c++)
    PetscCall(PetscFree(texts[c]));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static json_t *published_of(const struct hc_published_params *published)
{
  return json_pack("{s:s, s:o, s:o, s:I, s:I}", "source", published->source, "thresholds",
                   reals(&published->thresholds), "auc", reals(&published->auc), "correct",
                   (json_int_t)published->correct, "total", (json_int_t)published->total);
}

static PetscErrorCode put_classify(const struct hc_cohort *cohort, json_t *trial)
{
  static const char *const methods[] = {"cut", "logistic"};
  const struct hc_classify_params *classify = &cohort->params.trial.classify;
  const struct hc_factor_params *drug;
  const char *path;
  struct hc_table *table = NULL;
  json_t *json, *drugs;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  if (!classify->quantity)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(hc_quantity_find(cohort, classify->quantity) >= 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found \"%s\"; allowed: one of `quantities`", hc_params_place(classify->params, &classify->quantity),
             classify->quantity);
  drug = find_factor(cohort, classify->drug);
  PetscCheck(drug, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: found \"%s\"; allowed: the name of a factor",
             hc_params_place(classify->params, &classify->drug), classify->drug);
  PetscCheck(find_factor(cohort, classify->dose), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found \"%s\"; allowed: the name of a factor", hc_params_place(classify->params, &classify->dose),
             classify->dose);
  path = classify->table ? classify->table : drug->table;
  PetscCheck(path, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: classes of the drugs are wanted; allowed: a table that has them",
             hc_params_place(classify->params, &classify->table));
  PetscCall(hc_table_read(path, &table));
  drugs = json_array();
  code = put_drugs(classify, table, drugs);
  hc_table_destroy(&table);
  json = json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:o}", "quantity", classify->quantity, "drug", classify->drug,
                   "dose", classify->dose, "doses", reals(&classify->doses), "classes",
                   texts(classify->classes.n, classify->classes.v), "train", classify->train, "method",
                   methods[classify->method], "drugs", drugs);
  if (classify->published.source)
    json_object_set_new(json, "published", published_of(&classify->published));
  json_object_set_new(trial, "classify", json);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_trial(const struct hc_cohort *cohort, json_t *manifest)
{
  const struct hc_trial_params *trial = &cohort->params.trial;
  json_t *json;

  PetscFunctionBeginUser;
  json = json_pack("{s:s, s:f, s:I, s:I, s:o}", "reference", trial->reference ? trial->reference : cohort->arms[0].name,
                   "level", trial->level, "bootstrap", (json_int_t)trial->bootstrap, "seed", (json_int_t)trial->seed,
                   "endpoints", endpoints_of(trial));
  json_object_set_new(manifest, "trial", json);
  PetscCall(put_classify(cohort, json));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cohort_manifest(const struct hc_cohort *cohort, json_t **manifest)
{
  char sha256[65];
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_sha256_file(cohort->params.base, sha256));
  *manifest = json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:I, s:I, s:[{s:s, s:s}]}", "members",
                        (json_int_t)cohort->patients * cohort->n_arms, "patients", (json_int_t)cohort->patients, "arms",
                        arms_of(cohort), "strata", strata_of(cohort), "categories", categories_of(cohort), "accept",
                        accept_of(cohort), "seed", (json_int_t)cohort->params.design.seed, "design_rows",
                        (json_int_t)cohort->design_rows, "inputs", "path", cohort->params.base, "sha256", sha256);
  code = put_trial(cohort, *manifest);
  if (code) {
    json_decref(*manifest);
    *manifest = NULL;
  }
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
