/* What the files of h5 share. */
#ifndef HC_H5_INTERNAL_H
#define HC_H5_INTERNAL_H

#include "h5.h"

/* The communicator that the file of `object` was opened with (a duplicate, free it with MPI_Comm_free), so that errors
 * of single ranks are agreed on without passing a communicator through every call. Collective. */
PetscErrorCode hc_h5_comm(hid_t object, MPI_Comm *comm);

/* "file: group/name" for messages. */
void hc_h5_where(hid_t group, const char *name, char *text, size_t size);

#endif
