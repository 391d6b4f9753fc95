/* A tumour in a tissue from segmentations: origin, spread, growth, age. Its case, its model, the run. */
#include "tissue.h"

#include <math.h>
#include <string.h>

#define ACCURACY                                                                                                       \
  1e-6 /* steps of differences are a hundredth of a prior's deviation: stages of time schemes may change */
#define SAME_DAY 1e-9

/* ---- Model ------------------------------------------------------------------------------------------------------- */

static const char *const threshold_names[HC_LEVELS] = {"observe.enhancing", "observe.visible"};

static PetscErrorCode set_value(struct hc_tissue *t, const char *name, double value)
{
  PetscFunctionBeginUser;
  for (int k = 0; k < HC_LEVELS; k++)
    if (!strcmp(name, threshold_names[k])) {
      PetscCheck(value > 0 && value < 1, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: found %.6g; allowed: between 0 and 1",
                 name, value);
      t->thresholds[k] = value;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  PetscCall(hc_growth_set(t->growth, name, value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A search may try a seed outside the tissue, where nothing grows: no volume, and that seed for a centroid. */
static PetscErrorCode show_nothing(struct hc_tissue *t, double *outputs)
{
  const int n_volumes = t->full ? HC_LEVELS * (t->n_shown + t->n_curve) : 0;

  PetscFunctionBeginUser;
  for (int i = 0; i < t->n_scans; i++)
    if (t->scans[i].first >= 0)
      PetscCall(hc_tissue_look_nothing(t, &t->scans[i], outputs + t->scans[i].first));
  for (int i = 0; i < n_volumes; i++)
    outputs[t->problem.n_data + i] = log(HC_LEAST);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode keep_density(struct hc_tissue *t, double **kept)
{
  const int n = t->growth->mesh->n_owned;

  PetscFunctionBeginUser;
  if (!*kept)
    PetscCall(PetscMalloc1(n, kept));
  PetscCall(PetscArraycpy(*kept, hc_growth_density(t->growth), n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is not data: volumes, and what is kept of the densities. */
static PetscErrorCode look_more(struct hc_tissue *t, const struct hc_tissue_stop *stop, const double *volumes,
                                double *outputs)
{
  double *more = outputs + t->problem.n_data;

  PetscFunctionBeginUser;
  for (int k = 0; k < HC_LEVELS; k++) {
    if (stop->shown >= 0)
      more[HC_LEVELS * stop->shown + k] = log(volumes[k] + HC_LEAST);
    if (stop->curve >= 0)
      more[HC_LEVELS * (t->n_shown + stop->curve) + k] = log(volumes[k] + HC_LEAST);
  }
  if (t->keep && stop->shown >= 0)
    PetscCall(keep_density(t, &t->keep[stop->shown]));
  if (t->recording && stop->shown >= 0)
    PetscCall(hc_tissue_record_day(t, stop->shown));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tissue_model(void *context, const double *values, double *outputs)
{
  struct hc_tissue *t = context;
  double volumes[HC_LEVELS];
  PetscErrorCode code;

  PetscFunctionBeginUser;
  for (int j = 0; j < t->problem.n_unknowns; j++)
    PetscCall(set_value(t, t->unknowns[j].name, values[j]));
  if (t->recording)
    PetscCall(hc_tissue_record_begin(t, values));
  code = hc_growth_restart(t->growth);
  if ((int)code == HC_ERR_INPUT) {
    hc_error_clear();
    PetscCall(show_nothing(t, outputs));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(code);
  for (int s = 0; s < t->n_stops; s++) {
    const struct hc_tissue_stop *stop = &t->stops[s];
    if (!t->full && stop->day > t->last_used)
      break;
    if (!t->full && stop->shown < 0) /* the curve's: a multiple of the step, where a run stops anyway */
      continue;
    PetscCall(hc_growth_run(t->growth, stop->day));
    PetscCall(hc_tumour_volumes(t->growth->tumour, 0, HC_LEVELS, t->thresholds, volumes));
    if (stop->scan >= 0 && t->scans[stop->scan].first >= 0)
      PetscCall(hc_tissue_look(t, &t->scans[stop->scan], volumes, outputs + t->scans[stop->scan].first));
    if (t->full)
      PetscCall(look_more(t, stop, volumes, outputs));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Days -------------------------------------------------------------------------------------------------------- */

/* First day of a seed that may come as late as its unknown's upper bound. */
static double latest_seed(const struct hc_tissue *t, const void **where, const struct hc_params **params)
{
  const struct hc_unknown_params *unknowns = t->study->unknowns.items;
  *where = &t->tumour_case.tumour.seed.time;
  *params = t->tumour_case.tumour.seed.params;
  for (int j = 0; j < t->study->unknowns.n; j++)
    if (!strcmp(unknowns[j].name, "seed.time")) {
      *where = &unknowns[j].max;
      *params = unknowns[j].params;
      return unknowns[j].max;
    }
  for (int i = 0; i < t->study->known.n; i++)
    if (!strcmp(t->study->known.keys[i], "seed.time"))
      return t->study->known.values[i];
  return t->tumour_case.tumour.seed.time;
}

static PetscErrorCode read_days(struct hc_tissue *t)
{
  const struct hc_scan_params *scans = t->study->scans.items;
  char place[512];
  int used = 0;

  PetscFunctionBeginUser;
  t->n_scans = t->study->scans.n;
  t->last_used = -INFINITY;
  PetscCall(PetscCalloc1(t->n_scans, &t->scans));
  for (int i = 0; i < t->n_scans; i++) {
    struct hc_tissue_scan *scan = &t->scans[i];
    scan->params = &scans[i];
    scan->held_out = scans[i].held_out;
    scan->first = -1;
    snprintf(place, sizeof place, "%s", hc_params_place(scans[i].params, &scans[i].day));
    PetscCall(hc_day_parse(place, scans[i].day, t->tumour_case.therapy.date, &scan->day));
    PetscCheck(i == 0 || scan->day > scan[-1].day, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found day %.10g after day %.10g; allowed: days in the order of time", place, scan->day,
               scan[-1].day);
    used += !scan->held_out;
    if (!scan->held_out)
      t->last_used = scan->day;
  }
  PetscCheck(used > 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: all scans are held out; allowed: at least one that is not",
             hc_params_place(t->study->params, &t->study->scans));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_seed_day(const struct hc_tissue *t)
{
  const struct hc_params *params;
  const void *where;
  const double seed = latest_seed(t, &where, &params);
  struct hc_therapy *therapy;
  double first = t->scans[0].day;

  PetscFunctionBeginUser;
  PetscCheck(seed < first, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: the tumour begins on day %.10g, and the first scan is of day %.10g; allowed: a seed before the first "
             "scan",
             hc_params_place(params, where), seed, first);
  PetscCall(hc_therapy_create(&t->tumour_case.therapy, seed, &therapy)); /* complains of what comes earlier */
  hc_therapy_destroy(&therapy);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int compare_days(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Days of scans and predictions, each once. */
static PetscErrorCode list_shown(struct hc_tissue *t)
{
  const struct hc_predict_params *predict = &t->study->predict;
  int n = 0;
  char place[512];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(t->n_scans + predict->days.n, &t->shown));
  for (int i = 0; i < t->n_scans; i++)
    t->shown[n++] = t->scans[i].day;
  snprintf(place, sizeof place, "%s", hc_params_place(predict->params, &predict->days));
  for (int i = 0; i < predict->days.n; i++) {
    const double before = i ? t->shown[n - 1] : t->shown[0];
    PetscCall(hc_day_parse(place, predict->days.v[i], t->tumour_case.therapy.date, &t->shown[n]));
    PetscCheck(t->shown[n] > before || (i == 0 && t->shown[n] == before), PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found day %.10g after day %.10g; allowed: days in the order of time, from the first scan on", place,
               t->shown[n], before);
    n++;
  }
  qsort(t->shown, (size_t)n, sizeof *t->shown, compare_days);
  for (int i = 0; i < n; i++)
    if (t->n_shown == 0 || t->shown[i] > t->shown[t->n_shown - 1] + SAME_DAY)
      t->shown[t->n_shown++] = t->shown[i];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The curve's days are multiples of the step, where steps end anyway: a curve changes no result. */
static PetscErrorCode list_curve(struct hc_tissue *t)
{
  const double step = t->tumour_case.time.step;
  const int64_t first = (int64_t)ceil(t->shown[0] / step - SAME_DAY);
  const int64_t last = (int64_t)floor(t->shown[t->n_shown - 1] / step + SAME_DAY);
  const int64_t points = t->study->predict.points, every = PetscMax((last - first + points) / points, 1);

  PetscFunctionBeginUser;
  t->n_curve = last < first ? 0 : (int)((last - first) / every) + 1;
  PetscCall(PetscMalloc1(t->n_curve, &t->curve));
  for (int i = 0; i < t->n_curve; i++)
    t->curve[i] = (double)(first + i * every) * step;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int compare_stops(const void *a, const void *b)
{
  return compare_days(&((const struct hc_tissue_stop *)a)->day, &((const struct hc_tissue_stop *)b)->day);
}

static PetscErrorCode list_stops(struct hc_tissue *t)
{
  int n = 0;

  PetscFunctionBeginUser;
  PetscCall(list_shown(t));
  PetscCall(list_curve(t));
  PetscCall(PetscMalloc1(t->n_shown + t->n_curve, &t->stops));
  for (int i = 0; i < t->n_shown; i++) {
    struct hc_tissue_stop *stop = &t->stops[n++];
    *stop = (struct hc_tissue_stop){.day = t->shown[i], .scan = -1, .shown = i, .curve = -1};
    for (int k = 0; k < t->n_scans; k++)
      if (fabs(t->scans[k].day - stop->day) <= SAME_DAY)
        stop->scan = k;
    for (int k = 0; k < t->n_curve; k++)
      if (fabs(t->curve[k] - stop->day) <= SAME_DAY)
        stop->curve = k;
  }
  for (int k = 0; k < t->n_curve; k++) {
    bool there = false;
    for (int i = 0; i < t->n_shown; i++)
      there = there || t->stops[i].curve == k;
    if (!there)
      t->stops[n++] = (struct hc_tissue_stop){.day = t->curve[k], .scan = -1, .shown = -1, .curve = k};
  }
  t->n_stops = n;
  qsort(t->stops, (size_t)n, sizeof *t->stops, compare_stops);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Case -------------------------------------------------------------------------------------------------------- */

static PetscErrorCode check_keys(const struct hc_calibrate_case *study)
{
  const struct hc_therapy_params *therapy = &study->therapy;
  const void *const lists[] = {&therapy->date, &therapy->radiotherapy, &therapy->chemotherapy, &therapy->surgery,
                               &therapy->immunotherapy};
  const bool given[] = {therapy->date != NULL, therapy->radiotherapy.n > 0, therapy->chemotherapy.n > 0,
                        therapy->surgery.n > 0, therapy->immunotherapy.n > 0};

  PetscFunctionBeginUser;
  for (int i = 0; i < 5; i++)
    PetscCheck(!given[i], PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found a therapy beside `tissue`; allowed: in that case, %s, alone",
               hc_params_place(therapy->params, lists[i]), study->tissue);
  PetscCheck(study->noise.kind == HC_NOISE_RELATIVE, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found absolute; allowed in a tissue: relative",
             hc_params_place(study->noise.params, &study->noise.kind));
  for (int i = 0; i < study->scans.n; i++) {
    const struct hc_scan_params *scan = (const struct hc_scan_params *)study->scans.items + i;
    PetscCheck(isnan(scan->volume), PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found a volume; allowed in a tissue: a segmentation", hc_params_place(scan->params, &scan->volume));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same with the place of the name in the input. */
static PetscErrorCode try_set(struct hc_tissue *t, const char *place, const char *name, double value)
{
  char text[512], where[512];
  PetscErrorCode code;

  PetscFunctionBeginUser;
  snprintf(where, sizeof where, "%s", place);
  code = set_value(t, name, value);
  if ((int)code == HC_ERR_INPUT) {
    snprintf(text, sizeof text, "%s", hc_error_message());
    hc_error_clear();
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s", where, text);
  }
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Unknown names and values out of range are found here, with their place, before anything is run. */
static PetscErrorCode set_parameters(struct hc_tissue *t)
{
  const struct hc_calibrate_case *study = t->study;
  const struct hc_unknown_params *unknowns = study->unknowns.items;

  PetscFunctionBeginUser;
  for (int i = 0; i < study->known.n; i++)
    PetscCall(try_set(t, hc_params_place_entry(study->params, &study->known, i), study->known.keys[i],
                      study->known.values[i]));
  for (int j = 0; j < study->unknowns.n; j++) {
    for (int i = 0; i < study->known.n; i++)
      PetscCheck(strcmp(study->known.keys[i], unknowns[j].name) != 0, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "%s: found %s, which `known` gives; allowed: one of the two",
                 hc_params_place(unknowns[j].params, &unknowns[j].name), unknowns[j].name);
    for (int side = 0; side < 2; side++)
      PetscCall(try_set(t, hc_params_place(unknowns[j].params, &unknowns[j].name), unknowns[j].name,
                        side ? unknowns[j].min : unknowns[j].max));
  }
  for (int j = 0; j < study->unknowns.n; j++) { /* where the search begins there must be tissue */
    const double start = isnan(unknowns[j].start) ? hc_prior_unscale(&t->unknowns[j], 0) : unknowns[j].start;
    PetscCall(set_value(t, unknowns[j].name, start));
  }
  PetscCall(hc_growth_restart(t->growth));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Units of what may be unknown; of a treatment's parameters (NAME.alpha) by their last part. */
static const char *unit_of(const char *name)
{
  static const char *const units[][2] = {{"diffusivity", "mm2/day"},
                                         {"proliferation", "1/day"},
                                         {"x", "mm"},
                                         {"y", "mm"},
                                         {"z", "mm"},
                                         {"radius", "mm"},
                                         {"time", "day"},
                                         {"alpha", "1/Gy"},
                                         {"alpha_beta", "Gy"},
                                         {"kill", "1/day"},
                                         {"decay", "1/day"},
                                         {"immunity", "1/day"},
                                         {"rate", "1/day"}};
  const char *dot = strrchr(name, '.');
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
    if (!strcmp(dot ? dot + 1 : name, units[i][0]))
      return units[i][1];
  return "1";
}

/* The group's own communicator, and the one of this rank's place in all groups. */
static PetscErrorCode split(MPI_Comm comm, struct hc_tissue *t)
{
  const struct hc_search_params *search = &t->study->search;
  int rank, size;
  char text[512];

  PetscFunctionBeginUser;
  if (hc_forward_groups(&t->problem.forward, comm, (int)search->ranks)) {
    snprintf(text, sizeof text, "%s", hc_error_message());
    hc_error_clear();
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s", hc_params_place(search->params, &search->ranks), text);
  }
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_split(comm, t->problem.forward.group, rank, &t->together));
  PetscCallMPI(MPI_Comm_rank(t->together, &size));
  PetscCallMPI(MPI_Comm_split(comm, size, rank, &t->across));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All that is done by each group alone, which sees the same errors as others. */
static PetscErrorCode build(struct hc_tissue *t)
{
  struct hc_forward *forward = &t->problem.forward;

  PetscFunctionBeginUser;
  PetscCall(hc_growth_create(t->together, &t->tumour_case, NULL, &t->growth));
  PetscCall(set_parameters(t));
  t->problem.n_unknowns = t->study->unknowns.n;
  t->problem.unknowns = t->unknowns;
  forward->context = t;
  forward->run = hc_tissue_model;
  forward->accuracy = ACCURACY;
  forward->n_outputs = HC_LEVELS * (t->n_shown + t->n_curve);
  PetscCall(hc_tissue_read_scans(t));
  forward->n_outputs = t->problem.n_data;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tissue_prepare(MPI_Comm comm, struct hc_tissue *t)
{
  PetscFunctionBeginUser;
  PetscCall(check_keys(t->study));
  PetscCall(hc_growth_case_read(comm, t->study->tissue, 0, NULL, &t->tumour_case, &t->params));
  PetscCall(read_days(t));
  PetscCall(check_seed_day(t));
  PetscCall(list_stops(t));
  PetscCall(hc_calibrate_unknowns(t->study, &t->unknowns));
  for (int j = 0; j < t->study->unknowns.n; j++)
    t->unknowns[j].unit = unit_of(t->unknowns[j].name);
  t->thresholds[0] = t->tumour_case.observe.enhancing;
  t->thresholds[1] = t->tumour_case.observe.visible;
  for (int d = 0; d < 3; d++)
    t->home[d] = t->tumour_case.tumour.seed.position.v[d];
  PetscCall(split(comm, t));
  PetscCall(hc_error_agree(comm, build(t)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_tissue_clear(struct hc_tissue *t)
{
  for (int i = 0; t->scans && i < t->n_scans; i++) {
    for (int k = 0; k < HC_LEVELS; k++)
      (void)PetscFree(t->scans[i].masks[k]);
    (void)PetscFree2(t->scans[i].block, t->scans[i].room);
  }
  for (int i = 0; t->densities && i < t->n_shown; i++)
    (void)PetscFree(t->densities[i]);
  for (int i = 0; t->probability && i < HC_LEVELS * t->n_shown; i++)
    (void)PetscFree(t->probability[i]);
  for (int r = 0; r < t->n_records; r++)
    (void)PetscFree2(t->records[r].values, t->records[r].bits);
  (void)PetscFree(t->densities);
  (void)PetscFree(t->probability);
  (void)PetscFree(t->records);
  (void)PetscFree2(t->outputs, t->deviation);
  hc_ensemble_destroy(&t->ensemble);
  hc_fit_destroy(&t->fit);
  (void)PetscFree2(t->data, t->sd);
  (void)PetscFree(t->unknowns);
  (void)PetscFree(t->stops);
  (void)PetscFree(t->shown);
  (void)PetscFree(t->curve);
  (void)PetscFree(t->scans);
  hc_growth_destroy(&t->growth);
  hc_params_destroy(&t->params);
  if (t->together && t->together != MPI_COMM_NULL)
    MPI_Comm_free(&t->together);
  if (t->across && t->across != MPI_COMM_NULL)
    MPI_Comm_free(&t->across);
}

/* ---- Run --------------------------------------------------------------------------------------------------------- */

/* What follows from the fit: outputs that are no data, samples, maps. */
static PetscErrorCode look_ahead(struct hc_tissue *t)
{
  const struct hc_ensemble_params *p = &t->study->ensemble;
  const struct hc_ensemble_options options = {
      .samples = (int)hc_calibrate_samples(t->study), .rounds = (int)p->rounds, .seed = (uint64_t)p->seed};
  const int m = t->problem.n_data + HC_LEVELS * (t->n_shown + t->n_curve);

  PetscFunctionBeginUser;
  t->full = true;
  t->problem.forward.n_outputs = m;
  PetscCall(PetscMalloc2(m, &t->outputs, m, &t->deviation));
  PetscCall(hc_fit_predict(&t->problem, t->fit, t->outputs, t->deviation));
  t->runs = t->fit->runs + 2 * t->problem.n_unknowns + 1;
  if (options.samples > 0) {
    t->recording = true;
    PetscCall(hc_ensemble_draw(&t->problem, t->fit, &options, &t->ensemble));
    t->recording = false;
    t->runs += (int64_t)options.samples * PetscMax(options.rounds, 1);
    PetscCall(hc_tissue_probability(t));
  }
  PetscCall(PetscCalloc1(t->n_shown, &t->densities));
  t->keep = t->densities;
  PetscCall(hc_error_agree(t->problem.forward.comm, hc_tissue_model(t, t->fit->best, t->outputs)));
  t->keep = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(MPI_Comm comm, struct hc_tissue *t, const struct hc_calibrate_options *options)
{
  const struct hc_search_params *search = &t->study->search;
  const struct hc_fit_options fit = {.starts = (int)search->starts,
                                     .max_iterations = (int)search->iterations,
                                     .tolerance = search->tolerance,
                                     .seed = (uint64_t)search->seed};
  const double start = MPI_Wtime();
  PetscErrorCode code = PETSC_SUCCESS;
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(hc_error_agree(comm, rank == 0 ? hc_results_folder(options->folder) : PETSC_SUCCESS));
  PetscCall(hc_tissue_prepare(comm, t));
  PetscCall(hc_fit_run(&t->problem, &fit, &t->fit));
  PetscCall(look_ahead(t));
  if (t->problem.forward.group == 0)
    code = hc_tissue_write(t, options, MPI_Wtime() - start);
  PetscCall(hc_error_agree(comm, code));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tissue_run(MPI_Comm comm, const struct hc_calibrate_case *study,
                             const struct hc_calibrate_options *options)
{
  struct hc_tissue t = {.study = study, .together = MPI_COMM_NULL, .across = MPI_COMM_NULL};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  code = run(comm, &t, options);
  hc_tissue_clear(&t);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tissue_check(MPI_Comm comm, const struct hc_calibrate_case *study, struct hc_calibrate_cost *cost)
{
  struct hc_tissue t = {.study = study, .together = MPI_COMM_NULL, .across = MPI_COMM_NULL};
  double values[100], start, *outputs = NULL;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  start = MPI_Wtime();
  code = hc_tissue_prepare(comm, &t);
  cost->setup = MPI_Wtime() - start;
  if (!code)
    code = hc_fit_check(&t.problem);
  if (!code)
    code = PetscMalloc1(t.problem.n_data, &outputs);
  if (!code) {
    hc_fit_start(&t.problem, values);
    start = MPI_Wtime();
    code = hc_error_agree(comm, hc_tissue_model(&t, values, outputs)); /* all groups at once, as in a calibration */
    cost->run = MPI_Wtime() - start;
    cost->n_unknowns = t.problem.n_unknowns;
    cost->n_scans = t.n_scans;
    for (int i = 0; i < t.n_scans; i++)
      cost->n_held_out += t.scans[i].held_out;
    cost->n_scans -= cost->n_held_out;
    cost->n_data = t.problem.n_data;
    cost->n_predicted = t.n_shown - cost->n_scans;
    cost->n_groups = t.problem.forward.n_groups;
    cost->n_nodes = t.growth->mesh->n_nodes;
  }
  PetscCall(PetscFree(outputs));
  hc_tissue_clear(&t);
  PetscCall(code);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &cost->run, 1, MPI_DOUBLE, MPI_MAX, comm));
  hc_calibrate_estimate(study, cost);
  PetscFunctionReturn(PETSC_SUCCESS);
}
