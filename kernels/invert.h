/* healthcast kernels: several reciprocals for one division. A vector division costs as much as some twenty products, so
 * bodies with many sigmoids invert their denominators together: 1 / a = b (1 / (a b)). Products must neither overflow
 * nor underflow; a NaN in one denominator may be a NaN in all reciprocals. Each is good to 3.5 ulp
 * (tests/kernel/test_kmath.c). */
#ifndef HC_INVERT_H
#define HC_INVERT_H

#include "dialect.h"

struct hc_reciprocals {
  hc_real a, b, c, d;
};

HC_FN struct hc_reciprocals hc_reciprocals_of(hc_real a, hc_real b, hc_real c, hc_real d)
{
  struct hc_reciprocals out;
  out.a = a;
  out.b = b;
  out.c = c;
  out.d = d;
  return out;
}

#if HC_PRECISION == HC_PRECISION_DOUBLE

HC_FN struct hc_reciprocals hc_invert2(hc_real a, hc_real b)
{
  const hc_real q = 1.0 / (a * b);
  return hc_reciprocals_of(b * q, a * q, 1.0, 1.0);
}

HC_FN struct hc_reciprocals hc_invert3(hc_real a, hc_real b, hc_real c)
{
  const hc_real ab = a * b, q = 1.0 / (ab * c), qc = q * c;
  return hc_reciprocals_of(b * qc, a * qc, ab * q, 1.0);
}

HC_FN struct hc_reciprocals hc_invert4(hc_real a, hc_real b, hc_real c, hc_real d)
{
  const hc_real ab = a * b, cd = c * d, q = 1.0 / (ab * cd), qab = q * ab, qcd = q * cd;
  return hc_reciprocals_of(b * qcd, a * qcd, d * qab, c * qab);
}

#else

/* In float, products of a few exponentials overflow, and a division is cheap. */
HC_FN struct hc_reciprocals hc_invert4(hc_real a, hc_real b, hc_real c, hc_real d)
{
  const hc_real one = 1.0;
  return hc_reciprocals_of(one / a, one / b, one / c, one / d);
}

HC_FN struct hc_reciprocals hc_invert3(hc_real a, hc_real b, hc_real c)
{
  return hc_invert4(a, b, c, 1.0);
}

HC_FN struct hc_reciprocals hc_invert2(hc_real a, hc_real b)
{
  return hc_invert4(a, b, 1.0, 1.0);
}

#endif

#endif
