#include "h5.h"
#include "hc_check.h"

#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* One name for all ranks. */
static const char *scratch(const char *name)
{
  static char path[128];
  int pid = (int)getpid();
  MPI_Bcast(&pid, 1, MPI_INT, 0, PETSC_COMM_WORLD);
  snprintf(path, sizeof path, "/tmp/hc_h5_%d_%s", pid, name);
  return path;
}

static int comm_rank(void)
{
  int rank;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  return rank;
}

static void discard(const char *path)
{
  MPI_Barrier(PETSC_COMM_WORLD);
  if (comm_rank() == 0)
    unlink(path);
  MPI_Barrier(PETSC_COMM_WORLD);
}

static int64_t begin_of(int64_t n, int rank, int size)
{
  /* Uneven on purpose: rank 0 has nothing when there are others. */
  if (size > 1)
    return rank == 0 ? 0 : n * (rank - 1) / (size - 1);
  return n * rank;
}

static double value(int64_t row, int column)
{
  return 0.5 * (double)row - 3 * column;
}

/* Write n rows as doubles into a dataset of `type`, read them back as doubles on shifted slabs. */
static void round_trip(hid_t type, const struct hc_h5_layout *layout)
{
  const char *path = scratch("round");
  const int columns = layout->columns ? layout->columns : 1;
  int rank, size, shape_columns;
  bool exists;
  int64_t rows;
  hid_t file;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  const int64_t n = layout->rows, first = begin_of(n, rank, size), last = begin_of(n, rank + 1, size);
  double *values = malloc(sizeof(double) * (size_t)(n * columns + 1));
  for (int64_t i = first; i < last; i++)
    for (int c = 0; c < columns; c++)
      values[(i - first) * columns + c] = value(i, c);
  ck_call(hc_h5_create(PETSC_COMM_WORLD, path, &file));
  ck_call(hc_h5_dataset(file, "group/values", type, layout));
  ck_call(hc_h5_write(file, "group/values", H5T_NATIVE_DOUBLE, first, last - first, values));
  if (layout->extendible) {
    ck_call(hc_h5_extend(file, "group/values", 2 * n));
    ck_call(hc_h5_write(file, "group/values", H5T_NATIVE_DOUBLE, n + first, last - first, values));
  }
  ck_call(hc_h5_close(&file));
  ck_assert_int_eq(file, H5I_INVALID_HID);
  ck_call(hc_h5_open(PETSC_COMM_WORLD, path, false, &file));
  ck_call(hc_h5_shape(file, "group/values", &exists, &rows, &shape_columns));
  ck_assert(exists && rows == n * (layout->extendible ? 2 : 1) && shape_columns == columns);
  /* Everybody reads everything of the last copy. */
  ck_call(hc_h5_read(file, "group/values", H5T_NATIVE_DOUBLE, rows - n, n, values));
  for (int64_t i = 0; i < n; i++)
    for (int c = 0; c < columns; c++)
      ck_assert_double_eq(values[i * columns + c], value(i, c));
  ck_call(hc_h5_close(&file));
  free(values);
  discard(path);
}

START_TEST(slabs_round_trip_in_every_layout)
{
  const hid_t types[] = {H5T_IEEE_F64LE, H5T_IEEE_F32LE, H5T_IEEE_F64BE};
  const struct hc_h5_layout layouts[] = {
      {.rows = 1001},
      {.rows = 1001, .columns = 3, .chunk = 100},
      {.rows = 1001, .columns = 3, .chunk = 100, .deflate = 4},
      {.rows = 1000, .chunk = 64, .deflate = 1, .extendible = true},
      {.rows = 1000, .columns = 2, .chunk = 4096, .deflate = 1, .extendible = true},
  };
  for (size_t t = 0; t < 3; t++)
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
      round_trip(types[t], &layouts[i]);
}
END_TEST

START_TEST(large_transfers_go_in_pieces)
{
  hc_h5_set_piece(1000);
  round_trip(H5T_IEEE_F32LE, &(struct hc_h5_layout){.rows = 1001, .columns = 3, .chunk = 100, .deflate = 4});
  round_trip(H5T_IEEE_F64LE, &(struct hc_h5_layout){.rows = 1001, .columns = 3});
  hc_h5_set_piece(1); /* less than a row: a row at a time */
  round_trip(H5T_IEEE_F64LE, &(struct hc_h5_layout){.rows = 10, .columns = 3});
  hc_h5_set_piece((int64_t)1 << 30);
}
END_TEST

START_TEST(attributes_are_replaced_and_read)
{
  const char *path = scratch("attributes");
  const int64_t version[2] = {1, 0};
  char text[16];
  hid_t file, group;
  ck_call(hc_h5_create(PETSC_COMM_WORLD, path, &file));
  ck_call(hc_h5_group(file, "VTKHDF", true, &group));
  ck_call(hc_h5_put_ascii(group, "Type", "UnstructuredGrid"));
  ck_call(hc_h5_put_text(group, "unit", "mm"));
  ck_call(hc_h5_put_text(group, "unit", "\xc2\xb5m"));
  ck_call(hc_h5_put_text(group, "none", ""));
  ck_call(hc_h5_put_ints(group, "Version", 2, version));
  ck_call(hc_h5_close(&file)); /* closes the group too */
  ck_call(hc_h5_open(PETSC_COMM_WORLD, path, true, &file));
  ck_call(hc_h5_group(file, "VTKHDF", false, &group));
  ck_call(hc_h5_get_text(group, "Type", text, sizeof text));
  ck_assert_str_eq(text, "UnstructuredGri");
  ck_call(hc_h5_get_text(group, "unit", text, sizeof text));
  ck_assert_str_eq(text, "\xc2\xb5m");
  ck_call(hc_h5_get_text(group, "none", text, sizeof text));
  ck_assert_str_eq(text, "");
  ck_call(hc_h5_get_text(group, "Version", text, sizeof text));
  ck_assert_str_eq(text, "");
  ck_call(hc_h5_get_text(group, "absent", text, sizeof text));
  ck_assert_str_eq(text, "");
  ck_call(hc_h5_close(&file));
  ck_call(hc_h5_close(&file)); /* nothing to do */
  discard(path);
}
END_TEST

START_TEST(groups_are_listed_and_links_removed)
{
  const char *path = scratch("list");
  const struct hc_h5_layout layout = {.rows = 4};
  char **names;
  int n;
  hid_t file, group;
  ck_call(hc_h5_create(PETSC_COMM_WORLD, path, &file));
  ck_call(hc_h5_dataset(file, "PointData/b", H5T_STD_I32LE, &layout));
  ck_call(hc_h5_dataset(file, "PointData/a", H5T_STD_I32LE, &layout));
  ck_call(hc_h5_dataset(file, "PointData/c", H5T_STD_I32LE, &layout));
  ck_call(hc_h5_group(file, "PointData/subgroup", true, &group));
  ck_call(hc_h5_group(file, "PointData", false, &group));
  ck_call(hc_h5_remove(group, "c"));
  ck_call(hc_h5_remove(group, "c"));
  ck_assert(hc_h5_exists(file, "PointData/a"));
  ck_assert(!hc_h5_exists(file, "PointData/c"));
  ck_assert(!hc_h5_exists(file, "nowhere/at/all"));
  ck_call(hc_h5_list(group, &n, &names));
  ck_assert_int_eq(n, 2);
  ck_assert_str_eq(names[0], "a");
  ck_assert_str_eq(names[1], "b");
  ck_call(PetscFree(names));
  ck_call(hc_h5_group(file, "nowhere", false, &group));
  ck_assert_int_eq(group, H5I_INVALID_HID);
  ck_call(hc_h5_close(&file));
  discard(path);
}
END_TEST

START_TEST(bad_requests_name_file_and_dataset)
{
  const char *path = scratch("bad");
  const struct hc_h5_layout layout = {.rows = 4};
  char expected[256];
  double values[8];
  int rank, size;
  hid_t file, type, space, set;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  ck_call(hc_h5_create(PETSC_COMM_WORLD, path, &file));
  ck_call(hc_h5_dataset(file, "PointData/a", H5T_STD_I32LE, &layout));
  type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, 4);
  space = H5Screate_simple(1, &(hsize_t){4}, NULL);
  set = H5Dcreate2(file, "words", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  ck_assert(set >= 0);
  H5Dclose(set);
  H5Sclose(space);
  H5Tclose(type);
  snprintf(expected, sizeof expected, "%s: /PointData/b: is missing", path);
  ck_call_fails(hc_h5_read(file, "PointData/b", H5T_NATIVE_DOUBLE, 0, 1, values), HC_ERR_INPUT, expected);
  /* Only the last rank asks for too much, all are told. */
  ck_call_fails(hc_h5_read(file, "PointData/a", H5T_NATIVE_DOUBLE, 0, rank == size - 1 ? 5 : 2, values), HC_ERR_INPUT,
                "PointData/a: has 4 rows, rows 0 to 4 are wanted");
  ck_call_fails(hc_h5_read(file, "words", H5T_NATIVE_DOUBLE, 0, 1, values), HC_ERR_INPUT,
                "words: does not hold numbers but text");
  ck_call_fails(hc_h5_read(file, "PointData", H5T_NATIVE_DOUBLE, 0, 1, values), HC_ERR_INPUT, "is not a dataset");
  ck_call_fails(hc_h5_dataset(file, "PointData/a", H5T_STD_I32LE, &layout), HC_ERR_ENVIRONMENT, "cannot be created");
  ck_call(hc_h5_close(&file));
  discard(path);
}
END_TEST

START_TEST(bad_files_are_refused)
{
  const char *path = scratch("damaged");
  int rank;
  hid_t file;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  ck_call_fails(hc_h5_open(PETSC_COMM_WORLD, path, false, &file), HC_ERR_INPUT, "No such file");
  ck_call_fails(hc_h5_open(PETSC_COMM_WORLD, "/tmp", false, &file), HC_ERR_INPUT, "is not a file");
  ck_call_fails(hc_h5_create(PETSC_COMM_WORLD, "/nowhere/a.h5", &file), HC_ERR_ENVIRONMENT, "No such file");
  if (rank == 0) {
    FILE *text = fopen(path, "w");
    fputs("this is no HDF5 file at all\n", text);
    fclose(text);
  }
  MPI_Barrier(PETSC_COMM_WORLD);
  ck_call_fails(hc_h5_open(PETSC_COMM_WORLD, path, false, &file), HC_ERR_INPUT,
                "damaged: is not an HDF5 file, or is damaged: HDF5: ");
  ck_call(hc_h5_create(PETSC_COMM_WORLD, path, &file));
  ck_call(hc_h5_dataset(file, "a", H5T_STD_I32LE, &(struct hc_h5_layout){.rows = 1000}));
  ck_call(hc_h5_write(file, "a", H5T_NATIVE_INT, 0, 0, NULL));
  ck_call(hc_h5_close(&file));
  for (int i = 0; i < 3; i++) { /* cut in the data, in the metadata, to nothing */
    const off_t lengths[] = {3000, 90, 0};
    if (rank == 0)
      ck_assert_int_eq(truncate(path, lengths[i]), 0);
    MPI_Barrier(PETSC_COMM_WORLD);
    ck_call_fails(hc_h5_open(PETSC_COMM_WORLD, path, false, &file), HC_ERR_INPUT, path);
  }
  discard(path);
}
END_TEST

/* Open MPI aborts on long paths: what is allowed works, what is longer is refused. */
START_TEST(paths_may_be_long)
{
  char path[1024];
  const double value = 1.5;
  double back = 0;
  hid_t file;
  snprintf(path, sizeof path, "%s", scratch("long"));
  const size_t folder = strlen(path);
  if (comm_rank() == 0)
    ck_assert_int_eq(mkdir(path, 0755), 0);
  path[folder] = '/';
  memset(path + folder + 1, 'a', 600);
  path[230] = '\0';
  ck_call(hc_h5_create(PETSC_COMM_WORLD, path, &file));
  ck_call(hc_h5_dataset(file, "value", H5T_IEEE_F64LE, &(struct hc_h5_layout){.rows = 1}));
  ck_call(hc_h5_write(file, "value", H5T_NATIVE_DOUBLE, 0, comm_rank() == 0, &value));
  ck_call(hc_h5_flush(file));
  ck_call(hc_h5_close(&file));
  ck_call(hc_h5_open(PETSC_COMM_WORLD, path, false, &file));
  ck_call(hc_h5_read(file, "value", H5T_NATIVE_DOUBLE, 0, 1, &back));
  ck_call(hc_h5_close(&file));
  ck_assert_double_eq(back, value);
  discard(path);
  path[folder] = '\0';
  if (comm_rank() == 0)
    ck_assert_int_eq(rmdir(path), 0);
#if defined(OPEN_MPI)
  path[folder] = '/';
  path[230] = 'a';
  path[231] = '\0';
  ck_call_fails(hc_h5_create(PETSC_COMM_WORLD, path, &file), HC_ERR_ENVIRONMENT, "the path has 231 characters");
  ck_call_fails(hc_h5_open(PETSC_COMM_WORLD, path, true, &file), HC_ERR_INPUT, "this MPI library allows 230");
#endif
}
END_TEST

/* A full disk: a file system of 1 MB for 4 MB of noise. Needs the right to mount. */
START_TEST(a_full_disk_is_reported)
{
  char folder[128], path[192];
  const int64_t n = 500000;
  int rank, size, mounted = 0;
  hid_t file;
  PetscErrorCode code;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  snprintf(folder, sizeof folder, "%s", scratch("disk"));
  snprintf(path, sizeof path, "%s/a.h5", folder);
  if (rank == 0) {
    mkdir(folder, 0755);
    mounted = mount("none", folder, "tmpfs", 0, "size=1m") == 0;
  }
  MPI_Bcast(&mounted, 1, MPI_INT, 0, PETSC_COMM_WORLD);
  if (!mounted) {
    if (rank == 0) {
      rmdir(folder);
      printf("SKIPPED a_full_disk_is_reported: a tmpfs cannot be mounted here\n");
    }
    return;
  }
  const int64_t first = n * rank / size, last = n * (rank + 1) / size;
  double *values = malloc(sizeof(double) * (size_t)n);
  for (int64_t i = 0; i < n; i++)
    values[i] = (double)random();
  ck_call(hc_h5_create(PETSC_COMM_WORLD, path, &file)); /* what fits, fits */
  ck_call(hc_h5_dataset(file, "values", H5T_IEEE_F64LE, &(struct hc_h5_layout){.rows = 60000}));
  ck_call(hc_h5_write(file, "values", H5T_NATIVE_DOUBLE, 0, rank == 0 ? 60000 : 0, values));
  ck_call(hc_h5_close(&file));
  for (int deflate = 0; deflate < 2; deflate++) {
    const struct hc_h5_layout layout = {.rows = n, .chunk = deflate ? 10000 : 0, .deflate = deflate};
    ck_call(hc_h5_create(PETSC_COMM_WORLD, path, &file));
    code = hc_h5_dataset(file, "values", H5T_IEEE_F64LE, &layout);
    if (!code)
      code = hc_h5_write(file, "values", H5T_NATIVE_DOUBLE, first, last - first, values);
    ck_assert_msg((int)code == (int)HC_ERR_ENVIRONMENT, "code %d: %s", (int)code, hc_error_message());
    ck_assert_ptr_nonnull(strstr(hc_error_message(), "a.h5"));
    ck_assert_ptr_nonnull(strstr(hc_error_message(), "cannot be written"));
    hc_error_clear();
    ck_call(hc_h5_close(&file)); /* there is room for that */
    ck_call(hc_h5_open(PETSC_COMM_WORLD, path, false, &file));
    ck_call(hc_h5_close(&file));
  }
  free(values);
  MPI_Barrier(PETSC_COMM_WORLD);
  if (rank == 0) {
    ck_assert_int_eq(umount2(folder, MNT_DETACH), 0);
    rmdir(folder);
  }
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("h5");
  TCase *t = tcase_create("h5");
  tcase_set_timeout(t, 100);
  tcase_add_test(t, slabs_round_trip_in_every_layout);
  tcase_add_test(t, large_transfers_go_in_pieces);
  tcase_add_test(t, attributes_are_replaced_and_read);
  tcase_add_test(t, groups_are_listed_and_links_removed);
  tcase_add_test(t, bad_requests_name_file_and_dataset);
  tcase_add_test(t, bad_files_are_refused);
  tcase_add_test(t, paths_may_be_long);
  tcase_add_test(t, a_full_disk_is_reported);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
