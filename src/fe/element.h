/* For fe and what assembles matrices of its own (elastic): shape functions, their gradients and quadrature on one cell.
 * Nothing here fails or allocates. */
#ifndef HC_FE_ELEMENT_H
#define HC_FE_ELEMENT_H

#include "mesh.h"

/* Most nodes a cell and most points of a rule. */
enum { HC_MAX_NODES = 8, HC_MAX_POINTS = 27 };

/* A rule on the reference cell: simplex xi_i >= 0, sum <= 1 (weights sum to 1/2 or 1/6), or the cube [-1,1]^3 (8). */
struct hc_rule {
  int n;
  double xi[HC_MAX_POINTS][3];
  double weight[HC_MAX_POINTS];
};

/* The rule of least cost that integrates the mass matrix exactly: one that is exact to degree 1 suffices for the
 * gradients of simplices; hexahedra take 2 x 2 x 2 Gauss points (Hughes, The Finite Element Method, section 3.8). */
void hc_rule_assembly(enum hc_cell_type type, struct hc_rule *rule);

/* A rule of degree 5 for smooth functions that are no polynomials: 7 points (Radon 1948) on triangles, 14 on tetrahedra
 * (Walkington 2000), 3 x 3 x 3 Gauss points on hexahedra. */
void hc_rule_fine(enum hc_cell_type type, struct hc_rule *rule);

/* Centre of the reference cell. */
void hc_element_centre(enum hc_cell_type type, double xi[3]);

/* Shape functions at xi. */
void hc_element_shape(enum hc_cell_type type, const double xi[3], double shape[HC_MAX_NODES]);

/* Derivatives of the shape functions by the reference coordinates. */
void hc_element_reference_gradient(enum hc_cell_type type, const double xi[3], double d[HC_MAX_NODES][3]);

/* Gradients of the shape functions in space (1/mm) at xi and the volume element |det J|; for triangles in 3D the
 * tangential gradients and the area element. `x`: the cell's nodes. */
void hc_element_gradient(enum hc_cell_type type, double x[HC_MAX_NODES][3], const double xi[3],
                         double gradient[HC_MAX_NODES][3], double *volume);

/* Coordinates of the nodes of local cell c. */
void hc_element_nodes(const struct hc_mesh *mesh, int c, double x[HC_MAX_NODES][3]);

/* Volume (mm3) or area (mm2). */
double hc_element_volume(enum hc_cell_type type, double x[HC_MAX_NODES][3]);

static inline double hc_dot(const double a[3], const double b[3])
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static inline void hc_cross(const double a[3], const double b[3], double c[3])
{
  c[0] = a[1] * b[2] - a[2] * b[1];
  c[1] = a[2] * b[0] - a[0] * b[2];
  c[2] = a[0] * b[1] - a[1] * b[0];
}

/* y = D v for a symmetric tensor xx, yy, zz, xy, yz, xz. */
static inline void hc_tensor_apply(const double d[6], const double v[3], double y[3])
{
  y[0] = d[0] * v[0] + d[3] * v[1] + d[5] * v[2];
  y[1] = d[3] * v[0] + d[1] * v[1] + d[4] * v[2];
  y[2] = d[5] * v[0] + d[4] * v[1] + d[2] * v[2];
}

#endif
