/* Copies and checkpoints of tumours, and what a failed step leaves. */
#include "hc_check.h"

#include "../../src/growth/internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char text[] = "mesh: {cell: hexahedron, size: [10, 8, 8], spacing: 2, partitioner: curve}\n"
                           "tumour:\n"
                           "  model: necrosis\n"
                           "  diffusivity: 0.2\n"
                           "  proliferation: 0.1\n"
                           "  seed: {position: [5, 4, 4], radius: 4, density: 0.9}\n"
                           "therapy:\n"
                           "  radiotherapy:\n"
                           "    - {name: rt, days: [4, 7.3, 12], dose: 2, alpha: 0.1}\n"
                           "time: {step: 1, end: 20}\n";

static char folder[64], case_path[128], path[128];
static struct hc_growth_case tumour_case;
static struct hc_params *params;

static int rank_of(void)
{
  int rank;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  return rank;
}

static void begin(void)
{
  snprintf(folder, sizeof folder, "/tmp/hc-growth-XXXXXX");
  if (rank_of() == 0)
    ck_assert_ptr_nonnull(mkdtemp(folder));
  MPI_Bcast(folder, sizeof folder, MPI_CHAR, 0, PETSC_COMM_WORLD);
  snprintf(case_path, sizeof case_path, "%s/case.yaml", folder);
  snprintf(path, sizeof path, "%s/checkpoint.h5", folder);
  if (rank_of() == 0) {
    FILE *file = fopen(case_path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
  }
  ck_call(hc_growth_case_read(PETSC_COMM_WORLD, case_path, 0, NULL, &tumour_case, &params));
}

static void end(void)
{
  hc_params_destroy(&params);
  if (rank_of() != 0)
    return;
  unlink(path);
  unlink(case_path);
  rmdir(folder);
}

struct twin {
  struct hc_growth *growth;
  struct hc_watched *watched;
  struct hc_kept *kept;
};

/* Grown to a day, with a sample each `every` days from the first on. */
static void advance(struct twin *t, double every, double until)
{
  while (t->growth->tumour->time < until - 1e-9) {
    ck_call(hc_growth_run(t->growth, fmin(until, t->growth->tumour->time + every)));
    ck_call(hc_watched_sample(t->watched, t->growth));
  }
}

static struct twin made(void)
{
  struct twin t = {0};
  ck_call(hc_growth_create(PETSC_COMM_WORLD, &tumour_case, NULL, &t.growth));
  ck_call(hc_watched_create(t.growth, &t.watched));
  return t;
}

static void destroy(struct twin *t)
{
  hc_growth_kept_destroy(&t->kept);
  hc_watched_destroy(&t->watched);
  hc_growth_destroy(&t->growth);
}

static void same_bits(struct twin *a, struct twin *b)
{
  ck_assert_double_eq(a->growth->tumour->time, b->growth->tumour->time);
  for (int k = 0; k < HC_SPECIES; k++)
    ck_assert_int_eq(memcmp(a->growth->tumour->species[k], b->growth->tumour->species[k],
                            sizeof(double) * (size_t)a->growth->mesh->n_owned),
                     0);
  ck_assert_int_eq(a->watched->n_samples, b->watched->n_samples);
  ck_assert_int_eq(memcmp(a->watched->samples, b->watched->samples,
                          sizeof(double) * (size_t)(a->watched->n_samples * (1 + a->watched->n_columns))),
                   0);
}

START_TEST(a_failed_step_leaves_the_last_good_state)
{
  struct twin whole, broken, again;
  struct hc_ledger one, two;
  int64_t frames = 0;

  begin();
  whole = made();
  advance(&whole, 5, 10);
  broken = made();
  advance(&broken, 5, 10);
  ck_call(hc_growth_keep(broken.growth, broken.watched, 3, &broken.kept));
  advance(&broken, 1, 13);
  if (rank_of() == 0)
    broken.growth->tumour->species[0][0] = NAN;
  ck_call_fails(hc_tumour_step(broken.growth->tumour, 20), HC_ERR_NUMERIC, "the density of the tumour is no number");
  ck_call_fails(hc_growth_keep(broken.growth, broken.watched, 4, &broken.kept), HC_ERR_NUMERIC, "no number");
  ck_assert_double_eq(hc_growth_kept_day(broken.kept), 10);
  ck_call(hc_growth_put_back(broken.growth, broken.watched, broken.kept));
  same_bits(&whole, &broken);

  ck_call(hc_growth_checkpoint(broken.growth, broken.watched, broken.kept, path, "0"));
  again = made();
  ck_call(hc_growth_restore(again.growth, again.watched, path, "0", &frames));
  ck_assert_int_eq(frames, 3);
  same_bits(&whole, &again);
  advance(&whole, 5, 20);
  advance(&again, 5, 20);
  same_bits(&whole, &again);
  ck_call(hc_tumour_ledger(whole.growth->tumour, &one));
  ck_call(hc_tumour_ledger(again.growth->tumour, &two));
  ck_assert_double_eq_tol(one.grown, two.grown, 1e-12 * one.grown);
  ck_assert_double_eq_tol(one.rays, two.rays, 1e-12 * one.rays);
  ck_assert_double_gt(one.rays, 0);
  destroy(&whole);
  destroy(&broken);
  destroy(&again);
  end();
}
END_TEST

START_TEST(a_broken_nutrient_is_not_kept)
{
  struct twin t;

  begin();
  t = made();
  ck_call(hc_growth_keep(t.growth, t.watched, 0, &t.kept));
  advance(&t, 1, 2);
  if (rank_of() == 0)
    t.growth->tumour->species[2][1] = INFINITY;
  ck_call_fails(hc_growth_keep(t.growth, t.watched, 0, &t.kept), HC_ERR_NUMERIC,
                "the state of the tumour has what is no number");
  ck_assert_double_eq(hc_growth_kept_day(t.kept), 0);
  destroy(&t);
  end();
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("growth");
  TCase *c = tcase_create("growth");
  tcase_set_timeout(c, 60);
  tcase_add_test(c, a_failed_step_leaves_the_last_good_state);
  tcase_add_test(c, a_broken_nutrient_is_not_kept);
  suite_add_tcase(s, c);
  return s;
}
HC_CHECK_MAIN(suite)
