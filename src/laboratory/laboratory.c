/* A study from its input block to its files. */
#include "laboratory.h"

#include "internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Files ------------------------------------------------------------------------------------------------------- */

static PetscErrorCode path_in(const struct hc_experiment *experiment, const char *name, char path[PETSC_MAX_PATH_LEN])
{
  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(path, PETSC_MAX_PATH_LEN, "%s/%s", experiment->options->folder, name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_table_open(const struct hc_experiment *experiment, const char *name, FILE **file)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  PetscCall(path_in(experiment, name, path));
  *file = fopen(path, "w");
  PetscCheck(*file, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s", path, strerror(errno));
  if (experiment->subject && experiment->subject->doses)
    fprintf(*file, "%s,", experiment->subject->dose_key);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_table_close(const struct hc_experiment *experiment, const char *name, FILE *file)
{
  char path[PETSC_MAX_PATH_LEN];
  bool failed = ferror(file) != 0;

  PetscFunctionBeginUser;
  failed = fclose(file) != 0 || failed;
  PetscCall(path_in(experiment, name, path));
  PetscCheck(!failed, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s", path, strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_table_dose(const struct hc_experiment *experiment, int cell, FILE *file)
{
  if (experiment->subject->doses)
    fprintf(file, "%.10g,", experiment->subject->doses[cell]);
}

static PetscErrorCode make_folder(const char *path)
{
  char partial[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  PetscCheck(path[0] && strlen(path) < sizeof partial, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "folder for results: its name has %zu characters; allowed: 1 to %zu", strlen(path), sizeof partial - 1);
  for (size_t i = 1; i <= strlen(path); i++)
    if (path[i] == '/' || path[i] == '\0') {
      snprintf(partial, sizeof partial, "%.*s", (int)i, path);
      PetscCheck(mkdir(partial, 0777) == 0 || errno == EEXIST, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
                 "%s: folder cannot be made: %s", partial, strerror(errno));
    }
  PetscCheck(access(path, W_OK | X_OK) == 0, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: folder cannot be written: %s",
             path, strerror(errno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Make the folder and take earlier results out of it; a run of tissue that can go on only if the user says so. */
static PetscErrorCode prepare_folder(const struct hc_experiment *experiment)
{
  static const char *const earlier[] = {"summary.json", "traces.h5", "traces.csv",   "restitution.csv",
                                        "clamp.csv",    "cell.png",  "checkpoint.h5"};
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  PetscCall(path_in(experiment, "checkpoint.h5", path));
  PetscCheck(access(path, F_OK) != 0 || experiment->options->overwrite, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: this folder holds a run that can go on; allowed: --overwrite to drop it, or another --output", path);
  PetscCall(make_folder(experiment->options->folder));
  for (size_t i = 0; i < sizeof earlier / sizeof earlier[0]; i++) {
    PetscCall(path_in(experiment, earlier[i], path));
    PetscCheck(unlink(path) == 0 || errno == ENOENT, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be replaced: %s",
               path, strerror(errno));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_used(const struct hc_experiment *experiment)
{
  char path[PETSC_MAX_PATH_LEN];
  FILE *file;
  PetscErrorCode code, closed;

  PetscFunctionBeginUser;
  if (!experiment->study->params)
    PetscFunctionReturn(PETSC_SUCCESS); /* a study without a file has nothing to echo */
  PetscCall(path_in(experiment, "case.used.yaml", path));
  file = fopen(path, "w");
  PetscCheck(file, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: cannot be written: %s", path, strerror(errno));
  code = hc_params_echo(experiment->study->params, file);
  closed = hc_table_close(experiment, "case.used.yaml", file);
  PetscCall(code);
  PetscCall(closed);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Running ----------------------------------------------------------------------------------------------------- */

static PetscErrorCode run_protocol(struct hc_experiment *experiment)
{
  static PetscErrorCode (*const protocols[])(struct hc_experiment *) = {
      [HC_PROTOCOL_PACE] = hc_protocol_pace,
      [HC_PROTOCOL_S1S2] = hc_protocol_s1s2,
      [HC_PROTOCOL_DYNAMIC] = hc_protocol_dynamic,
      [HC_PROTOCOL_CLAMP] = hc_protocol_clamp,
  };

  PetscFunctionBeginUser;
  PetscCall(protocols[experiment->study->protocol](experiment));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_records(struct hc_experiment *experiment)
{
  const struct hc_subject *subject = experiment->subject;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(subject->n_cells, &experiment->record));
  for (int cell = 0; cell < subject->n_cells; cell++) {
    experiment->record[cell] = json_object();
    if (subject->doses)
      json_object_set_new(experiment->record[cell], subject->dose_key, hc_json_real(subject->doses[cell]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Run, and write down what there is, also after a failure of a cell or of the device. */
static PetscErrorCode run_and_write(struct hc_experiment *experiment)
{
  const double start = MPI_Wtime();
  char message[1024] = "";
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(write_used(experiment));
  code = run_protocol(experiment);
  if ((int)code == HC_ERR_NUMERIC || (int)code == HC_ERR_DEVICE)
    snprintf(message, sizeof message, "%s", hc_error_message());
  else
    PetscCall(code);
  PetscCall(hc_chart_write(experiment->recorder, experiment->options->folder));
  PetscCall(hc_study_summary(experiment, code ? "failed" : "finished", code ? message : NULL, MPI_Wtime() - start));
  if (code)
    SETERRQ(PETSC_COMM_SELF, code, "%s", message);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_study(struct hc_experiment *experiment)
{
  const struct hc_laboratory_params *study = experiment->study;

  PetscFunctionBeginUser;
  PetscCall(hc_subject_create(study, experiment->options->device, &experiment->subject));
  PetscCheck(!experiment->options->save_state || study->protocol == HC_PROTOCOL_PACE, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: only protocol pace leaves states to save", experiment->options->save_state);
  PetscCheck(!experiment->options->save_state || experiment->subject->n_cells == 1, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %d doses; allowed: states of one cell", experiment->options->save_state,
             experiment->subject->n_cells);
  PetscCall(create_records(experiment));
  PetscCall(hc_chart_create(experiment->subject->model, experiment->subject->n_cells, study->output.every,
                            &experiment->recorder));
  PetscCall(prepare_folder(experiment));
  PetscCall(run_and_write(experiment));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_laboratory_run(const struct hc_laboratory_params *study, const struct hc_laboratory_options *options)
{
  struct hc_experiment experiment = {.study = study, .options = options, .common = json_object()};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  code = run_study(&experiment);
  for (int cell = 0; experiment.record && cell < experiment.subject->n_cells; cell++)
    json_decref(experiment.record[cell]);
  PetscCall(PetscFree(experiment.record));
  json_decref(experiment.common);
  hc_chart_destroy(&experiment.recorder);
  hc_subject_destroy(&experiment.subject);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
