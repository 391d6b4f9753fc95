#include "mesh.h"

#include <math.h>

struct lattice {
  int64_t cells[3], nodes[3]; /* along each axis */
  const double *size;
};

/* Corner numbers: bit 0 = x, bit 1 = y, bit 2 = z. Triangles use the first four. */
static const int triangles[2][3] = {{0, 1, 3}, {0, 3, 2}};
static const int hexahedron[8] = {0, 1, 3, 2, 4, 5, 7, 6};
/* Kuhn: along the axes in each of the six orders; odd orders have two nodes swapped to keep the volume positive. */
static const int tetrahedra[6][4] = {{0, 1, 3, 7}, {0, 5, 1, 7}, {0, 3, 2, 7},
                                     {0, 2, 6, 7}, {0, 4, 5, 7}, {0, 6, 4, 7}};

static int cells_a_cube(enum hc_cell_type type)
{
  return type == HC_TRIANGLE ? 2 : type == HC_TETRAHEDRON ? 6 : 1;
}

static PetscErrorCode lattice_init(struct lattice *l, enum hc_cell_type type, const double size[3], double spacing)
{
  double product = 1;

  PetscFunctionBeginUser;
  PetscCheck(isfinite(spacing) && spacing > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "generated box: spacing is %.6g mm; a positive number is needed", spacing);
  l->size = size;
  for (int d = 0; d < 3; d++) {
    if (type == HC_TRIANGLE && d == 2) {
      l->cells[d] = 0;
    } else {
      PetscCheck(isfinite(size[d]) && size[d] > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "generated box: side %c is %.6g mm; a positive number is needed", "xyz"[d], size[d]);
      const double n = ceil(size[d] / (spacing * (1 + 1e-9)));
      product *= n + 1;
      PetscCheck(product < 1e15, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "generated box: sides of %.6g x %.6g x %.6g mm with a spacing of %.6g mm make more than 1e15 nodes",
                 size[0], size[1], size[2], spacing);
      l->cells[d] = PetscMax(1, (int64_t)n);
    }
    l->nodes[d] = l->cells[d] + 1;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void set_nodes(const struct lattice *l, int64_t first, struct hc_slab *s)
{
  const int64_t n = hc_slab_nodes(s);
  const int dimensions = s->type == HC_TRIANGLE ? 2 : 3;
  for (int64_t k = 0; k < n; k++) {
    const int64_t node = first + k;
    const int64_t at[3] = {node % l->nodes[0], node / l->nodes[0] % l->nodes[1], node / l->nodes[0] / l->nodes[1]};
    for (int d = 0; d < dimensions; d++) {
      s->xyz[3 * k + d] = l->size[d] * ((double)at[d] / (double)l->cells[d]);
      s->surface[k] |= (at[d] == 0) << 2 * d | (at[d] == l->cells[d]) << (2 * d + 1);
    }
  }
}

static void set_cells(const struct lattice *l, int64_t first, struct hc_slab *s)
{
  const int64_t n = hc_slab_cells(s);
  const int nodes = hc_cell_nodes(s->type), a_cube = cells_a_cube(s->type);
  for (int64_t k = 0; k < n; k++) {
    const int64_t cube = (first + k) / a_cube;
    const int child = (int)((first + k) % a_cube);
    const int *corner = s->type == HC_TRIANGLE      ? triangles[child]
                        : s->type == HC_TETRAHEDRON ? tetrahedra[child]
                                                    : hexahedron;
    const int64_t at[3] = {cube % l->cells[0], cube / l->cells[0] % l->cells[1], cube / l->cells[0] / l->cells[1]};
    for (int j = 0; j < nodes; j++)
      s->cells[nodes * k + j] = at[0] + (corner[j] & 1) +
                                l->nodes[0] * (at[1] + (corner[j] >> 1 & 1) + l->nodes[1] * (at[2] + (corner[j] >> 2)));
    s->region[k] = 1;
  }
}

PetscErrorCode hc_slab_box(MPI_Comm comm, enum hc_cell_type type, const double size[3], double spacing,
                           struct hc_slab **slab)
{
  struct lattice l;
  int rank, n_ranks;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &n_ranks));
  PetscCall(lattice_init(&l, type, size, spacing));
  const int64_t cubes = l.cells[0] * l.cells[1] * PetscMax(1, l.cells[2]);
  const int64_t n_nodes = l.nodes[0] * l.nodes[1] * l.nodes[2], n_cells = cubes * cells_a_cube(type);
  PetscCall(hc_slab_create(comm, type, n_nodes, n_cells, slab));
  set_nodes(&l, hc_slab_start(n_nodes, rank, n_ranks), *slab);
  set_cells(&l, hc_slab_start(n_cells, rank, n_ranks), *slab);
  PetscFunctionReturn(PETSC_SUCCESS);
}
