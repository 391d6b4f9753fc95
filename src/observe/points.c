/* Values at points between nodes. A point's cell may have nodes of several ranks: each owner brings its own. */
#include "internal.h"

#include <string.h>

static const double outside = 0.1; /* mm: a point this near to a node is taken to lie at that node */

static PetscErrorCode refuse_outside(const char *place, const double x[3], double distance)
{
  char text[160];

  PetscFunctionBeginUser;
  snprintf(text, sizeof text,
           "found (%g, %g, %g) mm, which is %g mm from the nearest node; allowed: a point of the mesh", x[0], x[1],
           x[2], distance);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s", place, text);
}

/* Tell all ranks the nodes and weights that one rank has found for each point. */
static PetscErrorCode share(const struct hc_mesh *mesh, const struct hc_location_in_mesh *found, struct hc_points *set)
{
  const int n = set->n * HC_POINT_NODES;
  int64_t *number; /* in the run's numbering, -1: none */

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)n, &number));
  for (int i = 0; i < n; i++)
    number[i] = -1;
  for (int p = 0; p < set->n; p++)
    for (int k = 0; k < found[p].n; k++)
      if (found[p].weight[k] > 1e-12) { /* a node that does not count need not be activated */
        number[p * HC_POINT_NODES + k] = mesh->number[found[p].node[k]];
        set->weight[p * HC_POINT_NODES + k] = found[p].weight[k];
      }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, number, n, MPI_INT64_T, MPI_MAX, mesh->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, set->weight, n, MPI_DOUBLE, MPI_SUM, mesh->comm));
  for (int i = 0; i < n; i++) {
    const int64_t own = number[i] - mesh->start;
    set->node[i] = number[i] >= 0 && own >= 0 && own < mesh->n_owned ? (int)own : -1;
  }
  PetscCall(PetscFree(number));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_points_create(const struct hc_mesh *mesh, int n, const double *points, const char *const places[],
                                struct hc_points *set)
{
  struct hc_location_in_mesh *found;

  PetscFunctionBeginUser;
  *set = (struct hc_points){.comm = mesh->comm, .n = n};
  PetscCall(PetscMalloc1((size_t)n * HC_POINT_NODES, &set->node));
  PetscCall(PetscCalloc1((size_t)n * HC_POINT_NODES, &set->weight));
  PetscCall(PetscMalloc1((size_t)n * HC_POINT_NODES, &set->value));
  PetscCall(PetscCalloc1((size_t)n, &found));
  PetscCall(hc_fe_locate(mesh, n, points, outside, found));
  PetscErrorCode code = PETSC_SUCCESS;
  for (int p = 0; p < n && !code; p++)
    if (found[p].rank < 0) /* known to all ranks */
      code = refuse_outside(places[p], points + 3 * (size_t)p, found[p].distance);
  if (!code)
    code = share(mesh, found, set);
  PetscCall(PetscFree(found));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_points_destroy(struct hc_points *set)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(set->node));
  PetscCall(PetscFree(set->weight));
  PetscCall(PetscFree(set->value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_points_values(const struct hc_points *set, int n, const double *nodal, int stride, double *values)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < n * HC_POINT_NODES; i++)
    set->value[i] = set->node[i] >= 0 ? nodal[(size_t)set->node[i] * (size_t)stride] : 0.;
  PetscCall(hc_points_interpolate(set, n, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_points_interpolate(const struct hc_points *set, int n, double *values)
{
  const int total = n * HC_POINT_NODES;
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(set->comm, &rank));
  /* One rank brings a value and the others zeros: the sum is exact in any order. */
  PetscCallMPI(MPI_Reduce(rank == 0 ? MPI_IN_PLACE : set->value, rank == 0 ? set->value : NULL, total, MPI_DOUBLE,
                          MPI_SUM, 0, set->comm));
  for (int p = 0; p < n && rank == 0; p++) {
    values[p] = 0.;
    for (int k = p * HC_POINT_NODES; k < (p + 1) * HC_POINT_NODES; k++)
      if (set->weight[k] > 0.)
        values[p] += set->weight[k] * set->value[k];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
