/* healthcast run: what the case file of a heart holds. The described tables are in case.c; `inputs/reference.yml` is
 * printed from them. Floor 7. */
#ifndef HC_CASE_H
#define HC_CASE_H

#include "diffusion.h"
#include "domain.h"
#include "kinetics.h"
#include "mesh.h"
#include "model.h"
#include "observe.h"
#include "output.h"
#include "params.h"
#include "source.h"
#include "tissue.h"

/* Input block `time`. */
struct hc_time_params {
  const struct hc_params *params;
  double step; /* ms */
  double end;  /* ms */
  int splitting;
  int reaction; /* enum hc_reaction_scheme */
  bool adaptive;
  double max_step;  /* ms */
  double tolerance; /* mV */
};

/* Input block `checkpoint`. */
struct hc_checkpoint_params {
  const struct hc_params *params;
  double every; /* ms of simulated time between checkpoints; 0: none */
  double guard; /* ms between copies in memory of a good state, for the checkpoint that a failed step leaves */
  bool final;   /* keep a checkpoint of the end, to go on from */
};

/* A heart case. */
struct hc_case {
  const struct hc_params *params;
  char *title;
  struct hc_mesh_params mesh;
  struct hc_fibre_params fibres;
  struct hc_tissue_params tissue;
  struct hc_list cells;   /* struct hc_cells_params */
  struct hc_list stimuli; /* struct hc_stimulus_params */
  struct hc_time_params time;
  struct hc_diffusion_params diffusion;
  struct hc_observe_params observe;
  struct hc_output_params output;
  struct hc_checkpoint_params checkpoint;
};
extern const struct hc_block hc_case_block;

/* Read and check a case file (hc_params_read) and what no table can express: a mesh is either a file or a box; times
 * are whole steps. Collective. */
PetscErrorCode hc_case_read(MPI_Comm comm, const char *path, int n_set, const char *const set[], struct hc_case *heart,
                            struct hc_params **params);

#define HC_MAX_FRAME_FIELDS 64

/* Unit of a state in the first of the case's cell models that has it; NULL if none has. */
const char *hc_case_state_unit(const struct hc_case *heart, const char *state);

/* What must be the same for a checkpoint to be continued: SHA-256 over the used values, without those that may
 * change (title, time.end, output, checkpoint, partition), and over the content of the mesh and of the cells' files. 64
 * digits and a zero. Collective. */
PetscErrorCode hc_case_fingerprint(MPI_Comm comm, const struct hc_case *heart, char hex[65]);

/* The files that the cells of a case that was read are made from (plug-ins, stored states, drug tables), each once.
 * *paths: freed with one PetscFree; the paths are the case's. Not collective. */
PetscErrorCode hc_case_cell_files(const struct hc_case *heart, int *n, const char ***paths);

#endif
