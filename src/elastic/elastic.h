/* healthcast elastic: quasi-static linear elasticity under an isotropic growth stress. Floor 5.
 *
 *   div(sigma - s I) = 0,   sigma = lambda tr(e) I + 2 mu e,   e = (grad w + grad w') / 2
 *   w = 0 where it is held,  (sigma - s I) n = 0 on the rest of the boundary
 *
 * for the displacement w (mm) under a stress s (kPa) by which tissue that grows presses outwards: the load of a tumour
 * of density u is s = coupling u, so that the body force is -coupling grad u (Clatz et al. 2005,
 * doi:10.1109/TMI.2005.857217; Hormuth et al. 2017, doi:10.1098/rsif.2016.1010). lambda = E nu / ((1 + nu)(1 - 2 nu)),
 * mu = E / (2 (1 + nu)). Linear tetrahedra (one point) and hexahedra (2 x 2 x 2 points: no hourglass modes). Both lock
 * as nu approaches 1/2; errors at 0.45 are those at 0.3 where volume may change (tests/mms/mms_elastic.c). */
#ifndef HC_ELASTIC_H
#define HC_ELASTIC_H

#include "mesh.h"

/* What the tissue is made of: per local cell; all borrowed as long as they are used. */
struct hc_elastic_tissue {
  const double *young;   /* E, kPa, > 0 */
  const double *poisson; /* nu, -1 < nu < 1/2 */
};

struct hc_elastic;

/* The matrix and its multigrid. held: per owned node, bit k is set if the node does not move along axis k. The tissue
 * is used here only. tolerance: of the preconditioned residual, relative to that of the load. Options prefix of PETSc:
 * elastic_. HC_ERR_INPUT: triangles, or nothing is held; HC_ERR_ENVIRONMENT: the matrix does not fit PETSc's integers.
 * Cost: 243 entries a node of hexahedra (3 kB), 2 to 3 times that with the multigrid. Collective. */
PetscErrorCode hc_elastic_create(const struct hc_mesh *mesh, const struct hc_elastic_tissue *tissue,
                                 const unsigned char *held, double tolerance, struct hc_elastic **elastic);
void hc_elastic_destroy(struct hc_elastic **elastic);

/* Displacement w (3 per local node, mm) for the stress s (per local node, halo up to date, kPa, linear in cells). The
 * solver starts from what w holds (owned nodes); what is held is set to zero, the halo is up to date on return. On one
 * number of ranks the result has the same bits whenever s and the start have; on another it agrees within the
 * tolerance. HC_ERR_NUMERIC: no convergence. Collective. */
PetscErrorCode hc_elastic_solve(struct hc_elastic *elastic, const double *s, double *w);

/* Iterations of all solves, their number and the most of one. Not collective. */
void hc_elastic_iterations(const struct hc_elastic *elastic, int64_t *total, int64_t *solves, int64_t *most);

/* sigma (xx, yy, zz, xy, yz, xz; kPa) of each local cell at its centre. w: halo up to date. Not collective. */
void hc_elastic_stress(const struct hc_mesh *mesh, const struct hc_elastic_tissue *tissue, const double *w,
                       double *sigma);

/* sqrt(((sxx - syy)^2 + (syy - szz)^2 + (szz - sxx)^2) / 2 + 3 (sxy^2 + syz^2 + sxz^2)): a stress s I changes nothing
 * (von Mises 1913). */
double hc_von_mises(const double sigma[6]);

#endif
