#include "refine.h"

#include "family.h"
#include "ghosts.h"

#include <string.h>

/* A refinement under way. */
struct refiner {
  const struct hc_slab *coarse;
  struct hc_slab *fine;
  const struct hc_cell_shape *shape;
  int n;                          /* nodes a cell */
  int64_t first_cell, n_cells;    /* of this rank's slab */
  struct hc_family *edge, *facet; /* of this rank's cells */
};

/* New nodes of one kind that this rank makes: the mean of the coarse nodes of a set. */
struct new_nodes {
  struct hc_family *sets; /* in the order of the numbers */
  int64_t base, first;    /* first number of the kind; of this rank */
  int64_t total;          /* over all ranks */
};

static void pick(int n, const int *corners, const int64_t *cell, int64_t *nodes)
{
  for (int j = 0; j < n; j++)
    nodes[j] = cell[corners[j]];
}

/* Facets of this rank's cells, with the tags that all of their nodes have. */
static PetscErrorCode collect_facets(struct refiner *r, const struct hc_ghosts *ghosts, const int32_t *surface)
{
  const struct hc_cell_shape *s = r->shape;
  int64_t nodes[4];

  PetscFunctionBeginUser;
  for (int64_t c = 0; c < r->n_cells; c++)
    for (int i = 0; i < s->n_facets; i++) {
      int32_t bits = INT32_MAX;
      pick(s->facet_nodes, s->facet[i], r->coarse->cells + r->n * c, nodes);
      for (int j = 0; j < s->facet_nodes; j++)
        bits &= surface[hc_ghosts_place(ghosts, nodes[j])];
      PetscCall(hc_family_add(r->facet, nodes, 1, bits));
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Edges of this rank's cells; those of boundary facets with the facets' tags. */
static PetscErrorCode collect_edges(struct refiner *r)
{
  const struct hc_cell_shape *s = r->shape;
  int64_t nodes[4], edge[2];

  PetscFunctionBeginUser;
  for (int64_t c = 0; c < r->n_cells; c++) {
    const int64_t *cell = r->coarse->cells + r->n * c;
    for (int i = 0; i < s->n_edges; i++) {
      pick(2, s->edge[i], cell, edge);
      PetscCall(hc_family_add(r->edge, edge, 1, 0));
    }
    for (int i = 0; i < s->n_facets; i++) {
      pick(s->facet_nodes, s->facet[i], cell, nodes);
      const int32_t bits = r->facet->bits[hc_family_find(r->facet, nodes)];
      for (int j = 0; bits && j < s->n_facet_edges; j++) {
        pick(2, s->facet_edge[j], nodes, edge);
        PetscCall(hc_family_add(r->edge, edge, 0, bits));
      }
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode collect(struct refiner *r)
{
  const struct hc_slab *coarse = r->coarse;
  struct hc_ghosts *ghosts;
  int32_t *surface;

  PetscFunctionBeginUser;
  PetscCall(hc_ghosts_create(coarse->comm, coarse->n_nodes, r->n * r->n_cells, coarse->cells, &ghosts));
  PetscCall(hc_ghosts_fetch(ghosts, sizeof *surface, coarse->surface, (void *)&surface));
  PetscCall(hc_family_create(2, &r->edge));
  PetscCall(hc_family_create(r->shape->facet_nodes, &r->facet));
  PetscCall(hc_error_agree(coarse->comm, collect_facets(r, ghosts, surface)));
  PetscCall(hc_family_keep_boundary(coarse->comm, coarse->n_nodes, r->facet));
  PetscCall(hc_error_agree(coarse->comm, collect_edges(r)));
  PetscCall(PetscFree(surface));
  hc_ghosts_destroy(&ghosts);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Mean values of n sets of k coarse nodes, into the fine slabs from number `first` on. */
static PetscErrorCode add_means(const struct refiner *r, const struct hc_ghosts *ghosts, int n, int k,
                                const int64_t *sets, int64_t base, int64_t first, int n_comp, const double *coarse,
                                double *fine)
{
  const size_t bytes = (size_t)n_comp * sizeof(double);
  double *all, *mean;

  PetscFunctionBeginUser;
  PetscCall(hc_ghosts_fetch(ghosts, bytes, coarse, (void *)&all));
  PetscCall(PetscCalloc1((int64_t)n * n_comp, &mean));
  for (int64_t i = 0; i < n; i++) {
    for (int j = 0; j < k; j++)
      for (int m = 0; m < n_comp; m++)
        mean[n_comp * i + m] += all[(int64_t)n_comp * hc_ghosts_place(ghosts, sets[k * i + j]) + m];
    for (int m = 0; m < n_comp; m++)
      mean[n_comp * i + m] /= k;
  }
  PetscCall(hc_exchange_reslab(r->coarse->comm, r->fine->n_nodes, base, first, n, bytes, mean, fine));
  PetscCall(PetscFree(mean));
  PetscCall(PetscFree(all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Coordinates, tags (NULL: none) and nodal fields of n new nodes. */
static PetscErrorCode add_nodes(const struct refiner *r, int n, int k, const int64_t *sets, const int32_t *bits,
                                int64_t base, int64_t first)
{
  const struct hc_slab *coarse = r->coarse;
  struct hc_slab *fine = r->fine;
  struct hc_ghosts *ghosts;

  PetscFunctionBeginUser;
  PetscCall(hc_ghosts_create(coarse->comm, coarse->n_nodes, (int64_t)n * k, sets, &ghosts));
  PetscCall(add_means(r, ghosts, n, k, sets, base, first, 3, coarse->xyz, fine->xyz));
  for (int i = 0; i < coarse->n_fields; i++) {
    const struct hc_slab_field *f = &coarse->fields[i];
    if (f->where == HC_NODE)
      PetscCall(add_means(r, ghosts, n, k, sets, base, first, f->n_comp, f->values, fine->fields[i].values));
  }
  if (bits)
    PetscCall(hc_exchange_reslab(coarse->comm, fine->n_nodes, base, first, n, sizeof *bits, bits, fine->surface));
  hc_ghosts_destroy(&ghosts);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The coarse nodes keep their numbers and values. */
static PetscErrorCode keep_nodes(const struct refiner *r)
{
  const struct hc_slab *coarse = r->coarse;
  struct hc_slab *fine = r->fine;
  const int n = (int)hc_slab_nodes(coarse);
  int rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(coarse->comm, &rank));
  PetscCallMPI(MPI_Comm_size(coarse->comm, &size));
  const int64_t first = hc_slab_start(coarse->n_nodes, rank, size);
  PetscCall(hc_exchange_reslab(coarse->comm, fine->n_nodes, 0, first, n, 3 * sizeof(double), coarse->xyz, fine->xyz));
  PetscCall(
      hc_exchange_reslab(coarse->comm, fine->n_nodes, 0, first, n, sizeof(int32_t), coarse->surface, fine->surface));
  for (int i = 0; i < coarse->n_fields; i++) {
    const struct hc_slab_field *f = &coarse->fields[i];
    if (f->where == HC_NODE)
      PetscCall(hc_exchange_reslab(coarse->comm, fine->n_nodes, 0, first, n, (size_t)f->n_comp * sizeof(double),
                                   f->values, fine->fields[i].values));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Nodes of a cell in the fine mesh, in the order of hc_cell_split(). */
static void fine_nodes(const struct refiner *r, int64_t cell, int64_t centre, int64_t nodes[27])
{
  const struct hc_cell_shape *s = r->shape;
  const int64_t *corner = r->coarse->cells + r->n * cell;
  int64_t set[4], *next = nodes + r->n;

  memcpy(nodes, corner, (size_t)r->n * sizeof *nodes);
  for (int i = 0; i < s->n_edges; i++) {
    pick(2, s->edge[i], corner, set);
    *next++ = r->edge->number[hc_family_find(r->edge, set)];
  }
  for (int i = 0; s->facet_centres && i < s->n_facets; i++) {
    pick(s->facet_nodes, s->facet[i], corner, set);
    *next++ = r->facet->number[hc_family_find(r->facet, set)];
  }
  if (s->facet_centres)
    *next = centre;
}

static PetscErrorCode split_cells(const struct refiner *r, int64_t first_centre)
{
  const struct hc_slab *coarse = r->coarse;
  const int children = r->shape->children, n = r->n;
  struct hc_ghosts *ghosts;
  double *xyz, corner[8][3];
  int64_t *cells, nodes[27];

  PetscFunctionBeginUser;
  PetscCall(hc_ghosts_create(coarse->comm, coarse->n_nodes, n * r->n_cells, coarse->cells, &ghosts));
  PetscCall(hc_ghosts_fetch(ghosts, 3 * sizeof *xyz, coarse->xyz, (void *)&xyz));
  PetscCall(PetscMalloc1(children * n * r->n_cells, &cells));
  for (int64_t c = 0; c < r->n_cells; c++) {
    fine_nodes(r, c, first_centre + r->first_cell + c, nodes);
    for (int j = 0; j < n; j++)
      memcpy(corner[j], xyz + 3 * (int64_t)hc_ghosts_place(ghosts, nodes[j]), sizeof corner[j]);
    hc_cell_split(coarse->type, nodes, (const double(*)[3])corner, cells + children * n * c);
  }
  PetscCall(PetscFree(xyz));
  hc_ghosts_destroy(&ghosts);
  PetscCall(hc_exchange_reslab(coarse->comm, r->fine->n_cells, 0, children * r->first_cell,
                               (int)(children * r->n_cells), (size_t)n * sizeof *cells, cells, r->fine->cells));
  PetscCall(PetscFree(cells));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Children have their parent's values. */
static PetscErrorCode inherit(const struct refiner *r, size_t bytes, const void *coarse, void *fine)
{
  const int children = r->shape->children;
  char *copies;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)(children * r->n_cells) * bytes, &copies));
  for (int64_t i = 0; i < children * r->n_cells; i++)
    memcpy(copies + (size_t)i * bytes, (const char *)coarse + (size_t)(i / children) * bytes, bytes);
  PetscCall(hc_exchange_reslab(r->coarse->comm, r->fine->n_cells, 0, children * r->first_cell,
                               (int)(children * r->n_cells), bytes, copies, fine));
  PetscCall(PetscFree(copies));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_cells(const struct refiner *r, int64_t first_centre)
{
  const struct hc_slab *coarse = r->coarse;

  PetscFunctionBeginUser;
  PetscCall(split_cells(r, first_centre));
  PetscCall(inherit(r, sizeof *coarse->region, coarse->region, r->fine->region));
  for (int i = 0; i < coarse->n_fields; i++) {
    const struct hc_slab_field *f = &coarse->fields[i];
    if (f->where == HC_CELL)
      PetscCall(inherit(r, (size_t)f->n_comp * sizeof(double), f->values, r->fine->fields[i].values));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode new_nodes_number(const struct refiner *r, int64_t base, struct hc_family *mine,
                                       struct new_nodes *new)
{
  PetscFunctionBeginUser;
  new->base = base;
  PetscCall(hc_family_create(mine->k, &new->sets));
  PetscCall(hc_family_number(r->coarse->comm, r->coarse->n_nodes, base, mine, new->sets, &new->first, &new->total));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_fine(struct refiner *r, int64_t n_nodes)
{
  const struct hc_slab *coarse = r->coarse;
  struct hc_slab_field *field;

  PetscFunctionBeginUser;
  PetscCall(hc_slab_create(coarse->comm, coarse->type, n_nodes, r->shape->children * coarse->n_cells, &r->fine));
  for (int i = 0; i < coarse->n_fields; i++) {
    const struct hc_slab_field *f = &coarse->fields[i];
    PetscCall(hc_slab_add_field(r->fine, f->name, f->unit, f->where, f->n_comp, &field));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_slab_refine(const struct hc_slab *coarse, struct hc_slab **fine)
{
  struct refiner r = {.coarse = coarse, .shape = hc_cell_shape(coarse->type), .n = hc_cell_nodes(coarse->type)};
  struct new_nodes edges = {0}, facets = {0};
  const bool centres = r.shape->facet_centres;
  int rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(coarse->comm, &rank));
  PetscCallMPI(MPI_Comm_size(coarse->comm, &size));
  r.first_cell = hc_slab_start(coarse->n_cells, rank, size);
  r.n_cells = hc_slab_cells(coarse);
  PetscCall(collect(&r));
  PetscCall(new_nodes_number(&r, coarse->n_nodes, r.edge, &edges));
  if (centres)
    PetscCall(new_nodes_number(&r, coarse->n_nodes + edges.total, r.facet, &facets));
  const int64_t first_centre = coarse->n_nodes + edges.total + facets.total;
  PetscCall(create_fine(&r, first_centre + (centres ? coarse->n_cells : 0)));
  PetscCall(keep_nodes(&r));
  PetscCall(add_nodes(&r, edges.sets->n, 2, edges.sets->node, edges.sets->bits, edges.base, edges.first));
  hc_family_destroy(&edges.sets);
  if (centres) {
    PetscCall(add_nodes(&r, facets.sets->n, 4, facets.sets->node, facets.sets->bits, facets.base, facets.first));
    PetscCall(add_nodes(&r, (int)r.n_cells, 8, coarse->cells, NULL, first_centre, first_centre + r.first_cell));
  }
  hc_family_destroy(&facets.sets);
  PetscCall(add_cells(&r, first_centre));
  hc_family_destroy(&r.edge);
  hc_family_destroy(&r.facet);
  *fine = r.fine;
  PetscFunctionReturn(PETSC_SUCCESS);
}
