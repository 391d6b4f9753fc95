/* What files of rows look like. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES 16384     /* of a dataset of short rows */
#define CHUNK_ROWS 1024       /* at most */
#define COMPRESSED_BYTES 1024 /* rows of this size are chunks of their own, and compressed */

/* ---- Columns ------------------------------------------------------------------------------------------------- */

static void add(struct hc_layout *table, enum hc_column_role role, const char *path, hid_t type, int64_t width)
{
  struct hc_layout_column *column = &table->columns[table->n++];
  *column = (struct hc_layout_column){.role = role, .type = type, .width = width};
  snprintf(column->path, sizeof column->path, "%s", path);
  column->bytes = H5Tget_size(type) * (size_t)(width > 0 ? width : 1);
}

static void add_columns(struct hc_layout *table, const json_t *layout)
{
  const json_t *fields = json_object_get(layout, "fields");
  const hid_t text = H5Tcopy(H5T_C_S1);

  H5Tset_size(text, HC_MEMBER_MESSAGE);
  H5Tset_cset(text, H5T_CSET_UTF8);
  add(table, HC_COLUMN_MEMBER, "member", H5T_NATIVE_INT64, 0);
  add(table, HC_COLUMN_PATIENT, "patient", H5T_NATIVE_INT64, 0);
  add(table, HC_COLUMN_ARM, "arm", H5T_NATIVE_INT32, 0);
  add(table, HC_COLUMN_STRATUM, "stratum", H5T_NATIVE_INT32, 0);
  add(table, HC_COLUMN_ATTEMPTS, "attempts", H5T_NATIVE_INT32, 0);
  add(table, HC_COLUMN_ACCEPTED, "accepted", H5T_NATIVE_INT8, 0);
  add(table, HC_COLUMN_SECONDS, "seconds", H5T_NATIVE_DOUBLE, 0);
  if (table->n_parameters > 0)
    add(table, HC_COLUMN_PARAMETERS, "parameters", H5T_NATIVE_DOUBLE, table->n_parameters);
  if (table->n_quantities > 0)
    add(table, HC_COLUMN_QUANTITIES, "quantities", H5T_NATIVE_DOUBLE, table->n_quantities);
  for (int k = 0; k < table->n_fields; k++) {
    const json_t *field = json_array_get(fields, (size_t)k);
    char path[128];
    snprintf(path, sizeof path, "fields/%s", json_string_value(json_object_get(field, "name")));
    table->widths[k] = (int64_t)json_integer_value(json_object_get(field, "width"));
    add(table, HC_COLUMN_FIELD, path, H5T_NATIVE_FLOAT, table->widths[k]);
    table->columns[table->n - 1].field = k;
  }
  add(table, HC_COLUMN_MESSAGE, "message", text, 0);
  add(table, HC_COLUMN_STATUS, "status", H5T_NATIVE_INT8, 0);
}

PetscErrorCode hc_layout_create(const char *path, const char *text, struct hc_layout **table)
{
  const json_t *layout;
  json_error_t error;
  json_t *manifest;

  PetscFunctionBeginUser;
  manifest = json_loads(text, 0, &error);
  layout = json_object_get(manifest, "layout");
  if (!json_is_object(layout) || !json_is_integer(json_object_get(manifest, "members"))) {
    json_decref(manifest);
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT, "%s: this is no manifest of a campaign%s%s", path, manifest ? "" : ": ",
            manifest ? "" : error.text);
  }
  PetscCall(PetscCalloc1(1, table));
  (*table)->manifest = manifest;
  (*table)->n_parameters = (int)json_array_size(json_object_get(layout, "parameters"));
  (*table)->n_quantities = (int)json_array_size(json_object_get(layout, "quantities"));
  (*table)->n_fields = (int)json_array_size(json_object_get(layout, "fields"));
  PetscCall(PetscCalloc1((size_t)(*table)->n_fields, &(*table)->widths));
  PetscCall(PetscStrallocpy(text, &(*table)->text));
  PetscCall(PetscCalloc1((size_t)(*table)->n_fields + HC_COLUMN_STATUS + 1, &(*table)->columns));
  add_columns(*table, layout);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_layout_destroy(struct hc_layout **table)
{
  if (!*table)
    return;
  for (int i = 0; i < (*table)->n; i++)
    if ((*table)->columns[i].role == HC_COLUMN_MESSAGE)
      H5Tclose((*table)->columns[i].type);
  json_decref((*table)->manifest);
  (void)PetscFree((*table)->text);
  (void)PetscFree((*table)->columns);
  (void)PetscFree((*table)->widths);
  (void)PetscFree(*table);
}

/* ---- Attributes ---------------------------------------------------------------------------------------------- */

/* An attribute: the texts `key` of the items, as strings of one length. */
static PetscErrorCode put_texts(hid_t object, const char *attribute, const json_t *items, const char *key)
{
  const hsize_t n = json_array_size(items);
  size_t length = 1;
  char *block;
  hid_t type, space, id;

  PetscFunctionBeginUser;
  for (size_t i = 0; i < n; i++) {
    const char *text = json_string_value(json_object_get(json_array_get(items, i), key));
    if (text && strlen(text) + 1 > length)
      length = strlen(text) + 1;
  }
  PetscCall(PetscCalloc1((size_t)n * length, &block));
  for (size_t i = 0; i < n; i++) {
    const char *text = json_string_value(json_object_get(json_array_get(items, i), key));
    memcpy(block + i * length, text ? text : "", strlen(text ? text : "") + 1);
  }
  type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, length);
  H5Tset_cset(type, H5T_CSET_UTF8);
  space = H5Screate_simple(1, &n, NULL);
  id = H5Acreate2(object, attribute, type, space, H5P_DEFAULT, H5P_DEFAULT);
  HC_H5(id, "attribute %s cannot be created", attribute);
  HC_H5(H5Awrite(id, type, block), "attribute %s cannot be written", attribute);
  H5Aclose(id);
  H5Sclose(space);
  H5Tclose(type);
  PetscCall(PetscFree(block));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const char *text_of(const json_t *object, const char *key)
{
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

static PetscErrorCode column_attributes(const struct hc_layout_column *column, const json_t *layout, hid_t set)
{
  PetscFunctionBeginUser;
  if (column->role == HC_COLUMN_PARAMETERS || column->role == HC_COLUMN_QUANTITIES) {
    const json_t *items = json_object_get(layout, column->path);
    PetscCall(put_texts(set, "names", items, "name"));
    PetscCall(put_texts(set, "units", items, "unit"));
  }
  if (column->role == HC_COLUMN_FIELD)
    PetscCall(hc_h5_put_text(
        set, "unit", text_of(json_array_get(json_object_get(layout, "fields"), (size_t)column->field), "unit")));
  if (column->role == HC_COLUMN_SECONDS)
    PetscCall(hc_h5_put_text(set, "unit", "s"));
  if (column->role == HC_COLUMN_STATUS)
    PetscCall(hc_h5_put_text(set, "meaning", "1 done, 2 failed, 3 timeout, 4 crashed"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_layout_attributes(const struct hc_layout *table, hid_t file)
{
  static const char *const texts[] = {"title", "kind", "version", "fingerprint"};

  PetscFunctionBeginUser;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    PetscCall(hc_h5_put_text(file, texts[i], text_of(table->manifest, texts[i])));
  PetscCall(hc_h5_put_text(file, "manifest", table->text));
  for (int i = 0; i < table->n; i++) {
    const hid_t set = H5Dopen2(file, table->columns[i].path, H5P_DEFAULT);
    PetscErrorCode code;
    HC_H5(set, "dataset %s cannot be opened", table->columns[i].path);
    code = column_attributes(&table->columns[i], json_object_get(table->manifest, "layout"), set);
    H5Dclose(set);
    PetscCall(code);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Files --------------------------------------------------------------------------------------------------- */

hid_t hc_layout_access(void)
{
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  return access;
}

/* Long rows: a chunk each, compressed, since it is written once. Short rows: many a chunk, which is written anew in its
 * place as rows come; compressed it would move each time and leave a hole. */
static PetscErrorCode create_column(const struct hc_layout_column *column, hid_t file)
{
  const hsize_t none[2] = {0, (hsize_t)column->width}, most[2] = {H5S_UNLIMITED, (hsize_t)column->width};
  const bool compressed = column->role == HC_COLUMN_FIELD && column->bytes >= COMPRESSED_BYTES;
  const int n_dims = column->width > 0 ? 2 : 1;
  hsize_t chunk[2] = {CHUNK_BYTES / column->bytes, (hsize_t)column->width};
  hid_t space, properties, links, set;

  PetscFunctionBeginUser;
  chunk[0] = chunk[0] > CHUNK_ROWS ? CHUNK_ROWS : chunk[0];
  chunk[0] = chunk[0] < 1 || compressed ? 1 : chunk[0];
  space = H5Screate_simple(n_dims, none, most);
  properties = H5Pcreate(H5P_DATASET_CREATE);
  links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  H5Pset_chunk(properties, n_dims, chunk);
  if (compressed) {
    H5Pset_shuffle(properties);
    H5Pset_deflate(properties, 4);
  }
  set = H5Dcreate2(file, column->path, column->type, space, links, properties, H5P_DEFAULT);
  H5Pclose(links);
  H5Pclose(properties);
  H5Sclose(space);
  HC_H5(set, "dataset %s cannot be created", column->path);
  H5Dclose(set);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode fill_file(const struct hc_layout *table, hid_t file)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < table->n; i++)
    PetscCall(create_column(&table->columns[i], file));
  PetscCall(hc_layout_attributes(table, file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_layout_file(const struct hc_layout *table, const char *path, hid_t *file)
{
  const hid_t access = hc_layout_access(), create = H5Pcreate(H5P_FILE_CREATE);
  PetscErrorCode code;

  PetscFunctionBeginUser;
  H5Pset_attr_phase_change(create, 0, 0); /* a manifest may be longer than attributes in an object's header may be */
  *file = H5Fcreate(path, H5F_ACC_TRUNC, create, access);
  H5Pclose(create);
  H5Pclose(access);
  HC_H5(*file, "%s: cannot be created", path);
  code = fill_file(table, *file);
  if (code) {
    H5Fclose(*file);
    *file = H5I_INVALID_HID;
    PetscCall(code);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
