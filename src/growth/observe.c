/* Samples of the burden over time, and what follows from them: progression, days gained, control. */
#include "internal.h"

#include <math.h>
#include <stdio.h>

static void name_columns(struct hc_watched *w, const struct hc_growth *growth)
{
  const struct hc_growth_observe_params *p = &growth->tumour_case->observe;
  const bool necrosis = growth->tumour->n_species > 1;

  snprintf(w->names[HC_COLUMN_BURDEN], sizeof w->names[0], "burden");
  snprintf(w->names[HC_COLUMN_ENHANCING], sizeof w->names[0], "enhancing");
  snprintf(w->names[HC_COLUMN_VISIBLE], sizeof w->names[0], "visible");
  w->thresholds[w->n_thresholds++] = p->enhancing;
  w->thresholds[w->n_thresholds++] = p->visible;
  w->n_columns = HC_COLUMN_MORE;
  for (int i = 0; i < p->thresholds.n; i++) {
    snprintf(w->names[w->n_columns++], sizeof w->names[0], "u > %g", p->thresholds.v[i]);
    w->thresholds[w->n_thresholds++] = p->thresholds.v[i];
  }
  if (necrosis)
    snprintf(w->names[w->n_columns++], sizeof w->names[0], "necrosis");
  for (int i = 0; i < w->n_columns; i++)
    w->titles[i] = w->names[i];
}

PetscErrorCode hc_watched_create(const struct hc_growth *growth, struct hc_watched **watched)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(watched));
  (*watched)->every = growth->tumour_case->observe.every;
  (*watched)->begin = growth->tumour->time;
  name_columns(*watched, growth);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_watched_destroy(struct hc_watched **watched)
{
  if (!*watched)
    return;
  (void)PetscFree((*watched)->samples);
  (void)PetscFree(*watched);
}

double hc_watched_next(const struct hc_watched *watched)
{
  return watched->begin + (double)watched->n_samples * watched->every;
}

PetscErrorCode hc_watched_resize(struct hc_watched *watched, int64_t n)
{
  PetscFunctionBeginUser;
  if (n > watched->room) {
    watched->room = 2 * n + 64;
    PetscCall(
        PetscRealloc(sizeof(double) * (size_t)watched->room * (size_t)(1 + watched->n_columns), &watched->samples));
  }
  watched->n_samples = n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_watched_sample(struct hc_watched *w, struct hc_growth *growth)
{
  double *row;

  PetscFunctionBeginUser;
  PetscCall(hc_watched_resize(w, w->n_samples + 1));
  row = w->samples + (w->n_samples - 1) * (1 + w->n_columns);
  row[0] = growth->tumour->time;
  PetscCall(hc_tumour_burden(growth->tumour, 0, &row[1 + HC_COLUMN_BURDEN]));
  PetscCall(hc_tumour_volumes(growth->tumour, 0, w->n_thresholds, w->thresholds, &row[1 + HC_COLUMN_ENHANCING]));
  if (growth->tumour->n_species > 1)
    PetscCall(hc_tumour_burden(growth->tumour, 1, &row[w->n_columns]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- What follows ------------------------------------------------------------------------------------------------ */

static double value(const struct hc_watched *w, int64_t sample, int column)
{
  return w->samples[sample * (1 + w->n_columns) + 1 + column];
}

static double day(const struct hc_watched *w, int64_t sample)
{
  return w->samples[sample * (1 + w->n_columns)];
}

/* Day when the enhancing volume has grown by the share over its smallest since `from`, linear between samples; NAN if
 * it has not. A tumour that cannot be seen progresses when it can again. */
static double progression(const struct hc_watched *w, double from, double share)
{
  double least = INFINITY;

  for (int64_t s = 0; s < w->n_samples; s++) {
    const double now = value(w, s, HC_COLUMN_ENHANCING);
    if (day(w, s) < from)
      continue;
    if (now > least * (1 + share)) {
      const double before = value(w, s - 1, HC_COLUMN_ENHANCING), level = least * (1 + share);
      return day(w, s - 1) + (level - before) / (now - before) * (day(w, s) - day(w, s - 1));
    }
    least = fmin(least, now);
  }
  return NAN;
}

/* Speed of the radius of a ball of the same volume over the last third of the samples in which it grows untreated:
 * least squares, mm/day; NAN with fewer than three. */
static double speed(const struct hc_watched *w, int column, double until)
{
  double n = 0, st = 0, sr = 0, stt = 0, str = 0;
  int64_t last = 0;

  while (last < w->n_samples && day(w, last) <= until)
    last++;
  for (int64_t s = 2 * last / 3; s < last; s++) {
    const double t = day(w, s), r = cbrt(3e3 * value(w, s, column) / (4 * M_PI));
    n++;
    st += t;
    sr += r;
    stt += t * t;
    str += t * r;
  }
  return n < 3 ? NAN : (n * str - st * sr) / (n * stt - st * st);
}

static json_t *number(double x)
{
  return isfinite(x) ? json_real(x) : json_null();
}

static void put_progression(const struct hc_watched *w, const struct hc_growth *growth, json_t *json)
{
  const struct hc_therapy *therapy = growth->therapy;
  const double first = therapy->n_events > 0 ? therapy->events[0].time : NAN;
  const double day_of = progression(w, isnan(first) ? w->begin : first, growth->tumour_case->observe.progression);

  if (isnan(first))
    return;
  json_object_set_new(json, "first_treatment_day", number(first));
  json_object_set_new(json, "progression_day", number(day_of));
  json_object_set_new(json, "time_to_progression_days", number(day_of - first));
}

/* Of the tumour as it is now: nothing of it is left with the probability exp(-cells) (Poisson). */
static void put_control(const struct hc_watched *w, const struct hc_growth *growth, json_t *json)
{
  double least = INFINITY;

  for (int64_t s = 0; s < w->n_samples; s++)
    least = fmin(least, value(w, s, HC_COLUMN_BURDEN));
  json_object_set_new(json, "tumour_control_probability",
                      number(exp(-least * 1e3 * growth->tumour_case->observe.cells)));
}

static PetscErrorCode put_overlap(struct hc_growth *growth, const char *what, double threshold,
                                  const struct hc_image *image, const struct hc_ints *labels, json_t *json)
{
  const struct hc_growth_observe_params *p = &growth->tumour_case->observe;
  double *mask, dice, mean, most_95, most;

  PetscFunctionBeginUser;
  PetscCall(hc_growth_overlap(growth, threshold, image, labels, &dice));
  PetscCall(hc_growth_mask(growth, hc_params_place(p->params, &p->segmentation), p->segmentation, labels, &mask));
  PetscCall(hc_tumour_distance(growth->tumour, threshold, mask, &mean, &most_95, &most));
  PetscCall(PetscFree(mask));
  json_object_set_new(json, what,
                      json_pack("{s:f, s:f, s:o, s:o, s:o}", "threshold", threshold, "dice", dice,
                                "mean_surface_distance_mm", number(mean), "surface_distance_95_mm", number(most_95),
                                "hausdorff_mm", number(most)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_segmentation(struct hc_growth *growth, json_t *json)
{
  const struct hc_growth_observe_params *p = &growth->tumour_case->observe;
  json_t *overlap = json_object();
  struct hc_image *image;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  json_object_set_new(json, "segmentation", overlap);
  PetscCall(hc_image_read(growth->mesh->comm, p->segmentation, &image));
  code = put_overlap(growth, "enhancing", p->enhancing, image, &p->enhancing_labels, overlap);
  if (!code)
    code = put_overlap(growth, "visible", p->visible, image, &p->visible_labels, overlap);
  hc_image_destroy(&image);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- The untreated tumour ---------------------------------------------------------------------------------------- */

/* Day when the untreated tumour had the volume, from its seed to `until`; NAN if it never had. The state is lost. */
static PetscErrorCode untreated_day(struct hc_growth *growth, double threshold, double volume, double until,
                                    double *found)
{
  static const struct hc_therapy none;
  struct hc_tumour *tumour = growth->tumour;
  const double every = growth->tumour_case->observe.every;
  double before = 0, now = 0;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *found = NAN;
  tumour->therapy = &none;
  code = hc_tumour_seed(tumour);
  if (!code)
    code = hc_tumour_volumes(tumour, 0, 1, &threshold, &now);
  while (!code && isnan(*found) && tumour->time < until) {
    const double last = tumour->time;
    before = now;
    code = hc_tumour_advance(tumour, fmin(until, last + every));
    if (!code)
      code = hc_tumour_volumes(tumour, 0, 1, &threshold, &now);
    if (!code && before < volume && now >= volume)
      *found = last + (volume - before) / (now - before) * (tumour->time - last);
  }
  tumour->therapy = growth->therapy;
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Days gained: from when the untreated tumour was as large as the treated one is four weeks after its last treatment
 * (or at the end, or as far as samples go) to then. What is enhancing is compared if there is anything, else what is
 * visible. */
static PetscErrorCode put_days_gained(struct hc_watched *w, struct hc_growth *growth, json_t *json)
{
  const struct hc_therapy *therapy = growth->therapy;
  const double until = therapy->events[therapy->n_events - 1].time + 28;
  int64_t at = w->n_samples - 1;
  int column;
  double found;

  PetscFunctionBeginUser;
  while (at > 0 && day(w, at - 1) >= until)
    at--;
  column = value(w, at, HC_COLUMN_ENHANCING) > 0 ? HC_COLUMN_ENHANCING : HC_COLUMN_VISIBLE;
  PetscCall(
      untreated_day(growth, w->thresholds[column - HC_COLUMN_ENHANCING], value(w, at, column), day(w, at), &found));
  json_object_set_new(json, "days_gained",
                      json_pack("{s:f, s:s, s:f, s:o, s:o}", "day", day(w, at), "compared", w->names[column],
                                "volume_mL", value(w, at, column), "untreated_day", number(found), "days",
                                number(day(w, at) - found)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_watched_summary(struct hc_watched *w, struct hc_growth *growth, bool control, json_t *json)
{
  const struct hc_growth_observe_params *p = &growth->tumour_case->observe;
  const double first = growth->therapy->n_events > 0 ? growth->therapy->events[0].time : INFINITY;
  json_t *last = json_object();

  PetscFunctionBeginUser;
  for (int i = 0; i < w->n_columns && w->n_samples > 0; i++)
    json_object_set_new(last, w->names[i], number(value(w, w->n_samples - 1, i)));
  json_object_set_new(json, "thresholds", json_pack("{s:f, s:f}", "enhancing", p->enhancing, "visible", p->visible));
  json_object_set_new(json, "volumes_mL", last);
  json_object_set_new(json, "enhancing_speed_mm_per_day", number(speed(w, HC_COLUMN_ENHANCING, first)));
  json_object_set_new(json, "visible_speed_mm_per_day", number(speed(w, HC_COLUMN_VISIBLE, first)));
  put_progression(w, growth, json);
  put_control(w, growth, json);
  if (p->segmentation)
    PetscCall(put_segmentation(growth, json));
  if (control && p->control && growth->therapy->n_events > 0 && w->n_samples > 0)
    PetscCall(put_days_gained(w, growth, json));
  PetscFunctionReturn(PETSC_SUCCESS);
}
