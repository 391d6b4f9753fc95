/* One stimulus: checks of the input and the pulse train. Internal to source. */
#ifndef HC_STIMULUS_H
#define HC_STIMULUS_H

#include "source.h"

/* Everything that can be said without a mesh: keys that fit the shape, order of corners, pulses that do not overlap.
 * HC_ERR_INPUT, the same on every rank. */
PetscErrorCode hc_stimulus_check(const struct hc_stimulus_params *stimulus);

/* Milliseconds of [t, t + dt] during which the stimulus is on. */
double hc_stimulus_overlap(const struct hc_stimulus_params *stimulus, double t, double dt);

/* Is a pulse on at time t? Its ends are blurred by rounding of t: 1e-9 ms, relative beyond 1 ms. */
bool hc_stimulus_on(const struct hc_stimulus_params *stimulus, double t);

/* Owned nodes of the stimulus (local indices, ascending; owned by the caller) and their number over all ranks.
 * HC_ERR_INPUT if there is none, or if a tag or a node number is not of this mesh. Collective. */
PetscErrorCode hc_stimulus_select(const struct hc_mesh *mesh, const struct hc_stimulus_params *stimulus, int *n,
                                  int **nodes, int64_t *total);

#endif
