/* Shared by the files of sampling only. */
#ifndef HC_SAMPLING_INTERNAL_H
#define HC_SAMPLING_INTERNAL_H

#include "points.h"
#include "sampling.h"

/* ---- law.c: distributions ---------------------------------------------------------------------------------------- */

struct hc_law {
  int distribution; /* enum hc_distribution */
  bool whole;
  double min, max; /* infinite: none */
  double at, by;   /* of the normal number or, log-uniform, of the logarithm: at + by z */
  double below[2]; /* probabilities of a standard normal number below and above the ends */
  double above[2];
  int n;              /* categories */
  double *cumulative; /* n */
};

PetscErrorCode hc_law_create(const struct hc_vary_params *vary, struct hc_law *law);
void hc_law_destroy(struct hc_law *law);
/* The value below which the share u of the probability lies, 0 < u < 1; of categories the index. */
double hc_law_value(const struct hc_law *law, double u);

/* Share of standard normal numbers below z. */
double hc_normal_share(double z);

/* "place: name", of an item of `vary` and one of its members. */
const char *hc_vary_place(const struct hc_vary_params *vary, const void *member);

#endif
