#include "cli.h"

#include "campaign.h"
#include "h5.h"
#include "internal.h"
#include "params.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct hc_cli_command commands[] = {
    {"run", "CASE.yaml", 1, 1, "run a case: results, summary and pictures' data into a folder", hc_cli_run_options,
     hc_cli_run},
    {"check", "CASE.yaml", 1, 1, "read and build a case, say what it will cost, run nothing", hc_cli_case_options,
     hc_cli_check},
    {"cell", "MODEL|CASE.yaml", 1, 1, "a study of one cell: pacing, biomarkers, restitution, voltage clamp, drugs",
     hc_cli_cell_options, hc_cli_cell},
    {"calibrate", "CASE.yaml", 1, 1, "a tumour's parameters from scans: posterior, predictions with intervals",
     hc_cli_calibrate_options, hc_cli_calibrate},
    {"schedule", "CASE.yaml", 1, 1, "radiotherapy that is planned on a calibration: best doses of each week",
     hc_cli_calibrate_options, hc_cli_schedule},
    {"cohort run", "COHORT.yaml", 1, 1,
     "thousands of members of a base case in one allocation, or what is missing of them", hc_cli_cohort_run_options,
     hc_cli_cohort_run},
    {"cohort check", "COHORT.yaml", 1, 1, "read a cohort, try its arms and strata, run nothing; say what a member is",
     hc_cli_cohort_check_options, hc_cli_cohort_check},
    {"cohort status", "FOLDER", 1, 1, "members done, failed and missing of a campaign that runs, or ran",
     hc_cli_help_options, hc_cli_cohort_status},
    {"cohort gather", "FOLDER", 1, 1, "make cohort.h5 over the files of all shards", hc_cli_help_options,
     hc_cli_cohort_gather},
    {"export", "RESULTS OUT.nii.gz", 2, 2, "a tumour at a day as a medical image: density, or labels",
     hc_cli_export_options, hc_cli_export},
    {"models", "[NAME]", 0, 1, "the cell models (or one): states, parameters, currents, units, sources",
     hc_cli_models_options, hc_cli_models},
    {"devices", "", 0, 0, "the devices of this machine that --backend can name", hc_cli_help_options, hc_cli_devices},
    {"reference", "[KIND]", 0, 1,
     "print every key of a heart's case (a tumour's, a cell study's): unit, default, range", hc_cli_help_options,
     hc_cli_reference},
    {"mesh info", "FILE", 1, 1, "check a mesh: size, quality, edges, regions, surfaces, fields", hc_cli_help_options,
     hc_cli_mesh_info},
    {"mesh import", "FILE OUT.h5", 2, 2, "turn a Gmsh, VTK, VTU or openCARP mesh or a label image into a native mesh",
     hc_cli_import_options, hc_cli_mesh_import},
    {"mesh anatomy", "[CASE.yaml] OUT.h5", 1, 2,
     "make a native mesh from medical images: the block `anatomy` of a case", hc_cli_case_options, hc_cli_mesh_anatomy},
    {"mesh partition", "FILE.h5 PARTS...", 2, 64, "store partitions in a mesh, for runs on that many ranks",
     hc_cli_partition_options, hc_cli_mesh_partition},
    {"mesh fibres", "CASE.yaml OUT.h5", 2, 2, "write a case's mesh with the fibres of its rule stored in it",
     hc_cli_case_options, hc_cli_mesh_fibres},
};
#define N_COMMANDS ((int)(sizeof commands / sizeof commands[0]))

/* ---- Help
 * -------------------------------------------------------------------------------------------------------------- */

static void help(FILE *out)
{
  fprintf(out, "healthcast %s: finite-element twins of organs and populations\n\nusage:\n", hc_version());
  for (int i = 0; i < N_COMMANDS; i++)
    fprintf(out, "  healthcast %-15s %-20s %s\n", commands[i].name, commands[i].words, commands[i].meaning);
  fprintf(out,
          "\n  healthcast COMMAND --help    a command's options\n"
          "  healthcast --version\n\n"
          "Run on several ranks with mpiexec -n RANKS healthcast ... PETSc options (-ksp_view, -log_view) come last.\n"
          "Exit codes: 0 ok, 2 bad input, 3 numerical failure, 4 environment (disk, memory, library),\n"
          "            5 stopped by a signal after a checkpoint, 6 ended for a cohort's task that hung,\n"
          "            1 a bug in healthcast.\n");
}

static void help_command(const struct hc_cli_command *command)
{
  printf("usage: healthcast %s %s%s\n\n%s\n\n", command->name, command->words, command->options ? " [options]" : "",
         command->meaning);
  for (const struct hc_cli_option *option = command->options; option->name; option++) {
    char left[64];
    snprintf(left, sizeof left, "%s%s%s", option->name, option->value ? " " : "", option->value ? option->value : "");
    printf("  %-22s %s%s\n", left, option->meaning, option->repeats ? " (repeatable)" : "");
  }
  printf("  %-22s %s\n", "-petsc_option [VALUE]", "any PETSc option, after the other arguments");
}

/* ---- Dispatch
 * ------------------------------------------------------------------------------------------------------------ */

/* The command that the first words name; *used: how many words. NULL if there is none. */
static const struct hc_cli_command *find_command(int argc, char **argv, int *used)
{
  for (int i = 0; i < N_COMMANDS; i++) {
    const char *space = strchr(commands[i].name, ' ');
    const size_t first = space ? (size_t)(space - commands[i].name) : strlen(commands[i].name);
    if (strlen(argv[1]) != first || strncmp(argv[1], commands[i].name, first) != 0)
      continue;
    *used = space ? 2 : 1;
    if (!space || (argc > 2 && !strcmp(argv[2], space + 1)))
      return &commands[i];
  }
  return NULL;
}

static PetscErrorCode unknown_command(int argc, char **argv)
{
  const char *names[N_COMMANDS];
  char asked[128];
  const char *nearest;

  PetscFunctionBeginUser;
  for (int i = 0; i < N_COMMANDS; i++)
    names[i] = commands[i].name;
  if (!strcmp(argv[1], "mesh") || !strcmp(argv[1], "cohort"))
    snprintf(asked, sizeof asked, "%s %s", argv[1], argc > 2 ? argv[2] : "");
  else
    snprintf(asked, sizeof asked, "%s", argv[1]);
  nearest = hc_params_nearest(asked, N_COMMANDS, names);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: unknown command%s%s%s; see healthcast --help", asked,
          nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
}

/* Options that PETSc did not know were most likely mistyped: say so. */
static PetscErrorCode warn_unused(int rank)
{
  PetscInt n;
  char **names, **values;

  PetscFunctionBeginUser;
  PetscCall(PetscOptionsLeftGet(NULL, &n, &names, &values));
  for (PetscInt i = 0; rank == 0 && i < n; i++)
    fprintf(stderr, "healthcast: warning: PETSc option -%s was not used by anything\n", names[i]);
  PetscCall(PetscOptionsLeftRestore(NULL, &n, &names, &values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode dispatch(int argc, char **argv, int rank, int *exit_code)
{
  const struct hc_cli_command *command;
  struct hc_cli_arguments arguments;
  int used = 0;

  PetscFunctionBeginUser;
  command = find_command(argc, argv, &used);
  if (!command)
    PetscFunctionReturn(unknown_command(argc, argv));
  PetscCall(hc_cli_parse(argc - 1 - used, argv + 1 + used, command->options, &arguments));
  if (hc_cli_get(&arguments, "--help")) {
    if (rank == 0)
      help_command(command);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCheck(arguments.n_words >= command->n_words_min && arguments.n_words <= command->n_words_max, PETSC_COMM_SELF,
             HC_ERR_INPUT, "healthcast %s: found %d words; allowed: %s", command->name, arguments.n_words,
             command->words[0] ? command->words : "none");
  PetscCall(hc_h5_init());
  PetscCall(command->run(&arguments, exit_code));
  PetscCall(warn_unused(rank));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Errors
 * -------------------------------------------------------------------------------------------------------------- */

/* True if all ranks come here within a few seconds. A rank that failed alone must not wait for ever for the others. */
static bool all_ranks_are_here(void)
{
  MPI_Request request;
  int here = 0;
  const double start = MPI_Wtime();
  MPI_Ibarrier(PETSC_COMM_WORLD, &request);
  while (!here && MPI_Wtime() - start < 10) {
    MPI_Test(&request, &here, MPI_STATUS_IGNORE);
    if (!here)
      usleep(1000);
  }
  return here != 0;
}

static int report(PetscErrorCode code, int rank)
{
  const enum hc_exit exit_code = hc_error_exit_code(code);
  const bool together = all_ranks_are_here();
  if (rank == 0 || !together) {
    fprintf(stderr, "healthcast: error: %s\n", hc_error_message());
    if (exit_code == HC_EXIT_BUG)
      fprintf(stderr, "This is a bug in healthcast (code %d). Please report it with this trace:\n%s", (int)code,
              hc_error_trace());
  }
  if (!together)
    MPI_Abort(PETSC_COMM_WORLD, (int)exit_code);
  return (int)exit_code;
}

/* Give PETSc its options (single dash) and no other. */
static int petsc_arguments(int argc, char **argv, char **kept)
{
  int n = 0;
  kept[n++] = argv[0];
  for (int i = 1; i < argc; i++)
    if (argv[i][0] == '-' && argv[i][1] != '-' && argv[i][1] != '\0') {
      kept[n++] = argv[i];
      if (i + 1 < argc && strncmp(argv[i + 1], "--", 2) != 0 && !(argv[i + 1][0] == '-' && (argv[i + 1][1] > '9')))
        kept[n++] = argv[++i];
    }
  kept[n] = NULL;
  return n;
}

int hc_cli_main(int argc, char **argv)
{
  static char help_option[] = "--help";
  char *kept[HC_CLI_MAX + 2], **petsc_argv = kept;
  int petsc_argc, rank, exit_code = HC_EXIT_OK;
  PetscErrorCode code;

  for (int i = 1; i < argc; i++)
    if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "-help")) /* what PETSc would answer with its own pages of help */
      argv[i] = help_option;
  if (argc > HC_CLI_MAX) {
    fprintf(stderr, "healthcast: error: more than %d arguments\n", HC_CLI_MAX);
    return HC_EXIT_INPUT;
  }
  if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))) {
    help(stdout);
    return HC_EXIT_OK;
  }
  if (argc > 1 && !strcmp(argv[1], "--version")) {
    printf("healthcast %s (%s, %s, PETSc %d.%d.%d)\n", hc_version(), hc_build_type(), hc_compiler(),
           PETSC_VERSION_MAJOR, PETSC_VERSION_MINOR, PETSC_VERSION_SUBMINOR);
    return HC_EXIT_OK;
  }
  if (argc < 2) {
    help(stderr);
    return HC_EXIT_INPUT;
  }
  petsc_argc = petsc_arguments(argc, argv, kept);
  if (!strcmp(argv[1], "cohort")) /* has a thread that sends and receives; others are spared the locks */
    hc_campaign_prepare();
  if (PetscInitialize(&petsc_argc, &petsc_argv, NULL, NULL))
    return HC_EXIT_ENVIRONMENT;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  code = PetscPopSignalHandler(); /* a crash should end in a core file, not in PETSc's guesses */
  if (!code)
    code = hc_error_install();
  if (!code)
    code = dispatch(argc, argv, rank, &exit_code);
  if (code)
    exit_code = report(code, rank);
  fflush(stdout);
  if (PetscFinalize() && exit_code == HC_EXIT_OK)
    exit_code = HC_EXIT_BUG;
  return exit_code;
}
