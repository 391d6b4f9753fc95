#include "internal.h"

#include "ghosts.h"

/* First number of each rank and, at the end, the number of nodes. */
static PetscErrorCode gather_starts(const struct hc_mesh *mesh, int64_t *start)
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allgather(&mesh->start, 1, MPI_INT64_T, start, 1, MPI_INT64_T, mesh->comm));
  start[mesh->size] = mesh->n_nodes;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Local nodes from the cells' numbers: n_local, number, cells. */
static PetscErrorCode localise(struct hc_mesh *mesh, const int64_t *cell_numbers)
{
  const int64_t n = (int64_t)hc_cell_nodes(mesh->type) * mesh->n_cells_local;
  struct hc_index *ghosts;

  PetscFunctionBeginUser;
  PetscCall(hc_index_create(&ghosts));
  for (int64_t i = 0; i < n; i++) {
    const int64_t own = cell_numbers[i] - mesh->start;
    if (own < 0 || own >= mesh->n_owned)
      PetscCall(hc_index_add(ghosts, cell_numbers[i]));
  }
  PetscCall(hc_index_sort(ghosts));
  mesh->n_local = mesh->n_owned + ghosts->n;
  PetscCall(PetscMalloc1(mesh->n_local, &mesh->number));
  for (int i = 0; i < mesh->n_owned; i++)
    mesh->number[i] = mesh->start + i;
  PetscCall(PetscArraycpy(mesh->number + mesh->n_owned, ghosts->key, ghosts->n));
  PetscCall(PetscMalloc1(n, &mesh->cells));
  for (int64_t i = 0; i < n; i++) {
    const int64_t own = cell_numbers[i] - mesh->start;
    mesh->cells[i] =
        own >= 0 && own < mesh->n_owned ? (int)own : mesh->n_owned + hc_index_find(ghosts, cell_numbers[i]);
  }
  hc_index_destroy(&ghosts);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Owned values from the slabs, then halo values from their owners. */
static PetscErrorCode fetch_node_data(const struct hc_slab *slab, struct hc_mesh *mesh)
{
  const struct hc_route *r = mesh->route;
  const int n_owned = mesh->n_owned;
  const int64_t first = hc_slab_start(slab->n_nodes, mesh->rank, mesh->size);
  struct {
    int64_t file;
    int64_t surface;
  } * sent, *arrived;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(r->n_slab_nodes, &sent));
  PetscCall(PetscMalloc1(n_owned, &arrived));
  for (int i = 0; i < r->n_slab_nodes; i++) {
    sent[i].file = first + r->node_slab[i];
    sent[i].surface = slab->surface[r->node_slab[i]];
  }
  PetscCall(hc_exchange_forward(r->nodes, sizeof *sent, sent, arrived));
  PetscCall(PetscFree(sent));
  PetscCall(PetscMalloc1(mesh->n_local, &mesh->file_node));
  PetscCall(PetscMalloc1(mesh->n_local, &mesh->surface));
  for (int i = 0; i < n_owned; i++) {
    mesh->file_node[r->node_local[i]] = arrived[i].file;
    mesh->surface[r->node_local[i]] = (int32_t)arrived[i].surface;
  }
  PetscCall(PetscFree(arrived));
  PetscCall(hc_halo_update(mesh, sizeof *mesh->file_node, mesh->file_node));
  PetscCall(hc_halo_update(mesh, sizeof *mesh->surface, mesh->surface));
  PetscCall(PetscMalloc1(3 * mesh->n_local, &mesh->xyz));
  PetscCall(hc_mesh_from_file_order(mesh, HC_NODE, 3, slab->xyz, mesh->xyz));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A cell belongs to the owner of its node that comes first in the file. */
static PetscErrorCode assign_cells(struct hc_mesh *mesh)
{
  struct hc_route *r = mesh->route;
  const int nodes = hc_cell_nodes(mesh->type);

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(mesh->n_cells_local, &mesh->cell_owned));
  for (int64_t c = 0; c < mesh->n_cells_local; c++) {
    int first = mesh->cells[nodes * c];
    for (int j = 1; j < nodes; j++)
      if (mesh->file_node[mesh->cells[nodes * c + j]] < mesh->file_node[first])
        first = mesh->cells[nodes * c + j];
    mesh->cell_owned[c] = first < mesh->n_owned;
  }
  PetscCall(PetscMalloc1(r->cells->send_start[mesh->size], &r->cell_from_owner));
  PetscCall(hc_exchange_back(r->cells, sizeof *mesh->cell_owned, mesh->cell_owned, r->cell_from_owner));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Everything but the partition, which is known. */
static PetscErrorCode build(const struct hc_slab *slab, const int32_t *part, struct hc_mesh *m)
{
  int64_t *start, *cell_numbers;

  PetscFunctionBeginUser;
  PetscCall(hc_migrate_nodes(slab, part, m));
  PetscCall(PetscMalloc1(m->size + 1, &start));
  PetscCall(gather_starts(m, start));
  PetscCall(hc_migrate_cells(slab, start, m, &cell_numbers));
  PetscCall(localise(m, cell_numbers));
  PetscCall(PetscFree(cell_numbers));
  PetscCall(hc_halo_create(m->comm, start, m->n_owned, m->n_local - m->n_owned, m->number + m->n_owned, &m->halo));
  PetscCall(PetscFree(start));
  PetscCall(fetch_node_data(slab, m));
  PetscCall(assign_cells(m));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_mesh_create(const struct hc_slab *slab, const struct hc_mesh_options *options, struct hc_mesh **mesh)
{
  struct hc_mesh *m;
  PetscErrorCode code;
  int32_t *part;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&m));
  PetscCall(PetscNew(&m->route));
  m->comm = slab->comm;
  PetscCallMPI(MPI_Comm_rank(m->comm, &m->rank));
  PetscCallMPI(MPI_Comm_size(m->comm, &m->size));
  m->type = slab->type;
  m->n_nodes = slab->n_nodes;
  m->n_cells = slab->n_cells;
  PetscCall(PetscMalloc1(hc_slab_nodes(slab), &part));
  code = hc_slab_partition(slab, options, m->size, part);
  if (!code)
    code = build(slab, part, m);
  PetscCall(PetscFree(part));
  if (code)
    hc_mesh_destroy(&m);
  PetscCall(code);
  *mesh = m;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_mesh_destroy(struct hc_mesh **mesh)
{
  struct hc_mesh *m = *mesh;
  if (!m)
    return;
  (void)PetscFree(m->number);
  (void)PetscFree(m->file_node);
  (void)PetscFree(m->xyz);
  (void)PetscFree(m->surface);
  (void)PetscFree(m->cells);
  (void)PetscFree(m->file_cell);
  (void)PetscFree(m->region);
  (void)PetscFree(m->cell_owned);
  hc_halo_destroy(&m->halo);
  hc_exchange_destroy(&m->route->nodes);
  hc_exchange_destroy(&m->route->cells);
  (void)PetscFree(m->route->node_slab);
  (void)PetscFree(m->route->node_local);
  (void)PetscFree(m->route->cell_slab);
  (void)PetscFree(m->route->cell_from_owner);
  (void)PetscFree(m->route);
  (void)PetscFree(*mesh);
}
