#include "stimulus.h"

struct entry {
  struct hc_stimulus_params params; /* a copy; its lists are not looked at after creation */
  int n;
  int *nodes;              /* owned nodes, local indices */
  struct hc_buffer *moved; /* the same on a device, or NULL */
  int64_t total;           /* over all ranks */
  double rate;             /* current: mV/ms */
};

struct hc_source {
  int n_owned, n;
  struct entry *entries;
  struct hc_kernel *fill, *add_at, *set_at; /* on a device; borrowed */
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
  for (int i = 0; i < (*source)->n; i++) {
    hc_buffer_destroy(&(*source)->entries[i].moved);
    (void)PetscFree((*source)->entries[i].nodes);
  }
  (void)PetscFree((*source)->entries);
  (void)PetscFree(*source);
}

/* Mean rate over [t, t + dt], mV/ms; 0 for a clamp. */
static double mean_rate(const struct entry *entry, double t, double dt)
{
  if (entry->params.kind != HC_STIM_CURRENT)
    return 0;
  return entry->rate * hc_stimulus_overlap(&entry->params, t, dt) / dt;
}

static bool clamps(const struct entry *entry, double t)
{
  return entry->params.kind == HC_STIM_VOLTAGE && hc_stimulus_on(&entry->params, t);
}

PetscErrorCode hc_source_current(const struct hc_source *source, double t, double dt, double *current, bool *active)
{
  PetscFunctionBeginUser;
  *active = false;
  for (int i = 0; i < source->n; i++) {
    const struct entry *entry = &source->entries[i];
    const double rate = mean_rate(entry, t, dt);
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
    if (clamps(entry, t))
      for (int k = 0; k < entry->n; k++)
        v[entry->nodes[k]] = entry->params.amplitude;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- On a device ------------------------------------------------------------------------------------------------- */

PetscErrorCode hc_source_move(struct hc_source *source, struct hc_device *device)
{
  PetscFunctionBeginUser;
  PetscCall(hc_device_kernel(device, "tissue.h", "fill", &source->fill));
  PetscCall(hc_device_kernel(device, "tissue.h", "add_at", &source->add_at));
  PetscCall(hc_device_kernel(device, "tissue.h", "set_at", &source->set_at));
  for (int i = 0; i < source->n; i++) {
    struct entry *entry = &source->entries[i];
    PetscCall(hc_buffer_of(device, (size_t)entry->n * sizeof(int), entry->nodes, &entry->moved));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Add to, or set, the nodes of an entry. */
static void launch_at(struct hc_kernel *kernel, const struct entry *entry, double value, struct hc_buffer *x)
{
  const struct hc_arg arguments[] = {HC_VALUE_ARG(entry->n), HC_BUFFER_ARG(entry->moved), HC_VALUE_ARG(value),
                                     HC_BUFFER_ARG(x)};
  hc_kernel_launch(kernel, HC_QUEUE_MAIN, (size_t)entry->n, 4, arguments);
}

void hc_source_device_current(const struct hc_source *source, double t, double dt, struct hc_buffer *current,
                              bool *active)
{
  const double zero = 0;
  const struct hc_arg arguments[] = {HC_VALUE_ARG(source->n_owned), HC_VALUE_ARG(zero), HC_BUFFER_ARG(current)};

  *active = false;
  for (int i = 0; i < source->n; i++) {
    const double rate = mean_rate(&source->entries[i], t, dt);
    if (rate == 0)
      continue;
    if (!*active)
      hc_kernel_launch(source->fill, HC_QUEUE_MAIN, (size_t)source->n_owned, 3, arguments);
    *active = true;
    launch_at(source->add_at, &source->entries[i], rate, current);
  }
}

void hc_source_device_clamp(const struct hc_source *source, double t, struct hc_buffer *v)
{
  for (int i = 0; i < source->n; i++)
    if (clamps(&source->entries[i], t))
      launch_at(source->set_at, &source->entries[i], source->entries[i].params.amplitude, v);
}

/* ---- Looking ahead ----------------------------------------------------------------------------------------------- */

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
