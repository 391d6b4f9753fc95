/* Every implicit scheme is written for the increment d = v1 - v0, whose right-hand side is a multiple of -K v:
 *
 *   backward Euler   (M/dt + K) d = -K v0
 *   Crank-Nicolson   (M/dt + K/2) d = -K v0
 *   TR-BDF2          trapezoidal rule to t + g dt, g = 2 - sqrt 2:  (M/dt + g/2 K) d1 = -g K v0
 *                    BDF2 to t + dt:  M d2 = c M d1 - g/2 dt K (v0 + d1 + d2),  c = (1 - g)^2 / (g (2 - g));
 *                    with M d1 = -g/2 dt K (2 v0 + d1) from the first stage, the mass matrix drops out:
 *                    (M/dt + g/2 K) d2 = -g/2 K ((1 + 2c) v0 + (1 + c) d1)
 *
 * (Hosea & Shampine 1996, doi:10.1016/0168-9274(95)00115-8, for g and c.) Since the columns of K add up to zero, each
 * right-hand side does, and the integral of v is kept as well as the solver solves. */
#include "internal.h"

#include <math.h>

static double implicit_share(int method)
{
  return method == HC_BACKWARD_EULER ? 1 : method == HC_CRANK_NICOLSON ? 0.5 : 1 - M_SQRT1_2;
}

static PetscErrorCode create_systems(struct hc_diffusion *d, const struct hc_pattern *pattern, const double *stiffness,
                                     const struct hc_diffusion_params *params, int n_dt, const double *dt)
{
  PetscFunctionBeginUser;
  PetscCheck(n_dt >= 1 && n_dt <= MAX_SYSTEMS, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "%d step sizes; at most %d",
             n_dt, MAX_SYSTEMS);
  PetscCheck(params->mass >= 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found a lumped share of %.6g; allowed: 0 (consistent) to 1 (lumped) with an implicit method",
             hc_params_place(params->params, &params->mass), params->mass);
  PetscCall(hc_vec_create(&d->space, &d->local));
  if (d->space.device)
    PetscCall(hc_cg_work_create(&d->space, &d->work));
  PetscCall(VecCreateMPI(d->mesh->comm, d->mesh->n_owned, (PetscInt)d->mesh->n_nodes, &d->rhs));
  PetscCall(VecDuplicate(d->rhs, &d->increment));
  for (int i = 0; i < n_dt; i++) {
    const double theta = implicit_share(params->method);
    d->systems[i].rhs = d->rhs;
    d->systems[i].increment = d->increment;
    d->n_systems++; /* before it is whole, so that a failure leaves nothing behind */
    if (d->space.device)
      PetscCall(hc_cg_create(&d->space, pattern, stiffness, d->volumes, params, theta, dt[i], &d->cg[i]));
    else
      PetscCall(hc_system_create(d->mesh, pattern, stiffness, params, theta, dt[i], &d->systems[i]));
  }
  PetscCall(hc_weights_move(&d->space, &d->stiffness));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode build(struct hc_diffusion *d, const struct hc_pattern *pattern, const double *tensor,
                            const struct hc_diffusion_params *params, int n_dt, const double *dt,
                            struct hc_device *device)
{
  const bool implicit = d->method < HC_RKL1;
  double *stiffness;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(d->mesh->n_owned, &d->volumes));
  PetscCall(hc_fe_volumes(d->mesh, d->volumes));
  PetscCall(hc_error_agree(d->mesh->comm, hc_space_create(d->mesh, pattern, device, &d->space)));
  PetscCall(PetscMalloc1(pattern->row[pattern->n_rows], &stiffness));
  code = hc_fe_stiffness(d->mesh, pattern, tensor, stiffness);
  if (!code)
    code = hc_sparse_weights(d->space.sparse, pattern, -1, stiffness, &d->stiffness.host);
  if (!code && implicit)
    code = create_systems(d, pattern, stiffness, params, n_dt, dt);
  PetscCall(PetscFree(stiffness)); /* before the explicit scheme makes its own values */
  PetscCall(code);
  if (!implicit)
    PetscCall(hc_rkl_create(d, pattern, tensor, params));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_diffusion_create(const struct hc_mesh *mesh, const struct hc_pattern *pattern, const double *tensor,
                                   const struct hc_diffusion_params *params, int n_dt, const double *dt,
                                   struct hc_device *device, struct hc_diffusion **diffusion)
{
  struct hc_diffusion *d;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&d));
  d->mesh = mesh;
  d->method = params->method;
  d->step_unit = params->step_unit ? params->step_unit : "ms";
  code = build(d, pattern, tensor, params, n_dt, dt, device);
  if (code)
    hc_diffusion_destroy(&d);
  PetscCall(code);
  *diffusion = d;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_diffusion_destroy(struct hc_diffusion **diffusion)
{
  struct hc_diffusion *d = diffusion ? *diffusion : NULL;

  if (!d)
    return;
  for (int i = 0; i < d->n_systems; i++) {
    (void)hc_system_destroy(&d->systems[i]);
    hc_cg_destroy(&d->cg[i]);
  }
  (void)VecDestroy(&d->rhs);
  (void)VecDestroy(&d->increment);
  hc_cg_work_destroy(&d->work);
  hc_rkl_destroy(&d->rkl);
  hc_weights_destroy(&d->stiffness);
  hc_vec_destroy(&d->local);
  hc_space_destroy(&d->space);
  (void)PetscFree(d->volumes);
  (void)PetscFree(*diffusion);
}

PetscErrorCode hc_diffusion_weaken(struct hc_diffusion *diffusion, const struct hc_pattern *pattern,
                                   const double *tensor)
{
  struct hc_diffusion *d = diffusion;
  double *stiffness;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCheck(d->method >= HC_RKL1, PETSC_COMM_SELF, PETSC_ERR_SUP, "implicit methods keep their matrices");
  hc_weights_destroy(&d->stiffness);
  PetscCall(PetscMalloc1(pattern->row[pattern->n_rows], &stiffness));
  code = hc_fe_stiffness(d->mesh, pattern, tensor, stiffness);
  if (!code)
    code = hc_sparse_weights(d->space.sparse, pattern, -1, stiffness, &d->stiffness.host);
  PetscCall(PetscFree(stiffness));
  if (!code)
    code = hc_weights_move(&d->space, &d->stiffness);
  PetscCall(hc_error_agree(d->mesh->comm, code));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* v += the solution for the right-hand side -factor K local. */
static PetscErrorCode solve_on_host(struct hc_diffusion *d, struct hc_system *system, double factor, double *v)
{
  const struct hc_vec none = {0};
  struct hc_vec rhs = {0};
  const double *increment;

  PetscFunctionBeginUser;
  PetscCall(VecGetArrayWrite(d->rhs, &rhs.host));
  PetscCall(hc_vec_product(&d->space, &d->stiffness, d->local, factor, none, none, 0, NULL, NULL, rhs));
  PetscCall(VecRestoreArrayWrite(d->rhs, &rhs.host));
  PetscCall(hc_system_solve(system));
  PetscCall(VecGetArrayRead(d->increment, &increment));
  for (int i = 0; i < d->mesh->n_owned; i++)
    v[i] += increment[i];
  PetscCall(VecRestoreArrayRead(d->increment, &increment));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode solve(struct hc_diffusion *d, int system, double factor, struct hc_vec v)
{
  const struct hc_vec none = {0};

  PetscFunctionBeginUser;
  if (d->space.device) {
    PetscCall(hc_vec_product(&d->space, &d->stiffness, d->local, factor, none, none, 0, NULL, NULL, d->work.rhs));
    PetscCall(hc_cg_solve(&d->space, &d->cg[system], &d->work));
    hc_vec_combine(&d->space, 2, (double[]){1, 1}, (struct hc_vec[]){v, d->work.increment}, v);
  } else {
    PetscCall(solve_on_host(d, &d->systems[system], factor, v.host));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode step_tr_bdf2(struct hc_diffusion *d, int system, struct hc_vec v)
{
  const double g = 2 - M_SQRT2, c = (1 - g) * (1 - g) / (g * (2 - g));

  PetscFunctionBeginUser;
  PetscCall(solve(d, system, g, v));
  /* (1 + 2c) v0 + (1 + c) d1 = c v0 + (1 + c) (v0 + d1), v0 still being in local */
  hc_vec_combine(&d->space, 2, (double[]){c, 1 + c}, (struct hc_vec[]){d->local, v}, d->local);
  PetscCall(solve(d, system, g / 2, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode step(struct hc_diffusion *d, double dt, struct hc_vec v)
{
  int system = -1;

  PetscFunctionBeginUser;
  if (d->method >= HC_RKL1) {
    PetscCall(hc_rkl_step(d, dt, v));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (int i = 0; i < d->n_systems; i++)
    if (fabs((d->space.device ? d->cg[i].dt : d->systems[i].dt) - dt) <= 1e-12 * dt)
      system = i;
  PetscCheck(system >= 0, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "no matrix for a diffusion step of %.6g %s", dt,
             d->step_unit);
  hc_vec_copy(&d->space, v, d->local);
  if (d->method == HC_BDF2)
    PetscCall(step_tr_bdf2(d, system, v));
  else
    PetscCall(solve(d, system, 1, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_diffusion_step(struct hc_diffusion *diffusion, double dt, double *v)
{
  PetscFunctionBeginUser;
  PetscAssert(!diffusion->space.device, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONGSTATE, "this diffusion is on a device");
  PetscCall(step(diffusion, dt, (struct hc_vec){.host = v}));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_diffusion_device_step(struct hc_diffusion *diffusion, double dt, struct hc_buffer *v)
{
  PetscFunctionBeginUser;
  PetscAssert(diffusion->space.device, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONGSTATE, "this diffusion is on the host");
  PetscCall(step(diffusion, dt, (struct hc_vec){.device = v}));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_diffusion_iterations(const struct hc_diffusion *diffusion, int64_t *total, int64_t *solves, int64_t *largest)
{
  *total = diffusion->rkl.stages;
  *solves = diffusion->rkl.steps;
  *largest = diffusion->rkl.most;
  for (int i = 0; i < diffusion->n_systems; i++) {
    const struct hc_system *system = &diffusion->systems[i];
    const struct hc_cg *cg = &diffusion->cg[i];
    *total += system->iterations + cg->iterations;
    *solves += system->solves + cg->solves;
    *largest = PetscMax(*largest, PetscMax(system->largest, cg->largest));
  }
}

PetscErrorCode hc_diffusion_integral(const struct hc_diffusion *diffusion, const double *v, double *integral)
{
  PetscFunctionBeginUser;
  *integral = 0;
  for (int i = 0; i < diffusion->mesh->n_owned; i++)
    *integral += diffusion->volumes[i] * v[i];
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, integral, 1, MPI_DOUBLE, MPI_SUM, diffusion->mesh->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

bool hc_diffusion_any_step(const struct hc_diffusion *diffusion)
{
  return diffusion->method >= HC_RKL1;
}

bool hc_diffusion_on_device(const struct hc_diffusion *diffusion)
{
  return diffusion->space.device != NULL;
}
