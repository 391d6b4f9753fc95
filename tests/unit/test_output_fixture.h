/* What the tests of output share: small meshes, folders, frames with known values, and reading back without MPI. */
#ifndef TEST_OUTPUT_FIXTURE_H
#define TEST_OUTPUT_FIXTURE_H

#include "hc_check.h"
#include "output.h"

#include <limits.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define COMM PETSC_COMM_WORLD

static inline int world_rank(void)
{
  int rank;
  MPI_Comm_rank(COMM, &rank);
  return rank;
}

/* A box with a fibre a cell and a rim distance a node; slab may be NULL if the caller does not want it. */
static inline void make_mesh(enum hc_cell_type type, const double size[3], double spacing, struct hc_slab **slab_out,
                             struct hc_mesh **mesh, struct hc_fields **fields)
{
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};
  struct hc_slab *slab;
  struct hc_slab_field *fibre, *rim;

  ck_call(hc_slab_box(COMM, type, size, spacing, &slab));
  ck_call(hc_slab_add_field(slab, "fibre", "", HC_CELL, 3, &fibre));
  for (int64_t i = 0; i < hc_slab_cells(slab); i++) {
    fibre->values[3 * i] = (double)slab->cells[i * hc_cell_nodes(type)];
    fibre->values[3 * i + 1] = 0.25;
    fibre->values[3 * i + 2] = -1;
    slab->region[i] = 1 + (int32_t)(slab->cells[i * hc_cell_nodes(type)] % 3);
  }
  ck_call(hc_slab_add_field(slab, "rim", "mm", HC_NODE, 1, &rim));
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++)
    rim->values[i] = slab->xyz[3 * i] / 3;
  ck_call(hc_mesh_create(slab, &options, mesh));
  ck_call(hc_fields_create(*mesh, fields));
  ck_call(hc_fields_from_slab(slab, *fields));
  if (slab_out)
    *slab_out = slab;
  else
    hc_slab_destroy(&slab);
}

static inline void make_folder(char folder[64])
{
  snprintf(folder, 64, "/tmp/hc_output_XXXXXX");
  if (world_rank() == 0)
    ck_assert_ptr_nonnull(mkdtemp(folder));
  MPI_Bcast(folder, 64, MPI_CHAR, 0, COMM);
}

/* Run a shell command in a folder on rank 0; the others wait. */
static inline void shell(const char *folder, const char *text)
{
  char command[1024];
  snprintf(command, sizeof command, "cd '%s' && %s", folder, text);
  MPI_Barrier(COMM);
  if (world_rank() == 0)
    ck_assert_msg(system(command) == 0, "failed: %s", command);
  MPI_Barrier(COMM);
}

static inline void remove_folder(const char *folder)
{
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  shell("/tmp", command);
}

static char tiny_disk[64];

static inline void unmount_tiny_disk(void)
{
  char command[256];
  snprintf(command, sizeof command, "umount -l %s && rmdir %s", tiny_disk, tiny_disk);
  if (tiny_disk[0] && system(command) != 0)
    printf("left behind: %s\n", tiny_disk);
  tiny_disk[0] = '\0';
}

/* A file system of so many KB on /tmp/..., which `folder` names; false (and a line that says so) without root. */
static inline bool mount_tiny_disk(int size, char folder[64])
{
  char command[256];
  int mounted = 0;

  make_folder(folder);
  if (world_rank() == 0) {
    snprintf(command, sizeof command, "mount -t tmpfs -o size=%dk tmpfs %s 2>/dev/null", size, folder);
    mounted = geteuid() == 0 && system(command) == 0;
    if (mounted) {
      memcpy(tiny_disk, folder, sizeof tiny_disk);
      ck_assert_int_eq(atexit(unmount_tiny_disk), 0); /* also after a failure */
    } else {
      printf("skipped: disk_full (needs root to mount a small tmpfs)\n");
      rmdir(folder);
    }
  }
  MPI_Bcast(&mounted, 1, MPI_INT, 0, COMM);
  return mounted;
}

/* Component c of field f at node (or cell) `node` of the file in frame s: never the same twice. */
static inline double value_of(int f, int64_t node, int64_t s, int c)
{
  return sin(1.0 + (double)node) * 40 + (double)s + 100 * f + 10 * c;
}

static const struct hc_results_field test_fields[] = {
    {"V", "mV", 1, HC_NODE}, {"W", "", 2, HC_NODE}, {"stress", "kPa", 1, HC_CELL}};

static inline struct hc_output_params test_params(int precision)
{
  const struct hc_output_params params = {.every = 1, .precision = precision, .compression = 1};
  return params;
}

static inline PetscErrorCode put_frame(const struct hc_mesh *mesh, struct hc_results *results, int64_t s)
{
  double *v, *w, *stress;
  PetscErrorCode code;

  ck_call(PetscMalloc3(mesh->n_owned + 1, &v, 2 * mesh->n_owned + 1, &w, mesh->n_cells_local + 1, &stress));
  for (int c = 0; c < mesh->n_cells_local; c++)
    stress[c] = value_of(2, mesh->file_cell[c], s, 0);
  for (int i = 0; i < mesh->n_owned; i++) {
    v[i] = value_of(0, mesh->file_node[i], s, 0);
    w[2 * i] = value_of(1, mesh->file_node[i], s, 0);
    w[2 * i + 1] = value_of(1, mesh->file_node[i], s, 1);
  }
  code = hc_results_frame(results, 0.5 * (double)s, (const double *const[]){v, w, stress});
  ck_call(PetscFree3(v, w, stress));
  return code;
}

static inline double map_of(int64_t node, double scale)
{
  return node % 5 == 3 ? NAN : scale * (double)node;
}

static inline PetscErrorCode put_map(const struct hc_mesh *mesh, struct hc_results *results, const char *name,
                                     double scale)
{
  double *values;
  PetscErrorCode code;

  ck_call(PetscMalloc1(mesh->n_owned + 1, &values));
  for (int i = 0; i < mesh->n_owned; i++)
    values[i] = map_of(mesh->file_node[i], scale);
  code = hc_results_map(results, name, "ms", values);
  ck_call(PetscFree(values));
  return code;
}

/* ---- Reading back, on rank 0, with plain HDF5 -------------------------------------------------------------------- */

static inline hid_t open_plain(const char *folder, const char *name)
{
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  ck_assert_msg(file >= 0, "%s cannot be opened", path);
  return file;
}

static inline bool has_file(const char *folder, const char *name)
{
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return access(path, F_OK) == 0;
}

/* All numbers of a dataset as double; free with free(). */
static inline double *read_all(hid_t file, const char *path, int64_t *n)
{
  const hid_t set = H5Dopen2(file, path, H5P_DEFAULT);
  ck_assert_msg(set >= 0, "no dataset %s", path);
  const hid_t space = H5Dget_space(set);
  double *values;
  *n = (int64_t)H5Sget_simple_extent_npoints(space);
  values = malloc((size_t)(*n + 1) * sizeof(double));
  ck_assert_int_ge(H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
  H5Sclose(space);
  H5Dclose(set);
  return values;
}

static inline int64_t read_int(hid_t file, const char *object, const char *name)
{
  const hid_t attribute = H5Aopen_by_name(file, object, name, H5P_DEFAULT, H5P_DEFAULT);
  int64_t value = -1;
  ck_assert_msg(attribute >= 0, "no attribute %s of %s", name, object);
  ck_assert_int_ge(H5Aread(attribute, H5T_NATIVE_INT64, &value), 0);
  H5Aclose(attribute);
  return value;
}

static inline void check_text(hid_t file, const char *object, const char *name, const char *expected)
{
  const hid_t set = H5Oopen(file, object, H5P_DEFAULT);
  char text[256];
  ck_call(hc_h5_get_text(set, name, text, sizeof text));
  ck_assert_str_eq(text, expected);
  H5Oclose(set);
}

/* Frames [first, first + count) are where VTKHDF's offsets say and have the values of value_of(), rounded to float32
 * if precision is 32. */
static inline void check_field(hid_t file, int f, int precision, int64_t n_nodes, int64_t first, int64_t count)
{
  const char *const place = test_fields[f].where == HC_NODE ? "Point" : "Cell";
  const int n_comp = test_fields[f].n_comp;
  char path[128];
  int64_t n, n_offsets;
  double *values, *offsets;

  snprintf(path, sizeof path, "VTKHDF/%sData/%s", place, test_fields[f].name);
  values = read_all(file, path, &n);
  snprintf(path, sizeof path, "VTKHDF/Steps/%sDataOffsets/%s", place, test_fields[f].name);
  offsets = read_all(file, path, &n_offsets);
  ck_assert_int_eq(n_offsets, count);
  for (int64_t s = 0; s < count; s++) {
    const double *const frame = values + (int64_t)offsets[s] * n_comp;
    ck_assert_int_le((int64_t)offsets[s] * n_comp + n_nodes * n_comp, n);
    for (int64_t i = 0; i < n_nodes; i++)
      for (int c = 0; c < n_comp; c++) {
        const double exact = value_of(f, i, first + s, c), expected = precision == 32 ? (double)(float)exact : exact;
        if (frame[i * n_comp + c] != expected)
          ck_abort_msg("%s of frame %lld at node %lld: %.17g, expected %.17g", test_fields[f].name,
                       (long long)(first + s), (long long)i, frame[i * n_comp + c], expected);
      }
  }
  free(offsets);
  free(values);
}

static inline void check_frames(const char *folder, const char *name, int precision, int64_t n_nodes, int64_t first,
                                int64_t count)
{
  if (world_rank() == 0) {
    const hid_t file = open_plain(folder, name);
    int64_t n;
    double *times = read_all(file, "VTKHDF/Steps/Values", &n);
    ck_assert_int_eq(n, count);
    ck_assert_int_eq(read_int(file, "VTKHDF/Steps", "NSteps"), count);
    for (int64_t s = 0; s < count; s++)
      ck_assert(times[s] == 0.5 * (double)(first + s));
    free(times);
    free(read_all(file, "VTKHDF/Types", &n));
    for (int f = 0; f < 3; f++)
      check_field(file, f, precision, test_fields[f].where == HC_NODE ? n_nodes : n, first, count);
    H5Fclose(file);
  }
  MPI_Barrier(COMM);
}

static inline void check_map(const char *folder, const char *file_name, const char *name, int64_t n_nodes, double scale)
{
  if (world_rank() == 0) {
    const hid_t file = open_plain(folder, file_name);
    char path[128];
    int64_t n;
    snprintf(path, sizeof path, "VTKHDF/PointData/%s", name);
    double *values = read_all(file, path, &n);
    ck_assert_int_eq(n, n_nodes);
    for (int64_t i = 0; i < n; i++)
      if (isnan(map_of(i, scale)) ? !isnan(values[i]) : values[i] != map_of(i, scale))
        ck_abort_msg("%s at node %lld: %g", name, (long long)i, values[i]);
    check_text(file, path, "unit", "ms");
    free(values);
    H5Fclose(file);
  }
  MPI_Barrier(COMM);
}

#endif
