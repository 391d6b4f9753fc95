/* The nodes of one cells entry in memory. Internal to kinetics. */
#ifndef HC_KINETICS_GROUPS_H
#define HC_KINETICS_GROUPS_H

#include "kinetics.h"

enum {
  HC_MAX_TABLES = 4, /* sizes of reaction steps of one splitting */
  HC_CHUNK = 256, /* nodes gathered at once, so that V and stimulus stay in the first cache; a multiple of all lanes */
  HC_SPAN = 16,   /* slots that wait together, if the model has no more lanes; a power of two */
  HC_MAX_LEVELS = 16
};

/* How nodes that wait are followed; see multirate.c. */
struct hc_span {
  int level;   /* 0: advanced every step; else evaluated every steps[level] steps */
  int elapsed; /* steps since states and V were last brought to the same time; level 0: since the window began */
  int pause;   /* windows left before a longer interval is tried again */
};

/* The nodes of one entry, in blocks. A slot is a lane of a block; slots beyond n repeat the last node, so that every
 * lane holds valid values. */
struct hc_cell_group {
  const struct hc_cell_model *model;
  int n, n_blocks;
  int *nodes;                                 /* n_blocks * lanes: owned index of the node of each slot */
  double *parameters, *initial;               /* as the entry gives them */
  double *state_memory, *states;              /* [block][state - 1][lane], aligned to a vector within the memory */
  int n_fields, *field_of;                    /* the parameter that each field stands for */
  double *fields;                             /* [block][field][lane] */
  struct hc_cell_table tables[HC_MAX_TABLES]; /* one for each size of step, made when first needed */
  int n_tables;

  /* Where nodes wait; n_spans is 0 elsewhere. */
  int span, n_spans; /* slots of a span; the last one may be shorter */
  struct hc_span *spans;
  double *held;  /* slots: rate at which the reaction moves V while the slot waits, mV/ms */
  double *drift; /* slots: rate of V from all causes over the last interval, mV/ms; level 0: what the reaction has added
                    to V since the window began, mV */
  double *last;  /* slots: V when the slot was last evaluated, or when the window began, mV */

  struct hc_group_device *moved; /* on_device.c; NULL: the host advances these nodes */
};

struct hc_kinetics {
  int n_nodes, n_groups, width;
  struct hc_cell_group *groups;
  size_t bytes;

  bool adaptive;
  double dt, tolerance; /* ms; mV */
  int n_levels, steps[HC_MAX_LEVELS];
  int64_t evaluations, node_steps;

  struct hc_kinetics_device *moved; /* on_device.c; NULL: all on the host */
};

static inline int hc_group_slots(const struct hc_cell_group *group)
{
  return group->n_blocks * group->model->lanes;
}

/* Where state `state` (>= 1) of a slot lies. */
static inline double *hc_group_state_at(const struct hc_cell_group *group, int slot, int state)
{
  const int lanes = group->model->lanes, block = slot / lanes;
  return group->states + ((size_t)block * (size_t)(group->model->n_states - 1) + (size_t)(state - 1)) * (size_t)lanes +
         slot % lanes;
}

/* n slots from `first` (both multiples of the lanes) as a batch with V and stimulus where the caller holds them. */
static inline struct hc_cell_batch hc_group_batch(const struct hc_cell_group *group, int first, int n, double *v,
                                                  const double *stim)
{
  return (struct hc_cell_batch){
      .n_blocks = n / group->model->lanes,
      .v = v,
      .state = hc_group_state_at(group, first, 1),
      .stim = stim,
      .parameters = group->parameters,
      .n_fields = group->n_fields,
      .field_of = group->field_of,
      .fields = group->n_fields > 0 ? group->fields + (size_t)first * (size_t)group->n_fields : NULL,
  };
}

/* V and stimulus of n slots from `first` (at most HC_CHUNK) are gathered into blocks, advanced from t by dt, and V is
 * scattered back. change (NULL: not wanted): what the step adds to V is added to it, slot by slot. */
void hc_group_advance(const struct hc_cell_group *group, enum hc_reaction_scheme scheme,
                      const struct hc_cell_table *table, int first, int n, double t, double dt, double *v,
                      const double *stim, double *change);

/* The adaptive counterpart of a step: slots that wait move by their held rates. */
void hc_group_advance_some(struct hc_cell_group *group, enum hc_reaction_scheme scheme,
                           const struct hc_cell_table *table, double t, double dt, double *v, const double *stim);

/* The group's table for steps of dt ms, made when it is first needed; NULL if the scheme or the group has none. */
PetscErrorCode hc_group_table(struct hc_kinetics *kinetics, struct hc_cell_group *group, enum hc_reaction_scheme scheme,
                              double dt, const struct hc_cell_table **table);

void hc_kinetics_device_destroy(struct hc_kinetics *kinetics);

/* What a slot's waiting adds to a node's checkpoint. */
enum { HC_WAITING_WIDTH = 6 };
void hc_group_pack_waiting(const struct hc_cell_group *group, int slot, double *values);

void hc_group_destroy_waiting(struct hc_cell_group *group);

#endif
