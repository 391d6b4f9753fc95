/* Gmsh's format 4.1 (reference manual, "MSH file format"). Text and binary differ in the coding of numbers only. */
#include "gmsh.h"

#include <stdlib.h>
#include <string.h>

static PetscErrorCode read_entity(struct hc_gmsh *g, int dimension, struct hc_entity *entity)
{
  int64_t n, value;
  double box;

  PetscFunctionBeginUser;
  entity->dimension = dimension;
  PetscCall(hc_gmsh_int(g, "an entity's tag", &entity->tag));
  for (int i = 0; i < (dimension == 0 ? 3 : 6); i++)
    PetscCall(hc_gmsh_real(g, "a bound", &box));
  PetscCall(hc_gmsh_size(g, "a number of physical groups", &n));
  PetscCall(hc_gmsh_check_count(g, "number of physical groups", 1, 0, 0, n));
  if (n > (int64_t)(sizeof entity->group / sizeof entity->group[0]))
    PetscCall(hc_scan_fail(g->scan, "entity %lld is in %lld physical groups; 8 are allowed", (long long)entity->tag,
                           (long long)n));
  entity->n_groups = (int)n;
  for (int i = 0; i < entity->n_groups; i++) {
    PetscCall(hc_gmsh_int(g, "a physical group", &value));
    PetscCall(hc_gmsh_group(g, value, &entity->group[i]));
  }
  if (dimension > 0) {
    PetscCall(hc_gmsh_size(g, "a number of bounding entities", &n));
    PetscCall(hc_gmsh_check_count(g, "number of bounding entities", 1, 0, 0, n));
    for (int64_t i = 0; i < n; i++)
      PetscCall(hc_gmsh_int(g, "a bounding entity", &value));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int compare(const void *a, const void *b)
{
  const struct hc_entity *p = a, *q = b;
  if (p->dimension != q->dimension)
    return p->dimension < q->dimension ? -1 : 1;
  return (p->tag > q->tag) - (p->tag < q->tag);
}

static PetscErrorCode read_entities(struct hc_gmsh *g)
{
  int64_t count[4], n = 0;

  PetscFunctionBeginUser;
  if (g->entities)
    PetscCall(hc_scan_fail(g->scan, "a second section of entities"));
  for (int d = 0; d < 4; d++) {
    PetscCall(hc_gmsh_size(g, "a number of entities", &count[d]));
    PetscCall(hc_gmsh_check_count(g, "number of entities", 1, 1, 3, count[d]));
    n += count[d];
  }
  PetscCall(PetscCalloc1(n, &g->entities));
  for (int d = 0; d < 4; d++)
    for (int64_t i = 0; i < count[d]; i++)
      PetscCall(read_entity(g, d, &g->entities[g->n_entities++]));
  if (n > 0)
    qsort(g->entities, (size_t)n, sizeof *g->entities, compare);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_node_block(struct hc_gmsh *g)
{
  int64_t dimension, entity, parametric, n, first, number;
  double unused;

  PetscFunctionBeginUser;
  PetscCall(hc_gmsh_int(g, "an entity's dimension", &dimension));
  PetscCall(hc_gmsh_int(g, "an entity's tag", &entity));
  PetscCall(hc_gmsh_int(g, "whether nodes have parameters", &parametric));
  if (dimension < 0 || dimension > 3 || parametric < 0 || parametric > 1)
    PetscCall(hc_scan_fail(g->scan, "dimension %lld and parametric %lld; 0 to 3, and 0 or 1 are allowed",
                           (long long)dimension, (long long)parametric));
  PetscCall(hc_gmsh_size(g, "a number of nodes", &n));
  PetscCall(hc_gmsh_check_count(g, "number of nodes", 0, 1, 3, n));
  PetscCall(hc_raw_add_nodes(g->raw, n, &first));
  PetscCall(hc_numbering_reserve(&g->nodes, n));
  for (int64_t i = 0; i < n; i++) {
    PetscCall(hc_gmsh_size(g, "a node number", &number));
    hc_numbering_add(&g->nodes, number);
  }
  for (int64_t i = first; i < first + n; i++) {
    for (int j = 0; j < 3; j++)
      PetscCall(hc_gmsh_real(g, "a coordinate", &g->raw->xyz[3 * i + j]));
    for (int64_t j = 0; j < parametric * dimension; j++)
      PetscCall(hc_gmsh_real(g, "a parameter", &unused));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Blocks, total, smallest and largest number. */
static PetscErrorCode read_head(struct hc_gmsh *g, int64_t *blocks, int64_t *total)
{
  int64_t unused;

  PetscFunctionBeginUser;
  PetscCall(hc_gmsh_size(g, "a number of blocks", blocks));
  PetscCall(hc_gmsh_size(g, "a total", total));
  PetscCall(hc_gmsh_size(g, "a smallest number", &unused));
  PetscCall(hc_gmsh_size(g, "a largest number", &unused));
  PetscCall(hc_gmsh_check_count(g, "number of blocks", 3, 1, 0, *blocks));
  PetscCall(hc_gmsh_check_count(g, "total", 0, 2, 0, *total));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_nodes(struct hc_gmsh *g)
{
  int64_t blocks, total, twice;

  PetscFunctionBeginUser;
  if (g->have_nodes)
    PetscCall(hc_scan_fail(g->scan, "a second section of nodes"));
  PetscCall(read_head(g, &blocks, &total));
  for (int64_t i = 0; i < blocks; i++)
    PetscCall(read_node_block(g));
  if (g->nodes.n != total)
    PetscCall(hc_scan_fail(g->scan, "%lld nodes, the section announced %lld", (long long)g->nodes.n, (long long)total));
  PetscCall(hc_numbering_finish(&g->nodes, &twice));
  if (twice)
    PetscCall(hc_scan_fail(g->scan, "node %lld occurs twice", (long long)twice));
  g->have_nodes = true;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Add a cell with the groups of its entity. Of a region the first group counts, a surface has all of its groups. */
static PetscErrorCode add_cell(struct hc_gmsh *g, int vtk, const int64_t *nodes, const struct hc_entity *entity)
{
  const int n_groups = entity ? entity->n_groups : 0;

  PetscFunctionBeginUser;
  PetscCall(hc_raw_add_cell(g->raw, vtk, nodes, n_groups > 0 ? entity->group[0] : 0));
  for (int i = 1; i < n_groups && hc_raw_dimension(vtk) < 3; i++)
    PetscCall(hc_raw_add_cell(g->raw, vtk, nodes, entity->group[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_element_block(struct hc_gmsh *g, int64_t *n)
{
  struct hc_entity key = {0};
  const struct hc_entity *entity = NULL;
  int64_t value, type, nodes[8];
  int vtk = 0;

  PetscFunctionBeginUser;
  PetscCall(hc_gmsh_int(g, "an entity's dimension", &value));
  PetscCall(hc_gmsh_int(g, "an entity's tag", &key.tag));
  PetscCall(hc_gmsh_int(g, "an element type", &type));
  PetscCall(hc_gmsh_type(g, type, &vtk));
  PetscCall(hc_gmsh_size(g, "a number of elements", n));
  PetscCall(hc_gmsh_check_count(g, "number of elements", 0, 1 + hc_raw_nodes(vtk), 0, *n));
  if (value != hc_raw_dimension(vtk))
    PetscCall(
        hc_scan_fail(g->scan, "element type %lld on an entity of dimension %lld", (long long)type, (long long)value));
  key.dimension = (int)value;
  if (g->n_entities > 0)
    entity = bsearch(&key, g->entities, (size_t)g->n_entities, sizeof key, compare);
  for (int64_t i = 0; i < *n; i++) {
    PetscCall(hc_gmsh_size(g, "an element number", &value));
    for (int j = 0; j < hc_raw_nodes(vtk); j++) {
      PetscCall(hc_gmsh_size(g, "a node number", &value));
      nodes[j] = hc_numbering_find(&g->nodes, value);
      if (nodes[j] < 0)
        PetscCall(hc_scan_fail(g->scan, "node %lld does not exist", (long long)value));
    }
    PetscCall(add_cell(g, vtk, nodes, entity));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_elements(struct hc_gmsh *g)
{
  int64_t blocks, total, n, sum = 0;

  PetscFunctionBeginUser;
  if (!g->have_nodes)
    PetscCall(hc_scan_fail(g->scan, "elements before nodes"));
  PetscCall(read_head(g, &blocks, &total));
  PetscCall(hc_raw_reserve(g->raw, total, 4 * total));
  for (int64_t i = 0; i < blocks; i++) {
    PetscCall(read_element_block(g, &n));
    sum += n;
  }
  if (sum != total)
    PetscCall(hc_scan_fail(g->scan, "%lld elements, the section announced %lld", (long long)sum, (long long)total));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_gmsh_read_41(struct hc_gmsh *g, const char *section)
{
  PetscFunctionBeginUser;
  if (strcmp(section, "$Nodes") == 0)
    PetscCall(read_nodes(g));
  else if (strcmp(section, "$Elements") == 0)
    PetscCall(read_elements(g));
  else
    PetscCall(read_entities(g));
  PetscFunctionReturn(PETSC_SUCCESS);
}
