/* NIfTI images from files. nifticlib reads headers; the values are read here, through zlib: so that damage is noticed
 * (checksums too) and no second copy is held. */
#include "internal.h"

#include <limits.h>
#include <math.h>
#include <nifti2_io.h>
#include <string.h>
#include <zlib.h>

/* ---- Values
 * ---------------------------------------------------------------------------------------------------------- */

enum { CHUNK = 1 << 16 }; /* values converted at a time */

static bool is_real(int type)
{
  switch (type) {
  case DT_UINT8:
  case DT_INT8:
  case DT_INT16:
  case DT_UINT16:
  case DT_INT32:
  case DT_UINT32:
  case DT_INT64:
  case DT_UINT64:
  case DT_FLOAT32:
  case DT_FLOAT64:
    return true;
  default:
    return false;
  }
}

/* Value i of a buffer of numbers of a type. */
static double number(int type, const void *raw, size_t i)
{
  switch (type) {
  case DT_UINT8:
    return ((const uint8_t *)raw)[i];
  case DT_INT8:
    return ((const int8_t *)raw)[i];
  case DT_INT16:
    return ((const int16_t *)raw)[i];
  case DT_UINT16:
    return ((const uint16_t *)raw)[i];
  case DT_INT32:
    return ((const int32_t *)raw)[i];
  case DT_UINT32:
    return ((const uint32_t *)raw)[i];
  case DT_INT64:
    return (double)((const int64_t *)raw)[i];
  case DT_UINT64:
    return (double)((const uint64_t *)raw)[i];
  case DT_FLOAT32:
    return (double)((const float *)raw)[i];
  default:
    return ((const double *)raw)[i];
  }
}

/* A file's values on their way. */
struct reader {
  const nifti_image *header;
  gzFile file;
  double slope, shift;
  bool is_swapped;
  double buffer[CHUNK]; /* raw numbers, aligned for all types */
};

static PetscErrorCode read_chunk(struct reader *r, int n, int64_t done)
{
  const nifti_image *h = r->header;
  const int wanted = n * h->nbyper, got = gzread(r->file, r->buffer, (unsigned)wanted);
  int code;

  PetscFunctionBeginUser;
  const char *reason = gzerror(r->file, &code);
  PetscCheck(got >= 0 && (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: the compressed data are damaged: %s", h->iname, reason);
  PetscCheck(got == wanted, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: ends after %lld of %lld values", h->iname,
             (long long)(done + got / h->nbyper), (long long)h->nvox);
  if (r->is_swapped)
    nifti_swap_Nbytes(n, h->swapsize, r->buffer);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What follows the values is read too: a checksum stands at the very end. */
static PetscErrorCode read_rest(struct reader *r)
{
  int got, code;

  PetscFunctionBeginUser;
  do
    got = gzread(r->file, r->buffer, (unsigned)sizeof r->buffer);
  while (got > 0);
  const char *reason = gzerror(r->file, &code);
  PetscCheck(got == 0 && (code == Z_OK || code == Z_STREAM_END), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: the compressed data are damaged: %s", r->header->iname, reason);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Files hold one component after another, images a voxel's side by side. */
static PetscErrorCode read_all(struct reader *r, struct hc_image *image)
{
  const int64_t voxels = (int64_t)image->n[0] * image->n[1] * image->n[2];

  PetscFunctionBeginUser;
  for (int c = 0; c < image->n_comp; c++)
    for (int64_t v = 0; v < voxels; v += CHUNK) {
      const int n = (int)PetscMin(CHUNK, voxels - v);
      PetscCall(read_chunk(r, n, c * voxels + v));
      for (int i = 0; i < n; i++)
        image->values[(v + i) * image->n_comp + c] =
            (float)(number(r->header->datatype, r->buffer, (size_t)i) * r->slope + r->shift);
    }
  PetscCall(read_rest(r));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_values(const nifti_image *header, struct hc_image *image)
{
  struct reader *r;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&r));
  r->header = header;
  r->is_swapped = header->byteorder != nifti_short_order() && header->swapsize > 1;
  /* A slope of 0 means that values are stored as they are; the library makes 0 of what is not finite. */
  r->slope = header->scl_slope != 0 ? header->scl_slope : 1;
  r->shift = header->scl_slope != 0 ? header->scl_inter : 0;
  r->file = gzopen(header->iname, "rb");
  if (!r->file || gzseek(r->file, (z_off_t)header->iname_offset, SEEK_SET) < 0) {
    if (r->file)
      gzclose(r->file);
    PetscCall(PetscFree(r));
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cannot be read as far as the values", header->iname);
  }
  gzbuffer(r->file, 1 << 18);
  code = read_all(r, image);
  gzclose(r->file);
  PetscCall(PetscFree(r));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Header
 * ---------------------------------------------------------------------------------------------------------- */

static PetscErrorCode set_affine(const nifti_image *h, struct hc_image *image)
{
  const double unit = h->xyz_units == NIFTI_UNITS_METER ? 1000 : h->xyz_units == NIFTI_UNITS_MICRON ? 0.001 : 1;
  const double sizes[3] = {h->dx, h->dy, h->dz};

  PetscFunctionBeginUser;
  image->affine = h->sform_code > 0 ? HC_AFFINE_SFORM : h->qform_code > 0 ? HC_AFFINE_QFORM : HC_AFFINE_PIXDIM;
  for (int d = 0; d < 3; d++)
    for (int e = 0; e < 4; e++) {
      const double pixdim = d == e ? sizes[d] : 0;
      image->to_mm[d][e] = unit * (image->affine == HC_AFFINE_SFORM   ? h->sto_xyz.m[d][e]
                                   : image->affine == HC_AFFINE_QFORM ? h->qto_xyz.m[d][e]
                                                                      : pixdim);
    }
  PetscCheck(hc_affine_invert(image->to_mm, image->from_mm), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: its %s has no inverse: voxel edges of %.6g, %.6g and %.6g mm, determinant %.6g", image->path,
             image->affine == HC_AFFINE_SFORM   ? "sform"
             : image->affine == HC_AFFINE_QFORM ? "qform"
                                                : "pixdim",
             hc_affine_edge(image->to_mm, 0), hc_affine_edge(image->to_mm, 1), hc_affine_edge(image->to_mm, 2),
             hc_affine_determinant(image->to_mm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode set_sizes(const nifti_image *h, struct hc_image *image)
{
  double voxels = 1, comps = 1;

  PetscFunctionBeginUser;
  PetscCheck(is_real(h->datatype), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: voxels are of type %s; images of integers, float32 and float64 are read", image->path,
             nifti_datatype_string(h->datatype));
  for (int d = 1; d <= 7; d++) {
    const int64_t n = d <= h->ndim ? h->dim[d] : 1;
    PetscCheck(n > 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: size %lld along axis %d", image->path, (long long)n, d);
    *(d <= 3 ? &voxels : &comps) *= (double)n;
  }
  PetscCheck(voxels < INT_MAX && comps <= 10000, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: %.0f voxels of %.0f values; at most %d and 10000", image->path, voxels, comps, INT_MAX);
  for (int d = 0; d < 3; d++)
    image->n[d] = (int)(d + 1 <= h->ndim ? h->dim[d + 1] : 1);
  image->n_comp = (int)comps;
  image->is_symmetric = h->intent_code == NIFTI_INTENT_SYMMATRIX;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode allocate(struct hc_image *image)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)image->n[0] * (size_t)image->n[1] * (size_t)image->n[2] * (size_t)image->n_comp,
                         &image->values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode take(const nifti_image *header, struct hc_image *image)
{
  PetscFunctionBeginUser;
  PetscCheck(header->iname, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: the file with its values is not there", image->path);
  PetscCall(set_sizes(header, image));
  PetscCall(set_affine(header, image));
  PetscCall(allocate(image));
  PetscCall(read_values(header, image));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is not taken for an image may be one whose compression is damaged. */
static PetscErrorCode complain_header(const char *path)
{
  gzFile file = gzopen(path, "rb");
  char start[348], reason[128] = "";
  int code = Z_OK;

  PetscFunctionBeginUser;
  if (file) {
    gzread(file, start, (unsigned)sizeof start);
    snprintf(reason, sizeof reason, "%s", gzerror(file, &code));
    gzclose(file);
  }
  PetscCheck(code == Z_OK || code == Z_STREAM_END, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: the compressed data are damaged: %s", path, reason);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: is no NIfTI image (.nii, .nii.gz, or .hdr with .img)", path);
}

/* ANALYZE's header does not say where voxels are. */
static bool is_nifti(const nifti_image *header)
{
  switch (header->nifti_type) {
  case NIFTI_FTYPE_NIFTI1_1:
  case NIFTI_FTYPE_NIFTI1_2:
  case NIFTI_FTYPE_NIFTI2_1:
  case NIFTI_FTYPE_NIFTI2_2:
    return true;
  default:
    return false;
  }
}

static PetscErrorCode read_on_root(struct hc_image *image)
{
  FILE *file = fopen(image->path, "rb");
  nifti_image *header;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCheck(file, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cannot be opened", image->path);
  fclose(file);
  nifti_set_debug_level(0);
  header = nifti_image_read(image->path, 0);
  if (!header || !is_nifti(header)) {
    if (header)
      nifti_image_free(header);
    PetscFunctionReturn(complain_header(image->path));
  }
  code = take(header, image);
  nifti_image_free(header);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- All ranks
 * ------------------------------------------------------------------------------------------------------- */

static PetscErrorCode share(MPI_Comm comm, struct hc_image *image)
{
  char *path = image->path;
  float *values = image->values;
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Bcast(image, (int)sizeof *image, MPI_BYTE, 0, comm));
  image->path = path;
  image->values = values;
  PetscCall(hc_error_agree(comm, rank == 0 ? PETSC_SUCCESS : allocate(image)));
  const int64_t n = (int64_t)image->n[0] * image->n[1] * image->n[2] * image->n_comp;
  for (int64_t i = 0; i < n; i += 1 << 28)
    PetscCallMPI(MPI_Bcast(image->values + i, (int)PetscMin(n - i, 1 << 28), MPI_FLOAT, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_image_read(MPI_Comm comm, const char *path, struct hc_image **image)
{
  PetscErrorCode code;
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(PetscNew(image));
  PetscCall(PetscStrallocpy(path, &(*image)->path));
  code = hc_error_agree(comm, rank == 0 ? read_on_root(*image) : PETSC_SUCCESS);
  if (!code)
    code = share(comm, *image);
  if (code)
    hc_image_destroy(image);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_image_destroy(struct hc_image **image)
{
  if (!image || !*image)
    return;
  (void)PetscFree((*image)->path);
  (void)PetscFree((*image)->values);
  (void)PetscFree(*image);
}
