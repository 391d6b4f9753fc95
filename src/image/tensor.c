/* Diffusion tensors of water from six components in any order, axes and unit. */
#include "internal.h"

#include <math.h>
#include <string.h>

/* Order of the field (that of fe) and of a symmetric matrix in NIfTI (lower triangle, row by row). */
static const char *const names[6] = {"xx", "yy", "zz", "xy", "yz", "xz"};
static const int lower_triangle[6] = {0, 2, 5, 1, 4, 3};
static const int entry[6][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {1, 2}, {0, 2}};

/* Pierpaoli et al. 1996, doi:10.1148/radiology.201.3.8939209: the trace is about 2.1e-3 mm2/s all over the brain. */
#define MEAN_DIFFUSIVITY 0.0007

static PetscErrorCode set_order(struct hc_anatomy *a)
{
  const struct hc_strings *order = &a->params->dti_order;

  PetscFunctionBeginUser;
  if (order->n == 0) {
    PetscCheck(
        a->dti.image->is_symmetric, PETSC_COMM_SELF, HC_ERR_INPUT,
        "%s: the file does not say in which order its six components are; give anatomy.dti_order, [xx, xy, xz, "
        "yy, yz, zz] if it is from FSL, [xx, yy, zz, xy, xz, yz] from MRtrix, [xx, xy, yy, xz, yz, zz] from DIPY",
        hc_anatomy_place(a, &a->params->dti, a->dti.image));
    memcpy(a->tensor_place, lower_triangle, sizeof lower_triangle);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (int c = 0; c < 6; c++) {
    int place = -1;
    for (int i = 0; i < order->n; i++)
      if (!strcmp(order->v[i], names[c]))
        place = i;
    PetscCheck(place >= 0, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: %s is missing; allowed: xx, yy, zz, xy, xz and yz, once each",
               hc_anatomy_place(a, order, a->dti.image), names[c]);
    a->tensor_place[c] = place;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void set_axes(struct hc_anatomy *a)
{
  const struct hc_image *image = a->dti.image;
  const bool is_right = hc_affine_determinant(image->to_mm) > 0;

  for (int d = 0; d < 3; d++)
    for (int e = 0; e < 3; e++) {
      const double sign = a->params->dti_axes == HC_DTI_FSL && is_right && e == 0 ? -1 : 1;
      a->tensor_axes[d][e] =
          a->params->dti_axes == HC_DTI_WORLD ? d == e : sign * image->to_mm[d][e] / hc_affine_edge(image->to_mm, e);
    }
}

PetscErrorCode hc_tensor_init(struct hc_anatomy *anatomy)
{
  PetscFunctionBeginUser;
  PetscCheck(anatomy->dti.image->n_comp == 6, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: %s has %d values a voxel; a tensor has 6",
             hc_anatomy_place(anatomy, &anatomy->params->dti, anatomy->dti.image), anatomy->dti.image->path,
             anatomy->dti.image->n_comp);
  PetscCall(set_order(anatomy));
  set_axes(anatomy);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Mean over the parts of the voxel that lie in the image, in the file's order, axes and unit. */
static void mean_tensor(const struct hc_anatomy *a, const int at[3], double mean[6])
{
  const int n = a->parts;
  int found = 0;

  memset(mean, 0, 6 * sizeof *mean);
  for (int part = 0; part < n * n * n; part++) {
    const int place[3] = {part % n, part / n % n, part / n / n};
    double x[3], index[3], values[6];
    for (int d = 0; d < 3; d++)
      x[d] = at[d] + (2 * place[d] + 1 - n) / (2. * n);
    hc_affine_apply(a->dti.from_grid, x, index);
    if (!hc_image_clamp(a->dti.image, index))
      continue;
    hc_image_linear(a->dti.image, index, values);
    found++;
    for (int c = 0; c < 6; c++)
      mean[c] += values[c];
  }
  for (int c = 0; c < 6 && found > 0; c++)
    mean[c] /= found;
}

/* Leading minors (Sylvester), relative to the mean of the diagonal: what is flat but for rounding is refused too. */
static bool is_positive(const double t[6])
{
  const double least = 1e-6, mean = (t[0] + t[1] + t[2]) / 3;
  const double second = t[0] * t[1] - t[3] * t[3];
  const double third =
      t[0] * (t[1] * t[2] - t[4] * t[4]) - t[3] * (t[3] * t[2] - t[4] * t[5]) + t[5] * (t[3] * t[4] - t[1] * t[5]);
  return mean > 0 && t[0] > least * mean && second > least * mean * mean && third > least * mean * mean * mean &&
         isfinite(third);
}

bool hc_anatomy_tensor(const struct hc_anatomy *anatomy, const int at[3], double tensor[6])
{
  double raw[6], matrix[3][3];

  mean_tensor(anatomy, at, raw);
  for (int c = 0; c < 6; c++)
    matrix[entry[c][0]][entry[c][1]] = matrix[entry[c][1]][entry[c][0]] =
        anatomy->params->dti_scale * raw[anatomy->tensor_place[c]];
  for (int c = 0; c < 6; c++) {
    const double *u = anatomy->tensor_axes[entry[c][0]], *v = anatomy->tensor_axes[entry[c][1]];
    tensor[c] = 0;
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++)
        tensor[c] += u[i] * matrix[i][j] * v[j];
  }
  return is_positive(tensor);
}

void hc_tensor_replace(double tensor[6])
{
  for (int c = 0; c < 6; c++)
    tensor[c] = c < 3 ? MEAN_DIFFUSIVITY : 0;
}
