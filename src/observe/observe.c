#include "internal.h"

#include <math.h>
#include <string.h>

/* Nodal fields: activation, then repolarisation and duration per percentage, then peak and rest. */
int hc_observe_n_fields(const struct hc_observe *observe)
{
  return 3 + 2 * observe->params->apd.n;
}

static PetscErrorCode name_fields(struct hc_observe *observe)
{
  const struct hc_reals *apd = &observe->params->apd;
  const int n = hc_observe_n_fields(observe);
  const size_t size = sizeof observe->names[0];

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1((size_t)n, &observe->names));
  snprintf(observe->names[0], size, "activation");
  for (int p = 0; p < apd->n; p++) {
    snprintf(observe->names[1 + 2 * p], size, "repolarisation_%g", apd->v[p]);
    snprintf(observe->names[2 + 2 * p], size, "apd_%g", apd->v[p]);
  }
  snprintf(observe->names[n - 2], size, "peak");
  snprintf(observe->names[n - 1], size, "rest");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Probes and the ends of velocities, with the places of their coordinates in the input. */
static PetscErrorCode locate_points(struct hc_observe *observe)
{
  enum { PLACE = 512 };
  const struct hc_observe_params *params = observe->params;
  const struct hc_probe_params *probe = params->probes.items;
  const struct hc_velocity_params *velocity = params->velocities.items;
  const int n = params->probes.n + 2 * params->velocities.n;
  double *points;
  const char **places;
  char *text;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(3 * (size_t)n, &points));
  PetscCall(PetscMalloc1((size_t)n, &places));
  PetscCall(PetscMalloc1((size_t)n * PLACE, &text));
  for (int i = 0; i < n; i++) {
    const int v = (i - params->probes.n) / 2;
    const bool is_probe = i < params->probes.n, from = (i - params->probes.n) % 2 == 0;
    const struct hc_reals *point = is_probe ? &probe[i].point : from ? &velocity[v].from : &velocity[v].to;
    const struct hc_params *tree = is_probe ? probe[i].params : velocity[v].params;
    memcpy(points + 3 * (size_t)i, point->v, 3 * sizeof *points);
    places[i] = text + (size_t)i * PLACE;
    snprintf(text + (size_t)i * PLACE, PLACE, "%s", hc_params_place(tree, point));
  }
  const PetscErrorCode code = hc_points_create(observe->mesh, n, points, places, &observe->points);
  PetscCall(PetscFree(points));
  PetscCall(PetscFree(places));
  PetscCall(PetscFree(text));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode build(struct hc_observe *observe, const double *intracellular)
{
  const struct hc_observe_params *params = observe->params;

  PetscFunctionBeginUser;
  PetscCall(hc_recorder_create("probes", &params->probes, params->params, &params->probe_every, observe->dt,
                               &observe->probe_recorder));
  PetscCall(hc_recorder_create("ecg", &params->electrodes, params->params, &params->ecg_every, observe->dt,
                               &observe->ecg_recorder));
  PetscCall(name_fields(observe));
  PetscCall(locate_points(observe));
  PetscCall(hc_ecg_create(observe->mesh, intracellular, params, &observe->ecg));
  PetscCall(hc_beats_create(params, observe->mesh->n_owned, observe->dt, &observe->beats));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_observe_create(const struct hc_mesh *mesh, const double *intracellular, double dt,
                                 const struct hc_observe_params *params, struct hc_observe **observe)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(1, observe));
  (*observe)->mesh = mesh;
  (*observe)->params = params;
  (*observe)->dt = dt;
  const PetscErrorCode code = build(*observe, intracellular);
  if (code)
    hc_observe_destroy(observe);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_observe_destroy(struct hc_observe **observe)
{
  struct hc_observe *o = *observe;
  if (!o)
    return;
  hc_observe_device_destroy(&o->moved);
  PetscCallVoid(hc_beats_destroy(&o->beats));
  PetscCallVoid(hc_points_destroy(&o->points));
  PetscCallVoid(hc_ecg_destroy(&o->ecg));
  PetscCallVoid(hc_recorder_destroy(&o->probe_recorder));
  PetscCallVoid(hc_recorder_destroy(&o->ecg_recorder));
  PetscCallVoid(PetscFree(o->names));
  PetscCallVoid(PetscFree(*observe));
}

/* ---- Steps ------------------------------------------------------------------------------------------------------- */

PetscErrorCode hc_observe_due(struct hc_observe *observe, struct hc_recorder *recorder, int64_t step, bool *due,
                              double **row)
{
  PetscFunctionBeginUser;
  *due = recorder->every > 0 && step % recorder->every == 0;
  *row = NULL;
  if (*due && observe->mesh->rank == 0)
    PetscCall(hc_recorder_sample(recorder, (double)step * observe->dt, row));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Sample what is due at this step. */
static PetscErrorCode record(struct hc_observe *observe, int64_t step, const double *v)
{
  double *values;
  bool due;

  PetscFunctionBeginUser;
  PetscCall(hc_observe_due(observe, &observe->probe_recorder, step, &due, &values));
  if (due)
    PetscCall(hc_points_values(&observe->points, observe->probe_recorder.traces.n, v, 1, values));
  PetscCall(hc_observe_due(observe, &observe->ecg_recorder, step, &due, &values));
  if (due)
    PetscCall(hc_ecg_values(&observe->ecg, v, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_observe_start(struct hc_observe *observe, const double *v)
{
  PetscFunctionBeginUser;
  hc_beats_start(&observe->beats, v);
  PetscCall(record(observe, 0, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_observe_steps(struct hc_observe *observe, int64_t first, int64_t step, const double *before,
                                const double *after)
{
  PetscFunctionBeginUser;
  hc_beats_step(&observe->beats, first, step, before, after);
  PetscCall(record(observe, step, after));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_observe_step(struct hc_observe *observe, int64_t step, const double *before, const double *after)
{
  PetscFunctionBeginUser;
  PetscCall(hc_observe_steps(observe, step - 1, step, before, after));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int64_t hc_observe_next(const struct hc_observe *observe, int64_t step)
{
  const int64_t every[] = {observe->probe_recorder.every, observe->ecg_recorder.every};
  int64_t next = INT64_MAX;

  for (size_t i = 0; i < sizeof every / sizeof every[0]; i++)
    if (every[i] > 0 && step + every[i] - step % every[i] < next)
      next = step + every[i] - step % every[i];
  return next;
}

/* ---- Results ----------------------------------------------------------------------------------------------------- */

PetscErrorCode hc_observe_field(const struct hc_observe *observe, int i, int beat, const char **name, const char **unit,
                                double *values)
{
  const struct hc_beats *beats = &observe->beats;
  const int n = hc_observe_n_fields(observe);

  PetscFunctionBeginUser;
  PetscAssert(i >= 0 && i < n && beat >= 0 && beat < beats->n_beats, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
              "field %d of %d, beat %d of %d", i, n, beat, beats->n_beats);
  const bool duration = i > 0 && i < n - 2 && i % 2 == 0;
  const int item = i == 0       ? HC_BEAT_ACTIVATION
                   : i == n - 2 ? HC_BEAT_PEAK
                   : i == n - 1 ? HC_BEAT_REST
                                : HC_BEAT_REPOLARISED + (i - 1) / 2;
  *name = observe->names[i];
  *unit = i < n - 2 ? "ms" : "mV";
  for (int k = 0; k < beats->n_nodes; k++) {
    const double *own = hc_beats_record(beats, k, beat);
    values[k] = own[item] - (duration ? own[HC_BEAT_ACTIVATION] : 0.);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

int hc_observe_beats(const struct hc_observe *observe)
{
  const struct hc_beats *beats = &observe->beats;
  int most = 0;

  for (int i = 0; i < beats->n_nodes; i++)
    most = (int)fmax(most, fmin(beats->n_beats, beats->state[(size_t)i * (size_t)beats->width + HC_NODE_COUNT]));
  MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPI_INT, MPI_MAX, observe->mesh->comm);
  return most;
}

/* ---- Checkpoints ------------------------------------------------------------------------------------------------- */

int hc_observe_width(const struct hc_observe *observe)
{
  return observe->beats.width;
}

PetscErrorCode hc_observe_pack(const struct hc_observe *observe, double *values)
{
  const struct hc_beats *beats = &observe->beats;

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(values, beats->state, (size_t)beats->n_nodes * (size_t)beats->width));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_observe_unpack(struct hc_observe *observe, const double *values)
{
  const struct hc_beats *beats = &observe->beats;

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(beats->state, values, (size_t)beats->n_nodes * (size_t)beats->width));
  PetscCall(hc_observe_send(observe));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_observe_traces(const struct hc_observe *observe, struct hc_traces *probes, struct hc_traces *ecg)
{
  *probes = observe->probe_recorder.traces;
  *ecg = observe->ecg_recorder.traces;
}

PetscErrorCode hc_observe_traces_restore(struct hc_observe *observe, const struct hc_traces *probes,
                                         const struct hc_traces *ecg)
{
  PetscFunctionBeginUser;
  PetscCall(hc_recorder_restore(&observe->probe_recorder, observe->mesh->rank, probes));
  PetscCall(hc_recorder_restore(&observe->ecg_recorder, observe->mesh->rank, ecg));
  PetscFunctionReturn(PETSC_SUCCESS);
}
