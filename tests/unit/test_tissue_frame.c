/* Frames: turning, blending and degenerate directions. Run: ctest -R test_tissue_frame */
#include "frame.h"

#include "hc_check.h"

#include <math.h>
#include <string.h>

static double dot(const double a[3], const double b[3])
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void check_right_handed(double q[3][3])
{
  double c[3];
  for (int k = 0; k < 3; k++)
    for (int m = 0; m < 3; m++)
      ck_assert_double_eq_tol(dot(q[k], q[m]), k == m, 1e-14);
  hc_frame_cross(q[0], q[1], c);
  ck_assert_double_eq_tol(dot(c, q[2]), 1., 1e-14);
}

/* Frame turned by `angle` about a unit axis (Rodrigues). */
static void turned(const double axis[3], double angle, double q[3][3])
{
  for (int k = 0; k < 3; k++) {
    const double e[3] = {k == 0, k == 1, k == 2};
    double cross[3];
    hc_frame_cross(axis, e, cross);
    for (int m = 0; m < 3; m++)
      q[k][m] = cos(angle) * e[m] + sin(angle) * cross[m] + (1. - cos(angle)) * axis[k] * axis[m];
  }
}

/* Half way between two turns about one axis is the turn by the mean angle, for small differences. */
START_TEST(test_bislerp)
{
  const double axes[4][3] = {{0., 0., 1.}, {1., 0., 0.}, {.6, 0., .8}, {2. / 3., -1. / 3., 2. / 3.}};
  for (int n = 0; n < 4; n++)
    for (int step = 0; step < 36; step++) {
      double a[3][3], b[3][3], q[3][3], expected[3][3];
      const double from = step * acos(-1.) / 18., by = .6; /* below half of the smallest half turn's ambiguity */
      turned(axes[n], from, a);
      turned(axes[n], from + by, b);
      for (int t = 0; t <= 4; t++) {
        hc_frame_bislerp(a, b, t / 4., q);
        turned(axes[n], from + by * t / 4., expected);
        check_right_handed(q);
        for (int k = 0; k < 3; k++)
          ck_assert_double_eq_tol(dot(q[k], expected[k]), 1., 1e-14);
      }
    }
}
END_TEST

/* Half turns about the frame's own axes are no difference: the result lies between the lines, not the arrows. */
START_TEST(test_bislerp_flips)
{
  const double axis[3] = {2. / 3., -1. / 3., 2. / 3.};
  double a[3][3], b[3][3], q[3][3], flipped[3][3], p[3][3];
  turned(axis, .3, a);
  turned(axis, .8, b);
  hc_frame_bislerp(a, b, .3, q);
  for (int keep = 0; keep < 3; keep++) {
    for (int k = 0; k < 3; k++)
      for (int m = 0; m < 3; m++)
        flipped[k][m] = k == keep ? a[k][m] : -a[k][m];
    hc_frame_bislerp(flipped, b, .3, p);
    for (int k = 0; k < 3; k++)
      ck_assert_double_eq_tol(dot(p[k], q[k]), 1., 1e-14);
  }
  hc_frame_bislerp(b, b, .4, q);
  for (int k = 0; k < 3; k++)
    ck_assert_double_eq_tol(dot(q[k], b[k]), 1., 1e-14);
}
END_TEST

START_TEST(test_orient)
{
  const double up[3] = {0., 0., 2.}, out[3] = {3., 0., 1.}, none[2] = {0., 0.}, degree = acos(-1.) / 180.;
  double q[3][3];
  ck_assert(hc_frame_axis(up, out, up, none, q));
  check_right_handed(q);
  ck_assert_double_eq_tol(q[0][1], 1., 1e-15); /* circumferential: up x out */
  ck_assert_double_eq_tol(q[1][2], 1., 1e-15);
  ck_assert_double_eq_tol(q[2][0], 1., 1e-15);
  hc_frame_orient(q, 60. * degree, 0.);
  check_right_handed(q);
  ck_assert_double_eq_tol(q[0][1], .5, 1e-15); /* right-handed: rises as it turns about the axis */
  ck_assert_double_eq_tol(q[0][2], sqrt(.75), 1e-15);
  ck_assert_double_eq_tol(q[2][0], 1., 1e-15);
  ck_assert(hc_frame_axis(up, out, up, none, q));
  hc_frame_orient(q, 0., 30. * degree);
  check_right_handed(q);
  ck_assert_double_eq_tol(q[0][1], 1., 1e-15); /* the fibre stays */
  ck_assert_double_eq_tol(q[2][0], sqrt(.75), 1e-15);
  ck_assert_double_eq_tol(q[2][2], .5, 1e-15);
}
END_TEST

START_TEST(test_degenerate)
{
  const double zero[3] = {0., 0., 0.}, x[3] = {2., 0., 0.}, z[3] = {0., 0., 1.}, none[2] = {1e-8, 1e-8};
  const double tiny[3] = {1e-200, 1e-200, 0.}, below[3] = {0., 1e-9, 0.}, skew[3] = {1., 1.1e-3, 0.};
  double q[3][3], a[3];
  ck_assert(!hc_frame_axis(z, zero, z, none, q));
  ck_assert(!hc_frame_axis(z, below, z, none, q));
  ck_assert(hc_frame_axis(zero, x, z, none, q)); /* the reference replaces it */
  check_right_handed(q);
  ck_assert_double_eq(q[2][0], 1.);
  ck_assert_double_eq(q[1][2], 1.);
  ck_assert(hc_frame_axis(x, x, z, none, q)); /* parallel */
  check_right_handed(q);
  ck_assert_double_eq(q[2][0], 1.);
  ck_assert(hc_frame_axis(x, x, x, none, q)); /* all three */
  check_right_handed(q);
  ck_assert(hc_frame_axis(x, skew, z, none, q)); /* nearly parallel, still orthonormal */
  check_right_handed(q);
  memcpy(a, tiny, sizeof(a));
  ck_assert(hc_frame_normalise(a));
  ck_assert_double_eq_tol(dot(a, a), 1., 1e-15);
  a[1] = NAN;
  ck_assert(!hc_frame_normalise(a));
  memcpy(a, zero, sizeof(a));
  ck_assert(!hc_frame_normalise(a));
  for (int i = 0; i < 27; i++) {
    double v[3] = {i % 3 - 1., i / 3 % 3 - 1., i / 9 - 1.}, n[3];
    if (!hc_frame_normalise(v))
      continue;
    hc_frame_any_normal(v, n);
    ck_assert_double_eq_tol(dot(v, n), 0., 1e-15);
    ck_assert_double_eq_tol(dot(n, n), 1., 1e-15);
  }
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("tissue frame");
  TCase *t = tcase_create("frame");
  tcase_add_test(t, test_bislerp);
  tcase_add_test(t, test_bislerp_flips);
  tcase_add_test(t, test_orient);
  tcase_add_test(t, test_degenerate);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
