/* Hilbert curve through a box. */
#ifndef HC_HILBERT_H
#define HC_HILBERT_H

#include "base.h"

/* Keys along the Hilbert curve of n points in the cube of edge `edge` (mm) with corner `corner`: 63 bits, 21 an axis.
 * J. Skilling, Programming the Hilbert curve, AIP Conf. Proc. 707 (2004) 381, doi:10.1063/1.1751381. */
void hc_hilbert_keys(int64_t n, const double *xyz, const double corner[3], double edge, uint64_t *key);

/* Smallest cube with sides along the axes from the lowest corner that holds the points of all ranks. Collective. */
PetscErrorCode hc_hilbert_cube(MPI_Comm comm, int64_t n, const double *xyz, double corner[3], double *edge);

#endif
