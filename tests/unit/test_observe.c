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

/* V is linear within every millisecond, two steps, which are taken at once except every third time. */
START_TEST(steps_taken_at_once_are_those_steps)
{
  struct bench bench;
  struct hc_observe *observe;
  double *v[2];
  bench_mesh(&bench, HC_TETRAHEDRON, 6, 2, 2, 1);
  bench_params(&bench, two_beats);
  ck_call(bench_observe(&bench, dt, &observe));
  for (int i = 0; i < 2; i++)
    ck_call(PetscMalloc1((size_t)bench.mesh->n_owned, &v[i]));
  fill(bench.mesh, 0, v[0]);
  ck_call(hc_observe_start(observe, v[0]));
  for (int64_t step = 0; step < 2400;) {
    const int64_t end = step + (step % 6 < 4 ? 2 : 1);
    fill(bench.mesh, (double)step * dt, v[0]);
    fill(bench.mesh, (double)end * dt, v[1]);
    ck_call(hc_observe_steps(observe, step, end, v[0], v[1]));
    step = end;
  }
  fields_are_exact(bench.mesh, observe);
  for (int i = 0; i < 2; i++)
    ck_call(PetscFree(v[i]));
  hc_observe_destroy(&observe);
  bench_destroy(&bench);
}
END_TEST

/* Probes every 2 ms, 4 steps; the ECG every 5 ms, 10 steps. */
START_TEST(the_next_sample_is_known)
{
  struct bench bench;
  struct hc_observe *observe;
  bench_mesh(&bench, HC_TETRAHEDRON, 6, 2, 2, 1);
  bench_params(&bench, two_beats);
  ck_call(bench_observe(&bench, dt, &observe));
  for (int64_t step = 0; step < 100; step++) {
    int64_t next = step + 1;
    while (next % 4 != 0 && next % 10 != 0)
      next++;
    ck_assert_int_eq(hc_observe_next(observe, step), next);
  }
  hc_observe_destroy(&observe);
  bench_params(&bench, "probe_every: 2\n"); /* of no probe */
  ck_call(bench_observe(&bench, dt, &observe));
  ck_assert_int_eq(hc_observe_next(observe, 17), INT64_MAX);
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
  tcase_add_test(t, steps_taken_at_once_are_those_steps);
  tcase_add_test(t, the_next_sample_is_known);
  tcase_add_test(t, an_undershoot_before_the_upstroke_is_not_rest);
  tcase_add_test(t, rest_is_looked_for_between_beats);
  tcase_add_test(t, summary_states_what_is_known);
  tcase_add_test(t, what_did_not_happen_is_null);
  tcase_add_test(t, nodes_without_weight_do_not_count);
  tcase_add_test(t, probes_record_voltage);
  tcase_add_test(t, restart_is_the_uninterrupted_run);
  tcase_add_test(t, wrong_input_is_refused_with_its_place);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
