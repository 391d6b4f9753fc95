/* FitzHugh-Nagumo, in the cardiac scale of Rogers & McCulloch 1994, "A collocation-Galerkin finite element model of
 * cardiac action potential propagation", IEEE Trans. Biomed. Eng. 41:743-757, doi:10.1109/10.310090. The model is from
 * FitzHugh 1961, "Impulses and physiological states in theoretical models of nerve membrane", Biophys. J. 1:445-466,
 * doi:10.1016/S0006-3495(61)86902-6.
 *
 * With u = (V - v_rest) / (v_peak - v_rest) and time in ms:
 *   du/dt = c1 u (u - a) (1 - u) - c2 w (1 - product + product u) + stimulus
 *   dw/dt = b (u - c3 w)
 * product = 1 is Rogers and McCulloch's model: their recovery current vanishes at rest, so that V does not fall below
 * it after an action potential. product = 0 is FitzHugh's form with the same constants.
 *
 * Constants and the scale to mV as in Sundnes et al. 2006, "Computing the electrical activity in the heart", section
 * 2.4.1, doi:10.1007/3-540-33437-8, compared in cbcbeat 2023.2.0 (FitzHughNagumoManual, there with w in mV: its s is
 * (v_peak - v_rest) w). At 400 random states rates and currents agree to rounding, with product = 1.
 *
 * w is exact in a step with V frozen: w_inf = u / c3. */
#ifndef HC_FITZHUGH_NAGUMO_H
#define HC_FITZHUGH_NAGUMO_H

#include "model.h"

#define HC_ROGERS_MCCULLOCH "doi:10.1109/10.310090"
#define HC_SUNDNES06 "doi:10.1007/3-540-33437-8"

#define FITZHUGH_NAGUMO_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)                                           \
  POTENTIAL(V, (-85.0), "mV", "membrane potential")                                                                    \
  GATE(w, (0.0), "1", "recovery variable")

#define FITZHUGH_NAGUMO_PARAMETERS(PARAMETER)                                                                          \
  PARAMETER(a, (0.13), "1", 0.001, 0.9, "threshold, scaled", HC_ROGERS_MCCULLOCH)                                      \
  PARAMETER(b, (0.013), "1/ms", 1e-5, 1, "rate of recovery", HC_ROGERS_MCCULLOCH)                                      \
  PARAMETER(c1, (0.26), "1/ms", 1e-3, 100, "size of the excitation current", HC_ROGERS_MCCULLOCH)                      \
  PARAMETER(c2, (0.1), "1/ms", 0, 100, "size of the recovery current", HC_ROGERS_MCCULLOCH)                            \
  PARAMETER(c3, (1.0), "1", 0.01, 100, "decay of w over its growth", HC_ROGERS_MCCULLOCH)                              \
  PARAMETER(product, (1.0), "1", 0, 1, "1: recovery current c2 u w; 0: c2 w (FitzHugh 1961)", HC_ROGERS_MCCULLOCH)     \
  PARAMETER(v_rest, (-85.0), "mV", -120, -20, "potential that stands for u = 0", HC_SUNDNES06)                         \
  PARAMETER(v_peak, (40.0), "mV", -10, 100, "potential that stands for u = 1", HC_SUNDNES06)

#define FITZHUGH_NAGUMO_CURRENTS(CURRENT)                                                                              \
  CURRENT(Iin, "A/F", "excitation current, a cubic of V")                                                              \
  CURRENT(Iout, "A/F", "recovery current")

HC_MODEL_TYPES(fitzhugh_nagumo, FITZHUGH_NAGUMO_STATES, FITZHUGH_NAGUMO_PARAMETERS, FITZHUGH_NAGUMO_CURRENTS)

HC_FN void fitzhugh_nagumo_rhs(hc_real t, const struct fitzhugh_nagumo_state *y, hc_real stim,
                               const struct fitzhugh_nagumo_parameters *p, struct fitzhugh_nagumo_rates *r,
                               struct fitzhugh_nagumo_currents *i)
{
  const hc_real height = p->v_peak - p->v_rest, u = (y->V - p->v_rest) / height;
  (void)t;
  i->Iin = -p->scale.Iin * height * p->c1 * u * (u - p->a) * (1.0 - u);
  i->Iout = p->scale.Iout * height * p->c2 * y->w * (1.0 + p->product * (u - 1.0));
  r->V = stim - (i->Iin + i->Iout);
  r->w.inf = u / p->c3;
  r->w.k = p->b * p->c3;
}

#endif
