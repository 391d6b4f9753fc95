/* Velocities that are prescribed, or those of the continuum, come out on coarse meshes. Run: ctest -R test_velocity */
#include "hc_check.h"
#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char ttp06[] = "ttp06_epi", fitzhugh_nagumo[] = "fitzhugh_nagumo", manufactured[] = "manufactured",
            mitchell_schaeffer[] = "mitchell_schaeffer";
static char fibre[] = "fibre", sheet[] = "sheet";
static char *axes[] = {fibre, sheet};

/* ---- A bar in which a wave runs along x -------------------------------------------------------------------------- */

struct bar {
  enum hc_cell_type type;
  double length, width, h;
  bool askew;      /* nodes are moved about */
  bool across;     /* the wave runs across the fibres */
  double v[2];     /* prescribed along and across, m/s; 0: conductivities */
  double sigma;    /* S/m, isotropic */
  int correction;  /* of conductivities */
  double mass, dt; /* lumped share; ms */
  char *model;
  struct hc_map parameters;
};

static const struct bar typical = {
    .type = HC_HEXAHEDRON, .length = 10, .v = {0.6, 0.2}, .sigma = 0.1334, .dt = 0.05, .model = ttp06};

/* The blocks of a case. */
struct blocks {
  double direction[3], low[3], high[3], v[2], sigma[1];
  struct hc_fibre_params fibres;
  struct hc_region_params region;
  struct hc_tissue_params tissue;
  struct hc_cells_params entry;
  struct hc_list cells, stimuli;
  struct hc_stimulus_params stimulus;
  struct hc_diffusion_params diffusion;
  struct hc_params *defaults;
  struct hc_monodomain_params params;
};

static void fill(const struct bar *bar, struct blocks *b)
{
  memset(b, 0, sizeof *b);
  b->direction[bar->across ? 1 : 0] = 1;
  b->fibres = (struct hc_fibre_params){.rule = HC_FIBRES_UNIFORM, .direction = {3, b->direction}};
  b->v[0] = bar->v[0];
  b->v[1] = bar->v[1];
  b->sigma[0] = bar->sigma;
  b->region.scale = 1;
  if (bar->v[0] > 0)
    b->region.velocity = (struct hc_map){2, axes, b->v};
  else
    b->region.conductivity = (struct hc_reals){1, b->sigma};
  b->tissue = (struct hc_tissue_params){
      .surface_to_volume = 140, .capacitance = 0.01, .regions = {1, &b->region}, .mesh_correction = bar->correction};
  b->entry = (struct hc_cells_params){.cell = {.model = bar->model, .parameters = bar->parameters}};
  b->cells = (struct hc_list){1, &b->entry};
  for (int k = 0; k < 3; k++) {
    b->low[k] = -1;
    b->high[k] = k == 0 ? fmax(1, 2.2 * bar->h) : 100;
  }
  b->stimulus = (struct hc_stimulus_params){.shape = HC_STIM_BOX,
                                            .min = {3, b->low},
                                            .max = {3, b->high},
                                            .radius = NAN,
                                            .kind = HC_STIM_VOLTAGE,
                                            .amplitude = 0,
                                            .duration = 2};
  b->stimuli = (struct hc_list){1, &b->stimulus};
  ck_call(hc_params_defaults(&hc_diffusion_block, &b->diffusion, &b->defaults));
  b->diffusion.method = HC_CRANK_NICOLSON;
  b->diffusion.mass = bar->mass;
  b->params = (struct hc_monodomain_params){.fibres = &b->fibres,
                                            .tissue = &b->tissue,
                                            .cells = &b->cells,
                                            .stimuli = &b->stimuli,
                                            .diffusion = &b->diffusion,
                                            .splitting = &hc_splittings[0],
                                            .dt = bar->dt};
}

struct heart {
  struct blocks blocks;
  struct hc_mesh *mesh;
  struct hc_fields *fields;
  struct hc_monodomain *model;
};

static double stray(double seed)
{
  const double s = 43758.5453 * sin(seed); /* a number between -1/2 and 1/2 that looks random */
  return s - floor(s) - 0.5;
}

static PetscErrorCode create(MPI_Comm comm, const struct bar *bar, struct heart *heart)
{
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};
  const double width = fmax(bar->width, bar->h);
  struct hc_slab *slab;

  memset(heart, 0, sizeof *heart);
  fill(bar, &heart->blocks);
  ck_call(hc_slab_box(comm, bar->type, (double[]){bar->length, width, width}, bar->h, &slab));
  for (int64_t i = 0; bar->askew && i < hc_slab_nodes(slab); i++) {
    double *x = &slab->xyz[3 * i];
    const double seed = x[0] + 13 * x[1] + 171 * x[2];
    for (int k = 0; k < 3; k++)
      if (!(slab->surface[i] >> 2 * k & 3)) /* faces stay where they are */
        x[k] += 0.5 * bar->h * stray(seed + 0.37 * k);
  }
  ck_call(hc_mesh_create(slab, &options, &heart->mesh));
  hc_slab_destroy(&slab);
  ck_call(hc_fields_create(heart->mesh, &heart->fields));
  return hc_monodomain_create(heart->mesh, heart->fields, &heart->blocks.params, &heart->model);
}

static void destroy(struct heart *heart)
{
  hc_monodomain_destroy(&heart->model);
  hc_fields_destroy(&heart->fields);
  hc_mesh_destroy(&heart->mesh);
  hc_params_destroy(&heart->blocks.defaults);
}

/* Velocity as the inverse slope of activation over x (least squares) between 40 % and 80 % of the bar. */
static double run(struct heart *heart, double length, double threshold, double end)
{
  const struct hc_mesh *mesh = heart->mesh;
  struct hc_clock clock = {.dt = heart->blocks.params.dt};
  double *before, *time, sum[5] = {0};

  ck_call(PetscMalloc1(mesh->n_owned, &before));
  ck_call(PetscMalloc1(mesh->n_owned, &time));
  for (int i = 0; i < mesh->n_owned; i++)
    time[i] = NAN;
  while (hc_clock_time(&clock) < end) {
    memcpy(before, heart->model->v, sizeof(double) * (size_t)mesh->n_owned);
    ck_call(hc_monodomain_step(heart->model, &clock));
    clock.step++;
    for (int i = 0; i < mesh->n_owned; i++) {
      const double v = heart->model->v[i];
      if (isnan(time[i]) && v >= threshold && before[i] < threshold)
        time[i] = hc_clock_time(&clock) - clock.dt * (v - threshold) / (v - before[i]);
    }
  }
  for (int i = 0; i < mesh->n_owned; i++) {
    const double x = mesh->xyz[3 * i];
    if (x < 0.4 * length || x > 0.8 * length)
      continue;
    const double terms[5] = {1, x, time[i], x * x, x * time[i]};
    for (int k = 0; k < 5; k++)
      sum[k] += terms[k];
  }
  MPI_Allreduce(MPI_IN_PLACE, sum, 5, MPI_DOUBLE, MPI_SUM, mesh->comm);
  ck_call(PetscFree(before));
  ck_call(PetscFree(time));
  return (sum[0] * sum[3] - sum[1] * sum[1]) / (sum[0] * sum[4] - sum[1] * sum[2]); /* NAN: not all are activated */
}

static double velocity_of(const struct bar *bar, double expected)
{
  struct heart heart;
  double velocity;

  ck_call(create(PETSC_COMM_WORLD, bar, &heart));
  velocity = run(&heart, bar->length, -30, 1.3 * bar->length / expected);
  destroy(&heart);
  return velocity;
}

static void check(const struct bar *bar, double expected, double tolerance)
{
  const double velocity = velocity_of(bar, expected);

  ck_assert_msg(fabs(velocity - expected) <= tolerance * expected,
                "cells %d, h %g mm, mass %g, across %d, askew %d: %g mm/ms instead of %g", bar->type, bar->h, bar->mass,
                bar->across, bar->askew, velocity, expected);
}

/* ---- Prescribed velocities --------------------------------------------------------------------------------------- */

static const double spacings[] = {0.1, 0.2, 0.35, 0.5};

START_TEST(test_hexahedra)
{
  for (int mass = 0; mass < 2; mass++)
    for (int across = 0; across < 2; across++) {
      struct bar bar = typical;
      bar.h = spacings[_i];
      bar.mass = mass;
      bar.across = across;
      check(&bar, bar.v[across], 0.01);
    }
}
END_TEST

START_TEST(test_simplices)
{
  for (int i = 1; i < 4; i += 2)
    for (int across = 0; across < 2; across++) {
      struct bar bar = typical;
      bar.type = (enum hc_cell_type)_i;
      bar.h = spacings[i];
      bar.width = 2 * bar.h;
      bar.mass = 1;
      bar.across = across;
      check(&bar, bar.v[across], 0.04); /* cells at the boundary see half of the lattice */
    }
}
END_TEST

/* Without order in the mesh, strays included. */
START_TEST(test_irregular_tetrahedra)
{
  for (int across = 0; across < 2; across++) {
    struct bar bar = typical;
    bar.type = HC_TETRAHEDRON;
    bar.askew = true;
    bar.h = 0.4;
    bar.width = 5 * bar.h;
    bar.v[0] = 0.4;
    bar.mass = 1;
    bar.across = across;
    check(&bar, bar.v[across], 0.08); /* 0.19 if strays were left out */
  }
}
END_TEST

/* ---- The continuum ----------------------------------------------------------------------------------------------- */

/* du/dt = D u_xx + k u (1 - u) (u - a) has fronts of velocity sqrt(k D / 2) (1 - 2a) (Murray, Mathematical Biology I,
 * section 13.5, doi:10.1007/b98868): FitzHugh-Nagumo without recovery. The ECG's conductivity tells D = (CV / c0)^2. */
START_TEST(test_continuum)
{
  static char a[] = "a", c1[] = "c1", c2[] = "c2";
  char *keys[] = {a, c1, c2};
  double values[] = {0.1, 2, 0};
  struct bar bar = typical;
  struct heart heart;

  bar.h = 0.5;
  bar.model = fitzhugh_nagumo;
  bar.parameters = (struct hc_map){3, keys, values};
  ck_call(create(PETSC_COMM_WORLD, &bar, &heart));
  for (int c = 0; c < heart.mesh->n_cells_local; c++)
    ck_assert_double_eq_tol(0.6 / sqrt(heart.model->intracellular[6 * c] / 1.4), 0.8, 1e-3);
  destroy(&heart);
}
END_TEST

/* mesh_correction: the same velocity on every mesh, which is that of a fine mesh and a short step without it. */
START_TEST(test_correction)
{
  struct bar bar = typical;
  double fine;

  bar.v[0] = 0;
  bar.h = 0.05;
  bar.dt = 0.01;
  bar.length = 6;
  fine = velocity_of(&bar, 0.6);
  bar.length = 10;
  bar.dt = 0.05;
  bar.correction = HC_CORRECT_VELOCITY;
  for (int i = 0; i < 4; i++) {
    bar.h = spacings[i];
    check(&bar, fine, 0.02);
  }
}
END_TEST

/* Factors go to 1 as mesh and step do, with a lumped mass from above with the square of h. */
START_TEST(test_fine)
{
  struct bar bar = typical;
  struct heart heart;
  double factor[3];

  bar.v[0] = 0;
  bar.sigma = 1.4;
  bar.correction = HC_CORRECT_VELOCITY;
  bar.model = mitchell_schaeffer;
  bar.mass = 1;
  bar.dt = 0.005;
  for (int i = 0; i < 3; i++) {
    bar.h = 0.6 / (1 << i);
    ck_call(create(PETSC_COMM_WORLD, &bar, &heart));
    factor[i] = heart.model->factors->mean[0];
    destroy(&heart);
  }
  ck_assert_double_eq_tol(factor[2], 1, 0.01);
  ck_assert_double_gt(factor[2], 0.999);
  ck_assert_double_eq_tol((factor[0] - factor[1]) / (factor[1] - factor[2]), 4, 0.4);
}
END_TEST

/* ---- The store --------------------------------------------------------------------------------------------------- */

static char folder[PETSC_MAX_PATH_LEN];

/* Rank 0's file in the store: how many there are, and the path of one. */
static int stored(char *path, size_t size)
{
  char line[PETSC_MAX_PATH_LEN], command[PETSC_MAX_PATH_LEN + 32];
  int n = 0;

  snprintf(command, sizeof command, "ls '%s'/*.json 2> /dev/null", folder);
  FILE *list = popen(command, "r");
  while (fgets(line, sizeof line, list)) {
    line[strcspn(line, "\n")] = '\0';
    if (path)
      snprintf(path, size, "%s", line);
    n++;
  }
  pclose(list);
  return n;
}

static void empty_store(void)
{
  char path[PETSC_MAX_PATH_LEN];

  MPI_Barrier(PETSC_COMM_WORLD);
  while (stored(path, sizeof path) > 0 && unlink(path) == 0)
    continue;
  MPI_Barrier(PETSC_COMM_WORLD);
}

static double factor_of(MPI_Comm comm)
{
  struct bar bar = typical;
  struct heart heart;
  double factor;

  bar.h = 0.5;
  bar.model = mitchell_schaeffer;
  ck_call(create(comm, &bar, &heart));
  factor = heart.model->factors->min[1];
  destroy(&heart);
  return factor;
}

static void damage(const char *path, int how)
{
  FILE *file = fopen(path, "r+");
  char text[4096];
  size_t n;

  ck_assert_ptr_nonnull(file);
  n = fread(text, 1, sizeof text - 1, file);
  text[n] = '\0';
  fclose(file);
  file = fopen(path, "w");
  if (how == 0)
    n = n / 2; /* cut */
  else if (how == 1)
    strchr(strchr(text, '['), '.')[1] ^= 1; /* a digit */
  else
    n = 0;
  fwrite(text, 1, n, file);
  fclose(file);
}

/* What is read back is what was measured, on any number of ranks; what is damaged is measured again. */
START_TEST(test_store)
{
  char path[PETSC_MAX_PATH_LEN];
  double measured, read;
  int rank;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  empty_store();
  measured = factor_of(PETSC_COMM_WORLD);
  ck_assert_int_eq(stored(path, sizeof path), 2); /* the continuum's velocity and the curve */
  read = factor_of(PETSC_COMM_WORLD);
  ck_assert(measured == read);
  for (int how = 0; how < 3; how++) {
    MPI_Barrier(PETSC_COMM_WORLD);
    if (rank == 0)
      damage(path, how);
    MPI_Barrier(PETSC_COMM_WORLD);
    read = factor_of(PETSC_COMM_WORLD);
    ck_assert(measured == read);
  }
  empty_store();
  read = factor_of(PETSC_COMM_SELF); /* each rank for itself */
  ck_assert(measured == read);
}
END_TEST

START_TEST(test_no_store)
{
  const double stored_one = factor_of(PETSC_COMM_WORLD);
  double other;

  setenv("HEALTHCAST_CACHE", "/proc/no/such/place", 1);
  other = factor_of(PETSC_COMM_WORLD);
  ck_assert(stored_one == other);
  setenv("HEALTHCAST_CACHE", folder, 1);
}
END_TEST

/* ---- Errors ------------------------------------------------------------------------------------------------------ */

START_TEST(test_refused)
{
  struct bar bar = typical;
  struct heart heart;

  bar.h = 0.5;
  bar.model = manufactured;
  ck_call_fails(create(PETSC_COMM_WORLD, &bar, &heart), HC_ERR_INPUT,
                "no wave runs through manufactured (with these parameters, in steps of 0.05 ms), so that cell 0 of the "
                "mesh cannot be given a velocity; allowed there: conductivities without mesh_correction");
  ck_assert_ptr_null(heart.model);
  destroy(&heart);
  bar = typical;
  bar.h = 0.5;
  bar.v[1] = 0.001;
  ck_call_fails(create(PETSC_COMM_WORLD, &bar, &heart), HC_ERR_INPUT, "is too coarse for so slow a wave");
  destroy(&heart);
}
END_TEST

/* A store of this test's own. */
static void make_folder(void)
{
  int rank;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  snprintf(folder, sizeof folder, "/tmp/healthcast-test-XXXXXX");
  if (rank == 0)
    ck_assert_ptr_nonnull(mkdtemp(folder));
  MPI_Bcast(folder, sizeof folder, MPI_CHAR, 0, PETSC_COMM_WORLD);
  setenv("HEALTHCAST_CACHE", folder, 1);
}

static void remove_folder(void)
{
  empty_store();
  (void)rmdir(folder);
}

static Suite *suite(void)
{
  Suite *s = suite_create("velocity");
  TCase *t = tcase_create("velocity");
  tcase_set_timeout(t, 300);
  tcase_add_unchecked_fixture(t, make_folder, remove_folder);
  tcase_add_loop_test(t, test_hexahedra, 0, 4);
  tcase_add_loop_test(t, test_simplices, HC_TRIANGLE, HC_TETRAHEDRON + 1);
  tcase_add_test(t, test_irregular_tetrahedra);
  tcase_add_test(t, test_continuum);
  tcase_add_test(t, test_correction);
  tcase_add_test(t, test_fine);
  tcase_add_test(t, test_store);
  tcase_add_test(t, test_no_store);
  tcase_add_test(t, test_refused);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
