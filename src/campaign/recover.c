/* Files of the past: which members they hold, and what a dead session left. */
#include "internal.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COPY_BYTES (1 << 20) /* rows are copied in blocks of about this size */
#define ATTEMPTS                                                                                                       \
  24 /* to read a record that is being written: HDF5 waits 2^k ns after the k-th, and 100 times at first */

/* ---- Reading ------------------------------------------------------------------------------------------------- */

static hid_t open_rows(const char *path, bool writing)
{
  const hid_t access = hc_layout_access();
  hid_t file;

  H5Pset_metadata_read_attempts(access, ATTEMPTS);
  file = H5Fopen(path, H5F_ACC_RDONLY | (writing ? H5F_ACC_SWMR_READ : 0U), access);
  H5Pclose(access);
  return file;
}

static int64_t rows_of(hid_t file, const char *path)
{
  const hid_t set = H5Dopen2(file, path, H5P_DEFAULT), space = set < 0 ? set : H5Dget_space(set);
  hsize_t size[2] = {0, 0};
  const int n_dims = space < 0 ? -1 : H5Sget_simple_extent_dims(space, size, NULL);
  H5Sclose(space);
  H5Dclose(set);
  return n_dims > 0 ? (int64_t)size[0] : -1;
}

/* Rows [first, first + n) of a dataset. */
static bool read_rows(hid_t file, const char *path, hid_t type, int64_t first, int64_t n, void *values)
{
  const hid_t set = H5Dopen2(file, path, H5P_DEFAULT), space = H5Dget_space(set);
  hsize_t start[2] = {(hsize_t)first, 0}, count[2] = {0, 0};
  const int n_dims = H5Sget_simple_extent_dims(space, count, NULL);
  bool read = false;

  if (n_dims == 1 || n_dims == 2) {
    count[0] = (hsize_t)n;
    const hid_t memory = H5Screate_simple(n_dims, count, NULL);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
    read = H5Dread(set, type, memory, space, H5P_DEFAULT, values) >= 0;
    H5Sclose(memory);
  }
  H5Sclose(space);
  H5Dclose(set);
  return read;
}

void hc_row_list_free(struct hc_row_list *list)
{
  (void)PetscFree(list->member);
  (void)PetscFree(list->status);
  (void)PetscFree(list->accepted);
  (void)PetscFree(list->seconds);
  *list = (struct hc_row_list){0};
}

/* Statuses are written last: rows are valid up to the last one that has a status. */
static bool read_list(hid_t file, struct hc_row_list *list)
{
  const int64_t n = list->n;
  if (n == 0)
    return true;
  if (!read_rows(file, "status", H5T_NATIVE_INT8, 0, n, list->status))
    return false;
  while (list->n > 0 && list->status[list->n - 1] == HC_MEMBER_MISSING)
    list->n--;
  return list->n == 0 || (read_rows(file, "member", H5T_NATIVE_INT64, 0, list->n, list->member) &&
                          read_rows(file, "accepted", H5T_NATIVE_INT8, 0, list->n, list->accepted) &&
                          read_rows(file, "seconds", H5T_NATIVE_DOUBLE, 0, list->n, list->seconds));
}

PetscErrorCode hc_row_list_read(const char *path, bool writing, struct hc_row_list *list, bool *readable)
{
  hid_t file;

  PetscFunctionBeginUser;
  *list = (struct hc_row_list){0};
  *readable = false;
  file = open_rows(path, writing);
  if (file < 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  list->n = rows_of(file, "status");
  if (list->n >= 0) {
    const size_t n = (size_t)list->n;
    PetscCall(PetscMalloc1(n, &list->member));
    PetscCall(PetscMalloc1(n, &list->status));
    PetscCall(PetscMalloc1(n, &list->accepted));
    PetscCall(PetscMalloc1(n, &list->seconds));
    *readable = read_list(file, list);
  }
  H5Fclose(file);
  if (!*readable)
    hc_row_list_free(list);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Recovery ------------------------------------------------------------------------------------------------ */

static PetscErrorCode write_rows(hid_t file, const struct hc_layout_column *column, int64_t first, int64_t n,
                                 const void *values)
{
  const hsize_t size[2] = {(hsize_t)(first + n), (hsize_t)column->width};
  const hsize_t start[2] = {(hsize_t)first, 0}, count[2] = {(hsize_t)n, (hsize_t)column->width};
  hid_t set, space, memory;
  herr_t status;

  PetscFunctionBeginUser;
  set = H5Dopen2(file, column->path, H5P_DEFAULT);
  HC_H5(set, "dataset %s cannot be opened", column->path);
  HC_H5(H5Dset_extent(set, size), "dataset %s cannot grow", column->path);
  space = H5Dget_space(set);
  memory = H5Screate_simple(column->width > 0 ? 2 : 1, count, NULL);
  H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
  status = H5Dwrite(set, column->type, memory, space, H5P_DEFAULT, values);
  H5Sclose(memory);
  H5Sclose(space);
  H5Dclose(set);
  HC_H5(status, "dataset %s cannot be written", column->path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* *whole: everything could be read. */
static PetscErrorCode copy_column(hid_t from, hid_t to, const struct hc_layout_column *column, int64_t n, bool *whole)
{
  const int64_t most = PetscMax(1, (int64_t)(COPY_BYTES / column->bytes));
  PetscErrorCode code = PETSC_SUCCESS;
  char *block;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)PetscMin(most, n) * column->bytes, &block));
  for (int64_t first = 0; first < n && *whole && !code; first += most) {
    const int64_t rows = PetscMin(most, n - first);
    *whole = read_rows(from, column->path, column->type, first, rows, block);
    if (*whole)
      code = write_rows(to, column, first, rows, block);
  }
  PetscCall(PetscFree(block));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode copy_rows(const struct hc_layout *table, hid_t from, int64_t n, const char *path, bool *whole)
{
  PetscErrorCode code = PETSC_SUCCESS;
  hid_t to;

  PetscFunctionBeginUser;
  PetscCall(hc_layout_file(table, path, &to));
  for (int i = 0; i < table->n && *whole && !code; i++)
    code = copy_column(from, to, &table->columns[i], n, whole);
  if (H5Fclose(to) < 0 && !code)
    code = hc_h5_error(HC_ERR_ENVIRONMENT, "%s: cannot be written", path);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode set_aside(const char *part)
{
  char damaged[PATH_MAX + 16];

  PetscFunctionBeginUser;
  snprintf(damaged, sizeof damaged, "%s.damaged", part);
  PetscCheck(rename(part, damaged) == 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be renamed to %s: %s", part,
             damaged, strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_recover_file(const struct hc_layout *table, const char *part)
{
  const size_t length = strlen(part) - strlen(".part");
  char path[PATH_MAX], fresh[PATH_MAX + 8];
  struct hc_row_list list;
  bool whole;

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "%.*s", (int)length, part);
  snprintf(fresh, sizeof fresh, "%s.new", path);
  if (access(path, F_OK) == 0) { /* killed between the copy's getting its name and this */
    PetscCall(hc_store_remove(part));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(hc_row_list_read(part, true, &list, &whole));
  if (whole && list.n > 0) {
    const hid_t from = open_rows(part, true);
    HC_H5(from, "%s: cannot be read", part);
    const PetscErrorCode code = copy_rows(table, from, list.n, fresh, &whole);
    H5Fclose(from);
    if (code || !whole)
      PetscCall(hc_store_remove(fresh));
    else
      PetscCall(hc_store_replace(fresh, path));
    PetscCall(code);
  }
  hc_row_list_free(&list);
  if (whole)
    PetscCall(hc_store_remove(part));
  else
    PetscCall(set_aside(part));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Folders ------------------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool ends_in(const char *name, const char *suffix)
{
  const size_t n = strlen(name), m = strlen(suffix);
  return n > m && strcmp(name + n - m, suffix) == 0;
}

/* Names into `block` if it is not NULL, at most `most` of `room` bytes (files come and go); returns the bytes that they
 * take. */
static size_t walk(const char *path, const char *suffix, int most, size_t room, int *n, char **names, char *block)
{
  DIR *folder = opendir(path);
  const struct dirent *entry;
  size_t bytes = 0;

  *n = 0;
  while (folder && (entry = readdir(folder)) != NULL) {
    const size_t length = strlen(entry->d_name) + 1;
    if (entry->d_name[0] == '.' || !ends_in(entry->d_name, suffix))
      continue;
    if (block && (*n == most || bytes + length > room))
      break;
    if (block) {
      names[*n] = block + bytes;
      memcpy(names[*n], entry->d_name, length);
    }
    (*n)++;
    bytes += length;
  }
  if (folder)
    closedir(folder);
  return bytes;
}

PetscErrorCode hc_folder_list(const char *folder, const char *sub, const char *suffix, int *n, char ***names)
{
  char path[PATH_MAX];
  char *block;
  size_t bytes;
  int most;

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "%s/%s", folder, sub);
  bytes = walk(path, suffix, 0, 0, &most, NULL, NULL);
  *n = most;
  PetscCall(PetscCalloc1((size_t)most * sizeof(char *) + bytes + 1, &block));
  *names = (char **)(void *)block;
  if (most > 0)
    walk(path, suffix, most, bytes, n, *names, block + (size_t)most * sizeof(char *));
  qsort(*names, (size_t)*n, sizeof(char *), by_name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *where)
{
  (void)status;
  (void)flag;
  (void)where;
  return remove(path);
}

PetscErrorCode hc_folder_remove(const char *path)
{
  PetscFunctionBeginUser;
  PetscCheck(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT, PETSC_COMM_SELF,
             HC_ERR_ENVIRONMENT, "%s: cannot be removed: %s", path, strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}
