/* Mitchell & Schaeffer 2003, "A two-current model for the dynamics of cardiac membrane", Bull. Math. Biol. 65:767-793,
 * doi:10.1016/S0092-8240(03)00041-7, equations 1-6.
 *
 * With u = (V - v_rest) / (v_peak - v_rest):
 *   du/dt = h u^2 (1 - u) / tau_in - u / tau_out + stimulus
 *   dh/dt = (1 - h) / tau_open for u < v_gate, -h / tau_close otherwise
 *
 * Constants compared in two public codes: finitewave (MitchellSchaeffer2D) and fenicsx-beat (its test model). Both have
 * tau_in 0.3, tau_out 6, tau_open 120, tau_close 150 ms, gate 0.13, h = 1 at rest; no discrepancy. The scale from u to
 * mV is ours: the paper is in u. */
#ifndef HC_MITCHELL_SCHAEFFER_H
#define HC_MITCHELL_SCHAEFFER_H

#include "model.h"

#define HC_MS_PAPER "doi:10.1016/S0092-8240(03)00041-7"

#define MITCHELL_SCHAEFFER_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                                        \
  POTENTIAL(V, (-80.0), "mV", "membrane potential")                                                                    \
  GATE(h, (1.0), "1", "availability of the inward current")

#define MITCHELL_SCHAEFFER_PARAMETERS(PARAMETER)                                                                       \
  PARAMETER(tau_in, (0.3), "ms", 0.01, 10, "time constant of the inward current", HC_MS_PAPER)                         \
  PARAMETER(tau_out, (6.0), "ms", 0.1, 100, "time constant of the outward current", HC_MS_PAPER)                       \
  PARAMETER(tau_open, (120.0), "ms", 1, 10000, "time constant of recovery of h", HC_MS_PAPER)                          \
  PARAMETER(tau_close, (150.0), "ms", 1, 10000, "time constant of inactivation of h", HC_MS_PAPER)                     \
  PARAMETER(v_gate, (0.13), "1", 0.001, 0.999, "scaled potential at which h turns", HC_MS_PAPER)                       \
  PARAMETER(v_rest, (-80.0), "mV", -120, -20, "potential that stands for u = 0", "chosen")                             \
  PARAMETER(v_peak, (20.0), "mV", -10, 100, "potential that stands for u = 1", "chosen")

#define MITCHELL_SCHAEFFER_CURRENTS(CURRENT)                                                                           \
  CURRENT(Iin, "A/F", "inward current")                                                                                \
  CURRENT(Iout, "A/F", "outward current")

HC_MODEL_TYPES(mitchell_schaeffer, MITCHELL_SCHAEFFER_STATES, MITCHELL_SCHAEFFER_PARAMETERS,
               MITCHELL_SCHAEFFER_CURRENTS)

HC_FN void mitchell_schaeffer_rhs(hc_real t, const struct mitchell_schaeffer_state *y, hc_real stim,
                                  const struct mitchell_schaeffer_parameters *p, struct mitchell_schaeffer_rates *r,
                                  struct mitchell_schaeffer_currents *i)
{
  const hc_real height = p->v_peak - p->v_rest;
  const hc_real u = (y->V - p->v_rest) / height;
  const int recovers = u < p->v_gate;
  (void)t;
  i->Iin = -p->scale.Iin * height * (y->h * hc_square(u) * (1.0 - u)) / p->tau_in;
  i->Iout = p->scale.Iout * height * u / p->tau_out;
  r->V = stim - (i->Iin + i->Iout);
  r->h.inf = hc_select(recovers, 1.0, 0.0);
  r->h.k = 1.0 / hc_select(recovers, p->tau_open, p->tau_close);
}

#endif
