#include "internal.h"

#include <jansson.h>

/* What velocities made of the diffusion, for each region that was calibrated. */
static void put_calibration(const struct hc_twin *twin, json_t *json)
{
  static const char *const axes[3] = {"fibre", "sheet", "normal"};
  const struct hc_tissue_params *tissue = &twin->heart->tissue;
  const struct hc_region_params *regions = tissue->regions.items;
  json_t *list = json_array();
  for (int e = 0; e < tissue->regions.n; e++) {
    const struct hc_region_factors *f = &twin->model->factors[e];
    json_t *item = json_object();
    if (f->cells == 0) {
      json_decref(item);
      continue;
    }
    json_object_set_new(item, "region", regions[e].name ? json_string(regions[e].name) : json_integer(e));
    json_object_set_new(item, "cells", json_integer((json_int_t)f->cells));
    for (int k = 0; k < 3; k++)
      json_object_set_new(item, axes[k],
                          json_pack("{s:f, s:f, s:f, s:f}", "min", f->min[k], "mean", f->mean[k], "max", f->max[k],
                                    "velocity_ratio", f->excess[k]));
    json_array_append_new(list, item);
  }
  json_object_set_new(json, "diffusion_factors", list);
}

static PetscErrorCode put_timings(const struct hc_twin *twin, const struct hc_run_record *record, json_t *json)
{
  const struct hc_timer setup = {.seconds = twin->setup_seconds};
  const struct hc_session_phase phases[] = {{"setup", &setup},
                                            {"loop", &record->loop},
                                            {"reaction", &twin->model->reaction},
                                            {"diffusion", &twin->model->diffuse},
                                            {"output", &record->output},
                                            {"checkpoint", &record->checkpoint}};

  PetscFunctionBeginUser;
  PetscCall(hc_session_timings(twin->mesh->comm, sizeof phases / sizeof phases[0], phases, json));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What waiting has saved, over all ranks, since this process began. */
static PetscErrorCode put_adaptive(const struct hc_twin *twin, json_t *json)
{
  const struct hc_monodomain *model = twin->model;
  int64_t counts[2];

  PetscFunctionBeginUser;
  if (!model->adaptive)
    PetscFunctionReturn(PETSC_SUCCESS);
  hc_kinetics_evaluations(model->kinetics, &counts[0], &counts[1]);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, counts, 2, MPI_INT64_T, MPI_SUM, twin->mesh->comm));
  json_object_set_new(json, "adaptive",
                      json_pack("{s:f, s:I, s:I}", "evaluated_fraction",
                                counts[1] > 0 ? (double)counts[0] / (double)counts[1] : 1.0, "long_steps",
                                (json_int_t)model->long_steps, "steps_in_long_steps",
                                (json_int_t)model->steps_in_long_steps));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void put_run(const struct hc_twin *twin, const struct hc_run_record *record, json_t *json)
{
  const struct hc_mesh *mesh = twin->mesh;
  int64_t total, solves, largest;
  hc_diffusion_iterations(twin->model->diffusion, &total, &solves, &largest);
  json_object_set_new(json, "title", json_string(twin->heart->title ? twin->heart->title : ""));
  json_object_set_new(json, "status", json_string(record->status));
  hc_session_software(json);
  json_object_set_new(json, "ranks", json_integer(mesh->size));
  json_object_set_new(json, "fingerprint", json_string(record->fingerprint));
  json_object_set_new(json, "seeds", json_pack("{s:I}", "partition", (json_int_t)twin->heart->mesh.seed));
  json_object_set_new(json, "mesh",
                      json_pack("{s:s, s:I, s:I, s:I}", "cell", hc_cell_name(mesh->type), "nodes",
                                (json_int_t)mesh->n_nodes, "cells", (json_int_t)mesh->n_cells, "repaired_cells",
                                (json_int_t)twin->repaired));
  json_object_set_new(json, "time",
                      json_pack("{s:f, s:f, s:I, s:I, s:s, s:s}", "step_ms", twin->clock.dt, "end_ms",
                                hc_clock_time(&twin->clock), "steps", (json_int_t)twin->clock.step, "first_step",
                                (json_int_t)record->first_step, "splitting", twin->model->splitting->name, "reaction",
                                hc_reaction_choices[twin->model->scheme].name));
  json_object_set_new(json, "diffusion_iterations",
                      json_pack("{s:I, s:I, s:I, s:f}", "total", (json_int_t)total, "solves", (json_int_t)solves,
                                "largest", (json_int_t)largest, "mean",
                                solves > 0 ? (double)total / (double)solves : 0.0));
}

PetscErrorCode hc_summary_write(const struct hc_twin *twin, const struct hc_run_record *record, const char *folder)
{
  json_t *json = json_object();
  PetscErrorCode code;

  PetscFunctionBeginUser;
  if (twin->mesh->rank == 0) {
    put_run(twin, record, json);
    hc_session_backend(twin->device, twin->model->delegated, json);
    hc_session_inputs(record->n_inputs, record->inputs, json);
    put_calibration(twin, json);
  }
  PetscCall(hc_observe_summary(twin->observe, twin->mesh->rank == 0 ? json : NULL));
  PetscCall(put_adaptive(twin, json));
  PetscCall(put_timings(twin, record, json));
  PetscCall(hc_session_memory(twin->mesh->comm, json));
  code = twin->mesh->rank == 0 ? hc_session_summary(json, folder) : PETSC_SUCCESS;
  json_decref(json);
  PetscCall(hc_error_agree(twin->mesh->comm, code));
  PetscFunctionReturn(PETSC_SUCCESS);
}
