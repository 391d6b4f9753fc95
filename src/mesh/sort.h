/* Radix sort. */
#ifndef HC_SORT_H
#define HC_SORT_H

#include "base.h"

/* Sort n keys ascending and carry the values along; equal keys keep their order. Cost: up to 8 passes, a copy of
 * both arrays. Not collective. */
PetscErrorCode hc_sort(int n, uint64_t *key, int *value);

#endif
