/* healthcast kernels: the launcher for CPUs. Include it once for each model, after the model's header:
 *
 *   #include "ttp06.h"
 *   #define HC_MODEL ttp06
 *   #define HC_STATES TTP06_STATES
 *   #define HC_PARAMETERS TTP06_PARAMETERS
 *   #define HC_CURRENTS TTP06_CURRENTS
 *   #include "launch_cpu.h"
 *
 * It defines static functions <model>_step and <model>_rates_of (step and rates in struct hc_cell_model). The step is
 * that of Rush & Larsen 1978 (doi:10.1109/TBME.1978.326270): gates exactly with V and concentrations frozen over the
 * step, forward Euler for the rest; first order.
 *
 * Why it is written like this: compilers keep a struct of scalars in vector registers, one lane a node, but not an
 * array, so the tables are expanded into one load and one store a state, and all functions in between are inlined. */
#include "model.h"

#ifndef HC_LAUNCH_CPU_H
#define HC_LAUNCH_CPU_H
#define HC_PASTE_(a, b) a##b
#define HC_PASTE(a, b) HC_PASTE_(a, b)
#define HC_OF(suffix) HC_PASTE(HC_MODEL, suffix)
#define HC_PASTE3_(a, b, c) a##b##c
#define HC_PASTE3(a, b, c) HC_PASTE3_(a, b, c)
#define HC_INDEX(name) HC_PASTE3(HC_MODEL, _index_, name)

#define HC_EACH_INDEX(name, ...) HC_INDEX(name),
#define HC_EACH_SKIP(name, ...)

#define HC_STATE_AT(name) state[(HC_INDEX(name) - 1) * HC_LANES + lane]
#define HC_LOAD_V(name, ...) y.name = v[lane];
#define HC_LOAD_STATE(name, ...) y.name = HC_STATE_AT(name);
#define HC_STORE_V(name, ...) v[lane] = y.name + dt * r.name;
#define HC_STORE_PLAIN(name, ...) HC_STATE_AT(name) = y.name + dt * r.name;
#define HC_STORE_GATE(name, ...) HC_STATE_AT(name) = y.name + (y.name - r.name.inf) * hc_expm1(-dt * r.name.k);

#define HC_READ_STATE(name, ...) y.name = values[HC_INDEX(name)];
#define HC_READ_PARAMETER(name, ...) p.name = *next++;
#define HC_WRITE_PLAIN(name, ...) dydt[HC_INDEX(name)] = r.name;
#define HC_WRITE_GATE(name, ...) dydt[HC_INDEX(name)] = (r.name.inf - y.name) * r.name.k;
#define HC_WRITE_CURRENT(name, ...) *currents++ = i.name;
#endif

enum { HC_STATES(HC_EACH_INDEX, HC_EACH_INDEX, HC_EACH_INDEX) HC_OF(_n_states) };

static inline struct HC_OF(_parameters) HC_OF(_read_parameters)(const double *next)
{
  struct HC_OF(_parameters) p;
  HC_PARAMETERS(HC_READ_PARAMETER)
  return p;
}

static void HC_OF(_step)(int n_blocks, double t, double dt, double *v_blocks, double *state_blocks,
                         const double *stim_blocks, const double *parameters)
{
  static const double no_stimulus[HC_LANES] = {0};
  const struct HC_OF(_parameters) p = HC_OF(_read_parameters)(parameters);
  for (int block = 0; block < n_blocks; ++block) {
    double *restrict v = v_blocks + (int64_t)block * HC_LANES;
    double *restrict state = state_blocks + (int64_t)block * HC_LANES * (HC_OF(_n_states) - 1);
    const double *restrict stim = stim_blocks ? stim_blocks + (int64_t)block * HC_LANES : no_stimulus;
    HC_LANE_LOOP(lane)
    {
      struct HC_OF(_state) y;
      struct HC_OF(_rates) r;
      struct HC_OF(_currents) i;
      HC_STATES(HC_LOAD_V, HC_LOAD_STATE, HC_LOAD_STATE)
      HC_OF(_rhs)(t, &y, stim[lane], &p, &r, &i);
      HC_STATES(HC_STORE_V, HC_STORE_GATE, HC_STORE_PLAIN)
    }
  }
}

static void HC_OF(_rates_of)(double t, const double *values, double stim, const double *parameters, double *dydt,
                             double *currents)
{
  const struct HC_OF(_parameters) p = HC_OF(_read_parameters)(parameters);
  struct HC_OF(_state) y;
  struct HC_OF(_rates) r;
  struct HC_OF(_currents) i;
  HC_STATES(HC_READ_STATE, HC_READ_STATE, HC_READ_STATE)
  HC_OF(_rhs)(t, &y, stim, &p, &r, &i);
  HC_STATES(HC_WRITE_PLAIN, HC_WRITE_GATE, HC_WRITE_PLAIN)
  if (currents) {
    HC_CURRENTS(HC_WRITE_CURRENT)
  }
}
