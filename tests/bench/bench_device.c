/* What a time step costs on a device, phase by phase.
 *
 *   mpiexec -n 1 bench_device [CASE.yaml] [--backend cuda] [--precision double] [--device N] [--set key=value ...]
 *                             [--seconds 2] [--json FILE]
 *
 * Runs the case (default: inputs/niederer.yaml, 0.2 mm) until its wave is under way, then times phases: many goes are
 * put in the queue, then the queue is waited for. Nodes never wait (time.adaptive is off). The whole step is what a run
 * does: reaction, diffusion, watch and observers, with the one wait that the watch is. Bytes of the reaction are the
 * states, read and written once; docs/gpu.md has what is predicted of these numbers. */
#include "run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SET = 32, FIRST_STEPS = 100 };

struct options {
  const char *path, *json;
  const char *set[MAX_SET + 1];
  int n_set;
  double seconds;
  struct hc_device_options device;
};

enum { WHOLE, REACTION, DIFFUSION, WATCH, N_PHASES };
static const char *const names[N_PHASES] = {"step", "reaction", "diffusion", "watch"};

/* ---- Phases ------------------------------------------------------------------------------------------------------ */

static PetscErrorCode go(struct hc_twin *twin, int phase)
{
  struct hc_monodomain *model = twin->model;
  const double dt = twin->clock.dt;
  struct hc_buffer *v;

  PetscFunctionBeginUser;
  if (phase == WHOLE) {
    PetscCall(hc_twin_step(twin, twin->clock.step + 1, NULL));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  v = hc_monodomain_device_v(model, true);
  if (phase == REACTION)
    PetscCall(hc_kinetics_device_step(model->kinetics, model->scheme, hc_clock_time(&twin->clock), dt, v, NULL));
  else if (phase == DIFFUSION)
    PetscCall(hc_diffusion_device_step(model->diffusion, dt, v));
  else
    PetscCheck(!hc_kinetics_device_watch(model->kinetics, v), PETSC_COMM_SELF, HC_ERR_NUMERIC,
               "V is not finite or out of bounds");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Seconds of one go, on the slowest rank: the best of batches that take a quarter of the time each. */
static PetscErrorCode measure(struct hc_twin *twin, int phase, double seconds, double *best)
{
  MPI_Comm comm = twin->mesh->comm;
  int goes = 1;

  PetscFunctionBeginUser;
  *best = INFINITY;
  for (double spent = 0; spent < seconds;) {
    PetscCallMPI(MPI_Barrier(comm));
    const double start = MPI_Wtime();
    for (int k = 0; k < goes; k++)
      PetscCall(go(twin, phase));
    hc_queue_finish(twin->device, HC_QUEUE_MAIN);
    double took = MPI_Wtime() - start;
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &took, 1, MPI_DOUBLE, MPI_MAX, comm));
    *best = fmin(*best, took / goes);
    spent += took;
    goes = (int)fmax(1, fmin(1000, seconds / 4 / *best));
  }
  PetscCheck(!hc_device_failure(twin->device), PETSC_COMM_SELF, HC_ERR_DEVICE, "%s", hc_device_failure(twin->device));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Report ------------------------------------------------------------------------------------------------------ */

static PetscErrorCode report(const struct options *options, const struct hc_twin *twin, const double *seconds)
{
  const struct hc_device_info *info = hc_device_info(twin->device);
  const double nodes = (double)twin->mesh->n_nodes;
  const char *precision = hc_precision_names[info->precision];

  PetscFunctionBeginUser;
  printf("%s (%s), backend %s, %s, %d ranks, %lld nodes, %.0f bytes a node on the device of rank 0%s%s\n\n", info->name,
         info->driver, info->backend, precision, twin->mesh->size, (long long)twin->mesh->n_nodes,
         (double)hc_device_bytes(twin->device) / twin->mesh->n_owned,
         twin->model->delegated[0] ? "; on the host: " : "", twin->model->delegated);
  printf("| phase | us | M node-steps/s |\n|---|---|---|\n");
  for (int p = 0; p < N_PHASES; p++)
    printf("| %s | %.1f | %.1f |\n", names[p], 1e6 * seconds[p], nodes / seconds[p] * 1e-6);
  if (options->json) {
    FILE *file = fopen(options->json, "w");
    PetscCheck(file, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s cannot be written", options->json);
    fprintf(file, "{\"device\": \"%s\", \"backend\": \"%s\", \"precision\": \"%s\", \"ranks\": %d, \"nodes\": %.0f",
            info->name, info->backend, precision, twin->mesh->size, nodes);
    for (int p = 0; p < N_PHASES; p++)
      fprintf(file, ", \"%s\": %.6g", names[p], seconds[p]);
    fprintf(file, "}\n");
    fclose(file);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- All together ------------------------------------------------------------------------------------------------ */

static PetscErrorCode run(const struct options *options, const struct hc_case *heart, struct hc_device *device)
{
  double seconds[N_PHASES];
  struct hc_twin *twin;

  PetscFunctionBeginUser;
  PetscCall(hc_twin_create(PETSC_COMM_WORLD, heart, device, &twin));
  PetscCall(hc_observe_start(twin->observe, hc_monodomain_v(twin->model, false)));
  for (int i = 0; i < FIRST_STEPS; i++)
    PetscCall(go(twin, WHOLE));
  for (int p = 0; p < N_PHASES; p++)
    PetscCall(measure(twin, p, options->seconds, &seconds[p]));
  if (twin->mesh->rank == 0)
    PetscCall(report(options, twin, seconds));
  hc_twin_destroy(&twin);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode bench(const struct options *options)
{
  struct hc_device *device;
  struct hc_params *params;
  struct hc_case heart;

  PetscFunctionBeginUser;
  PetscCall(hc_device_open(PETSC_COMM_WORLD, &options->device, &device));
  PetscCheck(device, PETSC_COMM_SELF, HC_ERR_INPUT, "--backend: found \"cpu\"; bench_step measures that one");
  PetscCall(hc_case_read(PETSC_COMM_WORLD, options->path, options->n_set, options->set, &heart, &params));
  heart.time.adaptive = false;
  PetscCall(run(options, &heart, device));
  hc_params_destroy(&params);
  hc_device_close(&device);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* False if there is no such option. */
static bool set_option(struct options *options, const char *name, const char *value)
{
  if (!strcmp(name, "--set") && options->n_set < MAX_SET)
    options->set[options->n_set++] = value;
  else if (!strcmp(name, "--seconds"))
    options->seconds = strtod(value, NULL);
  else if (!strcmp(name, "--json"))
    options->json = value;
  else if (!strcmp(name, "--backend"))
    options->device.backend = value;
  else if (!strcmp(name, "--device"))
    options->device.index = (int)strtol(value, NULL, 10);
  else if (!strcmp(name, "--precision")) {
    for (int p = 0; p < 3; p++)
      if (!strcmp(value, hc_precision_names[p])) {
        options->device.precision = (enum hc_precision)p;
        return true;
      }
    return false;
  } else
    return false;
  return true;
}

static bool parse(int argc, char **argv, struct options *options)
{
  *options = (struct options){.seconds = 2, .device = {.backend = "cuda", .index = -1}};
  for (int i = 1; i < argc; i++) {
    if (strncmp(argv[i], "--", 2) != 0)
      options->path = argv[i];
    else if (i + 1 == argc || !set_option(options, argv[i], argv[i + 1]))
      return false;
    else
      i++;
  }
  if (!options->path) {
    options->path = HC_BENCH_CASE;
    options->set[options->n_set++] = "mesh.spacing=0.2";
  }
  return true;
}

int main(int argc, char **argv)
{
  struct options options;
  int code = EXIT_SUCCESS;

  if (!parse(argc, argv, &options)) {
    fprintf(stderr,
            "usage: bench_device [CASE.yaml] [--backend cuda|opencl] [--precision double|mixed|float] [--device N]\n"
            "                    [--set key=value] [--seconds 2] [--json FILE]\n");
    return EXIT_FAILURE;
  }
  argc = 1; /* PETSc need not look at our options */
  if (PetscInitialize(&argc, &argv, NULL, NULL))
    return EXIT_FAILURE;
  if (bench(&options))
    code = EXIT_FAILURE;
  if (PetscFinalize())
    return EXIT_FAILURE;
  return code;
}
