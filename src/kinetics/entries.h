/* Entries of the input list `cells`, checked against the tables of their models (private to kinetics). */
#ifndef HC_KINETICS_ENTRIES_H
#define HC_KINETICS_ENTRIES_H

#include "kinetics.h"

/* The model of an entry, all values that the entry gives checked. */
PetscErrorCode hc_cells_resolve(const struct hc_cells_params *entry, const struct hc_cell_model **model);

/* Parameters (n_parameters) and initial state (n_states, V first) of a checked entry: the model's, with the entry's own
 * values in their place. */
PetscErrorCode hc_cells_values(const struct hc_cells_params *entry, const struct hc_cell_model *model,
                               double *parameters, double *initial);

#endif
