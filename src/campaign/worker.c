/* A group: asks for a task, computes it, writes its rows, reports. */
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SHORTEST_NAP 10e-6 /* s between two looks at whether a message has come */
#define LONGEST_NAP 1e-3
#define IDLE 5e-3 /* s of waiting after which rows are flushed */

/* What a group needs for its tasks. */
struct desk {
  struct hc_campaign *campaign;
  const struct hc_campaign_work *work;
  struct hc_order order;
  struct hc_record records[HC_TASK_MEMBERS];
  int ready; /* records with arrays */
  struct hc_report report;
  char *outbox;
  double started;
};

/* ---- Waiting without taking the processor from those who compute --------------------------------------------- */

static void nap(double *seconds)
{
  const struct timespec pause = {.tv_nsec = (long)(1e9 * *seconds)};
  nanosleep(&pause, NULL);
  *seconds = PetscMin(1.5 * *seconds, LONGEST_NAP);
}

/* Receive an order. Rows are flushed when it takes long. An error of that must not keep the group from its orders: it
 * comes again when the file is closed. */
static PetscErrorCode receive(MPI_Comm comm, struct hc_rows *rows, struct hc_order *order)
{
  const double started = MPI_Wtime();
  double pause = SHORTEST_NAP;
  int arrived = 0;

  PetscFunctionBeginUser;
  for (;;) {
    PetscCallMPI(MPI_Iprobe(0, HC_TAG_ORDER, comm, &arrived, MPI_STATUS_IGNORE));
    if (arrived)
      break;
    nap(&pause);
    if (rows && MPI_Wtime() - started > IDLE) {
      (void)hc_rows_flush(rows);
      rows = NULL;
    }
  }
  PetscCallMPI(MPI_Recv(order, (int)sizeof *order, MPI_BYTE, 0, HC_TAG_ORDER, comm, MPI_STATUS_IGNORE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Report, and get the next order, which the first rank passes on in its group. */
static PetscErrorCode next_order(struct desk *desk, size_t bytes)
{
  const struct hc_campaign *c = desk->campaign;

  PetscFunctionBeginUser;
  if (c->group_rank > 0) {
    PetscCall(receive(c->group, NULL, &desk->order));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCallMPI(MPI_Send(desk->outbox, (int)bytes, MPI_BYTE, 0, HC_TAG_REPORT, c->wire));
  PetscCall(receive(c->wire, c->rows, &desk->order));
  for (int r = 1; r < c->options.group_size; r++)
    PetscCallMPI(MPI_Send(&desk->order, (int)sizeof desk->order, MPI_BYTE, r, HC_TAG_ORDER, c->group));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Records ------------------------------------------------------------------------------------------------- */

static PetscErrorCode make_record(const struct hc_layout *table, struct hc_record *record)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)table->n_parameters, &record->parameters));
  PetscCall(PetscMalloc1((size_t)table->n_quantities, &record->quantities));
  PetscCall(PetscCalloc1((size_t)table->n_fields, &record->fields));
  for (int f = 0; f < table->n_fields; f++)
    PetscCall(PetscMalloc1((size_t)table->widths[f], &record->fields[f]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Nothing known of the member but its number. */
static void clear_record(const struct hc_layout *table, struct hc_record *record, int64_t member, int attempts)
{
  const struct hc_record arrays = *record;

  *record = (struct hc_record){.member = member,
                               .patient = member,
                               .attempts = attempts,
                               .parameters = arrays.parameters,
                               .quantities = arrays.quantities,
                               .fields = arrays.fields};
  for (int i = 0; arrays.parameters && i < table->n_parameters; i++)
    record->parameters[i] = NAN;
  for (int i = 0; arrays.quantities && i < table->n_quantities; i++)
    record->quantities[i] = NAN;
  for (int f = 0; arrays.fields && f < table->n_fields; f++)
    for (int64_t i = 0; i < table->widths[f]; i++)
      record->fields[f][i] = NAN;
}

static PetscErrorCode prepare_records(struct desk *desk)
{
  const struct hc_campaign *c = desk->campaign;

  PetscFunctionBeginUser;
  for (int k = 0; k < desk->order.n; k++) {
    if (c->group_rank == 0 && k >= desk->ready) {
      PetscCall(make_record(c->table, &desk->records[k]));
      desk->ready = k + 1;
    }
    clear_record(c->table, &desk->records[k], desk->order.members[k], desk->order.attempts[k]);
    if (c->group_rank == 0 && desk->work->describe)
      PetscCall(desk->work->describe(desk->work->context, &desk->records[k]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void free_records(struct desk *desk)
{
  for (int k = 0; k < desk->ready; k++) {
    for (int f = 0; f < desk->campaign->table->n_fields; f++)
      (void)PetscFree(desk->records[k].fields[f]);
    (void)PetscFree(desk->records[k].fields);
    (void)PetscFree(desk->records[k].parameters);
    (void)PetscFree(desk->records[k].quantities);
  }
}

/* ---- A task -------------------------------------------------------------------------------------------------- */

/* The folder of the members' scratch: named by the first member of the task, which stays the same. */
static void scratch_of(const struct desk *desk, char path[PATH_MAX])
{
  int64_t members[HC_TASK_MEMBERS];
  desk->work->members(desk->work->context, desk->order.task, members);
  if (desk->order.alone)
    snprintf(path, PATH_MAX, "%s/work/%lld-alone", desk->campaign->folder, (long long)desk->order.members[0]);
  else
    snprintf(path, PATH_MAX, "%s/work/%lld", desk->campaign->folder, (long long)members[0]);
}

static PetscErrorCode drop_scratch(const char *path)
{
  PetscFunctionBeginUser;
  if (access(path, F_OK) == 0)
    PetscCall(hc_folder_remove(path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Fail the members that have no status of their own. */
static void fail_members(struct desk *desk, const char *message)
{
  for (int k = 0; k < desk->order.n; k++)
    if (desk->records[k].status == HC_MEMBER_MISSING) {
      desk->records[k].status = HC_MEMBER_FAILED;
      snprintf(desk->records[k].message, sizeof desk->records[k].message, "%s", message);
    }
}

/* Append the rows, and fill the report; returns its length in the outbox. On the first rank. */
static PetscErrorCode file_results(struct desk *desk, double seconds)
{
  struct hc_report *report = &desk->report;

  PetscFunctionBeginUser;
  report->kind = HC_REPORT_ENDED;
  report->n = desk->order.n;
  for (int k = 0; k < desk->order.n; k++) {
    struct hc_record *record = &desk->records[k];
    PetscCheck(record->status > HC_MEMBER_MISSING && record->status <= HC_MEMBER_CRASHED, PETSC_COMM_SELF,
               PETSC_ERR_PLIB, "member %lld was left with the status %d", (long long)record->member, record->status);
    if (record->seconds == 0)
      record->seconds = seconds / desk->order.n;
    report->status[k] = (uint8_t)record->status;
    report->accepted[k] = record->accepted ? 1 : 0;
  }
  PetscCall(hc_rows_append(desk->campaign->rows, desk->order.n, desk->records));
  PetscCall(hc_rows_flush_if_due(desk->campaign->rows, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode give_up(struct desk *desk)
{
  PetscFunctionBeginUser;
  desk->records[0].status = desk->order.status;
  memcpy(desk->records[0].message, desk->order.message, sizeof desk->order.message);
  desk->report.seconds = 0;
  PetscCall(file_results(desk, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Run the task on all ranks of the group. *code: what it returned, agreed on. */
static PetscErrorCode run(struct desk *desk, const char *scratch, PetscErrorCode *code, bool *interrupted)
{
  const struct hc_campaign *c = desk->campaign;
  const struct hc_order *order = &desk->order;
  int given_back;

  PetscFunctionBeginUser;
  *interrupted = false;
  if (c->options.timeout > 0)
    hc_signals_deadline(desk->started + c->options.timeout);
  hc_crash_task(order->task);
  *code = hc_error_agree(c->group, desk->work->run(desk->work->context, c->group, order->task, order->n, desk->records,
                                                   order->attempt, order->alone != 0, scratch, interrupted));
  hc_crash_task(-1);
  given_back = *interrupted ? 1 : 0;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &given_back, 1, MPI_INT, MPI_LOR, c->group));
  *interrupted = given_back != 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Is the error one of the members, rather than of the machine or of ours? */
static bool is_of_members(PetscErrorCode code)
{
  const enum hc_exit exit_code = hc_error_exit_code(code);
  return exit_code == HC_EXIT_INPUT || exit_code == HC_EXIT_NUMERIC;
}

static PetscErrorCode do_task(struct desk *desk)
{
  struct hc_report *report = &desk->report;
  PetscErrorCode code;
  bool interrupted, overdue;
  char scratch[PATH_MAX];

  PetscFunctionBeginUser;
  scratch_of(desk, scratch);
  desk->started = MPI_Wtime();
  PetscCall(run(desk, scratch, &code, &interrupted));
  report->seconds = MPI_Wtime() - desk->started;
  (void)hc_signals_stopping(&overdue);
  hc_signals_deadline(0);
  if (code && !is_of_members(code))
    PetscCall(code);
  if (!code && interrupted) {
    report->kind = overdue ? HC_REPORT_TIMEOUT : HC_REPORT_RELEASED;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (desk->campaign->group_rank != 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  if (code) {
    fail_members(desk, hc_error_message());
    hc_error_clear();
  }
  PetscCall(file_results(desk, report->seconds));
  PetscCall(drop_scratch(scratch));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode do_order(struct desk *desk)
{
  struct hc_campaign *c = desk->campaign;

  PetscFunctionBeginUser;
  PetscCall(hc_error_agree(c->group, prepare_records(desk)));
  if (desk->order.kind == HC_ORDER_GIVE_UP) {
    PetscCall(hc_error_agree(c->group, c->group_rank == 0 ? give_up(desk) : PETSC_SUCCESS));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (c->group_rank == 0) /* not to leave rows unflushed through a long task */
    PetscCall(hc_rows_flush_if_due(c->rows, desk->order.expected > 0 ? desk->order.expected : 1e9));
  PetscCall(hc_error_agree(c->group, do_task(desk)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- The loop ------------------------------------------------------------------------------------------------ */

/* The report and its texts into the outbox; returns how many bytes. */
static size_t pack(struct desk *desk)
{
  char *to = desk->outbox + sizeof desk->report;
  bool overdue;

  desk->report.group = desk->campaign->group_index;
  desk->report.task = desk->order.task;
  desk->report.stop = hc_signals_stopping(&overdue) ? 1 : 0;
  memcpy(desk->outbox, &desk->report, sizeof desk->report);
  if (desk->report.kind == HC_REPORT_ERROR) {
    snprintf(to, 2048, "%s", hc_error_message());
    to += strlen(to) + 1;
  }
  for (int k = 0; desk->report.kind == HC_REPORT_ENDED && k < desk->report.n; k++)
    if (desk->report.status[k] != HC_MEMBER_DONE) {
      snprintf(to, HC_MEMBER_MESSAGE, "%s", desk->records[k].message);
      to += strlen(to) + 1;
    }
  return (size_t)(to - desk->outbox);
}

static PetscErrorCode work(struct desk *desk)
{
  PetscFunctionBeginUser;
  desk->report.kind = HC_REPORT_READY;
  for (;;) {
    PetscErrorCode code;
    PetscCall(next_order(desk, pack(desk)));
    if (desk->order.kind == HC_ORDER_LEAVE)
      PetscFunctionReturn(PETSC_SUCCESS);
    code = do_order(desk);
    if (code) {
      desk->report.kind = HC_REPORT_ERROR;
      desk->report.code = (int)code;
    }
  }
}

/* Ranks come from their last task at different times: wait gently. */
static void assemble(MPI_Comm comm)
{
  double pause = SHORTEST_NAP;
  MPI_Request request;
  int all = 0;

  MPI_Ibarrier(comm, &request);
  while (!all) {
    MPI_Test(&request, &all, MPI_STATUS_IGNORE);
    if (!all)
      nap(&pause);
  }
}

PetscErrorCode hc_campaign_run(struct hc_campaign *campaign, const struct hc_campaign_work *campaign_work,
                               enum hc_campaign_outcome *outcome)
{
  struct hc_coordinator *coordinator = NULL;
  struct desk *desk;
  PetscErrorCode code, last = PETSC_SUCCESS;
  int how = HC_CAMPAIGN_COMPLETE;

  PetscFunctionBeginUser;
  PetscCall(hc_error_agree(campaign->comm, campaign->rank == 0
                                               ? hc_coordinator_start(campaign, campaign_work, &coordinator)
                                               : PETSC_SUCCESS));
  PetscCall(PetscCalloc1(1, &desk));
  PetscCall(PetscCalloc1(sizeof desk->report + HC_TASK_MEMBERS * HC_MEMBER_MESSAGE + 2048, &desk->outbox));
  desk->campaign = campaign;
  desk->work = campaign_work;
  code = work(desk);
  free_records(desk);
  PetscCall(PetscFree(desk->outbox));
  PetscCall(PetscFree(desk));
  PetscCall(code);
  if (campaign->group_rank == 0)
    last = hc_rows_flush(campaign->rows);
  assemble(campaign->comm);
  if (campaign->rank == 0) {
    code = hc_coordinator_join(&coordinator, outcome);
    how = (int)*outcome;
    last = code ? code : last;
  }
  PetscCall(hc_error_agree(campaign->comm, last));
  PetscCallMPI(MPI_Bcast(&how, 1, MPI_INT, 0, campaign->comm));
  *outcome = (enum hc_campaign_outcome)how;
  PetscFunctionReturn(PETSC_SUCCESS);
}

bool hc_campaign_stopping(bool *timeout)
{
  return hc_signals_stopping(timeout);
}
