#include "internal.h"

#include <string.h>

#define check(condition, ...) PetscCheck(condition, PETSC_COMM_SELF, PETSC_ERR_PLIB, "mesh: " __VA_ARGS__)

static PetscErrorCode check_numbers(const struct hc_mesh *m, int64_t start, int64_t total)
{
  PetscFunctionBeginUser;
  check(m->n_owned > 0, "rank %d owns no node", m->rank);
  check(m->start == start && total == m->n_nodes, "rank %d starts at %lld, expected %lld; %lld nodes of %lld are owned",
        m->rank, (long long)m->start, (long long)start, (long long)total, (long long)m->n_nodes);
  for (int i = 0; i < m->n_local; i++) {
    const bool own = m->number[i] >= m->start && m->number[i] < m->start + m->n_owned;
    check(own == (i < m->n_owned), "local node %d has number %lld", i, (long long)m->number[i]);
    check(i == 0 || i == m->n_owned || m->number[i] > m->number[i - 1], "numbers do not ascend at local node %d", i);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_cells(const struct hc_mesh *m, int *used)
{
  const int nodes = hc_cell_nodes(m->type);

  PetscFunctionBeginUser;
  for (int64_t c = 0; c < m->n_cells_local; c++) {
    bool touches = false;
    for (int j = 0; j < nodes; j++) {
      const int node = m->cells[nodes * c + j];
      check(node >= 0 && node < m->n_local, "local cell %lld has node %d of %d", (long long)c, node, m->n_local);
      touches |= node < m->n_owned;
      used[node]++;
    }
    check(touches, "local cell %lld has no owned node", (long long)c);
    check(c == 0 || m->file_cell[c] > m->file_cell[c - 1], "cells do not ascend at local cell %lld", (long long)c);
  }
  for (int i = m->n_owned; i < m->n_local; i++)
    check(used[i] > 0, "halo node %d is in no cell", i);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Halo values equal the owners': a copy with spoilt halo, once updated, must be the same. */
static PetscErrorCode check_halo(const struct hc_mesh *m, size_t bytes, const void *values, const char *what)
{
  char *copy;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)m->n_local * bytes, &copy));
  memcpy(copy, values, (size_t)m->n_local * bytes);
  memset(copy + (size_t)m->n_owned * bytes, 0xA5, (size_t)(m->n_local - m->n_owned) * bytes);
  PetscCall(hc_halo_update(m, bytes, copy));
  const bool same = !memcmp(copy, values, (size_t)m->n_local * bytes);
  PetscCall(PetscFree(copy));
  check(same, "%s of halo nodes differ from their owners'", what);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Numbers brought to file order must count from `first`: everything is there once and the route is right. */
static PetscErrorCode check_route(const struct hc_mesh *m, enum hc_location where, int n, const int64_t *file,
                                  int64_t total)
{
  const int64_t first = hc_slab_start(total, m->rank, m->size);
  const int64_t n_slab = hc_slab_start(total, m->rank + 1, m->size) - first;
  double *local, *slab;
  bool right = true;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &local));
  PetscCall(PetscMalloc1(n_slab, &slab));
  for (int i = 0; i < n; i++)
    local[i] = (double)file[i];
  for (int64_t i = 0; i < n_slab; i++)
    slab[i] = -1;
  PetscCall(hc_mesh_to_file_order(m, where, 1, local, slab));
  for (int64_t i = 0; i < n_slab; i++)
    right &= (int64_t)slab[i] == first + i;
  PetscCall(PetscFree(local));
  PetscCall(PetscFree(slab));
  check(right, "%s do not come back in file order", where == HC_NODE ? "nodes" : "cells");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_sums(const struct hc_mesh *m, const int *used)
{
  int64_t sums[2] = {0, 0}; /* owned cells; cells around owned nodes */

  PetscFunctionBeginUser;
  for (int c = 0; c < m->n_cells_local; c++)
    sums[0] += m->cell_owned[c];
  for (int i = 0; i < m->n_owned; i++)
    sums[1] += used[i];
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, 2, MPI_INT64_T, MPI_SUM, m->comm));
  check(sums[0] == m->n_cells, "%lld cells are owned of %lld", (long long)sums[0], (long long)m->n_cells);
  /* no rank has a cell twice, so equality means that every owned node has all of its cells */
  check(sums[1] == m->n_cells * hc_cell_nodes(m->type), "owned nodes lack cells: %lld of %lld incidences",
        (long long)sums[1], (long long)(m->n_cells * hc_cell_nodes(m->type)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_mesh_check(const struct hc_mesh *m)
{
  int64_t start = 0, total, n_owned = m->n_owned;
  int *used;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Exscan(&n_owned, &start, 1, MPI_INT64_T, MPI_SUM, m->comm));
  PetscCallMPI(MPI_Allreduce(&n_owned, &total, 1, MPI_INT64_T, MPI_SUM, m->comm));
  PetscCall(hc_error_agree(m->comm, check_numbers(m, m->rank ? start : 0, total)));
  PetscCall(PetscCalloc1(m->n_local, &used));
  PetscCall(hc_error_agree(m->comm, check_cells(m, used)));
  PetscCall(hc_error_agree(m->comm, check_halo(m, sizeof *m->number, m->number, "numbers")));
  PetscCall(hc_error_agree(m->comm, check_halo(m, sizeof *m->file_node, m->file_node, "file numbers")));
  PetscCall(hc_error_agree(m->comm, check_halo(m, 3 * sizeof *m->xyz, m->xyz, "coordinates")));
  PetscCall(hc_error_agree(m->comm, check_halo(m, sizeof *m->surface, m->surface, "surface tags")));
  PetscCall(hc_error_agree(m->comm, check_route(m, HC_NODE, m->n_local, m->file_node, m->n_nodes)));
  PetscCall(hc_error_agree(m->comm, check_route(m, HC_CELL, m->n_cells_local, m->file_cell, m->n_cells)));
  PetscCall(check_sums(m, used));
  PetscCall(PetscFree(used));
  PetscFunctionReturn(PETSC_SUCCESS);
}
