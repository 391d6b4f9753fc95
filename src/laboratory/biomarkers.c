/* Biomarkers of a beat from the integrator's steps, as they pass: nothing is stored but the top of the rise of calcium.
 *
 * Levels depend on the peak, so whenever a new peak is found, what was measured after the old one is forgotten. Between
 * two samples V is the cubic with the values and slopes of both (the slope is the stimulus less the membrane currents);
 * calcium is linear. */
#include "laboratory.h"

#include <math.h>
#include <string.h>

#define AT(member) offsetof(struct hc_biomarkers, member)

const struct hc_biomarker_info hc_biomarker_table[] = {
    {"v_rest_mv", "mV", "lowest V before the peak", AT(v_rest), false},
    {"v_peak_mv", "mV", "largest V", AT(v_peak), false},
    {"dvdt_max_v_per_s", "V/s", "largest dV/dt", AT(dvdt_max), false},
    {"apd40_ms", "ms", "duration to 40 % repolarisation", AT(apd40), false},
    {"apd50_ms", "ms", "duration to 50 % repolarisation", AT(apd50), false},
    {"apd90_ms", "ms", "duration to 90 % repolarisation", AT(apd90), false},
    {"triangulation_ms", "ms", "APD90 less APD40", AT(triangulation), false},
    {"dvdt_repolarisation_v_per_s", "V/s", "largest dV/dt between 30 and 90 % repolarisation", AT(dvdt_repolarisation),
     false},
    {"ca_rest_um", "uM", "lowest cytosolic calcium before its peak", AT(ca_rest), false},
    {"ca_peak_um", "uM", "largest cytosolic calcium", AT(ca_peak), false},
    {"cat_amplitude_um", "uM", "calcium peak less rest", AT(cat_amplitude), false},
    {"catd50_ms", "ms", "duration of the calcium transient to 50 % decay", AT(catd50), false},
    {"catd90_ms", "ms", "duration of the calcium transient to 90 % decay", AT(catd90), false},
    {"qnet", "uC/uF", "net charge of six currents over the beat", AT(qnet), false},
    {"cycle_length_ms", "ms", "length of the beat", AT(cycle_length), false},
    {"captured", NULL, "there was an action potential", AT(captured), true},
    {"repolarised", NULL, "90 % repolarised before the end of the beat", AT(repolarised), true},
    {"depolarised_at_start", NULL, "the beat before had not repolarised by 90 %", AT(depolarised_at_start), true},
    {"ead", NULL, "early afterdepolarisation", AT(ead), true},
    {"dad", NULL, "delayed afterdepolarisation", AT(dad), true},
    {0}};

/* What makes an action potential and what an afterdepolarisation; docs/cell-laboratory.md. */
static const double least_amplitude = 30;    /* mV: less is no action potential */
static const double least_fraction = 0.6;    /* of the largest amplitude that the cell has shown: less is no capture */
static const double afterdepolarisation = 1; /* mV of secondary rise */
static const double ead_after = 100; /* ms after the upstroke: before, a rise is the dome that follows the notch */

static const double v_levels[] = {0.3, 0.4, 0.5, 0.9}, ca_levels[] = {0.5, 0.9};
static const char *const qnet_currents[] = {"INaL", "ICaL", "Ito", "IKr", "IKs", "IK1"};
enum { N_V_LEVELS = 4, N_CA_LEVELS = 2, N_QNET = 6, N_RISE = 64 };

struct point {
  double t, x, slope; /* slope NAN: not known */
};

/* A transient: rest, peak and the times at which it has come down by a fraction. */
struct transient {
  double low, rest, peak;
  int passed; /* levels */
  double at[N_V_LEVELS];
};

/* The upper part of a rise: samples at which the transient was higher than ever, those below 90 % dropped, and only
 * every stride-th of them if there are many. */
struct rise {
  int n, stride, skipped;
  double t[N_RISE], x[N_RISE];
};

struct beat {
  bool begun;
  struct point v, ca; /* the last sample */
  double given_rest;  /* mV or NAN */
  struct transient potential, calcium;
  struct rise rise;
  double dvdt_max, t_up, steepest;
  double trough;           /* lowest V while an early afterdepolarisation may come */
  double after_low, crest; /* after 90 %: lowest V, and highest since */
  bool ead, dad;
  double qnet_now, qnet;  /* A/F, A/F ms */
  double start, first;    /* ms, mV: of the first sample */
  double largest, lowest; /* mV: amplitude of any beat so far, and V, the model's initial one included */
  double sag, wobble;     /* mV: lowest V later than ead_after, and how far it rose from there before 90 % */
};

struct hc_watcher {
  const struct hc_cell_model *model;
  int n_cells;
  int calcium;         /* state, or -1 */
  double calcium_unit; /* uM in one of its unit */
  int qnet[N_QNET];    /* currents; the first is -1 if one is missing */
  int n_membrane;      /* currents that make up dV/dt; 0: they do not */
  int *membrane;
  const double *stimulus;
  struct beat *beat;
};

/* ---- The model --------------------------------------------------------------------------------------------------- */

static int find_current(const struct hc_cell_model *model, const char *name)
{
  for (int c = 0; c < model->n_currents; c++)
    if (!strcmp(model->currents[c].name, name))
      return c;
  return -1;
}

static int find_calcium(const struct hc_cell_model *model, double *unit)
{
  for (int s = 1; s < model->n_states; s++)
    if (!strcmp(model->states[s].name, "Cai")) {
      *unit = !strcmp(model->states[s].unit, "mM") ? 1e3 : 1;
      return !strcmp(model->states[s].unit, "mM") || !strcmp(model->states[s].unit, "uM") ? s : -1;
    }
  return -1;
}

const char *hc_biomarker_reason(const struct hc_cell_model *model, const char *key)
{
  static const char *const missing[N_QNET] = {"the model has no INaL", "the model has no ICaL", "the model has no Ito",
                                              "the model has no IKr",  "the model has no IKs",  "the model has no IK1"};
  double unit;
  if (!strncmp(key, "ca", 2) && strcmp(key, "captured") != 0 && find_calcium(model, &unit) < 0)
    return "the model has no cytosolic calcium Cai";
  for (int c = 0; c < N_QNET && !strcmp(key, "qnet"); c++)
    if (find_current(model, qnet_currents[c]) < 0)
      return missing[c];
  return NULL;
}

/* dV/dt is the stimulus less the currents of the membrane, unless a plug-in names only some of them: try it. */
static PetscErrorCode find_membrane(struct hc_watcher *beats)
{
  const struct hc_cell_model *model = beats->model;
  double *y, *dydt, *parameters, *currents, sum = 0, size = 1e-6;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc4(model->n_states, &y, model->n_states, &dydt, model->n_parameters, &parameters,
                         model->n_currents, &currents));
  PetscCall(PetscMalloc1(model->n_currents, &beats->membrane));
  for (int s = 0; s < model->n_states; s++)
    y[s] = model->states[s].initial;
  for (int p = 0; p < model->n_parameters; p++)
    parameters[p] = model->parameters[p].fallback;
  model->rates(0, y, 0, parameters, dydt, currents);
  for (int c = 0; c < model->n_currents; c++)
    if (!strcmp(model->currents[c].unit, "A/F")) {
      beats->membrane[beats->n_membrane++] = c;
      sum += currents[c];
      size += fabs(currents[c]);
    }
  if (!(fabs(dydt[0] + sum) <= 1e-9 * size))
    beats->n_membrane = 0;
  PetscCall(PetscFree4(y, dydt, parameters, currents));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_watcher_create(const struct hc_cell_model *model, int n_cells, struct hc_watcher **beats)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(beats));
  (*beats)->model = model;
  (*beats)->n_cells = n_cells;
  (*beats)->calcium = find_calcium(model, &(*beats)->calcium_unit);
  for (int c = 0; c < N_QNET; c++)
    (*beats)->qnet[c] = find_current(model, qnet_currents[c]);
  if (hc_biomarker_reason(model, "qnet"))
    (*beats)->qnet[0] = -1;
  PetscCall(find_membrane(*beats));
  PetscCall(PetscCalloc1(n_cells, &(*beats)->beat));
  for (int cell = 0; cell < n_cells; cell++)
    (*beats)->beat[cell].lowest = model->states[0].initial;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_watcher_destroy(struct hc_watcher **beats)
{
  if (!*beats)
    return;
  (void)PetscFree((*beats)->membrane);
  (void)PetscFree((*beats)->beat);
  (void)PetscFree(*beats);
}

void hc_watcher_start(struct hc_watcher *beats, const double *rest)
{
  for (int cell = 0; cell < beats->n_cells; cell++)
    beats->beat[cell] = (struct beat){.given_rest = rest ? rest[cell] : NAN,
                                      .largest = beats->beat[cell].largest,
                                      .lowest = beats->beat[cell].lowest,
                                      .steepest = NAN};
}

void hc_watcher_stimulus(struct hc_watcher *beats, const double *stimulus)
{
  beats->stimulus = stimulus;
}

/* ---- Between two samples ----------------------------------------------------------------------------------------- */

/* The cubic (or the line) through a and b, at the fraction s of the way. */
static double between(const struct point *a, const struct point *b, double s)
{
  const double h = b->t - a->t, rise = b->x - a->x;
  if (isnan(a->slope) || isnan(b->slope))
    return a->x + s * rise;
  const double u = 1 - s;
  return a->x + rise * s * s * (3 - 2 * s) + h * s * u * (a->slope * u - b->slope * s);
}

/* When it falls to the level between a (above) and b (at or below), by bisection. */
static double falls_to(const struct point *a, const struct point *b, double level)
{
  double low = 0, high = 1;
  if (isnan(a->slope) || isnan(b->slope))
    return a->t + (b->t - a->t) * (a->x > b->x ? (a->x - level) / (a->x - b->x) : 1);
  for (int i = 0; i < 40; i++) {
    const double middle = 0.5 * (low + high);
    if (between(a, b, middle) > level)
      low = middle;
    else
      high = middle;
  }
  return a->t + (b->t - a->t) * high;
}

/* The highest value on [a, b]: of the ends, or of the cubic in between. */
static double highest(const struct point *a, const struct point *b)
{
  double low = 0, high = 1;
  if (isnan(a->slope) || isnan(b->slope) || !(a->slope > 0 && b->slope < 0))
    return fmax(a->x, b->x);
  for (int i = 0; i < 60; i++) { /* golden section would save half; there is one such step a beat */
    const double third = (high - low) / 3;
    if (between(a, b, low + third) < between(a, b, high - third))
      low += third;
    else
      high -= third;
  }
  return fmax(fmax(a->x, b->x), between(a, b, 0.5 * (low + high)));
}

/* ---- One sample -------------------------------------------------------------------------------------------------- */

static double level_of(const struct transient *transient, double fraction)
{
  return transient->peak - fraction * (transient->peak - transient->rest);
}

/* Times at which the transient falls through the levels that are due. */
static void pass_levels(struct transient *transient, const double *levels, int n, const struct point *before,
                        const struct point *now)
{
  while (transient->passed < n && now->x <= level_of(transient, levels[transient->passed])) {
    transient->at[transient->passed] = falls_to(before, now, level_of(transient, levels[transient->passed]));
    transient->passed++;
  }
}

static bool is_over(const struct beat *beat)
{
  return beat->potential.passed == N_V_LEVELS && beat->potential.peak - beat->potential.rest >= least_amplitude;
}

static void see_afterdepolarisations(struct beat *beat, const struct point *now)
{
  if (is_over(beat)) {
    if (now->x < beat->after_low)
      beat->after_low = beat->crest = now->x;
    beat->crest = fmax(beat->crest, now->x);
    const double rise = beat->crest - beat->after_low;
    if (rise >= afterdepolarisation && beat->crest - now->x >= 0.5 * rise)
      beat->dad = true;
  } else if (beat->potential.passed > 0) {
    if (!isnan(now->slope))
      beat->steepest = fmax(beat->steepest, now->slope); /* fmax ignores a NAN */
    if (now->t - beat->t_up >= ead_after) {
      beat->trough = fmin(beat->trough, now->x);
      if (now->x - beat->trough >= afterdepolarisation)
        beat->ead = true;
    }
  }
}

/* Above this V a cell has not repolarised, whatever came before: 20 mV or 10 % of the largest action potential from the
 * lowest V, the model's initial one included, since a cell may be met on a plateau that it does not leave. */
static double repolarised_below(const struct beat *beat)
{
  return beat->lowest + fmax(20, 0.1 * beat->largest);
}

static void see_potential(struct beat *beat, const struct point *now)
{
  struct transient *potential = &beat->potential;
  double slope = now->slope;
  if (isnan(slope) && now->t > beat->v.t)
    slope = (now->x - beat->v.x) / (now->t - beat->v.t);
  if (slope > beat->dvdt_max && !is_over(beat)) {
    beat->dvdt_max = slope;
    beat->t_up = isnan(now->slope) ? 0.5 * (now->t + beat->v.t) : now->t;
  }
  potential->low = fmin(potential->low, now->x);
  const double top = highest(&beat->v, now);
  if (top > potential->peak && is_over(beat)) {
    beat->dad = true; /* another action potential, higher than the first: it was triggered */
  } else if (top > potential->peak) {
    potential->peak = top;
    potential->rest = isnan(beat->given_rest) ? potential->low : beat->given_rest;
    potential->passed = 0;
    beat->steepest = NAN;
    beat->trough = beat->after_low = INFINITY;
    beat->crest = -INFINITY;
  }
  if (now->t - beat->start >= ead_after && now->x > repolarised_below(beat)) {
    beat->sag = fmin(beat->sag, now->x);
    beat->wobble = fmax(beat->wobble, now->x - beat->sag);
  }
  pass_levels(potential, v_levels, N_V_LEVELS, &beat->v, now);
  see_afterdepolarisations(beat, now);
}

static void drop_first(struct rise *rise, int n)
{
  rise->n -= n;
  memmove(rise->t, rise->t + n, (size_t)rise->n * sizeof *rise->t);
  memmove(rise->x, rise->x + n, (size_t)rise->n * sizeof *rise->x);
}

/* Every other one goes, and from now on so many fewer come. */
static void thin(struct rise *rise)
{
  rise->n /= 2;
  rise->stride *= 2;
  for (int i = 0; i < rise->n; i++) {
    rise->t[i] = rise->t[2 * i];
    rise->x[i] = rise->x[2 * i];
  }
}

/* Keep the part of the rise above 90 %, and the last sample below it. */
static void extend_rise(struct rise *rise, const struct point *now, double level)
{
  int drop = 0;
  while (drop + 1 < rise->n && rise->x[drop + 1] < level)
    drop++;
  drop_first(rise, drop);
  if (++rise->skipped < rise->stride)
    return;
  rise->skipped = 0;
  if (rise->n == N_RISE)
    thin(rise);
  else if (rise->n < N_RISE / 4 && rise->stride > 1)
    rise->stride /= 2;
  rise->t[rise->n] = now->t;
  rise->x[rise->n++] = now->x;
}

static double risen_to(const struct rise *rise, double level)
{
  for (int i = 1; i < rise->n; i++)
    if (rise->x[i] >= level)
      return rise->t[i - 1] +
             (rise->t[i] - rise->t[i - 1]) *
                 (rise->x[i - 1] < level ? (level - rise->x[i - 1]) / (rise->x[i] - rise->x[i - 1]) : 0);
  return NAN;
}

static void see_calcium(struct beat *beat, const struct point *now)
{
  struct transient *calcium = &beat->calcium;
  calcium->low = fmin(calcium->low, now->x);
  if (now->x > calcium->peak) {
    calcium->peak = now->x;
    calcium->rest = calcium->low;
    calcium->passed = 0;
    extend_rise(&beat->rise, now, level_of(calcium, 0.1));
  }
  pass_levels(calcium, ca_levels, N_CA_LEVELS, &beat->ca, now);
}

static void begin(struct beat *beat, const struct point *v, const struct point *ca, double qnet)
{
  beat->begun = true;
  beat->start = beat->t_up = v->t;
  beat->first = v->x;
  beat->v = *v;
  beat->ca = *ca;
  beat->potential.low = beat->potential.peak = v->x;
  beat->potential.rest = isnan(beat->given_rest) ? v->x : beat->given_rest;
  beat->calcium.low = beat->calcium.rest = beat->calcium.peak = ca->x;
  beat->dvdt_max = isnan(v->slope) ? -INFINITY : v->slope;
  beat->trough = beat->after_low = beat->sag = INFINITY;
  beat->crest = -INFINITY;
  beat->wobble = 0;
  beat->rise.stride = 1;
  extend_rise(&beat->rise, ca, ca->x);
  beat->qnet_now = qnet;
}

void hc_watcher_see(void *context, const struct hc_batch_sample *sample)
{
  const struct hc_watcher *beats = context;
  const int stride = sample->stride;
  for (int k = 0; k < sample->n; k++) {
    struct beat *beat = &beats->beat[sample->first + k];
    struct point v = {sample->t, sample->v[k], NAN}, ca = {sample->t, NAN, NAN};
    double qnet = 0;
    if (beats->n_membrane > 0)
      v.slope = beats->stimulus ? beats->stimulus[sample->first + k] : 0;
    for (int i = 0; i < beats->n_membrane; i++)
      v.slope -= sample->currents[beats->membrane[i] * stride + k];
    if (beats->calcium >= 0)
      ca.x = beats->calcium_unit * sample->state[(beats->calcium - 1) * stride + k];
    for (int c = 0; c < N_QNET && beats->qnet[0] >= 0; c++)
      qnet += sample->currents[beats->qnet[c] * stride + k];
    if (!beat->begun) {
      begin(beat, &v, &ca, qnet);
      continue;
    }
    beat->qnet += 0.5 * (v.t - beat->v.t) * (qnet + beat->qnet_now);
    see_potential(beat, &v);
    if (beats->calcium >= 0)
      see_calcium(beat, &ca);
    beat->v = v;
    beat->ca = ca;
    beat->qnet_now = qnet;
  }
}

/* ---- The end of a beat ------------------------------------------------------------------------------------------- */

static double since(const struct transient *transient, int level, double start)
{
  return level < transient->passed ? transient->at[level] - start : NAN;
}

static void end_potential(const struct beat *beat, struct hc_biomarkers *found)
{
  const struct transient *potential = &beat->potential;
  found->v_rest = potential->rest;
  found->v_peak = potential->peak;
  found->dvdt_max = beat->dvdt_max;
  if (!found->captured && found->depolarised_at_start) { /* a beat that never ended, with what came of it */
    found->repolarised = potential->low <= repolarised_below(beat);
    found->ead = beat->wobble >= afterdepolarisation;
  }
  if (!found->captured)
    return;
  found->activation = beat->t_up;
  found->apd40 = since(potential, 1, beat->t_up);
  found->apd50 = since(potential, 2, beat->t_up);
  found->apd90 = since(potential, 3, beat->t_up);
  found->triangulation = found->apd90 - found->apd40;
  found->repolarised_at = since(potential, 3, 0);
  found->repolarised = potential->passed == N_V_LEVELS;
  found->dvdt_repolarisation = beat->steepest;
  found->ead = beat->ead;
  found->dad = beat->dad;
}

void hc_watcher_end(struct hc_watcher *beats, int cell, struct hc_biomarkers *found)
{
  struct beat *beat = &beats->beat[cell];
  const struct transient *calcium = &beat->calcium;
  const double amplitude = beat->potential.peak - beat->potential.rest;
  for (const struct hc_biomarker_info *info = hc_biomarker_table; info->key; info++)
    if (info->is_flag)
      *(bool *)((char *)found + info->offset) = false;
    else
      *(double *)(void *)((char *)found + info->offset) = NAN;
  found->activation = found->repolarised_at = NAN;
  if (!beat->begun)
    return;
  found->depolarised_at_start = beat->first > repolarised_below(beat);
  beat->largest = fmax(beat->largest, amplitude);
  found->captured = amplitude >= least_amplitude && amplitude >= least_fraction * beat->largest &&
                    beat->potential.peak - beat->first >= least_amplitude;
  end_potential(beat, found);
  beat->lowest = fmin(beat->lowest, beat->potential.low);
  found->cycle_length = beat->v.t - beat->start;
  if (beats->qnet[0] >= 0)
    found->qnet = 1e-3 * beat->qnet; /* A/F ms = nC/uF */
  if (beats->calcium < 0)
    return;
  const double start = risen_to(&beat->rise, level_of(calcium, 0.1));
  found->ca_rest = calcium->rest;
  found->ca_peak = calcium->peak;
  found->cat_amplitude = calcium->peak - calcium->rest;
  found->catd50 = since(calcium, 0, start);
  found->catd90 = since(calcium, 1, start);
}
