/* Shared by the files of diffusion only. */
#ifndef HC_DIFFUSION_INTERNAL_H
#define HC_DIFFUSION_INTERNAL_H

#include "cg.h"
#include "system.h"
#include "vectors.h"

enum { MAX_SYSTEMS = 8 };

/* Work of the explicit scheme. */
struct hc_rkl {
  int order;
  bool corrected;               /* the mass is not just lumped */
  struct hc_weights correction; /* of the mass */
  struct hc_vec inverse;        /* 1 / volume */
  struct hc_vec before;         /* V at the beginning of the step */
  struct hc_vec rate;           /* A V there */
  struct hc_vec uncorrected;    /* with a correction only: a product of the stiffness */
  struct hc_vec increment[3];   /* stages, less V at the beginning; the third only for more than two stages */
  double largest;               /* eigenvalue of A, 1/ms */
  int64_t stages, steps;        /* taken so far */
  int most;                     /* stages of one step */
};

struct hc_diffusion {
  const struct hc_mesh *mesh; /* borrowed */
  int method;
  const char *step_unit;
  double *volumes; /* owned nodes, mm3 */
  struct hc_space space;
  struct hc_weights stiffness; /* of -K, mm3/ms */
  struct hc_rkl rkl;

  /* Implicit schemes: systems on the host, cg on a device. */
  struct hc_vec local; /* work */
  Vec rhs, increment;
  struct hc_cg_work work;
  int n_systems;
  struct hc_system systems[MAX_SYSTEMS];
  struct hc_cg cg[MAX_SYSTEMS];
};

/* The explicit scheme, once volumes, space and stiffness (on the host) are there. `largest` is measured. Collective. */
PetscErrorCode hc_rkl_create(struct hc_diffusion *d, const struct hc_pattern *pattern, const double *tensor,
                             const struct hc_diffusion_params *params);
void hc_rkl_destroy(struct hc_rkl *rkl);
PetscErrorCode hc_rkl_step(struct hc_diffusion *d, double dt, struct hc_vec v);

enum { HC_MOST_THETA = 16 }; /* beyond, no correction helps */

/* The matrix of the adapted mass correction on the pattern (adapted.c). diffusion: 6 per local cell, mm2/ms; tau: ms.
 */
PetscErrorCode hc_adapted_correction(const struct hc_mesh *mesh, const struct hc_pattern *pattern,
                                     const double *diffusion, double tau, double *values);

#endif
