/* What the convergence tests share: a box with its matrices, norms and observed orders. */
#ifndef HC_MMS_H
#define HC_MMS_H

#include "diffusion.h"
#include "hc_check.h"

#include <math.h>
#include <string.h>

struct mms_box {
  struct hc_mesh *mesh;
  struct hc_pattern *pattern;
  double *volumes; /* owned nodes */
  double *v;       /* owned nodes, zero */
  struct hc_diffusion *diffusion;
};

static inline struct hc_mesh *mms_mesh(MPI_Comm comm, enum hc_cell_type type, const double size[3], double spacing)
{
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};
  struct hc_slab *slab;
  struct hc_mesh *mesh;

  ck_call(hc_slab_box(comm, type, size, spacing, &slab));
  ck_call(hc_mesh_create(slab, &options, &mesh));
  hc_slab_destroy(&slab);
  return mesh;
}

/* tensor: the same six numbers in every cell, mm2/ms. */
static inline void mms_create(struct mms_box *box, enum hc_cell_type type, const double size[3], double spacing,
                              const double tensor[6], int method, double mass, int n_dt, const double *dt)
{
  /* An upstroke so slow that the adapted correction does not happen to cancel the error of second order. */
  const struct hc_diffusion_params params = {
      .method = method, .mass = mass, .upstroke = 10, .tolerance = 1e-12, .max_iterations = 1000};
  double *tensors;

  box->mesh = mms_mesh(PETSC_COMM_WORLD, type, size, spacing);
  ck_call(hc_fe_pattern(box->mesh, &box->pattern));
  ck_call(PetscMalloc1(box->mesh->n_owned, &box->volumes));
  ck_call(hc_fe_volumes(box->mesh, box->volumes));
  ck_call(PetscCalloc1(box->mesh->n_owned, &box->v));
  ck_call(PetscMalloc1((size_t)6 * box->mesh->n_cells_local, &tensors));
  for (int c = 0; c < box->mesh->n_cells_local; c++)
    memcpy(tensors + (size_t)6 * c, tensor, 6 * sizeof(double));
  ck_call(hc_diffusion_create(box->mesh, box->pattern, tensors, &params, n_dt, dt, NULL, &box->diffusion));
  ck_call(PetscFree(tensors));
}

static inline void mms_destroy(struct mms_box *box)
{
  hc_diffusion_destroy(&box->diffusion);
  hc_fe_pattern_destroy(&box->pattern);
  ck_call(PetscFree(box->volumes));
  ck_call(PetscFree(box->v));
  hc_mesh_destroy(&box->mesh);
}

/* L2 norm of the difference of two nodal functions, by nodal quadrature. */
static inline double mms_distance(const struct hc_mesh *mesh, const double *volumes, const double *a, const double *b)
{
  double sum = 0;

  for (int i = 0; i < mesh->n_owned; i++)
    sum += volumes[i] * (a[i] - b[i]) * (a[i] - b[i]);
  MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, mesh->comm);
  return sqrt(sum);
}

/* Observed order between two errors at parameters in the ratio `ratio`. */
static inline double mms_order(double coarse, double fine, double ratio)
{
  return log(coarse / fine) / log(ratio);
}

#endif
