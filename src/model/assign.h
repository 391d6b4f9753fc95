/* Which node gets which entry of the input list `cells`. Internal to model. */
#ifndef HC_ASSIGN_H
#define HC_ASSIGN_H

#include "field.h"
#include "kinetics.h"

/* entry[i] of each owned node: the first entry that fits. HC_ERR_INPUT: a region that no cell has, a field that is not
 * there, a node that no entry fits. Collective. */
PetscErrorCode hc_assign_cells(const struct hc_mesh *mesh, const struct hc_fields *fields, int n_entries,
                               const struct hc_cells_params *entries, int *entry);

/* Values at the owned nodes of what `text` names: a nodal field, a coordinate x, y or z in mm, or "a + b*name" of one
 * (with either part left out, or "-"). HC_ERR_INPUT with the place: no such field, one of several components. The same
 * on all ranks. */
PetscErrorCode hc_nodal_values(const struct hc_mesh *mesh, const struct hc_fields *fields, const char *place,
                               const char *text, double *values);

/* Parameters that differ from node to node, for hc_kinetics_create(). */
struct hc_assigned {
  int n;
  struct hc_cell_field *fields;
  double *values; /* of the fields, n_owned each */
};

/* The fields of all entries, checked: HC_ERR_INPUT with place, file number of the node and its coordinates for a value
 * that leaves the range of its parameter, of nodes that have the entry. Free *assigned, also after an error.
 * Collective. */
PetscErrorCode hc_assign_fields(const struct hc_mesh *mesh, const struct hc_fields *fields, int n_entries,
                                const struct hc_cells_params *entries, const struct hc_cell_model *const *models,
                                const int *entry, struct hc_assigned *assigned);
void hc_assigned_free(struct hc_assigned *assigned);

/* Is `region` one of the entry's? An entry without regions is for all. */
bool hc_assign_has_region(const struct hc_cells_params *entry, int64_t region);

#endif
