/* One text for two compilers: gcc or clang for the host, NVRTC for the device. What both make of it must agree to the
 * last bit. No includes: NVRTC gets it as it is. */
#ifndef CUDAEMU_ARITHMETIC_H
#define CUDAEMU_ARITHMETIC_H

#ifdef __CUDACC__
#define BOTH static __device__ __forceinline__
#define BOTH_APART static __device__ __noinline__
#define CONSTANT __constant__
#else
#define BOTH static inline
#define BOTH_APART static __attribute__((noinline))
#define CONSTANT static
#endif

enum { WHOLES = 40, REALS = 24, SINGLES = 20 };

struct numbers {
  int i, j;
  unsigned u, v;
  long long l, m;
  unsigned char c;
  signed char s;
  short h;
  float f, g;
  double d, e, b;
};

struct results {
  long long whole[WHOLES];
  double real[REALS];
  float single[SINGLES];
};

CONSTANT int primes[8] = {2, 3, 5, 7, 11, 13, 17, 19};

BOTH int signed_sum(int a, int b)
{
  return (int)((unsigned)a + (unsigned)b);
}

BOTH_APART long long apart(long long a, int b, double d)
{
  return b > 0 ? apart(a / 3, b / 2 - 1, d * 0.5) + b : a + (long long)d;
}

BOTH long long choose(int i, long long l)
{
  switch (i & 15) {
  case 0:
    return l * 3;
  case 1:
    return l ^ 77;
  case 2:
    return l >> 5;
  case 3:
    return l / 7;
  case 4:
    return l % 1000;
  case 5:
    return -l;
  case 6:
    return l | 1;
  case 7:
    return l & 0xff00ff;
  default:
    return l + i;
  }
}

BOTH void integers(const struct numbers *x, long long *out)
{
  const unsigned shift = x->v & 31;
  const long long odd = x->m | 1;
  const int divisor = x->j | 1;
  int spread[8], sum = 0;
  int k = 0;
  for (int q = 0; q < 8; ++q)
    spread[(q * 5 + x->c) & 7] = signed_sum(x->i, primes[q]);
  for (int q = 0; q < (x->c & 7); ++q)
    sum = signed_sum(sum, spread[(x->u + q) & 7]);
  out[k++] = sum;
  out[k++] = signed_sum(x->i, x->j);
  out[k++] = (int)(x->u * x->v);
  out[k++] = (long long)x->i * x->j;
  out[k++] = (long long)((unsigned long long)x->u * x->v);
  out[k++] = ((long long)x->i * x->j) >> 32;
  out[k++] = x->i / divisor;
  out[k++] = x->i % divisor;
  out[k++] = x->u / (x->v | 1);
  out[k++] = x->u % (x->v | 1);
  out[k++] = x->l / odd;
  out[k++] = x->l % odd;
  out[k++] = (long long)((unsigned long long)x->l / (unsigned long long)odd);
  out[k++] = x->i >> shift;
  out[k++] = x->u >> shift;
  out[k++] = (int)(x->u << shift);
  out[k++] = x->l >> (shift + 16);
  out[k++] = (long long)((unsigned long long)x->l >> shift);
  out[k++] = (long long)((unsigned long long)x->l << shift);
  out[k++] = (x->u << shift) | (x->u >> ((32 - shift) & 31));
  out[k++] = (x->i & x->j) ^ (x->i | ~x->j);
  out[k++] = (x->u >> 7) & 0x1ff;
  out[k++] = x->i < x->j ? x->i : x->j;
  out[k++] = x->u > x->v ? x->u : x->v;
  out[k++] = x->l < x->m;
  out[k++] = x->i == x->j || (x->u <= x->v && x->i != 0);
  out[k++] = (int)(signed char)x->i;
  out[k++] = (unsigned char)x->i;
  out[k++] = (short)x->j;
  out[k++] = (unsigned short)x->j;
  out[k++] = x->c + x->s * x->h;
  out[k++] = x->i < 0 ? -(long long)x->i : x->i;
  out[k++] = (int)x->d;
  out[k++] = (long long)x->e;
  out[k++] = (unsigned)(x->d < 0 ? -x->d : x->d);
  out[k++] = (int)x->f;
  out[k++] = choose(x->i, x->l);
  out[k++] = apart(x->m, x->c, x->d);
  out[k++] = (x->d < x->e) + 2 * (x->d >= x->e) + 4 * (x->b != x->b) + 8 * (x->b < x->d) + 16 * !(x->b > x->d);
  out[k++] = (x->f <= x->g) + 2 * (x->f == x->g);
}

BOTH void reals(const struct numbers *x, double *out)
{
  int k = 0;
  out[k++] = x->d + x->e;
  out[k++] = x->d - x->e;
  out[k++] = x->d * x->e + x->b;
  out[k++] = x->d / x->e;
  out[k++] = sqrt(fabs(x->d));
  out[k++] = fma(x->d, x->e, x->d);
  out[k++] = fmin(x->d, x->e);
  out[k++] = fmax(x->b, x->e);
  out[k++] = floor(x->d) + ceil(x->e);
  out[k++] = trunc(x->d) - rint(x->e);
  out[k++] = copysign(x->d, x->e);
  out[k++] = -x->d;
  out[k++] = x->d < 0 ? x->e : x->b;
  out[k++] = x->i;
  out[k++] = x->u;
  out[k++] = (double)x->l;
  out[k++] = (double)(unsigned long long)x->m;
  out[k++] = x->f;
  out[k++] = 1.0 / x->d;
  out[k++] = x->c * 0.1 + x->s;
  out[k++] = fabs(x->b);
  out[k++] = x->d > x->b ? x->d : x->b;
  out[k++] = x->d <= x->b ? x->d : x->b;
  out[k++] = 1e-310 * x->d; /* subnormal */
}

BOTH void singles(const struct numbers *x, float *out)
{
  int k = 0;
  out[k++] = x->f + x->g;
  out[k++] = x->f * x->g - x->f;
  out[k++] = x->f / x->g;
  out[k++] = sqrtf(fabsf(x->f));
  out[k++] = fmaf(x->f, x->g, x->f);
  out[k++] = fminf(x->f, x->g);
  out[k++] = fmaxf(x->f, x->g);
  out[k++] = floorf(x->f) + ceilf(x->g);
  out[k++] = truncf(x->f) - rintf(x->g);
  out[k++] = (float)x->d;
  out[k++] = (float)x->i;
  out[k++] = (float)x->u;
  out[k++] = (float)x->l;
  out[k++] = copysignf(x->g, x->f);
  out[k++] = x->f < x->g ? -x->f : x->g;
  out[k++] = 1.0f / x->g;
  out[k++] = 1e-40f * x->f; /* subnormal */
  out[k++] = (float)(x->d * x->f);
  out[k++] = (float)x->c * 0.25f;
  out[k++] = (float)x->h / 3.0f;
}

#endif
