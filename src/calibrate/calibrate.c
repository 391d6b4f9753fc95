/* A calibration from its case: data, model, fit, posterior. */
#include "calibrate.h"

#include "internal.h"

#include <math.h>
#include <string.h>

double hc_calibration_volume(const struct hc_calibration *calibration, double output)
{
  return calibration->study->noise.kind == HC_NOISE_RELATIVE ? exp(output) : output;
}

static double output_of(const struct hc_calibration *calibration, double volume)
{
  return calibration->study->noise.kind == HC_NOISE_RELATIVE ? log(volume) : volume;
}

/* ---- Days -------------------------------------------------------------------------------------------------------- */

static PetscErrorCode put_day(const struct hc_calibration *calibration, const struct hc_params *params,
                              const void *where, const char *text, double after, bool may_be_equal, double *day)
{
  char place[512];

  PetscFunctionBeginUser;
  snprintf(place, sizeof place, "%s", hc_params_place(params, where));
  PetscCall(hc_day_parse(place, text, calibration->study->therapy.date, day));
  PetscCheck(*day > after || (may_be_equal && *day == after), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found day %.10g after day %.10g; allowed: days in the order of time", place, *day, after);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Days of scans: those that are used first, held-out ones after them. */
static PetscErrorCode set_scan_days(struct hc_calibration *calibration, int *n_held_out)
{
  const struct hc_calibrate_case *study = calibration->study;
  const struct hc_scan_params *scans = study->scans.items;
  const int n = study->scans.n;
  double before = -INFINITY;
  int used = 0, held_out = 0;

  PetscFunctionBeginUser;
  for (int i = 0; i < n; i++)
    calibration->n_scans += !scans[i].held_out;
  PetscCheck(calibration->n_scans >= 2, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %d scan%s that %s used; allowed: 2 or more", hc_params_place(study->params, &study->scans),
             calibration->n_scans, calibration->n_scans == 1 ? "" : "s", calibration->n_scans == 1 ? "is" : "are");
  PetscCheck(!scans[0].held_out, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: the first scan is held out, on whose day the unknown `volume` is; allowed: a later one",
             hc_params_place(scans[0].params, &scans[0].held_out));
  for (int i = 0; i < n; i++) {
    const int place = scans[i].held_out ? calibration->n_scans + held_out++ : used++;
    PetscCall(
        put_day(calibration, scans[i].params, &scans[i].day, scans[i].day, before, false, &calibration->days[place]));
    before = calibration->days[place];
    calibration->sources[place] = &scans[i];
  }
  *n_held_out = held_out;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The day of a prediction into its place among those of held-out scans, unless one of them is of that day. */
static void insert_day(struct hc_calibration *calibration, double day)
{
  double *days = calibration->days + calibration->n_scans;
  const struct hc_scan_params **sources = calibration->sources + calibration->n_scans;
  int k = calibration->n_predicted;

  for (int i = 0; i < k; i++)
    if (days[i] == day)
      return;
  for (; k > 0 && days[k - 1] > day; k--) {
    days[k] = days[k - 1];
    sources[k] = sources[k - 1];
  }
  days[k] = day;
  sources[k] = NULL;
  calibration->n_predicted++;
}

/* The days of all outputs. What is predicted may lie between scans. */
static PetscErrorCode set_days(struct hc_calibration *calibration)
{
  const struct hc_calibrate_case *study = calibration->study;
  const struct hc_predict_params *predict = &study->predict;
  const int most = study->scans.n + predict->days.n;
  double day, last, *days;

  PetscFunctionBeginUser;
  calibration->n_curve = (int)predict->points;
  PetscCall(PetscMalloc1((size_t)(most + calibration->n_curve), &calibration->days));
  PetscCall(PetscCalloc1(most, &calibration->sources));
  PetscCall(set_scan_days(calibration, &calibration->n_predicted));
  days = calibration->days;
  day = days[0];
  for (int i = 0; i < predict->days.n; i++) {
    PetscCall(put_day(calibration, predict->params, &predict->days, predict->days.v[i], day, i == 0, &day));
    insert_day(calibration, day);
  }
  const int n = calibration->n_scans + calibration->n_predicted;
  last = fmax(days[calibration->n_scans - 1], days[n - 1]);
  for (int i = 0; i < calibration->n_curve; i++)
    days[n + i] = days[0] + (last - days[0]) * i / (calibration->n_curve - 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Model ------------------------------------------------------------------------------------------------------- */

static PetscErrorCode set_values(const struct hc_calibration *calibration, const double *values,
                                 struct hc_logistic *tumour)
{
  PetscFunctionBeginUser;
  for (int j = 0; j < calibration->problem.n_unknowns; j++)
    PetscCall(hc_logistic_set(tumour, calibration->unknowns[j].name, values[j]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_model(void *context, const double *values, double *outputs)
{
  struct hc_calibration *calibration = context;
  const int parts[] = {calibration->n_scans, calibration->n_predicted, calibration->n_curve};
  struct hc_logistic tumour = calibration->tumour;
  int first = 0;

  PetscFunctionBeginUser;
  PetscCall(set_values(calibration, values, &tumour));
  for (int part = 0; part < 3; part++) { /* each in the order of time */
    PetscCall(hc_logistic_volumes(&tumour, parts[part], calibration->days + first, outputs + first));
    for (int i = 0; i < parts[part]; i++)
      outputs[first + i] = output_of(calibration, outputs[first + i]);
    first += parts[part];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_calibration_tumour(const struct hc_calibration *calibration, int k, struct hc_logistic *tumour)
{
  const double *values =
      k < 0 ? calibration->fit->best : calibration->ensemble->unknowns + (ptrdiff_t)k * calibration->problem.n_unknowns;

  PetscFunctionBeginUser;
  *tumour = calibration->tumour;
  PetscCall(set_values(calibration, values, tumour));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* An error of hc_logistic_set() with its place in the input. */
static PetscErrorCode try_set(const char *place, struct hc_logistic *tumour, const char *name, double value)
{
  char text[512];
  bool treated = false;
  const char *unit;

  PetscFunctionBeginUser;
  if (tumour->therapy)
    PetscCall(hc_therapy_set(tumour->therapy, name, value, &treated));
  if (treated || hc_logistic_unit(name, &unit)) {
    PetscCall(hc_logistic_set(tumour, name, value));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  (void)hc_logistic_set(tumour, name, value); /* for its message */
  snprintf(text, sizeof text, "%s", hc_error_message());
  hc_error_clear();
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s", place, text);
}

/* The tumour with all that is known, and a first value for what is not; whether anything is missing. */
static PetscErrorCode set_tumour(struct hc_calibration *calibration)
{
  const struct hc_calibrate_case *study = calibration->study;
  const struct hc_unknown_params *unknowns = study->unknowns.items;
  struct hc_logistic *tumour = &calibration->tumour, trial;
  char place[512];

  PetscFunctionBeginUser;
  *tumour = (struct hc_logistic){.rho = NAN,
                                 .capacity = NAN,
                                 .volume = NAN,
                                 .begin = calibration->days[0],
                                 .alpha = NAN,
                                 .alpha_beta = NAN,
                                 .therapy = calibration->therapy};
  for (int i = 0; i < study->known.n; i++) {
    snprintf(place, sizeof place, "%s", hc_params_place_entry(study->params, &study->known, i));
    PetscCall(try_set(place, tumour, study->known.keys[i], study->known.values[i]));
  }
  trial = *tumour;
  for (int j = 0; j < study->unknowns.n; j++) {
    snprintf(place, sizeof place, "%s", hc_params_place(unknowns[j].params, &unknowns[j].name));
    for (int i = 0; i < study->known.n; i++)
      PetscCheck(strcmp(study->known.keys[i], unknowns[j].name) != 0, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "%s: found %s, which `known` gives; allowed: one of the two", place, unknowns[j].name);
    PetscCall(try_set(place, &trial, unknowns[j].name, unknowns[j].min));
  }
  const struct {
    const char *name;
    double value;
  } needed[] = {{"rho", trial.rho}, {"capacity", trial.capacity}, {"volume", trial.volume}};
  for (int i = 0; i < 3; i++)
    PetscCheck(!isnan(needed[i].value), PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: %s is neither an unknown nor known; allowed: one of the two",
               hc_params_place(study->params, &study->unknowns), needed[i].name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_calibrate_unknowns(const struct hc_calibrate_case *study, struct hc_unknown **unknowns)
{
  const struct hc_unknown_params *from = study->unknowns.items;
  const int n = study->unknowns.n;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n, unknowns));
  for (int j = 0; j < n; j++) {
    struct hc_unknown *unknown = &(*unknowns)[j];
    const bool gaussian = from[j].prior == HC_PRIOR_NORMAL || from[j].prior == HC_PRIOR_LOGNORMAL;
    PetscCheck(from[j].min < from[j].max, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found %.10g and max %.10g for %s; allowed: the lower bound below the upper one",
               hc_params_place(from[j].params, &from[j].min), from[j].min, from[j].max, from[j].name);
    PetscCheck(!gaussian || (!isnan(from[j].centre) && !isnan(from[j].spread)), PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: a prior of this kind needs `centre` and `spread`", hc_params_place(from[j].params, &from[j].prior));
    PetscCheck(isnan(from[j].start) || (from[j].start >= from[j].min && from[j].start <= from[j].max), PETSC_COMM_SELF,
               HC_ERR_INPUT, "%s: found the start %.10g of %s; allowed: within its bounds, %.10g to %.10g",
               hc_params_place(from[j].params, &from[j].start), from[j].start, from[j].name, from[j].min, from[j].max);
    *unknown = (struct hc_unknown){.name = from[j].name,
                                   .min = from[j].min,
                                   .max = from[j].max,
                                   .start = from[j].start,
                                   .prior = from[j].prior,
                                   .centre = from[j].centre,
                                   .spread = from[j].spread};
    (void)hc_logistic_unit(unknown->name, &unknown->unit);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode set_unknowns(struct hc_calibration *calibration)
{
  const struct hc_unknown_params *from = calibration->study->unknowns.items;
  const int n = calibration->study->unknowns.n;

  PetscFunctionBeginUser;
  PetscCall(hc_calibrate_unknowns(calibration->study, &calibration->unknowns));
  for (int j = 0; j < n; j++)
    PetscCheck(from[j].min >= 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: found %.10g for %s; allowed: not below 0",
               hc_params_place(from[j].params, &from[j].min), from[j].min, from[j].name);
  calibration->problem.n_unknowns = n;
  calibration->problem.unknowns = calibration->unknowns;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Data -------------------------------------------------------------------------------------------------------- */

PetscErrorCode hc_calibrate_truth(const struct hc_calibrate_case *study, double *values)
{
  const struct hc_unknown_params *unknowns = study->unknowns.items;
  const struct hc_map *truth = &study->synthetic.truth;

  PetscFunctionBeginUser;
  for (int j = 0; j < study->unknowns.n; j++) {
    values[j] = NAN;
    for (int i = 0; i < truth->n; i++)
      if (!strcmp(truth->keys[i], unknowns[j].name))
        values[j] = truth->values[i];
    PetscCheck(!isnan(values[j]), PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s is missing; allowed: a value of each unknown",
               hc_params_place(study->synthetic.params, truth), unknowns[j].name);
  }
  for (int i = 0; i < truth->n; i++) {
    bool found = false;
    for (int j = 0; j < study->unknowns.n; j++)
      found = found || !strcmp(truth->keys[i], unknowns[j].name);
    PetscCheck(found, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s is no unknown; allowed: a value of each unknown",
               hc_params_place_entry(study->synthetic.params, truth, i), truth->keys[i]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode make_data(struct hc_calibration *calibration)
{
  const struct hc_synthetic_params *synthetic = &calibration->study->synthetic;
  const struct hc_random random = {.seed = (uint64_t)synthetic->seed, .stream = HC_STREAM_NOISE};
  const int n = calibration->problem.forward.n_outputs;
  double values[100], *outputs;

  PetscFunctionBeginUser;
  PetscCall(hc_calibrate_truth(calibration->study, values));
  PetscCall(PetscMalloc1(n, &outputs));
  PetscCall(run_model(calibration, values, outputs));
  for (int i = 0; i < calibration->n_scans + calibration->n_predicted; i++)
    if (calibration->sources[i])
      calibration->data[i] =
          outputs[i] + (synthetic->clean ? 0 : calibration->sd[i] * hc_random_normal(random, (uint64_t)i));
  PetscCall(PetscFree(outputs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode set_data(struct hc_calibration *calibration)
{
  const int n = calibration->n_scans + calibration->n_predicted;
  const bool synthetic = calibration->study->synthetic.truth.n > 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n, &calibration->data, n, &calibration->sd));
  for (int i = 0; i < n; i++) {
    const struct hc_scan_params *scan = calibration->sources[i];
    calibration->sd[i] = calibration->study->noise.sd;
    calibration->data[i] = scan ? output_of(calibration, scan->volume) : NAN;
    PetscCheck(!scan || synthetic == (bool)isnan(scan->volume), PETSC_COMM_SELF, HC_ERR_INPUT,
               synthetic ? "%s: found a volume, but `synthetic.truth` makes the scans; allowed: one of the two"
                         : "%s: a scan has no volume, and there is no `synthetic.truth` to make it from",
               hc_params_place(scan->params, synthetic ? (const void *)&scan->volume : &scan->day));
    PetscCheck(!scan || !scan->segmentation, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found a segmentation; allowed without `tissue`: a volume",
               hc_params_place(scan->params, &scan->segmentation));
  }
  calibration->problem.n_data = calibration->n_scans;
  calibration->problem.data = calibration->data;
  calibration->problem.sd = calibration->sd;
  if (synthetic)
    PetscCall(make_data(calibration));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Calibration ------------------------------------------------------------------------------------------------- */

static PetscErrorCode fit_and_sample(struct hc_calibration *calibration)
{
  const struct hc_calibrate_case *study = calibration->study;
  const struct hc_fit_options fit = {.starts = (int)study->search.starts,
                                     .max_iterations = (int)study->search.iterations,
                                     .tolerance = study->search.tolerance,
                                     .seed = (uint64_t)study->search.seed};
  const struct hc_ensemble_options ensemble = {.samples = (int)hc_calibrate_samples(study),
                                               .rounds = (int)study->ensemble.rounds,
                                               .seed = (uint64_t)study->ensemble.seed};

  PetscFunctionBeginUser;
  PetscCall(hc_fit_run(&calibration->problem, &fit, &calibration->fit));
  PetscCall(hc_ensemble_draw(&calibration->problem, calibration->fit, &ensemble, &calibration->ensemble));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode fill(MPI_Comm comm, struct hc_calibration *calibration)
{
  struct hc_forward *forward = &calibration->problem.forward;

  PetscFunctionBeginUser;
  PetscCheck(hc_calibrate_samples(calibration->study) > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found 0; allowed without `tissue`: 1 or more",
             hc_params_place(calibration->study->ensemble.params, &calibration->study->ensemble.samples));
  PetscCall(set_days(calibration));
  PetscCall(hc_therapy_create(&calibration->study->therapy, calibration->days[0], &calibration->therapy));
  PetscCall(set_tumour(calibration));
  PetscCall(set_unknowns(calibration));
  *forward = (struct hc_forward){
      .context = calibration,
      .n_outputs = calibration->n_scans + calibration->n_predicted + calibration->n_curve,
      .run = run_model,
      .accuracy = 1e-14 /* formulae, but for hundreds of factors one after the other */
  };
  PetscCall(hc_forward_groups(forward, comm, 1));
  PetscCall(set_data(calibration));
  PetscCall(hc_fit_check(&calibration->problem));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_calibration_prepare(MPI_Comm comm, const struct hc_calibrate_case *study,
                                      struct hc_calibration **calibration)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(calibration));
  (*calibration)->study = study;
  code = fill(comm, *calibration);
  if (code)
    hc_calibration_destroy(calibration);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_calibration_create(MPI_Comm comm, const struct hc_calibrate_case *study,
                                     struct hc_calibration **calibration)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_calibration_prepare(comm, study, calibration));
  code = fit_and_sample(*calibration);
  if (code)
    hc_calibration_destroy(calibration);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_calibration_destroy(struct hc_calibration **calibration)
{
  struct hc_calibration *c = *calibration;
  if (!c)
    return;
  hc_ensemble_destroy(&c->ensemble);
  hc_fit_destroy(&c->fit);
  hc_therapy_destroy(&c->therapy);
  (void)PetscFree2(c->data, c->sd);
  (void)PetscFree(c->unknowns);
  (void)PetscFree(c->days);
  (void)PetscFree(c->sources);
  (void)PetscFree(*calibration);
}

/* ---- Cost -------------------------------------------------------------------------------------------------------- */

#define USUAL_ITERATIONS 15 /* of a search */

void hc_calibrate_estimate(const struct hc_calibrate_case *study, struct hc_calibrate_cost *cost)
{
  const int64_t each = 2 * (int64_t)cost->n_unknowns, g = cost->n_groups, starts = study->search.starts;
  const int64_t usual = PetscMin(study->search.iterations, USUAL_ITERATIONS);
  const int64_t samples = hc_calibrate_samples(study) * PetscMax(study->ensemble.rounds, 1);
  int64_t rows; /* of runs, one after the other */

  cost->search_runs = starts * (usual + 1) * (each + 1);
  cost->most_runs = starts * (study->search.iterations + 1) * (each + 1);
  cost->further_runs = samples + (study->tissue ? each + 2 : 1);
  rows = starts * (usual + 1) * ((each + g - 1) / g + 1) + (cost->further_runs + g - 1) / g;
  cost->seconds = cost->setup + (double)rows * cost->run;
}

PetscErrorCode hc_calibrate_check(MPI_Comm comm, const struct hc_calibrate_case *study, struct hc_calibrate_cost *cost)
{
  struct hc_calibration *c;
  double start, *values, *outputs;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *cost = (struct hc_calibrate_cost){0};
  if (study->tissue) {
    PetscCall(hc_tissue_check(comm, study, cost));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(hc_calibration_prepare(comm, study, &c));
  cost->n_unknowns = c->problem.n_unknowns;
  cost->n_scans = cost->n_data = c->n_scans;
  cost->n_predicted = c->n_predicted;
  cost->n_held_out = study->scans.n - c->n_scans;
  cost->n_groups = c->problem.forward.n_groups;
  PetscCall(PetscMalloc2(cost->n_unknowns, &values, c->problem.forward.n_outputs, &outputs));
  hc_fit_start(&c->problem, values);
  start = MPI_Wtime();
  code = hc_forward_runs(&c->problem, 1, values, outputs);
  cost->run = MPI_Wtime() - start;
  PetscCall(PetscFree2(values, outputs));
  hc_calibration_destroy(&c);
  PetscCall(code);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &cost->run, 1, MPI_DOUBLE, MPI_MAX, comm));
  hc_calibrate_estimate(study, cost);
  PetscFunctionReturn(PETSC_SUCCESS);
}
