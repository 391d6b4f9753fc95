/* Gmsh's format 2.2 (reference manual, "MSH file format version 2"). */
#include "gmsh.h"

#include <string.h>

/* Counts are text in binary files too; the numbers start on the next line. */
static PetscErrorCode read_count(struct hc_gmsh *g, const char *what, int64_t *count)
{
  char rest[64];

  PetscFunctionBeginUser;
  PetscCall(hc_scan_integer(g->scan, what, count));
  if (g->scan->binary)
    hc_scan_line(g->scan, rest, sizeof rest);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_nodes(struct hc_gmsh *g)
{
  int64_t n, first, number, twice;

  PetscFunctionBeginUser;
  if (g->have_nodes)
    PetscCall(hc_scan_fail(g->scan, "a second section of nodes"));
  PetscCall(read_count(g, "number of nodes", &n));
  PetscCall(hc_gmsh_check_count(g, "number of nodes", 1, 0, 3, n));
  PetscCall(hc_raw_add_nodes(g->raw, n, &first));
  PetscCall(hc_numbering_reserve(&g->nodes, n));
  for (int64_t i = 0; i < n; i++) {
    PetscCall(hc_gmsh_int(g, "a node number", &number));
    hc_numbering_add(&g->nodes, number);
    for (int j = 0; j < 3; j++)
      PetscCall(hc_gmsh_real(g, "a coordinate", &g->raw->xyz[3 * i + j]));
  }
  PetscCall(hc_numbering_finish(&g->nodes, &twice));
  if (twice)
    PetscCall(hc_scan_fail(g->scan, "node %lld occurs twice", (long long)twice));
  g->have_nodes = true;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Tags and nodes of one element; its type is known. */
static PetscErrorCode read_element(struct hc_gmsh *g, int vtk, int64_t n_tags)
{
  int64_t value, nodes[8];
  int32_t group = 0;

  PetscFunctionBeginUser;
  for (int64_t t = 0; t < n_tags; t++) {
    PetscCall(hc_gmsh_int(g, "a tag", &value));
    if (t == 0) /* the first is the physical group */
      PetscCall(hc_gmsh_group(g, value, &group));
  }
  for (int i = 0; i < hc_raw_nodes(vtk); i++) {
    PetscCall(hc_gmsh_int(g, "a node number", &value));
    nodes[i] = hc_numbering_find(&g->nodes, value);
    if (nodes[i] < 0)
      PetscCall(hc_scan_fail(g->scan, "node %lld does not exist", (long long)value));
  }
  PetscCall(hc_raw_add_cell(g->raw, vtk, nodes, group));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Text: number, type, number of tags, tags, nodes; binary: blocks of elements of one type. */
static PetscErrorCode read_block(struct hc_gmsh *g, int64_t *left)
{
  int64_t type, number, n_tags, n = 1;
  int vtk = 0;

  PetscFunctionBeginUser;
  if (!g->scan->binary)
    PetscCall(hc_gmsh_int(g, "an element number", &number));
  PetscCall(hc_gmsh_int(g, "an element type", &type));
  PetscCall(hc_gmsh_type(g, type, &vtk));
  if (g->scan->binary)
    PetscCall(hc_gmsh_int(g, "a number of elements", &n));
  PetscCall(hc_gmsh_int(g, "a number of tags", &n_tags));
  PetscCall(hc_gmsh_check_count(g, "number of tags", 1, 0, 0, n_tags));
  if (n < 1 || n > *left)
    PetscCall(hc_scan_fail(g->scan, "a block of %lld elements where %lld are left", (long long)n, (long long)*left));
  for (int64_t i = 0; i < n; i++) {
    if (g->scan->binary)
      PetscCall(hc_gmsh_int(g, "an element number", &number));
    PetscCall(read_element(g, vtk, n_tags));
  }
  *left -= n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_elements(struct hc_gmsh *g)
{
  int64_t n;

  PetscFunctionBeginUser;
  if (!g->have_nodes)
    PetscCall(hc_scan_fail(g->scan, "elements before nodes"));
  PetscCall(read_count(g, "number of elements", &n));
  PetscCall(hc_gmsh_check_count(g, "number of elements", 2, 0, 0, n));
  PetscCall(hc_raw_reserve(g->raw, n, 4 * n));
  for (int64_t left = n; left > 0;)
    PetscCall(read_block(g, &left));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_gmsh_read_22(struct hc_gmsh *g, const char *section)
{
  PetscFunctionBeginUser;
  if (strcmp(section, "$Nodes") == 0)
    PetscCall(read_nodes(g));
  else if (strcmp(section, "$Elements") == 0)
    PetscCall(read_elements(g));
  else
    PetscCall(hc_scan_fail(g->scan, "section %s does not belong to format 2.2", section));
  PetscFunctionReturn(PETSC_SUCCESS);
}
