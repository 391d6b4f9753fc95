#include "hc_check.h"
#include "source.h"

#include <math.h>

/* A box of 4 x 2 x 1 mm in cubes of 0.5 mm: 9 x 5 x 3 nodes. The cells in x > 3 mm have region 2. */
static struct hc_mesh *make_mesh(void)
{
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};
  struct hc_slab *slab;
  struct hc_mesh *mesh;
  int rank, size;

  ck_call(hc_slab_box(PETSC_COMM_WORLD, HC_HEXAHEDRON, (double[]){4, 2, 1}, 0.5, &slab));
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  for (int64_t c = 0; c < hc_slab_cells(slab); c++) {
    const int64_t number = hc_slab_start(slab->n_cells, rank, size) + c;
    slab->region[c] = number % 8 >= 6 ? 2 : 1; /* 8 cells along x */
  }
  ck_call(hc_mesh_create(slab, &options, &mesh));
  hc_slab_destroy(&slab);
  return mesh;
}

static struct hc_stimulus_params empty(int shape)
{
  const struct hc_stimulus_params params = {
      .shape = shape, .radius = NAN, .kind = HC_STIM_CURRENT, .amplitude = 50, .start = 1, .duration = 2};
  return params;
}

static struct hc_reals three(double *values)
{
  return (struct hc_reals){3, values};
}

static struct hc_stimulus_params box(double *min, double *max)
{
  struct hc_stimulus_params params = empty(HC_STIM_BOX);

  params.min = three(min);
  params.max = three(max);
  return params;
}

/* Nodes of a stimulus, and that they are the right ones: the sum of their file numbers. */
static void check_selection(const struct hc_stimulus_params *params, int64_t n_nodes, int64_t sum)
{
  struct hc_mesh *mesh = make_mesh();
  struct hc_source *source;
  double *current;
  bool active;
  int64_t found = 0;

  ck_call(hc_source_create(mesh, 1, params, 0.5, &source));
  ck_assert_int_eq(hc_source_nodes(source, 0), n_nodes);
  ck_call(PetscCalloc1(mesh->n_owned, &current));
  ck_call(hc_source_current(source, 1, 0.1, current, &active));
  ck_assert(active);
  for (int i = 0; i < mesh->n_owned; i++) {
    ck_assert(current[i] == 0 || fabs(current[i] - 25) < 1e-9);
    found += current[i] != 0 ? mesh->file_node[i] : 0;
  }
  MPI_Allreduce(MPI_IN_PLACE, &found, 1, MPI_INT64_T, MPI_SUM, PETSC_COMM_WORLD);
  ck_assert_int_eq(found, sum);
  ck_call(PetscFree(current));
  hc_source_destroy(&source);
  ck_assert_ptr_null(source);
  hc_mesh_destroy(&mesh);
}

START_TEST(a_box_includes_its_boundary)
{
  /* Lattice nodes (0..1, 0..1, 0) have numbers 0, 1, 9, 10; the corner is off by less than the tolerance. */
  const struct hc_stimulus_params params = box((double[]){-1, -1, -1}, (double[]){0.5 - 1e-10, 0.5, 0.2});
  check_selection(&params, 4, 0 + 1 + 9 + 10);
}
END_TEST

START_TEST(a_sphere_includes_its_boundary)
{
  struct hc_stimulus_params params = empty(HC_STIM_SPHERE);

  params.centre = three((double[]){2, 1, 0});
  params.radius = 0.5;
  check_selection(&params, 6, 22 + 21 + 23 + 13 + 31 + 67);
}
END_TEST

START_TEST(a_region_has_the_nodes_of_its_cells)
{
  struct hc_stimulus_params params = empty(HC_STIM_REGION);
  int64_t sum = 0;

  for (int64_t yz = 0; yz < 15; yz++)
    sum += 3 * 9 * yz + 6 + 7 + 8;
  params.tags = (struct hc_ints){1, (int64_t[]){2}};
  check_selection(&params, 45, sum);
}
END_TEST

START_TEST(surfaces_may_share_nodes)
{
  struct hc_stimulus_params params = empty(HC_STIM_SURFACE);
  int64_t sum = 0;

  /* x min (1) and y min (3) meet in an edge, whose nodes count once. */
  for (int64_t z = 0; z < 3; z++) {
    for (int64_t x = 0; x < 9; x++)
      sum += x + 45 * z;
    for (int64_t y = 1; y < 5; y++)
      sum += 9 * y + 45 * z;
  }
  params.tags = (struct hc_ints){2, (int64_t[]){3, 1}};
  check_selection(&params, 3 * 9 + 3 * 4, sum);
}
END_TEST

START_TEST(nodes_are_numbered_as_in_the_file)
{
  struct hc_stimulus_params params = empty(HC_STIM_NODES);

  params.nodes = (struct hc_ints){4, (int64_t[]){134, 7, 60, 7}};
  check_selection(&params, 3, 134 + 7 + 60);
}
END_TEST

/* ---- Time ------------------------------------------------------------------------------------------------------ */

/* mV that one node gets over [0, end] in steps of dt. */
static double charge(const struct hc_stimulus_params *params, double end, double dt)
{
  struct hc_mesh *mesh = make_mesh();
  struct hc_source *source;
  double *current, sum = 0;
  const int n = (int)round(end / dt);

  ck_call(hc_source_create(mesh, 1, params, 1, &source));
  ck_call(PetscCalloc1(mesh->n_owned, &current));
  for (int i = 0; i < n; i++) {
    bool active;
    ck_call(hc_source_current(source, i * dt, dt, current, &active));
    for (int k = 0; k < mesh->n_owned && active; k++)
      sum += mesh->file_node[k] == 0 ? current[k] * dt : 0;
  }
  MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD);
  ck_call(PetscFree(current));
  hc_source_destroy(&source);
  hc_mesh_destroy(&mesh);
  return sum;
}

START_TEST(charge_does_not_depend_on_the_step)
{
  static const double steps[] = {0.05, 0.03, 0.7, 1, 30};
  struct hc_stimulus_params params = box((double[]){0, 0, 0}, (double[]){1, 1, 1});

  params.start = 0.123;
  params.duration = 1.01;
  for (int i = 0; i < 5; i++)
    ck_assert_double_eq_tol(charge(&params, 30, steps[i]), 50 * 1.01, 1e-9);
  params.period = 1.5; /* several pulses within one step of 30 ms */
  params.count = 7;
  for (int i = 0; i < 5; i++)
    ck_assert_double_eq_tol(charge(&params, 30, steps[i]), 7 * 50 * 1.01, 1e-9);
  params.count = 0; /* pulse 19 begins at 28.623 ms */
  for (int i = 0; i < 5; i++)
    ck_assert_double_eq_tol(charge(&params, 30, steps[i]), 20 * 50 * 1.01, 1e-9);
}
END_TEST

START_TEST(no_current_outside_of_pulses)
{
  struct hc_mesh *mesh = make_mesh();
  struct hc_stimulus_params params = box((double[]){0, 0, 0}, (double[]){4, 2, 1});
  struct hc_source *source;
  double *current;
  bool active;

  ck_call(hc_source_create(mesh, 1, &params, 1, &source));
  ck_call(PetscMalloc1(mesh->n_owned, &current));
  for (int i = 0; i < mesh->n_owned; i++)
    current[i] = 7;
  ck_call(hc_source_current(source, 0.5, 0.5, current, &active)); /* up to the start */
  ck_assert(!active);
  ck_call(hc_source_current(source, 3, 0.5, current, &active)); /* from the end */
  ck_assert(!active);
  for (int i = 0; i < mesh->n_owned; i++)
    ck_assert_double_eq(current[i], 7);
  ck_call(hc_source_current(source, 2.75, 0.5, current, &active));
  ck_assert(active);
  for (int i = 0; i < mesh->n_owned; i++)
    ck_assert_double_eq_tol(current[i], 25, 1e-12);
  ck_call(PetscFree(current));
  hc_source_destroy(&source);
  hc_mesh_destroy(&mesh);
}
END_TEST

START_TEST(stimuli_add_up)
{
  struct hc_mesh *mesh = make_mesh();
  struct hc_stimulus_params params[2] = {box((double[]){0, 0, 0}, (double[]){4, 2, 1}),
                                         box((double[]){2, 0, 0}, (double[]){4, 2, 1})};
  struct hc_source *source;
  double *current;
  bool active;

  params[1].amplitude = -10;
  ck_call(hc_source_create(mesh, 2, params, 1, &source));
  ck_call(PetscMalloc1(mesh->n_owned, &current));
  ck_call(hc_source_current(source, 1.5, 0.5, current, &active));
  for (int i = 0; i < mesh->n_owned; i++)
    ck_assert_double_eq_tol(current[i], mesh->xyz[3 * i] < 1.9 ? 50 : 40, 1e-12);
  ck_call(PetscFree(current));
  hc_source_destroy(&source);
  hc_mesh_destroy(&mesh);
}
END_TEST

/* How many of n steps of dt begin with the clamp on. */
static int clamped_steps(const struct hc_stimulus_params *params, int n, double dt)
{
  struct hc_mesh *mesh = make_mesh();
  struct hc_source *source;
  double *v;
  int on = 0;

  ck_call(hc_source_create(mesh, 1, params, 1, &source));
  ck_call(PetscMalloc1(mesh->n_owned, &v));
  for (int i = 0; i < n; i++) {
    int here = 0;
    for (int k = 0; k < mesh->n_owned; k++)
      v[k] = -85;
    ck_call(hc_source_clamp(source, i * dt, v));
    for (int k = 0; k < mesh->n_owned; k++) {
      const bool inside = mesh->xyz[3 * k] < 1.1;
      ck_assert(v[k] == -85 || (inside && v[k] == 20));
      here += mesh->file_node[k] == 0 && v[k] == 20;
    }
    on += here;
  }
  MPI_Allreduce(MPI_IN_PLACE, &on, 1, MPI_INT, MPI_SUM, PETSC_COMM_WORLD);
  ck_call(PetscFree(v));
  hc_source_destroy(&source);
  hc_mesh_destroy(&mesh);
  return on;
}

START_TEST(a_clamp_lasts_as_long_as_it_should)
{
  struct hc_stimulus_params params = box((double[]){0, 0, 0}, (double[]){1, 2, 1});

  params.kind = HC_STIM_VOLTAGE;
  params.amplitude = 20;
  params.start = 0.3; /* 3 * 0.1 and 0.7 + 0.1 are not these numbers in binary */
  params.duration = 0.5;
  ck_assert_int_eq(clamped_steps(&params, 40, 0.1), 5);
  params.period = 1;
  params.count = 3;
  ck_assert_int_eq(clamped_steps(&params, 60, 0.1), 15);
  params.count = 0;
  ck_assert_int_eq(clamped_steps(&params, 60, 0.1), 30);
}
END_TEST

/* Marks are where something is done to V, and idle steps those in which nothing is: by what current and clamp do. */
START_TEST(marks_are_where_a_stimulus_acts)
{
  struct hc_stimulus_params params[2] = {box((double[]){0, 0, 0}, (double[]){1, 2, 1}),
                                         box((double[]){3, 0, 0}, (double[]){4, 2, 1})};
  struct hc_mesh *mesh = make_mesh();
  struct hc_source *source;
  double *current, *v;
  bool *marks, any, active, acts[101];
  const double dt = 0.1;

  params[0].start = 0.33;
  params[0].duration = 0.5;
  params[0].period = 3;
  params[0].count = 3;
  params[1].kind = HC_STIM_VOLTAGE;
  params[1].start = 4.1;
  params[1].duration = 1.7;
  ck_call(hc_source_create(mesh, 2, params, 1, &source));
  ck_call(PetscMalloc1(mesh->n_owned, &current));
  ck_call(PetscMalloc1(mesh->n_owned, &v));
  ck_call(PetscMalloc1(mesh->n_owned, &marks));
  for (int k = 0; k <= 100; k++) {
    for (int i = 0; i < mesh->n_owned; i++)
      current[i] = v[i] = marks[i] = 0;
    ck_call(hc_source_current(source, k * dt, dt, current, &active));
    ck_call(hc_source_clamp(source, k * dt, v));
    ck_call(hc_source_mark(source, k * dt, dt, marks, &any));
    for (int i = 0; i < mesh->n_owned; i++)
      ck_assert_int_eq(marks[i], current[i] != 0 || v[i] != 0);
    acts[k] = any;
  }
  for (int k = 0; k < 80; k++) {
    int idle = 0;
    while (idle < 20 && !acts[k + idle])
      idle++;
    ck_assert_int_eq(hc_source_idle(source, k, dt, 20), idle);
  }
  ck_assert(!acts[0] && acts[3] && acts[8] && !acts[9] && acts[41] && acts[57] && !acts[58]);
  ck_call(PetscFree(current));
  ck_call(PetscFree(v));
  ck_call(PetscFree(marks));
  hc_source_destroy(&source);
  hc_mesh_destroy(&mesh);
}
END_TEST

/* ---- Errors --------------------------------------------------------------------------------------------------------
 */

static void refuse(const struct hc_stimulus_params *params, const char *text)
{
  struct hc_mesh *mesh = make_mesh();
  struct hc_source *source;

  ck_call_fails(hc_source_create(mesh, 1, params, 1, &source), HC_ERR_INPUT, text);
  hc_mesh_destroy(&mesh);
}

START_TEST(keys_must_fit_the_shape)
{
  struct hc_stimulus_params params = empty(HC_STIM_BOX);

  refuse(&params, "shape box needs the key \"min\"");
  params = box((double[]){0, 0, 0}, (double[]){1, 1, 1});
  params.radius = 1;
  refuse(&params, "shape box has no use for the key \"radius\"");
  params = empty(HC_STIM_SPHERE);
  params.centre = three((double[]){0, 0, 0});
  refuse(&params, "shape sphere needs the key \"radius\"");
  params = empty(HC_STIM_SURFACE);
  refuse(&params, "shape surface needs the key \"tags\"");
  params = empty(HC_STIM_NODES);
  params.tags = (struct hc_ints){1, (int64_t[]){2}};
  refuse(&params, "shape nodes has no use for the key \"tags\"");
}
END_TEST

START_TEST(geometry_must_make_sense)
{
  struct hc_stimulus_params params = box((double[]){0, 1, 0}, (double[]){1, 0.5, 1});

  refuse(&params, "the box has y from 1 to 0.5 mm; allowed: max not below min");
  params = empty(HC_STIM_SPHERE);
  params.centre = three((double[]){0, 0, 0});
  params.radius = -1;
  refuse(&params, "found -1; allowed: a radius of 0 or more");
  params = box((double[]){5, 0, 0}, (double[]){6, 1, 1});
  refuse(&params, "outside the mesh: no node lies in this box, which reaches from (5, 0, 0) to (6, 1, 1) mm; the mesh "
                  "reaches from (0, 0, 0) to (4, 2, 1) mm");
  params = empty(HC_STIM_SPHERE);
  params.centre = three((double[]){0, 0, -3});
  params.radius = 2;
  refuse(&params, "no node lies in this sphere, which reaches from (-2, -2, -5) to (2, 2, -1) mm; the mesh");
}
END_TEST

START_TEST(tags_and_nodes_must_exist)
{
  struct hc_stimulus_params params = empty(HC_STIM_REGION);

  params.tags = (struct hc_ints){2, (int64_t[]){1, 3}};
  refuse(&params, "the mesh has no region with tag 3");
  params.shape = HC_STIM_SURFACE;
  params.tags = (struct hc_ints){1, (int64_t[]){7}};
  refuse(&params, "the mesh has no surface with tag 7");
  params.tags = (struct hc_ints){1, (int64_t[]){32}};
  refuse(&params, "found surface tag 32; allowed: 1 to 31");
  params = empty(HC_STIM_NODES);
  params.nodes = (struct hc_ints){2, (int64_t[]){0, 135}};
  refuse(&params, "found node 135; allowed: 0 to 134");
  params.nodes = (struct hc_ints){1, (int64_t[]){-1}};
  refuse(&params, "found node -1; allowed: 0 to 134");
}
END_TEST

START_TEST(pulses_must_not_overlap)
{
  struct hc_stimulus_params params = box((double[]){0, 0, 0}, (double[]){1, 1, 1});

  params.period = 1.5;
  refuse(&params, "pulses of 2 ms every 1.5 ms overlap");
  params.period = 0;
  params.count = 2;
  refuse(&params, "2 pulses need a period above 0 ms");
  params.duration = 0;
  refuse(&params, "found 0; allowed: above 0 (ms)");
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("source");
  TCase *where = tcase_create("where"), *when = tcase_create("when"), *errors = tcase_create("errors");

  tcase_add_test(where, a_box_includes_its_boundary);
  tcase_add_test(where, a_sphere_includes_its_boundary);
  tcase_add_test(where, a_region_has_the_nodes_of_its_cells);
  tcase_add_test(where, surfaces_may_share_nodes);
  tcase_add_test(where, nodes_are_numbered_as_in_the_file);
  tcase_add_test(when, charge_does_not_depend_on_the_step);
  tcase_add_test(when, no_current_outside_of_pulses);
  tcase_add_test(when, stimuli_add_up);
  tcase_add_test(when, a_clamp_lasts_as_long_as_it_should);
  tcase_add_test(when, marks_are_where_a_stimulus_acts);
  tcase_add_test(errors, keys_must_fit_the_shape);
  tcase_add_test(errors, geometry_must_make_sense);
  tcase_add_test(errors, tags_and_nodes_must_exist);
  tcase_add_test(errors, pulses_must_not_overlap);
  suite_add_tcase(s, where);
  suite_add_tcase(s, when);
  suite_add_tcase(s, errors);
  return s;
}

HC_CHECK_MAIN(suite)
