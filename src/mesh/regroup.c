/* One mesh for many groups of ranks: read once, then handed to all. */
#include "mesh.h"

#include <string.h>

/* What lies in a slab, array by array: rows of nodes or of cells. */
struct column {
  enum hc_location where;
  size_t size; /* bytes a row */
  void *from;  /* of this rank's slab; NULL if there is none */
  void *to;
};

enum { FIXED = 4 };

static PetscErrorCode list_columns(const struct hc_slab *from, const struct hc_slab *to, struct column *columns)
{
  PetscFunctionBeginUser;
  columns[0] = (struct column){HC_NODE, 3 * sizeof(double), from->xyz, to->xyz};
  columns[1] = (struct column){HC_NODE, sizeof(int32_t), from->surface, to->surface};
  columns[2] = (struct column){HC_CELL, (size_t)hc_cell_nodes(from->type) * sizeof(int64_t), from->cells, to->cells};
  columns[3] = (struct column){HC_CELL, sizeof(int32_t), from->region, to->region};
  for (int i = 0; i < from->n_fields; i++)
    columns[FIXED + i] = (struct column){from->fields[i].where, (size_t)from->fields[i].n_comp * sizeof(double),
                                         from->fields[i].values, to->fields[i].values};
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_like(const struct hc_slab *slab, MPI_Comm comm, struct hc_slab **copy)
{
  PetscFunctionBeginUser;
  PetscCall(hc_slab_create(comm, slab->type, slab->n_nodes, slab->n_cells, copy));
  for (int i = 0; i < slab->n_fields; i++) {
    struct hc_slab_field *field;
    PetscCall(hc_slab_add_field(*copy, slab->fields[i].name, slab->fields[i].unit, slab->fields[i].where,
                                slab->fields[i].n_comp, &field));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_slab_copy(const struct hc_slab *slab, MPI_Comm comm, struct hc_slab **copy)
{
  struct column *columns;

  PetscFunctionBeginUser;
  PetscCall(create_like(slab, comm, copy));
  PetscCall(PetscMalloc1(FIXED + slab->n_fields, &columns));
  PetscCall(list_columns(slab, *copy, columns));
  for (int c = 0; c < FIXED + slab->n_fields; c++) {
    const int64_t rows = columns[c].where == HC_NODE ? hc_slab_nodes(slab) : hc_slab_cells(slab);
    memcpy(columns[c].to, columns[c].from, (size_t)rows * columns[c].size);
  }
  PetscCall(PetscFree(columns));
  if (slab->part) {
    PetscCall(PetscMalloc1(hc_slab_nodes(slab), &(*copy)->part));
    PetscCall(PetscArraycpy((*copy)->part, slab->part, hc_slab_nodes(slab)));
    (*copy)->n_parts = slab->n_parts;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rank by rank the slab's rows of a column go round, a piece at a time; everyone keeps those that are its own. */
static PetscErrorCode spread(const struct hc_slab *slab, const struct hc_slab *mine, const struct column *column)
{
  enum { PIECE = 1 << 20 }; /* bytes */
  const int64_t total = column->where == HC_NODE ? slab->n_nodes : slab->n_cells;
  const int64_t rows = PetscMax((int64_t)1, PIECE / (int64_t)column->size);
  int rank, size, my_rank, my_size;
  char *piece;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(slab->comm, &rank));
  PetscCallMPI(MPI_Comm_size(slab->comm, &size));
  PetscCallMPI(MPI_Comm_rank(mine->comm, &my_rank));
  PetscCallMPI(MPI_Comm_size(mine->comm, &my_size));
  const int64_t first = hc_slab_start(total, my_rank, my_size), end = hc_slab_start(total, my_rank + 1, my_size);
  PetscCall(PetscMalloc((size_t)rows * column->size, &piece));
  for (int r = 0; r < size; r++) {
    const int64_t start = hc_slab_start(total, r, size), stop = hc_slab_start(total, r + 1, size);
    for (int64_t i = start; i < stop; i += rows) {
      const int64_t n = PetscMin(rows, stop - i), low = PetscMax(i, first), high = PetscMin(i + n, end);
      if (r == rank)
        memcpy(piece, (const char *)column->from + (size_t)(i - start) * column->size, (size_t)n * column->size);
      PetscCallMPI(MPI_Bcast(piece, (int)((size_t)n * column->size), MPI_BYTE, r, slab->comm));
      if (low < high)
        memcpy((char *)column->to + (size_t)(low - first) * column->size, piece + (size_t)(low - i) * column->size,
               (size_t)(high - low) * column->size);
    }
  }
  PetscCall(PetscFree(piece));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_slab_regroup(const struct hc_slab *slab, MPI_Comm group, struct hc_slab **mine)
{
  struct column *columns;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *mine = NULL;
  code = hc_error_agree(slab->comm, create_like(slab, group, mine));
  if (code)
    hc_slab_destroy(mine);
  PetscCall(code);
  PetscCall(PetscMalloc1(FIXED + slab->n_fields, &columns));
  PetscCall(list_columns(slab, *mine, columns));
  for (int c = 0; c < FIXED + slab->n_fields; c++)
    PetscCall(spread(slab, *mine, &columns[c]));
  PetscCall(PetscFree(columns));
  PetscFunctionReturn(PETSC_SUCCESS);
}
