/* What the files of output share.
 *
 * Results lie in segments: results.h5 is the first, results.part1.h5, results.part2.h5, ... follow. A segment is closed
 * by a commit and never written again. Each carries the number of its first frame, so that a segment whose frames are
 * in an earlier one already (a kill after the joined file got its name and before the parts were deleted) is known as
 * stale: segment k is valid if its first frame is the number of frames in the valid ones before it.
 *
 * A dataset of frames has the attribute `rows_per_frame`: frame s starts at row s * rows_per_frame. That is the number
 * of nodes or cells rounded up such that frames start at chunks: no chunk is ever compressed twice, and joining
 * segments copies compressed chunks as they are. VTKHDF's offsets and XDMF's hyperslabs allow the few unused rows. */
#ifndef HC_OUTPUT_INTERNAL_H
#define HC_OUTPUT_INTERNAL_H

#include "output.h"

#include <limits.h>

enum {
  HC_MESH_SEGMENT = 0,       /* results.h5, which has the mesh */
  HC_CHUNK_ROWS = 1 << 16,   /* at most; 256 KB of float32: small enough for caches, large enough for few chunks */
  HC_RESERVE_BYTES = 1 << 18 /* on disk for what HDF5 needs beside the numbers themselves */
};

struct hc_segment {
  int part;
  int64_t first, count; /* frames */
  double *times;        /* count; owned */
};

/* Rows of a chunk and of a frame. */
struct hc_frame_rows {
  int64_t chunk, stride;
};

struct hc_results {
  const struct hc_mesh *mesh; /* borrowed */
  char *folder;
  int rank, size;
  int precision, deflate;
  const char *time_unit; /* borrowed */
  int n_fields;
  struct hc_results_field *fields; /* owned, with their strings */
  struct hc_frame_rows rows[2];    /* of fields over nodes (HC_NODE) and cells (HC_CELL) */

  hid_t file;             /* the open segment, or H5I_INVALID_HID */
  bool broken;            /* a write failed: what is open cannot be completed */
  struct hc_segment open; /* being written, or next */
  int64_t room;           /* allocated entries of open.times */

  int n_segments; /* committed; the list is on rank 0 only */
  struct hc_segment *segments;

  int n_traces; /* to be written when the segment is closed; on rank 0 only */
  struct hc_output_traces *traces;
};

struct hc_output_traces {
  char *title, *unit;
  int n;        /* columns beside time */
  char **names; /* n */
  int64_t n_samples;
  double *samples; /* n_samples x (1 + n) */
};

static inline const char *hc_group_of(enum hc_location where)
{
  return where == HC_NODE ? "VTKHDF/PointData" : "VTKHDF/CellData";
}

/* Call on rank 0 alone, and agree on the outcome. */
#define HC_ON_ROOT(results, call) hc_error_agree((results)->mesh->comm, (results)->rank == 0 ? (call) : PETSC_SUCCESS)

/* ---- arrays.c: datasets over nodes and cells, collective ------------------------------------------------------- */

/* Mesh, region, surface and static fields into the open file. */
PetscErrorCode hc_arrays_mesh(struct hc_results *results, const struct hc_fields *static_fields);
/* Empty datasets of the frames' fields. */
PetscErrorCode hc_arrays_frames(struct hc_results *results);
/* Values (owned nodes or local cells) of one field as frame `frame` of the open segment. */
PetscErrorCode hc_arrays_frame(struct hc_results *results, const struct hc_results_field *field, int64_t frame,
                               const double *values);
PetscErrorCode hc_arrays_map(struct hc_results *results, const char *name, const char *unit, const double *values);

/* ---- segment.c: one segment as a file; rank 0 ------------------------------------------------------------------ */

void hc_segment_path(const char *folder, int part, char path[PATH_MAX]);
void hc_segment_clear(struct hc_segment *segment);

/* Open without MPI. HC_ERR_INPUT if it is missing, damaged or no results. Close with H5Fclose. */
PetscErrorCode hc_segment_open(const char *path, bool write, hid_t *file);

/* First frame, number of frames and their times. */
PetscErrorCode hc_segment_read(const char *folder, int part, struct hc_segment *segment);

/* Complete a file that the ranks have written and closed: Steps, traces, links to the mesh; flush it to disk. */
PetscErrorCode hc_segment_seal(const struct hc_results *results);

/* Replace group Steps by one of these frames (none: no such group). */
PetscErrorCode hc_segment_put_steps(hid_t file, int64_t count, const double *times);

/* Keep the first `count` frames, by way of a copy that is renamed. */
PetscErrorCode hc_segment_truncate(const char *folder, const struct hc_segment *segment, int64_t count);

/* On restart: find the segments of the first `frames` frames, delete later ones. */
PetscErrorCode hc_segment_scan(struct hc_results *results, int64_t frames);

/* Delete segments from `part` on, the last one first, and unfinished temporary files. */
PetscErrorCode hc_segment_delete_from(const char *folder, int part);

/* An integer attribute; `missing` if there is none. */
PetscErrorCode hc_segment_put_int(hid_t object, const char *name, int64_t value);
int64_t hc_segment_get_int(hid_t object, const char *name, int64_t missing);

/* Call visit for every dataset of a group, by name; `own`: only those that lie in this file, not links into others. */
struct hc_array {
  const char *name;
  hid_t set;
  int64_t rows;
  int columns;
  int64_t rows_per_frame; /* 0: one copy for all frames */
};
PetscErrorCode hc_segment_each(hid_t file, const char *group, bool own,
                               PetscErrorCode (*visit)(const struct hc_array *array, void *context), void *context);

/* ---- join.c, xdmf.c; rank 0 ------------------------------------------------------------------------------------ */

/* Make one results.h5 of all segments; it has its name, but the others are still there. */
PetscErrorCode hc_segments_join(struct hc_results *results);

/* Write results.xdmf over the committed segments. */
PetscErrorCode hc_xdmf_write(const struct hc_results *results);

#endif
