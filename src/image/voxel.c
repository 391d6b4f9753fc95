/* What a voxel of the grid is: from labels by votes, from maps by means, over the parts of the voxel. */
#include "internal.h"

#include <math.h>
#include <string.h>

/* Index in a source of part number `part` of a voxel; false if it is in none of the source's voxels. */
static bool locate(const struct hc_anatomy *a, const struct hc_source *source, const int at[3], int part,
                   double index[3])
{
  const int n = a->parts, place[3] = {part % n, part / n % n, part / n / n};
  double x[3];

  for (int d = 0; d < 3; d++)
    x[d] = at[d] + (2 * place[d] + 1 - n) / (2. * n);
  hc_affine_apply(source->from_grid, x, index);
  return hc_image_clamp(source->image, index);
}

static bool is_masked(const struct hc_anatomy *a, const int at[3], int part)
{
  double index[3];
  if (!a->mask.image)
    return false;
  return !locate(a, &a->mask, at, part, index) || *hc_image_nearest(a->mask.image, index) == 0;
}

/* Part of the voxel that a map says, 0 to 1. */
static double map_at(const struct hc_anatomy *a, const struct hc_source *map, const int at[3], int part)
{
  double index[3], value;
  if (!map->image || !locate(a, map, at, part, index))
    return 0;
  hc_image_linear(map->image, index, &value);
  return fmin(fmax(value / a->params->full, 0), 1);
}

static void from_maps(const struct hc_anatomy *a, const int at[3], struct hc_voxel *voxel)
{
  const int n = a->parts * a->parts * a->parts;
  double white = 0, grey = 0, csf = 0;

  for (int part = 0; part < n; part++) {
    if (is_masked(a, at, part))
      continue;
    white += map_at(a, &a->white, at, part) / n;
    grey += map_at(a, &a->grey, at, part) / n;
    csf += map_at(a, &a->csf, at, part) / n;
  }
  const double tissue = white + grey;
  if (tissue >= a->params->threshold * (1 - 1e-9)) {
    voxel->kind = white >= grey ? 1 : 2; /* regions 1 and 2 are the only ones */
    voxel->white = white / tissue;
    voxel->grey = grey / tissue;
  } else {
    voxel->kind = csf > 0 && csf >= 1 - tissue - csf ? HC_KIND_CSF : HC_KIND_OUTSIDE;
  }
}

static void from_labels(const struct hc_anatomy *a, const int at[3], struct hc_voxel *voxel)
{
  const int n = a->parts * a->parts * a->parts;
  int votes[256] = {0}, tissue = 0, most = 0;

  for (int part = 0; part < n; part++) {
    double index[3];
    uint8_t kind = HC_KIND_OUTSIDE;
    if (!is_masked(a, at, part) && locate(a, &a->labels, at, part, index))
      kind = (uint8_t)*hc_image_nearest(a->labels.image, index);
    votes[kind]++;
    tissue += hc_is_tissue(kind);
  }
  if (tissue < n * a->params->threshold * (1 - 1e-9)) {
    voxel->kind = votes[HC_KIND_CSF] > votes[HC_KIND_OUTSIDE] ? HC_KIND_CSF : HC_KIND_OUTSIDE;
    return;
  }
  for (int kind = 1; kind <= a->n_regions; kind++) {
    if (votes[kind] > most) {
      most = votes[kind];
      voxel->kind = (uint8_t)kind;
    }
    if (a->region[kind] == HC_REGION_WHITE)
      voxel->white = (double)votes[kind] / tissue;
    else if (a->region[kind] == HC_REGION_GREY)
      voxel->grey = (double)votes[kind] / tissue;
  }
}

static bool is_cropped(const struct hc_anatomy *a, const int at[3])
{
  const double *crop = a->params->crop.v, index[3] = {at[0], at[1], at[2]};
  double x[3];

  if (a->params->crop.n == 0)
    return false;
  hc_affine_apply(a->grid.to_mm, index, x);
  for (int d = 0; d < 3; d++)
    if (x[d] < crop[d] || x[d] > crop[d + 3])
      return true;
  return false;
}

void hc_anatomy_voxel(const struct hc_anatomy *anatomy, const int at[3], struct hc_voxel *voxel)
{
  memset(voxel, 0, sizeof *voxel);
  if (is_cropped(anatomy, at))
    return;
  if (anatomy->labels.image)
    from_labels(anatomy, at, voxel);
  else
    from_maps(anatomy, at, voxel);
}
