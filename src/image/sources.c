/* The images of an anatomy: read, checked alone and against each other, and the grid that they are brought to. */
#include "internal.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *hc_anatomy_place(const struct hc_anatomy *a, const void *key, const struct hc_image *image)
{
  return a->is_import ? image->path : hc_params_place(a->params->params, key);
}

/* ---- Keys
 * ------------------------------------------------------------------------------------------------------------ */

static PetscErrorCode check_keys(const struct hc_anatomy *a)
{
  const struct hc_anatomy_params *p = a->params;

  PetscFunctionBeginUser;
  PetscCheck(p->labels || (p->white && p->grey), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: there is no anatomy; give an image of labels, or white and grey",
             hc_params_place(p->params, p->white  ? &p->white
                                        : p->grey ? &p->grey
                                                  : &p->labels));
  PetscCheck(!p->labels || !(p->white || p->grey || p->csf), PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: give labels, or maps (white, grey, csf), not both", hc_params_place(p->params, &p->labels));
  PetscCheck(p->labels || p->tissues.n == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: tissues are of labels, which are not given", hc_params_place(p->params, &p->tissues));
  PetscCheck(!p->labels || p->tissues.n > 0 || a->is_import, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: say what its labels mean in anatomy.tissues, such as {1: csf, 2: grey, 3: white}",
             hc_params_place(p->params, &p->labels));
  PetscCheck(p->dti || p->dti_order.n == 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: dti is not given",
             hc_params_place(p->params, &p->dti_order));
  for (int d = 0; d < 3 && p->crop.n > 0; d++)
    PetscCheck(p->crop.v[d] < p->crop.v[d + 3], PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: %c from %.6g to %.6g mm is no interval; the order is x, y, z min, then x, y, z max",
               hc_params_place(p->params, &p->crop), "xyz"[d], p -> crop.v[d], p->crop.v[d + 3]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Labels
 * ---------------------------------------------------------------------------------------------------------- */

/* What an input's label means. */
struct meaning {
  int64_t label;
  int32_t region; /* 0: outside, -1: CSF */
};

static PetscErrorCode parse_meaning(const struct hc_anatomy *a, int i, struct meaning *m)
{
  static const struct {
    const char *name;
    int32_t region;
  } tissues[] = {{"white", HC_REGION_WHITE}, {"grey", HC_REGION_GREY}, {"csf", -1}, {"outside", 0}};
  const struct hc_text_map *map = &a->params->tissues;
  const char *text = map->values[i];
  char *end;

  PetscFunctionBeginUser;
  m->label = strtol(map->keys[i], &end, 10);
  PetscCheck(*end == '\0' && end != map->keys[i] && llabs(m->label) <= 1 << 24, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: \"%s\" is no label; labels are whole numbers of at most 16777216 in size",
             hc_params_place_entry(a->params->params, map, i), map->keys[i]);
  for (size_t t = 0; t < sizeof tissues / sizeof tissues[0]; t++)
    if (!strcmp(text, tissues[t].name)) {
      m->region = tissues[t].region;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  const long region = strtol(text, &end, 10);
  PetscCheck(*end == '\0' && end != text && region > 0 && region < INT_MAX, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found \"%s\"; allowed: white, grey, csf, outside, or the number of a region (from 1 on)",
             hc_params_place_entry(a->params->params, map, i), text);
  m->region = (int32_t)region;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_region(struct hc_anatomy *a, int32_t region)
{
  int place = 1;

  PetscFunctionBeginUser;
  while (place <= a->n_regions && a->region[place] < region)
    place++;
  if (place <= a->n_regions && a->region[place] == region)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(a->n_regions < HC_ANATOMY_REGIONS, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: more than %d regions",
             hc_anatomy_place(a, &a->params->labels, a->labels.image), HC_ANATOMY_REGIONS);
  memmove(a->region + place + 1, a->region + place, (size_t)(a->n_regions - place + 1) * sizeof *a->region);
  a->region[place] = region;
  a->n_regions++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static uint8_t kind_of(const struct hc_anatomy *a, int32_t region)
{
  if (region < 0)
    return HC_KIND_CSF;
  for (int i = 1; i <= a->n_regions; i++)
    if (a->region[i] == region)
      return (uint8_t)i;
  return HC_KIND_OUTSIDE;
}

/* The first voxel that has a value. */
static void find_value(const struct hc_image *image, float value, int at[3], double x[3])
{
  int64_t v = 0;
  while (image->values[v] != value)
    v++;
  at[0] = (int)(v % image->n[0]);
  at[1] = (int)(v / image->n[0] % image->n[1]);
  at[2] = (int)(v / image->n[0] / image->n[1]);
  const double index[3] = {at[0], at[1], at[2]};
  hc_affine_apply(image->to_mm, index, x);
}

/* Region of a label of the image, from the input's meanings. */
static PetscErrorCode look_up(const struct hc_anatomy *a, int n, const struct meaning *meanings, int64_t label,
                              int64_t voxels, int32_t *region)
{
  int at[3];
  double x[3];

  PetscFunctionBeginUser;
  *region = 0;
  for (int i = 0; i < n; i++)
    if (meanings[i].label == label) {
      *region = meanings[i].region;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  if (label == 0 || a->params->unlisted == 1)
    PetscFunctionReturn(PETSC_SUCCESS);
  find_value(a->labels.image, (float)label, at, x);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT,
          "%s: %s has %" PRId64 " voxels of label %" PRId64
          ", the first at (%d, %d, %d), which is (%.6g, %.6g, %.6g) mm; "
          "list it in anatomy.tissues, or set anatomy.unlisted: outside",
          hc_params_place(a->params->params, &a->params->tissues), a->labels.image->path, voxels, label, at[0], at[1],
          at[2], x[0], x[1], x[2]);
}

static PetscErrorCode import_region(const struct hc_anatomy *a, int64_t label, int32_t *region)
{
  PetscFunctionBeginUser;
  PetscCheck(label >= 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: label %" PRId64 "; regions are numbers from 1 on (0: outside)", a->labels.image->path, label);
  *region = (int32_t)label;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Put kinds in place of labels. */
static void replace_labels(struct hc_image *image, int n, const int64_t *labels, const uint8_t *kinds)
{
  const int64_t voxels = (int64_t)image->n[0] * image->n[1] * image->n[2];
  int last = 0;

  for (int64_t v = 0; v < voxels; v++) {
    for (int i = 0; i < n && image->values[v] != (float)labels[last]; i++)
      last = i;
    image->values[v] = kinds[last];
  }
}

static PetscErrorCode map_labels(struct hc_anatomy *a, int n, const int64_t *labels, const int64_t *voxels,
                                 struct meaning *meanings, int32_t *regions, uint8_t *kinds)
{
  const int n_meanings = a->params->tissues.n;

  PetscFunctionBeginUser;
  for (int i = 0; i < n_meanings; i++)
    PetscCall(parse_meaning(a, i, &meanings[i]));
  for (int i = 0; i < n; i++) {
    if (a->is_import)
      PetscCall(import_region(a, labels[i], &regions[i]));
    else
      PetscCall(look_up(a, n_meanings, meanings, labels[i], voxels[i], &regions[i]));
    if (regions[i] > 0)
      PetscCall(add_region(a, regions[i]));
  }
  for (int i = 0; i < n; i++)
    kinds[i] = kind_of(a, regions[i]);
  replace_labels(a->labels.image, n, labels, kinds);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode use_labels(struct hc_anatomy *a)
{
  int64_t *labels, *voxels;
  struct meaning *meanings;
  int32_t *regions;
  uint8_t *kinds;
  int n;

  PetscFunctionBeginUser;
  PetscCall(hc_image_labels(a->labels.image, &n, &labels, &voxels));
  PetscCall(PetscMalloc3(a->params->tissues.n, &meanings, n, &regions, n, &kinds));
  const PetscErrorCode code = map_labels(a, n, labels, voxels, meanings, regions, kinds);
  PetscCall(PetscFree3(meanings, regions, kinds));
  PetscCall(PetscFree(labels));
  PetscCall(PetscFree(voxels));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Maps
 * ------------------------------------------------------------------------------------------------------------ */

/* Resampling by splines leaves values a little beyond the range: they are cut. */
#define BEYOND 0.05

static PetscErrorCode check_map(const struct hc_anatomy *a, const void *key, const struct hc_image *image)
{
  const int64_t voxels = (int64_t)image->n[0] * image->n[1] * image->n[2];
  const float low = (float)(-BEYOND * a->params->full), high = (float)((1 + BEYOND) * a->params->full);

  PetscFunctionBeginUser;
  for (int64_t v = 0; v < voxels; v++) {
    if (image->values[v] >= low && image->values[v] <= high)
      continue;
    const int at[3] = {(int)(v % image->n[0]), (int)(v / image->n[0] % image->n[1]),
                       (int)(v / image->n[0] / image->n[1])};
    const double index[3] = {at[0], at[1], at[2]};
    double x[3];
    hc_affine_apply(image->to_mm, index, x);
    SETERRQ(
        PETSC_COMM_SELF, HC_ERR_INPUT,
        "%s: %s has the value %.6g at voxel (%d, %d, %d), which is (%.6g, %.6g, %.6g) mm; allowed: 0 to anatomy.full, "
        "%.6g",
        hc_anatomy_place(a, key, image), image->path, (double)image->values[v], at[0], at[1], at[2], x[0], x[1], x[2],
        a->params->full);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Grid
 * ------------------------------------------------------------------------------------------------------------ */

/* Which axis of the image runs most along x, y and z: the best of the six orders. */
static void order_axes(const struct hc_image *image, int axis[3])
{
  static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  double best = -1;

  for (int o = 0; o < 6; o++) {
    double sum = 0;
    for (int d = 0; d < 3; d++)
      sum += fabs(image->to_mm[d][orders[o][d]]) / hc_affine_edge(image->to_mm, orders[o][d]);
    if (sum > best + 1e-6) {
      best = sum;
      memcpy(axis, orders[o], 3 * sizeof *axis);
    }
  }
}

/* Reverse axis d of the grid in place: the last voxel becomes the first. */
static void reverse_axis(struct hc_grid *grid, int d)
{
  for (int e = 0; e < 3; e++) {
    grid->to_mm[e][3] += (grid->n[d] - 1) * grid->to_mm[e][d];
    grid->to_mm[e][d] = -grid->to_mm[e][d];
  }
}

static void grid_of_image(const struct hc_image *image, struct hc_grid *grid)
{
  int axis[3];

  order_axes(image, axis);
  for (int d = 0; d < 3; d++) {
    grid->n[d] = image->n[axis[d]];
    for (int e = 0; e < 3; e++)
      grid->to_mm[e][d] = image->to_mm[e][axis[d]];
    grid->to_mm[d][3] = image->to_mm[d][3];
  }
  for (int d = 0; d < 3; d++)
    if (grid->to_mm[d][d] < 0)
      reverse_axis(grid, d);
  if (hc_affine_determinant(grid->to_mm) < 0) /* axes so oblique that the signs alone do not tell */
    reverse_axis(grid, 2);
}

/* Edges of `spacing` from the first corner on, over at least the same extent. */
static PetscErrorCode respace(const struct hc_anatomy *a, double spacing, struct hc_grid *grid)
{
  PetscFunctionBeginUser;
  for (int d = 0; d < 3; d++) {
    const double edge = hc_affine_edge(grid->to_mm, d), n = ceil(grid->n[d] * edge / spacing - 1e-6);
    PetscCheck(n < 1e5, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %.6g mm makes %.0f voxels along %c; at most 99999",
               hc_params_place(a->params->params, &a->params->spacing), spacing, n, "xyz"[d]);
    for (int e = 0; e < 3; e++) {
      const double step = grid->to_mm[e][d] * spacing / edge;
      grid->to_mm[e][3] += (step - grid->to_mm[e][d]) / 2;
      grid->to_mm[e][d] = step;
    }
    grid->n[d] = PetscMax(1, (int)n);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode choose_grid(struct hc_anatomy *a)
{
  const struct hc_image *first = a->labels.image ? a->labels.image : a->white.image;
  struct hc_source *const sources[] = {&a->labels, &a->white, &a->grey, &a->csf, &a->mask, &a->dti};

  PetscFunctionBeginUser;
  grid_of_image(first, &a->grid);
  if (a->params->spacing > 0)
    PetscCall(respace(a, a->params->spacing, &a->grid));
  PetscCheck((double)a->grid.n[0] * a->grid.n[1] * a->grid.n[2] < INT_MAX, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: a grid of %d x %d x %d voxels is too large: at most %d in all",
             hc_anatomy_place(a, &a->params->spacing, first), a->grid.n[0], a->grid.n[1], a->grid.n[2], INT_MAX);
  a->parts = 1;
  for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
    const struct hc_image *image = sources[i]->image;
    if (!image)
      continue;
    hc_affine_compose(image->from_mm, a->grid.to_mm, sources[i]->from_grid);
    for (int d = 0; d < 3; d++) {
      const double finer = hc_affine_edge(a->grid.to_mm, d) / hc_affine_edge(image->to_mm, d);
      a->parts = PetscMax(a->parts, (int)fmin(8, ceil(finer - 0.01)));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Coverage
 * -------------------------------------------------------------------------------------------------------- */

static bool has_tissue(const struct hc_anatomy *a, int64_t voxel)
{
  if (a->labels.image)
    return hc_is_tissue((uint8_t)a->labels.image->values[voxel]);
  return (double)a->white.image->values[voxel] >= a->params->threshold * a->params->full;
}

/* "x -98.5 to 98.5, y ... mm" */
static const char *extent(const struct hc_image *image, char text[128])
{
  double low[3] = {INFINITY, INFINITY, INFINITY}, high[3] = {-INFINITY, -INFINITY, -INFINITY};

  for (int corner = 0; corner < 8; corner++) {
    double index[3], x[3];
    for (int d = 0; d < 3; d++)
      index[d] = corner >> d & 1 ? image->n[d] - 0.5 : -0.5;
    hc_affine_apply(image->to_mm, index, x);
    for (int d = 0; d < 3; d++) {
      low[d] = fmin(low[d], x[d]);
      high[d] = fmax(high[d], x[d]);
    }
  }
  snprintf(text, 128, "x %.6g to %.6g, y %.6g to %.6g, z %.6g to %.6g mm", low[0], high[0], low[1], high[1], low[2],
           high[2]);
  return text;
}

static double coverage_of(const struct hc_anatomy *a, const struct hc_image *first, const struct hc_image *image)
{
  double map[3][4];
  int64_t tissue = 0, covered = 0, voxel = 0;

  hc_affine_compose(image->from_mm, first->to_mm, map);
  for (int k = 0; k < first->n[2]; k++)
    for (int j = 0; j < first->n[1]; j++)
      for (int i = 0; i < first->n[0]; i++, voxel++) {
        if (!has_tissue(a, voxel))
          continue;
        const double at[3] = {i, j, k};
        double index[3];
        hc_affine_apply(map, at, index);
        tissue++;
        covered += hc_image_clamp(image, index);
      }
  return tissue > 0 ? (double)covered / (double)tissue : 1;
}

static PetscErrorCode check_coverage(struct hc_anatomy *a, const void *key, const struct hc_image *image)
{
  const struct hc_image *first = a->labels.image ? a->labels.image : a->white.image;
  const char *place = hc_anatomy_place(a, key, image);
  char one[128], other[128];

  PetscFunctionBeginUser;
  PetscCheck(image->affine != HC_AFFINE_PIXDIM || !memcmp(image->n, first->n, sizeof image->n), PETSC_COMM_SELF,
             HC_ERR_INPUT, "%s: %s is of %d x %d x %d voxels and does not say where they are; %s is of %d x %d x %d",
             place, image->path, image->n[0], image->n[1], image->n[2], first->path, first->n[0], first->n[1],
             first->n[2]);
  const double coverage = coverage_of(a, first, image);
  PetscCheck(
      coverage >= a->params->overlap, PETSC_COMM_SELF, HC_ERR_INPUT,
      "%s: %s covers %.4g %% of the tissue in %s; at least %.4g %% is needed (anatomy.overlap). They reach over %s, "
      "and %s",
      place, image->path, 100 * coverage, first->path, 100 * a->params->overlap, extent(image, one),
      extent(first, other));
  a->coverage = fmin(a->coverage, coverage);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- All
 * ------------------------------------------------------------------------------------------------------------- */

static PetscErrorCode open_source(struct hc_anatomy *a, const char *path, struct hc_source *source)
{
  PetscFunctionBeginUser;
  if (path)
    PetscCall(hc_image_read(a->comm, path, &source->image));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_single(const struct hc_anatomy *a, const void *key, const struct hc_image *image)
{
  PetscFunctionBeginUser;
  PetscCheck(!image || image->n_comp == 1, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s has %d values a voxel; 1 is needed",
             hc_anatomy_place(a, key, image), image->path, image->n_comp);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What all ranks find alike. */
static PetscErrorCode check(struct hc_anatomy *a)
{
  const struct hc_anatomy_params *p = a->params;
  const struct {
    const void *key;
    const struct hc_image *image;
    bool is_map, is_further;
  } images[] = {{&p->labels, a->labels.image, false, false}, {&p->white, a->white.image, true, false},
                {&p->grey, a->grey.image, true, true},       {&p->csf, a->csf.image, true, true},
                {&p->mask, a->mask.image, false, true},      {&p->dti, a->dti.image, false, true}};
  const int n = (int)(sizeof images / sizeof images[0]);

  PetscFunctionBeginUser;
  for (int i = 0; i < n; i++) {
    if (images[i].key != &p->dti)
      PetscCall(check_single(a, images[i].key, images[i].image));
    if (images[i].image && images[i].is_map)
      PetscCall(check_map(a, images[i].key, images[i].image));
  }
  if (a->labels.image) {
    PetscCall(use_labels(a));
  } else {
    PetscCall(add_region(a, HC_REGION_WHITE));
    PetscCall(add_region(a, HC_REGION_GREY));
  }
  a->coverage = 1;
  for (int i = 0; i < n; i++)
    if (images[i].image && images[i].is_further)
      PetscCall(check_coverage(a, images[i].key, images[i].image));
  if (a->dti.image)
    PetscCall(hc_tensor_init(a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_anatomy_sources(struct hc_anatomy *anatomy)
{
  const struct hc_anatomy_params *p = anatomy->params;

  PetscFunctionBeginUser;
  PetscCall(check_keys(anatomy));
  PetscCall(open_source(anatomy, p->labels, &anatomy->labels));
  PetscCall(open_source(anatomy, p->white, &anatomy->white));
  PetscCall(open_source(anatomy, p->grey, &anatomy->grey));
  PetscCall(open_source(anatomy, p->csf, &anatomy->csf));
  PetscCall(open_source(anatomy, p->mask, &anatomy->mask));
  PetscCall(open_source(anatomy, p->dti, &anatomy->dti));
  PetscCall(hc_error_agree(anatomy->comm, check(anatomy)));
  PetscCall(choose_grid(anatomy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_anatomy_close(struct hc_anatomy *anatomy)
{
  hc_image_destroy(&anatomy->labels.image);
  hc_image_destroy(&anatomy->white.image);
  hc_image_destroy(&anatomy->grey.image);
  hc_image_destroy(&anatomy->csf.image);
  hc_image_destroy(&anatomy->mask.image);
  hc_image_destroy(&anatomy->dti.image);
  (void)PetscFree(anatomy->kind);
  (void)PetscFree(anatomy->plane);
  (void)PetscFree(anatomy->slice);
}
