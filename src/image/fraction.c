/* Parts of cells that lie in voxels with given labels. */
#include "internal.h"

#include <math.h>

/* VTK's hexahedron: place in each axis of its corners. */
static const int corner[8][3] = {{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0},
                                 {0, 0, 1}, {1, 0, 1}, {1, 1, 1}, {0, 1, 1}};

/* Point of a cell for a point p of the unit cube. Simplices take p sorted: every way of sorting maps the cube onto the
 * simplex with the same volume, so that even points stay even. */
static void place_in(const struct hc_mesh *mesh, const int *node, double p[3], double x[3])
{
  const int n = hc_cell_nodes(mesh->type), dimensions = mesh->type == HC_TRIANGLE ? 2 : 3;
  double weight[8];

  if (mesh->type == HC_HEXAHEDRON) {
    for (int j = 0; j < n; j++) {
      weight[j] = 1;
      for (int d = 0; d < 3; d++)
        weight[j] *= corner[j][d] ? p[d] : 1 - p[d];
    }
  } else {
    for (int i = 1; i < dimensions; i++)
      for (int j = i; j > 0 && p[j] > p[j - 1]; j--) {
        const double swap = p[j];
        p[j] = p[j - 1];
        p[j - 1] = swap;
      }
    for (int j = 0; j < n; j++)
      weight[j] = (j == 0 ? 1 : p[j - 1]) - (j == dimensions ? 0 : p[j]);
  }
  for (int d = 0; d < 3; d++) {
    x[d] = 0;
    for (int j = 0; j < n; j++)
      x[d] += weight[j] * mesh->xyz[3 * node[j] + d];
  }
}

/* Longest side of the cell's box. */
static double extent(const struct hc_mesh *mesh, const int *node)
{
  double longest = 0;

  for (int d = 0; d < 3; d++) {
    double low = INFINITY, high = -INFINITY;
    for (int j = 0; j < hc_cell_nodes(mesh->type); j++) {
      low = fmin(low, mesh->xyz[3 * node[j] + d]);
      high = fmax(high, mesh->xyz[3 * node[j] + d]);
    }
    longest = fmax(longest, high - low);
  }
  return longest;
}

static bool has_label(const struct hc_image *image, const double x[3], int n, const int64_t labels[])
{
  double index[3], clamped[3];

  hc_affine_apply(image->from_mm, x, index);
  for (int d = 0; d < 3; d++)
    clamped[d] = index[d];
  if (!hc_image_clamp(image, clamped))
    return false;
  const float value = *hc_image_nearest(image, index);
  for (int i = 0; i < n; i++)
    if (value == (float)labels[i])
      return true;
  return false;
}

PetscErrorCode hc_image_cell_fraction(const struct hc_image *image, const struct hc_mesh *mesh, int n,
                                      const int64_t labels[], double *fraction)
{
  const int nodes = hc_cell_nodes(mesh->type), axes = mesh->type == HC_TRIANGLE ? 2 : 3;
  double voxel = INFINITY;

  PetscFunctionBeginUser;
  PetscCheck(image->n_comp == 1, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %d values a voxel; an image of labels has one",
             image->path, image->n_comp);
  for (int d = 0; d < 3; d++)
    voxel = fmin(voxel, hc_affine_edge(image->to_mm, d));
  for (int c = 0; c < mesh->n_cells_local; c++) {
    const int *node = mesh->cells + nodes * c;
    const int parts = (int)fmin(16, 2 * ceil(fmax(1, extent(mesh, node) / voxel - 1e-6)));
    const int points = parts * parts * (axes == 3 ? parts : 1);
    int inside = 0;
    for (int i = 0; i < points; i++) {
      const int place[3] = {i % parts, i / parts % parts, i / parts / parts};
      double p[3], x[3];
      for (int d = 0; d < 3; d++)
        p[d] = (place[d] + 0.5) / parts;
      place_in(mesh, node, p, x);
      inside += has_label(image, x, n, labels);
    }
    fraction[c] = (double)inside / points;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
