/* Fenton & Karma 1998, "Vortex dynamics in three-dimensional continuous myocardium with fiber rotation: filament
 * instability and fibrillation", Chaos 8:20-47, doi:10.1063/1.166311. Variants are the sets of its table of parameters:
 * br (Beeler-Reuter), mbr (modified Beeler-Reuter), mlr1 (modified Luo-Rudy I), gp (guinea pig).
 *
 * With u = (V - V_0) / (V_fi - V_0) and H the step function:
 *   du/dt = v H(u - u_c) (u - u_c) (1 - u) g_fi - (u H(u_c - u) / tau_0 + H(u - u_c) / tau_r)
 *           + w (1 + tanh(k (u - u_csi))) / (2 tau_si) + stimulus
 *   dv/dt = (1 - v) / tau_v_minus(u) below u_c, -v / tau_v_plus above; tau_v_minus = tau_v1_minus above u_v, else
 *           tau_v2_minus
 *   dw/dt = (1 - w) / tau_w_minus below u_c, -w / tau_w_plus above
 * g_fi is the paper's conductance over the capacitance, 1 / tau_d. V_0 and V_fi are those of A and C.
 *
 * Numbers were compared in public codes:
 *   A  Nektar++, FentonKarma: all four
 *   B  pigreads 1.0.0: all four
 *   C  cbcbeat 2023.2.0, from the CellML files: br and mlr1
 *   D  two programs of spiral waves with one or more of the sets
 * They agree, except for these:
 *   - br: tau_r 33.33, tau_si 29 in A, C, D; 33 and 30 in B. Taken: 33.33 and 29, which B has for set 3 of
 *     Fenton et al. 2002 (doi:10.1063/1.1504242) too.
 *   - mbr: tau_si 44.84 in A and one of D, 45 in B and the other. Taken: 44.84. u_v 0.055 in B and D, 0.04 in A (0.055
 *     in an older version of it). Taken: 0.055.
 *   - gp: tau_si 22.22 in A and in B for set 10 of 2002, 22 in B. Taken: 22.22.
 *   - mlr1 has no u_v, both time constants below u_c being the same.
 * Evaluated at 400 random states a variant, rates agree with B's equations and these numbers to rounding. */
#ifndef HC_FENTON_KARMA_H
#define HC_FENTON_KARMA_H

#include "model.h"

#define HC_FK_PAPER "doi:10.1063/1.166311"

/* Name, (br, mbr, mlr1, gp), unit, ... */
#define FENTON_KARMA_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                                              \
  POTENTIAL(V, (-85.0, -85.0, -85.0, -85.0), "mV", "membrane potential")                                               \
  GATE(v, (1.0, 1.0, 1.0, 1.0), "1", "availability of the fast inward current")                                        \
  GATE(w, (1.0, 1.0, 1.0, 1.0), "1", "availability of the slow inward current")

#define FENTON_KARMA_PARAMETERS(PARAMETER)                                                                             \
  PARAMETER(g_fi, (4.0, 4.0, 5.8, 8.7), "mS/uF", 0, 100, "conductance of Ifi", HC_FK_PAPER)                            \
  PARAMETER(tau_r, (33.33, 50.0, 130.0, 25.0), "ms", 0.1, 1e4, "of Iso above u_c", HC_FK_PAPER)                        \
  PARAMETER(tau_si, (29.0, 44.84, 127.0, 22.22), "ms", 0.1, 1e6, "of Isi", HC_FK_PAPER)                                \
  PARAMETER(tau_0, (12.5, 8.3, 12.5, 12.5), "ms", 0.1, 1e4, "of Iso below u_c", HC_FK_PAPER)                           \
  PARAMETER(tau_v_plus, (3.33, 3.33, 10.0, 10.0), "ms", 0.1, 1e4, "of v above u_c", HC_FK_PAPER)                       \
  PARAMETER(tau_v1_minus, (1250.0, 1000.0, 18.2, 333.0), "ms", 0.1, 1e5, "of v from u_v to u_c", HC_FK_PAPER)          \
  PARAMETER(tau_v2_minus, (19.6, 19.2, 18.2, 40.0), "ms", 0.1, 1e5, "of v below u_v", HC_FK_PAPER)                     \
  PARAMETER(tau_w_plus, (870.0, 667.0, 1020.0, 1000.0), "ms", 0.1, 1e6, "of w above u_c", HC_FK_PAPER)                 \
  PARAMETER(tau_w_minus, (41.0, 11.0, 80.0, 65.0), "ms", 0.1, 1e6, "of w below u_c", HC_FK_PAPER)                      \
  PARAMETER(u_c, (0.13, 0.13, 0.13, 0.13), "1", 0.001, 0.999, "threshold", HC_FK_PAPER)                                \
  PARAMETER(u_v, (0.04, 0.055, 0.0, 0.025), "1", -1, 1, "where the recovery of v changes speed", HC_FK_PAPER)          \
  PARAMETER(u_csi, (0.85, 0.85, 0.85, 0.85), "1", -1, 2, "half activation of Isi", HC_FK_PAPER)                        \
  PARAMETER(k, (10.0, 10.0, 10.0, 10.0), "1", 0, 300, "steepness of the activation of Isi", HC_FK_PAPER)               \
  PARAMETER(V_0, (-85.0, -85.0, -85.0, -85.0), "mV", -120, -20, "potential that stands for u = 0", "CellML file")      \
  PARAMETER(V_fi, (15.0, 15.0, 15.0, 15.0), "mV", -10, 100, "potential that stands for u = 1", "CellML file")

#define FENTON_KARMA_CURRENTS(CURRENT)                                                                                 \
  CURRENT(Ifi, "A/F", "fast inward current")                                                                           \
  CURRENT(Iso, "A/F", "slow outward current")                                                                          \
  CURRENT(Isi, "A/F", "slow inward current")

HC_MODEL_TYPES(fenton_karma, FENTON_KARMA_STATES, FENTON_KARMA_PARAMETERS, FENTON_KARMA_CURRENTS)

HC_FN void fenton_karma_rhs(hc_real t, const struct fenton_karma_state *y, hc_real stim,
                            const struct fenton_karma_parameters *p, struct fenton_karma_rates *r,
                            struct fenton_karma_currents *i)
{
  const hc_real height = p->V_fi - p->V_0, u = (y->V - p->V_0) / height;
  const int excited = u >= p->u_c;
  (void)t;
  i->Ifi = p->scale.Ifi * height * hc_select(excited, -y->v * (u - p->u_c) * (1.0 - u) * p->g_fi, 0.0);
  i->Iso = p->scale.Iso * height * hc_select(excited, 1.0 / p->tau_r, u / p->tau_0);
  /* (1 + tanh(x)) / 2 = 1 / (1 + exp(-2 x)) */
  i->Isi = -p->scale.Isi * height * y->w / (p->tau_si * (1.0 + hc_exp(-2.0 * p->k * (u - p->u_csi))));
  r->V = stim - (i->Ifi + i->Iso + i->Isi);

  const hc_real tau_v_minus = hc_select(u >= p->u_v, p->tau_v1_minus, p->tau_v2_minus);
  r->v.inf = hc_select(excited, 0.0, 1.0);
  r->v.k = 1.0 / hc_select(excited, p->tau_v_plus, tau_v_minus);
  r->w.inf = r->v.inf;
  r->w.k = 1.0 / hc_select(excited, p->tau_w_plus, p->tau_w_minus);
}

#endif
