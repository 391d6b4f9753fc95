#include "finish.h"

#include <string.h>

/* Rows of `bytes` bytes each from rank 0 to the slabs of n rows, in messages that fit an int. */
static PetscErrorCode scatter(MPI_Comm comm, int64_t n, size_t bytes, const void *whole, void *slab)
{
  const size_t most = (size_t)1 << 30;
  int rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  for (int r = 0; r < size; r++) {
    const size_t begin = (size_t)hc_slab_start(n, r, size) * bytes, end = (size_t)hc_slab_start(n, r + 1, size) * bytes;
    if (rank == 0 && r == 0 && end > 0)
      memcpy(slab, whole, end);
    for (size_t at = begin; r > 0 && at < end; at += most) {
      const int length = (int)(end - at < most ? end - at : most);
      if (rank == 0)
        PetscCallMPI(MPI_Send((const char *)whole + at, length, MPI_BYTE, r, 0, comm));
      else if (rank == r)
        PetscCallMPI(MPI_Recv((char *)slab + (at - begin), length, MPI_BYTE, 0, 0, comm, MPI_STATUS_IGNORE));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode spread_field(MPI_Comm comm, const struct hc_raw_field *field, struct hc_slab *slab)
{
  struct {
    char name[64];
    int where, n_comp;
  } head = {.n_comp = 0};
  struct hc_slab_field *f;
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    memcpy(head.name, field->name, sizeof head.name);
    head.where = field->where;
    head.n_comp = field->n_comp;
  }
  PetscCallMPI(MPI_Bcast(&head, (int)sizeof head, MPI_BYTE, 0, comm));
  PetscCall(hc_slab_add_field(slab, head.name, "", (enum hc_location)head.where, head.n_comp, &f));
  PetscCall(scatter(comm, head.where == HC_NODE ? slab->n_nodes : slab->n_cells, (size_t)head.n_comp * sizeof(double),
                    rank == 0 ? field->values : NULL, f->values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode spread_arrays(MPI_Comm comm, const struct hc_whole *w, int n_fields, struct hc_slab *s)
{
  PetscFunctionBeginUser;
  PetscCall(scatter(comm, s->n_nodes, 3 * sizeof *s->xyz, w->xyz, s->xyz));
  PetscCall(scatter(comm, s->n_nodes, sizeof *s->surface, w->surface, s->surface));
  PetscCall(scatter(comm, s->n_cells, (size_t)hc_cell_nodes(s->type) * sizeof *s->cells, w->cells, s->cells));
  PetscCall(scatter(comm, s->n_cells, sizeof *s->region, w->region, s->region));
  for (int i = 0; i < n_fields; i++)
    PetscCall(spread_field(comm, w->fields ? &w->fields[i] : NULL, s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_spread(MPI_Comm comm, const struct hc_whole *w, struct hc_slab **slab)
{
  int64_t head[4] = {w->type, w->n_nodes, w->n_cells, w->n_fields};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Bcast(head, 4, MPI_INT64_T, 0, comm));
  PetscCall(hc_slab_create(comm, (enum hc_cell_type)head[0], head[1], head[2], slab));
  code = spread_arrays(comm, w, (int)head[3], *slab);
  if (code)
    hc_slab_destroy(slab);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
