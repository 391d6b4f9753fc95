/* `healthcast cohort`: many virtual patients, run, looked at, gathered. */
#include "campaign.h"
#include "cohort.h"
#include "internal.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct hc_cli_option hc_cli_cohort_run_options[] = {
    {"--output", "DIR", false, "where results go (default results/COHORT); a campaign that is there goes on"},
    {"--patients", "N", false, "virtual patients, in place of the file's: more than before extend the campaign"},
    {"--shard", "I/N", false, "do the I-th of N parts, in a job of its own beside others"},
    {"--set", "KEY=VALUE", true, "change a value of the cohort's file"},
    {"--overwrite", NULL, false, "drop a campaign of something else in DIR"},
    HC_CLI_DEVICE_OPTIONS,
    {"--quiet", NULL, false, "no progress"},
    {"--bar", NULL, false, "a moving progress bar even if stderr is no terminal (under mpiexec it never is)"},
    {"--help", NULL, false, "this text"},
    {0}};

const struct hc_cli_option hc_cli_cohort_check_options[] = {
    {"--set", "KEY=VALUE", true, "change a value of the cohort's file"},
    {"--member", "N", false, "print the assignments that make member N of the base case"},
    {"--help", NULL, false, "this text"},
    {0}};

/* "2/8", counted from 1. */
static PetscErrorCode choose_shard(const struct hc_cli_arguments *arguments, struct hc_cohort_options *options)
{
  const char *text = hc_cli_get(arguments, "--shard");
  int end = 0;

  PetscFunctionBeginUser;
  options->shard = 0;
  options->n_shards = 1;
  if (!text)
    PetscFunctionReturn(PETSC_SUCCESS);
  const int found = sscanf(text, "%d/%d%n", &options->shard, &options->n_shards, &end);
  PetscCheck(found == 2 && text[end] == '\0' && options->n_shards >= 1 && options->n_shards <= 100000 &&
                 options->shard >= 1 && options->shard <= options->n_shards,
             PETSC_COMM_SELF, HC_ERR_INPUT, "--shard: found \"%s\"; allowed: I/N with I from 1 to N, as 1/8", text);
  options->shard--;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --set, with --patients as one of them. */
static int assignments(const struct hc_cli_arguments *arguments, const char *set[], char patients[64])
{
  const char *n = hc_cli_get(arguments, "--patients");
  int n_set = hc_cli_sets(arguments, set);
  if (n) {
    snprintf(patients, 64, "patients=%s", n);
    set[n_set++] = patients;
  }
  return n_set;
}

/* Members of later arms that nobody asks for, since their patients were not accepted. */
static int64_t left_out(const char *folder, const struct hc_campaign_counts *counts)
{
  char path[PETSC_MAX_PATH_LEN];
  json_t *manifest;
  size_t arms;
  snprintf(path, sizeof path, "%s/manifest.json", folder);
  manifest = json_load_file(path, 0, NULL);
  arms = json_array_size(json_object_get(manifest, "arms"));
  json_decref(manifest);
  return arms > 1 ? counts->rejected * ((int64_t)arms - 1) : 0;
}

static void print_counts(const char *folder, const struct hc_campaign_counts *counts)
{
  const int64_t excluded = left_out(folder, counts);
  const int64_t known = counts->by_status[HC_MEMBER_DONE] + counts->by_status[HC_MEMBER_FAILED] +
                        counts->by_status[HC_MEMBER_TIMEOUT] + counts->by_status[HC_MEMBER_CRASHED];
  printf("%s: %" PRId64 " members, %" PRId64 " done", folder, counts->members, counts->by_status[HC_MEMBER_DONE]);
  for (int s = HC_MEMBER_FAILED; s <= HC_MEMBER_CRASHED; s++)
    if (counts->by_status[s] > 0)
      printf(", %" PRId64 " %s", counts->by_status[s], hc_member_status_names[s]);
  if (counts->rejected > 0)
    printf(", %" PRId64 " patients not accepted (%" PRId64 " members left out)", counts->rejected, excluded);
  if (known + excluded < counts->members)
    printf(", %" PRId64 " missing", counts->members - known - excluded);
  if (counts->running > 0)
    printf(" (%" PRId64 " of them running)", counts->running);
  printf("\n");
}

static PetscErrorCode conclude(const struct hc_cli_arguments *arguments, const char *folder, bool interrupted)
{
  struct hc_campaign_counts counts;

  PetscFunctionBeginUser;
  PetscCall(hc_campaign_status(folder, &counts));
  if (!hc_cli_get(arguments, "--quiet"))
    print_counts(folder, &counts);
  if (interrupted)
    printf("stopped by a signal; the same command goes on\n");
  else
    printf("finished: %s/cohort.h5, summary.json; look at it with: hc-post plot %s\n", folder, folder);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_cohort_run(const struct hc_cli_arguments *arguments, int *exit_code)
{
  const char *set[HC_CLI_MAX + 1];
  char folder[PETSC_MAX_PATH_LEN], patients[64];
  struct hc_cohort_options options = {.case_path = arguments->words[0],
                                      .folder = folder,
                                      .overwrite = hc_cli_get(arguments, "--overwrite") != NULL,
                                      .quiet = hc_cli_get(arguments, "--quiet") != NULL,
                                      .bar = hc_cli_get(arguments, "--bar") != NULL};
  const int n_set = assignments(arguments, set, patients);
  struct hc_cohort *cohort;
  bool interrupted = false;
  int rank;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  hc_cli_folder(arguments, folder);
  PetscCall(choose_shard(arguments, &options));
  PetscCall(hc_cli_device(arguments, &options.device));
  PetscCall(hc_cohort_create(PETSC_COMM_WORLD, arguments->words[0], n_set, set, &cohort));
  code = hc_cohort_run(PETSC_COMM_WORLD, cohort, &options, &interrupted);
  hc_cohort_destroy(&cohort);
  PetscCall(code);
  PetscCall(hc_error_agree(PETSC_COMM_WORLD, rank == 0 ? conclude(arguments, folder, interrupted) : PETSC_SUCCESS));
  *exit_code = interrupted ? HC_EXIT_INTERRUPTED : HC_EXIT_OK;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode print_plan(const struct hc_cli_arguments *arguments, const struct hc_cohort *cohort)
{
  const int64_t patients = hc_cohort_patients(cohort);
  const int arms = hc_cohort_arms(cohort);
  int64_t member;
  char *text;

  PetscFunctionBeginUser;
  PetscCall(hc_cli_whole(arguments, "--member", -1, 0, patients * arms - 1, &member));
  if (member >= 0) {
    PetscCall(hc_cohort_describe(cohort, member, &text));
    fputs(text, stdout);
    PetscCall(PetscFree(text));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  printf("%s: %" PRId64 " patients in %d arm%s: %" PRId64 " members\n", hc_cohort_kind(cohort), patients, arms,
         arms == 1 ? "" : "s", patients * arms);
  for (int a = 0; a < arms && arms > 1; a++)
    if (a < 10 || a == arms - 1)
      printf("  arm %-4d %s\n", a, hc_cohort_arm_name(cohort, a));
    else if (a == 10)
      printf("  ...\n");
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_cohort_check(const struct hc_cli_arguments *arguments, int *exit_code)
{
  const char *set[HC_CLI_MAX];
  const int n_set = hc_cli_sets(arguments, set);
  struct hc_cohort *cohort;
  int rank;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  (void)exit_code;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(hc_cohort_create(PETSC_COMM_WORLD, arguments->words[0], n_set, set, &cohort));
  code = hc_error_agree(PETSC_COMM_WORLD, rank == 0 ? print_plan(arguments, cohort) : PETSC_SUCCESS);
  hc_cohort_destroy(&cohort);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode print_status(const char *folder)
{
  struct hc_campaign_counts counts;

  PetscFunctionBeginUser;
  PetscCall(hc_campaign_status(folder, &counts));
  print_counts(folder, &counts);
  if (counts.alive)
    printf("a job is at work: %.4g members/s, %.0f s left\n", counts.rate,
           counts.rate > 0
               ? (double)(counts.members - left_out(folder, &counts) - counts.by_status[HC_MEMBER_DONE]) / counts.rate
               : 0);
  else
    printf("no job is at work\n");
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_cohort_status(const struct hc_cli_arguments *arguments, int *exit_code)
{
  int rank;

  PetscFunctionBeginUser;
  (void)exit_code;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(hc_error_agree(PETSC_COMM_WORLD, rank == 0 ? print_status(arguments->words[0]) : PETSC_SUCCESS));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_cohort_gather(const struct hc_cli_arguments *arguments, int *exit_code)
{
  int rank;

  PetscFunctionBeginUser;
  (void)exit_code;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(hc_error_agree(PETSC_COMM_WORLD, rank == 0 ? hc_campaign_gather(arguments->words[0]) : PETSC_SUCCESS));
  if (rank == 0)
    printf("finished: %s/cohort.h5\n", arguments->words[0]);
  PetscFunctionReturn(PETSC_SUCCESS);
}
