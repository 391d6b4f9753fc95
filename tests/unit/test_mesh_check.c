/* What hc_slab_check() refuses, with its message, and what it repairs: the same on any number of ranks. */
#include "hc_check.h"
#include "mesh.h"

#include <math.h>
#include <string.h>

static const double unit[3] = {1, 1, 1};

static struct hc_slab *cube(enum hc_cell_type type, double spacing)
{
  struct hc_slab *slab;
  ck_call(hc_slab_box(PETSC_COMM_WORLD, type, unit, spacing, &slab));
  return slab;
}

/* Place of node or cell `i` of the file in this rank's slab, -1 if it is elsewhere. */
static int64_t place(int64_t n, int64_t i)
{
  int rank, size;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  const int64_t start = hc_slab_start(n, rank, size);
  return i >= start && i < hc_slab_start(n, rank + 1, size) ? i - start : -1;
}

static void set_x(struct hc_slab *slab, int64_t node, double x, double y, double z)
{
  const int64_t i = place(slab->n_nodes, node);
  if (i >= 0) {
    slab->xyz[3 * i] = x;
    slab->xyz[3 * i + 1] = y;
    slab->xyz[3 * i + 2] = z;
  }
}

/* Node j of a cell, if it is here. */
static void set_node(struct hc_slab *slab, int64_t cell, int j, int64_t node)
{
  const int64_t c = place(slab->n_cells, cell);
  if (c >= 0)
    slab->cells[hc_cell_nodes(slab->type) * c + j] = node;
}

static void swap(struct hc_slab *slab, int64_t cell, int a, int b)
{
  const int64_t c = place(slab->n_cells, cell);
  if (c >= 0) {
    int64_t *node = slab->cells + hc_cell_nodes(slab->type) * c;
    const int64_t t = node[a];
    node[a] = node[b];
    node[b] = t;
  }
}

/* The whole message, letter by letter. */
static void refused(struct hc_slab *slab, const char *message)
{
  int64_t repaired;
  const PetscErrorCode code = hc_slab_check(slab, "a.vtkhdf", &repaired);
  ck_assert_int_eq((int)code, (int)HC_ERR_INPUT);
  ck_assert_str_eq(hc_error_message(), message);
  hc_error_clear();
  hc_slab_destroy(&slab);
}

START_TEST(good_meshes_pass)
{
  struct hc_slab *slab = cube((enum hc_cell_type)_i, 0.25);
  int64_t repaired = -1;
  ck_call(hc_slab_check(slab, "box", &repaired));
  ck_assert_int_eq(repaired, 0);
  hc_slab_destroy(&slab);
}
END_TEST

START_TEST(coordinates_must_be_finite)
{
  struct hc_slab *slab = cube(HC_TETRAHEDRON, 0.5); /* 27 nodes, 48 cells */
  set_x(slab, 20, 0.5, INFINITY, 0);
  set_x(slab, 7, 0.5, 1, NAN);
  refused(slab, "a.vtkhdf: node 7 at (0.5, 1, nan) mm is not finite; 2 nodes like this");
}
END_TEST

START_TEST(node_numbers_must_be_in_range)
{
  struct hc_slab *slab = cube(HC_TETRAHEDRON, 0.5);
  set_node(slab, 47, 2, -1);
  set_node(slab, 30, 1, 27);
  for (int j = 0; j < 4; j++)
    set_node(slab, 30, j, j == 1 ? 27 : j);
  refused(slab, "a.vtkhdf: cell 30 (tetrahedron with nodes 0, 27, 2, 3) has a node out of range; nodes are 0 to 26; 2 "
                "cells like this");
}
END_TEST

START_TEST(nodes_must_not_repeat)
{
  struct hc_slab *slab = cube(HC_TRIANGLE, 0.5);
  for (int j = 0; j < 3; j++)
    set_node(slab, 5, j, j == 2 ? 3 : 3 + j);
  refused(slab, "a.vtkhdf: cell 5 (triangle with nodes 3, 4, 3) has a node twice");
}
END_TEST

START_TEST(flat_cells_are_refused)
{
  struct hc_slab *slab = cube(HC_TETRAHEDRON, 1); /* 8 nodes, 6 cells around the diagonal 0-7 */
  set_x(slab, 1, 0.5, 0.5, 0.5);                  /* of cells 0 and 1, onto the diagonal */
  refused(slab, "a.vtkhdf: cell 0 (tetrahedron with nodes 0, 1, 3, 7) around (0.625, 0.625, 0.375) mm has no volume; 2 "
                "cells like this");
  slab = cube(HC_TRIANGLE, 1);
  set_x(slab, 1, 0.5, 0.5, 0);
  refused(slab, "a.vtkhdf: cell 0 (triangle with nodes 0, 1, 3) around (0.5, 0.5, 0) mm has no area");
}
END_TEST

/* Relative to the cell's size, not in mm3. */
START_TEST(small_cells_are_not_flat)
{
  struct hc_slab *slab = cube((enum hc_cell_type)_i, 0.5);
  int64_t repaired;
  for (int64_t i = 0; i < 3 * hc_slab_nodes(slab); i++)
    slab->xyz[i] *= 1e-9;
  ck_call(hc_slab_check(slab, "box", &repaired));
  ck_assert_int_eq(repaired, 0);
  hc_slab_destroy(&slab);
}
END_TEST

/* Finite coordinates, but products of them leave the range of a double: volumes would be NaN. */
START_TEST(cells_beyond_the_range_are_refused)
{
  const double scale[] = {1e200, _i == HC_TRIANGLE ? 1e-200 : 1e-120};
  for (int i = 0; i < 2; i++) {
    struct hc_slab *slab = cube((enum hc_cell_type)_i, 1);
    int64_t repaired;
    for (int64_t k = 0; k < 3 * hc_slab_nodes(slab); k++)
      slab->xyz[k] *= scale[i];
    ck_call_fails(hc_slab_check(slab, "box", &repaired), HC_ERR_INPUT, _i == HC_TRIANGLE ? "no area" : "no volume");
    hc_slab_destroy(&slab);
  }
}
END_TEST

START_TEST(nodes_must_be_in_a_cell)
{
  struct hc_slab *slab = cube(HC_HEXAHEDRON, 0.5);
  set_node(slab, 0, 0, 1); /* node 0 is in cell 0 only */
  set_node(slab, 0, 1, 2);
  refused(slab, "a.vtkhdf: node 0 at (0, 0, 0) mm is in no cell (disconnected)");
}
END_TEST

START_TEST(surface_tags_have_31_bits)
{
  struct hc_slab *slab = cube(HC_HEXAHEDRON, 0.5);
  const int64_t i = place(27, 13);
  if (i >= 0)
    slab->surface[i] = INT32_MIN;
  refused(slab, "a.vtkhdf: node 13 at (0.5, 0.5, 0.5) mm has a surface tag out of range; tags are 1 to 31");
}
END_TEST

START_TEST(inverted_tetrahedra_are_repaired)
{
  struct hc_slab *slab = cube(HC_TETRAHEDRON, 0.5);
  int64_t repaired;
  swap(slab, 3, 0, 1);
  swap(slab, 44, 2, 3);
  ck_call(hc_slab_check(slab, "box", &repaired));
  ck_assert_int_eq(repaired, 2);
  ck_call(hc_slab_check(slab, "box", &repaired));
  ck_assert_int_eq(repaired, 0);
  hc_slab_destroy(&slab);
}
END_TEST

START_TEST(inverted_hexahedra_are_repaired)
{
  struct hc_slab *slab = cube(HC_HEXAHEDRON, 0.5);
  int64_t repaired;
  for (int j = 0; j < 4; j++)
    swap(slab, 6, j, j + 4);
  swap(slab, 2, 1, 3); /* mirrored: the bottom runs the other way round */
  swap(slab, 2, 5, 7);
  ck_call(hc_slab_check(slab, "box", &repaired));
  ck_assert_int_eq(repaired, 2);
  hc_slab_destroy(&slab);
}
END_TEST

START_TEST(tangled_hexahedra_are_refused)
{
  struct hc_slab *slab = cube(HC_HEXAHEDRON, 0.5); /* 27 nodes, 8 cells */
  swap(slab, 3, 4, 5);
  refused(slab, "a.vtkhdf: cell 3 (hexahedron with nodes 4, 5, 8, 7, 14, 13, 17, 16) around (0.75, 0.75, 0.25) mm is "
                "tangled: its volume is not positive at every corner");
}
END_TEST

/* Several separate pieces are a mesh too. */
START_TEST(pieces_are_allowed)
{
  struct hc_slab *slab;
  int64_t repaired;
  ck_call(hc_slab_create(PETSC_COMM_WORLD, HC_TETRAHEDRON, 8, 2, &slab));
  for (int piece = 0; piece < 2; piece++)
    for (int j = 0; j < 4; j++) {
      set_x(slab, 4 * piece + j, 5 * piece + (j == 1), j == 2, j == 3);
      set_node(slab, piece, j, 4 * piece + j);
    }
  ck_call(hc_slab_check(slab, "two", &repaired));
  hc_slab_destroy(&slab);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("mesh_check");
  TCase *t = tcase_create("mesh_check");
  tcase_set_timeout(t, 0);
  tcase_add_loop_test(t, good_meshes_pass, 0, 3);
  tcase_add_test(t, coordinates_must_be_finite);
  tcase_add_test(t, node_numbers_must_be_in_range);
  tcase_add_test(t, nodes_must_not_repeat);
  tcase_add_test(t, flat_cells_are_refused);
  tcase_add_loop_test(t, small_cells_are_not_flat, 0, 3);
  tcase_add_loop_test(t, cells_beyond_the_range_are_refused, 0, 3);
  tcase_add_test(t, nodes_must_be_in_a_cell);
  tcase_add_test(t, surface_tags_have_31_bits);
  tcase_add_test(t, inverted_tetrahedra_are_repaired);
  tcase_add_test(t, inverted_hexahedra_are_repaired);
  tcase_add_test(t, tangled_hexahedra_are_refused);
  tcase_add_test(t, pieces_are_allowed);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
