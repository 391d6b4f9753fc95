/* Pseudo-ECG: the potential of the tissue's currents in an infinite medium around it,
 *
 *   phi(x) = 1/(4 pi sigma_b) * sum_i w_i V_i,   w_i = int (sigma_i grad phi_i) . grad_x (1/|x - y|) dy.
 *
 * Derivation and sign: outside sources div(sigma_b grad phi) = -div(sigma_i grad V), so the tissue acts as dipoles of
 * density p = -sigma_i grad V, each of which gives p . (x - y) / (4 pi sigma_b |x - y|^3) at x. With
 * grad_x (1/|x - y|) = -(x - y)/|x - y|^3 the two signs cancel and the integral above is left. Before a front, V falls
 * in the direction of travel, so p points ahead: a front that comes nearer gives a positive deflection. Gima and Rudy
 * 2002, doi:10.1161/01.RES.0000016960.61087.86; Plonsey and Barr, Bioelectricity, chapter 8. Units: sigma in S/m on
 * both sides and lengths that cancel, so phi has the unit of V, mV. */
#include "internal.h"

#include <math.h>
#include <string.h>

static const double clearance = 0.1; /* mm from the tissue: the integral has no value on it */

static double dot(const double a[3], const double b[3])
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Squared distance from x to the segment from a to b. */
static double segment_distance2(const double x[3], const double a[3], const double b[3])
{
  const double e[3] = {b[0] - a[0], b[1] - a[1], b[2] - a[2]}, d[3] = {x[0] - a[0], x[1] - a[1], x[2] - a[2]};
  const double s = fmin(1., fmax(0., dot(d, e) / dot(e, e)));
  const double r[3] = {d[0] - s * e[0], d[1] - s * e[1], d[2] - s * e[2]};
  return dot(r, r);
}

/* Squared distance from x to the triangle: to its plane if the foot lies within, else to the nearest edge. */
static double triangle_distance2(const double x[3], const double a[3], const double b[3], const double c[3])
{
  const double u[3] = {b[0] - a[0], b[1] - a[1], b[2] - a[2]}, v[3] = {c[0] - a[0], c[1] - a[1], c[2] - a[2]};
  const double d[3] = {x[0] - a[0], x[1] - a[1], x[2] - a[2]};
  const double uu = dot(u, u), uv = dot(u, v), vv = dot(v, v), du = dot(d, u), dv = dot(d, v);
  const double area2 = uu * vv - uv * uv, s = (vv * du - uv * dv) / area2, t = (uu * dv - uv * du) / area2;

  if (s >= 0. && t >= 0. && s + t <= 1.) {
    const double r[3] = {d[0] - s * u[0] - t * v[0], d[1] - s * u[1] - t * v[1], d[2] - s * u[2] - t * v[2]};
    return dot(r, r);
  }
  return fmin(segment_distance2(x, a, b), fmin(segment_distance2(x, b, c), segment_distance2(x, c, a)));
}

/* Triangles that cover the surface of a cell (the bent faces of a hexahedron in two flat halves). */
static int surface_triangles(enum hc_cell_type type, const int (**triangles)[3])
{
  static const int triangle[1][3] = {{0, 1, 2}};
  static const int tetrahedron[4][3] = {{0, 1, 2}, {0, 1, 3}, {1, 2, 3}, {2, 0, 3}};
  static const int hexahedron[12][3] = {{0, 1, 2}, {0, 2, 3}, {4, 5, 6}, {4, 6, 7}, {0, 1, 5}, {0, 5, 4},
                                        {1, 2, 6}, {1, 6, 5}, {2, 3, 7}, {2, 7, 6}, {3, 0, 4}, {3, 4, 7}};
  *triangles = type == HC_TRIANGLE ? triangle : type == HC_TETRAHEDRON ? tetrahedron : hexahedron;
  return type == HC_TRIANGLE ? 1 : type == HC_TETRAHEDRON ? 4 : 12;
}

/* Is x within the clearance of the cell's box? Few cells are, which keeps the test below cheap. */
static bool near_box(const struct hc_mesh *mesh, const int *cell, const double x[3])
{
  for (int k = 0; k < 3; k++) {
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < hc_cell_nodes(mesh->type); i++) {
      low = fmin(low, mesh->xyz[3 * (size_t)cell[i] + (size_t)k]);
      high = fmax(high, mesh->xyz[3 * (size_t)cell[i] + (size_t)k]);
    }
    if (x[k] < low - clearance || x[k] > high + clearance)
      return false;
  }
  return true;
}

/* Is x within the clearance of a face of any local cell? */
static bool near_surface(const struct hc_mesh *mesh, const double x[3])
{
  const int(*triangles)[3];
  const int n = surface_triangles(mesh->type, &triangles), n_nodes = hc_cell_nodes(mesh->type);

  for (int c = 0; c < mesh->n_cells_local; c++) {
    const int *cell = mesh->cells + (size_t)c * (size_t)n_nodes;
    if (!near_box(mesh, cell, x))
      continue;
    for (int t = 0; t < n; t++)
      if (triangle_distance2(x, mesh->xyz + 3 * (size_t)cell[triangles[t][0]],
                             mesh->xyz + 3 * (size_t)cell[triangles[t][1]],
                             mesh->xyz + 3 * (size_t)cell[triangles[t][2]]) <= clearance * clearance)
        return true;
  }
  return false;
}

/* Refuse an electrode in or at the tissue. Collective. */
static PetscErrorCode check_electrode(const struct hc_mesh *mesh, const struct hc_probe_params *electrode)
{
  struct hc_location_in_mesh found;
  int near = near_surface(mesh, electrode->point.v);

  PetscFunctionBeginUser;
  PetscCall(hc_fe_locate(mesh, 1, electrode->point.v, clearance, &found));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &near, 1, MPI_INT, MPI_MAX, mesh->comm));
  if (near || found.rank >= 0) {
    char text[160];
    const double *x = electrode->point.v;
    snprintf(text, sizeof text,
             "found (%g, %g, %g) mm, which is in the tissue; allowed: a point at least %g mm from it", x[0], x[1], x[2],
             clearance);
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s", hc_params_place(electrode->params, &electrode->point), text);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_ecg_create(const struct hc_mesh *mesh, const double *intracellular,
                             const struct hc_observe_params *params, struct hc_ecg *ecg)
{
  const struct hc_probe_params *electrode = params->electrodes.items;
  const double scale = 1. / (4. * M_PI * params->ecg_conductivity);
  const int n = params->electrodes.n;

  PetscFunctionBeginUser;
  *ecg = (struct hc_ecg){.comm = mesh->comm, .n = n, .n_nodes = mesh->n_owned, .size = mesh->size};
  PetscCall(PetscMalloc1((size_t)n * (size_t)mesh->n_owned, &ecg->weight));
  PetscCall(PetscMalloc1((size_t)n * (size_t)(mesh->rank == 0 ? mesh->size : 1), &ecg->partial));
  for (int e = 0; e < n; e++) {
    double *weight = ecg->weight + (size_t)e * (size_t)mesh->n_owned;
    PetscCall(check_electrode(mesh, &electrode[e]));
    PetscCall(hc_error_agree(mesh->comm, hc_fe_lead(mesh, intracellular, electrode[e].point.v, weight)));
    for (int i = 0; i < mesh->n_owned; i++)
      weight[i] *= scale;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_ecg_destroy(struct hc_ecg *ecg)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(ecg->weight));
  PetscCall(PetscFree(ecg->partial));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_ecg_values(const struct hc_ecg *ecg, const double *v, double *values)
{
  PetscFunctionBeginUser;
  for (int e = 0; e < ecg->n; e++) {
    const double *weight = ecg->weight + (size_t)e * (size_t)ecg->n_nodes;
    double sum = 0.;
    for (int i = 0; i < ecg->n_nodes; i++)
      sum += weight[i] * v[i];
    ecg->partial[e] = sum;
  }
  PetscCall(hc_ecg_collect(ecg, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_ecg_collect(const struct hc_ecg *ecg, double *values)
{
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(ecg->comm, &rank));
  /* Gathered rather than reduced: MPI does not promise the order of a reduction. */
  PetscCallMPI(MPI_Gather(rank == 0 ? MPI_IN_PLACE : ecg->partial, ecg->n, MPI_DOUBLE, rank == 0 ? ecg->partial : NULL,
                          ecg->n, MPI_DOUBLE, 0, ecg->comm));
  for (int e = 0; e < ecg->n && rank == 0; e++) {
    values[e] = 0.;
    for (int r = 0; r < ecg->size; r++)
      values[e] += ecg->partial[r * ecg->n + e];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
