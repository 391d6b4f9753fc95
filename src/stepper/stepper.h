/* healthcast stepper: operator splitting as data, and the integer clock. Floor 5. */
#ifndef HC_STEPPER_H
#define HC_STEPPER_H

#include "base.h"
#include "params.h"

/* Time is a number of steps: t = step * dt is exact to one rounding after any number of steps. */
struct hc_clock {
  int64_t step;
  double dt;
};
static inline double hc_clock_time(const struct hc_clock *clock)
{
  return (double)clock->step * clock->dt;
}

/* A time as a number of steps: HC_ERR_INPUT (with `place`) if it is not a multiple of dt to 1e-6 of a step. unit: of
 * both, for messages. */
PetscErrorCode hc_clock_steps(const char *place, const char *unit, double time, double dt, int64_t *steps);

#define HC_MAX_STAGES 4

/* One step = for each stage: reaction over reaction[s] dt, then diffusion over diffusion[s] dt (0: left out). */
struct hc_splitting {
  const char *name, *meaning;
  int order;
  int n_stages;
  double reaction[HC_MAX_STAGES], diffusion[HC_MAX_STAGES];
};
extern const struct hc_splitting hc_splittings[];     /* ended by a NULL name: godunov, strang, ... */
extern const struct hc_choice hc_splitting_choices[]; /* the same as choices of an input key; value = index */

/* What a stage calls: advance v from t by dt. Borrowed. */
struct hc_operator {
  void *context;
  PetscErrorCode (*advance)(void *context, double t, double dt, double *v);
};

/* One step of dt from time t. Reaction and diffusion keep their own clocks within the step. Collective. */
PetscErrorCode hc_splitting_step(const struct hc_splitting *splitting, double t, double dt,
                                 const struct hc_operator *reaction, const struct hc_operator *diffusion, double *v);

/* The different diffusion step sizes that a splitting uses: at most HC_MAX_STAGES; returns how many. */
int hc_splitting_diffusion_steps(const struct hc_splitting *splitting, double dt, double *sizes);

#endif
