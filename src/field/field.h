/* healthcast field: named arrays over a distributed mesh, each with its unit. Floor 3. */
#ifndef HC_FIELD_H
#define HC_FIELD_H

#include "mesh.h"

struct hc_field {
  char *name;
  char *unit; /* "" if none */
  enum hc_location where;
  int n_comp;
  double *values; /* n_comp per local node (owned and halo) or local cell, interleaved; owned */
};

struct hc_fields; /* a set of fields of one mesh, found by name and place */

PetscErrorCode hc_fields_create(const struct hc_mesh *mesh, struct hc_fields **fields);
void hc_fields_destroy(struct hc_fields **fields);

/* Add a zeroed field; HC_ERR_INPUT if the name is taken. Not collective. The pointer lives as long as the set. */
PetscErrorCode hc_fields_add(struct hc_fields *fields, const char *name, const char *unit, enum hc_location where,
                             int n_comp, struct hc_field **field);
/* NULL if there is none. */
struct hc_field *hc_fields_find(const struct hc_fields *fields, const char *name, enum hc_location where);
int hc_fields_count(const struct hc_fields *fields);
struct hc_field *hc_fields_get(const struct hc_fields *fields, int i);

/* Distribute all fields of a slab over the mesh that was made from it. Collective. */
PetscErrorCode hc_fields_from_slab(const struct hc_slab *slab, struct hc_fields *fields);

#endif
