/* Shared by the files of laboratory only. */
#ifndef HC_LABORATORY_INTERNAL_H
#define HC_LABORATORY_INTERNAL_H

#include "laboratory.h"

#include <jansson.h>
#include <stdio.h>

/* ---- subject.c: the cells of a study, a batch of one model, one for each dose ------------------------------------ */

struct hc_subject {
  const struct hc_laboratory_params *study; /* borrowed */
  const struct hc_cell_model *model;
  int n_cells;
  const char *dose_key; /* "dose" or "concentration_nM"; NULL: one cell */
  const double *doses;  /* n_cells; NULL: one cell */
  double *parameters, *initial;
  double stimulus, duration; /* A/F, ms */
  enum hc_batch_integrator method;
  struct hc_batch *batch;
};

/* device: where beats that nobody watches are computed; NULL: here. */
PetscErrorCode hc_subject_create(const struct hc_laboratory_params *study, struct hc_device *device,
                                 struct hc_subject **subject);
void hc_subject_destroy(struct hc_subject **subject);

/* What the pacing of a study comes to for its model: the same with the model's own stimulus filled in. */
struct hc_pacing_params hc_pacing_of(const struct hc_pacing_params *pacing, const struct hc_cell_model *model);

/* How the cells of a study are integrated: as it says, or as suits the model. */
struct hc_batch_options hc_batch_options_of(const struct hc_laboratory_params *study, const struct hc_cell_model *model,
                                            double stimulus, struct hc_device *device);

/* ---- recorder.c: traces in memory, and as files ------------------------------------------------------------------ */

/* One cell during one stretch of time. */
struct hc_trace {
  char label[64];
  const char *key; /* what tells it from the others: "dose", "interval_ms", "voltage_mv"; NULL: nothing */
  double value;
  int64_t n, room;
  double *rows; /* n rows of hc_chart.width: t, V, other states, currents */
};

struct hc_chart {
  const struct hc_cell_model *model;
  double every; /* ms; 0: every sample */
  int width;
  int n_traces, room;
  struct hc_trace *traces;
  int n_cells;
  int *open;        /* the trace of each cell, -1: none */
  double *previous; /* n_cells rows: the last sample seen, for uniform grids */
  bool *has_previous;
  PetscErrorCode failed; /* see() cannot return it */
};

PetscErrorCode hc_chart_create(const struct hc_cell_model *model, int n_cells, double every,
                               struct hc_chart **recorder);
void hc_chart_destroy(struct hc_chart **recorder);
/* A new trace for a cell: what it shows from now on. */
PetscErrorCode hc_chart_open(struct hc_chart *recorder, int cell, const char *label, const char *key, double value);
void hc_chart_close(struct hc_chart *recorder, int cell);
void hc_chart_see(void *context, const struct hc_batch_sample *sample);
/* folder/traces.h5 and folder/traces.csv; no traces: neither. */
PetscErrorCode hc_chart_write(const struct hc_chart *recorder, const char *folder);

/* ---- Protocols: fill one JSON object a cell, record traces, write a table of their own --------------------------- */

struct hc_experiment {
  const struct hc_laboratory_params *study;
  const struct hc_laboratory_options *options;
  struct hc_subject *subject;
  struct hc_chart *recorder;
  json_t *common;  /* what holds for all cells */
  json_t **record; /* n_cells */
};

PetscErrorCode hc_protocol_pace(struct hc_experiment *experiment);
PetscErrorCode hc_protocol_s1s2(struct hc_experiment *experiment);
PetscErrorCode hc_protocol_dynamic(struct hc_experiment *experiment);
PetscErrorCode hc_protocol_clamp(struct hc_experiment *experiment);

/* Cells that beat by themselves (or not), for as long as the train would take. */
PetscErrorCode hc_watch_spontaneous(struct hc_experiment *experiment);

/* A trace for each cell, labelled with its dose. */
PetscErrorCode hc_open_traces(struct hc_experiment *experiment);
/* The states at the end, if options->save_state asks for them. */
PetscErrorCode hc_save_states(const struct hc_experiment *experiment, int64_t beats, bool converged);

/* A stretch of time without stimulus, with its end shown to both observers, either of which may be NULL. */
PetscErrorCode hc_beat_seen(struct hc_batch *batch, double length, const struct hc_batch_observer *one,
                            const struct hc_batch_observer *other);

/* One beat of `length` ms: a stimulus of `duration` ms, then the rest. beats and observer may be NULL. */
PetscErrorCode hc_beat(struct hc_batch *batch, const double *stimulus, double duration, double length,
                       struct hc_watcher *beats, const struct hc_batch_observer *observer);

void hc_tell(const struct hc_progress_report *progress, double done, double total);

/* A table of the protocol: a CSV file of the study's folder. Opening it writes the name of the first
 * column, if that is the dose. HC_ERR_ENVIRONMENT. */
PetscErrorCode hc_table_open(const struct hc_experiment *experiment, const char *name, FILE **file);
PetscErrorCode hc_table_close(const struct hc_experiment *experiment, const char *name, FILE *file);
/* The dose of a cell and a comma, if the study has doses. */
void hc_table_dose(const struct hc_experiment *experiment, int cell, FILE *file);

/* ---- summary.c --------------------------------------------------------------------------------------------------- */

/* A number, null where it is not finite. */
json_t *hc_json_real(double value);
void hc_json_biomarkers(json_t *record, const struct hc_biomarkers *found);
/* folder/summary.json. HC_ERR_ENVIRONMENT. */
PetscErrorCode hc_study_summary(const struct hc_experiment *experiment, const char *status, const char *message,
                                double seconds);

#endif
