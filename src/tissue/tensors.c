/* Conductivities by region, as tensors along the fibres. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>

/* One entry of `tissue.regions`, ready to use: S/m along fibre, sheet, normal, scaled. */
struct material {
  double effective[3], intracellular[3];
};

/* A tag and the entry that names it; sorted by tag. */
struct naming {
  int64_t tag;
  int entry;
  int64_t cells;
};

struct materials {
  int n;
  struct material *list; /* owned */
  int n_named;
  struct naming *named; /* owned */
  int rest;             /* the entry without tags, -1: none */
};

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

static PetscErrorCode material_init(const struct hc_region_params *region, struct material *material)
{
  const bool direct = region->conductivity.n > 0, pair = region->intracellular.n > 0 || region->extracellular.n > 0;
  double outside[3];

  PetscFunctionBeginUser;
  PetscCheck(!(direct && pair), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: given together with `intracellular` or `extracellular`; allowed: one kind only",
             hc_params_place(region->params, &region->conductivity));
  PetscCheck(direct || pair, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: the region has no conductivity; give `conductivity`, or `intracellular` and `extracellular`",
             hc_params_place(region->params, &region->conductivity));
  if (direct) {
    PetscCall(expand(region, &region->conductivity, material->effective));
    PetscCall(expand(region, &region->conductivity, material->intracellular));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
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

static int by_tag(const void *a, const void *b)
{
  const struct naming *x = a, *y = b;
  return x->tag != y->tag ? (x->tag < y->tag ? -1 : 1) : (x->entry > y->entry) - (x->entry < y->entry);
}

static PetscErrorCode name_tags(const struct hc_region_params *regions, struct materials *m)
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
      m->named[n++] = (struct naming){.tag = regions[e].tags.v[k], .entry = e};
  if (n > 0)
    qsort(m->named, (size_t)n, sizeof(*m->named), by_tag);
  for (int k = 1; k < n; k++)
    PetscCheck(m->named[k].tag != m->named[k - 1].tag, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: region %" PRId64 " is named twice",
               hc_params_place(regions[m->named[k].entry].params, &regions[m->named[k].entry].tags), m->named[k].tag);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The naming of a tag, NULL if no entry names it. */
static struct naming *find(const struct materials *m, int64_t tag)
{
  const struct naming key = {.tag = tag, .entry = 0};
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
                                  struct materials *m)
{
  const struct hc_region_params *regions = params->regions.items;
  int64_t bare[2] = {INT64_MAX, INT64_MAX}, first; /* cell without material, its tag */

  PetscFunctionBeginUser;
  for (int c = 0; c < mesh->n_cells_local; c++) {
    struct naming *naming = find(m, mesh->region[c]);
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
    struct naming *naming = &m->named[k];
    const struct hc_region_params *region = &regions[naming->entry];
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &naming->cells, 1, MPI_INT64_T, MPI_SUM, mesh->comm));
    PetscCheck(naming->cells > 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: no cell of the mesh has region %" PRId64,
               hc_params_place(region->params, &region->tags), naming->tag);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* tensor = factor * sum_k sigma_k a_k a_k^T, as xx, yy, zz, xy, yz, xz. */
static void compose(const double sigma[3], const double *const axis[3], double factor, double tensor[6])
{
  static const int row[6] = {0, 1, 2, 0, 1, 0}, column[6] = {0, 1, 2, 1, 2, 2};

  for (int m = 0; m < 6; m++) {
    tensor[m] = 0.;
    for (int k = 0; k < 3; k++)
      tensor[m] += factor * sigma[k] * axis[k][row[m]] * axis[k][column[m]];
  }
}

static PetscErrorCode fill(const struct hc_mesh *mesh, const struct hc_fields *fields, const struct materials *m,
                           double factor, double *diffusion, double *intracellular)
{
  static const char *const names[3] = {"fibre", "sheet", "normal"};
  const double *values[3], *axis[3];

  PetscFunctionBeginUser;
  for (int k = 0; k < 3; k++) {
    const struct hc_field *field = hc_fields_find(fields, names[k], HC_CELL);
    PetscCheck(field && field->n_comp == 3, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONGSTATE,
               "no cell field \"%s\"; call hc_fibres() first", names[k]);
    values[k] = field->values;
  }
  for (int c = 0; c < mesh->n_cells_local; c++) {
    const struct naming *naming = find(m, mesh->region[c]);
    const struct material *material = &m->list[naming ? naming->entry : m->rest];
    for (int k = 0; k < 3; k++)
      axis[k] = values[k] + 3 * (size_t)c;
    if (diffusion)
      compose(material->effective, axis, factor, diffusion + 6 * (size_t)c);
    if (intracellular)
      compose(material->intracellular, axis, 1., intracellular + 6 * (size_t)c);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode materials_init(const struct hc_mesh *mesh, const struct hc_tissue_params *params,
                                     struct materials *m)
{
  const struct hc_region_params *regions = params->regions.items;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1((size_t)m->n, &m->list));
  for (int e = 0; e < m->n; e++)
    PetscCall(material_init(&regions[e], &m->list[e]));
  PetscCall(name_tags(regions, m));
  PetscCall(check_cover(mesh, params, m));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tissue_tensors(const struct hc_mesh *mesh, const struct hc_fields *fields,
                                 const struct hc_tissue_params *params, double *diffusion, double *intracellular)
{
  const double product = params->surface_to_volume * params->capacitance;
  struct materials m = {.n = params->regions.n};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCheck(product > 0. && isfinite(product), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: surface_to_volume times capacitance is %.6g uF/mm3; allowed: positive",
             hc_params_place(params->params, &params->surface_to_volume), product);
  code = materials_init(mesh, params, &m);
  /* S/m = mS/mm; mS/mm / (1/mm uF/mm2) = 1e-3 S mm2 / 1e-6 F = mm2/ms */
  if (!code)
    code = fill(mesh, fields, &m, 1. / product, diffusion, intracellular);
  PetscCall(PetscFree(m.list));
  PetscCall(PetscFree(m.named));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
