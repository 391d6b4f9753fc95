/* Meshes of voxels from images: geometry, regions, fields, and what is refused. Run: ctest -R test_anatomy */
#include "image_fixtures.h"

#include <stdarg.h>

struct root {
  const struct hc_params *params;
  struct hc_anatomy_params anatomy;
};
static const struct hc_param root_params[] = {
    {.key = "anatomy", .type = HC_BLOCK, .offset = offsetof(struct root, anatomy), .block = &hc_anatomy_block}, {0}};
static const struct hc_block root_block = {"root", sizeof(struct root), root_params, "A test."};

/* Make an anatomy of assignments, each without "anatomy.", ended by NULL; the mesh is checked. */
static PetscErrorCode make_list(MPI_Comm comm, struct hc_slab **slab, struct hc_anatomy_summary *summary, va_list list)
{
  char texts[16][256];
  const char *set[16];
  int n = 0;
  struct root root;
  struct hc_params *params;
  int64_t repaired = 0;

  *slab = NULL;
  for (const char *text = va_arg(list, const char *); text; text = va_arg(list, const char *)) {
    snprintf(texts[n], sizeof texts[n], "anatomy.%s", text);
    set[n] = texts[n];
    n++;
  }
  PetscErrorCode code = hc_params_read(comm, NULL, n, set, &root_block, &root, &params);
  if (code)
    return code;
  code = hc_anatomy_create(comm, &root.anatomy, slab, summary);
  if (!code)
    code = hc_slab_check(*slab, "anatomy", &repaired);
  if (!code)
    ck_assert_int_eq(repaired, 0);
  hc_params_destroy(&params);
  return code;
}

static PetscErrorCode make(struct hc_slab **slab, struct hc_anatomy_summary *summary, ...)
{
  va_list list;
  va_start(list, summary);
  const PetscErrorCode code = make_list(PETSC_COMM_WORLD, slab, summary, list);
  va_end(list);
  return code;
}

static PetscErrorCode make_alone(struct hc_slab **slab, ...)
{
  va_list list;
  va_start(list, slab);
  const PetscErrorCode code = make_list(PETSC_COMM_SELF, slab, NULL, list);
  va_end(list);
  return code;
}

/* "key=path" */
static const char *with(const char *key, const char *path)
{
  static char texts[8][256];
  static int next;
  char *text = texts[next++ % 8];
  snprintf(text, 256, "%s=%s", key, path);
  return text;
}

static const double *cell_field(const struct hc_slab *slab, const char *name, int n_comp)
{
  const struct hc_slab_field *field = hc_slab_find_field(slab, name, HC_CELL);
  ck_assert_ptr_nonnull(field);
  ck_assert_int_eq(field->n_comp, n_comp);
  return field->values;
}

/* ---- A head: CSF from 11 mm out to 13, grey from 8, white within, a ventricle of 3 mm beside the centre
 * ---------------- */

static double head_at(const double x[3])
{
  const double r = sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]), v = hypot(hypot(x[0] - 3, x[1]), x[2] - 1);
  return v < 3 || (r > 11 && r < 13) ? 1 : r <= 8 ? 3 : r <= 11 ? 2 : 0;
}

static double head(const struct nii *image, const int at[3], int component)
{
  double x[3];
  (void)component;
  nii_place(image, at, x);
  return head_at(x);
}

static struct nii head_image(double edge)
{
  const int n = (int)(30 / edge);
  const double first[3] = {-15 + edge / 2, -15 + edge / 2, -15 + edge / 2};
  return nii_plain(n, n + 2, n + 1, NII_UINT8, edge, first);
}

static const char tissues[] = "tissues={1: csf, 2: grey, 3: white}";

START_TEST(test_volumes)
{
  const char *path = nii_path("head.nii.gz");
  const struct nii image = head_image(0.5);
  const double ventricle = 4. / 3 * M_PI * 27, white = 4. / 3 * M_PI * 512 - ventricle,
               grey = 4. / 3 * M_PI * (1331 - 512);
  struct hc_slab *slab;
  struct hc_anatomy_summary s;

  nii_write(&image, head, path);
  ck_call(make(&slab, &s, with("labels", path), tissues, NULL));
  ck_assert_int_eq(s.n_regions, 2);
  ck_assert_int_eq(s.region[0], HC_REGION_WHITE);
  ck_assert_double_eq_tol(s.volume[0], white, 0.01 * white);
  ck_assert_double_eq_tol(s.volume[1], grey, 0.01 * grey);
  ck_assert_double_eq_tol(s.volume[0] + s.volume[1], (double)s.voxels * 0.125, 1e-9);
  ck_assert_int_eq(slab->n_cells, s.voxels);
  ck_assert_int_eq(s.islands, 0);
  ck_assert_double_eq(s.coverage, 1);
  const int64_t hexahedra = slab->n_cells, nodes = slab->n_nodes;
  hc_slab_destroy(&slab);
  ck_call(make(&slab, &s, with("labels", path), tissues, "cell=tetrahedron", NULL));
  ck_assert_int_eq(slab->n_cells, 6 * hexahedra);
  ck_assert_int_eq(slab->n_nodes, nodes);
  hc_slab_destroy(&slab);
  nii_discard(path);
}
END_TEST

/* Every cell has its voxel's region and lies where the image says; nodes know their surface. */
static void check_geometry(const struct hc_slab *whole)
{
  const double *white = cell_field(whole, "white", 1), *grey = cell_field(whole, "grey", 1);
  const int nodes = hc_cell_nodes(whole->type);
  int boundary = 0, beside = 0;

  for (int64_t c = 0; c < whole->n_cells; c++) {
    double low[3] = {1e9, 1e9, 1e9};
    for (int v = 0; v < nodes; v++)
      for (int d = 0; d < 3; d++)
        low[d] = fmin(low[d], whole->xyz[3 * whole->cells[nodes * c + v] + d]);
    const double centre[3] = {low[0] + 0.5, low[1] + 0.5, low[2] + 0.5};
    ck_assert_int_eq(whole->region[c], head_at(centre) == 3 ? HC_REGION_WHITE : HC_REGION_GREY);
    ck_assert_double_eq(white[c], whole->region[c] == HC_REGION_WHITE);
    ck_assert_double_eq(grey[c], whole->region[c] == HC_REGION_GREY);
  }
  for (int64_t i = 0; i < whole->n_nodes; i++) {
    int outside = 0, csf = 0;
    for (int corner = 0; corner < 8; corner++) {
      double x[3];
      for (int d = 0; d < 3; d++)
        x[d] = whole->xyz[3 * i + d] + (corner >> d & 1 ? 0.5 : -0.5);
      outside += head_at(x) < 2;
      csf += head_at(x) == 1;
    }
    ck_assert_int_eq(whole->surface[i], (outside > 0) | (csf > 0) << 1);
    boundary += outside > 0;
    beside += csf > 0;
  }
  ck_assert_int_gt(boundary, 500);
  ck_assert_int_gt(beside, 100);
}

START_TEST(test_geometry)
{
  const char *path = nii_path("head.nii");
  const struct nii image = head_image(1);
  struct hc_slab *slab;

  nii_write(&image, head, path);
  ck_call(make_alone(&slab, with("labels", path), tissues, NULL));
  check_geometry(slab);
  hc_slab_destroy(&slab);
  ck_call(make_alone(&slab, with("labels", path), tissues, "cell=tetrahedron", NULL));
  check_geometry(slab);
  hc_slab_destroy(&slab);
  nii_discard(path);
}
END_TEST

/* This rank's slab against its part of the whole. */
static void check_part(const struct hc_slab *part, const struct hc_slab *whole, double tolerance)
{
  int rank, size;
  MPI_Comm_rank(part->comm, &rank);
  MPI_Comm_size(part->comm, &size);
  ck_assert_int_eq(part->n_nodes, whole->n_nodes);
  ck_assert_int_eq(part->n_cells, whole->n_cells);
  const int nodes = hc_cell_nodes(whole->type);
  const int64_t node = hc_slab_start(part->n_nodes, rank, size), cell = hc_slab_start(part->n_cells, rank, size);
  for (int64_t i = 0; i < hc_slab_nodes(part); i++) {
    for (int d = 0; d < 3; d++)
      ck_assert_double_le(fabs(part->xyz[3 * i + d] - whole->xyz[3 * (node + i) + d]), tolerance);
    ck_assert_int_eq(part->surface[i], whole->surface[node + i]);
  }
  const int64_t n = hc_slab_cells(part);
  ck_assert_mem_eq(part->cells, whole->cells + nodes * cell, (size_t)(nodes * n) * sizeof *part->cells);
  ck_assert_mem_eq(part->region, whole->region + cell, (size_t)n * sizeof *part->region);
  ck_assert_int_eq(part->n_fields, whole->n_fields);
  for (int f = 0; f < part->n_fields; f++) {
    const struct hc_slab_field *a = &part->fields[f], *b = &whole->fields[f];
    for (int64_t i = 0; i < a->n_comp * n; i++)
      ck_assert_double_le(fabs(a->values[i] - b->values[a->n_comp * cell + i]), tolerance);
  }
}

START_TEST(test_ranks)
{
  static const char *const cells[] = {"cell=hexahedron", "cell=tetrahedron"};
  const char *path = nii_path("head.nii");
  const struct nii image = head_image(1);

  nii_write(&image, head, path);
  for (int i = 0; i < 2; i++) {
    struct hc_slab *part, *whole;
    ck_call(make(&part, NULL, with("labels", path), tissues, cells[i], NULL));
    ck_call(make_alone(&whole, with("labels", path), tissues, cells[i], NULL));
    check_part(part, whole, 0);
    hc_slab_destroy(&part);
    hc_slab_destroy(&whole);
  }
  nii_discard(path);
}
END_TEST

START_TEST(test_orientations)
{
  const char *plain_path = nii_path("plain.nii"), *path = nii_path("turned.nii");
  struct nii image = head_image(1.5);
  struct hc_slab *plain;

  image.srow[0][1] = 0.25; /* oblique */
  image.srow[1][2] = -0.125;
  nii_write(&image, head, plain_path);
  ck_call(make_alone(&plain, with("labels", plain_path), tissues, NULL));
  for (int orientation = 0; orientation < 48; orientation++) {
    const struct nii turned = nii_turned(&image, orientation);
    struct hc_slab *slab;
    nii_write(&turned, head, path);
    ck_call(make(&slab, NULL, with("labels", path), tissues, NULL));
    check_part(slab, plain, 1e-5);
    hc_slab_destroy(&slab);
  }
  hc_slab_destroy(&plain);
  nii_discard(path);
  nii_discard(plain_path);
}
END_TEST

/* ---- Grids
 * ----------------------------------------------------------------------------------------------------------- */

START_TEST(test_spacing)
{
  const char *path = nii_path("head.nii");
  const struct nii image = head_image(0.5);
  struct hc_slab *slab;
  struct hc_anatomy_summary s;

  nii_write(&image, head, path);
  ck_call(make(&slab, &s, with("labels", path), tissues, "spacing=1", NULL));
  ck_assert_int_eq(s.n[0], 30);
  ck_assert_int_eq(s.n[1], 31);
  ck_assert_int_eq(s.n[2], 31); /* 30.5 mm */
  ck_assert_double_eq(s.spacing[1], 1);
  const double *white = cell_field(slab, "white", 1), *grey = cell_field(slab, "grey", 1);
  bool has_mixed = false;
  for (int64_t c = 0; c < hc_slab_cells(slab); c++) {
    ck_assert_double_eq_tol(white[c] + grey[c], 1, 1e-12);
    ck_assert_int_eq(slab->region[c], white[c] >= 0.5 ? HC_REGION_WHITE : HC_REGION_GREY);
    has_mixed |= white[c] > 0.2 && white[c] < 0.8;
  }
  ck_assert(has_mixed);
  hc_slab_destroy(&slab);
  /* finer than the image: each voxel becomes eight */
  ck_call(make(&slab, &s, with("labels", path), tissues, NULL));
  const int64_t voxels = s.voxels;
  hc_slab_destroy(&slab);
  ck_call(make(&slab, &s, with("labels", path), tissues, "spacing=0.25", NULL));
  ck_assert_int_eq(s.voxels, 8 * voxels);
  hc_slab_destroy(&slab);
  nii_discard(path);
}
END_TEST

START_TEST(test_crop)
{
  const char *path = nii_path("head.nii");
  const struct nii image = head_image(1);
  struct hc_slab *slab;
  struct hc_anatomy_summary s;

  nii_write(&image, head, path);
  ck_call(make(&slab, &s, with("labels", path), tissues, "crop=[-6, -2, -7, -2, 2, -4]", NULL));
  ck_assert_int_eq(s.voxels, 4 * 4 * 3);
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++) {
    ck_assert_double_ge(slab->xyz[3 * i], -6);
    ck_assert_double_le(slab->xyz[3 * i + 2], -4);
  }
  hc_slab_destroy(&slab);
  nii_discard(path);
}
END_TEST

/* ---- Parts
 * ----------------------------------------------------------------------------------------------------------- */

/* A U of white matter on its side (one part, though each plane y has two), two voxels touching it by an edge, one
 * alone. */
static double islands(const struct nii *image, const int at[3], int component)
{
  const int x = at[0], y = at[1], z = at[2];
  (void)image;
  (void)component;
  if (z == 1 && (x == 0 || x == 4) && y < 4)
    return 3;
  if (z == 2 && y == 3 && x < 5)
    return 3;
  if (z == 0 && (x == 5 || x == 6) && y == 0)
    return 2;
  return x == 9 && y == 9 && z == 2 ? 2 : 0;
}

START_TEST(test_islands)
{
  const char *path = nii_path("islands.nii");
  const double first[3] = {0, 0, 0};
  const struct nii image = nii_plain(10, 10, 3, NII_INT16, 1, first);
  struct hc_slab *slab;
  struct hc_anatomy_summary s;

  nii_write(&image, islands, path);
  ck_call(make(&slab, &s, with("labels", path), tissues, NULL));
  ck_assert_int_eq(s.voxels, 13);
  ck_assert_int_eq(s.islands, 2);
  ck_assert_int_eq(s.island_voxels, 3);
  ck_assert_int_eq(s.n_regions, 1);
  hc_slab_destroy(&slab);
  ck_call(make(&slab, &s, with("labels", path), tissues, "islands=all", NULL));
  ck_assert_int_eq(s.voxels, 16);
  ck_assert_int_eq(s.islands, 2);
  hc_slab_destroy(&slab);
  nii_discard(path);
}
END_TEST

/* ---- Maps
 * ------------------------------------------------------------------------------------------------------------ */

static double white_map(const struct nii *image, const int at[3], int component)
{
  (void)image;
  (void)component;
  return 10 * at[0];
}

static double grey_map(const struct nii *image, const int at[3], int component)
{
  (void)image;
  (void)component;
  return at[0] < 8 ? 30 : 0;
}

static double csf_map(const struct nii *image, const int at[3], int component)
{
  (void)image;
  (void)component;
  return at[0] < 2 ? 60 : 0;
}

START_TEST(test_maps)
{
  const char *white = nii_path("white.nii"), *grey = nii_path("grey.nii"), *csf = nii_path("csf.nii");
  const double first[3] = {0, 0, 0};
  const struct nii image = nii_plain(10, 4, 4, NII_UINT8, 2, first);
  struct hc_slab *slab;
  struct hc_anatomy_summary s;

  nii_write(&image, white_map, white);
  nii_write(&image, grey_map, grey);
  nii_write(&image, csf_map, csf);
  ck_call(make(&slab, &s, with("white", white), with("grey", grey), with("csf", csf), "full=100", NULL));
  /* white + grey: 30 40 50 ... 100 | 80 90: in from x = 2 on; white is not less from x = 3 on */
  ck_assert_int_eq(s.voxels, 8 * 16);
  ck_assert_double_eq_tol(s.volume[1], 16 * 8, 1e-12);
  const double *part = cell_field(slab, "white", 1);
  for (int64_t c = 0; c < hc_slab_cells(slab); c++) {
    ck_assert(part[c] >= 0.4 - 1e-6 && part[c] <= 1);
    ck_assert_int_eq(slab->region[c], part[c] >= 0.5 - 1e-7 ? HC_REGION_WHITE : HC_REGION_GREY);
  }
  for (int64_t i = 0; i < hc_slab_nodes(slab); i++)
    ck_assert_int_eq(slab->surface[i] >> 1, fabs(slab->xyz[3 * i] - 3) < 1e-9); /* beside CSF at x = 3 mm only */
  hc_slab_destroy(&slab);
  ck_call(make(&slab, &s, with("white", white), with("grey", grey), "full=100", "threshold=0.9", NULL));
  ck_assert_int_eq(s.voxels, 2 * 16); /* x = 6 and 7: 90 and 100; x = 9 has 90 too, but 8 has 80 */
  ck_assert_int_eq(s.islands, 1);
  hc_slab_destroy(&slab);
  nii_discard(white);
  nii_discard(grey);
  nii_discard(csf);
}
END_TEST

/* A mask on a finer grid that is stored another way round. */
static double masked(const struct nii *image, const int at[3], int component)
{
  double x[3];
  (void)component;
  nii_place(image, at, x);
  return x[0] < 0;
}

START_TEST(test_mask_on_another_grid)
{
  const char *path = nii_path("head.nii"), *mask = nii_path("mask.nii.gz");
  const struct nii image = head_image(1), fine = head_image(0.25), turned = nii_turned(&fine, 22);
  struct hc_slab *slab;
  struct hc_anatomy_summary s;
  int64_t voxels = 0;

  nii_write(&image, head, path);
  nii_write(&turned, masked, mask);
  for (int k = 0; k < image.n[2]; k++)
    for (int j = 0; j < image.n[1]; j++)
      for (int i = 0; i < image.n[0]; i++) {
        double x[3];
        nii_place(&image, (const int[3]){i, j, k}, x);
        voxels += x[0] < 0 && head_at(x) >= 2;
      }
  ck_call(make(&slab, &s, with("labels", path), tissues, with("mask", mask), NULL));
  ck_assert_int_eq(s.voxels, voxels);
  hc_slab_destroy(&slab);
  nii_discard(path);
  nii_discard(mask);
}
END_TEST

/* ---- Tensors
 * --------------------------------------------------------------------------------------------------------- */

/* Upper triangle of the tensor in the image's axes. */
static const double upper[6] = {1.5, 0.2, -0.1, 0.8, 0.3, 0.6};

static double tensor_value(const struct nii *image, const int at[3], int component)
{
  (void)at;
  (void)image;
  return upper[component];
}

/* dti as the field has it, of the tensor in axes that are `axis` (columns). */
static void expected_tensor(const double axis[3][3], double unit, double expected[6])
{
  static const int entry[6][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {1, 2}, {0, 2}};
  const double m[3][3] = {
      {upper[0], upper[1], upper[2]}, {upper[1], upper[3], upper[4]}, {upper[2], upper[4], upper[5]}};
  for (int c = 0; c < 6; c++) {
    expected[c] = 0;
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++)
        expected[c] += unit * axis[entry[c][0]][i] * m[i][j] * axis[entry[c][1]][j];
  }
}

static void check_tensors(const char *labels, const char *dti, const char *order, const char *axes,
                          const double axis[3][3])
{
  struct hc_slab *slab;
  double expected[6];

  expected_tensor(axis, 1e-3, expected);
  ck_call(make(&slab, NULL, with("labels", labels), tissues, with("dti", dti), "dti_unit=um2/ms", order, axes, NULL));
  const double *tensor = cell_field(slab, "dti", 6);
  for (int64_t c = 0; c < hc_slab_cells(slab); c++)
    for (int i = 0; i < 6; i++)
      ck_assert_double_eq_tol(tensor[6 * c + i], expected[i], 1e-9);
  hc_slab_destroy(&slab);
}

START_TEST(test_tensors)
{
  const char *labels = nii_path("head.nii"), *dti = nii_path("dti.nii.gz");
  const struct nii image = head_image(2);
  struct nii tensors = head_image(3), turned;
  const double world[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};

  tensors.type = NII_FLOAT;
  tensors.n_comp = 6;
  nii_write(&image, head, labels);
  nii_write(&tensors, tensor_value, dti);
  check_tensors(labels, dti, "dti_order=[xx, xy, xz, yy, yz, zz]", "dti_axes=world", world);
  check_tensors(labels, dti, "dti_order=[xx, xy, xz, yy, yz, zz]", "dti_axes=image", world);
  for (int orientation = 1; orientation < 48; orientation += 5) {
    double axis[3][3], determinant;
    turned = nii_turned(&tensors, orientation);
    for (int d = 0; d < 3; d++)
      for (int e = 0; e < 3; e++)
        axis[d][e] = turned.srow[d][e] / 3;
    determinant = axis[0][0] * (axis[1][1] * axis[2][2] - axis[1][2] * axis[2][1]) -
                  axis[0][1] * (axis[1][0] * axis[2][2] - axis[1][2] * axis[2][0]) +
                  axis[0][2] * (axis[1][0] * axis[2][1] - axis[1][1] * axis[2][0]);
    nii_write(&turned, tensor_value, dti);
    check_tensors(labels, dti, "dti_order=[xx, xy, xz, yy, yz, zz]", "dti_axes=image", axis);
    for (int d = 0; d < 3 && determinant > 0; d++)
      axis[d][0] = -axis[d][0];
    check_tensors(labels, dti, "dti_order=[xx, xy, xz, yy, yz, zz]", "dti_axes=fsl", axis);
  }
  nii_discard(labels);
  nii_discard(dti);
}
END_TEST

/* Another order of the same, and the one that a file says itself. */
static double mrtrix_value(const struct nii *image, const int at[3], int component)
{
  static const int place[6] = {0, 3, 5, 1, 2, 4};
  (void)image;
  (void)at;
  return upper[place[component]];
}

static double lower_value(const struct nii *image, const int at[3], int component)
{
  static const int place[6] = {0, 1, 3, 2, 4, 5};
  (void)image;
  (void)at;
  return upper[place[component]];
}

START_TEST(test_tensor_orders)
{
  const char *labels = nii_path("head.nii"), *dti = nii_path("dti.nii");
  const struct nii image = head_image(2);
  struct nii tensors = head_image(3);
  struct hc_slab *slab;
  const double world[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};

  tensors.type = NII_DOUBLE;
  tensors.n_comp = 6;
  nii_write(&image, head, labels);
  nii_write(&tensors, mrtrix_value, dti);
  check_tensors(labels, dti, "dti_order=[xx, yy, zz, xy, xz, yz]", "dti_axes=world", world);
  ck_call_fails(make(&slab, NULL, with("labels", labels), tissues, with("dti", dti), NULL), HC_ERR_INPUT,
                "the file does not say in which order its six components are; give anatomy.dti_order");
  ck_call_fails(
      make(&slab, NULL, with("labels", labels), tissues, with("dti", dti), "dti_order=[xx, yy, zz, xy, yx, yz]", NULL),
      HC_ERR_INPUT, "dti_order: xz is missing; allowed: xx, yy, zz, xy, xz and yz, once each");
  tensors.intent = 1005;
  nii_write(&tensors, lower_value, dti);
  check_tensors(labels, dti, "dti_axes=world", "dti_axes=world", world);
  nii_discard(labels);
  nii_discard(dti);
}
END_TEST

/* One tensor with a negative eigenvalue, at (2, 1, -4) mm. */
static double broken_value(const struct nii *image, const int at[3], int component)
{
  double x[3];
  nii_place(image, at, x);
  if (component == 1 && x[0] == 2.5 && x[1] == -4.5 && x[2] == -4.5)
    return 1.6;
  return component == 0 || component == 3 || component == 5 ? 0.8 : 0;
}

START_TEST(test_broken_tensor)
{
  const char *labels = nii_path("head.nii"), *dti = nii_path("dti.nii");
  const struct nii image = head_image(1);
  struct nii tensors = head_image(1);
  struct hc_slab *slab;
  struct hc_anatomy_summary s;

  tensors.type = NII_FLOAT;
  tensors.n_comp = 6;
  nii_write(&image, head, labels);
  nii_write(&tensors, broken_value, dti);
  ck_call_fails(
      make(&slab, &s, with("labels", labels), tissues, with("dti", dti), "dti_order=[xx,xy,xz,yy,yz,zz]",
           "dti_unit=0.001", NULL),
      HC_ERR_INPUT,
      "the tensor is not positive definite at voxel (17, 10, 10), which is (2.5, -4.5, -4.5) mm: xx 0.0008, yy "
      "0.0008, zz 0.0008, xy 0.0016, yz 0, xz 0 mm2/s; anatomy.dti_invalid: isotropic goes on");
  ck_assert_ptr_null(slab);
  ck_call(make(&slab, &s, with("labels", labels), tissues, with("dti", dti), "dti_order=[xx,xy,xz,yy,yz,zz]",
               "dti_unit=0.001", "dti_invalid=isotropic", NULL));
  ck_assert_int_eq(s.isotropic, 1);
  hc_slab_destroy(&slab);
  nii_discard(labels);
  nii_discard(dti);
}
END_TEST

/* ---- What is refused
 * ------------------------------------------------------------------------------------------------- */

START_TEST(test_bad_keys)
{
  struct hc_slab *slab;
  ck_call_fails(make(&slab, NULL, NULL), HC_ERR_INPUT,
                "there is no anatomy; give an image of labels, or white and grey");
  ck_call_fails(make(&slab, NULL, "white=w.nii", NULL), HC_ERR_INPUT,
                "--set anatomy.white=w.nii: anatomy.white: there is no anatomy");
  ck_call_fails(make(&slab, NULL, "labels=l.nii", "white=w.nii", NULL), HC_ERR_INPUT, "not both");
  ck_call_fails(make(&slab, NULL, "labels=l.nii", NULL), HC_ERR_INPUT, "say what its labels mean in anatomy.tissues");
  ck_call_fails(make(&slab, NULL, "labels=l.nii", tissues, NULL), HC_ERR_INPUT, "l.nii: cannot be opened");
  ck_call_fails(make(&slab, NULL, "labels=l.nii", tissues, "crop=[0, 0, 0, 1, -1, 1]", NULL), HC_ERR_INPUT,
                "y from 0 to -1 mm is no interval");
}
END_TEST

START_TEST(test_bad_labels)
{
  const char *path = nii_path("head.nii"), *labels;
  const struct nii image = head_image(1);
  struct hc_slab *slab;
  struct hc_anatomy_summary s;

  nii_write(&image, head, path);
  labels = with("labels", path);
  ck_call_fails(make(&slab, NULL, labels, "tissues={1: csf, 3: white}", NULL), HC_ERR_INPUT,
                "voxels of label 2, the first at (13, 12, 4), which is (-1.5, -2.5, -10.5) mm; list it in "
                "anatomy.tissues, or set anatomy.unlisted: outside");
  ck_call_fails(make(&slab, NULL, labels, "tissues={1: csf, 2: gray}", NULL), HC_ERR_INPUT,
                "found \"gray\"; allowed: white, grey, csf, outside, or the number of a region (from 1 on)");
  ck_call_fails(make(&slab, NULL, labels, "tissues={one: csf}", NULL), HC_ERR_INPUT, "\"one\" is no label");
  ck_call_fails(make(&slab, NULL, labels, "tissues={1: csf, 2: outside, 3: outside}", NULL), HC_ERR_INPUT,
                "the anatomy is empty");
  ck_call_fails(make(&slab, NULL, labels, tissues, "crop=[50, 50, 50, 60, 60, 60]", NULL), HC_ERR_INPUT,
                "has no voxel of tissue in anatomy.crop");
  ck_call(make(&slab, &s, labels, "tissues={3: white, 1: 17}", "unlisted=outside", "islands=all", NULL));
  ck_assert_int_eq(s.n_regions, 2);
  ck_assert_int_eq(s.region[1], 17);
  hc_slab_destroy(&slab);
  nii_discard(path);
}
END_TEST

START_TEST(test_bad_maps)
{
  const char *white = nii_path("white.nii"), *grey = nii_path("grey.nii");
  const double first[3] = {0, 0, 0}, beside[3] = {12, 0, 0};
  struct nii image = nii_plain(10, 4, 4, NII_UINT8, 2, first), moved = nii_plain(10, 4, 4, NII_UINT8, 2, beside);
  struct hc_slab *slab;

  nii_write(&image, white_map, white);
  nii_write(&image, grey_map, grey);
  ck_call_fails(make(&slab, NULL, with("white", white), with("grey", grey), NULL), HC_ERR_INPUT,
                "has the value 10 at voxel (1, 0, 0), which is (2, 0, 0) mm; allowed: 0 to anatomy.full, 1");
  nii_write(&moved, grey_map, grey);
  ck_call_fails(make(&slab, NULL, with("white", white), with("grey", grey), "full=100", NULL), HC_ERR_INPUT,
                "covers 80 % of the tissue in ");
  ck_call_fails(
      make(&slab, NULL, with("white", white), with("grey", grey), "full=100", NULL), HC_ERR_INPUT,
      "at least 95 % is needed (anatomy.overlap). They reach over x 11 to 31, y -1 to 7, z -1 to 7 mm, and x -1 "
      "to 19, y -1 to 7, z -1 to 7 mm");
  ck_call(make(&slab, NULL, with("white", white), with("grey", grey), "full=100", "overlap=0.7", NULL));
  hc_slab_destroy(&slab);
  image.n[0] = 9;
  image.sform_code = 0;
  nii_write(&image, grey_map, grey);
  ck_call_fails(make(&slab, NULL, with("white", white), with("grey", grey), "full=100", NULL), HC_ERR_INPUT,
                "is of 9 x 4 x 4 voxels and does not say where they are; ");
  image.sform_code = 1;
  image.n_comp = 6;
  nii_write(&image, grey_map, grey);
  ck_call_fails(make(&slab, NULL, with("white", white), with("grey", grey), "full=100", NULL), HC_ERR_INPUT,
                "has 6 values a voxel; 1 is needed");
  nii_discard(white);
  nii_discard(grey);
}
END_TEST

START_TEST(test_import)
{
  const char *path = nii_path("islands.nii");
  const double first[3] = {0, 0, 0};
  const struct nii image = nii_plain(10, 10, 3, NII_INT16, 1, first);
  struct hc_slab *slab;
  int64_t repaired;
  long twos = 0;

  nii_write(&image, islands, path);
  ck_call(hc_anatomy_import(PETSC_COMM_WORLD, path, HC_TETRAHEDRON, &slab));
  ck_call(hc_slab_check(slab, path, &repaired));
  ck_assert_int_eq(slab->n_cells, 16 * 6);
  ck_assert_int_eq(slab->n_fields, 0);
  for (int64_t c = 0; c < hc_slab_cells(slab); c++)
    twos += slab->region[c] == 2;
  MPI_Allreduce(MPI_IN_PLACE, &twos, 1, MPI_LONG, MPI_SUM, PETSC_COMM_WORLD);
  ck_assert_int_eq(twos, 18);
  hc_slab_destroy(&slab);
  nii_discard(path);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("anatomy");
  TCase *t = tcase_create("anatomy");
  tcase_set_timeout(t, 0);
  tcase_add_test(t, test_volumes);
  tcase_add_test(t, test_geometry);
  tcase_add_test(t, test_ranks);
  tcase_add_test(t, test_orientations);
  tcase_add_test(t, test_spacing);
  tcase_add_test(t, test_crop);
  tcase_add_test(t, test_islands);
  tcase_add_test(t, test_maps);
  tcase_add_test(t, test_mask_on_another_grid);
  tcase_add_test(t, test_tensors);
  tcase_add_test(t, test_tensor_orders);
  tcase_add_test(t, test_broken_tensor);
  tcase_add_test(t, test_bad_keys);
  tcase_add_test(t, test_bad_labels);
  tcase_add_test(t, test_bad_maps);
  tcase_add_test(t, test_import);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
