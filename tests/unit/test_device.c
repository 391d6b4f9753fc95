/* One back end, named in HC_TEST_BACKEND: memory, queues, programs, launches, failures. */
#include "test_device_case.h"

#include <math.h>

/* ---- Devices ----------------------------------------------------------------------------------------------------- */

START_TEST(a_device_says_what_it_is)
{
  struct hc_device *device = open_device(HC_DOUBLE);
  const struct hc_device_info *info = hc_device_info(device);
  char list[2048], line[64];

  ck_assert_str_eq(info->backend, backend());
  ck_assert_int_ge(info->index, 0);
  ck_assert_int_lt(info->index, info->n_devices);
  ck_assert_int_gt(info->compute_units, 0);
  ck_assert(info->memory > 1 << 20);
  ck_assert_int_gt((int)strlen(info->name), 3);
  hc_device_list(list, sizeof list);
  snprintf(line, sizeof line, "%s 0: ", backend());
  ck_assert_msg(strstr(list, line) != NULL, "%s", list);
  ck_assert_msg(strstr(list, info->name) != NULL && strstr(list, info->driver) != NULL, "%s", list);
  fine(device);
  hc_device_close(&device);
  ck_assert_ptr_null(device);
}
END_TEST

START_TEST(ranks_of_a_machine_take_turns)
{
  struct hc_device *device = open_device(HC_DOUBLE);
  int rank;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (!strcmp(backend(), "cuda")) /* all alike */
    ck_assert_int_eq(hc_device_info(device)->index, rank % hc_device_info(device)->n_devices);
  hc_device_close(&device);
  struct hc_device_options options = {backend(), 0, HC_DOUBLE};
  ck_call(hc_device_open(PETSC_COMM_WORLD, &options, &device));
  ck_assert_int_eq(hc_device_info(device)->index, 0);
  options.index = hc_device_info(device)->n_devices;
  hc_device_close(&device);
  ck_call_fails(hc_device_open(PETSC_COMM_WORLD, &options, &device), HC_ERR_INPUT, "counted from 0. Found here: ");
  ck_assert_ptr_null(device);
  options.index = -2;
  ck_call_fails(hc_device_open(PETSC_COMM_WORLD, &options, &device), HC_ERR_INPUT, "has no device -2");
}
END_TEST

START_TEST(the_cpu_is_no_device)
{
  struct hc_device_options options = {"cpu", -1, HC_DOUBLE};
  struct hc_device *device;

  ck_call(hc_device_open(PETSC_COMM_WORLD, &options, &device));
  ck_assert_ptr_null(device);
  ck_assert_ptr_null(hc_device_failure(device));
  ck_assert_ptr_null(hc_device_info(device));
  ck_assert_uint_eq(hc_device_real(device), 8);
  hc_device_close(&device);
  options.precision = HC_MIXED;
  ck_call_fails(hc_device_open(PETSC_COMM_WORLD, &options, &device), HC_ERR_INPUT, "double precision only");
  options.backend = "opencll";
  ck_call_fails(hc_device_open(PETSC_COMM_WORLD, &options, &device), HC_ERR_INPUT,
                "back end opencll is unknown: cpu, opencl or cuda");
}
END_TEST

START_TEST(mpi_takes_addresses_if_it_says_so)
{
  const bool possible = !strcmp(backend(), "cuda");
  struct hc_device *device;

  setenv("HEALTHCAST_GPU_MPI", "yes", 1);
  device = open_device(HC_DOUBLE);
  ck_assert_int_eq(hc_device_info(device)->mpi_direct, possible);
  hc_device_close(&device);
  setenv("HEALTHCAST_GPU_MPI", "no", 1);
  device = open_device(HC_DOUBLE);
  ck_assert(!hc_device_info(device)->mpi_direct);
  hc_device_close(&device);
  setenv("HEALTHCAST_GPU_MPI", "maybe", 1);
  const struct hc_device_options options = {backend(), -1, HC_DOUBLE};
  ck_call_fails(hc_device_open(PETSC_COMM_WORLD, &options, &device), HC_ERR_INPUT,
                "HEALTHCAST_GPU_MPI is \"maybe\": yes or no");
  unsetenv("HEALTHCAST_GPU_MPI");
}
END_TEST

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

START_TEST(memory_keeps_what_is_written)
{
  struct hc_device *device = open_device(HC_DOUBLE);
  struct hc_buffer *a = numbers(device, 1000), *b;
  double x[1000], three[3] = {7, 8, 9};

  ck_call(hc_buffer_create(device, 500 * sizeof(double), &b));
  ck_assert_uint_eq(hc_buffer_bytes(b), 4000);
  hc_buffer_copy(a, 100 * sizeof(double), b, 0, 500 * sizeof(double));
  hc_buffer_write(b, 10 * sizeof(double), sizeof three, three);
  hc_buffer_copy(b, 0, a, 400 * sizeof(double), 20 * sizeof(double));
  hc_buffer_read(a, 0, sizeof x, x);
  for (size_t i = 0; i < 1000; i++)
    ck_assert(x[i] == (i >= 410 && i < 413 ? three[i - 410] : number(i >= 400 && i < 420 ? i - 300 : i)));
  hc_buffer_read(b, 499 * sizeof(double), sizeof x[0], x);
  ck_assert(x[0] == number(599));
  hc_buffer_read(b, 4000, 0, x); /* nothing, at the end */
  fine(device);
  hc_buffer_destroy(&a);
  hc_buffer_destroy(&b);
  hc_buffer_destroy(&b);
  hc_device_close(&device);
}
END_TEST

START_TEST(bytes_of_many_buffers_are_counted)
{
  struct hc_device *device = open_device(HC_DOUBLE);
  struct hc_buffer *many[300];
  int64_t sum = 0;
  double x;

  for (size_t i = 0; i < 300; i++) {
    ck_call(hc_buffer_create(device, 24 * i, &many[i])); /* the first has no bytes */
    x = number(i);
    if (i > 0)
      hc_buffer_write(many[i], 24 * i - sizeof x, sizeof x, &x);
    sum += (int64_t)(24 * i);
  }
  ck_assert_int_eq(hc_device_bytes(device), sum);
  for (size_t i = 0; i < 300; i++) {
    if (i > 0) {
      hc_buffer_read(many[i], 24 * i - sizeof x, sizeof x, &x);
      ck_assert(x == number(i));
    }
    hc_buffer_destroy(&many[i]);
  }
  ck_assert_int_eq(hc_device_bytes(device), 0);
  fine(device);
  hc_device_close(&device);
}
END_TEST

START_TEST(more_memory_than_there_is_is_refused)
{
  struct hc_device *device = open_device(HC_DOUBLE);
  struct hc_buffer *buffer = numbers(device, 1 << 17), *huge;

  ck_call_fails(hc_buffer_create(device, (size_t)1 << 50, &huge), HC_ERR_ENVIRONMENT, "no memory for 1.07374e+09 MiB");
  ck_assert_ptr_null(huge);
  ck_assert_int_eq(hc_device_bytes(device), 1 << 20);
  fine(device); /* only that creation has failed */
  hc_buffer_destroy(&buffer);
  hc_device_close(&device);
}
END_TEST

START_TEST(numbers_are_converted_to_the_width_on_the_device)
{
  enum { N = 70000 }; /* more than one staging area */
  struct hc_device *device = open_device(HC_DOUBLE);
  struct hc_buffer *narrow, *wide;
  double *x, *y;
  float first[2];
  int wrong = 0; /* one assertion a number would take seconds */

  ck_call(PetscMalloc2(N, &x, N, &y));
  for (size_t i = 0; i < N; i++)
    x[i] = number(i);
  ck_call(hc_buffer_of_reals(device, 4, N, x, &narrow));
  ck_call(hc_buffer_of_reals(device, 8, N, x, &wide));
  ck_assert_uint_eq(hc_buffer_bytes(narrow), 4 * N);
  ck_assert_uint_eq(hc_buffer_bytes(wide), 8 * N);
  hc_buffer_write_reals(narrow, 4, 5, 1, x);
  hc_buffer_write_reals(wide, 8, 5, 1, x);
  hc_buffer_read_reals(narrow, 4, 0, N, y);
  for (size_t i = 0; i < N; i++)
    wrong += y[i] != (double)(float)number(i == 5 ? 0 : i);
  hc_buffer_read_reals(wide, 8, 3, N - 3, y);
  for (size_t i = 0; i < N - 3; i++)
    wrong += y[i] != number(i == 2 ? 0 : i + 3);
  ck_assert_int_eq(wrong, 0);
  hc_buffer_read(narrow, 4 * 66000, sizeof first, first);
  ck_assert(first[0] == (float)number(66000) && first[1] == (float)number(66001));
  fine(device);
  hc_buffer_destroy(&narrow);
  hc_buffer_destroy(&wide);
  ck_call(PetscFree2(x, y));
  hc_device_close(&device);
}
END_TEST

/* ---- Kernels ----------------------------------------------------------------------------------------------------- */

static void launch_set(struct hc_kernel *set, int64_t first, int n, struct line line, const struct hc_buffer *where,
                       struct hc_buffer *x)
{
  const double a = 2;
  const struct hc_arg args[] = {HC_VALUE_ARG(first), HC_VALUE_ARG(n),      HC_VALUE_ARG(a),
                                HC_BLOCK_ARG(line),  HC_BUFFER_ARG(where), HC_BUFFER_ARG(x)};
  hc_kernel_launch(set, HC_QUEUE_MAIN, (size_t)n, 6, args);
}

START_TEST(kernels_get_their_arguments)
{
  enum { N = 1001 };
  struct hc_device *device = open_device(HC_DOUBLE);
  struct hc_program *program = small_program(device);
  struct hc_kernel *set = kernel_of(program, "set");
  struct hc_buffer *x = numbers(device, N), *where;
  const struct line line = {0.5, 3, {1, 2, 100}};
  const int64_t first = INT64_C(1) << 40;
  double got[N];
  int back[N];

  for (int i = 0; i < N; i++)
    back[i] = N - 1 - i;
  ck_call(hc_buffer_of(device, sizeof back, back, &where));
  launch_set(set, first, N - 1, line, NULL, x); /* the last one stays */
  hc_buffer_read(x, 0, sizeof got, got);
  for (int i = 0; i < N - 1; i++)
    ck_assert(got[i] == 2 * (0.5 * (double)(first + i) + 3) + 100);
  ck_assert(got[N - 1] == number(N - 1));
  launch_set(set, 0, N, line, where, x);
  launch_set(set, 0, 0, line, where, x); /* nothing */
  hc_buffer_read(x, 0, sizeof got, got);
  for (int i = 0; i < N; i++)
    ck_assert(got[back[i]] == 2 * (0.5 * i + 3) + 100);
  fine(device);
  hc_program_destroy(&program);
  hc_buffer_destroy(&x);
  hc_buffer_destroy(&where);
  hc_device_close(&device);
}
END_TEST

/* What was passed at a launch counts, though the launch may wait and its block is changed meanwhile. */
START_TEST(blocks_are_copied_at_the_launch)
{
  enum { N = 40 };
  struct hc_device *device = open_device(HC_DOUBLE);
  struct hc_program *program = small_program(device);
  struct hc_kernel *set = kernel_of(program, "set");
  struct hc_buffer *x[N];
  struct line line = {0, 0, {0, 0, 0}};
  double got;

  for (int i = 0; i < N; i++) {
    ck_call(hc_buffer_create(device, sizeof got, &x[i]));
    line.offset = i % 7; /* comes again, after others */
    line.power[2] = i / 20;
    launch_set(set, 0, 1, line, NULL, x[i]);
    line.offset = NAN;
  }
  for (int i = 0; i < N; i++) {
    hc_buffer_read(x[i], 0, sizeof got, &got);
    ck_assert(got == 2 * (i % 7) + i / 20);
    hc_buffer_destroy(&x[i]);
  }
  fine(device);
  hc_program_destroy(&program);
  hc_device_close(&device);
}
END_TEST

START_TEST(threads_of_a_group_share_memory)
{
  enum { N = 1000, GROUPS = (N + HC_GROUP - 1) / HC_GROUP };
  struct hc_device *device = open_device(HC_DOUBLE);
  struct hc_program *program = small_program(device);
  struct hc_kernel *sum = kernel_of(program, "sum");
  struct hc_buffer *x = numbers(device, N), *sums;
  const int n = N;
  double got[GROUPS];

  ck_call(hc_buffer_create(device, sizeof got, &sums));
  hc_kernel_launch(sum, HC_QUEUE_MAIN, N, 3, (struct hc_arg[]){HC_VALUE_ARG(n), HC_BUFFER_ARG(x), HC_BUFFER_ARG(sums)});
  hc_buffer_read(sums, 0, sizeof got, got);
  for (size_t g = 0; g < GROUPS; g++) {
    double expected = 0;
    for (size_t i = g * HC_GROUP; i < N && i < (g + 1) * HC_GROUP; i++)
      expected += number(i);
    ck_assert_double_eq_tol(got[g], expected, 1e-13);
  }
  fine(device);
  hc_program_destroy(&program);
  hc_buffer_destroy(&x);
  hc_buffer_destroy(&sums);
  hc_device_close(&device);
}
END_TEST

/* A slow kernel, its result fetched by the other queue, which also brings the next input: x -> 2 + (x - 2) 2^-turns. */
START_TEST(queues_wait_for_each_other)
{
  enum { N = 500, TURNS = 3000 };
  struct hc_device *device = open_device(HC_DOUBLE);
  struct hc_program *program = small_program(device);
  struct hc_kernel *slow = kernel_of(program, "slow"), *twice = kernel_of(program, "twice");
  struct hc_buffer *x;
  const int n = N, turns = TURNS;
  double *pinned;
  void *memory;

  ck_call(hc_buffer_create(device, N * sizeof(double), &x));
  ck_call(hc_pinned_create(device, N * sizeof(double), &memory));
  pinned = memory;
  for (int round = 0; round < 5; round++) {
    for (int i = 0; i < N; i++)
      pinned[i] = 1e30;
    hc_queue_send(HC_QUEUE_COPY, x, 0, N * sizeof(double), pinned);
    hc_queue_after(device, HC_QUEUE_MAIN, HC_QUEUE_COPY);
    hc_kernel_launch(slow, HC_QUEUE_MAIN, N, 3,
                     (struct hc_arg[]){HC_VALUE_ARG(n), HC_VALUE_ARG(turns), HC_BUFFER_ARG(x)});
    hc_kernel_launch(twice, HC_QUEUE_MAIN, N, 2, (struct hc_arg[]){HC_VALUE_ARG(n), HC_BUFFER_ARG(x)});
    hc_queue_after(device, HC_QUEUE_COPY, HC_QUEUE_MAIN);
    hc_queue_fetch(HC_QUEUE_COPY, x, sizeof(double), (N - 1) * sizeof(double), pinned);
    hc_queue_finish(device, HC_QUEUE_COPY);
    for (int i = 0; i < N - 1; i++)
      ck_assert_msg(pinned[i] == 4, "round %d, %d: %g", round, i, pinned[i]);
  }
  hc_queue_finish(device, HC_QUEUE_MAIN);
  fine(device);
  hc_pinned_destroy(device, &memory);
  ck_assert_ptr_null(memory);
  hc_program_destroy(&program);
  hc_buffer_destroy(&x);
  hc_device_close(&device);
}
END_TEST

START_TEST(precision_reaches_the_kernels)
{
  static const int widths[][2] = {{8, 8}, {4, 8}, {4, 4}};

  for (int p = HC_DOUBLE; p <= HC_FLOAT; p++) {
    struct hc_device *device = open_device((enum hc_precision)p);
    struct hc_program *program = small_program(device);
    struct hc_kernel *kernel = kernel_of(program, "widths");
    struct hc_buffer *buffer;
    int got[3];

    ck_call(hc_buffer_create(device, sizeof got, &buffer));
    hc_kernel_launch(kernel, HC_QUEUE_MAIN, 1, 1, (struct hc_arg[]){HC_BUFFER_ARG(buffer)});
    hc_buffer_read(buffer, 0, sizeof got, got);
    fine(device);
    ck_assert_int_eq(got[0], widths[p][0]);
    ck_assert_int_eq(got[1], widths[p][1]);
    ck_assert_int_eq(got[2], 7);
    ck_assert_uint_eq(hc_device_real(device), (size_t)widths[p][0]);
    ck_assert_uint_eq(hc_device_wide(device), (size_t)widths[p][1]);
    ck_assert_int_eq(hc_device_info(device)->precision, p);
    hc_program_destroy(&program);
    hc_buffer_destroy(&buffer);
    hc_device_close(&device);
  }
}
END_TEST

/* ---- Failures ---------------------------------------------------------------------------------------------------- */

START_TEST(a_device_that_failed_does_nothing_more)
{
  struct hc_device *device = open_device(HC_DOUBLE), *other = open_device(HC_DOUBLE);
  struct hc_program *program = small_program(device);
  struct hc_kernel *twice = kernel_of(program, "twice");
  struct hc_buffer *x = numbers(device, 100), *y = numbers(other, 100), *more;
  struct hc_program *no_program;
  double got[100];
  void *pinned;
  const int n = 100;
  char reason[512];

  hc_buffer_write(x, 99 * sizeof(double), 2 * sizeof(double), got);
  ck_assert_ptr_nonnull(hc_device_failure(device));
  snprintf(reason, sizeof reason, "%s: write to buffer: outside of the buffer", backend());
  ck_assert_str_eq(hc_device_failure(device), reason);
  hc_kernel_launch(twice, HC_QUEUE_MAIN, 100, 2, (struct hc_arg[]){HC_VALUE_ARG(n), HC_BUFFER_ARG(x)});
  hc_buffer_copy(x, 0, x, 1 << 20, 8);
  hc_queue_after(device, HC_QUEUE_MAIN, HC_QUEUE_COPY);
  hc_queue_finish(device, HC_QUEUE_MAIN);
  for (int i = 0; i < n; i++)
    got[i] = 1;
  hc_buffer_read(x, 0, sizeof got, got);
  for (int i = 0; i < n; i++)
    ck_assert(got[i] == 0);
  hc_queue_fetch(HC_QUEUE_COPY, x, 0, sizeof got, got);
  ck_assert_str_eq(hc_device_failure(device), reason); /* the first one */
  ck_call_fails(hc_buffer_create(device, 8, &more), HC_ERR_DEVICE, "outside of the buffer");
  ck_call_fails(hc_pinned_create(device, 8, &pinned), HC_ERR_DEVICE, "outside of the buffer");
  ck_call_fails(hc_program_create(device, "small.h", text, defines, &no_program), HC_ERR_DEVICE,
                "outside of the buffer");
  fine(other);
  hc_buffer_read(y, 0, sizeof got, got);
  ck_assert(got[99] == number(99));
  hc_program_destroy(&program);
  hc_buffer_destroy(&x);
  hc_buffer_destroy(&y);
  hc_device_close(&device);
  hc_device_close(&other);
}
END_TEST

START_TEST(launches_have_limits)
{
  struct hc_device *device = open_device(HC_DOUBLE);
  struct hc_program *program = small_program(device);
  struct hc_kernel *twice = kernel_of(program, "twice");
  const char large[4096] = "";
  char reason[128];

  hc_kernel_launch(twice, HC_QUEUE_MAIN, 1, 2, (struct hc_arg[]){HC_BUFFER_ARG(NULL), HC_BLOCK_ARG(large)});
  snprintf(reason, sizeof reason, "%s: launch of twice: more than 4096 bytes of arguments", backend());
  ck_assert_str_eq(hc_device_failure(device), reason);
  hc_program_destroy(&program);
  hc_device_close(&device);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("device");
  TCase *t = tcase_create("device");
  tcase_set_timeout(t, 0);
  tcase_add_test(t, a_device_says_what_it_is);
  tcase_add_test(t, ranks_of_a_machine_take_turns);
  tcase_add_test(t, the_cpu_is_no_device);
  tcase_add_test(t, mpi_takes_addresses_if_it_says_so);
  tcase_add_test(t, memory_keeps_what_is_written);
  tcase_add_test(t, bytes_of_many_buffers_are_counted);
  tcase_add_test(t, more_memory_than_there_is_is_refused);
  tcase_add_test(t, numbers_are_converted_to_the_width_on_the_device);
  tcase_add_test(t, kernels_get_their_arguments);
  tcase_add_test(t, blocks_are_copied_at_the_launch);
  tcase_add_test(t, threads_of_a_group_share_memory);
  tcase_add_test(t, queues_wait_for_each_other);
  tcase_add_test(t, precision_reaches_the_kernels);
  tcase_add_test(t, launches_have_limits);
  tcase_add_test(t, a_device_that_failed_does_nothing_more);
  suite_add_tcase(s, t);
  suite_add_tcase(s, hc_test_programs());
  return s;
}

HC_CHECK_MAIN(suite)
