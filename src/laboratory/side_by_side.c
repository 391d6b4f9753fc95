/* Many studies of one cell each, in the lanes of as few batches as there are kinds of them. */
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The cell of a study, worked out. */
struct cell {
  const struct hc_laboratory_params *study;
  const struct hc_cell_model *model;
  struct hc_pacing_params pacing;
  struct hc_batch_options options;
  double *parameters, *initial;
  bool waits; /* for a batch */
};

static PetscErrorCode check_kind(const struct cell *cell)
{
  const struct hc_laboratory_params *study = cell->study;

  PetscFunctionBeginUser;
  PetscCheck(study->protocol == HC_PROTOCOL_PACE, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: only the protocol pace runs side by side", hc_params_place(study->params, &study->protocol));
  PetscCheck(study->doses.n == 0 && study->concentrations.n == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: a study that runs side by side with others has one cell; allowed: the dose of its drug (cell.drugs)",
             hc_params_place(study->params, study->doses.n > 0 ? &study->doses : &study->concentrations));
  PetscCheck(cell->pacing.stimulus != 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: cells side by side need a stimulus, and %s has none of its own; allowed: pacing.stimulus",
             hc_params_place(study->params, &study->pacing.stimulus), cell->model->name);
  PetscCheck(cell->pacing.cycle_length > cell->pacing.stimulus_duration, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %g ms; allowed: more than the %g ms of the stimulus",
             hc_params_place(study->params, &study->pacing.cycle_length), cell->pacing.cycle_length,
             cell->pacing.stimulus_duration);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode work_out(struct cell *cell, struct hc_device *device)
{
  PetscFunctionBeginUser;
  PetscCall(hc_cell_resolve(&cell->study->cell, &cell->model));
  cell->pacing = hc_pacing_of(&cell->study->pacing, cell->model);
  PetscCall(check_kind(cell));
  PetscCall(PetscMalloc2(cell->model->n_parameters, &cell->parameters, cell->model->n_states, &cell->initial));
  PetscCall(hc_cell_values(&cell->study->cell, cell->model, cell->parameters, cell->initial));
  cell->options = hc_batch_options_of(cell->study, cell->model, cell->pacing.stimulus, device);
  cell->waits = true;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Do they go into one batch? */
static bool are_alike(const struct cell *a, const struct cell *b)
{
  const struct hc_pacing_params *p = &a->pacing, *q = &b->pacing;
  return a->model == b->model && a->options.integrator == b->options.integrator && a->options.step == b->options.step &&
         a->options.tolerance == b->options.tolerance && p->cycle_length == q->cycle_length && p->beats == q->beats &&
         p->stimulus == q->stimulus && p->stimulus_duration == q->stimulus_duration &&
         p->converged_below == q->converged_below && p->watch_last == q->watch_last && p->report == q->report;
}

/* A batch of the cells `member` (n of them) and what it finds. */
struct side {
  int n;
  int *member;
  double *parameters, *initial;
  struct hc_biomarkers *found, *last;
  int64_t *reported;
};

static PetscErrorCode allocate(const struct cell *like, int n, struct side *side)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(n, &side->member, n * like->model->n_parameters, &side->parameters, n * like->model->n_states,
                         &side->initial));
  PetscCall(PetscMalloc3(n, &side->found, 2 * n, &side->last, n, &side->reported));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void release(struct side *side)
{
  (void)PetscFree3(side->member, side->parameters, side->initial);
  (void)PetscFree3(side->found, side->last, side->reported);
}

static PetscErrorCode refuse(struct hc_study_outcome *outcome, PetscErrorCode code)
{
  PetscFunctionBeginUser;
  if ((int)code != HC_ERR_INPUT && (int)code != HC_ERR_NUMERIC)
    PetscCall(code);
  outcome->code = code;
  snprintf(outcome->message, sizeof outcome->message, "%s", hc_error_message());
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Pace the batch. *failed: the member that could not go on, -1 if all could. */
static PetscErrorCode pace(const struct cell *cells, struct side *side, const struct hc_progress_report *progress,
                           struct hc_pace_outcome *outcome, int *failed)
{
  const struct cell *first = &cells[side->member[0]];
  const struct hc_cell_model *model = first->model;
  struct hc_batch *batch = NULL;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *failed = -1;
  for (int i = 0; i < side->n; i++) {
    const struct cell *cell = &cells[side->member[i]];
    PetscCall(PetscArraycpy(side->parameters + (size_t)i * (size_t)model->n_parameters, cell->parameters,
                            model->n_parameters));
    PetscCall(PetscArraycpy(side->initial + (size_t)i * (size_t)model->n_states, cell->initial, model->n_states));
  }
  PetscCall(hc_batch_create(model, side->n, side->parameters, side->initial, &first->options, &batch));
  code = hc_pace(batch, model, side->n, &first->pacing, NULL, 0, progress, side->found, side->reported, side->last,
                 outcome);
  if ((int)code == HC_ERR_NUMERIC && hc_batch_failed(batch) >= 0)
    *failed = hc_batch_failed(batch);
  hc_batch_destroy(&batch);
  PetscCall(*failed >= 0 ? PETSC_SUCCESS : code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void put_outcomes(const struct side *side, const struct hc_pace_outcome *outcome,
                         struct hc_study_outcome *outcomes)
{
  for (int i = 0; i < side->n; i++) {
    struct hc_study_outcome *o = &outcomes[side->member[i]];
    o->found = side->found[i];
    o->last[0] = side->last[2 * i];
    o->last[1] = side->last[2 * i + 1];
    o->reported = side->reported[i];
    o->beats = outcome->beats;
    o->converged = outcome->converged;
  }
}

/* All cells that are like the one at `first`, until what is left of them has come to its end. */
static PetscErrorCode run_alike(int n, struct cell *cells, int first, const struct hc_progress_report *progress,
                                struct side *side, struct hc_study_outcome *outcomes, bool *stopped)
{
  struct hc_pace_outcome outcome = {0};
  int failed = 0;

  PetscFunctionBeginUser;
  side->n = 0;
  for (int i = first; i < n; i++)
    if (cells[i].waits && are_alike(&cells[first], &cells[i])) {
      side->member[side->n++] = i;
      cells[i].waits = false;
    }
  while (side->n > 0 && failed >= 0) {
    PetscCall(pace(cells, side, progress, &outcome, &failed));
    if (failed >= 0) {
      PetscCall(refuse(&outcomes[side->member[failed]], HC_ERR_NUMERIC));
      side->n--;
      memmove(side->member + failed, side->member + failed + 1, sizeof *side->member * (size_t)(side->n - failed));
    }
  }
  *stopped = outcome.stopped;
  if (side->n > 0)
    put_outcomes(side, &outcome, outcomes);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(int n, struct cell *cells, const struct hc_progress_report *progress,
                          struct hc_study_outcome *outcomes, bool *stopped)
{
  struct side side;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  for (int i = 0; i < n && !*stopped; i++)
    if (cells[i].waits) {
      PetscCall(allocate(&cells[i], n, &side));
      code = run_alike(n, cells, i, progress, &side, outcomes, stopped);
      release(&side);
      PetscCall(code);
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_laboratory_side_by_side(int n, const struct hc_laboratory_params *const studies[],
                                          struct hc_device *device, const struct hc_progress_report *progress,
                                          struct hc_study_outcome *outcomes, bool *stopped)
{
  struct cell *cells;
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  *stopped = false;
  PetscCall(PetscCalloc1(n, &cells));
  for (int i = 0; i < n && !code; i++) {
    outcomes[i] = (struct hc_study_outcome){0};
    cells[i].study = studies[i];
    code = work_out(&cells[i], device);
    if (code)
      code = refuse(&outcomes[i], code);
  }
  if (!code)
    code = run(n, cells, progress, outcomes, stopped);
  for (int i = 0; i < n; i++)
    (void)PetscFree2(cells[i].parameters, cells[i].initial);
  PetscCall(PetscFree(cells));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
