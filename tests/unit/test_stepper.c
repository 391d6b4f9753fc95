#include "hc_check.h"
#include "stepper.h"

#include <math.h>

START_TEST(choices_name_the_splittings)
{
  int n = 0;

  for (; hc_splittings[n].name; n++) {
    ck_assert_str_eq(hc_splitting_choices[n].name, hc_splittings[n].name);
    ck_assert_str_eq(hc_splitting_choices[n].meaning, hc_splittings[n].meaning);
    ck_assert_int_eq((int)hc_splitting_choices[n].value, n);
  }
  ck_assert_ptr_null(hc_splitting_choices[n].name);
  ck_assert_int_ge(n, 3);
}
END_TEST

START_TEST(fractions_add_up_to_a_step)
{
  for (const struct hc_splitting *s = hc_splittings; s->name; s++) {
    double reaction = 0, diffusion = 0;
    ck_assert_int_le(s->n_stages, HC_MAX_STAGES);
    for (int i = 0; i < s->n_stages; i++) {
      reaction += s->reaction[i];
      diffusion += s->diffusion[i];
    }
    ck_assert_double_eq(reaction, 1);
    ck_assert_double_eq(diffusion, 1);
  }
}
END_TEST

/* Two linear operators that do not commute, each with its exact flow: two shears.
 * v' = (A + B) v with A = [[0, 1], [0, 0]] and B = [[0, 0], [1, 0]]: exact solution cosh/sinh. */
struct record {
  int n;
  double t[8], dt[8];
};

static void note(struct record *record, double t, double dt)
{
  record->t[record->n % 8] = t;
  record->dt[record->n % 8] = dt;
  record->n++;
}

static PetscErrorCode shear_x(void *context, double t, double dt, double *v)
{
  PetscFunctionBeginUser;
  note(context, t, dt);
  v[0] += dt * v[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode shear_y(void *context, double t, double dt, double *v)
{
  PetscFunctionBeginUser;
  note(context, t, dt);
  v[1] += dt * v[0];
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double shear_error(const struct hc_splitting *splitting, int n_steps)
{
  struct record r = {0}, d = {0};
  const struct hc_operator reaction = {&r, shear_x}, diffusion = {&d, shear_y};
  const double dt = 1.0 / n_steps;
  double v[2] = {1, 0.5};

  for (int i = 0; i < n_steps; i++)
    ck_call(hc_splitting_step(splitting, i * dt, dt, &reaction, &diffusion, v));
  return hypot(v[0] - (cosh(1) + 0.5 * sinh(1)), v[1] - (sinh(1) + 0.5 * cosh(1)));
}

START_TEST(order_is_as_stated)
{
  for (const struct hc_splitting *s = hc_splittings; s->name; s++) {
    const double order = log2(shear_error(s, 64) / shear_error(s, 128));
    ck_assert_msg(fabs(order - s->order) < 0.05, "%s: observed order %g, stated %d", s->name, order, s->order);
  }
}
END_TEST

static void check_times(const char *name, int n, const double *t_r, const double *dt_r, int m, const double *t_d,
                        const double *dt_d)
{
  const struct hc_splitting *s = hc_splittings;
  struct record r = {0}, d = {0};
  const struct hc_operator reaction = {&r, shear_x}, diffusion = {&d, shear_y};
  double v[2] = {1, 0};

  while (strcmp(s->name, name) != 0)
    s++;
  ck_call(hc_splitting_step(s, 10, 0.5, &reaction, &diffusion, v));
  ck_assert_int_eq(r.n, n);
  ck_assert_int_eq(d.n, m);
  for (int i = 0; i < n; i++) {
    ck_assert_double_eq(r.t[i], t_r[i]);
    ck_assert_double_eq(r.dt[i], dt_r[i]);
  }
  for (int i = 0; i < m; i++) {
    ck_assert_double_eq(d.t[i], t_d[i]);
    ck_assert_double_eq(d.dt[i], dt_d[i]);
  }
}

START_TEST(each_operator_keeps_its_own_clock)
{
  check_times("godunov", 1, (double[]){10}, (double[]){0.5}, 1, (double[]){10}, (double[]){0.5});
  check_times("strang", 2, (double[]){10, 10.25}, (double[]){0.25, 0.25}, 1, (double[]){10}, (double[]){0.5});
  check_times("strang_drd", 1, (double[]){10}, (double[]){0.5}, 2, (double[]){10, 10.25}, (double[]){0.25, 0.25});
}
END_TEST

START_TEST(diffusion_sizes)
{
  double sizes[HC_MAX_STAGES];

  ck_assert_int_eq(hc_splitting_diffusion_steps(&hc_splittings[0], 0.1, sizes), 1);
  ck_assert_double_eq(sizes[0], 0.1);
  ck_assert_int_eq(hc_splitting_diffusion_steps(&hc_splittings[1], 0.1, sizes), 1);
  ck_assert_double_eq(sizes[0], 0.1);
  ck_assert_int_eq(hc_splitting_diffusion_steps(&hc_splittings[2], 0.1, sizes), 1);
  ck_assert_double_eq(sizes[0], 0.05);
}
END_TEST

static PetscErrorCode break_down(void *context, double t, double dt, double *v)
{
  (void)context;
  (void)dt;
  PetscFunctionBeginUser;
  v[0] = NAN;
  PetscCheck(t < 0, PETSC_COMM_SELF, HC_ERR_NUMERIC, "the operator failed at %.6g ms", t);
  PetscFunctionReturn(PETSC_SUCCESS);
}

START_TEST(an_operator_that_fails_ends_the_step)
{
  struct record r = {0};
  const struct hc_operator reaction = {&r, shear_x}, diffusion = {NULL, break_down};
  double v[2] = {1, 0};

  ck_call_fails(hc_splitting_step(&hc_splittings[1], 3, 0.5, &reaction, &diffusion, v), HC_ERR_NUMERIC,
                "the operator failed at 3 ms");
  ck_assert_int_eq(r.n, 1);
}
END_TEST

START_TEST(clock_does_not_drift)
{
  struct hc_clock clock = {0, 0.05};

  for (int64_t i = 0; i < 1000000; i++)
    clock.step++;
  ck_assert_double_eq(hc_clock_time(&clock), 50000);
}
END_TEST

START_TEST(steps_of_a_time)
{
  int64_t steps;

  ck_call(hc_clock_steps("time.end", "ms", 500, 0.05, &steps));
  ck_assert_int_eq(steps, 10000);
  ck_call(hc_clock_steps("time.end", "ms", 0, 0.05, &steps));
  ck_assert_int_eq(steps, 0);
  ck_call(hc_clock_steps("time.end", "ms", 0.3, 0.1, &steps)); /* 0.3 / 0.1 is 2.9999999999999996 */
  ck_assert_int_eq(steps, 3);
  ck_call(hc_clock_steps("time.end", "ms", 3e7, 0.005, &steps)); /* beyond 32 bits */
  ck_assert_int_eq(steps, 6000000000);
  ck_call_fails(hc_clock_steps("heart.yaml:7: time.end", "ms", 1.02, 0.05, &steps), HC_ERR_INPUT,
                "heart.yaml:7: time.end: found 1.02 ms, which is 20.4 steps of 0.05 ms; allowed: a multiple");
  ck_call_fails(hc_clock_steps("time.end", "ms", NAN, 0.05, &steps), HC_ERR_INPUT, "time.end: found");
  ck_call_fails(hc_clock_steps("time.end", "ms", 1, 0, &steps), HC_ERR_INPUT, "the time step is 0 ms");
  ck_call_fails(hc_clock_steps("time.end", "days", 1.3, 0.5, &steps), HC_ERR_INPUT,
                "found 1.3 days, which is 2.6 steps of 0.5 days");
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("stepper");
  TCase *t = tcase_create("stepper");

  tcase_add_test(t, choices_name_the_splittings);
  tcase_add_test(t, fractions_add_up_to_a_step);
  tcase_add_test(t, order_is_as_stated);
  tcase_add_test(t, each_operator_keeps_its_own_clock);
  tcase_add_test(t, diffusion_sizes);
  tcase_add_test(t, an_operator_that_fails_ends_the_step);
  tcase_add_test(t, clock_does_not_drift);
  tcase_add_test(t, steps_of_a_time);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
