/* Inside of mesh: what a cell is made of, and its children. */
#ifndef HC_REFINE_H
#define HC_REFINE_H

#include "mesh.h"

/* Corners of the edges, the facets (edges of triangles, faces of solids) and what gets a node at its centre. */
struct hc_cell_shape {
  int n_edges, n_facets, facet_nodes;
  int edge[12][2];
  int facet[6][4];
  int n_facet_edges;
  int facet_edge[4][2]; /* of a facet's own nodes, when they are in cyclic order */
  bool facet_centres;   /* a node at the centre of each facet and of the cell (hexahedra) */
  int children;
};

const struct hc_cell_shape *hc_cell_shape(enum hc_cell_type type);

/* Children of a cell from its nodes: corners, then edges' midpoints in the order of the shape, facets' centres, the
 * cell's centre. xyz: coordinates of the corners (mm), which choose the diagonal of tetrahedra. */
void hc_cell_split(enum hc_cell_type type, const int64_t *nodes, const double (*xyz)[3], int64_t *children);

#endif
