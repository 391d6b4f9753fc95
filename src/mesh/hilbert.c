#include "hilbert.h"

#include <math.h>

enum { BITS = 21 };

/* Skilling's transform of lattice coordinates into the "transposed" key: bit b of x[0], x[1], x[2] in turn are bits
 * 3b + 2, 3b + 1, 3b of the key. */
static void to_transposed(uint32_t x[3])
{
  uint32_t t = 0;

  for (uint32_t q = 1u << (BITS - 1); q > 1; q >>= 1) {
    const uint32_t below = q - 1;
    for (int d = 0; d < 3; d++) {
      if (x[d] & q) {
        x[0] ^= below; /* invert */
      } else {
        const uint32_t swap = (x[0] ^ x[d]) & below;
        x[0] ^= swap;
        x[d] ^= swap;
      }
    }
  }
  x[1] ^= x[0]; /* Gray code */
  x[2] ^= x[1];
  for (uint32_t q = 1u << (BITS - 1); q > 1; q >>= 1)
    if (x[2] & q)
      t ^= q - 1;
  for (int d = 0; d < 3; d++)
    x[d] ^= t;
}

/* Bits of x to every third place. */
static uint64_t spread(uint64_t x)
{
  x = (x | x << 32) & 0x001F00000000FFFFu;
  x = (x | x << 16) & 0x001F0000FF0000FFu;
  x = (x | x << 8) & 0x100F00F00F00F00Fu;
  x = (x | x << 4) & 0x10C30C30C30C30C3u;
  return (x | x << 2) & 0x1249249249249249u;
}

void hc_hilbert_keys(int64_t n, const double *xyz, const double corner[3], double edge, uint64_t *key)
{
  const double top = (1 << BITS) - 1, scale = edge > 0 ? top / edge : 0;
  for (int64_t i = 0; i < n; i++) {
    uint32_t x[3];
    for (int d = 0; d < 3; d++)
      x[d] = (uint32_t)fmin(fmax((xyz[3 * i + d] - corner[d]) * scale, 0), top);
    to_transposed(x);
    key[i] = spread(x[0]) << 2 | spread(x[1]) << 1 | spread(x[2]);
  }
}

PetscErrorCode hc_hilbert_cube(MPI_Comm comm, int64_t n, const double *xyz, double corner[3], double *edge)
{
  double low[6] = {INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY}; /* of x, y, z, -x, -y, -z */

  PetscFunctionBeginUser;
  for (int64_t i = 0; i < n; i++)
    for (int d = 0; d < 3; d++) {
      low[d] = fmin(low[d], xyz[3 * i + d]);
      low[3 + d] = fmin(low[3 + d], -xyz[3 * i + d]);
    }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, low, 6, MPI_DOUBLE, MPI_MIN, comm));
  *edge = 0;
  for (int d = 0; d < 3; d++) {
    corner[d] = low[d];
    *edge = fmax(*edge, -low[3 + d] - low[d]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
