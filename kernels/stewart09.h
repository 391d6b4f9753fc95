/* Stewart, Aslanidi, Noble, Noble, Boyett & Zhang 2009, "Mathematical models of the electrical action potential of
 * Purkinje fibre cells", Phil. Trans. R. Soc. A 367:2225-2255, doi:10.1098/rsta.2008.0283: human Purkinje fibre. It
 * beats by itself.
 *
 * The model is that of ten Tusscher & Panfilov 2006 (ttp06.h) with other conductances of INa, IKr and IKs, other IK1
 * and Ito, and two more currents, Isus and If. So does this header: what the two models share is evaluated by the
 * functions of ttp06.h.
 *
 * Numbers were compared in public codes:
 *   A  Myokit, c/stewart-2009.mmt, made from and tested against the CellML file published with the paper
 *   B  MonoAlg3D, stewart_aslanidi_noble_2009
 * They agree in all equations and constants. Evaluated at 400 random states, rates and currents agree with those of A
 * to rounding. If is one current here, the sum of its sodium and potassium parts. A stimulus is carried by potassium
 * ions, as in ttp06.h; A and B leave it out of the balance of Ki.
 *
 * Initial state: that of A, late in diastole; B starts from -74.79 mV. */
#ifndef HC_STEWART09_H
#define HC_STEWART09_H

#include "ttp06.h"

#define HC_STEWART09 "doi:10.1098/rsta.2008.0283"

/* What the model shares with that of 2006. */
#define STEWART09_SHARED_STATES(GATE, LIGAND, PLAIN, STIFF)                                                            \
  GATE(Xr1, (0.0134628009070351), "1", "activation of IKr")                                                            \
  GATE(Xr2, (0.332697379577155), "1", "inactivation of IKr")                                                           \
  GATE(Xs, (0.00840127007165385), "1", "activation of IKs")                                                            \
  GATE(m, (0.0283293473203284), "1", "activation of INa")                                                              \
  GATE(h, (0.251110676365191), "1", "fast inactivation of INa")                                                        \
  GATE(j, (0.26568042280998555), "1", "slow inactivation of INa")                                                      \
  GATE(d, (0.00021629084283003862), "1", "activation of ICaL")                                                         \
  GATE(f, (0.968969771502978), "1", "slow voltage inactivation of ICaL")                                               \
  GATE(f2, (0.996328488888527), "1", "fast voltage inactivation of ICaL")                                              \
  LIGAND(fCass, (0.999935288766206), "1", "calcium inactivation of ICaL")                                              \
  STIFF(Cai, (0.000102363913704158), "mM", "free calcium in the cytosol")                                              \
  PLAIN(CaSR, (3.14149868138687), "mM", "free calcium in the sarcoplasmic reticulum")                                  \
  STIFF(Cass, (0.000381250245527617), "mM", "free calcium in the subspace")                                            \
  PLAIN(Rprime, (0.984086493577585), "1", "fraction of release channels that are not inactivated")                     \
  PLAIN(Nai, (8.80505373054986), "mM", "sodium in the cytosol")                                                        \
  PLAIN(Ki, (136.773426842999), "mM", "potassium in the cytosol")

#define STEWART09_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                                                 \
  POTENTIAL(V, (-71.2864384994753), "mV", "membrane potential")                                                        \
  GATE(r, (0.000884290083740065), "1", "activation of Ito")                                                            \
  GATE(s, (0.968749754333663), "1", "inactivation of Ito")                                                             \
  GATE(y, (0.0384052487230444), "1", "activation of If")                                                               \
  STEWART09_SHARED_STATES(GATE, LIGAND, PLAIN, STIFF)

#define STEWART09_SHARED_PARAMETERS(PARAMETER)                                                                         \
  PARAMETER(GNa, (130.5744), "mS/uF", 0, 1000, "conductance of INa", HC_STEWART09)                                     \
  PARAMETER(GKr, (0.0918), "mS/uF", 0, 5, "conductance of IKr", HC_STEWART09)                                          \
  PARAMETER(GKs, (0.2352), "mS/uF", 0, 5, "conductance of IKs", HC_STEWART09)                                          \
  PARAMETER(GCaL, (3.98e-5), "L/(F ms)", 0, 1e-3, "permeability of ICaL", HC_TTP06)                                    \
  PARAMETER(GpCa, (0.1238), "A/F", 0, 5, "largest IpCa", HC_TTP06)                                                     \
  PARAMETER(GpK, (0.0146), "mS/uF", 0, 1, "conductance of IpK", HC_TTP06)                                              \
  PARAMETER(GbNa, (0.00029), "mS/uF", 0, 0.1, "conductance of IbNa", HC_TTP06)                                         \
  PARAMETER(GbCa, (0.000592), "mS/uF", 0, 0.1, "conductance of IbCa", HC_TTP06)                                        \
  PARAMETER(PNaK, (2.724), "A/F", 0, 50, "largest INaK", HC_TTP06)                                                     \
  PARAMETER(KNaCa, (1000), "A/F", 0, 1e5, "largest INaCa", HC_TTP06)                                                   \
  PARAMETER(Ko, (5.4), "mM", 0.1, 50, "potassium outside", HC_TTP06)                                                   \
  PARAMETER(Nao, (140), "mM", 1, 300, "sodium outside", HC_TTP06)                                                      \
  PARAMETER(Cao, (2), "mM", 0.01, 20, "calcium outside", HC_TTP06)                                                     \
  PARAMETER(T, (310), "K", 270, 330, "temperature in Nernst and flux terms", HC_TTP06)                                 \
  PARAMETER(Cm, (0.185), "nF", 0.01, 10, "capacitance of the cell", HC_TTP06)                                          \
  PARAMETER(Vc, (0.016404), "nL", 1e-3, 1, "volume of the cytosol", HC_TTP06)                                          \
  PARAMETER(Vsr, (0.001094), "nL", 1e-5, 0.1, "volume of the reticulum", HC_TTP06)                                     \
  PARAMETER(Vss, (5.468e-5), "nL", 1e-6, 0.01, "volume of the subspace", HC_TTP06)                                     \
  PARAMETER(pKNa, (0.03), "1", 0, 1, "permeability of IKs to Na over K", HC_TNNP04)                                    \
  PARAMETER(KmK, (1), "mM", 0.01, 100, "half saturation of INaK by Ko", HC_TNNP04)                                     \
  PARAMETER(KmNa, (40), "mM", 0.1, 1000, "half saturation of INaK by Nai", HC_TNNP04)                                  \
  PARAMETER(KmCa, (1.38), "mM", 0.01, 100, "half saturation of INaCa by Cao", HC_TNNP04)                               \
  PARAMETER(KmNai, (87.5), "mM", 0.1, 1000, "half saturation of INaCa by Nai", HC_TNNP04)                              \
  PARAMETER(ksat, (0.1), "1", 0, 10, "saturation of INaCa", HC_TNNP04)                                                 \
  PARAMETER(gamma, (0.35), "1", 0, 1, "position of the energy barrier of INaCa", HC_TNNP04)                            \
  PARAMETER(alpha, (2.5), "1", 0, 100, "outward amplification of INaCa", HC_TNNP04)                                    \
  PARAMETER(KpCa, (0.0005), "mM", 1e-6, 1, "half saturation of IpCa", HC_TNNP04)                                       \
  PARAMETER(Vrel, (0.102), "1/ms", 0, 10, "rate of release", HC_TTP06)                                                 \
  PARAMETER(k1, (0.15), "1/(mM2 ms)", 0, 100, "k1' of the release channel", HC_TTP06)                                  \
  PARAMETER(k2, (0.045), "1/(mM ms)", 0, 100, "k2' of the release channel", HC_TTP06)                                  \
  PARAMETER(k3, (0.06), "1/ms", 1e-6, 100, "k3 of the release channel", HC_TTP06)                                      \
  PARAMETER(k4, (0.005), "1/ms", 0, 100, "k4 of the release channel", HC_TTP06)                                        \
  PARAMETER(EC, (1.5), "mM", 1e-3, 100, "CaSR at which release is half sensitised", HC_TTP06)                          \
  PARAMETER(max_sr, (2.5), "1", 1e-3, 100, "largest kcasr", HC_TTP06)                                                  \
  PARAMETER(min_sr, (1), "1", 1e-3, 100, "least kcasr", HC_TTP06)                                                      \
  PARAMETER(Vmax_up, (0.006375), "mM/ms", 0, 1, "largest uptake", HC_TTP06)                                            \
  PARAMETER(Kup, (0.00025), "mM", 1e-6, 1, "half saturation of uptake", HC_TTP06)                                      \
  PARAMETER(Vleak, (0.00036), "1/ms", 0, 1, "rate of leak", HC_TTP06)                                                  \
  PARAMETER(Vxfer, (0.0038), "1/ms", 0, 10, "rate of transfer from subspace to cytosol", HC_TTP06)                     \
  PARAMETER(Bufc, (0.2), "mM", 0, 100, "buffer in the cytosol", HC_TTP06)                                              \
  PARAMETER(Kbufc, (0.001), "mM", 1e-6, 10, "half saturation of Bufc", HC_TTP06)                                       \
  PARAMETER(Bufsr, (10), "mM", 0, 1000, "buffer in the reticulum", HC_TTP06)                                           \
  PARAMETER(Kbufsr, (0.3), "mM", 1e-6, 100, "half saturation of Bufsr", HC_TTP06)                                      \
  PARAMETER(Bufss, (0.4), "mM", 0, 100, "buffer in the subspace", HC_TTP06)                                            \
  PARAMETER(Kbufss, (0.00025), "mM", 1e-6, 10, "half saturation of Bufss", HC_TTP06)

#define STEWART09_PARAMETERS(PARAMETER)                                                                                \
  PARAMETER(GK1, (0.065), "mS/uF", 0, 10, "conductance of IK1", HC_STEWART09)                                          \
  PARAMETER(Gto, (0.08184), "mS/uF", 0, 5, "conductance of Ito", HC_STEWART09)                                         \
  PARAMETER(Gsus, (0.0227), "mS/uF", 0, 5, "conductance of Isus", HC_STEWART09)                                        \
  PARAMETER(GfNa, (0.0145654), "mS/uF", 0, 5, "conductance of If for sodium", HC_STEWART09)                            \
  PARAMETER(GfK, (0.0234346), "mS/uF", 0, 5, "conductance of If for potassium", HC_STEWART09)                          \
  STEWART09_SHARED_PARAMETERS(PARAMETER)

#define STEWART09_SHARED_CURRENTS(CURRENT)                                                                             \
  CURRENT(INa, "A/F", "fast sodium")                                                                                   \
  CURRENT(IKr, "A/F", "rapid delayed rectifier potassium")                                                             \
  CURRENT(IKs, "A/F", "slow delayed rectifier potassium")                                                              \
  CURRENT(ICaL, "A/F", "L-type calcium")                                                                               \
  CURRENT(INaCa, "A/F", "sodium-calcium exchanger")                                                                    \
  CURRENT(INaK, "A/F", "sodium-potassium pump")                                                                        \
  CURRENT(IpCa, "A/F", "sarcolemmal calcium pump")                                                                     \
  CURRENT(IpK, "A/F", "plateau potassium")                                                                             \
  CURRENT(IbNa, "A/F", "background sodium")                                                                            \
  CURRENT(IbCa, "A/F", "background calcium")

#define STEWART09_CURRENTS(CURRENT)                                                                                    \
  STEWART09_SHARED_CURRENTS(CURRENT)                                                                                   \
  CURRENT(IK1, "A/F", "inward rectifier potassium")                                                                    \
  CURRENT(Ito, "A/F", "transient outward potassium")                                                                   \
  CURRENT(Isus, "A/F", "sustained potassium")                                                                          \
  CURRENT(If, "A/F", "hyperpolarisation-activated, sodium and potassium")

HC_MODEL_TYPES(stewart09, STEWART09_STATES, STEWART09_PARAMETERS, STEWART09_CURRENTS)

#define STEWART09_SUMS(SUM) SUM(charge, "mV", "V less the charge of all ions inside over the capacitance")

HC_SUM_TYPES(stewart09, STEWART09_SUMS)

#define STEWART09_HAND_STATE(name, ...) shared.name = y->name;
#define STEWART09_HAND_PARAMETER(name, ...) shared.name = p->name;
#define STEWART09_HAND_SCALE(name, ...) shared.scale.name = p->scale.name;
#define STEWART09_TAKE_RATE(name, ...) r->name = shared_r.name;
#define STEWART09_TAKE_CURRENT(name, ...) i->name = shared_i.name;

HC_FN struct ttp06_state stewart09_shared_state(const struct stewart09_state *y)
{
  struct ttp06_state shared;
  shared.r = shared.s = 0.0; /* not shared: the transient outward current here has gates of its own */
  shared.V = y->V;
  STEWART09_SHARED_STATES(STEWART09_HAND_STATE, STEWART09_HAND_STATE, STEWART09_HAND_STATE, STEWART09_HAND_STATE)
  return shared;
}

/* IK1 and Ito of 2006 are given no conductance; s_width is 1 because something is divided by it. */
HC_FN struct ttp06_parameters stewart09_shared_parameters(const struct stewart09_parameters *p)
{
  struct ttp06_parameters shared = {0};
  STEWART09_SHARED_PARAMETERS(STEWART09_HAND_PARAMETER)
  STEWART09_SHARED_CURRENTS(STEWART09_HAND_SCALE)
  shared.s_width = shared.s_floor = 1.0;
  return shared;
}

/* Ito: r, s; If: y. */
HC_FN void stewart09_gates(hc_real V, struct stewart09_rates *r)
{
  const hc_real e13 = hc_exp(V * (1.0 / 13.0));
  r->r.inf = e13 / (e13 + hc_exp(20.0 / 13.0));
  r->r.k = 1.0 / (10.45 * hc_exp(hc_square(V + 40.0) * (-1.0 / 1800.0)) + 7.3);

  /* tau = 85 exp(-(V + 25)^2 / 320) + 5 / (1 + exp((V - 40) / 5)) + 42 */
  const hc_real step = 1.0 + hc_exp((V - 40.0) * (1.0 / 5.0));
  r->s.inf = 1.0 / (1.0 + e13 * hc_exp(27.0 / 13.0));
  r->s.k = step / ((85.0 * hc_exp(hc_square(V + 25.0) * (-1.0 / 320.0)) + 42.0) * step + 5.0);

  r->y.inf = 1.0 / (1.0 + hc_exp((V + 80.6) * (1.0 / 6.8)));
  r->y.k = (hc_exp(-2.9 - 0.04 * V) + hc_exp(3.6 + 0.11 * V)) * (1.0 / 4000.0);
}

HC_FN void stewart09_rhs(hc_real t, const struct stewart09_state *y, hc_real stim, const struct stewart09_parameters *p,
                         struct stewart09_rates *r, struct stewart09_currents *i)
{
  const struct ttp06_state shared_y = stewart09_shared_state(y);
  const struct ttp06_parameters shared_p = stewart09_shared_parameters(p);
  const struct ttp06_shared e = ttp06_share(y->V);
  struct ttp06_rates shared_r;
  struct ttp06_currents shared_i;
  (void)t;
  ttp06_sodium_gates(y->V, &e, &shared_r);
  ttp06_potassium_gates(y->V, &e, &shared_p, &shared_r);
  ttp06_calcium_gates(y->V, y->Cass, &e, &shared_r);
  ttp06_currents_of(&shared_y, &shared_p, &shared_i);
  STEWART09_SHARED_CURRENTS(STEWART09_TAKE_CURRENT)

  const hc_real V = y->V, RTF = TTP06_R * p->T / TTP06_F;
  const hc_real VK = V - RTF * hc_log(p->Ko / y->Ki), VNa = V - RTF * hc_log(p->Nao / y->Nai);
  const hc_real IfNa = p->scale.If * p->GfNa * y->y * VNa, IfK = p->scale.If * p->GfK * y->y * VK;
  i->IK1 = p->scale.IK1 * p->GK1 * (VK - 8.0) / (1.0 + hc_exp(0.1 * (V + 75.44)));
  i->Ito = p->scale.Ito * p->Gto * y->r * y->s * VK;
  i->Isus = p->scale.Isus * p->Gsus * VK / (1.0 + hc_exp((5.0 - V) * (1.0 / 17.0)));
  i->If = IfNa + IfK;

  /* balances of 2006, with the potassium currents of this model in place of that one's IK1, and IfNa with IbNa */
  shared_i.IK1 = i->IK1 + i->Isus + IfK;
  shared_i.Ito = i->Ito;
  shared_i.IbNa += IfNa;
  ttp06_concentrations(&shared_y, stim, &shared_p, &shared_i, &shared_r);
  STEWART09_SHARED_STATES(STEWART09_TAKE_RATE, STEWART09_TAKE_RATE, STEWART09_TAKE_RATE, STEWART09_TAKE_RATE)
  stewart09_gates(V, r);
  r->V = stim - (i->INa + i->IKr + i->IKs + i->ICaL + i->INaCa + i->INaK + i->IpCa + i->IpK + i->IbNa + i->IbCa +
                 i->IK1 + i->Ito + i->Isus + i->If);
}

HC_FN void stewart09_sums_of(const struct stewart09_state *y, const struct stewart09_parameters *p,
                             struct stewart09_sums *s)
{
  const struct ttp06_state shared_y = stewart09_shared_state(y);
  const struct ttp06_parameters shared_p = stewart09_shared_parameters(p);
  struct ttp06_sums shared_s;
  ttp06_sums_of(&shared_y, &shared_p, &shared_s);
  s->charge = shared_s.charge;
}

#endif
