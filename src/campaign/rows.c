/* The file of a group while it is written. Rows are appended to all datasets but `status`, and flushed; then `status`
 * is written and flushed: a row whose status can be read is whole. Single writer, multiple readers (SWMR) keeps the
 * file readable at any moment, also if this process is killed.
 * https://docs.hdfgroup.org/archive/support/HDF5/docNewFeatures/SWMR/HDF5_SWMR_Users_Guide.pdf */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FLUSH_EVERY 0.2  /* s, at most so often */
#define FLUSH_SHARE 50   /* of the time that flushing may take: one part in so many */
#define CHUNK_ROOM 32768 /* bytes that a dataset may grow by beside its rows: chunks and their index */

struct hc_rows {
  const struct hc_layout *table;
  char path[PATH_MAX], part[PATH_MAX + 8]; /* when done, and until then */
  hid_t file;
  hid_t *sets;      /* of the columns */
  int64_t n, valid; /* rows appended, rows flushed */
  int8_t *status;   /* of rows [valid, n) */
  int64_t capacity;
  int64_t room;         /* bytes that rows take at most which are not flushed */
  double flushed, cost; /* when, and how long it took */
};

PetscErrorCode hc_rows_create(const struct hc_layout *table, const char *folder, const char *name,
                              struct hc_rows **rows)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(1, rows));
  (*rows)->table = table;
  (*rows)->file = H5I_INVALID_HID;
  snprintf((*rows)->path, sizeof(*rows)->path, "%s/groups/%s.h5", folder, name);
  snprintf((*rows)->part, sizeof(*rows)->part, "%s.part", (*rows)->path);
  PetscCall(PetscCalloc1((size_t)table->n, &(*rows)->sets));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Under its name from the moment on that it can be read. */
static PetscErrorCode begin(struct hc_rows *rows)
{
  char fresh[PATH_MAX + 8];

  PetscFunctionBeginUser;
  snprintf(fresh, sizeof fresh, "%s.new", rows->path);
  PetscCall(hc_layout_file(rows->table, fresh, &rows->file));
  HC_H5(H5Fstart_swmr_write(rows->file), "%s: cannot be written (SWMR)", fresh);
  HC_H5(H5Fflush(rows->file, H5F_SCOPE_GLOBAL), "%s: cannot be written", fresh);
  PetscCheck(rename(fresh, rows->part) == 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be renamed to %s", fresh,
             rows->part);
  for (int i = 0; i < rows->table->n; i++) {
    rows->sets[i] = H5Dopen2(rows->file, rows->table->columns[i].path, H5P_DEFAULT);
    HC_H5(rows->sets[i], "%s: dataset %s cannot be opened", rows->part, rows->table->columns[i].path);
  }
  rows->flushed = MPI_Wtime();
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rows [first, first + n) of a dataset, which grows as needed. */
static PetscErrorCode put(const struct hc_rows *rows, int column, int64_t first, int64_t n, const void *values)
{
  const struct hc_layout_column *c = &rows->table->columns[column];
  const hsize_t size[2] = {(hsize_t)(first + n), (hsize_t)c->width};
  const hsize_t start[2] = {(hsize_t)first, 0}, count[2] = {(hsize_t)n, (hsize_t)c->width};
  const int n_dims = c->width > 0 ? 2 : 1;
  hid_t file_space, memory_space;
  herr_t status;

  PetscFunctionBeginUser;
  HC_H5(H5Dset_extent(rows->sets[column], size), "%s: dataset %s cannot grow", rows->part, c->path);
  file_space = H5Dget_space(rows->sets[column]);
  memory_space = H5Screate_simple(n_dims, count, NULL);
  H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, NULL, count, NULL);
  status = H5Dwrite(rows->sets[column], c->type, memory_space, file_space, H5P_DEFAULT, values);
  H5Sclose(memory_space);
  H5Sclose(file_space);
  HC_H5(status, "%s: dataset %s cannot be written", rows->part, c->path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The value or values of a record in a column, in the column's type. */
static void copy_value(const struct hc_layout_column *column, const struct hc_record *record, void *to)
{
  const int32_t arm = record->arm, stratum = record->stratum, attempts = record->attempts;
  const int8_t accepted = record->accepted ? 1 : 0;
  const void *from = NULL;

  switch (column->role) {
  case HC_COLUMN_MEMBER:
    from = &record->member;
    break;
  case HC_COLUMN_PATIENT:
    from = &record->patient;
    break;
  case HC_COLUMN_ARM:
    from = &arm;
    break;
  case HC_COLUMN_STRATUM:
    from = &stratum;
    break;
  case HC_COLUMN_ATTEMPTS:
    from = &attempts;
    break;
  case HC_COLUMN_ACCEPTED:
    from = &accepted;
    break;
  case HC_COLUMN_SECONDS:
    from = &record->seconds;
    break;
  case HC_COLUMN_PARAMETERS:
    from = record->parameters;
    break;
  case HC_COLUMN_QUANTITIES:
    from = record->quantities;
    break;
  case HC_COLUMN_MESSAGE:
    from = record->message;
    break;
  case HC_COLUMN_FIELD:
  case HC_COLUMN_STATUS:
    return;
  }
  memcpy(to, from, column->bytes);
}

/* Fields are wide: one row after the other, from where they are. */
static PetscErrorCode put_fields(const struct hc_rows *rows, int column, int n, const struct hc_record *records)
{
  PetscFunctionBeginUser;
  for (int k = 0; k < n; k++)
    PetscCall(put(rows, column, rows->n + k, 1, records[k].fields[rows->table->columns[column].field]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_column(const struct hc_rows *rows, int column, int n, const struct hc_record *records)
{
  const struct hc_layout_column *c = &rows->table->columns[column];
  PetscErrorCode code;
  char *block;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)n * c->bytes, &block));
  for (int k = 0; k < n; k++)
    copy_value(c, &records[k], block + (size_t)k * c->bytes);
  code = put(rows, column, rows->n, n, block);
  PetscCall(PetscFree(block));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Remember the statuses until the rest is on its way to the disk. */
static PetscErrorCode keep_status(struct hc_rows *rows, int n, const struct hc_record *records)
{
  const int64_t waiting = rows->n - rows->valid;

  PetscFunctionBeginUser;
  if (waiting + n > rows->capacity) {
    rows->capacity = 2 * (waiting + n);
    PetscCall(PetscRealloc((size_t)rows->capacity, &rows->status));
  }
  for (int k = 0; k < n; k++)
    rows->status[waiting + k] = (int8_t)records[k].status;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_rows_append(struct hc_rows *rows, int n, const struct hc_record *records)
{
  PetscFunctionBeginUser;
  if (n == 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  if (rows->file < 0)
    PetscCall(begin(rows));
  if (rows->n == rows->valid)
    rows->room = (int64_t)CHUNK_ROOM * rows->table->n;
  for (int i = 0; i < rows->table->n; i++)
    rows->room += (int64_t)rows->table->columns[i].bytes * n;
  PetscCall(hc_store_reserve(rows->part, rows->room));
  for (int i = 0; i < rows->table->n; i++) {
    const enum hc_column_role role = rows->table->columns[i].role;
    if (role == HC_COLUMN_FIELD)
      PetscCall(put_fields(rows, i, n, records));
    else if (role != HC_COLUMN_STATUS)
      PetscCall(put_column(rows, i, n, records));
  }
  PetscCall(keep_status(rows, n, records));
  rows->n += n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Have the system write what it was given: what comes later comes later on the disk too, also if power fails. */
static PetscErrorCode synchronise(const struct hc_rows *rows)
{
  void *handle = NULL;

  PetscFunctionBeginUser;
  HC_H5(H5Fflush(rows->file, H5F_SCOPE_GLOBAL), "%s: cannot be written", rows->part);
  HC_H5(H5Fget_vfd_handle(rows->file, H5P_DEFAULT, &handle), "%s: has no descriptor", rows->part);
  PetscCheck(fdatasync(*(int *)handle) == 0 || errno == EINVAL || errno == EROFS, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "%s: cannot be flushed to disk: %s", rows->part, strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_rows_flush(struct hc_rows *rows)
{
  const double started = MPI_Wtime();

  PetscFunctionBeginUser;
  if (rows->n == rows->valid)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(synchronise(rows));
  PetscCall(put(rows, rows->table->n - 1, rows->valid, rows->n - rows->valid, rows->status));
  HC_H5(H5Fflush(rows->file, H5F_SCOPE_GLOBAL), "%s: cannot be written", rows->part);
  rows->valid = rows->n;
  rows->flushed = MPI_Wtime();
  rows->cost = rows->flushed - started;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_rows_flush_if_due(struct hc_rows *rows, double ahead)
{
  const double every = PetscMax(FLUSH_EVERY, FLUSH_SHARE * rows->cost);

  PetscFunctionBeginUser;
  if (rows->n > rows->valid && MPI_Wtime() + ahead - rows->flushed >= every)
    PetscCall(hc_rows_flush(rows));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode finish(struct hc_rows *rows)
{
  PetscErrorCode code;
  herr_t closed;

  PetscFunctionBeginUser;
  if (rows->file < 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  code = hc_rows_flush(rows);
  for (int i = 0; i < rows->table->n; i++)
    if (rows->sets[i] > 0)
      H5Dclose(rows->sets[i]);
  closed = H5Fclose(rows->file);
  PetscCall(code);
  HC_H5(closed, "%s: cannot be written", rows->part);
  PetscCall(hc_store_trim(rows->part));
  PetscCall(hc_store_replace(rows->part, rows->path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_rows_close(struct hc_rows **rows)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  if (!*rows)
    PetscFunctionReturn(PETSC_SUCCESS);
  code = finish(*rows);
  PetscCall(PetscFree((*rows)->status));
  PetscCall(PetscFree((*rows)->sets));
  PetscCall(PetscFree(*rows));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
