#include "model.h"
#include "assign.h"
#include "on_device.h"
#include "velocity.h"

/* A clamp shorter than a step could fall between two steps. */
static PetscErrorCode check_clamps(int n, const struct hc_stimulus_params *stimuli, double dt)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < n; i++)
    PetscCheck(stimuli[i].kind != HC_STIM_VOLTAGE || stimuli[i].duration >= dt * (1 - 1e-9), PETSC_COMM_SELF,
               HC_ERR_INPUT, "%s: found %.6g ms; allowed: at least one time step (%.6g ms) for a voltage clamp",
               hc_params_place(stimuli[i].params, &stimuli[i].duration), stimuli[i].duration, dt);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_cells(struct hc_monodomain *model, const struct hc_list *cells)
{
  const struct hc_cells_params *entries = cells->items;
  struct hc_assigned assigned = {0};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCheck(cells->n > 0, PETSC_COMM_SELF, HC_ERR_INPUT, "cells: the list is empty; every node needs a cell model");
  PetscCall(PetscMalloc1(cells->n, &model->cells));
  PetscCall(PetscMalloc1(model->mesh->n_owned, &model->entry));
  PetscCall(hc_error_agree(model->mesh->comm, hc_kinetics_check(cells->n, entries, model->cells)));
  PetscCall(hc_assign_cells(model->mesh, model->fields, cells->n, entries, model->entry));
  code = hc_assign_fields(model->mesh, model->fields, cells->n, entries, model->cells, model->entry, &assigned);
  if (!code)
    code = hc_error_agree(model->mesh->comm, hc_kinetics_create(model->mesh->n_owned, model->entry, cells->n, entries,
                                                                assigned.n, assigned.fields, &model->kinetics));
  hc_assigned_free(&assigned);
  PetscCall(code);
  PetscCall(hc_kinetics_initial(model->kinetics, model->v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode adapt_cells(struct hc_monodomain *model, const struct hc_monodomain_params *params)
{
  PetscFunctionBeginUser;
  model->ahead = 1;
  model->adaptive = params->adaptive;
  if (!params->adaptive)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(model->mesh->n_owned, &model->marks));
  PetscCall(hc_kinetics_adapt(model->kinetics, params->dt, params->max_step, params->tolerance, model->v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_diffusion(struct hc_monodomain *model, const struct hc_monodomain_params *params)
{
  const struct hc_mesh *mesh = model->mesh;
  double sizes[HC_MAX_STAGES], *tensor;
  struct hc_device *device;
  int n_sizes;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)6 * mesh->n_cells_local, &tensor));
  PetscCall(PetscMalloc1((size_t)6 * mesh->n_cells_local, &model->intracellular));
  PetscCall(PetscCalloc1(params->tissue->regions.n, &model->factors));
  n_sizes = hc_splitting_diffusion_steps(params->splitting, params->dt, sizes);
  PetscCall(hc_model_diffusion_device(model, params->diffusion, &device));
  code = hc_model_tensors(mesh, model->fields, params, model->entry, tensor, model->intracellular, model->factors);
  if (!code)
    code =
        hc_diffusion_create(mesh, model->pattern, tensor, params->diffusion, n_sizes, sizes, device, &model->diffusion);
  PetscCall(PetscFree(tensor));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the input can be wrong about comes before what costs memory. */
static PetscErrorCode build(struct hc_monodomain *model, const struct hc_monodomain_params *params)
{
  const struct hc_mesh *mesh = model->mesh;
  const double scale = 1 / (params->tissue->surface_to_volume * params->tissue->capacitance);

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(mesh->n_owned, &model->v));
  PetscCall(PetscCalloc1(mesh->n_owned, &model->current));
  PetscCall(check_clamps(params->stimuli->n, params->stimuli->items, params->dt));
  PetscCall(hc_source_create(mesh, params->stimuli->n, params->stimuli->items, scale, &model->source));
  PetscCall(hc_fe_pattern(mesh, &model->pattern));
  PetscCall(hc_fibres(mesh, model->pattern, params->fibres, model->fields));
  PetscCall(create_cells(model, params->cells));
  PetscCall(adapt_cells(model, params));
  if (model->device)
    PetscCall(hc_error_agree(mesh->comm, hc_model_move(model)));
  PetscCall(create_diffusion(model, params));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_monodomain_create(const struct hc_mesh *mesh, struct hc_fields *fields,
                                    const struct hc_monodomain_params *params, struct hc_monodomain **model)
{
  struct hc_monodomain *created;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&created));
  created->mesh = mesh;
  created->fields = fields;
  created->splitting = params->splitting;
  created->device = params->device;
  created->scheme = params->reaction;
  created->reaction.name = "reaction";
  created->diffuse.name = "diffusion";
  code = build(created, params);
  if (code)
    hc_monodomain_destroy(&created);
  PetscCall(code);
  *model = created;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_monodomain_destroy(struct hc_monodomain **model)
{
  struct hc_monodomain *m = model ? *model : NULL;

  if (!m)
    return;
  hc_diffusion_destroy(&m->diffusion);
  hc_source_destroy(&m->source);
  if (m->kinetics)
    hc_kinetics_destroy(&m->kinetics);
  if (m->pattern)
    hc_fe_pattern_destroy(&m->pattern);
  (void)PetscFree(m->intracellular);
  (void)PetscFree(m->factors);
  (void)PetscFree(m->cells);
  (void)PetscFree(m->entry);
  (void)PetscFree(m->v);
  (void)PetscFree(m->current);
  (void)PetscFree(m->marks);
  hc_buffer_destroy(&m->device_v);
  hc_buffer_destroy(&m->device_current);
  (void)PetscFree(*model);
}

/* ---- Stepping ---------------------------------------------------------------------------------------------------- */

/* One step on its way: what both operators need. */
struct stage {
  struct hc_monodomain *model;
  double t; /* ms, start of the whole step: a clamp that is on then holds until the step's end */
};

/* Impose the clamps that are on at time t where V is. */
static PetscErrorCode clamp(struct hc_monodomain *model, double t)
{
  PetscFunctionBeginUser;
  if (model->device && model->newest != HC_ON_HOST)
    hc_source_device_clamp(model->source, t, hc_monodomain_device_v(model, true));
  else
    PetscCall(hc_source_clamp(model->source, t, hc_monodomain_v(model, true)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* (V is where the model has it, which the operators know: `v` is not looked at.) */
static PetscErrorCode react(void *context, double t, double dt, double *v)
{
  const struct stage *stage = context;
  struct hc_monodomain *model = stage->model;
  bool active;

  PetscFunctionBeginUser;
  (void)v;
  hc_timer_start(&model->reaction);
  if (model->device && !model->cells_stay) {
    hc_source_device_current(model->source, t, dt, model->device_current, &active);
    PetscCall(hc_kinetics_device_step(model->kinetics, model->scheme, t, dt, hc_monodomain_device_v(model, true),
                                      active ? model->device_current : NULL));
  } else {
    PetscCall(hc_source_current(model->source, t, dt, model->current, &active));
    PetscCall(hc_kinetics_step(model->kinetics, model->scheme, t, dt, hc_monodomain_v(model, true),
                               active ? model->current : NULL));
  }
  PetscCall(clamp(model, stage->t));
  hc_timer_stop(&model->reaction);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Diffusion over dt where it is made. */
static PetscErrorCode spread(struct hc_monodomain *model, double dt)
{
  PetscFunctionBeginUser;
  if (hc_diffusion_on_device(model->diffusion))
    PetscCall(hc_diffusion_device_step(model->diffusion, dt, hc_monodomain_device_v(model, true)));
  else
    PetscCall(hc_diffusion_step(model->diffusion, dt, hc_monodomain_v(model, true)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode diffuse(void *context, double t, double dt, double *v)
{
  const struct stage *stage = context;
  struct hc_monodomain *model = stage->model;

  PetscFunctionBeginUser;
  (void)t;
  (void)v;
  hc_timer_start(&model->diffuse);
  PetscCall(spread(model, dt));
  PetscCall(clamp(model, stage->t));
  hc_timer_stop(&model->diffuse);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A solver that failed because a cell had failed before it: the node is what the user needs to know. Collective. */
static PetscErrorCode blame_node(struct hc_monodomain *model, const struct hc_clock *clock, int64_t n,
                                 PetscErrorCode code)
{
  const struct hc_clock next = {clock->step + n, clock->dt};
  char message[256];
  bool bad;

  PetscFunctionBeginUser;
  PetscCall(hc_monodomain_watch(model, &next, false, &bad, message, sizeof message));
  if (!bad)
    PetscFunctionReturn(code);
  hc_error_clear();
  SETERRQ(PETSC_COMM_SELF, HC_ERR_NUMERIC, "%s", message);
}

/* Cells on which a stimulus is to act must not wait, nor may a clamp move V of cells that lag behind. */
static PetscErrorCode wake(struct hc_monodomain *model, const struct hc_clock *clock)
{
  bool any;

  PetscFunctionBeginUser;
  if (!model->adaptive)
    PetscFunctionReturn(PETSC_SUCCESS);
  hc_timer_start(&model->reaction);
  PetscCall(hc_source_mark(model->source, hc_clock_time(clock), clock->dt, model->marks, &any));
  if (any)
    PetscCall(hc_kinetics_wake(model->kinetics, clock->step, model->marks, hc_monodomain_v(model, true)));
  hc_timer_stop(&model->reaction);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode settle(struct hc_monodomain *model, int64_t step, int64_t n)
{
  PetscFunctionBeginUser;
  if (!model->adaptive)
    PetscFunctionReturn(PETSC_SUCCESS);
  hc_timer_start(&model->reaction);
  PetscCall(hc_kinetics_settle(model->kinetics, step, (int)n, hc_monodomain_v(model, true)));
  hc_timer_stop(&model->reaction);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_monodomain_step(struct hc_monodomain *model, const struct hc_clock *clock)
{
  struct stage stage = {model, hc_clock_time(clock)};
  const struct hc_operator reaction = {&stage, react}, diffusion = {&stage, diffuse};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(wake(model, clock));
  PetscCall(clamp(model, stage.t));
  code = hc_splitting_step(model->splitting, stage.t, clock->dt, &reaction, &diffusion, model->v);
  if (code == HC_ERR_NUMERIC)
    PetscCall(blame_node(model, clock, 1, code));
  PetscCall(code);
  PetscCall(settle(model, clock->step + 1, 1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int64_t hc_monodomain_ahead(const struct hc_monodomain *model, const struct hc_clock *clock, int64_t most)
{
  int64_t n = most < model->ahead ? most : model->ahead;

  if (n <= 1 || !hc_diffusion_any_step(model->diffusion))
    return 1;
  n = hc_source_idle(model->source, clock->step, clock->dt, n);
  return n > 1 ? n : 1;
}

/* The rates of cells that all wait are constant: their splitting needs no stages. */
static PetscErrorCode long_step(struct hc_monodomain *model, const struct hc_clock *clock, int64_t n)
{
  const double dt = (double)n * clock->dt;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  hc_timer_start(&model->reaction);
  PetscCall(hc_kinetics_coast(model->kinetics, dt, hc_monodomain_v(model, true)));
  hc_timer_stop(&model->reaction);
  hc_timer_start(&model->diffuse);
  code = spread(model, dt);
  hc_timer_stop(&model->diffuse);
  if (code == HC_ERR_NUMERIC)
    PetscCall(blame_node(model, clock, n, code));
  PetscCall(code);
  PetscCall(settle(model, clock->step + n, n));
  model->long_steps++;
  model->steps_in_long_steps += n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_monodomain_steps(struct hc_monodomain *model, const struct hc_clock *clock, int64_t n)
{
  PetscFunctionBeginUser;
  PetscCall(n > 1 ? long_step(model, clock, n) : hc_monodomain_step(model, clock));
  PetscFunctionReturn(PETSC_SUCCESS);
}
