/* What is to be done, longest first. The cost of tasks is learnt: least squares of its logarithm on the features. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>

#define RIDGE 1e-6 /* of the mean square: for features that do not vary */

bool hc_backlog_push(struct hc_backlog *queue, int64_t task, int member, bool suspect)
{
  if (queue->n == queue->capacity) {
    const int64_t capacity = 2 * queue->capacity + 256;
    struct hc_entry *entries = realloc(queue->entries, (size_t)capacity * sizeof *entries);
    if (!entries)
      return false;
    queue->entries = entries;
    queue->capacity = capacity;
  }
  queue->entries[queue->n++] =
      (struct hc_entry){.task = task, .member = (int16_t)member, .suspect = suspect ? 1 : 0, .cost = 0};
  return true;
}

static double predict(const struct hc_backlog *queue, int64_t task)
{
  double features[HC_FEATURES] = {0};
  const double guess = queue->work->guess ? queue->work->guess(queue->work->context, task, features) : 1;
  double sum = queue->weights[0];

  if (!queue->learnt)
    return guess;
  for (int i = 0; i < queue->work->n_features; i++)
    sum += queue->weights[i + 1] * features[i];
  return exp(PetscMin(PetscMax(sum, -50), 50));
}

double hc_backlog_expect(const struct hc_backlog *queue, int64_t task)
{
  const double cost = predict(queue, task);
  if (queue->learnt)
    return cost;
  return queue->sum_guess > 0 ? cost * queue->sum_seconds / queue->sum_guess : 0;
}

static int by_cost(const void *a, const void *b)
{
  const struct hc_entry *x = a, *y = b;
  if (x->suspect != y->suspect)
    return x->suspect - y->suspect;
  if (x->cost != y->cost)
    return x->cost > y->cost ? -1 : 1;
  if (x->task != y->task)
    return x->task < y->task ? -1 : 1;
  return x->member - y->member;
}

void hc_backlog_sort(struct hc_backlog *queue)
{
  if (queue->next == queue->n)
    return;
  for (int64_t i = queue->next; i < queue->n; i++)
    queue->entries[i].cost = (float)predict(queue, queue->entries[i].task);
  qsort(queue->entries + queue->next, (size_t)(queue->n - queue->next), sizeof *queue->entries, by_cost);
}

/* Solve the normal equations by elimination; they are positive definite. */
static void solve(struct hc_backlog *queue)
{
  const int n = PetscMin(queue->work->n_features + 1, HC_FEATURES);
  double a[HC_FEATURES][HC_FEATURES + 1] = {{0}};

  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++)
      a[i][j] = queue->normal[i][j];
    a[i][n] = queue->normal[i][HC_FEATURES];
    a[i][i] += i > 0 ? RIDGE * ((double)queue->samples + queue->normal[i][i]) : 0;
  }
  for (int k = 0; k < n && k < HC_FEATURES; k++)
    for (int i = k + 1; i < n; i++) {
      const double factor = a[i][k] / a[k][k];
      for (int j = k; j <= n; j++)
        a[i][j] -= factor * a[k][j];
    }
  for (int i = n - 1; i >= 0; i--) {
    double sum = a[i][n];
    for (int j = i + 1; j < n; j++)
      sum -= a[i][j] * queue->weights[j];
    queue->weights[i] = sum / a[i][i];
  }
  queue->learnt = true;
}

void hc_backlog_learn(struct hc_backlog *queue, int64_t task, double seconds)
{
  const int n = PetscMin(queue->work->n_features + 1, HC_FEATURES);
  double x[HC_FEATURES] = {1}, guess = 1;

  if (queue->work->guess)
    guess = queue->work->guess(queue->work->context, task, x + 1);
  queue->sum_guess += guess;
  queue->sum_seconds += seconds;
  queue->samples++;
  if (n == 1)
    return;
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++)
      queue->normal[i][j] += x[i] * x[j];
    queue->normal[i][HC_FEATURES] += x[i] * log(PetscMax(seconds, 1e-6));
  }
  if (queue->samples >= PetscMax(queue->refit, 2 * n)) {
    solve(queue);
    hc_backlog_sort(queue);
    queue->refit = 2 * queue->samples;
  }
}
