/* O'Hara, Virag, Varro & Rudy 2011: all equations but those of IKr. ord11.h and ord11_cipa.h include it after their
 * types (see there for sources), each once, with ORD11_MODEL defined as the model's name, and after
 *
 *   HC_FN hc_real <model>_open_IKr(const struct <model>_state *y, const struct <model>_parameters *p,
 *                                  struct <model>_rates *r)
 *
 * which gives the conducting fraction of the hERG channels and writes the rates of their states.
 *
 * Form. Exponentials whose slopes are multiples of each other are powers of one, and reciprocals are taken together
 * (invert.h); comments give the published form. Phosphorylated channels: those whose names end in p. x = V F / RT. */
#include "invert.h"
#include "ord11_tables.h"

#define ORD11_PASTE_(a, b) a##b
#define ORD11_PASTE(a, b) ORD11_PASTE_(a, b)
#define ORD11_OF(suffix) ORD11_PASTE(ORD11_MODEL, suffix)

#ifndef HC_ORD11_BODY_H
#define HC_ORD11_BODY_H

/* What several currents and fluxes need. */
struct ord11_shared {
  hc_real x, exp_x, ghk, ghk2;         /* V F / RT, exp(x), x / (exp(x) - 1), 2x / (exp(2x) - 1) */
  hc_real up20, up10;                  /* exp(V / 20 mV), exp(V / 10 mV) */
  hc_real ENa, EK, EKs;                /* mV */
  hc_real CaMKb, fp;                   /* CaMKII active by calmodulin; fraction of channels phosphorylated */
  hc_real from_cai, Jupnp, Jupp, pump; /* 1 / (1 + (3.8e-5 / Cai)^1.4); uptake over its largest, IpCa over its */
  hc_real free_i, free_ss, free_jsr;   /* free over total calcium, for small changes */
};

/* What INaCa takes from V and from outside, for both sides. */
struct ord11_exchanger {
  hc_real hna, to_ca, k1, k3, k3pp, k8; /* exp(qna x), wca / exp(qca x), rates of the published cycle, 1/s */
};

#define ORD11_KNA1 15.0
#define ORD11_KNA2 5.0
#define ORD11_KNA3 88.12
#define ORD11_KCAON 1.5e6
#define ORD11_KCAOFF 5e3
#define ORD11_WNA 6e4
#define ORD11_WCA 6e4
#define ORD11_WNACA 5e3

HC_FN struct ord11_exchanger ord11_exchanger_of(hc_real x, hc_real nao, hc_real cao)
{
  const hc_real n = nao * (1.0 / ORD11_KNA3), n1 = nao * (1.0 / ORD11_KNA1);
  struct ord11_exchanger e;
  e.hna = hc_exp(0.5224 * x);
  e.to_ca = ORD11_WCA * hc_exp(-0.167 * x);
  /* h7 = 1 + n (1 + 1 / hna), h8 = n / (hna h7), h9 = 1 / h7; h10 = 13.5 + n1 (1 + nao / kna2), h11 = n1 nao / (kna2
   * h10), h12 = 1 / h10 */
  const struct hc_reciprocals q = hc_invert2(e.hna + n * (e.hna + 1.0), 13.5 + n1 * (1.0 + nao * (1.0 / ORD11_KNA2)));
  const hc_real h8 = n * q.a;
  e.k1 = cao * ORD11_KCAON * q.b;
  e.k3pp = h8 * ORD11_WNACA;
  e.k3 = e.hna * q.a * ORD11_WCA + e.k3pp;
  e.k8 = h8 * n1 * nao * (ORD11_WNA / ORD11_KNA2) * q.b;
  return e;
}

/* allo (JncxNa + 2 JncxCa), 1/s, of the side with na and ca [mM]. */
HC_FN hc_real ord11_exchange(const struct ord11_exchanger *e, hc_real na, hc_real ca, hc_real KmCaAct)
{
  const hc_real k2 = ORD11_KCAOFF, k5 = ORD11_KCAOFF, k1 = e->k1, k3 = e->k3, k8 = e->k8;
  const hc_real n3 = na * (1.0 / ORD11_KNA3), n1 = na * (1.0 / ORD11_KNA1), n2 = na * (1.0 / ORD11_KNA2);
  /* h1 = 1 + n3 (1 + hna), h2 = n3 hna / h1, h3 = 1 / h1; h4 = 1 + n1 (1 + n2), h5 = n1 n2 / h4, h6 = 1 / h4 */
  const struct hc_reciprocals q = hc_invert2(1.0 + n3 * (1.0 + e->hna), 1.0 + n1 * (1.0 + n2));
  const hc_real h2 = n3 * e->hna * q.a;
  const hc_real k4pp = h2 * ORD11_WNACA, k4 = q.a * e->to_ca + k4pp;
  const hc_real k6 = q.b * ca * ORD11_KCAON, k7 = n1 * n2 * q.b * h2 * ORD11_WNA;
  const hc_real x1 = k2 * k4 * (k7 + k6) + k5 * k7 * (k2 + k3), x2 = k1 * k7 * (k4 + k5) + k4 * k6 * (k1 + k8);
  const hc_real x3 = k1 * k3 * (k7 + k6) + k8 * k6 * (k2 + k3), x4 = k2 * k8 * (k4 + k5) + k3 * k5 * (k1 + k8);
  /* with E = x / (x1 + x2 + x3 + x4): JncxNa = 3 (E4 k7 - E1 k8) + E3 k4pp - E2 k3pp, JncxCa = E2 k2 - E1 k1,
   * allo = 1 / (1 + (KmCaAct / ca)^2) */
  const hc_real net = 3.0 * (x4 * k7 - x1 * k8) + x3 * k4pp - x2 * e->k3pp + 2.0 * (x2 * k2 - x1 * k1);
  const hc_real ca2 = hc_square(ca);
  return ca2 * net / ((x1 + x2 + x3 + x4) * (ca2 + hc_square(KmCaAct)));
}

/* INaK over PNaK, 1/s: Smith & Crampin's cycle (doi:10.1016/j.pbiomolbio.2004.01.010). */
HC_FN hc_real ord11_pump(hc_real x, hc_real nai, hc_real ki, hc_real nao, hc_real ko)
{
  /* a = nai / Knai with Knai = 9.073 exp(delta x / 3), b = nao / Knao with Knao = 27.78 exp((1 - delta) x / 3), delta =
   * -0.155 */
  const hc_real a = nai * (1.0 / 9.073) * hc_exp(x * (0.155 / 3.0));
  const hc_real b = nao * (1.0 / 27.78) * hc_exp(x * (-1.155 / 3.0));
  const hc_real c = ki * (1.0 / 0.5), d = ko * (1.0 / 0.3582);
  const hc_real atp = 9.8 / 1.698e-7; /* MgATP / Kmgatp */
  const struct hc_reciprocals q =
      hc_invert3(hc_cube(1.0 + a) + hc_square(1.0 + c) - 1.0, hc_cube(1.0 + b) + hc_square(1.0 + d) - 1.0,
                 1.0 + 1e-7 / 1.698e-7 + nai * (1.0 / 224.0) + ki * (1.0 / 292.0));
  const hc_real a1 = 949.5 * hc_cube(a) * q.a, b4 = 40.0 * hc_square(c) * q.a;
  const hc_real b2 = 39.4 * hc_cube(b) * q.b, a3 = 1899.0 * hc_square(d) * q.b;
  const hc_real b3 = 79300.0 * 4.2 * 1e-7 / (1.0 + atp) * q.c; /* k3m P H / (1 + atp), P = eP q.c */
  const hc_real b1 = 182.4 * 0.05, a2 = 687.2, a4 = 639.0 * atp / (1.0 + atp);
  const hc_real x1 = a4 * a1 * a2 + b2 * b4 * b3 + a2 * b4 * b3 + b3 * a1 * a2;
  const hc_real x2 = b2 * b1 * b4 + a1 * a2 * a3 + a3 * b1 * b4 + a2 * a3 * b4;
  const hc_real x3 = a2 * a3 * a4 + b3 * b2 * b1 + b2 * b1 * a4 + a3 * a4 * b1;
  const hc_real x4 = b4 * b3 * b2 + a3 * a4 * a1 + b2 * a4 * a1 + b3 * b2 * a1;
  return (3.0 * (x1 * a3 - x2 * b3) + 2.0 * (x4 * b1 - x3 * a1)) / (x1 + x2 + x3 + x4);
}
#endif

HC_FN void ORD11_OF(_share)(const struct ORD11_OF(_state) * y, const struct ORD11_OF(_parameters) * p,
                            struct ord11_shared *s)
{
  const hc_real FRT = ORD11_F / ORD11_R / p->T, RTF = ORD11_R / ORD11_F * p->T;
  s->x = y->V * FRT;
  s->exp_x = hc_expm1(s->x) + 1.0;
  s->ghk = hc_x_over_expm1(s->x);
  s->ghk2 = 2.0 * s->ghk / (s->exp_x + 1.0);
  s->up20 = hc_exp(y->V * (1.0 / 20.0));
  s->up10 = hc_square(s->up20);

  const struct hc_reciprocals in = hc_invert3(y->Nai, y->Ki, y->Ki + p->PKNa * y->Nai);
  s->ENa = RTF * hc_log(p->Nao * in.a);
  s->EK = RTF * hc_log(p->Ko * in.b);
  s->EKs = RTF * hc_log((p->Ko + p->PKNa * p->Nao) * in.c);

  /* CaMKb = CaMKo (1 - CaMKt) / (1 + KmCaM / Cass), fp = 1 / (1 + KmCaMK / (CaMKb + CaMKt)) */
  const hc_real c = y->Cass + p->KmCaM, bound = p->CaMKo * (1.0 - y->CaMKt) * y->Cass, active = bound + y->CaMKt * c;
  const hc_real s1 = hc_square(y->Cass + p->KmBSR), s2 = hc_square(y->Cass + p->KmBSL), s12 = s1 * s2;
  const struct hc_reciprocals ss =
      hc_invert3(c, active + p->KmCaMK * c, s12 + p->BSRmax * p->KmBSR * s2 + p->BSLmax * p->KmBSL * s1);
  s->CaMKb = bound * ss.a;
  s->fp = active * ss.b;
  s->free_ss = s12 * ss.c;

  const hc_real m1 = hc_square(y->Cai + p->kmcmdn), m2 = hc_square(y->Cai + p->kmtrpn), m12 = m1 * m2;
  const hc_real ca14 = hc_exp(-1.4 * hc_log(y->Cai * (1.0 / 3.8e-5))); /* (3.8e-5 / Cai)^1.4 */
  const struct hc_reciprocals up =
      hc_invert4(y->Cai + p->Kup, y->Cai + p->Kup - 0.00017, y->Cai + p->KmCap, 1.0 + ca14);
  s->free_i = m12 / (m12 + p->cmdnmax * p->kmcmdn * m2 + p->trpnmax * p->kmtrpn * m1);
  s->Jupnp = y->Cai * up.a;
  s->Jupp = 2.75 * y->Cai * up.b;
  s->pump = y->Cai * up.c;
  s->from_cai = up.d;
}

/* INa: m, hf, hs, j, hsp, jp; INaL: mL, hL, hLp. */
HC_FN void ORD11_OF(_sodium_gates)(hc_real V, const struct ORD11_OF(_parameters) * p, struct ORD11_OF(_rates) * r)
{
  const hc_real h = hc_exp((V + 82.9) * (1.0 / 6.086)), hL = hc_exp((V + 87.61) * (1.0 / 7.488));
  const struct hc_reciprocals m =
      hc_invert2(1.0 + hc_exp((V + 39.57) * (-1.0 / 9.871)), 1.0 + hc_exp((V + 42.85) * (-1.0 / 5.264)));
  const struct hc_reciprocals q =
      hc_invert4(1.0 + h, 1.0 + h * hc_exp(6.2 / 6.086), 1.0 + hL, 1.0 + hL * hc_exp(6.2 / 7.488));
  r->m.inf = m.a;
  r->mL.inf = m.b;
  r->m.k = r->mL.k = 6.765 * hc_exp((V + 11.64) * (1.0 / 34.77)) + 8.552 * hc_exp((V + 77.42) * (-1.0 / 5.955));
  r->hf.inf = r->hs.inf = r->j.inf = r->jp.inf = q.a;
  r->hsp.inf = q.b;
  r->hL.inf = q.c;
  r->hLp.inf = q.d;
  r->hf.k = 1.432e-5 * hc_exp((V + 1.196) * (-1.0 / 6.285)) + 6.149 * hc_exp((V + 0.5096) * (1.0 / 20.27));
  r->hs.k = 0.009794 * hc_exp((V + 17.95) * (-1.0 / 28.05)) + 0.3343 * hc_exp((V + 5.73) * (1.0 / 56.66));
  r->hsp.k = r->hs.k * (1.0 / 3.0);
  /* tau_j = 2.038 + 1 / s */
  const hc_real s = 0.02136 * hc_exp((V + 100.6) * (-1.0 / 8.281)) + 0.3052 * hc_exp((V + 0.9941) * (1.0 / 38.45));
  const struct hc_reciprocals k = hc_invert2(2.038 * s + 1.0, p->thL);
  r->j.k = s * k.a;
  r->jp.k = r->j.k * (1.0 / 1.46);
  r->hL.k = k.b;
  r->hLp.k = k.b * (1.0 / 3.0);
}

/* Ito: a, iF, iS, ap, iFp, iSp. */
HC_FN void ORD11_OF(_Ito_gates)(hc_real V, hc_real up20, const struct ORD11_OF(_parameters) * p,
                                struct ORD11_OF(_rates) * r)
{
  const hc_real up14 = hc_exp((V - 14.34) * (-1.0 / 14.82));
  const struct hc_reciprocals q =
      hc_invert3(1.0 + up14, 1.0 + up14 * hc_exp(10.0 / 14.82), 1.0 + hc_exp((V + 43.94) * (1.0 / 5.711)));
  r->a.inf = q.a;
  r->ap.inf = q.b;
  r->iF.inf = r->iS.inf = r->iFp.inf = r->iSp.inf = q.c;
  /* tau_a = 1.0515 / (1 / (1.2089 (1 + exp(-(V - 18.4099) / 29.3814))) + 3.5 / (1 + exp((V + 100) / 29.3814))); with u
   * = exp(V / 29.3814) these are 1 + c / u and 1 + d u */
  const hc_real u = hc_exp(V * (1.0 / 29.3814));
  const hc_real low = u + hc_exp(18.4099 / 29.3814), high = 1.0 + u * hc_exp(100.0 / 29.3814);
  r->a.k = r->ap.k = (u * high * (1.0 / 1.2089) + 3.5 * low) / (1.0515 * low * high);
  /* tau_iF = (4.562 + 1 / f) epi, tau_iS = (23.62 + 1 / s) epi, epi = 1 - ito_epi / (1 + exp((V + 70) / 5)); times
   * develop recover if phosphorylated: develop = 1.354 + 1e-4 / w, recover = 1 - 0.5 / (1 + exp((V + 70) / 20)), w =
   * exp((V - 167.4) / 15.89) + exp(-(V - 12.23) / 0.2154). The last exponent is cut at 60, where 1e-4 / w is far below
   * rounding. */
  const hc_real f = 0.3933 * hc_exp((V + 100.0) * (-1.0 / 100.0)) + 0.08004 * hc_exp((V + 50.0) * (1.0 / 16.59));
  const hc_real s = 0.001416 * hc_exp((V + 96.52) * (-1.0 / 59.05)) + 1.78e-8 * hc_exp((V + 114.1) * (1.0 / 8.079));
  const hc_real late = (V - 12.23) * (-1.0 / 0.2154);
  const hc_real w = hc_exp((V - 167.4) * (1.0 / 15.89)) + hc_exp(hc_select(late > 60.0, 60.0, late));
  const hc_real up = up20 * hc_exp(3.5), epi = hc_square(hc_square(up));
  const struct hc_reciprocals tau =
      hc_invert4(4.562 * f + 1.0, 23.62 * s + 1.0, epi + 1.0 - p->ito_epi, (1.354 * w + 1e-4) * (up + 0.5));
  const hc_real faster = (epi + 1.0) * tau.c, slower = w * (up + 1.0) * tau.d;
  r->iF.k = f * tau.a * faster;
  r->iS.k = s * tau.b * faster;
  r->iFp.k = r->iF.k * slower;
  r->iSp.k = r->iS.k * slower;
}

/* ICaL: d, ff, fs, fcaf, fcas, jca, nca, ffp, fcafp. */
HC_FN void ORD11_OF(_calcium_gates)(const struct ORD11_OF(_state) * y, const struct ord11_shared *e,
                                    const struct ORD11_OF(_parameters) * p, struct ORD11_OF(_rates) * r)
{
  const hc_real V = y->V;
  const struct hc_reciprocals q =
      hc_invert3(1.0 + hc_exp((V + 3.94) * (-1.0 / 4.23)), 1.0 + hc_exp((V + 19.58) * (1.0 / 3.696)), p->tjca);
  r->d.inf = q.a;
  r->ff.inf = r->fs.inf = r->fcaf.inf = r->fcas.inf = r->jca.inf = r->ffp.inf = r->fcafp.inf = q.b;
  r->jca.k = q.c;
  /* tau_d = 0.6 + 1 / (exp(-0.05 (V + 6)) + exp(0.09 (V + 14))) */
  const hc_real d = hc_exp(-0.3) + e->up20 * hc_exp(0.09 * (V + 14.0));
  /* tau_ff = 7 + 1 / (0.0045 (1 / u + u)), u = exp((V + 20) / 10) */
  const hc_real u = e->up10 * hc_exp(2.0), ff = 0.0045 * (1.0 + hc_square(u));
  /* tau_fs = 1000 + 1 / (0.000035 (exp(-(V + 5) / 4) + exp((V + 5) / 6))), w = exp((V + 5) / 12) */
  const hc_real w = hc_exp((V + 5.0) * (1.0 / 12.0)), w2 = hc_square(w), w3 = w * w2;
  const hc_real fs = 0.000035 * (1.0 + w2 * w3);
  /* tau_fcaf = 7 + 1 / (0.04 (1 / z + z)), z = exp((V - 4) / 7); tau_fcas = 100 + 1 / (0.00012 (exp(-V / 3) + exp(V /
   * 7))), g = exp(V / 21) */
  const hc_real g = hc_exp(V * (1.0 / 21.0)), g3 = hc_cube(g), g7 = hc_square(g3) * g;
  const hc_real z = g3 * hc_exp(-4.0 / 7.0), fcaf = 0.04 * (1.0 + hc_square(z)), fcas = 0.00012 * (1.0 + g7 * g3);
  const struct hc_reciprocals k = hc_invert4(0.6 * d + e->up20, 7.0 * ff + u, 7.0 * fcaf + z, 100.0 * fcas + g7);
  r->d.k = d * k.a;
  r->ff.k = ff * k.b;
  r->ffp.k = r->ff.k * (1.0 / 2.5);
  r->fcaf.k = fcaf * k.c;
  r->fcafp.k = r->fcaf.k * (1.0 / 2.5);
  r->fcas.k = fcas * k.d;
  /* dnca/dt = anca k2n - nca km2n, anca = 1 / (k2n / km2n + (1 + Kmn / Cass)^4), k2n = 1000, km2n = jca */
  const hc_real c4 = 1000.0 * hc_square(hc_square(y->Cass));
  const struct hc_reciprocals last = hc_invert2(c4 + y->jca * hc_square(hc_square(y->Cass + p->Kmn)), 1000.0 * fs + w3);
  r->nca.inf = c4 * last.a;
  r->nca.k = y->jca;
  r->fs.k = fs * last.b;
}

/* IKs: xs1, xs2; IK1: xk1. */
HC_FN void ORD11_OF(_potassium_gates)(hc_real V, hc_real up20, const struct ORD11_OF(_parameters) * p,
                                      struct ORD11_OF(_rates) * r)
{
  /* tau_xs1 = 817.3 + 1 / s */
  const hc_real s = 2.326e-4 * hc_exp((V + 48.28) * (1.0 / 17.8)) + 0.001292 * hc_exp((V + 210.0) * (-1.0 / 230.0));
  const hc_real k1 = (V + 2.5538 * p->Ko + 144.59) / (1.5692 * p->Ko + 3.8115);
  const struct hc_reciprocals q =
      hc_invert3(1.0 + hc_exp((V + 11.6) * (-1.0 / 8.932)), 817.3 * s + 1.0, 1.0 + hc_exp(-k1));
  r->xs1.inf = r->xs2.inf = q.a;
  r->xs1.k = s * q.b;
  r->xs2.k = 0.01 * hc_exp(-2.5) * up20 + 0.0193 * hc_exp((V + 66.54) * (-1.0 / 31.0));
  r->xk1.inf = q.c;
  r->xk1.k = (hc_exp((V + 127.2) * (-1.0 / 20.36)) + hc_exp((V + 236.8) * (1.0 / 69.33))) * (1.0 / 122.2);
}

/* Of the L-type channels, the fraction that conducts, phosphorylated ones 1.1 times. */
HC_FN hc_real ORD11_OF(_open_ICaL)(const struct ORD11_OF(_state) * y, hc_real fp, hc_real fast)
{
  const hc_real slow = (1.0 - fast) * y->fcas, fs = 0.4 * y->fs;
  const hc_real open = (0.6 * y->ff + fs) * (1.0 - y->nca) + y->jca * (fast * y->fcaf + slow) * y->nca;
  const hc_real openp = (0.6 * y->ffp + fs) * (1.0 - y->nca) + y->jca * (fast * y->fcafp + slow) * y->nca;
  return y->d * ((1.0 - fp) * open + 1.1 * fp * openp);
}

HC_FN void ORD11_OF(_currents_of)(const struct ORD11_OF(_state) * y, const struct ord11_shared *e, hc_real open_IKr,
                                  const struct ORD11_OF(_parameters) * p, struct ORD11_OF(_currents) * i)
{
  const hc_real V = y->V, VK = V - e->EK, root_Ko = hc_sqrt(p->Ko), fp = e->fp, fnp = 1.0 - fp;
  /* Fractions: fast inactivation of Ito and calcium inactivation of ICaL (0.3 + 0.6 q), activation of IKb, IK1. */
  const struct hc_reciprocals q =
      hc_invert4(1.0 + hc_exp((V - 213.6) * (1.0 / 151.2)), 1.0 + e->up10 * hc_exp(-1.0),
                 1.0 + hc_exp((V - 14.48) * (-1.0 / 18.34)), 1.0 + hc_exp((V + 105.8 - 2.6 * p->Ko) * (1.0 / 9.493)));

  i->INa = p->scale.INa * p->GNa * (V - e->ENa) * hc_cube(y->m) *
           (fnp * (0.99 * y->hf + 0.01 * y->hs) * y->j + fp * (0.99 * y->hf + 0.01 * y->hsp) * y->jp);
  i->INaL = p->scale.INaL * p->GNaL * (V - e->ENa) * y->mL * (fnp * y->hL + fp * y->hLp);
  i->Ito = p->scale.Ito * p->Gto * VK *
           (fnp * y->a * (q.a * y->iF + (1.0 - q.a) * y->iS) + fp * y->ap * (q.a * y->iFp + (1.0 - q.a) * y->iSp));

  const hc_real to_cytosol = ORD11_F * (e->ghk + e->x), outward = ORD11_F * e->ghk;
  const hc_real ca_in = 2.0 * ORD11_F * (e->ghk2 + 2.0 * e->x), ca_out = 2.0 * ORD11_F * 0.341 * p->Cao * e->ghk2;
  const hc_real L = p->scale.ICaL * p->PCa * ORD11_OF(_open_ICaL)(y, fp, 0.3 + 0.6 * q.b);
  i->ICaL = L * (y->Cass * ca_in - ca_out);
  i->ICaNa = p->scale.ICaNa * L * p->pCaNa * 0.75 * (y->Nass * to_cytosol - p->Nao * outward);
  i->ICaK = p->scale.ICaK * L * p->pCaK * 0.75 * (y->Kss * to_cytosol - p->Ko * outward);
  i->ICab = p->scale.ICab * p->PCab * (y->Cai * ca_in - ca_out);
  i->INab = p->scale.INab * p->PNab * (y->Nai * to_cytosol - p->Nao * outward);

  i->IKr = p->scale.IKr * p->GKr * root_Ko * 0.4303314829119352 * open_IKr * VK; /* sqrt(Ko / 5.4 mM) */
  i->IKs = p->scale.IKs * p->GKs * (1.0 + 0.6 * e->from_cai) * y->xs1 * y->xs2 * (V - e->EKs);
  i->IK1 = p->scale.IK1 * p->GK1 * root_Ko * q.d * y->xk1 * VK;
  i->IKb = p->scale.IKb * p->GKb * q.c * VK;
  i->IpCa = p->scale.IpCa * p->GpCa * e->pump;
  i->INaK = p->scale.INaK * p->PNaK * ord11_pump(e->x, y->Nai, y->Ki, p->Nao, p->Ko);

  const struct ord11_exchanger ncx = ord11_exchanger_of(e->x, p->Nao, p->Cao);
  i->INaCa_i = p->scale.INaCa_i * p->Gncx * (1.0 - p->ncx_ss) * ord11_exchange(&ncx, y->Nai, y->Cai, p->KmCaAct);
  i->INaCa_ss = p->scale.INaCa_ss * p->Gncx * p->ncx_ss * ord11_exchange(&ncx, y->Nass, y->Cass, p->KmCaAct);
}

/* Release and its gates, uptake, concentrations, CaMKII. Fluxes in mM/ms. */
HC_FN void ORD11_OF(_concentrations)(const struct ORD11_OF(_state) * y, hc_real stim, const struct ord11_shared *e,
                                     const struct ORD11_OF(_parameters) * p, struct ORD11_OF(_rates) * r,
                                     struct ORD11_OF(_currents) * i)
{
  const hc_real per_charge = p->Acap * (1.0 / ORD11_F); /* A/F -> nmol/ms of a monovalent ion */
  const struct hc_reciprocals volume = hc_invert4(p->vmyo, p->vss, p->vnsr, p->vjsr);
  const hc_real myo = per_charge * volume.a, ss = per_charge * volume.b, ss_in_myo = p->vss * volume.a;
  const struct hc_reciprocals time = hc_invert3(p->tdiff, p->tdiff_Ca, p->ttr);

  /* inf = a_rel bt (-ICaL) / (1 + (1.5 / CaJSR)^8), tau = bt / (1 + 0.0123 / CaJSR), at least 0.001 ms; phosphorylated:
   * bt is 1.25 times that. The bound counts: M cells empty the JSR, and CaJSR passes zero there. */
  const hc_real c8 = hc_square(hc_square(hc_square(y->CaJSR * (1.0 / 1.5)))), j2 = hc_square(y->CaJSR + p->kmcsqn);
  const struct hc_reciprocals jsr = hc_invert3(1.0 + c8, y->CaJSR + 0.0123, j2 + p->csqnmax * p->kmcsqn);
  const hc_real tau = p->bt * y->CaJSR * jsr.b, taup = 1.25 * tau;
  const struct hc_reciprocals rate =
      hc_invert2(hc_select(tau < 0.001, 0.001, tau), hc_select(taup < 0.001, 0.001, taup));
  r->Jrelnp.inf = -p->a_rel * p->bt * i->ICaL * c8 * jsr.a;
  r->Jrelnp.k = rate.a;
  r->Jrelp.inf = 1.25 * r->Jrelnp.inf;
  r->Jrelp.k = rate.b;

  i->Jrel = p->scale.Jrel * ((1.0 - e->fp) * y->Jrelnp + e->fp * y->Jrelp);
  i->Jup = p->scale.Jup * p->Jup_max * ((1.0 - e->fp) * e->Jupnp + e->fp * e->Jupp);
  i->Jleak = p->scale.Jleak * p->Jleak_rate * y->CaNSR;
  const hc_real uptake = i->Jup - i->Jleak, Jtr = (y->CaNSR - y->CaJSR) * time.c;
  const hc_real JdiffNa = (y->Nass - y->Nai) * time.a, JdiffK = (y->Kss - y->Ki) * time.a;
  const hc_real Jdiff = (y->Cass - y->Cai) * time.b;

  r->Nai = -myo * (i->INa + i->INaL + i->INab + 3.0 * (i->INaCa_i + i->INaK)) + JdiffNa * ss_in_myo;
  r->Nass = -ss * (i->ICaNa + 3.0 * i->INaCa_ss) - JdiffNa;
  r->Ki = -myo * (i->Ito + i->IKr + i->IKs + i->IK1 + i->IKb - 2.0 * i->INaK - stim) + JdiffK * ss_in_myo;
  r->Kss = -ss * i->ICaK - JdiffK;
  r->Cai = e->free_i *
           (-0.5 * myo * (i->IpCa + i->ICab - 2.0 * i->INaCa_i) - uptake * p->vnsr * volume.a + Jdiff * ss_in_myo);
  r->Cass = e->free_ss * (-0.5 * ss * (i->ICaL - 2.0 * i->INaCa_ss) + i->Jrel * p->vjsr * volume.b - Jdiff);
  r->CaNSR = uptake - Jtr * p->vjsr * volume.c;
  r->CaJSR = j2 * jsr.c * (Jtr - i->Jrel);
  r->CaMKt = p->aCaMK * e->CaMKb * (e->CaMKb + y->CaMKt) - p->bCaMK * y->CaMKt;
}

HC_FN void ORD11_OF(_rhs)(hc_real t, const struct ORD11_OF(_state) * y, hc_real stim,
                          const struct ORD11_OF(_parameters) * p, struct ORD11_OF(_rates) * r,
                          struct ORD11_OF(_currents) * i)
{
  struct ord11_shared e;
  (void)t;
  ORD11_OF(_share)(y, p, &e);
  ORD11_OF(_sodium_gates)(y->V, p, r);
  ORD11_OF(_Ito_gates)(y->V, e.up20, p, r);
  ORD11_OF(_calcium_gates)(y, &e, p, r);
  ORD11_OF(_potassium_gates)(y->V, e.up20, p, r);
  ORD11_OF(_currents_of)(y, &e, ORD11_OF(_open_IKr)(y, p, r), p, i);
  ORD11_OF(_concentrations)(y, stim, &e, p, r, i);
  r->V = stim - (i->INa + i->INaL + i->Ito + i->ICaL + i->ICaNa + i->ICaK + i->IKr + i->IKs + i->IK1 + i->INaCa_i +
                 i->INaCa_ss + i->INaK + i->INab + i->ICab + i->IKb + i->IpCa);
}

/* V less the charge of all ions inside, free and bound, over the capacitance, mV. */
HC_FN hc_real ORD11_OF(_charge)(const struct ORD11_OF(_state) * y, const struct ORD11_OF(_parameters) * p)
{
  const hc_real cai = y->Cai + p->cmdnmax * y->Cai / (y->Cai + p->kmcmdn) + p->trpnmax * y->Cai / (y->Cai + p->kmtrpn);
  const hc_real cass =
      y->Cass + p->BSRmax * y->Cass / (y->Cass + p->KmBSR) + p->BSLmax * y->Cass / (y->Cass + p->KmBSL);
  const hc_real cajsr = y->CaJSR + p->csqnmax * y->CaJSR / (y->CaJSR + p->kmcsqn);
  const hc_real charge = p->vmyo * (y->Nai + y->Ki + 2.0 * cai) + p->vss * (y->Nass + y->Kss + 2.0 * cass) +
                         2.0 * (p->vnsr * y->CaNSR + p->vjsr * cajsr);
  return y->V - charge * ORD11_F / p->Acap;
}

#undef ORD11_MODEL
