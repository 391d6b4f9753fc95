/* healthcast output: results and checkpoints. Floor 5. Everything on disk is in file order: independent of ranks. */
#ifndef HC_OUTPUT_H
#define HC_OUTPUT_H

#include "field.h"
#include "h5.h"
#include "mesh.h"
#include "params.h"

#include <limits.h>

/* Input block `output`. */
struct hc_output_params {
  const struct hc_params *params;
  double every;             /* ms between frames; 0: no frames, only the maps at the end */
  double start;             /* ms, first frame */
  struct hc_strings fields; /* V, and any state of the cell models */
  int precision;            /* 32 or 64 bits a number (choices float32, float64) */
  int64_t compression;      /* deflate level 0..9 */
  const char *time_unit;    /* of all times in results, a literal; NULL: "ms". No key of the input */
};
extern const struct hc_block hc_output_block;

/* results.h5: VTKHDF UnstructuredGrid 2.x with Steps: mesh once (Points, Connectivity, region, fibres...), frames
 * appended, maps (activation, APD) as point data with one value for all steps. results.xdmf beside it points into the
 * same datasets. Frames are written in segments: a checkpoint closes the segment (results.h5, results.part1.h5, ...),
 * so that a kill at any moment loses no frame from before the last checkpoint; hc_results_finish joins them into one
 * results.h5 (temporary name, then renamed).
 *
 * Frames have the precision and compression of the input block; mesh, static fields and maps are float64. A dataset of
 * frames has the attribute rows_per_frame: frame s starts at that multiple of s (a few rows more than there are nodes
 * where a frame has several chunks). Every array has the attribute unit, if it has one. /healthcast has the attributes
 * version, build, compiler, petsc, hdf5, time_unit and first_frame (of the segment), and the traces. */
struct hc_results;

struct hc_results_field {
  const char *name, *unit;
  int n_comp;
  enum hc_location where; /* HC_NODE unless said otherwise */
};

/* n fields a frame, which may be 0. Makes the folder and its parents. frames_before: 0 for a new run, which removes
 * earlier results from the folder; on restart, the number of frames that the checkpoint vouches for: later ones are
 * dropped, and precision and compression stay those of the frames so far. Writes the mesh and static_fields (region,
 * surface, and cell/nodal fields such as fibre; may be NULL). The mesh must outlive the results.
 * Errors: HC_ERR_ENVIRONMENT (disk full, no permission: file and reason), HC_ERR_INPUT (on restart: fewer frames than
 * vouched for, other fields, another mesh). Collective. */
PetscErrorCode hc_results_create(const struct hc_mesh *mesh, const char *folder, const struct hc_output_params *params,
                                 const struct hc_fields *static_fields, int n, const struct hc_results_field *fields,
                                 int64_t frames_before, struct hc_results **results);

/* Append a frame at a time, values[i]: of the owned nodes or the local cells, field i. Collective. Memory: one field of
 * the slab. */
PetscErrorCode hc_results_frame(struct hc_results *results, double time, const double *const values[]);
int64_t hc_results_frames(const struct hc_results *results);

/* Close the current segment for good (called with every checkpoint, before it is committed). Collective. */
PetscErrorCode hc_results_commit(struct hc_results *results);

/* Write or replace a map: a nodal field that holds for the whole run, e.g. activation time. NAN where there is none.
 * Collective. */
PetscErrorCode hc_results_map(struct hc_results *results, const char *name, const char *unit, const double *values);

/* Traces as dataset /healthcast/<title> (n_samples x (1 + n), time first; attributes columns, unit, time_unit)
 * and file <folder>/<title>.csv, replacing earlier ones of the title. n: columns beside time. Values are taken from
 * rank 0, which must have names; other ranks may pass n_samples 0 and NULL. Collective. */
PetscErrorCode hc_results_traces(struct hc_results *results, const char *title, const char *unit, int n,
                                 const char *const names[], int64_t n_samples, const double *samples);

/* Join segments, write results.xdmf, close. Destroy is NULL-safe and closes without joining, for use after an error:
 * the frames so far stay readable in segments unless writing itself failed. Collective. Join: rank 0 copies the results
 * once, compressed as they are, through 1 MiB and one chunk of memory. */
PetscErrorCode hc_results_finish(struct hc_results *results);
void hc_results_destroy(struct hc_results **results);

/* ---- Results read again ----------------------------------------------------------------------------------------- */

/* One frame of the results of a run that has ended: everything on the rank that calls. */
struct hc_frame {
  char path[PATH_MAX]; /* of the file */
  int64_t index;
  double time;
  enum hc_cell_type type;
  int64_t n_nodes, n_cells;
  double *points; /* 3 a node, mm */
  int64_t *cells; /* nodes of each cell */
};

/* The frame at a time, the last one if that is NAN. HC_ERR_INPUT: no results, or no frame at that time (the nearest is
 * named). Cost: the mesh in memory. Not collective. */
PetscErrorCode hc_frame_read(const char *folder, double time, struct hc_frame *frame);
void hc_frame_clear(struct hc_frame *frame);

/* Values of a field at the nodes, freed with PetscFree. Without it: *found false and *values NULL, or with found NULL
 * HC_ERR_INPUT, which names those that there are. Not collective. */
PetscErrorCode hc_frame_field(const struct hc_frame *frame, const char *name, bool *found, double **values);

/* ---- Checkpoints -------------------------------------------------------------------------------------------------
 * <folder>/checkpoint.h5, replaced atomically (temporary file, fsync, rename): always a whole one. Nodal items in file
 * order, float64 exact; scalars and tables as given; a fingerprint (SHA-256 of mesh and of the used case without what
 * may change on restart) that hc_checkpoint_read compares. A seal at the file's end (length and checksum of all its
 * bytes) is checked before HDF5 sees the file, so that damage anywhere is refused. Names of items have no slash. */
struct hc_checkpoint_item {
  const char *name;
  bool nodal; /* values: n_comp per owned node; else n_comp numbers, the same on all ranks or from rank 0 */
  int n_comp;
  double *values;
};
/* Errors: HC_ERR_ENVIRONMENT; the previous checkpoint is then still there. Collective. Cost: writes all items, reads
 * the file back once. */
PetscErrorCode hc_checkpoint_write(const struct hc_mesh *mesh, const char *path, const char *fingerprint, int n,
                                   const struct hc_checkpoint_item *items);

/* Shape of an item (n_comp), -1 if there is none. Errors as hc_checkpoint_read. Collective. Reads the file once for its
 * seal. */
PetscErrorCode hc_checkpoint_shape(MPI_Comm comm, const char *path, const char *name, int *n_comp);

/* Read items of known n_comp on any number of ranks. HC_ERR_INPUT if the file is no checkpoint, damaged, or of another
 * fingerprint (both are shown). Memory: twice one item. Collective. */
PetscErrorCode hc_checkpoint_read(const struct hc_mesh *mesh, const char *path, const char *fingerprint, int n,
                                  const struct hc_checkpoint_item *items);

#endif
