/* Arms: those that are listed, and all combinations of factors. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ARMS = 100000 };

static PetscErrorCode copy_set(const struct hc_strings *set, struct hc_arm *arm)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(set->n, &arm->set));
  for (int i = 0; i < set->n; i++)
    PetscCall(PetscStrallocpy(set->v[i], &arm->set[arm->n_set++]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Factors ----------------------------------------------------------------------------------------------------- */

/* The values of a factor, from its table or its list; borrowed from either. */
struct levels {
  struct hc_table *table;
  const char **texts; /* NULL: the list's */
  int64_t n;
};

static PetscErrorCode open_levels(const struct hc_factor_params *factor, struct levels *levels)
{
  PetscFunctionBeginUser;
  PetscCheck((factor->values.n > 0) != (factor->table != NULL), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: factor %s; allowed: either `values` or a `table` with a `column`",
             hc_params_place(factor->params, &factor->values), factor->name);
  levels->n = factor->values.n;
  if (!factor->table)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(factor->column, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: factor %s needs the name of a column of %s",
             hc_params_place(factor->params, &factor->column), factor->name, factor->table);
  PetscCall(hc_table_read(factor->table, &levels->table));
  PetscCall(hc_table_texts(levels->table, factor->column, &levels->n, &levels->texts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void close_levels(struct levels *levels)
{
  (void)PetscFree(levels->texts);
  hc_table_destroy(&levels->table);
}

static const char *level_text(const struct hc_factor_params *factor, const struct levels *levels, int64_t i)
{
  return levels->texts ? levels->texts[i] : factor->values.v[i];
}

/* A number in results if it is one. */
static json_t *label(const char *text)
{
  char *end;
  const double value = strtod(text, &end);
  return *text && *end == '\0' ? json_real(value) : json_string(text);
}

static PetscErrorCode assign(struct hc_arm *arm, const char *key, const char *value)
{
  const size_t size = strlen(key) + strlen(value) + 2;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(size, &arm->set[arm->n_set]));
  snprintf(arm->set[arm->n_set++], size, "%s=%s", key, value);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Combination number i of the factors. */
static PetscErrorCode combine(int n, const struct hc_factor_params *factors, const struct levels *levels, int64_t i,
                              struct hc_arm *arm)
{
  char name[256] = "";
  int n_keys = 0;

  PetscFunctionBeginUser;
  arm->labels = json_object();
  for (int f = 0; f < n; f++)
    n_keys += factors[f].keys.n;
  PetscCall(PetscMalloc1(n_keys, &arm->set));
  for (int f = 0; f < n; f++) {
    int64_t faster = 1;
    for (int g = f + 1; g < n; g++)
      faster *= levels[g].n;
    const char *text = level_text(&factors[f], &levels[f], i / faster % levels[f].n);
    const size_t used = strlen(name);
    snprintf(name + used, sizeof name - used, "%s%s", f > 0 ? "_" : "", text);
    for (int k = 0; k < factors[f].keys.n; k++)
      PetscCall(assign(arm, factors[f].keys.v[k], text));
    json_object_set_new(arm->labels, factors[f].name, label(text));
  }
  PetscCall(PetscStrallocpy(name, &arm->name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- All arms ---------------------------------------------------------------------------------------------------- */

static PetscErrorCode check_names(const struct hc_cohort_params *params, int n, const struct hc_arm *arms)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < i; j++)
      PetscCheck(strcmp(arms[i].name, arms[j].name) != 0, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "%s: two arms are called %s; allowed: names that differ",
                 hc_params_place(params->params, params->factors.n > 0 ? &params->factors : &params->arms),
                 arms[i].name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_number(const struct hc_cohort_params *params, int64_t combinations)
{
  PetscFunctionBeginUser;
  PetscCheck(combinations <= MOST_ARMS, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: the values of all factors combine to more than %d arms",
             hc_params_place(params->params, &params->factors), MOST_ARMS);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode make(const struct hc_cohort_params *params, const struct levels *levels, int64_t n_combinations,
                           int *n, struct hc_arm *arms)
{
  const struct hc_arm_params *listed = params->arms.items;

  PetscFunctionBeginUser;
  for (int i = 0; i < params->arms.n; i++) {
    struct hc_arm *arm = &arms[(*n)++];
    PetscCall(PetscStrallocpy(listed[i].name, &arm->name));
    PetscCall(copy_set(&listed[i].set, arm));
  }
  for (int64_t i = 0; i < n_combinations; i++)
    PetscCall(combine(params->factors.n, params->factors.items, levels, i, &arms[(*n)++]));
  if (*n == 0)
    PetscCall(PetscStrallocpy("all", &arms[(*n)++].name));
  PetscCall(check_names(params, *n, arms));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_arms_create(const struct hc_cohort_params *params, int *n, struct hc_arm **arms)
{
  const struct hc_factor_params *factors = params->factors.items;
  struct levels *levels;
  int64_t combinations = params->factors.n > 0 ? 1 : 0;
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  *n = 0;
  *arms = NULL;
  PetscCall(PetscCalloc1(params->factors.n, &levels));
  for (int f = 0; f < params->factors.n && !code; f++) {
    code = open_levels(&factors[f], &levels[f]);
    if (!code)
      combinations = PetscMin(combinations * levels[f].n, MOST_ARMS + 1);
  }
  if (!code)
    code = check_number(params, combinations);
  if (!code)
    code = PetscCalloc1((size_t)(params->arms.n + combinations + 1), arms);
  if (!code)
    code = make(params, levels, combinations, n, *arms);
  for (int f = 0; f < params->factors.n; f++)
    close_levels(&levels[f]);
  PetscCall(PetscFree(levels));
  if (code)
    hc_arms_destroy(*n, arms);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_arms_destroy(int n, struct hc_arm **arms)
{
  for (int i = 0; *arms && i < n; i++) {
    struct hc_arm *arm = &(*arms)[i];
    for (int k = 0; k < arm->n_set; k++)
      (void)PetscFree(arm->set[k]);
    (void)PetscFree(arm->set);
    (void)PetscFree(arm->name);
    json_decref(arm->labels);
  }
  (void)PetscFree(*arms);
}
