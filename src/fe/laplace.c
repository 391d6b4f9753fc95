/* Laplace problems with values given at nodes. */
#include "fe.h"

#include <petscksp.h>
#include <string.h>

/* Root of i in a union-find forest, halving the path. */
static int root_of(int *parent, int i)
{
  while (parent[i] != i) {
    parent[i] = parent[parent[i]];
    i = parent[i];
  }
  return i;
}

/* Connected parts of the owned nodes of this rank, named by their lowest node. */
static void local_parts(const struct hc_pattern *pattern, int *parent)
{
  for (int i = 0; i < pattern->n_rows; i++)
    parent[i] = i;
  for (int i = 0; i < pattern->n_rows; i++)
    for (int k = pattern->row[i]; k < pattern->row[i + 1]; k++) {
      if (pattern->col[k] >= pattern->n_rows)
        continue;
      const int a = root_of(parent, i), b = root_of(parent, pattern->col[k]);
      if (a < b)
        parent[b] = a;
      else
        parent[a] = b;
    }
  for (int i = 0; i < pattern->n_rows; i++)
    parent[i] = root_of(parent, i);
}

/* Spread `reached` (0 or 1, owned and halo) through this rank's parts; returns how many owned nodes are reached. */
static int64_t spread(const struct hc_pattern *pattern, const int *part, double *reached)
{
  int64_t count = 0;

  for (int i = 0; i < pattern->n_rows; i++)
    for (int k = pattern->row[i]; k < pattern->row[i + 1]; k++)
      if (reached[pattern->col[k]] > 0.)
        reached[part[i]] = 1.;
  for (int i = 0; i < pattern->n_rows; i++) {
    reached[i] = reached[part[i]];
    count += reached[i] > 0.;
  }
  return count;
}

/* Every node must hang together with a node of known value, else the problem has no unique solution. */
static PetscErrorCode check_reached(const struct hc_mesh *mesh, const struct hc_pattern *pattern, const bool *fixed)
{
  int64_t count = 0, before, lowest = INT64_MAX;
  double *reached;
  int *part;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1((size_t)mesh->n_local, &reached));
  PetscCall(PetscMalloc1((size_t)mesh->n_owned, &part));
  local_parts(pattern, part);
  for (int i = 0; i < mesh->n_owned; i++)
    reached[i] = fixed[i];
  do {
    before = count;
    PetscCall(hc_halo_begin(mesh, 1, reached));
    PetscCall(hc_halo_end(mesh, 1, reached));
    count = spread(pattern, part, reached);
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &count, 1, MPI_INT64_T, MPI_SUM, mesh->comm));
  } while (count > before && count < mesh->n_nodes);
  for (int i = 0; i < mesh->n_owned; i++)
    if (reached[i] <= 0. && mesh->file_node[i] < lowest)
      lowest = mesh->file_node[i];
  PetscCall(PetscFree(part));
  PetscCall(PetscFree(reached));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &lowest, 1, MPI_INT64_T, MPI_MIN, mesh->comm));
  PetscCheck(lowest == INT64_MAX, PETSC_COMM_SELF, HC_ERR_INPUT,
             "Laplace problem: the part of the mesh with node %" PRId64 " has no node of given value (%" PRId64
             " of %" PRId64 " nodes are connected to one)",
             lowest, count, mesh->n_nodes);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Eliminate the given values, keeping the matrix symmetric: rows and columns of fixed nodes keep their diagonal only,
 * what the columns carried goes to the right-hand side. known: n_local, 1 where fixed. */
static void eliminate(const struct hc_pattern *pattern, const double *known, const double *u, double *values,
                      PetscScalar *rhs)
{
  for (int i = 0; i < pattern->n_rows; i++) {
    const bool own = known[i] > 0.;
    rhs[i] = own ? values[pattern->diagonal[i]] * u[i] : 0.;
    for (int k = pattern->row[i]; k < pattern->row[i + 1]; k++) {
      const int j = pattern->col[k];
      if (k == pattern->diagonal[i] || (!own && known[j] <= 0.))
        continue;
      if (!own)
        rhs[i] -= values[k] * u[j];
      values[k] = 0.;
    }
  }
}

static PetscErrorCode solve(Mat mat, Vec rhs, Vec x)
{
  KSP ksp;
  PC pc;
  KSPConvergedReason reason;
  PetscReal residual;
  PetscInt iterations;

  PetscFunctionBeginUser;
  PetscCall(KSPCreate(PetscObjectComm((PetscObject)mat), &ksp));
  PetscCall(KSPSetOptionsPrefix(ksp, "laplace_"));
  PetscCall(KSPSetOperators(ksp, mat, mat));
  PetscCall(KSPSetType(ksp, KSPCG));
  PetscCall(KSPSetNormType(ksp, KSP_NORM_UNPRECONDITIONED));
  PetscCall(KSPGetPC(ksp, &pc));
  PetscCall(PCSetType(pc, PCGAMG));
  PetscCall(KSPSetTolerances(ksp, 1e-10, PETSC_DEFAULT, PETSC_DEFAULT, 1000));
  PetscCall(KSPSetInitialGuessNonzero(ksp, PETSC_TRUE));
  PetscCall(KSPSetFromOptions(ksp));
  PetscCall(KSPSolve(ksp, rhs, x));
  PetscCall(KSPGetConvergedReason(ksp, &reason));
  PetscCall(KSPGetResidualNorm(ksp, &residual));
  PetscCall(KSPGetIterationNumber(ksp, &iterations));
  PetscCall(KSPDestroy(&ksp));
  PetscCheck(reason > 0, PETSC_COMM_SELF, HC_ERR_NUMERIC,
             "Laplace problem: no convergence after %d iterations (%s, residual %.6g); see the options -laplace_ksp_*",
             (int)iterations, KSPConvergedReasons[reason], (double)residual);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The eliminated system as PETSc objects. x holds the given values already. */
struct system {
  Mat mat;
  Vec rhs, x;
};

static PetscErrorCode system_create(const struct hc_mesh *mesh, const struct hc_pattern *pattern,
                                    const double *stiffness, const double *known, const double *u, struct system *s)
{
  const size_t n = (size_t)pattern->row[pattern->n_rows];
  double *values;
  PetscScalar *b, *start;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(VecCreateMPI(mesh->comm, mesh->n_owned, (PetscInt)mesh->n_nodes, &s->rhs));
  PetscCall(VecDuplicate(s->rhs, &s->x));
  PetscCall(PetscMalloc1(n, &values));
  memcpy(values, stiffness, n * sizeof(*values));
  PetscCall(VecGetArray(s->rhs, &b));
  eliminate(pattern, known, u, values, b);
  PetscCall(VecRestoreArray(s->rhs, &b));
  PetscCall(VecGetArray(s->x, &start));
  for (int i = 0; i < mesh->n_owned; i++)
    start[i] = known[i] > 0. ? u[i] : 0.;
  PetscCall(VecRestoreArray(s->x, &start));
  code = hc_fe_mat_create(mesh, pattern, values, &s->mat);
  PetscCall(PetscFree(values));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode system_destroy(struct system *s)
{
  PetscFunctionBeginUser;
  PetscCall(MatDestroy(&s->mat));
  PetscCall(VecDestroy(&s->rhs));
  PetscCall(VecDestroy(&s->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* known: n_local, 1 where fixed. u: given values, halo up to date; the solution of owned nodes on return. */
static PetscErrorCode solve_known(const struct hc_mesh *mesh, const struct hc_pattern *pattern, const double *stiffness,
                                  const double *known, double *u)
{
  struct system s = {0};
  const PetscScalar *solution;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  code = system_create(mesh, pattern, stiffness, known, u, &s);
  if (!code)
    code = solve(s.mat, s.rhs, s.x);
  if (code)
    PetscCall(system_destroy(&s));
  PetscCall(code);
  PetscCall(VecGetArrayRead(s.x, &solution));
  for (int i = 0; i < mesh->n_owned; i++)
    if (known[i] <= 0.) /* given values stay as they are, to the last bit */
      u[i] = solution[i];
  PetscCall(VecRestoreArrayRead(s.x, &solution));
  PetscCall(system_destroy(&s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_fe_laplace(const struct hc_mesh *mesh, const struct hc_pattern *pattern, const double *stiffness,
                             const bool *fixed, double *u)
{
  double *known;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(check_reached(mesh, pattern, fixed));
  PetscCall(PetscCalloc1((size_t)mesh->n_local, &known));
  for (int i = 0; i < mesh->n_owned; i++)
    known[i] = fixed[i];
  PetscCall(hc_halo_begin(mesh, 1, known));
  PetscCall(hc_halo_end(mesh, 1, known));
  PetscCall(hc_halo_begin(mesh, 1, u));
  PetscCall(hc_halo_end(mesh, 1, u));
  code = solve_known(mesh, pattern, stiffness, known, u);
  PetscCall(PetscFree(known));
  PetscCall(code);
  PetscCall(hc_halo_begin(mesh, 1, u));
  PetscCall(hc_halo_end(mesh, 1, u));
  PetscFunctionReturn(PETSC_SUCCESS);
}
