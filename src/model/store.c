/* Measured velocities on disk. A store is a convenience: nothing in it is worth an error. */
#include "velocity.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Path of a file in the store; false if there is no place for one. */
static bool store_path(const char *key, char *path, size_t size)
{
  char name[80]; /* a checksum and its ending */

  snprintf(name, sizeof name, "%s.json", key);
  return hc_cache_path(name, path, size);
}

/* Checksum of the values: a file that was cut or edited is told from a whole one. */
static PetscErrorCode checksum(const char *key, int n, const double *values, char hex[65])
{
  const size_t room = 26; /* a number with 17 digits */
  char *text;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(72 + room * (size_t)n, &text));
  size_t at = (size_t)snprintf(text, 72, "%s\n", key);
  for (int i = 0; i < n; i++)
    at += (size_t)snprintf(text + at, room, "%.17g\n", values[i]);
  const PetscErrorCode code = hc_sha256_text(text, hex);
  PetscCall(PetscFree(text));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static bool take_values(const json_t *json, const char *key, int n, double *values)
{
  const json_t *list = json_object_get(json, "velocity_mm_per_ms");
  const char *given = json_string_value(json_object_get(json, "sha256"));
  char hex[65];

  if (!given || json_array_size(list) != (size_t)n)
    return false;
  for (int i = 0; i < n; i++) {
    const json_t *value = json_array_get(list, (size_t)i);
    values[i] = json_number_value(value);
    if (!json_is_number(value) || !isfinite(values[i]) || values[i] < 0)
      return false;
  }
  return checksum(key, n, values, hex) == 0 && !strcmp(hex, given);
}

void hc_velocity_store_read(const char *key, int n, double *values, bool *found)
{
  char path[PETSC_MAX_PATH_LEN];
  json_t *json;

  *found = false;
  if (!store_path(key, path, sizeof path))
    return;
  json = json_load_file(path, 0, NULL);
  if (json)
    *found = take_values(json, key, n, values);
  json_decref(json);
}

void hc_velocity_store_write(const char *key, const char *about, int n, const double *values)
{
  char path[PETSC_MAX_PATH_LEN], temporary[PETSC_MAX_PATH_LEN + 32], hex[65];
  json_t *json, *list;

  if (!store_path(key, path, sizeof path) || checksum(key, n, values, hex) != 0)
    return;
  json = json_object();
  list = json_array();
  for (int i = 0; i < n; i++)
    json_array_append_new(list, json_real(values[i]));
  json_object_set_new(json, "about", json_string(about));
  json_object_set_new(json, "velocity_mm_per_ms", list);
  json_object_set_new(json, "sha256", json_string(hex));
  hc_cache_temporary(path, temporary, sizeof temporary);
  if (json_dump_file(json, temporary, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(17)) == 0)
    (void)hc_cache_replace(temporary, path);
  else
    (void)unlink(temporary);
  json_decref(json);
}
