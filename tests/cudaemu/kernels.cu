// Kernels of cases.c, compiled by NVRTC.

extern "C" __global__ void __launch_bounds__(128) twice(int n, double *x)
{
  const int i = blockIdx.x * 128 + threadIdx.x;
  if (i < n)
    x[i] *= 2;
}

struct block {
  double slope[3];
  int which[5];
};

__device__ double offset = 0.25;

extern "C" __global__ void __launch_bounds__(128) line(int n, const __grid_constant__ block b, int k, double *x)
{
  const int i = blockIdx.x * 128 + threadIdx.x;
  if (i < n)
    x[i] = b.slope[b.which[k]] * i + offset;
}

extern "C" __global__ void __launch_bounds__(128) sum(int n, const double *x, double *sums)
{
  __shared__ double part[128];
  const int i = blockIdx.x * 128 + threadIdx.x;
  part[threadIdx.x] = i < n ? x[i] : 0;
  for (int apart = 64; apart > 0; apart /= 2) {
    __syncthreads();
    if (threadIdx.x < apart)
      part[threadIdx.x] += part[threadIdx.x + apart];
  }
  if (threadIdx.x == 0)
    sums[blockIdx.x] = part[0];
}

// No barriers: wrong.
extern "C" __global__ void __launch_bounds__(128) hasty_sum(int n, const double *x, double *sums)
{
  __shared__ double part[128];
  const int i = blockIdx.x * 128 + threadIdx.x;
  part[threadIdx.x] = i < n ? x[i] : 0;
  for (int apart = 64; apart > 0; apart /= 2)
    if (threadIdx.x < apart)
      part[threadIdx.x] += part[threadIdx.x + apart];
  if (threadIdx.x == 0)
    sums[blockIdx.x] = part[0];
}

// Half of the threads wait for the other half, which do not come.
extern "C" __global__ void diverging(double *x)
{
  if (threadIdx.x < 16)
    __syncthreads();
  x[threadIdx.x] = 1;
}

extern "C" __global__ void count(int n, const int *x, int *counts, unsigned long long *total)
{
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    atomicAdd(&counts[x[i] & 3], 1);
    atomicMax(&counts[4], x[i]);
    atomicAdd(total, (unsigned long long)x[i]);
  }
}

extern "C" __global__ void pairs(const double2 *x, double2 *y, const int4 *a, int4 *b)
{
  const int i = threadIdx.x;
  const double2 p = x[i];
  const int4 q = a[i];
  y[i] = make_double2(p.y, p.x);
  b[i] = make_int4(q.w, q.z, q.y, q.x);
}

extern "C" __global__ void cube(int *out)
{
  const int i = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  const int block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
  out[block * (blockDim.x * blockDim.y * blockDim.z) + i] = i + 1000 * block;
}

extern "C" __global__ void dynamic(int n, int *out)
{
  extern __shared__ int room[];
  room[n - 1 - threadIdx.x] = threadIdx.x;
  __syncthreads();
  out[threadIdx.x] = room[threadIdx.x];
}
