/* Files cut at every length and with bytes changed at random: an error with one line or a mesh, never a crash. Worth
 * most in a build with sanitizers. */
#include "meshio_fixtures.h"

static char *load(const char *path, size_t *size)
{
  FILE *file = fopen(path, "rb");
  ck_assert_msg(file != NULL, "%s is absent", path);
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  char *bytes = malloc(*size + 1);
  ck_assert_uint_eq(fread(bytes, 1, *size, file), *size);
  fclose(file);
  return bytes;
}

/* Import what may be damaged. The number of cells if it still was a mesh, or 0. */
static int64_t import_damaged(const char *path, const char *named)
{
  struct hc_slab *slab;
  int64_t repaired, n_cells = 0;
  const PetscErrorCode code = hc_meshio_import(PETSC_COMM_SELF, path, NULL, &slab);
  if (code) {
    ck_assert_msg((int)code == (int)HC_ERR_INPUT, "code %d: %s", (int)code, hc_error_message());
    ck_assert_ptr_null(slab);
    ck_assert_ptr_nonnull(strstr(hc_error_message(), named));
    ck_assert_ptr_null(strchr(hc_error_message(), '\n'));
  } else {
    n_cells = slab->n_cells;
    (void)!hc_slab_check(slab, path, &repaired);
    hc_slab_destroy(&slab);
  }
  hc_error_clear();
  return n_cells;
}

static const char *ending(const char *name)
{
  return strrchr(name, '.');
}

static void cut(const char *name)
{
  const char *path = scratch(ending(name));
  size_t size;
  char *bytes = load(fixture(name), &size);
  write_bytes(path, bytes, size);
  const int64_t whole = import_damaged(path, "");
  ck_assert_int_gt(whole, 0);
  for (size_t n = 0; n < size; n++) {
    write_bytes(path, bytes, n);
    const int64_t found = import_damaged(path, path); /* arrays at the end may be missing, cells may not */
    ck_assert_msg(found == 0 || found == whole, "%s: %d cells after %zu of %zu bytes", name, (int)found, n, size);
  }
  free(bytes);
  unlink(path);
}

static void flip(const char *name, int times)
{
  const char *path = scratch(ending(name));
  size_t size;
  char *bytes = load(fixture(name), &size), *copy = malloc(size + 1);
  for (int i = 0; i < times; i++) {
    memcpy(copy, bytes, size);
    for (int k = 0; k < 1 + i % 3; k++)
      copy[(size_t)random() % size] = (char)(i % 2 ? random() : copy[(size_t)random() % size]);
    write_bytes(path, copy, size);
    import_damaged(path, "");
  }
  free(bytes);
  free(copy);
  unlink(path);
}

START_TEST(vtk_files_are_cut)
{
  cut(two_tets[_i]);
}
END_TEST

START_TEST(gmsh_files_are_cut)
{
  cut(boxes[_i]);
}
END_TEST

START_TEST(vtk_files_are_changed)
{
  srandom(1 + (unsigned)_i);
  flip(two_tets[_i], 4000);
}
END_TEST

START_TEST(gmsh_files_are_changed)
{
  srandom(101 + (unsigned)_i);
  flip(boxes[_i], 4000);
}
END_TEST

static const char *const carp[3][2] = {
    {".pts", "5\n0 0 0\n1000 0 0\n0 1000 0\n0 0 1000\n1000 1000 1000\n"},
    {".elem", "2\nTt 0 1 2 3 7\nTt 1 2 3 4 9\n"},
    {".lon", "2\n1 0 0 0 1 0\n0 0 1 1 0 0\n"},
};

/* One of the three files is damaged, by cutting and by changing bytes. */
START_TEST(opencarp_files_are_damaged)
{
  char base[128], path[3][160];
  snprintf(base, sizeof base, "%s", scratch("_carp"));
  for (int i = 0; i < 3; i++) {
    snprintf(path[i], sizeof path[i], "%s%s", base, carp[i][0]);
    write_bytes(path[i], carp[i][1], strlen(carp[i][1]));
  }
  const size_t size = strlen(carp[_i][1]);
  char copy[256];
  for (size_t n = 0; n < size; n++) {
    write_bytes(path[_i], carp[_i][1], n);
    import_damaged(base, base);
  }
  srandom(7);
  for (int i = 0; i < 4000; i++) {
    memcpy(copy, carp[_i][1], size);
    copy[(size_t)random() % size] = (char)random();
    write_bytes(path[_i], copy, size);
    import_damaged(base, base);
  }
  for (int i = 0; i < 3; i++)
    unlink(path[i]);
}
END_TEST

/* Native files: HDF5 finds some damage itself, the rest is ours. */
START_TEST(native_files_are_cut)
{
  const char *path = scratch(".h5");
  struct hc_slab *slab;
  size_t size;
  ck_call(hc_slab_box(PETSC_COMM_SELF, HC_TETRAHEDRON, (const double[]){1, 1, 1}, 1, &slab));
  ck_call(hc_meshio_write(slab, path));
  hc_slab_destroy(&slab);
  char *bytes = load(path, &size);
  for (size_t n = 0; n < size; n += 7) {
    write_bytes(path, bytes, n);
    ck_call_fails(hc_meshio_read(PETSC_COMM_SELF, path, 0, &slab), HC_ERR_INPUT, path);
  }
  free(bytes);
  unlink(path);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("meshio damage");
  TCase *t = tcase_create("damage");
  tcase_set_timeout(t, 250);
  tcase_add_loop_test(t, vtk_files_are_cut, 0, (int)N_FILES(two_tets));
  tcase_add_loop_test(t, gmsh_files_are_cut, 0, (int)N_FILES(boxes));
  tcase_add_loop_test(t, vtk_files_are_changed, 0, (int)N_FILES(two_tets));
  tcase_add_loop_test(t, gmsh_files_are_changed, 0, (int)N_FILES(boxes));
  tcase_add_loop_test(t, opencarp_files_are_damaged, 0, 3);
  tcase_add_test(t, native_files_are_cut);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
