/* healthcast fe: elements and assembly. Floor 3.
 *
 * P1 triangles (in 3D: shells) and tetrahedra, Q1 hexahedra (2x2x2 Gauss). Tensors are constant in a cell, six numbers
 * xx, yy, zz, xy, yz, xz. A matrix is stored as the rows of owned nodes over local nodes (owned and halo). */
#ifndef HC_FE_H
#define HC_FE_H

#include "element.h"
#include "mesh.h"

#include <petscmat.h>

/* Sparsity pattern of the node graph: columns of a row ascending in the run's numbering (so diagonal and halo columns
 * sit where PETSc wants them), shared by all matrices of a mesh. */
struct hc_pattern {
  int n_rows;    /* owned nodes */
  int *row;      /* n_rows + 1 */
  int *col;      /* local node indices */
  int *diagonal; /* n_rows: where the diagonal entry is */
};

PetscErrorCode hc_fe_pattern(const struct hc_mesh *mesh, struct hc_pattern **pattern);
void hc_fe_pattern_destroy(struct hc_pattern **pattern);

/* values[pattern->row[n_rows]], set (not added): K_ij = int (D grad phi_j) . grad phi_i. tensor: 6 per local cell,
 * mm2/ms or any unit; NULL: the identity. Not collective (rows are complete without communication). */
PetscErrorCode hc_fe_stiffness(const struct hc_mesh *mesh, const struct hc_pattern *pattern, const double *tensor,
                               double *values);

/* The same for the n local cells from `first` on, added to values: tensors (6 per cell of these) need not exist for all
 * cells at once. Bit for bit the same matrix if all cells are added in their order. */
void hc_fe_stiffness_add(const struct hc_mesh *mesh, const struct hc_pattern *pattern, int first, int n,
                         const double *tensor, double *values);

/* How far apart the nodes are that a stiffness couples, for n local cells from `first` on (tensor: 6, axes: 9, spread:
 * 3 per cell of these): for three unit vectors a of each cell (one after another), spread = sum over pairs of nodes
 * -K_ij ((x_i - x_j) . a)^4 / (volume a'Da), mm2. The same sum with the square is volume a'Da exactly, so on a lattice
 * along a this is the square of its spacing; it may be negative. 0 where nothing conducts along a. Not collective. */
void hc_fe_spread(const struct hc_mesh *mesh, int first, int n, const double *tensor, const double *axes,
                  double *spread);

/* M = lumping * row-sum-lumped + (1 - lumping) * consistent mass. lumping 0..1. Unit mm3 (mm2 for shells). */
PetscErrorCode hc_fe_mass(const struct hc_mesh *mesh, const struct hc_pattern *pattern, double lumping, double *values);

/* Integral of each hat function: volume (mm3) or area per owned node. */
PetscErrorCode hc_fe_volumes(const struct hc_mesh *mesh, double *volumes);

/* A PETSc matrix (MATAIJ: sequential on one rank, parallel on several) from pattern and values, which are copied. It is
 * marked symmetric. HC_ERR_ENVIRONMENT if the nodes do not fit PETSc's integers. Collective. */
PetscErrorCode hc_fe_mat_create(const struct hc_mesh *mesh, const struct hc_pattern *pattern, const double *values,
                                Mat *mat);

/* Replace the values of a matrix that hc_fe_mat_create made from the same pattern. Collective. */
PetscErrorCode hc_fe_mat_update(Mat mat, const struct hc_pattern *pattern, const double *values);

/* Gradient of a nodal function (n_local values, halo up to date) at the centre of each local cell: 3 per cell. */
PetscErrorCode hc_fe_gradient(const struct hc_mesh *mesh, const double *nodal, double *gradient);

/* Mean of a nodal function over the nodes of each local cell. */
PetscErrorCode hc_fe_cell_mean(const struct hc_mesh *mesh, const double *nodal, double *mean);

/* Weights of the pseudo-ECG at the electrode x in an infinite medium, per owned node:
 *   phi(x) = 1/(4 pi sigma_b) * sum_i w_i V_i,
 *   w_i = - int (sigma grad phi_i) . grad_y (1/|x - y|) dy = int (sigma grad phi_i) . grad_x (1/|x - y|) dy,
 * which solves - sigma_b lap(phi) = div(sigma grad V) with no current through the tissue's surface (Plonsey and Barr,
 * Bioelectricity, chapter 8; Gima and Rudy 2002, doi:10.1161/01.RES.0000016960.61087.86). The sign is in w: a wave that
 * comes nearer gives a positive deflection. tensor: sigma (intracellular), 6 per local cell; with S/m and mm, w has
 * unit S/m mm-1 mm. The kernel is integrated with rules of degree 5: relative error below 1e-5 from three edge lengths
 * on, no accuracy nearer. An electrode at a quadrature point of a cell is HC_ERR_INPUT, on the ranks that have the cell
 * only: wrap the call in hc_error_agree. Not collective. Cost: 14 inverse distances a tetrahedron. */
PetscErrorCode hc_fe_lead(const struct hc_mesh *mesh, const double *tensor, const double x[3], double *w);

/* A point's cell and the weights of the cell's nodes (barycentric or trilinear). */
struct hc_location_in_mesh {
  int rank;    /* the rank that holds it (lowest), known to all; -1: outside the mesh */
  int n;       /* nodes, on that rank; 0 elsewhere */
  int node[8]; /* local node indices */
  double weight[8];
  double distance; /* mm from the point to the mesh: 0 inside, else to the nearest node */
};

/* Is the point in the cell with the nodes x? weight: then its shape functions there, none negative, of sum 1. Points on
 * a face are in both of its cells. Not collective. */
bool hc_fe_cell_weights(enum hc_cell_type type, double x[8][3], const double p[3], double weight[8]);

/* Find n_points points (3 coordinates each, mm, the same on all ranks). A point in several cells (on a face, an edge, a
 * node) goes to the lowest cell of the file: cell, weights and their bits do not depend on the ranks. Points outside
 * (for shells: more than 1e-6 edge lengths off) are accepted at the nearest node, of equally near ones the lowest of
 * the file, if that is within `tolerance` mm, else rank = -1. HC_ERR_INPUT if a coordinate is not finite. Cost: one
 * walk over the cells for all points, and one over the nodes for each point outside. Collective. */
PetscErrorCode hc_fe_locate(const struct hc_mesh *mesh, int n_points, const double *points, double tolerance,
                            struct hc_location_in_mesh *found);

/* Mesh quality over all ranks. Quality of a cell: 3 * inradius / circumradius (tetrahedron; Parthasarathy et al. 1994,
 * doi:10.1016/0168-874X(94)90033-7), 2 * inradius / circumradius (triangle), scaled Jacobian (hexahedron; Knupp 2001):
 * 1 is regular, 0 is flat. Edges are those of each cell, so inner ones count several times in the mean. */
struct hc_quality {
  double volume;                        /* mm3 or mm2 */
  double edge_min, edge_mean, edge_max; /* mm */
  double quality_min, quality_mean;
  int64_t worst_cell;            /* file number */
  double box_min[3], box_max[3]; /* mm */
  int64_t n_regions;
  int32_t region_tag[64]; /* first 64 regions, ascending, with cells and volume */
  int64_t region_cells[64];
  double region_volume[64];
  int64_t surface_nodes[32]; /* nodes on surface tag t at index t */
};
PetscErrorCode hc_fe_quality(const struct hc_mesh *mesh, struct hc_quality *quality); /* Collective. */

/* Solve the Laplace problem div(grad u) = 0 with u given where fixed[i] is true (owned nodes; value in u), no flux
 * elsewhere: CG with algebraic multigrid (options prefix laplace_), relative residual 1e-10. u: n_local values, halo
 * updated; given values stay as they are to the last bit. stiffness: any symmetric positive one, e.g. anisotropic.
 * Errors: HC_ERR_INPUT if a part of the mesh has no fixed node (the message names a node of it by its file number),
 * HC_ERR_NUMERIC without convergence. Collective. */
PetscErrorCode hc_fe_laplace(const struct hc_mesh *mesh, const struct hc_pattern *pattern, const double *stiffness,
                             const bool *fixed, double *u);

#endif
