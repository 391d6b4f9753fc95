/* Every scheme is written for the increment d = v1 - v0, whose right-hand side is a multiple of -K v:
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
#include "system.h"

#include <math.h>

enum { MAX_SYSTEMS = 8 };

struct hc_diffusion {
  const struct hc_mesh *mesh;       /* borrowed */
  const struct hc_pattern *pattern; /* borrowed */
  int method;
  double *stiffness; /* on the pattern, mm3/ms: 8 bytes an entry where a second PETSc matrix takes 12 */
  double *volumes;   /* owned nodes, mm3 */
  double *local;     /* work: owned and halo nodes */
  Vec rhs, increment;
  int n_systems;
  struct hc_system systems[MAX_SYSTEMS];
};

static double implicit_share(int method)
{
  return method == HC_BACKWARD_EULER ? 1 : method == HC_CRANK_NICOLSON ? 0.5 : 1 - M_SQRT1_2;
}

static PetscErrorCode create_systems(struct hc_diffusion *d, const struct hc_diffusion_params *params, int n_dt,
                                     const double *dt)
{
  PetscFunctionBeginUser;
  PetscCheck(n_dt >= 1 && n_dt <= MAX_SYSTEMS, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "%d step sizes; at most %d",
             n_dt, MAX_SYSTEMS);
  for (int i = 0; i < n_dt; i++) {
    d->systems[i].rhs = d->rhs;
    d->systems[i].increment = d->increment;
    d->n_systems++; /* before it is whole, so that a failure leaves nothing behind */
    PetscCall(hc_system_create(d->mesh, d->pattern, d->stiffness, params, implicit_share(params->method), dt[i],
                               &d->systems[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode build(struct hc_diffusion *d, const double *tensor, const struct hc_diffusion_params *params,
                            int n_dt, const double *dt)
{
  const struct hc_mesh *mesh = d->mesh;
  const struct hc_pattern *pattern = d->pattern;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(pattern->row[pattern->n_rows], &d->stiffness));
  PetscCall(PetscMalloc1(mesh->n_owned, &d->volumes));
  PetscCall(PetscCalloc1(mesh->n_local, &d->local));
  PetscCall(hc_fe_stiffness(mesh, pattern, tensor, d->stiffness));
  PetscCall(hc_fe_volumes(mesh, d->volumes));
  PetscCall(VecCreateMPI(mesh->comm, mesh->n_owned, (PetscInt)mesh->n_nodes, &d->rhs));
  PetscCall(VecDuplicate(d->rhs, &d->increment));
  PetscCall(create_systems(d, params, n_dt, dt));
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
  d->pattern = pattern;
  d->method = params->method;
  code = build(d, tensor, params, n_dt, dt);
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
  (void)PetscFree(d->stiffness);
  (void)PetscFree(d->volumes);
  (void)PetscFree(d->local);
  (void)PetscFree(*diffusion);
}

/* rhs = -factor K local, after a halo exchange. Rows of K add up to zero, so differences to the row's own node serve:
 * they are exactly zero where v is constant. */
static PetscErrorCode residual(struct hc_diffusion *d, double factor)
{
  const int *row = d->pattern->row, *col = d->pattern->col;
  double *rhs;

  PetscFunctionBeginUser;
  PetscCall(hc_halo_begin(d->mesh, 1, d->local));
  PetscCall(hc_halo_end(d->mesh, 1, d->local));
  PetscCall(VecGetArrayWrite(d->rhs, &rhs));
  for (int i = 0; i < d->pattern->n_rows; i++) {
    const double own = d->local[i];
    double sum = 0;
    for (int k = row[i]; k < row[i + 1]; k++)
      sum += d->stiffness[k] * (own - d->local[col[k]]);
    rhs[i] = factor * sum;
  }
  PetscCall(VecRestoreArrayWrite(d->rhs, &rhs));
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
  *total = *solves = *largest = 0;
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
