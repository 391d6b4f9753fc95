/* Node-steps a second of each cell model on one core: the vector build against a build of the same headers that takes
 * one node at a time. This file is compiled twice (kinetics.cmake); the vector build has main().
 *
 *   bench_cells [seconds a measurement]
 *
 * Node-steps per second of processor time, the best of many short measurements that alternate between the builds, so
 * that other work on the machine does not favour one. Every 100th step carries a stimulus, so that cells are active. */
#include "ttp06.h"
#define HC_MODEL ttp06
#define HC_STATES TTP06_STATES
#define HC_PARAMETERS TTP06_PARAMETERS
#define HC_CURRENTS TTP06_CURRENTS
#include "launch_cpu.h"
#undef HC_MODEL
#undef HC_STATES
#undef HC_PARAMETERS
#undef HC_CURRENTS

#include "mitchell_schaeffer.h"
#define HC_MODEL mitchell_schaeffer
#define HC_STATES MITCHELL_SCHAEFFER_STATES
#define HC_PARAMETERS MITCHELL_SCHAEFFER_PARAMETERS
#define HC_CURRENTS MITCHELL_SCHAEFFER_CURRENTS
#include "launch_cpu.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct bench_model {
  const char *name;
  int lanes, n_states;
  const double *initial, *parameters;
  void (*step)(int n_blocks, double t, double dt, double *v, double *state, const double *stim,
               const double *parameters);
};

enum { N_MODELS = 2 };
void bench_models_lanes(struct bench_model models[N_MODELS]);
void bench_models_scalar(struct bench_model models[N_MODELS]);

#ifdef HC_BENCH_SCALAR
#define BENCH_MODELS bench_models_scalar
#else
#define BENCH_MODELS bench_models_lanes
#endif

#define FIRST(a, ...) a
#define LISTED_STATE(name, list, ...) FIRST list,
#define LISTED_PARAMETER(name, list, ...) FIRST list,

void BENCH_MODELS(struct bench_model models[N_MODELS])
{
  static const double ttp06_initial[] = {TTP06_STATES(LISTED_STATE, LISTED_STATE, LISTED_STATE)};
  static const double ttp06_values[] = {TTP06_PARAMETERS(LISTED_PARAMETER)};
  static const double ms_initial[] = {MITCHELL_SCHAEFFER_STATES(LISTED_STATE, LISTED_STATE, LISTED_STATE)};
  static const double ms_values[] = {MITCHELL_SCHAEFFER_PARAMETERS(LISTED_PARAMETER)};
  models[0] = (struct bench_model){"ttp06", HC_LANES, ttp06_n_states, ttp06_initial, ttp06_values, ttp06_step};
  models[1] = (struct bench_model){"mitchell_schaeffer", HC_LANES,  mitchell_schaeffer_n_states,
                                   ms_initial,           ms_values, mitchell_schaeffer_step};
  (void)ttp06_rates_of;
  (void)mitchell_schaeffer_rates_of;
}

#ifndef HC_BENCH_SCALAR

enum { NODES = 2048, STEPS = 10 };

static double processor_seconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* NODES cells of one model. */
struct tissue {
  const struct bench_model *model;
  double *v, *state, *stim;
  long step;
  double best; /* node-steps a second */
};

static double *vectors(int n)
{
  double *memory = aligned_alloc(64, (size_t)n * NODES * sizeof(double));
  if (!memory)
    exit(EXIT_FAILURE);
  return memory;
}

static void tissue_start(struct tissue *tissue, const struct bench_model *model)
{
  const int lanes = model->lanes, rest = model->n_states - 1;
  *tissue = (struct tissue){.model = model, .v = vectors(1), .state = vectors(rest), .stim = vectors(1)};
  for (int i = 0; i < NODES; ++i) {
    tissue->v[i] = model->initial[0];
    tissue->stim[i] = 30;
    for (int s = 0; s < rest; ++s)
      tissue->state[((size_t)(i / lanes) * (size_t)rest + (size_t)s) * (size_t)lanes + (size_t)(i % lanes)] =
          model->initial[s + 1];
  }
}

static void tissue_measure(struct tissue *tissue)
{
  const double start = processor_seconds();
  for (int step = 0; step < STEPS; ++step, ++tissue->step)
    tissue->model->step(NODES / tissue->model->lanes, 0, 0.02, tissue->v, tissue->state,
                        tissue->step % 100 ? NULL : tissue->stim, tissue->model->parameters);
  tissue->best = fmax(tissue->best, (double)NODES * STEPS / (processor_seconds() - start));
}

static void compare(const struct bench_model *lanes, const struct bench_model *scalar, double seconds)
{
  struct tissue pair[2];
  const double end = processor_seconds() + seconds;
  tissue_start(&pair[0], lanes);
  tissue_start(&pair[1], scalar);
  do {
    tissue_measure(&pair[0]);
    tissue_measure(&pair[1]);
  } while (processor_seconds() < end);
  printf("%-20s %2d lanes %8.2f M/s   scalar %8.2f M/s   ratio %5.2f\n", lanes->name, lanes->lanes, pair[0].best * 1e-6,
         pair[1].best * 1e-6, pair[0].best / pair[1].best);
  for (int i = 0; i < 2; ++i) {
    free(pair[i].v);
    free(pair[i].state);
    free(pair[i].stim);
  }
}

int main(int argc, char **argv)
{
  const double seconds = argc > 1 ? strtod(argv[1], NULL) : 3;
  struct bench_model lanes[N_MODELS], scalar[N_MODELS];
  bench_models_lanes(lanes);
  bench_models_scalar(scalar);
  for (int i = 0; i < N_MODELS; ++i)
    compare(&lanes[i], &scalar[i], seconds);
  return EXIT_SUCCESS;
}

#endif
