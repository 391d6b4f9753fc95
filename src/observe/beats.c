/* Each node goes through its beats: it waits for the threshold, then for its peak, then for each degree of
 * repolarisation. Voltage is taken as linear within a step, so crossing times are exact for a voltage that is.
 *
 * Rest is the lowest of samples rather than of all voltages, and the last sample before an activation is left out: with
 * the consistent mass matrix V undershoots ahead of a front, for a millisecond or so and by more than 10 mV where cells
 * of the mesh are bad. Taken as rest, such a dip would put the level of late repolarisation below the true rest. */
#include "internal.h"

#include <math.h>
#include <string.h>

static const double REST_SAMPLING = 5.; /* ms: longer than an undershoot, far shorter than a diastole */

PetscErrorCode hc_beats_create(const struct hc_observe_params *params, int n_nodes, double dt, struct hc_beats *beats)
{
  PetscFunctionBeginUser;
  *beats = (struct hc_beats){.threshold = params->activation_threshold,
                             .refractory = params->refractory,
                             .dt = dt,
                             .n_beats = (int)params->beats,
                             .n_percents = params->apd.n,
                             .percents = params->apd.v,
                             .n_nodes = n_nodes};
  beats->width = HC_NODE_HEADER + beats->n_beats * (HC_BEAT_REPOLARISED + beats->n_percents);
  beats->end_percent = params->apd.n > 0 ? 0. : 90.;
  for (int p = 0; p < params->apd.n; p++)
    beats->end_percent = fmax(beats->end_percent, params->apd.v[p]);
  PetscCall(PetscMalloc1((size_t)n_nodes * (size_t)beats->width, &beats->state));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_beats_destroy(struct hc_beats *beats)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(beats->state));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_beats_start(struct hc_beats *beats, const double *v)
{
  for (int i = 0; i < beats->n_nodes; i++) {
    double *state = beats->state + (size_t)i * (size_t)beats->width;
    for (int k = 0; k < beats->width; k++)
      state[k] = NAN;
    state[HC_NODE_COUNT] = 0.;
    state[HC_NODE_LOWEST] = v[i];
  }
}

/* Where a voltage is followed: from the end of step `first` to that of step `last`. */
struct stretch {
  int64_t first, last;
  bool sample; /* for the rest */
};

/* Time at which a voltage that is linear within the stretch takes the value `level`. */
static double crossing(const struct hc_beats *beats, const struct stretch *stretch, double before, double after,
                       double level)
{
  const double steps = (double)(stretch->last - stretch->first);
  return ((double)stretch->first + (level - before) / (after - before) * steps) * beats->dt;
}

static double level_of(const double *record, double percent)
{
  return record[HC_BEAT_PEAK] - percent / 100. * (record[HC_BEAT_PEAK] - record[HC_BEAT_REST]);
}

/* The node's record of the beat that it is in, NULL if it has had none or is past the recorded ones. */
static double *current_record(const struct hc_beats *beats, double *state)
{
  const double count = state[HC_NODE_COUNT];
  if (count < 1. || count > beats->n_beats)
    return NULL;
  return state + HC_NODE_HEADER + (size_t)(count - 1.) * (size_t)(HC_BEAT_REPOLARISED + beats->n_percents);
}

/* An upward crossing of the threshold. */
static void activate(const struct hc_beats *beats, const struct stretch *stretch, double before, double after,
                     double *state)
{
  const double time = crossing(beats, stretch, before, after, beats->threshold);

  if (state[HC_NODE_COUNT] > 0. && time - state[HC_NODE_LAST] < beats->refractory)
    return;
  state[HC_NODE_COUNT] += 1.;
  state[HC_NODE_LAST] = time;
  double *record = current_record(beats, state);
  if (record) {
    record[HC_BEAT_ACTIVATION] = time;
    record[HC_BEAT_REST] = state[HC_NODE_LOWEST];
    record[HC_BEAT_PEAK] = after;
  }
  state[HC_NODE_PENDING] = NAN;
}

/* Follow the peak, and the way down from it. Crossings before a later, higher peak were none. */
static void repolarise(const struct hc_beats *beats, const struct stretch *stretch, double before, double after,
                       double *record)
{
  if (after > record[HC_BEAT_PEAK]) {
    record[HC_BEAT_PEAK] = after;
    for (int p = 0; p < beats->n_percents; p++)
      record[HC_BEAT_REPOLARISED + p] = NAN;
  }
  for (int p = 0; p < beats->n_percents; p++) {
    const double level = level_of(record, beats->percents[p]);
    if (isnan(record[HC_BEAT_REPOLARISED + p]) && before > level && after <= level)
      record[HC_BEAT_REPOLARISED + p] = crossing(beats, stretch, before, after, level);
  }
}

/* Whether time reached or passed a multiple of REST_SAMPLING in steps. A product that should be a multiple may lie
 * just below it. */
static bool sample_is_due(int64_t first, int64_t last, double dt)
{
  const double samples = dt / REST_SAMPLING, tolerance = 1e-6;
  return floor((double)last * samples + tolerance) > floor((double)first * samples + tolerance);
}

static void step_node(const struct hc_beats *beats, const struct stretch *stretch, double before, double after,
                      double *state)
{
  double *record = current_record(beats, state);

  if (before < beats->threshold && after >= beats->threshold) {
    activate(beats, stretch, before, after, state);
    if (current_record(beats, state) != record) /* a new beat: nothing to repolarise from yet */
      return;
  }
  if (stretch->sample) {
    state[HC_NODE_LOWEST] = fmin(state[HC_NODE_LOWEST], state[HC_NODE_PENDING]); /* NAN is no operand to fmin */
    state[HC_NODE_PENDING] = after;
  }
  if (!record)
    return;
  repolarise(beats, stretch, before, after, record);
  /* The next beat's rest is looked for from the end of this one on. */
  const double end = level_of(record, beats->end_percent);
  if (before > end && after <= end) {
    state[HC_NODE_LOWEST] = after;
    state[HC_NODE_PENDING] = NAN;
  }
}

void hc_beats_step(struct hc_beats *beats, int64_t first, int64_t last, const double *before, const double *after)
{
  const struct stretch stretch = {first, last, sample_is_due(first, last, beats->dt)};
  for (int i = 0; i < beats->n_nodes; i++)
    step_node(beats, &stretch, before[i], after[i], beats->state + (size_t)i * (size_t)beats->width);
}
