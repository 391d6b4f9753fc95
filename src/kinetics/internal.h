/* Shared by the files of kinetics only. */
#ifndef HC_KINETICS_INTERNAL_H
#define HC_KINETICS_INTERNAL_H

#include "kinetics.h"

/* ---- cell.c: names of a model ------------------------------------------------------------------------------------ */

/* Index of a parameter, a state (V is 0) or a current by its name, -1 if the model has none. */
int hc_find_parameter(const struct hc_cell_model *model, const char *name);
int hc_find_state(const struct hc_cell_model *model, const char *name);
int hc_find_current(const struct hc_cell_model *model, const char *name);

/* The parameter that a factor on `name` is put on: a parameter, or the scale of a current. */
int hc_find_scaled(const struct hc_cell_model *model, const char *name);

/* The scale of current c. */
static inline int hc_scale_of(const struct hc_cell_model *model, int c)
{
  return model->n_parameters - model->n_currents + c;
}

/* "; did you mean "x"?", or nothing, in `text`. names: the first member of n structs of `stride` bytes. */
PetscErrorCode hc_suggest(const char *name, int n, const void *names, size_t stride, char *text, size_t size);

/* HC_ERR_INPUT for a name that should be a parameter of the model or, if `scaled`, may be a current too. */
PetscErrorCode hc_refuse_name(const char *place, const struct hc_cell_model *model, const char *name, bool scaled);

/* If code says that something failed, raise that error again with the place (of hc_params_place) before its message. */
PetscErrorCode hc_raise_at(const char *place, PetscErrorCode code);

/* HC_ERR_INPUT, with a message that starts with `what`, if the value is not in the range of the parameter. */
PetscErrorCode hc_check_range(const char *what, double value, const struct hc_cell_model *model, int parameter);

/* Parameters of a resolved cell before and without factors, and the factors on them by scale and drugs (n_parameters
 * each). */
PetscErrorCode hc_cell_factors(const struct hc_cell_params *cell, const struct hc_cell_model *model, double *given,
                               double *factor);

/* ---- drug.c ------------------------------------------------------------------------------------------------------ */

/* Check the drugs of a cell, put their block of currents into factor and their binding to channels into given. */
PetscErrorCode hc_drugs_apply(const struct hc_cell_params *cell, const struct hc_cell_model *model, double *given,
                              double *factor);

/* ---- plugin.c ---------------------------------------------------------------------------------------------------- */

/* Does the text name a plug-in rather than a built-in model? */
bool hc_is_plugin(const char *model);

/* The model that "path.so" or "path.so:name" names. HC_ERR_INPUT as hc_cell_plugin_load() and if a plug-in of several
 * models is given without a name. */
PetscErrorCode hc_plugin_find(const char *text, const struct hc_cell_model **model);

/* The same without loading anything: NULL if it is not loaded. *path (NULL: not wanted): the plug-in's file. */
const struct hc_cell_model *hc_plugin_loaded(const char *text, const char **path);

#endif
