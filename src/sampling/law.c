/* Distributions: which numbers they need, and the values that belong to shares of probability. */
#include "internal.h"

#include <math.h>
#include <string.h>

/* ---- What an item of `vary` must say ----------------------------------------------------------------------------- */

static unsigned only(int distribution)
{
  return 1U << distribution;
}

const char *hc_vary_place(const struct hc_vary_params *vary, const void *member)
{
  return hc_params_place(vary->params, member);
}

struct needed {
  const char *key;
  const void *member;
  bool given;
  unsigned by, allowed; /* sets of distributions */
};

static PetscErrorCode check_keys(const struct hc_vary_params *vary)
{
  const unsigned uniform = only(HC_DISTRIBUTION_UNIFORM) | only(HC_DISTRIBUTION_LOG_UNIFORM),
                 normal = only(HC_DISTRIBUTION_NORMAL), lognormal = only(HC_DISTRIBUTION_LOGNORMAL),
                 categorical = only(HC_DISTRIBUTION_CATEGORICAL), table = only(HC_DISTRIBUTION_TABLE);
  const struct needed keys[] = {
      {"min", &vary->min, !isnan(vary->min), uniform, uniform | normal | lognormal},
      {"max", &vary->max, !isnan(vary->max), uniform, uniform | normal | lognormal},
      {"mean", &vary->mean, !isnan(vary->mean), normal, normal},
      {"sd", &vary->sd, !isnan(vary->sd), normal, normal},
      {"median", &vary->median, !isnan(vary->median), lognormal, lognormal},
      {"sigma", &vary->sigma, !isnan(vary->sigma), lognormal, lognormal},
      {"values", &vary->values, vary->values.n > 0, categorical, categorical},
      {"weights", &vary->weights, vary->weights.n > 0, 0, categorical},
      {"column", &vary->column, vary->column != NULL, 0, table},
      {"whole", &vary->whole, vary->whole, 0, ~categorical},
  };
  const char *name = hc_distributions[vary->distribution].name;

  PetscFunctionBeginUser;
  for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
    PetscCheck(keys[k].given || !(keys[k].by & only(vary->distribution)), PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: %s: a quantity that is %s needs %s", hc_vary_place(vary, &vary->name), vary->name, name,
               keys[k].key);
    PetscCheck(!keys[k].given || keys[k].allowed & only(vary->distribution), PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: %s: a quantity that is %s has no %s", hc_vary_place(vary, keys[k].member), vary->name, name,
               keys[k].key);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static bool is_of_logarithms(int distribution)
{
  return distribution == HC_DISTRIBUTION_LOG_UNIFORM || distribution == HC_DISTRIBUTION_LOGNORMAL;
}

/* PETSc would print 5 as "5.". */
static PetscErrorCode refuse_number(const struct hc_vary_params *vary, const double *member, const char *allowed)
{
  char found[64];

  PetscFunctionBeginUser;
  (void)snprintf(found, sizeof found, "%g", *member);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s: found %s; allowed: %s", hc_vary_place(vary, member), vary->name,
          found, allowed);
}

static PetscErrorCode check_numbers(const struct hc_vary_params *vary)
{
  PetscFunctionBeginUser;
  if (vary->max <= vary->min)
    PetscCall(refuse_number(vary, &vary->max, "more than min"));
  if (is_of_logarithms(vary->distribution)) {
    const double *const positive[] = {&vary->min, &vary->max, &vary->median};
    for (int k = 0; k < 3; k++)
      if (*positive[k] <= 0) /* false for NAN, which is not given */
        PetscCall(refuse_number(vary, positive[k], "positive numbers, since the distribution is of logarithms"));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Making one -------------------------------------------------------------------------------------------------- */

static PetscErrorCode make_categories(const struct hc_vary_params *vary, struct hc_law *law)
{
  double sum = 0;

  PetscFunctionBeginUser;
  law->n = vary->values.n;
  PetscCheck(vary->weights.n == 0 || vary->weights.n == law->n, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: %s: found %d weights; allowed: one for each of %d values", hc_vary_place(vary, &vary->weights),
             vary->name, vary->weights.n, law->n);
  for (int k = 0; k < law->n; k++)
    for (int j = 0; j < k; j++)
      PetscCheck(strcmp(vary->values.v[j], vary->values.v[k]) != 0, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "%s: %s: the value \"%s\" is there twice", hc_vary_place(vary, &vary->values), vary->name,
                 vary->values.v[k]);
  PetscCall(PetscMalloc1(law->n, &law->cumulative));
  for (int k = 0; k < law->n; k++) {
    sum += vary->weights.n > 0 ? vary->weights.v[k] : 1;
    law->cumulative[k] = sum;
  }
  PetscCheck(sum > 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s: all weights are 0", hc_vary_place(vary, &vary->weights),
             vary->name);
  for (int k = 0; k < law->n; k++)
    law->cumulative[k] /= sum;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Probabilities on both sides of the ends, each computed as such: 1 less the other would lose the tails. */
static PetscErrorCode make_normal(const struct hc_vary_params *vary, struct hc_law *law)
{
  const double ends[2] = {law->min, law->max};
  double probability;

  PetscFunctionBeginUser;
  for (int k = 0; k < 2; k++) {
    const double end = is_of_logarithms(vary->distribution) ? log(fmax(ends[k], 0)) : ends[k];
    const double z = (end - law->at) / law->by;
    law->below[k] = hc_normal_share(z);
    law->above[k] = hc_normal_share(-z);
  }
  probability = law->below[0] < 0.5 ? law->below[1] - law->below[0] : law->above[0] - law->above[1];
  PetscCheck(probability > 1e-250, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: %s: nothing of the distribution lies between min and max",
             hc_vary_place(vary, isnan(vary->min) ? &vary->max : &vary->min), vary->name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_law_create(const struct hc_vary_params *vary, struct hc_law *law)
{
  PetscFunctionBeginUser;
  *law = (struct hc_law){.distribution = vary->distribution,
                         .whole = vary->whole,
                         .min = isnan(vary->min) ? -INFINITY : vary->min,
                         .max = isnan(vary->max) ? INFINITY : vary->max};
  PetscCall(check_keys(vary));
  PetscCall(check_numbers(vary));
  switch ((enum hc_distribution)vary->distribution) {
  case HC_DISTRIBUTION_LOG_UNIFORM:
    law->at = log(vary->min);
    law->by = log(vary->max) - law->at;
    break;
  case HC_DISTRIBUTION_NORMAL:
    law->at = vary->mean;
    law->by = vary->sd;
    PetscCall(make_normal(vary, law));
    break;
  case HC_DISTRIBUTION_LOGNORMAL:
    law->at = log(vary->median);
    law->by = vary->sigma;
    PetscCall(make_normal(vary, law));
    break;
  case HC_DISTRIBUTION_CATEGORICAL:
    PetscCall(make_categories(vary, law));
    break;
  case HC_DISTRIBUTION_UNIFORM:
  case HC_DISTRIBUTION_TABLE:
    break;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_law_destroy(struct hc_law *law)
{
  (void)PetscFree(law->cumulative);
}

/* ---- Values ------------------------------------------------------------------------------------------------------ */

/* The standard normal number of a share of what lies between the ends, from the side on which less lies. */
static double cut_normal(const struct hc_law *law, double u)
{
  const double below = law->below[0] * (1 - u) + law->below[1] * u, above = law->above[0] * (1 - u) + law->above[1] * u;
  return below <= above ? hc_normal_inverse(below) : -hc_normal_inverse(above);
}

static double category(const struct hc_law *law, double u)
{
  int k = 0;
  while (k < law->n - 1 && u >= law->cumulative[k])
    k++;
  return k;
}

double hc_law_value(const struct hc_law *law, double u)
{
  double value = NAN;
  switch ((enum hc_distribution)law->distribution) {
  case HC_DISTRIBUTION_UNIFORM:
    value = law->min * (1 - u) + law->max * u;
    break;
  case HC_DISTRIBUTION_LOG_UNIFORM:
    value = exp(law->at + law->by * u);
    break;
  case HC_DISTRIBUTION_NORMAL:
    value = law->at + law->by * cut_normal(law, u);
    break;
  case HC_DISTRIBUTION_LOGNORMAL:
    value = exp(law->at + law->by * cut_normal(law, u));
    break;
  case HC_DISTRIBUTION_CATEGORICAL:
    return category(law, u);
  case HC_DISTRIBUTION_TABLE:
    return NAN; /* its values are in the table */
  }
  value = fmin(fmax(value, law->min), law->max);
  return law->whole ? nearbyint(value) + 0.0 : value; /* never -0 */
}
