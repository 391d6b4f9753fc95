/* The monodomain model against a manufactured solution, V = F(x) g(t): tissue, assembly, cells, splitting and solver as
 * production runs use them. F = A sin^2(pi x) sin^2(pi y) sin^2(pi z) has no gradient at the boundary, so no flux there
 * whatever the tensor, and the fibres can lie askew to the box. */
#include "mms.h"
#include "model.h"

static const double amplitude = 100, t_half = 1, width = 1, end = 1; /* mV, ms */
static const double principal[3] = {0.1, 0.05, 0.025};               /* mm2/ms along fibre, sheet, normal */

struct problem {
  enum hc_cell_type type;
  double mass, h, dt;
  int method;
  const char *splitting;
};

/* Orthonormal axes: fibre, sheet, normal; in the plane for triangles. */
static void axes(enum hc_cell_type type, double axis[3][3])
{
  static const double solid[3][3] = {{2. / 3, 2. / 3, 1. / 3}, {-2. / 3, 1. / 3, 2. / 3}, {1. / 3, -2. / 3, 2. / 3}};
  const double c = cos(M_PI / 6), s = sin(M_PI / 6), plane[3][3] = {{c, s, 0}, {-s, c, 0}, {0, 0, 1}};

  memcpy(axis, type == HC_TRIANGLE ? plane : solid, sizeof solid);
}

/* F and div(D grad F) at x. */
static void shape(enum hc_cell_type type, const double *x, double *f, double *divergence)
{
  const int dim = type == HC_TRIANGLE ? 2 : 3;
  double axis[3][3], value[3], first[3], second[3];

  axes(type, axis);
  for (int d = 0; d < 3; d++) {
    value[d] = d < dim ? pow(sin(M_PI * x[d]), 2) : 1;
    first[d] = d < dim ? M_PI * sin(2 * M_PI * x[d]) : 0;
    second[d] = d < dim ? 2 * M_PI * M_PI * cos(2 * M_PI * x[d]) : 0;
  }
  *f = amplitude * value[0] * value[1] * value[2];
  *divergence = 0;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      double tensor = 0, derivative = amplitude;
      for (int k = 0; k < 3; k++)
        tensor += principal[k] * axis[k][i] * axis[k][j];
      for (int d = 0; d < 3; d++)
        derivative *= (d == i) + (d == j) == 2 ? second[d] : (d == i || d == j) ? first[d] : value[d];
      *divergence += tensor * derivative;
    }
}

static double growth(double t)
{
  return 1 / (1 + exp(-(t - t_half) / width));
}

/* ---- The model by hand-filled blocks ------------------------------------------------------------------------------
 */

static void create(const struct problem *p, const struct hc_mesh *mesh, struct hc_fields *fields,
                   struct hc_monodomain **model)
{
  static char name[] = "manufactured", key_half[] = "t_half", key_width[] = "width", *keys[] = {key_half, key_width};
  const double chi = 140, cm = 0.01;
  double axis[3][3], sigma[3], values[2] = {t_half, width};
  const struct hc_splitting *splitting = hc_splittings;

  axes(p->type, axis);
  for (int k = 0; k < 3; k++)
    sigma[k] = principal[k] * chi * cm;
  while (strcmp(splitting->name, p->splitting) != 0)
    splitting++;
  struct hc_region_params region = {.conductivity = {3, sigma}, .scale = 1};
  struct hc_cells_params entry = {.cell = {.model = name, .parameters = {2, keys, values}}};
  const struct hc_fibre_params fibres = {.rule = HC_FIBRES_UNIFORM, .direction = {3, axis[0]}, .sheet = {3, axis[1]}};
  const struct hc_tissue_params tissue = {.surface_to_volume = chi, .capacitance = cm, .regions = {1, &region}};
  const struct hc_list cells = {1, &entry}, stimuli = {0, NULL};
  const struct hc_diffusion_params diffusion = {
      .method = p->method, .mass = p->mass, .tolerance = 1e-9, .max_iterations = 1000};
  const struct hc_monodomain_params params = {.fibres = &fibres,
                                              .tissue = &tissue,
                                              .cells = &cells,
                                              .stimuli = &stimuli,
                                              .diffusion = &diffusion,
                                              .splitting = splitting,
                                              .dt = p->dt};
  ck_call(hc_monodomain_create(mesh, fields, &params, model));
}

/* Put every node on the solution at t = 0; exact: V at the end. */
static void start(const struct problem *p, struct hc_monodomain *model, double *exact)
{
  const struct hc_mesh *mesh = model->mesh;
  double *f, *w, *q, *tau;

  ck_call(PetscMalloc4(mesh->n_owned, &f, mesh->n_owned, &w, mesh->n_owned, &q, mesh->n_owned, &tau));
  for (int i = 0; i < mesh->n_owned; i++) {
    shape(p->type, mesh->xyz + (size_t)3 * i, &f[i], &w[i]);
    w[i] = -w[i];
    q[i] = growth(0) * growth(0);
    tau[i] = 0;
    model->v[i] = f[i] * growth(0);
    exact[i] = f[i] * growth(end);
  }
  ck_call(hc_kinetics_set(model->kinetics, "F", f));
  ck_call(hc_kinetics_set(model->kinetics, "w", w));
  ck_call(hc_kinetics_set(model->kinetics, "q", q));
  ck_call(hc_kinetics_set(model->kinetics, "tau", tau));
  ck_call(PetscFree4(f, w, q, tau));
}

/* V at the end into v (owned by the caller, owned nodes); returns the L2 error. */
static double solve(const struct problem *p, double **v)
{
  struct hc_mesh *mesh = mms_mesh(PETSC_COMM_WORLD, p->type, (double[]){1, 1, 1}, p->h);
  struct hc_clock clock = {0, p->dt};
  struct hc_fields *fields;
  struct hc_monodomain *model;
  double *exact, *volumes, error;

  ck_call(hc_fields_create(mesh, &fields));
  create(p, mesh, fields, &model);
  ck_call(PetscMalloc2(mesh->n_owned, &exact, mesh->n_owned, &volumes));
  ck_call(hc_fe_volumes(mesh, volumes));
  start(p, model, exact);
  for (; clock.step < lround(end / p->dt); clock.step++)
    ck_call(hc_monodomain_step(model, &clock));
  error = mms_distance(mesh, volumes, model->v, exact);
  if (v) {
    ck_call(PetscMalloc1(mesh->n_owned, v));
    memcpy(*v, model->v, (size_t)mesh->n_owned * sizeof(double));
  }
  ck_call(PetscFree2(exact, volumes));
  hc_monodomain_destroy(&model);
  hc_fields_destroy(&fields);
  hc_mesh_destroy(&mesh);
  return error;
}

/* ---- Orders
 * ---------------------------------------------------------------------------------------------------------- */

static void check_space(enum hc_cell_type type, int cells)
{
  for (int m = 0; m < 3; m++) {
    struct problem p = {type, 0.5 * m, 1. / cells, 0.005, HC_CRANK_NICOLSON, "strang"};
    const double coarse = solve(&p, NULL);
    double fine, order;
    p.h /= 2;
    fine = solve(&p, NULL);
    order = mms_order(coarse, fine, 2);
    ck_assert_msg(order >= 1.9, "%s, mass %g: order %g in space, errors %g %g mV", hc_cell_name(type), p.mass, order,
                  coarse, fine);
  }
}

START_TEST(order_in_space_triangles)
{
  check_space(HC_TRIANGLE, 12);
}
END_TEST

START_TEST(order_in_space_tetrahedra)
{
  check_space(HC_TETRAHEDRON, 10);
}
END_TEST

START_TEST(order_in_space_hexahedra)
{
  check_space(HC_HEXAHEDRON, 10);
}
END_TEST

/* Three steps on one mesh: the differences of their results must halve. Cells are integrated to first order, so no
 * scheme can do better here; mms_splitting shows what the schemes do with exact cells. */
START_TEST(order_in_time)
{
  static const char *const splittings[] = {"godunov", "strang", "strang_drd"};
  static const int methods[] = {HC_BACKWARD_EULER, HC_CRANK_NICOLSON, HC_BDF2};
  struct hc_mesh *mesh = mms_mesh(PETSC_COMM_WORLD, HC_TRIANGLE, (double[]){1, 1, 1}, 0.1);
  double *volumes;

  ck_call(PetscMalloc1(mesh->n_owned, &volumes));
  ck_call(hc_fe_volumes(mesh, volumes));
  for (int s = 0; s < 3; s++) {
    struct problem p = {HC_TRIANGLE, 0, 0.1, 0.01, methods[s], splittings[s]};
    double *v[3], order;
    for (int k = 0; k < 3; k++) {
      p.dt = 0.01 / (1 << k);
      solve(&p, &v[k]);
    }
    order = mms_order(mms_distance(mesh, volumes, v[0], v[1]), mms_distance(mesh, volumes, v[1], v[2]), 2);
    ck_assert_msg(fabs(order - 1) < 0.1, "%s: order %g in time", splittings[s], order);
    for (int k = 0; k < 3; k++)
      ck_call(PetscFree(v[k]));
  }
  ck_call(PetscFree(volumes));
  hc_mesh_destroy(&mesh);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("mms monodomain");
  TCase *t = tcase_create("orders");

  tcase_add_test(t, order_in_space_triangles);
  tcase_add_test(t, order_in_space_tetrahedra);
  tcase_add_test(t, order_in_space_hexahedra);
  tcase_add_test(t, order_in_time);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
