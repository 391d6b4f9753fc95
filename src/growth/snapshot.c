/* Checkpoints: the state, the clock, the account and the samples so far. */
#include "internal.h"

enum { CLOCK_TIME, CLOCK_STEPS, CLOCK_FRAMES, CLOCK_GROWN, CLOCK_DRUGS, CLOCK_RAYS, CLOCK_SURGERY, CLOCK_SIZE };
enum { ITEM_CLOCK, ITEM_SAMPLES, ITEM_SPECIES, N_ITEMS = ITEM_SPECIES + HC_SPECIES };

static int list_items(struct hc_growth *growth, double *clock, int n_samples, double *samples, bool change,
                      struct hc_checkpoint_item items[N_ITEMS])
{
  items[ITEM_CLOCK] = (struct hc_checkpoint_item){"clock", false, CLOCK_SIZE, clock};
  items[ITEM_SAMPLES] = (struct hc_checkpoint_item){"samples", false, n_samples, samples};
  for (int k = 0; k < growth->tumour->n_species; k++)
    items[ITEM_SPECIES + k] =
        (struct hc_checkpoint_item){hc_species_names[k], true, 1, hc_tumour_species(growth->tumour, k, change)};
  return ITEM_SPECIES + growth->tumour->n_species;
}

PetscErrorCode hc_growth_checkpoint(struct hc_growth *growth, const struct hc_watched *watched, int64_t frames,
                                    const char *path, const char *fingerprint)
{
  struct hc_checkpoint_item items[N_ITEMS];
  struct hc_ledger ledger;
  double clock[CLOCK_SIZE];
  int n;

  PetscFunctionBeginUser;
  PetscCall(hc_tumour_ledger(growth->tumour, &ledger));
  clock[CLOCK_TIME] = growth->tumour->time;
  clock[CLOCK_STEPS] = (double)growth->tumour->steps;
  clock[CLOCK_FRAMES] = (double)frames;
  clock[CLOCK_GROWN] = ledger.grown;
  clock[CLOCK_DRUGS] = ledger.drugs;
  clock[CLOCK_RAYS] = ledger.rays;
  clock[CLOCK_SURGERY] = ledger.surgery;
  n = list_items(growth, clock, (int)watched->n_samples * (1 + watched->n_columns), watched->samples, false, items);
  PetscCall(hc_checkpoint_write(growth->mesh, path, fingerprint, n, items));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_growth_restore(struct hc_growth *growth, struct hc_watched *watched, const char *path,
                                 const char *fingerprint, int64_t *frames)
{
  struct hc_tumour *tumour = growth->tumour;
  const double share = growth->mesh->rank == 0 ? 1e3 : 0; /* of the account, whose sum counts; mm3 */
  struct hc_checkpoint_item items[N_ITEMS];
  double clock[CLOCK_SIZE];
  int n, n_samples;

  PetscFunctionBeginUser;
  PetscCall(hc_checkpoint_read(growth->mesh, path, fingerprint, 0, NULL)); /* of this case? */
  PetscCall(hc_checkpoint_shape(growth->mesh->comm, path, "samples", &n_samples));
  PetscCheck(n_samples >= 0 && n_samples % (1 + watched->n_columns) == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %d numbers of samples; allowed: a multiple of %d", path, n_samples, 1 + watched->n_columns);
  PetscCall(hc_watched_resize(watched, n_samples / (1 + watched->n_columns)));
  n = list_items(growth, clock, n_samples, watched->samples, true, items);
  PetscCall(hc_checkpoint_read(growth->mesh, path, fingerprint, n, items));
  tumour->time = clock[CLOCK_TIME];
  tumour->steps = (int64_t)clock[CLOCK_STEPS];
  *frames = (int64_t)clock[CLOCK_FRAMES];
  tumour->ledger = (struct hc_ledger){clock[CLOCK_GROWN] * share, clock[CLOCK_DRUGS] * share, clock[CLOCK_RAYS] * share,
                                      clock[CLOCK_SURGERY] * share};
  PetscFunctionReturn(PETSC_SUCCESS);
}
