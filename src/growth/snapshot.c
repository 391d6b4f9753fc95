/* Checkpoints: the state, the clock, the account and the samples so far, by way of a copy in memory. */
#include "internal.h"

#include <math.h>

enum { CLOCK_TIME, CLOCK_STEPS, CLOCK_FRAMES, CLOCK_GROWN, CLOCK_DRUGS, CLOCK_RAYS, CLOCK_SURGERY, CLOCK_SIZE };
enum { ITEM_CLOCK, ITEM_SAMPLES, ITEM_SPECIES, N_ITEMS = ITEM_SPECIES + HC_SPECIES };

struct hc_kept {
  double clock[CLOCK_SIZE];
  int64_t n_samples; /* which only grow: the first ones are those of then */
  double *species[HC_SPECIES];
};

/* ---- Keeping ----------------------------------------------------------------------------------------------------- */

void hc_growth_kept_destroy(struct hc_kept **kept)
{
  if (!*kept)
    return;
  for (int k = 0; k < HC_SPECIES; k++)
    (void)PetscFree((*kept)->species[k]);
  (void)PetscFree(*kept);
}

static void copy_clock(const struct hc_tumour *tumour, const struct hc_ledger *ledger, int64_t frames, double *clock)
{
  clock[CLOCK_TIME] = tumour->time;
  clock[CLOCK_STEPS] = (double)tumour->steps; /* exact below 2^53 */
  clock[CLOCK_FRAMES] = (double)frames;
  clock[CLOCK_GROWN] = ledger->grown;
  clock[CLOCK_DRUGS] = ledger->drugs;
  clock[CLOCK_RAYS] = ledger->rays;
  clock[CLOCK_SURGERY] = ledger->surgery;
}

/* Steps watch the account of the cells alone, which a broken nutrient spoils a step later. */
static PetscErrorCode check(const struct hc_growth *growth)
{
  const struct hc_tumour *tumour = growth->tumour;
  int bad = !isfinite(tumour->ledger.grown);

  PetscFunctionBeginUser;
  for (int k = 0; k < tumour->n_species; k++)
    for (int i = 0; i < growth->mesh->n_owned && !bad; i++)
      bad = !isfinite(tumour->species[k][i]);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &bad, 1, MPI_INT, MPI_MAX, growth->mesh->comm));
  PetscCheck(!bad, PETSC_COMM_SELF, HC_ERR_NUMERIC,
             "step %lld, day %.6g: the state of the tumour has what is no number; allowed: finite densities",
             (long long)tumour->steps, tumour->time);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_growth_keep(struct hc_growth *growth, const struct hc_watched *watched, int64_t frames,
                              struct hc_kept **kept)
{
  struct hc_tumour *tumour = growth->tumour;
  const double *from[HC_SPECIES];
  struct hc_ledger ledger;

  PetscFunctionBeginUser;
  for (int k = 0; k < tumour->n_species; k++)
    from[k] = hc_tumour_species(tumour, k, false);
  PetscCall(check(growth));
  PetscCall(hc_tumour_ledger(tumour, &ledger));
  if (!*kept) {
    PetscCall(PetscNew(kept));
    for (int k = 0; k < tumour->n_species; k++)
      PetscCall(PetscMalloc1(growth->mesh->n_owned, &(*kept)->species[k]));
  }
  copy_clock(tumour, &ledger, frames, (*kept)->clock);
  (*kept)->n_samples = watched->n_samples;
  for (int k = 0; k < tumour->n_species; k++)
    PetscCall(PetscArraycpy((*kept)->species[k], from[k], growth->mesh->n_owned));
  PetscFunctionReturn(PETSC_SUCCESS);
}

double hc_growth_kept_day(const struct hc_kept *kept)
{
  return kept->clock[CLOCK_TIME];
}

static void set_clock(struct hc_growth *growth, const double *clock)
{
  const double share = growth->mesh->rank == 0 ? 1e3 : 0; /* of the account, whose sum counts; mm3 */

  growth->tumour->time = clock[CLOCK_TIME];
  growth->tumour->steps = (int64_t)clock[CLOCK_STEPS];
  growth->tumour->ledger = (struct hc_ledger){clock[CLOCK_GROWN] * share, clock[CLOCK_DRUGS] * share,
                                              clock[CLOCK_RAYS] * share, clock[CLOCK_SURGERY] * share};
}

PetscErrorCode hc_growth_put_back(struct hc_growth *growth, struct hc_watched *watched, const struct hc_kept *kept)
{
  PetscFunctionBeginUser;
  growth->tumour->device = NULL; /* which may be what failed */
  for (int k = 0; k < growth->tumour->n_species; k++)
    PetscCall(PetscArraycpy(growth->tumour->species[k], kept->species[k], growth->mesh->n_owned));
  set_clock(growth, kept->clock);
  PetscCall(hc_watched_resize(watched, kept->n_samples));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Files ------------------------------------------------------------------------------------------------------- */

static int list_items(const struct hc_growth *growth, double *clock, int n_samples, double *samples,
                      double *const species[HC_SPECIES], struct hc_checkpoint_item items[N_ITEMS])
{
  items[ITEM_CLOCK] = (struct hc_checkpoint_item){"clock", false, CLOCK_SIZE, clock};
  items[ITEM_SAMPLES] = (struct hc_checkpoint_item){"samples", false, n_samples, samples};
  for (int k = 0; k < growth->tumour->n_species; k++)
    items[ITEM_SPECIES + k] = (struct hc_checkpoint_item){hc_species_names[k], true, 1, species[k]};
  return ITEM_SPECIES + growth->tumour->n_species;
}

PetscErrorCode hc_growth_checkpoint(const struct hc_growth *growth, const struct hc_watched *watched,
                                    struct hc_kept *kept, const char *path, const char *fingerprint)
{
  struct hc_checkpoint_item items[N_ITEMS];
  int n;

  PetscFunctionBeginUser;
  n = list_items(growth, kept->clock, (int)kept->n_samples * (1 + watched->n_columns), watched->samples, kept->species,
                 items);
  PetscCall(hc_checkpoint_write(growth->mesh, path, fingerprint, n, items));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_growth_restore(struct hc_growth *growth, struct hc_watched *watched, const char *path,
                                 const char *fingerprint, int64_t *frames)
{
  struct hc_checkpoint_item items[N_ITEMS];
  double clock[CLOCK_SIZE], *species[HC_SPECIES] = {NULL};
  int n, n_samples;

  PetscFunctionBeginUser;
  PetscCall(hc_checkpoint_read(growth->mesh, path, fingerprint, 0, NULL)); /* of this case? */
  PetscCall(hc_checkpoint_shape(growth->mesh->comm, path, "samples", &n_samples));
  PetscCheck(n_samples >= 0 && n_samples % (1 + watched->n_columns) == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %d numbers of samples; allowed: a multiple of %d", path, n_samples, 1 + watched->n_columns);
  PetscCall(hc_watched_resize(watched, n_samples / (1 + watched->n_columns)));
  for (int k = 0; k < growth->tumour->n_species; k++)
    species[k] = hc_tumour_species(growth->tumour, k, true);
  n = list_items(growth, clock, n_samples, watched->samples, species, items);
  PetscCall(hc_checkpoint_read(growth->mesh, path, fingerprint, n, items));
  set_clock(growth, clock);
  *frames = (int64_t)clock[CLOCK_FRAMES];
  PetscFunctionReturn(PETSC_SUCCESS);
}
