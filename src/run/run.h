/* healthcast run: one twin from case to results. Floor 7. */
#ifndef HC_RUN_H
#define HC_RUN_H

#include "case.h"

/* A case, built: mesh, model and observers. Plain data, owned. */
struct hc_twin {
  const struct hc_case *heart; /* borrowed */
  struct hc_mesh *mesh;
  struct hc_fields *fields;
  struct hc_monodomain *model;
  struct hc_observe *observe;
  struct hc_device *device; /* borrowed; NULL: the host computes */
  struct hc_buffer *before; /* V before a step, there */
  struct hc_clock clock;
  int64_t repaired; /* inverted cells that were repaired */
  double setup_seconds;
};

/* Build the twin: mesh, partition, fibres, matrices, cells, stimuli, observers; all that a step needs is on the device
 * then, if there is one. Nothing is written. Collective. */
PetscErrorCode hc_twin_create(MPI_Comm comm, const struct hc_case *heart, struct hc_device *device,
                              struct hc_twin **twin);
void hc_twin_destroy(struct hc_twin **twin);

/* One time step, or as many at once as an adaptive model allows, but not beyond step number `last`; watched:
 * HC_ERR_NUMERIC names step, time, node and coordinates if the result cannot be used, HC_ERR_DEVICE says whose device
 * failed. `before` (n_owned) receives V before the step, unless there is a device. Collective. */
PetscErrorCode hc_twin_step(struct hc_twin *twin, int64_t last, double *before);

struct hc_run_options {
  const char *case_path;
  const char *folder;              /* where results go */
  bool restart;                    /* go on from folder/checkpoint.h5 if it is there */
  bool overwrite;                  /* drop an unfinished run in folder */
  bool disposable;                 /* nobody will look at the folder of a run that fails: leave nothing there then */
  bool quiet;                      /* no progress */
  bool bar;                        /* a moving bar even if stderr is no terminal, as under mpiexec */
  struct hc_device_options device; /* backend NULL: cpu */
};

enum hc_run_outcome { HC_RUN_FINISHED = 0, HC_RUN_INTERRUPTED = 1 };

/* Run a case to its end, or to a SIGTERM (checkpoint and stop) - SIGUSR1 writes a checkpoint and goes on. Leaves
 * results.h5, results.xdmf, summary.json, case.used.yaml in the folder. Errors: HC_ERR_INPUT (checkpoint of another
 * case; an unfinished run that would be lost), HC_ERR_NUMERIC and HC_ERR_DEVICE (with a checkpoint of the last good
 * state), HC_ERR_ENVIRONMENT. Collective. */
PetscErrorCode hc_run(MPI_Comm comm, const struct hc_case *heart, const struct hc_run_options *options,
                      enum hc_run_outcome *outcome);

#endif
