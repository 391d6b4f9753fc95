/* From images to a mesh: kinds of voxels (each rank its slices), connected parts, numbers, fields. */
#include "internal.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- Kinds
 * ----------------------------------------------------------------------------------------------------------- */

static PetscErrorCode find_kinds(struct hc_anatomy *a)
{
  const int *n = a->grid.n;
  const int64_t slice = (int64_t)n[0] * n[1];
  int *counts, *starts;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(slice * n[2], &a->kind));
  PetscCall(PetscMalloc2(a->size, &counts, a->size, &starts));
  for (int rank = 0; rank < a->size; rank++) {
    starts[rank] = (int)(hc_slab_start(n[2], rank, a->size) * slice);
    counts[rank] = (int)(hc_slab_start(n[2], rank + 1, a->size) * slice) - starts[rank];
  }
  uint8_t *kind = a->kind + starts[a->rank];
  const int first = (int)hc_slab_start(n[2], a->rank, a->size), last = (int)hc_slab_start(n[2], a->rank + 1, a->size);
  for (int k = first; k < last; k++)
    for (int j = 0; j < n[1]; j++)
      for (int i = 0; i < n[0]; i++) {
        const int at[3] = {i, j, k};
        struct hc_voxel voxel;
        hc_anatomy_voxel(a, at, &voxel);
        *kind++ = voxel.kind;
      }
  PetscCallMPI(MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, a->kind, counts, starts, MPI_UINT8_T, a->comm));
  PetscCall(PetscFree2(counts, starts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_not_empty(const struct hc_anatomy *a, const struct hc_anatomy_summary *s)
{
  const struct hc_anatomy_params *p = a->params;
  const struct hc_image *first = a->labels.image ? a->labels.image : a->white.image;

  PetscFunctionBeginUser;
  PetscCheck(s->voxels > 0, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: the anatomy is empty: %s has no voxel of tissue%s%s",
             hc_anatomy_place(a,
                              p->crop.n > 0 ? (const void *)&p->crop
                              : p->labels   ? &p->labels
                                            : &p->white,
                              first),
             first->path, p->crop.n > 0 ? " in anatomy.crop" : "", p->mask ? " within anatomy.mask" : "");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void summarize(const struct hc_anatomy *a, struct hc_anatomy_summary *s)
{
  const double voxel = hc_affine_determinant(a->grid.to_mm);
  const int64_t all = (int64_t)a->grid.n[0] * a->grid.n[1] * a->grid.n[2];
  int64_t counts[256] = {0};

  for (int64_t v = 0; v < all; v++)
    counts[a->kind[v]]++;
  memcpy(s->n, a->grid.n, sizeof s->n);
  for (int d = 0; d < 3; d++)
    s->spacing[d] = hc_affine_edge(a->grid.to_mm, d);
  s->coverage = a->coverage;
  for (int i = 1; i <= a->n_regions; i++) {
    s->voxels += counts[i];
    if (counts[i] > 0) {
      s->region[s->n_regions] = a->region[i];
      s->volume[s->n_regions++] = voxel * (double)counts[i];
    }
  }
}

/* ---- Fields
 * ---------------------------------------------------------------------------------------------------------- */

struct filler {
  const struct hc_anatomy *anatomy;
  double *white, *grey, *dti; /* dti NULL: none */
  int64_t replaced, first_cell;
  bool has_failed;
  int at[3]; /* first voxel whose tensor is not positive definite */
  double tensor[6];
};

static void fill(void *context, const int at[3], int64_t cell, int n_cells)
{
  struct filler *f = context;
  struct hc_voxel voxel;
  double tensor[6];

  hc_anatomy_voxel(f->anatomy, at, &voxel);
  for (int64_t c = cell; c < cell + n_cells; c++) {
    f->white[c] = voxel.white;
    f->grey[c] = voxel.grey;
  }
  if (!f->dti)
    return;
  if (!hc_anatomy_tensor(f->anatomy, at, tensor)) {
    if (!f->has_failed) {
      f->has_failed = true;
      memcpy(f->at, at, sizeof f->at);
      memcpy(f->tensor, tensor, sizeof tensor);
    }
    f->replaced++;
    hc_tensor_replace(tensor);
  }
  for (int64_t c = cell; c < cell + n_cells; c++)
    memcpy(f->dti + 6 * c, tensor, sizeof tensor);
}

/* The message names the voxel of the tensor image that lies there. */
static PetscErrorCode complain_tensor(const struct filler *f, int64_t all)
{
  const struct hc_anatomy *a = f->anatomy;
  const double at[3] = {f->at[0], f->at[1], f->at[2]}, *t = f->tensor;
  double x[3], index[3];
  char more[64] = "";

  PetscFunctionBeginUser;
  hc_affine_apply(a->grid.to_mm, at, x);
  hc_affine_apply(a->dti.image->from_mm, x, index);
  if (all > 1)
    snprintf(more, sizeof more, "; %" PRId64 " voxels of tissue like this", all);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT,
          "%s: %s: the tensor is not positive definite at voxel (%.0f, %.0f, %.0f), which is (%.6g, %.6g, %.6g) mm: xx "
          "%.4g, yy %.4g, zz %.4g, xy %.4g, yz %.4g, xz %.4g mm2/s%s; anatomy.dti_invalid: isotropic goes on",
          hc_anatomy_place(a, &a->params->dti, a->dti.image), a->dti.image->path, index[0], index[1], index[2], x[0],
          x[1], x[2], t[0], t[1], t[2], t[3], t[4], t[5], more);
}

static PetscErrorCode check_tensors(const struct filler *f, struct hc_anatomy_summary *s)
{
  const struct hc_anatomy *a = f->anatomy;
  int first = f->has_failed ? a->rank : a->size;

  PetscFunctionBeginUser;
  /* A voxel whose tetrahedra lie on two ranks is counted by both. */
  PetscCallMPI(MPI_Allreduce(&f->replaced, &s->isotropic, 1, MPI_INT64_T, MPI_SUM, a->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, a->comm));
  if (s->isotropic > 0 && a->params->dti_invalid == 0)
    PetscCall(hc_error_agree(a->comm, first == a->rank ? complain_tensor(f, s->isotropic) : PETSC_SUCCESS));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_fields(const struct hc_anatomy *a, struct hc_slab *slab, struct hc_anatomy_summary *s)
{
  struct filler f = {.anatomy = a};
  struct hc_slab_field *field;

  PetscFunctionBeginUser;
  PetscCall(hc_slab_add_field(slab, "white", "1", HC_CELL, 1, &field));
  f.white = field->values;
  PetscCall(hc_slab_add_field(slab, "grey", "1", HC_CELL, 1, &field));
  f.grey = field->values;
  if (a->dti.image) {
    PetscCall(hc_slab_add_field(slab, "dti", "mm2/s", HC_CELL, 6, &field));
    f.dti = field->values;
  }
  hc_voxel_each(a, slab, fill, &f);
  if (a->dti.image)
    PetscCall(check_tensors(&f, s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- All
 * ------------------------------------------------------------------------------------------------------------- */

static PetscErrorCode make(struct hc_anatomy *a, struct hc_slab **slab, struct hc_anatomy_summary *s)
{
  const struct hc_anatomy_params *p = a->params;

  PetscFunctionBeginUser;
  PetscCall(hc_anatomy_sources(a));
  PetscCall(hc_error_agree(a->comm, find_kinds(a)));
  PetscCall(hc_islands(a->grid.n, p->islands == HC_ISLANDS_LARGEST, a->kind, &s->islands, &s->island_voxels));
  summarize(a, s);
  PetscCall(check_not_empty(a, s));
  PetscCall(hc_voxel_mesh(a, (enum hc_cell_type)p->cell, slab));
  if (!a->is_import)
    PetscCall(add_fields(a, *slab, s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create(MPI_Comm comm, const struct hc_anatomy_params *params, bool is_import,
                             struct hc_slab **slab, struct hc_anatomy_summary *summary)
{
  struct hc_anatomy anatomy = {.comm = comm, .params = params, .is_import = is_import};
  struct hc_anatomy_summary unwanted = {0};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *slab = NULL;
  summary = summary ? summary : &unwanted;
  memset(summary, 0, sizeof *summary);
  PetscCallMPI(MPI_Comm_rank(comm, &anatomy.rank));
  PetscCallMPI(MPI_Comm_size(comm, &anatomy.size));
  code = make(&anatomy, slab, summary);
  hc_anatomy_close(&anatomy);
  if (code && *slab)
    hc_slab_destroy(slab);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_anatomy_create(MPI_Comm comm, const struct hc_anatomy_params *params, struct hc_slab **slab,
                                 struct hc_anatomy_summary *summary)
{
  PetscFunctionBeginUser;
  if (params->given) {
    PetscCall(hc_slab_copy(params->given, comm, slab));
    *summary = *params->summary;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(create(comm, params, false, slab, summary));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_anatomy_import(MPI_Comm comm, const char *path, enum hc_cell_type type, struct hc_slab **slab)
{
  struct hc_anatomy_params params;
  struct hc_params *tree;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_params_defaults(&hc_anatomy_block, &params, &tree));
  params.labels = (char *)path;
  params.cell = (int)type;
  params.islands = HC_ISLANDS_ALL;
  code = create(comm, &params, true, slab, NULL);
  params.labels = NULL;
  hc_params_destroy(&tree);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
