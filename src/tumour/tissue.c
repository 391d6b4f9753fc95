/* Diffusion and proliferation in each tissue, relative to white matter. */
#include "internal.h"

#include <math.h>
#include <string.h>

/* What is known of the tissue of a mesh. */
struct tissue {
  const struct hc_mesh *mesh;
  const struct hc_tumour_params *params;
  const struct hc_field *white, *grey, *dti;
};

static PetscErrorCode tissue_of(const struct hc_tumour *tumour, struct tissue *t)
{
  PetscFunctionBeginUser;
  t->mesh = tumour->mesh;
  t->params = tumour->params;
  t->white = hc_fields_find(tumour->fields, "white", HC_CELL);
  t->grey = hc_fields_find(tumour->fields, "grey", HC_CELL);
  t->dti = hc_fields_find(tumour->fields, "dti", HC_CELL);
  PetscCheck(!t->white == !t->grey, PETSC_COMM_SELF, HC_ERR_INPUT,
             "the mesh has the cell field %s without %s; allowed: both, or none", t->white ? "white" : "grey",
             t->white ? "grey" : "white");
  PetscCheck(!t->dti || t->dti->n_comp == 6, PETSC_COMM_SELF, HC_ERR_INPUT,
             "the mesh's field dti has %d numbers a cell; allowed: 6 (xx, yy, zz, xy, yz, xz)", t->dti->n_comp);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Share of grey matter in a cell. */
static double greyness(const struct tissue *t, int c)
{
  if (t->white) {
    const double white = t->white->values[c], grey = t->grey->values[c];
    return white + grey > 0 ? grey / (white + grey) : 0;
  }
  for (int i = 0; i < t->params->grey_regions.n; i++)
    if (t->params->grey_regions.v[i] == t->mesh->region[c])
      return 1;
  return 0;
}

/* A factor of the mesh at every local cell: 1 without a field. */
static PetscErrorCode cell_factors(const struct hc_tumour *tumour, char *const *name, double *factor)
{
  const struct hc_mesh *mesh = tumour->mesh;
  const struct hc_field *cells, *nodes;
  const int n = hc_cell_nodes(mesh->type);

  PetscFunctionBeginUser;
  for (int c = 0; c < mesh->n_cells_local; c++)
    factor[c] = 1;
  if (!*name)
    PetscFunctionReturn(PETSC_SUCCESS);
  cells = hc_fields_find(tumour->fields, *name, HC_CELL);
  nodes = hc_fields_find(tumour->fields, *name, HC_NODE);
  PetscCheck((cells && cells->n_comp == 1) || (nodes && nodes->n_comp == 1), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found \"%s\"; allowed: a field of the mesh with one number a cell or node",
             hc_params_place(tumour->params->params, name), *name);
  for (int c = 0; c < mesh->n_cells_local; c++) {
    double sum = 0;
    for (int k = 0; k < n && !cells; k++)
      sum += nodes->values[mesh->cells[(size_t)n * (size_t)c + (size_t)k]] / n;
    factor[c] = cells ? cells->values[c] : sum;
    PetscCheck(factor[c] >= 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cell %lld has %.6g; allowed: numbers from 0 on",
               hc_params_place(tumour->params->params, name), (long long)mesh->file_cell[c], factor[c]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Sylvester's criterion on a tensor of trace 3: rounding is far below the bound. */
static bool positive_definite(const double t[6])
{
  const double minor = t[0] * t[1] - t[3] * t[3];
  const double determinant = t[2] * minor - t[4] * (t[0] * t[4] - t[3] * t[5]) + t[5] * (t[3] * t[4] - t[1] * t[5]);
  return t[0] > 0 && minor > 0 && determinant > 1e-12;
}

static PetscErrorCode cell_tensor(const struct tissue *t, int c, double share, double tensor[6])
{
  const double isotropic[6] = {1, 1, 1, 0, 0, 0}, a = t->dti ? t->params->anisotropy : 0;
  double measured[6] = {1, 1, 1, 0, 0, 0};

  PetscFunctionBeginUser;
  if (t->dti && a > 0) {
    const double *v = t->dti->values + 6 * (size_t)c, trace = v[0] + v[1] + v[2];
    for (int k = 0; k < 6; k++)
      measured[k] = trace > 0 ? 3 * v[k] / trace : 0;
    PetscCheck(positive_definite(measured), PETSC_COMM_SELF, HC_ERR_INPUT,
               "dti: the tensor of cell %lld (%.4g %.4g %.4g %.4g %.4g %.4g) is not positive definite",
               (long long)t->mesh->file_cell[c], v[0], v[1], v[2], v[3], v[4], v[5]);
  }
  for (int k = 0; k < 6; k++)
    tensor[k] = share * ((1 - a) * isotropic[k] + a * measured[k]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode fill(const struct hc_tumour *tumour, double *tensor)
{
  struct tissue t;
  double *factor;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(tissue_of(tumour, &t));
  PetscCall(PetscMalloc1(t.mesh->n_cells_local, &factor));
  code = cell_factors(tumour, &tumour->params->diffusivity_field, factor);
  for (int c = 0; c < t.mesh->n_cells_local && !code; c++) {
    const double grey = greyness(&t, c);
    code = cell_tensor(&t, c, factor[c] * (1 - grey + grey * tumour->now.grey), tensor + 6 * (size_t)c);
  }
  PetscCall(PetscFree(factor));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tissue_relative(const struct hc_tumour *tumour, double *tensor)
{
  PetscFunctionBeginUser;
  PetscCall(hc_error_agree(tumour->mesh->comm, fill(tumour, tensor)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tissue_grey(const struct hc_tumour *tumour, double *grey)
{
  struct tissue t;

  PetscFunctionBeginUser;
  PetscCall(tissue_of(tumour, &t));
  for (int c = 0; c < t.mesh->n_cells_local; c++)
    grey[c] = greyness(&t, c);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Means over the cells that touch a node. */
static PetscErrorCode average(const struct hc_mesh *mesh, const double *cells, double *nodes)
{
  const int n = hc_cell_nodes(mesh->type);
  int *count;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(mesh->n_owned, &count));
  PetscCall(PetscArrayzero(nodes, mesh->n_owned));
  for (int c = 0; c < mesh->n_cells_local; c++)
    for (int k = 0; k < n; k++) {
      const int i = mesh->cells[(size_t)n * (size_t)c + (size_t)k];
      if (i < mesh->n_owned) {
        nodes[i] += cells[c];
        count[i]++;
      }
    }
  for (int i = 0; i < mesh->n_owned; i++)
    nodes[i] /= count[i];
  PetscCall(PetscFree(count));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tissue_proliferation(const struct hc_tumour *tumour, double **relative)
{
  const struct hc_mesh *mesh = tumour->mesh;
  const double grey_share = tumour->params->grey_proliferation;
  struct tissue t;
  double *cells;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *relative = NULL;
  if (grey_share == 1 && !tumour->params->proliferation_field)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(tissue_of(tumour, &t));
  PetscCall(PetscMalloc1(mesh->n_cells_local, &cells));
  code = hc_error_agree(mesh->comm, cell_factors(tumour, &tumour->params->proliferation_field, cells));
  for (int c = 0; c < mesh->n_cells_local && !code; c++)
    cells[c] *= 1 + greyness(&t, c) * (grey_share - 1);
  if (!code)
    code = PetscMalloc1(mesh->n_owned, relative);
  if (!code)
    code = average(mesh, cells, *relative);
  PetscCall(PetscFree(cells));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
