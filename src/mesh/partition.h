/* Inside of mesh: the partitioners behind hc_slab_partition(). */
#ifndef HC_PARTITION_H
#define HC_PARTITION_H

#include "exchange.h"
#include "mesh.h"

/* Costs as integers of 1 to `top`, the largest cost being `top` (all 1 if they are equal): sums of them do not depend
 * on the number of ranks. Collective. */
PetscErrorCode hc_partition_weights(const struct hc_slab *slab, const double *cost, int64_t top, int64_t *weight);

/* Cut a Hilbert curve into parts of equal weight. Parts may be empty if single nodes outweigh them. Cost: 63 to 126
 * reductions of n_parts integers. Collective. */
PetscErrorCode hc_partition_curve(const struct hc_slab *slab, const int64_t *weight, int n_parts, int32_t *part);

/* The graph of nodes that share a cell, by rows of this rank's slab: neighbours ascending, without the node itself. */
struct hc_graph {
  int n_rows;
  PetscInt *row; /* n_rows + 1 */
  PetscInt *col; /* numbers in file order */
};

PetscErrorCode hc_graph_create(const struct hc_slab *slab, struct hc_graph **graph);
void hc_graph_destroy(struct hc_graph **graph);

/* METIS on rank 0: G. Karypis, V. Kumar, SIAM J. Sci. Comput. 20 (1998) 359, doi:10.1137/S1064827595287997. The result
 * does not depend on the number of ranks. The graph is consumed (destroyed). Collective. */
PetscErrorCode hc_partition_metis(const struct hc_slab *slab, struct hc_graph **graph, const int64_t *weight,
                                  int64_t seed, int n_parts, int32_t *part);

/* PT-Scotch through PETSc: C. Chevalier, F. Pellegrini, Parallel Comput. 34 (2008) 318,
 * doi:10.1016/j.parco.2007.12.001. HC_ERR_ENVIRONMENT if PETSc lacks it. The graph is consumed. Collective. */
PetscErrorCode hc_partition_ptscotch(const struct hc_slab *slab, struct hc_graph **graph, const int64_t *weight,
                                     int n_parts, int32_t *part);

/* Which cells go to which ranks: a plan that sends each of n cells once to every rank that owns one of its nodes.
 * nodes: n_nodes numbers a cell in a numbering where rank r owns [start[r], start[r + 1]). with_self = false leaves out
 * this rank. *list: exchange->send_start[size] cells, ascending for each rank. Collective. */
PetscErrorCode hc_cells_plan(MPI_Comm comm, int n, int n_nodes, const int64_t *nodes, const int64_t *start,
                             bool with_self, struct hc_exchange **exchange, int **list);

#endif
