/* The linear system of one step size: (M / dt + theta K) x = b. Internal to diffusion. */
#ifndef HC_SYSTEM_H
#define HC_SYSTEM_H

#include "diffusion.h"

#include <petscksp.h>

struct hc_system {
  double dt; /* ms */
  KSP ksp;
  Vec rhs, increment; /* shared by the systems of one diffusion object: borrowed */
  double unit;        /* the solver's norm that stands for a root mean square of 1 mV */
  int64_t iterations, solves, largest;
};

/* stiffness: values on the pattern, copied into the matrix. Collective. */
PetscErrorCode hc_system_create(const struct hc_mesh *mesh, const struct hc_pattern *pattern, const double *stiffness,
                                const struct hc_diffusion_params *params, double theta, double dt,
                                struct hc_system *system);
PetscErrorCode hc_system_destroy(struct hc_system *system);

/* Solve for system->increment from zero. HC_ERR_NUMERIC if the solver fails, the same on all ranks. Collective. */
PetscErrorCode hc_system_solve(struct hc_system *system);

#endif
