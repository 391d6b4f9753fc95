/* Life of a campaign: folder, lock, recovery, which members are there. */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const hc_member_status_names[] = {"missing", "done", "failed", "timeout", "crashed", NULL};

/* ---- Shards of a folder -------------------------------------------------------------------------------------- */

/* "0of4" of "0of4-3-12.h5.part" or "0of4.lock". */
static void shard_of(const char *name, char shard[32])
{
  snprintf(shard, 32, "%.*s", (int)PetscMin(strcspn(name, "-."), 31), name);
}

static PetscErrorCode is_alive(const char *folder, const char *shard, bool *alive)
{
  int lock = -1;

  PetscFunctionBeginUser;
  PetscCall(hc_lock_shard(folder, shard, HC_LOCK_EXCLUSIVE, &lock));
  *alive = lock < 0;
  hc_lock_release(&lock);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Refuse what living jobs would not survive: another division into shards, or losing the folder. */
static PetscErrorCode check_others(const struct hc_campaign *c, bool all)
{
  PetscErrorCode code = PETSC_SUCCESS;
  char **names, shard[32];
  int n;

  PetscFunctionBeginUser;
  PetscCall(hc_folder_list(c->folder, "journal", ".lock", &n, &names));
  for (int i = 0; i < n && !code; i++) {
    int index, shards;
    bool alive = false;
    shard_of(names[i], shard);
    if (sscanf(shard, "%dof%d", &index, &shards) != 2 || (!all && shards == c->options.n_shards) ||
        !strcmp(shard, c->shard))
      continue;
    code = is_alive(c->folder, shard, &alive);
    if (!code && alive)
      code = PetscError(PETSC_COMM_SELF, __LINE__, PETSC_FUNCTION_NAME, __FILE__, HC_ERR_INPUT, PETSC_ERROR_INITIAL,
                        "%s: a job is working on shard %d of %d; allowed while it runs: other shards of %d", c->folder,
                        index + 1, shards, shards);
  }
  PetscCall(PetscFree(names));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Opening, on rank 0 -------------------------------------------------------------------------------------- */

static PetscErrorCode drop_campaign(const struct hc_campaign *c)
{
  static const char *const parts[] = {"cohort.h5", "cohort.h5.new", "groups", "work", "manifest.json"};
  char path[PATH_MAX + 16];

  PetscFunctionBeginUser;
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    snprintf(path, sizeof path, "%s/%s", c->folder, parts[i]);
    PetscCall(hc_folder_remove(path));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode drop_journals(const struct hc_campaign *c)
{
  static const char *const kinds[] = {".jsonl", ".crashes"};
  char path[PATH_MAX + 300], **names;
  int n;

  PetscFunctionBeginUser;
  for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
    PetscCall(hc_folder_list(c->folder, "journal", kinds[k], &n, &names));
    for (int i = 0; i < n; i++) {
      snprintf(path, sizeof path, "%s/journal/%s", c->folder, names[i]);
      PetscCall(hc_store_remove(path));
    }
    PetscCall(PetscFree(names));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Compare with the manifest that is there, or write one. */
static PetscErrorCode settle_manifest(const struct hc_campaign *c, const char *text)
{
  PetscErrorCode code = PETSC_SUCCESS;
  char *old = NULL;
  bool same = true;

  PetscFunctionBeginUser;
  PetscCall(hc_manifest_read(c->folder, &old));
  if (old)
    code = hc_manifest_compare(c->folder, old, text, &same);
  free(old);
  if (!same && c->options.overwrite) {
    hc_error_clear();
    PetscCall(check_others(c, true));
    PetscCall(drop_campaign(c));
    PetscCall(drop_journals(c));
    code = PETSC_SUCCESS;
  }
  PetscCall(code);
  PetscCall(hc_manifest_write(c->folder, text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode make_folders(const struct hc_campaign *c)
{
  static const char *const subs[] = {"journal", "groups", "work"};
  char path[PATH_MAX + 16];

  PetscFunctionBeginUser;
  for (size_t i = 0; i < sizeof subs / sizeof subs[0]; i++) {
    snprintf(path, sizeof path, "%s/%s", c->folder, subs[i]);
    PetscCall(hc_store_folder(path));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A number that no session of this shard had, also if the journal is gone. */
static PetscErrorCode number_session(struct hc_campaign *c, int sessions)
{
  char **names, shard[32];
  int n, session;

  PetscFunctionBeginUser;
  PetscCall(hc_folder_list(c->folder, "groups", "", &n, &names));
  for (int i = 0; i < n; i++) {
    shard_of(names[i], shard);
    if (!strcmp(shard, c->shard) && sscanf(names[i] + strlen(shard), "-%d", &session) == 1)
      sessions = PetscMax(sessions, session);
  }
  PetscCall(PetscFree(names));
  c->session = sessions + 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Charges from the journals of all shards that nobody works on: the division may have been another one. */
static PetscErrorCode replay_journals(struct hc_campaign *c)
{
  char **names, shard[32];
  int n, sessions, own = 0;

  PetscFunctionBeginUser;
  PetscCall(hc_folder_list(c->folder, "journal", ".jsonl", &n, &names));
  for (int i = 0; i < n; i++) {
    bool alive = false;
    shard_of(names[i], shard);
    if (strcmp(shard, c->shard) != 0)
      PetscCall(is_alive(c->folder, shard, &alive));
    if (alive)
      continue;
    PetscCall(hc_journal_replay(c->folder, shard, c->options.retries, &sessions, &c->histories));
    if (!strcmp(shard, c->shard))
      own = sessions;
  }
  PetscCall(PetscFree(names));
  for (int64_t i = 0; i < c->histories.n; i++)
    if (c->histories.sorted[i].member < c->options.members)
      c->state[c->histories.sorted[i].member] |= HC_STATE_HISTORY;
  PetscCall(number_session(c, own));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode open_folder(struct hc_campaign *c, const char *text, int *folder_lock)
{
  PetscFunctionBeginUser;
  PetscCall(hc_store_folder(c->folder));
  PetscCall(make_folders(c));
  PetscCall(hc_lock_folder(c->folder, folder_lock));
  PetscCall(check_others(c, false));
  PetscCall(hc_lock_shard(c->folder, c->shard, HC_LOCK_EXCLUSIVE, &c->lock));
  PetscCheck(c->lock >= 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: another job is working on shard %d of %d; allowed: other shards, or waiting for its end", c->folder,
             c->options.shard + 1, c->options.n_shards); /* as users count */
  PetscCall(settle_manifest(c, text));
  PetscCall(make_folders(c)); /* overwriting dropped them */
  PetscCall(PetscCalloc1((size_t)c->options.members, &c->state));
  PetscCall(replay_journals(c));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Recovery, on all ranks ---------------------------------------------------------------------------------- */

/* What dead sessions left, one name after the other with their zeros; and delete what they had only begun. On rank 0.
 */
static PetscErrorCode find_remains(const struct hc_campaign *c, int *bytes, char **list)
{
  char **names, shard[32], path[PATH_MAX + 300];
  size_t most = 1;
  int n;

  PetscFunctionBeginUser;
  *bytes = 0;
  PetscCall(hc_folder_list(c->folder, "groups", "", &n, &names));
  for (int i = 0; i < n; i++)
    most += strlen(names[i]) + 1;
  PetscCall(PetscCalloc1(most, list));
  for (int i = 0; i < n; i++) {
    const size_t length = strlen(names[i]);
    bool alive = false;
    shard_of(names[i], shard);
    if (strcmp(shard, c->shard) != 0)
      PetscCall(is_alive(c->folder, shard, &alive));
    if (alive)
      continue;
    snprintf(path, sizeof path, "%s/groups/%s", c->folder, names[i]);
    if (length > 4 && !strcmp(names[i] + length - 4, ".new"))
      PetscCall(hc_store_remove(path));
    if (length > 5 && !strcmp(names[i] + length - 5, ".part")) {
      memcpy(*list + *bytes, names[i], length + 1);
      *bytes += (int)length + 1;
    }
  }
  PetscCall(PetscFree(names));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode recover_share(const struct hc_campaign *c, int bytes, const char *list)
{
  char path[PATH_MAX + 300];
  int i = 0;

  PetscFunctionBeginUser;
  for (const char *name = list; name < list + bytes; name += strlen(name) + 1, i++) {
    if (i % c->size != c->rank)
      continue;
    snprintf(path, sizeof path, "%s/groups/%s", c->folder, name);
    PetscCall(hc_recover_file(c->table, path));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode recover(const struct hc_campaign *c)
{
  char *list = NULL;
  int bytes = 0;

  PetscFunctionBeginUser;
  PetscCall(hc_error_agree(c->comm, c->rank == 0 ? find_remains(c, &bytes, &list) : PETSC_SUCCESS));
  PetscCallMPI(MPI_Bcast(&bytes, 1, MPI_INT, 0, c->comm));
  if (c->rank != 0)
    PetscCall(PetscCalloc1((size_t)bytes, &list));
  PetscCallMPI(MPI_Bcast(list, bytes, MPI_CHAR, 0, c->comm));
  PetscCall(hc_error_agree(c->comm, recover_share(c, bytes, list)));
  PetscCall(PetscFree(list));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Which members are there. On rank 0. */
static PetscErrorCode load_state(struct hc_campaign *c)
{
  char **names, path[PATH_MAX + 300];
  int n;

  PetscFunctionBeginUser;
  PetscCall(hc_folder_list(c->folder, "groups", ".h5", &n, &names));
  for (int i = 0; i < n; i++) {
    struct hc_row_list list;
    bool readable;
    snprintf(path, sizeof path, "%s/groups/%s", c->folder, names[i]);
    PetscCall(hc_row_list_read(path, false, &list, &readable));
    PetscCheck(readable, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: this file of results is damaged; allowed: put back a copy of it, or delete it, and its members are "
               "computed again",
               path);
    for (int64_t k = 0; k < list.n; k++)
      if (list.member[k] >= 0 && list.member[k] < c->options.members) {
        uint8_t *state = &c->state[list.member[k]];
        *state = (uint8_t)((*state & HC_STATE_HISTORY) | (list.status[k] & HC_STATE_STATUS));
        if (list.accepted[k])
          *state |= HC_STATE_ACCEPTED;
      }
    hc_row_list_free(&list);
  }
  PetscCall(PetscFree(names));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode begin_session(struct hc_campaign *c)
{
  PetscFunctionBeginUser;
  PetscCall(load_state(c));
  PetscCall(hc_journal_open(c->folder, c->shard, c->session, &c->journal));
  PetscCheck(hc_journal_line(&c->journal, "session",
                             ",\"ranks\":%d,\"group_size\":%d,\"members\":%lld,\"version\":\"%s\"", c->size,
                             c->options.group_size, (long long)c->options.members, hc_version()),
             PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s/journal/%s.jsonl: cannot be written: %s", c->folder, c->shard,
             strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Opening and closing ------------------------------------------------------------------------------------- */

void hc_campaign_prepare(void)
{
  PETSC_MPI_THREAD_REQUIRED = MPI_THREAD_MULTIPLE;
}

static PetscErrorCode check_options(MPI_Comm comm, const struct hc_campaign_options *options)
{
  int provided, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Query_thread(&provided));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCheck(provided == MPI_THREAD_MULTIPLE, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "this MPI was started without support of threads (MPI_THREAD_MULTIPLE), which campaigns need");
  PetscCheck(options->group_size > 0 && size % options->group_size == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "groups of %d ranks in a job of %d; allowed: a size that divides the ranks", options->group_size, size);
  PetscCheck(options->n_shards > 0 && options->shard >= 0 && options->shard < options->n_shards, PETSC_COMM_SELF,
             HC_ERR_INPUT, "shard %d of %d; allowed: 0 to one less than their number", options->shard,
             options->n_shards);
  PetscCheck(strlen(options->folder) < HC_FOLDER_MAX, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: a name of %zu characters; allowed: less than %d", options->folder, strlen(options->folder),
             HC_FOLDER_MAX);
  PetscCheck(options->retries >= 0 && options->members >= 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%d retries of %lld members; allowed: 0 or more", options->retries, (long long)options->members);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode make_groups(struct hc_campaign *c)
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(c->comm, &c->rank));
  PetscCallMPI(MPI_Comm_size(c->comm, &c->size));
  c->n_groups = c->size / c->options.group_size;
  c->group_index = c->rank / c->options.group_size;
  PetscCallMPI(MPI_Comm_dup(c->comm, &c->wire));
  PetscCallMPI(MPI_Comm_split(c->comm, c->group_index, c->rank, &c->group));
  PetscCallMPI(MPI_Comm_rank(c->group, &c->group_rank));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The manifest's text to all ranks, and the table that is made of it. */
static PetscErrorCode share_table(struct hc_campaign *c, char **text)
{
  int length = c->rank == 0 ? (int)strlen(*text) + 1 : 0;
  char *copy;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Bcast(&length, 1, MPI_INT, 0, c->comm));
  PetscCall(PetscCalloc1((size_t)length, &copy));
  if (c->rank == 0)
    memcpy(copy, *text, (size_t)length);
  PetscCallMPI(MPI_Bcast(copy, length, MPI_CHAR, 0, c->comm));
  PetscCall(hc_layout_create(c->folder, copy, &c->table));
  PetscCall(PetscFree(copy));
  PetscCallMPI(MPI_Bcast(&c->session, 1, MPI_INT, 0, c->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* From now on the first ranks of all groups hold the lock: it is free when the last of them is gone. */
static PetscErrorCode share_lock(struct hc_campaign *c)
{
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  if (c->rank == 0)
    code = hc_lock_shard(c->folder, c->shard, HC_LOCK_SHARED, &c->lock);
  PetscCall(hc_error_agree(c->comm, code));
  if (c->rank != 0 && c->group_rank == 0)
    code = hc_lock_shard(c->folder, c->shard, HC_LOCK_SHARED, &c->lock);
  if (!code && c->group_rank == 0 && c->lock < 0)
    code = PetscError(PETSC_COMM_SELF, __LINE__, PETSC_FUNCTION_NAME, __FILE__, HC_ERR_ENVIRONMENT, PETSC_ERROR_INITIAL,
                      "%s: the lock of shard %d was lost", c->folder, c->options.shard);
  PetscCall(hc_error_agree(c->comm, code));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode open_all(struct hc_campaign *c, char **text, int *folder_lock)
{
  char name[64];

  PetscFunctionBeginUser;
  PetscCall(hc_error_agree(c->comm, c->rank == 0 ? open_folder(c, *text, folder_lock) : PETSC_SUCCESS));
  PetscCall(share_table(c, text));
  PetscCall(recover(c));
  PetscCall(hc_error_agree(c->comm, c->rank == 0 ? begin_session(c) : PETSC_SUCCESS));
  PetscCall(share_lock(c));
  snprintf(name, sizeof name, "%s-%d-%d", c->shard, c->session, c->group_index);
  if (c->group_rank == 0)
    PetscCall(hc_rows_create(c->table, c->folder, name, &c->rows));
  hc_signals_install(&c->signals);
  c->signals_installed = true;
  hc_crash_install(c->folder, c->shard, c->session, c->group_index, c->rank);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void destroy(struct hc_campaign **campaign)
{
  struct hc_campaign *c = *campaign;

  if (c->signals_installed) {
    hc_signals_restore(&c->signals);
    hc_crash_restore();
  }
  if (c->journal.fd >= 0)
    close(c->journal.fd);
  hc_lock_release(&c->lock);
  hc_layout_destroy(&c->table);
  hc_history_free(&c->histories);
  (void)PetscFree(c->state);
  MPI_Comm_free(&c->wire);
  MPI_Comm_free(&c->group);
  (void)PetscFree(*campaign);
}

PetscErrorCode hc_campaign_open(MPI_Comm comm, const struct hc_campaign_layout *layout,
                                const struct hc_campaign_options *options, struct hc_campaign **campaign)
{
  struct hc_campaign *c;
  int folder_lock = -1;
  PetscErrorCode code;
  char *text = NULL;

  PetscFunctionBeginUser;
  PetscCall(hc_error_agree(comm, check_options(comm, options)));
  PetscCall(hc_h5_init());
  PetscCall(PetscCalloc1(1, &c));
  c->comm = comm;
  c->options = *options;
  c->lock = c->journal.fd = -1;
  snprintf(c->folder, sizeof c->folder, "%s", options->folder);
  snprintf(c->shard, sizeof c->shard, "%dof%d", options->shard, options->n_shards);
  PetscCall(make_groups(c));
  code = hc_error_agree(comm, c->rank == 0 ? hc_manifest_make(layout, options->members, &text) : PETSC_SUCCESS);
  if (!code)
    code = open_all(c, &text, &folder_lock);
  free(text);
  hc_lock_release(&folder_lock);
  if (code)
    destroy(&c);
  PetscCall(code);
  *campaign = c;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Scratch of members that have a row: of those who were given up, or done alone in the end. Not beside other shards,
 * whose members may have got rows meanwhile. */
static PetscErrorCode drop_scratch(const struct hc_campaign *c)
{
  char **names, path[PATH_MAX];
  int n;

  PetscFunctionBeginUser;
  if (c->options.n_shards > 1)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(hc_folder_list(c->folder, "work", "", &n, &names));
  for (int i = 0; i < n; i++) {
    const long long member = strtoll(names[i], NULL, 10);
    snprintf(path, sizeof path, "%s/work/%s", c->folder, names[i]);
    if (member >= 0 && member < c->options.members && c->state[member] & HC_STATE_STATUS)
      PetscCall(hc_folder_remove(path));
  }
  PetscCall(PetscFree(names));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode close_root(struct hc_campaign *c)
{
  int folder_lock = -1;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_lock_folder(c->folder, &folder_lock));
  code = hc_gather(c->table, c->folder);
  if (!code)
    code = drop_scratch(c);
  (void)hc_journal_line(&c->journal, "close", "%s", "");
  hc_lock_release(&c->lock);
  hc_lock_release(&folder_lock);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_campaign_close(struct hc_campaign **campaign)
{
  struct hc_campaign *c = *campaign;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  if (!c)
    PetscFunctionReturn(PETSC_SUCCESS);
  code = hc_error_agree(c->comm, hc_rows_close(&c->rows));
  if (c->rank != 0)
    hc_lock_release(&c->lock);
  PetscCallMPI(MPI_Barrier(c->comm));
  if (!code)
    code = hc_error_agree(c->comm, c->rank == 0 ? close_root(c) : PETSC_SUCCESS);
  destroy(campaign);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_campaign_members(const struct hc_campaign *campaign, int64_t first, int64_t n, uint8_t *status,
                                   uint8_t *accepted)
{
  uint8_t *block;

  PetscFunctionBeginUser;
  PetscCheck(first >= 0 && n >= 0 && first + n <= campaign->options.members, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "members %lld to %lld of %lld", (long long)first, (long long)(first + n),
             (long long)campaign->options.members);
  PetscCall(PetscMalloc1((size_t)n, &block));
  if (campaign->rank == 0)
    memcpy(block, campaign->state + first, (size_t)n);
  PetscCallMPI(MPI_Bcast(block, (int)n, MPI_BYTE, 0, campaign->comm));
  for (int64_t i = 0; i < n; i++) {
    if (status)
      status[i] = block[i] & HC_STATE_STATUS;
    if (accepted)
      accepted[i] = block[i] & HC_STATE_ACCEPTED ? 1 : 0;
  }
  PetscCall(PetscFree(block));
  PetscFunctionReturn(PETSC_SUCCESS);
}
