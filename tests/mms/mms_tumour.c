/* Tumours against exact solutions of the whole equation: orders in space and time, speeds of fronts, balls, rotated
 * tensors. */
#include "../unit/tumour_fixture.h"

#include "fe.h"

#define RATE 0.05     /* 1/day */
#define DIFFUSION 0.1 /* mm2/day */

/* ---- Orders ------------------------------------------------------------------------------------------------------ */

/* The wave of the logistic equation that has a closed form, of speed 5 sqrt(D rho / 6) (Ablowitz & Zeppetella 1979,
 * doi:10.1007/BF02462380). */
static double wave(const double x[3], double t)
{
  const double z = (x[0] - 40) * sqrt(RATE / DIFFUSION) - 5 / sqrt(6.) * RATE * t;
  const double e = 1 + exp(z / sqrt(6.));
  return 1 / (e * e);
}

/* A Gaussian stays one under Gompertz growth: u = exp(a - b x^2), b' = -4 D b^2 - rho b, a' = -2 D b - rho a. */
static double gaussian(const double x[3], double t)
{
  const double a0 = -1, b0 = 0.2, e = exp(-RATE * t), k = 4 * DIFFUSION * b0 / RATE;
  const double a = e * (a0 - k / (2 * (1 + k)) * log((1 + k) / e - k)), b = b0 * e / (1 + k * (1 - e));
  return exp(a - b * x[0] * x[0]);
}

static double error_of(int law, double spacing, double step, double (*u)(const double x[3], double t))
{
  struct box b = bar_of(80, spacing);
  struct grown g;
  double rms, most;

  b.tumour.model = law;
  b.tumour.diffusivity = DIFFUSION;
  b.tumour.proliferation = RATE;
  b.step = step;
  grow(&b, &g);
  begin_with(&g, 0, u);
  ck_call(hc_tumour_advance(g.tumour, 40));
  compare_with(&g, u, &rms, &most);
  drop(&g);
  return rms;
}

static void second_order(int law, double (*u)(const double x[3], double t), double least)
{
  double errors[3], in_time[3];

  for (int k = 0; k < 3; k++)
    errors[k] = error_of(law, 1. / (1 << k), 4. / (1 << k), u);
  for (int k = 0; k < 3; k++) /* on a mesh that is fine enough */
    in_time[k] = error_of(law, 0.0625, (law == 0 ? 10. : 2.5) / (1 << k), u);
  printf("law %d: errors %.3g %.3g %.3g, on a fine mesh %.3g %.3g %.3g\n", law, errors[0], errors[1], errors[2],
         in_time[0], in_time[1], in_time[2]);
  ck_assert_double_lt(errors[2], least);
  ck_assert_double_gt(log2(errors[1] / errors[2]), 1.85);
  ck_assert_double_lt(log2(errors[1] / errors[2]), 2.3);
  ck_assert_double_gt(log2(in_time[1] / in_time[2]), 1.8);
}

START_TEST(logistic_waves_are_of_second_order)
{
  second_order(0, wave, 1e-3);
}
END_TEST

START_TEST(gompertz_gaussians_are_of_second_order)
{
  second_order(1, gaussian, 1e-3);
}
END_TEST

/* ---- Fronts ------------------------------------------------------------------------------------------------------ */

static double decay; /* of the initial front, in units of sqrt(rho / D) */

static double foot(const double x[3], double t)
{
  (void)t;
  return fmin(1, exp(-decay * sqrt(RATE / DIFFUSION) * (x[0] - 5)));
}

static double block(const double x[3], double t)
{
  (void)t;
  return x[0] < 5 ? 1 : 0;
}

/* Speed between two days of the place where u is a half. */
static double front_speed(double length, double spacing, double mass, double step,
                          double (*u)(const double x[3], double t), double from, double to)
{
  struct box b = bar_of(length, spacing);
  struct grown g;
  double volume[2];

  b.tumour.diffusivity = DIFFUSION;
  b.tumour.proliferation = RATE;
  b.diffusion.mass = mass;
  b.step = step;
  grow(&b, &g);
  begin_with(&g, 0, u);
  ck_call(hc_tumour_advance(g.tumour, from));
  ck_call(hc_tumour_volumes(g.tumour, 0, 1, (double[]){0.5}, &volume[0]));
  ck_call(hc_tumour_advance(g.tumour, to));
  ck_call(hc_tumour_volumes(g.tumour, 0, 1, (double[]){0.5}, &volume[1]));
  drop(&g);
  return 1e3 * (volume[1] - volume[0]) / (spacing * spacing) / (to - from);
}

enum { POINTS = 1401 };

/* The same speed from a block by finite differences on 140 mm and Heun's method: nothing of it is ours. */
static double plane_reference(double from, double to)
{
  static double u[POINTS], f[2][POINTS], v[POINTS];
  const double h = 0.1, dt = 0.04;
  double place[2] = {0, 0};

  for (int i = 0; i < POINTS; i++)
    u[i] = i * h < 5 ? 1 : 0;
  for (int s = 0; s <= (int)(to / dt + 0.5); s++) {
    for (int k = 0; k < 2; k++)
      if (s == (int)((k == 0 ? from : to) / dt + 0.5)) {
        int i = 0;
        while (u[i + 1] > 0.5)
          i++;
        place[k] = (i + (u[i] - 0.5) / (u[i] - u[i + 1])) * h;
      }
    for (int stage = 0; stage < 2; stage++) {
      const double *x = stage == 0 ? u : v;
      for (int i = 0; i < POINTS; i++) {
        const double left = x[i > 0 ? i - 1 : 1], right = x[i < POINTS - 1 ? i + 1 : POINTS - 2];
        f[stage][i] = DIFFUSION * (left - 2 * x[i] + right) / (h * h) + RATE * x[i] * (1 - x[i]);
      }
      for (int i = 0; i < POINTS && stage == 0; i++)
        v[i] = u[i] + dt * f[0][i];
    }
    for (int i = 0; i < POINTS; i++)
      u[i] += dt / 2 * (f[0][i] + f[1][i]);
  }
  return (place[1] - place[0]) / (to - from);
}

/* A front that falls off as exp(-a x) with a below sqrt(rho / D) goes at D a + rho / a; with a = sqrt(rho / D) it
 * approaches 2 sqrt(D rho), by 1 / (4 rho t) of it from below (Bramson 1983, doi:10.1090/memo/0285). */
START_TEST(fronts_are_as_fast_as_their_foot_says)
{
  const double least = 2 * sqrt(DIFFUSION * RATE);

  for (int k = 0; k < 2; k++) {
    decay = k == 0 ? 0.3 : 0.5;
    const double speed = front_speed(160, 0.25, HC_MASS_LUMPED, 0.5, foot, 300, 500);
    const double exact = least * (decay + 1 / decay) / 2;
    printf("foot %.1f: %.6f mm/day, exact %.6f\n", decay, speed, exact);
    ck_assert_double_eq_tol(speed / exact, 1, 1e-3);
  }
  decay = 1;
  const double speed = front_speed(180, 0.25, HC_MASS_LUMPED, 0.5, foot, 500, 900);
  printf("foot 1: %.6f mm/day, 2 sqrt(D rho) = %.6f: %+.2f %%\n", speed, least, 100 * (speed / least - 1));
  ck_assert_double_eq_tol(speed / least, 1, 0.01);
}
END_TEST

/* From a compact seed, speeds come from below by 3 / (4 rho t) of the least speed (Bramson), and a little less (Ebert &
 * van Saarloos 2000, doi:10.1016/S0167-2789(00)00068-3). */
START_TEST(fronts_of_compact_seeds_approach_the_least_speed)
{
  const double from = 400, to = 800, least = 2 * sqrt(DIFFUSION * RATE);
  const double late = 1 - 0.75 * log(to / from) / (RATE * (to - from)), exact = plane_reference(from, to);
  const double speed = front_speed(140, 0.2, HC_MASS_LUMPED, 0.5, block, from, to);

  printf("compact: %.6f of the least speed, finite differences %.6f, Bramson %.6f\n", speed / least, exact / least,
         late);
  ck_assert_double_eq_tol(speed / exact, 1, 0.002);
  ck_assert_double_eq_tol(speed / least, late, 0.01);
}
END_TEST

/* On a coarse mesh the least speed is that of the scheme's own dispersion: the least of (D_h(a) + rho) / a with
 * D_h(a) = 2 D (cosh(a h) - 1) / h^2, lumped, times 1 + (1 - m) (cosh(a h) - 1) / -3 for a mass of lumped share m. */
static double lattice_speed(double h, double mass)
{
  double last = INFINITY;

  for (int i = 0; i < 30000; i++) { /* to the first minimum */
    const double a = 0.2 + 1e-4 * i, wave_number = a * sqrt(RATE / DIFFUSION),
                 c = (cosh(wave_number * h) - 1) / (h * h);
    const double d = 2 * DIFFUSION * c * (1 - (1 - mass) * c * h * h / 3);
    const double speed = (d + RATE) / wave_number;
    if (speed > last)
      return last;
    last = speed;
  }
  return last;
}

START_TEST(coarse_meshes_have_the_speed_of_their_lattice)
{
  const double least = 2 * sqrt(DIFFUSION * RATE);

  const double fine = plane_reference(400, 800);

  for (int m = 0; m < 2; m++) {
    const double mass = m == 0 ? HC_MASS_LUMPED : 0.5;
    for (int h = 1; h <= (m == 0 ? 2 : 1); h++) {
      const double speed = front_speed(140, h, mass, 0.5, block, 400, 800);
      printf("lumped share %.1f, %d mm (h sqrt(rho / D) = %.2f): %+.2f %%, lattice %+.2f %%\n", mass, h,
             h * sqrt(RATE / DIFFUSION), 100 * (speed / fine - 1), 100 * (lattice_speed(h, mass) / least - 1));
      ck_assert_double_eq_tol(speed / fine, lattice_speed(h, mass) / least, 0.004);
    }
  }
}
END_TEST

/* ---- Balls: a reference in one dimension ------------------------------------------------------------------------- */

enum { SHELLS = 2000 };

/* Radius where u is `threshold` after t days from a Gaussian seed: finite volumes of shells, Heun's method. */
static double radial_reference(double t, double threshold)
{
  static double u[SHELLS], f[2][SHELLS], v[SHELLS];
  const double dr = 0.02, dt = 1.5e-3;
  int i = 0;

  for (int k = 0; k < SHELLS; k++)
    u[k] = 0.5 * exp(-(k + 0.5) * dr * (k + 0.5) * dr / 4);
  for (int s = 0; s < (int)(t / dt + 0.5); s++) {
    for (int stage = 0; stage < 2; stage++) {
      const double *from = stage == 0 ? u : v;
      for (int k = 0; k < SHELLS; k++) {
        const double inner = k * dr, outer = (k + 1) * dr;
        const double in = k > 0 ? inner * inner * (from[k] - from[k - 1]) / dr : 0;
        const double out = k < SHELLS - 1 ? outer * outer * (from[k + 1] - from[k]) / dr : 0;
        f[stage][k] = 3 * DIFFUSION * (out - in) / (outer * outer * outer - inner * inner * inner) +
                      RATE * from[k] * (1 - from[k]);
      }
      for (int k = 0; k < SHELLS && stage == 0; k++)
        v[k] = u[k] + dt * f[0][k];
    }
    for (int k = 0; k < SHELLS; k++)
      u[k] += dt / 2 * (f[0][k] + f[1][k]);
  }
  while (u[i + 1] > threshold)
    i++;
  return (i + 0.5 + (u[i] - threshold) / (u[i] - u[i + 1])) * dr;
}

START_TEST(balls_grow_as_their_radial_equation_says)
{
  static double corner[3] = {0, 0, 0};
  const double days = 150, thresholds[] = {0.16, 0.5};
  double exact[2], errors[2][2];

  for (int k = 0; k < 2; k++)
    exact[k] = radial_reference(days, thresholds[k]);
  for (int r = 0; r < 2; r++) {
    struct box b = box_of(24, r == 0 ? 2 : 1);
    struct grown g;
    double volumes[2];
    b.tumour.seed.position.v = corner; /* no flux through the planes of symmetry: an eighth of the ball */
    b.tumour.diffusivity = DIFFUSION;
    b.tumour.proliferation = RATE;
    grow(&b, &g);
    ck_call(hc_tumour_seed(g.tumour));
    ck_call(hc_tumour_advance(g.tumour, days));
    ck_call(hc_tumour_volumes(g.tumour, 0, 2, thresholds, volumes));
    drop(&g);
    for (int k = 0; k < 2; k++) {
      const double radius = cbrt(8 * 1e3 * volumes[k] * 3 / (4 * M_PI));
      errors[r][k] = radius / exact[k] - 1;
      printf("%d mm, u > %g: radius %.4f mm, radial equation %.4f mm: %+.2f %%\n", 2 - r, thresholds[k], radius,
             exact[k], 100 * errors[r][k]);
    }
  }
  for (int k = 0; k < 2; k++) {
    ck_assert_double_lt(fabs(errors[1][k]), 0.01);
    ck_assert_double_gt(fabs(errors[0][k] / errors[1][k]), 3); /* second order */
  }
}
END_TEST

/* ---- Tensors ----------------------------------------------------------------------------------------------------- */

static double angle; /* of the fast axis, radian */

static void fibres(struct hc_slab *slab)
{
  const double c = cos(angle), s = sin(angle), along = 2.5, across = 0.25; /* with the third, of trace 3 */
  struct hc_slab_field *dti;

  ck_call(hc_slab_add_field(slab, "dti", "mm2/s", HC_CELL, 6, &dti));
  for (int64_t i = 0; i < hc_slab_cells(slab); i++) {
    double *t = dti->values + 6 * i;
    t[0] = 1e-3 * (along * c * c + across * s * s);
    t[1] = 1e-3 * (along * s * s + across * c * c);
    t[2] = 1e-3 * across;
    t[3] = 1e-3 * (along - across) * c * s;
  }
}

/* Densities at points that turn with the tensor, on a sheet. */
static void rotated(double degrees, double spacing, int n, double *values)
{
  static double centre[3] = {20, 20, 0};
  struct box b = box_of(40, spacing);
  struct grown g;

  angle = degrees * M_PI / 180;
  b.type = HC_TRIANGLE;
  b.size[2] = 0;
  b.fill = fibres;
  b.tumour.seed.position.v = centre;
  b.tumour.seed.radius = 3;
  b.diffusion.mass = HC_MASS_LUMPED;
  grow(&b, &g);
  ck_call(hc_tumour_seed(g.tumour));
  ck_call(hc_tumour_advance(g.tumour, 60));
  for (int i = 0; i < n; i++) {
    const double r = 2 + i % 3 * 2.5, phi = angle + 2 * M_PI * i / n;
    const double x[3] = {20 + r * cos(phi), 20 + r * sin(phi), 0};
    const double *u = hc_tumour_species(g.tumour, 0, false);
    struct hc_location_in_mesh found;
    ck_call(hc_fe_locate(g.mesh, 1, x, 0.1, &found));
    values[i] = 0;
    for (int k = 0; k < found.n; k++)
      values[i] += found.weight[k] * u[found.node[k]];
  }
  drop(&g);
}

START_TEST(rotated_tensors_give_rotated_tumours)
{
  enum { N = 24 };
  double straight[N], turned[N], errors[2];

  for (int degrees = 17; degrees < 180; degrees += 60) {
    for (int k = 0; k < 2; k++) {
      rotated(0, 0.5 / (1 << k), N, straight);
      rotated(degrees, 0.5 / (1 << k), N, turned);
      errors[k] = 0;
      for (int i = 0; i < N; i++)
        errors[k] = fmax(errors[k], fabs(straight[i] - turned[i]));
    }
    printf("turned by %d degrees: largest difference %.3g, on half the spacing %.3g\n", degrees, errors[0], errors[1]);
    ck_assert_double_lt(errors[1], 0.003);
    ck_assert_double_gt(errors[0] / errors[1], 3);
  }
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("tumour, exact solutions");
  TCase *c = tcase_create("tumour");
  tcase_set_timeout(c, 200);
  tcase_add_test(c, logistic_waves_are_of_second_order);
  tcase_add_test(c, gompertz_gaussians_are_of_second_order);
  tcase_add_test(c, fronts_are_as_fast_as_their_foot_says);
  tcase_add_test(c, fronts_of_compact_seeds_approach_the_least_speed);
  tcase_add_test(c, coarse_meshes_have_the_speed_of_their_lattice);
  tcase_add_test(c, balls_grow_as_their_radial_equation_says);
  tcase_add_test(c, rotated_tensors_give_rotated_tumours);
  suite_add_tcase(s, c);
  return s;
}
HC_CHECK_MAIN(suite)
