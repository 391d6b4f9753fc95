/* The mass effect of a tumour: what presses, what is damped, and a ball against its radial equations. */
#include "tumour_fixture.h"

static int64_t one[] = {1};

static struct hc_mechanics_params press(double coupling, double damping)
{
  const struct hc_stiffness_params soft = {.young = 1.9, .poisson = 0.4};
  struct hc_mechanics_params p = {
      .coupling = coupling, .damping = damping, .every = 2, .white = soft, .grey = soft, .tolerance = 1e-8};

  p.tumour.young = p.tumour.poisson = NAN;
  p.fixed = (struct hc_ints){1, one};
  return p;
}

/* All six sides of a box are held, as the boundary of an anatomy is. */
static void held_all_around(struct hc_slab *slab)
{
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++)
    slab->surface[i] = slab->surface[i] != 0;
}

static struct box pressed_box(const struct hc_mechanics_params *mechanics)
{
  struct box b = box_of(20, 2);

  b.mechanics = mechanics;
  b.fill = held_all_around;
  b.tumour.proliferation = 0.2;
  b.tumour.diffusivity = 0.4;
  b.tumour.seed.radius = 3;
  return b;
}

/* Volume denser than a tenth after 20 days, mL. */
static double volume_of(struct grown *g)
{
  const double threshold = 0.1;
  double volume;

  ck_call(hc_tumour_seed(g->tumour));
  ck_call(hc_tumour_advance(g->tumour, 20));
  ck_call(hc_tumour_volumes(g->tumour, 0, 1, &threshold, &volume));
  return volume;
}

/* ---- Damping ----------------------------------------------------------------------------------------------------- */

START_TEST(without_damping_densities_have_the_bits_of_no_mechanics)
{
  const struct hc_mechanics_params mechanics = press(2, 0);
  const struct box with = pressed_box(&mechanics), without = pressed_box(NULL);
  struct grown a, b;

  grow(&with, &a);
  grow(&without, &b);
  (void)volume_of(&a);
  (void)volume_of(&b);
  ck_assert_mem_eq(a.tumour->species[0], b.tumour->species[0], sizeof(double) * (size_t)a.mesh->n_owned);
  ck_assert_double_gt(a.tumour->mechanics->largest_displacement, 0.05);
  ck_assert_double_gt(a.tumour->mechanics->largest_stress, 0.05);
  ck_assert_int_eq(a.tumour->mechanics->solves, 11); /* days 0, 2, ... 20 */
  drop(&a);
  drop(&b);
}
END_TEST

START_TEST(damping_slows_and_parameters_are_taken_back)
{
  const struct hc_mechanics_params mechanics = press(2, 2);
  const struct box b = pressed_box(&mechanics);
  struct grown g;
  double damped, more, free, pressed_less;
  bool found;

  grow(&b, &g);
  damped = volume_of(&g);
  ck_call(hc_tumour_set(g.tumour, "damping", 5, &found));
  ck_assert(found);
  more = volume_of(&g);
  ck_call(hc_tumour_set(g.tumour, "damping", 0, &found));
  free = volume_of(&g);
  ck_call(hc_tumour_set(g.tumour, "damping", 2, &found));
  ck_call(hc_tumour_set(g.tumour, "coupling", 1, &found));
  pressed_less = volume_of(&g);
  ck_assert_double_lt(damped, 0.95 * free);
  ck_assert_double_lt(more, 0.95 * damped);
  ck_assert_double_gt(pressed_less, 1.01 * damped);
  ck_assert_double_lt(pressed_less, 0.99 * free);
  ck_call(hc_tumour_set(g.tumour, "coupling", 2, &found));
  ck_assert(volume_of(&g) == damped); /* nothing is left of what was before */
  ck_call_fails(hc_tumour_set(g.tumour, "damping", -1, &found), HC_ERR_INPUT, "damping: found -1; allowed");
  drop(&g);
}
END_TEST

/* ---- What is damped ---------------------------------------------------------------------------------------------- */

static double *damped_cells; /* of this rank's slab */

static void held_with_damped_cells(struct hc_slab *slab)
{
  struct hc_slab_field *field;

  held_all_around(slab);
  ck_call(hc_slab_add_field(slab, "damped", "1", HC_CELL, 1, &field));
  memcpy(field->values, damped_cells, sizeof(double) * (size_t)hc_slab_cells(slab));
}

/* Steps under one stress are those of a tissue whose cells have that diffusivity, made in quite another way. Only the
 * side x = 0 is held, so that stresses have no symmetry; free sides have less of it. */
START_TEST(diffusion_is_that_of_cells_damped_by_their_stress)
{
  struct hc_mechanics_params mechanics = press(3, 5);
  struct box b = pressed_box(&mechanics), field = pressed_box(NULL);
  struct grown a, c;
  double *share, least = 1;

  mechanics.every = 100;
  b.fill = NULL;
  b.type = field.type = _i == 0 ? HC_HEXAHEDRON : HC_TETRAHEDRON;
  grow(&b, &a);
  ck_call(hc_tumour_seed(a.tumour));
  ck_call(hc_tumour_advance(a.tumour, 3));
  ck_call(PetscMalloc2(a.mesh->n_cells_local, &share, a.mesh->n_cells, &damped_cells));
  for (int i = 0; i < a.mesh->n_cells_local; i++) {
    share[i] = exp(-5 * a.tumour->mechanics->von_mises[i]);
    least = fmin(least, share[i]);
  }
  MPI_Allreduce(MPI_IN_PLACE, &least, 1, MPI_DOUBLE, MPI_MIN, PETSC_COMM_WORLD);
  ck_assert_double_lt(least, 0.7);
  ck_call(hc_mesh_to_file_order(a.mesh, HC_CELL, 1, share, damped_cells));
  field.fill = held_with_damped_cells;
  field.tumour.diffusivity_field = (char[]){"damped"};
  grow(&field, &c);
  ck_call(hc_tumour_seed(c.tumour));
  ck_call(hc_tumour_advance(c.tumour, 3));
  for (int i = 0; i < a.mesh->n_owned; i++)
    ck_assert_double_eq_tol(a.tumour->species[0][i], c.tumour->species[0][i], 1e-14);
  ck_call(PetscFree2(share, damped_cells));
  drop(&a);
  drop(&c);
}
END_TEST

/* A tumour as stiff as its tissue changes nothing; a stiffer one is displaced less. */
START_TEST(tumours_may_have_a_stiffness)
{
  struct hc_mechanics_params plain = press(2, 2), same = plain, stiff = plain;
  double displacement[3], volume[3];
  const struct hc_mechanics_params *const all[] = {&plain, &same, &stiff};

  same.tumour = plain.white;
  stiff.tumour = (struct hc_stiffness_params){.young = 10 * plain.white.young, .poisson = NAN};
  for (int k = 0; k < 3; k++) {
    const struct box b = pressed_box(all[k]);
    struct grown g;
    grow(&b, &g);
    volume[k] = volume_of(&g);
    displacement[k] = g.tumour->mechanics->largest_displacement;
    drop(&g);
  }
  ck_assert_double_eq_tol(volume[1], volume[0], 1e-6 * volume[0]);
  ck_assert_double_eq_tol(displacement[1], displacement[0], 1e-5 * displacement[0]);
  ck_assert_double_lt(displacement[2], 0.7 * displacement[0]);
}
END_TEST

/* ---- Again from a checkpoint ------------------------------------------------------------------------------------- */

START_TEST(what_was_kept_goes_on_with_the_same_bits)
{
  struct hc_mechanics_params mechanics = press(2, 2);
  struct grown a, b;

  mechanics.every = 3;
  if (_i == 1)
    mechanics.tumour.young = 4;
  const struct box box = pressed_box(&mechanics);
  grow(&box, &a);
  grow(&box, &b);
  ck_call(hc_tumour_seed(a.tumour));
  ck_call(hc_tumour_seed(b.tumour));
  ck_call(hc_tumour_advance(a.tumour, 10));
  const int n = a.mesh->n_owned;
  struct hc_mechanics *to = b.tumour->mechanics;
  const struct hc_mechanics *from = a.tumour->mechanics;
  memcpy(hc_tumour_species(b.tumour, 0, true), hc_tumour_species(a.tumour, 0, false), sizeof(double) * (size_t)n);
  memcpy(to->displacement, from->displacement, 3 * sizeof(double) * (size_t)n);
  memcpy(to->density, from->density, sizeof(double) * (size_t)n);
  to->day = from->day;
  b.tumour->time = a.tumour->time;
  ck_call(hc_tumour_deform_again(b.tumour));
  ck_assert_mem_eq(to->von_mises, from->von_mises, sizeof(double) * (size_t)a.mesh->n_cells_local);
  ck_call(hc_tumour_advance(a.tumour, 20));
  ck_call(hc_tumour_advance(b.tumour, 20));
  ck_assert_mem_eq(a.tumour->species[0], b.tumour->species[0], sizeof(double) * (size_t)n);
  ck_assert_mem_eq(to->displacement, from->displacement, 3 * sizeof(double) * (size_t)n);
  drop(&a);
  drop(&b);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("mechanics of tumours");
  TCase *t = tcase_create("mechanics");
  tcase_set_timeout(t, 0);
  tcase_add_test(t, without_damping_densities_have_the_bits_of_no_mechanics);
  tcase_add_test(t, damping_slows_and_parameters_are_taken_back);
  tcase_add_loop_test(t, diffusion_is_that_of_cells_damped_by_their_stress, 0, 2);
  tcase_add_test(t, tumours_may_have_a_stiffness);
  tcase_add_loop_test(t, what_was_kept_goes_on_with_the_same_bits, 0, 2);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
