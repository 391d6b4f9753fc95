/* The solver: conjugate gradients with smoothed aggregation (Vanek et al. 1996, doi:10.1007/BF02238511), which knows
 * the six rigid motions. */
#include "internal.h"

static PetscErrorCode take_held(struct hc_elastic *elastic, const unsigned char *held)
{
  const struct hc_mesh *mesh = elastic->mesh;
  double *values;
  int any = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(mesh->n_local, &values));
  for (int i = 0; i < mesh->n_owned; i++) {
    values[i] = held[i] & 7;
    any |= held[i] & 7;
  }
  PetscCall(hc_halo_begin(mesh, 1, values));
  PetscCall(hc_halo_end(mesh, 1, values));
  PetscCall(PetscMalloc1(mesh->n_local, &elastic->held));
  for (int i = 0; i < mesh->n_local; i++)
    elastic->held[i] = (unsigned char)values[i];
  PetscCall(PetscFree(values));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &any, 1, MPI_INT, MPI_BOR, mesh->comm));
  PetscCheck(any == 7, PETSC_COMM_SELF, HC_ERR_INPUT,
             "mechanics: nothing holds the tissue along %s; allowed: at least one node that is held along every axis",
             any & 1 ? any & 2 ? "z" : "y" : "x");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rigid motions as the near null space. */
static PetscErrorCode tell_rigid_motions(struct hc_elastic *elastic)
{
  const struct hc_mesh *mesh = elastic->mesh;
  MatNullSpace motions;
  Vec places;
  PetscScalar *x;

  PetscFunctionBeginUser;
  PetscCall(VecDuplicate(elastic->load, &places));
  PetscCall(VecGetArrayWrite(places, &x));
  for (int i = 0; i < 3 * mesh->n_owned; i++)
    x[i] = mesh->xyz[i];
  PetscCall(VecRestoreArrayWrite(places, &x));
  PetscCall(MatNullSpaceCreateRigidBody(places, &motions));
  PetscCall(MatSetNearNullSpace(elastic->matrix, motions));
  PetscCall(MatNullSpaceDestroy(&motions));
  PetscCall(VecDestroy(&places));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_solver(struct hc_elastic *elastic, double tolerance)
{
  PC pc;

  PetscFunctionBeginUser;
  PetscCall(KSPCreate(elastic->mesh->comm, &elastic->ksp));
  PetscCall(KSPSetOptionsPrefix(elastic->ksp, "elastic_"));
  PetscCall(KSPSetOperators(elastic->ksp, elastic->matrix, elastic->matrix));
  PetscCall(KSPSetType(elastic->ksp, KSPCG));
  PetscCall(KSPGetPC(elastic->ksp, &pc));
  PetscCall(PCSetType(pc, PCGAMG));
  PetscCall(KSPSetTolerances(elastic->ksp, tolerance, PETSC_DEFAULT, PETSC_DEFAULT, 500));
  PetscCall(KSPSetInitialGuessNonzero(elastic->ksp, PETSC_TRUE));
  PetscCall(KSPSetFromOptions(elastic->ksp));
  PetscCall(KSPSetUp(elastic->ksp));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode build(struct hc_elastic *elastic, const struct hc_elastic_tissue *tissue,
                            const unsigned char *held, double tolerance)
{
  PetscFunctionBeginUser;
  PetscCheck(elastic->mesh->type != HC_TRIANGLE, PETSC_COMM_SELF, HC_ERR_INPUT,
             "mechanics: the mesh is of triangles; allowed: tetrahedra or hexahedra");
  PetscCall(take_held(elastic, held));
  PetscCall(hc_elastic_assemble(elastic, tissue));
  PetscCall(MatCreateVecs(elastic->matrix, &elastic->displacement, &elastic->load));
  PetscCall(tell_rigid_motions(elastic));
  PetscCall(create_solver(elastic, tolerance));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_elastic_create(const struct hc_mesh *mesh, const struct hc_elastic_tissue *tissue,
                                 const unsigned char *held, double tolerance, struct hc_elastic **elastic)
{
  struct hc_elastic *created;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&created));
  created->mesh = mesh;
  code = build(created, tissue, held, tolerance);
  if (code)
    hc_elastic_destroy(&created);
  PetscCall(code);
  *elastic = created;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_elastic_destroy(struct hc_elastic **elastic)
{
  struct hc_elastic *e = elastic ? *elastic : NULL;

  if (!e)
    return;
  (void)KSPDestroy(&e->ksp);
  (void)MatDestroy(&e->matrix);
  (void)VecDestroy(&e->load);
  (void)VecDestroy(&e->displacement);
  (void)PetscFree(e->held);
  (void)PetscFree(*elastic);
}

/* ---- Solving ----------------------------------------------------------------------------------------------------- */

static PetscErrorCode solve(struct hc_elastic *elastic)
{
  KSPConvergedReason reason;
  PetscInt iterations;
  PetscReal residual, size;

  PetscFunctionBeginUser;
  PetscCall(VecNorm(elastic->load, NORM_INFINITY, &size));
  if (size <= 0) { /* nothing presses: no residual could be small relative to that */
    PetscCall(VecZeroEntries(elastic->displacement));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KSPSolve(elastic->ksp, elastic->load, elastic->displacement));
  PetscCall(KSPGetConvergedReason(elastic->ksp, &reason));
  PetscCall(KSPGetIterationNumber(elastic->ksp, &iterations));
  PetscCall(KSPGetResidualNorm(elastic->ksp, &residual));
  elastic->iterations += iterations;
  elastic->most = PetscMax(elastic->most, iterations);
  elastic->solves++;
  PetscCheck(reason > 0, PETSC_COMM_SELF, HC_ERR_NUMERIC,
             "mechanics: no convergence after %d iterations (%s, residual %.6g): is every part of the tissue held "
             "somewhere? See also the options -elastic_ksp_*",
             (int)iterations, KSPConvergedReasons[reason], (double)residual);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_elastic_solve(struct hc_elastic *elastic, const double *s, double *w)
{
  const struct hc_mesh *mesh = elastic->mesh;
  const PetscScalar *solution;
  PetscScalar *values;

  PetscFunctionBeginUser;
  PetscCall(VecGetArrayWrite(elastic->load, &values));
  hc_elastic_load(elastic, s, values);
  PetscCall(VecRestoreArrayWrite(elastic->load, &values));
  PetscCall(VecGetArrayWrite(elastic->displacement, &values));
  for (int i = 0; i < 3 * mesh->n_owned; i++)
    values[i] = (elastic->held[i / 3] >> (i % 3)) & 1 ? 0 : w[i];
  PetscCall(VecRestoreArrayWrite(elastic->displacement, &values));
  PetscCall(solve(elastic));
  PetscCall(VecGetArrayRead(elastic->displacement, &solution));
  for (int i = 0; i < 3 * mesh->n_owned; i++)
    w[i] = (elastic->held[i / 3] >> (i % 3)) & 1 ? 0 : solution[i];
  PetscCall(VecRestoreArrayRead(elastic->displacement, &solution));
  PetscCall(hc_halo_begin(mesh, 3, w));
  PetscCall(hc_halo_end(mesh, 3, w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_elastic_iterations(const struct hc_elastic *elastic, int64_t *total, int64_t *solves, int64_t *most)
{
  *total = elastic->iterations;
  *solves = elastic->solves;
  *most = elastic->most;
}
