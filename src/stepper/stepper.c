#include "stepper.h"

#include <math.h>

#define GODUNOV "reaction, then diffusion, each over the whole step (Lie-Trotter; first order)"
#define STRANG                                                                                                         \
  "half a step of reaction, diffusion, half a step of reaction (Strang 1968, doi:10.1137/0705041; second order)"
#define STRANG_DRD                                                                                                     \
  "half a step of diffusion, reaction, half a step of diffusion (Strang 1968, doi:10.1137/0705041; second order)"

/* Composition schemes of order above two need negative steps, which diffusion does not have (Goldman & Kaper 1996,
 * doi:10.1137/0733018): the table ends at order two. */
const struct hc_splitting hc_splittings[] = {
    {.name = "godunov", .meaning = GODUNOV, .order = 1, .n_stages = 1, .reaction = {1}, .diffusion = {1}},
    {.name = "strang", .meaning = STRANG, .order = 2, .n_stages = 2, .reaction = {0.5, 0.5}, .diffusion = {1, 0}},
    {.name = "strang_drd",
     .meaning = STRANG_DRD,
     .order = 2,
     .n_stages = 2,
     .reaction = {0, 1},
     .diffusion = {0.5, 0.5}},
    {.name = NULL},
};

const struct hc_choice hc_splitting_choices[] = {
    {"godunov", 0, GODUNOV},
    {"strang", 1, STRANG},
    {"strang_drd", 2, STRANG_DRD},
    {NULL, 0, NULL},
};

PetscErrorCode hc_clock_steps(const char *place, const char *unit, double time, double dt, int64_t *steps)
{
  const double ratio = time / dt;
  const double whole = round(ratio);

  PetscFunctionBeginUser;
  PetscCheck(dt > 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: the time step is %.6g %s; allowed: a number above 0", place,
             dt, unit);
  PetscCheck(isfinite(ratio) && fabs(whole) < 9e15, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %.6g %s; allowed: a time of less than 9e15 steps of %.6g %s", place, time, unit, dt, unit);
  PetscCheck(fabs(ratio - whole) <= 1e-6, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %.15g %s, which is %.9g steps of %.15g %s; allowed: a multiple of the time step, such as %.15g",
             place, time, unit, ratio, dt, unit, whole * dt);
  *steps = (int64_t)whole;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_splitting_step(const struct hc_splitting *splitting, double t, double dt,
                                 const struct hc_operator *reaction, const struct hc_operator *diffusion, double *v)
{
  double reacted = 0, diffused = 0; /* fractions of the step that each operator has behind it */

  PetscFunctionBeginUser;
  for (int s = 0; s < splitting->n_stages; s++) {
    if (splitting->reaction[s] > 0)
      PetscCall(reaction->advance(reaction->context, t + reacted * dt, splitting->reaction[s] * dt, v));
    if (splitting->diffusion[s] > 0)
      PetscCall(diffusion->advance(diffusion->context, t + diffused * dt, splitting->diffusion[s] * dt, v));
    reacted += splitting->reaction[s];
    diffused += splitting->diffusion[s];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

int hc_splitting_diffusion_steps(const struct hc_splitting *splitting, double dt, double *sizes)
{
  int n = 0;

  for (int s = 0; s < splitting->n_stages; s++) {
    const double size = splitting->diffusion[s] * dt;
    bool known = size <= 0;
    for (int i = 0; i < n; i++)
      known = known || sizes[i] == size;
    if (!known)
      sizes[n++] = size;
  }
  return n;
}
