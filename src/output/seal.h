/* A seal at the end of a file, by which damage of any kind is seen before a reader meets it. */
#ifndef HC_OUTPUT_SEAL_H
#define HC_OUTPUT_SEAL_H

#include "base.h"

/* Append 24 bytes: a mark, the file's length and a checksum of it, both of 64 bits. HDF5 ignores what follows its own
 * end. Each rank reads its share of the file. HC_ERR_ENVIRONMENT. Collective. */
PetscErrorCode hc_seal_put(MPI_Comm comm, const char *path);

/* Refuse a file that is missing (HC_ERR_INPUT), has no seal or does not fit its seal: cut, appended to, or any bit
 * changed. Each rank reads its share of the file. Collective. */
PetscErrorCode hc_seal_check(MPI_Comm comm, const char *path);

#endif
