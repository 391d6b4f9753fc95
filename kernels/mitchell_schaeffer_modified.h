/* Corrado & Niederer 2016, "A two-variable model robust to pacemaker behaviour for the dynamics of the cardiac action
 * potential", Math. Biosci. 281:46-54, doi:10.1016/j.mbs.2016.08.010: the model of Mitchell & Schaeffer 2003
 * (doi:10.1016/S0092-8240(03)00041-7) changed so that no choice of parameters makes it beat by itself.
 *
 * With u = (V - v_rest) / (v_peak - v_rest):
 *   du/dt = h u (u - v_gate) (1 - u) / tau_in - (1 - h) u / tau_out + stimulus
 *   dh/dt = (1 - h) / tau_open for u < v_gate, -h / tau_close otherwise
 *
 * Both currents differ from those of 2003, so the two models share nothing but the gate's two lines.
 *
 * One public code was found: equations and constants are those of torchcor 1.0.6 (ModifiedMS2v), tau_in 0.1, tau_out 9,
 * tau_open 100, tau_close 120 ms, gate 0.13, V from -80 to 20 mV. It writes the threshold of the inward current as a
 * parameter of its own with the gate's value; here they are one. At u = v_gate exactly h recovers there and closes
 * here. Evaluated at 400 random states, rates and currents agree to rounding.
 *
 * From the equations: in the limit tau_in << tau_out << tau_open, tau_close an action potential lasts
 * tau_close ln(1 + tau_out (1 - v_gate)^2 / (4 tau_in)), until the outward current exceeds any inward current. */
#ifndef HC_MITCHELL_SCHAEFFER_MODIFIED_H
#define HC_MITCHELL_SCHAEFFER_MODIFIED_H

#include "model.h"

#define HC_MMS_PAPER "doi:10.1016/j.mbs.2016.08.010"

#define MITCHELL_SCHAEFFER_MODIFIED_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                               \
  POTENTIAL(V, (-80.0), "mV", "membrane potential")                                                                    \
  GATE(h, (1.0), "1", "availability of the inward current")

#define MITCHELL_SCHAEFFER_MODIFIED_PARAMETERS(PARAMETER)                                                              \
  PARAMETER(tau_in, (0.1), "ms", 0.01, 10, "time constant of the inward current", HC_MMS_PAPER)                        \
  PARAMETER(tau_out, (9.0), "ms", 0.1, 100, "time constant of the outward current", HC_MMS_PAPER)                      \
  PARAMETER(tau_open, (100.0), "ms", 1, 10000, "time constant of recovery of h", HC_MMS_PAPER)                         \
  PARAMETER(tau_close, (120.0), "ms", 1, 10000, "time constant of inactivation of h", HC_MMS_PAPER)                    \
  PARAMETER(v_gate, (0.13), "1", 0.001, 0.999, "scaled potential at which h turns, and threshold", HC_MMS_PAPER)       \
  PARAMETER(v_rest, (-80.0), "mV", -120, -20, "potential that stands for u = 0", "chosen")                             \
  PARAMETER(v_peak, (20.0), "mV", -10, 100, "potential that stands for u = 1", "chosen")

#define MITCHELL_SCHAEFFER_MODIFIED_CURRENTS(CURRENT)                                                                  \
  CURRENT(Iin, "A/F", "inward current")                                                                                \
  CURRENT(Iout, "A/F", "outward current")

HC_MODEL_TYPES(mitchell_schaeffer_modified, MITCHELL_SCHAEFFER_MODIFIED_STATES, MITCHELL_SCHAEFFER_MODIFIED_PARAMETERS,
               MITCHELL_SCHAEFFER_MODIFIED_CURRENTS)

HC_FN void mitchell_schaeffer_modified_rhs(hc_real t, const struct mitchell_schaeffer_modified_state *y, hc_real stim,
                                           const struct mitchell_schaeffer_modified_parameters *p,
                                           struct mitchell_schaeffer_modified_rates *r,
                                           struct mitchell_schaeffer_modified_currents *i)
{
  const hc_real height = p->v_peak - p->v_rest;
  const hc_real u = (y->V - p->v_rest) / height;
  const int recovers = u < p->v_gate;
  (void)t;
  i->Iin = -p->scale.Iin * height * (y->h * u * (u - p->v_gate) * (1.0 - u)) / p->tau_in;
  i->Iout = p->scale.Iout * height * (1.0 - y->h) * u / p->tau_out;
  r->V = stim - (i->Iin + i->Iout);
  r->h.inf = hc_select(recovers, 1.0, 0.0);
  r->h.k = 1.0 / hc_select(recovers, p->tau_open, p->tau_close);
}

#endif
