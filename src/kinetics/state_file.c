/* States of a cell in a file, to begin tissue runs with. One HDF5 file:
 *
 *   attributes of the root, texts: kind, healthcast (version), model, state_names, state_units, parameter_names,
 *                                  parameter_units (a line each)
 *   states      a number a state, V first
 *   parameters  a number for each parameter that differs from the model's default; absent if none does
 *   origin      cycle length in ms (0: not paced), beats, 1 if converged */
#include "internal.h"

#include "h5.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define KIND "healthcast cell states"

enum { ORIGIN_CL, ORIGIN_BEATS, ORIGIN_CONVERGED, ORIGIN_SIZE, TEXT = 16384 };

/* Text with a line for each of the rows that `wanted` marks (NULL: all); number `column` of the texts of a row. */
static void join(int n, const void *rows, size_t stride, int column, const bool *wanted, char text[TEXT])
{
  size_t used = 0;
  text[0] = '\0';
  for (int i = 0; i < n; ++i) {
    const char *const *texts = (const void *)((const char *)rows + (size_t)i * stride); /* name, unit, ... */
    if (!wanted || wanted[i])
      used += (size_t)snprintf(text + used, TEXT - used, "%s%s", used ? "\n" : "", texts[column]);
    if (used >= TEXT)
      return;
  }
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

static PetscErrorCode put_numbers(hid_t file, const char *name, int n, const double *values)
{
  const struct hc_h5_layout layout = {.rows = n};
  PetscFunctionBeginUser;
  PetscCall(hc_h5_dataset(file, name, H5T_NATIVE_DOUBLE, &layout));
  PetscCall(hc_h5_write(file, name, H5T_NATIVE_DOUBLE, 0, n, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_table(hid_t file, const char *what, int n, const void *rows, size_t stride,
                                const bool *wanted)
{
  char name[64], text[TEXT];
  PetscFunctionBeginUser;
  join(n, rows, stride, 0, wanted, text);
  (void)snprintf(name, sizeof(name), "%s_names", what);
  PetscCall(hc_h5_put_text(file, name, text));
  join(n, rows, stride, 1, wanted, text);
  (void)snprintf(name, sizeof(name), "%s_units", what);
  PetscCall(hc_h5_put_text(file, name, text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_parameters(hid_t file, const struct hc_cell_model *model, const double *parameters)
{
  bool *changed;
  double *values;
  int n = 0;
  PetscErrorCode code;
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(model->n_parameters, &changed, model->n_parameters, &values));
  for (int i = 0; i < model->n_parameters; ++i) {
    changed[i] = parameters[i] != model->parameters[i].fallback;
    if (changed[i])
      values[n++] = parameters[i];
  }
  code = put_table(file, "parameter", model->n_parameters, model->parameters, sizeof(*model->parameters), changed);
  if (!code && n > 0)
    code = put_numbers(file, "parameters", n, values);
  PetscCall(PetscFree2(changed, values));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_all(hid_t file, const struct hc_cell_model *model, const double *parameters, const double *y,
                              const struct hc_cell_origin *origin)
{
  const double numbers[ORIGIN_SIZE] = {
      [ORIGIN_CL] = origin->cl, [ORIGIN_BEATS] = (double)origin->beats, [ORIGIN_CONVERGED] = origin->converged};
  PetscFunctionBeginUser;
  PetscCall(hc_h5_put_text(file, "kind", KIND));
  PetscCall(hc_h5_put_text(file, "healthcast", hc_version()));
  PetscCall(hc_h5_put_text(file, "model", model->name));
  PetscCall(put_table(file, "state", model->n_states, model->states, sizeof(*model->states), NULL));
  PetscCall(put_numbers(file, "states", model->n_states, y));
  PetscCall(put_parameters(file, model, parameters));
  PetscCall(put_numbers(file, "origin", ORIGIN_SIZE, numbers));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cell_states_write(const char *path, const struct hc_cell_model *model, const double *parameters,
                                    const double *y, const struct hc_cell_origin *origin)
{
  char temporary[PETSC_MAX_PATH_LEN];
  hid_t file;
  PetscErrorCode code, closed;
  PetscFunctionBeginUser;
  PetscCheck(strlen(path) + 5 < sizeof(temporary), PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: the path is too long",
             path);
  (void)snprintf(temporary, sizeof(temporary), "%s.tmp", path);
  PetscCall(hc_h5_create(PETSC_COMM_SELF, temporary, &file));
  code = put_all(file, model, parameters, y, origin);
  closed = hc_h5_close(&file);
  if (!code)
    code = closed;
  if (code)
    (void)unlink(temporary);
  PetscCall(code);
  PetscCheck(rename(temporary, path) == 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s", path,
             strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

static PetscErrorCode check_model(hid_t file, const char *path, const struct hc_cell_model *model)
{
  char text[TEXT], names[TEXT];
  bool exists;
  int64_t rows;
  int columns;
  PetscFunctionBeginUser;
  PetscCall(hc_h5_get_text(file, "kind", text, sizeof(text)));
  PetscCheck(strcmp(text, KIND) == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: holds no states of a cell; allowed: a file that healthcast cell stored", path);
  PetscCall(hc_h5_get_text(file, "model", text, sizeof(text)));
  PetscCheck(strcmp(text, model->name) == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: holds states of model %s; allowed: of %s", path, text, model->name);
  PetscCall(hc_h5_get_text(file, "state_names", text, sizeof(text)));
  join(model->n_states, model->states, sizeof(*model->states), 0, NULL, names);
  PetscCall(hc_h5_shape(file, "states", &exists, &rows, &columns));
  PetscCheck(strcmp(text, names) == 0 && exists && rows == model->n_states && columns == 1, PETSC_COMM_SELF,
             HC_ERR_INPUT, "%s: its states are not those that model %s has now; allowed: a file stored with this model",
             path, model->name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_values(const char *path, const struct hc_cell_model *model, const double *y)
{
  char text[160];
  PetscFunctionBeginUser;
  for (int i = 0; i < model->n_states; ++i) {
    (void)snprintf(text, sizeof(text), "found %g for state %s of %s", y[i], model->states[i].name, model->name);
    PetscCheck(isfinite(y[i]), PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s; allowed: a finite number", path, text);
  }
  (void)snprintf(text, sizeof(text), "found %g mV for V; allowed: %g to %g mV", y[0], model->v_limits[0],
                 model->v_limits[1]);
  PetscCheck(y[0] >= model->v_limits[0] && y[0] <= model->v_limits[1], PETSC_COMM_SELF, HC_ERR_INPUT, "%s: %s", path,
             text);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode get_all(hid_t file, const char *path, const struct hc_cell_model *model, double *y,
                              struct hc_cell_origin *origin)
{
  double numbers[ORIGIN_SIZE];
  PetscFunctionBeginUser;
  PetscCall(check_model(file, path, model));
  PetscCall(hc_h5_read(file, "states", H5T_NATIVE_DOUBLE, 0, model->n_states, y));
  PetscCall(check_values(path, model, y));
  PetscCall(hc_h5_read(file, "origin", H5T_NATIVE_DOUBLE, 0, ORIGIN_SIZE, numbers));
  if (origin)
    *origin = (struct hc_cell_origin){
        .cl = numbers[ORIGIN_CL], .beats = (int64_t)numbers[ORIGIN_BEATS], .converged = numbers[ORIGIN_CONVERGED] > 0};
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cell_states_read(const char *path, const struct hc_cell_model *model, double *y,
                                   struct hc_cell_origin *origin)
{
  hid_t file;
  PetscErrorCode code, closed;
  PetscFunctionBeginUser;
  PetscCall(hc_h5_open(PETSC_COMM_SELF, path, false, &file));
  code = get_all(file, path, model, y, origin);
  closed = hc_h5_close(&file);
  PetscCall(code ? code : closed);
  PetscFunctionReturn(PETSC_SUCCESS);
}
