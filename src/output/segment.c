#include "internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hc_segment_path(const char *folder, int part, char path[PATH_MAX])
{
  if (part == HC_MESH_SEGMENT)
    snprintf(path, PATH_MAX, "%s/results.h5", folder);
  else
    snprintf(path, PATH_MAX, "%s/results.part%d.h5", folder, part);
}

void hc_segment_clear(struct hc_segment *segment)
{
  (void)PetscFree(segment->times);
  *segment = (struct hc_segment){0};
}

PetscErrorCode hc_segment_open(const char *path, bool write, hid_t *file)
{
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);

  PetscFunctionBeginUser;
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
#if H5_VERSION_GE(1, 10, 7)
  H5Pset_file_locking(access, false, true); /* a viewer that has the file open must not stop a run */
#endif
  *file = H5Fopen(path, write ? H5F_ACC_RDWR : H5F_ACC_RDONLY, access);
  H5Pclose(access);
  if (*file < 0)
    PetscCall(hc_h5_error(HC_ERR_INPUT, "%s: is missing, damaged or no HDF5 file", path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode close_written(hid_t file, const char *path)
{
  PetscFunctionBeginUser;
  HC_H5(H5Fclose(file), "%s: cannot be written completely (disk full?)", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Attributes and small datasets ------------------------------------------------------------------------------ */

/* A scalar, as VTK wants NSteps. */
PetscErrorCode hc_segment_put_int(hid_t object, const char *name, int64_t value)
{
  hid_t space, attribute;
  herr_t status = -1;

  PetscFunctionBeginUser;
  if (H5Aexists(object, name) > 0)
    H5Adelete(object, name);
  space = H5Screate(H5S_SCALAR);
  attribute = H5Acreate2(object, name, H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Sclose(space);
  if (attribute >= 0) {
    status = H5Awrite(attribute, H5T_NATIVE_INT64, &value);
    H5Aclose(attribute);
  }
  HC_H5(status, "attribute %s cannot be written", name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

int64_t hc_segment_get_int(hid_t object, const char *name, int64_t missing)
{
  int64_t value = missing;
  hid_t attribute, space;

  if (H5Aexists(object, name) <= 0)
    return missing;
  attribute = H5Aopen(object, name, H5P_DEFAULT);
  if (attribute < 0)
    return missing;
  space = H5Aget_space(attribute);
  if (H5Sget_simple_extent_npoints(space) != 1 || H5Aread(attribute, H5T_NATIVE_INT64, &value) < 0)
    value = missing;
  H5Sclose(space);
  H5Aclose(attribute);
  return value;
}

/* A small dataset with its parent groups; n_dims 2: one column. */
static PetscErrorCode put_rows(hid_t file, const char *path, hid_t type, int n_dims, int64_t rows, int64_t columns,
                               const void *values)
{
  const hsize_t size[2] = {(hsize_t)rows, (hsize_t)columns};
  hid_t space, links, set;
  herr_t status = -1;

  PetscFunctionBeginUser;
  space = H5Screate_simple(n_dims, size, NULL);
  links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  set = H5Dcreate2(file, path, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
  H5Pclose(links);
  H5Sclose(space);
  if (set >= 0) {
    status = rows > 0 ? H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) : 0;
    H5Dclose(set);
  }
  HC_H5(status, "%s cannot be written", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Listing ----------------------------------------------------------------------------------------------------- */

struct visitor {
  bool own;
  PetscErrorCode (*visit)(const struct hc_array *array, void *context);
  void *context;
  PetscErrorCode code;
};

static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *info, void *context)
{
  struct visitor *visitor = context;
  struct hc_array array = {.name = name};
  bool exists;

  if (visitor->own && info->type != H5L_TYPE_HARD)
    return 0;
  array.set = H5Dopen2(group, name, H5P_DEFAULT);
  if (array.set < 0)
    return 0; /* a group */
  visitor->code = hc_h5_shape(group, name, &exists, &array.rows, &array.columns);
  array.rows_per_frame = hc_segment_get_int(array.set, "rows_per_frame", 0);
  if (!visitor->code)
    visitor->code = visitor->visit(&array, visitor->context);
  H5Dclose(array.set);
  return visitor->code ? -1 : 0;
}

PetscErrorCode hc_segment_each(hid_t file, const char *group, bool own,
                               PetscErrorCode (*visit)(const struct hc_array *array, void *context), void *context)
{
  struct visitor visitor = {.own = own, .visit = visit, .context = context};
  herr_t status;

  PetscFunctionBeginUser;
  if (!hc_h5_exists(file, group))
    PetscFunctionReturn(PETSC_SUCCESS);
  status = H5Literate_by_name(file, group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_link, &visitor, H5P_DEFAULT);
  PetscCall(visitor.code);
  if (status < 0)
    PetscCall(hc_h5_error(HC_ERR_INPUT, "group %s cannot be listed", group));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Steps ------------------------------------------------------------------------------------------------------- */

struct steps {
  hid_t file;
  const char *group; /* of the offsets */
  int64_t count;
  int64_t *rows; /* count, work space */
};

static PetscErrorCode put_offsets(const struct hc_array *array, void *context)
{
  const struct steps *steps = context;
  char path[512];

  PetscFunctionBeginUser;
  for (int64_t s = 0; s < steps->count; s++)
    steps->rows[s] = s * array->rows_per_frame;
  snprintf(path, sizeof path, "%s/%s", steps->group, array->name);
  PetscCall(put_rows(steps->file, path, H5T_NATIVE_INT64, 1, steps->count, 1, steps->rows));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_steps(struct steps *steps, const double *times)
{
  static const struct {
    const char *path;
    int n_dims;
    int64_t value;
  } constant[] = {{"VTKHDF/Steps/PartOffsets", 1, 0},
                  {"VTKHDF/Steps/NumberOfParts", 1, 1},
                  {"VTKHDF/Steps/PointOffsets", 1, 0},
                  {"VTKHDF/Steps/CellOffsets", 2, 0},
                  {"VTKHDF/Steps/ConnectivityIdOffsets", 2, 0}};
  hid_t group;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(put_rows(steps->file, "VTKHDF/Steps/Values", H5T_NATIVE_DOUBLE, 1, steps->count, 1, times));
  for (size_t i = 0; i < sizeof constant / sizeof constant[0]; i++) {
    for (int64_t s = 0; s < steps->count; s++)
      steps->rows[s] = constant[i].value;
    PetscCall(
        put_rows(steps->file, constant[i].path, H5T_NATIVE_INT64, constant[i].n_dims, steps->count, 1, steps->rows));
  }
  steps->group = "VTKHDF/Steps/PointDataOffsets";
  PetscCall(hc_segment_each(steps->file, "VTKHDF/PointData", false, put_offsets, steps));
  steps->group = "VTKHDF/Steps/CellDataOffsets";
  PetscCall(hc_segment_each(steps->file, "VTKHDF/CellData", false, put_offsets, steps));
  group = H5Gopen2(steps->file, "VTKHDF/Steps", H5P_DEFAULT);
  HC_H5(group, "VTKHDF/Steps");
  code = hc_segment_put_int(group, "NSteps", steps->count);
  H5Gclose(group);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_segment_put_steps(hid_t file, int64_t count, const double *times)
{
  struct steps steps = {.file = file, .count = count};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_remove(file, "VTKHDF/Steps"));
  if (count == 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1((size_t)count, &steps.rows));
  code = put_steps(&steps, times);
  PetscCall(PetscFree(steps.rows));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Sealing ----------------------------------------------------------------------------------------------------- */

/* The names of the columns, "time" first, as an array of strings of one length. */
static PetscErrorCode put_columns(hid_t set, const struct hc_output_traces *traces)
{
  const hsize_t n = (hsize_t)traces->n + 1;
  hid_t type, space, attribute;
  size_t width = sizeof "time";
  herr_t status = -1;
  char *text;

  PetscFunctionBeginUser;
  for (int i = 0; i < traces->n; i++)
    width = PetscMax(width, strlen(traces->names[i]) + 1);
  PetscCall(PetscCalloc1(n * width, &text));
  memcpy(text, "time", sizeof "time");
  for (int i = 0; i < traces->n; i++)
    memcpy(text + (size_t)(i + 1) * width, traces->names[i], strlen(traces->names[i]));
  type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, width);
  H5Tset_cset(type, H5T_CSET_UTF8);
  space = H5Screate_simple(1, &n, NULL);
  attribute = H5Acreate2(set, "columns", type, space, H5P_DEFAULT, H5P_DEFAULT);
  if (attribute >= 0) {
    status = H5Awrite(attribute, type, text);
    H5Aclose(attribute);
  }
  H5Sclose(space);
  H5Tclose(type);
  PetscCall(PetscFree(text));
  HC_H5(status, "names of %s cannot be written", traces->title);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_traces(hid_t file, const char *time_unit, const struct hc_output_traces *traces)
{
  char path[256];
  PetscErrorCode code;
  hid_t set;

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "healthcast/%s", traces->title);
  PetscCall(hc_h5_remove(file, path));
  PetscCall(put_rows(file, path, H5T_NATIVE_DOUBLE, 2, traces->n_samples, traces->n + 1, traces->samples));
  set = H5Dopen2(file, path, H5P_DEFAULT);
  HC_H5(set, "%s", path);
  code = put_columns(set, traces);
  if (!code)
    code = hc_h5_put_text(set, "unit", traces->unit);
  if (!code)
    code = hc_h5_put_text(set, "time_unit", time_unit);
  H5Dclose(set);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode link_to_mesh(hid_t file, const char *path)
{
  herr_t status;
  hid_t links;

  PetscFunctionBeginUser;
  if (hc_h5_exists(file, path))
    PetscFunctionReturn(PETSC_SUCCESS);
  links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  status = H5Lcreate_external("results.h5", path, file, path, links, H5P_DEFAULT);
  H5Pclose(links);
  HC_H5(status, "link to %s of results.h5 cannot be written", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode link_cell_data(const struct hc_array *array, void *context)
{
  const hid_t *file = context;
  char path[512];

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "/VTKHDF/CellData/%s", array->name);
  if (array->rows_per_frame == 0)
    PetscCall(link_to_mesh(*file, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A part shows the mesh of results.h5 by links, so that a viewer can open it alone. */
static PetscErrorCode link_mesh(hid_t file, const char *folder)
{
  static const char *const names[] = {
      "/VTKHDF/NumberOfPoints", "/VTKHDF/NumberOfCells", "/VTKHDF/NumberOfConnectivityIds",
      "/VTKHDF/Points",         "/VTKHDF/Connectivity",  "/VTKHDF/Offsets",
      "/VTKHDF/Types"};
  char path[PATH_MAX];
  PetscErrorCode code;
  hid_t mesh_file;

  PetscFunctionBeginUser;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    PetscCall(link_to_mesh(file, names[i]));
  hc_segment_path(folder, HC_MESH_SEGMENT, path);
  PetscCall(hc_segment_open(path, false, &mesh_file));
  code = hc_segment_each(mesh_file, "/VTKHDF/CellData", true, link_cell_data, &file);
  H5Fclose(mesh_file);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_provenance(hid_t group)
{
  char text[256];
  unsigned int major, minor, release;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_put_text(group, "version", hc_version()));
  PetscCall(hc_h5_put_text(group, "build", hc_build_type()));
  PetscCall(hc_h5_put_text(group, "compiler", hc_compiler()));
  PetscCall(PetscGetVersion(text, sizeof text));
  PetscCall(hc_h5_put_text(group, "petsc", text));
  H5get_libversion(&major, &minor, &release);
  snprintf(text, sizeof text, "%u.%u.%u", major, minor, release);
  PetscCall(hc_h5_put_text(group, "hdf5", text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode seal(const struct hc_results *results, hid_t file)
{
  const struct hc_segment *open = &results->open;
  const int64_t version[2] = {2, 2};
  hid_t group;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_group(file, "healthcast", true, &group));
  PetscCall(hc_segment_put_int(group, "first_frame", open->first));
  PetscCall(put_provenance(group));
  PetscCall(hc_h5_put_text(group, "time_unit", results->time_unit));
  for (int i = 0; i < results->n_traces; i++)
    PetscCall(put_traces(file, results->time_unit, &results->traces[i]));
  if (open->part != HC_MESH_SEGMENT)
    PetscCall(link_mesh(file, results->folder));
  PetscCall(hc_segment_put_steps(file, open->count, open->times));
  PetscCall(hc_h5_group(file, "VTKHDF", true, &group));
  PetscCall(hc_h5_put_ints(group, "Version", 2, version));
  PetscCall(hc_h5_put_ascii(group, "Type", "UnstructuredGrid"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Bytes of what sealing adds: per frame a time and offsets for every array, and the traces. */
static int64_t seal_bytes(const struct hc_results *results)
{
  int64_t bytes = HC_RESERVE_BYTES + 8 * results->open.count * (64 + results->n_fields);
  for (int i = 0; i < results->n_traces; i++)
    bytes += 8 * results->traces[i].n_samples * (results->traces[i].n + 1);
  return bytes;
}

PetscErrorCode hc_segment_seal(const struct hc_results *results)
{
  char path[PATH_MAX];
  PetscErrorCode code;
  hid_t file;

  PetscFunctionBeginUser;
  hc_segment_path(results->folder, results->open.part, path);
  PetscCall(hc_store_reserve(path, seal_bytes(results)));
  PetscCall(hc_segment_open(path, true, &file));
  code = seal(results, file);
  if (code)
    H5Fclose(file);
  PetscCall(code);
  PetscCall(close_written(file, path));
  PetscCall(hc_store_trim(path));
  PetscCall(hc_store_sync(path));
  PetscCall(hc_store_sync_parent(path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Reading back on restart ------------------------------------------------------------------------------------- */

static herr_t read_times(hid_t file, const struct hc_segment *segment)
{
  herr_t status;
  hid_t set;

  if (segment->count == 0)
    return 0;
  set = H5Dopen2(file, "VTKHDF/Steps/Values", H5P_DEFAULT);
  if (set < 0)
    return -1;
  status = H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, segment->times);
  H5Dclose(set);
  return status;
}

static PetscErrorCode read_segment(hid_t file, const char *path, struct hc_segment *segment)
{
  bool exists;
  int columns;
  hid_t group;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_group(file, "healthcast", false, &group));
  segment->first = group >= 0 ? hc_segment_get_int(group, "first_frame", -1) : -1;
  PetscCheck(segment->first >= 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: is no complete results file of healthcast", path);
  PetscCall(hc_h5_shape(file, "VTKHDF/Steps/Values", &exists, &segment->count, &columns));
  PetscCall(PetscMalloc1((size_t)segment->count + 1, &segment->times));
  PetscCheck(read_times(file, segment) >= 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: the times of its frames cannot be read", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_segment_read(const char *folder, int part, struct hc_segment *segment)
{
  char path[PATH_MAX];
  PetscErrorCode code;
  hid_t file;

  PetscFunctionBeginUser;
  *segment = (struct hc_segment){.part = part};
  hc_segment_path(folder, part, path);
  PetscCall(hc_segment_open(path, false, &file));
  code = read_segment(file, path, segment);
  H5Fclose(file);
  if (code)
    hc_segment_clear(segment);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

struct shrink {
  int64_t count;
};

static PetscErrorCode shrink_array(const struct hc_array *array, void *context)
{
  const struct shrink *shrink = context;
  const hsize_t size[2] = {(hsize_t)(shrink->count * array->rows_per_frame), (hsize_t)array->columns};

  PetscFunctionBeginUser;
  if (array->rows_per_frame > 0)
    HC_H5(H5Dset_extent(array->set, size), "%s cannot be cut to %lld frames", array->name, (long long)shrink->count);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_segment_truncate(const char *folder, const struct hc_segment *segment, int64_t count)
{
  struct shrink shrink = {.count = count};
  char path[PATH_MAX], temporary[PATH_MAX + 8];
  PetscErrorCode code;
  hid_t file;

  PetscFunctionBeginUser;
  hc_segment_path(folder, segment->part, path);
  snprintf(temporary, sizeof temporary, "%s.tmp", path);
  PetscCall(hc_store_copy(path, temporary));
  PetscCall(hc_store_reserve(temporary, HC_RESERVE_BYTES));
  PetscCall(hc_segment_open(temporary, true, &file));
  code = hc_segment_each(file, "VTKHDF/PointData", true, shrink_array, &shrink);
  if (!code)
    code = hc_segment_each(file, "VTKHDF/CellData", true, shrink_array, &shrink);
  if (!code)
    code = hc_segment_put_steps(file, count, segment->times);
  if (code)
    H5Fclose(file);
  PetscCall(code);
  PetscCall(close_written(file, temporary));
  PetscCall(hc_store_trim(temporary));
  PetscCall(hc_store_replace(temporary, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Number of the part that a file name or that of its temporary copy stands for, -1 for other files. */
static int part_of(const char *name)
{
  static const char stem[] = "results.part";
  char *end;
  long part;

  if (strncmp(name, stem, sizeof stem - 1) != 0)
    return -1;
  part = strtol(name + sizeof stem - 1, &end, 10);
  if (part < 1 || part > INT_MAX || (strcmp(end, ".h5") != 0 && strcmp(end, ".h5.tmp") != 0))
    return -1;
  return (int)part;
}

PetscErrorCode hc_segment_delete_from(const char *folder, int part)
{
  char path[PATH_MAX], temporary[PATH_MAX + 8];
  struct dirent *entry;
  int last = part - 1;
  DIR *entries;

  PetscFunctionBeginUser;
  entries = opendir(folder);
  PetscCheck(entries, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: folder cannot be read: %s", folder, strerror(errno));
  while ((entry = readdir(entries)))
    last = PetscMax(last, part_of(entry->d_name));
  closedir(entries);
  for (int i = last; i >= part; i--) {
    hc_segment_path(folder, i, path);
    PetscCall(hc_store_remove(path));
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    PetscCall(hc_store_remove(temporary));
  }
  hc_segment_path(folder, HC_MESH_SEGMENT, path);
  snprintf(temporary, sizeof temporary, "%s.tmp", path);
  PetscCall(hc_store_remove(temporary));
  PetscCall(hc_store_sync_parent(path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A part that starts where the valid ones end, with frames that the checkpoint counts on (or none: maps only). */
static bool belongs(const struct hc_segment *segment, int64_t covered, int64_t frames)
{
  if (segment->first != covered || covered > frames)
    return false;
  return segment->count == 0 || covered < frames;
}

static PetscErrorCode append(struct hc_results *results, struct hc_segment *segment)
{
  PetscFunctionBeginUser;
  PetscCall(PetscRealloc(sizeof *results->segments * (size_t)(results->n_segments + 1), &results->segments));
  results->segments[results->n_segments++] = *segment;
  *segment = (struct hc_segment){0};
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A segment that cannot be read ends the search, it is no error yet; `reason` is kept for the message if it becomes
 * one.
 */
static bool readable(const char *folder, int part, struct hc_segment *segment, char reason[512])
{
  const PetscErrorCode code = hc_segment_read(folder, part, segment);

  snprintf(reason, 512, "%s", code ? hc_error_message() : "");
  if (code)
    hc_error_clear();
  return !code;
}

PetscErrorCode hc_segment_scan(struct hc_results *results, int64_t frames)
{
  struct hc_segment segment = {0};
  int64_t covered = 0;
  char reason[512];
  int part;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_init());
  for (part = 0; readable(results->folder, part, &segment, reason) && belongs(&segment, covered, frames); part++) {
    covered += segment.count;
    PetscCall(append(results, &segment));
  }
  hc_segment_clear(&segment);
  PetscCheck(covered >= frames, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: the checkpoint counts on %lld frames of results, %lld were found; %s", results->folder,
             (long long)frames, (long long)covered, reason[0] ? reason : "the next part is of another run");
  PetscCall(hc_segment_delete_from(results->folder, part > 0 ? part : 1));
  if (covered > frames) { /* only the last one can reach beyond */
    struct hc_segment *last = &results->segments[results->n_segments - 1];
    PetscCall(hc_segment_truncate(results->folder, last, frames - last->first));
    last->count = frames - last->first;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
