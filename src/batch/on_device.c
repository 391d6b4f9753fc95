/* Cells on a device: one thread a cell, arrays of structures turned into structures of arrays.
 *
 * States lie on the host, on the device, or are the same on both. They move when one side needs what the other has: the
 * host for observers, which want every step, and for reading single cells; the device for all other stretches. */
#include "device.h"
#include "internal.h"
#include "kernels/pace.h"

#include <math.h>
#include <string.h>

static const double step_start = 0.01; /* ms, as on the host */

/* Steps that a launch tries. A beat takes hundreds of steps, one cell more than the next; drivers stop kernels that run
 * for seconds. */
enum { ATTEMPTS = 2000 };

struct hc_batch_device {
  struct hc_device *device;
  struct hc_program *program;
  struct hc_kernel *advance; /* the integrator's */
  struct hc_kernel *check;   /* of V after fixed steps; belongs to the device */
  int stride;
  size_t block_bytes;
  char *block;             /* struct hc_cells_block: parameters, then the field of each */
  struct hc_buffer *v;     /* [stride] wide */
  struct hc_buffer *state; /* [n_states - 1][stride] real */
  struct hc_buffer *fields, *stim;
  struct hc_buffer *status, *time, *step, *found, *counts; /* how far each cell has come, and what became of it */
  double *staging;                                         /* [n_states][stride] */
  double *numbers;                                         /* [stride] */
  int *status_here;
  int64_t *counts_here;
  bool host_is_newer, device_is_newer;
};

static PetscErrorCode check_device(const struct hc_batch_device *d)
{
  const char *failure = hc_device_failure(d->device);
  PetscFunctionBeginUser;
  PetscCheck(!failure, PETSC_COMM_SELF, HC_ERR_DEVICE, "%s", failure);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Life -------------------------------------------------------------------------------------------------------- */

/* The first cell's parameters; those that differ between cells are read from fields. */
static PetscErrorCode make_block(const struct hc_batch *batch, struct hc_batch_device *d)
{
  const int n = batch->model->n_parameters;
  const size_t real = hc_device_real(d->device);
  PetscFunctionBeginUser;
  d->block_bytes = (size_t)n * (real + sizeof(int));
  d->block_bytes = (d->block_bytes + real - 1) / real * real;
  PetscCall(PetscCalloc1(d->block_bytes, &d->block));
  for (int p = 0; p < n; ++p) {
    const float single = (float)batch->parameters[p];
    int field = -1;
    for (int f = 0; f < batch->n_fields; ++f)
      field = batch->field_of[f] == p ? f : field;
    memcpy(d->block + (size_t)p * real, real == sizeof(float) ? (const void *)&single : &batch->parameters[p], real);
    memcpy(d->block + (size_t)n * real + (size_t)p * sizeof(int), &field, sizeof(int));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode make_fields(const struct hc_batch *batch, struct hc_batch_device *d)
{
  const size_t n = (size_t)batch->n_fields * (size_t)d->stride;
  double *fields;
  PetscErrorCode code;
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n, &fields));
  for (int f = 0; f < batch->n_fields; ++f)
    for (int cell = 0; cell < batch->n_cells; ++cell)
      fields[(size_t)f * (size_t)d->stride + (size_t)cell] =
          batch->parameters[(size_t)cell * (size_t)batch->model->n_parameters + (size_t)batch->field_of[f]];
  code = hc_buffer_of_reals(d->device, hc_device_real(d->device), n, fields, &d->fields);
  PetscCall(PetscFree(fields));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode make_kernels(const struct hc_batch *batch, struct hc_batch_device *d)
{
  static const char *const kernels[] = {
      [HC_BATCH_ADAPTIVE] = "cells_pace", [HC_BATCH_RUSH_LARSEN] = "cells_step", [HC_BATCH_GRL2] = "cells_step2"};
  PetscFunctionBeginUser;
  PetscCall(hc_cell_program(d->device, batch->model, batch->n_fields, batch->field_of, &d->program));
  PetscCall(hc_program_kernel(d->program, kernels[batch->options.integrator], &d->advance));
  PetscCall(hc_device_kernel(d->device, "cells.h", "cells_check", &d->check));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode build(const struct hc_batch *batch, struct hc_batch_device *d)
{
  const size_t n = (size_t)d->stride, n_states = (size_t)batch->model->n_states;
  const size_t real = hc_device_real(d->device), wide = hc_device_wide(d->device);
  PetscFunctionBeginUser;
  PetscCall(make_kernels(batch, d));
  PetscCall(make_block(batch, d));
  PetscCall(make_fields(batch, d));
  PetscCall(hc_buffer_create(d->device, n * wide, &d->v));
  PetscCall(hc_buffer_create(d->device, n * (n_states - 1) * real, &d->state));
  PetscCall(hc_buffer_create(d->device, n * wide, &d->stim));
  PetscCall(hc_buffer_create(d->device, n * wide, &d->found));
  PetscCall(hc_buffer_create(d->device, n * sizeof(int), &d->status));
  PetscCall(hc_buffer_create(d->device, n * sizeof(double), &d->time));
  PetscCall(hc_buffer_create(d->device, n * sizeof(double), &d->step));
  PetscCall(hc_buffer_create(d->device, 2 * n * sizeof(int64_t), &d->counts));
  PetscCall(PetscCalloc4(n * n_states, &d->staging, n, &d->numbers, n, &d->status_here, 2 * n, &d->counts_here));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_batch_device_create(struct hc_batch *batch)
{
  struct hc_batch_device *d;
  PetscFunctionBeginUser;
  if (!batch->options.device || batch->options.integrator == HC_BATCH_CVODE || !hc_cell_on_device(batch->model))
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscNew(&d));
  batch->on_device = d; /* the batch frees what a failure leaves */
  d->device = batch->options.device;
  d->stride = (batch->n_cells + HC_GROUP - 1) / HC_GROUP * HC_GROUP;
  d->host_is_newer = true;
  PetscCall(build(batch, d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_batch_device_destroy(struct hc_batch *batch)
{
  struct hc_batch_device *d = batch->on_device;
  if (!d)
    return;
  struct hc_buffer **const buffers[] = {&d->v,    &d->state, &d->fields, &d->stim,  &d->status,
                                        &d->time, &d->step,  &d->found,  &d->counts};
  for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); ++i)
    hc_buffer_destroy(buffers[i]);
  hc_program_destroy(&d->program);
  (void)PetscFree4(d->staging, d->numbers, d->status_here, d->counts_here);
  (void)PetscFree(d->block);
  (void)PetscFree(batch->on_device);
}

/* ---- To and fro -------------------------------------------------------------------------------------------------- */

static void send_states(struct hc_batch *batch, struct hc_batch_device *d)
{
  const size_t n = (size_t)d->stride, n_states = (size_t)batch->model->n_states;
  if (!d->host_is_newer)
    return;
  for (size_t s = 0; s < n_states; ++s)
    for (int cell = 0; cell < batch->n_cells; ++cell)
      d->staging[s * n + (size_t)cell] = *hc_batch_state(batch, cell, (int)s);
  hc_buffer_write_reals(d->v, hc_device_wide(d->device), 0, n, d->staging);
  hc_buffer_write_reals(d->state, hc_device_real(d->device), 0, n * (n_states - 1), d->staging + n);
  d->host_is_newer = false;
}

PetscErrorCode hc_batch_to_host(const struct hc_batch *batch)
{
  struct hc_batch_device *d = batch->on_device;
  PetscFunctionBeginUser;
  if (!d || !d->device_is_newer)
    PetscFunctionReturn(PETSC_SUCCESS);
  const size_t n = (size_t)d->stride, n_states = (size_t)batch->model->n_states;
  hc_buffer_read_reals(d->v, hc_device_wide(d->device), 0, n, d->staging);
  hc_buffer_read_reals(d->state, hc_device_real(d->device), 0, n * (n_states - 1), d->staging + n);
  PetscCall(check_device(d));
  for (size_t s = 0; s < n_states; ++s)
    for (int cell = 0; cell < batch->n_cells; ++cell)
      *hc_batch_state(batch, cell, (int)s) = d->staging[s * n + (size_t)cell];
  hc_batch_fill_lanes(batch);
  d->device_is_newer = false;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_batch_host_changed(struct hc_batch *batch)
{
  if (batch->on_device)
    batch->on_device->host_is_newer = true;
}

/* ---- Advancing --------------------------------------------------------------------------------------------------- */

/* A cell that was given up: its potential and time. */
static PetscErrorCode report(struct hc_batch *batch, struct hc_batch_device *d, int cell)
{
  const struct hc_buffer *potential = batch->options.integrator == HC_BATCH_ADAPTIVE ? d->v : d->found;
  const char *name = batch->model->name;
  const double *limits = batch->model->v_limits;
  double t = 0, v = 0;
  PetscFunctionBeginUser;
  batch->failed = cell;
  hc_buffer_read(d->time, (size_t)cell * sizeof(double), sizeof(double), &t);
  hc_buffer_read_reals(potential, hc_device_wide(d->device), (size_t)cell, 1, &v);
  PetscCall(check_device(d));
  PetscCheck(d->status_here[cell] != HC_PACE_STEP, PETSC_COMM_SELF, HC_ERR_NUMERIC,
             "cell %d of %s: the time step fell below %.6g ms at %.6g ms (V: %.6g mV)", cell, name, HC_PACE_STEP_LEAST,
             t, v);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_NUMERIC, "cell %d of %s: V is %.6g mV at %.6g ms; allowed: %.6g to %.6g mV", cell,
          name, v, t, limits[0], limits[1]);
}

/* Fetch how all cells stand; *running: some are not at the end. HC_ERR_NUMERIC for the first that was given up. */
static PetscErrorCode look(struct hc_batch *batch, struct hc_batch_device *d, bool *running)
{
  PetscFunctionBeginUser;
  hc_buffer_read(d->status, 0, (size_t)batch->n_cells * sizeof(int), d->status_here);
  PetscCall(check_device(d));
  *running = false;
  for (int cell = 0; cell < batch->n_cells; ++cell) {
    *running = *running || d->status_here[cell] == HC_PACE_RUNNING;
    if (d->status_here[cell] == HC_PACE_STEP || d->status_here[cell] == HC_PACE_OUT_OF_V)
      PetscCall(report(batch, d, cell));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All cells at batch->t, with the step that each stretch of time begins with, and nothing counted. */
static PetscErrorCode set_clocks(const struct hc_batch *batch, struct hc_batch_device *d)
{
  const size_t n = (size_t)batch->n_cells;
  PetscFunctionBeginUser;
  for (size_t cell = 0; cell < n; ++cell)
    d->status_here[cell] = HC_PACE_RUNNING;
  hc_buffer_write(d->status, 0, n * sizeof(int), d->status_here);
  for (size_t cell = 0; cell < n; ++cell)
    d->numbers[cell] = batch->t;
  hc_buffer_write(d->time, 0, n * sizeof(double), d->numbers);
  for (size_t cell = 0; cell < n; ++cell)
    d->numbers[cell] = step_start;
  hc_buffer_write(d->step, 0, n * sizeof(double), d->numbers);
  PetscCall(PetscArrayzero(d->counts_here, 2 * n));
  hc_buffer_write(d->counts, 0, 2 * n * sizeof(int64_t), d->counts_here);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode pace(struct hc_batch *batch, struct hc_batch_device *d, struct hc_buffer *stim, double until)
{
  const int n = batch->n_cells, attempts = ATTEMPTS;
  const double *limits = batch->model->v_limits;
  const struct hc_arg args[] = {{HC_ARG_BLOCK, d->block_bytes, d->block},
                                HC_VALUE_ARG(n),
                                HC_VALUE_ARG(d->stride),
                                HC_BUFFER_ARG(NULL),
                                HC_BUFFER_ARG(d->v),
                                HC_BUFFER_ARG(d->state),
                                HC_BUFFER_ARG(stim),
                                HC_BUFFER_ARG(d->fields),
                                HC_VALUE_ARG(until),
                                HC_VALUE_ARG(batch->options.tolerance),
                                HC_VALUE_ARG(limits[0]),
                                HC_VALUE_ARG(limits[1]),
                                HC_VALUE_ARG(attempts),
                                HC_BUFFER_ARG(d->time),
                                HC_BUFFER_ARG(d->step),
                                HC_BUFFER_ARG(d->status),
                                HC_BUFFER_ARG(d->counts)};
  bool running = until > batch->t;
  PetscFunctionBeginUser;
  while (running) {
    hc_kernel_launch(d->advance, HC_QUEUE_MAIN, (size_t)n, (int)(sizeof(args) / sizeof(args[0])), args);
    PetscCall(look(batch, d, &running));
  }
  hc_buffer_read(d->counts, 0, 2 * (size_t)n * sizeof(int64_t), d->counts_here);
  PetscCall(check_device(d));
  for (int cell = 0; cell < n; ++cell) {
    batch->counts.steps += d->counts_here[cell];
    batch->counts.rejected += d->counts_here[n + cell];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode take_steps(struct hc_batch *batch, struct hc_batch_device *d, struct hc_buffer *stim,
                                 double until)
{
  const int n = batch->n_cells;
  const double *limits = batch->model->v_limits, span = until - batch->t;
  const int64_t steps = (int64_t)ceil(span / batch->options.step - 1e-9);
  const double dt = steps > 0 ? span / (double)steps : 0;
  bool running;
  PetscFunctionBeginUser;
  for (int64_t step = 0; step < steps; ++step) {
    const double t = batch->t + (double)step * dt, end = t + dt;
    const struct hc_arg args[] = {{HC_ARG_BLOCK, d->block_bytes, d->block},
                                  HC_VALUE_ARG(n),
                                  HC_VALUE_ARG(d->stride),
                                  HC_BUFFER_ARG(NULL),
                                  HC_BUFFER_ARG(d->v),
                                  HC_BUFFER_ARG(d->state),
                                  HC_BUFFER_ARG(stim),
                                  HC_BUFFER_ARG(d->fields),
                                  HC_VALUE_ARG(t),
                                  HC_VALUE_ARG(dt)};
    const struct hc_arg check[] = {HC_VALUE_ARG(n),         HC_BUFFER_ARG(d->v),    HC_VALUE_ARG(limits[0]),
                                   HC_VALUE_ARG(limits[1]), HC_VALUE_ARG(end),      HC_BUFFER_ARG(d->status),
                                   HC_BUFFER_ARG(d->time),  HC_BUFFER_ARG(d->found)};
    hc_kernel_launch(d->advance, HC_QUEUE_MAIN, (size_t)n, (int)(sizeof(args) / sizeof(args[0])), args);
    hc_kernel_launch(d->check, HC_QUEUE_MAIN, (size_t)n, (int)(sizeof(check) / sizeof(check[0])), check);
    batch->counts.steps += n;
    if (step % ATTEMPTS == ATTEMPTS - 1)
      PetscCall(look(batch, d, &running)); /* a runaway ends it early, and the queue stays short */
  }
  PetscCall(look(batch, d, &running));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_batch_device_advance(struct hc_batch *batch, double until, const double *stimulus)
{
  struct hc_batch_device *d = batch->on_device;
  struct hc_buffer *stim = stimulus ? d->stim : NULL;
  PetscFunctionBeginUser;
  send_states(batch, d);
  if (stimulus)
    hc_buffer_write_reals(d->stim, hc_device_wide(d->device), 0, (size_t)batch->n_cells, stimulus);
  PetscCall(set_clocks(batch, d));
  d->device_is_newer = true;
  if (batch->options.integrator == HC_BATCH_ADAPTIVE)
    PetscCall(pace(batch, d, stim, until));
  else
    PetscCall(take_steps(batch, d, stim, until));
  PetscFunctionReturn(PETSC_SUCCESS);
}
