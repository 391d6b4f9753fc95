#include "internal.h"

#include <math.h>
#include <string.h>

/* Points this near (in voxels) to a face or centre lie on it: rounding must not choose the voxel. */
#define NEAR 1e-7

bool hc_image_clamp(const struct hc_image *image, double index[3])
{
  for (int d = 0; d < 3; d++) {
    if (!(index[d] >= -0.5 - NEAR && index[d] <= image->n[d] - 0.5 + NEAR)) /* true for NaN */
      return false;
    if (fabs(index[d] - round(index[d])) < NEAR)
      index[d] = round(index[d]);
  }
  for (int d = 0; d < 3; d++)
    index[d] = fmin(fmax(index[d], 0), image->n[d] - 1);
  return true;
}

const float *hc_image_nearest(const struct hc_image *image, const double index[3])
{
  int at[3];
  for (int d = 0; d < 3; d++)
    at[d] = PetscMin(PetscMax((int)floor(index[d] + 0.5 + NEAR), 0), image->n[d] - 1);
  return image->values + image->n_comp * hc_image_voxel(image, at[0], at[1], at[2]);
}

void hc_image_linear(const struct hc_image *image, const double index[3], double *values)
{
  int at[3];
  double part[3];

  for (int d = 0; d < 3; d++) {
    at[d] = (int)index[d];
    part[d] = index[d] - at[d];
  }
  memset(values, 0, (size_t)image->n_comp * sizeof *values);
  for (int corner = 0; corner < 8; corner++) {
    double weight = 1;
    int64_t voxel = 0, stride = 1;
    for (int d = 0; d < 3; d++) {
      const int up = corner >> d & 1;
      weight *= up ? part[d] : 1 - part[d];
      voxel += stride * (at[d] + up);
      stride *= image->n[d];
    }
    if (weight > 0) /* values beside a point that lies on a centre play no part, even if they are not finite */
      for (int c = 0; c < image->n_comp; c++)
        values[c] += weight * (double)image->values[image->n_comp * voxel + c];
  }
}

void hc_image_sample(const struct hc_image *image, enum hc_interpolation sampling, int64_t n, const double *xyz,
                     double outside, double *values, int64_t *n_inside)
{
  const int n_comp = image->n_comp;
  int64_t inside = 0;

  for (int64_t i = 0; i < n; i++) {
    double index[3], *value = values + n_comp * i, unmoved[3];
    hc_affine_apply(image->from_mm, xyz + 3 * i, index);
    memcpy(unmoved, index, sizeof index);
    if (!hc_image_clamp(image, index)) {
      for (int c = 0; c < n_comp; c++)
        value[c] = outside;
      continue;
    }
    inside++;
    if (sampling == HC_LINEAR) {
      hc_image_linear(image, index, value);
    } else {
      const float *found = hc_image_nearest(image, unmoved);
      for (int c = 0; c < n_comp; c++)
        value[c] = (double)found[c];
    }
  }
  if (n_inside)
    *n_inside = inside;
}

double hc_image_overlap(const struct hc_image *image, const struct hc_image *other)
{
  double map[3][4];
  int64_t inside = 0;

  hc_affine_compose(other->from_mm, image->to_mm, map);
  for (int k = 0; k < image->n[2]; k++)
    for (int j = 0; j < image->n[1]; j++)
      for (int i = 0; i < image->n[0]; i++) {
        const double at[3] = {i, j, k};
        double index[3];
        hc_affine_apply(map, at, index);
        inside += hc_image_clamp(other, index);
      }
  return (double)inside / ((double)image->n[0] * image->n[1] * image->n[2]);
}

/* ---- Labels
 * ---------------------------------------------------------------------------------------------------------- */

enum { MAX_LABELS = 4096 };

static PetscErrorCode check_label(const struct hc_image *image, int64_t voxel)
{
  const float value = image->values[voxel];
  const int at[3] = {(int)(voxel % image->n[0]), (int)(voxel / image->n[0] % image->n[1]),
                     (int)(voxel / image->n[0] / image->n[1])};
  const double index[3] = {at[0], at[1], at[2]};
  double x[3];

  PetscFunctionBeginUser;
  if (value == rintf(value) && fabsf(value) <= 16777216.F)
    PetscFunctionReturn(PETSC_SUCCESS);
  hc_affine_apply(image->to_mm, index, x);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT,
          "%s: voxel (%d, %d, %d) at (%.6g, %.6g, %.6g) mm has the value %.9g; labels are whole numbers of at most "
          "16777216 in size",
          image->path, at[0], at[1], at[2], x[0], x[1], x[2], (double)value);
}

/* Place of the label among n ascending ones, or where it belongs. */
static int place_of(int n, const int64_t *labels, int64_t label)
{
  int low = 0, high = n;
  while (low < high) {
    const int middle = (low + high) / 2;
    if (labels[middle] < label)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static void insert(int place, int64_t label, int *n, int64_t *labels, int64_t *voxels)
{
  memmove(labels + place + 1, labels + place, (size_t)(*n - place) * sizeof *labels);
  memmove(voxels + place + 1, voxels + place, (size_t)(*n - place) * sizeof *voxels);
  labels[place] = label;
  voxels[place] = 0;
  ++*n;
}

static PetscErrorCode count_labels(const struct hc_image *image, int *n, int64_t *labels, int64_t *voxels)
{
  const int64_t all = (int64_t)image->n[0] * image->n[1] * image->n[2];
  int place = -1;

  PetscFunctionBeginUser;
  for (int64_t v = 0; v < all; v++) {
    if (place < 0 || image->values[v] != (float)labels[place]) {
      PetscCall(check_label(image, v));
      const int64_t label = (int64_t)image->values[v];
      place = place_of(*n, labels, label);
      if (place == *n || labels[place] != label) {
        PetscCheck(*n < MAX_LABELS, PETSC_COMM_SELF, HC_ERR_INPUT,
                   "%s: more than %d different values; is it an image of labels?", image->path, MAX_LABELS);
        insert(place, label, n, labels, voxels);
      }
    }
    voxels[place]++;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_image_labels(const struct hc_image *image, int *n, int64_t **labels, int64_t **voxels)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *n = 0;
  PetscCheck(image->n_comp == 1, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %d values a voxel; an image of labels has one",
             image->path, image->n_comp);
  PetscCall(PetscMalloc1(MAX_LABELS, labels));
  PetscCall(PetscMalloc1(MAX_LABELS, voxels));
  code = count_labels(image, n, *labels, *voxels);
  if (code) {
    PetscCall(PetscFree(*labels));
    PetscCall(PetscFree(*voxels));
  }
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
