/* healthcast batch: cells without tissue, many of one model at once, each with its own parameters. Floor 5.
 *
 * What the cell laboratory and cohorts of cells stand on. Cells are advanced in blocks of lanes; the cells of a block
 * share their time steps.
 *
 * On a device each cell is a thread with time steps of its own. Stretches of time under an observer are computed by the
 * host, which fetches the states and sends them back; so are batches of the integrator cvode and of models that have no
 * kernels for devices: hc_batch_on_device() says so. */
#ifndef HC_BATCH_H
#define HC_BATCH_H

#include "kinetics.h"

enum hc_batch_integrator {
  HC_BATCH_ADAPTIVE,    /* hc_cell_model.step2 with a step that follows the error */
  HC_BATCH_RUSH_LARSEN, /* hc_cell_model.step, fixed step */
  HC_BATCH_GRL2,        /* hc_cell_model.step2, fixed step */
  HC_BATCH_CVODE        /* SUNDIALS CVODE (BDF) on hc_cell_model.rates, cell by cell: the reference */
};
extern const struct hc_choice hc_batch_integrators[];

struct hc_batch_options {
  enum hc_batch_integrator integrator;
  double step;              /* ms: of the fixed-step schemes */
  double tolerance;         /* adaptive: largest error of a step by hc_cell_model.step2; CVODE: relative tolerance */
  struct hc_device *device; /* where cells that nobody watches are advanced; NULL: here. It must outlive the batch. */
};

/* What an observer sees: the beginning of an accepted step of the cells of one block. */
struct hc_batch_sample {
  double t;                           /* ms */
  int first, n;                       /* cells first .. first + n - 1 */
  int stride;                         /* of the arrays below */
  const double *v, *state, *currents; /* of cell first + k: v[k]; state s (>= 1): state[(s - 1) * stride + k]; current
                                         c: currents[c * stride + k] */
};

struct hc_batch_observer {
  void *context;
  void (*see)(void *context, const struct hc_batch_sample *sample);
};

/* Counts over all blocks, on a device over all cells, since the batch was made. */
struct hc_batch_counts {
  int64_t steps, rejected;
};

struct hc_batch;

/* n_cells cells of one model. parameters: n_cells x n_parameters; initial: n_cells x n_states (V first). Both are
 * copied. Errors of the device: those of hc_program_create() and hc_buffer_create(). Not collective. */
PetscErrorCode hc_batch_create(const struct hc_cell_model *model, int n_cells, const double *parameters,
                               const double *initial, const struct hc_batch_options *options, struct hc_batch **batch);
void hc_batch_destroy(struct hc_batch **batch);

/* Does the device advance cells that nobody watches? */
bool hc_batch_on_device(const struct hc_batch *batch);

/* Advance all cells from where they are to time `until` (ms, absolute) under a constant stimulus (n_cells, mV/ms; NULL:
 * none): call it once for the stimulus and once for the rest of a beat. The observer (NULL: none) sees the beginning of
 * each step, in order within a block, block after block. A cell whose V leaves the model's limits, that is not finite,
 * or whose step falls below 1e-9 ms is HC_ERR_NUMERIC with its number, time and V; the others keep their state of the
 * last whole step. HC_ERR_DEVICE: the device failed, and with it the states that it had. */
PetscErrorCode hc_batch_advance(struct hc_batch *batch, double until, const double *stimulus,
                                const struct hc_batch_observer *observer);

/* The cell that HC_ERR_NUMERIC was about, -1 if there was none: without it the others may go on in a batch of their
 * own. */
int hc_batch_failed(const struct hc_batch *batch);

/* Hold V (mV) of all cells from now on, or let it go (NAN). HC_BATCH_CVODE only; else PETSC_ERR_SUP. */
PetscErrorCode hc_batch_clamp(struct hc_batch *batch, double v);

/* Show the present state, with its currents, to the observer: closes a trace. */
PetscErrorCode hc_batch_show(struct hc_batch *batch, const struct hc_batch_observer *observer);

double hc_batch_time(const struct hc_batch *batch);
PetscErrorCode hc_batch_set_time(struct hc_batch *batch, double t);

/* States of one cell, n_states values with V first. */
PetscErrorCode hc_batch_get(const struct hc_batch *batch, int cell, double *y);
PetscErrorCode hc_batch_set(struct hc_batch *batch, int cell, const double *y);

struct hc_batch_counts hc_batch_counted(const struct hc_batch *batch);

#endif
