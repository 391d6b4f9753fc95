/* Cells are evaluated as often as they need: every step while they are excited or recover fast, every millisecond while
 * they rest.
 *
 * Slots wait in spans (HC_SPAN). A span of level 0 is advanced every step by the scheme of the case. On a higher level
 * it is evaluated every steps[level] steps, each a multiple of the one before, at steps that are multiples of it.
 * Meanwhile its V moves by a held rate and by whatever else acts on it (diffusion), and its other states stay behind.
 * When the span is due after an interval h, what others did to V, L = V - last - held h, is known, and
 *
 *   V = last + L / 2;  (V, states) <- second-order step of the cell over h;  V <- V + L / 2
 *
 * is one Strang step of reaction and the rest over h. V jumps by the error of the held rate, which the next interval
 * takes from this one. No state is ever ahead of V, so a span can be evaluated at any step: it is (woken) when V leaves
 * the line that it followed over the last interval by more than the tolerance, or when a stimulus is to act on it.
 *
 * Models that beat by themselves are advanced every step: when they fire hangs on a slow balance of small currents, on
 * which long steps tell (the cycle of Fabbri 2017 would be 1.6 % too short with intervals of 0.5 ms).
 *
 * The interval follows the larger of two errors, both of second order in it: the jump of V, and the difference of the
 * first-order and the second-order step, which all states enter (weighted with state_weight). */
#include "groups.h"

#include <math.h>

static const double state_weight = 10; /* mV: what a relative error of 1 of all states counts as */
static const double safety = 0.5;      /* share of the tolerance that a longer interval may be expected to take */
enum {
  PAUSE = 4,       /* evaluations after a failure before a longer interval is tried again */
  MAX_FACTOR = 7,  /* between intervals */
  MAX_STEPS = 1000 /* in an interval */
};

/* ---- Levels ------------------------------------------------------------------------------------------------------ */

/* The largest number up to n with prime factors up to MAX_FACTOR only. */
static int smooth_below(int n)
{
  for (;; --n) {
    int rest = n;
    for (int factor = MAX_FACTOR; factor > 1; --factor)
      while (rest % factor == 0)
        rest /= factor;
    if (rest == 1)
      return n;
  }
}

/* Large factors first: an evaluation is of twice the cost of a step, so that an interval of two gains nothing. */
static void set_levels(struct hc_kinetics *kinetics, double max_step)
{
  int rest = smooth_below((int)fmax(1, fmin(MAX_STEPS, floor(max_step / kinetics->dt * (1 + 1e-9)))));
  kinetics->n_levels = 1;
  kinetics->steps[0] = 1;
  for (int factor = MAX_FACTOR; factor > 1; factor -= factor > 3 ? 2 : 1) /* 7, 5, 3, 2 */
    while (rest % factor == 0 && kinetics->n_levels < HC_MAX_LEVELS) {
      kinetics->steps[kinetics->n_levels] = kinetics->steps[kinetics->n_levels - 1] * factor;
      kinetics->n_levels++;
      rest /= factor;
    }
}

PetscErrorCode hc_kinetics_adapt(struct hc_kinetics *kinetics, double dt, double max_step, double tolerance,
                                 const double *v)
{
  PetscFunctionBeginUser;
  kinetics->dt = dt;
  kinetics->tolerance = tolerance;
  set_levels(kinetics, max_step);
  kinetics->adaptive = kinetics->n_levels > 1;
  if (!kinetics->adaptive)
    PetscFunctionReturn(PETSC_SUCCESS);
  kinetics->width += HC_WAITING_WIDTH;
  for (int g = 0; g < kinetics->n_groups; ++g) {
    struct hc_cell_group *group = &kinetics->groups[g];
    if (group->model->stimulus == 0)
      continue;
    const size_t slots = (size_t)hc_group_slots(group);
    group->span = PetscMax(HC_SPAN, group->model->lanes);
    group->n_spans = (hc_group_slots(group) + group->span - 1) / group->span;
    PetscCall(PetscCalloc1(group->n_spans, &group->spans));
    PetscCall(PetscCalloc1(slots, &group->held));
    PetscCall(PetscCalloc1(slots, &group->drift));
    PetscCall(PetscMalloc1(slots, &group->last));
    for (size_t slot = 0; slot < slots; ++slot)
      group->last[slot] = v[group->nodes[slot]];
    kinetics->bytes += 3 * slots * sizeof(double) + (size_t)group->n_spans * sizeof(struct hc_span);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_group_destroy_waiting(struct hc_cell_group *group)
{
  (void)PetscFree(group->spans);
  (void)PetscFree(group->held);
  (void)PetscFree(group->drift);
  (void)PetscFree(group->last);
}

/* ---- Within a step ----------------------------------------------------------------------------------------------- */

/* Slots of a span, and how many of them stand for a node. */
static int span_slots(const struct hc_cell_group *group, int span)
{
  return PetscMin(group->span, hc_group_slots(group) - span * group->span);
}

static int span_nodes(const struct hc_cell_group *group, int span)
{
  return PetscMin(group->span, group->n - span * group->span);
}

static void coast(const struct hc_cell_group *group, int span, double dt, double *v)
{
  const int *nodes = group->nodes + (size_t)span * (size_t)group->span, n = span_nodes(group, span);
  const double *held = group->held + (size_t)span * (size_t)group->span;
  for (int i = 0; i < n; ++i)
    v[nodes[i]] += dt * held[i];
}

/* Spans [begin, stop), those of level 0 together as far as they are neighbours. */
static void advance_spans(struct hc_cell_group *group, int begin, int stop, enum hc_reaction_scheme scheme,
                          const struct hc_cell_table *table, double t, double dt, double *v, const double *stim)
{
  for (int span = begin, end; span < stop; span = end) {
    end = span + 1;
    if (group->spans[span].level > 0) {
      coast(group, span, dt, v);
      continue;
    }
    while (end < stop && group->spans[end].level == 0)
      ++end;
    const int first = span * group->span, n = PetscMin(end * group->span, hc_group_slots(group)) - first;
    hc_group_advance(group, scheme, table, first, n, t, dt, v, stim, group->drift + first);
  }
}

void hc_group_advance_some(struct hc_cell_group *group, enum hc_reaction_scheme scheme,
                           const struct hc_cell_table *table, double t, double dt, double *v, const double *stim)
{
  const int together = HC_CHUNK / group->span;
#pragma omp parallel for schedule(dynamic, 4) num_threads(hc_threads()) if (hc_threads() > 1)
  for (int begin = 0; begin < group->n_spans; begin += together)
    advance_spans(group, begin, PetscMin(begin + together, group->n_spans), scheme, table, t, dt, v, stim);
}

PetscErrorCode hc_kinetics_coast(const struct hc_kinetics *kinetics, double dt, double *v)
{
  PetscFunctionBeginUser;
  for (int g = 0; g < kinetics->n_groups; ++g)
    for (int span = 0; span < kinetics->groups[g].n_spans; ++span)
      coast(&kinetics->groups[g], span, dt, v);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Evaluation -------------------------------------------------------------------------------------------------- */

/* Bring a span that waits to the time of V. Returns the error, mV. */
static double evaluate(const struct hc_kinetics *kinetics, struct hc_cell_group *group, int span, int64_t step,
                       double *v)
{
  const int first = span * group->span, n = span_slots(group, span), real = span_nodes(group, span);
  const int *nodes = group->nodes + first;
  const double h = group->spans[span].elapsed * kinetics->dt;
  const double t = (double)(step - group->spans[span].elapsed) * kinetics->dt;
  double *held = group->held + first, *drift = group->drift + first, *last = group->last + first;
  _Alignas(64) double v_blocks[HC_CHUNK], others[HC_CHUNK], error[HC_CHUNK];
  const struct hc_cell_batch cells = hc_group_batch(group, first, n, v_blocks, NULL);
  double worst = 0;

  for (int i = 0; i < n; ++i) {
    others[i] = v[nodes[i]] - last[i] - held[i] * h;
    v_blocks[i] = last[i] + 0.5 * others[i];
  }
  group->model->step2(&cells, t, h, cells.v, cells.state, error, NULL);
  for (int i = 0; i < n; ++i) {
    const double next = v_blocks[i] + 0.5 * others[i];
    worst = fmax(worst, fmax(fabs(next - v[nodes[i]]), state_weight * error[i]));
    held[i] = (next - last[i] - others[i]) / h;
    drift[i] = (next - last[i]) / h;
    last[i] = next;
  }
  for (int i = 0; i < real; ++i)
    v[nodes[i]] = last[i];
  return worst;
}

/* Has V left the line that it followed by more than the tolerance? */
static bool strays(const struct hc_kinetics *kinetics, const struct hc_cell_group *group, int span, const double *v)
{
  const int *nodes = group->nodes + (size_t)span * (size_t)group->span, n = span_nodes(group, span);
  const double *drift = group->drift + (size_t)span * (size_t)group->span,
               *last = group->last + (size_t)span * (size_t)group->span;
  const double h = group->spans[span].elapsed * kinetics->dt, tolerance = kinetics->tolerance;
  int astray = 0;
  for (int i = 0; i < n; ++i)
    astray |= !(fabs(v[nodes[i]] - last[i] - h * drift[i]) <= tolerance); /* a NaN strays */
  return astray != 0;
}

/* From now on every step. */
static void begin_window(struct hc_cell_group *group, int span, const double *v)
{
  const int first = span * group->span, n = span_slots(group, span);
  for (int i = first; i < first + n; ++i) {
    group->last[i] = v[group->nodes[i]];
    group->drift[i] = 0;
  }
  group->spans[span].level = 0;
  group->spans[span].elapsed = 0;
}

/* The level for a span that had this error over `interval` steps and is on `level`. */
static int suited(const struct hc_kinetics *kinetics, const struct hc_span *span, int64_t step, double error,
                  int interval)
{
  const double allowed = safety * kinetics->tolerance, unit = error / ((double)interval * interval);
  const int *steps = kinetics->steps;
  int level = span->level;

  if (!(error <= kinetics->tolerance)) {
    while (level > 0 && !(unit * steps[level] * steps[level] <= allowed))
      --level;
  } else if (span->pause == 0 && level + 1 < kinetics->n_levels && step % steps[level + 1] == 0 &&
             unit * steps[level + 1] * steps[level + 1] <= allowed) {
    ++level;
  }
  return level;
}

/* A span that is advanced every step: how well would the rate of the last window have foretold V over this one? */
static void end_window(const struct hc_kinetics *kinetics, struct hc_cell_group *group, int span, int64_t step,
                       const double *v)
{
  struct hc_span *state = &group->spans[span];
  const int first = span * group->span, n = span_slots(group, span);
  const bool whole = state->elapsed == kinetics->steps[1];
  const double h = state->elapsed * kinetics->dt;
  double worst = 0;

  for (int i = first; i < first + n; ++i) {
    worst = fmax(worst, fabs(group->drift[i] - group->held[i] * h));
    group->held[i] = group->drift[i] / h;
    group->drift[i] = (v[group->nodes[i]] - group->last[i]) / h;
    group->last[i] = v[group->nodes[i]];
  }
  state->elapsed = 0;
  if (whole && suited(kinetics, state, step, worst, kinetics->steps[1]) > 0)
    state->level = 1;
  else
    begin_window(group, span, v);
  state->pause = PetscMax(0, state->pause - 1);
}

static void end_interval(const struct hc_kinetics *kinetics, struct hc_cell_group *group, int span, int64_t step,
                         bool woken, double *v)
{
  struct hc_span *state = &group->spans[span];
  const int interval = state->elapsed, level = state->level;
  const double error = evaluate(kinetics, group, span, step, v);

  state->elapsed = 0;
  state->level = woken ? 0 : suited(kinetics, state, step, error, interval);
  state->pause = state->level < level ? PAUSE : PetscMax(0, state->pause - 1);
  if (state->level == 0)
    begin_window(group, span, v);
}

/* What is to be done for a span at the end of a step. Returns whether it was evaluated. */
static bool settle(const struct hc_kinetics *kinetics, struct hc_cell_group *group, int span, int64_t step, int n,
                   double *v)
{
  struct hc_span *state = &group->spans[span];
  state->elapsed += n;
  if (state->level == 0) {
    if (step % kinetics->steps[1] == 0)
      end_window(kinetics, group, span, step, v);
    return true;
  }
  const bool due = step % kinetics->steps[state->level] == 0;
  const bool woken = !due && strays(kinetics, group, span, v);
  if (due || woken)
    end_interval(kinetics, group, span, step, woken, v);
  return due || woken;
}

PetscErrorCode hc_kinetics_settle(struct hc_kinetics *kinetics, int64_t step, int n, double *v)
{
  PetscFunctionBeginUser;
  for (int g = 0; g < kinetics->n_groups && kinetics->adaptive; ++g) {
    struct hc_cell_group *group = &kinetics->groups[g];
    if (group->n_spans == 0)
      kinetics->evaluations += group->n;
    int64_t evaluated = 0;
#pragma omp parallel for schedule(dynamic, 64) reduction(+ : evaluated) num_threads(hc_threads()) if (hc_threads() > 1)
    for (int span = 0; span < group->n_spans; ++span)
      evaluated += settle(kinetics, group, span, step, n, v) ? span_nodes(group, span) : 0;
    kinetics->evaluations += evaluated;
    kinetics->node_steps += (int64_t)n * group->n;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_kinetics_wake(struct hc_kinetics *kinetics, int64_t step, const bool *chosen, double *v)
{
  PetscFunctionBeginUser;
  for (int g = 0; g < kinetics->n_groups; ++g) {
    struct hc_cell_group *group = &kinetics->groups[g];
    for (int span = 0; span < group->n_spans; ++span) {
      bool any = false;
      for (int i = 0; i < span_nodes(group, span); ++i)
        any = any || chosen[group->nodes[span * group->span + i]];
      if (!any || group->spans[span].level == 0)
        continue;
      if (group->spans[span].elapsed > 0)
        (void)evaluate(kinetics, group, span, step, v);
      begin_window(group, span, v);
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

int64_t hc_kinetics_ahead(const struct hc_kinetics *kinetics, int64_t step)
{
  int lowest = kinetics->n_levels - 1;
  if (!kinetics->adaptive)
    return 1;
  for (int g = 0; g < kinetics->n_groups; ++g) {
    if (kinetics->groups[g].n > 0 && kinetics->groups[g].n_spans == 0)
      return 1;
    for (int span = 0; span < kinetics->groups[g].n_spans; ++span)
      lowest = PetscMin(lowest, kinetics->groups[g].spans[span].level);
  }
  return kinetics->steps[lowest] - step % kinetics->steps[lowest];
}

void hc_kinetics_evaluations(const struct hc_kinetics *kinetics, int64_t *evaluations, int64_t *node_steps)
{
  *evaluations = kinetics->evaluations;
  *node_steps = kinetics->node_steps;
}

/* ---- Checkpoints ------------------------------------------------------------------------------------------------- */

enum { HELD, DRIFT, LAST, LEVEL, ELAPSED, PAUSED };

void hc_group_pack_waiting(const struct hc_cell_group *group, int slot, double *values)
{
  const struct hc_span *span = &group->spans[slot / group->span];
  values[HELD] = group->held[slot];
  values[DRIFT] = group->drift[slot];
  values[LAST] = group->last[slot];
  values[LEVEL] = span->level;
  values[ELAPSED] = span->elapsed;
  values[PAUSED] = span->pause;
}

/* Bring one slot to the time of V: nodes that waited in different spans have come together. The block of the slot is
 * computed, and the other lanes are left as they were. work: states of a block. */
static void catch_up(const struct hc_kinetics *kinetics, struct hc_cell_group *group, int slot, int64_t step,
                     int elapsed, double *work, double *v)
{
  enum { MOST = 64 };
  const int lanes = group->model->lanes, lane = slot % lanes, first = slot - lane;
  const double h = elapsed * kinetics->dt, others = v[group->nodes[slot]] - group->last[slot] - group->held[slot] * h;
  _Alignas(64) double start[MOST], next[MOST];
  const struct hc_cell_batch cells = hc_group_batch(group, first, lanes, start, NULL);

  for (int i = 0; i < lanes; ++i)
    start[i] = group->last[slot] + 0.5 * others;
  group->model->step2(&cells, (double)(step - elapsed) * kinetics->dt, h, next, work, NULL, NULL);
  for (int s = 1; s < group->model->n_states; ++s)
    *hc_group_state_at(group, slot, s) = work[(s - 1) * lanes + lane];
  v[group->nodes[slot]] = next[lane] + 0.5 * others;
}

/* Nodes of a span that came from spans of different states. */
static PetscErrorCode unite(const struct hc_kinetics *kinetics, struct hc_cell_group *group, int span, int64_t step,
                            const double *values, double *v)
{
  const int first = span * group->span, n = span_slots(group, span), real = span_nodes(group, span);
  double *work;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((size_t)(group->model->n_states - 1) * (size_t)group->model->lanes, &work));
  for (int slot = first; slot < first + n; ++slot) {
    const double *own = values + (size_t)group->nodes[slot] * (size_t)kinetics->width;
    if (own[LEVEL] > 0 && own[ELAPSED] > 0 && slot < first + real)
      catch_up(kinetics, group, slot, step, (int)own[ELAPSED], work, v);
  }
  for (int slot = first + real; slot < first + n; ++slot) /* these repeat the last node */
    for (int s = 1; s < group->model->n_states; ++s)
      *hc_group_state_at(group, slot, s) = *hc_group_state_at(group, first + real - 1, s);
  PetscCall(PetscFree(work));
  begin_window(group, span, v);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode resume(const struct hc_kinetics *kinetics, struct hc_cell_group *group, int span, int64_t step,
                             const double *values, double *v)
{
  const int first = span * group->span, n = span_slots(group, span);
  const double *one = values + (size_t)group->nodes[first] * (size_t)kinetics->width;
  bool same = true;

  PetscFunctionBeginUser;
  for (int slot = first; slot < first + n; ++slot) {
    const double *own = values + (size_t)group->nodes[slot] * (size_t)kinetics->width;
    group->held[slot] = own[HELD];
    group->drift[slot] = own[DRIFT];
    group->last[slot] = own[LAST];
    for (int i = LEVEL; i <= PAUSED; ++i)
      same = same && own[i] == one[i];
  }
  group->spans[span] =
      (struct hc_span){.level = (int)one[LEVEL], .elapsed = (int)one[ELAPSED], .pause = (int)one[PAUSED]};
  if (!same)
    PetscCall(unite(kinetics, group, span, step, values, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_kinetics_resume(struct hc_kinetics *kinetics, const double *values, int64_t step, double *v)
{
  const double *waiting = values + kinetics->width - HC_WAITING_WIDTH;

  PetscFunctionBeginUser;
  for (int g = 0; g < kinetics->n_groups; ++g)
    for (int span = 0; span < kinetics->groups[g].n_spans; ++span)
      PetscCall(resume(kinetics, &kinetics->groups[g], span, step, waiting, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}
