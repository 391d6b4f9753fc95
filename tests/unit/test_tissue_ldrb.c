/* Rule-based fibres on a left-ventricular ellipsoid, where depth and directions are known exactly, and on a block with
 * two cavities for the septum. Run: ctest -R test_tissue_ldrb */
#include "internal.h" /* of tissue: the module under test comes first in the search */
#include "tissue.h"

#include "hc_check.h"

#include <math.h>
#include <string.h>

enum { BASE = 1, EPI = 2, LV = 3, RV = 4 };

static const double pi = 3.14159265358979323846;

/* ---- A truncated ellipsoid in prolate spheroidal coordinates (lambda across the wall, mu from the apex 0 to the base
 * pi/2, theta around) with focal distance `focus`: x = focus sinh(l) sin(m) cos(t), z = - focus cosh(l) cos(m).
 * --------- */

static const double focus = 60., lambda_endo = .40, lambda_epi = .55, hole = 4. * 3.14159265358979323846 / 180.;

static void ellipsoid_node(int64_t node, const int n[3], double x[3], int32_t *surface)
{
  const int i = (int)(node % (n[0] + 1)), j = (int)(node / (n[0] + 1) % (n[1] + 1)),
            k = (int)(node / (n[0] + 1) / (n[1] + 1));
  const double l = lambda_endo + (lambda_epi - lambda_endo) * i / n[0], m = hole + (pi / 2. - hole) * j / n[1],
               t = 2. * pi * k / n[2];
  x[0] = focus * sinh(l) * sin(m) * cos(t);
  x[1] = focus * sinh(l) * sin(m) * sin(t);
  x[2] = -focus * cosh(l) * cos(m);
  *surface = (i == 0) << (LV - 1) | (i == n[0]) << (EPI - 1) | (j == n[1]) << (BASE - 1);
}

/* Corner b (bits: mu, lambda, theta, a right-handed order) of a cube of the lattice. */
static int64_t ellipsoid_corner(int64_t cube, int b, const int n[3])
{
  const int64_t i = cube % n[0] + (b >> 1 & 1), j = cube / n[0] % n[1] + (b & 1),
                k = (cube / n[0] / n[1] + (b >> 2 & 1)) % n[2];
  return i + (n[0] + 1) * (j + (n[1] + 1) * k);
}

static struct hc_mesh *ellipsoid(MPI_Comm comm, enum hc_cell_type type, const int n[3])
{
  static const int hexahedron[8] = {0, 1, 3, 2, 4, 5, 7, 6};
  static const int kuhn[6][4] = {{0, 1, 3, 7}, {0, 1, 5, 7}, {0, 2, 3, 7}, {0, 2, 6, 7}, {0, 4, 5, 7}, {0, 4, 6, 7}};
  const struct hc_mesh_options options = {.partitioner = HC_PART_METIS, .seed = 3};
  const int per_cube = type == HC_HEXAHEDRON ? 1 : 6, corners = hc_cell_nodes(type);
  const int64_t n_nodes = (int64_t)(n[0] + 1) * (n[1] + 1) * n[2], n_cells = (int64_t)n[0] * n[1] * n[2] * per_cube;
  struct hc_slab *slab;
  struct hc_mesh *mesh;
  int rank, size;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  ck_call(hc_slab_create(comm, type, n_nodes, n_cells, &slab));
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++)
    ellipsoid_node(hc_slab_start(n_nodes, rank, size) + i, n, slab->xyz + 3 * i, &slab->surface[i]);
  for (int64_t c = 0; c < hc_slab_cells(slab); c++) {
    const int64_t cell = hc_slab_start(n_cells, rank, size) + c;
    const int *order = type == HC_HEXAHEDRON ? hexahedron : kuhn[cell % 6];
    slab->region[c] = 1;
    for (int k = 0; k < corners; k++)
      slab->cells[corners * c + k] = ellipsoid_corner(cell / per_cube, order[k], n);
  }
  ck_call(hc_mesh_create(slab, &options, &mesh));
  hc_slab_destroy(&slab);
  return mesh;
}

/* ---- Running the rule ----------------------------------------------------------------------------------------------
 */

struct fixture {
  struct hc_mesh *mesh;
  struct hc_pattern *pattern;
  struct hc_fields *fields;
};

static struct hc_fibre_params rule(int64_t rv)
{
  return (struct hc_fibre_params){.rule = HC_FIBRES_LDRB,
                                  .alpha_endo = 60.,
                                  .alpha_epi = -60.,
                                  .beta_endo = -65.,
                                  .beta_epi = 25.,
                                  .epi = EPI,
                                  .base = BASE,
                                  .lv = LV,
                                  .rv = rv};
}

static void fixture_create(struct hc_mesh *mesh, struct fixture *f)
{
  f->mesh = mesh;
  ck_call(hc_fe_pattern(mesh, &f->pattern));
  ck_call(hc_fields_create(mesh, &f->fields));
}

static void fixture_destroy(struct fixture *f)
{
  hc_fields_destroy(&f->fields);
  hc_fe_pattern_destroy(&f->pattern);
  hc_mesh_destroy(&f->mesh);
}

static const double *values(const struct fixture *f, const char *name, enum hc_location where)
{
  const struct hc_field *field = hc_fields_find(f->fields, name, where);
  ck_assert_ptr_nonnull(field);
  return field->values;
}

static double dot(const double a[3], const double b[3])
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void check_orthonormal(const struct fixture *f)
{
  const double *q[3] = {values(f, "fibre", HC_CELL), values(f, "sheet", HC_CELL), values(f, "normal", HC_CELL)};
  for (int c = 0; c < f->mesh->n_cells_local; c++)
    for (int k = 0; k < 3; k++)
      for (int m = 0; m < 3; m++)
        ck_assert_double_le(fabs(dot(q[k] + 3 * c, q[m] + 3 * c) - (k == m)), 1e-12);
}

static void centre_of(const struct hc_mesh *mesh, int c, double x[3])
{
  const int n = hc_cell_nodes(mesh->type);
  x[0] = x[1] = x[2] = 0.;
  for (int i = 0; i < n; i++)
    for (int k = 0; k < 3; k++)
      x[k] += mesh->xyz[3 * mesh->cells[n * c + i] + k] / n;
}

/* Angle between two lines in degrees, in [-90, 90). */
static double fold(double degrees)
{
  return degrees - 180. * floor((degrees + 90.) / 180.);
}

/* ---- The ellipsoid's own coordinates -------------------------------------------------------------------------------
 */

struct place {
  double lambda, mu, theta;
};

static struct place place_of(const double x[3])
{
  const double r = hypot(x[0], x[1]), far = hypot(r, x[2] - focus), near = hypot(r, x[2] + focus);
  return (struct place){.lambda = acosh((far + near) / (2. * focus)),
                        .mu = acos((far - near) / (2. * focus)),
                        .theta = atan2(x[1], x[0])};
}

/* Harmonic between confocal ellipsoids, with no flux through surfaces of constant mu: depends on lambda alone,
 * (sinh(l) f')' = 0, so f = log tanh(l / 2) up to scale. */
static double depth_of(double lambda)
{
  const double a = log(tanh(lambda_endo / 2.)), b = log(tanh(lambda_epi / 2.));
  return (log(tanh(lambda / 2.)) - a) / (b - a);
}

/* Helix angle of a direction, in degrees: its slope in the ellipsoid's tangent plane. */
static double helix(const struct place *p, const double v[3])
{
  const double around[3] = {-sin(p->theta), cos(p->theta), 0.};
  double up[3] = {sinh(p->lambda) * cos(p->mu) * cos(p->theta), sinh(p->lambda) * cos(p->mu) * sin(p->theta),
                  cosh(p->lambda) * sin(p->mu)};
  return fold(atan2(dot(v, up) / sqrt(dot(up, up)), dot(v, around)) * 180. / pi);
}

START_TEST(test_ellipsoid)
{
  static const enum hc_cell_type types[2] = {HC_HEXAHEDRON, HC_TETRAHEDRON};
  const int n[3] = {8, 28, 40};
  const struct hc_fibre_params params = rule(0);
  struct fixture f;
  double above[3] = {0., 0., 0.}, worst[2] = {0., 0.}; /* cells counted, above 1.5 and 5 degrees; angle, depth */

  fixture_create(ellipsoid(PETSC_COMM_WORLD, types[_i], n), &f);
  ck_call(hc_fibres(f.mesh, f.pattern, &params, f.fields));
  check_orthonormal(&f);
  const double *depth = values(&f, "transmural", HC_NODE), *psi = values(&f, "apex_base", HC_NODE);
  const double *fibre = values(&f, "fibre", HC_CELL);
  ck_assert_ptr_null(hc_fields_find(f.fields, "ventricle", HC_NODE));
  for (int i = 0; i < f.mesh->n_local; i++) {
    const struct place p = place_of(f.mesh->xyz + 3 * i);
    worst[1] = fmax(worst[1], fabs(depth[i] - depth_of(p.lambda)));
    ck_assert_double_ge(psi[i], -1e-6);
    ck_assert_double_le(psi[i], 1. + 1e-6);
  }
  for (int c = 0; c < f.mesh->n_cells_local; c++) {
    double x[3];
    centre_of(f.mesh, c, x);
    const struct place p = place_of(x);
    if (!f.mesh->cell_owned[c] || p.mu < 25. * pi / 180. || p.mu > 82. * pi / 180.)
      continue; /* the apex, where all directions meet, and the base's edge */
    const double phi = depth_of(p.lambda), expected = (1. - phi) * 60. + phi * -60.;
    const double off = fabs(fold(helix(&p, fibre + 3 * c) - expected));
    above[0] += 1.;
    above[1] += off > 1.5;
    above[2] += off > 5.;
    worst[0] = fmax(worst[0], off);
  }
  MPI_Allreduce(MPI_IN_PLACE, above, 3, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD);
  MPI_Allreduce(MPI_IN_PLACE, worst, 2, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD);
  if (f.mesh->rank == 0)
    printf("%s: %.0f cells, helix angle off by more than 1.5 degrees in %.2f %%, 5 degrees in %.2f %%, at most %.2f "
           "degrees; depth off by at most %.4f\n",
           hc_cell_name(types[_i]), above[0], 100. * above[1] / above[0], 100. * above[2] / above[0], worst[0],
           worst[1]);
  ck_assert_double_ge(above[0], 1000.);
  ck_assert_double_le(above[1], .5 * above[0]);  /* median */
  ck_assert_double_le(above[2], .05 * above[0]); /* 95 % */
  ck_assert_double_le(worst[1], .01);
  fixture_destroy(&f);
}
END_TEST

/* The sheet at beta = 0 points across the wall; beta turns it about the fibre. */
START_TEST(test_sheet)
{
  const int n[3] = {4, 20, 28};
  struct hc_fibre_params params = rule(0);
  struct fixture f;
  fixture_create(ellipsoid(PETSC_COMM_WORLD, HC_HEXAHEDRON, n), &f);
  params.beta_endo = params.beta_epi = _i ? 30. : 0.;
  ck_call(hc_fibres(f.mesh, f.pattern, &params, f.fields));
  const double *sheet = values(&f, "sheet", HC_CELL);
  for (int c = 0; c < f.mesh->n_cells_local; c++) {
    double x[3];
    centre_of(f.mesh, c, x);
    const struct place p = place_of(x);
    if (p.mu < 40. * pi / 180. || p.mu > 80. * pi / 180.)
      continue;
    const double out[3] = {cosh(p.lambda) * sin(p.mu) * cos(p.theta), cosh(p.lambda) * sin(p.mu) * sin(p.theta),
                           -sinh(p.lambda) * cos(p.mu)};
    const double angle = acos(fmin(1., fabs(dot(out, sheet + 3 * c)) / sqrt(dot(out, out)))) * 180. / pi;
    ck_assert_double_le(fabs(angle - (_i ? 30. : 0.)), 6.);
  }
  fixture_destroy(&f);
}
END_TEST

/* The same on one rank as on all. */
static void compare(const struct fixture *f, const struct fixture *alone)
{
  static const char *const nodal[3] = {"transmural", "apex_base", "ventricle"};
  for (int m = 0; m < 3; m++) {
    const struct hc_field *a = hc_fields_find(f->fields, nodal[m], HC_NODE),
                          *b = hc_fields_find(alone->fields, nodal[m], HC_NODE);
    double *in_file;
    ck_assert((a == NULL) == (b == NULL));
    if (!a)
      continue;
    ck_call(PetscMalloc1((size_t)alone->mesh->n_owned, &in_file));
    for (int i = 0; i < alone->mesh->n_owned; i++)
      in_file[alone->mesh->file_node[i]] = b->values[i];
    for (int i = 0; i < f->mesh->n_local; i++)
      ck_assert_double_eq_tol(a->values[i], in_file[f->mesh->file_node[i]], 1e-8);
    ck_call(PetscFree(in_file));
  }
  const double *a = values(f, "fibre", HC_CELL), *b = values(alone, "fibre", HC_CELL);
  for (int c = 0; c < f->mesh->n_cells_local; c++)
    ck_assert_double_ge(fabs(dot(a + 3 * c, b + 3 * f->mesh->file_cell[c])), 1. - 1e-8);
}

/* The long axis, to the last bit: it decides where gradients vanish. */
static void compare_axes(const struct fixture *f, const struct fixture *alone, const struct hc_fibre_params *params)
{
  double axis[3], expected[3];
  bool *apex;

  ck_call(PetscMalloc1((size_t)alone->mesh->n_owned, &apex)); /* no rank of f has more nodes */
  ck_call(hc_tissue_apex(f->mesh, params->epi, params->base, apex, axis));
  ck_call(hc_tissue_apex(alone->mesh, params->epi, params->base, apex, expected));
  ck_assert_int_eq(memcmp(axis, expected, sizeof(axis)), 0);
  ck_call(PetscFree(apex));
}

START_TEST(test_ranks)
{
  const int n[3] = {4, 12, 20};
  const struct hc_fibre_params params = rule(0);
  struct fixture f, alone;
  fixture_create(ellipsoid(PETSC_COMM_WORLD, HC_TETRAHEDRON, n), &f);
  fixture_create(ellipsoid(PETSC_COMM_SELF, HC_TETRAHEDRON, n), &alone);
  ck_call(hc_fibres(f.mesh, f.pattern, &params, f.fields));
  ck_call(hc_fibres(alone.mesh, alone.pattern, &params, alone.fields));
  compare(&f, &alone);
  compare_axes(&f, &alone, &params);
  fixture_destroy(&f);
  fixture_destroy(&alone);
}
END_TEST

/* ---- A block with two cavities: walls at x = 0..4 (LV free wall), 8..12 (septum), 16..20 (RV free wall), cavities
 * between, closed below and on the sides in y. -----------------------------------------------------------------------
 */

static const int block_n[3] = {20, 20, 24};

static int cavity_of(int64_t i, int64_t j, int64_t k)
{
  if (j < 4 || j >= 16 || k < 4)
    return 0;
  return i >= 4 && i < 8 ? LV : i >= 12 && i < 16 ? RV : 0;
}

/* Surfaces of a lattice node: walls of a cavity that touch it; the outside but the top; the top. */
static int32_t block_surface(const int64_t at[3])
{
  int32_t surface = 0;
  bool tissue = false;
  for (int b = 0; b < 8; b++) {
    const int64_t i = at[0] - (b & 1), j = at[1] - (b >> 1 & 1), k = at[2] - (b >> 2 & 1);
    if (i < 0 || j < 0 || k < 0 || i >= block_n[0] || j >= block_n[1] || k >= block_n[2])
      continue;
    const int cavity = cavity_of(i, j, k);
    if (cavity)
      surface |= 1 << (cavity - 1);
    else
      tissue = true;
  }
  if (at[2] == block_n[2])
    surface |= 1 << (BASE - 1);
  if (at[0] == 0 || at[0] == block_n[0] || at[1] == 0 || at[1] == block_n[1] || at[2] == 0)
    surface |= 1 << (EPI - 1);
  return tissue ? surface : -1;
}

/* Built whole on every rank (it is small), then cut into slabs. */
static struct hc_mesh *block(MPI_Comm comm)
{
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};
  const int side[3] = {block_n[0] + 1, block_n[1] + 1, block_n[2] + 1};
  int64_t *number, *node_at, *cell_at, n_nodes = 0, n_cells = 0;
  static const int order[8] = {0, 1, 3, 2, 4, 5, 7, 6};
  struct hc_slab *slab;
  struct hc_mesh *mesh;
  int rank, size;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  ck_call(PetscMalloc3((size_t)(side[0] * side[1] * side[2]), &number, (size_t)(side[0] * side[1] * side[2]), &node_at,
                       (size_t)(block_n[0] * block_n[1] * block_n[2]), &cell_at));
  for (int p = 0; p < side[0] * side[1] * side[2]; p++) {
    const int64_t at[3] = {p % side[0], p / side[0] % side[1], p / side[0] / side[1]};
    if (block_surface(at) < 0)
      continue;
    number[p] = n_nodes;
    node_at[n_nodes++] = p;
  }
  for (int p = 0; p < block_n[0] * block_n[1] * block_n[2]; p++)
    if (!cavity_of(p % block_n[0], p / block_n[0] % block_n[1], p / block_n[0] / block_n[1]))
      cell_at[n_cells++] = p;
  ck_call(hc_slab_create(comm, HC_HEXAHEDRON, n_nodes, n_cells, &slab));
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++) {
    const int64_t p = node_at[hc_slab_start(n_nodes, rank, size) + i];
    const int64_t at[3] = {p % side[0], p / side[0] % side[1], p / side[0] / side[1]};
    for (int k = 0; k < 3; k++)
      slab->xyz[3 * i + k] = (double)at[k];
    slab->surface[i] = block_surface(at);
  }
  for (int64_t c = 0; c < hc_slab_cells(slab); c++) {
    const int64_t p = cell_at[hc_slab_start(n_cells, rank, size) + c];
    const int64_t i = p % block_n[0], j = p / block_n[0] % block_n[1], k = p / block_n[0] / block_n[1];
    slab->region[c] = 1;
    for (int b = 0; b < 8; b++) {
      const int o = order[b];
      slab->cells[8 * c + b] = number[i + (o & 1) + side[0] * (j + (o >> 1 & 1) + side[1] * (k + (o >> 2 & 1)))];
    }
  }
  ck_call(PetscFree3(number, node_at, cell_at));
  ck_call(hc_mesh_create(slab, &options, &mesh));
  hc_slab_destroy(&slab);
  return mesh;
}

/* Away from edges the walls are plane: depth is linear in x, up is z, out of a ventricle is -x (LV) or +x (RV). */
static double block_expected(double x)
{
  if (x < 4.) /* depth 1 - x/4; circumferential = z x (-x) = -y mirrors the angle */
    return -60. * (1. - 2. * (1. - x / 4.));
  if (x > 16.) /* depth (x - 16)/4; circumferential = z x x = y */
    return 60. * (1. - 2. * (x - 16.) / 4.);
  return 60. * (1. - 2. * (x - 8.) / 4.); /* across the septum, LV to RV = +x: alpha_endo (1 - 2t) */
}

START_TEST(test_two_ventricles)
{
  const struct hc_fibre_params params = rule(RV);
  struct fixture f, alone;
  int counted = 0;
  fixture_create(block(PETSC_COMM_WORLD), &f);
  fixture_create(block(PETSC_COMM_SELF), &alone);
  ck_call(hc_fibres(f.mesh, f.pattern, &params, f.fields));
  ck_call(hc_fibres(alone.mesh, alone.pattern, &params, alone.fields));
  check_orthonormal(&f);
  compare(&f, &alone);
  const double *fibre = values(&alone, "fibre", HC_CELL), *ventricle = values(&alone, "ventricle", HC_NODE);
  const double *depth = values(&alone, "transmural", HC_NODE);
  for (int i = 0; i < alone.mesh->n_local; i++) {
    const double *x = alone.mesh->xyz + 3 * i;
    ck_assert_double_ge(ventricle[i], -1e-9);
    ck_assert_double_le(ventricle[i], 1. + 1e-9);
    if (alone.mesh->surface[i] & (1 << (LV - 1)))
      ck_assert(ventricle[i] == 1. && depth[i] == 0.);
    else if (alone.mesh->surface[i] & (1 << (RV - 1)))
      ck_assert(ventricle[i] == 0. && depth[i] == 0.);
    else if (alone.mesh->surface[i] & (1 << (EPI - 1)))
      ck_assert(depth[i] == 1.);
    if (x[0] == 10. && x[1] == 10. && x[2] > 8. && x[2] < 22.)
      ck_assert_double_eq_tol(ventricle[i], .5, 1e-6); /* the plane of symmetry */
  }
  for (int c = 0; c < alone.mesh->n_cells_local; c++) {
    double x[3];
    centre_of(alone.mesh, c, x);
    if (fabs(x[1] - 10.) > 2. || x[2] < 12. || x[2] > 20.)
      continue;
    const double angle = atan2(fibre[3 * c + 2], fibre[3 * c + 1]) * 180. / pi;
    ck_assert_double_le(fabs(fold(angle - block_expected(x[0]))), 8.);
    counted++;
  }
  ck_assert_int_ge(counted, 150);
  fixture_destroy(&f);
  fixture_destroy(&alone);
}
END_TEST

START_TEST(test_errors)
{
  const int n[3] = {2, 6, 8};
  struct hc_fibre_params params = rule(0);
  struct fixture f;
  fixture_create(ellipsoid(PETSC_COMM_WORLD, HC_TETRAHEDRON, n), &f);
  params.lv = 7;
  ck_call_fails(hc_fibres(f.mesh, f.pattern, &params, f.fields), HC_ERR_INPUT,
                "no node of the mesh lies on surface 7 (`lv`)");
  params.lv = 0;
  ck_call_fails(hc_fibres(f.mesh, f.pattern, &params, f.fields), HC_ERR_INPUT, "needs the surface tag `lv`");
  params.lv = EPI;
  ck_call_fails(hc_fibres(f.mesh, f.pattern, &params, f.fields), HC_ERR_INPUT,
                "`epi` and `lv` have the same surface tag 2");
  params.lv = LV;
  params.rv = 5;
  ck_call_fails(hc_fibres(f.mesh, f.pattern, &params, f.fields), HC_ERR_INPUT, "surface 5 (`rv`)");
  params.rv = 0;
  ck_call(hc_fibres(f.mesh, f.pattern, &params, f.fields));
  ck_call(hc_fibres(f.mesh, f.pattern, &params, f.fields)); /* again: replaces its fields */
  check_orthonormal(&f);
  fixture_destroy(&f);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("tissue ldrb");
  TCase *t = tcase_create("ldrb");
  tcase_set_timeout(t, 0);
  tcase_add_loop_test(t, test_ellipsoid, 0, 2);
  tcase_add_loop_test(t, test_sheet, 0, 2);
  tcase_add_test(t, test_ranks);
  tcase_add_test(t, test_two_ventricles);
  tcase_add_test(t, test_errors);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
