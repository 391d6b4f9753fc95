/* healthcast observe: what is watched while a heart beats. Floor 5. Sees voltages and times only, never a model. */
#ifndef HC_OBSERVE_H
#define HC_OBSERVE_H

#include "device.h"
#include "fe.h"
#include "params.h"

#include <jansson.h>

struct hc_probe_params {
  const struct hc_params *params;
  char *name;
  struct hc_reals point; /* mm */
};
struct hc_velocity_params {
  const struct hc_params *params;
  char *name;
  struct hc_reals from, to; /* mm */
};

/* Input block `observe`. */
struct hc_observe_params {
  const struct hc_params *params;
  double activation_threshold; /* mV, crossed upwards */
  struct hc_reals apd;         /* percentages, e.g. [50, 90] */
  int64_t beats;               /* beats recorded a node; later ones are counted only */
  double refractory;           /* ms after an activation in which no new one is counted */
  struct hc_list probes;       /* struct hc_probe_params: V(t) */
  double probe_every;          /* ms */
  struct hc_list velocities;   /* struct hc_velocity_params */
  struct hc_list electrodes;   /* struct hc_probe_params: pseudo-ECG */
  double ecg_every;            /* ms */
  double ecg_conductivity;     /* sigma_b, S/m */
};
extern const struct hc_block hc_observe_block;

struct hc_observe;

/* intracellular: sigma_i tensors, 6 per local cell, S/m (used here only). dt: ms. mesh and params are borrowed. Probes
 * and velocity points outside the mesh (no node within 0.1 mm), electrodes in the tissue or within 0.1 mm of it, and
 * sampling intervals that are no multiple of dt: HC_ERR_INPUT. Memory: hc_observe_width() doubles a node and one a node
 * for each electrode. Collective. */
PetscErrorCode hc_observe_create(const struct hc_mesh *mesh, const double *intracellular, double dt,
                                 const struct hc_observe_params *params, struct hc_observe **observe);
void hc_observe_destroy(struct hc_observe **observe);

/* After a step: V before (t) and after (t + dt) at owned nodes, mV; step: number of the step that ended, t + dt = step
 * dt. Activation: V crosses the threshold upwards, time by linear interpolation within the step. Repolarisation at x %:
 * V falls to peak - x/100 (peak - rest), peak = highest V since the activation; a crossing before a higher peak (the
 * notch of an epicardial action potential) does not count. Rest = lowest of V at the previous repolarisation (at the
 * largest percentage; of the first beat V at the start of the run) and of samples taken since then every 5 ms (at the
 * first step at or past each multiple), without the last sample before an activation: so V less than about 5 ms before
 * the activation, where it may undershoot ahead of the front, is not taken as rest. The first call is preceded by
 * hc_observe_start (V at the initial time; records probes and ECG there) or by hc_observe_unpack. Collective only on
 * steps where probes or the ECG are due. */
PetscErrorCode hc_observe_start(struct hc_observe *observe, const double *v);
PetscErrorCode hc_observe_step(struct hc_observe *observe, int64_t step, const double *before, const double *after);

/* The same for several steps taken at once, of which number `first` was the last before them and `step` is the last of
 * them: V is taken as linear in between. */
PetscErrorCode hc_observe_steps(struct hc_observe *observe, int64_t first, int64_t step, const double *before,
                                const double *after);

/* Watch on a device from now on, with voltages that lie there (n_owned numbers of hc_device_wide() bytes): before the
 * first call of the others. The state of the nodes stays there until hc_observe_fetch(), which must come before
 * anything below that reads it: fields, beats, the summary, hc_observe_pack(). */
PetscErrorCode hc_observe_move(struct hc_observe *observe, struct hc_device *device);
PetscErrorCode hc_observe_device_start(struct hc_observe *observe, const struct hc_buffer *v);
PetscErrorCode hc_observe_device_steps(struct hc_observe *observe, int64_t first, int64_t step,
                                       const struct hc_buffer *before, const struct hc_buffer *after);
PetscErrorCode hc_observe_fetch(struct hc_observe *observe); /* nothing happens without a device; not collective */

/* The first step after `step` at which probes or the ECG are due, INT64_MAX if none is. */
int64_t hc_observe_next(const struct hc_observe *observe, int64_t step);

/* Nodal results (owned nodes) by name: "activation", "repolarisation_90", "apd_90", "peak", "rest", of beat b
 * (0-based), ms or mV, NAN where it did not happen. */
int hc_observe_n_fields(const struct hc_observe *observe);
PetscErrorCode hc_observe_field(const struct hc_observe *observe, int i, int beat, const char **name, const char **unit,
                                double *values);
int hc_observe_beats(
    const struct hc_observe *observe); /* beats that any node has had so far, at most params->beats. Collective. */

/* State for checkpoints: hc_observe_width() doubles per owned node, and traces (on rank 0) as text. */
int hc_observe_width(const struct hc_observe *observe);
PetscErrorCode hc_observe_pack(const struct hc_observe *observe, double *values);
PetscErrorCode hc_observe_unpack(struct hc_observe *observe, const double *values);
/* Probe and ECG traces so far: names, units, samples x (1 + n) with time first. Rank 0 holds them; n_samples = 0
 * elsewhere. Borrowed. */
struct hc_traces {
  const char *title; /* "probes" or "ecg" */
  int n;             /* columns beside time */
  const char *const *names;
  const char *unit;
  int64_t n_samples;
  double *samples; /* n_samples x (1 + n) */
};
void hc_observe_traces(const struct hc_observe *observe, struct hc_traces *probes, struct hc_traces *ecg);
PetscErrorCode hc_observe_traces_restore(struct hc_observe *observe, const struct hc_traces *probes,
                                         const struct hc_traces *ecg);

/* Quantities of the first beat for summary.json into `json` (on rank 0; NULL elsewhere), null where it did not happen:
 * activation_ms and apd<x>_ms at probes by name (interpolated from the nodes of the cell),
 * conduction_velocity_m_per_s by name (distance of the points over the difference of their activation times; negative
 * if `to` came first), activation_first_ms, activation_last_ms, activation_total_ms (last minus first),
 * activated_fraction (of the nodes), beats (most that any node has had, recorded or not). Collective. */
PetscErrorCode hc_observe_summary(const struct hc_observe *observe, json_t *json);

#endif
