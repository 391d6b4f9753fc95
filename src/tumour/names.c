/* Parameters of a tumour by name. */
#include "internal.h"

#include <math.h>
#include <string.h>

const char *const hc_tumour_names[] = {"diffusivity",
                                       "grey",
                                       "proliferation",
                                       "necrosis.rate",
                                       "necrosis.threshold",
                                       "necrosis.consumption",
                                       "necrosis.diffusivity",
                                       "necrosis.supply",
                                       "seed.x",
                                       "seed.y",
                                       "seed.z",
                                       "seed.radius",
                                       "seed.density",
                                       "seed.time",
                                       "coupling",
                                       "damping",
                                       NULL};

/* Where a name's value is, and its range; NULL if there is none of that name. */
static double *find(struct hc_tumour *tumour, const char *name, double *least, double *most)
{
  struct hc_tumour_values *now = &tumour->now;
  double *const values[] = {&now->diffusivity, &now->grey,        &now->proliferation, &now->death,
                            &now->threshold,   &now->consumption, &now->feeding,       &now->supply,
                            &now->seed[0],     &now->seed[1],     &now->seed[2],       &now->radius,
                            &now->density,     &now->begin,       &now->coupling,      &now->damping};
  const double any = 1e300;
  const double ranges[][2] = {{0, 1e3},   {0, 10},     {0, 100},    {0, 100},    {0, 1},      {0, 1e4},
                              {0, 1e4},   {0, 1e4},    {-any, any}, {-any, any}, {-any, any}, {1e-3, 1e3},
                              {1e-12, 1}, {-1e5, 1e5}, {0, 1e4},    {0, 1e6}};

  for (int i = 0; hc_tumour_names[i]; i++)
    if (strcmp(name, hc_tumour_names[i]) == 0) {
      if ((values[i] == &now->coupling || values[i] == &now->damping) && !tumour->mechanics)
        return NULL;
      *least = ranges[i][0];
      *most = ranges[i][1];
      return values[i];
    }
  return NULL;
}

PetscErrorCode hc_tumour_set(struct hc_tumour *tumour, const char *name, double value, bool *found)
{
  double least, most;
  double *at = find(tumour, name, &least, &most);

  PetscFunctionBeginUser;
  *found = at != NULL;
  if (!at)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(value >= least && value <= most, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %.6g; allowed: a number from %.6g to %.6g", name, value, least, most);
  *at = value;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tumour_get(const struct hc_tumour *tumour, const char *name, double *value, bool *found)
{
  double least, most;
  const double *at = find((struct hc_tumour *)tumour, name, &least, &most); /* which changes nothing */

  PetscFunctionBeginUser;
  *found = at != NULL;
  if (at)
    *value = *at;
  PetscFunctionReturn(PETSC_SUCCESS);
}
