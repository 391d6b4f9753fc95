/* All segments as one results.h5: a copy of the first to which the chunks of the others are appended as they are,
 * compressed, one at a time. The copy gets its name when it is whole. */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct join {
  hid_t target;
  int64_t first; /* of the segment that is being appended */
  enum hc_location where;
};

static PetscErrorCode replace(const struct join *join, const char *path, hid_t source)
{
  hid_t links;
  herr_t status;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_remove(join->target, path));
  links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  status = H5Ocopy(source, ".", join->target, path, H5P_DEFAULT, links);
  H5Pclose(links);
  HC_H5(status, "%s cannot be copied (disk full?)", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Chunk shape, filters and number type, as far as raw chunks depend on them. */
struct format {
  int n_dims, n_filters;
  hsize_t chunk[2];
  H5Z_filter_t filters[4];
  size_t type_size;
  H5T_order_t order;
};

static PetscErrorCode read_format(hid_t set, struct format *format)
{
  const hid_t properties = H5Dget_create_plist(set), type = H5Dget_type(set);

  PetscFunctionBeginUser;
  *format = (struct format){.n_filters = H5Pget_nfilters(properties), .type_size = H5Tget_size(type)};
  format->order = H5Tget_order(type);
  format->n_dims = H5Pget_layout(properties) == H5D_CHUNKED ? H5Pget_chunk(properties, 2, format->chunk) : 0;
  for (int i = 0; i < format->n_filters && i < 4; i++)
    format->filters[i] = H5Pget_filter2(properties, (unsigned)i, NULL, NULL, NULL, 0, NULL, NULL);
  H5Tclose(type);
  H5Pclose(properties);
  PetscCheck(format->n_dims > 0 && format->n_filters <= 4, PETSC_COMM_SELF, HC_ERR_INPUT,
             "its frames are not stored in chunks");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static bool same_format(const struct format *a, const struct format *b)
{
  if (a->n_dims != b->n_dims || a->n_filters != b->n_filters || a->type_size != b->type_size || a->order != b->order)
    return false;
  for (int i = 0; i < a->n_dims; i++)
    if (a->chunk[i] != b->chunk[i])
      return false;
  for (int i = 0; i < a->n_filters; i++)
    if (a->filters[i] != b->filters[i])
      return false;
  return true;
}

static PetscErrorCode copy_chunk(hid_t source, hid_t target, const hsize_t from[2], const hsize_t to[2])
{
  hsize_t size = 0;
  uint32_t mask = 0;
  herr_t status;
  char *buffer = NULL;

  PetscFunctionBeginUser;
  HC_H5(H5Dget_chunk_storage_size(source, from, &size), "a chunk cannot be read");
  if (size == 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(size, &buffer));
  status = H5Dread_chunk(source, H5P_DEFAULT, from, &mask, buffer);
  if (status >= 0)
    status = H5Dwrite_chunk(target, H5P_DEFAULT, mask, to, size, buffer);
  PetscCall(PetscFree(buffer));
  HC_H5(status, "a chunk cannot be copied (disk full?)");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode append_frames(const struct join *join, hid_t target, const struct hc_array *array)
{
  const int64_t start = join->first * array->rows_per_frame;
  const hsize_t size[2] = {(hsize_t)(start + array->rows), (hsize_t)array->columns};
  struct format from, to;

  PetscFunctionBeginUser;
  PetscCall(read_format(array->set, &from));
  PetscCall(read_format(target, &to));
  PetscCheck(same_format(&from, &to) && hc_segment_get_int(target, "rows_per_frame", 0) == array->rows_per_frame,
             PETSC_COMM_SELF, HC_ERR_INPUT, "the frames of %s are stored differently in results.h5 and in its parts",
             array->name);
  HC_H5(H5Dset_extent(target, size), "%s cannot grow (disk full?)", array->name);
  for (int64_t row = 0; row < array->rows; row += (int64_t)from.chunk[0]) {
    const hsize_t source[2] = {(hsize_t)row, 0}, destination[2] = {(hsize_t)(start + row), 0};
    PetscCall(copy_chunk(array->set, target, source, destination));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Frames are appended; maps, and frames that no earlier segment has, are copied. */
static PetscErrorCode join_array(const struct hc_array *array, void *context)
{
  const struct join *join = context;
  char path[512];
  PetscErrorCode code;
  hid_t target;

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "/%s/%s", hc_group_of(join->where), array->name);
  if (array->rows_per_frame == 0 || !hc_h5_exists(join->target, path)) {
    PetscCall(replace(join, path, array->set));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  target = H5Dopen2(join->target, path, H5P_DEFAULT);
  HC_H5(target, "%s", path);
  code = append_frames(join, target, array);
  H5Dclose(target);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode join_traces(const struct hc_array *array, void *context)
{
  const struct join *join = context;
  char path[512];

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "/healthcast/%s", array->name);
  PetscCall(replace(join, path, array->set));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode append_segment(hid_t target, const char *folder, const struct hc_segment *segment)
{
  struct join join = {.target = target, .first = segment->first};
  char path[PATH_MAX];
  PetscErrorCode code;
  hid_t source;

  PetscFunctionBeginUser;
  hc_segment_path(folder, segment->part, path);
  PetscCall(hc_segment_open(path, false, &source));
  code = hc_segment_each(source, hc_group_of(join.where), true, join_array, &join);
  join.where = HC_CELL;
  if (!code)
    code = hc_segment_each(source, hc_group_of(join.where), true, join_array, &join);
  if (!code)
    code = hc_segment_each(source, "/healthcast", true, join_traces, &join);
  H5Fclose(source);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode append_segments(const struct hc_results *results, hid_t target, struct hc_segment *whole)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < results->n_segments; i++)
    whole->count += results->segments[i].count;
  PetscCall(PetscMalloc1((size_t)whole->count + 1, &whole->times));
  for (int i = 0; i < results->n_segments; i++) {
    const struct hc_segment *segment = &results->segments[i];
    for (int64_t s = 0; s < segment->count; s++)
      whole->times[segment->first + s] = segment->times[s];
    if (i > 0)
      PetscCall(append_segment(target, results->folder, segment));
  }
  PetscCall(hc_segment_put_steps(target, whole->count, whole->times));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The other segments' files and the new Steps: no more than that is added. */
static PetscErrorCode reserve(const struct hc_results *results, const char *path)
{
  struct stat status;
  char part[PATH_MAX];
  int64_t bytes = HC_RESERVE_BYTES;

  PetscFunctionBeginUser;
  for (int i = 1; i < results->n_segments; i++) {
    hc_segment_path(results->folder, results->segments[i].part, part);
    PetscCheck(stat(part, &status) == 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be read: %s", part,
               strerror(errno));
    bytes += (int64_t)status.st_size;
  }
  PetscCall(hc_store_reserve(path, bytes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode join_copy(const struct hc_results *results, const char *path, struct hc_segment *whole)
{
  PetscErrorCode code;
  hid_t target;

  PetscFunctionBeginUser;
  PetscCall(reserve(results, path));
  PetscCall(hc_segment_open(path, true, &target));
  code = append_segments(results, target, whole);
  if (code)
    H5Fclose(target);
  PetscCall(code);
  HC_H5(H5Fclose(target), "%s: cannot be written completely (disk full?)", path);
  PetscCall(hc_store_trim(path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_segments_join(struct hc_results *results)
{
  char path[PATH_MAX], temporary[PATH_MAX + 8];
  struct hc_segment whole = {.part = HC_MESH_SEGMENT};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  if (results->n_segments <= 1)
    PetscFunctionReturn(PETSC_SUCCESS);
  hc_segment_path(results->folder, HC_MESH_SEGMENT, path);
  snprintf(temporary, sizeof temporary, "%s.tmp", path);
  code = hc_store_copy(path, temporary);
  if (!code)
    code = join_copy(results, temporary, &whole);
  if (!code)
    code = hc_store_replace(temporary, path);
  if (code) {
    hc_segment_clear(&whole);
    (void)hc_store_remove(temporary);
    PetscCall(code);
  }
  for (int i = 0; i < results->n_segments; i++)
    hc_segment_clear(&results->segments[i]);
  results->segments[0] = whole;
  results->n_segments = 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}
