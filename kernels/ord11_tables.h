/* O'Hara, Virag, Varro & Rudy 2011: the tables that ord11.h and ord11_cipa.h share (see there for sources), all but
 * those of IKr. Lists are (epicardial, endocardial, M, CiPA endocardial). */
#ifndef HC_ORD11_TABLES_H
#define HC_ORD11_TABLES_H

#include "model.h"

#define HC_ORD11 "doi:10.1371/journal.pcbi.1002061"
#define HC_ORD11_OR_CIPA "doi:10.1371/journal.pcbi.1002061; CiPA: doi:10.3389/fphys.2017.00616"

/* A number that all four share. */
#define ORD11_ALL(number) (number, number, number, number)

#define ORD11_BODY_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF)                                                       \
  POTENTIAL(V, (-87.93699, -88.00286, -87.68504, -88.0145), "mV", "membrane potential")                                \
  PLAIN(Nai, (7.875453, 7.267878, 9.007572, 6.46961), "mM", "sodium in the cytosol")                                   \
  PLAIN(Nass, (7.875536, 7.267963, 9.007712, 6.46967), "mM", "sodium in the subspace")                                 \
  PLAIN(Ki, (143.979, 144.6556, 142.8132, 145.501), "mM", "potassium in the cytosol")                                  \
  PLAIN(Kss, (143.979, 144.6556, 142.8131, 145.501), "mM", "potassium in the subspace")                                \
  PLAIN(Cai, (7.638326e-05, 8.577538e-05, 9.881416e-05, 7.45321e-05), "mM", "free calcium in the cytosol")             \
  STIFF(Cass, (7.535678e-05, 8.465402e-05, 9.623181e-05, 7.30454e-05), "mM", "free calcium in the subspace")           \
  PLAIN(CaNSR, (2.001618, 1.619437, 2.153757, 1.37897), "mM", "calcium in the network reticulum")                      \
  PLAIN(CaJSR, (1.945868, 1.57318, 2.096165, 1.37944), "mM", "free calcium in the junctional reticulum")               \
  GATE(m, (0.007392219, 0.007343417, 0.007581878, 0.00733485), "1", "activation of INa")                               \
  GATE(hf, (0.6958546, 0.6981402, 0.6870226, 0.698542), "1", "fast inactivation of INa")                               \
  GATE(hs, (0.6958444, 0.6981234, 0.6869997, 0.698542), "1", "slow inactivation of INa")                               \
  GATE(j, (0.6957857, 0.6980289, 0.6868679, 0.698542), "1", "recovery of INa")                                         \
  GATE(hsp, (0.4523325, 0.4549902, 0.4420522, 0.455526), "1", "slow inactivation of phosphorylated INa")               \
  GATE(jp, (0.6957445, 0.6979655, 0.6867758, 0.698541), "1", "recovery of phosphorylated INa")                         \
  GATE(mL, (0.0001905973, 0.0001882276, 0.0001999397, 0.000187813), "1", "activation of INaL")                         \
  GATE(hL, (0.5020318, 0.5014513, 0.4857724, 0.513396), "1", "inactivation of INaL")                                   \
  GATE(hLp, (0.2760511, 0.2700656, 0.2497893, 0.307923), "1", "inactivation of phosphorylated INaL")                   \
  GATE(a, (0.001005486, 0.001001033, 0.001022712, 0.00100025), "1", "activation of Ito")                               \
  GATE(iF, (0.9995491, 0.9995543, 0.9995287, 0.999555), "1", "fast inactivation of Ito")                               \
  GATE(iS, (0.9995421, 0.5913988, 0.5598951, 0.871715), "1", "slow inactivation of Ito")                               \
  GATE(ap, (0.0005123233, 0.0005100534, 0.0005211047, 0.000509652), "1", "activation of phosphorylated Ito")           \
  GATE(iFp, (0.9995491, 0.9995543, 0.9995287, 0.999555), "1", "fast inactivation of phosphorylated Ito")               \
  GATE(iSp, (0.9995476, 0.6442252, 0.6071636, 0.905466), "1", "slow inactivation of phosphorylated Ito")               \
  GATE(d, (2.376978e-09, 2.340264e-09, 2.522881e-09, 2.33382e-09), "1", "activation of ICaL")                          \
  GATE(ff, (1, 1, 1, 1), "1", "fast voltage inactivation of ICaL")                                                     \
  GATE(fs, (0.9228527, 0.9111342, 0.8788657, 0.971897), "1", "slow voltage inactivation of ICaL")                      \
  GATE(fcaf, (1, 1, 1, 1), "1", "fast calcium inactivation of ICaL")                                                   \
  GATE(fcas, (0.9998907, 0.9998233, 0.9996406, 1), "1", "slow calcium inactivation of ICaL")                           \
  GATE(jca, (0.9999846, 0.9999771, 0.9999553, 1), "1", "recovery of ICaL from calcium inactivation")                   \
  LIGAND(nca, (0.001737066, 0.002715296, 0.004427481, 0.0015391), "1",                                                 \
         "fraction of ICaL channels that inactivate by calcium")                                                       \
  GATE(ffp, (1, 1, 1, 1), "1", "fast voltage inactivation of phosphorylated ICaL")                                     \
  GATE(fcafp, (1, 1, 1, 1), "1", "fast calcium inactivation of phosphorylated ICaL")                                   \
  GATE(xs1, (0.2413646, 0.2694854, 0.3231717, 0.130941), "1", "slow activation of IKs")                                \
  GATE(xs2, (0.0001942308, 0.0001928271, 0.0001998337, 0.000192517), "1", "fast activation of IKs")                    \
  GATE(xk1, (0.9967766, 0.9967595, 0.9968421, 0.996756), "1", "slow part of the rectification of IK1")                 \
  LIGAND(Jrelnp, (4.605456e-07, 2.507174e-07, 1.793464e-06, 1.46507e-07), "mM/ms",                                     \
         "release through channels that are not phosphorylated")                                                       \
  LIGAND(Jrelp, (5.755832e-07, 3.132397e-07, 2.241587e-06, 1.83132e-07), "mM/ms",                                      \
         "release through phosphorylated channels")                                                                    \
  PLAIN(CaMKt, (0.01598351, 0.01251874, 0.02569741, 0.00325232), "1", "fraction of CaMKII that is trapped")

/* Name, (epicardial, endocardial, M, CiPA), unit, least, most, meaning, source. */
#define ORD11_BODY_PARAMETERS(PARAMETER)                                                                               \
  PARAMETER(GNa, ORD11_ALL(75), "mS/uF", 0, 500, "conductance of INa", HC_ORD11)                                       \
  PARAMETER(GNaL, (0.0045, 0.0075, 0.0075, 0.0199575), "mS/uF", 0, 1, "conductance of INaL", HC_ORD11_OR_CIPA)         \
  PARAMETER(Gto, (0.08, 0.02, 0.08, 0.02), "mS/uF", 0, 5, "conductance of Ito", HC_ORD11)                              \
  PARAMETER(PCa, (1.2e-4, 1e-4, 2.5e-4, 1.007e-4), "L/(F ms)", 0, 0.01, "permeability of ICaL to calcium",             \
            HC_ORD11_OR_CIPA)                                                                                          \
  PARAMETER(pCaNa, ORD11_ALL(0.00125), "1", 0, 1, "permeability of ICaL to Na over Ca", HC_ORD11)                      \
  PARAMETER(pCaK, ORD11_ALL(3.574e-4), "1", 0, 1, "permeability of ICaL to K over Ca", HC_ORD11)                       \
  PARAMETER(GKr, (0.0598, 0.046, 0.0368, 0.046 * 1.114 / 1.1), "mS/uF", 0, 5, "conductance of IKr", HC_ORD11_OR_CIPA)  \
  PARAMETER(GKs, (0.00476, 0.0034, 0.0034, 0.006358), "mS/uF", 0, 5, "conductance of IKs", HC_ORD11_OR_CIPA)           \
  PARAMETER(GK1, (0.22896, 0.1908, 0.24804, 0.3239784), "mS/uF", 0, 10, "conductance of IK1 at Ko = 1 mM",             \
            HC_ORD11_OR_CIPA)                                                                                          \
  PARAMETER(Gncx, (0.00088, 0.0008, 0.00112, 0.0008), "C/F", 0, 1, "strength of INaCa_i + INaCa_ss", HC_ORD11)         \
  PARAMETER(ncx_ss, ORD11_ALL(0.2), "1", 0, 1, "share of the exchangers in the subspace", HC_ORD11)                    \
  PARAMETER(PNaK, (27, 30, 21, 30), "C/F", 0, 1000, "strength of INaK", HC_ORD11)                                      \
  PARAMETER(GKb, (0.0018, 0.003, 0.003, 0.003), "mS/uF", 0, 1, "conductance of IKb", HC_ORD11)                         \
  PARAMETER(PNab, ORD11_ALL(3.75e-10), "L/(F ms)", 0, 1e-6, "permeability of INab", HC_ORD11)                          \
  PARAMETER(PCab, ORD11_ALL(2.5e-8), "L/(F ms)", 0, 1e-5, "permeability of ICab", HC_ORD11)                            \
  PARAMETER(GpCa, ORD11_ALL(0.0005), "A/F", 0, 5, "largest IpCa", HC_ORD11)                                            \
  PARAMETER(Nao, ORD11_ALL(140), "mM", 1, 300, "sodium outside", HC_ORD11)                                             \
  PARAMETER(Ko, ORD11_ALL(5.4), "mM", 0.1, 50, "potassium outside", HC_ORD11)                                          \
  PARAMETER(Cao, ORD11_ALL(1.8), "mM", 0.01, 20, "calcium outside", HC_ORD11)                                          \
  PARAMETER(T, ORD11_ALL(310), "K", 270, 330, "temperature in Nernst and flux terms", HC_ORD11)                        \
  PARAMETER(Acap, ORD11_ALL(1.533576e-4), "cm2", 1e-5, 0.01, "area of the membrane, 1 uF/cm2", HC_ORD11)               \
  PARAMETER(vmyo, ORD11_ALL(2.583592e-5), "uL", 1e-6, 0.01, "volume of the cytosol", HC_ORD11)                         \
  PARAMETER(vnsr, ORD11_ALL(2.0972688e-6), "uL", 1e-8, 0.01, "volume of the network reticulum", HC_ORD11)              \
  PARAMETER(vjsr, ORD11_ALL(1.823712e-7), "uL", 1e-9, 0.01, "volume of the junctional reticulum", HC_ORD11)            \
  PARAMETER(vss, ORD11_ALL(7.5988e-7), "uL", 1e-8, 0.01, "volume of the subspace", HC_ORD11)                           \
  PARAMETER(PKNa, ORD11_ALL(0.01833), "1", 0, 1, "permeability of IKs to Na over K", HC_ORD11)                         \
  PARAMETER(thL, ORD11_ALL(200), "ms", 1, 10000, "time constant of hL; hLp has three times that", HC_ORD11)            \
  PARAMETER(tjca, ORD11_ALL(75), "ms", 1, 10000, "time constant of jca", HC_ORD11)                                     \
  PARAMETER(Kmn, ORD11_ALL(0.002), "mM", 1e-5, 1, "Cass at which calmodulin inactivates ICaL", HC_ORD11)               \
  PARAMETER(ito_epi, (0.95, 0, 0, 0), "1", 0, 0.99, "how much faster Ito inactivates below -70 mV", HC_ORD11)          \
  PARAMETER(KmCaAct, ORD11_ALL(150e-6), "mM", 1e-7, 0.1, "calcium that half activates INaCa", HC_ORD11)                \
  PARAMETER(KmCap, ORD11_ALL(0.0005), "mM", 1e-6, 1, "half saturation of IpCa", HC_ORD11)                              \
  PARAMETER(a_rel, (0.5, 0.5, 0.85, 0.5), "1", 0, 100, "gain of the release: a_rel over bt", HC_ORD11)                 \
  PARAMETER(bt, ORD11_ALL(4.75), "ms", 0.1, 1000, "time constant of the release", HC_ORD11)                            \
  PARAMETER(Jup_max, (0.0056875, 0.004375, 0.004375, 0.004375), "mM/ms", 0, 1, "largest uptake", HC_ORD11)             \
  PARAMETER(Kup, ORD11_ALL(0.00092), "mM", 0.00018, 1, "half saturation of uptake", HC_ORD11)                          \
  PARAMETER(Jleak_rate, ORD11_ALL(0.0002625), "1/ms", 0, 1, "rate of leak from the network reticulum", HC_ORD11)       \
  PARAMETER(ttr, ORD11_ALL(100), "ms", 0.1, 10000, "time constant of transfer within the reticulum", HC_ORD11)         \
  PARAMETER(tdiff, ORD11_ALL(2), "ms", 0.1, 1000, "time constant of Na and K from subspace to cytosol", HC_ORD11)      \
  PARAMETER(tdiff_Ca, ORD11_ALL(0.2), "ms", 0.01, 100, "time constant of Ca from subspace to cytosol", HC_ORD11)       \
  PARAMETER(cmdnmax, (0.065, 0.05, 0.05, 0.05), "mM", 0, 10, "calmodulin", HC_ORD11)                                   \
  PARAMETER(kmcmdn, ORD11_ALL(0.00238), "mM", 1e-6, 1, "half saturation of calmodulin", HC_ORD11)                      \
  PARAMETER(trpnmax, ORD11_ALL(0.07), "mM", 0, 10, "troponin", HC_ORD11)                                               \
  PARAMETER(kmtrpn, ORD11_ALL(0.0005), "mM", 1e-6, 1, "half saturation of troponin", HC_ORD11)                         \
  PARAMETER(BSRmax, ORD11_ALL(0.047), "mM", 0, 10, "buffer at the reticulum in the subspace", HC_ORD11)                \
  PARAMETER(KmBSR, ORD11_ALL(0.00087), "mM", 1e-6, 1, "half saturation of that buffer", HC_ORD11)                      \
  PARAMETER(BSLmax, ORD11_ALL(1.124), "mM", 0, 100, "buffer at the sarcolemma in the subspace", HC_ORD11)              \
  PARAMETER(KmBSL, ORD11_ALL(0.0087), "mM", 1e-6, 1, "half saturation of that buffer", HC_ORD11)                       \
  PARAMETER(csqnmax, ORD11_ALL(10), "mM", 0, 1000, "calsequestrin", HC_ORD11)                                          \
  PARAMETER(kmcsqn, ORD11_ALL(0.8), "mM", 1e-6, 100, "half saturation of calsequestrin", HC_ORD11)                     \
  PARAMETER(aCaMK, ORD11_ALL(0.05), "1/ms", 0, 10, "rate at which CaMKII is trapped", HC_ORD11)                        \
  PARAMETER(bCaMK, ORD11_ALL(0.00068), "1/ms", 0, 10, "rate at which it is freed", HC_ORD11)                           \
  PARAMETER(CaMKo, ORD11_ALL(0.05), "1", 0, 1, "fraction of CaMKII active at rest", HC_ORD11)                          \
  PARAMETER(KmCaM, ORD11_ALL(0.0015), "mM", 1e-6, 1, "half saturation of CaMKII by calmodulin", HC_ORD11)              \
  PARAMETER(KmCaMK, ORD11_ALL(0.15), "1", 1e-3, 100, "active CaMKII that phosphorylates one half", HC_ORD11)

#define ORD11_CURRENTS(CURRENT)                                                                                        \
  CURRENT(INa, "A/F", "fast sodium")                                                                                   \
  CURRENT(INaL, "A/F", "late sodium")                                                                                  \
  CURRENT(Ito, "A/F", "transient outward potassium")                                                                   \
  CURRENT(ICaL, "A/F", "L-type calcium; its scale is that of the channel")                                             \
  CURRENT(ICaNa, "A/F", "sodium through the L-type channel")                                                           \
  CURRENT(ICaK, "A/F", "potassium through the L-type channel")                                                         \
  CURRENT(IKr, "A/F", "rapid delayed rectifier potassium")                                                             \
  CURRENT(IKs, "A/F", "slow delayed rectifier potassium")                                                              \
  CURRENT(IK1, "A/F", "inward rectifier potassium")                                                                    \
  CURRENT(INaCa_i, "A/F", "sodium-calcium exchanger facing the cytosol")                                               \
  CURRENT(INaCa_ss, "A/F", "sodium-calcium exchanger facing the subspace")                                             \
  CURRENT(INaK, "A/F", "sodium-potassium pump")                                                                        \
  CURRENT(INab, "A/F", "background sodium")                                                                            \
  CURRENT(ICab, "A/F", "background calcium")                                                                           \
  CURRENT(IKb, "A/F", "background potassium")                                                                          \
  CURRENT(IpCa, "A/F", "sarcolemmal calcium pump")                                                                     \
  CURRENT(Jrel, "mM/ms", "release, in the junctional reticulum")                                                       \
  CURRENT(Jup, "mM/ms", "uptake, in the network reticulum, without the leak")                                          \
  CURRENT(Jleak, "mM/ms", "leak, in the network reticulum")

#define ORD11_R 8314.0  /* mJ/(mol K) */
#define ORD11_F 96485.0 /* C/mol */

#endif
