/* Courtemanche, Ramirez & Nattel 1998, "Ionic mechanisms underlying human atrial action potential properties: insights
 * from a mathematical model", Am. J. Physiol. Heart Circ. Physiol. 275:H301-H321,
 * doi:10.1152/ajpheart.1998.275.1.H301. A cell of the human right atrium.
 *
 * Numbers were compared in public codes:
 *   A  Myokit, c/courtemanche-1998.mmt, checked there against the paper's equations and the CellML repository's
 *      exposure 0e03: all
 *   B  finitewave 0.6.0, its Courtemanche plug-in: all; evaluated at 400 random states with its rounded constants, its
 *      rates and currents agree with those of this header to rounding
 *   C  torchcor, CourtemancheRamirezNattel (openCARP's form): all but the balance of Nai, which is constant there
 *
 * They agree, except for these:
 *   - GKr, GKs, GCaL, GbNa, GbCa and the largest INaK have more digits in A (and CellML) than in the paper, B and C:
 *     0.029411765 for 0.0294, 0.12941176 for 0.129, 0.12375 for 0.1238, 0.0006744375 for 0.000674, 0.001131 for
 *     0.00113, 0.59933874 for 0.60. Taken: A's.
 *   - Closing rate of ui. By A, the paper's equation has exp((V - 158) / 16) as a denominator, but its figure needs a
 *     numerator, as in A, B and C. Taken: the latter.
 *   - The stimulus enters the balance of Ki in A only. Taken: A's, so that charge is conserved.
 *   - Release signal Fn: 1e-12 Vrel Jrel in A and B; C has a hundredth of that. Taken: the former.
 *
 * Initial state: that of B and C, of a cell at rest. Paced at 1 Hz, Nai and Ki drift for many minutes from there.
 *
 * Release of calcium is a switch: u and v follow sigmoids of Fn that are narrow (1.4e-15) against its range (1e-10), so
 * that what they follow turns within microseconds.
 *
 * Form. x / (exp(x) - 1) is B(x), by hc_x_over_expm1(); B exp(x) = B + x. So the rates with removable singularities (m
 * at -47.13 mV, xr at -14.1 and 3.3328 mV, xs at 19.9 mV, d at -10 mV, w at 7.9 mV) are exact there. */
#ifndef HC_COURTEMANCHE98_H
#define HC_COURTEMANCHE98_H

#include "model.h"

#define HC_CRN98 "doi:10.1152/ajpheart.1998.275.1.H301"

/* Name, initial value, unit, meaning. */
#define COURTEMANCHE98_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                                            \
  POTENTIAL(V, (-81.2), "mV", "membrane potential")                                                                    \
  GATE(m, (0.00291), "1", "activation of INa")                                                                         \
  GATE(h, (0.965), "1", "fast inactivation of INa")                                                                    \
  GATE(j, (0.978), "1", "slow inactivation of INa")                                                                    \
  GATE(oa, (0.0304), "1", "activation of Ito")                                                                         \
  GATE(oi, (0.999), "1", "inactivation of Ito")                                                                        \
  GATE(ua, (0.00496), "1", "activation of IKur")                                                                       \
  GATE(ui, (0.999), "1", "inactivation of IKur")                                                                       \
  GATE(xr, (3.29e-5), "1", "activation of IKr")                                                                        \
  GATE(xs, (0.0187), "1", "activation of IKs")                                                                         \
  GATE(d, (0.000137), "1", "activation of ICaL")                                                                       \
  GATE(f, (0.999), "1", "voltage inactivation of ICaL")                                                                \
  LIGAND(fCa, (0.775), "1", "calcium inactivation of ICaL")                                                            \
  PLAIN(u, (0), "1", "activation of release")                                                                          \
  PLAIN(v, (1), "1", "inactivation of release by the calcium flux")                                                    \
  GATE(w, (0.999), "1", "inactivation of release by voltage")                                                          \
  PLAIN(Cai, (0.000102), "mM", "free calcium in the cytosol")                                                          \
  PLAIN(CaNSR, (1.49), "mM", "calcium in the uptake compartment of the reticulum")                                     \
  PLAIN(CaJSR, (1.49), "mM", "free calcium in the release compartment of the reticulum")                               \
  PLAIN(Nai, (11.2), "mM", "sodium in the cytosol")                                                                    \
  PLAIN(Ki, (139), "mM", "potassium in the cytosol")

/* Name, value, unit, least, most, meaning, source. */
#define COURTEMANCHE98_PARAMETERS(PARAMETER)                                                                           \
  PARAMETER(GNa, (7.8), "mS/uF", 0, 100, "conductance of INa", HC_CRN98)                                               \
  PARAMETER(GK1, (0.09), "mS/uF", 0, 5, "conductance of IK1", HC_CRN98)                                                \
  PARAMETER(Gto, (0.1652), "mS/uF", 0, 5, "conductance of Ito", HC_CRN98)                                              \
  PARAMETER(GKur, (0.05), "mS/uF", 0, 5, "conductance of IKur, the part that V opens", HC_CRN98)                       \
  PARAMETER(GKur_floor, (0.005), "mS/uF", 0, 5, "conductance of IKur, the part at every V", HC_CRN98)                  \
  PARAMETER(GKr, (0.029411765), "mS/uF", 0, 5, "conductance of IKr", HC_CRN98)                                         \
  PARAMETER(GKs, (0.12941176), "mS/uF", 0, 5, "conductance of IKs", HC_CRN98)                                          \
  PARAMETER(GCaL, (0.12375), "mS/uF", 0, 5, "conductance of ICaL", HC_CRN98)                                           \
  PARAMETER(ECaL, (65), "mV", 0, 200, "reversal potential of ICaL", HC_CRN98)                                          \
  PARAMETER(GpCa, (0.275), "A/F", 0, 10, "largest IpCa", HC_CRN98)                                                     \
  PARAMETER(GbNa, (0.0006744375), "mS/uF", 0, 0.1, "conductance of IbNa", HC_CRN98)                                    \
  PARAMETER(GbCa, (0.001131), "mS/uF", 0, 0.1, "conductance of IbCa", HC_CRN98)                                        \
  PARAMETER(PNaK, (0.59933874), "A/F", 0, 50, "largest INaK", HC_CRN98)                                                \
  PARAMETER(KNaCa, (1600), "A/F", 0, 1e5, "largest INaCa", HC_CRN98)                                                   \
  PARAMETER(Ko, (5.4), "mM", 0.1, 50, "potassium outside", HC_CRN98)                                                   \
  PARAMETER(Nao, (140), "mM", 1, 300, "sodium outside", HC_CRN98)                                                      \
  PARAMETER(Cao, (1.8), "mM", 0.01, 20, "calcium outside", HC_CRN98)                                                   \
  PARAMETER(T, (310), "K", 270, 330, "temperature in Nernst and flux terms", HC_CRN98)                                 \
  PARAMETER(KQ10, (3), "1", 0.1, 10, "factor of the kinetics of Ito and IKur, for temperature", HC_CRN98)              \
  PARAMETER(Cm, (0.1), "nF", 0.01, 10, "capacitance of the cell", HC_CRN98)                                            \
  PARAMETER(Vc, (0.013668), "nL", 1e-3, 1, "volume of the cytosol", HC_CRN98)                                          \
  PARAMETER(Vup, (0.00110952), "nL", 1e-5, 0.1, "volume of the uptake compartment", HC_CRN98)                          \
  PARAMETER(Vrel, (9.648e-5), "nL", 1e-6, 0.01, "volume of the release compartment", HC_CRN98)                         \
  PARAMETER(KmK, (1.5), "mM", 0.01, 100, "half saturation of INaK by Ko", HC_CRN98)                                    \
  PARAMETER(KmNa, (10), "mM", 0.1, 1000, "half saturation of INaK by Nai", HC_CRN98)                                   \
  PARAMETER(KmCa, (1.38), "mM", 0.01, 100, "half saturation of INaCa by Cao", HC_CRN98)                                \
  PARAMETER(KmNai, (87.5), "mM", 0.1, 1000, "half saturation of INaCa by Nai", HC_CRN98)                               \
  PARAMETER(ksat, (0.1), "1", 0, 10, "saturation of INaCa", HC_CRN98)                                                  \
  PARAMETER(gamma, (0.35), "1", 0, 1, "position of the energy barrier of INaCa", HC_CRN98)                             \
  PARAMETER(KpCa, (0.0005), "mM", 1e-6, 1, "half saturation of IpCa", HC_CRN98)                                        \
  PARAMETER(KfCa, (0.00035), "mM", 1e-6, 1, "calcium at which fCa is half", HC_CRN98)                                  \
  PARAMETER(tau_fCa, (2), "ms", 0.1, 1000, "time constant of fCa", HC_CRN98)                                           \
  PARAMETER(krel, (30), "1/ms", 0, 1000, "rate of release", HC_CRN98)                                                  \
  PARAMETER(tau_u, (8), "ms", 0.1, 1000, "time constant of u", HC_CRN98)                                               \
  PARAMETER(tau_tr, (180), "ms", 1, 1e4, "time constant of transfer from uptake to release compartment", HC_CRN98)     \
  PARAMETER(Vmax_up, (0.005), "mM/ms", 0, 1, "largest uptake", HC_CRN98)                                               \
  PARAMETER(Kup, (0.00092), "mM", 1e-6, 1, "half saturation of uptake", HC_CRN98)                                      \
  PARAMETER(CaNSR_max, (15), "mM", 0.1, 1000, "CaNSR at which leak equals the largest uptake", HC_CRN98)               \
  PARAMETER(Cmdn, (0.05), "mM", 0, 100, "calmodulin in the cytosol", HC_CRN98)                                         \
  PARAMETER(KmCmdn, (0.00238), "mM", 1e-6, 10, "half saturation of calmodulin", HC_CRN98)                              \
  PARAMETER(Trpn, (0.07), "mM", 0, 100, "troponin in the cytosol", HC_CRN98)                                           \
  PARAMETER(KmTrpn, (0.0005), "mM", 1e-6, 10, "half saturation of troponin", HC_CRN98)                                 \
  PARAMETER(Csqn, (10), "mM", 0, 1000, "calsequestrin in the release compartment", HC_CRN98)                           \
  PARAMETER(KmCsqn, (0.8), "mM", 1e-6, 100, "half saturation of calsequestrin", HC_CRN98)

#define COURTEMANCHE98_CURRENTS(CURRENT)                                                                               \
  CURRENT(INa, "A/F", "fast sodium")                                                                                   \
  CURRENT(IK1, "A/F", "inward rectifier potassium")                                                                    \
  CURRENT(Ito, "A/F", "transient outward potassium")                                                                   \
  CURRENT(IKur, "A/F", "ultrarapid delayed rectifier potassium")                                                       \
  CURRENT(IKr, "A/F", "rapid delayed rectifier potassium")                                                             \
  CURRENT(IKs, "A/F", "slow delayed rectifier potassium")                                                              \
  CURRENT(ICaL, "A/F", "L-type calcium")                                                                               \
  CURRENT(INaCa, "A/F", "sodium-calcium exchanger")                                                                    \
  CURRENT(INaK, "A/F", "sodium-potassium pump")                                                                        \
  CURRENT(IpCa, "A/F", "sarcolemmal calcium pump")                                                                     \
  CURRENT(IbNa, "A/F", "background sodium")                                                                            \
  CURRENT(IbCa, "A/F", "background calcium")                                                                           \
  CURRENT(Jrel, "mM/ms", "release from the reticulum, per volume of the release compartment")                          \
  CURRENT(Jup, "mM/ms", "uptake into the reticulum, per volume of the uptake compartment")                             \
  CURRENT(Jleak, "mM/ms", "leak from the reticulum, per volume of the uptake compartment")                             \
  CURRENT(Jtr, "mM/ms", "transfer to the release compartment, per its volume")

#define COURTEMANCHE98_SUMS(SUM)                                                                                       \
  SUM(charge, "mV", "V less the charge of all sodium, potassium and calcium in the cell over its capacitance")

HC_MODEL_TYPES(courtemanche98, COURTEMANCHE98_STATES, COURTEMANCHE98_PARAMETERS, COURTEMANCHE98_CURRENTS)
HC_SUM_TYPES(courtemanche98, COURTEMANCHE98_SUMS)

#define COURTEMANCHE98_R 8314.3  /* mJ/(mol K) */
#define COURTEMANCHE98_F 96486.7 /* C/mol */

/* INa: m, h, j. The rates of h and j change form at -40 mV, and one exponential serves both forms. */
HC_FN void courtemanche98_sodium_gates(hc_real V, struct courtemanche98_rates *r)
{
  const int low = V < -40.0;
  /* alpha = 0.32 (V + 47.13) / (1 - exp(-0.1 (V + 47.13))) */
  const hc_real alpha_m = 3.2 * hc_x_over_expm1(-0.1 * (V + 47.13));
  r->m.k = alpha_m + 0.08 * hc_exp(V * (-1.0 / 11.0));
  r->m.inf = alpha_m / r->m.k;

  const hc_real slow = hc_exp(hc_select(low, (V + 80.0) * (-1.0 / 6.8), (V + 10.66) * (-1.0 / 11.1)));
  const hc_real alpha_h = hc_select(low, 0.135 * slow, 0.0);
  const hc_real beta_h =
      hc_select(low, 3.56 * hc_exp(0.079 * V) + 310000.0 * hc_exp(0.35 * V), (1.0 / 0.13) / (1.0 + slow));
  r->h.k = alpha_h + beta_h;
  r->h.inf = alpha_h / r->h.k;

  const hc_real opening = (-127140.0 * hc_exp(0.2444 * V) - 3.474e-5 * hc_exp(-0.04391 * V)) * (V + 37.78) /
                          (1.0 + hc_exp(0.311 * (V + 79.23)));
  const hc_real alpha_j = hc_select(low, opening, 0.0);
  const hc_real numerator = hc_select(low, 0.1212, 0.3) * hc_exp(V * hc_select(low, -0.01052, -2.535e-7));
  const hc_real beta_j = numerator / (1.0 + hc_exp(hc_select(low, -0.1378 * (V + 40.14), -0.1 * (V + 32.0))));
  r->j.k = alpha_j + beta_j;
  r->j.inf = alpha_j / r->j.k;
}

/* Ito: oa, oi; IKur: ua, ui; IKr: xr; IKs: xs. down17 = exp(-V / 17). */
HC_FN void courtemanche98_potassium_gates(hc_real V, hc_real down17, const struct courtemanche98_parameters *p,
                                          struct courtemanche98_rates *r)
{
  /* oa and ua: alpha = 0.65 / (exp(-(V + 10) / 8.5) + exp(-(V - 30) / 59)), beta = 0.65 / (2.5 + exp((V + 82) / 17)) */
  const hc_real a = hc_square(down17) * hc_exp(-20.0 / 17.0) + hc_exp((V - 30.0) * (-1.0 / 59.0));
  const hc_real b = 2.5 * down17 + hc_exp(82.0 / 17.0);
  const hc_real k = p->KQ10 * 0.65 * (b + down17 * a) / (a * b);
  r->oa.inf = 1.0 / (1.0 + hc_exp((V + 20.47) * (-1.0 / 17.54)));
  r->oa.k = k;
  r->ua.inf = 1.0 / (1.0 + hc_exp((V + 30.3) * (-1.0 / 9.6)));
  r->ua.k = k;

  /* alpha = 1 / (18.53 + exp((V + 113.7) / 10.95)), beta = 1 / (35.56 + exp(-(V + 1.26) / 7.44)) */
  const hc_real c = 18.53 + hc_exp((V + 113.7) * (1.0 / 10.95)), e = 35.56 + hc_exp((V + 1.26) * (-1.0 / 7.44));
  r->oi.inf = 1.0 / (1.0 + hc_exp((V + 43.1) * (1.0 / 5.3)));
  r->oi.k = p->KQ10 * (c + e) / (c * e);

  /* alpha = 1 / (21 + exp(-(V - 185) / 28)), beta = exp((V - 158) / 16) */
  r->ui.inf = 1.0 / (1.0 + hc_exp((V - 99.45) * (1.0 / 27.48)));
  r->ui.k = p->KQ10 * (1.0 / (21.0 + hc_exp((V - 185.0) * (-1.0 / 28.0))) + hc_exp((V - 158.0) * (1.0 / 16.0)));

  /* alpha = 0.0003 (V + 14.1) / (1 - exp(-(V + 14.1) / 5)), beta = 7.3898e-5 (V - 3.3328) / (exp((V - 3.3328) / 5.1237)
   * - 1) */
  r->xr.inf = 1.0 / (1.0 + hc_exp((V + 14.1) * (-1.0 / 6.5)));
  r->xr.k = 0.0015 * hc_x_over_expm1((V + 14.1) * (-1.0 / 5.0)) +
            (7.3898e-5 * 5.1237) * hc_x_over_expm1((V - 3.3328) * (1.0 / 5.1237));

  /* 1 / tau = 2 (alpha + beta), alpha = 4e-5 (V - 19.9) / (1 - exp(-(V - 19.9) / 17)), beta = 3.5e-5 (V - 19.9) /
   * (exp((V - 19.9) / 9) - 1) */
  r->xs.inf = 1.0 / hc_sqrt(1.0 + hc_exp((V - 19.9) * (-1.0 / 12.7)));
  r->xs.k = (8e-5 * 17.0) * hc_x_over_expm1((V - 19.9) * (-1.0 / 17.0)) +
            (7e-5 * 9.0) * hc_x_over_expm1((V - 19.9) * (1.0 / 9.0));
}

/* ICaL: d, f, fCa. */
HC_FN void courtemanche98_calcium_gates(hc_real V, hc_real Cai, const struct courtemanche98_parameters *p,
                                        struct courtemanche98_rates *r)
{
  /* tau = (1 - e) / (0.035 (V + 10) (1 + e)), e = exp(-(V + 10) / 6.24) */
  const hc_real x = (V + 10.0) * (-1.0 / 6.24);
  r->d.inf = 1.0 / (1.0 + hc_exp((V + 10.0) * (-1.0 / 8.0)));
  r->d.k = (0.035 * 6.24) * (2.0 * hc_x_over_expm1(x) + x);

  r->f.inf = 1.0 / (1.0 + hc_exp((V + 28.0) * (1.0 / 6.9)));
  r->f.k = (0.0197 * hc_exp(-hc_square(0.0337 * (V + 10.0))) + 0.02) * (1.0 / 9.0);

  r->fCa.inf = p->KfCa / (p->KfCa + Cai);
  r->fCa.k = 1.0 / p->tau_fCa;
}

HC_FN void courtemanche98_currents_of(const struct courtemanche98_state *y, const struct courtemanche98_parameters *p,
                                      struct courtemanche98_currents *i)
{
  const struct courtemanche98_currents *s = &p->scale;
  const hc_real V = y->V, RTF = COURTEMANCHE98_R * p->T / COURTEMANCHE98_F, FV = V / RTF;
  const hc_real VK = V - RTF * hc_log(p->Ko / y->Ki), VNa = V - RTF * hc_log(p->Nao / y->Nai);
  const hc_real VCa = V - 0.5 * RTF * hc_log(p->Cao / y->Cai);

  i->INa = s->INa * p->GNa * hc_cube(y->m) * y->h * y->j * VNa;
  i->IbNa = s->IbNa * p->GbNa * VNa;
  i->IbCa = s->IbCa * p->GbCa * VCa;
  i->IK1 = s->IK1 * p->GK1 * VK / (1.0 + hc_exp(0.07 * (V + 80.0)));
  i->Ito = s->Ito * p->Gto * hc_cube(y->oa) * y->oi * VK;
  const hc_real GKur = p->GKur_floor + p->GKur / (1.0 + hc_exp((V - 15.0) * (-1.0 / 13.0)));
  i->IKur = s->IKur * GKur * hc_cube(y->ua) * y->ui * VK;
  i->IKr = s->IKr * p->GKr * y->xr * VK / (1.0 + hc_exp((V + 15.0) * (1.0 / 22.4)));
  i->IKs = s->IKs * p->GKs * hc_square(y->xs) * VK;
  i->ICaL = s->ICaL * p->GCaL * y->d * y->f * y->fCa * (V - p->ECaL);
  i->IpCa = s->IpCa * p->GpCa * y->Cai / (y->Cai + p->KpCa);

  /* sigma = (exp(Nao / 67.3) - 1) / 7; fNaK = 1 / (1 + 0.1245 exp(-0.1 F V / RT) + 0.0365 sigma exp(-F V / RT)) */
  const hc_real tenth = hc_exp(-0.1 * FV), down = hc_square(hc_square(hc_square(tenth)) * tenth);
  const hc_real sigma = hc_expm1(p->Nao * (1.0 / 67.3)) * (1.0 / 7.0), ratio = p->KmNa / y->Nai;
  i->INaK = s->INaK * p->PNaK * p->Ko /
            ((1.0 + 0.1245 * tenth + 0.0365 * sigma * down) * (p->Ko + p->KmK) * (1.0 + ratio * hc_sqrt(ratio)));

  const hc_real inward = hc_exp(p->gamma * FV), outward = inward * down; /* exp(gamma FV), exp((gamma - 1) FV) */
  const hc_real saturation = (hc_cube(p->KmNai) + hc_cube(p->Nao)) * (p->KmCa + p->Cao);
  i->INaCa = s->INaCa * p->KNaCa * (inward * hc_cube(y->Nai) * p->Cao - outward * hc_cube(p->Nao) * y->Cai) /
             (saturation * (1.0 + p->ksat * outward));

  i->Jrel = s->Jrel * p->krel * hc_square(y->u) * y->v * y->w * (y->CaJSR - y->Cai);
  i->Jup = s->Jup * p->Vmax_up * y->Cai / (y->Cai + p->Kup);
  i->Jleak = s->Jleak * p->Vmax_up * y->CaNSR / p->CaNSR_max;
  i->Jtr = s->Jtr * (y->CaNSR - y->CaJSR) / p->tau_tr;
}

/* Release: u, v follow the calcium flux into the cell and from the reticulum, which depends on them in turn, so they
 * are plain states; w follows V. */
HC_FN void courtemanche98_release_gates(const struct courtemanche98_state *y, hc_real down17,
                                        const struct courtemanche98_parameters *p,
                                        const struct courtemanche98_currents *i, struct courtemanche98_rates *r)
{
  /* Fn = 1e-12 Vrel Jrel - 5e-13 / F (0.5 ICaL - 0.2 INaCa), in um3, C/mmol and pA; u switches at 3.4175e-13, v at a
   * fifth of that, over 13.67e-16: in units of the latter at 250 and 50 */
  const hc_real width = 13.67e-16;
  const hc_real Fn =
      (1e-6 / width) * p->Vrel * i->Jrel - (2.5e-7 / width / COURTEMANCHE98_F) * p->Cm * (i->ICaL - 0.4 * i->INaCa);
  const hc_real high = 1.0 / (1.0 + hc_exp(250.0 - Fn)), low = 1.0 / (1.0 + hc_exp(Fn - 50.0));
  r->u = (high - y->u) / p->tau_u;
  r->v = (low - y->v) / (1.91 + 2.09 * high);
  /* tau = 6 (1 - e) / ((1 + 0.3 e) (V - 7.9)), e = exp(-(V - 7.9) / 5) */
  const hc_real x = (y->V - 7.9) * (-1.0 / 5.0);
  r->w.inf = down17 / (down17 + hc_exp(-40.0 / 17.0));
  r->w.k = (5.0 / 6.0) * (1.3 * hc_x_over_expm1(x) + 0.3 * x);
}

HC_FN void courtemanche98_concentrations(const struct courtemanche98_state *y, hc_real stim,
                                         const struct courtemanche98_parameters *p,
                                         const struct courtemanche98_currents *i, struct courtemanche98_rates *r)
{
  const hc_real per_charge = p->Cm / (p->Vc * COURTEMANCHE98_F); /* A/F -> mM/ms of a monovalent ion in the cytosol */
  const hc_real bound =
      1.0 + p->Trpn * p->KmTrpn / hc_square(y->Cai + p->KmTrpn) + p->Cmdn * p->KmCmdn / hc_square(y->Cai + p->KmCmdn);
  const hc_real j2 = hc_square(y->CaJSR + p->KmCsqn), free_j = j2 / (j2 + p->Csqn * p->KmCsqn);
  r->Cai = (0.5 * per_charge * (2.0 * i->INaCa - i->IpCa - i->ICaL - i->IbCa) +
            (p->Vup * (i->Jleak - i->Jup) + p->Vrel * i->Jrel) / p->Vc) /
           bound;
  r->CaNSR = i->Jup - i->Jleak - i->Jtr * p->Vrel / p->Vup;
  r->CaJSR = free_j * (i->Jtr - i->Jrel);
  r->Nai = -per_charge * (i->INa + i->IbNa + 3.0 * (i->INaK + i->INaCa));
  r->Ki = -per_charge * (i->IK1 + i->Ito + i->IKur + i->IKr + i->IKs - 2.0 * i->INaK - stim);
}

HC_FN void courtemanche98_rhs(hc_real t, const struct courtemanche98_state *y, hc_real stim,
                              const struct courtemanche98_parameters *p, struct courtemanche98_rates *r,
                              struct courtemanche98_currents *i)
{
  const hc_real down17 = hc_exp(y->V * (-1.0 / 17.0));
  (void)t;
  courtemanche98_sodium_gates(y->V, r);
  courtemanche98_potassium_gates(y->V, down17, p, r);
  courtemanche98_calcium_gates(y->V, y->Cai, p, r);
  courtemanche98_currents_of(y, p, i);
  courtemanche98_release_gates(y, down17, p, i, r);
  courtemanche98_concentrations(y, stim, p, i, r);
  r->V = stim - (i->INa + i->IK1 + i->Ito + i->IKur + i->IKr + i->IKs + i->ICaL + i->INaCa + i->INaK + i->IpCa +
                 i->IbNa + i->IbCa);
}

/* All calcium counts, that bound to buffers and that in the reticulum too. */
HC_FN void courtemanche98_sums_of(const struct courtemanche98_state *y, const struct courtemanche98_parameters *p,
                                  struct courtemanche98_sums *s)
{
  const hc_real cytosol = y->Cai * (1.0 + p->Trpn / (y->Cai + p->KmTrpn) + p->Cmdn / (y->Cai + p->KmCmdn));
  const hc_real release = y->CaJSR * (1.0 + p->Csqn / (y->CaJSR + p->KmCsqn));
  const hc_real calcium = p->Vc * cytosol + p->Vup * y->CaNSR + p->Vrel * release;
  s->charge = y->V - COURTEMANCHE98_F / p->Cm * (p->Vc * (y->Nai + y->Ki) + 2.0 * calcium);
}

#endif
