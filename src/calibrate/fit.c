/* The most probable values: PETSc TAO's bounded Gauss-Newton from several starts. */
#include "fit.h"

#include "internal.h"

#include <math.h>
#include <petsctao.h>
#include <string.h>

#define PATIENCE 3 /* iterations */

/* One search. TAO's vectors live on this rank: every rank does the same search with the same numbers, and only runs of
 * the model are shared out. */
struct search {
  const struct hc_fit_problem *problem;
  int n, n_rows;       /* unknowns; data and priors' terms */
  double *points;      /* 2n x n_unknowns: where the model is run */
  double *outputs;     /* 2n x n_outputs: what it gives there */
  double *at[2];       /* n: where rows, columns were computed last */
  bool known[2];       /* whether they were */
  double *rows;        /* n_rows: residuals */
  double *columns;     /* n_rows x n, by column: their derivatives */
  int64_t runs;        /* of the model */
  PetscErrorCode code; /* TAO 3.18 loses the code of a callback that failed */
  double tolerance;
  double last[PATIENCE]; /* sums of squares (half) of the last iterations */
  Tao tao;
  Vec x;
  Mat hessian;
};

/* ---- Residuals and their derivatives ----------------------------------------------------------------------------- */

static void unscale(const struct hc_fit_problem *problem, const double *scaled, double *values)
{
  for (int j = 0; j < problem->n_unknowns; j++)
    values[j] = hc_prior_unscale(&problem->unknowns[j], scaled[j]);
}

static bool is_known(struct search *search, int which, const double *scaled)
{
  const size_t size = (size_t)search->n * sizeof *scaled;
  if (search->known[which] && !memcmp(search->at[which], scaled, size))
    return true;
  memcpy(search->at[which], scaled, size);
  search->known[which] = false; /* until they are computed */
  return false;
}

static PetscErrorCode residuals(struct search *search, const double *scaled)
{
  const struct hc_fit_problem *problem = search->problem;
  int row = problem->n_data;

  PetscFunctionBeginUser;
  if (is_known(search, 0, scaled))
    PetscFunctionReturn(PETSC_SUCCESS);
  unscale(problem, scaled, search->points);
  PetscCall(hc_forward_runs(problem, 1, search->points, search->outputs));
  search->runs++;
  for (int i = 0; i < problem->n_data; i++)
    search->rows[i] = (search->outputs[i] - problem->data[i]) / problem->sd[i];
  for (int j = 0; j < search->n; j++)
    if (hc_is_gaussian(&problem->unknowns[j]))
      search->rows[row++] = scaled[j];
  search->known[0] = true;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* d output_i / d scaled_j of the first n_rows outputs, by column, from central differences; at a bound the point stays
 * there, and the difference becomes one-sided. The step balances truncation (h^2) against the model's accuracy (a / h).
 * points, outputs: room for 2n runs. */
static PetscErrorCode difference(const struct hc_fit_problem *problem, int n_rows, const double *scaled, double *points,
                                 double *outputs, double *derivatives)
{
  const int n = problem->n_unknowns, n_outputs = problem->forward.n_outputs;
  const double step = fmin(cbrt(problem->forward.accuracy), 0.05);
  double *shifted, *width;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n, &shifted, n, &width));
  for (int j = 0; j < n; j++) {
    const struct hc_unknown *unknown = &problem->unknowns[j];
    double ends[2];
    for (int side = 0; side < 2; side++) {
      PetscCall(PetscArraycpy(shifted, scaled, n));
      shifted[j] = scaled[j] + (side ? step : -step);
      shifted[j] = fmin(fmax(shifted[j], hc_prior_scale(unknown, unknown->min)), hc_prior_scale(unknown, unknown->max));
      ends[side] = shifted[j];
      unscale(problem, shifted, points + (ptrdiff_t)(2 * j + side) * n);
    }
    width[j] = ends[1] - ends[0];
  }
  PetscCall(hc_forward_runs(problem, 2 * n, points, outputs));
  for (int j = 0; j < n; j++)
    for (int i = 0; i < n_rows; i++) {
      const double *low = outputs + (ptrdiff_t)(2 * j) * n_outputs, *high = low + n_outputs;
      derivatives[(ptrdiff_t)j * n_rows + i] = (high[i] - low[i]) / width[j];
    }
  PetscCall(PetscFree2(shifted, width));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same from the model's own derivatives, d output / d value. */
static PetscErrorCode derive(struct search *search, const double *scaled, double *derivatives)
{
  const struct hc_fit_problem *problem = search->problem;
  const int n = search->n;
  double *rows;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)problem->n_data * (size_t)n, &rows));
  unscale(problem, scaled, search->points);
  code = problem->forward.derive(problem->forward.context, search->points, rows);
  for (int j = 0; j < n && !code; j++) {
    const bool logarithmic =
        problem->unknowns[j].prior == HC_PRIOR_LOG_UNIFORM || problem->unknowns[j].prior == HC_PRIOR_LOGNORMAL;
    const double chain = hc_prior_spread(&problem->unknowns[j]) * (logarithmic ? search->points[j] : 1);
    for (int i = 0; i < problem->n_data; i++)
      derivatives[(ptrdiff_t)j * problem->n_data + i] = rows[(ptrdiff_t)i * n + j] * chain;
  }
  PetscCall(PetscFree(rows));
  PetscCall(hc_error_agree(problem->forward.comm, code));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode jacobian(struct search *search, const double *scaled)
{
  const struct hc_fit_problem *problem = search->problem;
  const int n_data = problem->n_data;
  int row = n_data;
  double *derivatives;

  PetscFunctionBeginUser;
  if (is_known(search, 1, scaled))
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscArrayzero(search->columns, (size_t)search->n_rows * (size_t)search->n));
  PetscCall(PetscMalloc1((size_t)n_data * (size_t)search->n, &derivatives));
  if (problem->forward.derive) {
    PetscCall(derive(search, scaled, derivatives));
  } else {
    PetscCall(difference(problem, n_data, scaled, search->points, search->outputs, derivatives));
    search->runs += 2 * (int64_t)search->n;
  }
  for (int j = 0; j < search->n; j++) {
    double *column = search->columns + (ptrdiff_t)j * search->n_rows;
    for (int i = 0; i < n_data; i++)
      column[i] = derivatives[(ptrdiff_t)j * n_data + i] / problem->sd[i];
    if (hc_is_gaussian(&problem->unknowns[j]))
      column[row++] = 1;
  }
  PetscCall(PetscFree(derivatives));
  search->known[1] = true;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double dot(int n, const double *a, const double *b)
{
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

/* Gauss-Newton's Hessian, n x n: what the residuals' own curvature adds is left out. */
static void normal_matrix(const struct search *search, double *matrix)
{
  const int n = search->n, rows = search->n_rows;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++)
      matrix[(ptrdiff_t)i * n + j] =
          dot(rows, search->columns + (ptrdiff_t)i * rows, search->columns + (ptrdiff_t)j * rows);
}

/* ---- TAO --------------------------------------------------------------------------------------------------------- */

static PetscErrorCode tao_objective(Tao tao, Vec x, PetscReal *objective, void *context)
{
  struct search *search = context;
  const double *scaled;

  PetscFunctionBeginUser;
  (void)tao;
  PetscCall(VecGetArrayRead(x, &scaled));
  PetscCall(search->code = residuals(search, scaled));
  PetscCall(VecRestoreArrayRead(x, &scaled));
  *objective = 0.5 * dot(search->n_rows, search->rows, search->rows);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode tao_gradient(Tao tao, Vec x, Vec gradient, void *context)
{
  struct search *search = context;
  const double *scaled;
  double *values;

  PetscFunctionBeginUser;
  (void)tao;
  PetscCall(VecGetArrayRead(x, &scaled));
  PetscCall(search->code = residuals(search, scaled));
  PetscCall(search->code = jacobian(search, scaled));
  PetscCall(VecRestoreArrayRead(x, &scaled));
  PetscCall(VecGetArray(gradient, &values));
  for (int j = 0; j < search->n; j++)
    values[j] = dot(search->n_rows, search->columns + (ptrdiff_t)j * search->n_rows, search->rows);
  PetscCall(VecRestoreArray(gradient, &values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode tao_hessian(Tao tao, Vec x, Mat hessian, Mat preconditioner, void *context)
{
  struct search *search = context;
  const double *scaled;
  double *values;

  PetscFunctionBeginUser;
  (void)tao;
  (void)preconditioner;
  PetscCall(VecGetArrayRead(x, &scaled));
  PetscCall(search->code = jacobian(search, scaled));
  PetscCall(VecRestoreArrayRead(x, &scaled));
  PetscCall(MatDenseGetArray(hessian, &values));
  normal_matrix(search, values);
  PetscCall(MatDenseRestoreArray(hessian, &values));
  PetscCall(MatAssemblyBegin(hessian, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(hessian, MAT_FINAL_ASSEMBLY));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Beside TAO's own criteria: several iterations together that hardly change the sum of squares. With data that no
 * unknowns explain, and derivatives that are not exact, the gradient may stay where it is. */
static PetscErrorCode tao_converged(Tao tao, void *context)
{
  struct search *search = context;
  PetscInt iteration;
  PetscReal objective;
  TaoConvergedReason reason;

  PetscFunctionBeginUser;
  PetscCall(TaoDefaultConvergenceTest(tao, NULL));
  PetscCall(TaoGetSolutionStatus(tao, &iteration, &objective, NULL, NULL, NULL, &reason));
  if (iteration >= PATIENCE && reason == TAO_CONTINUE_ITERATING &&
      search->last[iteration % PATIENCE] - objective <= search->tolerance * objective)
    PetscCall(TaoSetConvergedReason(tao, TAO_CONVERGED_USER));
  search->last[iteration % PATIENCE] = objective;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode set_bounds(struct search *search)
{
  Vec low, high;

  PetscFunctionBeginUser;
  PetscCall(VecDuplicate(search->x, &low));
  PetscCall(VecDuplicate(search->x, &high));
  for (int j = 0; j < search->n; j++) {
    const struct hc_unknown *unknown = &search->problem->unknowns[j];
    PetscCall(VecSetValue(low, j, hc_prior_scale(unknown, unknown->min), INSERT_VALUES));
    PetscCall(VecSetValue(high, j, hc_prior_scale(unknown, unknown->max), INSERT_VALUES));
  }
  PetscCall(VecAssemblyBegin(low));
  PetscCall(VecAssemblyEnd(low));
  PetscCall(VecAssemblyBegin(high));
  PetscCall(VecAssemblyEnd(high));
  PetscCall(TaoSetVariableBounds(search->tao, low, high));
  PetscCall(VecDestroy(&low));
  PetscCall(VecDestroy(&high));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_tao(struct search *search, const struct hc_fit_options *options)
{
  PetscFunctionBeginUser;
  PetscCall(VecCreateSeq(PETSC_COMM_SELF, search->n, &search->x));
  PetscCall(MatCreateSeqDense(PETSC_COMM_SELF, search->n, search->n, NULL, &search->hessian));
  PetscCall(TaoCreate(PETSC_COMM_SELF, &search->tao));
  PetscCall(TaoSetOptionsPrefix(search->tao, "calibrate_"));
  /* Newton steps of a trust region within bounds, with Gauss-Newton's Hessian: what TAOBRGN wraps, but that one asks
     for derivatives at every trial point and twice where it stays */
  PetscCall(TaoSetType(search->tao, TAOBNTR));
  PetscCall(set_bounds(search));
  PetscCall(TaoSetObjective(search->tao, tao_objective, search));
  PetscCall(TaoSetGradient(search->tao, NULL, tao_gradient, search));
  PetscCall(TaoSetHessian(search->tao, search->hessian, search->hessian, tao_hessian, search));
  PetscCall(TaoSetMaximumIterations(search->tao, options->max_iterations));
  PetscCall(TaoSetMaximumFunctionEvaluations(search->tao, 50 * (PetscInt)options->max_iterations));
  PetscCall(TaoSetTolerances(search->tao, 1e-9, options->tolerance, options->tolerance));
  PetscCall(TaoSetConvergenceTest(search->tao, tao_converged, search));
  PetscCall(TaoSetInitialTrustRegionRadius(search->tao, 1)); /* a deviation of the priors */
  PetscCall(TaoSetFromOptions(search->tao));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode search_create(const struct hc_fit_problem *problem, const struct hc_fit_options *options,
                                    struct search *search)
{
  const size_t n = (size_t)problem->n_unknowns;

  PetscFunctionBeginUser;
  *search = (struct search){
      .problem = problem, .n = problem->n_unknowns, .n_rows = problem->n_data, .tolerance = options->tolerance};
  for (int j = 0; j < search->n; j++)
    search->n_rows += hc_is_gaussian(&problem->unknowns[j]);
  PetscCall(PetscMalloc6(2 * n * n, &search->points, 2 * n * (size_t)problem->forward.n_outputs, &search->outputs, n,
                         &search->at[0], n, &search->at[1], search->n_rows, &search->rows, n * (size_t)search->n_rows,
                         &search->columns));
  PetscCall(create_tao(search, options));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode search_destroy(struct search *search)
{
  PetscFunctionBeginUser;
  PetscCall(TaoDestroy(&search->tao));
  PetscCall(MatDestroy(&search->hessian));
  PetscCall(VecDestroy(&search->x));
  PetscCall(PetscFree6(search->points, search->outputs, search->at[0], search->at[1], search->rows, search->columns));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Searches ---------------------------------------------------------------------------------------------------- */

/* The given start first; others are drawn from the prior, within three deviations and the bounds. */
static void start_of(const struct hc_fit_problem *problem, const struct hc_fit_options *options, int start,
                     double *scaled)
{
  const struct hc_random random = {.seed = options->seed, .stream = HC_STREAM_STARTS};
  for (int j = 0; j < problem->n_unknowns; j++) {
    const struct hc_unknown *unknown = &problem->unknowns[j];
    const double low = fmax(hc_prior_scale(unknown, unknown->min), hc_is_gaussian(unknown) ? -3 : -INFINITY);
    const double high = fmin(hc_prior_scale(unknown, unknown->max), hc_is_gaussian(unknown) ? 3 : INFINITY);
    const uint64_t index = (uint64_t)start * (uint64_t)problem->n_unknowns + (uint64_t)j;
    double value = isnan(unknown->start) ? 0 : hc_prior_scale(unknown, unknown->start);
    if (start > 0)
      value = hc_is_gaussian(unknown) ? hc_random_normal(random, index)
                                      : low + (high - low) * hc_random_uniform(random, index);
    scaled[j] = fmin(fmax(value, low), high);
    if (start == 0 && !isnan(unknown->start))
      scaled[j] = value;
  }
}

/* One of Jacobi's rotations: makes matrix[p][q] zero. */
static void rotate(int n, double *matrix, double *vectors, int p, int q)
{
#define A(i, j) matrix[(ptrdiff_t)(i)*n + (j)]
#define V(i, j) vectors[(ptrdiff_t)(i)*n + (j)]
  const double angle = 0.5 * atan2(2 * A(p, q), A(q, q) - A(p, p)), c = cos(angle), s = sin(angle);
  for (int k = 0; k < n; k++) {
    const double kp = A(k, p), kq = A(k, q), vp = V(k, p), vq = V(k, q);
    A(k, p) = c * kp - s * kq;
    A(k, q) = s * kp + c * kq;
    V(k, p) = c * vp - s * vq;
    V(k, q) = s * vp + c * vq;
  }
  for (int k = 0; k < n; k++) {
    const double pk = A(p, k), qk = A(q, k);
    A(p, k) = c * pk - s * qk;
    A(q, k) = s * pk + c * qk;
  }
#undef A
#undef V
}

/* Covariance (n x n, in place of the normal matrix) through its eigenvalues, by Jacobi's method: a handful of unknowns
 * need no library. In scaled unknowns a prior alone has 1; a direction of which uniform priors and data say less than
 * that gets what the prior's width says. */
static PetscErrorCode invert(int n, double *matrix)
{
  double *work, *vectors;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2((size_t)n * (size_t)n, &work, (size_t)n * (size_t)n, &vectors));
  PetscCall(PetscArraycpy(work, matrix, (size_t)n * (size_t)n));
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++)
      vectors[(ptrdiff_t)i * n + j] = i == j;
  for (int sweep = 0; sweep < 15; sweep++) /* converges quadratically: 6 to 8 are enough */
    for (int p = 0; p < n; p++)
      for (int q = p + 1; q < n; q++)
        rotate(n, work, vectors, p, q);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      double sum = 0;
      for (int k = 0; k < n; k++)
        sum += vectors[(ptrdiff_t)i * n + k] * vectors[(ptrdiff_t)j * n + k] / fmax(work[(ptrdiff_t)k * n + k], 1);
      matrix[(ptrdiff_t)i * n + j] = sum;
    }
  PetscCall(PetscFree2(work, vectors));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode fill_uncertainty(struct search *search, struct hc_fit *fit)
{
  const int n = fit->n_unknowns;

  PetscFunctionBeginUser;
  PetscCall(jacobian(search, fit->scaled));
  normal_matrix(search, fit->covariance);
  PetscCall(invert(n, fit->covariance));
  for (int i = 0; i < n; i++) {
    const double variance = fit->covariance[(ptrdiff_t)i * n + i];
    fit->deviation[i] = sqrt(variance) * hc_prior_spread(&search->problem->unknowns[i]);
    fit->informed[i] = 1 - variance;
    for (int j = 0; j < n; j++)
      fit->correlation[(ptrdiff_t)i * n + j] =
          fit->covariance[(ptrdiff_t)i * n + j] / sqrt(variance * fit->covariance[(ptrdiff_t)j * n + j]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One search from where x is; keep it if it is the best so far. */
static PetscErrorCode search_once(struct search *search, struct hc_fit *fit)
{
  TaoConvergedReason reason;
  PetscInt iterations;
  const double *scaled;
  double misfit, penalty;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  search->code = PETSC_SUCCESS;
  code = TaoSolve(search->tao);
  PetscCall(search->code);
  PetscCall(code);
  PetscCall(TaoGetConvergedReason(search->tao, &reason));
  PetscCall(TaoGetIterationNumber(search->tao, &iterations));
  fit->iterations += (int)iterations;
  PetscCall(VecGetArrayRead(search->x, &scaled));
  PetscCall(residuals(search, scaled));
  misfit = dot(fit->n_data, search->rows, search->rows);
  penalty = dot(search->n_rows, search->rows, search->rows) - misfit;
  const double found = misfit + penalty, best = fit->misfit + fit->penalty, same = 1e-6 * (1 + best);
  if (fit->starts > 0 && fabs(found - best) <= same)
    fit->agreed++;
  else if (fit->starts == 0 || found < best)
    fit->agreed = 1;
  if (fit->starts == 0 || found < best) {
    fit->misfit = misfit;
    fit->penalty = penalty;
    fit->converged = reason > 0;
    PetscCall(PetscArraycpy(fit->scaled, scaled, search->n));
  }
  PetscCall(VecRestoreArrayRead(search->x, &scaled));
  fit->starts++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_fit_start(const struct hc_fit_problem *problem, double *values)
{
  const struct hc_fit_options options = {.starts = 1};
  start_of(problem, &options, 0, values);
  unscale(problem, values, values);
}

static PetscErrorCode run_searches(struct search *search, const struct hc_fit_options *options, struct hc_fit *fit)
{
  double *scaled;

  PetscFunctionBeginUser;
  for (int start = 0; start < PetscMax(options->starts, 1); start++) {
    PetscCall(VecGetArray(search->x, &scaled));
    start_of(search->problem, options, start, scaled);
    PetscCall(VecRestoreArray(search->x, &scaled));
    PetscCall(TaoSetSolution(search->tao, search->x));
    PetscCall(search_once(search, fit));
  }
  unscale(search->problem, fit->scaled, fit->best);
  PetscCall(hc_forward_runs(search->problem, 1, fit->best, fit->outputs));
  PetscCall(fill_uncertainty(search, fit));
  fit->runs = search->runs + 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_fit_run(const struct hc_fit_problem *problem, const struct hc_fit_options *options,
                          struct hc_fit **fit)
{
  const size_t n = (size_t)problem->n_unknowns;
  struct search search;
  struct hc_fit *f;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *fit = NULL;
  PetscCall(hc_fit_check(problem));
  PetscCall(PetscNew(&f));
  f->n_unknowns = problem->n_unknowns;
  f->n_data = problem->n_data;
  f->n_outputs = problem->forward.n_outputs;
  PetscCall(PetscMalloc7(n, &f->best, f->n_outputs, &f->outputs, n * n, &f->covariance, n, &f->scaled, n, &f->deviation,
                         n * n, &f->correlation, n, &f->informed));
  *fit = f;
  PetscCall(search_create(problem, options, &search));
  code = run_searches(&search, options, f);
  PetscCall(search_destroy(&search));
  if (code)
    hc_fit_destroy(fit);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_fit_destroy(struct hc_fit **fit)
{
  struct hc_fit *f = *fit;
  if (!f)
    return;
  (void)PetscFree7(f->best, f->outputs, f->covariance, f->scaled, f->deviation, f->correlation, f->informed);
  (void)PetscFree(*fit);
}

/* sqrt(diag(J C J^T)) for derivatives J by column (m x n) and covariance C. */
static void propagate(int m, int n, const double *derivatives, const double *covariance, double *deviation)
{
  for (int i = 0; i < m; i++) {
    double variance = 0;
    for (int j = 0; j < n; j++)
      for (int k = 0; k < n; k++)
        variance +=
            derivatives[(ptrdiff_t)j * m + i] * covariance[(ptrdiff_t)j * n + k] * derivatives[(ptrdiff_t)k * m + i];
    deviation[i] = sqrt(fmax(variance, 0));
  }
}

PetscErrorCode hc_fit_predict(const struct hc_fit_problem *problem, const struct hc_fit *fit, double *outputs,
                              double *deviation)
{
  const int m = problem->forward.n_outputs;
  const size_t n = (size_t)problem->n_unknowns;
  double *points, *runs, *derivatives;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(2 * n * n, &points, 2 * n * (size_t)m, &runs, n * (size_t)m, &derivatives));
  PetscCall(difference(problem, m, fit->scaled, points, runs, derivatives));
  propagate(m, (int)n, derivatives, fit->covariance, deviation);
  PetscCall(hc_forward_runs(problem, 1, fit->best, outputs));
  PetscCall(PetscFree3(points, runs, derivatives));
  PetscFunctionReturn(PETSC_SUCCESS);
}
