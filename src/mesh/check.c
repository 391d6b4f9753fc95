#include "mesh.h"

#include "ghosts.h"

#include <math.h>
#include <string.h>

/* The offenders of one kind that this rank has found. */
struct offence {
  int64_t first, count; /* lowest number in the file, INT64_MAX if none; how many */
};

static void note(struct offence *o, int64_t number)
{
  o->first = PetscMin(o->first, number);
  o->count++;
}

/* What all checks share. */
struct checker {
  struct hc_slab *slab;
  const char *name;
  int n;                                            /* nodes a cell */
  int64_t first_node, first_cell, n_nodes, n_cells; /* of this rank's slab */
  struct hc_ghosts *ghosts;
  double *xyz; /* of slab nodes and ghosts */
};

/* The lowest offender over all ranks, the sum, and whether it is this rank's. */
static PetscErrorCode agree(const struct checker *k, struct offence *o, bool *mine)
{
  int64_t lowest;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(&o->first, &lowest, 1, MPI_INT64_T, MPI_MIN, k->slab->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &o->count, 1, MPI_INT64_T, MPI_SUM, k->slab->comm));
  *mine = o->first == lowest && o->count > 0;
  o->first = lowest;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "; 3 nodes like this" */
static const char *how_many(const struct offence *o, const char *things, char text[64])
{
  text[0] = '\0';
  if (o->count > 1)
    snprintf(text, 64, "; %lld %s like this", (long long)o->count, things);
  return text;
}

static PetscErrorCode complain_node(const struct checker *k, const struct offence *o, const char *what)
{
  const double *x = k->slab->xyz + 3 * (o->first - k->first_node);
  char more[64];

  PetscFunctionBeginUser;
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: node %lld at (%.6g, %.6g, %.6g) mm %s%s", k->name, (long long)o->first,
          x[0], x[1], x[2], what, how_many(o, "nodes", more));
}

static PetscErrorCode refuse_nodes(const struct checker *k, struct offence *o, const char *what)
{
  bool mine;

  PetscFunctionBeginUser;
  PetscCall(agree(k, o, &mine));
  if (o->count > 0)
    PetscCall(hc_error_agree(k->slab->comm, mine ? complain_node(k, o, what) : PETSC_SUCCESS));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const double *node_of(const struct checker *k, int64_t cell, int j)
{
  return k->xyz + 3 * (int64_t)hc_ghosts_place(k->ghosts, k->slab->cells[k->n * cell + j]);
}

static PetscErrorCode complain_cell(const struct checker *k, const struct offence *o, const char *what)
{
  const int64_t cell = o->first - k->first_cell;
  double centre[3] = {0, 0, 0};
  char more[64], nodes[256] = "";

  PetscFunctionBeginUser;
  for (int j = 0; j < k->n; j++) {
    const size_t used = strlen(nodes);
    snprintf(nodes + used, sizeof nodes - used, "%s%lld", j ? ", " : "", (long long)k->slab->cells[k->n * cell + j]);
    for (int d = 0; k->xyz && d < 3; d++)
      centre[d] += node_of(k, cell, j)[d] / k->n;
  }
  how_many(o, "cells", more);
  PetscCheck(k->xyz, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cell %lld (%s with nodes %s) %s%s", k->name,
             (long long)o->first, hc_cell_name(k->slab->type), nodes, what, more);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cell %lld (%s with nodes %s) around (%.6g, %.6g, %.6g) mm %s%s", k->name,
          (long long)o->first, hc_cell_name(k->slab->type), nodes, centre[0], centre[1], centre[2], what, more);
}

static PetscErrorCode refuse_cells(const struct checker *k, struct offence *o, const char *what)
{
  bool mine;

  PetscFunctionBeginUser;
  PetscCall(agree(k, o, &mine));
  if (o->count > 0)
    PetscCall(hc_error_agree(k->slab->comm, mine ? complain_cell(k, o, what) : PETSC_SUCCESS));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_nodes(const struct checker *k)
{
  struct offence infinite = {INT64_MAX, 0}, surface = {INT64_MAX, 0};

  PetscFunctionBeginUser;
  for (int64_t i = 0; i < k->n_nodes; i++) {
    const double *x = k->slab->xyz + 3 * i;
    if (!isfinite(x[0]) || !isfinite(x[1]) || !isfinite(x[2]))
      note(&infinite, k->first_node + i);
    if (k->slab->surface[i] < 0) /* bit 31: tag 32 */
      note(&surface, k->first_node + i);
  }
  PetscCall(refuse_nodes(k, &infinite, "is not finite"));
  PetscCall(refuse_nodes(k, &surface, "has a surface tag out of range; tags are 1 to 31"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_numbers(const struct checker *k)
{
  struct offence range = {INT64_MAX, 0}, twice = {INT64_MAX, 0};
  char text[96];

  PetscFunctionBeginUser;
  for (int64_t c = 0; c < k->n_cells; c++) {
    const int64_t *node = k->slab->cells + k->n * c;
    bool out = false, repeated = false;
    for (int j = 0; j < k->n; j++) {
      out |= node[j] < 0 || node[j] >= k->slab->n_nodes;
      for (int i = 0; i < j; i++)
        repeated |= node[i] == node[j];
    }
    if (out)
      note(&range, k->first_cell + c);
    if (repeated)
      note(&twice, k->first_cell + c);
  }
  snprintf(text, sizeof text, "has a node out of range; nodes are 0 to %lld", (long long)k->slab->n_nodes - 1);
  PetscCall(refuse_cells(k, &range, text));
  PetscCall(refuse_cells(k, &twice, "has a node twice"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Nodes in no cell: every rank marks what its cells use, on the slab that holds it. */
static PetscErrorCode check_connected(const struct checker *k)
{
  struct offence lonely = {INT64_MAX, 0};
  bool *used;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(k->n_nodes, &used));
  for (int64_t i = 0; i < k->n * k->n_cells; i++) {
    const int place = hc_ghosts_place(k->ghosts, k->slab->cells[i]);
    if (place < k->n_nodes)
      used[place] = true;
  }
  for (int i = 0; i < k->ghosts->answer->recv_start[k->ghosts->answer->size]; i++)
    used[k->ghosts->asked[i]] = true;
  for (int64_t i = 0; i < k->n_nodes; i++)
    if (!used[i])
      note(&lonely, k->first_node + i);
  PetscCall(PetscFree(used));
  PetscCall(refuse_nodes(k, &lonely, "is in no cell (disconnected)"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double distance(const double a[3], const double b[3])
{
  return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2]));
}

/* (b - a) x (c - a) . (d - a) */
static double triple(const double a[3], const double b[3], const double c[3], const double d[3])
{
  double u[3], v[3], w[3];
  for (int i = 0; i < 3; i++) {
    u[i] = b[i] - a[i];
    v[i] = c[i] - a[i];
    w[i] = d[i] - a[i];
  }
  return (u[1] * v[2] - u[2] * v[1]) * w[0] + (u[2] * v[0] - u[0] * v[2]) * w[1] + (u[0] * v[1] - u[1] * v[0]) * w[2];
}

/* |(b - a) x (c - a)|, twice the area */
static double triangle_jacobian(const double a[3], const double b[3], const double c[3])
{
  double u[3], v[3];
  for (int i = 0; i < 3; i++) {
    u[i] = b[i] - a[i];
    v[i] = c[i] - a[i];
  }
  return hypot(u[1] * v[2] - u[2] * v[1], hypot(u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]));
}

/* Jacobians at the eight corners: along the edges to the next, the previous and the opposite corner in VTK's order. */
static void corner_jacobians(const double *const x[8], double jacobian[8])
{
  for (int i = 0; i < 4; i++) {
    jacobian[i] = triple(x[i], x[(i + 1) % 4], x[(i + 3) % 4], x[i + 4]);
    jacobian[i + 4] = triple(x[i + 4], x[(i + 3) % 4 + 4], x[(i + 1) % 4 + 4], x[i]);
  }
}

/* Mean Jacobian, or the Jacobian, of a cell over its longest side to the power of its dimension: 0 is flat, negative is
 * inverted. *least: the least at a corner. */
static double relative_jacobian(const struct checker *k, int64_t cell, double *least)
{
  const double *x[8];
  double jacobian[8], longest = 0, sum = 0;

  for (int j = 0; j < 8; j++) {
    x[j] = node_of(k, cell, PetscMin(j, k->n - 1));
    for (int i = 0; i < j && j < k->n; i++)
      longest = fmax(longest, distance(x[i], x[j]));
  }
  if (longest == 0)
    return *least = 0;
  if (k->slab->type == HC_TRIANGLE)
    return *least = triangle_jacobian(x[0], x[1], x[2]) / (longest * longest);
  if (k->slab->type == HC_TETRAHEDRON)
    return *least = triple(x[0], x[1], x[2], x[3]) / (longest * longest * longest);
  corner_jacobians(x, jacobian);
  *least = INFINITY;
  for (int j = 0; j < 8; j++) {
    sum += jacobian[j];
    *least = fmin(*least, jacobian[j]);
  }
  *least /= longest * longest * longest;
  return sum / 8 / (longest * longest * longest);
}

/* Tetrahedra: two nodes swapped. Hexahedra: bottom and top swapped. */
static void reverse(struct hc_slab *slab, int64_t cell)
{
  const int pairs = slab->type == HC_TETRAHEDRON ? 1 : 4;
  int64_t *node = slab->cells + hc_cell_nodes(slab->type) * cell;
  for (int j = 0; j < pairs; j++) {
    const int a = slab->type == HC_TETRAHEDRON ? 2 : j, b = slab->type == HC_TETRAHEDRON ? 3 : j + 4;
    const int64_t swap = node[a];
    node[a] = node[b];
    node[b] = swap;
  }
}

static PetscErrorCode check_shapes(const struct checker *k, int64_t *repaired)
{
  const double flat = 1e-12; /* of the longest side to the power of the dimension: beyond rounding of coordinates */
  struct offence no_volume = {INT64_MAX, 0}, tangled = {INT64_MAX, 0};
  double least;

  PetscFunctionBeginUser;
  *repaired = 0;
  for (int64_t c = 0; c < k->n_cells; c++) {
    double mean = relative_jacobian(k, c, &least);
    if (mean < -flat) {
      reverse(k->slab, c);
      mean = relative_jacobian(k, c, &least);
      ++*repaired;
    }
    if (!(mean > flat)) /* true for NaN: coordinates whose products leave the range of a double */
      note(&no_volume, k->first_cell + c);
    else if (!(least > flat))
      note(&tangled, k->first_cell + c);
  }
  PetscCall(refuse_cells(k, &no_volume, k->slab->type == HC_TRIANGLE ? "has no area" : "has no volume"));
  PetscCall(refuse_cells(k, &tangled, "is tangled: its volume is not positive at every corner"));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, repaired, 1, MPI_INT64_T, MPI_SUM, k->slab->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What needs the coordinates of the nodes of this rank's cells. */
static PetscErrorCode check_cells(struct checker *k, int64_t *repaired)
{
  PetscFunctionBeginUser;
  PetscCall(hc_ghosts_fetch(k->ghosts, 3 * sizeof *k->xyz, k->slab->xyz, (void *)&k->xyz));
  PetscCall(check_connected(k));
  PetscCall(check_shapes(k, repaired));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_slab_check(struct hc_slab *slab, const char *name, int64_t *repaired)
{
  struct checker k = {.slab = slab,
                      .name = name,
                      .n = hc_cell_nodes(slab->type),
                      .n_nodes = hc_slab_nodes(slab),
                      .n_cells = hc_slab_cells(slab)};
  PetscErrorCode code;
  int rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(slab->comm, &rank));
  PetscCallMPI(MPI_Comm_size(slab->comm, &size));
  k.first_node = hc_slab_start(slab->n_nodes, rank, size);
  k.first_cell = hc_slab_start(slab->n_cells, rank, size);
  PetscCall(check_nodes(&k));
  PetscCall(check_numbers(&k));
  PetscCall(hc_ghosts_create(slab->comm, slab->n_nodes, k.n * k.n_cells, slab->cells, &k.ghosts));
  code = check_cells(&k, repaired);
  PetscCall(PetscFree(k.xyz));
  hc_ghosts_destroy(&k.ghosts);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
