/* healthcast kernels: the launcher for CPUs, for what launch.h says. It defines the static functions <model>_step,
 * _step2, _step_tabled, _tabulate, _rates_of and _sums (struct hc_cell_model says what they do) with the schemes of
 * schemes.h.
 *
 * Why it is written like this: compilers keep a struct of scalars in vector registers, one lane a node, but not an
 * array, so the tables are expanded into one load and one store a state, and all functions in between are inlined. */
#include "cell_model.h"
#include "schemes.h"

#ifndef HC_LAUNCH_CPU_H
#define HC_LAUNCH_CPU_H

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

/* Rows of a table. */
#define HC_WRITE_TABLE(name, ...)                                                                                      \
  row[2 * HC_TABLE_INDEX(name)] = r.name.inf;                                                                          \
  row[2 * HC_TABLE_INDEX(name) + 1] = hc_expm1(-table->dt * r.name.k);
#define HC_START_STATE(name, list, ...) y.name = HC_FIRST list;

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

#endif

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
HC_FN void HC_OF(_step_lane)(int lane, double t, const double *steps, double lane_parameters[][HC_LANES], double *v,
                             double *state, const double *stim)
{
  const struct HC_OF(_parameters) p = HC_OF(_lane_parameters)(lane, lane_parameters);
  struct HC_OF(_state) y, next;
  double *const v_out = v, *const state_out = state, change;
  HC_STATES(HC_LOAD_V, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE)
  HC_OF(_rush_larsen)(t, steps[lane], &y, stim[lane], &p, &next, &change);
  HC_STATES(HC_STORE_V, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE)
}

HC_FN void HC_OF(_tabled_lane)(int lane, double t, const double *steps, double lane_parameters[][HC_LANES], double *v,
                               double *state, const double *stim, const double *table, double v_low, double rows_per_mv,
                               double last)
{
  const struct HC_OF(_parameters) p = HC_OF(_lane_parameters)(lane, lane_parameters);
  struct HC_OF(_state) y, next;
  double *const v_out = v, *const state_out = state, change;
  HC_STATES(HC_LOAD_V, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE)
  HC_OF(_rush_larsen_tabled)
  (t, steps[lane], &y, stim[lane], &p, table, v_low, rows_per_mv, last, &next, &change);
  HC_STATES(HC_STORE_V, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE)
}

HC_FN void HC_OF(_step2_lane)(int lane, double t, const double *steps, double lane_parameters[][HC_LANES],
                              const double *v, const double *state, const double *stim, double *v_out,
                              double *state_out, double *error_out, double *current_out)
{
  const struct HC_OF(_parameters) p = HC_OF(_lane_parameters)(lane, lane_parameters);
  struct HC_OF(_state) y, middle, first, slope, next;
  struct HC_OF(_currents) i;
  double change;
  HC_STATES(HC_LOAD_V, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE)
  HC_OF(_grl2_half)(t, steps[lane], &y, stim[lane], &p, &middle, &first, &slope, &i);
  HC_CURRENTS(HC_STORE_CURRENT) /* now, and no longer in registers */
  HC_OF(_grl2_rest)
  (t, steps[lane], &y, stim[lane], &p, &middle, &first, &slope, &next, &change, &error_out[lane]);
  HC_STATES(HC_STORE_V, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE)
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
    HC_OF(_step_lane)(lane, t, steps, lane_parameters, v, state, stim);
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
    HC_OF(_tabled_lane)(lane, t, steps, lane_parameters, v, state, stim, values, v_low, rows_per_mv, last);
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
    HC_OF(_step2_lane)(lane, t, steps, lane_parameters, v, state, stim, v_out, state_out, error_out, current_out);
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
