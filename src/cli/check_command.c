/* `healthcast check`: build the case as a run would, measure what a step costs, write nothing. */
#include "calibrate.h"
#include "growth.h"
#include "internal.h"
#include "run.h"
#include "session.h"

#include <math.h>
#include <stdio.h>
#include <sys/resource.h>

#define TIMED_STEPS 5

static void print_time(double seconds)
{
  if (seconds >= 7200)
    printf("%.1f h", seconds / 3600);
  else if (seconds >= 120)
    printf("%.1f min", seconds / 60);
  else
    printf("%.1f s", seconds);
}

/* Seconds of one step. V gets waves, so that the solver has work; the twin is spent afterwards. */
static PetscErrorCode time_steps(struct hc_twin *twin, double *seconds)
{
  const struct hc_mesh *mesh = twin->mesh;
  double start;

  PetscFunctionBeginUser;
  for (int i = 0; i < mesh->n_owned; i++)
    twin->model->v[i] += 10 * sin(mesh->xyz[3 * i]) * sin(mesh->xyz[3 * i + 1]); /* mV, over a wave of 2 pi mm */
  PetscCall(hc_monodomain_step(twin->model, &twin->clock));                      /* the first one pages memory in */
  PetscCallMPI(MPI_Barrier(mesh->comm));
  start = MPI_Wtime();
  for (int i = 0; i < TIMED_STEPS; i++) {
    twin->clock.step++;
    PetscCall(hc_monodomain_step(twin->model, &twin->clock));
  }
  *seconds = (MPI_Wtime() - start) / TIMED_STEPS;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, seconds, 1, MPI_DOUBLE, MPI_MAX, mesh->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Peak memory of all ranks and of the largest, bytes. */
static PetscErrorCode peak_memory(MPI_Comm comm, double *all, double *largest)
{
  struct rusage usage;

  PetscFunctionBeginUser;
  getrusage(RUSAGE_SELF, &usage);
  *all = *largest = (double)usage.ru_maxrss * 1024;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, largest, 1, MPI_DOUBLE, MPI_MAX, comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, all, 1, MPI_DOUBLE, MPI_SUM, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double frames(const struct hc_case *heart)
{
  const struct hc_output_params *output = &heart->output;
  return output->every > 0 && heart->time.end >= output->start
             ? floor((heart->time.end - output->start) / output->every + 1e-6) + 1 /* t = end has one */
             : 0;
}

static PetscErrorCode print_cost(struct hc_twin *twin)
{
  const struct hc_case *heart = twin->heart;
  const double steps = heart->time.end / heart->time.step;
  const double numbers = frames(heart) * heart->output.fields.n * (double)twin->mesh->n_nodes;
  double seconds, memory[2]; /* largest rank, sum */

  PetscFunctionBeginUser;
  PetscCall(time_steps(twin, &seconds));
  PetscCall(peak_memory(twin->mesh->comm, &memory[1], &memory[0]));
  if (twin->mesh->rank != 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  printf("steps      %.0f of %g ms\n", steps, heart->time.step);
  printf("time       about ");
  print_time(steps * seconds);
  printf(" on %d rank%s (%.3g ms a step, measured), after %.1f s of set-up; output not counted\n", twin->mesh->size,
         twin->mesh->size == 1 ? "" : "s", 1e3 * seconds, twin->setup_seconds);
  printf("memory     %.0f MB in all, largest rank %.0f MB (measured, after set-up)\n", memory[1] / 1e6,
         memory[0] / 1e6);
  printf("output     %.0f frames, at most %.0f MB before compression\n", frames(heart),
         numbers * heart->output.precision / 8 / 1e6);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check(struct hc_twin *twin)
{
  const struct hc_case *heart = twin->heart;
  const struct hc_stimulus_params *stimuli = heart->stimuli.items;

  PetscFunctionBeginUser;
  PetscCall(hc_cli_print_mesh(twin->mesh, twin->fields, twin->repaired));
  for (int i = 0; i < heart->stimuli.n && twin->mesh->rank == 0; i++)
    printf("stimulus   %s: %lld nodes\n", stimuli[i].name ? stimuli[i].name : "(no name)",
           (long long)hc_source_nodes(twin->model->source, i));
  PetscCall(print_cost(twin));
  if (twin->mesh->rank == 0)
    printf("ok\n");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Tumours ----------------------------------------------------------------------------------------------------- */

/* Seconds of one step of a growing tumour; the first one pages memory in. */
static PetscErrorCode time_growth(struct hc_growth *growth, double *seconds)
{
  const double step = growth->tumour->step, begin = growth->tumour->time;
  double start;

  PetscFunctionBeginUser;
  PetscCall(hc_growth_run(growth, begin + step));
  PetscCallMPI(MPI_Barrier(growth->mesh->comm));
  start = MPI_Wtime();
  PetscCall(hc_growth_run(growth, begin + (1 + TIMED_STEPS) * step));
  *seconds = (MPI_Wtime() - start) / TIMED_STEPS;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, seconds, 1, MPI_DOUBLE, MPI_MAX, growth->mesh->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_tumour(struct hc_growth *growth)
{
  const struct hc_growth_case *c = growth->tumour_case;
  const double steps = (c->time.end - c->tumour.seed.time) / c->time.step;
  double burden, seconds, all, largest;

  PetscFunctionBeginUser;
  PetscCall(hc_cli_print_mesh(growth->mesh, growth->fields, growth->repaired));
  PetscCall(hc_growth_burden(growth, &burden));
  PetscCall(time_growth(growth, &seconds));
  PetscCall(peak_memory(growth->mesh->comm, &all, &largest));
  if (growth->mesh->rank != 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  printf("seed       %.4g mL of cells on day %g\n", burden, c->tumour.seed.time);
  printf("treatments %d moments\n", growth->therapy->n_events);
  printf("steps      %.0f of %g days\n", steps, c->time.step);
  printf("time       about ");
  print_time(steps * seconds);
  printf(" on %d rank%s (%.3g ms a step, measured), after %.1f s of set-up; output not counted\n", growth->mesh->size,
         growth->mesh->size == 1 ? "" : "s", 1e3 * seconds, growth->setup_seconds);
  printf("memory     %.0f MB in all, largest rank %.0f MB (measured, after set-up)\n", all / 1e6, largest / 1e6);
  printf("ok\n");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_growth(const char *path, int n_set, const char *const set[])
{
  struct hc_growth_case tumour_case;
  struct hc_params *params;
  struct hc_growth *growth = NULL;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_growth_case_read(PETSC_COMM_WORLD, path, n_set, set, &tumour_case, &params));
  code = hc_growth_create(PETSC_COMM_WORLD, &tumour_case, NULL, &growth);
  if (!code)
    code = check_tumour(growth);
  hc_growth_destroy(&growth);
  hc_params_destroy(&params);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Calibrations and schedules ---------------------------------------------------------------------------------- */

static void print_calibration(const struct hc_calibrate_cost *cost)
{
  printf("unknowns   %d\n", cost->n_unknowns);
  printf("scans      %d, %d numbers; %d held out\n", cost->n_scans, cost->n_data, cost->n_held_out);
  printf("predicted  %d days\n", cost->n_predicted);
  if (cost->n_nodes > 0)
    printf("tissue     %lld nodes\n", (long long)cost->n_nodes);
  printf("runs       about %lld of the model to search (at most %lld), then %lld; %d at a time, %.3g ms each "
         "(measured)\n",
         (long long)cost->search_runs, (long long)cost->most_runs, (long long)cost->further_runs, cost->n_groups,
         1e3 * cost->run);
}

static PetscErrorCode print_end(double seconds)
{
  int rank, size;
  double all, largest;

  PetscFunctionBeginUser;
  PetscCall(peak_memory(PETSC_COMM_WORLD, &all, &largest));
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  if (rank != 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  printf("time       about ");
  print_time(seconds);
  printf(" on %d rank%s\n", size, size == 1 ? "" : "s");
  printf("memory     %.0f MB in all, largest rank %.0f MB (measured)\n", all / 1e6, largest / 1e6);
  printf("ok\n");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_calibration(const char *path, int n_set, const char *const set[])
{
  struct hc_calibrate_case study;
  struct hc_calibrate_cost cost;
  struct hc_params *params;
  PetscErrorCode code;
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(hc_calibrate_read(PETSC_COMM_WORLD, path, n_set, set, &study, &params));
  code = hc_calibrate_check(PETSC_COMM_WORLD, &study, &cost);
  hc_params_destroy(&params);
  PetscCall(code);
  if (rank == 0)
    print_calibration(&cost);
  PetscCall(print_end(cost.seconds));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_schedule(const char *path, int n_set, const char *const set[])
{
  struct hc_schedule_case schedule;
  struct hc_schedule_cost cost;
  struct hc_params *params;
  PetscErrorCode code;
  int rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(hc_schedule_read(PETSC_COMM_WORLD, path, n_set, set, &schedule, &params));
  code = hc_schedule_check(PETSC_COMM_WORLD, &schedule, &cost);
  hc_params_destroy(&params);
  PetscCall(code);
  if (rank == 0) {
    print_calibration(&cost.calibration);
    printf("patients   %lld\n", (long long)cost.patients);
    printf("plans      at most %lld looked at for each, %.3g ms each (measured)\n", (long long)cost.plans,
           1e3 * cost.plan);
  }
  PetscCall(print_end(cost.seconds));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_cli_check(const struct hc_cli_arguments *arguments, int *exit_code)
{
  const char *set[HC_CLI_MAX];
  const int n_set = hc_cli_sets(arguments, set);
  struct hc_case heart;
  struct hc_params *params;
  struct hc_twin *twin = NULL;
  const struct {
    const char *key;
    PetscErrorCode (*check)(const char *, int, const char *const[]);
  } kinds[] = {{"unknowns", check_calibration}, {"plan", check_schedule}};
  bool tumour;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  (void)exit_code;
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    bool found = false;
    PetscCall(hc_session_case_has(PETSC_COMM_WORLD, arguments->words[0], kinds[i].key, &found));
    if (found) {
      PetscCall(kinds[i].check(arguments->words[0], n_set, set));
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  }
  PetscCall(hc_growth_is_case(PETSC_COMM_WORLD, arguments->words[0], &tumour));
  if (tumour) {
    PetscCall(check_growth(arguments->words[0], n_set, set));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(hc_case_read(PETSC_COMM_WORLD, arguments->words[0], n_set, set, &heart, &params));
  code = hc_twin_create(PETSC_COMM_WORLD, &heart, NULL, &twin);
  if (!code)
    code = check(twin);
  hc_twin_destroy(&twin);
  hc_params_destroy(&params);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
