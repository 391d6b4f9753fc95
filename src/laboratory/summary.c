#include "internal.h"

#include "device.h"

#include <errno.h>
#include <hdf5.h>
#include <math.h>
#include <string.h>

json_t *hc_json_real(double value)
{
  return isfinite(value) ? json_real(value) : json_null();
}

void hc_json_biomarkers(json_t *record, const struct hc_biomarkers *found)
{
  for (const struct hc_biomarker_info *info = hc_biomarker_table; info->key; info++) {
    const void *value = (const char *)found + info->offset;
    json_object_set_new(record, info->key,
                        info->is_flag ? json_boolean(*(const bool *)value) : hc_json_real(*(const double *)value));
  }
}

/* ---- Provenance -------------------------------------------------------------------------------------------------- */

static json_t *libraries(void)
{
  unsigned int h5[3];
  H5get_libversion(&h5[0], &h5[1], &h5[2]);
  return json_pack("{s:o, s:o}", "petsc",
                   json_sprintf("%d.%d.%d", PETSC_VERSION_MAJOR, PETSC_VERSION_MINOR, PETSC_VERSION_SUBMINOR), "hdf5",
                   json_sprintf("%u.%u.%u", h5[0], h5[1], h5[2]));
}

static PetscErrorCode put_input(json_t *inputs, const char *path)
{
  char sha256[65];

  PetscFunctionBeginUser;
  if (!path)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(hc_sha256_file(path, sha256));
  json_array_append_new(inputs, json_pack("{s:s, s:s}", "path", path, "sha256", sha256));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode put_inputs(const struct hc_experiment *experiment, json_t *json)
{
  const struct hc_cell_params *cell = &experiment->study->cell;
  const struct hc_drug_params *drugs = cell->drugs.items;
  json_t *inputs = json_array();

  PetscFunctionBeginUser;
  json_object_set_new(json, "inputs", inputs);
  PetscCall(put_input(inputs, experiment->options->case_path));
  PetscCall(put_input(inputs, cell->initial_file));
  for (int i = 0; i < cell->drugs.n; i++)
    PetscCall(put_input(inputs, drugs[i].table));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void put_model(const struct hc_experiment *experiment, json_t *json)
{
  const struct hc_cell_model *model = experiment->subject->model;
  const struct hc_laboratory_params *study = experiment->study;
  const struct hc_batch_counts counts = hc_batch_counted(experiment->subject->batch);
  json_object_set_new(
      json, "model",
      json_pack("{s:s, s:s, s:s}", "name", model->name, "title", model->title, "citation", model->citation));
  json_object_set_new(json, "pacing",
                      json_pack("{s:f, s:f, s:f}", "cycle_length_ms", study->pacing.cycle_length, "stimulus_a_per_f",
                                experiment->subject->stimulus, "stimulus_duration_ms", experiment->subject->duration));
  json_object_set_new(json, "integration",
                      json_pack("{s:s, s:I, s:I}", "method", hc_batch_integrators[experiment->subject->method].name,
                                "steps", (json_int_t)counts.steps, "rejected_steps", (json_int_t)counts.rejected));
}

/* Where the cells were computed, and what stayed with the cpu. */
static json_t *backend_of(const struct hc_experiment *experiment)
{
  const struct hc_device *device = experiment->options->device;
  if (!device)
    return json_pack("{s:s}", "name", "cpu");
  const struct hc_device_info *info = hc_device_info(device);
  const char *left = hc_batch_on_device(experiment->subject->batch) ? "beats that are watched"
                     : hc_cell_on_device(experiment->subject->model)
                         ? "all beats: CVODE and voltage clamps have no kernels for devices"
                         : "all beats: this plug-in has no text for devices";
  return json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", info->backend, "device", info->name, "driver", info->driver,
                   "precision", hc_precision_names[info->precision], "delegated", left);
}

/* What the model cannot have, with the reason. */
static json_t *reasons(const struct hc_cell_model *model)
{
  json_t *json = json_object();
  for (const struct hc_biomarker_info *info = hc_biomarker_table; info->key; info++) {
    const char *reason = hc_biomarker_reason(model, info->key);
    if (reason)
      json_object_set_new(json, info->key, json_string(reason));
  }
  return json;
}

static const char *protocol_name(int protocol)
{
  static const char *const names[] = {"pace", "restitution_s1s2", "restitution_dynamic", "voltage_clamp"};
  return names[protocol];
}

static PetscErrorCode fill(const struct hc_experiment *experiment, const char *status, const char *message,
                           double seconds, json_t *json)
{
  const struct hc_laboratory_params *study = experiment->study;
  json_t *records = json_array();

  PetscFunctionBeginUser;
  json_object_set_new(json, "title", json_string(study->title ? study->title : ""));
  json_object_set_new(json, "status", json_string(status));
  if (message)
    json_object_set_new(json, "message", json_string(message));
  json_object_set_new(
      json, "healthcast",
      json_pack("{s:s, s:s, s:s}", "version", hc_version(), "build", hc_build_type(), "compiler", hc_compiler()));
  json_object_set_new(json, "libraries", libraries());
  json_object_set_new(json, "backend", backend_of(experiment));
  json_object_set_new(json, "protocol", json_string(protocol_name(study->protocol)));
  put_model(experiment, json);
  PetscCall(put_inputs(experiment, json));
  json_object_update(json, experiment->common);
  if (experiment->subject->n_cells == 1)
    json_object_update(json, experiment->record[0]);
  json_object_set_new(json, "records", records);
  for (int cell = 0; cell < experiment->subject->n_cells; cell++)
    json_array_append(records, experiment->record[cell]);
  json_object_set_new(json, "absent", reasons(experiment->subject->model));
  json_object_set_new(json, "timings_s", json_pack("{s:f}", "loop", seconds));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_study_summary(const struct hc_experiment *experiment, const char *status, const char *message,
                                double seconds)
{
  const char *folder = experiment->options->folder;
  char path[PETSC_MAX_PATH_LEN], temporary[PETSC_MAX_PATH_LEN];
  json_t *json = json_object();
  PetscErrorCode code;
  bool written;

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "%s/summary.json", folder);
  snprintf(temporary, sizeof temporary, "%s/summary.json.tmp", folder);
  code = fill(experiment, status, message, seconds, json);
  written = !code && json_dump_file(json, temporary, JSON_INDENT(2) | JSON_PRESERVE_ORDER) == 0 &&
            rename(temporary, path) == 0;
  json_decref(json);
  PetscCall(code);
  PetscCheck(written, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s", path, strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}
