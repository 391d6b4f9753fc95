/* Conductivities and velocities by region, as tensors along the fibres. */
#include "material.h"

#include <float.h>
#include <math.h>

static const char *const axis_names[3] = {"fibre", "sheet", "normal"};

/* What a mesh cell is calibrated with. */
struct calibration {
  const struct hc_velocity_curves *curves; /* NULL: no cell is calibrated */
  struct hc_cell_grid *grids;              /* of each local cell */
};

/* A few cells of a mesh may be a little too coarse for a velocity: they get what the coarsest that is not too coarse
 * would. No generator of meshes keeps every cell to its size. */
static const double TOLERATED_SPACING = 1.1, TOLERATED_SHARE = 1e-3;

/* Velocities that the mesh is too coarse for. */
struct too_coarse {
  int64_t cell; /* with the lowest number; INT64_MAX: none */
  int entry, axis;
  double spacing, slowest; /* mm, m/s */
  int64_t cells, of;       /* how many of the rank's own, of how many that are calibrated */
  double worst;            /* spacing over what is allowed, the largest */
};

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

/* Diffusion of the continuum with a material along axis k, mm2/ms. S/m = mS/mm; mS/mm / (1/mm uF/mm2) = mm2/ms */
static double continuum(const struct hc_materials *m, const struct hc_material *material,
                        const struct hc_velocity_curve *curve, int k)
{
  const double root = material->velocity[k] / curve->continuum;
  return material->velocity[k] > 0 ? root * root : material->effective[k] / m->product;
}

/* Diffusion of a cell with one curve: one[0] is without the mesh's factors. True if an axis had to be taken for shorter
 * than it is. */
static bool diffuse(const struct hc_velocity_curve *curve, const struct hc_cell_grid *grid, double one[3][3],
                    struct too_coarse *here)
{
  struct hc_cell_grid fit = *grid;
  bool tolerated = false;

  for (int k = 0; k < 3; k++) {
    const double most = curve->spacing[curve->n - 1] * sqrt(one[0][k]) * (1 - 1e-12);
    if (one[0][k] <= 0 || grid->spacing[k] <= most)
      continue;
    fit.spacing[k] = most;
    if (grid->spacing[k] / most > here->worst) {
      here->worst = grid->spacing[k] / most;
      here->axis = k;
      here->spacing = grid->spacing[k];
      here->slowest = curve->continuum * grid->spacing[k] / curve->spacing[curve->n - 1];
    }
    tolerated = true;
  }
  if (hc_velocity_diffusion(curve, &fit, one[0], one[1], one[2]) >= 0)
    here->worst = INFINITY; /* strays beyond the curve: not to be had at any length */
  return tolerated || isinf(here->worst);
}

static void remember(const struct too_coarse *here, bool is_own, struct too_coarse *bad)
{
  const int64_t cells = bad->cells + is_own, of = bad->of;
  const double worst = fmax(bad->worst, here->worst);
  if (here->cell < bad->cell)
    *bad = *here;
  bad->cells = cells;
  bad->of = of;
  bad->worst = worst;
}

/* Of cell c along its axes: diffusion without (d[0]) and with (d[1]) the mesh's factors, excess of velocity (d[2]);
 * means over the nodes that have a curve. */
static void calibrate(const struct hc_mesh *mesh, const struct hc_materials *m, const struct calibration *calibration,
                      int c, double d[3][3], struct too_coarse *bad)
{
  const int n = hc_cell_nodes(mesh->type), entry = hc_material_of(m, mesh->region[c]);
  const struct hc_velocity_curves *curves = calibration->curves;
  struct too_coarse here = {.cell = mesh->file_cell[c], .entry = entry};
  bool tolerated = false;
  double one[3][3] = {{0}}, sum[3][3] = {{0}};
  int last = -1, counted = 0;

  for (int i = 0; i < n; i++) {
    const int of = curves->of_node[mesh->cells[(size_t)n * (size_t)c + (size_t)i]];
    if (of < 0)
      continue;
    if (of != last) { /* nodes of one kind are the rule */
      const struct hc_velocity_curve *curve = &curves->curves[of];
      for (int k = 0; k < 3; k++)
        one[0][k] = continuum(m, &m->list[entry], curve, k);
      tolerated = diffuse(curve, &calibration->grids[c], one, &here) || tolerated;
    }
    last = of;
    counted++;
    for (int row = 0; row < 3; row++)
      for (int k = 0; k < 3; k++)
        sum[row][k] += one[row][k];
  }
  for (int row = 0; row < 3; row++)
    for (int k = 0; k < 3; k++)
      d[row][k] = sum[row][k] / counted;
  if (tolerated)
    remember(&here, mesh->cell_owned[c], bad);
  bad->of += mesh->cell_owned[c];
}

/* The same message on all ranks, whoever has the cell. */
static PetscErrorCode refuse(const struct hc_mesh *mesh, const struct hc_tissue_params *params,
                             const struct too_coarse *bad)
{
  const struct hc_region_params *regions = params->regions.items;
  int64_t first, counts[2] = {bad->cells, bad->of};
  double worst = bad->worst;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(&bad->cell, &first, 1, MPI_INT64_T, MPI_MIN, mesh->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, counts, 2, MPI_INT64_T, MPI_SUM, mesh->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPI_DOUBLE, MPI_MAX, mesh->comm));
  if (worst <= TOLERATED_SPACING && (double)counts[0] <= TOLERATED_SHARE * (double)counts[1])
    PetscFunctionReturn(PETSC_SUCCESS);
  if (bad->cell < INT64_MAX && bad->cell == first) {
    const struct hc_region_params *region = &regions[bad->entry];
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT,
            "%s: cell %" PRId64 " of the mesh (%.3g mm along the %s) is too coarse for so slow a wave; allowed: along "
            "the %s at least %.3g m/s, or a finer mesh",
            hc_params_place(region->params, region->velocity.n > 0 ? (const void *)&region->velocity
                                                                   : (const void *)&params->mesh_correction),
            bad->cell, bad->spacing, axis_names[bad->axis], axis_names[bad->axis], bad->slowest);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void count(double d[3][3], struct hc_region_factors *factors)
{
  double factor[3];

  for (int k = 0; k < 3; k++) {
    factor[k] = d[0][k] > 0 ? d[1][k] / d[0][k] : 1;
    factors->min[k] = factors->cells > 0 ? fmin(factors->min[k], factor[k]) : factor[k];
    factors->max[k] = factors->cells > 0 ? fmax(factors->max[k], factor[k]) : factor[k];
    factors->mean[k] += factor[k];
    factors->excess[k] += d[2][k];
  }
  factors->cells++;
}

/* From sums over each rank's own cells to means over the mesh. */
static PetscErrorCode reduce(MPI_Comm comm, int n, struct hc_region_factors *factors)
{
  PetscFunctionBeginUser;
  for (int e = 0; e < n; e++) {
    struct hc_region_factors *f = &factors[e];
    for (int k = 0; k < 3 && f->cells == 0; k++) {
      f->min[k] = DBL_MAX;
      f->max[k] = 0;
    }
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &f->cells, 1, MPI_INT64_T, MPI_SUM, comm));
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, f->min, 3, MPI_DOUBLE, MPI_MIN, comm));
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, f->mean, 3, MPI_DOUBLE, MPI_SUM, comm));
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, f->max, 3, MPI_DOUBLE, MPI_MAX, comm));
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, f->excess, 3, MPI_DOUBLE, MPI_SUM, comm));
    for (int k = 0; k < 3 && f->cells > 0; k++) {
      f->mean[k] /= (double)f->cells;
      f->excess[k] /= (double)f->cells;
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

struct filling {
  const struct hc_mesh *mesh;
  const struct hc_materials *materials;
  struct calibration calibration;
  const double *axes[3];             /* 3 per local cell */
  struct hc_region_factors *factors; /* or NULL */
  struct too_coarse bad;
};

static void fill_cell(struct filling *f, int c, double *diffusion, double *intracellular)
{
  const struct hc_materials *m = f->materials;
  const int entry = hc_material_of(m, f->mesh->region[c]);
  const struct hc_material *material = &m->list[entry];
  const double *axis[3];
  double d[3][3] = {{0}}, inside[3];

  for (int k = 0; k < 3; k++) {
    axis[k] = f->axes[k] + 3 * (size_t)c;
    d[0][k] = d[1][k] = material->effective[k] / m->product;
  }
  if (material->calibrated && f->calibration.curves)
    calibrate(f->mesh, m, &f->calibration, c, d, &f->bad);
  for (int k = 0; k < 3; k++)
    inside[k] =
        material->velocity[k] > 0 && !material->own_intracellular ? d[0][k] * m->product : material->intracellular[k];
  if (diffusion)
    compose(d[1], axis, 1., diffusion);
  if (intracellular)
    compose(inside, axis, 1., intracellular);
  if (material->calibrated && f->factors && f->mesh->cell_owned[c])
    count(d, &f->factors[entry]);
}

static PetscErrorCode fill(struct filling *f, const struct hc_fields *fields, double *diffusion, double *intracellular)
{
  PetscFunctionBeginUser;
  for (int k = 0; k < 3; k++) {
    const struct hc_field *field = hc_fields_find(fields, axis_names[k], HC_CELL);
    PetscCheck(field && field->n_comp == 3, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONGSTATE,
               "no cell field \"%s\"; call hc_fibres() first", axis_names[k]);
    f->axes[k] = field->values;
  }
  if (f->calibration.curves) {
    PetscCall(PetscMalloc1((size_t)f->mesh->n_cells_local, &f->calibration.grids));
    PetscCall(hc_tissue_grids(f->mesh, f->axes, f->calibration.grids));
  }
  for (int c = 0; c < f->mesh->n_cells_local; c++)
    fill_cell(f, c, diffusion ? diffusion + 6 * (size_t)c : NULL, intracellular ? intracellular + 6 * (size_t)c : NULL);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void mark(const struct hc_mesh *mesh, const struct hc_materials *m, bool *calibrated, bool *any)
{
  *any = false;
  for (int c = 0; c < mesh->n_cells_local; c++) {
    calibrated[c] = m->list[hc_material_of(m, mesh->region[c])].calibrated;
    *any = *any || calibrated[c];
  }
}

PetscErrorCode hc_tissue_calibrated(const struct hc_mesh *mesh, const struct hc_tissue_params *params, bool *calibrated,
                                    bool *any)
{
  struct hc_materials m;
  PetscErrorCode code;
  int some;

  PetscFunctionBeginUser;
  code = hc_materials_create(mesh, params, &m);
  if (!code)
    mark(mesh, &m, calibrated, any);
  PetscCall(hc_materials_destroy(&m));
  PetscCall(code);
  some = *any;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &some, 1, MPI_INT, MPI_MAX, mesh->comm));
  *any = some;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tissue_tensors(const struct hc_mesh *mesh, const struct hc_fields *fields,
                                 const struct hc_tissue_params *params, const struct hc_velocity_curves *curves,
                                 double *diffusion, double *intracellular, struct hc_region_factors *factors)
{
  struct hc_materials m;
  struct filling f = {
      .mesh = mesh, .materials = &m, .calibration.curves = curves, .factors = factors, .bad.cell = INT64_MAX};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  if (factors)
    PetscCall(PetscArrayzero(factors, params->regions.n));
  code = hc_materials_create(mesh, params, &m);
  for (int e = 0; e < m.n && !code; e++)
    PetscCheck(curves || !m.list[e].calibrated, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONGSTATE, "no velocity curves");
  if (!code)
    code = fill(&f, fields, diffusion, intracellular);
  PetscCall(PetscFree(f.calibration.grids));
  PetscCall(hc_materials_destroy(&m));
  PetscCall(code);
  PetscCall(hc_error_agree(mesh->comm, refuse(mesh, params, &f.bad)));
  if (factors)
    PetscCall(reduce(mesh->comm, params->regions.n, factors));
  PetscFunctionReturn(PETSC_SUCCESS);
}
