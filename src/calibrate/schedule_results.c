/* What a schedule leaves in its folder. */
#include "h5.h"
#include "internal.h"
#include "schedule.h"
#include "session.h"

#include <math.h>

/* ---- Summary ----------------------------------------------------------------------------------------------------- */

static json_t *plan_json(const struct hc_plan *plan, int weeks)
{
  json_t *doses = json_array();
  for (int week = 0; week < weeks; week++)
    json_array_append_new(doses, json_real(round(1e4 * plan->doses[week]) / 1e4));
  return json_pack("{s:o, s:o, s:f, s:f, s:f, s:f, s:f, s:o}", "doses_gy", doses, "total_gy",
                   hc_results_real(plan->total), "bed_gy", plan->bed, "superquantile_days", plan->tail, "median_days",
                   plan->median, "low_days", plan->low, "high_days", plan->high, "true_days",
                   hc_results_real(plan->true_time));
}

static void put_schedule(const struct hc_schedule *result, int weeks, json_t *json)
{
  json_t *front = json_array();
  json_object_set_new(json, "reference", plan_json(&result->reference, weeks));
  json_object_set_new(json, "equal_dose", plan_json(&result->equal_dose, weeks));
  json_object_set_new(json, "equal_control",
                      isinf(result->equal_control.total) ? json_null() : plan_json(&result->equal_control, weeks));
  json_object_set_new(json, "front", front);
  for (int i = 0; i < result->n_front; i++)
    json_array_append_new(front, plan_json(&result->front[i], weeks));
}

/* Gains of one patient over the reference. */
enum gain { GAIN_TAIL, GAIN_MEDIAN, GAIN_TRUE, GAIN_DOSE, GAIN_BED_EQUAL_DOSE, GAIN_BED_EQUAL_CONTROL, N_GAINS };
static const char *const gain_names[N_GAINS] = {
    "superquantile_gain_days_at_equal_dose", "median_gain_days_at_equal_dose", "true_gain_days_at_equal_dose",
    "dose_change_gy_at_equal_control",       "bed_change_gy_at_equal_dose",    "bed_change_gy_at_equal_control"};

static double gain_of(const struct hc_schedule *result, enum gain gain)
{
  const struct hc_plan *reference = &result->reference, *dose = &result->equal_dose, *control = &result->equal_control;
  switch (gain) {
  case GAIN_TAIL:
    return dose->tail - reference->tail;
  case GAIN_MEDIAN:
    return dose->median - reference->median;
  case GAIN_TRUE:
    return dose->true_time - reference->true_time;
  case GAIN_DOSE:
    return isinf(control->total) ? 0 : control->total - reference->total;
  case GAIN_BED_EQUAL_DOSE:
    return dose->bed - reference->bed;
  default:
    return isinf(control->total) ? 0 : control->bed - reference->bed;
  }
}

/* Median and quartiles of each gain over the cohort. */
static PetscErrorCode put_cohort(int n, struct hc_schedule *const *results, json_t *json)
{
  double *values, quantiles[3];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &values));
  for (int gain = 0; gain < N_GAINS; gain++) {
    for (int k = 0; k < n; k++)
      values[k] = gain_of(results[k], (enum gain)gain);
    for (int i = 0; i < 3; i++)
      PetscCall(hc_quantile(n, 1, values, 0, 0.25 * (i + 1), &quantiles[i]));
    json_object_set_new(json, gain_names[gain],
                        json_pack("{s:f, s:f, s:f}", "lower_quartile", quantiles[0], "median", quantiles[1],
                                  "upper_quartile", quantiles[2]));
  }
  PetscCall(PetscFree(values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- HDF5 -------------------------------------------------------------------------------------------------------- */

static PetscErrorCode put_front(hid_t file, const struct hc_schedule *result, int weeks)
{
  const int n = result->n_front;
  double *columns[6], *doses;
  hid_t group;

  PetscFunctionBeginUser;
  if (n == 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc7(n, &columns[0], n, &columns[1], n, &columns[2], n, &columns[3], n, &columns[4], n, &columns[5],
                         (size_t)(n * weeks), &doses));
  for (int i = 0; i < n; i++) {
    const struct hc_plan *plan = &result->front[i];
    columns[0][i] = plan->total;
    columns[1][i] = plan->bed;
    columns[2][i] = plan->tail;
    columns[3][i] = plan->median;
    columns[4][i] = plan->low;
    columns[5][i] = plan->high;
    PetscCall(PetscArraycpy(doses + (ptrdiff_t)i * weeks, plan->doses, weeks));
  }
  static const char *const names[6][3] = {{"total", "Gy", "total dose"},
                                          {"bed", "Gy", "biologically effective dose to normal tissue"},
                                          {"superquantile", "day", "mean time to progression of the worst samples"},
                                          {"median", "day", "median time to progression"},
                                          {"low", "day", "2.5 % quantile of the time to progression"},
                                          {"high", "day", "97.5 % quantile of the time to progression"}};
  PetscCall(hc_h5_group(file, "front", true, &group));
  for (int c = 0; c < 6; c++)
    PetscCall(hc_results_table(group, names[c][0], names[c][1], names[c][2], n, 1, columns[c]));
  PetscCall(hc_results_table(group, "doses", "Gy", "dose of a fraction in each planned week", n, weeks, doses));
  H5Gclose(group);
  PetscCall(PetscFree7(columns[0], columns[1], columns[2], columns[3], columns[4], columns[5], doses));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_gains(hid_t file, int n, struct hc_schedule *const *results)
{
  hid_t group;
  double *values;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_group(file, "cohort", true, &group));
  PetscCall(PetscMalloc1(n, &values));
  for (int gain = 0; gain < N_GAINS; gain++) {
    for (int k = 0; k < n; k++)
      values[k] = gain_of(results[k], (enum gain)gain);
    PetscCall(hc_results_table(group, gain_names[gain], gain < GAIN_DOSE ? "day" : "Gy", "one number a patient", n, 1,
                               values));
  }
  for (int k = 0; k < n; k++)
    values[k] = results[k]->reference.true_time;
  PetscCall(
      hc_results_table(group, "reference_true", "day", "true time to progression under the reference", n, 1, values));
  PetscCall(PetscFree(values));
  H5Gclose(group);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode fill_file(hid_t file, const struct hc_calibration *calibration, int n,
                                struct hc_schedule *const *results, int weeks)
{
  PetscFunctionBeginUser;
  if (calibration) {
    PetscCall(hc_calibration_tables(calibration, file));
    PetscCall(put_front(file, results[0], weeks));
  } else {
    PetscCall(hc_h5_put_text(file, "healthcast", hc_version()));
    PetscCall(put_gains(file, n, results));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- All --------------------------------------------------------------------------------------------------------- */

static PetscErrorCode fill_summary(const struct hc_schedule_case *schedule, const struct hc_calibrate_case *study,
                                   const struct hc_calibration *calibration, int n, struct hc_schedule *const *results,
                                   const struct hc_calibrate_options *options, json_t *json)
{
  const struct hc_plan_params *plan = &schedule->plan;
  struct hc_input_file inputs[2] = {{.path = options->case_path}, {.path = schedule->calibration}};

  PetscFunctionBeginUser;
  for (int i = 0; i < 2; i++)
    PetscCall(hc_sha256_file(inputs[i].path, inputs[i].sha256));
  json_object_set_new(json, "kind", json_string("schedule"));
  json_object_set_new(json, "title", json_string(schedule->title ? schedule->title : ""));
  json_object_set_new(json, "status", json_string("finished"));
  hc_session_software(json);
  hc_session_inputs(2, inputs, json);
  json_object_set_new(json, "plan",
                      json_pack("{s:s, s:I, s:I, s:f, s:f, s:o}", "start", plan->start, "weeks",
                                (json_int_t)plan->weeks, "fractions_a_week", (json_int_t)plan->fractions, "max_dose_gy",
                                plan->max_dose, "max_total_gy", plan->max_total, "max_bed_gy",
                                hc_results_real(plan->max_bed)));
  json_object_set_new(
      json, "progression",
      json_pack("{s:f, s:f}", "factor", schedule->progression.factor, "horizon_days", schedule->progression.horizon));
  json_object_set_new(json, "risk_level", json_real(schedule->design.level));
  if (calibration) {
    json_t *posterior = json_object();
    json_object_set_new(json, "calibration", posterior);
    PetscCall(hc_calibration_summary(calibration, posterior));
    put_schedule(results[0], (int)plan->weeks, json);
  } else {
    json_t *cohort = json_pack("{s:i, s:I}", "patients", n, "seed", (json_int_t)schedule->cohort.seed);
    json_object_set_new(cohort, "scans", json_integer(study->scans.n));
    json_object_set_new(json, "cohort", cohort);
    PetscCall(put_cohort(n, results, cohort));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_schedule_write(const struct hc_schedule_case *schedule, const struct hc_calibrate_case *study,
                                 const struct hc_calibration *calibration, int n, struct hc_schedule *const *results,
                                 const struct hc_calibrate_options *options, double seconds)
{
  json_t *json = json_object();
  hid_t file;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  code = fill_summary(schedule, study, calibration, n, results, options, json);
  json_object_set_new(json, "timings_s", json_pack("{s:f}", "all", seconds));
  if (!code)
    code = hc_results_file(options->folder, "schedule.h5", &file);
  if (!code) {
    code = fill_file(file, calibration, n, results, (int)schedule->plan.weeks);
    if (code)
      (void)hc_h5_close(&file);
    else
      code = hc_h5_close(&file);
  }
  if (!code)
    code = hc_session_used_case(schedule->params, options->folder, NULL, 0, NULL);
  if (!code)
    code = hc_session_summary(json, options->folder);
  json_decref(json);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
