/* Grandi, Pasqualini & Bers 2010, "A novel computational model of the human ventricular action potential and Ca
 * transient", J. Mol. Cell. Cardiol. 48:112-121, doi:10.1016/j.yjmcc.2009.09.019. Variants: epicardial, endocardial.
 * The cell has a junctional cleft (j), a subsarcolemmal space (sl) and bulk cytosol.
 *
 * Numbers were compared in public codes:
 *   A  Myokit, c/grandi-2010.mmt, checked there against the authors' Matlab program: all, two variants
 *   B  cbcbeat 2023.2.0, Grandi_pasqualini_bers_2010, generated from gotran: all, two variants; evaluated at 400 random
 *      states, its rates and currents agree with those of this header to the digits of its rounded constants
 *
 * They agree, except for these:
 *   - Exchange between the spaces. A, as the authors' program: 1 / 1.2134e12 and 1 / 2.68510e11 L/ms for calcium,
 *     3 / 1.6382e14 and 3 / 1.8308e12 for sodium; B has them with five digits; CellML others. Taken: A's.
 *   - Binding of magnesium to troponin and myosin counts as binding of calcium in the balance of Cai, in both,
 *     although no calcium is bound. Taken: as published.
 *
 * Potassium and chloride inside are constant, so neither charge nor potassium is conserved; the stimulus needs no ion.
 *
 * Initial states: after 1,000 beats at 1 Hz (9.5 A/F for 5 ms), computed with this kernel's second-order step from A's
 * state.
 *
 * What makes the published equations stiff is calcium against its buffers: in the cleft (46/ms by diffusion, 67/ms by
 * the sarcolemmal sites SLL and SLH), under the sarcolemma (160/ms) and in the reticulum (calsequestrin, 260/ms).
 * Written with free calcium and bound calcium as states, both are fast and each drives the other. Here the states are
 * instead total calcium of a space (slow), its free calcium (fast: the only stiff state of the space) and SLH; SLL and
 * calsequestrin are what is left of the total. This is a linear change of variables, so the equations are the same, but
 * no integrator can lose calcium between a space and its buffers.
 *
 * Form. With B(x) = x / (exp(x) - 1), by hc_x_over_expm1(), and B exp(x) = B + x the flux terms of ICaL are exact at 0
 * mV and the rate of d at -5 mV. Powers of concentrations are taken from logarithms that Nernst potentials need anyway.
 */
#ifndef HC_GRANDI10_H
#define HC_GRANDI10_H

#include "model.h"

#define HC_GPB10 "doi:10.1016/j.yjmcc.2009.09.019"

/* Name, (epicardial, endocardial), unit, meaning. */
#define GRANDI10_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                                                  \
  POTENTIAL(V, (-81.3875855, -81.3726093), "mV", "membrane potential")                                                 \
  GATE(m, (0.00384676255, 0.00385874874), "1", "activation of INa")                                                    \
  GATE(h, (0.623841208, 0.623313009), "1", "fast inactivation of INa")                                                 \
  GATE(j, (0.622198952, 0.621539983), "1", "slow inactivation of INa")                                                 \
  GATE(d, (2.95721081e-06, 2.96460108e-06), "1", "activation of ICaL")                                                 \
  GATE(f, (0.99509605, 0.995087144), "1", "voltage inactivation of ICaL")                                              \
  LIGAND(fCaj, (0.0246391023, 0.024750221), "1", "calcium inactivation of ICaL, cleft")                                \
  LIGAND(fCasl, (0.0150978525, 0.0151482076), "1", "calcium inactivation of ICaL, subsarcolemma")                      \
  GATE(xtos, (0.00044274053, 0.000443250252), "1", "activation of slow Ito")                                           \
  GATE(ytos, (0.788391203, 0.796040262), "1", "inactivation of slow Ito")                                              \
  GATE(xtof, (0.000442733254, 0.000443243139), "1", "activation of fast Ito")                                          \
  GATE(ytof, (0.999995787, 0.999995775), "1", "inactivation of fast Ito")                                              \
  GATE(xkr, (0.0205256146, 0.0245630315), "1", "activation of IKr")                                                    \
  GATE(xks, (0.00430043342, 0.00430493468), "1", "activation of IKs")                                                  \
  CHAIN(RyR_R, (0.893250092, 0.893359922), "1", "release channels closed")                                             \
  CHAIN(RyR_O, (7.5717827e-07, 7.70912681e-07), "1", "release channels open")                                          \
  CHAIN(RyR_I, (9.04876109e-08, 9.20228436e-08), "1", "release channels inactivated from open")                        \
  CHAIN(RyR_RI, (0.106749060334, 0.106639215064), "1", "release channels inactivated from closed")                     \
  PLAIN(NaBj, (3.41301708, 3.40581978), "mM", "bound sodium, cleft")                                                   \
  PLAIN(NaBsl, (0.744693674, 0.743115945), "mM", "bound sodium, subsarcolemma")                                        \
  PLAIN(TnCL, (0.00904790743, 0.00909099144), "mM", "calcium on troponin C, low affinity")                             \
  PLAIN(TnCHCa, (0.11834381, 0.118056863), "mM", "calcium on troponin C, high affinity")                               \
  PLAIN(TnCHMg, (0.0101669133, 0.0103071116), "mM", "magnesium on troponin C, high affinity")                          \
  PLAIN(CaM, (0.000299875544, 0.000301482453), "mM", "calcium on calmodulin")                                          \
  PLAIN(MyoCa, (0.00200985734, 0.00198527036), "mM", "calcium on myosin")                                              \
  PLAIN(MyoMg, (0.137472299, 0.137497695), "mM", "magnesium on myosin")                                                \
  PLAIN(SRB, (0.00220144283, 0.00221186485), "mM", "calcium on the reticulum's outside")                               \
  LIGAND(SLHj, (0.0735439197, 0.0737509163), "mM", "calcium on high-affinity sites, cleft")                            \
  LIGAND(SLHsl, (0.11367614, 0.113942275), "mM", "the same, subsarcolemma")                                            \
  PLAIN(CajT, (0.081118432, 0.0813587344), "mM", "all calcium of the cleft")                                           \
  PLAIN(CaslT, (0.123581663, 0.123878666), "mM", "all calcium of the subsarcolemma")                                   \
  PLAIN(CaSRT, (1.77151623, 1.77961568), "mM", "all calcium of the reticulum")                                         \
  STIFF(Caj, (0.000175728968, 0.000176511832), "mM", "free calcium of the cleft")                                      \
  STIFF(Casl, (0.000105656224, 0.000105988052), "mM", "free calcium of the subsarcolemma")                             \
  STIFF(CaSR, (0.563816663, 0.567595351), "mM", "free calcium of the reticulum")                                       \
  PLAIN(Cai, (8.85381642e-05, 8.90182382e-05), "mM", "free calcium in the cytosol")                                    \
  PLAIN(Naj, (8.22301719, 8.19162854), "mM", "sodium of the cleft")                                                    \
  PLAIN(Nasl, (8.22215127, 8.1906526), "mM", "sodium of the subsarcolemma")                                            \
  PLAIN(Nai, (8.22233383, 8.19082771), "mM", "sodium in the cytosol")

#define GRANDI10_EXCHANGES(EXCHANGE)                                                                                   \
  EXCHANGE(RyR_R, RyR_O)                                                                                               \
  EXCHANGE(RyR_O, RyR_I)                                                                                               \
  EXCHANGE(RyR_RI, RyR_I)                                                                                              \
  EXCHANGE(RyR_R, RyR_RI)

#define GRANDI10_CELL 0.033006357816777764 /* nL: a cylinder of 100 um length and 10.25 um radius */

/* Name, (epicardial, endocardial), unit, least, most, meaning, source. */
#define GRANDI10_PARAMETERS(PARAMETER)                                                                                 \
  PARAMETER(GNa, (23, 23), "mS/uF", 0, 100, "conductance of INa", HC_GPB10)                                            \
  PARAMETER(GbNa, (0.000597, 0.000597), "mS/uF", 0, 0.1, "conductance of IbNa", HC_GPB10)                              \
  PARAMETER(PNaK, (1.8, 1.8), "A/F", 0, 50, "largest INaK", HC_GPB10)                                                  \
  PARAMETER(GKr, (0.035, 0.035), "mS/uF", 0, 5, "conductance of IKr", HC_GPB10)                                        \
  PARAMETER(GKs, (0.0035, 0.0035), "mS/uF", 0, 5, "conductance of IKs", HC_GPB10)                                      \
  PARAMETER(GpK, (0.002, 0.002), "mS/uF", 0, 1, "conductance of IpK", HC_GPB10)                                        \
  PARAMETER(Gtos, (0.0156, 0.037596), "mS/uF", 0, 5, "conductance of slow Ito", HC_GPB10)                              \
  PARAMETER(Gtof, (0.1144, 0.001404), "mS/uF", 0, 5, "conductance of fast Ito", HC_GPB10)                              \
  PARAMETER(GK1, (0.35, 0.35), "mS/uF", 0, 50, "conductance of IK1", HC_GPB10)                                         \
  PARAMETER(GClCa, (0.0548125, 0.0548125), "mS/uF", 0, 5, "conductance of IClCa", HC_GPB10)                            \
  PARAMETER(GClb, (0.009, 0.009), "mS/uF", 0, 1, "conductance of IClb", HC_GPB10)                                      \
  PARAMETER(PCa, (2.7e-4, 2.7e-4), "L/(F ms)", 0, 0.1, "permeability of ICaL to calcium", HC_GPB10)                    \
  PARAMETER(PCaNa, (7.5e-9, 7.5e-9), "L/(F ms)", 0, 1e-4, "permeability of ICaL to sodium", HC_GPB10)                  \
  PARAMETER(PCaK, (1.35e-7, 1.35e-7), "L/(F ms)", 0, 1e-4, "permeability of ICaL to potassium", HC_GPB10)              \
  PARAMETER(KNaCa, (4.5, 4.5), "A/F", 0, 1000, "largest INaCa", HC_GPB10)                                              \
  PARAMETER(GpCa, (0.0673, 0.0673), "A/F", 0, 10, "largest IpCa", HC_GPB10)                                            \
  PARAMETER(GbCa, (5.513e-4, 5.513e-4), "mS/uF", 0, 0.1, "conductance of IbCa", HC_GPB10)                              \
  PARAMETER(Ko, (5.4, 5.4), "mM", 0.1, 50, "potassium outside", HC_GPB10)                                              \
  PARAMETER(Nao, (140, 140), "mM", 1, 300, "sodium outside", HC_GPB10)                                                 \
  PARAMETER(Cao, (1.8, 1.8), "mM", 0.01, 20, "calcium outside", HC_GPB10)                                              \
  PARAMETER(Clo, (150, 150), "mM", 1, 300, "chloride outside", HC_GPB10)                                               \
  PARAMETER(Ki, (120, 120), "mM", 1, 300, "potassium inside, held", HC_GPB10)                                          \
  PARAMETER(Cli, (15, 15), "mM", 0.1, 300, "chloride inside, held", HC_GPB10)                                          \
  PARAMETER(Mgi, (1, 1), "mM", 0.01, 50, "magnesium inside, held", HC_GPB10)                                           \
  PARAMETER(T, (310, 310), "K", 270, 330, "temperature", HC_GPB10)                                                     \
  PARAMETER(Cm, (0.1381, 0.1381), "nF", 0.01, 10, "capacitance of the cell", HC_GPB10)                                 \
  PARAMETER(Vmyo, (0.65 * GRANDI10_CELL, 0.65 * GRANDI10_CELL), "nL", 1e-3, 1, "volume of the cytosol", HC_GPB10)      \
  PARAMETER(Vsr, (0.035 * GRANDI10_CELL, 0.035 * GRANDI10_CELL), "nL", 1e-5, 0.1, "volume of the reticulum", HC_GPB10) \
  PARAMETER(Vsl, (0.02 * GRANDI10_CELL, 0.02 * GRANDI10_CELL), "nL", 1e-5, 0.1, "volume of the subsarcolemma",         \
            HC_GPB10)                                                                                                  \
  PARAMETER(Vj, (5.39e-4 * GRANDI10_CELL, 5.39e-4 * GRANDI10_CELL), "nL", 1e-7, 0.01, "volume of the cleft", HC_GPB10) \
  PARAMETER(part_j, (0.11, 0.11), "1", 0, 1, "part of the sarcolemma at the cleft", HC_GPB10)                          \
  PARAMETER(part_CaL_j, (0.9, 0.9), "1", 0, 1, "part of the L-type channels at the cleft", HC_GPB10)                   \
  PARAMETER(JCa_jsl, (1e9 / 1.2134e12, 1e9 / 1.2134e12), "nL/ms", 0, 1, "exchange of calcium, cleft-subsarcolemma",    \
            HC_GPB10)                                                                                                  \
  PARAMETER(JCa_slmyo, (1e9 / 2.6851e11, 1e9 / 2.6851e11), "nL/ms", 0, 1,                                              \
            "exchange of calcium, subsarcolemma-cytosol", HC_GPB10)                                                    \
  PARAMETER(JNa_jsl, (3e9 / 1.6382e14, 3e9 / 1.6382e14), "nL/ms", 0, 1, "exchange of sodium, cleft-subsarcolemma",     \
            HC_GPB10)                                                                                                  \
  PARAMETER(JNa_slmyo, (3e9 / 1.8308e12, 3e9 / 1.8308e12), "nL/ms", 0, 1, "exchange of sodium, subsarcolemma-cytosol", \
            HC_GPB10)                                                                                                  \
  PARAMETER(pKNa, (0.01833, 0.01833), "1", 0, 1, "permeability of IKs to Na over K", HC_GPB10)                         \
  PARAMETER(KmK, (1.5, 1.5), "mM", 0.01, 100, "half saturation of INaK by Ko", HC_GPB10)                               \
  PARAMETER(KmNa, (11, 11), "mM", 0.1, 1000, "half saturation of INaK by sodium inside", HC_GPB10)                     \
  PARAMETER(KdClCa, (0.1, 0.1), "mM", 1e-6, 10, "half saturation of IClCa", HC_GPB10)                                  \
  PARAMETER(Kdact, (1.5e-4, 1.5e-4), "mM", 1e-7, 1, "calcium that activates INaCa by half", HC_GPB10)                  \
  PARAMETER(KmCai, (0.00359, 0.00359), "mM", 1e-6, 10, "half saturation of INaCa by calcium inside", HC_GPB10)         \
  PARAMETER(KmCao, (1.3, 1.3), "mM", 0.01, 100, "half saturation of INaCa by Cao", HC_GPB10)                           \
  PARAMETER(KmNai, (12.29, 12.29), "mM", 0.1, 1000, "half saturation of INaCa by sodium inside", HC_GPB10)             \
  PARAMETER(KmNao, (87.5, 87.5), "mM", 0.1, 1000, "half saturation of INaCa by Nao", HC_GPB10)                         \
  PARAMETER(ksat, (0.32, 0.32), "1", 0, 10, "saturation of INaCa", HC_GPB10)                                           \
  PARAMETER(nu, (0.27, 0.27), "1", 0, 1, "position of the energy barrier of INaCa", HC_GPB10)                          \
  PARAMETER(KpCa, (0.0005, 0.0005), "mM", 1e-6, 1, "half saturation of IpCa", HC_GPB10)                                \
  PARAMETER(Vmax_up, (5.3114e-3, 5.3114e-3), "mM/ms", 0, 1, "largest uptake", HC_GPB10)                                \
  PARAMETER(Kmf, (2.46e-4, 2.46e-4), "mM", 1e-6, 1, "half saturation of uptake by Cai", HC_GPB10)                      \
  PARAMETER(Kmr, (1.7, 1.7), "mM", 1e-3, 100, "half saturation of uptake by CaSR", HC_GPB10)                           \
  PARAMETER(hill_up, (1.787, 1.787), "1", 0.1, 10, "Hill coefficient of uptake", HC_GPB10)                             \
  PARAMETER(kleak, (5.348e-6, 5.348e-6), "1/ms", 0, 1, "rate of leak, per volume of the cytosol", HC_GPB10)            \
  PARAMETER(ks, (25, 25), "1/ms", 0, 1000, "rate of release", HC_GPB10)                                                \
  PARAMETER(koCa, (10, 10), "1/(mM2 ms)", 0, 1000, "opening of release channels", HC_GPB10)                            \
  PARAMETER(kom, (0.06, 0.06), "1/ms", 0, 100, "closing of release channels", HC_GPB10)                                \
  PARAMETER(kiCa, (0.5, 0.5), "1/(mM ms)", 0, 1000, "inactivation of release channels", HC_GPB10)                      \
  PARAMETER(kim, (0.005, 0.005), "1/ms", 0, 100, "recovery of release channels", HC_GPB10)                             \
  PARAMETER(ec50SR, (0.45, 0.45), "mM", 1e-3, 100, "CaSR at which release is half sensitised", HC_GPB10)               \
  PARAMETER(MaxSR, (15, 15), "1", 1e-3, 1000, "largest kCaSR", HC_GPB10)                                               \
  PARAMETER(MinSR, (1, 1), "1", 1e-3, 1000, "least kCaSR", HC_GPB10)                                                   \
  PARAMETER(BNaj, (7.561, 7.561), "mM", 0, 100, "sodium buffer of the cleft", HC_GPB10)                                \
  PARAMETER(BNasl, (1.65, 1.65), "mM", 0, 100, "sodium buffer of the subsarcolemma", HC_GPB10)                         \
  PARAMETER(BTnCL, (0.07, 0.07), "mM", 0, 10, "troponin C, low affinity", HC_GPB10)                                    \
  PARAMETER(BTnCH, (0.14, 0.14), "mM", 0, 10, "troponin C, high affinity", HC_GPB10)                                   \
  PARAMETER(BCaM, (0.024, 0.024), "mM", 0, 10, "calmodulin", HC_GPB10)                                                 \
  PARAMETER(BMyo, (0.14, 0.14), "mM", 0, 10, "myosin", HC_GPB10)                                                       \
  PARAMETER(BSR, (0.0171, 0.0171), "mM", 0, 10, "sites on the reticulum's outside", HC_GPB10)                          \
  PARAMETER(BSLLj, (4.6e-4, 4.6e-4), "mM", 0, 1, "low-affinity sites of the cleft, per volume of the cytosol",         \
            HC_GPB10)                                                                                                  \
  PARAMETER(BSLLsl, (0.0374, 0.0374), "mM", 0, 1, "low-affinity sites of the subsarcolemma, likewise", HC_GPB10)       \
  PARAMETER(BSLHj, (1.65e-4, 1.65e-4), "mM", 0, 1, "high-affinity sites of the cleft, likewise", HC_GPB10)             \
  PARAMETER(BSLHsl, (0.0134, 0.0134), "mM", 0, 1, "high-affinity sites of the subsarcolemma, likewise", HC_GPB10)      \
  PARAMETER(BCsqn, (0.14, 0.14), "mM", 0, 10, "calsequestrin, per volume of the cytosol", HC_GPB10)

#define GRANDI10_CURRENTS(CURRENT)                                                                                     \
  CURRENT(INa, "A/F", "fast sodium")                                                                                   \
  CURRENT(IbNa, "A/F", "background sodium")                                                                            \
  CURRENT(INaK, "A/F", "sodium-potassium pump")                                                                        \
  CURRENT(IKr, "A/F", "rapid delayed rectifier potassium")                                                             \
  CURRENT(IKs, "A/F", "slow delayed rectifier potassium")                                                              \
  CURRENT(IpK, "A/F", "plateau potassium")                                                                             \
  CURRENT(Ito, "A/F", "transient outward potassium, slow and fast")                                                    \
  CURRENT(IK1, "A/F", "inward rectifier potassium")                                                                    \
  CURRENT(IClCa, "A/F", "chloride that calcium activates")                                                             \
  CURRENT(IClb, "A/F", "background chloride")                                                                          \
  CURRENT(ICaL, "A/F", "L-type calcium channel, calcium; its scale goes for ICaNa and ICaK too")                       \
  CURRENT(ICaNa, "A/F", "L-type calcium channel, sodium")                                                              \
  CURRENT(ICaK, "A/F", "L-type calcium channel, potassium")                                                            \
  CURRENT(INaCa, "A/F", "sodium-calcium exchanger")                                                                    \
  CURRENT(IpCa, "A/F", "sarcolemmal calcium pump")                                                                     \
  CURRENT(IbCa, "A/F", "background calcium")                                                                           \
  CURRENT(Jrel, "mM/ms", "release from the reticulum, per its volume")                                                 \
  CURRENT(Jup, "mM/ms", "uptake into the reticulum, per its volume")                                                   \
  CURRENT(Jleak, "mM/ms", "leak from the reticulum, per volume of the cytosol")

#define GRANDI10_SUMS(SUM) SUM(RyR, "1", "release channels in all states")

HC_CHAIN_TYPES(grandi10, GRANDI10_STATES, GRANDI10_PARAMETERS, GRANDI10_CURRENTS, GRANDI10_EXCHANGES)
HC_SUM_TYPES(grandi10, GRANDI10_SUMS)

#define GRANDI10_R 8314.0  /* mJ/(mol K) */
#define GRANDI10_F 96485.0 /* C/mol */

/* What several parts need: F V / RT, exponentials of it, driving forces, factors of temperature. */
struct grandi10_shared {
  hc_real RTF, FV, up20, up9, up5; /* mV, 1, exp(V / n) */
  hc_real warm;                    /* (T - 310) / 10 */
  hc_real log_Caj, log_Casl;       /* log(Cao / Ca) */
};

/* Currents into the cleft and the subsarcolemma: sodium and calcium ones that change a concentration. A/F. */
struct grandi10_inflow {
  hc_real Naj, Nasl, Caj, Casl;
};

/* INa: m, h, j. The rates of h and j change form at -40 mV, and one exponential serves both forms. */
HC_FN void grandi10_sodium_gates(hc_real V, struct grandi10_rates *r)
{
  const int low = V < -40.0;
  r->m.inf = 1.0 / hc_square(1.0 + hc_exp((V + 56.86) * (-1.0 / 9.03)));
  r->m.k = 1.0 / (0.1292 * hc_exp(-hc_square((V + 45.79) * (1.0 / 15.54))) +
                  0.06487 * hc_exp(-hc_square((V - 4.823) * (1.0 / 51.12))));

  r->h.inf = 1.0 / hc_square(1.0 + hc_exp((V + 71.55) * (1.0 / 7.43)));
  const hc_real slow = hc_exp(hc_select(low, (V + 80.0) * (-1.0 / 6.8), (V + 10.66) * (-1.0 / 11.1)));
  const hc_real both_h = 0.057 * slow + (2.7 * hc_exp(0.079 * V) + 310000.0 * hc_exp(0.3485 * V));
  r->h.k = hc_select(low, both_h, (0.77 / 0.13) / (1.0 + slow));

  r->j.inf = r->h.inf;
  const hc_real alpha_j = (-25428.0 * hc_exp(0.2444 * V) - 6.948e-6 * hc_exp(-0.04391 * V)) * (V + 37.78) /
                          (1.0 + hc_exp(0.311 * (V + 79.23)));
  const hc_real numerator = hc_select(low, 0.02424, 0.6) * hc_exp(V * hc_select(low, -0.01052, 0.057));
  const hc_real beta_j = numerator / (1.0 + hc_exp(hc_select(low, -0.1378 * (V + 40.14), -0.1 * (V + 32.0))));
  r->j.k = hc_select(low, alpha_j, 0.0) + beta_j;
}

/* Ito: xtos, ytos, xtof, ytof; IKr: xkr; IKs: xks. */
HC_FN void grandi10_potassium_gates(hc_real V, const struct grandi10_shared *e, struct grandi10_rates *r)
{
  const hc_real up10 = hc_square(e->up20);
  r->xtos.inf = r->xtof.inf = 1.0 / (1.0 + hc_exp((V - 19.0) * (-1.0 / 13.0)));
  r->ytos.inf = r->ytof.inf = 1.0 / (1.0 + e->up5 * hc_exp(3.9));
  /* tau = 9 / (1 + exp((V + 3) / 15)) + 0.5; 800 / (1 + exp((V + 60) / 10)) + 30 */
  const hc_real a = 1.0 + hc_exp((V + 3.0) * (1.0 / 15.0)), b = 1.0 + up10 * hc_exp(6.0);
  r->xtos.k = a / (9.0 + 0.5 * a);
  r->ytos.k = b / (800.0 + 30.0 * b);
  r->xtof.k = 1.0 / (8.5 * hc_exp(-hc_square((V + 45.0) * (1.0 / 50.0))) + 0.5);
  r->ytof.k = 1.0 / (85.0 * hc_exp(hc_square(V + 40.0) * (-1.0 / 220.0)) + 7.0);

  /* tau = 550 / (1 + exp((-22 - V) / 9)) 6 / (1 + exp((V + 11) / 9)) + 230 / (1 + exp((V + 40) / 20)) */
  const hc_real c = (e->up9 + hc_exp(-22.0 / 9.0)) * (1.0 + e->up9 * hc_exp(11.0 / 9.0));
  const hc_real d = 1.0 + e->up20 * hc_exp(2.0);
  r->xkr.inf = e->up5 / (e->up5 + hc_exp(-2.0));
  r->xkr.k = c * d / (3300.0 * e->up9 * d + 230.0 * c);

  r->xks.inf = 1.0 / (1.0 + hc_exp((V + 3.8) * (-1.0 / 14.25)));
  r->xks.k = (1.0 + hc_exp((V + 2.436) * (-1.0 / 14.12))) * (1.0 / 990.1);
}

/* ICaL: d, f, fCaj, fCasl. */
HC_FN void grandi10_calcium_gates(const struct grandi10_state *y, const struct grandi10_shared *e,
                                  struct grandi10_rates *r)
{
  /* tau = inf (1 - e) / (0.035 (V + 5)), inf = 1 / (1 + e), e = exp(-(V + 5) / 6) */
  const hc_real x = (y->V + 5.0) * (-1.0 / 6.0);
  r->d.inf = 1.0 / (1.0 + hc_exp(x));
  r->d.k = (0.035 * 6.0) * (2.0 * hc_x_over_expm1(x) + x);

  r->f.inf = 1.0 / (1.0 + e->up9 * hc_exp(35.0 / 9.0)) + 0.6 * e->up20 / (e->up20 + hc_exp(2.5));
  r->f.k = 0.0197 * hc_exp(-hc_square(0.0337 * (y->V + 14.5))) + 0.02;

  r->fCaj.k = 1.7 * y->Caj + 0.0119;
  r->fCaj.inf = 1.7 * y->Caj / r->fCaj.k;
  r->fCasl.k = 1.7 * y->Casl + 0.0119;
  r->fCasl.inf = 1.7 * y->Casl / r->fCasl.k;
}

/* Currents of potassium and chloride. */
HC_FN void grandi10_outward(const struct grandi10_state *y, const struct grandi10_shared *e,
                            const struct grandi10_parameters *p, struct grandi10_currents *i)
{
  const struct grandi10_currents *s = &p->scale;
  const hc_real V = y->V, VK = V - e->RTF * hc_log(p->Ko / p->Ki), root_Ko = hc_sqrt(p->Ko * (1.0 / 5.4));
  const hc_real EKs = e->RTF * hc_log((p->Ko + p->pKNa * p->Nao) / (p->Ki + p->pKNa * y->Nai));
  i->IKr = s->IKr * p->GKr * root_Ko * y->xkr * VK / (1.0 + hc_exp((V + 74.0) * (1.0 / 24.0)));
  i->IKs = s->IKs * p->GKs * hc_square(y->xks) * (V - EKs);
  i->IpK = s->IpK * p->GpK * VK / (1.0 + hc_exp(7.488 - V * (1.0 / 5.98)));
  i->Ito = s->Ito * (p->Gtos * y->xtos * y->ytos + p->Gtof * y->xtof * y->ytof) * VK;

  /* a = 1.02 / (1 + exp(0.2385 (VK - 59.215))); b = (0.49124 exp(0.08032 (VK + 5.476)) + exp(0.06175 (VK - 594.31))) /
   * (1 + exp(-0.5143 (VK + 4.753))); IK1 = GK1 sqrt(Ko / 5.4) a / (a + b) VK */
  const hc_real opening = 1.02 * (1.0 + hc_exp(-0.5143 * (VK + 4.753)));
  const hc_real closing = (1.0 + hc_exp(0.2385 * (VK - 59.215))) *
                          (0.49124 * hc_exp(0.08032 * (VK + 5.476)) + hc_exp(0.06175 * (VK - 594.31)));
  i->IK1 = s->IK1 * p->GK1 * root_Ko * opening / (opening + closing) * VK;

  const hc_real VCl = V - e->RTF * hc_log(p->Cli / p->Clo);
  i->IClb = s->IClb * p->GClb * VCl;
  i->IClCa = s->IClCa * p->GClCa * VCl *
             (p->part_j * y->Caj / (y->Caj + p->KdClCa) + (1.0 - p->part_j) * y->Casl / (y->Casl + p->KdClCa));
}

/* INaCa per part of the sarcolemma; inward = exp(nu FV), outward = exp((nu - 1) FV). */
HC_FN hc_real grandi10_exchanger(hc_real Na, hc_real Ca, hc_real inward, hc_real outward,
                                 const struct grandi10_parameters *p)
{
  const hc_real Na3 = hc_cube(Na), Nao3 = hc_cube(p->Nao), Ca2 = hc_square(Ca);
  const hc_real bound = p->KmCai * Nao3 * (1.0 + Na3 / hc_cube(p->KmNai)) +
                        hc_cube(p->KmNao) * Ca * (1.0 + Ca / p->KmCai) + (p->KmCao + p->Cao) * Na3 + Nao3 * Ca;
  /* activation 1 / (1 + (Kdact / Ca)^2) */
  return p->KNaCa * Ca2 * (inward * Na3 * p->Cao - outward * Nao3 * Ca) /
         ((Ca2 + hc_square(p->Kdact)) * bound * (1.0 + p->ksat * outward));
}

/* Sodium and calcium currents other than ICaL, and what they bring. */
HC_FN void grandi10_exchange(const struct grandi10_state *y, const struct grandi10_shared *e,
                             const struct grandi10_parameters *p, struct grandi10_currents *i,
                             struct grandi10_inflow *in)
{
  const struct grandi10_currents *s = &p->scale;
  const hc_real V = y->V, j = p->part_j, sl = 1.0 - p->part_j;
  const hc_real VNaj = V - e->RTF * hc_log(p->Nao / y->Naj), VNasl = V - e->RTF * hc_log(p->Nao / y->Nasl);
  const hc_real gNa = s->INa * p->GNa * hc_cube(y->m) * y->h * y->j, gNab = s->IbNa * p->GbNa;
  i->INa = gNa * (j * VNaj + sl * VNasl);
  i->IbNa = gNab * (j * VNaj + sl * VNasl);

  /* sigma = (exp(Nao / 67.3) - 1) / 7; fNaK = 1 / (1 + 0.1245 exp(-0.1 F V / RT) + 0.0365 sigma exp(-F V / RT)) */
  const hc_real tenth = hc_exp(-0.1 * e->FV), down = hc_square(hc_square(hc_square(tenth)) * tenth);
  const hc_real sigma = hc_expm1(p->Nao * (1.0 / 67.3)) * (1.0 / 7.0);
  const hc_real pump = s->INaK * p->PNaK * p->Ko / ((1.0 + 0.1245 * tenth + 0.0365 * sigma * down) * (p->Ko + p->KmK));
  const hc_real NaKj = j * pump / (1.0 + hc_square(hc_square(p->KmNa / y->Naj)));
  const hc_real NaKsl = sl * pump / (1.0 + hc_square(hc_square(p->KmNa / y->Nasl)));
  i->INaK = NaKj + NaKsl;

  const hc_real inward = hc_exp(p->nu * e->FV), outward = inward * down;
  const hc_real warm = s->INaCa * hc_exp(e->warm * 0.45107561936021673); /* Q10 1.57 */
  const hc_real NaCaj = warm * j * grandi10_exchanger(y->Naj, y->Caj, inward, outward, p);
  const hc_real NaCasl = warm * sl * grandi10_exchanger(y->Nasl, y->Casl, inward, outward, p);
  i->INaCa = NaCaj + NaCasl;

  /* (Ca / KpCa)^1.6 = exp(1.6 (log(Cao / KpCa) - log(Cao / Ca))) */
  const hc_real log_pump = hc_log(p->Cao / p->KpCa);
  const hc_real pj = hc_exp(1.6 * (log_pump - e->log_Caj)), psl = hc_exp(1.6 * (log_pump - e->log_Casl));
  const hc_real pCa = s->IpCa * p->GpCa * hc_exp(e->warm * 0.85441532815606769); /* Q10 2.35 */
  const hc_real pCaj = j * pCa * pj / (1.0 + pj), pCasl = sl * pCa * psl / (1.0 + psl);
  i->IpCa = pCaj + pCasl;

  const hc_real gCab = s->IbCa * p->GbCa;
  const hc_real bCaj = j * gCab * (V - 0.5 * e->RTF * e->log_Caj), bCasl = sl * gCab * (V - 0.5 * e->RTF * e->log_Casl);
  i->IbCa = bCaj + bCasl;

  in->Naj = j * (gNa + gNab) * VNaj + 3.0 * (NaKj + NaCaj);
  in->Nasl = sl * (gNa + gNab) * VNasl + 3.0 * (NaKsl + NaCasl);
  in->Caj = pCaj + bCaj - 2.0 * NaCaj;
  in->Casl = pCasl + bCasl - 2.0 * NaCasl;
}

/* ICaL, ICaNa, ICaK, and what they bring. */
HC_FN void grandi10_L_type(const struct grandi10_state *y, const struct grandi10_shared *e,
                           const struct grandi10_parameters *p, struct grandi10_currents *i, struct grandi10_inflow *in)
{
  const struct grandi10_currents *s = &p->scale;
  const hc_real active = 0.45 * hc_exp(e->warm * 0.58778666490211901) * s->ICaL * y->d * y->f; /* Q10 1.8 */
  const hc_real openj = active * p->part_CaL_j * (1.0 - y->fCaj);
  const hc_real opensl = active * (1.0 - p->part_CaL_j) * (1.0 - y->fCasl);
  /* P z^2 F (FV) (0.341 Ca exp(2 FV) - 0.341 Cao) / (exp(2 FV) - 1), and with 0.75 for sodium and potassium */
  const hc_real x = 2.0 * e->FV, B = hc_x_over_expm1(x), B1 = hc_x_over_expm1(e->FV), B1x = B1 + e->FV;
  const hc_real PCa = 0.341 * 2.0 * GRANDI10_F * p->PCa, PM = 0.75 * GRANDI10_F;
  const hc_real Caj = openj * PCa * (y->Caj * (B + x) - p->Cao * B);
  const hc_real Casl = opensl * PCa * (y->Casl * (B + x) - p->Cao * B);
  const hc_real Naj = s->ICaNa * openj * PM * p->PCaNa * (y->Naj * B1x - p->Nao * B1);
  const hc_real Nasl = s->ICaNa * opensl * PM * p->PCaNa * (y->Nasl * B1x - p->Nao * B1);
  i->ICaL = Caj + Casl;
  i->ICaNa = Naj + Nasl;
  i->ICaK = s->ICaK * (openj + opensl) * PM * p->PCaK * (p->Ki * B1x - p->Ko * B1);
  in->Caj += Caj;
  in->Casl += Casl;
  in->Naj += Naj;
  in->Nasl += Nasl;
}

/* Release, uptake and leak; the release channel. */
HC_FN void grandi10_reticulum(const struct grandi10_state *y, const struct grandi10_shared *e,
                              const struct grandi10_parameters *p, struct grandi10_rates *r,
                              struct grandi10_currents *i)
{
  const struct grandi10_currents *s = &p->scale;
  /* kCaSR = MaxSR - (MaxSR - MinSR) / (1 + (ec50SR / CaSR)^2.5) */
  const hc_real ratio = p->ec50SR / y->CaSR;
  const hc_real kCaSR = p->MaxSR - (p->MaxSR - p->MinSR) / (1.0 + hc_square(ratio) * hc_sqrt(ratio));
  const hc_real opening = p->koCa / kCaSR * hc_square(y->Caj), inactivation = p->kiCa * kCaSR * y->Caj;
  r->RyR_R_RyR_O.there = r->RyR_RI_RyR_I.there = opening;
  r->RyR_R_RyR_O.back = r->RyR_RI_RyR_I.back = p->kom;
  r->RyR_O_RyR_I.there = r->RyR_R_RyR_RI.there = inactivation;
  r->RyR_O_RyR_I.back = r->RyR_R_RyR_RI.back = p->kim;
  i->Jrel = s->Jrel * p->ks * y->RyR_O * (y->CaSR - y->Caj);
  i->Jleak = s->Jleak * p->kleak * (y->CaSR - y->Caj);

  const hc_real forward = hc_exp(p->hill_up * hc_log(y->Cai / p->Kmf));
  const hc_real backward = hc_exp(p->hill_up * hc_log(y->CaSR / p->Kmr));
  i->Jup = s->Jup * p->Vmax_up * hc_exp(e->warm * 0.95551144502743635) * (forward - backward) /
           (1.0 + forward + backward); /* Q10 2.6 */
}

/* Calcium of the cleft, the subsarcolemma and the reticulum; SLL and calsequestrin are what is left of the totals. */
HC_FN void grandi10_spaces(const struct grandi10_state *y, const struct grandi10_parameters *p,
                           const struct grandi10_currents *i, const struct grandi10_inflow *in,
                           struct grandi10_rates *r)
{
  const hc_real per_charge = 0.5 * p->Cm / GRANDI10_F; /* A/F -> mM nL/ms of calcium */
  const hc_real jsl = p->JCa_jsl * (y->Caj - y->Casl), slmyo = p->JCa_slmyo * (y->Casl - y->Cai);

  const hc_real SLLj = y->CajT - y->Caj - y->SLHj;
  const hc_real bindj = 100.0 * y->Caj * (p->BSLLj * p->Vmyo / p->Vj - SLLj) - 1.3 * SLLj;
  r->SLHj.k = 100.0 * y->Caj + 0.03;
  r->SLHj.inf = 100.0 * y->Caj * p->BSLHj * p->Vmyo / (p->Vj * r->SLHj.k);
  r->CajT = (i->Jrel * p->Vsr + i->Jleak * p->Vmyo - jsl - per_charge * in->Caj) / p->Vj;
  r->Caj = r->CajT - bindj - (r->SLHj.inf - y->SLHj) * r->SLHj.k;

  const hc_real SLLsl = y->CaslT - y->Casl - y->SLHsl;
  const hc_real bindsl = 100.0 * y->Casl * (p->BSLLsl * p->Vmyo / p->Vsl - SLLsl) - 1.3 * SLLsl;
  r->SLHsl.k = 100.0 * y->Casl + 0.03;
  r->SLHsl.inf = 100.0 * y->Casl * p->BSLHsl * p->Vmyo / (p->Vsl * r->SLHsl.k);
  r->CaslT = (jsl - slmyo - per_charge * in->Casl) / p->Vsl;
  r->Casl = r->CaslT - bindsl - (r->SLHsl.inf - y->SLHsl) * r->SLHsl.k;

  const hc_real Csqn = y->CaSRT - y->CaSR;
  r->CaSRT = i->Jup - i->Jrel - i->Jleak * p->Vmyo / p->Vsr;
  r->CaSR = r->CaSRT - 100.0 * y->CaSR * (p->BCsqn * p->Vmyo / p->Vsr - Csqn) + 65.0 * Csqn;
}

/* Calcium of the cytosol, and sodium. */
HC_FN void grandi10_cytosol(const struct grandi10_state *y, const struct grandi10_parameters *p,
                            const struct grandi10_currents *i, const struct grandi10_inflow *in,
                            struct grandi10_rates *r)
{
  const hc_real freeTnCH = p->BTnCH - y->TnCHCa - y->TnCHMg, freeMyo = p->BMyo - y->MyoCa - y->MyoMg;
  r->TnCL = 32.7 * y->Cai * (p->BTnCL - y->TnCL) - 0.0196 * y->TnCL;
  r->TnCHCa = 2.37 * y->Cai * freeTnCH - 3.2e-5 * y->TnCHCa;
  r->TnCHMg = 0.003 * p->Mgi * freeTnCH - 0.00333 * y->TnCHMg;
  r->CaM = 34.0 * y->Cai * (p->BCaM - y->CaM) - 0.238 * y->CaM;
  r->MyoCa = 13.8 * y->Cai * freeMyo - 4.6e-4 * y->MyoCa;
  r->MyoMg = 0.0157 * p->Mgi * freeMyo - 5.7e-5 * y->MyoMg;
  r->SRB = 100.0 * y->Cai * (p->BSR - y->SRB) - 0.06 * y->SRB;
  r->Cai = (p->JCa_slmyo * (y->Casl - y->Cai) - i->Jup * p->Vsr) / p->Vmyo -
           (r->TnCL + r->TnCHCa + r->TnCHMg + r->CaM + r->MyoCa + r->MyoMg + r->SRB);

  const hc_real per_charge = p->Cm / GRANDI10_F, jsl = p->JNa_jsl * (y->Naj - y->Nasl);
  const hc_real slmyo = p->JNa_slmyo * (y->Nasl - y->Nai);
  r->NaBj = 1e-4 * y->Naj * (p->BNaj - y->NaBj) - 1e-3 * y->NaBj;
  r->NaBsl = 1e-4 * y->Nasl * (p->BNasl - y->NaBsl) - 1e-3 * y->NaBsl;
  r->Naj = (-per_charge * in->Naj - jsl) / p->Vj - r->NaBj;
  r->Nasl = (jsl - slmyo - per_charge * in->Nasl) / p->Vsl - r->NaBsl;
  r->Nai = slmyo / p->Vmyo;
}

HC_FN void grandi10_rhs(hc_real t, const struct grandi10_state *y, hc_real stim, const struct grandi10_parameters *p,
                        struct grandi10_rates *r, struct grandi10_currents *i)
{
  struct grandi10_shared e;
  struct grandi10_inflow in;
  (void)t;
  e.RTF = GRANDI10_R * p->T / GRANDI10_F;
  e.FV = y->V / e.RTF;
  e.up20 = hc_exp(y->V * (1.0 / 20.0));
  e.up5 = hc_square(hc_square(e.up20));
  e.up9 = hc_exp(y->V * (1.0 / 9.0));
  e.warm = (p->T - 310.0) * 0.1;
  e.log_Caj = hc_log(p->Cao / y->Caj);
  e.log_Casl = hc_log(p->Cao / y->Casl);
  grandi10_sodium_gates(y->V, r);
  grandi10_potassium_gates(y->V, &e, r);
  grandi10_calcium_gates(y, &e, r);
  grandi10_outward(y, &e, p, i);
  grandi10_exchange(y, &e, p, i, &in);
  grandi10_L_type(y, &e, p, i, &in);
  grandi10_reticulum(y, &e, p, r, i);
  grandi10_spaces(y, p, i, &in, r);
  grandi10_cytosol(y, p, i, &in, r);
  r->V = stim - (i->INa + i->IbNa + i->INaK + i->IKr + i->IKs + i->IpK + i->Ito + i->IK1 + i->IClCa + i->IClb +
                 i->ICaL + i->ICaNa + i->ICaK + i->INaCa + i->IpCa + i->IbCa);
}

HC_FN void grandi10_sums_of(const struct grandi10_state *y, const struct grandi10_parameters *p,
                            struct grandi10_sums *s)
{
  (void)p;
  s->RyR = y->RyR_R + y->RyR_O + y->RyR_I + y->RyR_RI;
}

#endif
