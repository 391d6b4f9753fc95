/* ToR-ORd: Tomek, Bueno-Orovio, Passini, Zhou, Minchole, Britton, Bartolucci, Severi, Shrier, Virag, Varro & Rodriguez
 * 2019, "Development, calibration, and validation of a novel human ventricular myocyte model in health, disease, and
 * drug block", eLife 8:e48890, doi:10.7554/eLife.48890, and its version with dynamic chloride, ToR-ORd-dynCl: Tomek,
 * Bueno-Orovio & Rodriguez 2020, doi:10.1101/2020.06.01.127043. Variants: epicardial, endocardial, M; the same three
 * with dynamic chloride. Equations kept from O'Hara et al. 2011 (doi:10.1371/journal.pcbi.1002061) and Grandi et al.
 * 2010 (INa; doi:10.1016/j.yjmcc.2009.09.019).
 *
 * Numbers were compared in public codes:
 *   A  the authors' Matlab, jtmff/torord: model_Torord, model_Torord_dynCl, getStartingState, modelRunner
 *   B  the authors' CellML file ToRORd_dynCl_endo, as fenicsx-beat 0.7.2 ships it in translation: all, three cell types
 *      by its own switch, evaluated at random states (below)
 *   C  MonoAlg3D, ToRORd_fkatp and ToRORd_dynCl (mixed endo, mid, epi)
 *   D  simcardems 2023.7.1: time constant of jca and shares of the subspace of the 2019 version
 * They agree, except for these:
 *   - IKatp is in B and in C's dynCl, not in A: taken, closed by default (fKatp = 0).
 *   - Share of INaCa at the subspace: 0.35 in B, C, D and A's modelRunner; 0.24 is the default of A's
 *     getCurrentsStructure, which only recomputes currents for display. Taken: 0.35.
 *   - C holds V within -100 to 100 mV when it evaluates rates. Not taken.
 * The 2019 version and dynCl differ, beside chloride, in the time constant of jca only (75 and 72.5 ms, in A to D).
 *
 * Checked: at 600 random states (V from -100 to 60 mV, concentrations around their range, in some an empty or overdrawn
 * junctional reticulum, Ko from 2 to 10 mM, all three cell types, chloride held and free), all rates and currents agree
 * with those of B to 8e-12, relative to themselves.
 *
 * Initial states are A's for a cycle length of 1000 ms; states below 1e-18 there (d, Jrel_np, Jrel_p) are zero here.
 * The endocardial cell and all three of dynCl stay there; the epicardial and M cells of 2019 drift by 0.1 mV and 11 %
 * of Cai within ten beats, with B's equations as well. The stimulus of 53 A/F for 1 ms is carried by potassium ions.
 * Charge is conserved where chloride is dynamic; where it is held, chloride currents move charge without ions, so no
 * sum is. Occupancies of IKr are kept always. Jup and Jleak are two fluxes here, Jup - Jleak is the authors' Jup.
 *
 * M cells empty the junctional reticulum in every beat, which then closes its channels within microseconds: an event
 * that a step crosses, in which CaJSR may fall to about -0.09 mM/ms times the step. Steps above 0.1 ms could take it
 * past -0.0123 mM, where the published time constant has a pole; they should be left to the adaptive integrator.
 *
 * Form. Exponentials of V in steps of 1/20 mV share two; time constants a + 1 / s become rates s / (a s + 1). The
 * Goldman fluxes z V F^2 / RT (c_in exp(zx) - c_out) / (exp(zx) - 1), x = FV / RT, are F ((B + zx) c_in - B c_out) with
 * B = zx / (exp(zx) - 1); with b that of z = 1, that of z = 2 is 2 b^2 / (2 b + x). Activity coefficients of ions of
 * charge 2 are fourth powers of those of charge 1. IKr states are named as in the paper: A's c0, c1, c2
 * are C3, C2, C1. */
#ifndef HC_TORORD19_H
#define HC_TORORD19_H

#include "model.h"
#include "ord_transport.h"

#define HC_TORORD19 "doi:10.7554/eLife.48890"
#define HC_TORORD20 "doi:10.1101/2020.06.01.127043"
#define HC_ORD11_FROM "doi:10.1371/journal.pcbi.1002061"

/* Name, (epicardial, endocardial, M, then the three with dynamic chloride), unit, meaning. */
#define TORORD19_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                                                  \
  POTENTIAL(V, (-89.01548, -88.86916, -88.95901, -90.74563, -89.74808, -91.33918), "mV", "membrane potential")         \
  PLAIN(Nai, (12.83826, 12.09966, 14.99682, 13.40062, 12.39736, 15.94867), "mM", "sodium in the cytosol")              \
  PLAIN(Nass, (12.83863, 12.1, 14.99743, 13.40094, 12.3977, 15.94922), "mM", "sodium in the subspace")                 \
  PLAIN(Ki, (142.4601, 142.4125, 142.6254, 152.3639, 147.7115, 156.7131), "mM", "potassium in the cytosol")            \
  PLAIN(Kss, (142.4601, 142.4125, 142.6253, 152.3638, 147.7114, 156.713), "mM", "potassium in the subspace")           \
  PLAIN(Cli, (24, 24, 24, 34.31721, 29.20698, 48.91277), "mM", "chloride in the cytosol")                              \
  PLAIN(Clss, (24, 24, 24, 34.31719, 29.20696, 48.91274), "mM", "chloride in the subspace")                            \
  PLAIN(Cai, (7.449717e-5, 7.455416e-5, 9.17163e-5, 6.621816e-5, 7.453481e-5, 8.297576e-5), "mM",                      \
        "free calcium in the cytosol")                                                                                 \
  STIFF(Cass, (6.381152e-5, 6.504189e-5, 7.251397e-5, 5.749921e-5, 6.497341e-5, 6.642187e-5), "mM",                    \
        "free calcium in the subspace")                                                                                \
  PLAIN(CaNSR, (1.833767, 1.53037, 1.943228, 1.806794, 1.528001, 2.012225), "mM", "calcium in the network reticulum")  \
  PLAIN(CaJSR, (1.83451, 1.528031, 1.950396, 1.805047, 1.525693, 2.016415), "mM",                                      \
        "free calcium in the junctional reticulum")                                                                    \
  PLAIN(CaMKt, (0.01297261, 0.01107529, 0.01878987, 0.01273541, 0.01095026, 0.0201882), "1",                           \
        "CaMK with trapped calmodulin, fraction")                                                                      \
  GATE(m, (0.0007632289, 0.0007876574, 0.0007725668, 0.0005253231, 0.0006517154, 0.0004619565), "1",                   \
       "activation of INa")                                                                                            \
  GATE(h, (0.8335449, 0.8306582, 0.8324343, 0.8645148, 0.8473267, 0.8739077), "1", "fast inactivation of INa")         \
  GATE(j, (0.8334978, 0.8304667, 0.8322903, 0.8644571, 0.8471657, 0.8737841), "1", "slow inactivation of INa")         \
  GATE(hp, (0.6788417, 0.6740969, 0.6770133, 0.7313656, 0.7018454, 0.7478972), "1", "h of phosphorylated channels")    \
  GATE(jp, (0.8333118, 0.8300936, 0.8318086, 0.8643527, 0.8469014, 0.8735375), "1", "j of phosphorylated channels")    \
  GATE(mL, (0.0001552937, 0.0001596701, 0.0001569683, 0.0001117969, 0.0001351203, 9.987709e-5), "1",                   \
       "activation of INaL")                                                                                           \
  GATE(hL, (0.5364685, 0.5282617, 0.5271749, 0.5916536, 0.5566017, 0.5986118), "1", "inactivation of INaL")            \
  GATE(hLp, (0.3009806, 0.2887758, 0.280556, 0.3476812, 0.3115491, 0.3339899), "1", "hL of phosphorylated channels")   \
  GATE(a, (0.000934977, 0.0009442496, 0.0009385454, 0.0008320408, 0.0008899259, 0.0007994042), "1",                    \
       "activation of Ito")                                                                                            \
  GATE(iF, (0.9996267, 0.999617, 0.999623, 0.9997242, 0.9996716, 0.9997514), "1", "fast inactivation of Ito")          \
  GATE(iS, (0.9996237, 0.5936806, 0.5689899, 0.9997235, 0.5988908, 0.5702538), "1", "slow inactivation of Ito")        \
  GATE(ap, (0.0004763806, 0.0004811073, 0.0004781995, 0.0004239121, 0.0004534165, 0.0004072777), "1",                  \
       "a of phosphorylated channels")                                                                                 \
  GATE(iFp, (0.9996267, 0.999617, 0.999623, 0.9997242, 0.9996716, 0.9997514), "1", "iF of phosphorylated channels")    \
  GATE(iSp, (0.9996262, 0.6540921, 0.6276854, 0.9997241, 0.6620692, 0.6351927), "1", "iS of phosphorylated channels")  \
  GATE(d, (0, 0, 0, 0, 0, 0), "1", "activation of ICaL")                                                               \
  GATE(ff, (1, 1, 1, 1, 1, 1), "1", "fast voltage inactivation of ICaL")                                               \
  GATE(fs, (0.9484434, 0.9389652, 0.9211262, 0.9510602, 0.9401791, 0.9183587), "1",                                    \
       "slow voltage inactivation of ICaL")                                                                            \
  GATE(fcaf, (1, 1, 1, 1, 1, 1), "1", "fast inactivation of calcium-bound ICaL")                                       \
  GATE(fcas, (0.9999334, 0.9999005, 0.9997994, 0.9999377, 0.9999014, 0.999754), "1",                                   \
       "slow inactivation of calcium-bound ICaL")                                                                      \
  GATE(jca, (0.9999818, 0.9999775, 0.9999673, 0.9999886, 0.9999846, 0.9999743), "1",                                   \
       "recovery of ICaL from calcium inactivation")                                                                   \
  GATE(ffp, (1, 1, 1, 1, 1, 1), "1", "ff of phosphorylated channels")                                                  \
  GATE(fcafp, (1, 1, 1, 1, 1, 1), "1", "fcaf of phosphorylated channels")                                              \
  LIGAND(nca, (0.0004568042, 0.0004920948, 0.0007489151, 0.0003049523, 0.0004899378, 0.000533652), "1",                \
         "calcium-bound share of ICaL at the subspace")                                                                \
  LIGAND(nca_i, (0.000830893, 0.0008337119, 0.00184513, 0.0005272668, 0.0008326009, 0.001257861), "1",                 \
         "calcium-bound share of ICaL at the cytosol")                                                                 \
  GATE(xs1, (0.2327089, 0.2471565, 0.2649645, 0.2233584, 0.243959, 0.2642293), "1", "activation of IKs")               \
  GATE(xs2, (0.0001721201, 0.0001750171, 0.0001732433, 0.0001418247, 0.0001586167, 0.0001327348), "1",                 \
       "deactivation of IKs")                                                                                          \
  LIGAND(Jrel_np, (0, 0, 0, 0, 0, 0), "mM/ms", "release")                                                              \
  LIGAND(Jrel_p, (0, 0, 0, 0, 0, 0), "mM/ms", "release of phosphorylated channels")                                    \
  CHAIN(C3, (0.998186, 0.9980737, 0.9979005, 0.9984733, 0.9982511, 0.9983451), "1",                                    \
        "IKr channels closed, far from opening")                                                                       \
  CHAIN(C2, (0.0008360589, 0.0008447453, 0.0008392512, 0.0007393045, 0.000793602, 0.000708646), "1",                   \
        "IKr channels closed, middle")                                                                                 \
  CHAIN(C1, (0.0006856085, 0.0006981719, 0.0007048464, 0.0006029079, 0.0006532143, 0.0005910047), "1",                 \
        "IKr channels closed, next to open")                                                                           \
  CHAIN(O, (0.0002824931, 0.0003704049, 0.00053662, 0.0001787783, 0.0002922449, 0.0003445733), "1",                    \
        "IKr channels open")                                                                                           \
  CHAIN(I, (9.844922e-6, 1.302391e-5, 1.880364e-5, 5.678255e-6, 9.804083e-6, 1.06423e-5), "1",                         \
        "IKr channels inactivated")

/* As before; then unit, least, most, meaning, source. */
#define TORORD19_PARAMETERS(PARAMETER)                                                                                 \
  PARAMETER(GNa, (11.7802, 11.7802, 11.7802, 11.7802, 11.7802, 11.7802), "mS/uF", 0, 200, "conductance of INa",        \
            HC_TORORD19)                                                                                               \
  PARAMETER(GNaL, (0.01674, 0.0279, 0.0279, 0.01674, 0.0279, 0.0279), "mS/uF", 0, 2, "conductance of INaL",            \
            HC_TORORD19)                                                                                               \
  PARAMETER(Gto, (0.32, 0.16, 0.32, 0.32, 0.16, 0.32), "mS/uF", 0, 5, "conductance of Ito", HC_TORORD19)               \
  PARAMETER(PCa, (0.0001005084, 8.3757e-5, 0.000167514, 0.0001005084, 8.3757e-5, 0.000167514), "cm/s", 0, 0.01,        \
            "permeability of ICaL", HC_TORORD19)                                                                       \
  PARAMETER(PCaNa_PCa, (0.00125, 0.00125, 0.00125, 0.00125, 0.00125, 0.00125), "1", 0, 1,                              \
            "permeability of ICaL to sodium over calcium", HC_ORD11_FROM)                                              \
  PARAMETER(PCaK_PCa, (0.0003574, 0.0003574, 0.0003574, 0.0003574, 0.0003574, 0.0003574), "1", 0, 1,                   \
            "permeability of ICaL to potassium over calcium", HC_ORD11_FROM)                                           \
  PARAMETER(GKr, (0.04173, 0.0321, 0.02568, 0.04173, 0.0321, 0.02568), "mS/uF", 0, 2,                                  \
            "conductance of IKr at Ko = 5 mM", HC_TORORD19)                                                            \
  PARAMETER(GKs, (0.00154, 0.0011, 0.0011, 0.00154, 0.0011, 0.0011), "mS/uF", 0, 0.5, "conductance of IKs",            \
            HC_TORORD19)                                                                                               \
  PARAMETER(GK1, (0.83904, 0.6992, 0.90896, 0.83904, 0.6992, 0.90896), "mS/uF", 0, 20,                                 \
            "conductance of IK1 at Ko = 5 mM", HC_TORORD19)                                                            \
  PARAMETER(GNaCa, (0.00374, 0.0034, 0.00476, 0.00374, 0.0034, 0.00476), "A/F", 0, 1, "amplitude of INaCa",            \
            HC_TORORD19)                                                                                               \
  PARAMETER(PNaK, (13.90581, 15.4509, 10.81563, 13.90581, 15.4509, 10.81563), "A/F", 0, 500, "amplitude of INaK",      \
            HC_TORORD19)                                                                                               \
  PARAMETER(GKb, (0.01134, 0.0189, 0.0189, 0.01134, 0.0189, 0.0189), "mS/uF", 0, 1, "conductance of IKb", HC_TORORD19) \
  PARAMETER(PNab, (1.9239e-9, 1.9239e-9, 1.9239e-9, 1.9239e-9, 1.9239e-9, 1.9239e-9), "cm/s", 0, 1e-06,                \
            "permeability of INab", HC_TORORD19)                                                                       \
  PARAMETER(PCab, (5.9194e-8, 5.9194e-8, 5.9194e-8, 5.9194e-8, 5.9194e-8, 5.9194e-8), "cm/s", 0, 1e-05,                \
            "permeability of ICab", HC_TORORD19)                                                                       \
  PARAMETER(GpCa, (0.0005, 0.0005, 0.0005, 0.0005, 0.0005, 0.0005), "A/F", 0, 1, "largest IpCa", HC_ORD11_FROM)        \
  PARAMETER(GClCa, (0.2843, 0.2843, 0.2843, 0.2843, 0.2843, 0.2843), "mS/uF", 0, 10, "conductance of IClCa",           \
            HC_TORORD19)                                                                                               \
  PARAMETER(GClb, (0.00198, 0.00198, 0.00198, 0.00198, 0.00198, 0.00198), "mS/uF", 0, 1, "conductance of IClb",        \
            HC_TORORD19)                                                                                               \
  PARAMETER(GKatp, (4.3195, 4.3195, 4.3195, 4.3195, 4.3195, 4.3195), "mS/uF", 0, 100,                                  \
            "conductance of IKatp with all channels open", HC_TORORD19)                                                \
  PARAMETER(fKatp, (0, 0, 0, 0, 0, 0), "1", 0, 1, "share of IKatp channels that ischaemia opens", HC_TORORD19)         \
  PARAMETER(Ko, (5, 5, 5, 5, 5, 5), "mM", 0.1, 50, "potassium outside", HC_TORORD19)                                   \
  PARAMETER(Nao, (140, 140, 140, 140, 140, 140), "mM", 1, 300, "sodium outside", HC_TORORD19)                          \
  PARAMETER(Cao, (1.8, 1.8, 1.8, 1.8, 1.8, 1.8), "mM", 0.01, 20, "calcium outside", HC_TORORD19)                       \
  PARAMETER(Clo, (150, 150, 150, 150, 150, 150), "mM", 1, 300, "chloride outside", HC_TORORD19)                        \
  PARAMETER(T, (310, 310, 310, 310, 310, 310), "K", 270, 330, "temperature in Nernst, flux and activity terms",        \
            HC_TORORD19)                                                                                               \
  PARAMETER(Cl_dynamics, (0, 0, 0, 1, 1, 1), "1", 0, 1, "factor on the rates of Cli and Clss: 0 holds them",           \
            HC_TORORD20)                                                                                               \
  PARAMETER(Acap, (0.0001533576, 0.0001533576, 0.0001533576, 0.0001533576, 0.0001533576, 0.0001533576), "uF", 1e-06,   \
            0.01, "capacitance (capacitive area at 1 uF/cm2)", HC_ORD11_FROM)                                          \
  PARAMETER(Vmyo, (2.583592e-5, 2.583592e-5, 2.583592e-5, 2.583592e-5, 2.583592e-5, 2.583592e-5), "uL", 1e-07, 0.001,  \
            "volume of the cytosol", HC_ORD11_FROM)                                                                    \
  PARAMETER(Vss, (7.5988e-7, 7.5988e-7, 7.5988e-7, 7.5988e-7, 7.5988e-7, 7.5988e-7), "uL", 1e-09, 0.0001,              \
            "volume of the subspace", HC_ORD11_FROM)                                                                   \
  PARAMETER(Vnsr, (2.0972688e-6, 2.0972688e-6, 2.0972688e-6, 2.0972688e-6, 2.0972688e-6, 2.0972688e-6), "uL", 1e-08,   \
            0.0001, "volume of the network reticulum", HC_ORD11_FROM)                                                  \
  PARAMETER(Vjsr, (1.823712e-7, 1.823712e-7, 1.823712e-7, 1.823712e-7, 1.823712e-7, 1.823712e-7), "uL", 1e-09, 0.0001, \
            "volume of the junctional reticulum", HC_ORD11_FROM)                                                       \
  PARAMETER(ss_ICaL, (0.8, 0.8, 0.8, 0.8, 0.8, 0.8), "1", 0, 1, "share of ICaL at the subspace", HC_TORORD19)          \
  PARAMETER(ss_INaCa, (0.35, 0.35, 0.35, 0.35, 0.35, 0.35), "1", 0, 1, "share of INaCa at the subspace", HC_TORORD19)  \
  PARAMETER(tau_jca, (75, 75, 75, 72.5, 72.5, 72.5), "ms", 1, 1000, "time constant of jca", HC_TORORD19)               \
  PARAMETER(tau_hL, (200, 200, 200, 200, 200, 200), "ms", 1, 5000, "time constant of hL", HC_ORD11_FROM)               \
  PARAMETER(k_C2_C1, (0.154375, 0.154375, 0.154375, 0.154375, 0.154375, 0.154375), "1/ms", 0, 100,                     \
            "rate of IKr from C2 to C1", HC_TORORD19)                                                                  \
  PARAMETER(k_C1_C2, (0.1911, 0.1911, 0.1911, 0.1911, 0.1911, 0.1911), "1/ms", 0, 100, "rate of IKr from C1 to C2",    \
            HC_TORORD19)                                                                                               \
  PARAMETER(Kmn, (0.002, 0.002, 0.002, 0.002, 0.002, 0.002), "mM", 1e-05, 1, "calcium of half binding to ICaL",        \
            HC_ORD11_FROM)                                                                                             \
  PARAMETER(k2n, (500, 500, 500, 500, 500, 500), "1/ms", 1, 100000.0, "rate of that binding", HC_TORORD19)             \
  PARAMETER(ito_speed, (0.95, 0, 0, 0.95, 0, 0), "1", 0, 0.99, "how much faster Ito inactivates at low V",             \
            HC_ORD11_FROM)                                                                                             \
  PARAMETER(PKNa, (0.01833, 0.01833, 0.01833, 0.01833, 0.01833, 0.01833), "1", 0, 1,                                   \
            "permeability of IKs to sodium over potassium", HC_ORD11_FROM)                                             \
  PARAMETER(KmCaAct, (0.00015, 0.00015, 0.00015, 0.00015, 0.00015, 0.00015), "mM", 1e-06, 0.1,                         \
            "calcium of half activation of INaCa", HC_ORD11_FROM)                                                      \
  PARAMETER(KmpCa, (0.0005, 0.0005, 0.0005, 0.0005, 0.0005, 0.0005), "mM", 1e-06, 1, "half saturation of IpCa",        \
            HC_ORD11_FROM)                                                                                             \
  PARAMETER(KdClCa, (0.1, 0.1, 0.1, 0.1, 0.1, 0.1), "mM", 1e-05, 10, "subspace calcium of half activation of IClCa",   \
            HC_TORORD19)                                                                                               \
  PARAMETER(ATP, (2, 2, 2, 2, 2, 2), "mM", 0.001, 20, "ATP at IKatp channels", HC_TORORD19)                            \
  PARAMETER(Kd_ATP, (0.25, 0.25, 0.25, 0.25, 0.25, 0.25), "mM", 0.001, 20, "ATP that half blocks IKatp", HC_TORORD19)  \
  PARAMETER(KmCaMK, (0.15, 0.15, 0.15, 0.15, 0.15, 0.15), "1", 0.0001, 10, "active CaMK of half phosphorylation",      \
            HC_ORD11_FROM)                                                                                             \
  PARAMETER(aCaMK, (0.05, 0.05, 0.05, 0.05, 0.05, 0.05), "1/ms", 0, 10, "rate of CaMK trapping calmodulin",            \
            HC_ORD11_FROM)                                                                                             \
  PARAMETER(bCaMK, (0.00068, 0.00068, 0.00068, 0.00068, 0.00068, 0.00068), "1/ms", 0, 10, "rate of its release",       \
            HC_ORD11_FROM)                                                                                             \
  PARAMETER(CaMKo, (0.05, 0.05, 0.05, 0.05, 0.05, 0.05), "1", 0, 1, "CaMK bound at rest, fraction", HC_ORD11_FROM)     \
  PARAMETER(KmCaM, (0.0015, 0.0015, 0.0015, 0.0015, 0.0015, 0.0015), "mM", 1e-06, 1,                                   \
            "calcium of half binding to calmodulin", HC_ORD11_FROM)                                                    \
  PARAMETER(gain_rel, (0.5, 0.5, 0.85, 0.5, 0.5, 0.85), "1", 0, 100, "gain of release over ICaL of the subspace",      \
            HC_TORORD19)                                                                                               \
  PARAMETER(Vrel, (1.5378, 1.5378, 1.5378, 1.5378, 1.5378, 1.5378), "1", 0, 100, "factor on release", HC_TORORD19)     \
  PARAMETER(tau_rel, (4.75, 4.75, 4.75, 4.75, 4.75, 4.75), "ms", 0.01, 1000,                                           \
            "time constant of release at full reticulum", HC_ORD11_FROM)                                               \
  PARAMETER(Krel, (1.7, 1.7, 1.7, 1.7, 1.7, 1.7), "mM", 0.01, 100, "CaJSR of half release", HC_TORORD19)               \
  PARAMETER(Vup, (0.0070525, 0.005425, 0.005425, 0.0070525, 0.005425, 0.005425), "mM/ms", 0, 1, "largest uptake",      \
            HC_TORORD19)                                                                                               \
  PARAMETER(Kup, (0.00092, 0.00092, 0.00092, 0.00092, 0.00092, 0.00092), "mM", 1e-06, 1, "calcium of half uptake",     \
            HC_ORD11_FROM)                                                                                             \
  PARAMETER(dKup, (0.00017, 0.00017, 0.00017, 0.00017, 0.00017, 0.00017), "mM", 0, 1,                                  \
            "how much phosphorylation lowers Kup; at most Kup", HC_ORD11_FROM)                                         \
  PARAMETER(Vup_p, (2.75, 2.75, 2.75, 2.75, 2.75, 2.75), "1", 0, 100, "uptake of phosphorylated pumps over others",    \
            HC_ORD11_FROM)                                                                                             \
  PARAMETER(Vleak, (0.0003255, 0.0003255, 0.0003255, 0.0003255, 0.0003255, 0.0003255), "1/ms", 0, 1,                   \
            "rate of leak from the network reticulum", HC_TORORD19)                                                    \
  PARAMETER(tau_tr, (60, 60, 60, 60, 60, 60), "ms", 0.1, 10000.0, "time constant of transfer within the reticulum",    \
            HC_TORORD19)                                                                                               \
  PARAMETER(tau_diff, (2, 2, 2, 2, 2, 2), "ms", 0.01, 1000.0,                                                          \
            "time constant of diffusion of Na, K and Cl between subspace and cytosol", HC_ORD11_FROM)                  \
  PARAMETER(tau_diff_Ca, (0.2, 0.2, 0.2, 0.2, 0.2, 0.2), "ms", 0.01, 1000.0, "time constant of diffusion of calcium",  \
            HC_ORD11_FROM)                                                                                             \
  PARAMETER(cmdnmax, (0.065, 0.05, 0.05, 0.065, 0.05, 0.05), "mM", 0, 10, "calmodulin", HC_ORD11_FROM)                 \
  PARAMETER(kmcmdn, (0.00238, 0.00238, 0.00238, 0.00238, 0.00238, 0.00238), "mM", 1e-06, 1,                            \
            "half saturation of calmodulin", HC_ORD11_FROM)                                                            \
  PARAMETER(trpnmax, (0.07, 0.07, 0.07, 0.07, 0.07, 0.07), "mM", 0, 10, "troponin", HC_ORD11_FROM)                     \
  PARAMETER(kmtrpn, (0.0005, 0.0005, 0.0005, 0.0005, 0.0005, 0.0005), "mM", 1e-06, 1, "half saturation of troponin",   \
            HC_ORD11_FROM)                                                                                             \
  PARAMETER(BSRmax, (0.047, 0.047, 0.047, 0.047, 0.047, 0.047), "mM", 0, 10,                                           \
            "anionic sites at the reticulum, subspace", HC_ORD11_FROM)                                                 \
  PARAMETER(KmBSR, (0.00087, 0.00087, 0.00087, 0.00087, 0.00087, 0.00087), "mM", 1e-06, 1, "half saturation of BSR",   \
            HC_ORD11_FROM)                                                                                             \
  PARAMETER(BSLmax, (1.124, 1.124, 1.124, 1.124, 1.124, 1.124), "mM", 0, 100,                                          \
            "anionic sites at the sarcolemma, subspace", HC_ORD11_FROM)                                                \
  PARAMETER(KmBSL, (0.0087, 0.0087, 0.0087, 0.0087, 0.0087, 0.0087), "mM", 1e-06, 1, "half saturation of BSL",         \
            HC_ORD11_FROM)                                                                                             \
  PARAMETER(csqnmax, (10, 10, 10, 10, 10, 10), "mM", 0, 1000, "calsequestrin", HC_ORD11_FROM)                          \
  PARAMETER(kmcsqn, (0.8, 0.8, 0.8, 0.8, 0.8, 0.8), "mM", 0.0001, 100, "half saturation of calsequestrin",             \
            HC_ORD11_FROM)

#define TORORD19_CURRENTS(CURRENT)                                                                                     \
  CURRENT(INa, "A/F", "fast sodium")                                                                                   \
  CURRENT(INaL, "A/F", "late sodium")                                                                                  \
  CURRENT(Ito, "A/F", "transient outward potassium")                                                                   \
  CURRENT(ICaL, "A/F", "calcium of the L-type channel")                                                                \
  CURRENT(ICaNa, "A/F", "sodium of the L-type channel")                                                                \
  CURRENT(ICaK, "A/F", "potassium of the L-type channel")                                                              \
  CURRENT(IKr, "A/F", "rapid delayed rectifier potassium")                                                             \
  CURRENT(IKs, "A/F", "slow delayed rectifier potassium")                                                              \
  CURRENT(IK1, "A/F", "inward rectifier potassium")                                                                    \
  CURRENT(INaCa, "A/F", "sodium-calcium exchanger")                                                                    \
  CURRENT(INaK, "A/F", "sodium-potassium pump")                                                                        \
  CURRENT(INab, "A/F", "background sodium")                                                                            \
  CURRENT(ICab, "A/F", "background calcium")                                                                           \
  CURRENT(IKb, "A/F", "background potassium")                                                                          \
  CURRENT(IpCa, "A/F", "sarcolemmal calcium pump")                                                                     \
  CURRENT(IClCa, "A/F", "calcium-activated chloride")                                                                  \
  CURRENT(IClb, "A/F", "background chloride")                                                                          \
  CURRENT(IKatp, "A/F", "ATP-sensitive potassium")                                                                     \
  CURRENT(Jrel, "mM/ms", "release from the junctional reticulum")                                                      \
  CURRENT(Jup, "mM/ms", "uptake into the network reticulum")                                                           \
  CURRENT(Jleak, "mM/ms", "leak from the network reticulum")

#define TORORD19_EXCHANGES(EXCHANGE)                                                                                   \
  EXCHANGE(C3, C2)                                                                                                     \
  EXCHANGE(C2, C1)                                                                                                     \
  EXCHANGE(C1, O)                                                                                                      \
  EXCHANGE(O, I)                                                                                                       \
  EXCHANGE(C1, I)

#define TORORD19_SUMS(SUM)                                                                                             \
  SUM(charge, "mV", "V less the charge of all ions inside over the capacitance")                                       \
  SUM(IKr_states, "1", "occupancies of IKr")

HC_CHAIN_TYPES(torord19, TORORD19_STATES, TORORD19_PARAMETERS, TORORD19_CURRENTS, TORORD19_EXCHANGES)
HC_SUM_TYPES(torord19, TORORD19_SUMS)

#define TORORD19_R 8314.0  /* mJ/(mol K) */
#define TORORD19_F 96485.0 /* C/mol */

/* What several parts need: powers of exp(V / 20 mV), FV / RT, shares of phosphorylated channels. */
struct torord19_shared {
  hc_real up20, up10, up5, down100, down20, x, phosphorylated;
};

HC_FN struct torord19_shared torord19_share(const struct torord19_state *y, const struct torord19_parameters *p)
{
  struct torord19_shared e;
  e.up20 = hc_exp(y->V * (1.0 / 20.0));
  e.up10 = hc_square(e.up20);
  e.up5 = hc_square(e.up10);
  e.down100 = hc_exp(y->V * (-1.0 / 100.0));
  e.down20 = hc_square(hc_square(e.down100)) * e.down100;
  e.x = y->V * (TORORD19_F / (TORORD19_R * p->T));
  /* CaMKb = CaMKo (1 - CaMKt) / (1 + KmCaM / Cass), CaMKa = CaMKb + CaMKt, share 1 / (1 + KmCaMK / CaMKa) */
  const hc_real active = p->CaMKo * (1.0 - y->CaMKt) * y->Cass / (y->Cass + p->KmCaM) + y->CaMKt;
  e.phosphorylated = active / (active + p->KmCaMK);
  return e;
}

/* INa: m, h, hp, j, jp; INaL: mL, hL, hLp. Rates of h and j change form at -40 mV, one exponential serves both. */
HC_FN void torord19_sodium_gates(hc_real V, const struct torord19_parameters *p, struct torord19_rates *r)
{
  const int low = V < -40.0;
  r->m.inf = 1.0 / hc_square(1.0 + hc_exp((-56.86 - V) * (1.0 / 9.03)));
  r->m.k = 1.0 / (0.1292 * hc_exp(-hc_square((V + 45.79) * (1.0 / 15.54))) +
                  0.06487 * hc_exp(-hc_square((V - 4.823) * (1.0 / 51.12))));

  const hc_real up7 = hc_exp((V + 71.55) * (1.0 / 7.43));
  r->h.inf = r->j.inf = r->jp.inf = 1.0 / hc_square(1.0 + up7);
  r->hp.inf = 1.0 / hc_square(1.0 + up7 * hc_exp(6.0 / 7.43));
  const hc_real slow = hc_exp(hc_select(low, (V + 80.0) * (-1.0 / 6.8), (V + 10.66) * (-1.0 / 11.1)));
  const hc_real alpha_beta_h = 0.057 * slow + (2.7 * hc_exp(0.079 * V) + 310000.0 * hc_exp(0.3485 * V));
  r->h.k = r->hp.k = hc_select(low, alpha_beta_h, (0.77 / 0.13) / (1.0 + slow));

  const hc_real alpha_j = (-25428.0 * hc_exp(0.2444 * V) - 6.948e-6 * hc_exp(-0.04391 * V)) * (V + 37.78) /
                          (1.0 + hc_exp(0.311 * (V + 79.23)));
  const hc_real numerator = hc_exp(V * hc_select(low, -0.01052, 0.057));
  const hc_real divisor = 1.0 + hc_exp(hc_select(low, -0.1378 * (V + 40.14), -0.1 * (V + 32.0)));
  r->j.k = hc_select(low, alpha_j, 0.0) + hc_select(low, 0.02424, 0.6) * numerator / divisor;
  r->jp.k = r->j.k * (1.0 / 1.46);

  const hc_real late = hc_exp((V + 87.61) * (1.0 / 7.488));
  r->mL.inf = 1.0 / (1.0 + hc_exp((-42.85 - V) * (1.0 / 5.264)));
  r->mL.k = r->m.k;
  r->hL.inf = 1.0 / (1.0 + late);
  r->hL.k = 1.0 / p->tau_hL;
  r->hLp.inf = 1.0 / (1.0 + late * hc_exp(6.2 / 7.488));
  r->hLp.k = r->hL.k * (1.0 / 3.0);
}

/* Ito: a, ap, iF, iS, iFp, iSp. */
HC_FN void torord19_transient_gates(hc_real V, const struct torord19_shared *e, const struct torord19_parameters *p,
                                    struct torord19_rates *r)
{
  const hc_real down14 = hc_exp((14.34 - V) * (1.0 / 14.82)), up29 = hc_exp(V * (1.0 / 29.3814));
  r->a.inf = 1.0 / (1.0 + down14);
  r->ap.inf = 1.0 / (1.0 + down14 * hc_exp(10.0 / 14.82));
  /* tau = 1.0515 / (1 / (1.2089 (1 + exp((18.4099 - V) / 29.3814))) + 3.5 / (1 + exp((V + 100) / 29.3814))) */
  const hc_real early = 1.0 + up29 * hc_exp(100.0 / 29.3814), late = up29 + hc_exp(18.4099 / 29.3814);
  r->a.k = r->ap.k = (up29 * early * (1.0 / 1.2089) + 3.5 * late) * (1.0 / 1.0515) / (early * late);

  /* both time constants: (a + 1 / s) (1 - ito_speed / (1 + exp((V + 70) / 5))) */
  const hc_real s_fast = 0.3933 * hc_exp(-1.0) * e->down100 + 0.08004 * hc_exp((V + 50.0) * (1.0 / 16.59));
  const hc_real s_slow =
      0.001416 * hc_exp((-96.52 - V) * (1.0 / 59.05)) + 1.78e-8 * hc_exp((V + 114.1) * (1.0 / 8.079));
  const hc_real step = 1.0 + e->up5 * hc_exp(14.0), speed = step / (step - p->ito_speed);
  r->iF.inf = r->iS.inf = r->iFp.inf = r->iSp.inf = 1.0 / (1.0 + hc_exp((V + 43.94) * (1.0 / 5.711)));
  r->iF.k = speed * s_fast / (4.562 * s_fast + 1.0);
  r->iS.k = speed * s_slow / (23.62 * s_slow + 1.0);
  /* phosphorylated: times (1.354 + 1e-4 / d) (1 - 0.5 / (1 + exp((V + 70) / 20))) */
  const hc_real d = hc_exp((V - 167.4) * (1.0 / 15.89)) + hc_exp((12.23 - V) * (1.0 / 0.2154));
  const hc_real recover = 1.0 + e->up20 * hc_exp(3.5), slower = recover / ((1.354 + 1e-4 / d) * (recover - 0.5));
  r->iFp.k = r->iF.k * slower;
  r->iSp.k = r->iS.k * slower;
}

/* ICaL: d, ff, fs, fcaf, fcas, jca, ffp, fcafp, nca, nca_i. */
HC_FN void torord19_calcium_gates(const struct torord19_state *y, const struct torord19_shared *e,
                                  const struct torord19_parameters *p, struct torord19_rates *r)
{
  /* at rest d_inf is exp(-1700), which is 1e-130 here: as good as zero, and no subnormal number, which are slow */
  const hc_real V = y->V, wait = -1.007 * hc_exp(-0.0829 * V);
  const hc_real opening = 1.0763 * hc_exp(hc_select(wait < -300.0, -300.0, wait));
  const hc_real s_d = e->down20 * hc_exp(-0.3) + hc_exp(0.09 * (V + 14.0));
  r->d.inf = hc_select(V > 31.4978, 1.0, opening); /* a step of 4e-4, as published */
  r->d.k = s_d / (0.6 * s_d + 1.0);

  const hc_real f_inf = 1.0 / (1.0 + hc_exp((V + 19.58) * (1.0 / 3.696)));
  r->ff.inf = r->fs.inf = r->ffp.inf = r->fcaf.inf = r->fcas.inf = r->fcafp.inf = f_inf;
  /* ff: s = 0.0045 (w + 1 / w), w = exp((V + 20) / 10); fcaf: s = 0.04 (w + 1 / w), w = exp((V - 4) / 7) */
  const hc_real w_f = e->up10 * hc_exp(2.0), w2_f = 1.0 + hc_square(w_f);
  r->ff.k = w2_f / (7.0 * w2_f + w_f * (1.0 / 0.0045));
  r->ffp.k = r->ff.k * (1.0 / 2.5);
  const hc_real up7 = hc_exp(V * (1.0 / 7.0)), w_ca = up7 * hc_exp(-4.0 / 7.0), w2_ca = 1.0 + hc_square(w_ca);
  r->fcaf.k = w2_ca / (7.0 * w2_ca + w_ca * (1.0 / 0.04));
  r->fcafp.k = r->fcaf.k * (1.0 / 2.5);
  const hc_real s_s = 3.5e-5 * (hc_exp((V + 5.0) * (-1.0 / 4.0)) + hc_exp((V + 5.0) * (1.0 / 6.0)));
  r->fs.k = s_s / (1000.0 * s_s + 1.0);
  const hc_real s_cas = 1.2e-4 * (hc_exp(V * (-1.0 / 3.0)) + up7);
  r->fcas.k = s_cas / (100.0 * s_cas + 1.0);
  r->jca.inf = 1.0 / (1.0 + hc_exp((V + 18.08) * (1.0 / 2.7916)));
  r->jca.k = 1.0 / p->tau_jca;

  /* dnca/dt = k2n / (k2n / jca + (1 + Kmn / Ca)^4) - jca nca */
  const hc_real bound = hc_square(hc_square(1.0 + p->Kmn / y->Cass));
  const hc_real bound_i = hc_square(hc_square(1.0 + p->Kmn / y->Cai));
  r->nca.inf = p->k2n / (p->k2n + y->jca * bound);
  r->nca_i.inf = p->k2n / (p->k2n + y->jca * bound_i);
  r->nca.k = r->nca_i.k = y->jca;
}

/* IKr's exchanges; IKs: xs1, xs2. */
HC_FN void torord19_potassium_gates(hc_real V, const struct torord19_shared *e, const struct torord19_parameters *p,
                                    struct torord19_rates *r)
{
  const hc_real x = e->x;
  r->C3_C2.there = 0.1161 * hc_exp(0.299 * x);
  r->C3_C2.back = 0.2442 * hc_exp(-1.604 * x);
  r->C2_C1.there = p->k_C2_C1;
  r->C2_C1.back = p->k_C1_C2;
  r->C1_O.there = 0.0578 * hc_exp(0.971 * x);
  r->C1_O.back = 0.349e-3 * hc_exp(-1.062 * x);
  r->O_I.there = 0.2533 * hc_exp(0.5953 * x);
  r->O_I.back = 1.25 * 0.0522 * hc_exp(-0.8209 * x);
  r->C1_I.there = 0.52e-4 * hc_exp(1.525 * x);
  /* back so that the cycle C1 - O - I is reversible: its exponents sum to -1.9242 */
  r->C1_I.back = 0.349e-3 * (1.25 * 0.0522) * 0.52e-4 / (0.0578 * 0.2533) * hc_exp(-1.9242 * x);

  const hc_real s = 2.326e-4 * hc_exp((V + 48.28) * (1.0 / 17.8)) + 0.001292 * hc_exp((-210.0 - V) * (1.0 / 230.0));
  r->xs1.inf = r->xs2.inf = 1.0 / (1.0 + hc_exp((-11.6 - V) * (1.0 / 8.932)));
  r->xs1.k = s / (817.3 * s + 1.0);
  r->xs2.k = 0.01 * hc_exp(-2.5) * e->up20 + 0.0193 * hc_exp((-66.54 - V) * (1.0 / 31.0));
}

/* Currents of the L-type channel and the exchanger at the subspace; those at the cytosol are the rest. */
struct torord19_subspace {
  hc_real ICaL, ICaNa, ICaK, INaCa;
};

/* Activity coefficient of monovalent ions (Davies equation) at an ionic strength in mM. */
HC_FN hc_real torord19_activity(hc_real strength, hc_real T)
{
  const hc_real molar = 1e-3 * strength, root = hc_sqrt(molar);
  const hc_real warm = 74.0 * T, A = 1.82e6 / (warm * hc_sqrt(warm)); /* 74: dielectric constant of water at 310 K */
  return hc_exp(-A * (root / (1.0 + root) - 0.3 * molar));
}

/* ICaL, ICaNa, ICaK, INab, ICab. */
HC_FN void torord19_flux_currents(const struct torord19_state *y, const struct torord19_parameters *p,
                                  const struct torord19_shared *e, struct torord19_currents *i,
                                  struct torord19_subspace *ss)
{
  const hc_real x = e->x, b1 = hc_x_over_expm1(x), b2 = 2.0 * hc_square(b1) / (2.0 * b1 + x);
  const hc_real out1 = torord19_activity(0.5 * (p->Nao + p->Ko + p->Clo + 4.0 * p->Cao), p->T);
  const hc_real in1 = torord19_activity(0.5 * (y->Nai + y->Ki + y->Cli + 4.0 * y->Cai), p->T);
  const hc_real ss1 = torord19_activity(0.5 * (y->Nass + y->Kss + y->Clss + 4.0 * y->Cass), p->T);
  const hc_real out_Ca = hc_square(hc_square(out1)) * p->Cao * b2, in4 = hc_square(hc_square(in1));
  const hc_real Phi_Ca_i = 2.0 * (in4 * y->Cai * (b2 + 2.0 * x) - out_Ca);
  const hc_real Phi_Ca_ss = 2.0 * (hc_square(hc_square(ss1)) * y->Cass * (b2 + 2.0 * x) - out_Ca);

  const hc_real V10 = 1.0 / (1.0 + e->up10 * hc_exp(-1.0)), Afcaf = 0.3 + 0.6 * V10, Afcas = 1.0 - Afcaf;
  const hc_real f = 0.6 * y->ff + 0.4 * y->fs, fca = y->jca * (Afcaf * y->fcaf + Afcas * y->fcas);
  const hc_real fp = 0.6 * y->ffp + 0.4 * y->fs, fcap = y->jca * (Afcaf * y->fcafp + Afcas * y->fcas);
  /* phosphorylated channels have 1.1 times the permeability */
  const hc_real plain = 1.0 - e->phosphorylated, more = 1.1 * e->phosphorylated;
  const hc_real free = plain * f + more * fp, bound = plain * fca + more * fcap;
  const hc_real full = p->scale.ICaL * p->PCa * TORORD19_F * y->d;
  const hc_real open_ss = p->ss_ICaL * full * (free + y->nca * (bound - free));
  const hc_real open_i = (1.0 - p->ss_ICaL) * full * (free + y->nca_i * (bound - free));
  const hc_real to_Na = p->scale.ICaNa * p->PCaNa_PCa, to_K = p->scale.ICaK * p->PCaK_PCa;
  ss->ICaL = open_ss * Phi_Ca_ss;
  ss->ICaNa = open_ss * to_Na * (ss1 * y->Nass * (b1 + x) - out1 * p->Nao * b1);
  ss->ICaK = open_ss * to_K * (ss1 * y->Kss * (b1 + x) - out1 * p->Ko * b1);
  i->ICaL = ss->ICaL + open_i * Phi_Ca_i;
  i->ICaNa = ss->ICaNa + open_i * to_Na * (in1 * y->Nai * (b1 + x) - out1 * p->Nao * b1);
  i->ICaK = ss->ICaK + open_i * to_K * (in1 * y->Ki * (b1 + x) - out1 * p->Ko * b1);

  i->INab = p->scale.INab * p->PNab * TORORD19_F * (y->Nai * (b1 + x) - p->Nao * b1);
  i->ICab = p->scale.ICab * p->PCab * TORORD19_F * Phi_Ca_i;
}

/* The share of IK1 channels that are open, aK1 / (aK1 + bK1). */
HC_FN hc_real torord19_rectifier(hc_real VK)
{
  const hc_real a = 1.0 + hc_exp(0.1217 * (VK - 49.934));
  const hc_real b = 1.0 + hc_exp(-0.1629 * (VK + 14.207));
  const hc_real rising = 15.72 * hc_exp(0.0674 * (VK - 3.257)) + hc_exp(0.0618 * (VK - 594.31));
  return 4.094 * b / (4.094 * b + a * rising);
}

HC_FN void torord19_ohmic_currents(const struct torord19_state *y, const struct torord19_parameters *p,
                                   const struct torord19_shared *e, struct torord19_currents *i)
{
  const hc_real V = y->V, RTF = TORORD19_R * p->T / TORORD19_F, share = e->phosphorylated;
  const hc_real VNa = V - RTF * hc_log(p->Nao / y->Nai), VK = V - RTF * hc_log(p->Ko / y->Ki);
  const hc_real VKs = V - RTF * hc_log((p->Ko + p->PKNa * p->Nao) / (y->Ki + p->PKNa * y->Nai));
  const hc_real root_Ko = hc_sqrt(p->Ko * (1.0 / 5.0));

  i->INa = p->scale.INa * p->GNa * VNa * hc_cube(y->m) * ((1.0 - share) * y->h * y->j + share * y->hp * y->jp);
  i->INaL = p->scale.INaL * p->GNaL * VNa * y->mL * ((1.0 - share) * y->hL + share * y->hLp);
  const hc_real AiF = 1.0 / (1.0 + hc_exp((V - 213.6) * (1.0 / 151.2)));
  const hc_real inactivation = y->iS + AiF * (y->iF - y->iS), inactivation_p = y->iSp + AiF * (y->iFp - y->iSp);
  i->Ito = p->scale.Ito * p->Gto * VK * ((1.0 - share) * y->a * inactivation + share * y->ap * inactivation_p);
  i->IKr = p->scale.IKr * p->GKr * root_Ko * y->O * VK;
  const hc_real KsCa = 1.0 + 0.6 / (1.0 + hc_pow(3.8e-5 / y->Cai, 1.4));
  i->IKs = p->scale.IKs * p->GKs * KsCa * y->xs1 * y->xs2 * VKs;
  i->IK1 = p->scale.IK1 * p->GK1 * root_Ko * torord19_rectifier(VK) * VK;
  i->IKb = p->scale.IKb * p->GKb * VK / (1.0 + hc_exp((10.8968 - V) * (1.0 / 23.9871)));
  i->IpCa = p->scale.IpCa * p->GpCa * y->Cai / (p->KmpCa + y->Cai);
  i->IClCa = p->scale.IClCa * p->GClCa * y->Cass / (y->Cass + p->KdClCa) * (V - RTF * hc_log(y->Clss / p->Clo));
  i->IClb = p->scale.IClb * p->GClb * (V - RTF * hc_log(y->Cli / p->Clo));
  const hc_real unblocked = 1.0 / (1.0 + hc_square(p->ATP / p->Kd_ATP));
  i->IKatp = p->scale.IKatp * p->fKatp * p->GKatp * unblocked * hc_pow(p->Ko * (1.0 / 5.0), 0.24) * VK;
}

HC_FN void torord19_currents_of(const struct torord19_state *y, const struct torord19_parameters *p,
                                const struct torord19_shared *e, struct torord19_currents *i,
                                struct torord19_subspace *ss)
{
  const struct ord_exchanger exchanger = ord_exchanger_of(e->x, p->Nao, p->Cao);
  const hc_real exchange = p->scale.INaCa * p->GNaCa;
  torord19_ohmic_currents(y, p, e, i);
  torord19_flux_currents(y, p, e, i, ss);
  ss->INaCa = p->ss_INaCa * exchange * ord_exchange(&exchanger, y->Nass, y->Cass, p->KmCaAct);
  i->INaCa = ss->INaCa + (1.0 - p->ss_INaCa) * exchange * ord_exchange(&exchanger, y->Nai, y->Cai, p->KmCaAct);
  i->INaK = p->scale.INaK * p->PNaK * ord_pump(e->x, y->Nai, y->Ki, p->Nao, p->Ko);
}

/* Release channels and CaMK, and the fluxes of the reticulum, mM/ms. */
HC_FN void torord19_reticulum(const struct torord19_state *y, const struct torord19_parameters *p,
                              const struct torord19_shared *e, hc_real ICaL_ss, struct torord19_rates *r,
                              struct torord19_currents *i)
{
  const hc_real share = e->phosphorylated;
  const hc_real load = hc_square(hc_square(hc_square(y->CaJSR))), load_half = hc_square(hc_square(hc_square(p->Krel)));
  /* tau_rel / (1 + 0.0123 / CaJSR), and 0.001 ms where that is less, which a reticulum that is just empty (CaJSR from
   * -0.0123 to 0 mM) makes use of: it closes the channels at once */
  const hc_real k = (y->CaJSR + 0.0123) / (p->tau_rel * y->CaJSR);
  r->Jrel_np.inf = -p->gain_rel * p->tau_rel * ICaL_ss * load / (load + load_half);
  r->Jrel_np.k = hc_select((k > 1000.0) | (k < 0.0), 1000.0, k);
  r->Jrel_p.inf = 1.25 * r->Jrel_np.inf;
  r->Jrel_p.k = hc_select((k > 1250.0) | (k < 0.0), 1000.0, k * (1.0 / 1.25));
  i->Jrel = p->scale.Jrel * p->Vrel * ((1.0 - share) * y->Jrel_np + share * y->Jrel_p);
  i->Jup = p->scale.Jup * p->Vup * y->Cai *
           ((1.0 - share) / (y->Cai + p->Kup) + share * p->Vup_p / (y->Cai + p->Kup - p->dKup));
  i->Jleak = p->scale.Jleak * p->Vleak * y->CaNSR;

  const hc_real bound = p->CaMKo * (1.0 - y->CaMKt) * y->Cass / (y->Cass + p->KmCaM);
  r->CaMKt = p->aCaMK * bound * (bound + y->CaMKt) - p->bCaMK * y->CaMKt;
}

/* Concentrations. Free over total calcium is 1 / (1 + sum of B K / (K + Ca)^2) over the buffers. */
HC_FN void torord19_concentrations(const struct torord19_state *y, hc_real stim, const struct torord19_parameters *p,
                                   const struct torord19_currents *i, const struct torord19_subspace *ss,
                                   struct torord19_rates *r)
{
  const hc_real per_myo = p->Acap / (TORORD19_F * p->Vmyo), per_ss = p->Acap / (TORORD19_F * p->Vss);
  const hc_real narrow = p->Vss / p->Vmyo, spread = 1.0 / p->tau_diff;
  const hc_real JdiffNa = (y->Nass - y->Nai) * spread, JdiffK = (y->Kss - y->Ki) * spread;
  const hc_real JdiffCl = (y->Clss - y->Cli) * spread, Jdiff = (y->Cass - y->Cai) / p->tau_diff_Ca;
  const hc_real Jtr = (y->CaNSR - y->CaJSR) / p->tau_tr, Jup = i->Jup - i->Jleak;

  r->Nai = -per_myo * (i->ICaNa - ss->ICaNa + i->INa + i->INaL + 3.0 * (i->INaCa - ss->INaCa + i->INaK) + i->INab) +
           JdiffNa * narrow;
  r->Nass = -per_ss * (ss->ICaNa + 3.0 * ss->INaCa) - JdiffNa;
  r->Ki =
      -per_myo * (i->ICaK - ss->ICaK + i->Ito + i->IKr + i->IKs + i->IK1 + i->IKb + i->IKatp - stim - 2.0 * i->INaK) +
      JdiffK * narrow;
  r->Kss = -per_ss * ss->ICaK - JdiffK;
  r->Cli = p->Cl_dynamics * (per_myo * i->IClb + JdiffCl * narrow);
  r->Clss = p->Cl_dynamics * (per_ss * i->IClCa - JdiffCl);

  const hc_real cmdn = p->cmdnmax * p->kmcmdn / hc_square(p->kmcmdn + y->Cai);
  const hc_real trpn = p->trpnmax * p->kmtrpn / hc_square(p->kmtrpn + y->Cai);
  const hc_real BSR = p->BSRmax * p->KmBSR / hc_square(p->KmBSR + y->Cass);
  const hc_real BSL = p->BSLmax * p->KmBSL / hc_square(p->KmBSL + y->Cass);
  const hc_real csqn = p->csqnmax * p->kmcsqn / hc_square(p->kmcsqn + y->CaJSR);
  const hc_real ICa_i = i->ICaL - ss->ICaL + i->IpCa + i->ICab - 2.0 * (i->INaCa - ss->INaCa);
  r->Cai = (-0.5 * per_myo * ICa_i - Jup * (p->Vnsr / p->Vmyo) + Jdiff * narrow) / (1.0 + cmdn + trpn);
  r->Cass = (-0.5 * per_ss * (ss->ICaL - 2.0 * ss->INaCa) + i->Jrel * (p->Vjsr / p->Vss) - Jdiff) / (1.0 + BSR + BSL);
  r->CaNSR = Jup - Jtr * (p->Vjsr / p->Vnsr);
  r->CaJSR = (Jtr - i->Jrel) / (1.0 + csqn);
}

HC_FN void torord19_rhs(hc_real t, const struct torord19_state *y, hc_real stim, const struct torord19_parameters *p,
                        struct torord19_rates *r, struct torord19_currents *i)
{
  const struct torord19_shared e = torord19_share(y, p);
  struct torord19_subspace ss;
  (void)t;
  torord19_sodium_gates(y->V, p, r);
  torord19_transient_gates(y->V, &e, p, r);
  torord19_calcium_gates(y, &e, p, r);
  torord19_potassium_gates(y->V, &e, p, r);
  torord19_currents_of(y, p, &e, i, &ss);
  torord19_reticulum(y, p, &e, ss.ICaL, r, i);
  torord19_concentrations(y, stim, p, i, &ss, r);
  r->V = stim - (i->INa + i->INaL + i->Ito + i->ICaL + i->ICaNa + i->ICaK + i->IKr + i->IKs + i->IK1 + i->INaCa +
                 i->INaK + i->INab + i->ICab + i->IKb + i->IpCa + i->IClCa + i->IClb + i->IKatp);
}

/* Positive charge inside in mM of the cytosol, then as a voltage. */
HC_FN void torord19_sums_of(const struct torord19_state *y, const struct torord19_parameters *p,
                            struct torord19_sums *s)
{
  const hc_real Ca_i = y->Cai * (1.0 + p->cmdnmax / (p->kmcmdn + y->Cai) + p->trpnmax / (p->kmtrpn + y->Cai));
  const hc_real Ca_ss = y->Cass * (1.0 + p->BSRmax / (p->KmBSR + y->Cass) + p->BSLmax / (p->KmBSL + y->Cass));
  const hc_real Ca_jsr = y->CaJSR * (1.0 + p->csqnmax / (p->kmcsqn + y->CaJSR));
  const hc_real charge = p->Vmyo * (y->Nai + y->Ki - y->Cli + 2.0 * Ca_i) +
                         p->Vss * (y->Nass + y->Kss - y->Clss + 2.0 * Ca_ss) +
                         2.0 * (p->Vnsr * y->CaNSR + p->Vjsr * Ca_jsr);
  s->charge = y->V - charge * (TORORD19_F / p->Acap);
  s->IKr_states = y->C3 + y->C2 + y->C1 + y->O + y->I;
}

#endif
