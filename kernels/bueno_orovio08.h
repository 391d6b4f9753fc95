/* Bueno-Orovio, Cherry & Fenton 2008, "Minimal model for human ventricular action potentials in tissue", J. Theor.
 * Biol. 253:544-560, doi:10.1016/j.jtbi.2008.03.029. Variants: epicardial, endocardial, M (EPI, ENDO, M of its table of
 * parameters). The table has two more columns, PB and TNNP, that imitate the cells of Priebe & Beuckelmann 1998 and ten
 * Tusscher et al. 2004; they can be had by setting parameters.
 *
 * u = (V - v_rest) / v_unit with the paper's V = 85.7 u - 84 mV; currents are those of the paper times v_unit.
 * Parameters have the paper's names: theta_v_minus is its theta_v with a superscript minus, w_inf_star its w* of
 * infinity.
 *
 * Compared: pigreads 1.0.0 (all columns), pycardiolib 1.0 (epi, endo, M), finitewave (model 0.6.0, epi), torchcor 1.0.6
 * (endo). All numbers agree. What they make of a step function at its step is irrelevant to a solution: here it is 1.
 * Evaluated at 400 random states a variant, rates agree with those of pigreads to rounding. */
#ifndef HC_BUENO_OROVIO08_H
#define HC_BUENO_OROVIO08_H

#include "model.h"

#define HC_BO_PAPER "doi:10.1016/j.jtbi.2008.03.029"

/* Name, (epicardial, endocardial, M), unit, ... */
#define BUENO_OROVIO08_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                                            \
  POTENTIAL(V, (-84.0, -84.0, -84.0), "mV", "membrane potential")                                                      \
  GATE(v, (1.0, 1.0, 1.0), "1", "availability of the fast inward current")                                             \
  GATE(w, (1.0, 1.0, 1.0), "1", "availability of the slow inward current")                                             \
  GATE(s, (0.0, 0.0, 0.0), "1", "activation of the slow inward current")

#define BUENO_OROVIO08_PARAMETERS(PARAMETER)                                                                           \
  PARAMETER(u_o, (0.0, 0.0, 0.0), "1", -1, 1, "rest", HC_BO_PAPER)                                                     \
  PARAMETER(u_u, (1.55, 1.56, 1.61), "1", 0.5, 3, "where Ifi reverses", HC_BO_PAPER)                                   \
  PARAMETER(theta_v, (0.3, 0.3, 0.3), "1", 1e-4, 1, "threshold of Ifi and v", HC_BO_PAPER)                             \
  PARAMETER(theta_w, (0.13, 0.13, 0.13), "1", 1e-4, 1, "threshold of Iso, Isi, w and s", HC_BO_PAPER)                  \
  PARAMETER(theta_v_minus, (0.006, 0.2, 0.1), "1", 1e-4, 1, "where the recovery of v changes", HC_BO_PAPER)            \
  PARAMETER(theta_o, (0.006, 0.006, 0.005), "1", 1e-4, 1, "where tau_o and the recovery of w change", HC_BO_PAPER)     \
  PARAMETER(tau_v1_minus, (60.0, 75.0, 80.0), "ms", 0.1, 1e4, "of v below theta_v_minus", HC_BO_PAPER)                 \
  PARAMETER(tau_v2_minus, (1150.0, 10.0, 1.4506), "ms", 0.1, 1e4, "of v above theta_v_minus", HC_BO_PAPER)             \
  PARAMETER(tau_v_plus, (1.4506, 1.4506, 1.4506), "ms", 0.1, 1e4, "of v above theta_v", HC_BO_PAPER)                   \
  PARAMETER(tau_w1_minus, (60.0, 6.0, 70.0), "ms", 0.1, 1e4, "of w near rest", HC_BO_PAPER)                            \
  PARAMETER(tau_w2_minus, (15.0, 140.0, 8.0), "ms", 0.1, 1e4, "of w near theta_w", HC_BO_PAPER)                        \
  PARAMETER(k_w_minus, (65.0, 200.0, 200.0), "1", 0, 500, "steepness between these two", HC_BO_PAPER)                  \
  PARAMETER(u_w_minus, (0.03, 0.016, 0.016), "1", -1, 1, "middle between these two", HC_BO_PAPER)                      \
  PARAMETER(tau_w_plus, (200.0, 280.0, 280.0), "ms", 0.1, 1e5, "of w above theta_w", HC_BO_PAPER)                      \
  PARAMETER(tau_fi, (0.11, 0.1, 0.078), "ms", 0.005, 10, "of Ifi", HC_BO_PAPER)                                        \
  PARAMETER(tau_o1, (400.0, 470.0, 410.0), "ms", 0.1, 1e5, "of Iso below theta_o", HC_BO_PAPER)                        \
  PARAMETER(tau_o2, (6.0, 6.0, 7.0), "ms", 0.1, 1e5, "of Iso from theta_o to theta_w", HC_BO_PAPER)                    \
  PARAMETER(tau_so1, (30.0181, 40.0, 91.0), "ms", 0.1, 1e5, "of Iso above theta_w, low u", HC_BO_PAPER)                \
  PARAMETER(tau_so2, (0.9957, 1.2, 0.8), "ms", 0.05, 1e5, "of Iso above theta_w, high u", HC_BO_PAPER)                 \
  PARAMETER(k_so, (2.0458, 2.0, 2.1), "1", 0, 500, "steepness between these two", HC_BO_PAPER)                         \
  PARAMETER(u_so, (0.65, 0.65, 0.6), "1", -1, 2, "middle between these two", HC_BO_PAPER)                              \
  PARAMETER(tau_s1, (2.7342, 2.7342, 2.7342), "ms", 0.1, 1e4, "of s below theta_w", HC_BO_PAPER)                       \
  PARAMETER(tau_s2, (16.0, 2.0, 4.0), "ms", 0.1, 1e4, "of s above theta_w", HC_BO_PAPER)                               \
  PARAMETER(k_s, (2.0994, 2.0994, 2.0994), "1", 0, 500, "steepness of s", HC_BO_PAPER)                                 \
  PARAMETER(u_s, (0.9087, 0.9087, 0.9087), "1", -1, 2, "half activation of s", HC_BO_PAPER)                            \
  PARAMETER(tau_si, (1.8875, 2.9013, 3.3849), "ms", 0.05, 1e5, "of Isi", HC_BO_PAPER)                                  \
  PARAMETER(tau_w_inf, (0.07, 0.0273, 0.01), "1", 1e-3, 10, "slope of w_inf below theta_o, inverse", HC_BO_PAPER)      \
  PARAMETER(w_inf_star, (0.94, 0.78, 0.5), "1", 0, 1, "w_inf above theta_o", HC_BO_PAPER)                              \
  PARAMETER(v_rest, (-84.0, -84.0, -84.0), "mV", -120, -20, "potential that stands for u = 0", HC_BO_PAPER)            \
  PARAMETER(v_unit, (85.7, 85.7, 85.7), "mV", 10, 300, "potential difference that stands for 1", HC_BO_PAPER)

#define BUENO_OROVIO08_CURRENTS(CURRENT)                                                                               \
  CURRENT(Ifi, "A/F", "fast inward current")                                                                           \
  CURRENT(Iso, "A/F", "slow outward current")                                                                          \
  CURRENT(Isi, "A/F", "slow inward current")

HC_MODEL_TYPES(bueno_orovio08, BUENO_OROVIO08_STATES, BUENO_OROVIO08_PARAMETERS, BUENO_OROVIO08_CURRENTS)

/* (1 + tanh(k (u - middle))) / 2. */
HC_FN hc_real bueno_orovio08_sigmoid(hc_real k, hc_real u, hc_real middle)
{
  return 1.0 / (1.0 + hc_exp(-2.0 * k * (u - middle)));
}

HC_FN void bueno_orovio08_rhs(hc_real t, const struct bueno_orovio08_state *y, hc_real stim,
                              const struct bueno_orovio08_parameters *p, struct bueno_orovio08_rates *r,
                              struct bueno_orovio08_currents *i)
{
  const hc_real u = (y->V - p->v_rest) / p->v_unit;
  const int above_v = u >= p->theta_v, above_w = u >= p->theta_w, above_o = u >= p->theta_o;
  const int above_v_minus = u >= p->theta_v_minus;
  (void)t;
  const hc_real tau_so = p->tau_so1 + (p->tau_so2 - p->tau_so1) * bueno_orovio08_sigmoid(p->k_so, u, p->u_so);
  const hc_real tau_o = hc_select(above_o, p->tau_o2, p->tau_o1);
  i->Ifi = -p->scale.Ifi * p->v_unit * hc_select(above_v, y->v * (u - p->theta_v) * (p->u_u - u) / p->tau_fi, 0.0);
  i->Iso = p->scale.Iso * p->v_unit * hc_select(above_w, 1.0, u - p->u_o) / hc_select(above_w, tau_so, tau_o);
  i->Isi = -p->scale.Isi * p->v_unit * hc_select(above_w, y->w * y->s / p->tau_si, 0.0);
  r->V = stim - (i->Ifi + i->Iso + i->Isi);

  r->v.inf = hc_select(above_v, 0.0, hc_select(above_v_minus, 0.0, 1.0));
  r->v.k = 1.0 / hc_select(above_v, p->tau_v_plus, hc_select(above_v_minus, p->tau_v2_minus, p->tau_v1_minus));
  const hc_real tau_w_minus =
      p->tau_w1_minus + (p->tau_w2_minus - p->tau_w1_minus) * bueno_orovio08_sigmoid(p->k_w_minus, u, p->u_w_minus);
  r->w.inf = hc_select(above_w, 0.0, hc_select(above_o, p->w_inf_star, 1.0 - u / p->tau_w_inf));
  r->w.k = 1.0 / hc_select(above_w, p->tau_w_plus, tau_w_minus);
  r->s.inf = bueno_orovio08_sigmoid(p->k_s, u, p->u_s);
  r->s.k = 1.0 / hc_select(above_w, p->tau_s2, p->tau_s1);
}

#endif
