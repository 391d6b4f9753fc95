/* A cell model with a known solution in tissue, to measure orders of convergence through the path that production runs
 * take (after Pathmanathan & Gray 2014, doi:10.1002/cnm.2615).
 *
 * For any D and any F with no flux at the boundary,
 *   V(x, t) = F(x) g(t),  g(t) = 1 / (1 + exp(-(t - t_half) / width))
 * solves dV/dt = div(D grad V) + reaction, q(t) = g(t)^2 its gate equation, if every node holds F and
 * w = -div(D grad F) (D in mm2/ms, so w in mV/ms) as static states. With e = V - F g(tau), c = q - g(tau)^2:
 *   dV/dt = F g'(tau) + w g(tau) - rate e (1 + (e / scale)^2) - coupling (1 + q) c     + stimulus
 *   dq/dt = (q_inf - q) k,  q_inf = g^2 + 2 g g' / k + e / (rest + |e|)
 *   dtau/dt = 1: the model's own clock; F and w do not move.
 * e and c vanish at the solution but feed errors of V and q into each other. V and q start at F g(tau) and g(tau)^2:
 * set V, F, w, q and tau of every node before the first step. */
#ifndef HC_MANUFACTURED_H
#define HC_MANUFACTURED_H

#include "model.h"

#define HC_MMS_PAPER "after doi:10.1002/cnm.2615"

/* The gate starts at g(0)^2 with the default t_half = 10 and width = 2. */
#define MANUFACTURED_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                                              \
  POTENTIAL(V, (0.0), "mV", "membrane potential")                                                                      \
  LIGAND(q, (4.4794253494700645e-05), "1", "gate, g(tau)^2 at the solution")                                           \
  PLAIN(F, (0.0), "mV", "amplitude of the solution at this node, static")                                              \
  PLAIN(w, (0.0), "mV/ms", "-div(D grad F) at this node, static")                                                      \
  PLAIN(tau, (0.0), "ms", "clock")

#define MANUFACTURED_PARAMETERS(PARAMETER)                                                                             \
  PARAMETER(t_half, (10.0), "ms", -1e6, 1e6, "time at which g = 1/2", HC_MMS_PAPER)                                    \
  PARAMETER(width, (2.0), "ms", 1e-3, 1e6, "time scale of g", HC_MMS_PAPER)                                            \
  PARAMETER(rate, (0.1), "1/ms", 0, 1e3, "how fast errors of V decay", HC_MMS_PAPER)                                   \
  PARAMETER(bend, (10.0), "mV", 1e-3, 1e6, "error of V at which that becomes nonlinear", HC_MMS_PAPER)                 \
  PARAMETER(k, (0.5), "1/ms", 1e-3, 1e3, "rate of the gate", HC_MMS_PAPER)                                             \
  PARAMETER(coupling, (5.0), "mV/ms", 0, 1e3, "effect of an error of q on V", HC_MMS_PAPER)                            \
  PARAMETER(rest, (100.0), "mV", 1e-3, 1e6, "error of V that moves q_inf by one half", HC_MMS_PAPER)

#define MANUFACTURED_CURRENTS(CURRENT)                                                                                 \
  CURRENT(Isource, "A/F", "minus what drives V along the solution")                                                    \
  CURRENT(Iback, "A/F", "minus what draws V back to it")

HC_MODEL_TYPES(manufactured, MANUFACTURED_STATES, MANUFACTURED_PARAMETERS, MANUFACTURED_CURRENTS)

HC_FN void manufactured_rhs(hc_real t, const struct manufactured_state *y, hc_real stim,
                            const struct manufactured_parameters *p, struct manufactured_rates *r,
                            struct manufactured_currents *i)
{
  const hc_real g = 1.0 / (1.0 + hc_exp(-(y->tau - p->t_half) / p->width)), slope = g * (1.0 - g) / p->width;
  const hc_real e = y->V - y->F * g, c = y->q - hc_square(g);
  (void)t;
  i->Isource = -p->scale.Isource * (y->F * slope + y->w * g);
  i->Iback = p->scale.Iback * (p->rate * e * (1.0 + hc_square(e / p->bend)) + p->coupling * (1.0 + y->q) * c);
  r->V = stim - (i->Isource + i->Iback);
  r->q.inf = hc_square(g) + 2.0 * g * slope / p->k + e / (p->rest + hc_select(e < 0.0, -e, e));
  r->q.k = p->k;
  r->F = 0.0;
  r->w = 0.0;
  r->tau = 1.0;
}

#endif
