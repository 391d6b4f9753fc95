/* Rule-based fibres from Laplace solutions: Bayer, Blake, Plank, Trayanova 2012, doi:10.1007/s10439-012-0593-5.
 *
 * phi_epi, phi_lv, phi_rv are 1 on their surface and 0 on the two others; psi is 0 at the apex and 1 on the base. The
 * gradients of phi and psi make a frame (circumferential, longitudinal, transmural) for each surface, which is turned
 * by the fibre angle alpha and the sheet angle beta; frames are blended by bislerp, first between the ventricles with
 * t = phi_rv / (phi_lv + phi_rv), then to the epicardium with phi_epi.
 *
 * One thing differs. The paper turns the epicardial frame by alpha(phi_epi) = (1 - phi_epi) alpha_endo + phi_epi
 * alpha_epi but the endocardial ones by alpha_endo, and then blends with phi_epi again: the depth counts twice, and the
 * helix angle follows phi_epi^2 (30 instead of 0 degrees in the middle of a +60/-60 wall). Here every frame is turned
 * by the angle of its own depth, alpha(phi_epi), in the septum times 1 - 2t as in the paper, and bislerp blends frames
 * that differ only where the surfaces do. The helix angle is then linear in phi_epi, as the paper words the rule; the
 * LDRB_Fibers code of Karlsruhe (Schuler 2021) departs from the paper for the same reason. */
#include "frame.h"
#include "internal.h"

#include <math.h>
#include <string.h>

struct rule {
  const struct hc_mesh *mesh;
  const struct hc_pattern *pattern;
  const struct hc_fibre_params *params;
  double *stiffness;              /* of the Laplacian; owned */
  bool *fixed;                    /* n_owned, work; owned */
  double *epi, *psi;              /* nodal fields; borrowed from the set */
  double *lv;                     /* nodal; owned */
  double *fibre, *sheet, *normal; /* cell fields; hold the gradients of psi, epi, lv until they are overwritten */
  double *epi_mean, *lv_mean;     /* per cell; owned */
  double none[2];                 /* gradients of psi and phi below these count as zero */
  double axis[3];                 /* from apex to base */
};

static PetscErrorCode check_tag(const struct hc_mesh *mesh, const struct hc_fibre_params *params, const char *key,
                                const int64_t *tag)
{
  int64_t count = 0;

  PetscFunctionBeginUser;
  PetscCheck(*tag >= 1 && *tag <= 31, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: rule ldrb needs the surface tag `%s`: found %" PRId64 "; allowed: 1 to 31",
             hc_params_place(params->params, tag), key, *tag);
  for (int i = 0; i < mesh->n_owned; i++)
    count += hc_on_surface(mesh, i, *tag);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &count, 1, MPI_INT64_T, MPI_SUM, mesh->comm));
  PetscCheck(count > 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: no node of the mesh lies on surface %" PRId64 " (`%s`)",
             hc_params_place(params->params, tag), *tag, key);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_tags(const struct hc_mesh *mesh, const struct hc_fibre_params *params)
{
  const struct {
    const char *key;
    const int64_t *tag;
  } tags[4] = {{"epi", &params->epi}, {"base", &params->base}, {"lv", &params->lv}, {"rv", &params->rv}};

  PetscFunctionBeginUser;
  PetscCheck(mesh->type != HC_TRIANGLE, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: rule ldrb needs a wall of tetrahedra or hexahedra; this mesh is made of triangles",
             hc_params_place(params->params, &params->rule));
  for (int k = 0; k < 4; k++) {
    if (k == 3 && params->rv == 0)
      continue;
    PetscCall(check_tag(mesh, params, tags[k].key, tags[k].tag));
    for (int m = 0; m < k; m++)
      PetscCheck(*tags[k].tag != *tags[m].tag, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "%s: `%s` and `%s` have the same surface tag %" PRId64, hc_params_place(params->params, tags[k].tag),
                 tags[m].key, tags[k].key, *tags[k].tag);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

enum wall { WALL_INSIDE, WALL_EPI, WALL_LV, WALL_RV };

/* Which surface fixes a node of the transmural problems. A node on several (the rims of the valves) belongs to the
 * endocardium, so that each node has one value and no surface of a thin wall is lost to its neighbour. Nodes that are
 * on the base only are inner nodes with no flux. */
static enum wall wall_of(const struct hc_mesh *mesh, const struct hc_fibre_params *params, int i)
{
  return hc_on_surface(mesh, i, params->rv)    ? WALL_RV
         : hc_on_surface(mesh, i, params->lv)  ? WALL_LV
         : hc_on_surface(mesh, i, params->epi) ? WALL_EPI
                                               : WALL_INSIDE;
}

/* u = 1 on surface `one`, 0 on the other walls but `free_wall` (WALL_INSIDE: none), where it is not fixed. */
static PetscErrorCode solve_wall(const struct rule *r, enum wall one, enum wall free_wall, double *u)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < r->mesh->n_owned; i++) {
    const enum wall wall = wall_of(r->mesh, r->params, i);
    r->fixed[i] = wall != WALL_INSIDE && wall != free_wall;
    u[i] = wall == one ? 1. : 0.;
  }
  PetscCall(hc_fe_laplace(r->mesh, r->pattern, r->stiffness, r->fixed, u));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode solve_apex_base(struct rule *r)
{
  const struct hc_mesh *mesh = r->mesh;
  PetscErrorCode code;
  bool *apex;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)mesh->n_owned, &apex));
  code = hc_tissue_apex(mesh, r->params->epi, r->params->base, apex, r->axis);
  for (int i = 0; i < mesh->n_owned && !code; i++) {
    const bool base = hc_on_surface(mesh, i, r->params->base);
    r->fixed[i] = base || apex[i];
    r->psi[i] = base ? 1. : 0.;
  }
  PetscCall(PetscFree(apex));
  PetscCall(code);
  PetscCall(hc_fe_laplace(mesh, r->pattern, r->stiffness, r->fixed, r->psi));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All Laplace problems: two for a left ventricle, four for both. */
static PetscErrorCode solve_all(struct rule *r, struct hc_fields *fields)
{
  const struct hc_mesh *mesh = r->mesh;
  double *ventricle;

  PetscFunctionBeginUser;
  PetscCall(hc_fe_stiffness(mesh, r->pattern, NULL, r->stiffness));
  PetscCall(solve_wall(r, WALL_EPI, WALL_INSIDE, r->epi));
  PetscCall(solve_apex_base(r));
  if (r->params->rv == 0) {
    for (int i = 0; i < mesh->n_local; i++)
      r->lv[i] = 1. - r->epi[i];
  } else {
    PetscCall(solve_wall(r, WALL_LV, WALL_INSIDE, r->lv));
    PetscCall(hc_tissue_field(fields, "ventricle", HC_NODE, 1, &ventricle));
    PetscCall(solve_wall(r, WALL_LV, WALL_EPI, ventricle));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* 1e-8 of the largest length of these vectors over all ranks: above the error of the solver, far below what matters. */
static PetscErrorCode threshold(const struct hc_mesh *mesh, const double *v, double *none)
{
  double largest = 0.;

  PetscFunctionBeginUser;
  for (int c = 0; c < mesh->n_cells_local; c++) {
    const double *a = v + 3 * (size_t)c;
    largest = fmax(largest, a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &largest, 1, MPI_DOUBLE, MPI_MAX, mesh->comm));
  *none = 1e-8 * sqrt(largest);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode gradients(struct rule *r)
{
  PetscFunctionBeginUser;
  PetscCall(hc_fe_gradient(r->mesh, r->psi, r->fibre));
  PetscCall(hc_fe_gradient(r->mesh, r->epi, r->sheet));
  PetscCall(hc_fe_gradient(r->mesh, r->lv, r->normal));
  PetscCall(hc_fe_cell_mean(r->mesh, r->epi, r->epi_mean));
  PetscCall(hc_fe_cell_mean(r->mesh, r->lv, r->lv_mean));
  PetscCall(threshold(r->mesh, r->fibre, &r->none[0]));
  PetscCall(threshold(r->mesh, r->sheet, &r->none[1]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double clamp(double x)
{
  return fmin(fmax(x, 0.), 1.);
}

/* Frame of one ventricle's or the epicardium's surface, turned. */
static bool surface_frame(const struct rule *r, const double psi[3], const double phi[3], double alpha, double beta,
                          double q[3][3])
{
  if (!hc_frame_axis(psi, phi, r->axis, r->none, q))
    return false;
  hc_frame_orient(q, alpha, beta);
  return true;
}

/* Blend of two frames of which either may be missing; false if both are. */
static bool blend(bool have_a, double a[3][3], bool have_b, double b[3][3], double t, double q[3][3])
{
  if (have_a && have_b)
    hc_frame_bislerp(a, b, t, q);
  else if (have_a || have_b)
    memcpy(q, have_a ? a : b, 3 * sizeof(q[0]));
  return have_a || have_b;
}

/* Where no transmural gradient is left (a cell between equal values): circumferential as well as the axis tells. */
static void fallback_frame(const struct rule *r, const double psi[3], double q[3][3])
{
  memcpy(q[1], psi, sizeof(q[1]));
  if (sqrt(psi[0] * psi[0] + psi[1] * psi[1] + psi[2] * psi[2]) <= r->none[0] || !hc_frame_normalise(q[1]))
    memcpy(q[1], r->axis, sizeof(q[1]));
  hc_frame_any_normal(q[1], q[2]);
  hc_frame_cross(q[1], q[2], q[0]);
}

static void cell_frame(const struct rule *r, int c, double q[3][3])
{
  const double degree = acos(-1.) / 180., *psi = r->fibre + 3 * (size_t)c, *epi = r->sheet + 3 * (size_t)c;
  const double depth = clamp(r->epi_mean[c]), lv = clamp(r->lv_mean[c]), rv = clamp(1. - depth - lv);
  const double t = r->params->rv == 0 ? 0. : lv + rv > 0. ? rv / (lv + rv) : .5;
  const double alpha = degree * ((1. - depth) * r->params->alpha_endo + depth * r->params->alpha_epi);
  const double beta = degree * ((1. - depth) * r->params->beta_endo + depth * r->params->beta_epi);
  const double septum = 1. - 2. * t;
  double outward[3], inward[3], q_lv[3][3], q_rv[3][3], q_endo[3][3], q_epi[3][3];

  for (int k = 0; k < 3; k++) {
    outward[k] = -r->normal[3 * (size_t)c + (size_t)k];
    inward[k] = outward[k] - epi[k]; /* gradient of phi_rv = 1 - phi_epi - phi_lv */
  }
  const bool have_lv = surface_frame(r, psi, outward, septum * alpha, septum * beta, q_lv);
  const bool have_rv = r->params->rv != 0 && surface_frame(r, psi, inward, septum * alpha, septum * beta, q_rv);
  const bool have_endo = blend(have_lv, q_lv, have_rv, q_rv, t, q_endo);
  const bool have_epi = surface_frame(r, psi, epi, alpha, beta, q_epi);
  if (!blend(have_endo, q_endo, have_epi, q_epi, depth, q))
    fallback_frame(r, psi, q);
}

static void frames(const struct rule *r)
{
  double q[3][3];

  for (int c = 0; c < r->mesh->n_cells_local; c++) {
    cell_frame(r, c, q);
    for (int k = 0; k < 3; k++) { /* across the wall at beta = 0 is the third axis: the sheet */
      r->fibre[3 * (size_t)c + (size_t)k] = q[0][k];
      r->normal[3 * (size_t)c + (size_t)k] = q[1][k];
      r->sheet[3 * (size_t)c + (size_t)k] = q[2][k];
    }
  }
}

PetscErrorCode hc_tissue_ldrb(const struct hc_mesh *mesh, const struct hc_pattern *pattern,
                              const struct hc_fibre_params *params, struct hc_fields *fields)
{
  struct rule r = {.mesh = mesh, .pattern = pattern, .params = params};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(check_tags(mesh, params));
  PetscCall(hc_tissue_field(fields, "transmural", HC_NODE, 1, &r.epi));
  PetscCall(hc_tissue_field(fields, "apex_base", HC_NODE, 1, &r.psi));
  PetscCall(hc_tissue_field(fields, "fibre", HC_CELL, 3, &r.fibre));
  PetscCall(hc_tissue_field(fields, "sheet", HC_CELL, 3, &r.sheet));
  PetscCall(hc_tissue_field(fields, "normal", HC_CELL, 3, &r.normal));
  PetscCall(PetscMalloc3((size_t)pattern->row[pattern->n_rows], &r.stiffness, (size_t)mesh->n_owned, &r.fixed,
                         (size_t)mesh->n_local, &r.lv));
  PetscCall(PetscMalloc2((size_t)mesh->n_cells_local, &r.epi_mean, (size_t)mesh->n_cells_local, &r.lv_mean));
  code = solve_all(&r, fields);
  if (!code)
    code = gradients(&r);
  if (!code)
    frames(&r);
  PetscCall(PetscFree2(r.epi_mean, r.lv_mean));
  PetscCall(PetscFree3(r.stiffness, r.fixed, r.lv));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
