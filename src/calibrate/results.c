/* What a calibration leaves in its folder. */
#include "calibrate.h"

#include "h5.h"
#include "internal.h"
#include "session.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Files and numbers ------------------------------------------------------------------------------------------- */

PetscErrorCode hc_results_folder(const char *path)
{
  char partial[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  PetscCheck(path[0] && strlen(path) < sizeof partial, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "folder for results: its name has %zu characters; allowed: 1 to %zu", strlen(path), sizeof partial - 1);
  for (size_t i = 1; i <= strlen(path); i++)
    if (path[i] == '/' || path[i] == '\0') {
      snprintf(partial, sizeof partial, "%.*s", (int)i, path);
      PetscCheck(mkdir(partial, 0777) == 0 || errno == EEXIST, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
                 "%s: folder cannot be made: %s", partial, strerror(errno));
    }
  PetscCheck(access(path, W_OK | X_OK) == 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: folder cannot be written: %s",
             path, strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

json_t *hc_results_real(double value)
{
  return isfinite(value) ? json_real(value) : json_null();
}

PetscErrorCode hc_results_table(hid_t group, const char *name, const char *unit, const char *meaning, int rows,
                                int columns, const double *values)
{
  const struct hc_h5_layout layout = {.rows = rows, .columns = columns, .chunk = PetscMin(rows, 4096), .deflate = 4};
  hid_t set;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_dataset(group, name, H5T_NATIVE_DOUBLE, &layout));
  PetscCall(hc_h5_write(group, name, H5T_NATIVE_DOUBLE, 0, rows, values));
  set = H5Dopen2(group, name, H5P_DEFAULT);
  HC_H5(set, "%s cannot be opened", name);
  code = hc_h5_put_text(set, "unit", unit ? unit : "1");
  if (!code)
    code = hc_h5_put_text(set, "meaning", meaning);
  H5Dclose(set);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Summary ----------------------------------------------------------------------------------------------------- */

PetscErrorCode hc_results_interval(const struct hc_ensemble *e, int output, double level, double sd, uint64_t seed,
                                   double values[3])
{
  const struct hc_random random = {.seed = seed, .stream = HC_STREAM_SCANS};
  const double outside = 0.5 * (1 - level), p[] = {outside, 0.5, 1 - outside};
  double *column;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(e->n, &column));
  for (int k = 0; k < e->n; k++) {
    column[k] = e->outputs[(ptrdiff_t)k * e->n_outputs + output];
    if (sd > 0)
      column[k] += sd * hc_random_normal(random, (uint64_t)output * (uint64_t)e->n + (uint64_t)k);
  }
  for (int i = 0; i < 3; i++)
    PetscCall(hc_quantile(e->n, 1, column, 0, p[i], &values[i]));
  PetscCall(PetscFree(column));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same of a volume in mL. */
static PetscErrorCode interval(const struct hc_calibration *c, int output, bool with_noise, double volumes[3])
{
  PetscFunctionBeginUser;
  PetscCall(hc_results_interval(c->ensemble, output, c->study->predict.level, with_noise ? c->study->noise.sd : 0,
                                (uint64_t)c->study->ensemble.seed, volumes));
  for (int i = 0; i < 3; i++)
    volumes[i] = hc_calibration_volume(c, volumes[i]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_unknown(const struct hc_calibration *c, int j, json_t *unknowns)
{
  const struct hc_unknown *unknown = &c->unknowns[j];
  const struct hc_map *truth = &c->study->synthetic.truth;
  const double outside = 0.5 * (1 - c->study->predict.level);
  double median, low, high;
  json_t *json;

  PetscFunctionBeginUser;
  PetscCall(hc_quantile(c->ensemble->n, c->problem.n_unknowns, c->ensemble->unknowns, j, 0.5, &median));
  PetscCall(hc_quantile(c->ensemble->n, c->problem.n_unknowns, c->ensemble->unknowns, j, outside, &low));
  PetscCall(hc_quantile(c->ensemble->n, c->problem.n_unknowns, c->ensemble->unknowns, j, 1 - outside, &high));
  json = json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:f}", "unit", unknown->unit ? unknown->unit : "", "best",
                   c->fit->best[j], "median", median, "low", low, "high", high, "deviation", c->fit->deviation[j],
                   "informed", c->fit->informed[j]);
  for (int i = 0; i < truth->n; i++)
    if (!strcmp(truth->keys[i], unknown->name))
      json_object_set_new(json, "truth", json_real(truth->values[i]));
  json_object_set_new(unknowns, unknown->name, json);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_predictions(const struct hc_calibration *c, json_t *json)
{
  json_t *predictions = json_array();

  PetscFunctionBeginUser;
  json_object_set_new(json, "predictions", predictions);
  for (int i = 0; i < c->n_predicted; i++) {
    const int output = c->n_scans + i;
    double tumour[3], scan[3];
    PetscCall(interval(c, output, false, tumour));
    PetscCall(interval(c, output, true, scan));
    json_t *item = json_pack("{s:f, s:f, s:f, s:f, s:f, s:f}", "day", c->days[output], "volume_ml", tumour[1], "low_ml",
                             tumour[0], "high_ml", tumour[2], "scan_low_ml", scan[0], "scan_high_ml", scan[2]);
    json_array_append_new(predictions, item);
    if (c->sources[output]) {
      const double volume = hc_calibration_volume(c, c->data[output]);
      json_object_set_new(item, "held_out_ml", json_real(volume));
      json_object_set_new(item, "covered", json_boolean(volume >= scan[0] && volume <= scan[2]));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static json_t *scans(const struct hc_calibration *c)
{
  json_t *json = json_array();
  for (int i = 0; i < c->n_scans; i++)
    json_array_append_new(json, json_pack("{s:f, s:f, s:f}", "day", c->days[i], "volume_ml",
                                          hc_calibration_volume(c, c->data[i]), "fitted_ml",
                                          hc_calibration_volume(c, c->fit->outputs[i])));
  return json;
}

void hc_results_fit(const struct hc_fit *fit, int64_t runs, json_t *json)
{
  json_t *correlation = json_array();
  for (int i = 0; i < fit->n_unknowns; i++) {
    json_t *row = json_array();
    for (int j = 0; j < fit->n_unknowns; j++)
      json_array_append_new(row, json_real(fit->correlation[(ptrdiff_t)i * fit->n_unknowns + j]));
    json_array_append_new(correlation, row);
  }
  json_object_set_new(json, "correlation", correlation);
  json_object_set_new(json, "fit",
                      json_pack("{s:f, s:f, s:i, s:i, s:i, s:i, s:I, s:b}", "misfit", fit->misfit, "penalty",
                                fit->penalty, "data", fit->n_data, "searches", fit->starts, "agreed", fit->agreed,
                                "iterations", fit->iterations, "runs", (json_int_t)runs, "converged",
                                (int)fit->converged));
}

PetscErrorCode hc_calibration_summary(const struct hc_calibration *c, json_t *json)
{
  json_t *unknowns = json_object();

  PetscFunctionBeginUser;
  json_object_set_new(json, "unknowns", unknowns);
  for (int j = 0; j < c->problem.n_unknowns; j++)
    PetscCall(put_unknown(c, j, unknowns));
  hc_results_fit(c->fit, c->fit->runs, json);
  json_object_set_new(json, "ensemble",
                      json_pack("{s:i, s:I, s:f}", "samples", c->ensemble->n, "rounds",
                                (json_int_t)c->study->ensemble.rounds, "effective_size", c->ensemble->effective_size));
  json_object_set_new(json, "level", json_real(c->study->predict.level));
  json_object_set_new(json, "scans", scans(c));
  PetscCall(put_predictions(c, json));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- HDF5 -------------------------------------------------------------------------------------------------------- */

PetscErrorCode hc_results_samples(hid_t file, const struct hc_ensemble *ensemble, const struct hc_unknown *unknowns)
{
  const int n = ensemble->n, p = ensemble->n_unknowns;
  hid_t group;
  double *column;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_group(file, "samples", true, &group));
  PetscCall(PetscMalloc1(n, &column));
  for (int j = 0; j < p; j++) {
    for (int k = 0; k < n; k++)
      column[k] = ensemble->unknowns[(ptrdiff_t)k * p + j];
    PetscCall(hc_results_table(group, unknowns[j].name, unknowns[j].unit, "equally weighted samples of the posterior",
                               n, 1, column));
  }
  PetscCall(PetscFree(column));
  H5Gclose(group);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Days, and what is there: median, interval of the tumour, interval of a scan. */
static PetscErrorCode put_band(hid_t file, const char *name, const struct hc_calibration *c, int first, int n)
{
  hid_t group;
  double *rows[5], tumour[3], scan[3];

  PetscFunctionBeginUser;
  PetscCall(hc_h5_group(file, name, true, &group));
  for (int i = 0; i < 5; i++)
    PetscCall(PetscMalloc1(n, &rows[i]));
  for (int i = 0; i < n; i++) {
    PetscCall(interval(c, first + i, false, tumour));
    PetscCall(interval(c, first + i, true, scan));
    rows[0][i] = tumour[1];
    rows[1][i] = tumour[0];
    rows[2][i] = tumour[2];
    rows[3][i] = scan[0];
    rows[4][i] = scan[2];
  }
  static const char *const names[] = {"median", "low", "high", "scan_low", "scan_high"};
  static const char *const meanings[] = {
      "median volume", "lower end of the interval of the volume", "upper end of the interval of the volume",
      "lower end of the interval of a scan, with its noise", "upper end of the interval of a scan, with its noise"};
  PetscCall(hc_results_table(group, "day", "day", "time", n, 1, c->days + first));
  for (int i = 0; i < 5; i++) {
    PetscCall(hc_results_table(group, names[i], "mL", meanings[i], n, 1, rows[i]));
    PetscCall(PetscFree(rows[i]));
  }
  H5Gclose(group);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_scans(hid_t file, const struct hc_calibration *c)
{
  hid_t group;
  double *volumes;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_group(file, "scans", true, &group));
  PetscCall(PetscMalloc1(c->n_scans, &volumes));
  for (int i = 0; i < c->n_scans; i++)
    volumes[i] = hc_calibration_volume(c, c->data[i]);
  PetscCall(hc_results_table(group, "day", "day", "time", c->n_scans, 1, c->days));
  PetscCall(hc_results_table(group, "volume", "mL", "volume in the scan", c->n_scans, 1, volumes));
  PetscCall(PetscFree(volumes));
  H5Gclose(group);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_fractions(hid_t file, const struct hc_calibration *c)
{
  hid_t group;
  double *days, *doses;
  int n = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(c->therapy->n_events + 1, &days, c->therapy->n_events + 1, &doses));
  for (int i = 0; i < c->therapy->n_events; i++)
    if (c->therapy->events[i].kind == HC_EVENT_FRACTION) {
      days[n] = c->therapy->events[i].time;
      doses[n++] = c->therapy->events[i].dose;
    }
  if (n > 0) {
    PetscCall(hc_h5_group(file, "fractions", true, &group));
    PetscCall(hc_results_table(group, "day", "day", "time", n, 1, days));
    PetscCall(hc_results_table(group, "dose", "Gy", "dose of a fraction", n, 1, doses));
    H5Gclose(group);
  }
  PetscCall(PetscFree2(days, doses));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_calibration_tables(const struct hc_calibration *c, hid_t file)
{
  PetscFunctionBeginUser;
  PetscCall(hc_h5_put_text(file, "healthcast", hc_version()));
  PetscCall(hc_results_samples(file, c->ensemble, c->unknowns));
  PetscCall(put_scans(file, c));
  PetscCall(put_fractions(file, c));
  if (c->n_predicted > 0)
    PetscCall(put_band(file, "predictions", c, c->n_scans, c->n_predicted));
  PetscCall(put_band(file, "curve", c, c->n_scans + c->n_predicted, c->n_curve));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_results_file(const char *folder, const char *name, hid_t *file)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  PetscCall(hc_h5_create(PETSC_COMM_SELF, path, file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Run --------------------------------------------------------------------------------------------------------- */

/* On one rank. */
static PetscErrorCode write_all(const struct hc_calibration *c, const struct hc_calibrate_options *options,
                                double seconds)
{
  struct hc_input_file input = {.path = options->case_path};
  json_t *json = json_object();
  hid_t file;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_sha256_file(options->case_path, input.sha256));
  json_object_set_new(json, "kind", json_string("calibration"));
  json_object_set_new(json, "title", json_string(c->study->title ? c->study->title : ""));
  json_object_set_new(json, "status", json_string("finished"));
  hc_session_software(json);
  hc_session_inputs(1, &input, json);
  code = hc_calibration_summary(c, json);
  json_object_set_new(json, "timings_s", json_pack("{s:f}", "all", seconds));
  if (!code)
    code = hc_results_file(options->folder, "calibration.h5", &file);
  if (!code) {
    code = hc_calibration_tables(c, file);
    if (code)
      (void)hc_h5_close(&file);
    else
      code = hc_h5_close(&file);
  }
  if (!code)
    code = hc_session_used_case(c->study->params, options->folder, NULL, 0, NULL);
  if (!code)
    code = hc_session_summary(json, options->folder);
  json_decref(json);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_calibrate_run(MPI_Comm comm, const struct hc_calibrate_case *study,
                                const struct hc_calibrate_options *options)
{
  const double start = MPI_Wtime();
  struct hc_calibration *calibration;
  int rank;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  if (study->tissue) {
    PetscCall(hc_tissue_run(comm, study, options));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(hc_error_agree(comm, rank == 0 ? hc_results_folder(options->folder) : PETSC_SUCCESS));
  PetscCall(hc_calibration_create(comm, study, &calibration));
  code = rank == 0 ? write_all(calibration, options, MPI_Wtime() - start) : PETSC_SUCCESS;
  code = hc_error_agree(comm, code);
  hc_calibration_destroy(&calibration);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
