/* Nodes in groups of one model and one set of parameters, and their memory. */
#include "groups.h"

#include <math.h>
#include <string.h>

const struct hc_choice hc_reaction_choices[] = {
    {"rush-larsen", HC_REACTION_RUSH_LARSEN, "Rush & Larsen 1978, stiff states linearised in themselves: first order"},
    {"rush-larsen-tables", HC_REACTION_TABLES,
     "the same with gates interpolated in tables of V: faster, and within 1e-4 of their values"},
    {"grl2", HC_REACTION_GRL2, "generalised Rush-Larsen, Sundnes et al. 2009: second order, twice the cost or more"},
    {0}};

/* Rows of tables of gates: what interpolation costs is below 1e-4 of the gates' values, and a table fits the second
 * cache. V beyond is no physiological one. */
static const double table_low = -130, table_high = 120, rows_per_mv = 20; /* mV, mV, 1/mV */

static size_t group_values(const struct hc_cell_group *group)
{
  return (size_t)hc_group_slots(group) * (size_t)(group->model->n_states - 1);
}

static int group_state(const struct hc_cell_group *group, const char *name)
{
  for (int s = 1; s < group->model->n_states; ++s)
    if (strcmp(group->model->states[s].name, name) == 0)
      return s;
  return -1;
}

/* ---- Life -------------------------------------------------------------------------------------------------------- */

static PetscErrorCode group_allocate(struct hc_cell_group *group)
{
  const size_t vector = 64;
  PetscFunctionBeginUser;
  group->n_blocks = (group->n + group->model->lanes - 1) / group->model->lanes;
  PetscCall(PetscMalloc1(hc_group_slots(group), &group->nodes));
  PetscCall(PetscMalloc1(group_values(group) + vector / sizeof(double), &group->state_memory));
  group->states = (double *)(((uintptr_t)group->state_memory + vector - 1) / vector * vector);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode group_fill(struct hc_cell_group *group, int id, int n_nodes, const int *entry)
{
  const int slots = hc_group_slots(group);
  int slot = 0;
  PetscFunctionBeginUser;
  for (int i = 0; i < n_nodes; ++i)
    if (entry[i] == id)
      group->nodes[slot++] = i;
  for (; slot < slots; ++slot)
    group->nodes[slot] = group->nodes[group->n - 1];
  for (slot = 0; slot < slots; ++slot)
    for (int s = 1; s < group->model->n_states; ++s)
      *hc_group_state_at(group, slot, s) = group->initial[s];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Values of the fields of entry `id`, checked against the range of their parameter. */
static PetscErrorCode group_fields(struct hc_cell_group *group, int id, int n_fields,
                                   const struct hc_cell_field *fields)
{
  const int lanes = group->model->lanes, slots = hc_group_slots(group);
  int field = 0;
  PetscFunctionBeginUser;
  for (int f = 0; f < n_fields; ++f)
    group->n_fields += fields[f].entry == id;
  PetscCall(PetscMalloc1(group->n_fields, &group->field_of));
  PetscCall(PetscMalloc1((size_t)slots * (size_t)group->n_fields, &group->fields));
  for (int f = 0; f < n_fields; ++f) {
    if (fields[f].entry != id)
      continue;
    const struct hc_parameter_info *info = &group->model->parameters[fields[f].parameter];
    for (int slot = 0; slot < slots; ++slot) {
      const double value = fields[f].factor * fields[f].values[group->nodes[slot]];
      PetscCheck(value >= info->min && value <= info->max, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "parameter %s of %s: the field is %.6g at a node; allowed: %.6g to %.6g (%s)", info->name,
                 group->model->name, value, info->min, info->max, info->unit);
      group->fields[((size_t)(slot / lanes) * (size_t)group->n_fields + (size_t)field) * (size_t)lanes +
                    (size_t)(slot % lanes)] = value;
    }
    group->field_of[field++] = fields[f].parameter;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode group_create(struct hc_kinetics *kinetics, struct hc_cell_group *group, int id, const int *entry,
                                   const struct hc_cells_params *params, int n_fields,
                                   const struct hc_cell_field *fields)
{
  PetscFunctionBeginUser;
  PetscCall(hc_kinetics_check(1, params, &group->model));
  PetscCall(PetscMalloc1(group->model->n_parameters, &group->parameters));
  PetscCall(PetscMalloc1(group->model->n_states, &group->initial));
  PetscCall(hc_cell_values(&params->cell, group->model, group->parameters, group->initial));
  for (int i = 0; i < kinetics->n_nodes; ++i)
    group->n += entry[i] == id;
  PetscCall(group_allocate(group));
  PetscCall(group_fill(group, id, kinetics->n_nodes, entry));
  PetscCall(group_fields(group, id, n_fields, fields));
  kinetics->width = PetscMax(kinetics->width, group->model->n_states - 1);
  kinetics->bytes += group_values(group) * sizeof(double) + (size_t)hc_group_slots(group) * sizeof(int) +
                     (size_t)(group->model->n_parameters + group->model->n_states) * sizeof(double) +
                     (size_t)hc_group_slots(group) * (size_t)group->n_fields * sizeof(double);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_groups(struct hc_kinetics *kinetics, const int *entry, int n_entries,
                                    const struct hc_cells_params *entries, int n_fields,
                                    const struct hc_cell_field *fields)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < kinetics->n_nodes; ++i)
    PetscCheck(entry[i] >= 0 && entry[i] < n_entries, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
               "node %d has cells entry %d of %d", i, entry[i], n_entries);
  PetscCall(PetscCalloc1(n_entries, &kinetics->groups));
  kinetics->n_groups = n_entries;
  for (int g = 0; g < n_entries; ++g)
    PetscCall(group_create(kinetics, &kinetics->groups[g], g, entry, &entries[g], n_fields, fields));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_kinetics_create(int n_nodes, const int *entry, int n_entries, const struct hc_cells_params *entries,
                                  int n_fields, const struct hc_cell_field *fields, struct hc_kinetics **kinetics)
{
  PetscErrorCode failed;
  PetscFunctionBeginUser;
  PetscCall(PetscNew(kinetics));
  (*kinetics)->n_nodes = n_nodes;
  (*kinetics)->bytes = sizeof(**kinetics) + (size_t)n_entries * sizeof(struct hc_cell_group);
  failed = create_groups(*kinetics, entry, n_entries, entries, n_fields, fields);
  if (failed)
    hc_kinetics_destroy(kinetics);
  PetscCall(failed);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_kinetics_destroy(struct hc_kinetics **kinetics)
{
  if (!*kinetics)
    return;
  hc_kinetics_device_destroy(*kinetics);
  for (int g = 0; g < (*kinetics)->n_groups; ++g) {
    struct hc_cell_group *group = &(*kinetics)->groups[g];
    (void)PetscFree(group->nodes);
    (void)PetscFree(group->parameters);
    (void)PetscFree(group->initial);
    (void)PetscFree(group->state_memory);
    for (int table = 0; table < group->n_tables; ++table)
      (void)PetscFree(group->tables[table].values);
    hc_group_destroy_waiting(group);
    (void)PetscFree(group->field_of);
    (void)PetscFree(group->fields);
  }
  (void)PetscFree((*kinetics)->groups);
  (void)PetscFree(*kinetics);
}

/* ---- Time -------------------------------------------------------------------------------------------------------- */

PetscErrorCode hc_kinetics_initial(const struct hc_kinetics *kinetics, double *v)
{
  PetscFunctionBeginUser;
  for (int g = 0; g < kinetics->n_groups; ++g)
    for (int i = 0; i < kinetics->groups[g].n; ++i)
      v[kinetics->groups[g].nodes[i]] = kinetics->groups[g].initial[0];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_group_table(struct hc_kinetics *kinetics, struct hc_cell_group *group, enum hc_reaction_scheme scheme,
                              double dt, const struct hc_cell_table **table)
{
  PetscFunctionBeginUser;
  *table = NULL;
  if (scheme != HC_REACTION_TABLES || group->n_fields > 0 || group->model->n_tabled == 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  for (int i = 0; i < group->n_tables; ++i)
    if (group->tables[i].dt == dt) {
      *table = &group->tables[i];
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  PetscCheck(group->n_tables < HC_MAX_TABLES, PETSC_COMM_SELF, PETSC_ERR_SUP, "tables for more than %d sizes of steps",
             HC_MAX_TABLES);
  struct hc_cell_table *made = &group->tables[group->n_tables];
  *made = (struct hc_cell_table){.v_low = table_low,
                                 .rows_per_mv = rows_per_mv,
                                 .rows = (int)((table_high - table_low) * rows_per_mv) + 1,
                                 .dt = dt};
  const size_t values = (size_t)made->rows * 2 * (size_t)group->model->n_tabled;
  PetscCall(PetscMalloc1(values, &made->values));
  group->model->tabulate(group->parameters, made);
  kinetics->bytes += values * sizeof(double);
  group->n_tables++;
  *table = made;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_group_advance(const struct hc_cell_group *group, enum hc_reaction_scheme scheme,
                      const struct hc_cell_table *table, int first, int n, double t, double dt, double *v,
                      const double *stim, double *change)
{
  _Alignas(64) double v_blocks[HC_CHUNK], stim_blocks[HC_CHUNK];
  const int real = PetscMin(n, group->n - first);
  const int *nodes = group->nodes + first;
  const struct hc_cell_batch cells = hc_group_batch(group, first, n, v_blocks, stim ? stim_blocks : NULL);
  for (int i = 0; i < n; ++i)
    v_blocks[i] = v[nodes[i]];
  for (int i = 0; stim && i < n; ++i)
    stim_blocks[i] = stim[nodes[i]];
  if (scheme == HC_REACTION_GRL2)
    group->model->step2(&cells, t, dt, cells.v, cells.state, NULL, NULL);
  else if (table)
    group->model->step_tabled(&cells, t, table);
  else
    group->model->step(&cells, t, dt);
  for (int i = 0; change && i < n; ++i)
    change[i] += v_blocks[i] - v[nodes[i]];
  for (int i = 0; i < real; ++i)
    v[nodes[i]] = v_blocks[i];
}

PetscErrorCode hc_kinetics_step(struct hc_kinetics *kinetics, enum hc_reaction_scheme scheme, double t, double dt,
                                double *v, const double *stim)
{
  PetscFunctionBeginUser;
  for (int g = 0; g < kinetics->n_groups; ++g) {
    struct hc_cell_group *group = &kinetics->groups[g];
    const struct hc_cell_table *table;
    PetscCall(hc_group_table(kinetics, group, scheme, dt, &table));
    if (group->n_spans > 0) {
      hc_group_advance_some(group, scheme, table, t, dt, v, stim);
      continue;
    }
    const int slots = hc_group_slots(group);
#pragma omp parallel for schedule(static) num_threads(hc_threads()) if (hc_threads() > 1)
    for (int first = 0; first < slots; first += HC_CHUNK)
      hc_group_advance(group, scheme, table, first, PetscMin(HC_CHUNK, slots - first), t, dt, v, stim, NULL);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- States ------------------------------------------------------------------------------------------------------ */

int hc_kinetics_width(const struct hc_kinetics *kinetics)
{
  return kinetics->width;
}

PetscErrorCode hc_kinetics_pack(const struct hc_kinetics *kinetics, double *values)
{
  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(values, (size_t)kinetics->n_nodes * (size_t)kinetics->width));
  for (int g = 0; g < kinetics->n_groups; ++g) {
    const struct hc_cell_group *group = &kinetics->groups[g];
    for (int i = 0; i < group->n; ++i) {
      double *own = values + (size_t)group->nodes[i] * (size_t)kinetics->width;
      for (int s = 1; s < group->model->n_states; ++s)
        own[s - 1] = *hc_group_state_at(group, i, s);
      if (group->n_spans > 0)
        hc_group_pack_waiting(group, i, own + kinetics->width - HC_WAITING_WIDTH);
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_kinetics_unpack(struct hc_kinetics *kinetics, const double *values)
{
  PetscFunctionBeginUser;
  for (int g = 0; g < kinetics->n_groups; ++g) {
    const struct hc_cell_group *group = &kinetics->groups[g];
    for (int slot = 0; slot < hc_group_slots(group); ++slot)
      for (int s = 1; s < group->model->n_states; ++s)
        *hc_group_state_at(group, slot, s) =
            values[(size_t)group->nodes[slot] * (size_t)kinetics->width + (size_t)(s - 1)];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* HC_ERR_INPUT unless one of the models has the state. */
static PetscErrorCode check_state(const struct hc_kinetics *kinetics, const char *state)
{
  PetscFunctionBeginUser;
  for (int g = 0; g < kinetics->n_groups; ++g)
    if (group_state(&kinetics->groups[g], state) > 0)
      PetscFunctionReturn(PETSC_SUCCESS);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "none of the cell models in use keeps a state \"%s\"", state);
}

PetscErrorCode hc_kinetics_get(const struct hc_kinetics *kinetics, const char *state, double *values)
{
  PetscFunctionBeginUser;
  PetscCall(check_state(kinetics, state));
  for (int g = 0; g < kinetics->n_groups; ++g) {
    const struct hc_cell_group *group = &kinetics->groups[g];
    const int s = group_state(group, state);
    for (int i = 0; i < group->n; ++i)
      values[group->nodes[i]] = s > 0 ? *hc_group_state_at(group, i, s) : (double)NAN;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_kinetics_set(struct hc_kinetics *kinetics, const char *state, const double *values)
{
  PetscFunctionBeginUser;
  PetscCall(check_state(kinetics, state));
  for (int g = 0; g < kinetics->n_groups; ++g) {
    const struct hc_cell_group *group = &kinetics->groups[g];
    const int s = group_state(group, state);
    for (int slot = 0; s > 0 && slot < hc_group_slots(group); ++slot)
      *hc_group_state_at(group, slot, s) = values[group->nodes[slot]];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static bool slot_is_well(const struct hc_cell_group *group, int slot, double v, bool deep)
{
  if (!(v >= group->model->v_limits[0] && v <= group->model->v_limits[1]))
    return false;
  for (int s = 1; deep && s < group->model->n_states; ++s)
    if (!isfinite(*hc_group_state_at(group, slot, s)))
      return false;
  return true;
}

int hc_kinetics_watch(const struct hc_kinetics *kinetics, const double *v, bool deep, const int64_t *order)
{
  int first = -1;
  for (int g = 0; g < kinetics->n_groups; ++g) {
    const struct hc_cell_group *group = &kinetics->groups[g];
    for (int i = 0; i < group->n; ++i) {
      const int node = group->nodes[i];
      if (!slot_is_well(group, i, v[node], deep) && (first < 0 || order[node] < order[first]))
        first = node;
    }
  }
  return first;
}

size_t hc_kinetics_bytes(const struct hc_kinetics *kinetics)
{
  return kinetics->bytes;
}
