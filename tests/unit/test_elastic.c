/* Elasticity where the exact answer is known: bars, layers, rigid motions, stresses. Orders are in tests/mms. */
#include "elastic.h"
#include "test_fe_meshes.h"

#define YOUNG 1.9
#define POISSON 0.4
#define PRESS 0.3 /* kPa */

static const enum hc_cell_type types[] = {HC_TETRAHEDRON, HC_HEXAHEDRON};

struct body {
  struct hc_mesh *mesh;
  struct hc_elastic_tissue tissue;
  double *young, *poisson;
  unsigned char *held;
  double *s, *w, *sigma;
};

/* Everything of one tissue, nothing held, no load. */
static void body_create(struct hc_mesh *mesh, struct body *b)
{
  b->mesh = mesh;
  ck_call(PetscMalloc2(mesh->n_cells_local, &b->young, mesh->n_cells_local, &b->poisson));
  for (int c = 0; c < mesh->n_cells_local; c++) {
    b->young[c] = YOUNG;
    b->poisson[c] = POISSON;
  }
  b->tissue = (struct hc_elastic_tissue){b->young, b->poisson};
  ck_call(PetscCalloc1(mesh->n_owned, &b->held));
  ck_call(PetscCalloc1(mesh->n_local, &b->s));
  ck_call(PetscCalloc1(3 * (size_t)mesh->n_local, &b->w));
  ck_call(PetscCalloc1(6 * (size_t)mesh->n_cells_local, &b->sigma));
}

static void body_destroy(struct body *b)
{
  ck_call(PetscFree2(b->young, b->poisson));
  ck_call(PetscFree(b->held));
  ck_call(PetscFree(b->s));
  ck_call(PetscFree(b->w));
  ck_call(PetscFree(b->sigma));
  hc_mesh_destroy(&b->mesh);
}

static void body_solve(struct body *b)
{
  struct hc_elastic *elastic;

  ck_call(hc_elastic_create(b->mesh, &b->tissue, b->held, 1e-13, &elastic));
  ck_call(hc_elastic_solve(elastic, b->s, b->w));
  hc_elastic_destroy(&elastic);
  hc_elastic_stress(b->mesh, &b->tissue, b->w, b->sigma);
}

/* Rollers: no motion across the side x_k = 0, and for the axes in `confined` across the other side. */
static void on_rollers(struct body *b, int confined)
{
  for (int i = 0; i < b->mesh->n_owned; i++)
    for (int k = 0; k < 3; k++) {
      const int32_t sides = b->mesh->surface[i] >> (2 * k) & 3;
      if ((sides & 1) || ((sides & 2) && (confined >> k & 1)))
        b->held[i] |= (unsigned char)(1 << k);
    }
}

/* ---- States of one strain: exact on any mesh --------------------------------------------------------------------- */

/* A block that presses outwards by PRESS: free to expand along the axes that are not confined. There, sigma = PRESS;
 * Hooke's law gives the rest. */
static void exact_block(int confined, double strain[3], double sigma[3])
{
  const double lambda = YOUNG * POISSON / ((1 + POISSON) * (1 - 2 * POISSON)), mu = YOUNG / (2 * (1 + POISSON));
  const int n_free = 3 - (confined & 1) - (confined >> 1 & 1) - (confined >> 2 & 1);
  const double expansion = n_free > 0 ? PRESS / (n_free * lambda + 2 * mu) : 0;

  for (int k = 0; k < 3; k++) {
    strain[k] = confined >> k & 1 ? 0 : expansion;
    sigma[k] = lambda * n_free * expansion + 2 * mu * strain[k];
  }
}

START_TEST(a_block_under_even_stress_is_exact)
{
  const enum hc_cell_type type = types[_i / 4];
  const int confined = (const int[]){0, 1, 3, 7}[_i % 4];
  struct body b;
  double strain[3], sigma[3];

  body_create(test_mesh(PETSC_COMM_WORLD, type, 4, warp_inside), &b);
  on_rollers(&b, confined);
  for (int i = 0; i < b.mesh->n_local; i++)
    b.s[i] = PRESS;
  body_solve(&b);
  exact_block(confined, strain, sigma);
  for (int i = 0; i < 3 * b.mesh->n_local; i++)
    ck_assert_double_eq_tol(b.w[i], strain[i % 3] * b.mesh->xyz[i], 1e-10);
  for (int c = 0; c < b.mesh->n_cells_local; c++) {
    for (int k = 0; k < 6; k++)
      ck_assert_double_eq_tol(b.sigma[6 * c + k], k < 3 ? sigma[k] : 0, 1e-9);
    ck_assert_double_eq_tol(hc_von_mises(b.sigma + 6 * c), fabs(sigma[0] - sigma[2]), 1e-9);
  }
  body_destroy(&b);
}
END_TEST

/* Uniaxial stress by hand: confined along x only, sigma_xx = 2 nu PRESS and the others are PRESS. */
START_TEST(blocks_agree_with_pencil_and_paper)
{
  double strain[3], sigma[3];

  exact_block(1, strain, sigma);
  ck_assert_double_eq_tol(sigma[0], 2 * POISSON * PRESS, 1e-14);
  ck_assert_double_eq_tol(sigma[1], PRESS, 1e-14);
  exact_block(3, strain, sigma);
  ck_assert_double_eq_tol(sigma[0], PRESS * POISSON / (1 - POISSON), 1e-14);
  ck_assert_double_eq_tol(strain[2], PRESS * (1 + POISSON) * (1 - 2 * POISSON) / (YOUNG * (1 - POISSON)), 1e-14);
}
END_TEST

/* ---- Two tissues in a row ---------------------------------------------------------------------------------------- */

/* Held across the sides, both ends held: (lambda + 2 mu) dw/dx - s = T is the same all along, and a linear element is
 * exact at its nodes. s = PRESS (1 - x), one tissue up to x = 1/2 and a stiffer one behind. */
START_TEST(two_tissues_meet_with_one_stress)
{
  struct body b;
  double modulus[2], tension, middle;
  const double young[2] = {YOUNG, 3 * YOUNG}, poisson[2] = {POISSON, 0.2};

  body_create(test_mesh(PETSC_COMM_WORLD, types[_i], 4, NULL), &b);
  for (int i = 0; i < b.mesh->n_owned; i++)
    b.held[i] = (unsigned char)(6 | (b.mesh->surface[i] & 3 ? 1 : 0));
  for (int i = 0; i < b.mesh->n_local; i++)
    b.s[i] = PRESS * (1 - b.mesh->xyz[3 * i]);
  for (int c = 0; c < b.mesh->n_cells_local; c++) {
    const int n = hc_cell_nodes(b.mesh->type);
    double x = 0;
    for (int k = 0; k < n; k++)
      x += b.mesh->xyz[3 * b.mesh->cells[n * c + k]] / n;
    b.young[c] = young[x > 0.5];
    b.poisson[c] = poisson[x > 0.5];
  }
  body_solve(&b);
  for (int m = 0; m < 2; m++)
    modulus[m] = young[m] * (1 - poisson[m]) / ((1 + poisson[m]) * (1 - 2 * poisson[m]));
  tension = -PRESS * (0.375 / modulus[0] + 0.125 / modulus[1]) / (0.5 / modulus[0] + 0.5 / modulus[1]);
  middle = (tension / 2 + 0.375 * PRESS) / modulus[0];
  for (int i = 0; i < b.mesh->n_local; i++) {
    const double x = b.mesh->xyz[3 * i], d = x - 0.5;
    const double exact = x <= 0.5 ? (tension * x + PRESS * (x - x * x / 2)) / modulus[0]
                                  : middle + (tension * d + PRESS * (d / 2 - d * d / 2)) / modulus[1];
    ck_assert_double_eq_tol(b.w[3 * i], exact, 1e-10);
    ck_assert(b.w[3 * i + 1] == 0 && b.w[3 * i + 2] == 0);
  }
  body_destroy(&b);
}
END_TEST

/* ---- Rotations and rigid motions --------------------------------------------------------------------------------- */

static const double turn[3][3] = {{0.36, 0.48, -0.8}, {-0.8, 0.6, 0}, {0.48, 0.64, 0.6}};

static void turned(const double from[3], double to[3])
{
  double inside[3];

  warp_inside(from, inside);
  for (int a = 0; a < 3; a++)
    to[a] = turn[a][0] * inside[0] + turn[a][1] * inside[1] + turn[a][2] * inside[2] + 5;
}

/* A stress without symmetry that is a number of the lattice. */
static void press_somewhere(struct body *b)
{
  for (int i = 0; i < b->mesh->n_local; i++) {
    double at[3];
    test_lattice(b->mesh, 5, i, at);
    b->s[i] = exp(-20 * (pow(at[0] - 0.4, 2) + pow(at[1] - 0.55, 2) + pow(at[2] - 0.3, 2)));
  }
  for (int i = 0; i < b->mesh->n_owned; i++)
    b->held[i] = b->mesh->surface[i] & 1 ? 7 : 0; /* one side: the others are free */
}

/* Where a number of the file is; numbers of the run go along a curve in space. -1: on another rank. */
static int find(int n, const int64_t *numbers, int64_t wanted)
{
  for (int i = 0; i < n; i++)
    if (numbers[i] == wanted)
      return i;
  return -1;
}

START_TEST(a_turned_body_moves_as_it_did)
{
  struct body straight, other;
  int found = 0;

  body_create(test_mesh(PETSC_COMM_WORLD, types[_i], 5, warp_inside), &straight);
  body_create(test_mesh(PETSC_COMM_WORLD, types[_i], 5, turned), &other);
  press_somewhere(&straight);
  press_somewhere(&other);
  body_solve(&straight);
  body_solve(&other);
  for (int i = 0; i < straight.mesh->n_local; i++) {
    const int j = find(other.mesh->n_local, other.mesh->file_node, straight.mesh->file_node[i]);
    for (int a = 0; a < 3 && j >= 0; a++) {
      double exact = 0;
      for (int b = 0; b < 3; b++)
        exact += turn[a][b] * straight.w[3 * i + b];
      ck_assert_double_eq_tol(other.w[3 * j + a], exact, 1e-10);
    }
    found += j >= 0;
  }
  ck_assert_int_gt(found, 0);
  for (int c = 0; c < straight.mesh->n_cells_local; c++) {
    const int d = find(other.mesh->n_cells_local, other.mesh->file_cell, straight.mesh->file_cell[c]);
    if (d >= 0)
      ck_assert_double_eq_tol(hc_von_mises(other.sigma + 6 * d), hc_von_mises(straight.sigma + 6 * c), 1e-9);
  }
  body_destroy(&straight);
  body_destroy(&other);
}
END_TEST

START_TEST(rigid_motions_strain_nothing)
{
  struct body b;

  body_create(test_mesh(PETSC_COMM_WORLD, types[_i], 3, warp_inside), &b);
  for (int i = 0; i < b.mesh->n_local; i++) {
    const double *x = b.mesh->xyz + 3 * i;
    b.w[3 * i] = 1 + 0.3 * x[1] - 0.2 * x[2];
    b.w[3 * i + 1] = 2 - 0.3 * x[0] + 0.7 * x[2];
    b.w[3 * i + 2] = 3 + 0.2 * x[0] - 0.7 * x[1];
  }
  hc_elastic_stress(b.mesh, &b.tissue, b.w, b.sigma);
  for (int k = 0; k < 6 * b.mesh->n_cells_local; k++)
    ck_assert_double_eq_tol(b.sigma[k], 0, 1e-13);
  body_destroy(&b);
}
END_TEST

/* ---- Stress ------------------------------------------------------------------------------------------------------ */

/* sqrt(3 / 2 dev : dev), of a tensor that is turned and pressed on top. */
START_TEST(von_mises_is_the_norm_of_the_deviator)
{
  static const int first[6] = {0, 1, 2, 0, 1, 0}, second[6] = {0, 1, 2, 1, 2, 2};

  for (int trial = 0; trial < 20; trial++) {
    double full[3][3], sum = 0, sigma[6], other[6];
    for (int k = 0; k < 6; k++) {
      sigma[k] = test_random(6 * trial + k) - 0.5;
      full[first[k]][second[k]] = full[second[k]][first[k]] = sigma[k];
    }
    const double mean = (sigma[0] + sigma[1] + sigma[2]) / 3;
    for (int a = 0; a < 3; a++)
      for (int b = 0; b < 3; b++)
        sum += pow(full[a][b] - (a == b ? mean : 0), 2);
    ck_assert_double_eq_tol(hc_von_mises(sigma), sqrt(1.5 * sum), 1e-14);
    for (int k = 0; k < 6; k++) {
      other[k] = k < 3 ? 7 : 0;
      for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
          other[k] += turn[first[k]][a] * full[a][b] * turn[second[k]][b];
    }
    ck_assert_double_eq_tol(hc_von_mises(other), sqrt(1.5 * sum), 1e-13);
  }
  ck_assert_double_eq_tol(hc_von_mises((double[6]){0, -3, 0, 0, 0, 0}), 3, 1e-15);
  ck_assert_double_eq_tol(hc_von_mises((double[6]){0, 0, 0, 0, 2, 0}), 2 * sqrt(3), 1e-14);
}
END_TEST

/* ---- Ranks, starts and errors ------------------------------------------------------------------------------------ */

START_TEST(ranks_and_starts_change_nothing)
{
  struct body all, alone;
  struct hc_elastic *elastic;
  int64_t first, total, solves, most;

  body_create(test_mesh(PETSC_COMM_WORLD, types[_i], 5, warp_inside), &all);
  body_create(test_mesh(PETSC_COMM_SELF, types[_i], 5, warp_inside), &alone);
  press_somewhere(&all);
  press_somewhere(&alone);
  body_solve(&alone);
  ck_call(hc_elastic_create(all.mesh, &all.tissue, all.held, 1e-13, &elastic));
  ck_call(hc_elastic_solve(elastic, all.s, all.w));
  for (int i = 0; i < all.mesh->n_local; i++) {
    const int j = find(alone.mesh->n_local, alone.mesh->file_node, all.mesh->file_node[i]);
    for (int k = 0; k < 3; k++)
      ck_assert_double_eq_tol(all.w[3 * i + k], alone.w[3 * j + k], 1e-11);
  }
  hc_elastic_iterations(elastic, &first, &solves, &most);
  ck_assert_int_gt(first, 3);
  ck_call(hc_elastic_solve(elastic, all.s, all.w)); /* from the solution */
  hc_elastic_iterations(elastic, &total, &solves, &most);
  ck_assert_int_le(total - first, 1);
  ck_assert_int_eq(solves, 2);
  memset(all.s, 0, (size_t)all.mesh->n_local * sizeof *all.s);
  ck_call(hc_elastic_solve(elastic, all.s, all.w)); /* no load, no displacement, however it starts */
  for (int i = 0; i < 3 * all.mesh->n_local; i++)
    ck_assert(all.w[i] == 0);
  hc_elastic_destroy(&elastic);
  body_destroy(&all);
  body_destroy(&alone);
}
END_TEST

START_TEST(what_cannot_be_solved_is_refused)
{
  struct hc_elastic *elastic;
  struct body b;

  body_create(test_mesh(PETSC_COMM_WORLD, HC_HEXAHEDRON, 3, NULL), &b);
  for (int i = 0; i < b.mesh->n_owned; i++)
    b.held[i] = 5;
  ck_call_fails(hc_elastic_create(b.mesh, &b.tissue, b.held, 1e-6, &elastic), HC_ERR_INPUT,
                "nothing holds the tissue along y");
  body_destroy(&b);
  body_create(test_mesh(PETSC_COMM_WORLD, HC_TRIANGLE, 3, NULL), &b);
  ck_call_fails(hc_elastic_create(b.mesh, &b.tissue, b.held, 1e-6, &elastic), HC_ERR_INPUT, "the mesh is of triangles");
  body_destroy(&b);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("elastic");
  TCase *t = tcase_create("elastic");
  tcase_set_timeout(t, 0);
  tcase_add_loop_test(t, a_block_under_even_stress_is_exact, 0, 8);
  tcase_add_test(t, blocks_agree_with_pencil_and_paper);
  tcase_add_loop_test(t, two_tissues_meet_with_one_stress, 0, 2);
  tcase_add_loop_test(t, a_turned_body_moves_as_it_did, 0, 2);
  tcase_add_loop_test(t, rigid_motions_strain_nothing, 0, 2);
  tcase_add_test(t, von_mises_is_the_norm_of_the_deviator);
  tcase_add_loop_test(t, ranks_and_starts_change_nothing, 0, 2);
  tcase_add_test(t, what_cannot_be_solved_is_refused);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
