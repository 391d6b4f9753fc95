/* One block of cells of a model, for the tests of cell models. */
#ifndef HC_TEST_CELL_BLOCK_H
#define HC_TEST_CELL_BLOCK_H

#include "hc_check.h"
#include "kinetics.h"

#include <math.h>
#include <string.h>

enum { MAX_STATES = 96, MAX_PARAMETERS = 320, MAX_LANES = 64 };

/* One block of a model's cells. */
struct block {
  const struct hc_cell_model *model;
  _Alignas(64) double v[MAX_LANES], state[MAX_LANES * MAX_STATES], stim[MAX_LANES], parameters[MAX_PARAMETERS];
};

static inline double *block_at(struct block *block, int lane, int state)
{
  return state == 0 ? &block->v[lane] : &block->state[(state - 1) * block->model->lanes + lane];
}

static inline void block_start(struct block *block, const struct hc_cell_model *model)
{
  ck_assert_int_le(model->lanes, MAX_LANES);
  ck_assert_int_le(model->n_states, MAX_STATES);
  ck_assert_int_le(model->n_parameters, MAX_PARAMETERS);
  *block = (struct block){.model = model};
  for (int lane = 0; lane < model->lanes; ++lane)
    for (int s = 0; s < model->n_states; ++s)
      *block_at(block, lane, s) = model->states[s].initial;
  for (int p = 0; p < model->n_parameters; ++p)
    block->parameters[p] = model->parameters[p].fallback;
}

static inline struct hc_cell_batch batch_of(struct block *block)
{
  return (struct hc_cell_batch){
      .n_blocks = 1, .v = block->v, .state = block->state, .stim = block->stim, .parameters = block->parameters};
}

/* scheme: 1 for step, 2 for step2. */
static inline void block_step(struct block *block, int scheme, double t, double dt, double stim)
{
  for (int lane = 0; lane < block->model->lanes; ++lane)
    block->stim[lane] = stim;
  const struct hc_cell_batch cells = batch_of(block);
  if (scheme == 1)
    block->model->step(&cells, t, dt);
  else
    block->model->step2(&cells, t, dt, block->v, block->state, NULL, NULL);
}

static inline int state_index(const struct hc_cell_model *model, const char *name)
{
  for (int s = 0; s < model->n_states; ++s)
    if (strcmp(model->states[s].name, name) == 0)
      return s;
  ck_abort_msg("%s has no state %s", model->name, name);
}

static inline int parameter_index(const struct hc_cell_model *model, const char *name)
{
  for (int p = 0; p < model->n_parameters; ++p)
    if (strcmp(model->parameters[p].name, name) == 0)
      return p;
  ck_abort_msg("%s has no parameter %s", model->name, name);
}

/* Steady state and rate of a gate: its own rate is linear in it, dy/dt = (inf - y) k. */
static inline void gate_of(const struct hc_cell_model *model, const double *y, const double *parameters, int gate,
                           double *inf, double *k)
{
  double at[MAX_STATES], low[MAX_STATES], high[MAX_STATES];
  memcpy(at, y, sizeof(at));
  at[gate] = 0;
  model->rates(0, at, 0, parameters, low, NULL);
  at[gate] = 1;
  model->rates(0, at, 0, parameters, high, NULL);
  *k = low[gate] - high[gate];
  *inf = low[gate] / *k;
}

#endif
