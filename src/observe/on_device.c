/* Watching voltages that lie on a device: the same rule of beats there, probes and electrodes when they are due. */
#include "internal.h"

enum { PARTIAL_SUMS = 256 };

struct hc_observe_device {
  struct hc_device *device; /* borrowed */
  struct hc_kernel *begin, *step, *gather, *dot, *sum_up;
  struct hc_buffer *state;         /* of the nodes: width x n_nodes */
  struct hc_buffer *nodes, *value; /* of the points: 8 each */
  struct hc_buffer **weights;      /* of each electrode */
  int n_electrodes;
  struct hc_buffer *partial, *sums;
  double *work; /* the state, the other way round */
};

static PetscErrorCode create_points(const struct hc_observe *observe, struct hc_observe_device *d)
{
  const int n = observe->probe_recorder.traces.n * HC_POINT_NODES;
  int *nodes;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &nodes));
  for (int i = 0; i < n; i++)
    nodes[i] = PetscMax(0, observe->points.node[i]); /* what other ranks own is fetched too, and not used */
  PetscCall(hc_buffer_of(d->device, (size_t)n * sizeof *nodes, nodes, &d->nodes));
  PetscCall(hc_buffer_create(d->device, (size_t)n * hc_device_wide(d->device), &d->value));
  PetscCall(PetscFree(nodes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create(const struct hc_observe *observe, struct hc_observe_device *d)
{
  const struct hc_beats *beats = &observe->beats;
  const size_t n_nodes = (size_t)beats->n_nodes, n_state = n_nodes * (size_t)beats->width;
  static const char text[] = "tissue.h";

  PetscFunctionBeginUser;
  PetscCall(hc_device_kernel(d->device, text, "beats_begin", &d->begin));
  PetscCall(hc_device_kernel(d->device, text, "beats_step", &d->step));
  PetscCall(hc_device_kernel(d->device, text, "gather", &d->gather));
  PetscCall(hc_device_kernel(d->device, text, "sum_products", &d->dot));
  PetscCall(hc_device_kernel(d->device, text, "sum_up", &d->sum_up));
  PetscCall(hc_buffer_create(d->device, n_state * sizeof(double), &d->state));
  PetscCall(PetscMalloc1(n_state, &d->work));
  PetscCall(create_points(observe, d));
  PetscCall(PetscCalloc1(observe->ecg.n, &d->weights));
  d->n_electrodes = observe->ecg.n;
  for (int e = 0; e < observe->ecg.n; e++)
    PetscCall(hc_buffer_of_reals(d->device, hc_device_wide(d->device), n_nodes,
                                 observe->ecg.weight + (size_t)e * n_nodes, &d->weights[e]));
  PetscCall(hc_buffer_create(d->device, PARTIAL_SUMS * sizeof(double), &d->partial));
  PetscCall(hc_buffer_create(d->device, (size_t)observe->ecg.n * sizeof(double), &d->sums));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_observe_move(struct hc_observe *observe, struct hc_device *device)
{
  struct hc_observe_device *d;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&d));
  d->device = device;
  code = create(observe, d);
  if (code)
    hc_observe_device_destroy(&d);
  PetscCall(code);
  observe->moved = d;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_observe_device_destroy(struct hc_observe_device **moved)
{
  struct hc_observe_device *d = *moved;

  if (!d)
    return;
  hc_buffer_destroy(&d->state);
  hc_buffer_destroy(&d->nodes);
  hc_buffer_destroy(&d->value);
  for (int e = 0; e < d->n_electrodes; e++)
    hc_buffer_destroy(&d->weights[e]);
  hc_buffer_destroy(&d->partial);
  hc_buffer_destroy(&d->sums);
  (void)PetscFree(d->weights);
  (void)PetscFree(d->work);
  (void)PetscFree(*moved);
}

/* ---- Steps ------------------------------------------------------------------------------------------------------- */

static PetscErrorCode record_probes(struct hc_observe *observe, const struct hc_buffer *v, double *values)
{
  const struct hc_observe_device *d = observe->moved;
  const struct hc_points *points = &observe->points;
  const int probes = observe->probe_recorder.traces.n, n = probes * HC_POINT_NODES;
  const struct hc_arg arguments[] = {HC_VALUE_ARG(n), HC_BUFFER_ARG(d->nodes), HC_BUFFER_ARG(v),
                                     HC_BUFFER_ARG(d->value)};

  PetscFunctionBeginUser;
  hc_kernel_launch(d->gather, HC_QUEUE_MAIN, (size_t)n, 4, arguments);
  hc_buffer_read_reals(d->value, hc_device_wide(d->device), 0, (size_t)n, points->value);
  for (int i = 0; i < n; i++)
    if (points->node[i] < 0)
      points->value[i] = 0;
  PetscCall(hc_points_interpolate(points, probes, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode record_ecg(struct hc_observe *observe, const struct hc_buffer *v, double *values)
{
  const struct hc_observe_device *d = observe->moved;
  const int n = observe->ecg.n_nodes, n_threads = PARTIAL_SUMS * HC_GROUP, n_partial = PARTIAL_SUMS;

  PetscFunctionBeginUser;
  for (int e = 0; e < observe->ecg.n; e++) {
    const struct hc_arg first[] = {HC_VALUE_ARG(n), HC_VALUE_ARG(n_threads), HC_BUFFER_ARG(d->weights[e]),
                                   HC_BUFFER_ARG(v), HC_BUFFER_ARG(d->partial)};
    const struct hc_arg second[] = {HC_VALUE_ARG(n_partial), HC_BUFFER_ARG(d->partial), HC_VALUE_ARG(e),
                                    HC_BUFFER_ARG(d->sums)};
    hc_kernel_launch(d->dot, HC_QUEUE_MAIN, (size_t)n_threads, 5, first);
    hc_kernel_launch(d->sum_up, HC_QUEUE_MAIN, HC_GROUP, 4, second);
  }
  hc_buffer_read(d->sums, 0, (size_t)observe->ecg.n * sizeof(double), observe->ecg.partial);
  PetscCall(hc_ecg_collect(&observe->ecg, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode record(struct hc_observe *observe, int64_t step, const struct hc_buffer *v)
{
  double *values;
  bool due;

  PetscFunctionBeginUser;
  PetscCall(hc_observe_due(observe, &observe->probe_recorder, step, &due, &values));
  if (due)
    PetscCall(record_probes(observe, v, values));
  PetscCall(hc_observe_due(observe, &observe->ecg_recorder, step, &due, &values));
  if (due)
    PetscCall(record_ecg(observe, v, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_observe_device_start(struct hc_observe *observe, const struct hc_buffer *v)
{
  const struct hc_observe_device *d = observe->moved;
  const int n = observe->beats.n_nodes, width = observe->beats.width;
  const struct hc_arg arguments[] = {HC_VALUE_ARG(n), HC_VALUE_ARG(width), HC_BUFFER_ARG(v), HC_BUFFER_ARG(d->state)};

  PetscFunctionBeginUser;
  hc_kernel_launch(d->begin, HC_QUEUE_MAIN, (size_t)n, 4, arguments);
  PetscCall(hc_observe_fetch(observe)); /* what a device that fails leaves behind */
  PetscCall(record(observe, 0, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_observe_device_steps(struct hc_observe *observe, int64_t first, int64_t step,
                                       const struct hc_buffer *before, const struct hc_buffer *after)
{
  const struct hc_observe_device *d = observe->moved;
  const int n = observe->beats.n_nodes;
  const struct hc_beats_block rule = hc_beats_rule(&observe->beats, first, step);
  const struct hc_arg arguments[] = {HC_BLOCK_ARG(rule), HC_VALUE_ARG(n), HC_BUFFER_ARG(before), HC_BUFFER_ARG(after),
                                     HC_BUFFER_ARG(d->state)};

  PetscFunctionBeginUser;
  hc_kernel_launch(d->step, HC_QUEUE_MAIN, (size_t)n, 5, arguments);
  PetscCall(record(observe, step, after));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- The state there and here ------------------------------------------------------------------------------------ */

PetscErrorCode hc_observe_fetch(struct hc_observe *observe)
{
  const struct hc_beats *beats = &observe->beats;
  const struct hc_observe_device *d = observe->moved;
  const size_t n = (size_t)beats->n_nodes, width = (size_t)beats->width;

  PetscFunctionBeginUser;
  if (!d)
    PetscFunctionReturn(PETSC_SUCCESS);
  hc_buffer_read(d->state, 0, n * width * sizeof(double), d->work);
  if (hc_device_failure(d->device)) /* what came last stays */
    PetscFunctionReturn(PETSC_SUCCESS);
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < width; k++)
      beats->state[i * width + k] = d->work[k * n + i];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_observe_send(struct hc_observe *observe)
{
  const struct hc_beats *beats = &observe->beats;
  const struct hc_observe_device *d = observe->moved;
  const size_t n = (size_t)beats->n_nodes, width = (size_t)beats->width;

  PetscFunctionBeginUser;
  if (!d)
    PetscFunctionReturn(PETSC_SUCCESS);
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < width; k++)
      d->work[k * n + i] = beats->state[i * width + k];
  hc_buffer_write(d->state, 0, n * width * sizeof(double), d->work);
  PetscFunctionReturn(PETSC_SUCCESS);
}
