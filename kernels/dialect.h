/* healthcast kernels: the one place that knows the compiler.
 *
 * Everything in kernels/ is plain C over scalars and structs of scalars, includes nothing from src/, has no global
 * state, no branches on data and no calls of the C library. What differs between C, CUDA C and OpenCL C is named here:
 *
 *   hc_real            the number type of states and rates
 *   HC_LANES           nodes in a block: one vector instruction works on that many
 *   HC_FN              a function that is always inlined
 *   HC_LANE_LOOP(l)    loop over the lanes of a block, to be vectorised; the body must be free of dependences
 *   hc_bits, hc_from_bits, hc_sqrt, hc_fma    what every compiler has under another name
 *
 * Rounding. Kernels are compiled with contraction off (kernels/flags.cmake), and hc_fma() is written where one rounding
 * instead of two is wanted. So gcc and clang, scalar and vector code give the same bits on the same instruction set. */
#ifndef HC_DIALECT_H
#define HC_DIALECT_H

#include <stdint.h>

#ifndef HC_LANES
#define HC_LANES 8 /* doubles in a 64-byte vector; shorter vectors take several turns */
#endif

typedef double hc_real;

#define HC_FN static inline __attribute__((always_inline))

#define HC_PRAGMA(text) _Pragma(#text)
#define HC_LANE_LOOP(lane) HC_PRAGMA(omp simd) for (int lane = 0; lane < HC_LANES; ++lane)

/* The bit pattern of a double, and back. */
HC_FN uint64_t hc_bits(double x)
{
  union {
    double x;
    uint64_t bits;
  } both = {.x = x};
  return both.bits;
}

HC_FN double hc_from_bits(uint64_t bits)
{
  union {
    uint64_t bits;
    double x;
  } both = {.bits = bits};
  return both.x;
}

/* a b + c, rounded once where the machine can do that in one instruction (HC_HAS_FMA), else twice. */
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA) || defined(__VSX__)
#define HC_HAS_FMA 1
HC_FN hc_real hc_fma(hc_real a, hc_real b, hc_real c)
{
  return __builtin_fma(a, b, c);
}
#else
#define HC_HAS_FMA 0
HC_FN hc_real hc_fma(hc_real a, hc_real b, hc_real c)
{
  return a * b + c;
}
#endif

HC_FN hc_real hc_sqrt(hc_real x)
{
  return __builtin_sqrt(x);
}

#endif
