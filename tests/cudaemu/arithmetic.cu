// Kernels of check_arithmetic.c, compiled by NVRTC after arithmetic.h.

extern "C" __global__ void __launch_bounds__(64) arithmetic(int n, const struct numbers *x, struct results *out)
{
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    integers(&x[i], out[i].whole);
    reals(&x[i], out[i].real);
    singles(&x[i], out[i].single);
  }
}

extern "C" __global__ void functions(int n, const double *x, double *out)
{
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    out[5 * i] = exp(x[i]);
    out[5 * i + 1] = expm1(x[i]);
    out[5 * i + 2] = sin(x[i] * 1e7);
    out[5 * i + 3] = fmod(x[i], 0.7);
    out[5 * i + 4] = atan2(x[i], 0.3);
  }
}
