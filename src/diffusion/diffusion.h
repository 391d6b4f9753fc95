/* healthcast diffusion: M dv/dt = -K v over one (sub)step. Floor 5. */
#ifndef HC_DIFFUSION_H
#define HC_DIFFUSION_H

#include "fe.h"
#include "params.h"

enum hc_diffusion_method { HC_BACKWARD_EULER = 0, HC_CRANK_NICOLSON, HC_BDF2 };

/* Input block `diffusion`. */
struct hc_diffusion_params {
  const struct hc_params *params;
  int method;  /* BDF2 is taken in its one-step form TR-BDF2 (Bank et al. 1985, doi:10.1109/T-ED.1985.22232; Hosea &
                  Shampine  1996, doi:10.1016/0168-9274(95)00115-8), since a multistep formula has no history inside a
                  splitting step */
  double mass; /* lumping 0..1; `lumped` = 1, `consistent` = 0 */
  double tolerance; /* mV: root mean square, weighted with volume, of the preconditioned residual of the increment */
  int64_t max_iterations;
};
extern const struct hc_block hc_diffusion_block;

struct hc_diffusion;

/* Assemble for the step sizes that will be used (n_dt of them, ms: splitting schemes may need two). The pattern is
 * borrowed and must outlive the object. KSP options prefix: diffusion_. Default CG with Jacobi: at the diffusion
 * numbers of cardiac steps (dt D / h2 < 1) its iteration count depends neither on the mesh size nor on the number of
 * ranks. HC_ERR_INPUT if PETSc refuses an option; nothing is left behind then. Collective. */
PetscErrorCode hc_diffusion_create(const struct hc_mesh *mesh, const struct hc_pattern *pattern, const double *tensor,
                                   const struct hc_diffusion_params *params, int n_dt, const double *dt,
                                   struct hc_diffusion **diffusion);
void hc_diffusion_destroy(struct hc_diffusion **diffusion);

/* Advance v (owned values, mV) by dt ms, one of those given at creation. Solved for the increment, so that a
 * resting heart costs nothing and restarts need no history. HC_ERR_NUMERIC if the solver fails: iterations, residual,
 * reason. Collective. */
PetscErrorCode hc_diffusion_step(struct hc_diffusion *diffusion, double dt, double *v);

/* Iterations of all solves since creation, number of solves, largest count of one solve. */
void hc_diffusion_iterations(const struct hc_diffusion *diffusion, int64_t *total, int64_t *solves, int64_t *largest);

/* Integral of v over the mesh: mV mm3. Collective. */
PetscErrorCode hc_diffusion_integral(const struct hc_diffusion *diffusion, const double *v, double *integral);

#endif
