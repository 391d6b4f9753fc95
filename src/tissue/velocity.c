/* Curves of the velocity of waves over mesh spacing, and what follows for the diffusion. */
#include "tissue.h"

#include <math.h>

/* ---- Curves ------------------------------------------------------------------------------------------------------ */

/* Slope at a point between two intervals of lengths h and slopes d: their harmonic mean with the weights of Fritsch &
 * Butland, 0 at an extremum, so that the curve does not overshoot. */
static double inner_slope(const double h[2], const double d[2])
{
  const double a = (h[0] + 2 * h[1]) / (3 * (h[0] + h[1]));
  return d[0] * d[1] > 0 ? d[0] * d[1] / (a * d[1] + (1 - a) * d[0]) : 0;
}

static void set_slopes(struct hc_velocity_curve *curve)
{
  const int n = curve->n;
  double h[2] = {0, 0}, d[2] = {0, 0}; /* of the interval before and after point i */

  curve->slope[0] = 0; /* not used: see hc_velocity_factor() */
  for (int i = 0; i < n; i++) {
    h[0] = h[1];
    d[0] = d[1];
    if (i < n - 1) {
      h[1] = curve->spacing[i + 1] - curve->spacing[i];
      d[1] = (curve->slowing[i + 1] - curve->slowing[i]) / h[1];
    }
    if (i > 0)
      curve->slope[i] = i < n - 1 ? inner_slope(h, d) : d[0];
  }
}

void hc_velocity_curve_init(double continuum, int n, const double *spacing, const double *velocity,
                            struct hc_velocity_curve *curve)
{
  double first, second; /* spacings squared */

  *curve = (struct hc_velocity_curve){.continuum = continuum, .n = 1, .strays = HC_STRAYS};
  for (int i = 0; i < n && velocity[i] > 0; i++) {
    const double slowing = continuum / velocity[i];
    if (spacing[i] * slowing <= curve->spacing[curve->n - 1])
      break;
    curve->spacing[curve->n] = spacing[i] * slowing;
    curve->slowing[curve->n++] = slowing;
  }
  if (curve->n < 3 || !(continuum > 0)) {
    curve->continuum = 0;
    return;
  }
  first = curve->spacing[1] * curve->spacing[1];
  second = curve->spacing[2] * curve->spacing[2];
  curve->slowing[0] = (curve->slowing[1] * second - curve->slowing[2] * first) / (second - first);
  set_slopes(curve);
}

double hc_velocity_factor(const struct hc_velocity_curve *curve, double spacing)
{
  int low = 0, high = curve->n - 1;

  if (!(curve->continuum > 0 && spacing <= curve->spacing[high]))
    return NAN;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    if (curve->spacing[middle] <= spacing)
      low = middle;
    else
      high = middle;
  }
  const double h = curve->spacing[high] - curve->spacing[low], t = (spacing - curve->spacing[low]) / h, u = 1 - t;
  const double cubic = u * u * (1 + 2 * t) * curve->slowing[low] + t * t * (1 + 2 * u) * curve->slowing[high] +
                       h * t * u * (u * curve->slope[low] - t * curve->slope[high]);
  const double quadratic = curve->slowing[0] + t * t * (curve->slowing[1] - curve->slowing[0]);
  const double slowing = low == 0 ? quadratic : cubic; /* errors are even in the spacing */
  return slowing * slowing;
}

/* ---- Diffusion --------------------------------------------------------------------------------------------------- */

enum { SWEEPS = 50 };

/* Diffusion along axis k where that along the others is corrected[]; NAN: too coarse. What strays bring must be made up
 * for by a slower wave without them: X (1 + stray) = plain, with X factor(X) the diffusion that is sought. From above,
 * the iteration falls to the largest solution; where there is none, to where the wave is slowest. *excess: velocity
 * over that of the continuum. */
static double along_axis(const struct hc_velocity_curve *curve, const struct hc_cell_grid *grid, int k, double plain,
                         const double corrected[3], double *excess)
{
  double stray = 0, bare = plain, result = NAN;

  for (int t = 0; t < 3; t++)
    stray += t != k ? corrected[t] * grid->strays[k][t] : 0;
  stray *= curve->strays * curve->continuum * curve->continuum;
  *excess = INFINITY;
  for (int i = 0; i < SWEEPS; i++) {
    const double next = bare * hc_velocity_factor(curve, grid->spacing[k] / sqrt(bare));
    const double carried = bare * (1 + stray / (next * next));
    const double fast = sqrt(carried / plain);
    if (!(fast < *excess)) /* rises again, or beyond the curve */
      break;
    *excess = fast;
    result = next;
    if (fast < 1 + 1e-7)
      break;
    bare *= plain / carried;
  }
  return result;
}

int hc_velocity_diffusion(const struct hc_velocity_curve *curve, const struct hc_cell_grid *grid, const double plain[3],
                          double corrected[3], double excess[3])
{
  bool settled = false;

  for (int k = 0; k < 3; k++) {
    corrected[k] = plain[k];
    excess[k] = 1;
  }
  for (int i = 0; i < SWEEPS && !settled; i++) {
    settled = true;
    for (int k = 0; k < 3; k++) {
      const double old = corrected[k];
      if (plain[k] > 0)
        corrected[k] = along_axis(curve, grid, k, plain[k], corrected, &excess[k]);
      if (isnan(corrected[k]))
        return k;
      settled = settled && fabs(corrected[k] - old) <= 1e-6 * old;
    }
  }
  return -1;
}
