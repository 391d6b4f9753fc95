/* A twin that others drive. */
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Building ---------------------------------------------------------------------------------------------------- */

static PetscErrorCode distribute(struct hc_growth *growth, const struct hc_slab *slab)
{
  const struct hc_mesh_params *mesh = &growth->tumour_case->mesh;
  const struct hc_mesh_options options = {.partitioner = (enum hc_partitioner)mesh->partitioner, .seed = mesh->seed};

  PetscFunctionBeginUser;
  PetscCheck(options.partitioner != HC_PART_STORED || slab->n_parts > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: the mesh has no stored partition for this number of ranks; allowed: metis, ptscotch or curve",
             hc_params_place(mesh->params, &mesh->partitioner));
  PetscCall(hc_mesh_create(slab, &options, &growth->mesh));
  PetscCall(hc_fields_create(growth->mesh, &growth->fields));
  PetscCall(hc_fields_from_slab(slab, growth->fields));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode make_mesh(MPI_Comm comm, struct hc_growth *growth)
{
  const struct hc_growth_case *c = growth->tumour_case;
  struct hc_slab *slab;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  if (hc_growth_has_anatomy(c))
    PetscCall(hc_anatomy_create(comm, &c->anatomy, &slab, &growth->anatomy));
  else
    PetscCall(hc_domain_slab(comm, &c->mesh, &slab, &growth->repaired));
  code = distribute(growth, slab);
  hc_slab_destroy(&slab); /* before the matrices: the two never need memory together */
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of one value a voxel. */
static PetscErrorCode read_image(struct hc_growth *growth, const char *place, const char *path, struct hc_image **image)
{
  char where[512];

  PetscFunctionBeginUser;
  snprintf(where, sizeof where, "%s", place);
  PetscCall(hc_image_read(growth->mesh->comm, path, image));
  if ((*image)->n_comp != 1) {
    const int n_comp = (*image)->n_comp;
    hc_image_destroy(image);
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s has %d values a voxel; allowed: 1", where, path, n_comp);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* At least one owned node of some rank must have a number above 0. */
static PetscErrorCode check_place(struct hc_growth *growth, const char *place, const char *path,
                                  const struct hc_image *image, const double *values)
{
  const struct hc_mesh *mesh = growth->mesh;
  double *at;
  int64_t inside = 0;
  int found = 0;

  PetscFunctionBeginUser;
  for (int i = 0; i < mesh->n_owned && !found; i++)
    found = values[i] > 0;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &found, 1, MPI_INT, MPI_MAX, mesh->comm));
  if (found)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(mesh->n_owned, &at));
  hc_image_sample(image, HC_NEAREST, mesh->n_owned, mesh->xyz, 0, at, &inside);
  PetscCall(PetscFree(at));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &inside, 1, MPI_INT64_T, MPI_SUM, mesh->comm));
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT,
          "%s: %s is off the anatomy: %.3g %% of the tissue lie in it, and all of that is zero; allowed: an image "
          "with the tumour's part of the anatomy in it",
          place, path, 100. * (double)inside / (double)mesh->n_nodes);
}

/* An image at the owned nodes. */
static PetscErrorCode sample(struct hc_growth *growth, const char *place, const char *path, enum hc_interpolation how,
                             double **values)
{
  struct hc_image *image;
  PetscErrorCode code;
  char where[512];

  PetscFunctionBeginUser;
  snprintf(where, sizeof where, "%s", place);
  PetscCall(read_image(growth, where, path, &image));
  PetscCall(PetscMalloc1(growth->mesh->n_owned, values));
  hc_image_sample(image, how, growth->mesh->n_owned, growth->mesh->xyz, 0, *values, NULL);
  code = check_place(growth, where, path, image, *values);
  hc_image_destroy(&image);
  if (code)
    PetscCall(PetscFree(*values));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of this rank. */
static PetscErrorCode check_doses(const struct hc_mesh *mesh, const char *place, const char *path, const double *doses)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < mesh->n_owned; i++)
    PetscCheck(doses[i] >= 0 && isfinite(doses[i]), PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: %s: found %.6g Gy at [%.6g, %.6g, %.6g] mm; allowed: doses from 0 on", place, path, doses[i],
               mesh->xyz[3 * (size_t)i], mesh->xyz[3 * (size_t)i + 1], mesh->xyz[3 * (size_t)i + 2]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_maps(struct hc_growth *growth)
{
  const struct hc_therapy_params *therapy = &growth->tumour_case->therapy;
  const struct hc_radiotherapy_params *courses = therapy->radiotherapy.items;
  const struct hc_surgery_params *resections = therapy->surgery.items;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(therapy->radiotherapy.n, &growth->maps));
  PetscCall(PetscCalloc1(therapy->surgery.n, &growth->masks));
  for (int i = 0; i < therapy->radiotherapy.n; i++)
    if (courses[i].map) {
      PetscCall(sample(growth, hc_params_place(courses[i].params, &courses[i].map), courses[i].map, HC_LINEAR,
                       &growth->maps[i]));
      PetscCall(hc_error_agree(growth->mesh->comm,
                               check_doses(growth->mesh, hc_params_place(courses[i].params, &courses[i].map),
                                           courses[i].map, growth->maps[i])));
      growth->tumour->maps[i] = growth->maps[i];
    }
  for (int i = 0; i < therapy->surgery.n; i++)
    if (resections[i].mask) {
      PetscCall(sample(growth, hc_params_place(resections[i].params, &resections[i].mask), resections[i].mask,
                       HC_NEAREST, &growth->masks[i]));
      growth->tumour->masks[i] = growth->masks[i];
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode build(MPI_Comm comm, struct hc_growth *growth)
{
  const struct hc_growth_case *c = growth->tumour_case;
  struct hc_tumour_setup setup;

  PetscFunctionBeginUser;
  PetscCall(make_mesh(comm, growth));
  PetscCall(hc_therapy_create(&c->therapy, c->tumour.seed.time, &growth->therapy));
  setup = (struct hc_tumour_setup){.params = &c->tumour,
                                   .diffusion = &c->diffusion,
                                   .mechanics = &c->mechanics,
                                   .therapy = growth->therapy,
                                   .splitting = &hc_splittings[c->time.splitting],
                                   .step = c->time.step,
                                   .device = growth->device};
  PetscCall(hc_tumour_create(growth->mesh, growth->fields, &setup, &growth->tumour));
  PetscCall(read_maps(growth));
  PetscCall(hc_tumour_seed(growth->tumour));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_growth_create(MPI_Comm comm, const struct hc_growth_case *tumour_case, struct hc_device *device,
                                struct hc_growth **growth)
{
  const double start = MPI_Wtime();
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(growth));
  (*growth)->tumour_case = tumour_case;
  (*growth)->device = device;
  code = build(comm, *growth);
  if (code)
    hc_growth_destroy(growth);
  PetscCall(code);
  (*growth)->setup_seconds = MPI_Wtime() - start;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_growth_destroy(struct hc_growth **growth)
{
  struct hc_growth *g = growth ? *growth : NULL;

  if (!g)
    return;
  for (int i = 0; g->maps && i < g->tumour_case->therapy.radiotherapy.n; i++)
    (void)PetscFree(g->maps[i]);
  for (int i = 0; g->masks && i < g->tumour_case->therapy.surgery.n; i++)
    (void)PetscFree(g->masks[i]);
  (void)PetscFree(g->maps);
  (void)PetscFree(g->masks);
  hc_tumour_destroy(&g->tumour);
  hc_therapy_destroy(&g->therapy);
  hc_fields_destroy(&g->fields);
  hc_mesh_destroy(&g->mesh);
  (void)PetscFree(*growth);
}

/* ---- Parameters -------------------------------------------------------------------------------------------------- */

static PetscErrorCode unknown(const char *name)
{
  static const char *const therapy[] = {"alpha", "alpha_beta", "kill", "immunity"};
  const char *names[64], *nearest;
  int n = 0;

  PetscFunctionBeginUser;
  for (int i = 0; hc_tumour_names[i]; i++)
    names[n++] = hc_tumour_names[i];
  for (size_t i = 0; i < sizeof therapy / sizeof therapy[0]; i++)
    names[n++] = therapy[i];
  nearest = hc_params_nearest(name, n, names);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT,
          "%s: no parameter of this tumour or its treatments%s%s%s; allowed: diffusivity, grey, proliferation, "
          "necrosis.KEY, seed.x, seed.y, seed.z, seed.radius, seed.density, seed.time, coupling and damping (with "
          "mechanics), alpha, alpha_beta, kill, "
          "immunity, and NAME.KEY of a treatment with a name",
          name, nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
}

PetscErrorCode hc_growth_set(struct hc_growth *growth, const char *name, double value)
{
  bool found;

  PetscFunctionBeginUser;
  PetscCall(hc_tumour_set(growth->tumour, name, value, &found));
  if (!found)
    PetscCall(hc_therapy_set(growth->therapy, name, value, &found));
  if (!found)
    PetscCall(unknown(name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_growth_get(const struct hc_growth *growth, const char *name, double *value)
{
  bool found;

  PetscFunctionBeginUser;
  PetscCall(hc_tumour_get(growth->tumour, name, value, &found));
  if (!found)
    PetscCall(hc_therapy_get(growth->therapy, name, value, &found));
  if (!found)
    PetscCall(unknown(name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Driving ----------------------------------------------------------------------------------------------------- */

PetscErrorCode hc_growth_restart(struct hc_growth *growth)
{
  PetscFunctionBeginUser;
  PetscCall(hc_tumour_seed(growth->tumour));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_growth_restart_from(struct hc_growth *growth, double time, const double *u)
{
  const double *species[HC_SPECIES] = {u};

  PetscFunctionBeginUser;
  PetscCall(hc_tumour_begin(growth->tumour, time, species));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_growth_run(struct hc_growth *growth, double time)
{
  PetscFunctionBeginUser;
  PetscCall(hc_tumour_advance(growth->tumour, time));
  PetscFunctionReturn(PETSC_SUCCESS);
}

double hc_growth_time(const struct hc_growth *growth)
{
  return growth->tumour->time;
}

const double *hc_growth_density(struct hc_growth *growth)
{
  return hc_tumour_species(growth->tumour, 0, false);
}

PetscErrorCode hc_growth_burden(struct hc_growth *growth, double *burden)
{
  PetscFunctionBeginUser;
  PetscCall(hc_tumour_burden(growth->tumour, 0, burden));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_growth_volume(struct hc_growth *growth, double threshold, double *volume)
{
  PetscFunctionBeginUser;
  PetscCall(hc_tumour_volumes(growth->tumour, 0, 1, &threshold, volume));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_growth_dice(struct hc_growth *growth, double threshold, const double *mask, double *dice)
{
  PetscFunctionBeginUser;
  PetscCall(hc_tumour_dice(growth->tumour, threshold, mask, dice));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Means of the cells' values around each owned node, all of whose cells this rank has. */
static PetscErrorCode at_nodes(const struct hc_mesh *mesh, const double *cell, double *node)
{
  const int n = hc_cell_nodes(mesh->type);
  int *count;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(mesh->n_owned, &count));
  PetscCall(PetscArrayzero(node, mesh->n_owned));
  for (int c = 0; c < mesh->n_cells_local; c++)
    for (int k = 0; k < n; k++) {
      const int i = mesh->cells[(size_t)n * (size_t)c + (size_t)k];
      if (i < mesh->n_owned) {
        node[i] += cell[c];
        count[i]++;
      }
    }
  for (int i = 0; i < mesh->n_owned; i++)
    node[i] /= PetscMax(count[i], 1);
  PetscCall(PetscFree(count));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_growth_mask(struct hc_growth *growth, const char *place, const char *path,
                              const struct hc_ints *labels, double **mask)
{
  const struct hc_mesh *mesh = growth->mesh;
  struct hc_image *image;
  double *fraction;
  PetscErrorCode code;
  char where[512];

  PetscFunctionBeginUser;
  snprintf(where, sizeof where, "%s", place);
  PetscCall(read_image(growth, where, path, &image));
  PetscCall(PetscMalloc1(mesh->n_owned, mask));
  PetscCall(PetscMalloc1(mesh->n_cells_local, &fraction));
  code = hc_image_cell_fraction(image, mesh, labels->n, labels->v, fraction);
  if (!code)
    code = at_nodes(mesh, fraction, *mask);
  if (!code)
    code = check_place(growth, where, path, image, *mask);
  hc_image_destroy(&image);
  PetscCall(PetscFree(fraction));
  if (code)
    PetscCall(PetscFree(*mask));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
