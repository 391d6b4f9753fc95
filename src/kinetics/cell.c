/* A cell as input gives it: its model, checked, and its numbers. */
#include "internal.h"

#include <math.h>
#include <string.h>

/* ---- Names ------------------------------------------------------------------------------------------------------- */

int hc_find_parameter(const struct hc_cell_model *model, const char *name)
{
  for (int i = 0; i < model->n_parameters; ++i)
    if (strcmp(model->parameters[i].name, name) == 0)
      return i;
  return -1;
}

int hc_find_state(const struct hc_cell_model *model, const char *name)
{
  for (int i = 0; i < model->n_states; ++i)
    if (strcmp(model->states[i].name, name) == 0)
      return i;
  return -1;
}

int hc_find_current(const struct hc_cell_model *model, const char *name)
{
  for (int i = 0; i < model->n_currents; ++i)
    if (strcmp(model->currents[i].name, name) == 0)
      return i;
  return -1;
}

int hc_find_scaled(const struct hc_cell_model *model, const char *name)
{
  const int c = hc_find_current(model, name);
  return c >= 0 ? hc_scale_of(model, c) : hc_find_parameter(model, name);
}

PetscErrorCode hc_suggest(const char *name, int n, const void *names, size_t stride, char *text, size_t size)
{
  const char **list, *near;
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &list));
  for (int i = 0; i < n; ++i)
    list[i] = *(const char *const *)(const void *)((const char *)names + (size_t)i * stride);
  near = hc_params_nearest(name, n, list);
  PetscCall(PetscSNPrintf(text, size, near ? "; did you mean \"%s\"?" : "%s", near ? near : ""));
  PetscCall(PetscFree(list));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_refuse_name(const char *place, const struct hc_cell_model *model, const char *name, bool scaled)
{
  char text[256] = "";
  PetscFunctionBeginUser;
  if (scaled)
    PetscCall(hc_suggest(name, model->n_currents, model->currents, sizeof(*model->currents), text, sizeof(text)));
  if (!*text)
    PetscCall(hc_suggest(name, model->n_parameters, model->parameters, sizeof(*model->parameters), text, sizeof(text)));
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: model %s has no parameter%s \"%s\"%s", place, model->name,
          scaled ? " or current" : "", name, text);
}

PetscErrorCode hc_raise_at(const char *place, PetscErrorCode code)
{
  char message[1536];
  PetscFunctionBeginUser;
  if (code) {
    (void)snprintf(message, sizeof(message), "%s: %s", place, hc_error_message());
    hc_error_clear();
    SETERRQ(PETSC_COMM_SELF, code, "%s", message);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_check_range(const char *what, double value, const struct hc_cell_model *model, int parameter)
{
  const struct hc_parameter_info *info = &model->parameters[parameter];
  char text[256];
  PetscFunctionBeginUser;
  if (value >= info->min && value <= info->max)
    PetscFunctionReturn(PETSC_SUCCESS);
  /* PETSc would print 5 as "5.". */
  (void)snprintf(text, sizeof(text), "found %g; allowed: %g to %g (%s)", value, info->min, info->max, info->unit);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s", what, text);
}

/* ---- Checks ------------------------------------------------------------------------------------------------------ */

static PetscErrorCode find_model(const struct hc_cell_params *cell, const struct hc_cell_model **model)
{
  const char *place = hc_params_place(cell->params, &cell->model), *name = cell->model ? cell->model : "";
  const struct hc_cell_model *const *models;
  const int n = hc_cell_models(&models);
  const char **names, *near;
  PetscFunctionBeginUser;
  if (hc_is_plugin(name)) {
    PetscCall(hc_raise_at(place, hc_plugin_find(name, model)));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  *model = hc_cell_model_find(name);
  if (*model)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(n, &names));
  for (int i = 0; i < n; ++i)
    names[i] = models[i]->name;
  near = hc_params_nearest(name, n, names);
  PetscCall(PetscFree(names));
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: unknown cell model \"%s\"; %s%s%s see healthcast models", place, name,
          near ? "did you mean \"" : "allowed: a built-in model or the path of a plug-in (.so);", near ? near : "",
          near ? "\"? Else" : "");
}

static PetscErrorCode check_parameters(const struct hc_cell_params *cell, const struct hc_cell_model *model)
{
  const struct hc_map *map = &cell->parameters;
  char what[768];
  PetscFunctionBeginUser;
  for (int i = 0; i < map->n; ++i) {
    const int at = hc_find_parameter(model, map->keys[i]);
    const char *place = hc_params_place_entry(cell->params, map, i);
    if (at < 0)
      PetscCall(hc_refuse_name(place, model, map->keys[i], false));
    (void)snprintf(what, sizeof(what), "%s: parameter %s of %s", place, map->keys[i], model->name);
    PetscCall(hc_check_range(what, map->values[i], model, at));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each factor must be one, and leave its parameter in range; one parameter may have two (IKr and scale_IKr). */
static PetscErrorCode apply_scale(const struct hc_cell_params *cell, const struct hc_cell_model *model,
                                  const double *given, double *factor)
{
  const struct hc_map *map = &cell->scale;
  char what[768];
  PetscFunctionBeginUser;
  for (int i = 0; i < map->n; ++i) {
    const int at = hc_find_scaled(model, map->keys[i]);
    const char *place = hc_params_place_entry(cell->params, map, i);
    const double value = map->values[i];
    if (at < 0)
      PetscCall(hc_refuse_name(place, model, map->keys[i], true));
    (void)snprintf(what, sizeof(what), "%s: found %g; allowed: a finite factor of at least 0", place, value);
    PetscCheck(isfinite(value) && value >= 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s", what);
    factor[at] *= value;
    (void)snprintf(what, sizeof(what), "%s: parameter %s of %s times %g", place, model->parameters[at].name,
                   model->name, value);
    PetscCall(hc_check_range(what, given[at] * factor[at], model, at));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What an initial state may be: V within the bounds of the run, gates from 0 to 1, the rest finite. */
static void state_range(const struct hc_cell_model *model, int state, double *low, double *high)
{
  const bool gate = model->states[state].kind == HC_STATE_GATE || model->states[state].kind == HC_STATE_CHAIN;
  *low = state == 0 ? model->v_limits[0] : gate ? 0.0 : -PETSC_MAX_REAL;
  *high = state == 0 ? model->v_limits[1] : gate ? 1.0 : PETSC_MAX_REAL;
}

static PetscErrorCode check_initial(const struct hc_cell_params *cell, const struct hc_cell_model *model)
{
  const struct hc_map *map = &cell->initial;
  char text[256];
  PetscFunctionBeginUser;
  for (int i = 0; i < map->n; ++i) {
    const int at = hc_find_state(model, map->keys[i]);
    const double value = map->values[i];
    double low, high;
    if (at < 0)
      PetscCall(hc_suggest(map->keys[i], model->n_states, model->states, sizeof(*model->states), text, sizeof(text)));
    PetscCheck(at >= 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: model %s has no state \"%s\"%s",
               hc_params_place_entry(cell->params, map, i), model->name, map->keys[i], text);
    state_range(model, at, &low, &high);
    (void)snprintf(text, sizeof(text), "found %g; allowed: %g to %g (%s)", value, low, high, model->states[at].unit);
    PetscCheck(value >= low && value <= high, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: initial %s of %s: %s",
               hc_params_place_entry(cell->params, map, i), model->states[at].name, model->name, text);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Values ------------------------------------------------------------------------------------------------------ */

PetscErrorCode hc_cell_factors(const struct hc_cell_params *cell, const struct hc_cell_model *model, double *given,
                               double *factor)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < model->n_parameters; ++i) {
    given[i] = model->parameters[i].fallback;
    factor[i] = 1;
  }
  for (int i = 0; i < cell->parameters.n; ++i)
    given[hc_find_parameter(model, cell->parameters.keys[i])] = cell->parameters.values[i];
  PetscCall(apply_scale(cell, model, given, factor));
  PetscCall(hc_drugs_apply(cell, model, given, factor));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cell_values(const struct hc_cell_params *cell, const struct hc_cell_model *model, double *parameters,
                              double *initial)
{
  double *factor;
  PetscErrorCode code;
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(model->n_parameters, &factor));
  code = hc_cell_factors(cell, model, parameters, factor);
  for (int i = 0; i < model->n_parameters && !code; ++i)
    parameters[i] *= factor[i];
  PetscCall(PetscFree(factor));
  PetscCall(code);
  for (int i = 0; i < model->n_states; ++i)
    initial[i] = model->states[i].initial;
  if (cell->initial_file)
    PetscCall(hc_raise_at(hc_params_place(cell->params, &cell->initial_file),
                          hc_cell_states_read(cell->initial_file, model, initial, NULL)));
  for (int i = 0; i < cell->initial.n; ++i)
    initial[hc_find_state(model, cell->initial.keys[i])] = cell->initial.values[i];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All values, for the errors that only making them finds. */
static PetscErrorCode try_values(const struct hc_cell_params *cell, const struct hc_cell_model *model)
{
  double *values;
  PetscErrorCode code;
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(model->n_parameters + model->n_states, &values));
  code = hc_cell_values(cell, model, values, values + model->n_parameters);
  PetscCall(PetscFree(values));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cell_resolve(const struct hc_cell_params *cell, const struct hc_cell_model **model)
{
  PetscFunctionBeginUser;
  PetscCall(find_model(cell, model));
  PetscCall(check_parameters(cell, *model));
  PetscCall(check_initial(cell, *model));
  PetscCall(try_values(cell, *model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

const struct hc_cell_model *hc_cell_model_of(const struct hc_cell_params *cell)
{
  if (!cell->model)
    return NULL;
  return hc_is_plugin(cell->model) ? hc_plugin_loaded(cell->model, NULL) : hc_cell_model_find(cell->model);
}

int hc_cell_files(const struct hc_cell_params *cell, const char *paths[])
{
  const struct hc_drug_params *drugs = cell->drugs.items;
  int n = 0;
  if (cell->model && hc_is_plugin(cell->model) && hc_plugin_loaded(cell->model, &paths[n]))
    n++;
  if (cell->initial_file)
    paths[n++] = cell->initial_file;
  for (int i = 0; i < cell->drugs.n; ++i)
    if (drugs[i].table)
      paths[n++] = drugs[i].table;
  return n;
}
