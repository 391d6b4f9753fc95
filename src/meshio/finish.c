#include "finish.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void hc_whole_destroy(struct hc_whole *w)
{
  (void)PetscFree(w->xyz);
  (void)PetscFree(w->cells);
  (void)PetscFree(w->region);
  (void)PetscFree(w->surface);
  for (int i = 0; i < w->n_fields; i++)
    (void)PetscFree(w->fields[i].values);
  (void)PetscFree(w->fields);
}

/* The one type of the cells of the highest dimension. */
static PetscErrorCode choose_type(const struct hc_raw *raw, enum hc_cell_type *type)
{
  int64_t count[256] = {0};

  PetscFunctionBeginUser;
  for (int64_t c = 0; c < raw->n_cells; c++)
    count[raw->type[c]]++;
  PetscCheck(count[10] == 0 || count[12] == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: has %lld tetrahedra and %lld hexahedra; a mesh has cells of one type", raw->path,
             (long long)count[10], (long long)count[12]);
  *type = count[10] > 0 ? HC_TETRAHEDRON : count[12] > 0 ? HC_HEXAHEDRON : HC_TRIANGLE;
  if (*type == HC_TRIANGLE) {
    PetscCheck(count[5] > 0 || count[9] > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: has no triangles, tetrahedra or hexahedra", raw->path);
    PetscCheck(count[9] == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: has %lld quadrilaterals and %lld triangles; surfaces are made of triangles only", raw->path,
               (long long)count[9], (long long)count[5]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Tags from arrays ---- */

static PetscErrorCode missing_field(const struct hc_raw *raw, const char *name, enum hc_location where)
{
  char list[256] = "";

  PetscFunctionBeginUser;
  for (int i = 0; i < raw->n_fields; i++)
    if (raw->fields[i].where == where)
      snprintf(list + strlen(list), sizeof list - strlen(list), " %s", raw->fields[i].name);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: there is no array \"%s\" of the %s; there are:%s", raw->path, name,
          where == HC_NODE ? "nodes" : "cells", list[0] ? list : " none");
}

static PetscErrorCode integer_value(const struct hc_raw *raw, const struct hc_raw_field *f, int64_t i, int32_t *value)
{
  const double v = f->values[i];

  PetscFunctionBeginUser;
  PetscCheck(f->n_comp == 1 && v >= INT32_MIN && v <= INT32_MAX && v == trunc(v), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: array \"%s\" of %d components has %.6g at %s %lld; single integers are needed", raw->path, f->name,
             f->n_comp, v, f->where == HC_NODE ? "node" : "cell", (long long)i);
  *value = (int32_t)v;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* An array that became tags is no field any more. */
static void drop_field(struct hc_raw *raw, struct hc_raw_field *f)
{
  (void)PetscFree(f->values);
  raw->n_fields--;
  memmove(f, f + 1, (size_t)(raw->fields + raw->n_fields - f) * sizeof *f);
}

/* Regions and surfaces of cells from an array of the cells: the one asked for, or the first of the usual names. */
static PetscErrorCode tags_from_field(struct hc_raw *raw, const char *name)
{
  static const char *const usual[] = {"region",   "gmsh:physical", "medit:ref", "CellEntityIds", "elemTag",
                                      "material", "Material",      "RegionId",  "tags",          "Region"};
  struct hc_raw_field *f = name ? hc_raw_find(raw, name, HC_CELL) : NULL;

  PetscFunctionBeginUser;
  if (name && !f)
    PetscCall(missing_field(raw, name, HC_CELL));
  for (size_t i = 0; !f && i < sizeof usual / sizeof usual[0]; i++)
    f = hc_raw_find(raw, usual[i], HC_CELL);
  if (!f)
    PetscFunctionReturn(PETSC_SUCCESS);
  for (int64_t c = 0; c < raw->n_cells; c++)
    PetscCall(integer_value(raw, f, c, &raw->tag[c]));
  drop_field(raw, f);
  f = hc_raw_find(raw, "region", HC_CELL);
  if (f) /* another array was asked for: two of this name cannot be in a native mesh */
    drop_field(raw, f);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Surfaces of nodes from an array of the nodes: classes 1..31 and 0 for none, or bits as in native meshes. */
static PetscErrorCode add_surface(struct hc_raw *raw, struct hc_raw_field *f, bool classes, int32_t *surface)
{
  int32_t value = 0;

  PetscFunctionBeginUser;
  for (int64_t i = 0; i < raw->n_nodes; i++) {
    PetscCall(integer_value(raw, f, i, &value));
    if (classes) {
      PetscCheck(value >= 0 && value <= 31, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "%s: array \"%s\" has class %d at node %lld; 0 (none) to 31 are allowed", raw->path, f->name, value,
                 (long long)i);
      value = value > 0 ? (int32_t)(1u << (value - 1)) : 0;
    }
    surface[i] |= value;
  }
  drop_field(raw, f);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The array asked for, and the one that is always taken. */
static PetscErrorCode surface_from_fields(struct hc_raw *raw, const char *name, int32_t *surface)
{
  struct hc_raw_field *f = name ? hc_raw_find(raw, name, HC_NODE) : NULL;

  PetscFunctionBeginUser;
  if (name && !f)
    PetscCall(missing_field(raw, name, HC_NODE));
  if (f)
    PetscCall(add_surface(raw, f, true, surface));
  f = hc_raw_find(raw, "surface", HC_NODE);
  if (f)
    PetscCall(add_surface(raw, f, false, surface));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Facets give their nodes their tag; untagged ones do nothing. */
static PetscErrorCode surface_from_facets(const struct hc_raw *raw, int dimension, int32_t *surface)
{
  PetscFunctionBeginUser;
  for (int64_t c = 0; c < raw->n_cells; c++) {
    const int32_t tag = raw->tag[c];
    if (hc_raw_dimension(raw->type[c]) != dimension - 1 || tag == 0)
      continue;
    PetscCheck(tag >= 1 && tag <= 31, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: cell %lld, a %s, has surface tag %d; 1 to 31 are allowed, 0 is none", raw->path, (long long)c,
               hc_raw_type_name(raw->type[c]), tag);
    for (int64_t i = raw->start[c]; i < raw->start[c + 1]; i++)
      surface[raw->nodes[i]] |= (int32_t)(1u << (tag - 1));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- What is left ---- */

/* Gmsh writes a cell once for each physical group that it is in. */
static bool same_as_before(const struct hc_raw *raw, int64_t c)
{
  const int64_t n = raw->start[c + 1] - raw->start[c];
  return c > 0 && raw->type[c] == raw->type[c - 1] &&
         memcmp(raw->nodes + raw->start[c], raw->nodes + raw->start[c - 1], (size_t)n * sizeof *raw->nodes) == 0;
}

/* The cells that stay, in order; all have tags if none has: region 1. */
static PetscErrorCode keep_cells(const struct hc_raw *raw, struct hc_whole *w, int64_t *kept)
{
  const int n = hc_cell_nodes(w->type), vtk = hc_cell_vtk(w->type);
  bool tagged = false;

  PetscFunctionBeginUser;
  w->n_cells = 0;
  for (int64_t c = 0; c < raw->n_cells; c++)
    if (raw->type[c] == vtk && !(raw->n_fields == 0 && same_as_before(raw, c))) {
      kept[w->n_cells++] = c;
      tagged = tagged || raw->tag[c] != 0;
    }
  PetscCall(PetscMalloc1(w->n_cells * n, &w->cells));
  PetscCall(PetscMalloc1(w->n_cells, &w->region));
  for (int64_t i = 0; i < w->n_cells; i++) {
    PetscCall(PetscArraycpy(w->cells + n * i, raw->nodes + raw->start[kept[i]], n));
    w->region[i] = tagged ? raw->tag[kept[i]] : 1;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Nodes of cells get new numbers in the old order; kept[new] = old. */
static void keep_nodes(const struct hc_raw *raw, struct hc_whole *w, int64_t *kept, int64_t *number)
{
  const int64_t n = w->n_cells * hc_cell_nodes(w->type);

  for (int64_t i = 0; i < raw->n_nodes; i++)
    number[i] = -1;
  for (int64_t i = 0; i < n; i++)
    number[w->cells[i]] = 0;
  w->n_nodes = 0;
  for (int64_t i = 0; i < raw->n_nodes; i++)
    if (number[i] == 0) {
      kept[w->n_nodes] = i;
      number[i] = w->n_nodes++;
    }
  for (int64_t i = 0; i < n; i++)
    w->cells[i] = number[w->cells[i]];
}

/* Move the rows kept[i] to i; kept is ascending, so that nothing is overwritten before it is read. */
static void gather(double *values, int n_comp, const int64_t *kept, int64_t n)
{
  for (int64_t i = 0; i < n; i++)
    for (int j = 0; j < n_comp; j++)
      values[n_comp * i + j] = values[n_comp * kept[i] + j];
}

static void take_nodes_and_fields(struct hc_raw *raw, double scale, struct hc_whole *w, const int64_t *nodes,
                                  const int64_t *cells)
{
  gather(raw->xyz, 3, nodes, w->n_nodes);
  for (int64_t i = 0; i < 3 * w->n_nodes; i++)
    raw->xyz[i] *= scale;
  for (int64_t i = 0; i < w->n_nodes; i++)
    w->surface[i] = w->surface[nodes[i]];
  for (int i = 0; i < raw->n_fields; i++) {
    struct hc_raw_field *f = &raw->fields[i];
    gather(f->values, f->n_comp, f->where == HC_NODE ? nodes : cells, f->where == HC_NODE ? w->n_nodes : w->n_cells);
  }
  w->xyz = raw->xyz;
  w->fields = raw->fields;
  w->n_fields = raw->n_fields;
  raw->xyz = NULL;
  raw->fields = NULL;
  raw->n_fields = 0;
}

PetscErrorCode hc_finish(struct hc_raw *raw, const struct hc_import_options *options, struct hc_whole *w)
{
  int64_t *kept_cells, *kept_nodes, *number;

  PetscFunctionBeginUser;
  PetscCall(hc_raw_check(raw));
  PetscCall(choose_type(raw, &w->type));
  PetscCall(tags_from_field(raw, options->region_field));
  PetscCall(PetscCalloc1(raw->n_nodes, &w->surface));
  PetscCall(surface_from_fields(raw, options->surface_field, w->surface));
  PetscCall(surface_from_facets(raw, w->type == HC_TRIANGLE ? 2 : 3, w->surface));
  PetscCall(PetscMalloc3(raw->n_cells, &kept_cells, raw->n_nodes, &kept_nodes, raw->n_nodes, &number));
  PetscCall(keep_cells(raw, w, kept_cells));
  keep_nodes(raw, w, kept_nodes, number);
  take_nodes_and_fields(raw, options->scale, w, kept_nodes, kept_cells);
  PetscCall(PetscFree3(kept_cells, kept_nodes, number));
  PetscFunctionReturn(PETSC_SUCCESS);
}
