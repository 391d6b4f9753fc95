/* A tumour in a tissue from segmentations: origin, spread, growth, age. */
#include "growth.h"
#include "internal.h"
#include "session.h"

#include <math.h>
#include <string.h>

#define THRESHOLDS 2
#define NUMBERS 4  /* of each threshold: logarithm of the volume, centroid */
#define LEAST 1e-3 /* mL: added to volumes, so that a tumour that is not seen has a logarithm */
#define ACCURACY                                                                                                       \
  1e-6 /* steps of differences are a hundredth of a prior's deviation: stages of time schemes may change */

struct tissue {
  const struct hc_calibrate_case *study;
  struct hc_growth_case tumour_case;
  struct hc_params *params; /* of the tumour's case */
  struct hc_growth *growth;
  int n_scans;
  double *days;
  double thresholds[THRESHOLDS];
  double home[3]; /* mm: the centroid of a tumour that is not seen */
  struct hc_unknown *unknowns;
  double *data, *sd;
  struct hc_fit_problem problem;
  struct hc_fit *fit;
};

/* ---- Data -------------------------------------------------------------------------------------------------------- */

/* Logarithm of the volume and centroid of what is marked by a share (owned nodes) between 0 and 1. */
static PetscErrorCode measure(const struct tissue *t, const double *share, double numbers[NUMBERS])
{
  const struct hc_tumour *tumour = t->growth->tumour;
  const struct hc_mesh *mesh = t->growth->mesh;
  double sums[NUMBERS] = {0};

  PetscFunctionBeginUser;
  for (int i = 0; i < mesh->n_owned; i++) {
    const double volume = 1e-3 * tumour->volumes[i] * share[i]; /* mL */
    sums[0] += volume;
    for (int d = 0; d < 3; d++)
      sums[1 + d] += volume * mesh->xyz[3 * i + d];
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, NUMBERS, MPI_DOUBLE, MPI_SUM, mesh->comm));
  numbers[0] = log(sums[0] + LEAST);
  for (int d = 0; d < 3; d++)
    numbers[1 + d] = (sums[1 + d] + LEAST * t->home[d]) / (sums[0] + LEAST);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is denser than a threshold, with an edge of half its width: a volume that changes smoothly with the tumour. */
static double soft(double density, double threshold)
{
  const double s = fmin(fmax((density - 0.5 * threshold) / threshold, 0), 1);
  return s * s * (3 - 2 * s);
}

static PetscErrorCode look(const struct tissue *t, double *numbers)
{
  const int n = t->growth->mesh->n_owned;
  const double *density = hc_growth_density(t->growth);
  double *share;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &share));
  for (int k = 0; k < THRESHOLDS; k++) {
    for (int i = 0; i < n; i++)
      share[i] = soft(density[i], t->thresholds[k]);
    PetscCall(measure(t, share, numbers + (ptrdiff_t)NUMBERS * k));
  }
  PetscCall(PetscFree(share));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode mask_of(const struct tissue *t, int scan, int k, double **mask)
{
  const struct hc_scan_params *scans = t->study->scans.items;
  const struct hc_growth_observe_params *observe = &t->tumour_case.observe;

  PetscFunctionBeginUser;
  PetscCall(hc_growth_mask(t->growth, hc_params_place(scans[scan].params, &scans[scan].segmentation),
                           scans[scan].segmentation, k == 0 ? &observe->enhancing_labels : &observe->visible_labels,
                           mask));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Model ------------------------------------------------------------------------------------------------------- */

/* A search may try a seed outside the tissue, where nothing grows: no volume, and that seed for a centroid. */
static PetscErrorCode show_nothing(const struct tissue *t, double *outputs)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < t->n_scans * THRESHOLDS; i++) {
    outputs[NUMBERS * i] = log(LEAST);
    PetscCall(hc_growth_get(t->growth, "seed.x", &outputs[NUMBERS * i + 1]));
    PetscCall(hc_growth_get(t->growth, "seed.y", &outputs[NUMBERS * i + 2]));
    PetscCall(hc_growth_get(t->growth, "seed.z", &outputs[NUMBERS * i + 3]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_model(void *context, const double *values, double *outputs)
{
  struct tissue *t = context;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  for (int j = 0; j < t->problem.n_unknowns; j++)
    PetscCall(hc_growth_set(t->growth, t->unknowns[j].name, values[j]));
  code = hc_growth_restart(t->growth);
  if ((int)code == HC_ERR_INPUT) {
    hc_error_clear();
    PetscCall(show_nothing(t, outputs));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(code);
  for (int i = 0; i < t->n_scans; i++) {
    PetscCall(hc_growth_run(t->growth, t->days[i]));
    PetscCall(look(t, outputs + (ptrdiff_t)THRESHOLDS * NUMBERS * i));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Case -------------------------------------------------------------------------------------------------------- */

static PetscErrorCode set_days(struct tissue *t)
{
  const struct hc_scan_params *scans = t->study->scans.items;
  char place[512];

  PetscFunctionBeginUser;
  t->n_scans = t->study->scans.n;
  PetscCall(PetscMalloc1(t->n_scans, &t->days));
  for (int i = 0; i < t->n_scans; i++) {
    snprintf(place, sizeof place, "%s", hc_params_place(scans[i].params, &scans[i].day));
    PetscCall(hc_day_parse(place, scans[i].day, t->tumour_case.therapy.date, &t->days[i]));
    PetscCheck(i == 0 || t->days[i] > t->days[i - 1], PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found day %.10g after day %.10g; allowed: days in the order of time", place, t->days[i],
               t->days[i - 1]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Unknown names and values out of range are found here, with their place, before anything is run. */
static PetscErrorCode set_parameters(struct tissue *t)
{
  const struct hc_calibrate_case *study = t->study;
  const struct hc_unknown_params *unknowns = study->unknowns.items;

  PetscFunctionBeginUser;
  for (int i = 0; i < study->known.n; i++)
    PetscCall(hc_growth_set(t->growth, study->known.keys[i], study->known.values[i]));
  for (int j = 0; j < study->unknowns.n; j++)
    for (int side = 0; side < 2; side++)
      PetscCall(hc_growth_set(t->growth, unknowns[j].name, side ? unknowns[j].min : unknowns[j].max));
  for (int j = 0; j < study->unknowns.n; j++) { /* where the search begins there must be tissue */
    const double start = isnan(unknowns[j].start) ? hc_prior_unscale(&t->unknowns[j], 0) : unknowns[j].start;
    PetscCall(hc_growth_set(t->growth, unknowns[j].name, start));
  }
  PetscCall(hc_growth_restart(t->growth));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_data(struct tissue *t)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < t->n_scans; i++)
    for (int k = 0; k < THRESHOLDS; k++) {
      double *mask;
      PetscErrorCode code;
      PetscCall(mask_of(t, i, k, &mask));
      code = measure(t, mask, t->data + (ptrdiff_t)NUMBERS * (THRESHOLDS * i + k));
      PetscCall(PetscFree(mask));
      PetscCall(code);
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode make_data(struct tissue *t)
{
  const struct hc_synthetic_params *synthetic = &t->study->synthetic;
  const struct hc_random random = {.seed = (uint64_t)synthetic->seed, .stream = HC_STREAM_NOISE};
  double values[100];

  PetscFunctionBeginUser;
  PetscCall(hc_calibrate_truth(t->study, values));
  PetscCall(run_model(t, values, t->data));
  for (int i = 0; i < t->problem.n_data && !synthetic->clean; i++)
    t->data[i] += t->sd[i] * hc_random_normal(random, (uint64_t)i);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode set_data(struct tissue *t)
{
  const struct hc_scan_params *scans = t->study->scans.items;
  const bool synthetic = t->study->synthetic.truth.n > 0;
  const int n = t->n_scans * THRESHOLDS * NUMBERS;

  PetscFunctionBeginUser;
  for (int i = 0; i < t->n_scans; i++)
    PetscCheck(synthetic == !scans[i].segmentation, PETSC_COMM_SELF, HC_ERR_INPUT,
               synthetic ? "%s: found a segmentation, but `synthetic.truth` makes the scans; allowed: one of the two"
                         : "%s: a scan has no segmentation, and there is no `synthetic.truth` to make it from",
               hc_params_place(scans[i].params, &scans[i].day));
  PetscCall(PetscMalloc2(n, &t->data, n, &t->sd));
  for (int i = 0; i < n; i++)
    t->sd[i] = i % NUMBERS == 0 ? t->study->noise.sd : t->study->noise.position;
  t->problem.n_data = n;
  t->problem.data = t->data;
  t->problem.sd = t->sd;
  if (synthetic)
    PetscCall(make_data(t));
  else
    PetscCall(read_data(t));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode prepare(MPI_Comm comm, struct tissue *t)
{
  struct hc_forward *forward = &t->problem.forward;

  PetscFunctionBeginUser;
  PetscCall(hc_growth_case_read(comm, t->study->tissue, 0, NULL, &t->tumour_case, &t->params));
  PetscCall(set_days(t));
  PetscCall(hc_calibrate_unknowns(t->study, &t->unknowns));
  PetscCall(hc_growth_create(comm, &t->tumour_case, NULL, &t->growth));
  PetscCall(set_parameters(t));
  t->thresholds[0] = t->tumour_case.observe.enhancing;
  t->thresholds[1] = t->tumour_case.observe.visible;
  for (int d = 0; d < 3; d++)
    t->home[d] = t->tumour_case.tumour.seed.position.v[d];
  t->problem.n_unknowns = t->study->unknowns.n;
  t->problem.unknowns = t->unknowns;
  *forward = (struct hc_forward){
      .context = t, .n_outputs = t->n_scans * THRESHOLDS * NUMBERS, .run = run_model, .accuracy = ACCURACY};
  PetscCall(hc_forward_groups(forward, comm, false));
  PetscCall(set_data(t));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Results ----------------------------------------------------------------------------------------------------- */

static json_t *unknowns_json(const struct tissue *t)
{
  const struct hc_map *truth = &t->study->synthetic.truth;
  json_t *json = json_object();
  for (int j = 0; j < t->problem.n_unknowns; j++) {
    const struct hc_unknown *unknown = &t->unknowns[j];
    const bool logarithmic = unknown->prior == HC_PRIOR_LOG_UNIFORM || unknown->prior == HC_PRIOR_LOGNORMAL;
    const double best = t->fit->best[j], half = 1.959964 * t->fit->deviation[j]; /* 95 % */
    json_t *item = json_pack("{s:f, s:f, s:f, s:f, s:f}", "best", best, "low",
                             fmax(logarithmic ? best * exp(-half) : best - half, unknown->min), "high",
                             fmin(logarithmic ? best * exp(half) : best + half, unknown->max), "deviation",
                             t->fit->deviation[j], "informed", t->fit->informed[j]);
    for (int i = 0; i < truth->n; i++)
      if (!strcmp(truth->keys[i], unknown->name))
        json_object_set_new(item, "truth", json_real(truth->values[i]));
    json_object_set_new(json, unknown->name, item);
  }
  return json;
}

/* The best fit once more, with its volumes and its overlap with each segmentation. Collective. */
static PetscErrorCode put_scans(struct tissue *t, json_t *json)
{
  static const char *const names[THRESHOLDS] = {"enhancing", "visible"};
  const struct hc_scan_params *scans = t->study->scans.items;
  json_t *array = json_array();

  PetscFunctionBeginUser;
  json_object_set_new(json, "scans", array);
  for (int j = 0; j < t->problem.n_unknowns; j++)
    PetscCall(hc_growth_set(t->growth, t->unknowns[j].name, t->fit->best[j]));
  PetscCall(hc_growth_restart(t->growth));
  for (int i = 0; i < t->n_scans; i++) {
    json_t *scan = json_pack("{s:f}", "day", t->days[i]);
    json_array_append_new(array, scan);
    PetscCall(hc_growth_run(t->growth, t->days[i]));
    for (int k = 0; k < THRESHOLDS; k++) {
      const int first = NUMBERS * (THRESHOLDS * i + k);
      double dice, *mask;
      json_t *region = json_pack("{s:f, s:f, s:f}", "threshold", t->thresholds[k], "volume_ml",
                                 exp(t->data[first]) - LEAST, "fitted_ml", exp(t->fit->outputs[first]) - LEAST);
      json_object_set_new(scan, names[k], region);
      if (!scans[i].segmentation)
        continue;
      PetscCall(mask_of(t, i, k, &mask));
      PetscCall(hc_growth_dice(t->growth, t->thresholds[k], mask, &dice));
      PetscCall(PetscFree(mask));
      json_object_set_new(region, "dice", json_real(dice));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode fill_summary(struct tissue *t, const struct hc_calibrate_options *options, double seconds,
                                   json_t *json)
{
  struct hc_input_file inputs[2] = {{.path = options->case_path}, {.path = t->study->tissue}};
  const struct hc_fit *fit = t->fit;
  json_t *correlation = json_array();

  PetscFunctionBeginUser;
  for (int i = 0; i < 2; i++)
    PetscCall(hc_sha256_file(inputs[i].path, inputs[i].sha256));
  json_object_set_new(json, "kind", json_string("tissue_calibration"));
  json_object_set_new(json, "title", json_string(t->study->title ? t->study->title : ""));
  json_object_set_new(json, "status", json_string("finished"));
  hc_session_software(json);
  hc_session_inputs(2, inputs, json);
  json_object_set_new(json, "unknowns", unknowns_json(t));
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
                                "iterations", fit->iterations, "runs", (json_int_t)fit->runs, "converged",
                                (int)fit->converged));
  json_object_set_new(json, "timings_s", json_pack("{s:f, s:f}", "setup", t->growth->setup_seconds, "all", seconds));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_all(struct tissue *t, const struct hc_calibrate_options *options, double seconds,
                                json_t *json)
{
  PetscFunctionBeginUser;
  PetscCall(fill_summary(t, options, seconds, json));
  PetscCall(hc_session_used_case(t->study->params, options->folder, NULL, 0, NULL));
  PetscCall(hc_session_summary(json, options->folder));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(MPI_Comm comm, struct tissue *t, const struct hc_calibrate_options *options)
{
  const struct hc_search_params *search = &t->study->search;
  const struct hc_fit_options fit = {.starts = (int)search->starts,
                                     .max_iterations = (int)search->iterations,
                                     .tolerance = search->tolerance,
                                     .seed = (uint64_t)search->seed};
  const double start = MPI_Wtime();
  json_t *json;
  int rank;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(hc_error_agree(comm, rank == 0 ? hc_results_folder(options->folder) : PETSC_SUCCESS));
  PetscCall(prepare(comm, t));
  PetscCall(hc_fit_run(&t->problem, &fit, &t->fit));
  json = json_object();
  code = put_scans(t, json);
  if (!code)
    code = hc_error_agree(comm, rank == 0 ? write_all(t, options, MPI_Wtime() - start, json) : PETSC_SUCCESS);
  json_decref(json);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tissue_run(MPI_Comm comm, const struct hc_calibrate_case *study,
                             const struct hc_calibrate_options *options)
{
  struct tissue t = {.study = study};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  code = run(comm, &t, options);
  hc_fit_destroy(&t.fit);
  PetscCall(PetscFree2(t.data, t.sd));
  PetscCall(PetscFree(t.unknowns));
  PetscCall(PetscFree(t.days));
  hc_growth_destroy(&t.growth);
  hc_params_destroy(&t.params);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
