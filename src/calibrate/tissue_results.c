/* What the calibration of a tumour in a tissue leaves in its folder. */
#include "h5.h"
#include "image.h"
#include "sampling.h"
#include "session.h"
#include "tissue.h"

#include <math.h>
#include <string.h>

/* ---- Volumes ----------------------------------------------------------------------------------------------------- */

/* mL */
struct band {
  double best, median, low, high, scan_low, scan_high, laplace_low, laplace_high;
};

static double volume_of(double output)
{
  return fmax(exp(output) - HC_LEAST, 0);
}

/* Of one volume among the outputs. Without samples all intervals are those of Laplace's approximation. */
static PetscErrorCode make_band(const struct hc_tissue *t, int output, struct band *band)
{
  const double level = t->study->predict.level, sd = t->study->noise.sd;
  const double z = hc_normal_inverse(0.5 * (1 + level)), best = t->outputs[output], half = z * t->deviation[output];
  const uint64_t seed = (uint64_t)t->study->ensemble.seed;
  double values[3] = {best - half, best, best + half}, scan[3];

  PetscFunctionBeginUser;
  scan[2] = best + z * hypot(t->deviation[output], sd);
  scan[0] = 2 * best - scan[2];
  if (t->ensemble) {
    PetscCall(hc_results_interval(t->ensemble, output, level, 0, seed, values));
    PetscCall(hc_results_interval(t->ensemble, output, level, sd, seed, scan));
  }
  *band = (struct band){.best = volume_of(best),
                        .median = volume_of(values[1]),
                        .low = volume_of(values[0]),
                        .high = volume_of(values[2]),
                        .scan_low = volume_of(scan[0]),
                        .scan_high = volume_of(scan[2]),
                        .laplace_low = volume_of(best - half),
                        .laplace_high = volume_of(best + half)};
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int output_of(const struct hc_tissue *t, int shown, int level)
{
  return t->problem.n_data + HC_LEVELS * shown + level;
}

/* ---- Unknowns ---------------------------------------------------------------------------------------------------- */

static PetscErrorCode put_unknown(const struct hc_tissue *t, int j, json_t *json)
{
  const struct hc_map *truth = &t->study->synthetic.truth;
  const struct hc_unknown *unknown = &t->unknowns[j];
  const double outside = 0.5 * (1 - t->study->predict.level), z = hc_normal_inverse(1 - outside);
  const double half = z * sqrt(t->fit->covariance[(ptrdiff_t)j * t->fit->n_unknowns + j]);
  const double laplace[2] = {hc_prior_unscale(unknown, t->fit->scaled[j] - half),
                             hc_prior_unscale(unknown, t->fit->scaled[j] + half)};
  double median = t->fit->best[j], low = laplace[0], high = laplace[1];
  json_t *item;

  PetscFunctionBeginUser;
  if (t->ensemble) {
    const double *samples = t->ensemble->unknowns;
    const int n = t->ensemble->n, p = t->problem.n_unknowns;
    PetscCall(hc_quantile(n, p, samples, j, 0.5, &median));
    PetscCall(hc_quantile(n, p, samples, j, outside, &low));
    PetscCall(hc_quantile(n, p, samples, j, 1 - outside, &high));
  }
  item = json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "unit", unknown->unit ? unknown->unit : "", "best",
                   t->fit->best[j], "median", median, "low", low, "high", high, "laplace_low", laplace[0],
                   "laplace_high", laplace[1], "deviation", t->fit->deviation[j], "informed", t->fit->informed[j]);
  for (int i = 0; i < truth->n; i++)
    if (!strcmp(truth->keys[i], unknown->name))
      json_object_set_new(item, "truth", json_real(truth->values[i]));
  json_object_set_new(json, unknown->name, item);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Scans and predictions --------------------------------------------------------------------------------------- */

/* Dice of a scan with where a field (owned nodes) is above a threshold: in voxels of its image, whether they lie in the
 * tissue or not, and at the nodes. A synthetic scan has the latter alone. The twin's state is lost. */
static PetscErrorCode overlap(const struct hc_tissue *t, const struct hc_tissue_scan *scan,
                              const struct hc_image *image, int level, const double *field, double threshold,
                              double *dice, double *within)
{
  const struct hc_growth_observe_params *observe = &t->tumour_case.observe;

  PetscFunctionBeginUser;
  PetscCall(hc_growth_restart_from(t->growth, scan->day, field));
  PetscCall(hc_growth_dice(t->growth, threshold, scan->masks[level], within));
  *dice = *within;
  if (image)
    PetscCall(hc_growth_overlap(t->growth, threshold, image,
                                level == 0 ? &observe->enhancing_labels : &observe->visible_labels, dice));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_region(const struct hc_tissue *t, const struct hc_tissue_scan *scan,
                                 const struct hc_image *image, int shown, int level, json_t *json)
{
  double dice, within, volume = scan->volume[level];
  struct band band;
  json_t *region;

  PetscFunctionBeginUser;
  PetscCall(make_band(t, output_of(t, shown, level), &band));
  PetscCall(overlap(t, scan, image, level, t->densities[shown], t->thresholds[level], &dice, &within));
  region = json_pack("{s:f, s:f, s:o, s:f, s:f, s:f, s:f}", "threshold", t->thresholds[level], "volume_ml", volume,
                     "segmented_ml", hc_results_real(scan->all[level]), "fitted_ml", band.best, "volume_error",
                     volume > 0 ? band.best / volume - 1 : 0, "dice", dice, "dice_in_tissue", within);
  if (scan->held_out) {
    json_object_set_new(region, "scan_low_ml", json_real(band.scan_low));
    json_object_set_new(region, "scan_high_ml", json_real(band.scan_high));
    json_object_set_new(region, "covered", json_boolean(volume >= band.scan_low && volume <= band.scan_high));
  }
  if (t->probability) {
    PetscCall(overlap(t, scan, image, level, t->probability[HC_LEVELS * shown + level], 0.5, &dice, &within));
    json_object_set_new(region, "dice_probable", json_real(dice));
  }
  json_object_set_new(json, hc_level_names[level], region);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_scan(const struct hc_tissue *t, const struct hc_tissue_stop *stop, json_t *json)
{
  const struct hc_tissue_scan *scan = &t->scans[stop->scan];
  struct hc_image *image = NULL;
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  if (scan->params->segmentation)
    PetscCall(hc_image_read(t->together, scan->params->segmentation, &image));
  for (int k = 0; k < HC_LEVELS && !code; k++)
    code = put_region(t, scan, image, stop->shown, k, json);
  hc_image_destroy(&image);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_scans(const struct hc_tissue *t, json_t *json)
{
  json_t *array = json_array();

  PetscFunctionBeginUser;
  json_object_set_new(json, "scans", array);
  for (int s = 0; s < t->n_stops; s++) {
    json_t *item;
    if (t->stops[s].scan < 0)
      continue;
    item = json_pack("{s:f, s:b}", "day", t->stops[s].day, "held_out", (int)t->scans[t->stops[s].scan].held_out);
    json_array_append_new(array, item);
    PetscCall(put_scan(t, &t->stops[s], item));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Days that were asked for, and those of held-out scans. */
static bool is_predicted(const struct hc_tissue *t, const struct hc_tissue_stop *stop)
{
  return stop->shown >= 0 && (stop->scan < 0 || t->scans[stop->scan].held_out);
}

static PetscErrorCode put_predictions(const struct hc_tissue *t, json_t *json)
{
  json_t *array = json_array();

  PetscFunctionBeginUser;
  json_object_set_new(json, "predictions", array);
  for (int s = 0; s < t->n_stops; s++) {
    json_t *item;
    if (!is_predicted(t, &t->stops[s]))
      continue;
    item = json_pack("{s:f}", "day", t->stops[s].day);
    json_array_append_new(array, item);
    for (int k = 0; k < HC_LEVELS; k++) {
      struct band band;
      PetscCall(make_band(t, output_of(t, t->stops[s].shown, k), &band));
      json_object_set_new(item, hc_level_names[k],
                          json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "volume_ml", band.median, "best_ml",
                                    band.best, "low_ml", band.low, "high_ml", band.high, "scan_low_ml", band.scan_low,
                                    "scan_high_ml", band.scan_high, "laplace_low_ml", band.laplace_low,
                                    "laplace_high_ml", band.laplace_high));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- calibration.h5 ---------------------------------------------------------------------------------------------- */

static PetscErrorCode put_bands(hid_t group, const struct hc_tissue *t, int n, const int *outputs, int level)
{
  static const char *const names[] = {"median", "low", "high", "scan_low", "scan_high", "best"};
  static const char *const meanings[] = {"median volume",
                                         "lower end of the interval of the volume",
                                         "upper end of the interval of the volume",
                                         "lower end of the interval of a scan, with its noise",
                                         "upper end of the interval of a scan, with its noise",
                                         "volume of the best fit"};
  double *rows;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(6 * (size_t)n, &rows));
  for (int i = 0; i < n; i++) {
    struct band band;
    PetscCall(make_band(t, outputs[i] + level, &band));
    const double values[] = {band.median, band.low, band.high, band.scan_low, band.scan_high, band.best};
    for (int c = 0; c < 6; c++)
      rows[(ptrdiff_t)c * n + i] = values[c];
  }
  for (int c = 0; c < 6; c++) {
    char name[64];
    snprintf(name, sizeof name, "%s_%s", hc_level_names[level], names[c]);
    PetscCall(hc_results_table(group, name, "mL", meanings[c], n, 1, rows + (ptrdiff_t)c * n));
  }
  PetscCall(PetscFree(rows));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A group of bands over n days; outputs: of the first level. */
static PetscErrorCode put_group(hid_t file, const char *name, const struct hc_tissue *t, int n, const double *days,
                                const int *outputs)
{
  hid_t group;

  PetscFunctionBeginUser;
  if (n == 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(hc_h5_group(file, name, true, &group));
  PetscCall(hc_results_table(group, "day", "day", "time", n, 1, days));
  for (int k = 0; k < HC_LEVELS; k++)
    PetscCall(put_bands(group, t, n, outputs, k));
  H5Gclose(group);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_curve_and_predictions(hid_t file, const struct hc_tissue *t)
{
  int n = 0, *outputs;
  double *days;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(t->n_stops, &outputs, t->n_stops, &days));
  for (int s = 0; s < t->n_stops; s++) {
    const struct hc_tissue_stop *stop = &t->stops[s];
    days[s] = stop->day;
    outputs[s] = output_of(t, stop->shown >= 0 ? stop->shown : t->n_shown + stop->curve, 0);
  }
  PetscCall(put_group(file, "curve", t, t->n_stops, days, outputs));
  for (int s = 0; s < t->n_stops; s++)
    if (is_predicted(t, &t->stops[s])) {
      days[n] = t->stops[s].day;
      outputs[n++] = output_of(t, t->stops[s].shown, 0);
    }
  PetscCall(put_group(file, "predictions", t, n, days, outputs));
  PetscCall(PetscFree2(outputs, days));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_scan_tables(hid_t file, const struct hc_tissue *t)
{
  const int n = t->n_scans;
  double *rows;
  hid_t group;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((2 + HC_LEVELS) * (size_t)n, &rows));
  for (int i = 0; i < n; i++) {
    rows[i] = t->scans[i].day;
    rows[n + i] = t->scans[i].held_out;
    for (int k = 0; k < HC_LEVELS; k++)
      rows[(ptrdiff_t)(2 + k) * n + i] = t->scans[i].volume[k];
  }
  PetscCall(hc_h5_group(file, "scans", true, &group));
  PetscCall(hc_results_table(group, "day", "day", "time", n, 1, rows));
  PetscCall(hc_results_table(group, "held_out", NULL, "1 if the scan was not used", n, 1, rows + n));
  for (int k = 0; k < HC_LEVELS; k++)
    PetscCall(hc_results_table(group, hc_level_names[k], "mL", "volume in the scan, in the tissue", n, 1,
                               rows + (ptrdiff_t)(2 + k) * n));
  H5Gclose(group);
  PetscCall(PetscFree(rows));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_tables(const struct hc_tissue *t, const char *folder)
{
  hid_t file;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_results_file(folder, "calibration.h5", &file));
  code = hc_h5_put_text(file, "healthcast", hc_version());
  if (!code && t->ensemble)
    code = hc_results_samples(file, t->ensemble, t->unknowns);
  if (!code)
    code = put_scan_tables(file, t);
  if (!code)
    code = put_curve_and_predictions(file, t);
  if (code)
    (void)hc_h5_close(&file);
  else
    code = hc_h5_close(&file);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- summary.json ------------------------------------------------------------------------------------------------ */

/* The files that a calibration is made from, with their checksums. */
static PetscErrorCode put_inputs(const struct hc_tissue *t, const char *case_path, json_t *json)
{
  const char *paths[HC_GROWTH_FILES];
  const int n_files = hc_growth_files(&t->tumour_case, paths);
  struct hc_input_file *inputs;
  int n = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(2 + n_files + t->n_scans, &inputs));
  inputs[n++].path = case_path;
  inputs[n++].path = t->study->tissue;
  for (int i = 0; i < n_files; i++)
    inputs[n++].path = paths[i];
  for (int i = 0; i < t->n_scans; i++)
    if (t->scans[i].params->segmentation)
      inputs[n++].path = t->scans[i].params->segmentation;
  for (int i = 0; i < n; i++)
    PetscCall(hc_sha256_file(inputs[i].path, inputs[i].sha256));
  hc_session_inputs(n, inputs, json);
  PetscCall(PetscFree(inputs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* On one rank. */
static PetscErrorCode write_summary(const struct hc_tissue *t, const struct hc_calibrate_options *options,
                                    double seconds, json_t *json)
{
  json_t *unknowns = json_object();

  PetscFunctionBeginUser;
  json_object_set_new(json, "kind", json_string("tissue_calibration"));
  json_object_set_new(json, "title", json_string(t->study->title ? t->study->title : ""));
  json_object_set_new(json, "status", json_string("finished"));
  hc_session_software(json);
  PetscCall(put_inputs(t, options->case_path, json));
  json_object_set_new(json, "unknowns", unknowns);
  for (int j = 0; j < t->problem.n_unknowns; j++)
    PetscCall(put_unknown(t, j, unknowns));
  hc_results_fit(t->fit, t->runs, json);
  if (t->ensemble)
    json_object_set_new(json, "ensemble",
                        json_pack("{s:i, s:I, s:f}", "samples", t->ensemble->n, "rounds",
                                  (json_int_t)t->study->ensemble.rounds, "effective_size",
                                  t->ensemble->effective_size));
  json_object_set_new(json, "level", json_real(t->study->predict.level));
  PetscCall(put_predictions(t, json));
  json_object_set_new(json, "timings_s", json_pack("{s:f, s:f}", "setup", t->growth->setup_seconds, "all", seconds));
  PetscCall(write_tables(t, options->folder));
  PetscCall(hc_session_used_case(t->study->params, options->folder, NULL, 0, NULL));
  PetscCall(hc_session_summary(json, options->folder));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tissue_write(struct hc_tissue *t, const struct hc_calibrate_options *options, double seconds)
{
  json_t *json = json_object();
  PetscErrorCode code;

  PetscFunctionBeginUser;
  code = hc_tissue_frames(t, options->folder);
  if (!code)
    code = put_scans(t, json);
  if (!code)
    code = hc_error_agree(t->together, t->growth->mesh->rank == 0 ? write_summary(t, options, seconds, json) : 0);
  json_decref(json);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
