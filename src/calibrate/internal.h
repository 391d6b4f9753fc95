/* Shared by the files of calibrate only. */
#ifndef HC_CALIBRATE_INTERNAL_H
#define HC_CALIBRATE_INTERNAL_H

#include "calibrate.h"

#include <hdf5.h>
#include <jansson.h>

/* Scaled unknowns: zero at the prior's centre, one prior standard deviation is 1. */
double hc_prior_scale(const struct hc_unknown *unknown, double value);
double hc_prior_unscale(const struct hc_unknown *unknown, double scaled);
bool hc_is_gaussian(const struct hc_unknown *unknown); /* the prior has a term in the sum of squares */
double
hc_prior_spread(const struct hc_unknown *unknown); /* prior standard deviation, of the logarithm if it is logarithmic */

/* HC_ERR_INPUT for what no fit can be made of, naming the unknown. */
PetscErrorCode hc_fit_check(const struct hc_fit_problem *problem);

/* Streams of random numbers: one for each purpose. */
enum hc_stream {
  HC_STREAM_STARTS = 1,
  HC_STREAM_ENSEMBLE,
  HC_STREAM_RESAMPLE,
  HC_STREAM_NOISE,
  HC_STREAM_SCANS,
  HC_STREAM_SCHEDULE,
  HC_STREAM_PATIENTS
};

/* Sum of squares of data and prior for outputs and scaled unknowns. */
void hc_sum_squares(const struct hc_fit_problem *problem, const double *scaled, const double *outputs, double *misfit,
                    double *penalty);

/* ---- Cases ------------------------------------------------------------------------------------------------------- */

/* The unknowns of a case, without units. Freed with PetscFree. HC_ERR_INPUT: bounds, priors. */
PetscErrorCode hc_calibrate_unknowns(const struct hc_calibrate_case *study, struct hc_unknown **unknowns);

/* synthetic.truth in the order of the unknowns. HC_ERR_INPUT: one is missing, or is no unknown. */
PetscErrorCode hc_calibrate_truth(const struct hc_calibrate_case *study, double *values);

/* Data and model of a calibration without space: all but the fit. Destroyed as those with one. */
PetscErrorCode hc_calibration_prepare(MPI_Comm comm, const struct hc_calibrate_case *study,
                                      struct hc_calibration **calibration);

/* Numbers of runs and the time of all, from what is filled in: n_unknowns, n_groups, setup, run. */
void hc_calibrate_estimate(const struct hc_calibrate_case *study, struct hc_calibrate_cost *cost);

/* The middle of the first search's start: n_unknowns values. */
void hc_fit_start(const struct hc_fit_problem *problem, double *values);

/* The same as hc_calibrate_check() in a tissue. */
PetscErrorCode hc_tissue_check(MPI_Comm comm, const struct hc_calibrate_case *study, struct hc_calibrate_cost *cost);

/* ---- Results ----------------------------------------------------------------------------------------------------- */

/* Make a folder and those above it. On one rank, as all below. */
PetscErrorCode hc_results_folder(const char *path);

/* null for what is no number. */
json_t *hc_results_real(double value);

/* A dataset of rows x columns with unit (NULL: "1") and meaning. */
PetscErrorCode hc_results_table(hid_t group, const char *name, const char *unit, const char *meaning, int rows,
                                int columns, const double *values);

PetscErrorCode hc_results_file(const char *folder, const char *name, hid_t *file);

/* Lower end, median, upper end of the interval of an output that holds `level`, over the samples. With noise (sd > 0):
 * of what a scan would show; numbers are those of the seed and the output. */
PetscErrorCode hc_results_interval(const struct hc_ensemble *ensemble, int output, double level, double sd,
                                   uint64_t seed, double values[3]);

/* Of the fit, into a summary: misfit, runs, correlation, ... */
void hc_results_fit(const struct hc_fit *fit, int64_t runs, json_t *json);

/* Group of samples, one dataset for each unknown. */
PetscErrorCode hc_results_samples(hid_t file, const struct hc_ensemble *ensemble, const struct hc_unknown *unknowns);

/* What a calibration says, into a summary and a file. */
PetscErrorCode hc_calibration_summary(const struct hc_calibration *calibration, json_t *json);
PetscErrorCode hc_calibration_tables(const struct hc_calibration *calibration, hid_t file);

#endif
