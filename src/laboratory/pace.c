/* Trains of beats. */
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void hc_tell(const struct hc_progress_report *progress, double done, double total)
{
  if (progress && progress->tell)
    progress->tell(progress->context, done, total);
}

static bool is_stopped(const struct hc_progress_report *progress)
{
  return progress && progress->stop && progress->stop(progress->context);
}

/* ---- One beat ---------------------------------------------------------------------------------------------------- */

struct pair {
  const struct hc_batch_observer *one, *other; /* NULL: nobody */
};

static void see_both(void *context, const struct hc_batch_sample *sample)
{
  const struct pair *pair = context;
  if (pair->one)
    pair->one->see(pair->one->context, sample);
  if (pair->other)
    pair->other->see(pair->other->context, sample);
}

static PetscErrorCode stretch(struct hc_batch *batch, double until, const double *stimulus, struct pair *pair)
{
  const struct hc_batch_observer both = {.context = pair, .see = see_both};

  PetscFunctionBeginUser;
  PetscCall(hc_batch_advance(batch, until, stimulus, pair->one || pair->other ? &both : NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_beat_seen(struct hc_batch *batch, double length, const struct hc_batch_observer *one,
                            const struct hc_batch_observer *other)
{
  struct pair pair = {one, other};
  const struct hc_batch_observer both = {.context = &pair, .see = see_both};

  PetscFunctionBeginUser;
  PetscCall(stretch(batch, hc_batch_time(batch) + length, NULL, &pair));
  if (one || other)
    PetscCall(hc_batch_show(batch, &both));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_beat(struct hc_batch *batch, const double *stimulus, double duration, double length,
                       struct hc_watcher *beats, const struct hc_batch_observer *observer)
{
  const struct hc_batch_observer watcher = {.context = beats, .see = hc_watcher_see};
  struct pair pair = {beats ? &watcher : NULL, observer};

  PetscFunctionBeginUser;
  if (beats)
    hc_watcher_stimulus(beats, stimulus);
  PetscCall(stretch(batch, hc_batch_time(batch) + duration, stimulus, &pair));
  if (beats)
    hc_watcher_stimulus(beats, NULL);
  PetscCall(hc_beat_seen(batch, length - duration, pair.one, pair.other));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- A train ----------------------------------------------------------------------------------------------------- */

struct train {
  struct hc_batch *batch;
  const struct hc_cell_model *model;
  int n_cells;
  const struct hc_pacing_params *pacing;
  double *stimulus;
  struct hc_watcher *beats;
  double *before, *after; /* n_cells x n_states */
};

static PetscErrorCode states_of(const struct train *train, double *states)
{
  PetscFunctionBeginUser;
  for (int cell = 0; cell < train->n_cells; cell++)
    PetscCall(hc_batch_get(train->batch, cell, states + (size_t)cell * (size_t)train->model->n_states));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Largest change of a state over a beat, relative to its size, and which it is. Below 1e-6 in its unit a state counts
 * as that large: a gate that is as good as shut may do what it likes. */
static double change_of(const struct train *train, int *slowest)
{
  const int n = train->model->n_states;
  double largest = -1;
  for (int i = 0; i < train->n_cells * n; i++) {
    const double size = fmax(1e-6, fmax(fabs(train->before[i]), fabs(train->after[i])));
    const double change = fabs(train->after[i] - train->before[i]) / size;
    if (change > largest) {
      largest = change;
      *slowest = i % n;
    }
  }
  return largest;
}

/* Beats that nobody watches, until the last ones are due or the cells have settled. */
static PetscErrorCode settle(struct train *train, int64_t last, const struct hc_progress_report *progress,
                             struct hc_pace_outcome *outcome)
{
  const struct hc_pacing_params *pacing = train->pacing;
  const double length = pacing->cycle_length, total = (double)pacing->beats * length;
  struct hc_biomarkers first;

  PetscFunctionBeginUser;
  while (outcome->beats < last && !outcome->converged && !outcome->stopped) {
    if (pacing->converged_below > 0)
      PetscCall(states_of(train, train->before));
    /* the first beat, from rest, shows how large an action potential of this cell is */
    struct hc_watcher *beats = outcome->beats == 0 ? train->beats : NULL;
    if (beats)
      hc_watcher_start(beats, NULL);
    PetscCall(hc_beat(train->batch, train->stimulus, pacing->stimulus_duration, length, beats, NULL));
    for (int cell = 0; beats && cell < train->n_cells; cell++)
      hc_watcher_end(beats, cell, &first);
    outcome->beats++;
    if (pacing->converged_below > 0) {
      PetscCall(states_of(train, train->after));
      outcome->change = change_of(train, &outcome->slowest);
      outcome->converged = outcome->change <= pacing->converged_below;
      outcome->settled = outcome->converged ? outcome->beats : 0;
    }
    hc_tell(progress, (double)outcome->beats * length, total);
    outcome->stopped = is_stopped(progress);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Which of two beats is reported: the steeper one; one whose repolarisation has no slope never. */
static bool is_better(const struct hc_pacing_params *pacing, const struct hc_biomarkers *best,
                      const struct hc_biomarkers *now)
{
  if (pacing->report == HC_REPORT_LAST)
    return true;
  return now->dvdt_repolarisation > best->dvdt_repolarisation || isnan(best->dvdt_repolarisation);
}

static PetscErrorCode watch(struct train *train, int64_t watched, const struct hc_batch_observer *observer,
                            int64_t record_beats, const struct hc_progress_report *progress,
                            struct hc_biomarkers *found, int64_t *reported, struct hc_biomarkers *last,
                            struct hc_pace_outcome *outcome)
{
  const double length = train->pacing->cycle_length;

  PetscFunctionBeginUser;
  outcome->first_watched = outcome->beats + 1;
  for (int64_t beat = 0; beat < watched && !outcome->stopped; beat++) {
    hc_watcher_start(train->beats, NULL);
    PetscCall(states_of(train, train->before));
    PetscCall(hc_beat(train->batch, train->stimulus, train->pacing->stimulus_duration, length, train->beats,
                      beat >= watched - record_beats ? observer : NULL));
    PetscCall(states_of(train, train->after));
    outcome->beats++;
    outcome->change = change_of(train, &outcome->slowest);
    for (int cell = 0; cell < train->n_cells; cell++) {
      struct hc_biomarkers now;
      hc_watcher_end(train->beats, cell, &now);
      if (beat == 0 || is_better(train->pacing, &found[cell], &now)) {
        found[cell] = now;
        if (reported)
          reported[cell] = outcome->beats;
      }
      if (last) {
        last[2 * cell] = beat == 0 ? now : last[2 * cell + 1];
        last[2 * cell + 1] = now;
      }
    }
    hc_tell(progress, (double)outcome->beats * length, (double)train->pacing->beats * length);
    outcome->stopped = is_stopped(progress);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_pace(struct hc_batch *batch, const struct hc_cell_model *model, int n_cells,
                       const struct hc_pacing_params *pacing, const struct hc_batch_observer *observer,
                       int64_t record_beats, const struct hc_progress_report *progress, struct hc_biomarkers *found,
                       int64_t *reported, struct hc_biomarkers *last, struct hc_pace_outcome *outcome)
{
  const struct hc_pacing_params own = hc_pacing_of(pacing, model);
  struct train train = {.batch = batch, .model = model, .n_cells = n_cells, .pacing = &own};
  const int64_t watched = PetscMin(own.beats, PetscMax(own.watch_last, record_beats));
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *outcome = (struct hc_pace_outcome){.change = NAN, .slowest = -1};
  PetscCall(PetscMalloc3(n_cells, &train.stimulus, n_cells * model->n_states, &train.before, n_cells * model->n_states,
                         &train.after));
  for (int cell = 0; cell < n_cells; cell++)
    train.stimulus[cell] = own.stimulus;
  PetscCall(hc_watcher_create(model, n_cells, &train.beats));
  code = settle(&train, own.beats - watched, progress, outcome);
  if (!code)
    code = watch(&train, watched, observer, record_beats, progress, found, reported, last, outcome);
  hc_watcher_destroy(&train.beats);
  PetscCall(PetscFree3(train.stimulus, train.before, train.after));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- The protocol ------------------------------------------------------------------------------------------------ */

static void put_outcome(struct hc_experiment *experiment, const struct hc_pace_outcome *outcome)
{
  const struct hc_cell_model *model = experiment->subject->model;
  const bool asked = experiment->study->pacing.converged_below > 0;
  json_object_set_new(experiment->common, "beats", json_integer((json_int_t)outcome->beats));
  json_object_set_new(experiment->common, "converged", asked ? json_boolean(outcome->converged) : json_null());
  if (outcome->settled > 0)
    json_object_set_new(experiment->common, "converged_after_beats", json_integer((json_int_t)outcome->settled));
  json_object_set_new(experiment->common, "change_per_beat", hc_json_real(outcome->change));
  if (outcome->slowest >= 0)
    json_object_set_new(experiment->common, "change_per_beat_of", json_string(model->states[outcome->slowest].name));
}

bool hc_is_two_to_one(const struct hc_biomarkers last[2])
{
  const struct hc_biomarkers *missed = &last[last[0].captured ? 1 : 0];
  return last[0].captured != last[1].captured && (missed->repolarised || !missed->depolarised_at_start);
}

/* Alternans is what two successive action potentials differ by; of 2:1 block there is one in two beats. */
static void put_pair(json_t *record, const struct hc_biomarkers last[2])
{
  json_object_set_new(record, "apd90_last_two_ms",
                      json_pack("[o, o]", hc_json_real(last[0].apd90), hc_json_real(last[1].apd90)));
  json_object_set_new(record, "alternans_ms", hc_json_real(fabs(last[1].apd90 - last[0].apd90)));
  json_object_set_new(record, "block_2_to_1", json_boolean(hc_is_two_to_one(last)));
}

PetscErrorCode hc_save_states(const struct hc_experiment *experiment, int64_t beats, bool converged)
{
  const struct hc_subject *subject = experiment->subject;
  const char *path = experiment->options->save_state;
  const struct hc_cell_origin origin = {
      .cl = experiment->study->pacing.cycle_length, .beats = beats, .converged = converged};
  double *y;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  if (!path)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(subject->model->n_states, &y));
  code = hc_batch_get(subject->batch, 0, y);
  if (!code)
    code = hc_cell_states_write(path, subject->model, subject->parameters, y, &origin);
  PetscCall(PetscFree(y));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_open_traces(struct hc_experiment *experiment)
{
  const struct hc_subject *subject = experiment->subject;
  char label[64];

  PetscFunctionBeginUser;
  for (int cell = 0; cell < subject->n_cells; cell++) {
    if (subject->doses)
      snprintf(label, sizeof label, "%s_%g", subject->dose_key, subject->doses[cell]);
    else
      snprintf(label, sizeof label, "cell");
    PetscCall(
        hc_chart_open(experiment->recorder, cell, label, subject->dose_key, subject->doses ? subject->doses[cell] : 0));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode pace(struct hc_experiment *experiment, struct hc_biomarkers *found, int64_t *reported,
                           struct hc_biomarkers *last)
{
  struct hc_subject *subject = experiment->subject;
  const struct hc_laboratory_params *study = experiment->study;
  const struct hc_batch_observer observer = {.context = experiment->recorder, .see = hc_chart_see};
  struct hc_pace_outcome outcome;

  PetscFunctionBeginUser;
  PetscCall(hc_open_traces(experiment));
  PetscCall(hc_pace(subject->batch, subject->model, subject->n_cells, &study->pacing, &observer, study->output.beats,
                    &experiment->options->progress, found, reported, last, &outcome));
  PetscCall(experiment->recorder->failed);
  put_outcome(experiment, &outcome);
  for (int cell = 0; cell < subject->n_cells; cell++) {
    hc_json_biomarkers(experiment->record[cell], &found[cell]);
    json_object_set_new(experiment->record[cell], "reported_beat", json_integer((json_int_t)reported[cell]));
    put_pair(experiment->record[cell], last + (ptrdiff_t)2 * cell);
  }
  PetscCall(hc_save_states(experiment, outcome.beats, outcome.converged));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_protocol_pace(struct hc_experiment *experiment)
{
  const struct hc_subject *subject = experiment->subject;
  struct hc_biomarkers *found, *last;
  int64_t *reported;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  if (subject->stimulus == 0) {
    PetscCall(hc_watch_spontaneous(experiment));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(PetscMalloc3(subject->n_cells, &found, subject->n_cells, &reported, 2 * subject->n_cells, &last));
  code = pace(experiment, found, reported, last);
  PetscCall(PetscFree3(found, reported, last));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
