/* O'Hara, Virag, Varro & Rudy 2011, "Simulation of the undiseased human cardiac ventricular action potential: model
 * formulation and experimental validation", PLoS Comput. Biol. 7:e1002061, doi:10.1371/journal.pcbi.1002061. Variants:
 * epicardial, endocardial, M. ord11_tables.h and ord11_body.h have what this model shares with ord11_cipa.h.
 *
 * Numbers were compared in public codes:
 *   A  FDA/CiPA, newordherg_qNet.c: the authors' C code with another IKr; all but IKr, three variants
 *   B  Myokit, c/ohara-2011.mmt, checked by its author against the authors' Matlab code: all, three variants
 *   C  MonoAlg3D, Ohara_Rudy_2011: the authors' initial state
 * They agree. A plain transcription of the published form, with libm, agrees with the 41 rates and 16 currents of this
 * header at 1,000 random states to 4e-11 for each variant, which is what cancellation in that form leaves.
 *
 * Kept as published:
 *   - The half saturations of the steps of INaK by protons and ATP are in mM while 1e-7 is in M; only their ratios
 * count.
 *   - INaCa is activated by calcium of its own side and is split 0.8 to 0.2 between cytosol and subspace.
 *   - ICaL that drives the release is calcium's alone, without ICaNa and ICaK.
 *   - Time constants of release are held at or above 0.001 ms. M cells need that: they empty the JSR in each beat.
 * The paper's G and P of a cell type are the endocardial ones times a factor; the tables have the products. The factor
 * 1.7 on the release of the M cell is in a_rel. Volumes and Acap are those of the paper's cylinder, 100 x 11 um.
 *
 * Initial states: at the beginning of a beat after 2,000 beats at CL 1000 ms from the authors' state (V = -87 mV, 7 mM
 * Na, 145 mM K, 1e-4 and 1.2 mM Ca, gates 0 or 1), with the stimulus of the paper, 80 A/F for 0.5 ms, by CVODE.
 *
 * The stimulus is carried by potassium ions: it enters dV/dt and, as in A and B, the balance of Ki. All ions that cross
 * the membrane or move inside are accounted for, so the charge is conserved. */
#ifndef HC_ORD11_H
#define HC_ORD11_H

#include "invert.h"
#include "ord11_tables.h"

#define ORD11_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                                                     \
  ORD11_BODY_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF)                                                             \
  GATE(xrf, (8.116026e-06, 8.068354e-06, 8.632261e-06), "1", "fast activation of IKr")                                 \
  GATE(xrs, (0.4230411, 0.4503012, 0.4838644), "1", "slow activation of IKr")

#define ORD11_PARAMETERS(PARAMETER) ORD11_BODY_PARAMETERS(PARAMETER)

#define ORD11_SUMS(SUM) SUM(charge, "mV", "V less the charge of all ions inside over the capacitance")

HC_MODEL_TYPES(ord11, ORD11_STATES, ORD11_PARAMETERS, ORD11_CURRENTS)
HC_SUM_TYPES(ord11, ORD11_SUMS)

HC_FN hc_real ord11_open_IKr(const struct ord11_state *y, const struct ord11_parameters *p, struct ord11_rates *r)
{
  const hc_real V = y->V;
  (void)p;
  /* tau_xrf = 12.98 + 1 / f, tau_xrs = 1.865 + 1 / s */
  const hc_real f = 0.3652 * hc_exp((V - 31.66) * (1.0 / 3.869)) + 4.123e-5 * hc_exp((V - 47.78) * (-1.0 / 20.38));
  const hc_real s = 0.06629 * hc_exp((V - 34.7) * (1.0 / 7.355)) + 1.128e-5 * hc_exp((V - 29.74) * (-1.0 / 25.94));
  const struct hc_reciprocals k =
      hc_invert3(1.0 + hc_exp((V + 8.337) * (-1.0 / 6.789)), 12.98 * f + 1.0, 1.865 * s + 1.0);
  r->xrf.inf = r->xrs.inf = k.a;
  r->xrf.k = f * k.b;
  r->xrs.k = s * k.c;
  /* fast = 1 / (1 + exp((V + 54.81) / 38.21)), rectification = 1 / (1 + exp((V + 55) / 75)) / (1 + exp((V - 10) / 30))
   */
  const hc_real u = hc_exp(V * (1.0 / 150.0)), u2 = hc_square(u), u5 = hc_square(u2) * u;
  const struct hc_reciprocals q = hc_invert2(1.0 + hc_exp((V + 54.81) * (1.0 / 38.21)),
                                             (1.0 + u2 * hc_exp(55.0 / 75.0)) * (1.0 + u5 * hc_exp(-1.0 / 3.0)));
  return (q.a * y->xrf + (1.0 - q.a) * y->xrs) * q.b;
}

#define ORD11_MODEL ord11
#include "ord11_body.h"

HC_FN void ord11_sums_of(const struct ord11_state *y, const struct ord11_parameters *p, struct ord11_sums *s)
{
  s->charge = ord11_charge(y, p);
}

#endif
