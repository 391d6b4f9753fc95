#include "assign.h"

bool hc_assign_has_region(const struct hc_cells_params *entry, int64_t region)
{
  bool found = entry->regions.n == 0;

  for (int i = 0; i < entry->regions.n && !found; i++)
    found = entry->regions.v[i] == region;
  return found;
}

/* A region that no cell has is a slip of the pen. */
static PetscErrorCode check_regions(const struct hc_mesh *mesh, const struct hc_cells_params *entry)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < entry->regions.n; i++) {
    int there = 0;
    for (int c = 0; c < mesh->n_cells_local && !there; c++)
      there = mesh->region[c] == entry->regions.v[i];
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &there, 1, MPI_INT, MPI_MAX, mesh->comm));
    PetscCheck(there, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: the mesh has no region with tag %" PRId64,
               hc_params_place(entry->cell.params, &entry->regions), entry->regions.v[i]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode find_field(const struct hc_fields *fields, const struct hc_cells_params *entry,
                                 const double **values)
{
  const struct hc_field *field = NULL;

  PetscFunctionBeginUser;
  *values = NULL;
  if (!entry->field)
    PetscFunctionReturn(PETSC_SUCCESS);
  field = hc_fields_find(fields, entry->field, HC_NODE);
  PetscCheck(field, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: there is no nodal field \"%s\" in the mesh or from the fibres",
             hc_params_place(entry->cell.params, &entry->field), entry->field);
  PetscCheck(field->n_comp == 1, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: field \"%s\" has %d components; allowed: 1",
             hc_params_place(entry->cell.params, &entry->field), entry->field, field->n_comp);
  *values = field->values;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Owned nodes of cells in the entry's regions. */
static void mark_regions(const struct hc_mesh *mesh, const struct hc_cells_params *entry, bool *touched)
{
  const int n = hc_cell_nodes(mesh->type);

  for (int c = 0; c < mesh->n_cells_local; c++) {
    if (!hc_assign_has_region(entry, mesh->region[c]))
      continue;
    for (int k = 0; k < n; k++) {
      const int node = mesh->cells[(size_t)n * c + k];
      if (node < mesh->n_owned)
        touched[node] = true;
    }
  }
}

/* The node that no entry fits with the lowest file number: the same message on any number of ranks. */
static PetscErrorCode refuse_left_over(const struct hc_mesh *mesh, const int *entry)
{
  int64_t first = INT64_MAX, local = INT64_MAX;
  int at = -1;

  PetscFunctionBeginUser;
  for (int i = 0; i < mesh->n_owned; i++)
    if (entry[i] < 0 && mesh->file_node[i] < local) {
      at = i;
      local = mesh->file_node[i];
    }
  PetscCallMPI(MPI_Allreduce(&local, &first, 1, MPI_INT64_T, MPI_MIN, mesh->comm));
  PetscCheck(at < 0 || local != first, PETSC_COMM_SELF, HC_ERR_INPUT,
             "cells: no entry fits node %" PRId64
             " at (%.6g, %.6g, %.6g) mm; an entry without regions and field at the "
             "end of the list fits what is left",
             first, mesh->xyz[3 * at], mesh->xyz[3 * at + 1], mesh->xyz[3 * at + 2]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_assign_cells(const struct hc_mesh *mesh, const struct hc_fields *fields, int n_entries,
                               const struct hc_cells_params *entries, int *entry)
{
  bool *touched;

  PetscFunctionBeginUser;
  for (int i = 0; i < mesh->n_owned; i++)
    entry[i] = -1;
  PetscCall(PetscMalloc1(mesh->n_owned, &touched));
  for (int e = 0; e < n_entries; e++) {
    const double *range = entries[e].range.v, *values;
    PetscCall(check_regions(mesh, &entries[e]));
    PetscCall(find_field(fields, &entries[e], &values));
    PetscCall(PetscArrayzero(touched, mesh->n_owned));
    mark_regions(mesh, &entries[e], touched);
    for (int i = 0; i < mesh->n_owned; i++)
      if (entry[i] < 0 && touched[i] && (!values || (values[i] >= range[0] && values[i] < range[1])))
        entry[i] = e;
  }
  PetscCall(PetscFree(touched));
  PetscCall(hc_error_agree(mesh->comm, refuse_left_over(mesh, entry)));
  PetscFunctionReturn(PETSC_SUCCESS);
}
