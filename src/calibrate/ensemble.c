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

/* Logarithm of the density, but for a constant that all proposals share. */
static double log_density(const struct proposal *proposal, const double *scaled, double *work)
{
  const int n = proposal->n;
  const double d2 = distance2(proposal, scaled, work);
  double log_determinant = 0;
  for (int i = 0; i < n; i++)
    log_determinant += log(proposal->factor[(ptrdiff_t)i * n + i]);
  return (proposal->normal ? -0.5 * d2 : -0.5 * (FREEDOM + n) * log1p(d2 / FREEDOM)) - log_determinant;
}

static bool is_inside(const struct hc_fit_problem *problem, const double *scaled)
{
  for (int j = 0; j < problem->n_unknowns; j++) {
    const struct hc_unknown *unknown = &problem->unknowns[j];
    if (scaled[j] < hc_prior_scale(unknown, unknown->min) || scaled[j] > hc_prior_scale(unknown, unknown->max))
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

/* All samples of all rounds so far. They are weighted as draws of the mixture of all rounds' proposals (Cornuet et al.
 * 2012, doi:10.1111/j.1467-9469.2011.00756.x), so that no round is wasted and no poor proposal makes large weights. */
struct pool {
  int n;                      /* samples in all */
  int n_rounds;               /* so far */
  struct proposal *proposals; /* one a round */
  double *scaled, *points, *outputs, *weights;
};

/* Logarithm of the posterior, but for a constant, over the mixture's density. */
static double log_weight(const struct hc_fit_problem *problem, const struct pool *pool, int k, double *work)
{
  const double *point = pool->scaled + (ptrdiff_t)k * problem->n_unknowns;
  double misfit, penalty, mixture = -INFINITY; /* logarithm of the sum of densities */
  hc_sum_squares(problem, point, pool->outputs + (ptrdiff_t)k * problem->forward.n_outputs, &misfit, &penalty);
  for (int r = 0; r < pool->n_rounds; r++) {
    const double density = log_density(&pool->proposals[r], point, work), larger = fmax(mixture, density);
    mixture = larger + log1p(exp(fmin(mixture, density) - larger));
  }
  return -0.5 * (misfit + penalty) - mixture;
}

/* Weights with sum 1, and how many independent samples they are worth. */
static PetscErrorCode weigh(const struct hc_fit_problem *problem, struct pool *pool, double *effective_size)
{
  double largest = -INFINITY, sum = 0, squares = 0, *work;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(problem->n_unknowns, &work));
  for (int k = 0; k < pool->n; k++) {
    pool->weights[k] = log_weight(problem, pool, k, work);
    largest = fmax(largest, pool->weights[k]);
  }
  PetscCall(PetscFree(work));
  for (int k = 0; k < pool->n; k++) {
    pool->weights[k] = exp(pool->weights[k] - largest);
    sum += pool->weights[k];
  }
  for (int k = 0; k < pool->n; k++) {
    pool->weights[k] /= sum;
    squares += pool->weights[k] * pool->weights[k];
  }
  *effective_size = 1 / squares;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The next round's proposal: mean and covariance of the weighted samples. The largest weights are cut first, so that a
 * few samples do not make it narrow. */
static PetscErrorCode adapt(const struct pool *pool, struct proposal *proposal)
{
  const int p = proposal->n;
  const double most = 1 / sqrt(pool->n);
  double sum = 0, *covariance, *kept;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2((size_t)p * (size_t)p, &covariance, pool->n, &kept));
  for (int k = 0; k < pool->n; k++) {
    kept[k] = fmin(pool->weights[k], most);
    sum += kept[k];
    for (int i = 0; i < p; i++)
      proposal->centre[i] += kept[k] * pool->scaled[(ptrdiff_t)k * p + i];
  }
  for (int i = 0; i < p; i++)
    proposal->centre[i] /= sum;
  for (int k = 0; k < pool->n; k++) {
    const double *scaled = pool->scaled + (ptrdiff_t)k * p;
    for (int i = 0; i < p; i++)
      for (int j = 0; j < p; j++)
        covariance[(ptrdiff_t)i * p + j] +=
            kept[k] / sum * (scaled[i] - proposal->centre[i]) * (scaled[j] - proposal->centre[j]);
  }
  factorise(p, covariance, proposal->factor);
  PetscCall(PetscFree2(covariance, kept));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Drawing ----------------------------------------------------------------------------------------------------- */

/* n more samples, of the pool's last proposal. */
static PetscErrorCode run_round(const struct hc_fit_problem *problem, const struct hc_ensemble_options *options,
                                struct pool *pool)
{
  const int p = problem->n_unknowns, round = pool->n_rounds - 1, first = pool->n, n = options->samples;
  const struct hc_random random = {.seed = options->seed, .stream = HC_STREAM_ENSEMBLE + ((uint64_t)round << 32)};

  PetscFunctionBeginUser;
  for (int k = first; k < first + n; k++) {
    double *scaled = pool->scaled + (ptrdiff_t)k * p;
    PetscCall(draw(problem, &pool->proposals[round], random, k - first, scaled));
    for (int j = 0; j < p; j++)
      pool->points[(ptrdiff_t)k * p + j] = hc_prior_unscale(&problem->unknowns[j], scaled[j]);
  }
  PetscCall(hc_forward_runs(problem, n, pool->points + (ptrdiff_t)first * p,
                            pool->outputs + (ptrdiff_t)first * problem->forward.n_outputs));
  pool->n += n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Systematic resampling: sample k is taken as often as its weight says, but for rounding. */
static PetscErrorCode resample(const struct pool *pool, struct hc_random random, struct hc_ensemble *ensemble)
{
  const int p = ensemble->n_unknowns, m = ensemble->n_outputs;
  const double offset = hc_random_uniform(random, 0);
  double sum = pool->weights[0];
  int from = 0;

  PetscFunctionBeginUser;
  for (int k = 0; k < ensemble->n; k++) {
    while ((k + offset) / ensemble->n > sum && from + 1 < pool->n)
      sum += pool->weights[++from];
    PetscCall(PetscArraycpy(ensemble->unknowns + (ptrdiff_t)k * p, pool->points + (ptrdiff_t)from * p, p));
    PetscCall(PetscArraycpy(ensemble->outputs + (ptrdiff_t)k * m, pool->outputs + (ptrdiff_t)from * m, m));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode sample(const struct hc_fit_problem *problem, const struct hc_fit *fit,
                             const struct hc_ensemble_options *options, struct pool *pool, struct hc_ensemble *ensemble)
{
  const struct hc_random random = {.seed = options->seed, .stream = HC_STREAM_RESAMPLE};
  const int rounds = PetscMax(options->rounds, 1);

  PetscFunctionBeginUser;
  for (int round = 0; round < rounds; round++) {
    struct proposal *proposal = &pool->proposals[round];
    pool->n_rounds = round + 1;
    proposal->normal = options->rounds == 0;
    if (round == 0) {
      PetscCall(PetscArraycpy(proposal->centre, fit->scaled, proposal->n));
      factorise(proposal->n, fit->covariance, proposal->factor);
    } else {
      PetscCall(adapt(pool, proposal));
    }
    PetscCall(run_round(problem, options, pool));
    if (options->rounds > 0)
      PetscCall(weigh(problem, pool, &ensemble->effective_size));
  }
  if (options->rounds == 0) {
    for (int k = 0; k < pool->n; k++)
      pool->weights[k] = 1.0 / pool->n;
    ensemble->effective_size = pool->n;
  }
  PetscCall(resample(pool, random, ensemble));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_proposals(int rounds, int n, struct proposal **proposals)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(rounds, proposals));
  for (int round = 0; round < rounds; round++) {
    struct proposal *proposal = &(*proposals)[round];
    proposal->n = n;
    PetscCall(PetscCalloc2(n, &proposal->centre, (size_t)n * (size_t)n, &proposal->factor));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode destroy_proposals(int rounds, struct proposal **proposals)
{
  PetscFunctionBeginUser;
  for (int round = 0; round < rounds; round++)
    PetscCall(PetscFree2((*proposals)[round].centre, (*proposals)[round].factor));
  PetscCall(PetscFree(*proposals));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_ensemble_draw(const struct hc_fit_problem *problem, const struct hc_fit *fit,
                                const struct hc_ensemble_options *options, struct hc_ensemble **ensemble)
{
  const int rounds = PetscMax(options->rounds, 1);
  const size_t n = (size_t)options->samples, p = (size_t)problem->n_unknowns, m = (size_t)problem->forward.n_outputs;
  const size_t all = n * (size_t)rounds;
  struct pool pool = {0};
  struct hc_ensemble *e;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *ensemble = NULL;
  PetscCheck(options->samples > 0 && rounds <= HC_MOST_ROUNDS, PETSC_COMM_SELF, HC_ERR_INPUT,
             "ensemble: found %d samples in %d rounds; allowed: 1 or more, in at most %d", options->samples, rounds,
             HC_MOST_ROUNDS);
  PetscCall(PetscNew(&e));
  e->n = options->samples;
  e->n_unknowns = problem->n_unknowns;
  e->n_outputs = problem->forward.n_outputs;
  PetscCall(PetscMalloc2(n * p, &e->unknowns, n * m, &e->outputs));
  PetscCall(PetscMalloc4(all * p, &pool.scaled, all * p, &pool.points, all * m, &pool.outputs, all, &pool.weights));
  PetscCall(create_proposals(rounds, problem->n_unknowns, &pool.proposals));
  code = sample(problem, fit, options, &pool, e);
  PetscCall(destroy_proposals(rounds, &pool.proposals));
  PetscCall(PetscFree4(pool.scaled, pool.points, pool.outputs, pool.weights));
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
