/* A planar wave whose speed is known: v' = D v'' + k v (1 - v) (v - a) has the front
 * v = 1 / (1 + exp((x - c t) sqrt(k / 2D))), c = sqrt(k D / 2) (1 - 2a) (Murray, Mathematical Biology I, section 13.5,
 * doi:10.1007/b98868). */
#include "mms.h"
#include "stepper.h"

static const double D = 0.1, k = 10, a = 0.1, length = 8; /* mm2/ms, 1/ms, 1, mm */

/* The reaction alone, by two Runge-Kutta steps (k dt is 0.1 at most): exact enough. */
static PetscErrorCode react(void *context, double t, double dt, double *v)
{
  const struct mms_box *box = context;
  const double h = dt / 2;

  (void)t;
  PetscFunctionBeginUser;
  for (int i = 0; i < box->mesh->n_owned; i++)
    for (int s = 0; s < 2; s++) {
#define RATE(u) (k * (u) * (1 - (u)) * ((u)-a))
      const double k1 = RATE(v[i]), k2 = RATE(v[i] + h / 2 * k1), k3 = RATE(v[i] + h / 2 * k2);
      const double k4 = RATE(v[i] + h * k3);
#undef RATE
      v[i] += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode diffuse(void *context, double t, double dt, double *v)
{
  const struct mms_box *box = context;

  (void)t;
  PetscFunctionBeginUser;
  PetscCall(hc_diffusion_step(box->diffusion, dt, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where the front is: the integral of v over the cross section. */
static double front(const struct mms_box *box, double area)
{
  double integral;

  ck_call(hc_diffusion_integral(box->diffusion, box->v, &integral));
  return integral / area;
}

/* Relative error of the speed between 3 and 8 ms. */
static double speed_error(enum hc_cell_type type, double mass, double h)
{
  const double dt = h / 5, c = sqrt(k * D / 2) * (1 - 2 * a);
  const int first = (int)lround(3 / dt), last = (int)lround(8 / dt);
  const double tensor[6] = {D, D, D, 0, 0, 0};
  const struct hc_splitting *strang = &hc_splittings[1];
  struct mms_box box;
  const struct hc_operator reaction = {&box, react}, diffusion = {&box, diffuse};
  double begin = 0, end;

  mms_create(&box, type, (double[]){length, h, h}, h, tensor, HC_CRANK_NICOLSON, mass, 1, &dt);
  for (int i = 0; i < box.mesh->n_owned; i++)
    box.v[i] = 1 / (1 + exp((box.mesh->xyz[3 * i] - 1) * sqrt(k / (2 * D))));
  for (int step = 0; step < last; step++) {
    if (step == first)
      begin = front(&box, h * h);
    ck_call(hc_splitting_step(strang, step * dt, dt, &reaction, &diffusion, box.v));
  }
  end = front(&box, h * h);
  mms_destroy(&box);
  return (end - begin) / ((last - first) * dt) / c - 1;
}

static void check_speed(enum hc_cell_type type, double mass, double sign)
{
  const double coarse = sign * speed_error(type, mass, 0.05), fine = sign * speed_error(type, mass, 0.025);
  const double order = mms_order(coarse, fine, 2);

  ck_assert_msg(coarse > 0 && fine > 0 && fine < 0.01 && order > 1.85,
                "%s, mass %g: relative errors of speed %g %g, order %g", hc_cell_name(type), mass, sign * coarse,
                sign * fine, order);
}

START_TEST(lumped_waves_are_slow_and_converge)
{
  check_speed(HC_HEXAHEDRON, 1, -1);
  check_speed(HC_TETRAHEDRON, 1, -1);
}
END_TEST

START_TEST(consistent_waves_are_fast_and_converge)
{
  check_speed(HC_HEXAHEDRON, 0, 1);
  check_speed(HC_TETRAHEDRON, 0, 1);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("mms wave");
  TCase *t = tcase_create("speed");

  tcase_set_timeout(t, 60);
  tcase_add_test(t, lumped_waves_are_slow_and_converge);
  tcase_add_test(t, consistent_waves_are_fast_and_converge);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
