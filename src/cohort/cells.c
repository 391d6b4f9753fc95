/* Members that are cells: those of a task side by side in one kernel, or one by one where the protocol is another. */
#include "internal.h"

#include "laboratory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Checks ------------------------------------------------------------------------------------------------------ */

static PetscErrorCode read_study(const struct hc_cohort *cohort, const struct hc_member *member,
                                 struct hc_laboratory_params *study, struct hc_params **params)
{
  PetscFunctionBeginUser;
  PetscCall(hc_laboratory_read(PETSC_COMM_SELF, cohort->params.base, member->n_set, (const char *const *)member->set,
                               study, params));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_study(const struct hc_laboratory_params *study, const struct hc_cell_model **model)
{
  double *parameters, *initial;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCheck(
      study->doses.n == 0 && study->concentrations.n == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
      "%s: members of a cohort have one cell each; allowed: cell.drugs[0].dose, as a factor of the cohort's arms",
      hc_params_place(study->params, study->doses.n > 0 ? &study->doses : &study->concentrations));
  PetscCall(hc_cell_resolve(&study->cell, model));
  PetscCall(PetscMalloc2((*model)->n_parameters, &parameters, (*model)->n_states, &initial));
  code = hc_cell_values(&study->cell, *model, parameters, initial);
  PetscCall(PetscFree2(parameters, initial));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cells_check(struct hc_cohort *cohort, const struct hc_member *member,
                              const struct hc_cell_model **model)
{
  struct hc_laboratory_params study;
  struct hc_params *params;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(read_study(cohort, member, &study, &params));
  code = check_study(&study, model);
  if (!code) {
    const double stimulus = isnan(study.pacing.stimulus) ? (*model)->stimulus : study.pacing.stimulus;
    cohort->kind = study.protocol == HC_PROTOCOL_PACE && stimulus != 0 ? HC_COHORT_CELLS : HC_COHORT_STUDY;
  }
  hc_params_destroy(&params);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cells_fingerprint(const struct hc_cohort *cohort, const struct hc_member *member, char hex[65])
{
  struct hc_laboratory_params study;
  struct hc_params *params;
  const struct hc_cell_model *model;
  char all[8192] = "";
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(read_study(cohort, member, &study, &params));
  code = hc_cell_resolve(&study.cell, &model);
  if (!code) {
    const char *paths[64];
    const int n = study.cell.drugs.n <= 62 ? hc_cell_files(&study.cell, paths) : 0;
    for (int i = 0; i < n && !code; i++) {
      code = hc_sha256_file(paths[i], all + strlen(all));
    }
  }
  hc_params_destroy(&params);
  PetscCall(code);
  PetscCall(hc_sha256_text(all, hex));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- A task ------------------------------------------------------------------------------------------------------ */

/* All members of a task, also those that are not asked for: cells of a vector share time steps. */
struct bench {
  int n;
  int64_t number[64];
  struct hc_member member[64];
  struct hc_laboratory_params study[64];
  struct hc_params *params[64];
  const struct hc_laboratory_params *ready[64]; /* of those that could be read */
  int of[64];                                   /* whose they are */
  int n_ready;
  PetscErrorCode code[64]; /* of reading */
  char message[64][HC_MEMBER_MESSAGE];
};

static PetscErrorCode set_up(const struct hc_cohort *cohort, struct bench *bench)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < bench->n; i++) {
    PetscCall(hc_member_create(cohort, bench->number[i], &bench->member[i]));
    bench->code[i] = read_study(cohort, &bench->member[i], &bench->study[i], &bench->params[i]);
    if ((int)bench->code[i] == HC_ERR_INPUT) {
      snprintf(bench->message[i], sizeof bench->message[i], "%s", hc_error_message());
      bench->params[i] = NULL;
      continue;
    }
    PetscCall(bench->code[i]);
    bench->of[bench->n_ready] = i;
    bench->ready[bench->n_ready++] = &bench->study[i];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void clear(struct bench *bench)
{
  for (int i = 0; i < bench->n; i++) {
    hc_member_destroy(&bench->member[i]);
    hc_params_destroy(&bench->params[i]);
  }
}

static void put(const struct hc_cohort *cohort, const struct bench *bench, const struct hc_study_outcome *outcomes,
                int i, struct hc_record *record)
{
  const struct hc_study_outcome *outcome = NULL;

  for (int k = 0; k < bench->n_ready; k++)
    if (bench->of[k] == i)
      outcome = &outcomes[k];
  if (!outcome || outcome->code) {
    record->status = HC_MEMBER_FAILED;
    snprintf(record->message, sizeof record->message, "%s", outcome ? outcome->message : bench->message[i]);
    return;
  }
  record->status = HC_MEMBER_DONE;
  hc_quantities_of_cell(cohort, outcome, record->quantities);
  record->accepted = hc_cohort_accepts(cohort, record);
}

static bool is_over(void *context)
{
  bool timeout;
  (void)context;
  return hc_campaign_stopping(&timeout);
}

static PetscErrorCode run_bench(const struct hc_crew *crew, struct bench *bench, int n, struct hc_record *records,
                                bool *interrupted)
{
  const struct hc_progress_report progress = {.stop = is_over};
  struct hc_study_outcome *outcomes;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(bench->n, &outcomes));
  code = set_up(crew->cohort, bench);
  if (!code)
    code = hc_laboratory_side_by_side(bench->n_ready, bench->ready, crew->device, &progress, outcomes, interrupted);
  for (int k = 0; k < n && !code && !*interrupted; k++)
    for (int i = 0; i < bench->n; i++)
      if (bench->number[i] == records[k].member)
        put(crew->cohort, bench, outcomes, i, &records[k]);
  PetscCall(PetscFree(outcomes));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cells_run(void *context, MPI_Comm group, int64_t task, int n, struct hc_record *records, int attempt,
                            bool alone, const char *scratch, bool *interrupted)
{
  struct hc_crew *crew = context;
  struct bench *bench;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  (void)group;
  (void)attempt;
  (void)scratch;
  if (!crew->has_device) {
    PetscCall(hc_device_open(PETSC_COMM_SELF, &crew->options->device, &crew->device));
    crew->has_device = true;
  }
  PetscCall(PetscNew(&bench));
  bench->n = alone ? n : hc_crew_members(crew, task, bench->number);
  for (int k = 0; k < n && alone; k++)
    bench->number[k] = records[k].member;
  code = run_bench(crew, bench, n, records, interrupted);
  clear(bench);
  PetscCall(PetscFree(bench));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
