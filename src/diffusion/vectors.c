#include "vectors.h"

#include "kernels/blocks.h"

#include <string.h>

enum { PARTIAL_SUMS = 256 }; /* the same everywhere, so that sums have one order */

PetscErrorCode hc_space_create(const struct hc_mesh *mesh, const struct hc_pattern *pattern, struct hc_device *device,
                               struct hc_space *space)
{
  static const char text[] = "tissue.h";

  PetscFunctionBeginUser;
  space->mesh = mesh;
  space->device = device;
  PetscCall(hc_sparse_create(mesh, pattern, &space->sparse));
  if (!device)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(hc_sparse_device_create(space->sparse, device, &space->moved));
  PetscCall(hc_device_kernel(device, text, "combine", &space->combine));
  PetscCall(hc_device_kernel(device, text, "multiply", &space->multiply));
  PetscCall(hc_device_kernel(device, text, "sum_products", &space->dot));
  PetscCall(hc_device_kernel(device, text, "sum_up", &space->sum_up));
  PetscCall(hc_buffer_create(device, (PARTIAL_SUMS + 1) * sizeof(double), &space->partial));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_space_destroy(struct hc_space *space)
{
  hc_buffer_destroy(&space->partial);
  hc_sparse_device_destroy(&space->moved);
  hc_sparse_destroy(&space->sparse);
}

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

PetscErrorCode hc_vec_create(const struct hc_space *space, struct hc_vec *vec)
{
  PetscFunctionBeginUser;
  *vec = (struct hc_vec){0};
  PetscCall(PetscCalloc1(space->mesh->n_local, &vec->host));
  PetscCall(hc_vec_move(space, vec));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_vec_destroy(struct hc_vec *vec)
{
  (void)PetscFree(vec->host);
  hc_buffer_destroy(&vec->device);
}

PetscErrorCode hc_vec_move(const struct hc_space *space, struct hc_vec *vec)
{
  PetscFunctionBeginUser;
  if (!space->device || !vec->host)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(hc_buffer_of_reals(space->device, hc_device_wide(space->device), (size_t)space->mesh->n_local, vec->host,
                               &vec->device));
  PetscCall(PetscFree(vec->host));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_weights_move(const struct hc_space *space, struct hc_weights *weights)
{
  PetscFunctionBeginUser;
  if (!space->device || !weights->host)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(hc_sparse_device_weights(space->moved, weights->host, &weights->device));
  hc_sparse_weights_destroy(&weights->host);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_weights_destroy(struct hc_weights *weights)
{
  hc_sparse_weights_destroy(&weights->host);
  hc_buffer_destroy(&weights->device);
}

/* ---- Operations -------------------------------------------------------------------------------------------------- */

void hc_vec_copy(const struct hc_space *space, struct hc_vec from, struct hc_vec to)
{
  const size_t n = (size_t)space->mesh->n_owned;

  if (from.device)
    hc_buffer_copy(from.device, 0, to.device, 0, n * hc_device_wide(space->device));
  else
    memcpy(to.host, from.host, n * sizeof(double));
}

void hc_vec_combine(const struct hc_space *space, int n, const double *coefficient, const struct hc_vec *term,
                    struct hc_vec out)
{
  if (out.device) {
    struct hc_combine_block block = {.n_terms = n, .n = space->mesh->n_owned};
    memcpy(block.coefficient, coefficient, (size_t)n * sizeof(double));
    const struct hc_arg arguments[] = {HC_BLOCK_ARG(block), HC_BUFFER_ARG(out.device), HC_BUFFER_ARG(term[0].device),
                                       HC_BUFFER_ARG(n > 1 ? term[1].device : NULL),
                                       HC_BUFFER_ARG(n > 2 ? term[2].device : NULL)};
    hc_kernel_launch(space->combine, HC_QUEUE_MAIN, (size_t)block.n, 5, arguments);
    return;
  }
  for (int i = 0; i < space->mesh->n_owned; i++) {
    double sum = coefficient[0] * term[0].host[i];
    for (int t = 1; t < n; t++)
      sum += coefficient[t] * term[t].host[i];
    out.host[i] = sum;
  }
}

PetscErrorCode hc_vec_product(const struct hc_space *space, const struct hc_weights *weights, struct hc_vec x,
                              double factor, struct hc_vec scale, struct hc_vec diagonal, int n,
                              const double *coefficient, const struct hc_vec *term, struct hc_vec out)
{
  PetscFunctionBeginUser;
  if (x.device) {
    struct hc_sparse_device_update update = {
        .out = out.device, .factor = factor, .scale = scale.device, .diagonal = diagonal.device, .n_terms = n};
    for (int t = 0; t < n; t++) {
      update.coefficient[t] = coefficient[t];
      update.term[t] = term[t].device;
    }
    PetscCall(hc_sparse_device_apply(space->moved, weights->device, x.device, &update));
  } else {
    struct hc_sparse_update update = {.out = out.host, .factor = factor, .scale = scale.host, .n_terms = n};
    for (int t = 0; t < n; t++) {
      update.coefficient[t] = coefficient[t];
      update.term[t] = term[t].host;
    }
    PetscCall(hc_sparse_apply(space->sparse, weights->host, x.host, &update));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_vec_dot(const struct hc_space *space, struct hc_vec a, struct hc_vec b, double *sum)
{
  const int n = space->mesh->n_owned, n_threads = PARTIAL_SUMS * HC_GROUP, n_partial = PARTIAL_SUMS;
  const struct hc_arg first[] = {HC_VALUE_ARG(n), HC_VALUE_ARG(n_threads), HC_BUFFER_ARG(a.device),
                                 HC_BUFFER_ARG(b.device), HC_BUFFER_ARG(space->partial)};
  const struct hc_arg second[] = {HC_VALUE_ARG(n_partial), HC_BUFFER_ARG(space->partial), HC_VALUE_ARG(n_partial),
                                  HC_BUFFER_ARG(space->partial)};

  PetscFunctionBeginUser;
  *sum = 0;
  hc_kernel_launch(space->dot, HC_QUEUE_MAIN, (size_t)n_threads, 5, first);
  hc_kernel_launch(space->sum_up, HC_QUEUE_MAIN, HC_GROUP, 4, second);
  hc_buffer_read(space->partial, PARTIAL_SUMS * sizeof(double), sizeof(double), sum);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 1, MPI_DOUBLE, MPI_SUM, space->mesh->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_vec_multiply(const struct hc_space *space, struct hc_vec a, struct hc_vec b, struct hc_vec out)
{
  const int n = space->mesh->n_owned;
  const struct hc_arg arguments[] = {HC_VALUE_ARG(n), HC_BUFFER_ARG(a.device), HC_BUFFER_ARG(b.device),
                                     HC_BUFFER_ARG(out.device)};

  hc_kernel_launch(space->multiply, HC_QUEUE_MAIN, (size_t)n, 4, arguments);
}
