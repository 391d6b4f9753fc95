/* Inside of image: grids, and the steps from images to a mesh of voxels. */
#ifndef HC_IMAGE_INTERNAL_H
#define HC_IMAGE_INTERNAL_H

#include "image.h"

/* ---- Affine maps, rows of [linear part, shift]. ---------------------------------------------------------------------
 */

static inline void hc_affine_apply(const double (*map)[4], const double x[3], double y[3])
{
  for (int d = 0; d < 3; d++)
    y[d] = map[d][0] * x[0] + map[d][1] * x[1] + map[d][2] * x[2] + map[d][3];
}

double hc_affine_determinant(const double (*map)[4]);
/* False if there is none that numbers can hold. */
bool hc_affine_invert(const double (*map)[4], double inverse[3][4]);
/* outer after inner; entries that rounding has moved off whole numbers are put back. */
void hc_affine_compose(const double (*outer)[4], const double (*inner)[4], double map[3][4]);
double hc_affine_edge(const double (*map)[4], int axis); /* length of a step along an index, mm */

/* ---- Values at indices of an image (fractions of voxels) ------------------------------------------------------------
 */

/* Is the index in a voxel? It is then moved to the range of centres, and onto a centre that it lies next to. */
bool hc_image_clamp(const struct hc_image *image, double index[3]);
/* First value of the voxel of a clamped or unclamped index that is inside. */
const float *hc_image_nearest(const struct hc_image *image, const double index[3]);
/* Trilinear, n_comp values, at a clamped index. */
void hc_image_linear(const struct hc_image *image, const double index[3], double *values);

/* Number of a voxel. */
static inline int64_t hc_image_voxel(const struct hc_image *image, int i, int j, int k)
{
  return i + image->n[0] * (j + (int64_t)image->n[1] * k);
}

/* ---- Anatomy --------------------------------------------------------------------------------------------------------
 */

/* Kind of a voxel of the grid, one byte: outside, one of the regions (its place in `region`), or CSF. */
enum { HC_KIND_OUTSIDE = 0, HC_KIND_CSF = 255 };

static inline bool hc_is_tissue(uint8_t kind)
{
  return kind != HC_KIND_OUTSIDE && kind != HC_KIND_CSF;
}

struct hc_grid {
  int n[3];
  double to_mm[3][4]; /* from indices, whole at centres of voxels, to mm; positive determinant */
};

/* An image and how the grid's indices map to its own. */
struct hc_source {
  struct hc_image *image; /* NULL: not given */
  double from_grid[3][4];
};

/* Everything on the way. */
struct hc_anatomy {
  MPI_Comm comm;
  int rank, size;
  const struct hc_anatomy_params *params;
  bool is_import;                                       /* labels are regions, and there are no fields */
  struct hc_source labels, white, grey, csf, mask, dti; /* values of labels become kinds when they are read */
  int n_regions;
  int32_t region[HC_ANATOMY_REGIONS + 1]; /* of kinds 1 to n_regions, ascending */
  struct hc_grid grid;
  int parts;                /* subdivision of a voxel along each axis, to take means and votes over */
  double coverage;          /* see struct hc_anatomy_summary */
  int tensor_place[6];      /* where xx, yy, zz, xy, yz, xz stand in the file */
  double tensor_axes[3][3]; /* from the tensor's axes to the world's: columns */
  uint8_t *kind;            /* of every voxel of the grid, on every rank */
  int64_t *plane, *slice;   /* nodes before each plane, voxels of tissue before each slice; made by hc_voxel_mesh() */
};

/* What the messages of an image's troubles start with: the place of its key in the input, or the path. */
const char *hc_anatomy_place(const struct hc_anatomy *anatomy, const void *key, const struct hc_image *image);

/* Read the images, check them and each other, choose the grid. Collective. */
PetscErrorCode hc_anatomy_sources(struct hc_anatomy *anatomy);
void hc_anatomy_close(struct hc_anatomy *anatomy);

struct hc_voxel {
  uint8_t kind;
  double white, grey; /* parts of its tissue */
};
void hc_anatomy_voxel(const struct hc_anatomy *anatomy, const int at[3], struct hc_voxel *voxel);

/* Check keys and file, and find places and axes of components. Not collective. */
PetscErrorCode hc_tensor_init(struct hc_anatomy *anatomy);
/* Tensor of a voxel in the order and unit of the field; false if it is not positive definite. */
bool hc_anatomy_tensor(const struct hc_anatomy *anatomy, const int at[3], double tensor[6]);
void hc_tensor_replace(double tensor[6]); /* isotropic, with the mean diffusivity of brains */

/* Find the parts of the tissue that are connected by faces; all but the largest (the first of several) become outside
 * if `remove`. *islands: parts beside it; *voxels: theirs. Not collective. */
PetscErrorCode hc_islands(const int n[3], bool remove, uint8_t *kind, int64_t *islands, int64_t *voxels);

/* Make the mesh from the kinds. Collective. */
PetscErrorCode hc_voxel_mesh(struct hc_anatomy *anatomy, enum hc_cell_type type, struct hc_slab **slab);

/* Call `fill` for the voxels of this rank's cells, in order: the n_cells cells of the slab from `cell` on. */
typedef void hc_voxel_fill(void *context, const int at[3], int64_t cell, int n_cells);
void hc_voxel_each(const struct hc_anatomy *anatomy, const struct hc_slab *slab, hc_voxel_fill *fill, void *context);

#endif
