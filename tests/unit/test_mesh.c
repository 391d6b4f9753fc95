/* Boxes, partitions and the distributed mesh. */
#include "hc_check.h"
#include "mesh.h"

#include <math.h>
#include <string.h>

static const double sides[3] = {3, 2, 1.5};
static const enum hc_cell_type types[] = {HC_TRIANGLE, HC_TETRAHEDRON, HC_HEXAHEDRON};
static const enum hc_partitioner partitioners[] = {HC_PART_METIS, HC_PART_PTSCOTCH, HC_PART_CURVE};

static void ranks(int *rank, int *n_ranks)
{
  MPI_Comm_rank(PETSC_COMM_WORLD, rank);
  MPI_Comm_size(PETSC_COMM_WORLD, n_ranks);
}

static struct hc_slab *box(enum hc_cell_type type, double spacing)
{
  struct hc_slab *slab;
  ck_call(hc_slab_box(PETSC_COMM_WORLD, type, sides, spacing, &slab));
  return slab;
}

static struct hc_mesh *distribute(const struct hc_slab *slab, enum hc_partitioner partitioner)
{
  const struct hc_mesh_options options = {partitioner, 1, NULL};
  struct hc_mesh *mesh;
  ck_call(hc_mesh_create(slab, &options, &mesh));
  return mesh;
}

static void cross(const double a[3], const double b[3], double c[3])
{
  for (int d = 0; d < 3; d++)
    c[d] = a[(d + 1) % 3] * b[(d + 2) % 3] - a[(d + 2) % 3] * b[(d + 1) % 3];
}

static double dot(const double a[3], const double b[3])
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Volume, or for triangles the area in z; positive in VTK's order. Hexahedra are parallelepipeds here. */
static double volume(const struct hc_mesh *mesh, int cell)
{
  const int n = hc_cell_nodes(mesh->type), *node = mesh->cells + n * cell;
  const int corner[3] = {1, mesh->type == HC_HEXAHEDRON ? 3 : 2, mesh->type == HC_HEXAHEDRON ? 4 : 3};
  double edge[3][3], normal[3];
  for (int j = 0; j < PetscMin(n - 1, 3); j++)
    for (int d = 0; d < 3; d++)
      edge[j][d] = mesh->xyz[3 * node[corner[j]] + d] - mesh->xyz[3 * node[0] + d];
  cross(edge[0], edge[1], normal);
  if (mesh->type == HC_TRIANGLE)
    return normal[2] / 2;
  return dot(normal, edge[2]) / (mesh->type == HC_TETRAHEDRON ? 6 : 1);
}

START_TEST(box_has_its_counts)
{
  struct hc_slab *slab = box(HC_TETRAHEDRON, 0.5);
  ck_assert_int_eq(slab->n_nodes, 7 * 5 * 4);
  ck_assert_int_eq(slab->n_cells, 6 * 6 * 4 * 3);
  hc_slab_destroy(&slab);
  slab = box(HC_TRIANGLE, 0.5);
  ck_assert_int_eq(slab->n_nodes, 7 * 5);
  ck_assert_int_eq(slab->n_cells, 6 * 4 * 2);
  hc_slab_destroy(&slab);
  slab = box(HC_HEXAHEDRON, 0.45); /* edges at most 0.45: rounded up */
  ck_assert_int_eq(slab->n_nodes, 8 * 6 * 5);
  ck_assert_int_eq(slab->n_cells, 7 * 5 * 4);
  hc_slab_destroy(&slab);
  ck_assert_ptr_null(slab);
}
END_TEST

START_TEST(spacing_survives_rounding)
{
  const double side[3] = {20, 7, 3};
  struct hc_slab *slab;
  ck_call(hc_slab_box(PETSC_COMM_WORLD, HC_HEXAHEDRON, side, 0.1, &slab));
  ck_assert_int_eq(slab->n_cells, 200 * 70 * 30);
  hc_slab_destroy(&slab);
}
END_TEST

START_TEST(cells_fill_the_box)
{
  const enum hc_cell_type type = types[_i];
  struct hc_slab *slab = box(type, 0.3);
  struct hc_mesh *mesh = distribute(slab, HC_PART_CURVE);
  double sum = 0;
  for (int c = 0; c < mesh->n_cells_local; c++) {
    ck_assert_double_gt(volume(mesh, c), 0);
    if (mesh->cell_owned[c])
      sum += volume(mesh, c);
  }
  MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD);
  ck_assert_double_eq_tol(sum, type == HC_TRIANGLE ? 6 : 9, 1e-12);
  hc_mesh_destroy(&mesh);
  hc_slab_destroy(&slab);
}
END_TEST

START_TEST(surface_bits_are_the_sides)
{
  struct hc_slab *slab = box(types[_i], 0.3);
  const int dimensions = types[_i] == HC_TRIANGLE ? 2 : 3;
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++) {
    int32_t bits = 0;
    for (int d = 0; d < dimensions; d++) {
      bits |= slab->xyz[3 * i + d] == 0 ? 1 << 2 * d : 0;
      bits |= slab->xyz[3 * i + d] == sides[d] ? 2 << 2 * d : 0;
    }
    ck_assert_int_eq(slab->surface[i], bits);
  }
  hc_slab_destroy(&slab);
}
END_TEST

START_TEST(box_refuses_nonsense)
{
  const double flat[3] = {1, 0, 1}, endless[3] = {1, 1, INFINITY};
  struct hc_slab *slab;
  ck_call_fails(hc_slab_box(PETSC_COMM_WORLD, HC_HEXAHEDRON, flat, 0.1, &slab), HC_ERR_INPUT,
                "generated box: side y is 0 mm; a positive number is needed");
  ck_call_fails(hc_slab_box(PETSC_COMM_WORLD, HC_HEXAHEDRON, endless, 0.1, &slab), HC_ERR_INPUT, "side z is inf mm");
  ck_call_fails(hc_slab_box(PETSC_COMM_WORLD, HC_HEXAHEDRON, sides, -1, &slab), HC_ERR_INPUT, "spacing is -1 mm");
  ck_call_fails(hc_slab_box(PETSC_COMM_WORLD, HC_HEXAHEDRON, sides, 1e-6, &slab), HC_ERR_INPUT, "more than 1e15 nodes");
}
END_TEST

START_TEST(field_names_are_checked)
{
  struct hc_slab *slab;
  struct hc_slab_field *field;
  ck_call(hc_slab_box(PETSC_COMM_WORLD, HC_HEXAHEDRON, sides, 1, &slab));
  ck_call_fails(hc_slab_add_field(slab, "", "", HC_NODE, 1, &field), HC_ERR_INPUT, "must not be empty");
  ck_call_fails(hc_slab_add_field(slab, "V/m", "", HC_NODE, 1, &field), HC_ERR_INPUT, "field \"V/m\"");
  ck_call_fails(hc_slab_add_field(slab, "V", "", HC_NODE, 0, &field), HC_ERR_INPUT, "has 0 components");
  ck_assert_int_eq(slab->n_fields, 0);
  hc_slab_destroy(&slab);
}
END_TEST

START_TEST(mesh_keeps_its_invariants)
{
  struct hc_slab *slab = box(types[_i % 3], 0.3);
  struct hc_mesh *mesh = distribute(slab, partitioners[_i / 3]);
  ck_call(hc_mesh_check(mesh));
  hc_mesh_destroy(&mesh);
  hc_slab_destroy(&slab);
}
END_TEST

/* A number that no two (thing, component) pairs share, with digits that only a bit-exact copy keeps. */
static double stamp(int64_t file, int k)
{
  return sin((double)file * 3 + k) + (double)file;
}

START_TEST(file_order_round_trip_is_exact)
{
  const enum hc_location where = _i % 2 ? HC_CELL : HC_NODE;
  const int n_comp = _i / 2 ? 3 : 1;
  int rank, n_ranks;
  struct hc_slab *slab = box(HC_TETRAHEDRON, 0.3);
  struct hc_mesh *mesh = distribute(slab, HC_PART_METIS);
  const int64_t n = where == HC_NODE ? hc_slab_nodes(slab) : hc_slab_cells(slab);
  const int n_local = where == HC_NODE ? mesh->n_local : mesh->n_cells_local;
  const int64_t *file = where == HC_NODE ? mesh->file_node : mesh->file_cell;
  double *in, *local, *out;

  ranks(&rank, &n_ranks);
  const int64_t first = hc_slab_start(where == HC_NODE ? slab->n_nodes : slab->n_cells, rank, n_ranks);
  ck_call(PetscMalloc3(n * n_comp, &in, n_local * n_comp, &local, n * n_comp, &out));
  for (int64_t i = 0; i < n; i++)
    for (int k = 0; k < n_comp; k++)
      in[i * n_comp + k] = stamp(first + i, k);
  ck_call(hc_mesh_from_file_order(mesh, where, n_comp, in, local));
  for (int i = 0; i < n_local; i++)
    for (int k = 0; k < n_comp; k++)
      ck_assert(local[i * n_comp + k] == stamp(file[i], k));
  ck_call(hc_mesh_to_file_order(mesh, where, n_comp, local, out));
  ck_assert_mem_eq(in, out, (size_t)(n * n_comp) * sizeof *in);
  ck_call(PetscFree3(in, local, out));
  hc_mesh_destroy(&mesh);
  hc_slab_destroy(&slab);
}
END_TEST

START_TEST(halo_brings_owners_values)
{
  struct hc_slab *slab = box(types[_i], 0.3);
  struct hc_mesh *mesh = distribute(slab, HC_PART_CURVE);
  double *v;
  for (int n_comp = 5; n_comp > 0; n_comp -= 2) { /* the buffer grows once, then is reused */
    ck_call(PetscMalloc1(n_comp * mesh->n_local, &v));
    for (int i = 0; i < mesh->n_local; i++)
      for (int k = 0; k < n_comp; k++)
        v[i * n_comp + k] = i < mesh->n_owned ? stamp(mesh->file_node[i], k) : NAN;
    ck_call(hc_halo_begin(mesh, n_comp, v));
    ck_call(hc_halo_end(mesh, n_comp, v));
    for (int i = 0; i < mesh->n_local; i++)
      for (int k = 0; k < n_comp; k++)
        ck_assert(v[i * n_comp + k] == stamp(mesh->file_node[i], k));
    ck_call(PetscFree(v));
  }
  hc_mesh_destroy(&mesh);
  hc_slab_destroy(&slab);
}
END_TEST

/* Local node data are the file's. */
START_TEST(nodes_and_cells_are_the_files)
{
  struct hc_slab *slab = box(HC_HEXAHEDRON, 0.25); /* 13 x 9 x 7 nodes */
  struct hc_mesh *mesh = distribute(slab, HC_PART_PTSCOTCH);
  for (int i = 0; i < mesh->n_local; i++) {
    const int64_t f = mesh->file_node[i];
    ck_assert_double_eq_tol(mesh->xyz[3 * i], 0.25 * (double)(f % 13), 1e-15);
    ck_assert_double_eq_tol(mesh->xyz[3 * i + 1], 0.25 * (double)(f / 13 % 9), 1e-15);
    ck_assert_double_eq_tol(mesh->xyz[3 * i + 2], 0.25 * (double)(f / 117), 1e-15);
    ck_assert_int_eq(mesh->surface[i] & 1, f % 13 == 0);
  }
  for (int c = 0; c < mesh->n_cells_local; c++) {
    const int64_t f = mesh->file_cell[c], corner = f % 12 + 13 * (f / 12 % 8 + 9 * (f / 96));
    ck_assert_int_eq(mesh->file_node[mesh->cells[8 * c]], corner);
    ck_assert_int_eq(mesh->file_node[mesh->cells[8 * c + 6]], corner + 1 + 13 + 117);
  }
  hc_mesh_destroy(&mesh);
  hc_slab_destroy(&slab);
}
END_TEST

/* Groups of one and of two ranks get what they would have read themselves. */
START_TEST(groups_get_the_whole_mesh)
{
  const enum hc_cell_type type = types[_i];
  struct hc_slab *slab = box(type, 0.4), *mine, *own, *copy;
  struct hc_slab_field *field;
  MPI_Comm group;
  int rank, n_ranks, first;
  ranks(&rank, &n_ranks);
  ck_call(hc_slab_add_field(slab, "number", "1", HC_CELL, 2, &field));
  first = (int)hc_slab_start(slab->n_cells, rank, n_ranks);
  for (int64_t i = 0; i < 2 * hc_slab_cells(slab); i++)
    field->values[i] = (double)(2 * first + i);
  for (int size = 1; size <= 2; size++) {
    MPI_Comm_split(PETSC_COMM_WORLD, rank / size, rank, &group);
    ck_call(hc_slab_regroup(slab, group, &mine));
    ck_call(hc_slab_box(group, type, sides, 0.4, &own));
    ck_call(hc_slab_copy(mine, group, &copy));
    ck_assert_mem_eq(mine->xyz, own->xyz, (size_t)(3 * hc_slab_nodes(own)) * sizeof(double));
    ck_assert_mem_eq(mine->cells, own->cells, (size_t)(hc_cell_nodes(type) * hc_slab_cells(own)) * sizeof(int64_t));
    ck_assert_mem_eq(mine->surface, own->surface, (size_t)hc_slab_nodes(own) * sizeof(int32_t));
    ck_assert_mem_eq(mine->region, own->region, (size_t)hc_slab_cells(own) * sizeof(int32_t));
    int group_rank, group_size;
    MPI_Comm_rank(group, &group_rank);
    MPI_Comm_size(group, &group_size);
    const int64_t start = hc_slab_start(mine->n_cells, group_rank, group_size);
    for (int64_t i = 0; i < 2 * hc_slab_cells(mine); i++) {
      ck_assert_double_eq(mine->fields[0].values[i], (double)(2 * start + i));
      ck_assert_double_eq(copy->fields[0].values[i], mine->fields[0].values[i]);
    }
    ck_assert_mem_eq(copy->xyz, own->xyz, (size_t)(3 * hc_slab_nodes(own)) * sizeof(double));
    hc_slab_destroy(&copy);
    hc_slab_destroy(&own);
    hc_slab_destroy(&mine);
    MPI_Comm_free(&group);
  }
  hc_slab_destroy(&slab);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("mesh");
  TCase *t = tcase_create("mesh");
  tcase_set_timeout(t, 0);
  tcase_add_test(t, box_has_its_counts);
  tcase_add_test(t, spacing_survives_rounding);
  tcase_add_loop_test(t, cells_fill_the_box, 0, 3);
  tcase_add_loop_test(t, surface_bits_are_the_sides, 0, 3);
  tcase_add_test(t, box_refuses_nonsense);
  tcase_add_test(t, field_names_are_checked);
  tcase_add_loop_test(t, mesh_keeps_its_invariants, 0, 9);
  tcase_add_loop_test(t, file_order_round_trip_is_exact, 0, 4);
  tcase_add_loop_test(t, halo_brings_owners_values, 0, 3);
  tcase_add_test(t, nodes_and_cells_are_the_files);
  tcase_add_loop_test(t, groups_get_the_whole_mesh, 0, 3);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
