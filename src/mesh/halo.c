#include "internal.h"

#include <limits.h>
#include <string.h>

enum { TAG = 7 }; /* one exchange at a time and messages between two ranks keep their order */

/* Neighbours and starts from a count for each rank. */
static PetscErrorCode neighbours(int size, const int *count, int *n, int **rank, int **start)
{
  PetscFunctionBeginUser;
  *n = 0;
  for (int r = 0; r < size; r++)
    *n += count[r] > 0;
  PetscCall(PetscMalloc1(*n, rank));
  PetscCall(PetscMalloc1(*n + 1, start));
  (*start)[0] = 0;
  for (int r = 0, k = 0; r < size; r++) {
    if (count[r] > 0) {
      (*rank)[k] = r;
      (*start)[k + 1] = (*start)[k] + count[r];
      k++;
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_halo_create(MPI_Comm comm, const int64_t *start, int n_owned, int n_ghosts, const int64_t *number,
                              struct hc_halo **halo)
{
  struct hc_halo *h;
  struct hc_exchange *request;
  int rank, size, *counts;
  int64_t *wanted;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(PetscCalloc1(size, &counts));
  for (int i = 0; i < n_ghosts; i++)
    counts[hc_start_rank(start, size, number[i])]++;
  PetscCall(hc_exchange_create(comm, counts, &request));
  PetscCall(PetscNew(&h));
  PetscCall(neighbours(size, request->n_send, &h->n_recv, &h->recv_rank, &h->recv_start));
  PetscCall(neighbours(size, request->n_recv, &h->n_send, &h->send_rank, &h->send_start));
  const int n = h->send_start[h->n_send];
  PetscCall(PetscMalloc1(n, &wanted));
  PetscCall(hc_exchange_forward(request, sizeof *wanted, number, wanted));
  PetscCall(PetscMalloc1(n, &h->send_node));
  for (int i = 0; i < n; i++) {
    h->send_node[i] = (int)(wanted[i] - start[rank]);
    PetscAssert(h->send_node[i] >= 0 && h->send_node[i] < n_owned, PETSC_COMM_SELF, PETSC_ERR_PLIB,
                "a halo asks for a node that this rank does not own");
  }
  (void)n_owned;
  PetscCall(PetscMalloc1(h->n_send + h->n_recv, &h->request));
  PetscCall(PetscFree(wanted));
  PetscCall(PetscFree(counts));
  hc_exchange_destroy(&request);
  *halo = h;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_halo_destroy(struct hc_halo **halo)
{
  struct hc_halo *h = *halo;
  if (!h)
    return;
  (void)PetscFree(h->send_rank);
  (void)PetscFree(h->recv_rank);
  (void)PetscFree(h->send_start);
  (void)PetscFree(h->recv_start);
  (void)PetscFree(h->send_node);
  (void)PetscFree(h->request);
  (void)PetscFree(h->buffer);
  (void)PetscFree(*halo);
}

static PetscErrorCode reserve(struct hc_halo *h, size_t bytes)
{
  PetscFunctionBeginUser;
  if (bytes > h->buffer_bytes) {
    PetscCall(PetscFree(h->buffer));
    PetscCall(PetscMalloc1(bytes, &h->buffer));
    h->buffer_bytes = bytes;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode message_bytes(int nodes, size_t bytes, int *count)
{
  PetscFunctionBeginUser;
  PetscCheck((size_t)nodes * bytes <= INT_MAX, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "halo exchange: a message of %d nodes of %zu bytes is too large; use more ranks", nodes, bytes);
  *count = (int)((size_t)nodes * bytes);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void pack(const struct hc_halo *h, size_t bytes, const char *values)
{
  const int n = h->send_start[h->n_send];
  if (bytes == sizeof(double)) { /* the solver's case */
    for (int i = 0; i < n; i++)
      memcpy(h->buffer + (size_t)i * sizeof(double), values + (size_t)h->send_node[i] * sizeof(double), sizeof(double));
  } else {
    for (int i = 0; i < n; i++)
      memcpy(h->buffer + (size_t)i * bytes, values + (size_t)h->send_node[i] * bytes, bytes);
  }
}

static PetscErrorCode begin(const struct hc_mesh *mesh, size_t bytes, void *values)
{
  struct hc_halo *h = mesh->halo;
  char *const ghosts = (char *)values + (size_t)mesh->n_owned * bytes;
  int count = 0;

  PetscFunctionBeginUser;
  PetscCheck(!h->pending, PETSC_COMM_SELF, PETSC_ERR_ORDER,
             "hc_halo_begin() before hc_halo_end() of the last exchange");
  PetscCall(reserve(h, (size_t)h->send_start[h->n_send] * bytes));
  for (int k = 0; k < h->n_recv; k++) {
    PetscCall(message_bytes(h->recv_start[k + 1] - h->recv_start[k], bytes, &count));
    PetscCallMPI(MPI_Irecv(ghosts + (size_t)h->recv_start[k] * bytes, count, MPI_BYTE, h->recv_rank[k], TAG, mesh->comm,
                           &h->request[k]));
  }
  pack(h, bytes, (const char *)values);
  for (int k = 0; k < h->n_send; k++) {
    PetscCall(message_bytes(h->send_start[k + 1] - h->send_start[k], bytes, &count));
    PetscCallMPI(MPI_Isend(h->buffer + (size_t)h->send_start[k] * bytes, count, MPI_BYTE, h->send_rank[k], TAG,
                           mesh->comm, &h->request[h->n_recv + k]));
  }
  h->pending = values;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode end(const struct hc_mesh *mesh, const void *values)
{
  struct hc_halo *h = mesh->halo;

  PetscFunctionBeginUser;
  PetscCheck(h->pending == values, PETSC_COMM_SELF, PETSC_ERR_ORDER,
             "hc_halo_end() with other values than hc_halo_begin()");
  PetscCallMPI(MPI_Waitall(h->n_recv + h->n_send, h->request, MPI_STATUSES_IGNORE));
  h->pending = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_halo_update(const struct hc_mesh *mesh, size_t bytes, void *values)
{
  PetscFunctionBeginUser;
  PetscCall(begin(mesh, bytes, values));
  PetscCall(end(mesh, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_halo_begin(const struct hc_mesh *mesh, int n_comp, double *values)
{
  PetscFunctionBeginUser;
  PetscCall(begin(mesh, (size_t)n_comp * sizeof *values, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_halo_end(const struct hc_mesh *mesh, int n_comp, double *values)
{
  PetscFunctionBeginUser;
  (void)n_comp;
  PetscCall(end(mesh, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

struct hc_halo_lists hc_halo_lists_of(const struct hc_mesh *mesh)
{
  const struct hc_halo *h = mesh->halo;

  return (struct hc_halo_lists){.n_send = h->n_send,
                                .n_recv = h->n_recv,
                                .send_rank = h->send_rank,
                                .recv_rank = h->recv_rank,
                                .send_start = h->send_start,
                                .recv_start = h->recv_start,
                                .send_node = h->send_node};
}
