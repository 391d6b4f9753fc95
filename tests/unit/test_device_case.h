/* What the tests of devices share: the back end named in HC_TEST_BACKEND, a program of small kernels. */
#ifndef TEST_DEVICE_CASE_H
#define TEST_DEVICE_CASE_H

#include "device.h"
#include "hc_check.h"

#include <math.h>
#include <string.h>

static const char text[] =
    "#include \"dialect.h\"\n"
    "#include \"dialect.h\"\n"
    "struct line { double slope, offset; int power[3]; };\n"
    "HC_KERNEL twice(int n, HC_GLOBAL double *x)\n"
    "{\n"
    "  const hc_int64 i = HC_THREAD();\n"
    "  if (i < n) x[i] *= 2;\n"
    "}\n"
    "HC_KERNEL set(hc_int64 first, int n, double a, HC_BLOCK(struct line, line), const HC_GLOBAL int *where, "
    "HC_GLOBAL double *x)\n"
    "{\n"
    "  const hc_int64 i = HC_THREAD();\n"
    "  if (i < n) x[where ? where[i] : i] = a * (HC_BLOCK_OF(line).slope * (double)(first + i) + "
    "HC_BLOCK_OF(line).offset) + HC_BLOCK_OF(line).power[2];\n"
    "}\n"
    "HC_KERNEL sum(int n, const HC_GLOBAL double *x, HC_GLOBAL double *sums)\n"
    "{\n"
    "  HC_LOCAL double part[HC_GROUP_SIZE];\n"
    "  const hc_int64 i = HC_THREAD();\n"
    "  part[HC_IN_GROUP()] = i < n ? x[i] : 0;\n"
    "  for (int apart = HC_GROUP_SIZE / 2; apart > 0; apart /= 2) {\n"
    "    HC_BARRIER();\n"
    "    if (HC_IN_GROUP() < apart) part[HC_IN_GROUP()] += part[HC_IN_GROUP() + apart];\n"
    "  }\n"
    "  if (HC_IN_GROUP() == 0) sums[HC_GROUP_NUMBER()] = part[0];\n"
    "}\n"
    "HC_KERNEL slow(int n, int turns, HC_GLOBAL double *x)\n"
    "{\n"
    "  const hc_int64 i = HC_THREAD();\n"
    "  if (i < n) for (int k = 0; k < turns; k++) x[i] = x[i] * 0.5 + 1;\n"
    "}\n"
    "HC_KERNEL widths(HC_GLOBAL int *width)\n"
    "{\n"
    "  if (HC_THREAD() == 0) { width[0] = (int)sizeof(hc_real); width[1] = (int)sizeof(hc_wide); width[2] = SEVEN; }\n"
    "}\n";

struct line {
  double slope, offset;
  int power[3];
};

static const char *const defines[] = {"SEVEN=7", "FLAG", NULL};

static inline const char *backend(void)
{
  const char *name = getenv("HC_TEST_BACKEND");
  return name ? name : "opencl";
}

static inline struct hc_device *open_device(enum hc_precision precision)
{
  const struct hc_device_options options = {backend(), -1, precision};
  struct hc_device *device;

  ck_call(hc_device_open(PETSC_COMM_WORLD, &options, &device));
  ck_assert_ptr_nonnull(device);
  return device;
}

static inline void fine(const struct hc_device *device)
{
  ck_assert_msg(!hc_device_failure(device), "%s", hc_device_failure(device));
}

static inline double number(size_t i)
{
  return sin(1.0 + (double)i); /* no two alike */
}

static inline struct hc_buffer *numbers(struct hc_device *device, size_t n)
{
  struct hc_buffer *buffer;
  double *x;

  ck_call(PetscMalloc1(n, &x));
  for (size_t i = 0; i < n; i++)
    x[i] = number(i);
  ck_call(hc_buffer_of(device, n * sizeof *x, x, &buffer));
  ck_call(PetscFree(x)); /* which must be allowed at once */
  return buffer;
}

static inline struct hc_program *small_program(struct hc_device *device)
{
  struct hc_program *program;

  ck_call(hc_program_create(device, "small.h", text, defines, &program));
  return program;
}

static inline struct hc_kernel *kernel_of(struct hc_program *program, const char *name)
{
  struct hc_kernel *kernel, *again;

  ck_call(hc_program_kernel(program, name, &kernel));
  ck_call(hc_program_kernel(program, name, &again));
  ck_assert_ptr_eq(kernel, again);
  return kernel;
}

TCase *hc_test_programs(void); /* of test_device_programs.c */

#endif
