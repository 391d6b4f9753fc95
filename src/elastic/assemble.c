/* Element by element: matrix, load and stress. */
#include "internal.h"

#include <math.h>
#include <string.h>

enum { MOST = 3 * HC_MAX_NODES };

/* products[3 i + a][3 j + b] = int d_a phi_i d_b phi_j: all that a cell of one tissue needs. */
typedef double cell_products[MOST][MOST];

/* One point for the constant gradients of tetrahedra. */
static struct hc_rule rule_of(enum hc_cell_type type)
{
  struct hc_rule rule;

  hc_rule_assembly(type, &rule);
  if (type == HC_TETRAHEDRON) {
    hc_element_centre(type, rule.xi[0]);
    rule.n = 1;
    rule.weight[0] = 1. / 6.;
  }
  return rule;
}

static void form_products(enum hc_cell_type type, const struct hc_rule *rule, double x[HC_MAX_NODES][3],
                          cell_products products)
{
  const int n = 3 * hc_cell_nodes(type);
  double gradient[HC_MAX_NODES][3], volume;

  memset(products, 0, sizeof(cell_products));
  for (int q = 0; q < rule->n; q++) {
    hc_element_gradient(type, x, rule->xi[q], gradient, &volume);
    const double *g = &gradient[0][0], weight = rule->weight[q] * volume;
    for (int i = 0; i < n; i++)
      for (int j = i; j < n; j++)
        products[i][j] += weight * g[i] * g[j];
  }
  for (int i = 0; i < n; i++)
    for (int j = 0; j < i; j++)
      products[i][j] = products[j][i];
}

/* Has the cell the shape of the last one? Voxels have. */
static bool same_shape(int n, double x[HC_MAX_NODES][3], double last[HC_MAX_NODES][3])
{
  double edge = 0, differs = 0;

  for (int i = 1; i < n; i++)
    for (int k = 0; k < 3; k++) {
      const double d = x[i][k] - x[0][k];
      edge = fmax(edge, fabs(d));
      differs = fmax(differs, fabs(d - last[i][k]));
    }
  return differs <= 1e-12 * edge;
}

static void lame(const struct hc_elastic_tissue *tissue, int c, double *lambda, double *mu)
{
  const double e = tissue->young[c], nu = tissue->poisson[c];

  *lambda = e * nu / ((1 + nu) * (1 - 2 * nu));
  *mu = e / (2 * (1 + nu));
}

/* The 3 x n block of rows of node i: lambda d_a phi_i d_b phi_j + mu (d_b phi_i d_a phi_j + [a = b] grad . grad). */
static void form_rows(int n, int i, double lambda, double mu, cell_products p, double rows[3 * MOST])
{
  for (int j = 0; j < n; j++) {
    const double dot = p[3 * i][3 * j] + p[3 * i + 1][3 * j + 1] + p[3 * i + 2][3 * j + 2];
    for (int a = 0; a < 3; a++)
      for (int b = 0; b < 3; b++)
        rows[a * 3 * n + 3 * j + b] =
            lambda * p[3 * i + a][3 * j + b] + mu * p[3 * i + b][3 * j + a] + (a == b ? mu * dot : 0);
  }
}

/* What is held is uncoupled; its own diagonal stays, which keeps the matrix well scaled. */
static void clear_held(const unsigned char *held, const int *cell, int n, int i, double rows[3 * MOST])
{
  for (int a = 0; a < 3; a++)
    for (int j = 0; j < n; j++)
      for (int b = 0; b < 3; b++)
        if ((((held[cell[i]] >> a) | (held[cell[j]] >> b)) & 1) && !(i == j && a == b))
          rows[a * 3 * n + 3 * j + b] = 0;
}

static PetscErrorCode add_cell(struct hc_elastic *elastic, int c, double lambda, double mu, cell_products products)
{
  const struct hc_mesh *mesh = elastic->mesh;
  const int n = hc_cell_nodes(mesh->type), *cell = mesh->cells + (size_t)n * (size_t)c;
  double rows[3 * MOST];
  PetscInt numbers[HC_MAX_NODES];

  PetscFunctionBeginUser;
  for (int i = 0; i < n; i++)
    numbers[i] = (PetscInt)mesh->number[cell[i]];
  for (int i = 0; i < n; i++) {
    if (cell[i] >= mesh->n_owned)
      continue;
    form_rows(n, i, lambda, mu, products, rows);
    clear_held(elastic->held, cell, n, i, rows);
    PetscCall(MatSetValuesBlocked(elastic->matrix, 1, &numbers[i], n, numbers, rows, ADD_VALUES));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_cells(struct hc_elastic *elastic, const struct hc_elastic_tissue *tissue)
{
  const struct hc_mesh *mesh = elastic->mesh;
  const int n = hc_cell_nodes(mesh->type);
  const struct hc_rule rule = rule_of(mesh->type);
  double x[HC_MAX_NODES][3], last[HC_MAX_NODES][3] = {{0}}, lambda, mu;
  cell_products products;

  PetscFunctionBeginUser;
  for (int c = 0; c < mesh->n_cells_local; c++) {
    hc_element_nodes(mesh, c, x);
    if (c == 0 || !same_shape(n, x, last)) {
      form_products(mesh->type, &rule, x, products);
      for (int i = 0; i < n; i++)
        for (int k = 0; k < 3; k++)
          last[i][k] = x[i][k] - x[0][k];
    }
    lame(tissue, c, &lambda, &mu);
    PetscCall(add_cell(elastic, c, lambda, mu, products));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Blocks a row, owned and halo columns apart. */
static PetscErrorCode count_blocks(const struct hc_mesh *mesh, PetscInt *own, PetscInt *other)
{
  struct hc_pattern *pattern;

  PetscFunctionBeginUser;
  PetscCall(hc_fe_pattern(mesh, &pattern));
  for (int i = 0; i < mesh->n_owned; i++) {
    own[i] = other[i] = 0;
    for (int k = pattern->row[i]; k < pattern->row[i + 1]; k++)
      (*(pattern->col[k] < mesh->n_owned ? &own[i] : &other[i]))++;
  }
  hc_fe_pattern_destroy(&pattern);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_matrix(struct hc_elastic *elastic)
{
  const struct hc_mesh *mesh = elastic->mesh;
  PetscInt *own, *other;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCheck(3 * mesh->n_nodes <= PETSC_MAX_INT, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "mechanics: %lld nodes; this PETSc counts up to %lld unknowns, three a node", (long long)mesh->n_nodes,
             (long long)PETSC_MAX_INT);
  PetscCall(MatCreate(mesh->comm, &elastic->matrix));
  PetscCall(MatSetSizes(elastic->matrix, 3 * mesh->n_owned, 3 * mesh->n_owned, PETSC_DETERMINE, PETSC_DETERMINE));
  PetscCall(MatSetType(elastic->matrix, MATAIJ));
  PetscCall(MatSetBlockSize(elastic->matrix, 3));
  PetscCall(PetscMalloc2(mesh->n_owned, &own, mesh->n_owned, &other));
  code = count_blocks(mesh, own, other);
  if (!code)
    code = MatXAIJSetPreallocation(elastic->matrix, 3, own, other, NULL, NULL);
  PetscCall(PetscFree2(own, other));
  PetscCall(code);
  PetscCall(MatSetOption(elastic->matrix, MAT_NO_OFF_PROC_ENTRIES, PETSC_TRUE));
  PetscCall(MatSetOption(elastic->matrix, MAT_SPD, PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_elastic_assemble(struct hc_elastic *elastic, const struct hc_elastic_tissue *tissue)
{
  PetscFunctionBeginUser;
  PetscCall(create_matrix(elastic));
  PetscCall(hc_error_agree(elastic->mesh->comm, add_cells(elastic, tissue)));
  PetscCall(MatAssemblyBegin(elastic->matrix, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(elastic->matrix, MAT_FINAL_ASSEMBLY));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Load -------------------------------------------------------------------------------------------------------- */

/* int s d_a phi_i over a cell; s is linear (or trilinear), so that the rules are exact on voxels and tetrahedra. */
static void cell_load(enum hc_cell_type type, const struct hc_rule *rule, double x[HC_MAX_NODES][3],
                      const double s[HC_MAX_NODES], double load[HC_MAX_NODES][3])
{
  const int n = hc_cell_nodes(type);
  double gradient[HC_MAX_NODES][3], shape[HC_MAX_NODES] = {0}, volume;

  memset(load, 0, sizeof(double[HC_MAX_NODES][3]));
  for (int q = 0; q < rule->n; q++) {
    double at = 0;
    hc_element_gradient(type, x, rule->xi[q], gradient, &volume);
    hc_element_shape(type, rule->xi[q], shape);
    for (int i = 0; i < n; i++)
      at += shape[i] * s[i];
    for (int i = 0; i < n; i++)
      for (int a = 0; a < 3; a++)
        load[i][a] += rule->weight[q] * volume * at * gradient[i][a];
  }
}

void hc_elastic_load(const struct hc_elastic *elastic, const double *s, double *load)
{
  const struct hc_mesh *mesh = elastic->mesh;
  const int n = hc_cell_nodes(mesh->type);
  const struct hc_rule rule = rule_of(mesh->type);
  double x[HC_MAX_NODES][3], at[HC_MAX_NODES] = {0}, part[HC_MAX_NODES][3];

  memset(load, 0, 3 * (size_t)mesh->n_owned * sizeof *load);
  for (int c = 0; c < mesh->n_cells_local; c++) {
    const int *cell = mesh->cells + (size_t)n * (size_t)c;
    double most = 0;
    for (int i = 0; i < n; i++) {
      at[i] = s[cell[i]];
      most = fmax(most, fabs(at[i]));
    }
    if (most <= 0) /* most of a brain */
      continue;
    hc_element_nodes(mesh, c, x);
    cell_load(mesh->type, &rule, x, at, part);
    for (int i = 0; i < n; i++)
      for (int a = 0; a < 3 && cell[i] < mesh->n_owned; a++)
        if (!((elastic->held[cell[i]] >> a) & 1))
          load[3 * (size_t)cell[i] + (size_t)a] += part[i][a];
  }
}

/* ---- Stress ------------------------------------------------------------------------------------------------------ */

void hc_elastic_stress(const struct hc_mesh *mesh, const struct hc_elastic_tissue *tissue, const double *w,
                       double *sigma)
{
  static const int first[6] = {0, 1, 2, 0, 1, 0}, second[6] = {0, 1, 2, 1, 2, 2};
  const int n = hc_cell_nodes(mesh->type);
  double xi[3], x[HC_MAX_NODES][3], gradient[HC_MAX_NODES][3], volume;

  hc_element_centre(mesh->type, xi);
  for (int c = 0; c < mesh->n_cells_local; c++) {
    const int *cell = mesh->cells + (size_t)n * (size_t)c;
    double slope[3][3] = {{0}}, lambda, mu;
    hc_element_nodes(mesh, c, x);
    hc_element_gradient(mesh->type, x, xi, gradient, &volume);
    for (int i = 0; i < n; i++)
      for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
          slope[a][b] += w[3 * (size_t)cell[i] + (size_t)a] * gradient[i][b];
    lame(tissue, c, &lambda, &mu);
    for (int k = 0; k < 6; k++)
      sigma[6 * (size_t)c + (size_t)k] = mu * (slope[first[k]][second[k]] + slope[second[k]][first[k]]) +
                                         (k < 3 ? lambda * (slope[0][0] + slope[1][1] + slope[2][2]) : 0);
  }
}

double hc_von_mises(const double sigma[6])
{
  const double a = sigma[0] - sigma[1], b = sigma[1] - sigma[2], c = sigma[2] - sigma[0];

  return sqrt((a * a + b * b + c * c) / 2 + 3 * (sigma[3] * sigma[3] + sigma[4] * sigma[4] + sigma[5] * sigma[5]));
}
