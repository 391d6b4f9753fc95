#include "run.h"

#include "internal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- A run in progress ----------------------------------------------------------------------------------------------
 */

struct running {
  MPI_Comm comm;
  int rank;
  const struct hc_case *heart;
  const struct hc_run_options *options;
  struct hc_device *device; /* NULL: the host computes */
  struct hc_twin *twin;
  struct hc_results *results;
  struct hc_snapshot *snapshot;
  struct hc_run_record record;
  bool restored; /* from a checkpoint: what is due before the first step has been done */
  struct hc_progress progress;
  char fingerprint[65];
  char checkpoint_path[PETSC_MAX_PATH_LEN];
  int64_t end, frame_every, frame_start, checkpoint_every, guard_every; /* steps; 0: never */
  int n_fields;
  double *field_values[HC_MAX_FRAME_FIELDS]; /* NULL for V, which is the model's own array */
  double *before;                            /* V before the step */
};

static PetscErrorCode schedule(struct running *run)
{
  const struct hc_case *heart = run->heart;
  const double dt = heart->time.step;

  PetscFunctionBeginUser;
  /* hc_case_read has checked these; a library user who fills the structs by hand is checked here. */
  PetscCall(hc_clock_steps("time.end", "ms", heart->time.end, dt, &run->end));
  PetscCall(hc_clock_steps("output.every", "ms", heart->output.every, dt, &run->frame_every));
  PetscCall(hc_clock_steps("output.start", "ms", heart->output.start, dt, &run->frame_start));
  PetscCall(hc_clock_steps("checkpoint.every", "ms", heart->checkpoint.every, dt, &run->checkpoint_every));
  if (heart->checkpoint.guard > 0) /* to the nearest step, but not to none */
    run->guard_every = PetscMax(1, (int64_t)(heart->checkpoint.guard / dt + 0.5));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode frame_fields(struct running *run, struct hc_results_field *fields)
{
  const struct hc_output_params *output = &run->heart->output;

  PetscFunctionBeginUser;
  run->n_fields = output->fields.n;
  for (int i = 0; i < run->n_fields; i++) {
    const char *name = output->fields.v[i];
    fields[i] = (struct hc_results_field){.name = name, .unit = hc_case_state_unit(run->heart, name), .n_comp = 1};
    if (strcmp(name, "V") != 0)
      PetscCall(PetscMalloc1(run->twin->mesh->n_owned, &run->field_values[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_frame(struct running *run)
{
  const double *values[HC_MAX_FRAME_FIELDS];

  PetscFunctionBeginUser;
  hc_timer_start(&run->record.output);
  if (run->n_fields > 1 || run->field_values[0])
    PetscCall(hc_kinetics_fetch(run->twin->model->kinetics));
  for (int i = 0; i < run->n_fields; i++) {
    if (run->field_values[i])
      PetscCall(hc_kinetics_get(run->twin->model->kinetics, run->heart->output.fields.v[i], run->field_values[i]));
    values[i] = run->field_values[i] ? run->field_values[i] : hc_monodomain_v(run->twin->model, false);
  }
  PetscCall(hc_results_frame(run->results, hc_clock_time(&run->twin->clock), values));
  hc_timer_stop(&run->record.output);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A copy of the state if all of it is finite: steps watch V alone, which a broken state spoils a step later. */
static PetscErrorCode take_snapshot(struct running *run)
{
  char message[256];
  bool bad;

  PetscFunctionBeginUser;
  PetscCall(hc_monodomain_watch(run->twin->model, &run->twin->clock, true, &bad, message, sizeof message));
  PetscCheck(!bad, PETSC_COMM_SELF, HC_ERR_NUMERIC, "%s", message);
  PetscCall(hc_snapshot_take(run->snapshot, run->twin, hc_results_frames(run->results)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_checkpoint(struct running *run)
{
  PetscFunctionBeginUser;
  hc_timer_start(&run->record.checkpoint);
  PetscCall(take_snapshot(run));
  PetscCall(hc_results_commit(run->results));
  PetscCall(hc_snapshot_write(run->snapshot, run->twin, run->checkpoint_path, run->fingerprint));
  hc_timer_stop(&run->record.checkpoint);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Beginning
 * ------------------------------------------------------------------------------------------------------- */

static PetscErrorCode list_inputs(struct running *run)
{
  struct hc_run_record *record = &run->record;
  const char **paths;
  int n;

  PetscFunctionBeginUser;
  PetscCall(hc_case_cell_files(run->heart, &n, &paths));
  PetscCall(PetscCalloc1(2 + n, &record->inputs));
  if (run->options->case_path)
    record->inputs[record->n_inputs++].path = run->options->case_path;
  if (run->heart->mesh.file)
    record->inputs[record->n_inputs++].path = run->heart->mesh.file;
  for (int i = 0; i < n; i++)
    record->inputs[record->n_inputs++].path = paths[i];
  PetscCall(PetscFree(paths));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Checksums of the inputs as they are now: files may change while a run goes on. */
static PetscErrorCode hash_inputs(const struct running *run)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < run->record.n_inputs; i++) {
    struct hc_input_file *input = &run->record.inputs[i];
    if (input->path == run->heart->mesh.file)
      PetscCall(hc_domain_sha256(input->path, input->sha256));
    else
      PetscCall(hc_sha256_file(input->path, input->sha256));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode begin(struct running *run)
{
  const struct hc_run_options *options = run->options;
  struct hc_results_field fields[HC_MAX_FRAME_FIELDS];
  int64_t frames = 0;
  bool unfinished = false;

  PetscFunctionBeginUser;
  PetscCall(schedule(run));
  snprintf(run->checkpoint_path, sizeof run->checkpoint_path, "%s/checkpoint.h5", options->folder);
  PetscCall(hc_session_exists(run->comm, run->checkpoint_path, &unfinished));
  PetscCheck(
      !unfinished || options->restart || options->overwrite, PETSC_COMM_SELF, HC_ERR_INPUT,
      "%s: this folder holds a run that can go on; allowed: --restart to go on with it, --overwrite to drop it, or "
      "another --output",
      run->checkpoint_path);
  if (run->heart->params)
    PetscCall(hc_case_fingerprint(run->comm, run->heart, run->fingerprint));
  PetscCall(list_inputs(run));
  PetscCall(hc_error_agree(run->comm, run->rank == 0 ? hash_inputs(run) : PETSC_SUCCESS));
  if (options->device.backend)
    PetscCall(hc_device_open(run->comm, &options->device, &run->device));
  PetscCall(hc_twin_create(run->comm, run->heart, run->device, &run->twin));
  run->restored = unfinished && options->restart;
  if (run->restored)
    PetscCall(hc_snapshot_restore(run->twin, run->checkpoint_path, run->fingerprint, &frames));
  PetscCheck(run->twin->clock.step <= run->end, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %.10g ms; allowed: at least the %.10g ms that the checkpoint has reached",
             hc_params_place(run->heart->time.params, &run->heart->time.end), run->heart->time.end,
             hc_clock_time(&run->twin->clock));
  PetscCall(PetscMalloc1(run->twin->mesh->n_owned, &run->before));
  PetscCall(frame_fields(run, fields));
  PetscCall(hc_snapshot_create(run->twin, &run->snapshot));
  if (unfinished && !run->restored && run->rank == 0)
    unlink(run->checkpoint_path); /* before the results that it belongs to */
  PetscCall(hc_results_create(run->twin->mesh, options->folder, &run->heart->output, run->twin->fields, run->n_fields,
                              fields, frames, &run->results));
  PetscCall(hc_error_agree(run->comm, run->rank == 0 ? hc_session_used_case(run->heart->params, options->folder,
                                                                            options->case_path, run->record.n_inputs,
                                                                            run->record.inputs)
                                                     : PETSC_SUCCESS));
  run->record.first_step = run->twin->clock.step;
  run->record.fingerprint = run->fingerprint;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- The loop
 * --------------------------------------------------------------------------------------------------------- */

/* What is due after a step (or before the first one). */
static PetscErrorCode after_step(struct running *run, bool first)
{
  const int64_t step = run->twin->clock.step;

  PetscFunctionBeginUser;
  if (run->frame_every > 0 && step >= run->frame_start && (step - run->frame_start) % run->frame_every == 0)
    PetscCall(write_frame(run));
  if (run->guard_every > 0 && (first || step % run->guard_every == 0))
    PetscCall(take_snapshot(run));
  if (!first && run->checkpoint_every > 0 && step % run->checkpoint_every == 0 && step < run->end)
    PetscCall(write_checkpoint(run));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode signals(struct running *run, bool *stop)
{
  bool checkpoint;

  PetscFunctionBeginUser;
  PetscCall(hc_signals_asked(run->comm, stop, &checkpoint));
  if (checkpoint)
    PetscCall(write_checkpoint(run));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The next step after which something is due that needs the state of just then. */
static int64_t next_event(const struct running *run)
{
  const int64_t step = run->twin->clock.step, every[] = {run->guard_every, run->checkpoint_every};
  int64_t next = run->end;

  for (size_t i = 0; i < sizeof every / sizeof every[0]; i++)
    if (every[i] > 0)
      next = PetscMin(next, step + every[i] - step % every[i]);
  if (run->frame_every > 0)
    next = PetscMin(next, step < run->frame_start
                              ? run->frame_start
                              : step + run->frame_every - (step - run->frame_start) % run->frame_every);
  return next;
}

/* What computes, for people. */
static void announce(const struct running *run)
{
  const struct hc_device_info *info = hc_device_info(run->device);

  if (!run->device || run->rank != 0 || run->options->quiet)
    return;
  fprintf(stderr, "backend %s: %s (%s), %s\n", info->backend, info->name, info->driver,
          hc_precision_names[info->precision]);
  if (run->twin->model->delegated[0])
    fprintf(stderr, "backend %s: %s\n", info->backend, run->twin->model->delegated);
}

static PetscErrorCode loop(struct running *run, bool *stopped)
{
  struct hc_twin *twin = run->twin;

  PetscFunctionBeginUser;
  announce(run);
  *stopped = false;
  hc_progress_start(&run->progress, run->rank == 0 && !run->options->quiet, run->options->bar, twin->clock.step,
                    run->end, twin->clock.dt, "ms", true);
  hc_timer_start(&run->record.loop);
  if (!run->restored) {
    if (twin->device)
      PetscCall(hc_observe_device_start(twin->observe, hc_monodomain_device_v(twin->model, false)));
    else
      PetscCall(hc_observe_start(twin->observe, twin->model->v));
    PetscCall(after_step(run, true));
  } else if (run->guard_every > 0) {
    PetscCall(take_snapshot(run));
  }
  while (twin->clock.step < run->end && !*stopped) {
    PetscCall(hc_twin_step(twin, next_event(run), run->before));
    PetscCall(after_step(run, false));
    PetscCall(signals(run, stopped));
    hc_progress_step(&run->progress, twin->clock.step);
  }
  hc_timer_stop(&run->record.loop);
  hc_progress_end(&run->progress, twin->clock.step);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- The end
 * ----------------------------------------------------------------------------------------------------------- */

static PetscErrorCode write_maps(struct running *run)
{
  struct hc_observe *observe = run->twin->observe;
  const int beats = hc_observe_beats(observe);
  double *values;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(run->twin->mesh->n_owned, &values));
  for (int beat = 0; beat < (beats > 0 ? beats : 1); beat++)
    for (int i = 0; i < hc_observe_n_fields(observe); i++) {
      const char *name, *unit;
      char full[96];
      PetscCall(hc_observe_field(observe, i, beat, &name, &unit, values));
      if (beat == 0)
        snprintf(full, sizeof full, "%s", name);
      else
        snprintf(full, sizeof full, "%s_beat%d", name, beat + 1);
      PetscCall(hc_results_map(run->results, full, unit, values));
    }
  PetscCall(PetscFree(values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_traces(struct running *run, const struct hc_traces *traces)
{
  PetscFunctionBeginUser;
  if (traces->n > 0)
    PetscCall(hc_results_traces(run->results, traces->title, traces->unit, traces->n, traces->names, traces->n_samples,
                                traces->samples));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode conclude(struct running *run, const char *status)
{
  struct hc_traces probes, ecg;

  PetscFunctionBeginUser;
  hc_timer_start(&run->record.output);
  PetscCall(hc_observe_fetch(run->twin->observe));
  PetscCall(write_maps(run));
  hc_observe_traces(run->twin->observe, &probes, &ecg);
  PetscCall(write_traces(run, &probes));
  PetscCall(write_traces(run, &ecg));
  PetscCall(hc_results_finish(run->results));
  hc_timer_stop(&run->record.output);
  run->record.status = status;
  PetscCall(hc_summary_write(run->twin, &run->record, run->options->folder));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode finish(struct running *run)
{
  PetscFunctionBeginUser;
  PetscCall(conclude(run, "finished"));
  /* Results are whole now: a checkpoint from half way is of no more use. */
  if (!run->heart->checkpoint.final && run->rank == 0)
    unlink(run->checkpoint_path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* After a failed step: the last good state as a checkpoint, the results so far, and the error again with where that
 * state is. */
static PetscErrorCode salvage(struct running *run, PetscErrorCode code)
{
  char message[1024], where[PETSC_MAX_PATH_LEN + 96] = "";

  PetscFunctionBeginUser;
  snprintf(message, sizeof message, "%s", hc_error_message());
  if (hc_snapshot_step(run->snapshot) > 0) { /* a checkpoint of the start would be of no use */
    PetscCall(hc_results_commit(run->results));
    PetscCall(hc_snapshot_write(run->snapshot, run->twin, run->checkpoint_path, run->fingerprint));
    snprintf(where, sizeof where, "; the last good state kept (t = %g ms) is in %s",
             (double)hc_snapshot_step(run->snapshot) * run->twin->clock.dt, run->checkpoint_path);
  }
  PetscCall(conclude(run, "failed"));
  SETERRQ(PETSC_COMM_SELF, code, "%s%s", message, where);
}

static PetscErrorCode run_guarded(struct running *run, enum hc_run_outcome *outcome)
{
  bool stopped;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(begin(run));
  code = loop(run, &stopped);
  if (!code && !stopped && run->heart->checkpoint.final)
    code = write_checkpoint(run);
  if (((int)code == HC_ERR_NUMERIC || (int)code == HC_ERR_DEVICE) && !run->options->disposable)
    PetscCall(salvage(run, code));
  PetscCall(code);
  if (stopped)
    PetscCall(conclude(run, "interrupted"));
  else
    PetscCall(finish(run));
  *outcome = stopped ? HC_RUN_INTERRUPTED : HC_RUN_FINISHED;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_run(MPI_Comm comm, const struct hc_case *heart, const struct hc_run_options *options,
                      enum hc_run_outcome *outcome)
{
  struct running run = {.comm = comm, .heart = heart, .options = options};
  struct hc_signals old;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &run.rank));
  run.record.loop.name = "loop";
  run.record.output.name = "output";
  run.record.checkpoint.name = "checkpoint";
  hc_signals_install(&old);
  code = run_guarded(&run, outcome);
  hc_signals_restore(&old);
  for (int i = 0; i < run.n_fields; i++)
    PetscCall(PetscFree(run.field_values[i]));
  PetscCall(PetscFree(run.before));
  PetscCall(PetscFree(run.record.inputs));
  hc_snapshot_destroy(&run.snapshot);
  hc_results_destroy(&run.results);
  hc_twin_destroy(&run.twin);
  hc_device_close(&run.device);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
