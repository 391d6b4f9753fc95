#include "internal.h"

#include "ghosts.h"
#include "hilbert.h"
#include "partition.h"
#include "sort.h"

/* Order the nodes that arrived (by file number) along the curve: route->node_local. */
static PetscErrorCode order_owned(MPI_Comm comm, int n, const double *xyz, int *local)
{
  double corner[3], edge;
  uint64_t *key;
  int *arrived;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &key));
  PetscCall(PetscMalloc1(n, &arrived));
  PetscCall(hc_hilbert_cube(comm, n, xyz, corner, &edge));
  hc_hilbert_keys(n, xyz, corner, edge, key);
  for (int i = 0; i < n; i++)
    arrived[i] = i;
  PetscCall(hc_sort(n, key, arrived));
  for (int i = 0; i < n; i++)
    local[arrived[i]] = i;
  PetscCall(PetscFree(key));
  PetscCall(PetscFree(arrived));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The slabs' nodes to their owners: fills mesh->route's plan for nodes, n_owned and start. */
PetscErrorCode hc_migrate_nodes(const struct hc_slab *slab, const int32_t *part, struct hc_mesh *mesh)
{
  struct hc_route *r = mesh->route;
  const int n = (int)hc_slab_nodes(slab);
  double *packed, *xyz;
  int *counts;
  int64_t n_owned;

  PetscFunctionBeginUser;
  r->n_slab_nodes = n;
  PetscCall(PetscMalloc1(mesh->size, &counts));
  PetscCall(PetscMalloc1(n, &r->node_slab));
  hc_exchange_order(mesh->size, n, part, counts, r->node_slab);
  PetscCall(hc_exchange_create(mesh->comm, counts, &r->nodes));
  mesh->n_owned = r->nodes->recv_start[mesh->size];
  n_owned = mesh->n_owned;
  mesh->start = 0;
  PetscCallMPI(MPI_Exscan(&n_owned, &mesh->start, 1, MPI_INT64_T, MPI_SUM, mesh->comm));

  PetscCall(PetscMalloc1(3 * n, &packed));
  PetscCall(PetscMalloc1(3 * mesh->n_owned, &xyz));
  for (int i = 0; i < n; i++)
    for (int d = 0; d < 3; d++)
      packed[3 * i + d] = slab->xyz[3 * r->node_slab[i] + d];
  PetscCall(hc_exchange_forward(r->nodes, 3 * sizeof *xyz, packed, xyz));
  PetscCall(PetscMalloc1(mesh->n_owned, &r->node_local));
  PetscCall(order_owned(mesh->comm, mesh->n_owned, xyz, r->node_local));
  PetscCall(PetscFree(packed));
  PetscCall(PetscFree(xyz));
  PetscCall(PetscFree(counts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The run's numbers of the nodes of the slab's cells. */
static PetscErrorCode number_cells(const struct hc_slab *slab, const struct hc_mesh *mesh, int64_t *cells)
{
  const struct hc_route *r = mesh->route;
  const int64_t n = hc_cell_nodes(slab->type) * hc_slab_cells(slab);
  struct hc_ghosts *ghosts;
  int64_t *owned, *sent, *number, *all;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(mesh->n_owned, &owned));
  PetscCall(PetscMalloc1(r->n_slab_nodes, &sent));
  PetscCall(PetscMalloc1(r->n_slab_nodes, &number));
  for (int i = 0; i < mesh->n_owned; i++)
    owned[i] = mesh->start + r->node_local[i];
  PetscCall(hc_exchange_back(r->nodes, sizeof *owned, owned, sent));
  for (int i = 0; i < r->n_slab_nodes; i++)
    number[r->node_slab[i]] = sent[i];
  PetscCall(PetscFree(owned));
  PetscCall(PetscFree(sent));
  PetscCall(hc_ghosts_create(mesh->comm, slab->n_nodes, n, slab->cells, &ghosts));
  PetscCall(hc_ghosts_fetch(ghosts, sizeof *number, number, &all));
  for (int64_t i = 0; i < n; i++)
    cells[i] = all[hc_ghosts_place(ghosts, slab->cells[i])];
  PetscCall(PetscFree(number));
  PetscCall(PetscFree(all));
  hc_ghosts_destroy(&ghosts);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Ranks that own a node of the cell, each once. */
static int cell_ranks(int n_nodes, const int64_t *nodes, const int64_t *start, int rank, int size, int ranks[8])
{
  int n = 0;
  for (int j = 0; j < n_nodes; j++) {
    const bool own = nodes[j] >= start[rank] && nodes[j] < start[rank + 1];
    const int owner = own ? rank : hc_start_rank(start, size, nodes[j]);
    int k = 0;
    while (k < n && ranks[k] != owner)
      k++;
    if (k == n)
      ranks[n++] = owner;
  }
  return n;
}

PetscErrorCode hc_cells_plan(MPI_Comm comm, int n, int n_nodes, const int64_t *nodes, const int64_t *start,
                             bool with_self, struct hc_exchange **exchange, int **list)
{
  int rank, size, ranks[8], *counts, *next;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(PetscCalloc1(size, &counts));
  for (int c = 0; c < n; c++) {
    const int m = cell_ranks(n_nodes, nodes + (int64_t)n_nodes * c, start, rank, size, ranks);
    for (int k = 0; k < m; k++)
      counts[ranks[k]] += with_self || ranks[k] != rank;
  }
  PetscCall(hc_exchange_create(comm, counts, exchange));
  PetscCall(PetscMalloc1((*exchange)->send_start[size], list));
  PetscCall(PetscMalloc1(size, &next));
  PetscCall(PetscArraycpy(next, (*exchange)->send_start, size));
  for (int c = 0; c < n; c++) {
    const int m = cell_ranks(n_nodes, nodes + (int64_t)n_nodes * c, start, rank, size, ranks);
    for (int k = 0; k < m; k++)
      if (with_self || ranks[k] != rank)
        (*list)[next[ranks[k]]++] = c;
  }
  PetscCall(PetscFree(next));
  PetscCall(PetscFree(counts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode send_numbers(const struct hc_slab *slab, const int64_t *start, struct hc_mesh *mesh,
                                   int64_t **cell_numbers)
{
  struct hc_route *r = mesh->route;
  const int nodes = hc_cell_nodes(slab->type);
  int64_t *cells, *packed;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((int64_t)nodes * r->n_slab_cells, &cells));
  PetscCall(number_cells(slab, mesh, cells));
  PetscCall(hc_cells_plan(mesh->comm, r->n_slab_cells, nodes, cells, start, true, &r->cells, &r->cell_slab));
  const int n_sent = r->cells->send_start[mesh->size];
  mesh->n_cells_local = r->cells->recv_start[mesh->size];
  PetscCall(PetscMalloc1((int64_t)nodes * n_sent, &packed));
  for (int64_t i = 0; i < n_sent; i++)
    PetscCall(PetscArraycpy(packed + nodes * i, cells + (int64_t)nodes * r->cell_slab[i], nodes));
  PetscCall(PetscFree(cells));
  PetscCall(PetscMalloc1((int64_t)nodes * mesh->n_cells_local, cell_numbers));
  PetscCall(hc_exchange_forward(r->cells, (size_t)nodes * sizeof *packed, packed, *cell_numbers));
  PetscCall(PetscFree(packed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Cells to all ranks that own one of their nodes: fills the plan for cells, n_cells_local, file_cell, region; the
 * run's numbers of the cells' nodes in *cell_numbers. Slabs and lists ascend, so local cells do. */
PetscErrorCode hc_migrate_cells(const struct hc_slab *slab, const int64_t *start, struct hc_mesh *mesh,
                                int64_t **cell_numbers)
{
  struct hc_route *r = mesh->route;
  int64_t *file;
  int32_t *region;

  PetscFunctionBeginUser;
  r->n_slab_cells = (int)hc_slab_cells(slab);
  PetscCall(send_numbers(slab, start, mesh, cell_numbers));
  const int n_sent = r->cells->send_start[mesh->size];
  const int64_t first = hc_slab_start(slab->n_cells, mesh->rank, mesh->size);
  PetscCall(PetscMalloc1(n_sent, &file));
  PetscCall(PetscMalloc1(n_sent, &region));
  for (int i = 0; i < n_sent; i++) {
    file[i] = first + r->cell_slab[i];
    region[i] = slab->region[r->cell_slab[i]];
  }
  PetscCall(PetscMalloc1(mesh->n_cells_local, &mesh->file_cell));
  PetscCall(PetscMalloc1(mesh->n_cells_local, &mesh->region));
  PetscCall(hc_exchange_forward(r->cells, sizeof *file, file, mesh->file_cell));
  PetscCall(hc_exchange_forward(r->cells, sizeof *region, region, mesh->region));
  PetscCall(PetscFree(file));
  PetscCall(PetscFree(region));
  PetscFunctionReturn(PETSC_SUCCESS);
}
