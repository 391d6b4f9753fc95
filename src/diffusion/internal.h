/* Shared by the files of diffusion only. */
#ifndef HC_DIFFUSION_INTERNAL_H
#define HC_DIFFUSION_INTERNAL_H

#include "sparse.h"
#include "system.h"

enum { MAX_SYSTEMS = 8 };

/* Work of the explicit scheme. */
struct hc_rkl {
  int order;
  double *correction;    /* weights of the mass correction, NULL without */
  double *inverse;       /* owned nodes: 1 / volume */
  double *before;        /* local: V at the beginning of the step */
  double *rate;          /* owned: A V there */
  double *uncorrected;   /* local, with a correction only: a product of the stiffness */
  double *increment[3];  /* local: stages, less V at the beginning; the third only for more than two stages */
  double largest;        /* eigenvalue of A, 1/ms */
  int64_t stages, steps; /* taken so far */
  int most;              /* stages of one step */
};

struct hc_diffusion {
  const struct hc_mesh *mesh; /* borrowed */
  int method;
  double *volumes; /* owned nodes, mm3 */
  struct hc_sparse *sparse;
  double *stiffness; /* weights of -K, mm3/ms */
  struct hc_rkl rkl;
  double *local; /* implicit, work: owned and halo nodes */
  Vec rhs, increment;
  int n_systems;
  struct hc_system systems[MAX_SYSTEMS];
};

/* The explicit scheme, once volumes, sparse and stiffness are there. `largest` is measured. Collective. */
PetscErrorCode hc_rkl_create(struct hc_diffusion *d, const struct hc_pattern *pattern, const double *tensor,
                             const struct hc_diffusion_params *params);
void hc_rkl_destroy(struct hc_rkl *rkl);
PetscErrorCode hc_rkl_step(struct hc_diffusion *d, double dt, double *v);

enum { HC_MOST_THETA = 16 }; /* beyond, no correction helps */

/* The matrix of the adapted mass correction on the pattern (adapted.c). diffusion: 6 per local cell, mm2/ms; tau: ms.
 */
PetscErrorCode hc_adapted_correction(const struct hc_mesh *mesh, const struct hc_pattern *pattern,
                                     const double *diffusion, double tau, double *values);

#endif
