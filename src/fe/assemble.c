/* Cell by cell assembly into the rows of owned nodes.
 *
 * Every rank walks its cells in file order and has all cells of its rows, so an entry is the same sum of the same
 * numbers in the same order on any number of ranks. Element matrices are mirrored, so matrices are symmetric bit for
 * bit. */
#include "fe.h"

#include <string.h>

typedef double element_matrix[HC_MAX_NODES][HC_MAX_NODES];

/* Add an element matrix to the rows of owned nodes. Rows are short: a linear search beats a binary one. */
static void scatter(const struct hc_mesh *mesh, const struct hc_pattern *pattern, const int *cell, int n,
                    element_matrix element, double *values)
{
  for (int i = 0; i < n; i++) {
    if (cell[i] >= mesh->n_owned)
      continue;
    const int begin = pattern->row[cell[i]];
    for (int j = 0; j < n; j++) {
      int k = begin;
      while (pattern->col[k] != cell[j])
        k++;
      values[k] += element[i][j];
    }
  }
}

static void element_stiffness(enum hc_cell_type type, const struct hc_rule *rule, double x[HC_MAX_NODES][3],
                              const double *tensor, element_matrix element)
{
  const int n = hc_cell_nodes(type);
  double gradient[HC_MAX_NODES][3], flux[3], volume;

  memset(element, 0, sizeof(element_matrix));
  for (int q = 0; q < rule->n; q++) {
    hc_element_gradient(type, x, rule->xi[q], gradient, &volume);
    for (int i = 0; i < n; i++) {
      hc_tensor_apply(tensor, gradient[i], flux);
      for (int j = i; j < n; j++)
        element[i][j] += rule->weight[q] * volume * hc_dot(flux, gradient[j]);
    }
  }
  for (int i = 0; i < n; i++)
    for (int j = 0; j < i; j++)
      element[i][j] = element[j][i];
}

/* One point for the constant gradients of simplices. */
static void stiffness_rule(enum hc_cell_type type, struct hc_rule *rule)
{
  hc_rule_assembly(type, rule);
  if (type == HC_HEXAHEDRON)
    return;
  rule->n = 1;
  rule->weight[0] = type == HC_TRIANGLE ? .5 : 1. / 6.;
}

void hc_fe_stiffness_add(const struct hc_mesh *mesh, const struct hc_pattern *pattern, int first, int n,
                         const double *tensor, double *values)
{
  static const double identity[6] = {1., 1., 1., 0., 0., 0.};
  const int nodes = hc_cell_nodes(mesh->type);
  struct hc_rule rule;
  double x[HC_MAX_NODES][3];
  element_matrix element;

  stiffness_rule(mesh->type, &rule);
  for (int i = 0; i < n; i++) {
    const int *cell = mesh->cells + (size_t)nodes * (size_t)(first + i);
    hc_element_nodes(mesh, first + i, x);
    element_stiffness(mesh->type, &rule, x, tensor ? tensor + 6 * (size_t)i : identity, element);
    scatter(mesh, pattern, cell, nodes, element, values);
  }
}

PetscErrorCode hc_fe_stiffness(const struct hc_mesh *mesh, const struct hc_pattern *pattern, const double *tensor,
                               double *values)
{
  PetscFunctionBeginUser;
  memset(values, 0, (size_t)pattern->row[pattern->n_rows] * sizeof(*values));
  hc_fe_stiffness_add(mesh, pattern, 0, mesh->n_cells_local, tensor, values);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_fe_spread(const struct hc_mesh *mesh, int first, int n, const double *tensor, const double *axes,
                  double *spread)
{
  const int nodes = hc_cell_nodes(mesh->type);
  struct hc_rule rule;
  double x[HC_MAX_NODES][3];
  element_matrix element;

  stiffness_rule(mesh->type, &rule);
  for (int c = 0; c < n; c++) {
    hc_element_nodes(mesh, first + c, x);
    element_stiffness(mesh->type, &rule, x, tensor + 6 * (size_t)c, element);
    for (int k = 0; k < 3; k++) {
      const double *a = axes + 9 * (size_t)c + 3 * (size_t)k;
      double second = 0., fourth = 0.;
      for (int i = 0; i < nodes; i++)
        for (int j = 0; j < i; j++) {
          const double apart = (x[i][0] - x[j][0]) * a[0] + (x[i][1] - x[j][1]) * a[1] + (x[i][2] - x[j][2]) * a[2];
          second -= element[i][j] * apart * apart;
          fourth -= element[i][j] * apart * apart * apart * apart;
        }
      spread[3 * (size_t)c + (size_t)k] = second > 0. ? fourth / second : 0.;
    }
  }
}

/* Shape functions at the points of a rule: the same for all cells. */
static void shapes(enum hc_cell_type type, const struct hc_rule *rule, double shape[HC_MAX_POINTS][HC_MAX_NODES])
{
  for (int q = 0; q < rule->n; q++)
    hc_element_shape(type, rule->xi[q], shape[q]);
}

static void element_mass(enum hc_cell_type type, const struct hc_rule *rule, double shape[HC_MAX_POINTS][HC_MAX_NODES],
                         double x[HC_MAX_NODES][3], double lumping, element_matrix element)
{
  const int n = hc_cell_nodes(type);
  double gradient[HC_MAX_NODES][3], volume;

  memset(element, 0, sizeof(element_matrix));
  for (int q = 0; q < rule->n; q++) {
    if (q == 0 || type == HC_HEXAHEDRON)
      hc_element_gradient(type, x, rule->xi[q], gradient, &volume);
    for (int i = 0; i < n; i++) {
      const double weight = rule->weight[q] * volume * shape[q][i];
      for (int j = i; j < n; j++)
        element[i][j] += (1. - lumping) * weight * shape[q][j];
      element[i][i] += lumping * weight; /* sum over j of the row, since the shape functions sum to one */
    }
  }
  for (int i = 0; i < n; i++)
    for (int j = 0; j < i; j++)
      element[i][j] = element[j][i];
}

PetscErrorCode hc_fe_mass(const struct hc_mesh *mesh, const struct hc_pattern *pattern, double lumping, double *values)
{
  const int n = hc_cell_nodes(mesh->type);
  struct hc_rule rule;
  double x[HC_MAX_NODES][3], shape[HC_MAX_POINTS][HC_MAX_NODES];
  element_matrix element;

  PetscFunctionBeginUser;
  PetscCheck(lumping >= 0. && lumping <= 1., PETSC_COMM_SELF, HC_ERR_INPUT,
             "mass lumping: found %.6g; allowed: 0 (consistent) to 1 (lumped)", lumping);
  memset(values, 0, (size_t)pattern->row[pattern->n_rows] * sizeof(*values));
  hc_rule_assembly(mesh->type, &rule);
  shapes(mesh->type, &rule, shape);
  for (int c = 0; c < mesh->n_cells_local; c++) {
    hc_element_nodes(mesh, c, x);
    element_mass(mesh->type, &rule, shape, x, lumping, element);
    scatter(mesh, pattern, mesh->cells + (size_t)n * (size_t)c, n, element, values);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_fe_volumes(const struct hc_mesh *mesh, double *volumes)
{
  const int n = hc_cell_nodes(mesh->type);
  struct hc_rule rule;
  double x[HC_MAX_NODES][3], shape[HC_MAX_POINTS][HC_MAX_NODES], gradient[HC_MAX_NODES][3], volume = 0.;

  PetscFunctionBeginUser;
  memset(volumes, 0, (size_t)mesh->n_owned * sizeof(*volumes));
  hc_rule_assembly(mesh->type, &rule);
  shapes(mesh->type, &rule, shape);
  for (int c = 0; c < mesh->n_cells_local; c++) {
    const int *cell = mesh->cells + (size_t)n * (size_t)c;
    hc_element_nodes(mesh, c, x);
    for (int q = 0; q < rule.n; q++) {
      if (q == 0 || mesh->type == HC_HEXAHEDRON)
        hc_element_gradient(mesh->type, x, rule.xi[q], gradient, &volume);
      for (int i = 0; i < n; i++)
        if (cell[i] < mesh->n_owned)
          volumes[cell[i]] += rule.weight[q] * volume * shape[q][i];
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
