/* The calibration of a tumour in a tissue: shared by tissue*.c. */
#ifndef HC_TISSUE_CALIBRATION_H
#define HC_TISSUE_CALIBRATION_H

#include "growth.h"
#include "internal.h"

enum { HC_LEVELS = 2 };  /* thresholds of density: enhancing, visible */
enum { HC_NUMBERS = 4 }; /* data of a scan and a level beside its blocks: logarithm of the volume, centroid */

#define HC_LEAST 0.1 /* mL, added to volumes: smaller ones are hardly told from nothing, which has a logarithm, too */

extern const char *const hc_level_names[HC_LEVELS];

/* A scan. The data of a level are HC_NUMBERS numbers and the shares of the blocks; those of the first level come
 * first. */
struct hc_tissue_scan {
  const struct hc_scan_params *params; /* borrowed */
  double day;
  bool held_out;
  int first;                /* datum; -1: held out */
  double *masks[HC_LEVELS]; /* owned nodes: share of the tissue there that the scan marks */
  double volume[HC_LEVELS]; /* mL in the tissue; of a synthetic scan with its noise */
  double all[HC_LEVELS];    /* mL in the image, tissue or not; NAN: synthetic */
  int n_blocks;
  int *block;   /* of owned nodes; -1: in none */
  double *room; /* mL of tissue in each block */
};

/* Where a run of the model stops, and why; -1: not for this. */
struct hc_tissue_stop {
  double day;
  int scan, shown, curve;
};

/* Where one run of the model was denser than the thresholds, bit by bit: owned nodes within levels within shown days.
 */
struct hc_tissue_record {
  double *values; /* of the unknowns */
  unsigned char *bits;
};

/* The model's outputs are the data; for each shown day (scans and predictions, in the order of time) and each level the
 * logarithm of the volume; the same for each day of the curve. */
struct hc_tissue {
  const struct hc_calibrate_case *study; /* borrowed */
  struct hc_growth_case tumour_case;
  struct hc_params *params;  /* of the tumour's case */
  MPI_Comm together, across; /* this group; the same place in all groups */
  struct hc_growth *growth;  /* of this group */
  int n_scans, n_shown, n_curve, n_stops;
  struct hc_tissue_scan *scans;
  struct hc_tissue_stop *stops;
  double *shown, *curve; /* days */
  double last_used;      /* day of the last scan that is no held-out one */
  double thresholds[HC_LEVELS];
  double home[3]; /* mm: the centroid of a tumour that is not seen */
  struct hc_unknown *unknowns;
  double *data, *sd;
  struct hc_fit_problem problem;
  struct hc_fit *fit;
  struct hc_ensemble *ensemble; /* NULL: Laplace's approximation alone */
  double *outputs, *deviation;  /* of the best fit, and by Laplace's approximation */
  int64_t runs;                 /* of all groups */

  /* What run_model() does beside */
  bool full;      /* compute more than the data */
  double **keep;  /* n_shown: densities at the owned nodes; NULL: not wanted */
  bool recording; /* add a record */
  int n_records, most_records;
  struct hc_tissue_record *records;

  double **densities;   /* n_shown: of the best fit */
  double **probability; /* n_shown x HC_LEVELS at the owned nodes; NULL without samples */
};

/* ---- tissue.c ---------------------------------------------------------------------------------------------------- */

/* The model at given unknowns (struct hc_forward). Collective on the group. */
PetscErrorCode hc_tissue_model(void *context, const double *values, double *outputs);

/* Read the case, build the model and the data. Collective. */
PetscErrorCode hc_tissue_prepare(MPI_Comm comm, struct hc_tissue *t);
void hc_tissue_clear(struct hc_tissue *t);

/* ---- tissue_scans.c ---------------------------------------------------------------------------------------------- */

/* Masks and volumes of all scans, then the data. Collective on the group. */
PetscErrorCode hc_tissue_read_scans(struct hc_tissue *t);

/* The data that a scan of the present state, with these volumes (mL), would give. */
PetscErrorCode hc_tissue_look(const struct hc_tissue *t, const struct hc_tissue_scan *scan, const double *volumes,
                              double *data);

/* What a tumour that is not there gives. */
PetscErrorCode hc_tissue_look_nothing(const struct hc_tissue *t, const struct hc_tissue_scan *scan, double *data);

/* Numbers of data of a scan. */
int hc_tissue_n_data(const struct hc_tissue_scan *scan);

/* ---- tissue_maps.c ----------------------------------------------------------------------------------------------- */

/* Keep where the present state is dense, for the shown day. */
PetscErrorCode hc_tissue_record_day(struct hc_tissue *t, int shown);
PetscErrorCode hc_tissue_record_begin(struct hc_tissue *t, const double *values);

/* Part of the samples that are denser than the thresholds, from the records. Collective. */
PetscErrorCode hc_tissue_probability(struct hc_tissue *t);

/* results.h5 and results.xdmf: a frame for each shown day. By the first group. */
PetscErrorCode hc_tissue_frames(const struct hc_tissue *t, const char *folder);

/* ---- tissue_results.c -------------------------------------------------------------------------------------------- */

/* Collective on the group; written by one rank of the first group. */
PetscErrorCode hc_tissue_write(struct hc_tissue *t, const struct hc_calibrate_options *options, double seconds);

#endif
