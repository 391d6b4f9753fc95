#include "partition.h"

#include <limits.h>
#include <metis.h>
#include <petscmat.h>

/* The whole graph as METIS wants it, on rank 0. */
struct root_graph {
  idx_t *row, *col, *weight, *part;
};

/* Slabs of `n` items of this rank to rank 0, which gets *all. */
static PetscErrorCode gather(MPI_Comm comm, int n, MPI_Datatype type, size_t bytes, const void *mine, void *all)
{
  int rank, size, *counts, *starts;
  int64_t sum = 0;
  char *to = NULL;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(PetscMalloc2(size, &counts, size, &starts));
  PetscCallMPI(MPI_Allgather(&n, 1, MPI_INT, counts, 1, MPI_INT, comm));
  for (int r = 0; r < size; r++) {
    starts[r] = (int)sum;
    sum += counts[r];
    PetscCheck(sum < INT_MAX, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
               "the mesh is too large for METIS on one rank; use the ptscotch or the curve partitioner");
  }
  if (rank == 0)
    PetscCall(PetscMalloc1((size_t)sum * bytes, &to));
  PetscCallMPI(MPI_Gatherv(mine, n, type, to, counts, starts, type, 0, comm));
  PetscCall(PetscFree2(counts, starts));
  *(void **)all = to;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* METIS's integers may be wider or narrower than ours: widen or narrow a copy on the sender. */
static PetscErrorCode gather_idx(MPI_Comm comm, int n, const PetscInt *mine, idx_t **all)
{
  const MPI_Datatype type = sizeof(idx_t) == 4 ? MPI_INT32_T : MPI_INT64_T;
  idx_t *copy;

  PetscFunctionBeginUser;
  if (sizeof(idx_t) == sizeof(PetscInt)) {
    PetscCall(gather(comm, n, type, sizeof(idx_t), mine, (void *)all));
  } else {
    PetscCall(PetscMalloc1(n, &copy));
    for (int i = 0; i < n; i++)
      copy[i] = (idx_t)mine[i];
    PetscCall(gather(comm, n, type, sizeof(idx_t), copy, (void *)all));
    PetscCall(PetscFree(copy));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Send rows, columns and weights to rank 0; the graph is destroyed on the way. */
static PetscErrorCode to_root(const struct hc_slab *slab, struct hc_graph **graph, const int64_t *weight,
                              struct root_graph *root)
{
  struct hc_graph *g = *graph;
  PetscInt *count;
  const int n = g->n_rows;

  PetscFunctionBeginUser;
  PetscCall(gather_idx(slab->comm, (int)g->row[n], g->col, &root->col));
  PetscCall(PetscFree(g->col));
  PetscCall(PetscMalloc1(n, &count));
  for (int i = 0; i < n; i++)
    count[i] = g->row[i + 1] - g->row[i];
  PetscCall(gather_idx(slab->comm, n, count, &root->row));
  for (int i = 0; i < n; i++)
    count[i] = (PetscInt)weight[i];
  PetscCall(gather_idx(slab->comm, n, count, &root->weight));
  PetscCall(PetscFree(count));
  hc_graph_destroy(graph);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_metis(int64_t n_nodes, int64_t seed, int n_parts, struct root_graph *root)
{
  idx_t n = (idx_t)n_nodes, one = 1, parts = n_parts, cut, options[METIS_NOPTIONS], sum = 0, *row;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n + 1, &row));
  for (idx_t i = 0; i < n; i++) {
    row[i] = sum;
    sum += root->row[i];
  }
  row[n] = sum;
  PetscCall(PetscMalloc1(n, &root->part));
  METIS_SetDefaultOptions(options);
  options[METIS_OPTION_SEED] = (idx_t)(seed & INT_MAX);
  options[METIS_OPTION_NUMBERING] = 0;
  const int status = METIS_PartGraphKway(&n, &one, row, root->col, root->weight, NULL, NULL, &parts, NULL, NULL,
                                         options, &cut, root->part);
  PetscCall(PetscFree(row));
  PetscCheck(status == METIS_OK, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "METIS failed on %lld nodes (%s); use the ptscotch or the curve partitioner", (long long)n_nodes,
             status == METIS_ERROR_MEMORY ? "memory" : "internal error");
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_partition_metis(const struct hc_slab *slab, struct hc_graph **graph, const int64_t *weight,
                                  int64_t seed, int n_parts, int32_t *part)
{
  struct root_graph root = {NULL, NULL, NULL, NULL};
  int rank, size, *counts, *starts;
  int32_t *all = NULL;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(slab->comm, &rank));
  PetscCallMPI(MPI_Comm_size(slab->comm, &size));
  PetscCall(to_root(slab, graph, weight, &root));
  code = hc_error_agree(slab->comm, rank == 0 ? run_metis(slab->n_nodes, seed, n_parts, &root) : PETSC_SUCCESS);
  PetscCall(PetscFree(root.col));
  PetscCall(PetscFree(root.row));
  PetscCall(PetscFree(root.weight));
  if (code)
    PetscCall(PetscFree(root.part));
  PetscCall(code);
  PetscCall(PetscMalloc2(size, &counts, size, &starts));
  for (int r = 0; r < size; r++) {
    starts[r] = (int)hc_slab_start(slab->n_nodes, r, size);
    counts[r] = (int)hc_slab_start(slab->n_nodes, r + 1, size) - starts[r];
  }
  if (rank == 0) {
    PetscCall(PetscMalloc1(slab->n_nodes, &all));
    for (int64_t i = 0; i < slab->n_nodes; i++)
      all[i] = (int32_t)root.part[i];
  }
  PetscCallMPI(
      MPI_Scatterv(all, counts, starts, MPI_INT32_T, part, (int)hc_slab_nodes(slab), MPI_INT32_T, 0, slab->comm));
  PetscCall(PetscFree(all));
  PetscCall(PetscFree(root.part));
  PetscCall(PetscFree2(counts, starts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

#if defined(PETSC_HAVE_PTSCOTCH)
PetscErrorCode hc_partition_ptscotch(const struct hc_slab *slab, struct hc_graph **graph, const int64_t *weight,
                                     int n_parts, int32_t *part)
{
  struct hc_graph *g = *graph;
  const int n = g->n_rows;
  MatPartitioning partitioning;
  Mat adjacency;
  IS is;
  PetscInt *weights;
  const PetscInt *result;

  PetscFunctionBeginUser;
  /* the matrix and the partitioning take the arrays over */
  PetscCall(MatCreateMPIAdj(slab->comm, n, (PetscInt)slab->n_nodes, g->row, g->col, NULL, &adjacency));
  g->row = g->col = NULL;
  hc_graph_destroy(graph);
  PetscCall(PetscMalloc1(n, &weights));
  for (int i = 0; i < n; i++)
    weights[i] = (PetscInt)weight[i];
  PetscCall(MatPartitioningCreate(slab->comm, &partitioning));
  PetscCall(MatPartitioningSetAdjacency(partitioning, adjacency));
  PetscCall(MatPartitioningSetType(partitioning, MATPARTITIONINGPTSCOTCH));
  PetscCall(MatPartitioningSetNParts(partitioning, n_parts));
  PetscCall(MatPartitioningSetVertexWeights(partitioning, weights));
  PetscCall(MatPartitioningApply(partitioning, &is));
  PetscCall(ISGetIndices(is, &result));
  for (int i = 0; i < n; i++)
    part[i] = (int32_t)result[i];
  PetscCall(ISRestoreIndices(is, &result));
  PetscCall(ISDestroy(&is));
  PetscCall(MatPartitioningDestroy(&partitioning));
  PetscCall(MatDestroy(&adjacency));
  PetscFunctionReturn(PETSC_SUCCESS);
}
#else
PetscErrorCode hc_partition_ptscotch(const struct hc_slab *slab, struct hc_graph **graph, const int64_t *weight,
                                     int n_parts, int32_t *part)
{
  PetscFunctionBeginUser;
  (void)slab;
  (void)weight;
  (void)n_parts;
  (void)part;
  hc_graph_destroy(graph);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
          "this PETSc was built without PT-Scotch; use the metis or the curve partitioner");
}
#endif
