/* Entries of `tissue.regions`, checked, and which mesh cells they are for. */
#include "material.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FASTEST 5. /* m/s: Purkinje fibres conduct at 2 to 4 */

static PetscErrorCode expand(const struct hc_region_params *region, const struct hc_reals *given, double sigma[3])
{
  PetscFunctionBeginUser;
  PetscCheck(given->n >= 1 && given->n <= 3, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: found %d numbers; allowed: 1 to 3",
             hc_params_place(region->params, given), given->n);
  for (int k = 0; k < 3; k++) {
    sigma[k] = given->v[k < given->n ? k : given->n - 1] * region->scale;
    PetscCheck(isfinite(sigma[k]) && sigma[k] >= 0., PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found %.6g S/m (with `scale` %.6g); allowed: finite, not negative",
               hc_params_place(region->params, given), sigma[k], region->scale);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode set_pair(const struct hc_region_params *region, struct hc_material *material)
{
  double outside[3];

  PetscFunctionBeginUser;
  PetscCheck(
      region->intracellular.n > 0 && region->extracellular.n > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
      "%s: `intracellular` and `extracellular` must be given together",
      hc_params_place(region->params, region->intracellular.n > 0 ? &region->extracellular : &region->intracellular));
  PetscCall(expand(region, &region->intracellular, material->intracellular));
  PetscCall(expand(region, &region->extracellular, outside));
  for (int k = 0; k < 3; k++) {
    const double inside = material->intracellular[k], sum = inside + outside[k];
    material->effective[k] = sum > 0. ? inside * outside[k] / sum : 0.;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_velocity(const struct hc_region_params *region, int i, const char *const axes[3])
{
  const struct hc_map *map = &region->velocity;
  const char *place = hc_params_place_entry(region->params, map, i), *near = hc_params_nearest(map->keys[i], 3, axes);
  bool known = false;

  PetscFunctionBeginUser;
  for (int k = 0; k < 3; k++)
    known = known || !strcmp(map->keys[i], axes[k]);
  PetscCheck(known, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: unknown axis \"%s\"%s%s%s; allowed: fibre, sheet, normal",
             place, map->keys[i], near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
  PetscCheck(map->values[i] > 0 && map->values[i] <= FASTEST, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %.6g m/s; allowed: above 0, at most %.6g", place, map->values[i], FASTEST);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Velocities along the three axes; an axis that is not given has that of the one before. */
static PetscErrorCode set_velocity(const struct hc_region_params *region, struct hc_material *material)
{
  static const char *const axes[3] = {"fibre", "sheet", "normal"};
  const struct hc_map *map = &region->velocity;

  PetscFunctionBeginUser;
  PetscCheck(region->scale == 1, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %.6g beside `velocity`; allowed: 1, since velocities are not conductivities",
             hc_params_place(region->params, &region->scale), region->scale);
  for (int i = 0; i < map->n; i++)
    PetscCall(check_velocity(region, i, axes));
  for (int k = 0; k < 3; k++) {
    material->velocity[k] = k > 0 ? material->velocity[k - 1] : 0;
    for (int i = 0; i < map->n; i++)
      if (!strcmp(map->keys[i], axes[k]))
        material->velocity[k] = map->values[i];
    PetscCheck(material->velocity[k] > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: no velocity along the fibre; allowed: `fibre`, and if they differ `sheet` and `normal`",
               hc_params_place(region->params, map));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode material_init(const struct hc_region_params *region, int correction, struct hc_material *material)
{
  const bool direct = region->conductivity.n > 0, pair = region->intracellular.n > 0 || region->extracellular.n > 0;
  const bool velocity = region->velocity.n > 0;

  PetscFunctionBeginUser;
  PetscCheck(!(direct && pair), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: given together with `intracellular` or `extracellular`; allowed: one kind only",
             hc_params_place(region->params, &region->conductivity));
  PetscCheck(!(direct && velocity), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: given together with `velocity`; allowed: one kind only",
             hc_params_place(region->params, &region->conductivity));
  PetscCheck(direct || pair || velocity, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: the region has no conductivity; give `conductivity`, or `intracellular` and `extracellular`, or "
             "`velocity`",
             hc_params_place(region->params, &region->conductivity));
  material->calibrated = velocity || correction == HC_CORRECT_VELOCITY;
  if (pair)
    PetscCall(set_pair(region, material));
  if (velocity) {
    PetscCall(set_velocity(region, material));
    material->own_intracellular = pair;
  } else if (direct) {
    PetscCall(expand(region, &region->conductivity, material->effective));
    PetscCall(expand(region, &region->conductivity, material->intracellular));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int by_tag(const void *a, const void *b)
{
  const struct hc_naming *x = a, *y = b;
  return x->tag != y->tag ? (x->tag < y->tag ? -1 : 1) : (x->entry > y->entry) - (x->entry < y->entry);
}

static PetscErrorCode name_tags(const struct hc_region_params *regions, struct hc_materials *m)
{
  int n = 0;

  PetscFunctionBeginUser;
  m->rest = -1;
  for (int e = 0; e < m->n; e++) {
    m->n_named += regions[e].tags.n;
    if (regions[e].tags.n > 0)
      continue;
    PetscCheck(m->rest < 0, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: a second entry without tags; one may stand for all regions that no other entry names",
               hc_params_place(regions[e].params, &regions[e].tags));
    m->rest = e;
  }
  PetscCall(PetscCalloc1((size_t)m->n_named, &m->named));
  for (int e = 0; e < m->n; e++)
    for (int k = 0; k < regions[e].tags.n; k++)
      m->named[n++] = (struct hc_naming){.tag = regions[e].tags.v[k], .entry = e};
  if (n > 0)
    qsort(m->named, (size_t)n, sizeof(*m->named), by_tag);
  for (int k = 1; k < n; k++)
    PetscCheck(m->named[k].tag != m->named[k - 1].tag, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: region %" PRId64 " is named twice",
               hc_params_place(regions[m->named[k].entry].params, &regions[m->named[k].entry].tags), m->named[k].tag);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The naming of a tag, NULL if no entry names it. */
static struct hc_naming *find(const struct hc_materials *m, int64_t tag)
{
  const struct hc_naming key = {.tag = tag, .entry = 0};
  int low = 0, high = m->n_named;
  while (low < high) {
    const int middle = (low + high) / 2;
    if (m->named[middle].tag < key.tag)
      low = middle + 1;
    else
      high = middle;
  }
  return low < m->n_named && m->named[low].tag == tag ? &m->named[low] : NULL;
}

/* Every cell has a material, every named tag has cells. */
static PetscErrorCode check_cover(const struct hc_mesh *mesh, const struct hc_tissue_params *params,
                                  struct hc_materials *m)
{
  const struct hc_region_params *regions = params->regions.items;
  int64_t bare[2] = {INT64_MAX, INT64_MAX}, first; /* cell without material, its tag */

  PetscFunctionBeginUser;
  for (int c = 0; c < mesh->n_cells_local; c++) {
    struct hc_naming *naming = find(m, mesh->region[c]);
    if (naming) {
      naming->cells++;
    } else if (m->rest < 0 && bare[0] == INT64_MAX) {
      bare[0] = mesh->file_cell[c];
      bare[1] = mesh->region[c];
    }
  }
  PetscCallMPI(MPI_Allreduce(&bare[0], &first, 1, MPI_INT64_T, MPI_MIN, mesh->comm));
  if (bare[0] != first)
    bare[1] = INT64_MAX;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &bare[1], 1, MPI_INT64_T, MPI_MIN, mesh->comm));
  PetscCheck(first == INT64_MAX, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: region %" PRId64 " of the mesh (cell %" PRId64 ") has no conductivity",
             hc_params_place(params->params, &params->regions), bare[1], first);
  for (int k = 0; k < m->n_named; k++) {
    struct hc_naming *naming = &m->named[k];
    const struct hc_region_params *region = &regions[naming->entry];
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &naming->cells, 1, MPI_INT64_T, MPI_SUM, mesh->comm));
    PetscCheck(naming->cells > 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: no cell of the mesh has region %" PRId64,
               hc_params_place(region->params, &region->tags), naming->tag);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_materials_create(const struct hc_mesh *mesh, const struct hc_tissue_params *params,
                                   struct hc_materials *m)
{
  const struct hc_region_params *regions = params->regions.items;
  const double product = params->surface_to_volume * params->capacitance;

  PetscFunctionBeginUser;
  *m = (struct hc_materials){.n = params->regions.n, .product = product};
  PetscCheck(product > 0. && isfinite(product), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: surface_to_volume times capacitance is %.6g uF/mm3; allowed: positive",
             hc_params_place(params->params, &params->surface_to_volume), product);
  PetscCall(PetscCalloc1((size_t)m->n, &m->list));
  for (int e = 0; e < m->n; e++)
    PetscCall(material_init(&regions[e], params->mesh_correction, &m->list[e]));
  PetscCall(name_tags(regions, m));
  PetscCall(check_cover(mesh, params, m));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_materials_destroy(struct hc_materials *m)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(m->list));
  PetscCall(PetscFree(m->named));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int hc_material_of(const struct hc_materials *m, int64_t tag)
{
  const struct hc_naming *naming = find(m, tag);
  return naming ? naming->entry : m->rest;
}
