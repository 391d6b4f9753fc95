/* Blocks of cells through time with the kernels: fixed steps, or steps that follow the error.
 *
 * The error of a step is that of its first-order companion, so it shrinks with the square of the step, and the next
 * step is chosen such that it would meet the tolerance (Hairer, Norsett & Wanner 1993, II.4). */
#include "internal.h"

#include <math.h>
#include <string.h>

static const double step_start = 0.01; /* ms, after every change of the stimulus */
static const double step_least = 1e-9, step_most = 10.0;

static PetscErrorCode check_v(struct hc_batch *batch, int block, double t)
{
  const struct hc_cell_model *model = batch->model;
  const double *v = batch->blocks[block].v;
  PetscFunctionBeginUser;
  for (int lane = 0; lane < hc_batch_block_cells(batch, block); ++lane)
    if (!(v[lane] >= model->v_limits[0] && v[lane] <= model->v_limits[1])) {
      batch->failed = block * model->lanes + lane;
      SETERRQ(PETSC_COMM_SELF, HC_ERR_NUMERIC, "cell %d of %s: V is %.6g mV at %.6g ms; allowed: %.6g to %.6g mV",
              batch->failed, model->name, v[lane], t, model->v_limits[0], model->v_limits[1]);
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double largest_error(const struct hc_batch *batch)
{
  double largest = 0;
  for (int lane = 0; lane < batch->model->lanes; ++lane)
    if (!(batch->error[lane] <= largest)) /* true for a NaN, which then stays */
      largest = batch->error[lane];
  return largest;
}

/* The lane of that error. */
static int worst_lane(const struct hc_batch *batch)
{
  int worst = 0;
  for (int lane = 1; lane < batch->model->lanes; ++lane)
    if (!(batch->error[lane] <= batch->error[worst]) && !isnan(batch->error[worst]))
      worst = lane;
  return worst;
}

static void show(struct hc_batch *batch, int block, double t, const struct hc_batch_observer *observer)
{
  const struct hc_batch_block *b = &batch->blocks[block];
  const struct hc_batch_sample sample = {.t = t,
                                         .first = block * batch->model->lanes,
                                         .n = hc_batch_block_cells(batch, block),
                                         .stride = batch->model->lanes,
                                         .v = b->v,
                                         .state = b->state,
                                         .currents = batch->currents};
  if (observer)
    observer->see(observer->context, &sample);
}

static void swap_copies(struct hc_batch_block *block)
{
  double *const v = block->v, *const state = block->state;
  block->v = block->next_v;
  block->state = block->next_state;
  block->next_v = v;
  block->next_state = state;
}

/* A step that meets the tolerance, at most `left` ms. *dt: what it was. */
static PetscErrorCode accepted_step(struct hc_batch *batch, const struct hc_cell_batch *cells,
                                    struct hc_batch_block *block, double t, double left, double *dt)
{
  const double tolerance = batch->options.tolerance;
  PetscFunctionBeginUser;
  for (;;) {
    /* two halves rather than a whole and a sliver */
    *dt = block->step >= left ? left : PetscMin(block->step, 0.5 * left);
    batch->model->step2(cells, t, *dt, block->next_v, block->next_state, batch->error, batch->currents);
    const double error = largest_error(batch), factor = 0.9 * sqrt(tolerance / (error + 1e-300));
    if (error <= tolerance) {
      const double next = PetscMin(*dt * PetscMin(PetscMax(factor, 0.5), 3.0), step_most);
      block->step = *dt < block->step ? PetscMax(block->step, next) : next; /* a step cut short says less */
      PetscFunctionReturn(PETSC_SUCCESS);
    }
    batch->counts.rejected++;
    block->step = *dt * (factor > 0.2 ? factor : 0.2); /* a NaN gives 0.2 */
    if (block->step <= step_least) {
      const int index = (int)(block - batch->blocks), last = hc_batch_block_cells(batch, index) - 1;
      const int lane = PetscMin(worst_lane(batch), last); /* lanes beyond the last cell repeat it */
      batch->failed = index * batch->model->lanes + lane;
      SETERRQ(PETSC_COMM_SELF, HC_ERR_NUMERIC,
              "cell %d of %s: the time step fell below %.6g ms at %.6g ms (V: %.6g mV)", batch->failed,
              batch->model->name, step_least, t, block->v[lane]);
    }
  }
}

static PetscErrorCode advance_adaptive(struct hc_batch *batch, int index, struct hc_cell_batch *cells, double until,
                                       const struct hc_batch_observer *observer)
{
  struct hc_batch_block *block = &batch->blocks[index];
  double t = batch->t, dt;
  PetscFunctionBeginUser;
  block->step = step_start;
  while (t < until) {
    cells->v = block->v;
    cells->state = block->state;
    PetscCall(accepted_step(batch, cells, block, t, until - t, &dt));
    show(batch, index, t, observer);
    swap_copies(block);
    t = until - t > dt ? t + dt : until;
    batch->counts.steps++;
    PetscCall(check_v(batch, index, t));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode advance_fixed(struct hc_batch *batch, int index, struct hc_cell_batch *cells, double until,
                                    const struct hc_batch_observer *observer)
{
  const double span = until - batch->t;
  const int64_t steps = (int64_t)ceil(span / batch->options.step - 1e-9);
  const double dt = steps > 0 ? span / (double)steps : 0;
  const size_t n_state = (size_t)batch->model->lanes * (size_t)(batch->model->n_states - 1);
  struct hc_batch_block *block = &batch->blocks[index];
  PetscFunctionBeginUser;
  for (int64_t step = 0; step < steps; ++step) {
    const double t = batch->t + (double)step * dt;
    cells->v = block->v;
    cells->state = block->state;
    if (observer || batch->options.integrator == HC_BATCH_GRL2)
      batch->model->step2(cells, t, dt, block->next_v, block->next_state, NULL, batch->currents);
    show(batch, index, t, observer);
    if (batch->options.integrator == HC_BATCH_RUSH_LARSEN) {
      memcpy(block->next_v, block->v, (size_t)batch->model->lanes * sizeof(double));
      memcpy(block->next_state, block->state, n_state * sizeof(double));
      cells->v = block->next_v;
      cells->state = block->next_state;
      batch->model->step(cells, t, dt);
    }
    swap_copies(block);
    batch->counts.steps++;
    PetscCall(check_v(batch, index, t + dt));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_batch_advance_block(struct hc_batch *batch, int block, double until, const double *stimulus,
                                      const struct hc_batch_observer *observer)
{
  const int lanes = batch->model->lanes;
  struct hc_cell_batch cells = {
      .n_blocks = 1,
      .stim = stimulus ? batch->stim : NULL,
      .parameters = batch->parameters,
      .n_fields = batch->n_fields,
      .field_of = batch->field_of,
      .fields = batch->n_fields > 0 ? batch->fields + (size_t)block * (size_t)batch->n_fields * (size_t)lanes : NULL};
  PetscFunctionBeginUser;
  for (int lane = 0; stimulus && lane < lanes; ++lane)
    batch->stim[lane] = stimulus[PetscMin(block * lanes + lane, batch->n_cells - 1)];
  if (batch->options.integrator == HC_BATCH_ADAPTIVE)
    PetscCall(advance_adaptive(batch, block, &cells, until, observer));
  else
    PetscCall(advance_fixed(batch, block, &cells, until, observer));
  PetscFunctionReturn(PETSC_SUCCESS);
}
