/* Cells that beat by themselves: the last whole cycle is measured as a beat. It begins where V is lowest and goes on to
 * the next upstroke, so that calcium, which is late, has come down too. */
#include "internal.h"

#include <math.h>

enum { WATCHED = 5 }; /* cycle lengths at the end in which a whole cycle is looked for, at least */

static const double least_swing = 10; /* mV: less is no beating */

/* Upstrokes are where V crosses the middle of its range. */
struct upstrokes {
  int n;
  int64_t row[3]; /* of the last three, the latest last */
  double t[3];
};

static struct upstrokes find_upstrokes(const struct hc_trace *trace, int width)
{
  struct upstrokes up = {0};
  double low = INFINITY, high = -INFINITY;
  for (int64_t i = 0; i < trace->n; i++) {
    low = fmin(low, trace->rows[i * width + 1]);
    high = fmax(high, trace->rows[i * width + 1]);
  }
  const double middle = 0.5 * (low + high);
  for (int64_t i = 1; i < trace->n && high - low > least_swing; i++) {
    const double *a = trace->rows + (i - 1) * width, *b = trace->rows + i * width;
    if (!(a[1] < middle && b[1] >= middle))
      continue;
    if (up.n == 3) {
      up.row[0] = up.row[1], up.row[1] = up.row[2];
      up.t[0] = up.t[1], up.t[1] = up.t[2];
      up.n = 2;
    }
    up.row[up.n] = i;
    up.t[up.n++] = a[0] + (b[0] - a[0]) * (middle - a[1]) / (b[1] - a[1]);
  }
  return up;
}

static int64_t lowest(const struct hc_trace *trace, int width, int64_t from, int64_t to)
{
  int64_t found = from;
  for (int64_t i = from; i <= to; i++)
    if (trace->rows[i * width + 1] < trace->rows[found * width + 1])
      found = i;
  return found;
}

/* Show rows of a trace to a watcher of one cell, as an integrator would. */
static void replay(const struct hc_trace *trace, const struct hc_chart *recorder, int64_t from, int64_t to,
                   struct hc_watcher *beats)
{
  hc_watcher_start(beats, NULL);
  for (int64_t i = from; i <= to; i++) {
    const double *row = trace->rows + i * recorder->width;
    const struct hc_batch_sample sample = {.t = row[0],
                                           .n = 1,
                                           .stride = 1,
                                           .v = row + 1,
                                           .state = row + 2,
                                           .currents = row + 1 + recorder->model->n_states};
    hc_watcher_see(beats, &sample);
  }
}

static PetscErrorCode measure(const struct hc_chart *recorder, int cell, json_t *record)
{
  const struct hc_trace *trace = &recorder->traces[cell];
  const struct upstrokes up = find_upstrokes(trace, recorder->width);
  const int last = up.n - 1;
  int64_t from = 0, to = trace->n - 1;
  struct hc_watcher *beats;
  struct hc_biomarkers found;

  PetscFunctionBeginUser;
  if (up.n >= 2) {
    from = lowest(trace, recorder->width, up.n == 3 ? up.row[0] : 0, up.row[last - 1]);
    to = up.row[last] - 1;
  }
  PetscCall(hc_watcher_create(recorder->model, 1, &beats));
  replay(trace, recorder, from, to, beats);
  hc_watcher_end(beats, 0, &found);
  hc_watcher_destroy(&beats);
  found.qnet = NAN; /* it is the charge of a beat from stimulus to stimulus */
  found.cycle_length = up.n >= 2 ? up.t[last] - up.t[last - 1] : (double)NAN;
  hc_json_biomarkers(record, &found);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode beat_by_beat(struct hc_experiment *experiment, struct hc_chart *full)
{
  const struct hc_pacing_params *pacing = &experiment->study->pacing;
  const int64_t watched = PetscMin(pacing->beats, PetscMax(WATCHED, pacing->watch_last));
  const struct hc_batch_observer to_measure = {.context = full, .see = hc_chart_see};
  const struct hc_batch_observer to_file = {.context = experiment->recorder, .see = hc_chart_see};
  struct hc_subject *subject = experiment->subject;

  PetscFunctionBeginUser;
  for (int cell = 0; cell < subject->n_cells; cell++)
    PetscCall(hc_chart_open(full, cell, "cell", NULL, 0));
  PetscCall(hc_open_traces(experiment));
  for (int64_t beat = 0; beat < pacing->beats; beat++) {
    const int64_t left = pacing->beats - beat;
    PetscCall(hc_beat_seen(subject->batch, pacing->cycle_length, left <= watched ? &to_measure : NULL,
                           left <= experiment->study->output.beats ? &to_file : NULL));
    hc_tell(&experiment->options->progress, (double)(beat + 1), (double)pacing->beats);
  }
  PetscCall(full->failed);
  PetscCall(experiment->recorder->failed);
  for (int cell = 0; cell < subject->n_cells; cell++)
    PetscCall(measure(full, cell, experiment->record[cell]));
  json_object_set_new(experiment->common, "beats", json_integer((json_int_t)pacing->beats));
  PetscCall(hc_save_states(experiment, pacing->beats, false));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_watch_spontaneous(struct hc_experiment *experiment)
{
  struct hc_chart *full;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_chart_create(experiment->subject->model, experiment->subject->n_cells, 0, &full));
  code = beat_by_beat(experiment, full);
  hc_chart_destroy(&full);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
