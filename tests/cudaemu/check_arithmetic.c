/* Kernels that NVRTC and the emulator made of a text, against what the host's compiler makes of the same text. */
#include "cases.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text mixes types on purpose. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wdouble-promotion"
#include "arithmetic.h"
#pragma GCC diagnostic pop

enum { N = 1000, FUNCTIONS = 5 };

static uint64_t state = 12345;

static uint64_t draw(void)
{
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

/* Sizes from 2^-20 to 2^20, both signs. */
static double draw_real(void)
{
  const double sign = draw() & 1 ? -1 : 1;
  return sign * ldexp(1 + (double)(draw() >> 12) * 0x1p-52, (int)(draw() % 41) - 20);
}

static struct numbers draw_numbers(void)
{
  struct numbers x;

  x.i = (int)(draw() >> 33) - (1 << 30);
  x.j = (int)(draw() >> 40) - (1 << 23);
  x.u = (unsigned)draw();
  x.v = (unsigned)(draw() >> 35);
  x.l = (long long)(draw() >> 2) - (1LL << 61);
  x.m = (long long)(draw() >> 20) - (1LL << 43);
  x.c = (unsigned char)draw();
  x.s = (signed char)(draw() % 255 - 127);
  x.h = (short)(draw() % 60001 - 30000);
  x.f = (float)draw_real();
  x.g = (float)draw_real();
  x.d = draw_real();
  x.e = draw_real();
  x.b = draw() % 8 == 0 ? (double)NAN : draw_real();
  return x;
}

static void compare(const struct numbers *x, const struct results *got, int line)
{
  struct results want;
  integers(x, want.whole);
  reals(x, want.real);
  singles(x, want.single);
  for (int k = 0; k < WHOLES; ++k)
    if (got->whole[k] != want.whole[k]) {
      printf("%d: whole %d: %lld, not %lld\n", line, k, got->whole[k], want.whole[k]);
      exit(1);
    }
  for (int k = 0; k < REALS; ++k)
    if (memcmp(&got->real[k], &want.real[k], sizeof(double)) != 0 && !(isnan(got->real[k]) && isnan(want.real[k]))) {
      printf("%d: real %d: %a, not %a\n", line, k, got->real[k], want.real[k]);
      exit(1);
    }
  for (int k = 0; k < SINGLES; ++k)
    if (memcmp(&got->single[k], &want.single[k], sizeof(float)) != 0) {
      printf("%d: single %d: %a, not %a\n", line, k, (double)got->single[k], (double)want.single[k]);
      exit(1);
    }
}

static void check_same_text(CUmodule module)
{
  struct numbers *const x = malloc(N * sizeof *x);
  struct results *const got = malloc(N * sizeof *got);
  CUdeviceptr on_device, out;
  int n = N;
  REQUIRE(x && got);
  for (int i = 0; i < N; ++i)
    x[i] = draw_numbers();
  on_device = device_memory(N * sizeof *x, x);
  out = device_memory(N * sizeof *got, NULL);
  CALL(launch(kernel_of(module, "arithmetic"), (N + 63) / 64, 64, NULL, (void *[]){&n, &on_device, &out}));
  CALL(cuMemcpyDtoH(got, out, N * sizeof *got));
  for (int i = 0; i < N; ++i)
    compare(&x[i], &got[i], i);
  CALL(cuMemFree(on_device));
  CALL(cuMemFree(out));
  free(x);
  free(got);
}

/* NVIDIA's functions, in thousands of instructions of all sorts, against the C library's. Errors of the former are at
 * most 2 ulp (CUDA C++ Programming Guide, "Mathematical Functions"). */
static void check_functions(CUmodule module)
{
  double x[N], got[N][FUNCTIONS];
  CUdeviceptr on_device, out;
  int n = N;
  for (int i = 0; i < N; ++i)
    x[i] = 20 * ((double)(draw() >> 11) * 0x1p-53 - 0.5);
  on_device = device_memory(sizeof x, x);
  out = device_memory(sizeof got, NULL);
  CALL(launch(kernel_of(module, "functions"), (N + 127) / 128, 128, NULL, (void *[]){&n, &on_device, &out}));
  CALL(cuMemcpyDtoH(got, out, sizeof got));
  for (int i = 0; i < N; ++i) {
    const double want[FUNCTIONS] = {exp(x[i]), expm1(x[i]), sin(x[i] * 1e7), fmod(x[i], 0.7), atan2(x[i], 0.3)};
    for (int k = 0; k < FUNCTIONS; ++k)
      if (!(fabs(got[i][k] - want[k]) <= 6e-16 * fabs(want[k]))) {
        printf("function %d of %.17g: %.17g, not %.17g\n", k, x[i], got[i][k], want[k]);
        exit(1);
      }
  }
  CALL(cuMemFree(on_device));
  CALL(cuMemFree(out));
}

void check_arithmetic(void)
{
  CUmodule module;
  open_first_device();
  module = load_text("arithmetic.h", "arithmetic.cu");
  check_same_text(module);
  check_functions(module);
  CALL(cuModuleUnload(module));
  close_first_device();
}
