/* A mesh with an observer on it, described by YAML: shared by the tests of observe. */
#ifndef TEST_OBSERVE_CASE_H
#define TEST_OBSERVE_CASE_H

#include "hc_check.h"
#include "observe.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

struct bench {
  struct hc_mesh *mesh;
  double *sigma; /* isotropic, 1 S/m */
  struct hc_observe_params params;
  struct hc_params *tree;
};

static void bench_mesh(struct bench *bench, enum hc_cell_type type, double a, double b, double c, double spacing)
{
  const double size[3] = {a, b, c};
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};
  struct hc_slab *slab;
  memset(bench, 0, sizeof *bench);
  ck_call(hc_slab_box(PETSC_COMM_WORLD, type, size, spacing, &slab));
  ck_call(hc_mesh_create(slab, &options, &bench->mesh));
  hc_slab_destroy(&slab);
  ck_call(PetscCalloc1(6 * (size_t)bench->mesh->n_cells_local, &bench->sigma));
  for (int i = 0; i < bench->mesh->n_cells_local; i++)
    bench->sigma[6 * i] = bench->sigma[6 * i + 1] = bench->sigma[6 * i + 2] = 1.;
}

/* Read the block `observe` from text; the path is the same on every rank. */
static void bench_params(struct bench *bench, const char *text)
{
  char path[64] = "/tmp/hc_observe_XXXXXX";
  int rank;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (rank == 0) {
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
  }
  MPI_Bcast(path, (int)sizeof path, MPI_CHAR, 0, PETSC_COMM_WORLD);
  hc_params_destroy(&bench->tree);
  ck_call(hc_params_read(PETSC_COMM_WORLD, path, 0, NULL, &hc_observe_block, &bench->params, &bench->tree));
  if (rank == 0)
    unlink(path);
}

static PetscErrorCode bench_observe(struct bench *bench, double dt, struct hc_observe **observe)
{
  return hc_observe_create(bench->mesh, bench->sigma, dt, &bench->params, observe);
}

static void bench_destroy(struct bench *bench)
{
  hc_params_destroy(&bench->tree);
  hc_mesh_destroy(&bench->mesh);
  ck_call(PetscFree(bench->sigma));
}

#endif
