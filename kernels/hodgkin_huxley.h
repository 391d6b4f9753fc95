/* Hodgkin & Huxley 1952, "A quantitative description of membrane current and its application to conduction and
 * excitation in nerve", J. Physiol. 117:500-544, doi:10.1113/jphysiol.1952.sp004764, equations 3-26 and table 3: the
 * giant axon of the squid.
 *
 * Convention. V is the absolute potential of the inside in mV and outward currents are positive, as everywhere in
 * healthcast. The paper counts V from rest, downwards when the cell is excited, and takes inward currents as positive:
 * V here = v_rest - (V of the paper), with v_rest = -65 mV. Its potentials -115, 12 and -10.613 mV are ENa = 50,
 * EK = -77 and El = -54.387 mV. The capacitance is 1 uF/cm2, so the paper's uA/cm2 and mS/cm2 are A/F and mS/uF.
 *
 * The table is for 6.3 degrees Celsius; all gates are faster by 3^((T - 279.45 K) / 10 K), the paper's Q10 of 3.
 *
 * Compared: Myokit, g/hodgkin-1952-original.mmt (the paper's convention) and pigreads 1.0.0. They agree in rates and
 * conductances; pigreads rests at -75 mV. Evaluated at 400 random states, rates and currents agree with those of the
 * former to rounding. Initial state: rest, gates in balance with it. */
#ifndef HC_HODGKIN_HUXLEY_H
#define HC_HODGKIN_HUXLEY_H

#include "model.h"

#define HC_HH_PAPER "doi:10.1113/jphysiol.1952.sp004764"

#define HODGKIN_HUXLEY_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                                            \
  POTENTIAL(V, (-65.0), "mV", "membrane potential")                                                                    \
  GATE(m, (0.05293248525724958), "1", "activation of INa")                                                             \
  GATE(h, (0.5961207535084603), "1", "inactivation of INa")                                                            \
  GATE(n, (0.3176769140606974), "1", "activation of IK")

#define HODGKIN_HUXLEY_PARAMETERS(PARAMETER)                                                                           \
  PARAMETER(GNa, (120.0), "mS/uF", 0, 1000, "conductance of INa", HC_HH_PAPER)                                         \
  PARAMETER(GK, (36.0), "mS/uF", 0, 1000, "conductance of IK", HC_HH_PAPER)                                            \
  PARAMETER(Gl, (0.3), "mS/uF", 0, 10, "conductance of Il", HC_HH_PAPER)                                               \
  PARAMETER(ENa, (50.0), "mV", -100, 150, "reversal potential of INa", HC_HH_PAPER)                                    \
  PARAMETER(EK, (-77.0), "mV", -150, 50, "reversal potential of IK", HC_HH_PAPER)                                      \
  PARAMETER(El, (-54.387), "mV", -150, 50, "reversal potential of Il", HC_HH_PAPER)                                    \
  PARAMETER(v_rest, (-65.0), "mV", -100, -20, "potential that stands for the paper's V = 0 in the gates", "chosen")    \
  PARAMETER(T, (279.45), "K", 260, 320, "temperature of the gates", HC_HH_PAPER)

#define HODGKIN_HUXLEY_CURRENTS(CURRENT)                                                                               \
  CURRENT(INa, "A/F", "sodium")                                                                                        \
  CURRENT(IK, "A/F", "potassium")                                                                                      \
  CURRENT(Il, "A/F", "leakage, by chloride and other ions")

HC_MODEL_TYPES(hodgkin_huxley, HODGKIN_HUXLEY_STATES, HODGKIN_HUXLEY_PARAMETERS, HODGKIN_HUXLEY_CURRENTS)

HC_FN struct hc_gate hodgkin_huxley_gate(hc_real alpha, hc_real beta, hc_real speed)
{
  const hc_real sum = alpha + beta;
  return hc_gate_of(alpha / sum, speed * sum);
}

HC_FN void hodgkin_huxley_rhs(hc_real t, const struct hodgkin_huxley_state *y, hc_real stim,
                              const struct hodgkin_huxley_parameters *p, struct hodgkin_huxley_rates *r,
                              struct hodgkin_huxley_currents *i)
{
  const hc_real u = y->V - p->v_rest;
  const hc_real speed = hc_exp((p->T - 279.45) * (0.1 * 1.0986122886681098)); /* ln 3 */
  (void)t;
  /* alpha_m = 0.1 (25 - u) / (exp((25 - u) / 10) - 1), alpha_n = 0.01 (10 - u) / (exp((10 - u) / 10) - 1) */
  r->m = hodgkin_huxley_gate(hc_x_over_expm1((25.0 - u) * 0.1), 4.0 * hc_exp(u * (-1.0 / 18.0)), speed);
  r->h = hodgkin_huxley_gate(0.07 * hc_exp(u * (-1.0 / 20.0)), 1.0 / (hc_exp((30.0 - u) * 0.1) + 1.0), speed);
  r->n = hodgkin_huxley_gate(0.1 * hc_x_over_expm1((10.0 - u) * 0.1), 0.125 * hc_exp(u * (-1.0 / 80.0)), speed);
  i->INa = p->scale.INa * p->GNa * hc_cube(y->m) * y->h * (y->V - p->ENa);
  i->IK = p->scale.IK * p->GK * hc_square(hc_square(y->n)) * (y->V - p->EK);
  i->Il = p->scale.Il * p->Gl * (y->V - p->El);
  r->V = stim - (i->INa + i->IK + i->Il);
}

#endif
