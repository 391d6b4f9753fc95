/* Least squares with bounds and priors: any forward model, any data, and what the data leave open. Part of calibrate.
 *
 * The unknowns x_j of a model are estimated from data y_i with standard deviations s_i: the sum of ((f_i(x) - y_i) /
 * s_i)^2 and of the priors' terms is made least by a Gauss-Newton method of PETSc TAO, from several starts. What the
 * data leave open is described by Laplace's approximation and by an ensemble of samples that is corrected for what the
 * approximation lacks (importance sampling). Inside, unknowns are scaled by their priors, and logarithms are taken
 * where the prior says so; callers see values in their units.
 *
 * Nothing here knows what the model is: tumours use it now, hearts can. */
#ifndef HC_FIT_H
#define HC_FIT_H

#include "base.h"

/* ---- Problem ----------------------------------------------------------------------------------------------------- */

enum hc_prior {
  HC_PRIOR_UNIFORM,     /* between the bounds */
  HC_PRIOR_LOG_UNIFORM, /* the logarithm is uniform between those of the bounds; they are positive */
  HC_PRIOR_NORMAL,      /* mean `centre`, standard deviation `spread`, cut off at the bounds */
  HC_PRIOR_LOGNORMAL    /* median `centre`; `spread` is the standard deviation of the natural logarithm; cut off too */
};

struct hc_unknown {
  const char *name, *unit; /* borrowed */
  double min, max;         /* bounds, min < max; positive for the logarithmic priors */
  double start;            /* where the first search begins; NAN: the middle of the prior */
  int prior;               /* enum hc_prior */
  double centre, spread;   /* of normal and lognormal priors */
};

/* The model. Its runs are shared out among groups of ranks: each group runs the model for other unknowns, at the same
 * time. A model that one rank runs has as many groups as ranks; one that needs all ranks has one group. */
struct hc_forward {
  void *context;
  int n_outputs; /* the first n_data are compared with the data, the others are predictions */
  /* outputs (n_outputs) for given unknowns (n_unknowns), the same on all ranks of the group. Collective on the group.
   */
  PetscErrorCode (*run)(void *context, const double *unknowns, double *outputs);
  /* Derivatives of the first n_data outputs, row by row (n_data x n_unknowns); NULL: by differences of runs. */
  PetscErrorCode (*derive)(void *context, const double *unknowns, double *derivatives);
  double accuracy;     /* relative error of outputs (rounding, tolerance of solvers): sets the step of differences */
  MPI_Comm comm;       /* of all groups */
  int n_groups, group; /* groups, and which one this rank belongs to */
  bool speaks;         /* this rank tells other groups what its group found: one in each does */
};

struct hc_fit_problem {
  int n_unknowns;
  const struct hc_unknown *unknowns; /* borrowed */
  int n_data;
  const double *data, *sd; /* n_data each; sd > 0 */
  struct hc_forward forward;
};

/* Groups of `size` consecutive ranks of comm; 0: one group of all. HC_ERR_INPUT if they do not come out even. Not
 * collective. */
PetscErrorCode hc_forward_groups(struct hc_forward *forward, MPI_Comm comm, int size);

/* Run the model at n points (n x n_unknowns) -> outputs (n x n_outputs), the same on all ranks. Collective. */
PetscErrorCode hc_forward_runs(const struct hc_fit_problem *problem, int n, const double *points, double *outputs);

/* ---- Best fit ---------------------------------------------------------------------------------------------------- */

struct hc_fit_options {
  int starts;         /* searches: from the given start, and from random draws of the prior */
  int max_iterations; /* of one search */
  double tolerance;   /* a search ends when the gradient is this small, relative to its start or to the sum of squares,
                         or that has changed by less in three iterations */
  uint64_t seed;
};

struct hc_fit {
  int n_unknowns, n_data, n_outputs;
  double *best;        /* n_unknowns: most probable values */
  double *outputs;     /* n_outputs, there */
  double *covariance;  /* n_unknowns^2, of the scaled unknowns: Laplace's approximation */
  double *scaled;      /* n_unknowns: `best`, scaled */
  double *deviation;   /* n_unknowns: standard deviation, of the logarithm where the prior is logarithmic */
  double *correlation; /* n_unknowns^2 */
  double *informed;    /* n_unknowns: 1 - (posterior / prior standard deviation)^2; 0: the data say nothing of it */
  double misfit;       /* sum of squares of (output - data) / sd */
  double penalty;      /* sum of squares of the priors' terms */
  int starts, agreed;  /* searches, and how many of them ended at this misfit */
  int iterations;      /* of all searches */
  int64_t runs;        /* of the model */
  bool converged;      /* the search that found it came to its end */
};

/* Find the most probable values. HC_ERR_INPUT for a problem that is none (bounds, too few data), naming the unknown;
 * HC_ERR_NUMERIC if the model gives what is no number. Collective on the model's comm. */
PetscErrorCode hc_fit_run(const struct hc_fit_problem *problem, const struct hc_fit_options *options,
                          struct hc_fit **fit);
void hc_fit_destroy(struct hc_fit **fit);

/* All outputs of a model at the best fit, and their standard deviations as Laplace's approximation has them (linear in
 * the scaled unknowns), for a model that may have more outputs than when it was fitted. 2 n_unknowns + 1 runs.
 * Collective. */
PetscErrorCode hc_fit_predict(const struct hc_fit_problem *problem, const struct hc_fit *fit, double *outputs,
                              double *deviation);

/* ---- Ensemble ---------------------------------------------------------------------------------------------------- */

#define HC_MOST_ROUNDS 20

struct hc_ensemble_options {
  int samples; /* wanted, and drawn in each round */
  int rounds;  /* of importance sampling, each drawn from what those before found; 0: Laplace's approximation as it is
                */
  uint64_t seed;
};

/* Equally weighted samples of the posterior, with the model's outputs for each. */
struct hc_ensemble {
  int n, n_unknowns, n_outputs;
  double *unknowns;      /* n x n_unknowns */
  double *outputs;       /* n x n_outputs */
  double effective_size; /* independent samples that the weighted ones are worth; n for rounds = 0 */
};

/* Draw samples around a fit. Runs the model samples x (rounds, at least 1) times. Collective. */
PetscErrorCode hc_ensemble_draw(const struct hc_fit_problem *problem, const struct hc_fit *fit,
                                const struct hc_ensemble_options *options, struct hc_ensemble **ensemble);
void hc_ensemble_destroy(struct hc_ensemble **ensemble);

/* Quantile p of column `column` of a table of n rows, interpolated between the samples (Hyndman and Fan's type 7).
 * O(n log n). */
PetscErrorCode hc_quantile(int n, int columns, const double *table, int column, double p, double *quantile);

#endif
