/* Weekly doses of radiotherapy for a tumour that is known by samples only. Part of calibrate.
 *
 * A plan gives the fractions of each week one dose. What counts is the time to progression, when the volume reaches a
 * limit, in the worst cases: its superquantile (conditional value at risk: Rockafellar & Uryasev 2000,
 * doi:10.21314/JOR.2000.038) is the mean over the share 1 - level of the samples that progress first. Volumes are those
 * of logistic.h. */
#ifndef HC_DESIGN_H
#define HC_DESIGN_H

#include "base.h"

#define HC_MOST_WEEKS 20

/* One sample of the tumour when the plan begins. */
struct hc_design_sample {
  double rho, capacity;     /* 1/day, mL */
  double alpha, alpha_beta; /* 1/Gy, Gy */
  double volume;            /* mL, before the first planned fraction */
  double limit;             /* mL: progression */
};

struct hc_design {
  int n;
  struct hc_design_sample *samples;
  int weeks, fractions;         /* weeks of the plan, and fractions a week, on consecutive days from its first */
  double max_dose;              /* Gy a fraction */
  double max_bed;               /* Gy to normal tissue, with what was given; infinite: no limit */
  double normal_alpha_beta;     /* Gy */
  double given_dose, given_bed; /* Gy: before the plan */
  double horizon;               /* days from the plan's begin: progression after it counts as then */
  double level;                 /* of the superquantile: 0 is the mean, 0.9 the worst tenth */
};

/* Days from the plan's begin to progression, for each sample (n), under doses (weeks) of a fraction. Cost: about 0.3 us
 * a sample. */
void hc_design_times(const struct hc_design *design, const double *doses, double *times);

/* Mean of the smallest share 1 - level of n numbers; the last of them counts in part. Sorts the numbers. */
double hc_design_tail(int n, double *values, double level);

/* Dose (Gy) and biologically effective dose to normal tissue (Gy) of a plan with what was given. */
double hc_design_dose(const struct hc_design *design, const double *doses);
double hc_design_bed(const struct hc_design *design, const double *doses);

/* The doses nearest to `doses` that give no more than `total` Gy (with what was given), keep the limit of BED, and lie
 * in [0, max_dose]. HC_ERR_INPUT if what was given is more than that already. */
PetscErrorCode hc_design_project(const struct hc_design *design, double total, double *doses);

struct hc_design_options {
  int starts; /* searches, each from one of the best of some hundred plans */
  int runs;   /* most evaluations of a search */
  uint64_t seed;
};

/* The plan of at most `total` Gy whose superquantile of the time to progression is largest. first: a plan to begin one
 * more search at, or NULL. The objective has kinks (the worst samples change) and jumps (a sample that progresses
 * during treatment), so that the search is without derivatives: models in a trust region (PETSc TAO's POUNDERS), from
 * many starts, of the projected plan. */
PetscErrorCode hc_design_optimise(const struct hc_design *design, double total, const struct hc_design_options *options,
                                  const double *first, double *doses, double *tail);

/* The smallest dose (within 0.05 Gy) at which the best plan reaches `tail`, and that plan; *total is infinite if not
 * even `most` Gy do. */
PetscErrorCode hc_design_match(const struct hc_design *design, double tail, double most,
                               const struct hc_design_options *options, double *total, double *doses);

#endif
