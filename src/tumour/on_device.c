/* The tumour on a device: species there, growth as a kernel, integrals. */
#include "internal.h"

enum { PARTIAL_SUMS = 256 };

struct hc_tumour_device {
  struct hc_device *device; /* borrowed */
  struct hc_kernel *one, *three, *dot, *sum_up;
  struct hc_buffer *species[HC_SPECIES], *relative, *volumes, *partial, *sum;
  bool host_new[HC_SPECIES], device_new[HC_SPECIES]; /* which of the two places is newer */
};

PetscErrorCode hc_tumour_move(struct hc_tumour *tumour)
{
  const size_t wide = hc_device_wide(tumour->device), n = (size_t)tumour->mesh->n_owned;
  struct hc_tumour_device *d;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&d));
  tumour->moved = d; /* before it is whole, so that a failure leaves nothing behind */
  d->device = tumour->device;
  PetscCall(hc_device_kernel(d->device, "tumour_device.h", "tumour_one", &d->one));
  PetscCall(hc_device_kernel(d->device, "tumour_device.h", "tumour_three", &d->three));
  PetscCall(hc_device_kernel(d->device, "tissue.h", "sum_products", &d->dot));
  PetscCall(hc_device_kernel(d->device, "tissue.h", "sum_up", &d->sum_up));
  for (int k = 0; k < tumour->n_species; k++) {
    PetscCall(hc_buffer_create(d->device, (size_t)tumour->mesh->n_local * wide, &d->species[k]));
    d->host_new[k] = true;
  }
  if (tumour->relative)
    PetscCall(hc_buffer_of_reals(d->device, wide, n, tumour->relative, &d->relative));
  PetscCall(hc_buffer_of_reals(d->device, wide, n, tumour->volumes, &d->volumes));
  PetscCall(hc_buffer_create(d->device, PARTIAL_SUMS * sizeof(double), &d->partial));
  PetscCall(hc_buffer_create(d->device, sizeof(double), &d->sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_tumour_device_destroy(struct hc_tumour_device **moved)
{
  struct hc_tumour_device *d = *moved;

  if (!d)
    return;
  for (int k = 0; k < HC_SPECIES; k++)
    hc_buffer_destroy(&d->species[k]);
  hc_buffer_destroy(&d->relative);
  hc_buffer_destroy(&d->volumes);
  hc_buffer_destroy(&d->partial);
  hc_buffer_destroy(&d->sum);
  (void)PetscFree(*moved);
}

struct hc_buffer *hc_tumour_device_species(struct hc_tumour *tumour, int species, bool change)
{
  struct hc_tumour_device *d = tumour->moved;

  if (d->host_new[species])
    hc_buffer_write_reals(d->species[species], hc_device_wide(d->device), 0, (size_t)tumour->mesh->n_owned,
                          tumour->species[species]);
  d->host_new[species] = false;
  d->device_new[species] = d->device_new[species] || change;
  return d->species[species];
}

void hc_tumour_device_fetch(struct hc_tumour *tumour, int species, bool change)
{
  struct hc_tumour_device *d = tumour->moved;

  if (d->device_new[species])
    hc_buffer_read_reals(d->species[species], hc_device_wide(d->device), 0, (size_t)tumour->mesh->n_owned,
                         tumour->species[species]);
  d->device_new[species] = false;
  d->host_new[species] = d->host_new[species] || change;
}

void hc_tumour_device_react(struct hc_tumour *tumour, const struct hc_tumour_block *block)
{
  const struct hc_tumour_device *d = tumour->moved;
  struct hc_buffer *species[HC_SPECIES] = {NULL};

  for (int k = 0; k < tumour->n_species; k++)
    species[k] = hc_tumour_device_species(tumour, k, true);
  if (tumour->n_species == 1) {
    const struct hc_arg arguments[] = {HC_BLOCK_ARG(*block), HC_BUFFER_ARG(species[0]), HC_BUFFER_ARG(d->relative)};
    hc_kernel_launch(d->one, HC_QUEUE_MAIN, (size_t)block->n, 3, arguments);
  } else {
    const struct hc_arg arguments[] = {HC_BLOCK_ARG(*block), HC_BUFFER_ARG(species[0]), HC_BUFFER_ARG(species[1]),
                                       HC_BUFFER_ARG(species[2]), HC_BUFFER_ARG(d->relative)};
    hc_kernel_launch(d->three, HC_QUEUE_MAIN, (size_t)block->n, 5, arguments);
  }
}

double hc_tumour_device_sum(struct hc_tumour *tumour, int species)
{
  const struct hc_tumour_device *d = tumour->moved;
  const int n = tumour->mesh->n_owned, n_threads = PARTIAL_SUMS * HC_GROUP, n_partial = PARTIAL_SUMS, at = 0;
  const struct hc_arg first[] = {HC_VALUE_ARG(n), HC_VALUE_ARG(n_threads), HC_BUFFER_ARG(d->volumes),
                                 HC_BUFFER_ARG(hc_tumour_device_species(tumour, species, false)),
                                 HC_BUFFER_ARG(d->partial)};
  const struct hc_arg second[] = {HC_VALUE_ARG(n_partial), HC_BUFFER_ARG(d->partial), HC_VALUE_ARG(at),
                                  HC_BUFFER_ARG(d->sum)};
  double sum = 0;

  hc_kernel_launch(d->dot, HC_QUEUE_MAIN, (size_t)n_threads, 5, first);
  hc_kernel_launch(d->sum_up, HC_QUEUE_MAIN, HC_GROUP, 4, second);
  hc_buffer_read(d->sum, 0, sizeof sum, &sum);
  return sum;
}
