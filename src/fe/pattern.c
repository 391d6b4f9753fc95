/* Sparsity pattern of the node graph. */
#include "fe.h"

/* Cells around each owned node, ascending: start[n_owned + 1], list. */
static PetscErrorCode node_cells(const struct hc_mesh *mesh, int **start, int **list)
{
  const int n = hc_cell_nodes(mesh->type);
  const size_t entries = (size_t)n * (size_t)mesh->n_cells_local;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1((size_t)mesh->n_owned + 1, start));
  for (size_t k = 0; k < entries; k++)
    if (mesh->cells[k] < mesh->n_owned)
      (*start)[mesh->cells[k] + 1]++;
  for (int i = 0; i < mesh->n_owned; i++)
    (*start)[i + 1] += (*start)[i];
  PetscCall(PetscMalloc1((size_t)(*start)[mesh->n_owned], list));
  for (size_t k = 0; k < entries; k++)
    if (mesh->cells[k] < mesh->n_owned)
      (*list)[(*start)[mesh->cells[k]]++] = (int)(k / (size_t)n);
  for (int i = mesh->n_owned; i > 0; i--) /* undo the shift that filling made */
    (*start)[i] = (*start)[i - 1];
  (*start)[0] = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Neighbours of owned node i, itself included, unsorted. mark: n_local, below i wherever i has not been. */
static int neighbours(const struct hc_mesh *mesh, const int *start, const int *list, int i, int *mark, int *found)
{
  const int n = hc_cell_nodes(mesh->type);
  int count = 0;

  for (int k = start[i]; k < start[i + 1]; k++) {
    const int *cell = mesh->cells + (size_t)n * (size_t)list[k];
    for (int j = 0; j < n; j++) {
      if (mark[cell[j]] == i)
        continue;
      mark[cell[j]] = i;
      if (found)
        found[count] = cell[j];
      count++;
    }
  }
  return count;
}

/* Insertion sort by the run's number: rows are short. */
static void sort_by_number(const int64_t *number, int n, int *col)
{
  for (int a = 1; a < n; a++) {
    const int moving = col[a];
    int b = a;
    for (; b > 0 && number[col[b - 1]] > number[moving]; b--)
      col[b] = col[b - 1];
    col[b] = moving;
  }
}

/* First pass counts, second fills: twice the walk, but no memory beyond the result. */
static PetscErrorCode rows(const struct hc_mesh *mesh, const int *start, const int *list, int *mark,
                           struct hc_pattern *pattern)
{
  int64_t total = 0;

  PetscFunctionBeginUser;
  for (int i = 0; i < mesh->n_local; i++)
    mark[i] = -1;
  for (int i = 0; i < mesh->n_owned; i++) {
    total += neighbours(mesh, start, list, i, mark, NULL);
    PetscCheck(total <= INT32_MAX, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
               "the matrix of this rank has more than %d entries; use more ranks", INT32_MAX);
    pattern->row[i + 1] = (int)total;
  }
  PetscCall(PetscMalloc1((size_t)total, &pattern->col));
  for (int i = 0; i < mesh->n_local; i++)
    mark[i] = -1;
  for (int i = 0; i < mesh->n_owned; i++) {
    int *col = pattern->col + pattern->row[i], k = 0;
    const int n = neighbours(mesh, start, list, i, mark, col);
    sort_by_number(mesh->number, n, col);
    while (col[k] != i)
      k++;
    pattern->diagonal[i] = pattern->row[i] + k;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode pattern_local(const struct hc_mesh *mesh, struct hc_pattern *pattern)
{
  int *start = NULL, *list = NULL, *mark = NULL;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  pattern->n_rows = mesh->n_owned;
  PetscCall(PetscCalloc1((size_t)mesh->n_owned + 1, &pattern->row));
  PetscCall(PetscMalloc1((size_t)mesh->n_owned, &pattern->diagonal));
  PetscCall(node_cells(mesh, &start, &list));
  PetscCall(PetscMalloc1((size_t)mesh->n_local, &mark));
  code = rows(mesh, start, list, mark, pattern);
  PetscCall(PetscFree(mark));
  PetscCall(PetscFree(list));
  PetscCall(PetscFree(start));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_fe_pattern(const struct hc_mesh *mesh, struct hc_pattern **pattern)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(1, pattern));
  code = hc_error_agree(mesh->comm, pattern_local(mesh, *pattern));
  if (code)
    hc_fe_pattern_destroy(pattern);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_fe_pattern_destroy(struct hc_pattern **pattern)
{
  if (!pattern || !*pattern)
    return;
  (void)PetscFree((*pattern)->row);
  (void)PetscFree((*pattern)->col);
  (void)PetscFree((*pattern)->diagonal);
  (void)PetscFree(*pattern);
}
