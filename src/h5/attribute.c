#include "internal.h"

#include <stdio.h>
#include <string.h>

static PetscErrorCode put(hid_t object, const char *name, hid_t type, hid_t space, const void *values)
{
  char where[1024];
  hid_t attribute;

  PetscFunctionBeginUser;
  hc_h5_where(object, name, where, sizeof where);
  if (H5Aexists(object, name) > 0)
    HC_H5(H5Adelete(object, name), "%s: attribute cannot be replaced", where);
  attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  HC_H5(attribute, "%s: attribute cannot be created", where);
  HC_H5(H5Awrite(attribute, type, values), "%s: attribute cannot be written", where);
  HC_H5(H5Aclose(attribute), "%s: attribute cannot be written", where);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_string(hid_t object, const char *name, const char *text, H5T_cset_t set, H5T_str_t padding)
{
  const size_t length = strlen(text) + (padding == H5T_STR_NULLTERM ? 1 : 0);
  const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);

  PetscFunctionBeginUser;
  H5Tset_size(type, length > 0 ? length : 1);
  H5Tset_cset(type, set);
  H5Tset_strpad(type, padding);
  PetscCall(put(object, name, type, space, text));
  H5Sclose(space);
  H5Tclose(type);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_h5_put_text(hid_t object, const char *name, const char *text)
{
  PetscFunctionBeginUser;
  PetscCall(put_string(object, name, text, H5T_CSET_UTF8, H5T_STR_NULLTERM));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_h5_put_ascii(hid_t object, const char *name, const char *text)
{
  PetscFunctionBeginUser;
  PetscCall(put_string(object, name, text, H5T_CSET_ASCII, H5T_STR_NULLPAD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_h5_put_ints(hid_t object, const char *name, int n, const int64_t *values)
{
  const hsize_t size = (hsize_t)n;
  const hid_t space = H5Screate_simple(1, &size, NULL);

  PetscFunctionBeginUser;
  PetscCall(put(object, name, H5T_NATIVE_INT64, space, values));
  H5Sclose(space);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void get_variable(hid_t attribute, hid_t type, char *text, size_t size)
{
  char *value = NULL;
  if (H5Aread(attribute, type, (void *)&value) >= 0 && value) {
    snprintf(text, size, "%s", value);
    H5free_memory(value);
  }
}

static PetscErrorCode get_fixed(hid_t attribute, hid_t type, char *text, size_t size)
{
  const size_t length = H5Tget_size(type);
  char *value;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(length + 1, &value));
  if (H5Aread(attribute, type, value) >= 0) {
    snprintf(text, size, "%s", value);
    if (H5Tget_strpad(type) == H5T_STR_SPACEPAD)
      for (size_t n = strlen(text); n > 0 && text[n - 1] == ' '; n--)
        text[n - 1] = '\0';
  }
  PetscCall(PetscFree(value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_h5_get_text(hid_t object, const char *name, char *text, size_t size)
{
  hid_t attribute, type, space;

  PetscFunctionBeginUser;
  text[0] = '\0';
  if (H5Aexists(object, name) <= 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  attribute = H5Aopen(object, name, H5P_DEFAULT);
  if (attribute < 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  type = H5Aget_type(attribute);
  space = H5Aget_space(attribute);
  if (H5Tget_class(type) == H5T_STRING && H5Sget_simple_extent_npoints(space) == 1) {
    if (H5Tis_variable_str(type) > 0)
      get_variable(attribute, type, text, size);
    else
      PetscCall(get_fixed(attribute, type, text, size));
  }
  H5Sclose(space);
  H5Tclose(type);
  H5Aclose(attribute);
  PetscFunctionReturn(PETSC_SUCCESS);
}
