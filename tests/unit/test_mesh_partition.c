/* Partitions: balanced, without empty parts, the same on any number of ranks; the curve behind one of them. */
#include "hc_check.h"
#include "hilbert.h"
#include "mesh.h"

#include <math.h>
#include <string.h>

static const enum hc_partitioner computed[] = {HC_PART_METIS, HC_PART_PTSCOTCH, HC_PART_CURVE};
static const double unit[3] = {1, 1, 1};

static int64_t first_node(const struct hc_slab *slab)
{
  int rank, size;
  MPI_Comm_rank(slab->comm, &rank);
  MPI_Comm_size(slab->comm, &size);
  return hc_slab_start(slab->n_nodes, rank, size);
}

static struct hc_slab *cube(MPI_Comm comm, double spacing)
{
  struct hc_slab *slab;
  ck_call(hc_slab_box(comm, HC_TETRAHEDRON, unit, spacing, &slab));
  return slab;
}

/* Ten times the cost in a quarter of the cube. */
static double *costs(const struct hc_slab *slab)
{
  double *cost;
  ck_call(PetscMalloc1(hc_slab_nodes(slab), &cost));
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++)
    cost[i] = slab->xyz[3 * i] < 0.25 ? 0.7 : 0.07;
  return cost;
}

static void sums_of_parts(const struct hc_slab *slab, const double *cost, int n_parts, const int32_t *part, double *sum)
{
  memset(sum, 0, (size_t)n_parts * sizeof *sum);
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++) {
    ck_assert(part[i] >= 0 && part[i] < n_parts);
    sum[part[i]] += cost ? cost[i] : 1;
  }
  MPI_Allreduce(MPI_IN_PLACE, sum, n_parts, MPI_DOUBLE, MPI_SUM, slab->comm);
}

START_TEST(parts_are_balanced)
{
  static const int n_parts[] = {2, 3, 4, 7};
  struct hc_slab *slab = cube(PETSC_COMM_WORLD, 1. / 16);
  double *cost = _i / 3 ? costs(slab) : NULL, sum[7];
  int32_t *part;
  ck_call(PetscMalloc1(hc_slab_nodes(slab), &part));
  for (int k = 0; k < 4; k++) {
    const struct hc_mesh_options options = {computed[_i % 3], 1, cost};
    double total = 0, most = 0;
    ck_call(hc_slab_partition(slab, &options, n_parts[k], part));
    sums_of_parts(slab, cost, n_parts[k], part, sum);
    for (int p = 0; p < n_parts[k]; p++) {
      total += sum[p];
      most = fmax(most, sum[p]);
      ck_assert_double_gt(sum[p], 0);
    }
    ck_assert_double_le(most * n_parts[k] / total, computed[_i % 3] == HC_PART_CURVE ? 1.005 : 1.06);
  }
  ck_call(PetscFree(part));
  ck_call(PetscFree(cost));
  hc_slab_destroy(&slab);
}
END_TEST

/* Cells with nodes in both halves: a plane through the cube would have 6 * 16 * 16 of them. */
START_TEST(parts_are_compact)
{
  struct hc_slab *slab = cube(PETSC_COMM_SELF, 1. / 16);
  const struct hc_mesh_options options = {computed[_i], 1, NULL};
  int32_t *part;
  int mixed = 0;
  ck_call(PetscMalloc1(hc_slab_nodes(slab), &part));
  ck_call(hc_slab_partition(slab, &options, 2, part));
  for (int64_t c = 0; c < slab->n_cells; c++) {
    int sum = 0;
    for (int j = 0; j < 4; j++)
      sum += part[slab->cells[4 * c + j]];
    mixed += sum > 0 && sum < 4;
  }
  ck_assert_int_le(mixed, 2 * 6 * 16 * 16);
  ck_assert_int_gt(mixed, 0);
  ck_call(PetscFree(part));
  hc_slab_destroy(&slab);
}
END_TEST

START_TEST(ranks_do_not_matter)
{
  const enum hc_partitioner which = _i % 2 ? HC_PART_METIS : HC_PART_CURVE;
  struct hc_slab *slab = cube(PETSC_COMM_WORLD, 1. / 9), *alone = cube(PETSC_COMM_SELF, 1. / 9);
  double *cost = _i / 2 ? costs(slab) : NULL, *cost_alone = _i / 2 ? costs(alone) : NULL;
  const struct hc_mesh_options options = {which, 42, cost}, options_alone = {which, 42, cost_alone};
  int32_t *part, *expected;
  ck_call(PetscMalloc1(hc_slab_nodes(slab), &part));
  ck_call(PetscMalloc1(alone->n_nodes, &expected));
  ck_call(hc_slab_partition(slab, &options, 5, part));
  ck_call(hc_slab_partition(alone, &options_alone, 5, expected));
  ck_assert_mem_eq(part, expected + first_node(slab), (size_t)hc_slab_nodes(slab) * sizeof *part);
  ck_call(PetscFree(part));
  ck_call(PetscFree(expected));
  ck_call(PetscFree(cost));
  ck_call(PetscFree(cost_alone));
  hc_slab_destroy(&slab);
  hc_slab_destroy(&alone);
}
END_TEST

/* As many parts as nodes, and one node that outweighs all others. */
START_TEST(no_part_is_empty)
{
  struct hc_slab *slab = cube(PETSC_COMM_WORLD, _i / 3 ? 1. / 6 : 1); /* 343 or 8 nodes */
  const int n_parts = 8;
  double *cost, sum[8];
  int32_t *part;
  ck_call(PetscMalloc1(hc_slab_nodes(slab), &part));
  ck_call(PetscMalloc1(hc_slab_nodes(slab), &cost));
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++)
    cost[i] = _i / 3 && first_node(slab) + i == 13 ? 1e6 : 1;
  const struct hc_mesh_options options = {computed[_i % 3], 1, cost};
  ck_call(hc_slab_partition(slab, &options, n_parts, part));
  sums_of_parts(slab, NULL, n_parts, part, sum);
  for (int p = 0; p < n_parts; p++)
    ck_assert_double_ge(sum[p], 1);
  ck_call(PetscFree(part));
  ck_call(PetscFree(cost));
  hc_slab_destroy(&slab);
}
END_TEST

/* Points with the same coordinates are still shared out evenly. */
START_TEST(curve_cuts_coincident_nodes)
{
  struct hc_slab *slab;
  const struct hc_mesh_options options = {HC_PART_CURVE, 1, NULL};
  double sum[4];
  int32_t *part;
  ck_call(hc_slab_create(PETSC_COMM_WORLD, HC_TRIANGLE, 100, 10, &slab));
  ck_call(PetscMalloc1(hc_slab_nodes(slab), &part));
  ck_call(hc_slab_partition(slab, &options, 4, part));
  sums_of_parts(slab, NULL, 4, part, sum);
  for (int p = 0; p < 4; p++)
    ck_assert_double_eq(sum[p], 25);
  ck_call(PetscFree(part));
  hc_slab_destroy(&slab);
}
END_TEST

static void store(struct hc_slab *slab, int n_parts)
{
  slab->n_parts = n_parts;
  ck_call(PetscFree(slab->part));
  ck_call(PetscMalloc1(hc_slab_nodes(slab), &slab->part));
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++)
    slab->part[i] = (int32_t)((first_node(slab) + i) % n_parts);
}

START_TEST(stored_partition_is_used)
{
  struct hc_slab *slab = cube(PETSC_COMM_WORLD, 0.25);
  const struct hc_mesh_options options = {HC_PART_STORED, 1, NULL};
  struct hc_mesh *mesh;
  int size;
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  store(slab, size);
  ck_call(hc_mesh_create(slab, &options, &mesh));
  for (int i = 0; i < mesh->n_owned; i++)
    ck_assert_int_eq(mesh->file_node[i] % size, mesh->rank);
  ck_call(hc_mesh_check(mesh)); /* every neighbour is on another rank: the hardest halo */
  hc_mesh_destroy(&mesh);
  hc_slab_destroy(&slab);
}
END_TEST

START_TEST(stored_partition_must_fit)
{
  struct hc_slab *slab = cube(PETSC_COMM_WORLD, 0.5);
  const struct hc_mesh_options options = {HC_PART_STORED, 1, NULL};
  int32_t part[27];
  ck_call_fails(hc_slab_partition(slab, &options, 3, part), HC_ERR_INPUT,
                "a stored partition into 3 parts is wanted, but the mesh has none");
  store(slab, 2);
  ck_call_fails(hc_slab_partition(slab, &options, 3, part), HC_ERR_INPUT,
                "a stored partition into 3 parts is wanted, but the mesh has one into 2");
  slab->n_parts = 3;
  ck_call_fails(hc_slab_partition(slab, &options, 3, part), HC_ERR_INPUT,
                "part 2 of the stored partition of 3 parts has no node");
  store(slab, 5);
  slab->n_parts = 4;
  ck_call_fails(hc_slab_partition(slab, &options, 4, part), HC_ERR_INPUT,
                "the stored partition names part 4 for node 4; parts are 0 to 3");
  hc_slab_destroy(&slab);
}
END_TEST

START_TEST(nonsense_is_refused)
{
  struct hc_slab *slab = cube(PETSC_COMM_WORLD, 0.5);
  double cost[27];
  int32_t part[27];
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++)
    cost[i] = first_node(slab) + i >= 17 ? -1 : 1;
  const struct hc_mesh_options options = {HC_PART_CURVE, 1, cost};
  ck_call_fails(hc_slab_partition(slab, &options, 2, part), HC_ERR_INPUT,
                "partition: the cost of node 17 is -1; a number >= 0 is needed");
  ck_call_fails(hc_slab_partition(slab, &options, 28, part), HC_ERR_INPUT,
                "the mesh has 27 nodes, too few for 28 parts");
  ck_call_fails(hc_slab_partition(slab, &options, 0, part), HC_ERR_INPUT, "at least 1 is needed");
  hc_slab_destroy(&slab);
}
END_TEST

static int by_key(const void *a, const void *b)
{
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

/* What defines the curve: it visits every cell of a lattice once and each step goes to a neighbour. */
START_TEST(hilbert_curve_goes_step_by_step)
{
  enum { SIDE = 16, N = SIDE * SIDE * SIDE };
  static struct {
    uint64_t key;
    int at[3];
  } point[N];
  const double corner[3] = {-1, 2, 3};
  for (int i = 0; i < N; i++) {
    const int at[3] = {i % SIDE, i / SIDE % SIDE, i / SIDE / SIDE};
    const double x[3] = {corner[0] + at[0] + 0.5, corner[1] + at[1] + 0.5, corner[2] + at[2] + 0.5};
    hc_hilbert_keys(1, x, corner, SIDE, &point[i].key);
    memcpy(point[i].at, at, sizeof at);
  }
  qsort(point, N, sizeof *point, by_key);
  for (int i = 1; i < N; i++) {
    int steps = 0;
    for (int d = 0; d < 3; d++)
      steps += abs(point[i].at[d] - point[i - 1].at[d]);
    ck_assert_int_eq(steps, 1);
  }
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("mesh_partition");
  TCase *t = tcase_create("mesh_partition");
  tcase_set_timeout(t, 0);
  tcase_add_loop_test(t, parts_are_balanced, 0, 6);
  tcase_add_loop_test(t, parts_are_compact, 0, 3);
  tcase_add_loop_test(t, ranks_do_not_matter, 0, 4);
  tcase_add_loop_test(t, no_part_is_empty, 0, 6);
  tcase_add_test(t, curve_cuts_coincident_nodes);
  tcase_add_test(t, stored_partition_is_used);
  tcase_add_test(t, stored_partition_must_fit);
  tcase_add_test(t, nonsense_is_refused);
  tcase_add_test(t, hilbert_curve_goes_step_by_step);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
