#include "exchange.h"

#include "mesh.h"

#include <limits.h>
#include <string.h>

static PetscErrorCode starts(int size, const int *count, int *start)
{
  int64_t sum = 0;

  PetscFunctionBeginUser;
  for (int r = 0; r < size; r++) {
    start[r] = (int)sum;
    sum += count[r];
    PetscCheck(sum < INT_MAX, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
               "the mesh is too large for %d ranks: one would hold more than 2147483646 things; use more ranks", size);
  }
  start[size] = (int)sum;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode both_starts(struct hc_exchange *e)
{
  PetscFunctionBeginUser;
  PetscCall(starts(e->size, e->n_send, e->send_start));
  PetscCall(starts(e->size, e->n_recv, e->recv_start));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_exchange_create(MPI_Comm comm, const int *n_send, struct hc_exchange **exchange)
{
  struct hc_exchange *e;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&e));
  e->comm = comm;
  PetscCallMPI(MPI_Comm_size(comm, &e->size));
  PetscCall(PetscMalloc1(e->size, &e->n_send));
  PetscCall(PetscMalloc1(e->size, &e->n_recv));
  PetscCall(PetscMalloc1(e->size + 1, &e->send_start));
  PetscCall(PetscMalloc1(e->size + 1, &e->recv_start));
  PetscCall(PetscArraycpy(e->n_send, n_send, e->size));
  PetscCallMPI(MPI_Alltoall(e->n_send, 1, MPI_INT, e->n_recv, 1, MPI_INT, comm));
  PetscCall(hc_error_agree(comm, both_starts(e)));
  *exchange = e;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_exchange_destroy(struct hc_exchange **exchange)
{
  struct hc_exchange *e = *exchange;
  if (!e)
    return;
  (void)PetscFree(e->n_send);
  (void)PetscFree(e->n_recv);
  (void)PetscFree(e->send_start);
  (void)PetscFree(e->recv_start);
  (void)PetscFree(*exchange);
}

/* MPI counts items, not bytes: a rank's share may pass 2^31 bytes. */
PetscErrorCode hc_exchange_forward(const struct hc_exchange *e, size_t bytes, const void *send, void *recv)
{
  MPI_Datatype item;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Type_contiguous((int)bytes, MPI_BYTE, &item));
  PetscCallMPI(MPI_Type_commit(&item));
  PetscCallMPI(MPI_Alltoallv(send, e->n_send, e->send_start, item, recv, e->n_recv, e->recv_start, item, e->comm));
  PetscCallMPI(MPI_Type_free(&item));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_exchange_back(const struct hc_exchange *e, size_t bytes, const void *recv, void *send)
{
  MPI_Datatype item;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Type_contiguous((int)bytes, MPI_BYTE, &item));
  PetscCallMPI(MPI_Type_commit(&item));
  PetscCallMPI(MPI_Alltoallv(recv, e->n_recv, e->recv_start, item, send, e->n_send, e->send_start, item, e->comm));
  PetscCallMPI(MPI_Type_free(&item));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_exchange_order(int size, int n, const int32_t *destination, int *counts, int *list)
{
  int sum = 0;

  memset(counts, 0, (size_t)size * sizeof *counts);
  for (int i = 0; i < n; i++)
    counts[destination[i]]++;
  for (int r = 0; r < size; r++) { /* counts -> starts */
    const int count = counts[r];
    counts[r] = sum;
    sum += count;
  }
  for (int i = 0; i < n; i++)
    list[counts[destination[i]]++] = i;
  for (int r = size - 1; r > 0; r--) /* ends -> counts */
    counts[r] -= counts[r - 1];
}

int hc_slab_rank(int64_t n, int64_t i, int size)
{
  int rank = (int)((double)i / (double)n * size);
  if (rank >= size)
    rank = size - 1;
  while (hc_slab_start(n, rank, size) > i)
    rank--;
  while (hc_slab_start(n, rank + 1, size) <= i)
    rank++;
  return rank;
}

int hc_start_rank(const int64_t *start, int size, int64_t i)
{
  int low = 0, high = size;
  while (high - low > 1) {
    const int middle = low + (high - low) / 2;
    if (start[middle] <= i)
      low = middle;
    else
      high = middle;
  }
  return low;
}

PetscErrorCode hc_exchange_reslab(MPI_Comm comm, int64_t total, int64_t base, int64_t first, int n, size_t bytes,
                                  const void *in, void *out)
{
  struct hc_exchange *e;
  int rank, size, *counts;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(PetscCalloc1(size, &counts));
  for (int64_t i = first; i < first + n;) {
    const int to = hc_slab_rank(total, i, size);
    const int64_t end = PetscMin(first + n, hc_slab_start(total, to + 1, size));
    counts[to] = (int)(end - i);
    i = end;
  }
  PetscCall(hc_exchange_create(comm, counts, &e));
  const int64_t start = hc_slab_start(total, rank, size);
  const int64_t skip = base > start ? base - start : 0; /* things of the slab before all ranges */
  PetscCall(hc_exchange_forward(e, bytes, in, e->recv_start[size] > 0 ? (char *)out + (size_t)skip * bytes : NULL));
  hc_exchange_destroy(&e);
  PetscCall(PetscFree(counts));
  PetscFunctionReturn(PETSC_SUCCESS);
}
