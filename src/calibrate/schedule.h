/* A treatment that is designed on a calibration. Part of calibrate. */
#ifndef HC_SCHEDULE_H
#define HC_SCHEDULE_H

#include "calibrate.h"
#include "design.h"

/* One plan, and what it does on the posterior and, if it is known, on the true tumour. */
struct hc_plan {
  double doses[HC_MOST_WEEKS];    /* Gy a fraction of each planned week */
  double total, bed;              /* Gy, with what was given */
  double tail, median, low, high; /* days to progression: superquantile; median and interval of the posterior */
  double true_time;               /* NAN if it is not known */
};

/* Everything that is designed for one tumour; plain data. */
struct hc_schedule {
  int n_front;
  struct hc_plan *front; /* at the totals asked for */
  struct hc_plan reference;
  struct hc_plan equal_dose; /* the best of the reference's dose */
  struct hc_plan
      equal_control; /* the smallest dose with the reference's superquantile; total infinite: there is none */
};

/* Design on the samples of a calibration; its truth is used if the case has one. On one rank. */
PetscErrorCode hc_schedule_create(const struct hc_schedule_case *schedule, const struct hc_calibration *calibration,
                                  struct hc_schedule **result);
void hc_schedule_destroy(struct hc_schedule **result);

/* Write the results of one patient, or of a cohort (n > 1, calibration NULL). On one rank. */
PetscErrorCode hc_schedule_write(const struct hc_schedule_case *schedule, const struct hc_calibrate_case *study,
                                 const struct hc_calibration *calibration, int n, struct hc_schedule *const *results,
                                 const struct hc_calibrate_options *options, double seconds);

#endif
