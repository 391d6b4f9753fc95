#include "native.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What is known before the mesh is allocated. A VTKHDF file holds one or more parts one after the other; offsets and
 * node numbers count within a part. */
struct outline {
  const char *path;
  hid_t root; /* /VTKHDF */
  enum hc_cell_type type;
  int n_parts;
  int64_t *node_start, *cell_start; /* n_parts + 1: first node and cell of each part */
};

static PetscErrorCode read_counts(struct outline *o, const char *name, int64_t *start)
{
  PetscFunctionBeginUser;
  start[0] = 0;
  PetscCall(hc_h5_read(o->root, name, H5T_NATIVE_INT64, 0, o->n_parts, start + 1));
  for (int i = 0; i < o->n_parts; i++) {
    PetscCheck(start[i + 1] >= 0 && start[i + 1] < INT64_MAX / 64 - start[i], PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: VTKHDF/%s: part %d has %lld", o->path, name, i, (long long)start[i + 1]);
    start[i + 1] += start[i];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode expect_shape(const struct outline *o, const char *name, int64_t rows, int columns)
{
  bool exists;
  int64_t found_rows;
  int found_columns;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_shape(o->root, name, &exists, &found_rows, &found_columns));
  PetscCheck(exists, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: VTKHDF/%s: is missing", o->path, name);
  PetscCheck(found_rows == rows && found_columns == columns, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: VTKHDF/%s: has %lld x %d values, %lld x %d are expected", o->path, name, (long long)found_rows,
             found_columns, (long long)rows, columns);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode type_of(const char *path, int64_t cell, int vtk, enum hc_cell_type *type)
{
  PetscFunctionBeginUser;
  for (int t = HC_TRIANGLE; t <= HC_HEXAHEDRON; t++)
    if (hc_cell_vtk((enum hc_cell_type)t) == vtk) {
      *type = (enum hc_cell_type)t;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT,
          "%s: VTKHDF/Types: cell %lld has VTK type %d; 5 (triangle), 10 (tetrahedron) and 12 (hexahedron) are allowed",
          path, (long long)cell, vtk);
}

static PetscErrorCode check_attributes(struct outline *o)
{
  char type[32];

  PetscFunctionBeginUser;
  PetscCall(hc_h5_get_text(o->root, "Type", type, sizeof type));
  PetscCheck(strcmp(type, "UnstructuredGrid") == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: VTKHDF: holds \"%s\", UnstructuredGrid is needed", o->path, type);
  PetscCheck(!hc_h5_exists(o->root, "Steps"), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: VTKHDF/Steps: this is a series over time, not a mesh", o->path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_outline(MPI_Comm comm, hid_t file, struct outline *o)
{
  int64_t parts;
  int columns, rank, first = 0;
  bool exists;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(hc_h5_group(file, "VTKHDF", false, &o->root));
  PetscCheck(o->root >= 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: VTKHDF: is missing, this is no mesh", o->path);
  PetscCall(check_attributes(o));
  PetscCall(hc_h5_shape(o->root, "NumberOfPoints", &exists, &parts, &columns));
  PetscCheck(exists && parts > 0 && parts < INT_MAX && columns == 1, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: VTKHDF/NumberOfPoints: %s", o->path, exists ? "has no value" : "is missing");
  o->n_parts = (int)parts;
  PetscCall(PetscMalloc2(parts + 1, &o->node_start, parts + 1, &o->cell_start));
  PetscCall(read_counts(o, "NumberOfPoints", o->node_start));
  PetscCall(read_counts(o, "NumberOfCells", o->cell_start));
  PetscCheck(o->node_start[parts] > 0 && o->cell_start[parts] > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: has %lld nodes and %lld cells", o->path, (long long)o->node_start[parts],
             (long long)o->cell_start[parts]);
  PetscCall(expect_shape(o, "Types", o->cell_start[parts], 1));
  PetscCall(hc_h5_read(o->root, "Types", H5T_NATIVE_INT, 0, rank == 0 ? 1 : 0, &first));
  PetscCallMPI(MPI_Bcast(&first, 1, MPI_INT, 0, comm));
  PetscCall(type_of(o->path, 0, first, &o->type));
  PetscCall(expect_shape(o, "Points", o->node_start[parts], 3));
  PetscCall(expect_shape(o, "Offsets", o->cell_start[parts] + parts, 1));
  PetscCall(expect_shape(o, "Connectivity", o->cell_start[parts] * hc_cell_nodes(o->type), 1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_types(const struct outline *o, struct hc_range r, const unsigned char *types)
{
  const int expected = hc_cell_vtk(o->type);
  enum hc_cell_type other;

  PetscFunctionBeginUser;
  for (int64_t i = 0; i < r.count; i++) {
    if (types[i] == expected)
      continue;
    PetscCall(type_of(o->path, r.start + i, types[i], &other));
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT,
            "%s: VTKHDF/Types: cell %lld is a %s and cell 0 a %s; a mesh has cells of one type", o->path,
            (long long)(r.start + i), hc_cell_name(other), hc_cell_name(o->type));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int part_of(const struct outline *o, int64_t cell)
{
  int part = 0, above = o->n_parts;
  while (above - part > 1) {
    const int middle = part + (above - part) / 2;
    if (o->cell_start[middle] <= cell)
      part = middle;
    else
      above = middle;
  }
  return part;
}

/* `offsets` starts with the one of the slab's first cell; each part before brought one more than its cells. */
static PetscErrorCode check_offsets(const struct outline *o, struct hc_range r, const int64_t *offsets)
{
  const int n = hc_cell_nodes(o->type);
  const int first_part = part_of(o, r.start);

  PetscFunctionBeginUser;
  for (int64_t i = 0; i < r.count; i++) {
    const int64_t cell = r.start + i;
    const int part = part_of(o, cell);
    const int64_t *at = offsets + i + (part - first_part);
    PetscCheck(at[0] == n * (cell - o->cell_start[part]) && at[1] == at[0] + n, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: VTKHDF/Offsets: cell %lld has offsets %lld and %lld, a %s there has %lld and %lld", o->path,
               (long long)cell, (long long)at[0], (long long)at[1], hc_cell_name(o->type),
               (long long)(n * (cell - o->cell_start[part])), (long long)(n * (cell - o->cell_start[part] + 1)));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Node numbers of a part to those of the whole mesh. */
static PetscErrorCode join_parts(const struct outline *o, struct hc_range r, int64_t *cells)
{
  const int n = hc_cell_nodes(o->type);

  PetscFunctionBeginUser;
  for (int64_t i = 0; i < r.count; i++) {
    const int part = part_of(o, r.start + i);
    const int64_t nodes = o->node_start[part + 1] - o->node_start[part];
    for (int j = 0; j < n; j++) {
      PetscCheck(cells[n * i + j] >= 0 && cells[n * i + j] < nodes, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "%s: VTKHDF/Connectivity: cell %lld has node %lld, there are nodes 0 to %lld", o->path,
                 (long long)(r.start + i), (long long)cells[n * i + j], (long long)(nodes - 1));
      cells[n * i + j] += o->node_start[part];
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_topology(const struct outline *o, struct hc_slab *slab)
{
  const struct hc_range r = hc_range_of(slab->comm, slab->n_cells);
  const int first_part = part_of(o, r.start);
  const int last_part = r.count > 0 ? part_of(o, r.start + r.count - 1) : first_part;
  const int64_t n_offsets = r.count > 0 ? r.count + 1 + last_part - first_part : 0;
  const int n = hc_cell_nodes(o->type);
  unsigned char *types;
  int64_t *offsets;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(r.count + 1, &types, n_offsets + 1, &offsets));
  code = hc_h5_read(o->root, "Types", H5T_NATIVE_UCHAR, r.start, r.count, types);
  if (!code)
    code = hc_error_agree(slab->comm, check_types(o, r, types));
  if (!code)
    code = hc_h5_read(o->root, "Offsets", H5T_NATIVE_INT64, r.start + first_part, n_offsets, offsets);
  if (!code)
    code = hc_error_agree(slab->comm, check_offsets(o, r, offsets));
  PetscCall(PetscFree2(types, offsets));
  PetscCall(code);
  PetscCall(hc_h5_read(o->root, "Connectivity", H5T_NATIVE_INT64, n * r.start, n * r.count, slab->cells));
  PetscCall(hc_error_agree(slab->comm, join_parts(o, r, slab->cells)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Are the values of a dataset 32-bit integers, or of a type that fits into them? */
static bool fits_int32(hid_t root, const char *path)
{
  const hid_t set = H5Dopen2(root, path, H5P_DEFAULT), type = H5Dget_type(set);
  const size_t size = H5Tget_size(type);
  const bool fits = H5Tget_class(type) == H5T_INTEGER && (size < 4 || (size == 4 && H5Tget_sign(type) == H5T_SGN_2));

  H5Tclose(type);
  H5Dclose(set);
  return fits;
}

static PetscErrorCode to_integers(const struct outline *o, const char *path, struct hc_range r, const double *reals,
                                  int32_t *tags)
{
  PetscFunctionBeginUser;
  for (int64_t i = 0; i < r.count; i++) {
    PetscCheck(reals[i] >= INT32_MIN && reals[i] <= INT32_MAX && reals[i] == trunc(reals[i]), PETSC_COMM_SELF,
               HC_ERR_INPUT, "%s: VTKHDF/%s: value %lld is %.6g; integers of 32 bits are allowed", o->path, path,
               (long long)(r.start + i), reals[i]);
    tags[i] = (int32_t)reals[i];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Regions or surfaces. HDF5 would round and clip what is no 32-bit integer without a word. */
static PetscErrorCode read_tags(const struct outline *o, const char *path, MPI_Comm comm, struct hc_range r,
                                int columns, int32_t *tags)
{
  PetscErrorCode code;
  double *reals;

  PetscFunctionBeginUser;
  PetscCheck(columns == 1, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: VTKHDF/%s: has %d columns, 1 is allowed", o->path, path,
             columns);
  if (fits_int32(o->root, path)) {
    PetscCall(hc_h5_read(o->root, path, H5T_NATIVE_INT32, r.start, r.count, tags));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(PetscMalloc1(r.count + 1, &reals));
  code = hc_h5_read(o->root, path, H5T_NATIVE_DOUBLE, r.start, r.count, reals);
  if (!code)
    code = hc_error_agree(comm, to_integers(o, path, r, reals, tags));
  PetscCall(PetscFree(reals));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_array(const struct outline *o, enum hc_location where, const char *name,
                                 struct hc_slab *slab)
{
  const int64_t expected = where == HC_NODE ? slab->n_nodes : slab->n_cells;
  const struct hc_range r = hc_range_of(slab->comm, expected);
  struct hc_slab_field *field;
  char path[512], unit[32];
  int64_t rows;
  int columns;
  bool exists;
  hid_t set;

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "%s/%s", hc_location_group(where), name);
  PetscCall(hc_h5_shape(o->root, path, &exists, &rows, &columns));
  PetscCheck(rows == expected, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: VTKHDF/%s: has %lld values, the mesh has %lld %s",
             o->path, path, (long long)rows, (long long)expected, where == HC_NODE ? "nodes" : "cells");
  if (where == HC_NODE && strcmp(name, "surface") == 0) {
    PetscCall(read_tags(o, path, slab->comm, r, columns, slab->surface));
  } else if (where == HC_CELL && strcmp(name, "region") == 0) {
    PetscCall(read_tags(o, path, slab->comm, r, columns, slab->region));
  } else {
    set = H5Dopen2(o->root, path, H5P_DEFAULT);
    PetscCall(hc_h5_get_text(set, "unit", unit, sizeof unit));
    H5Dclose(set);
    PetscCall(hc_slab_add_field(slab, name, unit, where, columns, &field));
    PetscCall(hc_h5_read(o->root, path, H5T_NATIVE_DOUBLE, r.start, r.count, field->values));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_arrays(const struct outline *o, enum hc_location where, struct hc_slab *slab)
{
  PetscErrorCode code = PETSC_SUCCESS;
  char **names;
  hid_t group;
  int n;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_group(o->root, hc_location_group(where), false, &group));
  if (group < 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(hc_h5_list(group, &n, &names));
  H5Gclose(group);
  for (int i = 0; i < n && !code; i++)
    code = read_array(o, where, names[i], slab);
  PetscCall(PetscFree(names));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_partition(const char *path, const char *name, struct hc_range r, int n_parts,
                                      const int32_t *part)
{
  PetscFunctionBeginUser;
  for (int64_t i = 0; i < r.count; i++)
    PetscCheck(part[i] >= 0 && part[i] < n_parts, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: %s: node %lld is in part %d, parts are 0 to %d", path, name, (long long)(r.start + i), part[i],
               n_parts - 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_partition(hid_t file, const char *path, int n_parts, struct hc_slab *slab)
{
  const struct hc_range r = hc_range_of(slab->comm, slab->n_nodes);
  char name[64], full[80];
  int64_t rows;
  int columns;
  bool exists;

  PetscFunctionBeginUser;
  hc_partition_name(n_parts, name);
  snprintf(full, sizeof full, "healthcast/%s", name);
  PetscCall(hc_h5_shape(file, full, &exists, &rows, &columns));
  if (!exists)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(rows == slab->n_nodes && columns == 1, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: %s: has %lld x %d values, the mesh has %lld nodes", path, full, (long long)rows, columns,
             (long long)slab->n_nodes);
  PetscCall(PetscMalloc1(r.count + 1, &slab->part));
  PetscCall(hc_h5_read(file, full, H5T_NATIVE_INT32, r.start, r.count, slab->part));
  PetscCall(hc_error_agree(slab->comm, check_partition(path, full, r, n_parts, slab->part)));
  slab->n_parts = n_parts;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_mesh(const struct outline *o, hid_t file, int n_parts, struct hc_slab *slab)
{
  const struct hc_range nodes = hc_range_of(slab->comm, slab->n_nodes);

  PetscFunctionBeginUser;
  PetscCall(hc_h5_read(o->root, "Points", H5T_NATIVE_DOUBLE, nodes.start, nodes.count, slab->xyz));
  PetscCall(read_topology(o, slab));
  for (int64_t i = 0; i < hc_slab_cells(slab); i++)
    slab->region[i] = 1;
  PetscCall(read_arrays(o, HC_NODE, slab));
  PetscCall(read_arrays(o, HC_CELL, slab));
  if (n_parts > 0)
    PetscCall(read_partition(file, o->path, n_parts, slab));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_meshio_read(MPI_Comm comm, const char *path, int n_parts, struct hc_slab **slab)
{
  struct outline o = {.path = path};
  PetscErrorCode code;
  hid_t file;

  PetscFunctionBeginUser;
  *slab = NULL;
  PetscCall(hc_h5_open(comm, path, false, &file));
  code = read_outline(comm, file, &o);
  if (!code)
    code = hc_slab_create(comm, o.type, o.node_start[o.n_parts], o.cell_start[o.n_parts], slab);
  if (!code)
    code = read_mesh(&o, file, n_parts, *slab);
  PetscCall(PetscFree2(o.node_start, o.cell_start));
  PetscCall(hc_h5_close(&file));
  if (code)
    hc_slab_destroy(slab);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
