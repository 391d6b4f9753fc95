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

PetscErrorCode hc_monodomain_watch(struct hc_monodomain *model, const struct hc_clock *clock, bool deep, bool *bad,
                                   char *message, size_t size)
{
  const struct hc_mesh *mesh = model->mesh;
  const int node = hc_kinetics_watch(model->kinetics, model->v, deep, mesh->file_node);
  const int64_t mine = node >= 0 ? mesh->file_node[node] : INT64_MAX;
  int64_t lowest[2] = {mine, hc_kinetics_ahead(model->kinetics, clock->step)};

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, lowest, 2, MPI_INT64_T, MPI_MIN, mesh->comm));
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
