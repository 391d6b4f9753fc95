/* Maleckar, Greenstein, Giles & Trayanova 2009, "K+ current changes account for the rate dependence of the action
 * potential in the human atrial myocyte", Am. J. Physiol. Heart Circ. Physiol. 297:H1398-H1410,
 * doi:10.1152/ajpheart.00411.2009; IKACh from Maleckar, Greenstein, Trayanova & Giles 2008, Prog. Biophys. Mol. Biol.
 * 98:161-170, doi:10.1016/j.pbiomolbio.2009.01.010, after Kneller et al. 2002, doi:10.1161/01.RES.0000019783.88094.BA;
 * the rest from Nygren et al. 1998, doi:10.1161/01.RES.82.1.63. The cell has a cleft outside in which sodium, potassium
 * and calcium vary.
 *
 * Numbers were compared in public codes:
 *   A  Myokit, c/maleckar-2009.mmt, checked there against both papers: all. Its equations, written in Python for this
 *      purpose and evaluated at 400 random states, agree in rates and currents with those of this header to rounding
 *   B  MonoAlg3D, Maleckar2009, made from the CellML repository's file: all
 *   C  Chaste, maleckar_model_2009.cellml: membrane, stimulus, INa
 *
 * They agree, except for these:
 *   - Half saturation of INaK by Nai to the power 1.5 is 36.4829 in B, 11^1.5 = 36.48287 in A. Taken: A's.
 *   - IKACh enters the balance of Ki in B, not in A, and that of Kc in neither. Taken: both balances, as potassium
 *     carries it. Without acetylcholine, the default, that is the same.
 *   - Acetylcholine is called mM in A. Taken: uM, in which 0.01 to 0.1 give a current of the size of IK1; in mM such
 *     doses would do next to nothing.
 *   - Resting potential at the start: -73.94 mV in B, -74.03 mV in C. Taken: all of B's initial state.
 *
 * The stimulus is carried by potassium ions (A, B): 15 A/F for 6 ms (C).
 *
 * The published units are s, pA, nS and nL at 50 pF; here they are ms, A/F and mS/uF, so 1 nS is 0.02 mS/uF.
 *
 * Form. With B(x) = x / (exp(x) - 1), by hc_x_over_expm1(), and B exp(x) = B + x the flux term of INa is exact at 0 mV.
 */
#ifndef HC_MALECKAR09_H
#define HC_MALECKAR09_H

#include "model.h"

#define HC_MALECKAR "doi:10.1152/ajpheart.00411.2009"
#define HC_NYGREN98 "doi:10.1161/01.RES.82.1.63"
#define HC_KNELLER02 "doi:10.1161/01.RES.0000019783.88094.BA"

/* Name, initial value, unit, meaning. */
#define MALECKAR09_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                                                \
  POTENTIAL(V, (-73.941851), "mV", "membrane potential")                                                               \
  GATE(m, (0.003325), "1", "activation of INa")                                                                        \
  GATE(h1, (0.875262), "1", "fast inactivation of INa")                                                                \
  GATE(h2, (0.870692), "1", "slow inactivation of INa")                                                                \
  GATE(d, (1.4e-5), "1", "activation of ICaL")                                                                         \
  GATE(f1, (0.998578), "1", "fast inactivation of ICaL")                                                               \
  GATE(f2, (0.998561), "1", "slow inactivation of ICaL")                                                               \
  GATE(r, (0.001098), "1", "activation of Ito")                                                                        \
  GATE(s, (0.948202), "1", "inactivation of Ito")                                                                      \
  GATE(ua, (0.000371), "1", "activation of IKur")                                                                      \
  GATE(ui, (0.966869), "1", "inactivation of IKur")                                                                    \
  GATE(n, (0.004661), "1", "activation of IKs")                                                                        \
  GATE(pa, (5.4e-5), "1", "activation of IKr")                                                                         \
  PLAIN(F1, (0.45453), "1", "release channels: inactive precursor")                                                    \
  PLAIN(F2, (0.002665), "1", "release channels: activator")                                                            \
  PLAIN(OC, (0.026604), "1", "part of calmodulin with calcium")                                                        \
  PLAIN(OTC, (0.012843), "1", "part of troponin's calcium sites with calcium")                                         \
  PLAIN(OTMgC, (0.190077), "1", "part of troponin's magnesium sites with calcium")                                     \
  PLAIN(OTMgMg, (0.714719), "1", "part of troponin's magnesium sites with magnesium")                                  \
  PLAIN(OCalse, (0.43071), "1", "part of calsequestrin with calcium")                                                  \
  PLAIN(Cai, (6.5e-5), "mM", "free calcium in the cytosol")                                                            \
  PLAIN(Cad, (7.1e-5), "mM", "calcium of the space under the sarcolemma")                                              \
  PLAIN(CaNSR, (0.646226), "mM", "calcium in the uptake compartment of the reticulum")                                 \
  PLAIN(CaJSR, (0.630471), "mM", "free calcium in the release compartment of the reticulum")                           \
  PLAIN(Nai, (8.488527), "mM", "sodium in the cytosol")                                                                \
  PLAIN(Ki, (129.502075), "mM", "potassium in the cytosol")                                                            \
  PLAIN(Nac, (130.019282), "mM", "sodium in the cleft outside")                                                        \
  PLAIN(Kc, (5.588239), "mM", "potassium in the cleft outside")                                                        \
  PLAIN(Cac, (1.814418), "mM", "calcium in the cleft outside")

/* Name, value, unit, least, most, meaning, source. */
#define MALECKAR09_PARAMETERS(PARAMETER)                                                                               \
  PARAMETER(PNa, (3.6e-5), "L/(F ms)", 0, 1e-3, "permeability of INa, 0.0018 nL/s", HC_MALECKAR)                       \
  PARAMETER(GCaL, (0.135), "mS/uF", 0, 5, "conductance of ICaL, 6.75 nS", HC_NYGREN98)                                 \
  PARAMETER(Gto, (0.165), "mS/uF", 0, 5, "conductance of Ito, 8.25 nS", HC_MALECKAR)                                   \
  PARAMETER(GKur, (0.045), "mS/uF", 0, 5, "conductance of IKur, 2.25 nS", HC_MALECKAR)                                 \
  PARAMETER(GK1, (0.062), "mS/uF", 0, 5, "conductance of IK1 at 1 mM of Kc, 3.1 nS", HC_MALECKAR)                      \
  PARAMETER(GKr, (0.01), "mS/uF", 0, 5, "conductance of IKr, 0.5 nS", HC_NYGREN98)                                     \
  PARAMETER(GKs, (0.02), "mS/uF", 0, 5, "conductance of IKs, 1 nS", HC_NYGREN98)                                       \
  PARAMETER(GKACh, (0.4516), "mS/uF", 0, 5, "conductance of IKACh, the part that V closes", HC_KNELLER02)              \
  PARAMETER(GKACh_floor, (0.0517), "mS/uF", 0, 5, "conductance of IKACh, the part at every V", HC_KNELLER02)           \
  PARAMETER(ACh, (0), "uM", 0, 100, "acetylcholine", HC_KNELLER02)                                                     \
  PARAMETER(GbNa, (0.00121198), "mS/uF", 0, 0.1, "conductance of IbNa, 0.060599 nS", HC_NYGREN98)                      \
  PARAMETER(GbCa, (0.00157362), "mS/uF", 0, 0.1, "conductance of IbCa, 0.078681 nS", HC_NYGREN98)                      \
  PARAMETER(PNaK, (1.371), "A/F", 0, 50, "largest INaK, 68.55 pA", HC_MALECKAR)                                        \
  PARAMETER(KNaCa, (0.000749684), "A/(F mM4)", 0, 1, "scale of INaCa, 0.0374842 pA/mM4", HC_NYGREN98)                  \
  PARAMETER(GpCa, (0.08), "A/F", 0, 10, "largest IpCa, 4 pA", HC_NYGREN98)                                             \
  PARAMETER(ECaL, (60), "mV", 0, 200, "reversal potential of ICaL", HC_NYGREN98)                                       \
  PARAMETER(Nao, (130), "mM", 1, 300, "sodium in the bath", HC_NYGREN98)                                               \
  PARAMETER(Ko, (5.4), "mM", 0.1, 50, "potassium in the bath", HC_NYGREN98)                                            \
  PARAMETER(Cao, (1.8), "mM", 0.01, 20, "calcium in the bath", HC_NYGREN98)                                            \
  PARAMETER(tau_Na, (14300), "ms", 1, 1e6, "time constant of sodium between cleft and bath", HC_NYGREN98)              \
  PARAMETER(tau_K, (10000), "ms", 1, 1e6, "time constant of potassium between cleft and bath", HC_NYGREN98)            \
  PARAMETER(tau_Ca, (24700), "ms", 1, 1e6, "time constant of calcium between cleft and bath", HC_NYGREN98)             \
  PARAMETER(Mgi, (2.5), "mM", 0.01, 50, "magnesium in the cytosol", HC_NYGREN98)                                       \
  PARAMETER(T, (306.15), "K", 270, 330, "temperature in Nernst and flux terms", HC_NYGREN98)                           \
  PARAMETER(Cm, (0.05), "nF", 0.01, 10, "capacitance of the cell", HC_NYGREN98)                                        \
  PARAMETER(Vc, (0.005884), "nL", 1e-4, 1, "volume of the cytosol", HC_NYGREN98)                                       \
  PARAMETER(Vd, (0.00011768), "nL", 1e-6, 0.1, "volume of the space under the sarcolemma", HC_NYGREN98)                \
  PARAMETER(Vcleft, (0.000800224), "nL", 1e-5, 1, "volume of the cleft outside", HC_NYGREN98)                          \
  PARAMETER(Vup, (0.0003969), "nL", 1e-6, 0.1, "volume of the uptake compartment", HC_NYGREN98)                        \
  PARAMETER(Vrel, (4.41e-5), "nL", 1e-7, 0.01, "volume of the release compartment", HC_NYGREN98)                       \
  PARAMETER(KmK, (1), "mM", 0.01, 100, "half saturation of INaK by Kc", HC_NYGREN98)                                   \
  PARAMETER(KmNa, (11), "mM", 0.1, 1000, "half saturation of INaK by Nai", HC_NYGREN98)                                \
  PARAMETER(gamma, (0.45), "1", 0, 1, "position of the energy barrier of INaCa", HC_NYGREN98)                          \
  PARAMETER(dNaCa, (0.0003), "1/mM4", 0, 1, "saturation of INaCa", HC_NYGREN98)                                        \
  PARAMETER(KpCa, (0.0002), "mM", 1e-6, 1, "half saturation of IpCa", HC_NYGREN98)                                     \
  PARAMETER(KfCa, (0.025), "mM", 1e-6, 1, "Cad at which ICaL inactivates half by f1", HC_NYGREN98)                     \
  PARAMETER(Iup_max, (56), "A/F", 0, 1e4, "largest uptake, as a current of calcium, 2800 pA", HC_NYGREN98)             \
  PARAMETER(Kcyca, (0.0003), "mM", 1e-6, 1, "half saturation of uptake by Cai", HC_NYGREN98)                           \
  PARAMETER(Ksrca, (0.5), "mM", 1e-3, 100, "half saturation of uptake by CaNSR", HC_NYGREN98)                          \
  PARAMETER(kxcs, (0.4), "1", 0, 10, "uptake: ratio of back to forward reactions", HC_NYGREN98)                        \
  PARAMETER(alpha_rel, (4000), "A/(F mM)", 0, 1e6, "release, as a current of calcium, 200000 pA/mM", HC_NYGREN98)      \
  PARAMETER(Kreli, (0.0003), "mM", 1e-6, 1, "half activation of release by Cai", HC_NYGREN98)                          \
  PARAMETER(Kreld, (0.003), "mM", 1e-6, 1, "half activation of release by Cad", HC_NYGREN98)                           \
  PARAMETER(krecov, (0.000815), "1/ms", 0, 10, "recovery of release", HC_NYGREN98)                                     \
  PARAMETER(tau_tr, (10), "ms", 0.1, 1e4, "time constant of transfer in the reticulum", HC_NYGREN98)                   \
  PARAMETER(tau_di, (10), "ms", 0.1, 1e4, "time constant of diffusion from the sarcolemma", HC_NYGREN98)               \
  PARAMETER(BC, (0.045), "mM", 0, 10, "calmodulin", HC_NYGREN98)                                                       \
  PARAMETER(BTC, (0.08), "mM", 0, 10, "troponin, calcium sites", HC_NYGREN98)                                          \
  PARAMETER(BTMg, (0.16), "mM", 0, 10, "troponin, magnesium sites", HC_NYGREN98)                                       \
  PARAMETER(BCalse, (31), "mM", 0, 1000, "calsequestrin", HC_NYGREN98)

#define MALECKAR09_CURRENTS(CURRENT)                                                                                   \
  CURRENT(INa, "A/F", "fast sodium")                                                                                   \
  CURRENT(ICaL, "A/F", "L-type calcium")                                                                               \
  CURRENT(Ito, "A/F", "transient outward potassium")                                                                   \
  CURRENT(IKur, "A/F", "ultrarapid delayed rectifier potassium")                                                       \
  CURRENT(IK1, "A/F", "inward rectifier potassium")                                                                    \
  CURRENT(IKr, "A/F", "rapid delayed rectifier potassium")                                                             \
  CURRENT(IKs, "A/F", "slow delayed rectifier potassium")                                                              \
  CURRENT(IKACh, "A/F", "potassium that acetylcholine activates")                                                      \
  CURRENT(IbNa, "A/F", "background sodium")                                                                            \
  CURRENT(IbCa, "A/F", "background calcium")                                                                           \
  CURRENT(INaK, "A/F", "sodium-potassium pump")                                                                        \
  CURRENT(IpCa, "A/F", "sarcolemmal calcium pump")                                                                     \
  CURRENT(INaCa, "A/F", "sodium-calcium exchanger")                                                                    \
  CURRENT(Jrel, "mM/ms", "release from the reticulum, per volume of the cytosol")                                      \
  CURRENT(Jup, "mM/ms", "uptake into the reticulum, per volume of the cytosol")                                        \
  CURRENT(Jtr, "mM/ms", "transfer to the release compartment, per its volume")                                         \
  CURRENT(Jdi, "mM/ms", "diffusion from the sarcolemma to the cytosol, per volume of the space there")

#define MALECKAR09_SUMS(SUM)                                                                                           \
  SUM(charge, "mV", "V less the charge of all sodium, potassium and calcium in the cell over its capacitance")

HC_MODEL_TYPES(maleckar09, MALECKAR09_STATES, MALECKAR09_PARAMETERS, MALECKAR09_CURRENTS)
HC_SUM_TYPES(maleckar09, MALECKAR09_SUMS)

#define MALECKAR09_R 8314.0  /* mJ/(mol K) */
#define MALECKAR09_F 96487.0 /* C/mol */

/* exp(-((V + shift) / width)^2) */
HC_FN hc_real maleckar09_bell(hc_real V, hc_real shift, hc_real per_width)
{
  return hc_exp(-hc_square((V + shift) * per_width));
}

/* INa: m, h1, h2; ICaL: d, f1, f2. */
HC_FN void maleckar09_inward_gates(hc_real V, struct maleckar09_rates *r)
{
  r->m.inf = 1.0 / (1.0 + hc_exp((V + 27.12) * (-1.0 / 8.21)));
  r->m.k = 1.0 / (0.042 * maleckar09_bell(V, 25.57, 1.0 / 28.8) + 0.024);
  /* tau = 30 / a + 0.3 and 120 / a + 3 */
  const hc_real a = 1.0 + hc_exp((V + 35.1) * (1.0 / 3.2));
  r->h1.inf = r->h2.inf = 1.0 / (1.0 + hc_exp((V + 63.6) * (1.0 / 5.3)));
  r->h1.k = a / (30.0 + 0.3 * a);
  r->h2.k = a / (120.0 + 3.0 * a);

  r->d.inf = 1.0 / (1.0 + hc_exp((V + 9.0) * (-1.0 / 5.8)));
  r->d.k = 1.0 / (2.7 * maleckar09_bell(V, 35.0, 1.0 / 30.0) + 2.0);
  r->f1.inf = r->f2.inf = 1.0 / (1.0 + hc_exp((V + 27.4) * (1.0 / 7.1)));
  r->f1.k = 1.0 / (161.0 * maleckar09_bell(V, 40.0, 1.0 / 14.4) + 10.0);
  r->f2.k = 1.0 / (1332.3 * maleckar09_bell(V, 40.0, 1.0 / 14.2) + 62.6);
}

/* Ito: r, s; IKur: ua, ui; IKs: n; IKr: pa. */
HC_FN void maleckar09_outward_gates(hc_real V, struct maleckar09_rates *r)
{
  r->r.inf = 1.0 / (1.0 + hc_exp((V - 1.0) * (-1.0 / 11.0)));
  r->r.k = 1.0 / (3.5 * maleckar09_bell(V, 0.0, 1.0 / 30.0) + 1.5);
  r->s.inf = 1.0 / (1.0 + hc_exp((V + 40.5) * (1.0 / 11.5)));
  r->s.k = 1.0 / (25.635 * maleckar09_bell(V, 52.45, 1.0 / 15.8827) + 14.14);

  /* tau = 9 / a + 0.5 and 590 / b + 3050 */
  const hc_real up10 = hc_exp(V * (1.0 / 10.0));
  const hc_real a = 1.0 + hc_exp((V + 5.0) * (1.0 / 12.0)), b = 1.0 + up10 * hc_exp(6.0);
  r->ua.inf = 1.0 / (1.0 + hc_exp((V + 6.0) * (-1.0 / 8.6)));
  r->ua.k = a / (9.0 + 0.5 * a);
  r->ui.inf = 1.0 / (1.0 + up10 * hc_exp(0.75));
  r->ui.k = b / (590.0 + 3050.0 * b);

  r->n.inf = 1.0 / (1.0 + hc_exp((V - 19.9) * (-1.0 / 12.7)));
  r->n.k = 1.0 / (400.0 * maleckar09_bell(V, -20.0, 1.0 / 20.0) + 700.0);
  r->pa.inf = 1.0 / (1.0 + hc_exp((V + 15.0) * (-1.0 / 6.0)));
  r->pa.k = 1.0 / (217.18 * maleckar09_bell(V, 20.1376, 1.0 / 22.1996) + 31.18);
}

HC_FN void maleckar09_currents_of(const struct maleckar09_state *y, const struct maleckar09_parameters *p,
                                  struct maleckar09_currents *i)
{
  const struct maleckar09_currents *s = &p->scale;
  const hc_real V = y->V, RTF = MALECKAR09_R * p->T / MALECKAR09_F, FV = V / RTF, log_Kc = hc_log(y->Kc);
  const hc_real VK = V - RTF * (log_Kc - hc_log(y->Ki)), VNa = V - RTF * hc_log(y->Nac / y->Nai);
  const hc_real VCa = V - 0.5 * RTF * hc_log(y->Cac / y->Cai);

  /* PNa m^3 (0.9 h1 + 0.1 h2) Nac F FV (exp((V - ENa) F / RT) - 1) / (exp(FV) - 1) */
  const hc_real B = hc_x_over_expm1(FV);
  i->INa =
      s->INa * p->PNa * MALECKAR09_F * hc_cube(y->m) * (0.9 * y->h1 + 0.1 * y->h2) * (y->Nai * (B + FV) - y->Nac * B);
  const hc_real fCa = y->Cad / (y->Cad + p->KfCa);
  i->ICaL = s->ICaL * p->GCaL * y->d * (fCa * y->f1 + (1.0 - fCa) * y->f2) * (V - p->ECaL);
  i->Ito = s->Ito * p->Gto * y->r * y->s * VK;
  i->IKur = s->IKur * p->GKur * y->ua * y->ui * VK;
  i->IK1 = s->IK1 * p->GK1 * hc_exp(0.4457 * log_Kc) * VK / (1.0 + hc_exp((1.5 / RTF) * (VK + 3.6)));
  i->IKr = s->IKr * p->GKr * y->pa * VK / (1.0 + hc_exp((V + 55.0) * (1.0 / 24.0)));
  i->IKs = s->IKs * p->GKs * y->n * VK;
  /* 10 / (1 + 9.13652 / ACh^0.477811) (floor + G / (1 + exp((V + 59.53) / 17.18))) */
  const hc_real ACh = hc_pow(p->ACh, 0.477811);
  i->IKACh = s->IKACh * (10.0 * ACh / (ACh + 9.13652)) *
             (p->GKACh_floor + p->GKACh / (1.0 + hc_exp((V + 59.53) * (1.0 / 17.18)))) * VK;
  i->IbNa = s->IbNa * p->GbNa * VNa;
  i->IbCa = s->IbCa * p->GbCa * VCa;

  const hc_real ratio = p->KmNa / y->Nai;
  i->INaK = s->INaK * p->PNaK * y->Kc * (V + 150.0) / ((y->Kc + p->KmK) * (1.0 + ratio * hc_sqrt(ratio)) * (V + 200.0));
  i->IpCa = s->IpCa * p->GpCa * y->Cai / (y->Cai + p->KpCa);
  const hc_real in = hc_cube(y->Nai) * y->Cac, out = hc_cube(y->Nac) * y->Cai, down = hc_exp(-FV);
  const hc_real inward = hc_exp(p->gamma * FV); /* and exp((gamma - 1) FV) = inward down */
  i->INaCa = s->INaCa * p->KNaCa * inward * (in - out * down) / (1.0 + p->dNaCa * (in + out));
}

/* Fluxes between the compartments, and release. */
HC_FN void maleckar09_reticulum(const struct maleckar09_state *y, const struct maleckar09_parameters *p,
                                struct maleckar09_currents *i, struct maleckar09_rates *r)
{
  const struct maleckar09_currents *s = &p->scale;
  const hc_real per_calcium = 0.5 * p->Cm / (p->Vc * MALECKAR09_F); /* A/F -> mM/ms of calcium in the cytosol */
  i->Jup = s->Jup * per_calcium * p->Iup_max * (y->Cai / p->Kcyca - hc_square(p->kxcs) * y->CaNSR / p->Ksrca) /
           ((y->Cai + p->Kcyca) / p->Kcyca + p->kxcs * (y->CaNSR + p->Ksrca) / p->Ksrca);
  i->Jrel = s->Jrel * per_calcium * p->alpha_rel * hc_square(y->F2 / (y->F2 + 0.25)) * (y->CaJSR - y->Cai);
  i->Jtr = s->Jtr * (y->CaNSR - y->CaJSR) / p->tau_tr;
  i->Jdi = s->Jdi * (y->Cad - y->Cai) / p->tau_di;

  const hc_real by_Cai = hc_square(hc_square(y->Cai / (y->Cai + p->Kreli)));
  const hc_real by_Cad = hc_square(hc_square(y->Cad / (y->Cad + p->Kreld)));
  const hc_real activation = 0.2038 * (by_Cai + by_Cad) * y->F1;
  r->F1 = p->krecov * (1.0 - y->F1 - y->F2) - activation;
  r->F2 = activation - (0.03396 + 0.3396 * by_Cai) * y->F2;
}

HC_FN void maleckar09_concentrations(const struct maleckar09_state *y, hc_real stim,
                                     const struct maleckar09_parameters *p, const struct maleckar09_currents *i,
                                     struct maleckar09_rates *r)
{
  const hc_real per_charge = p->Cm / (p->Vc * MALECKAR09_F); /* A/F -> mM/ms of a monovalent ion in the cytosol */
  const hc_real outside = p->Vc / p->Vcleft, free_Mg = 1.0 - y->OTMgC - y->OTMgMg;
  r->OC = 200.0 * y->Cai * (1.0 - y->OC) - 0.476 * y->OC;
  r->OTC = 78.4 * y->Cai * (1.0 - y->OTC) - 0.392 * y->OTC;
  r->OTMgC = 200.0 * y->Cai * free_Mg - 0.0066 * y->OTMgC;
  r->OTMgMg = 2.0 * p->Mgi * free_Mg - 0.666 * y->OTMgMg;
  r->OCalse = 0.48 * y->CaJSR * (1.0 - y->OCalse) - 0.4 * y->OCalse;

  const hc_real calcium = 0.5 * per_charge * (i->IbCa + i->IpCa - 2.0 * i->INaCa);
  const hc_real L_type = 0.5 * per_charge * i->ICaL;
  r->Cai = i->Jdi * p->Vd / p->Vc + i->Jrel - i->Jup - calcium - (p->BC * r->OC + p->BTC * r->OTC + p->BTMg * r->OTMgC);
  r->Cad = -L_type * p->Vc / p->Vd - i->Jdi;
  r->CaNSR = (i->Jup * p->Vc - i->Jtr * p->Vrel) / p->Vup;
  r->CaJSR = i->Jtr - i->Jrel * p->Vc / p->Vrel - p->BCalse * r->OCalse;

  const hc_real sodium = per_charge * (i->INa + i->IbNa + 3.0 * (i->INaK + i->INaCa));
  const hc_real potassium = per_charge * (i->Ito + i->IKur + i->IK1 + i->IKr + i->IKs + i->IKACh - 2.0 * i->INaK);
  r->Nai = -sodium;
  r->Ki = per_charge * stim - potassium;
  r->Nac = (p->Nao - y->Nac) / p->tau_Na + outside * sodium;
  r->Kc = (p->Ko - y->Kc) / p->tau_K + outside * potassium;
  r->Cac = (p->Cao - y->Cac) / p->tau_Ca + outside * (L_type + calcium);
}

HC_FN void maleckar09_rhs(hc_real t, const struct maleckar09_state *y, hc_real stim,
                          const struct maleckar09_parameters *p, struct maleckar09_rates *r,
                          struct maleckar09_currents *i)
{
  (void)t;
  maleckar09_inward_gates(y->V, r);
  maleckar09_outward_gates(y->V, r);
  maleckar09_currents_of(y, p, i);
  maleckar09_reticulum(y, p, i, r);
  maleckar09_concentrations(y, stim, p, i, r);
  r->V = stim - (i->INa + i->ICaL + i->Ito + i->IKur + i->IK1 + i->IKr + i->IKs + i->IKACh + i->IbNa + i->IbCa +
                 i->INaK + i->IpCa + i->INaCa);
}

/* All calcium counts, that bound to buffers and that in the reticulum too. */
HC_FN void maleckar09_sums_of(const struct maleckar09_state *y, const struct maleckar09_parameters *p,
                              struct maleckar09_sums *s)
{
  const hc_real cytosol = y->Cai + p->BC * y->OC + p->BTC * y->OTC + p->BTMg * y->OTMgC;
  const hc_real calcium =
      p->Vc * cytosol + p->Vd * y->Cad + p->Vup * y->CaNSR + p->Vrel * (y->CaJSR + p->BCalse * y->OCalse);
  s->charge = y->V - MALECKAR09_F / p->Cm * (p->Vc * (y->Nai + y->Ki) + 2.0 * calcium);
}

#endif
