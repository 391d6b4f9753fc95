/* Sobol' sequences by their number. */
#include "points.h"
#include "sobol_table.h"

void hc_sobol_directions(int dimension, uint64_t directions[HC_SOBOL_BITS])
{
  const struct hc_sobol_start *start = &hc_sobol_starts[dimension];
  int degree = 0;
  while (start->polynomial >> (degree + 1))
    degree++;
  for (int i = 0; i < HC_SOBOL_BITS; i++) {
    uint64_t number;
    if (i < degree ||
        degree == 0) { /* a whole number m_i, odd and less than 2^(i + 1), is the fraction m_i / 2^(i + 1) */
      number = (uint64_t)(degree == 0 ? 1 : start->first[i]) << (HC_SOBOL_BITS - 1 - i);
    } else { /* Joe & Kuo 2008, equation 3, for fractions */
      number = directions[i - degree] ^ (directions[i - degree] >> degree);
      for (int k = 1; k < degree; k++)
        if (start->polynomial >> (degree - k) & 1)
          number ^= directions[i - k];
    }
    directions[i] = number;
  }
}

uint64_t hc_sobol_point(const uint64_t directions[HC_SOBOL_BITS], uint64_t index)
{
  uint64_t point = 0;
  int i = 0;
  for (uint64_t gray = index ^ (index >> 1); gray; gray >>= 1, i++)
    if (gray & 1)
      point ^= directions[i];
  return point;
}
