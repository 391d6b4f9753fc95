#include "stimulus.h"

#include <math.h>

static const struct hc_choice shapes[] = {
    {"box", HC_STIM_BOX, "nodes in the box from `min` to `max`"},
    {"sphere", HC_STIM_SPHERE, "nodes within `radius` of `centre`"},
    {"region", HC_STIM_REGION, "nodes of cells whose region is one of `tags`"},
    {"surface", HC_STIM_SURFACE, "nodes of surfaces with one of `tags`"},
    {"nodes", HC_STIM_NODES, "the nodes listed in `nodes`"},
    {NULL, 0, NULL},
};

static const struct hc_choice kinds[] = {
    {"current", HC_STIM_CURRENT, "a current density of `amplitude` uA/mm3 flows into the cells"},
    {"voltage", HC_STIM_VOLTAGE, "the membrane is clamped at `amplitude` mV"},
    {NULL, 0, NULL},
};

#define AT(member) offsetof(struct hc_stimulus_params, member)
static const struct hc_param stimulus_params[] = {
    {"name", HC_STRING, AT(name), .fallback = "~", .meaning = "Name, for --set stimuli.NAME.start=5."},
    {"shape", HC_CHOICE, AT(shape), .choices = shapes, .meaning = "How the nodes are chosen."},
    {"min", HC_REALS, AT(min), .unit = "mm", .fallback = "~", .n_min = 3, .n_max = 3,
     .meaning = "Lower corner of a box."},
    {"max", HC_REALS, AT(max), .unit = "mm", .fallback = "~", .n_min = 3, .n_max = 3,
     .meaning = "Upper corner of a box."},
    {"centre", HC_REALS, AT(centre), .unit = "mm", .fallback = "~", .n_min = 3, .n_max = 3,
     .meaning = "Centre of a sphere."},
    {"radius", HC_REAL, AT(radius), .unit = "mm", .fallback = "~", .meaning = "Radius of a sphere."},
    {"tags", HC_INTS, AT(tags), .fallback = "~", .meaning = "Tags of cell regions, or of surfaces (1 to 31)."},
    {"nodes", HC_INTS, AT(nodes), .fallback = "~", .meaning = "Node numbers in the order of the mesh file, from 0."},
    {"kind", HC_CHOICE, AT(kind), .fallback = "current", .choices = kinds, .meaning = "What is imposed."},
    {"amplitude", HC_REAL, AT(amplitude), .unit = "uA/mm3 or mV", .min = -1e9, .max = 1e9,
     .meaning = "Current density per volume of tissue in uA/mm3 (positive depolarises; 1 uA/mm3 = 1000 uA/cm3), or the "
                "clamped voltage in mV."},
    {"start", HC_REAL, AT(start), .unit = "ms", .fallback = "0", .min = 0, .max = 1e12,
     .meaning = "Start of the first pulse."},
    {"duration", HC_REAL, AT(duration), .unit = "ms", .min = 1e-6, .max = 1e12, .meaning = "Length of a pulse."},
    {"period", HC_REAL, AT(period), .unit = "ms", .fallback = "0", .min = 0, .max = 1e12,
     .meaning = "From the start of a pulse to the start of the next one; 0: there is one pulse only."},
    {"count", HC_INT, AT(count), .unit = "1", .fallback = "0", .min = 0, .max = 1e9,
     .meaning = "Number of pulses with a period; 0: they never end."},
    {0},
};

const struct hc_block hc_stimulus_block = {"stimulus", sizeof(struct hc_stimulus_params), stimulus_params,
                                           "One stimulus: where, when and how much."};

/* ---- Checks ---------------------------------------------------------------------------------------------------- */

static const char *shape_name(const struct hc_stimulus_params *stimulus)
{
  return shapes[stimulus->shape].name;
}

static PetscErrorCode check_keys(const struct hc_stimulus_params *stimulus)
{
  const struct {
    const char *key;
    const void *value;
    bool given;
    int shapes; /* bit set of those that use it */
  } keys[] = {
      {"min", &stimulus->min, stimulus->min.n > 0, 1 << HC_STIM_BOX},
      {"max", &stimulus->max, stimulus->max.n > 0, 1 << HC_STIM_BOX},
      {"centre", &stimulus->centre, stimulus->centre.n > 0, 1 << HC_STIM_SPHERE},
      {"radius", &stimulus->radius, !isnan(stimulus->radius), 1 << HC_STIM_SPHERE},
      {"tags", &stimulus->tags, stimulus->tags.n > 0, 1 << HC_STIM_REGION | 1 << HC_STIM_SURFACE},
      {"nodes", &stimulus->nodes, stimulus->nodes.n > 0, 1 << HC_STIM_NODES},
  };

  PetscFunctionBeginUser;
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    const bool used = keys[i].shapes >> stimulus->shape & 1;
    PetscCheck(keys[i].given || !used, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: shape %s needs the key \"%s\"",
               hc_params_place(stimulus->params, &stimulus->shape), shape_name(stimulus), keys[i].key);
    PetscCheck(used || !keys[i].given, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: shape %s has no use for the key \"%s\"",
               hc_params_place(stimulus->params, keys[i].value), shape_name(stimulus), keys[i].key);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_geometry(const struct hc_stimulus_params *stimulus)
{
  static const char axis[] = "xyz";

  PetscFunctionBeginUser;
  if (stimulus->shape == HC_STIM_BOX)
    for (int d = 0; d < 3; d++)
      PetscCheck(stimulus->min.v[d] <= stimulus->max.v[d], PETSC_COMM_SELF, HC_ERR_INPUT,
                 "%s: the box has %c from %.6g to %.6g mm; allowed: max not below min",
                 hc_params_place(stimulus->params, &stimulus->max), axis[d], stimulus->min.v[d], stimulus->max.v[d]);
  if (stimulus->shape == HC_STIM_SPHERE)
    PetscCheck(stimulus->radius >= 0, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found %.6g; allowed: a radius of 0 or more (mm)",
               hc_params_place(stimulus->params, &stimulus->radius), stimulus->radius);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_stimulus_check(const struct hc_stimulus_params *stimulus)
{
  const struct hc_params *params = stimulus->params;

  PetscFunctionBeginUser;
  PetscCall(check_keys(stimulus));
  PetscCall(check_geometry(stimulus));
  PetscCheck(stimulus->duration > 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: found %.6g; allowed: above 0 (ms)",
             hc_params_place(params, &stimulus->duration), stimulus->duration);
  if (stimulus->period > 0)
    PetscCheck(stimulus->duration <= stimulus->period || stimulus->count == 1, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: pulses of %.6g ms every %.6g ms overlap; allowed: a duration up to the period",
               hc_params_place(params, &stimulus->duration), stimulus->duration, stimulus->period);
  else
    PetscCheck(stimulus->count <= 1, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %" PRId64 " pulses need a period above 0 ms",
               hc_params_place(params, &stimulus->count), stimulus->count);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- The pulse train --------------------------------------------------------------------------------------------- */

/* Number of the last pulse; a pulse without a period is alone. */
static double last_pulse(const struct hc_stimulus_params *stimulus)
{
  if (stimulus->period <= 0)
    return 0;
  return stimulus->count > 0 ? (double)stimulus->count - 1 : INFINITY;
}

double hc_stimulus_overlap(const struct hc_stimulus_params *stimulus, double t, double dt)
{
  const double period = stimulus->period > 0 ? stimulus->period : 1;
  /* One more at either end than arithmetic asks for: rounding must not lose a pulse. */
  const double first = fmax(0, floor((t - stimulus->start - stimulus->duration) / period));
  const double last = fmin(last_pulse(stimulus), ceil((t + dt - stimulus->start) / period));
  double overlap = 0;

  for (int64_t k = 0; first + (double)k <= last; k++) {
    const double begin = stimulus->start + (first + (double)k) * stimulus->period;
    overlap += fmax(0, fmin(t + dt, begin + stimulus->duration) - fmax(t, begin));
  }
  return overlap;
}

bool hc_stimulus_on(const struct hc_stimulus_params *stimulus, double t)
{
  const double blur = 1e-9 * fmax(1, fabs(t)), since = t - stimulus->start + blur;
  double pulse = 0;

  if (stimulus->period > 0)
    pulse = fmin(fmax(0, floor(since / stimulus->period)), last_pulse(stimulus));
  return since >= 0 && since - pulse * stimulus->period < stimulus->duration;
}
