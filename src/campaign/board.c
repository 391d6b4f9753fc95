/* What is shown while a campaign runs: a bar on a terminal, a line for each tenth elsewhere. Called by the thread. */
#include "internal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR_WIDTH 30
#define REFRESH 0.2 /* s between two drawings of the bar */

void hc_board_start(struct hc_board_state *state, bool bar)
{
  *state = (struct hc_board_state){.terminal = bar || isatty(STDERR_FILENO) != 0};
}

static void draw(const struct hc_board *board, bool terminal)
{
  const int64_t ended = board->done + board->failed;
  const double share = (double)ended / (double)board->total;
  const double rate = (double)ended / (board->seconds + 1e-9);
  char left[32] = "", bar[BAR_WIDTH + 1], line[256];
  int n;

  memset(bar, '.', BAR_WIDTH);
  memset(bar, '#', (size_t)(share * BAR_WIDTH));
  bar[BAR_WIDTH] = '\0';
  if (ended > 0)
    hc_progress_time_left((double)(board->total - ended) / rate, left);
  n = snprintf(line, sizeof line, "%s[%s] %5.1f %%  %lld of %lld members  %lld failed  %lld running  %.3g/s  %s%s",
               terminal ? "\r" : "", bar, 100 * share, (long long)ended, (long long)board->total,
               (long long)board->failed, (long long)board->running, rate, left, terminal ? "   " : "\n");
  if (write(STDERR_FILENO, line, (size_t)n) < 0)
    return; /* nobody looks */
}

void hc_board_show(const struct hc_board *board, struct hc_board_state *state, bool last)
{
  const int tenth = (int)(10 * (board->done + board->failed) / board->total);
  const bool due = state->terminal ? last || board->seconds - state->printed > REFRESH : tenth > state->tenth;

  if (due) {
    draw(board, state->terminal);
    state->printed = board->seconds;
    state->tenth = tenth;
  }
  if (last && state->terminal && write(STDERR_FILENO, "\n", 1) < 0)
    return;
}
