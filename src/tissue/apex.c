/* Where the apex is. */
#include "frame.h"
#include "internal.h"

#include <float.h>
#include <math.h>

/* Box of all nodes. */
static PetscErrorCode box(const struct hc_mesh *mesh, double low[3], double high[3])
{
  PetscFunctionBeginUser;
  for (int k = 0; k < 3; k++) {
    low[k] = DBL_MAX;
    high[k] = -DBL_MAX;
    for (int i = 0; i < mesh->n_owned; i++) {
      low[k] = fmin(low[k], mesh->xyz[3 * (size_t)i + (size_t)k]);
      high[k] = fmax(high[k], mesh->xyz[3 * (size_t)i + (size_t)k]);
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, low, 3, MPI_DOUBLE, MPI_MIN, mesh->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, high, 3, MPI_DOUBLE, MPI_MAX, mesh->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Mean position of some owned nodes. Summed as integers, in units of 2^-31 of the box, so that the result does not
 * depend on the order, hence not on the ranks. */
static PetscErrorCode centroid(const struct hc_mesh *mesh, const bool *chosen, double mean[3])
{
  const double unit = 0x1p31;
  double low[3], high[3];
  int64_t sum[4] = {0, 0, 0, 0};

  PetscFunctionBeginUser;
  PetscCall(box(mesh, low, high));
  for (int i = 0; i < mesh->n_owned; i++) {
    if (!chosen[i])
      continue;
    for (int k = 0; k < 3; k++)
      if (high[k] > low[k])
        sum[k] += llround((mesh->xyz[3 * (size_t)i + (size_t)k] - low[k]) / (high[k] - low[k]) * unit);
    sum[3]++;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 4, MPI_INT64_T, MPI_SUM, mesh->comm));
  for (int k = 0; k < 3; k++)
    mean[k] = low[k] + (high[k] - low[k]) * ((double)sum[k] / (double)sum[3] / unit);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double distance(const struct hc_mesh *mesh, int i, const double from[3])
{
  const double *x = mesh->xyz + 3 * (size_t)i;
  const double d[3] = {x[0] - from[0], x[1] - from[1], x[2] - from[2]};
  return sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
}

/* Axis from the mean of the apex nodes; any direction will do where it vanishes, since it only breaks ties. */
static PetscErrorCode long_axis(const struct hc_mesh *mesh, const bool *apex, const double base[3], double axis[3])
{
  double tip[3];

  PetscFunctionBeginUser;
  PetscCall(centroid(mesh, apex, tip));
  for (int k = 0; k < 3; k++)
    axis[k] = base[k] - tip[k];
  if (!hc_frame_normalise(axis)) {
    axis[0] = axis[1] = 0.;
    axis[2] = 1.;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tissue_apex(const struct hc_mesh *mesh, int64_t epi, int64_t base, bool *apex, double axis[3])
{
  double centre[3], farthest = -1.;

  PetscFunctionBeginUser;
  for (int i = 0; i < mesh->n_owned; i++)
    apex[i] = hc_on_surface(mesh, i, base);
  PetscCall(centroid(mesh, apex, centre));
  for (int i = 0; i < mesh->n_owned; i++) {
    apex[i] = hc_on_surface(mesh, i, epi) && !hc_on_surface(mesh, i, base);
    if (apex[i])
      farthest = fmax(farthest, distance(mesh, i, centre));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &farthest, 1, MPI_DOUBLE, MPI_MAX, mesh->comm));
  PetscCheck(farthest >= 0., PETSC_COMM_SELF, HC_ERR_INPUT,
             "fibres: every node on the epicardium (surface %" PRId64 ") lies on the base (surface %" PRId64
             ") too, so there is no apex",
             epi, base);
  for (int i = 0; i < mesh->n_owned; i++)
    apex[i] = apex[i] && distance(mesh, i, centre) >= .99 * farthest;
  PetscCall(long_axis(mesh, apex, centre, axis));
  PetscFunctionReturn(PETSC_SUCCESS);
}
