/* Making a tumour, and its beginning. */
#include "internal.h"

#include <math.h>
#include <string.h>

const char *const hc_species_names[HC_SPECIES] = {"u", "necrosis", "nutrient"};

/* ---- Making ------------------------------------------------------------------------------------------------------ */

static PetscErrorCode diffusion_of(struct hc_tumour *tumour, const double *tensor, struct hc_diffusion **diffusion)
{
  const struct hc_mesh *mesh = tumour->mesh;
  const double any = 1;
  struct hc_diffusion_params numerics = *tumour->numerics;
  struct hc_pattern *pattern;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  numerics.step_unit = "mm2 (diffusivity times days)";
  PetscCall(hc_fe_pattern(mesh, &pattern));
  if (*diffusion)
    code = hc_diffusion_weaken(*diffusion, pattern, tensor);
  else
    code = hc_diffusion_create(mesh, pattern, tensor, &numerics, 1, &any, tumour->device, diffusion);
  hc_fe_pattern_destroy(&pattern);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The matrix without damping, or `damped`, which takes the place of that. */
static PetscErrorCode assemble(struct hc_tumour *tumour, bool damped)
{
  double *tensor;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)6 * (size_t)tumour->mesh->n_cells_local, &tensor));
  code = hc_tissue_relative(tumour, tensor);
  if (!code && damped)
    hc_mechanics_damp(tumour, tensor);
  if (!code)
    code = diffusion_of(tumour, tensor, &tumour->spread);
  PetscCall(PetscFree(tensor));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tumour_assemble(struct hc_tumour *tumour)
{
  const struct hc_mechanics *m = tumour->mechanics;
  const double damping = tumour->now.damping;

  PetscFunctionBeginUser;
  if (!tumour->spread || tumour->assembled_grey != tumour->now.grey) {
    hc_diffusion_destroy(&tumour->spread);
    PetscCall(assemble(tumour, false));
    tumour->assembled_grey = tumour->now.grey;
    tumour->assembled_damping = 0;
  }
  if (m && (tumour->assembled_damping != damping || (m->newer && damping > 0))) {
    PetscCall(assemble(tumour, true));
    tumour->assembled_damping = damping;
    tumour->mechanics->newer = false;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Nutrient goes everywhere alike. */
static PetscErrorCode assemble_nutrient(struct hc_tumour *tumour)
{
  double *tensor;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1((size_t)6 * (size_t)tumour->mesh->n_cells_local, &tensor));
  for (int c = 0; c < tumour->mesh->n_cells_local; c++)
    for (int k = 0; k < 3; k++)
      tensor[6 * (size_t)c + (size_t)k] = 1;
  code = diffusion_of(tumour, tensor, &tumour->feed);
  PetscCall(PetscFree(tensor));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void take_values(struct hc_tumour *tumour)
{
  const struct hc_tumour_params *p = tumour->params;
  struct hc_tumour_values *now = &tumour->now;

  *now = (struct hc_tumour_values){.diffusivity = p->diffusivity,
                                   .grey = p->grey,
                                   .proliferation = p->proliferation,
                                   .death = p->necrosis.rate,
                                   .threshold = p->necrosis.threshold,
                                   .consumption = p->necrosis.consumption,
                                   .feeding = p->necrosis.diffusivity,
                                   .supply = p->necrosis.supply,
                                   .radius = p->seed.radius,
                                   .density = p->seed.density,
                                   .begin = p->seed.time};
  for (int k = 0; k < 3; k++)
    now->seed[k] = p->seed.position.n == 3 ? p->seed.position.v[k] : 0;
}

static PetscErrorCode build(struct hc_tumour *tumour, const struct hc_mechanics_params *mechanics)
{
  const struct hc_mesh *mesh = tumour->mesh;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(mesh->n_owned, &tumour->volumes));
  PetscCall(hc_fe_volumes(mesh, tumour->volumes));
  PetscCall(hc_tissue_proliferation(tumour, &tumour->relative));
  for (int k = 0; k < tumour->n_species; k++)
    PetscCall(PetscCalloc1(mesh->n_owned, &tumour->species[k]));
  PetscCall(PetscMalloc1(mesh->n_local, &tumour->local));
  PetscCall(PetscCalloc1(tumour->therapy->blocks->radiotherapy.n, &tumour->maps));
  PetscCall(PetscCalloc1(tumour->therapy->blocks->surgery.n, &tumour->masks));
  PetscCall(hc_tumour_assemble(tumour));
  if (mechanics && mechanics->coupling > 0)
    PetscCall(hc_mechanics_create(tumour, mechanics));
  if (tumour->n_species > 1)
    PetscCall(assemble_nutrient(tumour));
  if (tumour->device)
    PetscCall(hc_error_agree(mesh->comm, hc_tumour_move(tumour)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tumour_create(const struct hc_mesh *mesh, const struct hc_fields *fields,
                                const struct hc_tumour_setup *setup, struct hc_tumour **tumour)
{
  struct hc_tumour *created;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&created));
  created->mesh = mesh;
  created->fields = fields;
  created->params = setup->params;
  created->therapy = setup->therapy;
  created->numerics = setup->diffusion;
  created->splitting = setup->splitting;
  created->step = setup->step;
  created->device = setup->device;
  created->n_species = setup->params->model == HC_LAW_NECROSIS ? HC_SPECIES : 1;
  created->reaction.name = "reaction";
  created->diffuse.name = "diffusion";
  take_values(created);
  created->now.coupling = setup->mechanics ? setup->mechanics->coupling : 0;
  created->now.damping = setup->mechanics ? setup->mechanics->damping : 0;
  code = build(created, setup->mechanics);
  if (code)
    hc_tumour_destroy(&created);
  PetscCall(code);
  *tumour = created;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_tumour_destroy(struct hc_tumour **tumour)
{
  struct hc_tumour *t = tumour ? *tumour : NULL;

  if (!t)
    return;
  hc_tumour_device_destroy(&t->moved);
  hc_diffusion_destroy(&t->spread);
  hc_diffusion_destroy(&t->feed);
  hc_mechanics_destroy(&t->mechanics);
  for (int k = 0; k < HC_SPECIES; k++)
    (void)PetscFree(t->species[k]);
  (void)PetscFree(t->volumes);
  (void)PetscFree(t->relative);
  (void)PetscFree(t->local);
  (void)PetscFree(t->maps);
  (void)PetscFree(t->masks);
  (void)PetscFree(*tumour);
}

/* ---- Beginning --------------------------------------------------------------------------------------------------- */

PetscErrorCode hc_tumour_begin(struct hc_tumour *tumour, double time, const double *const species[HC_SPECIES])
{
  PetscFunctionBeginUser;
  tumour->time = time;
  tumour->steps = 0;
  tumour->ledger = (struct hc_ledger){0};
  for (int k = 0; k < tumour->n_species; k++) {
    double *to = hc_tumour_species(tumour, k, true);
    for (int i = 0; i < tumour->mesh->n_owned; i++)
      to[i] = species[k] ? species[k][i] : k == HC_SPECIES - 1 ? 1 : 0;
  }
  if (tumour->mechanics)
    hc_mechanics_begin(tumour);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The density at a node, by the shape of the seed. */
static double seed_at(const struct hc_tumour *tumour, const double x[3])
{
  double square = 0;

  for (int k = 0; k < 3; k++)
    square += (x[k] - tumour->now.seed[k]) * (x[k] - tumour->now.seed[k]);
  square /= tumour->now.radius * tumour->now.radius;
  if (tumour->params->seed.shape == HC_SEED_BALL)
    return square <= 1 ? tumour->now.density : 0;
  return tumour->now.density * exp(-square);
}

PetscErrorCode hc_tumour_seed(struct hc_tumour *tumour)
{
  const struct hc_seed_params *seed = &tumour->params->seed;
  const double *none[HC_SPECIES] = {NULL}, *x = tumour->now.seed;
  struct hc_location_in_mesh found;
  double burden, *u;

  PetscFunctionBeginUser;
  PetscCall(hc_fe_locate(tumour->mesh, 1, x, 0, &found));
  PetscCheck(found.rank >= 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found [%.6g, %.6g, %.6g] mm, which is outside the tissue; allowed: a point within it",
             hc_params_place(seed->params, &seed->position), x[0], x[1], x[2]);
  PetscCall(hc_tumour_begin(tumour, tumour->now.begin, none));
  u = hc_tumour_species(tumour, 0, true);
  for (int i = 0; i < tumour->mesh->n_owned; i++)
    u[i] = seed_at(tumour, tumour->mesh->xyz + 3 * (size_t)i);
  PetscCall(hc_tumour_burden(tumour, 0, &burden));
  PetscCheck(burden > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %.6g mm, which no node of the mesh is within; allowed: at least the mesh's spacing",
             hc_params_place(seed->params, &seed->radius), tumour->now.radius);
  PetscFunctionReturn(PETSC_SUCCESS);
}

double *hc_tumour_species(struct hc_tumour *tumour, int species, bool change)
{
  if (tumour->device)
    hc_tumour_device_fetch(tumour, species, change);
  return tumour->species[species];
}
