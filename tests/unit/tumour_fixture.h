/* Tumours in small boxes, their blocks filled by hand. */
#ifndef HC_TUMOUR_FIXTURE_H
#define HC_TUMOUR_FIXTURE_H

#include "hc_check.h"
#include "tumour.h"

#include <math.h>
#include <string.h>

struct box {
  enum hc_cell_type type;
  double size[3], spacing;
  struct hc_tumour_params tumour;
  struct hc_diffusion_params diffusion;
  struct hc_therapy_params therapy;
  const struct hc_mechanics_params *mechanics; /* or NULL */
  double step;
  const char *splitting;
  struct hc_device *device;
  void (*fill)(struct hc_slab *slab); /* fields of the mesh, regions, other places; or NULL */
};

struct grown {
  struct hc_params *params; /* of the therapy */
  struct hc_mesh *mesh;
  struct hc_fields *fields;
  struct hc_therapy *therapy;
  struct hc_tumour *tumour;
};

/* A cube of voxels, isotropic, nothing done against the tumour. */
static inline struct box box_of(double length, double spacing)
{
  static double middle[3];
  struct box b = {.type = HC_HEXAHEDRON, .size = {length, length, length}, .spacing = spacing, .step = 1};

  for (int k = 0; k < 3; k++)
    middle[k] = length / 2;
  b.splitting = "strang";
  b.diffusion = (struct hc_diffusion_params){.method = HC_RKL2, .mass = HC_MASS_LUMPED};
  b.tumour.diffusivity = 0.1;
  b.tumour.grey = 0.1;
  b.tumour.anisotropy = 1;
  b.tumour.proliferation = 0.05;
  b.tumour.grey_proliferation = 1;
  b.tumour.necrosis = (struct hc_necrosis_params){
      .rate = 0.35, .threshold = 0.5, .sharpness = 50, .consumption = 0.05, .diffusivity = 1.3, .pressure = 40};
  b.tumour.seed.position = (struct hc_reals){3, middle};
  b.tumour.seed.radius = 2;
  b.tumour.seed.density = 0.5;
  return b;
}

/* A bar along x. */
static inline struct box bar_of(double length, double spacing)
{
  struct box b = box_of(length, spacing);
  b.size[1] = b.size[2] = spacing;
  return b;
}

static inline PetscErrorCode grow_try(MPI_Comm comm, const struct box *b, struct grown *g)
{
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};
  struct hc_slab *slab;
  struct hc_tumour_setup setup = {.params = &b->tumour,
                                  .diffusion = &b->diffusion,
                                  .mechanics = b->mechanics,
                                  .step = b->step,
                                  .device = b->device,
                                  .splitting = hc_splittings};

  memset(g, 0, sizeof *g);
  while (strcmp(setup.splitting->name, b->splitting) != 0)
    setup.splitting++;
  ck_call(hc_slab_box(comm, b->type, b->size, b->spacing, &slab));
  if (b->fill)
    b->fill(slab);
  ck_call(hc_mesh_create(slab, &options, &g->mesh));
  ck_call(hc_fields_create(g->mesh, &g->fields));
  ck_call(hc_fields_from_slab(slab, g->fields));
  hc_slab_destroy(&slab);
  ck_call(hc_therapy_create(&b->therapy, b->tumour.seed.time, &g->therapy));
  setup.therapy = g->therapy;
  return hc_tumour_create(g->mesh, g->fields, &setup, &g->tumour);
}

static inline void grow(const struct box *b, struct grown *g)
{
  ck_call(grow_try(PETSC_COMM_WORLD, b, g));
}

static inline void drop(struct grown *g)
{
  hc_tumour_destroy(&g->tumour);
  hc_therapy_destroy(&g->therapy);
  hc_fields_destroy(&g->fields);
  hc_mesh_destroy(&g->mesh);
}

/* Density u(x, t = begin) everywhere. */
static inline void begin_with(struct grown *g, double begin, double (*u)(const double x[3], double t))
{
  const double *species[HC_SPECIES] = {NULL};
  double *values;

  ck_call(PetscMalloc1(g->mesh->n_owned, &values));
  for (int i = 0; i < g->mesh->n_owned; i++)
    values[i] = u(g->mesh->xyz + 3 * (size_t)i, begin);
  species[0] = values;
  ck_call(hc_tumour_begin(g->tumour, begin, species));
  ck_call(PetscFree(values));
}

/* Root mean square and largest difference from u(x, t). */
static inline void compare_with(struct grown *g, double (*u)(const double x[3], double t), double *rms, double *most)
{
  const double *values = hc_tumour_species(g->tumour, 0, false);
  double sums[2] = {0, 0};

  *most = 0;
  for (int i = 0; i < g->mesh->n_owned; i++) {
    const double d = values[i] - u(g->mesh->xyz + 3 * (size_t)i, g->tumour->time);
    sums[0] += g->tumour->volumes[i] * d * d;
    sums[1] += g->tumour->volumes[i];
    *most = fmax(*most, fabs(d));
  }
  MPI_Allreduce(MPI_IN_PLACE, sums, 2, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD);
  MPI_Allreduce(MPI_IN_PLACE, most, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD);
  *rms = sqrt(sums[0] / sums[1]);
}

#endif
