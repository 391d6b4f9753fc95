#include "session.h"

#include <stdio.h>
#include <unistd.h>

#define BAR_WIDTH 30
#define REFRESH 0.2 /* s between two drawings of the bar */

void hc_progress_start(struct hc_progress *progress, bool shown, bool bar, int64_t first, int64_t last, double dt,
                       const char *unit, bool counted)
{
  const double now = MPI_Wtime();
  *progress = (struct hc_progress){.shown = shown,
                                   .terminal = bar || isatty(STDERR_FILENO) != 0,
                                   .first = first,
                                   .last = last,
                                   .dt = dt,
                                   .unit = unit,
                                   .counted = counted,
                                   .started = now,
                                   .printed = now,
                                   .tenth = 0};
}

void hc_progress_time_left(double seconds, char text[32])
{
  const long s = (long)(seconds + 0.5);
  if (s >= 3600)
    snprintf(text, 32, "%ld h %02ld min left", s / 3600, s % 3600 / 60);
  else if (s >= 60)
    snprintf(text, 32, "%ld min %02ld s left", s / 60, s % 60);
  else
    snprintf(text, 32, "%ld s left", s);
}

static void draw(const struct hc_progress *progress, int64_t step, double now)
{
  const double done = progress->last > 0 ? (double)step / (double)progress->last : 1;
  const double rate = (double)(step - progress->first) / (now - progress->started + 1e-9); /* steps/s */
  char left[32] = "", steps[32] = "", bar[BAR_WIDTH + 1];
  for (int i = 0; i < BAR_WIDTH; i++)
    bar[i] = i < (int)(done * BAR_WIDTH) ? '#' : '.';
  bar[BAR_WIDTH] = '\0';
  if (rate > 0)
    hc_progress_time_left((double)(progress->last - step) / rate, left);
  if (progress->counted)
    snprintf(steps, sizeof steps, "%.0f steps/s  ", rate);
  fprintf(stderr, "%s[%s] %5.1f %%  %.2f of %g %s  %.1f %s/s  %s%s%s", progress->terminal ? "\r" : "", bar, 100 * done,
          (double)step * progress->dt, (double)progress->last * progress->dt, progress->unit, rate * progress->dt,
          progress->unit, steps, left, progress->terminal ? "   " : "\n");
  fflush(stderr);
}

void hc_progress_step(struct hc_progress *progress, int64_t step)
{
  if (!progress->shown)
    return;
  const double now = MPI_Wtime();
  const int tenth = (int)(10 * step / (progress->last > 0 ? progress->last : 1));
  if (progress->terminal ? now - progress->printed > REFRESH : tenth > progress->tenth) {
    draw(progress, step, now);
    progress->printed = now;
    progress->tenth = tenth;
  }
}

void hc_progress_end(struct hc_progress *progress, int64_t step)
{
  if (progress->shown && progress->terminal) {
    draw(progress, step, MPI_Wtime());
    fputc('\n', stderr);
  }
}
