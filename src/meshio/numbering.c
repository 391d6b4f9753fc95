#include "gmsh.h"

#include <stdlib.h>

PetscErrorCode hc_numbering_reserve(struct hc_numbering *m, int64_t n)
{
  PetscFunctionBeginUser;
  if (m->n + n > m->room) {
    m->room = m->n + n;
    PetscCall(PetscRealloc((size_t)m->room * sizeof *m->number + 1, (void *)&m->number));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

struct pair {
  int64_t number, position;
};

static int compare(const void *a, const void *b)
{
  const struct pair *p = a, *q = b;
  return (p->number > q->number) - (p->number < q->number);
}

static PetscErrorCode sort_numbers(struct hc_numbering *m, int64_t *twice)
{
  struct pair *pairs;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(m->n, &pairs));
  PetscCall(PetscMalloc1(m->n, &m->sorted));
  PetscCall(PetscMalloc1(m->n, &m->position));
  for (int64_t i = 0; i < m->n; i++)
    pairs[i] = (struct pair){m->number[i], i};
  qsort(pairs, (size_t)m->n, sizeof *pairs, compare);
  for (int64_t i = 0; i < m->n; i++) {
    m->sorted[i] = pairs[i].number;
    m->position[i] = pairs[i].position;
    if (i > 0 && pairs[i].number == pairs[i - 1].number)
      *twice = pairs[i].number;
  }
  PetscCall(PetscFree(pairs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_numbering_finish(struct hc_numbering *m, int64_t *twice)
{
  int64_t first = INT64_MAX, last = 0;

  PetscFunctionBeginUser;
  *twice = 0;
  for (int64_t i = 0; i < m->n; i++) {
    first = m->number[i] < first ? m->number[i] : first;
    last = m->number[i] > last ? m->number[i] : last;
  }
  if (m->n == 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  if (first < 1 || last - first > 16 * m->n + 1000) {
    PetscCall(sort_numbers(m, twice));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  m->first = first;
  m->length = last - first + 1;
  PetscCall(PetscMalloc1(m->length, &m->table));
  for (int64_t i = 0; i < m->length; i++)
    m->table[i] = -1;
  for (int64_t i = 0; i < m->n; i++) {
    if (m->table[m->number[i] - first] >= 0)
      *twice = m->number[i];
    m->table[m->number[i] - first] = i;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

int64_t hc_numbering_find(const struct hc_numbering *m, int64_t number)
{
  int64_t low = 0, high = m->n;

  if (m->table)
    return number >= m->first && number - m->first < m->length ? m->table[number - m->first] : -1;
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    if (m->sorted[middle] <= number)
      low = middle;
    else
      high = middle;
  }
  return m->n > 0 && m->sorted[low] == number ? m->position[low] : -1;
}

void hc_numbering_destroy(struct hc_numbering *m)
{
  (void)PetscFree(m->number);
  (void)PetscFree(m->table);
  (void)PetscFree(m->sorted);
  (void)PetscFree(m->position);
}
