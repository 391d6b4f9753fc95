#include "family.h"

#include "sort.h"

#include <limits.h>
#include <string.h>

PetscErrorCode hc_family_create(int k, struct hc_family **family)
{
  struct hc_family *f;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&f));
  f->k = k;
  f->capacity = 64;
  f->mask = 127;
  PetscCall(PetscMalloc1(k * f->capacity, &f->node));
  PetscCall(PetscMalloc1(f->capacity, &f->count));
  PetscCall(PetscMalloc1(f->capacity, &f->bits));
  PetscCall(PetscMalloc1(f->mask + 1, &f->table));
  memset(f->table, -1, (f->mask + 1) * sizeof *f->table);
  *family = f;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_family_destroy(struct hc_family **family)
{
  struct hc_family *f = *family;
  if (!f)
    return;
  (void)PetscFree(f->node);
  (void)PetscFree(f->count);
  (void)PetscFree(f->bits);
  (void)PetscFree(f->number);
  (void)PetscFree(f->table);
  (void)PetscFree(*family);
}

static void sort_nodes(int k, const int64_t *nodes, int64_t *sorted)
{
  for (int i = 0; i < k; i++) {
    int at = i;
    for (; at > 0 && sorted[at - 1] > nodes[i]; at--)
      sorted[at] = sorted[at - 1];
    sorted[at] = nodes[i];
  }
}

/* Slot of an ascending set: its own or the free one where it belongs. */
static uint64_t slot_of(const struct hc_family *f, const int64_t *sorted)
{
  uint64_t slot = 0;
  for (int i = 0; i < f->k; i++)
    slot = (slot ^ (uint64_t)sorted[i] ^ slot >> 29) * 0x9E3779B97F4A7C15u;
  slot = (slot ^ slot >> 32) & f->mask;
  while (f->table[slot] >= 0 &&
         memcmp(f->node + (int64_t)f->k * f->table[slot], sorted, (size_t)f->k * sizeof *sorted) != 0)
    slot = (slot + 1) & f->mask;
  return slot;
}

static PetscErrorCode rehash(struct hc_family *f)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(f->table));
  f->mask = 2 * (uint64_t)f->capacity - 1;
  PetscCall(PetscMalloc1(f->mask + 1, &f->table));
  memset(f->table, -1, (f->mask + 1) * sizeof *f->table);
  for (int i = 0; i < f->n; i++)
    f->table[slot_of(f, f->node + (int64_t)f->k * i)] = i;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode grow(struct hc_family *f)
{
  PetscFunctionBeginUser;
  PetscCheck(f->capacity < INT_MAX / 16, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "the mesh is too large to be refined on this number of ranks; use more ranks");
  f->capacity *= 2;
  PetscCall(PetscRealloc((size_t)(f->k * f->capacity) * sizeof *f->node, &f->node));
  PetscCall(PetscRealloc((size_t)f->capacity * sizeof *f->count, &f->count));
  PetscCall(PetscRealloc((size_t)f->capacity * sizeof *f->bits, &f->bits));
  PetscCall(rehash(f));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_family_add(struct hc_family *f, const int64_t *nodes, int count, int32_t bits)
{
  int64_t sorted[4] = {0};

  PetscFunctionBeginHot;
  sort_nodes(f->k, nodes, sorted);
  uint64_t slot = slot_of(f, sorted);
  if (f->table[slot] < 0) {
    if (f->n == f->capacity) {
      PetscCall(grow(f));
      slot = slot_of(f, sorted);
    }
    memcpy(f->node + (int64_t)f->k * f->n, sorted, (size_t)f->k * sizeof *sorted);
    f->count[f->n] = 0;
    f->bits[f->n] = 0;
    f->table[slot] = f->n++;
  }
  f->count[f->table[slot]] += count;
  f->bits[f->table[slot]] |= bits;
  PetscFunctionReturn(PETSC_SUCCESS);
}

int hc_family_find(const struct hc_family *f, const int64_t *nodes)
{
  int64_t sorted[4] = {0};
  sort_nodes(f->k, nodes, sorted);
  return f->table[slot_of(f, sorted)];
}

/* A member on its way. */
struct member {
  int64_t node[4];
  int32_t count, bits;
};

static PetscErrorCode add_members(struct hc_family *all, int n, const struct member *members)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < n; i++)
    PetscCall(hc_family_add(all, members[i].node, members[i].count, members[i].bits));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Members to the ranks of their lowest nodes; *list: who went where; *received: what came. */
static PetscErrorCode send_members(MPI_Comm comm, int64_t n_nodes, const struct hc_family *mine,
                                   struct hc_exchange **plan, int **list, struct member **received)
{
  int size, *counts;
  int32_t *to;
  struct member *sent;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(PetscMalloc1(mine->n, &to));
  PetscCall(PetscMalloc1(mine->n, list));
  PetscCall(PetscMalloc1(size, &counts));
  for (int i = 0; i < mine->n; i++)
    to[i] = hc_slab_rank(n_nodes, mine->node[(int64_t)mine->k * i], size);
  hc_exchange_order(size, mine->n, to, counts, *list);
  PetscCall(hc_exchange_create(comm, counts, plan));
  PetscCall(PetscCalloc1(mine->n, &sent));
  for (int i = 0; i < mine->n; i++) {
    const int m = (*list)[i];
    memcpy(sent[i].node, mine->node + (int64_t)mine->k * m, (size_t)mine->k * sizeof *mine->node);
    sent[i].count = mine->count[m];
    sent[i].bits = mine->bits[m];
  }
  PetscCall(PetscMalloc1((*plan)->recv_start[size], received));
  PetscCall(hc_exchange_forward(*plan, sizeof *sent, sent, *received));
  PetscCall(PetscFree(sent));
  PetscCall(PetscFree(counts));
  PetscCall(PetscFree(to));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_family_keep_boundary(MPI_Comm comm, int64_t n_nodes, struct hc_family *mine)
{
  struct hc_family *all;
  struct hc_exchange *plan;
  struct member *received;
  int *list, *in_cells, *answer;

  PetscFunctionBeginUser;
  PetscCall(hc_family_create(mine->k, &all));
  PetscCall(send_members(comm, n_nodes, mine, &plan, &list, &received));
  const int n = plan->recv_start[plan->size];
  PetscCall(hc_error_agree(comm, add_members(all, n, received)));
  PetscCall(PetscMalloc1(n, &answer));
  PetscCall(PetscMalloc1(mine->n, &in_cells));
  for (int i = 0; i < n; i++)
    answer[i] = all->count[hc_family_find(all, received[i].node)];
  PetscCall(hc_exchange_back(plan, sizeof *answer, answer, in_cells));
  for (int i = 0; i < mine->n; i++)
    if (in_cells[i] > 1)
      mine->bits[list[i]] = 0;
  PetscCall(PetscFree(in_cells));
  PetscCall(PetscFree(answer));
  PetscCall(PetscFree(received));
  PetscCall(PetscFree(list));
  hc_exchange_destroy(&plan);
  hc_family_destroy(&all);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Positions ascending with the sets: stable sorts by the last node, ..., the first. */
static PetscErrorCode sort_members(struct hc_family *f)
{
  struct hc_family *sorted;
  uint64_t *key;
  int *order;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(f->n, &key));
  PetscCall(PetscMalloc1(f->n, &order));
  for (int i = 0; i < f->n; i++)
    order[i] = i;
  for (int j = f->k - 1; j >= 0; j--) {
    for (int i = 0; i < f->n; i++)
      key[i] = (uint64_t)f->node[(int64_t)f->k * order[i] + j];
    PetscCall(hc_sort(f->n, key, order));
  }
  PetscCall(PetscFree(key));
  PetscCall(hc_family_create(f->k, &sorted));
  for (int i = 0; i < f->n; i++)
    PetscCall(hc_family_add(sorted, f->node + (int64_t)f->k * order[i], f->count[order[i]], f->bits[order[i]]));
  PetscCall(PetscFree(order));
  const struct hc_family swap = *f;
  *f = *sorted;
  *sorted = swap;
  hc_family_destroy(&sorted);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_family_number(MPI_Comm comm, int64_t n_nodes, int64_t base, struct hc_family *mine,
                                struct hc_family *all, int64_t *first, int64_t *total)
{
  struct hc_exchange *plan;
  struct member *received;
  int64_t n, before = 0, *answer, *number;
  int *list;

  PetscFunctionBeginUser;
  PetscCall(send_members(comm, n_nodes, mine, &plan, &list, &received));
  const int n_received = plan->recv_start[plan->size];
  PetscCall(hc_error_agree(comm, add_members(all, n_received, received)));
  PetscCall(sort_members(all));
  n = all->n;
  PetscCallMPI(MPI_Exscan(&n, &before, 1, MPI_INT64_T, MPI_SUM, comm));
  PetscCallMPI(MPI_Allreduce(&n, total, 1, MPI_INT64_T, MPI_SUM, comm));
  *first = base + before;
  PetscCall(PetscMalloc1(n_received, &answer));
  PetscCall(PetscMalloc1(mine->n, &number));
  for (int i = 0; i < n_received; i++)
    answer[i] = *first + hc_family_find(all, received[i].node);
  PetscCall(hc_exchange_back(plan, sizeof *answer, answer, number));
  PetscCall(PetscMalloc1(mine->n, &mine->number));
  for (int i = 0; i < mine->n; i++)
    mine->number[list[i]] = number[i];
  PetscCall(PetscFree(number));
  PetscCall(PetscFree(answer));
  PetscCall(PetscFree(received));
  PetscCall(PetscFree(list));
  hc_exchange_destroy(&plan);
  PetscFunctionReturn(PETSC_SUCCESS);
}
