/* Activation, repolarisation, probes and velocities against voltages whose crossing times are known. */
#include "test_observe_case.h"

/* A stylised action potential, linear between its corners: rest, upstroke, peak, two slopes down, rest again. */
static const double corner_time[] = {0, 2, 3, 53, 153, 173};
static const double corner_v[] = {-85, 25, 25, 0, -65, -85};
enum { CORNERS = 6 };

static double shape(double t)
{
  if (t <= corner_time[0])
    return corner_v[0];
  for (int i = 1; i < CORNERS; i++)
    if (t <= corner_time[i])
      return corner_v[i - 1] +
             (corner_v[i] - corner_v[i - 1]) * (t - corner_time[i - 1]) / (corner_time[i] - corner_time[i - 1]);
  return corner_v[CORNERS - 1];
}

/* When the shape first takes the value v, upwards or downwards. */
static double when(double v, bool up)
{
  for (int i = 1; i < CORNERS; i++) {
    const double a = corner_v[i - 1], b = corner_v[i];
    if (up ? (a < v && v <= b) : (a > v && v >= b))
      return corner_time[i - 1] + (v - a) / (b - a) * (corner_time[i] - corner_time[i - 1]);
  }
  return NAN;
}

/* Onset of the first beat at a node, on the grid of time steps: 2 ms a mm along x, or against it. */
static const double dt = 0.5;
static bool backwards = false;
static double dip = 0; /* mV by which V undershoots for a millisecond, 1.5 to 0.5 ms before each onset */
static double onset(const double *x)
{
  return 10 + 2 * (backwards ? 6 - x[0] : x[0]);
}

static double voltage(const double *x, double t)
{
  const double period = 400;
  const double beat = floor((t - onset(x)) / period), next = onset(x) + fmax(0, beat + 1) * period;
  const bool dips = t > next - 1.5 - 1e-9 && t < next - 0.5 + 1e-9;
  return shape(t - onset(x) - (beat > 0 ? beat * period : 0)) - (dips ? dip : 0);
}

static void fill(const struct hc_mesh *mesh, double t, double *v)
{
  for (int i = 0; i < mesh->n_owned; i++)
    v[i] = voltage(mesh->xyz + 3 * (size_t)i, t);
}

/* Steps first + 1 .. last of the run; starts it if first is 0. */
static void march(const struct hc_mesh *mesh, struct hc_observe *observe, int64_t first, int64_t last)
{
  double *before, *after;
  ck_call(PetscMalloc1((size_t)mesh->n_owned, &before));
  ck_call(PetscMalloc1((size_t)mesh->n_owned, &after));
  fill(mesh, (double)first * dt, before);
  if (first == 0)
    ck_call(hc_observe_start(observe, before));
  for (int64_t step = first + 1; step <= last; step++) {
    fill(mesh, (double)step * dt, after);
    ck_call(hc_observe_step(observe, step, before, after));
    memcpy(before, after, (size_t)mesh->n_owned * sizeof *before);
  }
  ck_call(PetscFree(before));
  ck_call(PetscFree(after));
}

static const char *const two_beats = "activation_threshold: -3\n"
                                     "apd: [30, 90, 50.5]\n"
                                     "beats: 2\n"
                                     "probe_every: 2\n"
                                     "probes: [{name: P1, point: [0, 0, 0]}, {name: P2, point: [3.7, 0.3, 1.1]}]\n"
                                     "velocities:\n"
                                     "  - {name: along, from: [1, 1, 1], to: [5, 1, 1]}\n"
                                     "  - {name: back, from: [5.5, 0.5, 1], to: [0.5, 0.5, 1]}\n"
                                     "  - {name: across, from: [2, 0, 0], to: [2, 1, 0]}\n"
                                     "electrodes: [{name: E, point: [20, 1, 1]}]\n"
                                     "ecg_every: 5\n";

/* Field f of a beat of the shape above that starts at `start`, for the percentages of two_beats. */
static double linear_field(int f, double start)
{
  const double percent[3] = {30, 90, 50.5};
  if (f == 0)
    return start + when(-3, true);
  if (f == 7)
    return 25;
  if (f == 8)
    return -85;
  const double down = when(25 - percent[(f - 1) / 2] / 100 * 110, false);
  return f % 2 ? start + down : down - when(-3, true);
}

/* All fields of two beats as the corners of the shape have them. */
static void fields_are_exact(const struct hc_mesh *mesh, const struct hc_observe *observe)
{
  const char *const names[] = {"activation", "repolarisation_30",   "apd_30",   "repolarisation_90",
                               "apd_90",     "repolarisation_50.5", "apd_50.5", "peak",
                               "rest"};
  double *values;
  ck_assert_int_eq(hc_observe_n_fields(observe), 9);
  ck_assert_int_eq(hc_observe_beats(observe), 2);
  ck_call(PetscMalloc1((size_t)mesh->n_owned, &values));
  for (int beat = 0; beat < 2; beat++)
    for (int f = 0; f < 9; f++) {
      const char *name, *unit;
      ck_call(hc_observe_field(observe, f, beat, &name, &unit, values));
      ck_assert_str_eq(name, names[f]);
      ck_assert_str_eq(unit, f < 7 ? "ms" : "mV");
      for (int i = 0; i < mesh->n_owned; i++) {
        const double expected = linear_field(f, onset(mesh->xyz + 3 * (size_t)i) + 400. * beat);
        ck_assert_msg(fabs(values[i] - expected) < 1e-10, "%s of beat %d: %.15g, not %.15g", name, beat, values[i],
                      expected);
      }
    }
  ck_call(PetscFree(values));
}

START_TEST(crossings_are_exact_for_linear_voltage)
{
  struct bench bench;
  struct hc_observe *observe;
  bench_mesh(&bench, HC_TETRAHEDRON, 6, 2, 2, 1);
  bench_params(&bench, two_beats);
  ck_call(bench_observe(&bench, dt, &observe));
  march(bench.mesh, observe, 0, 2400); /* to 1200 ms: three beats, of which two are recorded */
  fields_are_exact(bench.mesh, observe);
  hc_observe_destroy(&observe);
  bench_destroy(&bench);
}
END_TEST

/* Onsets are 2 ms apart, so that dips fall between samples of the rest and, at x = 3, on one. */
START_TEST(an_undershoot_before_the_upstroke_is_not_rest)
{
  struct bench bench;
  struct hc_observe *observe;
  bench_mesh(&bench, HC_TETRAHEDRON, 6, 2, 2, 1);
  bench_params(&bench, two_beats);
  ck_call(bench_observe(&bench, dt, &observe));
  dip = 15;
  march(bench.mesh, observe, 0, 2400);
  dip = 0;
  fields_are_exact(bench.mesh, observe);
  hc_observe_destroy(&observe);
  bench_destroy(&bench);
}
END_TEST

/* V in stairs with steps of 1 ms. Neither an undershoot before a beat that does not repolarise (its sample at 20 ms)
 * nor V between two falls to the level of repolarisation (-70 mV, at 120 and 128 ms; sample at 125 ms) is rest of the
 * beat after it. */
START_TEST(rest_is_looked_for_between_beats)
{
  static const struct {
    int step;
    double v;
  } stairs[] = {{0, -80}, {20, -95},  {21, -80},  {22, 20},   {40, -60},
                {70, 20}, {120, -85}, {126, -65}, {128, -75}, {140, 20}};
  const double rest[3] = {-80, -80, -75};
  struct bench bench;
  struct hc_observe *observe;
  double *v[2];
  bench_mesh(&bench, HC_TETRAHEDRON, 2, 2, 2, 1);
  bench_params(&bench, "{activation_threshold: -20, apd: [90], beats: 3, refractory: 10}");
  const int n = bench.mesh->n_owned;
  for (int k = 0; k < 2; k++)
    ck_call(PetscMalloc1((size_t)n, &v[k]));
  ck_call(bench_observe(&bench, 1, &observe));
  for (int step = 0, stair = -1; step < 150; step++) {
    stair += stair + 1 < (int)(sizeof stairs / sizeof stairs[0]) && stairs[stair + 1].step == step;
    for (int i = 0; i < n; i++)
      v[step % 2][i] = stairs[stair].v;
    ck_call(step == 0 ? hc_observe_start(observe, v[0])
                      : hc_observe_step(observe, step, v[(step - 1) % 2], v[step % 2]));
  }
  for (int beat = 0; beat < 3; beat++) {
    const char *name, *unit;
    ck_call(hc_observe_field(observe, hc_observe_n_fields(observe) - 1, beat, &name, &unit, v[0]));
    for (int i = 0; i < n; i++)
      ck_assert_msg(v[0][i] == rest[beat], "rest of beat %d: %g, not %g", beat, v[0][i], rest[beat]);
  }
  hc_observe_destroy(&observe);
  for (int k = 0; k < 2; k++)
    ck_call(PetscFree(v[k]));
  bench_destroy(&bench);
}
END_TEST

/* The summary as an object on rank 0, NULL elsewhere. */
static json_t *bench_summary(const struct hc_observe *observe)
{
  int rank;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  json_t *json = rank == 0 ? json_object() : NULL;
  ck_call(hc_observe_summary(observe, json));
  return json;
}

static double number(const json_t *json, const char *group, const char *name)
{
  const json_t *value = json_object_get(group ? json_object_get(json, group) : json, name);
  ck_assert_msg(json_is_number(value), "%s.%s is no number", group ? group : "", name);
  return json_number_value(value);
}

START_TEST(summary_states_what_is_known)
{
  struct bench bench;
  struct hc_observe *observe;
  bench_mesh(&bench, HC_HEXAHEDRON, 6, 2, 2, 1);
  bench_params(&bench, two_beats);
  ck_call(bench_observe(&bench, dt, &observe));
  march(bench.mesh, observe, 0, 2400);
  json_t *json = bench_summary(observe);
  if (json) {
    const double delay = when(-3, true);
    /* activation is linear in x, so interpolation within the cells is exact */
    ck_assert_double_eq_tol(number(json, "activation_ms", "P1"), 10 + delay, 1e-10);
    ck_assert_double_eq_tol(number(json, "activation_ms", "P2"), 10 + 2 * 3.7 + delay, 1e-10);
    ck_assert_double_eq_tol(number(json, "apd90_ms", "P2"), when(25 - 99, false) - delay, 1e-10);
    ck_assert_double_eq_tol(number(json, "apd50.5_ms", "P1"), when(25 - 55.55, false) - delay, 1e-10);
    ck_assert_double_eq_tol(number(json, "conduction_velocity_m_per_s", "along"), 0.5, 1e-10);
    ck_assert_double_eq_tol(number(json, "conduction_velocity_m_per_s", "back"), -0.5, 1e-10);
    ck_assert(json_is_null(json_object_get(json_object_get(json, "conduction_velocity_m_per_s"), "across")));
    ck_assert_double_eq_tol(number(json, NULL, "activation_first_ms"), 10 + delay, 1e-10);
    ck_assert_double_eq_tol(number(json, NULL, "activation_last_ms"), 22 + delay, 1e-10);
    ck_assert_double_eq_tol(number(json, NULL, "activation_total_ms"), 12, 1e-10);
    ck_assert(number(json, NULL, "activated_fraction") == 1);
    ck_assert(number(json, NULL, "beats") == 3);
    json_decref(json);
  }
  hc_observe_destroy(&observe);
  bench_destroy(&bench);
}
END_TEST

START_TEST(what_did_not_happen_is_null)
{
  struct bench bench;
  struct hc_observe *observe;
  bench_mesh(&bench, HC_TETRAHEDRON, 6, 2, 2, 1);
  bench_params(&bench, two_beats);
  ck_call(bench_observe(&bench, dt, &observe));
  march(bench.mesh, observe, 0, 2); /* 1 ms: nothing yet */
  ck_assert_int_eq(hc_observe_beats(observe), 0);
  json_t *json = bench_summary(observe);
  if (json) {
    ck_assert(json_is_null(json_object_get(json_object_get(json, "activation_ms"), "P1")));
    ck_assert(json_is_null(json_object_get(json_object_get(json, "apd90_ms"), "P1")));
    ck_assert(json_is_null(json_object_get(json_object_get(json, "conduction_velocity_m_per_s"), "along")));
    ck_assert(json_is_null(json_object_get(json, "activation_first_ms")));
    ck_assert(json_is_null(json_object_get(json, "activation_last_ms")));
    ck_assert(json_is_null(json_object_get(json, "activation_total_ms")));
    ck_assert(number(json, NULL, "activated_fraction") == 0);
    json_decref(json);
  }
  hc_observe_destroy(&observe);
  ck_call(bench_observe(&bench, dt, &observe));
  march(bench.mesh, observe, 0, 34); /* 17 ms: nodes with x = 0, 1, 2 have been activated, x = 3 not */
  json = bench_summary(observe);
  if (json) {
    ck_assert_double_eq_tol(number(json, NULL, "activated_fraction"), 3. / 7, 1e-12);
    ck_assert_double_eq_tol(number(json, NULL, "activation_total_ms"), 4, 1e-10);
    ck_assert(json_is_null(json_object_get(json_object_get(json, "activation_ms"), "P2")));
    ck_assert(json_is_number(json_object_get(json_object_get(json, "activation_ms"), "P1")));
    json_decref(json);
  }
  hc_observe_destroy(&observe);
  bench_destroy(&bench);
}
END_TEST

START_TEST(probes_record_voltage)
{
  struct bench bench;
  struct hc_observe *observe;
  struct hc_traces probes, ecg;
  bench_mesh(&bench, HC_TETRAHEDRON, 6, 2, 2, 1);
  bench_params(&bench, two_beats);
  ck_call(bench_observe(&bench, dt, &observe));
  march(bench.mesh, observe, 0, 101);
  hc_observe_traces(observe, &probes, &ecg);
  ck_assert_int_eq(probes.n, 2);
  ck_assert_str_eq(probes.title, "probes");
  ck_assert_str_eq(probes.names[1], "P2");
  ck_assert_str_eq(probes.unit, "mV");
  ck_assert_int_eq(ecg.n, 1);
  ck_assert_str_eq(ecg.names[0], "E");
  ck_assert_int_eq(probes.n_samples, bench.mesh->rank == 0 ? 26 : 0);
  ck_assert_int_eq(ecg.n_samples, bench.mesh->rank == 0 ? 11 : 0);
  for (int i = 0; i < (int)probes.n_samples; i++) {
    /* P2 lies between nodes of x = 3 and x = 4 */
    const double a[3] = {3, 0, 0}, b[3] = {4, 0, 0}, t = 2. * i;
    ck_assert(probes.samples[3 * i] == t);
    ck_assert_double_eq_tol(probes.samples[3 * i + 1], shape(t - 10), 1e-12);
    ck_assert_double_eq_tol(probes.samples[3 * i + 2], 0.3 * voltage(a, t) + 0.7 * voltage(b, t), 1e-12);
  }
  hc_observe_destroy(&observe);
  bench_destroy(&bench);
}
END_TEST

START_TEST(restart_is_the_uninterrupted_run)
{
  struct bench bench;
  struct hc_observe *whole, *first, *second;
  struct hc_traces probes, ecg, probes2, ecg2;
  double *a, *b;
  const int64_t cut = 41; /* between samples, amid upstrokes */
  bench_mesh(&bench, HC_TETRAHEDRON, 6, 2, 2, 1);
  bench_params(&bench, two_beats);
  const size_t n = (size_t)bench.mesh->n_owned;
  ck_call(bench_observe(&bench, dt, &whole));
  ck_call(bench_observe(&bench, dt, &first));
  ck_call(bench_observe(&bench, dt, &second));
  const size_t width = (size_t)hc_observe_width(whole);
  ck_assert_uint_eq(width, 4 + 2 * (3 + 3)); /* bounded by beats */
  ck_call(PetscMalloc1(n * width, &a));
  ck_call(PetscMalloc1(n * width, &b));
  march(bench.mesh, whole, 0, 1500);
  march(bench.mesh, first, 0, cut);
  ck_call(hc_observe_pack(first, a));
  hc_observe_traces(first, &probes, &ecg);
  ck_call(hc_observe_unpack(second, a));
  ck_call(hc_observe_traces_restore(second, &probes, &ecg));
  hc_observe_destroy(&first);
  march(bench.mesh, second, cut, 1500);
  ck_call(hc_observe_pack(whole, a));
  ck_call(hc_observe_pack(second, b));
  ck_assert_mem_eq(a, b, n * width * sizeof *a);
  hc_observe_traces(whole, &probes, &ecg);
  hc_observe_traces(second, &probes2, &ecg2);
  ck_assert_int_eq(probes.n_samples, probes2.n_samples);
  ck_assert_int_eq(ecg.n_samples, ecg2.n_samples);
  if (bench.mesh->rank == 0) {
    ck_assert_mem_eq(probes.samples, probes2.samples, (size_t)probes.n_samples * 3 * sizeof(double));
    ck_assert_mem_eq(ecg.samples, ecg2.samples, (size_t)ecg.n_samples * 2 * sizeof(double));
  }
  json_t *json = bench_summary(whole), *json2 = bench_summary(second);
  ck_assert(json_equal(json, json2) || !json);
  json_decref(json);
  json_decref(json2);
  probes.n = 1;
  ck_call_fails(hc_observe_traces_restore(second, &probes, &ecg), HC_ERR_INPUT,
                "probes to be restored have 1 columns; allowed: 2");
  ck_call(PetscFree(a));
  ck_call(PetscFree(b));
  hc_observe_destroy(&whole);
  hc_observe_destroy(&second);
  bench_destroy(&bench);
}
END_TEST

/* A point in the plane of activated nodes is activated, though its cell may have nodes beyond that are not. */
START_TEST(nodes_without_weight_do_not_count)
{
  struct bench bench;
  struct hc_observe *observe;
  bench_mesh(&bench, HC_HEXAHEDRON, 6, 2, 2, 1);
  bench_params(&bench,
               "{activation_threshold: -3, probes: [{name: a, point: [3.9999999999999996, 0.3, 0.7]}, {name: b, "
               "point: [4, 0.3, 1.1]}, {name: c, point: [4.0000000000000009, 1.7, 0.1]}]}");
  ck_call(bench_observe(&bench, dt, &observe));
  backwards = true;
  march(bench.mesh, observe, 0, 34); /* nodes with x = 6, 5, 4 have been activated, x = 3 not */
  backwards = false;
  json_t *json = bench_summary(observe);
  if (json) {
    ck_assert_double_eq_tol(number(json, "activation_ms", "a"), 14 + when(-3, true), 1e-10);
    ck_assert_double_eq_tol(number(json, "activation_ms", "b"), 14 + when(-3, true), 1e-10);
    ck_assert_double_eq_tol(number(json, "activation_ms", "c"), 14 + when(-3, true), 1e-10);
    json_decref(json);
  }
  hc_observe_destroy(&observe);
  bench_destroy(&bench);
}
END_TEST

/* ---- Random action potentials against a plain reading of the whole history -------------------------------------- */

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

START_TEST(wrong_input_is_refused_with_its_place)
{
  static const struct {
    const char *text, *message;
  } wrong[] = {
      {"probes:\n  - name: a\n    point: [7, 1, 1]\n",
       ":3: probes[0].point: found (7, 1, 1) mm, which is 1 mm from the nearest node; allowed: a point of the mesh"},
      {"velocities:\n  - name: a\n    from: [0, 0, 0]\n    to: [0, 0, -1]\n",
       ":4: velocities[0].to: found (0, 0, -1) mm, which is 1 mm from the nearest node; allowed: a point of the mesh"},
      {"electrodes:\n  - name: a\n    point: [2.3, 1.1, 1.2]\n",
       ":3: electrodes[0].point: found (2.3, 1.1, 1.2) mm, which is in the tissue; allowed: a point at least 0.1 mm "
       "from it"},
      {"electrodes:\n  - name: a\n    point: [2.15, 1.55, 2.05]\n", /* over the middle of a face, far from nodes */
       ":3: electrodes[0].point: found (2.15, 1.55, 2.05) mm, which is in the tissue"},
      {"probe_every: 0.7\nprobes: [{name: a, point: [1, 1, 1]}]\n",
       ":1: probe_every: found 0.7; allowed: a multiple of the time step 0.5 (ms)"},
      {"ecg_every: 0.1\nelectrodes: [{name: a, point: [9, 9, 9]}]\n",
       ":1: ecg_every: found 0.1; allowed: a multiple of the time step 0.5 (ms)"},
  };
  struct bench bench;
  struct hc_observe *observe;
  bench_mesh(&bench, HC_TETRAHEDRON, 6, 2, 2, 1);
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    bench_params(&bench, wrong[i].text);
    ck_call_fails(bench_observe(&bench, dt, &observe), HC_ERR_INPUT, wrong[i].message);
    ck_assert_ptr_null(observe);
  }
  bench_params(&bench, "{probe_every: 0.7, electrodes: [{name: a, point: [2.15, 1.55, 2.11]}]}");
  ck_call(bench_observe(&bench, dt, &observe)); /* nothing to sample every 0.7 ms; 0.11 mm away */
  hc_observe_destroy(&observe);
  bench_destroy(&bench);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("observe");
  TCase *t = tcase_create("observe");
  tcase_set_timeout(t, 60);
  tcase_add_test(t, crossings_are_exact_for_linear_voltage);
  tcase_add_test(t, an_undershoot_before_the_upstroke_is_not_rest);
  tcase_add_test(t, rest_is_looked_for_between_beats);
  tcase_add_test(t, summary_states_what_is_known);
  tcase_add_test(t, what_did_not_happen_is_null);
  tcase_add_test(t, nodes_without_weight_do_not_count);
  tcase_add_test(t, probes_record_voltage);
  tcase_add_test(t, restart_is_the_uninterrupted_run);
  tcase_add_loop_test(t, random_beats_match_their_history, 0, sizeof step_tenths / sizeof step_tenths[0]);
  tcase_add_test(t, wrong_input_is_refused_with_its_place);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
