/* Size and shape of a mesh. */
#include "fe.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Pairs of nodes that are edges; the first 3, 6 and 12 belong to the three types. */
static const int triangle_edge[3][2] = {{0, 1}, {1, 2}, {2, 0}};
static const int tetrahedron_edge[6][2] = {{0, 1}, {1, 2}, {2, 0}, {0, 3}, {1, 3}, {2, 3}};
static const int hexahedron_edge[12][2] = {{0, 1}, {1, 2}, {2, 3}, {3, 0}, {4, 5}, {5, 6},
                                           {6, 7}, {7, 4}, {0, 4}, {1, 5}, {2, 6}, {3, 7}};
/* Neighbours of each corner of a hexahedron, right-handed. */
static const int hexahedron_corner[8][3] = {{1, 3, 4}, {2, 0, 5}, {3, 1, 6}, {0, 2, 7},
                                            {7, 5, 0}, {4, 6, 1}, {5, 7, 2}, {6, 4, 3}};

static void minus(const double a[3], const double b[3], double c[3])
{
  for (int k = 0; k < 3; k++)
    c[k] = a[k] - b[k];
}

static double norm(const double a[3])
{
  return sqrt(hc_dot(a, a));
}

static double triangle_area(const double a[3], const double b[3], const double c[3])
{
  double u[3], v[3], w[3];
  minus(b, a, u);
  minus(c, a, v);
  hc_cross(u, v, w);
  return .5 * norm(w);
}

/* 2 r / R with r = 2 A / perimeter and R = product of the edges / (4 A). */
static double triangle_quality(double x[HC_MAX_NODES][3])
{
  const double area = triangle_area(x[0], x[1], x[2]);
  double u[3], v[3], w[3];
  minus(x[1], x[0], u);
  minus(x[2], x[1], v);
  minus(x[0], x[2], w);
  const double a = norm(u), b = norm(v), c = norm(w);
  return 16. * area * area / ((a + b + c) * a * b * c);
}

/* 3 r / R with r = 3 V / surface and R = |a^2 (b x c) + b^2 (c x a) + c^2 (a x b)| / (12 V), a, b, c edges from one
 * corner: Parthasarathy, Graichen, Hathaway 1994, doi:10.1016/0168-874X(94)90033-7. */
static double tetrahedron_quality(double x[HC_MAX_NODES][3])
{
  double a[3], b[3], c[3], bc[3], ca[3], ab[3], sum[3];
  minus(x[1], x[0], a);
  minus(x[2], x[0], b);
  minus(x[3], x[0], c);
  hc_cross(b, c, bc);
  hc_cross(c, a, ca);
  hc_cross(a, b, ab);
  for (int k = 0; k < 3; k++)
    sum[k] = hc_dot(a, a) * bc[k] + hc_dot(b, b) * ca[k] + hc_dot(c, c) * ab[k];
  const double volume = fabs(hc_dot(a, bc)) / 6.;
  const double surface = triangle_area(x[0], x[1], x[2]) + triangle_area(x[0], x[1], x[3]) +
                         triangle_area(x[0], x[2], x[3]) + triangle_area(x[1], x[2], x[3]);
  return 108. * volume * volume / (surface * norm(sum));
}

/* Least determinant of the three unit edges at a corner: Knupp 2001, doi:10.1137/S1064827500371499. */
static double hexahedron_quality(double x[HC_MAX_NODES][3])
{
  double quality = 1., edge[3][3], cross[3];

  for (int i = 0; i < 8; i++) {
    for (int k = 0; k < 3; k++)
      minus(x[hexahedron_corner[i][k]], x[i], edge[k]);
    hc_cross(edge[1], edge[2], cross);
    quality = fmin(quality, hc_dot(edge[0], cross) / (norm(edge[0]) * norm(edge[1]) * norm(edge[2])));
  }
  return quality;
}

static double cell_quality(enum hc_cell_type type, double x[HC_MAX_NODES][3])
{
  return type == HC_TRIANGLE      ? triangle_quality(x)
         : type == HC_TETRAHEDRON ? tetrahedron_quality(x)
                                  : hexahedron_quality(x);
}

/* Sums that become means. */
struct sums {
  double volume, edge, quality;
  int64_t n_edges;
};

static void add_edges(enum hc_cell_type type, double x[HC_MAX_NODES][3], struct hc_quality *quality, struct sums *sums)
{
  const int n = type == HC_TRIANGLE ? 3 : type == HC_TETRAHEDRON ? 6 : 12;
  const int(*edge)[2] = type == HC_TRIANGLE      ? triangle_edge
                        : type == HC_TETRAHEDRON ? tetrahedron_edge
                                                 : hexahedron_edge;
  double d[3];

  for (int e = 0; e < n; e++) {
    minus(x[edge[e][0]], x[edge[e][1]], d);
    const double length = norm(d);
    quality->edge_min = fmin(quality->edge_min, length);
    quality->edge_max = fmax(quality->edge_max, length);
    sums->edge += length;
  }
  sums->n_edges += n;
}

static int index_of(int n, const int32_t *sorted, int32_t tag)
{
  int low = 0, high = n;
  while (low < high) {
    const int middle = (low + high) / 2;
    if (sorted[middle] < tag)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static int insert(int n, int32_t *sorted, int32_t tag)
{
  const int at = index_of(n, sorted, tag);
  if (at < n && sorted[at] == tag)
    return n;
  memmove(sorted + at + 1, sorted + at, (size_t)(n - at) * sizeof(*sorted));
  sorted[at] = tag;
  return n + 1;
}

/* Ascending tags of all ranks. Lists of a rank grow by doubling; there are few regions. */
static PetscErrorCode region_tags(const struct hc_mesh *mesh, int *n, int32_t **tags)
{
  int capacity = 64, count = 0, total = 0, *counts, *starts;
  int32_t *own, *all;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)capacity, &own));
  for (int c = 0; c < mesh->n_cells_local; c++) {
    if (count == capacity) {
      capacity *= 2;
      PetscCall(PetscRealloc((size_t)capacity * sizeof(*own), &own));
    }
    if (c == 0 || mesh->region[c] != mesh->region[c - 1])
      count = insert(count, own, mesh->region[c]);
  }
  PetscCall(PetscMalloc2((size_t)mesh->size, &counts, (size_t)mesh->size, &starts));
  PetscCallMPI(MPI_Allgather(&count, 1, MPI_INT, counts, 1, MPI_INT, mesh->comm));
  for (int r = 0; r < mesh->size; r++) {
    starts[r] = total;
    total += counts[r];
  }
  PetscCall(PetscMalloc1((size_t)total, &all));
  PetscCall(PetscMalloc1((size_t)total, tags));
  PetscCallMPI(MPI_Allgatherv(own, count, MPI_INT32_T, all, counts, starts, MPI_INT32_T, mesh->comm));
  *n = 0;
  for (int i = 0; i < total; i++)
    *n = insert(*n, *tags, all[i]);
  PetscCall(PetscFree(all));
  PetscCall(PetscFree(own));
  PetscCall(PetscFree2(counts, starts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void local_cells(const struct hc_mesh *mesh, int n_listed, struct hc_quality *quality, struct sums *sums)
{
  double x[HC_MAX_NODES][3];

  for (int c = 0; c < mesh->n_cells_local; c++) {
    if (!mesh->cell_owned[c])
      continue;
    hc_element_nodes(mesh, c, x);
    const double volume = hc_element_volume(mesh->type, x), shape = cell_quality(mesh->type, x);
    const int region = index_of(n_listed, quality->region_tag, mesh->region[c]);
    add_edges(mesh->type, x, quality, sums);
    sums->volume += volume;
    sums->quality += shape;
    if (shape < quality->quality_min) {
      quality->quality_min = shape;
      quality->worst_cell = mesh->file_cell[c];
    }
    if (region < n_listed && quality->region_tag[region] == mesh->region[c]) {
      quality->region_cells[region]++;
      quality->region_volume[region] += volume;
    }
  }
}

static void local_nodes(const struct hc_mesh *mesh, struct hc_quality *quality)
{
  for (int i = 0; i < mesh->n_owned; i++) {
    for (int k = 0; k < 3; k++) {
      quality->box_min[k] = fmin(quality->box_min[k], mesh->xyz[3 * (size_t)i + (size_t)k]);
      quality->box_max[k] = fmax(quality->box_max[k], mesh->xyz[3 * (size_t)i + (size_t)k]);
    }
    for (int tag = 1; tag < 32; tag++)
      quality->surface_nodes[tag] += ((uint32_t)mesh->surface[i] >> (tag - 1)) & 1u;
  }
}

static PetscErrorCode reduce(const struct hc_mesh *mesh, struct hc_quality *quality, struct sums *sums)
{
  double low[5] = {quality->edge_min, quality->quality_min, quality->box_min[0], quality->box_min[1],
                   quality->box_min[2]};
  double high[4] = {quality->edge_max, quality->box_max[0], quality->box_max[1], quality->box_max[2]};
  double means[3] = {sums->volume, sums->edge, sums->quality};
  int64_t worst = quality->worst_cell;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, low, 5, MPI_DOUBLE, MPI_MIN, mesh->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, high, 4, MPI_DOUBLE, MPI_MAX, mesh->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, means, 3, MPI_DOUBLE, MPI_SUM, mesh->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &sums->n_edges, 1, MPI_INT64_T, MPI_SUM, mesh->comm));
  if (quality->quality_min > low[1])
    worst = INT64_MAX;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPI_INT64_T, MPI_MIN, mesh->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, quality->region_cells, 64, MPI_INT64_T, MPI_SUM, mesh->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, quality->region_volume, 64, MPI_DOUBLE, MPI_SUM, mesh->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, quality->surface_nodes, 32, MPI_INT64_T, MPI_SUM, mesh->comm));
  quality->edge_min = low[0];
  quality->quality_min = low[1];
  quality->edge_max = high[0];
  quality->worst_cell = worst;
  for (int k = 0; k < 3; k++) {
    quality->box_min[k] = low[2 + k];
    quality->box_max[k] = high[1 + k];
  }
  quality->volume = means[0];
  quality->edge_mean = means[1] / (double)sums->n_edges;
  quality->quality_mean = means[2] / (double)mesh->n_cells;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_fe_quality(const struct hc_mesh *mesh, struct hc_quality *quality)
{
  struct sums sums = {0};
  int32_t *tags;
  int n, listed;

  PetscFunctionBeginUser;
  *quality = (struct hc_quality){.edge_min = DBL_MAX,
                                 .quality_min = DBL_MAX,
                                 .worst_cell = INT64_MAX,
                                 .box_min = {DBL_MAX, DBL_MAX, DBL_MAX},
                                 .box_max = {-DBL_MAX, -DBL_MAX, -DBL_MAX}};
  PetscCall(region_tags(mesh, &n, &tags));
  listed = n < 64 ? n : 64;
  quality->n_regions = n;
  memcpy(quality->region_tag, tags, (size_t)listed * sizeof(*tags));
  PetscCall(PetscFree(tags));
  local_cells(mesh, listed, quality, &sums);
  local_nodes(mesh, quality);
  PetscCall(reduce(mesh, quality, &sums));
  PetscFunctionReturn(PETSC_SUCCESS);
}
