/* Traces of cells: V, all states and all currents, in memory until the study ends, then as HDF5 and CSV. */
#include "internal.h"

#include "h5.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

PetscErrorCode hc_chart_create(const struct hc_cell_model *model, int n_cells, double every, struct hc_chart **recorder)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(recorder));
  (*recorder)->model = model;
  (*recorder)->every = every;
  (*recorder)->n_cells = n_cells;
  (*recorder)->width = 1 + model->n_states + model->n_currents;
  PetscCall(PetscMalloc1(n_cells, &(*recorder)->open));
  PetscCall(PetscMalloc1(n_cells * (*recorder)->width, &(*recorder)->previous));
  PetscCall(PetscCalloc1(n_cells, &(*recorder)->has_previous));
  for (int cell = 0; cell < n_cells; cell++)
    (*recorder)->open[cell] = -1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_chart_destroy(struct hc_chart **recorder)
{
  if (!*recorder)
    return;
  for (int i = 0; i < (*recorder)->n_traces; i++)
    (void)PetscFree((*recorder)->traces[i].rows);
  (void)PetscFree((*recorder)->traces);
  (void)PetscFree((*recorder)->open);
  (void)PetscFree((*recorder)->previous);
  (void)PetscFree((*recorder)->has_previous);
  (void)PetscFree(*recorder);
}

PetscErrorCode hc_chart_open(struct hc_chart *recorder, int cell, const char *label, const char *key, double value)
{
  struct hc_trace *trace;

  PetscFunctionBeginUser;
  if (recorder->n_traces == recorder->room) {
    recorder->room = PetscMax(8, 2 * recorder->room);
    PetscCall(PetscRealloc((size_t)recorder->room * sizeof *recorder->traces, &recorder->traces));
  }
  trace = &recorder->traces[recorder->n_traces];
  *trace = (struct hc_trace){.key = key, .value = value};
  snprintf(trace->label, sizeof trace->label, "%s", label);
  recorder->open[cell] = recorder->n_traces++;
  recorder->has_previous[cell] = false;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_chart_close(struct hc_chart *recorder, int cell)
{
  recorder->open[cell] = -1;
}

/* ---- Recording --------------------------------------------------------------------------------------------------- */

/* Room for one more row. */
static PetscErrorCode next_row(struct hc_trace *trace, int width, double **row)
{
  PetscFunctionBeginUser;
  if (trace->n == trace->room) {
    trace->room = PetscMax(1024, 2 * trace->room);
    PetscCall(PetscRealloc((size_t)trace->room * (size_t)width * sizeof *trace->rows, &trace->rows));
  }
  *row = trace->rows + trace->n++ * width;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A sample becomes a row, or, on a uniform grid, the rows that lie between it and the sample before. */
static PetscErrorCode add_sample(struct hc_chart *recorder, int cell, const double *sample)
{
  struct hc_trace *trace = &recorder->traces[recorder->open[cell]];
  const int width = recorder->width;
  double *previous = recorder->previous + (ptrdiff_t)cell * width, *row;

  PetscFunctionBeginUser;
  if (recorder->every <= 0 || !recorder->has_previous[cell]) {
    /* the end of a beat is the beginning of the next, unless V is clamped and jumps: then both are kept */
    const double *last = trace->n > 0 ? trace->rows + (trace->n - 1) * width : NULL;
    if (last && last[0] >= sample[0] && last[1] == sample[1])
      trace->n--;
    PetscCall(next_row(trace, width, &row));
    PetscCall(PetscArraycpy(row, sample, width));
  } else {
    for (;;) {
      const double due = trace->rows[0] + (double)trace->n * recorder->every;
      if (due > sample[0] * (1 + 1e-14))
        break;
      const double s = sample[0] > previous[0] ? (due - previous[0]) / (sample[0] - previous[0]) : 1;
      PetscCall(next_row(trace, width, &row));
      row[0] = due;
      for (int i = 1; i < width; i++)
        row[i] = previous[i] + s * (sample[i] - previous[i]);
    }
  }
  PetscCall(PetscArraycpy(previous, sample, width));
  recorder->has_previous[cell] = true;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode see(struct hc_chart *recorder, const struct hc_batch_sample *sample)
{
  const struct hc_cell_model *model = recorder->model;
  double *row;
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(recorder->width, &row));
  for (int k = 0; k < sample->n && !code; k++) {
    if (recorder->open[sample->first + k] < 0)
      continue;
    row[0] = sample->t;
    row[1] = sample->v[k];
    for (int s = 1; s < model->n_states; s++)
      row[1 + s] = sample->state[(s - 1) * sample->stride + k];
    for (int c = 0; c < model->n_currents; c++)
      row[1 + model->n_states + c] = sample->currents[c * sample->stride + k];
    code = add_sample(recorder, sample->first + k, row);
  }
  PetscCall(PetscFree(row));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_chart_see(void *context, const struct hc_batch_sample *sample)
{
  struct hc_chart *recorder = context;
  if (!recorder->failed)
    recorder->failed = see(recorder, sample);
}

/* ---- HDF5 -------------------------------------------------------------------------------------------------------- */

static PetscErrorCode put_real(hid_t object, const char *name, double value)
{
  const hid_t space = H5Screate(H5S_SCALAR);
  const hid_t attribute = H5Acreate2(object, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT);
  herr_t written = -1;

  PetscFunctionBeginUser;
  if (attribute >= 0) {
    written = H5Awrite(attribute, H5T_NATIVE_DOUBLE, &value);
    H5Aclose(attribute);
  }
  H5Sclose(space);
  HC_H5(written, "traces.h5: attribute %s cannot be written", name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One column of a trace as a dataset with its unit and meaning. */
static PetscErrorCode put_column(hid_t group, const struct hc_trace *trace, int width, int column, const char *name,
                                 const char *unit, const char *meaning)
{
  const struct hc_h5_layout layout = {
      .rows = trace->n, .columns = 1, .chunk = PetscMin(trace->n, 1 << 16), .deflate = 4};
  double *values;
  hid_t set;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_dataset(group, name, H5T_NATIVE_DOUBLE, &layout));
  PetscCall(PetscMalloc1(trace->n, &values));
  for (int64_t i = 0; i < trace->n; i++)
    values[i] = trace->rows[i * width + column];
  code = hc_h5_write(group, name, H5T_NATIVE_DOUBLE, 0, trace->n, values);
  PetscCall(PetscFree(values));
  PetscCall(code);
  set = H5Dopen2(group, name, H5P_DEFAULT);
  HC_H5(set, "traces.h5: %s cannot be opened", name);
  PetscCall(hc_h5_put_text(set, "unit", unit));
  PetscCall(hc_h5_put_text(set, "meaning", meaning));
  H5Dclose(set);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_trace(hid_t file, const struct hc_chart *recorder, const struct hc_trace *trace)
{
  const struct hc_cell_model *model = recorder->model;
  hid_t group, states, currents;

  PetscFunctionBeginUser;
  PetscCall(hc_h5_group(file, trace->label, true, &group));
  if (trace->key)
    PetscCall(put_real(group, trace->key, trace->value));
  PetscCall(put_column(group, trace, recorder->width, 0, "t", "ms", "time"));
  PetscCall(hc_h5_group(group, "states", true, &states));
  for (int s = 0; s < model->n_states; s++)
    PetscCall(put_column(states, trace, recorder->width, 1 + s, model->states[s].name, model->states[s].unit,
                         model->states[s].meaning));
  PetscCall(hc_h5_group(group, "currents", true, &currents));
  for (int c = 0; c < model->n_currents; c++)
    PetscCall(put_column(currents, trace, recorder->width, 1 + model->n_states + c, model->currents[c].name,
                         model->currents[c].unit, model->currents[c].meaning));
  H5Gclose(currents);
  H5Gclose(states);
  H5Gclose(group);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode fill_file(hid_t file, const struct hc_chart *recorder)
{
  PetscFunctionBeginUser;
  PetscCall(hc_h5_put_text(file, "healthcast", hc_version()));
  PetscCall(hc_h5_put_text(file, "model", recorder->model->name));
  PetscCall(hc_h5_put_text(file, "citation", recorder->model->citation));
  for (int i = 0; i < recorder->n_traces; i++)
    if (recorder->traces[i].n > 0)
      PetscCall(put_trace(file, recorder, &recorder->traces[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_h5(const struct hc_chart *recorder, const char *folder)
{
  char path[PETSC_MAX_PATH_LEN];
  hid_t file;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "%s/traces.h5", folder);
  PetscCall(hc_h5_create(PETSC_COMM_SELF, path, &file));
  code = fill_file(file, recorder);
  if (code)
    (void)hc_h5_close(&file);
  else
    code = hc_h5_close(&file);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- CSV --------------------------------------------------------------------------------------------------------- */

/* A line of names, then all traces one after the other; what tells them apart is the first column. */
static PetscErrorCode write_csv(const struct hc_chart *recorder, const char *folder)
{
  const struct hc_cell_model *model = recorder->model;
  const char *key = recorder->traces[0].key;
  char path[PETSC_MAX_PATH_LEN];
  FILE *file;
  bool failed;

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "%s/traces.csv", folder);
  file = fopen(path, "w");
  PetscCheck(file, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s", path, strerror(errno));
  fprintf(file, "%s%st_ms", key ? key : "", key ? "," : "");
  for (int s = 0; s < model->n_states; s++)
    fprintf(file, ",%s", model->states[s].name);
  for (int c = 0; c < model->n_currents; c++)
    fprintf(file, ",%s", model->currents[c].name);
  for (int i = 0; i < recorder->n_traces; i++)
    for (int64_t row = 0; row < recorder->traces[i].n; row++) {
      const double *values = recorder->traces[i].rows + row * recorder->width;
      fputc('\n', file);
      if (key)
        fprintf(file, "%.10g,", recorder->traces[i].value);
      fprintf(file, "%.12g", values[0]);
      for (int j = 1; j < recorder->width; j++)
        fprintf(file, ",%.10g", values[j]);
    }
  fputc('\n', file);
  failed = ferror(file) != 0;
  failed = fclose(file) != 0 || failed;
  PetscCheck(!failed, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s", path, strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_chart_write(const struct hc_chart *recorder, const char *folder)
{
  bool any = false;

  PetscFunctionBeginUser;
  for (int i = 0; i < recorder->n_traces; i++)
    any = any || recorder->traces[i].n > 0;
  if (!any)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(write_h5(recorder, folder));
  PetscCall(write_csv(recorder, folder));
  PetscFunctionReturn(PETSC_SUCCESS);
}
