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
  PetscCall(PetscCalloc1(d->mesh->n_local, &d->local));
  PetscCall(VecCreateMPI(d->mesh->comm, d->mesh->n_owned, (PetscInt)d->mesh->n_nodes, &d->rhs));
  PetscCall(VecDuplicate(d->rhs, &d->increment));
  for (int i = 0; i < n_dt; i++) {
    d->systems[i].rhs = d->rhs;
    d->systems[i].increment = d->increment;
    d->n_systems++; /* before it is whole, so that a failure leaves nothing behind */
    PetscCall(
        hc_system_create(d->mesh, pattern, stiffness, params, implicit_share(params->method), dt[i], &d->systems[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode build(struct hc_diffusion *d, const struct hc_pattern *pattern, const double *tensor,
                            const struct hc_diffusion_params *params, int n_dt, const double *dt)
{
  const bool implicit = d->method < HC_RKL1;
  double *stiffness;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(d->mesh->n_owned, &d->volumes));
  PetscCall(hc_fe_volumes(d->mesh, d->volumes));
  PetscCall(hc_sparse_create(d->mesh, pattern, &d->sparse));
  PetscCall(PetscMalloc1(pattern->row[pattern->n_rows], &stiffness));
  code = hc_fe_stiffness(d->mesh, pattern, tensor, stiffness);
  if (!code)
    code = hc_sparse_weights(d->sparse, pattern, -1, stiffness, &d->stiffness);
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
                                   struct hc_diffusion **diffusion)
{
  struct hc_diffusion *d;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&d));
  d->mesh = mesh;
  d->method = params->method;
  code = build(d, pattern, tensor, params, n_dt, dt);
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
  for (int i = 0; i < d->n_systems; i++)
    (void)hc_system_destroy(&d->systems[i]);
  (void)VecDestroy(&d->rhs);
  (void)VecDestroy(&d->increment);
  hc_rkl_destroy(&d->rkl);
  hc_sparse_weights_destroy(&d->stiffness);
  hc_sparse_destroy(&d->sparse);
  (void)PetscFree(d->volumes);
  (void)PetscFree(d->local);
  (void)PetscFree(*diffusion);
}

/* rhs = -factor K local, after a halo exchange. */
static PetscErrorCode residual(struct hc_diffusion *d, double factor)
{
  struct hc_sparse_update update = {.factor = factor};

  PetscFunctionBeginUser;
  PetscCall(VecGetArrayWrite(d->rhs, &update.out));
  PetscCall(hc_sparse_apply(d->sparse, d->stiffness, d->local, &update));
  PetscCall(VecRestoreArrayWrite(d->rhs, &update.out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_increment(const struct hc_diffusion *d, double *v)
{
  const double *increment;

  PetscFunctionBeginUser;
  PetscCall(VecGetArrayRead(d->increment, &increment));
  for (int i = 0; i < d->mesh->n_owned; i++)
    v[i] += increment[i];
  PetscCall(VecRestoreArrayRead(d->increment, &increment));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode step_theta(struct hc_diffusion *d, struct hc_system *system, double *v)
{
  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(d->local, v, d->mesh->n_owned));
  PetscCall(residual(d, 1));
  PetscCall(hc_system_solve(system));
  PetscCall(add_increment(d, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode step_tr_bdf2(struct hc_diffusion *d, struct hc_system *system, double *v)
{
  const double g = 2 - M_SQRT2, c = (1 - g) * (1 - g) / (g * (2 - g));

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(d->local, v, d->mesh->n_owned));
  PetscCall(residual(d, g));
  PetscCall(hc_system_solve(system));
  /* (1 + 2c) v0 + (1 + c) d1 = c v0 + (1 + c) (v0 + d1), v0 still being in local */
  PetscCall(add_increment(d, v));
  for (int i = 0; i < d->mesh->n_owned; i++)
    d->local[i] = c * d->local[i] + (1 + c) * v[i];
  PetscCall(residual(d, g / 2));
  PetscCall(hc_system_solve(system));
  PetscCall(add_increment(d, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_diffusion_step(struct hc_diffusion *diffusion, double dt, double *v)
{
  struct hc_system *system = NULL;

  PetscFunctionBeginUser;
  if (diffusion->method >= HC_RKL1) {
    PetscCall(hc_rkl_step(diffusion, dt, v));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (int i = 0; i < diffusion->n_systems; i++)
    if (fabs(diffusion->systems[i].dt - dt) <= 1e-12 * dt)
      system = &diffusion->systems[i];
  PetscCheck(system, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "no matrix for a diffusion step of %.6g ms", dt);
  if (diffusion->method == HC_BDF2)
    PetscCall(step_tr_bdf2(diffusion, system, v));
  else
    PetscCall(step_theta(diffusion, system, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_diffusion_iterations(const struct hc_diffusion *diffusion, int64_t *total, int64_t *solves, int64_t *largest)
{
  *total = diffusion->rkl.stages;
  *solves = diffusion->rkl.steps;
  *largest = diffusion->rkl.most;
  for (int i = 0; i < diffusion->n_systems; i++) {
    const struct hc_system *system = &diffusion->systems[i];
    *total += system->iterations;
    *solves += system->solves;
    *largest = PetscMax(*largest, system->largest);
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
