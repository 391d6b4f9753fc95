/* healthcast kernels: the constants and polynomials of kmath.h in float; see kmath_double.h for what they are. */
#ifndef HC_KMATH_FLOAT_H
#define HC_KMATH_FLOAT_H

#include "dialect.h"

#define HC_MANTISSA 23
#define HC_ONE_BITS 0x3f800000u
#define HC_MANTISSA_BITS 0x007fffffu
#define HC_EXPONENT_BITS 0x7f800000u
#define HC_INVERSE_EXPONENTS 0x7f000000u
#define HC_ROOT_HALF_BITS 0x3f350000u
#define HC_INTEGER_BITS 0x4b000000u /* 2^23 */
#define HC_INTEGER_BIASED (0x1p23f + 127.0f)
#define HC_INTEGER_SHIFT 0x1.8p23f
#define HC_LEAST_NORMAL 0x1p-126f
#define HC_LARGEST 0x1.fffffep127f
#define HC_SPLITTER 4097.0f /* 2^12 + 1 */

#define HC_EXP_LEAST (-87.0f)
#define HC_EXP_MOST 88.0f
#define HC_LOG2_E 0x1.715476p+0f
#define HC_LN2_HIGH 0x1.62e4p-1f /* 15 bits */
#define HC_LN2_LOW 0x1.7f7d1cp-20f
#define HC_TWO_THIRDS 0x1.555556p-1f
#define HC_TWO_THIRDS_LOW (-0x1.555556p-26f)
#define HC_NUDGE 0x1p-7f
#define HC_NUDGE_V 0x1p-11f

HC_FN hc_real hc_exp_tail(hc_real r) /* good to 2e-9 */
{
  hc_real q = 0x1.a124e4p-13f;
  q = hc_fma(q, r, 0x1.6d4316p-10f);
  q = hc_fma(q, r, 0x1.1110ep-7f);
  q = hc_fma(q, r, 0x1.5554eap-5f);
  q = hc_fma(q, r, 0x1.555556p-3f);
  return hc_fma(q, r, 0x1p-1f);
}

HC_FN hc_real hc_log_tail(hc_real z)
{
  hc_real q = 0x1.2ee61p-2f;
  q = hc_fma(q, z, 0x1.997c3p-2f);
  return hc_fma(q, z, 0x1.55555cp-1f);
}

HC_FN hc_real hc_log_pair_tail(hc_real z)
{
  hc_real q = 0x1.8795bep-3f;
  q = hc_fma(q, z, 0x1.c6c0ecp-3f);
  q = hc_fma(q, z, 0x1.24928ep-2f);
  return hc_fma(q, z, 0x1.99999ap-2f);
}

#endif
