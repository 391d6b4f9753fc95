#include "case.h"

#include "session.h"
#include "stepper.h"

#include <string.h>

#define AT(type, member) offsetof(struct type, member)

static const struct hc_param time_params[] = {{.key = "step",
                                               .type = HC_REAL,
                                               .offset = AT(hc_time_params, step),
                                               .unit = "ms",
                                               .fallback = "0.05",
                                               .min = 1e-6,
                                               .max = 10,
                                               .meaning = "Time step."},
                                              {.key = "end",
                                               .type = HC_REAL,
                                               .offset = AT(hc_time_params, end),
                                               .unit = "ms",
                                               .min = 0,
                                               .max = 1e9,
                                               .meaning = "End of the simulated time, which starts at 0."},
                                              {.key = "splitting",
                                               .type = HC_CHOICE,
                                               .offset = AT(hc_time_params, splitting),
                                               .fallback = "godunov",
                                               .choices = hc_splitting_choices,
                                               .meaning = "How reaction and diffusion alternate within a step."},
                                              {.key = "reaction",
                                               .type = HC_CHOICE,
                                               .offset = AT(hc_time_params, reaction),
                                               .fallback = "rush-larsen",
                                               .choices = hc_reaction_choices,
                                               .meaning = "How the cells advance within a reaction step."},
                                              {.key = "adaptive",
                                               .type = HC_BOOL,
                                               .offset = AT(hc_time_params, adaptive),
                                               .fallback = "false",
                                               .meaning = "Evaluate cells every step only while much happens in them, "
                                                          "and take longer steps while they all wait."},
                                              {.key = "max_step",
                                               .type = HC_REAL,
                                               .offset = AT(hc_time_params, max_step),
                                               .unit = "ms",
                                               .fallback = "0.5",
                                               .min = 0,
                                               .max = 10,
                                               .meaning = "Adaptive: longest time between evaluations of a cell."},
                                              {.key = "tolerance",
                                               .type = HC_REAL,
                                               .offset = AT(hc_time_params, tolerance),
                                               .unit = "mV",
                                               .fallback = "0.1",
                                               .min = 1e-9,
                                               .max = 10,
                                               .meaning = "Adaptive: error of V that an evaluation may correct."},
                                              {0}};
static const struct hc_block time_block = {"time", sizeof(struct hc_time_params), time_params,
                                           "Time and operator splitting."};

static const struct hc_param checkpoint_params[] = {
    {.key = "every",
     .type = HC_REAL,
     .offset = AT(hc_checkpoint_params, every),
     .unit = "ms",
     .fallback = "0",
     .min = 0,
     .max = 1e9,
     .meaning = "Simulated time between checkpoints; 0: only on SIGTERM, SIGUSR1 and on a failed step."},
    {.key = "guard",
     .type = HC_REAL,
     .offset = AT(hc_checkpoint_params, guard),
     .unit = "ms",
     .fallback = "10",
     .min = 0,
     .max = 1e9,
     .meaning = "Simulated time between the copies of the state, kept in memory, from which a failed step leaves its "
                "checkpoint; 0: none."},
    {.key = "final",
     .type = HC_BOOL,
     .offset = AT(hc_checkpoint_params, final),
     .fallback = "false",
     .meaning = "Leave a checkpoint of the end, to go on from with a later time.end."},
    {0}};
static const struct hc_block checkpoint_block = {"checkpoint", sizeof(struct hc_checkpoint_params), checkpoint_params,
                                                 "Checkpoints, from which a run goes on with --restart."};

static const struct hc_param case_params[] = {
    {.key = "title",
     .type = HC_STRING,
     .offset = AT(hc_case, title),
     .fallback = "~",
     .meaning = "One line for people; goes into the results."},
    {.key = "mesh", .type = HC_BLOCK, .offset = AT(hc_case, mesh), .block = &hc_mesh_block, .meaning = "Anatomy."},
    {.key = "fibres", .type = HC_BLOCK, .offset = AT(hc_case, fibres), .block = &hc_fibre_block, .meaning = "Fibres."},
    {.key = "tissue", .type = HC_BLOCK, .offset = AT(hc_case, tissue), .block = &hc_tissue_block, .meaning = "Tissue."},
    {.key = "cells",
     .type = HC_LIST,
     .offset = AT(hc_case, cells),
     .n_min = 1,
     .n_max = 1000,
     .block = &hc_cells_block,
     .meaning = "Cell models: each node takes the first entry that fits it."},
    {.key = "stimuli",
     .type = HC_LIST,
     .offset = AT(hc_case, stimuli),
     .fallback = "~",
     .block = &hc_stimulus_block,
     .meaning = "Stimuli."},
    {.key = "time", .type = HC_BLOCK, .offset = AT(hc_case, time), .block = &time_block, .meaning = "Time."},
    {.key = "diffusion",
     .type = HC_BLOCK,
     .offset = AT(hc_case, diffusion),
     .block = &hc_diffusion_block,
     .meaning = "Numerics of the diffusion."},
    {.key = "observe",
     .type = HC_BLOCK,
     .offset = AT(hc_case, observe),
     .block = &hc_observe_block,
     .meaning = "What is watched."},
    {.key = "output",
     .type = HC_BLOCK,
     .offset = AT(hc_case, output),
     .block = &hc_output_block,
     .meaning = "What is written."},
    {.key = "checkpoint",
     .type = HC_BLOCK,
     .offset = AT(hc_case, checkpoint),
     .block = &checkpoint_block,
     .meaning = "Checkpoints."},
    {0}};
const struct hc_block hc_case_block = {"heart case", sizeof(struct hc_case), case_params,
                                       "A heart: monodomain tissue with cell models on a mesh."};

const char *hc_case_state_unit(const struct hc_case *heart, const char *state)
{
  const struct hc_cells_params *cells = heart->cells.items;
  for (int i = 0; i < heart->cells.n; i++) {
    const struct hc_cell_model *model = hc_cell_model_of(&cells[i].cell);
    for (int s = 0; model && s < model->n_states; s++)
      if (!strcmp(model->states[s].name, state))
        return model->states[s].unit;
  }
  return NULL;
}

static PetscErrorCode cells_check(const struct hc_case *heart)
{
  const struct hc_cell_model **models;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(heart->cells.n, &models));
  code = hc_kinetics_check(heart->cells.n, heart->cells.items, models);
  PetscCall(PetscFree(models));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode output_check(const struct hc_case *heart)
{
  const struct hc_output_params *output = &heart->output;
  const char *place;

  PetscFunctionBeginUser;
  place = hc_params_place(output->params, &output->fields);
  PetscCheck(output->fields.n <= HC_MAX_FRAME_FIELDS, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %d fields; allowed: up to %d", place, output->fields.n, HC_MAX_FRAME_FIELDS);
  for (int i = 0; i < output->fields.n; i++) {
    PetscCheck(hc_case_state_unit(heart, output->fields.v[i]), PETSC_COMM_SELF, HC_ERR_INPUT,
               "%s: found \"%s\"; allowed: V and the states of the cell models in use (see healthcast models)", place,
               output->fields.v[i]);
    for (int j = 0; j < i; j++)
      PetscCheck(strcmp(output->fields.v[i], output->fields.v[j]) != 0, PETSC_COMM_SELF, HC_ERR_INPUT,
                 "%s: found \"%s\" twice; allowed: each field once", place, output->fields.v[i]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What a table cannot say: times that are whole steps. */
static PetscErrorCode case_check(const struct hc_case *heart)
{
  const struct hc_params *params = heart->params;
  int64_t steps;

  PetscFunctionBeginUser;
  PetscCall(hc_domain_check(&heart->mesh));
  /* The place is copied out by hc_clock_steps before anything else can overwrite it. */
  PetscCall(hc_clock_steps(hc_params_place(params, &heart->time.end), "ms", heart->time.end, heart->time.step, &steps));
  PetscCall(hc_clock_steps(hc_params_place(params, &heart->output.every), "ms", heart->output.every, heart->time.step,
                           &steps));
  PetscCall(hc_clock_steps(hc_params_place(params, &heart->output.start), "ms", heart->output.start, heart->time.step,
                           &steps));
  PetscCall(hc_clock_steps(hc_params_place(params, &heart->checkpoint.every), "ms", heart->checkpoint.every,
                           heart->time.step, &steps));
  PetscCall(cells_check(heart));
  PetscCall(output_check(heart));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_case_read(MPI_Comm comm, const char *path, int n_set, const char *const set[], struct hc_case *heart,
                            struct hc_params **params)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_params_read(comm, path, n_set, set, &hc_case_block, heart, params));
  code = hc_error_agree(comm, case_check(heart)); /* ranks read the files of cells by themselves */
  if (code)
    hc_params_destroy(params);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Fingerprint ------------------------------------------------------------------------------------------------- */

PetscErrorCode hc_case_cell_files(const struct hc_case *heart, int *n, const char ***paths)
{
  const struct hc_cells_params *cells = heart->cells.items;
  int most = 0;

  PetscFunctionBeginUser;
  for (int i = 0; i < heart->cells.n; i++)
    most += 2 + cells[i].cell.drugs.n;
  PetscCall(PetscMalloc1(most, paths));
  *n = 0;
  for (int i = 0; i < heart->cells.n; i++) {
    const int end = *n + hc_cell_files(&cells[i].cell, *paths + *n);
    for (int j = *n; j < end; j++) { /* keep those that are new */
      bool known = false;
      for (int k = 0; k < *n && !known; k++)
        known = strcmp((*paths)[k], (*paths)[j]) == 0;
      if (!known)
        (*paths)[(*n)++] = (*paths)[j];
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_case_fingerprint(MPI_Comm comm, const struct hc_case *heart, char hex[65])
{
  static const char *const may_change[] = {"title",     "output",           "checkpoint", "time.end",
                                           "mesh.file", "mesh.partitioner", "mesh.seed",  NULL};
  const char **paths, **all;
  int n;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_case_cell_files(heart, &n, &paths));
  PetscCall(PetscMalloc1(n + 1, &all));
  for (int i = 0; i < n; i++)
    all[i] = paths[i];
  if (heart->mesh.file)
    all[n++] = heart->mesh.file;
  code = hc_session_fingerprint(comm, heart->params, n, all, hc_domain_sha256, may_change, hex);
  PetscCall(PetscFree(all));
  PetscCall(PetscFree(paths));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
