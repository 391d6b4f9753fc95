/* The thread of rank 0 that hands out tasks, keeps the journal, shows progress and notices who does not come back. It
 * calls MPI on its own communicator, plain C and write(2); nothing of PETSc or HDF5, which are not safe in threads. */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HUNG_FACTOR 1.5 /* times the time-out, and the grace: who has not come back by then will not */
#define GRACE 5         /* s, unless another is given */
#define SHORTEST_NAP 50e-6
#define LONGEST_NAP 1e-3
#define NAP_SHARE 0.01 /* of the mean time between reports, so that no group waits long */

enum { EXIT_HUNG = 6 };

struct seat {
  bool busy, waiting;
  bool solitary;
  double started;
  struct hc_order order;
};

struct hc_coordinator {
  pthread_t thread;
  struct hc_campaign *campaign;
  const struct hc_campaign_work *work;
  struct hc_backlog queue;
  struct seat *seats; /* of the groups */
  int n_busy, n_present;
  bool stop;
  int64_t total, done, failed; /* members of this run */
  int64_t running;             /* members */
  double started, mean;        /* mean: seconds of a task */
  struct hc_board_state show;
  char *inbox;
  size_t room;
  int code; /* of the first error */
  char message[2048];
};

/* ---- Plans --------------------------------------------------------------------------------------------------- */

static bool is_missing(const struct hc_campaign *campaign, int64_t member)
{
  return (campaign->state[member] & HC_STATE_STATUS) == HC_MEMBER_MISSING;
}

static const struct hc_history *history_of(const struct hc_campaign *campaign, int64_t member)
{
  return campaign->state[member] & HC_STATE_HISTORY ? hc_history_find(&campaign->histories, member) : NULL;
}

/* Queue what a task lacks: together, but for the members that are to be tried alone. */
static bool plan(struct hc_coordinator *c, int64_t task, const int64_t *members, int n)
{
  bool together = false, suspect = false, ok = true;

  for (int k = 0; k < n; k++) {
    const struct hc_history *history;
    if (!is_missing(c->campaign, members[k]))
      continue;
    history = history_of(c->campaign, members[k]);
    if (hc_history_solitary(history, c->campaign->options.retries))
      ok = ok && hc_backlog_push(&c->queue, task, k, true);
    else
      together = true;
    suspect = suspect || (history && history->charges > 0);
  }
  return ok && (!together || hc_backlog_push(&c->queue, task, -1, suspect));
}

static PetscErrorCode plan_all(struct hc_coordinator *c)
{
  int64_t members[HC_TASK_MEMBERS];

  PetscFunctionBeginUser;
  for (int64_t task = 0; task < c->work->n_tasks; task++) {
    const int n = c->work->members(c->work->context, task, members);
    for (int k = 0; k < n; k++) {
      PetscCheck(members[k] >= 0 && members[k] < c->campaign->options.members, PETSC_COMM_SELF,
                 PETSC_ERR_ARG_OUTOFRANGE, "task %lld has member %lld of %lld", (long long)task, (long long)members[k],
                 (long long)c->campaign->options.members);
      c->total += is_missing(c->campaign, members[k]) ? 1 : 0;
    }
    PetscCheck(plan(c, task, members, n), PETSC_COMM_SELF, PETSC_ERR_MEM, "out of memory for the queue of tasks");
  }
  hc_backlog_sort(&c->queue);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Orders -------------------------------------------------------------------------------------------------- */

static void add_member(struct hc_coordinator *c, struct hc_order *order, int64_t member)
{
  const struct hc_history *history = history_of(c->campaign, member);
  const int attempt = history ? history->charges : 0;

  order->members[order->n] = member;
  order->attempts[order->n++] = attempt + 1;
  order->attempt = PetscMax(order->attempt, attempt);
}

/* Say what has become of a member that will not be tried again. */
static void give_up(struct hc_order *order, const struct hc_history *history)
{
  order->kind = HC_ORDER_GIVE_UP;
  order->attempts[0] = history->charges;
  order->status = history->cause == HC_CAUSE_TIMEOUT ? HC_MEMBER_TIMEOUT : HC_MEMBER_CRASHED;
  if (history->cause == HC_CAUSE_TIMEOUT)
    snprintf(order->message, sizeof order->message, "not done within the time allowed, in %d attempts",
             history->charges);
  else if (history->cause == HC_CAUSE_CRASH)
    snprintf(order->message, sizeof order->message, "%s, the last of %d attempts that failed", history->signal,
             history->charges);
  else
    snprintf(order->message, sizeof order->message,
             "killed again and again without a reason that could be seen: out of memory?");
}

/* The order for an entry of the queue; nobody in it: there is nothing left to do. */
static void compose(struct hc_coordinator *c, const struct hc_entry *entry, struct hc_order *order)
{
  const int retries = c->campaign->options.retries;
  int64_t members[HC_TASK_MEMBERS];
  const int n = c->work->members(c->work->context, entry->task, members);

  *order = (struct hc_order){.kind = HC_ORDER_RUN, .task = entry->task, .alone = entry->member >= 0};
  for (int k = 0; k < n; k++) {
    const struct hc_history *history = history_of(c->campaign, members[k]);
    if (!is_missing(c->campaign, members[k]))
      continue;
    if (entry->member == k) {
      add_member(c, order, members[k]);
      if (hc_history_hopeless(history, retries))
        give_up(order, history);
    } else if (entry->member < 0 && !hc_history_solitary(history, retries))
      add_member(c, order, members[k]);
  }
  order->expected = hc_backlog_expect(&c->queue, entry->task);
  if (n > 0)
    order->expected *= (double)order->n / n;
}

static void fail(struct hc_coordinator *c, int code, const char *message)
{
  if (!c->code) {
    c->code = code;
    snprintf(c->message, sizeof c->message, "%s", message);
  }
  c->stop = true;
}

static void check_journal(struct hc_coordinator *c, bool written)
{
  char message[HC_FOLDER_MAX + 256];
  if (written)
    return;
  snprintf(message, sizeof message, "%s/journal/%s.jsonl: cannot be written: %s", c->campaign->folder,
           c->campaign->shard, strerror(errno));
  fail(c, (int)HC_ERR_ENVIRONMENT, message);
}

/* Whoever notices first, this thread or a group, says so. */
static void told_to_stop(struct hc_coordinator *c)
{
  if (c->stop)
    return;
  c->stop = true;
  check_journal(c, hc_journal_line(&c->campaign->journal, "stop", "%s", ""));
}

static void note_begin(struct hc_coordinator *c, int group, const struct seat *seat)
{
  char list[HC_TASK_MEMBERS * 21 + 1] = "";
  size_t used = 0;

  for (int k = 0; k < seat->order.n; k++)
    used +=
        (size_t)snprintf(list + used, sizeof list - used, "%s%lld", k ? "," : "", (long long)seat->order.members[k]);
  check_journal(c, hc_journal_line(&c->campaign->journal, "begin",
                                   ",\"group\":%d,\"task\":%lld,\"attempt\":%d,\"alone\":%s,\"members\":[%s]", group,
                                   (long long)seat->order.task, seat->order.attempt, seat->solitary ? "true" : "false",
                                   list));
}

static void send(struct hc_coordinator *c, int group, const struct hc_order *order)
{
  const int rank = group * c->campaign->options.group_size;
  MPI_Send(order, (int)sizeof *order, MPI_BYTE, rank, HC_TAG_ORDER, c->campaign->wire);
}

/* Give a waiting group the next task that has something to do; false if there is none. */
static bool dispatch(struct hc_coordinator *c, int group)
{
  struct seat *seat = &c->seats[group];

  while (c->queue.next < c->queue.n) {
    const struct hc_entry entry = c->queue.entries[c->queue.next++];
    int64_t members[HC_TASK_MEMBERS];
    compose(c, &entry, &seat->order);
    if (seat->order.n == 0)
      continue;
    seat->solitary = entry.member >= 0 || c->work->members(c->work->context, entry.task, members) == 1;
    seat->busy = true;
    seat->waiting = false;
    c->n_busy++;
    c->running += seat->order.n;
    if (seat->order.kind == HC_ORDER_RUN)
      note_begin(c, group, seat);
    seat->started = MPI_Wtime();
    send(c, group, &seat->order);
    return true;
  }
  return false;
}

/* Serve who waits. Nobody leaves before the last task has ended: it may have to be tried again. */
static void serve(struct hc_coordinator *c)
{
  const struct hc_order leave = {.kind = HC_ORDER_LEAVE};

  for (int g = 0; g < c->campaign->n_groups; g++) {
    if (!c->seats[g].waiting || (!c->stop && dispatch(c, g)))
      continue;
    if (!c->stop && c->n_busy > 0)
      continue;
    c->seats[g].waiting = false;
    c->n_present--;
    send(c, g, &leave);
  }
}

/* ---- Reports ------------------------------------------------------------------------------------------------- */

static void note_failure(struct hc_coordinator *c, int64_t member, int status, const char *message)
{
  char escaped[6 * HC_MEMBER_MESSAGE + 8];
  hc_journal_escape(message, escaped, sizeof escaped);
  check_journal(c, hc_journal_line(&c->campaign->journal, "failed",
                                   ",\"member\":%lld,\"status\":\"%s\",\"message\":\"%s\"", (long long)member,
                                   hc_member_status_names[status], escaped));
}

static void take_results(struct hc_coordinator *c, int group, const struct hc_report *report, const char *messages)
{
  const struct hc_order *order = &c->seats[group].order;

  for (int k = 0; k < report->n; k++) {
    uint8_t *state = &c->campaign->state[order->members[k]];
    *state = (uint8_t)((*state & ~HC_STATE_STATUS) | report->status[k]);
    if (report->accepted[k])
      *state |= HC_STATE_ACCEPTED;
    c->done += report->status[k] == HC_MEMBER_DONE ? 1 : 0;
    if (report->status[k] == HC_MEMBER_DONE)
      continue;
    c->failed++;
    note_failure(c, order->members[k], report->status[k], messages);
    messages += strlen(messages) + 1;
  }
  if (order->kind != HC_ORDER_RUN)
    return;
  check_journal(c, hc_journal_line(&c->campaign->journal, "end",
                                   ",\"group\":%d,\"task\":%lld,\"members\":%d,\"seconds\":%.6f", group,
                                   (long long)report->task, report->n, report->seconds));
  if (!order->alone)
    hc_backlog_learn(&c->queue, report->task, report->seconds);
}

/* Too long: charge the members, and try again or give up. */
static void take_timeout(struct hc_coordinator *c, int group, const struct hc_report *report)
{
  const struct seat *seat = &c->seats[group];
  int64_t members[HC_TASK_MEMBERS];
  bool ok = true;

  check_journal(c, hc_journal_line(&c->campaign->journal, "timeout", ",\"group\":%d,\"task\":%lld,\"seconds\":%.6f",
                                   group, (long long)report->task, report->seconds));
  for (int k = 0; k < seat->order.n; k++) {
    const int64_t member = seat->order.members[k];
    ok = ok && hc_history_charge(&c->campaign->histories, member, HC_CAUSE_TIMEOUT, NULL, seat->solitary);
    c->campaign->state[member] |= HC_STATE_HISTORY;
  }
  if (seat->order.alone) {
    const int n = c->work->members(c->work->context, report->task, members);
    for (int k = 0; k < n; k++)
      if (members[k] == seat->order.members[0])
        ok = ok && hc_backlog_push(&c->queue, report->task, k, true);
  } else
    ok = ok && plan(c, report->task, seat->order.members, seat->order.n);
  if (!ok)
    fail(c, (int)PETSC_ERR_MEM, "out of memory for the queue of tasks");
}

static void take(struct hc_coordinator *c, const struct hc_report *report, const char *messages)
{
  struct seat *seat = &c->seats[report->group];

  if (report->stop)
    told_to_stop(c);
  if (seat->busy) {
    seat->busy = false;
    c->n_busy--;
    c->running -= seat->order.n;
  }
  switch (report->kind) {
  case HC_REPORT_ENDED:
    take_results(c, report->group, report, messages);
    break;
  case HC_REPORT_TIMEOUT:
    take_timeout(c, report->group, report);
    break;
  case HC_REPORT_RELEASED:
    check_journal(c, hc_journal_line(&c->campaign->journal, "released", ",\"group\":%d,\"task\":%lld", report->group,
                                     (long long)report->task));
    told_to_stop(c);
    break;
  case HC_REPORT_ERROR:
    fail(c, report->code, messages);
    break;
  default:
    break;
  }
  seat->waiting = true;
}

/* Receive what has arrived; false if nothing has. */
static bool receive(struct hc_coordinator *c)
{
  MPI_Status status;
  int arrived, bytes;

  MPI_Iprobe(MPI_ANY_SOURCE, HC_TAG_REPORT, c->campaign->wire, &arrived, &status);
  if (!arrived)
    return false;
  MPI_Get_count(&status, MPI_BYTE, &bytes);
  if ((size_t)bytes > c->room)
    bytes = (int)c->room; /* cannot be: messages have a longest */
  MPI_Recv(c->inbox, bytes, MPI_BYTE, status.MPI_SOURCE, HC_TAG_REPORT, c->campaign->wire, MPI_STATUS_IGNORE);
  c->inbox[bytes] = '\0';
  {
    struct hc_report report;
    memcpy(&report, c->inbox, sizeof report);
    take(c, &report, c->inbox + sizeof report);
    if (report.kind != HC_REPORT_READY)
      c->mean += 0.1 * (report.seconds - c->mean);
  }
  return true;
}

/* ---- Watching ------------------------------------------------------------------------------------------------ */

static void abandon(struct hc_coordinator *c, int group)
{
  const struct seat *seat = &c->seats[group];

  hc_journal_line(&c->campaign->journal, "hung", ",\"group\":%d,\"task\":%lld", group, (long long)seat->order.task);
  fsync(c->campaign->journal.fd);
  fprintf(stderr,
          "healthcast: error: a group does not come back from a task (group %d, members from %lld on): %.0f s, where "
          "%g s are allowed; the job ends here, run it again to go on\n",
          group, (long long)seat->order.members[0], MPI_Wtime() - seat->started, c->campaign->options.timeout);
  MPI_Abort(c->campaign->comm, EXIT_HUNG);
}

static void watch(struct hc_coordinator *c)
{
  const struct hc_campaign_options *options = &c->campaign->options;
  const double limit = HUNG_FACTOR * options->timeout + (options->grace > 0 ? options->grace : GRACE);
  const double now = MPI_Wtime();
  bool overdue;

  if (hc_signals_stopping(&overdue) && !overdue)
    told_to_stop(c);
  for (int g = 0; options->timeout > 0 && g < c->campaign->n_groups; g++)
    if (c->seats[g].busy && now - c->seats[g].started > limit)
      abandon(c, g);
}

static void show(struct hc_coordinator *c, bool last)
{
  const struct hc_board board = {.total = c->total,
                                 .done = c->done,
                                 .failed = c->failed,
                                 .running = c->running,
                                 .seconds = MPI_Wtime() - c->started};
  if (!c->campaign->options.quiet && c->total > 0)
    hc_board_show(&board, &c->show, last);
}

static void nap(double seconds)
{
  const struct timespec pause = {.tv_nsec = (long)(1e9 * seconds)};
  nanosleep(&pause, NULL);
}

static void *coordinate(void *context)
{
  struct hc_coordinator *c = context;

  while (c->n_present > 0) {
    bool busy = false;
    while (receive(c))
      busy = true;
    watch(c);
    serve(c);
    show(c, false);
    if (!busy)
      nap(PetscMin(PetscMax(NAP_SHARE * c->mean / c->campaign->n_groups, SHORTEST_NAP), LONGEST_NAP));
  }
  show(c, true);
  return NULL;
}

/* ---- Life ---------------------------------------------------------------------------------------------------- */

static void destroy(struct hc_coordinator **c)
{
  free((*c)->queue.entries);
  (void)PetscFree((*c)->seats);
  (void)PetscFree((*c)->inbox);
  (void)PetscFree(*c);
}

PetscErrorCode hc_coordinator_start(struct hc_campaign *campaign, const struct hc_campaign_work *work,
                                    struct hc_coordinator **coordinator)
{
  struct hc_coordinator *c;
  PetscErrorCode code;
  int failed;

  PetscFunctionBeginUser;
  PetscCheck(work->n_features >= 0 && work->n_features < HC_FEATURES, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "%d features of tasks; allowed: 0 to %d", work->n_features, HC_FEATURES - 1);
  PetscCall(PetscCalloc1(1, &c));
  *coordinator = c;
  c->campaign = campaign;
  c->work = work;
  c->queue.work = work;
  c->room = sizeof(struct hc_report) + HC_TASK_MEMBERS * HC_MEMBER_MESSAGE + 2048;
  c->n_present = campaign->n_groups;
  c->started = MPI_Wtime();
  hc_board_start(&c->show, campaign->options.bar);
  PetscCall(PetscCalloc1((size_t)campaign->n_groups, &c->seats));
  PetscCall(PetscCalloc1(c->room + 1, &c->inbox));
  code = plan_all(c);
  failed = code ? 0 : pthread_create(&c->thread, NULL, coordinate, c);
  if (code || failed) {
    destroy(coordinator);
    PetscCall(code);
    SETERRQ(PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "a thread that hands out tasks cannot be started: %s",
            strerror(failed));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_coordinator_join(struct hc_coordinator **coordinator, enum hc_campaign_outcome *outcome)
{
  struct hc_coordinator *c = *coordinator;
  char message[sizeof c->message];
  int code;

  PetscFunctionBeginUser;
  pthread_join(c->thread, NULL);
  code = c->code;
  memcpy(message, c->message, sizeof message);
  *outcome = c->done + c->failed == c->total ? HC_CAMPAIGN_COMPLETE : HC_CAMPAIGN_INTERRUPTED;
  destroy(coordinator);
  if (code)
    SETERRQ(PETSC_COMM_SELF, (PetscErrorCode)code, "%s", message);
  PetscFunctionReturn(PETSC_SUCCESS);
}
