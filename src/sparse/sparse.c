/* Building the format, and a product with its halo. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- Rows and chunks --------------------------------------------------------------------------------------------- */

struct row_length {
  int row, length;
};

static int longer_first(const void *a, const void *b)
{
  const struct row_length *x = a, *y = b;
  return x->length != y->length ? (x->length < y->length) - (x->length > y->length) : x->row - y->row;
}

/* The row of every lane: windows of the mesh's order, sorted by length. */
static PetscErrorCode order_rows(const struct hc_pattern *pattern, struct hc_sparse *sparse)
{
  struct row_length *rows;
  const int n = pattern->n_rows;

  PetscFunctionBeginUser;
  sparse->n_chunks = (n + HC_CHUNK - 1) / HC_CHUNK;
  PetscCall(PetscMalloc1((size_t)sparse->n_chunks * HC_CHUNK, &sparse->row));
  PetscCall(PetscMalloc1(n, &rows));
  for (int i = 0; i < n; i++)
    rows[i] = (struct row_length){i, pattern->row[i + 1] - pattern->row[i] - 1};
  for (int first = 0; first < n; first += HC_WINDOW)
    qsort(rows + first, (size_t)PetscMin(HC_WINDOW, n - first), sizeof *rows, longer_first);
  for (int lane = 0; lane < sparse->n_chunks * HC_CHUNK; lane++)
    sparse->row[lane] = rows[PetscMin(lane, n - 1)].row;
  PetscCall(PetscFree(rows));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int chunk_width(const struct hc_pattern *pattern, const int *row)
{
  int width = 0;

  for (int l = 0; l < HC_CHUNK; l++)
    width = PetscMax(width, pattern->row[row[l] + 1] - pattern->row[row[l]] - 1);
  return width;
}

/* Entries of a row without the diagonal, as indices into the pattern, in file order of their columns. */
static int row_entries(const struct hc_mesh *mesh, const struct hc_pattern *pattern, int row, int *entry)
{
  int n = 0;

  for (int k = pattern->row[row]; k < pattern->row[row + 1]; k++) {
    int at = n;
    if (k == pattern->diagonal[row])
      continue;
    for (; at > 0 && mesh->file_node[pattern->col[entry[at - 1]]] > mesh->file_node[pattern->col[k]]; at--)
      entry[at] = entry[at - 1];
    entry[at] = k;
    n++;
  }
  return n;
}

static int longest_row(const struct hc_pattern *pattern)
{
  int longest = 1;

  for (int i = 0; i < pattern->n_rows; i++)
    longest = PetscMax(longest, pattern->row[i + 1] - pattern->row[i]);
  return longest;
}

static PetscErrorCode fill_columns(const struct hc_pattern *pattern, struct hc_sparse *sparse)
{
  int *entry;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(longest_row(pattern), &entry));
  for (int lane = 0; lane < sparse->n_chunks * HC_CHUNK; lane++) {
    const int c = lane / HC_CHUNK, row = sparse->row[lane];
    const int n = row_entries(sparse->mesh, pattern, row, entry);
    const int width = (int)((sparse->start[c + 1] - sparse->start[c]) / HC_CHUNK);
    for (int k = 0; k < width; k++)
      sparse->col[sparse->start[c] + k * HC_CHUNK + lane % HC_CHUNK] = k < n ? pattern->col[entry[k]] : row;
  }
  PetscCall(PetscFree(entry));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Chunks that read no halo node come first: they are summed while messages are on their way. */
static PetscErrorCode list_chunks(struct hc_sparse *sparse)
{
  const int n_owned = sparse->mesh->n_owned;
  int last = sparse->n_chunks;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(sparse->n_chunks, &sparse->list));
  for (int c = sparse->n_chunks - 1; c >= 0; c--) {
    bool halo = false;
    for (int64_t k = sparse->start[c]; k < sparse->start[c + 1]; k++)
      halo = halo || sparse->col[k] >= n_owned;
    if (halo)
      sparse->list[--last] = c;
  }
  sparse->n_interior = last;
  for (int c = 0, k = 0, boundary = last; c < sparse->n_chunks; c++) {
    if (boundary < sparse->n_chunks && sparse->list[boundary] == c)
      boundary++;
    else
      sparse->list[k++] = c;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode build(const struct hc_pattern *pattern, struct hc_sparse *sparse)
{
  PetscFunctionBeginUser;
  PetscCall(order_rows(pattern, sparse));
  PetscCall(PetscMalloc1(sparse->n_chunks + 1, &sparse->start));
  sparse->start[0] = 0;
  for (int c = 0; c < sparse->n_chunks; c++)
    sparse->start[c + 1] =
        sparse->start[c] + (int64_t)HC_CHUNK * chunk_width(pattern, sparse->row + (size_t)c * HC_CHUNK);
  sparse->entries = pattern->row[pattern->n_rows] - pattern->n_rows;
  PetscCall(PetscMalloc1((size_t)sparse->start[sparse->n_chunks], &sparse->col));
  PetscCall(fill_columns(pattern, sparse));
  PetscCall(list_chunks(sparse));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_sparse_create(const struct hc_mesh *mesh, const struct hc_pattern *pattern, struct hc_sparse **sparse)
{
  struct hc_sparse *made;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&made));
  made->mesh = mesh;
  code = build(pattern, made);
  if (code)
    hc_sparse_destroy(&made);
  PetscCall(code);
  *sparse = made;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_sparse_destroy(struct hc_sparse **sparse)
{
  struct hc_sparse *s = sparse ? *sparse : NULL;

  if (!s)
    return;
  (void)PetscFree(s->start);
  (void)PetscFree(s->row);
  (void)PetscFree(s->col);
  (void)PetscFree(s->list);
  (void)PetscFree(*sparse);
}

/* ---- Weights ----------------------------------------------------------------------------------------------------- */

PetscErrorCode hc_sparse_weights(const struct hc_sparse *sparse, const struct hc_pattern *pattern, double factor,
                                 const double *values, double **weights)
{
  const size_t vector = HC_CHUNK * sizeof(double), n = (size_t)sparse->start[sparse->n_chunks];
  int *entry;

  PetscFunctionBeginUser;
  *weights = aligned_alloc(vector, PetscMax(n * sizeof(double), vector));
  PetscCheck(*weights, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "no memory for a matrix of %zu entries on a rank", n);
  PetscCall(PetscMalloc1(longest_row(pattern), &entry));
  for (int lane = 0; lane < sparse->n_chunks * HC_CHUNK; lane++) {
    const int c = lane / HC_CHUNK, n_row = row_entries(sparse->mesh, pattern, sparse->row[lane], entry);
    const int width = (int)((sparse->start[c + 1] - sparse->start[c]) / HC_CHUNK);
    for (int k = 0; k < width; k++)
      (*weights)[sparse->start[c] + k * HC_CHUNK + lane % HC_CHUNK] = k < n_row ? factor * values[entry[k]] : 0;
  }
  PetscCall(PetscFree(entry));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_sparse_weights_destroy(double **weights)
{
  free(*weights);
  *weights = NULL;
}

/* ---- Product ----------------------------------------------------------------------------------------------------- */

PetscErrorCode hc_sparse_apply(const struct hc_sparse *sparse, const double *weights, double *x,
                               const struct hc_sparse_update *update)
{
  const int boundary = sparse->n_chunks - sparse->n_interior;

  PetscFunctionBeginUser;
  PetscCall(hc_halo_begin(sparse->mesh, 1, x));
  hc_sparse_chunks(sparse, weights, x, sparse->n_interior, sparse->list, update);
  PetscCall(hc_halo_end(sparse->mesh, 1, x));
  hc_sparse_chunks(sparse, weights, x, boundary, sparse->list + sparse->n_interior, update);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_sparse_cost(const struct hc_sparse *sparse, int n_terms, struct hc_sparse_cost *cost)
{
  const int64_t padded = sparse->start[sparse->n_chunks], rows = sparse->mesh->n_owned;

  *cost = (struct hc_sparse_cost){.entries = sparse->entries,
                                  .padded = padded,
                                  .bytes = padded * (int64_t)(sizeof(double) + sizeof(int)) +
                                           (int64_t)sizeof(double) * (sparse->mesh->n_local + rows * (2 + n_terms)) +
                                           (int64_t)sizeof(int) * rows,
                                  .interior_rows = PetscMin((int)rows, sparse->n_interior * HC_CHUNK)};
}
