/* Nearest points: all ranks' points in cubic bins, looked through shell after shell. */
#include "internal.h"

#include <float.h>
#include <math.h>

enum { MOST_BINS = 1 << 22 };

struct hc_cloud {
  int64_t n;
  double *points; /* 3 each, bin after bin */
  double low[3], bin;
  int bins[3];
  int64_t *start; /* of each bin */
};

static int bin_of(const struct hc_cloud *cloud, int axis, double x)
{
  const double position = floor((x - cloud->low[axis]) / cloud->bin);
  return (int)fmax(0, fmin(cloud->bins[axis] - 1, position));
}

static int64_t bin_at(const struct hc_cloud *cloud, const double x[3])
{
  return ((int64_t)bin_of(cloud, 2, x[2]) * cloud->bins[1] + bin_of(cloud, 1, x[1])) * cloud->bins[0] +
         bin_of(cloud, 0, x[0]);
}

/* Bins over the box of the points, larger ones if they would be too many. */
static void lay_out(struct hc_cloud *cloud, const double *points, double bin)
{
  double high[3];
  double number = 1;

  for (int k = 0; k < 3; k++) {
    cloud->low[k] = DBL_MAX;
    high[k] = -DBL_MAX;
    for (int64_t i = 0; i < cloud->n; i++) {
      cloud->low[k] = fmin(cloud->low[k], points[3 * i + k]);
      high[k] = fmax(high[k], points[3 * i + k]);
    }
  }
  cloud->bin = bin;
  for (int k = 0; k < 3 && cloud->n > 0; k++)
    number *= (high[k] - cloud->low[k]) / bin + 1;
  if (number > MOST_BINS)
    cloud->bin *= cbrt(number / MOST_BINS) * 1.1;
  for (int k = 0; k < 3; k++)
    cloud->bins[k] = cloud->n > 0 ? (int)((high[k] - cloud->low[k]) / cloud->bin) + 1 : 1;
}

static PetscErrorCode sort_in(struct hc_cloud *cloud, const double *points)
{
  const int64_t n_bins = (int64_t)cloud->bins[0] * cloud->bins[1] * cloud->bins[2];

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n_bins + 2, &cloud->start));
  PetscCall(PetscMalloc1(3 * cloud->n, &cloud->points));
  for (int64_t i = 0; i < cloud->n; i++)
    cloud->start[bin_at(cloud, points + 3 * i) + 2]++;
  for (int64_t b = 1; b < n_bins + 2; b++)
    cloud->start[b] += cloud->start[b - 1];
  for (int64_t i = 0; i < cloud->n; i++) {
    const int64_t at = cloud->start[bin_at(cloud, points + 3 * i) + 1]++;
    for (int k = 0; k < 3; k++)
      cloud->points[3 * at + k] = points[3 * i + k];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode gather(MPI_Comm comm, int n, const double *points, int64_t *total, double **all)
{
  int size, *counts, *starts, sum = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(PetscMalloc2(size, &counts, size, &starts));
  n *= 3;
  PetscCallMPI(MPI_Allgather(&n, 1, MPI_INT, counts, 1, MPI_INT, comm));
  for (int r = 0; r < size; r++) {
    starts[r] = sum;
    sum += counts[r];
  }
  PetscCall(PetscMalloc1(sum, all));
  PetscCallMPI(MPI_Allgatherv(points, n, MPI_DOUBLE, *all, counts, starts, MPI_DOUBLE, comm));
  PetscCall(PetscFree2(counts, starts));
  *total = sum / 3;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cloud_create(MPI_Comm comm, int n, const double *points, double bin, struct hc_cloud **cloud)
{
  double *all;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(cloud));
  PetscCall(gather(comm, n, points, &(*cloud)->n, &all));
  lay_out(*cloud, all, bin);
  code = sort_in(*cloud, all);
  PetscCall(PetscFree(all));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_cloud_destroy(struct hc_cloud **cloud)
{
  if (!*cloud)
    return;
  (void)PetscFree((*cloud)->points);
  (void)PetscFree((*cloud)->start);
  (void)PetscFree(*cloud);
}

int64_t hc_cloud_size(const struct hc_cloud *cloud)
{
  return cloud->n;
}

/* Nearest square of a distance among the points of a bin. */
static double nearest_in(const struct hc_cloud *cloud, int ix, int iy, int iz, const double x[3], double best)
{
  const int64_t b = ((int64_t)iz * cloud->bins[1] + iy) * cloud->bins[0] + ix;

  for (int64_t i = cloud->start[b]; i < cloud->start[b + 1]; i++) {
    double square = 0;
    for (int k = 0; k < 3; k++)
      square += (cloud->points[3 * i + k] - x[k]) * (cloud->points[3 * i + k] - x[k]);
    best = fmin(best, square);
  }
  return best;
}

/* The bins at distance `shell` (in bins, the largest along the axes) from the centre. */
static double nearest_in_shell(const struct hc_cloud *cloud, const int centre[3], int shell, const double x[3],
                               double best)
{
  int from[3], to[3];

  for (int k = 0; k < 3; k++) {
    from[k] = PetscMax(0, centre[k] - shell);
    to[k] = PetscMin(cloud->bins[k] - 1, centre[k] + shell);
  }
  for (int iz = from[2]; iz <= to[2]; iz++)
    for (int iy = from[1]; iy <= to[1]; iy++) {
      const bool whole = abs(iz - centre[2]) == shell || abs(iy - centre[1]) == shell;
      for (int ix = from[0]; ix <= to[0]; ix++)
        if (whole || abs(ix - centre[0]) == shell)
          best = nearest_in(cloud, ix, iy, iz, x, best);
    }
  return best;
}

double hc_cloud_distance(const struct hc_cloud *cloud, const double x[3], double most)
{
  const int last = PetscMax(cloud->bins[0], PetscMax(cloud->bins[1], cloud->bins[2]));
  double best = INFINITY, outside = 0;
  int centre[3];

  if (cloud->n == 0)
    return INFINITY;
  for (int k = 0; k < 3; k++) { /* how far x lies from the box of the points */
    const double high = cloud->low[k] + cloud->bins[k] * cloud->bin;
    const double gap = fmax(0, fmax(cloud->low[k] - x[k], x[k] - high));
    outside += gap * gap;
    centre[k] = bin_of(cloud, k, x[k]);
  }
  if (outside > most * most)
    return INFINITY;
  /* What lies in a shell is at least shell - 1 bins away. */
  for (int shell = 0; shell <= last; shell++) {
    const double near = PetscMax(0, shell - 1) * cloud->bin;
    if (near * near > best || near > most)
      break;
    best = nearest_in_shell(cloud, centre, shell, x, best);
  }
  return best <= most * most ? sqrt(best) : INFINITY;
}

/* ---- Points of a surface ----------------------------------------------------------------------------------------- */

static int edges_of(enum hc_cell_type type, const int (**edges)[2])
{
  static const int triangle[3][2] = {{0, 1}, {1, 2}, {2, 0}},
                   tetrahedron[6][2] = {{0, 1}, {1, 2}, {2, 0}, {0, 3}, {1, 3}, {2, 3}},
                   hexahedron[12][2] = {{0, 1}, {1, 2}, {2, 3}, {3, 0}, {4, 5}, {5, 6},
                                        {6, 7}, {7, 4}, {0, 4}, {1, 5}, {2, 6}, {3, 7}};

  *edges = type == HC_TRIANGLE ? triangle : type == HC_TETRAHEDRON ? tetrahedron : hexahedron;
  return type == HC_TRIANGLE ? 3 : type == HC_TETRAHEDRON ? 6 : 12;
}

static PetscErrorCode add_point(int *n, int *room, double **points, const double *a, const double *b, double share)
{
  PetscFunctionBeginUser;
  if (*n == *room) {
    *room = 2 * *room + 256;
    PetscCall(PetscRealloc(sizeof **points * 3 * (size_t)*room, points));
  }
  for (int k = 0; k < 3; k++)
    (*points)[3 * (size_t)*n + (size_t)k] = a[k] + share * (b[k] - a[k]);
  (*n)++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_surface_points(const struct hc_mesh *mesh, const double *values, double value, int *n,
                                 double **points)
{
  const int corners = hc_cell_nodes(mesh->type);
  const int(*edges)[2];
  const int n_edges = edges_of(mesh->type, &edges);
  int room = 0;

  PetscFunctionBeginUser;
  *n = 0;
  *points = NULL;
  for (int c = 0; c < mesh->n_cells_local; c++) {
    const int *cell = mesh->cells + (size_t)corners * (size_t)c;
    for (int e = 0; e < n_edges && mesh->cell_owned[c]; e++) {
      const int i = cell[edges[e][0]], j = cell[edges[e][1]];
      const double a = values[i] - value, b = values[j] - value;
      if ((a > 0) != (b > 0))
        PetscCall(add_point(n, &room, points, mesh->xyz + 3 * (size_t)i, mesh->xyz + 3 * (size_t)j, a / (a - b)));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
