/* The mass effect: what the growth does to the tissue, and what its stress does to migration. */
#include "elastic.h"
#include "internal.h"

#include <math.h>

#define SAME_TIME 1e-9 /* day */

/* ---- Making ------------------------------------------------------------------------------------------------------ */

static bool has_any(int32_t surface, const struct hc_ints *tags)
{
  for (int i = 0; i < tags->n; i++)
    if (surface >> (tags->v[i] - 1) & 1)
      return true;
  return false;
}

static PetscErrorCode hold(struct hc_tumour *tumour)
{
  const struct hc_mesh *mesh = tumour->mesh;
  const struct hc_mechanics_params *p = tumour->mechanics->params;
  unsigned char *held;
  int any = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(mesh->n_owned, &held));
  tumour->mechanics->held = held;
  for (int i = 0; i < mesh->n_owned; i++)
    if (has_any(mesh->surface[i], &p->fixed) && !has_any(mesh->surface[i], &p->free)) {
      held[i] = 7;
      any = 1;
    }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &any, 1, MPI_INT, MPI_MAX, mesh->comm));
  PetscCheck(any, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: nothing holds the tissue: no node of the mesh is on one of these surfaces and on none that is free; "
             "allowed: surface tags of the mesh",
             hc_params_place(p->params, &p->fixed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static bool tumour_has_stiffness(const struct hc_mechanics *m)
{
  return !isnan(m->params->tumour.young) || !isnan(m->params->tumour.poisson);
}

/* The tissue with the tumour in it: what has numbers of its own is mixed in by the mean density of a cell. */
static void mix(const struct hc_mesh *mesh, const struct hc_mechanics *m, double *young, double *poisson)
{
  const struct hc_stiffness_params *own = &m->params->tumour;
  const int n = hc_cell_nodes(mesh->type);

  for (int c = 0; c < mesh->n_cells_local; c++) {
    double u = 0;
    for (int k = 0; k < n; k++)
      u += m->density[mesh->cells[(size_t)n * (size_t)c + (size_t)k]] / n;
    u = fmin(1, fmax(0, u));
    young[c] = isnan(own->young) ? m->young[c] : m->young[c] + u * (own->young - m->young[c]);
    poisson[c] = isnan(own->poisson) ? m->poisson[c] : m->poisson[c] + u * (own->poisson - m->poisson[c]);
  }
}

static PetscErrorCode build(struct hc_tumour *tumour)
{
  const struct hc_mesh *mesh = tumour->mesh;
  struct hc_mechanics *m = tumour->mechanics;
  const struct hc_stiffness_params *white = &m->params->white, *grey = &m->params->grey;

  PetscFunctionBeginUser;
  PetscCall(hold(tumour));
  PetscCall(PetscCalloc1(3 * (size_t)mesh->n_local, &m->displacement));
  PetscCall(PetscCalloc1(mesh->n_local, &m->density));
  PetscCall(PetscCalloc1(mesh->n_cells_local, &m->von_mises));
  PetscCall(PetscMalloc1(mesh->n_cells_local, &m->young));
  PetscCall(PetscMalloc1(mesh->n_cells_local, &m->poisson));
  PetscCall(hc_tissue_grey(tumour, m->poisson));
  for (int c = 0; c < mesh->n_cells_local; c++) {
    const double share = m->poisson[c];
    m->young[c] = (1 - share) * white->young + share * grey->young;
    m->poisson[c] = (1 - share) * white->poisson + share * grey->poisson;
  }
  if (!tumour_has_stiffness(m)) {
    const struct hc_elastic_tissue tissue = {m->young, m->poisson};
    PetscCall(hc_elastic_create(mesh, &tissue, m->held, m->params->tolerance, &m->elastic));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_mechanics_create(struct hc_tumour *tumour, const struct hc_mechanics_params *params)
{
  PetscFunctionBeginUser;
  PetscCheck(tumour->mesh->type != HC_TRIANGLE, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found mechanics on a mesh of triangles; allowed: tetrahedra or hexahedra",
             hc_params_place(params->params, &params->coupling));
  PetscCall(PetscNew(&tumour->mechanics)); /* the tumour's from the start, so that a failure leaves nothing behind */
  tumour->mechanics->params = params;
  tumour->mechanics->timer.name = "mechanics";
  PetscCall(build(tumour));
  hc_mechanics_begin(tumour);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_mechanics_destroy(struct hc_mechanics **mechanics)
{
  struct hc_mechanics *m = *mechanics;

  if (!m)
    return;
  hc_elastic_destroy(&m->elastic);
  (void)PetscFree(m->displacement);
  (void)PetscFree(m->density);
  (void)PetscFree(m->von_mises);
  (void)PetscFree(m->young);
  (void)PetscFree(m->poisson);
  (void)PetscFree(m->held);
  (void)PetscFree(*mechanics);
}

void hc_mechanics_begin(struct hc_tumour *tumour)
{
  struct hc_mechanics *m = tumour->mechanics;

  m->day = NAN;
  m->newer = true;
  m->largest_displacement = m->largest_stress = 0;
  (void)PetscArrayzero(m->displacement, 3 * (size_t)tumour->mesh->n_local);
  (void)PetscArrayzero(m->von_mises, (size_t)tumour->mesh->n_cells_local);
}

double hc_mechanics_next(const struct hc_mechanics *m)
{
  return (floor(m->day / m->params->every + SAME_TIME) + 1) * m->params->every;
}

/* ---- Solving ----------------------------------------------------------------------------------------------------- */

/* All that takes room: living cells and necrosis. */
static PetscErrorCode take_density(struct hc_tumour *tumour)
{
  const struct hc_mesh *mesh = tumour->mesh;
  double *density = tumour->mechanics->density;

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(density, hc_tumour_species(tumour, 0, false), mesh->n_owned));
  if (tumour->n_species > 1) {
    const double *dead = hc_tumour_species(tumour, 1, false);
    for (int i = 0; i < mesh->n_owned; i++)
      density[i] += dead[i];
  }
  PetscCall(hc_halo_begin(mesh, 1, density));
  PetscCall(hc_halo_end(mesh, 1, density));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode stress_of(struct hc_tumour *tumour, const struct hc_elastic_tissue *tissue)
{
  const struct hc_mesh *mesh = tumour->mesh;
  struct hc_mechanics *m = tumour->mechanics;
  double *sigma, largest[2] = {m->largest_displacement, m->largest_stress};

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(6 * (size_t)mesh->n_cells_local, &sigma));
  hc_elastic_stress(mesh, tissue, m->displacement, sigma);
  for (int c = 0; c < mesh->n_cells_local; c++) {
    m->von_mises[c] = hc_von_mises(sigma + 6 * (size_t)c);
    largest[1] = fmax(largest[1], m->von_mises[c]);
  }
  PetscCall(PetscFree(sigma));
  for (int i = 0; i < mesh->n_owned; i++) {
    const double *w = m->displacement + 3 * (size_t)i;
    largest[0] = fmax(largest[0], sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2]));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, largest, 2, MPI_DOUBLE, MPI_MAX, mesh->comm));
  m->largest_displacement = largest[0];
  m->largest_stress = largest[1];
  m->newer = true;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode displace(struct hc_tumour *tumour, struct hc_elastic *elastic)
{
  const struct hc_mesh *mesh = tumour->mesh;
  struct hc_mechanics *m = tumour->mechanics;
  double *press = tumour->local;
  int64_t before, solves, total, most;

  PetscFunctionBeginUser;
  for (int i = 0; i < mesh->n_local; i++)
    press[i] = tumour->now.coupling * m->density[i];
  hc_elastic_iterations(elastic, &before, &solves, &most);
  PetscCall(hc_elastic_solve(elastic, press, m->displacement));
  hc_elastic_iterations(elastic, &total, &solves, &most);
  m->iterations += total - before;
  m->most = PetscMax(m->most, total - before);
  m->solves++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* solve false: the displacement is there, and the stress is wanted. */
static PetscErrorCode deform_mixed(struct hc_tumour *tumour, bool solve)
{
  struct hc_mechanics *m = tumour->mechanics;
  const size_t n = (size_t)tumour->mesh->n_cells_local;
  struct hc_elastic *elastic = NULL;
  double *young, *poisson;
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n, &young, n, &poisson));
  const struct hc_elastic_tissue tissue = {young, poisson};
  mix(tumour->mesh, m, young, poisson);
  if (solve)
    code = hc_elastic_create(tumour->mesh, &tissue, m->held, m->params->tolerance, &elastic);
  if (!code && solve)
    code = displace(tumour, elastic);
  hc_elastic_destroy(&elastic);
  if (!code)
    code = stress_of(tumour, &tissue);
  PetscCall(PetscFree2(young, poisson));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode deform(struct hc_tumour *tumour, bool solve)
{
  struct hc_mechanics *m = tumour->mechanics;
  const struct hc_elastic_tissue tissue = {m->young, m->poisson};

  PetscFunctionBeginUser;
  if (tumour_has_stiffness(m)) {
    PetscCall(deform_mixed(tumour, solve));
  } else {
    if (solve)
      PetscCall(displace(tumour, m->elastic));
    PetscCall(stress_of(tumour, &tissue));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tumour_deform(struct hc_tumour *tumour)
{
  struct hc_mechanics *m = tumour->mechanics;

  PetscFunctionBeginUser;
  if (!m || (!isnan(m->day) && tumour->time < hc_mechanics_next(m) - SAME_TIME))
    PetscFunctionReturn(PETSC_SUCCESS);
  hc_timer_start(&m->timer);
  PetscCall(take_density(tumour));
  PetscCall(deform(tumour, true));
  m->day = tumour->time;
  hc_timer_stop(&m->timer);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tumour_deform_again(struct hc_tumour *tumour)
{
  const struct hc_mesh *mesh = tumour->mesh;
  struct hc_mechanics *m = tumour->mechanics;

  PetscFunctionBeginUser;
  PetscCall(hc_halo_begin(mesh, 3, m->displacement));
  PetscCall(hc_halo_end(mesh, 3, m->displacement));
  PetscCall(hc_halo_begin(mesh, 1, m->density));
  PetscCall(hc_halo_end(mesh, 1, m->density));
  PetscCall(deform(tumour, false));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Migration --------------------------------------------------------------------------------------------------- */

void hc_mechanics_damp(const struct hc_tumour *tumour, double *tensor)
{
  for (int c = 0; c < tumour->mesh->n_cells_local; c++) {
    const double share = exp(-tumour->now.damping * tumour->mechanics->von_mises[c]);
    for (int k = 0; k < 6; k++)
      tensor[6 * (size_t)c + (size_t)k] *= share;
  }
}
