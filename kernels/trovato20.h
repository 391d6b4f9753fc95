/* Trovato, Passini, Nagy, Varro, Abi-Gerges, Severi & Rodriguez 2020, "Human Purkinje in silico model enables
 * mechanistic investigations into automaticity and pro-arrhythmic abnormalities", J. Mol. Cell. Cardiol. 142:24-38,
 * doi:10.1016/j.yjmcc.2020.04.001. Equations kept from O'Hara et al. 2011 (doi:10.1371/journal.pcbi.1002061), Li & Rudy
 * 2011 (calcium cycling, ICaT, If; doi:10.1161/CIRCRESAHA.111.246512) and Dutta et al. 2017 (INa).
 *
 * Numbers were compared in public codes:
 *   A  Myokit's c/trovato-2020.mmt, made from the first author's CellML file and checked against it
 *   B  MonoAlg3D, trovato_2020 (by way of the authors' Matlab)
 * They agree, except for these:
 *   - PCa: 7.7677e-5 in A, 7.76772893145948e-5 cm/s in B. Taken: A's.
 *   - pi in capacitance and volumes: 3.14159265 in A, 3.14 in B; only their ratios matter, where it cancels.
 *   - Initial states: A's are complete; B has others after 1000 beats at a cycle length of 1000 ms (V = -86.55 mV),
 * with those below 1e-3 set to zero. Taken: A's. Jrel2, 1e-69 there, is zero here.
 *   - B holds V within -100 to 100 mV when it evaluates rates. Not taken.
 * Checked: at 400 random states (V from -110 to 60 mV, concentrations around their range, both directions of the flux
 * that triggers release), all rates and currents agree with B's equations, in extended precision, to 1.3e-12 relative
 * to themselves.
 *
 * The stimulus is carried by potassium ions of the subsarcolemmal space, 40 A/F for 1 ms as in A. Charge is conserved.
 * Uptake and leak are two fluxes here, what the authors call Jup1 is Jup1 - Jleak1.
 *
 * Form. Time constants a + 1 / s become rates s / (a s + 1). The Goldman fluxes z V F^2 / RT (c_in exp(zx) - c_out) /
 * (exp(zx) - 1), x = FV / RT, are F ((B + zx) c_in - B c_out) with B = zx / (exp(zx) - 1); with b that of z = 1, that
 * of z = 2 is 2 b^2 / (2 b + x). */
#ifndef HC_TROVATO20_H
#define HC_TROVATO20_H

#include "model.h"
#include "ord_transport.h"

#define HC_TROVATO20 "doi:10.1016/j.yjmcc.2020.04.001"
#define HC_LI_RUDY11 "doi:10.1161/CIRCRESAHA.111.246512"
#define HC_ORD11_FROM "doi:10.1371/journal.pcbi.1002061"

/* Name, initial value, unit, meaning. */
#define TROVATO20_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                                                 \
  POTENTIAL(V, (-86.68140029), "mV", "membrane potential")                                                             \
  PLAIN(Nai, (8.231839646), "mM", "sodium in the cytosol")                                                             \
  PLAIN(Nasl, (8.231535166), "mM", "sodium in the subsarcolemmal space")                                               \
  STIFF(Nass, (8.231543252), "mM", "sodium in the junctional subspace")                                                \
  PLAIN(Ki, (143.7673598), "mM", "potassium in the cytosol")                                                           \
  PLAIN(Ksl, (143.7677699), "mM", "potassium in the subsarcolemmal space")                                             \
  STIFF(Kss, (143.7677682), "mM", "potassium in the junctional subspace")                                              \
  PLAIN(Cai, (4.360044047e-5), "mM", "free calcium in the cytosol")                                                    \
  PLAIN(Casl, (0.0001020043178), "mM", "free calcium in the subsarcolemmal space")                                     \
  STIFF(Cass, (0.0001017779934), "mM", "free calcium in the junctional subspace")                                      \
  PLAIN(CaNSR, (1.26350902), "mM", "calcium in the network reticulum")                                                 \
  PLAIN(CaJSR, (1.248119402), "mM", "free calcium in the junctional reticulum")                                        \
  PLAIN(CaCSR, (1.265169592), "mM", "free calcium in the corbular reticulum")                                          \
  PLAIN(CaMKt, (0.005059833307), "1", "CaMK with trapped calmodulin, fraction")                                        \
  GATE(m, (0.006326617039), "1", "activation of INa")                                                                  \
  GATE(hf, (0.7886117399), "1", "fast inactivation of INa")                                                            \
  GATE(hs, (0.78854598), "1", "slow inactivation of INa")                                                              \
  GATE(hsp, (0.5796935143), "1", "hs of phosphorylated channels")                                                      \
  GATE(j, (0.7904743586), "1", "recovery of INa")                                                                      \
  GATE(jp, (0.7909470582), "1", "j of phosphorylated channels")                                                        \
  GATE(mL, (0.0002419257736), "1", "activation of INaL")                                                               \
  GATE(hL, (0.4635745825), "1", "inactivation of INaL")                                                                \
  GATE(hLp, (0.2402161987), "1", "hL of phosphorylated channels")                                                      \
  GATE(d, (6.977350893e-9), "1", "activation of ICaL")                                                                 \
  GATE(ff, (0.9999999682), "1", "fast voltage inactivation of ICaL")                                                   \
  GATE(fs, (0.9266921533), "1", "slow voltage inactivation of ICaL")                                                   \
  GATE(fcaf, (0.9999999682), "1", "fast inactivation of calcium-bound ICaL")                                           \
  GATE(fcas, (0.9999999057), "1", "slow inactivation of calcium-bound ICaL")                                           \
  GATE(jca, (0.9999789073), "1", "recovery of ICaL from calcium inactivation")                                         \
  GATE(ffp, (0.9999999684), "1", "ff of phosphorylated channels")                                                      \
  GATE(fcafp, (0.9999999683), "1", "fcaf of phosphorylated channels")                                                  \
  LIGAND(nca, (0.00547252501), "1", "calcium-bound share of ICaL")                                                     \
  GATE(b, (0.0003042509126), "1", "activation of ICaT")                                                                \
  GATE(g, (0.9942143579), "1", "inactivation of ICaT")                                                                 \
  GATE(a, (0.0002728511444), "1", "activation of Ito")                                                                 \
  GATE(i1, (0.6496047957), "1", "slow inactivation of Ito")                                                            \
  GATE(i2, (0.9899656958), "1", "fast inactivation of Ito")                                                            \
  GATE(xrf, (0.0003316911841), "1", "fast activation of IKr")                                                          \
  GATE(xrs, (0.5687164733), "1", "slow activation of IKr")                                                             \
  GATE(xs1, (0.1911652481), "1", "activation of IKs")                                                                  \
  GATE(xs2, (0.0002226773653), "1", "deactivation of IKs")                                                             \
  GATE(y, (0.2331190112), "1", "activation of If")                                                                     \
  GATE(xk1, (0.9970848137), "1", "rectification of IK1")                                                               \
  LIGAND(u, (0.4662361372), "1", "inactivation of IP3 receptors")                                                      \
  PLAIN(Jrel1, (0.0001082409458), "mM/ms", "release at the junction")                                                  \
  PLAIN(Jrel2, (0), "mM/ms", "release in the cytosol")

/* Name, default, unit, least, most, meaning, source. */
#define TROVATO20_PARAMETERS(PARAMETER)                                                                                \
  PARAMETER(GNa, (39.4572), "mS/uF", 0, 500, "conductance of INa", HC_TROVATO20)                                       \
  PARAMETER(GNaL, (0.0189), "mS/uF", 0, 2, "conductance of INaL", HC_TROVATO20)                                        \
  PARAMETER(PCa, (7.7677e-5), "cm/s", 0, 0.01, "permeability of ICaL", HC_TROVATO20)                                   \
  PARAMETER(PCaNa_PCa, (0.00125), "1", 0, 1, "permeability of ICaL to sodium over calcium", HC_ORD11_FROM)             \
  PARAMETER(PCaK_PCa, (0.0003574), "1", 0, 1, "permeability of ICaL to potassium over calcium", HC_ORD11_FROM)         \
  PARAMETER(GCaT, (0.0754), "mS/uF", 0, 5, "conductance of ICaT", HC_LI_RUDY11)                                        \
  PARAMETER(Gto, (0.192), "mS/uF", 0, 10, "conductance of Ito", HC_TROVATO20)                                          \
  PARAMETER(Gsus, (0.0301), "mS/uF", 0, 5, "conductance of Isus", HC_TROVATO20)                                        \
  PARAMETER(GKr, (0.0342), "mS/uF", 0, 5, "conductance of IKr at Ko = 5.4 mM", HC_TROVATO20)                           \
  PARAMETER(GKs, (0.0029), "mS/uF", 0, 1, "conductance of IKs", HC_TROVATO20)                                          \
  PARAMETER(GfNa, (0.0116), "mS/uF", 0, 1, "conductance of If to sodium", HC_LI_RUDY11)                                \
  PARAMETER(GfK, (0.0232), "mS/uF", 0, 1, "conductance of If to potassium", HC_LI_RUDY11)                              \
  PARAMETER(GK1, (0.1057329), "mS/uF", 0, 10, "conductance of IK1 at Ko = 5.4 mM", HC_TROVATO20)                       \
  PARAMETER(GNaCa, (0.00095709), "A/F", 0, 1, "amplitude of INaCa", HC_TROVATO20)                                      \
  PARAMETER(PNaK, (32.4872), "A/F", 0, 1000, "amplitude of INaK", HC_TROVATO20)                                        \
  PARAMETER(PNab, (9.375e-10), "cm/s", 0, 1e-06, "permeability of INab", HC_TROVATO20)                                 \
  PARAMETER(PCab, (2.5e-8), "cm/s", 0, 1e-05, "permeability of ICab", HC_ORD11_FROM)                                   \
  PARAMETER(GpCa, (0.0005), "A/F", 0, 1, "largest IpCa", HC_LI_RUDY11)                                                 \
  PARAMETER(Ko, (5.4), "mM", 0.1, 50, "potassium outside", HC_TROVATO20)                                               \
  PARAMETER(Nao, (140), "mM", 1, 300, "sodium outside", HC_TROVATO20)                                                  \
  PARAMETER(Cao, (1.8), "mM", 0.01, 20, "calcium outside", HC_TROVATO20)                                               \
  PARAMETER(T, (310), "K", 270, 330, "temperature in Nernst and flux terms", HC_TROVATO20)                             \
  PARAMETER(Acap, (0.000398937), "uF", 1e-06, 0.01, "capacitance (capacitive area at 1 uF/cm2)", HC_TROVATO20)         \
  PARAMETER(Vmyo, (9.46239e-5), "uL", 1e-07, 0.01, "volume of the cytosol", HC_TROVATO20)                              \
  PARAMETER(Vsl, (2.3655975e-5), "uL", 1e-07, 0.001, "volume of the subsarcolemmal space", HC_TROVATO20)               \
  PARAMETER(Vss, (3.15413e-6), "uL", 1e-08, 0.001, "volume of the junctional subspace", HC_TROVATO20)                  \
  PARAMETER(Vnsr, (6.30826e-6), "uL", 1e-08, 0.001, "volume of the network reticulum", HC_TROVATO20)                   \
  PARAMETER(Vjsr, (3.15413e-7), "uL", 1e-09, 0.0001, "volume of the junctional reticulum", HC_TROVATO20)               \
  PARAMETER(Vcsr, (1.261652e-6), "uL", 1e-09, 0.0001, "volume of the corbular reticulum", HC_TROVATO20)                \
  PARAMETER(ss_INaCa, (0.2), "1", 0, 1, "share of INaCa at the subspace", HC_ORD11_FROM)                               \
  PARAMETER(tau_jca, (75), "ms", 1, 1000, "time constant of jca", HC_ORD11_FROM)                                       \
  PARAMETER(tau_hL, (200), "ms", 1, 5000, "time constant of hL", HC_ORD11_FROM)                                        \
  PARAMETER(Kmn, (0.002), "mM", 1e-05, 1, "calcium of half binding to ICaL", HC_ORD11_FROM)                            \
  PARAMETER(k2n, (1000), "1/ms", 1, 100000.0, "rate of that binding", HC_ORD11_FROM)                                   \
  PARAMETER(PKNa, (0.01833), "1", 0, 1, "permeability of IKs to sodium over potassium", HC_ORD11_FROM)                 \
  PARAMETER(KmCaAct, (0.00015), "mM", 1e-06, 0.1, "calcium of half activation of INaCa", HC_ORD11_FROM)                \
  PARAMETER(KmpCa, (0.0005), "mM", 1e-06, 1, "half saturation of IpCa", HC_LI_RUDY11)                                  \
  PARAMETER(KmCaMK, (0.15), "1", 0.0001, 10, "active CaMK of half phosphorylation", HC_ORD11_FROM)                     \
  PARAMETER(aCaMK, (0.05), "1/ms", 0, 10, "rate of CaMK trapping calmodulin", HC_ORD11_FROM)                           \
  PARAMETER(bCaMK, (0.00068), "1/ms", 0, 10, "rate of its release", HC_ORD11_FROM)                                     \
  PARAMETER(CaMKo, (0.05), "1", 0, 1, "CaMK bound at rest, fraction", HC_ORD11_FROM)                                   \
  PARAMETER(KmCaM, (0.0015), "mM", 1e-06, 1, "calcium of half binding to calmodulin", HC_ORD11_FROM)                   \
  PARAMETER(gain_rel1, (15), "ms", 0, 1000, "gain of Jrel1 over the inflow of calcium", HC_LI_RUDY11)                  \
  PARAMETER(gain_rel2, (91), "ms", 0, 1000, "gain of Jrel2 over the inflow of calcium", HC_LI_RUDY11)                  \
  PARAMETER(tau_rel1, (2), "ms", 0.01, 100, "time constant of Jrel1 at full reticulum", HC_LI_RUDY11)                  \
  PARAMETER(tau_rel2, (6), "ms", 0.01, 100, "time constant of Jrel2 at full reticulum", HC_LI_RUDY11)                  \
  PARAMETER(Krel, (1), "mM", 0.01, 100, "CaJSR and CaCSR of half release", HC_LI_RUDY11)                               \
  PARAMETER(Krel_CaMK, (0.28), "1", 0.001, 10, "active CaMK of half its effect on release", HC_LI_RUDY11)              \
  PARAMETER(IP3, (0.0001), "mM", 0, 0.1, "inositol trisphosphate", HC_LI_RUDY11)                                       \
  PARAMETER(Vip3, (40.404), "1/(mM2 ms)", 0, 10000.0, "rate of release by IP3 receptors", HC_LI_RUDY11)                \
  PARAMETER(Vup1, (0.0002), "mM/ms", 0, 1, "largest uptake from the subsarcolemmal space", HC_TROVATO20)               \
  PARAMETER(Vup2, (0.0026), "mM/ms", 0, 1, "largest uptake from the cytosol", HC_TROVATO20)                            \
  PARAMETER(Kup, (0.00028), "mM", 1e-06, 1, "calcium of half uptake", HC_LI_RUDY11)                                    \
  PARAMETER(dKup, (0.00017), "mM", 0, 1, "how much phosphorylation lowers Kup; at most Kup", HC_LI_RUDY11)             \
  PARAMETER(dVup, (0.75), "1", 0, 10, "how much phosphorylation raises uptake, fraction", HC_LI_RUDY11)                \
  PARAMETER(Vleak1, (7e-5), "1/ms", 0, 1, "rate of leak to the subsarcolemmal space", HC_TROVATO20)                    \
  PARAMETER(Vleak2, (0.00028), "1/ms", 0, 1, "rate of leak to the cytosol", HC_TROVATO20)                              \
  PARAMETER(tau_tr, (120), "ms", 0.1, 10000.0, "time constant of transfer within the reticulum", HC_LI_RUDY11)         \
  PARAMETER(tau_gap, (12), "ms", 0.01, 1000.0, "time constant of diffusion between subsarcolemmal space and cytosol",  \
            HC_LI_RUDY11)                                                                                              \
  PARAMETER(tau_diff, (0.2), "ms", 0.01, 1000.0,                                                                       \
            "time constant of diffusion between subspace and subsarcolemmal space", HC_LI_RUDY11)                      \
  PARAMETER(cmdnmax, (0.1125), "mM", 0, 10, "calmodulin in the cytosol", HC_TROVATO20)                                 \
  PARAMETER(cmdnmax_sl, (0.0125), "mM", 0, 10, "calmodulin in the subsarcolemmal space", HC_TROVATO20)                 \
  PARAMETER(kmcmdn, (0.00238), "mM", 1e-06, 1, "half saturation of calmodulin", HC_ORD11_FROM)                         \
  PARAMETER(trpnmax, (0.0315), "mM", 0, 10, "troponin in the cytosol", HC_TROVATO20)                                   \
  PARAMETER(trpnmax_sl, (0.0035), "mM", 0, 10, "troponin in the subsarcolemmal space", HC_TROVATO20)                   \
  PARAMETER(kmtrpn, (0.0005), "mM", 1e-06, 1, "half saturation of troponin", HC_ORD11_FROM)                            \
  PARAMETER(BSRmax, (0.019975), "mM", 0, 10, "anionic sites at the reticulum, subspace", HC_TROVATO20)                 \
  PARAMETER(KmBSR, (0.00087), "mM", 1e-06, 1, "half saturation of BSR", HC_ORD11_FROM)                                 \
  PARAMETER(BSLmax, (0.4777), "mM", 0, 100, "anionic sites at the sarcolemma, subspace", HC_TROVATO20)                 \
  PARAMETER(KmBSL, (0.0087), "mM", 1e-06, 1, "half saturation of BSL", HC_ORD11_FROM)                                  \
  PARAMETER(csqnmax_jsr, (1.2), "mM", 0, 1000, "calsequestrin in the junctional reticulum", HC_TROVATO20)              \
  PARAMETER(csqnmax_csr, (2.88), "mM", 0, 1000, "calsequestrin in the corbular reticulum", HC_TROVATO20)               \
  PARAMETER(kmcsqn, (0.8), "mM", 0.0001, 100, "half saturation of calsequestrin", HC_ORD11_FROM)

#define TROVATO20_CURRENTS(CURRENT)                                                                                    \
  CURRENT(INa, "A/F", "fast sodium")                                                                                   \
  CURRENT(INaL, "A/F", "late sodium")                                                                                  \
  CURRENT(ICaL, "A/F", "calcium of the L-type channel")                                                                \
  CURRENT(ICaNa, "A/F", "sodium of the L-type channel")                                                                \
  CURRENT(ICaK, "A/F", "potassium of the L-type channel")                                                              \
  CURRENT(ICaT, "A/F", "T-type calcium")                                                                               \
  CURRENT(Ito, "A/F", "transient outward potassium")                                                                   \
  CURRENT(Isus, "A/F", "sustained outward potassium")                                                                  \
  CURRENT(IKr, "A/F", "rapid delayed rectifier potassium")                                                             \
  CURRENT(IKs, "A/F", "slow delayed rectifier potassium")                                                              \
  CURRENT(If, "A/F", "hyperpolarisation-activated")                                                                    \
  CURRENT(IK1, "A/F", "inward rectifier potassium")                                                                    \
  CURRENT(INaCa, "A/F", "sodium-calcium exchanger")                                                                    \
  CURRENT(INaK, "A/F", "sodium-potassium pump")                                                                        \
  CURRENT(INab, "A/F", "background sodium")                                                                            \
  CURRENT(ICab, "A/F", "background calcium")                                                                           \
  CURRENT(IpCa, "A/F", "sarcolemmal calcium pump")                                                                     \
  CURRENT(Jrel1, "mM/ms", "release at the junction, from the junctional reticulum")                                    \
  CURRENT(Jrel2, "mM/ms", "release in the cytosol, from the corbular reticulum")                                       \
  CURRENT(Jip3, "mM/ms", "release by IP3 receptors, from the junctional reticulum")                                    \
  CURRENT(Jup1, "mM/ms", "uptake from the subsarcolemmal space")                                                       \
  CURRENT(Jup2, "mM/ms", "uptake from the cytosol")                                                                    \
  CURRENT(Jleak1, "mM/ms", "leak to the subsarcolemmal space")                                                         \
  CURRENT(Jleak2, "mM/ms", "leak to the cytosol")

#define TROVATO20_SUMS(SUM) SUM(charge, "mV", "V less the charge of all ions inside over the capacitance")

HC_MODEL_TYPES(trovato20, TROVATO20_STATES, TROVATO20_PARAMETERS, TROVATO20_CURRENTS)
HC_SUM_TYPES(trovato20, TROVATO20_SUMS)

#define TROVATO20_R 8314.0  /* mJ/(mol K) */
#define TROVATO20_F 96485.0 /* C/mol */

/* FV / RT; CaMK bound to calmodulin, active CaMK (fractions), share of phosphorylated channels. */
struct trovato20_shared {
  hc_real x, bound, active, phosphorylated;
};

HC_FN struct trovato20_shared trovato20_share(const struct trovato20_state *y, const struct trovato20_parameters *p)
{
  struct trovato20_shared e;
  e.x = y->V * (TROVATO20_F / (TROVATO20_R * p->T));
  e.bound = p->CaMKo * (1.0 - y->CaMKt) * y->Cass / (y->Cass + p->KmCaM);
  e.active = e.bound + y->CaMKt;
  e.phosphorylated = e.active / (e.active + p->KmCaMK);
  return e;
}

/* INa: m, hf, hs, hsp, j, jp; INaL: mL, hL, hLp. */
HC_FN void trovato20_sodium_gates(hc_real V, const struct trovato20_parameters *p, struct trovato20_rates *r)
{
  r->m.inf = 1.0 / (1.0 + hc_exp((-48.4264 - V) * (1.0 / 7.5653)));
  r->m.k = 6.765 * hc_exp((V + 11.64) * (1.0 / 34.77)) + 8.552 * hc_exp((-77.42 - V) * (1.0 / 5.955));
  const hc_real up6 = hc_exp((V + 78.5) * (1.0 / 6.22));
  r->hf.inf = r->hs.inf = r->j.inf = r->jp.inf = 1.0 / (1.0 + up6);
  r->hsp.inf = 1.0 / (1.0 + up6 * hc_exp(6.2 / 6.22));
  r->hf.k = 3.686e-6 * hc_exp((-3.8875 - V) * (1.0 / 7.8579)) + 16.0 * hc_exp((V - 0.4963) * (1.0 / 9.1843));
  r->hs.k = 0.009794 * hc_exp((-17.95 - V) * (1.0 / 28.05)) + 0.3343 * hc_exp((V + 5.73) * (1.0 / 56.66));
  r->hsp.k = r->hs.k * (1.0 / 3.0);
  const hc_real s_j =
      0.8628 * hc_exp((-116.7258 - V) * (1.0 / 7.6005)) + 1.1096 * hc_exp((V + 6.2719) * (1.0 / 9.0358));
  r->j.k = s_j / (4.859 * s_j + 1.0);
  r->jp.k = r->j.k * (1.0 / 1.46);

  const hc_real late = hc_exp((V + 87.61) * (1.0 / 7.488));
  r->mL.inf = 1.0 / (1.0 + hc_exp((-42.85 - V) * (1.0 / 5.264)));
  r->mL.k = r->m.k;
  r->hL.inf = 1.0 / (1.0 + late);
  r->hL.k = 1.0 / p->tau_hL;
  r->hLp.inf = 1.0 / (1.0 + late * hc_exp(6.2 / 7.488));
  r->hLp.k = r->hL.k * (1.0 / 3.0);
}

/* ICaL: d, ff, fs, fcaf, fcas, jca, ffp, fcafp, nca; ICaT: b, g. */
HC_FN void trovato20_calcium_gates(const struct trovato20_state *y, const struct trovato20_parameters *p,
                                   struct trovato20_rates *r)
{
  const hc_real V = y->V, s_d = hc_exp(-0.05 * (V + 6.0)) + hc_exp(0.09 * (V + 14.0));
  r->d.inf = 1.0 / (1.0 + hc_exp((-7.24 - V) * (1.0 / 4.23)));
  r->d.k = s_d / (0.6 * s_d + 1.0);
  const hc_real f_inf = 1.0 / (1.0 + hc_exp((V + 22.88) * (1.0 / 3.696)));
  r->ff.inf = r->fs.inf = r->ffp.inf = r->fcaf.inf = r->fcas.inf = r->fcafp.inf = r->jca.inf = f_inf;
  /* ff: s = 0.0045 (w + 1 / w), w = exp((V + 35.19) / 10); fcaf: s = 0.04 (w + 1 / w), w = exp((V + 11.19) / 7) */
  const hc_real w_f = hc_exp((V + 35.19) * (1.0 / 10.0)), w2_f = 1.0 + hc_square(w_f);
  r->ff.k = w2_f / (7.0 * w2_f + w_f * (1.0 / 0.0045));
  r->ffp.k = r->ff.k * (1.0 / 2.5);
  const hc_real w_ca = hc_exp((V + 11.19) * (1.0 / 7.0)), w2_ca = 1.0 + hc_square(w_ca);
  r->fcaf.k = w2_ca / (0.72 * 7.0 * w2_ca + w_ca * (0.72 / 0.04));
  r->fcafp.k = r->fcaf.k * (1.0 / 2.5);
  const hc_real s_s = 3.5e-5 * (hc_exp((V + 20.19) * (-1.0 / 4.0)) + hc_exp((V + 20.19) * (1.0 / 6.0)));
  r->fs.k = s_s / (1000.0 * s_s + 1.0);
  const hc_real s_cas = 1.2e-4 * (hc_exp((V + 15.19) * (-1.0 / 3.0)) + w_ca * hc_exp(4.0 / 7.0));
  r->fcas.k = s_cas / (49.0 * s_cas + 0.49);
  r->jca.k = 1.0 / p->tau_jca;
  /* dnca/dt = k2n / (k2n / jca + (1 + Kmn / Cass)^4) - jca nca */
  r->nca.inf = p->k2n / (p->k2n + y->jca * hc_square(hc_square(1.0 + p->Kmn / y->Cass)));
  r->nca.k = y->jca;

  const hc_real up30 = hc_exp((V + 16.3) * (1.0 / 30.0));
  r->b.inf = 1.0 / (1.0 + hc_exp((-30.0 - V) * (1.0 / 7.0)));
  r->b.k = 1.068 * (up30 + 1.0 / up30);
  r->g.inf = 1.0 / (1.0 + hc_exp((V + 61.0) * (1.0 / 5.0)));
  r->g.k = 0.015 * (hc_exp((-71.7 - V) * (1.0 / 83.3)) + hc_exp((V + 71.7) * (1.0 / 15.4)));
}

/* Ito: a, i1, i2; IKr: xrf, xrs; IKs: xs1, xs2; If: y; IK1: xk1. */
HC_FN void trovato20_potassium_gates(hc_real V, const struct trovato20_parameters *p, struct trovato20_rates *r)
{
  /* tau = 1.0515 / (1 / (1.2089 (1 + exp((18.4099 - V) / 29.3814))) + 3.5 / (1 + exp((V + 100) / 29.3814))) */
  const hc_real up29 = hc_exp(V * (1.0 / 29.3814));
  const hc_real early = 1.0 + up29 * hc_exp(100.0 / 29.3814), late = up29 + hc_exp(18.4099 / 29.3814);
  r->a.inf = 1.0 / (1.0 + hc_exp((20.0 - V) * (1.0 / 13.0)));
  r->a.k = (up29 * early * (1.0 / 1.2089) + 3.5 * late) * (1.0 / 1.0515) / (early * late);
  const hc_real s_1 = 0.001416 * hc_exp((-96.52 - V) * (1.0 / 59.05)) + 1.78e-8 * hc_exp((V + 114.1) * (1.0 / 8.079));
  const hc_real s_2 = 0.3933 * hc_exp((-100.0 - V) * (1.0 / 100.0)) + 0.08004 * hc_exp((V - 8.0) * (1.0 / 8.59));
  r->i1.inf = r->i2.inf = 1.0 / (1.0 + hc_exp((V + 27.0) * (1.0 / 13.0)));
  r->i1.k = s_1 / (43.0 * s_1 + 1.0);
  r->i2.k = s_2 / (6.162 * s_2 + 1.0);

  const hc_real s_f = 0.3652 * hc_exp((V - 14.06) * (1.0 / 3.869)) + 4.123e-5 * hc_exp((30.18 - V) * (1.0 / 20.38));
  const hc_real s_s = 0.06629 * hc_exp((V - 17.5) * (1.0 / 7.355)) + 1.128e-5 * hc_exp((12.54 - V) * (1.0 / 25.94));
  r->xrf.inf = r->xrs.inf = 1.0 / (1.0 + hc_exp((-8.337 - V) * (1.0 / 6.789)));
  r->xrf.k = s_f / (12.98 * s_f + 1.0);
  r->xrs.k = s_s / (1.865 * s_s + 1.0);

  const hc_real s_x = 2.326e-4 * hc_exp((V + 48.28) * (1.0 / 17.8)) + 0.001292 * hc_exp((-210.0 - V) * (1.0 / 230.0));
  r->xs1.inf = r->xs2.inf = 1.0 / (1.0 + hc_exp((-11.6 - V) * (1.0 / 8.932)));
  r->xs1.k = s_x / (817.3 * s_x + 1.0);
  r->xs2.k = 0.01 * hc_exp((V - 50.0) * (1.0 / 20.0)) + 0.0193 * hc_exp((-66.54 - V) * (1.0 / 31.0));

  r->y.inf = 1.0 / (1.0 + hc_exp((V + 87.0) * (1.0 / 9.5)));
  r->y.k = (hc_exp((-132.0 - V) * (1.0 / 10.0)) + hc_exp((V + 57.0) * (1.0 / 60.0))) * (1.0 / 2000.0);
  r->xk1.inf = 1.0 / (1.0 + hc_exp((-144.59 - 2.5538 * p->Ko - V) / (1.5692 * p->Ko + 3.8115)));
  r->xk1.k = (hc_exp((-127.2 - V) * (1.0 / 20.36)) + hc_exp((V + 236.8) * (1.0 / 69.33))) * (1.0 / 122.2);
}

/* Parts of currents that enter other compartments than the rest: sodium of If, the exchanger at the subspace. */
struct trovato20_parts {
  hc_real IfNa, INaCa_ss;
};

/* ICaL, ICaNa, ICaK; INab, ICab. Activity coefficients: 0.341 of calcium outside, 0.75 of sodium and potassium. */
HC_FN void trovato20_flux_currents(const struct trovato20_state *y, const struct trovato20_parameters *p,
                                   const struct trovato20_shared *e, struct trovato20_currents *i)
{
  const hc_real x = e->x, b1 = hc_x_over_expm1(x), b2 = 2.0 * hc_square(b1) / (2.0 * b1 + x);
  const hc_real Afcaf = 0.3 + 0.6 / (1.0 + hc_exp((y->V - 10.0) * (1.0 / 10.0))), Afcas = 1.0 - Afcaf;
  const hc_real f = 0.6 * y->ff + 0.4 * y->fs, fca = y->jca * (Afcaf * y->fcaf + Afcas * y->fcas);
  const hc_real fp = 0.6 * y->ffp + 0.4 * y->fs, fcap = y->jca * (Afcaf * y->fcafp + Afcas * y->fcas);
  /* phosphorylated channels have 1.1 times the permeability */
  const hc_real plain = 1.0 - e->phosphorylated, more = 1.1 * e->phosphorylated;
  const hc_real free = plain * f + more * fp, bound = plain * fca + more * fcap;
  const hc_real open = p->scale.ICaL * p->PCa * TROVATO20_F * y->d * (free + y->nca * (bound - free));
  const hc_real out_Ca = 0.341 * p->Cao * b2;
  i->ICaL = open * 2.0 * (y->Cass * (b2 + 2.0 * x) - out_Ca);
  i->ICaNa = open * p->scale.ICaNa * p->PCaNa_PCa * 0.75 * (y->Nass * (b1 + x) - p->Nao * b1);
  i->ICaK = open * p->scale.ICaK * p->PCaK_PCa * 0.75 * (y->Kss * (b1 + x) - p->Ko * b1);
  i->INab = p->scale.INab * p->PNab * TROVATO20_F * (y->Nasl * (b1 + x) - p->Nao * b1);
  i->ICab = p->scale.ICab * p->PCab * TROVATO20_F * 2.0 * (y->Casl * (b2 + 2.0 * x) - out_Ca);
}

HC_FN void trovato20_ohmic_currents(const struct trovato20_state *y, const struct trovato20_parameters *p,
                                    const struct trovato20_shared *e, struct trovato20_currents *i,
                                    struct trovato20_parts *parts)
{
  const hc_real V = y->V, RTF = TROVATO20_R * p->T / TROVATO20_F, share = e->phosphorylated;
  const hc_real VNa = V - RTF * hc_log(p->Nao / y->Nasl), VK = V - RTF * hc_log(p->Ko / y->Ksl);
  const hc_real VCa = V - 0.5 * RTF * hc_log(p->Cao / y->Casl);
  const hc_real VKs = V - RTF * hc_log((p->Ko + p->PKNa * p->Nao) / (y->Ksl + p->PKNa * y->Nasl));
  const hc_real root_Ko = hc_sqrt(p->Ko * (1.0 / 5.4));

  const hc_real h = 0.99 * y->hf + 0.01 * y->hs, hp = 0.99 * y->hf + 0.01 * y->hsp;
  i->INa = p->scale.INa * p->GNa * VNa * hc_cube(y->m) * ((1.0 - share) * h * y->j + share * hp * y->jp);
  i->INaL = p->scale.INaL * p->GNaL * VNa * y->mL * ((1.0 - share) * y->hL + share * y->hLp);
  i->ICaT = p->scale.ICaT * p->GCaT * y->b * y->g * VCa;
  i->Ito = p->scale.Ito * p->Gto * y->a * y->i1 * y->i2 * VK;
  i->Isus = p->scale.Isus * p->Gsus * VK / (1.0 + hc_exp((12.0 - V) * (1.0 / 16.0)));

  const hc_real xr = y->xrs + (y->xrf - y->xrs) / (1.0 + hc_exp((V + 54.81) * (1.0 / 38.21)));
  const hc_real closing = (1.0 + hc_exp((V + 55.0) * (1.0 / 24.0))) * (1.0 + hc_exp((V - 10.0) * (1.0 / 9.6)));
  i->IKr = p->scale.IKr * p->GKr * root_Ko * xr * VK / closing;
  const hc_real KsCa = 1.0 + 0.6 / (1.0 + hc_pow(3.8e-5 / y->Casl, 1.4));
  i->IKs = p->scale.IKs * p->GKs * KsCa * y->xs1 * y->xs2 * VKs;
  const hc_real f_open = p->scale.If * hc_square(y->y);
  parts->IfNa = f_open * p->GfNa * VNa;
  i->If = parts->IfNa + f_open * p->GfK * VK;
  i->IK1 = p->scale.IK1 * p->GK1 * root_Ko * y->xk1 * VK / (1.0 + hc_exp((V + 116.0 - 5.5 * p->Ko) * (1.0 / 11.0)));
  i->IpCa = p->scale.IpCa * p->GpCa * y->Casl / (p->KmpCa + y->Casl);
}

HC_FN void trovato20_currents_of(const struct trovato20_state *y, const struct trovato20_parameters *p,
                                 const struct trovato20_shared *e, struct trovato20_currents *i,
                                 struct trovato20_parts *parts)
{
  const struct ord_exchanger exchanger = ord_exchanger_of(e->x, p->Nao, p->Cao);
  const hc_real exchange = p->scale.INaCa * p->GNaCa;
  trovato20_ohmic_currents(y, p, e, i, parts);
  trovato20_flux_currents(y, p, e, i);
  parts->INaCa_ss = p->ss_INaCa * exchange * ord_exchange(&exchanger, y->Nass, y->Cass, p->KmCaAct);
  i->INaCa = parts->INaCa_ss + (1.0 - p->ss_INaCa) * exchange * ord_exchange(&exchanger, y->Nasl, y->Casl, p->KmCaAct);
  i->INaK = p->scale.INaK * p->PNaK * ord_pump(e->x, y->Nasl, y->Ksl, p->Nao, p->Ko);
}

/* Fluxes of the reticulum, mM/ms; IP3 receptors and CaMK. */
HC_FN void trovato20_reticulum(const struct trovato20_state *y, const struct trovato20_parameters *p,
                               const struct trovato20_shared *e, struct trovato20_rates *r,
                               struct trovato20_currents *i)
{
  /* du/dt = 1800 Cass (1 - u) - 0.21 u */
  r->u.k = 1800.0 * y->Cass + 0.21;
  r->u.inf = 1800.0 * y->Cass / r->u.k;
  const hc_real open =
      p->IP3 * y->Cass * (1.0 - y->u) / ((1.0 + p->IP3 * (96000.0 / 9.6)) * (1.0 + y->Cass * (150000.0 / 16.5)));
  const hc_real faster = 1.0 + p->dVup * e->phosphorylated, Kup = p->Kup - p->dKup * e->phosphorylated;
  i->Jip3 = p->scale.Jip3 * p->Vip3 * open * (y->CaJSR - y->Cass);
  i->Jrel1 = p->scale.Jrel1 * y->Jrel1;
  i->Jrel2 = p->scale.Jrel2 * y->Jrel2;
  i->Jup1 = p->scale.Jup1 * p->Vup1 * faster * y->Casl / (y->Casl + Kup);
  i->Jup2 = p->scale.Jup2 * p->Vup2 * faster * y->Cai / (y->Cai + Kup);
  i->Jleak1 = p->scale.Jleak1 * p->Vleak1 * y->CaNSR;
  i->Jleak2 = p->scale.Jleak2 * p->Vleak2 * y->CaNSR;
  r->CaMKt = p->aCaMK * e->bound * e->active - p->bCaMK * y->CaMKt;
}

/* d/dt of a release flux J that an inflow of calcium triggers, if it is one, from a reticulum with calcium Ca: (gain C
 * inflow / (1 + (Krel / Ca)^8) - J) / tau, tau = C tau_rel / (1 + 0.0123 / Ca), C = 1 + 1 / (1 + (Krel_CaMK /
 * CaMKa)^8).
 */
HC_FN hc_real trovato20_release(hc_real J, hc_real inflow, hc_real Ca, hc_real gain, hc_real tau,
                                const struct trovato20_shared *e, const struct trovato20_parameters *p)
{
  const hc_real a8 = hc_square(hc_square(hc_square(e->active / p->Krel_CaMK))), C = 1.0 + a8 / (1.0 + a8);
  const hc_real c8 = hc_square(hc_square(hc_square(Ca / p->Krel)));
  const hc_real triggered = gain * C * inflow * c8 / (1.0 + c8);
  return (hc_select(inflow < 0.0, 0.0, triggered) - J) * (Ca + 0.0123) / (tau * C * Ca);
}

/* Concentrations. Free over total calcium is 1 / (1 + sum of B K / (K + Ca)^2) over the buffers. */
HC_FN void trovato20_concentrations(const struct trovato20_state *y, hc_real stim, const struct trovato20_parameters *p,
                                    const struct trovato20_shared *e, const struct trovato20_currents *i,
                                    const struct trovato20_parts *parts, struct trovato20_rates *r)
{
  const hc_real per_sl = p->Acap / (TROVATO20_F * p->Vsl), per_ss = p->Acap / (TROVATO20_F * p->Vss);
  const hc_real narrow = p->Vss / p->Vsl, wide = p->Vsl / p->Vmyo, INaCa_sl = i->INaCa - parts->INaCa_ss;
  const hc_real spread = 1.0 / p->tau_diff, gap = 1.0 / p->tau_gap;
  const hc_real JdiffNa = (y->Nass - y->Nasl) * spread, JgapNa = (y->Nasl - y->Nai) * gap;
  const hc_real JdiffK = (y->Kss - y->Ksl) * spread, JgapK = (y->Ksl - y->Ki) * gap;
  const hc_real Jdiff = (y->Cass - y->Casl) * spread, Jgap = (y->Casl - y->Cai) * gap;

  r->Nass = -per_ss * (i->ICaNa + 3.0 * parts->INaCa_ss) - JdiffNa;
  r->Nasl =
      -per_sl * (i->INa + i->INaL + 3.0 * (INaCa_sl + i->INaK) + parts->IfNa + i->INab) + JdiffNa * narrow - JgapNa;
  r->Nai = JgapNa * wide;
  r->Kss = -per_ss * i->ICaK - JdiffK;
  r->Ksl = -per_sl * (i->Ito + i->Isus + i->IKr + i->IKs + i->If - parts->IfNa + i->IK1 - stim - 2.0 * i->INaK) +
           JdiffK * narrow - JgapK;
  r->Ki = JgapK * wide;

  const hc_real cmdn = p->kmcmdn / hc_square(p->kmcmdn + y->Cai), trpn = p->kmtrpn / hc_square(p->kmtrpn + y->Cai);
  const hc_real cmdn_sl = p->kmcmdn / hc_square(p->kmcmdn + y->Casl);
  const hc_real trpn_sl = p->kmtrpn / hc_square(p->kmtrpn + y->Casl);
  const hc_real BSR = p->BSRmax * p->KmBSR / hc_square(p->KmBSR + y->Cass);
  const hc_real BSL = p->BSLmax * p->KmBSL / hc_square(p->KmBSL + y->Cass);
  const hc_real net1 = i->Jup1 - i->Jleak1, net2 = i->Jup2 - i->Jleak2;
  const hc_real inflow1 = -0.5 * per_ss * i->ICaL + (i->Jrel1 + i->Jip3) * (p->Vjsr / p->Vss) - Jdiff;
  const hc_real inflow2 = Jgap * wide - net2 * (p->Vnsr / p->Vmyo) + i->Jrel2 * (p->Vcsr / p->Vmyo);
  r->Cai = inflow2 / (1.0 + p->cmdnmax * cmdn + p->trpnmax * trpn);
  r->Cass = (inflow1 + per_ss * parts->INaCa_ss) / (1.0 + BSR + BSL);
  r->Casl = (Jdiff * narrow - Jgap - net1 * (p->Vnsr / p->Vsl) -
             0.5 * per_sl * (i->IpCa + i->ICab + i->ICaT - 2.0 * INaCa_sl)) /
            (1.0 + p->cmdnmax_sl * cmdn_sl + p->trpnmax_sl * trpn_sl);
  r->Jrel1 = trovato20_release(y->Jrel1, inflow1, y->CaJSR, p->gain_rel1, p->tau_rel1, e, p);
  r->Jrel2 = trovato20_release(y->Jrel2, inflow2, y->CaCSR, p->gain_rel2, p->tau_rel2, e, p);

  const hc_real Jtr1 = (y->CaNSR - y->CaJSR) / p->tau_tr, Jtr2 = (y->CaNSR - y->CaCSR) / p->tau_tr;
  r->CaNSR = net1 + net2 - Jtr1 * (p->Vjsr / p->Vnsr) - Jtr2 * (p->Vcsr / p->Vnsr);
  r->CaJSR = (Jtr1 - i->Jrel1 - i->Jip3) / (1.0 + p->csqnmax_jsr * p->kmcsqn / hc_square(p->kmcsqn + y->CaJSR));
  r->CaCSR = (Jtr2 - i->Jrel2) / (1.0 + p->csqnmax_csr * p->kmcsqn / hc_square(p->kmcsqn + y->CaCSR));
}

HC_FN void trovato20_rhs(hc_real t, const struct trovato20_state *y, hc_real stim, const struct trovato20_parameters *p,
                         struct trovato20_rates *r, struct trovato20_currents *i)
{
  const struct trovato20_shared e = trovato20_share(y, p);
  struct trovato20_parts parts;
  (void)t;
  trovato20_sodium_gates(y->V, p, r);
  trovato20_calcium_gates(y, p, r);
  trovato20_potassium_gates(y->V, p, r);
  trovato20_currents_of(y, p, &e, i, &parts);
  trovato20_reticulum(y, p, &e, r, i);
  trovato20_concentrations(y, stim, p, &e, i, &parts, r);
  r->V = stim - (i->INa + i->INaL + i->ICaL + i->ICaNa + i->ICaK + i->ICaT + i->Ito + i->Isus + i->IKr + i->IKs +
                 i->If + i->IK1 + i->INaCa + i->INaK + i->INab + i->ICab + i->IpCa);
}

/* Positive charge inside in mM of the compartments times their volumes, then as a voltage. */
HC_FN void trovato20_sums_of(const struct trovato20_state *y, const struct trovato20_parameters *p,
                             struct trovato20_sums *s)
{
  const hc_real Ca_i = y->Cai * (1.0 + p->cmdnmax / (p->kmcmdn + y->Cai) + p->trpnmax / (p->kmtrpn + y->Cai));
  const hc_real Ca_sl = y->Casl * (1.0 + p->cmdnmax_sl / (p->kmcmdn + y->Casl) + p->trpnmax_sl / (p->kmtrpn + y->Casl));
  const hc_real Ca_ss = y->Cass * (1.0 + p->BSRmax / (p->KmBSR + y->Cass) + p->BSLmax / (p->KmBSL + y->Cass));
  const hc_real Ca_jsr = y->CaJSR * (1.0 + p->csqnmax_jsr / (p->kmcsqn + y->CaJSR));
  const hc_real Ca_csr = y->CaCSR * (1.0 + p->csqnmax_csr / (p->kmcsqn + y->CaCSR));
  const hc_real charge = p->Vmyo * (y->Nai + y->Ki + 2.0 * Ca_i) + p->Vsl * (y->Nasl + y->Ksl + 2.0 * Ca_sl) +
                         p->Vss * (y->Nass + y->Kss + 2.0 * Ca_ss) +
                         2.0 * (p->Vnsr * y->CaNSR + p->Vjsr * Ca_jsr + p->Vcsr * Ca_csr);
  s->charge = y->V - charge * (TROVATO20_F / p->Acap);
}

#endif
