#include "partition.h"

/* Cells that touch this rank's slab of nodes: its own slab's cells, and those that other ranks sent. */
struct touching {
  int n_nodes;            /* a cell */
  int n_slab, n_received; /* cells */
  const int64_t *slab;
  int64_t *received;
  int *row, *list; /* cells of each node of the slab */
};

static const int64_t *cell(const struct touching *t, int c)
{
  return c < t->n_slab ? t->slab + (int64_t)t->n_nodes * c : t->received + (int64_t)t->n_nodes * (c - t->n_slab);
}

static PetscErrorCode receive_cells(const struct hc_slab *slab, struct touching *t)
{
  struct hc_exchange *plan;
  int size, *list;
  int64_t *start, *packed;
  const int n = t->n_nodes;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(slab->comm, &size));
  PetscCall(PetscMalloc1(size + 1, &start));
  for (int r = 0; r <= size; r++)
    start[r] = hc_slab_start(slab->n_nodes, r, size);
  PetscCall(hc_cells_plan(slab->comm, t->n_slab, n, slab->cells, start, false, &plan, &list));
  const int n_sent = plan->send_start[size];
  t->n_received = plan->recv_start[size];
  PetscCall(PetscMalloc1((int64_t)n * n_sent, &packed));
  for (int64_t i = 0; i < n_sent; i++)
    PetscCall(PetscArraycpy(packed + n * i, slab->cells + (int64_t)n * list[i], n));
  PetscCall(PetscMalloc1((int64_t)n * t->n_received, &t->received));
  PetscCall(hc_exchange_forward(plan, (size_t)n * sizeof *packed, packed, t->received));
  PetscCall(PetscFree(packed));
  PetscCall(PetscFree(list));
  PetscCall(PetscFree(start));
  hc_exchange_destroy(&plan);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* row and list: by counting sort. */
static PetscErrorCode cells_of_nodes(struct touching *t, int64_t first, int n_rows)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(n_rows + 1, &t->row));
  for (int c = 0; c < t->n_slab + t->n_received; c++)
    for (int j = 0; j < t->n_nodes; j++) {
      const int64_t own = cell(t, c)[j] - first;
      if (own >= 0 && own < n_rows)
        t->row[own]++;
    }
  for (int i = 0; i < n_rows; i++)
    t->row[i + 1] += t->row[i]; /* ends of rows */
  PetscCall(PetscMalloc1(t->row[n_rows], &t->list));
  for (int c = t->n_slab + t->n_received - 1; c >= 0; c--)
    for (int j = 0; j < t->n_nodes; j++) {
      const int64_t own = cell(t, c)[j] - first;
      if (own >= 0 && own < n_rows)
        t->list[--t->row[own]] = c; /* ends become starts */
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Insert into an ascending list without repetition. */
static void insert(PetscInt *list, int *n, PetscInt value)
{
  int i = *n;
  while (i > 0 && list[i - 1] > value)
    i--;
  if (i > 0 && list[i - 1] == value)
    return;
  for (int k = (*n)++; k > i; k--)
    list[k] = list[k - 1];
  list[i] = value;
}

/* Neighbours of each node, and their number. col == NULL: count only. `space` holds the largest row. */
static PetscErrorCode neighbours(const struct touching *t, int64_t first, int n_rows, PetscInt *space, PetscInt *row,
                                 PetscInt *col)
{
  int64_t sum = 0;

  PetscFunctionBeginUser;
  for (int i = 0; i < n_rows; i++) {
    PetscInt *const to = col ? col + sum : space;
    int n = 0;
    for (int k = t->row[i]; k < t->row[i + 1]; k++)
      for (int j = 0; j < t->n_nodes; j++)
        if (cell(t, t->list[k])[j] != first + i)
          insert(to, &n, (PetscInt)cell(t, t->list[k])[j]);
    row[i] = (PetscInt)sum;
    sum += n;
    PetscCheck(sum < PETSC_MAX_INT, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
               "the mesh's graph is too large for %d nodes on one rank; use more ranks or the curve partitioner",
               n_rows);
  }
  row[n_rows] = (PetscInt)sum;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rows, then columns of the graph. Not collective: a rank may have too many. */
static PetscErrorCode fill(const struct touching *t, int64_t first, PetscInt *space, struct hc_graph *g)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(g->n_rows + 1, &g->row));
  PetscCall(neighbours(t, first, g->n_rows, space, g->row, NULL));
  PetscCall(PetscMalloc1(g->row[g->n_rows], &g->col));
  PetscCall(neighbours(t, first, g->n_rows, space, g->row, g->col));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_graph_create(const struct hc_slab *slab, struct hc_graph **graph)
{
  struct touching t = {.n_nodes = hc_cell_nodes(slab->type), .n_slab = (int)hc_slab_cells(slab), .slab = slab->cells};
  struct hc_graph *g;
  int rank, size, longest = 0;
  PetscInt *space;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCheck(slab->n_nodes < PETSC_MAX_INT, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "a mesh of %lld nodes has too many for a graph with this PETSc's integers; use the curve partitioner",
             (long long)slab->n_nodes);
  PetscCallMPI(MPI_Comm_rank(slab->comm, &rank));
  PetscCallMPI(MPI_Comm_size(slab->comm, &size));
  const int64_t first = hc_slab_start(slab->n_nodes, rank, size);
  PetscCall(PetscNew(&g));
  g->n_rows = (int)hc_slab_nodes(slab);
  PetscCall(receive_cells(slab, &t));
  PetscCall(cells_of_nodes(&t, first, g->n_rows));
  for (int i = 0; i < g->n_rows; i++)
    longest = PetscMax(longest, t.row[i + 1] - t.row[i]);
  PetscCall(PetscMalloc1((int64_t)longest * t.n_nodes, &space));
  code = hc_error_agree(slab->comm, fill(&t, first, space, g));
  PetscCall(PetscFree(space));
  PetscCall(PetscFree(t.received));
  PetscCall(PetscFree(t.row));
  PetscCall(PetscFree(t.list));
  if (code)
    hc_graph_destroy(&g);
  PetscCall(code);
  *graph = g;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_graph_destroy(struct hc_graph **graph)
{
  if (!*graph)
    return;
  (void)PetscFree((*graph)->row);
  (void)PetscFree((*graph)->col);
  (void)PetscFree(*graph);
}
