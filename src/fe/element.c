/* Shape functions and quadrature of P1 triangles and tetrahedra and Q1 hexahedra: Hughes, The Finite Element Method
 * (Dover 2000), chapter 3; Zienkiewicz, Taylor, Zhu, The Finite Element Method: Its Basis and Fundamentals, chapter 5.
 */
#include "fe.h"

#include <math.h>

/* Corners of the hexahedron in VTK's order. */
static const double corner[8][3] = {{-1, -1, -1}, {1, -1, -1}, {1, 1, -1}, {-1, 1, -1},
                                    {-1, -1, 1},  {1, -1, 1},  {1, 1, 1},  {-1, 1, 1}};

static void rule_add(struct hc_rule *rule, double a, double b, double c, double weight)
{
  rule->xi[rule->n][0] = a;
  rule->xi[rule->n][1] = b;
  rule->xi[rule->n][2] = c;
  rule->weight[rule->n++] = weight;
}

static void rule_gauss(struct hc_rule *rule, int n, const double *x, const double *w)
{
  for (int k = 0; k < n; k++)
    for (int j = 0; j < n; j++)
      for (int i = 0; i < n; i++)
        rule_add(rule, x[i], x[j], x[k], w[i] * w[j] * w[k]);
}

/* The three points of a triangle with barycentric coordinates (1 - 2a, a, a) in some order. */
static void rule_triangle_orbit(struct hc_rule *rule, double a, double weight)
{
  const double b = 1. - 2. * a;
  rule_add(rule, a, a, 0., weight);
  rule_add(rule, b, a, 0., weight);
  rule_add(rule, a, b, 0., weight);
}

/* The four points of a tetrahedron with barycentric coordinates (1 - 3a, a, a, a) in some order. */
static void rule_tetrahedron_orbit(struct hc_rule *rule, double a, double weight)
{
  const double b = 1. - 3. * a;
  rule_add(rule, a, a, a, weight);
  rule_add(rule, b, a, a, weight);
  rule_add(rule, a, b, a, weight);
  rule_add(rule, a, a, b, weight);
}

void hc_rule_assembly(enum hc_cell_type type, struct hc_rule *rule)
{
  const double x[2] = {-1. / sqrt(3.), 1. / sqrt(3.)}, w[2] = {1., 1.};

  rule->n = 0;
  if (type == HC_TRIANGLE) {
    rule_triangle_orbit(rule, 1. / 6., 1. / 6.); /* degree 2: Strang and Fix 1973 */
  } else if (type == HC_TETRAHEDRON) {
    rule_tetrahedron_orbit(rule, (5. - sqrt(5.)) / 20., 1. / 24.); /* degree 2: Hammer, Marlowe, Stroud 1956 */
  } else {
    rule_gauss(rule, 2, x, w);
  }
}

void hc_rule_fine(enum hc_cell_type type, struct hc_rule *rule)
{
  const double x[3] = {-sqrt(.6), 0., sqrt(.6)}, w[3] = {5. / 9., 8. / 9., 5. / 9.}, root = sqrt(15.);

  rule->n = 0;
  if (type == HC_TRIANGLE) {
    rule_add(rule, 1. / 3., 1. / 3., 0., 9. / 80.);
    rule_triangle_orbit(rule, (6. - root) / 21., (155. - root) / 2400.);
    rule_triangle_orbit(rule, (6. + root) / 21., (155. + root) / 2400.);
  } else if (type == HC_TETRAHEDRON) {
    const double a = 0.045503704125649649492, b = .5 - a, weight = 0.0070910034628469110730;
    rule_tetrahedron_orbit(rule, 0.31088591926330060980, 0.018781320953002641800);
    rule_tetrahedron_orbit(rule, 0.092735250310891226402, 0.012248840519393658257);
    rule_add(rule, a, a, b, weight);
    rule_add(rule, a, b, a, weight);
    rule_add(rule, b, a, a, weight);
    rule_add(rule, a, b, b, weight);
    rule_add(rule, b, a, b, weight);
    rule_add(rule, b, b, a, weight);
  } else {
    rule_gauss(rule, 3, x, w);
  }
}

void hc_element_centre(enum hc_cell_type type, double xi[3])
{
  const double centre = type == HC_HEXAHEDRON ? 0. : type == HC_TETRAHEDRON ? .25 : 1. / 3.;
  xi[0] = xi[1] = centre;
  xi[2] = type == HC_TRIANGLE ? 0. : centre;
}

void hc_element_shape(enum hc_cell_type type, const double xi[3], double shape[HC_MAX_NODES])
{
  if (type == HC_HEXAHEDRON) {
    for (int i = 0; i < 8; i++)
      shape[i] = .125 * (1. + corner[i][0] * xi[0]) * (1. + corner[i][1] * xi[1]) * (1. + corner[i][2] * xi[2]);
  } else {
    const int dim = type == HC_TETRAHEDRON ? 3 : 2;
    shape[0] = 1.;
    for (int i = 0; i < dim; i++) {
      shape[0] -= xi[i];
      shape[i + 1] = xi[i];
    }
  }
}

void hc_element_reference_gradient(enum hc_cell_type type, const double xi[3], double d[HC_MAX_NODES][3])
{
  if (type == HC_HEXAHEDRON) {
    for (int i = 0; i < 8; i++) {
      const double *c = corner[i];
      d[i][0] = .125 * c[0] * (1. + c[1] * xi[1]) * (1. + c[2] * xi[2]);
      d[i][1] = .125 * c[1] * (1. + c[0] * xi[0]) * (1. + c[2] * xi[2]);
      d[i][2] = .125 * c[2] * (1. + c[0] * xi[0]) * (1. + c[1] * xi[1]);
    }
  } else {
    const int dim = type == HC_TETRAHEDRON ? 3 : 2;
    for (int k = 0; k < 3; k++)
      d[0][k] = k < dim ? -1. : 0.;
    for (int i = 0; i < dim; i++)
      for (int k = 0; k < 3; k++)
        d[i + 1][k] = i == k ? 1. : 0.;
  }
}

void hc_element_nodes(const struct hc_mesh *mesh, int c, double x[HC_MAX_NODES][3])
{
  const int n = hc_cell_nodes(mesh->type);
  const int *cell = mesh->cells + (size_t)n * (size_t)c;
  for (int i = 0; i < n; i++)
    for (int k = 0; k < 3; k++)
      x[i][k] = mesh->xyz[3 * (size_t)cell[i] + (size_t)k];
}

/* Tangents t[k] = dx/dxi_k. */
static void tangents(int n, double x[HC_MAX_NODES][3], double d[HC_MAX_NODES][3], double t[3][3])
{
  for (int k = 0; k < 3; k++)
    for (int m = 0; m < 3; m++) {
      t[k][m] = 0.;
      for (int i = 0; i < n; i++)
        t[k][m] += d[i][k] * x[i][m];
    }
}

void hc_element_gradient(enum hc_cell_type type, double x[HC_MAX_NODES][3], const double xi[3],
                         double gradient[HC_MAX_NODES][3], double *volume)
{
  const int n = hc_cell_nodes(type);
  double d[HC_MAX_NODES][3], t[3][3], dual[3][3], det;

  hc_element_reference_gradient(type, xi, d);
  tangents(n, x, d, t);
  if (type == HC_TRIANGLE)
    hc_cross(t[0], t[1], t[2]); /* the normal closes the frame; nothing depends on the third coordinate */
  hc_cross(t[1], t[2], dual[0]);
  hc_cross(t[2], t[0], dual[1]);
  hc_cross(t[0], t[1], dual[2]);
  det = hc_dot(t[0], dual[0]);
  for (int i = 0; i < n; i++)
    for (int m = 0; m < 3; m++)
      gradient[i][m] = (d[i][0] * dual[0][m] + d[i][1] * dual[1][m] + d[i][2] * dual[2][m]) / det;
  *volume = type == HC_TRIANGLE ? sqrt(det) : fabs(det); /* det = |normal|^2 for triangles */
}

double hc_element_volume(enum hc_cell_type type, double x[HC_MAX_NODES][3])
{
  struct hc_rule rule;
  double gradient[HC_MAX_NODES][3], volume = 0., sum = 0.;

  hc_rule_assembly(type, &rule);
  if (type != HC_HEXAHEDRON) { /* constant volume element */
    hc_element_gradient(type, x, rule.xi[0], gradient, &volume);
    return volume * (type == HC_TRIANGLE ? .5 : 1. / 6.);
  }
  for (int q = 0; q < rule.n; q++) {
    hc_element_gradient(type, x, rule.xi[q], gradient, &volume);
    sum += rule.weight[q] * volume;
  }
  return sum;
}
