/* Weights of the pseudo-ECG against integration by brute force and against a dipole. Run: ctest -R test_fe_lead */
#include "test_fe_meshes.h"

static double smooth(const double x[3])
{
  return sin(2. * x[0] + .5) * exp(.7 * x[1]) + x[2] * x[0];
}

/* sum_i w_i V_i at electrode x. */
static double lead_sum(const struct hc_mesh *mesh, const double *tensor, const double x[3], const double *v)
{
  double *w, sum = 0.;
  ck_call(PetscMalloc1((size_t)mesh->n_owned, &w));
  ck_call(hc_fe_lead(mesh, tensor, x, w));
  for (int i = 0; i < mesh->n_owned; i++)
    sum += w[i] * v[i];
  ck_call(PetscFree(w));
  return test_sum(mesh, sum);
}

/* - flux . grad_y (1/|x - y|) written out, y inside the tissue. */
static double integrand(const double x[3], const double y[3], const double flux[3])
{
  const double r[3] = {x[0] - y[0], x[1] - y[1], x[2] - y[2]};
  const double r2 = r[0] * r[0] + r[1] * r[1] + r[2] * r[2];
  return -(flux[0] * r[0] + flux[1] * r[1] + flux[2] * r[2]) / (r2 * sqrt(r2));
}

/* Mean of the integrand over a triangle (n = 3) or tetrahedron by repeated halving of edges and the mean of the
 * corners' centroids at the end: plain, slow, and unlike the rule under test. */
static double mean_over(int n, double p[4][3], int depth, const double x[3], const double flux[3])
{
  static const int tetrahedra[8][4] = {{0, 4, 6, 7}, {4, 1, 5, 8}, {6, 5, 2, 9}, {7, 8, 9, 3},
                                       {4, 5, 6, 7}, {4, 5, 8, 7}, {5, 6, 7, 9}, {5, 7, 8, 9}};
  static const int triangles[4][3] = {{0, 3, 5}, {3, 1, 4}, {5, 4, 2}, {3, 4, 5}};
  static const int edge[6][2] = {{0, 1}, {1, 2}, {2, 0}, {0, 3}, {1, 3}, {2, 3}};
  const int children = n == 4 ? 8 : 4, edges = n == 4 ? 6 : 3;
  double all[10][3], sum = 0.;

  if (depth == 0) {
    double y[3] = {0};
    for (int i = 0; i < n; i++)
      for (int k = 0; k < 3; k++)
        y[k] += p[i][k] / n;
    return integrand(x, y, flux);
  }
  for (int i = 0; i < n; i++)
    memcpy(all[i], p[i], sizeof(all[i]));
  for (int e = 0; e < edges; e++)
    for (int k = 0; k < 3; k++)
      all[n + e][k] = .5 * (p[edge[e][0]][k] + p[edge[e][1]][k]);
  for (int c = 0; c < children; c++) {
    double child[4][3];
    for (int i = 0; i < n; i++)
      memcpy(child[i], all[n == 4 ? tetrahedra[c][i] : triangles[c][i]], sizeof(child[i]));
    sum += mean_over(n, child, depth - 1, x, flux);
  }
  return sum / children;
}

/* The whole integral for simplices with the cell's own gradient. The centroid rule's error falls by 4 a level, which
 * Richardson's combination of two levels removes. */
static double brute_simplex(const struct hc_mesh *mesh, const double d[6], const double x[3], const double *v,
                            int depth)
{
  const int n = hc_cell_nodes(mesh->type);
  double *g, total = 0.;
  ck_call(PetscMalloc1((size_t)3 * (size_t)mesh->n_cells_local, &g));
  ck_call(hc_fe_gradient(mesh, v, g));
  for (int c = 0; c < mesh->n_cells_local; c++) {
    double p[4][3], e[3][3] = {{0}};
    const double *a = g + 3 * c;
    const double flux[3] = {d[0] * a[0] + d[3] * a[1] + d[5] * a[2], d[3] * a[0] + d[1] * a[1] + d[4] * a[2],
                            d[5] * a[0] + d[4] * a[1] + d[2] * a[2]};
    double tangential[3] = {flux[0], flux[1], flux[2]};
    if (!mesh->cell_owned[c])
      continue;
    for (int i = 0; i < n; i++)
      for (int k = 0; k < 3; k++) {
        p[i][k] = mesh->xyz[3 * mesh->cells[n * c + i] + k];
        if (i > 0)
          e[i - 1][k] = p[i][k] - p[0][k];
      }
    const double w[3] = {e[0][1] * e[1][2] - e[0][2] * e[1][1], e[0][2] * e[1][0] - e[0][0] * e[1][2],
                         e[0][0] * e[1][1] - e[0][1] * e[1][0]};
    const double twice = sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2]);
    const double volume = n == 3 ? .5 * twice : fabs(w[0] * e[2][0] + w[1] * e[2][1] + w[2] * e[2][2]) / 6.;
    if (n == 3) { /* current flows in the shell */
      const double out = (flux[0] * w[0] + flux[1] * w[1] + flux[2] * w[2]) / (twice * twice);
      for (int k = 0; k < 3; k++)
        tangential[k] -= out * w[k];
    }
    const double coarse = mean_over(n, p, depth - 1, x, tangential), fine = mean_over(n, p, depth, x, tangential);
    total += volume * (4. * fine - coarse) / 3.;
  }
  ck_call(PetscFree(g));
  return test_sum(mesh, total);
}

static double *nodal(const struct hc_mesh *mesh)
{
  double *v;
  ck_call(PetscMalloc1((size_t)mesh->n_local, &v));
  for (int i = 0; i < mesh->n_local; i++)
    v[i] = smooth(mesh->xyz + 3 * i);
  return v;
}

START_TEST(test_brute_force)
{
  static const enum hc_cell_type types[2] = {HC_TRIANGLE, HC_TETRAHEDRON};
  struct hc_mesh *mesh =
      test_mesh(PETSC_COMM_WORLD, types[_i], 4, types[_i] == HC_TRIANGLE ? warp_affine : warp_inside);
  double *tensor = test_tensors(mesh), *v = nodal(mesh), d[6];
  /* Edges are about 0.3 long: three and one and a half edges above, and far away. */
  const double x[3][3] = {{.4, .6, 2.}, {.5, .5, types[_i] == HC_TRIANGLE ? .7 : 1.45}, {5., -3., 2.}};
  const double allowed[3] = {2e-6, 1e-4, 1e-7};
  test_tensor(d);
  for (int k = 0; k < 3; k++) {
    const double found = lead_sum(mesh, tensor, x[k], v), expected = brute_simplex(mesh, d, x[k], v, 4);
    ck_assert_double_le(fabs(found - expected), allowed[k] * fabs(expected) + 1e-12);
  }
  ck_call(PetscFree(v));
  ck_call(PetscFree(tensor));
  hc_mesh_destroy(&mesh);
}
END_TEST

/* Hexahedra that are cubes, V trilinear, against midpoints of 60^3 subcubes. */
START_TEST(test_hexahedra)
{
  struct hc_mesh *mesh = test_mesh(PETSC_COMM_WORLD, HC_HEXAHEDRON, 3, NULL);
  double *tensor = test_tensors(mesh), *v, d[6], expected[2] = {0., 0.};
  const double x[3] = {.3, 2.1, .8};
  ck_call(PetscMalloc1((size_t)mesh->n_local, &v));
  for (int i = 0; i < mesh->n_local; i++) {
    const double *y = mesh->xyz + 3 * i;
    v[i] = 1. + y[0] - 2. * y[1] * y[2] + 3. * y[0] * y[1] * y[2]; /* Q1 on every cube */
  }
  test_tensor(d);
  for (int level = 0; level < 2; level++) {
    const int n = level ? 60 : 30;
    for (int i = 0; i < n * n * n; i++) {
      const double y[3] = {(i % n + .5) / n, (i / n % n + .5) / n, (i / n / n + .5) / n};
      const double a[3] = {1. + 3. * y[1] * y[2], -2. * y[2] + 3. * y[0] * y[2], -2. * y[1] + 3. * y[0] * y[1]};
      const double flux[3] = {d[0] * a[0] + d[3] * a[1] + d[5] * a[2], d[3] * a[0] + d[1] * a[1] + d[4] * a[2],
                              d[5] * a[0] + d[4] * a[1] + d[2] * a[2]};
      expected[level] += integrand(x, y, flux) / ((double)n * n * n);
    }
  }
  const double limit = (4. * expected[1] - expected[0]) / 3.; /* the midpoint rule is of second order */
  ck_assert_double_eq_tol(lead_sum(mesh, tensor, x, v), limit, 2e-6 * fabs(limit));
  ck_call(PetscFree(v));
  ck_call(PetscFree(tensor));
  hc_mesh_destroy(&mesh);
}
END_TEST

/* Far from a small block with V = a . y the source is a dipole of moment - sigma a volume at the centre:
 * 4 pi sigma_b phi = moment . (x - centre) / |x - centre|^3. A wave that comes (V high behind, so a points away from
 * the electrode) is positive. */
START_TEST(test_dipole)
{
  struct hc_mesh *mesh = test_mesh(PETSC_COMM_WORLD, HC_TETRAHEDRON, 3, NULL);
  double *tensor = test_tensors(mesh), *v, d[6];
  const double a[3] = {-1., .2, .3}, r[3] = {60., 20., -30.};
  const double x[3] = {r[0] + .5, r[1] + .5, r[2] + .5};
  ck_call(PetscMalloc1((size_t)mesh->n_local, &v));
  for (int i = 0; i < mesh->n_local; i++)
    v[i] = a[0] * mesh->xyz[3 * i] + a[1] * mesh->xyz[3 * i + 1] + a[2] * mesh->xyz[3 * i + 2];
  test_tensor(d);
  const double moment[3] = {-(d[0] * a[0] + d[3] * a[1] + d[5] * a[2]), -(d[3] * a[0] + d[1] * a[1] + d[4] * a[2]),
                            -(d[5] * a[0] + d[4] * a[1] + d[2] * a[2])};
  const double distance = sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
  const double expected = (moment[0] * r[0] + moment[1] * r[1] + moment[2] * r[2]) / pow(distance, 3.);
  const double found = lead_sum(mesh, tensor, x, v);
  ck_assert_double_gt(expected, 0.);
  ck_assert_double_eq_tol(found, expected, 1e-4 * expected); /* (size / distance)^2 = 2e-4 times moments below 1/2 */
  ck_call(PetscFree(v));
  ck_call(PetscFree(tensor));
  hc_mesh_destroy(&mesh);
}
END_TEST

/* A constant V gives nothing, near or far, and an electrode on a point of the rule is refused. */
START_TEST(test_constant)
{
  struct hc_mesh *mesh = test_mesh(PETSC_COMM_SELF, HC_TETRAHEDRON, 3, warp_inside);
  double *tensor = test_tensors(mesh), *w, sum = 0., scale = 0., centre[3] = {0};
  const double x[3] = {1.5, .2, .3};
  ck_call(PetscMalloc1((size_t)mesh->n_owned, &w));
  ck_call(hc_fe_lead(mesh, tensor, x, w));
  for (int i = 0; i < mesh->n_owned; i++) {
    sum += w[i];
    scale += fabs(w[i]);
  }
  ck_assert_double_gt(scale, 0.);
  ck_assert_double_le(fabs(sum), 1e-13 * scale);
  hc_mesh_destroy(&mesh);
  ck_call(PetscFree(tensor));
  ck_call(PetscFree(w));
  mesh = test_mesh(PETSC_COMM_SELF, HC_HEXAHEDRON, 1, NULL); /* its rule has a point at the centre */
  tensor = test_tensors(mesh);
  ck_call(PetscMalloc1((size_t)mesh->n_owned, &w));
  centre[0] = centre[1] = centre[2] = .5;
  ck_call_fails(hc_fe_lead(mesh, tensor, centre, w), HC_ERR_INPUT, "lies in cell 0 of the tissue");
  ck_call(PetscFree(tensor));
  ck_call(PetscFree(w));
  hc_mesh_destroy(&mesh);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("fe lead");
  TCase *t = tcase_create("lead");
  tcase_set_timeout(t, 0);
  tcase_add_loop_test(t, test_brute_force, 0, 2);
  tcase_add_test(t, test_hexahedra);
  tcase_add_test(t, test_dipole);
  tcase_add_test(t, test_constant);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
