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

/* The days of all outputs. What is predicted may lie between scans. */
static PetscErrorCode set_days(struct hc_calibration *calibration)
{
  const struct hc_calibrate_case *study = calibration->study;
  const struct hc_scan_params *scans = study->scans.items;
  double last, *days;

  PetscFunctionBeginUser;
  PetscCheck(study->scans.n >= 2, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: found %d scan; allowed: 2 or more",
             hc_params_place(study->params, &study->scans), study->scans.n);
  calibration->n_scans = study->scans.n;
  calibration->n_predicted = study->predict.days.n;
  calibration->n_curve = (int)study->predict.points;
  PetscCall(PetscMalloc1((size_t)(calibration->n_scans + calibration->n_predicted + calibration->n_curve),
                         &calibration->days));
  days = calibration->days;
  for (int i = 0; i < calibration->n_scans; i++)
    PetscCall(put_day(calibration, scans[i].params, &scans[i].day, scans[i].day, i ? days[i - 1] : -INFINITY, false,
                      &days[i]));
  last = days[calibration->n_scans - 1];
  for (int i = 0; i < calibration->n_predicted; i++) {
    double *day = days + calibration->n_scans + i;
    PetscCall(put_day(calibration, study->predict.params, &study->predict.days, study->predict.days.v[i],
                      i ? day[-1] : days[0], i == 0, day));
    last = fmax(last, *day);
  }
  for (int i = 0; i < calibration->n_curve; i++)
    days[calibration->n_scans + calibration->n_predicted + i] =
        days[0] + (last - days[0]) * i / (calibration->n_curve - 1);
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
  for (int i = 0; i < calibration->n_scans; i++)
    calibration->data[i] =
        outputs[i] + (synthetic->clean ? 0 : calibration->sd[i] * hc_random_normal(random, (uint64_t)i));
  PetscCall(PetscFree(outputs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode set_data(struct hc_calibration *calibration)
{
  const struct hc_scan_params *scans = calibration->study->scans.items;
  const bool synthetic = calibration->study->synthetic.truth.n > 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(calibration->n_scans, &calibration->data, calibration->n_scans, &calibration->sd));
  for (int i = 0; i < calibration->n_scans; i++) {
    calibration->sd[i] = calibration->study->noise.sd;
    calibration->data[i] = output_of(calibration, scans[i].volume);
    PetscCheck(synthetic == (bool)isnan(scans[i].volume), PETSC_COMM_SELF, HC_ERR_INPUT,
               synthetic ? "%s: found a volume, but `synthetic.truth` makes the scans; allowed: one of the two"
                         : "%s: a scan has no volume, and there is no `synthetic.truth` to make it from",
               hc_params_place(scans[i].params, synthetic ? (const void *)&scans[i].volume : &scans[i].day));
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
  const struct hc_ensemble_options ensemble = {.samples = (int)study->ensemble.samples,
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
  PetscCall(hc_forward_groups(forward, comm, true));
  PetscCall(set_data(calibration));
  PetscCall(fit_and_sample(calibration));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_calibration_create(MPI_Comm comm, const struct hc_calibrate_case *study,
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
  (void)PetscFree(*calibration);
}
