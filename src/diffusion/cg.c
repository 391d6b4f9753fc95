#include "cg.h"

#include <math.h>

PetscErrorCode hc_cg_work_create(const struct hc_space *space, struct hc_cg_work *work)
{
  struct hc_vec *const all[] = {&work->rhs, &work->increment, &work->z, &work->p, &work->q};

  PetscFunctionBeginUser;
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
    PetscCall(hc_vec_create(space, all[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_cg_work_destroy(struct hc_cg_work *work)
{
  hc_vec_destroy(&work->rhs);
  hc_vec_destroy(&work->increment);
  hc_vec_destroy(&work->z);
  hc_vec_destroy(&work->p);
  hc_vec_destroy(&work->q);
}

/* The diagonal's inverse and the rows' sums: those of K vanish, so those of A are volume / dt. */
static PetscErrorCode diagonals(const struct hc_space *space, const struct hc_pattern *pattern, const double *values,
                                const double *volumes, struct hc_cg *cg)
{
  const struct hc_mesh *mesh = space->mesh;
  double sum = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(mesh->n_local, &cg->row_sum.host));
  PetscCall(PetscCalloc1(mesh->n_local, &cg->inverse.host));
  for (int i = 0; i < mesh->n_owned; i++) {
    const double diagonal = values[pattern->diagonal[i]];
    cg->row_sum.host[i] = volumes[i] / cg->dt;
    cg->inverse.host[i] = 1 / diagonal;
    sum += diagonal;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, mesh->comm));
  cg->unit = sqrt(sum);
  PetscCall(hc_vec_move(space, &cg->row_sum));
  PetscCall(hc_vec_move(space, &cg->inverse));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cg_create(const struct hc_space *space, const struct hc_pattern *pattern, const double *stiffness,
                            const double *volumes, const struct hc_diffusion_params *params, double theta, double dt,
                            struct hc_cg *cg)
{
  const size_t n = (size_t)pattern->row[pattern->n_rows];
  const double lumping = params->mass == HC_MASS_ADAPTED ? HC_MASS_CONSISTENT : params->mass;
  double *values;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  cg->dt = dt;
  cg->tolerance = params->tolerance;
  cg->max_iterations = params->max_iterations;
  PetscCall(PetscMalloc1(n, &values));
  code = hc_fe_mass(space->mesh, pattern, lumping, values);
  for (size_t k = 0; !code && k < n; k++)
    values[k] = values[k] / dt + theta * stiffness[k];
  if (!code)
    code = hc_sparse_weights(space->sparse, pattern, 1, values, &cg->matrix.host);
  if (!code)
    code = hc_weights_move(space, &cg->matrix);
  if (!code)
    code = diagonals(space, pattern, values, volumes, cg);
  PetscCall(PetscFree(values));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_cg_destroy(struct hc_cg *cg)
{
  hc_weights_destroy(&cg->matrix);
  hc_vec_destroy(&cg->row_sum);
  hc_vec_destroy(&cg->inverse);
}

/* z = D^-1 r and r . z. */
static PetscErrorCode precondition(const struct hc_space *space, const struct hc_cg *cg, const struct hc_cg_work *work,
                                   double *product)
{
  PetscFunctionBeginUser;
  hc_vec_multiply(space, cg->inverse, work->rhs, work->z);
  PetscCall(hc_vec_dot(space, work->rhs, work->z, product));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cg_solve(const struct hc_space *space, struct hc_cg *cg, struct hc_cg_work *work)
{
  const struct hc_vec none = {0};
  const double limit = cg->tolerance * cg->unit;
  double rz, pq, next;
  int64_t iterations = 0;

  PetscFunctionBeginUser;
  PetscCall(precondition(space, cg, work, &rz));
  hc_vec_combine(space, 1, (double[]){0}, &work->rhs, work->increment);
  hc_vec_copy(space, work->z, work->p);
  for (; sqrt(rz) > limit && iterations < cg->max_iterations; iterations++) {
    PetscCall(hc_vec_product(space, &cg->matrix, work->p, 1, none, cg->row_sum, 0, NULL, NULL, work->q));
    PetscCall(hc_vec_dot(space, work->p, work->q, &pq));
    if (!(pq > 0)) /* a NaN, or a matrix that is not positive definite */
      break;
    hc_vec_combine(space, 2, (double[]){1, rz / pq}, (struct hc_vec[]){work->increment, work->p}, work->increment);
    hc_vec_combine(space, 2, (double[]){1, -rz / pq}, (struct hc_vec[]){work->rhs, work->q}, work->rhs);
    PetscCall(precondition(space, cg, work, &next));
    hc_vec_combine(space, 2, (double[]){1, next / rz}, (struct hc_vec[]){work->z, work->p}, work->p);
    rz = next;
  }
  cg->iterations += iterations;
  cg->solves++;
  cg->largest = PetscMax(cg->largest, iterations);
  PetscCheck(sqrt(rz) <= limit, PETSC_COMM_SELF, HC_ERR_NUMERIC,
             "diffusion: the solver gave up after %d iterations at a residual of %.3g mV", (int)iterations,
             sqrt(rz) / cg->unit);
  PetscFunctionReturn(PETSC_SUCCESS);
}
