/* The input lists `cells` and what describes one cell in it. */
#include "internal.h"

#include <math.h>
#include <string.h>

/* Rows of what a cell is, for a block whose struct has a struct hc_cell_params at `base`. */
#define CELL_ROWS(base)                                                                                                \
  {.key = "model",                                                                                                     \
   .type = HC_NAME,                                                                                                    \
   .offset = (base) + offsetof(struct hc_cell_params, model),                                                          \
   .meaning = "Cell model: a built-in one by name (`healthcast models` lists them with states, parameters and "        \
              "currents), or the path of a plug-in, path.so or path.so:name."},                                        \
      {.key = "parameters",                                                                                            \
       .type = HC_MAP,                                                                                                 \
       .offset = (base) + offsetof(struct hc_cell_params, parameters),                                                 \
       .fallback = "~",                                                                                                \
       .meaning = "Parameters of the model that differ from its defaults, as name: value."},                           \
      {.key = "scale",                                                                                                 \
       .type = HC_MAP,                                                                                                 \
       .offset = (base) + offsetof(struct hc_cell_params, scale),                                                      \
       .fallback = "~",                                                                                                \
       .meaning = "Factors on parameters or currents of the model, as name: factor."},                                 \
      {.key = "initial",                                                                                               \
       .type = HC_MAP,                                                                                                 \
       .offset = (base) + offsetof(struct hc_cell_params, initial),                                                    \
       .fallback = "~",                                                                                                \
       .meaning = "Initial states that differ from the model's, as name: value."},                                     \
      {.key = "initial_file",                                                                                          \
       .type = HC_PATH,                                                                                                \
       .offset = (base) + offsetof(struct hc_cell_params, initial_file),                                               \
       .fallback = "~",                                                                                                \
       .meaning = "Initial states from a file that `healthcast cell` stored; `initial` goes before it."},              \
  {                                                                                                                    \
    .key = "drugs", .type = HC_LIST, .offset = (base) + offsetof(struct hc_cell_params, drugs), .fallback = "~",       \
    .block = &hc_drug_block, .meaning = "Drugs in the bath; what several do to one current multiplies."                \
  }

#define MEMBER(name) offsetof(struct hc_cells_params, name)

static const struct hc_param cell_params[] = {CELL_ROWS(0), {0}};
const struct hc_block hc_cell_block = {"cell", sizeof(struct hc_cell_params), cell_params, "What a cell is."};

static const struct hc_param cells_params[] = {
    CELL_ROWS(MEMBER(cell)),
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
    {.key = "parameter_fields",
     .type = HC_TEXT_MAP,
     .offset = MEMBER(parameter_fields),
     .fallback = "~",
     .meaning = "Parameters that differ from node to node, as name: nodal field. A field is one of the mesh or of the "
                "fibre rule, or the coordinate x, y or z (mm); it may be scaled and shifted, as in 0.1 + 0.02*x."},
    {.key = "scale_fields",
     .type = HC_TEXT_MAP,
     .offset = MEMBER(scale_fields),
     .fallback = "~",
     .meaning = "Factors that differ from node to node, on parameters or currents, as name: nodal field."},
    {0}};

const struct hc_block hc_cells_block = {"cells", sizeof(struct hc_cells_params), cells_params,
                                        "Which nodes get which cell model. The first entry that fits a node counts."};

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

/* ---- Nodal fields ------------------------------------------------------------------------------------------------ */

int hc_cells_n_fields(const struct hc_cells_params *entry)
{
  return entry->parameter_fields.n + entry->scale_fields.n;
}

/* The map that field i is in, and where. */
static const struct hc_text_map *map_of(const struct hc_cells_params *entry, int *i)
{
  if (*i < entry->parameter_fields.n)
    return &entry->parameter_fields;
  *i -= entry->parameter_fields.n;
  return &entry->scale_fields;
}

static int parameter_of(const struct hc_cells_params *entry, const struct hc_cell_model *model, int i)
{
  const struct hc_text_map *map = map_of(entry, &i);
  return map == &entry->scale_fields ? hc_find_scaled(model, map->keys[i]) : hc_find_parameter(model, map->keys[i]);
}

PetscErrorCode hc_cells_field(const struct hc_cells_params *entry, const struct hc_cell_model *model, int i,
                              struct hc_cell_field *field, const char **name, const char **place)
{
  double *given, *factor;
  const int p = parameter_of(entry, model, i);
  const struct hc_text_map *map = map_of(entry, &i);
  bool by_drug; /* numbers in the input itself are refused before */
  PetscErrorCode code;
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(model->n_parameters, &given, model->n_parameters, &factor));
  code = hc_cell_factors(&entry->cell, model, given, factor);
  field->parameter = p;
  field->factor = map == &entry->scale_fields ? given[p] * factor[p] : factor[p];
  by_drug = map == &entry->parameter_fields && given[p] != model->parameters[p].fallback;
  PetscCall(PetscFree2(given, factor));
  PetscCall(code);
  *name = map->values[i];
  *place = hc_params_place_entry(entry->cell.params, map, i);
  PetscCheck(!by_drug, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: a drug sets parameter %s; allowed: a drug or a field",
             *place, map->keys[i]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Names that the model has, each parameter from one place. */
static PetscErrorCode check_cell_fields(const struct hc_cells_params *entry, const struct hc_cell_model *model)
{
  struct hc_cell_field field;
  const char *name;
  PetscFunctionBeginUser;
  for (int f = 0; f < hc_cells_n_fields(entry); ++f) {
    const int at = parameter_of(entry, model, f);
    int i = f;
    const struct hc_text_map *map = map_of(entry, &i);
    const char *place = hc_params_place_entry(entry->cell.params, map, i), *key = map->keys[i];
    if (at < 0)
      PetscCall(hc_refuse_name(place, model, key, map == &entry->scale_fields));
    for (int g = 0; g < f; ++g)
      PetscCheck(parameter_of(entry, model, g) != at, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "%s: parameter %s of %s has two fields; allowed: one", place, model->parameters[at].name, model->name);
    for (int k = 0; k < entry->cell.parameters.n && map == &entry->parameter_fields; ++k)
      PetscCheck(strcmp(entry->cell.parameters.keys[k], key) != 0, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "%s: parameter %s is given as a number too; allowed: a number or a field", place, key);
    PetscCall(hc_cells_field(entry, model, f, &field, &name, &place));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_kinetics_check(int n_entries, const struct hc_cells_params *entries,
                                 const struct hc_cell_model **models)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < n_entries; ++i) {
    PetscCall(hc_cell_resolve(&entries[i].cell, &models[i]));
    PetscCall(check_field(&entries[i]));
    PetscCall(check_cell_fields(&entries[i], models[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
