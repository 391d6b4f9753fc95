/* Aliev & Panfilov 1996, "A simple two-variable model of cardiac excitation", Chaos Solitons Fractals 7:293-301,
 * doi:10.1016/0960-0779(95)00089-5.
 *
 * In units of the paper, u = (V - v_rest) / v_unit and time t' = t / t_unit:
 *   du/dt' = -k u (u - a) (u - 1) - u v + stimulus
 *   dv/dt' = (eps0 + mu1 v / (u + mu2)) (-v - k u (u - a - 1))
 * and the paper's scale V = 100 u - 80 mV, t = 12.9 t' ms.
 *
 * Compared: torchcor 1.0.6 (same scale) and pigreads 1.0.0 (unscaled) have k 8, a 0.15, eps0 0.002, mu1 0.2, mu2 0.3;
 * finitewave (model 0.6.0) a 0.1 and eps0 0.01. Taken: the former. At 400 random states the rates agree with
 * torchcor's and, scaled, with those of pigreads to rounding.
 *
 * u = -mu2, V = -110 mV as published, is a pole of dv/dt. */
#ifndef HC_ALIEV_PANFILOV_H
#define HC_ALIEV_PANFILOV_H

#include "model.h"

#define HC_AP_PAPER "doi:10.1016/0960-0779(95)00089-5"

#define ALIEV_PANFILOV_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                                            \
  POTENTIAL(V, (-80.0), "mV", "membrane potential")                                                                    \
  PLAIN(v, (0.0), "1", "recovery variable")

#define ALIEV_PANFILOV_PARAMETERS(PARAMETER)                                                                           \
  PARAMETER(k, (8.0), "1", 0.1, 100, "size of the excitation current", HC_AP_PAPER)                                    \
  PARAMETER(a, (0.15), "1", 0.001, 0.9, "threshold, scaled", HC_AP_PAPER)                                              \
  PARAMETER(eps0, (0.002), "1", 0, 1, "rate of recovery at v = 0", HC_AP_PAPER)                                        \
  PARAMETER(mu1, (0.2), "1", 0, 10, "growth of the rate of recovery with v", HC_AP_PAPER)                              \
  PARAMETER(mu2, (0.3), "1", 0.05, 10, "its decline with u", HC_AP_PAPER)                                              \
  PARAMETER(v_rest, (-80.0), "mV", -120, -20, "potential that stands for u = 0", HC_AP_PAPER)                          \
  PARAMETER(v_unit, (100.0), "mV", 10, 300, "potential difference that stands for 1", HC_AP_PAPER)                     \
  PARAMETER(t_unit, (12.9), "ms", 0.1, 1000, "time that stands for 1", HC_AP_PAPER)

#define ALIEV_PANFILOV_CURRENTS(CURRENT)                                                                               \
  CURRENT(Iin, "A/F", "excitation current, a cubic of V")                                                              \
  CURRENT(Iout, "A/F", "recovery current")

HC_MODEL_TYPES(aliev_panfilov, ALIEV_PANFILOV_STATES, ALIEV_PANFILOV_PARAMETERS, ALIEV_PANFILOV_CURRENTS)

HC_FN void aliev_panfilov_rhs(hc_real t, const struct aliev_panfilov_state *y, hc_real stim,
                              const struct aliev_panfilov_parameters *p, struct aliev_panfilov_rates *r,
                              struct aliev_panfilov_currents *i)
{
  const hc_real u = (y->V - p->v_rest) / p->v_unit, size = p->v_unit / p->t_unit;
  const hc_real rate = (p->eps0 + p->mu1 * y->v / (u + p->mu2)) / p->t_unit;
  (void)t;
  i->Iin = p->scale.Iin * size * p->k * u * (u - p->a) * (u - 1.0);
  i->Iout = p->scale.Iout * size * u * y->v;
  r->V = stim - (i->Iin + i->Iout);
  r->v = -rate * (y->v + p->k * u * (u - p->a - 1.0));
}

#endif
