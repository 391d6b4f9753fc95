/* Conjugate gradients on a device, for the same systems as system.c: (M / dt + theta K) x = b. Internal to diffusion.
 */
#ifndef HC_DIFFUSION_CG_H
#define HC_DIFFUSION_CG_H

#include "diffusion.h"
#include "vectors.h"

struct hc_cg {
  double dt;                      /* ms */
  struct hc_weights matrix;       /* off the diagonal */
  struct hc_vec row_sum, inverse; /* of rows; of the diagonal */
  double unit, tolerance;         /* norm that stands for a root mean square of 1 mV; mV */
  int64_t max_iterations;
  int64_t iterations, solves, largest;
};

/* Work that the systems of one diffusion object share. */
struct hc_cg_work {
  struct hc_vec rhs, increment, z, p, q;
};
PetscErrorCode hc_cg_work_create(const struct hc_space *space, struct hc_cg_work *work);
void hc_cg_work_destroy(struct hc_cg_work *work);

/* stiffness: values on the pattern. Collective. */
PetscErrorCode hc_cg_create(const struct hc_space *space, const struct hc_pattern *pattern, const double *stiffness,
                            const double *volumes, const struct hc_diffusion_params *params, double theta, double dt,
                            struct hc_cg *cg);
void hc_cg_destroy(struct hc_cg *cg);

/* Solve for work->increment from zero with work->rhs, which is overwritten, preconditioned by the diagonal. Stops in
 * the natural norm sqrt(r . D^-1 r) as system.c does. HC_ERR_NUMERIC if it does not, the same on all ranks.
 * Collective. */
PetscErrorCode hc_cg_solve(const struct hc_space *space, struct hc_cg *cg, struct hc_cg_work *work);

#endif
