/* Sets of nodes that cells share: edges, facets. */
#ifndef HC_FAMILY_H
#define HC_FAMILY_H

#include "exchange.h"

/* Distinct sets of k <= 4 nodes, each with its nodes ascending. Position: order of addition. */
struct hc_family {
  int k, n, capacity;
  int64_t *node;   /* k per member */
  int *count;      /* times added */
  int32_t *bits;   /* surface tags, or-ed */
  int64_t *number; /* in the refined mesh, set by hc_family_number() */
  int *table;      /* position or -1, at most half full */
  uint64_t mask;
};

PetscErrorCode hc_family_create(int k, struct hc_family **family);
void hc_family_destroy(struct hc_family **family);

/* Add a set (nodes in any order) `count` times. */
PetscErrorCode hc_family_add(struct hc_family *family, const int64_t *nodes, int count, int32_t bits);

/* Position of a set, -1 if it is not there. */
int hc_family_find(const struct hc_family *family, const int64_t *nodes);

/* Facets: clear the tags of those that several cells have, over all ranks; the boundary keeps its tags. `n_nodes`: of
 * the mesh. Collective. */
PetscErrorCode hc_family_keep_boundary(MPI_Comm comm, int64_t n_nodes, struct hc_family *mine);

/* Number the sets of all ranks, each once, from `base` on, ascending by the lowest node, then the next, ... The rank
 * whose slab holds the lowest node gets the set into `all` (empty before), in that order, with counts added and tags
 * or-ed. mine->number is set. *first: number of the first of this rank's `all`; *total: how many, over all ranks.
 * Collective. */
PetscErrorCode hc_family_number(MPI_Comm comm, int64_t n_nodes, int64_t base, struct hc_family *mine,
                                struct hc_family *all, int64_t *first, int64_t *total);

#endif
