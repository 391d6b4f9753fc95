/* The inner loops: compiled for the instruction set of the kernels. */
#include "internal.h"

/* Vectors of the compiler: gcc turns loops over lanes with an indirect load into scalar code (1.6 times slower). */
typedef double lanes __attribute__((vector_size(HC_CHUNK * sizeof(double)), may_alias));

static inline lanes gather(const double *x, const int *index)
{
  lanes values = {0};
  for (int l = 0; l < HC_CHUNK; l++)
    values[l] = x[index[l]];
  return values;
}

static inline lanes load(const double *x)
{
  return *(const lanes *)x;
}

static inline void chunk(const struct hc_sparse *sparse, const double *restrict weights, const double *restrict x,
                         int c, const struct hc_sparse_update *update)
{
  const int *restrict row = sparse->row + (size_t)c * HC_CHUNK;
  const lanes own = gather(x, row);
  lanes sum = {0};

  for (int64_t k = sparse->start[c]; k < sparse->start[c + 1]; k += HC_CHUNK)
    sum += load(weights + k) * (gather(x, sparse->col + k) - own);
  sum *= update->factor;
  if (update->scale)
    sum *= gather(update->scale, row);
  for (int t = 0; t < update->n_terms; t++)
    sum += update->coefficient[t] * gather(update->term[t], row);
  for (int l = 0; l < HC_CHUNK; l++)
    update->out[row[l]] = sum[l];
}

void hc_sparse_chunks(const struct hc_sparse *sparse, const double *weights, const double *x, int n, const int *list,
                      const struct hc_sparse_update *update)
{
#pragma omp parallel for schedule(static) num_threads(hc_threads()) if (hc_threads() > 1)
  for (int i = 0; i < n; i++)
    chunk(sparse, weights, x, list[i], update);
}
