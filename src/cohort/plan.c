/* From a cohort's file to what each member is. */
#include "internal.h"

#include "growth.h"
#include "laboratory.h"
#include "run.h"
#include "session.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Members ----------------------------------------------------------------------------------------------------- */

/* Purposes of hc_sampling_uniform(). */
enum { PURPOSE_STRATUM = 1 };

static int stratum_of(const struct hc_cohort *cohort, int64_t patient)
{
  const int n = cohort->params.strata.n;
  const double u = n > 0 ? hc_sampling_uniform(cohort->sampling, patient, PURPOSE_STRATUM) : 0;
  int stratum = 0;
  while (stratum + 1 < n && u * cohort->strata[n - 1] >= cohort->strata[stratum])
    stratum++;
  return stratum;
}

static void borrow(struct hc_member *member, int n, char *const *set)
{
  for (int i = 0; i < n; i++)
    member->set[member->n_set++] = set[i];
}

/* What varies, as assignments: a plain name is a parameter of the cell model, where the base case is a cell's. */
static PetscErrorCode assign_values(const struct hc_cohort *cohort, struct hc_member *member)
{
  const struct hc_vary_params *vary = cohort->params.vary.items;
  const bool is_cell = cohort->kind == HC_COHORT_CELLS || cohort->kind == HC_COHORT_STUDY;
  char value[PETSC_MAX_PATH_LEN], text[PETSC_MAX_PATH_LEN + 512];

  PetscFunctionBeginUser;
  for (int k = 0; k < cohort->params.vary.n; k++) {
    const int n = vary[k].keys.n > 0 ? vary[k].keys.n : 1;
    hc_sampling_text(cohort->sampling, k, member->values[k], value, sizeof value);
    for (int i = 0; i < n; i++) {
      const char *key = vary[k].keys.n > 0 ? vary[k].keys.v[i] : vary[k].name;
      snprintf(text, sizeof text, "%s=%s", key, value);
      if (is_cell && hc_laboratory_is_parameter(text))
        snprintf(text, sizeof text, "cell.parameters.%s=%s", key, value);
      member->owned[member->n_set] = true;
      PetscCall(PetscStrallocpy(text, &member->set[member->n_set++]));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode fill_member(const struct hc_cohort *cohort, struct hc_member *member)
{
  const struct hc_cohort_params *params = &cohort->params;
  const struct hc_stratum_params *strata = params->strata.items;
  const struct hc_arm *arm = &cohort->arms[member->arm];

  PetscFunctionBeginUser;
  PetscCall(hc_sampling_row(cohort->sampling, member->patient, member->values));
  borrow(member, params->set.n, params->set.v);
  if (params->strata.n > 0)
    borrow(member, strata[member->stratum].set.n, strata[member->stratum].set.v);
  PetscCall(assign_values(cohort, member));
  borrow(member, arm->n_set, arm->set);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_member(const struct hc_cohort *cohort, int64_t patient, int arm, int stratum,
                                    struct hc_member *member)
{
  const struct hc_cohort_params *params = &cohort->params;
  const struct hc_vary_params *vary = params->vary.items;
  const struct hc_stratum_params *strata = params->strata.items;
  int room = params->set.n + cohort->arms[arm].n_set;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *member = (struct hc_member){.patient = patient, .arm = arm, .stratum = stratum};
  for (int k = 0; k < params->vary.n; k++)
    room += vary[k].keys.n > 0 ? vary[k].keys.n : 1;
  if (params->strata.n > 0)
    room += strata[stratum].set.n;
  PetscCall(PetscCalloc3(params->vary.n, &member->values, room, &member->set, room, &member->owned));
  code = fill_member(cohort, member);
  if (code)
    hc_member_destroy(member);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_member_create(const struct hc_cohort *cohort, int64_t number, struct hc_member *member)
{
  const int64_t patient = number / cohort->n_arms;

  PetscFunctionBeginUser;
  PetscCall(create_member(cohort, patient, (int)(number % cohort->n_arms), stratum_of(cohort, patient), member));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_member_destroy(struct hc_member *member)
{
  for (int i = 0; i < member->n_set; i++)
    if (member->owned[i])
      (void)PetscFree(member->set[i]);
  (void)PetscFree3(member->values, member->set, member->owned);
}

PetscErrorCode hc_cohort_record(const struct hc_cohort *cohort, struct hc_record *record)
{
  PetscFunctionBeginUser;
  record->patient = record->member / cohort->n_arms;
  record->arm = (int)(record->member % cohort->n_arms);
  record->stratum = stratum_of(cohort, record->patient);
  record->accepted = true;
  PetscCall(hc_sampling_row(cohort->sampling, record->patient, record->parameters));
  PetscFunctionReturn(PETSC_SUCCESS);
}

bool hc_cohort_accepts(const struct hc_cohort *cohort, const struct hc_record *record)
{
  const struct hc_accept_params *accept = cohort->params.accept.items;
  for (int i = 0; i < cohort->params.accept.n && record->arm == 0; i++) {
    const double value = record->quantities[hc_quantity_find(cohort, accept[i].quantity)];
    if (!(value >= (isnan(accept[i].min) ? -INFINITY : accept[i].min) &&
          value <= (isnan(accept[i].max) ? INFINITY : accept[i].max)))
      return false;
  }
  return true;
}

PetscErrorCode hc_cohort_describe(const struct hc_cohort *cohort, int64_t number, char **text)
{
  struct hc_member member;
  size_t size = 1;

  PetscFunctionBeginUser;
  PetscCall(hc_member_create(cohort, number, &member));
  for (int i = 0; i < member.n_set; i++)
    size += strlen(member.set[i]) + 1;
  PetscCall(PetscCalloc1(size, text));
  for (int i = 0; i < member.n_set; i++) {
    strcat(*text, member.set[i]);
    strcat(*text, "\n");
  }
  hc_member_destroy(&member);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Checks ------------------------------------------------------------------------------------------------------ */

static PetscErrorCode find_kind(MPI_Comm comm, struct hc_cohort *cohort)
{
  const char *base = cohort->params.base;
  bool found, is_tumour, is_cell;

  PetscFunctionBeginUser;
  PetscCall(hc_session_exists(comm, base, &found));
  PetscCheck(found, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: there is no file %s",
             hc_params_place(cohort->params.params, &cohort->params.base), base);
  PetscCall(hc_session_case_has(comm, base, "tumour", &is_tumour));
  PetscCall(hc_session_case_has(comm, base, "cell", &is_cell));
  cohort->kind = is_tumour ? HC_COHORT_TUMOUR : is_cell ? HC_COHORT_CELLS : HC_COHORT_HEART;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What no table can say. */
static PetscErrorCode check_params(const struct hc_cohort_params *params)
{
  const struct hc_stratum_params *strata = params->strata.items;
  const struct hc_accept_params *accept = params->accept.items;
  double sum = 0;

  PetscFunctionBeginUser;
  for (int i = 0; i < params->strata.n; i++)
    sum += strata[i].weight;
  PetscCheck(params->strata.n == 0 || sum > 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: all weights are 0",
             hc_params_place(params->params, &params->strata));
  for (int i = 0; i < params->accept.n; i++)
    PetscCheck(!(accept[i].min > accept[i].max), PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found %g; allowed: at least min, %g", hc_params_place(accept[i].params, &accept[i].max),
               accept[i].max, accept[i].min);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_names(const struct hc_cohort *cohort)
{
  const struct hc_cohort_params *params = &cohort->params;
  const struct hc_accept_params *accept = params->accept.items;
  const struct hc_endpoint_params *endpoints = params->trial.endpoints.items;
  bool found = !params->trial.reference;

  PetscFunctionBeginUser;
  for (int i = 0; i < params->accept.n; i++)
    PetscCheck(hc_quantity_find(cohort, accept[i].quantity) >= 0, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found \"%s\"; allowed: one of `quantities`", hc_params_place(accept[i].params, &accept[i].quantity),
               accept[i].quantity);
  for (int i = 0; i < params->trial.endpoints.n; i++)
    PetscCheck(hc_quantity_find(cohort, endpoints[i].quantity) >= 0, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found \"%s\"; allowed: one of `quantities`",
               hc_params_place(endpoints[i].params, &endpoints[i].quantity), endpoints[i].quantity);
  for (int a = 0; a < cohort->n_arms && !found; a++)
    found = !strcmp(cohort->arms[a].name, params->trial.reference);
  PetscCheck(found, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: found \"%s\"; allowed: the name of an arm",
             hc_params_place(params->trial.params, &params->trial.reference), params->trial.reference);
  PetscCheck(cohort->kind != HC_COHORT_CELLS || params->ranks == 1, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %d; allowed: 1, since a cell is too small to share",
             hc_params_place(params->params, &params->ranks), (int)params->ranks);
  PetscCheck(params->fields.n == 0 || cohort->kind == HC_COHORT_HEART || cohort->kind == HC_COHORT_TUMOUR,
             PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cells have no maps; allowed: none",
             hc_params_place(params->params, &params->fields));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_member(MPI_Comm comm, struct hc_cohort *cohort, const struct hc_member *member,
                                   const struct hc_cell_model **model)
{
  PetscFunctionBeginUser;
  if (cohort->kind == HC_COHORT_CELLS || cohort->kind == HC_COHORT_STUDY)
    PetscCall(hc_error_agree(comm, hc_cells_check(cohort, member, model)));
  else
    PetscCall(hc_twins_check(comm, cohort, member));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The first patient in every arm, and in every stratum. */
static PetscErrorCode check_members(MPI_Comm comm, struct hc_cohort *cohort, const struct hc_cell_model **model)
{
  const int n_strata = PetscMax(cohort->params.strata.n, 1);

  PetscFunctionBeginUser;
  for (int i = 0; i < cohort->n_arms + n_strata - 1; i++) {
    const int arm = i < cohort->n_arms ? i : 0, stratum = i < cohort->n_arms ? 0 : i - cohort->n_arms + 1;
    struct hc_member member;
    PetscErrorCode code;
    PetscCall(create_member(cohort, 0, arm, stratum, &member));
    code = check_member(comm, cohort, &member, model);
    hc_member_destroy(&member);
    PetscCall(code);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- The cohort -------------------------------------------------------------------------------------------------- */

static PetscErrorCode draw(struct hc_cohort *cohort, int64_t rows)
{
  const struct hc_cohort_params *params = &cohort->params;

  PetscFunctionBeginUser;
  PetscCall(hc_sampling_create(&params->design, params->vary.n, params->vary.items, params->correlations.n,
                               params->correlations.items, rows, &cohort->sampling));
  cohort->design_rows = rows;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cohort_continue(struct hc_cohort *cohort, int64_t rows)
{
  PetscFunctionBeginUser;
  hc_sampling_destroy(&cohort->sampling);
  PetscCall(draw(cohort, rows));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_sampling(struct hc_cohort *cohort)
{
  struct hc_cohort_params *params = &cohort->params;
  const struct hc_stratum_params *strata = params->strata.items;
  int64_t rows;

  PetscFunctionBeginUser;
  PetscCall(draw(cohort, PetscMax(params->patients, 1)));
  rows = hc_sampling_rows(cohort->sampling);
  PetscCheck(params->patients <= rows, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %" PRId64 "; allowed: at most the %" PRId64 " rows of the design",
             hc_params_place(params->params, &params->patients), params->patients, rows);
  cohort->patients = params->patients > 0 ? params->patients : rows < INT64_MAX ? rows : 1;
  PetscCall(PetscMalloc1(params->strata.n, &cohort->strata));
  for (int i = 0; i < params->strata.n; i++)
    cohort->strata[i] = (i > 0 ? cohort->strata[i - 1] : 0) + strata[i].weight;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of the base case and the files that it names, as the first patient has it. */
static PetscErrorCode base_fingerprint(MPI_Comm comm, const struct hc_cohort *cohort, char hex[65])
{
  struct hc_member member;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_member_create(cohort, 0, &member));
  code = cohort->kind == HC_COHORT_HEART || cohort->kind == HC_COHORT_TUMOUR
             ? hc_twins_fingerprint(comm, cohort, &member, hex)
             : hc_error_agree(comm, hc_cells_fingerprint(cohort, &member, hex));
  hc_member_destroy(&member);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What must stay the same for a campaign to go on: all but what says how many, how and how it is analysed. */
static PetscErrorCode take_fingerprint(MPI_Comm comm, struct hc_cohort *cohort)
{
  static const char *const may_change[] = {"title", "patients", "ranks", "timeout", "retries", "trial", NULL};
  const struct hc_cohort_params *params = &cohort->params;
  const struct hc_factor_params *factors = params->factors.items;
  const char *paths[16];
  char own[65], base[65], both[130];
  int n = 0;

  PetscFunctionBeginUser;
  paths[n++] = params->base;
  if (params->design.file)
    paths[n++] = params->design.file;
  for (int f = 0; f < params->factors.n; f++)
    if (factors[f].table)
      paths[n++] = factors[f].table;
  PetscCall(hc_session_fingerprint(comm, params->params, n, paths, hc_sha256_file, may_change, own));
  PetscCall(base_fingerprint(comm, cohort, base));
  snprintf(both, sizeof both, "%s %s", own, base);
  PetscCall(hc_sha256_text(both, cohort->fingerprint));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode build(MPI_Comm comm, struct hc_cohort *cohort)
{
  const struct hc_cell_model *model = NULL;

  PetscFunctionBeginUser;
  PetscCall(check_params(&cohort->params));
  PetscCall(find_kind(comm, cohort));
  PetscCall(create_sampling(cohort));
  PetscCall(hc_arms_create(&cohort->params, &cohort->n_arms, &cohort->arms));
  PetscCall(check_members(comm, cohort, &model));
  PetscCall(hc_quantities_create(cohort, model));
  PetscCall(check_names(cohort));
  PetscCall(take_fingerprint(comm, cohort));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cohort_create(MPI_Comm comm, const char *path, int n_set, const char *const set[],
                                struct hc_cohort **cohort)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(cohort));
  code = hc_params_read(comm, path, n_set, set, &hc_cohort_block, &(*cohort)->params, &(*cohort)->params_tree);
  if (!code)
    code = build(comm, *cohort);
  if (code)
    hc_cohort_destroy(cohort);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_cohort_destroy(struct hc_cohort **cohort)
{
  if (!*cohort)
    return;
  hc_quantities_destroy(*cohort);
  hc_arms_destroy((*cohort)->n_arms, &(*cohort)->arms);
  hc_sampling_destroy(&(*cohort)->sampling);
  (void)PetscFree((*cohort)->strata);
  hc_params_destroy(&(*cohort)->params_tree);
  (void)PetscFree(*cohort);
}

int64_t hc_cohort_patients(const struct hc_cohort *cohort)
{
  return cohort->patients;
}

int hc_cohort_arms(const struct hc_cohort *cohort)
{
  return cohort->n_arms;
}

const char *hc_cohort_arm_name(const struct hc_cohort *cohort, int arm)
{
  return cohort->arms[arm].name;
}

const char *hc_cohort_kind(const struct hc_cohort *cohort)
{
  static const char *const names[] = {[HC_COHORT_CELLS] = "cells",
                                      [HC_COHORT_STUDY] = "cell study",
                                      [HC_COHORT_HEART] = "heart",
                                      [HC_COHORT_TUMOUR] = "tumour"};
  return names[cohort->kind];
}
