#include "internal.h"

#include <math.h>
#include <string.h>

/* Parameters and initial state of cell i. The dose is put into the study's drug while its effect is worked out. */
static PetscErrorCode fill_cell(struct hc_subject *subject, int i)
{
  const struct hc_laboratory_params *study = subject->study;
  struct hc_drug_params *drug = study->cell.drugs.items;
  struct hc_drug_params kept = {0};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  if (subject->doses) {
    kept = *drug;
    drug->dose = study->doses.n > 0 ? subject->doses[i] : NAN;
    drug->concentration_nM = study->doses.n > 0 ? NAN : subject->doses[i];
  }
  code = hc_cell_resolve(&study->cell, &subject->model);
  if (!code && i == 0) {
    PetscCall(PetscMalloc1(subject->n_cells * subject->model->n_parameters, &subject->parameters));
    PetscCall(PetscMalloc1(subject->n_cells * subject->model->n_states, &subject->initial));
  }
  if (!code)
    code = hc_cell_values(&study->cell, subject->model,
                          subject->parameters + (size_t)i * (size_t)subject->model->n_parameters,
                          subject->initial + (size_t)i * (size_t)subject->model->n_states);
  if (subject->doses)
    *drug = kept;
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

struct hc_pacing_params hc_pacing_of(const struct hc_pacing_params *pacing, const struct hc_cell_model *model)
{
  struct hc_pacing_params own = *pacing;
  if (isnan(own.stimulus))
    own.stimulus = model->stimulus;
  if (isnan(own.stimulus_duration))
    own.stimulus_duration = model->stimulus_duration > 0 ? model->stimulus_duration : 1;
  return own;
}

static PetscErrorCode check_pacing(const struct hc_subject *subject)
{
  const struct hc_laboratory_params *study = subject->study;
  double shortest = study->pacing.cycle_length;
  const void *where = &study->pacing.cycle_length;
  const struct hc_reals *list = study->protocol == HC_PROTOCOL_S1S2      ? &study->restitution.intervals
                                : study->protocol == HC_PROTOCOL_DYNAMIC ? &study->restitution.cycle_lengths
                                                                         : NULL;

  PetscFunctionBeginUser;
  for (int i = 0; list && i < list->n; i++)
    if (list->v[i] < shortest) {
      shortest = list->v[i];
      where = &list->v[i];
    }
  PetscCheck(shortest > subject->duration, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %g ms; allowed: more than the %g ms of the stimulus", hc_params_place(study->params, where),
             shortest, subject->duration);
  PetscCheck(!list || subject->stimulus != 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: restitution needs a stimulus, and %s has none of its own; allowed: pacing.stimulus",
             hc_params_place(study->params, &study->protocol), subject->model->name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The adaptive scheme sees errors by comparing two orders: a jump of the right-hand side passes it unseen if it lies
 * late in a step, and a pacemaker's period hangs on small net currents. Small models are where jumps are, and cost
 * CVODE next to nothing. */
struct hc_batch_options hc_batch_options_of(const struct hc_laboratory_params *study, const struct hc_cell_model *model,
                                            double stimulus, struct hc_device *device)
{
  enum { FEW_STATES = 12 };
  struct hc_batch_options options = {
      .step = study->integration.step, .tolerance = study->integration.tolerance, .device = device};
  if (study->protocol == HC_PROTOCOL_CLAMP)
    options.integrator = HC_BATCH_CVODE;
  else if (study->integration.method >= 0)
    options.integrator = (enum hc_batch_integrator)study->integration.method;
  else
    options.integrator = stimulus == 0 || model->n_states < FEW_STATES ? HC_BATCH_CVODE : HC_BATCH_ADAPTIVE;
  if (isnan(options.tolerance))
    options.tolerance = options.integrator == HC_BATCH_CVODE ? 1e-8 : 7e-4;
  return options;
}

static PetscErrorCode build(struct hc_subject *subject, struct hc_device *device)
{
  const struct hc_laboratory_params *study = subject->study;
  struct hc_batch_options options;
  struct hc_pacing_params pacing;

  PetscFunctionBeginUser;
  subject->n_cells = 1;
  if (study->doses.n > 0 || study->concentrations.n > 0) {
    const struct hc_reals *doses = study->doses.n > 0 ? &study->doses : &study->concentrations;
    subject->n_cells = doses->n;
    subject->doses = doses->v;
    subject->dose_key = study->doses.n > 0 ? "dose" : "concentration_nM";
  }
  for (int i = 0; i < subject->n_cells; i++)
    PetscCall(fill_cell(subject, i));
  pacing = hc_pacing_of(&study->pacing, subject->model);
  subject->stimulus = pacing.stimulus;
  subject->duration = pacing.stimulus_duration;
  if (study->protocol != HC_PROTOCOL_CLAMP)
    PetscCall(check_pacing(subject));
  options = hc_batch_options_of(study, subject->model, subject->stimulus, device);
  subject->method = options.integrator;
  PetscCall(hc_batch_create(subject->model, subject->n_cells, subject->parameters, subject->initial, &options,
                            &subject->batch));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_subject_create(const struct hc_laboratory_params *study, struct hc_device *device,
                                 struct hc_subject **subject)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(subject));
  (*subject)->study = study;
  code = build(*subject, device);
  if (code)
    hc_subject_destroy(subject);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_subject_destroy(struct hc_subject **subject)
{
  if (!*subject)
    return;
  hc_batch_destroy(&(*subject)->batch);
  (void)PetscFree((*subject)->parameters);
  (void)PetscFree((*subject)->initial);
  (void)PetscFree(*subject);
}
