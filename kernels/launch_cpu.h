/* healthcast kernels: the launcher for CPUs. Include it once for each model, after the model's header:
 *
 *   #include "ttp06.h"
 *   #define HC_MODEL ttp06
 *   #define HC_STATES TTP06_STATES
 *   #define HC_PARAMETERS TTP06_PARAMETERS
 *   #define HC_CURRENTS TTP06_CURRENTS
 *   #define HC_EXCHANGES ...     if the model has Markov chains
 *   #define HC_SUMS ...          if it has conserved sums
 *   #include "launch_cpu.h"
 *
 * It defines the static functions <model>_step, _step2, _step_tabled, _tabulate, _rates_of and _sums (struct
 * hc_cell_model says what they do). The schemes, with everything at the beginning of the step unless said otherwise:
 *
 *   step   gates exactly with V and concentrations frozen (Rush & Larsen 1978, doi:10.1109/TBME.1978.326270); stiff
 *          states y + dt f phi(dt a) with a = df/dy of the state in itself, phi(x) = (exp(x) - 1) / x (GRL1: Sundnes,
 *          Artebrant, Skavhaug & Tveito 2009, doi:10.1109/TBME.2009.2014739); chains exchange by exchange, each solved
 *          exactly; V and plain states by forward Euler. First order.
 *   step2  GRL2 of the same paper: half a step as above (V linearised too) to a midpoint m, then a whole step from the
 *          beginning with rates of the midpoint. For linearised states the midpoint rate is shifted to the state's own
 *          old value, f(m) + a (y - m), which is of second order for any a. Chains: two half sweeps twice minus one
 *          whole sweep (Richardson), all with the midpoint's rates. Second order.
 *
 * a is a difference quotient of the right-hand side, of which the compiler keeps what the one state enters; it is held
 * at or below zero.
 *
 * Why it is written like this: compilers keep a struct of scalars in vector registers, one lane a node, but not an
 * array, so the tables are expanded into one load and one store a state, and all functions in between are inlined. */
#include "cell_model.h"
#include "model.h"

#ifndef HC_LAUNCH_CPU_H
#define HC_LAUNCH_CPU_H
#define HC_PASTE_(a, b) a##b
#define HC_PASTE(a, b) HC_PASTE_(a, b)
#define HC_OF(suffix) HC_PASTE(HC_MODEL, suffix)
#define HC_PASTE3_(a, b, c) a##b##c
#define HC_PASTE3(a, b, c) HC_PASTE3_(a, b, c)
#define HC_INDEX(name) HC_PASTE3(HC_MODEL, _index_, name)
#define HC_PARAMETER_INDEX(name) HC_PASTE3(HC_MODEL, _parameter_, name)
#define HC_CURRENT_INDEX(name) HC_PASTE3(HC_MODEL, _current_, name)
#define HC_FIRST(a, ...) a

#define HC_EACH_INDEX(name, ...) HC_INDEX(name),
#define HC_EACH_PARAMETER_INDEX(name, ...) HC_PARAMETER_INDEX(name),
#define HC_EACH_CURRENT_INDEX(name, ...) HC_CURRENT_INDEX(name),
#define HC_EACH_TABLE_INDEX(name, ...) HC_PASTE3(HC_MODEL, _table_, name),
#define HC_TABLE_INDEX(name) HC_PASTE3(HC_MODEL, _table_, name)
#define HC_SKIP(...)

/* Loads, and stores of results. */
#define HC_STATE_AT(memory, name) memory[(HC_INDEX(name) - 1) * HC_LANES + lane]
#define HC_LOAD_V(name, ...) y.name = v[lane];
#define HC_LOAD_STATE(name, ...) y.name = HC_STATE_AT(state, name);
#define HC_STORE_V(name, ...) v_out[lane] = next.name;
#define HC_STORE_STATE(name, ...) HC_STATE_AT(state_out, name) = next.name;
#define HC_STORE_CURRENT(name, ...) current_out[HC_CURRENT_INDEX(name) * HC_LANES + lane] = i.name;
#define HC_LOAD_PARAMETER(name, ...) p.name = lane_parameters[HC_PARAMETER_INDEX(name)][lane];
#define HC_LOAD_SCALE(name, ...) p.scale.name = lane_parameters[HC_OF(_first_scale) + HC_CURRENT_INDEX(name)][lane];
#define HC_READ_STATE(name, ...) y.name = values[HC_INDEX(name)];
#define HC_READ_PARAMETER(name, ...) p.name = *next++;
#define HC_READ_SCALE(name, ...) p.scale.name = *next++;

/* slope_X = min(0, df_X / dX); `least` is a size below which X is no smaller, in its unit. */
#define HC_SLOPE_OF(name, least)                                                                                       \
  hc_real slope_##name;                                                                                                \
  {                                                                                                                    \
    const struct hc_nudge nudge = hc_nudge_of(y.name, least);                                                          \
    struct HC_OF(_state) nudged = y;                                                                                   \
    struct HC_OF(_rates) nudged_rates;                                                                                 \
    struct HC_OF(_currents) nudged_currents;                                                                           \
    nudged.name += nudge.by;                                                                                           \
    HC_OF(_rhs)(t, &nudged, stim[lane], &p, &nudged_rates, &nudged_currents);                                          \
    slope_##name = (nudged_rates.name - r.name) * nudge.inverse;                                                       \
    slope_##name = hc_select(slope_##name < 0.0, slope_##name, 0.0);                                                   \
  }
#define HC_SLOPE_V(name, ...) HC_SLOPE_OF(name, 1.0)
#define HC_SLOPE(name, ...) HC_SLOPE_OF(name, 1e-9)

/* First order: next from y and r. */
#define HC_EULER(name, ...) next.name = y.name + dt * r.name;
#define HC_EXACT_GATE(name, ...) next.name = y.name + (y.name - r.name.inf) * hc_expm1(-dt * r.name.k);
#define HC_LINEARISED(name, ...) next.name = y.name + dt * r.name * hc_expm1_over_x(dt * slope_##name);
#define HC_COPY(name, ...) next.name = y.name;

/* A gate from two rows of a table, `between` of the way from one to the other. */
#define HC_TABLE_GATE(name, ...)                                                                                       \
  {                                                                                                                    \
    enum { LOW = 2 * HC_TABLE_INDEX(name), HIGH = LOW + 2 * HC_OF(_n_tabled) };                                        \
    const hc_real inf = table[row + LOW] + between * (table[row + HIGH] - table[row + LOW]);                           \
    const hc_real decay = table[row + LOW + 1] + between * (table[row + HIGH + 1] - table[row + LOW + 1]);             \
    next.name = y.name + (y.name - inf) * decay;                                                                       \
  }
#define HC_WRITE_TABLE(name, ...)                                                                                      \
  row[2 * HC_TABLE_INDEX(name)] = r.name.inf;                                                                          \
  row[2 * HC_TABLE_INDEX(name) + 1] = hc_expm1(-table->dt * r.name.k);
#define HC_START_STATE(name, list, ...) y.name = HC_FIRST list;

/* One exchange of a chain over a time: part = (1 - exp(-s time)) / s with s the sum of both rates. */
#define HC_MOVE(x, from, to, part)                                                                                     \
  {                                                                                                                    \
    const hc_real moved = (part) * (r.from##_##to.there * x.from - r.from##_##to.back * x.to);                         \
    x.from -= moved;                                                                                                   \
    x.to += moved;                                                                                                     \
  }
#define HC_PART(from, to, time) ((time)*hc_expm1_over_x(-(time) * (r.from##_##to.there + r.from##_##to.back)))
#define HC_SWEEP(from, to) HC_MOVE(next, from, to, HC_PART(from, to, dt))

/* Second order, first stage: middle after half a step, first after a whole one; exp(2x) - 1 = (exp(x) - 1)(exp(x) + 1).
 */
#define HC_HALF_EULER(name, ...)                                                                                       \
  middle.name = y.name + half * r.name;                                                                                \
  first.name = y.name + dt * r.name;
#define HC_HALF_GATE(name, ...)                                                                                        \
  {                                                                                                                    \
    const hc_real decay = hc_expm1(-half * r.name.k), away = (y.name - r.name.inf) * decay;                            \
    middle.name = y.name + away;                                                                                       \
    first.name = y.name + away * (decay + 2.0);                                                                        \
  }
#define HC_HALF_LINEARISED(name, ...)                                                                                  \
  {                                                                                                                    \
    const hc_real x = half * slope_##name, phi = hc_expm1_over_x(x);                                                   \
    middle.name = y.name + half * r.name * phi;                                                                        \
    first.name = y.name + dt * r.name * phi * (1.0 + 0.5 * x * phi);                                                   \
  }
#define HC_HALF_CHAIN(name, ...) middle.name = first.name = y.name;
#define HC_HALF_SWEEP(from, to)                                                                                        \
  {                                                                                                                    \
    const hc_real s = r.from##_##to.there + r.from##_##to.back, part = HC_PART(from, to, half);                        \
    HC_MOVE(middle, from, to, part)                                                                                    \
    HC_MOVE(first, from, to, part *(2.0 - s * part))                                                                   \
  }

/* Second stage: next from y with r of the midpoint. */
#define HC_WHOLE_LINEARISED(name, ...)                                                                                 \
  next.name = y.name + dt * (r.name + slope_##name * (y.name - middle.name)) * hc_expm1_over_x(dt * slope_##name);
#define HC_WHOLE_CHAIN(name, ...) next.name = whole.name = y.name;
#define HC_RICHARDSON_PARTS(from, to)                                                                                  \
  const hc_real part_##from##_##to = HC_PART(from, to, half),                                                          \
                part2_##from##_##to =                                                                                  \
                    part_##from##_##to * (2.0 - (r.from##_##to.there + r.from##_##to.back) * part_##from##_##to);
#define HC_RICHARDSON_HALF(from, to) HC_MOVE(next, from, to, part_##from##_##to)
#define HC_RICHARDSON_WHOLE(from, to) HC_MOVE(whole, from, to, part2_##from##_##to)
#define HC_RICHARDSON(name, ...) next.name = 2.0 * next.name - whole.name;

/* error2 += ((next - first) / size)^2: V against 100 mV, gates and chains against 1, the rest against itself. Of a
 * chain what the change of rates does counts whole, and what Richardson takes away a quarter: the rest of it is far
 * smaller. */
#define HC_ERROR_OVER(name, size) error2 += hc_square((next.name - first.name) / (size));
#define HC_ERROR_V(name, ...) HC_ERROR_OVER(name, 100.0)
#define HC_ERROR_FRACTION(name, ...) HC_ERROR_OVER(name, 1.0)
#define HC_ERROR_CHAIN(name, ...) error2 += hc_square(whole.name - first.name + 0.25 * (next.name - whole.name));
#define HC_ERROR_RELATIVE(name, list, ...)                                                                             \
  HC_ERROR_OVER(name, 1e-6 + hc_select(next.name < 0.0, -next.name, next.name) +                                       \
                          ((HC_FIRST list) < 0.0 ? -(HC_FIRST list) : (HC_FIRST list)))

/* Rates as an array. */
#define HC_WRITE_PLAIN(name, ...) dydt[HC_INDEX(name)] = r.name;
#define HC_WRITE_GATE(name, ...) dydt[HC_INDEX(name)] = (r.name.inf - y.name) * r.name.k;
#define HC_WRITE_CHAIN(name, ...) dydt[HC_INDEX(name)] = 0.0;
#define HC_WRITE_EXCHANGE(from, to)                                                                                    \
  {                                                                                                                    \
    const hc_real flow = r.from##_##to.there * y.from - r.from##_##to.back * y.to;                                     \
    dydt[HC_INDEX(from)] -= flow;                                                                                      \
    dydt[HC_INDEX(to)] += flow;                                                                                        \
  }
#define HC_WRITE_CURRENT(name, ...) *currents++ = i.name;
#define HC_WRITE_SUM(name, ...) *sums++ = s.name;

/* What a state is moved by for a difference quotient, far above rounding and far below where a rate bends: 2^-17 of the
 * power of two below it, so that its inverse is exact and costs no division. */
struct hc_nudge {
  hc_real by, inverse;
};

HC_FN struct hc_nudge hc_nudge_of(hc_real x, hc_real least)
{
  const uint64_t exponent = hc_bits(hc_select(x < 0.0, -x, x) + least) & UINT64_C(0x7ff0000000000000);
  return (struct hc_nudge){.by = hc_from_bits(exponent) * 0x1p-17,
                           .inverse = hc_from_bits(UINT64_C(0x7fe0000000000000) - exponent) * 0x1p17};
}
#endif

#ifndef HC_EXCHANGES
#define HC_EXCHANGES HC_NO_EXCHANGES
#endif

enum {
  HC_STATES(HC_EACH_INDEX, HC_EACH_INDEX, HC_EACH_INDEX, HC_EACH_INDEX, HC_EACH_INDEX, HC_EACH_INDEX) HC_OF(_n_states)
};
enum { HC_STATES(HC_SKIP, HC_EACH_TABLE_INDEX, HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP) HC_OF(_n_tabled) };
enum { HC_PARAMETERS(HC_EACH_PARAMETER_INDEX) HC_OF(_first_scale) };
enum { HC_CURRENTS(HC_EACH_CURRENT_INDEX) HC_OF(_n_currents) };
enum { HC_OF(_n_parameters) = HC_OF(_first_scale) + HC_OF(_n_currents) };

static inline struct HC_OF(_parameters) HC_OF(_read_parameters)(const double *next)
{
  struct HC_OF(_parameters) p;
  HC_PARAMETERS(HC_READ_PARAMETER)
  HC_CURRENTS(HC_READ_SCALE)
  return p;
}

/* The parameters of one lane from [parameter][lane]. They, and the time step, lie there even if all cells share them:
 * what depends on parameters alone is then not taken out of the loop (5 % on average), but gcc also cannot see that a
 * condition is the same in all lanes, of which it vectorises no select (a factor of 4 to 8 where it happens). */
HC_FN struct HC_OF(_parameters) HC_OF(_lane_parameters)(int lane, double lane_parameters[][HC_LANES])
{
  struct HC_OF(_parameters) p;
  HC_PARAMETERS(HC_LOAD_PARAMETER)
  HC_CURRENTS(HC_LOAD_SCALE)
  return p;
}

/* The first-order step of one lane. Lanes are functions of their own, not loop bodies: a struct declared in the body of
 * a simd loop becomes an array over the lanes in gcc, which it then does not vectorise. */
HC_FN void HC_OF(_first_order)(int lane, double t, const double *steps, double lane_parameters[][HC_LANES], double *v,
                               double *state, const double *stim)
{
  const struct HC_OF(_parameters) p = HC_OF(_lane_parameters)(lane, lane_parameters);
  const double dt = steps[lane];
  double *const v_out = v, *const state_out = state;
  struct HC_OF(_state) y, next;
  struct HC_OF(_rates) r;
  struct HC_OF(_currents) i;
  HC_STATES(HC_LOAD_V, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE)
  HC_OF(_rhs)(t, &y, stim[lane], &p, &r, &i);
  HC_STATES(HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP, HC_SLOPE, HC_SKIP)
  HC_STATES(HC_EULER, HC_EXACT_GATE, HC_EXACT_GATE, HC_EULER, HC_LINEARISED, HC_COPY)
  HC_EXCHANGES(HC_SWEEP)
  HC_STATES(HC_STORE_V, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE)
}

/* The same with gates from a table. What the right-hand side computes of them goes nowhere, and the compiler drops it.
 */
HC_FN void HC_OF(_tabled)(int lane, double t, const double *steps, double lane_parameters[][HC_LANES], double *v,
                          double *state, const double *stim, const double *table, double v_low, double rows_per_mv,
                          double last)
{
  const struct HC_OF(_parameters) p = HC_OF(_lane_parameters)(lane, lane_parameters);
  const double dt = steps[lane];
  double *const v_out = v, *const state_out = state;
  struct HC_OF(_state) y, next;
  struct HC_OF(_rates) r;
  struct HC_OF(_currents) i;
  HC_STATES(HC_LOAD_V, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE)
  const hc_real place = (y.V - v_low) * rows_per_mv;
  const hc_real inside = hc_select(place > 0.0, hc_select(place < last, place, last), 0.0); /* a NaN gives 0 */
  /* the row below: rounding of inside - 1/2, by a sum whose last bit is worth 1 */
  const hc_real below = hc_select(inside - 0.5 < last - 1.0, inside - 0.5, last - 1.0) + 0x1.8p52;
  const int64_t row = (int64_t)(hc_bits(below) - hc_bits(0x1.8p52)) * (2 * HC_OF(_n_tabled));
  const hc_real between = inside - (below - 0x1.8p52);
  HC_OF(_rhs)(t, &y, stim[lane], &p, &r, &i);
  HC_STATES(HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP, HC_SLOPE, HC_SKIP)
  HC_STATES(HC_EULER, HC_TABLE_GATE, HC_EXACT_GATE, HC_EULER, HC_LINEARISED, HC_COPY)
  HC_EXCHANGES(HC_SWEEP)
  HC_STATES(HC_STORE_V, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE)
  (void)row, (void)between, (void)table; /* a model without such gates */
}

/* The second-order step of one lane. */
HC_FN void HC_OF(_second_order)(int lane, double t, const double *steps, double lane_parameters[][HC_LANES],
                                const double *v, const double *state, const double *stim, double *v_out,
                                double *state_out, double *error_out, double *current_out)
{
  const struct HC_OF(_parameters) p = HC_OF(_lane_parameters)(lane, lane_parameters);
  const double dt = steps[lane], half = 0.5 * dt;
  struct HC_OF(_state) y, middle, first, next, whole;
  struct HC_OF(_rates) r;
  struct HC_OF(_currents) i;
  hc_real error2 = 0.0;
  HC_STATES(HC_LOAD_V, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE)
  HC_OF(_rhs)(t, &y, stim[lane], &p, &r, &i);
  HC_CURRENTS(HC_STORE_CURRENT)
  HC_STATES(HC_SLOPE_V, HC_SKIP, HC_SKIP, HC_SKIP, HC_SLOPE, HC_SKIP)
  HC_STATES(HC_HALF_LINEARISED, HC_HALF_GATE, HC_HALF_GATE, HC_HALF_EULER, HC_HALF_LINEARISED, HC_HALF_CHAIN)
  HC_EXCHANGES(HC_HALF_SWEEP)

  HC_OF(_rhs)(t + half, &middle, stim[lane], &p, &r, &i);
  HC_STATES(HC_WHOLE_LINEARISED, HC_EXACT_GATE, HC_EXACT_GATE, HC_EULER, HC_WHOLE_LINEARISED, HC_WHOLE_CHAIN)
  HC_EXCHANGES(HC_RICHARDSON_PARTS)
  HC_EXCHANGES(HC_RICHARDSON_HALF)
  HC_EXCHANGES(HC_RICHARDSON_HALF)
  HC_EXCHANGES(HC_RICHARDSON_WHOLE)
  HC_STATES(HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP, HC_RICHARDSON)

  HC_STATES(HC_ERROR_V, HC_ERROR_FRACTION, HC_ERROR_FRACTION, HC_ERROR_RELATIVE, HC_ERROR_RELATIVE, HC_ERROR_CHAIN)
  HC_STATES(HC_STORE_V, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE)
  error_out[lane] = hc_sqrt(error2);
  (void)whole;
}

/* Parameters of the cells of one block. */
static inline void HC_OF(_load_fields)(const struct hc_cell_batch *cells, int block,
                                       double lane_parameters[HC_OF(_n_parameters)][HC_LANES])
{
  for (int field = 0; field < cells->n_fields; ++field)
    for (int lane = 0; lane < HC_LANES; ++lane)
      lane_parameters[cells->field_of[field]][lane] =
          cells->fields[((int64_t)block * cells->n_fields + field) * HC_LANES + lane];
}

static inline void HC_OF(_load_uniform)(const struct hc_cell_batch *cells, double dt,
                                        double lane_parameters[HC_OF(_n_parameters)][HC_LANES], double *steps)
{
  for (int lane = 0; lane < HC_LANES; ++lane)
    steps[lane] = dt;
  for (int parameter = 0; parameter < HC_OF(_n_parameters); ++parameter)
    for (int lane = 0; lane < HC_LANES; ++lane)
      lane_parameters[parameter][lane] = cells->parameters[parameter];
}

static void HC_OF(_step)(const struct hc_cell_batch *cells, double t, double dt)
{
  static const double no_stimulus[HC_LANES] = {0};
  _Alignas(64) double lane_parameters[HC_OF(_n_parameters)][HC_LANES], steps[HC_LANES];
  HC_OF(_load_uniform)(cells, dt, lane_parameters, steps);
  for (int block = 0; block < cells->n_blocks; ++block) {
    double *restrict v = cells->v + (int64_t)block * HC_LANES;
    double *restrict state = cells->state + (int64_t)block * HC_LANES * (HC_OF(_n_states) - 1);
    const double *restrict stim = cells->stim ? cells->stim + (int64_t)block * HC_LANES : no_stimulus;
    HC_OF(_load_fields)(cells, block, lane_parameters);
    HC_LANE_LOOP(lane)
    HC_OF(_first_order)(lane, t, steps, lane_parameters, v, state, stim);
  }
}

static void HC_OF(_tabulate)(const double *parameters, const struct hc_cell_table *table)
{
  const struct HC_OF(_parameters) p = HC_OF(_read_parameters)(parameters);
  for (int index = 0; index < table->rows; ++index) {
    double *const row = table->values + (int64_t)index * (2 * HC_OF(_n_tabled));
    struct HC_OF(_state) y;
    struct HC_OF(_rates) r;
    struct HC_OF(_currents) i;
    HC_STATES(HC_START_STATE, HC_START_STATE, HC_START_STATE, HC_START_STATE, HC_START_STATE, HC_START_STATE)
    y.V = table->v_low + index / table->rows_per_mv;
    HC_OF(_rhs)(0.0, &y, 0.0, &p, &r, &i);
    HC_STATES(HC_SKIP, HC_WRITE_TABLE, HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP)
    (void)row;
  }
}

static void HC_OF(_step_tabled)(const struct hc_cell_batch *cells, double t, const struct hc_cell_table *table)
{
  static const double no_stimulus[HC_LANES] = {0};
  _Alignas(64) double lane_parameters[HC_OF(_n_parameters)][HC_LANES], steps[HC_LANES];
  const double *restrict values = table->values;
  const double v_low = table->v_low, rows_per_mv = table->rows_per_mv, last = table->rows - 1;
  HC_OF(_load_uniform)(cells, table->dt, lane_parameters, steps);
  for (int block = 0; block < cells->n_blocks; ++block) {
    double *restrict v = cells->v + (int64_t)block * HC_LANES;
    double *restrict state = cells->state + (int64_t)block * HC_LANES * (HC_OF(_n_states) - 1);
    const double *restrict stim = cells->stim ? cells->stim + (int64_t)block * HC_LANES : no_stimulus;
    HC_LANE_LOOP(lane)
    HC_OF(_tabled)(lane, t, steps, lane_parameters, v, state, stim, values, v_low, rows_per_mv, last);
  }
}

static void HC_OF(_step2)(const struct hc_cell_batch *cells, double t, double dt, double *v_next, double *state_next,
                          double *error, double *currents)
{
  static const double no_stimulus[HC_LANES] = {0};
  _Alignas(64) double lane_parameters[HC_OF(_n_parameters)][HC_LANES], steps[HC_LANES];
  _Alignas(64) double no_currents[HC_OF(_n_currents) * HC_LANES], no_error[HC_LANES] = {0};
  HC_OF(_load_uniform)(cells, dt, lane_parameters, steps);
  for (int block = 0; block < cells->n_blocks; ++block) {
    const int64_t at = (int64_t)block * HC_LANES;
    const double *v = cells->v + at, *state = cells->state + at * (HC_OF(_n_states) - 1);
    double *v_out = v_next + at, *state_out = state_next + at * (HC_OF(_n_states) - 1);
    double *error_out = error ? error + at : no_error;
    double *current_out = currents ? currents + at * HC_OF(_n_currents) : no_currents;
    const double *stim = cells->stim ? cells->stim + at : no_stimulus;
    HC_OF(_load_fields)(cells, block, lane_parameters);
    HC_LANE_LOOP(lane)
    HC_OF(_second_order)(lane, t, steps, lane_parameters, v, state, stim, v_out, state_out, error_out, current_out);
  }
}

static void HC_OF(_rates_of)(double t, const double *values, double stim, const double *parameters, double *dydt,
                             double *currents)
{
  const struct HC_OF(_parameters) p = HC_OF(_read_parameters)(parameters);
  struct HC_OF(_state) y;
  struct HC_OF(_rates) r;
  struct HC_OF(_currents) i;
  HC_STATES(HC_READ_STATE, HC_READ_STATE, HC_READ_STATE, HC_READ_STATE, HC_READ_STATE, HC_READ_STATE)
  HC_OF(_rhs)(t, &y, stim, &p, &r, &i);
  HC_STATES(HC_WRITE_PLAIN, HC_WRITE_GATE, HC_WRITE_GATE, HC_WRITE_PLAIN, HC_WRITE_PLAIN, HC_WRITE_CHAIN)
  HC_EXCHANGES(HC_WRITE_EXCHANGE)
  if (currents) {
    HC_CURRENTS(HC_WRITE_CURRENT)
  }
}

#ifdef HC_SUMS
static void HC_OF(_sums)(const double *values, const double *parameters, double *sums)
{
  const struct HC_OF(_parameters) p = HC_OF(_read_parameters)(parameters);
  struct HC_OF(_state) y;
  struct HC_OF(_sums) s;
  HC_STATES(HC_READ_STATE, HC_READ_STATE, HC_READ_STATE, HC_READ_STATE, HC_READ_STATE, HC_READ_STATE)
  HC_OF(_sums_of)(&y, &p, &s);
  HC_SUMS(HC_WRITE_SUM)
}
#endif
