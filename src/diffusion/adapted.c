/* The mass correction that is adapted to the front.
 *
 * A lumped mass makes fronts slow and a consistent one speeds them up, each the more the thinner the front is against
 * the edges. With the correction theta (Ml - Mc) of rkl.c, a cable conducts at its continuum's velocity for one theta
 * at each h / sqrt(D); measured with detailed cells (docs/coarse-meshes.md), this theta is the edge length over the
 * thickness of the front,
 *
 *   theta = h / sqrt(D tau),   tau the time scale of the upstroke,
 *
 * to a few per cent in velocity from h / sqrt(D) = 0.2 to 6 sqrt(ms). Across fibres the front is thinner than along
 * them, so theta must depend on the direction. Lumped minus consistent mass is h^2 / 6 times a stiffness along each
 * axis of a lattice: its place is taken by the stiffness of the tensor
 *
 *   G = sum over the axes a of D:  theta_a h_a^2 / 6  a a',   h_a = 2 sqrt(mean of ((x - centroid) . a)^2 over nodes),
 *   theta_a = s_a / sqrt(D_a tau).
 *
 * s_a is the spacing of the lattice that the stiffness itself makes, s^2 = sum K_ij ((x_i - x_j).a)^4 over the same sum
 * with the square (hc_fe_spread): h on a lattice along the axes. Where fibres run askew to the mesh, or the mesh has no
 * lattice, the large diffusion along the fibres helps waves across them, and s is smaller, down to a negative square;
 * it is held above 3/4 of the spacing that the lattice would have if it were stretched to make diffusion the same in
 * all directions (measured on rotated lattices and on unstructured tetrahedra).
 *
 * Waves that the mesh resolves see D alone: the correction is of order h^3 (d/dx)^4. */
#include "internal.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 256 }; /* cells */

/* Eigenvectors (columns of `axes`) and eigenvalues of a symmetric matrix, given as xx, yy, zz, xy, yz, xz: cyclic
 * Jacobi rotations (Golub & Van Loan, Matrix Computations, section 8.5). */
static void principal_axes(const double tensor[6], double value[3], double axes[3][3])
{
  double a[3][3] = {
      {tensor[0], tensor[3], tensor[5]}, {tensor[3], tensor[1], tensor[4]}, {tensor[5], tensor[4], tensor[2]}};

  memset(axes, 0, 9 * sizeof(double));
  for (int i = 0; i < 3; i++)
    axes[i][i] = 1;
  for (int turn = 0; turn < 30; turn++) {
    const int p = turn % 3 == 2 ? 1 : 0, q = turn % 3 == 0 ? 1 : 2;
    if (fabs(a[p][q]) <= 1e-16 * (fabs(a[p][p]) + fabs(a[q][q])))
      continue;
    const double ratio = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    const double t = (ratio < 0 ? -1 : 1) / (fabs(ratio) + sqrt(ratio * ratio + 1));
    const double c = 1 / sqrt(t * t + 1), s = t * c;
    for (int k = 0; k < 3; k++) { /* columns */
      const double left = a[k][p], right = a[k][q], vp = axes[k][p], vq = axes[k][q];
      a[k][p] = c * left - s * right;
      a[k][q] = s * left + c * right;
      axes[k][p] = c * vp - s * vq;
      axes[k][q] = s * vp + c * vq;
    }
    for (int k = 0; k < 3; k++) { /* rows */
      const double up = a[p][k], down = a[q][k];
      a[p][k] = c * up - s * down;
      a[q][k] = s * up + c * down;
    }
  }
  for (int i = 0; i < 3; i++)
    value[i] = a[i][i];
}

/* Largest eigenvalue first, so that the k-th axes of neighbouring cells belong together. */
static void sort_axes(double value[3], double axes[3][3])
{
  for (int pass = 0; pass < 2; pass++)
    for (int k = 0; k < 2; k++)
      if (value[k] < value[k + 1]) {
        const double smaller = value[k];
        value[k] = value[k + 1];
        value[k + 1] = smaller;
        for (int i = 0; i < 3; i++) {
          const double x = axes[i][k];
          axes[i][k] = axes[i][k + 1];
          axes[i][k + 1] = x;
        }
      }
}

/* Edge length of a cell along a direction, mm. */
static double edge_along(const struct hc_mesh *mesh, const int *cell, const double a[3])
{
  const int n = hc_cell_nodes(mesh->type);
  double mean = 0, square = 0;

  for (int i = 0; i < n; i++) {
    const double *x = mesh->xyz + 3 * (size_t)cell[i];
    const double along = x[0] * a[0] + x[1] * a[1] + x[2] * a[2];
    mean += along / n;
    square += along * along / n;
  }
  return 2 * sqrt(PetscMax(0, square - mean * mean));
}

/* Axes (rows, 9 per cell) and eigenvalues (3 per cell) of n tensors. */
static void axes_of(int n, const double *diffusion, double *axes, double *values)
{
  for (size_t c = 0; c < (size_t)n; c++) {
    double columns[3][3];
    principal_axes(diffusion + 6 * c, values + 3 * c, columns);
    sort_axes(values + 3 * c, columns);
    for (size_t k = 0; k < 3; k++)
      for (size_t i = 0; i < 3; i++)
        axes[9 * c + 3 * k + i] = columns[i][k];
  }
}

/* G of one cell. */
static void cell_tensor(const struct hc_mesh *mesh, const int *cell, const double *axes, const double *value,
                        const double *spread, double tau, double tensor[6])
{
  memset(tensor, 0, 6 * sizeof *tensor);
  for (int k = 0; k < 3; k++) {
    const double *a = axes + (size_t)3 * k, h = edge_along(mesh, cell, a);
    if (!(value[k] > 1e-6 * value[0])) /* no wave runs that way */
      continue;
    const double lattice = PetscMin(sqrt(PetscMax(0, spread[k])), 1.5 * h);
    const double spacing = PetscMax(lattice, 0.75 * h * sqrt(value[k] / value[0]));
    const double g = PetscMin(spacing / sqrt(value[k] * tau), HC_MOST_THETA) * h * h / 6;
    tensor[0] += g * a[0] * a[0];
    tensor[1] += g * a[1] * a[1];
    tensor[2] += g * a[2] * a[2];
    tensor[3] += g * a[0] * a[1];
    tensor[4] += g * a[1] * a[2];
    tensor[5] += g * a[0] * a[2];
  }
}

/* The spread of a cell as its surroundings have it: means over the cells of each node, then over the nodes of the cell.
 * One tetrahedron tells little of the lattice that it is part of. */
static PetscErrorCode smooth(const struct hc_mesh *mesh, double *spread)
{
  const size_t n = (size_t)hc_cell_nodes(mesh->type), cells = (size_t)mesh->n_cells_local;
  double(*sum)[4];

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(mesh->n_local, &sum));
  for (size_t c = 0; c < cells; c++)
    for (size_t i = 0; i < n; i++) {
      double *at = sum[mesh->cells[n * c + i]];
      at[3] += 1;
      for (size_t k = 0; k < 3; k++)
        at[k] += spread[3 * c + k];
    }
  PetscCall(hc_halo_begin(mesh, 4, sum[0])); /* sums at halo nodes lack cells */
  PetscCall(hc_halo_end(mesh, 4, sum[0]));
  for (size_t c = 0; c < cells; c++)
    for (size_t k = 0; k < 3; k++) {
      double mean = 0;
      for (size_t i = 0; i < n; i++) {
        const double *at = sum[mesh->cells[n * c + i]];
        mean += at[k] / at[3] / (double)n;
      }
      spread[3 * c + k] = mean;
    }
  PetscCall(PetscFree(sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Block by block, since what a cell needs on the way would be the most memory that a run ever takes if it were kept for
 * all cells; axes are made twice. */
PetscErrorCode hc_adapted_correction(const struct hc_mesh *mesh, const struct hc_pattern *pattern,
                                     const double *diffusion, double tau, double *values)
{
  const int cells = mesh->n_cells_local;
  const size_t nodes = (size_t)hc_cell_nodes(mesh->type);
  double axes[9 * BLOCK], value[3 * BLOCK], tensor[6 * BLOCK], *spread;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(3 * (size_t)cells, &spread));
  for (int first = 0; first < cells; first += BLOCK) {
    const int n = PetscMin(BLOCK, cells - first);
    axes_of(n, diffusion + 6 * (size_t)first, axes, value);
    hc_fe_spread(mesh, first, n, diffusion + 6 * (size_t)first, axes, spread + 3 * (size_t)first);
  }
  PetscCall(smooth(mesh, spread));
  memset(values, 0, (size_t)pattern->row[pattern->n_rows] * sizeof *values);
  for (int first = 0; first < cells; first += BLOCK) {
    const int n = PetscMin(BLOCK, cells - first);
    axes_of(n, diffusion + 6 * (size_t)first, axes, value);
    for (size_t i = 0; i < (size_t)n; i++) {
      const size_t c = (size_t)first + i;
      cell_tensor(mesh, mesh->cells + nodes * c, axes + 9 * i, value + 3 * i, spread + 3 * c, tau, tensor + 6 * i);
    }
    hc_fe_stiffness_add(mesh, pattern, first, n, tensor, values);
  }
  PetscCall(PetscFree(spread));
  PetscFunctionReturn(PETSC_SUCCESS);
}
