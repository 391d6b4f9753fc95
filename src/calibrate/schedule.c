/* From a calibration to plans: what was given, what the samples are when the plan begins, front and comparisons. */
#include "schedule.h"

#include "internal.h"

#include <math.h>
#include <string.h>

/* ---- The tumour when the plan begins ----------------------------------------------------------------------------- */

/* Day of the plan; nothing but radiation may come with it, and that before it. */
static PetscErrorCode find_start(const struct hc_schedule_case *schedule, const struct hc_calibration *calibration,
                                 double *start)
{
  const struct hc_therapy *therapy = calibration->therapy;
  const void *where = &schedule->plan.start;

  PetscFunctionBeginUser;
  PetscCall(hc_day_parse("plan.start", schedule->plan.start, calibration->study->therapy.date, start));
  PetscCheck(*start >= calibration->days[0], PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found day %.10g, before the first scan on day %.10g; allowed: that day or later",
             hc_params_place(schedule->plan.params, where), *start, calibration->days[0]);
  for (int i = 0; i < therapy->n_events; i++)
    PetscCheck(therapy->events[i].kind == HC_EVENT_CHANGE || therapy->events[i].time < *start, PETSC_COMM_SELF,
               HC_ERR_INPUT,
               "%s: found day %.10g, but the calibration's therapy goes on, on day %.10g; allowed: a plan after it",
               hc_params_place(schedule->plan.params, where), *start, therapy->events[i].time);
  PetscCheck(therapy->n_drugs == 0 && therapy->n_immune == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: the calibration has drugs or an immunotherapy; allowed: plans of radiotherapy alone",
             hc_params_place(schedule->params, &schedule->calibration));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What can be found wrong of a plan before anything is designed. */
static PetscErrorCode check_plan(const struct hc_schedule_case *schedule, const struct hc_calibration *calibration,
                                 double *start)
{
  const struct hc_plan_params *plan = &schedule->plan;

  PetscFunctionBeginUser;
  PetscCall(find_start(schedule, calibration, start));
  for (int i = 1; i < plan->totals.n; i++)
    PetscCheck(plan->totals.v[i] > plan->totals.v[i - 1], PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found %.6g after %.6g; allowed: ascending doses", hc_params_place(plan->params, &plan->totals),
               plan->totals.v[i], plan->totals.v[i - 1]);
  PetscCheck(plan->reference_dose <= plan->max_dose, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %.6g Gy, above max_dose, %.6g Gy; allowed: up to that",
             hc_params_place(plan->params, &plan->reference_dose), plan->reference_dose, plan->max_dose);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A tumour as the plan finds it. */
static PetscErrorCode make_sample(const struct hc_schedule_case *schedule, const struct hc_logistic *tumour,
                                  double start, struct hc_design_sample *sample)
{
  const struct hc_therapy *therapy = tumour->therapy;
  double days[2] = {start, start}, volumes[2], alpha = tumour->alpha, alpha_beta = tumour->alpha_beta;
  bool found;

  PetscFunctionBeginUser;
  for (int i = therapy->n_events - 1; i >= 0; i--)
    if (therapy->events[i].kind == HC_EVENT_FRACTION)
      days[0] = therapy->events[i].time; /* the first fraction in the end */
  PetscCall(hc_logistic_volumes(tumour, 2, days, volumes));
  if (isnan(alpha))
    PetscCall(hc_therapy_get(therapy, "alpha", &alpha, &found));
  if (isnan(alpha_beta))
    PetscCall(hc_therapy_get(therapy, "alpha_beta", &alpha_beta, &found));
  PetscCheck(!isnan(alpha) && !isnan(alpha_beta), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: %s is neither an unknown nor known in the calibration; allowed: one of the two",
             hc_params_place(schedule->params, &schedule->calibration), isnan(alpha) ? "alpha" : "alpha_beta");
  *sample = (struct hc_design_sample){.rho = tumour->rho,
                                      .capacity = tumour->capacity,
                                      .alpha = alpha,
                                      .alpha_beta = alpha_beta,
                                      .volume = volumes[1],
                                      .limit = schedule->progression.factor * volumes[0]};
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void set_limits(const struct hc_schedule_case *schedule, const struct hc_therapy *therapy,
                       struct hc_design *design)
{
  const struct hc_plan_params *plan = &schedule->plan;
  design->weeks = (int)plan->weeks;
  design->fractions = (int)plan->fractions;
  design->max_dose = plan->max_dose;
  design->max_bed = isnan(plan->max_bed) ? INFINITY : plan->max_bed;
  design->normal_alpha_beta = plan->normal_alpha_beta;
  design->horizon = schedule->progression.horizon;
  design->level = schedule->design.level;
  for (int i = 0; i < therapy->n_events; i++)
    if (therapy->events[i].kind == HC_EVENT_FRACTION) {
      design->given_dose += therapy->events[i].dose;
      design->given_bed += hc_therapy_bed(1, &therapy->events[i].dose, plan->normal_alpha_beta);
    }
}

/* Samples for the design, spread over the posterior's. */
static PetscErrorCode make_design(const struct hc_schedule_case *schedule, const struct hc_calibration *calibration,
                                  double start, struct hc_design *design)
{
  const int all = calibration->ensemble->n, n = (int)PetscMin(schedule->design.samples, all);
  struct hc_logistic tumour;

  PetscFunctionBeginUser;
  design->n = n;
  PetscCall(PetscMalloc1(n, &design->samples));
  for (int k = 0; k < n; k++) {
    PetscCall(hc_calibration_tumour(calibration, (int)((int64_t)k * all / n), &tumour));
    PetscCall(make_sample(schedule, &tumour, start, &design->samples[k]));
  }
  set_limits(schedule, calibration->therapy, design);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The true tumour as a design of one sample; n = 0 if it is not known. */
static PetscErrorCode make_truth(const struct hc_schedule_case *schedule, const struct hc_calibration *calibration,
                                 double start, struct hc_design *design)
{
  const struct hc_map *truth = &calibration->study->synthetic.truth;
  struct hc_logistic tumour = calibration->tumour;

  PetscFunctionBeginUser;
  design->n = truth->n > 0 ? 1 : 0;
  PetscCall(PetscMalloc1(1, &design->samples));
  for (int i = 0; i < truth->n; i++)
    PetscCall(hc_logistic_set(&tumour, truth->keys[i], truth->values[i]));
  if (design->n > 0)
    PetscCall(make_sample(schedule, &tumour, start, &design->samples[0]));
  set_limits(schedule, calibration->therapy, design);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Plans ------------------------------------------------------------------------------------------------------- */

struct designer {
  const struct hc_schedule_case *schedule;
  struct hc_design design, truth;
  struct hc_design_options options;
  double *times;
};

static PetscErrorCode judge(const struct designer *designer, struct hc_plan *plan)
{
  const struct hc_design *design = &designer->design;

  PetscFunctionBeginUser;
  plan->total = hc_design_dose(design, plan->doses);
  plan->bed = hc_design_bed(design, plan->doses);
  hc_design_times(design, plan->doses, designer->times);
  plan->tail = hc_design_tail(design->n, designer->times, design->level);
  PetscCall(hc_quantile(design->n, 1, designer->times, 0, 0.5, &plan->median));
  PetscCall(hc_quantile(design->n, 1, designer->times, 0, 0.025, &plan->low));
  PetscCall(hc_quantile(design->n, 1, designer->times, 0, 0.975, &plan->high));
  plan->true_time = NAN;
  if (designer->truth.n > 0)
    hc_design_times(&designer->truth, plan->doses, &plan->true_time);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode find_front(const struct designer *designer, struct hc_schedule *result)
{
  const struct hc_plan_params *plan = &designer->schedule->plan;
  double tail;

  PetscFunctionBeginUser;
  for (int i = 0; i < plan->totals.n; i++) {
    struct hc_plan *found = &result->front[result->n_front];
    if (plan->totals.v[i] < designer->design.given_dose || plan->totals.v[i] > plan->max_total)
      continue;
    PetscCall(hc_design_optimise(&designer->design, plan->totals.v[i], &designer->options,
                                 result->n_front > 0 ? found[-1].doses : NULL, found->doses, &tail));
    PetscCall(judge(designer, found));
    result->n_front++;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode compare(const struct designer *designer, struct hc_schedule *result)
{
  const struct hc_plan_params *plan = &designer->schedule->plan;
  double tail, total;

  PetscFunctionBeginUser;
  for (int week = 0; week < plan->weeks; week++)
    result->reference.doses[week] = plan->reference_dose;
  PetscCall(judge(designer, &result->reference));
  PetscCall(hc_design_optimise(&designer->design, result->reference.total, &designer->options, result->reference.doses,
                               result->equal_dose.doses, &tail));
  PetscCall(judge(designer, &result->equal_dose));
  PetscCall(hc_design_match(&designer->design, result->reference.tail, result->reference.total, &designer->options,
                            &total, result->equal_control.doses));
  PetscCall(judge(designer, &result->equal_control));
  if (isinf(total))
    result->equal_control.total = total;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_schedule_create(const struct hc_schedule_case *schedule, const struct hc_calibration *calibration,
                                  struct hc_schedule **result)
{
  struct designer designer = {.schedule = schedule,
                              .options = {.starts = (int)schedule->design.starts,
                                          .runs = (int)schedule->design.runs,
                                          .seed = (uint64_t)schedule->design.seed}};
  double start;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(check_plan(schedule, calibration, &start));
  PetscCall(PetscNew(result));
  PetscCall(PetscCalloc1(schedule->plan.totals.n, &(*result)->front));
  code = make_design(schedule, calibration, start, &designer.design);
  if (!code)
    code = make_truth(schedule, calibration, start, &designer.truth);
  if (!code)
    code = PetscMalloc1(designer.design.n, &designer.times);
  if (!code)
    code = find_front(&designer, *result);
  if (!code)
    code = compare(&designer, *result);
  PetscCall(PetscFree(designer.times));
  PetscCall(PetscFree(designer.truth.samples));
  PetscCall(PetscFree(designer.design.samples));
  if (code)
    hc_schedule_destroy(result);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_schedule_destroy(struct hc_schedule **result)
{
  if (!*result)
    return;
  (void)PetscFree((*result)->front);
  (void)PetscFree(*result);
}

/* ---- Runs -------------------------------------------------------------------------------------------------------- */

/* Patient k of a cohort: true values are drawn from the priors, within the bounds. */
static PetscErrorCode draw_patient(const struct hc_schedule_case *schedule, struct hc_calibrate_case *study, int k)
{
  const struct hc_random random = {.seed = (uint64_t)schedule->cohort.seed, .stream = HC_STREAM_PATIENTS};
  const struct hc_unknown_params *unknowns = study->unknowns.items;
  struct hc_map *truth = &study->synthetic.truth;

  PetscFunctionBeginUser;
  PetscCheck(truth->n == study->unknowns.n, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: a cohort needs a calibration with synthetic scans: found %d true values for %d unknowns",
             hc_params_place(schedule->params, &schedule->calibration), truth->n, study->unknowns.n);
  for (int i = 0; i < truth->n; i++)
    for (int j = 0; j < study->unknowns.n; j++)
      if (!strcmp(truth->keys[i], unknowns[j].name)) {
        const struct hc_unknown unknown = {.min = unknowns[j].min,
                                           .max = unknowns[j].max,
                                           .prior = unknowns[j].prior,
                                           .centre = unknowns[j].centre,
                                           .spread = unknowns[j].spread};
        const uint64_t index = (uint64_t)k * 100 + (uint64_t)j;
        const double low = hc_prior_scale(&unknown, unknown.min), high = hc_prior_scale(&unknown, unknown.max);
        truth->values[i] = hc_prior_unscale(&unknown, hc_is_gaussian(&unknown)
                                                          ? hc_random_normal(random, index)
                                                          : low + (high - low) * hc_random_uniform(random, index));
      }
  study->synthetic.seed = schedule->cohort.seed * 1000003 + k;
  study->ensemble.seed = study->synthetic.seed;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_patient(const struct hc_schedule_case *schedule, struct hc_calibrate_case *study, int k,
                                  struct hc_schedule **result)
{
  struct hc_calibration *calibration;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(draw_patient(schedule, study, k));
  PetscCall(hc_calibration_create(PETSC_COMM_SELF, study, &calibration));
  code = hc_schedule_create(schedule, calibration, result);
  hc_calibration_destroy(&calibration);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Patients are dealt to ranks in turn; rank 0 gets all results. */
static PetscErrorCode run_cohort(MPI_Comm comm, const struct hc_schedule_case *schedule,
                                 struct hc_calibrate_case *study, int n, struct hc_schedule **results)
{
  const int n_front = schedule->plan.totals.n;
  int rank, size;
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  for (int k = rank; k < n && !code; k += size)
    code = run_patient(schedule, study, k, &results[k]);
  PetscCall(hc_error_agree(comm, code));
  for (int k = 0; k < n; k++) {
    const int owner = k % size;
    if (owner == 0 || (rank != 0 && rank != owner))
      continue;
    if (rank == 0) {
      PetscCall(PetscNew(&results[k]));
      struct hc_plan *front;
      PetscCall(PetscCalloc1(n_front, &front));
      PetscCallMPI(MPI_Recv(results[k], (int)sizeof *results[k], MPI_BYTE, owner, 2 * k, comm, MPI_STATUS_IGNORE));
      results[k]->front = front;
      PetscCallMPI(MPI_Recv(front, n_front * (int)sizeof *front, MPI_BYTE, owner, 2 * k + 1, comm, MPI_STATUS_IGNORE));
    } else {
      PetscCallMPI(MPI_Send(results[k], (int)sizeof *results[k], MPI_BYTE, 0, 2 * k, comm));
      PetscCallMPI(MPI_Send(results[k]->front, n_front * (int)sizeof *results[k]->front, MPI_BYTE, 0, 2 * k + 1, comm));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_one(MPI_Comm comm, const struct hc_schedule_case *schedule,
                              const struct hc_calibrate_case *study, const struct hc_calibrate_options *options)
{
  const double begin = MPI_Wtime();
  struct hc_calibration *calibration;
  struct hc_schedule *result = NULL;
  int rank;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(hc_calibration_create(comm, study, &calibration));
  code = rank == 0 ? hc_schedule_create(schedule, calibration, &result) : PETSC_SUCCESS;
  if (!code && rank == 0)
    code = hc_schedule_write(schedule, study, calibration, 1, &result, options, MPI_Wtime() - begin);
  hc_schedule_destroy(&result);
  code = hc_error_agree(comm, code);
  hc_calibration_destroy(&calibration);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_many(MPI_Comm comm, const struct hc_schedule_case *schedule, struct hc_calibrate_case *study,
                               const struct hc_calibrate_options *options)
{
  const int n = (int)schedule->cohort.patients;
  const double begin = MPI_Wtime();
  struct hc_schedule **results;
  int rank;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(PetscCalloc1(n, &results));
  code = run_cohort(comm, schedule, study, n, results);
  if (!code)
    code = hc_error_agree(
        comm, rank == 0 ? hc_schedule_write(schedule, study, NULL, n, results, options, MPI_Wtime() - begin) : 0);
  for (int k = 0; k < n; k++)
    hc_schedule_destroy(&results[k]);
  PetscCall(PetscFree(results));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_calibration(MPI_Comm comm, const struct hc_schedule_case *schedule,
                                       struct hc_calibrate_case *study, struct hc_params **params)
{
  PetscFunctionBeginUser;
  PetscCall(hc_calibrate_read(comm, schedule->calibration, 0, NULL, study, params));
  if (study->tissue) {
    hc_params_destroy(params);
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s calibrates a tumour in a tissue; allowed: one without `tissue`",
            hc_params_place(schedule->params, &schedule->calibration), schedule->calibration);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Seconds that one look at a plan takes: as many samples as there will be, all as the search begins. */
static PetscErrorCode time_plan(const struct hc_schedule_case *schedule, struct hc_calibration *calibration,
                                double start, double *seconds)
{
  const int n = (int)PetscMin(schedule->design.samples, hc_calibrate_samples(calibration->study));
  double values[100], doses[HC_MOST_WEEKS], *times;
  struct hc_design design = {.n = n};
  struct hc_logistic tumour = calibration->tumour;

  PetscFunctionBeginUser;
  hc_fit_start(&calibration->problem, values);
  for (int j = 0; j < calibration->problem.n_unknowns; j++)
    PetscCall(hc_logistic_set(&tumour, calibration->unknowns[j].name, values[j]));
  PetscCall(PetscMalloc2(n, &design.samples, n, &times));
  PetscCall(make_sample(schedule, &tumour, start, &design.samples[0]));
  for (int k = 1; k < n; k++)
    design.samples[k] = design.samples[0];
  set_limits(schedule, calibration->therapy, &design);
  for (int week = 0; week < schedule->plan.weeks; week++)
    doses[week] = schedule->plan.reference_dose;
  *seconds = MPI_Wtime();
  hc_design_times(&design, doses, times);
  *seconds = MPI_Wtime() - *seconds;
  PetscCall(PetscFree2(design.samples, times));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_all(MPI_Comm comm, const struct hc_schedule_case *schedule,
                                const struct hc_calibrate_case *study, struct hc_schedule_cost *cost)
{
  struct hc_calibration *calibration;
  double start;
  int size;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCheck(schedule->cohort.patients == 0 || study->synthetic.truth.n == study->unknowns.n, PETSC_COMM_SELF,
             HC_ERR_INPUT,
             "%s: a cohort needs a calibration with synthetic scans: found %d true values for %d unknowns",
             hc_params_place(schedule->params, &schedule->calibration), study->synthetic.truth.n, study->unknowns.n);
  PetscCall(hc_calibrate_check(comm, study, &cost->calibration));
  PetscCall(hc_calibration_prepare(comm, study, &calibration));
  code = check_plan(schedule, calibration, &start);
  if (!code)
    code = time_plan(schedule, calibration, start, &cost->plan);
  hc_calibration_destroy(&calibration);
  PetscCall(code);
  PetscCallMPI(MPI_Comm_size(comm, &size));
  cost->patients = PetscMax(schedule->cohort.patients, 1);
  cost->plans = (schedule->plan.totals.n + 2) * schedule->design.starts * schedule->design.runs;
  cost->seconds = cost->calibration.seconds + (double)cost->plans * cost->plan;
  if (schedule->cohort.patients > 0) /* one rank each */
    cost->seconds =
        ceil((double)cost->patients / size) * (cost->calibration.seconds * size + (double)cost->plans * cost->plan);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_schedule_check(MPI_Comm comm, const struct hc_schedule_case *schedule, struct hc_schedule_cost *cost)
{
  struct hc_calibrate_case study;
  struct hc_params *params;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *cost = (struct hc_schedule_cost){0};
  PetscCall(read_calibration(comm, schedule, &study, &params));
  code = check_all(comm, schedule, &study, cost);
  hc_params_destroy(&params);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_schedule_run(MPI_Comm comm, const struct hc_schedule_case *schedule,
                               const struct hc_calibrate_options *options)
{
  struct hc_calibrate_case study;
  struct hc_params *params;
  int rank;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(read_calibration(comm, schedule, &study, &params));
  code = hc_error_agree(comm, rank == 0 ? hc_results_folder(options->folder) : PETSC_SUCCESS);
  if (!code)
    code = schedule->cohort.patients > 0 ? run_many(comm, schedule, &study, options)
                                         : run_one(comm, schedule, &study, options);
  hc_params_destroy(&params);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
