/* One tumour case from its file to results. */
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SAME_TIME 1e-9 /* day */

struct running {
  MPI_Comm comm;
  int rank;
  const struct hc_growth_case *tumour_case;
  const struct hc_growth_options *options;
  struct hc_device *device;
  struct hc_growth *growth;
  struct hc_results *results;
  struct hc_watched *watched;
  struct hc_kept *kept;
  struct hc_growth_record record;
  struct hc_progress progress;
  bool restored;
  char fingerprint[65], checkpoint_path[PETSC_MAX_PATH_LEN];
  double begin, frame_start;
  int64_t checkpoints; /* multiples of checkpoint.every that have passed */
};

/* ---- What is due ------------------------------------------------------------------------------------------------- */

static double next_frame(const struct running *run)
{
  const double every = run->tumour_case->output.every;
  return every > 0 ? run->frame_start + (double)hc_results_frames(run->results) * every : INFINITY;
}

static double next_checkpoint(const struct running *run)
{
  const double every = run->tumour_case->checkpoint.every;
  return every > 0 ? run->begin + (double)(run->checkpoints + 1) * every : INFINITY;
}

/* Species that the case asks for; displacement and stress if there are any. */
enum { MOST_FIELDS = HC_SPECIES + 2 };

static PetscErrorCode write_frame(struct running *run)
{
  const struct hc_strings *fields = &run->tumour_case->output.fields;
  const struct hc_mechanics *mechanics = run->growth->tumour->mechanics;
  const double *values[MOST_FIELDS];

  PetscFunctionBeginUser;
  PetscCall(hc_tumour_deform(run->growth->tumour));
  hc_timer_start(&run->record.output);
  for (int i = 0; i < fields->n; i++)
    for (int k = 0; k < HC_SPECIES; k++)
      if (strcmp(fields->v[i], hc_species_names[k]) == 0)
        values[i] = hc_tumour_species(run->growth->tumour, k, false);
  if (mechanics) {
    values[fields->n] = mechanics->displacement;
    values[fields->n + 1] = mechanics->von_mises;
  }
  PetscCall(hc_results_frame(run->results, run->growth->tumour->time, values));
  hc_timer_stop(&run->record.output);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode keep(struct running *run)
{
  PetscFunctionBeginUser;
  PetscCall(hc_growth_keep(run->growth, run->watched, hc_results_frames(run->results), &run->kept));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_checkpoint(struct running *run)
{
  PetscFunctionBeginUser;
  hc_timer_start(&run->record.checkpoint);
  PetscCall(keep(run));
  PetscCall(hc_results_commit(run->results));
  PetscCall(hc_growth_checkpoint(run->growth, run->watched, run->kept, run->checkpoint_path, run->fingerprint));
  hc_timer_stop(&run->record.checkpoint);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Frames and samples come before the treatments of their day. Steps end where these are due; copies and checkpoints
 * wait for the end of a step, so that results do not depend on them. */
static PetscErrorCode record(struct running *run)
{
  const struct hc_growth_checkpoint_params *checkpoint = &run->tumour_case->checkpoint;
  const double now = run->growth->tumour->time + SAME_TIME;

  PetscFunctionBeginUser;
  if (now >= hc_watched_next(run->watched))
    PetscCall(hc_watched_sample(run->watched, run->growth));
  if (now >= next_frame(run))
    PetscCall(write_frame(run));
  if (!run->kept || (checkpoint->guard > 0 && now >= hc_growth_kept_day(run->kept) + checkpoint->guard))
    PetscCall(keep(run));
  if (now >= next_checkpoint(run)) {
    run->checkpoints = (int64_t)floor((now - run->begin) / checkpoint->every);
    if (run->growth->tumour->time < run->tumour_case->time.end - SAME_TIME)
      PetscCall(write_checkpoint(run));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Beginning --------------------------------------------------------------------------------------------------- */

static PetscErrorCode hash_inputs(struct running *run)
{
  struct hc_growth_record *record = &run->record;

  PetscFunctionBeginUser;
  for (int i = 0; i < record->n_inputs; i++)
    PetscCall(hc_domain_sha256(record->inputs[i].path, record->inputs[i].sha256));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode list_inputs(struct running *run)
{
  struct hc_growth_record *record = &run->record;
  const char *paths[HC_GROWTH_FILES];
  const int n = hc_growth_files(run->tumour_case, paths);

  PetscFunctionBeginUser;
  if (run->options->case_path)
    record->inputs[record->n_inputs++].path = run->options->case_path;
  for (int i = 0; i < n; i++)
    record->inputs[record->n_inputs++].path = paths[i];
  PetscCall(hc_error_agree(run->comm, run->rank == 0 ? hash_inputs(run) : PETSC_SUCCESS));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode open_results(struct running *run, int64_t frames)
{
  const struct hc_strings *names = &run->tumour_case->output.fields;
  struct hc_results_field fields[MOST_FIELDS];
  struct hc_output_params output = run->tumour_case->output;
  int n = names->n;

  PetscFunctionBeginUser;
  output.time_unit = "day";
  for (int i = 0; i < names->n; i++)
    fields[i] = (struct hc_results_field){.name = names->v[i], .unit = "1", .n_comp = 1};
  if (run->growth->tumour->mechanics) {
    fields[n++] = (struct hc_results_field){.name = "displacement", .unit = "mm", .n_comp = 3};
    fields[n++] = (struct hc_results_field){.name = "von_mises", .unit = "kPa", .n_comp = 1, .where = HC_CELL};
  }
  PetscCall(hc_results_create(run->growth->mesh, run->options->folder, &output, run->growth->fields, n, fields, frames,
                              &run->results));
  PetscCall(hc_error_agree(run->comm,
                           run->rank == 0
                               ? hc_session_used_case(run->tumour_case->params, run->options->folder,
                                                      run->options->case_path, run->record.n_inputs, run->record.inputs)
                               : PETSC_SUCCESS));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode restore(struct running *run, int64_t *frames)
{
  const struct hc_growth_case *c = run->tumour_case;

  PetscFunctionBeginUser;
  PetscCall(hc_growth_restore(run->growth, run->watched, run->checkpoint_path, run->fingerprint, frames));
  PetscCheck(run->growth->tumour->time <= c->time.end + SAME_TIME, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found day %.6g; allowed: from day %.6g on, which the checkpoint has reached",
             hc_params_place(c->time.params, &c->time.end), c->time.end, run->growth->tumour->time);
  if (c->checkpoint.every > 0)
    run->checkpoints = (int64_t)floor((run->growth->tumour->time - run->begin) / c->checkpoint.every + SAME_TIME);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is compared at the end is read now: an image that cannot be used must not cost a run. */
static PetscErrorCode check_segmentation(const struct running *run)
{
  const struct hc_growth_observe_params *observe = &run->tumour_case->observe;
  double *mask;

  PetscFunctionBeginUser;
  if (!observe->segmentation)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(hc_growth_mask(run->growth, hc_params_place(observe->params, &observe->segmentation), observe->segmentation,
                           &observe->visible_labels, &mask));
  PetscCall(PetscFree(mask));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode begin(struct running *run)
{
  const struct hc_growth_options *options = run->options;
  int64_t frames = 0;
  bool unfinished = false;

  PetscFunctionBeginUser;
  snprintf(run->checkpoint_path, sizeof run->checkpoint_path, "%s/checkpoint.h5", options->folder);
  PetscCall(hc_session_exists(run->comm, run->checkpoint_path, &unfinished));
  PetscCheck(!unfinished || options->restart || options->overwrite, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: this folder holds a run that can go on; allowed: --restart to go on with it, --overwrite to drop it, "
             "or another --output",
             run->checkpoint_path);
  if (run->tumour_case->params)
    PetscCall(hc_growth_fingerprint(run->comm, run->tumour_case, run->fingerprint));
  PetscCall(list_inputs(run));
  if (options->device.backend)
    PetscCall(hc_device_open(run->comm, &options->device, &run->device));
  PetscCall(hc_growth_create(run->comm, run->tumour_case, run->device, &run->growth));
  PetscCall(check_segmentation(run));
  run->begin = run->growth->tumour->time;
  run->frame_start = isnan(run->tumour_case->output.start) ? run->begin : run->tumour_case->output.start;
  PetscCall(hc_watched_create(run->growth, &run->watched));
  run->restored = unfinished && options->restart;
  if (run->restored)
    PetscCall(restore(run, &frames));
  PetscCall(open_results(run, frames));
  run->record.fingerprint = run->fingerprint;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- The loop ---------------------------------------------------------------------------------------------------- */

static int64_t hundredths(double days)
{
  return (int64_t)(100 * days + 0.5);
}

static PetscErrorCode loop(struct running *run, bool *stopped)
{
  struct hc_tumour *tumour = run->growth->tumour;
  const double end = run->tumour_case->time.end;

  PetscFunctionBeginUser;
  *stopped = false;
  hc_progress_start(&run->progress, run->rank == 0 && !run->options->quiet, run->options->bar,
                    hundredths(tumour->time - run->begin), hundredths(end - run->begin), 0.01, "days", false);
  hc_timer_start(&run->record.loop);
  PetscCall(run->restored ? keep(run) : record(run));
  while (tumour->time < end - SAME_TIME && !*stopped) {
    bool checkpoint;
    PetscCall(hc_tumour_step(tumour, fmin(end, fmin(next_frame(run), hc_watched_next(run->watched)))));
    PetscCall(record(run));
    PetscCall(hc_signals_asked(run->comm, stopped, &checkpoint));
    if (checkpoint)
      PetscCall(write_checkpoint(run));
    hc_progress_step(&run->progress, hundredths(tumour->time - run->begin));
  }
  hc_timer_stop(&run->record.loop);
  hc_progress_end(&run->progress, hundredths(tumour->time - run->begin));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode conclude(struct running *run, const char *status)
{
  const struct hc_watched *w = run->watched;

  PetscFunctionBeginUser;
  hc_timer_start(&run->record.output);
  PetscCall(hc_results_traces(run->results, "burden", "mL", w->n_columns, w->titles, w->n_samples, w->samples));
  PetscCall(hc_results_finish(run->results));
  hc_timer_stop(&run->record.output);
  run->record.status = status;
  PetscCall(hc_growth_summary(run->growth, run->watched, &run->record, run->options->folder));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* After a failed step: the last good state as a checkpoint, the results so far, and the error again with where that
 * state is. */
static PetscErrorCode salvage(struct running *run, PetscErrorCode code)
{
  char message[1024], where[PETSC_MAX_PATH_LEN + 96] = "";

  PetscFunctionBeginUser;
  snprintf(message, sizeof message, "%s", hc_error_message());
  if (run->kept) {
    PetscCall(hc_growth_put_back(run->growth, run->watched, run->kept));
    if (run->growth->tumour->time > run->begin) { /* a checkpoint of the seed would be of no use */
      PetscCall(hc_results_commit(run->results));
      PetscCall(hc_growth_checkpoint(run->growth, run->watched, run->kept, run->checkpoint_path, run->fingerprint));
      snprintf(where, sizeof where, "; the last good state kept (day %.6g) is in %s", run->growth->tumour->time,
               run->checkpoint_path);
    }
    PetscCall(conclude(run, "failed"));
  }
  SETERRQ(PETSC_COMM_SELF, code, "%s%s", message, where);
}

static PetscErrorCode run_guarded(struct running *run, bool *interrupted)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(begin(run));
  code = loop(run, interrupted);
  if (!code && !*interrupted && run->tumour_case->checkpoint.final)
    code = write_checkpoint(run);
  if (((int)code == HC_ERR_NUMERIC || (int)code == HC_ERR_DEVICE) && !run->options->disposable)
    PetscCall(salvage(run, code));
  PetscCall(code);
  PetscCall(conclude(run, *interrupted ? "interrupted" : "finished"));
  /* Results are whole now: a checkpoint from half way is of no more use. */
  if (!*interrupted && !run->tumour_case->checkpoint.final && run->rank == 0)
    unlink(run->checkpoint_path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_growth_case_run(MPI_Comm comm, const struct hc_growth_case *tumour_case,
                                  const struct hc_growth_options *options, bool *interrupted)
{
  struct running run = {.comm = comm, .tumour_case = tumour_case, .options = options};
  struct hc_signals old;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &run.rank));
  run.record.loop.name = "loop";
  run.record.output.name = "output";
  run.record.checkpoint.name = "checkpoint";
  hc_signals_install(&old);
  code = run_guarded(&run, interrupted);
  hc_signals_restore(&old);
  hc_growth_kept_destroy(&run.kept);
  hc_watched_destroy(&run.watched);
  hc_results_destroy(&run.results);
  hc_growth_destroy(&run.growth);
  hc_device_close(&run.device);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
