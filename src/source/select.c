#include "stimulus.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Smallest and largest coordinates over all ranks. */
static PetscErrorCode mesh_extent(const struct hc_mesh *mesh, double box[6])
{
  PetscFunctionBeginUser;
  for (int d = 0; d < 6; d++)
    box[d] = INFINITY;
  for (int i = 0; i < mesh->n_owned; i++)
    for (int d = 0; d < 3; d++) {
      box[d] = fmin(box[d], mesh->xyz[3 * i + d]);
      box[3 + d] = fmin(box[3 + d], -mesh->xyz[3 * i + d]);
    }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, box, 6, MPI_DOUBLE, MPI_MIN, mesh->comm));
  for (int d = 3; d < 6; d++)
    box[d] = -box[d];
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double longest_side(const double box[6])
{
  return fmax(box[3] - box[0], fmax(box[4] - box[1], box[5] - box[2]));
}

static void select_box(const struct hc_mesh *mesh, const double *min, const double *max, double tolerance,
                       bool *selected)
{
  for (int i = 0; i < mesh->n_owned; i++) {
    const double *x = mesh->xyz + (size_t)3 * i;
    selected[i] = true;
    for (int d = 0; d < 3; d++)
      selected[i] = selected[i] && x[d] >= min[d] - tolerance && x[d] <= max[d] + tolerance;
  }
}

static void select_sphere(const struct hc_mesh *mesh, const double *centre, double radius, double tolerance,
                          bool *selected)
{
  for (int i = 0; i < mesh->n_owned; i++) {
    const double *x = mesh->xyz + (size_t)3 * i;
    const double distance = hypot(hypot(x[0] - centre[0], x[1] - centre[1]), x[2] - centre[2]);
    selected[i] = distance <= radius + tolerance;
  }
}

static void select_region(const struct hc_mesh *mesh, int64_t tag, bool *selected)
{
  const int n = hc_cell_nodes(mesh->type);

  for (int c = 0; c < mesh->n_cells_local; c++)
    for (int k = 0; k < n && mesh->region[c] == tag; k++) {
      const int node = mesh->cells[(size_t)n * c + k];
      if (node < mesh->n_owned)
        selected[node] = true;
    }
}

static void select_surface(const struct hc_mesh *mesh, int64_t tag, bool *selected)
{
  for (int i = 0; i < mesh->n_owned; i++)
    if (mesh->surface[i] >> (tag - 1) & 1)
      selected[i] = true;
}

static int64_t count_selected(const struct hc_mesh *mesh, const bool *selected)
{
  int64_t n = 0;

  for (int i = 0; i < mesh->n_owned; i++)
    n += selected[i];
  return n;
}

/* Nodes of all tags; each tag must be in use, or a slip in one of several would go unseen. */
static PetscErrorCode select_tags(const struct hc_mesh *mesh, const struct hc_stimulus_params *stimulus, bool *selected)
{
  const bool surface = stimulus->shape == HC_STIM_SURFACE;
  bool *one;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(mesh->n_owned, &one));
  for (int i = 0; i < stimulus->tags.n; i++) {
    const int64_t tag = stimulus->tags.v[i];
    int64_t touched;
    PetscCheck(!surface || (tag >= 1 && tag <= 31), PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found surface tag %" PRId64 "; allowed: 1 to 31",
               hc_params_place(stimulus->params, &stimulus->tags), tag);
    PetscCall(PetscArrayzero(one, mesh->n_owned));
    (surface ? select_surface : select_region)(mesh, tag, one);
    touched = count_selected(mesh, one);
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &touched, 1, MPI_INT64_T, MPI_SUM, mesh->comm));
    PetscCheck(touched > 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: the mesh has no %s with tag %" PRId64,
               hc_params_place(stimulus->params, &stimulus->tags), surface ? "surface" : "region", tag);
    for (int n = 0; n < mesh->n_owned; n++)
      selected[n] = selected[n] || one[n];
  }
  PetscCall(PetscFree(one));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int compare_int64(const void *a, const void *b)
{
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static PetscErrorCode select_nodes(const struct hc_mesh *mesh, const struct hc_stimulus_params *stimulus,
                                   bool *selected)
{
  const size_t n = (size_t)stimulus->nodes.n;
  int64_t *wanted;

  PetscFunctionBeginUser;
  for (size_t i = 0; i < n; i++)
    PetscCheck(stimulus->nodes.v[i] >= 0 && stimulus->nodes.v[i] < mesh->n_nodes, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found node %" PRId64 "; allowed: 0 to %" PRId64,
               hc_params_place(stimulus->params, &stimulus->nodes), stimulus->nodes.v[i], mesh->n_nodes - 1);
  PetscCall(PetscMalloc1(n, &wanted));
  PetscCall(PetscArraycpy(wanted, stimulus->nodes.v, n));
  qsort(wanted, n, sizeof *wanted, compare_int64);
  for (int i = 0; i < mesh->n_owned; i++)
    selected[i] = bsearch(&mesh->file_node[i], wanted, n, sizeof *wanted, compare_int64) != NULL;
  PetscCall(PetscFree(wanted));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What "outside the mesh" means for the user: the two extents side by side. */
static PetscErrorCode refuse_empty(const struct hc_stimulus_params *stimulus, const double box[6])
{
  const bool is_box = stimulus->shape == HC_STIM_BOX;
  const double *c = stimulus->centre.v, r = stimulus->radius;
  double own[6];

  PetscFunctionBeginUser;
  for (int d = 0; d < 3; d++) {
    own[d] = is_box ? stimulus->min.v[d] : c[d] - r;
    own[3 + d] = is_box ? stimulus->max.v[d] : c[d] + r;
  }
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT,
          "%s: outside the mesh: no node lies in this %s, which reaches from (%.6g, %.6g, %.6g) to (%.6g, %.6g, %.6g) "
          "mm; the mesh reaches from (%.6g, %.6g, %.6g) to (%.6g, %.6g, %.6g) mm",
          hc_params_place(stimulus->params, &stimulus->shape), is_box ? "box" : "sphere", own[0], own[1], own[2],
          own[3], own[4], own[5], box[0], box[1], box[2], box[3], box[4], box[5]);
}

PetscErrorCode hc_stimulus_select(const struct hc_mesh *mesh, const struct hc_stimulus_params *stimulus, int *n,
                                  int **nodes, int64_t *total)
{
  double box[6], tolerance;
  bool *selected;
  int at = 0;

  PetscFunctionBeginUser;
  PetscCall(mesh_extent(mesh, box));
  tolerance = 1e-9 * longest_side(box);
  PetscCall(PetscCalloc1(mesh->n_owned, &selected));
  if (stimulus->shape == HC_STIM_BOX)
    select_box(mesh, stimulus->min.v, stimulus->max.v, tolerance, selected);
  else if (stimulus->shape == HC_STIM_SPHERE)
    select_sphere(mesh, stimulus->centre.v, stimulus->radius, tolerance, selected);
  else if (stimulus->shape == HC_STIM_NODES)
    PetscCall(select_nodes(mesh, stimulus, selected));
  else
    PetscCall(select_tags(mesh, stimulus, selected));

  *total = count_selected(mesh, selected);
  PetscCall(PetscMalloc1(*total, nodes));
  for (int i = 0; i < mesh->n_owned; i++)
    if (selected[i])
      (*nodes)[at++] = i;
  *n = at;
  PetscCall(PetscFree(selected));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, total, 1, MPI_INT64_T, MPI_SUM, mesh->comm));
  if (*total == 0) {
    PetscCall(PetscFree(*nodes));
    PetscCall(refuse_empty(stimulus, box));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
