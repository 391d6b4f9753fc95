/* The posterior of a tumour in a tissue: samples, Laplace's approximation and maps of probability against the posterior
 * on a grid of all values of two unknowns. */
#include "hc_check.h"
#include "tissue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIDE = 31, N_UNKNOWNS = 2, N_WATCHED = N_UNKNOWNS + HC_LEVELS };

static const char box[] = "mesh: {cell: hexahedron, size: [40, 40, 40], spacing: 4}\n"
                          "tumour:\n"
                          "  diffusivity: 0.2\n"
                          "  proliferation: 0.06\n"
                          "  seed: {position: [20, 20, 20], radius: 5, density: 0.5}\n"
                          "time: {step: 2, end: 60}\n"
                          "observe: {enhancing: 0.6, visible: 0.2}\n";

/* Write the tumour's case where all ranks find it; the text of `tissue=PATH`. */
static void write_box(char set[256])
{
  char path[] = "/tmp/hc_tissue_XXXXXX";
  int rank;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (rank == 0) {
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, box, sizeof box - 1), (int)sizeof box - 1);
    close(file);
  }
  MPI_Bcast(path, (int)sizeof path, MPI_CHAR, 0, PETSC_COMM_WORLD);
  snprintf(set, 256, "tissue=%s", path);
}

/* What is compared: the unknowns, and the volumes that are predicted. */
static void watched(const struct hc_tissue *t, const double *values, const double *outputs, double *numbers)
{
  const double *predicted = outputs + t->problem.n_data + (ptrdiff_t)HC_LEVELS * (t->n_shown - 1);
  for (int j = 0; j < N_UNKNOWNS; j++)
    numbers[j] = values[j];
  for (int k = 0; k < HC_LEVELS; k++)
    numbers[N_UNKNOWNS + k] = predicted[k];
}

struct posterior {
  double mean[N_WATCHED], sd[N_WATCHED];
  double *map; /* owned nodes: probability that the last shown day is denser than the visible threshold */
};

/* The model at each point of a grid that is much wider than the posterior, weighted by its probability there. */
static void on_grid(struct hc_tissue *t, const double *deviation, struct posterior *posterior)
{
  const int n = t->growth->mesh->n_owned;
  double sum = 0, square[N_WATCHED] = {0}, **kept, *outputs;

  *posterior = (struct posterior){0};
  ck_call(PetscCalloc1(n, &posterior->map));
  ck_call(PetscCalloc1(t->n_shown, &kept));
  ck_call(PetscMalloc1(t->problem.forward.n_outputs, &outputs));
  t->keep = kept;
  for (int g = 0; g < SIDE * SIDE; g++) {
    double values[N_UNKNOWNS], numbers[N_WATCHED], misfit = 0, weight;
    for (int j = 0; j < N_UNKNOWNS; j++)
      values[j] = t->fit->best[j] + 10.0 * ((j ? g % SIDE : g / SIDE) / (SIDE - 1.0) - 0.5) * deviation[j];
    ck_call(hc_tissue_model(t, values, outputs));
    for (int i = 0; i < t->problem.n_data; i++)
      misfit += pow((outputs[i] - t->data[i]) / t->sd[i], 2);
    weight = exp(-0.5 * (misfit - t->fit->misfit));
    sum += weight;
    watched(t, values, outputs, numbers);
    for (int w = 0; w < N_WATCHED; w++) {
      posterior->mean[w] += weight * numbers[w];
      square[w] += weight * numbers[w] * numbers[w];
    }
    for (int i = 0; i < n; i++)
      posterior->map[i] += kept[t->n_shown - 1][i] > t->thresholds[1] ? weight : 0;
  }
  t->keep = NULL;
  for (int w = 0; w < N_WATCHED; w++) {
    posterior->mean[w] /= sum;
    posterior->sd[w] = sqrt(square[w] / sum - posterior->mean[w] * posterior->mean[w]);
  }
  for (int i = 0; i < n; i++)
    posterior->map[i] /= sum;
  for (int i = 0; i < t->n_shown; i++)
    ck_call(PetscFree(kept[i]));
  ck_call(PetscFree(kept));
  ck_call(PetscFree(outputs));
}

static void of_samples(const struct hc_tissue *t, struct posterior *posterior)
{
  const struct hc_ensemble *e = t->ensemble;
  double square[N_WATCHED] = {0};

  *posterior = (struct posterior){0};
  for (int k = 0; k < e->n; k++) {
    double numbers[N_WATCHED];
    watched(t, e->unknowns + (ptrdiff_t)k * e->n_unknowns, e->outputs + (ptrdiff_t)k * e->n_outputs, numbers);
    for (int w = 0; w < N_WATCHED; w++) {
      posterior->mean[w] += numbers[w] / e->n;
      square[w] += numbers[w] * numbers[w] / e->n;
    }
  }
  for (int w = 0; w < N_WATCHED; w++)
    posterior->sd[w] = sqrt(square[w] - posterior->mean[w] * posterior->mean[w]);
}

START_TEST(samples_and_maps_are_those_of_a_grid)
{
  static const char unknowns[] =
      "unknowns=[{name: proliferation, min: 0.03, max: 0.1}, {name: seed.x, min: 10, max: 30}]";
  const struct hc_fit_options search = {.starts = 1, .max_iterations = 50, .tolerance = 1e-6, .seed = 1};
  const struct hc_ensemble_options options = {.samples = 400, .rounds = 2, .seed = 4};
  char tissue[256];
  write_box(tissue);
  const char *const set[] = {unknowns,
                             tissue,
                             "scans=[{day: 40}, {day: 60}]",
                             "noise={sd: 0.1, position: 1, blocks: 10, share: 0.5}",
                             "predict={days: [75], points: 2}",
                             "synthetic.truth={proliferation: 0.06, seed.x: 19}"};
  struct hc_tissue t = {.together = MPI_COMM_NULL, .across = MPI_COMM_NULL};
  struct hc_calibrate_case study;
  struct hc_params *params;
  struct posterior grid, samples;

  ck_call(hc_calibrate_read(PETSC_COMM_WORLD, NULL, 6, set, &study, &params));
  t.study = &study;
  ck_call(hc_tissue_prepare(PETSC_COMM_WORLD, &t));
  ck_assert_int_gt(t.problem.n_data, 2 * HC_LEVELS * HC_NUMBERS);
  ck_call(hc_fit_run(&t.problem, &search, &t.fit));
  ck_assert(t.fit->converged);
  t.full = true;
  t.problem.forward.n_outputs = t.problem.n_data + HC_LEVELS * (t.n_shown + t.n_curve);
  ck_call(PetscMalloc2(t.problem.forward.n_outputs, &t.outputs, t.problem.forward.n_outputs, &t.deviation));
  ck_call(hc_fit_predict(&t.problem, t.fit, t.outputs, t.deviation));
  t.recording = true;
  ck_call(hc_ensemble_draw(&t.problem, t.fit, &options, &t.ensemble));
  t.recording = false;
  ck_call(hc_tissue_probability(&t));
  on_grid(&t, t.fit->deviation, &grid);
  of_samples(&t, &samples);

  const double size = fmin(t.ensemble->effective_size, t.ensemble->n);
  ck_assert_double_gt(size, 0.5 * options.samples);
  for (int w = 0; w < N_WATCHED; w++) {
    const double laplace = w < N_UNKNOWNS
                               ? t.fit->deviation[w]
                               : t.deviation[t.problem.n_data + HC_LEVELS * (t.n_shown - 1) + w - N_UNKNOWNS];
    ck_assert_double_gt(grid.sd[w], 0);
    ck_assert_double_eq_tol(samples.mean[w], grid.mean[w], 5 * grid.sd[w] / sqrt(size));
    ck_assert_double_eq_tol(samples.sd[w], grid.sd[w], 5 * grid.sd[w] / sqrt(2 * size));
    ck_assert_double_eq_tol(laplace, grid.sd[w], 0.2 * grid.sd[w]); /* nearly Gaussian */
  }
  int open = 0;
  for (int i = 0; i < t.growth->mesh->n_owned; i++) {
    const double p = grid.map[i];
    open += p > 0.1 && p < 0.9;
    ck_assert_double_eq_tol(t.probability[HC_LEVELS * (t.n_shown - 1) + 1][i], p, 5 * sqrt(p * (1 - p) / size) + 0.02);
  }
  ck_assert_int_gt(open, 5);
  ck_call(PetscFree(grid.map));
  MPI_Barrier(PETSC_COMM_WORLD);
  unlink(tissue + strlen("tissue="));
  hc_tissue_clear(&t);
  hc_params_destroy(&params);
}
END_TEST

static Suite *suite(void)
{
  Suite *suite = suite_create("calibration in a tissue");
  TCase *tests = tcase_create("tissue");
  tcase_set_timeout(tests, 0);
  tcase_add_test(tests, samples_and_maps_are_those_of_a_grid);
  suite_add_tcase(suite, tests);
  return suite;
}

HC_CHECK_MAIN(suite)
