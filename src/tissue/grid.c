/* A mesh as waves see it: spacings and strays along the axes of each cell. */
#include "tissue.h"

#include <math.h>

enum { WIDTH = 12 }; /* numbers of a cell that are averaged: 3 squared spacings, 9 strays */

static double dot(const double a[3], const double b[3])
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void cross(const double a[3], const double b[3], double c[3])
{
  c[0] = a[1] * b[2] - a[2] * b[1];
  c[1] = a[2] * b[0] - a[0] * b[2];
  c[2] = a[0] * b[1] - a[1] * b[0];
}

/* The mass matrix of linear elements of n nodes less the lumped one is -V / (n (n + 1)) times the sum over pairs of
 * nodes of (u_i - u_j)^2, which is -V n / (n + 1) times the second moment of u; that of a segment is -2/3 V times. A
 * wave along an edge of a brick sees a segment; h^2 is 4 times the second moment of a segment. */
static double moment_factor(enum hc_cell_type type)
{
  return type == HC_TETRAHEDRON ? 4.8 : type == HC_TRIANGLE ? 4.5 : 4;
}

/* Nodes of a cell relative to their mean. */
static void centred(const struct hc_mesh *mesh, int c, double (*x)[3])
{
  const int n = hc_cell_nodes(mesh->type), *nodes = mesh->cells + (size_t)n * (size_t)c;

  for (int d = 0; d < 3; d++) {
    double mean = 0;
    for (int k = 0; k < n; k++)
      mean += mesh->xyz[3 * (size_t)nodes[k] + (size_t)d] / n;
    for (int k = 0; k < n; k++)
      x[k][d] = mesh->xyz[3 * (size_t)nodes[k] + (size_t)d] - mean;
  }
}

/* Rows of the inverse of the edges from node 0: the gradient of u is the sum of (u_k - u_0) rows[k - 1]. A triangle has
 * its normal for a third edge. */
static void gradient_rows(enum hc_cell_type type, double (*x)[3], double rows[3][3])
{
  double edge[3][3], volume;

  for (int d = 0; d < 3; d++) {
    edge[0][d] = x[1][d] - x[0][d];
    edge[1][d] = x[2][d] - x[0][d];
  }
  if (type == HC_TRIANGLE)
    cross(edge[0], edge[1], edge[2]);
  else
    for (int d = 0; d < 3; d++)
      edge[2][d] = x[3][d] - x[0][d];
  cross(edge[1], edge[2], rows[0]);
  cross(edge[2], edge[0], rows[1]);
  cross(edge[0], edge[1], rows[2]);
  volume = dot(edge[0], rows[0]);
  for (int k = 0; k < 3; k++)
    for (int d = 0; d < 3; d++)
      rows[k][d] /= volume;
}

/* Squares of the gradient of the interpolant of (a x)^2 / 2. */
static void strays(enum hc_cell_type type, double (*x)[3], double rows[3][3], const double *const axis[3], int k,
                   double squares[3])
{
  const int n = hc_cell_nodes(type);
  double gradient[3] = {0, 0, 0}, u[4] = {0};

  for (int i = 0; i < n; i++)
    u[i] = dot(axis[k], x[i]) * dot(axis[k], x[i]) / 2;
  for (int i = 1; i < n; i++)
    for (int d = 0; d < 3; d++)
      gradient[d] += (u[i] - u[0]) * rows[i - 1][d];
  for (int t = 0; t < 3; t++)
    squares[t] = dot(gradient, axis[t]) * dot(gradient, axis[t]);
}

static void see_cell(const struct hc_mesh *mesh, const double *const axes[3], int c, double values[WIDTH])
{
  const int n = hc_cell_nodes(mesh->type);
  const double factor = moment_factor(mesh->type) / n;
  const double *const axis[3] = {axes[0] + 3 * (size_t)c, axes[1] + 3 * (size_t)c, axes[2] + 3 * (size_t)c};
  double x[8][3] = {{0}}, rows[3][3] = {{0}};

  centred(mesh, c, x);
  if (mesh->type != HC_HEXAHEDRON)
    gradient_rows(mesh->type, x, rows);
  for (int k = 0; k < 3; k++) {
    values[k] = 0;
    for (int i = 0; i < n; i++)
      values[k] += factor * dot(axis[k], x[i]) * dot(axis[k], x[i]);
    for (int t = 0; t < 3; t++)
      values[3 + 3 * k + t] = 0;
    if (mesh->type != HC_HEXAHEDRON)
      strays(mesh->type, x, rows, axis, k, values + 3 + 3 * (size_t)k);
  }
}

/* Means over the cells at each owned node, and the halo's. cells: work, n_owned. */
static PetscErrorCode average(const struct hc_mesh *mesh, const double *const axes[3], double *cells, double *nodal)
{
  const int n = hc_cell_nodes(mesh->type);

  PetscFunctionBeginUser;
  for (int c = 0; c < mesh->n_cells_local; c++) {
    double values[WIDTH];
    see_cell(mesh, axes, c, values);
    for (int k = 0; k < n; k++) {
      const int node = mesh->cells[(size_t)n * (size_t)c + (size_t)k];
      if (node >= mesh->n_owned)
        continue;
      cells[node]++;
      for (int m = 0; m < WIDTH; m++)
        nodal[WIDTH * (size_t)node + (size_t)m] += values[m];
    }
  }
  for (int i = 0; i < mesh->n_owned; i++)
    for (int m = 0; m < WIDTH; m++)
      nodal[WIDTH * (size_t)i + (size_t)m] /= cells[i];
  PetscCall(hc_halo_begin(mesh, WIDTH, nodal));
  PetscCall(hc_halo_end(mesh, WIDTH, nodal));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tissue_grids(const struct hc_mesh *mesh, const double *const axes[3], struct hc_cell_grid *grids)
{
  const int n = hc_cell_nodes(mesh->type);
  double *nodal, *cells;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(WIDTH * (size_t)mesh->n_local, &nodal));
  PetscCall(PetscCalloc1((size_t)mesh->n_owned, &cells));
  code = average(mesh, axes, cells, nodal);
  for (int c = 0; c < mesh->n_cells_local && !code; c++) {
    double values[WIDTH] = {0};
    for (int k = 0; k < n; k++)
      for (int m = 0; m < WIDTH; m++)
        values[m] += nodal[WIDTH * (size_t)mesh->cells[(size_t)n * (size_t)c + (size_t)k] + (size_t)m] / n;
    for (int k = 0; k < 3; k++) {
      grids[c].spacing[k] = sqrt(values[k]);
      for (int t = 0; t < 3; t++)
        grids[c].strays[k][t] = values[3 + 3 * k + t];
    }
  }
  PetscCall(PetscFree(nodal));
  PetscCall(PetscFree(cells));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
