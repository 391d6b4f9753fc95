/* Voltage clamp: a family of step protocols, each from the initial state, and the currents in one of the steps. */
#include "internal.h"

#include <math.h>

/* Peak and late currents of all cells in the step that is measured: n_cells x n_currents. */
struct meter {
  int n_currents;
  double *peak, *late; /* signed; the peak is the largest in size */
};

static void see(void *context, const struct hc_batch_sample *sample)
{
  struct meter *meter = context;
  for (int k = 0; k < sample->n; k++)
    for (int c = 0; c < meter->n_currents; c++) {
      const int at = (sample->first + k) * meter->n_currents + c;
      const double current = sample->currents[c * sample->stride + k];
      meter->late[at] = current;
      if (!(fabs(current) <= fabs(meter->peak[at]))) /* also if none has been seen */
        meter->peak[at] = current;
    }
}

struct both {
  const struct hc_batch_observer *recorder;
  struct meter *meter; /* NULL: not this step */
};

static void see_both(void *context, const struct hc_batch_sample *sample)
{
  const struct both *both = context;
  if (both->recorder)
    both->recorder->see(both->recorder->context, sample);
  if (both->meter)
    see(both->meter, sample);
}

/* From the initial state: holding, then the steps; time 0 is where they begin. */
static PetscErrorCode run_steps(struct hc_experiment *experiment, double voltage, struct meter *meter)
{
  const struct hc_clamp_params *clamp = &experiment->study->clamp;
  const struct hc_clamp_step *steps = clamp->steps.items;
  struct hc_subject *subject = experiment->subject;
  const struct hc_batch_observer recorder = {.context = experiment->recorder, .see = hc_chart_see};
  double t = 0;

  PetscFunctionBeginUser;
  for (int cell = 0; cell < subject->n_cells; cell++)
    PetscCall(hc_batch_set(subject->batch, cell, subject->initial + (size_t)cell * (size_t)subject->model->n_states));
  PetscCall(hc_batch_set_time(subject->batch, -clamp->holding_duration));
  PetscCall(hc_batch_clamp(subject->batch, clamp->holding));
  PetscCall(hc_batch_advance(subject->batch, 0, NULL, NULL));
  for (int i = 0; i < clamp->steps.n; i++) {
    struct both both = {experiment->study->output.beats > 0 ? &recorder : NULL, i == clamp->varied ? meter : NULL};
    const struct hc_batch_observer observer = {.context = &both, .see = see_both};
    PetscCall(hc_batch_clamp(subject->batch, i == clamp->varied ? voltage : steps[i].v));
    t += steps[i].duration;
    PetscCall(hc_batch_advance(subject->batch, t, NULL, &observer));
    PetscCall(hc_batch_show(subject->batch, &observer));
  }
  PetscCall(experiment->recorder->failed);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode open_traces(struct hc_experiment *experiment, double voltage)
{
  const struct hc_subject *subject = experiment->subject;
  char label[64];

  PetscFunctionBeginUser;
  for (int cell = 0; cell < subject->n_cells; cell++) {
    if (subject->doses)
      snprintf(label, sizeof label, "%s_%g_v_%g", subject->dose_key, subject->doses[cell], voltage);
    else
      snprintf(label, sizeof label, "v_%g", voltage);
    PetscCall(hc_chart_open(experiment->recorder, cell, label, "voltage_mv", voltage));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void put_voltage(struct hc_experiment *experiment, double voltage, const struct meter *meter)
{
  const struct hc_cell_model *model = experiment->subject->model;
  for (int cell = 0; cell < experiment->subject->n_cells; cell++) {
    json_t *list = json_object_get(experiment->record[cell], "clamp"), *peaks = json_object(), *lates = json_object();
    for (int c = 0; c < model->n_currents; c++) {
      json_object_set_new(peaks, model->currents[c].name, hc_json_real(meter->peak[cell * model->n_currents + c]));
      json_object_set_new(lates, model->currents[c].name, hc_json_real(meter->late[cell * model->n_currents + c]));
    }
    json_array_append_new(
        list, json_pack("{s:o, s:o, s:o}", "voltage_mv", hc_json_real(voltage), "peak", peaks, "late", lates));
  }
}

static void write_rows(const struct hc_experiment *experiment, double voltage, const struct meter *meter, FILE *file)
{
  for (int cell = 0; cell < experiment->subject->n_cells; cell++) {
    hc_table_dose(experiment, cell, file);
    fprintf(file, "%.10g", voltage);
    for (int c = 0; c < meter->n_currents; c++)
      fprintf(file, ",%.10g,%.10g", meter->peak[cell * meter->n_currents + c],
              meter->late[cell * meter->n_currents + c]);
    fputc('\n', file);
  }
}

static PetscErrorCode run_family(struct hc_experiment *experiment, struct meter *meter, FILE *file)
{
  const struct hc_clamp_params *clamp = &experiment->study->clamp;
  const struct hc_clamp_step *steps = clamp->steps.items;
  const struct hc_subject *subject = experiment->subject;
  const struct hc_reals single = {1, (double[]){steps[clamp->varied].v}};
  const struct hc_reals *voltages = clamp->voltages.n > 0 ? &clamp->voltages : &single;

  PetscFunctionBeginUser;
  fprintf(file, "voltage_mv");
  for (int c = 0; c < subject->model->n_currents; c++)
    fprintf(file, ",%s_peak,%s_late", subject->model->currents[c].name, subject->model->currents[c].name);
  fputc('\n', file);
  for (int i = 0; i < voltages->n; i++) {
    for (int at = 0; at < subject->n_cells * meter->n_currents; at++)
      meter->peak[at] = meter->late[at] = NAN;
    PetscCall(open_traces(experiment, voltages->v[i]));
    PetscCall(run_steps(experiment, voltages->v[i], meter));
    put_voltage(experiment, voltages->v[i], meter);
    write_rows(experiment, voltages->v[i], meter, file);
    hc_tell(&experiment->options->progress, i + 1, voltages->n);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_protocol_clamp(struct hc_experiment *experiment)
{
  const struct hc_subject *subject = experiment->subject;
  const int n = subject->n_cells * subject->model->n_currents;
  struct meter meter = {.n_currents = subject->model->n_currents};
  FILE *file;
  PetscErrorCode code, closed;

  PetscFunctionBeginUser;
  for (int cell = 0; cell < subject->n_cells; cell++)
    json_object_set_new(experiment->record[cell], "clamp", json_array());
  PetscCall(hc_table_open(experiment, "clamp.csv", &file));
  PetscCall(PetscMalloc2(n, &meter.peak, n, &meter.late));
  code = run_family(experiment, &meter, file);
  closed = hc_table_close(experiment, "clamp.csv", file);
  PetscCall(PetscFree2(meter.peak, meter.late));
  PetscCall(code);
  PetscCall(closed);
  PetscFunctionReturn(PETSC_SUCCESS);
}
