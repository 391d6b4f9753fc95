/* The sodium-calcium exchanger and the sodium-potassium pump of O'Hara, Virag, Varro & Rudy 2011 (ORd),
 * doi:10.1371/journal.pcbi.1002061, whose cycles of states and rates models that descend from it (ToR-ORd, Trovato
 * 2020) keep and scale. Concentrations in mM, rates inside in 1/s; results per unit of the current's amplitude.
 *
 * Form. Published quantities h1 ... h12, k1 ... k8, x1 ... x4, E1 ... E4 keep their names; fractions are merged, so
 * that nothing is divided by an exponential: with q = exp(0.5224 FV / RT) and g = (1 + q) Nao / 88.12, the published h7
 * = 1 + (1 + 1 / q) Nao / 88.12 is (q + g) / q. */
#ifndef HC_ORD_TRANSPORT_H
#define HC_ORD_TRANSPORT_H

#include "kmath.h"

/* What the exchangers of all compartments of a cell share: the voltage and the outside. */
struct ord_exchanger {
  hc_real q, down_ca;       /* exp(0.5224 FV / RT), exp(-0.167 FV / RT) */
  hc_real k1, k3, k3pp, k8; /* 1/s */
};

#define ORD_NA1 15.0    /* mM: kna1 */
#define ORD_NA2 5.0     /* mM: kna2 */
#define ORD_NA3 88.12   /* mM: kna3 */
#define ORD_CA_ON 1.5e6 /* 1/(mM s): kcaon */
#define ORD_CA_OFF 5e3  /* 1/s: kcaoff, k2 and k5 */
#define ORD_WNA 6e4     /* 1/s: wna and wca */
#define ORD_WNACA 5e3   /* 1/s: wnaca */

/* x = FV / RT. */
HC_FN struct ord_exchanger ord_exchanger_of(hc_real x, hc_real Nao, hc_real Cao)
{
  struct ord_exchanger e;
  e.q = hc_exp(0.5224 * x);
  e.down_ca = hc_exp(-0.167 * x);
  const hc_real n3 = Nao * (1.0 / ORD_NA3), per_h7q = 1.0 / (e.q + n3 * (1.0 + e.q));
  const hc_real h8 = n3 * per_h7q, h9 = e.q * per_h7q;
  const hc_real h10 = 13.5 + Nao * (1.0 / ORD_NA1) * (1.0 + Nao * (1.0 / ORD_NA2)); /* 13.5: kasymm + 1 */
  const hc_real h11 = hc_square(Nao) * (1.0 / (ORD_NA1 * ORD_NA2)) / h10;
  e.k1 = Cao * ORD_CA_ON / h10;
  e.k3pp = h8 * ORD_WNACA;
  e.k3 = h9 * ORD_WNA + e.k3pp;
  e.k8 = h8 * h11 * ORD_WNA;
  return e;
}

/* INaCa of one compartment with inner concentrations Na and Ca, over Gncx and the compartment's share. */
HC_FN hc_real ord_exchange(const struct ord_exchanger *e, hc_real Na, hc_real Ca, hc_real KmCaAct)
{
  const hc_real k2 = ORD_CA_OFF, k5 = ORD_CA_OFF, n3 = Na * (1.0 / ORD_NA3);
  const hc_real h3 = 1.0 / (1.0 + n3 * (1.0 + e->q)), h2 = n3 * e->q * h3;
  const hc_real h6 = 1.0 / (1.0 + Na * (1.0 / ORD_NA1) * (1.0 + Na * (1.0 / ORD_NA2)));
  const hc_real h5 = hc_square(Na) * (1.0 / (ORD_NA1 * ORD_NA2)) * h6;
  const hc_real k4pp = h2 * ORD_WNACA, k4 = h3 * ORD_WNA * e->down_ca + k4pp;
  const hc_real k6 = h6 * Ca * ORD_CA_ON, k7 = h5 * h2 * ORD_WNA;
  const hc_real x1 = k2 * k4 * (k7 + k6) + k5 * k7 * (k2 + e->k3);
  const hc_real x2 = e->k1 * k7 * (k4 + k5) + k4 * k6 * (e->k1 + e->k8);
  const hc_real x3 = e->k1 * e->k3 * (k7 + k6) + e->k8 * k6 * (k2 + e->k3);
  const hc_real x4 = k2 * e->k8 * (k4 + k5) + e->k3 * k5 * (e->k1 + e->k8);
  /* 3 (E4 k7 - E1 k8) + E3 k4'' - E2 k3'' of sodium and twice (E2 k2 - E1 k1) of calcium, E = x / (x1 + ... + x4);
   * allosteric activation 1 / (1 + (KmCaAct / Ca)^2) */
  const hc_real cycles = 3.0 * (x4 * k7 - x1 * e->k8) + (x3 * k4pp - x2 * e->k3pp) + 2.0 * (x2 * k2 - x1 * e->k1);
  const hc_real ca2 = hc_square(Ca);
  return cycles * ca2 / ((x1 + x2 + x3 + x4) * (ca2 + hc_square(KmCaAct)));
}

#define ORD_ATP (9.8 / 1.698e-7) /* MgATP / Kmgatp */

/* INaK over Pnak, x = FV / RT. */
HC_FN hc_real ord_pump(hc_real x, hc_real Na, hc_real K, hc_real Nao, hc_real Ko)
{
  /* Na over Knai = 9.073 exp(-0.155 x / 3) inside, over Knao = 27.78 exp(1.155 x / 3) outside */
  const hc_real n = Na * (1.0 / 9.073) * hc_exp(x * (0.155 / 3.0));
  const hc_real no = Nao * (1.0 / 27.78) * hc_exp(x * (-1.155 / 3.0));
  const hc_real k = K * (1.0 / 0.5), ko = Ko * (1.0 / 0.3582);
  const hc_real inside = 1.0 / (hc_cube(1.0 + n) + k * (k + 2.0)); /* (1 + k)^2 - 1 = k (k + 2) */
  const hc_real outside = 1.0 / (hc_cube(1.0 + no) + ko * (ko + 2.0));
  const hc_real P = 4.2 / (1.0 + 1e-7 / 1.698e-7 + Na * (1.0 / 224.0) + K * (1.0 / 292.0));
  const hc_real a1 = 949.5 * hc_cube(n) * inside, b1 = 182.4 * 0.05, a2 = 687.2, b2 = 39.4 * hc_cube(no) * outside;
  const hc_real a3 = 1899.0 * hc_square(ko) * outside, b3 = P * (79300.0 * 1e-7 / (1.0 + ORD_ATP));
  const hc_real a4 = 639.0 * ORD_ATP / (1.0 + ORD_ATP), b4 = 40.0 * hc_square(k) * inside;
  const hc_real x1 = a4 * a1 * a2 + b2 * b4 * b3 + a2 * b4 * b3 + b3 * a1 * a2;
  const hc_real x2 = b2 * b1 * b4 + a1 * a2 * a3 + a3 * b1 * b4 + a2 * a3 * b4;
  const hc_real x3 = a2 * a3 * a4 + b3 * b2 * b1 + b2 * b1 * a4 + a3 * a4 * b1;
  const hc_real x4 = b4 * b3 * b2 + a3 * a4 * a1 + b2 * a4 * a1 + b3 * b2 * a1;
  /* 3 (E1 a3 - E2 b3) of sodium and 2 (E4 b1 - E3 a1) of potassium */
  return (3.0 * (x1 * a3 - x2 * b3) + 2.0 * (x4 * b1 - x3 * a1)) / (x1 + x2 + x3 + x4);
}

#endif
