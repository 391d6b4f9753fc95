/* Checkpoints: items as contiguous float64 datasets in file order, sealed as a whole (seal.h) and put in place by a
 * rename. The file of the name `path` is therefore at every moment a whole checkpoint, the previous or the new one; a
 * second copy of the previous one would add nothing. */
#include "output.h"
#include "seal.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static const char kind[] = "healthcast checkpoint 1";

static void item_path(const struct hc_checkpoint_item *item, char *path, size_t size)
{
  snprintf(path, size, "%s/%s", item->nodal ? "nodal" : "table", item->name);
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

static PetscErrorCode write_nodal(const struct hc_mesh *mesh, hid_t file, const struct hc_checkpoint_item *item)
{
  const struct hc_h5_layout layout = {.rows = mesh->n_nodes, .columns = item->n_comp};
  const int64_t start = hc_slab_start(mesh->n_nodes, mesh->rank, mesh->size);
  const int64_t count = hc_slab_start(mesh->n_nodes, mesh->rank + 1, mesh->size) - start;
  double *slab;
  char path[512];
  PetscErrorCode code;

  PetscFunctionBeginUser;
  item_path(item, path, sizeof path);
  PetscCall(hc_error_agree(mesh->comm, hc_h5_dataset(file, path, H5T_IEEE_F64LE, &layout)));
  PetscCall(hc_error_agree(mesh->comm, PetscMalloc1((size_t)(count * item->n_comp) + 1, &slab)));
  code = hc_mesh_to_file_order(mesh, HC_NODE, item->n_comp, item->values, slab);
  if (!code)
    code = hc_h5_write(file, path, H5T_NATIVE_DOUBLE, start, count, slab);
  PetscCall(PetscFree(slab));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_table(const struct hc_mesh *mesh, hid_t file, const struct hc_checkpoint_item *item)
{
  const struct hc_h5_layout layout = {.rows = item->n_comp};
  char path[512];

  PetscFunctionBeginUser;
  item_path(item, path, sizeof path);
  PetscCall(hc_error_agree(mesh->comm, hc_h5_dataset(file, path, H5T_IEEE_F64LE, &layout)));
  PetscCall(hc_h5_write(file, path, H5T_NATIVE_DOUBLE, 0, mesh->rank == 0 ? item->n_comp : 0, item->values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_head(const struct hc_mesh *mesh, hid_t file, const char *fingerprint)
{
  PetscFunctionBeginUser;
  PetscCall(hc_h5_put_text(file, "kind", kind));
  PetscCall(hc_h5_put_text(file, "fingerprint", fingerprint));
  PetscCall(hc_h5_put_text(file, "version", hc_version()));
  PetscCall(hc_h5_put_ints(file, "n_nodes", 1, &mesh->n_nodes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_items(const struct hc_mesh *mesh, hid_t file, const char *fingerprint, int n,
                                  const struct hc_checkpoint_item *items)
{
  PetscFunctionBeginUser;
  PetscCall(hc_error_agree(mesh->comm, put_head(mesh, file, fingerprint)));
  for (int i = 0; i < n; i++)
    PetscCall(items[i].nodal ? write_nodal(mesh, file, &items[i]) : write_table(mesh, file, &items[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_file(const struct hc_mesh *mesh, const char *path, const char *fingerprint, int n,
                                 const struct hc_checkpoint_item *items)
{
  PetscErrorCode code;
  hid_t file;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_create(mesh->comm, path, &file));
  code = write_items(mesh, file, fingerprint, n, items);
  if (code && !PetscPushErrorHandler(PetscReturnErrorHandler, NULL)) {
    (void)hc_h5_close(&file);
    (void)PetscPopErrorHandler();
  }
  PetscCall(code);
  PetscCall(hc_h5_close(&file));
  PetscCall(hc_seal_put(mesh->comm, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_checkpoint_write(const struct hc_mesh *mesh, const char *path, const char *fingerprint, int n,
                                   const struct hc_checkpoint_item *items)
{
  char temporary[PATH_MAX + 8];
  PetscErrorCode code;

  PetscFunctionBeginUser;
  snprintf(temporary, sizeof temporary, "%s.tmp", path);
  code = write_file(mesh, temporary, fingerprint, n, items);
  if (!code)
    code = hc_error_agree(mesh->comm, mesh->rank == 0 ? hc_store_replace(temporary, path) : PETSC_SUCCESS);
  if (code && mesh->rank == 0)
    (void)remove(temporary);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

static PetscErrorCode open_checkpoint(MPI_Comm comm, const char *path, hid_t *file)
{
  char text[64];
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_seal_check(comm, path));
  PetscCall(hc_h5_open(comm, path, false, file));
  code = hc_error_agree(comm, hc_h5_get_text(*file, "kind", text, sizeof text));
  if (!code && strcmp(text, kind) == 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(hc_h5_close(file));
  PetscCall(code);
  SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: is not a checkpoint but \"%s\"; allowed: \"%s\"", path, text, kind);
}

static PetscErrorCode find_shape(hid_t file, const char *name, int *n_comp)
{
  char path[512];
  int64_t rows;
  int columns;
  bool exists;

  PetscFunctionBeginUser;
  *n_comp = -1;
  snprintf(path, sizeof path, "nodal/%s", name);
  PetscCall(hc_h5_shape(file, path, &exists, &rows, &columns));
  if (exists)
    *n_comp = columns;
  snprintf(path, sizeof path, "table/%s", name);
  PetscCall(hc_h5_shape(file, path, &exists, &rows, &columns));
  if (exists)
    *n_comp = (int)rows;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_checkpoint_shape(MPI_Comm comm, const char *path, const char *name, int *n_comp)
{
  PetscErrorCode code;
  hid_t file;

  PetscFunctionBeginUser;
  PetscCall(open_checkpoint(comm, path, &file));
  code = hc_error_agree(comm, find_shape(file, name, n_comp));
  if (!code)
    code = hc_h5_close(&file);
  else
    (void)hc_h5_close(&file);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_shape(const struct hc_mesh *mesh, hid_t file, const char *path,
                                  const struct hc_checkpoint_item *item)
{
  const int64_t want_rows = item->nodal ? mesh->n_nodes : item->n_comp;
  const int want_columns = item->nodal ? item->n_comp : 1;
  int64_t rows;
  int columns;
  bool exists;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_shape(file, path, &exists, &rows, &columns));
  PetscCheck(exists, PETSC_COMM_SELF, HC_ERR_INPUT, "checkpoint: has no %s", path);
  PetscCheck(rows == want_rows && columns == want_columns, PETSC_COMM_SELF, HC_ERR_INPUT,
             "checkpoint: %s is %lld x %d numbers; allowed here: %lld x %d", path, (long long)rows, columns,
             (long long)want_rows, want_columns);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_nodal(const struct hc_mesh *mesh, hid_t file, const char *path,
                                 const struct hc_checkpoint_item *item)
{
  const int64_t start = hc_slab_start(mesh->n_nodes, mesh->rank, mesh->size);
  const int64_t count = hc_slab_start(mesh->n_nodes, mesh->rank + 1, mesh->size) - start;
  const size_t n = (size_t)item->n_comp;
  double *slab = NULL, *local = NULL;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(
      hc_error_agree(mesh->comm, PetscMalloc2((size_t)count * n + 1, &slab, (size_t)mesh->n_local * n + 1, &local)));
  code = hc_h5_read(file, path, H5T_NATIVE_DOUBLE, start, count, slab);
  if (!code)
    code = hc_mesh_from_file_order(mesh, HC_NODE, item->n_comp, slab, local);
  if (!code && mesh->n_owned > 0)
    memcpy(item->values, local, (size_t)mesh->n_owned * n * sizeof(double));
  PetscCall(PetscFree2(slab, local));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_item(const struct hc_mesh *mesh, hid_t file, const struct hc_checkpoint_item *item)
{
  char path[512];

  PetscFunctionBeginUser;
  item_path(item, path, sizeof path);
  PetscCall(hc_error_agree(mesh->comm, check_shape(mesh, file, path, item)));
  if (item->nodal) {
    PetscCall(read_nodal(mesh, file, path, item));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(hc_h5_read(file, path, H5T_NATIVE_DOUBLE, 0, mesh->rank == 0 ? item->n_comp : 0, item->values));
  PetscCallMPI(MPI_Bcast(item->values, item->n_comp, MPI_DOUBLE, 0, mesh->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_fingerprint(hid_t file, const char *path, const char *fingerprint)
{
  char found[256];

  PetscFunctionBeginUser;
  PetscCall(hc_h5_get_text(file, "fingerprint", found, sizeof found));
  PetscCheck(strcmp(found, fingerprint) == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: is the checkpoint of another mesh or case: its fingerprint is %s, this case's is %s", path, found,
             fingerprint);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_checkpoint_read(const struct hc_mesh *mesh, const char *path, const char *fingerprint, int n,
                                  const struct hc_checkpoint_item *items)
{
  PetscErrorCode code;
  hid_t file;

  PetscFunctionBeginUser;
  PetscCall(open_checkpoint(mesh->comm, path, &file));
  code = hc_error_agree(mesh->comm, check_fingerprint(file, path, fingerprint));
  for (int i = 0; i < n && !code; i++)
    code = read_item(mesh, file, &items[i]);
  if (!code)
    code = hc_h5_close(&file);
  else
    (void)hc_h5_close(&file);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
