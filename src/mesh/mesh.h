/* healthcast mesh: a mesh in a file's order (slabs), a mesh as a run uses it (distributed), and the way between.
 * Floor 2.
 *
 * File order is the only order that users, results and checkpoints see: they do not depend on the number of ranks. */
#ifndef HC_MESH_H
#define HC_MESH_H

#include "base.h"
#include "params.h"

enum hc_cell_type { HC_TRIANGLE = 0, HC_TETRAHEDRON = 1, HC_HEXAHEDRON = 2 };

/* Nodes a cell: 3, 4, 8. Node order of VTK (5, 10, 12). */
int hc_cell_nodes(enum hc_cell_type type);
int hc_cell_vtk(enum hc_cell_type type);
const char *hc_cell_name(enum hc_cell_type type); /* "triangle", "tetrahedron", "hexahedron" */

enum hc_location { HC_NODE = 0, HC_CELL = 1 };

/* Contiguous, even distribution of n things: rank r has [start(r), start(r + 1)). */
static inline int64_t hc_slab_start(int64_t n, int rank, int size)
{
  return n / size * rank + (n % size * rank) / size;
}

/* A named array of a mesh in file order; this rank's slab of it. */
struct hc_slab_field {
  char name[64];
  char unit[32]; /* "" if none */
  enum hc_location where;
  int n_comp;
  double *values; /* n_comp * slab length, owned */
};

/* A mesh as it lies in a file: each rank holds the slab hc_slab_start() of nodes and of cells. Plain data; the arrays
 * are owned. */
struct hc_slab {
  MPI_Comm comm; /* borrowed */
  enum hc_cell_type type;
  int64_t n_nodes, n_cells; /* of the whole mesh */
  double *xyz;              /* mm, 3 per node of the slab */
  int64_t *cells;           /* hc_cell_nodes() global node numbers per cell of the slab */
  int32_t *region;          /* tag per cell of the slab */
  int32_t *surface; /* per node of the slab: bit t - 1 is set if the node lies on the surface with tag t (1..31) */
  int n_fields;
  struct hc_slab_field *fields;
  int64_t n_parts; /* stored partition: number of parts, 0 if none */
  int32_t *part;   /* its part per node of the slab */
};

PetscErrorCode hc_slab_create(MPI_Comm comm, enum hc_cell_type type, int64_t n_nodes, int64_t n_cells,
                              struct hc_slab **slab);
void hc_slab_destroy(struct hc_slab **slab);
static inline int64_t hc_slab_nodes(const struct hc_slab *slab); /* nodes of this rank's slab */
static inline int64_t hc_slab_cells(const struct hc_slab *slab);
/* Add a zeroed field and return it; replaces one of the same name and place. Pointers to the slab's other fields do not
 * outlive the call. The name becomes part of a path in files: HC_ERR_INPUT if it is empty, has a "/" or is too long.
 * Not collective. */
PetscErrorCode hc_slab_add_field(struct hc_slab *slab, const char *name, const char *unit, enum hc_location where,
                                 int n_comp, struct hc_slab_field **field);
const struct hc_slab_field *hc_slab_find_field(const struct hc_slab *slab, const char *name, enum hc_location where);

/* A copy of this rank's slab for a communicator of as many ranks. Not collective but for errors. */
PetscErrorCode hc_slab_copy(const struct hc_slab *slab, MPI_Comm comm, struct hc_slab **copy);

/* Hand a mesh that all ranks of slab->comm have read together to groups of them: each group gets all of it, in slabs
 * over its own communicator. A stored partition is not handed on. Collective on slab->comm. Cost: the mesh goes once
 * through every rank, in pieces of 1 MiB; memory: a group's slab. */
PetscErrorCode hc_slab_regroup(const struct hc_slab *slab, MPI_Comm group, struct hc_slab **mine);

/* Refuse what no solver can use, naming the first offender by its number in the file and where it is: coordinates that
 * are not finite, node numbers out of range, a node twice in a cell, cells of no volume, nodes in no cell, surface tags
 * out of range. Inverted cells are repaired by swapping two nodes (tetrahedra, triangles are never inverted) or by
 * reversing a hexahedron; what stays inverted (a tangled hexahedron) is refused. *repaired: how many, over all ranks.
 * `name` (a path or "generated box") starts the message. HC_ERR_INPUT. Collective. */
PetscErrorCode hc_slab_check(struct hc_slab *slab, const char *name, int64_t *repaired);

/* Uniform refinement: every edge halved (8 children a tetrahedron or hexahedron, 4 a triangle), fields and tags
 * inherited (nodal fields by averaging, surfaces where both ends of an edge have the tag and the edge lies on a
 * boundary facet of that tag). Collective; needs the global edge numbering, built with all-to-all. */
PetscErrorCode hc_slab_refine(const struct hc_slab *coarse, struct hc_slab **fine);

/* A structured box [0,a]x[0,b]x[0,c] (mm) of cells of edge at most `spacing`; triangles give the sheet z = 0.
 * Tetrahedra: six a cube around its main diagonal (Kuhn). Node i of the lattice has number ix + nx (iy + ny iz).
 * Region 1; surface tags 1..6 = x min, x max, y min, y max, z min, z max. Collective. */
PetscErrorCode hc_slab_box(MPI_Comm comm, enum hc_cell_type type, const double size[3], double spacing,
                           struct hc_slab **slab);

/* ---- Distributed mesh ---------------------------------------------------------------------------------------- */

enum hc_partitioner { HC_PART_METIS = 0, HC_PART_PTSCOTCH = 1, HC_PART_CURVE = 2, HC_PART_STORED = 3 };

struct hc_mesh_options {
  enum hc_partitioner partitioner;
  int64_t seed;          /* of METIS */
  const double *weights; /* cost per node of the slab, or NULL: all the same */
};

struct hc_halo;  /* send and receive lists */
struct hc_route; /* from file order to the distribution and back */

/* Nodes are distributed: each is owned by one rank, owned nodes first (along a Hilbert curve, for locality), then halo
 * nodes. A rank has every cell that touches one of its owned nodes, in file order: rows of matrices are assembled
 * without communication and with the same sums on any number of ranks. Plain data, read-only outside of mesh. */
struct hc_mesh {
  MPI_Comm comm; /* borrowed */
  int rank, size;
  enum hc_cell_type type;
  int64_t n_nodes, n_cells; /* of the whole mesh */
  int64_t start;            /* number of the first owned node in the run's numbering, which counts rank by rank */
  int n_owned, n_local;     /* owned nodes; owned and halo */
  int n_cells_local;
  int64_t *number;        /* n_local: the run's number of each node */
  int64_t *file_node;     /* n_local: number in file order */
  double *xyz;            /* 3 * n_local, mm */
  int32_t *surface;       /* n_local, as in struct hc_slab */
  int *cells;             /* hc_cell_nodes() local node indices per local cell */
  int64_t *file_cell;     /* n_cells_local, ascending */
  int32_t *region;        /* n_cells_local */
  bool *cell_owned;       /* true on exactly one rank a cell: for sums over cells, output */
  struct hc_halo *halo;   /* owned */
  struct hc_route *route; /* owned */
};

/* Partition, migrate, renumber. The slab is not changed and may be destroyed afterwards. Uses METIS on rank 0,
 * PT-Scotch through PETSc, or a Hilbert curve cut by weight. HC_PART_STORED wants slab->n_parts == size.
 * Errors: HC_ERR_INPUT (no stored partition; fewer nodes than ranks), HC_ERR_ENVIRONMENT. Collective. */
PetscErrorCode hc_mesh_create(const struct hc_slab *slab, const struct hc_mesh_options *options, struct hc_mesh **mesh);
void hc_mesh_destroy(struct hc_mesh **mesh);

/* Compute the part of each node of the slab for n_parts parts, which may differ from the number of ranks (for storing).
 * Parts of fewer than 16 nodes are always cut from the curve. METIS and the curve give the same result on any number of
 * ranks. Every part gets a node. HC_ERR_INPUT: fewer nodes than parts, a cost that is negative or not finite.
 * Collective. */
PetscErrorCode hc_slab_partition(const struct hc_slab *slab, const struct hc_mesh_options *options, int n_parts,
                                 int32_t *part);

/* Bring the values of halo nodes up to date: n_comp doubles a node, interleaved, n_local nodes. Begin may be followed
 * by work that reads owned values only. Collective on the mesh. */
PetscErrorCode hc_halo_begin(const struct hc_mesh *mesh, int n_comp, double *values);
PetscErrorCode hc_halo_end(const struct hc_mesh *mesh, int n_comp, double *values);

/* Who sends what to whom, for exchanges that are made elsewhere (devices). Neighbour k gets the owned nodes
 * send_node[send_start[k] .. send_start[k + 1]) and sends what becomes the local nodes n_owned + recv_start[k] to
 * n_owned + recv_start[k + 1]. Borrowed. */
struct hc_halo_lists {
  int n_send, n_recv; /* neighbours */
  const int *send_rank, *recv_rank, *send_start, *recv_start, *send_node;
};
struct hc_halo_lists hc_halo_lists_of(const struct hc_mesh *mesh);

/* Values in file order (this rank's slab) to local values (owned and halo), and owned values to file order.
 * n_comp values a node or cell, interleaved. Collective. For cells: to all local copies, from the owned copies. */
PetscErrorCode hc_mesh_from_file_order(const struct hc_mesh *mesh, enum hc_location where, int n_comp,
                                       const double *slab, double *local);
PetscErrorCode hc_mesh_to_file_order(const struct hc_mesh *mesh, enum hc_location where, int n_comp,
                                     const double *local, double *slab);

/* The invariants above hold, halos agree with their owners, every cell is owned once. For PetscAssert and tests.
 * Collective. */
PetscErrorCode hc_mesh_check(const struct hc_mesh *mesh);

static inline int64_t hc_slab_nodes(const struct hc_slab *slab)
{
  int rank, size;
  MPI_Comm_rank(slab->comm, &rank);
  MPI_Comm_size(slab->comm, &size);
  return hc_slab_start(slab->n_nodes, rank + 1, size) - hc_slab_start(slab->n_nodes, rank, size);
}

static inline int64_t hc_slab_cells(const struct hc_slab *slab)
{
  int rank, size;
  MPI_Comm_rank(slab->comm, &rank);
  MPI_Comm_size(slab->comm, &size);
  return hc_slab_start(slab->n_cells, rank + 1, size) - hc_slab_start(slab->n_cells, rank, size);
}

#endif
