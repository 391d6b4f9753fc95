/* Products against the rows of the pattern, summed one by one. */
#include "hc_check.h"
#include "sparse.h"

#include <math.h>

struct setup {
  struct hc_mesh *mesh;
  struct hc_pattern *pattern;
  struct hc_sparse *sparse;
  double *values, *weights, *x, *out;
};

static void set_up(struct setup *s, enum hc_cell_type type, const double size[3], double spacing)
{
  static const double tensor[6] = {0.0875, 0.0525, 0.03, 0.0303108891324554, 0, 0};
  const struct hc_mesh_options options = {.partitioner = HC_PART_METIS};
  struct hc_slab *slab;
  double *tensors;

  ck_call(hc_slab_box(PETSC_COMM_WORLD, type, size, spacing, &slab));
  ck_call(hc_mesh_create(slab, &options, &s->mesh));
  hc_slab_destroy(&slab);
  ck_call(hc_fe_pattern(s->mesh, &s->pattern));
  ck_call(PetscMalloc1(6 * (size_t)s->mesh->n_cells_local, &tensors));
  for (size_t k = 0; k < 6 * (size_t)s->mesh->n_cells_local; k++)
    tensors[k] = tensor[k % 6];
  ck_call(PetscMalloc1(s->pattern->row[s->pattern->n_rows], &s->values));
  ck_call(hc_fe_stiffness(s->mesh, s->pattern, tensors, s->values));
  ck_call(PetscFree(tensors));
  ck_call(hc_sparse_create(s->mesh, s->pattern, &s->sparse));
  ck_call(hc_sparse_weights(s->sparse, s->pattern, -2, s->values, &s->weights));
  ck_call(PetscMalloc1(s->mesh->n_local, &s->x));
  ck_call(PetscCalloc1(s->mesh->n_owned, &s->out));
  for (int i = 0; i < s->mesh->n_local; i++) /* halo values are wrong until the product fetches them */
    s->x[i] = i < s->mesh->n_owned ? sin((double)s->mesh->file_node[i]) : 1e9;
}

static void tear_down(struct setup *s)
{
  hc_sparse_weights_destroy(&s->weights);
  hc_sparse_destroy(&s->sparse);
  ck_assert_ptr_null(s->sparse);
  hc_fe_pattern_destroy(&s->pattern);
  ck_call(PetscFree(s->values));
  ck_call(PetscFree(s->x));
  ck_call(PetscFree(s->out));
  hc_mesh_destroy(&s->mesh);
}

/* Shapes with rows of all lengths, last chunks that are not full, and fewer rows than a chunk has. */
static const struct {
  enum hc_cell_type type;
  double size[3], spacing;
} shapes[] = {{HC_TETRAHEDRON, {1, 0.7, 0.5}, 0.1},
              {HC_HEXAHEDRON, {1, 0.7, 0.5}, 0.1},
              {HC_TRIANGLE, {3, 2, 0}, 0.1},
              {HC_HEXAHEDRON, {1, 0.5, 0.5}, 0.5}};

START_TEST(a_product_is_the_sum_over_the_row)
{
  for (size_t shape = 0; shape < sizeof shapes / sizeof *shapes; shape++)
    for (int threads = 1; threads <= 3; threads += 2) {
      struct setup s;
      double *scale;
      set_up(&s, shapes[shape].type, shapes[shape].size, shapes[shape].spacing);
      ck_call(PetscMalloc1(s.mesh->n_owned, &scale));
      for (int i = 0; i < s.mesh->n_owned; i++) {
        scale[i] = 1 + 0.1 * (double)(s.mesh->file_node[i] % 7);
        s.out[i] = (double)s.mesh->file_node[i];
      }
      hc_threads_set(threads);
      const struct hc_sparse_update update = {
          .out = s.out, .factor = 3, .scale = scale, .n_terms = 2, .coefficient = {0.5, -4}, .term = {s.out, s.x}};
      ck_call(hc_sparse_apply(s.sparse, s.weights, s.x, &update));
      hc_threads_set(1);
      for (int i = 0; i < s.mesh->n_owned; i++) {
        double sum = 0;
        for (int k = s.pattern->row[i]; k < s.pattern->row[i + 1]; k++)
          sum += -2 * s.values[k] * sin((double)s.mesh->file_node[s.pattern->col[k]]); /* rows of K add up to zero */
        ck_assert_double_eq_tol(s.out[i], 0.5 * (double)s.mesh->file_node[i] - 4 * s.x[i] + 3 * scale[i] * sum, 1e-11);
      }
      ck_call(PetscFree(scale));
      tear_down(&s);
    }
}
END_TEST

START_TEST(constants_give_zero)
{
  struct setup s;

  set_up(&s, HC_TETRAHEDRON, (double[]){1, 0.7, 0.5}, 0.1);
  for (int i = 0; i < s.mesh->n_owned; i++) {
    s.x[i] = -85.23;
    s.out[i] = 1;
  }
  const struct hc_sparse_update update = {.out = s.out, .factor = 1};
  ck_call(hc_sparse_apply(s.sparse, s.weights, s.x, &update));
  for (int i = 0; i < s.mesh->n_owned; i++)
    ck_assert(s.out[i] == 0);
  tear_down(&s);
}
END_TEST

START_TEST(costs_are_counted)
{
  struct setup s;
  struct hc_sparse_cost none, two;

  set_up(&s, HC_HEXAHEDRON, (double[]){2, 2, 2}, 0.1);
  hc_sparse_cost(s.sparse, 0, &none);
  hc_sparse_cost(s.sparse, 2, &two);
  ck_assert_int_eq(none.entries, s.pattern->row[s.pattern->n_rows] - s.pattern->n_rows);
  ck_assert_int_ge(none.padded, none.entries);
  ck_assert_msg((double)none.padded < 1.1 * (double)none.entries, "padding: %g",
                (double)none.padded / (double)none.entries);
  ck_assert_int_eq(two.bytes - none.bytes, 2 * (int64_t)sizeof(double) * s.mesh->n_owned);
  if (s.mesh->size == 1)
    ck_assert_int_eq(none.interior_rows, s.mesh->n_owned);
  else
    ck_assert(none.interior_rows > s.mesh->n_owned / 3 && none.interior_rows < s.mesh->n_owned);
  tear_down(&s);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("sparse");
  TCase *t = tcase_create("products");

  tcase_add_test(t, a_product_is_the_sum_over_the_row);
  tcase_add_test(t, constants_give_zero);
  tcase_add_test(t, costs_are_counted);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
