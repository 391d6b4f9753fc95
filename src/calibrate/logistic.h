/* A tumour without space: logistic growth, radiotherapy, drugs. Part of calibrate.
 *
 *   dV/dt = rho V (1 - V / K) - k(t) V,   V -> V exp(-(alpha d + beta d^2)) at a fraction of d Gy, beta = alpha /
 * (alpha/beta)
 *
 * (Chaudhuri et al. 2023, doi:10.3389/frai.2023.1222612, where k = 0.) Volumes in mL, times in days. 1 / V obeys a
 * linear equation, so that growth is exact over any time; only under a drug or an immunotherapy (k > 0) it is advanced
 * in steps of at most a quarter of a day, with an error of second order. */
#ifndef HC_LOGISTIC_H
#define HC_LOGISTIC_H

#include "therapy.h"

struct hc_logistic {
  double rho;                 /* 1/day */
  double capacity;            /* K, mL */
  double volume;              /* mL at the day `begin` */
  double begin;               /* day */
  double alpha, alpha_beta;   /* 1/Gy, Gy: of fractions that are planned; NAN: unknown */
  struct hc_therapy *therapy; /* borrowed; NULL: none */
};

/* Parameters by name: rho, capacity, volume, alpha, alpha_beta, and those of hc_therapy_set(). alpha and alpha_beta
 * hold for the given and for the planned fractions. HC_ERR_INPUT names an unknown one and the nearest known. */
PetscErrorCode hc_logistic_set(struct hc_logistic *tumour, const char *name, double value);

/* Whether there is a parameter of this name, its unit (NULL if it is of the therapy); else false. */
bool hc_logistic_unit(const char *name, const char **unit);

/* Volumes at n days in ascending order, none before `begin`. A scan comes before the treatment of its day. Not
 * collective. Cost: about 30 ns for each time and fraction. */
PetscErrorCode hc_logistic_volumes(const struct hc_logistic *tumour, int n, const double *days, double *volumes);

/* Volume after growth over dt from v. */
double hc_logistic_grow(double v, double rho, double capacity, double dt);

/* Time that growth needs from v to the volume `to` >= v; infinite if `to` is not below the capacity. */
double hc_logistic_time(double v, double rho, double capacity, double to);

#endif
