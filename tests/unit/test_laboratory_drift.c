/* What a thousand beats leave of the sums that models conserve. */
#include "batch.h"
#include "hc_check.h"

#include <math.h>
#include <string.h>

enum { BEATS = 1000 };

/* Tolerance of the adaptive scheme: the laboratory's, but for a model that has been seen to need less. */
static double tolerance_of(const struct hc_cell_model *model)
{
  return strcmp(model->name, "trovato20") ? 7e-4 : 1e-4;
}

static struct hc_batch *make(const struct hc_cell_model *model, double *parameters, double *y)
{
  const struct hc_batch_options options = {.integrator = HC_BATCH_ADAPTIVE, .tolerance = tolerance_of(model)};
  struct hc_batch *batch;
  for (int p = 0; p < model->n_parameters; p++)
    parameters[p] = model->parameters[p].fallback;
  for (int s = 0; s < model->n_states; s++)
    y[s] = model->states[s].initial;
  ck_call(hc_batch_create(model, 1, parameters, y, &options, &batch));
  return batch;
}

static void pace(const struct hc_cell_model *model, struct hc_batch *batch)
{
  for (int beat = 0; beat < BEATS; beat++) {
    if (model->stimulus_duration > 0)
      ck_call(hc_batch_advance(batch, 1000 * beat + model->stimulus_duration, &model->stimulus, NULL));
    ck_call(hc_batch_advance(batch, 1000 * (beat + 1), NULL, NULL));
  }
}

/* Charge is mostly that of potassium, so 5e-4 of it is less than 0.1 mM in a thousand beats; chains keep their sum to
 * rounding. */
START_TEST(sums_are_kept)
{
  const struct hc_cell_model *const *models;
  const int n = hc_cell_models(&models);
  const struct hc_cell_model *model = _i < n ? models[_i] : NULL;
  double parameters[300], y[100], before[16], after[16];
  if (!model || model->n_sums == 0)
    return;
  struct hc_batch *batch = make(model, parameters, y);
  model->sums_of(y, parameters, before);
  pace(model, batch);
  ck_call(hc_batch_get(batch, 0, y));
  model->sums_of(y, parameters, after);
  hc_batch_destroy(&batch);
  for (int s = 0; s < model->n_sums; s++) {
    const double drift = fabs(after[s] - before[s]) / fabs(before[s]);
    printf("  %s: %s %.12g -> %.12g %s, relative %.2g\n", model->name, model->sums[s].name, before[s], after[s],
           model->sums[s].unit, drift);
    ck_assert_double_lt(drift, strcmp(model->sums[s].unit, "1") ? 5e-4 : 1e-9);
  }
}
END_TEST

static Suite *drift_suite(void)
{
  Suite *suite = suite_create("drift");
  TCase *tcase = tcase_create("drift");
  tcase_set_timeout(tcase, 0);
  tcase_add_loop_test(tcase, sums_are_kept, 0, 64);
  suite_add_tcase(suite, tcase);
  return suite;
}

HC_CHECK_MAIN(drift_suite)
