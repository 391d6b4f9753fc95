/* Nodes on a device. There the states of a group are a structure of arrays, and a thread advances a node. */
#include "groups.h"

#include <string.h>

enum { STRIDE = 32, MOST_ARGUMENTS = 14 };

/* A group on the device. Of one that stays on the host only the nodes are there, to be watched. */
struct hc_group_device {
  bool stays;
  struct hc_kernel *step; /* of the scheme; borrowed */
  int stride;             /* of the states: the nodes, rounded up */
  struct hc_buffer *nodes, *state, *fields;
  struct hc_buffer *tables[HC_MAX_TABLES]; /* as group->tables */
  bool tabled;
  unsigned char *block; /* parameters, and the field that each comes from: struct hc_cells_block */
  size_t block_bytes;
};

/* The program of a model, which groups of all its variants share if the same parameters are fields in them. */
struct shared_program {
  const struct hc_cell_group *group; /* the first of them */
  struct hc_program *program;
};

struct hc_kinetics_device {
  struct hc_device *device; /* borrowed */
  size_t real, wide;        /* bytes of numbers */
  int n_programs;
  struct shared_program *programs; /* room for one a group */
  struct hc_kernel *watch;
  struct hc_buffer *bad;
  bool some_stay;   /* groups that the host advances */
  double *v, *stim; /* work for these: V and stimulus here */
  double *states;   /* work: the states of the largest group as they lie there */
};

/* ---- Life -------------------------------------------------------------------------------------------------------- */

static size_t moved_states(const struct hc_cell_group *group)
{
  return (size_t)(group->n + STRIDE - 1) / STRIDE * STRIDE * (size_t)(group->model->n_states - 1);
}

static bool may_share(const struct hc_cell_group *a, const struct hc_cell_group *b)
{
  bool same = strcmp(a->model->body, b->model->body) == 0 && a->n_fields == b->n_fields;
  for (int f = 0; same && f < a->n_fields; f++)
    same = a->field_of[f] == b->field_of[f];
  return same;
}

static PetscErrorCode find_program(struct hc_kinetics_device *d, const struct hc_cell_group *group,
                                   struct hc_program **program)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < d->n_programs; i++)
    if (may_share(d->programs[i].group, group)) {
      *program = d->programs[i].program;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  PetscCall(hc_cell_program(d->device, group->model, group->n_fields, group->field_of, program));
  d->programs[d->n_programs++] = (struct shared_program){group, *program};
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The bytes of struct hc_cells_block of kernels/launch_device.h, whose length the model decides. */
static PetscErrorCode create_block(const struct hc_cell_group *group, size_t real, struct hc_group_device *moved)
{
  const int n = group->model->n_parameters;

  PetscFunctionBeginUser;
  moved->block_bytes = (size_t)n * (real + sizeof(int));
  moved->block_bytes = (moved->block_bytes + real - 1) / real * real; /* as the compiler pads the struct */
  PetscCall(PetscCalloc1(moved->block_bytes, &moved->block));
  for (int p = 0; p < n; p++) {
    const float single = (float)group->parameters[p];
    int field = -1;
    for (int f = 0; f < group->n_fields; f++)
      if (group->field_of[f] == p)
        field = f;
    memcpy(moved->block + (size_t)p * real, real == sizeof single ? (const void *)&single : &group->parameters[p],
           real);
    memcpy(moved->block + (size_t)n * real + (size_t)p * sizeof field, &field, sizeof field);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_fields(const struct hc_kinetics_device *d, const struct hc_cell_group *group,
                                    struct hc_group_device *moved)
{
  const int lanes = group->model->lanes;
  double *values;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1((size_t)group->n_fields * (size_t)moved->stride, &values));
  for (int f = 0; f < group->n_fields; f++)
    for (int i = 0; i < group->n; i++)
      values[(size_t)f * (size_t)moved->stride + (size_t)i] =
          group->fields[((size_t)(i / lanes) * (size_t)group->n_fields + (size_t)f) * (size_t)lanes +
                        (size_t)(i % lanes)];
  PetscCall(
      hc_buffer_of_reals(d->device, d->real, (size_t)group->n_fields * (size_t)moved->stride, values, &moved->fields));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode move_group(struct hc_kinetics_device *d, struct hc_cell_group *group,
                                 enum hc_reaction_scheme scheme)
{
  struct hc_group_device *moved;
  struct hc_program *program;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&moved));
  group->moved = moved;
  PetscCall(hc_buffer_of(d->device, (size_t)group->n * sizeof(int), group->nodes, &moved->nodes));
  moved->stays = !hc_cell_on_device(group->model);
  if (moved->stays)
    PetscFunctionReturn(PETSC_SUCCESS);
  moved->stride = (group->n + STRIDE - 1) / STRIDE * STRIDE;
  moved->tabled = scheme == HC_REACTION_TABLES && group->n_fields == 0 && group->model->n_tabled > 0;
  PetscCall(find_program(d, group, &program));
  PetscCall(hc_program_kernel(program,
                              scheme == HC_REACTION_GRL2 ? "cells_step2"
                              : moved->tabled            ? "cells_tabled"
                                                         : "cells_step",
                              &moved->step));
  PetscCall(hc_buffer_create(d->device, moved_states(group) * d->real, &moved->state));
  if (group->n_fields > 0)
    PetscCall(create_fields(d, group, moved));
  PetscCall(create_block(group, d->real, moved));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode move(struct hc_kinetics *kinetics, enum hc_reaction_scheme scheme, const char **delegated)
{
  struct hc_kinetics_device *d = kinetics->moved;
  size_t most = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(kinetics->n_groups, &d->programs));
  PetscCall(hc_device_kernel(d->device, "tissue.h", "watch", &d->watch));
  PetscCall(hc_buffer_create(d->device, sizeof(int), &d->bad));
  for (int g = 0; g < kinetics->n_groups; g++) {
    struct hc_cell_group *group = &kinetics->groups[g];
    if (!hc_cell_on_device(group->model))
      *delegated = group->model->name; /* also where this rank has none of its nodes: all ranks say the same */
    if (group->n == 0)
      continue;
    PetscCall(move_group(d, group, scheme));
    most = PetscMax(most, moved_states(group));
    d->some_stay = d->some_stay || group->moved->stays;
  }
  PetscCall(PetscCalloc1(most, &d->states));
  if (d->some_stay) {
    PetscCall(PetscMalloc1(kinetics->n_nodes, &d->v));
    PetscCall(PetscMalloc1(kinetics->n_nodes, &d->stim));
  }
  PetscCall(hc_kinetics_send(kinetics));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_kinetics_move(struct hc_kinetics *kinetics, struct hc_device *device, enum hc_reaction_scheme scheme,
                                const char **delegated)
{
  PetscFunctionBeginUser;
  PetscAssert(!kinetics->adaptive, PETSC_COMM_SELF, PETSC_ERR_ORDER, "nodes that wait stay on the host");
  *delegated = NULL;
  PetscCall(PetscNew(&kinetics->moved));
  kinetics->moved->device = device;
  kinetics->moved->real = hc_device_real(device);
  kinetics->moved->wide = hc_device_wide(device);
  PetscCall(move(kinetics, scheme, delegated));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void destroy_group(struct hc_group_device **moved)
{
  struct hc_group_device *m = *moved;

  if (!m)
    return;
  hc_buffer_destroy(&m->nodes);
  hc_buffer_destroy(&m->state);
  hc_buffer_destroy(&m->fields);
  for (int table = 0; table < HC_MAX_TABLES; table++)
    hc_buffer_destroy(&m->tables[table]);
  (void)PetscFree(m->block);
  (void)PetscFree(*moved);
}

void hc_kinetics_device_destroy(struct hc_kinetics *kinetics)
{
  struct hc_kinetics_device *d = kinetics->moved;

  if (!d)
    return;
  for (int g = 0; g < kinetics->n_groups; g++)
    destroy_group(&kinetics->groups[g].moved);
  for (int i = 0; i < d->n_programs; i++)
    hc_program_destroy(&d->programs[i].program);
  (void)PetscFree(d->programs);
  hc_buffer_destroy(&d->bad);
  (void)PetscFree(d->v);
  (void)PetscFree(d->stim);
  (void)PetscFree(d->states);
  (void)PetscFree(kinetics->moved);
}

/* ---- States there and here --------------------------------------------------------------------------------------- */

PetscErrorCode hc_kinetics_send(struct hc_kinetics *kinetics)
{
  const struct hc_kinetics_device *d = kinetics->moved;

  PetscFunctionBeginUser;
  for (int g = 0; d && g < kinetics->n_groups; g++) {
    const struct hc_cell_group *group = &kinetics->groups[g];
    const struct hc_group_device *moved = group->moved;
    if (!moved || moved->stays)
      continue;
    for (int s = 1; s < group->model->n_states; s++)
      for (int i = 0; i < moved->stride; i++)
        d->states[(size_t)(s - 1) * (size_t)moved->stride + (size_t)i] =
            *hc_group_state_at(group, PetscMin(i, group->n - 1), s);
    hc_buffer_write_reals(moved->state, d->real, 0, moved_states(group), d->states);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_kinetics_fetch(struct hc_kinetics *kinetics)
{
  const struct hc_kinetics_device *d = kinetics->moved;

  PetscFunctionBeginUser;
  for (int g = 0; d && g < kinetics->n_groups; g++) {
    const struct hc_cell_group *group = &kinetics->groups[g];
    const struct hc_group_device *moved = group->moved;
    if (!moved || moved->stays)
      continue;
    hc_buffer_read_reals(moved->state, d->real, 0, moved_states(group), d->states);
    if (hc_device_failure(d->device)) /* what came last stays */
      PetscFunctionReturn(PETSC_SUCCESS);
    for (int s = 1; s < group->model->n_states; s++)
      for (int i = 0; i < hc_group_slots(group); i++)
        *hc_group_state_at(group, i, s) =
            d->states[(size_t)(s - 1) * (size_t)moved->stride + (size_t)PetscMin(i, group->n - 1)];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Steps ------------------------------------------------------------------------------------------------------- */

/* The group's table for steps of dt ms on the device, made when it is first needed. */
static PetscErrorCode moved_table(struct hc_kinetics *kinetics, struct hc_cell_group *group, double dt,
                                  const struct hc_cell_table **table, const struct hc_buffer **buffer)
{
  const struct hc_kinetics_device *d = kinetics->moved;

  PetscFunctionBeginUser;
  PetscCall(hc_group_table(kinetics, group, HC_REACTION_TABLES, dt, table));
  struct hc_buffer **made = &group->moved->tables[*table - group->tables];
  if (!*made)
    PetscCall(hc_buffer_of_reals(d->device, d->real, (size_t)(*table)->rows * 2 * (size_t)group->model->n_tabled,
                                 (*table)->values, made));
  *buffer = *made;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode step_group(struct hc_kinetics *kinetics, struct hc_cell_group *group, double t, double dt,
                                 struct hc_buffer *v, const struct hc_buffer *stim)
{
  const struct hc_group_device *moved = group->moved;
  const struct hc_cell_table *table = NULL;
  const struct hc_buffer *rows = NULL;
  struct hc_arg arguments[MOST_ARGUMENTS] = {{HC_ARG_BLOCK, moved->block_bytes, moved->block},
                                             HC_VALUE_ARG(group->n),
                                             HC_VALUE_ARG(moved->stride),
                                             HC_BUFFER_ARG(moved->nodes),
                                             HC_BUFFER_ARG(v),
                                             HC_BUFFER_ARG(moved->state),
                                             HC_BUFFER_ARG(stim),
                                             HC_BUFFER_ARG(moved->fields)};
  int n = 8;

  PetscFunctionBeginUser;
  if (moved->tabled) {
    PetscCall(moved_table(kinetics, group, dt, &table, &rows));
    arguments[n++] = HC_BUFFER_ARG(rows);
    arguments[n++] = HC_VALUE_ARG(table->v_low);
    arguments[n++] = HC_VALUE_ARG(table->rows_per_mv);
    arguments[n++] = HC_VALUE_ARG(table->rows);
  }
  arguments[n++] = HC_VALUE_ARG(t);
  arguments[n++] = HC_VALUE_ARG(dt);
  hc_kernel_launch(moved->step, HC_QUEUE_MAIN, (size_t)group->n, n, arguments);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Groups that have stayed on the host, after what the device does in this step. */
static PetscErrorCode step_those_that_stay(struct hc_kinetics *kinetics, enum hc_reaction_scheme scheme, double t,
                                           double dt, struct hc_buffer *v, const struct hc_buffer *stim)
{
  const struct hc_kinetics_device *d = kinetics->moved;
  const size_t n_nodes = (size_t)kinetics->n_nodes;

  PetscFunctionBeginUser;
  hc_buffer_read_reals(v, d->wide, 0, n_nodes, d->v);
  if (stim)
    hc_buffer_read_reals(stim, d->wide, 0, n_nodes, d->stim);
  for (int g = 0; g < kinetics->n_groups; g++) {
    struct hc_cell_group *group = &kinetics->groups[g];
    const struct hc_cell_table *table;
    if (!group->moved || !group->moved->stays)
      continue;
    PetscCall(hc_group_table(kinetics, group, scheme, dt, &table));
    for (int first = 0, slots = hc_group_slots(group); first < slots; first += HC_CHUNK)
      hc_group_advance(group, scheme, table, first, PetscMin(HC_CHUNK, slots - first), t, dt, d->v,
                       stim ? d->stim : NULL, NULL);
  }
  hc_buffer_write_reals(v, d->wide, 0, n_nodes, d->v);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_kinetics_device_step(struct hc_kinetics *kinetics, enum hc_reaction_scheme scheme, double t,
                                       double dt, struct hc_buffer *v, const struct hc_buffer *stim)
{
  PetscFunctionBeginUser;
  for (int g = 0; g < kinetics->n_groups; g++)
    if (kinetics->groups[g].moved && !kinetics->groups[g].moved->stays)
      PetscCall(step_group(kinetics, &kinetics->groups[g], t, dt, v, stim));
  if (kinetics->moved->some_stay)
    PetscCall(step_those_that_stay(kinetics, scheme, t, dt, v, stim));
  PetscFunctionReturn(PETSC_SUCCESS);
}

bool hc_kinetics_device_watch(const struct hc_kinetics *kinetics, const struct hc_buffer *v)
{
  const struct hc_kinetics_device *d = kinetics->moved;
  int bad = 0;

  hc_buffer_write(d->bad, 0, sizeof bad, &bad);
  for (int g = 0; g < kinetics->n_groups; g++) {
    const struct hc_cell_group *group = &kinetics->groups[g];
    if (!group->moved)
      continue;
    const struct hc_arg arguments[] = {HC_VALUE_ARG(group->n),
                                       HC_BUFFER_ARG(group->moved->nodes),
                                       HC_BUFFER_ARG(v),
                                       HC_VALUE_ARG(group->model->v_limits[0]),
                                       HC_VALUE_ARG(group->model->v_limits[1]),
                                       HC_BUFFER_ARG(d->bad)};
    hc_kernel_launch(d->watch, HC_QUEUE_MAIN, (size_t)group->n, 6, arguments);
  }
  hc_buffer_read(d->bad, 0, sizeof bad, &bad);
  return bad != 0;
}
