/* Beats of many cells at once, on the host and on a device, in one process:
 *
 *   bench_batch [--backend opencl] [--precision double] [--model ttp06_epi] [--cells 1000,10000] [--beats 1]
 *
 * Each cell has its own strength of one current, so steps differ from cell to cell. A beat of 1000 ms without
 * observers, after one that is not counted; the host works with one thread. Largest difference: of V at the end of the
 * beats. */
#include "batch.h"
#include "device.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
  struct hc_device_options device;
  const char *model, *cells;
  int beats;
};

static const char *value_of(int argc, char **argv, const char *name, const char *fallback)
{
  for (int i = 1; i + 1 < argc; i++)
    if (strcmp(argv[i], name) == 0)
      return argv[i + 1];
  return fallback;
}

static PetscErrorCode create(const struct hc_cell_model *model, int n, struct hc_device *device,
                             struct hc_batch **batch)
{
  const struct hc_batch_options options = {.integrator = HC_BATCH_ADAPTIVE, .tolerance = 7e-4, .device = device};
  const int scale = model->n_parameters - model->n_currents;
  double *parameters, *initial;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n * model->n_parameters, &parameters, n * model->n_states, &initial));
  for (int cell = 0; cell < n; cell++) {
    for (int p = 0; p < model->n_parameters; p++)
      parameters[cell * model->n_parameters + p] = model->parameters[p].fallback;
    parameters[cell * model->n_parameters + scale] = 0.8 + 0.4 * cell / n;
    for (int s = 0; s < model->n_states; s++)
      initial[cell * model->n_states + s] = model->states[s].initial;
  }
  PetscCall(hc_batch_create(model, n, parameters, initial, &options, batch));
  PetscCall(PetscFree2(parameters, initial));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Seconds of a beat, and V of all cells at the end. */
static PetscErrorCode run(const struct hc_cell_model *model, int n, int beats, struct hc_device *device,
                          double *seconds, double *v)
{
  struct hc_batch *batch;
  double *stim, *y, start = 0;

  PetscFunctionBeginUser;
  PetscCall(create(model, n, device, &batch));
  PetscCall(PetscMalloc2(n, &stim, model->n_states, &y));
  for (int cell = 0; cell < n; cell++)
    stim[cell] = model->stimulus;
  for (int beat = 0; beat <= beats; beat++) {
    if (beat == 1)
      start = MPI_Wtime();
    PetscCall(hc_batch_advance(batch, 1000 * beat + model->stimulus_duration, stim, NULL));
    PetscCall(hc_batch_advance(batch, 1000 * (beat + 1), NULL, NULL));
  }
  *seconds = (MPI_Wtime() - start) / beats;
  for (int cell = 0; cell < n; cell++) {
    PetscCall(hc_batch_get(batch, cell, y));
    v[cell] = y[0];
  }
  PetscCall(PetscFree2(stim, y));
  hc_batch_destroy(&batch);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode compare(const struct hc_cell_model *model, const struct options *options, int n,
                              struct hc_device *device)
{
  double here, there, *v, *other, largest = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n, &v, n, &other));
  PetscCall(run(model, n, options->beats, NULL, &here, v));
  PetscCall(run(model, n, options->beats, device, &there, other));
  for (int cell = 0; cell < n; cell++)
    largest = fmax(largest, fabs(v[cell] - other[cell]));
  printf("%-20s %7d cells: cpu %8.3f s a beat (%.3g cells/s), %s %s %8.3f s (%.3g cells/s), ratio %.2f; V within %.1e "
         "mV\n",
         model->name, n, here, n / here, options->device.backend, hc_precision_names[options->device.precision], there,
         n / there, here / there, largest);
  PetscCall(PetscFree2(v, other));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode bench(const struct options *options)
{
  const struct hc_cell_model *model = hc_cell_model_find(options->model);
  struct hc_device *device;

  PetscFunctionBeginUser;
  PetscCheck(model, PETSC_COMM_SELF, HC_ERR_INPUT, "no model %s", options->model);
  PetscCall(hc_device_open(PETSC_COMM_SELF, &options->device, &device));
  for (const char *next = options->cells; next; next = strchr(next, ',') ? strchr(next, ',') + 1 : NULL)
    PetscCall(compare(model, options, atoi(next), device));
  hc_device_close(&device);
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  struct options options = {.device = {.index = -1}};
  const char *precision = value_of(argc, argv, "--precision", "double");

  if (PetscInitialize(&argc, &argv, NULL, NULL) || hc_error_install())
    return EXIT_FAILURE;
  options.device.backend = value_of(argc, argv, "--backend", "opencl");
  for (int i = 0; i < 3; i++)
    if (strcmp(precision, hc_precision_names[i]) == 0)
      options.device.precision = (enum hc_precision)i;
  options.model = value_of(argc, argv, "--model", "ttp06_epi");
  options.cells = value_of(argc, argv, "--cells", "1000,10000");
  options.beats = atoi(value_of(argc, argv, "--beats", "1"));
  const PetscErrorCode code = bench(&options);
  if (code)
    fprintf(stderr, "bench_batch: %s\n", hc_error_message());
  return PetscFinalize() || code ? EXIT_FAILURE : EXIT_SUCCESS;
}
