/* healthcast kinetics: ODE models at the nodes. Floor 4.
 *
 * The models themselves are headers in kernels/ (one a model); here they get a name, a description and memory. State is
 * stored in blocks of `lanes` nodes, state by state within a block, so that one vector instruction advances a block. */
#ifndef HC_KINETICS_H
#define HC_KINETICS_H

#include "base.h"
#include "params.h"

struct hc_state_info {
  const char *name, *unit, *meaning;
  double initial;
  bool gate; /* advanced by Rush-Larsen */
};

struct hc_parameter_info {
  const char *name, *unit, *meaning, *source;
  double fallback, min, max; /* default and allowed range */
};

struct hc_current_info {
  const char *name, *unit, *meaning;
};

/* A model: static data that the kernel headers generate. Variants (epi, endo, M) are models of one body with other
 * defaults. */
struct hc_cell_model {
  const char *name;     /* "ttp06_epi" */
  const char *title;    /* "ten Tusscher-Panfilov 2006, epicardial" */
  const char *citation; /* with DOI */
  int n_states;         /* state 0 is the membrane potential V in mV */
  const struct hc_state_info *states;
  int n_parameters;
  const struct hc_parameter_info *parameters;
  int n_currents;
  const struct hc_current_info *currents;
  double v_min, v_max; /* mV; outside of it a run is stopped */
  double cost;         /* relative cost of a node-step, for partition weights: 1 = Mitchell-Schaeffer */
  int lanes;           /* nodes in a block */
  /* Advance n_blocks blocks by dt ms from time t ms. v: V of lane l of block b at v[b * lanes + l] (in and out);
   * state: the other states, [b][state - 1][lane]; stim: mV/ms, as v, or NULL; parameters: n_parameters values for all.
   * All lanes of a block are advanced: fill the ones that stand for no node with valid values too. */
  void (*step)(int n_blocks, double t, double dt, double *v, double *state, const double *stim,
               const double *parameters);
  /* dy/dt of one cell (n_states values, V first) and its currents (NULL: not wanted): the right-hand side for reference
   * integrators and tests. */
  void (*rates)(double t, const double *y, double stim, const double *parameters, double *dydt, double *currents);
};

/* All built-in models, in the order of `healthcast models`. */
int hc_cell_models(const struct hc_cell_model *const **models);
const struct hc_cell_model *hc_cell_model_find(const char *name); /* NULL if unknown */

/* One entry of the input list `cells`: which nodes get which model. First match wins. */
struct hc_cells_params {
  const struct hc_params *params;
  char *model;
  struct hc_ints regions; /* cell region tags; empty: all */
  char *field;            /* nodal field and its range [low, high), or NULL */
  struct hc_reals range;
  struct hc_map parameters; /* name: value, checked against the model's table */
  struct hc_map initial;    /* state name: value */
};
extern const struct hc_block hc_cells_block;

struct hc_kinetics; /* groups of nodes that share a model and parameters */

/* n_nodes owned nodes; entry[i] says which of the n_entries entries node i belongs to. Unknown model, parameter or
 * state and values out of range are HC_ERR_INPUT with place and nearest name. Not collective. */
PetscErrorCode hc_kinetics_create(int n_nodes, const int *entry, int n_entries, const struct hc_cells_params *entries,
                                  struct hc_kinetics **kinetics);
void hc_kinetics_destroy(struct hc_kinetics **kinetics);

/* Check the entries alone (for `healthcast check` and weights): models[i] of each entry. */
PetscErrorCode hc_kinetics_check(int n_entries, const struct hc_cells_params *entries,
                                 const struct hc_cell_model **models);

/* V at rest of every node, mV. */
PetscErrorCode hc_kinetics_initial(const struct hc_kinetics *kinetics, double *v);

/* Advance all nodes from t by dt (ms): Rush-Larsen for gates, forward Euler for the rest. v: n_nodes, mV, in and out;
 * stim: n_nodes, mV/ms, or NULL. */
PetscErrorCode hc_kinetics_step(struct hc_kinetics *kinetics, double t, double dt, double *v, const double *stim);

/* States other than V of all nodes as n_nodes x hc_kinetics_width() values (models with fewer states leave zeros): for
 * checkpoints. */
int hc_kinetics_width(const struct hc_kinetics *kinetics);
PetscErrorCode hc_kinetics_pack(const struct hc_kinetics *kinetics, double *values);
PetscErrorCode hc_kinetics_unpack(struct hc_kinetics *kinetics, const double *values);

/* One state by name at all nodes (nodes of models that lack it: NAN / left alone), for output and tests. HC_ERR_INPUT
 * if no model has it, and for V, which the caller holds. */
PetscErrorCode hc_kinetics_get(const struct hc_kinetics *kinetics, const char *state, double *values);
PetscErrorCode hc_kinetics_set(struct hc_kinetics *kinetics, const char *state, const double *values);

/* The node (owned index) whose V is not finite or outside its model's bounds, or whose state is not finite; of several
 * the one that is lowest in `order` (a number a node, such as its number in the mesh file); -1 if all is well. Only V
 * is looked at if `deep` is false. */
int hc_kinetics_watch(const struct hc_kinetics *kinetics, const double *v, bool deep, const int64_t *order);

size_t hc_kinetics_bytes(const struct hc_kinetics *kinetics);

#endif
