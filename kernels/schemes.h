/* healthcast kernels: time steps of a model, from its tables. Launchers include it for each model after the macros that
 * launch.h names. It defines
 *
 *   <model>_index_X, _parameter_X, _current_X, _table_X, _n_states, _n_parameters, _n_currents, _n_tabled    places
 *   <model>_rush_larsen, _rush_larsen_tabled, _grl2 (in one, or its two stages)                             schemes
 *
 * of structs of scalars, which launchers load and store. With everything at the beginning of the step unless said
 * otherwise:
 *
 *   rush_larsen  gates exactly with V and concentrations frozen (Rush & Larsen 1978, doi:10.1109/TBME.1978.326270);
 *                stiff states y + dt f phi(dt a) with a = df/dy of the state in itself, phi(x) = (exp(x) - 1) / x
 * (GRL1: Sundnes, Artebrant, Skavhaug & Tveito 2009, doi:10.1109/TBME.2009.2014739); chains exchange by exchange, each
 * solved exactly; V and plain states by forward Euler. First order. grl2         of the same paper: half a step as
 * above (V linearised too) to a midpoint m, then a whole step from the beginning with rates of the midpoint. For
 * linearised states the midpoint rate is shifted to the state's own old value, f(m) + a (y - m), which is of second
 * order for any a. Chains: two half sweeps twice minus one whole sweep (Richardson), all with the midpoint's rates.
 * Second order.
 *
 * a is a difference quotient of the right-hand side, of which the compiler keeps what the one state enters; it is held
 * at or below zero.
 *
 * The change of V is handed out beside the new V: where V has more digits than the states it is added to the V that has
 * them. */
#include "model.h"

#ifndef HC_SCHEMES_H
#define HC_SCHEMES_H

#define HC_PASTE_(a, b) a##b
#define HC_PASTE(a, b) HC_PASTE_(a, b)
#define HC_OF(suffix) HC_PASTE(HC_MODEL, suffix)
#define HC_PASTE3_(a, b, c) a##b##c
#define HC_PASTE3(a, b, c) HC_PASTE3_(a, b, c)
#define HC_INDEX(name) HC_PASTE3(HC_MODEL, _index_, name)
#define HC_PARAMETER_INDEX(name) HC_PASTE3(HC_MODEL, _parameter_, name)
#define HC_CURRENT_INDEX(name) HC_PASTE3(HC_MODEL, _current_, name)
#define HC_TABLE_INDEX(name) HC_PASTE3(HC_MODEL, _table_, name)
#define HC_FIRST(a, ...) a

#define HC_EACH_INDEX(name, ...) HC_INDEX(name),
#define HC_EACH_PARAMETER_INDEX(name, ...) HC_PARAMETER_INDEX(name),
#define HC_EACH_CURRENT_INDEX(name, ...) HC_CURRENT_INDEX(name),
#define HC_EACH_TABLE_INDEX(name, ...) HC_TABLE_INDEX(name),
#define HC_SKIP(...)

/* slope_X = min(0, df_X / dX); `least` is a size below which X is no smaller, in its unit. */
#define HC_SLOPE_OF(name, least, relative)                                                                             \
  hc_real slope_##name;                                                                                                \
  {                                                                                                                    \
    const struct hc_nudge nudge = hc_nudge_of(y->name, least, relative);                                               \
    struct HC_OF(_state) nudged = *y;                                                                                  \
    struct HC_OF(_rates) nudged_rates;                                                                                 \
    struct HC_OF(_currents) nudged_currents;                                                                           \
    nudged.name += nudge.by;                                                                                           \
    HC_OF(_rhs)(t, &nudged, stimulus, p, &nudged_rates, &nudged_currents);                                             \
    slope_##name = (nudged_rates.name - r.name) * nudge.inverse;                                                       \
    slope_##name = hc_select(slope_##name < 0.0, slope_##name, 0.0);                                                   \
  }
#define HC_SLOPE_V(name, ...) HC_SLOPE_OF(name, 1.0, HC_NUDGE_V)
#define HC_SLOPE(name, ...) HC_SLOPE_OF(name, 1e-9, HC_NUDGE)

/* First order: next from y and r. */
#define HC_EULER_V(name, ...)                                                                                          \
  *change = dt * r.name;                                                                                               \
  next->name = y->name + *change;
#define HC_EULER(name, ...) next->name = y->name + dt * r.name;
#define HC_EXACT_GATE(name, ...) next->name = y->name + (y->name - r.name.inf) * hc_expm1(-dt * r.name.k);
#define HC_LINEARISED(name, ...) next->name = y->name + dt * r.name * hc_expm1_over_x(dt * slope_##name);
#define HC_COPY(name, ...) next->name = y->name;

/* A gate from two rows of a table, `between` of the way from one to the other. */
#define HC_TABLE_GATE(name, ...)                                                                                       \
  {                                                                                                                    \
    enum { LOW = 2 * HC_TABLE_INDEX(name), HIGH = LOW + 2 * HC_OF(_n_tabled) };                                        \
    const hc_real inf = table[row + LOW] + between * (table[row + HIGH] - table[row + LOW]);                           \
    const hc_real decay = table[row + LOW + 1] + between * (table[row + HIGH + 1] - table[row + LOW + 1]);             \
    next->name = y->name + (y->name - inf) * decay;                                                                    \
  }

/* One exchange of a chain over a time: part = (1 - exp(-s time)) / s with s the sum of both rates. */
#define HC_MOVE(x, from, to, part)                                                                                     \
  {                                                                                                                    \
    const hc_real moved = (part) * (r.from##_##to.there * (x)->from - r.from##_##to.back * (x)->to);                   \
    (x)->from -= moved;                                                                                                \
    (x)->to += moved;                                                                                                  \
  }
#define HC_PART(from, to, time) ((time)*hc_expm1_over_x(-(time) * (r.from##_##to.there + r.from##_##to.back)))
#define HC_SWEEP(from, to) HC_MOVE(next, from, to, HC_PART(from, to, dt))

/* Second order, first stage: middle after half a step, first after a whole one; exp(2x) - 1 = (exp(x) - 1)(exp(x) + 1).
 */
#define HC_HAND_SLOPE(name, ...) slope->name = slope_##name;
#define HC_HALF_EULER(name, ...)                                                                                       \
  middle->name = y->name + half_dt * r.name;                                                                           \
  first->name = y->name + dt * r.name;
#define HC_HALF_GATE(name, ...)                                                                                        \
  {                                                                                                                    \
    const hc_real decay = hc_expm1(-half_dt * r.name.k), away = (y->name - r.name.inf) * decay;                        \
    middle->name = y->name + away;                                                                                     \
    first->name = y->name + away * (decay + 2.0);                                                                      \
  }
#define HC_HALF_LINEARISED(name, ...)                                                                                  \
  {                                                                                                                    \
    const hc_real x = half_dt * slope_##name, phi = hc_expm1_over_x(x);                                                \
    middle->name = y->name + half_dt * r.name * phi;                                                                   \
    first->name = y->name + dt * r.name * phi * (1.0 + 0.5 * x * phi);                                                 \
  }
#define HC_HALF_CHAIN(name, ...) middle->name = first->name = y->name;
#define HC_HALF_SWEEP(from, to)                                                                                        \
  {                                                                                                                    \
    const hc_real s = r.from##_##to.there + r.from##_##to.back, part = HC_PART(from, to, half_dt);                     \
    HC_MOVE(middle, from, to, part)                                                                                    \
    HC_MOVE(first, from, to, part *(2.0 - s * part))                                                                   \
  }

/* Second stage: next from y with r of the midpoint. */
#define HC_WHOLE_CHANGE(name)                                                                                          \
  (dt * (r.name + slope->name * (y->name - middle->name)) * hc_expm1_over_x(dt * slope->name))
#define HC_WHOLE_V(name, ...)                                                                                          \
  *change = HC_WHOLE_CHANGE(name);                                                                                     \
  next->name = y->name + *change;
#define HC_WHOLE_LINEARISED(name, ...) next->name = y->name + HC_WHOLE_CHANGE(name);
#define HC_WHOLE_CHAIN(name, ...) next->name = whole->name = y->name;
#define HC_RICHARDSON_PARTS(from, to)                                                                                  \
  const hc_real part_##from##_##to = HC_PART(from, to, half_dt),                                                       \
                part2_##from##_##to =                                                                                  \
                    part_##from##_##to * (2.0 - (r.from##_##to.there + r.from##_##to.back) * part_##from##_##to);
#define HC_RICHARDSON_HALF(from, to) HC_MOVE(next, from, to, part_##from##_##to)
#define HC_RICHARDSON_WHOLE(from, to) HC_MOVE(whole, from, to, part2_##from##_##to)
#define HC_RICHARDSON(name, ...) next->name = 2.0 * next->name - whole->name;

/* error2 += ((next - first) / size)^2: V against 100 mV, gates and chains against 1, the rest against itself. Of a
 * chain what the change of rates does counts whole, and what Richardson takes away a quarter: the rest of it is far
 * smaller. */
#define HC_ERROR_OVER(name, size) error2 += hc_square((next->name - first->name) / (size));
#define HC_ERROR_V(name, ...) HC_ERROR_OVER(name, 100.0)
#define HC_ERROR_FRACTION(name, ...) HC_ERROR_OVER(name, 1.0)
#define HC_ERROR_CHAIN(name, ...) error2 += hc_square(whole.name - first->name + 0.25 * (next->name - whole.name));
#define HC_ERROR_RELATIVE(name, list, ...)                                                                             \
  HC_ERROR_OVER(name, 1e-6 + hc_select(next->name < 0.0, -next->name, next->name) +                                    \
                          ((HC_FIRST list) < 0.0 ? -(HC_FIRST list) : (HC_FIRST list)))

/* What a state is moved by for a difference quotient, far above rounding and far below where a rate bends: `relative`,
 * a power of two, of the power of two below the state, so that its inverse is exact and costs no division. */
struct hc_nudge {
  hc_real by, inverse;
};

HC_FN struct hc_nudge hc_nudge_of(hc_real x, hc_real least, hc_real relative)
{
  const hc_pattern exponent = hc_bits(hc_select(x < 0.0, -x, x) + least) & HC_EXPONENT_BITS;
  struct hc_nudge out;
  out.by = hc_from_bits(exponent) * relative;
  out.inverse = hc_from_bits(HC_INVERSE_EXPONENTS - exponent) * (1.0 / relative);
  return out;
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

HC_FN void HC_OF(_rush_larsen)(hc_real t, hc_real dt, const struct HC_OF(_state) * y, hc_real stimulus,
                               const struct HC_OF(_parameters) * p, struct HC_OF(_state) * next, hc_real *change)
{
  struct HC_OF(_rates) r;
  struct HC_OF(_currents) i;
  HC_OF(_rhs)(t, y, stimulus, p, &r, &i);
  HC_STATES(HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP, HC_SLOPE, HC_SKIP)
  HC_STATES(HC_EULER_V, HC_EXACT_GATE, HC_EXACT_GATE, HC_EULER, HC_LINEARISED, HC_COPY)
  HC_EXCHANGES(HC_SWEEP)
}

/* The same with gates from a table, whose last row is number `last`. What the right-hand side computes of them goes
 * nowhere, and the compiler drops it. */
HC_FN void HC_OF(_rush_larsen_tabled)(hc_real t, hc_real dt, const struct HC_OF(_state) * y, hc_real stimulus,
                                      const struct HC_OF(_parameters) * p, HC_GLOBAL const hc_real *table,
                                      hc_real v_low, hc_real rows_per_mv, hc_real last, struct HC_OF(_state) * next,
                                      hc_real *change)
{
  struct HC_OF(_rates) r;
  struct HC_OF(_currents) i;
  const hc_real place = (y->V - v_low) * rows_per_mv;
  const hc_real inside = hc_select(place > 0.0, hc_select(place < last, place, last), 0.0); /* a NaN gives 0 */
  /* the row below: rounding of inside - 1/2, by a sum whose last bit is worth 1 */
  const hc_real below = hc_select(inside - 0.5 < last - 1.0, inside - 0.5, last - 1.0) + HC_INTEGER_SHIFT;
  const hc_int64 row = (hc_int64)(hc_bits(below) - hc_bits(HC_INTEGER_SHIFT)) * (2 * HC_OF(_n_tabled));
  const hc_real between = inside - (below - HC_INTEGER_SHIFT);
  HC_OF(_rhs)(t, y, stimulus, p, &r, &i);
  HC_STATES(HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP, HC_SLOPE, HC_SKIP)
  HC_STATES(HC_EULER_V, HC_TABLE_GATE, HC_EXACT_GATE, HC_EULER, HC_LINEARISED, HC_COPY)
  HC_EXCHANGES(HC_SWEEP)
  (void)row, (void)between, (void)table; /* a model without such gates */
}

/* First stage of grl2: middle after half a step, first after a whole one, slopes of V and stiff states; *i: currents at
 * the beginning. */
HC_FN void HC_OF(_grl2_half)(hc_real t, hc_real dt, const struct HC_OF(_state) * y, hc_real stimulus,
                             const struct HC_OF(_parameters) * p, struct HC_OF(_state) * middle,
                             struct HC_OF(_state) * first, struct HC_OF(_state) * slope, struct HC_OF(_currents) * i)
{
  const hc_real half_dt = 0.5 * dt;
  struct HC_OF(_rates) r;
  HC_OF(_rhs)(t, y, stimulus, p, &r, i);
  HC_STATES(HC_SLOPE_V, HC_SKIP, HC_SKIP, HC_SKIP, HC_SLOPE, HC_SKIP)
  HC_STATES(HC_HAND_SLOPE, HC_SKIP, HC_SKIP, HC_SKIP, HC_HAND_SLOPE, HC_SKIP)
  HC_STATES(HC_HALF_LINEARISED, HC_HALF_GATE, HC_HALF_GATE, HC_HALF_EULER, HC_HALF_LINEARISED, HC_HALF_CHAIN)
  HC_EXCHANGES(HC_HALF_SWEEP)
}

/* Second stage. whole: chains after a whole sweep. */
HC_FN void HC_OF(_grl2_whole)(hc_real t, hc_real dt, const struct HC_OF(_state) * y, hc_real stimulus,
                              const struct HC_OF(_parameters) * p, const struct HC_OF(_state) * middle,
                              const struct HC_OF(_state) * slope, struct HC_OF(_state) * next,
                              struct HC_OF(_state) * whole, hc_real *change)
{
  const hc_real half_dt = 0.5 * dt;
  struct HC_OF(_rates) r;
  struct HC_OF(_currents) i;
  HC_OF(_rhs)(t + half_dt, middle, stimulus, p, &r, &i);
  HC_STATES(HC_WHOLE_V, HC_EXACT_GATE, HC_EXACT_GATE, HC_EULER, HC_WHOLE_LINEARISED, HC_WHOLE_CHAIN)
  HC_EXCHANGES(HC_RICHARDSON_PARTS)
  HC_EXCHANGES(HC_RICHARDSON_HALF)
  HC_EXCHANGES(HC_RICHARDSON_HALF)
  HC_EXCHANGES(HC_RICHARDSON_WHOLE)
  HC_STATES(HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP, HC_RICHARDSON)
  (void)whole;
}

/* The same with *error: the largest difference to the first-order result. */
HC_FN void HC_OF(_grl2_rest)(hc_real t, hc_real dt, const struct HC_OF(_state) * y, hc_real stimulus,
                             const struct HC_OF(_parameters) * p, const struct HC_OF(_state) * middle,
                             const struct HC_OF(_state) * first, const struct HC_OF(_state) * slope,
                             struct HC_OF(_state) * next, hc_real *change, hc_real *error)
{
  struct HC_OF(_state) whole;
  hc_real error2 = 0.0;
  HC_OF(_grl2_whole)(t, dt, y, stimulus, p, middle, slope, next, &whole, change);
  HC_STATES(HC_ERROR_V, HC_ERROR_FRACTION, HC_ERROR_FRACTION, HC_ERROR_RELATIVE, HC_ERROR_RELATIVE, HC_ERROR_CHAIN)
  *error = hc_sqrt(error2);
}

/* Both stages. */
HC_FN void HC_OF(_grl2)(hc_real t, hc_real dt, const struct HC_OF(_state) * y, hc_real stimulus,
                        const struct HC_OF(_parameters) * p, struct HC_OF(_state) * next, hc_real *change,
                        hc_real *error)
{
  struct HC_OF(_state) middle, first, slope;
  struct HC_OF(_currents) i;
  HC_OF(_grl2_half)(t, dt, y, stimulus, p, &middle, &first, &slope, &i);
  HC_OF(_grl2_rest)(t, dt, y, stimulus, p, &middle, &first, &slope, next, change, error);
}
