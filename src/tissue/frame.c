/* Frames of fibre directions: Bayer, Blake, Plank, Trayanova 2012, doi:10.1007/s10439-012-0593-5, appendix. */
#include "frame.h"

#include <math.h>
#include <string.h>

static double dot(const double a[3], const double b[3])
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

void hc_frame_cross(const double a[3], const double b[3], double c[3])
{
  c[0] = a[1] * b[2] - a[2] * b[1];
  c[1] = a[2] * b[0] - a[0] * b[2];
  c[2] = a[0] * b[1] - a[1] * b[0];
}

bool hc_frame_normalise(double a[3])
{
  /* Scale first: squares of very small or large components would leave the range. */
  const double scale = fmax(fabs(a[0]), fmax(fabs(a[1]), fabs(a[2])));
  if (!isfinite(a[0]) || !isfinite(a[1]) || !isfinite(a[2]) || scale == 0.)
    return false;
  const double u[3] = {a[0] / scale, a[1] / scale, a[2] / scale}, length = sqrt(dot(u, u));
  for (int k = 0; k < 3; k++)
    a[k] = u[k] / length;
  return true;
}

bool hc_frame_orthogonal(const double a[3], const double b[3], double result[3])
{
  double r[3] = {b[0], b[1], b[2]};
  if (!hc_frame_normalise(r))
    return false;
  for (int pass = 0; pass < 2; pass++) { /* the second pass removes what rounding of the first left along a */
    const double along = dot(a, r);
    for (int k = 0; k < 3; k++)
      r[k] -= along * a[k];
    if (pass == 0 && dot(r, r) < 1e-6)
      return false;
    hc_frame_normalise(r);
  }
  memcpy(result, r, sizeof(r));
  return true;
}

void hc_frame_any_normal(const double a[3], double result[3])
{
  const double x = fabs(a[0]), y = fabs(a[1]), z = fabs(a[2]);
  const double axis[3] = {x <= y && x <= z, y < x && y <= z, z < x && z < y};
  hc_frame_orthogonal(a, axis, result);
}

bool hc_frame_axis(const double longitudinal[3], const double transmural[3], const double reference[3],
                   const double none[2], double q[3][3])
{
  if (sqrt(dot(transmural, transmural)) <= none[1])
    return false;
  memcpy(q[1], longitudinal, sizeof(q[1]));
  if (sqrt(dot(longitudinal, longitudinal)) <= none[0] || !hc_frame_normalise(q[1]) ||
      !hc_frame_orthogonal(q[1], transmural, q[2])) {
    memcpy(q[2], transmural, sizeof(q[2]));
    if (!hc_frame_normalise(q[2]))
      return false;
    if (!hc_frame_orthogonal(q[2], reference, q[1]))
      hc_frame_any_normal(q[2], q[1]);
  }
  hc_frame_cross(q[1], q[2], q[0]);
  return true;
}

void hc_frame_orient(double q[3][3], double alpha, double beta)
{
  const double ca = cos(alpha), sa = sin(alpha), cb = cos(beta), sb = sin(beta);

  for (int k = 0; k < 3; k++) {
    const double e0 = ca * q[0][k] + sa * q[1][k], e1 = ca * q[1][k] - sa * q[0][k], e2 = q[2][k];
    q[0][k] = e0;
    q[1][k] = cb * e1 - sb * e2;
    q[2][k] = sb * e1 + cb * e2;
  }
}

/* Quaternion (w, x, y, z) of a frame, by the largest of the four: Shepperd 1978, doi:10.2514/3.55767b. */
static void to_quaternion(double q[3][3], double h[4])
{
  /* m[row][column] = component `row` of axis `column` */
  const double xx = q[0][0], yy = q[1][1], zz = q[2][2];
  const double square[4] = {1. + xx + yy + zz, 1. + xx - yy - zz, 1. - xx + yy - zz, 1. - xx - yy + zz};
  const double wx = q[1][2] - q[2][1], wy = q[2][0] - q[0][2], wz = q[0][1] - q[1][0];
  const double xy = q[0][1] + q[1][0], yz = q[1][2] + q[2][1], xz = q[2][0] + q[0][2];
  const double products[4][4] = {
      {square[0], wx, wy, wz}, {wx, square[1], xy, xz}, {wy, xy, square[2], yz}, {wz, xz, yz, square[3]}};
  int best = 0;
  for (int k = 1; k < 4; k++)
    if (square[k] > square[best])
      best = k;
  for (int k = 0; k < 4; k++)
    h[k] = products[best][k] / (2. * sqrt(square[best]));
}

static void from_quaternion(const double h[4], double q[3][3])
{
  const double w = h[0], x = h[1], y = h[2], z = h[3];
  const double frame[3][3] = {{1. - 2. * (y * y + z * z), 2. * (x * y + w * z), 2. * (x * z - w * y)},
                              {2. * (x * y - w * z), 1. - 2. * (x * x + z * z), 2. * (y * z + w * x)},
                              {2. * (x * z + w * y), 2. * (y * z - w * x), 1. - 2. * (x * x + y * y)}};
  memcpy(q, frame, sizeof(frame));
}

void hc_frame_bislerp(double a[3][3], double b[3][3], double t, double q[3][3])
{
  double ha[4], hb[4], best = -1., nearest[4] = {0}, sum = 0.;

  to_quaternion(a, ha);
  to_quaternion(b, hb);
  /* ha times 1, i, j, k from the right: half turns about the frame's own axes */
  const double flips[4][4] = {{ha[0], ha[1], ha[2], ha[3]},
                              {-ha[1], ha[0], ha[3], -ha[2]},
                              {-ha[2], -ha[3], ha[0], ha[1]},
                              {-ha[3], ha[2], -ha[1], ha[0]}};
  for (int m = 0; m < 4; m++) {
    double product = 0.;
    for (int k = 0; k < 4; k++)
      product += flips[m][k] * hb[k];
    if (fabs(product) <= best)
      continue;
    best = fabs(product);
    for (int k = 0; k < 4; k++)
      nearest[k] = product < 0. ? -flips[m][k] : flips[m][k];
  }
  const double angle = acos(fmin(best, 1.)), s = sin(angle);
  const double wa = s > 1e-7 ? sin((1. - t) * angle) / s : 1. - t, wb = s > 1e-7 ? sin(t * angle) / s : t;
  for (int k = 0; k < 4; k++) {
    nearest[k] = wa * nearest[k] + wb * hb[k];
    sum += nearest[k] * nearest[k];
  }
  for (int k = 0; k < 4; k++)
    nearest[k] /= sqrt(sum);
  from_quaternion(nearest, q);
}
