/* `healthcast cell`: a study of one cell from a case file or from the command line alone. */
#include "internal.h"
#include "laboratory.h"
#include "params.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct hc_cli_option hc_cli_cell_options[] = {
    {"--set", "KEY=VALUE", true, "change a value of the study, or a parameter of the model: --set GKr=0.1"},
    {"--scale", "NAME=FACTOR", true, "multiply a current or parameter: --scale INa=0.5"},
    {"--drug", "NAME", false, "a drug in the bath; needs --table, and --dose or --concentration"},
    {"--table", "FILE", false, "CSV table of drugs that --drug is looked up in"},
    {"--dose", "X,Y,...", false, "multiples of Cmax, run side by side"},
    {"--concentration", "X,Y,...", false, "nM, in place of --dose"},
    {"--protocol", "NAME", false, "pace (default), restitution_s1s2, restitution_dynamic or voltage_clamp"},
    {"--cl", "MS", false, "cycle length (default 1000)"},
    {"--beats", "N", false, "beats of the train (default 100)"},
    {"--converged-below", "X", false, "end the train when states change by less, relatively, from beat to beat"},
    {"--integrator", "NAME", false, "adaptive (default), rush-larsen, grl2 or cvode"},
    {"--tolerance", "X", false, "of adaptive and cvode"},
    {"--step", "MS", false, "of rush-larsen and grl2"},
    HC_CLI_DEVICE_OPTIONS,
    {"--output", "DIR", false, "where results go (default results/NAME)"},
    {"--overwrite", NULL, false, "drop an unfinished run in DIR"},
    {"--save-state", "FILE", false, "store the states at the end, for cells[].initial_file"},
    {"--quiet", NULL, false, "no progress and no table of biomarkers"},
    {"--bar", NULL, false, "a moving progress bar even if stderr is no terminal"},
    {"--help", NULL, false, "this text"},
    {0}};

/* ---- Options become assignments ---------------------------------------------------------------------------------- */

struct assignments {
  int n;
  char *text[HC_CLI_MAX + 16];
};

static PetscErrorCode assign(struct assignments *assignments, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static PetscErrorCode assign(struct assignments *assignments, const char *format, ...)
{
  va_list arguments;
  char *text;

  PetscFunctionBeginUser;
  va_start(arguments, format);
  const int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  PetscCall(PetscMalloc1(length + 1, &text));
  va_start(arguments, format);
  vsnprintf(text, (size_t)length + 1, format, arguments);
  va_end(arguments);
  assignments->text[assignments->n++] = text;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void forget(struct assignments *assignments)
{
  for (int i = 0; i < assignments->n; i++)
    (void)PetscFree(assignments->text[i]);
}

/* In YAML's single quotes. */
static void quote(const char *text, char *quoted, size_t size)
{
  size_t n = 0;
  for (quoted[n++] = '\''; *text && n + 4 < size; text++) {
    if (*text == '\'')
      quoted[n++] = '\'';
    quoted[n++] = *text;
  }
  quoted[n++] = '\'';
  quoted[n] = '\0';
}

static PetscErrorCode assign_drug(const struct hc_cli_arguments *arguments, struct assignments *assignments)
{
  const char *drug = hc_cli_get(arguments, "--drug"), *table = hc_cli_get(arguments, "--table");
  char name[512], file[2 * PATH_MAX + 8], whole[PATH_MAX];

  PetscFunctionBeginUser;
  PetscCheck(drug || !table, PETSC_COMM_SELF, HC_ERR_INPUT, "--table: of no use without --drug");
  if (!drug)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(table, PETSC_COMM_SELF, HC_ERR_INPUT, "--drug %s: needs --table with a file in which to find it", drug);
  /* as the user wrote it, from where the user is; a file that is not there is the reader's to complain about */
  quote(realpath(table, whole) ? whole : table, file, sizeof file);
  quote(drug, name, sizeof name);
  PetscCall(assign(assignments, "cell.drugs=[{name: %s, table: %s}]", name, file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode make_assignments(const struct hc_cli_arguments *arguments, const char *model,
                                       struct assignments *assignments)
{
  static const char *const keys[][2] = {{"--protocol", "protocol"},
                                        {"--cl", "pacing.cycle_length"},
                                        {"--beats", "pacing.beats"},
                                        {"--converged-below", "pacing.converged_below"},
                                        {"--integrator", "integration.method"},
                                        {"--tolerance", "integration.tolerance"},
                                        {"--step", "integration.step"}};
  static const char *const lists[][2] = {{"--dose", "doses"}, {"--concentration", "concentrations_nM"}};

  PetscFunctionBeginUser;
  if (model)
    PetscCall(assign(assignments, "cell.model=%s", model));
  PetscCall(assign_drug(arguments, assignments));
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
    if (hc_cli_get(arguments, keys[i][0]))
      PetscCall(assign(assignments, "%s=%s", keys[i][1], hc_cli_get(arguments, keys[i][0])));
  for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
    if (hc_cli_get(arguments, lists[i][0]))
      PetscCall(assign(assignments, "%s=[%s]", lists[i][1], hc_cli_get(arguments, lists[i][0])));
  for (int i = 0; i < arguments->n_options; i++) {
    const char *option = arguments->option[i]->name, *value = arguments->value[i];
    if (!strcmp(option, "--scale"))
      PetscCall(assign(assignments, "cell.scale.%s", value));
    else if (!strcmp(option, "--set"))
      PetscCall(assign(assignments, "%s%s", hc_laboratory_is_parameter(value) ? "cell.parameters." : "", value));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Progress ---------------------------------------------------------------------------------------------------- */

struct bar {
  bool moving;
  double started, drawn; /* s */
  int tenth;
};

static void draw_bar(void *context, double done, double total)
{
  struct bar *bar = context;
  const double now = MPI_Wtime(), part = total > 0 ? done / total : 1;
  const int tenth = (int)(10 * part);
  char dots[31];
  if (bar->moving ? now - bar->drawn < 0.2 && done < total : tenth <= bar->tenth)
    return;
  if (!bar->moving && now - bar->started < 2) /* what is done at once needs no report */
    return;
  for (int i = 0; i < 30; i++)
    dots[i] = i < (int)(30 * part) ? '#' : '.';
  dots[30] = '\0';
  fprintf(stderr, "%s[%s] %5.1f %%  %.1f s  %.0f s left%s", bar->moving ? "\r" : "", dots, 100 * part,
          now - bar->started, part > 0 ? (now - bar->started) * (1 - part) / part : 0,
          bar->moving ? (done < total ? "   " : "   \n") : "\n");
  fflush(stderr);
  bar->drawn = now;
  bar->tenth = tenth;
}

/* ---- The table on the terminal ----------------------------------------------------------------------------------- */

static void print_value(const json_t *value)
{
  if (json_is_number(value))
    printf(" %14.6g", json_number_value(value));
  else if (json_is_boolean(value))
    printf(" %14s", json_is_true(value) ? "yes" : "no");
  else
    printf(" %14s", "-");
}

static void print_records(const json_t *summary)
{
  static const char *const doses[] = {"dose", "concentration_nM", "restitution_slope_max", "alternans_onset_ms",
                                      "alternans_ms"};
  const json_t *records = json_object_get(summary, "records"), *first = json_array_get(records, 0);
  const struct hc_biomarker_info *info = hc_biomarker_table;
  for (size_t row = 0; row < sizeof doses / sizeof doses[0] || info->key; row++) {
    const bool head = row < sizeof doses / sizeof doses[0];
    const char *key = head ? doses[row] : info->key;
    if (json_object_get(first, key)) {
      printf("  %-28s", key);
      for (size_t i = 0; i < json_array_size(records) && i < 8; i++)
        print_value(json_object_get(json_array_get(records, i), key));
      printf("  %s\n", head ? "" : info->meaning);
    }
    if (!head)
      info++;
  }
}

static void print_backend(const json_t *backend)
{
  const json_t *device = json_object_get(backend, "device");
  if (device)
    printf("backend %s: %s, %s precision; on the cpu: %s\n", json_string_value(json_object_get(backend, "name")),
           json_string_value(device), json_string_value(json_object_get(backend, "precision")),
           json_string_value(json_object_get(backend, "delegated")));
}

static PetscErrorCode print_summary(const char *folder)
{
  char path[PETSC_MAX_PATH_LEN];
  json_t *summary;

  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(path, sizeof path, "%s/summary.json", folder));
  summary = json_load_file(path, 0, NULL);
  PetscCheck(summary, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be read back", path);
  print_backend(json_object_get(summary, "backend"));
  print_records(summary);
  printf("%s: %s/summary.json; draw it with: hc-post plot %s\n", json_string_value(json_object_get(summary, "status")),
         folder, folder);
  json_decref(summary);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- The command ------------------------------------------------------------------------------------------------- */

static bool is_case(const char *word)
{
  const char *dot = strrchr(word, '.');
  return dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"));
}

static PetscErrorCode run(const struct hc_cli_arguments *arguments, const struct hc_laboratory_params *study)
{
  const char *word = arguments->words[0];
  const bool quiet = hc_cli_get(arguments, "--quiet") != NULL;
  char folder[PETSC_MAX_PATH_LEN];
  struct bar bar = {.moving = hc_cli_get(arguments, "--bar") || isatty(STDERR_FILENO) == 1, .started = MPI_Wtime()};
  struct hc_laboratory_options options = {.case_path = is_case(word) ? word : NULL,
                                          .folder = folder,
                                          .save_state = hc_cli_get(arguments, "--save-state"),
                                          .overwrite = hc_cli_get(arguments, "--overwrite") != NULL,
                                          .progress = {.context = &bar, .tell = quiet ? NULL : draw_bar}};
  struct hc_device_options device;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_cli_device(arguments, &device));
  hc_cli_folder(arguments, folder);
  PetscCall(hc_device_open(PETSC_COMM_SELF, &device, &options.device));
  code = hc_laboratory_run(study, &options);
  hc_device_close(&options.device);
  PetscCall(code);
  if (!quiet)
    PetscCall(print_summary(folder));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_cell(const struct hc_cli_arguments *arguments, int *exit_code)
{
  const char *word = arguments->words[0];
  struct assignments assignments = {0};
  struct hc_laboratory_params study;
  struct hc_params *params = NULL;
  int rank;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  (void)exit_code;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  code = make_assignments(arguments, is_case(word) ? NULL : word, &assignments);
  if (!code)
    code = hc_laboratory_read(PETSC_COMM_WORLD, is_case(word) ? word : NULL, assignments.n,
                              (const char *const *)assignments.text, &study, &params);
  if (!code) /* a cell is too small to share */
    code = hc_error_agree(PETSC_COMM_WORLD, rank == 0 ? run(arguments, &study) : PETSC_SUCCESS);
  hc_params_destroy(&params);
  forget(&assignments);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
