/* What was seen over time, on rank 0. */
#include "internal.h"

#include <math.h>
#include <string.h>

PetscErrorCode hc_recorder_create(const char *title, const struct hc_list *items, const struct hc_params *tree,
                                  const double *every, double dt, struct hc_recorder *recorder)
{
  const struct hc_probe_params *item = items->items;
  const double steps = *every / dt;

  PetscFunctionBeginUser;
  *recorder = (struct hc_recorder){.traces = {.title = title, .n = items->n, .unit = "mV"}};
  PetscCall(PetscMalloc1((size_t)items->n, &recorder->names));
  for (int i = 0; i < items->n; i++)
    recorder->names[i] = item[i].name;
  recorder->traces.names = recorder->names;
  if (items->n == 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  recorder->every = (int64_t)llround(steps);
  if (fabs(steps - (double)recorder->every) > 1e-6 || (*every > 0. && recorder->every == 0)) {
    char text[128];
    snprintf(text, sizeof text, "found %g; allowed: a multiple of the time step %g (ms)", *every, dt);
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s", hc_params_place(tree, every), text);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_recorder_destroy(struct hc_recorder *recorder)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(recorder->names));
  PetscCall(PetscFree(recorder->traces.samples));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode reserve(struct hc_recorder *recorder, int64_t n)
{
  PetscFunctionBeginUser;
  if (n > recorder->capacity) {
    recorder->capacity = n > 2 * recorder->capacity ? n : 2 * recorder->capacity;
    PetscCall(PetscRealloc((size_t)recorder->capacity * (size_t)(1 + recorder->traces.n) * sizeof(double),
                           &recorder->traces.samples));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_recorder_sample(struct hc_recorder *recorder, double time, double **values)
{
  struct hc_traces *traces = &recorder->traces;

  PetscFunctionBeginUser;
  PetscCall(reserve(recorder, traces->n_samples + 1));
  double *row = traces->samples + traces->n_samples++ * (1 + traces->n);
  row[0] = time;
  *values = row + 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_recorder_restore(struct hc_recorder *recorder, int rank, const struct hc_traces *traces)
{
  PetscFunctionBeginUser;
  PetscCheck(traces->n == recorder->traces.n, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s to be restored have %d columns; allowed: %d, as in the case", recorder->traces.title, traces->n,
             recorder->traces.n);
  recorder->traces.n_samples = 0;
  if (rank == 0 && traces->n_samples > 0) {
    PetscCall(reserve(recorder, traces->n_samples));
    memcpy(recorder->traces.samples, traces->samples,
           (size_t)traces->n_samples * (size_t)(1 + traces->n) * sizeof(double));
    recorder->traces.n_samples = traces->n_samples;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
