/* Points of designs by their number. Part of sampling. */
#ifndef HC_SAMPLING_POINTS_H
#define HC_SAMPLING_POINTS_H

#include "base.h"

/* ---- sobol.c ----------------------------------------------------------------------------------------------------- */

enum { HC_SOBOL_DIMENSIONS = 64, HC_SOBOL_BITS = 52 };

/* Direction numbers of a dimension, as fractions of 2^52. */
void hc_sobol_directions(int dimension, uint64_t directions[HC_SOBOL_BITS]);
/* Coordinate of point `index` < 2^52, as a fraction of 2^52, in the order of Gray's code. */
uint64_t hc_sobol_point(const uint64_t directions[HC_SOBOL_BITS], uint64_t index);

/* ---- permutation.c ----------------------------------------------------------------------------------------------- */

/* Where `index` goes in permutation number `which` of the numbers 0 .. n - 1; n >= 1, at most 2^53. About 0.2 us. */
uint64_t hc_permuted(struct hc_random random, uint64_t which, uint64_t n, uint64_t index);

#endif
