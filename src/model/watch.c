#include "model.h"

#include <math.h>
#include <stdio.h>

static void describe(const struct hc_monodomain *model, const struct hc_clock *clock, int node, char *message,
                     size_t size)
{
  const struct hc_mesh *mesh = model->mesh;
  const struct hc_cell_model *cell = model->cells[model->entry[node]];
  const double *x = mesh->xyz + (size_t)3 * node, v = model->v[node];
  char what[96];

  if (isnan(v))
    snprintf(what, sizeof what, "V = nan mV");
  else if (v >= cell->v_limits[0] && v <= cell->v_limits[1])
    snprintf(what, sizeof what, "V = %.6g mV, but another state of %s is not finite,", v, cell->name);
  else
    snprintf(what, sizeof what, "V = %.6g mV", v);
  snprintf(message, size,
           "step %" PRId64 " (t = %.10g ms): %s at node %" PRId64 " (%.6g, %.6g, %.6g mm); allowed %.6g to %.6g mV",
           clock->step, hc_clock_time(clock), what, mesh->file_node[node], x[0], x[1], x[2], cell->v_limits[0],
           cell->v_limits[1]);
}

/* The first bad node of this rank, -1 if all is well. On a device they are looked at there, and brought here only if
 * one is bad, or all that a node has is asked for. */
static PetscErrorCode find_bad(struct hc_monodomain *model, bool deep, int *node)
{
  PetscFunctionBeginUser;
  *node = -1;
  if (model->device && !model->cells_stay) {
    if (!deep && !hc_kinetics_device_watch(model->kinetics, hc_monodomain_device_v(model, false)))
      PetscFunctionReturn(PETSC_SUCCESS);
    PetscCall(hc_kinetics_fetch(model->kinetics));
  }
  *node = hc_kinetics_watch(model->kinetics, hc_monodomain_v(model, false), deep, model->mesh->file_node);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A device that fails does nothing any more, and its rank goes on until all ranks meet here. */
static PetscErrorCode raise_failure(const struct hc_monodomain *model, const struct hc_clock *clock)
{
  const char *why = model->device ? hc_device_failure(model->device) : NULL;

  PetscFunctionBeginUser;
  PetscCheck(!why, PETSC_COMM_SELF, HC_ERR_DEVICE, "step %" PRId64 " (t = %.10g ms): the device of rank %d failed: %s",
             clock->step, hc_clock_time(clock), model->mesh->rank, why);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_monodomain_watch(struct hc_monodomain *model, const struct hc_clock *clock, bool deep, bool *bad,
                                   char *message, size_t size)
{
  const struct hc_mesh *mesh = model->mesh;
  int node;

  PetscFunctionBeginUser;
  PetscCall(find_bad(model, deep, &node));
  const bool failed = model->device && hc_device_failure(model->device);
  const int64_t mine = node >= 0 ? mesh->file_node[node] : INT64_MAX;
  int64_t lowest[3] = {mine, hc_kinetics_ahead(model->kinetics, clock->step), failed ? 0 : 1};
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, lowest, 3, MPI_INT64_T, MPI_MIN, mesh->comm));
  if (lowest[2] == 0)
    PetscCall(hc_error_agree(mesh->comm, raise_failure(model, clock)));
  const int64_t first = lowest[0];
  model->ahead = lowest[1];
  *bad = first < INT64_MAX;
  if (*bad) {
    int owner = mine == first ? mesh->rank : 0;
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &owner, 1, MPI_INT, MPI_MAX, mesh->comm));
    if (owner == mesh->rank)
      describe(model, clock, node, message, size);
    PetscCallMPI(MPI_Bcast(message, (int)size, MPI_CHAR, owner, mesh->comm));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
