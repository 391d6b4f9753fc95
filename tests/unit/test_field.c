/* Named fields and their distribution. Run: ctest -R test_field */
#include "field.h"

#include "hc_check.h"

#include <string.h>

static double nodal_value(int64_t node, int k)
{
  return 10. * (double)node + k;
}

static double cell_value(int64_t cell)
{
  return -3. * (double)cell;
}

static void make(struct hc_slab **slab, struct hc_mesh **mesh, struct hc_fields **fields)
{
  const double size[3] = {1., 1., 1.};
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};
  int rank, n_ranks;
  struct hc_slab_field *node, *cell;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &n_ranks);
  ck_call(hc_slab_box(PETSC_COMM_WORLD, HC_TETRAHEDRON, size, .25, slab));
  /* hc_slab_add_field may move the array of fields: fill each before the next is added. */
  ck_call(hc_slab_add_field(*slab, "displacement", "mm", HC_NODE, 3, &node));
  for (int64_t i = 0; i < 3 * hc_slab_nodes(*slab); i++)
    node->values[i] = nodal_value(hc_slab_start((*slab)->n_nodes, rank, n_ranks) + i / 3, (int)(i % 3));
  ck_call(hc_slab_add_field(*slab, "charge", "", HC_CELL, 1, &cell));
  for (int64_t c = 0; c < hc_slab_cells(*slab); c++)
    cell->values[c] = cell_value(hc_slab_start((*slab)->n_cells, rank, n_ranks) + c);
  ck_call(hc_mesh_create(*slab, &options, mesh));
  ck_call(hc_fields_create(*mesh, fields));
}

static void destroy(struct hc_slab **slab, struct hc_mesh **mesh, struct hc_fields **fields)
{
  hc_fields_destroy(fields);
  ck_assert_ptr_null(*fields);
  hc_fields_destroy(fields);
  hc_mesh_destroy(mesh);
  hc_slab_destroy(slab);
}

START_TEST(test_from_slab)
{
  struct hc_slab *slab;
  struct hc_mesh *mesh;
  struct hc_fields *fields;
  make(&slab, &mesh, &fields);
  ck_call(hc_fields_from_slab(slab, fields));
  ck_assert_int_eq(hc_fields_count(fields), 2);
  const struct hc_field *node = hc_fields_find(fields, "displacement", HC_NODE);
  const struct hc_field *cell = hc_fields_find(fields, "charge", HC_CELL);
  ck_assert_ptr_nonnull(node);
  ck_assert_ptr_nonnull(cell);
  ck_assert_str_eq(node->unit, "mm");
  ck_assert_str_eq(cell->unit, "");
  for (int i = 0; i < mesh->n_local; i++)
    for (int k = 0; k < 3; k++)
      ck_assert_double_eq(node->values[3 * i + k], nodal_value(mesh->file_node[i], k));
  for (int c = 0; c < mesh->n_cells_local; c++)
    ck_assert_double_eq(cell->values[c], cell_value(mesh->file_cell[c]));
  destroy(&slab, &mesh, &fields);
}
END_TEST

START_TEST(test_names)
{
  struct hc_slab *slab;
  struct hc_mesh *mesh;
  struct hc_fields *fields;
  struct hc_field *first, *field;
  make(&slab, &mesh, &fields);
  ck_call(hc_fields_add(fields, "u", "mV", HC_NODE, 1, &first));
  ck_call(hc_fields_add(fields, "u", NULL, HC_CELL, 2, &field)); /* same name, other place */
  ck_assert_str_eq(field->unit, "");
  ck_call_fails(hc_fields_add(fields, "u", "", HC_NODE, 1, &field), HC_ERR_INPUT, "already a nodal field");
  ck_call_fails(hc_fields_add(fields, "", "", HC_NODE, 1, &field), HC_ERR_INPUT, "without a name");
  ck_call_fails(hc_fields_add(fields, "w", "", HC_NODE, 0, &field), HC_ERR_INPUT, "0 components");
  for (int i = 0; i < 40; i++) { /* pointers stay valid while the set grows */
    char name[16];
    snprintf(name, sizeof(name), "f%d", i);
    ck_call(hc_fields_add(fields, name, "", HC_CELL, 1, &field));
    for (int c = 0; c < mesh->n_cells_local; c++)
      ck_assert_double_eq(field->values[c], 0.);
  }
  ck_assert_ptr_eq(hc_fields_find(fields, "u", HC_NODE), first);
  ck_assert_ptr_eq(hc_fields_get(fields, 0), first);
  ck_assert_int_eq(hc_fields_count(fields), 42);
  ck_assert_str_eq(hc_fields_get(fields, 41)->name, "f39");
  ck_assert_ptr_null(hc_fields_get(fields, 42));
  ck_assert_ptr_null(hc_fields_get(fields, -1));
  ck_assert_ptr_null(hc_fields_find(fields, "v", HC_NODE));
  ck_assert_ptr_null(hc_fields_find(fields, "f39", HC_NODE));
  destroy(&slab, &mesh, &fields);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("field");
  TCase *t = tcase_create("field");
  tcase_set_timeout(t, 0);
  tcase_add_test(t, test_from_slab);
  tcase_add_test(t, test_names);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
