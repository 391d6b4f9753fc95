/* healthcast store: files that survive a power cut, and the errors of doing so. Not collective: call on one rank.
 * Errors are HC_ERR_ENVIRONMENT with the path and the system's reason. */
#ifndef HC_BASE_STORE_H
#define HC_BASE_STORE_H

#include <limits.h>
#include <petscsys.h>
#include <stdint.h>

/* Make a folder and its parents; one that is there already must be writable. */
PetscErrorCode hc_store_folder(const char *path);

/* The folder that a file lies in. */
void hc_store_parent(const char *path, char folder[PATH_MAX]);

/* Flush a file, or the entries of the folder that `path` lies in, to the disk. */
PetscErrorCode hc_store_sync(const char *path);
PetscErrorCode hc_store_sync_parent(const char *path);

/* Let the file `temporary` take the place of `path` at once: whoever opens `path` at any moment, also after a crash,
 * finds the whole old file or the whole new one. */
PetscErrorCode hc_store_replace(const char *temporary, const char *path);

/* Copy a file's bytes through a buffer of 1 MiB. */
PetscErrorCode hc_store_copy(const char *from, const char *to);

/* Delete a file; one that is not there is no error. */
PetscErrorCode hc_store_remove(const char *path);

/* Make sure that a file can grow by `bytes`, or refuse: HDF5 does not recover from a disk that fills up under it, so
 * the blocks are taken beforehand. Where the file system cannot reserve, its free space is compared. Trimming gives
 * back what was not used. */
PetscErrorCode hc_store_reserve(const char *path, int64_t bytes);
PetscErrorCode hc_store_trim(const char *path);

#endif
