/* Nodes and cells of a mesh of voxels. Both are numbered in lattice order: plane by plane, so that each rank makes its
 * slab with two planes of numbers at a time. */
#include "internal.h"

#include <string.h>

/* Corners: bit 0 = x, bit 1 = y, bit 2 = z. Orders of VTK; tetrahedra along the axes in each of the six orders (Kuhn),
 * so that faces of neighbours are cut alike. */
static const int hexahedron[1][8] = {{0, 1, 3, 2, 4, 5, 7, 6}};
static const int tetrahedra[6][4] = {{0, 1, 3, 7}, {0, 5, 1, 7}, {0, 3, 2, 7},
                                     {0, 2, 6, 7}, {0, 4, 5, 7}, {0, 6, 4, 7}};

static int cells_a_voxel(enum hc_cell_type type)
{
  return type == HC_TETRAHEDRON ? 6 : 1;
}

static uint8_t kind_at(const struct hc_anatomy *a, int i, int j, int k)
{
  const int *n = a->grid.n;
  if (i < 0 || j < 0 || k < 0 || i >= n[0] || j >= n[1] || k >= n[2])
    return HC_KIND_OUTSIDE;
  return a->kind[i + n[0] * (j + (int64_t)n[1] * k)];
}

/* Surface tags of the node at the low corner of voxel (i, j, k), as bits; -1 if it is in no voxel of tissue. */
static int node_tags(const struct hc_anatomy *a, int i, int j, int k)
{
  int tissue = 0, csf = 0;

  for (int corner = 0; corner < 8; corner++) {
    const uint8_t kind = kind_at(a, i - (corner & 1), j - (corner >> 1 & 1), k - (corner >> 2));
    tissue += hc_is_tissue(kind);
    csf += kind == HC_KIND_CSF;
  }
  if (tissue == 0)
    return -1;
  return (tissue < 8) | (csf > 0) << 1;
}

static PetscErrorCode count_planes(struct hc_anatomy *a)
{
  const int *n = a->grid.n, planes = n[2] + 1;
  const int first = (int)hc_slab_start(planes, a->rank, a->size),
            last = (int)hc_slab_start(planes, a->rank + 1, a->size);

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(planes + 1, &a->plane));
  PetscCall(PetscCalloc1(planes + 1, &a->slice));
  for (int k = first; k < last; k++)
    for (int j = 0; j <= n[1]; j++)
      for (int i = 0; i <= n[0]; i++) {
        a->plane[k + 1] += node_tags(a, i, j, k) >= 0;
        a->slice[k + 1] += hc_is_tissue(kind_at(a, i, j, k));
      }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, a->plane, planes + 1, MPI_INT64_T, MPI_SUM, a->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, a->slice, planes + 1, MPI_INT64_T, MPI_SUM, a->comm));
  for (int k = 0; k < planes; k++) {
    a->plane[k + 1] += a->plane[k];
    a->slice[k + 1] += a->slice[k];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void set_nodes(const struct hc_anatomy *a, struct hc_slab *s)
{
  const int64_t first = hc_slab_start(s->n_nodes, a->rank, a->size), last = first + hc_slab_nodes(s);

  for (int k = 0; k <= a->grid.n[2]; k++) {
    int64_t node = a->plane[k];
    if (node >= last || a->plane[k + 1] <= first)
      continue;
    for (int j = 0; j <= a->grid.n[1]; j++)
      for (int i = 0; i <= a->grid.n[0]; i++) {
        const double index[3] = {i - 0.5, j - 0.5, k - 0.5};
        const int tags = node_tags(a, i, j, k);
        if (tags < 0)
          continue;
        if (node >= first && node < last) {
          hc_affine_apply(a->grid.to_mm, index, s->xyz + 3 * (node - first));
          s->surface[node - first] = tags;
        }
        node++;
      }
  }
}

/* Numbers of the nodes of a plane, by lattice place; others are not set. */
static void number_plane(const struct hc_anatomy *a, int k, int64_t *number)
{
  int64_t node = a->plane[k];

  for (int j = 0; j <= a->grid.n[1]; j++)
    for (int i = 0; i <= a->grid.n[0]; i++, number++)
      if (node_tags(a, i, j, k) >= 0)
        *number = node++;
}

struct cell_maker {
  const struct hc_anatomy *anatomy;
  struct hc_slab *slab;
  int k;              /* slice that is numbered; -2: none yet */
  int64_t *number[2]; /* its lower and upper nodes */
};

static void number_slice(struct cell_maker *m, int k)
{
  if (k == m->k + 1) {
    int64_t *swap = m->number[0];
    m->number[0] = m->number[1];
    m->number[1] = swap;
  } else {
    number_plane(m->anatomy, k, m->number[0]);
  }
  number_plane(m->anatomy, k + 1, m->number[1]);
  m->k = k;
}

static void make_cells(void *context, const int at[3], int64_t cell, int n_cells)
{
  struct cell_maker *m = context;
  const struct hc_anatomy *a = m->anatomy;
  const int64_t first = hc_slab_start(m->slab->n_cells, a->rank, a->size);
  const int nodes = hc_cell_nodes(m->slab->type), row = a->grid.n[0] + 1;
  const uint8_t kind = kind_at(a, at[0], at[1], at[2]);

  if (m->k != at[2])
    number_slice(m, at[2]);
  for (int64_t c = cell; c < cell + n_cells; c++) {
    const int *corner =
        m->slab->type == HC_TETRAHEDRON ? tetrahedra[(first + c) % cells_a_voxel(m->slab->type)] : hexahedron[0];
    for (int v = 0; v < nodes; v++)
      m->slab->cells[nodes * c + v] =
          m->number[corner[v] >> 2][at[0] + (corner[v] & 1) + (int64_t)row * (at[1] + (corner[v] >> 1 & 1))];
    m->slab->region[c] = a->region[kind];
  }
}

void hc_voxel_each(const struct hc_anatomy *a, const struct hc_slab *s, hc_voxel_fill *fill, void *context)
{
  const int64_t start = hc_slab_start(s->n_cells, a->rank, a->size), end = start + hc_slab_cells(s);
  const int *n = a->grid.n, each = cells_a_voxel(s->type);

  for (int k = 0; k < n[2]; k++) {
    int64_t voxel = a->slice[k];
    if (voxel * each >= end || a->slice[k + 1] * each <= start)
      continue;
    for (int j = 0; j < n[1]; j++)
      for (int i = 0; i < n[0]; i++) {
        if (!hc_is_tissue(kind_at(a, i, j, k)))
          continue;
        const int at[3] = {i, j, k};
        const int64_t low = PetscMax(voxel * each, start), high = PetscMin((voxel + 1) * each, end);
        if (low < high)
          fill(context, at, low - start, (int)(high - low));
        voxel++;
      }
  }
}

static PetscErrorCode set_cells(const struct hc_anatomy *a, struct hc_slab *s)
{
  const int64_t plane = (int64_t)(a->grid.n[0] + 1) * (a->grid.n[1] + 1);
  struct cell_maker m = {.anatomy = a, .slab = s, .k = -2};

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(plane, &m.number[0]));
  PetscCall(PetscMalloc1(plane, &m.number[1]));
  hc_voxel_each(a, s, make_cells, &m);
  PetscCall(PetscFree(m.number[0]));
  PetscCall(PetscFree(m.number[1]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_voxel_mesh(struct hc_anatomy *anatomy, enum hc_cell_type type, struct hc_slab **slab)
{
  const int planes = anatomy->grid.n[2] + 1;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(count_planes(anatomy));
  PetscCall(
      hc_slab_create(anatomy->comm, type, anatomy->plane[planes], anatomy->slice[planes] * cells_a_voxel(type), slab));
  set_nodes(anatomy, *slab);
  code = hc_error_agree(anatomy->comm, set_cells(anatomy, *slab));
  if (code)
    hc_slab_destroy(slab);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
