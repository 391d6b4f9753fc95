/* healthcast laboratory: experiments on single cells. Floor 6.
 *
 * A study is one cell, at one dose or at several side by side, in one protocol: pacing, restitution (S1-S2 or dynamic)
 * or voltage clamp. hc_laboratory_run() does all of it from the input block to the files; hc_pace() and the watching of
 * beats serve those who hold a batch of cells of their own.
 *
 * Everything here works on one rank: nothing is collective. */
#ifndef HC_LABORATORY_H
#define HC_LABORATORY_H

#include "batch.h"
#include "kinetics.h"
#include "params.h"

/* ---- Input ------------------------------------------------------------------------------------------------------- */

enum hc_protocol { HC_PROTOCOL_PACE, HC_PROTOCOL_S1S2, HC_PROTOCOL_DYNAMIC, HC_PROTOCOL_CLAMP };

/* Which of the watched beats is reported. */
enum hc_report { HC_REPORT_LAST, HC_REPORT_STEEPEST };

/* Input block `pacing`. */
struct hc_pacing_params {
  const struct hc_params *params;
  double cycle_length; /* ms */
  int64_t beats;
  double stimulus; /* A/F (mV/ms), positive depolarises; NAN: the model's; 0: the cell beats by itself or not */
  double stimulus_duration; /* ms; NAN: the model's */
  double converged_below;   /* stop when states change less than this from beat to beat; 0: pace all beats */
  int64_t watch_last;       /* beats at the end of which biomarkers are taken */
  int report;               /* enum hc_report */
};

/* Input block `restitution`. */
struct hc_restitution_params {
  const struct hc_params *params;
  struct hc_reals intervals;     /* ms, S1 to S2 */
  struct hc_reals cycle_lengths; /* ms, dynamic */
  int64_t beats;                 /* dynamic: at each cycle length */
};

/* Items of `clamp.steps`. */
struct hc_clamp_step {
  const struct hc_params *params;
  double v;        /* mV */
  double duration; /* ms */
};

/* Input block `clamp`. */
struct hc_clamp_params {
  const struct hc_params *params;
  double holding;          /* mV */
  double holding_duration; /* ms, before the steps */
  struct hc_list steps;    /* struct hc_clamp_step */
  int64_t varied;          /* the step that takes each of `voltages` in turn, and in which currents are measured */
  struct hc_reals voltages;
};

/* Input block `integration`. */
struct hc_integration_params {
  const struct hc_params *params;
  int method;       /* enum hc_batch_integrator, or -1: what suits the cell */
  double step;      /* ms, fixed-step schemes */
  double tolerance; /* NAN: the method's own */
};

/* Input block `output`. */
struct hc_traces_params {
  const struct hc_params *params;
  int64_t beats; /* last beats whose traces are kept; 0: no traces */
  double every;  /* ms between samples; 0: every step of the integrator */
};

/* A study: the root of its case file. */
struct hc_laboratory_params {
  const struct hc_params *params;
  char *title;
  struct hc_cell_params cell;
  struct hc_reals doses;          /* multiples of Cmax of the cell's one drug, side by side */
  struct hc_reals concentrations; /* nM, in place of doses */
  int protocol;                   /* enum hc_protocol */
  struct hc_pacing_params pacing;
  struct hc_restitution_params restitution;
  struct hc_clamp_params clamp;
  struct hc_integration_params integration;
  struct hc_traces_params output;
};
extern const struct hc_block hc_laboratory_block;

/* Read and check a case file (hc_params_read) and what no table can express. path NULL: the assignments alone.
 * HC_ERR_INPUT. Collective, like hc_params_read. */
PetscErrorCode hc_laboratory_read(MPI_Comm comm, const char *path, int n_set, const char *const set[],
                                  struct hc_laboratory_params *study, struct hc_params **params);

/* "GKr=0.03": is it about a parameter of the model rather than a key of the study? It stands for cell.parameters.GKr.
 */
bool hc_laboratory_is_parameter(const char *assignment);

/* ---- Biomarkers of a beat ---------------------------------------------------------------------------------------- */

/* A beat begins with its stimulus and ends with the next one; a cell that beats by itself begins where V is lowest.
 * Levels of repolarisation are V_peak - x (V_peak - V_rest); times are from the moment of the largest dV/dt, which
 * includes the stimulus. The calcium transient's are from where it has risen to 90 % of its amplitude, as in the FDA's
 * program for CiPA (doi:10.1002/cpt.1184). NAN: there is none. docs/cell-laboratory.md has all definitions. */
struct hc_biomarkers {
  double v_rest, v_peak;                  /* mV: lowest before the peak, and the peak */
  double dvdt_max;                        /* V/s */
  double apd40, apd50, apd90;             /* ms */
  double triangulation;                   /* ms: apd90 - apd40 */
  double dvdt_repolarisation;             /* V/s: largest dV/dt from 30 % to 90 % repolarisation */
  double ca_rest, ca_peak, cat_amplitude; /* uM */
  double catd50, catd90;                  /* ms */
  double qnet;               /* uC/uF: integral of INaL + ICaL + Ito + IKr + IKs + IK1 over the beat (Dutta et al. 2017,
                                doi:10.3389/fphys.2017.00616) */
  double cycle_length;       /* ms */
  double activation;         /* ms, absolute: when dV/dt was largest */
  double repolarised_at;     /* ms, absolute: 90 % */
  bool captured;             /* there was an action potential */
  bool repolarised;          /* by 90 % before the beat's end */
  bool depolarised_at_start; /* the beat before had not repolarised by 90 % */
  bool ead, dad;             /* early and delayed afterdepolarisations */
};

/* How biomarkers are called in summary.json, in its order. */
struct hc_biomarker_info {
  const char *key, *unit, *meaning; /* "apd90_ms"; NULL ends the table */
  size_t offset;
  bool is_flag;
};
extern const struct hc_biomarker_info hc_biomarker_table[];

/* Of the last two beats: one action potential in two, while a cell that stays depolarised throughout the other is not
 * blocked, it failed. */
bool hc_is_two_to_one(const struct hc_biomarkers last[2]);

/* Why a model cannot have the biomarker ("the model has no INaL"); NULL if it can. */
const char *hc_biomarker_reason(const struct hc_cell_model *model, const char *key);

/* Watches one beat at a time of n cells of a batch. O(1) memory a cell. */
struct hc_watcher;
PetscErrorCode hc_watcher_create(const struct hc_cell_model *model, int n_cells, struct hc_watcher **beats);
void hc_watcher_destroy(struct hc_watcher **beats);

/* A beat begins. rest (n_cells, mV; NULL: measured): what repolarisation is measured to, for premature beats. */
void hc_watcher_start(struct hc_watcher *beats, const double *rest);
/* The stimulus (n_cells, mV/ms; NULL: none) that flows from now on, part of dV/dt. Borrowed. */
void hc_watcher_stimulus(struct hc_watcher *beats, const double *stimulus);
/* hc_batch_observer.see, with a watcher as context. */
void hc_watcher_see(void *context, const struct hc_batch_sample *sample);
/* What the beat of a cell showed; call it once a beat. */
void hc_watcher_end(struct hc_watcher *beats, int cell, struct hc_biomarkers *found);

/* ---- Pacing ------------------------------------------------------------------------------------------------------ */

struct hc_progress_report {
  void *context;
  void (*tell)(void *context, double done, double total); /* NULL: nobody listens; ms of cell time */
  bool (*stop)(void *context); /* asked after each beat: is the train to end here? NULL: never */
};

struct hc_pace_outcome {
  int64_t beats;   /* paced in all */
  bool stopped;    /* progress->stop() said so: nothing was found */
  bool converged;  /* of all cells; false if convergence was not asked for */
  int64_t settled; /* beats after which it was, 0 if it was not */
  double change;   /* largest relative change of any state over the last beat that was compared; NAN: none was */
  int slowest;     /* the state that changed most, -1 if none was compared */
  int64_t first_watched;
};

/* Pace the cells of a batch from where they are: pacing->beats beats, or until they have settled, then
 * pacing->watch_last beats are watched. found: n_cells, of the reported beat; last: n_cells x 2, of the last two beats
 * (the same twice if there is one), NULL if not wanted. reported: n_cells, the number of that beat, or NULL. observer:
 * sees the last record_beats beats. HC_ERR_NUMERIC. */
PetscErrorCode hc_pace(struct hc_batch *batch, const struct hc_cell_model *model, int n_cells,
                       const struct hc_pacing_params *pacing, const struct hc_batch_observer *observer,
                       int64_t record_beats, const struct hc_progress_report *progress, struct hc_biomarkers *found,
                       int64_t *reported, struct hc_biomarkers *last, struct hc_pace_outcome *outcome);

/* ---- Studies side by side -----------------------------------------------------------------------------------------
 */

/* What one of them gave. */
struct hc_study_outcome {
  struct hc_biomarkers found, last[2]; /* of the reported beat, and of the last two */
  int64_t beats, reported;
  bool converged;
  PetscErrorCode code; /* HC_ERR_INPUT or HC_ERR_NUMERIC of this study alone; 0: it was done */
  char message[256];
};

/* Pace the cells of n studies side by side, one batch for all that share model, pacing and integration. Studies have
 * the protocol pace, a stimulus and no doses: HC_ERR_INPUT in the outcome of one that has not. A cell that fails is
 * taken out and its batch begins anew without it, so that outcomes depend on nothing but the n studies in their order.
 * device: as hc_laboratory_options. *stopped: progress->stop() said so, outcomes are void. HC_ERR_ENVIRONMENT,
 * HC_ERR_DEVICE. */
PetscErrorCode hc_laboratory_side_by_side(int n, const struct hc_laboratory_params *const studies[],
                                          struct hc_device *device, const struct hc_progress_report *progress,
                                          struct hc_study_outcome *outcomes, bool *stopped);

/* ---- A whole study ----------------------------------------------------------------------------------------------- */

struct hc_laboratory_options {
  const char *case_path;    /* for the record; NULL: no file */
  const char *folder;       /* where results go */
  const char *save_state;   /* file for the states at the end of pacing, or NULL */
  bool overwrite;           /* drop an unfinished run of tissue in folder */
  struct hc_device *device; /* where beats that nobody watches are computed; NULL: here */
  struct hc_progress_report progress;
};

/* Run a study; leaves summary.json, traces.h5, traces.csv, case.used.yaml, and a table of the protocol
 * (restitution.csv, clamp.csv) in the folder. A failure of a cell or of the device leaves a summary.json that says so.
 * HC_ERR_INPUT, HC_ERR_NUMERIC, HC_ERR_ENVIRONMENT, HC_ERR_DEVICE. Call it on one rank. */
PetscErrorCode hc_laboratory_run(const struct hc_laboratory_params *study, const struct hc_laboratory_options *options);

#endif
