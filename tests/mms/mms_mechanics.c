/* A ball of tumour in a ball of tissue that is held at its surface: density and stress against the radial equations. */
#include "../unit/tumour_fixture.h"

#define RADIUS 15.
#define RATE 0.15
#define DIFFUSION 0.3
#define COUPLING 4.
#define YOUNG 1.9
#define POISSON 0.4
#define DAYS 12.
#define FRONT 0.05 /* density at the front, which damping holds back */

static int64_t tag[] = {1};

/* ---- Reference: shells, Heun's method, the stress of every moment ------------------------------------------------ */

enum { SHELLS = 300 };

/* r^2 w = c (m(r) - m(R) r^3 / R^3), c = coupling / (lambda + 2 mu), m(r) = int_0^r q^2 u dq; the stress is that of
 * sigma_rr - sigma_tt = 2 mu (w' - w / r) = 2 mu c (u - 3 m / r^3). */
struct shells {
  double u[SHELLS], displacement; /* the largest */
};

static const double bulk = YOUNG * (1 - POISSON) / ((1 + POISSON) * (1 - 2 * POISSON)),
                    shear = YOUNG / (2 * (1 + POISSON)), dr = RADIUS / SHELLS;

/* Diffusivity at the outer face of each shell, where u is the mean of its neighbours. */
static void faces(const double *u, double damping, double *diffusivity)
{
  double moment = 0;

  for (int k = 0; k < SHELLS - 1; k++) {
    const double r = (k + 1) * dr;
    moment += u[k] * (r * r * r - pow(k * dr, 3)) / 3;
    diffusivity[k] = DIFFUSION * exp(-damping * 2 * shear * COUPLING / bulk *
                                     fabs((u[k] + u[k + 1]) / 2 - 3 * moment / (r * r * r)));
  }
}

static void rates(const double *u, double damping, double *f)
{
  static double diffusivity[SHELLS];

  faces(u, damping, diffusivity);
  for (int k = 0; k < SHELLS; k++) {
    const double inner = k * dr, outer = (k + 1) * dr;
    const double in = k > 0 ? inner * inner * diffusivity[k - 1] * (u[k] - u[k - 1]) / dr : 0;
    const double out = k < SHELLS - 1 ? outer * outer * diffusivity[k] * (u[k + 1] - u[k]) / dr : 0;
    f[k] = 3 * (out - in) / (outer * outer * outer - inner * inner * inner) + RATE * u[k] * (1 - u[k]);
  }
}

static double largest_displacement(const double *u)
{
  double moment = 0, all = 0, largest = 0;

  for (int k = 0; k < SHELLS; k++)
    all += u[k] * (pow((k + 1) * dr, 3) - pow(k * dr, 3)) / 3;
  for (int k = 0; k < SHELLS; k++) {
    const double r = (k + 1) * dr;
    moment += u[k] * (r * r * r - pow(k * dr, 3)) / 3;
    largest = fmax(largest, COUPLING / bulk * (moment / (r * r) - all * r / pow(RADIUS, 3)));
  }
  return largest;
}

static double seed(double r)
{
  return 0.7 * exp(-r * r / 16);
}

static void reference(double damping, struct shells *s)
{
  static double f[2][SHELLS], v[SHELLS];
  const int steps = 8000;

  s->displacement = 0;
  for (int k = 0; k < SHELLS; k++)
    s->u[k] = seed((k + 0.5) * dr);
  for (int n = 0; n < steps; n++) {
    rates(s->u, damping, f[0]);
    for (int k = 0; k < SHELLS; k++)
      v[k] = s->u[k] + DAYS / steps * f[0][k];
    rates(v, damping, f[1]);
    for (int k = 0; k < SHELLS; k++)
      s->u[k] += DAYS / steps / 2 * (f[0][k] + f[1][k]);
  }
  s->displacement = largest_displacement(s->u);
}

static double reference_radius(const struct shells *s, double threshold)
{
  int i = 0;

  while (s->u[i + 1] > threshold)
    i++;
  return (i + 0.5 + (s->u[i] - threshold) / (s->u[i] - s->u[i + 1])) * dr;
}

/* ---- Ours -------------------------------------------------------------------------------------------------------- */

/* The box [0, 2 RADIUS]^3 to the ball around its middle, all of its surface held. */
static void to_ball(struct hc_slab *slab)
{
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++) {
    double *x = slab->xyz + 3 * i;
    const double a = x[0] / RADIUS - 1, b = x[1] / RADIUS - 1, c = x[2] / RADIUS - 1;
    x[0] = RADIUS * (1 + a * sqrt(1 - b * b / 2 - c * c / 2 + b * b * c * c / 3));
    x[1] = RADIUS * (1 + b * sqrt(1 - c * c / 2 - a * a / 2 + c * c * a * a / 3));
    x[2] = RADIUS * (1 + c * sqrt(1 - a * a / 2 - b * b / 2 + a * a * b * b / 3));
    slab->surface[i] = slab->surface[i] != 0;
  }
}

struct ball {
  double radius, displacement;
};

static struct ball ball_of(enum hc_cell_type type, double spacing, double every, double damping)
{
  const struct hc_stiffness_params tissue = {.young = YOUNG, .poisson = POISSON};
  struct hc_mechanics_params mechanics = {.coupling = COUPLING,
                                          .damping = damping,
                                          .every = every,
                                          .white = tissue,
                                          .grey = tissue,
                                          .tumour = {.young = NAN, .poisson = NAN},
                                          .fixed = {1, tag},
                                          .tolerance = 1e-6};
  struct box b = box_of(2 * RADIUS, spacing);
  struct grown g;
  const double threshold = FRONT;
  double volume;

  b.type = type;
  b.mechanics = &mechanics;
  b.fill = to_ball;
  b.tumour.proliferation = RATE;
  b.tumour.diffusivity = DIFFUSION;
  b.tumour.seed.radius = 4;
  b.tumour.seed.density = 0.7;
  b.step = 0.5;
  grow(&b, &g);
  ck_call(hc_tumour_seed(g.tumour));
  ck_call(hc_tumour_advance(g.tumour, DAYS));
  ck_call(hc_tumour_volumes(g.tumour, 0, 1, &threshold, &volume));
  const struct ball found = {cbrt(1e3 * volume * 3 / (4 * M_PI)), g.tumour->mechanics->largest_displacement};
  drop(&g);
  return found;
}

START_TEST(balls_press_as_their_radial_equations_say)
{
  static const double spacings[] = {2.5, 1.25};
  const enum hc_cell_type type = _i == 0 ? HC_HEXAHEDRON : HC_TETRAHEDRON;
  const double damping = 3;
  struct shells damped, free;
  double errors[2], exact, undamped;

  reference(damping, &damped);
  reference(0, &free);
  exact = reference_radius(&damped, FRONT);
  undamped = reference_radius(&free, FRONT);
  for (int k = 0; k < (type == HC_HEXAHEDRON ? 2 : 1); k++) { /* six times as many tetrahedra */
    const struct ball found = ball_of(type, spacings[k], 1, damping);
    errors[k] = found.radius / exact - 1;
    printf("%s, %g mm: radius %.4f mm, radial equations %.4f mm (%.4f without damping): %+.2f %%; displacement %.4f "
           "mm, %.4f mm\n",
           hc_cell_name(type), spacings[k], found.radius, exact, undamped, 100 * errors[k], found.displacement,
           damped.displacement);
    ck_assert_double_eq_tol(found.displacement, damped.displacement, (k == 0 ? 0.2 : 0.05) * damped.displacement);
  }
  ck_assert_double_gt(undamped, 1.04 * exact);
  ck_assert_double_lt(fabs(errors[0]), 0.03);
  if (type == HC_HEXAHEDRON)
    ck_assert_double_lt(fabs(errors[1]), 0.4 * fabs(errors[0]));
}
END_TEST

/* What lags behind by up to `every` days is of first order. */
START_TEST(lag_of_the_stress_is_of_first_order)
{
  const double radius[] = {ball_of(HC_HEXAHEDRON, 2.5, 0.5, 3).radius, ball_of(HC_HEXAHEDRON, 2.5, 4, 3).radius,
                           ball_of(HC_HEXAHEDRON, 2.5, 8, 3).radius};
  const double first = radius[1] / radius[0] - 1, second = radius[2] / radius[0] - 1;

  printf("every 4 days: %+.3f %%, every 8 days: %+.3f %% against every half day\n", 100 * first, 100 * second);
  ck_assert_double_lt(fabs(first), 0.02);
  ck_assert_double_lt(fabs(first), 0.7 * fabs(second));
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("mechanics mms");
  TCase *t = tcase_create("balls");
  tcase_set_timeout(t, 0);
  tcase_add_loop_test(t, balls_press_as_their_radial_equations_say, 0, 2);
  tcase_add_test(t, lag_of_the_stress_is_of_first_order);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
