/* healthcast output: results and checkpoints. Floor 5. Everything on disk is in file order: independent of ranks. */
#ifndef HC_OUTPUT_H
#define HC_OUTPUT_H

#include "field.h"
#include "h5.h"
#include "mesh.h"
#include "params.h"

/* Input block `output`. */
struct hc_output_params {
  const struct hc_params *params;
  double every;             /* ms between frames; 0: no frames, only the maps at the end */
  double start;             /* ms, first frame */
  struct hc_strings fields; /* V, and any state of the cell models */
  int precision;            /* 32 or 64 bits a number (choices float32, float64) */
  int64_t compression;      /* deflate level 0..9 */
};
extern const struct hc_block hc_output_block;

/* results.h5: VTKHDF UnstructuredGrid 2.x with Steps: mesh once (Points, Connectivity, region, fibres...), frames
 * appended, maps (activation, APD) as point data with one value for all steps. results.xdmf beside it points into the
 * same datasets. Frames are written in segments: a checkpoint closes the segment (results.h5, results.part1.h5, ...),
 * so that a kill at any moment loses no frame from before the last checkpoint; hc_results_finish joins them into one
 * results.h5 (temporary name, then renamed). */
struct hc_results;

struct hc_results_field {
  const char *name, *unit;
  int n_comp;
};

/* n fields a frame. frames_before: 0 for a new run; on restart, the number of frames that the checkpoint vouches for:
 * later ones are dropped. Writes the mesh and static_fields (region, surface, and cell/nodal fields such as fibre).
 * Errors: HC_ERR_ENVIRONMENT (disk full, no permission: file and reason). Collective. */
PetscErrorCode hc_results_create(const struct hc_mesh *mesh, const char *folder, const struct hc_output_params *params,
                                 const struct hc_fields *static_fields, int n, const struct hc_results_field *fields,
                                 int64_t frames_before, struct hc_results **results);

/* Append a frame: time in ms, values[i]: owned nodal values of field i. Collective. Memory: one field of the slab. */
PetscErrorCode hc_results_frame(struct hc_results *results, double time, const double *const values[]);
int64_t hc_results_frames(const struct hc_results *results);

/* Close the current segment for good (called with every checkpoint, before it is committed). Collective. */
PetscErrorCode hc_results_commit(struct hc_results *results);

/* Write or replace a map: a nodal field that holds for the whole run, e.g. activation time. NAN where there is none.
 * Collective. */
PetscErrorCode hc_results_map(struct hc_results *results, const char *name, const char *unit, const double *values);

/* Traces as datasets /healthcast/<title> (samples x columns, attribute `columns`, `unit`) and <folder>/<title>.csv. */
PetscErrorCode hc_results_traces(struct hc_results *results, const char *title, const char *unit, int n,
                                 const char *const names[], int64_t n_samples, const double *samples);

/* Join segments, write results.xdmf, close. NULL-safe destroy closes without joining (after an error). Collective. */
PetscErrorCode hc_results_finish(struct hc_results *results);
void hc_results_destroy(struct hc_results **results);

/* ---- Checkpoints -------------------------------------------------------------------------------------------------
 * <folder>/checkpoint.h5, replaced atomically (temporary file, fsync, rename): always a whole one. Nodal items in file
 * order, float64 exact; scalars and tables as given; a checksum (SHA-256 of mesh and of the used case without what may
 * change on restart) that hc_checkpoint_read compares. */
struct hc_checkpoint_item {
  const char *name;
  bool nodal; /* values: n_comp per owned node; else n_comp numbers, the same on all ranks or from rank 0 */
  int n_comp;
  double *values;
};
PetscErrorCode hc_checkpoint_write(const struct hc_mesh *mesh, const char *path, const char *fingerprint, int n,
                                   const struct hc_checkpoint_item *items);

/* Shape of an item (n_comp), -1 if there is none. Collective. */
PetscErrorCode hc_checkpoint_shape(MPI_Comm comm, const char *path, const char *name, int *n_comp);

/* Read items of known n_comp on any number of ranks. HC_ERR_INPUT if the file is no checkpoint, damaged, or of another
 * fingerprint (both are shown). Collective. */
PetscErrorCode hc_checkpoint_read(const struct hc_mesh *mesh, const char *path, const char *fingerprint, int n,
                                  const struct hc_checkpoint_item *items);

#endif
