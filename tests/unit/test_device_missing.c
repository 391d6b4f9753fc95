/* On a machine without drivers: OCL_ICD_VENDORS names no folder, and the toolkit's stub stands for CUDA's driver. It
 * has all functions and none of them works, so that a name that the back end asks for in vain would show. What cuda is
 * to say is in HC_TEST_CUDA. */
#include "device.h"
#include "hc_check.h"

#include <string.h>

START_TEST(what_is_missing_is_named)
{
  char list[1024], expected[1024];

  hc_device_list(list, sizeof list);
  snprintf(expected, sizeof expected, "opencl: none: no OpenCL driver is installed\ncuda: none: %s",
           getenv("HC_TEST_CUDA"));
  ck_assert_msg(!strncmp(list, expected, strlen(expected)), "%s\nis not\n%s", list, expected);
}
END_TEST

START_TEST(no_device_is_an_error_of_one_line)
{
  static const char *const backends[] = {"opencl", "cuda"};
  struct hc_device *device;
  char expected[256];

  for (int b = 0; b < 2; b++) {
    const struct hc_device_options options = {backends[b], -1, HC_DOUBLE};
    snprintf(expected, sizeof expected, "back end %s has no device: %s", backends[b],
             b ? getenv("HC_TEST_CUDA") : "no OpenCL driver is installed");
    ck_call_fails(hc_device_open(PETSC_COMM_WORLD, &options, &device), HC_ERR_ENVIRONMENT, expected);
    ck_assert_ptr_null(device);
    (void)hc_device_open(PETSC_COMM_WORLD, &options, &device);
    ck_assert_ptr_nonnull(
        strstr(hc_error_message(), ". Found here: opencl: none: no OpenCL driver is installed; cuda: none: "));
    ck_assert_ptr_null(strchr(hc_error_message(), '\n'));
    hc_error_clear();
  }
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("device_missing");
  TCase *t = tcase_create("missing");
  tcase_add_test(t, what_is_missing_is_named);
  tcase_add_test(t, no_device_is_an_error_of_one_line);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
