/* healthcast growth: one tumour from its case file to results, and as a twin that others drive. Floor 7.
 *
 * Lengths in mm, times in days, doses in Gy, densities as fractions of the carrying capacity, volumes in mL. */
#ifndef HC_GROWTH_H
#define HC_GROWTH_H

#include "growth_case.h"

/* ---- A twin to drive: calibration, cohorts, schedules --------------------------------------------------------------
 *
 *   hc_growth_create(comm, &tumour_case, NULL, &growth);     mesh, tissue, matrices, schedule: once
 *   for every set of parameters:
 *     hc_growth_set(growth, "diffusivity", 0.13); hc_growth_set(growth, "seed.x", 12.5); ...
 *     hc_growth_restart(growth);                             back to the seed
 *     hc_growth_run(growth, 120); hc_growth_volume(growth, 0.6, &enhancing);
 *     hc_growth_run(growth, 180); ...
 *
 * Results depend continuously on the parameters and on the times asked for: steps lie on a fixed grid of days that is
 * cut where a treatment or a time that is asked for falls between. All calls are collective on the communicator of the
 * twin unless something else is said; twins on different communicators are independent. */

struct hc_growth {
  const struct hc_growth_case *tumour_case; /* borrowed */
  struct hc_mesh *mesh;
  struct hc_fields *fields;
  struct hc_therapy *therapy;
  struct hc_tumour *tumour;
  struct hc_device *device; /* borrowed; NULL: the host computes */
  double **maps, **masks;   /* of radiotherapies and resections that have an image, at the owned nodes */
  struct hc_anatomy_summary anatomy;
  int64_t repaired; /* inverted cells of a mesh file */
  double setup_seconds;
};

PetscErrorCode hc_growth_create(MPI_Comm comm, const struct hc_growth_case *tumour_case, struct hc_device *device,
                                struct hc_growth **growth);
void hc_growth_destroy(struct hc_growth **growth);

/* Parameters by name: diffusivity (mm2/day), grey (share of it in grey matter), proliferation (1/day), seed.x, seed.y,
 * seed.z, seed.radius (mm), seed.density, seed.time (day), coupling (kPa) and damping (1/kPa) with mechanics, alpha
 * (1/Gy), alpha_beta (Gy), and what hc_tumour_set() and hc_therapy_set() have beside. New values of `grey` assemble the
 * matrix again (seconds on a million nodes), others cost nothing. Those of the seed are used by the next restart,
 * others from now on. HC_ERR_INPUT: unknown name (the nearest one is named), a value out of the parameter's range. Not
 * collective, but the same on all ranks. */
PetscErrorCode hc_growth_set(struct hc_growth *growth, const char *name, double value);
PetscErrorCode hc_growth_get(const struct hc_growth *growth, const char *name, double *value);

/* Back to the time and the state of the seed. HC_ERR_INPUT if the seed lies outside the tissue. */
PetscErrorCode hc_growth_restart(struct hc_growth *growth);

/* Back to `time` with densities u (owned nodes) of the (first) species; other species as after a restart. */
PetscErrorCode hc_growth_restart_from(struct hc_growth *growth, double time, const double *u);

/* Advance to the day `time`, which is not before that of the state. Treatments of that very day are not given yet: a
 * scan comes before the treatment of its day. HC_ERR_NUMERIC if the result cannot be used. */
PetscErrorCode hc_growth_run(struct hc_growth *growth, double time);
double hc_growth_time(const struct hc_growth *growth); /* not collective */

/* Density of tumour cells (all species that live) at the owned nodes, on the host. Valid until the next run. */
const double *hc_growth_density(struct hc_growth *growth);

/* mL: integral of the density, and volume where it is above a threshold (linear between nodes). */
PetscErrorCode hc_growth_burden(struct hc_growth *growth, double *burden);
PetscErrorCode hc_growth_volume(struct hc_growth *growth, double threshold, double *volume);

/* 2 |A and B| / (|A| + |B|) of A, where the density is above the threshold, and B, where the mask (owned nodes) is
 * above a half; nodes count by their volume. 1 if both are empty. */
PetscErrorCode hc_growth_dice(struct hc_growth *growth, double threshold, const double *mask, double *dice);

/* A mask for it, at the owned nodes: the share of the tissue around that lies in voxels with one of the labels, so that
 * the surface where it is a half is that of the voxels. Freed with PetscFree. place: for messages. HC_ERR_INPUT: no
 * image, or one that is off the anatomy. */
PetscErrorCode hc_growth_mask(struct hc_growth *growth, const char *place, const char *path,
                              const struct hc_ints *labels, double **mask);

/* The same coefficient counted in voxels of an image of labels: those with one of the labels, and those at whose centre
 * the density is above the threshold; voxels outside of the tissue count too. What hc_growth_export() writes on that
 * grid has 1. Memory: a byte a voxel on each rank. Collective. */
PetscErrorCode hc_growth_overlap(struct hc_growth *growth, double threshold, const struct hc_image *image,
                                 const struct hc_ints *labels, double *dice);

/* ---- Runs ----------------------------------------------------------------------------------------------------------
 */

struct hc_growth_options {
  const char *case_path;
  const char *folder;              /* where results go */
  bool restart;                    /* go on from folder/checkpoint.h5 if it is there */
  bool overwrite;                  /* drop an unfinished run in folder */
  bool disposable;                 /* nobody will look at the folder of a run that fails: leave nothing there then */
  bool quiet;                      /* no progress */
  bool bar;                        /* a moving bar even if stderr is no terminal */
  struct hc_device_options device; /* backend NULL: cpu */
};

/* Run a case to its end, or to a SIGTERM (checkpoint and stop; *interrupted) - SIGUSR1 writes a checkpoint and goes on.
 * Leaves results.h5, results.xdmf, burden.csv, summary.json, case.used.yaml in the folder. Errors: HC_ERR_INPUT
 * (checkpoint of another case; an unfinished run that would be lost), HC_ERR_NUMERIC, HC_ERR_DEVICE,
 * HC_ERR_ENVIRONMENT. */
PetscErrorCode hc_growth_case_run(MPI_Comm comm, const struct hc_growth_case *tumour_case,
                                  const struct hc_growth_options *options, bool *interrupted);

/* ---- Images of results ---------------------------------------------------------------------------------------------
 */

struct hc_growth_export {
  const char *folder; /* of results */
  double time;        /* of the frame; NAN: the last one */
  const char *field;  /* NULL: u */
  const char *like;   /* image whose grid is taken; NULL: the first one of the case's anatomy */
  double spacing;     /* mm; above 0: a grid of such cubes along x, y, z over the mesh instead */
  int n_thresholds;   /* labels 1, 2, ... where the field is above them, ascending; 0: the values */
  const double *thresholds;
  bool segmentation; /* labels as images of the tumour have them: enum hc_growth_label */
};

/* What is denser than `observe.visible` and `observe.enhancing`, and where more than half is necrosis (with that model
 * and if frames have it). The numbers are those of BraTS, and what `observe` compares with unless told otherwise. */
enum hc_growth_label { HC_LABEL_NECROSIS = 1, HC_LABEL_VISIBLE = 2, HC_LABEL_ENHANCING = 3 };

/* What was written. */
struct hc_growth_exported {
  double time;
  int n[3];
  int64_t inside;       /* voxels whose centre is in the mesh */
  int64_t labelled[34]; /* voxels of each label */
};

/* Write a frame as a NIfTI image: values as float32, labels as bytes; linear within cells, at the voxels' centres; zero
 * outside of the mesh. HC_ERR_INPUT: no such frame or field; no anatomy to take a grid from; a mesh of triangles, or
 * one that the grid misses. One rank calls it. Cost: mesh and image in memory, seconds for a brain of 1 mm. */
PetscErrorCode hc_growth_export(const struct hc_growth_export *options, const char *path,
                                struct hc_growth_exported *exported);

#endif
