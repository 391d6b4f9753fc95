/* Points in cells against brute force, on any number of ranks alike; mesh quality against known shapes.
 * Run: ctest -R test_fe_locate */
#include "test_fe_meshes.h"

static const enum hc_cell_type types[3] = {HC_TRIANGLE, HC_TETRAHEDRON, HC_HEXAHEDRON};

/* Position and a linear function at a location must reproduce the point; known to all ranks through a sum. */
static void check_found(const struct hc_mesh *mesh, const struct hc_location_in_mesh *found, const double p[3],
                        double tolerance)
{
  double x[4] = {0};
  ck_assert_int_ge(found->rank, 0);
  ck_assert_int_eq(found->n, found->rank == mesh->rank ? hc_cell_nodes(mesh->type) : 0);
  for (int i = 0; i < found->n; i++) {
    ck_assert_double_ge(found->weight[i], 0.);
    x[3] += found->weight[i];
    for (int k = 0; k < 3; k++)
      x[k] += found->weight[i] * mesh->xyz[3 * found->node[i] + k];
  }
  MPI_Allreduce(MPI_IN_PLACE, x, 4, MPI_DOUBLE, MPI_SUM, mesh->comm);
  ck_assert_double_eq_tol(x[3], 1., 1e-14);
  for (int k = 0; k < 3; k++)
    ck_assert_double_eq_tol(x[k], p[k], tolerance);
  ck_assert_double_eq(found->distance, 0.);
}

/* Nodes (in file numbers) and weights of a point, from whichever rank holds it. */
static void gather(const struct hc_mesh *mesh, const struct hc_location_in_mesh *found, double out[16])
{
  for (int i = 0; i < 16; i++)
    out[i] = 0.;
  for (int i = 0; i < found->n; i++) {
    out[i] = (double)mesh->file_node[found->node[i]];
    out[8 + i] = found->weight[i];
  }
  MPI_Allreduce(MPI_IN_PLACE, out, 16, MPI_DOUBLE, MPI_SUM, mesh->comm);
}

enum { N_POINTS = 300 };

/* Inner points, nodes, edge and face centres. */
static double *points_in(const struct hc_mesh *mesh)
{
  const int n = hc_cell_nodes(mesh->type);
  double *p;
  ck_call(PetscCalloc1((size_t)3 * N_POINTS, &p));
  for (int q = 0; q < N_POINTS; q++) {
    const int c = (int)(test_random(q) * mesh->n_cells_local), kind = q % 4;
    double w[8], sum = 0.;
    for (int i = 0; i < n; i++) {
      w[i] = kind == 0   ? .01 + test_random(100 * q + i)
             : kind == 1 ? i == q % n
             : kind == 2 ? i < 2
             : n == 8    ? i < 4
                         : i < 3;
      sum += w[i];
    }
    for (int i = 0; i < n; i++)
      for (int k = 0; k < 3; k++)
        p[3 * q + k] += w[i] / sum * mesh->xyz[3 * mesh->cells[n * c + i] + k];
  }
  return p;
}

START_TEST(test_inside)
{
  struct hc_mesh *alone =
      test_mesh(PETSC_COMM_SELF, types[_i], 5, types[_i] == HC_TRIANGLE ? warp_affine : warp_inside);
  struct hc_mesh *mesh =
      test_mesh(PETSC_COMM_WORLD, types[_i], 5, types[_i] == HC_TRIANGLE ? warp_affine : warp_inside);
  double *p = points_in(alone), a[16], b[16]; /* the mesh of one rank is the same on all: so are the points */
  struct hc_location_in_mesh *one, *all;
  ck_call(PetscMalloc2(N_POINTS, &one, N_POINTS, &all));
  ck_call(hc_fe_locate(alone, N_POINTS, p, 0., one));
  ck_call(hc_fe_locate(mesh, N_POINTS, p, 0., all));
  for (int q = 0; q < N_POINTS; q++) {
    check_found(mesh, &all[q], p + 3 * q, 1e-8);
    gather(alone, &one[q], a);
    gather(mesh, &all[q], b);
    for (int k = 0; k < 16; k++)
      ck_assert(a[k] == b[k]); /* the same cell and the same bits */
  }
  ck_call(hc_fe_locate(mesh, 0, NULL, 0., all));
  ck_call(PetscFree2(one, all));
  ck_call(PetscFree(p));
  hc_mesh_destroy(&mesh);
  hc_mesh_destroy(&alone);
}
END_TEST

/* A point on a node of the undistorted box lies in all cells around it: the lowest in the file must win. */
START_TEST(test_lowest_cell)
{
  struct hc_mesh *alone = test_mesh(PETSC_COMM_SELF, types[_i], 4, NULL);
  const int n = hc_cell_nodes(types[_i]);
  for (int node = 0; node < alone->n_owned; node++) {
    struct hc_location_in_mesh found;
    int lowest = 0;
    bool has = false;
    while (!has) {
      for (int i = 0; i < n; i++)
        has = has || alone->cells[n * lowest + i] == node;
      lowest += !has;
    }
    ck_call(hc_fe_locate(alone, 1, alone->xyz + 3 * node, 0., &found));
    for (int i = 0; i < n; i++) {
      ck_assert_int_eq(found.node[i], alone->cells[n * lowest + i]);
      ck_assert_double_eq_tol(found.weight[i], found.node[i] == node, 1e-12);
    }
  }
  hc_mesh_destroy(&alone);
}
END_TEST

START_TEST(test_outside)
{
  struct hc_mesh *mesh = test_mesh(PETSC_COMM_WORLD, types[_i], 4, NULL);
  /* Near the corner (1, 1, 0); equally far from the four nodes around an outer face's centre; far away. */
  const double p[9] = {1.03, 1.04, 0., .375, -.1, 0., 50., 0., 0.};
  struct hc_location_in_mesh found[3];
  double node[16];
  ck_call(hc_fe_locate(mesh, 3, p, .2, found));
  gather(mesh, &found[0], node);
  ck_assert_double_eq(node[0], 24.); /* ix = 4, iy = 4, iz = 0 on the lattice of 5 */
  ck_assert_double_eq(node[8], 1.);
  ck_assert_double_eq_tol(found[0].distance, .05, 1e-15);
  gather(mesh, &found[1], node);
  ck_assert_double_eq(node[0], 1.); /* nodes 1 and 2 are equally near: the lower */
  ck_assert_double_eq_tol(found[1].distance, hypot(.125, .1), 1e-15);
  ck_assert_int_eq(found[1].n, found[1].rank == mesh->rank);
  ck_assert_int_eq(found[2].rank, -1);
  ck_assert_int_eq(found[2].n, 0);
  ck_assert_double_eq_tol(found[2].distance, 49., 1e-12);
  ck_call(hc_fe_locate(mesh, 1, p, .04, found));
  ck_assert_int_eq(found[0].rank, -1);
  const double bad[3] = {0., NAN, 0.};
  ck_call_fails(hc_fe_locate(mesh, 1, bad, 1., found), HC_ERR_INPUT, "not finite");
  hc_mesh_destroy(&mesh);
}
END_TEST

START_TEST(test_quality_box)
{
  struct hc_mesh *mesh = test_mesh(PETSC_COMM_WORLD, types[_i], 4, NULL);
  struct hc_quality q;
  const bool sheet = types[_i] == HC_TRIANGLE;
  ck_call(hc_fe_quality(mesh, &q));
  ck_assert_double_eq_tol(q.volume, 1., 1e-13);
  ck_assert_double_eq_tol(q.edge_min, .25, 1e-15);
  ck_assert_double_eq_tol(q.edge_max, .25 * sqrt(_i == 0 ? 2. : _i == 1 ? 3. : 1.), 1e-15);
  /* Right isosceles triangle: r = (2 - sqrt 2) / 2, R = sqrt 2 / 2. Kuhn's tetrahedron with legs 1: V = 1/6, surface
   * 1 + sqrt 2, R = sqrt 3 / 2. */
  const double expected = _i == 0   ? 2. * (2. - sqrt(2.)) / sqrt(2.)
                          : _i == 1 ? 3. * (.5 / (1. + sqrt(2.))) / (sqrt(3.) / 2.)
                                    : 1.;
  ck_assert_double_eq_tol(q.quality_min, expected, 1e-12);
  ck_assert_double_eq_tol(q.quality_mean, expected, 1e-12);
  const double edge = _i == 0 ? .25 * (2. + sqrt(2.)) / 3. : _i == 1 ? .25 * (3. + 2. * sqrt(2.) + sqrt(3.)) / 6. : .25;
  ck_assert_double_eq_tol(q.edge_mean, edge, 1e-14);
  for (int k = 0; k < 3; k++) {
    ck_assert_double_eq(q.box_min[k], 0.);
    ck_assert_double_eq(q.box_max[k], sheet && k == 2 ? 0. : 1.);
  }
  ck_assert_int_eq(q.n_regions, 1);
  ck_assert_int_eq(q.region_tag[0], 1);
  ck_assert_int_eq(q.region_cells[0], mesh->n_cells);
  ck_assert_double_eq_tol(q.region_volume[0], 1., 1e-13);
  ck_assert_int_eq(q.surface_nodes[1], sheet ? 5 : 25);
  ck_assert_int_eq(q.surface_nodes[7], 0);
  hc_mesh_destroy(&mesh);
}
END_TEST

/* One bad cell among good ones, regions by file number, a regular tetrahedron at 1. */
START_TEST(test_quality_worst)
{
  const double size[3] = {1., 1., 1.};
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};
  struct hc_slab *slab;
  struct hc_mesh *mesh;
  struct hc_quality q;
  int rank, n_ranks;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &n_ranks);
  ck_call(hc_slab_box(PETSC_COMM_WORLD, HC_HEXAHEDRON, size, .25, &slab));
  const int64_t cell0 = hc_slab_start(slab->n_cells, rank, n_ranks),
                node0 = hc_slab_start(slab->n_nodes, rank, n_ranks);
  for (int64_t c = 0; c < hc_slab_cells(slab); c++)
    slab->region[c] = (int32_t)(7 * ((cell0 + c) % 70)) - 7; /* 64 cells: 64 regions, from -7 */
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++)
    if (node0 + i == 124) /* the corner of the last cell, pulled in: a sharp, still valid cell */
      slab->xyz[3 * i] = slab->xyz[3 * i + 1] = slab->xyz[3 * i + 2] = .925;
  ck_call(hc_mesh_create(slab, &options, &mesh));
  hc_slab_destroy(&slab);
  ck_call(hc_fe_quality(mesh, &q));
  ck_assert_int_eq(q.worst_cell, 63);
  ck_assert_double_gt(q.quality_min, 0.);
  ck_assert_double_lt(q.quality_min, .3);
  ck_assert_int_eq(q.n_regions, 64);
  for (int r = 0; r < 64; r++) {
    ck_assert_int_eq(q.region_tag[r], 7 * r - 7);
    ck_assert_int_eq(q.region_cells[r], 1);
    if (r < 63)
      ck_assert_double_eq_tol(q.region_volume[r], 1. / 64., 1e-15);
  }
  hc_mesh_destroy(&mesh);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("fe locate");
  TCase *t = tcase_create("locate and quality");
  tcase_set_timeout(t, 0);
  tcase_add_loop_test(t, test_inside, 0, 3);
  tcase_add_loop_test(t, test_lowest_cell, 0, 3);
  tcase_add_loop_test(t, test_outside, 0, 3);
  tcase_add_loop_test(t, test_quality_box, 0, 3);
  tcase_add_test(t, test_quality_worst);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
