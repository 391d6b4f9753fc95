/* healthcast image: medical images (NIfTI), and meshes of voxels made from them. Floor 3.
 *
 * Places are mm in the world that an image's affine leads to (x to the right, y to the front, z up in NIfTI), and
 * that is where meshes lie too: images on different grids, stored with axes in any order and direction, fit together
 * without further ado. */
#ifndef HC_IMAGE_H
#define HC_IMAGE_H

#include "mesh.h"
#include "params.h"

/* ---- Images ----------------------------------------------------------------------------------------------------- */

/* How to_mm was found, in the order of preference: sform_code > 0, qform_code > 0, the voxel sizes alone. */
enum hc_image_affine { HC_AFFINE_SFORM = 0, HC_AFFINE_QFORM = 1, HC_AFFINE_PIXDIM = 2 };

/* An image, the same on every rank. Voxel (i, j, k) has its centre at to_mm * (i, j, k, 1) and reaches half an index to
 * each side. Plain data, read-only outside of image. */
struct hc_image {
  char *path;
  int n[3];   /* voxels along each axis */
  int n_comp; /* values a voxel: all further axes of the file together */
  double to_mm[3][4], from_mm[3][4];
  enum hc_image_affine affine;
  bool is_symmetric; /* the file says that its components are a symmetric matrix (lower triangle, row by row) */
  float *values;     /* n_comp * voxels, interleaved, first axis fastest; scaled by the file's slope and intercept */
};

/* Read a NIfTI-1 or NIfTI-2 image (.nii, .nii.gz, .hdr/.img) of real numbers. Rank 0 reads, all have it. HC_ERR_INPUT:
 * no such file, no NIfTI image, damaged or short data, complex or RGB voxels, an affine that has no inverse. Cost: 4
 * bytes a value on each rank. Collective. */
PetscErrorCode hc_image_read(MPI_Comm comm, const char *path, struct hc_image **image);
void hc_image_destroy(struct hc_image **image);

/* Write values (n_comp a voxel, interleaved) on the grid of `like` as float32 NIfTI-1, compressed if path ends in .gz.
 * HC_ERR_ENVIRONMENT. Not collective: one rank calls it. */
PetscErrorCode hc_image_write(const struct hc_image *like, int n_comp, const double *values, const char *path);

/* The same of labels, one a voxel, as bytes. */
PetscErrorCode hc_image_write_labels(const struct hc_image *like, const uint8_t *labels, const char *path);

/* A grid without values, to write on: along x, y, z, with cubes of that edge (mm) over the box from low to high. Freed
 * by hc_image_destroy(). HC_ERR_INPUT: more than 1e9 voxels. Not collective. */
PetscErrorCode hc_image_grid(const double low[3], const double high[3], double edge, struct hc_image **image);

enum hc_interpolation { HC_NEAREST = 0, HC_LINEAR = 1 };

/* Values at n points (xyz: 3 a point, mm): values[n_comp * i + c]. HC_NEAREST: of the voxel that the point lies in, for
 * labels; HC_LINEAR: trilinear between centres, constant in the outer half of the outermost voxels. A point in no voxel
 * gets `outside`. *n_inside (NULL: not wanted): points in a voxel. Not collective. */
void hc_image_sample(const struct hc_image *image, enum hc_interpolation sampling, int64_t n, const double *xyz,
                     double outside, double *values, int64_t *n_inside);

/* Part of the voxels of `image` (0 to 1) whose centre lies in a voxel of `other`. Not collective; every voxel is looked
 * at. */
double hc_image_overlap(const struct hc_image *image, const struct hc_image *other);

/* Volume fraction of each local cell of the mesh (0 to 1) that lies in voxels with one of the n labels: fraction[c] for
 * n_cells_local cells, by midpoints of a subdivision at least twice as fine as voxels and cells, thus exactly where
 * cells are voxels or whole multiples of them. Not collective. */
PetscErrorCode hc_image_cell_fraction(const struct hc_image *image, const struct hc_mesh *mesh, int n,
                                      const int64_t labels[], double *fraction);

/* The n distinct values of an image of labels, ascending, and how many voxels have each; both owned by the caller
 * (PetscFree). HC_ERR_INPUT naming voxel and place if there is a value that is no whole number of at most 2^24 in size,
 * several components, or more than 4096 labels. Not collective. */
PetscErrorCode hc_image_labels(const struct hc_image *image, int *n, int64_t **labels, int64_t **voxels);

/* ---- Anatomy ---------------------------------------------------------------------------------------------------- */

/* Regions of the tissues that have a name. */
enum { HC_REGION_WHITE = 1, HC_REGION_GREY = 2, HC_ANATOMY_REGIONS = 250 /* at most, in one anatomy */ };

enum hc_islands { HC_ISLANDS_LARGEST = 0, HC_ISLANDS_ALL = 1 };
enum hc_dti_axes { HC_DTI_WORLD = 0, HC_DTI_IMAGE = 1, HC_DTI_FSL = 2 };

struct hc_anatomy_summary;

/* Input block `anatomy`. */
struct hc_anatomy_params {
  const struct hc_params *params;
  char *labels;                /* label image, with: */
  struct hc_text_map tissues;  /* label -> white, grey, csf, outside or a region's number */
  int unlisted;                /* 0: a label that is not listed is an error; 1: it is outside */
  char *white, *grey, *csf;    /* or maps of volume fractions, with: */
  double full;                 /* value in the maps of a voxel that is one tissue alone */
  double threshold;            /* least part of tissue (white + grey) of a cell */
  char *mask;                  /* cells where it is zero are outside */
  char *dti;                   /* tensors, with: */
  struct hc_strings dti_order; /* components in the file's order: xx, yy, ... */
  int dti_axes;                /* enum hc_dti_axes */
  double dti_scale;            /* mm2/s in one unit of the file */
  int dti_invalid;             /* 0: a tensor that is not positive definite is an error; 1: isotropic instead */
  int cell;                    /* enum hc_cell_type */
  double spacing;              /* mm; 0: the voxels of the first image */
  struct hc_reals crop;        /* x, y, z min, then max, mm */
  int islands;                 /* enum hc_islands */
  double overlap;              /* least part of the tissue that further images must cover */
  const struct hc_slab *given; /* no key: the mesh, where a program has made it already; it is copied */
  const struct hc_anatomy_summary *summary; /* of it */
};
extern const struct hc_block hc_anatomy_block;

/* What was made, for printing and summaries: the same on every rank. */
struct hc_anatomy_summary {
  int n[3];                           /* voxels of the grid along x, y, z */
  double spacing[3];                  /* mm */
  int64_t voxels;                     /* in the mesh */
  int n_regions;                      /* that have voxels */
  int32_t region[HC_ANATOMY_REGIONS]; /* ascending */
  double volume[HC_ANATOMY_REGIONS];  /* mm3 */
  int64_t islands, island_voxels;     /* parts beside the largest (by faces), left out or kept; their voxels */
  int64_t isotropic;                  /* tensors that were replaced */
  double coverage;                    /* least part of the tissue that a further image covers; 1 if there is none */
};

/* The anatomy as a mesh: each voxel of tissue a hexahedron, or six tetrahedra (Kuhn), conforming. The grid is that of
 * the first image (labels, else white, grey), with axes turned and reordered by whole steps to run as x, y, z do as
 * near as they can: the mesh does not depend on how the image is stored. With `spacing` it is a grid along the same
 * axes with that edge, from the image's first corner on; cells then take the mean of the maps and the most frequent
 * label over a subdivision. Nodes are numbered in lattice order (x fastest), and so are cells, on any number of ranks.
 *
 * Regions: 1 white, 2 grey (the larger part), or the number of `tissues`. CSF and what is outside are not in the mesh,
 * which therefore ends there without flux. Surface tags: 1 on every boundary node, 2 also if it touches CSF.
 * Cell fields: `white`, `grey` (unit 1: volume fractions, which sum to 1 unless there are other regions), and with dti
 * `dti` (6 components xx, yy, zz, xy, yz, xz of the water's diffusion, mm2/s, in world axes), interpolated trilinearly.
 *
 * Errors: HC_ERR_INPUT with the place in the input and what was found: keys that do not go together, images that do not
 * cover the tissue (by how much), a label that is not listed, a map beyond 0..full or not finite, a tensor that is not
 * positive definite (cell and place), nothing left. *slab is NULL then. summary may be NULL. Collective. Cost: images
 * and one byte a voxel of the grid on each rank; 1 mm brain: seconds. */
PetscErrorCode hc_anatomy_create(MPI_Comm comm, const struct hc_anatomy_params *params, struct hc_slab **slab,
                                 struct hc_anatomy_summary *summary);

/* The mesh of a label image whose labels are the regions' numbers (0: outside): all parts of it, without fields.
 * Otherwise as above. */
PetscErrorCode hc_anatomy_import(MPI_Comm comm, const char *path, enum hc_cell_type type, struct hc_slab **slab);

#endif
