/* Life and memory of a batch. */
#include "internal.h"

#include <math.h>
#include <string.h>

const struct hc_choice hc_batch_integrators[] = {
    {"adaptive", HC_BATCH_ADAPTIVE, "GRL2 (Sundnes et al. 2009) with a step that follows its error"},
    {"rush-larsen", HC_BATCH_RUSH_LARSEN, "the first-order scheme of tissue runs, fixed step"},
    {"grl2", HC_BATCH_GRL2, "GRL2, second order, fixed step"},
    {"cvode", HC_BATCH_CVODE, "SUNDIALS CVODE (BDF): the reference"},
    {0}};

enum { VECTOR = 64 }; /* bytes */

int hc_batch_block_cells(const struct hc_batch *batch, int block)
{
  const int lanes = batch->model->lanes;
  return PetscMin(lanes, batch->n_cells - block * lanes);
}

double *hc_batch_state(const struct hc_batch *batch, int cell, int s)
{
  const int lanes = batch->model->lanes, lane = cell % lanes;
  const struct hc_batch_block *block = &batch->blocks[cell / lanes];
  return s == 0 ? &block->v[lane] : &block->state[(size_t)(s - 1) * (size_t)lanes + (size_t)lane];
}

void hc_batch_fill_lanes(const struct hc_batch *batch)
{
  const int lanes = batch->model->lanes, last = batch->n_blocks - 1;
  const struct hc_batch_block *block = &batch->blocks[last];
  const int n = hc_batch_block_cells(batch, last);
  for (int lane = n; lane < lanes; ++lane) {
    block->v[lane] = block->v[n - 1];
    for (int s = 0; s < batch->model->n_states - 1; ++s)
      block->state[s * lanes + lane] = block->state[s * lanes + n - 1];
  }
}

/* One allocation, cut into arrays that start at vectors. */
static PetscErrorCode cut_memory(struct hc_batch *batch)
{
  const size_t lanes = (size_t)batch->model->lanes, line = (lanes * sizeof(double) + VECTOR - 1) / VECTOR * VECTOR;
  const size_t states = line * (size_t)(batch->model->n_states - 1);
  const size_t size =
      (size_t)batch->n_blocks * 2 * (line + states) + 2 * line + line * (size_t)batch->model->n_currents;
  char *next;
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc(size + VECTOR, &batch->memory));
  next = (char *)(((uintptr_t)batch->memory + VECTOR - 1) / VECTOR * VECTOR);
#define CUT(array, bytes) ((array) = (double *)(void *)next, next += (bytes))
  for (int b = 0; b < batch->n_blocks; ++b) {
    CUT(batch->blocks[b].v, line);
    CUT(batch->blocks[b].next_v, line);
    CUT(batch->blocks[b].state, states);
    CUT(batch->blocks[b].next_state, states);
  }
  CUT(batch->stim, line);
  CUT(batch->error, line);
  CUT(batch->currents, line * (size_t)batch->model->n_currents);
#undef CUT
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Parameters that differ between cells become fields; the rest is shared by all. */
static PetscErrorCode make_fields(struct hc_batch *batch)
{
  const int n = batch->model->n_parameters, lanes = batch->model->lanes;
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &batch->field_of));
  for (int p = 0; p < n; ++p) {
    bool differs = false;
    for (int cell = 1; cell < batch->n_cells && !differs; ++cell)
      differs = batch->parameters[cell * n + p] != batch->parameters[p];
    if (differs)
      batch->field_of[batch->n_fields++] = p;
  }
  PetscCall(PetscMalloc1((size_t)batch->n_blocks * (size_t)batch->n_fields * (size_t)lanes, &batch->fields));
  for (int slot = 0; slot < batch->n_blocks * lanes; ++slot) {
    const int cell = PetscMin(slot, batch->n_cells - 1);
    for (int f = 0; f < batch->n_fields; ++f)
      batch->fields[((size_t)(slot / lanes) * (size_t)batch->n_fields + (size_t)f) * (size_t)lanes +
                    (size_t)(slot % lanes)] = batch->parameters[cell * n + batch->field_of[f]];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode build(struct hc_batch *batch, const double *parameters, const double *initial)
{
  const struct hc_cell_model *model = batch->model;
  const size_t n_values = (size_t)batch->n_cells * (size_t)model->n_parameters;
  PetscFunctionBeginUser;
  PetscCheck(batch->n_cells > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "a batch of %d cells", batch->n_cells);
  PetscCall(PetscCalloc1(batch->n_blocks, &batch->blocks));
  PetscCall(PetscMalloc1(n_values, &batch->parameters));
  PetscCall(PetscArraycpy(batch->parameters, parameters, n_values));
  PetscCall(make_fields(batch));
  PetscCall(cut_memory(batch));
  for (int cell = 0; cell < batch->n_cells; ++cell)
    PetscCall(hc_batch_set(batch, cell, initial + (size_t)cell * (size_t)model->n_states));
  if (batch->options.integrator == HC_BATCH_CVODE)
    PetscCall(hc_reference_create(batch));
  PetscCall(hc_batch_device_create(batch));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_batch_create(const struct hc_cell_model *model, int n_cells, const double *parameters,
                               const double *initial, const struct hc_batch_options *options, struct hc_batch **batch)
{
  PetscErrorCode failed;
  PetscFunctionBeginUser;
  PetscCall(PetscNew(batch));
  (*batch)->model = model;
  (*batch)->options = *options;
  (*batch)->n_cells = n_cells;
  (*batch)->n_blocks = (n_cells + model->lanes - 1) / model->lanes;
  (*batch)->clamp = (double)NAN;
  (*batch)->failed = -1;
  failed = build(*batch, parameters, initial);
  if (failed)
    hc_batch_destroy(batch);
  PetscCall(failed);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_batch_destroy(struct hc_batch **batch)
{
  if (!*batch)
    return;
  hc_reference_destroy(*batch);
  hc_batch_device_destroy(*batch);
  (void)PetscFree((*batch)->blocks);
  (void)PetscFree((*batch)->parameters);
  (void)PetscFree((*batch)->field_of);
  (void)PetscFree((*batch)->fields);
  (void)PetscFree((*batch)->memory);
  (void)PetscFree(*batch);
}

bool hc_batch_on_device(const struct hc_batch *batch)
{
  return batch->on_device != NULL;
}

/* All cells by the host's code. */
static PetscErrorCode advance_here(struct hc_batch *batch, double until, const double *stimulus,
                                   const struct hc_batch_observer *observer)
{
  PetscFunctionBeginUser;
  PetscCall(hc_batch_to_host(batch));
  hc_batch_host_changed(batch);
  if (batch->reference)
    for (int cell = 0; cell < batch->n_cells; ++cell)
      PetscCall(hc_reference_advance(batch, cell, until, stimulus ? stimulus[cell] : 0, observer));
  else
    for (int block = 0; block < batch->n_blocks; ++block)
      PetscCall(hc_batch_advance_block(batch, block, until, stimulus, observer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_batch_advance(struct hc_batch *batch, double until, const double *stimulus,
                                const struct hc_batch_observer *observer)
{
  PetscFunctionBeginUser;
  PetscCheck(until >= batch->t, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "from %g ms back to %g ms", batch->t, until);
  if (batch->on_device && !observer)
    PetscCall(hc_batch_device_advance(batch, until, stimulus));
  else
    PetscCall(advance_here(batch, until, stimulus, observer));
  batch->t = until;
  PetscFunctionReturn(PETSC_SUCCESS);
}

int hc_batch_failed(const struct hc_batch *batch)
{
  return batch->failed;
}

PetscErrorCode hc_batch_clamp(struct hc_batch *batch, double v)
{
  PetscFunctionBeginUser;
  PetscCheck(batch->reference, PETSC_COMM_SELF, PETSC_ERR_SUP, "a voltage clamp needs the integrator cvode");
  batch->clamp = v;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_batch_show(struct hc_batch *batch, const struct hc_batch_observer *observer)
{
  const struct hc_cell_model *model = batch->model;
  double *y, *dydt, *currents;
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(model->n_states, &y, model->n_states, &dydt, model->n_currents, &currents));
  for (int cell = 0; cell < batch->n_cells; ++cell) {
    PetscCall(hc_batch_get(batch, cell, y));
    model->rates(batch->t, y, 0, batch->parameters + (size_t)cell * (size_t)model->n_parameters, dydt, currents);
    const struct hc_batch_sample sample = {
        .t = batch->t, .first = cell, .n = 1, .stride = 1, .v = y, .state = y + 1, .currents = currents};
    observer->see(observer->context, &sample);
  }
  PetscCall(PetscFree3(y, dydt, currents));
  PetscFunctionReturn(PETSC_SUCCESS);
}

double hc_batch_time(const struct hc_batch *batch)
{
  return batch->t;
}

PetscErrorCode hc_batch_set_time(struct hc_batch *batch, double t)
{
  PetscFunctionBeginUser;
  batch->t = t;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_batch_get(const struct hc_batch *batch, int cell, double *y)
{
  PetscFunctionBeginUser;
  PetscCall(hc_batch_to_host(batch));
  for (int s = 0; s < batch->model->n_states; ++s)
    y[s] = *hc_batch_state(batch, cell, s);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_batch_set(struct hc_batch *batch, int cell, const double *y)
{
  PetscFunctionBeginUser;
  PetscCall(hc_batch_to_host(batch));
  for (int s = 0; s < batch->model->n_states; ++s)
    *hc_batch_state(batch, cell, s) = y[s];
  hc_batch_fill_lanes(batch);
  hc_batch_host_changed(batch);
  PetscFunctionReturn(PETSC_SUCCESS);
}

struct hc_batch_counts hc_batch_counted(const struct hc_batch *batch)
{
  return batch->counts;
}
