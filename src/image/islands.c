/* Connected parts, by runs of voxels along x: few beside the voxels. */
#include "internal.h"

struct runs {
  int64_t n;
  int64_t *row; /* first run of each row (j, k), and n */
  int *start, *end;
  int64_t *root;   /* a run of the same part, the first of all in the end */
  int64_t *voxels; /* of the part, at its root */
};

/* Runs of one row: counted, and written if `start` is not NULL. */
static int64_t row_runs(int n, const uint8_t *kind, int *start, int *end)
{
  int64_t runs = 0;

  for (int i = 0; i < n; i++) {
    if (!hc_is_tissue(kind[i]))
      continue;
    const int first = i;
    while (i < n && hc_is_tissue(kind[i]))
      i++;
    if (start) {
      start[runs] = first;
      end[runs] = i;
    }
    runs++;
  }
  return runs;
}

static PetscErrorCode find_runs(const int n[3], const uint8_t *kind, struct runs *r)
{
  const int64_t rows = (int64_t)n[1] * n[2];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(rows + 1, &r->row));
  r->row[0] = 0;
  for (int64_t row = 0; row < rows; row++)
    r->row[row + 1] = r->row[row] + row_runs(n[0], kind + row * n[0], NULL, NULL);
  r->n = r->row[rows];
  PetscCall(PetscMalloc1(r->n, &r->start));
  PetscCall(PetscMalloc1(r->n, &r->end));
  PetscCall(PetscMalloc1(r->n, &r->root));
  PetscCall(PetscCalloc1(r->n, &r->voxels));
  for (int64_t row = 0; row < rows; row++)
    row_runs(n[0], kind + row * n[0], r->start + r->row[row], r->end + r->row[row]);
  for (int64_t i = 0; i < r->n; i++)
    r->root[i] = i;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int64_t root_of(struct runs *r, int64_t run)
{
  while (r->root[run] != run)
    run = r->root[run] = r->root[r->root[run]];
  return run;
}

static void join_rows(struct runs *r, int64_t row, int64_t other)
{
  int64_t a = r->row[row], b = r->row[other];

  while (a < r->row[row + 1] && b < r->row[other + 1]) {
    if (r->start[a] < r->end[b] && r->start[b] < r->end[a]) {
      const int64_t s = root_of(r, a), t = root_of(r, b);
      r->root[PetscMax(s, t)] = PetscMin(s, t);
    }
    if (r->end[a] < r->end[b])
      a++;
    else
      b++;
  }
}

static void join_all(const int n[3], struct runs *r)
{
  for (int k = 0; k < n[2]; k++)
    for (int j = 0; j < n[1]; j++) {
      const int64_t row = j + (int64_t)n[1] * k;
      if (j > 0)
        join_rows(r, row, row - 1);
      if (k > 0)
        join_rows(r, row, row - n[1]);
    }
  for (int64_t i = 0; i < r->n; i++)
    r->voxels[root_of(r, i)] += r->end[i] - r->start[i];
}

static void keep(const int n[3], struct runs *r, int64_t root, uint8_t *kind)
{
  for (int64_t row = 0; row < (int64_t)n[1] * n[2]; row++)
    for (int64_t i = r->row[row]; i < r->row[row + 1]; i++)
      if (root_of(r, i) != root)
        for (int x = r->start[i]; x < r->end[i]; x++)
          kind[row * n[0] + x] = HC_KIND_OUTSIDE;
}

PetscErrorCode hc_islands(const int n[3], bool remove, uint8_t *kind, int64_t *islands, int64_t *voxels)
{
  struct runs r = {0};
  int64_t largest = 0;

  PetscFunctionBeginUser;
  *islands = *voxels = 0;
  PetscCall(find_runs(n, kind, &r));
  join_all(n, &r);
  for (int64_t i = 1; i < r.n; i++)
    if (r.voxels[i] > r.voxels[largest])
      largest = i;
  for (int64_t i = 0; i < r.n; i++)
    if (i != largest && r.voxels[i] > 0) {
      ++*islands;
      *voxels += r.voxels[i];
    }
  if (remove && *islands > 0)
    keep(n, &r, largest, kind);
  PetscCall(PetscFree(r.row));
  PetscCall(PetscFree(r.start));
  PetscCall(PetscFree(r.end));
  PetscCall(PetscFree(r.root));
  PetscCall(PetscFree(r.voxels));
  PetscFunctionReturn(PETSC_SUCCESS);
}
