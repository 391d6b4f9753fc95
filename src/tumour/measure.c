/* What is measured of a tumour. */
#include "internal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#define ML 1e-3 /* of a mm3 */

static PetscErrorCode halo(struct hc_tumour *tumour, const double *owned)
{
  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(tumour->local, owned, tumour->mesh->n_owned));
  PetscCall(hc_halo_begin(tumour->mesh, 1, tumour->local));
  PetscCall(hc_halo_end(tumour->mesh, 1, tumour->local));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tumour_burden(struct hc_tumour *tumour, int species, double *burden)
{
  const double *u = hc_tumour_species(tumour, species, false);

  PetscFunctionBeginUser;
  *burden = 0;
  for (int i = 0; i < tumour->mesh->n_owned; i++)
    *burden += tumour->volumes[i] * u[i];
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, burden, 1, MPI_DOUBLE, MPI_SUM, tumour->mesh->comm));
  *burden *= ML;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Volumes above a threshold ----------------------------------------------------------------------------------- */

static void sort(int n, double *f)
{
  for (int i = 1; i < n; i++)
    for (int k = i; k > 0 && f[k] < f[k - 1]; k--) {
      const double larger = f[k - 1];
      f[k - 1] = f[k];
      f[k] = larger;
    }
}

/* Share of a tetrahedron where the linear function with the nodal values f is above c. Between the middle values, the
 * formula of the linear tetrahedron method (Bloechl et al. 1994, doi:10.1103/PhysRevB.49.16223). */
static double share_of_tetrahedron(double f[4], double c)
{
  sort(4, f);
  if (c <= f[0])
    return 1;
  if (c >= f[3])
    return 0;
  if (c < f[1])
    return 1 - (c - f[0]) * (c - f[0]) * (c - f[0]) / ((f[1] - f[0]) * (f[2] - f[0]) * (f[3] - f[0]));
  if (c >= f[2])
    return (f[3] - c) * (f[3] - c) * (f[3] - c) / ((f[3] - f[0]) * (f[3] - f[1]) * (f[3] - f[2]));
  const double d = c - f[1], first = f[1] - f[0];
  return 1 - (first * first + 3 * first * d + 3 * d * d -
              (f[2] - f[0] + f[3] - f[1]) * d * d * d / ((f[2] - f[1]) * (f[3] - f[1]))) /
                 ((f[2] - f[0]) * (f[3] - f[0]));
}

static double share_of_triangle(double f[3], double c)
{
  sort(3, f);
  if (c <= f[0])
    return 1;
  if (c >= f[2])
    return 0;
  if (c < f[1])
    return 1 - (c - f[0]) * (c - f[0]) / ((f[1] - f[0]) * (f[2] - f[0]));
  return (f[2] - c) * (f[2] - c) / ((f[2] - f[0]) * (f[2] - f[1]));
}

/* Simplices of a cell: nodes of each. A hexahedron's six lie around its diagonal from node 0 to node 6. */
static int simplices(enum hc_cell_type type, const int (**list)[4])
{
  static const int triangle[1][4] = {{0, 1, 2, -1}}, tetrahedron[1][4] = {{0, 1, 2, 3}},
                   hexahedron[6][4] = {{0, 1, 2, 6}, {0, 2, 3, 6}, {0, 3, 7, 6},
                                       {0, 7, 4, 6}, {0, 4, 5, 6}, {0, 5, 1, 6}};

  *list = type == HC_TRIANGLE ? triangle : type == HC_TETRAHEDRON ? tetrahedron : hexahedron;
  return type == HC_HEXAHEDRON ? 6 : 1;
}

static double size_of(const double *const x[4], int n)
{
  double a[3], b[3], cross[3];

  for (int k = 0; k < 3; k++) {
    a[k] = x[1][k] - x[0][k];
    b[k] = x[2][k] - x[0][k];
  }
  for (int k = 0; k < 3; k++)
    cross[k] = a[(k + 1) % 3] * b[(k + 2) % 3] - a[(k + 2) % 3] * b[(k + 1) % 3];
  if (n == 3)
    return sqrt(cross[0] * cross[0] + cross[1] * cross[1] + cross[2] * cross[2]) / 2;
  return fabs(cross[0] * (x[3][0] - x[0][0]) + cross[1] * (x[3][1] - x[0][1]) + cross[2] * (x[3][2] - x[0][2])) / 6;
}

/* Add what a cell has above each threshold. */
static void add_cell(const struct hc_mesh *mesh, const double *values, int c, int n_thresholds,
                     const double *thresholds, double *volumes)
{
  const int corners = mesh->type == HC_TRIANGLE ? 3 : 4;
  const int *cell = mesh->cells + (size_t)hc_cell_nodes(mesh->type) * (size_t)c;
  const int(*list)[4];
  const int n = simplices(mesh->type, &list);

  for (int s = 0; s < n; s++) {
    const double *x[4] = {NULL};
    double f[4], size;
    for (int k = 0; k < corners; k++) {
      x[k] = mesh->xyz + 3 * (size_t)cell[list[s][k]];
      f[k] = values[cell[list[s][k]]];
    }
    size = size_of(x, corners);
    for (int t = 0; t < n_thresholds; t++)
      volumes[t] +=
          size * (corners == 3 ? share_of_triangle(f, thresholds[t]) : share_of_tetrahedron(f, thresholds[t]));
  }
}

PetscErrorCode hc_tumour_volumes(struct hc_tumour *tumour, int species, int n, const double *thresholds,
                                 double *volumes)
{
  const struct hc_mesh *mesh = tumour->mesh;
  const int corners = hc_cell_nodes(mesh->type);
  double least = DBL_MAX;

  PetscFunctionBeginUser;
  PetscCall(halo(tumour, hc_tumour_species(tumour, species, false)));
  for (int t = 0; t < n; t++) {
    volumes[t] = 0;
    least = fmin(least, thresholds[t]);
  }
  for (int c = 0; c < mesh->n_cells_local; c++) {
    bool any = false;
    for (int k = 0; k < corners && !any; k++)
      any = tumour->local[mesh->cells[(size_t)corners * (size_t)c + (size_t)k]] > least;
    if (any && mesh->cell_owned[c])
      add_cell(mesh, tumour->local, c, n, thresholds, volumes);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, volumes, n, MPI_DOUBLE, MPI_SUM, mesh->comm));
  for (int t = 0; t < n; t++)
    volumes[t] *= ML;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tumour_range(struct hc_tumour *tumour, int species, double *least, double *most)
{
  const double *u = hc_tumour_species(tumour, species, false);
  double range[2] = {DBL_MAX, DBL_MAX}; /* of u and -u */

  PetscFunctionBeginUser;
  for (int i = 0; i < tumour->mesh->n_owned; i++) {
    range[0] = fmin(range[0], u[i]);
    range[1] = fmin(range[1], -u[i]);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, range, 2, MPI_DOUBLE, MPI_MIN, tumour->mesh->comm));
  *least = range[0];
  *most = -range[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Against a segmentation -------------------------------------------------------------------------------------- */

PetscErrorCode hc_tumour_dice(struct hc_tumour *tumour, double threshold, const double *mask, double *dice)
{
  const double *u = hc_tumour_species(tumour, 0, false);
  double sums[2] = {0, 0}; /* of both, of either */

  PetscFunctionBeginUser;
  for (int i = 0; i < tumour->mesh->n_owned; i++) {
    const bool a = u[i] > threshold, b = mask[i] > 0.5;
    sums[0] += a && b ? 2 * tumour->volumes[i] : 0;
    sums[1] += (a ? tumour->volumes[i] : 0) + (b ? tumour->volumes[i] : 0);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, 2, MPI_DOUBLE, MPI_SUM, tumour->mesh->comm));
  *dice = sums[1] > 0 ? sums[0] / sums[1] : 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tumour_ledger(const struct hc_tumour *tumour, struct hc_ledger *ledger)
{
  const struct hc_ledger *own = &tumour->ledger;
  double sums[4] = {own->grown * ML, own->drugs * ML, own->rays * ML, own->surgery * ML};

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, 4, MPI_DOUBLE, MPI_SUM, tumour->mesh->comm));
  *ledger = (struct hc_ledger){sums[0], sums[1], sums[2], sums[3]};
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Distances between surfaces ---------------------------------------------------------------------------------- */

struct surfaces {
  int n[2];
  double *points[2];
  struct hc_cloud *clouds[2];
};

static PetscErrorCode surface_of(struct hc_tumour *tumour, const double *owned, double value, double bin, int *n,
                                 double **points, struct hc_cloud **cloud)
{
  PetscFunctionBeginUser;
  PetscCall(halo(tumour, owned));
  PetscCall(hc_surface_points(tumour->mesh, tumour->local, value, n, points));
  PetscCall(hc_cloud_create(tumour->mesh->comm, *n, *points, bin, cloud));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int ascending(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

/* From all ranks' distances, on all ranks. */
static PetscErrorCode statistics(MPI_Comm comm, int n, const double *own, double *mean, double *most_95, double *most)
{
  int size, *counts, *starts, total = 0;
  double *all;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(PetscMalloc2(size, &counts, size, &starts));
  PetscCallMPI(MPI_Allgather(&n, 1, MPI_INT, counts, 1, MPI_INT, comm));
  for (int r = 0; r < size; r++) {
    starts[r] = total;
    total += counts[r];
  }
  PetscCall(PetscMalloc1(total, &all));
  PetscCallMPI(MPI_Allgatherv(own, n, MPI_DOUBLE, all, counts, starts, MPI_DOUBLE, comm));
  qsort(all, (size_t)total, sizeof *all, ascending);
  *mean = 0;
  for (int i = 0; i < total; i++)
    *mean += all[i] / total;
  *most_95 = all[(int)(0.95 * (total - 1))];
  *most = all[total - 1];
  PetscCall(PetscFree(all));
  PetscCall(PetscFree2(counts, starts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode compare(MPI_Comm comm, const struct surfaces *s, double *mean, double *most_95, double *most)
{
  double *distances;
  int n = 0;

  PetscFunctionBeginUser;
  *mean = *most_95 = *most = NAN;
  if (hc_cloud_size(s->clouds[0]) == 0 || hc_cloud_size(s->clouds[1]) == 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(s->n[0] + s->n[1], &distances));
  for (int k = 0; k < 2; k++)
    for (int i = 0; i < s->n[k]; i++)
      distances[n++] = hc_cloud_distance(s->clouds[1 - k], s->points[k] + 3 * (size_t)i, INFINITY);
  PetscCall(statistics(comm, n, distances, mean, most_95, most));
  PetscCall(PetscFree(distances));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tumour_distance(struct hc_tumour *tumour, double threshold, const double *mask, double *mean,
                                  double *most_95, double *most)
{
  const double bin = 2; /* mm: a few voxels */
  struct surfaces s = {0};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  code = surface_of(tumour, hc_tumour_species(tumour, 0, false), threshold, bin, &s.n[0], &s.points[0], &s.clouds[0]);
  if (!code)
    code = surface_of(tumour, mask, 0.5, bin, &s.n[1], &s.points[1], &s.clouds[1]);
  if (!code)
    code = compare(tumour->mesh->comm, &s, mean, most_95, most);
  for (int k = 0; k < 2; k++) {
    PetscCall(PetscFree(s.points[k]));
    hc_cloud_destroy(&s.clouds[k]);
  }
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
