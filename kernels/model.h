/* healthcast kernels: what a model header is made of.
 *
 * A model is one header with three tables and one right-hand side. The tables are X-macros; NAME and the rows are the
 * only place where a state, parameter or current is written down, and launchers, names, input keys and documentation
 * are expanded from them:
 *
 *   #define NAME_STATES(POTENTIAL, GATE, PLAIN)       the membrane potential V first
 *     POTENTIAL(V, (initial), "mV", "meaning")
 *     GATE(m, (initial), "1", "meaning")              dm/dt = (m_inf - m) k: exponential integrators know this form
 *     PLAIN(Cai, (initial), "mM", "meaning")
 *   #define NAME_PARAMETERS(PARAMETER)
 *     PARAMETER(GNa, (value), "unit", min, max, "meaning", "source")
 *   #define NAME_CURRENTS(CURRENT)
 *     CURRENT(INa, "A/F", "meaning")
 *   HC_MODEL_TYPES(name, NAME_STATES, NAME_PARAMETERS, NAME_CURRENTS)
 *   HC_FN void name_rhs(hc_real t, const struct name_state *y, hc_real stim, const struct name_parameters *p,
 *                       struct name_rates *r, struct name_currents *i)
 *
 * (initial) and (value) are lists in parentheses with one number for each variant of the model: variants (epicardial,
 * endocardial, ...) differ in numbers, never in code.
 *
 * The right-hand side writes r->V = dV/dt with stim [mV/ms] included, r->Cai = dCai/dt for plain states, r->m.inf and
 * r->m.k [1/ms] for gates, and all currents. It knows nothing of time steps: the integrator is the launcher's. */
#ifndef HC_KERNEL_MODEL_H
#define HC_KERNEL_MODEL_H

#include "dialect.h"
#include "kmath.h"

/* A gate's steady state and the inverse of its time constant, 1/ms. */
struct hc_gate {
  hc_real inf, k;
};

#define HC_FIELD_REAL(name, ...) hc_real name;
#define HC_FIELD_GATE(name, ...) struct hc_gate name;

#define HC_MODEL_TYPES(model, STATES, PARAMETERS, CURRENTS)                                                            \
  struct model##_state {                                                                                               \
    STATES(HC_FIELD_REAL, HC_FIELD_REAL, HC_FIELD_REAL)                                                                \
  };                                                                                                                   \
  struct model##_rates {                                                                                               \
    STATES(HC_FIELD_REAL, HC_FIELD_GATE, HC_FIELD_REAL)                                                                \
  };                                                                                                                   \
  struct model##_parameters {                                                                                          \
    PARAMETERS(HC_FIELD_REAL)                                                                                          \
  };                                                                                                                   \
  struct model##_currents {                                                                                            \
    CURRENTS(HC_FIELD_REAL)                                                                                            \
  };

#endif
