#include "native.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ParaView 5.11 takes version 1.0 only; later ones take any (VTKHDF 2 adds series over time). */
static const int64_t vtkhdf_version[2] = {1, 0};

static const int64_t chunk_rows = 65536;

/* Integers compress to a fraction, coordinates and fields do not. */
static struct hc_h5_layout integer_layout(int64_t rows)
{
  return (struct hc_h5_layout){.rows = rows, .chunk = rows < chunk_rows ? rows : chunk_rows, .deflate = 1};
}

static PetscErrorCode write_integers(hid_t group, const char *name, hid_t file_type, hid_t mem_type, int64_t rows,
                                     struct hc_range r, const void *values)
{
  const struct hc_h5_layout layout = integer_layout(rows);

  PetscFunctionBeginUser;
  PetscCall(hc_h5_dataset(group, name, file_type, &layout));
  PetscCall(hc_h5_write(group, name, mem_type, r.start, r.count, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_reals(hid_t group, const char *name, int64_t rows, int columns, struct hc_range r,
                                  const double *values)
{
  const struct hc_h5_layout layout = {.rows = rows, .columns = columns};

  PetscFunctionBeginUser;
  PetscCall(hc_h5_dataset(group, name, H5T_IEEE_F64LE, &layout));
  PetscCall(hc_h5_write(group, name, H5T_NATIVE_DOUBLE, r.start, r.count, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_count(hid_t group, const char *name, MPI_Comm comm, int64_t value)
{
  const struct hc_h5_layout layout = {.rows = 1};
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(hc_h5_dataset(group, name, H5T_STD_I64LE, &layout));
  PetscCall(hc_h5_write(group, name, H5T_NATIVE_INT64, 0, rank == 0 ? 1 : 0, &value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_topology(hid_t root, const struct hc_slab *slab)
{
  const struct hc_range r = hc_range_of(slab->comm, slab->n_cells);
  const int n = hc_cell_nodes(slab->type);
  struct hc_range offsets = r;
  unsigned char *type;
  int64_t *offset;

  PetscFunctionBeginUser;
  PetscCall(write_integers(root, "Connectivity", H5T_STD_I64LE, H5T_NATIVE_INT64, n * slab->n_cells,
                           (struct hc_range){n * r.start, n * r.count}, slab->cells));
  if (r.start + r.count == slab->n_cells && r.count > 0)
    offsets.count++; /* the last cell's end */
  PetscCall(PetscMalloc2(r.count + 1, &type, r.count + 1, &offset));
  for (int64_t i = 0; i <= r.count; i++) {
    type[i] = (unsigned char)hc_cell_vtk(slab->type);
    offset[i] = n * (r.start + i);
  }
  PetscCall(write_integers(root, "Offsets", H5T_STD_I64LE, H5T_NATIVE_INT64, slab->n_cells + 1, offsets, offset));
  PetscCall(write_integers(root, "Types", H5T_STD_U8LE, H5T_NATIVE_UCHAR, slab->n_cells, r, type));
  PetscCall(PetscFree2(type, offset));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_field(hid_t root, const struct hc_slab *slab, const struct hc_slab_field *field)
{
  const int64_t rows = field->where == HC_NODE ? slab->n_nodes : slab->n_cells;
  char path[128];
  hid_t set;

  PetscFunctionBeginUser;
  PetscCheck(strcmp(field->name, field->where == HC_NODE ? "surface" : "region") != 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "field \"%s\" of the %s cannot be written: the mesh has its tags under this name", field->name,
             field->where == HC_NODE ? "nodes" : "cells");
  snprintf(path, sizeof path, "%s/%s", hc_location_group(field->where), field->name);
  PetscCall(hc_h5_remove(root, path));
  PetscCall(write_reals(root, path, rows, field->n_comp, hc_range_of(slab->comm, rows), field->values));
  set = H5Dopen2(root, path, H5P_DEFAULT);
  HC_H5(set, "%s", path);
  PetscCall(hc_h5_put_text(set, "unit", field->unit));
  H5Dclose(set);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_one_partition(hid_t file, const struct hc_slab *slab, int64_t n_parts, const int32_t *part)
{
  char name[64], path[80];

  PetscFunctionBeginUser;
  hc_partition_name(n_parts, name);
  snprintf(path, sizeof path, "healthcast/%s", name);
  PetscCall(hc_h5_remove(file, path));
  PetscCall(write_integers(file, path, H5T_STD_I32LE, H5T_NATIVE_INT32, slab->n_nodes,
                           hc_range_of(slab->comm, slab->n_nodes), part));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_mesh(hid_t file, const struct hc_slab *slab)
{
  const struct hc_range nodes = hc_range_of(slab->comm, slab->n_nodes);
  hid_t root, unused;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_group(file, "VTKHDF", true, &root));
  PetscCall(hc_h5_put_ints(root, "Version", 2, vtkhdf_version));
  PetscCall(hc_h5_put_ascii(root, "Type", "UnstructuredGrid"));
  PetscCall(write_count(root, "NumberOfPoints", slab->comm, slab->n_nodes));
  PetscCall(write_count(root, "NumberOfCells", slab->comm, slab->n_cells));
  PetscCall(write_count(root, "NumberOfConnectivityIds", slab->comm, slab->n_cells * hc_cell_nodes(slab->type)));
  PetscCall(write_reals(root, "Points", slab->n_nodes, 3, nodes, slab->xyz));
  PetscCall(write_topology(root, slab));
  PetscCall(hc_h5_group(root, "FieldData", true, &unused)); /* VTK warns where a group of data is missing */
  PetscCall(
      write_integers(root, "PointData/surface", H5T_STD_I32LE, H5T_NATIVE_INT32, slab->n_nodes, nodes, slab->surface));
  PetscCall(write_integers(root, "CellData/region", H5T_STD_I32LE, H5T_NATIVE_INT32, slab->n_cells,
                           hc_range_of(slab->comm, slab->n_cells), slab->region));
  for (int i = 0; i < slab->n_fields; i++)
    PetscCall(write_field(root, slab, &slab->fields[i]));
  if (slab->n_parts > 0)
    PetscCall(write_one_partition(file, slab, slab->n_parts, slab->part));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- A file is changed beside the one that it replaces, so that a kill leaves the old or the new one ---- */

static PetscErrorCode temporary_name(const char *path, char temporary[PETSC_MAX_PATH_LEN])
{
  PetscFunctionBeginUser;
  PetscCheck(strlen(path) + 5 < PETSC_MAX_PATH_LEN, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: the name is too long", path);
  snprintf(temporary, PETSC_MAX_PATH_LEN, "%s.tmp", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode rename_file(const char *from, const char *to)
{
  PetscFunctionBeginUser;
  PetscCheck(rename(from, to) == 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s", to,
             strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode copy_bytes(int from, int to, const char *path)
{
  char buffer[1 << 16];
  ssize_t n;

  PetscFunctionBeginUser;
  while ((n = read(from, buffer, sizeof buffer)) > 0)
    for (ssize_t done = 0; done < n;) {
      const ssize_t written = write(to, buffer + done, (size_t)(n - done));
      PetscCheck(written > 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be copied: %s", path, strerror(errno));
      done += written;
    }
  PetscCheck(n == 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be copied: %s", path, strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode copy_file(const char *path, const char *copy)
{
  const int from = open(path, O_RDONLY | O_CLOEXEC);
  PetscErrorCode code;
  int to;

  PetscFunctionBeginUser;
  PetscCheck(from >= 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cannot be read: %s", path, strerror(errno));
  to = open(copy, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (to < 0) {
    const int failed = errno;
    close(from);
    SETERRQ(PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be created: %s", copy, strerror(failed));
  }
  code = copy_bytes(from, to, path);
  close(from);
  close(to);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Put the finished file in place, or remove what is left of it. */
static PetscErrorCode finish(MPI_Comm comm, PetscErrorCode code, const char *temporary, const char *path)
{
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (!code)
    code = hc_error_agree(comm, rank == 0 ? rename_file(temporary, path) : PETSC_SUCCESS);
  if (code && rank == 0)
    unlink(temporary);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The first error counts; closing never hides it. */
static PetscErrorCode close_after(PetscErrorCode code, hid_t *file)
{
  PetscFunctionBeginUser;
  if (code) {
    (void)!hc_h5_close(file);
    PetscFunctionReturn(code);
  }
  PetscCall(hc_h5_close(file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_meshio_write(const struct hc_slab *slab, const char *path)
{
  char temporary[PETSC_MAX_PATH_LEN];
  PetscErrorCode code;
  hid_t file;

  PetscFunctionBeginUser;
  PetscCall(temporary_name(path, temporary));
  PetscCall(hc_h5_create(slab->comm, temporary, &file));
  code = close_after(write_mesh(file, slab), &file);
  PetscCall(finish(slab->comm, code, temporary, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Something to add to an existing mesh. */
struct addition {
  const struct hc_slab *slab;
  int n_names;
  const char *const *names; /* of fields */
  int n_parts;              /* or a partition */
  const int32_t *part;
};

static PetscErrorCode add_to(hid_t file, const char *path, const struct addition *a)
{
  int64_t nodes, cells;
  int columns;
  bool exists;
  hid_t root;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_shape(file, "VTKHDF/Points", &exists, &nodes, &columns));
  PetscCheck(exists && nodes == a->slab->n_nodes, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: has %lld nodes, what is to be added %lld", path, (long long)nodes, (long long)a->slab->n_nodes);
  PetscCall(hc_h5_shape(file, "VTKHDF/Types", &exists, &cells, &columns));
  PetscCheck(exists && cells == a->slab->n_cells, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: has %lld cells, what is to be added %lld", path, (long long)cells, (long long)a->slab->n_cells);
  PetscCall(hc_h5_group(file, "VTKHDF", false, &root));
  for (int i = 0; i < a->n_names; i++) {
    const struct hc_slab_field *field = hc_slab_find_field(a->slab, a->names[i], HC_NODE);
    if (!field)
      field = hc_slab_find_field(a->slab, a->names[i], HC_CELL);
    PetscCheck(field, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: there is no field \"%s\" to write", path, a->names[i]);
    PetscCall(write_field(root, a->slab, field));
  }
  if (a->n_parts > 0)
    PetscCall(write_one_partition(file, a->slab, a->n_parts, a->part));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode change(const char *path, const struct addition *a)
{
  const MPI_Comm comm = a->slab->comm;
  char temporary[PETSC_MAX_PATH_LEN];
  PetscErrorCode code;
  hid_t file;
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(temporary_name(path, temporary));
  code = hc_error_agree(comm, rank == 0 ? copy_file(path, temporary) : PETSC_SUCCESS);
  if (!code)
    code = hc_h5_open(comm, temporary, true, &file);
  if (!code)
    code = close_after(add_to(file, path, a), &file);
  PetscCall(finish(comm, code, temporary, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_meshio_write_fields(const struct hc_slab *slab, int n, const char *const names[], const char *path)
{
  const struct addition a = {.slab = slab, .n_names = n, .names = names};

  PetscFunctionBeginUser;
  PetscCall(change(path, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_meshio_write_partition(const struct hc_slab *slab, int n_parts, const int32_t *part, const char *path)
{
  const struct addition a = {.slab = slab, .n_parts = n_parts, .part = part};

  PetscFunctionBeginUser;
  PetscCall(change(path, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}
