/* healthcast domain: what a case computes on: the input block `mesh` and the mesh that it describes. Floor 4. */
#ifndef HC_DOMAIN_H
#define HC_DOMAIN_H

#include "mesh.h"
#include "params.h"

/* Input block `mesh`: a file, or a box that is made. */
struct hc_mesh_params {
  const struct hc_params *params;
  char *file;                  /* native HDF5, or any format that can be imported */
  char *surface_field;         /* imported: integer nodal array that holds surface tags */
  char *region_field;          /* imported: cell array that holds regions */
  double scale;                /* imported: factor to mm, 0 = the format's own */
  int cell;                    /* box: enum hc_cell_type */
  struct hc_reals size;        /* box: mm */
  double spacing;              /* box: mm */
  int64_t refine;              /* times that every edge is halved */
  int partitioner;             /* enum hc_partitioner */
  int64_t seed;                /* of the partitioner */
  const struct hc_slab *given; /* no key: the mesh, where a program has it already; it is copied. NULL: read or made */
};
extern const struct hc_block hc_mesh_block;

/* What no table can say: a mesh is either a file or a box. HC_ERR_INPUT. Not collective. */
PetscErrorCode hc_domain_check(const struct hc_mesh_params *mesh);

/* Read or make the mesh as the block says: each rank its slab, checked. *repaired as in hc_slab_check. Collective. */
PetscErrorCode hc_domain_slab(MPI_Comm comm, const struct hc_mesh_params *params, struct hc_slab **slab,
                              int64_t *repaired);

/* SHA-256 of a mesh file; of an openCARP mesh (named by its base or one of its files), of .pts, .elem and .lon
 * together. Not collective. HC_ERR_INPUT if nothing can be read. */
PetscErrorCode hc_domain_sha256(const char *path, char hex[65]);

#endif
