/* From the blocks of the input to events in the order of time and a kill rate. */
#include "therapy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAME_TIME 1e-9 /* day: two times are one */

/* ---- Days -------------------------------------------------------------------------------------------------------- */

/* How the days of an entry are said: a list, or a start and a rule. */
struct days {
  const struct hc_params *params;
  const struct hc_strings *list;
  char *const *start;
  const char *origin; /* date of day 0, or NULL */
};

static PetscErrorCode days_listed(const struct days *d, int *n, double **times)
{
  PetscFunctionBeginUser;
  *n = d->list->n;
  PetscCall(PetscMalloc1(*n, times));
  for (int i = 0; i < *n; i++) {
    PetscCall(hc_day_parse(hc_params_place(d->params, d->list), d->list->v[i], d->origin, &(*times)[i]));
    PetscCheck(i == 0 || (*times)[i] > (*times)[i - 1], PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found %s after %s; allowed: ascending days", hc_params_place(d->params, d->list), d->list->v[i],
               d->list->v[i - 1]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Exactly one of the two ways. */
static PetscErrorCode days_check(const struct days *d)
{
  PetscFunctionBeginUser;
  PetscCheck(d->list->n > 0 || *d->start, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: no days; allowed: start, or days",
             hc_params_place(d->params, d->start));
  PetscCheck(d->list->n == 0 || !*d->start, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found both start and days; allowed: one of them", hc_params_place(d->params, d->list));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_begin(const struct hc_params *params, const void *key, double first, double begin)
{
  PetscFunctionBeginUser;
  PetscCheck(first >= begin - SAME_TIME, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found day %.6g; allowed: from day %.6g on, when the tumour is first known",
             hc_params_place(params, key), first, begin);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Building ---------------------------------------------------------------------------------------------------- */

static PetscErrorCode add_event(struct hc_therapy *therapy, double time, enum hc_event_kind kind, int entry, int number,
                                double dose)
{
  PetscFunctionBeginUser;
  if ((therapy->n_events & (therapy->n_events - 1)) == 0) /* powers of two: the list is full */
    PetscCall(PetscRealloc(sizeof *therapy->events * (size_t)PetscMax(1, 2 * therapy->n_events), &therapy->events));
  therapy->events[therapy->n_events++] = (struct hc_event){time, kind, entry, number, dose};
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A fraction on each of the days from the start on, weekends left out unless they are asked for. */
static PetscErrorCode fraction_days(const struct hc_radiotherapy_params *p, const struct days *d, int *n,
                                    double **times)
{
  double day;

  PetscFunctionBeginUser;
  PetscCall(days_check(d));
  if (d->list->n > 0) {
    PetscCall(days_listed(d, n, times));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  *n = (int)p->fractions;
  PetscCall(PetscMalloc1(*n, times));
  PetscCall(hc_day_parse(hc_params_place(p->params, &p->start), p->start, d->origin, &day));
  for (int i = 0, passed = 0; i < *n; passed++)
    if (p->weekends || hc_weekday(day + passed, d->origin) < 5)
      (*times)[i++] = day + passed;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One of dose, doses and map. */
static PetscErrorCode dose_check(const struct hc_radiotherapy_params *p, int n)
{
  const int ways = (isnan(p->dose) ? 0 : 1) + (p->doses.n > 0 ? 1 : 0) + (p->map ? 1 : 0);

  PetscFunctionBeginUser;
  PetscCheck(ways == 1, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: found %s of dose, doses and map; allowed: one of them",
             hc_params_place(p->params, &p->dose), ways == 0 ? "none" : "several");
  PetscCheck(p->doses.n == 0 || p->doses.n == n, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %d doses; allowed: one for each of the %d fractions", hc_params_place(p->params, &p->doses),
             p->doses.n, n);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_course(struct hc_therapy *therapy, int entry, double begin)
{
  const struct hc_radiotherapy_params *p =
      (const struct hc_radiotherapy_params *)therapy->blocks->radiotherapy.items + entry;
  const struct days days = {p->params, &p->days, &p->start, therapy->blocks->date};
  double *times = NULL;
  int n = 0;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  code = fraction_days(p, &days, &n, &times);
  if (!code)
    code = dose_check(p, n);
  if (!code)
    code = check_begin(p->params, p->days.n > 0 ? (const void *)&p->days : (const void *)&p->start, times[0], begin);
  for (int i = 0; i < n && !code; i++)
    code = add_event(therapy, times[i], HC_EVENT_FRACTION, entry, i,
                     p->map           ? 1. / n
                     : p->doses.n > 0 ? p->doses.v[i]
                                      : p->dose);
  therapy->rays[entry] = (struct hc_rays){p->alpha, p->alpha_beta, p->oer, p->map != NULL, n};
  PetscCall(PetscFree(times));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode dose_days(const struct hc_chemotherapy_params *p, const struct days *d, int *n, double **times)
{
  double first;

  PetscFunctionBeginUser;
  PetscCall(days_check(d));
  if (d->list->n > 0) {
    PetscCall(days_listed(d, n, times));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCheck(p->cycles == 1 || (double)p->doses <= p->period, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %.6g days; allowed: at least the %d days that the doses of a cycle take",
             hc_params_place(p->params, &p->period), p->period, (int)p->doses);
  PetscCall(hc_day_parse(hc_params_place(p->params, &p->start), p->start, d->origin, &first));
  *n = (int)(p->cycles * p->doses);
  PetscCall(PetscMalloc1(*n, times));
  for (int i = 0; i < *n; i++) {
    const int cycle = i / (int)p->doses;
    (*times)[i] = first + cycle * p->period + i % (int)p->doses;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_drug(struct hc_therapy *therapy, int entry, double begin)
{
  const struct hc_chemotherapy_params *p =
      (const struct hc_chemotherapy_params *)therapy->blocks->chemotherapy.items + entry;
  const struct days days = {p->params, &p->days, &p->start, therapy->blocks->date};
  struct hc_drug_course *drug = &therapy->drugs[entry];

  PetscFunctionBeginUser;
  *drug = (struct hc_drug_course){.kill = p->kill, .decay = p->decay, .dose = p->dose};
  PetscCall(dose_days(p, &days, &drug->n, &drug->times));
  PetscCall(
      check_begin(p->params, p->days.n > 0 ? (const void *)&p->days : (const void *)&p->start, drug->times[0], begin));
  for (int i = 0; i < drug->n; i++)
    PetscCall(add_event(therapy, drug->times[i], HC_EVENT_CHANGE, entry, i, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_surgery(struct hc_therapy *therapy, int entry, double begin)
{
  const struct hc_surgery_params *p = (const struct hc_surgery_params *)therapy->blocks->surgery.items + entry;
  const int ways = (p->mask ? 1 : 0) + (p->centre.n > 0 ? 1 : 0) + (isnan(p->threshold) ? 0 : 1);
  double day;

  PetscFunctionBeginUser;
  PetscCheck(ways == 1, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %s of mask, centre and threshold; allowed: one of them", hc_params_place(p->params, &p->mask),
             ways == 0 ? "none" : "several");
  PetscCheck((p->centre.n > 0) == !isnan(p->radius), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found one of centre and radius; allowed: both, or none", hc_params_place(p->params, &p->radius));
  PetscCall(hc_day_parse(hc_params_place(p->params, &p->day), p->day, therapy->blocks->date, &day));
  PetscCall(check_begin(p->params, &p->day, day, begin));
  PetscCall(add_event(therapy, day, HC_EVENT_SURGERY, entry, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_immunotherapy(struct hc_therapy *therapy, int entry, double begin)
{
  const struct hc_immunotherapy_params *p =
      (const struct hc_immunotherapy_params *)therapy->blocks->immunotherapy.items + entry;
  struct hc_interval *interval = &therapy->immune[entry];

  PetscFunctionBeginUser;
  interval->rate = p->rate;
  PetscCall(hc_day_parse(hc_params_place(p->params, &p->start), p->start, therapy->blocks->date, &interval->start));
  PetscCall(hc_day_parse(hc_params_place(p->params, &p->end), p->end, therapy->blocks->date, &interval->end));
  PetscCall(check_begin(p->params, &p->start, interval->start, begin));
  PetscCheck(interval->end > interval->start, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found day %.6g; allowed: after the start, day %.6g", hc_params_place(p->params, &p->end),
             interval->end, interval->start);
  PetscCall(add_event(therapy, interval->start, HC_EVENT_CHANGE, entry, 0, 0));
  PetscCall(add_event(therapy, interval->end, HC_EVENT_CHANGE, entry, 1, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int compare_events(const void *a, const void *b)
{
  const struct hc_event *x = a, *y = b;

  if (x->time != y->time)
    return x->time < y->time ? -1 : 1;
  if (x->kind != y->kind)
    return x->kind < y->kind ? -1 : 1;
  return x->entry != y->entry ? x->entry - y->entry : x->number - y->number;
}

static PetscErrorCode build(struct hc_therapy *therapy, double begin)
{
  const struct hc_therapy_params *p = therapy->blocks;
  int64_t zero;

  PetscFunctionBeginUser;
  PetscCheck(!p->date || hc_date_days(p->date, &zero), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found \"%s\"; allowed: a date such as 2024-03-04", hc_params_place(p->params, &p->date), p->date);
  therapy->n_rays = p->radiotherapy.n;
  therapy->n_drugs = p->chemotherapy.n;
  therapy->n_immune = p->immunotherapy.n;
  PetscCall(PetscCalloc1(therapy->n_rays, &therapy->rays));
  PetscCall(PetscCalloc1(therapy->n_drugs, &therapy->drugs));
  PetscCall(PetscCalloc1(therapy->n_immune, &therapy->immune));
  for (int i = 0; i < p->radiotherapy.n; i++)
    PetscCall(add_course(therapy, i, begin));
  for (int i = 0; i < p->chemotherapy.n; i++)
    PetscCall(add_drug(therapy, i, begin));
  for (int i = 0; i < p->surgery.n; i++)
    PetscCall(add_surgery(therapy, i, begin));
  for (int i = 0; i < p->immunotherapy.n; i++)
    PetscCall(add_immunotherapy(therapy, i, begin));
  if (therapy->n_events > 0)
    qsort(therapy->events, (size_t)therapy->n_events, sizeof *therapy->events, compare_events);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_therapy_create(const struct hc_therapy_params *params, double begin, struct hc_therapy **therapy)
{
  struct hc_therapy *t;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&t));
  t->blocks = params;
  code = build(t, begin);
  if (code)
    hc_therapy_destroy(&t);
  PetscCall(code);
  *therapy = t;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_therapy_destroy(struct hc_therapy **therapy)
{
  struct hc_therapy *t = therapy ? *therapy : NULL;

  if (!t)
    return;
  for (int i = 0; i < t->n_drugs && t->drugs; i++)
    (void)PetscFree(t->drugs[i].times);
  (void)PetscFree(t->events);
  (void)PetscFree(t->rays);
  (void)PetscFree(t->drugs);
  (void)PetscFree(t->immune);
  (void)PetscFree(*therapy);
}

/* ---- What acts at a time ----------------------------------------------------------------------------------------- */

int hc_therapy_next(const struct hc_therapy *therapy, double t)
{
  int i = 0;

  while (i < therapy->n_events && therapy->events[i].time < t - SAME_TIME)
    i++;
  return i;
}

double hc_therapy_kill(const struct hc_therapy *therapy, double t, double dt)
{
  double sum = 0;

  for (int i = 0; i < therapy->n_drugs; i++) {
    const struct hc_drug_course *drug = &therapy->drugs[i];
    for (int k = 0; k < drug->n && drug->times[k] < t + dt; k++) {
      const double from = fmax(t, drug->times[k]);
      sum += drug->kill * drug->dose / drug->decay * exp(-drug->decay * (from - drug->times[k])) *
             -expm1(-drug->decay * (t + dt - from));
    }
  }
  for (int i = 0; i < therapy->n_immune; i++)
    sum += therapy->immune[i].rate * fmax(0, fmin(t + dt, therapy->immune[i].end) - fmax(t, therapy->immune[i].start));
  return sum;
}

double hc_therapy_survival(const struct hc_rays *rays, double d, double m)
{
  return exp(-rays->alpha * (d * m) * (1 + d * m / rays->alpha_beta));
}

double hc_therapy_oxygen(double oer, double p)
{
  const double k = 3; /* mmHg */
  return (oer * p + k) / (oer * (p + k));
}

double hc_therapy_bed(int n, const double *doses, double alpha_beta)
{
  double sum = 0;

  for (int i = 0; i < n; i++)
    sum += doses[i] * (1 + doses[i] / alpha_beta);
  return sum;
}

double hc_therapy_eqd2(double bed, double alpha_beta)
{
  return bed / (1 + 2 / alpha_beta);
}

void hc_therapy_doses(const struct hc_therapy *therapy, int entry, double *doses)
{
  for (int i = 0; i < therapy->n_events; i++)
    if (therapy->events[i].kind == HC_EVENT_FRACTION && therapy->events[i].entry == entry)
      doses[therapy->events[i].number] = therapy->events[i].dose;
}

PetscErrorCode hc_therapy_dvh(MPI_Comm comm, int n, const double *dose, const double *volume, int n_bins, double width,
                              double *share)
{
  double all = 0;

  PetscFunctionBeginUser;
  for (int k = 0; k < n_bins; k++)
    share[k] = 0;
  for (int i = 0; i < n; i++) {
    const double bin = floor(dose[i] / width * (1 + 1e-14));
    all += volume[i];
    if (bin >= 0)
      share[(int)fmin(bin, n_bins - 1)] += volume[i];
  }
  for (int k = n_bins - 2; k >= 0; k--) /* who gets more gets this too */
    share[k] += share[k + 1];
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, share, n_bins, MPI_DOUBLE, MPI_SUM, comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &all, 1, MPI_DOUBLE, MPI_SUM, comm));
  for (int k = 0; k < n_bins && all > 0; k++)
    share[k] /= all;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Parameters by name ------------------------------------------------------------------------------------------ */

/* What a name may stand for in an entry. */
struct handle {
  const char *entry_name, *key, *all; /* all: what the key is called for all entries at once, or NULL */
  double *value;
};

enum { MOST_HANDLES = 4 };

static int handles_of(struct hc_therapy *therapy, int list, int entry, struct handle handles[MOST_HANDLES])
{
  const struct hc_therapy_params *p = therapy->blocks;

  if (list == 0) {
    struct hc_rays *rays = &therapy->rays[entry];
    const char *name = ((const struct hc_radiotherapy_params *)p->radiotherapy.items)[entry].name;
    handles[0] = (struct handle){name, "alpha", "alpha", &rays->alpha};
    handles[1] = (struct handle){name, "alpha_beta", "alpha_beta", &rays->alpha_beta};
    handles[2] = (struct handle){name, "oer", NULL, &rays->oer};
    return 3;
  }
  if (list == 1) {
    struct hc_drug_course *drug = &therapy->drugs[entry];
    const char *name = ((const struct hc_chemotherapy_params *)p->chemotherapy.items)[entry].name;
    handles[0] = (struct handle){name, "kill", "kill", &drug->kill};
    handles[1] = (struct handle){name, "decay", NULL, &drug->decay};
    handles[2] = (struct handle){name, "dose", NULL, &drug->dose};
    return 3;
  }
  handles[0] = (struct handle){((const struct hc_immunotherapy_params *)p->immunotherapy.items)[entry].name, "rate",
                               "immunity", &therapy->immune[entry].rate};
  return 1;
}

static bool fits(const struct handle *handle, const char *name)
{
  const size_t n = handle->entry_name ? strlen(handle->entry_name) : 0;

  if (handle->all && strcmp(handle->all, name) == 0)
    return true;
  return n > 0 && strncmp(name, handle->entry_name, n) == 0 && name[n] == '.' && strcmp(name + n + 1, handle->key) == 0;
}

/* Is the event a fraction that NAME.dose or NAME.dose.3 means? */
static bool is_dose(const struct hc_therapy *therapy, const struct hc_event *event, const char *name)
{
  const struct hc_radiotherapy_params *entries = therapy->blocks->radiotherapy.items;
  const char *of = event->kind == HC_EVENT_FRACTION ? entries[event->entry].name : NULL;
  const size_t n = of ? strlen(of) : 0;
  char *end;

  if (n == 0 || strncmp(name, of, n) != 0 || strncmp(name + n, ".dose", 5) != 0)
    return false;
  if (name[n + 5] == '\0')
    return true;
  return name[n + 5] == '.' && strtol(name + n + 6, &end, 10) == event->number + 1 && *end == '\0';
}

/* Every number that the name stands for: set, or read into *value. */
static void visit(struct hc_therapy *therapy, const char *name, bool set, double *value, bool *found)
{
  const int counts[3] = {therapy->n_rays, therapy->n_drugs, therapy->n_immune};
  struct handle handles[MOST_HANDLES];

  *found = false;
  for (int list = 0; list < 3; list++)
    for (int entry = 0; entry < counts[list]; entry++) {
      const int n = handles_of(therapy, list, entry, handles);
      for (int k = 0; k < n; k++)
        if (fits(&handles[k], name)) {
          *(set ? handles[k].value : value) = *(set ? value : handles[k].value);
          *found = true;
        }
    }
  for (int i = 0; i < therapy->n_events; i++)
    if (is_dose(therapy, &therapy->events[i], name)) {
      *(set ? &therapy->events[i].dose : value) = *(set ? value : &therapy->events[i].dose);
      *found = true;
    }
}

PetscErrorCode hc_therapy_set(struct hc_therapy *therapy, const char *name, double value, bool *found)
{
  double now = value;

  PetscFunctionBeginUser;
  PetscCheck(isfinite(value) && value >= 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %.6g; allowed: a number from 0 on", name, value);
  visit(therapy, name, true, &now, found);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_therapy_get(const struct hc_therapy *therapy, const char *name, double *value, bool *found)
{
  PetscFunctionBeginUser;
  visit((struct hc_therapy *)therapy, name, false, value, found); /* which changes nothing then */
  PetscFunctionReturn(PETSC_SUCCESS);
}
