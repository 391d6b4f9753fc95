#include "hc_check.h"
#include "therapy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Read a case of therapies from --set assignments. */
static PetscErrorCode read(int n, const char *const set[], struct hc_therapy_params *blocks, struct hc_params **params)
{
  return hc_params_read(PETSC_COMM_WORLD, NULL, n, set, &hc_therapy_block, blocks, params);
}

struct made {
  struct hc_therapy_params blocks;
  struct hc_params *params;
  struct hc_therapy *therapy;
};

/* From a YAML text, by way of a file. */
static PetscErrorCode make(const char *text, double begin, struct made *m)
{
  static const char path[] = "test_therapy.yaml";
  int rank;
  PetscErrorCode code;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (rank == 0) {
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
  }
  MPI_Barrier(PETSC_COMM_WORLD);
  m->therapy = NULL;
  m->params = NULL;
  code = hc_params_read(PETSC_COMM_WORLD, path, 0, NULL, &hc_therapy_block, &m->blocks, &m->params);
  return code ? code : hc_therapy_create(&m->blocks, begin, &m->therapy);
}

static void drop(struct made *m)
{
  hc_therapy_destroy(&m->therapy);
  hc_params_destroy(&m->params);
}

/* ---- Calendar ---------------------------------------------------------------------------------------------------- */

START_TEST(dates_are_days)
{
  int64_t days;

  ck_assert(hc_date_days("1970-01-01", &days) && days == 0);
  ck_assert(hc_date_days("2000-02-29", &days) && days == 11016);
  ck_assert(hc_date_days("2024-03-04", &days) && days == 19786);
  ck_assert(hc_date_days("1969-12-31", &days) && days == -1);
  ck_assert(!hc_date_days("2023-02-29", &days));
  ck_assert(!hc_date_days("1900-02-29", &days));
  ck_assert(!hc_date_days("2024-13-01", &days));
  ck_assert(!hc_date_days("2024-3-4", &days));
  ck_assert(!hc_date_days("tomorrow", &days));
}
END_TEST

START_TEST(weekdays_follow_the_date)
{
  ck_assert_int_eq(hc_weekday(0, NULL), 0);
  ck_assert_int_eq(hc_weekday(6, NULL), 6);
  ck_assert_int_eq(hc_weekday(-1, NULL), 6);
  ck_assert_int_eq(hc_weekday(0, "2024-03-04"), 0);   /* a Monday */
  ck_assert_int_eq(hc_weekday(2.9, "2000-01-01"), 0); /* that was a Saturday */
  ck_assert_int_eq(hc_weekday(-4, "1970-01-01"), 6);  /* a Thursday */
}
END_TEST

/* ---- Schedules --------------------------------------------------------------------------------------------------- */

START_TEST(fractions_leave_out_weekends)
{
  struct made m;

  ck_call(make("radiotherapy:\n  - {start: 3, fractions: 30, dose: 2}\n", 0, &m));
  ck_assert_int_eq(m.therapy->n_events, 30);
  ck_assert_double_eq(m.therapy->events[0].time, 3); /* Thursday */
  ck_assert_double_eq(m.therapy->events[1].time, 4);
  ck_assert_double_eq(m.therapy->events[2].time, 7);
  ck_assert_double_eq(m.therapy->events[29].time, 44); /* two days, then five weeks and three days */
  for (int i = 0; i < 30; i++)
    ck_assert_int_lt(hc_weekday(m.therapy->events[i].time, NULL), 5);
  drop(&m);
}
END_TEST

START_TEST(dates_and_lists_give_the_same_schedule)
{
  struct made m;

  ck_call(make("date: 2024-03-04\nradiotherapy:\n  - {name: a, days: [2024-03-06, 4.5, 2024-03-10], dose: 2}\n"
               "surgery:\n  - {day: 2024-03-06, centre: [0, 0, 0], radius: 5}\n",
               0, &m));
  ck_assert_int_eq(m.therapy->n_events, 4);
  ck_assert_int_eq(m.therapy->events[0].kind, HC_EVENT_FRACTION); /* on one day, in the order of the table */
  ck_assert_int_eq(m.therapy->events[1].kind, HC_EVENT_SURGERY);
  ck_assert_double_eq(m.therapy->events[1].time, 2);
  ck_assert_double_eq(m.therapy->events[2].time, 4.5);
  ck_assert_double_eq(m.therapy->events[3].time, 6);
  ck_assert_int_eq(hc_therapy_next(m.therapy, 2.1), 2);
  ck_assert_int_eq(hc_therapy_next(m.therapy, 7), 4);
  drop(&m);
}
END_TEST

/* The kill rate of drugs, as it is written in papers, integrated by brute force. */
START_TEST(drugs_kill_by_their_integral)
{
  struct made m;
  double sum = 0, exact;
  const double a = 2.5, b = 9.24, c = 1.5, dt = 1e-5, from = 0.7, to = 2.3;

  ck_call(make("chemotherapy:\n  - {start: 0, cycles: 1, doses: 3, dose: 1.5, kill: 2.5}\n"
               "immunotherapy:\n  - {start: 1, end: 2, rate: 0.3}\n",
               0, &m));
  for (int i = 0; i < (int)((to - from) / dt + 0.5); i++) {
    const double t = from + (i + 0.5) * dt;
    for (int day = 0; day < 3; day++)
      sum += t >= day ? a * c * exp(-b * (t - day)) * dt : 0;
    sum += t >= 1 && t < 2 ? 0.3 * dt : 0;
  }
  exact = hc_therapy_kill(m.therapy, from, to - from);
  ck_assert_double_eq_tol(exact, sum, 1e-8);
  /* pieces add up to the whole */
  ck_assert_double_eq_tol(hc_therapy_kill(m.therapy, from, 0.5) + hc_therapy_kill(m.therapy, from + 0.5, 1.1), exact,
                          1e-13);
  drop(&m);
}
END_TEST

START_TEST(doses_have_the_effect_that_is_published)
{
  const struct hc_rays rays = {.alpha = 0.3, .alpha_beta = 10, .oer = 3};
  double doses[30];

  for (int i = 0; i < 30; i++)
    doses[i] = 2;
  ck_assert_double_eq_tol(hc_therapy_bed(30, doses, 10), 72, 1e-12); /* 60 Gy in 30 fractions */
  ck_assert_double_eq_tol(hc_therapy_eqd2(72, 10), 60, 1e-12);
  ck_assert_double_eq_tol(hc_therapy_survival(&rays, 2, 1), exp(-(0.3 * 2 + 0.03 * 4)), 1e-15);
  ck_assert_double_eq_tol(hc_therapy_oxygen(3, 1e9), 1, 1e-8);
  ck_assert_double_eq_tol(hc_therapy_oxygen(3, 0), 1. / 3, 1e-15);
  ck_assert_double_eq_tol(hc_therapy_oxygen(3, 3), 2. / 3, 1e-15); /* half way at 3 mmHg */
}
END_TEST

START_TEST(histograms_count_volumes)
{
  const double dose[4] = {0, 10, 20, 60}, volume[4] = {1, 2, 3, 4};
  double share[8];
  int size;

  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  ck_call(hc_therapy_dvh(PETSC_COMM_WORLD, 4, dose, volume, 8, 10, share));
  ck_assert_double_eq_tol(share[0], 1, 1e-15);
  ck_assert_double_eq_tol(share[1], 0.9, 1e-15);
  ck_assert_double_eq_tol(share[2], 0.7, 1e-15);
  ck_assert_double_eq_tol(share[3], 0.4, 1e-15);
  ck_assert_double_eq_tol(share[6], 0.4, 1e-15);
  ck_assert_double_eq_tol(share[7], 0, 1e-15);
}
END_TEST

START_TEST(parameters_have_names)
{
  struct made m;
  bool found;
  double value;

  ck_call(make("radiotherapy:\n  - {name: rt, start: 0, fractions: 3, dose: 2}\n"
               "chemotherapy:\n  - {name: tmz, start: 0, doses: 2, kill: 1}\n",
               0, &m));
  ck_call(hc_therapy_set(m.therapy, "alpha", 0.1, &found));
  ck_assert(found && m.therapy->rays[0].alpha == 0.1);
  ck_call(hc_therapy_set(m.therapy, "tmz.kill", 3, &found));
  ck_assert(found && m.therapy->drugs[0].kill == 3);
  ck_call(hc_therapy_set(m.therapy, "rt.dose.2", 5, &found));
  ck_assert(found && m.therapy->events[0].dose == 2);
  ck_call(hc_therapy_get(m.therapy, "rt.dose.2", &value, &found));
  ck_assert(found && value == 5);
  ck_call(hc_therapy_set(m.therapy, "rt.dose.4", 5, &found));
  ck_assert(!found);
  ck_call(hc_therapy_set(m.therapy, "beta", 5, &found));
  ck_assert(!found);
  ck_call_fails(hc_therapy_set(m.therapy, "alpha", -1, &found), HC_ERR_INPUT, "alpha: found -1");
  drop(&m);
}
END_TEST

/* ---- Bad input --------------------------------------------------------------------------------------------------- */

static void refuse(const char *text, const char *message)
{
  struct made m;
  ck_call_fails(make(text, 0, &m), HC_ERR_INPUT, message);
  drop(&m);
}

START_TEST(bad_schedules_are_named)
{
  refuse("radiotherapy:\n  - {start: -3, fractions: 3, dose: 2}\n",
         "test_therapy.yaml:2: radiotherapy[0].start: found day -3; allowed: from day 0 on");
  refuse("radiotherapy:\n  - {days: [1, 4, 3], dose: 2}\n",
         "radiotherapy[0].days: found 3 after 4; allowed: ascending");
  refuse("radiotherapy:\n  - {days: [1], start: 1, dose: 2}\n", "found both start and days");
  refuse("radiotherapy:\n  - {dose: 2}\n", "no days; allowed: start, or days");
  refuse("radiotherapy:\n  - {start: 1}\n", "found none of dose, doses and map");
  refuse("radiotherapy:\n  - {start: 1, fractions: 3, doses: [1, 2]}\n",
         "found 2 doses; allowed: one for each of the 3");
  refuse("radiotherapy:\n  - {start: 2024-03-04, dose: 2}\n",
         "found the date 2024-03-04; allowed: a number of days, or");
  refuse("radiotherapy:\n  - {start: soon, dose: 2}\n", "found \"soon\"; allowed: a number of days, or a date");
  refuse("date: 2024-02-30\n", "date: found \"2024-02-30\"; allowed: a date");
  refuse("radiotherapy:\n  - {start: 1, dose: -2}\n", "dose: found -2; allowed");
  refuse("chemotherapy:\n  - {start: 1, kill: -2}\n", "kill: found -2; allowed");
  refuse("chemotherapy:\n  - {start: 1, cycles: 2, period: 3, kill: 1}\n",
         "found 3 days; allowed: at least the 5 days");
  refuse("immunotherapy:\n  - {start: 5, end: 4, rate: 1}\n", "found day 4; allowed: after the start, day 5");
  refuse("surgery:\n  - {day: 4}\n", "found none of mask, centre and threshold");
  refuse("surgery:\n  - {day: 4, centre: [0, 0, 0]}\n", "found one of centre and radius");
}
END_TEST

START_TEST(assignments_are_read_too)
{
  const char *const set[] = {"date=2024-03-04"};
  struct hc_therapy_params blocks;
  struct hc_params *params;

  ck_call(read(1, set, &blocks, &params));
  ck_assert_str_eq(blocks.date, "2024-03-04");
  ck_assert_int_eq(blocks.surgery.n, 0);
  hc_params_destroy(&params);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("therapy");
  TCase *c = tcase_create("therapy");
  tcase_add_test(c, dates_are_days);
  tcase_add_test(c, weekdays_follow_the_date);
  tcase_add_test(c, fractions_leave_out_weekends);
  tcase_add_test(c, dates_and_lists_give_the_same_schedule);
  tcase_add_test(c, drugs_kill_by_their_integral);
  tcase_add_test(c, doses_have_the_effect_that_is_published);
  tcase_add_test(c, histograms_count_volumes);
  tcase_add_test(c, parameters_have_names);
  tcase_add_test(c, bad_schedules_are_named);
  tcase_add_test(c, assignments_are_read_too);
  suite_add_tcase(s, c);
  return s;
}
HC_CHECK_MAIN(suite)
