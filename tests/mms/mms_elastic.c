/* Orders of the displacement and of the von Mises stress: a field without rotation in a box, a ball that swells. */
#include "elastic.h"
#include "mms.h"

struct errors {
  double displacement, stress; /* L2, relative */
};

/* Largest part of the problem: solve and compare at the centres of cells. */
static struct errors solve(struct hc_mesh *mesh, double young, double poisson, double (*press)(const double x[3]),
                           void (*exact)(const double x[3], double w[3], double *von_mises))
{
  const int n = hc_cell_nodes(mesh->type);
  double *e, *nu, *s, *w, *sigma, *xyz, sums[4] = {0};
  unsigned char *held;
  struct hc_elastic *elastic;

  ck_call(PetscMalloc2(mesh->n_cells_local, &e, mesh->n_cells_local, &nu));
  ck_call(PetscMalloc3(mesh->n_local, &s, 3 * (size_t)mesh->n_local, &w, 6 * (size_t)mesh->n_cells_local, &sigma));
  ck_call(PetscMalloc2(mesh->n_owned, &held, 3, &xyz));
  for (int c = 0; c < mesh->n_cells_local; c++) {
    e[c] = young;
    nu[c] = poisson;
  }
  for (int i = 0; i < mesh->n_local; i++) {
    s[i] = press(mesh->xyz + 3 * (size_t)i);
    w[3 * i] = w[3 * i + 1] = w[3 * i + 2] = 0;
  }
  for (int i = 0; i < mesh->n_owned; i++)
    held[i] = mesh->surface[i] ? 7 : 0;
  const struct hc_elastic_tissue tissue = {e, nu};
  ck_call(hc_elastic_create(mesh, &tissue, held, 1e-10, &elastic));
  ck_call(hc_elastic_solve(elastic, s, w));
  hc_elastic_destroy(&elastic);
  hc_elastic_stress(mesh, &tissue, w, sigma);
  for (int c = 0; c < mesh->n_cells_local; c++) {
    double at[3] = {0}, mean[3] = {0}, right[3], von_mises;
    if (!mesh->cell_owned[c])
      continue;
    for (int j = 0; j < n; j++)
      for (int k = 0; k < 3; k++) {
        at[k] += mesh->xyz[3 * mesh->cells[n * c + j] + k] / n;
        mean[k] += w[3 * mesh->cells[n * c + j] + k] / n;
      }
    exact(at, right, &von_mises);
    for (int k = 0; k < 3; k++) {
      sums[0] += pow(mean[k] - right[k], 2);
      sums[1] += pow(right[k], 2);
    }
    sums[2] += pow(hc_von_mises(sigma + 6 * c) - von_mises, 2);
    sums[3] += pow(von_mises, 2);
  }
  MPI_Allreduce(MPI_IN_PLACE, sums, 4, MPI_DOUBLE, MPI_SUM, mesh->comm);
  ck_call(PetscFree2(e, nu));
  ck_call(PetscFree3(s, w, sigma));
  ck_call(PetscFree2(held, xyz));
  hc_mesh_destroy(&mesh);
  return (struct errors){sqrt(sums[0] / sums[1]), sqrt(sums[2] / sums[3])};
}

/* ---- A box ------------------------------------------------------------------------------------------------------- */

/* w = grad f, f = product of sin^2(pi x_k) / 100, vanishes on the sides of the unit box. div sigma = (lambda + 2 mu)
 * grad lap f then, so that s = (lambda + 2 mu) lap f. */
static double box_poisson;

static double modulus(void)
{
  return (1 - box_poisson) / ((1 + box_poisson) * (1 - 2 * box_poisson)); /* of Young's modulus 1 */
}

/* Derivatives 0 to 2 of sin^2(pi x). */
static void factors(const double x[3], double f[3][3])
{
  for (int k = 0; k < 3; k++) {
    f[k][0] = pow(sin(M_PI * x[k]), 2);
    f[k][1] = M_PI * sin(2 * M_PI * x[k]);
    f[k][2] = 2 * M_PI * M_PI * cos(2 * M_PI * x[k]);
  }
}

static double box_press(const double x[3])
{
  double f[3][3];

  factors(x, f);
  return modulus() * (f[0][2] * f[1][0] * f[2][0] + f[0][0] * f[1][2] * f[2][0] + f[0][0] * f[1][0] * f[2][2]) / 100;
}

static void box_exact(const double x[3], double w[3], double *von_mises)
{
  static const int first[6] = {0, 1, 2, 0, 1, 0}, second[6] = {0, 1, 2, 1, 2, 2};
  const double mu = 1 / (2 * (1 + box_poisson)), lambda = modulus() - 2 * mu;
  double f[3][3], sigma[6];

  factors(x, f);
  for (int k = 0; k < 3; k++)
    w[k] = f[0][k == 0] * f[1][k == 1] * f[2][k == 2] / 100;
  for (int m = 0; m < 6; m++) {
    int order[3] = {0};
    order[first[m]]++;
    order[second[m]]++;
    sigma[m] = 2 * mu * f[0][order[0]] * f[1][order[1]] * f[2][order[2]] / 100 +
               (m < 3 ? lambda * box_press(x) / modulus() : 0);
  }
  *von_mises = hc_von_mises(sigma);
}

static struct errors box_errors(enum hc_cell_type type, int n)
{
  return solve(mms_mesh(PETSC_COMM_WORLD, type, (double[]){1, 1, 1}, 1. / n), 1, box_poisson, box_press, box_exact);
}

START_TEST(order_in_a_box)
{
  static const double ratios[] = {0.3, 0.45};
  const enum hc_cell_type type = _i < 2 ? HC_HEXAHEDRON : HC_TETRAHEDRON;

  box_poisson = ratios[_i % 2];
  const struct errors coarse = box_errors(type, 10), fine = box_errors(type, 20);
  const double order = mms_order(coarse.displacement, fine.displacement, 2);
  const double of_stress = mms_order(coarse.stress, fine.stress, 2);
  if (getenv("HC_SHOW"))
    printf("box, %s, nu %g: displacement %.3e %.3e order %.2f, stress %.3e %.3e order %.2f\n", hc_cell_name(type),
           box_poisson, coarse.displacement, fine.displacement, order, coarse.stress, fine.stress, of_stress);
  ck_assert_msg(order > 1.85, "order %g of the displacement", order);
  ck_assert_msg(of_stress > (type == HC_HEXAHEDRON ? 1.85 : 0.9), "order %g of the stress", of_stress);
}
END_TEST

/* ---- A ball ------------------------------------------------------------------------------------------------------ */

#define RADIUS 10.
#define WIDTH 5.
#define YOUNG 1.895
#define POISSON 0.4

static double ball_press(const double x[3])
{
  return exp(-(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]) / (WIDTH * WIDTH));
}

/* int_0^r q^2 exp(-q^2 / WIDTH^2) dq */
static double press_moment(double r)
{
  const double a = WIDTH;
  return -a * a / 2 * r * exp(-r * r / (a * a)) + a * a * a * sqrt(M_PI) / 4 * erf(r / a);
}

/* (lambda + 2 mu) (1/r2 (r2 w)')' = s', w(R) = 0: r2 w = (m(r) - m(R) r3 / R3) / (lambda + 2 mu). */
static void ball_exact(const double x[3], double w[3], double *von_mises)
{
  const double bulk = YOUNG * (1 - POISSON) / ((1 + POISSON) * (1 - 2 * POISSON)), mu = YOUNG / (2 * (1 + POISSON));
  const double r = fmax(sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]), 1e-3);
  const double radial = (press_moment(r) / (r * r) - press_moment(RADIUS) * r / pow(RADIUS, 3)) / bulk;
  const double slope = (exp(-r * r / (WIDTH * WIDTH)) - press_moment(RADIUS) / pow(RADIUS, 3)) / bulk -
                       2 * (press_moment(r) / (r * r * r)) / bulk;

  for (int k = 0; k < 3; k++)
    w[k] = radial * x[k] / r;
  *von_mises = 2 * mu * fabs(slope - radial / r); /* of sigma_rr - sigma_tt */
}

/* The cube [-1, 1]^3 goes to the ball. */
static struct hc_mesh *ball(enum hc_cell_type type, int n)
{
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};
  struct hc_slab *slab;
  struct hc_mesh *mesh;

  ck_call(hc_slab_box(PETSC_COMM_WORLD, type, (double[]){2, 2, 2}, 2. / n, &slab));
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++) {
    double *x = slab->xyz + 3 * i;
    const double a = x[0] - 1, b = x[1] - 1, c = x[2] - 1;
    x[0] = RADIUS * a * sqrt(1 - b * b / 2 - c * c / 2 + b * b * c * c / 3);
    x[1] = RADIUS * b * sqrt(1 - c * c / 2 - a * a / 2 + c * c * a * a / 3);
    x[2] = RADIUS * c * sqrt(1 - a * a / 2 - b * b / 2 + a * a * b * b / 3);
  }
  ck_call(hc_mesh_create(slab, &options, &mesh));
  hc_slab_destroy(&slab);
  return mesh;
}

START_TEST(order_in_a_ball)
{
  const enum hc_cell_type type = _i == 0 ? HC_HEXAHEDRON : HC_TETRAHEDRON;
  const struct errors coarse = solve(ball(type, 10), YOUNG, POISSON, ball_press, ball_exact);
  const struct errors fine = solve(ball(type, 20), YOUNG, POISSON, ball_press, ball_exact);
  const double order = mms_order(coarse.displacement, fine.displacement, 2);
  const double of_stress = mms_order(coarse.stress, fine.stress, 2);

  if (getenv("HC_SHOW"))
    printf("ball, %s: displacement %.3e %.3e order %.2f, stress %.3e %.3e order %.2f\n", hc_cell_name(type),
           coarse.displacement, fine.displacement, order, coarse.stress, fine.stress, of_stress);
  ck_assert_msg(order > 1.8, "order %g of the displacement", order);
  ck_assert_msg(of_stress > (type == HC_HEXAHEDRON ? 1.7 : 0.8), "order %g of the stress", of_stress);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("elastic mms");
  TCase *t = tcase_create("orders");
  tcase_set_timeout(t, 0);
  tcase_add_loop_test(t, order_in_a_box, 0, 4);
  tcase_add_loop_test(t, order_in_a_ball, 0, 2);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
