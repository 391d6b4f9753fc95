/* healthcast therapy: what is done against a tumour, and when. Floor 4.
 *
 * Times are days, doses Gy. A day may be written as a number or, if `therapy.date` says when day 0 was, as a date
 * (2024-03-04). Without that date, day 0 is a Monday. */
#ifndef HC_THERAPY_H
#define HC_THERAPY_H

#include "base.h"
#include "params.h"

/* One entry of `therapy.radiotherapy`: fractions on given days, or a start and a number of them. */
struct hc_radiotherapy_params {
  const struct hc_params *params;
  char *name;
  char *start;
  int64_t fractions;
  struct hc_strings days;
  bool weekends;         /* fractions on Saturdays and Sundays too */
  double dose;           /* Gy a fraction; NAN: given by `map` or `doses` */
  struct hc_reals doses; /* Gy of each fraction */
  char *map;             /* dose of the whole course in Gy, an image over the anatomy */
  double alpha;          /* 1/Gy */
  double alpha_beta;     /* Gy */
  double oer;            /* oxygen enhancement ratio, 1: none */
};

/* One entry of `therapy.chemotherapy`: a drug. */
struct hc_chemotherapy_params {
  const struct hc_params *params;
  char *name;
  char *start;
  struct hc_strings days;
  int64_t cycles, doses; /* doses on consecutive days in each cycle */
  double period;         /* days from cycle to cycle */
  double dose;           /* concentration that a dose adds, in units of its own */
  double kill;           /* 1/day at concentration 1 */
  double decay;          /* 1/day */
};

/* One entry of `therapy.surgery`. */
struct hc_surgery_params {
  const struct hc_params *params;
  char *name;
  char *day;
  char *mask;             /* image: removed where it is above a half */
  struct hc_reals centre; /* or a ball, mm */
  double radius;          /* mm */
  double threshold;       /* or what is denser than this, and */
  double margin;          /* mm around it */
  double residual;        /* share of the cells that stays */
};

/* One entry of `therapy.immunotherapy`: a kill rate between two days. */
struct hc_immunotherapy_params {
  const struct hc_params *params;
  char *name;
  char *start, *end;
  double rate; /* 1/day */
};

struct hc_therapy_params {
  const struct hc_params *params;
  char *date; /* of day 0, or NULL */
  struct hc_list radiotherapy, chemotherapy, surgery, immunotherapy;
};
extern const struct hc_block hc_therapy_block;

/* Something at a moment. A time step ends there. */
enum hc_event_kind {
  HC_EVENT_FRACTION, /* radiation */
  HC_EVENT_SURGERY,
  HC_EVENT_CHANGE /* of the kill rate: a dose of a drug, the beginning or end of an immunotherapy */
};
struct hc_event {
  double time; /* day */
  enum hc_event_kind kind;
  int entry;   /* of its list in the input */
  int number;  /* of its kind in its entry: 0 is the first fraction */
  double dose; /* fraction: Gy, or share of the entry's map */
};

/* Plain data, read-only outside of therapy. */
struct hc_therapy {
  const struct hc_therapy_params *blocks; /* borrowed */
  int n_events;
  struct hc_event *events; /* in the order of time */
  int n_rays;
  struct hc_rays { /* of each entry of radiotherapy */
    double alpha, alpha_beta, oer;
    bool mapped; /* the dose of an event is a share of a map */
    int fractions;
  } * rays;
  int n_drugs;
  struct hc_drug_course { /* of each entry of chemotherapy */
    double kill, decay, dose;
    int n;
    double *times; /* days, ascending */
  } * drugs;
  int n_immune;
  struct hc_interval {
    double start, end, rate;
  } * immune;
};

/* Schedules from their blocks; nothing may come before the day `begin`, when the state begins. HC_ERR_INPUT with the
 * place in the input: a date without therapy.date, no or two ways of giving days, days out of order, an end before its
 * start, anything before `begin`. Not collective. */
PetscErrorCode hc_therapy_create(const struct hc_therapy_params *params, double begin, struct hc_therapy **therapy);
void hc_therapy_destroy(struct hc_therapy **therapy);

/* Parameters by name: alpha, alpha_beta (of all entries of radiotherapy), kill (of all drugs), immunity (rate of all
 * immunotherapies), NAME.alpha, NAME.alpha_beta, NAME.oer, NAME.kill, NAME.decay, NAME.rate of the entry with that
 * name, NAME.dose of all its fractions, and NAME.dose.3 of the third. *found false if there is none of that name (an
 * entry without a name has none). */
PetscErrorCode hc_therapy_set(struct hc_therapy *therapy, const char *name, double value, bool *found);
PetscErrorCode hc_therapy_get(const struct hc_therapy *therapy, const char *name, double *value, bool *found);

/* First event at or after time t (before t + 1e-9 day counts as t); n_events if there is none. */
int hc_therapy_next(const struct hc_therapy *therapy, double t);

/* Integral of the kill rate over [t, t + dt]: sum of a C exp(-b (s - tau)) over all drugs and doses given at or before
 * s, and the rates of immunotherapies. Exact. */
double hc_therapy_kill(const struct hc_therapy *therapy, double t, double dt);

/* Share of the cells that survives a dose of d Gy: exp(-(alpha d m + beta (d m)^2)) with beta = alpha / alpha_beta and
 * m, the effect of oxygen (1: all of it; hc_therapy_oxygen()). Linear-quadratic model: Fowler 1989,
 * doi:10.1259/0007-1285-62-740-679. */
double hc_therapy_survival(const struct hc_rays *rays, double d, double m);

/* What poor oxygen leaves of a dose: m = (oer p + k) / (oer (p + k)) at a partial pressure p mmHg, k = 3 mmHg (Alper &
 * Howard-Flanders 1956, doi:10.1038/178978a0). */
double hc_therapy_oxygen(double oer, double p);

/* Biologically effective dose of n doses, and the dose in 2 Gy fractions that has the same effect, Gy (Fowler 1989). */
double hc_therapy_bed(int n, const double *doses, double alpha_beta);
double hc_therapy_eqd2(double bed, double alpha_beta);

/* Doses of the fractions of an entry: rays.fractions numbers, Gy or shares of its map. */
void hc_therapy_doses(const struct hc_therapy *therapy, int entry, double *doses);

/* Cumulative dose-volume histogram: share[k] of the volume gets at least k * width Gy, k < n_bins. dose and volume: n
 * numbers on each rank. Collective on comm. */
PetscErrorCode hc_therapy_dvh(MPI_Comm comm, int n, const double *dose, const double *volume, int n_bins, double width,
                              double *share);

/* ---- Calendar ---------------------------------------------------------------------------------------------------- */

/* Days from 1970-01-01 to the date "YYYY-MM-DD" (Gregorian); false if it is none. */
bool hc_date_days(const char *text, int64_t *days);

/* A day as a number ("3.5") or as a date, which needs the date of day 0. HC_ERR_INPUT. */
PetscErrorCode hc_day_parse(const char *place, const char *text, const char *origin, double *day);

/* 0: Monday ... 6: Sunday, of a day; day 0 is a Monday if the origin is NULL. */
int hc_weekday(double day, const char *origin);

#endif
