#include "internal.h"

#include <string.h>

enum { CLOCK_STEP, CLOCK_DT, CLOCK_FRAMES, CLOCK_SIZE };
enum { ITEM_CLOCK, ITEM_V, ITEM_CELLS, ITEM_OBSERVE, ITEM_PROBES, ITEM_ECG, N_ITEMS };

struct hc_snapshot {
  int64_t step; /* -1: empty */
  int n_owned;
  double clock[CLOCK_SIZE];
  double *v, *cells, *observe;
  struct hc_traces probes, ecg; /* samples are borrowed from the observer, which only appends to them */
  int cells_width, observe_width;
};

PetscErrorCode hc_snapshot_create(const struct hc_twin *twin, struct hc_snapshot **snapshot)
{
  struct hc_snapshot *s;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(1, snapshot));
  s = *snapshot;
  s->step = -1;
  s->n_owned = twin->mesh->n_owned;
  s->cells_width = hc_kinetics_width(twin->model->kinetics);
  s->observe_width = hc_observe_width(twin->observe);
  PetscCall(PetscMalloc1(s->n_owned, &s->v));
  PetscCall(PetscMalloc1((size_t)s->n_owned * s->cells_width, &s->cells));
  PetscCall(PetscMalloc1((size_t)s->n_owned * s->observe_width, &s->observe));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_snapshot_destroy(struct hc_snapshot **snapshot)
{
  if (!*snapshot)
    return;
  PetscCallVoid(PetscFree((*snapshot)->v));
  PetscCallVoid(PetscFree((*snapshot)->cells));
  PetscCallVoid(PetscFree((*snapshot)->observe));
  PetscCallVoid(PetscFree(*snapshot));
}

PetscErrorCode hc_snapshot_take(struct hc_snapshot *s, const struct hc_twin *twin, int64_t frames)
{
  PetscFunctionBeginUser;
  s->step = twin->clock.step;
  s->clock[CLOCK_STEP] = (double)twin->clock.step; /* exact below 2^53 */
  s->clock[CLOCK_DT] = twin->clock.dt;
  s->clock[CLOCK_FRAMES] = (double)frames;
  PetscCall(PetscArraycpy(s->v, hc_monodomain_v(twin->model, false), s->n_owned));
  PetscCall(hc_kinetics_pack(twin->model->kinetics, s->cells));
  PetscCall(hc_observe_fetch(twin->observe));
  PetscCall(hc_observe_pack(twin->observe, s->observe));
  hc_observe_traces(twin->observe, &s->probes, &s->ecg);
  PetscFunctionReturn(PETSC_SUCCESS);
}

int64_t hc_snapshot_step(const struct hc_snapshot *snapshot)
{
  return snapshot->step;
}

/* Numbers of a trace, the same on all ranks although rank 0 alone holds the samples. */
static PetscErrorCode trace_size(MPI_Comm comm, const struct hc_traces *traces, int *n)
{
  PetscFunctionBeginUser;
  *n = (int)traces->n_samples * (1 + traces->n);
  PetscCallMPI(MPI_Bcast(n, 1, MPI_INT, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_snapshot_write(const struct hc_snapshot *s, const struct hc_twin *twin, const char *path,
                                 const char *fingerprint)
{
  struct hc_traces probes = s->probes, ecg = s->ecg, now[2];
  int n_probes, n_ecg;

  PetscFunctionBeginUser;
  /* The observer may have moved its samples when it appended to them; the first n_samples are the snapshot's. */
  hc_observe_traces(twin->observe, &now[0], &now[1]);
  probes.samples = now[0].samples;
  ecg.samples = now[1].samples;
  PetscCall(trace_size(twin->mesh->comm, &probes, &n_probes));
  PetscCall(trace_size(twin->mesh->comm, &ecg, &n_ecg));
  const struct hc_checkpoint_item items[N_ITEMS] = {
      [ITEM_CLOCK] = {"clock", false, CLOCK_SIZE, (double *)s->clock},
      [ITEM_V] = {"V", true, 1, s->v},
      [ITEM_CELLS] = {"cells", true, s->cells_width, s->cells},
      [ITEM_OBSERVE] = {"observe", true, s->observe_width, s->observe},
      [ITEM_PROBES] = {"probes", false, n_probes, probes.samples},
      [ITEM_ECG] = {"ecg", false, n_ecg, ecg.samples},
  };
  PetscCall(hc_checkpoint_write(twin->mesh, path, fingerprint, N_ITEMS, items));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Give a trace room for the samples that the file holds. */
static PetscErrorCode trace_room(MPI_Comm comm, const char *path, const char *name, struct hc_traces *traces, int *n)
{
  PetscFunctionBeginUser;
  PetscCall(hc_checkpoint_shape(comm, path, name, n));
  PetscCheck(*n >= 0 && *n % (1 + traces->n) == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %d numbers of %s; allowed: a multiple of %d", path, *n, name, 1 + traces->n);
  traces->n_samples = *n / (1 + traces->n);
  PetscCall(PetscMalloc1(*n, &traces->samples));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The next step is as long as it was going to be. */
static PetscErrorCode look_ahead(struct hc_twin *twin)
{
  char message[256];
  bool bad;

  PetscFunctionBeginUser;
  PetscCall(hc_monodomain_watch(twin->model, &twin->clock, false, &bad, message, sizeof message));
  PetscCheck(!bad, PETSC_COMM_SELF, HC_ERR_NUMERIC, "%s", message);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_snapshot_restore(struct hc_twin *twin, const char *path, const char *fingerprint, int64_t *frames)
{
  struct hc_snapshot *s;
  struct hc_traces probes, ecg;
  int n_probes, n_ecg;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  /* Of another case first of all: its shapes differ too, but that would say less. */
  PetscCall(hc_checkpoint_read(twin->mesh, path, fingerprint, 0, NULL));
  PetscCall(hc_snapshot_create(twin, &s));
  hc_observe_traces(twin->observe, &probes, &ecg);
  probes.samples = ecg.samples = NULL;
  code = trace_room(twin->mesh->comm, path, "probes", &probes, &n_probes);
  if (!code)
    code = trace_room(twin->mesh->comm, path, "ecg", &ecg, &n_ecg);
  if (!code) {
    const struct hc_checkpoint_item items[N_ITEMS] = {
        [ITEM_CLOCK] = {"clock", false, CLOCK_SIZE, s->clock},
        [ITEM_V] = {"V", true, 1, s->v},
        [ITEM_CELLS] = {"cells", true, s->cells_width, s->cells},
        [ITEM_OBSERVE] = {"observe", true, s->observe_width, s->observe},
        [ITEM_PROBES] = {"probes", false, n_probes, probes.samples},
        [ITEM_ECG] = {"ecg", false, n_ecg, ecg.samples},
    };
    code = hc_checkpoint_read(twin->mesh, path, fingerprint, N_ITEMS, items);
  }
  if (!code)
    code = hc_kinetics_unpack(twin->model->kinetics, s->cells);
  if (!code)
    code = hc_kinetics_send(twin->model->kinetics);
  if (!code)
    code = hc_observe_unpack(twin->observe, s->observe);
  if (!code)
    code = hc_observe_traces_restore(twin->observe, &probes, &ecg);
  if (!code) {
    double *v = hc_monodomain_v(twin->model, true);
    PetscCall(PetscArraycpy(v, s->v, s->n_owned));
    twin->clock.step = (int64_t)s->clock[CLOCK_STEP];
    PetscCall(hc_kinetics_resume(twin->model->kinetics, s->cells, twin->clock.step, v));
    PetscCall(look_ahead(twin));
    *frames = (int64_t)s->clock[CLOCK_FRAMES];
  }
  PetscCall(PetscFree(probes.samples));
  PetscCall(PetscFree(ecg.samples));
  hc_snapshot_destroy(&s);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
