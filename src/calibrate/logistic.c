#include "logistic.h"

#include <math.h>
#include <string.h>

#define LONGEST_STEP 0.25 /* day, where something kills continuously */

double hc_logistic_grow(double v, double rho, double capacity, double dt)
{
  /* 1 / V' = 1 / K + (1 / V - 1 / K) exp(-rho dt), written such that no growth returns v to the bit */
  const double rest = -expm1(-rho * dt);
  return v / (1 - rest * (1 - v / capacity));
}

double hc_logistic_time(double v, double rho, double capacity, double to)
{
  if (to <= v)
    return 0;
  if (to >= capacity)
    return INFINITY;
  return (log(to / v) + log((capacity - v) / (capacity - to))) / rho;
}

/* ---- Parameters -------------------------------------------------------------------------------------------------- */

static const struct parameter {
  const char *name, *unit;
  size_t offset;
} parameters[] = {{"rho", "1/day", offsetof(struct hc_logistic, rho)},
                  {"capacity", "mL", offsetof(struct hc_logistic, capacity)},
                  {"volume", "mL", offsetof(struct hc_logistic, volume)},
                  {"alpha", "1/Gy", offsetof(struct hc_logistic, alpha)},
                  {"alpha_beta", "Gy", offsetof(struct hc_logistic, alpha_beta)}};
#define N_PARAMETERS ((int)(sizeof parameters / sizeof parameters[0]))

bool hc_logistic_unit(const char *name, const char **unit)
{
  for (int i = 0; i < N_PARAMETERS; i++)
    if (!strcmp(parameters[i].name, name)) {
      *unit = parameters[i].unit;
      return true;
    }
  *unit = NULL;
  return false;
}

PetscErrorCode hc_logistic_set(struct hc_logistic *tumour, const char *name, double value)
{
  const char *names[N_PARAMETERS], *nearest;
  bool found = false, treated = false;

  PetscFunctionBeginUser;
  for (int i = 0; i < N_PARAMETERS; i++) {
    names[i] = parameters[i].name;
    if (strcmp(name, parameters[i].name) != 0)
      continue;
    memcpy((char *)tumour + parameters[i].offset, &value, sizeof value);
    found = true;
  }
  if (tumour->therapy)
    PetscCall(hc_therapy_set(tumour->therapy, name, value, &treated));
  if (found || treated)
    PetscFunctionReturn(PETSC_SUCCESS);
  nearest = hc_params_nearest(name, N_PARAMETERS, names);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT,
          "%s: unknown parameter%s%s%s; allowed: rho, capacity, volume, alpha, alpha_beta, and those of the therapy",
          name, nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
}

/* ---- Growth ------------------------------------------------------------------------------------------------------ */

static double advance(const struct hc_logistic *tumour, double v, double from, double to)
{
  const struct hc_therapy *therapy = tumour->therapy;
  if (!therapy || (therapy->n_drugs == 0 && therapy->n_immune == 0))
    return hc_logistic_grow(v, tumour->rho, tumour->capacity, to - from);
  const int n = PetscMax((int)ceil((to - from) / LONGEST_STEP), 1);
  const double dt = (to - from) / n;
  for (int i = 0; i < n; i++) { /* Strang's splitting */
    v = hc_logistic_grow(v, tumour->rho, tumour->capacity, 0.5 * dt);
    v *= exp(-hc_therapy_kill(therapy, from + i * dt, dt));
    v = hc_logistic_grow(v, tumour->rho, tumour->capacity, 0.5 * dt);
  }
  return v;
}

static double treat(const struct hc_therapy *therapy, const struct hc_event *event, double v)
{
  if (event->kind == HC_EVENT_FRACTION)
    return v * hc_therapy_survival(&therapy->rays[event->entry], event->dose, 1);
  if (event->kind == HC_EVENT_SURGERY)
    return v * ((const struct hc_surgery_params *)therapy->blocks->surgery.items)[event->entry].residual;
  return v;
}

PetscErrorCode hc_logistic_volumes(const struct hc_logistic *tumour, int n, const double *days, double *volumes)
{
  const struct hc_therapy *therapy = tumour->therapy;
  const int n_events = therapy ? therapy->n_events : 0;
  double now = tumour->begin, v = tumour->volume;
  int event = 0;

  PetscFunctionBeginUser;
  for (int i = 0; i < n; i++) {
    PetscAssert(days[i] >= now || i > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "day %g is before day %g", days[i],
                now);
    for (; event < n_events && therapy->events[event].time < days[i]; event++) {
      const double time = fmax(therapy->events[event].time, now);
      v = treat(therapy, &therapy->events[event], advance(tumour, v, now, time));
      now = time;
    }
    v = advance(tumour, v, now, days[i]);
    now = days[i];
    volumes[i] = v;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
