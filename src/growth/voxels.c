/* Voxels of an image whose centres lie in cells of a mesh. */
#include "internal.h"

#include "fe.h"

#include <math.h>

/* Indices of the voxels whose centres may lie in a cell; false if there are none. */
static bool range_of(const struct hc_image *image, int n, double x[8][3], int from[3], int to[3])
{
  double low[3] = {INFINITY, INFINITY, INFINITY}, high[3] = {-INFINITY, -INFINITY, -INFINITY};

  for (int k = 0; k < n; k++)
    for (int d = 0; d < 3; d++) {
      const double *row = image->from_mm[d], at = row[0] * x[k][0] + row[1] * x[k][1] + row[2] * x[k][2] + row[3];
      low[d] = fmin(low[d], at);
      high[d] = fmax(high[d], at);
    }
  for (int d = 0; d < 3; d++) {
    if (!(low[d] < image->n[d] && high[d] > -1))
      return false;
    from[d] = (int)fmax(0, ceil(low[d] - 1e-6));
    to[d] = (int)fmin(image->n[d] - 1, floor(high[d] + 1e-6));
  }
  return true;
}

void hc_voxels_of_cell(const struct hc_image *image, enum hc_cell_type type, double x[8][3], hc_voxel_visit *visit,
                       void *context)
{
  int from[3], to[3];
  double weight[8];

  if (!range_of(image, hc_cell_nodes(type), x, from, to))
    return;
  for (int k = from[2]; k <= to[2]; k++)
    for (int j = from[1]; j <= to[1]; j++)
      for (int i = from[0]; i <= to[0]; i++) {
        double p[3];
        for (int d = 0; d < 3; d++)
          p[d] = image->to_mm[d][0] * i + image->to_mm[d][1] * j + image->to_mm[d][2] * k + image->to_mm[d][3];
        if (hc_fe_cell_weights(type, x, p, weight))
          visit(context, i + image->n[0] * (j + (int64_t)image->n[1] * k), weight);
      }
}

/* ---- A tumour against a segmentation, voxel by voxel ------------------------------------------------------------- */

struct marking {
  const double *u; /* of the cell's nodes */
  int n;
  double threshold;
  uint8_t *dense;
};

static void mark(void *context, int64_t voxel, const double weight[8])
{
  struct marking *m = context;
  double u = 0;

  for (int k = 0; k < m->n; k++)
    u += weight[k] * m->u[k];
  if (u > m->threshold)
    m->dense[voxel] = 1;
}

/* Mark the voxels that are denser than the threshold, on all ranks. */
static PetscErrorCode mark_all(struct hc_growth *growth, double threshold, const struct hc_image *image, uint8_t *dense)
{
  const struct hc_mesh *mesh = growth->mesh;
  const int n = hc_cell_nodes(mesh->type);
  double *local, u[8], x[8][3];
  struct marking m = {.u = u, .n = n, .threshold = threshold, .dense = dense};

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(mesh->n_local, &local));
  PetscCall(PetscArraycpy(local, hc_tumour_species(growth->tumour, 0, false), mesh->n_owned));
  PetscCall(hc_halo_begin(mesh, 1, local));
  PetscCall(hc_halo_end(mesh, 1, local));
  for (int c = 0; c < mesh->n_cells_local; c++) {
    double most = -INFINITY;
    for (int k = 0; k < n; k++) {
      const size_t node = (size_t)mesh->cells[(size_t)n * (size_t)c + (size_t)k];
      u[k] = local[node];
      most = fmax(most, u[k]);
      for (int d = 0; d < 3; d++)
        x[k][d] = mesh->xyz[3 * node + (size_t)d];
    }
    if (most > threshold)
      hc_voxels_of_cell(image, mesh->type, x, mark, &m);
  }
  PetscCall(PetscFree(local));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_growth_overlap(struct hc_growth *growth, double threshold, const struct hc_image *image,
                                 const struct hc_ints *labels, double *dice)
{
  const int64_t voxels = (int64_t)image->n[0] * image->n[1] * image->n[2];
  const int piece = 1 << 24;
  int64_t both = 0, either = 0;
  uint8_t *dense;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(voxels, &dense));
  PetscCall(mark_all(growth, threshold, image, dense));
  for (int64_t v = 0; v < voxels; v += piece)
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, dense + v, (int)PetscMin(piece, voxels - v), MPI_UINT8_T, MPI_MAX,
                               growth->mesh->comm));
  for (int64_t v = 0; v < voxels; v++) {
    const bool labelled = hc_growth_has_label(labels, image->values[v]);
    both += labelled && dense[v];
    either += labelled + dense[v];
  }
  PetscCall(PetscFree(dense));
  *dice = either > 0 ? 2. * (double)both / (double)either : 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

bool hc_growth_has_label(const struct hc_ints *labels, double value)
{
  for (int k = 0; k < labels->n; k++)
    if (fabs(value - (double)labels->v[k]) < 0.5)
      return true;
  return false;
}
