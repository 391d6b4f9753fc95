/* The journal of a shard: one JSON object a line, appended by one write(2) each, so that a kill costs a line at most.
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE 8192 /* bytes, at most */

/* ---- Writing: plain C ---------------------------------------------------------------------------------------- */

double hc_unix_time(void)
{
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void hc_journal_escape(const char *text, char *escaped, size_t size)
{
  size_t n = 0;
  for (; *text && n + 7 < size; text++) {
    const unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') {
      escaped[n++] = '\\';
      escaped[n++] = (char)c;
    } else if (c < 0x20 || c == 0x7f)
      n += (size_t)snprintf(escaped + n, size - n, "\\u%04x", c);
    else
      escaped[n++] = (char)c;
  }
  escaped[n] = '\0';
}

bool hc_journal_line(const struct hc_journal *journal, const char *event, const char *format, ...)
{
  char line[LINE];
  va_list arguments;
  size_t n = (size_t)snprintf(line, sizeof line, "{\"event\":\"%s\",\"session\":%d,\"unix\":%.3f", event,
                              journal->session, hc_unix_time());

  va_start(arguments, format);
  n += (size_t)vsnprintf(line + n, sizeof line - n, format, arguments);
  va_end(arguments);
  if (n > sizeof line - 3) /* cut: no JSON, which readers skip */
    n = sizeof line - 3;
  line[n++] = '}';
  line[n++] = '\n';
  return write(journal->fd, line, n) == (ssize_t)n;
}

static void path_of(const char *folder, const char *shard, const char *kind, char path[PATH_MAX])
{
  snprintf(path, PATH_MAX, "%s/journal/%s.%s", folder, shard, kind);
}

PetscErrorCode hc_journal_open(const char *folder, const char *shard, int session, struct hc_journal *journal)
{
  char path[PATH_MAX], last = '\n';
  off_t end;

  PetscFunctionBeginUser;
  path_of(folder, shard, "jsonl", path);
  journal->session = session;
  journal->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  PetscCheck(journal->fd >= 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be opened: %s", path, strerror(errno));
  end = lseek(journal->fd, 0, SEEK_END);
  if (end > 0 && pread(journal->fd, &last, 1, end - 1) == 1 && last != '\n') /* a line that was cut by a kill */
    PetscCheck(write(journal->fd, "\n", 1) == 1, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s", path,
               strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Reading ------------------------------------------------------------------------------------------------- */

static int64_t whole(const json_t *line, const char *key)
{
  return (int64_t)json_integer_value(json_object_get(line, key));
}

/* Call `use` with each line that is JSON. A file that is not there has none. */
static bool each_line(const char *path, bool (*use)(void *context, json_t *line), void *context)
{
  FILE *file = fopen(path, "re");
  size_t size = 0;
  char *text = NULL;
  bool ok = true;

  while (file && ok && getline(&text, &size, file) > 0) {
    json_t *line = json_loads(text, 0, NULL);
    if (line)
      ok = use(context, line);
    json_decref(line);
  }
  free(text);
  if (file)
    fclose(file);
  return ok;
}

struct replay {
  struct hc_histories *histories;
  json_t *crashes; /* lines */
  json_t *flying;  /* group -> the line of its task that began and did not end */
  int retries, session, last;
  bool explained; /* the session's end */
  struct hc_journal_view view;
};

static bool charge_all(struct replay *replay, const json_t *begun, enum hc_cause cause, const char *signal)
{
  const json_t *members = json_object_get(begun, "members");
  const bool alone = json_is_true(json_object_get(begun, "alone"));
  bool ok = true;

  for (size_t i = 0; i < json_array_size(members); i++) {
    const int64_t member = (int64_t)json_integer_value(json_array_get(members, i));
    if (cause == HC_CAUSE_KILLED)
      ok = ok && hc_history_interrupt(replay->histories, member, replay->retries, alone);
    else
      ok = ok && hc_history_charge(replay->histories, member, cause, signal, alone);
  }
  return ok;
}

/* A crash of the session in the group (-1: of any group); NULL if there is none. */
static const char *crash_of(const struct replay *replay, int64_t group)
{
  for (size_t i = 0; i < json_array_size(replay->crashes); i++) {
    const json_t *line = json_array_get(replay->crashes, i);
    if (whole(line, "session") == replay->session && (group < 0 || whole(line, "group") == group))
      return json_string_value(json_object_get(line, "signal"));
  }
  return NULL;
}

/* The session is over: what was being computed crashed, was in a job that another group ended, or was killed. */
static bool settle(struct replay *replay)
{
  const bool explained = replay->explained || crash_of(replay, -1) != NULL;
  bool ok = true;

  for (void *i = json_object_iter(replay->flying); i; i = json_object_iter_next(replay->flying, i)) {
    const json_t *begun = json_object_iter_value(i);
    const char *signal = crash_of(replay, strtol(json_object_iter_key(i), NULL, 10));
    if (signal)
      ok = ok && charge_all(replay, begun, HC_CAUSE_CRASH, signal);
    else if (!explained)
      ok = ok && charge_all(replay, begun, HC_CAUSE_KILLED, NULL);
  }
  json_object_clear(replay->flying);
  replay->explained = false;
  return ok;
}

static bool use_crash(void *context, json_t *line)
{
  struct replay *replay = context;
  replay->last = PetscMax(replay->last, (int)whole(line, "session"));
  return json_array_append(replay->crashes, line) == 0;
}

static bool use_line(void *context, json_t *line)
{
  struct replay *replay = context;
  const char *event = json_string_value(json_object_get(line, "event"));
  char group[24];
  bool ok = true;

  if (!event)
    return true;
  snprintf(group, sizeof group, "%lld", (long long)whole(line, "group"));
  if (!strcmp(event, "session")) {
    ok = settle(replay);
    replay->session = (int)whole(line, "session");
    replay->last = PetscMax(replay->last, replay->session);
    replay->view = (struct hc_journal_view){.started = json_number_value(json_object_get(line, "unix"))};
  } else if (!strcmp(event, "begin"))
    ok = json_object_set(replay->flying, group, line) == 0;
  else if (!strcmp(event, "end"))
    replay->view.ended += whole(line, "members");
  else if (!strcmp(event, "hung") && crash_of(replay, whole(line, "group")))
    return true; /* it had crashed, and the job took its time to end */
  else if (!strcmp(event, "timeout") || !strcmp(event, "hung"))
    ok = charge_all(replay, json_object_get(replay->flying, group), HC_CAUSE_TIMEOUT, NULL);
  if (!strcmp(event, "hung"))
    replay->explained = true;
  if (!strcmp(event, "end") || !strcmp(event, "timeout") || !strcmp(event, "hung") || !strcmp(event, "released"))
    json_object_del(replay->flying, group);
  return ok;
}

static bool read_shard(const char *folder, const char *shard, struct replay *replay)
{
  char path[PATH_MAX];

  replay->crashes = json_array();
  replay->flying = json_object();
  path_of(folder, shard, "crashes", path);
  if (!each_line(path, use_crash, replay))
    return false;
  path_of(folder, shard, "jsonl", path);
  return each_line(path, use_line, replay);
}

static void free_replay(struct replay *replay)
{
  json_decref(replay->crashes);
  json_decref(replay->flying);
}

PetscErrorCode hc_journal_replay(const char *folder, const char *shard, int retries, int *sessions,
                                 struct hc_histories *histories)
{
  struct replay replay = {.histories = histories, .retries = retries};
  bool ok;

  PetscFunctionBeginUser;
  ok = read_shard(folder, shard, &replay) && settle(&replay);
  free_replay(&replay);
  PetscCheck(ok, PETSC_COMM_SELF, PETSC_ERR_MEM, "out of memory for the journal of a campaign");
  *sessions = replay.last;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_journal_view(const char *folder, const char *shard, struct hc_journal_view *view)
{
  struct hc_histories histories = {0};
  struct replay replay = {.histories = &histories};
  bool ok;

  PetscFunctionBeginUser;
  ok = read_shard(folder, shard, &replay);
  *view = replay.view;
  for (void *i = json_object_iter(replay.flying); i; i = json_object_iter_next(replay.flying, i))
    view->running += (int64_t)json_array_size(json_object_get(json_object_iter_value(i), "members"));
  free_replay(&replay);
  hc_history_free(&histories);
  PetscCheck(ok, PETSC_COMM_SELF, PETSC_ERR_MEM, "out of memory for the journal of a campaign");
  PetscFunctionReturn(PETSC_SUCCESS);
}
