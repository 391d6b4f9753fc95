/* Memory of a batch (private to batch). */
#ifndef HC_BATCH_INTERNAL_H
#define HC_BATCH_INTERNAL_H

#include "batch.h"

/* Cells of one block advance together; arrays as in struct hc_cell_batch, two of each because a step may be refused. */
struct hc_batch_block {
  double *v, *state, *next_v, *next_state; /* aligned to vectors */
  double step;                             /* ms, what the adaptive scheme would try next */
};

struct hc_batch {
  const struct hc_cell_model *model;
  struct hc_batch_options options;
  int n_cells, n_blocks;
  double t, clamp;    /* ms; mV or NAN */
  double *parameters; /* n_cells x n_parameters */
  int n_fields;       /* parameters that are not the same in all cells */
  int *field_of;
  double *fields;       /* [block][field][lane] */
  double *stim, *error; /* one block */
  double *currents;     /* one block, [current][lane] */
  struct hc_batch_block *blocks;
  void *memory; /* of all vectors */
  struct hc_batch_counts counts;
  int failed;                        /* cell that could not go on, -1: none */
  struct hc_reference *reference;    /* CVODE, NULL for other integrators */
  struct hc_batch_device *on_device; /* NULL: the host computes */
};

/* How many of the block's lanes are cells. */
int hc_batch_block_cells(const struct hc_batch *batch, int block);

/* State s of a cell, here. */
double *hc_batch_state(const struct hc_batch *batch, int cell, int s);

/* Lanes of the last block that stand for no cell repeat the last cell. */
void hc_batch_fill_lanes(const struct hc_batch *batch);

/* Advance one block with the kernels, from batch->t to `until`. */
PetscErrorCode hc_batch_advance_block(struct hc_batch *batch, int block, double until, const double *stimulus,
                                      const struct hc_batch_observer *observer);

/* CVODE for cells of one batch. */
PetscErrorCode hc_reference_create(struct hc_batch *batch);
void hc_reference_destroy(struct hc_batch *batch);
PetscErrorCode hc_reference_advance(struct hc_batch *batch, int cell, double until, double stim,
                                    const struct hc_batch_observer *observer);

/* Cells on batch->options.device, if it can have them: batch->on_device. */
PetscErrorCode hc_batch_device_create(struct hc_batch *batch);
void hc_batch_device_destroy(struct hc_batch *batch);
PetscErrorCode hc_batch_device_advance(struct hc_batch *batch, double until, const double *stimulus);

/* Before the host reads states, and after it has changed them. */
PetscErrorCode hc_batch_to_host(const struct hc_batch *batch);
void hc_batch_host_changed(struct hc_batch *batch);

#endif
