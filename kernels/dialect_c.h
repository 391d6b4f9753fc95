/* healthcast kernels: dialect.h for C (gcc, clang). Cells are computed in double here; the other precisions are there
 * for tests of kmath.h. */
#ifndef HC_DIALECT_C_H
#define HC_DIALECT_C_H

#include <stdint.h>

#define HC_ON_DEVICE 0

#ifndef HC_LANES
#define HC_LANES 8 /* doubles in a 64-byte vector; shorter vectors take several turns */
#endif

typedef int32_t hc_int32;
typedef int64_t hc_int64;
typedef uint32_t hc_uint32;
typedef uint64_t hc_uint64;
#define HC_UINT64(digits) UINT64_C(digits)

#if HC_PRECISION == HC_PRECISION_DOUBLE
typedef double hc_real;
typedef uint64_t hc_pattern;
#else
typedef float hc_real;
typedef uint32_t hc_pattern;
#endif
#if HC_PRECISION == HC_PRECISION_FLOAT
typedef float hc_wide;
#else
typedef double hc_wide;
#endif

#define HC_FN static inline __attribute__((always_inline))

#define HC_PRAGMA(text) _Pragma(#text)
#define HC_LANE_LOOP(lane) HC_PRAGMA(omp simd) for (int lane = 0; lane < HC_LANES; ++lane)

#define HC_GLOBAL
#define HC_CONSTANT const
#define HC_RESTRICT restrict

#define HC_INFINITY __builtin_inf()
#define HC_NAN __builtin_nan("")

/* The bit pattern of a number, and back. */
HC_FN hc_pattern hc_bits(hc_real x)
{
  union {
    hc_real x;
    hc_pattern bits;
  } both = {.x = x};
  return both.bits;
}

HC_FN hc_real hc_from_bits(hc_pattern bits)
{
  union {
    hc_pattern bits;
    hc_real x;
  } both = {.bits = bits};
  return both.x;
}

/* a b + c, rounded once where the machine can do that in one instruction (HC_HAS_FMA), else twice. */
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA) || defined(__VSX__)
#define HC_HAS_FMA 1
HC_FN hc_real hc_fma(hc_real a, hc_real b, hc_real c)
{
#if HC_PRECISION == HC_PRECISION_DOUBLE
  return __builtin_fma(a, b, c);
#else
  return __builtin_fmaf(a, b, c);
#endif
}
#else
#define HC_HAS_FMA 0
HC_FN hc_real hc_fma(hc_real a, hc_real b, hc_real c)
{
  return a * b + c;
}
#endif

HC_FN hc_real hc_rounded_product(hc_real a, hc_real b)
{
  return a * b;
}

HC_FN hc_real hc_sqrt(hc_real x)
{
#if HC_PRECISION == HC_PRECISION_DOUBLE
  return __builtin_sqrt(x);
#else
  return __builtin_sqrtf(x);
#endif
}

#endif
