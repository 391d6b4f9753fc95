/* What a time step costs, phase by phase, against what the machine can do.
 *
 *   mpiexec -n 2 bench_step [CASE.yaml] [--set key=value ...] [--seconds 2] [--flops 2047] [--json FILE]
 *
 * Runs the case (default: inputs/niederer.yaml, 0.2 mm) until its wave is under way, then repeats each phase alone, in
 * turns: reaction, diffusion with its products and halos, observers, watch. Nodes never wait here (time.adaptive is
 * off). Seconds are those of the slowest rank, the best of many short measurements, so that other work on the machine
 * counts as little as can be. Bytes are counted from the data structures, everything moved once; operations of the cell
 * model are given with --flops (performance.py counts them in the compiled loop; 2047 is TTP06, first order). The
 * bandwidth a phase is held against is that of arrays as large as the phase's. */
#include "machine.h"
#include "run.h"
#include "sparse.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SET = 32, CURVE = 7 };

struct options {
  const char *path, *json;
  const char *set[MAX_SET + 1];
  int n_set;
  double seconds, flops;
};

/* A phase of a step: what it does in one go, and what that costs on this rank. */
struct phase {
  const char *name;
  PetscErrorCode (*work)(void *context);
  double seconds;      /* one go, slowest rank */
  double bytes, flops; /* one go, all ranks */
  double bound;        /* bytes/s that the machine moves at this size */
};

/* What the phases work on. */
struct bench {
  struct hc_twin *twin;
  struct hc_sparse *sparse;
  double *weights, *x, *sums, *before, *inverse;
  double dt;
};

/* ---- Phases ------------------------------------------------------------------------------------------------------ */

static PetscErrorCode reaction(void *context)
{
  struct bench *b = context;
  struct hc_monodomain *model = b->twin->model;

  PetscFunctionBeginUser;
  PetscCall(hc_kinetics_step(model->kinetics, model->scheme, hc_clock_time(&b->twin->clock), b->dt, model->v, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode diffusion(void *context)
{
  struct bench *b = context;

  PetscFunctionBeginUser;
  PetscCall(hc_diffusion_step(b->twin->model->diffusion, b->dt, b->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A product as the first stage of explicit diffusion makes it, with its halo. */
static PetscErrorCode product(void *context)
{
  struct bench *b = context;
  const struct hc_sparse_update update = {.out = b->sums, .factor = 1, .scale = b->inverse};

  PetscFunctionBeginUser;
  PetscCall(hc_sparse_apply(b->sparse, b->weights, b->x, &update));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode halo(void *context)
{
  struct bench *b = context;

  PetscFunctionBeginUser;
  PetscCall(hc_halo_begin(b->twin->mesh, 1, b->x));
  PetscCall(hc_halo_end(b->twin->mesh, 1, b->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode observe(void *context)
{
  struct bench *b = context;
  const int64_t step = ++b->twin->clock.step;

  PetscFunctionBeginUser;
  PetscCall(hc_observe_step(b->twin->observe, step, b->before, b->twin->model->v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode watch(void *context)
{
  struct bench *b = context;
  char message[256];
  bool bad;

  PetscFunctionBeginUser;
  PetscCall(hc_monodomain_watch(b->twin->model, &b->twin->clock, false, &bad, message, sizeof message));
  PetscCheck(!bad, PETSC_COMM_SELF, HC_ERR_NUMERIC, "%s", message);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode whole(void *context)
{
  struct bench *b = context;
  struct hc_monodomain *model = b->twin->model;

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(b->before, model->v, b->twin->mesh->n_owned));
  PetscCall(hc_monodomain_step(model, &b->twin->clock));
  PetscCall(watch(context));
  PetscCall(observe(context));
  PetscFunctionReturn(PETSC_SUCCESS);
}

enum { WHOLE, REACTION, DIFFUSION, PRODUCT, HALO, OBSERVE, WATCH, N_PHASES };

/* ---- Measurement ------------------------------------------------------------------------------------------------- */

/* Seconds of one go, from enough of them for 2 ms after one that fills the caches. */
static PetscErrorCode measure_once(struct bench *b, struct phase *phase)
{
  MPI_Comm comm = b->twin->mesh->comm;
  const int goes = phase->seconds > 0 ? (int)fmax(1, fmin(1000, 2e-3 / phase->seconds)) : 1;

  PetscFunctionBeginUser;
  PetscCall(phase->work(b));
  PetscCallMPI(MPI_Barrier(comm));
  const double start = MPI_Wtime();
  for (int k = 0; k < goes; k++)
    PetscCall(phase->work(b));
  double took = (MPI_Wtime() - start) / goes;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &took, 1, MPI_DOUBLE, MPI_MAX, comm));
  phase->seconds = phase->seconds > 0 ? fmin(phase->seconds, took) : took;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rounds over all phases, so that other work on the machine does not favour one of them. */
static PetscErrorCode measure(struct bench *b, double seconds, struct phase *phases)
{
  const double end = MPI_Wtime() + seconds * N_PHASES;
  int more = 1;

  PetscFunctionBeginUser;
  while (more) {
    for (int p = 0; p < N_PHASES; p++)
      PetscCall(measure_once(b, &phases[p]));
    more = MPI_Wtime() < end;
    PetscCallMPI(MPI_Bcast(&more, 1, MPI_INT, 0, b->twin->mesh->comm));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Bytes moved and operations of this rank, as sums over ranks; the bound for `held` bytes, on the rank that has most.
 */
static PetscErrorCode cost(const struct bench *b, double bytes, double held, double flops, struct phase *phase)
{
  MPI_Comm comm = b->twin->mesh->comm;

  PetscFunctionBeginUser;
  phase->bytes = bytes;
  phase->flops = flops;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &phase->bytes, 1, MPI_DOUBLE, MPI_SUM, comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &phase->flops, 1, MPI_DOUBLE, MPI_SUM, comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &held, 1, MPI_DOUBLE, MPI_MAX, comm));
  if (phase->bytes > 0)
    PetscCall(machine_bandwidth(comm, held, 0.5, &phase->bound));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Stages of one diffusion step; 0 if the scheme is implicit, whose bytes are PETSc's. */
static PetscErrorCode stages_of(struct bench *b, int *stages)
{
  int64_t total, before, solves, largest;

  PetscFunctionBeginUser;
  hc_diffusion_iterations(b->twin->model->diffusion, &before, &solves, &largest);
  PetscCall(diffusion(b));
  hc_diffusion_iterations(b->twin->model->diffusion, &total, &solves, &largest);
  *stages = hc_diffusion_any_step(b->twin->model->diffusion) ? (int)(total - before) : 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Every state read and written once, V too; products as hc_sparse_cost() says: the first stage has no terms, the others
 * have three; a corrected mass doubles the products and the weights that are held; two copies of vectors; observers
 * read V twice and about three of their own numbers. */
static PetscErrorCode costs(struct bench *b, const struct hc_case *heart, double flops, struct phase *phases)
{
  const double n = b->twin->mesh->n_owned, states = hc_kinetics_width(b->twin->model->kinetics);
  const int matrices = heart->diffusion.mass != HC_MASS_LUMPED ? 2 : 1;
  struct hc_sparse_cost bare, full;
  int stages = 0;

  PetscFunctionBeginUser;
  hc_sparse_cost(b->sparse, 0, &bare);
  hc_sparse_cost(b->sparse, 3, &full);
  PetscCall(stages_of(b, &stages));
  const double product = (double)bare.bytes, operations = 3. * (double)bare.entries;
  const double moved = (stages * matrices - stages + 1) * product + (stages - 1) * (double)full.bytes + 32 * n;
  PetscCall(cost(b, 16 * n * (states + 1), 8 * n * (states + 1), flops * n, &phases[REACTION]));
  if (stages > 0)
    PetscCall(cost(b, moved, matrices * product + 32 * n, operations * stages * matrices, &phases[DIFFUSION]));
  PetscCall(cost(b, product, product, operations, &phases[PRODUCT]));
  PetscCall(cost(b, 16 * (b->twin->mesh->n_local - n), 8 * n, 0, &phases[HALO]));
  PetscCall(cost(b, 40 * n, 40 * n, 0, &phases[OBSERVE]));
  PetscCall(cost(b, 8 * n, 8 * n, 0, &phases[WATCH]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Report ------------------------------------------------------------------------------------------------------ */

struct machine {
  double flops, latency, per_byte, reduction;
  double size[CURVE], rate[CURVE]; /* bytes a rank, bytes/s of all ranks */
};

static PetscErrorCode measure_machine(MPI_Comm comm, double seconds, struct machine *m)
{
  PetscFunctionBeginUser;
  PetscCall(machine_flops(comm, seconds / 4, &m->flops));
  PetscCall(machine_network(comm, &m->latency, &m->per_byte, &m->reduction));
  for (int i = 0; i < CURVE; i++) {
    m->size[i] = 16384 * pow(6, i); /* 16 kB to 764 MB */
    PetscCall(machine_bandwidth(comm, m->size[i], seconds / 4, &m->rate[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void print_table(const struct hc_mesh *mesh, const struct phase *phases, const struct machine *m)
{
  const double nodes = (double)mesh->n_nodes;
  printf("%lld nodes, %lld cells, %d ranks. Machine, all ranks at once: %.1f GFLOP/s; GB/s", (long long)mesh->n_nodes,
         (long long)mesh->n_cells, mesh->size, m->flops * 1e-9);
  for (int i = 0; i < CURVE; i++)
    printf(" %.0f (%.3g MB)", m->rate[i] * 1e-9, m->size[i] * 1e-6);
  printf("\nMessage %.2f us + %.3f ns/byte, reduction %.2f us\n\n", m->latency * 1e6, m->per_byte * 1e9,
         m->reduction * 1e6);
  printf("| phase | us | M node-steps/s | a rank | bytes / node | GB/s | of bandwidth | flops / node | GFLOP/s | of "
         "peak |\n|---|---|---|---|---|---|---|---|---|---|\n");
  for (int p = 0; p < N_PHASES; p++) {
    const struct phase *f = &phases[p];
    const double rate = nodes / f->seconds * 1e-6;
    printf("| %s | %.1f | %.2f | %.2f |", f->name, f->seconds * 1e6, rate, rate / mesh->size);
    if (f->bytes > 0)
      printf(" %.0f | %.1f | %.0f %% |", f->bytes / nodes, f->bytes / f->seconds * 1e-9,
             100 * f->bytes / f->seconds / f->bound);
    else
      printf(" - | - | - |");
    if (f->flops > 0)
      printf(" %.0f | %.1f | %.0f %% |\n", f->flops / nodes, f->flops / f->seconds * 1e-9,
             100 * f->flops / f->seconds / m->flops);
    else
      printf(" - | - | - |\n");
  }
}

static PetscErrorCode write_json(const char *path, const struct hc_mesh *mesh, const struct phase *phases,
                                 const struct machine *m)
{
  FILE *file = fopen(path, "w");

  PetscFunctionBeginUser;
  PetscCheck(file, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s cannot be written", path);
  fprintf(file, "{\"nodes\": %lld, \"cells\": %lld, \"ranks\": %d,\n", (long long)mesh->n_nodes,
          (long long)mesh->n_cells, mesh->size);
  fprintf(file, " \"machine\": {\"flops\": %.6g, \"latency\": %.6g, \"per_byte\": %.6g, \"reduction\": %.6g,\n",
          m->flops, m->latency, m->per_byte, m->reduction);
  fprintf(file, "  \"bandwidth\": [");
  for (int i = 0; i < CURVE; i++)
    fprintf(file, "%s[%.6g, %.6g]", i ? ", " : "", m->size[i], m->rate[i]);
  fprintf(file, "]},\n \"phases\": {\n");
  for (int p = 0; p < N_PHASES; p++)
    fprintf(file, "  \"%s\": {\"seconds\": %.6g, \"bytes\": %.6g, \"flops\": %.6g, \"bound\": %.6g}%s\n",
            phases[p].name, phases[p].seconds, phases[p].bytes, phases[p].flops, phases[p].bound,
            p < N_PHASES - 1 ? "," : "");
  fprintf(file, " }}\n");
  fclose(file);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- All together ------------------------------------------------------------------------------------------------ */

/* The neighbours once more, with the weights of an isotropic tissue: a product costs the same. */
static PetscErrorCode bench_create(const struct hc_case *heart, struct hc_twin *twin, struct bench *b)
{
  const struct hc_mesh *mesh = twin->mesh;
  struct hc_pattern *pattern;
  double *stiffness;

  PetscFunctionBeginUser;
  *b = (struct bench){.twin = twin, .dt = heart->time.step};
  PetscCall(hc_fe_pattern(mesh, &pattern));
  PetscCall(PetscMalloc1(pattern->row[pattern->n_rows], &stiffness));
  PetscCall(hc_fe_stiffness(mesh, pattern, NULL, stiffness));
  PetscCall(hc_sparse_create(mesh, pattern, &b->sparse));
  PetscCall(hc_sparse_weights(b->sparse, pattern, -1, stiffness, &b->weights));
  PetscCall(PetscFree(stiffness));
  hc_fe_pattern_destroy(&pattern);
  PetscCall(PetscMalloc4(mesh->n_local, &b->x, mesh->n_owned, &b->sums, mesh->n_owned, &b->before, mesh->n_owned,
                         &b->inverse));
  for (int i = 0; i < mesh->n_owned; i++)
    b->inverse[i] = 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode bench_destroy(struct bench *b)
{
  PetscFunctionBeginUser;
  hc_sparse_weights_destroy(&b->weights);
  hc_sparse_destroy(&b->sparse);
  PetscCall(PetscFree4(b->x, b->sums, b->before, b->inverse));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(const struct options *options, const struct hc_case *heart)
{
  struct phase phases[N_PHASES] = {
      [WHOLE] = {.name = "step", .work = whole},
      [REACTION] = {.name = "reaction", .work = reaction},
      [DIFFUSION] = {.name = "diffusion", .work = diffusion},
      [PRODUCT] = {.name = "product", .work = product},
      [HALO] = {.name = "halo", .work = halo},
      [OBSERVE] = {.name = "observe", .work = observe},
      [WATCH] = {.name = "watch", .work = watch},
  };
  struct machine machine;
  struct hc_twin *twin;
  struct bench b;

  PetscFunctionBeginUser;
  PetscCall(hc_twin_create(PETSC_COMM_WORLD, heart, NULL, &twin));
  PetscCall(bench_create(heart, twin, &b));
  PetscCall(hc_observe_start(twin->observe, twin->model->v));
  for (int i = 0; i < 100; i++)
    PetscCall(whole(&b));
  PetscCall(PetscArraycpy(b.x, twin->model->v, twin->mesh->n_owned));
  PetscCall(measure_machine(PETSC_COMM_WORLD, options->seconds, &machine));
  PetscCall(measure(&b, options->seconds, phases));
  PetscCall(costs(&b, heart, options->flops, phases));
  if (twin->mesh->rank == 0) {
    print_table(twin->mesh, phases, &machine);
    if (options->json)
      PetscCall(write_json(options->json, twin->mesh, phases, &machine));
  }
  PetscCall(bench_destroy(&b));
  hc_twin_destroy(&twin);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode bench(const struct options *options)
{
  struct hc_params *params;
  struct hc_case heart;

  PetscFunctionBeginUser;
  PetscCall(hc_case_read(PETSC_COMM_WORLD, options->path, options->n_set, options->set, &heart, &params));
  heart.time.adaptive = false;
  PetscCall(run(options, &heart));
  hc_params_destroy(&params);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static bool parse(int argc, char **argv, struct options *options)
{
  *options = (struct options){.seconds = 2, .flops = 2047};
  for (int i = 1; i < argc; i++) {
    const char *value = i + 1 < argc ? argv[i + 1] : NULL;
    if (strncmp(argv[i], "--", 2) != 0) {
      options->path = argv[i];
      continue;
    }
    if (!value)
      return false;
    i++;
    if (!strcmp(argv[i - 1], "--set") && options->n_set < MAX_SET)
      options->set[options->n_set++] = value;
    else if (!strcmp(argv[i - 1], "--seconds"))
      options->seconds = strtod(value, NULL);
    else if (!strcmp(argv[i - 1], "--flops"))
      options->flops = strtod(value, NULL);
    else if (!strcmp(argv[i - 1], "--json"))
      options->json = value;
    else
      return false;
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
    fprintf(stderr, "usage: bench_step [CASE.yaml] [--set key=value] [--seconds 2] [--flops 2047] [--json FILE]\n");
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
