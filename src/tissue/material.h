/* Entries of `tissue.regions`, checked, and which mesh cells they are for. Internal to tissue. */
#ifndef HC_MATERIAL_H
#define HC_MATERIAL_H

#include "tissue.h"

/* One entry, ready to use: along fibre, sheet, normal. */
struct hc_material {
  bool calibrated;                       /* needs velocity curves */
  bool own_intracellular;                /* beside velocities */
  double velocity[3];                    /* m/s; 0: conductivities are given */
  double effective[3], intracellular[3]; /* S/m, scaled */
};

/* A tag and the entry that names it; sorted by tag. */
struct hc_naming {
  int64_t tag;
  int entry;
  int64_t cells;
};

struct hc_materials {
  int n;
  struct hc_material *list; /* owned */
  int n_named;
  struct hc_naming *named; /* owned */
  int rest;                /* the entry without tags, -1: none */
  double product;          /* chi Cm, uF/mm3 */
};

/* HC_ERR_INPUT as hc_tissue_tensors() says. Destroy *m, also after an error. Collective. */
PetscErrorCode hc_materials_create(const struct hc_mesh *mesh, const struct hc_tissue_params *params,
                                   struct hc_materials *m);
PetscErrorCode hc_materials_destroy(struct hc_materials *m);

/* The entry for cells with the tag. */
int hc_material_of(const struct hc_materials *m, int64_t tag);

#endif
