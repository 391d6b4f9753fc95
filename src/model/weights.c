/* What nodes will cost, before there is a distributed mesh. Regions belong to cells and weights to nodes, which lie in
 * slabs of different ranks: each rank gathers, for every node that its cells touch, the set of entries whose regions
 * the node is in, and sends it to the rank that has the node. */
#include "assign.h"
#include "model.h"

enum { SET = 64 }; /* entries that a set of bits holds */

/* Sets by node: a hash table with linear probing. */
struct table {
  size_t size; /* a power of two */
  size_t used;
  int64_t *node; /* -1: free */
  uint64_t *set;
};

static PetscErrorCode table_create(size_t size, struct table *table)
{
  PetscFunctionBeginUser;
  table->size = size;
  table->used = 0;
  PetscCall(PetscMalloc1(size, &table->node));
  PetscCall(PetscCalloc1(size, &table->set));
  for (size_t i = 0; i < size; i++)
    table->node[i] = -1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode table_destroy(struct table *table)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(table->node));
  PetscCall(PetscFree(table->set));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void table_insert(struct table *table, int64_t node, uint64_t set)
{
  /* Fibonacci hashing: Knuth, The Art of Computer Programming 3, section 6.4 */
  size_t at = (size_t)((uint64_t)node * UINT64_C(11400714819323198485) >> 20) & (table->size - 1);

  while (table->node[at] >= 0 && table->node[at] != node)
    at = (at + 1) & (table->size - 1);
  table->used += table->node[at] < 0;
  table->node[at] = node;
  table->set[at] |= set;
}

static PetscErrorCode table_add(struct table *table, int64_t node, uint64_t set)
{
  PetscFunctionBeginUser;
  if (2 * (table->used + 1) > table->size) {
    struct table larger;
    PetscCall(table_create(2 * table->size, &larger));
    for (size_t i = 0; i < table->size; i++)
      if (table->node[i] >= 0)
        table_insert(&larger, table->node[i], table->set[i]);
    PetscCall(table_destroy(table));
    *table = larger;
  }
  table_insert(table, node, set);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Entries whose regions have `region`. */
static uint64_t region_set(int n_entries, const struct hc_cells_params *entries, int32_t region)
{
  uint64_t set = 0;

  for (int e = 0; e < n_entries; e++)
    if (hc_assign_has_region(&entries[e], region))
      set |= UINT64_C(1) << e;
  return set;
}

static PetscErrorCode gather(const struct hc_slab *slab, int n_entries, const struct hc_cells_params *entries,
                             struct table *table)
{
  const int n = hc_cell_nodes(slab->type);
  const int64_t n_cells = hc_slab_cells(slab);

  PetscFunctionBeginUser;
  PetscCall(table_create(1024, table));
  for (int64_t c = 0; c < n_cells; c++) {
    const uint64_t set = region_set(n_entries, entries, slab->region[c]);
    for (int k = 0; k < n; k++)
      PetscCall(table_add(table, slab->cells[n * c + k], set));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The rank whose slab has the node. */
static int holder(const struct hc_slab *slab, int size, int64_t node)
{
  int rank = (int)((double)node / (double)slab->n_nodes * size);

  while (rank > 0 && hc_slab_start(slab->n_nodes, rank, size) > node)
    rank--;
  while (rank < size - 1 && hc_slab_start(slab->n_nodes, rank + 1, size) <= node)
    rank++;
  return rank;
}

/* Bring (node, set) pairs to their holders: pairs[2 * n]. */
static PetscErrorCode exchange(const struct hc_slab *slab, const struct table *table, int *n, int64_t **pairs)
{
  int size, *counts, *starts, total = 0;
  int64_t *send;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(slab->comm, &size));
  PetscCall(PetscCalloc1(4 * size, &counts)); /* to send, to receive */
  PetscCall(PetscCalloc1(4 * size, &starts));
  PetscCall(PetscMalloc1(2 * table->used, &send));
  for (size_t i = 0; i < table->size; i++)
    if (table->node[i] >= 0)
      counts[holder(slab, size, table->node[i])] += 2;
  PetscCallMPI(MPI_Alltoall(counts, 1, MPI_INT, counts + size, 1, MPI_INT, slab->comm));
  for (int r = 0; r < size; r++) {
    starts[r] = r ? starts[r - 1] + counts[r - 1] : 0;
    starts[size + r] = total;
    starts[2 * size + r] = starts[r];
    total += counts[size + r];
  }
  for (size_t i = 0; i < table->size; i++)
    if (table->node[i] >= 0) {
      int *at = &starts[2 * size + holder(slab, size, table->node[i])];
      send[(*at)++] = table->node[i];
      send[(*at)++] = (int64_t)table->set[i];
    }
  PetscCall(PetscMalloc1(total, pairs));
  PetscCallMPI(
      MPI_Alltoallv(send, counts, starts, MPI_INT64_T, *pairs, counts + size, starts + size, MPI_INT64_T, slab->comm));
  *n = total / 2;
  PetscCall(PetscFree(counts));
  PetscCall(PetscFree(starts));
  PetscCall(PetscFree(send));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Does node i of the slab lie in the entry's range? A field that the mesh does not have yet (fibre rules make some
 * later) counts as yes: weights are estimates. */
static bool in_range(const struct hc_slab *slab, const struct hc_cells_params *entry, int64_t i)
{
  const struct hc_slab_field *field = entry->field ? hc_slab_find_field(slab, entry->field, HC_NODE) : NULL;

  if (!field || field->n_comp != 1 || entry->range.n != 2)
    return true;
  return field->values[i] >= entry->range.v[0] && field->values[i] < entry->range.v[1];
}

static double cost_of(const struct hc_slab *slab, int n_entries, const struct hc_cells_params *entries,
                      const struct hc_cell_model *const *models, int64_t i, uint64_t set)
{
  for (int e = 0; e < n_entries; e++)
    if (set >> e & 1 && in_range(slab, &entries[e], i))
      return models[e]->cost;
  return 1; /* no entry fits: creation of the model will refuse the node */
}

static PetscErrorCode spread(const struct hc_slab *slab, int n_entries, const struct hc_cells_params *entries,
                             const struct hc_cell_model *const *models, double *weights)
{
  const int64_t n_nodes = hc_slab_nodes(slab);
  int rank, size, n = 0;
  int64_t *pairs;
  uint64_t *sets;
  struct table table;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(slab->comm, &rank));
  PetscCallMPI(MPI_Comm_size(slab->comm, &size));
  PetscCall(gather(slab, n_entries, entries, &table));
  PetscCall(exchange(slab, &table, &n, &pairs));
  PetscCall(table_destroy(&table));
  PetscCall(PetscCalloc1(n_nodes, &sets));
  for (int k = 0; k < n; k++)
    sets[pairs[2 * k] - hc_slab_start(slab->n_nodes, rank, size)] |= (uint64_t)pairs[2 * k + 1];
  for (int64_t i = 0; i < n_nodes; i++)
    weights[i] = cost_of(slab, n_entries, entries, models, i, sets[i]);
  PetscCall(PetscFree(sets));
  PetscCall(PetscFree(pairs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_monodomain_weights(const struct hc_slab *slab, int n_entries, const struct hc_cells_params *entries,
                                     double *weights)
{
  const struct hc_cell_model **models;
  const int64_t n_nodes = hc_slab_nodes(slab);
  bool same = true;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n_entries, &models));
  code = hc_error_agree(slab->comm, hc_kinetics_check(n_entries, entries, models));
  for (int e = 1; e < n_entries && !code; e++)
    same = same && models[e]->cost == models[0]->cost;
  if (!code && (same || n_entries > SET)) /* nothing to tell apart, or too much: even weights */
    for (int64_t i = 0; i < n_nodes; i++)
      weights[i] = n_entries > 0 ? models[0]->cost : 1;
  else if (!code)
    code = spread(slab, n_entries, entries, models, weights);
  PetscCall(PetscFree(models));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
