/* healthcast h5: the little that we need of parallel HDF5, with errors that say what HDF5 said. Floor 1.
 *
 * Every dataset that healthcast writes is one-dimensional over nodes, cells or their concatenation over steps, with an
 * optional second dimension of components, and every rank reads or writes a contiguous slab of its first dimension. */
#ifndef HC_H5_H
#define HC_H5_H

#include "base.h"

#include <hdf5.h>

/* Call HDF5; a negative result becomes HC_ERR_ENVIRONMENT with HDF5's innermost message and the text `what`
 * (a printf format and its arguments that name file and object). */
#define HC_H5(result, ...)                                                                                             \
  do {                                                                                                                 \
    if ((result) < 0)                                                                                                  \
      PetscCall(hc_h5_error(HC_ERR_ENVIRONMENT, __VA_ARGS__));                                                         \
  } while (0)

/* Turn HDF5's own printing off. Call once after MPI_Init. */
PetscErrorCode hc_h5_init(void);

/* Raise `code` with the formatted text and the innermost message of HDF5's error stack. Always fails. */
PetscErrorCode hc_h5_error(PetscErrorCode code, const char *format, ...) PETSC_ATTRIBUTE_FORMAT(2, 3);

/* Create (truncate) or open a file on all ranks of comm through MPI-IO. A file that is missing, truncated or no HDF5 is
 * HC_ERR_INPUT when opened for reading, HC_ERR_ENVIRONMENT when created. Collective. */
PetscErrorCode hc_h5_create(MPI_Comm comm, const char *path, hid_t *file);
PetscErrorCode hc_h5_open(MPI_Comm comm, const char *path, bool write, hid_t *file);
PetscErrorCode hc_h5_close(hid_t *file);

/* A dataset's shape: rows (first dimension) and columns (1 if it has one dimension only). *exists false and zeros if
 * there is none. */
PetscErrorCode hc_h5_shape(hid_t group, const char *name, bool *exists, int64_t *rows, int *columns);

/* Read rows [start, start + count) into memory of type mem_type. HC_ERR_INPUT with file and dataset if it is missing,
 * too short, or cannot be converted. Collective; count may be 0. */
PetscErrorCode hc_h5_read(hid_t group, const char *name, hid_t mem_type, int64_t start, int64_t count, void *values);

struct hc_h5_layout {
  int64_t rows;    /* rows at creation */
  int columns;     /* 0 or 1: one-dimensional */
  bool extendible; /* may grow along the rows */
  int64_t chunk;   /* rows a chunk; 0: contiguous (not extendible, not compressed) */
  int deflate;     /* 0 off, 1..9; with the shuffle filter */
};

/* Create a dataset of file type `type`. Collective. */
PetscErrorCode hc_h5_dataset(hid_t group, const char *name, hid_t type, const struct hc_h5_layout *layout);

/* Grow to `rows` rows. Collective. */
PetscErrorCode hc_h5_extend(hid_t group, const char *name, int64_t rows);

/* Write rows [start, start + count), collectively; count may be 0. */
PetscErrorCode hc_h5_write(hid_t group, const char *name, hid_t mem_type, int64_t start, int64_t count,
                           const void *values);

/* Attributes: text, and arrays of int64. Created or overwritten. Collective. */
PetscErrorCode hc_h5_put_text(hid_t object, const char *name, const char *text);
PetscErrorCode hc_h5_put_ints(hid_t object, const char *name, int n, const int64_t *values);
/* Fixed-length ASCII string attribute as VTKHDF wants its Type. */
PetscErrorCode hc_h5_put_ascii(hid_t object, const char *name, const char *text);
PetscErrorCode hc_h5_get_text(hid_t object, const char *name, char *text, size_t size); /* "" if absent */

#endif
