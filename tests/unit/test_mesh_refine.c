/* Uniform refinement against brute force and against one rank. */
#include "hc_check.h"
#include "mesh.h"

#include <math.h>
#include <string.h>

static const double sides[3] = {1, 0.75, 0.5};

static struct hc_slab *box(MPI_Comm comm, enum hc_cell_type type, double spacing)
{
  struct hc_slab *slab;
  ck_call(hc_slab_box(comm, type, sides, spacing, &slab));
  return slab;
}

static struct hc_slab *refined(const struct hc_slab *coarse)
{
  struct hc_slab *fine;
  ck_call(hc_slab_refine(coarse, &fine));
  return fine;
}

/* First thing of this rank's slab of n. */
static int64_t first(const struct hc_slab *slab, int64_t n)
{
  int rank, size;
  MPI_Comm_rank(slab->comm, &rank);
  MPI_Comm_size(slab->comm, &size);
  return hc_slab_start(n, rank, size);
}

/* Distinct edges (pairs at distance one along the lattice or its diagonals), one rank, brute force. */
static int64_t count_edges(const struct hc_slab *slab)
{
  static const int edges[3][12][2] = {
      {{0, 1}, {1, 2}, {2, 0}},
      {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}},
      {{0, 1}, {1, 2}, {2, 3}, {3, 0}, {4, 5}, {5, 6}, {6, 7}, {7, 4}, {0, 4}, {1, 5}, {2, 6}, {3, 7}}};
  static const int n_edges[3] = {3, 6, 12};
  int64_t count = 0;
  bool *seen;
  ck_call(PetscCalloc1(slab->n_nodes * slab->n_nodes, &seen));
  for (int64_t c = 0; c < slab->n_cells; c++)
    for (int e = 0; e < n_edges[slab->type]; e++) {
      const int64_t *cell = slab->cells + hc_cell_nodes(slab->type) * c;
      const int64_t a = cell[edges[slab->type][e][0]], b = cell[edges[slab->type][e][1]];
      bool *here = &seen[PetscMin(a, b) * slab->n_nodes + PetscMax(a, b)];
      count += !*here;
      *here = true;
    }
  ck_call(PetscFree(seen));
  return count;
}

START_TEST(counts_are_right)
{
  const enum hc_cell_type type = (enum hc_cell_type)_i;
  struct hc_slab *alone = box(PETSC_COMM_SELF, type, 0.25), *coarse = box(PETSC_COMM_WORLD, type, 0.25);
  struct hc_slab *fine = refined(coarse);
  int64_t expected = alone->n_nodes + count_edges(alone);
  if (type == HC_HEXAHEDRON) /* 4 x 3 x 2 cells */
    expected += alone->n_cells + 5 * 3 * 2 + 4 * 4 * 2 + 4 * 3 * 3;
  ck_assert_int_eq(fine->n_nodes, expected);
  ck_assert_int_eq(fine->n_cells, (type == HC_TRIANGLE ? 4 : 8) * coarse->n_cells);
  if (type == HC_TETRAHEDRON) { /* all midpoints of Kuhn's box are on the lattice of half the spacing */
    ck_assert_int_eq(fine->n_nodes, 9 * 7 * 5);
  }
  hc_slab_destroy(&alone);
  hc_slab_destroy(&coarse);
  hc_slab_destroy(&fine);
}
END_TEST

/* Sum of volumes (areas) from simplices at the first corner of each cell; all must be positive. */
static double measure(const struct hc_slab *slab)
{
  const struct hc_mesh_options options = {HC_PART_CURVE, 1, NULL};
  const int corner[3] = {1, slab->type == HC_HEXAHEDRON ? 3 : 2, slab->type == HC_HEXAHEDRON ? 4 : 3};
  struct hc_mesh *mesh;
  double sum = 0;
  ck_call(hc_mesh_create(slab, &options, &mesh));
  ck_call(hc_mesh_check(mesh));
  for (int64_t c = 0; c < mesh->n_cells_local; c++) {
    const int *node = mesh->cells + hc_cell_nodes(slab->type) * c;
    double e[3][3] = {{0}, {0}, {0, 0, 1}};
    for (int j = 0; j < (slab->type == HC_TRIANGLE ? 2 : 3); j++)
      for (int d = 0; d < 3; d++)
        e[j][d] = mesh->xyz[3 * node[corner[j]] + d] - mesh->xyz[3 * node[0] + d];
    const double v = e[0][0] * (e[1][1] * e[2][2] - e[1][2] * e[2][1]) -
                     e[0][1] * (e[1][0] * e[2][2] - e[1][2] * e[2][0]) +
                     e[0][2] * (e[1][0] * e[2][1] - e[1][1] * e[2][0]);
    ck_assert_double_gt(v, 0);
    if (mesh->cell_owned[c])
      sum += v / (slab->type == HC_TRIANGLE ? 2 : slab->type == HC_TETRAHEDRON ? 6 : 1);
  }
  MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD);
  hc_mesh_destroy(&mesh);
  return sum;
}

START_TEST(volume_is_kept)
{
  struct hc_slab *coarse = box(PETSC_COMM_WORLD, (enum hc_cell_type)_i, 0.25), *fine, *finer;
  int64_t repaired;
  fine = refined(coarse);
  finer = refined(fine);
  ck_assert_double_eq_tol(measure(fine), _i == HC_TRIANGLE ? 0.75 : 0.375, 1e-13);
  ck_assert_double_eq_tol(measure(finer), _i == HC_TRIANGLE ? 0.75 : 0.375, 1e-13);
  ck_call(hc_slab_check(finer, "refined box", &repaired));
  ck_assert_int_eq(repaired, 0);
  hc_slab_destroy(&coarse);
  hc_slab_destroy(&fine);
  hc_slab_destroy(&finer);
}
END_TEST

/* On a box a node is on a side exactly if its coordinate says so. */
START_TEST(surfaces_follow_the_sides)
{
  struct hc_slab *coarse = box(PETSC_COMM_WORLD, (enum hc_cell_type)_i, 0.25), *fine = refined(coarse);
  for (int64_t i = 0; i < hc_slab_nodes(fine); i++) {
    int32_t bits = 0;
    for (int d = 0; d < (_i == HC_TRIANGLE ? 2 : 3); d++) {
      bits |= fine->xyz[3 * i + d] == 0 ? 1 << 2 * d : 0;
      bits |= fine->xyz[3 * i + d] == sides[d] ? 2 << 2 * d : 0;
    }
    ck_assert_int_eq(fine->surface[i], bits);
  }
  hc_slab_destroy(&coarse);
  hc_slab_destroy(&fine);
}
END_TEST

/* Tags of an edge need a boundary facet whose nodes all have the tag: not an edge inside, not a lone edge. */
START_TEST(surfaces_need_a_facet)
{
  struct hc_slab *coarse = box(PETSC_COMM_WORLD, HC_TETRAHEDRON, 10), *fine; /* one cube: 8 nodes, 6 cells */
  for (int64_t i = 0; i < hc_slab_nodes(coarse); i++)
    coarse->surface[i] = first(coarse, 8) + i < 2 ? 3 : 1; /* tag 1 everywhere, tag 2 at the ends of edge 0-1 */
  fine = refined(coarse);
  ck_assert_int_eq(fine->n_nodes, 8 + 19);
  for (int64_t i = 0; i < hc_slab_nodes(fine); i++) {
    const double *x = fine->xyz + 3 * i;
    const bool centre = x[0] == 0.5 && x[1] == 0.375 && x[2] == 0.25;
    const int64_t node = first(fine, fine->n_nodes) + i;
    ck_assert_int_eq(fine->surface[i], centre ? 0 : node < 2 ? 3 : 1);
  }
  hc_slab_destroy(&coarse);
  hc_slab_destroy(&fine);
}
END_TEST

static void add_fields(struct hc_slab *slab)
{
  struct hc_slab_field *f;
  ck_call(hc_slab_add_field(slab, "linear", "mV", HC_NODE, 2, &f));
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++) {
    f->values[2 * i] = slab->xyz[3 * i] + 2 * slab->xyz[3 * i + 1] + 3 * slab->xyz[3 * i + 2];
    f->values[2 * i + 1] = sin((double)(first(slab, slab->n_nodes) + i));
  }
  ck_call(hc_slab_add_field(slab, "number", "", HC_CELL, 1, &f));
  for (int64_t c = 0; c < hc_slab_cells(slab); c++) {
    f->values[c] = (double)(first(slab, slab->n_cells) + c);
    slab->region[c] = (int32_t)((first(slab, slab->n_cells) + c) % 5);
  }
}

START_TEST(fields_are_inherited)
{
  struct hc_slab *coarse = box(PETSC_COMM_WORLD, (enum hc_cell_type)_i, 0.25), *fine;
  const int children = _i == HC_TRIANGLE ? 4 : 8;
  add_fields(coarse);
  fine = refined(coarse);
  const struct hc_slab_field *linear = hc_slab_find_field(fine, "linear", HC_NODE);
  const struct hc_slab_field *number = hc_slab_find_field(fine, "number", HC_CELL);
  ck_assert(linear && number && !hc_slab_find_field(fine, "number", HC_NODE));
  ck_assert_str_eq(linear->unit, "mV");
  for (int64_t i = 0; i < hc_slab_nodes(fine); i++)
    ck_assert_double_eq_tol(linear->values[2 * i],
                            fine->xyz[3 * i] + 2 * fine->xyz[3 * i + 1] + 3 * fine->xyz[3 * i + 2], 1e-14);
  for (int64_t c = 0; c < hc_slab_cells(fine); c++) {
    const int64_t parent = (first(fine, fine->n_cells) + c) / children;
    ck_assert_double_eq(number->values[c], (double)parent);
    ck_assert_int_eq(fine->region[c], parent % 5);
  }
  hc_slab_destroy(&coarse);
  hc_slab_destroy(&fine);
}
END_TEST

/* Bit for bit what one rank makes. */
START_TEST(ranks_do_not_matter)
{
  struct hc_slab *coarse = box(PETSC_COMM_WORLD, (enum hc_cell_type)_i, 0.25), *fine;
  struct hc_slab *coarse_alone = box(PETSC_COMM_SELF, (enum hc_cell_type)_i, 0.25), *alone;
  add_fields(coarse);
  add_fields(coarse_alone);
  fine = refined(coarse);
  alone = refined(coarse_alone);
  const int64_t n = hc_slab_nodes(fine), m = hc_slab_cells(fine), node = first(fine, fine->n_nodes);
  const int64_t cell = first(fine, fine->n_cells);
  const int per_cell = hc_cell_nodes(fine->type);
  ck_assert_int_eq(fine->n_nodes, alone->n_nodes);
  ck_assert_mem_eq(fine->xyz, alone->xyz + 3 * node, (size_t)(3 * n) * sizeof(double));
  ck_assert_mem_eq(fine->surface, alone->surface + node, (size_t)n * sizeof(int32_t));
  ck_assert_mem_eq(fine->fields[0].values, alone->fields[0].values + 2 * node, (size_t)(2 * n) * sizeof(double));
  ck_assert_mem_eq(fine->cells, alone->cells + per_cell * cell, (size_t)(per_cell * m) * sizeof(int64_t));
  ck_assert_mem_eq(fine->region, alone->region + cell, (size_t)m * sizeof(int32_t));
  ck_assert_mem_eq(fine->fields[1].values, alone->fields[1].values + cell, (size_t)m * sizeof(double));
  hc_slab_destroy(&coarse);
  hc_slab_destroy(&coarse_alone);
  hc_slab_destroy(&fine);
  hc_slab_destroy(&alone);
}
END_TEST

/* Old nodes first and unchanged, then midpoints in the order of their edges' ends. */
START_TEST(numbering_is_by_sorted_edges)
{
  struct hc_slab *coarse = box(PETSC_COMM_SELF, HC_TETRAHEDRON, 0.25), *fine = refined(coarse);
  int64_t node = coarse->n_nodes;
  bool *edge;
  ck_call(PetscCalloc1(coarse->n_nodes * coarse->n_nodes, &edge));
  for (int64_t c = 0; c < coarse->n_cells; c++)
    for (int i = 0; i < 4; i++)
      for (int j = 0; j < 4; j++)
        edge[coarse->cells[4 * c + i] * coarse->n_nodes + coarse->cells[4 * c + j]] = true;
  ck_assert_mem_eq(coarse->xyz, fine->xyz, (size_t)(3 * coarse->n_nodes) * sizeof(double));
  for (int64_t a = 0; a < coarse->n_nodes; a++)
    for (int64_t b = a + 1; b < coarse->n_nodes; b++)
      if (edge[a * coarse->n_nodes + b]) {
        for (int d = 0; d < 3; d++)
          ck_assert_double_eq(fine->xyz[3 * node + d], (coarse->xyz[3 * a + d] + coarse->xyz[3 * b + d]) / 2);
        node++;
      }
  ck_assert_int_eq(node, fine->n_nodes);
  ck_call(PetscFree(edge));
  hc_slab_destroy(&coarse);
  hc_slab_destroy(&fine);
}
END_TEST

/* One tetrahedron, stretched so that each diagonal in turn is the shortest. */
START_TEST(shortest_diagonal_is_taken)
{
  const double corner[3][4][3] = {{{0, 0, 0}, {1, 0, 0}, {0, 3, 0.4}, {1, -3, 0.4}},
                                  {{0, 0, 0}, {0, 3, 0.4}, {1, 0, 0}, {1, -3, 0.4}},
                                  {{0, 0, 0}, {0, 3, 0.4}, {1, -3, 0.4}, {1, 0, 0}}};
  struct hc_slab *coarse, *fine;
  int64_t repaired;
  double shortest = INFINITY, taken = 0, x[3][2][3];
  ck_call(hc_slab_create(PETSC_COMM_SELF, HC_TETRAHEDRON, 4, 1, &coarse));
  for (int j = 0; j < 4; j++) {
    coarse->cells[j] = j;
    memcpy(coarse->xyz + 3 * j, corner[_i][j], sizeof corner[_i][j]);
  }
  ck_call(hc_slab_check(coarse, "one", &repaired));
  fine = refined(coarse);
  static const int pairs[3][2][2] = {{{0, 1}, {2, 3}}, {{0, 2}, {1, 3}}, {{0, 3}, {1, 2}}};
  for (int p = 0; p < 3; p++) {
    double sum = 0;
    for (int d = 0; d < 3; d++) {
      for (int e = 0; e < 2; e++)
        x[p][e][d] = (corner[_i][pairs[p][e][0]][d] + corner[_i][pairs[p][e][1]][d]) / 2;
      sum += (x[p][0][d] - x[p][1][d]) * (x[p][0][d] - x[p][1][d]);
    }
    shortest = fmin(shortest, sqrt(sum));
  }
  const int64_t *inner = fine->cells + 4 * 4; /* the four around the diagonal share their first two nodes */
  for (int d = 0; d < 3; d++)
    taken = hypot(taken, fine->xyz[3 * inner[0] + d] - fine->xyz[3 * inner[1] + d]);
  for (int child = 1; child < 4; child++) {
    ck_assert_int_eq(inner[4 * child], inner[0]);
    ck_assert_int_eq(inner[4 * child + 1], inner[1]);
  }
  ck_assert_double_eq_tol(taken, shortest, 1e-14);
  ck_call(hc_slab_check(fine, "eight", &repaired));
  ck_assert_int_eq(repaired, 0);
  hc_slab_destroy(&coarse);
  hc_slab_destroy(&fine);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("mesh_refine");
  TCase *t = tcase_create("mesh_refine");
  tcase_set_timeout(t, 0);
  tcase_add_loop_test(t, counts_are_right, 0, 3);
  tcase_add_loop_test(t, volume_is_kept, 0, 3);
  tcase_add_loop_test(t, surfaces_follow_the_sides, 0, 3);
  tcase_add_test(t, surfaces_need_a_facet);
  tcase_add_loop_test(t, fields_are_inherited, 0, 3);
  tcase_add_loop_test(t, ranks_do_not_matter, 0, 3);
  tcase_add_test(t, numbering_is_by_sorted_edges);
  tcase_add_loop_test(t, shortest_diagonal_is_taken, 0, 3);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
