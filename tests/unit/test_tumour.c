/* What a tumour does at its nodes and over its tissue, against exact solutions; orders and fronts are in tests/mms. */
#include "tumour_fixture.h"

static double even(const double x[3], double t)
{
  (void)x;
  (void)t;
  return 0.01;
}

static double end_value(struct grown *g)
{
  double least, most;

  ck_call(hc_tumour_range(g->tumour, 0, &least, &most));
  ck_assert_double_le(most - least, 1e-13 * most); /* even it stays */
  return most;
}

/* ---- Growth at a node -------------------------------------------------------------------------------------------- */

START_TEST(even_tumours_follow_their_law_whatever_the_step)
{
  static const double steps[] = {0.1, 1, 30};
  const double u = 0.01, rate = 0.05, t = 90;

  for (int law = 0; law < 2; law++)
    for (size_t s = 0; s < 3; s++) {
      struct box b = box_of(2, 1);
      struct grown g;
      const double e = exp(rate * t), exact = law == 0 ? u * e / (1 + u * (e - 1)) : pow(u, exp(-rate * t));
      b.tumour.model = law;
      b.step = steps[s];
      grow(&b, &g);
      begin_with(&g, 0, even);
      ck_call(hc_tumour_advance(g.tumour, t));
      ck_assert_double_eq_tol(end_value(&g), exact, 1e-11 * exact);
      drop(&g);
    }
}
END_TEST

/* Necrosis and nutrient against a fine classical Runge-Kutta integration; the order is two. */
static void necrosis_rates(const double y[3], double f[3])
{
  const double hunger = 1 / (1 + exp(50 * (y[2] - 0.5)));

  f[0] = 0.1 * y[2] * y[0] * (1 - y[0] - y[1]) - 0.35 * hunger * y[0];
  f[1] = 0.35 * hunger * y[0];
  f[2] = 0.002 * (1 - y[2]) - 0.05 * y[2] * y[0];
}

static void integrate(double t, double y[3])
{
  const double dt = 1e-3;

  for (int s = 0; s < (int)(t / dt + 0.5); s++) {
    double f[4][3], z[3];
    for (int stage = 0; stage < 4; stage++) {
      for (int k = 0; k < 3; k++)
        z[k] = y[k] + (stage == 0 ? 0 : stage == 3 ? dt * f[2][k] : dt / 2 * f[stage - 1][k]);
      necrosis_rates(z, f[stage]);
    }
    for (int k = 0; k < 3; k++)
      y[k] += dt / 6 * (f[0][k] + 2 * f[1][k] + 2 * f[2][k] + f[3][k]);
  }
}

static double necrosis_error(double step, const double exact[3], double t)
{
  struct box b = box_of(2, 1);
  struct grown g;
  double error = 0;

  b.tumour.model = 2;
  b.tumour.proliferation = 0.1;
  b.tumour.necrosis.supply = 0.002;
  b.step = step;
  grow(&b, &g);
  begin_with(&g, 0, even);
  ck_call(hc_tumour_advance(g.tumour, t));
  for (int k = 0; k < 3; k++)
    error = fmax(error, fabs(hc_tumour_species(g.tumour, k, false)[0] - exact[k]));
  MPI_Allreduce(MPI_IN_PLACE, &error, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD);
  drop(&g);
  return error;
}

START_TEST(necrosis_follows_its_equations_to_second_order)
{
  double exact[3] = {0.01, 0, 1}, errors[3];

  integrate(80, exact);
  ck_assert_double_gt(exact[1], 0.1); /* there is some */
  for (int k = 0; k < 3; k++)
    errors[k] = necrosis_error(0.5 / (1 << k), exact, 80);
  ck_assert_double_lt(errors[2], 1e-4);
  ck_assert_double_gt(log2(errors[1] / errors[2]), 1.8);
  ck_assert_double_lt(log2(errors[1] / errors[2]), 2.3);
}
END_TEST

/* ---- Treatments -------------------------------------------------------------------------------------------------- */

START_TEST(each_fraction_leaves_what_the_model_says)
{
  static char d0[] = "1", d1[] = "2.25", d2[] = "4";
  char *days[] = {d0, d1, d2};
  double doses[] = {2, 3, 1.5};
  struct hc_radiotherapy_params course = {
      .days = {3, days}, .doses = {3, doses}, .dose = NAN, .alpha = 0.1, .alpha_beta = 10, .oer = 1};
  struct box b = box_of(2, 1);
  struct grown g;
  double before, expected = 0.01, survived = 1;

  b.tumour.proliferation = 0;
  b.therapy.radiotherapy = (struct hc_list){1, &course};
  grow(&b, &g);
  begin_with(&g, 0, even);
  ck_call(hc_tumour_burden(g.tumour, 0, &before));
  ck_call(hc_tumour_advance(g.tumour, 1));
  ck_assert_double_eq_tol(end_value(&g), 0.01, 1e-15); /* a day's state is before its treatment */
  for (int i = 0; i < 3; i++) {
    static const double after[] = {1.5, 3, 5};
    ck_call(hc_tumour_advance(g.tumour, after[i]));
    survived *= exp(-(0.1 * doses[i] + 0.01 * doses[i] * doses[i]));
    ck_assert_double_eq_tol(end_value(&g), expected * survived, 1e-15);
  }
  struct hc_ledger ledger;
  ck_call(hc_tumour_ledger(g.tumour, &ledger));
  ck_assert_double_eq_tol(ledger.rays, before * (1 - survived), 1e-15);
  drop(&g);
}
END_TEST

/* What lacks oxygen survives: m = (oer p + 3) / (oer (p + 3)) of the dose counts at p mmHg. */
START_TEST(hypoxia_protects)
{
  static char d0[] = "1";
  char *days[] = {d0};
  struct hc_radiotherapy_params course = {.days = {1, days}, .dose = 3, .alpha = 0.2, .alpha_beta = 5, .oer = 2.8};
  struct box b = box_of(4, 1);
  struct grown g;
  const double *start[HC_SPECIES] = {NULL}, *u;
  double *values[2];

  b.tumour.model = 2; /* necrosis */
  b.tumour.diffusivity = b.tumour.proliferation = 0;
  b.tumour.necrosis = (struct hc_necrosis_params){.threshold = 0.5, .sharpness = 50, .pressure = 40};
  b.therapy.radiotherapy = (struct hc_list){1, &course};
  grow(&b, &g);
  for (int k = 0; k < 2; k++)
    ck_call(PetscMalloc1(g.mesh->n_owned, &values[k]));
  for (int i = 0; i < g.mesh->n_owned; i++) {
    values[0][i] = 0.3;
    values[1][i] = g.mesh->xyz[3 * (size_t)i] / 4; /* nutrient from 0 to 1 */
  }
  start[0] = values[0];
  start[2] = values[1];
  ck_call(hc_tumour_begin(g.tumour, 0, start));
  ck_call(hc_tumour_advance(g.tumour, 2));
  u = hc_tumour_species(g.tumour, 0, false);
  for (int i = 0; i < g.mesh->n_owned; i++) {
    const double p = 40 * values[1][i], d = 3 * (2.8 * p + 3) / (2.8 * (p + 3));
    ck_assert_double_eq_tol(u[i], 0.3 * exp(-0.2 * d - 0.2 / 5 * d * d), 1e-13);
  }
  for (int k = 0; k < 2; k++)
    ck_call(PetscFree(values[k]));
  drop(&g);
}
END_TEST

START_TEST(drugs_leave_what_the_model_says)
{
  static char start[] = "1.5";
  struct hc_chemotherapy_params drug = {
      .start = start, .cycles = 2, .doses = 2, .period = 10, .dose = 2, .kill = 3, .decay = 9.24};
  struct box b = box_of(2, 1);
  struct grown g;
  double exact = 0;

  b.tumour.proliferation = 0;
  b.therapy.chemotherapy = (struct hc_list){1, &drug};
  grow(&b, &g);
  begin_with(&g, 0, even);
  ck_call(hc_tumour_advance(g.tumour, 13));
  for (int i = 0; i < 4; i++) { /* a C / b (1 - exp(-b t)) of each dose */
    static const double given[] = {1.5, 2.5, 11.5, 12.5};
    exact += 3 * 2 / 9.24 * (1 - exp(-9.24 * (13 - given[i])));
  }
  ck_assert_double_eq_tol(end_value(&g), 0.01 * exp(-exact), 1e-14);
  drop(&g);
}
END_TEST

START_TEST(surgery_removes_a_ball_or_a_margin)
{
  static char day[] = "1";
  double centre[] = {6, 6, 6}, volume[2];
  struct hc_surgery_params ball = {.day = day, .centre = {3, centre}, .radius = 3, .threshold = NAN, .residual = 0.25};
  struct hc_surgery_params margin = {.day = day, .radius = NAN, .threshold = 0.2, .margin = 1.5};
  struct hc_surgery_params *resections[] = {&ball, &margin};
  const double *u;

  for (int k = 0; k < 2; k++) {
    struct box b = box_of(12, 0.5);
    struct grown g;
    b.tumour.seed.radius = 3;
    b.tumour.proliferation = 0;
    b.tumour.diffusivity = 0;
    b.therapy.surgery = (struct hc_list){1, resections[k]};
    grow(&b, &g);
    ck_call(hc_tumour_seed(g.tumour));
    ck_call(hc_tumour_advance(g.tumour, 2));
    u = hc_tumour_species(g.tumour, 0, false);
    /* 0.5 exp(-(r/3)^2) is 0.2 at r = 2.87: what lies within 4.37 mm is gone, but for the mesh's spacing */
    for (int i = 0; i < g.mesh->n_owned; i++) {
      const double *x = g.mesh->xyz + 3 * (size_t)i;
      const double r = sqrt((x[0] - 6) * (x[0] - 6) + (x[1] - 6) * (x[1] - 6) + (x[2] - 6) * (x[2] - 6));
      const double seeded = 0.5 * exp(-r * r / 9);
      if (k == 0)
        ck_assert_double_eq_tol(u[i], seeded * (r <= 3 ? 0.25 : 1), 1e-15);
      else if (r < 4.2 || r > 4.5)
        ck_assert_double_eq_tol(u[i], r < 4.2 ? 0 : seeded, 1e-15);
    }
    ck_call(hc_tumour_volumes(g.tumour, 0, 1, (double[]){0.2}, volume));
    ck_assert_double_eq(volume[0], 0);
    drop(&g);
  }
}
END_TEST

/* ---- Balance and bounds ------------------------------------------------------------------------------------------ */

START_TEST(the_account_explains_the_burden_to_rounding)
{
  static char start[] = "5", drug_start[] = "8";
  struct hc_radiotherapy_params course = {
      .start = start, .fractions = 5, .dose = 2, .alpha = 0.1, .alpha_beta = 10, .oer = 1};
  struct hc_chemotherapy_params drug = {
      .start = drug_start, .cycles = 1, .doses = 3, .period = 28, .dose = 1, .kill = 2, .decay = 9.24};

  for (int model = 0; model < 3; model++) {
    struct box b = box_of(16, 1);
    struct grown g;
    struct hc_ledger ledger;
    double begin, end, necrosis = 0, least, most;
    b.tumour.model = model;
    b.therapy.radiotherapy = (struct hc_list){1, &course};
    b.therapy.chemotherapy = (struct hc_list){1, &drug};
    grow(&b, &g);
    ck_call(hc_tumour_seed(g.tumour));
    ck_call(hc_tumour_burden(g.tumour, 0, &begin));
    ck_call(hc_tumour_advance(g.tumour, 30));
    ck_call(hc_tumour_burden(g.tumour, 0, &end));
    if (model == 2)
      ck_call(hc_tumour_burden(g.tumour, 1, &necrosis));
    ck_call(hc_tumour_ledger(g.tumour, &ledger));
    ck_assert_double_gt(ledger.rays, 0.01 * begin);
    ck_assert_double_gt(ledger.drugs, 0.01 * begin);
    ck_assert_double_eq_tol(end + necrosis, begin + ledger.grown - ledger.rays - ledger.drugs, 1e-12 * (begin + end));
    ck_call(hc_tumour_range(g.tumour, 0, &least, &most));
    ck_assert_double_ge(least, 0); /* positive on voxels */
    ck_assert_double_le(most, 1);
    drop(&g);
  }
}
END_TEST

/* ---- Tissue ------------------------------------------------------------------------------------------------------ */

static void grey_half(struct hc_slab *slab)
{
  struct hc_slab_field *white, *grey;
  int rank, size;

  MPI_Comm_rank(slab->comm, &rank);
  MPI_Comm_size(slab->comm, &size);
  ck_call(hc_slab_add_field(slab, "white", "1", HC_CELL, 1, &white));
  ck_call(hc_slab_add_field(slab, "grey", "1", HC_CELL, 1, &grey));
  white = (struct hc_slab_field *)hc_slab_find_field(slab, "white", HC_CELL);
  for (int64_t c = 0; c < hc_slab_cells(slab); c++) {
    grey->values[c] = 0.25;
    white->values[c] = 0.75;
  }
}

/* In a mixture, D is the mean: as one tissue of that D. */
START_TEST(mixed_voxels_have_mixed_diffusion)
{
  struct box mixed = box_of(8, 1), plain = mixed;
  struct grown a, b;
  double difference = 0;

  mixed.fill = grey_half;
  mixed.tumour.grey = 0.2;
  plain.tumour.diffusivity = 0.1 * (0.75 + 0.25 * 0.2);
  grow(&mixed, &a);
  grow(&plain, &b);
  ck_call(hc_tumour_seed(a.tumour));
  ck_call(hc_tumour_seed(b.tumour));
  ck_call(hc_tumour_advance(a.tumour, 20));
  ck_call(hc_tumour_advance(b.tumour, 20));
  for (int i = 0; i < a.mesh->n_owned; i++)
    difference = fmax(difference, fabs(a.tumour->species[0][i] - b.tumour->species[0][i]));
  ck_assert_double_lt(difference, 1e-13);
  /* and the same again by a new share of grey */
  bool found;
  ck_call(hc_tumour_set(a.tumour, "grey", 1, &found));
  ck_call(hc_tumour_set(b.tumour, "diffusivity", 0.1, &found));
  ck_assert(found);
  ck_call(hc_tumour_seed(a.tumour));
  ck_call(hc_tumour_seed(b.tumour));
  ck_call(hc_tumour_advance(a.tumour, 20));
  ck_call(hc_tumour_advance(b.tumour, 20));
  for (int i = 0; i < a.mesh->n_owned; i++)
    difference = fmax(difference, fabs(a.tumour->species[0][i] - b.tumour->species[0][i]));
  ck_assert_double_lt(difference, 1e-13);
  drop(&a);
  drop(&b);
}
END_TEST

/* A nodal field that grows along x, and one that stops at x = 4. */
static void along_x(struct hc_slab *slab)
{
  struct hc_slab_field *field;

  ck_call(hc_slab_add_field(slab, "vigour", "1", HC_NODE, 1, &field));
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++)
    field->values[i] = 1 + slab->xyz[3 * i] / 8;
  ck_call(hc_slab_add_field(slab, "ways", "1", HC_NODE, 1, &field));
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++)
    field->values[i] = slab->xyz[3 * i] < 4.5 ? 2 : 0;
}

START_TEST(fields_are_factors_of_growth_and_of_diffusion)
{
  char vigour[] = "vigour", ways[] = "ways";
  struct box b = box_of(8, 1);
  struct grown g;
  const double *u;
  double beside = 0;

  b.fill = along_x;
  b.tumour.diffusivity = 0;
  b.tumour.proliferation_field = vigour;
  grow(&b, &g);
  begin_with(&g, 0, even);
  ck_call(hc_tumour_advance(g.tumour, 30));
  u = hc_tumour_species(g.tumour, 0, false);
  for (int i = 0; i < g.mesh->n_owned; i++) {
    const double x = g.mesh->xyz[3 * (size_t)i], e = exp(0.05 * (1 + x / 8) * 30);
    if (x > 0.5 && x < 7.5) /* at the ends, the mean over cells is that of half a cell inside */
      ck_assert_double_eq_tol(u[i], 0.01 * e / (1 + 0.01 * (e - 1)), 1e-12);
  }
  drop(&g);

  b = box_of(8, 1);
  b.fill = along_x;
  b.tumour.diffusivity_field = ways;
  b.tumour.seed.shape = HC_SEED_BALL;
  grow(&b, &g);
  ck_call(hc_tumour_seed(g.tumour));
  ck_call(hc_tumour_advance(g.tumour, 40));
  u = hc_tumour_species(g.tumour, 0, false);
  for (int i = 0; i < g.mesh->n_owned; i++) {
    const double *x = g.mesh->xyz + 3 * (size_t)i;
    if (x[0] > 6.5)
      ck_assert_double_eq(u[i], 0);
    if (x[0] < 0.5)
      beside = fmax(beside, u[i]);
  }
  MPI_Allreduce(MPI_IN_PLACE, &beside, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD);
  ck_assert_double_gt(beside, 1e-3);
  drop(&g);
}
END_TEST

/* ---- Measures ---------------------------------------------------------------------------------------------------- */

static double slope(const double x[3], double t)
{
  (void)t;
  return (x[0] + 2 * x[1] + 3 * x[2]) / 60;
}

static double cone(const double x[3], double t)
{
  (void)t;
  return 1 - sqrt((x[0] - 5) * (x[0] - 5) + (x[1] - 5) * (x[1] - 5) + (x[2] - 5) * (x[2] - 5)) / 10;
}

START_TEST(volumes_of_linear_densities_are_exact)
{
  static const enum hc_cell_type types[] = {HC_HEXAHEDRON, HC_TETRAHEDRON};
  const double thresholds[] = {-1, 0.5, 1. / 60, 2};
  double volumes[4];

  for (int k = 0; k < 2; k++) {
    struct box b = box_of(10, 2);
    struct grown g;
    b.type = types[k];
    grow(&b, &g);
    begin_with(&g, 0, slope);
    ck_call(hc_tumour_volumes(g.tumour, 0, 4, thresholds, volumes));
    ck_assert_double_eq_tol(volumes[0], 1, 1e-13);
    ck_assert_double_eq_tol(volumes[1], 0.5, 1e-13);           /* by symmetry */
    ck_assert_double_eq_tol(volumes[2], 1 - 1e-3 / 36, 1e-13); /* a corner is missing: 1 (1/2) (1/3) / 6 mm3 */
    ck_assert_double_eq(volumes[3], 0);
    drop(&g);
  }
}
END_TEST

START_TEST(volumes_of_balls_converge)
{
  double errors[2];

  for (int k = 0; k < 2; k++) {
    struct box b = box_of(10, 1. / (1 << k));
    struct grown g;
    double volume;
    grow(&b, &g);
    begin_with(&g, 0, cone);
    ck_call(hc_tumour_volumes(g.tumour, 0, 1, (double[]){0.6}, &volume));
    errors[k] = fabs(volume / (4e-3 / 3 * M_PI * 64) - 1);
    drop(&g);
  }
  ck_assert_double_lt(errors[1], 0.01);
  ck_assert_double_gt(log2(errors[0] / errors[1]), 1.7);
}
END_TEST

START_TEST(overlap_and_distance_of_balls_are_known)
{
  struct box b = box_of(10, 0.5);
  struct grown g;
  double *mask, dice, mean, most_95, most;

  grow(&b, &g);
  begin_with(&g, 0, cone);
  ck_call(PetscMalloc1(g.mesh->n_owned, &mask));
  for (int i = 0; i < g.mesh->n_owned; i++)
    mask[i] = cone(g.mesh->xyz + 3 * (size_t)i, 0) > 0.7; /* 3 mm beside 4 mm */
  ck_call(hc_tumour_dice(g.tumour, 0.6, mask, &dice));
  ck_assert_double_eq_tol(dice, 2 * 27. / (27 + 64), 0.02);
  ck_call(hc_tumour_distance(g.tumour, 0.6, mask, &mean, &most_95, &most));
  ck_assert_double_eq_tol(mean, 1, 0.1);
  ck_assert_double_ge(most_95, mean);
  ck_assert_double_ge(most, most_95);
  ck_assert_double_lt(most, 1.5);
  ck_call(hc_tumour_dice(g.tumour, 0.7, mask, &dice));
  ck_assert_double_eq_tol(dice, 1, 1e-14);
  for (int i = 0; i < g.mesh->n_owned; i++)
    mask[i] = 0;
  ck_call(hc_tumour_dice(g.tumour, 0.7, mask, &dice));
  ck_assert_double_eq(dice, 0);
  ck_call(hc_tumour_distance(g.tumour, 0.7, mask, &mean, &most_95, &most));
  ck_assert(isnan(mean));
  ck_call(PetscFree(mask));
  drop(&g);
}
END_TEST

/* ---- Runs -------------------------------------------------------------------------------------------------------- */

START_TEST(ranks_do_not_matter)
{
  struct box b = box_of(12, 1);
  struct grown g, alone;
  double burdens[2], volumes[2];

  b.tumour.model = 2;
  grow(&b, &g);
  ck_call(grow_try(PETSC_COMM_SELF, &b, &alone));
  ck_call(hc_tumour_seed(g.tumour));
  ck_call(hc_tumour_seed(alone.tumour));
  ck_call(hc_tumour_advance(g.tumour, 20));
  ck_call(hc_tumour_advance(alone.tumour, 20));
  ck_call(hc_tumour_burden(g.tumour, 0, &burdens[0]));
  ck_call(hc_tumour_burden(alone.tumour, 0, &burdens[1]));
  ck_call(hc_tumour_volumes(g.tumour, 0, 1, (double[]){0.1}, &volumes[0]));
  ck_call(hc_tumour_volumes(alone.tumour, 0, 1, (double[]){0.1}, &volumes[1]));
  ck_assert_double_gt(volumes[1], 0);
  ck_assert_double_eq_tol(burdens[0], burdens[1], 1e-13 * burdens[1]);
  ck_assert_double_eq_tol(volumes[0], volumes[1], 1e-12 * volumes[1]);
  drop(&g);
  drop(&alone);
}
END_TEST

/* Stopping on the way does not matter much, and results depend continuously on where one stops. */
START_TEST(runs_are_continuous_in_time)
{
  struct box b = box_of(12, 1);
  struct grown g;
  double burden[4];
  const double times[] = {9.999999, 10, 10.000001, 10.4};

  grow(&b, &g);
  for (int k = 0; k < 4; k++) {
    ck_call(hc_tumour_seed(g.tumour));
    ck_call(hc_tumour_advance(g.tumour, times[k]));
    ck_assert_double_eq(g.tumour->time, times[k]);
    ck_call(hc_tumour_burden(g.tumour, 0, &burden[k]));
  }
  ck_assert_double_eq_tol((burden[2] - burden[1]) / (burden[1] - burden[0]), 1, 1e-3);
  ck_call(hc_tumour_seed(g.tumour));
  ck_call(hc_tumour_advance(g.tumour, 5));
  ck_call(hc_tumour_advance(g.tumour, 10));
  double again;
  ck_call(hc_tumour_burden(g.tumour, 0, &again));
  ck_assert_double_eq(again, burden[1]); /* the grid of steps is that of the days */
  drop(&g);
}
END_TEST

/* ---- Bad input --------------------------------------------------------------------------------------------------- */

static void bad_tensor(struct hc_slab *slab)
{
  struct hc_slab_field *dti;

  ck_call(hc_slab_add_field(slab, "dti", "mm2/s", HC_CELL, 6, &dti));
  for (int64_t c = 0; c < hc_slab_cells(slab); c++) {
    static const double bad[6] = {1e-3, 1e-3, 1e-3, 2e-3, 0, 0};
    memcpy(dti->values + 6 * c, bad, sizeof bad);
  }
}

START_TEST(bad_input_is_named)
{
  double outside[3] = {100, 0, 0};
  static char nothing[] = "nothing";
  struct box b = box_of(4, 1);
  struct grown g;
  bool found;

  b.tumour.seed.position.v = outside;
  grow(&b, &g);
  ck_call_fails(hc_tumour_seed(g.tumour), HC_ERR_INPUT, "found [100, 0, 0] mm, which is outside the tissue");
  ck_call_fails(hc_tumour_set(g.tumour, "proliferation", -1, &found), HC_ERR_INPUT,
                "proliferation: found -1; allowed: a number from 0 to 100");
  ck_call(hc_tumour_set(g.tumour, "diffusion", 1, &found));
  ck_assert(!found);
  drop(&g);
  b = box_of(4, 1);
  b.fill = bad_tensor;
  ck_call_fails(grow_try(PETSC_COMM_WORLD, &b, &g), HC_ERR_INPUT, "is not positive definite");
  drop(&g);
  b = box_of(4, 1);
  b.tumour.diffusivity_field = nothing;
  ck_call_fails(grow_try(PETSC_COMM_WORLD, &b, &g), HC_ERR_INPUT, "found \"nothing\"; allowed: a field of the mesh");
  drop(&g);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("tumour");
  TCase *c = tcase_create("tumour");
  tcase_set_timeout(c, 100);
  tcase_add_test(c, even_tumours_follow_their_law_whatever_the_step);
  tcase_add_test(c, necrosis_follows_its_equations_to_second_order);
  tcase_add_test(c, each_fraction_leaves_what_the_model_says);
  tcase_add_test(c, hypoxia_protects);
  tcase_add_test(c, drugs_leave_what_the_model_says);
  tcase_add_test(c, surgery_removes_a_ball_or_a_margin);
  tcase_add_test(c, the_account_explains_the_burden_to_rounding);
  tcase_add_test(c, mixed_voxels_have_mixed_diffusion);
  tcase_add_test(c, fields_are_factors_of_growth_and_of_diffusion);
  tcase_add_test(c, volumes_of_linear_densities_are_exact);
  tcase_add_test(c, volumes_of_balls_converge);
  tcase_add_test(c, overlap_and_distance_of_balls_are_known);
  tcase_add_test(c, ranks_do_not_matter);
  tcase_add_test(c, runs_are_continuous_in_time);
  tcase_add_test(c, bad_input_is_named);
  suite_add_tcase(s, c);
  return s;
}
HC_CHECK_MAIN(suite)
