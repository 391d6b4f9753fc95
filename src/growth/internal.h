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

/* What the run has shown, for the summary. control: grow the untreated tumour too if the case says so; the state is
 * lost then. Collective. */
PetscErrorCode hc_watched_summary(struct hc_watched *watched, struct hc_growth *growth, bool control, json_t *json);

/* ---- voxels.c ---------------------------------------------------------------------------------------------------- */

/* Call `visit` for each voxel whose centre lies in the cell with the nodes x, with the shape functions there. A centre
 * on a face is in both cells. */
typedef void hc_voxel_visit(void *context, int64_t voxel, const double weight[8]);
void hc_voxels_of_cell(const struct hc_image *image, enum hc_cell_type type, double x[8][3], hc_voxel_visit *visit,
                       void *context);

bool hc_growth_has_label(const struct hc_ints *labels, double value);

/* ---- snapshot.c -------------------------------------------------------------------------------------------------- */

/* A copy of the state in memory: what checkpoints are written of, also after a step has failed. */
struct hc_kept;

/* Copy what is there now; *kept NULL: made. HC_ERR_NUMERIC if a species is not finite; the copy is as before then.
 * Collective. */
PetscErrorCode hc_growth_keep(struct hc_growth *growth, const struct hc_watched *watched, int64_t frames,
                              struct hc_kept **kept);
void hc_growth_kept_destroy(struct hc_kept **kept);
double hc_growth_kept_day(const struct hc_kept *kept);

/* Back to the copy, on the host: to be looked at, no step can be taken any more if there is a device. */
PetscErrorCode hc_growth_put_back(struct hc_growth *growth, struct hc_watched *watched, const struct hc_kept *kept);

PetscErrorCode hc_growth_checkpoint(const struct hc_growth *growth, const struct hc_watched *watched,
                                    struct hc_kept *kept, const char *path, const char *fingerprint);
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
