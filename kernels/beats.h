/* healthcast kernels: one node going through its beats. It waits for the threshold, then for its peak, then for each
 * degree of repolarisation. Voltage is taken as linear between the two that are given, so crossing times are exact for
 * a voltage that is.
 *
 * Rest is the lowest of samples rather than of all voltages, and the last sample before an activation is left out: with
 * corrected mass matrices V undershoots ahead of a front, for a millisecond or so and by more than 10 mV where cells of
 * the mesh are bad. Taken as rest, such a dip would put the level of late repolarisation below the true rest.
 *
 * What is kept of a node is `width` doubles, `stride` apart: the header, then a record a beat. NaN: did not happen. */
#ifndef HC_BEATS_H
#define HC_BEATS_H

#include "blocks.h"
#include "dialect.h"

/* Header: beats so far, the rest that the next beat would have, time of the last activation, and the last sample of V,
 * which is not part of that rest yet. */
enum { HC_NODE_COUNT, HC_NODE_LOWEST, HC_NODE_LAST, HC_NODE_PENDING, HC_NODE_HEADER };
/* A record: activation, rest, peak, then a repolarisation time per percentage. */
enum { HC_BEAT_ACTIVATION, HC_BEAT_REST, HC_BEAT_PEAK, HC_BEAT_REPOLARISED };

/* Time at which the voltage takes the value `level`. */
HC_FN double hc_beats_crossing(HC_CONSTANT struct hc_beats_block *rule, double before, double after, double level)
{
  return (rule->first + (level - before) / (after - before) * (rule->last - rule->first)) * rule->dt;
}

HC_FN double hc_beats_level(double peak, double rest, double percent)
{
  return peak - percent / 100. * (peak - rest);
}

/* Where the record of the beat that the node is in begins, -1 if it has had none or is past the recorded ones. */
HC_FN int hc_beats_current(HC_CONSTANT struct hc_beats_block *rule, double count)
{
  if (count < 1. || count > (double)rule->n_beats)
    return -1;
  return HC_NODE_HEADER + ((int)count - 1) * (HC_BEAT_REPOLARISED + rule->n_percents);
}

/* An upward crossing of the threshold. */
HC_FN void hc_beats_activate(HC_CONSTANT struct hc_beats_block *rule, double before, double after,
                             HC_GLOBAL double *state, hc_int64 stride)
{
  const double time = hc_beats_crossing(rule, before, after, rule->threshold);
  int record;

  if (state[HC_NODE_COUNT * stride] > 0. && time - state[HC_NODE_LAST * stride] < rule->refractory)
    return;
  state[HC_NODE_COUNT * stride] += 1.;
  state[HC_NODE_LAST * stride] = time;
  record = hc_beats_current(rule, state[HC_NODE_COUNT * stride]);
  if (record >= 0) {
    state[(record + HC_BEAT_ACTIVATION) * stride] = time;
    state[(record + HC_BEAT_REST) * stride] = state[HC_NODE_LOWEST * stride];
    state[(record + HC_BEAT_PEAK) * stride] = after;
  }
  state[HC_NODE_PENDING * stride] = HC_NAN;
}

/* Follow the peak, and the way down from it. Crossings before a later, higher peak were none. */
HC_FN void hc_beats_repolarise(HC_CONSTANT struct hc_beats_block *rule, double before, double after,
                               HC_GLOBAL double *record, hc_int64 stride)
{
  if (after > record[HC_BEAT_PEAK * stride]) {
    record[HC_BEAT_PEAK * stride] = after;
    for (int p = 0; p < rule->n_percents; p++)
      record[(HC_BEAT_REPOLARISED + p) * stride] = HC_NAN;
  }
  for (int p = 0; p < rule->n_percents; p++) {
    const double known = record[(HC_BEAT_REPOLARISED + p) * stride];
    const double level =
        hc_beats_level(record[HC_BEAT_PEAK * stride], record[HC_BEAT_REST * stride], rule->percents[p]);
    if (known != known && before > level && after <= level)
      record[(HC_BEAT_REPOLARISED + p) * stride] = hc_beats_crossing(rule, before, after, level);
  }
}

/* The rest so far has one more sample, and the newest one waits. */
HC_FN void hc_beats_sample(double after, HC_GLOBAL double *state, hc_int64 stride)
{
  const double pending = state[HC_NODE_PENDING * stride];

  if (pending < state[HC_NODE_LOWEST * stride]) /* a NaN is not */
    state[HC_NODE_LOWEST * stride] = pending;
  state[HC_NODE_PENDING * stride] = after;
}

HC_FN void hc_beats_node(HC_CONSTANT struct hc_beats_block *rule, double before, double after, HC_GLOBAL double *state,
                         hc_int64 stride)
{
  const int current = hc_beats_current(rule, state[HC_NODE_COUNT * stride]);
  HC_GLOBAL double *record;
  double end;

  if (before < rule->threshold && after >= rule->threshold) {
    hc_beats_activate(rule, before, after, state, stride);
    if (hc_beats_current(rule, state[HC_NODE_COUNT * stride]) != current)
      return; /* a new beat: nothing to repolarise from yet */
  }
  if (rule->sample)
    hc_beats_sample(after, state, stride);
  if (current < 0)
    return;
  record = state + current * stride;
  hc_beats_repolarise(rule, before, after, record, stride);
  /* The next beat's rest is looked for from the end of this one on. */
  end = hc_beats_level(record[HC_BEAT_PEAK * stride], record[HC_BEAT_REST * stride], rule->end_percent);
  if (before > end && after <= end) {
    state[HC_NODE_LOWEST * stride] = after;
    state[HC_NODE_PENDING * stride] = HC_NAN;
  }
}

HC_FN void hc_beats_begin(int width, double v, HC_GLOBAL double *state, hc_int64 stride)
{
  for (int k = 0; k < width; k++)
    state[k * stride] = HC_NAN;
  state[HC_NODE_COUNT * stride] = 0.;
  state[HC_NODE_LOWEST * stride] = v;
}

#endif
