/* Fibres from the mesh, uniform, or by rule. */
#include "frame.h"
#include "internal.h"

#include <math.h>
#include <string.h>

PetscErrorCode hc_tissue_field(struct hc_fields *fields, const char *name, enum hc_location where, int n_comp,
                               double **values)
{
  struct hc_field *field = hc_fields_find(fields, name, where);

  PetscFunctionBeginUser;
  if (!field)
    PetscCall(hc_fields_add(fields, name, "", where, n_comp, &field));
  PetscCheck(field->n_comp == n_comp, PETSC_COMM_SELF, HC_ERR_INPUT,
             "field \"%s\" of the mesh has %d components; %d are needed", name, field->n_comp, n_comp);
  *values = field->values;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Why a cell's directions cannot be used. */
enum fault { FAULT_NONE, FAULT_FIBRE_FINITE, FAULT_FIBRE_ZERO, FAULT_SHEET_FINITE, FAULT_SHEET_ZERO, FAULT_PARALLEL };

static const char *const fault_text[] = {"",
                                         "the fibre is not finite",
                                         "the fibre has length zero",
                                         "the sheet direction is not finite",
                                         "the sheet direction has length zero",
                                         "the sheet direction is parallel to the fibre"};

static bool is_finite(const double a[3])
{
  return isfinite(a[0]) && isfinite(a[1]) && isfinite(a[2]);
}

/* Make fibre, sheet, normal orthonormal in place. given: the sheet holds a direction. */
static enum fault complete(bool given, double fibre[3], double sheet[3], double normal[3])
{
  if (!is_finite(fibre))
    return FAULT_FIBRE_FINITE;
  if (!hc_frame_normalise(fibre))
    return FAULT_FIBRE_ZERO;
  if (!given) {
    hc_frame_any_normal(fibre, sheet);
  } else {
    if (!is_finite(sheet))
      return FAULT_SHEET_FINITE;
    if (!hc_frame_normalise(sheet))
      return FAULT_SHEET_ZERO;
    if (!hc_frame_orthogonal(fibre, sheet, sheet))
      return FAULT_PARALLEL;
  }
  hc_frame_cross(fibre, sheet, normal);
  return FAULT_NONE;
}

static PetscErrorCode raise(const struct hc_mesh *mesh, const struct hc_fibre_params *params, int cell,
                            enum fault fault)
{
  const int n = hc_cell_nodes(mesh->type);
  const double *x = mesh->xyz + 3 * (size_t)mesh->cells[(size_t)n * (size_t)cell];

  PetscFunctionBeginUser;
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT,
          "%s: the mesh has at cell %" PRId64
          " near (%.6g, %.6g, %.6g) mm: %s; allowed: finite directions of a length above zero",
          hc_params_place(params->params, &params->rule), mesh->file_cell[cell], x[0], x[1], x[2], fault_text[fault]);
}

static PetscErrorCode from_mesh(const struct hc_mesh *mesh, const struct hc_fibre_params *params,
                                struct hc_fields *fields)
{
  const bool given = hc_fields_find(fields, "sheet", HC_CELL) != NULL;
  double *fibre, *sheet, *normal;
  int64_t bad = INT64_MAX, first;
  int cell = 0;
  enum fault fault = FAULT_NONE;

  PetscFunctionBeginUser;
  PetscCheck(hc_fields_find(fields, "fibre", HC_CELL), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: rule mesh, but the mesh has no cell field \"fibre\"; allowed: uniform, ldrb",
             hc_params_place(params->params, &params->rule));
  PetscCall(hc_tissue_field(fields, "fibre", HC_CELL, 3, &fibre));
  PetscCall(hc_tissue_field(fields, "sheet", HC_CELL, 3, &sheet));
  PetscCall(hc_tissue_field(fields, "normal", HC_CELL, 3, &normal));
  for (int c = 0; c < mesh->n_cells_local && fault == FAULT_NONE; c++) {
    fault = complete(given, fibre + 3 * (size_t)c, sheet + 3 * (size_t)c, normal + 3 * (size_t)c);
    cell = c;
  }
  if (fault != FAULT_NONE)
    bad = mesh->file_cell[cell];
  /* All ranks report the first bad cell of the file, whoever has it. */
  PetscCallMPI(MPI_Allreduce(&bad, &first, 1, MPI_INT64_T, MPI_MIN, mesh->comm));
  PetscCall(hc_error_agree(mesh->comm, fault != FAULT_NONE && bad == first ? raise(mesh, params, cell, fault) : 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode uniform(const struct hc_mesh *mesh, const struct hc_fibre_params *params,
                              struct hc_fields *fields)
{
  const bool given = params->sheet.n == 3;
  double frame[3][3] = {{0}}, *values[3];
  static const char *const names[3] = {"fibre", "sheet", "normal"};
  enum fault fault;

  PetscFunctionBeginUser;
  PetscCheck(params->direction.n == 3, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: found %d numbers; allowed: 3",
             hc_params_place(params->params, &params->direction), params->direction.n);
  memcpy(frame[0], params->direction.v, sizeof(frame[0]));
  if (given)
    memcpy(frame[1], params->sheet.v, sizeof(frame[1]));
  fault = complete(given, frame[0], frame[1], frame[2]);
  PetscCheck(
      fault == FAULT_NONE, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s; allowed: three finite numbers that make a direction",
      hc_params_place(params->params, fault > FAULT_FIBRE_ZERO ? (const void *)&params->sheet : &params->direction),
      fault_text[fault]);
  for (int m = 0; m < 3; m++) {
    PetscCall(hc_tissue_field(fields, names[m], HC_CELL, 3, &values[m]));
    for (int c = 0; c < mesh->n_cells_local; c++)
      memcpy(values[m] + 3 * (size_t)c, frame[m], sizeof(frame[m]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_fibres(const struct hc_mesh *mesh, const struct hc_pattern *pattern,
                         const struct hc_fibre_params *params, struct hc_fields *fields)
{
  PetscFunctionBeginUser;
  if (params->rule == HC_FIBRES_LDRB)
    PetscCall(hc_tissue_ldrb(mesh, pattern, params, fields));
  else if (params->rule == HC_FIBRES_UNIFORM)
    PetscCall(uniform(mesh, params, fields));
  else
    PetscCall(from_mesh(mesh, params, fields));
  PetscFunctionReturn(PETSC_SUCCESS);
}
