/* healthcast tumour: growth of a tumour in a tissue, and what treatments do to it. Floor 6.
 *
 *   du/dt = div(D grad u) + rho u f(u) - kill u,   no flux through the boundary
 *
 * with f = 1 - u (logistic: Fisher 1937, doi:10.1111/j.1469-1809.1937.tb02153.x; in gliomas Swanson et al. 2000,
 * doi:10.1046/j.1365-2184.2000.00177.x) or f = -ln u (Gompertz), or with necrosis and a nutrient (kernels/tumour.h).
 * Lengths in mm, times in days, densities as fractions of the carrying capacity, volumes in mL. */
#ifndef HC_TUMOUR_MODEL_H
#define HC_TUMOUR_MODEL_H

#include "device.h"
#include "diffusion.h"
#include "field.h"
#include "params.h"
#include "stepper.h"
#include "therapy.h"

/* Input block `tumour.necrosis`. */
struct hc_necrosis_params {
  const struct hc_params *params;
  double rate;        /* 1/day */
  double threshold;   /* of the nutrient */
  double sharpness;   /* of that threshold */
  double consumption; /* of nutrient, 1/day */
  double diffusivity; /* of nutrient, mm2/day */
  double supply;      /* 1/day */
  double pressure;    /* oxygen where the nutrient is 1, mmHg */
};

enum hc_seed_shape { HC_SEED_GAUSSIAN, HC_SEED_BALL };

/* Input block `tumour.seed`. */
struct hc_seed_params {
  const struct hc_params *params;
  struct hc_reals position; /* mm */
  double radius;            /* mm */
  double density;
  int shape;
  double time; /* day */
};

/* Input block `tumour`. */
struct hc_tumour_params {
  const struct hc_params *params;
  int model;          /* HC_LAW_... of kernels/tumour.h */
  double diffusivity; /* in white matter, mm2/day */
  double grey;        /* share of it in grey matter */
  struct hc_ints grey_regions;
  double anisotropy;       /* 0: none of the diffusion tensors, 1: all of them */
  char *diffusivity_field; /* factor on top, a field of the mesh */
  double proliferation;    /* 1/day */
  double grey_proliferation;
  char *proliferation_field;
  struct hc_necrosis_params necrosis;
  struct hc_seed_params seed;
};
extern const struct hc_block hc_tumour_block;

/* What a tissue is made of, in `mechanics`. */
struct hc_stiffness_params {
  const struct hc_params *params;
  double young;   /* kPa; of tumours NAN: as the tissue that they are in */
  double poisson; /* the same */
};

/* Input block `mechanics`. */
struct hc_mechanics_params {
  const struct hc_params *params;
  double coupling; /* stress of the growth where the density is 1, kPa; 0: no mechanics */
  double damping;  /* gamma of D exp(-gamma von Mises stress), 1/kPa */
  double every;    /* days between solutions */
  struct hc_stiffness_params white, grey, tumour;
  struct hc_ints fixed, free; /* surface tags of nodes that do not move; of nodes that do, whatever else they are */
  double tolerance;           /* of the solver */
};
extern const struct hc_block hc_mechanics_block;

/* Input block `diffusion` of tumours: struct hc_diffusion_params with what suits them. */
extern const struct hc_block hc_tumour_diffusion_block;

enum { HC_SPECIES = 3 }; /* proliferating cells, necrosis, nutrient; the last two with necrosis only */
extern const char *const hc_species_names[HC_SPECIES]; /* "u", "necrosis", "nutrient" */

/* What became of cells, mm3 of carrying capacity, sums of this rank since the seed. */
struct hc_ledger {
  double grown, drugs, rays, surgery;
};

/* The mass effect: displacement by the growth, and its stress. Plain data, read-only outside of tumour. */
struct hc_mechanics {
  const struct hc_mechanics_params *params;    /* borrowed */
  double day;                                  /* when it was last solved; NAN: not since the beginning */
  double *displacement;                        /* 3 per local node, mm */
  double *density;                             /* per local node: what presses */
  double *von_mises;                           /* per local cell, kPa */
  double largest_displacement, largest_stress; /* so far, mm and kPa, over all ranks */
  double *young, *poisson;                     /* per local cell, of the tissue without the tumour */
  unsigned char *held;                         /* owned nodes, as in elastic.h */
  struct hc_elastic *elastic;                  /* NULL between solutions if tumours have a stiffness of their own */
  bool newer;                                  /* than the matrix of the diffusion */
  int64_t iterations, solves, most;
  struct hc_timer timer;
};

/* Plain data, read-only outside of tumour. */
struct hc_tumour {
  const struct hc_mesh *mesh;            /* borrowed */
  const struct hc_fields *fields;        /* borrowed */
  const struct hc_tumour_params *params; /* borrowed */
  const struct hc_therapy *therapy;      /* borrowed */
  const struct hc_diffusion_params *numerics;
  const struct hc_splitting *splitting;
  double step;                 /* days: steps end at its multiples */
  double time;                 /* day of the state; treatments of that very day are not given yet */
  int64_t steps;               /* taken since the seed */
  int n_species;               /* 1 or 3 */
  double *volumes;             /* owned nodes, mm3 */
  double *relative;            /* owned nodes: share of the proliferation; NULL: 1 everywhere */
  double *species[HC_SPECIES]; /* owned nodes, on the host: read them through hc_tumour_species() */
  double *local;               /* work: n_local */
  const double **maps;  /* of each entry of radiotherapy: Gy of the course at the owned nodes, or NULL; borrowed */
  const double **masks; /* of each entry of surgery; borrowed */
  struct hc_diffusion *spread, *feed; /* of cells, with D = 1 in white matter, and of the nutrient */
  struct hc_ledger ledger;

  /* Values of the parameters now. */
  struct hc_tumour_values {
    double diffusivity, grey, proliferation;
    double death, threshold, consumption, feeding, supply;
    double coupling, damping;
    double seed[3], radius, density, begin;
  } now;
  double assembled_grey, assembled_damping; /* that the matrix was made with */
  struct hc_mechanics *mechanics;           /* NULL: none */

  /* With a device: the species there too. */
  struct hc_device *device; /* borrowed */
  struct hc_tumour_device *moved;
  struct hc_timer reaction, diffuse;
};

struct hc_tumour_setup {
  const struct hc_tumour_params *params;
  const struct hc_diffusion_params *diffusion;
  const struct hc_mechanics_params *mechanics; /* NULL or coupling 0: none */
  const struct hc_therapy *therapy;
  const struct hc_splitting *splitting;
  double step;              /* days */
  struct hc_device *device; /* NULL: the host computes */
};

/* Fields of the mesh that are used if they are there: cell fields white and grey (fractions; without them, cells of
 * grey_regions are grey and all others white) and dti (xx, yy, zz, xy, yz, xz, in any unit: the trace is divided out).
 * There is no state yet: hc_tumour_seed(). HC_ERR_INPUT: a tensor that is not positive definite, a fraction out of
 * range, a field that is not there. Collective. */
PetscErrorCode hc_tumour_create(const struct hc_mesh *mesh, const struct hc_fields *fields,
                                const struct hc_tumour_setup *setup, struct hc_tumour **tumour);
void hc_tumour_destroy(struct hc_tumour **tumour);

/* Parameters by name: those of the blocks tumour (diffusivity, grey, proliferation), necrosis (necrosis.rate, ...),
 * seed (seed.x, seed.y, seed.z, seed.radius, seed.density, seed.time) and, with mechanics, coupling and damping. A new
 * `grey` assembles the matrix again when it is next needed. *found false if there is none of that name. HC_ERR_INPUT:
 * out of range. Not collective, the same on all ranks. */
PetscErrorCode hc_tumour_set(struct hc_tumour *tumour, const char *name, double value, bool *found);
PetscErrorCode hc_tumour_get(const struct hc_tumour *tumour, const char *name, double *value, bool *found);
/* Names for messages; NULL after the last one. */
extern const char *const hc_tumour_names[];

/* The state at the day seed.time. HC_ERR_INPUT if the seed lies outside the tissue. Collective. */
PetscErrorCode hc_tumour_seed(struct hc_tumour *tumour);

/* Another state at a time: species[k] for owned nodes; NULL: as after seeding (no necrosis, full nutrient). Collective.
 */
PetscErrorCode hc_tumour_begin(struct hc_tumour *tumour, double time, const double *const species[HC_SPECIES]);

/* Advance to a day, which is not before that of the state; treatments of that day are not given yet. HC_ERR_NUMERIC if
 * the result cannot be used; HC_ERR_INPUT if a treatment needs a map that was not set. Collective. */
PetscErrorCode hc_tumour_advance(struct hc_tumour *tumour, double time);

/* One step of that way at most. Collective. */
PetscErrorCode hc_tumour_step(struct hc_tumour *tumour, double time);

/* Displacement and stress of the present densities if they are due: at the beginning, then at multiples of
 * mechanics.every. Steps do this; call it for a state that was not stepped to. HC_ERR_NUMERIC. Collective. */
PetscErrorCode hc_tumour_deform(struct hc_tumour *tumour);

/* After day, displacement and density (owned nodes) were put back from a checkpoint: what follows from them.
 * Collective. */
PetscErrorCode hc_tumour_deform_again(struct hc_tumour *tumour);

/* Densities of a species at the owned nodes, on the host; change: the caller writes to them. Not collective. */
double *hc_tumour_species(struct hc_tumour *tumour, int species, bool change);

/* ---- Measures; collective ---------------------------------------------------------------------------------------- */

/* Integral of a species, mL. */
PetscErrorCode hc_tumour_burden(struct hc_tumour *tumour, int species, double *burden);

/* Volumes where a species is denser than each of n thresholds, mL: linear within simplices; hexahedra are cut into six
 * tetrahedra. */
PetscErrorCode hc_tumour_volumes(struct hc_tumour *tumour, int species, int n, const double *thresholds,
                                 double *volumes);

/* Smallest and largest density. */
PetscErrorCode hc_tumour_range(struct hc_tumour *tumour, int species, double *least, double *most);

/* Dice coefficient of where the cells are denser than the threshold and where the mask (owned nodes) is above a half;
 * nodes count by their volume. 1 if both are empty. */
PetscErrorCode hc_tumour_dice(struct hc_tumour *tumour, double threshold, const double *mask, double *dice);

/* Distances between the two surfaces, mm: mean over both, 95th percentile and largest (of either to the other). NAN if
 * one of them is empty. */
PetscErrorCode hc_tumour_distance(struct hc_tumour *tumour, double threshold, const double *mask, double *mean,
                                  double *most_95, double *most);

/* Sums over all ranks, mL. */
PetscErrorCode hc_tumour_ledger(const struct hc_tumour *tumour, struct hc_ledger *ledger);

#endif
