#include "sort.h"

#include <string.h>

PetscErrorCode hc_sort(int n, uint64_t *key, int *value)
{
  int(*count)[256]; /* of each digit, least significant first */
  uint64_t *key2, *k = key;
  int *value2, *v = value;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(8, &count));
  PetscCall(PetscMalloc1(n, &key2));
  PetscCall(PetscMalloc1(n, &value2));
  for (int i = 0; i < n; i++)
    for (int d = 0; d < 8; d++)
      count[d][key[i] >> 8 * d & 255]++;
  for (int d = 0; d < 8 && n > 1; d++) {
    int sum = 0;
    uint64_t *const k_to = k == key ? key2 : key;
    int *const v_to = v == value ? value2 : value;
    if (count[d][k[0] >> 8 * d & 255] == n)
      continue; /* the digit is the same everywhere */
    for (int j = 0; j < 256; j++) {
      const int c = count[d][j];
      count[d][j] = sum;
      sum += c;
    }
    for (int i = 0; i < n; i++) {
      const int at = count[d][k[i] >> 8 * d & 255]++;
      k_to[at] = k[i];
      v_to[at] = v[i];
    }
    k = k_to;
    v = v_to;
  }
  if (k != key) {
    memcpy(key, k, (size_t)n * sizeof *key);
    memcpy(value, v, (size_t)n * sizeof *value);
  }
  PetscCall(PetscFree(key2));
  PetscCall(PetscFree(value2));
  PetscCall(PetscFree(count));
  PetscFunctionReturn(PETSC_SUCCESS);
}
