#include "stimulus.h"

struct entry {
  struct hc_stimulus_params params; /* a copy; its lists are not looked at after creation */
  int n;
  int *nodes;    /* owned nodes, local indices */
  int64_t total; /* over all ranks */
  double rate;   /* current: mV/ms */
};

struct hc_source {
  int n_owned, n;
  struct entry *entries;
};

PetscErrorCode hc_source_create(const struct hc_mesh *mesh, int n, const struct hc_stimulus_params *stimuli,
                                double current_scale, struct hc_source **source)
{
  struct hc_source *new_source;
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&new_source));
  PetscCall(PetscCalloc1(n, &new_source->entries));
  new_source->n_owned = mesh->n_owned;
  new_source->n = n;
  for (int i = 0; i < n && !code; i++) {
    struct entry *entry = &new_source->entries[i];
    entry->params = stimuli[i];
    entry->rate = stimuli[i].amplitude * current_scale;
    code = hc_stimulus_check(&stimuli[i]);
    if (!code)
      code = hc_stimulus_select(mesh, &stimuli[i], &entry->n, &entry->nodes, &entry->total);
  }
  if (code)
    hc_source_destroy(&new_source);
  PetscCall(code);
  *source = new_source;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_source_destroy(struct hc_source **source)
{
  if (!source || !*source)
    return;
  for (int i = 0; i < (*source)->n; i++)
    (void)PetscFree((*source)->entries[i].nodes);
  (void)PetscFree((*source)->entries);
  (void)PetscFree(*source);
}

PetscErrorCode hc_source_current(const struct hc_source *source, double t, double dt, double *current, bool *active)
{
  PetscFunctionBeginUser;
  *active = false;
  for (int i = 0; i < source->n; i++) {
    const struct entry *entry = &source->entries[i];
    double rate;
    if (entry->params.kind != HC_STIM_CURRENT)
      continue;
    rate = entry->rate * hc_stimulus_overlap(&entry->params, t, dt) / dt;
    if (rate == 0)
      continue;
    if (!*active)
      PetscCall(PetscArrayzero(current, source->n_owned));
    *active = true;
    for (int k = 0; k < entry->n; k++)
      current[entry->nodes[k]] += rate;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_source_clamp(const struct hc_source *source, double t, double *v)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < source->n; i++) {
    const struct entry *entry = &source->entries[i];
    if (entry->params.kind == HC_STIM_VOLTAGE && hc_stimulus_on(&entry->params, t))
      for (int k = 0; k < entry->n; k++)
        v[entry->nodes[k]] = entry->params.amplitude;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static bool acts(const struct hc_stimulus_params *stimulus, double t, double dt)
{
  return stimulus->kind == HC_STIM_VOLTAGE ? hc_stimulus_on(stimulus, t) : hc_stimulus_overlap(stimulus, t, dt) > 0;
}

PetscErrorCode hc_source_mark(const struct hc_source *source, double t, double dt, bool *marks, bool *any)
{
  PetscFunctionBeginUser;
  *any = false;
  for (int i = 0; i < source->n; i++) {
    const struct entry *entry = &source->entries[i];
    if (!acts(&entry->params, t, dt))
      continue;
    if (!*any)
      PetscCall(PetscArrayzero(marks, source->n_owned));
    *any = true;
    for (int k = 0; k < entry->n; k++)
      marks[entry->nodes[k]] = true;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

int64_t hc_source_idle(const struct hc_source *source, int64_t step, double dt, int64_t n)
{
  for (int64_t k = 0; k < n; k++)
    for (int i = 0; i < source->n; i++)
      if (acts(&source->entries[i].params, (double)(step + k) * dt, dt))
        return k;
  return n;
}

int64_t hc_source_nodes(const struct hc_source *source, int i)
{
  return source->entries[i].total;
}
