#include "internal.h"

#include <math.h>

static double minor(const double (*map)[4], int row, int column)
{
  const int r = (row + 1) % 3, s = (row + 2) % 3, c = (column + 1) % 3, d = (column + 2) % 3;
  return map[r][c] * map[s][d] - map[r][d] * map[s][c];
}

double hc_affine_determinant(const double (*map)[4])
{
  return map[0][0] * minor(map, 0, 0) + map[0][1] * minor(map, 0, 1) + map[0][2] * minor(map, 0, 2);
}

double hc_affine_edge(const double (*map)[4], int axis)
{
  return hypot(hypot(map[0][axis], map[1][axis]), map[2][axis]);
}

bool hc_affine_invert(const double (*map)[4], double inverse[3][4])
{
  const double determinant = hc_affine_determinant(map);
  double scale = 1;

  for (int axis = 0; axis < 3; axis++)
    scale *= hc_affine_edge(map, axis);
  for (int d = 0; d < 3; d++)
    if (!isfinite(map[d][3]))
      return false;
  if (!(fabs(determinant) > 1e-6 * scale) || !isnormal(scale)) /* true for NaN */
    return false;
  for (int d = 0; d < 3; d++)
    for (int e = 0; e < 3; e++)
      inverse[d][e] = minor(map, e, d) / determinant;
  for (int d = 0; d < 3; d++)
    inverse[d][3] = -(inverse[d][0] * map[0][3] + inverse[d][1] * map[1][3] + inverse[d][2] * map[2][3]);
  return true;
}

void hc_affine_compose(const double (*outer)[4], const double (*inner)[4], double map[3][4])
{
  for (int d = 0; d < 3; d++)
    for (int e = 0; e < 4; e++) {
      const double sum = outer[d][0] * inner[0][e] + outer[d][1] * inner[1][e] + outer[d][2] * inner[2][e] +
                         (e == 3 ? outer[d][3] : 0);
      map[d][e] = fabs(sum - round(sum)) < 1e-9 ? round(sum) : sum;
    }
}
