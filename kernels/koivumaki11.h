/* Koivumaki, Korhonen & Tavi 2011, "Impact of sarcoplasmic reticulum calcium release on calcium dynamics and action
 * potential morphology in human atrial myocytes: a computational study", PLoS Comput. Biol. 7:e1001067,
 * doi:10.1371/journal.pcbi.1001067; membrane currents from Nygren et al. 1998, doi:10.1161/01.RES.82.1.63, and Maleckar
 * et al. 2009, doi:10.1152/ajpheart.00411.2009. Calcium diffuses through four shells of cytosol (1 inmost) and of
 * reticulum; the subspace (ss) lies between shell 4 and the sarcolemma.
 *
 * Numbers were compared in public codes:
 *   A  Myokit, c/koivumaki-2011.mmt, checked there against the authors' Matlab program: all. Its equations, written
 *      in Python for this purpose and evaluated at 400 random states, agree in rates and currents with those of this
 *      header to rounding
 *   B  E-Cell, CardiacMyocytes-Koivumaki_2011: numbers, and the authors' initial state
 *   C  the authors' Matlab program of 2014, doi:10.1371/journal.pcbi.1003620: the equations that it keeps
 *
 * They agree, except for these:
 *   - Ito and IKur have 1.09 x 7.5 and 0.89 x 2.75 nS in A and B, 8.25 and 2.25 nS in C, as in Maleckar et al. Taken:
 *     those of A and B.
 *   - The reticulum's volume is 90 % of the paper's 2.25 % of a shell, in all three. Taken: as they have it.
 *   - Initial state: A's is paced to its limit with a stimulus that potassium carries. Taken: B's, the authors'.
 *
 * The stimulus is carried by potassium ions (A, C). Its default is that of B, 1000 pA for 6 ms; the paper gives none
 * that these sources repeat.
 *
 * The equations do not conserve charge: finite differences of diffusion in shells, as published, lose or gain calcium.
 * So no conserved sums are given.
 *
 * The published units are s, pA, nS and nL at 50 pF; here they are ms, A/F and mS/uF, so 1 nS is 0.02 mS/uF.
 *
 * Cai, the mean of the four shells, is no state of the published model; its rate is the mean of theirs. It is there
 * because users look for calcium of the cytosol under that name. */
#ifndef HC_KOIVUMAKI11_H
#define HC_KOIVUMAKI11_H

#include "model.h"

#define HC_KOIVUMAKI "doi:10.1371/journal.pcbi.1001067"
#define HC_KOI_NYGREN "doi:10.1161/01.RES.82.1.63"
#define HC_KOI_MALECKAR "doi:10.1152/ajpheart.00411.2009"

/* Name, initial value, unit, meaning. */
#define KOIVUMAKI11_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                                               \
  POTENTIAL(V, (-75.31941), "mV", "membrane potential")                                                                \
  GATE(m, (0.002779), "1", "activation of INa")                                                                        \
  GATE(h1, (0.90391), "1", "fast inactivation of INa")                                                                 \
  GATE(h2, (0.903967), "1", "slow inactivation of INa")                                                                \
  GATE(d, (1.1e-5), "1", "activation of ICaL")                                                                         \
  GATE(f1, (0.998857), "1", "fast inactivation of ICaL")                                                               \
  GATE(f2, (0.998862), "1", "slow inactivation of ICaL")                                                               \
  LIGAND(fCa, (0.974437), "1", "calcium inactivation of ICaL")                                                         \
  GATE(r, (0.000959), "1", "activation of Ito")                                                                        \
  GATE(s, (0.954338), "1", "inactivation of Ito")                                                                      \
  GATE(ua, (0.000311), "1", "activation of IKur")                                                                      \
  GATE(ui, (0.975109), "1", "inactivation of IKur")                                                                    \
  GATE(n, (0.00411), "1", "activation of IKs")                                                                         \
  GATE(pa, (4.2e-5), "1", "activation of IKr")                                                                         \
  GATE(yf, (0.056207), "1", "activation of If")                                                                        \
  LIGAND(oss, (4e-5), "1", "opening of release, subspace")                                                             \
  LIGAND(css, (0.999972), "1", "inactivation of release, subspace")                                                    \
  LIGAND(ass, (0.24553), "1", "adaptation of release, subspace")                                                       \
  LIGAND(o1, (9.5e-5), "1", "opening of release, shell 1")                                                             \
  LIGAND(c1, (0.999372), "1", "inactivation of release, shell 1")                                                      \
  LIGAND(a1, (0.192536), "1", "adaptation of release, shell 1")                                                        \
  LIGAND(o2, (7.8e-5), "1", "opening of release, shell 2")                                                             \
  LIGAND(c2, (0.999509), "1", "inactivation of release, shell 2")                                                      \
  LIGAND(a2, (0.201034), "1", "adaptation of release, shell 2")                                                        \
  LIGAND(o3, (5.7e-5), "1", "opening of release, shell 3")                                                             \
  LIGAND(c3, (0.99956), "1", "inactivation of release, shell 3")                                                       \
  LIGAND(a3, (0.216312), "1", "adaptation of release, shell 3")                                                        \
  PLAIN(pump1, (0.004639), "mM", "calcium on pumps of the reticulum, shell 1")                                         \
  PLAIN(pump2, (0.004512), "mM", "calcium on pumps of the reticulum, shell 2")                                         \
  PLAIN(pump3, (0.004326), "mM", "calcium on pumps of the reticulum, shell 3")                                         \
  PLAIN(pumpss, (0.00425), "mM", "calcium on pumps of the reticulum, subspace")                                        \
  PLAIN(Cai, (0.00014325), "mM", "free calcium in the cytosol, mean of the shells")                                    \
  PLAIN(Cai1, (0.000135), "mM", "free calcium, shell 1")                                                               \
  PLAIN(Cai2, (0.000138), "mM", "free calcium, shell 2")                                                               \
  PLAIN(Cai3, (0.000144), "mM", "free calcium, shell 3")                                                               \
  PLAIN(Cai4, (0.000156), "mM", "free calcium, shell 4")                                                               \
  PLAIN(Cass, (0.000162), "mM", "free calcium, subspace")                                                              \
  PLAIN(CaSR1, (0.618922), "mM", "free calcium of the reticulum, shell 1")                                             \
  PLAIN(CaSR2, (0.607629), "mM", "free calcium of the reticulum, shell 2")                                             \
  PLAIN(CaSR3, (0.590527), "mM", "free calcium of the reticulum, shell 3")                                             \
  PLAIN(CaSR4, (0.573811), "mM", "free calcium of the reticulum, shell 4, at the subspace")                            \
  PLAIN(Nass, (8.691502), "mM", "free sodium, subspace")                                                               \
  PLAIN(Nai, (9.28686), "mM", "sodium in the cytosol")                                                                 \
  PLAIN(Ki, (134.6313), "mM", "potassium in the cytosol")

/* Name, value, unit, least, most, meaning, source. */
#define KOIVUMAKI11_PARAMETERS(PARAMETER)                                                                              \
  PARAMETER(PNa, (3.6e-5), "L/(F ms)", 0, 1e-3, "permeability of INa, 0.0018 nL/s", HC_KOI_MALECKAR)                   \
  PARAMETER(GCaL, (0.50625), "mS/uF", 0, 10, "conductance of ICaL, 25.3125 nS", HC_KOIVUMAKI)                          \
  PARAMETER(Gto, (0.1635), "mS/uF", 0, 5, "conductance of Ito, 8.175 nS", HC_KOIVUMAKI)                                \
  PARAMETER(GKur, (0.04895), "mS/uF", 0, 5, "conductance of IKur, 2.4475 nS", HC_KOIVUMAKI)                            \
  PARAMETER(GK1, (0.06885), "mS/uF", 0, 5, "conductance of IK1 at 1 mM of Ko, 3.4425 nS", HC_KOIVUMAKI)                \
  PARAMETER(GKr, (0.01), "mS/uF", 0, 5, "conductance of IKr, 0.5 nS", HC_KOI_NYGREN)                                   \
  PARAMETER(GKs, (0.02), "mS/uF", 0, 5, "conductance of IKs, 1 nS", HC_KOI_NYGREN)                                     \
  PARAMETER(Gf, (0.02), "mS/uF", 0, 5, "conductance of If, 1 nS", HC_KOIVUMAKI)                                        \
  PARAMETER(part_fNa, (0.2677), "1", 0, 1, "part of If that sodium carries", HC_KOIVUMAKI)                             \
  PARAMETER(GbNa, (0.00121198), "mS/uF", 0, 0.1, "conductance of IbNa, 0.060599 nS", HC_KOI_NYGREN)                    \
  PARAMETER(GbCa, (0.001904), "mS/uF", 0, 0.1, "conductance of IbCa, 0.0952 nS", HC_KOIVUMAKI)                         \
  PARAMETER(PNaK, (1.416506), "A/F", 0, 50, "largest INaK, 70.8253 pA", HC_KOI_NYGREN)                                 \
  PARAMETER(KNaCa, (0.000168), "A/(F mM4)", 0, 1, "scale of INaCa, 0.0084 pA/mM4", HC_KOIVUMAKI)                       \
  PARAMETER(GpCa, (0.04), "A/F", 0, 10, "largest IpCa, 2 pA", HC_KOIVUMAKI)                                            \
  PARAMETER(ECaL, (60), "mV", 0, 200, "reversal potential of ICaL", HC_KOI_NYGREN)                                     \
  PARAMETER(Nao, (130), "mM", 1, 300, "sodium outside", HC_KOI_NYGREN)                                                 \
  PARAMETER(Ko, (5.4), "mM", 0.1, 50, "potassium outside", HC_KOI_NYGREN)                                              \
  PARAMETER(Cao, (1.8), "mM", 0.01, 20, "calcium outside", HC_KOI_NYGREN)                                              \
  PARAMETER(T, (306.15), "K", 270, 330, "temperature in Nernst and flux terms", HC_KOI_NYGREN)                         \
  PARAMETER(Cm, (0.05), "nF", 0.01, 10, "capacitance of the cell", HC_KOI_NYGREN)                                      \
  PARAMETER(length, (122.051), "um", 10, 1000, "length of the cell", HC_KOIVUMAKI)                                     \
  PARAMETER(dx, (1.625), "um", 0.1, 10, "thickness of a shell", HC_KOIVUMAKI)                                          \
  PARAMETER(Vss, (4.99232e-5), "nL", 1e-7, 0.01, "volume of the subspace", HC_KOIVUMAKI)                               \
  PARAMETER(part_SR, (0.0225), "1", 1e-4, 1, "volume of the reticulum over that of its shell", HC_KOIVUMAKI)           \
  PARAMETER(DCa, (0.78), "um2/ms", 0, 10, "diffusion of calcium", HC_KOIVUMAKI)                                        \
  PARAMETER(DCaB, (0.025), "um2/ms", 0, 10, "diffusion of calcium on its buffer", HC_KOIVUMAKI)                        \
  PARAMETER(DCaSR, (0.044), "um2/ms", 0, 10, "diffusion of calcium in the reticulum", HC_KOIVUMAKI)                    \
  PARAMETER(DNa, (0.00012), "um2/ms", 0, 10, "diffusion of sodium", HC_KOIVUMAKI)                                      \
  PARAMETER(KmK, (1), "mM", 0.01, 100, "half saturation of INaK by Ko", HC_KOI_NYGREN)                                 \
  PARAMETER(KmNa, (11), "mM", 0.1, 1000, "half saturation of INaK by Nass", HC_KOI_NYGREN)                             \
  PARAMETER(gamma, (0.45), "1", 0, 1, "position of the energy barrier of INaCa", HC_KOI_NYGREN)                        \
  PARAMETER(dNaCa, (0.0003), "1/mM4", 0, 1, "saturation of INaCa", HC_KOI_NYGREN)                                      \
  PARAMETER(KpCa, (0.0005), "mM", 1e-6, 1, "half saturation of IpCa", HC_KOIVUMAKI)                                    \
  PARAMETER(KfCa, (0.001), "mM", 1e-6, 1, "Cass at which fCa is half", HC_KOIVUMAKI)                                   \
  PARAMETER(tau_fCa, (2), "ms", 0.1, 1000, "time constant of fCa", HC_KOIVUMAKI)                                       \
  PARAMETER(kpump, (0.0075), "1/ms", 0, 10, "rate of the reticulum's pumps", HC_KOIVUMAKI)                             \
  PARAMETER(Kmf, (0.00025), "mM", 1e-6, 1, "half saturation of the pumps from the cytosol", HC_KOIVUMAKI)              \
  PARAMETER(Kmr, (1.8), "mM", 1e-3, 100, "half saturation of the pumps from the reticulum", HC_KOIVUMAKI)              \
  PARAMETER(pumps, (0.04), "mM", 0, 10, "concentration of the pumps", HC_KOIVUMAKI)                                    \
  PARAMETER(kleak, (6e-6), "1/ms", 0, 1, "rate of leak from the reticulum", HC_KOIVUMAKI)                              \
  PARAMETER(krel, (0.001), "1/ms", 0, 100, "rate of release in the shells", HC_KOIVUMAKI)                              \
  PARAMETER(krelss, (0.625), "1/ms", 0, 100, "rate of release into the subspace", HC_KOIVUMAKI)                        \
  PARAMETER(tau_adapt, (1000), "ms", 1, 1e5, "time constant of adaptation of release", HC_KOIVUMAKI)                   \
  PARAMETER(tau_act, (18.75), "ms", 0.1, 1e4, "time constant of opening in the shells", HC_KOIVUMAKI)                  \
  PARAMETER(tau_inact, (87.5), "ms", 0.1, 1e4, "time constant of inactivation in the shells", HC_KOIVUMAKI)            \
  PARAMETER(tau_actss, (5), "ms", 0.1, 1e4, "time constant of opening in the subspace", HC_KOIVUMAKI)                  \
  PARAMETER(tau_inactss, (15), "ms", 0.1, 1e4, "time constant of inactivation in the subspace", HC_KOIVUMAKI)          \
  PARAMETER(BCa, (0.024), "mM", 0, 10, "calcium buffer of the cytosol", HC_KOIVUMAKI)                                  \
  PARAMETER(KdBCa, (0.00238), "mM", 1e-6, 10, "dissociation of that buffer", HC_KOIVUMAKI)                             \
  PARAMETER(SLlow, (165), "mM", 0, 1e4, "low-affinity sites of the sarcolemma, subspace", HC_KOIVUMAKI)                \
  PARAMETER(KdSLlow, (1.1), "mM", 1e-6, 100, "dissociation of those sites", HC_KOIVUMAKI)                              \
  PARAMETER(SLhigh, (13), "mM", 0, 1e4, "high-affinity sites of the sarcolemma, subspace", HC_KOIVUMAKI)               \
  PARAMETER(KdSLhigh, (0.013), "mM", 1e-6, 100, "dissociation of those sites", HC_KOIVUMAKI)                           \
  PARAMETER(Csqn, (6.7), "mM", 0, 1000, "calsequestrin", HC_KOIVUMAKI)                                                 \
  PARAMETER(KdCsqn, (0.8), "mM", 1e-6, 100, "dissociation of calsequestrin", HC_KOIVUMAKI)                             \
  PARAMETER(BNa, (1.1319), "mM", 0, 100, "sodium buffer of the subspace", HC_KOIVUMAKI)                                \
  PARAMETER(KdBNa, (10), "mM", 1e-3, 1000, "dissociation of that buffer", HC_KOIVUMAKI)

#define KOIVUMAKI11_CURRENTS(CURRENT)                                                                                  \
  CURRENT(INa, "A/F", "fast sodium")                                                                                   \
  CURRENT(ICaL, "A/F", "L-type calcium")                                                                               \
  CURRENT(Ito, "A/F", "transient outward potassium")                                                                   \
  CURRENT(IKur, "A/F", "ultrarapid delayed rectifier potassium")                                                       \
  CURRENT(IK1, "A/F", "inward rectifier potassium")                                                                    \
  CURRENT(IKr, "A/F", "rapid delayed rectifier potassium")                                                             \
  CURRENT(IKs, "A/F", "slow delayed rectifier potassium")                                                              \
  CURRENT(If, "A/F", "hyperpolarisation-activated, sodium and potassium")                                              \
  CURRENT(IbNa, "A/F", "background sodium")                                                                            \
  CURRENT(IbCa, "A/F", "background calcium")                                                                           \
  CURRENT(INaK, "A/F", "sodium-potassium pump")                                                                        \
  CURRENT(IpCa, "A/F", "sarcolemmal calcium pump")                                                                     \
  CURRENT(INaCa, "A/F", "sodium-calcium exchanger")                                                                    \
  CURRENT(Jrel, "mM/ms", "release from the reticulum, whole cell, per volume of the cytosol")                          \
  CURRENT(Jup, "mM/ms", "binding to the reticulum's pumps, whole cell, per volume of the cytosol")                     \
  CURRENT(Jleak, "mM/ms", "leak from the reticulum, whole cell, per volume of the cytosol")

HC_MODEL_TYPES(koivumaki11, KOIVUMAKI11_STATES, KOIVUMAKI11_PARAMETERS, KOIVUMAKI11_CURRENTS)

#define KOIVUMAKI11_R 8314.0  /* mJ/(mol K) */
#define KOIVUMAKI11_F 96487.0 /* C/mol */
#define KOIVUMAKI11_PI 3.14159265358979312

/* exp(-((V + shift) / width)^2) */
HC_FN hc_real koivumaki11_bell(hc_real V, hc_real shift, hc_real per_width)
{
  return hc_exp(-hc_square((V + shift) * per_width));
}

/* INa: m, h1, h2; ICaL: d, f1, f2, fCa. */
HC_FN void koivumaki11_inward_gates(const struct koivumaki11_state *y, const struct koivumaki11_parameters *p,
                                    struct koivumaki11_rates *r)
{
  const hc_real V = y->V;
  r->m.inf = 1.0 / (1.0 + hc_exp((V + 27.12) * (-1.0 / 8.21)));
  r->m.k = 1.0 / (0.042 * koivumaki11_bell(V, 25.57, 1.0 / 28.8) + 0.024);
  /* tau = 30 / a + 0.3 and 120 / a + 3 */
  const hc_real a = 1.0 + hc_exp((V + 35.1) * (1.0 / 3.2));
  r->h1.inf = r->h2.inf = 1.0 / (1.0 + hc_exp((V + 63.6) * (1.0 / 5.3)));
  r->h1.k = a / (30.0 + 0.3 * a);
  r->h2.k = a / (120.0 + 3.0 * a);

  r->d.inf = 1.0 / (1.0 + hc_exp((V + 9.0) * (-1.0 / 5.8)));
  r->d.k = 1.0 / (2.7 * koivumaki11_bell(V, 35.0, 1.0 / 30.0) + 2.0);
  /* tau of f1 = 986.98 bell + 42.75 / b + 35.76 / c - 8.21 */
  const hc_real b = 1.0 + hc_exp((V - 51.61555) * (-1.0 / 80.61331));
  const hc_real c = 1.0 + hc_exp((V + 29.57272) * (1.0 / 13.21758));
  const hc_real bell = 986.98 * koivumaki11_bell(V, 30.16047, 1.0 / 7.09396) - 8.21;
  r->f1.inf = r->f2.inf = 1.0 / (1.0 + hc_exp((V + 27.4) * (1.0 / 7.1)));
  r->f1.k = b * c / (bell * b * c + 42.75 * c + 35.76 * b);
  r->f2.k = 1.0 / (1332.3 * koivumaki11_bell(V, 40.0, 1.0 / 14.2) + 62.6);
  r->fCa.inf = hc_square(p->KfCa) / (hc_square(p->KfCa) + hc_square(y->Cass));
  r->fCa.k = 1.0 / p->tau_fCa;
}

/* Ito: r, s; IKur: ua, ui; IKs: n; IKr: pa; If: yf. */
HC_FN void koivumaki11_outward_gates(hc_real V, struct koivumaki11_rates *r)
{
  r->r.inf = 1.0 / (1.0 + hc_exp((V - 1.0) * (-1.0 / 11.0)));
  r->r.k = 1.0 / (3.5 * koivumaki11_bell(V, 0.0, 1.0 / 30.0) + 1.5);
  r->s.inf = 1.0 / (1.0 + hc_exp((V + 40.5) * (1.0 / 11.5)));
  r->s.k = 1.0 / (25.635 * koivumaki11_bell(V, 52.45, 1.0 / 15.8827) + 14.14);

  /* tau = 9 / a + 0.5 and 590 / b + 3050 */
  const hc_real up10 = hc_exp(V * (1.0 / 10.0));
  const hc_real a = 1.0 + hc_exp((V + 5.0) * (1.0 / 12.0)), b = 1.0 + up10 * hc_exp(6.0);
  r->ua.inf = 1.0 / (1.0 + hc_exp((V + 6.0) * (-1.0 / 8.6)));
  r->ua.k = a / (9.0 + 0.5 * a);
  r->ui.inf = 1.0 / (1.0 + up10 * hc_exp(0.75));
  r->ui.k = b / (590.0 + 3050.0 * b);

  r->n.inf = 1.0 / (1.0 + hc_exp((V - 19.9) * (-1.0 / 12.7)));
  r->n.k = 1.0 / (400.0 * koivumaki11_bell(V, -20.0, 1.0 / 20.0) + 700.0);
  r->pa.inf = 1.0 / (1.0 + hc_exp((V + 15.0) * (-1.0 / 6.0)));
  r->pa.k = 1.0 / (217.18 * koivumaki11_bell(V, 20.1376, 1.0 / 22.1996) + 31.18);
  r->yf.inf = 1.0 / (1.0 + hc_exp((V + 97.82874) * (1.0 / 12.48025)));
  r->yf.k = 3.32e-6 * hc_exp(V * (-1.0 / 16.54103)) + 0.02371839 * hc_exp(V * (1.0 / 16.54103));
}

/* Currents; returns the part of If that sodium carries. */
HC_FN hc_real koivumaki11_currents_of(const struct koivumaki11_state *y, const struct koivumaki11_parameters *p,
                                      struct koivumaki11_currents *i)
{
  const struct koivumaki11_currents *s = &p->scale;
  const hc_real V = y->V, RTF = KOIVUMAKI11_R * p->T / KOIVUMAKI11_F, FV = V / RTF;
  const hc_real VK = V - RTF * hc_log(p->Ko / y->Ki), VNa = V - RTF * hc_log(p->Nao / y->Nass);
  const hc_real VCa = V - 0.5 * RTF * hc_log(p->Cao / y->Cass);

  /* PNa m^3 (0.9 h1 + 0.1 h2) Nao F FV (exp((V - ENa) F / RT) - 1) / (exp(FV) - 1) */
  const hc_real B = hc_x_over_expm1(FV);
  i->INa =
      s->INa * p->PNa * KOIVUMAKI11_F * hc_cube(y->m) * (0.9 * y->h1 + 0.1 * y->h2) * (y->Nass * (B + FV) - p->Nao * B);
  i->ICaL = s->ICaL * p->GCaL * y->d * y->fCa * y->f1 * y->f2 * (V - p->ECaL);
  i->Ito = s->Ito * p->Gto * y->r * y->s * VK;
  i->IKur = s->IKur * p->GKur * y->ua * y->ui * VK;
  i->IK1 = s->IK1 * p->GK1 * hc_exp(0.4457 * hc_log(p->Ko)) * VK / (1.0 + hc_exp((1.5 / RTF) * (VK + 3.6)));
  i->IKr = s->IKr * p->GKr * y->pa * VK / (1.0 + hc_exp((V + 55.0) * (1.0 / 24.0)));
  i->IKs = s->IKs * p->GKs * y->n * VK;
  i->IbNa = s->IbNa * p->GbNa * VNa;
  i->IbCa = s->IbCa * p->GbCa * VCa;
  const hc_real gf = s->If * p->Gf * y->yf, IfNa = gf * p->part_fNa * VNa;
  i->If = IfNa + gf * (1.0 - p->part_fNa) * VK;

  const hc_real ratio = p->KmNa / y->Nass;
  i->INaK = s->INaK * p->PNaK * p->Ko * (V + 150.0) / ((p->Ko + p->KmK) * (1.0 + ratio * hc_sqrt(ratio)) * (V + 200.0));
  i->IpCa = s->IpCa * p->GpCa * y->Cass / (y->Cass + p->KpCa);
  const hc_real in = hc_cube(y->Nass) * p->Cao, out = hc_cube(p->Nao) * y->Cass, down = hc_exp(-FV);
  const hc_real inward = hc_exp(p->gamma * FV); /* and exp((gamma - 1) FV) = inward down */
  i->INaCa = s->INaCa * p->KNaCa * inward * (in - out * down) / (1.0 + p->dNaCa * (in + out));
  return IfNa;
}

/* Fluxes between a compartment and its reticulum, mM/ms of the compartment: on pumps, off pumps, through channels and
 * by leak. */
struct koivumaki11_fluxes {
  hc_real on, off, release, leak;
};

HC_FN struct koivumaki11_fluxes koivumaki11_exchange(hc_real Ca, hc_real CaSR, hc_real pump, hc_real open, hc_real krel,
                                                     const struct koivumaki11_parameters *p)
{
  const hc_real k = p->scale.Jup * p->kpump, empty = p->pumps - pump;
  struct koivumaki11_fluxes f;
  /* k1 = 1e6 k4 / mM2, k2 = k1 Kmf^2, k3 = k4 / Kmr^2 */
  f.on = k * 1e6 * (hc_square(Ca) * empty - hc_square(p->Kmf) * pump);
  f.off = k * (pump - hc_square(CaSR / p->Kmr) * empty);
  f.release = p->scale.Jrel * krel * open / (1.0 + hc_exp((CaSR - 0.3) * (-1.0 / 0.1))) * (CaSR - Ca);
  f.leak = p->scale.Jleak * p->kleak * (CaSR - Ca);
  return f;
}

/* Gates of release in a compartment: opening and inactivation follow Ca against the adaptation a; Ca in uM there. */
HC_FN void koivumaki11_release_gates(hc_real Ca, hc_real a, hc_real tau_open, hc_real tau_inact, hc_real tau_adapt,
                                     struct hc_gate *open, struct hc_gate *inactivation, struct hc_gate *adaptation)
{
  const hc_real uM = 1000.0 * Ca;
  open->inf = 1.0 / (1.0 + hc_exp((a + 0.22 - uM) * (1.0 / 0.03)));
  open->k = 1.0 / tau_open;
  inactivation->inf = 1.0 / (1.0 + hc_exp((uM - a - 0.02) * (1.0 / 0.01)));
  inactivation->k = 1.0 / tau_inact;
  adaptation->inf = 0.505 - 0.427 / (1.0 + hc_exp((uM - 0.29) * (1.0 / 0.082)));
  adaptation->k = 1.0 / tau_adapt;
}

/* Finite difference of diffusion in shell k: d2c/dr2 + (dc/dr) / r, over dx^2. */
HC_FN hc_real koivumaki11_laplacian(hc_real below, hc_real c, hc_real above, hc_real k, hc_real dx)
{
  return ((above - 2.0 * c + below) + (above - below) / (2.0 * k)) / hc_square(dx);
}

/* dCa/dt of a shell of cytosol that gets `flux`, mM/ms. */
HC_FN hc_real koivumaki11_shell(hc_real below, hc_real c, hc_real above, hc_real k, hc_real flux,
                                const struct koivumaki11_parameters *p)
{
  const hc_real away = c + p->KdBCa, buffer = p->BCa * p->KdBCa / hc_square(away);
  const hc_real slope = (above - below) / (2.0 * p->dx);
  const hc_real diffusion = (p->DCa + buffer * p->DCaB) * koivumaki11_laplacian(below, c, above, k, p->dx) -
                            2.0 * buffer * p->DCaB / away * hc_square(slope);
  return (diffusion + flux) / (1.0 + buffer);
}

/* dCa/dt of a shell of the reticulum that gets `flux`, mM/ms. */
HC_FN hc_real koivumaki11_store(hc_real below, hc_real c, hc_real above, hc_real k, hc_real flux,
                                const struct koivumaki11_parameters *p)
{
  const hc_real c2 = hc_square(c + p->KdCsqn);
  return (p->DCaSR * koivumaki11_laplacian(below, c, above, k, p->dx) + flux) * c2 / (c2 + p->Csqn * p->KdCsqn);
}

/* Calcium of all compartments. */
HC_FN void koivumaki11_calcium(const struct koivumaki11_state *y, const struct koivumaki11_parameters *p,
                               struct koivumaki11_currents *i, struct koivumaki11_rates *r)
{
  const struct koivumaki11_fluxes f1 = koivumaki11_exchange(y->Cai1, y->CaSR1, y->pump1, y->o1 * y->c1, p->krel, p);
  const struct koivumaki11_fluxes f2 = koivumaki11_exchange(y->Cai2, y->CaSR2, y->pump2, y->o2 * y->c2, p->krel, p);
  const struct koivumaki11_fluxes f3 = koivumaki11_exchange(y->Cai3, y->CaSR3, y->pump3, y->o3 * y->c3, p->krel, p);
  const struct koivumaki11_fluxes fs =
      koivumaki11_exchange(y->Cass, y->CaSR4, y->pumpss, y->oss * y->css, p->krelss, p);
  r->pump1 = f1.on - f1.off;
  r->pump2 = f2.on - f2.off;
  r->pump3 = f3.on - f3.off;
  r->pumpss = fs.on - fs.off;

  const hc_real V1 = (0.5e-6 * KOIVUMAKI11_PI) * p->length * hc_square(p->dx), V4 = 7.0 * V1; /* shell k: 2 k - 1 */
  const hc_real area = 4.0 * KOIVUMAKI11_PI * p->length * p->dx;                              /* half that of shell 4 */
  const hc_real inward = 1e-6 * p->DCa * area / (0.01 + 0.5 * p->dx) * (y->Cass - y->Cai4);   /* mM nL/ms */
  r->Cai1 = koivumaki11_shell(y->Cai1, y->Cai1, y->Cai2, 1.0, f1.release + f1.leak - 2.0 * f1.on, p);
  r->Cai2 = koivumaki11_shell(y->Cai1, y->Cai2, y->Cai3, 2.0, f2.release + f2.leak - 2.0 * f2.on, p);
  r->Cai3 = koivumaki11_shell(y->Cai2, y->Cai3, y->Cai4, 3.0, f3.release + f3.leak - 2.0 * f3.on, p);
  r->Cai4 = koivumaki11_shell(y->Cai3, y->Cai4, y->Cai4, 4.0, inward / V4, p);
  r->Cai = 0.25 * (r->Cai1 + r->Cai2 + r->Cai3 + r->Cai4);

  const hc_real dense = 1.0 / p->part_SR, dense4 = p->Vss / (p->part_SR * V4);
  r->CaSR1 = koivumaki11_store(y->CaSR1, y->CaSR1, y->CaSR2, 1.0, dense * (2.0 * f1.off - f1.release - f1.leak), p);
  r->CaSR2 = koivumaki11_store(y->CaSR1, y->CaSR2, y->CaSR3, 2.0, dense * (2.0 * f2.off - f2.release - f2.leak), p);
  r->CaSR3 = koivumaki11_store(y->CaSR2, y->CaSR3, y->CaSR4, 3.0, dense * (2.0 * f3.off - f3.release - f3.leak), p);
  r->CaSR4 = koivumaki11_store(y->CaSR3, y->CaSR4, y->CaSR4, 4.0, dense4 * (2.0 * fs.off - fs.release - fs.leak), p);

  const hc_real bound = 1.0 + p->SLlow * p->KdSLlow / hc_square(y->Cass + p->KdSLlow) +
                        p->SLhigh * p->KdSLhigh / hc_square(y->Cass + p->KdSLhigh) +
                        p->BCa * p->KdBCa / hc_square(y->Cass + p->KdBCa);
  const hc_real membrane = p->Cm / (2.0 * p->Vss * KOIVUMAKI11_F) * (i->ICaL + i->IbCa + i->IpCa - 2.0 * i->INaCa);
  r->Cass = (fs.release + fs.leak - 2.0 * fs.on - inward / p->Vss - membrane) / bound;

  const hc_real part = V1 / (16.0 * V1 + p->Vss), part_ss = p->Vss / (16.0 * V1 + p->Vss);
  i->Jrel = part * (f1.release + 3.0 * f2.release + 5.0 * f3.release) + part_ss * fs.release;
  i->Jleak = part * (f1.leak + 3.0 * f2.leak + 5.0 * f3.leak) + part_ss * fs.leak;
  i->Jup = 2.0 * (part * (f1.on + 3.0 * f2.on + 5.0 * f3.on) + part_ss * fs.on);
}

HC_FN void koivumaki11_sodium_potassium(const struct koivumaki11_state *y, hc_real stim, hc_real IfNa,
                                        const struct koivumaki11_parameters *p, const struct koivumaki11_currents *i,
                                        struct koivumaki11_rates *r)
{
  const hc_real bulk = (8e-6 * KOIVUMAKI11_PI) * p->length * hc_square(p->dx); /* nL: the four shells */
  const hc_real area = 4.0 * KOIVUMAKI11_PI * p->length * p->dx;
  const hc_real inward = 1e-6 * p->DNa * area / (0.01 + 2.0 * p->dx) * (y->Nass - y->Nai); /* mM nL/ms */
  const hc_real away2 = hc_square(y->Nass + p->KdBNa), per_charge = p->Cm / KOIVUMAKI11_F;
  r->Nass = -(inward + per_charge * (i->INa + i->IbNa + 3.0 * (i->INaK + i->INaCa) + IfNa)) / p->Vss * away2 /
            (away2 + p->BNa * p->KdBNa);
  r->Nai = inward / bulk;
  r->Ki = -per_charge / (bulk + p->Vss) *
          (i->Ito + i->IKur + i->IK1 + i->IKr + i->IKs - 2.0 * i->INaK + (i->If - IfNa) - stim);
}

HC_FN void koivumaki11_rhs(hc_real t, const struct koivumaki11_state *y, hc_real stim,
                           const struct koivumaki11_parameters *p, struct koivumaki11_rates *r,
                           struct koivumaki11_currents *i)
{
  (void)t;
  koivumaki11_inward_gates(y, p, r);
  koivumaki11_outward_gates(y->V, r);
  koivumaki11_release_gates(y->Cai1, y->a1, p->tau_act, p->tau_inact, p->tau_adapt, &r->o1, &r->c1, &r->a1);
  koivumaki11_release_gates(y->Cai2, y->a2, p->tau_act, p->tau_inact, p->tau_adapt, &r->o2, &r->c2, &r->a2);
  koivumaki11_release_gates(y->Cai3, y->a3, p->tau_act, p->tau_inact, p->tau_adapt, &r->o3, &r->c3, &r->a3);
  koivumaki11_release_gates(y->Cass, y->ass, p->tau_actss, p->tau_inactss, p->tau_adapt, &r->oss, &r->css, &r->ass);
  const hc_real IfNa = koivumaki11_currents_of(y, p, i);
  koivumaki11_calcium(y, p, i, r);
  koivumaki11_sodium_potassium(y, stim, IfNa, p, i, r);
  r->V = stim - (i->INa + i->ICaL + i->Ito + i->IKur + i->IK1 + i->IKr + i->IKs + i->If + i->IbNa + i->IbCa + i->INaK +
                 i->IpCa + i->INaCa);
}

#endif
