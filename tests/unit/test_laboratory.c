/* Biomarkers of traces whose biomarkers are known, and pacing: the Mitchell-Schaeffer cell against its asymptotics. */
#include "hc_check.h"
#include "laboratory.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846

/* ---- Made traces ------------------------------------------------------------------------------------------------- */

/* V rises as sin^2 from -80 to 20 mV in 1 ms, steepest at 0.5 ms, and falls as a Gaussian of width `tau` ms; calcium
 * rises in a line from 0.1 to 1.1 uM between 10 and 30 ms and decays with 200 ms; IKr is 1 A/F throughout. What is
 * added to V, a bump of `height` mV that is 40 ms wide, is an afterdepolarisation. */
struct made {
  double tau, bump_at, height, floor;
};

static double made_v(const struct made *m, double t)
{
  const double v = t < 1 ? -80 + 100 * pow(sin(0.5 * PI * t), 2) : -80 + 100 * exp(-pow((t - 1) / m->tau, 2));
  const double bump = fabs(t - m->bump_at) < 20 ? pow(cos(PI * (t - m->bump_at) / 40), 2) : 0;
  return (t < 1 ? v : fmax(v, m->floor)) + m->height * bump;
}

static double made_slope(const struct made *m, double t)
{
  return (made_v(m, t + 1e-6) - made_v(m, t - 1e-6)) / 2e-6;
}

static double made_calcium(double t)
{
  return t < 10 ? 0.1 : t < 30 ? 0.1 + (t - 10) / 20 : 0.1 + exp(-(t - 30) / 200);
}

static int named_state(const struct hc_cell_model *model, const char *name)
{
  for (int s = 0; s < model->n_states; s++)
    if (!strcmp(model->states[s].name, name))
      return s;
  ck_abort_msg("no state %s", name);
  return -1;
}

static int named_current(const struct hc_cell_model *model, const char *name)
{
  for (int c = 0; c < model->n_currents; c++)
    if (!strcmp(model->currents[c].name, name))
      return c;
  ck_abort_msg("no current %s", name);
  return -1;
}

/* Biomarkers of 2,000 ms of the trace in steps of `step` ms, a hundred times finer in the first ms, as a cell of an
 * O'Hara-Rudy model would show it. */
static struct hc_biomarkers measure(const struct made *made, double step)
{
  const struct hc_cell_model *model = hc_cell_model_find("ord11_endo");
  const int ca = named_state(model, "Cai"), ina = named_current(model, "INa"), ikr = named_current(model, "IKr");
  double state[100] = {0}, currents[100] = {0};
  struct hc_watcher *watcher;
  struct hc_biomarkers found;
  ck_call(hc_watcher_create(model, 1, &watcher));
  hc_watcher_start(watcher, NULL);
  double t = 0;
  while (t < 2000 + 0.5 * step) {
    const double v = made_v(made, t);
    state[ca - 1] = 1e-3 * made_calcium(t);
    currents[ikr] = 1;
    currents[ina] = -1 - made_slope(made, t);
    const struct hc_batch_sample sample = {.t = t, .n = 1, .stride = 1, .v = &v, .state = state, .currents = currents};
    hc_watcher_see(watcher, &sample);
    t += t < 0.999 ? 0.01 * step : step;
  }
  hc_watcher_end(watcher, 0, &found);
  hc_watcher_destroy(&watcher);
  return found;
}

static double fall(const struct made *made, double fraction)
{
  return 1 + made->tau * sqrt(-log(1 - fraction)) - 0.5;
}

START_TEST(known_biomarkers_come_out)
{
  static const double steps[] = {0.5, 1, 2, 5};
  const struct made made = {.tau = 200, .bump_at = -1000, .floor = -100};
  const struct hc_biomarkers found = measure(&made, steps[_i]);
  /* the cubic between samples is of fourth order: a quarter of a us at 5 ms; calcium between samples is a line */
  const double time = 1e-2, line = steps[_i];
  ck_assert_double_eq_tol(found.v_rest, -80, 1e-9);
  ck_assert_double_eq_tol(found.v_peak, 20, 1e-3);
  ck_assert_double_eq_tol(found.dvdt_max, 50 * PI, 0.1);
  ck_assert_double_eq_tol(found.apd40, fall(&made, 0.4), 0.02 * steps[_i] + time);
  ck_assert_double_eq_tol(found.apd50, fall(&made, 0.5), 0.02 * steps[_i] + time);
  ck_assert_double_eq_tol(found.apd90, fall(&made, 0.9), 0.02 * steps[_i] + time);
  ck_assert_double_eq_tol(found.triangulation, fall(&made, 0.9) - fall(&made, 0.4), 1e-3);
  ck_assert_double_eq_tol(found.ca_rest, 0.1, 1e-9);
  ck_assert_double_eq_tol(found.ca_peak, 1.1, 0.01 * steps[_i]);
  ck_assert_double_eq_tol(found.catd50, 30 + 200 * log(2) - 28, line);
  ck_assert_double_eq_tol(found.catd90, 30 + 200 * log(10) - 28, line);
  ck_assert_double_eq_tol(found.qnet, 2, 6e-3); /* 2,000 ms of 1 A/F; the last step may be short of the end */
  ck_assert_double_eq_tol(found.activation, 0.5, 0.02 * steps[_i]);
  ck_assert(found.captured && found.repolarised && !found.ead && !found.dad);
  ck_assert_double_lt(found.dvdt_repolarisation, 0);
}
END_TEST

START_TEST(afterdepolarisations_are_seen)
{
  static const struct {
    struct made made;
    bool ead, dad, repolarised;
  } cases[] = {
      {{200, 190, 60, -100}, true, false, true},    /* at half repolarisation */
      {{200, 190, 1, -100}, false, false, true},    /* a dent that turns no fall into a rise */
      {{200, 800, 5, -100}, false, true, true},     /* after all is over */
      {{200, 800, 0.5, -100}, false, false, true},  /* too small */
      {{200, 800, 120, -100}, false, true, true},   /* triggered, higher than the beat itself */
      {{1e9, -1000, 0, -100}, false, false, false}, /* V stays up */
      {{200, -1000, 0, -60}, false, false, false},  /* V hangs at -60 mV, 80 % repolarised */
      {{60, 60, 20, -100}, false, false, true},     /* a dome right after the notch is none */
  };
  const struct hc_biomarkers found = measure(&cases[_i].made, 0.5);
  ck_assert_msg(found.ead == cases[_i].ead && found.dad == cases[_i].dad && found.repolarised == cases[_i].repolarised,
                "case %d: ead %d dad %d repolarised %d", _i, found.ead, found.dad, found.repolarised);
  ck_assert(isnan(found.apd90) == !found.repolarised);
}
END_TEST

/* ---- Mitchell-Schaeffer ------------------------------------------------------------------------------------------ */

/* A batch of one cell of the model, with parameters by name. */
static struct hc_batch *make(const struct hc_cell_model *model, int n_set, const char *const names[],
                             const double values[], enum hc_batch_integrator integrator, double *parameters)
{
  double initial[100];
  struct hc_batch *batch;
  const struct hc_batch_options options = {
      .integrator = integrator, .step = 0.01, .tolerance = integrator == HC_BATCH_CVODE ? 1e-9 : 5e-4};
  for (int p = 0; p < model->n_parameters; p++) {
    parameters[p] = model->parameters[p].fallback;
    for (int i = 0; i < n_set; i++)
      if (!strcmp(model->parameters[p].name, names[i]))
        parameters[p] = values[i];
  }
  for (int s = 0; s < model->n_states; s++)
    initial[s] = model->states[s].initial;
  ck_call(hc_batch_create(model, 1, parameters, initial, &options, &batch));
  return batch;
}

/* APD90 at a cycle length, and what the leading order of Mitchell & Schaeffer 2003 (equations 13 and 17) gives for the
 * diastolic interval that went with it: tau_close log((1 - (1 - h_min) exp(-DI / tau_open)) / h_min), h_min = 4 tau_in
 * / tau_out. */
static double restitution_error(double faster, double cycle_length)
{
  const struct hc_cell_model *model = hc_cell_model_find("mitchell_schaeffer");
  static const char *const names[] = {"tau_in", "tau_out"};
  const double values[] = {0.3 / faster, 6 / faster}, h_min = 4 * 0.3 / 6.0;
  double parameters[32];
  struct hc_biomarkers last[2];
  const struct hc_pacing_params pacing = {.cycle_length = cycle_length,
                                          .beats = 12,
                                          .stimulus = 40 * faster,
                                          .stimulus_duration = 1 / faster,
                                          .watch_last = 2,
                                          .report = HC_REPORT_LAST};
  struct hc_biomarkers found;
  struct hc_pace_outcome outcome;
  struct hc_batch *batch = make(model, 2, names, values, HC_BATCH_CVODE, parameters);
  ck_call(hc_pace(batch, model, 1, &pacing, NULL, 0, NULL, &found, NULL, last, &outcome));
  hc_batch_destroy(&batch);
  const double di = cycle_length - last[0].apd90;
  const double exact = 150 * log((1 - (1 - h_min) * exp(-di / 120)) / h_min);
  ck_assert(found.captured && found.repolarised && !found.ead && outcome.beats == 12);
  printf("  Mitchell-Schaeffer, currents %g times faster, CL %g: DI %.2f, APD90 %.2f, leading order %.2f ms\n", faster,
         cycle_length, di, last[1].apd90, exact);
  return fabs(last[1].apd90 - exact) / exact;
}

START_TEST(restitution_is_that_of_mitchell_and_schaeffer)
{
  static const double lengths[] = {1000, 500, 350};
  const double coarse = restitution_error(4, lengths[_i]), fine = restitution_error(32, lengths[_i]);
  ck_assert_double_lt(coarse, 0.1);
  ck_assert_double_lt(fine, 0.025);
  ck_assert_double_lt(fine, 0.27 * coarse); /* order 2/3 in the ratio of time scales, as passages through a fold have */
}
END_TEST

/* ---- Trains ------------------------------------------------------------------------------------------------------ */

START_TEST(convergence_ends_a_train)
{
  const struct hc_cell_model *model = hc_cell_model_find("mitchell_schaeffer");
  double parameters[32];
  struct hc_pacing_params pacing = {.cycle_length = 400,
                                    .beats = 500,
                                    .stimulus = NAN,
                                    .stimulus_duration = NAN,
                                    .converged_below = 1e-6,
                                    .watch_last = 3,
                                    .report = HC_REPORT_STEEPEST};
  struct hc_biomarkers found;
  struct hc_pace_outcome outcome;
  int64_t reported;
  struct hc_batch *batch = make(model, 0, NULL, NULL, HC_BATCH_CVODE, parameters);
  ck_call(hc_pace(batch, model, 1, &pacing, NULL, 0, NULL, &found, &reported, NULL, &outcome));
  hc_batch_destroy(&batch);
  ck_assert(outcome.converged);
  ck_assert_int_lt(outcome.settled, 100);
  ck_assert_int_eq(outcome.beats, outcome.settled + 3);
  ck_assert_double_le(outcome.change, 1e-6);
  ck_assert(reported > outcome.settled && reported <= outcome.beats);
}
END_TEST

/* A cell that is paced faster than it recovers answers every other stimulus. */
START_TEST(block_is_seen)
{
  const struct hc_cell_model *model = hc_cell_model_find("ttp06_epi");
  double parameters[200];
  struct hc_biomarkers last[2];
  const struct hc_pacing_params pacing = {.cycle_length = 180,
                                          .beats = 21,
                                          .stimulus = NAN,
                                          .stimulus_duration = NAN,
                                          .watch_last = 2,
                                          .report = HC_REPORT_LAST};
  struct hc_biomarkers found;
  struct hc_pace_outcome outcome;
  struct hc_batch *batch = make(model, 0, NULL, NULL, HC_BATCH_ADAPTIVE, parameters);
  ck_call(hc_pace(batch, model, 1, &pacing, NULL, 0, NULL, &found, NULL, last, &outcome));
  hc_batch_destroy(&batch);
  printf("  ttp06_epi at 180 ms: peaks of %g and %g mV\n", last[0].v_peak, last[1].v_peak);
  ck_assert(last[0].captured != last[1].captured);
}
END_TEST

static Suite *suite(void)
{
  Suite *all = suite_create("laboratory");
  TCase *cases = tcase_create("laboratory");
  tcase_set_timeout(cases, 0);
  tcase_add_loop_test(cases, known_biomarkers_come_out, 0, 4);
  tcase_add_loop_test(cases, afterdepolarisations_are_seen, 0, 8);
  tcase_add_loop_test(cases, restitution_is_that_of_mitchell_and_schaeffer, 0, 3);
  tcase_add_test(cases, convergence_ends_a_train);
  tcase_add_test(cases, block_is_seen);
  suite_add_tcase(all, cases);
  return all;
}

HC_CHECK_MAIN(suite)
