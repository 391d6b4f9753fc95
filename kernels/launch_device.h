/* healthcast kernels: the launcher for devices, for what launch.h says: a thread a cell. One model a program, in which
 * the kernels are cells_step, cells_step2, cells_tabled (one step in place) and cells_pace (many steps).
 *
 * Cell i of n is slot i of structures of arrays: its state s (>= 1) is state[(s - 1) stride + i], its field f is
 * fields[f stride + i]. Its V and stimulus (mV/ms; NULL: none) are those of node nodes[i], or i where nodes is NULL. */
#include "pace.h"
#include "schemes.h"

#ifndef HC_LAUNCH_DEVICE_H
#define HC_LAUNCH_DEVICE_H

/* Which parameters may differ from cell to cell: bit k of HC_FIELDS_w for parameter 64 w + k. The host says so, for the
 * look-up of a parameter takes registers, and one that is the same in all cells is an operand that costs none. */
#ifndef HC_FIELDS_0
#define HC_FIELDS_0 0xffffffffffffffff
#endif
#ifndef HC_FIELDS_1
#define HC_FIELDS_1 0xffffffffffffffff
#endif
#ifndef HC_FIELDS_2
#define HC_FIELDS_2 0xffffffffffffffff
#endif
#define HC_MAY_DIFFER(index)                                                                                           \
  ((index) >= 192 || (((index) < 64    ? (hc_uint64)HC_FIELDS_0                                                        \
                       : (index) < 128 ? (hc_uint64)HC_FIELDS_1                                                        \
                                       : (hc_uint64)HC_FIELDS_2) >>                                                    \
                          (index) % 64 &                                                                               \
                      1))

/* Parameters of all cells, and for each the field that stands for it, -1: none. */
struct hc_cells_block {
  hc_real parameters[HC_OF(_n_parameters)];
  int field_of[HC_OF(_n_parameters)];
};

#define HC_PARAMETER_AT(index)                                                                                         \
  (!HC_MAY_DIFFER(index) || HC_BLOCK_OF(block).field_of[index] < 0                                                     \
       ? HC_BLOCK_OF(block).parameters[index]                                                                          \
       : fields[HC_BLOCK_OF(block).field_of[index] * (hc_int64)stride + slot])
#define HC_LOAD_PARAMETER(name, ...) p.name = HC_PARAMETER_AT(HC_PARAMETER_INDEX(name));
#define HC_LOAD_SCALE(name, ...) p.scale.name = HC_PARAMETER_AT(HC_OF(_first_scale) + HC_CURRENT_INDEX(name));
#define HC_STATE_AT(name) (state + slot)[(HC_INDEX(name) - 1) * (hc_int64)stride]
#define HC_LOAD_V(name, ...) y.name = (hc_real)v[node];
#define HC_LOAD_STATE(name, ...) y.name = HC_STATE_AT(name);
#define HC_STORE_STATE(name, ...) HC_STATE_AT(name) = next.name;
#define HC_TAKE(name, ...) next.name = part.name;
#define HC_TAKE_LOW(name, ...)                                                                                         \
  if ((int)HC_INDEX(name) < (int)HC_CUT) {                                                                             \
    HC_TAKE(name)                                                                                                      \
  }
#define HC_TAKE_HIGH(name, ...)                                                                                        \
  if ((int)HC_INDEX(name) >= (int)HC_CUT) {                                                                            \
    HC_TAKE(name)                                                                                                      \
  }
#define HC_TAKE_SLOPE(name, ...) slope.name = part_slope.name;
#define HC_STORE(name, ...)                                                                                            \
  {                                                                                                                    \
    HC_FORGET(slot); /* rather than keep the address of the load */                                                    \
    HC_STATE_AT(name) = part.name;                                                                                     \
  }
#define HC_STORE_LOW(name, ...)                                                                                        \
  if ((int)HC_INDEX(name) < (int)HC_CUT) {                                                                             \
    HC_STORE(name)                                                                                                     \
  }
#define HC_STORE_HIGH(name, ...)                                                                                       \
  if ((int)HC_INDEX(name) >= (int)HC_CUT) {                                                                            \
    HC_STORE(name)                                                                                                     \
  }
#define HC_FORGET_STATE(name, ...) HC_FORGET_REAL(next.name);

/* The beginning of a kernel: this thread's cell, or return. */
#define HC_ENTER()                                                                                                     \
  int slot = (int)HC_THREAD();                                                                                         \
  if (slot >= n)                                                                                                       \
    return;                                                                                                            \
  int node = nodes ? nodes[slot] : slot;                                                                               \
  const hc_real stimulus = stim ? (hc_real)stim[node] : (hc_real)0.0;                                                  \
  struct HC_OF(_parameters) p;                                                                                         \
  struct HC_OF(_state) y, next;                                                                                        \
  hc_real change;                                                                                                      \
  (void)next

/* Load the cell, not knowing what has been loaded before. */
#define HC_LOAD()                                                                                                      \
  HC_FORGET(node);                                                                                                     \
  HC_FORGET(slot);                                                                                                     \
  HC_STATES(HC_LOAD_V, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE, HC_LOAD_STATE)                      \
  HC_PARAMETERS(HC_LOAD_PARAMETER)                                                                                     \
  HC_CURRENTS(HC_LOAD_SCALE)

/* A step: `compute_part` computes the new states `part`, and the change of V, from the old ones.
 *
 * In phases, each of which begins anew and uses some of its results; what the other states need is dropped by the
 * compiler. That takes fewer registers, which decide how many threads a GPU keeps at work, and less time than it
 * repeats. Gates come last because all that they need is V: each is stored as soon as it is known. */
#if HC_FORGETS
#define HC_STEP(compute_part)                                                                                          \
  {                                                                                                                    \
    struct HC_OF(_state) part;                                                                                         \
    HC_LOAD()                                                                                                          \
    compute_part;                                                                                                      \
    HC_STATES(HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP, HC_TAKE, HC_SKIP)                                                    \
    HC_LOAD()                                                                                                          \
    compute_part;                                                                                                      \
    HC_STATES(HC_SKIP, HC_SKIP, HC_SKIP, HC_TAKE, HC_SKIP, HC_SKIP)                                                    \
    const hc_wide v_next = v[node] + (hc_wide)change;                                                                  \
    HC_LOAD()                                                                                                          \
    compute_part;                                                                                                      \
    HC_STATES(HC_SKIP, HC_SKIP, HC_STORE, HC_STORE_STATE, HC_STORE_STATE, HC_STORE)                                    \
    HC_LOAD()                                                                                                          \
    compute_part;                                                                                                      \
    HC_STATES(HC_SKIP, HC_STORE_LOW, HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP)                                               \
    HC_LOAD()                                                                                                          \
    compute_part;                                                                                                      \
    HC_STATES(HC_SKIP, HC_STORE_HIGH, HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP)                                              \
    v[node] = v_next;                                                                                                  \
  }
#else
#define HC_STEP(compute_part)                                                                                          \
  {                                                                                                                    \
    struct HC_OF(_state) part;                                                                                         \
    HC_LOAD()                                                                                                          \
    compute_part;                                                                                                      \
    HC_STATES(HC_SKIP, HC_STORE, HC_STORE, HC_STORE, HC_STORE, HC_STORE)                                               \
    v[node] += (hc_wide)change;                                                                                        \
  }
#endif

/* Phases of the two stages of a second-order step. */
#define HC_HALF_PHASE(...)                                                                                             \
  {                                                                                                                    \
    struct HC_OF(_state) part, part_slope, first;                                                                      \
    struct HC_OF(_currents) i;                                                                                         \
    HC_LOAD()                                                                                                          \
    HC_OF(_grl2_half)(t, dt, &y, stimulus, &p, &part, &first, &part_slope, &i);                                        \
    __VA_ARGS__                                                                                                        \
  }
#define HC_WHOLE_PHASE(...)                                                                                            \
  {                                                                                                                    \
    struct HC_OF(_state) part, whole;                                                                                  \
    HC_LOAD()                                                                                                          \
    HC_STATES(HC_FORGET_STATE, HC_FORGET_STATE, HC_FORGET_STATE, HC_FORGET_STATE, HC_FORGET_STATE, HC_FORGET_STATE)    \
    HC_OF(_grl2_whole)(t, dt, &y, stimulus, &p, &next, &slope, &part, &whole, &change);                                \
    __VA_ARGS__                                                                                                        \
  }

#endif

/* States from this number on belong to the second half of the gates, if there are many. */
enum { HC_CUT = HC_OF(_n_tabled) > 15 ? HC_OF(_n_states) / 2 : HC_OF(_n_states) };

/* Groups that a multiprocessor of a GPU is to hold at a time: as many as leave each model enough registers. */
enum { HC_GROUPS = HC_OF(_n_states) > 25 ? 3 : HC_OF(_n_states) > 12 ? 4 : 8 };

/* One first-order step. */
HC_KERNEL_OF(HC_GROUPS)
cells_step(HC_BLOCK(struct hc_cells_block, block), int n, int stride, HC_GLOBAL const int *nodes, HC_GLOBAL hc_wide *v,
           HC_GLOBAL hc_real *state, HC_GLOBAL const hc_wide *stim, HC_GLOBAL const hc_real *fields, double t,
           double dt)
{
  HC_ENTER();
  HC_STEP(HC_OF(_rush_larsen)(t, dt, &y, stimulus, &p, &part, &change))
}

/* One first-order step with gates from a table (struct hc_cell_table), and no fields. */
HC_KERNEL_OF(HC_GROUPS)
cells_tabled(HC_BLOCK(struct hc_cells_block, block), int n, int stride, HC_GLOBAL const int *nodes,
             HC_GLOBAL hc_wide *v, HC_GLOBAL hc_real *state, HC_GLOBAL const hc_wide *stim,
             HC_GLOBAL const hc_real *fields, HC_GLOBAL const hc_real *table, double v_low, double rows_per_mv,
             int rows, double t, double dt)
{
  HC_ENTER();
  HC_STEP(HC_OF(_rush_larsen_tabled)(t, dt, &y, stimulus, &p, table, v_low, rows_per_mv, rows - 1, &part, &change))
}

/* One second-order step, in phases too: those of the first stage collect the midpoint, in `next`. */
HC_KERNEL cells_step2(HC_BLOCK(struct hc_cells_block, block), int n, int stride, HC_GLOBAL const int *nodes,
                      HC_GLOBAL hc_wide *v, HC_GLOBAL hc_real *state, HC_GLOBAL const hc_wide *stim,
                      HC_GLOBAL const hc_real *fields, double t, double dt)
{
  HC_ENTER();
#if HC_FORGETS
  struct HC_OF(_state) slope;
  HC_HALF_PHASE(HC_STATES(HC_TAKE, HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP)
                    HC_STATES(HC_TAKE_SLOPE, HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP))
  HC_HALF_PHASE(HC_STATES(HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP, HC_TAKE, HC_SKIP)
                    HC_STATES(HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP, HC_TAKE_SLOPE, HC_SKIP))
  HC_HALF_PHASE(HC_STATES(HC_SKIP, HC_SKIP, HC_SKIP, HC_TAKE, HC_SKIP, HC_SKIP))
  HC_HALF_PHASE(HC_STATES(HC_SKIP, HC_SKIP, HC_TAKE, HC_SKIP, HC_SKIP, HC_SKIP))
  HC_HALF_PHASE(HC_STATES(HC_SKIP, HC_TAKE_LOW, HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP))
  HC_HALF_PHASE(HC_STATES(HC_SKIP, HC_TAKE_HIGH, HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP))
  HC_HALF_PHASE(HC_STATES(HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP, HC_TAKE))
  HC_WHOLE_PHASE(HC_STATES(HC_SKIP, HC_STORE_LOW, HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP))
  HC_WHOLE_PHASE(HC_STATES(HC_SKIP, HC_STORE_HIGH, HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP))
  HC_WHOLE_PHASE(HC_STATES(HC_SKIP, HC_SKIP, HC_STORE, HC_SKIP, HC_SKIP, HC_SKIP))
  HC_WHOLE_PHASE(HC_STATES(HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP, HC_SKIP, HC_STORE))
  HC_WHOLE_PHASE(HC_STATES(HC_SKIP, HC_SKIP, HC_SKIP, HC_STORE, HC_STORE, HC_SKIP) v[node] += (hc_wide)change;)
#else
  hc_real error;
  HC_STEP(HC_OF(_grl2)(t, dt, &y, stimulus, &p, &part, &change, &error))
#endif
}

/* Second-order steps of each cell's own size, such that its error meets the tolerance (as src/batch does on CPUs, where
 * cells of a block share steps), from its own time to t_end under a constant stimulus; at most `attempts` of them.
 * time, step (ms) and status (enum hc_pace) are of n cells and go on from launch to launch; counts[i] and counts[n + i]
 * gain the accepted and refused steps of cell i. A cell that is done, or given up, stays as it is. */
HC_KERNEL cells_pace(HC_BLOCK(struct hc_cells_block, block), int n, int stride, HC_GLOBAL const int *nodes,
                     HC_GLOBAL hc_wide *v, HC_GLOBAL hc_real *state, HC_GLOBAL const hc_wide *stim,
                     HC_GLOBAL const hc_real *fields, double t_end, double tolerance, double v_low, double v_high,
                     int attempts, HC_GLOBAL double *time, HC_GLOBAL double *step, HC_GLOBAL int *status,
                     HC_GLOBAL hc_int64 *counts)
{
  HC_ENTER();
  double t = time[slot], next_dt = step[slot];
  int became = status[slot];
  for (; became == HC_PACE_RUNNING && attempts > 0; --attempts) {
    hc_real error;
    const double left = t_end - t;
    /* two halves rather than a whole and a sliver */
    const double dt = next_dt >= left ? left : next_dt < 0.5 * left ? next_dt : 0.5 * left;
    HC_LOAD()
    HC_OF(_grl2)(t, dt, &y, stimulus, &p, &next, &change, &error);
    const double factor = 0.9 * sqrt(tolerance / (double)error);
    if ((double)error <= tolerance) {
      const double grown = dt * (factor < 0.5 ? 0.5 : factor < 3.0 ? factor : 3.0);
      const double most = grown < HC_PACE_STEP_MOST ? grown : HC_PACE_STEP_MOST;
      next_dt = dt < next_dt && next_dt > most ? next_dt : most; /* a step cut short says less */
      HC_STATES(HC_SKIP, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE, HC_STORE_STATE)
      v[node] += (hc_wide)change;
      t = left > dt ? t + dt : t_end;
      counts[slot]++;
      if (!((double)v[node] >= v_low && (double)v[node] <= v_high))
        became = HC_PACE_OUT_OF_V;
      else if (t >= t_end)
        became = HC_PACE_DONE;
    } else {
      next_dt = dt * (factor > 0.2 ? factor : 0.2); /* a NaN gives 0.2 */
      counts[n + slot]++;
      if (!(next_dt > HC_PACE_STEP_LEAST))
        became = HC_PACE_STEP;
    }
  }
  time[slot] = t;
  step[slot] = next_dt;
  status[slot] = became;
}
