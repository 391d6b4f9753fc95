/* Shared by the files of growth only. */
#ifndef HC_GROWTH_INTERNAL_H
#define HC_GROWTH_INTERNAL_H

#include "growth.h"
#include "session.h"

/* ---- observe.c: samples of the burden and what follows from them ------------------------------------------------- */

enum { HC_MOST_COLUMNS = 40 };

struct hc_watched {
  int n_columns; /* beside the time */
  char names[HC_MOST_COLUMNS][32];
  const char *titles[HC_MOST_COLUMNS];
  int n_thresholds;
  double thresholds[HC_MOST_COLUMNS];
  double every, begin;
  int64_t n_samples, room;
  double *samples; /* n_samples x (1 + n_columns), the same on all ranks */
};

enum { HC_COLUMN_BURDEN, HC_COLUMN_ENHANCING, HC_COLUMN_VISIBLE, HC_COLUMN_MORE };

PetscErrorCode hc_watched_create(const struct hc_growth *growth, struct hc_watched **watched);
void hc_watched_destroy(struct hc_watched **watched);
/* Day of the next sample. */
double hc_watched_next(const struct hc_watched *watched);
/* Take a sample of the state. Collective. */
PetscErrorCode hc_watched_sample(struct hc_watched *watched, struct hc_growth *growth);
/* Room for n samples, which are there then. */
PetscErrorCode hc_watched_resize(struct hc_watched *watched, int64_t n);

/* What the run has shown, for the summary. The state is lost if the untreated tumour is run. Collective. */
PetscErrorCode hc_watched_summary(struct hc_watched *watched, struct hc_growth *growth, json_t *json);

/* ---- snapshot.c -------------------------------------------------------------------------------------------------- */

PetscErrorCode hc_growth_checkpoint(struct hc_growth *growth, const struct hc_watched *watched, int64_t frames,
                                    const char *path, const char *fingerprint);
PetscErrorCode hc_growth_restore(struct hc_growth *growth, struct hc_watched *watched, const char *path,
                                 const char *fingerprint, int64_t *frames);

/* ---- summary.c --------------------------------------------------------------------------------------------------- */

struct hc_growth_record {
  const char *status, *fingerprint;
  int n_inputs;
  struct hc_input_file inputs[HC_GROWTH_FILES + 1];
  struct hc_timer loop, output, checkpoint;
};

/* Collective. */
PetscErrorCode hc_growth_summary(struct hc_growth *growth, struct hc_watched *watched,
                                 const struct hc_growth_record *record, const char *folder);

#endif
