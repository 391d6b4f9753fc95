/* A campaign of members that sleep, and of which some fail, crash, overrun or hang, as told: what campaigns survive is
 * tested on it, and what they cost is measured. A member's values depend on its number only.
 *
 * campaign_drill FOLDER [members=N] [lanes=N] [group=N] [shard=I] [shards=N] [timeout=S] [retries=N] [sleep=S]
 * [spread=X] [width=N] [fingerprint=TEXT] [overwrite=1] [order=0] [blocks=1] [fail=K] [crash=K] [slow=K] [hang=K]
 * [murder=K] [error=K] [scratch=1] [grace=S] [threads=0] [sorted=1] fail=K: every K-th member fails; crash, slow, hang:
 * every K-th crashes, overruns its time or hangs on its first attempt, and every second of those on each. murder=K: the
 * K-th kills its process without a trace. order=0: tasks in order; sorted=1: later members cost more; blocks=1: no
 * queue, tasks are divided beforehand (to compare with). */
#include "campaign.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct drill {
  struct hc_campaign_options options;
  int64_t n_tasks;
  int lanes, fail, crash, slow, hang, error, murder, width;
  bool order, scratch, blocks, sorted;
  double sleep, spread;
  const char *fingerprint;
};

static uint64_t hash(uint64_t x)
{
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

static double unit(int64_t member, uint64_t stream)
{
  return (double)(hash((uint64_t)member * 16 + stream + 1) >> 11) * 0x1p-53;
}

/* Every `every`-th member, each of a kind at another place. */
static bool is_one(int64_t member, int every, int kind)
{
  return every > 0 && member % every == kind % every;
}

/* Does the trouble of this kind happen in this attempt? */
static bool strikes(int64_t member, int every, int kind, int attempt)
{
  return is_one(member, every, kind) && (attempt == 0 || member / every % 2 == 1);
}

static int members_of(void *context, int64_t task, int64_t members[64])
{
  const struct drill *drill = context;
  int n = 0;
  for (int64_t m = task * drill->lanes; m < (task + 1) * drill->lanes && m < drill->options.members; m++)
    if (m / drill->lanes % drill->options.n_shards == drill->options.shard)
      members[n++] = m;
  return n;
}

static double seconds_of(const struct drill *drill, int64_t member)
{
  const double place = (double)member / (double)drill->options.members;
  return drill->sleep * pow(drill->spread, drill->sorted ? place : unit(member, 0));
}

static double guess(void *context, int64_t task, double *features)
{
  const struct drill *drill = context;
  if (!drill->order)
    return 1;
  /* what the logarithm of the cost is linear in */
  features[0] = drill->sorted ? (double)task / (double)drill->n_tasks : unit(task * drill->lanes, 0);
  return 1;
}

static PetscErrorCode describe(void *context, struct hc_record *record)
{
  (void)context;
  PetscFunctionBeginUser;
  record->patient = record->member / 2;
  record->arm = (int)(record->member % 2);
  record->stratum = (int)(record->member % 3);
  for (int i = 0; i < 3; i++)
    record->parameters[i] = unit(record->member, (uint64_t)i + 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Sleep in pieces; true if the task is to be given back. */
static bool rest(double seconds)
{
  const double end = MPI_Wtime() + seconds;
  bool timeout;
  while (MPI_Wtime() < end) {
    const double left = end - MPI_Wtime(), piece = left < 0.01 ? left : 0.01;
    const struct timespec pause = {.tv_nsec = (long)(1e9 * (piece > 0 ? piece : 0))};
    nanosleep(&pause, NULL);
    if (hc_campaign_stopping(&timeout))
      return true;
  }
  return false;
}

static void crash(int64_t member)
{
  static const int signals[] = {SIGSEGV, SIGFPE, SIGABRT, SIGBUS, SIGILL};
  raise(signals[member % 5]);
}

static void compute(const struct drill *drill, struct hc_record *record)
{
  double sum = 0;
  for (int i = 1; i < 100; i++)
    sum += sin((double)(record->member + 1) * i) / i;
  record->quantities[0] = sum;
  record->quantities[1] = unit(record->member, 7);
  for (int i = 0; i < drill->width; i++)
    record->fields[0][i] = (float)(sum * i);
  record->status = HC_MEMBER_DONE;
  record->accepted = sum > 0;
  if (!is_one(record->member, drill->fail, 1))
    return;
  record->status = HC_MEMBER_FAILED;
  snprintf(record->message, sizeof record->message, "V: found nan at 12.5 ms \"of\" member %lld",
           (long long)record->member);
}

static PetscErrorCode run(void *context, MPI_Comm group, int64_t task, int n, struct hc_record *records, int attempt,
                          bool alone, const char *scratch, bool *interrupted)
{
  const struct drill *drill = context;
  double seconds = 0;
  int rank, size;

  PetscFunctionBeginUser;
  (void)task;
  (void)alone;
  MPI_Comm_rank(group, &rank);
  MPI_Comm_size(group, &size);
  if (drill->scratch)
    mkdir(scratch, 0777);
  for (int k = 0; k < n; k++) {
    const int64_t member = records[k].member;
    seconds += seconds_of(drill, member);
    if (strikes(member, drill->crash, 2, attempt) && rank == size - 1)
      crash(member);
    if (is_one(member, drill->murder, 6) && member < drill->murder)
      raise(SIGKILL);
    if (strikes(member, drill->slow, 3, attempt))
      seconds += 1000;
    while (strikes(member, drill->hang, 4, attempt))
      sleep(1);
    PetscCheck(!is_one(member, drill->error, 5), PETSC_COMM_SELF, HC_ERR_NUMERIC,
               "no convergence in task of member %lld", (long long)member);
  }
  *interrupted = rest(seconds);
  for (int k = 0; k < n && rank == 0 && !*interrupted; k++)
    compute(drill, &records[k]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- The other way, to compare with: tasks divided beforehand ------------------------------------------------ */

static void run_blocks(struct drill *drill, int rank, int size)
{
  double started = MPI_Wtime(), sum = 0, longest;
  MPI_Barrier(MPI_COMM_WORLD);
  for (int64_t task = drill->n_tasks * rank / size; task < drill->n_tasks * (rank + 1) / size; task++) {
    int64_t members[64];
    const int n = members_of(drill, task, members);
    double seconds = 0;
    for (int k = 0; k < n; k++)
      seconds += seconds_of(drill, members[k]);
    sum += seconds;
    rest(seconds);
  }
  MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
  longest = MPI_Wtime() - started;
  MPI_Allreduce(MPI_IN_PLACE, &longest, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
  if (rank == 0)
    printf("{\"seconds\": %.6f, \"sleep\": %.6f}\n", longest, sum);
}

/* ---- Arguments ----------------------------------------------------------------------------------------------- */

static const char *argument(int argc, char **argv, const char *name, const char *otherwise)
{
  const size_t n = strlen(name);
  for (int i = 2; i < argc; i++)
    if (!strncmp(argv[i], name, n) && argv[i][n] == '=')
      return argv[i] + n + 1;
  return otherwise;
}

static int number(int argc, char **argv, const char *name, int otherwise)
{
  const char *text = argument(argc, argv, name, NULL);
  return text ? (int)strtol(text, NULL, 10) : otherwise;
}

static double real(int argc, char **argv, const char *name, double otherwise)
{
  const char *text = argument(argc, argv, name, NULL);
  return text ? strtod(text, NULL) : otherwise;
}

static void read_arguments(int argc, char **argv, struct drill *drill)
{
  drill->options = (struct hc_campaign_options){.folder = argv[1],
                                                .shard = number(argc, argv, "shard", 0),
                                                .n_shards = number(argc, argv, "shards", 1),
                                                .group_size = number(argc, argv, "group", 1),
                                                .timeout = real(argc, argv, "timeout", 0),
                                                .grace = real(argc, argv, "grace", 0),
                                                .retries = number(argc, argv, "retries", 1),
                                                .members = number(argc, argv, "members", 100),
                                                .overwrite = number(argc, argv, "overwrite", 0) != 0,
                                                .quiet = number(argc, argv, "quiet", 0) != 0};
  drill->lanes = number(argc, argv, "lanes", 8);
  drill->fail = number(argc, argv, "fail", 0);
  drill->crash = number(argc, argv, "crash", 0);
  drill->slow = number(argc, argv, "slow", 0);
  drill->hang = number(argc, argv, "hang", 0);
  drill->error = number(argc, argv, "error", 0);
  drill->murder = number(argc, argv, "murder", 0);
  drill->width = number(argc, argv, "width", 20);
  drill->order = number(argc, argv, "order", 1) != 0;
  drill->scratch = number(argc, argv, "scratch", 0) != 0;
  drill->sorted = number(argc, argv, "sorted", 0) != 0;
  drill->blocks = number(argc, argv, "blocks", 0) != 0;
  drill->sleep = real(argc, argv, "sleep", 0);
  drill->spread = real(argc, argv, "spread", 10);
  drill->fingerprint = argument(argc, argv, "fingerprint", "drill");
  drill->n_tasks = (drill->options.members + drill->lanes - 1) / drill->lanes;
}

/* ---- The campaign -------------------------------------------------------------------------------------------- */

static PetscErrorCode campaign(struct drill *drill, enum hc_campaign_outcome *outcome)
{
  static const struct hc_campaign_column parameters[] = {{"GNa", "mS/uF"}, {"GKr", "mS/uF"}, {"PCa", NULL}};
  static const struct hc_campaign_column quantities[] = {{"APD90", "ms"}, {"peak", "mV"}};
  const struct hc_campaign_field fields[] = {{"trace", "mV", drill->width}};
  const struct hc_campaign_layout layout = {.title = "drill",
                                            .kind = "drill",
                                            .fingerprint = drill->fingerprint,
                                            .n_parameters = 3,
                                            .n_quantities = 2,
                                            .n_fields = drill->width > 0 ? 1 : 0,
                                            .parameters = parameters,
                                            .quantities = quantities,
                                            .fields = fields};
  const struct hc_campaign_work work = {.context = drill,
                                        .n_tasks = drill->n_tasks,
                                        .members = members_of,
                                        .n_features = drill->order ? 1 : 0,
                                        .guess = guess,
                                        .describe = describe,
                                        .run = run};
  struct hc_campaign *c;
  PetscErrorCode code, closed;

  PetscFunctionBeginUser;
  PetscCall(hc_campaign_open(PETSC_COMM_WORLD, &layout, &drill->options, &c));
  code = hc_campaign_run(c, &work, outcome);
  if (code)
    fprintf(stderr, "error: %s\n", hc_error_message());
  closed = hc_campaign_close(&c);
  PetscCall(code);
  PetscCall(closed);
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  struct drill drill;
  enum hc_campaign_outcome outcome = HC_CAMPAIGN_COMPLETE;
  struct rusage usage;
  PetscErrorCode code = PETSC_SUCCESS;
  double started, seconds;
  int rank, size;

  if (number(argc, argv, "threads", 1))
    hc_campaign_prepare();
  if (argc < 2 || PetscInitialize(&argc, &argv, NULL, NULL) || PetscPopSignalHandler() || hc_error_install())
    return HC_EXIT_BUG;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  read_arguments(argc, argv, &drill);
  started = MPI_Wtime();
  if (drill.blocks)
    run_blocks(&drill, rank, size);
  else
    code = campaign(&drill, &outcome);
  seconds = MPI_Wtime() - started;
  getrusage(RUSAGE_SELF, &usage);
  if (code && rank == 0)
    fprintf(stderr, "error: %s\n%s", hc_error_message(), hc_error_trace());
  else if (rank == 0 && !drill.blocks)
    printf("{\"seconds\": %.6f, \"kilobytes\": %ld, \"outcome\": %d}\n", seconds, usage.ru_maxrss, (int)outcome);
  if (PetscFinalize())
    return HC_EXIT_BUG;
  return code ? (int)hc_error_exit_code(code) : outcome == HC_CAMPAIGN_INTERRUPTED ? 5 : 0;
}
