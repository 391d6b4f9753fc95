/* The back end cuda on GPUs that fail, lack something or are strange: the emulator is told by its own settings
 * (tests/cudaemu), and the first thing that goes wrong here must read as HC_TEST_EXPECT says, "" for nothing. The
 * emulator itself fails the test if anything is not given back, or used after it failed in a way that it may not be. */
#include "device.h"
#include "hc_check.h"

#include <string.h>

static const char text[] = "#include \"dialect.h\"\n"
                           "HC_KERNEL twice(int n, HC_GLOBAL double *x)\n"
                           "{\n"
                           "  const hc_int64 i = HC_THREAD();\n"
                           "  if (i < n) x[i] *= 2;\n"
                           "}\n";

enum { N = 1000 };

/* Double the numbers five times; x[i] = 32 i at the end. */
static PetscErrorCode work(struct hc_device *device, struct hc_buffer **x, struct hc_buffer **y,
                           struct hc_program **program)
{
  struct hc_kernel *twice;
  double numbers[N];
  const int n = N;

  PetscFunctionBeginUser;
  for (int i = 0; i < N; i++)
    numbers[i] = i;
  PetscCall(hc_buffer_of(device, sizeof numbers, numbers, x));
  PetscCall(hc_buffer_create(device, sizeof numbers, y));
  PetscCall(hc_program_create(device, "small.h", text, NULL, program));
  PetscCall(hc_program_kernel(*program, "twice", &twice));
  for (int turn = 0; turn < 5; turn++) {
    hc_kernel_launch(twice, HC_QUEUE_MAIN, N, 2, (struct hc_arg[]){HC_VALUE_ARG(n), HC_BUFFER_ARG(*x)});
    hc_buffer_copy(*x, 0, *y, 0, sizeof numbers);
    hc_queue_finish(device, HC_QUEUE_MAIN);
    hc_buffer_read(*y, 0, sizeof numbers, numbers);
  }
  PetscCheck(!hc_device_failure(device), PETSC_COMM_SELF, HC_ERR_DEVICE, "%s", hc_device_failure(device));
  for (int i = 0; i < N; i++)
    PetscCheck(numbers[i] == 32 * i, PETSC_COMM_SELF, PETSC_ERR_PLIB, "number %d is %g", i, numbers[i]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode open_and_work(struct hc_device **device)
{
  const struct hc_device_options options = {"cuda", -1, HC_DOUBLE};
  struct hc_buffer *x = NULL, *y = NULL;
  struct hc_program *program = NULL;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(hc_device_open(PETSC_COMM_WORLD, &options, device));
  code = work(*device, &x, &y, &program);
  hc_program_destroy(&program);
  hc_buffer_destroy(&x);
  hc_buffer_destroy(&y);
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

START_TEST(the_first_failure_is_told)
{
  const char *const expected = getenv("HC_TEST_EXPECT");
  struct hc_device *device = NULL;
  const PetscErrorCode code = open_and_work(&device);

  ck_assert_msg((code != 0) == (*expected != '\0'), "code %d: %s", (int)code, hc_error_message());
  ck_assert_msg(!code || strstr(hc_error_message(), expected), "\"%s\" lacks \"%s\"", hc_error_message(), expected);
  if (code)
    ck_assert_int_eq(hc_error_exit_code(code), HC_EXIT_ENVIRONMENT);
  hc_device_close(&device);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("device_emulated");
  TCase *t = tcase_create("emulated");
  tcase_set_timeout(t, 0);
  tcase_add_test(t, the_first_failure_is_told);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
