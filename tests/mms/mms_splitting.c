/* Orders of splitting and diffusion together, with a reaction whose flow is known: v' = r v (1 - v). (The cell models'
 * own step is of first order and would hide the second order of the splitting.)
 *
 * The reference knows neither splitting nor solver: classical Runge-Kutta steps of M v' = -K v + M f(v) with lumped
 * mass. */
#include "mms.h"
#include "stepper.h"

static const double rotated[6] = {0.0875, 0.0525, 0.03, 0.0303108891324554, 0, 0}; /* 0.105 and 0.035 at 30 degrees */
static const double rate = 3, end = 1;                                             /* 1/ms, ms */

static void set_initial(struct mms_box *box)
{
  for (int i = 0; i < box->mesh->n_owned; i++) {
    const double *x = box->mesh->xyz + (size_t)3 * i;
    box->v[i] = 0.5 + 0.4 * cos(M_PI * x[0]) * cos(M_PI * x[1]);
  }
}

static void create(struct mms_box *box, int method, int n_dt, const double *dt)
{
  mms_create(box, HC_TRIANGLE, (double[]){1, 1, 0}, 0.1, rotated, method, 1, n_dt, dt);
  set_initial(box);
}

/* ---- Reference -------------------------------------------------------------------------------------------------- */

static void slope(const struct mms_box *box, const double *stiffness, double *local, const double *v, double *dvdt)
{
  memcpy(local, v, (size_t)box->mesh->n_owned * sizeof(double));
  ck_call(hc_halo_begin(box->mesh, 1, local));
  ck_call(hc_halo_end(box->mesh, 1, local));
  for (int i = 0; i < box->mesh->n_owned; i++) {
    double sum = 0;
    for (int k = box->pattern->row[i]; k < box->pattern->row[i + 1]; k++)
      sum += stiffness[k] * local[box->pattern->col[k]];
    dvdt[i] = rate * v[i] * (1 - v[i]) - sum / box->volumes[i];
  }
}

static void runge_kutta(struct mms_box *box, int n_steps)
{
  static const double share[4] = {1. / 6, 1. / 3, 1. / 3, 1. / 6}, next[4] = {0.5, 0.5, 1, 0};
  const double dt = end / n_steps;
  const int n = box->mesh->n_owned;
  double *stiffness, *tensor, *local, *v0, *stage, *dvdt;

  ck_call(PetscMalloc1((size_t)6 * box->mesh->n_cells_local, &tensor));
  ck_call(PetscMalloc1(box->pattern->row[n], &stiffness));
  ck_call(PetscMalloc4(box->mesh->n_local, &local, n, &v0, n, &stage, n, &dvdt));
  for (int c = 0; c < box->mesh->n_cells_local; c++)
    memcpy(tensor + (size_t)6 * c, rotated, sizeof rotated);
  ck_call(hc_fe_stiffness(box->mesh, box->pattern, tensor, stiffness));
  for (int step = 0; step < n_steps; step++) {
    memcpy(v0, box->v, (size_t)n * sizeof(double));
    memcpy(stage, box->v, (size_t)n * sizeof(double));
    for (int s = 0; s < 4; s++) {
      slope(box, stiffness, local, stage, dvdt);
      for (int i = 0; i < n; i++) {
        box->v[i] += share[s] * dt * dvdt[i];
        stage[i] = v0[i] + next[s] * dt * dvdt[i];
      }
    }
  }
  ck_call(PetscFree4(local, v0, stage, dvdt));
  ck_call(PetscFree(stiffness));
  ck_call(PetscFree(tensor));
}

/* ---- Splitting ----------------------------------------------------------------------------------------------------
 */

static PetscErrorCode react(void *context, double t, double dt, double *v)
{
  const struct mms_box *box = context;
  const double growth = exp(rate * dt);

  (void)t;
  PetscFunctionBeginUser;
  for (int i = 0; i < box->mesh->n_owned; i++)
    v[i] = v[i] * growth / (1 + v[i] * (growth - 1));
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

static double split_error(const struct hc_splitting *splitting, int method, int n_steps, const double *exact)
{
  const double dt = end / n_steps;
  double sizes[HC_MAX_STAGES], error;
  const int n_sizes = hc_splitting_diffusion_steps(splitting, dt, sizes);
  struct mms_box box;
  const struct hc_operator reaction = {&box, react}, diffusion = {&box, diffuse};

  create(&box, method, n_sizes, sizes);
  for (int step = 0; step < n_steps; step++)
    ck_call(hc_splitting_step(splitting, step * dt, dt, &reaction, &diffusion, box.v));
  error = mms_distance(box.mesh, box.volumes, box.v, exact);
  mms_destroy(&box);
  return error;
}

START_TEST(order_is_the_lower_of_splitting_and_diffusion)
{
  static const int diffusion_order[] = {[HC_BACKWARD_EULER] = 1, [HC_CRANK_NICOLSON] = 2, [HC_BDF2] = 2};
  struct mms_box reference, half;
  double distance;

  create(&reference, HC_CRANK_NICOLSON, 1, (double[]){0.1});
  create(&half, HC_CRANK_NICOLSON, 1, (double[]){0.1});
  runge_kutta(&reference, 400);
  runge_kutta(&half, 200);
  distance = mms_distance(reference.mesh, reference.volumes, reference.v, half.v);
  ck_assert_double_le(distance, 1e-9);
  for (const struct hc_splitting *s = hc_splittings; s->name; s++)
    for (int method = HC_BACKWARD_EULER; method <= HC_BDF2; method++) {
      const int expected = PetscMin(s->order, diffusion_order[method]);
      const double coarse = split_error(s, method, 20, reference.v), fine = split_error(s, method, 40, reference.v);
      const double order = mms_order(coarse, fine, 2);
      ck_assert_msg(fabs(order - expected) < 0.15, "%s, method %d: order %g, errors %g %g", s->name, method, order,
                    coarse, fine);
    }
  mms_destroy(&half);
  mms_destroy(&reference);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("mms splitting");
  TCase *t = tcase_create("orders");

  tcase_add_test(t, order_is_the_lower_of_splitting_and_diffusion);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
