/* What happens at a moment: fractions of radiation and resections, on the host. */
#include "internal.h"

#include <math.h>

/* Integral over this rank's nodes. */
static double total(const struct hc_tumour *tumour, const double *u)
{
  double sum = 0;

  for (int i = 0; i < tumour->mesh->n_owned; i++)
    sum += tumour->volumes[i] * u[i];
  return sum;
}

/* What oxygen does to the dose at a node. */
static double oxygen(const struct hc_tumour *tumour, const struct hc_rays *rays, const double *nutrient, int i)
{
  return nutrient ? hc_therapy_oxygen(rays->oer, tumour->params->necrosis.pressure * fmax(0, nutrient[i])) : 1;
}

static PetscErrorCode irradiate(struct hc_tumour *tumour, const struct hc_event *event)
{
  const struct hc_rays *rays = &tumour->therapy->rays[event->entry];
  const double *map = tumour->maps[event->entry];
  const double *nutrient =
      tumour->n_species > 1 && rays->oer > 1 ? hc_tumour_species(tumour, HC_SPECIES - 1, false) : NULL;
  double *u = hc_tumour_species(tumour, 0, true), before;

  PetscFunctionBeginUser;
  PetscCheck(!rays->mapped || map || tumour->mesh->n_owned == 0, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONGSTATE,
             "the dose map of radiotherapy %d was not set", event->entry);
  before = total(tumour, u);
  if (!map && !nutrient) {
    const double survival = hc_therapy_survival(rays, event->dose, 1);
    for (int i = 0; i < tumour->mesh->n_owned; i++)
      u[i] *= survival;
  } else {
    for (int i = 0; i < tumour->mesh->n_owned; i++)
      u[i] *= hc_therapy_survival(rays, event->dose * (map ? map[i] : 1), oxygen(tumour, rays, nutrient, i));
  }
  tumour->ledger.rays += before - total(tumour, u);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Surgery ----------------------------------------------------------------------------------------------------- */

static PetscErrorCode near_dense(struct hc_tumour *tumour, const struct hc_surgery_params *p, const double *u,
                                 bool *removed)
{
  const struct hc_mesh *mesh = tumour->mesh;
  struct hc_cloud *cloud;
  double *points;
  int n;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(tumour->local, u, mesh->n_owned));
  PetscCall(hc_halo_begin(mesh, 1, tumour->local));
  PetscCall(hc_halo_end(mesh, 1, tumour->local));
  PetscCall(hc_surface_points(mesh, tumour->local, p->threshold, &n, &points));
  code = hc_cloud_create(mesh->comm, n, points, PetscMax(p->margin, 1), &cloud);
  PetscCall(PetscFree(points));
  PetscCall(code);
  for (int i = 0; i < mesh->n_owned; i++)
    removed[i] = u[i] >= p->threshold ||
                 (p->margin > 0 && hc_cloud_distance(cloud, mesh->xyz + 3 * (size_t)i, p->margin) <= p->margin);
  hc_cloud_destroy(&cloud);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode choose(struct hc_tumour *tumour, int entry, const struct hc_surgery_params *p, const double *u,
                             bool *removed)
{
  const double *mask = tumour->masks[entry];

  PetscFunctionBeginUser;
  if (!p->mask && p->centre.n == 0) {
    PetscCall(near_dense(tumour, p, u, removed));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCheck(!p->mask || mask || tumour->mesh->n_owned == 0, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONGSTATE,
             "the mask of surgery %d was not set", entry);
  for (int i = 0; i < tumour->mesh->n_owned; i++) {
    const double *x = tumour->mesh->xyz + 3 * (size_t)i;
    double square = 0;
    for (int k = 0; k < 3 && !p->mask; k++)
      square += (x[k] - p->centre.v[k]) * (x[k] - p->centre.v[k]);
    removed[i] = p->mask ? mask[i] > 0.5 : square <= p->radius * p->radius;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode resect(struct hc_tumour *tumour, int entry)
{
  const struct hc_surgery_params *p = (const struct hc_surgery_params *)tumour->therapy->blocks->surgery.items + entry;
  const int n_cells = tumour->n_species > 1 ? 2 : 1; /* nutrient stays */
  double *u = hc_tumour_species(tumour, 0, false), before;
  bool *removed;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(tumour->mesh->n_owned, &removed));
  code = choose(tumour, entry, p, u, removed);
  for (int k = 0; k < n_cells && !code; k++) {
    u = hc_tumour_species(tumour, k, true);
    before = total(tumour, u);
    for (int i = 0; i < tumour->mesh->n_owned; i++)
      u[i] *= removed[i] ? p->residual : 1;
    tumour->ledger.surgery += before - total(tumour, u);
  }
  PetscCall(PetscFree(removed));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tumour_treat(struct hc_tumour *tumour, const struct hc_event *event)
{
  PetscFunctionBeginUser;
  if (event->kind == HC_EVENT_FRACTION)
    PetscCall(irradiate(tumour, event));
  else if (event->kind == HC_EVENT_SURGERY)
    PetscCall(resect(tumour, event->entry));
  PetscFunctionReturn(PETSC_SUCCESS);
}
