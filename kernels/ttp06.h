/* ten Tusscher & Panfilov 2006, "Alternans and spiral breakup in a human ventricular tissue model", Am. J. Physiol.
 * Heart Circ. Physiol. 291:H1088-H1100, doi:10.1152/ajpheart.00109.2006; equations that it keeps from ten Tusscher,
 * Noble, Noble & Panfilov 2004, doi:10.1152/ajpheart.00794.2003. Variants: epicardial, endocardial, M.
 *
 * Numbers were compared in public codes:
 *   A  Myokit, c/tentusscher-2006.mmt, made from the CellML repository's exposure 80d: all, three variants
 *   B  MonoAlg3D, ten_tusscher_2006 with the N-version benchmark's initial state: all, epicardial
 *   C  Cardioid, TT06Func: constants and initial states, three variants
 *   D  svMultiPhysics, CEPMOD_TTP: initial states, three variants
 *   E  fenicsx-beat 0.7.2, generated from the CellML file: all, epicardial; evaluated at 400 random states, its
 *      19 rates and 12 currents agree with those of this header to rounding
 *
 * They agree, except for these:
 *   - Time constant of f2, ms. A, B, E: 562 exp(-(V + 27)^2 / 240) + 31 / (1 + exp((25 - V) / 10)) + 80 / (1 +
 *     exp((V + 30) / 10)), as in the CellML file that the N-version benchmark gives (Niederer et al. 2011,
 *     doi:10.1098/rsta.2011.0139). Codes that descend from the authors' program (finitewave, for one) have 600
 *     exp(-(V + 25)^2 / 170), 31 and 16. Taken: the benchmark's.
 *   - GKs of B is 0.098 mS/uF in its epicardial cell: that is the M cell's value in A and C. Taken: 0.392.
 *   - R and F: 8314.472 and 96485.3415 in B and C, 8314 and 96485 in A and E. Taken: the former.
 *   - IK1 is scaled by sqrt(Ko / 5.4) in A, C, D and E, not in B: the same at the default Ko = 5.4 mM. Taken: scaled.
 * Initial states (epicardial: A to E; endocardial and M: C, D) agree. They are not exactly at rest. The s gate of the
 * endocardial cell is that of A and of the codes that descend from the authors' program.
 *
 * The stimulus is carried by potassium ions: it enters dV/dt and, as in A, B and E, the balance of Ki.
 *
 * Form. Sigmoids in V share exponentials where their slopes are multiples of each other, and fractions are merged, so
 * that a step has few divisions; the comments give the published form. The singularity of ICaL at V = 15 mV is
 * removed by hc_x_over_expm1(): with x = 2 (V - 15) F / RT and B = x / (exp(x) - 1), B exp(x) = B + x. */
#ifndef HC_TTP06_H
#define HC_TTP06_H

#include "invert.h"
#include "model.h"

#define HC_TTP06 "doi:10.1152/ajpheart.00109.2006"
#define HC_TNNP04 "doi:10.1152/ajpheart.00794.2003"

/* Name, (epicardial, endocardial, M), unit, meaning. */
#define TTP06_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                                                     \
  POTENTIAL(V, (-85.23, -86.709, -85.423), "mV", "membrane potential")                                                 \
  GATE(Xr1, (0.00621, 0.00448, 0.0165), "1", "activation of IKr")                                                      \
  GATE(Xr2, (0.4712, 0.476, 0.473), "1", "inactivation of IKr")                                                        \
  GATE(Xs, (0.0095, 0.0087, 0.0174), "1", "activation of IKs")                                                         \
  GATE(m, (0.00172, 0.00155, 0.00165), "1", "activation of INa")                                                       \
  GATE(h, (0.7444, 0.7573, 0.749), "1", "fast inactivation of INa")                                                    \
  GATE(j, (0.7045, 0.7225, 0.6788), "1", "slow inactivation of INa")                                                   \
  GATE(d, (3.373e-5, 3.164e-5, 3.288e-5), "1", "activation of ICaL")                                                   \
  GATE(f, (0.7888, 0.8009, 0.7026), "1", "slow voltage inactivation of ICaL")                                          \
  GATE(f2, (0.9755, 0.9778, 0.9526), "1", "fast voltage inactivation of ICaL")                                         \
  LIGAND(fCass, (0.9953, 0.9953, 0.9942), "1", "calcium inactivation of ICaL")                                         \
  GATE(s, (0.999998, 0.3212, 0.999998), "1", "inactivation of Ito")                                                    \
  GATE(r, (2.42e-8, 2.235e-8, 2.347e-8), "1", "activation of Ito")                                                     \
  PLAIN(Cai, (0.000126, 0.00013, 0.000153), "mM", "free calcium in the cytosol")                                       \
  PLAIN(CaSR, (3.64, 3.715, 4.272), "mM", "free calcium in the sarcoplasmic reticulum")                                \
  STIFF(Cass, (0.00036, 0.00036, 0.00042), "mM", "free calcium in the subspace")                                       \
  PLAIN(Rprime, (0.9073, 0.9068, 0.8978), "1", "fraction of release channels that are not inactivated")                \
  PLAIN(Nai, (8.604, 10.355, 10.132), "mM", "sodium in the cytosol")                                                   \
  PLAIN(Ki, (136.89, 138.4, 138.52), "mM", "potassium in the cytosol")

/* Name, (epicardial, endocardial, M), unit, least, most, meaning, source. */
#define TTP06_PARAMETERS(PARAMETER)                                                                                    \
  PARAMETER(GNa, (14.838, 14.838, 14.838), "mS/uF", 0, 100, "conductance of INa", HC_TTP06)                            \
  PARAMETER(GK1, (5.405, 5.405, 5.405), "mS/uF", 0, 50, "conductance of IK1", HC_TTP06)                                \
  PARAMETER(Gto, (0.294, 0.073, 0.294), "mS/uF", 0, 5, "conductance of Ito", HC_TTP06)                                 \
  PARAMETER(GKr, (0.153, 0.153, 0.153), "mS/uF", 0, 5, "conductance of IKr", HC_TTP06)                                 \
  PARAMETER(GKs, (0.392, 0.392, 0.098), "mS/uF", 0, 5, "conductance of IKs", HC_TTP06)                                 \
  PARAMETER(GCaL, (3.98e-5, 3.98e-5, 3.98e-5), "L/(F ms)", 0, 1e-3, "permeability of ICaL", HC_TTP06)                  \
  PARAMETER(GpCa, (0.1238, 0.1238, 0.1238), "A/F", 0, 5, "largest IpCa", HC_TTP06)                                     \
  PARAMETER(GpK, (0.0146, 0.0146, 0.0146), "mS/uF", 0, 1, "conductance of IpK", HC_TTP06)                              \
  PARAMETER(GbNa, (0.00029, 0.00029, 0.00029), "mS/uF", 0, 0.1, "conductance of IbNa", HC_TTP06)                       \
  PARAMETER(GbCa, (0.000592, 0.000592, 0.000592), "mS/uF", 0, 0.1, "conductance of IbCa", HC_TTP06)                    \
  PARAMETER(PNaK, (2.724, 2.724, 2.724), "A/F", 0, 50, "largest INaK", HC_TTP06)                                       \
  PARAMETER(KNaCa, (1000, 1000, 1000), "A/F", 0, 1e5, "largest INaCa", HC_TTP06)                                       \
  PARAMETER(Ko, (5.4, 5.4, 5.4), "mM", 0.1, 50, "potassium outside", HC_TTP06)                                         \
  PARAMETER(Nao, (140, 140, 140), "mM", 1, 300, "sodium outside", HC_TTP06)                                            \
  PARAMETER(Cao, (2, 2, 2), "mM", 0.01, 20, "calcium outside", HC_TTP06)                                               \
  PARAMETER(T, (310, 310, 310), "K", 270, 330, "temperature in Nernst and flux terms", HC_TTP06)                       \
  PARAMETER(Cm, (0.185, 0.185, 0.185), "nF", 0.01, 10, "capacitance of the cell", HC_TTP06)                            \
  PARAMETER(Vc, (0.016404, 0.016404, 0.016404), "nL", 1e-3, 1, "volume of the cytosol", HC_TTP06)                      \
  PARAMETER(Vsr, (0.001094, 0.001094, 0.001094), "nL", 1e-5, 0.1, "volume of the reticulum", HC_TTP06)                 \
  PARAMETER(Vss, (5.468e-5, 5.468e-5, 5.468e-5), "nL", 1e-6, 0.01, "volume of the subspace", HC_TTP06)                 \
  PARAMETER(pKNa, (0.03, 0.03, 0.03), "1", 0, 1, "permeability of IKs to Na over K", HC_TNNP04)                        \
  PARAMETER(KmK, (1, 1, 1), "mM", 0.01, 100, "half saturation of INaK by Ko", HC_TNNP04)                               \
  PARAMETER(KmNa, (40, 40, 40), "mM", 0.1, 1000, "half saturation of INaK by Nai", HC_TNNP04)                          \
  PARAMETER(KmCa, (1.38, 1.38, 1.38), "mM", 0.01, 100, "half saturation of INaCa by Cao", HC_TNNP04)                   \
  PARAMETER(KmNai, (87.5, 87.5, 87.5), "mM", 0.1, 1000, "half saturation of INaCa by Nai", HC_TNNP04)                  \
  PARAMETER(ksat, (0.1, 0.1, 0.1), "1", 0, 10, "saturation of INaCa", HC_TNNP04)                                       \
  PARAMETER(gamma, (0.35, 0.35, 0.35), "1", 0, 1, "position of the energy barrier of INaCa", HC_TNNP04)                \
  PARAMETER(alpha, (2.5, 2.5, 2.5), "1", 0, 100, "outward amplification of INaCa", HC_TNNP04)                          \
  PARAMETER(KpCa, (0.0005, 0.0005, 0.0005), "mM", 1e-6, 1, "half saturation of IpCa", HC_TNNP04)                       \
  PARAMETER(Vrel, (0.102, 0.102, 0.102), "1/ms", 0, 10, "rate of release", HC_TTP06)                                   \
  PARAMETER(k1, (0.15, 0.15, 0.15), "1/(mM2 ms)", 0, 100, "k1' of the release channel", HC_TTP06)                      \
  PARAMETER(k2, (0.045, 0.045, 0.045), "1/(mM ms)", 0, 100, "k2' of the release channel", HC_TTP06)                    \
  PARAMETER(k3, (0.06, 0.06, 0.06), "1/ms", 1e-6, 100, "k3 of the release channel", HC_TTP06)                          \
  PARAMETER(k4, (0.005, 0.005, 0.005), "1/ms", 0, 100, "k4 of the release channel", HC_TTP06)                          \
  PARAMETER(EC, (1.5, 1.5, 1.5), "mM", 1e-3, 100, "CaSR at which release is half sensitised", HC_TTP06)                \
  PARAMETER(max_sr, (2.5, 2.5, 2.5), "1", 1e-3, 100, "largest kcasr", HC_TTP06)                                        \
  PARAMETER(min_sr, (1, 1, 1), "1", 1e-3, 100, "least kcasr", HC_TTP06)                                                \
  PARAMETER(Vmax_up, (0.006375, 0.006375, 0.006375), "mM/ms", 0, 1, "largest uptake", HC_TTP06)                        \
  PARAMETER(Kup, (0.00025, 0.00025, 0.00025), "mM", 1e-6, 1, "half saturation of uptake", HC_TTP06)                    \
  PARAMETER(Vleak, (0.00036, 0.00036, 0.00036), "1/ms", 0, 1, "rate of leak", HC_TTP06)                                \
  PARAMETER(Vxfer, (0.0038, 0.0038, 0.0038), "1/ms", 0, 10, "rate of transfer from subspace to cytosol", HC_TTP06)     \
  PARAMETER(Bufc, (0.2, 0.2, 0.2), "mM", 0, 100, "buffer in the cytosol", HC_TTP06)                                    \
  PARAMETER(Kbufc, (0.001, 0.001, 0.001), "mM", 1e-6, 10, "half saturation of Bufc", HC_TTP06)                         \
  PARAMETER(Bufsr, (10, 10, 10), "mM", 0, 1000, "buffer in the reticulum", HC_TTP06)                                   \
  PARAMETER(Kbufsr, (0.3, 0.3, 0.3), "mM", 1e-6, 100, "half saturation of Bufsr", HC_TTP06)                            \
  PARAMETER(Bufss, (0.4, 0.4, 0.4), "mM", 0, 100, "buffer in the subspace", HC_TTP06)                                  \
  PARAMETER(Kbufss, (0.00025, 0.00025, 0.00025), "mM", 1e-6, 10, "half saturation of Bufss", HC_TTP06)                 \
  PARAMETER(s_half, (20, 28, 20), "mV", -100, 100, "minus V of half inactivation of Ito", HC_TNNP04)                   \
  PARAMETER(s_peak, (85, 1000, 85), "ms", 0, 10000, "height of the bell of the time constant of s", HC_TNNP04)         \
  PARAMETER(s_centre, (45, 67, 45), "mV", -100, 100, "minus V of the top of that bell", HC_TNNP04)                     \
  PARAMETER(s_width, (320, 1000, 320), "mV2", 1, 1e5, "width of that bell, squared", HC_TNNP04)                        \
  PARAMETER(s_step, (5, 0, 5), "ms", 0, 1000, "what that time constant gains below 20 mV", HC_TNNP04)                  \
  PARAMETER(s_floor, (3, 8, 3), "ms", 0.1, 1000, "least value of that time constant", HC_TNNP04)

#define TTP06_CURRENTS(CURRENT)                                                                                        \
  CURRENT(INa, "A/F", "fast sodium")                                                                                   \
  CURRENT(IK1, "A/F", "inward rectifier potassium")                                                                    \
  CURRENT(Ito, "A/F", "transient outward potassium")                                                                   \
  CURRENT(IKr, "A/F", "rapid delayed rectifier potassium")                                                             \
  CURRENT(IKs, "A/F", "slow delayed rectifier potassium")                                                              \
  CURRENT(ICaL, "A/F", "L-type calcium")                                                                               \
  CURRENT(INaCa, "A/F", "sodium-calcium exchanger")                                                                    \
  CURRENT(INaK, "A/F", "sodium-potassium pump")                                                                        \
  CURRENT(IpCa, "A/F", "sarcolemmal calcium pump")                                                                     \
  CURRENT(IpK, "A/F", "plateau potassium")                                                                             \
  CURRENT(IbNa, "A/F", "background sodium")                                                                            \
  CURRENT(IbCa, "A/F", "background calcium")

#define TTP06_SUMS(SUM) SUM(charge, "mV", "V less the charge of all ions inside over the capacitance")

HC_MODEL_TYPES(ttp06, TTP06_STATES, TTP06_PARAMETERS, TTP06_CURRENTS)
HC_SUM_TYPES(ttp06, TTP06_SUMS)

#define TTP06_R 8314.472   /* mJ/(mol K) */
#define TTP06_F 96485.3415 /* C/mol */

/* Exponentials of V that several gates share: up = exp(+V / n), down = exp(-V / n), n in mV. */
struct ttp06_shared {
  hc_real up20, up10, up5, down20, down10, down5, up14, up7, up15, down6;
};

HC_FN struct ttp06_shared ttp06_share(hc_real V)
{
  struct ttp06_shared e;
  e.up20 = hc_exp(V * (1.0 / 20.0));
  e.up10 = hc_square(e.up20);
  e.up5 = hc_square(e.up10);
  e.down20 = hc_exp(V * (-1.0 / 20.0));
  e.down10 = hc_square(e.down20);
  e.down5 = hc_square(e.down10);
  e.up14 = hc_exp(V * (1.0 / 14.0));
  e.up7 = hc_square(e.up14);
  e.up15 = hc_exp(V * (1.0 / 15.0));
  e.down6 = hc_exp(V * (-1.0 / 6.0));
  return e;
}

/* INa: m, h, j. The rates of h and j change form at -40 mV, and one exponential serves both forms. */
HC_FN void ttp06_sodium_gates(hc_real V, const struct ttp06_shared *e, struct ttp06_rates *r)
{
  const int low = V < -40.0;
  /* m: tau = alpha beta, alpha = 1 / (1 + exp((-60 - V) / 5)), beta = 0.1 / a + 0.1 / b */
  const hc_real a = 1.0 + e->up5 * hc_exp(7.0), b = 1.0 + hc_exp((V - 50.0) * (1.0 / 200.0));
  const struct hc_reciprocals m =
      hc_invert3(1.0 + hc_exp((-56.86 - V) * (1.0 / 9.03)), a + b, 1.0 + hc_exp((V + 71.55) * (1.0 / 7.43)));
  r->m.inf = hc_square(m.a);
  r->m.k = 10.0 * (1.0 + e->down5 * hc_exp(-12.0)) * a * b * m.b;
  r->h.inf = r->j.inf = hc_square(m.c);

  const hc_real slow = hc_exp(hc_select(low, (V + 80.0) * (-1.0 / 6.8), (V + 10.66) * (-1.0 / 11.1)));
  const hc_real divisor = 1.0 + hc_select(low, hc_exp(-0.1378 * (V + 40.14)), e->down10 * hc_exp(-3.2));
  const struct hc_reciprocals hj = hc_invert3(1.0 + slow, divisor, 1.0 + hc_exp(0.311 * (V + 79.23)));
  const hc_real alpha_beta_h = 0.057 * slow + (2.7 * hc_exp(0.079 * V) + 310000.0 * hc_exp(0.3485 * V));
  r->h.k = hc_select(low, alpha_beta_h, (0.77 / 0.13) * hj.a);

  const hc_real alpha_j = (-25428.0 * hc_exp(0.2444 * V) - 6.948e-6 * hc_exp(-0.04391 * V)) * (V + 37.78) * hj.c;
  const hc_real beta_j = hc_select(low, 0.02424, 0.6) * hc_exp(V * hc_select(low, -0.01052, 0.057)) * hj.b;
  r->j.k = hc_select(low, alpha_j, 0.0) + beta_j;
}

/* IKr: Xr1, Xr2; IKs: Xs; Ito: r, s. */
HC_FN void ttp06_potassium_gates(hc_real V, const struct ttp06_shared *e, const struct ttp06_parameters *p,
                                 struct ttp06_rates *r)
{
  /* tau = 1400 / sqrt(1 + exp((5 - V) / 6)) / (1 + exp((V - 35) / 15)) + 80 */
  const hc_real xs = hc_sqrt(1.0 + e->down6 * hc_exp(5.0 / 6.0)) * (1.0 + e->up15 * hc_exp(-35.0 / 15.0));
  const struct hc_reciprocals x = hc_invert4(e->up7 + hc_exp(-26.0 / 7.0), 1.0 + hc_exp((V + 88.0) * (1.0 / 24.0)),
                                             e->up14 + hc_exp(-5.0 / 14.0), 1400.0 + 80.0 * xs);
  /* tau = 450 / (1 + exp((-45 - V) / 10)) 6 / (1 + exp((V + 30) / 11.5)) */
  r->Xr1.inf = e->up7 * x.a;
  r->Xr1.k = (1.0 + e->down10 * hc_exp(-4.5)) * (1.0 + hc_exp((V + 30.0) * (1.0 / 11.5))) * (1.0 / 2700.0);
  /* tau = 3 / (1 + exp((-60 - V) / 20)) 1.12 / (1 + exp((V - 60) / 20)) */
  r->Xr2.inf = x.b;
  r->Xr2.k = (1.0 + e->down20 * hc_exp(-3.0)) * (1.0 + e->up20 * hc_exp(-3.0)) * (1.0 / 3.36);
  r->Xs.inf = e->up14 * x.c;
  r->Xs.k = xs * x.d;

  /* tau = peak exp(-(V + centre)^2 / width) + step / (1 + exp((V - 20) / 5)) + floor */
  const hc_real step = 1.0 + e->up5 * hc_exp(-4.0);
  const hc_real bell = p->s_peak * hc_exp(-hc_square(V + p->s_centre) / p->s_width);
  const struct hc_reciprocals rs =
      hc_invert4(1.0 + e->down6 * hc_exp(20.0 / 6.0), 9.5 * hc_exp(hc_square(V + 40.0) * (-1.0 / 1800.0)) + 0.8,
                 1.0 + hc_exp((V + p->s_half) * (1.0 / 5.0)), (bell + p->s_floor) * step + p->s_step);
  r->r.inf = rs.a;
  r->r.k = rs.b;
  r->s.inf = rs.c;
  r->s.k = step * rs.d;
}

/* ICaL: d, f, f2, fCass. */
HC_FN void ttp06_calcium_gates(hc_real V, hc_real Cass, const struct ttp06_shared *e, struct ttp06_rates *r)
{
  /* tau = (1.4 / a + 0.25) 1.4 / b + 1 / c */
  const hc_real a = 1.0 + hc_exp((-35.0 - V) * (1.0 / 13.0)), b = 1.0 + e->up5 * hc_exp(1.0);
  const hc_real c = 1.0 + e->down20 * hc_exp(2.5), up75 = hc_square(e->up15);
  /* tau = 1102.5 bell + 200 / late + 180 / early + 20 */
  const hc_real early = 1.0 + e->up10 * hc_exp(3.0), late = 1.0 + e->down10 * hc_exp(1.3);
  const hc_real bell = 1102.5 * hc_exp(hc_square(V + 27.0) * (-1.0 / 225.0));
  /* tau = 562 bell + 31 / later + 80 / early */
  const hc_real later = 1.0 + e->down10 * hc_exp(2.5);
  const hc_real bell2 = 562.0 * hc_exp(hc_square(V + 27.0) * (-1.0 / 240.0));
  const struct hc_reciprocals df = hc_invert3(up75 + hc_exp(-8.0 / 7.5), (1.4 + 0.25 * a) * 1.4 * c + a * b,
                                              (bell + 20.0) * late * early + (200.0 * early + 180.0 * late));
  const struct hc_reciprocals ff = hc_invert3(1.0 + e->up7 * hc_exp(20.0 / 7.0), 1.0 + e->up7 * hc_exp(5.0),
                                              bell2 * later * early + (31.0 * early + 80.0 * later));
  r->d.inf = up75 * df.a;
  r->d.k = a * b * c * df.b;
  r->f.inf = ff.a;
  r->f.k = late * early * df.c;
  r->f2.inf = 0.67 * ff.b + 0.33;
  r->f2.k = later * early * ff.c;

  const hc_real bound = 1.0 + hc_square(Cass * (1.0 / 0.05));
  const struct hc_reciprocals ss = hc_invert2(bound, 80.0 + 2.0 * bound);
  r->fCass.inf = 0.6 * ss.a + 0.4;
  r->fCass.k = bound * ss.b;
}

HC_FN void ttp06_currents_of(const struct ttp06_state *y, const struct ttp06_parameters *p, struct ttp06_currents *i)
{
  const hc_real V = y->V, RTF = (TTP06_R / TTP06_F) * p->T, FRT = 1.0 / RTF, FV = V * FRT;
  const struct hc_reciprocals inside = hc_invert3(y->Ki, y->Nai, y->Ki + p->pKNa * y->Nai);
  const hc_real EK = RTF * hc_log(p->Ko * inside.a), ENa = RTF * hc_log(p->Nao * inside.b);
  const hc_real EKs = RTF * hc_log((p->Ko + p->pKNa * p->Nao) * inside.c);
  const hc_real ECa = 0.5 * RTF * hc_log(p->Cao / y->Cai);
  const hc_real VK = V - EK, root_Ko = hc_sqrt(p->Ko * (1.0 / 5.4));

  /* IK1: alpha = 0.1 / (1 + exp(0.06 (VK - 200))); beta = (3 exp(0.0002 (VK + 100)) + exp(0.1 (VK - 10))) / (1 +
   * exp(-0.5 VK)); IK1 = GK1 sqrt(Ko / 5.4) alpha / (alpha + beta) VK */
  const hc_real e02 = hc_exp(0.02 * VK), e06 = hc_cube(e02), e10 = e06 * hc_square(e02);
  const hc_real opening = 1.0 + hc_exp(-0.5 * VK);
  const hc_real rising = 3.0 * hc_exp(0.0002 * VK) * hc_exp(0.02) + e10 * hc_exp(-1.0);
  const hc_real tenth = hc_exp(-0.1 * FV), down = hc_square(hc_square(hc_square(tenth)) * tenth); /* exp(-FV) */
  const hc_real inward = hc_exp(p->gamma * FV), outward = inward * down; /* exp(gamma FV), exp((gamma - 1) FV) */
  const hc_real saturation = (hc_cube(p->KmNai) + hc_cube(p->Nao)) * (p->KmCa + p->Cao);
  const struct hc_reciprocals over =
      hc_invert4(1.0 + hc_exp((25.0 - V) * (1.0 / 5.98)), opening + 10.0 * (1.0 + e06 * hc_exp(-12.0)) * rising,
                 (p->Ko + p->KmK) * (y->Nai + p->KmNa) * (1.0 + 0.1245 * tenth + 0.0353 * down),
                 saturation * (1.0 + p->ksat * outward));

  i->INa = p->scale.INa * p->GNa * hc_cube(y->m) * y->h * y->j * (V - ENa);
  i->IbNa = p->scale.IbNa * p->GbNa * (V - ENa);
  i->IbCa = p->scale.IbCa * p->GbCa * (V - ECa);
  i->Ito = p->scale.Ito * p->Gto * y->r * y->s * VK;
  i->IKr = p->scale.IKr * p->GKr * root_Ko * y->Xr1 * y->Xr2 * VK;
  i->IKs = p->scale.IKs * p->GKs * hc_square(y->Xs) * (V - EKs);
  i->IpK = p->scale.IpK * p->GpK * VK * over.a;
  i->IpCa = p->scale.IpCa * p->GpCa * y->Cai / (y->Cai + p->KpCa);

  i->IK1 = p->scale.IK1 * p->GK1 * root_Ko * opening * over.b * VK;

  const hc_real x = 2.0 * (V - 15.0) * FRT, B = hc_x_over_expm1(x);
  i->ICaL = p->scale.ICaL * p->GCaL * y->d * y->f * y->f2 * y->fCass * (2.0 * TTP06_F) *
            (0.25 * y->Cass * (B + x) - p->Cao * B);
  i->INaK = p->scale.INaK * p->PNaK * p->Ko * y->Nai * over.c;
  i->INaCa = p->scale.INaCa * p->KNaCa *
             (inward * hc_cube(y->Nai) * p->Cao - outward * hc_cube(p->Nao) * y->Cai * p->alpha) * over.d;
}

/* Concentrations and the release channel; fluxes in mM/ms. */
HC_FN void ttp06_concentrations(const struct ttp06_state *y, hc_real stim, const struct ttp06_parameters *p,
                                const struct ttp06_currents *i, struct ttp06_rates *r)
{
  const struct hc_reciprocals volume = hc_invert2(p->Vc, p->Vss);
  const hc_real per_charge = p->Cm * volume.a * (1.0 / TTP06_F); /* A/F -> mM/ms of a monovalent ion in the cytosol */
  /* free over total: 1 / (1 + Buf K / (Ca + K)^2) */
  const hc_real sr2 = hc_square(y->CaSR), ca2 = hc_square(y->Cai), c2 = hc_square(y->Cai + p->Kbufc);
  const hc_real r2 = hc_square(y->CaSR + p->Kbufsr), s2 = hc_square(y->Cass + p->Kbufss);
  const struct hc_reciprocals slow =
      hc_invert4(sr2 + hc_square(p->EC), ca2 + hc_square(p->Kup), c2 + p->Bufc * p->Kbufc, r2 + p->Bufsr * p->Kbufsr);
  const hc_real kcasr = p->max_sr - (p->max_sr - p->min_sr) * sr2 * slow.a;
  const hc_real bound = p->k1 * hc_square(y->Cass); /* k1 Cass^2 kcasr, k1 = k1' / kcasr */
  const struct hc_reciprocals fast = hc_invert2(p->k3 * kcasr + bound, s2 + p->Bufss * p->Kbufss);
  const hc_real release = p->Vrel * bound * y->Rprime * fast.a * (y->CaSR - y->Cass);
  const hc_real leak = p->Vleak * (y->CaSR - y->Cai), uptake = p->Vmax_up * ca2 * slow.b;
  const hc_real transfer = p->Vxfer * (y->Cass - y->Cai);

  r->Rprime = p->k4 * (1.0 - y->Rprime) - p->k2 * kcasr * y->Cass * y->Rprime;
  r->Cai = c2 * slow.c *
           ((leak - uptake) * p->Vsr * volume.a + transfer - 0.5 * per_charge * (i->IbCa + i->IpCa - 2.0 * i->INaCa));
  r->CaSR = r2 * slow.d * (uptake - (release + leak));
  r->Cass = s2 * fast.b * volume.b * (release * p->Vsr - transfer * p->Vc - i->ICaL * p->Cm * (1.0 / (2.0 * TTP06_F)));
  r->Nai = -per_charge * (i->INa + i->IbNa + 3.0 * (i->INaK + i->INaCa));
  r->Ki = -per_charge * (i->IK1 + i->Ito + i->IKr + i->IKs + i->IpK - 2.0 * i->INaK - stim);
}

HC_FN void ttp06_rhs(hc_real t, const struct ttp06_state *y, hc_real stim, const struct ttp06_parameters *p,
                     struct ttp06_rates *r, struct ttp06_currents *i)
{
  const struct ttp06_shared e = ttp06_share(y->V);
  (void)t;
  ttp06_sodium_gates(y->V, &e, r);
  ttp06_potassium_gates(y->V, &e, p, r);
  ttp06_calcium_gates(y->V, y->Cass, &e, r);
  ttp06_currents_of(y, p, i);
  ttp06_concentrations(y, stim, p, i, r);
  r->V = stim - (i->INa + i->IK1 + i->Ito + i->IKr + i->IKs + i->ICaL + i->INaCa + i->INaK + i->IpCa + i->IpK +
                 i->IbNa + i->IbCa);
}

/* Free and bound: Ca + Buf Ca / (Ca + K). */
HC_FN hc_real ttp06_total(hc_real Ca, hc_real Buf, hc_real K)
{
  return Ca + Buf * Ca / (Ca + K);
}

HC_FN void ttp06_sums_of(const struct ttp06_state *y, const struct ttp06_parameters *p, struct ttp06_sums *s)
{
  const hc_real calcium = p->Vc * ttp06_total(y->Cai, p->Bufc, p->Kbufc) +
                          p->Vsr * ttp06_total(y->CaSR, p->Bufsr, p->Kbufsr) +
                          p->Vss * ttp06_total(y->Cass, p->Bufss, p->Kbufss);
  s->charge = y->V - TTP06_F / p->Cm * (p->Vc * (y->Nai + y->Ki) + 2.0 * calcium);
}

#endif
