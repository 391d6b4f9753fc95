#include "growth.h"
#include "internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct hc_cli_option hc_cli_export_options[] = {
    {"--day", "D", false, "the frame of that day (default: the last one)"},
    {"--field", "NAME", false, "u (default), necrosis, nutrient: what frames have"},
    {"--threshold", "T", true, "labels: 1 above the first one, 2 above the second, ..."},
    {"--segmentation", NULL, false, "labels as of images: 1 necrosis, 2 visible only, 3 enhancing (case: observe)"},
    {"--like", "IMAGE", false, "on the voxels of that image (default: the first one of the case's anatomy)"},
    {"--spacing", "MM", false, "on cubes of that edge along x, y, z over the mesh"},
    {"--help", NULL, false, "this text"},
    {0}};

static PetscErrorCode read_thresholds(const struct hc_cli_arguments *arguments, double thresholds[HC_CLI_MAX], int *n)
{
  PetscFunctionBeginUser;
  *n = 0;
  for (int i = 0; i < arguments->n_options; i++)
    if (!strcmp(arguments->option[i]->name, "--threshold")) {
      char *end;
      thresholds[*n] = strtod(arguments->value[i], &end);
      PetscCheck(end != arguments->value[i] && !*end && isfinite(thresholds[*n]), PETSC_COMM_SELF, HC_ERR_INPUT,
                 "--threshold: found \"%s\"; allowed: a number", arguments->value[i]);
      ++*n;
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_name(const char *path)
{
  const size_t n = strlen(path);

  PetscFunctionBeginUser;
  PetscCheck((n > 4 && !strcmp(path + n - 4, ".nii")) || (n > 7 && !strcmp(path + n - 7, ".nii.gz")), PETSC_COMM_SELF,
             HC_ERR_INPUT, "%s: found another kind of file; allowed: OUT.nii or OUT.nii.gz", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode export_image(const struct hc_growth_export *options, const char *path)
{
  struct hc_growth_exported done;

  PetscFunctionBeginUser;
  PetscCall(hc_growth_export(options, path, &done));
  printf("%s: %s at %.10g, %d x %d x %d voxels, %" PRId64 " of them in the mesh\n", path,
         options->segmentation ? "segmentation"
         : options->field      ? options->field
                               : "u",
         done.time, done.n[0], done.n[1], done.n[2], done.inside);
  for (int k = 1; k < (int)(sizeof done.labelled / sizeof done.labelled[0]); k++)
    if (done.labelled[k] > 0)
      printf("label %d: %" PRId64 " voxels\n", k, done.labelled[k]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_export(const struct hc_cli_arguments *arguments, int *exit_code)
{
  double thresholds[HC_CLI_MAX];
  struct hc_growth_export options = {.folder = arguments->words[0],
                                     .field = hc_cli_get(arguments, "--field"),
                                     .like = hc_cli_get(arguments, "--like"),
                                     .thresholds = thresholds,
                                     .segmentation = hc_cli_get(arguments, "--segmentation") != NULL};
  int rank;

  PetscFunctionBeginUser;
  (void)exit_code;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(hc_cli_number(arguments, "--day", NAN, -1e6, 1e9, &options.time));
  PetscCall(hc_cli_number(arguments, "--spacing", 0, 1e-3, 1e3, &options.spacing));
  PetscCheck(!options.like || options.spacing <= 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "--spacing: found --like too; allowed: one of them");
  PetscCall(read_thresholds(arguments, thresholds, &options.n_thresholds));
  PetscCall(check_name(arguments->words[1]));
  PetscCall(hc_error_agree(PETSC_COMM_WORLD, rank == 0 ? export_image(&options, arguments->words[1]) : PETSC_SUCCESS));
  PetscFunctionReturn(PETSC_SUCCESS);
}
