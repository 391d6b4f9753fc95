/* Shared by the files of run only. */
#ifndef HC_RUN_INTERNAL_H
#define HC_RUN_INTERNAL_H

#include "run.h"
#include "session.h"

/* ---- Snapshot: a copy of all that a run needs to go on, in memory; written, it is a checkpoint ------------------- */

struct hc_snapshot;

PetscErrorCode hc_snapshot_create(const struct hc_twin *twin, struct hc_snapshot **snapshot);
void hc_snapshot_destroy(struct hc_snapshot **snapshot);

/* Copy the twin's state; frames: results frames written so far. */
PetscErrorCode hc_snapshot_take(struct hc_snapshot *snapshot, const struct hc_twin *twin, int64_t frames);

/* Step of the last copy, -1 if there is none. */
int64_t hc_snapshot_step(const struct hc_snapshot *snapshot);

/* Collective. */
PetscErrorCode hc_snapshot_write(const struct hc_snapshot *snapshot, const struct hc_twin *twin, const char *path,
                                 const char *fingerprint);

/* Put a checkpoint's state into the twin; *frames: results frames that it vouches for. Collective. */
PetscErrorCode hc_snapshot_restore(struct hc_twin *twin, const char *path, const char *fingerprint, int64_t *frames);

/* ---- Summary ------------------------------------------------------------------------------------------------------
 */

struct hc_run_record {
  const char *status;      /* "finished", "interrupted" */
  const char *fingerprint; /* SHA-256 of case and mesh */
  int n_inputs;            /* case, mesh and the files of cells, as far as there are */
  struct hc_input_file *inputs;
  int64_t first_step; /* where this process began: 0, or the checkpoint's */
  struct hc_timer loop, output, checkpoint;
};

/* Write folder/summary.json (temporary name, then renamed). Collective. */
PetscErrorCode hc_summary_write(const struct hc_twin *twin, const struct hc_run_record *record, const char *folder);

#endif
