/* The problem: scaling, checks, and runs of the model shared out among groups of ranks. */
#include "internal.h"

#include <math.h>
#include <string.h>

/* ---- Scaling ----------------------------------------------------------------------------------------------------- */

static bool is_logarithmic(const struct hc_unknown *unknown)
{
  return unknown->prior == HC_PRIOR_LOG_UNIFORM || unknown->prior == HC_PRIOR_LOGNORMAL;
}

bool hc_is_gaussian(const struct hc_unknown *unknown)
{
  return unknown->prior == HC_PRIOR_NORMAL || unknown->prior == HC_PRIOR_LOGNORMAL;
}

/* Centre and spread of the prior, of the logarithm if it is logarithmic; a uniform prior has the standard deviation
 * width / sqrt(12). */
static void prior_of(const struct hc_unknown *unknown, double *centre, double *spread)
{
  const bool logarithmic = is_logarithmic(unknown);
  const double low = logarithmic ? log(unknown->min) : unknown->min;
  const double high = logarithmic ? log(unknown->max) : unknown->max;
  if (hc_is_gaussian(unknown)) {
    *centre = logarithmic ? log(unknown->centre) : unknown->centre;
    *spread = unknown->spread;
  } else {
    *centre = 0.5 * (low + high);
    *spread = (high - low) / sqrt(12);
  }
}

double hc_prior_scale(const struct hc_unknown *unknown, double value)
{
  double centre, spread;
  prior_of(unknown, &centre, &spread);
  return ((is_logarithmic(unknown) ? log(value) : value) - centre) / spread;
}

double hc_prior_unscale(const struct hc_unknown *unknown, double scaled)
{
  double centre, spread, value;
  prior_of(unknown, &centre, &spread);
  value = centre + spread * scaled;
  if (is_logarithmic(unknown))
    value = exp(value);
  return fmin(fmax(value, unknown->min), unknown->max); /* rounding must not leave the bounds */
}

double hc_prior_spread(const struct hc_unknown *unknown)
{
  double centre, spread;
  prior_of(unknown, &centre, &spread);
  return spread;
}

void hc_sum_squares(const struct hc_fit_problem *problem, const double *scaled, const double *outputs, double *misfit,
                    double *penalty)
{
  *misfit = *penalty = 0;
  for (int i = 0; i < problem->n_data; i++)
    *misfit += pow((outputs[i] - problem->data[i]) / problem->sd[i], 2);
  for (int j = 0; j < problem->n_unknowns; j++)
    if (hc_is_gaussian(&problem->unknowns[j]))
      *penalty += scaled[j] * scaled[j];
}

/* ---- Checks ------------------------------------------------------------------------------------------------------ */

static PetscErrorCode check_unknown(const struct hc_unknown *unknown)
{
  PetscFunctionBeginUser;
  PetscCheck(unknown->min < unknown->max, PETSC_COMM_SELF, HC_ERR_INPUT,
             "unknown %s: found bounds %.6g to %.6g; allowed: the lower one first", unknown->name, unknown->min,
             unknown->max);
  PetscCheck(!is_logarithmic(unknown) || unknown->min > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "unknown %s: found the lower bound %.6g; allowed for a logarithmic prior: positive", unknown->name,
             unknown->min);
  PetscCheck(!hc_is_gaussian(unknown) || unknown->spread > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "unknown %s: found the spread %.6g; allowed: positive", unknown->name, unknown->spread);
  PetscCheck(unknown->prior != HC_PRIOR_LOGNORMAL || unknown->centre > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "unknown %s: found the median %.6g of a lognormal prior; allowed: positive", unknown->name,
             unknown->centre);
  PetscCheck(isnan(unknown->start) || (unknown->start >= unknown->min && unknown->start <= unknown->max),
             PETSC_COMM_SELF, HC_ERR_INPUT,
             "unknown %s: found the start %.6g; allowed: within its bounds, %.6g to %.6g", unknown->name,
             unknown->start, unknown->min, unknown->max);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_fit_check(const struct hc_fit_problem *problem)
{
  int n_terms = problem->n_data;

  PetscFunctionBeginUser;
  PetscCheck(problem->n_unknowns > 0, PETSC_COMM_SELF, HC_ERR_INPUT, "nothing to calibrate: there are no unknowns");
  for (int j = 0; j < problem->n_unknowns; j++) {
    PetscCall(check_unknown(&problem->unknowns[j]));
    n_terms += hc_is_gaussian(&problem->unknowns[j]);
  }
  for (int i = 0; i < problem->n_data; i++)
    PetscCheck(problem->sd[i] > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
               "data %d: found the standard deviation %.6g; allowed: positive", i, problem->sd[i]);
  PetscCheck(n_terms >= problem->n_unknowns, PETSC_COMM_SELF, HC_ERR_INPUT,
             "found %d data and %d normal or lognormal priors for %d unknowns; allowed: as many as unknowns, or more",
             problem->n_data, n_terms - problem->n_data, problem->n_unknowns);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Runs -------------------------------------------------------------------------------------------------------- */

PetscErrorCode hc_forward_groups(struct hc_forward *forward, MPI_Comm comm, int size)
{
  int rank, n_ranks;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &n_ranks));
  if (size == 0)
    size = n_ranks;
  PetscCheck(n_ranks % size == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "found %d ranks for groups of %d that run the model together; allowed: a multiple of that", n_ranks, size);
  forward->comm = comm;
  forward->n_groups = n_ranks / size;
  forward->group = rank / size;
  forward->speaks = rank % size == 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_one(const struct hc_fit_problem *problem, const double *point, double *outputs)
{
  const struct hc_forward *forward = &problem->forward;

  PetscFunctionBeginUser;
  PetscCall(forward->run(forward->context, point, outputs));
  for (int i = 0; i < forward->n_outputs; i++)
    if (!isfinite(outputs[i])) {
      char text[512] = "";
      for (int j = 0; j < problem->n_unknowns; j++) {
        const size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, " %s = %.6g", problem->unknowns[j].name, point[j]);
      }
      SETERRQ(PETSC_COMM_SELF, HC_ERR_NUMERIC, "the model's output %d is %.6g at%s", i, outputs[i], text);
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_mine(const struct hc_fit_problem *problem, int n, const double *points, double *outputs)
{
  const struct hc_forward *forward = &problem->forward;

  PetscFunctionBeginUser;
  for (int k = forward->group; k < n; k += forward->n_groups)
    PetscCall(
        run_one(problem, points + (ptrdiff_t)k * problem->n_unknowns, outputs + (ptrdiff_t)k * forward->n_outputs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_forward_runs(const struct hc_fit_problem *problem, int n, const double *points, double *outputs)
{
  const struct hc_forward *forward = &problem->forward;
  const int n_values = n * forward->n_outputs;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(outputs, n_values));
  PetscCall(hc_error_agree(forward->comm, run_mine(problem, n, points, outputs)));
  if (forward->n_groups == 1) /* all ranks ran all of them */
    PetscFunctionReturn(PETSC_SUCCESS);
  if (!forward->speaks)
    PetscCall(PetscArrayzero(outputs, n_values));
  /* one rank of one group alone has what is not zero: the sum is exact */
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, outputs, n_values, MPI_DOUBLE, MPI_SUM, forward->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}
