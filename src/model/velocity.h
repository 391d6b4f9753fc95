/* How fast a wave runs on a mesh: cables, curves, their store. Internal to model. */
#ifndef HC_VELOCITY_H
#define HC_VELOCITY_H

#include "model.h"

/* Velocity of a plane wave, mm/ms, in a cable of unit diffusion (1 mm2/ms) whose nodes lie `spacing` mm apart: a box of
 * hexahedra one cell wide, stepped by the model itself with the cells of `entry` (nodal fields and regions are left
 * out) and the splitting, reaction scheme, step and diffusion of `numerics`. By scaling, tissue of diffusion D and
 * spacing h conducts at sqrt(D) times the velocity for spacing h / sqrt(D).
 *
 * One end is held at 10 mV; a node is activated when V passes half way from the initial V to there (-37 mV in a
 * ventricular cell: in the middle of the upstroke), interpolated linearly within the step. The velocity is that over
 * the third quarter of the cable, which is made longer until it agrees with that over the second to 1 %. 0 if there
 * is no such wave. Local to this rank; cost: about 1e5 node-steps for a wave of 2 mm/ms at a spacing of 0.25 mm and
 * steps of 0.05 ms. */
PetscErrorCode hc_cable_velocity(const struct hc_monodomain_params *numerics, const struct hc_cells_params *entry,
                                 double spacing, double *velocity);

/* Curves for the cells entries that nodes of calibrated mesh cells have (hc_tissue_calibrated()), and which one each
 * local node has: -1 for others and for cells that do not conduct. Entries of the same model, parameters and initial
 * state share a curve. HC_ERR_INPUT with the entry's place if a calibrated mesh cell has no node that conducts. Curves
 * that are not stored are measured, spread over the ranks: about a second of one core for TTP06 and steps of 0.05 ms.
 * Free *curves, also after an error. Collective. */
PetscErrorCode hc_velocity_curves_create(const struct hc_mesh *mesh, const struct hc_monodomain_params *params,
                                         const int *entry, const bool *calibrated, struct hc_velocity_curves *curves);
void hc_velocity_curves_free(struct hc_velocity_curves *curves);

/* hc_tissue_tensors() with the curves that it needs; entry: owned nodes. Collective. */
PetscErrorCode hc_model_tensors(const struct hc_mesh *mesh, const struct hc_fields *fields,
                                const struct hc_monodomain_params *params, const int *entry, double *diffusion,
                                double *intracellular, struct hc_region_factors *factors);

/* The store of measured velocities: a file for each key (SHA-256, hexadecimal) in $HEALTHCAST_CACHE, else
 * $XDG_CACHE_HOME/healthcast, else $HOME/.cache/healthcast. A file that is not there, cannot be read, is damaged or has
 * another number of values is not *found. Not collective: call them on one rank. */
void hc_velocity_store_read(const char *key, int n, double *values, bool *found);

/* A file is written beside and renamed, so that others never see half of one. Where it cannot be written nothing
 * happens. about: what the key stands for, for people who look into the file. */
void hc_velocity_store_write(const char *key, const char *about, int n, const double *values);

#endif
