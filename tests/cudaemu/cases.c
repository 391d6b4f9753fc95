/* cudaemu_cases CASE: one small program for each thing that the emulator must do or notice. test_cudaemu.c runs them
 * and looks at what they write and how they end. */
#include "cases.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 300, BLOCKS = 3 }; /* numbers, in blocks of 128 threads */

/* What most cases begin with: kernels, and N numbers 0, 1, 2 ... on the device and in page-locked memory. */
struct scene {
  CUmodule module;
  CUfunction twice;
  CUdeviceptr x;
  double *pinned;
  CUstream first, second;
  CUevent event;
  int n;
};

static struct scene open_scene(void)
{
  struct scene s = {.n = N};
  double x[N];
  open_first_device();
  for (int i = 0; i < N; ++i)
    x[i] = i;
  s.module = load_text(NULL, "kernels.cu");
  s.twice = kernel_of(s.module, "twice");
  s.x = device_memory(sizeof x, x);
  CALL(cuMemHostAlloc((void **)&s.pinned, sizeof x, 0));
  memcpy(s.pinned, x, sizeof x);
  CALL(cuStreamCreate(&s.first, CU_STREAM_NON_BLOCKING));
  CALL(cuStreamCreate(&s.second, CU_STREAM_NON_BLOCKING));
  CALL(cuEventCreate(&s.event, CU_EVENT_DISABLE_TIMING));
  return s;
}

static CUresult launch_twice(struct scene *s, CUstream stream)
{
  return launch(s->twice, BLOCKS, 128, stream, (void *[]){&s->n, &s->x});
}

static void close_scene(struct scene *s)
{
  CALL(cuEventDestroy(s->event));
  CALL(cuStreamDestroy(s->first));
  CALL(cuStreamDestroy(s->second));
  CALL(cuMemFreeHost(s->pinned));
  CALL(cuMemFree(s->x));
  CALL(cuModuleUnload(s->module));
  close_first_device();
}

/* ---- What it must do --------------------------------------------------------------------------------------------- */

static void clean(void)
{
  struct scene s = open_scene();
  CALL(launch_twice(&s, s.first));
  CALL(cuMemcpyDtoHAsync(s.pinned, s.x, N * sizeof(double), s.first));
  CALL(cuStreamSynchronize(s.first));
  for (int i = 0; i < N; ++i)
    REQUIRE(s.pinned[i] == 2.0 * i);
  close_scene(&s);
}

/* Constants by value, chosen at run time; a variable of the module, not of another one of the same text; shared memory
 * and barriers. */
static void blocks(void)
{
  struct {
    double slope[3];
    int which[5];
  } block = {{1, 2, 3}, {0, 1, 2, 1, 0}};
  struct scene s = open_scene();
  CUmodule again = load_text(NULL, "kernels.cu");
  CUdeviceptr out = device_memory(BLOCKS * sizeof(double), NULL), at;
  double sums[BLOCKS], variable = 1000;
  size_t bytes;
  int k = 2;
  void *arguments[] = {&s.n, &block, &k, &s.x};
  CALL(cuModuleGetGlobal(&at, &bytes, again, "offset"));
  REQUIRE(bytes == sizeof variable);
  CALL(cuMemcpyHtoD(at, &variable, sizeof variable));
  CALL(launch(kernel_of(s.module, "line"), BLOCKS, 128, NULL, arguments));
  CALL(launch(kernel_of(s.module, "sum"), BLOCKS, 128, NULL, (void *[]){&s.n, &s.x, &out}));
  CALL(cuMemcpyDtoH(sums, out, sizeof sums));
  for (int q = 0; q < BLOCKS; ++q) {
    double want = 0;
    for (int i = 128 * q; i < 128 * (q + 1) && i < N; ++i)
      want += 3.0 * i + 0.25;
    REQUIRE(sums[q] == want);
  }
  CALL(launch(kernel_of(again, "line"), BLOCKS, 128, NULL, arguments));
  CALL(cuMemcpyDtoH(s.pinned, s.x, N * sizeof(double)));
  REQUIRE(s.pinned[7] == 1021);
  CALL(cuMemFree(out));
  CALL(cuModuleUnload(again));
  close_scene(&s);
}

static void atomics(void)
{
  struct scene s = open_scene();
  int numbers[N], counts[5] = {0}, got[5];
  unsigned long long total = 0, sum;
  CUdeviceptr on_numbers, on_counts, on_total;
  for (int i = 0; i < N; ++i) {
    numbers[i] = (i * 37) % 1009;
    ++counts[numbers[i] & 3];
    counts[4] = numbers[i] > counts[4] ? numbers[i] : counts[4];
    total += (unsigned long long)numbers[i];
  }
  on_numbers = device_memory(sizeof numbers, numbers);
  on_counts = device_memory(sizeof counts, NULL);
  on_total = device_memory(sizeof total, NULL);
  CALL(cuMemsetD8(on_counts, 0, sizeof counts));
  CALL(cuMemsetD32(on_total, 0, 2));
  CALL(launch(kernel_of(s.module, "count"), 5, 64, NULL, (void *[]){&s.n, &on_numbers, &on_counts, &on_total}));
  CALL(cuMemcpyDtoH(got, on_counts, sizeof got));
  CALL(cuMemcpyDtoH(&sum, on_total, sizeof sum));
  REQUIRE(memcmp(got, counts, sizeof got) == 0 && sum == total);
  CALL(cuMemFree(on_numbers));
  CALL(cuMemFree(on_counts));
  CALL(cuMemFree(on_total));
  close_scene(&s);
}

/* Loads and stores of two and four numbers at once. */
static void vectors(void)
{
  enum { THREADS = 8 };
  struct scene s = open_scene();
  int a[4 * THREADS], b[4 * THREADS];
  double x[2 * THREADS], y[2 * THREADS];
  CUdeviceptr on_a, on_b, on_x, on_y;
  for (int i = 0; i < 4 * THREADS; ++i)
    a[i] = i;
  for (int i = 0; i < 2 * THREADS; ++i)
    x[i] = i;
  on_a = device_memory(sizeof a, a);
  on_b = device_memory(sizeof b, NULL);
  on_x = device_memory(sizeof x, x);
  on_y = device_memory(sizeof y, NULL);
  CALL(launch(kernel_of(s.module, "pairs"), 1, THREADS, NULL, (void *[]){&on_x, &on_y, &on_a, &on_b}));
  CALL(cuMemcpyDtoH(b, on_b, sizeof b));
  CALL(cuMemcpyDtoH(y, on_y, sizeof y));
  for (int i = 0; i < 4 * THREADS; ++i)
    REQUIRE(b[i] == (i ^ 3));
  for (int i = 0; i < 2 * THREADS; ++i)
    REQUIRE(y[i] == (i ^ 1));
  CALL(cuMemFree(on_a));
  CALL(cuMemFree(on_b));
  CALL(cuMemFree(on_x));
  CALL(cuMemFree(on_y));
  close_scene(&s);
}

/* Grids and blocks of three dimensions; shared memory whose size the launch says. */
static void shapes(void)
{
  enum { ALL = 48 };
  struct scene s = open_scene();
  CUdeviceptr out = device_memory(ALL * sizeof(int), NULL);
  int got[ALL], n = ALL;
  CALL(cuLaunchKernel(kernel_of(s.module, "cube"), 1, 2, 1, 2, 3, 4, 0, NULL, (void *[]){&out}, NULL));
  CALL(cuMemcpyDtoH(got, out, sizeof got));
  for (int i = 0; i < ALL; ++i)
    REQUIRE(got[i] == i % 24 + i / 24 * 1000);
  CALL(cuLaunchKernel(kernel_of(s.module, "dynamic"), 1, 1, 1, ALL, 1, 1, ALL * sizeof(int), NULL, (void *[]){&n, &out},
                      NULL));
  CALL(cuMemcpyDtoH(got, out, sizeof got));
  for (int i = 0; i < ALL; ++i)
    REQUIRE(got[i] == ALL - 1 - i);
  CALL(cuMemFree(out));
  close_scene(&s);
}

/* Two devices: one does not reach the other's memory. */
static void devices(void)
{
  struct scene s = open_scene();
  CUcontext second;
  CUdeviceptr there;
  int n;
  CALL(cuDeviceGetCount(&n));
  REQUIRE(n == 2);
  CALL(cuDevicePrimaryCtxRetain(&second, 1));
  CALL(cuCtxSetCurrent(second));
  there = device_memory(8, NULL);
  CALL_GIVES(CUDA_ERROR_INVALID_HANDLE, launch_twice(&s, NULL));
  CALL_GIVES(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoH(s.pinned, s.x, 8));
  CALL(cuMemFree(there));
  CALL(cuDevicePrimaryCtxRelease(1));
}

static void none(void)
{
  CALL_GIVES(CUDA_ERROR_NO_DEVICE, cuInit(0));
}

static void host_access(void)
{
  struct scene s = open_scene();
  REQUIRE(((const double *)(uintptr_t)s.x)[7] == 7);
  close_scene(&s);
}

/* ---- What it must notice: order ---------------------------------------------------------------------------------- */

static void unsynchronised(void)
{
  struct scene s = open_scene();
  CALL(cuMemcpyDtoHAsync(s.pinned, s.x, N * sizeof(double), s.first));
  REQUIRE(isnan(s.pinned[7])); /* what was there before is gone, and the copy has not been made */
  CALL(cuStreamSynchronize(s.second));
  CALL(cuEventSynchronize(s.event)); /* never recorded */
  REQUIRE(isnan(s.pinned[7]));
  CALL(cuStreamSynchronize(s.first));
  REQUIRE(s.pinned[7] == 7);

  /* a send takes what is there when it is made */
  s.pinned[7] = 1;
  CALL(cuMemcpyHtoDAsync(s.x, s.pinned, N * sizeof(double), s.first));
  s.pinned[7] = 2;
  CALL(cuMemcpyDtoHAsync(s.pinned, s.x, N * sizeof(double), s.first));
  REQUIRE(s.pinned[7] == 2); /* still to be read */
  CALL(cuCtxSynchronize());
  REQUIRE(s.pinned[7] == 2);
  close_scene(&s);
}

static void unordered(void)
{
  struct scene s = open_scene();
  CALL(launch_twice(&s, s.first));
  CALL(cuMemcpyDtoHAsync(s.pinned, s.x, N * sizeof(double), s.second));
  CALL(cuStreamSynchronize(s.second));
  REQUIRE(s.pinned[7] == 7); /* before the kernel */
  CALL(cuMemcpyDtoHAsync(s.pinned, s.x, N * sizeof(double), s.second));
  CALL(launch_twice(&s, s.first));
  CALL(cuStreamSynchronize(s.first));
  CALL(cuStreamSynchronize(s.second));
  REQUIRE(s.pinned[7] == 28); /* after a kernel that was launched later */
  /* stream 0 does not wait for streams that do not block */
  CALL(launch_twice(&s, s.first));
  CALL(cuMemcpyDtoH(s.pinned, s.x, N * sizeof(double)));
  REQUIRE(s.pinned[7] == 28);
  close_scene(&s);
}

static void ordered(void)
{
  struct scene s = open_scene();
  CALL(launch_twice(&s, s.first));
  CALL(cuEventRecord(s.event, s.first));
  CALL(cuStreamWaitEvent(s.second, s.event, 0));
  CALL(launch_twice(&s, s.first)); /* after the event: not waited for */
  CALL(cuMemcpyDtoHAsync(s.pinned, s.x, N * sizeof(double), s.second));
  CALL(cuStreamSynchronize(s.second));
  REQUIRE(s.pinned[7] == 14);
  while (cuStreamQuery(s.first) == CUDA_ERROR_NOT_READY)
    ;
  CALL(cuMemcpyDtoH(s.pinned, s.x, N * sizeof(double)));
  REQUIRE(s.pinned[7] == 28);
  close_scene(&s);
}

/* Streams that block wait for stream 0, and it for them. */
static void legacy(void)
{
  struct scene s = open_scene();
  CUstream blocking;
  CALL(cuStreamCreate(&blocking, CU_STREAM_DEFAULT));
  CALL(launch_twice(&s, blocking));
  CALL(launch_twice(&s, NULL));
  CALL(cuMemcpyDtoHAsync(s.pinned, s.x, N * sizeof(double), blocking));
  CALL(cuStreamSynchronize(blocking));
  REQUIRE(s.pinned[7] == 28);
  CALL(launch_twice(&s, blocking));
  CALL(cuMemcpyDtoH(s.pinned, s.x, N * sizeof(double)));
  REQUIRE(s.pinned[7] == 56);
  CALL(cuStreamDestroy(blocking));
  close_scene(&s);
}

static void pageable(void)
{
  struct scene s = open_scene();
  double x[N];
  CALL(cuMemcpyDtoHAsync(x, s.x, sizeof x, s.first));
  CALL(cuStreamSynchronize(s.first)); /* at once: allowed */
  REQUIRE(x[7] == 7);
  CALL(cuMemcpyDtoHAsync(x, s.x, sizeof x, s.first));
  CALL(launch_twice(&s, s.first));
  close_scene(&s);
}

/* ---- What it must notice: memory --------------------------------------------------------------------------------- */

static void touch(void)
{
  struct scene s = open_scene();
  REQUIRE(((const volatile double *)(uintptr_t)s.x)[7] == 7);
}

static void fresh(void)
{
  struct scene s = open_scene();
  const CUdeviceptr x = device_memory(N * sizeof(double), NULL);
  CALL(launch(s.twice, BLOCKS, 128, NULL, (void *[]){&s.n, (void *)(uintptr_t)&x}));
  CALL(cuMemcpyDtoH(s.pinned, x, N * sizeof(double)));
  for (int i = 0; i < N; ++i)
    REQUIRE(isnan(s.pinned[i]));
  CALL(cuMemFree(x));
  close_scene(&s);
}

/* A kernel that goes wrong: all that follows fails. */
static void expect_illegal(struct scene *s, CUdeviceptr x, int n)
{
  CALL(launch(s->twice, BLOCKS, 128, s->first, (void *[]){&n, &x}));
  CALL_GIVES(CUDA_ERROR_ILLEGAL_ADDRESS, cuStreamSynchronize(s->first));
  CALL_GIVES(CUDA_ERROR_ILLEGAL_ADDRESS, launch_twice(s, s->first));
  CALL_GIVES(CUDA_ERROR_ILLEGAL_ADDRESS, cuMemFree(s->x));
}

static void overrun(void)
{
  struct scene s = open_scene();
  expect_illegal(&s, s.x, N + 1);
}

static void null_pointer(void)
{
  struct scene s = open_scene();
  expect_illegal(&s, 0, N);
}

static void host_pointer(void)
{
  struct scene s = open_scene();
  expect_illegal(&s, (uintptr_t)s.pinned, N);
}

static void misaligned(void)
{
  struct scene s = open_scene();
  expect_illegal(&s, s.x + 4, N - 1);
}

static void freed(void)
{
  struct scene s = open_scene();
  const CUdeviceptr x = device_memory(N * sizeof(double), NULL);
  CALL(cuMemFree(x));
  expect_illegal(&s, x, N);
}

static void twice_freed(void)
{
  struct scene s = open_scene();
  CALL(cuMemFree(s.x));
  CALL_GIVES(CUDA_ERROR_INVALID_VALUE, cuMemFree(s.x));
}

static void copy_overrun(void)
{
  struct scene s = open_scene();
  CALL_GIVES(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoDAsync(s.x + 8, s.pinned, N * sizeof(double), s.first));
}

static void pinned_overrun(void)
{
  struct scene s = open_scene();
  double *volatile end = s.pinned + N;
  *end = 1;
  close_scene(&s);
}

/* ---- What it must notice: launches ------------------------------------------------------------------------------- */

static void launches(void)
{
  struct scene s = open_scene();
  int k = 1;
  void *arguments[] = {&s.n, &s.x};
  const CUfunction dynamic = kernel_of(s.module, "dynamic"), cube = kernel_of(s.module, "cube");
  CALL_GIVES(CUDA_ERROR_INVALID_VALUE, launch(s.twice, BLOCKS, 129, NULL, arguments)); /* __launch_bounds__ */
  CALL_GIVES(CUDA_ERROR_INVALID_VALUE, launch(s.twice, 0, 128, NULL, arguments));
  CALL_GIVES(CUDA_ERROR_INVALID_VALUE, launch(cube, 1, 1025, NULL, arguments));
  CALL_GIVES(CUDA_ERROR_INVALID_VALUE, cuLaunchKernel(cube, 1, 65536, 1, 1, 1, 1, 0, NULL, arguments, NULL));
  CALL_GIVES(CUDA_ERROR_INVALID_VALUE, cuLaunchKernel(cube, 1, 1, 1, 1, 1, 65, 0, NULL, arguments, NULL));
  CALL_GIVES(CUDA_ERROR_INVALID_VALUE, cuLaunchKernel(s.twice, 1, 1, 1, 1, 1, 1, 8, NULL, arguments, NULL));
  CALL_GIVES(CUDA_ERROR_INVALID_VALUE,
             cuLaunchKernel(dynamic, 1, 1, 1, 1, 1, 1, 48 * 1024 + 1, NULL, (void *[]){&k, &s.x}, NULL));
  CALL(cuFuncSetAttribute(dynamic, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 227 * 1024));
  CALL(cuLaunchKernel(dynamic, 1, 1, 1, 1, 1, 1, 227 * 1024, NULL, (void *[]){&k, &s.x}, NULL));
  CALL_GIVES(CUDA_ERROR_INVALID_VALUE,
             cuFuncSetAttribute(dynamic, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 227 * 1024 + 1));
  arguments[1] = NULL;
  CALL_GIVES(CUDA_ERROR_INVALID_VALUE, launch(s.twice, BLOCKS, 128, NULL, arguments));
  close_scene(&s);
}

/* All arguments in one piece of memory, whose size must be that of the kernel's parameters. */
static void packed(void)
{
  struct scene s = open_scene();
  struct {
    int n;
    CUdeviceptr x;
  } all = {N, s.x};
  size_t size = sizeof all;
  void *extra[] = {CU_LAUNCH_PARAM_BUFFER_POINTER, &all, CU_LAUNCH_PARAM_BUFFER_SIZE, &size, CU_LAUNCH_PARAM_END};
  CALL(cuLaunchKernel(s.twice, BLOCKS, 1, 1, 128, 1, 1, 0, NULL, NULL, extra));
  CALL(cuMemcpyDtoH(s.pinned, s.x, N * sizeof(double)));
  REQUIRE(s.pinned[7] == 14);
  size = 12;
  CALL_GIVES(CUDA_ERROR_INVALID_VALUE, cuLaunchKernel(s.twice, BLOCKS, 1, 1, 128, 1, 1, 0, NULL, NULL, extra));
  close_scene(&s);
}

static void diverging(void)
{
  struct scene s = open_scene();
  CALL(launch(kernel_of(s.module, "diverging"), 1, 32, s.first, (void *[]){&s.x}));
  CALL_GIVES(CUDA_ERROR_ILLEGAL_ADDRESS, cuStreamSynchronize(s.first));
}

static void no_barriers(void)
{
  struct scene s = open_scene();
  CUdeviceptr out = device_memory(BLOCKS * sizeof(double), NULL);
  double sums[BLOCKS];
  CALL(launch(kernel_of(s.module, "hasty_sum"), BLOCKS, 128, NULL, (void *[]){&s.n, &s.x, &out}));
  CALL(cuMemcpyDtoH(sums, out, sizeof sums));
  REQUIRE(sums[0] != 127 * 64);
  CALL(cuMemFree(out));
  close_scene(&s);
}

/* What PTX asks for and the emulator does not know. */
static void unknown(void)
{
  CUmodule module;
  open_first_device();
  CALL_GIVES(CUDA_ERROR_INVALID_PTX,
             cuModuleLoadData(&module,
                              ".version 9.0\n.target sm_80\n.address_size 64\n"
                              ".visible .entry k()\n{\n.reg .f32 %f<2>;\nex2.approx.f32 %f1, %f0;\nret;\n}\n"));
  close_first_device();
}

static void newer(void)
{
  char *const ptx = compile_text(NULL, "kernels.cu", "compute_90");
  CUmodule module;
  open_first_device();
  CALL_GIVES(CUDA_ERROR_INVALID_PTX, cuModuleLoadData(&module, ptx));
  free(ptx);
  close_first_device();
}

/* ---- Leaks, faults ----------------------------------------------------------------------------------------------- */

static void leaks(void)
{
  struct scene s = open_scene();
  (void)s;
  close_first_device();
}

static void leaked_context(void)
{
  open_first_device();
}

/* Goes on whatever fails, as a program that ends in order does, and says what failed first. */
static void faults(void)
{
  double x[4] = {0};
  CUresult results[8];
  const char *name = NULL;
  CUdeviceptr a = 0, b = 0;
  CUmodule module;
  CUfunction kernel;
  int n = 4, k = 0;
  open_first_device();
  module = load_text(NULL, "kernels.cu");
  kernel = kernel_of(module, "twice");
  results[k++] = cuMemAlloc(&a, sizeof x);
  results[k++] = cuMemAlloc(&b, sizeof x);
  results[k++] = cuMemcpyHtoD(a, x, sizeof x);
  results[k++] = cuMemcpyHtoD(a, x, sizeof x);
  results[k++] = launch(kernel, 1, 128, NULL, (void *[]){&n, &a});
  results[k++] = cuCtxSynchronize();
  results[k++] = a ? cuMemFree(a) : CUDA_SUCCESS;
  results[k++] = b ? cuMemFree(b) : CUDA_SUCCESS;
  for (int i = 0; i < k; ++i) {
    cuGetErrorName(results[i], &name);
    printf("%d %s\n", i, name);
  }
  (void)cuModuleUnload(module);
  close_first_device();
}

static const struct {
  const char *name;
  void (*run)(void);
} cases[] = {
    {"arithmetic", check_arithmetic},
    {"clean", clean},
    {"blocks", blocks},
    {"atomics", atomics},
    {"vectors", vectors},
    {"shapes", shapes},
    {"devices", devices},
    {"none", none},
    {"host_access", host_access},
    {"unsynchronised", unsynchronised},
    {"unordered", unordered},
    {"ordered", ordered},
    {"legacy", legacy},
    {"pageable", pageable},
    {"touch", touch},
    {"fresh", fresh},
    {"overrun", overrun},
    {"null_pointer", null_pointer},
    {"host_pointer", host_pointer},
    {"misaligned", misaligned},
    {"freed", freed},
    {"twice_freed", twice_freed},
    {"copy_overrun", copy_overrun},
    {"pinned_overrun", pinned_overrun},
    {"launches", launches},
    {"packed", packed},
    {"diverging", diverging},
    {"no_barriers", no_barriers},
    {"unknown", unknown},
    {"newer", newer},
    {"leaks", leaks},
    {"leaked_context", leaked_context},
    {"faults", faults},
};

int main(int argc, char **argv)
{
  for (size_t i = 0; argc == 2 && i < sizeof cases / sizeof cases[0]; ++i)
    if (strcmp(cases[i].name, argv[1]) == 0) {
      cases[i].run();
      return 0;
    }
  fprintf(stderr, "usage: cudaemu_cases CASE\n");
  return 2;
}
