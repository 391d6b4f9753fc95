/* Restitution: how long an action potential is after how long a rest. */
#include "internal.h"

#include <math.h>
#include <string.h>

static const double alternans_least = 5; /* ms of difference between successive action potentials */

/* ---- One point of a curve ---------------------------------------------------------------------------------------- */

struct point {
  double pace;            /* ms: interval or cycle length */
  double di;              /* ms: diastolic interval before the action potential */
  double apd90;           /* ms */
  double previous;        /* ms: APD90 of the beat before; S1-S2: of S1 */
  bool captured, blocked; /* blocked: one action potential in two beats */
};

static void put_point(json_t *list, const char *pace, const struct point *point, bool pairs)
{
  json_t *item = json_pack("{s:o, s:o, s:o, s:b}", pace, hc_json_real(point->pace), "di_ms", hc_json_real(point->di),
                           "apd90_ms", hc_json_real(point->apd90), "captured", point->captured);
  if (pairs) {
    json_object_set_new(item, "apd90_previous_ms", hc_json_real(point->previous));
    json_object_set_new(item, "alternans_ms", hc_json_real(fabs(point->apd90 - point->previous)));
    json_object_set_new(item, "block_2_to_1", json_boolean(point->blocked));
  }
  json_array_append_new(list, item);
}

/* Largest slope of APD90 over diastolic interval between neighbouring points. */
static double steepest_slope(int n, const struct point *points)
{
  double largest = NAN;
  for (int i = 0; i < n; i++) {
    int next = -1; /* the point with the next larger interval */
    for (int j = 0; j < n; j++)
      if (points[j].captured && points[j].di > points[i].di && (next < 0 || points[j].di < points[next].di))
        next = j;
    if (!points[i].captured || next < 0)
      continue;
    largest = fmax(largest, (points[next].apd90 - points[i].apd90) / (points[next].di - points[i].di));
  }
  return largest;
}

static void put_curve(struct hc_experiment *experiment, int cell, const char *pace, int n, const struct point *points,
                      bool pairs)
{
  json_t *list = json_array();
  double onset = NAN;
  for (int i = 0; i < n; i++) {
    put_point(list, pace, &points[i], pairs);
    if (fabs(points[i].apd90 - points[i].previous) >= alternans_least)
      onset = fmax(onset, points[i].pace);
  }
  json_object_set_new(experiment->record[cell], "restitution_slope_max", hc_json_real(steepest_slope(n, points)));
  if (pairs)
    json_object_set_new(experiment->record[cell], "alternans_onset_ms", hc_json_real(onset));
  json_object_set_new(experiment->record[cell], "restitution", list);
}

static PetscErrorCode write_table(const struct hc_experiment *experiment, const char *pace, int n,
                                  const struct point *points)
{
  FILE *file;

  PetscFunctionBeginUser;
  PetscCall(hc_table_open(experiment, "restitution.csv", &file));
  fprintf(file, "%s,di_ms,apd90_ms,apd90_previous_ms,captured\n", pace);
  for (int cell = 0; cell < experiment->subject->n_cells; cell++)
    for (int i = 0; i < n; i++) {
      const struct point *point = &points[cell * n + i];
      hc_table_dose(experiment, cell, file);
      fprintf(file, "%.10g,%.10g,%.10g,%.10g,%d\n", point->pace, point->di, point->apd90, point->previous,
              point->captured);
    }
  PetscCall(hc_table_close(experiment, "restitution.csv", file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_curves(struct hc_experiment *experiment, const char *pace, int n, const struct point *points,
                                 bool pairs)
{
  PetscFunctionBeginUser;
  for (int cell = 0; cell < experiment->subject->n_cells; cell++)
    put_curve(experiment, cell, pace, n, points + (ptrdiff_t)cell * n, pairs);
  PetscCall(write_table(experiment, pace, n, points));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- S1-S2 ------------------------------------------------------------------------------------------------------- */

struct s1s2 {
  struct hc_experiment *experiment;
  struct hc_pacing_params pacing;
  struct hc_watcher *beats;
  double start;                /* ms: of the last S1 */
  double *states;              /* then, n_cells x n_states */
  double *stimulus;            /* n_cells */
  double *rest;                /* n_cells, mV: what S2 repolarises to */
  struct hc_biomarkers *found; /* n_cells, of the last S1 if no S2 follows */
};

static PetscErrorCode go_back(const struct s1s2 *s)
{
  const struct hc_subject *subject = s->experiment->subject;

  PetscFunctionBeginUser;
  PetscCall(hc_batch_set_time(subject->batch, s->start));
  for (int cell = 0; cell < subject->n_cells; cell++)
    PetscCall(hc_batch_set(subject->batch, cell, s->states + (size_t)cell * (size_t)subject->model->n_states));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All of the train but its last beat, and that beat as it is if nothing follows. */
static PetscErrorCode run_train(struct s1s2 *s)
{
  struct hc_subject *subject = s->experiment->subject;
  const int n_states = subject->model->n_states;

  PetscFunctionBeginUser;
  for (int64_t beat = 0; beat + 1 < s->pacing.beats; beat++) {
    PetscCall(hc_beat(subject->batch, s->stimulus, s->pacing.stimulus_duration, s->pacing.cycle_length, NULL, NULL));
    hc_tell(&s->experiment->options->progress, (double)(beat + 1), (double)s->pacing.beats);
  }
  s->start = hc_batch_time(subject->batch);
  for (int cell = 0; cell < subject->n_cells; cell++)
    PetscCall(hc_batch_get(subject->batch, cell, s->states + (size_t)cell * (size_t)n_states));
  hc_watcher_start(s->beats, NULL);
  PetscCall(hc_beat(subject->batch, s->stimulus, s->pacing.stimulus_duration, s->pacing.cycle_length, s->beats, NULL));
  for (int cell = 0; cell < subject->n_cells; cell++) {
    hc_watcher_end(s->beats, cell, &s->found[cell]);
    s->rest[cell] = s->found[cell].v_rest;
    hc_json_biomarkers(s->experiment->record[cell], &s->found[cell]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode open_traces(const struct s1s2 *s, double interval)
{
  const struct hc_subject *subject = s->experiment->subject;
  char label[64];

  PetscFunctionBeginUser;
  for (int cell = 0; cell < subject->n_cells; cell++) {
    if (subject->doses)
      snprintf(label, sizeof label, "%s_%g_s2_%g", subject->dose_key, subject->doses[cell], interval);
    else
      snprintf(label, sizeof label, "s2_%g", interval);
    PetscCall(hc_chart_open(s->experiment->recorder, cell, label, "interval_ms", interval));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* S1 and, after the interval, S2. points: n cells apart. */
static PetscErrorCode run_interval(struct s1s2 *s, double interval, int apart, struct point *points)
{
  struct hc_experiment *experiment = s->experiment;
  const struct hc_subject *subject = experiment->subject;
  const struct hc_batch_observer observer = {.context = experiment->recorder, .see = hc_chart_see};
  const struct hc_batch_observer *recording = experiment->study->output.beats > 0 ? &observer : NULL;
  const double duration = s->pacing.stimulus_duration, length = s->pacing.cycle_length;

  PetscFunctionBeginUser;
  PetscCall(go_back(s));
  if (recording)
    PetscCall(open_traces(s, interval));
  PetscCall(hc_beat(subject->batch, s->stimulus, duration, interval, NULL, recording));
  hc_watcher_start(s->beats, s->rest);
  PetscCall(hc_beat(subject->batch, s->stimulus, duration, length, s->beats, recording));
  for (int cell = 0; cell < subject->n_cells; cell++) {
    struct hc_biomarkers s2;
    hc_watcher_end(s->beats, cell, &s2);
    const double di = s->start + interval - s->found[cell].repolarised_at;
    points[(ptrdiff_t)cell * apart] = (struct point){.pace = interval,
                                                     .di = di,
                                                     .apd90 = s2.apd90,
                                                     .previous = s->found[cell].apd90,
                                                     .captured = di > 0 && s2.captured && s2.repolarised};
  }
  PetscCall(experiment->recorder->failed);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_s1s2(struct s1s2 *s, struct point *points)
{
  const struct hc_reals *intervals = &s->experiment->study->restitution.intervals;

  PetscFunctionBeginUser;
  PetscCall(run_train(s));
  for (int i = 0; i < intervals->n; i++) {
    PetscCall(run_interval(s, intervals->v[i], intervals->n, points + i));
    hc_tell(&s->experiment->options->progress, (double)(i + 1), intervals->n);
  }
  json_object_set_new(s->experiment->common, "beats", json_integer((json_int_t)s->pacing.beats));
  PetscCall(put_curves(s->experiment, "interval_ms", intervals->n, points, false));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_protocol_s1s2(struct hc_experiment *experiment)
{
  const struct hc_subject *subject = experiment->subject;
  const int n = subject->n_cells, n_points = n * experiment->study->restitution.intervals.n;
  struct s1s2 s = {.experiment = experiment, .pacing = hc_pacing_of(&experiment->study->pacing, subject->model)};
  struct point *points;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc5(n_points, &points, n * subject->model->n_states, &s.states, n, &s.stimulus, n, &s.rest, n,
                         &s.found));
  for (int cell = 0; cell < n; cell++)
    s.stimulus[cell] = s.pacing.stimulus;
  PetscCall(hc_watcher_create(subject->model, n, &s.beats));
  code = run_s1s2(&s, points);
  hc_watcher_destroy(&s.beats);
  PetscCall(PetscFree5(points, s.states, s.stimulus, s.rest, s.found));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Dynamic ----------------------------------------------------------------------------------------------------- */

static PetscErrorCode open_dynamic(struct hc_experiment *experiment, double length)
{
  const struct hc_subject *subject = experiment->subject;
  char label[64];

  PetscFunctionBeginUser;
  for (int cell = 0; cell < subject->n_cells; cell++) {
    if (subject->doses)
      snprintf(label, sizeof label, "%s_%g_cl_%g", subject->dose_key, subject->doses[cell], length);
    else
      snprintf(label, sizeof label, "cl_%g", length);
    PetscCall(hc_chart_open(experiment->recorder, cell, label, "cycle_length_ms", length));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_dynamic(struct hc_experiment *experiment, struct point *points, struct hc_biomarkers *found,
                                  struct hc_biomarkers *last)
{
  const struct hc_laboratory_params *study = experiment->study;
  const struct hc_subject *subject = experiment->subject;
  const struct hc_reals *lengths = &study->restitution.cycle_lengths;
  const struct hc_batch_observer observer = {.context = experiment->recorder, .see = hc_chart_see};
  struct hc_pacing_params pacing = study->pacing;
  struct hc_pace_outcome outcome;

  PetscFunctionBeginUser;
  pacing.beats = study->restitution.beats;
  pacing.watch_last = 2;
  pacing.converged_below = 0;
  pacing.report = HC_REPORT_LAST;
  for (int i = 0; i < lengths->n; i++) {
    pacing.cycle_length = lengths->v[i];
    PetscCall(open_dynamic(experiment, pacing.cycle_length));
    PetscCall(hc_pace(subject->batch, subject->model, subject->n_cells, &pacing, &observer, study->output.beats, NULL,
                      found, NULL, last, &outcome));
    PetscCall(experiment->recorder->failed);
    for (int cell = 0; cell < subject->n_cells; cell++)
      points[(ptrdiff_t)cell * lengths->n + i] =
          (struct point){.pace = pacing.cycle_length,
                         .di = pacing.cycle_length - last[2 * cell].apd90,
                         .apd90 = last[2 * cell + 1].apd90,
                         .previous = last[2 * cell].apd90,
                         .captured = found[cell].captured && found[cell].repolarised,
                         .blocked = hc_is_two_to_one(&last[2 * cell])};
    hc_tell(&experiment->options->progress, i + 1, lengths->n);
  }
  json_object_set_new(experiment->common, "beats", json_integer((json_int_t)pacing.beats));
  PetscCall(put_curves(experiment, "cycle_length_ms", lengths->n, points, true));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_protocol_dynamic(struct hc_experiment *experiment)
{
  const int n = experiment->subject->n_cells, n_points = n * experiment->study->restitution.cycle_lengths.n;
  struct point *points;
  struct hc_biomarkers *found, *last;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(n_points, &points, n, &found, 2 * n, &last));
  code = run_dynamic(experiment, points, found, last);
  PetscCall(PetscFree3(points, found, last));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
