/* Images to files: NIfTI-1. */
#include "internal.h"

#include <math.h>
#include <nifti1.h>
#include <string.h>
#include <zlib.h>

static void set_header(const struct hc_image *like, int n_comp, bool is_labels, struct nifti_1_header *h)
{
  memset(h, 0, sizeof *h);
  h->sizeof_hdr = 348;
  h->dim[0] = n_comp > 1 ? 4 : 3;
  for (int d = 0; d < 7; d++)
    h->dim[d + 1] = 1;
  for (int d = 0; d < 3; d++) {
    h->dim[d + 1] = (short)like->n[d];
    h->pixdim[d + 1] = (float)hc_affine_edge(like->to_mm, d);
  }
  h->dim[4] = (short)n_comp;
  h->pixdim[0] = h->pixdim[4] = 1;
  h->datatype = is_labels ? DT_UINT8 : DT_FLOAT32;
  h->bitpix = is_labels ? 8 : 32;
  h->vox_offset = 352;
  h->scl_slope = 1;
  h->xyzt_units = NIFTI_UNITS_MM;
  h->sform_code = NIFTI_XFORM_SCANNER_ANAT;
  for (int e = 0; e < 4; e++) {
    h->srow_x[e] = (float)like->to_mm[0][e];
    h->srow_y[e] = (float)like->to_mm[1][e];
    h->srow_z[e] = (float)like->to_mm[2][e];
  }
  memcpy(h->magic, "n+1", 4);
}

static bool put(gzFile file, const void *data, size_t bytes)
{
  return gzwrite(file, data, (unsigned)bytes) == (int)bytes;
}

static bool put_values(gzFile file, int64_t voxels, int n_comp, const double *values)
{
  enum { CHUNK = 1 << 14 };
  float chunk[CHUNK];

  for (int c = 0; c < n_comp; c++)
    for (int64_t v = 0; v < voxels; v += CHUNK) {
      const int64_t n = PetscMin(CHUNK, voxels - v);
      for (int64_t i = 0; i < n; i++)
        chunk[i] = (float)values[(v + i) * n_comp + c];
      if (!put(file, chunk, (size_t)n * sizeof *chunk))
        return false;
    }
  return true;
}

static bool put_labels(gzFile file, int64_t voxels, const uint8_t *labels)
{
  enum { CHUNK = 1 << 20 };

  for (int64_t v = 0; v < voxels; v += CHUNK)
    if (!put(file, labels + v, (size_t)PetscMin(CHUNK, voxels - v)))
      return false;
  return true;
}

/* One of values and labels. */
static PetscErrorCode write_image(const struct hc_image *like, int n_comp, const double *values, const uint8_t *labels,
                                  const char *path)
{
  const int64_t voxels = (int64_t)like->n[0] * like->n[1] * like->n[2];
  const size_t length = strlen(path);
  const bool is_compressed = length > 3 && !strcmp(path + length - 3, ".gz");
  const char no_extension[4] = {0};
  struct nifti_1_header header;

  PetscFunctionBeginUser;
  for (int d = 0; d < 3; d++)
    PetscCheck(like->n[d] <= 32767, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: NIfTI-1 has at most 32767 voxels an axis",
               path);
  set_header(like, n_comp, labels != NULL, &header);
  gzFile file = gzopen(path, is_compressed ? "wb6" : "wbT");
  PetscCheck(file, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written", path);
  const bool written = put(file, &header, sizeof header) && put(file, no_extension, sizeof no_extension) &&
                       (values ? put_values(file, voxels, n_comp, values) : put_labels(file, voxels, labels));
  const bool closed = gzclose(file) == Z_OK;
  PetscCheck(written && closed, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written to its end", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_image_write(const struct hc_image *like, int n_comp, const double *values, const char *path)
{
  PetscFunctionBeginUser;
  PetscCall(write_image(like, n_comp, values, NULL, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_image_write_labels(const struct hc_image *like, const uint8_t *labels, const char *path)
{
  PetscFunctionBeginUser;
  PetscCall(write_image(like, 1, NULL, labels, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_image_grid(const double low[3], const double high[3], double edge, struct hc_image **image)
{
  struct hc_image *grid;
  double voxels = 1;
  int n[3];

  PetscFunctionBeginUser;
  for (int d = 0; d < 3; d++)
    voxels *= fmax(1, ceil((high[d] - low[d]) / edge - 1e-6));
  PetscCheck(voxels <= 1e9, PETSC_COMM_SELF, HC_ERR_INPUT,
             "voxels of %.6g mm: there would be %.3g of them; allowed: at most 1e9", edge, voxels);
  for (int d = 0; d < 3; d++)
    n[d] = (int)fmax(1, ceil((high[d] - low[d]) / edge - 1e-6));
  PetscCall(PetscNew(&grid));
  grid->n_comp = 1;
  for (int d = 0; d < 3; d++) {
    grid->n[d] = n[d];
    grid->to_mm[d][d] = edge;
    grid->to_mm[d][3] = low[d] + edge / 2;
  }
  (void)hc_affine_invert(grid->to_mm, grid->from_mm);
  *image = grid;
  PetscFunctionReturn(PETSC_SUCCESS);
}
