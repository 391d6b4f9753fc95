/* The pseudo-ECG of a plane front in a bar: sign, size, unit, and the same on any number of ranks. */
#include "test_observe_case.h"

static const double speed = 0.5, width = 4; /* mm/ms; of the front, mm */
static const double resting = -85, excited = 25;

/* A front whose foot is at x = speed * t: excited behind, resting ahead, linear between. */
static double voltage(double x, double t)
{
  const double s = (speed * t - x) / width;
  return resting + (excited - resting) * fmin(1, fmax(0, s));
}

/* The same potential with the integral over the front done by hand along x (grad V = -(excited - resting)/width there)
 * and by a fine midpoint rule across the bar of side b. X: electrode on the bar's axis. */
static double potential(double x, double t, double b, double length, double sigma, double sigma_b)
{
  const double foot = fmin(length, speed * t), tail = fmax(0, speed * t - width);
  const int n = 40;
  double sum = 0;
  if (foot <= tail)
    return 0;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      const double y = ((i + 0.5) / n - 0.5) * b, z = ((j + 0.5) / n - 0.5) * b, r2 = y * y + z * z;
      /* int over x' of sigma (dV/dx) * d/dX (1/r) = -sigma (dV/dx) [1/r] between tail and foot */
      sum += (1 / sqrt(pow(x - foot, 2) + r2) - 1 / sqrt(pow(x - tail, 2) + r2)) * b * b / (n * n);
    }
  return sigma * (excited - resting) / width * sum / (4 * M_PI * sigma_b);
}

START_TEST(a_plane_front_gives_the_potential_of_its_dipoles)
{
  enum { AHEAD = 0, BEHIND = 1, LENGTH = 20, SIDE = 2 };
  const double dt = 1, sigma = 0.3, sigma_b = 0.7, x[2] = {40, -15};
  struct bench bench;
  struct hc_observe *observe;
  struct hc_traces probes, ecg;
  double *v[2];
  bench_mesh(&bench, HC_HEXAHEDRON, LENGTH, SIDE, SIDE, 0.5);
  for (int i = 0; i < 6 * bench.mesh->n_cells_local; i++)
    bench.sigma[i] *= sigma;
  bench_params(&bench, "ecg_conductivity: 0.7\nelectrodes: [{name: ahead, point: [40, 1, 1]}, "
                       "{name: behind, point: [-15, 1, 1]}]\n");
  ck_call(bench_observe(&bench, dt, &observe));
  for (int k = 0; k < 2; k++)
    ck_call(PetscMalloc1((size_t)bench.mesh->n_owned, &v[k]));
  for (int k = 0; k <= 50; k++) {
    for (int i = 0; i < bench.mesh->n_owned; i++)
      v[k % 2][i] = voltage(bench.mesh->xyz[3 * i], k * dt);
    if (k == 0)
      ck_call(hc_observe_start(observe, v[0]));
    else
      ck_call(hc_observe_step(observe, k, v[(k + 1) % 2], v[k % 2]));
  }
  hc_observe_traces(observe, &probes, &ecg);
  ck_assert_int_eq(ecg.n_samples, bench.mesh->rank == 0 ? 51 : 0);
  double largest[2] = {0, 0};
  for (int k = 0; k < (int)ecg.n_samples; k++)
    for (int e = 0; e < 2; e++) {
      const double exact = potential(x[e], k * dt, SIDE, LENGTH, sigma, sigma_b);
      /* kernel quadrature is good to 1e-5, the bar's ends meet nodes, V is linear in every cell */
      ck_assert_double_eq_tol(ecg.samples[3 * k + 1 + e], exact, 2e-5 * fabs(exact) + 1e-13);
      largest[e] = fabs(exact) > fabs(largest[e]) ? exact : largest[e];
    }
  if (bench.mesh->rank == 0) {
    ck_assert(largest[AHEAD] > 0);                    /* it comes nearer */
    ck_assert(largest[BEHIND] < 0);                   /* it goes away */
    ck_assert(fabs(ecg.samples[3 * 50 + 1]) < 1e-12); /* all excited: no gradient, no potential */
  }
  hc_observe_destroy(&observe);
  bench_destroy(&bench);
  for (int k = 0; k < 2; k++)
    ck_call(PetscFree(v[k]));
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("observe_ecg");
  TCase *t = tcase_create("observe_ecg");
  tcase_set_timeout(t, 60);
  tcase_add_test(t, a_plane_front_gives_the_potential_of_its_dipoles);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
