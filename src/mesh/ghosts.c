#include "ghosts.h"

#include "mesh.h"
#include "sort.h"

#include <limits.h>
#include <string.h>

PetscErrorCode hc_index_create(struct hc_index **index)
{
  struct hc_index *x;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&x));
  x->capacity = 64;
  x->mask = 127;
  PetscCall(PetscMalloc1(x->capacity, &x->key));
  PetscCall(PetscMalloc1(x->mask + 1, &x->table));
  memset(x->table, -1, (x->mask + 1) * sizeof *x->table);
  *index = x;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_index_destroy(struct hc_index **index)
{
  if (!*index)
    return;
  (void)PetscFree((*index)->key);
  (void)PetscFree((*index)->table);
  (void)PetscFree(*index);
}

static void rehash(struct hc_index *x)
{
  memset(x->table, -1, (x->mask + 1) * sizeof *x->table);
  for (int i = 0; i < x->n; i++)
    x->table[hc_index_slot(x, x->key[i])] = i;
}

static PetscErrorCode grow(struct hc_index *x)
{
  int64_t *key;

  PetscFunctionBeginUser;
  PetscCheck(x->capacity < INT_MAX / 4, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "the mesh is too large for this number of ranks; use more ranks");
  PetscCall(PetscMalloc1(2 * x->capacity, &key));
  PetscCall(PetscArraycpy(key, x->key, x->n));
  PetscCall(PetscFree(x->key));
  x->key = key;
  x->capacity *= 2;
  x->mask = 2 * (uint64_t)x->capacity - 1;
  PetscCall(PetscFree(x->table));
  PetscCall(PetscMalloc1(x->mask + 1, &x->table));
  rehash(x);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_index_add(struct hc_index *x, int64_t key)
{
  uint64_t slot = hc_index_slot(x, key);

  PetscFunctionBeginHot;
  if (x->table[slot] >= 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  if (x->n == x->capacity) {
    PetscCall(grow(x));
    slot = hc_index_slot(x, key);
  }
  x->table[slot] = x->n;
  x->key[x->n++] = key;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_index_sort(struct hc_index *x)
{
  int *unused;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(x->n, &unused));
  PetscCall(hc_sort(x->n, (uint64_t *)x->key, unused));
  PetscCall(PetscFree(unused));
  rehash(x);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode collect(struct hc_ghosts *g, int64_t n, const int64_t *ids)
{
  PetscFunctionBeginUser;
  PetscCall(hc_index_create(&g->index));
  for (int64_t i = 0; i < n; i++)
    if (ids[i] < g->start || ids[i] >= g->start + g->n_own)
      PetscCall(hc_index_add(g->index, ids[i]));
  PetscCall(hc_index_sort(g->index));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_ghosts_create(MPI_Comm comm, int64_t total, int64_t n, const int64_t *ids, struct hc_ghosts **ghosts)
{
  struct hc_ghosts *g;
  int rank, size, *counts;
  int64_t *asked;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(PetscNew(&g));
  g->start = hc_slab_start(total, rank, size);
  g->n_own = (int)(hc_slab_start(total, rank + 1, size) - g->start);
  PetscCall(hc_error_agree(comm, collect(g, n, ids)));
  PetscCall(PetscCalloc1(size, &counts));
  for (int i = 0; i < g->index->n; i++)
    counts[hc_slab_rank(total, g->index->key[i], size)]++;
  PetscCall(hc_exchange_create(comm, counts, &g->answer));
  const int n_asked = g->answer->recv_start[size];
  PetscCall(PetscMalloc1(n_asked, &asked));
  PetscCall(hc_exchange_forward(g->answer, sizeof *asked, g->index->key, asked));
  PetscCall(PetscMalloc1(n_asked, &g->asked));
  for (int i = 0; i < n_asked; i++)
    g->asked[i] = (int)(asked[i] - g->start);
  PetscCall(PetscFree(asked));
  PetscCall(PetscFree(counts));
  *ghosts = g;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_ghosts_destroy(struct hc_ghosts **ghosts)
{
  if (!*ghosts)
    return;
  hc_index_destroy(&(*ghosts)->index);
  hc_exchange_destroy(&(*ghosts)->answer);
  (void)PetscFree((*ghosts)->asked);
  (void)PetscFree(*ghosts);
}

PetscErrorCode hc_ghosts_update(const struct hc_ghosts *g, size_t bytes, void *values)
{
  const int n_asked = g->answer->recv_start[g->answer->size];
  char *answers, *v = (char *)values;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)n_asked * bytes, &answers));
  for (int i = 0; i < n_asked; i++)
    memcpy(answers + (size_t)i * bytes, v + (size_t)g->asked[i] * bytes, bytes);
  PetscCall(hc_exchange_back(g->answer, bytes, answers, v + (size_t)g->n_own * bytes));
  PetscCall(PetscFree(answers));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_ghosts_fetch(const struct hc_ghosts *g, size_t bytes, const void *slab, void *values)
{
  char *v;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)(g->n_own + g->index->n) * bytes, &v));
  if (g->n_own > 0)
    memcpy(v, slab, (size_t)g->n_own * bytes);
  PetscCall(hc_ghosts_update(g, bytes, v));
  *(void **)values = v;
  PetscFunctionReturn(PETSC_SUCCESS);
}
