/* healthcast kernels: what a model header is made of.
 *
 * A model is one header with tables and one right-hand side. The tables are X-macros; NAME and the rows are the only
 * place where a state, parameter or current is written down, and launchers, names, input keys and documentation are
 * expanded from them:
 *
 *   #define NAME_STATES(POTENTIAL, GATE, LIGAND, PLAIN, STIFF, CHAIN)       the membrane potential V first
 *     POTENTIAL(V, (initial), "mV", "meaning")
 *     GATE(m, (initial), "1", "meaning")              dm/dt = (m_inf - m) k, both of V and parameters alone: they may
 *                                                     come from a table
 *     LIGAND(fCa, (initial), "1", "meaning")          the same, but of other states too, m itself excepted
 *     PLAIN(Nai, (initial), "mM", "meaning")          anything that is slow against a time step
 *     STIFF(Cass, (initial), "mM", "meaning")         what may relax within a step: calcium of small compartments
 *     CHAIN(C1, (initial), "1", "meaning")            occupancy of a Markov chain: see transitions
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
 * The right-hand side writes r->V = dV/dt with stim [mV/ms] included, r->Nai = dNai/dt for plain and stiff states,
 * r->m.inf and r->m.k [1/ms] for gates, and all currents. It knows nothing of time steps: the integrator is the
 * launcher's.
 *
 * Every current is multiplied by its scale, p->scale.INa and so on: these are there without being declared, are 1
 * unless a drug, a mutation or a user says otherwise, and are listed after the model's own parameters as scale_INa.
 * Where one channel carries several currents (ICaL with ICaNa and ICaK), the scale of the main one multiplies them all.
 *
 * A model with Markov chains also has a table of exchanges between two chain states, and its types are made by
 * HC_CHAIN_TYPES(name, NAME_STATES, NAME_PARAMETERS, NAME_CURRENTS, NAME_EXCHANGES):
 *
 *   #define NAME_EXCHANGES(EXCHANGE)
 *     EXCHANGE(C1, C2)                                r->C1_C2.there and r->C1_C2.back, 1/ms, are its two rates
 *
 * Chain states have no other rates, so the sum of a chain is kept whatever the integrator does.
 *
 * Sums that the equations conserve (charge, an ion that no flux leaves) are a table too, and a function of the state;
 * integrators are tested against them. HC_SUM_TYPES(name, NAME_SUMS) makes struct name_sums:
 *
 *   #define NAME_SUMS(SUM)
 *     SUM(charge, "mV", "meaning")
 *   HC_FN void name_sums_of(const struct name_state *y, const struct name_parameters *p, struct name_sums *s) */
#ifndef HC_KERNEL_MODEL_H
#define HC_KERNEL_MODEL_H

#include "dialect.h"
#include "kmath.h"

/* A gate's steady state and the inverse of its time constant, 1/ms. */
struct hc_gate {
  hc_real inf, k;
};

HC_FN struct hc_gate hc_gate_of(hc_real inf, hc_real k)
{
  struct hc_gate gate;
  gate.inf = inf;
  gate.k = k;
  return gate;
}

/* Rates of an exchange between two states of a chain, 1/ms: from the first named to the second, and back. */
struct hc_exchange {
  hc_real there, back;
};

HC_FN struct hc_exchange hc_exchange_of(hc_real there, hc_real back)
{
  struct hc_exchange exchange;
  exchange.there = there;
  exchange.back = back;
  return exchange;
}

#define HC_FIELD_NONE(name, ...)
#define HC_FIELD_REAL(name, ...) hc_real name;
#define HC_FIELD_GATE(name, ...) struct hc_gate name;
#define HC_FIELD_EXCHANGE(from, to) struct hc_exchange from##_##to;
#define HC_NO_EXCHANGES(EXCHANGE)

#define HC_MODEL_TYPES(model, STATES, PARAMETERS, CURRENTS)                                                            \
  HC_CHAIN_TYPES(model, STATES, PARAMETERS, CURRENTS, HC_NO_EXCHANGES)

#define HC_CHAIN_TYPES(model, STATES, PARAMETERS, CURRENTS, EXCHANGES)                                                 \
  struct model##_state {                                                                                               \
    STATES(HC_FIELD_REAL, HC_FIELD_REAL, HC_FIELD_REAL, HC_FIELD_REAL, HC_FIELD_REAL, HC_FIELD_REAL)                   \
  };                                                                                                                   \
  struct model##_rates {                                                                                               \
    STATES(HC_FIELD_REAL, HC_FIELD_GATE, HC_FIELD_GATE, HC_FIELD_REAL, HC_FIELD_REAL, HC_FIELD_NONE)                   \
    EXCHANGES(HC_FIELD_EXCHANGE)                                                                                       \
  };                                                                                                                   \
  struct model##_currents {                                                                                            \
    CURRENTS(HC_FIELD_REAL)                                                                                            \
  };                                                                                                                   \
  struct model##_parameters {                                                                                          \
    PARAMETERS(HC_FIELD_REAL)                                                                                          \
    struct model##_currents scale;                                                                                     \
  };

#define HC_SUM_TYPES(model, SUMS)                                                                                      \
  struct model##_sums {                                                                                                \
    SUMS(HC_FIELD_REAL)                                                                                                \
  };

#endif
