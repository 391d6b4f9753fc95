/* Results: layout, values, segments, traces. Every check is against known values in file order, so that the file cannot
 * depend on the number of ranks. */
#include "test_output_fixture.h"

static const double box[3] = {4, 3, 2};

static void check_array(hid_t file, const char *path, int64_t n, const double *expected)
{
  int64_t m;
  double *values = read_all(file, path, &m);
  ck_assert_msg(m == n, "%s: %lld numbers, expected %lld", path, (long long)m, (long long)n);
  for (int64_t i = 0; i < n; i++)
    if (values[i] != expected[i])
      ck_abort_msg("%s[%lld]: %g, expected %g", path, (long long)i, values[i], expected[i]);
  free(values);
}

/* The mesh of one rank is the reference for the file that all ranks wrote. */
static void check_mesh_file(const char *folder, enum hc_cell_type type)
{
  const hid_t file = open_plain(folder, "results.h5");
  const int n = hc_cell_nodes(type);
  struct hc_slab *slab;
  double *expected;

  ck_call(hc_slab_box(PETSC_COMM_SELF, type, box, 0.5, &slab));
  expected = malloc((size_t)(slab->n_cells * n + 1 + 3 * slab->n_nodes) * sizeof(double));
  check_array(file, "VTKHDF/NumberOfPoints", 1, (double[]){(double)slab->n_nodes});
  check_array(file, "VTKHDF/NumberOfCells", 1, (double[]){(double)slab->n_cells});
  check_array(file, "VTKHDF/NumberOfConnectivityIds", 1, (double[]){(double)(n * slab->n_cells)});
  check_array(file, "VTKHDF/Points", 3 * slab->n_nodes, slab->xyz);
  for (int64_t i = 0; i < n * slab->n_cells; i++)
    expected[i] = (double)slab->cells[i];
  check_array(file, "VTKHDF/Connectivity", n * slab->n_cells, expected);
  for (int64_t i = 0; i <= slab->n_cells; i++)
    expected[i] = (double)(n * i);
  check_array(file, "VTKHDF/Offsets", slab->n_cells + 1, expected);
  for (int64_t i = 0; i < slab->n_cells; i++)
    expected[i] = hc_cell_vtk(type);
  check_array(file, "VTKHDF/Types", slab->n_cells, expected);
  for (int64_t i = 0; i < slab->n_cells; i++)
    expected[i] = 1 + (double)(slab->cells[i * n] % 3);
  check_array(file, "VTKHDF/CellData/region", slab->n_cells, expected);
  for (int64_t i = 0; i < slab->n_cells; i++) {
    expected[3 * i] = (double)slab->cells[i * n];
    expected[3 * i + 1] = 0.25;
    expected[3 * i + 2] = -1;
  }
  check_array(file, "VTKHDF/CellData/fibre", 3 * slab->n_cells, expected);
  for (int64_t i = 0; i < slab->n_nodes; i++)
    expected[i] = slab->surface[i];
  check_array(file, "VTKHDF/PointData/surface", slab->n_nodes, expected);
  for (int64_t i = 0; i < slab->n_nodes; i++)
    expected[i] = slab->xyz[3 * i] / 3;
  check_array(file, "VTKHDF/PointData/rim", slab->n_nodes, expected);
  check_text(file, "VTKHDF", "Type", "UnstructuredGrid");
  check_text(file, "VTKHDF/Points", "unit", "mm");
  check_text(file, "VTKHDF/PointData/rim", "unit", "mm");
  check_text(file, "healthcast", "version", hc_version());
  free(expected);
  hc_slab_destroy(&slab);
  H5Fclose(file);
}

START_TEST(mesh_is_in_file_order)
{
  const enum hc_cell_type type = (enum hc_cell_type)_i;
  const struct hc_output_params params = test_params(32);
  struct hc_mesh *mesh;
  struct hc_fields *fields;
  struct hc_results *results;
  char folder[64];

  make_mesh(type, box, 0.5, NULL, &mesh, &fields);
  make_folder(folder);
  ck_call(hc_results_create(mesh, folder, &params, fields, 3, test_fields, 0, &results));
  ck_call(hc_results_finish(results));
  hc_results_destroy(&results);
  ck_assert_ptr_null(results);
  if (world_rank() == 0)
    check_mesh_file(folder, type);
  ck_assert(has_file(folder, "results.xdmf"));
  remove_folder(folder);
  hc_fields_destroy(&fields);
  hc_mesh_destroy(&mesh);
}
END_TEST

/* A sheet of 90,601 nodes has two chunks a frame, so frames are padded; the boxes have one. */
START_TEST(frames_have_their_values)
{
  const struct {
    double size[3], spacing;
    int precision, compression;
    int64_t stride;
  } cases[] = {{{4, 3, 2}, 0.5, 32, 1, 9 * 7 * 5},
               {{4, 3, 2}, 0.5, 64, 0, 9 * 7 * 5},
               {{30, 30, 0}, 0.1, 64, 1, 90602},
               {{30, 30, 0}, 0.1, 32, 0, 90602}};
  struct hc_output_params params = test_params(cases[_i].precision);
  struct hc_mesh *mesh;
  struct hc_fields *fields;
  struct hc_results *results;
  char folder[64];

  params.compression = cases[_i].compression;
  make_mesh(_i < 2 ? HC_TETRAHEDRON : HC_TRIANGLE, cases[_i].size, cases[_i].spacing, NULL, &mesh, &fields);
  make_folder(folder);
  ck_call(hc_results_create(mesh, folder, &params, fields, 3, test_fields, 0, &results));
  for (int64_t s = 0; s < 5; s++)
    ck_call(put_frame(mesh, results, s));
  ck_assert_int_eq(hc_results_frames(results), 5);
  ck_call(put_map(mesh, results, "activation", 1));
  ck_call(put_map(mesh, results, "activation", 2));
  ck_call(hc_results_finish(results));
  hc_results_destroy(&results);
  check_frames(folder, "results.h5", params.precision, mesh->n_nodes, 0, 5);
  check_map(folder, "results.h5", "activation", mesh->n_nodes, 2);
  if (world_rank() == 0) {
    const hid_t file = open_plain(folder, "results.h5");
    ck_assert_int_eq(read_int(file, "VTKHDF/PointData/V", "rows_per_frame"), cases[_i].stride);
    check_text(file, "VTKHDF/PointData/V", "unit", "mV");
    check_array(file, "VTKHDF/Steps/PointDataOffsets/activation", 5, (double[]){0, 0, 0, 0, 0});
    check_array(file, "VTKHDF/Steps/CellDataOffsets/fibre", 5, (double[]){0, 0, 0, 0, 0});
    check_array(file, "VTKHDF/Steps/NumberOfParts", 5, (double[]){1, 1, 1, 1, 1});
    H5Fclose(file);
  }
  remove_folder(folder);
  hc_fields_destroy(&fields);
  hc_mesh_destroy(&mesh);
}
END_TEST

/* A run that commits often gives the same datasets as one that never does, and parts can be read before the end. */
START_TEST(segments_join_to_one_file)
{
  const struct hc_output_params params = test_params(32);
  struct hc_mesh *mesh;
  struct hc_fields *fields;
  struct hc_results *results;
  char folder[64];

  make_mesh(HC_TRIANGLE, (double[]){30, 30, 0}, 0.1, NULL, &mesh, &fields);
  make_folder(folder);
  ck_call(hc_results_create(mesh, folder, &params, fields, 3, test_fields, 0, &results));
  ck_call(hc_results_commit(results)); /* no frame yet */
  for (int64_t s = 0; s < 7; s++) {
    ck_call(put_frame(mesh, results, s));
    if (s == 2 || s == 5)
      ck_call(hc_results_commit(results));
    if (s == 5)
      ck_call(hc_results_commit(results)); /* nothing new */
  }
  check_frames(folder, "results.part1.h5", 32, mesh->n_nodes, 0, 3);
  check_frames(folder, "results.part2.h5", 32, mesh->n_nodes, 3, 3);
  if (world_rank() == 0) { /* a part shows mesh and regions */
    const hid_t file = open_plain(folder, "results.part2.h5");
    int64_t n;
    free(read_all(file, "VTKHDF/Points", &n));
    ck_assert_int_eq(n, 3 * mesh->n_nodes);
    free(read_all(file, "VTKHDF/CellData/region", &n));
    ck_assert_int_eq(n, mesh->n_cells);
    ck_assert_int_eq(read_int(file, "healthcast", "first_frame"), 3);
    check_array(file, "VTKHDF/Steps/CellDataOffsets/fibre", 3, (double[]){0, 0, 0});
    H5Fclose(file);
  }
  ck_call(hc_results_commit(results));
  ck_call(put_map(mesh, results, "apd_90", 3)); /* after the last commit: a part without frames */
  ck_call(hc_results_finish(results));
  hc_results_destroy(&results);
  check_frames(folder, "results.h5", 32, mesh->n_nodes, 0, 7);
  check_map(folder, "results.h5", "apd_90", mesh->n_nodes, 3);
  ck_assert(!has_file(folder, "results.part1.h5") && !has_file(folder, "results.part4.h5"));
  ck_assert(!has_file(folder, "results.h5.tmp") && !has_file(folder, "results.xdmf.tmp"));
  remove_folder(folder);
  hc_fields_destroy(&fields);
  hc_mesh_destroy(&mesh);
}
END_TEST

START_TEST(traces_are_datasets_and_text)
{
  const struct hc_output_params params = test_params(32);
  const char *const names[] = {"apex", "base, \"left\""};
  const double samples[] = {0, -85, -86, 0.5, 20.25, -85.5}, more[] = {0, -85, -86, 0.5, 20.25, -85.5, 1, 30, 31};
  struct hc_mesh *mesh;
  struct hc_fields *fields;
  struct hc_results *results;
  char folder[64], text[256], path[128];

  make_mesh(HC_TETRAHEDRON, box, 1, NULL, &mesh, &fields);
  make_folder(folder);
  ck_call(hc_results_create(mesh, folder, &params, fields, 3, test_fields, 0, &results));
  ck_call(put_frame(mesh, results, 0));
  ck_call(hc_results_traces(results, "probes", "mV", 2, names, world_rank() == 0 ? 2 : 0, samples));
  ck_call(hc_results_commit(results));
  ck_call(hc_results_traces(results, "probes", "mV", 2, names, world_rank() == 0 ? 2 : 0, samples));
  ck_call(hc_results_traces(results, "probes", "mV", 2, names, world_rank() == 0 ? 3 : 0, more));
  ck_call(hc_results_finish(results));
  hc_results_destroy(&results);
  if (world_rank() == 0) {
    const hid_t file = open_plain(folder, "results.h5");
    FILE *csv;
    check_array(file, "healthcast/probes", 9, more);
    check_text(file, "healthcast/probes", "unit", "mV");
    H5Fclose(file);
    snprintf(path, sizeof path, "%s/probes.csv", folder);
    csv = fopen(path, "r");
    ck_assert_ptr_nonnull(fgets(text, sizeof text, csv));
    ck_assert_str_eq(text, "time (ms),\"apex (mV)\",\"base, \"\"left\"\" (mV)\"\n");
    ck_assert_ptr_nonnull(fgets(text, sizeof text, csv));
    ck_assert_str_eq(text, "0,-85,-86\n");
    fclose(csv);
  }
  remove_folder(folder);
  hc_fields_destroy(&fields);
  hc_mesh_destroy(&mesh);
}
END_TEST

START_TEST(folders_are_made_or_refused)
{
  const struct hc_output_params params = test_params(32);
  struct hc_mesh *mesh;
  struct hc_fields *fields;
  struct hc_results *results;
  char folder[64], path[128];

  make_mesh(HC_TETRAHEDRON, box, 1, NULL, &mesh, &fields);
  make_folder(folder);
  snprintf(path, sizeof path, "%s/a/b//c/", folder);
  ck_call(hc_results_create(mesh, path, &params, fields, 3, test_fields, 0, &results));
  ck_call(hc_results_finish(results));
  hc_results_destroy(&results);
  ck_assert(has_file(path, "results.h5"));
  shell(folder, "touch file");
  snprintf(path, sizeof path, "%s/file/results", folder);
  ck_call_fails(hc_results_create(mesh, path, &params, fields, 3, test_fields, 0, &results), HC_ERR_ENVIRONMENT,
                "a file of this name is in the way");
  ck_assert_ptr_null(results);
  ck_call_fails(hc_results_create(mesh, "/proc/healthcast", &params, fields, 3, test_fields, 0, &results),
                HC_ERR_ENVIRONMENT, "/proc/healthcast: folder cannot be made");
  ck_call_fails(hc_results_create(mesh, "", &params, fields, 3, test_fields, 0, &results), HC_ERR_ENVIRONMENT,
                "folder for results");
  hc_results_destroy(&results); /* NULL-safe */
  remove_folder(folder);
  hc_fields_destroy(&fields);
  hc_mesh_destroy(&mesh);
}
END_TEST

START_TEST(a_map_may_not_be_named_like_a_field)
{
  const struct hc_output_params params = test_params(32);
  struct hc_mesh *mesh;
  struct hc_fields *fields;
  struct hc_results *results;
  char folder[64];

  make_mesh(HC_TETRAHEDRON, box, 1, NULL, &mesh, &fields);
  make_folder(folder);
  ck_call(hc_results_create(mesh, folder, &params, fields, 3, test_fields, 0, &results));
  ck_call_fails(put_map(mesh, results, "W", 1), HC_ERR_INPUT, "output.fields: W is also the name of a map");
  hc_results_destroy(&results);
  remove_folder(folder);
  hc_fields_destroy(&fields);
  hc_mesh_destroy(&mesh);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("output");
  TCase *t = tcase_create("results");
  tcase_set_timeout(t, 0);
  tcase_add_loop_test(t, mesh_is_in_file_order, 1, 3);
  tcase_add_loop_test(t, frames_have_their_values, 0, 4);
  tcase_add_test(t, segments_join_to_one_file);
  tcase_add_test(t, traces_are_datasets_and_text);
  tcase_add_test(t, folders_are_made_or_refused);
  tcase_add_test(t, a_map_may_not_be_named_like_a_field);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
