#include "models.h"

#include <string.h>

int hc_cell_models(const struct hc_cell_model *const **models)
{
#define LISTED(name) &hc_model_##name,
  static const struct hc_cell_model *const all[] = {HC_BUILT_IN_MODELS(LISTED)};
  *models = all;
  return (int)(sizeof(all) / sizeof(all[0]));
}

const struct hc_cell_model *hc_cell_model_find(const char *name)
{
  const struct hc_cell_model *const *models;
  const int n = hc_cell_models(&models);
  for (int i = 0; i < n; ++i)
    if (name && strcmp(models[i]->name, name) == 0)
      return models[i];
  return NULL;
}
