/* Which node gets which entry of the input list `cells`. Internal to model. */
#ifndef HC_ASSIGN_H
#define HC_ASSIGN_H

#include "field.h"
#include "kinetics.h"

/* entry[i] of each owned node: the first entry that fits. HC_ERR_INPUT: a region that no cell has, a field that is not
 * there, a node that no entry fits. Collective. */
PetscErrorCode hc_assign_cells(const struct hc_mesh *mesh, const struct hc_fields *fields, int n_entries,
                               const struct hc_cells_params *entries, int *entry);

/* Is `region` one of the entry's? An entry without regions is for all. */
bool hc_assign_has_region(const struct hc_cells_params *entry, int64_t region);

#endif
