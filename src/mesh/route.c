#include "internal.h"

/* Items in[from[i]] in the order of a plan. from == NULL: as they are. */
static PetscErrorCode gather(int n, int n_comp, const int *from, const double *in, double **out)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((int64_t)n * n_comp, out));
  for (int64_t i = 0; i < n; i++)
    for (int k = 0; k < n_comp; k++)
      (*out)[i * n_comp + k] = in[(int64_t)from[i] * n_comp + k];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* out[to[i]] = in[i], where `only` is true or NULL. */
static void scatter(int n, int n_comp, const int *to, const bool *only, const double *in, double *out)
{
  for (int64_t i = 0; i < n; i++)
    if (!only || only[i])
      for (int k = 0; k < n_comp; k++)
        out[(int64_t)to[i] * n_comp + k] = in[i * n_comp + k];
}

PetscErrorCode hc_mesh_from_file_order(const struct hc_mesh *mesh, enum hc_location where, int n_comp,
                                       const double *slab, double *local)
{
  const struct hc_route *r = mesh->route;
  const size_t bytes = (size_t)n_comp * sizeof(double);
  double *sent, *arrived;

  PetscFunctionBeginUser;
  if (where == HC_CELL) {
    PetscCall(gather(r->cells->send_start[mesh->size], n_comp, r->cell_slab, slab, &sent));
    PetscCall(hc_exchange_forward(r->cells, bytes, sent, local));
  } else {
    PetscCall(gather(r->n_slab_nodes, n_comp, r->node_slab, slab, &sent));
    PetscCall(PetscMalloc1((int64_t)mesh->n_owned * n_comp, &arrived));
    PetscCall(hc_exchange_forward(r->nodes, bytes, sent, arrived));
    scatter(mesh->n_owned, n_comp, r->node_local, NULL, arrived, local);
    PetscCall(PetscFree(arrived));
    PetscCall(hc_halo_update(mesh, bytes, local));
  }
  PetscCall(PetscFree(sent));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_mesh_to_file_order(const struct hc_mesh *mesh, enum hc_location where, int n_comp,
                                     const double *local, double *slab)
{
  const struct hc_route *r = mesh->route;
  const size_t bytes = (size_t)n_comp * sizeof(double);
  double *sent, *arrived;

  PetscFunctionBeginUser;
  if (where == HC_CELL) {
    const int n = r->cells->send_start[mesh->size];
    PetscCall(PetscMalloc1((int64_t)n * n_comp, &arrived));
    PetscCall(hc_exchange_back(r->cells, bytes, local, arrived));
    scatter(n, n_comp, r->cell_slab, r->cell_from_owner, arrived, slab);
  } else {
    PetscCall(gather(mesh->n_owned, n_comp, r->node_local, local, &sent));
    PetscCall(PetscMalloc1((int64_t)r->n_slab_nodes * n_comp, &arrived));
    PetscCall(hc_exchange_back(r->nodes, bytes, sent, arrived));
    scatter(r->n_slab_nodes, n_comp, r->node_slab, NULL, arrived, slab);
    PetscCall(PetscFree(sent));
  }
  PetscCall(PetscFree(arrived));
  PetscFunctionReturn(PETSC_SUCCESS);
}
