/* Rows of a pattern as a PETSc matrix. */
#include "fe.h"

#include <string.h>

/* Global column numbers as PETSc wants them. */
static PetscErrorCode columns(const struct hc_mesh *mesh, const struct hc_pattern *pattern, PetscInt **row,
                              PetscInt **col)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)pattern->n_rows + 1, row));
  PetscCall(PetscMalloc1((size_t)pattern->row[pattern->n_rows], col));
  for (int i = 0; i <= pattern->n_rows; i++)
    (*row)[i] = pattern->row[i];
  for (int k = 0; k < pattern->row[pattern->n_rows]; k++)
    (*col)[k] = (PetscInt)mesh->number[pattern->col[k]];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_fe_mat_create(const struct hc_mesh *mesh, const struct hc_pattern *pattern, const double *values,
                                Mat *mat)
{
  PetscInt *row, *col;

  PetscFunctionBeginUser;
  PetscCheck(mesh->n_nodes <= PETSC_MAX_INT, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "%" PRId64 " nodes need a PETSc with 64-bit indices", mesh->n_nodes);
  PetscCall(columns(mesh, pattern, &row, &col));
  PetscCall(MatCreate(mesh->comm, mat));
  PetscCall(MatSetSizes(*mat, mesh->n_owned, mesh->n_owned, (PetscInt)mesh->n_nodes, (PetscInt)mesh->n_nodes));
  PetscCall(MatSetType(*mat, MATAIJ));
  /* Each of the two does nothing to a matrix of the other type. */
  PetscCall(MatSeqAIJSetPreallocationCSR(*mat, row, col, values));
  PetscCall(MatMPIAIJSetPreallocationCSR(*mat, row, col, values));
  PetscCall(MatSetOption(*mat, MAT_SYMMETRIC, PETSC_TRUE));
  PetscCall(MatSetOption(*mat, MAT_SYMMETRY_ETERNAL, PETSC_TRUE));
  PetscCall(PetscFree(row));
  PetscCall(PetscFree(col));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_fe_mat_update(Mat mat, const struct hc_pattern *pattern, const double *values)
{
  PetscBool sequential;
  PetscScalar *own;

  PetscFunctionBeginUser;
  PetscCall(PetscObjectTypeCompare((PetscObject)mat, MATSEQAIJ, &sequential));
  if (sequential) { /* columns are ascending, so PETSc keeps the entries in our order */
    PetscCall(MatSeqAIJGetArray(mat, &own));
    memcpy(own, values, (size_t)pattern->row[pattern->n_rows] * sizeof(*own));
    PetscCall(MatSeqAIJRestoreArray(mat, &own));
  } else {
    PetscCall(MatUpdateMPIAIJWithArray(mat, values));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
