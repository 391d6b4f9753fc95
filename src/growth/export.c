/* Results as images: a frame on the voxels of an image. */
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_FIELDS = 2 }; /* of one image */

struct export
{
  const struct hc_growth_export *options;
  struct hc_frame frame;
  struct hc_image *image; /* its grid */
  int n_fields;
  double *fields[MOST_FIELDS]; /* at the nodes */
  double *values;              /* n_fields a voxel */
  bool *inside;
};

/* ---- The grid ---------------------------------------------------------------------------------------------------- */

/* The case of a folder of results, whose paths are whole. */
static PetscErrorCode read_case(const char *folder, struct hc_growth_case *tumour_case, struct hc_params **params)
{
  char path[PETSC_MAX_PATH_LEN];
  bool is_tumour;

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "%s/case.used.yaml", folder);
  PetscCall(hc_growth_is_case(PETSC_COMM_SELF, path, &is_tumour));
  PetscCheck(is_tumour, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found no case of a tumour; allowed: a folder of results of one, or with --threshold, --like or "
             "--spacing any results",
             path);
  PetscCall(hc_growth_case_read(PETSC_COMM_SELF, path, 0, NULL, tumour_case, params));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode grid_of_case(struct export *e)
{
  struct hc_growth_case tumour_case;
  const struct hc_anatomy_params *a = &tumour_case.anatomy;
  struct hc_params *params;
  const char *path;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(read_case(e->options->folder, &tumour_case, &params));
  path = a->labels ? a->labels : a->white ? a->white : a->grey;
  code = path ? hc_image_read(PETSC_COMM_SELF, path, &e->image) : PETSC_SUCCESS;
  hc_params_destroy(&params);
  PetscCall(code);
  PetscCheck(e->image, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: the case has no anatomy whose voxels could be taken; allowed: --like IMAGE or --spacing MM",
             e->options->folder);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode make_grid(struct export *e)
{
  const struct hc_frame *f = &e->frame;
  double low[3] = {INFINITY, INFINITY, INFINITY}, high[3] = {-INFINITY, -INFINITY, -INFINITY};

  PetscFunctionBeginUser;
  if (e->options->like) {
    PetscCall(hc_image_read(PETSC_COMM_SELF, e->options->like, &e->image));
  } else if (e->options->spacing > 0) {
    for (int64_t i = 0; i < 3 * f->n_nodes; i++) {
      low[i % 3] = fmin(low[i % 3], f->points[i]);
      high[i % 3] = fmax(high[i % 3], f->points[i]);
    }
    PetscCall(hc_image_grid(low, high, e->options->spacing, &e->image));
  } else {
    PetscCall(grid_of_case(e));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Values at voxels -------------------------------------------------------------------------------------------- */

struct filling {
  struct export *e;
  int64_t cell;
};

static void fill_voxel(void *context, int64_t voxel, const double weight[8])
{
  const struct filling *filling = context;
  struct export *e = filling->e;
  const int n = hc_cell_nodes(e->frame.type);

  if (e->inside[voxel]) /* on a face: done with the first cell */
    return;
  e->inside[voxel] = true;
  for (int f = 0; f < e->n_fields; f++)
    for (int k = 0; k < n; k++)
      e->values[voxel * e->n_fields + f] += weight[k] * e->fields[f][e->frame.cells[n * filling->cell + k]];
}

static void fill(struct export *e)
{
  const int n = hc_cell_nodes(e->frame.type);
  struct filling filling = {.e = e};
  double x[8][3];

  for (filling.cell = 0; filling.cell < e->frame.n_cells; filling.cell++) {
    for (int k = 0; k < n; k++)
      memcpy(x[k], e->frame.points + 3 * e->frame.cells[n * filling.cell + k], sizeof x[k]);
    hc_voxels_of_cell(e->image, e->frame.type, x, fill_voxel, &filling);
  }
}

/* ---- Labels ------------------------------------------------------------------------------------------------------ */

static uint8_t segment(const struct export *e, const struct hc_growth_observe_params *p, const double *values)
{
  if (e->n_fields > 1 && values[1] > 0.5)
    return HC_LABEL_NECROSIS;
  return values[0] > p->enhancing ? HC_LABEL_ENHANCING : values[0] > p->visible ? HC_LABEL_VISIBLE : 0;
}

static uint8_t count_thresholds(const struct hc_growth_export *options, double value)
{
  int label = 0;

  for (int k = 0; k < options->n_thresholds; k++)
    label += value > options->thresholds[k];
  return (uint8_t)label;
}

static PetscErrorCode write_labels(const struct export *e, int64_t voxels, const char *path,
                                   struct hc_growth_exported *exported)
{
  struct hc_growth_case tumour_case = {0};
  struct hc_params *params = NULL;
  uint8_t *labels;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  if (e->options->segmentation)
    PetscCall(read_case(e->options->folder, &tumour_case, &params));
  PetscCall(PetscMalloc1(voxels, &labels));
  for (int64_t v = 0; v < voxels; v++) {
    const double *values = e->values + v * e->n_fields;
    labels[v] =
        e->options->segmentation ? segment(e, &tumour_case.observe, values) : count_thresholds(e->options, *values);
    exported->labelled[labels[v]]++;
  }
  hc_params_destroy(&params);
  code = hc_image_write_labels(e->image, labels, path);
  PetscCall(PetscFree(labels));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- All of it --------------------------------------------------------------------------------------------------- */

static PetscErrorCode check(const struct hc_growth_export *options)
{
  const int most = (int)(sizeof((struct hc_growth_exported *)0)->labelled / sizeof(int64_t)) - 2;

  PetscFunctionBeginUser;
  PetscCheck(options->n_thresholds <= most, PETSC_COMM_SELF, HC_ERR_INPUT, "--threshold: found %d; allowed: at most %d",
             options->n_thresholds, most);
  for (int k = 1; k < options->n_thresholds; k++)
    PetscCheck(options->thresholds[k] > options->thresholds[k - 1], PETSC_COMM_SELF, HC_ERR_INPUT,
               "--threshold: found %.6g after %.6g; allowed: ascending numbers", options->thresholds[k],
               options->thresholds[k - 1]);
  PetscCheck(!options->segmentation || (options->n_thresholds == 0 && !options->field), PETSC_COMM_SELF, HC_ERR_INPUT,
             "--segmentation: found --threshold or --field too; allowed: one of them");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_fields(struct export *e)
{
  const char *name = e->options->field ? e->options->field : "u";
  bool found = false;

  PetscFunctionBeginUser;
  PetscCall(hc_frame_field(&e->frame, name, NULL, &e->fields[0]));
  e->n_fields = 1;
  if (e->options->segmentation)
    PetscCall(hc_frame_field(&e->frame, "necrosis", &found, &e->fields[1]));
  if (found)
    e->n_fields = 2;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(struct export *e, const char *path, struct hc_growth_exported *exported)
{
  const struct hc_growth_export *options = e->options;
  int64_t voxels = 1;

  PetscFunctionBeginUser;
  PetscCall(check(options));
  PetscCall(hc_frame_read(options->folder, options->time, &e->frame));
  PetscCheck(e->frame.type != HC_TRIANGLE, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found a mesh of triangles; allowed: tetrahedra or hexahedra", e->frame.path);
  PetscCall(read_fields(e));
  PetscCall(make_grid(e));
  exported->time = e->frame.time;
  for (int d = 0; d < 3; d++) {
    exported->n[d] = e->image->n[d];
    voxels *= e->image->n[d];
  }
  PetscCall(PetscCalloc1(voxels * e->n_fields, &e->values));
  PetscCall(PetscCalloc1(voxels, &e->inside));
  fill(e);
  for (int64_t v = 0; v < voxels; v++)
    exported->inside += e->inside[v];
  PetscCheck(exported->inside > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: no voxel of it has its centre in the mesh; allowed: an image of the same anatomy",
             options->like ? options->like : "the grid");
  if (options->segmentation || options->n_thresholds > 0)
    PetscCall(write_labels(e, voxels, path, exported));
  else
    PetscCall(hc_image_write(e->image, 1, e->values, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_growth_export(const struct hc_growth_export *options, const char *path,
                                struct hc_growth_exported *exported)
{
  struct export e = {.options = options};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *exported = (struct hc_growth_exported){0};
  code = run(&e, path, exported);
  hc_frame_clear(&e.frame);
  hc_image_destroy(&e.image);
  for (int f = 0; f < MOST_FIELDS; f++)
    (void)PetscFree(e.fields[f]);
  (void)PetscFree(e.values);
  (void)PetscFree(e.inside);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
