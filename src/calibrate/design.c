#include "design.h"

#include "internal.h"

#include <math.h>
#include <petsctao.h>
#include <string.h>

#define MOST_CORNERS 8
#define RANDOM_PLANS 64

/* ---- Objective --------------------------------------------------------------------------------------------------- */

/* q = 1 / V - 1 / K decays with the rate rho; a fraction multiplies 1 / V. */
static double time_of(const struct hc_design *design, const struct hc_design_sample *sample, const double *doses)
{
  const double day = exp(-sample->rho), rest = exp(-sample->rho * (7 - design->fractions)),
               floor = 1 / sample->capacity;
  const double limit = 1 / sample->limit;
  double q = 1 / sample->volume - floor, now = 0;
  for (int week = 0; week < design->weeks; week++) {
    const double kill = exp(sample->alpha * doses[week] * (1 + doses[week] / sample->alpha_beta));
    for (int fraction = 0; fraction < design->fractions; fraction++) {
      const bool is_last = fraction + 1 == design->fractions;
      q = (q + floor) * kill - floor;
      const double grown = q * day * (is_last ? rest : 1);
      if (grown + floor < limit) { /* before the next fraction; what the last one leaves is found in the same way */
        const double wanted = limit - floor;
        return wanted > 0 ? fmin(now + log(q / wanted) / sample->rho, design->horizon) : design->horizon;
      }
      q = grown;
      now += is_last ? 8 - design->fractions : 1;
    }
  }
  return limit > floor ? fmin(now + log(q / (limit - floor)) / sample->rho, design->horizon) : design->horizon;
}

void hc_design_times(const struct hc_design *design, const double *doses, double *times)
{
  for (int k = 0; k < design->n; k++)
    times[k] = design->samples[k].volume >= design->samples[k].limit ? 0 : time_of(design, &design->samples[k], doses);
}

double hc_design_tail(int n, double *values, double level)
{
  const double wanted = (1 - level) * n;
  double sum = 0;
  (void)PetscSortReal(n, values);
  for (int k = 0; k < n && k < wanted; k++)
    sum += values[k] * fmin(1, wanted - k);
  return sum / wanted;
}

double hc_design_dose(const struct hc_design *design, const double *doses)
{
  double sum = design->given_dose;
  for (int week = 0; week < design->weeks; week++)
    sum += design->fractions * doses[week];
  return sum;
}

double hc_design_bed(const struct hc_design *design, const double *doses)
{
  double sum = design->given_bed;
  for (int week = 0; week < design->weeks; week++)
    sum += design->fractions * doses[week] * (1 + doses[week] / design->normal_alpha_beta);
  return sum;
}

/* ---- Limits ------------------------------------------------------------------------------------------------------ */

/* The minimiser of |x - doses|^2 / 2 + a sum(x) + b sum(x + x^2 / normal_alpha_beta) over the box. */
static void shift(const struct hc_design *design, const double *doses, double a, double b, double *x)
{
  for (int week = 0; week < design->weeks; week++)
    x[week] = fmin(fmax((doses[week] - a - b) / (1 + 2 * b / design->normal_alpha_beta), 0), design->max_dose);
}

/* The smallest multiplier of the dose with which the dose's limit holds, for a multiplier of the BED. */
static double hold_dose(const struct hc_design *design, double total, const double *doses, double b, double *x)
{
  double low = 0, high = 2 * design->max_dose * (1 + b) + 1;
  for (int week = 0; week < design->weeks; week++)
    high = fmax(high, doses[week]);
  shift(design, doses, 0, b, x);
  if (hc_design_dose(design, x) <= total)
    return 0;
  for (int i = 0; i < 60; i++) {
    const double middle = 0.5 * (low + high);
    shift(design, doses, middle, b, x);
    *(hc_design_dose(design, x) > total ? &low : &high) = middle;
  }
  shift(design, doses, high, b, x);
  return high;
}

PetscErrorCode hc_design_project(const struct hc_design *design, double total, double *doses)
{
  double x[HC_MOST_WEEKS], low = 0, high = 1;

  PetscFunctionBeginUser;
  PetscCheck(total >= design->given_dose, PETSC_COMM_SELF, HC_ERR_INPUT,
             "found a limit of %.6g Gy, but %.6g Gy were given before; allowed: not less than that", total,
             design->given_dose);
  PetscCheck(design->max_bed >= design->given_bed, PETSC_COMM_SELF, HC_ERR_INPUT,
             "found a limit of %.6g Gy (BED), but %.6g Gy were given before; allowed: not less than that",
             design->max_bed, design->given_bed);
  (void)hold_dose(design, total, doses, 0, x);
  if (hc_design_bed(design, x) > design->max_bed) {
    for (int i = 0; i < 20; i++) { /* a bound of the multiplier, up to 4^20 */
      (void)hold_dose(design, total, doses, high, x);
      if (hc_design_bed(design, x) <= design->max_bed)
        break;
      high *= 4;
    }
    for (int i = 0; i < 60; i++) {
      const double middle = 0.5 * (low + high);
      (void)hold_dose(design, total, doses, middle, x);
      *(hc_design_bed(design, x) > design->max_bed ? &low : &high) = middle;
    }
    (void)hold_dose(design, total, doses, high, x);
  }
  PetscCall(PetscArraycpy(doses, x, design->weeks));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Search ------------------------------------------------------------------------------------------------------ */

struct search {
  const struct hc_design *design;
  double total;
  double *times;
  double best[HC_MOST_WEEKS], tail; /* so far */
};

static PetscErrorCode evaluate(struct search *search, const double *doses, double *tail)
{
  double x[HC_MOST_WEEKS];

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(x, doses, search->design->weeks));
  PetscCall(hc_design_project(search->design, search->total, x));
  hc_design_times(search->design, x, search->times);
  *tail = hc_design_tail(search->design->n, search->times, search->design->level);
  if (*tail > search->tail) {
    search->tail = *tail;
    PetscCall(PetscArraycpy(search->best, x, search->design->weeks));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One residual: how much of the horizon is lost. Its square is smallest where the superquantile is largest. */
static PetscErrorCode residual(Tao tao, Vec x, Vec lost, void *context)
{
  struct search *search = context;
  const double *doses;
  double tail;

  PetscFunctionBeginUser;
  (void)tao;
  PetscCall(VecGetArrayRead(x, &doses));
  PetscCall(evaluate(search, doses, &tail));
  PetscCall(VecRestoreArrayRead(x, &doses));
  PetscCall(VecSetValue(lost, 0, 10 * (1 - tail / search->design->horizon), INSERT_VALUES));
  PetscCall(VecAssemblyBegin(lost));
  PetscCall(VecAssemblyEnd(lost));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Plans to begin at. The effect of a dose grows faster than the dose, so that the best plans tend to lie in corners of
 * what is allowed: all doses of some weeks, none of others. There are many such corners, each the best of its
 * neighbourhood. */
static int n_candidates(const struct hc_design *design)
{
  return 4 + (1 << PetscMin(design->weeks, MOST_CORNERS)) + RANDOM_PLANS;
}

static PetscErrorCode candidate(const struct search *search, const struct hc_design_options *options, int number,
                                const double *first, double *doses)
{
  const struct hc_design *design = search->design;
  const struct hc_random random = {.seed = options->seed, .stream = HC_STREAM_SCHEDULE};
  const int n = design->weeks, corners = 1 << PetscMin(n, MOST_CORNERS);
  const double even = fmin((search->total - design->given_dose) / (n * design->fractions), design->max_dose);

  PetscFunctionBeginUser;
  for (int week = 0; week < n; week++) {
    const double place = n > 1 ? (double)week / (n - 1) : 0.5;
    if (number == 0)
      doses[week] = first ? first[week] : even;
    else if (number < 4)
      doses[week] = even * (number == 1 ? 1 : number == 2 ? 2 * (1 - place) : 2 * place); /* even, early, late */
    else if (number < 4 + corners) /* with more weeks than bits, neighbouring ones share a bit */
      doses[week] = (number - 4) >> (week * PetscMin(n, MOST_CORNERS) / n) & 1 ? design->max_dose : 0;
    else
      doses[week] = design->max_dose * hc_random_uniform(random, (uint64_t)number * (uint64_t)n + (uint64_t)week);
  }
  PetscCall(hc_design_project(design, search->total, doses));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_tao(struct search *search, const struct hc_design_options *options, Tao *tao, Vec *x)
{
  const int n = search->design->weeks;
  Vec lost;

  PetscFunctionBeginUser;
  PetscCall(VecCreateSeq(PETSC_COMM_SELF, n, x));
  PetscCall(VecCreateSeq(PETSC_COMM_SELF, 1, &lost));
  PetscCall(TaoCreate(PETSC_COMM_SELF, tao));
  PetscCall(TaoSetOptionsPrefix(*tao, "schedule_"));
  PetscCall(TaoSetType(*tao, TAOPOUNDERS));
  PetscCall(TaoSetResidualRoutine(*tao, lost, residual, search));
  PetscCall(TaoSetMaximumIterations(*tao, options->runs));
  PetscCall(TaoSetMaximumFunctionEvaluations(*tao, options->runs));
  PetscCall(TaoSetTolerances(*tao, 1e-6, 1e-6, 0));
  PetscCall(TaoSetFromOptions(*tao));
  PetscCall(VecDestroy(&lost));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode search_from(struct search *search, const struct hc_design_options *options, const double *from)
{
  Tao tao;
  Vec x;
  double *doses;

  PetscFunctionBeginUser;
  PetscCall(create_tao(search, options, &tao, &x));
  PetscCall(VecGetArray(x, &doses));
  PetscCall(PetscArraycpy(doses, from, search->design->weeks));
  PetscCall(VecRestoreArray(x, &doses));
  PetscCall(TaoSetSolution(tao, x));
  PetscCall(TaoSolve(tao));
  PetscCall(TaoDestroy(&tao));
  PetscCall(VecDestroy(&x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Look at all candidates, search from the best of them. */
static PetscErrorCode search_all(struct search *search, const struct hc_design_options *options, const double *first)
{
  const int n = n_candidates(search->design);
  double doses[HC_MOST_WEEKS], *lost;
  PetscInt *order;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n, &lost, n, &order));
  for (int i = 0; i < n; i++) {
    PetscCall(candidate(search, options, i, first, doses));
    PetscCall(evaluate(search, doses, &lost[i]));
    lost[i] = -lost[i];
    order[i] = i;
  }
  PetscCall(PetscSortRealWithArrayInt(n, lost, order));
  for (int i = 0, done = 0; i < n && done < options->starts; i++) {
    if (i > 0 && lost[i] == lost[i - 1]) /* the same plan once more */
      continue;
    done++;
    PetscCall(candidate(search, options, (int)order[i], first, doses));
    PetscCall(search_from(search, options, doses));
  }
  PetscCall(PetscFree2(lost, order));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_design_optimise(const struct hc_design *design, double total, const struct hc_design_options *options,
                                  const double *first, double *doses, double *tail)
{
  struct search search = {.design = design, .total = total, .tail = -INFINITY};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(design->n, &search.times));
  code = search_all(&search, options, first);
  PetscCall(PetscFree(search.times));
  PetscCall(code);
  PetscCall(PetscArraycpy(doses, search.best, design->weeks));
  *tail = search.tail;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_design_match(const struct hc_design *design, double tail, double most,
                               const struct hc_design_options *options, double *total, double *doses)
{
  double low = design->given_dose, high = most, found, trial[HC_MOST_WEEKS];

  PetscFunctionBeginUser;
  *total = INFINITY;
  PetscCall(hc_design_optimise(design, most, options, NULL, doses, &found));
  if (found < tail)
    PetscFunctionReturn(PETSC_SUCCESS);
  while (high - low > 0.05) {
    const double middle = 0.5 * (low + high);
    PetscCall(hc_design_optimise(design, middle, options, doses, trial, &found));
    if (found >= tail) {
      high = middle;
      PetscCall(PetscArraycpy(doses, trial, design->weeks));
    } else {
      low = middle;
    }
  }
  *total = high;
  PetscFunctionReturn(PETSC_SUCCESS);
}
