/* Results read again: mesh and nodal values of one frame, on one rank. */
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const enum hc_cell_type types[] = {HC_TRIANGLE, HC_TETRAHEDRON, HC_HEXAHEDRON};

/* Rows [start, start + count) of a dataset, all of it with count < 0; freed with PetscFree. */
static PetscErrorCode read_rows(const struct hc_frame *frame, hid_t file, const char *name, hid_t type, size_t bytes,
                                int64_t start, int64_t *count, void *values)
{
  bool exists;
  int64_t rows;
  int columns;
  void *read;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_shape(file, name, &exists, &rows, &columns));
  PetscCheck(exists, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s is missing: these are no results", frame->path, name);
  if (*count < 0)
    *count = rows;
  PetscCall(PetscMalloc((size_t)*count * (size_t)columns * bytes + 1, &read));
  code = hc_h5_read(file, name, type, start, *count, read);
  if (code)
    PetscCall(PetscFree(read));
  PetscCall(code);
  *(void **)values = read;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_mesh(struct hc_frame *frame, hid_t file)
{
  int64_t all = -1, one = 1;
  uint8_t *kind;
  bool known = false;

  PetscFunctionBeginUser;
  frame->n_nodes = -1;
  PetscCall(read_rows(frame, file, "VTKHDF/Points", H5T_NATIVE_DOUBLE, 3 * sizeof(double), 0, &frame->n_nodes,
                      &frame->points));
  PetscCall(read_rows(frame, file, "VTKHDF/Connectivity", H5T_NATIVE_INT64, sizeof(int64_t), 0, &all, &frame->cells));
  PetscCall(read_rows(frame, file, "VTKHDF/Types", H5T_NATIVE_UINT8, 1, 0, &one, &kind));
  for (size_t i = 0; i < sizeof types / sizeof types[0] && !known; i++) {
    known = hc_cell_vtk(types[i]) == kind[0];
    frame->type = types[i];
  }
  PetscCall(PetscFree(kind));
  PetscCheck(known, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: VTKHDF/Types: found a kind of cell that is not ours",
             frame->path);
  frame->n_cells = all / hc_cell_nodes(frame->type);
  for (int64_t i = 0; i < all; i++)
    PetscCheck(frame->cells[i] >= 0 && frame->cells[i] < frame->n_nodes, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: VTKHDF/Connectivity: found node %lld; allowed: 0 to %lld", frame->path, (long long)frame->cells[i],
               (long long)frame->n_nodes - 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode find_frame(struct hc_frame *frame, hid_t file, double time)
{
  int64_t n = -1;
  double *times, first, last, nearest = INFINITY;

  PetscFunctionBeginUser;
  PetscCheck(hc_h5_exists(file, "VTKHDF/Steps"), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found no frames; allowed: results of a case with output.every above 0", frame->path);
  PetscCall(read_rows(frame, file, "VTKHDF/Steps/Values", H5T_NATIVE_DOUBLE, sizeof *times, 0, &n, &times));
  first = times[0];
  last = times[n - 1];
  for (int64_t i = 0; i < n; i++)
    if (isnan(time) || fabs(times[i] - time) < fabs(nearest - time)) {
      nearest = times[i];
      frame->index = i;
    }
  PetscCall(PetscFree(times));
  PetscCheck(isnan(time) || fabs(nearest - time) < 1e-6, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found no frame at %.10g; allowed: a time with a frame, from %.10g to %.10g; the nearest is at %.10g",
             frame->path, time, first, last, nearest);
  frame->time = nearest;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_frame_read(const char *folder, double time, struct hc_frame *frame)
{
  PetscErrorCode code;
  hid_t file;

  PetscFunctionBeginUser;
  *frame = (struct hc_frame){0};
  hc_segment_path(folder, HC_MESH_SEGMENT, frame->path);
  PetscCall(hc_h5_open(PETSC_COMM_SELF, frame->path, false, &file));
  code = find_frame(frame, file, time);
  if (!code)
    code = read_mesh(frame, file);
  (void)hc_h5_close(&file);
  if (code)
    hc_frame_clear(frame);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_frame_clear(struct hc_frame *frame)
{
  (void)PetscFree(frame->points);
  (void)PetscFree(frame->cells);
}

/* ---- Fields ------------------------------------------------------------------------------------------------------ */

struct fields {
  const char *wanted;
  int64_t rows_per_frame; /* of the one that is wanted; -1: there is none */
  char names[512];        /* of all of them */
};

static PetscErrorCode visit(const struct hc_array *array, void *context)
{
  struct fields *fields = context;
  const size_t used = strlen(fields->names);

  PetscFunctionBeginUser;
  if (array->rows_per_frame <= 0 || array->columns != 1)
    PetscFunctionReturn(PETSC_SUCCESS);
  snprintf(fields->names + used, sizeof fields->names - used, "%s%s", used ? ", " : "", array->name);
  if (strcmp(array->name, fields->wanted) == 0)
    fields->rows_per_frame = array->rows_per_frame;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_field(const struct hc_frame *frame, hid_t file, const char *name, bool *found,
                                 double **values)
{
  struct fields fields = {.wanted = name, .rows_per_frame = -1};
  int64_t count = frame->n_nodes;
  char path[256];

  PetscFunctionBeginUser;
  PetscCall(hc_segment_each(file, "VTKHDF/PointData", false, visit, &fields));
  if (found) {
    *found = fields.rows_per_frame > 0;
    if (!*found)
      PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCheck(fields.rows_per_frame > 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: frames have no \"%s\"; allowed: %s",
             frame->path, name, fields.names);
  snprintf(path, sizeof path, "VTKHDF/PointData/%s", name);
  PetscCall(read_rows(frame, file, path, H5T_NATIVE_DOUBLE, sizeof **values, frame->index * fields.rows_per_frame,
                      &count, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_frame_field(const struct hc_frame *frame, const char *name, bool *found, double **values)
{
  PetscErrorCode code;
  hid_t file;

  PetscFunctionBeginUser;
  *values = NULL;
  PetscCall(hc_h5_open(PETSC_COMM_SELF, frame->path, false, &file));
  code = read_field(frame, file, name, found, values);
  (void)hc_h5_close(&file);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
