/* Parts of observe: beats.c watches nodes, points.c looks at points between nodes, ecg.c at electrodes outside,
 * traces.c keeps what was seen over time. */
#ifndef HC_OBSERVE_INTERNAL_H
#define HC_OBSERVE_INTERNAL_H

#include "kernels/beats.h"
#include "observe.h"

enum { HC_POINT_NODES = 8 }; /* most nodes that a cell has */

/* ---- Nodes (beats.c) ------------------------------------------------------------------------------------------- */

/* What is kept of a node, in doubles so that a checkpoint is a copy: kernels/beats.h says what, and does it. */
struct hc_beats {
  double threshold, refractory, dt; /* mV, ms, ms */
  int n_beats, n_percents;
  const double *percents; /* borrowed */
  double end_percent;     /* repolarisation that ends a beat: the largest percentage */
  int n_nodes, width;
  double *state; /* n_nodes x width */
};

PetscErrorCode hc_beats_create(const struct hc_observe_params *params, int n_nodes, double dt, struct hc_beats *beats);
PetscErrorCode hc_beats_destroy(struct hc_beats *beats);
void hc_beats_start(struct hc_beats *beats, const double *v);
/* From the end of step `first` to that of step `last`. */
void hc_beats_step(struct hc_beats *beats, int64_t first, int64_t last, const double *before, const double *after);

/* The rule and the stretch of time of a step, as the kernels want them. */
struct hc_beats_block hc_beats_rule(const struct hc_beats *beats, int64_t first, int64_t last);

static inline const double *hc_beats_record(const struct hc_beats *beats, int node, int beat)
{
  const size_t first = (size_t)node * (size_t)beats->width + HC_NODE_HEADER;
  return beats->state + first + (size_t)beat * (size_t)(HC_BEAT_REPOLARISED + beats->n_percents);
}

/* ---- Points (points.c) ----------------------------------------------------------------------------------------- */

struct hc_points {
  MPI_Comm comm; /* borrowed */
  int n;
  int *node;      /* n x 8: owned index, -1 if another rank owns the node or there is none */
  double *weight; /* n x 8, the same on all ranks */
  double *value;  /* n x 8, work */
};

/* points: 3 n coordinates in mm; places[i] begins the message if point i is outside the mesh. Collective. */
PetscErrorCode hc_points_create(const struct hc_mesh *mesh, int n, const double *points, const char *const places[],
                                struct hc_points *set);
PetscErrorCode hc_points_destroy(struct hc_points *set);
/* values[n] on rank 0 = nodal values (owned nodes, `stride` apart) interpolated at the first n points. The sums are
 * taken over the nodes of a cell in their order, so that the bits do not depend on the number of ranks. Collective. */
PetscErrorCode hc_points_values(const struct hc_points *set, int n, const double *nodal, int stride, double *values);
/* The same once set->value holds this rank's values. */
PetscErrorCode hc_points_interpolate(const struct hc_points *set, int n, double *values);

/* ---- Electrodes (ecg.c) ---------------------------------------------------------------------------------------- */

struct hc_ecg {
  MPI_Comm comm; /* borrowed */
  int n, n_nodes, size;
  double *weight;  /* n x n_nodes: potential in mV per mV of the node */
  double *partial; /* size x n on rank 0, n elsewhere: work */
};

PetscErrorCode hc_ecg_create(const struct hc_mesh *mesh, const double *intracellular,
                             const struct hc_observe_params *params, struct hc_ecg *ecg);
PetscErrorCode hc_ecg_destroy(struct hc_ecg *ecg);
/* values[n] on rank 0: sums over ranks in their order. Collective. */
PetscErrorCode hc_ecg_values(const struct hc_ecg *ecg, const double *v, double *values);
/* The same once the first n of ecg->partial hold this rank's sums. */
PetscErrorCode hc_ecg_collect(const struct hc_ecg *ecg, double *values);

/* ---- Traces (traces.c) ----------------------------------------------------------------------------------------- */

struct hc_recorder {
  struct hc_traces traces;
  const char **names;
  int64_t capacity; /* samples */
  int64_t every;    /* steps; 0: never */
};

/* items: struct hc_probe_params. every: ms, refused with its place in the tree if it is not a multiple of dt. */
PetscErrorCode hc_recorder_create(const char *title, const struct hc_list *items, const struct hc_params *tree,
                                  const double *every, double dt, struct hc_recorder *recorder);
PetscErrorCode hc_recorder_destroy(struct hc_recorder *recorder);
/* Room for one more sample on rank 0: its time is set, *values is where the rest goes. */
PetscErrorCode hc_recorder_sample(struct hc_recorder *recorder, double time, double **values);
PetscErrorCode hc_recorder_restore(struct hc_recorder *recorder, int rank, const struct hc_traces *traces);

/* ---- All of it ------------------------------------------------------------------------------------------------- */

struct hc_observe {
  const struct hc_mesh *mesh;             /* borrowed */
  const struct hc_observe_params *params; /* borrowed */
  double dt;                              /* ms */
  struct hc_beats beats;
  struct hc_points points; /* probes, then both ends of each velocity */
  struct hc_ecg ecg;
  struct hc_recorder probe_recorder, ecg_recorder;
  char (*names)[48];               /* of the nodal fields */
  struct hc_observe_device *moved; /* NULL: the host watches */
};

/* Which probes and electrodes are due at this step: a row of the recorder for them on rank 0 (*row: where values go).
 */
PetscErrorCode hc_observe_due(struct hc_observe *observe, struct hc_recorder *recorder, int64_t step, bool *due,
                              double **row);

/* ---- On a device (on_device.c) ----------------------------------------------------------------------------------- */

void hc_observe_device_destroy(struct hc_observe_device **moved);
PetscErrorCode hc_observe_send(struct hc_observe *observe); /* the state of the nodes to the device */

#endif
