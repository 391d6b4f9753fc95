/* Datasets over nodes and cells. All are written in file order, each rank its slab, so that the number of ranks leaves
 * no trace in the file. Memory: one array of the slab. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

static int64_t chunk_rows(int64_t rows)
{
  return rows < HC_CHUNK_ROWS ? PetscMax(rows, 1) : HC_CHUNK_ROWS;
}

static PetscErrorCode put_attributes(hid_t file, const char *path, const char *unit, int64_t rows_per_frame)
{
  PetscErrorCode code = PETSC_SUCCESS;
  hid_t set;

  PetscFunctionBeginUser;
  set = H5Dopen2(file, path, H5P_DEFAULT);
  HC_H5(set, "%s", path);
  if (unit && unit[0])
    code = hc_h5_put_text(set, "unit", unit);
  if (!code && rows_per_frame > 0)
    code = hc_segment_put_int(set, "rows_per_frame", rows_per_frame);
  H5Dclose(set);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A dataset of constant size; an old one of the same shape is reused, another shape replaced. */
static PetscErrorCode create_array(struct hc_results *results, const char *path, const char *unit, hid_t type,
                                   int64_t rows, int columns)
{
  const struct hc_h5_layout layout = {
      .rows = rows, .columns = columns, .chunk = chunk_rows(rows), .deflate = results->deflate};
  int64_t old_rows;
  int old_columns;
  bool exists;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_shape(results->file, path, &exists, &old_rows, &old_columns));
  if (!exists || old_rows != rows || old_columns != columns) {
    PetscCall(hc_h5_remove(results->file, path));
    PetscCall(hc_h5_dataset(results->file, path, type, &layout));
  }
  PetscCall(put_attributes(results->file, path, unit, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rows and start of this rank's slab of nodes or cells. */
static void slab_of(const struct hc_results *results, enum hc_location where, int64_t *rows, int64_t *start,
                    int64_t *count)
{
  *rows = where == HC_NODE ? results->mesh->n_nodes : results->mesh->n_cells;
  *start = hc_slab_start(*rows, results->rank, results->size);
  *count = hc_slab_start(*rows, results->rank + 1, results->size) - *start;
}

/* A local array (owned nodes or local cells) as a whole dataset; flat: as one column of rows * n_comp numbers. */
static PetscErrorCode write_array(struct hc_results *results, const char *path, const char *unit, hid_t type,
                                  enum hc_location where, int n_comp, bool flat, const double *local)
{
  const int64_t scale = flat ? n_comp : 1;
  int64_t rows, start, count;
  double *slab = NULL;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  slab_of(results, where, &rows, &start, &count);
  PetscCall(
      hc_error_agree(results->mesh->comm, create_array(results, path, unit, type, rows * scale, flat ? 1 : n_comp)));
  PetscCall(hc_error_agree(results->mesh->comm, PetscMalloc1((size_t)(count * n_comp) + 1, &slab)));
  code = hc_mesh_to_file_order(results->mesh, where, n_comp, local, slab);
  if (!code)
    code = hc_h5_write(results->file, path, H5T_NATIVE_DOUBLE, start * scale, count * scale, slab);
  PetscCall(PetscFree(slab));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Mesh -------------------------------------------------------------------------------------------------------- */

/* Tags and node numbers travel as doubles, which hold integers below 2^53 exactly. */
static PetscErrorCode write_tags(struct hc_results *results, const char *path, enum hc_location where, int n,
                                 const int32_t *tags)
{
  double *values;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_error_agree(results->mesh->comm, PetscMalloc1((size_t)n + 1, &values)));
  for (int i = 0; i < n; i++)
    values[i] = tags[i];
  code = write_array(results, path, "", H5T_STD_I32LE, where, 1, true, values);
  PetscCall(PetscFree(values));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One column of the connectivity, the j-th node of each cell, into the slab's table. column, local: work, a number per
 * cell of the slab and per local cell. */
static PetscErrorCode fill_column(const struct hc_mesh *mesh, int j, int64_t count, double *local, double *column,
                                  int64_t *table)
{
  const size_t n = (size_t)hc_cell_nodes(mesh->type);

  PetscFunctionBeginUser;
  for (size_t c = 0; c < (size_t)mesh->n_cells_local; c++)
    local[c] = (double)mesh->file_node[mesh->cells[n * c + (size_t)j]];
  PetscCall(hc_mesh_to_file_order(mesh, HC_CELL, 1, local, column));
  for (size_t c = 0; c < (size_t)count; c++)
    table[n * c + (size_t)j] = (int64_t)column[c];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Column by column, and in the file's own type, so that neither we nor HDF5 need a second table. */
static PetscErrorCode write_connectivity(struct hc_results *results)
{
  const struct hc_mesh *mesh = results->mesh;
  const int n = hc_cell_nodes(mesh->type);
  int64_t rows, start, count, *table = NULL;
  double *local = NULL, *column = NULL;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  slab_of(results, HC_CELL, &rows, &start, &count);
  PetscCall(hc_error_agree(mesh->comm, PetscMalloc1((size_t)(n * count) + 1, &table)));
  code = hc_error_agree(mesh->comm, PetscMalloc2((size_t)mesh->n_cells_local + 1, &local, (size_t)count + 1, &column));
  for (int j = 0; !code && j < n; j++)
    code = fill_column(mesh, j, count, local, column, table);
  PetscCall(PetscFree2(local, column));
  if (!code)
    code = hc_error_agree(mesh->comm, create_array(results, "VTKHDF/Connectivity", "", H5T_STD_I64LE, rows * n, 1));
  if (!code)
    code = hc_h5_write(results->file, "VTKHDF/Connectivity", H5T_NATIVE_INT64, start * n, count * n, table);
  PetscCall(PetscFree(table));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where each cell starts in the connectivity (one more entry than cells, from the last rank), and VTK's cell types. */
static PetscErrorCode write_offsets_and_types(struct hc_results *results)
{
  const struct hc_mesh *mesh = results->mesh;
  const int n = hc_cell_nodes(mesh->type);
  int64_t rows, start, count, *offsets;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  slab_of(results, HC_CELL, &rows, &start, &count);
  if (results->rank == results->size - 1)
    count++;
  PetscCall(hc_error_agree(mesh->comm, PetscMalloc1((size_t)count + 1, &offsets)));
  for (int64_t i = 0; i < count; i++)
    offsets[i] = n * (start + i);
  code = hc_error_agree(mesh->comm, create_array(results, "VTKHDF/Offsets", "", H5T_STD_I64LE, rows + 1, 1));
  if (!code)
    code = hc_h5_write(results->file, "VTKHDF/Offsets", H5T_NATIVE_INT64, start, count, offsets);
  for (int64_t i = 0; i < count; i++)
    offsets[i] = hc_cell_vtk(mesh->type);
  if (results->rank == results->size - 1)
    count--;
  if (!code)
    code = hc_error_agree(mesh->comm, create_array(results, "VTKHDF/Types", "", H5T_STD_U8LE, rows, 1));
  if (!code)
    code = hc_h5_write(results->file, "VTKHDF/Types", H5T_NATIVE_INT64, start, count, offsets);
  PetscCall(PetscFree(offsets));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_number(struct hc_results *results, const char *path, int64_t number)
{
  PetscFunctionBeginUser;
  PetscCall(hc_error_agree(results->mesh->comm, create_array(results, path, "", H5T_STD_I64LE, 1, 1)));
  PetscCall(hc_h5_write(results->file, path, H5T_NATIVE_INT64, 0, results->rank == 0 ? 1 : 0, &number));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static bool is_frame_field(const struct hc_results *results, enum hc_location where, const char *name)
{
  for (int i = 0; i < results->n_fields; i++)
    if (results->fields[i].where == where && strcmp(results->fields[i].name, name) == 0)
      return true;
  return false;
}

/* Fields that the mesh arrays or the frames stand for already are left out. */
static bool is_static(const struct hc_results *results, const struct hc_field *field)
{
  return strcmp(field->name, field->where == HC_CELL ? "region" : "surface") != 0 &&
         !is_frame_field(results, field->where, field->name);
}

static PetscErrorCode write_static_fields(struct hc_results *results, const struct hc_fields *fields)
{
  char path[512];

  PetscFunctionBeginUser;
  for (int i = 0; i < hc_fields_count(fields); i++) {
    const struct hc_field *field = hc_fields_get(fields, i);
    if (!is_static(results, field))
      continue;
    snprintf(path, sizeof path, "%s/%s", hc_group_of(field->where), field->name);
    PetscCall(
        write_array(results, path, field->unit, H5T_IEEE_F64LE, field->where, field->n_comp, false, field->values));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_arrays_mesh(struct hc_results *results, const struct hc_fields *static_fields)
{
  const struct hc_mesh *mesh = results->mesh;

  PetscFunctionBeginUser;
  PetscCall(write_number(results, "VTKHDF/NumberOfPoints", mesh->n_nodes));
  PetscCall(write_number(results, "VTKHDF/NumberOfCells", mesh->n_cells));
  PetscCall(write_number(results, "VTKHDF/NumberOfConnectivityIds", mesh->n_cells * hc_cell_nodes(mesh->type)));
  PetscCall(write_array(results, "VTKHDF/Points", "mm", H5T_IEEE_F64LE, HC_NODE, 3, false, mesh->xyz));
  PetscCall(write_connectivity(results));
  PetscCall(write_offsets_and_types(results));
  PetscCall(write_tags(results, "VTKHDF/CellData/region", HC_CELL, mesh->n_cells_local, mesh->region));
  PetscCall(write_tags(results, "VTKHDF/PointData/surface", HC_NODE, mesh->n_owned, mesh->surface));
  if (static_fields)
    PetscCall(write_static_fields(results, static_fields));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Frames and maps --------------------------------------------------------------------------------------------- */

static PetscErrorCode create_frames(struct hc_results *results, const struct hc_results_field *field)
{
  const struct hc_h5_layout layout = {.rows = 0,
                                      .columns = field->n_comp,
                                      .extendible = true,
                                      .chunk = results->rows[field->where].chunk,
                                      .deflate = results->deflate};
  char path[512];

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "%s/%s", hc_group_of(field->where), field->name);
  PetscCall(hc_h5_dataset(results->file, path, results->precision == 64 ? H5T_IEEE_F64LE : H5T_IEEE_F32LE, &layout));
  PetscCall(put_attributes(results->file, path, field->unit, results->rows[field->where].stride));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_arrays_frames(struct hc_results *results)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < results->n_fields; i++)
    PetscCall(hc_error_agree(results->mesh->comm, create_frames(results, &results->fields[i])));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_arrays_frame(struct hc_results *results, const struct hc_results_field *field, int64_t frame,
                               const double *values)
{
  const int64_t stride = results->rows[field->where].stride;
  int64_t rows, start, count;
  double *slab = NULL;
  char path[512];
  PetscErrorCode code;

  PetscFunctionBeginUser;
  slab_of(results, field->where, &rows, &start, &count);
  snprintf(path, sizeof path, "%s/%s", hc_group_of(field->where), field->name);
  PetscCall(hc_error_agree(results->mesh->comm, hc_h5_extend(results->file, path, (frame + 1) * stride)));
  PetscCall(hc_error_agree(results->mesh->comm, PetscMalloc1((size_t)(count * field->n_comp) + 1, &slab)));
  code = hc_mesh_to_file_order(results->mesh, field->where, field->n_comp, values, slab);
  if (!code)
    code = hc_h5_write(results->file, path, H5T_NATIVE_DOUBLE, frame * stride + start, count, slab);
  PetscCall(PetscFree(slab));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_arrays_map(struct hc_results *results, const char *name, const char *unit, const double *values)
{
  char path[512];

  PetscFunctionBeginUser;
  PetscCheck(!is_frame_field(results, HC_NODE, name), PETSC_COMM_SELF, HC_ERR_INPUT,
             "output.fields: %s is also the name of a map over the whole run; allowed: any other name", name);
  snprintf(path, sizeof path, "VTKHDF/PointData/%s", name);
  PetscCall(write_array(results, path, unit, H5T_IEEE_F64LE, HC_NODE, 1, false, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}
