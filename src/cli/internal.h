/* Shared by the files of cli only. */
#ifndef HC_CLI_INTERNAL_H
#define HC_CLI_INTERNAL_H

#include "base.h"
#include "device.h"
#include "field.h"
#include "image.h"

#define HC_EXIT_INTERRUPTED 5

/* ---- Arguments ------------------------------------------------------------------------------------------------------
 */

/* One long option of a sub-command. */
struct hc_cli_option {
  const char *name;  /* "--output"; NULL ends a table */
  const char *value; /* "DIR": what its value is called; NULL: a flag */
  bool repeats;      /* may be given several times */
  const char *meaning;
};

#define HC_CLI_MAX 256

/* A sub-command's arguments, checked against its options. Strings are borrowed from argv. */
struct hc_cli_arguments {
  int n_words;
  const char *words[HC_CLI_MAX]; /* what is no option: files, names */
  int n_options;
  const struct hc_cli_option *option[HC_CLI_MAX];
  const char *value[HC_CLI_MAX]; /* "" for flags */
};

/* Sort argv into words and options; PETSc's (single dash) are left out: PETSc reads them itself. HC_ERR_INPUT names an
 * unknown option and the nearest known one. */
PetscErrorCode hc_cli_parse(int argc, char **argv, const struct hc_cli_option *options,
                            struct hc_cli_arguments *arguments);

/* Value of an option ("" for a flag), NULL if it was not given; the last one counts. */
const char *hc_cli_get(const struct hc_cli_arguments *arguments, const char *name);

/* Where results go: --output, or results/NAME for a first word like path/NAME.yaml. */
void hc_cli_folder(const struct hc_cli_arguments *arguments, char folder[PETSC_MAX_PATH_LEN]);

/* A number given to an option, within [min, max]; fallback if it was not given. HC_ERR_INPUT. */
PetscErrorCode hc_cli_number(const struct hc_cli_arguments *arguments, const char *name, double fallback, double min,
                             double max, double *value);

/* The same for a whole number. */
PetscErrorCode hc_cli_whole(const struct hc_cli_arguments *arguments, const char *name, int64_t fallback, int64_t min,
                            int64_t max, int64_t *value);

/* The options that choose a back end, and what they say; *device as struct hc_device_options wants it. HC_ERR_INPUT for
 * a precision that does not exist. */
#define HC_CLI_DEVICE_OPTIONS                                                                                          \
  {"--backend", "NAME", false, "cpu (default), opencl or cuda: what computes; see healthcast devices"},                \
      {"--device", "N", false, "number of the device (default: ranks take turns)"},                                    \
  {                                                                                                                    \
    "--precision", "NAME", false, "double (default), mixed (states of cells in float) or float; devices only"          \
  }
PetscErrorCode hc_cli_device(const struct hc_cli_arguments *arguments, struct hc_device_options *device);

/* ---- Sub-commands: run on all ranks; what they print goes to stdout on rank 0
 * ---------------------------------------- */

struct hc_cli_command {
  const char *name;  /* "run", "mesh info" */
  const char *words; /* "CASE.yaml" */
  int n_words_min, n_words_max;
  const char *meaning;
  const struct hc_cli_option *options;
  PetscErrorCode (*run)(const struct hc_cli_arguments *arguments, int *exit_code);
};

PetscErrorCode hc_cli_run(const struct hc_cli_arguments *arguments, int *exit_code);
PetscErrorCode hc_cli_check(const struct hc_cli_arguments *arguments, int *exit_code);
PetscErrorCode hc_cli_cell(const struct hc_cli_arguments *arguments, int *exit_code);
PetscErrorCode hc_cli_calibrate(const struct hc_cli_arguments *arguments, int *exit_code);
PetscErrorCode hc_cli_schedule(const struct hc_cli_arguments *arguments, int *exit_code);
PetscErrorCode hc_cli_export(const struct hc_cli_arguments *arguments, int *exit_code);
PetscErrorCode hc_cli_cohort_run(const struct hc_cli_arguments *arguments, int *exit_code);
PetscErrorCode hc_cli_cohort_check(const struct hc_cli_arguments *arguments, int *exit_code);
PetscErrorCode hc_cli_cohort_status(const struct hc_cli_arguments *arguments, int *exit_code);
PetscErrorCode hc_cli_cohort_gather(const struct hc_cli_arguments *arguments, int *exit_code);
PetscErrorCode hc_cli_devices(const struct hc_cli_arguments *arguments, int *exit_code);
PetscErrorCode hc_cli_models(const struct hc_cli_arguments *arguments, int *exit_code);
PetscErrorCode hc_cli_reference(const struct hc_cli_arguments *arguments, int *exit_code);
PetscErrorCode hc_cli_mesh_info(const struct hc_cli_arguments *arguments, int *exit_code);
PetscErrorCode hc_cli_mesh_import(const struct hc_cli_arguments *arguments, int *exit_code);
PetscErrorCode hc_cli_mesh_partition(const struct hc_cli_arguments *arguments, int *exit_code);
PetscErrorCode hc_cli_mesh_anatomy(const struct hc_cli_arguments *arguments, int *exit_code);
PetscErrorCode hc_cli_mesh_fibres(const struct hc_cli_arguments *arguments, int *exit_code);

extern const struct hc_cli_option hc_cli_case_options[]; /* --set and --help */
extern const struct hc_cli_option hc_cli_run_options[];
extern const struct hc_cli_option hc_cli_cell_options[];
extern const struct hc_cli_option hc_cli_calibrate_options[];
extern const struct hc_cli_option hc_cli_export_options[];
extern const struct hc_cli_option hc_cli_cohort_run_options[];
extern const struct hc_cli_option hc_cli_cohort_check_options[];
extern const struct hc_cli_option hc_cli_help_options[]; /* --help only */
extern const struct hc_cli_option hc_cli_import_options[];
extern const struct hc_cli_option hc_cli_partition_options[];
extern const struct hc_cli_option hc_cli_models_options[];

/* What `mesh info` and `check` say of a mesh. Collective. */
PetscErrorCode hc_cli_print_mesh(const struct hc_mesh *mesh, const struct hc_fields *fields, int64_t repaired);

/* What `mesh anatomy` says of voxels. On one rank. */
void hc_cli_print_anatomy(const struct hc_anatomy_params *params, const struct hc_anatomy_summary *summary);

/* The --set values among the arguments, in order: n of them into set[HC_CLI_MAX]. */
int hc_cli_sets(const struct hc_cli_arguments *arguments, const char *set[]);

#endif
