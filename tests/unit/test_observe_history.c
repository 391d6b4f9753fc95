/* Beats of random action potentials against a plain reading of the whole history. */
#include "test_observe_case.h"

enum { SAMPLES = 2000, BEATS = 6, PERCENTS = 3 };
static const double percents[PERCENTS] = {20, 50, 90};
static const double refractory = 40, threshold = -20; /* ms, mV */
/* Steps of 1 ms, and of 0.7 ms, of which 5 ms is no multiple. */
static const int step_tenths[] = {10, 7}; /* ms / 10 */
static int tenths = 10;

static double uniform(uint64_t *state)
{
  *state ^= *state << 13; /* xorshift, Marsaglia 2003, doi:10.18637/jss.v008.i14 */
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return (double)(*state >> 11) * 0x1p-53;
}

/* Spike, notch, dome (now and then higher than the spike), repolarisation (now and then cut short by the next beat). */
static void random_history(uint64_t *state, double *v)
{
  double level = -85;
  int k = 0;
  while (k < SAMPLES) {
    const double rest = -88 + 6 * uniform(state), spike = 10 + 30 * uniform(state);
    const double notch = spike - 50 * uniform(state), dome = notch + 45 * uniform(state);
    const double target[] = {spike, notch, dome, dome - 15 * uniform(state), uniform(state) < 0.2 ? -45 : rest, rest};
    const double rate[] = {80, 6, 3, 0.3, 0.5 + uniform(state), 1};
    const int phases = uniform(state) < 0.2 ? 5 : 6;
    for (int p = 0; p < phases; p++)
      while (k < SAMPLES && fabs(level - target[p]) > rate[p]) {
        level += (target[p] > level ? 1 : -1) * rate[p] * (0.5 + 0.5 * uniform(state));
        v[k++] = level;
      }
    for (int pause = (int)(60 * uniform(state)); pause > 0 && k < SAMPLES; pause--)
      v[k++] = level;
  }
}

static double cross(const double *v, int k, double level)
{
  return (k - 1 + (level - v[k - 1]) / (v[k] - v[k - 1])) * tenths / 10;
}

struct beat {
  double activation, rest, peak, repolarised[PERCENTS];
};

/* First and last sample after `first` at which v has come down to `level`; -1: none. */
static void ways_down(const double *v, int first, int end, double level, int *earliest, int *latest)
{
  *earliest = *latest = -1;
  for (int k = first + 1; k < end; k++)
    if (v[k - 1] > level && v[k] <= level) {
      *earliest = *earliest < 0 ? k : *earliest;
      *latest = k;
    }
}

/* The samples that may be rest: the first at or past each 5 ms, but for the last one before each beat. */
static void mark_rest(int n, const int *start, bool *may_be_rest)
{
  for (int k = 0; k < SAMPLES; k++)
    may_be_rest[k] = k * tenths % 50 < tenths;
  for (int b = 0; b < n; b++) {
    int k = start[b];
    may_be_rest[k--] = false;
    while (k > 0 && !may_be_rest[k])
      k--;
    may_be_rest[k] = false;
  }
}

/* A beat from its samples [start, end); *from is where to look for rest from, and is moved on for the next beat. */
static void read_beat(const double *v, const bool *may_be_rest, int *from, int start, int end, struct beat *beat)
{
  int top = start;
  beat->rest = v[*from];
  for (int k = *from; k < start; k++)
    beat->rest = may_be_rest[k] ? fmin(beat->rest, v[k]) : beat->rest;
  for (int k = start; k < end; k++)
    if (v[k] > v[top])
      top = k;
  beat->peak = v[top];
  for (int p = 0; p < PERCENTS; p++) {
    const double level = beat->peak - percents[p] / 100 * (beat->peak - beat->rest);
    int earliest, latest;
    ways_down(v, top, end, level, &earliest, &latest);
    beat->repolarised[p] = earliest < 0 ? NAN : cross(v, earliest, level);
    if (p == PERCENTS - 1 && latest >= 0)
      *from = latest;
  }
}

/* All beats of a history, each from its window of samples. */
static int read_history(const double *v, struct beat *beats)
{
  int n = 0, start[SAMPLES + 1];
  double last = -INFINITY;
  int from = 0; /* where to look for rest from */
  bool may_be_rest[SAMPLES];
  for (int k = 1; k < SAMPLES; k++)
    if (v[k - 1] < threshold && v[k] >= threshold && cross(v, k, threshold) - last >= refractory) {
      last = cross(v, k, threshold);
      beats[n].activation = last;
      start[n++] = k;
    }
  start[n] = SAMPLES;
  mark_rest(n, start, may_be_rest);
  for (int b = 0; b < n; b++)
    read_beat(v, may_be_rest, &from, start[b], start[b + 1], &beats[b]);
  return n;
}

/* Field f of the observer as the history has it. */
static double expected_field(const struct beat *beat, int f)
{
  if (f == 0)
    return beat->activation;
  if (f == 1 + 2 * PERCENTS)
    return beat->peak;
  if (f == 2 + 2 * PERCENTS)
    return beat->rest;
  return beat->repolarised[(f - 1) / 2] - (f % 2 ? 0 : beat->activation);
}

/* The fields of a beat at all nodes, node i from its history. */
static void compare_beat(const struct hc_observe *observe, int n, int beat, const struct beat *expected)
{
  double *values;
  ck_call(PetscMalloc1((size_t)n, &values));
  for (int f = 0; f < hc_observe_n_fields(observe); f++) {
    const char *name, *unit;
    ck_call(hc_observe_field(observe, f, beat, &name, &unit, values));
    for (int i = 0; i < n; i++) {
      const double want = expected_field(&expected[i], f);
      ck_assert_msg((isnan(values[i]) && isnan(want)) || fabs(values[i] - want) < 1e-9, "%s: %.15g, not %.15g", name,
                    values[i], want);
    }
  }
  ck_call(PetscFree(values));
}

START_TEST(random_beats_match_their_history)
{
  struct bench bench;
  struct hc_observe *observe;
  bench_mesh(&bench, HC_TETRAHEDRON, 4, 4, 2, 1);
  bench_params(&bench, "{activation_threshold: -20, apd: [20, 50, 90], beats: 6, refractory: 40}");
  const int n = bench.mesh->n_owned;
  tenths = step_tenths[_i];
  double *history, *v[2];
  struct beat *beats, *expected;
  ck_call(PetscMalloc1((size_t)n * SAMPLES, &history));
  ck_call(PetscMalloc1((size_t)n, &v[0]));
  ck_call(PetscMalloc1((size_t)n, &v[1]));
  ck_call(PetscMalloc1((size_t)n, &expected));
  ck_call(PetscMalloc1(SAMPLES, &beats));
  for (int i = 0; i < n; i++) {
    uint64_t state = 88172645463325252ULL + 7919ULL * (uint64_t)bench.mesh->file_node[i];
    random_history(&state, history + (size_t)i * SAMPLES);
    v[0][i] = history[(size_t)i * SAMPLES];
  }
  ck_call(bench_observe(&bench, tenths / 10., &observe));
  ck_call(hc_observe_start(observe, v[0]));
  for (int k = 1; k < SAMPLES; k++) {
    for (int i = 0; i < n; i++)
      v[k % 2][i] = history[(size_t)i * SAMPLES + (size_t)k];
    ck_call(hc_observe_step(observe, k, v[(k - 1) % 2], v[k % 2]));
  }
  int64_t seen[2] = {0, 0}; /* beats, beats that did not repolarise to 90 % */
  for (int b = 0; b < BEATS; b++) {
    for (int i = 0; i < n; i++) {
      const int n_beats = read_history(history + (size_t)i * SAMPLES, beats);
      expected[i] = b < n_beats ? beats[b] : (struct beat){NAN, NAN, NAN, {NAN, NAN, NAN}};
      seen[0] += b < n_beats;
      seen[1] += b < n_beats && isnan(beats[b].repolarised[PERCENTS - 1]);
    }
    compare_beat(observe, n, b, expected);
  }
  MPI_Allreduce(MPI_IN_PLACE, seen, 2, MPI_INT64_T, MPI_SUM, PETSC_COMM_WORLD);
  ck_assert(seen[0] > 100 && seen[1] > 5 && seen[1] < seen[0] / 2); /* the histories are of both kinds */
  hc_observe_destroy(&observe);
  bench_destroy(&bench);
  ck_call(PetscFree(history));
  ck_call(PetscFree(v[0]));
  ck_call(PetscFree(v[1]));
  ck_call(PetscFree(expected));
  ck_call(PetscFree(beats));
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("observe_history");
  TCase *t = tcase_create("observe_history");
  tcase_set_timeout(t, 60);
  tcase_add_loop_test(t, random_beats_match_their_history, 0, sizeof step_tenths / sizeof step_tenths[0]);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
