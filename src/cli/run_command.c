#include "calibrate.h"
#include "cohort.h"
#include "growth.h"
#include "internal.h"
#include "laboratory.h"
#include "run.h"

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

/* What both kinds of runs are asked. */
struct asked {
  int n_set;
  const char *set[HC_CLI_MAX];
  const char *path;
  char folder[PETSC_MAX_PATH_LEN];
  bool restart, overwrite, quiet, bar;
  struct hc_device_options device;
};

static PetscErrorCode run_heart(const struct asked *asked, bool *interrupted)
{
  const struct hc_run_options options = {.case_path = asked->path,
                                         .folder = asked->folder,
                                         .restart = asked->restart,
                                         .overwrite = asked->overwrite,
                                         .quiet = asked->quiet,
                                         .bar = asked->bar,
                                         .device = asked->device};
  enum hc_run_outcome outcome = HC_RUN_FINISHED;
  struct hc_case heart;
  struct hc_params *params;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_case_read(PETSC_COMM_WORLD, asked->path, asked->n_set, asked->set, &heart, &params));
  code = hc_run(PETSC_COMM_WORLD, &heart, &options, &outcome);
  hc_params_destroy(&params);
  PetscCall(code);
  *interrupted = outcome == HC_RUN_INTERRUPTED;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_tumour(const struct asked *asked, bool *interrupted)
{
  const struct hc_growth_options options = {.case_path = asked->path,
                                            .folder = asked->folder,
                                            .restart = asked->restart,
                                            .overwrite = asked->overwrite,
                                            .quiet = asked->quiet,
                                            .bar = asked->bar,
                                            .device = asked->device};
  struct hc_growth_case tumour_case;
  struct hc_params *params;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_growth_case_read(PETSC_COMM_WORLD, asked->path, asked->n_set, asked->set, &tumour_case, &params));
  code = hc_growth_case_run(PETSC_COMM_WORLD, &tumour_case, &options, interrupted);
  hc_params_destroy(&params);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_run(const struct hc_cli_arguments *arguments, int *exit_code)
{
  struct asked asked = {.path = arguments->words[0],
                        .restart = hc_cli_get(arguments, "--restart") != NULL,
                        .overwrite = hc_cli_get(arguments, "--overwrite") != NULL,
                        .quiet = hc_cli_get(arguments, "--quiet") != NULL,
                        .bar = hc_cli_get(arguments, "--bar") != NULL};
  bool tumour, interrupted = false;
  int64_t threads;
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(hc_cli_whole(arguments, "--threads", 1, 1, 1024, &threads));
  hc_threads_set((int)threads);
  asked.n_set = hc_cli_sets(arguments, asked.set);
  hc_cli_folder(arguments, asked.folder);
  PetscCall(hc_cli_device(arguments, &asked.device));
  PetscCall(hc_growth_is_case(PETSC_COMM_WORLD, asked.path, &tumour));
  PetscCall(tumour ? run_tumour(&asked, &interrupted) : run_heart(&asked, &interrupted));
  if (rank == 0)
    printf("%s: %s/results.h5, results.xdmf, summary.json\n",
           interrupted ? "stopped by a signal; go on with --restart" : "finished", asked.folder);
  *exit_code = interrupted ? HC_EXIT_INTERRUPTED : HC_EXIT_OK;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_reference(const struct hc_cli_arguments *arguments, int *exit_code)
{
  const char *kind = arguments->n_words > 0 ? arguments->words[0] : "heart";
  const struct {
    const char *kind;
    const struct hc_block *block;
  } kinds[] = {{"heart", &hc_case_block},          {"tumour", &hc_growth_block},     {"cell", &hc_laboratory_block},
               {"calibrate", &hc_calibrate_block}, {"schedule", &hc_schedule_block}, {"cohort", &hc_cohort_block}};
  const struct hc_block *block = NULL;
  int rank;

  PetscFunctionBeginUser;
  (void)exit_code;
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if (!strcmp(kinds[i].kind, kind))
      block = kinds[i].block;
  PetscCheck(block, PETSC_COMM_SELF, HC_ERR_INPUT,
             "reference: found \"%s\"; allowed: heart (or nothing), tumour, cell, calibrate, schedule, cohort", kind);
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0)
    PetscCall(hc_params_reference(block, stdout));
  PetscFunctionReturn(PETSC_SUCCESS);
}
