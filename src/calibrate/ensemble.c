/* Samples of the posterior: Laplace's approximation, corrected by importance sampling in rounds. */
#include "fit.h"

#include "internal.h"

#include <math.h>

#define FREEDOM                                                                                                        \
  5 /* degrees of freedom of the proposals' t distribution: tails that are heavier than the posterior's                \
     */
#define TRIES 1000

/* What samples are drawn from: a multivariate t distribution (or a normal one) of scaled unknowns, within the bounds.
 */
struct proposal {
  int n;
  double *centre; /* n */
  double *factor; /* n x n: lower triangle, times its transpose is the scale matrix */
  bool normal;
};

/* ---- Proposals --------------------------------------------------------------------------------------------------- */

/* Cholesky's factor, row by row. What rounding left without one direction gets a little of it. */
static void factorise(int n, const double *covariance, double *factor)
{
  for (int i = 0; i < n; i++)
    for (int j = 0; j <= i; j++) {
      double sum = covariance[(ptrdiff_t)i * n + j];
      for (int k = 0; k < j; k++)
        sum -= factor[(ptrdiff_t)i * n + k] * factor[(ptrdiff_t)j * n + k];
      if (i == j)
        factor[(ptrdiff_t)i * n + i] = sqrt(fmax(sum, 1e-12 * covariance[(ptrdiff_t)i * n + i]));
      else
        factor[(ptrdiff_t)i * n + j] = sum / factor[(ptrdiff_t)j * n + j];
    }
}

/* Squared distance from the centre in units of the factor. */
static double distance2(const struct proposal *proposal, const double *scaled, double *work)
{
  double sum = 0;
  for (int i = 0; i < proposal->n; i++) {
    double z = scaled[i] - proposal->centre[i];
    for (int k = 0; k < i; k++)
      z -= proposal->factor[(ptrdiff_t)i * proposal->n + k] * work[k];
    work[i] = z / proposal->factor[(ptrdiff_t)i * proposal->n + i];
    sum += work[i] * work[i];
  }
  return sum;
}

/* Logarithm of the density, but for a constant. */
static double log_density(const struct proposal *proposal, const double *scaled, double *work)
{
  const double d2 = distance2(proposal, scaled, work);
  return proposal->normal ? -0.5 * d2 : -0.5 * (FREEDOM + proposal->n) * log1p(d2 / FREEDOM);
}

static bool is_inside(const struct hc_fit_problem *problem, const double *scaled)
{
  for (int j = 0; j < problem->n_unknowns; j++) {
    const struct hc_unknown *unknown = &problem->unknowns[j];
    if (scaled[j] < hc_scale(unknown, unknown->min) || scaled[j] > hc_scale(unknown, unknown->max))
      return false;
  }
  return true;
}

/* Sample k; what falls outside the bounds is drawn again. Which numbers it takes depends on k alone. */
static PetscErrorCode draw(const struct hc_fit_problem *problem, const struct proposal *proposal,
                           struct hc_random random, int k, double *scaled)
{
  const int n = proposal->n, each = n + FREEDOM;

  PetscFunctionBeginUser;
  for (int try = 0; try < TRIES; try++) {
    const uint64_t first = ((uint64_t)k * TRIES + (uint64_t)try) * (uint64_t)each;
    double chi2 = 0, stretch = 1;
    if (!proposal->normal) {
      for (int i = 0; i < FREEDOM; i++)
        chi2 += pow(hc_random_normal(random, first + (uint64_t)(n + i)), 2);
      stretch = sqrt(FREEDOM / chi2);
    }
    for (int i = 0; i < n; i++) {
      scaled[i] = proposal->centre[i];
      for (int j = 0; j <= i; j++)
        scaled[i] += stretch * proposal->factor[(ptrdiff_t)i * n + j] * hc_random_normal(random, first + (uint64_t)j);
    }
    if (is_inside(problem, scaled))
      PetscFunctionReturn(PETSC_SUCCESS);
  }
  SETERRQ(PETSC_COMM_SELF, HC_ERR_NUMERIC,
          "no sample of the posterior within the bounds after %d draws: the best fit lies at a bound of %s", TRIES,
          problem->unknowns[0].name);
}

/* ---- Weights ----------------------------------------------------------------------------------------------------- */

/* Weights (n, sum 1) of drawn samples, and what they are worth. */
static PetscErrorCode weigh(const struct hc_fit_problem *problem, const struct proposal *proposal, int n,
                            const double *scaled, const double *outputs, double *weights, double *effective_size)
{
  double largest = -INFINITY, sum = 0, squares = 0, *work;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(proposal->n, &work));
  for (int k = 0; k < n; k++) {
    const double *point = scaled + (ptrdiff_t)k * proposal->n;
    double misfit, penalty;
    hc_sum_squares(problem, point, outputs + (ptrdiff_t)k * problem->forward.n_outputs, &misfit, &penalty);
    weights[k] = -0.5 * (misfit + penalty) - log_density(proposal, point, work);
    largest = fmax(largest, weights[k]);
  }
  PetscCall(PetscFree(work));
  for (int k = 0; k < n; k++) {
    weights[k] = exp(weights[k] - largest);
    sum += weights[k];
  }
  for (int k = 0; k < n; k++) {
    weights[k] /= sum;
    squares += weights[k] * weights[k];
  }
  *effective_size = 1 / squares;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The next round's proposal: mean and covariance of the weighted samples. The largest weights are cut first, so that a
 * few samples do not make it narrow. */
static PetscErrorCode adapt(struct proposal *proposal, int n, const double *scaled, const double *weights)
{
  const int p = proposal->n;
  const double most = 1 / sqrt(n);
  double sum = 0, *covariance, *kept;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2((size_t)p * (size_t)p, &covariance, n, &kept));
  PetscCall(PetscArrayzero(proposal->centre, p));
  for (int k = 0; k < n; k++) {
    kept[k] = fmin(weights[k], most);
    sum += kept[k];
    for (int i = 0; i < p; i++)
      proposal->centre[i] += kept[k] * scaled[(ptrdiff_t)k * p + i];
  }
  for (int i = 0; i < p; i++)
    proposal->centre[i] /= sum;
  for (int k = 0; k < n; k++)
    for (int i = 0; i < p; i++)
      for (int j = 0; j < p; j++)
        covariance[(ptrdiff_t)i * p + j] += kept[k] / sum * (scaled[(ptrdiff_t)k * p + i] - proposal->centre[i]) *
                                            (scaled[(ptrdiff_t)k * p + j] - proposal->centre[j]);
  factorise(p, covariance, proposal->factor);
  PetscCall(PetscFree2(covariance, kept));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Drawing ----------------------------------------------------------------------------------------------------- */

struct table {
  double *scaled, *points, *outputs, *weights;
};

static PetscErrorCode run_round(const struct hc_fit_problem *problem, const struct proposal *proposal,
                                struct hc_random random, int n, struct table *table)
{
  const int p = proposal->n;

  PetscFunctionBeginUser;
  for (int k = 0; k < n; k++) {
    PetscCall(draw(problem, proposal, random, k, table->scaled + (ptrdiff_t)k * p));
    for (int j = 0; j < p; j++)
      table->points[(ptrdiff_t)k * p + j] = hc_unscale(&problem->unknowns[j], table->scaled[(ptrdiff_t)k * p + j]);
  }
  PetscCall(hc_forward_runs(problem, n, table->points, table->outputs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Systematic resampling: sample k is taken as often as its weight says, but for rounding. */
static PetscErrorCode resample(const struct table *table, struct hc_random random, struct hc_ensemble *ensemble)
{
  const int p = ensemble->n_unknowns, m = ensemble->n_outputs;
  const double offset = hc_random_uniform(random, 0);
  double sum = table->weights[0];
  int from = 0;

  PetscFunctionBeginUser;
  for (int k = 0; k < ensemble->n; k++) {
    while ((k + offset) / ensemble->n > sum && from + 1 < ensemble->n)
      sum += table->weights[++from];
    PetscCall(PetscArraycpy(ensemble->unknowns + (ptrdiff_t)k * p, table->points + (ptrdiff_t)from * p, p));
    PetscCall(PetscArraycpy(ensemble->outputs + (ptrdiff_t)k * m, table->outputs + (ptrdiff_t)from * m, m));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode sample(const struct hc_fit_problem *problem, const struct hc_ensemble_options *options,
                             struct proposal *proposal, struct table *table, struct hc_ensemble *ensemble)
{
  struct hc_random random = {.seed = options->seed, .stream = HC_STREAM_ENSEMBLE};

  PetscFunctionBeginUser;
  proposal->normal = options->rounds == 0;
  for (int round = 0; round < PetscMax(options->rounds, 1); round++) {
    if (round > 0)
      PetscCall(adapt(proposal, ensemble->n, table->scaled, table->weights));
    random.stream = HC_STREAM_ENSEMBLE + ((uint64_t)round << 32);
    PetscCall(run_round(problem, proposal, random, ensemble->n, table));
    PetscCall(weigh(problem, proposal, ensemble->n, table->scaled, table->outputs, table->weights,
                    &ensemble->effective_size));
  }
  if (options->rounds == 0) {
    for (int k = 0; k < ensemble->n; k++)
      table->weights[k] = 1.0 / ensemble->n;
    ensemble->effective_size = ensemble->n;
  }
  random.stream = HC_STREAM_RESAMPLE;
  PetscCall(resample(table, random, ensemble));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_ensemble_draw(const struct hc_fit_problem *problem, const struct hc_fit *fit,
                                const struct hc_ensemble_options *options, struct hc_ensemble **ensemble)
{
  const size_t n = (size_t)options->samples, p = (size_t)problem->n_unknowns, m = (size_t)problem->forward.n_outputs;
  struct proposal proposal = {.n = problem->n_unknowns};
  struct table table;
  struct hc_ensemble *e;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *ensemble = NULL;
  PetscCheck(options->samples > 0, PETSC_COMM_SELF, HC_ERR_INPUT, "ensemble: found %d samples; allowed: 1 or more",
             options->samples);
  PetscCall(PetscNew(&e));
  e->n = options->samples;
  e->n_unknowns = problem->n_unknowns;
  e->n_outputs = problem->forward.n_outputs;
  PetscCall(PetscMalloc2(n * p, &e->unknowns, n * m, &e->outputs));
  PetscCall(PetscMalloc6(p, &proposal.centre, p * p, &proposal.factor, n * p, &table.scaled, n * p, &table.points,
                         n * m, &table.outputs, n, &table.weights));
  PetscCall(PetscArraycpy(proposal.centre, fit->scaled, p));
  PetscCall(PetscArrayzero(proposal.factor, p * p));
  factorise(proposal.n, fit->covariance, proposal.factor);
  code = sample(problem, options, &proposal, &table, e);
  PetscCall(PetscFree6(proposal.centre, proposal.factor, table.scaled, table.points, table.outputs, table.weights));
  *ensemble = e;
  if (code)
    hc_ensemble_destroy(ensemble);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_ensemble_destroy(struct hc_ensemble **ensemble)
{
  if (!*ensemble)
    return;
  (void)PetscFree2((*ensemble)->unknowns, (*ensemble)->outputs);
  (void)PetscFree(*ensemble);
}

PetscErrorCode hc_quantile(int n, int columns, const double *table, int column, double p, double *quantile)
{
  const double place = p * (n - 1);
  const int below = PetscMin(PetscMax((int)floor(place), 0), n - 1), above = PetscMin(below + 1, n - 1);
  double *sorted;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &sorted));
  for (int k = 0; k < n; k++)
    sorted[k] = table[(ptrdiff_t)k * columns + column];
  PetscCall(PetscSortReal(n, sorted));
  *quantile = sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  PetscCall(PetscFree(sorted));
  PetscFunctionReturn(PETSC_SUCCESS);
}
