/* Life of a results folder. What every rank takes part in is here and in arrays.c; files are completed, joined and
 * described by rank 0 alone (segment.c, join.c, xdmf.c). */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- Making and freeing ------------------------------------------------------------------------------------------ */

static PetscErrorCode copy_fields(struct hc_results *r, int n, const struct hc_results_field *fields)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1((size_t)n + 1, &r->fields));
  for (int i = 0; i < n; i++) {
    char *name, *unit;
    PetscCall(PetscStrallocpy(fields[i].name, &name));
    PetscCall(PetscStrallocpy(fields[i].unit ? fields[i].unit : "", &unit));
    r->fields[r->n_fields++] = (struct hc_results_field){name, unit, fields[i].n_comp, fields[i].where};
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* As few chunks as the limit allows, of even size. */
static struct hc_frame_rows rows_of(int64_t n)
{
  const int64_t pieces = PetscMax((n + HC_CHUNK_ROWS - 1) / HC_CHUNK_ROWS, 1);
  const int64_t chunk = PetscMax((n + pieces - 1) / pieces, 1);

  return (struct hc_frame_rows){chunk, chunk * pieces};
}

static void free_traces(struct hc_output_traces *traces)
{
  for (int i = 0; i < traces->n; i++)
    (void)PetscFree(traces->names[i]);
  (void)PetscFree(traces->names);
  (void)PetscFree(traces->title);
  (void)PetscFree(traces->unit);
  (void)PetscFree(traces->samples);
}

static void drop_traces(struct hc_results *r)
{
  for (int i = 0; i < r->n_traces; i++)
    free_traces(&r->traces[i]);
  (void)PetscFree(r->traces);
  r->n_traces = 0;
}

static void free_results(struct hc_results *r)
{
  for (int i = 0; i < r->n_fields; i++) {
    (void)PetscFree(r->fields[i].name);
    (void)PetscFree(r->fields[i].unit);
  }
  for (int i = 0; i < r->n_segments; i++)
    hc_segment_clear(&r->segments[i]);
  hc_segment_clear(&r->open);
  drop_traces(r);
  (void)PetscFree(r->fields);
  (void)PetscFree(r->segments);
  (void)PetscFree(r->folder);
  (void)PetscFree(r);
}

/* ---- Begin ------------------------------------------------------------------------------------------------------- */

static PetscErrorCode remove_old(const char *folder)
{
  char path[PATH_MAX];

  PetscFunctionBeginUser;
  PetscCall(hc_segment_delete_from(folder, 1));
  snprintf(path, sizeof path, "%s/results.xdmf", folder);
  PetscCall(hc_store_remove(path));
  hc_segment_path(folder, HC_MESH_SEGMENT, path);
  PetscCall(hc_store_remove(path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode begin_new(struct hc_results *r, const struct hc_fields *static_fields)
{
  char path[PATH_MAX];

  PetscFunctionBeginUser;
  PetscCall(HC_ON_ROOT(r, remove_old(r->folder)));
  hc_segment_path(r->folder, HC_MESH_SEGMENT, path);
  PetscCall(hc_h5_create(r->mesh->comm, path, &r->file));
  PetscCall(hc_arrays_mesh(r, static_fields));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the frames on disk look like: a restarted run goes on in the same way. */
struct continued {
  const struct hc_results *results;
  enum hc_location where;
  int found;
  int64_t precision, deflate;
  struct hc_frame_rows rows[2];
};

static int64_t deflate_of(hid_t set)
{
  const hid_t properties = H5Dget_create_plist(set);
  unsigned int flags, level = 0;
  size_t n = 1;

  if (H5Pget_filter_by_id2(properties, H5Z_FILTER_DEFLATE, &flags, &n, &level, 0, NULL, NULL) < 0)
    level = 0;
  H5Pclose(properties);
  return level;
}

static PetscErrorCode continue_array(const struct hc_array *array, void *context)
{
  struct continued *continued = context;
  const struct hc_results *r = continued->results;
  bool known = false;
  hsize_t chunk[2] = {0};
  hid_t type, properties;

  PetscFunctionBeginUser;
  if (array->rows_per_frame == 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  for (int i = 0; i < r->n_fields; i++)
    known = known || (r->fields[i].where == continued->where && strcmp(r->fields[i].name, array->name) == 0 &&
                      r->fields[i].n_comp == array->columns);
  PetscCheck(known, PETSC_COMM_SELF, HC_ERR_INPUT,
             "output.fields: the frames so far hold %s (%d numbers a %s), the case now does not; allowed on restart: "
             "the same fields",
             array->name, array->columns, continued->where == HC_NODE ? "node" : "cell");
  type = H5Dget_type(array->set);
  continued->precision = 8 * (int64_t)H5Tget_size(type);
  H5Tclose(type);
  properties = H5Dget_create_plist(array->set);
  H5Pget_chunk(properties, 2, chunk);
  H5Pclose(properties);
  continued->rows[continued->where] = (struct hc_frame_rows){(int64_t)chunk[0], array->rows_per_frame};
  continued->deflate = deflate_of(array->set);
  continued->found++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode continue_file(struct continued *continued, hid_t file)
{
  const struct hc_results *r = continued->results;
  int64_t rows;
  int columns;
  bool exists;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_shape(file, "VTKHDF/Points", &exists, &rows, &columns));
  PetscCheck(rows == r->mesh->n_nodes, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: the results so far are of a mesh of %lld nodes, the case's has %lld", r->folder, (long long)rows,
             (long long)r->mesh->n_nodes);
  for (continued->where = HC_NODE; continued->where <= HC_CELL; continued->where++)
    PetscCall(hc_segment_each(file, hc_group_of(continued->where), true, continue_array, continued));
  PetscCheck(continued->found == r->n_fields, PETSC_COMM_SELF, HC_ERR_INPUT,
             "output.fields: the frames so far hold %d fields, the case asks for %d; allowed on restart: the same "
             "fields",
             continued->found, r->n_fields);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rank 0: find the segments that the checkpoint counts on, and the format of their frames. */
static PetscErrorCode find_segments(struct hc_results *r, int64_t frames, struct continued *continued)
{
  const struct hc_segment *segment;
  char path[PATH_MAX];
  PetscErrorCode code;
  hid_t file;

  PetscFunctionBeginUser;
  PetscCall(hc_segment_scan(r, frames));
  for (segment = r->segments; segment->count == 0;)
    segment++; /* there is one with frames: `frames` is not 0 */
  hc_segment_path(r->folder, segment->part, path);
  PetscCall(hc_segment_open(path, false, &file));
  code = continue_file(continued, file);
  H5Fclose(file);
  PetscCall(code);
  PetscCall(hc_xdmf_write(r));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode begin_again(struct hc_results *r, int64_t frames)
{
  struct continued continued = {.results = r, .rows = {r->rows[HC_NODE], r->rows[HC_CELL]}};
  int64_t agreed[7];

  PetscFunctionBeginUser;
  PetscCall(HC_ON_ROOT(r, find_segments(r, frames, &continued)));
  agreed[0] = continued.precision;
  agreed[1] = continued.deflate;
  agreed[2] = r->rank == 0 ? r->segments[r->n_segments - 1].part + 1 : 0;
  for (int k = 0; k < 2; k++) {
    agreed[3 + 2 * k] = continued.rows[k].chunk;
    agreed[4 + 2 * k] = continued.rows[k].stride;
  }
  PetscCallMPI(MPI_Bcast(agreed, 7, MPI_INT64_T, 0, r->mesh->comm));
  r->precision = (int)agreed[0];
  r->deflate = (int)agreed[1];
  for (int k = 0; k < 2; k++)
    r->rows[k] = (struct hc_frame_rows){agreed[3 + 2 * k], agreed[4 + 2 * k]};
  r->open = (struct hc_segment){.part = (int)agreed[2], .first = frames};
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_results_create(const struct hc_mesh *mesh, const char *folder, const struct hc_output_params *params,
                                 const struct hc_fields *static_fields, int n, const struct hc_results_field *fields,
                                 int64_t frames_before, struct hc_results **results)
{
  struct hc_results *r;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *results = NULL;
  PetscCall(PetscCalloc1(1, &r));
  r->mesh = mesh;
  r->rank = mesh->rank;
  r->size = mesh->size;
  r->precision = params->precision;
  r->deflate = (int)params->compression;
  r->time_unit = params->time_unit ? params->time_unit : "ms";
  r->file = H5I_INVALID_HID;
  r->rows[HC_NODE] = rows_of(mesh->n_nodes);
  r->rows[HC_CELL] = rows_of(mesh->n_cells);
  PetscCall(PetscStrallocpy(folder, &r->folder));
  PetscCall(copy_fields(r, n, fields));
  code = HC_ON_ROOT(r, hc_store_folder(folder));
  if (!code)
    code = frames_before > 0 ? begin_again(r, frames_before) : begin_new(r, static_fields);
  if (code) {
    r->broken = true;
    hc_results_destroy(&r);
    PetscCall(code);
  }
  *results = r;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

/* Make sure that a segment is open: a commit closed the last one. */
static PetscErrorCode open_segment(struct hc_results *r)
{
  char path[PATH_MAX];

  PetscFunctionBeginUser;
  PetscCheck(!r->broken, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: results cannot be continued after an error",
             r->folder);
  if (r->file >= 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  hc_segment_path(r->folder, r->open.part, path);
  PetscCall(hc_h5_create(r->mesh->comm, path, &r->file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_frame(struct hc_results *r, double time, const double *const values[])
{
  struct hc_segment *open = &r->open;

  PetscFunctionBeginUser;
  PetscCall(open_segment(r));
  if (open->count == 0)
    PetscCall(hc_arrays_frames(r));
  if (open->count == r->room) {
    r->room = 2 * r->room + 16;
    PetscCall(hc_error_agree(r->mesh->comm, PetscRealloc(sizeof(double) * (size_t)r->room, &open->times)));
  }
  for (int i = 0; i < r->n_fields; i++)
    PetscCall(hc_arrays_frame(r, &r->fields[i], open->count, values[i]));
  open->times[open->count++] = time;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_results_frame(struct hc_results *results, double time, const double *const values[])
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  code = add_frame(results, time, values);
  results->broken = results->broken || code;
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

int64_t hc_results_frames(const struct hc_results *results)
{
  return results->open.first + results->open.count;
}

static PetscErrorCode put_map(struct hc_results *r, const char *name, const char *unit, const double *values)
{
  PetscFunctionBeginUser;
  PetscCall(open_segment(r));
  PetscCall(hc_arrays_map(r, name, unit, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_results_map(struct hc_results *results, const char *name, const char *unit, const double *values)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  code = put_map(results, name, unit, values);
  results->broken = results->broken || code;
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Traces ------------------------------------------------------------------------------------------------------ */

static PetscErrorCode keep_traces(struct hc_results *r, const char *title, const char *unit, int n,
                                  const char *const names[], int64_t n_samples, const double *samples)
{
  const size_t total = (size_t)n_samples * (size_t)(n + 1);
  struct hc_output_traces *traces = NULL;

  PetscFunctionBeginUser;
  for (int i = 0; i < r->n_traces; i++)
    if (strcmp(r->traces[i].title, title) == 0) {
      traces = &r->traces[i];
      free_traces(traces);
    }
  if (!traces) {
    PetscCall(PetscRealloc(sizeof *traces * (size_t)(r->n_traces + 1), &r->traces));
    traces = &r->traces[r->n_traces++];
  }
  *traces = (struct hc_output_traces){.n_samples = n_samples};
  PetscCall(PetscStrallocpy(title, &traces->title));
  PetscCall(PetscStrallocpy(unit, &traces->unit));
  PetscCall(PetscCalloc1((size_t)n + 1, &traces->names));
  traces->n = n;
  for (int i = 0; i < n; i++)
    PetscCall(PetscStrallocpy(names[i], &traces->names[i]));
  PetscCall(PetscMalloc1(total + 1, &traces->samples));
  if (total > 0)
    memcpy(traces->samples, samples, total * sizeof(double));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A name as a field of a CSV file (RFC 4180). */
static void put_csv_name(FILE *out, const char *name, const char *unit)
{
  fputs(",\"", out);
  for (; *name; name++) {
    if (*name == '"')
      fputc('"', out);
    fputc(*name, out);
  }
  fprintf(out, " (%s)\"", unit);
}

static PetscErrorCode write_csv(const struct hc_results *r, const struct hc_output_traces *traces)
{
  char path[PATH_MAX], temporary[PATH_MAX + 8];
  bool failed;
  FILE *out;

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "%s/%s.csv", r->folder, traces->title);
  snprintf(temporary, sizeof temporary, "%s.tmp", path);
  out = fopen(temporary, "w");
  PetscCheck(out, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be created: %s", temporary, strerror(errno));
  fprintf(out, "time (%s)", r->time_unit);
  for (int i = 0; i < traces->n; i++)
    put_csv_name(out, traces->names[i], traces->unit);
  fputc('\n', out);
  for (int64_t s = 0; s < traces->n_samples; s++)
    for (int i = 0; i <= traces->n; i++)
      fprintf(out, "%.10g%c", traces->samples[s * (traces->n + 1) + i], i < traces->n ? ',' : '\n');
  failed = ferror(out) != 0;
  failed = fclose(out) != 0 || failed;
  PetscCheck(!failed, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s", temporary, strerror(errno));
  PetscCall(hc_store_replace(temporary, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_traces(struct hc_results *r, const char *title, const char *unit, int n,
                                 const char *const names[], int64_t n_samples, const double *samples)
{
  PetscFunctionBeginUser;
  PetscCall(keep_traces(r, title, unit, n, names, n_samples, samples));
  for (int i = 0; i < r->n_traces; i++)
    if (strcmp(r->traces[i].title, title) == 0)
      PetscCall(write_csv(r, &r->traces[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_results_traces(struct hc_results *results, const char *title, const char *unit, int n,
                                 const char *const names[], int64_t n_samples, const double *samples)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  code = HC_ON_ROOT(results, put_traces(results, title, unit, n, names, n_samples, samples));
  if (!code)
    code = open_segment(results); /* to be written when it is closed */
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Commit and finish ------------------------------------------------------------------------------------------- */

/* Rank 0: what the ranks have closed becomes a segment that is never written again. */
static PetscErrorCode commit_segment(struct hc_results *r)
{
  PetscFunctionBeginUser;
  PetscCall(hc_segment_seal(r));
  PetscCall(PetscRealloc(sizeof *r->segments * (size_t)(r->n_segments + 1), &r->segments));
  r->segments[r->n_segments] = r->open;
  r->segments[r->n_segments++].times = NULL;
  PetscCall(PetscMalloc1((size_t)r->open.count + 1, &r->segments[r->n_segments - 1].times));
  for (int64_t s = 0; s < r->open.count; s++)
    r->segments[r->n_segments - 1].times[s] = r->open.times[s];
  drop_traces(r);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode close_segment(struct hc_results *r)
{
  PetscFunctionBeginUser;
  if (r->file < 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(hc_h5_close(&r->file));
  PetscCall(HC_ON_ROOT(r, commit_segment(r)));
  r->open.part++;
  r->open.first += r->open.count;
  r->open.count = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_results_commit(struct hc_results *results)
{
  const bool changed = results->file >= 0;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  code = close_segment(results);
  if (!code && changed)
    code = HC_ON_ROOT(results, hc_xdmf_write(results));
  results->broken = results->broken || code;
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The order matters for a kill in between: the whole file has its name before anything points into it alone, and
 * everything points into it before the parts go. */
static PetscErrorCode join(struct hc_results *r)
{
  PetscFunctionBeginUser;
  PetscCall(hc_segments_join(r));
  PetscCall(hc_xdmf_write(r));
  PetscCall(hc_segment_delete_from(r->folder, 1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_results_finish(struct hc_results *results)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  code = close_segment(results);
  if (!code)
    code = HC_ON_ROOT(results, join(results));
  results->broken = results->broken || code;
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* After an error the frames so far are kept if they can be; the message of that error is not replaced by another. */
void hc_results_destroy(struct hc_results **results)
{
  struct hc_results *r = *results;

  if (!r)
    return;
  *results = NULL;
  if (r->file >= 0 && !PetscPushErrorHandler(PetscReturnErrorHandler, NULL)) {
    if (r->broken || hc_results_commit(r))
      (void)hc_h5_close(&r->file);
    (void)PetscPopErrorHandler();
  }
  free_results(r);
}
