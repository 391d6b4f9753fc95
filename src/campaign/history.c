/* What attempts have cost members so far. Few have a history: a sorted array of those. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INTERRUPTS 3 /* sessions that may end for no reason that we know of while a member is computed */

/* Index of the first history whose member is not less. */
static int64_t place_of(const struct hc_histories *all, int64_t member)
{
  int64_t low = 0, high = all->n;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (all->sorted[middle].member < member)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

struct hc_history *hc_history_find(const struct hc_histories *all, int64_t member)
{
  const int64_t place = place_of(all, member);
  return place < all->n && all->sorted[place].member == member ? &all->sorted[place] : NULL;
}

static struct hc_history *find_or_add(struct hc_histories *all, int64_t member)
{
  const int64_t place = place_of(all, member);

  if (place < all->n && all->sorted[place].member == member)
    return &all->sorted[place];
  if (all->n == all->capacity) {
    const int64_t capacity = 2 * all->capacity + 64;
    struct hc_history *sorted = realloc(all->sorted, (size_t)capacity * sizeof *sorted);
    if (!sorted)
      return NULL;
    all->sorted = sorted;
    all->capacity = capacity;
  }
  memmove(&all->sorted[place + 1], &all->sorted[place], (size_t)(all->n - place) * sizeof *all->sorted);
  all->sorted[place] = (struct hc_history){.member = member};
  all->n++;
  return &all->sorted[place];
}

bool hc_history_charge(struct hc_histories *all, int64_t member, enum hc_cause cause, const char *signal, bool alone)
{
  struct hc_history *history = find_or_add(all, member);
  if (!history)
    return false;
  history->charges++;
  history->interrupts = 0;
  history->cause = cause;
  history->alone = alone;
  snprintf(history->signal, sizeof history->signal, "%s", signal ? signal : "");
  return true;
}

bool hc_history_interrupt(struct hc_histories *all, int64_t member, int retries, bool alone)
{
  struct hc_history *history = find_or_add(all, member);
  if (!history)
    return false;
  if (++history->interrupts < INTERRUPTS)
    return true;
  history->charges = PetscMax(history->charges, PetscMax(retries, 1) - 1);
  return hc_history_charge(all, member, HC_CAUSE_KILLED, NULL, alone);
}

bool hc_history_solitary(const struct hc_history *history, int retries)
{
  return history && history->charges >= PetscMax(retries, 1);
}

bool hc_history_hopeless(const struct hc_history *history, int retries)
{
  return history && history->alone && history->charges > retries;
}

void hc_history_free(struct hc_histories *all)
{
  free(all->sorted);
  *all = (struct hc_histories){0};
}
