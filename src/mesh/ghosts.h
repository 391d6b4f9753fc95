/* Values of things that lie on the slabs of other ranks. */
#ifndef HC_GHOSTS_H
#define HC_GHOSTS_H

#include "exchange.h"

/* A set of non-negative integers with a position for each: open addressing, at most half full. */
struct hc_index {
  int n, capacity; /* of key */
  int64_t *key;    /* by position */
  int *table;      /* position or -1 */
  uint64_t mask;   /* slots of the table - 1 */
};

PetscErrorCode hc_index_create(struct hc_index **index);
void hc_index_destroy(struct hc_index **index);
PetscErrorCode hc_index_add(struct hc_index *index, int64_t key); /* no effect if it is there */
PetscErrorCode hc_index_sort(struct hc_index *index);             /* positions ascending with the key */

static inline uint64_t hc_index_slot(const struct hc_index *index, int64_t key)
{
  uint64_t slot = (uint64_t)key * 0x9E3779B97F4A7C15u; /* Fibonacci hashing */
  for (slot = (slot ^ slot >> 32) & index->mask; index->table[slot] >= 0 && index->key[index->table[slot]] != key;)
    slot = (slot + 1) & index->mask;
  return slot;
}

/* Position of a key, -1 if it is not there. */
static inline int hc_index_find(const struct hc_index *index, int64_t key)
{
  return index->table[hc_index_slot(index, key)];
}

struct hc_ghosts {
  int64_t start;              /* of this rank's slab */
  int n_own;                  /* length of this rank's slab */
  struct hc_index *index;     /* the things that lie elsewhere, ascending */
  struct hc_exchange *answer; /* forward: requests to the slabs' ranks */
  int *asked;                 /* by others: places in this rank's slab */
};

/* ids: any n of the `total` things, repeated or not; those that lie on other ranks become ghosts. Collective. */
PetscErrorCode hc_ghosts_create(MPI_Comm comm, int64_t total, int64_t n, const int64_t *ids, struct hc_ghosts **ghosts);
void hc_ghosts_destroy(struct hc_ghosts **ghosts);

/* Place of a thing in "slab, then ghosts". */
static inline int hc_ghosts_place(const struct hc_ghosts *ghosts, int64_t id)
{
  const int64_t own = id - ghosts->start;
  return own >= 0 && own < ghosts->n_own ? (int)own : ghosts->n_own + hc_index_find(ghosts->index, id);
}

/* values: n_own + index->n items of `bytes` bytes, the slab's own first; the ghosts' are set. Collective. */
PetscErrorCode hc_ghosts_update(const struct hc_ghosts *ghosts, size_t bytes, void *values);

/* A new array of n_own + index->n items: a copy of the slab's, and the ghosts'. Collective. */
PetscErrorCode hc_ghosts_fetch(const struct hc_ghosts *ghosts, size_t bytes, const void *slab, void *values);

#endif
