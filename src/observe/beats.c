/* Nodes going through their beats: kernels/beats.h, over the nodes of this rank. */
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
  PetscCall(PetscCalloc1((size_t)n_nodes * (size_t)beats->width, &beats->state));
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
  for (int i = 0; i < beats->n_nodes; i++)
    hc_beats_begin(beats->width, v[i], beats->state + (size_t)i * (size_t)beats->width, 1);
}

/* Whether time reached or passed a multiple of REST_SAMPLING in steps. A product that should be a multiple may lie
 * just below it. */
static bool sample_is_due(int64_t first, int64_t last, double dt)
{
  const double samples = dt / REST_SAMPLING, tolerance = 1e-6;
  return floor((double)last * samples + tolerance) > floor((double)first * samples + tolerance);
}

struct hc_beats_block hc_beats_rule(const struct hc_beats *beats, int64_t first, int64_t last)
{
  struct hc_beats_block rule = {.threshold = beats->threshold,
                                .refractory = beats->refractory,
                                .dt = beats->dt,
                                .end_percent = beats->end_percent,
                                .first = (double)first,
                                .last = (double)last,
                                .n_beats = beats->n_beats,
                                .n_percents = beats->n_percents,
                                .sample = sample_is_due(first, last, beats->dt)};

  memcpy(rule.percents, beats->percents, (size_t)beats->n_percents * sizeof *rule.percents);
  return rule;
}

void hc_beats_step(struct hc_beats *beats, int64_t first, int64_t last, const double *before, const double *after)
{
  const struct hc_beats_block rule = hc_beats_rule(beats, first, last);
  for (int i = 0; i < beats->n_nodes; i++)
    hc_beats_node(&rule, before[i], after[i], beats->state + (size_t)i * (size_t)beats->width, 1);
}
