#include "laboratory.h"

#include <math.h>
#include <string.h>

#define AT(type, member) offsetof(struct type, member)

static const struct hc_choice protocols[] = {
    {"pace", HC_PROTOCOL_PACE,
     "a train of beats at one cycle length; a cell without a stimulus is watched for as long"},
    {"restitution_s1s2", HC_PROTOCOL_S1S2, "a train (S1), then one beat (S2) at each of restitution.intervals"},
    {"restitution_dynamic", HC_PROTOCOL_DYNAMIC, "trains at each of restitution.cycle_lengths, one after the other"},
    {"voltage_clamp", HC_PROTOCOL_CLAMP, "steps of a clamped V, by CVODE: currents and gates"},
    {NULL, 0, NULL}};

static const struct hc_choice reports[] = {
    {"last", HC_REPORT_LAST, "the last beat"},
    {"steepest", HC_REPORT_STEEPEST,
     "of the watched beats the one with the largest dV/dt from 30 % to 90 % repolarisation (CiPA)"},
    {NULL, 0, NULL}};

static const struct hc_param pacing_params[] = {
    {.key = "cycle_length",
     .type = HC_REAL,
     .offset = AT(hc_pacing_params, cycle_length),
     .unit = "ms",
     .fallback = "1000",
     .min = 1,
     .max = 1e6,
     .meaning = "From one stimulus to the next."},
    {.key = "beats",
     .type = HC_INT,
     .offset = AT(hc_pacing_params, beats),
     .fallback = "100",
     .min = 1,
     .max = 1e7,
     .meaning = "Beats of the train (of S1 in restitution_s1s2), or the most if `converged_below` ends it."},
    {.key = "stimulus",
     .type = HC_REAL,
     .offset = AT(hc_pacing_params, stimulus),
     .unit = "A/F",
     .fallback = "~",
     .min = -1000,
     .max = 1000,
     .meaning =
         "Stimulus current (A/F = mV/ms; positive depolarises); the model's own if absent. 0: none, for cells that "
         "beat by themselves."},
    {.key = "stimulus_duration",
     .type = HC_REAL,
     .offset = AT(hc_pacing_params, stimulus_duration),
     .unit = "ms",
     .fallback = "~",
     .min = 1e-3,
     .max = 1e4,
     .meaning = "How long the stimulus lasts; the model's own if absent."},
    {.key = "converged_below",
     .type = HC_REAL,
     .offset = AT(hc_pacing_params, converged_below),
     .unit = "1",
     .fallback = "0",
     .min = 0,
     .max = 1,
     .meaning =
         "The train ends when no state changes by more than this, relative to itself, from beat to beat; 0: it has "
         "all its beats."},
    {.key = "watch_last",
     .type = HC_INT,
     .offset = AT(hc_pacing_params, watch_last),
     .fallback = "2",
     .min = 1,
     .max = 1e7,
     .meaning = "Beats at the end of the train of which biomarkers are taken (CiPA: 250)."},
    {.key = "report",
     .type = HC_CHOICE,
     .offset = AT(hc_pacing_params, report),
     .fallback = "last",
     .choices = reports,
     .meaning = "Which of the watched beats is reported."},
    {0}};
static const struct hc_block pacing_block = {"pacing", sizeof(struct hc_pacing_params), pacing_params,
                                             "The train of beats."};

static const struct hc_param restitution_params[] = {
    {.key = "intervals",
     .type = HC_REALS,
     .offset = AT(hc_restitution_params, intervals),
     .unit = "ms",
     .fallback = "[1000, 800, 600, 500, 450, 400, 375, 350, 325, 300, 280, 260, 240]",
     .min = 1,
     .max = 1e6,
     .n_min = 1,
     .n_max = 10000,
     .meaning = "restitution_s1s2: from the last S1 to S2; each begins with the state that the train left."},
    {.key = "cycle_lengths",
     .type = HC_REALS,
     .offset = AT(hc_restitution_params, cycle_lengths),
     .unit = "ms",
     .fallback = "[1000, 800, 600, 500, 450, 400, 375, 350, 325, 300, 280, 260, 240]",
     .min = 1,
     .max = 1e6,
     .n_min = 1,
     .n_max = 10000,
     .meaning = "restitution_dynamic: cycle lengths, each begun with the state that the one before left."},
    {.key = "beats",
     .type = HC_INT,
     .offset = AT(hc_restitution_params, beats),
     .fallback = "50",
     .min = 2,
     .max = 1e7,
     .meaning = "restitution_dynamic: beats at each cycle length, the last two of which are measured."},
    {0}};
static const struct hc_block restitution_block = {"restitution", sizeof(struct hc_restitution_params),
                                                  restitution_params, "Restitution of the action potential."};

static const struct hc_param step_params[] = {{.key = "v",
                                               .type = HC_REAL,
                                               .offset = AT(hc_clamp_step, v),
                                               .unit = "mV",
                                               .min = -200,
                                               .max = 200,
                                               .meaning = "Potential."},
                                              {.key = "duration",
                                               .type = HC_REAL,
                                               .offset = AT(hc_clamp_step, duration),
                                               .unit = "ms",
                                               .min = 1e-3,
                                               .max = 1e7,
                                               .meaning = "How long it is held."},
                                              {0}};
static const struct hc_block step_block = {"steps", sizeof(struct hc_clamp_step), step_params,
                                           "One step of a voltage clamp."};

static const struct hc_param clamp_params[] = {
    {.key = "holding",
     .type = HC_REAL,
     .offset = AT(hc_clamp_params, holding),
     .unit = "mV",
     .fallback = "-80",
     .min = -200,
     .max = 200,
     .meaning = "Holding potential."},
    {.key = "holding_duration",
     .type = HC_REAL,
     .offset = AT(hc_clamp_params, holding_duration),
     .unit = "ms",
     .fallback = "1000",
     .min = 0,
     .max = 1e7,
     .meaning = "How long it is held before the steps."},
    {.key = "steps",
     .type = HC_LIST,
     .offset = AT(hc_clamp_params, steps),
     .fallback = "~",
     .n_max = 1000,
     .block = &step_block,
     .meaning = "Steps, one after the other; mandatory for protocol voltage_clamp."},
    {.key = "varied",
     .type = HC_INT,
     .offset = AT(hc_clamp_params, varied),
     .fallback = "0",
     .min = 0,
     .max = 999,
     .meaning = "The step (from 0) whose peak and late currents are measured; it takes each of `voltages` in turn."},
    {.key = "voltages",
     .type = HC_REALS,
     .offset = AT(hc_clamp_params, voltages),
     .unit = "mV",
     .fallback = "~",
     .min = -200,
     .max = 200,
     .n_max = 10000,
     .meaning = "A family of clamps: potentials of the varied step; its own `v` if absent."},
    {0}};
static const struct hc_block clamp_block = {"clamp", sizeof(struct hc_clamp_params), clamp_params, "Voltage clamp."};

static const struct hc_param integration_params[] = {
    {.key = "method",
     .type = HC_CHOICE,
     .offset = AT(hc_integration_params, method),
     .fallback = "~",
     .choices = hc_batch_integrators,
     .meaning =
         "Integrator. Absent: cvode for cells that beat by themselves, for models of fewer than 12 states (whose "
         "right-hand sides may jump) and for voltage_clamp, which allows no other; adaptive for the rest."},
    {.key = "step",
     .type = HC_REAL,
     .offset = AT(hc_integration_params, step),
     .unit = "ms",
     .fallback = "0.005",
     .min = 1e-6,
     .max = 10,
     .meaning = "Step of rush-larsen and grl2."},
    {.key = "tolerance",
     .type = HC_REAL,
     .offset = AT(hc_integration_params, tolerance),
     .unit = "1",
     .fallback = "~",
     .min = 1e-13,
     .max = 1,
     .meaning = "Error allowed in a step, relative to the states; absent: 7e-4 for adaptive, 1e-8 for cvode."},
    {0}};
static const struct hc_block integration_block = {"integration", sizeof(struct hc_integration_params),
                                                  integration_params, "How the equations are integrated."};

static const struct hc_param output_params[] = {
    {.key = "trace_beats",
     .type = HC_INT,
     .offset = AT(hc_traces_params, beats),
     .fallback = "1",
     .min = 0,
     .max = 10000,
     .meaning = "Last beats whose traces (V, all states, all currents) are kept; 0: no traces."},
    {.key = "trace_every",
     .type = HC_REAL,
     .offset = AT(hc_traces_params, every),
     .unit = "ms",
     .fallback = "0",
     .min = 0,
     .max = 1e6,
     .meaning = "Uniform distance of a trace's samples; 0: the integrator's own steps."},
    {0}};
static const struct hc_block output_block = {"output", sizeof(struct hc_traces_params), output_params,
                                             "What is written beside summary.json."};

static const struct hc_param study_params[] = {
    {.key = "title",
     .type = HC_STRING,
     .offset = AT(hc_laboratory_params, title),
     .fallback = "~",
     .meaning = "One line for people; goes into the results."},
    {.key = "cell",
     .type = HC_BLOCK,
     .offset = AT(hc_laboratory_params, cell),
     .block = &hc_cell_block,
     .meaning = "The cell."},
    {.key = "doses",
     .type = HC_REALS,
     .offset = AT(hc_laboratory_params, doses),
     .unit = "1",
     .fallback = "~",
     .min = 0,
     .max = 1e6,
     .n_max = 10000,
     .meaning = "Doses of the cell's one drug (multiples of Cmax), run side by side, in place of its `dose`."},
    {.key = "concentrations_nM",
     .type = HC_REALS,
     .offset = AT(hc_laboratory_params, concentrations),
     .unit = "nM",
     .fallback = "~",
     .min = 0,
     .max = 1e12,
     .n_max = 10000,
     .meaning = "The same as concentrations."},
    {.key = "protocol",
     .type = HC_CHOICE,
     .offset = AT(hc_laboratory_params, protocol),
     .fallback = "pace",
     .choices = protocols,
     .meaning = "What is done with the cell."},
    {.key = "pacing",
     .type = HC_BLOCK,
     .offset = AT(hc_laboratory_params, pacing),
     .block = &pacing_block,
     .meaning = "The train of beats."},
    {.key = "restitution",
     .type = HC_BLOCK,
     .offset = AT(hc_laboratory_params, restitution),
     .block = &restitution_block,
     .meaning = "Restitution."},
    {.key = "clamp",
     .type = HC_BLOCK,
     .offset = AT(hc_laboratory_params, clamp),
     .block = &clamp_block,
     .meaning = "Voltage clamp."},
    {.key = "integration",
     .type = HC_BLOCK,
     .offset = AT(hc_laboratory_params, integration),
     .block = &integration_block,
     .meaning = "Integrator."},
    {.key = "output",
     .type = HC_BLOCK,
     .offset = AT(hc_laboratory_params, output),
     .block = &output_block,
     .meaning = "What is written."},
    {0}};
const struct hc_block hc_laboratory_block = {"cell study", sizeof(struct hc_laboratory_params), study_params,
                                             "A study of one cell: pacing, restitution or voltage clamp."};

/* ---- What a table cannot say ------------------------------------------------------------------------------------- */

static PetscErrorCode check_doses(const struct hc_laboratory_params *study)
{
  const char *place = hc_params_place(study->params, study->doses.n > 0 ? &study->doses : &study->concentrations);

  PetscFunctionBeginUser;
  if (study->doses.n == 0 && study->concentrations.n == 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(study->doses.n == 0 || study->concentrations.n == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found both doses and concentrations_nM; allowed: one of them", place);
  PetscCheck(study->cell.drugs.n == 1, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found %d drugs in cell.drugs; allowed: one, which the doses are of", place, study->cell.drugs.n);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_clamp(const struct hc_laboratory_params *study)
{
  const struct hc_clamp_params *clamp = &study->clamp;

  PetscFunctionBeginUser;
  if (study->protocol != HC_PROTOCOL_CLAMP)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(clamp->steps.n > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found no step; allowed: at least one, e.g. [{v: 0, duration: 300}]",
             hc_params_place(study->params, &clamp->steps));
  PetscCheck(clamp->varied < clamp->steps.n, PETSC_COMM_SELF, HC_ERR_INPUT, "%s: found %d; allowed: 0 to %d",
             hc_params_place(study->params, &clamp->varied), (int)clamp->varied, clamp->steps.n - 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}

bool hc_laboratory_is_parameter(const char *assignment)
{
  const size_t length = strcspn(assignment, "=");
  if (assignment[length] != '=' || strcspn(assignment, ".[") < length)
    return false;
  for (const struct hc_param *param = hc_laboratory_block.params; param->key; param++)
    if (strlen(param->key) == length && !strncmp(param->key, assignment, length))
      return false;
  return true;
}

PetscErrorCode hc_laboratory_read(MPI_Comm comm, const char *path, int n_set, const char *const set[],
                                  struct hc_laboratory_params *study, struct hc_params **params)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_params_read(comm, path, n_set, set, &hc_laboratory_block, study, params));
  code = check_doses(study);
  if (!code)
    code = check_clamp(study);
  if (code)
    hc_params_destroy(params);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
