/* How long it takes, and how much memory, to get a mesh ready for solving: read, check, partition, migrate, assemble.
 *
 *   mpiexec -n 2 bench_setup [n] [metis|ptscotch|curve] [file]
 *
 * A cube of n x n x n lattice cells, six tetrahedra each (n = 127: 2.1 M nodes, 12.3 M tetrahedra). With a file the
 * mesh is written to it first if it is not there; run again to measure reading alone. Prints seconds a phase (the
 * slowest rank's) and the peak resident memory of each rank and in sum. */
#include "fe.h"
#include "meshio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum phase { READ, CHECK, PARTITION, DISTRIBUTE, PATTERN, STIFFNESS, MASS, N_PHASES };

static struct hc_timer timers[N_PHASES] = {
    [READ] = {.name = "slab (read or make)"},
    [CHECK] = {.name = "check"},
    [PARTITION] = {.name = "partition"},
    [DISTRIBUTE] = {.name = "migrate, number, halo"},
    [PATTERN] = {.name = "pattern"},
    [STIFFNESS] = {.name = "stiffness"},
    [MASS] = {.name = "mass"},
};

static PetscErrorCode get_slab(int n, const char *path, struct hc_slab **slab)
{
  const double side = n, sides[3] = {side, side, side};

  PetscFunctionBeginUser;
  if (path && access(path, R_OK)) {
    PetscCall(hc_slab_box(PETSC_COMM_WORLD, HC_TETRAHEDRON, sides, 1, slab));
    PetscCall(hc_meshio_write(*slab, path));
    hc_slab_destroy(slab);
  }
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  hc_timer_start(&timers[READ]);
  if (path)
    PetscCall(hc_meshio_read(PETSC_COMM_WORLD, path, 0, slab));
  else
    PetscCall(hc_slab_box(PETSC_COMM_WORLD, HC_TETRAHEDRON, sides, 1, slab));
  hc_timer_stop(&timers[READ]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The partition is made by itself, then used as a stored one, so that both steps are timed. */
static PetscErrorCode distribute(struct hc_slab *slab, enum hc_partitioner partitioner, struct hc_mesh **mesh)
{
  struct hc_mesh_options options = {partitioner, 1, NULL};
  int size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  hc_timer_start(&timers[PARTITION]);
  PetscCall(PetscMalloc1(hc_slab_nodes(slab), &slab->part));
  PetscCall(hc_slab_partition(slab, &options, size, slab->part));
  hc_timer_stop(&timers[PARTITION]);
  hc_timer_start(&timers[DISTRIBUTE]);
  slab->n_parts = size;
  options.partitioner = HC_PART_STORED;
  PetscCall(hc_mesh_create(slab, &options, mesh));
  hc_timer_stop(&timers[DISTRIBUTE]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode assemble(const struct hc_mesh *mesh)
{
  struct hc_pattern *pattern;
  double *tensor, *stiffness, *mass;

  PetscFunctionBeginUser;
  hc_timer_start(&timers[PATTERN]);
  PetscCall(hc_fe_pattern(mesh, &pattern));
  hc_timer_stop(&timers[PATTERN]);
  PetscCall(PetscCalloc1(6 * (int64_t)mesh->n_cells_local, &tensor));
  for (int64_t c = 0; c < mesh->n_cells_local; c++)
    tensor[6 * c] = tensor[6 * c + 1] = tensor[6 * c + 2] = 1;
  PetscCall(PetscMalloc1(pattern->row[pattern->n_rows], &stiffness));
  PetscCall(PetscMalloc1(pattern->row[pattern->n_rows], &mass));
  hc_timer_start(&timers[STIFFNESS]);
  PetscCall(hc_fe_stiffness(mesh, pattern, tensor, stiffness));
  hc_timer_stop(&timers[STIFFNESS]);
  hc_timer_start(&timers[MASS]);
  PetscCall(hc_fe_mass(mesh, pattern, 0, mass));
  hc_timer_stop(&timers[MASS]);
  PetscCall(PetscFree(tensor));
  PetscCall(PetscFree(stiffness));
  PetscCall(PetscFree(mass));
  hc_fe_pattern_destroy(&pattern);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode report(const struct hc_mesh *mesh)
{
  struct rusage usage;
  double seconds, total = 0, peak, *peaks;

  PetscFunctionBeginUser;
  for (int p = 0; p < N_PHASES; p++) {
    PetscCall(hc_timer_max(PETSC_COMM_WORLD, &timers[p], &seconds));
    total += seconds;
    PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%-22s %8.2f s\n", timers[p].name, seconds));
  }
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%-22s %8.2f s\n", "sum", total));
  getrusage(RUSAGE_SELF, &usage);
  peak = (double)usage.ru_maxrss / 1024;
  PetscCall(PetscMalloc1(mesh->size, &peaks));
  PetscCallMPI(MPI_Gather(&peak, 1, MPI_DOUBLE, peaks, 1, MPI_DOUBLE, 0, PETSC_COMM_WORLD));
  total = 0;
  for (int r = 0; mesh->rank == 0 && r < mesh->size; r++) {
    PetscCall(PetscPrintf(PETSC_COMM_SELF, "rank %d peak            %8.0f MiB\n", r, peaks[r]));
    total += peaks[r];
  }
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "peaks in sum           %8.0f MiB\n", total));
  PetscCall(PetscFree(peaks));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode bench(int n, enum hc_partitioner partitioner, const char *path)
{
  struct hc_slab *slab;
  struct hc_mesh *mesh;
  int64_t repaired;

  PetscFunctionBeginUser;
  PetscCall(get_slab(n, path, &slab));
  PetscCall(
      PetscPrintf(PETSC_COMM_WORLD, "%lld nodes, %lld cells\n", (long long)slab->n_nodes, (long long)slab->n_cells));
  hc_timer_start(&timers[CHECK]);
  PetscCall(hc_slab_check(slab, "bench", &repaired));
  hc_timer_stop(&timers[CHECK]);
  PetscCall(distribute(slab, partitioner, &mesh));
  hc_slab_destroy(&slab);
  PetscCall(assemble(mesh));
  PetscCall(report(mesh));
  hc_mesh_destroy(&mesh);
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  int code = EXIT_SUCCESS;

  if (PetscInitialize(&argc, &argv, NULL, NULL))
    return EXIT_FAILURE;
  const int n = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 127;
  const char *name = argc > 2 ? argv[2] : "metis";
  const enum hc_partitioner partitioner = !strcmp(name, "curve")      ? HC_PART_CURVE
                                          : !strcmp(name, "ptscotch") ? HC_PART_PTSCOTCH
                                                                      : HC_PART_METIS;
  if (bench(n, partitioner, argc > 3 ? argv[3] : NULL))
    code = EXIT_FAILURE;
  if (PetscFinalize())
    return EXIT_FAILURE;
  return code;
}
