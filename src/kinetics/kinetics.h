/* healthcast kinetics: ODE models at the nodes. Floor 4.
 *
 * The models themselves are headers in kernels/ (one a model); here they get a name, a description and memory. State is
 * stored in blocks of `lanes` nodes, state by state within a block, so that one vector instruction advances a block. */
#ifndef HC_KINETICS_H
#define HC_KINETICS_H

#include "base.h"
#include "device.h"
#include "kernels/cell_model.h"
#include "params.h"

/* All built-in models, in the order of `healthcast models`. */
int hc_cell_models(const struct hc_cell_model *const **models);
const struct hc_cell_model *hc_cell_model_find(const char *name); /* NULL if unknown */

/* ---- On devices ------------------------------------------------------------------------------------------------- */

struct hc_device;
struct hc_program;

/* Are there kernels for devices? A plug-in may have none. */
bool hc_cell_on_device(const struct hc_cell_model *model);

/* The kernels of kernels/launch_device.h for a model and all other models of its body. field_of: the n_fields
 * parameters that may differ from cell to cell; all others are the same in all cells of a launch, which makes kernels
 * faster. Compiled once a machine (hc_program_create); the caller destroys the program. HC_ERR_INPUT:
 * hc_cell_on_device() says no; else as hc_program_create(). Not collective. */
PetscErrorCode hc_cell_program(struct hc_device *device, const struct hc_cell_model *model, int n_fields,
                               const int *field_of, struct hc_program **program);

/* ---- What a cell is ---------------------------------------------------------------------------------------------- */

/* A drug in the bath of a cell: an item of the input list `drugs`. Each current that it blocks is multiplied by
 * 1 / (1 + (C / IC50)^hill). What it blocks comes from its row of a table (kinetics/drug.c says what tables hold), or
 * from ic50_nM and hill. */
struct hc_drug_params {
  const struct hc_params *params;
  char *name;
  char *table;             /* CSV file, or NULL */
  double dose;             /* concentration as a multiple of the table's cmax_nM; NAN: see concentration_nM */
  double concentration_nM; /* NAN: see dose */
  struct hc_map ic50_nM;   /* current: concentration that blocks half of it */
  struct hc_map hill;      /* current: Hill coefficient; 1 where not given */
  struct hc_map scale;     /* number of the drug ("ikr_ku", "inal_ic50"): factor */
};
extern const struct hc_block hc_drug_block;

/* What a cell is: a model and what differs from its defaults. */
struct hc_cell_params {
  const struct hc_params *params;
  char *model;              /* built-in name, or path of a plug-in: "ohara.so", "/opt/cells.so:ohara_m" */
  struct hc_map parameters; /* name: value, checked against the model's table */
  struct hc_map scale;      /* parameter or current: factor on it */
  struct hc_map initial;    /* state name: value */
  char *initial_file;       /* stored states to begin with (hc_cell_states_write), or NULL */
  struct hc_list drugs;     /* struct hc_drug_params */
};
extern const struct hc_block hc_cell_block;

/* The model of a cell, all that is given about it checked, files included: an unknown model, parameter, state, current
 * or drug and values out of range are HC_ERR_INPUT with place and nearest name. A plug-in is loaded when it is first
 * named and stays loaded until PetscFinalize. Not collective: each rank reads the files, and hc_error_agree() is the
 * caller's. */
PetscErrorCode hc_cell_resolve(const struct hc_cell_params *cell, const struct hc_cell_model **model);

/* Parameters (n_parameters, scales of currents with drugs included) and initial state (n_states, V first) of a resolved
 * cell: the model's, then those of initial_file, then what is given by name. Not collective. */
PetscErrorCode hc_cell_values(const struct hc_cell_params *cell, const struct hc_cell_model *model, double *parameters,
                              double *initial);

/* The model of a cell that hc_cell_resolve() accepted before; NULL else. */
const struct hc_cell_model *hc_cell_model_of(const struct hc_cell_params *cell);

/* The files that a resolved cell is made from: plug-in, stored states, drug tables. Room for 2 + cell->drugs.n paths,
 * which are borrowed. Returns how many there are. */
int hc_cell_files(const struct hc_cell_params *cell, const char *paths[]);

/* Models of the plug-in at `path` (path.so, or path.so:name for one of them): a shared library that exports
 *   const struct hc_cell_model *const hc_cell_plugin[] = {&model, ..., NULL};
 * built against kernels/cell_model.h alone. HC_ERR_INPUT: no such file, no such symbol, built for another HC_CELL_ABI,
 * tables that contradict themselves. Loaded once; the models live until PetscFinalize. Not collective. */
PetscErrorCode hc_cell_plugin_load(const char *path, int *n, const struct hc_cell_model *const **models);

/* ---- Stored states ----------------------------------------------------------------------------------------------- */

/* How stored states came about. */
struct hc_cell_origin {
  double cl;     /* ms, cycle length of the pacing; 0: none */
  int64_t beats; /* paced */
  bool converged;
};

/* Store the states y (n_states, V first) of a cell that had these parameters (n_parameters, as hc_cell_values() gives
 * them) in a small HDF5 file, for `initial_file`: model, names, units and values of the states, the parameters that
 * differ from the model's defaults, and the origin. An old file is replaced at the end, at once. HC_ERR_ENVIRONMENT.
 * Not collective: call it on one rank. */
PetscErrorCode hc_cell_states_write(const char *path, const struct hc_cell_model *model, const double *parameters,
                                    const double *y, const struct hc_cell_origin *origin);

/* Read them back. HC_ERR_INPUT: no such file, no states, states of another model. origin: NULL if not wanted. Not
 * collective. */
PetscErrorCode hc_cell_states_read(const char *path, const struct hc_cell_model *model, double *y,
                                   struct hc_cell_origin *origin);

/* ---- Which node gets which cell ---------------------------------------------------------------------------------- */

/* One entry of the input list `cells`: which nodes get which cell. First match wins. */
struct hc_cells_params {
  struct hc_cell_params cell;
  struct hc_ints regions; /* cell region tags; empty: all */
  char *field;            /* nodal field and its range [low, high), or NULL */
  struct hc_reals range;
  struct hc_text_map parameter_fields; /* parameter: nodal field with its values */
  struct hc_text_map scale_fields;     /* parameter or current: nodal field of factors on it */
};
extern const struct hc_block hc_cells_block;

/* How the reaction advances. */
enum hc_reaction_scheme {
  HC_REACTION_RUSH_LARSEN, /* hc_cell_model.step, first order */
  HC_REACTION_TABLES,      /* hc_cell_model.step_tabled, first order; entries with nodal fields are computed */
  HC_REACTION_GRL2         /* hc_cell_model.step2, second order */
};

extern const struct hc_choice hc_reaction_choices[]; /* enum hc_reaction_scheme */

struct hc_kinetics; /* groups of nodes that share a model and parameters */

/* A parameter that differs from node to node: factor * values[node]. */
struct hc_cell_field {
  int entry;     /* of the cells entries */
  int parameter; /* of the entry's model */
  double factor;
  const double *values; /* n_nodes */
};

/* The nodal fields of an entry, parameter_fields and then scale_fields: how many, and which mesh field number i is. All
 * but entry and values of *field is filled: a parameter field is multiplied by the entry's factors (scale, drugs), a
 * scale field by the parameter with these. *name: the mesh field; *place: where input names it, as hc_params_place().
 * The entry must be one that hc_kinetics_check() accepted. */
int hc_cells_n_fields(const struct hc_cells_params *entry);
PetscErrorCode hc_cells_field(const struct hc_cells_params *entry, const struct hc_cell_model *model, int i,
                              struct hc_cell_field *field, const char **name, const char **place);

/* n_nodes owned nodes; entry[i] says which of the n_entries entries node i belongs to. Values of fields are copied; a
 * parameter out of its range is HC_ERR_INPUT. Not collective. */
PetscErrorCode hc_kinetics_create(int n_nodes, const int *entry, int n_entries, const struct hc_cells_params *entries,
                                  int n_fields, const struct hc_cell_field *fields, struct hc_kinetics **kinetics);
void hc_kinetics_destroy(struct hc_kinetics **kinetics);

/* Check the entries alone (for `healthcast check` and weights): models[i] of each entry. As hc_cell_resolve() not
 * collective. */
PetscErrorCode hc_kinetics_check(int n_entries, const struct hc_cells_params *entries,
                                 const struct hc_cell_model **models);

/* V at rest of every node, mV. */
PetscErrorCode hc_kinetics_initial(const struct hc_kinetics *kinetics, double *v);

/* Advance all nodes from t by dt (ms). v: n_nodes, mV, in and out; stim: n_nodes, mV/ms, or NULL. */
PetscErrorCode hc_kinetics_step(struct hc_kinetics *kinetics, enum hc_reaction_scheme scheme, double t, double dt,
                                double *v, const double *stim);

/* ---- On a device (on_device.c) ----------------------------------------------------------------------------------- */

/* Take the nodes to a device, where hc_kinetics_device_step() then advances them; not after hc_kinetics_adapt(). Nodes
 * of plug-ins that carry no text for devices stay on the host, and V goes there and back in every step;
 * *delegated (NULL if there is none) names such a model. The functions below see the states of the last
 * hc_kinetics_fetch(); after hc_kinetics_unpack() and hc_kinetics_set() comes hc_kinetics_send(). Compiles programs for
 * the scheme. Not collective. */
PetscErrorCode hc_kinetics_move(struct hc_kinetics *kinetics, struct hc_device *device, enum hc_reaction_scheme scheme,
                                const char **delegated);
PetscErrorCode hc_kinetics_fetch(struct hc_kinetics *kinetics); /* nothing happens without a device */
PetscErrorCode hc_kinetics_send(struct hc_kinetics *kinetics);

/* hc_kinetics_step() there: v and stim (NULL: none) are buffers of numbers of hc_device_wide() bytes, n_nodes of which
 * are meant. Asynchronous unless nodes have stayed on the host. */
PetscErrorCode hc_kinetics_device_step(struct hc_kinetics *kinetics, enum hc_reaction_scheme scheme, double t,
                                       double dt, struct hc_buffer *v, const struct hc_buffer *stim);

/* Is V of any node not finite or outside its model's bounds? Waits for the device. */
bool hc_kinetics_device_watch(const struct hc_kinetics *kinetics, const struct hc_buffer *v);

/* ---- Adaptive: nodes that are evaluated as often as they need (multirate.c) -------------------------------------- */

/* From now on, nodes in which little happens wait up to max_step (ms) between evaluations, their V moving by a held
 * rate; errors of V are held to tolerance (mV). dt: the step (ms); intervals are whole numbers of steps with small
 * prime factors. v: V now. Nothing changes if max_step is less than two steps, and for models that beat by themselves.
 * Memory: three doubles a node. Call it before any step. Not collective, as all of these. */
PetscErrorCode hc_kinetics_adapt(struct hc_kinetics *kinetics, double dt, double max_step, double tolerance,
                                 const double *v);

/* A step of dt is then, within [step, step + 1]: hc_kinetics_wake() for the nodes on which a stimulus or a clamp acts
 * (chosen: a flag a node), hc_kinetics_step() with parts of dt, other operators in between, and hc_kinetics_settle(). V
 * of nodes that wait is corrected there; their other states are at most max_step behind. */
PetscErrorCode hc_kinetics_wake(struct hc_kinetics *kinetics, int64_t step, const bool *chosen, double *v);

/* n steps (1 unless hc_kinetics_ahead() allows more) have ended with the number `step`. */
PetscErrorCode hc_kinetics_settle(struct hc_kinetics *kinetics, int64_t step, int n, double *v);

/* Steps from number `step` on without an evaluation that is due, at least 1: as many may be one, with
 * hc_kinetics_coast() over all of them (dt, ms) in the place of hc_kinetics_step(). */
int64_t hc_kinetics_ahead(const struct hc_kinetics *kinetics, int64_t step);
PetscErrorCode hc_kinetics_coast(const struct hc_kinetics *kinetics, double dt, double *v);

/* Evaluations of nodes since the start of the process, and how many there would have been without waiting; 0 and 0 if
 * nodes do not wait. */
void hc_kinetics_evaluations(const struct hc_kinetics *kinetics, int64_t *evaluations, int64_t *node_steps);

/* ---- States ------------------------------------------------------------------------------------------------------ */

/* States other than V of all nodes as n_nodes x hc_kinetics_width() values (models with fewer states leave zeros): for
 * checkpoints. */
int hc_kinetics_width(const struct hc_kinetics *kinetics);
PetscErrorCode hc_kinetics_pack(const struct hc_kinetics *kinetics, double *values);
PetscErrorCode hc_kinetics_unpack(struct hc_kinetics *kinetics, const double *values);

/* After hc_kinetics_unpack() of the same values, for nodes that wait: v at step `step`. Bit for bit what was packed if
 * the nodes are in the same order; else V and states of nodes that waited apart are brought to one time. */
PetscErrorCode hc_kinetics_resume(struct hc_kinetics *kinetics, const double *values, int64_t step, double *v);

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
