/* healthcast diffusion: M dv/dt = -K v over one (sub)step. Floor 5. */
#ifndef HC_DIFFUSION_H
#define HC_DIFFUSION_H

#include "device.h"
#include "fe.h"
#include "params.h"

enum hc_diffusion_method { HC_BACKWARD_EULER = 0, HC_CRANK_NICOLSON, HC_BDF2, HC_RKL1, HC_RKL2 };

/* Values of `mass` with a name; others are shares of the lumped mass. */
enum { HC_MASS_CONSISTENT = 0, HC_MASS_LUMPED = 1, HC_MASS_ADAPTED = 2 };

/* Input block `diffusion`. */
struct hc_diffusion_params {
  const struct hc_params *params;
  int method;      /* BDF2 is taken in its one-step form TR-BDF2 (Bank et al. 1985, doi:10.1109/T-ED.1985.22232; Hosea &
                      Shampine  1996, doi:10.1016/0168-9274(95)00115-8), since a multistep formula has no history inside a
                      splitting step */
  double mass;     /* lumped share. HC_RKL1, 2: -3 to 1, the inverse of that blend to first order in 1 - mass; or
                      HC_MASS_ADAPTED. Else 0 to 1, and HC_MASS_ADAPTED stands for consistent */
  double upstroke; /* ms, with HC_MASS_ADAPTED: the front is sqrt(D upstroke) thick */
  double tolerance; /* mV: root mean square, weighted with volume, of the preconditioned residual of the increment */
  int64_t max_iterations;
  const char *step_unit; /* of the sizes of steps, for messages: a literal; NULL: "ms". No key of the input */
};
extern const struct hc_block hc_diffusion_block;

struct hc_diffusion;

/* Assemble for the step sizes that will be used (n_dt of them, ms: splitting schemes may need two; HC_RKL1 and HC_RKL2
 * take any). The mesh is borrowed; pattern and tensor (6 per local cell, mm2/ms) are not needed afterwards. Implicit
 * methods: KSP options prefix diffusion_, default CG with symmetric sweeps of Gauss-Seidel on each rank (a third
 * of the iterations of Jacobi, half of its time or less); at the diffusion numbers of cardiac steps (dt D / h2
 * < 1) its iteration count depends neither on the mesh size nor on the number of ranks. HC_ERR_INPUT if PETSc refuses
 * an option; nothing is left behind then.
 * device: NULL, or where matrices and work vectors live and steps are made; implicit methods are then solved by our
 * own conjugate gradients with the diagonal as preconditioner, which PETSc options do not reach. Collective. */
PetscErrorCode hc_diffusion_create(const struct hc_mesh *mesh, const struct hc_pattern *pattern, const double *tensor,
                                   const struct hc_diffusion_params *params, int n_dt, const double *dt,
                                   struct hc_device *device, struct hc_diffusion **diffusion);
void hc_diffusion_destroy(struct hc_diffusion **diffusion);

/* Other tensors, in no cell larger than those of creation: the steps of explicit methods, which alone can do this, stay
 * stable. Pattern as at creation, not needed afterwards; an adapted mass stays as it was. Cost: one assembly.
 * Collective. */
PetscErrorCode hc_diffusion_weaken(struct hc_diffusion *diffusion, const struct hc_pattern *pattern,
                                   const double *tensor);

/* Advance v (owned values, mV) by dt ms, one of those given at creation. Solved for the increment, so that a
 * resting heart stays so bit for bit and restarts need no history. HC_ERR_NUMERIC if the solver fails: iterations,
 * residual, reason. Collective. */
PetscErrorCode hc_diffusion_step(struct hc_diffusion *diffusion, double dt, double *v);

/* The same with v (n_local numbers of hc_device_wide() bytes, of which the owned ones count) on the device that was
 * given at creation. Asynchronous but for the messages between ranks and the scalar products of implicit methods.
 * Collective. */
PetscErrorCode hc_diffusion_device_step(struct hc_diffusion *diffusion, double dt, struct hc_buffer *v);

/* Was a device given at creation? */
bool hc_diffusion_on_device(const struct hc_diffusion *diffusion);

/* True if steps of any size can be taken, not only those given at creation. */
bool hc_diffusion_any_step(const struct hc_diffusion *diffusion);

/* Iterations of all solves since creation, number of solves, largest count of one solve; of HC_RKL1 and 2 stages and
 * steps.
 */
void hc_diffusion_iterations(const struct hc_diffusion *diffusion, int64_t *total, int64_t *solves, int64_t *largest);

/* Integral of v over the mesh: mV mm3. Collective. */
PetscErrorCode hc_diffusion_integral(const struct hc_diffusion *diffusion, const double *v, double *integral);

#endif
