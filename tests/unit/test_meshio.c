#include "h5.h"
#include "hc_check.h"
#include "meshio.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static int comm_rank(void)
{
  int rank;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  return rank;
}

/* One name for all ranks. */
static const char *scratch(void)
{
  static char path[64];
  int pid = (int)getpid();
  MPI_Bcast(&pid, 1, MPI_INT, 0, PETSC_COMM_WORLD);
  snprintf(path, sizeof path, "/tmp/hc_meshio_%d.h5", pid);
  return path;
}

static void discard(const char *path)
{
  MPI_Barrier(PETSC_COMM_WORLD);
  if (comm_rank() == 0)
    unlink(path);
  MPI_Barrier(PETSC_COMM_WORLD);
}

static struct hc_slab *box(enum hc_cell_type type)
{
  struct hc_slab *slab;
  struct hc_slab_field *field;
  ck_call(hc_slab_box(PETSC_COMM_WORLD, type, (const double[]){2, 1, 1}, 0.25, &slab));
  ck_call(hc_slab_add_field(slab, "fibre", "", HC_CELL, 3, &field));
  for (int64_t i = 0; i < 3 * hc_slab_cells(slab); i++)
    field->values[i] = sin((double)slab->cells[i] + comm_rank());
  ck_call(hc_slab_add_field(slab, "T", "K", HC_NODE, 1, &field));
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++)
    field->values[i] = slab->xyz[3 * i] * 1e-3 + 1 / 3.0;
  for (int64_t i = 0; i < hc_slab_cells(slab); i++)
    slab->region[i] = (int32_t)(slab->cells[hc_cell_nodes(type) * i] % 5);
  return slab;
}

static void same_mesh(const struct hc_slab *a, const struct hc_slab *b)
{
  const size_t n = (size_t)hc_slab_nodes(a), m = (size_t)hc_slab_cells(a);
  ck_assert_int_eq(a->type, b->type);
  ck_assert_int_eq(a->n_nodes, b->n_nodes);
  ck_assert_int_eq(a->n_cells, b->n_cells);
  ck_assert_int_eq(memcmp(a->xyz, b->xyz, 3 * n * sizeof *a->xyz), 0);
  ck_assert_int_eq(memcmp(a->cells, b->cells, m * (size_t)hc_cell_nodes(a->type) * sizeof *a->cells), 0);
  ck_assert_int_eq(memcmp(a->region, b->region, m * sizeof *a->region), 0);
  ck_assert_int_eq(memcmp(a->surface, b->surface, n * sizeof *a->surface), 0);
  ck_assert_int_eq(a->n_fields, b->n_fields);
  for (int i = 0; i < a->n_fields; i++) {
    const struct hc_slab_field *f = &a->fields[i], *g = hc_slab_find_field(b, f->name, f->where);
    ck_assert_ptr_nonnull(g);
    ck_assert_str_eq(f->unit, g->unit);
    ck_assert_int_eq(f->n_comp, g->n_comp);
    ck_assert_int_eq(memcmp(f->values, g->values, (size_t)f->n_comp * (f->where == HC_NODE ? n : m) * sizeof(double)),
                     0);
  }
}

START_TEST(native_meshes_round_trip)
{
  const char *path = scratch();
  for (int type = HC_TRIANGLE; type <= HC_HEXAHEDRON; type++) {
    struct hc_slab *slab = box((enum hc_cell_type)type), *back;
    ck_call(hc_meshio_write(slab, path));
    ck_call(hc_meshio_read(PETSC_COMM_WORLD, path, 0, &back));
    same_mesh(slab, back);
    hc_slab_destroy(&slab);
    hc_slab_destroy(&back);
  }
  discard(path);
}
END_TEST

START_TEST(fields_and_partitions_are_added)
{
  const char *path = scratch(), *names[] = {"new", "T"}, *unknown[] = {"nothing"}, *tags[] = {"region"};
  struct hc_slab *slab = box(HC_TETRAHEDRON), *back;
  struct hc_slab_field *field;
  ck_call(hc_meshio_write(slab, path));
  ck_call(hc_slab_add_field(slab, "new", "mV", HC_CELL, 2, &field));
  for (int64_t i = 0; i < 2 * hc_slab_cells(slab); i++)
    field->values[i] = (double)i - comm_rank();
  ck_call(hc_slab_add_field(slab, "T", "mK", HC_NODE, 1, &field)); /* replaces */
  ck_call(hc_meshio_write_fields(slab, 2, names, path));
  int32_t *part = malloc(sizeof *part * (size_t)(hc_slab_nodes(slab) + 1));
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++)
    part[i] = (int32_t)(i % 3);
  ck_call(hc_meshio_write_partition(slab, 3, part, path));
  ck_call(hc_meshio_read(PETSC_COMM_WORLD, path, 3, &back));
  same_mesh(slab, back);
  ck_assert_int_eq(back->n_parts, 3);
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++)
    ck_assert_int_eq(back->part[i], part[i]);
  hc_slab_destroy(&back);
  ck_call(hc_meshio_read(PETSC_COMM_WORLD, path, 7, &back)); /* there is none for 7 */
  ck_assert_int_eq(back->n_parts, 0);
  ck_call_fails(hc_meshio_write_fields(slab, 1, unknown, path), HC_ERR_INPUT, "no field \"nothing\"");
  ck_call(hc_slab_add_field(slab, "region", "", HC_CELL, 1, &field));
  ck_call_fails(hc_meshio_write_fields(slab, 1, tags, path), HC_ERR_INPUT, "the mesh has its tags under this name");
  slab->n_fields--;
  ck_call(PetscFree(field->values));
  slab->n_cells++;
  ck_call_fails(hc_meshio_write_fields(slab, 2, names, path), HC_ERR_INPUT, "cells, what is to be added");
  slab->n_cells--;
  hc_slab_destroy(&back);
  ck_call(hc_meshio_read(PETSC_COMM_WORLD, path, 3, &back)); /* the failure left the file as it was */
  same_mesh(slab, back);
  part[0] = hc_slab_nodes(slab) > 0 ? 3 : 0;
  ck_call(hc_meshio_write_partition(slab, 3, part, path));
  hc_slab_destroy(&back);
  ck_call_fails(hc_meshio_read(PETSC_COMM_WORLD, path, 3, &back), HC_ERR_INPUT, "is in part 3, parts are 0 to 2");
  free(part);
  hc_slab_destroy(&slab);
  discard(path);
}
END_TEST

/* ---- Files of others, written with plain HDF5 calls on rank 0 ---- */

static void put(hid_t root, const char *name, hid_t type, int rank, hsize_t rows, hsize_t columns, const void *values)
{
  const hsize_t size[2] = {rows, columns};
  const hid_t space = H5Screate_simple(rank, size, NULL), links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  const hid_t set = H5Dcreate2(root, name, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
  ck_assert_int_ge((int)H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
  H5Dclose(set);
  H5Pclose(links);
  H5Sclose(space);
}

/* Two parts of one tetrahedron each, as ParaView writes them with two processes; `spoil` breaks one thing. */
static void write_two_parts(const char *path, const char *spoil)
{
  const float points[8][3] = {{0, 0, 0}, {1, 0, 0},  {0, 1, 0},  {0, 0, 1},
                              {0, 0, 0}, {-1, 0, 0}, {0, -1, 0}, {0, 0, -1}};
  int64_t counts[2] = {4, 4}, cells[2] = {1, 1}, nodes[8] = {0, 1, 2, 3, 3, 2, 1, 0}, offsets[4] = {0, 4, 0, 4};
  unsigned char types[2] = {10, 10};
  const double more[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  if (comm_rank() == 0) {
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t root =
        H5Gcreate2(file, strcmp(spoil, "root") ? "VTKHDF" : "other", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    ck_call(hc_h5_put_ascii(root, "Type", strcmp(spoil, "Type") ? "UnstructuredGrid" : "ImageData"));
    counts[1] -= !strcmp(spoil, "NumberOfPoints");
    counts[0] = strcmp(spoil, "negative") ? counts[0] : -4;
    counts[0] = strcmp(spoil, "huge") ? counts[0] : INT64_MAX;
    cells[0] += !strcmp(spoil, "NumberOfCells");
    nodes[6] = strcmp(spoil, "Connectivity") ? nodes[6] : 4;
    offsets[3] -= !strcmp(spoil, "Offsets");
    types[1] = !strcmp(spoil, "Types") ? 12 : !strcmp(spoil, "wedge") ? 13 : types[1];
    put(root, "NumberOfPoints", H5T_NATIVE_INT64, 1, 2, 1, counts);
    put(root, "NumberOfCells", H5T_NATIVE_INT64, 1, 2, 1, cells);
    put(root, "Points", H5T_NATIVE_FLOAT, 2, 8, 3, points);
    put(root, "Connectivity", H5T_NATIVE_INT64, 1, 8, 1, nodes);
    if (strcmp(spoil, "missing"))
      put(root, "Offsets", H5T_NATIVE_INT64, 1, 4, 1, offsets);
    put(root, "Types", H5T_NATIVE_UCHAR, 1, 2, 1, types);
    put(root, "PointData/more", H5T_NATIVE_DOUBLE, 1, strcmp(spoil, "array") ? 8 : 7, 1, more);
    if (!strcmp(spoil, "fraction"))
      put(root, "CellData/region", H5T_NATIVE_DOUBLE, 1, 2, 1, (const double[]){1, 1.5});
    if (!strcmp(spoil, "wide") || !strcmp(spoil, "int64"))
      put(root, "CellData/region", H5T_NATIVE_INT64, 1, 2, 1,
          (const int64_t[]){3, strcmp(spoil, "wide") ? -4 : (int64_t)1 << 32});
    H5Gclose(root);
    H5Fclose(file);
  }
  MPI_Barrier(PETSC_COMM_WORLD);
}

START_TEST(parts_are_joined)
{
  const char *path = scratch();
  struct hc_slab *slab;
  write_two_parts(path, "");
  ck_call(hc_meshio_read(PETSC_COMM_WORLD, path, 0, &slab));
  ck_assert_int_eq(slab->n_nodes, 8);
  ck_assert_int_eq(slab->n_cells, 2);
  int rank, size;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  const int64_t first = hc_slab_start(2, rank, size), expected[8] = {0, 1, 2, 3, 7, 6, 5, 4};
  for (int64_t i = 0; i < 4 * hc_slab_cells(slab); i++)
    ck_assert_int_eq(slab->cells[i], expected[4 * first + i]);
  for (int64_t i = 0; i < hc_slab_cells(slab); i++)
    ck_assert_int_eq(slab->region[i], 1);
  const struct hc_slab_field *more = hc_slab_find_field(slab, "more", HC_NODE);
  ck_assert_ptr_nonnull(more);
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++)
    ck_assert_double_eq(more->values[i], (double)(hc_slab_start(8, rank, size) + i + 1));
  hc_slab_destroy(&slab);
  discard(path);
}
END_TEST

START_TEST(bad_native_files_are_refused)
{
  const char *path = scratch();
  const char *cases[][2] = {
      {"root", "VTKHDF: is missing"},
      {"Type", "holds \"ImageData\""},
      {"NumberOfPoints", "VTKHDF/Points: has 8 x 3 values, 7 x 3 are expected"},
      {"NumberOfCells", "VTKHDF/Types: has 2 x 1 values, 3 x 1"},
      {"negative", "NumberOfPoints: part 0 has -4"},
      {"huge", "NumberOfPoints: part 0 has 9223372036854775807"},
      {"Connectivity", "cell 1 has node 4, there are nodes 0 to 3"},
      {"Offsets", "cell 1 has offsets 0 and 3"},
      {"Types", "cell 1 is a hexahedron and cell 0 a tetrahedron"},
      {"wedge", "cell 1 has VTK type 13"},
      {"missing", "VTKHDF/Offsets: is missing"},
      {"array", "PointData/more: has 7 values, the mesh has 8 nodes"},
      {"fraction", "CellData/region: value 1 is 1.5; integers of 32 bits are allowed"},
      {"wide", "CellData/region: value 1 is 4.29497e+09; integers of 32 bits are allowed"},
  };
  struct hc_slab *slab;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    write_two_parts(path, cases[i][0]);
    ck_call_fails(hc_meshio_read(PETSC_COMM_WORLD, path, 0, &slab), HC_ERR_INPUT, cases[i][1]);
    ck_assert_ptr_null(slab);
  }
  discard(path);
}
END_TEST

/* NumPy makes int64 where nothing else is asked for. */
START_TEST(regions_may_be_of_other_types)
{
  const char *path = scratch();
  struct hc_slab *slab;
  int rank, size;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  write_two_parts(path, "int64");
  ck_call(hc_meshio_read(PETSC_COMM_WORLD, path, 0, &slab));
  for (int64_t i = 0; i < hc_slab_cells(slab); i++)
    ck_assert_int_eq(slab->region[i], hc_slab_start(2, rank, size) + i == 0 ? 3 : -4);
  hc_slab_destroy(&slab);
  discard(path);
}
END_TEST

START_TEST(a_missing_folder_leaves_nothing)
{
  struct hc_slab *slab = box(HC_TRIANGLE);
  ck_call_fails(hc_meshio_write(slab, "/nowhere/mesh.h5"), HC_ERR_ENVIRONMENT, "No such file");
  hc_slab_destroy(&slab);
  ck_call_fails(hc_meshio_read(PETSC_COMM_WORLD, "/nowhere/mesh.h5", 0, &slab), HC_ERR_INPUT, "No such file");
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("meshio");
  TCase *t = tcase_create("native");
  tcase_set_timeout(t, 60);
  tcase_add_test(t, native_meshes_round_trip);
  tcase_add_test(t, fields_and_partitions_are_added);
  tcase_add_test(t, parts_are_joined);
  tcase_add_test(t, bad_native_files_are_refused);
  tcase_add_test(t, regions_may_be_of_other_types);
  tcase_add_test(t, a_missing_folder_leaves_nothing);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
