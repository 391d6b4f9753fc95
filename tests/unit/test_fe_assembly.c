/* Patterns, stiffness, mass and matrices: patch tests, exact integrals, and the same bits on any number of ranks.
 * Run: ctest -R test_fe_assembly */
#include "test_fe_meshes.h"

#define COMM PETSC_COMM_WORLD

static const enum hc_cell_type types[3] = {HC_TRIANGLE, HC_TETRAHEDRON, HC_HEXAHEDRON};
static const double slope[3] = {.7, -1.3, .4};

struct fixture {
  struct hc_mesh *mesh;
  struct hc_pattern *pattern;
  double *tensor, *stiffness, *mass;
};

static void fixture_create(MPI_Comm comm, enum hc_cell_type type, int n, warp *move, struct fixture *f)
{
  f->mesh = test_mesh(comm, type, n, move);
  ck_call(hc_fe_pattern(f->mesh, &f->pattern));
  f->tensor = test_tensors(f->mesh);
  const size_t nnz = (size_t)f->pattern->row[f->pattern->n_rows];
  ck_call(PetscMalloc1(nnz, &f->stiffness));
  ck_call(PetscMalloc1(nnz, &f->mass));
  ck_call(hc_fe_stiffness(f->mesh, f->pattern, f->tensor, f->stiffness));
  ck_call(hc_fe_mass(f->mesh, f->pattern, 0., f->mass));
}

static void fixture_destroy(struct fixture *f)
{
  ck_call(PetscFree(f->tensor));
  ck_call(PetscFree(f->stiffness));
  ck_call(PetscFree(f->mass));
  hc_fe_pattern_destroy(&f->pattern);
  hc_mesh_destroy(&f->mesh);
}

static double *linear(const struct hc_mesh *mesh)
{
  double *u;
  ck_call(PetscMalloc1((size_t)mesh->n_local, &u));
  for (int i = 0; i < mesh->n_local; i++)
    u[i] = 2. + slope[0] * mesh->xyz[3 * i] + slope[1] * mesh->xyz[3 * i + 1] + slope[2] * mesh->xyz[3 * i + 2];
  return u;
}

static bool on_boundary(const struct hc_mesh *mesh, int node)
{
  const int32_t all = mesh->type == HC_TRIANGLE ? 0xf : 0x3f;
  return (mesh->surface[node] & all) != 0;
}

START_TEST(test_pattern)
{
  struct fixture f;
  fixture_create(COMM, types[_i], 4, NULL, &f);
  const struct hc_pattern *p = f.pattern;
  ck_assert_int_eq(p->n_rows, f.mesh->n_owned);
  double entries = 0.;
  for (int i = 0; i < p->n_rows; i++) {
    ck_assert_int_eq(p->col[p->diagonal[i]], i);
    for (int k = p->row[i] + 1; k < p->row[i + 1]; k++)
      ck_assert_int_lt(f.mesh->number[p->col[k - 1]], f.mesh->number[p->col[k]]);
    entries += p->row[i + 1] - p->row[i];
  }
  /* Nodes plus two entries for each edge of the lattice of n^d cells; Kuhn's tetrahedra have 3 axis, 3 face and 1 body
   * diagonal directions, hexahedra couple all 27 neighbours. */
  const double n = 4, m = 5;
  const double expected = _i == 0   ? m * m + 2 * (2 * n * m + n * n)
                          : _i == 1 ? m * m * m + 2 * (3 * n * m * m + 3 * n * n * m + n * n * n)
                                    : pow(3 * m - 2, 3);
  ck_assert_double_eq(test_sum(f.mesh, entries), expected);
  fixture_destroy(&f);
}
END_TEST

/* A linear function has zero residual at inner nodes of a distorted mesh, and the exact energy. */
START_TEST(test_patch)
{
  struct fixture f;
  double d[6], flux[3], energy = 0., scale = 0., a[3] = {slope[0], slope[1], slope[2]};
  fixture_create(COMM, types[_i], 5, warp_inside, &f);
  double *u = linear(f.mesh);
  if (types[_i] == HC_TRIANGLE)
    a[2] = 0.; /* only the part in the sheet counts */
  for (int i = 0; i < f.pattern->n_rows; i++) {
    double residual = 0.;
    for (int k = f.pattern->row[i]; k < f.pattern->row[i + 1]; k++) {
      residual += f.stiffness[k] * u[f.pattern->col[k]];
      scale = fmax(scale, fabs(f.stiffness[k]));
    }
    if (!on_boundary(f.mesh, i))
      ck_assert_double_le(fabs(residual), 1e-13 * fmax(scale, 1.) * 100.);
  }
  test_tensor(d);
  flux[0] = d[0] * a[0] + d[3] * a[1] + d[5] * a[2];
  flux[1] = d[3] * a[0] + d[1] * a[1] + d[4] * a[2];
  flux[2] = d[5] * a[0] + d[4] * a[1] + d[2] * a[2];
  energy = a[0] * flux[0] + a[1] * flux[1] + a[2] * flux[2]; /* unit volume or area */
  ck_assert_double_eq_tol(test_form(f.mesh, f.pattern, f.stiffness, u, u), energy, 1e-12);
  ck_call(PetscFree(u));
  fixture_destroy(&f);
}
END_TEST

/* On a tilted plane the tensor and the gradient are projected on the plane. */
START_TEST(test_shell)
{
  struct fixture f;
  double d[6], energy = 0.;
  fixture_create(COMM, HC_TRIANGLE, 3, warp_affine, &f);
  double *u = linear(f.mesh), *g;
  ck_call(PetscMalloc1((size_t)3 * (size_t)f.mesh->n_cells_local, &g));
  /* Images of the unit vectors: (1.2, 0, 0) and (0.3, 1.1, 0.5), area 1.2 sqrt(1.46), normal along (0, -0.5, 1.1). */
  const double area = 1.2 * sqrt(1.46), n[3] = {0., -.5 / sqrt(1.46), 1.1 / sqrt(1.46)};
  const double along = slope[1] * n[1] + slope[2] * n[2];
  const double t[3] = {slope[0], slope[1] - along * n[1], slope[2] - along * n[2]};
  test_tensor(d);
  energy = d[0] * t[0] * t[0] + d[1] * t[1] * t[1] + d[2] * t[2] * t[2] +
           2. * (d[3] * t[0] * t[1] + d[4] * t[1] * t[2] + d[5] * t[0] * t[2]);
  ck_assert_double_eq_tol(test_form(f.mesh, f.pattern, f.stiffness, u, u), area * energy, 1e-12);
  ck_call(hc_fe_gradient(f.mesh, u, g));
  for (int c = 0; c < f.mesh->n_cells_local; c++)
    for (int k = 0; k < 3; k++)
      ck_assert_double_eq_tol(g[3 * c + k], t[k], 1e-12);
  ck_call(PetscFree(g));
  ck_call(PetscFree(u));
  fixture_destroy(&f);
}
END_TEST

START_TEST(test_gradient_and_mean)
{
  struct fixture f;
  double *g, *mean;
  fixture_create(COMM, types[_i], 4, warp_inside, &f);
  double *u = linear(f.mesh);
  const int n = hc_cell_nodes(f.mesh->type);
  ck_call(PetscMalloc1((size_t)3 * (size_t)f.mesh->n_cells_local, &g));
  ck_call(PetscMalloc1((size_t)f.mesh->n_cells_local, &mean));
  ck_call(hc_fe_gradient(f.mesh, u, g));
  ck_call(hc_fe_cell_mean(f.mesh, u, mean));
  for (int c = 0; c < f.mesh->n_cells_local; c++) {
    double expected = 0.;
    for (int k = 0; k < 3; k++)
      ck_assert_double_eq_tol(g[3 * c + k], k == 2 && n == 3 ? 0. : slope[k], 1e-11);
    for (int i = 0; i < n; i++)
      expected += u[f.mesh->cells[n * c + i]] / n;
    ck_assert_double_eq_tol(mean[c], expected, 1e-14 * 10.);
  }
  ck_call(PetscFree(g));
  ck_call(PetscFree(mean));
  ck_call(PetscFree(u));
  fixture_destroy(&f);
}
END_TEST

/* Rows sum to zero, entries are symmetric bit for bit (compared through their transposed twins on one rank). */
START_TEST(test_stiffness_structure)
{
  struct fixture f;
  fixture_create(PETSC_COMM_SELF, types[_i], 4, warp_inside, &f);
  const struct hc_pattern *p = f.pattern;
  for (int i = 0; i < p->n_rows; i++) {
    double sum = 0., scale = 0.;
    for (int k = p->row[i]; k < p->row[i + 1]; k++) {
      int twin = p->row[p->col[k]];
      while (p->col[twin] != i)
        twin++;
      ck_assert(f.stiffness[k] == f.stiffness[twin] && f.mass[k] == f.mass[twin]);
      sum += f.stiffness[k];
      scale += fabs(f.stiffness[k]);
    }
    ck_assert_double_le(fabs(sum), 1e-14 * scale * 10.);
  }
  fixture_destroy(&f);
}
END_TEST

/* int u^2 of a P1 function over a simplex of volume V with n nodes: V / (n (n + 1)) (sum u_i^2 + (sum u_i)^2). */
static double exact_square(const struct hc_mesh *mesh, const double *u)
{
  const int n = hc_cell_nodes(mesh->type);
  double total = 0.;
  for (int c = 0; c < mesh->n_cells_local; c++) {
    double e[3][3] = {{0}}, sum = 0., squares = 0.;
    if (!mesh->cell_owned[c])
      continue;
    for (int i = 0; i < n; i++) {
      const int node = mesh->cells[n * c + i];
      sum += u[node];
      squares += u[node] * u[node];
      for (int k = 0; i > 0 && k < 3; k++)
        e[i - 1][k] = mesh->xyz[3 * node + k] - mesh->xyz[3 * mesh->cells[n * c] + k];
    }
    const double w[3] = {e[0][1] * e[1][2] - e[0][2] * e[1][1], e[0][2] * e[1][0] - e[0][0] * e[1][2],
                         e[0][0] * e[1][1] - e[0][1] * e[1][0]};
    const double volume = n == 3 ? .5 * sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2])
                                 : fabs(w[0] * e[2][0] + w[1] * e[2][1] + w[2] * e[2][2]) / 6.;
    total += volume / (n * (n + 1)) * (squares + sum * sum);
  }
  return test_sum(mesh, total);
}

START_TEST(test_mass_simplex)
{
  struct fixture f;
  double *u;
  fixture_create(COMM, types[_i], 4, warp_inside, &f);
  ck_call(PetscMalloc1((size_t)f.mesh->n_local, &u));
  for (int i = 0; i < f.mesh->n_local; i++)
    u[i] = test_random(f.mesh->file_node[i]) - .3;
  ck_assert_double_eq_tol(test_form(f.mesh, f.pattern, f.mass, u, u), exact_square(f.mesh, u), 1e-14);
  ck_call(PetscFree(u));
  fixture_destroy(&f);
}
END_TEST

/* int over the unit cube of (c + s . x)^2 by its moments: variances 1/12, mean at the centre. */
START_TEST(test_mass_hexahedron)
{
  struct fixture f;
  fixture_create(COMM, HC_HEXAHEDRON, 3, NULL, &f);
  double *u = linear(f.mesh);
  const double mean = 2. + .5 * (slope[0] + slope[1] + slope[2]);
  const double spread = (slope[0] * slope[0] + slope[1] * slope[1] + slope[2] * slope[2]) / 12.;
  ck_assert_double_eq_tol(test_form(f.mesh, f.pattern, f.mass, u, u), mean * mean + spread, 1e-13);
  ck_call(PetscFree(u));
  fixture_destroy(&f);
}
END_TEST

/* Blends are what they say, all have the same row sums, and these are the volumes. */
START_TEST(test_mass_blend)
{
  struct fixture f;
  double *lumped, *blend, *volumes, total = 0.;
  fixture_create(COMM, types[_i], 4, warp_inside, &f);
  const struct hc_pattern *p = f.pattern;
  const size_t nnz = (size_t)p->row[p->n_rows];
  ck_call(PetscMalloc3(nnz, &lumped, nnz, &blend, (size_t)f.mesh->n_owned, &volumes));
  ck_call(hc_fe_mass(f.mesh, p, 1., lumped));
  ck_call(hc_fe_mass(f.mesh, p, .25, blend));
  ck_call(hc_fe_volumes(f.mesh, volumes));
  for (int i = 0; i < p->n_rows; i++) {
    double sum = 0.;
    for (int k = p->row[i]; k < p->row[i + 1]; k++) {
      sum += f.mass[k];
      ck_assert_double_eq_tol(blend[k], .25 * lumped[k] + .75 * f.mass[k], 1e-16);
      if (k != p->diagonal[i])
        ck_assert(lumped[k] == 0.);
    }
    ck_assert_double_eq_tol(lumped[p->diagonal[i]], sum, 1e-15);
    ck_assert_double_eq_tol(volumes[i], sum, 1e-15);
    total += volumes[i];
  }
  ck_assert_double_eq_tol(test_sum(f.mesh, total), 1., 1e-13);
  ck_call_fails(hc_fe_mass(f.mesh, p, 1.5, blend), HC_ERR_INPUT, "allowed: 0 (consistent) to 1");
  ck_call_fails(hc_fe_mass(f.mesh, p, NAN, blend), HC_ERR_INPUT, "found nan");
  ck_call(PetscFree3(lumped, blend, volumes));
  fixture_destroy(&f);
}
END_TEST

/* Each rank also builds the whole mesh alone: its rows must have the same entries, bit for bit, in file numbers. */
START_TEST(test_ranks_bitwise)
{
  struct fixture f, g;
  int *row_of;
  fixture_create(COMM, types[_i], 6, warp_inside, &f);
  fixture_create(PETSC_COMM_SELF, types[_i], 6, warp_inside, &g);
  ck_call(PetscMalloc1((size_t)g.mesh->n_owned, &row_of));
  for (int i = 0; i < g.mesh->n_owned; i++)
    row_of[g.mesh->file_node[i]] = i;
  for (int i = 0; i < f.pattern->n_rows; i++) {
    const int j = row_of[f.mesh->file_node[i]];
    ck_assert_int_eq(f.pattern->row[i + 1] - f.pattern->row[i], g.pattern->row[j + 1] - g.pattern->row[j]);
    for (int k = f.pattern->row[i]; k < f.pattern->row[i + 1]; k++) {
      int m = g.pattern->row[j];
      while (g.mesh->file_node[g.pattern->col[m]] != f.mesh->file_node[f.pattern->col[k]])
        ck_assert_int_lt(++m, g.pattern->row[j + 1]);
      ck_assert(f.stiffness[k] == g.stiffness[m] && f.mass[k] == g.mass[m]);
    }
  }
  ck_call(PetscFree(row_of));
  fixture_destroy(&g);
  fixture_destroy(&f);
}
END_TEST

static void check_mat(const struct fixture *f, Mat mat, const double *values)
{
  PetscInt first, n;
  const PetscInt *cols;
  const PetscScalar *entries;
  ck_call(MatGetOwnershipRange(mat, &first, NULL));
  ck_assert_int_eq(first, f->mesh->start);
  for (int i = 0; i < f->pattern->n_rows; i++) {
    ck_call(MatGetRow(mat, first + i, &n, &cols, &entries));
    ck_assert_int_eq(n, f->pattern->row[i + 1] - f->pattern->row[i]);
    for (int k = 0; k < n; k++) {
      ck_assert_int_eq(cols[k], f->mesh->number[f->pattern->col[f->pattern->row[i] + k]]);
      ck_assert(entries[k] == values[f->pattern->row[i] + k]);
    }
    ck_call(MatRestoreRow(mat, first + i, &n, &cols, &entries));
  }
}

START_TEST(test_mat)
{
  struct fixture f;
  Mat mat;
  fixture_create(COMM, types[_i], 4, warp_inside, &f);
  ck_call(hc_fe_mat_create(f.mesh, f.pattern, f.stiffness, &mat));
  check_mat(&f, mat, f.stiffness);
  ck_call(hc_fe_mat_update(mat, f.pattern, f.mass));
  check_mat(&f, mat, f.mass);
  ck_call(MatDestroy(&mat));
  fixture_destroy(&f);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("fe assembly");
  TCase *t = tcase_create("assembly");
  tcase_set_timeout(t, 0);
  tcase_add_loop_test(t, test_pattern, 0, 3);
  tcase_add_loop_test(t, test_patch, 0, 3);
  tcase_add_test(t, test_shell);
  tcase_add_loop_test(t, test_gradient_and_mean, 0, 3);
  tcase_add_loop_test(t, test_stiffness_structure, 0, 3);
  tcase_add_loop_test(t, test_mass_simplex, 0, 2);
  tcase_add_test(t, test_mass_hexahedron);
  tcase_add_loop_test(t, test_mass_blend, 0, 3);
  tcase_add_loop_test(t, test_ranks_bitwise, 0, 3);
  tcase_add_loop_test(t, test_mat, 0, 3);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
