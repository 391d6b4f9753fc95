/* cohort.h5: one virtual dataset a column over the files of all groups. They are named relative to the folder, so that
 * it may be moved. */
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct source {
  char name[300]; /* groups/NAME.h5 */
  hsize_t rows;
};

static hsize_t rows_in(const char *path)
{
  const hid_t access = hc_layout_access(), file = H5Fopen(path, H5F_ACC_RDONLY, access);
  hsize_t size = 0;
  hid_t set, space;

  H5Pclose(access);
  if (file < 0)
    return 0;
  set = H5Dopen2(file, "status", H5P_DEFAULT);
  space = H5Dget_space(set);
  if (H5Sget_simple_extent_ndims(space) != 1 || H5Sget_simple_extent_dims(space, &size, NULL) != 1)
    size = 0;
  H5Sclose(space);
  H5Dclose(set);
  H5Fclose(file);
  return size;
}

static PetscErrorCode find_sources(const char *folder, int *n, struct source **sources)
{
  char **names, path[PATH_MAX];
  int n_files;

  PetscFunctionBeginUser;
  *n = 0;
  PetscCall(hc_folder_list(folder, "groups", ".h5", &n_files, &names));
  PetscCall(PetscCalloc1((size_t)n_files, sources));
  for (int i = 0; i < n_files; i++) {
    struct source *source = &(*sources)[*n];
    snprintf(source->name, sizeof source->name, "groups/%s", names[i]);
    snprintf(path, sizeof path, "%s/%s", folder, source->name);
    source->rows = rows_in(path);
    if (source->rows > 0)
      (*n)++;
  }
  PetscCall(PetscFree(names));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is read where a file has gone. */
static void set_fill(const struct hc_layout_column *column, hid_t properties)
{
  const double nothing = NAN;
  if (H5Tget_class(column->type) == H5T_FLOAT)
    H5Pset_fill_value(properties, H5T_NATIVE_DOUBLE, &nothing);
}

static PetscErrorCode map_column(const struct hc_layout_column *column, int n, const struct source *sources, hid_t file)
{
  const int n_dims = column->width > 0 ? 2 : 1;
  hsize_t size[2] = {0, (hsize_t)column->width}, start[2] = {0, 0};
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE), links = H5Pcreate(H5P_LINK_CREATE);
  herr_t status = 0;
  hid_t all, set;

  PetscFunctionBeginUser;
  for (int i = 0; i < n; i++)
    size[0] += sources[i].rows;
  all = H5Screate_simple(n_dims, size, NULL);
  for (int i = 0; i < n && status >= 0; i++) {
    const hsize_t part[2] = {sources[i].rows, (hsize_t)column->width};
    const hid_t space = H5Screate_simple(n_dims, part, NULL);
    H5Sselect_hyperslab(all, H5S_SELECT_SET, start, NULL, part, NULL);
    status = H5Pset_virtual(properties, all, sources[i].name, column->path, space);
    H5Sclose(space);
    start[0] += part[0];
  }
  set_fill(column, properties);
  H5Pset_create_intermediate_group(links, 1);
  H5Sselect_all(all);
  set = status < 0 ? -1 : H5Dcreate2(file, column->path, column->type, all, links, properties, H5P_DEFAULT);
  H5Sclose(all);
  H5Pclose(links);
  H5Pclose(properties);
  HC_H5(set, "virtual dataset %s cannot be created", column->path);
  H5Dclose(set);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode map_all(const struct hc_layout *table, int n, const struct source *sources, hid_t file)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < table->n; i++)
    PetscCall(map_column(&table->columns[i], n, sources, file));
  PetscCall(hc_layout_attributes(table, file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_cohort(const struct hc_layout *table, int n, const struct source *sources, const char *path)
{
  hid_t access, create, file;
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  if (n == 0) { /* no rows yet: nothing to point to */
    PetscCall(hc_layout_file(table, path, &file));
  } else {
    access = hc_layout_access();
    create = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_attr_phase_change(create, 0, 0);
    file = H5Fcreate(path, H5F_ACC_TRUNC, create, access);
    H5Pclose(create);
    H5Pclose(access);
    HC_H5(file, "%s: cannot be created", path);
    code = map_all(table, n, sources, file);
  }
  if (H5Fclose(file) < 0 && !code)
    code = hc_h5_error(HC_ERR_ENVIRONMENT, "%s: cannot be written", path);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_gather(const struct hc_layout *table, const char *folder)
{
  char path[PATH_MAX], fresh[PATH_MAX + 8];
  struct source *sources = NULL;
  PetscErrorCode code;
  int n;

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "%s/cohort.h5", folder);
  snprintf(fresh, sizeof fresh, "%s.new", path);
  PetscCall(find_sources(folder, &n, &sources));
  code = write_cohort(table, n, sources, fresh);
  PetscCall(PetscFree(sources));
  PetscCall(code);
  PetscCall(hc_store_replace(fresh, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}
