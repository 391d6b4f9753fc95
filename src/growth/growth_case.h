/* healthcast growth: what the case file of a tumour holds. The described tables are in case.c;
 * `inputs/reference_tumour.yml` is printed from them. Floor 7. */
#ifndef HC_GROWTH_CASE_H
#define HC_GROWTH_CASE_H

#include "diffusion.h"
#include "domain.h"
#include "image.h"
#include "output.h"
#include "params.h"
#include "therapy.h"
#include "tumour.h"

/* Input block `time`. */
struct hc_growth_time_params {
  const struct hc_params *params;
  double step, end; /* days */
  int splitting;
};

/* Input block `observe`. */
struct hc_growth_observe_params {
  const struct hc_params *params;
  double every;                    /* days */
  double enhancing, visible;       /* thresholds of density */
  struct hc_reals thresholds;      /* more of them */
  double progression;              /* growth of the enhancing volume that is progression */
  bool control;                    /* run the untreated tumour too */
  double cells;                    /* clonogenic cells in a mm3 at the carrying capacity */
  char *segmentation;              /* image of labels */
  struct hc_ints enhancing_labels; /* what is denser than `enhancing` is compared with */
  struct hc_ints visible_labels;   /* and than `visible` */
};

/* Input block `checkpoint`. */
struct hc_growth_checkpoint_params {
  const struct hc_params *params;
  double every; /* days; 0: none */
  double guard; /* days between copies in memory; 0: none but that of the beginning */
  bool final;
};

/* A tumour case. */
struct hc_growth_case {
  const struct hc_params *params;
  char *title;
  struct hc_mesh_params mesh;
  struct hc_anatomy_params anatomy;
  struct hc_tumour_params tumour;
  struct hc_mechanics_params mechanics;
  struct hc_therapy_params therapy;
  struct hc_growth_time_params time;
  struct hc_diffusion_params diffusion;
  struct hc_growth_observe_params observe;
  struct hc_output_params output;
  struct hc_growth_checkpoint_params checkpoint;
};
extern const struct hc_block hc_growth_block;

/* Is the file a tumour case? It has the key `tumour` then, at the beginning of a line. False for a file that cannot be
 * read, which its reader will complain about. Collective. */
PetscErrorCode hc_growth_is_case(MPI_Comm comm, const char *path, bool *yes);

/* Read and check a case file (hc_params_read) and what no table can express. Collective. */
PetscErrorCode hc_growth_case_read(MPI_Comm comm, const char *path, int n_set, const char *const set[],
                                   struct hc_growth_case *tumour_case, struct hc_params **params);

/* The same of a case whose values came otherwise. Not collective. */
PetscErrorCode hc_growth_case_check(const struct hc_growth_case *c);

/* Is the mesh made from images? */
bool hc_growth_has_anatomy(const struct hc_growth_case *tumour_case);

enum { HC_GROWTH_FILES = 64 };

/* The files that a case is made from, each once; paths are the case's. Returns how many, HC_GROWTH_FILES at most. */
int hc_growth_files(const struct hc_growth_case *c, const char *paths[HC_GROWTH_FILES]);

/* What must be the same for a checkpoint to be continued: SHA-256 over the files and the used values, without those
 * that may change (title, time.end, output, checkpoint, partition). Collective. */
PetscErrorCode hc_growth_fingerprint(MPI_Comm comm, const struct hc_growth_case *c, char hex[65]);

#endif
