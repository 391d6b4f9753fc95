/* healthcast source: stimuli. Floor 4. */
#ifndef HC_SOURCE_H
#define HC_SOURCE_H

#include "device.h"
#include "field.h"
#include "mesh.h"
#include "params.h"

enum hc_stimulus_shape { HC_STIM_BOX = 0, HC_STIM_SPHERE, HC_STIM_REGION, HC_STIM_SURFACE, HC_STIM_NODES };
enum hc_stimulus_kind { HC_STIM_CURRENT = 0, HC_STIM_VOLTAGE };

/* One entry of the input list `stimuli`. A key that its shape has no use for is absent: n = 0 in a list, NAN in a
 * number. */
struct hc_stimulus_params {
  const struct hc_params *params;
  char *name;
  int shape;
  struct hc_reals min, max; /* box, mm */
  struct hc_reals centre;   /* sphere, mm */
  double radius;            /* sphere, mm */
  struct hc_ints tags;      /* region or surface tags */
  struct hc_ints nodes;     /* node numbers in file order */
  int kind;
  double amplitude;       /* current: uA/mm3; voltage: mV */
  double start, duration; /* ms */
  double period;          /* ms, 0: no train */
  int64_t count;          /* pulses of the train, 0: no end; without a period there is one pulse */
};
extern const struct hc_block hc_stimulus_block;

struct hc_source;

/* current_scale turns uA/mm3 into mV/ms: 1 / (chi Cm). Boxes and spheres include nodes on their boundary (to 1e-9 of
 * the mesh's longest side). HC_ERR_INPUT, with the place in the input: a key that the shape lacks or has no use for, a
 * lower corner above the upper one, a negative radius, pulses that overlap, a tag or node number that the mesh does not
 * have, and a stimulus that touches no node ("outside the mesh": its extent beside the mesh's). Collective. */
PetscErrorCode hc_source_create(const struct hc_mesh *mesh, int n, const struct hc_stimulus_params *stimuli,
                                double current_scale, struct hc_source **source);
void hc_source_destroy(struct hc_source **source);

/* Mean current over [t, t + dt] per owned node in mV/ms (so that a pulse delivers its charge whatever the step);
 * *active false and current untouched if no current flows in that interval. Not collective. */
PetscErrorCode hc_source_current(const struct hc_source *source, double t, double dt, double *current, bool *active);

/* Impose voltage clamps that are on at time t (start <= t < start + duration, of each pulse, to the rounding of t). Not
 * collective. */
PetscErrorCode hc_source_clamp(const struct hc_source *source, double t, double *v);

/* Put the nodes on a device too, where the following two do the same asynchronously: current and v are buffers of
 * numbers of hc_device_wide() bytes, of which the first n_owned are meant. Not collective. */
PetscErrorCode hc_source_move(struct hc_source *source, struct hc_device *device);
void hc_source_device_current(const struct hc_source *source, double t, double dt, struct hc_buffer *current,
                              bool *active);
void hc_source_device_clamp(const struct hc_source *source, double t, struct hc_buffer *v);

/* Mark the owned nodes (n_owned flags) on which a current flows within [t, t + dt] or a clamp is on at t; *any false
 * and marks untouched if there is neither, on any rank. Not collective. */
PetscErrorCode hc_source_mark(const struct hc_source *source, double t, double dt, bool *marks, bool *any);

/* Of the n steps of dt from number `step` on, how many pass before a current flows or a clamp is on: 0 to n, the same
 * on all ranks. Not collective. */
int64_t hc_source_idle(const struct hc_source *source, int64_t step, double dt, int64_t n);

/* Nodes of stimulus i over all ranks. */
int64_t hc_source_nodes(const struct hc_source *source, int i);

#endif
