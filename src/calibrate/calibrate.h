/* healthcast calibrate: what a patient's scans say of a tumour, and which treatment follows from it. Floor 8.
 *
 * A calibration takes its unknowns from scans (fit.h does the estimating), and predicts scans to come with intervals; a
 * schedule is designed on the posterior of a calibration. Times in days, doses in Gy, volumes in mL. All calls are
 * collective on the given communicator; runs of the model are shared out among its ranks. */
#ifndef HC_CALIBRATE_H
#define HC_CALIBRATE_H

#include "fit.h"
#include "logistic.h"
#include "params.h"
#include "therapy.h"

/* ---- A calibration's case ---------------------------------------------------------------------------------------- */

/* Items of `unknowns`. */
struct hc_unknown_params {
  const struct hc_params *params;
  char *name;
  double min, max, start;
  int prior; /* enum hc_prior */
  double centre, spread;
};

/* Items of `scans`. */
struct hc_scan_params {
  const struct hc_params *params;
  char *day;
  double volume;      /* mL; NAN: made by `synthetic` */
  char *segmentation; /* image of labels: tumours in a tissue */
  bool held_out;      /* not used, but predicted and compared with */
};

enum hc_noise { HC_NOISE_RELATIVE, HC_NOISE_ABSOLUTE };

/* Block `noise`: how exact a scan is. */
struct hc_noise_params {
  const struct hc_params *params;
  int kind;        /* enum hc_noise */
  double sd;       /* of the logarithm of the volume, or mL */
  double position; /* mm, of the centroid of a segmentation */
  double blocks;   /* mm, edge of the cubes whose shares are data; 0: none */
  double share;    /* of the share of a cube */
};

/* Block `synthetic`: scans of a tumour whose parameters are known, to try out what a calibration finds again. */
struct hc_synthetic_params {
  const struct hc_params *params;
  struct hc_map truth;
  bool clean; /* scans without noise */
  int64_t seed;
};

/* Block `predict`. */
struct hc_predict_params {
  const struct hc_params *params;
  struct hc_strings days;
  double level;   /* of intervals */
  int64_t points; /* of the curve from the first scan to the last day */
};

/* Block `search`. */
struct hc_search_params {
  const struct hc_params *params;
  int64_t starts, iterations, seed;
  double tolerance;
  int64_t ranks; /* that run the model of a tissue together; 0: all */
};

/* Block `ensemble`. */
struct hc_ensemble_params {
  const struct hc_params *params;
  int64_t samples; /* hc_calibrate_samples() */
  int64_t rounds, seed;
};

/* The root of a calibration's case file. */
struct hc_calibrate_case {
  const struct hc_params *params;
  char *title;
  char *tissue; /* case file of a tumour in a tissue; NULL: logistic growth without space */
  struct hc_map known;
  struct hc_list unknowns; /* struct hc_unknown_params */
  struct hc_list scans;    /* struct hc_scan_params */
  struct hc_noise_params noise;
  struct hc_synthetic_params synthetic;
  struct hc_therapy_params therapy;
  struct hc_predict_params predict;
  struct hc_search_params search;
  struct hc_ensemble_params ensemble;
};
extern const struct hc_block hc_calibrate_block;

PetscErrorCode hc_calibrate_read(MPI_Comm comm, const char *path, int n_set, const char *const set[],
                                 struct hc_calibrate_case *study, struct hc_params **params);

/* Samples that are wanted: the case's, or what is usual for its kind. */
int64_t hc_calibrate_samples(const struct hc_calibrate_case *study);

/* ---- A calibration ----------------------------------------------------------------------------------------------- */

/* Data, fit and posterior of a case; plain data, read-only for others. The model's outputs are, in this order, the
 * scans, the days that are predicted, and the points of a curve: volumes in mL or, if the noise is relative, their
 * logarithms. */
struct hc_calibration {
  const struct hc_calibrate_case *study; /* borrowed */
  struct hc_therapy *therapy;
  struct hc_logistic tumour; /* with the parameters that are known */
  struct hc_unknown *unknowns;
  int n_scans, n_predicted, n_curve; /* held-out scans are predicted */
  double *days;                      /* of all outputs */
  double *data, *sd; /* n_scans: as outputs are; then n_predicted: held-out scans, NAN where there is none */
  const struct hc_scan_params **sources; /* n_scans + n_predicted; NULL: no scan on that day. Borrowed */
  struct hc_fit_problem problem;
  struct hc_fit *fit;
  struct hc_ensemble *ensemble;
};

/* Fit the case and draw its posterior. HC_ERR_INPUT with the place in the input: scans that are not in order, too few
 * of them, unknown names, bounds that are reversed; HC_ERR_NUMERIC. Collective. */
PetscErrorCode hc_calibration_create(MPI_Comm comm, const struct hc_calibrate_case *study,
                                     struct hc_calibration **calibration);
void hc_calibration_destroy(struct hc_calibration **calibration);

/* The tumour with sample k of the posterior, or the best fit for k = -1. Its therapy is the calibration's: one tumour
 * at a time. Not collective. */
PetscErrorCode hc_calibration_tumour(const struct hc_calibration *calibration, int k, struct hc_logistic *tumour);

/* Volume in mL that stands for an output. */
double hc_calibration_volume(const struct hc_calibration *calibration, double output);

struct hc_calibrate_options {
  const char *case_path; /* for the record */
  const char *folder;    /* where results go */
};

/* Run a case; `tissue` goes its own way (hc_tissue_run()). Leaves summary.json, calibration.h5 (samples, curve,
 * predictions) and case.used.yaml in the folder. HC_ERR_INPUT, HC_ERR_NUMERIC, HC_ERR_ENVIRONMENT. Collective. */
PetscErrorCode hc_calibrate_run(MPI_Comm comm, const struct hc_calibrate_case *study,
                                const struct hc_calibrate_options *options);

/* The calibration of a tumour in a tissue to segmentations. For each scan and for the two thresholds of the tumour's
 * case (observe.enhancing, observe.visible) the data are the logarithm of the volume that is denser, its centroid and,
 * with noise.blocks, the share of each cube that is denser. Leaves summary.json with the overlap of the best fit and
 * each scan, calibration.h5 as above, and results.h5 with a frame for each scan and predicted day: the density of the
 * best fit, the scan, and the part of the samples that are denser than each threshold. Groups of search.ranks run the
 * model for different unknowns at the same time, each with the whole mesh: results are the same for any number of
 * groups. */
PetscErrorCode hc_tissue_run(MPI_Comm comm, const struct hc_calibrate_case *study,
                             const struct hc_calibrate_options *options);

/* What a calibration would cost. */
struct hc_calibrate_cost {
  int n_unknowns, n_scans, n_held_out, n_data, n_predicted;
  int64_t search_runs;  /* of the model, in searches of usual length */
  int64_t most_runs;    /* if each takes all its iterations */
  int64_t further_runs; /* samples, predictions */
  int n_groups;         /* that run the model at the same time */
  int64_t n_nodes;      /* of the tissue; 0 without */
  double setup, run;    /* seconds, measured: of the tissue, of one run of the model */
  double seconds;       /* in all, from these */
};

/* Read and check everything, run the model once where the first search starts. Errors as of hc_calibrate_run().
 * Collective. */
PetscErrorCode hc_calibrate_check(MPI_Comm comm, const struct hc_calibrate_case *study, struct hc_calibrate_cost *cost);

/* ---- A schedule's case ------------------------------------------------------------------------------------------- */

/* Block `plan`: what may be decided. */
struct hc_plan_params {
  const struct hc_params *params;
  char *start;              /* day of the first planned fraction */
  int64_t weeks, fractions; /* a week */
  double reference_dose;    /* Gy a fraction of the plan to compare with */
  double max_dose;          /* Gy a fraction */
  double max_total;         /* Gy, with what was given */
  double max_bed;           /* Gy, with what was given; NAN: no limit */
  double normal_alpha_beta; /* Gy */
  struct hc_reals totals;   /* Gy: of the front */
};

/* Block `progression`. */
struct hc_progression_params {
  const struct hc_params *params;
  double factor;  /* of the volume at the first fraction */
  double horizon; /* days from the plan's start */
};

/* Block `design`. */
struct hc_planning_params {
  const struct hc_params *params;
  double level; /* of the superquantile */
  int64_t samples, starts, runs, seed;
};

/* Block `cohort`: synthetic patients in place of one. */
struct hc_synthetic_patients_params {
  const struct hc_params *params;
  int64_t patients, seed;
};

/* The root of a schedule's case file. */
struct hc_schedule_case {
  const struct hc_params *params;
  char *title;
  char *calibration; /* case file that gives the posterior */
  struct hc_plan_params plan;
  struct hc_progression_params progression;
  struct hc_planning_params design;
  struct hc_synthetic_patients_params cohort;
};
extern const struct hc_block hc_schedule_block;

PetscErrorCode hc_schedule_read(MPI_Comm comm, const char *path, int n_set, const char *const set[],
                                struct hc_schedule_case *schedule, struct hc_params **params);

struct hc_schedule_cost {
  struct hc_calibrate_cost calibration; /* of one patient */
  int64_t patients;
  int64_t plans;  /* looked at for each of them, at most */
  double plan;    /* seconds of one look, measured */
  double seconds; /* in all */
};

/* Read and check everything but what follows from the samples. Collective. */
PetscErrorCode hc_schedule_check(MPI_Comm comm, const struct hc_schedule_case *schedule, struct hc_schedule_cost *cost);

/* Calibrate, design, compare; leaves summary.json, schedule.h5 and case.used.yaml in the folder. HC_ERR_INPUT,
 * HC_ERR_NUMERIC, HC_ERR_ENVIRONMENT. Collective. */
PetscErrorCode hc_schedule_run(MPI_Comm comm, const struct hc_schedule_case *schedule,
                               const struct hc_calibrate_options *options);

#endif
