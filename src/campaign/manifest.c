/* manifest.json: what the campaign is. */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *columns_of(int n, const struct hc_campaign_column *columns)
{
  json_t *array = json_array();
  for (int i = 0; i < n; i++)
    json_array_append_new(
        array, json_pack("{s:s, s:s}", "name", columns[i].name, "unit", columns[i].unit ? columns[i].unit : ""));
  return array;
}

static json_t *fields_of(int n, const struct hc_campaign_field *fields)
{
  json_t *array = json_array();
  for (int i = 0; i < n; i++)
    json_array_append_new(array, json_pack("{s:s, s:s, s:I}", "name", fields[i].name, "unit",
                                           fields[i].unit ? fields[i].unit : "", "width", (json_int_t)fields[i].width));
  return array;
}

PetscErrorCode hc_manifest_make(const struct hc_campaign_layout *layout, int64_t members, char **text)
{
  json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:I, s:{s:o, s:o, s:o}}", "title", layout->title ? layout->title : "",
                           "kind", layout->kind ? layout->kind : "", "version", hc_version(), "fingerprint",
                           layout->fingerprint ? layout->fingerprint : "", "members", (json_int_t)members, "layout",
                           "parameters", columns_of(layout->n_parameters, layout->parameters), "quantities",
                           columns_of(layout->n_quantities, layout->quantities), "fields",
                           fields_of(layout->n_fields, layout->fields));

  PetscFunctionBeginUser;
  PetscCheck(json, PETSC_COMM_SELF, HC_ERR_INPUT,
             "the title of a campaign and the names and units of its columns: "
             "found what is no UTF-8");
  if (layout->manifest)
    json_object_update_missing(json, (json_t *)layout->manifest);
  *text = json_dumps(json, JSON_INDENT(2));
  json_decref(json);
  PetscCheck(*text, PETSC_COMM_SELF, PETSC_ERR_MEM, "out of memory for a manifest");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void path_of(const char *folder, char path[PATH_MAX])
{
  snprintf(path, PATH_MAX, "%s/manifest.json", folder);
}

PetscErrorCode hc_manifest_read(const char *folder, char **text)
{
  char path[PATH_MAX];
  json_error_t error;
  json_t *json;
  FILE *file;

  PetscFunctionBeginUser;
  *text = NULL;
  path_of(folder, path);
  file = fopen(path, "re");
  if (!file && errno == ENOENT)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(file, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: cannot be read: %s", path, strerror(errno));
  json = json_loadf(file, 0, &error);
  fclose(file);
  PetscCheck(json, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: line %d: %s", path, error.line, error.text);
  *text = json_dumps(json, JSON_INDENT(2));
  json_decref(json);
  PetscCheck(*text, PETSC_COMM_SELF, PETSC_ERR_MEM, "out of memory for a manifest");
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_manifest_compare(const char *folder, const char *old, const char *new, bool *same)
{
  static const char *const keys[] = {"kind", "fingerprint", "layout"};
  json_t *a = json_loads(old, 0, NULL), *b = json_loads(new, 0, NULL);
  const char *differs = NULL;

  PetscFunctionBeginUser;
  for (size_t i = 0; i < sizeof keys / sizeof keys[0] && !differs; i++)
    if (!json_equal(json_object_get(a, keys[i]), json_object_get(b, keys[i])))
      differs = keys[i];
  json_decref(a);
  json_decref(b);
  *same = differs == NULL;
  if (differs)
    SETERRQ(PETSC_COMM_SELF, HC_ERR_INPUT,
            "%s: this folder holds another campaign (its %s differs); allowed: the same campaign, another folder, or "
            "--overwrite to drop this one",
            folder, differs);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_manifest_write(const char *folder, const char *text)
{
  char path[PATH_MAX], temporary[PATH_MAX + 8];
  FILE *file;
  bool written;

  PetscFunctionBeginUser;
  path_of(folder, path);
  snprintf(temporary, sizeof temporary, "%s.new", path);
  file = fopen(temporary, "we");
  PetscCheck(file, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s", temporary, strerror(errno));
  written = fprintf(file, "%s\n", text) > 0;
  written = fclose(file) == 0 && written;
  PetscCheck(written, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s", temporary, strerror(errno));
  PetscCall(hc_store_replace(temporary, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}
