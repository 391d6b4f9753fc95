/* From nodal functions to cells. */
#include "fe.h"

PetscErrorCode hc_fe_gradient(const struct hc_mesh *mesh, const double *nodal, double *gradient)
{
  const int n = hc_cell_nodes(mesh->type);
  double xi[3], x[HC_MAX_NODES][3], g[HC_MAX_NODES][3], volume;

  PetscFunctionBeginUser;
  hc_element_centre(mesh->type, xi);
  for (int c = 0; c < mesh->n_cells_local; c++) {
    const int *cell = mesh->cells + (size_t)n * (size_t)c;
    double *sum = gradient + 3 * (size_t)c;
    hc_element_nodes(mesh, c, x);
    hc_element_gradient(mesh->type, x, xi, g, &volume);
    sum[0] = sum[1] = sum[2] = 0.;
    for (int i = 0; i < n; i++)
      for (int k = 0; k < 3; k++)
        sum[k] += nodal[cell[i]] * g[i][k];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_fe_cell_mean(const struct hc_mesh *mesh, const double *nodal, double *mean)
{
  const int n = hc_cell_nodes(mesh->type);

  PetscFunctionBeginUser;
  for (int c = 0; c < mesh->n_cells_local; c++) {
    const int *cell = mesh->cells + (size_t)n * (size_t)c;
    double sum = 0.;
    for (int i = 0; i < n; i++)
      sum += nodal[cell[i]];
    mean[c] = sum / n;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
