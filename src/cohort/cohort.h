/* healthcast cohort: many virtual patients from one base case, in the arms of a trial. Floor 8.
 *
 * A member is one virtual patient in one arm: member = patient * arms + arm. What a patient is follows from the number
 * alone (sampling.h): a stratum, and a value for each quantity that varies. Values become assignments to keys of the
 * base case, as --set makes them, in this order, later ones winning: `set`, the stratum's, the patient's, the arm's. */
#ifndef HC_COHORT_H
#define HC_COHORT_H

#include "device.h"
#include "params.h"
#include "sampling.h"

/* ---- Input ------------------------------------------------------------------------------------------------------- */

/* An item of `strata`. */
struct hc_stratum_params {
  const struct hc_params *params;
  char *name;
  double weight;
  struct hc_strings set;
};

/* An item of `arms`. */
struct hc_arm_params {
  const struct hc_params *params;
  char *name;
  struct hc_strings set;
};

/* An item of `factors`: its values, with those of the other factors, make more arms. */
struct hc_factor_params {
  const struct hc_params *params;
  char *name;
  struct hc_strings keys;
  struct hc_strings values;
  char *table, *column; /* in place of values */
};

/* An item of `accept`. */
struct hc_accept_params {
  const struct hc_params *params;
  char *quantity;
  double min, max; /* NAN: open */
};

/* An item of `trial.endpoints`. */
struct hc_endpoint_params {
  const struct hc_params *params;
  char *name, *quantity, *definition;
  int better, compare;
};

/* Input block `trial.classify.published`. */
struct hc_published_params {
  const struct hc_params *params;
  char *source;
  struct hc_reals thresholds, auc;
  int64_t correct, total;
};

/* Input block `trial.classify`. */
struct hc_classify_params {
  const struct hc_params *params;
  char *quantity; /* NULL: nothing is classified */
  char *drug, *dose;
  struct hc_reals doses;
  struct hc_strings classes;
  char *train;
  int method;
  char *table, *class_column, *set_column;
  struct hc_published_params published;
};

/* Input block `trial`. */
struct hc_trial_params {
  const struct hc_params *params;
  char *reference; /* NULL: the first arm */
  double level;
  int64_t bootstrap, seed;
  struct hc_list endpoints; /* struct hc_endpoint_params */
  struct hc_classify_params classify;
};

struct hc_cohort_params {
  const struct hc_params *params;
  char *title;
  char *base;
  struct hc_strings set;
  int64_t patients; /* 0: all rows of the design */
  struct hc_design_params design;
  struct hc_list vary;         /* struct hc_vary_params */
  struct hc_list correlations; /* struct hc_correlation_params */
  struct hc_list strata;       /* struct hc_stratum_params */
  struct hc_list arms;         /* struct hc_arm_params */
  struct hc_list factors;      /* struct hc_factor_params */
  struct hc_list accept;       /* struct hc_accept_params */
  struct hc_strings quantities, fields;
  int64_t lanes;  /* members of a task of cells */
  int64_t ranks;  /* of a group */
  double timeout; /* s a member; 0: none */
  int64_t retries;
  struct hc_trial_params trial;
};
extern const struct hc_block hc_cohort_block;

/* ---- The plan ---------------------------------------------------------------------------------------------------- */

struct hc_cohort;

/* Read a cohort's file and check all of it that can be checked without running: base case and files, keys and ranges of
 * what varies (on the first patients), arms, strata, quantities. HC_ERR_INPUT by place. Collective. */
PetscErrorCode hc_cohort_create(MPI_Comm comm, const char *path, int n_set, const char *const set[],
                                struct hc_cohort **cohort);
void hc_cohort_destroy(struct hc_cohort **cohort);

int64_t hc_cohort_patients(const struct hc_cohort *cohort);
int hc_cohort_arms(const struct hc_cohort *cohort);
const char *hc_cohort_kind(const struct hc_cohort *cohort); /* "cells", "cell study", "heart", "tumour" */
const char *hc_cohort_arm_name(const struct hc_cohort *cohort, int arm);

/* The assignments that make a member of the base case, one a line, for people and for running it alone
 * (healthcast run BASE --set ...). Freed with PetscFree. */
PetscErrorCode hc_cohort_describe(const struct hc_cohort *cohort, int64_t number, char **text);

/* ---- Running ----------------------------------------------------------------------------------------------------- */

struct hc_cohort_options {
  const char *case_path;
  const char *folder;
  int shard, n_shards; /* of several jobs that share the work: 0 of 1 */
  bool overwrite, quiet, bar;
  struct hc_device_options device; /* backend NULL: cpu */
};

/* Run what is missing of the cohort in the folder (campaign.h says how it survives). Leaves cohort.h5, summary.json,
 * case.used.yaml, manifest.json; *interrupted: a signal stopped it. Collective. */
PetscErrorCode hc_cohort_run(MPI_Comm comm, struct hc_cohort *cohort, const struct hc_cohort_options *options,
                             bool *interrupted);

#endif
