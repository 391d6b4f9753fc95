#include "system.h"

#include <math.h>
#include <stdio.h>

/* A = M / dt + theta K. */
static PetscErrorCode assemble(const struct hc_mesh *mesh, const struct hc_pattern *pattern, const double *stiffness,
                               double lumping, double theta, double dt, Mat *a)
{
  const size_t n = (size_t)pattern->row[pattern->n_rows];
  double *values;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &values));
  PetscCall(hc_fe_mass(mesh, pattern, lumping, values));
  for (size_t k = 0; k < n; k++)
    values[k] = values[k] / dt + theta * stiffness[k];
  PetscCall(hc_fe_mat_create(mesh, pattern, values, a));
  PetscCall(MatSetOption(*a, MAT_SPD, PETSC_TRUE));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The norm that the solver watches, for a residual r with B r = 1 mV everywhere. Conjugate gradients have the natural
 * norm sqrt(r . B r) for nothing; with B near the inverse of the diagonal, B r = 1 mV makes it sqrt(sum of the
 * diagonal): a root mean square weighted with the diagonal, that is, with volume. For the other norms the mean is over
 * nodes. */
static PetscErrorCode norm_unit(KSP ksp, Mat a, double *unit)
{
  KSPNormType norm;
  Vec diagonal;
  PetscInt n;

  PetscFunctionBeginUser;
  PetscCall(KSPGetNormType(ksp, &norm));
  PetscCall(MatCreateVecs(a, &diagonal, NULL));
  PetscCall(MatGetDiagonal(a, diagonal));
  PetscCall(VecGetSize(diagonal, &n));
  if (norm == KSP_NORM_NATURAL) {
    PetscCall(VecSum(diagonal, unit));
    *unit = sqrt(*unit);
  } else if (norm == KSP_NORM_UNPRECONDITIONED) {
    PetscCall(VecNorm(diagonal, NORM_2, unit));
  } else {
    *unit = sqrt((double)n);
  }
  PetscCall(VecDestroy(&diagonal));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The natural norm is for conjugate gradients only: leave the choice to other solvers, unless the user has made it. */
static PetscErrorCode choose_norm(KSP ksp)
{
  PetscBool natural, chosen;
  const char *prefix;

  PetscFunctionBeginUser;
  PetscCall(KSPGetOptionsPrefix(ksp, &prefix));
  PetscCall(PetscOptionsHasName(NULL, prefix, "-ksp_norm_type", &chosen));
  PetscCall(PetscObjectTypeCompareAny((PetscObject)ksp, &natural, KSPCG, KSPPIPECG, KSPGROPPCG, ""));
  if (!chosen)
    PetscCall(KSPSetNormType(ksp, natural ? KSP_NORM_NATURAL : KSP_NORM_DEFAULT));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The tolerance in the solver's own norm, unless the user has set one. */
static PetscErrorCode set_tolerance(KSP ksp, double tolerance)
{
  PetscReal rtol, atol, dtol;
  PetscInt max_iterations;
  PetscBool chosen;
  const char *prefix;

  PetscFunctionBeginUser;
  PetscCall(KSPGetOptionsPrefix(ksp, &prefix));
  PetscCall(PetscOptionsHasName(NULL, prefix, "-ksp_atol", &chosen));
  PetscCall(KSPGetTolerances(ksp, &rtol, &atol, &dtol, &max_iterations));
  PetscCall(KSPSetTolerances(ksp, rtol, chosen ? atol : tolerance, dtol, max_iterations));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Options of the command line on top of ours. */
static PetscErrorCode configure(KSP ksp, Mat a, const struct hc_diffusion_params *params, struct hc_system *system)
{
  PetscFunctionBeginUser;
  PetscCall(KSPSetFromOptions(ksp));
  PetscCall(choose_norm(ksp));
  PetscCall(KSPSetUp(ksp)); /* settles a default norm */
  PetscCall(norm_unit(ksp, a, &system->unit));
  PetscCall(set_tolerance(ksp, params->tolerance * system->unit));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_solver(MPI_Comm comm, Mat a, const struct hc_diffusion_params *params,
                                    struct hc_system *system)
{
  PC pc;
  PetscErrorCode code;
  char message[512];

  PetscFunctionBeginUser;
  PetscCall(KSPCreate(comm, &system->ksp));
  PetscCall(KSPSetOptionsPrefix(system->ksp, "diffusion_"));
  PetscCall(KSPSetOperators(system->ksp, a, a));
  PetscCall(KSPSetType(system->ksp, KSPCG));
  PetscCall(KSPGetPC(system->ksp, &pc));
  PetscCall(PCSetType(pc, PCSOR));
  PetscCall(KSPSetTolerances(system->ksp, 0, 0, PETSC_DEFAULT, (PetscInt)params->max_iterations));
  code = configure(system->ksp, a, params, system);
  /* Our own choices are known to work: what PETSc cannot make sense of was asked for. */
  if (code && hc_error_exit_code(code) == HC_EXIT_BUG) {
    snprintf(message, sizeof message, "%s", hc_error_message());
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "PETSc options that begin with -diffusion_: %s", message);
  }
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_system_create(const struct hc_mesh *mesh, const struct hc_pattern *pattern, const double *stiffness,
                                const struct hc_diffusion_params *params, double theta, double dt,
                                struct hc_system *system)
{
  Mat a;
  const double lumping = params->mass == HC_MASS_ADAPTED ? HC_MASS_CONSISTENT : params->mass;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  system->dt = dt;
  PetscCall(assemble(mesh, pattern, stiffness, lumping, theta, dt, &a));
  code = create_solver(mesh->comm, a, params, system);
  PetscCall(MatDestroy(&a)); /* the solver keeps it */
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_system_destroy(struct hc_system *system)
{
  PetscFunctionBeginUser;
  PetscCall(KSPDestroy(&system->ksp));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_system_solve(struct hc_system *system)
{
  KSPConvergedReason reason;
  PetscReal residual;
  PetscInt iterations;

  PetscFunctionBeginUser;
  PetscCall(KSPSolve(system->ksp, system->rhs, system->increment));
  PetscCall(KSPGetConvergedReason(system->ksp, &reason));
  PetscCall(KSPGetIterationNumber(system->ksp, &iterations));
  PetscCall(KSPGetResidualNorm(system->ksp, &residual));
  system->iterations += iterations;
  system->solves++;
  system->largest = PetscMax(system->largest, iterations);
  PetscCheck(reason > 0, PETSC_COMM_SELF, HC_ERR_NUMERIC,
             "diffusion: the solver gave up after %d iterations at a residual of %.3g mV: %s", (int)iterations,
             residual / system->unit, KSPConvergedReasons[reason]);
  PetscFunctionReturn(PETSC_SUCCESS);
}
