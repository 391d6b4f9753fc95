/* From a case to a twin that can be stepped. */
#include "run.h"

#include <string.h>

/* Distribute the slab: partition weighted by the cost of the cell models, then the fields that came with the mesh. */
static PetscErrorCode distribute(const struct hc_case *heart, const struct hc_slab *slab, struct hc_twin *twin)
{
  struct hc_mesh_options options = {.partitioner = (enum hc_partitioner)heart->mesh.partitioner,
                                    .seed = heart->mesh.seed};
  double *weights;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCheck(options.partitioner != HC_PART_STORED || slab->n_parts > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: the mesh has no stored partition for this number of ranks; make it with healthcast mesh partition, "
             "or choose "
             "metis, ptscotch or curve",
             hc_params_place(heart->mesh.params, &heart->mesh.partitioner));
  PetscCall(PetscMalloc1(hc_slab_nodes(slab), &weights));
  code = hc_monodomain_weights(slab, heart->cells.n, heart->cells.items, weights);
  options.weights = weights;
  if (!code)
    code = hc_mesh_create(slab, &options, &twin->mesh);
  PetscCall(PetscFree(weights));
  PetscCall(code);
  PetscCall(hc_fields_create(twin->mesh, &twin->fields));
  PetscCall(hc_fields_from_slab(slab, twin->fields));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode move_observers(struct hc_twin *twin)
{
  PetscFunctionBeginUser;
  PetscCall(hc_observe_move(twin->observe, twin->device));
  PetscCall(hc_buffer_create(twin->device, (size_t)twin->mesh->n_owned * hc_device_wide(twin->device), &twin->before));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode build(MPI_Comm comm, struct hc_twin *twin)
{
  const struct hc_case *heart = twin->heart;
  const struct hc_monodomain_params model = {.fibres = &heart->fibres,
                                             .tissue = &heart->tissue,
                                             .cells = &heart->cells,
                                             .stimuli = &heart->stimuli,
                                             .diffusion = &heart->diffusion,
                                             .splitting = &hc_splittings[heart->time.splitting],
                                             .reaction = (enum hc_reaction_scheme)heart->time.reaction,
                                             .dt = heart->time.step,
                                             .adaptive = heart->time.adaptive,
                                             .max_step = heart->time.max_step,
                                             .tolerance = heart->time.tolerance,
                                             .device = twin->device};
  struct hc_slab *slab;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_domain_slab(comm, &heart->mesh, &slab, &twin->repaired));
  code = distribute(heart, slab, twin);
  hc_slab_destroy(&slab); /* before the matrices: the two never need memory together */
  PetscCall(code);
  PetscCall(hc_monodomain_create(twin->mesh, twin->fields, &model, &twin->model));
  PetscCall(
      hc_observe_create(twin->mesh, twin->model->intracellular, heart->time.step, &heart->observe, &twin->observe));
  if (twin->device)
    PetscCall(hc_error_agree(comm, move_observers(twin)));
  PetscCall(PetscFree(twin->model->intracellular)); /* the ECG's weights are made; nothing else reads it */
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_twin_create(MPI_Comm comm, const struct hc_case *heart, struct hc_device *device,
                              struct hc_twin **twin)
{
  const double start = MPI_Wtime();
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(1, twin));
  (*twin)->heart = heart;
  (*twin)->device = device;
  (*twin)->clock.dt = heart->time.step;
  code = build(comm, *twin);
  if (code)
    hc_twin_destroy(twin);
  PetscCall(code);
  (*twin)->setup_seconds = MPI_Wtime() - start;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_twin_destroy(struct hc_twin **twin)
{
  if (!*twin)
    return;
  hc_buffer_destroy(&(*twin)->before);
  hc_observe_destroy(&(*twin)->observe);
  hc_monodomain_destroy(&(*twin)->model);
  hc_fields_destroy(&(*twin)->fields);
  hc_mesh_destroy(&(*twin)->mesh);
  PetscCallVoid(PetscFree(*twin));
}

PetscErrorCode hc_twin_step(struct hc_twin *twin, int64_t last, double *before)
{
  struct hc_monodomain *model = twin->model;
  const int64_t first = twin->clock.step, sample = hc_observe_next(twin->observe, first);
  struct hc_clock next = twin->clock;
  bool bad;
  char message[256];

  PetscFunctionBeginUser;
  const int64_t n = hc_monodomain_ahead(model, &twin->clock, (sample < last ? sample : last) - first);
  next.step += n;
  if (twin->device)
    hc_buffer_copy(hc_monodomain_device_v(model, false), 0, twin->before, 0, hc_buffer_bytes(twin->before));
  else
    PetscCall(PetscArraycpy(before, model->v, twin->mesh->n_owned));
  PetscCall(hc_monodomain_steps(model, &twin->clock, n));
  PetscCall(hc_monodomain_watch(model, &next, false, &bad, message, sizeof message));
  PetscCheck(!bad, PETSC_COMM_SELF, HC_ERR_NUMERIC, "%s", message);
  if (twin->device)
    PetscCall(
        hc_observe_device_steps(twin->observe, first, next.step, twin->before, hc_monodomain_device_v(model, false)));
  else
    PetscCall(hc_observe_steps(twin->observe, first, next.step, before, model->v));
  twin->clock = next;
  PetscFunctionReturn(PETSC_SUCCESS);
}
