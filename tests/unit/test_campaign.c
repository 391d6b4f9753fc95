/* Campaigns of tasks that do next to nothing: that each is done once, what becomes of those that fail, in which order
 * they are handed out, and what is said of them afterwards. Kills and crashes: tests/system/test_campaign.py. */
#include "campaign.h"
#include "hc_check.h"
#include "session.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MOST 1000

static char folder[128];
static int me, n_ranks;

static struct fake {
  int64_t members;
  int lanes;
  int n_features;
  int64_t stop_at;              /* the member that SIGTERM comes with, -1: none */
  int64_t environment_at;       /* the member at which the disk is full */
  int64_t numeric_at;           /* whose task does not converge */
  int64_t slow_at, slow_always; /* overruns at the first attempt, at each */
  bool forget;                  /* to give members a status */
  int n_ran;                    /* members of this group's tasks, as they came */
  int64_t ran[MOST];
} fake;

static void set_up(void)
{
  int pid = (int)getpid();
  MPI_Comm_rank(PETSC_COMM_WORLD, &me);
  MPI_Comm_size(PETSC_COMM_WORLD, &n_ranks);
  MPI_Bcast(&pid, 1, MPI_INT, 0, PETSC_COMM_WORLD);
  snprintf(folder, sizeof folder, "/tmp/hc_campaign_%d", pid);
  fake = (struct fake){.members = 100,
                       .lanes = 8,
                       .stop_at = -1,
                       .environment_at = -1,
                       .numeric_at = -1,
                       .slow_at = -1,
                       .slow_always = -1};
}

static void tear_down(void)
{
  char command[160];
  MPI_Barrier(PETSC_COMM_WORLD);
  snprintf(command, sizeof command, "rm -rf %s", folder);
  if (me == 0)
    ck_assert_int_eq(system(command), 0);
  MPI_Barrier(PETSC_COMM_WORLD);
}

/* ---- What is computed ----------------------------------------------------------------------------------------------
 */

static int members_of(void *context, int64_t task, int64_t members[64])
{
  const struct fake *f = context;
  int n = 0;
  for (int64_t m = task * f->lanes; m < (task + 1) * f->lanes && m < f->members; m++)
    members[n++] = m;
  return n;
}

/* The logarithm of the cost, 0 to 3 in no order. */
static double feature(const struct fake *f, int64_t task)
{
  return 3 * (double)(task * 37 % f->members) / (double)f->members;
}

static double guess(void *context, int64_t task, double *features)
{
  const struct fake *f = context;
  if (f->n_features > 0)
    features[0] = feature(f, task);
  return 1;
}

static PetscErrorCode describe(void *context, struct hc_record *record)
{
  (void)context;
  PetscFunctionBeginUser;
  record->patient = 1000 + record->member;
  record->parameters[0] = 0.5 * (double)record->member;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void wait_until_stopped(void)
{
  bool timeout;
  while (!hc_campaign_stopping(&timeout)) {
    const struct timespec pause = {.tv_nsec = 1000000};
    nanosleep(&pause, NULL);
  }
}

/* What the task of a member does instead of computing. */
static PetscErrorCode trouble(struct fake *f, int64_t member, int attempt, bool *interrupted)
{
  PetscFunctionBeginUser;
  PetscCheck(member != f->environment_at, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "/scratch: no space left");
  PetscCheck(member != f->numeric_at, PETSC_COMM_SELF, HC_ERR_NUMERIC, "no convergence at 3 ms");
  if (member == f->stop_at) {
    f->stop_at = -1;
    raise(SIGTERM);
  }
  *interrupted = *interrupted || (member == f->slow_at && attempt == 0) || member == f->slow_always;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(void *context, MPI_Comm group, int64_t task, int n, struct hc_record *records, int attempt,
                          bool alone, const char *scratch, bool *interrupted)
{
  struct fake *f = context;
  int group_rank;

  PetscFunctionBeginUser;
  (void)alone;
  MPI_Comm_rank(group, &group_rank);
  for (int k = 0; k < n; k++) {
    PetscCall(trouble(f, records[k].member, attempt, interrupted));
    f->ran[f->n_ran++] = records[k].member;
  }
  if (*interrupted) {
    wait_until_stopped();
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (f->n_features > 0) {
    const struct timespec pause = {.tv_nsec = (long)(1e6 * exp(feature(f, task)))};
    nanosleep(&pause, NULL);
  }
  if (group_rank == 0)
    PetscCheck(mkdir(scratch, 0777) == 0, PETSC_COMM_SELF, PETSC_ERR_FILE_OPEN, "%s: there already", scratch);
  for (int k = 0; k < n && group_rank == 0 && !f->forget; k++) {
    PetscCheck(isnan(records[k].quantities[0]) && records[k].parameters[0] == 0.5 * (double)records[k].member,
               PETSC_COMM_SELF, PETSC_ERR_PLIB, "record of member %lld was not prepared", (long long)records[k].member);
    records[k].quantities[0] = (double)(records[k].member * records[k].member);
    records[k].fields[0][1] = (float)records[k].member;
    records[k].status = records[k].member % 10 == 7 ? HC_MEMBER_FAILED : HC_MEMBER_DONE;
    records[k].accepted = records[k].member % 2 == 0;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Campaigns ------------------------------------------------------------------------------------------------------
 */

static PetscErrorCode begin(struct hc_campaign_options options, struct hc_campaign **c)
{
  static const struct hc_campaign_column parameters[] = {{"g", "mS"}}, quantities[] = {{"q", NULL}};
  static const struct hc_campaign_field fields[] = {{"map", "ms", 300}};
  const struct hc_campaign_layout layout = {.title = "unit",
                                            .kind = "fake",
                                            .fingerprint = "f",
                                            .n_parameters = 1,
                                            .n_quantities = 1,
                                            .n_fields = 1,
                                            .parameters = parameters,
                                            .quantities = quantities,
                                            .fields = fields};
  options.folder = folder;
  options.members = fake.members;
  options.quiet = true;
  options.n_shards = 1;
  options.group_size = options.group_size ? options.group_size : 1;
  return hc_campaign_open(PETSC_COMM_WORLD, &layout, &options, c);
}

static struct hc_campaign *open_campaign(struct hc_campaign_options options)
{
  struct hc_campaign *c;
  ck_call(begin(options, &c));
  return c;
}

static PetscErrorCode run_tasks(struct hc_campaign *c, int64_t n_tasks, enum hc_campaign_outcome *outcome)
{
  const struct hc_campaign_work work = {.context = &fake,
                                        .n_tasks = n_tasks,
                                        .members = members_of,
                                        .n_features = fake.n_features,
                                        .guess = guess,
                                        .describe = describe,
                                        .run = run};
  return hc_campaign_run(c, &work, outcome);
}

static int64_t all_tasks(void)
{
  return (fake.members + fake.lanes - 1) / fake.lanes;
}

static void run_all(struct hc_campaign *c)
{
  enum hc_campaign_outcome outcome;
  ck_call(run_tasks(c, all_tasks(), &outcome));
  ck_assert_int_eq(outcome, HC_CAMPAIGN_COMPLETE);
}

/* How often each member ran, over all groups. */
static void count_runs(int *counts)
{
  memset(counts, 0, MOST * sizeof *counts);
  for (int i = 0; i < fake.n_ran; i++)
    counts[fake.ran[i]]++;
  MPI_Allreduce(MPI_IN_PLACE, counts, MOST, MPI_INT, MPI_SUM, PETSC_COMM_WORLD);
}

static struct hc_campaign_counts ask(void)
{
  struct hc_campaign_counts counts = {0};
  if (me == 0)
    ck_call(hc_campaign_status(folder, &counts));
  MPI_Bcast(&counts, (int)sizeof counts, MPI_BYTE, 0, PETSC_COMM_WORLD);
  return counts;
}

/* ---- Tests ----------------------------------------------------------------------------------------------------------
 */

START_TEST(each_member_once)
{
  struct hc_campaign *c = open_campaign((struct hc_campaign_options){0});
  uint8_t status[MOST], accepted[MOST];
  int counts[MOST];

  run_all(c);
  ck_call(hc_campaign_members(c, 10, 90, status, accepted));
  for (int i = 0; i < 90; i++) {
    ck_assert_int_eq(status[i], (10 + i) % 10 == 7 ? HC_MEMBER_FAILED : HC_MEMBER_DONE);
    ck_assert_int_eq(accepted[i], i % 2 == 0);
  }
  run_all(c); /* nothing is left */
  count_runs(counts);
  for (int m = 0; m < 100; m++)
    ck_assert_int_eq(counts[m], 1);
  ck_assert(ask().alive);
  ck_call(hc_campaign_close(&c));
  ck_assert(!ask().alive);
  ck_assert_int_eq(ask().by_status[HC_MEMBER_DONE], 90);
  ck_assert_int_eq(ask().by_status[HC_MEMBER_FAILED], 10);
  ck_assert_int_eq(ask().by_status[HC_MEMBER_MISSING], 0);
  ck_assert_int_eq(ask().rejected, 40);
}
END_TEST

START_TEST(waves_and_extension)
{
  struct hc_campaign *c = open_campaign((struct hc_campaign_options){0});
  enum hc_campaign_outcome outcome;
  uint8_t status[MOST];
  int counts[MOST];

  ck_call(run_tasks(c, 5, &outcome)); /* members 0 to 39 */
  ck_call(hc_campaign_members(c, 0, 100, status, NULL));
  for (int m = 0; m < 100; m++)
    ck_assert_int_eq(status[m] != HC_MEMBER_MISSING, m < 40);
  run_all(c);
  ck_call(hc_campaign_close(&c));
  fake.members = 300;
  c = open_campaign((struct hc_campaign_options){0});
  run_all(c);
  ck_call(hc_campaign_close(&c));
  count_runs(counts);
  for (int m = 0; m < 300; m++)
    ck_assert_int_eq(counts[m], 1);
  ck_assert_int_eq(ask().by_status[HC_MEMBER_DONE], 270);
}
END_TEST

static void read_all(hid_t file, const char *name, hid_t type, void *values)
{
  const hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
  ck_assert_int_ge(H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
  H5Dclose(set);
}

/* Rows hold what was computed, and a task's error is the message of its members. */
START_TEST(rows_and_errors)
{
  struct hc_campaign *c;
  char path[256];

  fake.numeric_at = 12; /* in the task of members 8 to 15 */
  c = open_campaign((struct hc_campaign_options){0});
  run_all(c);
  ck_call(hc_campaign_close(&c));
  ck_assert_int_eq(ask().by_status[HC_MEMBER_FAILED], 10 + 8);
  snprintf(path, sizeof path, "%s/cohort.h5", folder);
  if (me == 0) {
    double q[100], g[100];
    float map[300 * 100];
    int64_t member[100];
    char message[100][HC_MEMBER_MESSAGE];
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, HC_MEMBER_MESSAGE);
    H5Tset_cset(text, H5T_CSET_UTF8);
    read_all(file, "member", H5T_NATIVE_INT64, member);
    read_all(file, "quantities", H5T_NATIVE_DOUBLE, q);
    read_all(file, "parameters", H5T_NATIVE_DOUBLE, g);
    read_all(file, "fields/map", H5T_NATIVE_FLOAT, map);
    read_all(file, "message", text, message);
    H5Tclose(text);
    H5Fclose(file);
    for (int i = 0; i < 100; i++) {
      const bool failed = member[i] >= 8 && member[i] < 16;
      ck_assert(g[i] == 0.5 * (double)member[i]);
      ck_assert(failed ? isnan(q[i]) : q[i] == (double)(member[i] * member[i]));
      ck_assert(isnan(map[300 * i]) && (failed || map[300 * i + 1] == (float)member[i]));
      ck_assert_str_eq(message[i], failed ? "no convergence at 3 ms" : "");
    }
  }
}
END_TEST

/* An error of the machine ends the campaign on all ranks; what was done stays. */
START_TEST(full_disk)
{
  struct hc_campaign *c;
  enum hc_campaign_outcome outcome;

  fake.environment_at = 50;
  c = open_campaign((struct hc_campaign_options){0});
  ck_call_fails(run_tasks(c, all_tasks(), &outcome), HC_ERR_ENVIRONMENT, "/scratch: no space left");
  ck_call(hc_campaign_close(&c));
  ck_assert_int_gt(ask().by_status[HC_MEMBER_MISSING], 7);
  fake.environment_at = -1;
  c = open_campaign((struct hc_campaign_options){0});
  run_all(c);
  ck_call(hc_campaign_close(&c));
  ck_assert_int_eq(ask().by_status[HC_MEMBER_MISSING], 0);
}
END_TEST

START_TEST(a_member_without_status_is_a_bug)
{
  struct hc_campaign *c;
  enum hc_campaign_outcome outcome;

  fake.forget = true;
  c = open_campaign((struct hc_campaign_options){0});
  ck_call_fails(run_tasks(c, all_tasks(), &outcome), PETSC_ERR_PLIB, "was left with the status 0");
  ck_call(hc_campaign_close(&c));
}
END_TEST

/* SIGTERM, which may reach one rank only: it is over soon, and nothing is lost or done twice. */
START_TEST(told_to_stop)
{
  struct hc_campaign *c;
  enum hc_campaign_outcome outcome;
  int counts[MOST];

  fake.stop_at = 20;
  c = open_campaign((struct hc_campaign_options){0});
  ck_call(run_tasks(c, all_tasks(), &outcome));
  ck_assert_int_eq(outcome, HC_CAMPAIGN_INTERRUPTED);
  ck_call(hc_campaign_close(&c));
  ck_assert_int_gt(ask().by_status[HC_MEMBER_MISSING], 0);
  fake.stop_at = -1;
  c = open_campaign((struct hc_campaign_options){0});
  run_all(c);
  ck_call(hc_campaign_close(&c));
  count_runs(counts);
  for (int m = 0; m < 100; m++)
    ck_assert_int_eq(counts[m], 1);
}
END_TEST

/* A task that overruns once is done at the second attempt; the member that always does is found alone, and named. */
START_TEST(overruns)
{
  struct hc_campaign *c;
  uint8_t status[MOST];
  int counts[MOST];

  fake.slow_at = 3;
  fake.slow_always = 41;
  c = open_campaign((struct hc_campaign_options){.timeout = 0.05, .grace = 60, .retries = 1});
  run_all(c);
  ck_call(hc_campaign_members(c, 0, 100, status, NULL));
  for (int m = 0; m < 100; m++)
    ck_assert_int_eq(status[m], m == 41 ? HC_MEMBER_TIMEOUT : m % 10 == 7 ? HC_MEMBER_FAILED : HC_MEMBER_DONE);
  count_runs(counts);
  ck_assert_int_eq(counts[3], 2);
  ck_assert_int_eq(counts[41], 2);
  ck_assert_int_eq(counts[42], 2); /* with 41, and alone */
  ck_assert_int_eq(counts[99], 1);
  ck_call(hc_campaign_close(&c));
}
END_TEST

/* After some tasks the rest comes longest first. on one rank, where the order is that of the queue. */
START_TEST(cost_is_learnt)
{
  struct hc_campaign *c;

  fake.members = 60;
  fake.lanes = 1;
  fake.n_features = 1;
  c = open_campaign((struct hc_campaign_options){0});
  run_all(c);
  ck_call(hc_campaign_close(&c));
  if (n_ranks > 1)
    return;
  ck_assert_int_eq(fake.n_ran, 60);
  for (int i = 0; i < 3; i++) /* nothing is known yet */
    ck_assert_int_eq(fake.ran[i], i);
  ck_assert(feature(&fake, fake.ran[4]) > 2.9);
  for (int i = 5; i < 60; i++)
    ck_assert(feature(&fake, fake.ran[i]) <= feature(&fake, fake.ran[i - 1]));
}
END_TEST

/* Groups of two: records are filled on their first ranks only, which run() checks. */
START_TEST(groups)
{
  struct hc_campaign *c;

  if (n_ranks % 2)
    return;
  c = open_campaign((struct hc_campaign_options){.group_size = 2});
  run_all(c);
  ck_call(hc_campaign_close(&c));
  ck_assert_int_eq(ask().by_status[HC_MEMBER_DONE], 90);
}
END_TEST

START_TEST(refused)
{
  struct hc_campaign *c = open_campaign((struct hc_campaign_options){0}), *other;

  ck_call_fails(begin((struct hc_campaign_options){0}, &other), HC_ERR_INPUT, "another job is working on shard 1 of 1");
  ck_call(hc_campaign_close(&c));
  ck_call_fails(begin((struct hc_campaign_options){.group_size = 3}, &other), HC_ERR_INPUT, "groups of 3 ranks");
  ck_call_fails(begin((struct hc_campaign_options){.shard = 1}, &other), HC_ERR_INPUT, "shard 1 of 1; allowed");
  ck_call_fails(begin((struct hc_campaign_options){.retries = -1}, &other), HC_ERR_INPUT, "-1 retries");
  if (me == 0) {
    struct hc_campaign_counts counts;
    ck_call_fails(hc_campaign_status("/tmp", &counts), HC_ERR_INPUT, "found no manifest.json");
    ck_call_fails(hc_campaign_gather("/tmp"), HC_ERR_INPUT, "found no manifest.json");
  }
}
END_TEST

/* Signals of a run within a campaign: what the campaign was told is not forgotten, and a deadline counts as a stop. */
START_TEST(signals_are_nested)
{
  struct hc_signals outer, inner;
  bool stop, checkpoint, overdue;

  hc_signals_install(&outer);
  hc_signals_deadline(1e-9); /* long ago */
  ck_call(hc_signals_asked(PETSC_COMM_WORLD, &stop, &checkpoint));
  ck_assert(stop && checkpoint && hc_signals_stopping(&overdue) && overdue);
  hc_signals_deadline(0);
  ck_assert(!hc_signals_stopping(&overdue) && !overdue);
  raise(SIGTERM);
  hc_signals_install(&inner);
  ck_call(hc_signals_asked(PETSC_COMM_WORLD, &stop, &checkpoint));
  ck_assert(stop);
  hc_signals_restore(&inner);
  hc_signals_restore(&outer);
  hc_signals_install(&outer);
  ck_assert(!hc_signals_stopping(&overdue));
  hc_signals_restore(&outer);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("campaign");
  TCase *t = tcase_create("campaign");
  tcase_set_timeout(t, 0);
  tcase_add_checked_fixture(t, set_up, tear_down);
  tcase_add_test(t, each_member_once);
  tcase_add_test(t, waves_and_extension);
  tcase_add_test(t, rows_and_errors);
  tcase_add_test(t, full_disk);
  tcase_add_test(t, a_member_without_status_is_a_bug);
  tcase_add_test(t, told_to_stop);
  tcase_add_test(t, overruns);
  tcase_add_test(t, cost_is_learnt);
  tcase_add_test(t, groups);
  tcase_add_test(t, refused);
  tcase_add_test(t, signals_are_nested);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite, hc_campaign_prepare())
