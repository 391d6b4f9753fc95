/* Single built-in models against what their papers print: gates in their published form written with libm, published
 * figures, singularities, exact solutions. */
#include "cell_block.h"

enum { STIM_MS = 1 };
static const double stim_size = 52; /* mV/ms for STIM_MS, as in the CellML model */

START_TEST(manufactured_model_follows_its_solution)
{
  const struct hc_cell_model *model = hc_cell_model_find("manufactured");
  const double amplitude = 80, t_half = 10, width = 2;
  double last = 0;
  for (int steps = 10; steps <= 160; steps *= 2) {
    struct block block;
    double worst = 0;
    block_start(&block, model);
    for (int lane = 0; lane < model->lanes; ++lane) {
      *block_at(&block, lane, state_index(model, "F")) = amplitude;
      block.v[lane] = amplitude / (1 + exp(t_half / width));
    }
    for (int step = 1; step <= 30 * steps; ++step) {
      block_step(&block, 1, 0, 1.0 / steps, 0);
      const double exact = amplitude / (1 + exp((t_half - (double)step / steps) / width));
      worst = fmax(worst, fabs(block.v[1] - exact));
    }
    printf("  manufactured: dt %g ms: %.3g mV\n", 1.0 / steps, worst);
    ck_assert(last == 0 || fabs(log2(last / worst) - 1) < 0.1);
    last = worst;
  }
}
END_TEST

/* With w, the reaction is F g' + w g at the solution; and errors of V and q pull back towards it. */
START_TEST(manufactured_rates_vanish_at_the_solution_only)
{
  const struct hc_cell_model *model = hc_cell_model_find("manufactured");
  struct block block;
  double y[MAX_STATES], dydt[MAX_STATES], tau = 8, g = 1 / (1 + exp(1.0)), slope = g * (1 - g) / 2;
  block_start(&block, model);
  y[0] = 30 * g;
  y[state_index(model, "q")] = g * g;
  y[state_index(model, "F")] = 30;
  y[state_index(model, "w")] = -4;
  y[state_index(model, "tau")] = tau;
  model->rates(0, y, 0, block.parameters, dydt, NULL);
  ck_assert_double_eq_tol(dydt[0], 30 * slope - 4 * g, 1e-13);
  ck_assert_double_eq_tol(dydt[state_index(model, "q")], 2 * g * slope, 1e-13);
  ck_assert_double_eq(dydt[state_index(model, "tau")], 1);
  ck_assert(dydt[state_index(model, "F")] == 0 && dydt[state_index(model, "w")] == 0);
  y[0] += 5;
  model->rates(0, y, 0, block.parameters, dydt, NULL);
  ck_assert_double_lt(dydt[0], 30 * slope - 4 * g);
  y[0] -= 5;
  y[state_index(model, "q")] -= 0.1;
  model->rates(0, y, 0, block.parameters, dydt, NULL);
  ck_assert_double_gt(dydt[0], 30 * slope - 4 * g);
}
END_TEST

/* ---- ten Tusscher-Panfilov ----------------------------------------------------------------------------------------
 */

struct published_gate {
  const char *name;
  double inf, tau;
};

/* Steady states and time constants as they are printed (V in mV), for the epicardial and M cell. */
static int published_gates(double V, double Cass, struct published_gate *gates)
{
  const bool low = V < -40;
  const double xs = 1400 / sqrt(1 + exp((5 - V) / 6)) / (1 + exp((V - 35) / 15)) + 80;
  const double m = 1 / (1 + exp((-60 - V) / 5)) * (0.1 / (1 + exp((V + 35) / 5)) + 0.1 / (1 + exp((V - 50) / 200)));
  const double hj = pow(1 + exp((V + 71.55) / 7.43), -2);
  const double alpha_h = low ? 0.057 * exp(-(V + 80) / 6.8) : 0;
  const double beta_h =
      low ? 2.7 * exp(0.079 * V) + 310000 * exp(0.3485 * V) : 0.77 / (0.13 * (1 + exp((V + 10.66) / -11.1)));
  const double alpha_j =
      low ? (-25428 * exp(0.2444 * V) - 6.948e-6 * exp(-0.04391 * V)) * (V + 37.78) / (1 + exp(0.311 * (V + 79.23)))
          : 0;
  const double beta_j = low ? 0.02424 * exp(-0.01052 * V) / (1 + exp(-0.1378 * (V + 40.14)))
                            : 0.6 * exp(0.057 * V) / (1 + exp(-0.1 * (V + 32)));
  const double d =
      (1.4 / (1 + exp((-35 - V) / 13)) + 0.25) * 1.4 / (1 + exp((V + 5) / 5)) + 1 / (1 + exp((50 - V) / 20));
  const double f =
      1102.5 * exp(-(V + 27) * (V + 27) / 225) + 200 / (1 + exp((13 - V) / 10)) + 180 / (1 + exp((V + 30) / 10)) + 20;
  const double f2 =
      562 * exp(-(V + 27) * (V + 27) / 240) + 31 / (1 + exp((25 - V) / 10)) + 80 / (1 + exp((V + 30) / 10));
  const double bound = 1 + Cass * Cass / (0.05 * 0.05);
  const struct published_gate all[] = {
      {"Xr1", 1 / (1 + exp((-26 - V) / 7)), 450 / (1 + exp((-45 - V) / 10)) * 6 / (1 + exp((V + 30) / 11.5))},
      {"Xr2", 1 / (1 + exp((V + 88) / 24)), 3 / (1 + exp((-60 - V) / 20)) * 1.12 / (1 + exp((V - 60) / 20))},
      {"Xs", 1 / (1 + exp((-5 - V) / 14)), xs},
      {"m", pow(1 + exp((-56.86 - V) / 9.03), -2), m},
      {"h", hj, 1 / (alpha_h + beta_h)},
      {"j", hj, 1 / (alpha_j + beta_j)},
      {"d", 1 / (1 + exp((-8 - V) / 7.5)), d},
      {"f", 1 / (1 + exp((V + 20) / 7)), f},
      {"f2", 0.67 / (1 + exp((V + 35) / 7)) + 0.33, f2},
      {"fCass", 0.6 / bound + 0.4, 80 / bound + 2},
      {"r", 1 / (1 + exp((20 - V) / 6)), 9.5 * exp(-(V + 40) * (V + 40) / 1800) + 0.8},
      {"s", 1 / (1 + exp((V + 20) / 5)), 85 * exp(-(V + 45) * (V + 45) / 320) + 5 / (1 + exp((V - 20) / 5)) + 3},
  };
  memcpy(gates, all, sizeof(all));
  return (int)(sizeof(all) / sizeof(all[0]));
}

START_TEST(ttp06_gates_have_their_published_form)
{
  static const char *const names[] = {"ttp06_epi", "ttp06_endo", "ttp06_m"};
  const struct hc_cell_model *model = hc_cell_model_find(names[_i]);
  struct published_gate gates[16];
  struct block block;
  double y[MAX_STATES], inf, k;
  block_start(&block, model);
  for (int s = 0; s < model->n_states; ++s)
    y[s] = model->states[s].initial;
  for (int i = 0; i <= 800; ++i) {
    const double V = y[0] = -120 + 0.25 * i + (i == 320 ? -1e-9 : 0); /* -40 mV itself, and next to it */
    const double Cass = y[state_index(model, "Cass")] = 1e-4 * pow(1e4, i / 800.0);
    const int n = published_gates(V, Cass, gates);
    if (_i == 1) {
      gates[n - 1].inf = 1 / (1 + exp((V + 28) / 5));
      gates[n - 1].tau = 1000 * exp(-(V + 67) * (V + 67) / 1000) + 8;
    }
    for (int g = 0; g < n; ++g) {
      gate_of(model, y, block.parameters, state_index(model, gates[g].name), &inf, &k);
      ck_assert_msg(fabs(inf - gates[g].inf) <= 1e-13 * gates[g].inf + 1e-16, "%s_inf(%g): %.17g, not %.17g",
                    gates[g].name, V, inf, gates[g].inf);
      ck_assert_msg(fabs(k * gates[g].tau - 1) <= 1e-12, "tau of %s(%g): %.17g, not %.17g", gates[g].name, V, 1 / k,
                    gates[g].tau);
    }
  }
}
END_TEST

/* ICaL at its removable singularity: the limit itself at V = 15 mV, smooth around it, no loss of digits. */
START_TEST(ttp06_calcium_current_is_smooth_at_15_mV)
{
  const struct hc_cell_model *model = hc_cell_model_find("ttp06_epi");
  const int ical = 5;
  const double RT = 8314.472 * 310, F = 96485.3415, Cass = 0.01;
  struct block block;
  double y[MAX_STATES], dydt[MAX_STATES], currents[MAX_STATES];
  block_start(&block, model);
  ck_assert_str_eq(model->currents[ical].name, "ICaL");
  for (int s = 0; s < model->n_states; ++s)
    y[s] = 0.5;
  y[state_index(model, "Cass")] = Cass;
  for (int i = -1; i <= 15; ++i) {
    for (int sign = -1; sign <= 1; sign += 2) {
      const double offset = i < 0 ? 0 : sign * pow(10, -i);
      y[0] = 15 + offset;
      const long double x = 2 * (y[0] - 15.0L) * F / RT;
      const long double fraction = x == 0 ? 1 : x / expm1l(x);
      const double exact = (double)(3.98e-5L * 0.0625L * 2 * F * (0.25L * Cass * expl(x) * fraction - 2.0L * fraction));
      model->rates(0, y, 0, block.parameters, dydt, currents);
      ck_assert_msg(fabs(currents[ical] - exact) <= 1e-15 * 4 * fabs(exact), "ICaL(15 + %g) = %.17g, not %.17g", offset,
                    currents[ical], exact);
    }
  }
}
END_TEST

/* The stimulus is carried by potassium ions. */
START_TEST(ttp06_stimulus_enters_the_potassium_balance)
{
  const struct hc_cell_model *model = hc_cell_model_find("ttp06_m");
  struct block block;
  double y[MAX_STATES], rest[MAX_STATES], driven[MAX_STATES];
  const int Ki = state_index(model, "Ki");
  block_start(&block, model);
  for (int s = 0; s < model->n_states; ++s)
    y[s] = model->states[s].initial;
  model->rates(0, y, 0, block.parameters, rest, NULL);
  model->rates(0, y, 52, block.parameters, driven, NULL);
  ck_assert_double_eq_tol(driven[0] - rest[0], 52, 1e-12);
  ck_assert_double_eq_tol(driven[Ki] - rest[Ki], 52 * 0.185 / (0.016404 * 96485.3415), 1e-14);
  for (int s = 1; s < model->n_states; ++s)
    ck_assert(s == Ki || driven[s] == rest[s]);
}
END_TEST

/* What a beat looks like: mV, ms, mV/ms. */
struct beat {
  double rest, peak, upstroke, apd90, notch;
};

/* The n-th beat at a cycle length of 1000 ms. */
static struct beat nth_beat(const struct hc_cell_model *model, int n)
{
  enum { PER_MS = 100, STEPS = 1000 * PER_MS };
  static double v[STEPS + 1];
  struct block block;
  struct beat beat = {0};
  int start = 0, last = 0;
  block_start(&block, model);
  for (int i = 0; i < n; ++i)
    for (int step = 0; step < STEPS; ++step) {
      v[step] = block.v[0];
      block_step(&block, 1, 0, 1.0 / PER_MS, step < STIM_MS * PER_MS ? stim_size : 0);
    }
  beat.rest = beat.peak = v[0];
  beat.notch = 1000;
  for (int step = 0; step + 1 < STEPS; ++step) {
    const double slope = (v[step + 1] - v[step]) * PER_MS;
    beat.peak = fmax(beat.peak, v[step]);
    start = slope > beat.upstroke ? step : start;
    beat.upstroke = fmax(beat.upstroke, slope);
    if (step > 4 * PER_MS && step < 40 * PER_MS)
      beat.notch = fmin(beat.notch, v[step]);
  }
  for (int step = 0; step < STEPS; ++step)
    if (v[step] > beat.peak - 0.9 * (beat.peak - beat.rest))
      last = step;
  beat.apd90 = (double)(last - start) / PER_MS;
  printf("  %s: rest %.2f mV, peak %.2f mV, dV/dt max %.0f V/s, APD90 %.2f ms, notch %.2f mV\n", model->name, beat.rest,
         beat.peak, beat.upstroke, beat.apd90, beat.notch);
  return beat;
}

/* Every variant lies in the calibration box of healthy human ventricular cells (Passini et al. 2019, table 2), rests
 * within 1 mV of the published initial states, and has the published order of durations: the M cell, whose IKs is a
 * quarter, is far longer, and the endocardial cell is like the epicardial one but for its smaller Ito (no deep notch).
 * 280 to 320 ms is what another public code, finitewave, asks of its epicardial cell at this cycle length. */
START_TEST(ttp06_beats_as_published)
{
  const char *const names[] = {"ttp06_epi", "ttp06_endo", "ttp06_m"};
  struct beat beats[3];
  for (int i = 0; i < 3; ++i) {
    beats[i] = nth_beat(hc_cell_model_find(names[i]), 10);
    ck_assert(beats[i].rest > -95 && beats[i].rest < -80 && beats[i].peak > 10 && beats[i].peak < 55);
    ck_assert(beats[i].upstroke > 100 && beats[i].upstroke < 1000 && beats[i].apd90 > 180 && beats[i].apd90 < 440);
    ck_assert_double_eq_tol(beats[i].rest, hc_cell_model_find(names[i])->states[0].initial, 1.0);
  }
  ck_assert(beats[0].apd90 > 280 && beats[0].apd90 < 320);
  ck_assert_double_eq_tol(beats[1].apd90, beats[0].apd90, 15);
  ck_assert_double_gt(beats[2].apd90, beats[0].apd90 + 50);
  ck_assert_double_gt(beats[1].notch, beats[0].notch + 5);
  ck_assert_double_eq_tol(beats[0].apd90, 306.1, 1.0); /* half this step: 306.06 */
}
END_TEST

/* Each conductance scales its own current and no other. */
START_TEST(ttp06_parameters_reach_their_currents)
{
  const struct hc_cell_model *model = hc_cell_model_find("ttp06_epi");
  static const char *const conductances[] = {"GNa",   "GK1",  "Gto",  "GKr", "GKs",  "GCaL",
                                             "KNaCa", "PNaK", "GpCa", "GpK", "GbNa", "GbCa"};
  struct block block;
  double y[MAX_STATES], dydt[MAX_STATES], before[MAX_STATES], after[MAX_STATES];
  ck_assert_int_eq(model->n_currents, 12);
  for (int s = 0; s < model->n_states; ++s)
    y[s] = model->states[s].kind == HC_STATE_GATE || model->states[s].kind == HC_STATE_LIGAND
               ? 0.5
               : model->states[s].initial;
  y[0] = -30;
  for (int c = 0; c < model->n_currents; ++c) {
    block_start(&block, model);
    model->rates(0, y, 0, block.parameters, dydt, before);
    block.parameters[parameter_index(model, conductances[c])] *= 2;
    model->rates(0, y, 0, block.parameters, dydt, after);
    for (int other = 0; other < model->n_currents; ++other)
      ck_assert_double_eq_tol(after[other] / before[other], other == c ? 2 : 1, 1e-14);
  }
}
END_TEST

/* ---- Mitchell-Schaeffer --------------------------------------------------------------------------------------------
 */

/* The duration of an action potential that starts with h = 1 is, to leading order in tau_in / tau_out,
 * tau_close log(1 / h_min), h_min = 4 tau_in / tau_out (Mitchell & Schaeffer 2003). */
START_TEST(mitchell_schaeffer_has_its_asymptotic_duration)
{
  const struct beat beat = nth_beat(hc_cell_model_find("mitchell_schaeffer"), 2);
  ck_assert_double_eq_tol(beat.apd90, 150 * log(6.0 / (4 * 0.3)), 0.25 * beat.apd90);
  ck_assert_double_eq_tol(beat.rest, -80, 1e-3);
  ck_assert_double_eq_tol(beat.peak, 20 - 100 * 0.3 / 6, 2); /* the nullcline h = 1: u (1 - u) = tau_in / tau_out */
}
END_TEST

static Suite *published_suite(void)
{
  Suite *suite = suite_create("cell models as published");
  TCase *tcase = tcase_create("cell models as published");
  tcase_set_timeout(tcase, 0);
  tcase_add_test(tcase, manufactured_model_follows_its_solution);
  tcase_add_test(tcase, manufactured_rates_vanish_at_the_solution_only);
  tcase_add_loop_test(tcase, ttp06_gates_have_their_published_form, 0, 3);
  tcase_add_test(tcase, ttp06_calcium_current_is_smooth_at_15_mV);
  tcase_add_test(tcase, ttp06_stimulus_enters_the_potassium_balance);
  tcase_add_test(tcase, ttp06_parameters_reach_their_currents);
  tcase_add_test(tcase, ttp06_beats_as_published);
  tcase_add_test(tcase, mitchell_schaeffer_has_its_asymptotic_duration);
  suite_add_tcase(suite, tcase);
  return suite;
}

HC_CHECK_MAIN(published_suite)
