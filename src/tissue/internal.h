/* Internal to tissue. */
#ifndef HC_TISSUE_INTERNAL_H
#define HC_TISSUE_INTERNAL_H

#include "tissue.h"

/* True if local node i lies on the surface with tag 1..31; false for tag 0. */
static inline bool hc_on_surface(const struct hc_mesh *mesh, int i, int64_t tag)
{
  return tag > 0 && ((uint32_t)mesh->surface[i] >> (tag - 1) & 1u) != 0;
}

/* The field of this name with n_comp components, added if it is not there; one with other components is HC_ERR_INPUT.
 * Not collective, the same outcome on all ranks. */
PetscErrorCode hc_tissue_field(struct hc_fields *fields, const char *name, enum hc_location where, int n_comp,
                               double **values);

/* The apex: of the nodes on surface `epi` off surface `base`, those farthest from the centroid of the base's nodes, and
 * all within 1 % of that distance: a cap of a few mm in a human heart. (A single node would not do: the Laplace
 * solution with a value given at one point of a volume depends on the mesh and tends to a constant as it is refined;
 * and where a symmetric mesh has a ring of farthest nodes, all are needed.) apex: per owned node. axis: unit vector
 * from the apex to the base's centroid. The same on any number of ranks. HC_ERR_INPUT if there is no such node.
 * Collective. */
PetscErrorCode hc_tissue_apex(const struct hc_mesh *mesh, int64_t epi, int64_t base, bool *apex, double axis[3]);

/* Fibres by rule on tagged surfaces; see hc_fibres(). Collective. */
PetscErrorCode hc_tissue_ldrb(const struct hc_mesh *mesh, const struct hc_pattern *pattern,
                              const struct hc_fibre_params *params, struct hc_fields *fields);

#endif
