/* Running a cohort: which members are tasks, in which order, and what is said at the end. */
#include "cohort.h"

#include "internal.h"
#include "session.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Tasks ------------------------------------------------------------------------------------------------------- */

/* Tasks are `lanes` members that follow each other, and a shard has every n-th of them: of all members in order or,
 * while it is being found out who is accepted, of the first arm's; or of a list. */
int hc_crew_members(void *context, int64_t task, int64_t members[64])
{
  const struct hc_crew *crew = context;
  const struct hc_cohort *cohort = crew->cohort;
  const struct hc_cohort_options *options = crew->options;
  const int64_t all = crew->first_arm ? cohort->patients : cohort->patients * cohort->n_arms;
  const int64_t number = crew->list ? task : task * options->n_shards + options->shard;
  const int64_t end = crew->list ? crew->n_list : all;
  int n = 0;
  for (int64_t i = number * crew->lanes; i < end && n < crew->lanes; i++)
    members[n++] = crew->list ? crew->list[i] : crew->first_arm ? i * cohort->n_arms : i;
  return n;
}

static double guess(void *context, int64_t task, double *features)
{
  const struct hc_crew *crew = context;
  for (int k = 0; k < crew->n_features; k++)
    features[k] = (double)crew->features[task * crew->n_features + k];
  return 1;
}

static PetscErrorCode describe(void *context, struct hc_record *record)
{
  const struct hc_crew *crew = context;

  PetscFunctionBeginUser;
  PetscCall(hc_cohort_record(crew->cohort, record));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the cost of a task may hang on: what varies in its first member, as logarithms where it is positive. */
static PetscErrorCode take_features(struct hc_crew *crew)
{
  const struct hc_cohort *cohort = crew->cohort;
  const int n_vary = cohort->params.vary.n;
  int64_t members[64] = {0};
  double *values;

  PetscFunctionBeginUser;
  crew->n_features = PetscMin(n_vary, 8);
  PetscCall(PetscMalloc1((size_t)crew->n_tasks * (size_t)crew->n_features, &crew->features));
  PetscCall(PetscMalloc1(n_vary, &values));
  for (int64_t task = 0; task < crew->n_tasks && crew->n_features > 0; task++) {
    (void)hc_crew_members(crew, task, members);
    PetscCall(hc_sampling_row(cohort->sampling, members[0] / cohort->n_arms, values));
    for (int k = 0; k < crew->n_features; k++)
      crew->features[task * crew->n_features + k] = (float)(values[k] > 0 ? log(values[k]) : values[k]);
  }
  PetscCall(PetscFree(values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int64_t count_tasks(const struct hc_crew *crew)
{
  const struct hc_cohort *cohort = crew->cohort;
  const int64_t all = crew->list        ? crew->n_list
                      : crew->first_arm ? cohort->patients
                                        : cohort->patients * cohort->n_arms;
  const int64_t tasks = (all + crew->lanes - 1) / crew->lanes;
  const int shards = crew->options->n_shards;
  return crew->list ? tasks : (tasks - crew->options->shard + shards - 1) / shards;
}

static PetscErrorCode run_wave(struct hc_campaign *campaign, struct hc_crew *crew, enum hc_campaign_outcome *outcome)
{
  struct hc_campaign_work work = {.context = crew,
                                  .members = hc_crew_members,
                                  .guess = guess,
                                  .describe = describe,
                                  .run = crew->cohort->kind == HC_COHORT_CELLS ? hc_cells_run : hc_twins_run};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  work.n_tasks = crew->n_tasks = count_tasks(crew);
  PetscCall(take_features(crew));
  work.n_features = crew->n_features;
  code = hc_campaign_run(campaign, &work, outcome);
  PetscCall(PetscFree(crew->features));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Acceptance -------------------------------------------------------------------------------------------------- */

/* The other arms of the accepted patients of this shard. */
static PetscErrorCode list_accepted(const struct hc_campaign *campaign, struct hc_crew *crew)
{
  const struct hc_cohort *cohort = crew->cohort;
  const int arms = cohort->n_arms, shards = crew->options->n_shards;
  uint8_t *status, *accepted;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2((size_t)(cohort->patients * arms), &status, (size_t)(cohort->patients * arms), &accepted));
  PetscCall(hc_campaign_members(campaign, 0, cohort->patients * arms, status, accepted));
  for (int pass = 0; pass < 2; pass++) {
    crew->n_list = 0;
    for (int64_t patient = 0; patient < cohort->patients; patient++) {
      const int64_t first = patient * arms;
      if (patient / crew->lanes % shards != crew->options->shard || status[first] != HC_MEMBER_DONE || !accepted[first])
        continue;
      for (int arm = 1; arm < arms; arm++) {
        if (pass == 1)
          crew->list[crew->n_list] = first + arm;
        crew->n_list++;
      }
    }
    if (pass == 0)
      PetscCall(PetscMalloc1((size_t)crew->n_list + 1, &crew->list));
  }
  PetscCall(PetscFree2(status, accepted));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_waves(struct hc_campaign *campaign, struct hc_crew *crew, enum hc_campaign_outcome *outcome)
{
  const struct hc_cohort *cohort = crew->cohort;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  crew->lanes = cohort->kind == HC_COHORT_CELLS ? (int)cohort->params.lanes : 1;
  crew->first_arm = cohort->params.accept.n > 0 && cohort->n_arms > 1;
  PetscCall(run_wave(campaign, crew, outcome));
  if (!crew->first_arm || *outcome != HC_CAMPAIGN_COMPLETE)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(list_accepted(campaign, crew));
  code = run_wave(campaign, crew, outcome);
  PetscCall(PetscFree(crew->list));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- What is said ------------------------------------------------------------------------------------------------ */

static PetscErrorCode write_summary(MPI_Comm comm, const struct hc_cohort *cohort,
                                    const struct hc_cohort_options *options, enum hc_campaign_outcome outcome,
                                    double seconds)
{
  struct hc_campaign_counts counts;
  json_t *json = json_object();
  int rank, size;
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  if (rank == 0) {
    code = hc_campaign_status(options->folder, &counts);
    json_object_set_new(json, "title", json_string(cohort->params.title ? cohort->params.title : ""));
    json_object_set_new(json, "status", json_string(outcome == HC_CAMPAIGN_COMPLETE ? "finished" : "interrupted"));
    json_object_set_new(json, "kind", json_string(hc_cohort_kind(cohort)));
    json_object_set_new(json, "members", json_integer((json_int_t)counts.members));
    json_object_set_new(json, "patients", json_integer((json_int_t)cohort->patients));
    json_object_set_new(json, "arms", json_integer(cohort->n_arms));
    for (int s = HC_MEMBER_DONE; s <= HC_MEMBER_CRASHED; s++)
      json_object_set_new(json, hc_member_status_names[s], json_integer((json_int_t)counts.by_status[s]));
    json_object_set_new(json, "not_accepted", json_integer((json_int_t)counts.rejected));
    json_object_set_new(json, "fingerprint", json_string(cohort->fingerprint));
    json_object_set_new(json, "ranks", json_integer(size));
    json_object_set_new(json, "session_s", json_real(seconds));
    json_object_set_new(json, "members_s", json_real(counts.seconds));
    hc_session_software(json);
  }
  PetscCall(hc_error_agree(comm, code));
  PetscCall(hc_session_memory(comm, json));
  code = rank == 0 ? hc_session_summary(json, options->folder) : PETSC_SUCCESS;
  json_decref(json);
  PetscCall(hc_error_agree(comm, code));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_used(MPI_Comm comm, const struct hc_cohort *cohort, const struct hc_cohort_options *options)
{
  struct hc_input_file inputs[1] = {{.path = cohort->params.base}};
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(hc_error_agree(comm, rank == 0 ? hc_sha256_file(inputs[0].path, inputs[0].sha256) : PETSC_SUCCESS));
  PetscCall(hc_error_agree(
      comm, rank == 0 ? hc_session_used_case(cohort->params.params, options->folder, options->case_path, 1, inputs)
                      : PETSC_SUCCESS));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- The run ----------------------------------------------------------------------------------------------------- */

/* In the open campaign: run, and close it whatever happens, so that what is done stays. */
static PetscErrorCode run_open(MPI_Comm comm, struct hc_crew *crew, struct hc_campaign *campaign,
                               enum hc_campaign_outcome *outcome)
{
  PetscErrorCode code, closed;

  PetscFunctionBeginUser;
  code = write_used(comm, crew->cohort, crew->options);
  if (!code && crew->n_fields > 0 && crew->meshes->slab)
    code = hc_maps_mesh(crew->meshes->slab, crew->options->folder);
  if (!code)
    code = run_waves(campaign, crew, outcome);
  closed = hc_campaign_close(&campaign);
  hc_device_close(&crew->device);
  PetscCall(code);
  PetscCall(closed);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_layout(MPI_Comm comm, struct hc_cohort *cohort, const struct hc_cohort_options *options,
                                 const struct hc_campaign_layout *layout, const struct hc_meshes *meshes,
                                 enum hc_campaign_outcome *outcome)
{
  const double lanes = cohort->kind == HC_COHORT_CELLS ? (double)cohort->params.lanes : 1;
  const struct hc_campaign_options how = {.folder = options->folder,
                                          .shard = options->shard,
                                          .n_shards = options->n_shards,
                                          .group_size = (int)cohort->params.ranks,
                                          .timeout = cohort->params.timeout * lanes,
                                          .retries = (int)cohort->params.retries,
                                          .members = cohort->patients * cohort->n_arms,
                                          .overwrite = options->overwrite,
                                          .quiet = options->quiet,
                                          .bar = options->bar};
  struct hc_crew crew = {
      .cohort = cohort, .options = options, .fields = layout->fields, .n_fields = layout->n_fields, .meshes = meshes};
  struct hc_campaign *campaign;
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(hc_campaign_open(comm, layout, &how, &campaign));
  PetscCall(run_open(comm, &crew, campaign, outcome));
  if (layout->n_fields > 0 && meshes->slab)
    PetscCall(
        hc_error_agree(comm, rank == 0 ? hc_maps_document(layout, meshes->slab, options->folder) : PETSC_SUCCESS));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* How many patients the campaign in the folder began with; as many as now if there is none. */
static PetscErrorCode continue_design(MPI_Comm comm, struct hc_cohort *cohort, const char *folder)
{
  char path[PETSC_MAX_PATH_LEN];
  long long rows = cohort->design_rows;
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(PetscSNPrintf(path, sizeof path, "%s/manifest.json", folder));
  if (rank == 0) {
    json_t *manifest = json_load_file(path, 0, NULL);
    const json_t *was = json_object_get(manifest, "design_rows");
    rows = json_is_integer(was) ? json_integer_value(was) : rows;
    json_decref(manifest);
  }
  PetscCallMPI(MPI_Bcast(&rows, 1, MPI_LONG_LONG, 0, comm));
  if (rows != cohort->design_rows)
    PetscCall(hc_cohort_continue(cohort, rows));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cohort_run(MPI_Comm comm, struct hc_cohort *cohort, const struct hc_cohort_options *options,
                             bool *interrupted)
{
  const struct hc_vary_params *vary = cohort->params.vary.items;
  struct hc_campaign_field fields[64];
  struct hc_campaign_column *parameters;
  struct hc_campaign_layout layout = {.title = cohort->params.title ? cohort->params.title : "",
                                      .kind = hc_cohort_kind(cohort),
                                      .fingerprint = cohort->fingerprint,
                                      .n_parameters = cohort->params.vary.n,
                                      .n_quantities = cohort->n_quantities,
                                      .n_fields = cohort->params.fields.n,
                                      .quantities = cohort->quantities,
                                      .fields = fields};
  enum hc_campaign_outcome outcome = HC_CAMPAIGN_COMPLETE;
  const double start = MPI_Wtime();
  const struct hc_strings *names = &cohort->params.fields;
  struct hc_meshes meshes;
  json_t *manifest = NULL;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(continue_design(comm, cohort, options->folder));
  PetscCall(hc_cohort_manifest(cohort, &manifest));
  layout.manifest = manifest;
  PetscCall(PetscMalloc1(layout.n_parameters, &parameters));
  for (int k = 0; k < layout.n_parameters; k++)
    parameters[k] = (struct hc_campaign_column){vary[k].name, vary[k].unit};
  layout.parameters = parameters;
  code = hc_meshes_create(comm, cohort, &meshes);
  for (int i = 0; i < layout.n_fields; i++)
    fields[i] = (struct hc_campaign_field){names->v[i], hc_maps_unit(names->v[i]), meshes.nodes};
  if (!code)
    code = run_layout(comm, cohort, options, &layout, &meshes, &outcome);
  hc_meshes_destroy(&meshes);
  json_decref(manifest);
  PetscCall(PetscFree(parameters));
  PetscCall(code);
  PetscCall(write_summary(comm, cohort, options, outcome, MPI_Wtime() - start));
  *interrupted = outcome == HC_CAMPAIGN_INTERRUPTED;
  PetscFunctionReturn(PETSC_SUCCESS);
}
