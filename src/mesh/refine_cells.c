#include "refine.h"

static const struct hc_cell_shape shapes[] = {
    [HC_TRIANGLE] = {.n_edges = 3,
                     .edge = {{0, 1}, {1, 2}, {0, 2}},
                     .n_facets = 3,
                     .facet_nodes = 2,
                     .facet = {{0, 1}, {1, 2}, {2, 0}},
                     .n_facet_edges = 1,
                     .facet_edge = {{0, 1}},
                     .children = 4},
    [HC_TETRAHEDRON] = {.n_edges = 6,
                        .edge = {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}},
                        .n_facets = 4,
                        .facet_nodes = 3,
                        .facet = {{1, 2, 3}, {0, 2, 3}, {0, 1, 3}, {0, 1, 2}},
                        .n_facet_edges = 3,
                        .facet_edge = {{0, 1}, {1, 2}, {2, 0}},
                        .children = 8},
    [HC_HEXAHEDRON] =
        {.n_edges = 12,
         .edge = {{0, 1}, {1, 2}, {2, 3}, {3, 0}, {4, 5}, {5, 6}, {6, 7}, {7, 4}, {0, 4}, {1, 5}, {2, 6}, {3, 7}},
         .n_facets = 6,
         .facet_nodes = 4,
         .facet = {{0, 3, 2, 1}, {4, 5, 6, 7}, {0, 1, 5, 4}, {1, 2, 6, 5}, {2, 3, 7, 6}, {3, 0, 4, 7}},
         .n_facet_edges = 4,
         .facet_edge = {{0, 1}, {1, 2}, {2, 3}, {3, 0}},
         .facet_centres = true,
         .children = 8},
};

const struct hc_cell_shape *hc_cell_shape(enum hc_cell_type type)
{
  return &shapes[type];
}

/* Corners 0 to 2; midpoints 3 = 01, 4 = 12, 5 = 02. */
static const int triangle_children[4][3] = {{0, 3, 5}, {3, 1, 4}, {5, 4, 2}, {3, 4, 5}};

/* Corners 0 to 3; midpoints 4 = 01, 5 = 02, 6 = 03, 7 = 12, 8 = 13, 9 = 23. */
static const int corner_tetrahedra[4][4] = {{0, 4, 5, 6}, {4, 1, 7, 8}, {5, 7, 2, 9}, {6, 8, 9, 3}};

/* Diagonals of the octahedron inside, each with the other four midpoints around it so that volumes are positive. */
static const int diagonal[3][2] = {{4, 9}, {5, 8}, {6, 7}};
static const int around[3][4] = {{5, 6, 8, 7}, {4, 7, 9, 6}, {4, 5, 9, 8}};

/* Square of twice the length of the diagonal between the midpoints of edges ab and cd. */
static double diagonal_length(const double (*xyz)[3], int a, int b, int c, int d)
{
  double sum = 0;
  for (int i = 0; i < 3; i++) {
    const double t = xyz[a][i] + xyz[b][i] - (xyz[c][i] + xyz[d][i]);
    sum += t * t;
  }
  return sum;
}

/* J. Bey, Tetrahedral grid refinement, Computing 55 (1995) 355, doi:10.1007/BF02238487; with the shortest diagonal (the
 * first of equals), which keeps the children's quality best. */
static void split_tetrahedron(const int64_t *nodes, const double (*xyz)[3], int64_t *children)
{
  const double length[3] = {diagonal_length(xyz, 0, 1, 2, 3), diagonal_length(xyz, 0, 2, 1, 3),
                            diagonal_length(xyz, 0, 3, 1, 2)};
  int shortest = 0;

  for (int i = 1; i < 3; i++)
    if (length[i] < length[shortest])
      shortest = i;
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 4; j++)
      children[4 * i + j] = nodes[corner_tetrahedra[i][j]];
  for (int i = 0; i < 4; i++) {
    int64_t *const child = children + 4 * (4 + i);
    child[0] = nodes[diagonal[shortest][0]];
    child[1] = nodes[diagonal[shortest][1]];
    child[2] = nodes[around[shortest][i]];
    child[3] = nodes[around[shortest][(i + 1) % 4]];
  }
}

/* Corners of a hexahedron. */
static const int corner[8][3] = {{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0},
                                 {0, 0, 1}, {1, 0, 1}, {1, 1, 1}, {0, 1, 1}};

/* Place, among the nodes of hc_cell_split(), of the centre of a set of corners (a bit each). */
static int hexahedron_place(int corners)
{
  const struct hc_cell_shape *s = &shapes[HC_HEXAHEDRON];
  for (int i = 0; i < 8; i++)
    if (corners == 1 << i)
      return i;
  for (int i = 0; i < s->n_edges; i++)
    if (corners == (1 << s->edge[i][0] | 1 << s->edge[i][1]))
      return 8 + i;
  for (int i = 0; i < s->n_facets; i++)
    if (corners == (1 << s->facet[i][0] | 1 << s->facet[i][1] | 1 << s->facet[i][2] | 1 << s->facet[i][3]))
      return 20 + i;
  return 26;
}

/* The 3 x 3 x 3 lattice of a hexahedron's nodes: at 0 and 2 the corners on that side, at 1 both. */
static int lattice_place(const int at[3])
{
  int corners = 0;
  for (int i = 0; i < 8; i++) {
    bool in = true;
    for (int d = 0; d < 3; d++)
      in &= at[d] == 1 || at[d] == 2 * corner[i][d];
    corners |= in << i;
  }
  return hexahedron_place(corners);
}

static void split_hexahedron(const int64_t *nodes, int64_t *children)
{
  for (int i = 0; i < 8; i++)
    for (int j = 0; j < 8; j++) {
      const int at[3] = {corner[i][0] + corner[j][0], corner[i][1] + corner[j][1], corner[i][2] + corner[j][2]};
      children[8 * i + j] = nodes[lattice_place(at)];
    }
}

void hc_cell_split(enum hc_cell_type type, const int64_t *nodes, const double (*xyz)[3], int64_t *children)
{
  if (type == HC_TETRAHEDRON)
    split_tetrahedron(nodes, xyz, children);
  else if (type == HC_HEXAHEDRON)
    split_hexahedron(nodes, children);
  else
    for (int i = 0; i < 4; i++)
      for (int j = 0; j < 3; j++)
        children[3 * i + j] = nodes[triangle_children[i][j]];
}
