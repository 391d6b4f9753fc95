/* NIfTI files of tests, written byte by byte from the standard's table of the header, not with the library under test.
 */
#ifndef HC_IMAGE_FIXTURES_H
#define HC_IMAGE_FIXTURES_H

#include "hc_check.h"
#include "image.h"

#include <math.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { NII_UINT8 = 2, NII_INT16 = 4, NII_INT32 = 8, NII_FLOAT = 16, NII_DOUBLE = 64, NII_RGB = 128, NII_INT8 = 256 };
enum { NII_UINT16 = 512, NII_UINT32 = 768, NII_INT64 = 1024, NII_UINT64 = 1280 };

struct nii {
  int n[3], n_comp, type;
  bool is_big_endian;
  double slope, inter;
  int sform_code, qform_code, xyz_units, intent;
  double srow[3][4], quatern[3], offset[3], pixdim[4];
};

/* What a voxel holds, before slope and intercept. */
typedef double nii_value(const struct nii *image, const int at[3], int component);

static inline int world_rank(void)
{
  int rank;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  return rank;
}

static inline size_t nii_bytes(int type)
{
  switch (type) {
  case NII_UINT8:
  case NII_INT8:
    return 1;
  case NII_INT16:
  case NII_UINT16:
    return 2;
  case NII_DOUBLE:
  case NII_INT64:
  case NII_UINT64:
    return 8;
  case NII_RGB:
    return 3;
  default:
    return 4;
  }
}

static inline void nii_put(const struct nii *image, const void *value, size_t bytes, char *at)
{
  for (size_t i = 0; i < bytes; i++)
    at[image->is_big_endian ? bytes - 1 - i : i] = ((const char *)value)[i];
}

static inline void nii_short(const struct nii *image, int value, char *at)
{
  const int16_t v = (int16_t)value;
  nii_put(image, &v, 2, at);
}

static inline void nii_float(const struct nii *image, double value, char *at)
{
  const float v = (float)value;
  nii_put(image, &v, 4, at);
}

static inline void nii_number(const struct nii *image, double value, char *at)
{
#define NII_AS(type_code, c_type)                                                                                      \
  case type_code: {                                                                                                    \
    const c_type v = (c_type)value;                                                                                    \
    nii_put(image, &v, sizeof v, at);                                                                                  \
    break;                                                                                                             \
  }
  switch (image->type) {
    NII_AS(NII_UINT8, uint8_t)
    NII_AS(NII_INT8, int8_t)
    NII_AS(NII_INT16, int16_t)
    NII_AS(NII_UINT16, uint16_t)
    NII_AS(NII_INT32, int32_t)
    NII_AS(NII_UINT32, uint32_t)
    NII_AS(NII_INT64, int64_t)
    NII_AS(NII_UINT64, uint64_t)
    NII_AS(NII_FLOAT, float)
    NII_AS(NII_DOUBLE, double)
  }
#undef NII_AS
}

static inline void nii_header(const struct nii *image, char header[352])
{
  const int32_t size = 348;
  memset(header, 0, 352);
  nii_put(image, &size, 4, header);
  nii_short(image, image->n_comp > 1 ? 5 : 3, header + 40);
  for (int d = 1; d <= 7; d++)
    nii_short(image, d <= 3 ? image->n[d - 1] : d == 5 ? image->n_comp : 1, header + 40 + 2 * d);
  nii_short(image, image->intent, header + 68);
  nii_short(image, image->type, header + 70);
  nii_short(image, (int)(8 * nii_bytes(image->type)), header + 72);
  for (int d = 0; d <= 3; d++)
    nii_float(image, image->pixdim[d], header + 76 + 4 * d);
  nii_float(image, 352, header + 108);
  nii_float(image, image->slope, header + 112);
  nii_float(image, image->inter, header + 116);
  header[123] = (char)image->xyz_units;
  nii_short(image, image->qform_code, header + 252);
  nii_short(image, image->sform_code, header + 254);
  for (int d = 0; d < 3; d++) {
    nii_float(image, image->quatern[d], header + 256 + 4 * d);
    nii_float(image, image->offset[d], header + 268 + 4 * d);
    for (int e = 0; e < 4; e++)
      nii_float(image, image->srow[d][e], header + 280 + 16 * d + 4 * e);
  }
  memcpy(header + 344, "n+1", 4);
}

/* A file of the tests, the same name on all ranks. */
static inline const char *nii_path(const char *name)
{
  static char paths[8][128];
  static int next;
  char *path = paths[next++ % 8];
  int pid = (int)getpid();
  MPI_Bcast(&pid, 1, MPI_INT, 0, PETSC_COMM_WORLD);
  snprintf(path, 128, "/tmp/hc_image_%d_%s", pid, name);
  return path;
}

/* Rank 0 writes, compressed if the name ends in .gz; the others wait. */
static inline void nii_write(const struct nii *image, nii_value *value, const char *path)
{
  const size_t voxels = (size_t)image->n[0] * (size_t)image->n[1] * (size_t)image->n[2], bytes = nii_bytes(image->type);
  const size_t size = 352 + voxels * (size_t)image->n_comp * bytes;

  MPI_Barrier(PETSC_COMM_WORLD);
  if (world_rank() == 0) {
    char *data = calloc(size, 1), *at = data + 352;
    nii_header(image, data);
    for (int c = 0; c < image->n_comp; c++)
      for (int k = 0; k < image->n[2]; k++)
        for (int j = 0; j < image->n[1]; j++)
          for (int i = 0; i < image->n[0]; i++, at += bytes)
            nii_number(image, value(image, (const int[3]){i, j, k}, c), at);
    unlink(path);
    gzFile file = gzopen(path, strstr(path, ".gz") ? "wb" : "wbT");
    ck_assert_int_eq(gzwrite(file, data, (unsigned)size), (int)size);
    gzclose(file);
    free(data);
  }
  MPI_Barrier(PETSC_COMM_WORLD);
}

static inline void nii_discard(const char *path)
{
  MPI_Barrier(PETSC_COMM_WORLD);
  if (world_rank() == 0)
    unlink(path);
}

/* A plain image of a type: sform of edge `edge` mm with the first centre at `first`. */
static inline struct nii nii_plain(int nx, int ny, int nz, int type, double edge, const double first[3])
{
  struct nii image = {.n = {nx, ny, nz}, .n_comp = 1, .type = type, .slope = 1, .sform_code = 1, .xyz_units = 2};
  for (int d = 0; d < 3; d++) {
    image.srow[d][d] = image.pixdim[d + 1] = edge;
    image.srow[d][3] = first[d];
  }
  image.pixdim[0] = 1;
  return image;
}

/* The same image stored another way: orientation 0 to 47 is one of the orders of axes times one of the directions. */
static inline struct nii nii_turned(const struct nii *image, int orientation)
{
  static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  struct nii turned = *image;
  for (int d = 0; d < 3; d++) {
    const int from = orders[orientation % 6][d];
    const bool is_reversed = orientation / 6 >> d & 1;
    turned.n[d] = image->n[from];
    for (int e = 0; e < 3; e++) {
      turned.srow[e][d] = is_reversed ? -image->srow[e][from] : image->srow[e][from];
      if (is_reversed)
        turned.srow[e][3] += (image->n[from] - 1) * image->srow[e][from];
    }
  }
  return turned;
}

static inline void nii_place(const struct nii *image, const int at[3], double x[3])
{
  for (int d = 0; d < 3; d++)
    x[d] = image->srow[d][0] * at[0] + image->srow[d][1] * at[1] + image->srow[d][2] * at[2] + image->srow[d][3];
}

#endif
