/* Time steps: growth, diffusion and treatments, and the account that is kept of the cells. */
#include "internal.h"

#include <math.h>

#define SAME_TIME 1e-9 /* day */

/* ---- Growth ------------------------------------------------------------------------------------------------------ */

static double sum_of(struct hc_tumour *tumour, int species)
{
  double sum = 0;

  if (species >= tumour->n_species)
    return 0;
  if (tumour->device)
    return hc_tumour_device_sum(tumour, species);
  for (int i = 0; i < tumour->mesh->n_owned; i++)
    sum += tumour->volumes[i] * tumour->species[species][i];
  return sum;
}

static struct hc_tumour_block block_of(const struct hc_tumour *tumour, double t, double dt)
{
  const struct hc_tumour_values *now = &tumour->now;

  return (struct hc_tumour_block){.growth = now->proliferation * dt,
                                  .before = exp(-hc_therapy_kill(tumour->therapy, t, dt / 2)),
                                  .after = exp(-hc_therapy_kill(tumour->therapy, t + dt / 2, dt / 2)),
                                  .death = now->death * dt,
                                  .threshold = now->threshold,
                                  .sharpness = tumour->params->necrosis.sharpness,
                                  .consumption = now->consumption * dt,
                                  .supply = now->supply * dt,
                                  .law = tumour->params->model,
                                  .n = tumour->mesh->n_owned};
}

/* Cells only come by growth and go by what kills: p and n are the integrals before and after. */
static void account(struct hc_ledger *ledger, const struct hc_tumour_block *block, const double p[2], const double n[2])
{
  const double left = block->before * p[0], grown = block->after > 0 ? p[1] / block->after : left;

  ledger->drugs += p[0] - left + grown - p[1];
  ledger->grown += grown + n[1] - left - n[0];
}

static PetscErrorCode react(void *context, double t, double dt, double *v)
{
  struct hc_tumour *tumour = context;
  const struct hc_tumour_block block = block_of(tumour, t, dt);
  double p[2], n[2];

  PetscFunctionBeginUser;
  (void)v;
  hc_timer_start(&tumour->reaction);
  p[0] = sum_of(tumour, 0);
  n[0] = sum_of(tumour, 1);
  if (tumour->device)
    hc_tumour_device_react(tumour, &block);
  else if (tumour->n_species == 1)
    hc_react_one(&block, tumour->species[0], tumour->relative);
  else
    hc_react_three(&block, tumour->species[0], tumour->species[1], tumour->species[2], tumour->relative);
  p[1] = sum_of(tumour, 0);
  n[1] = sum_of(tumour, 1);
  account(&tumour->ledger, &block, p, n);
  hc_timer_stop(&tumour->reaction);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Diffusion: the matrices are of diffusivity 1, so that a step of D dt does ----------------------------------- */

static PetscErrorCode spread(struct hc_tumour *tumour, struct hc_diffusion *diffusion, double size, int species)
{
  PetscFunctionBeginUser;
  if (size <= 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  if (tumour->device)
    PetscCall(hc_diffusion_device_step(diffusion, size, hc_tumour_device_species(tumour, species, true)));
  else
    PetscCall(hc_diffusion_step(diffusion, size, tumour->species[species]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode diffuse(void *context, double t, double dt, double *v)
{
  struct hc_tumour *tumour = context;

  PetscFunctionBeginUser;
  (void)t;
  (void)v;
  hc_timer_start(&tumour->diffuse);
  PetscCall(spread(tumour, tumour->spread, tumour->now.diffusivity * dt, 0));
  if (tumour->feed)
    PetscCall(spread(tumour, tumour->feed, tumour->now.feeding * dt, HC_SPECIES - 1));
  hc_timer_stop(&tumour->diffuse);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Steps ------------------------------------------------------------------------------------------------------- */

/* Where a step from now on ends: at `time`, a multiple of the step, the next event or the next solution of the
 * mechanics, whichever comes first. */
static double end_of_step(const struct hc_tumour *tumour, double time)
{
  const struct hc_therapy *therapy = tumour->therapy;
  const double grid = (floor(tumour->time / tumour->step + SAME_TIME) + 1) * tumour->step;
  const int next = hc_therapy_next(therapy, tumour->time + 2 * SAME_TIME);
  double end = time;

  if (grid < end - SAME_TIME)
    end = grid;
  if (next < therapy->n_events && therapy->events[next].time < end - SAME_TIME)
    end = therapy->events[next].time;
  if (tumour->mechanics && hc_mechanics_next(tumour->mechanics) < end - SAME_TIME)
    end = hc_mechanics_next(tumour->mechanics);
  return end;
}

static PetscErrorCode treat(struct hc_tumour *tumour)
{
  const struct hc_therapy *therapy = tumour->therapy;

  PetscFunctionBeginUser;
  for (int i = hc_therapy_next(therapy, tumour->time);
       i < therapy->n_events && therapy->events[i].time <= tumour->time + SAME_TIME; i++)
    PetscCall(hc_tumour_treat(tumour, &therapy->events[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode device_check(const struct hc_tumour *tumour)
{
  const char *failure = hc_device_failure(tumour->device);

  PetscFunctionBeginUser;
  PetscCheck(!failure, PETSC_COMM_SELF, HC_ERR_DEVICE, "step %lld, day %.6g: the device of rank %d failed: %s",
             (long long)tumour->steps, tumour->time, tumour->mesh->rank, failure);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is no number makes the account no number. */
static PetscErrorCode watch(const struct hc_tumour *tumour)
{
  int bad = !isfinite(tumour->ledger.grown) || !isfinite(tumour->ledger.drugs);

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &bad, 1, MPI_INT, MPI_MAX, tumour->mesh->comm));
  if (tumour->device)
    PetscCall(hc_error_agree(tumour->mesh->comm, device_check(tumour)));
  PetscCheck(!bad, PETSC_COMM_SELF, HC_ERR_NUMERIC,
             "step %lld, day %.6g: the density of the tumour is no number; allowed: finite densities",
             (long long)tumour->steps, tumour->time);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tumour_step(struct hc_tumour *tumour, double time)
{
  const struct hc_operator reaction = {tumour, react}, diffusion = {tumour, diffuse};
  double end;

  PetscFunctionBeginUser;
  PetscCall(hc_tumour_deform(tumour));
  PetscCall(hc_tumour_assemble(tumour));
  PetscCall(treat(tumour));
  end = end_of_step(tumour, time);
  PetscCall(hc_splitting_step(tumour->splitting, tumour->time, end - tumour->time, &reaction, &diffusion, NULL));
  tumour->time = end;
  tumour->steps++;
  PetscCall(watch(tumour));
  PetscCall(hc_tumour_deform(tumour));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_tumour_advance(struct hc_tumour *tumour, double time)
{
  PetscFunctionBeginUser;
  PetscCheck(time >= tumour->time - SAME_TIME, PETSC_COMM_SELF, HC_ERR_INPUT,
             "found day %.6g; allowed: from day %.6g on, which the tumour has reached", time, tumour->time);
  while (tumour->time < time - SAME_TIME)
    PetscCall(hc_tumour_step(tumour, time));
  PetscFunctionReturn(PETSC_SUCCESS);
}
