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

/* Turn HDF5's own printing off. hc_h5_create() and hc_h5_open() do it too. Not collective. */
PetscErrorCode hc_h5_init(void);

/* Raise `code` with the formatted text and the innermost message of HDF5's error stack. Always fails. */
PetscErrorCode hc_h5_error(PetscErrorCode code, const char *format, ...) PETSC_ATTRIBUTE_FORMAT(2, 3);

/* Create (truncate) or open a file on all ranks of comm through MPI-IO. A file that is missing, truncated or no HDF5 is
 * HC_ERR_INPUT when opened; a file that cannot be created is HC_ERR_ENVIRONMENT. Likewise for paths of more than 230
 * characters with Open MPI, which would abort. Closing also closes what is still open of the file's groups, datasets
 * and attributes, flushes, and sets *file to H5I_INVALID_HID; HC_ERR_ENVIRONMENT if what was written found no room.
 * Closing H5I_INVALID_HID does nothing. Collective. */
PetscErrorCode hc_h5_create(MPI_Comm comm, const char *path, hid_t *file);
PetscErrorCode hc_h5_open(MPI_Comm comm, const char *path, bool write, hid_t *file);
PetscErrorCode hc_h5_close(hid_t *file);

/* Bring everything to the disk (fsync on every rank): between the steps of a growing file. HC_ERR_ENVIRONMENT.
 * Collective. */
PetscErrorCode hc_h5_flush(hid_t file);

/* Open the group `name` (a path) below `parent`; H5I_INVALID_HID if there is none, or made with its parents if `create`
 * is set. Close it with H5Gclose or leave it to hc_h5_close(). Collective. */
PetscErrorCode hc_h5_group(hid_t parent, const char *name, bool create, hid_t *group);

/* Whether `name` (a path) leads to an object. Collective. */
bool hc_h5_exists(hid_t group, const char *name);

/* Remove a link if it is there; HDF5 does not give the bytes back. Collective. */
PetscErrorCode hc_h5_remove(hid_t group, const char *name);

/* The names of the datasets in a group, in alphabetical order (the same on all ranks). *names: one block, freed with
 * one PetscFree of it. Collective. */
PetscErrorCode hc_h5_list(hid_t group, int *n, char ***names);

/* A dataset's shape: rows (first dimension) and columns (1 if it has one dimension only). *exists false and zeros if
 * there is none. HC_ERR_INPUT if it has no or more than two dimensions. Collective. */
PetscErrorCode hc_h5_shape(hid_t group, const char *name, bool *exists, int64_t *rows, int *columns);

/* Read rows [start, start + count), all columns, into memory of type mem_type (an integer or floating-point type).
 * HC_ERR_INPUT with file and dataset if it is missing, too short, damaged, or does not hold numbers. A rank that wants
 * more than 1 GiB reads it in pieces. Collective; count may be 0. */
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

/* Write rows [start, start + count), all columns, from memory of type mem_type; converted before HDF5 sees it, because
 * parallel writes through filters must not convert (HDF5 1.10.2 release notes). In pieces of at most 1 GiB a rank.
 * HC_ERR_ENVIRONMENT if it fails; a full disk or an exhausted quota is found before anything is written, the file stays
 * usable and can be closed. Collective; count may be 0. */
PetscErrorCode hc_h5_write(hid_t group, const char *name, hid_t mem_type, int64_t start, int64_t count,
                           const void *values);

/* Largest transfer of a rank in one piece, in bytes (1 GiB unless set): MPI counts are int. For tests. */
void hc_h5_set_piece(int64_t bytes);

/* Attributes of a file, group or dataset: text (UTF-8), and arrays of int64. Created or overwritten, the same on all
 * ranks. Collective. */
PetscErrorCode hc_h5_put_text(hid_t object, const char *name, const char *text);
PetscErrorCode hc_h5_put_ints(hid_t object, const char *name, int n, const int64_t *values);
/* Fixed-length ASCII string attribute without terminating zero, as VTKHDF wants its Type. */
PetscErrorCode hc_h5_put_ascii(hid_t object, const char *name, const char *text);
/* Text of any kind of string attribute, cut to size - 1 bytes; "" if it is absent or no string. Collective. */
PetscErrorCode hc_h5_get_text(hid_t object, const char *name, char *text, size_t size);

#endif
