/* Pure diffusion: v = exp(-D k^2 t) cos(k x) ... and its orders in time and space. */
#include "mms.h"

static const double isotropic[6] = {0.1, 0.1, 0.1, 0, 0, 0}; /* mm2/ms */

/* Largest error at 2 ms of the scheme alone: the lattice's own decay of the cosine is known. */
static double time_error(int method, double mass, double dt)
{
  const double h = 0.05, k = 2 * M_PI, c = cos(k * h);
  const double decay = 0.1 * 2 * (1 - c) / (h * h) / (mass + (1 - mass) * (2 + c) / 3); /* one dimension */
  const int n_steps = (int)lround(2 / dt);
  struct mms_box box;
  double error = 0;

  mms_create(&box, HC_HEXAHEDRON, (double[]){1, 0.1, 0.1}, h, isotropic, method, mass, 1, &dt);
  for (int i = 0; i < box.mesh->n_owned; i++)
    box.v[i] = cos(k * box.mesh->xyz[3 * i]);
  for (int step = 0; step < n_steps; step++)
    ck_call(hc_diffusion_step(box.diffusion, dt, box.v));
  for (int i = 0; i < box.mesh->n_owned; i++)
    error = fmax(error, fabs(box.v[i] - exp(-decay * 2) * cos(k * box.mesh->xyz[3 * i])));
  MPI_Allreduce(MPI_IN_PLACE, &error, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD);
  mms_destroy(&box);
  return error;
}

START_TEST(order_in_time)
{
  static const struct {
    int method;
    double mass, dt, order;
  } schemes[] = {{HC_BACKWARD_EULER, 0, 0.02, 1},
                 {HC_CRANK_NICOLSON, 0, 0.02, 2},
                 {HC_BDF2, 0, 0.02, 2},
                 {HC_RKL1, 1, 0.0025, 1}, /* steps of two stages: the constant of the error changes with the number */
                 {HC_RKL2, 1, 0.0025, 2}};

  for (int s = 0; s < 5; s++) {
    const double order = mms_order(time_error(schemes[s].method, schemes[s].mass, schemes[s].dt),
                                   time_error(schemes[s].method, schemes[s].mass, schemes[s].dt / 2), 2);
    ck_assert_msg(fabs(order - schemes[s].order) < 0.1, "method %d: order %g in time", schemes[s].method, order);
  }
}
END_TEST

/* L2 error at 1 ms against the solution of the partial differential equation, time error made small. */
static double space_error(enum hc_cell_type type, int method, double mass, double h)
{
  const double dt = 0.02, k = M_PI, rate = 0.1 * k * k * (type == HC_TRIANGLE ? 2 : 3);
  struct mms_box box;
  double *exact, error;

  mms_create(&box, type, (double[]){1, 1, 1}, h, isotropic, method, mass, 1, &dt);
  ck_call(PetscMalloc1(box.mesh->n_owned, &exact));
  for (int i = 0; i < box.mesh->n_owned; i++) {
    const double *x = box.mesh->xyz + (size_t)3 * i;
    box.v[i] = cos(k * x[0]) * cos(k * x[1]) * cos(k * x[2]);
    exact[i] = exp(-rate) * box.v[i];
  }
  for (int step = 0; step < 50; step++)
    ck_call(hc_diffusion_step(box.diffusion, dt, box.v));
  error = mms_distance(box.mesh, box.volumes, box.v, exact);
  ck_call(PetscFree(exact));
  mms_destroy(&box);
  return error;
}

START_TEST(order_in_space)
{
  static const struct {
    int method;
    double mass;
  } schemes[] = {{HC_BDF2, 0}, {HC_BDF2, 1}, {HC_RKL2, HC_MASS_ADAPTED}}; /* a blend of masses may cancel errors */

  for (int type = HC_TRIANGLE; type <= HC_HEXAHEDRON; type++)
    for (int s = 0; s < 3; s++) {
      const double coarse = space_error((enum hc_cell_type)type, schemes[s].method, schemes[s].mass, 1. / 10);
      const double fine = space_error((enum hc_cell_type)type, schemes[s].method, schemes[s].mass, 1. / 20);
      const double order = mms_order(coarse, fine, 2);
      ck_assert_msg(order >= 1.9, "%s, method %d, mass %g: order %g in space, errors %g %g",
                    hc_cell_name((enum hc_cell_type)type), schemes[s].method, schemes[s].mass, order, coarse, fine);
    }
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("mms diffusion");
  TCase *t = tcase_create("orders");

  tcase_add_test(t, order_in_time);
  tcase_add_test(t, order_in_space);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
