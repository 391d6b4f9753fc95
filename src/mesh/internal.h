/* Inside of mesh: what struct hc_mesh hides. */
#ifndef HC_MESH_INTERNAL_H
#define HC_MESH_INTERNAL_H

#include "exchange.h"
#include "mesh.h"

/* Halo nodes lie owner by owner after the owned ones, so values are received in place; what others need is packed. */
struct hc_halo {
  int n_send, n_recv; /* neighbours */
  int *send_rank, *recv_rank;
  int *send_start, *recv_start; /* n_send + 1 places in send_node; n_recv + 1 places after the owned nodes */
  int *send_node;               /* local indices of owned nodes */
  MPI_Request *request;         /* n_send + n_recv, one exchange at a time */
  char *buffer;                 /* packed values, grown as needed */
  size_t buffer_bytes;
  const void *pending; /* values of the exchange under way, or NULL */
};

struct hc_route {
  int n_slab_nodes, n_slab_cells;
  struct hc_exchange *nodes; /* forward: from the slab to the owner */
  int *node_slab;            /* place in the slab of each node sent */
  int *node_local;           /* owned node of each node received */
  struct hc_exchange *cells; /* forward: from the slab to every rank that has the cell; arrives in local order */
  int *cell_slab;            /* place in the slab of each cell sent */
  bool *cell_from_owner;     /* whether the copy is the owned one */
};

/* Steps of hc_mesh_create(), in this order. Collective. */
PetscErrorCode hc_migrate_nodes(const struct hc_slab *slab, const int32_t *part, struct hc_mesh *mesh);
PetscErrorCode hc_migrate_cells(const struct hc_slab *slab, const int64_t *start, struct hc_mesh *mesh,
                                int64_t **cell_numbers);

/* Build the halo from the run's numbers of the halo nodes, ascending. Collective. */
PetscErrorCode hc_halo_create(MPI_Comm comm, const int64_t *start, int n_owned, int n_ghosts, const int64_t *number,
                              struct hc_halo **halo);
void hc_halo_destroy(struct hc_halo **halo);

/* Update halo values of `bytes` bytes a node. Collective. */
PetscErrorCode hc_halo_update(const struct hc_mesh *mesh, size_t bytes, void *values);

#endif
