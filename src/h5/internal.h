/* What the files of h5 share. */
#ifndef HC_H5_INTERNAL_H
#define HC_H5_INTERNAL_H

#include "h5.h"

/* The communicator that the file of `object` was opened with (a duplicate, free it with MPI_Comm_free), so that errors
 * of single ranks are agreed on without passing a communicator through every call. Collective. */
PetscErrorCode hc_h5_comm(hid_t object, MPI_Comm *comm);

/* Have the file system set `bytes` more aside for the file, beyond `start` or its present end (start < 0), with some
 * for HDF5's own records; HC_ERR_ENVIRONMENT if it cannot. Two reasons to ask before HDF5 writes: Open MPI's collective
 * writes through aggregators lose "no space left" (seen with 4.1.4), and HDF5 ranks that saw it and ranks that did not
 * wait for each other for ever when the file is closed. What is not used goes back in hc_h5_close(). File systems
 * without fallocate(2) are asked for their free space only. Collective. */
PetscErrorCode hc_h5_reserve(MPI_Comm comm, const char *path, int64_t start, int64_t bytes);

/* "file: group/name" for messages. */
void hc_h5_where(hid_t group, const char *name, char *text, size_t size);

#endif
