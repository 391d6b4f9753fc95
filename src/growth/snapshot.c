/* Checkpoints: the state, the clock, the account and the samples so far, by way of a copy in memory. */
#include "internal.h"

#include <math.h>

enum { CLOCK_TIME, CLOCK_STEPS, CLOCK_FRAMES, CLOCK_GROWN, CLOCK_DRUGS, CLOCK_RAYS, CLOCK_SURGERY, CLOCK_SIZE };
/* Of the mechanics: day of the last solution, largest displacement and stress so far. */
enum { STRAIN_DAY, STRAIN_DISPLACEMENT, STRAIN_STRESS, STRAIN_SIZE };
enum { N_ITEMS = 2 + HC_SPECIES + 3 };

struct hc_kept {
  double clock[CLOCK_SIZE];
  int64_t n_samples; /* which only grow: the first ones are those of then */
  double *species[HC_SPECIES];
  double strain[STRAIN_SIZE], *displacement, *density; /* with mechanics; 3 and 1 an owned node */
};

/* ---- Keeping ----------------------------------------------------------------------------------------------------- */

void hc_growth_kept_destroy(struct hc_kept **kept)
{
  if (!*kept)
    return;
  for (int k = 0; k < HC_SPECIES; k++)
    (void)PetscFree((*kept)->species[k]);
  (void)PetscFree((*kept)->displacement);
  (void)PetscFree((*kept)->density);
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

static PetscErrorCode create(const struct hc_growth *growth, struct hc_kept **kept)
{
  const int n = growth->mesh->n_owned;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(kept));
  for (int k = 0; k < growth->tumour->n_species; k++)
    PetscCall(PetscMalloc1(n, &(*kept)->species[k]));
  if (growth->tumour->mechanics) {
    PetscCall(PetscMalloc1(3 * (size_t)n, &(*kept)->displacement));
    PetscCall(PetscMalloc1(n, &(*kept)->density));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode keep_strain(const struct hc_growth *growth, struct hc_kept *kept)
{
  const struct hc_mechanics *m = growth->tumour->mechanics;

  PetscFunctionBeginUser;
  if (!m)
    PetscFunctionReturn(PETSC_SUCCESS);
  kept->strain[STRAIN_DAY] = m->day;
  kept->strain[STRAIN_DISPLACEMENT] = m->largest_displacement;
  kept->strain[STRAIN_STRESS] = m->largest_stress;
  PetscCall(PetscArraycpy(kept->displacement, m->displacement, 3 * (size_t)growth->mesh->n_owned));
  PetscCall(PetscArraycpy(kept->density, m->density, growth->mesh->n_owned));
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
  if (!*kept)
    PetscCall(create(growth, kept));
  copy_clock(tumour, &ledger, frames, (*kept)->clock);
  (*kept)->n_samples = watched->n_samples;
  for (int k = 0; k < tumour->n_species; k++)
    PetscCall(PetscArraycpy((*kept)->species[k], from[k], growth->mesh->n_owned));
  PetscCall(keep_strain(growth, *kept));
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

/* Displacement and density are there; before the first solution there is nothing that follows from them. */
static PetscErrorCode set_strain(struct hc_growth *growth, const double strain[STRAIN_SIZE])
{
  struct hc_mechanics *m = growth->tumour->mechanics;

  PetscFunctionBeginUser;
  m->day = strain[STRAIN_DAY];
  m->largest_displacement = strain[STRAIN_DISPLACEMENT];
  m->largest_stress = strain[STRAIN_STRESS];
  if (!isnan(m->day))
    PetscCall(hc_tumour_deform_again(growth->tumour));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_growth_put_back(struct hc_growth *growth, struct hc_watched *watched, const struct hc_kept *kept)
{
  PetscFunctionBeginUser;
  growth->tumour->device = NULL; /* which may be what failed */
  for (int k = 0; k < growth->tumour->n_species; k++)
    PetscCall(PetscArraycpy(growth->tumour->species[k], kept->species[k], growth->mesh->n_owned));
  set_clock(growth, kept->clock);
  if (growth->tumour->mechanics) {
    PetscCall(
        PetscArraycpy(growth->tumour->mechanics->displacement, kept->displacement, 3 * (size_t)growth->mesh->n_owned));
    PetscCall(PetscArraycpy(growth->tumour->mechanics->density, kept->density, growth->mesh->n_owned));
    PetscCall(set_strain(growth, kept->strain));
  }
  PetscCall(hc_watched_resize(watched, kept->n_samples));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Files ------------------------------------------------------------------------------------------------------- */

/* Where what is written comes from, or what is read goes to; n_samples numbers of samples. */
struct places {
  double *clock, *samples, *const *species, *strain, *displacement, *density;
  int n_samples;
};

static int list_items(const struct hc_growth *growth, const struct places *p, struct hc_checkpoint_item items[N_ITEMS])
{
  int n = 0;

  items[n++] = (struct hc_checkpoint_item){"clock", false, CLOCK_SIZE, p->clock};
  items[n++] = (struct hc_checkpoint_item){"samples", false, p->n_samples, p->samples};
  for (int k = 0; k < growth->tumour->n_species; k++)
    items[n++] = (struct hc_checkpoint_item){hc_species_names[k], true, 1, p->species[k]};
  if (growth->tumour->mechanics) {
    items[n++] = (struct hc_checkpoint_item){"strain", false, STRAIN_SIZE, p->strain};
    items[n++] = (struct hc_checkpoint_item){"displacement", true, 3, p->displacement};
    items[n++] = (struct hc_checkpoint_item){"strained_by", true, 1, p->density};
  }
  return n;
}

PetscErrorCode hc_growth_checkpoint(const struct hc_growth *growth, const struct hc_watched *watched,
                                    struct hc_kept *kept, const char *path, const char *fingerprint)
{
  const struct places places = {.clock = kept->clock,
                                .samples = watched->samples,
                                .species = kept->species,
                                .strain = kept->strain,
                                .displacement = kept->displacement,
                                .density = kept->density,
                                .n_samples = (int)kept->n_samples * (1 + watched->n_columns)};
  struct hc_checkpoint_item items[N_ITEMS];

  PetscFunctionBeginUser;
  PetscCall(hc_checkpoint_write(growth->mesh, path, fingerprint, list_items(growth, &places, items), items));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_growth_restore(struct hc_growth *growth, struct hc_watched *watched, const char *path,
                                 const char *fingerprint, int64_t *frames)
{
  const struct hc_mechanics *m = growth->tumour->mechanics;
  struct hc_checkpoint_item items[N_ITEMS];
  double clock[CLOCK_SIZE], strain[STRAIN_SIZE], *species[HC_SPECIES] = {NULL};
  struct places places = {.clock = clock,
                          .species = species,
                          .strain = strain,
                          .displacement = m ? m->displacement : NULL,
                          .density = m ? m->density : NULL};

  PetscFunctionBeginUser;
  PetscCall(hc_checkpoint_read(growth->mesh, path, fingerprint, 0, NULL)); /* of this case? */
  PetscCall(hc_checkpoint_shape(growth->mesh->comm, path, "samples", &places.n_samples));
  PetscCheck(places.n_samples >= 0 && places.n_samples % (1 + watched->n_columns) == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %d numbers of samples; allowed: a multiple of %d", path, places.n_samples,
             1 + watched->n_columns);
  PetscCall(hc_watched_resize(watched, places.n_samples / (1 + watched->n_columns)));
  places.samples = watched->samples;
  for (int k = 0; k < growth->tumour->n_species; k++)
    species[k] = hc_tumour_species(growth->tumour, k, true);
  PetscCall(hc_checkpoint_read(growth->mesh, path, fingerprint, list_items(growth, &places, items), items));
  set_clock(growth, clock);
  if (m)
    PetscCall(set_strain(growth, strain));
  *frames = (int64_t)clock[CLOCK_FRAMES];
  PetscFunctionReturn(PETSC_SUCCESS);
}
