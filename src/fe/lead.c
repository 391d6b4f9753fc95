/* Weights of the pseudo-ECG. */
#include "fe.h"

#include <math.h>
#include <string.h>

/* lead[k] += weight * grad_x (1/|x - y|) = weight * (y - x) / |x - y|^3: as x moves towards y the distance falls and
 * its inverse grows, so the gradient by the electrode's position points from x to y. */
static void add_pole(const double x[3], const double y[3], double weight, double lead[3])
{
  const double r[3] = {y[0] - x[0], y[1] - x[1], y[2] - x[2]}, r2 = hc_dot(r, r);
  const double factor = weight / (r2 * sqrt(r2));
  for (int k = 0; k < 3; k++)
    lead[k] += factor * r[k];
}

/* Current in a shell flows along it: only the tangential part of the kernel counts. */
static void project(double nodes[HC_MAX_NODES][3], double lead[3])
{
  double a[3], b[3], normal[3];
  for (int k = 0; k < 3; k++) {
    a[k] = nodes[1][k] - nodes[0][k];
    b[k] = nodes[2][k] - nodes[0][k];
  }
  hc_cross(a, b, normal);
  const double along = hc_dot(lead, normal) / hc_dot(normal, normal);
  for (int k = 0; k < 3; k++)
    lead[k] -= along * normal[k];
}

/* e_i = int over the cell of (sigma grad phi_i) . grad_x (1/|x - y|), points and shape functions of a rule given. */
static void element_lead(enum hc_cell_type type, const struct hc_rule *rule, double shape[HC_MAX_POINTS][HC_MAX_NODES],
                         double nodes[HC_MAX_NODES][3], const double *tensor, const double x[3], double e[HC_MAX_NODES])
{
  const int n = hc_cell_nodes(type);
  const bool constant = type != HC_HEXAHEDRON; /* gradients: one flux for the whole cell */
  double gradient[HC_MAX_NODES][3], flux[3], lead[3] = {0., 0., 0.}, volume = 0.;

  memset(e, 0, HC_MAX_NODES * sizeof(*e));
  for (int q = 0; q < rule->n; q++) {
    double y[3] = {0., 0., 0.};
    for (int i = 0; i < n; i++)
      for (int k = 0; k < 3; k++)
        y[k] += shape[q][i] * nodes[i][k];
    if (q == 0 || !constant)
      hc_element_gradient(type, nodes, rule->xi[q], gradient, &volume);
    if (!constant)
      lead[0] = lead[1] = lead[2] = 0.;
    add_pole(x, y, rule->weight[q] * volume, lead);
    if (constant && q + 1 < rule->n)
      continue;
    if (type == HC_TRIANGLE)
      project(nodes, lead);
    hc_tensor_apply(tensor, lead, flux); /* sigma is symmetric: (sigma grad phi) . lead = grad phi . (sigma lead) */
    for (int i = 0; i < n; i++)
      e[i] += hc_dot(gradient[i], flux);
  }
}

PetscErrorCode hc_fe_lead(const struct hc_mesh *mesh, const double *tensor, const double x[3], double *w)
{
  const int n = hc_cell_nodes(mesh->type);
  struct hc_rule rule;
  double shape[HC_MAX_POINTS][HC_MAX_NODES], nodes[HC_MAX_NODES][3], e[HC_MAX_NODES];

  PetscFunctionBeginUser;
  memset(w, 0, (size_t)mesh->n_owned * sizeof(*w));
  hc_rule_fine(mesh->type, &rule);
  for (int q = 0; q < rule.n; q++)
    hc_element_shape(mesh->type, rule.xi[q], shape[q]);
  for (int c = 0; c < mesh->n_cells_local; c++) {
    const int *cell = mesh->cells + (size_t)n * (size_t)c;
    hc_element_nodes(mesh, c, nodes);
    element_lead(mesh->type, &rule, shape, nodes, tensor + 6 * (size_t)c, x, e);
    for (int i = 0; i < n; i++) {
      if (cell[i] >= mesh->n_owned)
        continue;
      PetscCheck(isfinite(e[i]), PETSC_COMM_SELF, HC_ERR_INPUT,
                 "electrode (%.6g, %.6g, %.6g) mm lies in cell %" PRId64
                 " of the tissue; place it at least a few edges away",
                 x[0], x[1], x[2], mesh->file_cell[c]);
      w[cell[i]] += e[i];
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
