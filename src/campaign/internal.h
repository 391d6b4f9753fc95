/* What the files of campaign share. */
#ifndef HC_CAMPAIGN_INTERNAL_H
#define HC_CAMPAIGN_INTERNAL_H

#include "campaign.h"
#include "session.h"

#include <pthread.h>
#include <stdatomic.h>

#define HC_FOLDER_MAX 1024 /* so that names in it fit in PATH_MAX */
#define HC_TASK_MEMBERS 64 /* at most, of one task: one bit each */

/* ---- Table: what a row looks like, from the manifest (table.c) ----------------------------------------------- */

enum hc_column_role {
  HC_COLUMN_MEMBER,
  HC_COLUMN_PATIENT,
  HC_COLUMN_ARM,
  HC_COLUMN_STRATUM,
  HC_COLUMN_ATTEMPTS,
  HC_COLUMN_ACCEPTED,
  HC_COLUMN_SECONDS,
  HC_COLUMN_PARAMETERS,
  HC_COLUMN_QUANTITIES,
  HC_COLUMN_FIELD,
  HC_COLUMN_MESSAGE,
  HC_COLUMN_STATUS /* the last one: a row is valid once it is written */
};

struct hc_layout_column {
  enum hc_column_role role;
  char path[128]; /* in the file */
  hid_t type;     /* in memory and in the file; text: closed with the table */
  int64_t width;  /* 0: one-dimensional */
  int field;      /* number of the field */
  size_t bytes;   /* of a row */
};

/* All columns of a campaign's files; what is wide 0 has none. */
struct hc_layout {
  int n;
  struct hc_layout_column *columns;
  int n_parameters, n_quantities, n_fields;
  int64_t *widths; /* of the fields */
  json_t *manifest;
  char *text; /* of the manifest */
};

/* From a manifest as hc_manifest_make() makes it. HC_ERR_INPUT with `path` if it is none. */
PetscErrorCode hc_layout_create(const char *path, const char *text, struct hc_layout **table);
void hc_layout_destroy(struct hc_layout **table);

/* A new HDF5 file with the root's attributes, the datasets with no rows and theirs; `file` is open. */
PetscErrorCode hc_layout_file(const struct hc_layout *table, const char *path, hid_t *file);

/* The root's attributes, and those of the datasets that are there. */
PetscErrorCode hc_layout_attributes(const struct hc_layout *table, hid_t file);

/* Access properties of all our files: newest format, no MPI. */
hid_t hc_layout_access(void);

/* ---- Manifest (manifest.c) ----------------------------------------------------------------------------------- */

/* The text of a manifest; freed with free(). On one rank. */
PetscErrorCode hc_manifest_make(const struct hc_campaign_layout *layout, int64_t members, char **text);
/* Read folder/manifest.json; *text NULL if there is none. Freed with free(). HC_ERR_INPUT. */
PetscErrorCode hc_manifest_read(const char *folder, char **text);
/* Are both of the same campaign (fingerprint and layout)? HC_ERR_INPUT says what differs. */
PetscErrorCode hc_manifest_compare(const char *folder, const char *old, const char *new, bool *same);
PetscErrorCode hc_manifest_write(const char *folder, const char *text);

/* ---- Rows of one group's file (rows.c) ----------------------------------------------------------------------- */

struct hc_rows;

/* Nothing is created before the first row. */
PetscErrorCode hc_rows_create(const struct hc_layout *table, const char *folder, const char *name,
                              struct hc_rows **rows);
/* Append; rows become valid when they are flushed. HC_ERR_ENVIRONMENT. */
PetscErrorCode hc_rows_append(struct hc_rows *rows, int n, const struct hc_record *records);
/* Make what was appended valid, if there is anything. */
PetscErrorCode hc_rows_flush(struct hc_rows *rows);
/* Flush if more time has passed since the last flush than flushing may cost (2 % of the time, 0.2 s at least), or will
 * have in `ahead` s. */
PetscErrorCode hc_rows_flush_if_due(struct hc_rows *rows, double ahead);
/* Close, and give the file its name. Frees in any case. */
PetscErrorCode hc_rows_close(struct hc_rows **rows);

/* ---- Files of the past (recover.c) --------------------------------------------------------------------------- */

/* Member numbers, statuses, ... of the valid rows of a file; writing: it may be being written. Arrays are freed with
 * PetscFree; n 0 and *readable false for a file that is damaged. */
struct hc_row_list {
  int64_t n;
  int64_t *member;
  int8_t *status, *accepted;
  double *seconds;
};
PetscErrorCode hc_row_list_read(const char *path, bool writing, struct hc_row_list *list, bool *readable);
void hc_row_list_free(struct hc_row_list *list);

/* Turn what a dead session left (path of a .h5.part) into a whole .h5 with its valid rows. A damaged file is kept
 * aside as .damaged. */
PetscErrorCode hc_recover_file(const struct hc_layout *table, const char *part);

/* Names in folder/sub that end in `suffix`, sorted, as one block: *names is freed with PetscFree. */
PetscErrorCode hc_folder_list(const char *folder, const char *sub, const char *suffix, int *n, char ***names);
/* Remove a folder and all that is in it; no error if it is not there. */
PetscErrorCode hc_folder_remove(const char *path);

/* cohort.h5 over the closed files. */
PetscErrorCode hc_gather(const struct hc_layout *table, const char *folder);

/* ---- Locks (lock.c) ------------------------------------------------------------------------------------------ */

/* The lock that is held for a moment by who opens, gathers or asks. Waits for at most a minute. -1: *fd untouched. */
PetscErrorCode hc_lock_folder(const char *folder, int *fd);
enum hc_lock { HC_LOCK_EXCLUSIVE, HC_LOCK_SHARED };
/* Lock of a shard ("0of1"): exclusive while it is opened, shared by the first ranks of all groups afterwards, so that
 * it is free when the last of them is gone. *fd -1: a living job holds it. Converts a lock that is held. */
PetscErrorCode hc_lock_shard(const char *folder, const char *shard, enum hc_lock kind, int *fd);
void hc_lock_release(int *fd);

/* ---- What happened to members (history.c) -------------------------------------------------------------------- */

enum hc_cause { HC_CAUSE_TIMEOUT, HC_CAUSE_CRASH, HC_CAUSE_KILLED };

/* Of a member that an attempt was charged to, or that was interrupted. */
struct hc_history {
  int64_t member;
  int charges;    /* attempts that failed by time or crash */
  int interrupts; /* sessions that ended without a reason while it was computed, since the last charge */
  bool alone;     /* the last charge came when it was alone */
  enum hc_cause cause;
  char signal[16];
};

struct hc_histories {
  int64_t n, capacity;
  struct hc_history *sorted; /* by member */
};
struct hc_history *hc_history_find(const struct hc_histories *all, int64_t member); /* NULL: a clean one */
/* Plain C; false: out of memory. */
bool hc_history_charge(struct hc_histories *all, int64_t member, enum hc_cause cause, const char *signal, bool alone);
/* The third time it becomes a charge, after which the member is tried alone. */
bool hc_history_interrupt(struct hc_histories *all, int64_t member, int retries, bool alone);
/* Is the member to be tried on its own; or not any more? */
bool hc_history_solitary(const struct hc_history *history, int retries);
bool hc_history_hopeless(const struct hc_history *history, int retries);
void hc_history_free(struct hc_histories *all);

/* ---- Journal (journal.c) ------------------------------------------------------------------------------------- */

/* Read a shard's journal and crashes: number of sessions so far, and what to charge. */
PetscErrorCode hc_journal_replay(const char *folder, const char *shard, int retries, int *sessions,
                                 struct hc_histories *histories);

/* What `status` wants to know of a shard: of its last session. */
struct hc_journal_view {
  double started; /* Unix time */
  int64_t ended;  /* members */
  int64_t running;
};
PetscErrorCode hc_journal_view(const char *folder, const char *shard, struct hc_journal_view *view);

/* Append lines: one write(2) each; plain C, for the thread. Returns false if the disk refuses. */
struct hc_journal {
  int fd, session;
};
PetscErrorCode hc_journal_open(const char *folder, const char *shard, int session, struct hc_journal *journal);
bool hc_journal_line(const struct hc_journal *journal, const char *event, const char *format, ...)
    PETSC_ATTRIBUTE_FORMAT(3, 4);
/* Text as the inside of a JSON string. */
void hc_journal_escape(const char *text, char *escaped, size_t size);
double hc_unix_time(void);

/* ---- Crashes (crash.c) --------------------------------------------------------------------------------------- */

/* From now on SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT leave a line in journal/SHARD.crashes before they do what
 * they do. */
void hc_crash_install(const char *folder, const char *shard, int session, int group, int rank);
void hc_crash_task(int64_t task); /* what is computed now; -1: nothing */
void hc_crash_restore(void);

/* ---- Messages between the groups and the thread of rank 0 ---------------------------------------------------- */

enum { HC_TAG_REPORT = 1, HC_TAG_ORDER = 2 };

enum hc_report_kind { HC_REPORT_READY, HC_REPORT_ENDED, HC_REPORT_TIMEOUT, HC_REPORT_RELEASED, HC_REPORT_ERROR };

/* First rank of a group to the thread: what became of its task, and that it is ready for another. Messages of failed
 * members, or that of the error, follow one after the other, with their zeros. */
struct hc_report {
  int kind, group, stop, code;
  int64_t task;
  double seconds;
  int n;
  uint8_t status[HC_TASK_MEMBERS], accepted[HC_TASK_MEMBERS];
};

enum hc_order_kind { HC_ORDER_RUN, HC_ORDER_GIVE_UP, HC_ORDER_LEAVE };

/* The thread to a group. GIVE_UP: write rows of members that will not be tried again. */
struct hc_order {
  int kind, n, attempt, alone, status;
  int64_t task;
  double expected; /* s; 0: unknown */
  int64_t members[HC_TASK_MEMBERS];
  int attempts[HC_TASK_MEMBERS]; /* with this one */
  char message[HC_MEMBER_MESSAGE];
};

/* ---- Campaign ------------------------------------------------------------------------------------------------ */

#define HC_STATE_STATUS 0x07 /* enum hc_member_status */
#define HC_STATE_ACCEPTED 0x08
#define HC_STATE_HISTORY 0x10 /* there is something in the histories */

struct hc_campaign {
  MPI_Comm comm, group, wire;
  int rank, size, n_groups, group_index, group_rank;
  struct hc_campaign_options options;
  char folder[HC_FOLDER_MAX], shard[32];
  int session, lock;
  struct hc_layout *table;
  struct hc_rows *rows;          /* first rank of a group */
  uint8_t *state;                /* rank 0: a byte a member */
  struct hc_histories histories; /* rank 0 */
  struct hc_journal journal;     /* rank 0 */
  struct hc_signals signals;
  bool signals_installed;
};

/* ---- Queue and cost (queue.c): on rank 0 --------------------------------------------------------------------- */

/* What is to be handed out: a task with all its missing members, or one of them. */
struct hc_entry {
  int64_t task;
  int16_t member;  /* number within the task, -1: all that need no solitude */
  int16_t suspect; /* took the process down, or too long: last, so that the rest is safe by then */
  float cost;      /* predicted, s or relative */
};

#define HC_FEATURES 9 /* with the constant */

struct hc_backlog {
  const struct hc_campaign_work *work;
  struct hc_entry *entries; /* [next, n): sorted, largest cost first; suspects last */
  int64_t n, next, capacity;
  int64_t members;                             /* still to be done, of all entries */
  double normal[HC_FEATURES][HC_FEATURES + 1]; /* sums of the least squares */
  double weights[HC_FEATURES];
  int64_t samples, refit; /* tasks that were learnt from, and when to learn anew */
  double sum_guess, sum_seconds;
  bool learnt;
};
/* Seconds that the task will take, 0 if nothing is known. Plain C. */
double hc_backlog_expect(const struct hc_backlog *queue, int64_t task);
/* A task ended. Plain C. */
void hc_backlog_learn(struct hc_backlog *queue, int64_t task, double seconds);
/* Put an entry at the end. False: out of memory. Plain C. */
bool hc_backlog_push(struct hc_backlog *queue, int64_t task, int member, bool suspect);
void hc_backlog_sort(struct hc_backlog *queue);

/* ---- Progress (board.c) -------------------------------------------------------------------------------------- */

struct hc_board {
  int64_t total, done, failed, running; /* members */
  double seconds;                       /* since the start */
};
struct hc_board_state {
  bool terminal;
  double printed;
  int tenth;
};
void hc_board_start(struct hc_board_state *state, bool bar);
void hc_board_show(const struct hc_board *board, struct hc_board_state *state, bool last);

/* ---- Coordinator (coordinator.c) ----------------------------------------------------------------------------- */

struct hc_coordinator;
/* Start and join the thread. After it, the outcome, or an error's code and message. Rank 0. */
PetscErrorCode hc_coordinator_start(struct hc_campaign *campaign, const struct hc_campaign_work *work,
                                    struct hc_coordinator **coordinator);
PetscErrorCode hc_coordinator_join(struct hc_coordinator **coordinator, enum hc_campaign_outcome *outcome);

#endif
