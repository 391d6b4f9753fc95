/* Quantities for summary.json. */
#include "internal.h"

#include <math.h>

/* JSON has no NAN: what did not happen is null. */
static void put(json_t *json, const char *key, double value)
{
  json_object_set_new(json, key, isfinite(value) ? json_real(value) : json_null());
}

/* First-beat times at all points: activation first, then each repolarisation; times[item * n_points + point]. */
static PetscErrorCode point_times(const struct hc_observe *observe, double *times)
{
  const struct hc_beats *beats = &observe->beats;

  PetscFunctionBeginUser;
  for (int item = 0; item <= beats->n_percents; item++) {
    const int member = item == 0 ? HC_BEAT_ACTIVATION : HC_BEAT_REPOLARISED + item - 1;
    /* No rank without nodes: a partition has none. */
    const double *nodal = hc_beats_record(beats, 0, 0) + member;
    PetscCall(hc_points_values(&observe->points, observe->points.n, nodal, beats->width,
                               times + (size_t)item * (size_t)observe->points.n));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void put_probes(const struct hc_observe *observe, const double *times, json_t *json)
{
  const struct hc_probe_params *probe = observe->params->probes.items;
  const int n = observe->points.n;
  json_t *activation = json_object();

  for (int i = 0; i < observe->params->probes.n; i++)
    put(activation, probe[i].name, times[i]);
  json_object_set_new(json, "activation_ms", activation);
  for (int p = 0; p < observe->params->apd.n; p++) {
    char key[48];
    json_t *duration = json_object();
    for (int i = 0; i < observe->params->probes.n; i++)
      put(duration, probe[i].name, times[(p + 1) * n + i] - times[i]);
    snprintf(key, sizeof key, "apd%g_ms", observe->params->apd.v[p]);
    json_object_set_new(json, key, duration);
  }
}

/* mm/ms = m/s. Negative if the wave went the other way. */
static void put_velocities(const struct hc_observe *observe, const double *times, json_t *json)
{
  const struct hc_velocity_params *velocity = observe->params->velocities.items;
  json_t *velocities = json_object();

  for (int i = 0; i < observe->params->velocities.n; i++) {
    const double *a = velocity[i].from.v, *b = velocity[i].to.v;
    const double *ends = times + observe->params->probes.n + 2 * (size_t)i;
    const double distance = sqrt(pow(b[0] - a[0], 2) + pow(b[1] - a[1], 2) + pow(b[2] - a[2], 2));
    put(velocities, velocity[i].name, distance / (ends[1] - ends[0]));
  }
  json_object_set_new(json, "conduction_velocity_m_per_s", velocities);
}

/* First and last activation of the first beat over all nodes, and how many nodes were activated. */
static PetscErrorCode put_activation(const struct hc_observe *observe, json_t *json)
{
  const struct hc_beats *beats = &observe->beats;
  double extremes[3] = {-INFINITY, -INFINITY, 0.}; /* minus the first, the last, most beats of a node */
  int64_t activated = 0;

  PetscFunctionBeginUser;
  for (int i = 0; i < beats->n_nodes; i++) {
    const double time = hc_beats_record(beats, i, 0)[HC_BEAT_ACTIVATION];
    const double count = beats->state[(size_t)i * (size_t)beats->width + HC_NODE_COUNT];
    extremes[2] = fmax(extremes[2], count);
    if (isnan(time))
      continue;
    activated++;
    extremes[0] = fmax(extremes[0], -time);
    extremes[1] = fmax(extremes[1], time);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, extremes, 3, MPI_DOUBLE, MPI_MAX, observe->mesh->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &activated, 1, MPI_INT64_T, MPI_SUM, observe->mesh->comm));
  if (json) {
    put(json, "activation_first_ms", -extremes[0]);
    put(json, "activation_last_ms", extremes[1]);
    put(json, "activation_total_ms", extremes[1] + extremes[0]);
    put(json, "activated_fraction", (double)activated / (double)observe->mesh->n_nodes);
    json_object_set_new(json, "beats", json_integer((json_int_t)extremes[2]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_observe_summary(const struct hc_observe *observe, json_t *json)
{
  double *times;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)(1 + observe->params->apd.n) * (size_t)observe->points.n, &times));
  PetscCall(point_times(observe, times));
  if (json) {
    put_probes(observe, times, json);
    put_velocities(observe, times, json);
  }
  PetscCall(PetscFree(times));
  PetscCall(put_activation(observe, json));
  PetscFunctionReturn(PETSC_SUCCESS);
}
