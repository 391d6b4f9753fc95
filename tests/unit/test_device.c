#include "device.h"
#include "hc_check.h"

#include <string.h>

static const char text[] =
    "__kernel void twice(int n, __global double *x)\n{ int i = get_global_id(0); if (i < n) x[i] *= 2; }\n";

START_TEST(first)
{
  struct hc_device *device;
  struct hc_buffer *buffer;
  struct hc_program *program;
  struct hc_kernel *kernel;
  char found[1024];
  double x[1000];
  int n = 1000;
  const struct hc_device_options options = {"opencl", -1, HC_DOUBLE};
  hc_device_list(found, sizeof found);
  puts(found);
  ck_call(hc_device_open(PETSC_COMM_WORLD, &options, &device));
  for (int i = 0; i < n; i++)
    x[i] = i;
  ck_call(hc_buffer_of(device, sizeof x, x, &buffer));
  ck_call(hc_program_create(device, "small", text, NULL, &program));
  ck_call(hc_program_kernel(program, "twice", &kernel));
  hc_kernel_launch(kernel, HC_QUEUE_MAIN, 1000, 2, (struct hc_arg[]){HC_VALUE_ARG(n), HC_BUFFER_ARG(buffer)});
  hc_buffer_read(buffer, 0, sizeof x, x);
  ck_assert_ptr_null(hc_device_failure(device));
  for (int i = 0; i < n; i++)
    ck_assert(x[i] == 2 * i);
  hc_program_destroy(&program);
  hc_buffer_destroy(&buffer);
  hc_device_close(&device);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("device");
  TCase *t = tcase_create("device");
  tcase_add_test(t, first);
  suite_add_tcase(s, t);
  return s;
}
HC_CHECK_MAIN(suite)
