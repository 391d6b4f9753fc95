/* Shared by the files of sparse only. */
#ifndef HC_SPARSE_INTERNAL_H
#define HC_SPARSE_INTERNAL_H

#include "kernels/blocks.h"
#include "sparse.h"

enum {
  HC_CHUNK = HC_SPARSE_CHUNK,
  HC_WINDOW = 128 /* rows that are sorted by length: near enough to stay in the first cache */
};

struct hc_sparse {
  const struct hc_mesh *mesh; /* borrowed */
  int n_chunks;
  int64_t *start;  /* n_chunks + 1: first entry of each chunk, a multiple of HC_CHUNK */
  int *row;        /* n_chunks * HC_CHUNK: the row of each lane; lanes beyond the last row repeat a row */
  int *col;        /* [chunk][k][lane]; padding repeats the row itself, with weight 0 */
  int *list;       /* the chunks: those without halo neighbours, then the others */
  int n_interior;  /* of the list */
  int64_t entries; /* without padding */
};

/* The sums and the update of chunks list[0..n). Vectorised. */
void hc_sparse_chunks(const struct hc_sparse *sparse, const double *weights, const double *x, int n, const int *list,
                      const struct hc_sparse_update *update);

#endif
