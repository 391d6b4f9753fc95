/* healthcast session: what all runs have in common, whatever they compute: signals, progress, and what a summary says
 * of software, machine and files. Floor 2. */
#ifndef HC_SESSION_H
#define HC_SESSION_H

#include "base.h"
#include "device.h"
#include "params.h"

#include <jansson.h>
#include <signal.h>

/* ---- Signals: SIGTERM asks for a checkpoint and an end, SIGUSR1 for a checkpoint --------------------------------- */

/* What was there before. Pairs of installing and restoring may be nested. */
struct hc_signals {
  struct sigaction term, usr1;
};
void hc_signals_install(struct hc_signals *old);
void hc_signals_restore(const struct hc_signals *old);

/* The moment (MPI_Wtime()) after which this process is to stop what it does, as if it had been asked to; 0: none. */
void hc_signals_deadline(double when);

/* Has this process been asked to stop, or is its time over (*overdue)? Local, cheap, from any thread. */
bool hc_signals_stopping(bool *overdue);

/* What has been asked for since the last call; signals may reach some ranks only: agreed. Collective. */
PetscErrorCode hc_signals_asked(MPI_Comm comm, bool *stop, bool *checkpoint);

/* ---- Progress: rank 0 to stderr ---------------------------------------------------------------------------------- */

struct hc_progress {
  bool shown, terminal;
  int64_t first, last; /* steps of this run, or other parts of its time */
  double dt, started, printed;
  const char *unit; /* of dt, borrowed */
  bool counted;     /* parts are steps, whose rate says something */
  int tenth;        /* last tenth of the way that was reported where stderr is no terminal */
};
void hc_progress_start(struct hc_progress *progress, bool shown, bool bar, int64_t first, int64_t last, double dt,
                       const char *unit, bool counted);
void hc_progress_step(struct hc_progress *progress, int64_t step);
void hc_progress_end(struct hc_progress *progress, int64_t step);
/* "3 min 20 s left" */
void hc_progress_time_left(double seconds, char text[32]);

/* ---- Files ------------------------------------------------------------------------------------------------------- */

/* A file that went into a run, with its checksum when the run began (on rank 0). */
struct hc_input_file {
  const char *path;
  char sha256[65];
};

/* True on all ranks if rank 0 finds the file. Collective. */
PetscErrorCode hc_session_exists(MPI_Comm comm, const char *path, bool *found);

/* Has the case file a key of this name at its top, that is at the beginning of a line? False for a file that cannot be
 * read, which its reader will complain about. Collective. */
PetscErrorCode hc_session_case_has(MPI_Comm comm, const char *path, const char *key, bool *yes);

/* folder/case.used.yaml: the values as they are used and the files that they were made with, but for the one at
 * case_path (compared as a pointer). Nothing for a case without a file. On one rank. */
PetscErrorCode hc_session_used_case(const struct hc_params *params, const char *folder, const char *case_path,
                                    int n_inputs, const struct hc_input_file *inputs);

/* What must be the same for a checkpoint to be continued: SHA-256 over the content of n files (by `sha256`) and the
 * used values, without the keys that may change ("title", "time.end"; ended by NULL) and without the folders of paths.
 * 64 digits and a zero. Collective. */
PetscErrorCode hc_session_fingerprint(MPI_Comm comm, const struct hc_params *params, int n, const char *const *paths,
                                      PetscErrorCode (*sha256)(const char *path, char hex[65]),
                                      const char *const *may_change, char hex[65]);

/* ---- Summary ------------------------------------------------------------------------------------------------------
 */

void hc_session_software(json_t *json); /* healthcast, libraries */
void hc_session_inputs(int n, const struct hc_input_file *files, json_t *json);

/* What computes, of this rank; nothing but its name if that is the host (NULL). delegated: what the host does. */
void hc_session_backend(const struct hc_device *device, const char *delegated, json_t *json);

/* Seconds of each phase, the largest over the ranks. Collective. */
struct hc_session_phase {
  const char *name;
  const struct hc_timer *timer;
};
PetscErrorCode hc_session_timings(MPI_Comm comm, size_t n, const struct hc_session_phase *phases, json_t *json);

/* Peak memory. Collective. */
PetscErrorCode hc_session_memory(MPI_Comm comm, json_t *json);

/* Write folder/summary.json (temporary name, then renamed). On one rank. */
PetscErrorCode hc_session_summary(const json_t *json, const char *folder);

#endif
