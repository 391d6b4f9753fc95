#include "kinetics.h"

#include <math.h>
#include <string.h>

#define MEMBER(name) offsetof(struct hc_cells_params, name)
#define OF_CELL(name) (offsetof(struct hc_cells_params, cell) + offsetof(struct hc_cell_params, name))

static const struct hc_param cells_params[] = {
    {.key = "model",
     .type = HC_STRING,
     .offset = OF_CELL(model),
     .meaning = "Cell model by name; `healthcast models` lists them with states and parameters."},
    {.key = "regions",
     .type = HC_INTS,
     .offset = MEMBER(regions),
     .fallback = "~",
     .meaning = "Tags of the cell regions whose nodes this entry is for; all if absent."},
    {.key = "field",
     .type = HC_STRING,
     .offset = MEMBER(field),
     .fallback = "~",
     .meaning = "A nodal field that chooses nodes too, together with `range` (a transmural coordinate, say)."},
    {.key = "range",
     .type = HC_REALS,
     .offset = MEMBER(range),
     .fallback = "~",
     .n_min = 2,
     .n_max = 2,
     .meaning = "Nodes at which low <= field < high."},
    {.key = "parameters",
     .type = HC_MAP,
     .offset = OF_CELL(parameters),
     .fallback = "~",
     .meaning = "Parameters of the model that differ from its defaults, as name: value."},
    {.key = "scale",
     .type = HC_MAP,
     .offset = OF_CELL(scale),
     .fallback = "~",
     .meaning = "Factors on parameters or currents of the model, as name: factor."},
    {.key = "initial",
     .type = HC_MAP,
     .offset = OF_CELL(initial),
     .fallback = "~",
     .meaning = "Initial states that differ from the model's, as name: value."},
    {0}};

const struct hc_block hc_cells_block = {"cells", sizeof(struct hc_cells_params), cells_params,
                                        "Which nodes get which cell model. The first entry that fits a node counts."};

/* "; did you mean "x"?", or nothing, in `text`. names: the first member of n structs of `stride` bytes. */
static PetscErrorCode suggest(const char *name, int n, const void *names, size_t stride, char *text, size_t size)
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

static PetscErrorCode find_model(const struct hc_cell_params *cell, const struct hc_cell_model **model)
{
  const struct hc_cell_model *const *models;
  const int n = hc_cell_models(&models);
  const char *names[32];
  char hint[256], known[1024] = "";
  PetscFunctionBeginUser;
  *model = hc_cell_model_find(cell->model);
  if (*model)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscAssert(n <= 32, PETSC_COMM_SELF, PETSC_ERR_PLIB, "more models than names");
  for (int i = 0; i < n; ++i) {
    names[i] = models[i]->name;
    PetscCall(PetscStrlcat(known, i ? ", " : "", sizeof(known)));
    PetscCall(PetscStrlcat(known, names[i], sizeof(known)));
  }
  PetscCall(suggest(cell->model ? cell->model : "", n, names, sizeof(names[0]), hint, sizeof(hint)));
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: unknown cell model \"%s\"%s Known: %s",
          hc_params_place(cell->params, &cell->model), cell->model ? cell->model : "", *hint ? hint : ".", known);
}

static int find_parameter(const struct hc_cell_model *model, const char *name)
{
  for (int i = 0; i < model->n_parameters; ++i)
    if (strcmp(model->parameters[i].name, name) == 0)
      return i;
  return -1;
}

static int find_state(const struct hc_cell_model *model, const char *name)
{
  for (int i = 0; i < model->n_states; ++i)
    if (strcmp(model->states[i].name, name) == 0)
      return i;
  return -1;
}

/* "found 7; allowed: 0 to 5 (mS/uF)" in `text`. PETSc would print 5 as "5.". */
static const char *describe_range(double found, double low, double high, const char *unit, char *text, size_t size)
{
  (void)snprintf(text, size, "found %g; allowed: %g to %g (%s)", found, low, high, unit);
  return text;
}

static PetscErrorCode check_parameters(const struct hc_cell_params *cell, const struct hc_cell_model *model)
{
  const struct hc_map *map = &cell->parameters;
  char text[256];
  PetscFunctionBeginUser;
  for (int i = 0; i < map->n; ++i) {
    const int at = find_parameter(model, map->keys[i]);
    const double value = map->values[i];
    if (at < 0)
      PetscCall(suggest(map->keys[i], model->n_parameters, model->parameters, sizeof(*model->parameters), text,
                        sizeof(text)));
    PetscCheck(at >= 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: model %s has no parameter \"%s\"%s",
               hc_params_place_entry(cell->params, map, i), model->name, map->keys[i], text);
    const struct hc_parameter_info *info = &model->parameters[at];
    PetscCheck(value >= info->min && value <= info->max, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: parameter %s of %s: %s",
               hc_params_place_entry(cell->params, map, i), info->name, model->name,
               describe_range(value, info->min, info->max, info->unit, text, sizeof(text)));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What a factor named `name` is put on: a parameter, or the scale of a current. */
static int find_scaled(const struct hc_cell_model *model, const char *name)
{
  for (int c = 0; c < model->n_currents; ++c)
    if (strcmp(model->currents[c].name, name) == 0)
      return model->n_parameters - model->n_currents + c;
  return find_parameter(model, name);
}

static PetscErrorCode check_scale(const struct hc_cell_params *cell, const struct hc_cell_model *model)
{
  const struct hc_map *map = &cell->scale;
  char text[256];
  PetscFunctionBeginUser;
  for (int i = 0; i < map->n; ++i) {
    const int at = find_scaled(model, map->keys[i]);
    if (at < 0)
      PetscCall(
          suggest(map->keys[i], model->n_currents, model->currents, sizeof(*model->currents), text, sizeof(text)));
    PetscCheck(at >= 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: model %s has no parameter or current \"%s\"%s",
               hc_params_place_entry(cell->params, map, i), model->name, map->keys[i], text);
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
    const int at = find_state(model, map->keys[i]);
    const double value = map->values[i];
    double low, high;
    if (at < 0)
      PetscCall(suggest(map->keys[i], model->n_states, model->states, sizeof(*model->states), text, sizeof(text)));
    PetscCheck(at >= 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: model %s has no state \"%s\"%s",
               hc_params_place_entry(cell->params, map, i), model->name, map->keys[i], text);
    state_range(model, at, &low, &high);
    PetscCheck(value >= low && value <= high, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: initial %s of %s: %s",
               hc_params_place_entry(cell->params, map, i), model->states[at].name, model->name,
               describe_range(value, low, high, model->states[at].unit, text, sizeof(text)));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_field(const struct hc_cells_params *entry)
{
  const struct hc_reals *range = &entry->range;
  char text[128];
  PetscFunctionBeginUser;
  PetscCheck(!entry->field || range->n == 2, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: field \"%s\" needs a range of two numbers, [low, high]",
             hc_params_place(entry->cell.params, &entry->field), entry->field);
  PetscCheck(entry->field || range->n == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: a range needs the field that it is about", hc_params_place(entry->cell.params, range));
  if (!entry->field)
    PetscFunctionReturn(PETSC_SUCCESS);
  (void)snprintf(text, sizeof(text), "found [%g, %g]", range->v[0], range->v[1]);
  PetscCheck(range->v[0] < range->v[1], PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s; allowed: low < high",
             hc_params_place(entry->cell.params, range), text);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cell_resolve(const struct hc_cell_params *cell, const struct hc_cell_model **model)
{
  PetscFunctionBeginUser;
  PetscCall(find_model(cell, model));
  PetscCall(check_parameters(cell, *model));
  PetscCall(check_scale(cell, *model));
  PetscCall(check_initial(cell, *model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cell_values(const struct hc_cell_params *cell, const struct hc_cell_model *model, double *parameters,
                              double *initial)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < model->n_parameters; ++i)
    parameters[i] = model->parameters[i].fallback;
  for (int i = 0; i < model->n_states; ++i)
    initial[i] = model->states[i].initial;
  for (int i = 0; i < cell->parameters.n; ++i)
    parameters[find_parameter(model, cell->parameters.keys[i])] = cell->parameters.values[i];
  for (int i = 0; i < cell->scale.n; ++i)
    parameters[find_scaled(model, cell->scale.keys[i])] *= cell->scale.values[i];
  for (int i = 0; i < cell->initial.n; ++i)
    initial[find_state(model, cell->initial.keys[i])] = cell->initial.values[i];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_kinetics_check(int n_entries, const struct hc_cells_params *entries,
                                 const struct hc_cell_model **models)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < n_entries; ++i) {
    PetscCall(hc_cell_resolve(&entries[i].cell, &models[i]));
    PetscCall(check_field(&entries[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
