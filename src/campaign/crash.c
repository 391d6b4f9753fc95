/* The last words of a rank that crashes. What runs in the handler is async-signal-safe. */
#include "internal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STACK 65536 /* bytes: the rank's own stack may be what has run out */

static const struct {
  int number;
  const char *name;
} signals[] = {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"}, {SIGABRT, "SIGABRT"}};
#define N_SIGNALS (sizeof signals / sizeof signals[0])

static struct {
  char path[PATH_MAX];
  char who[128], task[64]; /* pieces of the line */
  struct sigaction old[N_SIGNALS];
  void *stack;
  bool installed;
} words;

static size_t append(char *line, size_t n, const char *text)
{
  while (*text)
    line[n++] = *text++;
  return n;
}

static void on_crash(int number)
{
  char line[sizeof words.who + sizeof words.task + 64];
  size_t which = 0, n = append(line, 0, words.who);
  int fd;

  while (which < N_SIGNALS - 1 && signals[which].number != number)
    which++;
  n = append(line, n, words.task);
  n = append(line, n, signals[which].name);
  n = append(line, n, "\"}\n");
  fd = open(words.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd >= 0 && write(fd, line, n) == (ssize_t)n)
    close(fd);
  sigaction(number, &words.old[which], NULL);
  raise(number); /* when this handler returns */
}

void hc_crash_install(const char *folder, const char *shard, int session, int group, int rank)
{
  struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK};
  stack_t stack = {.ss_size = STACK};

  if (words.installed)
    return;
  snprintf(words.path, sizeof words.path, "%s/journal/%s.crashes", folder, shard);
  snprintf(words.who, sizeof words.who, "{\"event\":\"crash\",\"session\":%d,\"group\":%d,\"rank\":%d", session, group,
           rank);
  hc_crash_task(-1);
  words.stack = malloc(STACK);
  stack.ss_sp = words.stack;
  if (stack.ss_sp)
    sigaltstack(&stack, NULL);
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < N_SIGNALS; i++)
    sigaction(signals[i].number, &action, &words.old[i]);
  words.installed = true;
}

void hc_crash_task(int64_t task)
{
  snprintf(words.task, sizeof words.task, ",\"task\":%lld,\"signal\":\"", (long long)task);
}

void hc_crash_restore(void)
{
  const stack_t none = {.ss_flags = SS_DISABLE};

  if (!words.installed)
    return;
  for (size_t i = 0; i < N_SIGNALS; i++)
    sigaction(signals[i].number, &words.old[i], NULL);
  sigaltstack(&none, NULL);
  free(words.stack);
  words.stack = NULL;
  words.installed = false;
}
