/* healthcast kernels: dialect.h for OpenCL C, 1.2 or later, with cl_khr_fp64. In mixed and float precision the host
 * compiles with -cl-single-precision-constant, so that literals have the type of what they are multiplied with. */
#ifndef HC_DIALECT_OPENCL_H
#define HC_DIALECT_OPENCL_H

#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL FP_CONTRACT OFF

#define HC_ON_DEVICE 1
#define HC_HAS_FMA 1 /* in double it is part of cl_khr_fp64 */

typedef int hc_int32;
typedef long hc_int64;
typedef uint hc_uint32;
typedef ulong hc_uint64;
#define HC_UINT64(digits) digits##UL

#if HC_PRECISION == HC_PRECISION_DOUBLE
typedef double hc_real;
typedef ulong hc_pattern;
#define hc_bits(x) as_ulong(x)
#define hc_from_bits(bits) as_double(bits)
#else
typedef float hc_real;
typedef uint hc_pattern;
#define hc_bits(x) as_uint(x)
#define hc_from_bits(bits) as_float(bits)
#endif
#if HC_PRECISION == HC_PRECISION_FLOAT
typedef float hc_wide;
#else
typedef double hc_wide;
#endif

#define HC_FN static inline __attribute__((always_inline))

#define HC_KERNEL __kernel __attribute__((reqd_work_group_size(HC_GROUP_SIZE, 1, 1))) void
#define HC_KERNEL_OF(groups) HC_KERNEL
#define HC_GLOBAL __global
#define HC_CONSTANT __constant
#define HC_BLOCK(type, name) __constant type *name
#define HC_BLOCK_OF(name) (*(name))
#define HC_LOCAL __local
#define HC_LOCAL_POINTER __local
#define HC_BARRIER() barrier(CLK_LOCAL_MEM_FENCE)
#define HC_THREAD() ((hc_int64)get_global_id(0))
#define HC_IN_GROUP() ((int)get_local_id(0))
#define HC_GROUP_NUMBER() ((int)get_group_id(0))
#define HC_RESTRICT restrict
#define HC_FORGETS 0
#define HC_FORGET(place)
#define HC_FORGET_REAL(number)

#define HC_INFINITY INFINITY
#define HC_NAN NAN

HC_FN hc_real hc_fma(hc_real a, hc_real b, hc_real c)
{
  return fma(a, b, c);
}

HC_FN hc_real hc_rounded_product(hc_real a, hc_real b)
{
  return a * b;
}

HC_FN hc_real hc_sqrt(hc_real x)
{
  return sqrt(x);
}

#endif
