/* Points in cells. Points are few and cells many, so the points are sorted into bins and the cells stream by once. */
#include "fe.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const double slack = 1e-9; /* of the reference coordinates: points on faces belong to both cells */

struct bins {
  const double *points; /* borrowed */
  int n_points;
  double low[3], high[3]; /* box of the points, mm */
  int n[3];               /* bins along each axis */
  int *start, *list;      /* points of each bin */
};

/* What this rank found, per point. */
struct hit {
  int cell; /* local, -1: none */
  double weight[HC_MAX_NODES];
};

static int bin_along(const struct bins *bins, int axis, double x)
{
  const double width = bins->high[axis] - bins->low[axis];
  const double at = width > 0. ? (x - bins->low[axis]) / width * bins->n[axis] : 0.;
  return at <= 0. ? 0 : at >= bins->n[axis] ? bins->n[axis] - 1 : (int)at;
}

static int bin_of(const struct bins *bins, const double *p)
{
  return bin_along(bins, 0, p[0]) + bins->n[0] * (bin_along(bins, 1, p[1]) + bins->n[1] * bin_along(bins, 2, p[2]));
}

static PetscErrorCode bins_create(int n_points, const double *points, struct bins *bins)
{
  const int side = (int)fmin(64., fmax(1., cbrt(n_points))), n_bins = side * side * side;

  PetscFunctionBeginUser;
  *bins = (struct bins){.points = points, .n_points = n_points, .n = {side, side, side}};
  for (int k = 0; k < 3; k++) {
    bins->low[k] = DBL_MAX;
    bins->high[k] = -DBL_MAX;
    for (int p = 0; p < n_points; p++) {
      PetscCheck(isfinite(points[3 * p + k]), PETSC_COMM_SELF, HC_ERR_INPUT,
                 "point %d to be found in the mesh: coordinate %d is not finite", p, k);
      bins->low[k] = fmin(bins->low[k], points[3 * p + k]);
      bins->high[k] = fmax(bins->high[k], points[3 * p + k]);
    }
  }
  PetscCall(PetscCalloc1((size_t)n_bins + 1, &bins->start));
  PetscCall(PetscMalloc1((size_t)n_points, &bins->list));
  for (int p = 0; p < n_points; p++)
    bins->start[bin_of(bins, points + 3 * (size_t)p) + 1]++;
  for (int b = 0; b < n_bins; b++)
    bins->start[b + 1] += bins->start[b];
  for (int p = 0; p < n_points; p++)
    bins->list[bins->start[bin_of(bins, points + 3 * (size_t)p)]++] = p;
  for (int b = n_bins; b > 0; b--)
    bins->start[b] = bins->start[b - 1];
  bins->start[0] = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Weights of p by the affine map of a simplex; for a triangle p must also lie in its plane. */
static void simplex_weights(enum hc_cell_type type, double x[HC_MAX_NODES][3], const double p[3],
                            double weight[HC_MAX_NODES], bool *inside)
{
  const int n = hc_cell_nodes(type);
  double xi[3], gradient[HC_MAX_NODES][3], volume, d[3];

  hc_element_centre(type, xi);
  hc_element_gradient(type, x, xi, gradient, &volume);
  for (int k = 0; k < 3; k++) {
    d[k] = p[k];
    for (int i = 0; i < n; i++)
      d[k] -= x[i][k] / n;
  }
  *inside = true;
  for (int i = 0; i < n; i++) {
    weight[i] = 1. / n + hc_dot(gradient[i], d);
    *inside = *inside && weight[i] >= -slack;
  }
  if (type == HC_TRIANGLE) {
    double off[3] = {p[0], p[1], p[2]};
    for (int k = 0; k < 3; k++)
      for (int i = 0; i < n; i++)
        off[k] -= weight[i] * x[i][k];
    *inside = *inside && hc_dot(off, off) <= 1e-12 * volume; /* within 1e-6 of an edge length */
  }
}

/* Invert the trilinear map by Newton's method. */
static void hexahedron_weights(double x[HC_MAX_NODES][3], const double p[3], double weight[HC_MAX_NODES], bool *inside)
{
  double xi[3] = {0., 0., 0.}, gradient[HC_MAX_NODES][3], reference[HC_MAX_NODES][3], volume, step[3], size = 1.;

  *inside = false;
  for (int iteration = 0; iteration < 30 && size > 1e-13; iteration++) {
    double d[3] = {p[0], p[1], p[2]};
    hc_element_shape(HC_HEXAHEDRON, xi, weight);
    hc_element_gradient(HC_HEXAHEDRON, x, xi, gradient, &volume);
    for (int i = 0; i < 8; i++)
      for (int k = 0; k < 3; k++)
        d[k] -= weight[i] * x[i][k];
    /* dxi/dx = sum over nodes of corner_i (x) grad phi_i: the reference coordinate is itself a trilinear function */
    hc_element_reference_gradient(HC_HEXAHEDRON, (const double[3]){0., 0., 0.}, reference);
    memset(step, 0, sizeof(step));
    for (int i = 0; i < 8; i++)
      for (int k = 0; k < 3; k++)
        step[k] += 8. * reference[i][k] * hc_dot(gradient[i], d);
    size = 0.;
    for (int k = 0; k < 3; k++) {
      xi[k] += step[k];
      size = fmax(size, fabs(step[k]));
    }
    if (!(size < 1e3)) /* far outside */
      return;
  }
  *inside = size <= 1e-9 && fabs(xi[0]) <= 1. + slack && fabs(xi[1]) <= 1. + slack && fabs(xi[2]) <= 1. + slack;
  hc_element_shape(HC_HEXAHEDRON, xi, weight);
}

bool hc_fe_cell_weights(enum hc_cell_type type, double x[8][3], const double p[3], double weight[8])
{
  const int n = hc_cell_nodes(type);
  double sum = 0.;
  bool inside;

  if (type == HC_HEXAHEDRON)
    hexahedron_weights(x, p, weight, &inside);
  else
    simplex_weights(type, x, p, weight, &inside);
  if (!inside)
    return false;
  for (int i = 0; i < n; i++) {
    weight[i] = fmax(weight[i], 0.);
    sum += weight[i];
  }
  for (int i = 0; i < n; i++)
    weight[i] /= sum;
  return true;
}

static void try_cell(const struct hc_mesh *mesh, double x[HC_MAX_NODES][3], const double p[3], int c, struct hit *hit)
{
  double weight[HC_MAX_NODES] = {0.};

  if (!hc_fe_cell_weights(mesh->type, x, p, weight))
    return;
  memcpy(hit->weight, weight, sizeof weight);
  hit->cell = c;
}

/* Box of a cell, a little larger; false if no point can be in it. */
static bool cell_box(const struct bins *bins, int n, double x[HC_MAX_NODES][3], double low[3], double high[3])
{
  double margin = 0.;

  for (int k = 0; k < 3; k++) {
    low[k] = high[k] = x[0][k];
    for (int i = 1; i < n; i++) {
      low[k] = fmin(low[k], x[i][k]);
      high[k] = fmax(high[k], x[i][k]);
    }
    margin = fmax(margin, 1e-6 * (high[k] - low[k]));
  }
  for (int k = 0; k < 3; k++) {
    low[k] -= margin;
    high[k] += margin;
    if (high[k] < bins->low[k] || low[k] > bins->high[k])
      return false;
  }
  return true;
}

static void visit_bin(const struct hc_mesh *mesh, const struct bins *bins, int b, double x[HC_MAX_NODES][3],
                      const double low[3], const double high[3], int c, struct hit *hits)
{
  for (int k = bins->start[b]; k < bins->start[b + 1]; k++) {
    const double *p = bins->points + 3 * (size_t)bins->list[k];
    struct hit *hit = &hits[bins->list[k]];
    if (hit->cell < 0 && p[0] >= low[0] && p[0] <= high[0] && p[1] >= low[1] && p[1] <= high[1] && p[2] >= low[2] &&
        p[2] <= high[2])
      try_cell(mesh, x, p, c, hit);
  }
}

/* The first local cell that holds each point; local cells are ascending in the file. */
static void search_cells(const struct hc_mesh *mesh, const struct bins *bins, struct hit *hits)
{
  double x[HC_MAX_NODES][3], low[3], high[3];
  int from[3], to[3];

  for (int c = 0; c < mesh->n_cells_local; c++) {
    hc_element_nodes(mesh, c, x);
    if (!cell_box(bins, hc_cell_nodes(mesh->type), x, low, high))
      continue;
    for (int k = 0; k < 3; k++) {
      from[k] = bin_along(bins, k, low[k]);
      to[k] = bin_along(bins, k, high[k]);
    }
    for (int iz = from[2]; iz <= to[2]; iz++)
      for (int iy = from[1]; iy <= to[1]; iy++)
        for (int ix = from[0]; ix <= to[0]; ix++)
          visit_bin(mesh, bins, ix + bins->n[0] * (iy + bins->n[1] * iz), x, low, high, c, hits);
  }
}

/* Replace each `key` (lower wins; INT64_MAX: none) by the minimum over the ranks and set rank to the
 * lowest rank that has it, -1 where none has. Collective. */
static PetscErrorCode settle(const struct hc_mesh *mesh, int n, int64_t *key, int *rank)
{
  int64_t *own;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)n, &own));
  memcpy(own, key, (size_t)n * sizeof(*own));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, key, n, MPI_INT64_T, MPI_MIN, mesh->comm));
  for (int p = 0; p < n; p++)
    rank[p] = key[p] < INT64_MAX && own[p] == key[p] ? mesh->rank : mesh->size;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, rank, n, MPI_INT, MPI_MIN, mesh->comm));
  for (int p = 0; p < n; p++)
    if (rank[p] == mesh->size)
      rank[p] = -1;
  PetscCall(PetscFree(own));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Nearest owned node; of equally near ones the lowest in the file. */
static void nearest_node(const struct hc_mesh *mesh, const double p[3], double *distance2, int *node)
{
  *distance2 = DBL_MAX;
  *node = -1;
  for (int i = 0; i < mesh->n_owned; i++) {
    const double *x = mesh->xyz + 3 * (size_t)i, d[3] = {x[0] - p[0], x[1] - p[1], x[2] - p[2]}, d2 = hc_dot(d, d);
    if (d2 < *distance2 || (d2 == *distance2 && mesh->file_node[i] < mesh->file_node[*node])) {
      *distance2 = d2;
      *node = i;
    }
  }
}

/* Points in no cell take the nearest node of the mesh. */
static PetscErrorCode settle_outside(const struct hc_mesh *mesh, int n_points, const double *points, double tolerance,
                                     struct hc_location_in_mesh *found)
{
  double *distance2, *least;
  int64_t *key;
  int *node, *rank;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc5((size_t)n_points, &distance2, (size_t)n_points, &least, (size_t)n_points, &key,
                         (size_t)n_points, &node, (size_t)n_points, &rank));
  for (int p = 0; p < n_points; p++) {
    distance2[p] = DBL_MAX;
    node[p] = -1;
    if (found[p].rank < 0)
      nearest_node(mesh, points + 3 * (size_t)p, &distance2[p], &node[p]);
  }
  PetscCallMPI(MPI_Allreduce(distance2, least, n_points, MPI_DOUBLE, MPI_MIN, mesh->comm));
  for (int p = 0; p < n_points; p++)
    key[p] = node[p] >= 0 && distance2[p] <= least[p] ? mesh->file_node[node[p]] : INT64_MAX;
  PetscCall(settle(mesh, n_points, key, rank));
  for (int p = 0; p < n_points; p++) {
    if (found[p].rank >= 0)
      continue;
    found[p].distance = sqrt(least[p]);
    if (found[p].distance > tolerance)
      continue;
    found[p].rank = rank[p];
    if (rank[p] == mesh->rank) {
      found[p].n = 1;
      found[p].node[0] = node[p];
      found[p].weight[0] = 1.;
    }
  }
  PetscCall(PetscFree5(distance2, least, key, node, rank));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Points in cells: the lowest cell of the file holds the point, the lowest rank that has this cell reports it. */
static PetscErrorCode settle_inside(const struct hc_mesh *mesh, int n_points, const struct hit *hits,
                                    struct hc_location_in_mesh *found)
{
  const int n = hc_cell_nodes(mesh->type);
  int64_t *key;
  int *rank;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2((size_t)n_points, &key, (size_t)n_points, &rank));
  for (int p = 0; p < n_points; p++)
    key[p] = hits[p].cell >= 0 ? mesh->file_cell[hits[p].cell] : INT64_MAX;
  PetscCall(settle(mesh, n_points, key, rank));
  for (int p = 0; p < n_points; p++) {
    found[p] = (struct hc_location_in_mesh){.rank = rank[p]};
    if (rank[p] != mesh->rank)
      continue;
    found[p].n = n;
    for (int i = 0; i < n; i++) {
      found[p].node[i] = mesh->cells[(size_t)n * (size_t)hits[p].cell + (size_t)i];
      found[p].weight[i] = hits[p].weight[i];
    }
  }
  PetscCall(PetscFree2(key, rank));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_fe_locate(const struct hc_mesh *mesh, int n_points, const double *points, double tolerance,
                            struct hc_location_in_mesh *found)
{
  struct bins bins;
  struct hit *hits;

  PetscFunctionBeginUser;
  if (n_points == 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(bins_create(n_points, points, &bins));
  PetscCall(PetscMalloc1((size_t)n_points, &hits));
  for (int p = 0; p < n_points; p++)
    hits[p].cell = -1;
  search_cells(mesh, &bins, hits);
  PetscCall(settle_inside(mesh, n_points, hits, found));
  PetscCall(settle_outside(mesh, n_points, points, tolerance, found));
  PetscCall(PetscFree(hits));
  PetscCall(PetscFree(bins.start));
  PetscCall(PetscFree(bins.list));
  PetscFunctionReturn(PETSC_SUCCESS);
}
