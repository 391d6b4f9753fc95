/* healthcast campaign: many tasks over the ranks of one job, to the end, whatever happens on the way. Floor 3.
 *
 * Knows nothing of hearts or cells. A campaign has members, numbered from 0, each of which becomes one row of results;
 * a task is a few members that are computed together (lanes of one kernel, or one tissue). Ranks are divided into
 * groups of equal size; each group takes the task that is expected to last longest among those that are left, computes
 * it on its own communicator, and its first rank appends the rows to the group's HDF5 file. A thread of the first rank
 * of all hands out tasks, shows progress, keeps the journal, and notices groups that do not come back.
 *
 * In the folder of a campaign:
 *   manifest.json            what the campaign is: layout, fingerprint, versions, what the caller puts there
 *   journal/SHARD.jsonl      one line an event: session, task begun, member failed (and why), crash, end
 *   groups/NAME.h5           rows of one group in one session; NAME.h5.part while it is being written (SWMR: what was
 *                            flushed is readable after a kill at any moment)
 *   cohort.h5                virtual datasets over all files of groups/
 *   work/                    scratch folders of tasks in flight
 * Files of groups and cohort.h5 have the same layout, rows in no order, first dimension the rows:
 *   member, patient int64; arm, stratum, attempts int32; status, accepted int8; seconds float64
 *   parameters, quantities   float64 rows x columns; attributes names, units (arrays of strings)
 *   fields/NAME              float32 rows x width (compressed), attribute unit; NAN-padded
 *   message                  text of a fixed length, why a member failed
 * and the attributes of the root: title, kind, version, fingerprint, manifest (JSON text).
 *
 * A row is written once, when its member is done or has failed for good. */
#ifndef HC_CAMPAIGN_H
#define HC_CAMPAIGN_H

#include "base.h"
#include "h5.h"

#include <jansson.h>

/* ---- Rows ---------------------------------------------------------------------------------------------------- */

enum hc_member_status {
  HC_MEMBER_MISSING = 0,
  HC_MEMBER_DONE = 1,
  HC_MEMBER_FAILED = 2,  /* an error of its own: NaN, no convergence, input out of range */
  HC_MEMBER_TIMEOUT = 3, /* took longer than allowed, in every attempt */
  HC_MEMBER_CRASHED = 4  /* took the process down with it, in every attempt */
};
extern const char *const hc_member_status_names[];

#define HC_MEMBER_MESSAGE 256

struct hc_record {
  int64_t member, patient;
  int arm, stratum;
  int status;   /* enum hc_member_status */
  int attempts; /* filled by the campaign */
  bool accepted;
  double seconds; /* wall clock of its share; filled by the campaign if it is 0 */
  double *parameters, *quantities;
  float **fields;
  char message[HC_MEMBER_MESSAGE];
};

struct hc_campaign_column {
  const char *name, *unit; /* unit NULL: none */
};

struct hc_campaign_field {
  const char *name, *unit;
  int64_t width;
};

/* What rows look like. Borrowed; the same on all ranks. */
struct hc_campaign_layout {
  const char *title, *kind, *fingerprint;
  const json_t
      *manifest; /* on rank 0: what else is to be said of the campaign; goes into manifest.json and the files */
  int n_parameters, n_quantities, n_fields;
  const struct hc_campaign_column *parameters, *quantities;
  const struct hc_campaign_field *fields;
};

/* ---- Running ------------------------------------------------------------------------------------------------- */

struct hc_campaign_options {
  const char *folder;
  int shard, n_shards; /* 0 of 1: everything; the caller makes tasks of its shard only */
  int group_size;      /* ranks a group; the ranks of the job must be a multiple of it */
  double timeout;      /* s a task may take; 0: as long as it likes */
  double grace;        /* s after 1.5 x timeout at which a group that has not come back ends the job (exit code 6: run
                          again to go on); 0: 5 */
  int retries;         /* attempts after the first, for timeouts and crashes; errors of the member itself are final */
  int64_t members;     /* in all, with those of other shards: for progress */
  bool overwrite;      /* drop a campaign of another fingerprint in the folder */
  bool quiet, bar;
};

/* Tasks of one wave. Callbacks are called on all ranks of a group, or on rank 0 of all where it says so. */
struct hc_campaign_work {
  void *context;
  int64_t n_tasks;
  /* The members of a task, at most 64; returns how many. Cheap, pure, the same on every rank; called by the thread of
   * rank 0 too, so it must not call PETSc or HDF5. */
  int (*members)(void *context, int64_t task, int64_t members[64]);
  /* n_features <= 8 numbers (logarithms of what cost depends on: beats, doses, ...) from which the cost of a task is
   * learnt (least squares on its logarithm as tasks end); guess: the relative cost before anything is learnt. The same
   * demands as on members(). n_features 0 and guess 1 everywhere: tasks go in order. */
  int n_features;
  double (*guess)(void *context, int64_t task, double *features);
  /* Fill patient, arm, stratum and parameters of a record from its member: before run(), and for the rows of members
   * that are given up without having come back. On rank 0 of a group, alone. NULL: patient is the member, parameters
   * are NAN. */
  PetscErrorCode (*describe)(void *context, struct hc_record *record);
  /* Compute the members of a task that are asked for (n of them, of those of the task) on the communicator of the
   * group. On rank 0 of the group records[k] has its arrays (NAN) and what describe() filled, and the rest is the
   * callee's: status of each member, quantities, ...; on its other ranks only member is filled and arrays are NULL.
   * attempt: 0, 1, ... alone: the task took the process down before and is now tried member by member (n is 1).
   * scratch: a folder of this task for checkpoints, which is made by who needs it and is there again on the next
   * attempt; removed when the task is done. A returned error fails all members without a status with its message -
   * HC_ERR_INPUT, HC_ERR_NUMERIC; other errors end the campaign. *interrupted: hc_campaign_stopping() was true and the
   * task is to be done again. */
  PetscErrorCode (*run)(void *context, MPI_Comm group, int64_t task, int n, struct hc_record *records, int attempt,
                        bool alone, const char *scratch, bool *interrupted);
};

struct hc_campaign;

enum hc_campaign_outcome {
  HC_CAMPAIGN_COMPLETE = 0,    /* every member of this shard is done or has failed */
  HC_CAMPAIGN_INTERRUPTED = 1, /* SIGTERM: run again to go on */
};

/* Before PetscInitialize(): have MPI started with the threads that campaigns need. */
void hc_campaign_prepare(void);

/* Make or open the folder, lock this shard (flock; a shard that another living job holds is HC_ERR_INPUT), recover what
 * a killed session left, and read which members are there. A folder of another fingerprint or layout is HC_ERR_INPUT
 * (options->overwrite drops it). Needs MPI_THREAD_MULTIPLE; HC_ERR_ENVIRONMENT says so. Collective on comm. */
PetscErrorCode hc_campaign_open(MPI_Comm comm, const struct hc_campaign_layout *layout,
                                const struct hc_campaign_options *options, struct hc_campaign **campaign);

/* Run the tasks of which members are missing. May be called several times (waves). Collective. */
PetscErrorCode hc_campaign_run(struct hc_campaign *campaign, const struct hc_campaign_work *work,
                               enum hc_campaign_outcome *outcome);

/* status[i] (enum hc_member_status) and accepted[i] of members first .. first + n - 1, the same on all ranks: of all
 * shards whose rows are there. Either may be NULL. Collective. */
PetscErrorCode hc_campaign_members(const struct hc_campaign *campaign, int64_t first, int64_t n, uint8_t *status,
                                   uint8_t *accepted);

/* Close the group's file, write cohort.h5 over all closed files, unlock. Collective. */
PetscErrorCode hc_campaign_close(struct hc_campaign **campaign);

/* For run(): is the task to give up? SIGTERM, or its time is over (then timeout is true). Local and cheap (a flag and a
 * clock): hc_signals_asked() reports it collectively too. */
bool hc_campaign_stopping(bool *timeout);

/* ---- Looking at a campaign, running or dead ------------------------------------------------------------------ */

struct hc_campaign_counts {
  int64_t members; /* planned, from the manifest */
  int64_t by_status[5];
  int64_t rejected; /* done, but not accepted */
  int64_t running;  /* of a living session */
  bool alive;       /* some shard is locked by a living job */
  double seconds;   /* sum over members */
  double rate;      /* members/s of the living sessions, 0 if none */
};
/* From manifest, journals and files of groups. Not collective. HC_ERR_INPUT if the folder holds no campaign. */
PetscErrorCode hc_campaign_status(const char *folder, struct hc_campaign_counts *counts);

/* Write cohort.h5 anew over all closed files (after shards). HC_ERR_INPUT, HC_ERR_ENVIRONMENT. Not collective. */
PetscErrorCode hc_campaign_gather(const char *folder);

#endif
