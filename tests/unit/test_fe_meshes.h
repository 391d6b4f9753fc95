/* Meshes for the tests of fe: boxes whose nodes are moved, so that cells are neither regular nor alike. */
#ifndef TEST_FE_MESHES_H
#define TEST_FE_MESHES_H

#include "fe.h"
#include "hc_check.h"

#include <math.h>
#include <string.h>

typedef void warp(const double from[3], double to[3]);

/* Inner nodes of the unit box move, its faces slide in themselves. */
static inline void warp_inside(const double from[3], double to[3])
{
  const double pi = acos(-1.), s[3] = {sin(pi * from[0]), sin(pi * from[1]), sin(pi * from[2])};
  to[0] = from[0] + .08 * s[0] * cos(2. * from[1] + from[2]);
  to[1] = from[1] + .07 * s[1] * cos(3. * from[2] - from[0]);
  to[2] = from[2] + .06 * s[2] * cos(1. + 2. * from[0] * from[1]);
}

/* An affine map of determinant 1.452, which for sheets is a plane tilted in space. */
static inline void warp_affine(const double from[3], double to[3])
{
  to[0] = 1.2 * from[0] + .3 * from[1] + .1 * from[2];
  to[1] = 1.1 * from[1] + .4 * from[2];
  to[2] = 1.1 * from[2] + .5 * from[1];
}

/* The unit box of cells of edge 1/n, warped (NULL: as it is), on a communicator. */
static inline struct hc_mesh *test_mesh(MPI_Comm comm, enum hc_cell_type type, int n, warp *move)
{
  const double size[3] = {1., 1., 1.};
  const struct hc_mesh_options options = {.partitioner = HC_PART_METIS, .seed = 1};
  struct hc_slab *slab;
  struct hc_mesh *mesh;

  ck_call(hc_slab_box(comm, type, size, 1. / n, &slab));
  for (int64_t i = 0; move && i < hc_slab_nodes(slab); i++) {
    const double from[3] = {slab->xyz[3 * i], slab->xyz[3 * i + 1], slab->xyz[3 * i + 2]};
    move(from, slab->xyz + 3 * i);
  }
  ck_call(hc_mesh_create(slab, &options, &mesh));
  hc_slab_destroy(&slab);
  return mesh;
}

/* Place of a node of test_mesh() before it was moved. */
static inline void test_lattice(const struct hc_mesh *mesh, int n, int node, double at[3])
{
  const int64_t i = mesh->file_node[node], side = n + 1;
  at[0] = (double)(i % side) / n;
  at[1] = (double)(i / side % side) / n;
  at[2] = (double)(i / side / side) / n;
}

/* A symmetric positive tensor with eigenvalues 3, 1, 0.5 in a general frame. */
static inline void test_tensor(double d[6])
{
  const double a = .7, b = .4, c = 1.1, value[3] = {3., 1., .5};
  const double q[3][3] = {
      {cos(a) * cos(b), sin(a) * cos(b), sin(b)},
      {-sin(a) * cos(c) - cos(a) * sin(b) * sin(c), cos(a) * cos(c) - sin(a) * sin(b) * sin(c), cos(b) * sin(c)},
      {sin(a) * sin(c) - cos(a) * sin(b) * cos(c), -cos(a) * sin(c) - sin(a) * sin(b) * cos(c), cos(b) * cos(c)}};
  const int pair[6][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {1, 2}, {0, 2}};
  for (int m = 0; m < 6; m++) {
    d[m] = 0.;
    for (int k = 0; k < 3; k++)
      d[m] += value[k] * q[k][pair[m][0]] * q[k][pair[m][1]];
  }
}

static inline double *test_tensors(const struct hc_mesh *mesh)
{
  double *tensor;
  ck_call(PetscMalloc1((size_t)6 * (size_t)mesh->n_cells_local, &tensor));
  for (int c = 0; c < mesh->n_cells_local; c++)
    test_tensor(tensor + 6 * c);
  return tensor;
}

static inline double test_sum(const struct hc_mesh *mesh, double local)
{
  MPI_Allreduce(MPI_IN_PLACE, &local, 1, MPI_DOUBLE, MPI_SUM, mesh->comm);
  return local;
}

/* u^T A v over all ranks; u, v on local nodes. */
static inline double test_form(const struct hc_mesh *mesh, const struct hc_pattern *pattern, const double *values,
                               const double *u, const double *v)
{
  double sum = 0.;
  for (int i = 0; i < pattern->n_rows; i++)
    for (int k = pattern->row[i]; k < pattern->row[i + 1]; k++)
      sum += u[i] * values[k] * v[pattern->col[k]];
  return test_sum(mesh, sum);
}

/* A number in [0, 1) that depends on i only. */
static inline double test_random(int64_t i)
{
  uint64_t x = (uint64_t)i * 0x9E3779B97F4A7C15u + 0x1234567u;
  x ^= x >> 31;
  x *= 0xBF58476D1CE4E5B9u;
  x ^= x >> 29;
  return (double)(x >> 11) * 0x1p-53;
}

#endif
