/* Shared by the files of tumour only. */
#ifndef HC_TUMOUR_INTERNAL_H
#define HC_TUMOUR_INTERNAL_H

#include "kernels/tumour.h"

#include "tumour.h"

/* ---- tissue.c ---------------------------------------------------------------------------------------------------- */

/* Diffusion tensor of each local cell (6) where that of white matter is 1. Collective. */
PetscErrorCode hc_tissue_relative(const struct hc_tumour *tumour, double *tensor);
/* Share of the proliferation at owned nodes; *relative NULL if it is 1 everywhere on all ranks. Collective. */
PetscErrorCode hc_tissue_proliferation(const struct hc_tumour *tumour, double **relative);
/* Share of grey matter in each local cell. Collective. */
PetscErrorCode hc_tissue_grey(const struct hc_tumour *tumour, double *grey);

/* ---- tumour.c ---------------------------------------------------------------------------------------------------- */

/* The matrix of the cells' diffusion for the present share of grey matter and the present stress, if it is not that
 * already. Collective. */
PetscErrorCode hc_tumour_assemble(struct hc_tumour *tumour);

/* ---- mechanics.c ------------------------------------------------------------------------------------------------- */

/* Collective. */
PetscErrorCode hc_mechanics_create(struct hc_tumour *tumour, const struct hc_mechanics_params *params);
void hc_mechanics_destroy(struct hc_mechanics **mechanics);
/* No displacement, which is due. */
void hc_mechanics_begin(struct hc_tumour *tumour);
/* Day of the next solution after the last one. */
double hc_mechanics_next(const struct hc_mechanics *mechanics);
/* Damp 6 numbers of each local cell: exp(-damping von Mises stress). */
void hc_mechanics_damp(const struct hc_tumour *tumour, double *tensor);

/* ---- treat.c ----------------------------------------------------------------------------------------------------- */

/* A fraction of radiation or a resection. Collective. */
PetscErrorCode hc_tumour_treat(struct hc_tumour *tumour, const struct hc_event *event);

/* ---- react.c: loops over nodes on the host ----------------------------------------------------------------------- */

void hc_react_one(const struct hc_tumour_block *block, double *u, const double *relative);
void hc_react_three(const struct hc_tumour_block *block, double *p, double *n, double *s, const double *relative);

/* ---- on_device.c ------------------------------------------------------------------------------------------------- */

PetscErrorCode hc_tumour_move(struct hc_tumour *tumour);
void hc_tumour_device_destroy(struct hc_tumour_device **moved);
/* Species on the device, up to date; change: what is there will be newer than on the host. */
struct hc_buffer *hc_tumour_device_species(struct hc_tumour *tumour, int species, bool change);
void hc_tumour_device_fetch(struct hc_tumour *tumour, int species, bool change);
void hc_tumour_device_react(struct hc_tumour *tumour, const struct hc_tumour_block *block);
/* Integral over this rank's nodes, mm3. */
double hc_tumour_device_sum(struct hc_tumour *tumour, int species);

/* ---- distance.c -------------------------------------------------------------------------------------------------- */

/* Points of all ranks, found by nearness. */
struct hc_cloud;

/* n points (3 coordinates, mm) of this rank; bin: mm, about the distances that matter. Collective. */
PetscErrorCode hc_cloud_create(MPI_Comm comm, int n, const double *points, double bin, struct hc_cloud **cloud);
void hc_cloud_destroy(struct hc_cloud **cloud);
int64_t hc_cloud_size(const struct hc_cloud *cloud);
/* Distance to the nearest point, INFINITY if that is beyond `most` or there is none. */
double hc_cloud_distance(const struct hc_cloud *cloud, const double x[3], double most);

/* Where a nodal function (n_local values, halo up to date) takes the value on edges of this rank's own cells: *n
 * points, freed with PetscFree. */
PetscErrorCode hc_surface_points(const struct hc_mesh *mesh, const double *values, double value, int *n,
                                 double **points);

#endif
