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
  struct hc_reals intracellular, extracellular; /* sigma = si se / (si + se) along each axis */
  double scale;                                 /* factor on all of them */
};

/* Input block `tissue`. */
struct hc_tissue_params {
  const struct hc_params *params;
  double surface_to_volume; /* chi, 1/mm */
  double capacitance;       /* Cm, uF/mm2 */
  struct hc_list regions;   /* struct hc_region_params */
};
extern const struct hc_block hc_tissue_block;

/* Tensors per local cell (6, see fe.h): diffusion = sigma / (chi Cm) in mm2/ms, and sigma_i in S/m for the ECG (sigma
 * where only effective conductivities are given); either may be NULL if it is not wanted. A region of the mesh without
 * conductivity is HC_ERR_INPUT, as are both or neither kind of conductivity in one entry, a tag in two entries, a tag
 * that no cell has. Collective. */
PetscErrorCode hc_tissue_tensors(const struct hc_mesh *mesh, const struct hc_fields *fields,
                                 const struct hc_tissue_params *params, double *diffusion, double *intracellular);

#endif
