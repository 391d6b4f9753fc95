#include "internal.h"

#include <string.h>

static int64_t piece_bytes = (int64_t)1 << 30;

void hc_h5_set_piece(int64_t bytes)
{
  piece_bytes = bytes;
}

/* An open dataset as a transfer needs it. */
struct transfer {
  hid_t set, file_type; /* the numbers as they lie in the file */
  hid_t mem_type;
  int64_t rows, start, count;
  int columns;
  size_t file_size, mem_size; /* bytes a number */
  int64_t piece;              /* rows in one go */
  bool writing;
  char where[1024];
};

static PetscErrorCode dimensions(hid_t set, const char *where, int64_t *rows, int *columns)
{
  const hid_t space = H5Dget_space(set);
  hsize_t size[2] = {0, 1};
  int n = H5Sget_simple_extent_ndims(space);

  PetscFunctionBeginUser;
  if (n == 1 || n == 2)
    H5Sget_simple_extent_dims(space, size, NULL);
  H5Sclose(space);
  PetscCheck(n == 1 || n == 2, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: has %d dimensions, 1 or 2 are allowed", where, n);
  PetscCheck(size[0] <= (hsize_t)INT64_MAX && size[1] > 0 && size[1] <= 1 << 20, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: has %llu columns, 1 to %d are allowed", where, (unsigned long long)size[1], 1 << 20);
  *rows = (int64_t)size[0];
  *columns = (int)size[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_h5_shape(hid_t group, const char *name, bool *exists, int64_t *rows, int *columns)
{
  char where[1024];
  PetscErrorCode code;
  hid_t set;

  PetscFunctionBeginUser;
  *rows = 0;
  *columns = 0;
  *exists = hc_h5_exists(group, name);
  if (!*exists)
    PetscFunctionReturn(PETSC_SUCCESS);
  hc_h5_where(group, name, where, sizeof where);
  set = H5Dopen2(group, name, H5P_DEFAULT);
  if (set < 0)
    PetscCall(hc_h5_error(HC_ERR_INPUT, "%s: is not a dataset, or is damaged", where));
  code = dimensions(set, where, rows, columns);
  H5Dclose(set);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The dataset's number type; an enumeration (h5py's bool) counts as its integers. */
static PetscErrorCode number_type(struct transfer *t)
{
  hid_t stored = H5Dget_type(t->set);
  H5T_class_t class = H5Tget_class(stored);

  PetscFunctionBeginUser;
  if (class == H5T_ENUM) {
    const hid_t base = H5Tget_super(stored);
    H5Tclose(stored);
    stored = base;
    class = H5Tget_class(stored);
  }
  if (class != H5T_INTEGER && class != H5T_FLOAT) {
    H5Tclose(stored);
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: does not hold numbers%s", t->where,
            class == H5T_STRING ? " but text" : "");
  }
  t->file_type = stored;
  t->file_size = H5Tget_size(stored);
  t->mem_size = H5Tget_size(t->mem_type);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Open and check; some ranks may fail here (their rows lie beyond the end), so the caller agrees on the outcome. */
static PetscErrorCode prepare(hid_t group, const char *name, struct transfer *t)
{
  PetscFunctionBeginUser;
  hc_h5_where(group, name, t->where, sizeof t->where);
  PetscCheck(hc_h5_exists(group, name), PETSC_COMM_SELF, HC_ERR_INPUT, "%s: is missing", t->where);
  t->set = H5Dopen2(group, name, H5P_DEFAULT);
  if (t->set < 0)
    PetscCall(hc_h5_error(HC_ERR_INPUT, "%s: is not a dataset, or is damaged", t->where));
  PetscCall(dimensions(t->set, t->where, &t->rows, &t->columns));
  PetscCall(number_type(t));
  PetscCheck(t->start >= 0 && t->count >= 0 && (t->count == 0 || t->count <= t->rows - t->start), PETSC_COMM_SELF,
             HC_ERR_INPUT, "%s: has %lld rows, rows %lld to %lld are wanted", t->where, (long long)t->rows,
             (long long)t->start, (long long)(t->start + t->count - 1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Move `count` rows from `start` between the file and `buffer`, which holds numbers of the file's type. */
static PetscErrorCode move(const struct transfer *t, hid_t properties, int64_t start, int64_t count, void *buffer)
{
  const hsize_t from[2] = {(hsize_t)start, 0}, size[2] = {(hsize_t)count, (hsize_t)t->columns};
  const hsize_t values = (hsize_t)(count > 0 ? count * t->columns : 1);
  const hid_t file_space = H5Dget_space(t->set), mem_space = H5Screate_simple(1, &values, NULL);
  char nothing[16] = {0};
  void *const memory = count > 0 ? buffer : nothing;
  PetscErrorCode code = PETSC_SUCCESS;
  herr_t status;

  PetscFunctionBeginUser;
  if (count > 0) {
    status = H5Sselect_hyperslab(file_space, H5S_SELECT_SET, from, NULL, size, NULL);
  } else {
    H5Sselect_none(mem_space);
    status = H5Sselect_none(file_space);
  }
  if (status >= 0 && t->writing)
    status = H5Dwrite(t->set, t->file_type, mem_space, file_space, properties, memory);
  else if (status >= 0)
    status = H5Dread(t->set, t->file_type, mem_space, file_space, properties, memory);
  if (status < 0) /* before another call clears HDF5's error stack */
    code = hc_h5_error(t->writing ? HC_ERR_ENVIRONMENT : HC_ERR_INPUT, "%s: cannot be %s", t->where,
                       t->writing ? "written" : "read, the file is damaged");
  H5Sclose(mem_space);
  H5Sclose(file_space);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One piece, converted in `buffer` if the types differ (buffer is NULL if they are the same). */
static PetscErrorCode move_piece(const struct transfer *t, hid_t properties, int64_t first, int64_t count, void *buffer,
                                 char *values)
{
  const size_t n = (size_t)(count * t->columns);
  char *const mine = values ? values + (size_t)(first * t->columns) * t->mem_size : NULL;

  PetscFunctionBeginUser;
  if (!buffer) {
    PetscCall(move(t, properties, t->start + first, count, mine));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (t->writing && n > 0) {
    memcpy(buffer, mine, n * t->mem_size);
    HC_H5(H5Tconvert(t->mem_type, t->file_type, n, buffer, NULL, H5P_DEFAULT), "%s: cannot be converted", t->where);
  }
  PetscCall(move(t, properties, t->start + first, count, buffer));
  if (!t->writing && n > 0) {
    HC_H5(H5Tconvert(t->file_type, t->mem_type, n, buffer, NULL, H5P_DEFAULT), "%s: cannot be converted", t->where);
    memcpy(mine, buffer, n * t->mem_size);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All ranks make the same number of collective calls, those that are done with nothing selected. */
static PetscErrorCode move_all(const struct transfer *t, MPI_Comm comm, char *values)
{
  const size_t widest = t->file_size > t->mem_size ? t->file_size : t->mem_size;
  const bool convert = H5Tequal(t->file_type, t->mem_type) <= 0;
  const int64_t most = piece_bytes / ((int64_t)widest * t->columns);
  const int64_t step = most > 0 ? most : 1;
  int64_t pieces = t->count > 0 ? (t->count + step - 1) / step : 0;
  PetscErrorCode code = PETSC_SUCCESS;
  void *buffer = NULL;
  hid_t properties;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &pieces, 1, MPI_INT64_T, MPI_MAX, comm));
  if (convert) {
    const int64_t rows = t->count < step ? t->count : step;
    PetscCall(PetscMalloc((size_t)(rows * t->columns) * widest + 1, &buffer));
  }
  properties = H5Pcreate(H5P_DATASET_XFER);
  H5Pset_dxpl_mpio(properties, H5FD_MPIO_COLLECTIVE);
  for (int64_t i = 0; i < pieces && !code; i++) {
    const int64_t first = i * step < t->count ? i * step : t->count;
    const int64_t count = t->count - first < step ? t->count - first : step;
    code = hc_error_agree(comm, move_piece(t, properties, first, count, buffer, values));
  }
  H5Pclose(properties);
  PetscCall(PetscFree(buffer));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode reserve(const struct transfer *t, MPI_Comm comm)
{
  const haddr_t offset = H5Dget_offset(t->set); /* of contiguous data; chunks go to the end of the file */
  int64_t bytes = t->count * t->columns * (int64_t)t->file_size;
  char path[PETSC_MAX_PATH_LEN] = "";

  PetscFunctionBeginUser;
  H5Fget_name(t->set, path, sizeof path);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &bytes, 1, MPI_INT64_T, MPI_SUM, comm));
  PetscCall(hc_h5_reserve(comm, path, offset == HADDR_UNDEF ? -1 : (int64_t)offset, bytes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode transfer(hid_t group, const char *name, struct transfer *t, void *values)
{
  PetscErrorCode code;
  MPI_Comm comm;

  PetscFunctionBeginUser;
  t->set = t->file_type = H5I_INVALID_HID;
  PetscCall(hc_h5_comm(group, &comm));
  code = hc_error_agree(comm, prepare(group, name, t));
  if (!code && t->writing)
    code = reserve(t, comm);
  if (!code)
    code = move_all(t, comm, values);
  if (t->file_type >= 0)
    H5Tclose(t->file_type);
  if (t->set >= 0)
    H5Dclose(t->set);
  PetscCallMPI(MPI_Comm_free(&comm));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_h5_read(hid_t group, const char *name, hid_t mem_type, int64_t start, int64_t count, void *values)
{
  struct transfer t = {.mem_type = mem_type, .start = start, .count = count};

  PetscFunctionBeginUser;
  PetscCall(transfer(group, name, &t, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_h5_write(hid_t group, const char *name, hid_t mem_type, int64_t start, int64_t count,
                           const void *values)
{
  struct transfer t = {.mem_type = mem_type, .start = start, .count = count, .writing = true};

  PetscFunctionBeginUser;
  PetscCall(transfer(group, name, &t, (void *)(uintptr_t)values)); /* only read from when writing */
  PetscFunctionReturn(PETSC_SUCCESS);
}

static herr_t set_layout(hid_t properties, const struct hc_h5_layout *layout, int n_dims)
{
  const hsize_t chunk[2] = {(hsize_t)layout->chunk, (hsize_t)(layout->columns > 1 ? layout->columns : 1)};

  if (layout->chunk <= 0) /* every row is written, filling first would write twice */
    return H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER);
  if (H5Pset_chunk(properties, n_dims, chunk) < 0)
    return -1;
  if (layout->deflate <= 0)
    return H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER);
  /* The unused rest of the last chunk is compressed too: let it be zeros, not chance. */
  if (H5Pset_fill_time(properties, H5D_FILL_TIME_ALLOC) < 0 || H5Pset_shuffle(properties) < 0)
    return -1;
  return H5Pset_deflate(properties, (unsigned)layout->deflate);
}

PetscErrorCode hc_h5_dataset(hid_t group, const char *name, hid_t type, const struct hc_h5_layout *layout)
{
  const int n_dims = layout->columns > 1 ? 2 : 1;
  const hsize_t size[2] = {(hsize_t)layout->rows, (hsize_t)layout->columns};
  const hsize_t limit[2] = {layout->extendible ? H5S_UNLIMITED : size[0], size[1]};
  char where[1024];
  hid_t space, properties, links, set;

  PetscFunctionBeginUser;
  hc_h5_where(group, name, where, sizeof where);
  PetscAssert(layout->chunk > 0 || (!layout->extendible && !layout->deflate), PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG,
              "%s: growing and compression need chunks", where);
  space = H5Screate_simple(n_dims, size, limit);
  HC_H5(space, "%s: shape", where);
  properties = H5Pcreate(H5P_DATASET_CREATE);
  HC_H5(set_layout(properties, layout, n_dims), "%s: layout", where);
  links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  set = H5Dcreate2(group, name, type, space, links, properties, H5P_DEFAULT);
  HC_H5(set, "%s: cannot be created", where);
  H5Pclose(links);
  H5Pclose(properties);
  H5Sclose(space);
  HC_H5(H5Dclose(set), "%s: cannot be created", where);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_h5_extend(hid_t group, const char *name, int64_t rows)
{
  hsize_t size[2] = {0, 1};
  char where[1024];
  herr_t status;
  hid_t set, space;

  PetscFunctionBeginUser;
  hc_h5_where(group, name, where, sizeof where);
  set = H5Dopen2(group, name, H5P_DEFAULT);
  HC_H5(set, "%s: cannot be opened", where);
  space = H5Dget_space(set);
  status = H5Sget_simple_extent_ndims(space) <= 2 ? H5Sget_simple_extent_dims(space, size, NULL) : -1;
  size[0] = (hsize_t)rows;
  if (status >= 0)
    status = H5Dset_extent(set, size);
  HC_H5(status, "%s: cannot be extended to %lld rows", where, (long long)rows);
  H5Sclose(space);
  H5Dclose(set);
  PetscFunctionReturn(PETSC_SUCCESS);
}
