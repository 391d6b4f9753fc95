/* From all that a file holds to the mesh that is used, on rank 0. */
#ifndef HC_MESHIO_FINISH_H
#define HC_MESHIO_FINISH_H

#include "meshio.h"
#include "raw.h"

/* The whole mesh on rank 0, as struct hc_slab has it but undivided. */
struct hc_whole {
  enum hc_cell_type type;
  int64_t n_nodes, n_cells;
  double *xyz;
  int64_t *cells;
  int32_t *region, *surface;
  int n_fields;
  struct hc_raw_field *fields; /* of the nodes and cells that are left */
};

/* Cells of the highest dimension stay, those of one less give their nodes the surface tag; nodes without a cell go.
 * Takes xyz and fields out of `raw`. HC_ERR_INPUT. */
PetscErrorCode hc_finish(struct hc_raw *raw, const struct hc_import_options *options, struct hc_whole *whole);
void hc_whole_destroy(struct hc_whole *whole);

/* Give every rank of comm its slab of what rank 0 has. Collective. */
PetscErrorCode hc_spread(MPI_Comm comm, const struct hc_whole *whole, struct hc_slab **slab);

#endif
