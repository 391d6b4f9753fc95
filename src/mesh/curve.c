#include "partition.h"

#include "hilbert.h"
#include "sort.h"

#include <math.h>

/* This rank's nodes along the curve, and the weight before each of them. */
struct curve {
  int n;
  int64_t n_all, first; /* nodes of the mesh; of the slab's first node */
  uint64_t *key;        /* ascending; equal keys by file number */
  int *node;            /* place in the slab */
  int64_t *before;      /* n + 1 */
};

/* Places on the curve: a key, and a file number among the nodes of the same key. */
struct place {
  uint64_t key;
  int64_t file;
};

/* Nodes of this rank before a place. */
static int count_before(const struct curve *c, struct place p)
{
  int low = 0, high = c->n;
  while (low < high) {
    const int middle = low + (high - low) / 2;
    if (c->key[middle] < p.key || (c->key[middle] == p.key && c->first + c->node[middle] < p.file))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static PetscErrorCode weight_before(const struct curve *c, MPI_Comm comm, int n, const struct place *p, int64_t *weight)
{
  PetscFunctionBeginUser;
  for (int s = 0; s < n; s++)
    weight[s] = c->before[count_before(c, p[s])];
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, weight, n, MPI_INT64_T, MPI_SUM, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The first places with at least the wanted weight before them, by bisection of keys, then of file numbers. */
static PetscErrorCode find_cuts(const struct curve *c, MPI_Comm comm, int n, const int64_t *wanted, struct place *cut)
{
  struct place *trial;
  int64_t *weight;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &trial));
  PetscCall(PetscMalloc1(n, &weight));
  for (int s = 0; s < n; s++)
    cut[s] = (struct place){0, 0};
  /* largest key with less than the wanted weight before it: its nodes hold the cut */
  for (uint64_t bit = (uint64_t)1 << 62; bit > 0; bit >>= 1) {
    for (int s = 0; s < n; s++)
      trial[s] = (struct place){cut[s].key | bit, 0};
    PetscCall(weight_before(c, comm, n, trial, weight));
    for (int s = 0; s < n; s++)
      if (weight[s] < wanted[s])
        cut[s].key |= bit;
  }
  int64_t bit = 1;
  while (bit <= c->n_all)
    bit *= 2;
  for (; bit > 0; bit /= 2) {
    for (int s = 0; s < n; s++)
      trial[s] = (struct place){cut[s].key, cut[s].file | bit};
    PetscCall(weight_before(c, comm, n, trial, weight));
    for (int s = 0; s < n; s++)
      if (weight[s] < wanted[s])
        cut[s].file |= bit;
  }
  for (int s = 0; s < n; s++)
    cut[s].file++; /* largest with less -> smallest with enough */
  PetscCall(PetscFree(trial));
  PetscCall(PetscFree(weight));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode curve_init(struct curve *c, const struct hc_slab *slab, const int64_t *weight)
{
  double corner[3], edge;
  int rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(slab->comm, &rank));
  PetscCallMPI(MPI_Comm_size(slab->comm, &size));
  c->n = (int)hc_slab_nodes(slab);
  c->n_all = slab->n_nodes;
  c->first = hc_slab_start(slab->n_nodes, rank, size);
  PetscCall(PetscMalloc1(c->n, &c->key));
  PetscCall(PetscMalloc1(c->n, &c->node));
  PetscCall(PetscMalloc1(c->n + 1, &c->before));
  PetscCall(hc_hilbert_cube(slab->comm, c->n, slab->xyz, corner, &edge));
  hc_hilbert_keys(c->n, slab->xyz, corner, edge, c->key);
  for (int i = 0; i < c->n; i++)
    c->node[i] = i;
  PetscCall(hc_sort(c->n, c->key, c->node));
  c->before[0] = 0;
  for (int i = 0; i < c->n; i++)
    c->before[i + 1] = c->before[i] + weight[c->node[i]];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_partition_curve(const struct hc_slab *slab, const int64_t *weight, int n_parts, int32_t *part)
{
  struct curve c;
  struct place *cut;
  int64_t total, *wanted;
  int i = 0;

  PetscFunctionBeginUser;
  PetscCall(curve_init(&c, slab, weight));
  PetscCallMPI(MPI_Allreduce(&c.before[c.n], &total, 1, MPI_INT64_T, MPI_SUM, slab->comm));
  PetscCall(PetscMalloc1(n_parts, &wanted));
  PetscCall(PetscMalloc1(n_parts, &cut));
  for (int s = 1; s < n_parts; s++)
    wanted[s - 1] = total / n_parts * s + total % n_parts * s / n_parts;
  PetscCall(find_cuts(&c, slab->comm, n_parts - 1, wanted, cut));
  for (int p = 0; p < n_parts; p++) {
    const int end = p < n_parts - 1 ? count_before(&c, cut[p]) : c.n;
    for (; i < end; i++)
      part[c.node[i]] = p;
  }
  PetscCall(PetscFree(cut));
  PetscCall(PetscFree(wanted));
  PetscCall(PetscFree(c.key));
  PetscCall(PetscFree(c.node));
  PetscCall(PetscFree(c.before));
  PetscFunctionReturn(PETSC_SUCCESS);
}
