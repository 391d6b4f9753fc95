#include "internal.h"
#include "laboratory.h"
#include "run.h"

#include <libgen.h>
#include <stdio.h>
#include <string.h>

#define SET_OPTION                                                                                                     \
  {                                                                                                                    \
    "--set", "KEY=VALUE", true, "change a value of the case file, e.g. --set time.step=0.01"                           \
  }
#define HELP_OPTION                                                                                                    \
  {                                                                                                                    \
    "--help", NULL, false, "this text"                                                                                 \
  }

const struct hc_cli_option hc_cli_help_options[] = {HELP_OPTION, {0}};
const struct hc_cli_option hc_cli_case_options[] = {SET_OPTION, HELP_OPTION, {0}};
const struct hc_cli_option hc_cli_run_options[] = {
    {"--output", "DIR", false, "where results go (default results/CASE)"},
    SET_OPTION,
    {"--restart", NULL, false, "go on from DIR/checkpoint.h5 if it is there"},
    {"--overwrite", NULL, false, "drop an unfinished run in DIR"},
    HC_CLI_DEVICE_OPTIONS,
    {"--threads", "N", false, "threads of each rank in loops over nodes (default 1; results do not depend on it)"},
    {"--quiet", NULL, false, "no progress"},
    {"--bar", NULL, false, "a moving progress bar even if stderr is no terminal (under mpiexec it never is)"},
    HELP_OPTION,
    {0}};

/* results/biventricle for inputs/biventricle.yaml */
static void default_folder(const char *case_path, char *folder, size_t size)
{
  char copy[PETSC_MAX_PATH_LEN];
  char *name, *dot;
  snprintf(copy, sizeof copy, "%s", case_path);
  name = basename(copy);
  dot = strrchr(name, '.');
  if (dot && dot != name)
    *dot = '\0';
  snprintf(folder, size, "results/%s", name);
}

PetscErrorCode hc_cli_run(const struct hc_cli_arguments *arguments, int *exit_code)
{
  const char *set[HC_CLI_MAX];
  const int n_set = hc_cli_sets(arguments, set);
  const char *output = hc_cli_get(arguments, "--output");
  char folder[PETSC_MAX_PATH_LEN];
  struct hc_device_options device;
  struct hc_case heart;
  struct hc_params *params;
  enum hc_run_outcome outcome = HC_RUN_FINISHED;
  int64_t threads;
  int rank;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(hc_cli_whole(arguments, "--threads", 1, 1, 1024, &threads));
  hc_threads_set((int)threads);
  if (output)
    snprintf(folder, sizeof folder, "%s", output);
  else
    default_folder(arguments->words[0], folder, sizeof folder);
  PetscCall(hc_cli_device(arguments, &device));
  const struct hc_run_options options = {.case_path = arguments->words[0],
                                         .folder = folder,
                                         .restart = hc_cli_get(arguments, "--restart") != NULL,
                                         .overwrite = hc_cli_get(arguments, "--overwrite") != NULL,
                                         .quiet = hc_cli_get(arguments, "--quiet") != NULL,
                                         .bar = hc_cli_get(arguments, "--bar") != NULL,
                                         .device = device};
  PetscCall(hc_case_read(PETSC_COMM_WORLD, arguments->words[0], n_set, set, &heart, &params));
  code = hc_run(PETSC_COMM_WORLD, &heart, &options, &outcome);
  hc_params_destroy(&params);
  PetscCall(code);
  if (rank == 0)
    printf("%s: %s/results.h5, results.xdmf, summary.json\n",
           outcome == HC_RUN_FINISHED ? "finished" : "stopped by a signal; go on with --restart", folder);
  *exit_code = outcome == HC_RUN_FINISHED ? HC_EXIT_OK : HC_EXIT_INTERRUPTED;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_reference(const struct hc_cli_arguments *arguments, int *exit_code)
{
  const bool cell = arguments->n_words > 0;
  int rank;

  PetscFunctionBeginUser;
  (void)exit_code;
  PetscCheck(!cell || !strcmp(arguments->words[0], "cell"), PETSC_COMM_SELF, HC_ERR_INPUT,
             "reference: found \"%s\"; allowed: nothing (a heart), or cell (a study of healthcast cell)",
             arguments->words[0]);
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0)
    PetscCall(hc_params_reference(cell ? &hc_laboratory_block : &hc_case_block, stdout));
  PetscFunctionReturn(PETSC_SUCCESS);
}
