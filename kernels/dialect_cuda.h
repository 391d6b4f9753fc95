/* healthcast kernels: dialect.h for CUDA C++17 (NVRTC without any header, nvcc).
 *
 * CUDA C++ cannot be told that literals are single, and one double among floats makes a sum double, which GPUs compute
 * at a fraction of the speed. So in mixed and float precision hc_real is a float in a class that doubles convert to, at
 * compile time where they are literals, and that converts to other types only if asked. */
#ifndef HC_DIALECT_CUDA_H
#define HC_DIALECT_CUDA_H

#define HC_ON_DEVICE 1
#define HC_HAS_FMA 1

typedef int hc_int32;
typedef long long hc_int64;
typedef unsigned int hc_uint32;
typedef unsigned long long hc_uint64;
#define HC_UINT64(digits) digits##ULL

#define HC_FN __device__ __forceinline__

#define HC_KERNEL extern "C" __global__ void __launch_bounds__(HC_GROUP_SIZE)
#define HC_KERNEL_OF(groups) extern "C" __global__ void __launch_bounds__(HC_GROUP_SIZE, groups)
#define HC_GLOBAL
#define HC_CONSTANT const
#define HC_BLOCK(type, name) const __grid_constant__ type name
#define HC_BLOCK_OF(name) (name)
#define HC_LOCAL __shared__
#define HC_LOCAL_POINTER
#define HC_BARRIER() __syncthreads()
#define HC_THREAD() ((hc_int64)blockIdx.x * HC_GROUP_SIZE + threadIdx.x)
#define HC_IN_GROUP() ((int)threadIdx.x)
#define HC_GROUP_NUMBER() ((int)blockIdx.x)
#define HC_RESTRICT __restrict__
#define HC_FORGETS 1
#define HC_FORGET(place) asm volatile("" : "+r"(place))

#define HC_INFINITY __longlong_as_double(0x7ff0000000000000LL)
#define HC_NAN __longlong_as_double(0x7ff8000000000000LL)

#if HC_PRECISION == HC_PRECISION_DOUBLE

#define HC_FORGET_REAL(number) asm volatile("" : "+d"(number))
typedef double hc_real;
typedef hc_uint64 hc_pattern;

HC_FN hc_pattern hc_bits(double x)
{
  return (hc_pattern)__double_as_longlong(x);
}

HC_FN double hc_from_bits(hc_pattern bits)
{
  return __longlong_as_double((long long)bits);
}

HC_FN double hc_fma(double a, double b, double c)
{
  return fma(a, b, c);
}

HC_FN double hc_rounded_product(double a, double b)
{
  return __dmul_rn(a, b);
}

HC_FN double hc_sqrt(double x)
{
  return sqrt(x);
}

#else

#define HC_MEMBER __device__ __forceinline__

struct hc_real {
  float x;

  hc_real() = default;
  HC_MEMBER constexpr hc_real(double number) : x((float)number) {}
  HC_MEMBER explicit operator float() const
  {
    return x;
  }
  HC_MEMBER explicit operator double() const
  {
    return x;
  }
  HC_MEMBER explicit operator int() const
  {
    return (int)x;
  }

  HC_MEMBER hc_real operator-() const
  {
    return of(-x);
  }
  HC_MEMBER hc_real &operator+=(hc_real b)
  {
    return x += b.x, *this;
  }
  HC_MEMBER hc_real &operator-=(hc_real b)
  {
    return x -= b.x, *this;
  }
  HC_MEMBER hc_real &operator*=(hc_real b)
  {
    return x *= b.x, *this;
  }
  HC_MEMBER hc_real &operator/=(hc_real b)
  {
    return x /= b.x, *this;
  }

  friend HC_MEMBER hc_real operator+(hc_real a, hc_real b)
  {
    return of(a.x + b.x);
  }
  friend HC_MEMBER hc_real operator-(hc_real a, hc_real b)
  {
    return of(a.x - b.x);
  }
  friend HC_MEMBER hc_real operator*(hc_real a, hc_real b)
  {
    return of(a.x * b.x);
  }
  friend HC_MEMBER hc_real operator/(hc_real a, hc_real b)
  {
    return of(a.x / b.x);
  }
  friend HC_MEMBER bool operator<(hc_real a, hc_real b)
  {
    return a.x < b.x;
  }
  friend HC_MEMBER bool operator>(hc_real a, hc_real b)
  {
    return a.x > b.x;
  }
  friend HC_MEMBER bool operator<=(hc_real a, hc_real b)
  {
    return a.x <= b.x;
  }
  friend HC_MEMBER bool operator>=(hc_real a, hc_real b)
  {
    return a.x >= b.x;
  }
  friend HC_MEMBER bool operator==(hc_real a, hc_real b)
  {
    return a.x == b.x;
  }
  friend HC_MEMBER bool operator!=(hc_real a, hc_real b)
  {
    return a.x != b.x;
  }

  static HC_MEMBER hc_real of(float number)
  {
    hc_real made;
    made.x = number;
    return made;
  }
};
#define HC_FORGET_REAL(number) asm volatile("" : "+f"(number.x))
typedef hc_uint32 hc_pattern;

HC_FN hc_pattern hc_bits(hc_real x)
{
  return __float_as_uint(x.x);
}

HC_FN hc_real hc_from_bits(hc_pattern bits)
{
  return hc_real::of(__uint_as_float(bits));
}

HC_FN hc_real hc_fma(hc_real a, hc_real b, hc_real c)
{
  return hc_real::of(fmaf(a.x, b.x, c.x));
}

HC_FN hc_real hc_rounded_product(hc_real a, hc_real b)
{
  return hc_real::of(__fmul_rn(a.x, b.x));
}

HC_FN hc_real hc_sqrt(hc_real x)
{
  return hc_real::of(sqrtf(x.x));
}

#endif

#if HC_PRECISION == HC_PRECISION_FLOAT
typedef hc_real hc_wide;
#else
typedef double hc_wide;
#endif

#endif
