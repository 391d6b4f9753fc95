/* From the block to a slab. */
#include "domain.h"

#include "image.h"
#include "meshio.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool ends_in(const char *path, int n, const char *const endings[])
{
  const size_t length = strlen(path);
  for (int i = 0; i < n; i++)
    if (length > strlen(endings[i]) && !strcmp(path + length - strlen(endings[i]), endings[i]))
      return true;
  return false;
}

static bool is_native(const char *path)
{
  static const char *const endings[] = {".h5", ".hdf5", ".hdf", ".vtkhdf"};
  return ends_in(path, 4, endings);
}

static bool is_image(const char *path)
{
  static const char *const endings[] = {".nii", ".nii.gz", ".hdr", ".img"};
  return ends_in(path, 4, endings);
}

/* Native meshes and images are in mm and have their regions: what is said about other imports would go unheard. */
static PetscErrorCode check_plain(const struct hc_mesh_params *params, const char *what)
{
  const struct {
    const char *key;
    const void *value;
    bool given;
  } keys[] = {{"scale", &params->scale, params->scale > 0},
              {"surface_field", &params->surface_field, params->surface_field != NULL},
              {"region_field", &params->region_field, params->region_field != NULL}};

  PetscFunctionBeginUser;
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
    PetscCheck(!keys[i].given, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s is for meshes that are imported; %s is %s",
               hc_params_place(params->params, keys[i].value), keys[i].key, params->file, what);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode slab_open(MPI_Comm comm, const struct hc_mesh_params *params, struct hc_slab **slab)
{
  int size;

  PetscFunctionBeginUser;
  if (!params->file) {
    const double c = params->size.n > 2 ? params->size.v[2] : 0;
    const double lengths[3] = {params->size.v[0], params->size.v[1], c};
    PetscCall(hc_slab_box(comm, (enum hc_cell_type)params->cell, lengths, params->spacing, slab));
  } else if (is_native(params->file)) {
    PetscCall(check_plain(params, "a native one, in mm and with its tags"));
    PetscCallMPI(MPI_Comm_size(comm, &size));
    PetscCall(hc_meshio_read(comm, params->file, params->partitioner == HC_PART_STORED ? size : 0, slab));
  } else if (is_image(params->file)) {
    PetscCall(check_plain(params, "an image, in mm and with its labels for regions"));
    PetscCheck(params->cell != HC_TRIANGLE, PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found triangle; allowed: hexahedron and tetrahedron for %s",
               hc_params_place(params->params, &params->cell), params->file);
    PetscCall(hc_anatomy_import(comm, params->file, (enum hc_cell_type)params->cell, slab));
  } else {
    const struct hc_import_options options = {
        .scale = params->scale, .surface_field = params->surface_field, .region_field = params->region_field};
    PetscCall(hc_meshio_import(comm, params->file, &options, slab));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_domain_slab(MPI_Comm comm, const struct hc_mesh_params *params, struct hc_slab **slab,
                              int64_t *repaired)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *slab = NULL;
  *repaired = 0;
  if (params->given) {
    PetscCall(hc_slab_copy(params->given, comm, slab));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(slab_open(comm, params, slab));
  code = hc_slab_check(*slab, params->file ? params->file : "box", repaired);
  for (int64_t i = 0; !code && i < params->refine; i++) {
    struct hc_slab *fine = NULL;
    code = hc_slab_refine(*slab, &fine);
    if (!code) {
      hc_slab_destroy(slab);
      *slab = fine;
    }
  }
  if (code)
    hc_slab_destroy(slab);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_domain_sha256(const char *path, char hex[65])
{
  static const char *const parts[] = {".pts", ".elem", ".lon"};
  const char *dot = strrchr(path, '.');
  size_t stem = strlen(path);
  char all[3 * 64 + 1] = "", file[PETSC_MAX_PATH_LEN];
  bool in_parts = access(path, F_OK) != 0;

  PetscFunctionBeginUser;
  for (int i = 0; dot && i < 3; i++)
    if (!strcmp(dot, parts[i])) {
      in_parts = true;
      stem = (size_t)(dot - path);
    }
  if (!in_parts) {
    PetscCall(hc_sha256_file(path, hex));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (int i = 0; i < 3; i++) {
    snprintf(file, sizeof file, "%.*s%s", (int)stem, path, parts[i]);
    if (access(file, F_OK) != 0)
      continue;
    PetscCall(hc_sha256_file(file, hex));
    strcat(all, hex); /* room for three */
  }
  PetscCheck(all[0], PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cannot be read: %s", path, strerror(ENOENT));
  PetscCall(hc_sha256_text(all, hex));
  PetscFunctionReturn(PETSC_SUCCESS);
}
