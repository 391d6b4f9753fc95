#include "assign.h"

#include <string.h>

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

/* Give entry `e` the nodes that it fits and that have none yet. Work: touched, values (owned nodes). */
static PetscErrorCode assign_entry(const struct hc_mesh *mesh, const struct hc_fields *fields,
                                   const struct hc_cells_params *params, int e, bool *touched, double *values,
                                   int *entry)
{
  const double *range = params->range.v;

  PetscFunctionBeginUser;
  PetscCall(check_regions(mesh, params));
  if (params->field)
    PetscCall(
        hc_nodal_values(mesh, fields, hc_params_place(params->cell.params, &params->field), params->field, values));
  PetscCall(PetscArrayzero(touched, mesh->n_owned));
  mark_regions(mesh, params, touched);
  for (int i = 0; i < mesh->n_owned; i++)
    if (entry[i] < 0 && touched[i] && (!params->field || (values[i] >= range[0] && values[i] < range[1])))
      entry[i] = e;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_assign_cells(const struct hc_mesh *mesh, const struct hc_fields *fields, int n_entries,
                               const struct hc_cells_params *entries, int *entry)
{
  bool *touched;
  double *values;
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  for (int i = 0; i < mesh->n_owned; i++)
    entry[i] = -1;
  PetscCall(PetscMalloc1(mesh->n_owned, &touched));
  PetscCall(PetscMalloc1(mesh->n_owned, &values));
  for (int e = 0; e < n_entries && !code; e++)
    code = assign_entry(mesh, fields, &entries[e], e, touched, values, entry);
  PetscCall(PetscFree(touched));
  PetscCall(PetscFree(values));
  PetscCall(code);
  PetscCall(hc_error_agree(mesh->comm, refuse_left_over(mesh, entry)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Parameters that differ from node to node -------------------------------------------------------------------- */

/* The node of the entry where the field is out of its parameter's range with the lowest file number: the same message
 * on any number of ranks. */
static PetscErrorCode check_field(const struct hc_mesh *mesh, const struct hc_cell_model *model, const int *entry,
                                  const struct hc_cell_field *field, const char *place)
{
  const struct hc_parameter_info *info = &model->parameters[field->parameter];
  int64_t first = INT64_MAX, local = INT64_MAX;
  int at = -1;
  char text[256] = "";

  PetscFunctionBeginUser;
  for (int i = 0; i < mesh->n_owned; i++) {
    const double value = field->factor * field->values[i];
    if (entry[i] == field->entry && !(value >= info->min && value <= info->max) && mesh->file_node[i] < local) {
      at = i;
      local = mesh->file_node[i];
      snprintf(text, sizeof text, "found %g", value);
    }
  }
  PetscCallMPI(MPI_Allreduce(&local, &first, 1, MPI_INT64_T, MPI_MIN, mesh->comm));
  if (at >= 0 && local == first) {
    const double *x = &mesh->xyz[3 * at];
    const size_t n = strlen(text);
    snprintf(text + n, sizeof text - n, " at node %" PRId64 " (%g, %g, %g mm); allowed: %g to %g (%s)", first, x[0],
             x[1], x[2], info->min, info->max, info->unit);
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: parameter %s of %s: %s", place, info->name, model->name, text);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_assign_fields(const struct hc_mesh *mesh, const struct hc_fields *fields, int n_entries,
                                const struct hc_cells_params *entries, const struct hc_cell_model *const *models,
                                const int *entry, struct hc_assigned *assigned)
{
  const char *name, *place;
  char where[512];
  int n = 0;

  PetscFunctionBeginUser;
  for (int e = 0; e < n_entries; e++)
    n += hc_cells_n_fields(&entries[e]);
  PetscCall(PetscCalloc1(n, &assigned->fields));
  PetscCall(PetscMalloc1((size_t)n * (size_t)mesh->n_owned, &assigned->values));
  for (int e = 0; e < n_entries; e++)
    for (int i = 0; i < hc_cells_n_fields(&entries[e]); i++) {
      struct hc_cell_field *field = &assigned->fields[assigned->n];
      double *values = assigned->values + (size_t)assigned->n++ * (size_t)mesh->n_owned;
      PetscCall(hc_error_agree(mesh->comm, hc_cells_field(&entries[e], models[e], i, field, &name, &place)));
      snprintf(where, sizeof where, "%s", place);
      field->entry = e;
      field->values = values;
      PetscCall(hc_nodal_values(mesh, fields, where, name, values));
      PetscCall(hc_error_agree(mesh->comm, check_field(mesh, models[e], entry, field, where)));
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_assigned_free(struct hc_assigned *assigned)
{
  (void)PetscFree(assigned->fields);
  (void)PetscFree(assigned->values);
}
