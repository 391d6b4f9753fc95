/* Medical images: files, places, values, parts of cells. Run: ctest -R test_image */
#include "image_fixtures.h"

static const double origin[3] = {0, 0, 0};

/* ---- Files
 * ----------------------------------------------------------------------------------------------------------- */

static double counted(const struct nii *image, const int at[3], int component)
{
  (void)image;
  return 1 + at[0] + 4 * at[1] + 12 * at[2] + 30 * component;
}

static void check_counted(const struct nii *written, const char *path, double slope, double inter)
{
  struct hc_image *image;
  ck_call(hc_image_read(PETSC_COMM_WORLD, path, &image));
  ck_assert_str_eq(image->path, path);
  ck_assert_int_eq(image->n_comp, written->n_comp);
  for (int d = 0; d < 3; d++)
    ck_assert_int_eq(image->n[d], written->n[d]);
  for (int k = 0; k < written->n[2]; k++)
    for (int j = 0; j < written->n[1]; j++)
      for (int i = 0; i < written->n[0]; i++)
        for (int c = 0; c < written->n_comp; c++)
          ck_assert_float_eq(image->values[written->n_comp * (i + written->n[0] * (j + written->n[1] * k)) + c],
                             (float)(slope * counted(written, (const int[3]){i, j, k}, c) + inter));
  hc_image_destroy(&image);
  ck_assert_ptr_null(image);
}

START_TEST(test_types)
{
  static const int types[] = {NII_UINT8,  NII_INT8,  NII_INT16,  NII_UINT16, NII_INT32,
                              NII_UINT32, NII_INT64, NII_UINT64, NII_FLOAT,  NII_DOUBLE};
  for (size_t t = 0; t < sizeof types / sizeof types[0]; t++)
    for (int way = 0; way < 8; way++) {
      const char *path = nii_path(way & 1 ? "types.nii.gz" : "types.nii");
      struct nii image = nii_plain(4, 3, 2, types[t], 1, origin);
      image.is_big_endian = way >> 1 & 1;
      image.n_comp = way & 1 ? 3 : 1;
      image.slope = way >> 2 ? 0.5 : 0; /* 0: as they are, whatever the intercept */
      image.inter = -3;
      nii_write(&image, counted, path);
      check_counted(&image, path, way >> 2 ? 0.5 : 1, way >> 2 ? -3 : 0);
      nii_discard(path);
    }
}
END_TEST

START_TEST(test_slope_that_is_no_number)
{
  const char *path = nii_path("slope.nii");
  struct nii image = nii_plain(4, 3, 2, NII_INT16, 1, origin);
  image.slope = NAN;
  image.inter = NAN;
  nii_write(&image, counted, path);
  check_counted(&image, path, 1, 0);
  nii_discard(path);
}
END_TEST

static void check_map(const char *path, enum hc_image_affine affine, const double expected[3][4])
{
  struct hc_image *image;
  double x[3], back[3];
  const double index[3] = {2, 1, 1.5};

  ck_call(hc_image_read(PETSC_COMM_WORLD, path, &image));
  ck_assert_int_eq(image->affine, affine);
  for (int d = 0; d < 3; d++)
    for (int e = 0; e < 4; e++)
      ck_assert_double_eq_tol(image->to_mm[d][e], expected[d][e], 1e-6);
  for (int d = 0; d < 3; d++)
    x[d] = image->to_mm[d][0] * index[0] + image->to_mm[d][1] * index[1] + image->to_mm[d][2] * index[2] +
           image->to_mm[d][3];
  for (int d = 0; d < 3; d++)
    back[d] =
        image->from_mm[d][0] * x[0] + image->from_mm[d][1] * x[1] + image->from_mm[d][2] * x[2] + image->from_mm[d][3];
  for (int d = 0; d < 3; d++)
    ck_assert_double_eq_tol(back[d], index[d], 1e-12);
  hc_image_destroy(&image);
}

/* The values of a file that ends in .nii, after another header. */
static void reheader(const char *path, const char *header, size_t size)
{
  MPI_Barrier(PETSC_COMM_WORLD);
  if (world_rank() == 0) {
    char values[1000];
    FILE *file = fopen(path, "rb");
    ck_assert_int_eq(fseek(file, 352, SEEK_SET), 0);
    const size_t n = fread(values, 1, sizeof values, file);
    fclose(file);
    file = fopen(path, "wb");
    if (size > 0)
      fwrite(header, 1, size, file);
    fwrite(values, 1, n, file);
    fclose(file);
  }
  MPI_Barrier(PETSC_COMM_WORLD);
}

START_TEST(test_nifti_2)
{
  const char *path = nii_path("two.nii");
  const struct nii image = nii_plain(4, 3, 2, NII_INT16, 1, origin);
  const int32_t size = 540, sform_code = 1;
  const int16_t type[2] = {NII_INT16, 16};
  const int64_t dim[8] = {3, 4, 3, 2, 1, 1, 1, 1}, start = 544;
  const double pixdim[8] = {1, 1, 1, 1, 1, 1, 1, 1}, slope[2] = {2, 1};
  const double rows[3][4] = {{0, 0, 1, 5}, {1, 0, 0, 6}, {0, 1, 0, 7}};
  const char magic[8] = {'n', '+', '2', '\0', '\r', '\n', '\032', '\n'};
  char header[544] = {0};

  memcpy(header, &size, 4);
  memcpy(header + 4, magic, sizeof magic);
  memcpy(header + 12, type, 4);
  memcpy(header + 16, dim, sizeof dim);
  memcpy(header + 104, pixdim, sizeof pixdim);
  memcpy(header + 168, &start, 8);
  memcpy(header + 176, slope, sizeof slope);
  memcpy(header + 348, &sform_code, 4);
  memcpy(header + 400, rows, sizeof rows);
  nii_write(&image, counted, path);
  reheader(path, header, sizeof header);
  check_counted(&image, path, 2, 1);
  check_map(path, HC_AFFINE_SFORM, rows);
  nii_discard(path);
}
END_TEST

START_TEST(test_header_apart)
{
  const char *header_path = nii_path("apart.hdr"), *path = nii_path("apart.img");
  const struct nii image = nii_plain(4, 3, 2, NII_FLOAT, 1, origin);
  char header[352];
  struct hc_image *read;

  nii_header(&image, header);
  memcpy(header + 344, "ni1", 4);
  memset(header + 108, 0, 4); /* values start at the first byte */
  nii_write(&image, counted, path);
  reheader(path, NULL, 0);
  nii_write(&image, counted, header_path);
  if (world_rank() == 0) {
    FILE *file = fopen(header_path, "wb");
    fwrite(header, 1, 348, file);
    fclose(file);
  }
  check_counted(&image, header_path, 1, 0);
  check_counted(&image, path, 1, 0);
  memset(header + 344, 0, 4); /* ANALYZE */
  if (world_rank() == 0) {
    FILE *file = fopen(header_path, "wb");
    fwrite(header, 1, 348, file);
    fclose(file);
  }
  ck_call_fails(hc_image_read(PETSC_COMM_WORLD, header_path, &read), HC_ERR_INPUT, "is no NIfTI image");
  nii_discard(path);
  nii_discard(header_path);
}
END_TEST

START_TEST(test_affines)
{
  const char *path = nii_path("affine.nii");
  struct nii image = nii_plain(4, 3, 2, NII_UINT8, 1, origin);
  const double quarter = sqrt(0.5);
  /* a quarter turn about z: x index to y, y index to -x; qfac -1 reverses z */
  const double turned[3][4] = {{0, -3, 0, 10}, {2, 0, 0, 20}, {0, 0, -4, 30}};
  const double sheared[3][4] = {{2, 0.5, 0, -7}, {0, 3, 0.25, 8}, {0.125, 0, -4, 9}};
  const double sizes[3][4] = {{2, 0, 0, 0}, {0, 3, 0, 0}, {0, 0, 4, 0}};
  const double pixdim[4] = {-1, 2, 3, 4}, offset[3] = {10, 20, 30};

  memcpy(image.pixdim, pixdim, sizeof pixdim);
  memcpy(image.offset, offset, sizeof offset);
  memcpy(image.srow, sheared, sizeof sheared);
  image.quatern[2] = quarter;
  image.qform_code = 1;
  nii_write(&image, counted, path);
  check_map(path, HC_AFFINE_SFORM, sheared);

  image.sform_code = 0;
  nii_write(&image, counted, path);
  check_map(path, HC_AFFINE_QFORM, turned);

  image.qform_code = 0;
  nii_write(&image, counted, path);
  check_map(path, HC_AFFINE_PIXDIM, sizes);
  nii_discard(path);
}
END_TEST

START_TEST(test_units)
{
  const char *path = nii_path("units.nii");
  struct nii image = nii_plain(4, 3, 2, NII_UINT8, 500, origin);
  double expected[3][4] = {{0.5, 0, 0, 0}, {0, 0.5, 0, 0}, {0, 0, 0.5, 0}};

  image.xyz_units = 3; /* micrometres */
  nii_write(&image, counted, path);
  check_map(path, HC_AFFINE_SFORM, expected);
  image.xyz_units = 1 | 8; /* metres, and seconds */
  nii_write(&image, counted, path);
  for (int d = 0; d < 3; d++)
    expected[d][d] = 500000;
  check_map(path, HC_AFFINE_SFORM, expected);
  nii_discard(path);
}
END_TEST

/* ---- What is no image
 * ------------------------------------------------------------------------------------------------ */

static void put_bytes(const char *path, const char *bytes, size_t size)
{
  MPI_Barrier(PETSC_COMM_WORLD);
  if (world_rank() == 0) {
    FILE *file = fopen(path, "wb");
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
  }
  MPI_Barrier(PETSC_COMM_WORLD);
}

/* A byte of a file changed, counted from its end (0: none), and the first part of it kept. */
static void damage(const char *path, size_t from_end, double part)
{
  MPI_Barrier(PETSC_COMM_WORLD);
  if (world_rank() == 0) {
    char bytes[20000];
    FILE *file = fopen(path, "rb");
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    if (from_end > 0 && from_end <= size)
      bytes[size - from_end] = (char)~bytes[size - from_end];
    file = fopen(path, "wb");
    fwrite(bytes, 1, (size_t)(part * (double)size), file);
    fclose(file);
  }
  MPI_Barrier(PETSC_COMM_WORLD);
}

static void refuse(const char *path, const char *text)
{
  struct hc_image *image;
  ck_call_fails(hc_image_read(PETSC_COMM_WORLD, path, &image), HC_ERR_INPUT, text);
  ck_assert_ptr_null(image);
}

START_TEST(test_bad_files)
{
  const char *path = nii_path("bad.nii");
  struct nii image = nii_plain(4, 3, 2, NII_RGB, 1, origin);
  refuse("/nonexistent/brain.nii", "/nonexistent/brain.nii: cannot be opened");
  put_bytes(path, "not an image at all", 19);
  refuse(path, "is no NIfTI image (.nii, .nii.gz, or .hdr with .img)");
  put_bytes(path, "", 0);
  refuse(path, "is no NIfTI image");
  nii_write(&image, counted, path);
  refuse(path, "voxels are of type RGB24; images of integers, float32 and float64 are read");
  image.type = NII_INT16;
  image.srow[0][0] = 0;
  nii_write(&image, counted, path);
  refuse(path, "its sform has no inverse: voxel edges of 0, 1 and 1 mm, determinant 0");
  image.srow[0][0] = NAN;
  nii_write(&image, counted, path);
  refuse(path, "its sform has no inverse");
  image.srow[0][0] = 1;
  nii_write(&image, counted, path);
  damage(path, 0, 0.95);
  refuse(path, "ends after 14 of 24 values");
  nii_discard(path);
}
END_TEST

START_TEST(test_bad_archives)
{
  const char *path = nii_path("bad.nii.gz");
  struct nii image = nii_plain(40, 30, 2, NII_INT16, 1, origin);
  nii_write(&image, counted, path);
  damage(path, 0, 0.7);
  refuse(path, "of 2400 values");
  nii_write(&image, counted, path);
  damage(path, 6, 1); /* the checksum, after all values */
  refuse(path, "the compressed data are damaged: ");
  nii_write(&image, counted, path);
  damage(path, 60, 1);
  refuse(path, path);
  nii_discard(path);
}
END_TEST

/* ---- Values
 * ---------------------------------------------------------------------------------------------------------- */

static double linear(const double x[3])
{
  return 2 * x[0] - 3 * x[1] + 0.5 * x[2] + 1;
}

static double linear_value(const struct nii *image, const int at[3], int component)
{
  double x[3];
  nii_place(image, at, x);
  return (component + 1) * linear(x);
}

START_TEST(test_sampling_of_all_orientations)
{
  const double first[3] = {-3, 5, 7};
  struct nii plain = nii_plain(6, 5, 4, NII_DOUBLE, 1.5, first);
  const char *path = nii_path("turned.nii");
  plain.n_comp = 2;
  plain.srow[0][1] = 0.2; /* oblique */
  plain.srow[2][0] = -0.1;
  for (int orientation = 0; orientation < 48; orientation++) {
    const struct nii turned = nii_turned(&plain, orientation);
    struct hc_image *image;
    nii_write(&turned, linear_value, path);
    ck_call(hc_image_read(PETSC_COMM_WORLD, path, &image));
    for (int k = 0; k < 64; k++) {
      const double index[3] = {5 * (k % 4) / 3., 4 * (k / 4 % 4) / 3., 3 * (k / 16) / 3.};
      double x[3], values[2];
      int64_t inside;
      for (int d = 0; d < 3; d++)
        x[d] =
            plain.srow[d][0] * index[0] + plain.srow[d][1] * index[1] + plain.srow[d][2] * index[2] + plain.srow[d][3];
      hc_image_sample(image, HC_LINEAR, 1, x, NAN, values, &inside);
      ck_assert_int_eq(inside, 1);
      ck_assert_double_eq_tol(values[0], linear(x), 2e-5); /* rows of the affine are float32 */
      ck_assert_double_eq_tol(values[1], 2 * linear(x), 4e-5);
    }
    hc_image_destroy(&image);
  }
  nii_discard(path);
}
END_TEST

START_TEST(test_nearest_and_outside)
{
  const char *path = nii_path("nearest.nii");
  const struct nii written = nii_plain(4, 3, 2, NII_UINT8, 2, origin);
  struct hc_image *image;
  /* in voxel (1, 2, 0); on the face between (0,0,0) and (1,0,0); at the outermost corner; beyond it; NaN */
  const double x[15] = {2.9, 3.1, 0.9, 1, 0, 0, 7, 5, 3, 7.01, 5, 3, NAN, 0, 0};
  double values[5];
  int64_t inside;

  nii_write(&written, counted, path);
  ck_call(hc_image_read(PETSC_COMM_WORLD, path, &image));
  hc_image_sample(image, HC_NEAREST, 5, x, -7, values, &inside);
  ck_assert_int_eq(inside, 3);
  ck_assert_double_eq(values[0], 1 + 1 + 4 * 2);
  ck_assert_double_eq(values[1], 1 + 1); /* the upper one */
  ck_assert_double_eq(values[2], 1 + 3 + 4 * 2 + 12);
  ck_assert_double_eq(values[3], -7);
  ck_assert_double_eq(values[4], -7);
  hc_image_sample(image, HC_LINEAR, 5, x, -7, values, NULL);
  ck_assert_double_eq_tol(values[0], 1 + 1.45 + 4 * 1.55 + 12 * 0.45, 1e-12);
  ck_assert_double_eq_tol(values[2], 1 + 3 + 4 * 2 + 12, 1e-12); /* constant beyond the last centres */
  ck_assert_double_eq(values[3], -7);
  hc_image_destroy(&image);
  nii_discard(path);
}
END_TEST

START_TEST(test_overlap)
{
  const double shifted[3] = {5, 0, 0}, far[3] = {100, 0, 0};
  const struct nii images[3] = {nii_plain(10, 10, 10, NII_UINT8, 1, origin),
                                nii_plain(10, 10, 10, NII_UINT8, 1, shifted),
                                nii_plain(20, 20, 20, NII_UINT8, 0.5, far)};
  struct hc_image *read[3];
  for (int i = 0; i < 3; i++) {
    const char *path = nii_path("overlap.nii");
    nii_write(&images[i], counted, path);
    ck_call(hc_image_read(PETSC_COMM_WORLD, path, &read[i]));
    nii_discard(path);
  }
  ck_assert_double_eq_tol(hc_image_overlap(read[0], read[0]), 1, 1e-12);
  ck_assert_double_eq_tol(hc_image_overlap(read[0], read[1]), 0.5, 1e-12);
  ck_assert_double_eq_tol(hc_image_overlap(read[0], read[2]), 0, 1e-12);
  for (int i = 0; i < 3; i++)
    hc_image_destroy(&read[i]);
}
END_TEST

static double labelled(const struct nii *image, const int at[3], int component)
{
  (void)image;
  (void)component;
  return at[0] == 0 ? -5 : at[1] == 2 ? 1030 : 0;
}

START_TEST(test_labels)
{
  const char *path = nii_path("labels.nii");
  struct nii written = nii_plain(4, 3, 2, NII_INT16, 1, origin);
  struct hc_image *image;
  int64_t *labels, *voxels;
  int n;

  nii_write(&written, labelled, path);
  ck_call(hc_image_read(PETSC_COMM_WORLD, path, &image));
  ck_call(hc_image_labels(image, &n, &labels, &voxels));
  ck_assert_int_eq(n, 3);
  ck_assert_int_eq(labels[0], -5);
  ck_assert_int_eq(labels[1], 0);
  ck_assert_int_eq(labels[2], 1030);
  ck_assert_int_eq(voxels[0], 6);
  ck_assert_int_eq(voxels[1], 12);
  ck_assert_int_eq(voxels[2], 6);
  ck_call(PetscFree(labels));
  ck_call(PetscFree(voxels));
  image->values[5] = 2.5F;
  ck_call_fails(hc_image_labels(image, &n, &labels, &voxels), HC_ERR_INPUT,
                "voxel (1, 1, 0) at (1, 1, 0) mm has the value 2.5; labels are whole numbers");
  image->values[5] = NAN;
  ck_call_fails(hc_image_labels(image, &n, &labels, &voxels), HC_ERR_INPUT, "has the value nan");
  hc_image_destroy(&image);
  nii_discard(path);
}
END_TEST

/* ---- Parts of cells
 * -------------------------------------------------------------------------------------------------- */

static double cell_volume(const struct hc_mesh *mesh, int c)
{
  const double *x[4];
  double u[3][3];
  if (mesh->type == HC_HEXAHEDRON) {
    const double *low = mesh->xyz + 3 * mesh->cells[8 * c], *high = mesh->xyz + 3 * mesh->cells[8 * c + 6];
    return (high[0] - low[0]) * (high[1] - low[1]) * (high[2] - low[2]);
  }
  for (int i = 0; i < 4; i++)
    x[i] = mesh->xyz + 3 * mesh->cells[4 * c + i];
  for (int i = 0; i < 3; i++)
    for (int d = 0; d < 3; d++)
      u[i][d] = x[i + 1][d] - x[0][d];
  return (u[0][0] * (u[1][1] * u[2][2] - u[1][2] * u[2][1]) - u[0][1] * (u[1][0] * u[2][2] - u[1][2] * u[2][0]) +
          u[0][2] * (u[1][0] * u[2][1] - u[1][1] * u[2][0])) /
         6;
}

/* Volume of voxels of label 1030 within a box of cells. */
static double labelled_volume(const struct hc_image *image, enum hc_cell_type type, const double size[3],
                              double spacing)
{
  const struct hc_mesh_options options = {.partitioner = HC_PART_CURVE};
  const int64_t labels[2] = {77, 1030};
  struct hc_slab *slab;
  struct hc_mesh *mesh;
  double sum = 0, *fraction;

  ck_call(hc_slab_box(PETSC_COMM_WORLD, type, size, spacing, &slab));
  ck_call(hc_mesh_create(slab, &options, &mesh));
  ck_call(PetscMalloc1(mesh->n_cells_local, &fraction));
  ck_call(hc_image_cell_fraction(image, mesh, 2, labels, fraction));
  for (int c = 0; c < mesh->n_cells_local; c++)
    if (mesh->cell_owned[c])
      sum += fraction[c] * cell_volume(mesh, c);
  MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD);
  ck_call(PetscFree(fraction));
  hc_mesh_destroy(&mesh);
  hc_slab_destroy(&slab);
  return sum;
}

START_TEST(test_cell_fraction)
{
  /* Voxels of 1 mm from -1 on: those with at[0] > 0 and at[1] == 2 are x from 0 on, y 1 to 2, all z. */
  const char *path = nii_path("fraction.nii");
  const double first[3] = {-0.5, -0.5, -0.5}, size[3] = {4, 4, 4};
  const struct nii written = nii_plain(4, 3, 4, NII_INT16, 1, first);
  const double exact = 3 * 1 * 3; /* x 0 to 3, y 1 to 2, z 0 to 3 of the box from 0 to 4, which reaches beyond */
  struct hc_image *image;

  nii_write(&written, labelled, path);
  ck_call(hc_image_read(PETSC_COMM_WORLD, path, &image));
  ck_assert_double_eq_tol(labelled_volume(image, HC_HEXAHEDRON, size, 1), exact, 1e-12);
  ck_assert_double_eq_tol(labelled_volume(image, HC_HEXAHEDRON, size, 2), exact, 1e-12);
  ck_assert_double_eq_tol(labelled_volume(image, HC_HEXAHEDRON, size, 0.5), exact, 1e-12);
  ck_assert_double_eq_tol(labelled_volume(image, HC_TETRAHEDRON, size, 1), exact, 1e-12);
  ck_assert_double_eq_tol(labelled_volume(image, HC_TETRAHEDRON, size, 4), exact, 1e-12);
  hc_image_destroy(&image);
  nii_discard(path);
}
END_TEST

START_TEST(test_write)
{
  const char *path = nii_path("written.nii.gz"), *source = nii_path("source.nii");
  const double first[3] = {-3, 5, 7};
  struct nii written = nii_plain(6, 5, 4, NII_DOUBLE, 1.5, first);
  struct hc_image *image, *back;
  double values[240];

  written.srow[0][1] = 0.25;
  written.n_comp = 2;
  nii_write(&written, linear_value, source);
  ck_call(hc_image_read(PETSC_COMM_WORLD, source, &image));
  for (int i = 0; i < 240; i++)
    values[i] = (double)image->values[i];
  if (world_rank() == 0)
    ck_call(hc_image_write(image, 2, values, path));
  ck_call(hc_image_read(PETSC_COMM_WORLD, path, &back));
  ck_assert_int_eq(back->n_comp, 2);
  ck_assert_mem_eq(back->n, image->n, sizeof image->n);
  ck_assert_mem_eq(back->to_mm, image->to_mm, sizeof image->to_mm);
  ck_assert_mem_eq(back->values, image->values, 240 * sizeof(float));
  ck_call_fails(hc_image_write(image, 2, values, "/nonexistent/x.nii"), HC_ERR_ENVIRONMENT, "cannot be written");
  hc_image_destroy(&image);
  hc_image_destroy(&back);
  nii_discard(path);
  nii_discard(source);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("image");
  TCase *t = tcase_create("image");
  tcase_set_timeout(t, 0);
  tcase_add_test(t, test_types);
  tcase_add_test(t, test_slope_that_is_no_number);
  tcase_add_test(t, test_nifti_2);
  tcase_add_test(t, test_header_apart);
  tcase_add_test(t, test_affines);
  tcase_add_test(t, test_units);
  tcase_add_test(t, test_bad_files);
  tcase_add_test(t, test_bad_archives);
  tcase_add_test(t, test_sampling_of_all_orientations);
  tcase_add_test(t, test_nearest_and_outside);
  tcase_add_test(t, test_overlap);
  tcase_add_test(t, test_labels);
  tcase_add_test(t, test_cell_fraction);
  tcase_add_test(t, test_write);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
