/* healthcast tissue: fibres and diffusion tensors. Floor 4. */
#ifndef HC_TISSUE_H
#define HC_TISSUE_H

#include "fe.h"
#include "field.h"
#include "params.h"

/* ---- Fibres ---------------------------------------------------------------------------------------------------- */

enum hc_fibre_rule { HC_FIBRES_MESH = 0, HC_FIBRES_UNIFORM = 1, HC_FIBRES_LDRB = 2 };

/* Input block `fibres`. Angles in degrees; Bayer et al. 2012, doi:10.1007/s10439-012-0593-5. */
struct hc_fibre_params {
  const struct hc_params *params;
  int rule;                  /* mesh: cell fields `fibre` and, if there, `sheet`; uniform; ldrb */
  struct hc_reals direction; /* uniform: fibre */
  struct hc_reals sheet;     /* uniform: sheet */
  double alpha_endo, alpha_epi, beta_endo, beta_epi; /* ldrb */
  int64_t epi, base, lv, rv;                         /* ldrb: surface tags; rv 0 = left ventricle only */
};
extern const struct hc_block hc_fibre_block;

/* Give the fields cell fields `fibre`, `sheet`, `normal` (3, orthonormal) and, for ldrb, nodal fields `transmural` (0
 * endocardium, 1 epicardium), `apex_base` (0 apex, 1 base), and for two ventricles `ventricle` (0 RV .. 1 LV). Fields
 * of these names are replaced.
 * Read fibres are checked (finite, not of zero length: HC_ERR_INPUT with the cell's file number) and normalised; a
 * sheet direction is made orthogonal to the fibre; without one, any normal to the fibre is taken.
 * ldrb: helix angle alpha = (1 - d) alpha_endo + d alpha_epi with depth d = `transmural`, measured from circumferential
 * to the base, positive where fibres form a right-handed helix about the axis from apex to base; the sheet lies across
 * the wall, turned about the fibre by beta; in the septum both go from +endo at the LV to -endo at the RV (seen from
 * the LV). ldrb.c says where this departs from the paper. The apex is found: the part of the epicardium farthest from
 * the base's centroid. Errors: HC_ERR_INPUT (tags missing, on no node or equal; shells; a part of the mesh that touches
 * no tagged surface), HC_ERR_NUMERIC (a Laplace problem that does not converge). Cost: 2 Laplace problems for a left
 * ventricle, 4 for two. Collective. */
PetscErrorCode hc_fibres(const struct hc_mesh *mesh, const struct hc_pattern *pattern,
                         const struct hc_fibre_params *params, struct hc_fields *fields);

/* ---- Conductivity ----------------------------------------------------------------------------------------------- */

/* One entry of `tissue.regions`. Conductivities in S/m along fibre, sheet, normal: 3 values, or 2 (sheet = normal),
 * or 1. */
struct hc_region_params {
  const struct hc_params *params;
  char *name;
  struct hc_ints tags;                          /* cell regions; empty: every region that no other entry names */
  struct hc_reals conductivity;                 /* effective monodomain; or: */
  struct hc_reals intracellular, extracellular; /* sigma = si se / (si + se) along each axis; or: */
  struct hc_map velocity; /* m/s of plane waves along `fibre`, `sheet` (not given: fibre), `normal` (sheet) */
  double scale;           /* factor on all conductivities */
};

enum hc_mesh_correction { HC_CORRECT_NONE = 0, HC_CORRECT_VELOCITY };

/* Input block `tissue`. */
struct hc_tissue_params {
  const struct hc_params *params;
  double surface_to_volume; /* chi, 1/mm */
  double capacitance;       /* Cm, uF/mm2 */
  struct hc_list regions;   /* struct hc_region_params */
  int mesh_correction;      /* enum hc_mesh_correction: of regions with conductivities */
};
extern const struct hc_block hc_tissue_block;

/* ---- Velocity ---------------------------------------------------------------------------------------------------- */

/* How fast plane waves run in one kind of cell. In v_t = D v_xx - I(v) a length is sqrt(D) times one of unit diffusion,
 * so that on a mesh of spacing h waves run at sqrt(D) c(h / sqrt(D)), one function c for a cell model, a time step and
 * a scheme; in the continuum at sqrt(D) c0. Tissue that is to conduct as the continuum of diffusion D does takes D f^2
 * with f = c0 / c, at h / (f sqrt(D)): f is kept here over h / sqrt(D), interpolated by monotone cubics (Fritsch &
 * Butland 1984, doi:10.1137/0905021). */
enum { HC_CURVE_POINTS = 32 };
#define HC_STRAYS 0.29 /* measured in boxes of unstructured tetrahedra with TTP06: docs/coarse-meshes.md */
struct hc_velocity_curve {
  double continuum; /* c0, mm/ms at 1 mm2/ms; 0: these cells do not conduct */
  double strays;    /* how much strays weigh (hc_velocity_diffusion()): HC_STRAYS; 0 with a scheme that sees to them */
  int n;
  double spacing[HC_CURVE_POINTS]; /* h / sqrt(D), sqrt(ms), ascending from 0 */
  double slowing[HC_CURVE_POINTS]; /* f */
  double slope[HC_CURVE_POINTS];
};

/* From measurements: velocity[i] = c at spacing[i] (ascending, above 0, n < HC_CURVE_POINTS, two at least), used as far
 * as waves run and larger spacings stay so (c / spacing falls). Between 0 and the first, f is quadratic. */
void hc_velocity_curve_init(double continuum, int n, const double *spacing, const double *velocity,
                            struct hc_velocity_curve *curve);

/* Factor on D where h / sqrt(D) is `spacing`; NAN beyond the curve's end. */
double hc_velocity_factor(const struct hc_velocity_curve *curve, double spacing);

/* The mesh as plane waves along each of a cell's three axes (fibre, sheet, normal) see it.
 *
 * spacing, mm: the second moment of the cell's nodes about their mean, times 4 for hexahedra, 9/2 for triangles, 24/5
 * for tetrahedra, is h^2. With it lumping a mass matrix costs a wave as much as in a cable of spacing h (both change
 * the mass by h^2/6 u_xx); a box cut into tetrahedra or triangles has the spacing of the box.
 *
 * strays[k][t], mm2: on an irregular mesh the interpolant of a wave along axis k has gradients along axis t too, where
 * the tissue may conduct better; in triangles and tetrahedra the mean square of what (x_k)^2 / 2 has of them. Between
 * tetrahedra of a structured box none, in one of Gmsh's 0.028 h^2.
 *
 * Both are averaged over nodes and back, since a wave sees many cells at a time. axes: unit vectors, 3 per local cell
 * each. Collective. */
struct hc_cell_grid {
  double spacing[3];
  double strays[3][3];
};
PetscErrorCode hc_tissue_grids(const struct hc_mesh *mesh, const double *const axes[3], struct hc_cell_grid *grids);

/* Diffusion with which waves run on this grid as in the continuum of diffusion plain[3] (mm2/ms along fibre, sheet,
 * normal; 0 stays 0). Beside the curve's factor: strays add diffusion w k^2 sum_t D_t strays[k][t] along axis k, k^2
 * = c0^2 / D_k being the square of the front's wave number, w = curve->strays. Where strays
 * alone are too much, waves are as slow as can be: excess[k], the velocity that is to be expected over the
 * continuum's, is above 1. Returns -1, or the axis along which waves would stand: the curve ends before. */
int hc_velocity_diffusion(const struct hc_velocity_curve *curve, const struct hc_cell_grid *grid, const double plain[3],
                          double corrected[3], double excess[3]);

/* What velocities are prescribed by: curves, and which one each local node has. */
struct hc_velocity_curves {
  int n;
  struct hc_velocity_curve *curves;
  int *of_node; /* n_local; -1: none */
};

/* Factors on the diffusion of one entry of `tissue.regions`, over its mesh cells, along fibre, sheet, normal. */
struct hc_region_factors {
  int64_t cells; /* 0: not corrected */
  double min[3], mean[3], max[3];
  double excess[3]; /* mean of hc_velocity_diffusion()'s */
};

/* Local cells whose diffusion needs a velocity curve: those of regions with `velocity`, and with mesh_correction all.
 * *any: on some rank. All that can be wrong with the block is found here, before curves are measured. Collective. */
PetscErrorCode hc_tissue_calibrated(const struct hc_mesh *mesh, const struct hc_tissue_params *params, bool *calibrated,
                                    bool *any);

/* Tensors per local cell (6, see fe.h): diffusion = sigma / (chi Cm) in mm2/ms, and sigma_i in S/m for the ECG (sigma
 * where only effective conductivities are given, sigma of the continuum where only velocities are); either may be NULL
 * if it is not wanted. A region of the mesh without conductivity is HC_ERR_INPUT, as are several kinds of conductivity
 * or none in one entry, a tag in two entries, a tag that no cell has. Cells that need curves take the mean over those
 * of their nodes that have one (NULL: no cell needs one); a velocity that waves would stand at is HC_ERR_INPUT with the
 * cell's file number, unless it is so in a thousandth of the cells at most, which are too long by a tenth at most: they
 * get the diffusion of the longest cell that could have it. factors: one for each entry of params->regions, or NULL.
 * Collective. */
PetscErrorCode hc_tissue_tensors(const struct hc_mesh *mesh, const struct hc_fields *fields,
                                 const struct hc_tissue_params *params, const struct hc_velocity_curves *curves,
                                 double *diffusion, double *intracellular, struct hc_region_factors *factors);

#endif
