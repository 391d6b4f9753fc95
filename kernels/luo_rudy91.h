/* Luo & Rudy 1991, "A model of the ventricular cardiac action potential: depolarization, repolarization, and their
 * interaction", Circ. Res. 68:1501-1526, doi:10.1161/01.RES.68.6.1501: guinea pig ventricle.
 *
 * The capacitance is 1 uF/cm2, so the paper's uA/cm2 and mS/cm2 are A/F and mS/uF. Names are those that healthcast uses
 * for such currents: ICaL is the paper's slow inward current Isi, IpK its plateau current IKp, Ib its background
 * current.
 *
 * Numbers were compared in public codes:
 *   A  Chaste, luo_rudy_1991.cellml: stimulus, GNa and constants of nature
 *   B  pigreads 1.0.0, from the CellML repository
 *   C  finitewave (model 0.6.0)
 *   D  Myokit 1.39.2, its example: the model as updated by the Rudy laboratory
 * They agree in all rates, except for these:
 *   - GNa 23 mS/uF and Nai 18 mM in A, B, C; 16 and 10 in D. Taken: the former, which are the paper's.
 *   - Reversal potential of Isi 7.7 - 13.0287 ln(Cai / mM) in A, B, C; Cai / Cao in D. Taken: the former.
 *   - h and j change form at -40 mV by a step in A, B, C, by a steep sigmoid in D. Taken: the step, as published.
 *   - R and F: 8314 and 96484.6 in A and B, 8314 and 96500 in C and D. Taken: the former.
 * Evaluated at 400 random states, rates and currents agree with B to rounding, and with D when its four numbers are set
 * and V is away from -40 mV.
 *
 * Initial state: that of B, paced at 1 Hz. Stimulus: that of A and B. */
#ifndef HC_LUO_RUDY91_H
#define HC_LUO_RUDY91_H

#include "model.h"

#define HC_LR91_PAPER "doi:10.1161/01.RES.68.6.1501"

#define LUO_RUDY91_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                                                \
  POTENTIAL(V, (-84.3801107371), "mV", "membrane potential")                                                           \
  GATE(m, (0.00171338077730188), "1", "activation of INa")                                                             \
  GATE(h, (0.982660523699656), "1", "fast inactivation of INa")                                                        \
  GATE(j, (0.989108212766685), "1", "slow inactivation of INa")                                                        \
  GATE(d, (0.00302126301779861), "1", "activation of ICaL")                                                            \
  GATE(f, (0.999967936476325), "1", "inactivation of ICaL")                                                            \
  GATE(X, (0.0417603108167287), "1", "activation of IK")                                                               \
  PLAIN(Cai, (0.00017948816388306), "mM", "free calcium in the cell")

#define LUO_RUDY91_PARAMETERS(PARAMETER)                                                                               \
  PARAMETER(GNa, (23.0), "mS/uF", 0, 100, "conductance of INa", HC_LR91_PAPER)                                         \
  PARAMETER(GCaL, (0.09), "mS/uF", 0, 10, "conductance of ICaL", HC_LR91_PAPER)                                        \
  PARAMETER(GK, (0.282), "mS/uF", 0, 10, "conductance of IK at Ko = 5.4 mM", HC_LR91_PAPER)                            \
  PARAMETER(GK1, (0.6047), "mS/uF", 0, 50, "conductance of IK1 at Ko = 5.4 mM", HC_LR91_PAPER)                         \
  PARAMETER(GpK, (0.0183), "mS/uF", 0, 5, "conductance of IpK", HC_LR91_PAPER)                                         \
  PARAMETER(Gb, (0.03921), "mS/uF", 0, 5, "conductance of Ib", HC_LR91_PAPER)                                          \
  PARAMETER(Eb, (-59.87), "mV", -150, 100, "reversal potential of Ib", HC_LR91_PAPER)                                  \
  PARAMETER(pKNa, (0.01833), "1", 0, 1, "permeability of IK to Na over K", HC_LR91_PAPER)                              \
  PARAMETER(Ko, (5.4), "mM", 0.1, 50, "potassium outside", HC_LR91_PAPER)                                              \
  PARAMETER(Ki, (145.0), "mM", 10, 300, "potassium inside", HC_LR91_PAPER)                                             \
  PARAMETER(Nao, (140.0), "mM", 1, 300, "sodium outside", HC_LR91_PAPER)                                               \
  PARAMETER(Nai, (18.0), "mM", 0.1, 100, "sodium inside", HC_LR91_PAPER)                                               \
  PARAMETER(Ca_rest, (1e-4), "mM", 1e-6, 0.1, "calcium inside to which uptake returns", HC_LR91_PAPER)                 \
  PARAMETER(k_up, (0.07), "1/ms", 0, 10, "rate of uptake of calcium", HC_LR91_PAPER)                                   \
  PARAMETER(per_ICaL, (1e-4), "mM/ms/(A/F)", 0, 1, "calcium that ICaL brings", HC_LR91_PAPER)                          \
  PARAMETER(T, (310.0), "K", 270, 330, "temperature in Nernst potentials", HC_LR91_PAPER)

#define LUO_RUDY91_CURRENTS(CURRENT)                                                                                   \
  CURRENT(INa, "A/F", "fast sodium")                                                                                   \
  CURRENT(ICaL, "A/F", "slow inward, mostly calcium (Isi)")                                                            \
  CURRENT(IK, "A/F", "time-dependent potassium")                                                                       \
  CURRENT(IK1, "A/F", "time-independent potassium, inward rectifier")                                                  \
  CURRENT(IpK, "A/F", "plateau potassium (IKp)")                                                                       \
  CURRENT(Ib, "A/F", "background")

HC_MODEL_TYPES(luo_rudy91, LUO_RUDY91_STATES, LUO_RUDY91_PARAMETERS, LUO_RUDY91_CURRENTS)

#define LUO_RUDY91_R 8314.0  /* mJ/(mol K) */
#define LUO_RUDY91_F 96484.6 /* C/mol */

HC_FN struct hc_gate luo_rudy91_gate(hc_real alpha, hc_real beta)
{
  const hc_real sum = alpha + beta;
  return hc_gate_of(alpha / sum, sum);
}

HC_FN void luo_rudy91_sodium_gates(hc_real V, struct luo_rudy91_rates *r)
{
  const int low = V < -40.0;
  /* alpha = 0.32 (V + 47.13) / (1 - exp(-0.1 (V + 47.13))) */
  r->m = luo_rudy91_gate(3.2 * hc_x_over_expm1(-0.1 * (V + 47.13)), 0.08 * hc_exp(V * (-1.0 / 11.0)));

  /* the exponential of alpha_h below -40 mV, of beta_h above */
  const hc_real e = hc_exp(hc_select(low, (80.0 + V) * (-1.0 / 6.8), (V + 10.66) * (-1.0 / 11.1)));
  const hc_real beta_h_low = 3.56 * hc_exp(0.079 * V) + 3.1e5 * hc_exp(0.35 * V);
  r->h = luo_rudy91_gate(hc_select(low, 0.135 * e, 0.0), hc_select(low, beta_h_low, (1.0 / 0.13) / (1.0 + e)));

  const hc_real alpha_j = (-127140.0 * hc_exp(0.2444 * V) - 3.474e-5 * hc_exp(-0.04391 * V)) * (V + 37.78) /
                          (1.0 + hc_exp(0.311 * (V + 79.23)));
  const hc_real numerator = hc_select(low, 0.1212, 0.3) * hc_exp(V * hc_select(low, -0.01052, -2.535e-7));
  const hc_real divisor = 1.0 + hc_exp(hc_select(low, -0.1378 * (V + 40.14), -0.1 * (V + 32.0)));
  r->j = luo_rudy91_gate(hc_select(low, alpha_j, 0.0), numerator / divisor);
}

HC_FN void luo_rudy91_slow_gates(hc_real V, struct luo_rudy91_rates *r)
{
  r->d = luo_rudy91_gate(0.095 * hc_exp(-0.01 * (V - 5.0)) / (1.0 + hc_exp(-0.072 * (V - 5.0))),
                         0.07 * hc_exp(-0.017 * (V + 44.0)) / (1.0 + hc_exp(0.05 * (V + 44.0))));
  r->f = luo_rudy91_gate(0.012 * hc_exp(-0.008 * (V + 28.0)) / (1.0 + hc_exp(0.15 * (V + 28.0))),
                         0.0065 * hc_exp(-0.02 * (V + 30.0)) / (1.0 + hc_exp(-0.2 * (V + 30.0))));
  r->X = luo_rudy91_gate(0.0005 * hc_exp(0.083 * (V + 50.0)) / (1.0 + hc_exp(0.057 * (V + 50.0))),
                         0.0013 * hc_exp(-0.06 * (V + 20.0)) / (1.0 + hc_exp(-0.04 * (V + 20.0))));
}

HC_FN void luo_rudy91_currents_of(const struct luo_rudy91_state *y, const struct luo_rudy91_parameters *p,
                                  struct luo_rudy91_currents *i)
{
  const hc_real V = y->V, RTF = LUO_RUDY91_R * p->T / LUO_RUDY91_F, root_Ko = hc_sqrt(p->Ko * (1.0 / 5.4));
  const hc_real ENa = RTF * hc_log(p->Nao / p->Nai), VK = V - RTF * hc_log(p->Ko / p->Ki);
  const hc_real EK = RTF * hc_log((p->Ko + p->pKNa * p->Nao) / (p->Ki + p->pKNa * p->Nai));
  const hc_real ECa = 7.7 - 13.0287 * hc_log(y->Cai);

  i->INa = p->scale.INa * p->GNa * hc_cube(y->m) * y->h * y->j * (V - ENa);
  i->ICaL = p->scale.ICaL * p->GCaL * y->d * y->f * (V - ECa);
  /* Xi = 2.837 (exp(0.04 (V + 77)) - 1) / ((V + 77) exp(0.04 (V + 35))) above -100 mV, 1 below */
  const hc_real Xi = (2.837 * 0.04) * hc_expm1_over_x(0.04 * (V + 77.0)) * hc_exp(-0.04 * (V + 35.0));
  i->IK = p->scale.IK * p->GK * root_Ko * y->X * hc_select(V > -100.0, Xi, 1.0) * (V - EK);
  /* alpha = 1.02 / closing, beta = rising / opening, IK1 = GK1 sqrt(Ko / 5.4) alpha / (alpha + beta) VK */
  const hc_real closing = 1.0 + hc_exp(0.2385 * (VK - 59.215)), opening = 1.0 + hc_exp(-0.5143 * (VK + 4.753));
  const hc_real rising = 0.49124 * hc_exp(0.08032 * (VK + 5.476)) + hc_exp(0.06175 * (VK - 594.31));
  i->IK1 = p->scale.IK1 * p->GK1 * root_Ko * VK * (1.02 * opening) / (1.02 * opening + rising * closing);
  i->IpK = p->scale.IpK * p->GpK * VK / (1.0 + hc_exp((7.488 - V) * (1.0 / 5.98)));
  i->Ib = p->scale.Ib * p->Gb * (V - p->Eb);
}

HC_FN void luo_rudy91_rhs(hc_real t, const struct luo_rudy91_state *y, hc_real stim,
                          const struct luo_rudy91_parameters *p, struct luo_rudy91_rates *r,
                          struct luo_rudy91_currents *i)
{
  (void)t;
  luo_rudy91_sodium_gates(y->V, r);
  luo_rudy91_slow_gates(y->V, r);
  luo_rudy91_currents_of(y, p, i);
  r->Cai = -p->per_ICaL * i->ICaL + p->k_up * (p->Ca_rest - y->Cai);
  r->V = stim - (i->INa + i->ICaL + i->IK + i->IK1 + i->IpK + i->Ib);
}

#endif
