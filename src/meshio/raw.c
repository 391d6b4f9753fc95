#include "raw.h"

#include <stdio.h>
#include <string.h>

static const struct {
  int vtk, nodes, dimension;
  const char *name;
} cell_types[] = {
    {1, 1, 0, "point"},
    {3, 2, 1, "line"},
    {5, 3, 2, "triangle"},
    {9, 4, 2, "quadrilateral"},
    {10, 4, 3, "tetrahedron"},
    {12, 8, 3, "hexahedron"},
    {2, 0, 0, "poly-vertex"},
    {4, 0, 1, "poly-line"},
    {6, 0, 2, "triangle strip"},
    {7, 0, 2, "polygon"},
    {8, 0, 2, "pixel"},
    {11, 0, 3, "voxel"},
    {13, 0, 3, "wedge"},
    {14, 0, 3, "pyramid"},
    {21, 0, 1, "quadratic line"},
    {22, 0, 2, "quadratic triangle"},
    {24, 0, 3, "quadratic tetrahedron"},
    {25, 0, 3, "quadratic hexahedron"},
    {42, 0, 3, "polyhedron"},
};
enum { n_cell_types = sizeof cell_types / sizeof cell_types[0] };

static int find_type(int vtk)
{
  for (int i = 0; i < n_cell_types; i++)
    if (cell_types[i].vtk == vtk)
      return i;
  return -1;
}

int hc_raw_nodes(int vtk)
{
  const int i = find_type(vtk);
  return i < 0 ? 0 : cell_types[i].nodes;
}

int hc_raw_dimension(int vtk)
{
  const int i = find_type(vtk);
  return i < 0 ? -1 : cell_types[i].dimension;
}

const char *hc_raw_type_name(int vtk)
{
  const int i = find_type(vtk);
  return i < 0 ? NULL : cell_types[i].name;
}

void hc_raw_destroy(struct hc_raw *raw)
{
  (void)PetscFree(raw->xyz);
  (void)PetscFree(raw->type);
  (void)PetscFree(raw->start);
  (void)PetscFree(raw->nodes);
  (void)PetscFree(raw->tag);
  for (int i = 0; i < raw->n_fields; i++)
    (void)PetscFree(raw->fields[i].values);
  (void)PetscFree(raw->fields);
  *raw = (struct hc_raw){.path = raw->path};
}

/* Grow *array from `have` to `want` elements of `size` bytes; PetscRealloc leaves new bytes as they are. */
static PetscErrorCode grow(void *array, size_t want, size_t size)
{
  void **const pointer = array;

  PetscFunctionBeginUser;
  PetscCall(PetscRealloc(want * size + 1, pointer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_raw_add_nodes(struct hc_raw *raw, int64_t n, int64_t *first)
{
  PetscFunctionBeginUser;
  *first = raw->n_nodes;
  PetscCall(grow(&raw->xyz, (size_t)(raw->n_nodes + n), 3 * sizeof *raw->xyz));
  memset(raw->xyz + 3 * raw->n_nodes, 0, (size_t)n * 3 * sizeof *raw->xyz);
  raw->n_nodes += n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_raw_reserve(struct hc_raw *raw, int64_t n_cells, int64_t n_nodes)
{
  const int64_t cells = raw->n_cells + n_cells, nodes = (raw->start ? raw->start[raw->n_cells] : 0) + n_nodes;
  const bool fresh = !raw->start;

  PetscFunctionBeginUser;
  if (cells > raw->cell_room || fresh) {
    raw->cell_room = cells > 2 * raw->cell_room ? cells : 2 * raw->cell_room;
    PetscCall(grow(&raw->type, (size_t)raw->cell_room, sizeof *raw->type));
    PetscCall(grow(&raw->tag, (size_t)raw->cell_room, sizeof *raw->tag));
    PetscCall(grow(&raw->start, (size_t)raw->cell_room + 1, sizeof *raw->start));
    if (fresh)
      raw->start[0] = 0;
  }
  if (nodes > raw->node_room) {
    raw->node_room = nodes > 2 * raw->node_room ? nodes : 2 * raw->node_room;
    PetscCall(grow(&raw->nodes, (size_t)raw->node_room, sizeof *raw->nodes));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_raw_add_cell(struct hc_raw *raw, int vtk, const int64_t *nodes, int32_t tag)
{
  const int n = hc_raw_nodes(vtk);
  int64_t at;

  PetscFunctionBeginUser;
  PetscCall(hc_raw_reserve(raw, 1, n));
  at = raw->start[raw->n_cells];
  for (int i = 0; i < n; i++)
    raw->nodes[at + i] = nodes[i];
  raw->type[raw->n_cells] = (unsigned char)vtk;
  raw->tag[raw->n_cells] = tag;
  raw->n_cells++;
  raw->start[raw->n_cells] = at + n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

struct hc_raw_field *hc_raw_find(const struct hc_raw *raw, const char *name, enum hc_location where)
{
  for (int i = 0; i < raw->n_fields; i++)
    if (raw->fields[i].where == where && strcmp(raw->fields[i].name, name) == 0)
      return &raw->fields[i];
  return NULL;
}

PetscErrorCode hc_raw_add_values(struct hc_raw *raw, const char *name, enum hc_location where, int n_comp,
                                 int64_t length, double **values)
{
  struct hc_raw_field *f;
  char clean[sizeof f->name];

  PetscFunctionBeginUser;
  PetscCheck(name[0] && strlen(name) < sizeof clean, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: array \"%s\": names have 1 to %zu characters", raw->path, name, sizeof clean - 1);
  snprintf(clean, sizeof clean, "%s", name);
  /* "/" would open a group in HDF5 */
  for (char *slash = strchr(clean, '/'); slash; slash = strchr(slash, '/'))
    *slash = '_';
  f = hc_raw_find(raw, clean, where);
  PetscCheck(!f || f->n_comp == n_comp, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: array \"%s\" has %d components in one place and %d in another", raw->path, name, f ? f->n_comp : 0,
             n_comp);
  if (!f) {
    PetscCall(grow(&raw->fields, (size_t)raw->n_fields + 1, sizeof *raw->fields));
    f = &raw->fields[raw->n_fields++];
    memset(f, 0, sizeof *f);
    memcpy(f->name, clean, sizeof clean);
    f->where = where;
    f->n_comp = n_comp;
  }
  PetscCall(grow(&f->values, (size_t)((f->length + length) * n_comp), sizeof *f->values));
  *values = f->values + f->length * n_comp;
  memset(*values, 0, (size_t)(length * n_comp) * sizeof **values);
  f->length += length;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_raw_check(const struct hc_raw *raw)
{
  PetscFunctionBeginUser;
  for (int64_t c = 0; c < raw->n_cells; c++)
    for (int64_t i = raw->start[c]; i < raw->start[c + 1]; i++)
      PetscCheck(raw->nodes[i] >= 0 && raw->nodes[i] < raw->n_nodes, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "%s: cell %lld has node %lld, there are %lld nodes", raw->path, (long long)c, (long long)raw->nodes[i],
                 (long long)raw->n_nodes);
  for (int i = 0; i < raw->n_fields; i++) {
    const struct hc_raw_field *f = &raw->fields[i];
    const int64_t expected = f->where == HC_NODE ? raw->n_nodes : raw->n_cells;
    PetscCheck(f->length == expected, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: array \"%s\" has %lld values, the mesh has %lld %s", raw->path, f->name, (long long)f->length,
               (long long)expected, f->where == HC_NODE ? "nodes" : "cells");
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
