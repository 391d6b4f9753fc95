/* Node-steps a second of every cell model on one core, first-order scheme, the same with tables of
 * gates, and second-order scheme: the vector build against a
 * build of the same sources that takes one node at a time without vector instructions (kinetics.cmake).
 *
 *   bench_cells [seconds a measurement] [part of a model's name]
 *
 * Node-steps per second of processor time, the best of many short measurements that alternate between the builds, so
 * that other work on the machine does not favour one. Every 100th step carries a stimulus, so that cells are active. */
#include "models.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DECLARE_SCALAR(name) extern const struct hc_cell_model hc_scalar_model_##name;
HC_BUILT_IN_MODELS(DECLARE_SCALAR)

#define LISTED_SCALAR(name) &hc_scalar_model_##name,
static const struct hc_cell_model *const scalars[] = {HC_BUILT_IN_MODELS(LISTED_SCALAR)};

enum { NODES = 2048, STEPS = 10 };
static const double dt = 0.02; /* ms */

static double processor_seconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* NODES cells of one model. */
struct tissue {
  const struct hc_cell_model *model;
  double *v, *state, *stim, *parameters;
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

static void tissue_start(struct tissue *tissue, const struct hc_cell_model *model)
{
  const int lanes = model->lanes, rest = model->n_states - 1;
  *tissue = (struct tissue){
      .model = model, .v = vectors(1), .state = vectors(rest), .stim = vectors(1), .parameters = vectors(1)};
  for (int p = 0; p < model->n_parameters; ++p)
    tissue->parameters[p] = model->parameters[p].fallback;
  for (int i = 0; i < NODES; ++i) {
    tissue->v[i] = model->states[0].initial;
    tissue->stim[i] = model->stimulus * model->stimulus_duration / dt;
    for (int s = 0; s < rest; ++s)
      tissue->state[((size_t)(i / lanes) * (size_t)rest + (size_t)s) * (size_t)lanes + (size_t)(i % lanes)] =
          model->states[s + 1].initial;
  }
}

static void tissue_stop(const struct tissue *tissue)
{
  free(tissue->v);
  free(tissue->state);
  free(tissue->stim);
  free(tissue->parameters);
}

enum scheme { FIRST, TABLED, SECOND };

static void tissue_measure(struct tissue *tissue, enum scheme scheme, const struct hc_cell_table *table)
{
  struct hc_cell_batch cells = {.n_blocks = NODES / tissue->model->lanes,
                                .v = tissue->v,
                                .state = tissue->state,
                                .parameters = tissue->parameters};
  const double start = processor_seconds();
  for (int step = 0; step < STEPS; ++step, ++tissue->step) {
    cells.stim = tissue->step % 10000 ? NULL : tissue->stim;
    if (scheme == FIRST)
      tissue->model->step(&cells, 0, dt);
    else if (scheme == TABLED)
      tissue->model->step_tabled(&cells, 0, table);
    else
      tissue->model->step2(&cells, 0, dt, tissue->v, tissue->state, NULL, NULL);
  }
  tissue->best = fmax(tissue->best, (double)NODES * STEPS / (processor_seconds() - start));
}

static void compare(const struct hc_cell_model *lanes, const struct hc_cell_model *scalar, double seconds)
{
  struct tissue all[4];
  struct hc_cell_table table = {.v_low = -130, .rows_per_mv = 20, .rows = 5001, .dt = dt};
  const double end = processor_seconds() + seconds;
  tissue_start(&all[0], lanes);
  tissue_start(&all[1], scalar);
  tissue_start(&all[2], lanes);
  tissue_start(&all[3], lanes);
  table.values = malloc((size_t)table.rows * 2 * (size_t)(lanes->n_tabled + 1) * sizeof(double));
  if (!table.values)
    exit(EXIT_FAILURE);
  lanes->tabulate(all[0].parameters, &table);
  do {
    tissue_measure(&all[0], FIRST, NULL);
    tissue_measure(&all[1], FIRST, NULL);
    tissue_measure(&all[2], SECOND, NULL);
    tissue_measure(&all[3], TABLED, &table);
  } while (processor_seconds() < end);
  printf("%-28s %2d states  %8.2f M/s   scalar %8.2f M/s   ratio %5.2f   tables %8.2f M/s   second order %8.2f M/s\n",
         lanes->name, lanes->n_states, all[0].best * 1e-6, all[1].best * 1e-6, all[0].best / all[1].best,
         all[3].best * 1e-6, all[2].best * 1e-6);
  free(table.values);
  fflush(stdout);
  for (int i = 0; i < 4; ++i)
    tissue_stop(&all[i]);
}

int main(int argc, char **argv)
{
  const double seconds = argc > 1 ? strtod(argv[1], NULL) : 1;
  const struct hc_cell_model *const *lanes;
  const int n = hc_cell_models(&lanes);
  for (int i = 0; i < n; ++i)
    if (argc < 3 || strstr(lanes[i]->name, argv[2]))
      compare(lanes[i], scalars[i], seconds);
  return EXIT_SUCCESS;
}
