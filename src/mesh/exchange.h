/* All-to-all of items of any size, planned once and run any number of times in both directions. */
#ifndef HC_EXCHANGE_H
#define HC_EXCHANGE_H

#include "base.h"

struct hc_exchange {
  MPI_Comm comm; /* borrowed */
  int size;
  int *n_send, *n_recv;         /* size: items for and from each rank */
  int *send_start, *recv_start; /* size + 1: items lie rank by rank */
};

/* Plan from the number of items for each rank. HC_ERR_ENVIRONMENT if a rank would hold 2^31 items or more.
 * Collective. */
PetscErrorCode hc_exchange_create(MPI_Comm comm, const int *n_send, struct hc_exchange **exchange);
void hc_exchange_destroy(struct hc_exchange **exchange);

/* Items of `bytes` bytes from senders to receivers, or the other way. Collective. */
PetscErrorCode hc_exchange_forward(const struct hc_exchange *exchange, size_t bytes, const void *send, void *recv);
PetscErrorCode hc_exchange_back(const struct hc_exchange *exchange, size_t bytes, const void *recv, void *send);

/* Order n items by their destination (stable): counts[size] per rank, list[n] the items rank by rank. */
void hc_exchange_order(int size, int n, const int32_t *destination, int *counts, int *list);

/* The rank that holds thing i of n in the distribution of hc_slab_start(). */
int hc_slab_rank(int64_t n, int64_t i, int size);

/* The rank r with start[r] <= i < start[r + 1] of size ranks. */
int hc_start_rank(const int64_t *start, int size, int64_t i);

/* Contiguous ranges, ascending with the rank, of things first, ..., first + n - 1 of this rank, into the slabs of a
 * numbering of `total`: out (this rank's slab) is set where ranges of any rank meet it. `base` is the first number of
 * all ranges, the same on all ranks. Collective. */
PetscErrorCode hc_exchange_reslab(MPI_Comm comm, int64_t total, int64_t base, int64_t first, int n, size_t bytes,
                                  const void *in, void *out);

#endif
