/* Fabbri, Fantini, Wilders & Severi 2017, "Computational analysis of the human sinus node action potential: model
 * development and effects of mutations", J. Physiol. 595:2365-2396, doi:10.1113/JP273259: human sinus node. It beats by
 * itself.
 *
 * Units. The paper has s, nA, uS and uF. The table gives its numbers and what they are divided by, the capacitance of
 * 57 pF for currents and conductances, 1000 for rates; rate fits are per ms. Volumes are in nL, derived from the
 * paper's cylinder.
 *
 * Numbers were compared in public codes:
 *   A  Myokit, c/fabbri-2017.mmt, made from and tested against the authors' CellML file
 *   B  a CUDA program for sinus node tissue by other authors: all constants
 * They agree. Evaluated at 400 random states, with and without acetylcholine and isoprenaline, rates and currents agree
 * with those of A to rounding.
 *
 * As published: Nai is held (Na_clamp = 1), Ki is constant, the late part of INa is none (GNaL = 0), isoprenaline is
 * a switch, the time constant of If, 1 / (alpha + beta) - 54 ms, is negative where V is above 97 mV, and what
 * acetylcholine and isoprenaline do to ICaL reaches V, not the balances of calcium and sodium. ICaL is carried
 * by calcium, potassium and sodium: rows ICaL, ICaK, ICaNa, all scaled by scale_ICaL. If is one current, the sum of its
 * sodium and potassium parts.
 *
 * Buffers are gates: what binds relaxes exponentially while calcium is frozen. Free calcium in the subspace and in the
 * cytosol relaxes against them within 15 us, which is why these two are stiff. The charge of the cell is not conserved,
 * because Ki and Nai are constant.
 *
 * Initial state: that of A and the CellML file. */
#ifndef HC_FABBRI17_H
#define HC_FABBRI17_H

#include "model.h"

#define HC_FABBRI17 "doi:10.1113/JP273259"

#define FABBRI17_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                                                  \
  POTENTIAL(V, (-47.787168), "mV", "membrane potential")                                                               \
  GATE(m, (0.447724), "1", "activation of INa")                                                                        \
  GATE(h, (0.003058), "1", "inactivation of INa")                                                                      \
  GATE(dL, (0.001921), "1", "activation of ICaL")                                                                      \
  GATE(fL, (0.846702), "1", "voltage inactivation of ICaL")                                                            \
  LIGAND(fCa, (0.844449), "1", "calcium inactivation of ICaL")                                                         \
  GATE(dT, (0.268909), "1", "activation of ICaT")                                                                      \
  GATE(fT, (0.020484), "1", "inactivation of ICaT")                                                                    \
  GATE(y, (0.009508), "1", "activation of If")                                                                         \
  GATE(rKur, (0.011845), "1", "activation of IKur")                                                                    \
  GATE(sKur, (0.845304), "1", "inactivation of IKur")                                                                  \
  GATE(q, (0.430836), "1", "inactivation of Ito")                                                                      \
  GATE(r, (0.014523), "1", "activation of Ito")                                                                        \
  GATE(paS, (0.283185), "1", "slow activation of IKr")                                                                 \
  GATE(paF, (0.011068), "1", "fast activation of IKr")                                                                 \
  GATE(piy, (0.709051), "1", "inactivation of IKr")                                                                    \
  GATE(n, (0.1162), "1", "activation of IKs")                                                                          \
  GATE(a, (0.00277), "1", "activation of IKACh")                                                                       \
  CHAIN(RyR, (0.9308), "1", "release channels: resting")                                                               \
  CHAIN(RyO, (6.181512e-9), "1", "release channels: open")                                                             \
  CHAIN(RyI, (4.595622e-10), "1", "release channels: open and inactivated")                                            \
  CHAIN(RyRI, (0.069199), "1", "release channels: resting and inactivated")                                            \
  LIGAND(fTC, (0.017929), "1", "troponin with calcium")                                                                \
  LIGAND(fTMC, (0.259947), "1", "troponin-Mg with calcium")                                                            \
  LIGAND(fTMM, (0.653777), "1", "troponin-Mg with magnesium")                                                          \
  LIGAND(fCMi, (0.217311), "1", "calmodulin of the cytosol with calcium")                                              \
  LIGAND(fCMs, (0.158521), "1", "calmodulin of the subspace with calcium")                                             \
  LIGAND(fCQ, (0.138975), "1", "calsequestrin with calcium")                                                           \
  STIFF(Cai, (9.15641e-6), "mM", "free calcium in the cytosol")                                                        \
  STIFF(Casub, (6.226104e-5), "mM", "free calcium in the subspace")                                                    \
  PLAIN(CaNSR, (0.435148), "mM", "calcium in the network reticulum")                                                   \
  PLAIN(CaJSR, (0.409551), "mM", "free calcium in the junctional reticulum")                                           \
  PLAIN(Nai, (5.0), "mM", "sodium in the cell")

#define FABBRI17_NF 0.057 /* nF */

#define FABBRI17_PARAMETERS(PARAMETER)                                                                                 \
  PARAMETER(GNa, (0.0223 / FABBRI17_NF), "mS/uF", 0, 10, "conductance of INa", HC_FABBRI17)                            \
  PARAMETER(GNaL, (0.0), "mS/uF", 0, 10, "conductance of the late part of INa", HC_FABBRI17)                           \
  PARAMETER(PCa, (0.4578 / FABBRI17_NF), "A/(F mM)", 0, 200, "permeability of ICaL", HC_FABBRI17)                      \
  PARAMETER(PCaK, (0.000365), "1", 0, 1, "that of ICaL for potassium over calcium", HC_FABBRI17)                       \
  PARAMETER(PCaNa, (1.85e-5), "1", 0, 1, "that of ICaL for sodium over calcium", HC_FABBRI17)                          \
  PARAMETER(PCaT, (0.04132 / FABBRI17_NF), "A/(F mM)", 0, 200, "permeability of ICaT", HC_FABBRI17)                    \
  PARAMETER(Gto, (0.0035 / FABBRI17_NF), "mS/uF", 0, 5, "conductance of Ito", HC_FABBRI17)                             \
  PARAMETER(GKr, (0.00424 / FABBRI17_NF), "mS/uF", 0, 5, "conductance of IKr", HC_FABBRI17)                            \
  PARAMETER(GKs, (0.00065 / FABBRI17_NF), "mS/uF", 0, 5, "conductance of IKs", HC_FABBRI17)                            \
  PARAMETER(GKur, (0.0001539 / FABBRI17_NF), "mS/uF", 0, 5, "conductance of IKur", HC_FABBRI17)                        \
  PARAMETER(GKACh, (0.00345 / FABBRI17_NF), "mS/uF", 0, 5, "conductance of IKACh", HC_FABBRI17)                        \
  PARAMETER(Gf, (0.00427 / FABBRI17_NF), "mS/uF", 0, 5, "conductance of If", HC_FABBRI17)                              \
  PARAMETER(f_NaK, (0.5927), "1", 0, 100, "conductance of If for sodium over potassium", HC_FABBRI17)                  \
  PARAMETER(PNaK, (0.08105 / FABBRI17_NF), "A/F", 0, 50, "largest INaK", HC_FABBRI17)                                  \
  PARAMETER(KNaCa, (3.343 / FABBRI17_NF), "A/F", 0, 1e4, "largest INaCa", HC_FABBRI17)                                 \
  PARAMETER(Ko, (5.4), "mM", 0.1, 50, "potassium outside", HC_FABBRI17)                                                \
  PARAMETER(Nao, (140.0), "mM", 1, 300, "sodium outside", HC_FABBRI17)                                                 \
  PARAMETER(Cao, (1.8), "mM", 0.01, 20, "calcium outside", HC_FABBRI17)                                                \
  PARAMETER(Ki, (140.0), "mM", 10, 300, "potassium inside", HC_FABBRI17)                                               \
  PARAMETER(Na_clamp, (1.0), "1", 0, 1, "1: Nai is held, 0: it moves", HC_FABBRI17)                                    \
  PARAMETER(ACh, (0.0), "mM", 0, 1, "acetylcholine", HC_FABBRI17)                                                      \
  PARAMETER(Iso, (0.0), "1", 0, 1, "above 0: 1 uM of isoprenaline", HC_FABBRI17)                                       \
  PARAMETER(T, (310.0), "K", 270, 330, "temperature in Nernst and flux terms", HC_FABBRI17)                            \
  PARAMETER(Cm, (FABBRI17_NF), "nF", 0.001, 10, "capacitance of the cell, for concentrations", HC_FABBRI17)            \
  PARAMETER(L_cell, (67.0), "um", 1, 1000, "length of the cell", HC_FABBRI17)                                          \
  PARAMETER(R_cell, (3.9), "um", 0.5, 100, "radius of the cell", HC_FABBRI17)                                          \
  PARAMETER(L_sub, (0.02), "um", 1e-4, 0.4, "depth of the subspace", HC_FABBRI17)                                      \
  PARAMETER(V_i_part, (0.46), "1", 0.05, 1, "cytosol and subspace over the cell's volume", HC_FABBRI17)                \
  PARAMETER(V_jsr_part, (0.0012), "1", 1e-5, 1, "junctional reticulum over the cell's volume", HC_FABBRI17)            \
  PARAMETER(V_nsr_part, (0.0116), "1", 1e-5, 1, "network reticulum over the cell's volume", HC_FABBRI17)               \
  PARAMETER(pKNa, (0.12), "1", 0, 1, "permeability of IKs to Na over K, of INa to K over Na", HC_FABBRI17)             \
  PARAMETER(KmK, (1.4), "mM", 0.01, 100, "half saturation of INaK by Ko", HC_FABBRI17)                                 \
  PARAMETER(KmNa, (14.0), "mM", 0.1, 1000, "half saturation of INaK by Nai", HC_FABBRI17)                              \
  PARAMETER(K1ni, (395.3), "mM", 1e-3, 1e5, "of INaCa", HC_FABBRI17)                                                   \
  PARAMETER(K2ni, (2.289), "mM", 1e-3, 1e5, "of INaCa", HC_FABBRI17)                                                   \
  PARAMETER(K3ni, (26.44), "mM", 1e-3, 1e5, "of INaCa", HC_FABBRI17)                                                   \
  PARAMETER(K1no, (1628.0), "mM", 1e-3, 1e5, "of INaCa", HC_FABBRI17)                                                  \
  PARAMETER(K2no, (561.4), "mM", 1e-3, 1e5, "of INaCa", HC_FABBRI17)                                                   \
  PARAMETER(K3no, (4.663), "mM", 1e-3, 1e5, "of INaCa", HC_FABBRI17)                                                   \
  PARAMETER(Kci, (0.0207), "mM", 1e-6, 1e5, "of INaCa", HC_FABBRI17)                                                   \
  PARAMETER(Kcni, (26.44), "mM", 1e-3, 1e5, "of INaCa", HC_FABBRI17)                                                   \
  PARAMETER(Kco, (3.663), "mM", 1e-3, 1e5, "of INaCa", HC_FABBRI17)                                                    \
  PARAMETER(Qci, (0.1369), "1", 0, 10, "of INaCa", HC_FABBRI17)                                                        \
  PARAMETER(Qn, (0.4315), "1", 0, 10, "of INaCa", HC_FABBRI17)                                                         \
  PARAMETER(KmfCa, (0.000338), "mM", 1e-7, 1, "half inactivation of ICaL by calcium", HC_FABBRI17)                     \
  PARAMETER(alpha_fCa, (0.0075), "1/ms", 1e-6, 10, "recovery of ICaL from calcium", HC_FABBRI17)                       \
  PARAMETER(k_s, (1.480410851e5), "1/ms", 0, 1e7, "rate of release", HC_FABBRI17)                                      \
  PARAMETER(kom, (0.66), "1/ms", 1e-4, 100, "closing of release channels", HC_FABBRI17)                                \
  PARAMETER(koCa, (10.0), "1/(mM2 ms)", 0, 1e4, "their opening by calcium", HC_FABBRI17)                               \
  PARAMETER(kim, (0.005), "1/ms", 1e-6, 10, "their recovery", HC_FABBRI17)                                             \
  PARAMETER(kiCa, (0.5), "1/(mM ms)", 0, 1e3, "their inactivation by calcium", HC_FABBRI17)                            \
  PARAMETER(EC50_SR, (0.45), "mM", 1e-3, 100, "CaJSR at which release is half sensitised", HC_FABBRI17)                \
  PARAMETER(MaxSR, (15.0), "1", 1e-3, 1000, "largest kCaSR", HC_FABBRI17)                                              \
  PARAMETER(MinSR, (1.0), "1", 1e-3, 1000, "least kCaSR", HC_FABBRI17)                                                 \
  PARAMETER(P_up, (0.005), "mM/ms", 0, 1, "largest uptake", HC_FABBRI17)                                               \
  PARAMETER(K_up, (2.86113e-4), "mM", 1e-7, 1, "half saturation of uptake", HC_FABBRI17)                               \
  PARAMETER(slope_up, (5e-5), "mM", 1e-7, 1, "steepness of uptake, inverse", HC_FABBRI17)                              \
  PARAMETER(tau_dif, (0.05469), "ms", 1e-3, 1e3, "time constant of diffusion from subspace to cytosol", HC_FABBRI17)   \
  PARAMETER(tau_tr, (40.0), "ms", 0.1, 1e4, "time constant of transfer in the reticulum", HC_FABBRI17)                 \
  PARAMETER(CM_tot, (0.045), "mM", 0, 10, "calmodulin", HC_FABBRI17)                                                   \
  PARAMETER(CQ_tot, (10.0), "mM", 0, 1000, "calsequestrin", HC_FABBRI17)                                               \
  PARAMETER(TC_tot, (0.031), "mM", 0, 10, "troponin", HC_FABBRI17)                                                     \
  PARAMETER(TMC_tot, (0.062), "mM", 0, 10, "troponin-Mg", HC_FABBRI17)                                                 \
  PARAMETER(Mgi, (2.5), "mM", 0, 100, "magnesium inside", HC_FABBRI17)

#define FABBRI17_CURRENTS(CURRENT)                                                                                     \
  CURRENT(INa, "A/F", "fast sodium")                                                                                   \
  CURRENT(ICaL, "A/F", "L-type, calcium")                                                                              \
  CURRENT(ICaK, "A/F", "L-type, potassium")                                                                            \
  CURRENT(ICaNa, "A/F", "L-type, sodium")                                                                              \
  CURRENT(ICaT, "A/F", "T-type calcium")                                                                               \
  CURRENT(Ito, "A/F", "transient outward potassium")                                                                   \
  CURRENT(IKr, "A/F", "rapid delayed rectifier potassium")                                                             \
  CURRENT(IKs, "A/F", "slow delayed rectifier potassium")                                                              \
  CURRENT(IKur, "A/F", "ultra-rapid potassium")                                                                        \
  CURRENT(IKACh, "A/F", "potassium opened by acetylcholine")                                                           \
  CURRENT(If, "A/F", "hyperpolarisation-activated, sodium and potassium")                                              \
  CURRENT(INaK, "A/F", "sodium-potassium pump")                                                                        \
  CURRENT(INaCa, "A/F", "sodium-calcium exchanger")                                                                    \
  CURRENT(Jrel, "mM/ms", "release, per volume of the junctional reticulum")                                            \
  CURRENT(Jup, "mM/ms", "uptake, per volume of the network reticulum")

#define FABBRI17_EXCHANGES(EXCHANGE)                                                                                   \
  EXCHANGE(RyR, RyO)                                                                                                   \
  EXCHANGE(RyO, RyI)                                                                                                   \
  EXCHANGE(RyI, RyRI)                                                                                                  \
  EXCHANGE(RyRI, RyR)

#define FABBRI17_SUMS(SUM) SUM(release_channels, "1", "sum of the states of the release channels")

HC_CHAIN_TYPES(fabbri17, FABBRI17_STATES, FABBRI17_PARAMETERS, FABBRI17_CURRENTS, FABBRI17_EXCHANGES)
HC_SUM_TYPES(fabbri17, FABBRI17_SUMS)

#define FABBRI17_R 8314.472   /* mJ/(mol K) */
#define FABBRI17_F 96485.3415 /* C/mol */
#define FABBRI17_PI 3.14159265358979312

/* What acetylcholine and isoprenaline do. */
struct fabbri17_modulation {
  hc_real CaL, per_CaL, up, NaK, Ks;  /* factors; 1 / CaL */
  hc_real shift_dL, shift_n, shift_f; /* mV */
  hc_real slope_dL;                   /* factor */
  hc_real alpha_a;                    /* 1/ms */
};

HC_FN struct fabbri17_modulation fabbri17_modulate(const struct fabbri17_parameters *p)
{
  const int iso = p->Iso > 0.0, ach = p->ACh > 0.0;
  const hc_real bound = p->ACh / (p->ACh + 9e-5);
  const hc_real at_f = hc_pow(p->ACh, 0.618), at_a = hc_pow(p->ACh, 1.6951);
  struct fabbri17_modulation e;
  e.CaL = (1.0 - 0.31 * bound) * hc_select(iso, 1.23, 1.0);
  e.per_CaL = 1.0 / e.CaL;
  e.up = hc_select(iso, 1.25, 1.0 - 0.7 * bound);
  e.NaK = hc_select(iso, 1.2, 1.0);
  e.Ks = hc_select(iso, 1.2, 1.0);
  e.shift_dL = hc_select(iso, -8.0, 0.0);
  e.slope_dL = hc_select(iso, 0.73, 1.0);
  e.shift_n = hc_select(iso, -14.0, 0.0);
  e.shift_f = hc_select(ach, -1.0 - 9.898 * at_f / (at_f + 1.22423e-3), 0.0) + hc_select(iso, 7.5, 0.0);
  e.alpha_a = 2.5641e-5 + (3.5988e-3 - 2.5641e-5) * at_a / (at_a + 1.2155e-6);
  return e;
}

/* INa: m, h; ICaT: dT, fT. */
HC_FN void fabbri17_fast_gates(hc_real V, struct fabbri17_rates *r)
{
  /* alpha_m = 200 (V + 41) / (1 - exp(-0.1 (V + 41))) per s */
  r->m.inf = 1.0 / (1.0 + hc_exp((V + 42.0504) * (-1.0 / 8.3106)));
  r->m.k = 2.0 * hc_x_over_expm1(-0.1 * (V + 41.0)) + 8.0 * hc_exp(-0.056 * (V + 66.0));
  const hc_real e10 = hc_exp(-0.1 * (V + 75.0));
  r->h.inf = 1.0 / (1.0 + hc_exp((V + 69.804) * (1.0 / 4.4565)));
  r->h.k = 0.02 * hc_exp(-0.125 * (V + 75.0)) + 2.0 / (320.0 * e10 + 1.0);

  r->dT.inf = 1.0 / (1.0 + hc_exp((V + 38.3) * (-1.0 / 5.5)));
  r->dT.k = 1.068 * (hc_exp((V + 38.3) * (1.0 / 30.0)) + hc_exp((V + 38.3) * (-1.0 / 30.0)));
  r->fT.inf = 1.0 / (1.0 + hc_exp((V + 58.7) * (1.0 / 3.8)));
  r->fT.k = 0.01667 * (hc_exp((V + 75.0) * (-1.0 / 83.3)) + hc_exp((V + 75.0) * (1.0 / 15.38)));
}

/* ICaL: dL, fL, fCa. */
HC_FN void fabbri17_calcium_gates(hc_real V, hc_real Casub, const struct fabbri17_modulation *e,
                                  const struct fabbri17_parameters *p, struct fabbri17_rates *r)
{
  /* alpha = -0.02839 (V + 41.8) / (exp(-(V + 41.8) / 2.5) - 1) - 0.0849 (V + 6.8) / (exp(-(V + 6.8) / 4.8) - 1),
   * beta = 0.01143 (V + 1.8) / (exp((V + 1.8) / 2.5) - 1) */
  r->dL.inf = 1.0 / (1.0 + hc_exp((V + 16.4508 - e->shift_dL) * (-1.0 / 4.3371) / e->slope_dL));
  r->dL.k = (0.02839 * 2.5) * hc_x_over_expm1((V + 41.8) * (-1.0 / 2.5)) +
            (0.0849 * 4.8) * hc_x_over_expm1((V + 6.8) * (-1.0 / 4.8)) +
            (0.01143 * 2.5) * hc_x_over_expm1((V + 1.8) * (1.0 / 2.5));
  r->fL.inf = 1.0 / (1.0 + hc_exp((V + 37.4) * (1.0 / 5.3)));
  r->fL.k = 1.0 / (44.3 + 230.0 * hc_exp(-hc_square((V + 36.0) * 0.1)));
  const hc_real bound = p->KmfCa + Casub;
  r->fCa.inf = p->KmfCa / bound;
  r->fCa.k = p->alpha_fCa * bound / p->KmfCa;
}

/* Ito: q, r; IKur: rKur, sKur. */
HC_FN void fabbri17_outward_gates(hc_real V, struct fabbri17_rates *r)
{
  const hc_real eq = 0.57 * hc_exp(-0.08 * (V + 44.0)) + 0.065 * hc_exp(0.1 * (V + 45.93));
  r->q.inf = 1.0 / (1.0 + hc_exp((V + 49.0) * (1.0 / 13.0)));
  r->q.k = eq / (0.6 * (65.17 + 10.1 * eq));
  const hc_real er = 1.037 * hc_exp(0.09 * (V + 30.61)) + 0.369 * hc_exp(-0.12 * (V + 23.84));
  r->r.inf = 1.0 / (1.0 + hc_exp((V - 19.3) * (-1.0 / 15.0)));
  r->r.k = er / (0.66 * 1.4 * (15.59 + 2.98 * er));

  const hc_real es = 1.0 + hc_exp((V + 5.0) * (1.0 / 12.0)), e10 = hc_exp(0.1 * V), slow = 1.0 + e10 * hc_exp(6.0);
  r->rKur.inf = 1.0 / (1.0 + hc_exp((V + 6.0) * (-1.0 / 8.6)));
  r->rKur.k = es / (9.0 + 0.5 * es);
  r->sKur.inf = 1.0 / (1.0 + e10 * hc_exp(0.75));
  r->sKur.k = slow / (590.0 + 3050.0 * slow);
}

/* IKr: paS, paF, piy; IKs: n; IKACh: a. */
HC_FN void fabbri17_rectifier_gates(hc_real V, const struct fabbri17_modulation *e, struct fabbri17_rates *r)
{
  r->paF.inf = 1.0 / (1.0 + hc_exp((V + 10.0144) * (-1.0 / 7.6607)));
  r->paF.k = 0.03 * hc_exp(0.1 * V) + 0.001 * hc_exp(V * (-1.0 / 12.0));
  r->paS.inf = r->paF.inf;
  r->paS.k = (0.0042 * hc_exp(V * (1.0 / 17.0)) + 0.00015 * hc_exp(V * (-1.0 / 21.6))) * (1.0 / 0.84655354);
  r->piy.inf = 1.0 / (1.0 + hc_exp((V + 28.6) * (1.0 / 17.1)));
  r->piy.k = 0.1 * hc_exp(V * (-1.0 / 54.645)) + 0.656 * hc_exp(V * (1.0 / 106.157));

  const hc_real shifted = V - e->shift_n;
  r->n.inf = hc_sqrt(1.0 / (1.0 + hc_exp((shifted + 0.6383) * (-1.0 / 10.7071))));
  r->n.k = 0.028 / (1.0 + hc_exp((shifted - 40.0) * (-1.0 / 3.0))) + 0.001 * hc_exp((shifted - 5.0) * (-1.0 / 25.0));

  const hc_real beta_a = 0.01 * hc_exp(0.0133 * (V + 40.0));
  r->a.k = e->alpha_a + beta_a;
  r->a.inf = e->alpha_a / r->a.k;
}

/* If: y; s + beta = 1 / (tau + 54 ms) per s. */
HC_FN void fabbri17_funny_gate(hc_real V, const struct fabbri17_modulation *e, struct fabbri17_rates *r)
{
  const hc_real shifted = V - e->shift_f;
  /* alpha = 0.36 (V + 148.8) / (exp(0.066 (V + 148.8)) - 1), beta = 0.1 (V + 87.3) / (1 - exp(-0.2 (V + 87.3))) */
  const hc_real sum = (0.36 / 0.066) * hc_x_over_expm1(0.066 * (shifted + 148.8)) +
                      (0.1 / 0.2) * hc_x_over_expm1(-0.2 * (shifted + 87.3));
  const hc_real low = 0.01329 + 0.99921 / (1.0 + hc_exp((shifted + 97.134) * (1.0 / 8.1752)));
  r->y.inf = hc_select(shifted < -80.0, low, 0.0002501 * hc_exp(shifted * (-1.0 / 12.861)));
  r->y.k = 0.001 * sum / (1.0 - 0.054 * sum);
}

/* INaCa by four states of the exchanger, its cycle rate by their diagrams. */
HC_FN hc_real fabbri17_exchanger(const struct fabbri17_state *y, hc_real FV, const struct fabbri17_parameters *p)
{
  const hc_real Na = y->Nai, Nao = p->Nao, up = hc_exp(0.5 * p->Qn * FV), down = hc_exp(-0.5 * p->Qn * FV);
  const hc_real ca_in = y->Casub / p->Kci, ca_out = p->Cao / p->Kco, bound = ca_in * hc_exp(-p->Qci * FV);
  const hc_real na2_in = Na / p->K1ni * (Na / p->K2ni), na3_in = na2_in * (1.0 + Na / p->K3ni);
  const hc_real na2_out = Nao / p->K1no * (Nao / p->K2no), na3_out = na2_out * (1.0 + Nao / p->K3no);
  const hc_real per_in = 1.0 / (1.0 + ca_in * (1.0 + Na / p->Kcni) + bound + Na / p->K1ni + na3_in);
  const hc_real per_out = 1.0 / (1.0 + 2.0 * ca_out + Nao / p->K1no + na3_out); /* Qco = 0 */
  const hc_real k12 = bound * per_in, k14 = na3_in * up * per_in, k21 = ca_out * per_out,
                k23 = na3_out * down * per_out;
  const hc_real k32 = up, k41 = down, k34 = Nao / (p->K3no + Nao), k43 = Na / (p->K3ni + Na);
  const hc_real x1 = k41 * k34 * (k23 + k21) + k21 * k32 * (k43 + k41);
  const hc_real x2 = k32 * k43 * (k14 + k12) + k41 * k12 * (k34 + k32);
  const hc_real x3 = k14 * k43 * (k23 + k21) + k12 * k23 * (k43 + k41);
  const hc_real x4 = k23 * k34 * (k14 + k12) + k14 * k21 * (k34 + k32);
  return p->KNaCa * (x2 * k21 - x1 * k12) / (x1 + x2 + x3 + x4);
}

/* All currents; returns the part of If that sodium carries. */
HC_FN hc_real fabbri17_currents_of(const struct fabbri17_state *y, const struct fabbri17_modulation *e,
                                   const struct fabbri17_parameters *p, struct fabbri17_currents *i)
{
  const hc_real V = y->V, RTF = FABBRI17_R * p->T / FABBRI17_F, FV = V / RTF;
  const hc_real VK = V - RTF * hc_log(p->Ko / p->Ki), VNa = V - RTF * hc_log(p->Nao / y->Nai);
  const hc_real VKs = V - RTF * hc_log((p->Ko + p->pKNa * p->Nao) / (p->Ki + p->pKNa * y->Nai));
  const hc_real Vmh = V - RTF * hc_log((p->Nao + p->pKNa * p->Ko) / (y->Nai + p->pKNa * p->Ki));
  const hc_real m3 = hc_cube(y->m);
  i->INa = p->scale.INa * m3 * (p->GNa * y->h + p->GNaL) * Vmh;

  /* x / (1 - exp(-x)) (in - out exp(-x)) = in (B + x) - out B with B = x / (exp(x) - 1) */
  const hc_real B1 = hc_x_over_expm1(FV), B2 = hc_x_over_expm1(2.0 * FV);
  const hc_real calcium = y->Casub * (B2 + 2.0 * FV) - p->Cao * B2;
  const hc_real open = p->scale.ICaL * e->CaL * p->PCa * y->dL * y->fL * y->fCa;
  i->ICaL = open * calcium;
  i->ICaK = p->scale.ICaK * open * p->PCaK * (p->Ki * (B1 + FV) - p->Ko * B1);
  i->ICaNa = p->scale.ICaNa * open * p->PCaNa * (y->Nai * (B1 + FV) - p->Nao * B1);
  i->ICaT = p->scale.ICaT * p->PCaT * y->dT * y->fT * calcium;

  i->Ito = p->scale.Ito * p->Gto * y->q * y->r * VK;
  i->IKr = p->scale.IKr * p->GKr * (0.9 * y->paF + 0.1 * y->paS) * y->piy * VK;
  i->IKs = p->scale.IKs * e->Ks * p->GKs * hc_square(y->n) * VKs;
  i->IKur = p->scale.IKur * p->GKur * y->rKur * y->sKur * VK;
  i->IKACh = p->scale.IKACh * hc_select(p->ACh > 0.0, p->GKACh, 0.0) * y->a * VK * (1.0 + hc_exp((V + 20.0) * 0.05));

  const hc_real IfNa = p->scale.If * p->Gf * y->y * VNa * p->f_NaK / (1.0 + p->f_NaK);
  i->If = IfNa + p->scale.If * p->Gf * y->y * VK / (1.0 + p->f_NaK);
  i->INaK = p->scale.INaK * e->NaK * p->PNaK /
            ((1.0 + hc_pow(p->KmK / p->Ko, 1.2)) * (1.0 + hc_pow(p->KmNa / y->Nai, 1.3)) *
             (1.0 + hc_exp((VNa + 110.0) * (-1.0 / 20.0))));
  i->INaCa = p->scale.INaCa * fabbri17_exchanger(y, FV, p);
  return IfNa;
}

/* A buffer that binds at the rate kf Ca and lets go at kb. */
HC_FN struct hc_gate fabbri17_buffer(hc_real bind, hc_real release)
{
  const hc_real sum = bind + release;
  return hc_gate_of(bind / sum, sum);
}

/* Buffers, and how fast calcium disappears in them, mM/ms. */
struct fabbri17_bound {
  hc_real i, sub, jsr;
};

HC_FN struct fabbri17_bound fabbri17_buffers(const struct fabbri17_state *y, const struct fabbri17_parameters *p,
                                             struct fabbri17_rates *r)
{
  const hc_real at_TMC = 227.7 * y->Cai, at_TMM = 2.277 * p->Mgi;
  struct fabbri17_bound b;
  r->fTC = fabbri17_buffer(88.8 * y->Cai, 0.446);
  r->fCMi = fabbri17_buffer(1642.0 * y->Cai, 0.542);
  r->fCMs = fabbri17_buffer(1642.0 * y->Casub, 0.542);
  r->fCQ = fabbri17_buffer(0.1754 * y->CaJSR, 0.445);
  r->fTMC.k = at_TMC + 0.00751;
  r->fTMC.inf = at_TMC * (1.0 - y->fTMM) / r->fTMC.k;
  r->fTMM.k = at_TMM + 0.751;
  r->fTMM.inf = at_TMM * (1.0 - y->fTMC) / r->fTMM.k;
  b.i = p->CM_tot * (1642.0 * y->Cai * (1.0 - y->fCMi) - 0.542 * y->fCMi) +
        p->TC_tot * (88.8 * y->Cai * (1.0 - y->fTC) - 0.446 * y->fTC) +
        p->TMC_tot * (at_TMC * (1.0 - (y->fTMC + y->fTMM)) - 0.00751 * y->fTMC);
  b.sub = p->CM_tot * (1642.0 * y->Casub * (1.0 - y->fCMs) - 0.542 * y->fCMs);
  b.jsr = p->CQ_tot * (0.1754 * y->CaJSR * (1.0 - y->fCQ) - 0.445 * y->fCQ);
  return b;
}

/* Release channels, fluxes and concentrations. */
HC_FN void fabbri17_concentrations(const struct fabbri17_state *y, hc_real IfNa, const struct fabbri17_modulation *e,
                                   const struct fabbri17_parameters *p, struct fabbri17_currents *i,
                                   struct fabbri17_rates *r)
{
  const struct fabbri17_bound bound = fabbri17_buffers(y, p, r);
  /* nL */
  const hc_real cell = (1e-6 * FABBRI17_PI) * hc_square(p->R_cell) * p->L_cell;
  const hc_real sub = (2e-6 * FABBRI17_PI) * p->L_sub * (p->R_cell - 0.5 * p->L_sub) * p->L_cell;
  const hc_real in = p->V_i_part * cell - sub, jsr = p->V_jsr_part * cell, nsr = p->V_nsr_part * cell;

  const hc_real ratio = p->EC50_SR / y->CaJSR, power = hc_square(ratio) * hc_sqrt(ratio); /* ratio^2.5 */
  const hc_real kCaSR = p->MaxSR - (p->MaxSR - p->MinSR) / (1.0 + power);
  const hc_real opening = p->koCa * hc_square(y->Casub) / kCaSR, inactivation = p->kiCa * kCaSR * y->Casub;
  r->RyR_RyO = hc_exchange_of(opening, p->kom);
  r->RyO_RyI = hc_exchange_of(inactivation, p->kim);
  r->RyI_RyRI = hc_exchange_of(p->kom, opening);
  r->RyRI_RyR = hc_exchange_of(p->kim, inactivation);

  i->Jrel = p->scale.Jrel * p->k_s * y->RyO * (y->CaJSR - y->Casub);
  i->Jup = p->scale.Jup * e->up * p->P_up / (1.0 + hc_exp((p->K_up - y->Cai) / p->slope_up));
  const hc_real transfer = (y->CaNSR - y->CaJSR) / p->tau_tr, diffusion = (y->Casub - y->Cai) / p->tau_dif;
  const hc_real INa_all = i->INa + IfNa + i->ICaNa * e->per_CaL + 3.0 * (i->INaK + i->INaCa);
  r->CaJSR = transfer - (i->Jrel + bound.jsr);
  r->CaNSR = i->Jup - transfer * (jsr / nsr);
  r->Casub = i->Jrel * (jsr / sub) -
             p->Cm / (2.0 * FABBRI17_F * sub) * (i->ICaL * e->per_CaL + i->ICaT - 2.0 * i->INaCa) -
             (diffusion + bound.sub);
  r->Cai = diffusion * (sub / in) - i->Jup * (nsr / in) - bound.i;
  r->Nai = (p->Na_clamp - 1.0) * INa_all * p->Cm / (FABBRI17_F * (in + sub));
}

HC_FN void fabbri17_rhs(hc_real t, const struct fabbri17_state *y, hc_real stim, const struct fabbri17_parameters *p,
                        struct fabbri17_rates *r, struct fabbri17_currents *i)
{
  const struct fabbri17_modulation e = fabbri17_modulate(p);
  (void)t;
  fabbri17_fast_gates(y->V, r);
  fabbri17_calcium_gates(y->V, y->Casub, &e, p, r);
  fabbri17_outward_gates(y->V, r);
  fabbri17_rectifier_gates(y->V, &e, r);
  fabbri17_funny_gate(y->V, &e, r);
  const hc_real IfNa = fabbri17_currents_of(y, &e, p, i);
  fabbri17_concentrations(y, IfNa, &e, p, i, r);
  r->V = stim - (i->INa + i->ICaL + i->ICaK + i->ICaNa + i->ICaT + i->Ito + i->IKr + i->IKs + i->IKur + i->IKACh +
                 i->If + i->INaK + i->INaCa);
}

HC_FN void fabbri17_sums_of(const struct fabbri17_state *y, const struct fabbri17_parameters *p,
                            struct fabbri17_sums *s)
{
  (void)p;
  s->release_channels = y->RyR + y->RyO + y->RyI + y->RyRI;
}

#endif
