/* A wave in a cable. The stimulus is a voltage clamp, which needs no knowledge of a model's strength and rates: it
 * holds one end where every excitable membrane is excited, until the wave has gone. */
#include "velocity.h"

#include <math.h>

enum { MIN_CELLS = 16, MAX_DOUBLINGS = 2 };
#define HELD 10.0      /* mV */
#define HELD_LENGTH 3. /* mm, of diffusion 1 mm2/ms: several widths of an upstroke of 1 ms */
#define LENGTH 30.     /* mm */
#define SLOWEST 0.05   /* mm/ms: a front that takes longer from node to node, */
#define PATIENCE 25.   /* and this, ms, stands */
#define STEADY 0.01

struct cable {
  int n;            /* cells along it */
  double spacing;   /* mm */
  double threshold; /* mV */
  struct hc_mesh *mesh;
  struct hc_fields *fields;
  struct hc_monodomain *model;
  int *node;          /* n + 1: local index of the nodes along one edge */
  double *before;     /* their V before the step */
  double *activation; /* ms, NAN: not yet */
};

static PetscErrorCode create_mesh(struct cable *cable)
{
  const double size[3] = {cable->n * cable->spacing, cable->spacing, cable->spacing};
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};
  struct hc_slab *slab;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_slab_box(PETSC_COMM_SELF, HC_HEXAHEDRON, size, cable->spacing, &slab));
  code = hc_mesh_create(slab, &options, &cable->mesh);
  hc_slab_destroy(&slab);
  PetscCall(code);
  PetscCall(hc_fields_create(cable->mesh, &cable->fields));
  PetscCall(PetscMalloc1(cable->n + 1, &cable->node));
  PetscCall(PetscMalloc1(cable->n + 1, &cable->before));
  PetscCall(PetscMalloc1(cable->n + 1, &cable->activation));
  for (int i = 0; i < cable->mesh->n_owned; i++)
    if (cable->mesh->file_node[i] <= cable->n) /* the edge along x comes first in the file */
      cable->node[cable->mesh->file_node[i]] = i;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_model(struct cable *cable, const struct hc_monodomain_params *numerics,
                                   const struct hc_cells_params *entry)
{
  double along[3] = {1, 0, 0}, across[3] = {0, 1, 0}, one = 1, low[3] = {0, 0, 0};
  double high[3] = {fmax(HELD_LENGTH, cable->spacing), cable->spacing, cable->spacing};
  struct hc_fibre_params fibres = {
      .rule = HC_FIBRES_UNIFORM, .direction = {.n = 3, .v = along}, .sheet = {.n = 3, .v = across}};
  struct hc_region_params region = {.conductivity = {.n = 1, .v = &one}, .scale = 1};
  struct hc_tissue_params tissue = {.surface_to_volume = 1, .capacitance = 1, .regions = {.n = 1, .items = &region}};
  struct hc_cells_params cells = {.cell = entry->cell};
  struct hc_stimulus_params stimulus = {.shape = HC_STIM_BOX,
                                        .min = {.n = 3, .v = low},
                                        .max = {.n = 3, .v = high},
                                        .radius = NAN,
                                        .kind = HC_STIM_VOLTAGE,
                                        .amplitude = HELD,
                                        .duration = 1e9};
  struct hc_list cells_list = {.n = 1, .items = &cells}, stimuli = {.n = 1, .items = &stimulus};
  const struct hc_monodomain_params params = {.fibres = &fibres,
                                              .tissue = &tissue,
                                              .cells = &cells_list,
                                              .stimuli = &stimuli,
                                              .diffusion = numerics->diffusion,
                                              .splitting = numerics->splitting,
                                              .reaction = numerics->reaction,
                                              .dt = numerics->dt};

  PetscFunctionBeginUser;
  PetscCall(hc_monodomain_create(cable->mesh, cable->fields, &params, &cable->model));
  cable->threshold = (cable->model->v[cable->node[cable->n]] + HELD) / 2;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void destroy(struct cable *cable)
{
  hc_monodomain_destroy(&cable->model);
  hc_fields_destroy(&cable->fields);
  hc_mesh_destroy(&cable->mesh);
  (void)PetscFree(cable->node);
  (void)PetscFree(cable->before);
  (void)PetscFree(cable->activation);
}

/* Note who was activated in the step that ends at `now`, of those up to `last`. *front: the farthest. */
static void observe(struct cable *cable, double now, double dt, int last, int *front)
{
  for (int i = 0; i <= last; i++) {
    const double v = cable->model->v[cable->node[i]], before = cable->before[i];

    if (isnan(cable->activation[i]) && v >= cable->threshold) {
      cable->activation[i] = before < cable->threshold ? now - dt * (v - cable->threshold) / (v - before) : now;
      *front = PetscMax(*front, i);
    }
    cable->before[i] = v;
  }
}

/* Step until node `last` is activated or the front stands. */
static PetscErrorCode conduct(struct cable *cable, double dt, int last)
{
  const double patience = PATIENCE + cable->spacing / SLOWEST;
  struct hc_clock clock = {.dt = dt};
  double moved = 0; /* ms: when the front did so last */
  int front = 0;

  PetscFunctionBeginUser;
  for (int i = 0; i <= cable->n; i++) {
    cable->activation[i] = NAN;
    cable->before[i] = cable->model->v[cable->node[i]];
  }
  while (isnan(cable->activation[last]) && hc_clock_time(&clock) < moved + patience) {
    const int old = front;
    PetscCall(hc_monodomain_step(cable->model, &clock));
    clock.step++;
    observe(cable, hc_clock_time(&clock), dt, last, &front);
    if (front > old)
      moved = hc_clock_time(&clock);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double velocity_between(const struct cable *cable, int from, int to)
{
  const double time = cable->activation[to] - cable->activation[from];
  return time > 0 ? (to - from) * cable->spacing / time : 0; /* NAN: not activated */
}

/* *steady: the wave runs evenly, or there is none. */
static PetscErrorCode try_length(const struct hc_monodomain_params *numerics, const struct hc_cells_params *entry,
                                 double spacing, double length, double *velocity, bool *steady)
{
  struct cable cable = {.n = PetscMax(MIN_CELLS, (int)ceil(length / spacing)), .spacing = spacing};
  const int at[3] = {(int)lround(0.35 * cable.n), (int)lround(0.6 * cable.n), (int)lround(0.85 * cable.n)};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  code = create_mesh(&cable);
  if (!code)
    code = create_model(&cable, numerics, entry);
  if (!code)
    code = conduct(&cable, numerics->dt, at[2]);
  if (!code) {
    const double first = velocity_between(&cable, at[0], at[1]);
    *velocity = velocity_between(&cable, at[1], at[2]);
    *steady = *velocity == 0 || fabs(first - *velocity) <= STEADY * *velocity;
  }
  destroy(&cable);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cable_velocity(const struct hc_monodomain_params *numerics, const struct hc_cells_params *entry,
                                 double spacing, double *velocity)
{
  double length = LENGTH;
  bool steady = false;

  PetscFunctionBeginUser;
  *velocity = 0;
  for (int i = 0; i <= MAX_DOUBLINGS && !steady; i++) {
    PetscCall(try_length(numerics, entry, spacing, length, velocity, &steady));
    length = fmax(2 * length, 2 * MIN_CELLS * spacing);
  }
  if (!steady)
    *velocity = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}
