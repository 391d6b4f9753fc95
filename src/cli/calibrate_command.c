/* `healthcast calibrate` and `healthcast schedule`: what scans say of a tumour, and which treatment follows. */
#include "calibrate.h"
#include "internal.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

const struct hc_cli_option hc_cli_calibrate_options[] = {
    {"--output", "DIR", false, "where results go (default results/CASE)"},
    {"--set", "KEY=VALUE", true, "change a value of the case file, e.g. --set noise.sd=0.05"},
    {"--quiet", NULL, false, "no table of results"},
    {"--help", NULL, false, "this text"},
    {0}};

static double number(const json_t *json, const char *key)
{
  return json_number_value(json_object_get(json, key));
}

static void print_unknowns(const json_t *summary)
{
  const char *name;
  json_t *unknown;
  printf("  %-16s %12s %12s %12s\n", "unknown", "best", "low", "high");
  json_object_foreach(json_object_get(summary, "unknowns"), name, unknown)
  {
    const char *unit = json_string_value(json_object_get(unknown, "unit"));
    printf("  %-16s %12.6g %12.6g %12.6g  %s", name, number(unknown, "best"), number(unknown, "low"),
           number(unknown, "high"), unit ? unit : "");
    if (json_object_get(unknown, "truth"))
      printf("  (truth %.6g)", number(unknown, "truth"));
    printf("\n");
  }
}

/* How well a tumour in a tissue lies on the scans. */
static void print_region(const char *name, const json_t *region, double day)
{
  printf("  day %-8.6g %-10s %9.3f mL, fitted %9.3f, Dice %.3f", day, name, number(region, "volume_ml"),
         number(region, "fitted_ml"), number(region, "dice"));
  if (json_object_get(region, "covered"))
    printf("; held out: predicted from %.3f to %.3f%s", number(region, "scan_low_ml"), number(region, "scan_high_ml"),
           json_is_true(json_object_get(region, "covered")) ? "" : ", MISSED");
  printf("\n");
}

static void print_prediction(const char *name, const json_t *p, double day)
{
  printf("  day %-8.6g %-10s %9.6g mL, from %.6g to %.6g; a scan from %.6g to %.6g", day, name, number(p, "volume_ml"),
         number(p, "low_ml"), number(p, "high_ml"), number(p, "scan_low_ml"), number(p, "scan_high_ml"));
  if (json_object_get(p, "held_out_ml"))
    printf("; held out: %.6g%s", number(p, "held_out_ml"),
           json_is_true(json_object_get(p, "covered")) ? "" : ", MISSED");
  printf("\n");
}

/* Each item of a list holds what is to be printed, or holds it for each region. */
static void print_days(const json_t *list, void (*print)(const char *, const json_t *, double))
{
  for (size_t i = 0; i < json_array_size(list); i++) {
    json_t *item = json_array_get(list, i), *region;
    const char *name;
    if (json_object_get(item, "volume_ml"))
      print("", item, number(item, "day"));
    json_object_foreach(item, name, region) if (json_is_object(region)) print(name, region, number(item, "day"));
  }
}

static void print_plan(const char *name, const json_t *plan)
{
  const json_t *doses = json_object_get(plan, "doses_gy");
  printf("  %-14s", name);
  if (!plan || json_is_null(plan)) {
    printf(" none\n");
    return;
  }
  printf(" %7.2f %7.2f %9.1f %9.1f  ", number(plan, "total_gy"), number(plan, "bed_gy"),
         number(plan, "superquantile_days"), number(plan, "median_days"));
  for (size_t i = 0; i < json_array_size(doses); i++)
    printf(" %.2f", json_number_value(json_array_get(doses, i)));
  printf("\n");
}

static void print_schedule(const json_t *summary)
{
  const json_t *front = json_object_get(summary, "front"), *cohort = json_object_get(summary, "cohort");
  const char *name;
  json_t *gain;
  if (cohort) {
    printf("  %-42s %10s %10s %10s\n", "gain over the reference", "quartile", "median", "quartile");
    json_object_foreach((json_t *)cohort, name, gain) if (json_is_object(gain))
        printf("  %-42s %10.2f %10.2f %10.2f\n", name, number(gain, "lower_quartile"), number(gain, "median"),
               number(gain, "upper_quartile"));
    return;
  }
  printf("  %-14s %7s %7s %9s %9s   %s\n", "plan", "Gy", "BED", "worst d", "median d", "Gy a fraction, week by week");
  print_plan("reference", json_object_get(summary, "reference"));
  print_plan("equal dose", json_object_get(summary, "equal_dose"));
  print_plan("equal control", json_object_get(summary, "equal_control"));
  for (size_t i = 0; i < json_array_size(front); i++)
    print_plan("front", json_array_get(front, i));
}

static PetscErrorCode print_summary(const char *folder)
{
  char path[PETSC_MAX_PATH_LEN];
  json_t *summary;

  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(path, sizeof path, "%s/summary.json", folder));
  summary = json_load_file(path, 0, NULL);
  PetscCheck(summary, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be read back", path);
  if (json_object_get(summary, "unknowns")) {
    print_unknowns(summary);
    print_days(json_object_get(summary, "predictions"), print_prediction);
    if (json_object_get(summary, "kind") &&
        !strcmp(json_string_value(json_object_get(summary, "kind")), "tissue_calibration"))
      print_days(json_object_get(summary, "scans"), print_region);
  } else {
    print_schedule(summary);
  }
  printf("finished: %s/summary.json; draw it with: hc-post plot %s\n", folder, folder);
  json_decref(summary);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode tell(const struct hc_cli_arguments *arguments, const char *folder)
{
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0 && !hc_cli_get(arguments, "--quiet"))
    PetscCall(print_summary(folder));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_calibrate(const struct hc_cli_arguments *arguments, int *exit_code)
{
  const char *set[HC_CLI_MAX];
  const int n_set = hc_cli_sets(arguments, set);
  char folder[PETSC_MAX_PATH_LEN];
  const struct hc_calibrate_options options = {.case_path = arguments->words[0], .folder = folder};
  struct hc_calibrate_case study;
  struct hc_params *params;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  (void)exit_code;
  hc_cli_folder(arguments, folder);
  PetscCall(hc_calibrate_read(PETSC_COMM_WORLD, arguments->words[0], n_set, set, &study, &params));
  code = hc_calibrate_run(PETSC_COMM_WORLD, &study, &options);
  hc_params_destroy(&params);
  PetscCall(code);
  PetscCall(tell(arguments, folder));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_schedule(const struct hc_cli_arguments *arguments, int *exit_code)
{
  const char *set[HC_CLI_MAX];
  const int n_set = hc_cli_sets(arguments, set);
  char folder[PETSC_MAX_PATH_LEN];
  const struct hc_calibrate_options options = {.case_path = arguments->words[0], .folder = folder};
  struct hc_schedule_case schedule;
  struct hc_params *params;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  (void)exit_code;
  hc_cli_folder(arguments, folder);
  PetscCall(hc_schedule_read(PETSC_COMM_WORLD, arguments->words[0], n_set, set, &schedule, &params));
  code = hc_schedule_run(PETSC_COMM_WORLD, &schedule, &options);
  hc_params_destroy(&params);
  PetscCall(code);
  PetscCall(tell(arguments, folder));
  PetscFunctionReturn(PETSC_SUCCESS);
}
