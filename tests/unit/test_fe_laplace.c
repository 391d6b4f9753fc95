/* Laplace problems against functions that solve them exactly: second order for all cells with a rotated anisotropic
 * tensor, in the plane, in space and on a curved shell. Run: ctest -R test_fe_laplace */
#include "test_fe_meshes.h"

enum shape { PLANE, SHELL, TETRAHEDRA, HEXAHEDRA };

static const double radius = .8; /* of the cylinder on which the shell lies */

/* The cylinder patch: arc length and height are the coordinates of the flat sheet. */
static void warp_cylinder(const double from[3], double to[3])
{
  to[0] = radius * cos(from[0] / radius);
  to[1] = radius * sin(from[0] / radius);
  to[2] = from[1];
}

/* Flat coordinates of a point near the cylinder. */
static void unroll(const double x[3], double flat[3])
{
  flat[0] = radius * atan2(x[1], x[0]);
  flat[1] = x[2];
  flat[2] = 0.;
}

/* Along unit directions a, b (and c) with conductivities 3, 1, 0.5 the function exp(p s) sin(q t) cos(r v) has a
 * divergence-free flux if 3 p^2 = q^2 + 0.5 r^2. */
static const double frame2[3][3] = {{.8, .6, 0.}, {-.6, .8, 0.}, {0., 0., 1.}};
static const double frame3[3][3] = {
    {2. / 3., 1. / 3., 2. / 3.}, {-2. / 3., 2. / 3., 1. / 3.}, {-1. / 3., -2. / 3., 2. / 3.}};
static const double eigen[3] = {3., 1., .5};

static double exact(bool space, const double x[3])
{
  const double(*a)[3] = space ? frame3 : frame2;
  const double q = 2., r = space ? 1.5 : 0., p = sqrt((q * q + .5 * r * r) / 3.);
  double s[3];
  for (int k = 0; k < 3; k++)
    s[k] = a[k][0] * x[0] + a[k][1] * x[1] + a[k][2] * x[2];
  return exp(p * s[0]) * sin(q * s[1] + .3) * cos(r * s[2]);
}

static void tensor_of(double axis[3][3], int n, double d[6])
{
  const int pair[6][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {1, 2}, {0, 2}};
  for (int m = 0; m < 6; m++) {
    d[m] = 0.;
    for (int k = 0; k < n; k++)
      d[m] += eigen[k] * axis[k][pair[m][0]] * axis[k][pair[m][1]];
  }
}

/* The tensor of each cell: the same in the plane and in space, turned with the tangent plane on the shell. */
static double *tensors(const struct hc_mesh *mesh, enum shape shape)
{
  const int n = hc_cell_nodes(mesh->type);
  double *d;
  ck_call(PetscMalloc1((size_t)6 * (size_t)mesh->n_cells_local, &d));
  for (int c = 0; c < mesh->n_cells_local; c++) {
    double axis[3][3];
    memcpy(axis, shape == TETRAHEDRA || shape == HEXAHEDRA ? frame3 : frame2, sizeof(axis));
    if (shape == SHELL) {
      double centre[3] = {0}, flat[3];
      for (int i = 0; i < n; i++)
        for (int k = 0; k < 3; k++)
          centre[k] += mesh->xyz[3 * mesh->cells[n * c + i] + k] / n;
      unroll(centre, flat);
      const double around[3] = {-sin(flat[0] / radius), cos(flat[0] / radius), 0.};
      for (int k = 0; k < 2; k++)
        for (int m = 0; m < 3; m++)
          axis[k][m] = frame2[k][0] * around[m] + frame2[k][1] * (m == 2);
    }
    tensor_of(axis, n == 3 ? 2 : 3, d + 6 * c);
  }
  return d;
}

/* Root mean square error over cell centres of the solution on the mesh of edge 1/n. */
static double error_of(enum shape shape, int n)
{
  const bool space = shape == TETRAHEDRA || shape == HEXAHEDRA;
  const enum hc_cell_type type = shape == TETRAHEDRA  ? HC_TETRAHEDRON
                                 : shape == HEXAHEDRA ? HC_HEXAHEDRON
                                                      : HC_TRIANGLE;
  struct hc_mesh *mesh = test_mesh(PETSC_COMM_WORLD, type, n,
                                   shape == SHELL   ? warp_cylinder
                                   : shape == PLANE ? NULL
                                                    : warp_inside);
  struct hc_pattern *pattern;
  double *d = tensors(mesh, shape), *stiffness, *u, *mean, *coordinate, *centre, sum = 0.;
  bool *fixed;

  ck_call(hc_fe_pattern(mesh, &pattern));
  ck_call(PetscMalloc1((size_t)pattern->row[pattern->n_rows], &stiffness));
  ck_call(hc_fe_stiffness(mesh, pattern, d, stiffness));
  ck_call(PetscCalloc4((size_t)mesh->n_local, &u, (size_t)mesh->n_local, &fixed, (size_t)mesh->n_cells_local, &mean,
                       (size_t)mesh->n_local, &coordinate));
  ck_call(PetscCalloc1((size_t)3 * (size_t)mesh->n_cells_local, &centre));
  for (int i = 0; i < mesh->n_owned; i++) {
    double at[3] = {mesh->xyz[3 * i], mesh->xyz[3 * i + 1], mesh->xyz[3 * i + 2]};
    if (shape == SHELL)
      unroll(mesh->xyz + 3 * i, at);
    fixed[i] = (mesh->surface[i] & (space ? 0x3f : 0xf)) != 0;
    u[i] = fixed[i] ? exact(space, at) : 0.;
  }
  ck_call(hc_fe_laplace(mesh, pattern, stiffness, fixed, u));
  ck_call(hc_fe_cell_mean(mesh, u, mean));
  for (int k = 0; k < 3; k++) {
    double *component;
    ck_call(PetscMalloc1((size_t)mesh->n_cells_local, &component));
    for (int i = 0; i < mesh->n_local; i++)
      coordinate[i] = mesh->xyz[3 * i + k];
    ck_call(hc_fe_cell_mean(mesh, coordinate, component));
    for (int c = 0; c < mesh->n_cells_local; c++)
      centre[3 * c + k] = component[c];
    ck_call(PetscFree(component));
  }
  for (int c = 0; c < mesh->n_cells_local; c++) {
    double at[3] = {centre[3 * c], centre[3 * c + 1], centre[3 * c + 2]};
    if (shape == SHELL)
      unroll(centre + 3 * c, at);
    if (mesh->cell_owned[c])
      sum += pow(mean[c] - exact(space, at), 2.);
  }
  sum = sqrt(test_sum(mesh, sum) / (double)mesh->n_cells);
  ck_call(PetscFree4(u, fixed, mean, coordinate));
  ck_call(PetscFree(centre));
  ck_call(PetscFree(stiffness));
  ck_call(PetscFree(d));
  hc_fe_pattern_destroy(&pattern);
  hc_mesh_destroy(&mesh);
  return sum;
}

START_TEST(test_order)
{
  static const char *const names[4] = {"plane", "shell", "tetrahedra", "hexahedra"};
  const int n = _i < 2 ? 12 : 5;
  const double coarse = error_of((enum shape)_i, n), fine = error_of((enum shape)_i, 2 * n),
               finest = error_of((enum shape)_i, 4 * n);
  const double order[2] = {log2(coarse / fine), log2(fine / finest)};
  int rank;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (rank == 0)
    printf("%s: errors %.3e %.3e %.3e, orders %.2f %.2f\n", names[_i], coarse, fine, finest, order[0], order[1]);
  ck_assert_double_ge(order[1], 1.85);
  ck_assert_double_le(order[1], 2.3);
}
END_TEST

/* u = x between u = 0 at x = 0 and 1 at x = 1, exact up to the solver; given values untouched; halos up to date. */
START_TEST(test_linear)
{
  struct hc_mesh *mesh = test_mesh(PETSC_COMM_WORLD, HC_TETRAHEDRON, 6, warp_inside);
  struct hc_pattern *pattern;
  double *stiffness, *u;
  bool *fixed;
  ck_call(hc_fe_pattern(mesh, &pattern));
  ck_call(PetscMalloc1((size_t)pattern->row[pattern->n_rows], &stiffness));
  ck_call(PetscCalloc2((size_t)mesh->n_local, &u, (size_t)mesh->n_local, &fixed));
  ck_call(hc_fe_stiffness(mesh, pattern, NULL, stiffness));
  for (int i = 0; i < mesh->n_owned; i++) {
    fixed[i] = (mesh->surface[i] & 3) != 0;
    u[i] = (mesh->surface[i] & 2) != 0 ? 1. : fixed[i] ? 0. : 77.;
  }
  ck_call(hc_fe_laplace(mesh, pattern, stiffness, fixed, u));
  for (int i = 0; i < mesh->n_local; i++) {
    ck_assert_double_eq_tol(u[i], mesh->xyz[3 * i], 1e-8);
    if ((mesh->surface[i] & 3) != 0)
      ck_assert(u[i] == ((mesh->surface[i] & 2) != 0 ? 1. : 0.));
  }
  for (int i = 0; i < mesh->n_owned; i++) /* everything given, and zero */
    fixed[i] = true;
  memset(u, 0, (size_t)mesh->n_local * sizeof(*u));
  ck_call(hc_fe_laplace(mesh, pattern, stiffness, fixed, u));
  for (int i = 0; i < mesh->n_local; i++)
    ck_assert(u[i] == 0.);
  ck_call(PetscFree2(u, fixed));
  ck_call(PetscFree(stiffness));
  hc_fe_pattern_destroy(&pattern);
  hc_mesh_destroy(&mesh);
}
END_TEST

/* Two rows of hexahedra that do not touch: `length` cells each, along x, the second one unit beside. */
static struct hc_mesh *two_rows(int length)
{
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};
  const int row_nodes = 4 * (length + 1);
  struct hc_slab *slab;
  struct hc_mesh *mesh;
  int rank, size;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  ck_call(hc_slab_create(PETSC_COMM_WORLD, HC_HEXAHEDRON, 2 * row_nodes, 2 * length, &slab));
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++) {
    const int64_t node = hc_slab_start(slab->n_nodes, rank, size) + i, in = node % row_nodes;
    slab->xyz[3 * i] = (double)(in / 4);
    slab->xyz[3 * i + 1] = (in % 4 == 1 || in % 4 == 2) + 2. * (double)(node / row_nodes);
    slab->xyz[3 * i + 2] = in % 4 >= 2;
  }
  for (int64_t c = 0; c < hc_slab_cells(slab); c++) {
    const int64_t cell = hc_slab_start(slab->n_cells, rank, size) + c;
    for (int k = 0; k < 8; k++)
      slab->cells[8 * c + k] = cell / length * row_nodes + 4 * (cell % length + k / 4) + k % 4;
    slab->region[c] = 1;
  }
  ck_call(hc_mesh_create(slab, &options, &mesh));
  hc_slab_destroy(&slab);
  return mesh;
}

START_TEST(test_disconnected)
{
  struct hc_mesh *mesh = two_rows(10);
  struct hc_pattern *pattern;
  double *stiffness, *u;
  bool *fixed;
  ck_call(hc_fe_pattern(mesh, &pattern));
  ck_call(PetscMalloc1((size_t)pattern->row[pattern->n_rows], &stiffness));
  ck_call(PetscCalloc2((size_t)mesh->n_local, &u, (size_t)mesh->n_local, &fixed));
  ck_call(hc_fe_stiffness(mesh, pattern, NULL, stiffness));
  for (int i = 0; i < mesh->n_owned; i++)
    fixed[i] = mesh->file_node[i] < 4;
  ck_call_fails(hc_fe_laplace(mesh, pattern, stiffness, fixed, u), HC_ERR_INPUT, "with node 44 has no node of given");
  for (int i = 0; i < mesh->n_owned; i++)
    fixed[i] = mesh->file_node[i] >= 84;
  ck_call_fails(hc_fe_laplace(mesh, pattern, stiffness, fixed, u), HC_ERR_INPUT, "with node 0 has no node of given");
  for (int i = 0; i < mesh->n_owned; i++) { /* one end of each row: constant in each */
    fixed[i] = mesh->file_node[i] < 4 || mesh->file_node[i] >= 84;
    u[i] = mesh->file_node[i] < 4 ? 3. : fixed[i] ? -2. : 0.;
  }
  ck_call(hc_fe_laplace(mesh, pattern, stiffness, fixed, u));
  for (int i = 0; i < mesh->n_local; i++)
    ck_assert_double_eq_tol(u[i], mesh->file_node[i] < 44 ? 3. : -2., 1e-7);
  ck_call(PetscFree2(u, fixed));
  ck_call(PetscFree(stiffness));
  hc_fe_pattern_destroy(&pattern);
  hc_mesh_destroy(&mesh);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("fe laplace");
  TCase *t = tcase_create("laplace");
  tcase_set_timeout(t, 0);
  tcase_add_loop_test(t, test_order, 0, 4);
  tcase_add_test(t, test_linear);
  tcase_add_test(t, test_disconnected);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
