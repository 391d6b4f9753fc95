#include "vtk.h"

static PetscErrorCode check_type(const char *where, int64_t cell, int64_t type, int64_t n)
{
  const int vtk = type >= 0 && type < 256 ? (int)type : -1;
  const char *name = hc_raw_type_name(vtk);
  const int expected = hc_raw_nodes(vtk);

  PetscFunctionBeginUser;
  PetscCheck(expected > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: cell %lld has VTK type %lld (%s); triangles, tetrahedra and hexahedra are supported, and lines and "
             "quadrilaterals beside them",
             where, (long long)cell, (long long)type, name ? name : "unknown");
  PetscCheck(n == expected, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cell %lld, a %s, has %lld nodes, %d are needed", where,
             (long long)cell, name, (long long)n, expected);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_vtk_add_cells(struct hc_raw *raw, const char *where, const struct hc_vtk_cells *cells,
                                int64_t first_node, int64_t n_nodes)
{
  int64_t nodes[8], start = 0;

  PetscFunctionBeginUser;
  PetscCall(hc_raw_reserve(raw, cells->n, cells->n_nodes));
  for (int64_t c = 0; c < cells->n; c++) {
    const int64_t end = cells->end[c];
    PetscCheck(end >= start && end <= cells->n_nodes, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: cell %lld ends at %lld in a list of %lld nodes, the one before at %lld", where, (long long)c,
               (long long)end, (long long)cells->n_nodes, (long long)start);
    PetscCall(check_type(where, c, cells->type[c], end - start));
    for (int64_t i = start; i < end; i++) {
      PetscCheck(cells->nodes[i] >= 0 && cells->nodes[i] < n_nodes, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "%s: cell %lld has node %lld, there are nodes 0 to %lld", where, (long long)c,
                 (long long)cells->nodes[i], (long long)(n_nodes - 1));
      nodes[i - start] = first_node + cells->nodes[i];
    }
    PetscCall(hc_raw_add_cell(raw, (int)cells->type[c], nodes, 0));
    start = end;
  }
  PetscCheck(start == cells->n_nodes, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: the cells use %lld of %lld listed nodes",
             where, (long long)start, (long long)cells->n_nodes);
  PetscFunctionReturn(PETSC_SUCCESS);
}
