/* Every kernel of kernels/tissue.h on the back end named in HC_TEST_BACKEND, on random input, against the same in plain
 * double arithmetic here; and the sparse product with its halo. */
#include "device.h"
#include "hc_check.h"
#include "kernels/beats.h"
#include "kernels/blocks.h"
#include "sparse.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { N = 1000 }; /* no multiple of a group */

static const char *backend(void)
{
  const char *name = getenv("HC_TEST_BACKEND");
  return name ? name : "opencl";
}

/* A device of a precision, and how far its tissue vectors are from doubles, relatively. */
struct on {
  struct hc_device *device;
  size_t wide;
  double rounding;
};

static struct on open_on(enum hc_precision precision)
{
  const struct hc_device_options options = {backend(), -1, precision};
  struct on on;

  ck_call(hc_device_open(PETSC_COMM_WORLD, &options, &on.device));
  on.wide = hc_device_wide(on.device);
  on.rounding = on.wide == sizeof(float) ? FLT_EPSILON : DBL_EPSILON;
  return on;
}

static void close_on(struct on *on)
{
  ck_assert_msg(!hc_device_failure(on->device), "%s", hc_device_failure(on->device));
  hc_device_close(&on->device);
}

/* Numbers of all sizes and both signs that depend on i and `seed` only, as near as the precision has them. */
static double random_number(const struct on *on, int64_t i, int seed)
{
  uint64_t x = ((uint64_t)i + (uint64_t)seed * 1000003u) * 0x9E3779B97F4A7C15u + 0x1234567u;
  x ^= x >> 31;
  x *= 0xBF58476D1CE4E5B9u;
  x ^= x >> 29;
  const double value = ((double)(x >> 11) * 0x1p-53 - 0.5) * 200; /* mV */
  return on->wide == sizeof(float) ? (double)(float)value : value;
}

static struct hc_buffer *numbers(const struct on *on, int n, int seed, double *here)
{
  struct hc_buffer *buffer;

  for (int i = 0; i < n; i++)
    here[i] = random_number(on, i, seed);
  ck_call(hc_buffer_of_reals(on->device, on->wide, (size_t)n, here, &buffer));
  return buffer;
}

static struct hc_kernel *kernel(const struct on *on, const char *name)
{
  struct hc_kernel *found;
  ck_call(hc_device_kernel(on->device, "tissue.h", name, &found));
  return found;
}

static void near(const struct on *on, const char *what, int i, double found, double expected, double size)
{
  ck_assert_msg(fabs(found - expected) <= 8 * on->rounding * size, "%s, %d: %.17g, expected %.17g", what, i, found,
                expected);
}

#define LAUNCH(on, name, threads, ...)                                                                                 \
  do {                                                                                                                 \
    const struct hc_arg arguments[] = {__VA_ARGS__};                                                                   \
    hc_kernel_launch(kernel((on), (name)), HC_QUEUE_MAIN, (size_t)(threads),                                           \
                     (int)(sizeof arguments / sizeof *arguments), arguments);                                          \
  } while (0)

START_TEST(vectors)
{
  struct on on = open_on((enum hc_precision)_i);
  const int n = N;
  double a[N], b[N], c[N], found[N];
  struct hc_buffer *x = numbers(&on, n, 1, a), *y = numbers(&on, n, 2, b), *z = numbers(&on, n, 3, c), *out;
  ck_call(hc_buffer_create(on.device, N * on.wide, &out));

  for (int terms = 1; terms <= 3; terms++) {
    const struct hc_combine_block block = {.coefficient = {0.75, -2.5, 1.25}, .n_terms = terms, .n = n};
    LAUNCH(&on, "combine", n, HC_BLOCK_ARG(block), HC_BUFFER_ARG(out), HC_BUFFER_ARG(x),
           HC_BUFFER_ARG(terms > 1 ? y : NULL), HC_BUFFER_ARG(terms > 2 ? z : NULL));
    hc_buffer_read_reals(out, on.wide, 0, n, found);
    for (int i = 0; i < n; i++)
      near(&on, "combine", i, found[i], 0.75 * a[i] - (terms > 1) * 2.5 * b[i] + (terms > 2) * 1.25 * c[i], 400);
  }
  LAUNCH(&on, "multiply", n, HC_VALUE_ARG(n), HC_BUFFER_ARG(x), HC_BUFFER_ARG(y), HC_BUFFER_ARG(out));
  hc_buffer_read_reals(out, on.wide, 0, n, found);
  for (int i = 0; i < n; i++)
    near(&on, "multiply", i, found[i], a[i] * b[i], 1e4);
  const double value = -85.25;
  LAUNCH(&on, "fill", n - 1, HC_VALUE_ARG(n), HC_VALUE_ARG(value), HC_BUFFER_ARG(out));
  hc_buffer_read_reals(out, on.wide, 0, n, found);
  for (int i = 0; i < n; i++)
    ck_assert(found[i] == value);
  hc_buffer_destroy(&x);
  hc_buffer_destroy(&y);
  hc_buffer_destroy(&z);
  hc_buffer_destroy(&out);
  close_on(&on);
}
END_TEST

START_TEST(chosen_nodes)
{
  struct on on = open_on((enum hc_precision)_i);
  const int n = N / 3;
  const double value = 12.5;
  int nodes[N];
  double a[N], found[N];
  struct hc_buffer *x = numbers(&on, N, 4, a), *out, *list;

  for (int i = 0; i < n; i++)
    nodes[i] = (7 * i + 3) % N; /* 7 and N have no common factor: all different */
  ck_call(hc_buffer_of(on.device, (size_t)n * sizeof *nodes, nodes, &list));
  ck_call(hc_buffer_create(on.device, N * on.wide, &out));
  LAUNCH(&on, "gather", n, HC_VALUE_ARG(n), HC_BUFFER_ARG(list), HC_BUFFER_ARG(x), HC_BUFFER_ARG(out));
  hc_buffer_read_reals(out, on.wide, 0, (size_t)n, found);
  for (int i = 0; i < n; i++)
    ck_assert(found[i] == a[nodes[i]]);
  LAUNCH(&on, "add_at", n, HC_VALUE_ARG(n), HC_BUFFER_ARG(list), HC_VALUE_ARG(value), HC_BUFFER_ARG(x));
  for (int i = 0; i < n; i++)
    a[nodes[i]] += value;
  hc_buffer_read_reals(x, on.wide, 0, N, found);
  for (int i = 0; i < N; i++)
    near(&on, "add_at", i, found[i], a[i], 100);
  LAUNCH(&on, "set_at", n, HC_VALUE_ARG(n), HC_BUFFER_ARG(list), HC_VALUE_ARG(value), HC_BUFFER_ARG(x));
  for (int i = 0; i < n; i++)
    a[nodes[i]] = value;
  hc_buffer_read_reals(x, on.wide, 0, N, found);
  for (int i = 0; i < N; i++)
    near(&on, "set_at", i, found[i], a[i], 100);
  hc_buffer_destroy(&x);
  hc_buffer_destroy(&out);
  hc_buffer_destroy(&list);
  close_on(&on);
}
END_TEST

/* Sums are in double whatever the numbers are, and the same each time. */
START_TEST(sums)
{
  struct on on = open_on((enum hc_precision)_i);
  const int n = N, groups = 5, n_threads = groups * HC_GROUP, at = groups;
  double a[N], b[N], found[2], expected = 0, size = 0;
  struct hc_buffer *x = numbers(&on, n, 5, a), *y = numbers(&on, n, 6, b), *partial;

  ck_call(hc_buffer_create(on.device, (groups + 1) * sizeof(double), &partial));
  for (int i = 0; i < n; i++) {
    expected += a[i] * b[i];
    size += fabs(a[i] * b[i]);
  }
  for (int turn = 0; turn < 2; turn++) {
    LAUNCH(&on, "sum_products", n_threads, HC_VALUE_ARG(n), HC_VALUE_ARG(n_threads), HC_BUFFER_ARG(x), HC_BUFFER_ARG(y),
           HC_BUFFER_ARG(partial));
    LAUNCH(&on, "sum_up", HC_GROUP, HC_VALUE_ARG(groups), HC_BUFFER_ARG(partial), HC_VALUE_ARG(at),
           HC_BUFFER_ARG(partial));
    hc_buffer_read(partial, groups * sizeof(double), sizeof(double), &found[turn]);
  }
  ck_assert(found[0] == found[1]);
  ck_assert_msg(fabs(found[0] - expected) <= 1e-14 * size, "%.17g, expected %.17g", found[0], expected);
  hc_buffer_destroy(&x);
  hc_buffer_destroy(&y);
  hc_buffer_destroy(&partial);
  close_on(&on);
}
END_TEST

START_TEST(watching)
{
  static const double spoilt[] = {NAN, INFINITY, -INFINITY, 250};
  struct on on = open_on((enum hc_precision)_i);
  const double low = -150, high = 200;
  const int n = N;
  int nodes[N], bad;
  double v[N];
  struct hc_buffer *x = numbers(&on, n, 7, v), *list, *flag;

  for (int i = 0; i < n; i++)
    nodes[i] = n - 1 - i;
  bad = 0;
  ck_call(hc_buffer_of(on.device, sizeof nodes, nodes, &list));
  ck_call(hc_buffer_of(on.device, sizeof bad, &bad, &flag));
  LAUNCH(&on, "watch", n, HC_VALUE_ARG(n), HC_BUFFER_ARG(list), HC_BUFFER_ARG(x), HC_VALUE_ARG(low), HC_VALUE_ARG(high),
         HC_BUFFER_ARG(flag));
  hc_buffer_read(flag, 0, sizeof bad, &bad);
  ck_assert_int_eq(bad, 0);
  for (size_t k = 0; k < sizeof spoilt / sizeof *spoilt; k++) {
    const double good = v[n - 1];
    hc_buffer_write_reals(x, on.wide, N - 1, 1, &spoilt[k]);
    LAUNCH(&on, "watch", n, HC_VALUE_ARG(n), HC_BUFFER_ARG(list), HC_BUFFER_ARG(x), HC_VALUE_ARG(low),
           HC_VALUE_ARG(high), HC_BUFFER_ARG(flag));
    hc_buffer_read(flag, 0, sizeof bad, &bad);
    ck_assert_msg(bad == 1, "%g was not noticed", spoilt[k]);
    bad = 0;
    hc_buffer_write(flag, 0, sizeof bad, &bad);
    hc_buffer_write_reals(x, on.wide, N - 1, 1, &good);
  }
  hc_buffer_destroy(&x);
  hc_buffer_destroy(&list);
  hc_buffer_destroy(&flag);
  close_on(&on);
}
END_TEST

/* Voltages that beat at random, followed there and here. */
START_TEST(beats)
{
  struct on on = open_on((enum hc_precision)_i);
  const int n = N, width = HC_NODE_HEADER + 2 * (HC_BEAT_REPOLARISED + 2);
  struct hc_beats_block rule = {.threshold = 0,
                                .refractory = 0.3,
                                .dt = 0.1,
                                .end_percent = 90,
                                .percents = {50, 90},
                                .n_beats = 2,
                                .n_percents = 2};
  double v[2][N], *here, *there;
  struct hc_buffer *x[2] = {numbers(&on, n, 8, v[0]), numbers(&on, n, 9, v[1])}, *state;

  ck_call(PetscMalloc1((size_t)(n * width), &here));
  ck_call(PetscMalloc1((size_t)(n * width), &there));
  ck_call(hc_buffer_create(on.device, (size_t)(n * width) * sizeof(double), &state));
  LAUNCH(&on, "beats_begin", n, HC_VALUE_ARG(n), HC_VALUE_ARG(width), HC_BUFFER_ARG(x[0]), HC_BUFFER_ARG(state));
  for (int i = 0; i < n; i++)
    hc_beats_begin(width, v[0][i], here + i, n);
  for (int step = 1; step <= 12; step++) {
    const int old = (step - 1) % 2, new = step % 2;
    for (int i = 0; i < n; i++)
      v[new][i] = random_number(&on, i, 9 + step);
    hc_buffer_write_reals(x[new], on.wide, 0, N, v[new]);
    rule.first = step - 1;
    rule.last = step;
    rule.sample = step % 3 == 0;
    LAUNCH(&on, "beats_step", n, HC_BLOCK_ARG(rule), HC_VALUE_ARG(n), HC_BUFFER_ARG(x[old]), HC_BUFFER_ARG(x[new]),
           HC_BUFFER_ARG(state));
    for (int i = 0; i < n; i++)
      hc_beats_node(&rule, v[old][i], v[new][i], here + i, n);
  }
  hc_buffer_read(state, 0, (size_t)(n * width) * sizeof(double), there);
  int activations = 0;
  for (int i = 0; i < n * width; i++) {
    activations += i / n == HC_NODE_HEADER && !isnan(here[i]);
    ck_assert_msg(isnan(here[i]) ? isnan(there[i]) : fabs(here[i] - there[i]) < 1e-12 * (1 + fabs(here[i])),
                  "item %d of node %d: %.17g, expected %.17g", i / n, i % n, there[i], here[i]);
  }
  ck_assert_int_gt(activations, n / 2); /* there was something to see */
  hc_buffer_destroy(&x[0]);
  hc_buffer_destroy(&x[1]);
  hc_buffer_destroy(&state);
  ck_call(PetscFree(here));
  ck_call(PetscFree(there));
  close_on(&on);
}
END_TEST

/* ---- The product ------------------------------------------------------------------------------------------------- */

static const enum hc_cell_type shapes[] = {HC_TETRAHEDRON, HC_HEXAHEDRON};

/* Rows of a random matrix on the pattern: a value for each pair of nodes in the file's numbering, symmetric. */
static void random_matrix(const struct on *on, const struct hc_mesh *mesh, const struct hc_pattern *pattern,
                          double *values)
{
  for (int i = 0; i < pattern->n_rows; i++)
    for (int k = pattern->row[i]; k < pattern->row[i + 1]; k++) {
      const int64_t a = mesh->file_node[i], b = mesh->file_node[pattern->col[k]];
      values[k] = random_number(on, (a < b ? a : b) * 65537 + (a < b ? b : a), 20) / 100;
    }
}

static void check_product(const struct on *on, enum hc_cell_type type)
{
  const struct hc_mesh_options options = {.partitioner = HC_PART_METIS};
  struct hc_mesh *mesh;
  struct hc_slab *slab;
  struct hc_pattern *pattern;
  struct hc_sparse *sparse;
  struct hc_sparse_device *moved;
  struct hc_buffer *x, *out, *scale, *diagonal, *weights;
  double *values, *host, *v, *found;

  ck_call(hc_slab_box(PETSC_COMM_WORLD, type, (double[]){1, 0.7, 0.5}, 0.1, &slab));
  ck_call(hc_mesh_create(slab, &options, &mesh));
  hc_slab_destroy(&slab);
  ck_call(hc_fe_pattern(mesh, &pattern));
  ck_call(hc_sparse_create(mesh, pattern, &sparse));
  ck_call(PetscMalloc1(pattern->row[pattern->n_rows], &values));
  random_matrix(on, mesh, pattern, values);
  ck_call(hc_sparse_weights(sparse, pattern, 1, values, &host));
  ck_call(hc_sparse_device_create(sparse, on->device, &moved));
  ck_call(hc_sparse_device_weights(moved, host, &weights));
  ck_call(PetscMalloc1(mesh->n_local, &v));
  ck_call(PetscMalloc1(mesh->n_owned, &found));
  for (int i = 0; i < mesh->n_local; i++) /* the halo is wrong until the product fetches it */
    v[i] = i < mesh->n_owned ? random_number(on, mesh->file_node[i], 21) : 1e30;
  ck_call(hc_buffer_of_reals(on->device, on->wide, (size_t)mesh->n_local, v, &x));
  ck_call(hc_buffer_of_reals(on->device, on->wide, (size_t)mesh->n_local, v, &out));
  ck_call(hc_buffer_of_reals(on->device, on->wide, (size_t)mesh->n_local, v, &scale));
  ck_call(hc_buffer_of_reals(on->device, on->wide, (size_t)mesh->n_local, v, &diagonal));
  const struct hc_sparse_device_update update = {.out = out,
                                                 .factor = 0.5,
                                                 .scale = scale,
                                                 .diagonal = diagonal,
                                                 .n_terms = 2,
                                                 .coefficient = {-3, 0.25},
                                                 .term = {out, x}};
  ck_call(hc_sparse_device_apply(moved, weights, x, &update));
  hc_buffer_read_reals(out, on->wide, 0, (size_t)mesh->n_owned, found);
  for (int i = 0; i < mesh->n_owned; i++) {
    const double own = v[i];
    double sum = 0;
    for (int k = pattern->row[i]; k < pattern->row[i + 1]; k++)
      sum += values[k] * (random_number(on, mesh->file_node[pattern->col[k]], 21) - own);
    near(on, "product", i, found[i], 0.5 * own * sum + own * own - 3 * own + 0.25 * own, 4e5);
  }
  hc_buffer_destroy(&x);
  hc_buffer_destroy(&out);
  hc_buffer_destroy(&scale);
  hc_buffer_destroy(&diagonal);
  hc_buffer_destroy(&weights);
  hc_sparse_device_destroy(&moved);
  hc_sparse_weights_destroy(&host);
  hc_sparse_destroy(&sparse);
  hc_fe_pattern_destroy(&pattern);
  ck_call(PetscFree(values));
  ck_call(PetscFree(v));
  ck_call(PetscFree(found));
  hc_mesh_destroy(&mesh);
}

START_TEST(products)
{
  struct on on = open_on((enum hc_precision)_i);
  for (size_t shape = 0; shape < sizeof shapes / sizeof *shapes; shape++)
    check_product(&on, shapes[shape]);
  close_on(&on);
}
END_TEST

static Suite *suite(void)
{
  Suite *suite = suite_create("tissue_device");
  TCase *tests = tcase_create("kernels");

  tcase_set_timeout(tests, 0);
  tcase_add_loop_test(tests, vectors, 0, 3);
  tcase_add_loop_test(tests, chosen_nodes, 0, 3);
  tcase_add_loop_test(tests, sums, 0, 3);
  tcase_add_loop_test(tests, watching, 0, 3);
  tcase_add_loop_test(tests, beats, 0, 3);
  tcase_add_loop_test(tests, products, 0, 3);
  suite_add_tcase(suite, tests);
  return suite;
}

HC_CHECK_MAIN(suite)
