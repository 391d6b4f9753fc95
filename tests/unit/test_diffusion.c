#include "diffusion.h"
#include "hc_check.h"

#include <math.h>
#include <string.h>

struct setup {
  struct hc_mesh *mesh;
  struct hc_pattern *pattern;
  double *tensor, *v;
  struct hc_diffusion *diffusion;
};

static struct hc_diffusion_params defaults(int method, double mass)
{
  const struct hc_diffusion_params params = {
      .method = method, .mass = mass, .upstroke = 0.35, .tolerance = 1e-12, .max_iterations = 1000};
  return params;
}

static const double isotropic[6] = {0.1, 0.1, 0.1, 0, 0, 0};                       /* mm2/ms */
static const double rotated[6] = {0.0875, 0.0525, 0.03, 0.0303108891324554, 0, 0}; /* 0.105 and 0.035 at 30 degrees */

static void set_up(struct setup *s, MPI_Comm comm, enum hc_cell_type type, const double size[3], double spacing,
                   const double tensor[6], const struct hc_diffusion_params *params, int n_dt, const double *dt)
{
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};
  struct hc_slab *slab;

  ck_call(hc_slab_box(comm, type, size, spacing, &slab));
  ck_call(hc_mesh_create(slab, &options, &s->mesh));
  hc_slab_destroy(&slab);
  ck_call(hc_fe_pattern(s->mesh, &s->pattern));
  ck_call(PetscMalloc1(6 * s->mesh->n_cells_local, &s->tensor));
  ck_call(PetscCalloc1(s->mesh->n_owned, &s->v));
  for (int c = 0; c < s->mesh->n_cells_local; c++)
    memcpy(s->tensor + 6 * (size_t)c, tensor, 6 * sizeof(double));
  ck_call(hc_diffusion_create(s->mesh, s->pattern, s->tensor, params, n_dt, dt, NULL, &s->diffusion));
}

static void tear_down(struct setup *s)
{
  hc_diffusion_destroy(&s->diffusion);
  ck_assert_ptr_null(s->diffusion);
  hc_fe_pattern_destroy(&s->pattern);
  ck_call(PetscFree(s->tensor));
  ck_call(PetscFree(s->v));
  hc_mesh_destroy(&s->mesh);
}

/* Something with structure in every direction, the same for any distribution. */
static void set_bump(struct setup *s)
{
  for (int i = 0; i < s->mesh->n_owned; i++) {
    const double *x = s->mesh->xyz + (size_t)3 * i;
    s->v[i] = -85 + 100 / (1 + exp(20 * (x[0] - 0.3))) + 10 * cos(5 * x[1]) * cos(7 * x[2]);
  }
}

/* ---- Time schemes ------------------------------------------------------------------------------------------------ */

/* Growth factor of one step on v' = -z v / dt. */
static double growth(int method, double z)
{
  const double g = 2 - sqrt(2);
  double middle;

  if (method == HC_BACKWARD_EULER)
    return 1 / (1 + z);
  if (method == HC_CRANK_NICOLSON)
    return (1 - z / 2) / (1 + z / 2);
  middle = (1 - g * z / 2) / (1 + g * z / 2);
  return (middle - (1 - g) * (1 - g)) / (g * (2 - g)) / (1 + (1 - g) / (2 - g) * z);
}

/* cos(k x) is an eigenvector of trilinear elements on a lattice, with the eigenvalue of one dimension. */
static double eigenvalue(double k, double h, double lumping)
{
  const double c = cos(k * h);

  return isotropic[0] * 2 * (1 - c) / (h * h) / (lumping + (1 - lumping) * (2 + c) / 3);
}

START_TEST(a_step_has_the_growth_of_its_scheme)
{
  static const double sizes[2] = {0.05, 2.5};
  const double k = 3 * M_PI, h = 0.1;
  struct setup s;

  for (int method = HC_BACKWARD_EULER; method <= HC_BDF2; method++)
    for (int m = 0; m < 3; m++) {
      const double mass = 0.5 * m;
      const struct hc_diffusion_params params = defaults(method, mass);
      double expected = 10;
      set_up(&s, PETSC_COMM_WORLD, HC_HEXAHEDRON, (double[]){1, 0.3, 0.2}, h, isotropic, &params, 2, sizes);
      for (int i = 0; i < s.mesh->n_owned; i++)
        s.v[i] = 10 * cos(k * s.mesh->xyz[3 * i]);
      for (int step = 0; step < 4; step++) {
        const double dt = sizes[step % 2];
        ck_call(hc_diffusion_step(s.diffusion, dt, s.v));
        expected *= growth(method, eigenvalue(k, h, mass) * dt);
        for (int i = 0; i < s.mesh->n_owned; i++)
          ck_assert_double_eq_tol(s.v[i], expected * cos(k * s.mesh->xyz[3 * i]), 1e-10);
      }
      tear_down(&s);
    }
}
END_TEST

START_TEST(only_the_sizes_given_have_a_matrix)
{
  const struct hc_diffusion_params params = defaults(HC_CRANK_NICOLSON, 0);
  struct setup s;

  set_up(&s, PETSC_COMM_WORLD, HC_TRIANGLE, (double[]){1, 1, 0}, 0.25, isotropic, &params, 1, (double[]){0.1});
  ck_call_fails(hc_diffusion_step(s.diffusion, 0.2, s.v), PETSC_ERR_ARG_WRONG, "no matrix for a diffusion step of 0.2");
  tear_down(&s);
}
END_TEST

/* ---- Explicit schemes -------------------------------------------------------------------------------------------- */

/* Growth of s stages by their closed forms: P_s(1 - 2 z / (s^2 + s)), and a + b P_s(1 - w z) with w = 4 / (s^2 + s -
 * 2), b = (s^2 + s - 2) / (2 s (s + 1)), a = 1 - b (Meyer, Balsara & Aslam 2014). */
static double legendre(int s, double x)
{
  double before = 1, last = x;
  for (int j = 2; j <= s; j++) {
    const double next = ((2 * j - 1) * x * last - (j - 1) * before) / j;
    before = last;
    last = next;
  }
  return last;
}

static double explicit_growth(int method, int s, double z)
{
  const double m = s * s + s - 2, b = m / (2 * s * (s + 1.));

  return method == HC_RKL1 ? legendre(s, 1 - 2 * z / (s * s + s)) : 1 - b + b * legendre(s, 1 - 4 * z / m);
}

/* cos(k x) again: the corrected mass multiplies the eigenvalue by 1 + theta (1 - c) / 3. */
START_TEST(explicit_steps_have_the_growth_of_their_stages)
{
  static const double sizes[3] = {0.02, 0.1, 1.3}, masses[4] = {1, 0, -2, HC_MASS_ADAPTED};
  const double k = 3 * M_PI, h = 0.1, c = cos(k * h);

  for (int method = HC_RKL1; method <= HC_RKL2; method++)
    for (int m = 0; m < 4; m++) {
      const struct hc_diffusion_params params = defaults(method, masses[m]);
      const double theta = masses[m] == HC_MASS_ADAPTED ? h / sqrt(isotropic[0] * params.upstroke) : 1 - masses[m];
      struct setup s;
      int64_t before = 0, total, solves, largest;
      double expected = 10;
      set_up(&s, PETSC_COMM_WORLD, HC_HEXAHEDRON, (double[]){1, 0.3, 0.2}, h, isotropic, &params, 1, sizes);
      for (int i = 0; i < s.mesh->n_owned; i++)
        s.v[i] = 10 * cos(k * s.mesh->xyz[3 * i]);
      for (int step = 0; step < 6; step++) {
        const double dt = sizes[step % 3];
        ck_call(hc_diffusion_step(s.diffusion, dt, s.v));
        hc_diffusion_iterations(s.diffusion, &total, &solves, &largest);
        expected *=
            explicit_growth(method, (int)(total - before), dt * eigenvalue(k, h, 1) * (1 + theta * (1 - c) / 3));
        before = total;
        for (int i = 0; i < s.mesh->n_owned; i++)
          ck_assert_double_eq_tol(s.v[i], expected * cos(k * s.mesh->xyz[3 * i]), 1e-11);
      }
      ck_assert_int_eq(solves, 6);
      ck_assert_int_gt(largest, 3);
      tear_down(&s);
    }
}
END_TEST

/* Whatever the step, noise decays. */
START_TEST(explicit_steps_are_stable)
{
  static const double sizes[4] = {0.003, 0.03, 0.2, 2};

  for (int type = HC_TRIANGLE; type <= HC_HEXAHEDRON; type++)
    for (int method = HC_RKL1; method <= HC_RKL2; method++)
      for (int m = 0; m < 3; m++) {
        const struct hc_diffusion_params params = defaults(method, m == 2 ? HC_MASS_ADAPTED : 1 - 3 * m);
        struct setup s;
        set_up(&s, PETSC_COMM_WORLD, (enum hc_cell_type)type, (double[]){1, 0.8, 0.5}, 0.1, rotated, &params, 1, sizes);
        for (int e = 0; e < 4; e++) {
          double most = 0;
          for (int i = 0; i < s.mesh->n_owned; i++)
            s.v[i] = (double)((s.mesh->file_node[i] * 7919) % 101) / 50 - 1;
          for (int step = 0; step < 12; step++)
            ck_call(hc_diffusion_step(s.diffusion, sizes[e], s.v));
          for (int i = 0; i < s.mesh->n_owned; i++)
            most = fmax(most, fabs(s.v[i]));
          ck_assert_msg(most < 1.01, "%s, method %d, mass %g, dt %g: %g", hc_cell_name((enum hc_cell_type)type), method,
                        params.mass, sizes[e], most);
        }
        tear_down(&s);
      }
}
END_TEST

START_TEST(explicit_steps_agree_with_implicit_ones)
{
  const struct hc_diffusion_params implicit = defaults(HC_BDF2, 1), explicit_ = defaults(HC_RKL2, 1);
  const double dt = 0.002;
  struct setup a, b;

  set_up(&a, PETSC_COMM_WORLD, HC_TETRAHEDRON, (double[]){1, 0.8, 0.6}, 0.1, rotated, &implicit, 1, &dt);
  set_up(&b, PETSC_COMM_WORLD, HC_TETRAHEDRON, (double[]){1, 0.8, 0.6}, 0.1, rotated, &explicit_, 1, &dt);
  set_bump(&a);
  set_bump(&b);
  for (int step = 0; step < 50; step++) {
    ck_call(hc_diffusion_step(a.diffusion, dt, a.v));
    ck_call(hc_diffusion_step(b.diffusion, dt, b.v));
  }
  for (int i = 0; i < a.mesh->n_owned; i++)
    ck_assert_double_eq_tol(a.v[i], b.v[i], 2e-3);
  tear_down(&a);
  tear_down(&b);
}
END_TEST

/* Sums in file order: the same bits on any number of ranks and threads. */
START_TEST(explicit_steps_do_not_depend_on_ranks)
{
  for (int m = 0; m < 2; m++) {
    const struct hc_diffusion_params params = defaults(HC_RKL1, m ? HC_MASS_ADAPTED : HC_MASS_LUMPED);
    const double dt = 0.1;
    struct setup one, all;
    double *reference;
    set_up(&one, PETSC_COMM_SELF, HC_TETRAHEDRON, (double[]){1, 0.8, 0.6}, 0.1, isotropic, &params, 1, &dt);
    set_up(&all, PETSC_COMM_WORLD, HC_TETRAHEDRON, (double[]){1, 0.8, 0.6}, 0.1, isotropic, &params, 1, &dt);
    set_bump(&one);
    set_bump(&all);
    for (int step = 0; step < 10; step++)
      ck_call(hc_diffusion_step(one.diffusion, dt, one.v));
    hc_threads_set(3);
    for (int step = 0; step < 10; step++)
      ck_call(hc_diffusion_step(all.diffusion, dt, all.v));
    hc_threads_set(1);
    ck_call(PetscMalloc1(one.mesh->n_nodes, &reference));
    for (int i = 0; i < one.mesh->n_owned; i++)
      reference[one.mesh->file_node[i]] = one.v[i];
    for (int i = 0; i < all.mesh->n_owned; i++)
      ck_assert_double_eq(all.v[i], reference[all.mesh->file_node[i]]);
    ck_call(PetscFree(reference));
    tear_down(&one);
    tear_down(&all);
  }
}
END_TEST

START_TEST(masses_that_a_method_cannot_take_are_input)
{
  const struct hc_diffusion_params params = defaults(HC_CRANK_NICOLSON, -1);
  struct hc_diffusion *refused = NULL;
  struct setup s;
  const struct hc_diffusion_params fine = defaults(HC_RKL2, -1);

  set_up(&s, PETSC_COMM_WORLD, HC_TRIANGLE, (double[]){1, 1, 0}, 0.25, isotropic, &fine, 1, (double[]){0.1});
  ck_call_fails(hc_diffusion_create(s.mesh, s.pattern, s.tensor, &params, 1, (double[]){0.1}, NULL, &refused),
                HC_ERR_INPUT, "found a lumped share of -1");
  ck_assert_ptr_null(refused);
  ck_assert(hc_diffusion_any_step(s.diffusion));
  tear_down(&s);
}
END_TEST

/* ---- Conservation
 * ---------------------------------------------------------------------------------------------------- */

START_TEST(a_resting_heart_stays_so)
{
  for (int m = 0; m < 3; m++) {
    const struct hc_diffusion_params params =
        defaults(m ? HC_RKL1 : HC_RKL2, m == 2 ? HC_MASS_LUMPED : HC_MASS_ADAPTED);
    struct setup s;
    set_up(&s, PETSC_COMM_WORLD, HC_TETRAHEDRON, (double[]){1, 1, 1}, 0.2, rotated, &params, 1, (double[]){0.1});
    for (int i = 0; i < s.mesh->n_owned; i++)
      s.v[i] = -85.23;
    for (int step = 0; step < 10; step++)
      ck_call(hc_diffusion_step(s.diffusion, 0.1, s.v));
    for (int i = 0; i < s.mesh->n_owned; i++)
      ck_assert(s.v[i] == -85.23);
    tear_down(&s);
  }
}
END_TEST

START_TEST(a_resting_heart_costs_nothing)
{
  const struct hc_diffusion_params params = defaults(HC_BDF2, 0);
  int64_t total, solves, largest;
  struct setup s;

  set_up(&s, PETSC_COMM_WORLD, HC_TETRAHEDRON, (double[]){1, 1, 1}, 0.2, rotated, &params, 1, (double[]){0.1});
  for (int i = 0; i < s.mesh->n_owned; i++)
    s.v[i] = -85.23;
  for (int step = 0; step < 10; step++)
    ck_call(hc_diffusion_step(s.diffusion, 0.1, s.v));
  for (int i = 0; i < s.mesh->n_owned; i++)
    ck_assert(s.v[i] == -85.23);
  hc_diffusion_iterations(s.diffusion, &total, &solves, &largest);
  ck_assert_int_eq(total, 0);
  ck_assert_int_eq(solves, 20);
  ck_assert_int_eq(largest, 0);
  tear_down(&s);
}
END_TEST

START_TEST(the_integral_is_kept)
{
  static const enum hc_cell_type types[] = {HC_TRIANGLE, HC_TETRAHEDRON, HC_HEXAHEDRON};
  double before, after;
  struct setup s;

  for (int type = 0; type < 3; type++)
    for (int method = HC_BACKWARD_EULER; method <= HC_RKL2; method++)
      for (int m = 0; m < 5; m++) { /* the last is the adapted mass */
        const struct hc_diffusion_params params = defaults(method, 0.5 * m);
        if (m == 3)
          continue;
        set_up(&s, PETSC_COMM_WORLD, types[type], (double[]){1, 0.8, 0.5}, 0.1, rotated, &params, 1, (double[]){0.1});
        set_bump(&s);
        ck_call(hc_diffusion_integral(s.diffusion, s.v, &before));
        for (int step = 0; step < 20; step++)
          ck_call(hc_diffusion_step(s.diffusion, 0.1, s.v));
        ck_call(hc_diffusion_integral(s.diffusion, s.v, &after));
        ck_assert_double_eq_tol(after, before, 1e-12 * fabs(before));
        tear_down(&s);
      }
}
END_TEST

START_TEST(the_integral_is_an_integral)
{
  const struct hc_diffusion_params params = defaults(HC_CRANK_NICOLSON, 0);
  double integral;
  struct setup s;

  set_up(&s, PETSC_COMM_WORLD, HC_TETRAHEDRON, (double[]){2, 1, 0.5}, 0.25, isotropic, &params, 1, (double[]){0.1});
  for (int i = 0; i < s.mesh->n_owned; i++)
    s.v[i] = 3 + 2 * s.mesh->xyz[3 * i] - s.mesh->xyz[3 * i + 2];
  ck_call(hc_diffusion_integral(s.diffusion, s.v, &integral));
  ck_assert_double_eq_tol(integral, 3 + 2 - 0.25, 1e-12); /* volume 1, mean x 1, mean z 0.25 */
  tear_down(&s);
}
END_TEST

/* ---- The solver
 * --------------------------------------------------------------------------------------------------------- */

static void run(struct setup *s, MPI_Comm comm, double length, double tolerance, int n_steps)
{
  struct hc_diffusion_params params = defaults(HC_CRANK_NICOLSON, 0);

  params.tolerance = tolerance;
  set_up(s, comm, HC_TETRAHEDRON, (double[]){1, length, 0.6}, 0.1, rotated, &params, 1, (double[]){0.1});
  set_bump(s);
  for (int step = 0; step < n_steps; step++)
    ck_call(hc_diffusion_step(s->diffusion, 0.1, s->v));
}

START_TEST(ranks_agree)
{
  const double tolerance = 1e-9;
  const int n_steps = 10;
  int64_t alone, together, solves, largest;
  struct setup one, all;
  double *reference;

  run(&one, PETSC_COMM_SELF, 0.8, tolerance, n_steps);
  run(&all, PETSC_COMM_WORLD, 0.8, tolerance, n_steps);
  ck_call(PetscMalloc1(one.mesh->n_nodes, &reference));
  for (int i = 0; i < one.mesh->n_owned; i++)
    reference[one.mesh->file_node[i]] = one.v[i];
  for (int i = 0; i < all.mesh->n_owned; i++)
    ck_assert_double_eq_tol(all.v[i], reference[all.mesh->file_node[i]], 10 * n_steps * tolerance);
  hc_diffusion_iterations(one.diffusion, &alone, &solves, &largest);
  hc_diffusion_iterations(all.diffusion, &together, &solves, &largest);
  ck_assert_int_gt(alone, 0);
  ck_assert_int_ge(together, alone);
  ck_assert_int_le(together, 2 * alone); /* sweeps end at the borders of ranks, and this mesh is small */
  ck_call(PetscFree(reference));
  tear_down(&one);
  tear_down(&all);
}
END_TEST

START_TEST(two_runs_are_equal_bit_for_bit)
{
  struct setup a, b;

  run(&a, PETSC_COMM_WORLD, 0.8, 1e-6, 5);
  run(&b, PETSC_COMM_WORLD, 0.8, 1e-6, 5);
  ck_assert_int_eq(memcmp(a.v, b.v, (size_t)a.mesh->n_owned * sizeof(double)), 0);
  tear_down(&a);
  tear_down(&b);
}
END_TEST

START_TEST(the_tolerance_bounds_the_error)
{
  struct setup coarse, fine;

  run(&fine, PETSC_COMM_WORLD, 0.8, 1e-13, 1);
  for (int e = 2; e <= 8; e += 2) {
    double sum = 0;
    run(&coarse, PETSC_COMM_WORLD, 0.8, pow(10, -e), 1);
    for (int i = 0; i < fine.mesh->n_owned; i++)
      sum += pow(coarse.v[i] - fine.v[i], 2);
    MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD);
    sum = sqrt(sum / (double)fine.mesh->n_nodes);
    ck_assert_double_le(sum, 2 * pow(10, -e));
    ck_assert_double_ge(sum, 1e-4 * pow(10, -e)); /* and it does stop there */
    tear_down(&coarse);
  }
  tear_down(&fine);
}
END_TEST

START_TEST(iterations_do_not_grow_with_the_mesh)
{
  int64_t small, large, solves, largest;
  struct setup s;

  run(&s, PETSC_COMM_WORLD, 0.5, 1e-6, 4);
  hc_diffusion_iterations(s.diffusion, &small, &solves, &largest);
  tear_down(&s);
  run(&s, PETSC_COMM_WORLD, 4, 1e-6, 4);
  hc_diffusion_iterations(s.diffusion, &large, &solves, &largest);
  tear_down(&s);
  ck_assert_int_le(llabs(large - small), 4);
}
END_TEST

START_TEST(a_solver_that_fails_says_so)
{
  struct hc_diffusion_params params = defaults(HC_CRANK_NICOLSON, 0);
  int64_t total, solves, largest;
  struct setup s;

  params.max_iterations = 2;
  set_up(&s, PETSC_COMM_WORLD, HC_TETRAHEDRON, (double[]){1, 1, 0.5}, 0.1, rotated, &params, 1, (double[]){0.1});
  set_bump(&s);
  ck_call_fails(hc_diffusion_step(s.diffusion, 0.1, s.v), HC_ERR_NUMERIC, "the solver gave up after 2 iterations");
  ck_call_fails(hc_diffusion_step(s.diffusion, 0.1, s.v), HC_ERR_NUMERIC, "mV: DIVERGED_ITS");
  hc_diffusion_iterations(s.diffusion, &total, &solves, &largest);
  ck_assert_int_eq(total, 4);
  ck_assert_int_eq(largest, 2);
  if (s.mesh->rank == 0)
    s.v[0] = NAN;
  ck_call_fails(hc_diffusion_step(s.diffusion, 0.1, s.v), HC_ERR_NUMERIC, "DIVERGED_NANORINF");
  tear_down(&s);
}
END_TEST

/* Another solver, by options, has another norm; its tolerance still means mV. */
START_TEST(other_solvers_can_be_chosen)
{
  struct setup reference, s;

  run(&reference, PETSC_COMM_WORLD, 0.8, 1e-13, 2);
  ck_call(PetscOptionsSetValue(NULL, "-diffusion_ksp_type", "gmres"));
  run(&s, PETSC_COMM_WORLD, 0.8, 1e-9, 2);
  for (int i = 0; i < s.mesh->n_owned; i++)
    ck_assert_double_eq_tol(s.v[i], reference.v[i], 1e-7);
  tear_down(&s);
  ck_call(PetscOptionsClearValue(NULL, "-diffusion_ksp_type"));
  ck_call(PetscOptionsSetValue(NULL, "-diffusion_ksp_norm_type", "unpreconditioned"));
  ck_call(PetscOptionsSetValue(NULL, "-diffusion_pc_type", "gamg"));
  run(&s, PETSC_COMM_WORLD, 0.8, 1e-9, 2);
  for (int i = 0; i < s.mesh->n_owned; i++)
    ck_assert_double_eq_tol(s.v[i], reference.v[i], 1e-7);
  tear_down(&s);
  ck_call(PetscOptionsClearValue(NULL, "-diffusion_ksp_norm_type"));
  ck_call(PetscOptionsClearValue(NULL, "-diffusion_pc_type"));
  tear_down(&reference);
}
END_TEST

/* A slip of the pen is no bug of ours, and costs no memory. */
START_TEST(options_that_petsc_refuses_are_input)
{
  static const char *const wrong[3][3] = {{"-diffusion_pc_type", "gamgg", "gamgg"},
                                          {"-diffusion_ksp_max_it", "many", "many"},
                                          {"-diffusion_ksp_rtol", "-5", "-5"}};
  const struct hc_diffusion_params params = defaults(HC_CRANK_NICOLSON, 0);
  struct hc_diffusion *refused = NULL;
  struct setup s;

  set_up(&s, PETSC_COMM_WORLD, HC_TETRAHEDRON, (double[]){1, 1, 0.5}, 0.25, rotated, &params, 1, (double[]){0.1});
  for (int i = 0; i < 3; i++) {
    ck_call(PetscOptionsSetValue(NULL, wrong[i][0], wrong[i][1]));
    ck_call_fails(hc_diffusion_create(s.mesh, s.pattern, s.tensor, &params, 1, (double[]){0.1}, NULL, &refused),
                  HC_ERR_INPUT, wrong[i][2]);
    ck_assert_ptr_null(refused);
    ck_call(PetscOptionsClearValue(NULL, wrong[i][0]));
  }
  tear_down(&s);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("diffusion");
  TCase *time = tcase_create("time"), *conservation = tcase_create("conservation"), *solver = tcase_create("solver");

  tcase_add_test(time, a_step_has_the_growth_of_its_scheme);
  tcase_add_test(time, only_the_sizes_given_have_a_matrix);
  tcase_add_test(time, explicit_steps_have_the_growth_of_their_stages);
  tcase_add_test(time, explicit_steps_are_stable);
  tcase_add_test(time, explicit_steps_agree_with_implicit_ones);
  tcase_add_test(time, explicit_steps_do_not_depend_on_ranks);
  tcase_add_test(time, masses_that_a_method_cannot_take_are_input);
  tcase_add_test(conservation, a_resting_heart_stays_so);
  tcase_add_test(conservation, a_resting_heart_costs_nothing);
  tcase_add_test(conservation, the_integral_is_kept);
  tcase_add_test(conservation, the_integral_is_an_integral);
  tcase_add_test(solver, ranks_agree);
  tcase_add_test(solver, two_runs_are_equal_bit_for_bit);
  tcase_add_test(solver, the_tolerance_bounds_the_error);
  tcase_add_test(solver, iterations_do_not_grow_with_the_mesh);
  tcase_add_test(solver, a_solver_that_fails_says_so);
  tcase_add_test(solver, other_solvers_can_be_chosen);
  tcase_add_test(solver, options_that_petsc_refuses_are_input);
  suite_add_tcase(s, time);
  suite_add_tcase(s, conservation);
  suite_add_tcase(s, solver);
  return s;
}

HC_CHECK_MAIN(suite)
