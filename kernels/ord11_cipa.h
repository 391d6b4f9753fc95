/* CiPAORdv1.0, the cell of the Comprehensive in vitro Proarrhythmia Assay: the endocardial cell of ord11.h with the
 * hERG channel of Li et al. 2017, "Improving the in silico assessment of proarrhythmia risk by combining hERG
 * channel-drug binding kinetics and multichannel pharmacology", Circ. Arrhythm. Electrophysiol. 10:e004628,
 * doi:10.1161/CIRCEP.116.004628, and the conductances of Dutta et al. 2017, "Optimization of an in silico cardiac cell
 * model for proarrhythmia risk assessment", Front. Physiol. 8:616, doi:10.3389/fphys.2017.00616: GNaL 2.661, GKs 1.870,
 * GK1 1.698, PCa 1.007 and GKr 1.114 / 1.1 times those of the endocardial cell.
 *
 * Numbers were compared in public codes:
 *   A  FDA/CiPA, newordherg_qNet.c with its tables of parameters and states and get_pars.R: all
 *   B  Myokit, c/ohara-cipa-v1-2017.mmt, from the CellML file that was checked against A: all
 * They agree, but B has other initial states, Kt = 0 by default, and keeps the factors of epicardial and M cells. A
 * plain transcription of the published form, with libm, agrees with all rates and currents of this header at 1,000
 * random states with random drugs to 4e-11.
 *
 *      IC1 == IC2 == IO == IObound        Rates A exp(B V) q^((37 - 20) / 10) at 37 C, V in mV. The conducting state is
 *       ||     ||    ||        ||         O. A drug binds to O and IO and is trapped in Cbound, from which channels
 *      C1  == C2  == O == Obound == Cbound    return either to Obound or to IObound.
 *
 * Drugs. hERG_D_nM and the six numbers of the drug act at once from the first beat; other currents are blocked through
 * their scales, 1 / (1 + (C / IC50)^h). scale_ICaL multiplies the whole channel, phosphorylated or not, and so the
 * release that it drives. D = 0 is control: nothing binds.
 *
 * Initial state: A's, at rest of control paced at CL 2000 ms, with which the FDA's protocol starts every drug too.
 * Protocol: 1,000 beats at CL 2000 ms with 80 A/F for 0.5 ms; qNet is the integral of INaL + ICaL + Ito + IKr + IKs +
 * IK1 over that one of the last 250 beats in which dV/dt between 30 and 90 % of repolarisation is largest. So A's
 * results of control (0.06967 uC/uF) and of 17 rows of its training set (bepridil, chlorpromazine, cisapride,
 * dofetilide, ranolazine, verapamil) come out to 0.002 % in qNet and to the millisecond in all durations with CVODE at
 * a tolerance of 1e-6, and all 48 rows to 0.21 % in qNet with the adaptive second-order step at 1e-3. It hardly matters
 * which of the last beats is taken (2e-5), since all drugs are at rest by then. */
#ifndef HC_CIPA_H
#define HC_CIPA_H

#include "invert.h"
#include "ord11_tables.h"

#define HC_CIPA_HERG "doi:10.1161/CIRCEP.116.004628"

/* Lists of the rows that only this model has: it is the fourth variant of the tables. */
#define CIPA_ONLY(number) (0, 0, 0, number)

#define CIPA_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                                                      \
  ORD11_BODY_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF)                                                             \
  CHAIN(IC1, CIPA_ONLY(0.999637), "1", "hERG, closed 1 and inactivated")                                               \
  CHAIN(IC2, CIPA_ONLY(6.83208e-05), "1", "hERG, closed 2 and inactivated")                                            \
  CHAIN(C1, CIPA_ONLY(1.80145e-08), "1", "hERG, closed 1")                                                             \
  CHAIN(C2, CIPA_ONLY(8.26619e-05), "1", "hERG, closed 2")                                                             \
  CHAIN(O, CIPA_ONLY(0.00015551), "1", "hERG, open")                                                                   \
  CHAIN(IO, CIPA_ONLY(5.67623e-05), "1", "hERG, open and inactivated")                                                 \
  CHAIN(IObound, CIPA_ONLY(0), "1", "hERG, open and inactivated, with drug")                                           \
  CHAIN(Obound, CIPA_ONLY(0), "1", "hERG, open, with drug")                                                            \
  CHAIN(Cbound, CIPA_ONLY(0), "1", "hERG, closed, with drug: trapped")

/* In this order sweeps are most accurate: 24 % fewer adaptive steps than in the opposite one. */
#define CIPA_EXCHANGES(EXCHANGE)                                                                                       \
  EXCHANGE(O, IO)                                                                                                      \
  EXCHANGE(C2, O)                                                                                                      \
  EXCHANGE(IC2, IO)                                                                                                    \
  EXCHANGE(C2, IC2)                                                                                                    \
  EXCHANGE(C1, C2)                                                                                                     \
  EXCHANGE(C1, IC1)                                                                                                    \
  EXCHANGE(IC1, IC2)                                                                                                   \
  EXCHANGE(O, Obound)                                                                                                  \
  EXCHANGE(IO, IObound)                                                                                                \
  EXCHANGE(Cbound, Obound)                                                                                             \
  EXCHANGE(Cbound, IObound)

#define CIPA_PARAMETERS(PARAMETER)                                                                                     \
  ORD11_BODY_PARAMETERS(PARAMETER)                                                                                     \
  PARAMETER(hERG_D_nM, CIPA_ONLY(0), "nM", 0, 1e9, "concentration of the drug at hERG", "a choice")                    \
  PARAMETER(hERG_Kmax, CIPA_ONLY(0), "1", 0, 1e12, "largest binding rate over unbinding rate", HC_CIPA_HERG)           \
  PARAMETER(hERG_Ku, CIPA_ONLY(0), "1/ms", 0, 1000, "rate of unbinding", HC_CIPA_HERG)                                 \
  PARAMETER(hERG_n, CIPA_ONLY(1), "1", 0.01, 10, "Hill coefficient of binding", HC_CIPA_HERG)                          \
  PARAMETER(hERG_halfmax, CIPA_ONLY(1), "nM^n", 1e-12, 1e30, "half saturation of binding, to the power of n",          \
            HC_CIPA_HERG)                                                                                              \
  PARAMETER(hERG_Vhalf, CIPA_ONLY(1), "mV", -1000, 1000, "potential at which bound channels are half trapped",         \
            HC_CIPA_HERG)                                                                                              \
  PARAMETER(hERG_Kt, CIPA_ONLY(3.5e-5), "1/ms", 0, 1000, "rate of trapping", HC_CIPA_HERG)

#define CIPA_SUMS(SUM)                                                                                                 \
  SUM(charge, "mV", "V less the charge of all ions inside over the capacitance")                                       \
  SUM(hERG, "1", "occupancy of all states of hERG")

HC_CHAIN_TYPES(cipa, CIPA_STATES, CIPA_PARAMETERS, ORD11_CURRENTS, CIPA_EXCHANGES)
HC_SUM_TYPES(cipa, CIPA_SUMS)

/* A exp(B V) q^((37 - 20) / 10), 1/ms, with A at 20 C. */
HC_FN hc_real cipa_rate(hc_real V, hc_real A, hc_real B, hc_real q)
{
  return A * hc_pow(q, 1.7) * hc_exp(B * V);
}

/* The same for |B V| < 1e-4, where two terms of the series are exact to rounding. */
HC_FN hc_real cipa_flat_rate(hc_real V, hc_real A, hc_real B, hc_real q)
{
  const hc_real x = B * V;
  return A * hc_pow(q, 1.7) * (1.0 + x + 0.5 * x * x);
}

HC_FN hc_real cipa_open_IKr(const struct cipa_state *y, const struct cipa_parameters *p, struct cipa_rates *r)
{
  const hc_real V = y->V;
  r->C1_C2.there = cipa_rate(V, 0.0264, 4.631e-05, 4.843);
  r->C1_C2.back = cipa_rate(V, 4.986e-06, -0.004226, 4.23);
  r->IC2_IO.there = cipa_rate(V, 0.001214, 0.008516, 4.962);
  r->IC2_IO.back = cipa_rate(V, 1.854e-05, -0.04641, 3.769);
  r->IC1_IC2.there = cipa_flat_rate(V, 0.0007868, 1.535e-08, 4.942);
  r->IC1_IC2.back = cipa_rate(V, 5.455e-06, -0.1688, 4.156);
  r->C2_O.there = cipa_flat_rate(V, 0.005509, 7.771e-09, 4.22);
  r->C2_O.back = cipa_rate(V, 0.001416, -0.02877, 1.459);
  r->C1_IC1.there = cipa_rate(V, 0.4492, 0.008595, 5.0);
  r->C1_IC1.back = cipa_rate(V, 0.01241, 0.1725, 5.568);
  r->C2_IC2.there = cipa_flat_rate(V, 0.3181, 3.613e-08, 4.663);
  r->C2_IC2.back = cipa_rate(V, 0.3226, -0.0006575, 5.0);
  r->O_IO.there = cipa_rate(V, 0.149, 0.004668, 2.412);
  r->O_IO.back = cipa_rate(V, 0.008978, -0.02215, 5.682);

  /* Binding Kmax Ku D^n / (D^n + halfmax) to open channels; unbinding Ku from open ones and, so that the cycle is
   * balanced, Ku times the equilibrium of inactivation from inactivated ones. */
  const hc_real Dn = hc_select(p->hERG_D_nM == 0.0, 0.0, hc_exp(p->hERG_n * hc_log(p->hERG_D_nM)));
  const struct hc_reciprocals q =
      hc_invert3(Dn + p->hERG_halfmax, r->O_IO.back, 1.0 + hc_exp((p->hERG_Vhalf - V) * (1.0 / 6.789)));
  r->O_Obound.there = r->IO_IObound.there = p->hERG_Kmax * p->hERG_Ku * Dn * q.a;
  r->O_Obound.back = p->hERG_Ku;
  r->IO_IObound.back = p->hERG_Ku * r->O_IO.there * q.b;
  r->Cbound_Obound.there = r->Cbound_IObound.there = p->hERG_Kt * q.c;
  r->Cbound_Obound.back = r->Cbound_IObound.back = p->hERG_Kt;
  return y->O;
}

#define ORD11_MODEL cipa
#include "ord11_body.h"

HC_FN void cipa_sums_of(const struct cipa_state *y, const struct cipa_parameters *p, struct cipa_sums *s)
{
  s->charge = cipa_charge(y, p);
  s->hERG = (y->IC1 + y->IC2 + y->C1 + y->C2 + y->O + y->IO) + (y->IObound + y->Obound + y->Cbound);
}

#endif
