/* healthcast kernels: what a compiled model tells the host. Plain C without any library, so that a plug-in needs this
 * folder alone. kernels/describe.h fills these structs from the tables of a model header. */
#ifndef HC_CELL_MODEL_H
#define HC_CELL_MODEL_H

#include <stdbool.h>

enum {
  HC_CELL_ABI = 2 /* changes whenever a struct below does: a plug-in of another number is refused */
};

enum hc_state_kind {
  HC_STATE_POTENTIAL,
  HC_STATE_GATE,
  HC_STATE_LIGAND,
  HC_STATE_PLAIN,
  HC_STATE_STIFF,
  HC_STATE_CHAIN
};

struct hc_state_info {
  const char *name, *unit, *meaning;
  double initial;
  enum hc_state_kind kind; /* see kernels/model.h */
};

struct hc_parameter_info {
  const char *name, *unit, *meaning, *source;
  double fallback, min, max; /* default and allowed range */
};

struct hc_current_info {
  const char *name, *unit, *meaning;
};

/* Cells that a step advances. Arrays are in blocks of `lanes` cells: V of lane l of block b is v[b * lanes + l], state
 * s of it state[(b * (n_states - 1) + s - 1) * lanes + l], field f of it fields[(b * n_fields + f) * lanes + l]. All
 * lanes of a block are computed: fill the ones that stand for no cell with valid values too. */
struct hc_cell_batch {
  int n_blocks;
  double *v, *state;        /* mV; the other states */
  const double *stim;       /* mV/ms, as v, or NULL: none */
  const double *parameters; /* n_parameters values for all cells */
  int n_fields;             /* parameters that differ from cell to cell */
  const int *field_of;      /* the parameter that each field stands for */
  const double *fields;
};

/* Steady states and decays of the gates that V alone moves, at rows of equal distance in V. */
struct hc_cell_table {
  double v_low, rows_per_mv; /* V of the first row, mV; V beyond the ends takes the rates of the ends */
  int rows;
  double dt;      /* ms: the table is of steps of this size */
  double *values; /* [rows][2 n_tabled] */
};

/* A model: static data. Variants (epi, endo, M) are models of one body with other defaults. */
struct hc_cell_model {
  int abi;              /* HC_CELL_ABI */
  const char *name;     /* "ttp06_epi" */
  const char *title;    /* "ten Tusscher-Panfilov 2006, epicardial" */
  const char *citation; /* with DOI */
  const char *body;     /* "ttp06": what the variants share */
  const char *source;   /* kernels for devices as text, in which #include names files of this folder; NULL: CPUs only */
  int n_states;         /* state 0 is the membrane potential V in mV */
  const struct hc_state_info *states;
  int n_parameters; /* the model's own, then one scale for each current: parameters[n_parameters - n_currents + c] */
  const struct hc_parameter_info *parameters;
  int n_currents;
  const struct hc_current_info *currents;
  int n_sums; /* quantities that the equations conserve, 0 if none is known */
  const struct hc_current_info *sums;
  double v_limits[2]; /* mV; a run whose V leaves them is stopped */
  double stimulus;    /* mV/ms (A/F), for stimulus_duration ms: paces a cell of this model; 0 if it beats by itself */
  double stimulus_duration;
  double cost; /* relative cost of a node-step, for partition weights: 1 = Mitchell-Schaeffer */
  int lanes;   /* cells in a block */

  /* One step of the first-order scheme (Rush & Larsen 1978; stiff states linearised in themselves, Sundnes 2009) of dt
   * ms from time t ms, in place. */
  void (*step)(const struct hc_cell_batch *cells, double t, double dt);

  /* One step of the second-order scheme (GRL2, Sundnes et al. 2009). The result goes to v and state, which may be those
   * of the batch. error (NULL: not wanted): for each cell the largest, over the states, of the difference to the
   * first-order result relative to the size of the state. currents (NULL: not wanted): at the beginning of the step,
   * [block][current][lane]. */
  void (*step2)(const struct hc_cell_batch *cells, double t, double dt, double *v, double *state, double *error,
                double *currents);

  /* The first-order step with the n_tabled gates of V alone (HC_STATE_GATE) from a table, interpolated linearly, and
   * parameters that are the same in all cells (no fields). tabulate fills table->values. */
  int n_tabled;
  void (*tabulate)(const double *parameters, const struct hc_cell_table *table);
  void (*step_tabled)(const struct hc_cell_batch *cells, double t, const struct hc_cell_table *table);

  /* dy/dt of one cell (n_states values, V first) and its currents (NULL: not wanted): the right-hand side for reference
   * integrators and tests. */
  void (*rates)(double t, const double *y, double stim, const double *parameters, double *dydt, double *currents);

  /* The conserved sums of one cell; NULL if n_sums is 0. */
  void (*sums_of)(const double *y, const double *parameters, double *sums);
};

#endif
