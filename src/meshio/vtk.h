/* What the readers of VTK's legacy and XML formats share. */
#ifndef HC_MESHIO_VTK_H
#define HC_MESHIO_VTK_H

#include "readers.h"

/* The cells of one piece: where each ends in the list of nodes, the nodes, VTK's types. */
struct hc_vtk_cells {
  int64_t n, n_nodes;
  const int64_t *end;   /* n */
  const int64_t *nodes; /* n_nodes, counted from the piece's first */
  const int64_t *type;  /* n */
};

/* Check them and add them to the mesh; `first_node` and `n_nodes` are the piece's. `where` starts messages. */
PetscErrorCode hc_vtk_add_cells(struct hc_raw *raw, const char *where, const struct hc_vtk_cells *cells,
                                int64_t first_node, int64_t n_nodes);

#endif
