/* What happens when OpenCL fails: linked against tests/faultcl, which fails when told to. */
#include "device.h"
#include "hc_check.h"

#include <dirent.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char text[] = "#include \"dialect.h\"\n"
                           "HC_KERNEL twice(int n, HC_GLOBAL double *x)\n"
                           "{\n"
                           "  const hc_int64 i = HC_THREAD();\n"
                           "  if (i < n) x[i] *= 2;\n"
                           "}\n";

static const struct hc_device_options options = {"opencl", -1, HC_DOUBLE};

/* A device with a buffer of one number and a kernel that doubles it. */
static struct hc_device *device;
static struct hc_buffer *x;
static struct hc_program *program;
static struct hc_kernel *twice;

static void begin(void)
{
  const double one = 1;

  unsetenv("FAULTCL");
  ck_call(hc_device_open(PETSC_COMM_WORLD, &options, &device));
  ck_call(hc_buffer_of(device, sizeof one, &one, &x));
  ck_call(hc_program_create(device, "small.h", text, NULL, &program));
  ck_call(hc_program_kernel(program, "twice", &twice));
}

static void end(void)
{
  unsetenv("FAULTCL");
  hc_program_destroy(&program);
  hc_buffer_destroy(&x);
  hc_device_close(&device);
}

static void wish(const char *fault)
{
  setenv("FAULTCL", fault, 1);
}

static void launch(void)
{
  const int n = 1;
  hc_kernel_launch(twice, HC_QUEUE_MAIN, 1, 2, (struct hc_arg[]){HC_VALUE_ARG(n), HC_BUFFER_ARG(x)});
}

static double number(void)
{
  double value = -1;
  hc_buffer_read(x, 0, sizeof value, &value);
  return value;
}

START_TEST(a_failed_allocation_is_raised_at_once)
{
  struct hc_buffer *more;

  begin();
  wish("clCreateBuffer:2");
  ck_call(hc_buffer_create(device, 1 << 20, &more));
  hc_buffer_destroy(&more);
  ck_call_fails(hc_buffer_create(device, 3 << 20, &more), HC_ERR_ENVIRONMENT,
                "opencl: no memory for 3 MiB (CL_MEM_OBJECT_ALLOCATION_FAILURE): ");
  ck_call(hc_buffer_create(device, 1 << 20, &more));
  ck_assert_int_eq(hc_device_bytes(device), (1 << 20) + 8);
  hc_buffer_destroy(&more);
  ck_assert_ptr_null(hc_device_failure(device));
  end();
}
END_TEST

START_TEST(no_pinned_memory_is_raised_at_once)
{
  void *memory;

  begin();
  wish("clCreateBuffer:1");
  ck_call_fails(hc_pinned_create(device, 64, &memory), HC_ERR_ENVIRONMENT, "no page-locked memory");
  ck_assert_ptr_null(memory);
  end();
}
END_TEST

START_TEST(a_failed_launch_stays)
{
  begin();
  wish("clEnqueueNDRangeKernel:3");
  launch();
  launch();
  ck_assert(number() == 4);
  ck_assert_ptr_null(hc_device_failure(device));
  launch();
  ck_assert_str_eq(hc_device_failure(device), "opencl: launch of twice: CL_OUT_OF_RESOURCES");
  launch(); /* would work again */
  ck_assert(number() == 0);
  ck_assert_str_eq(hc_device_failure(device), "opencl: launch of twice: CL_OUT_OF_RESOURCES");
  end();
}
END_TEST

START_TEST(failed_copies_and_waits_stay)
{
  static const char *const faults[][2] = {
      {"clEnqueueReadBuffer:1", "opencl: read from buffer: CL_OUT_OF_RESOURCES"},
      {"clEnqueueWriteBuffer:1", "opencl: write to buffer: CL_OUT_OF_RESOURCES"},
      {"clFinish:1", "opencl: waiting for copy queue: CL_OUT_OF_RESOURCES"},
  };
  const double one = 1;

  for (int i = 0; i < 3; i++) {
    begin();
    wish(faults[i][0]);
    hc_queue_finish(device, HC_QUEUE_COPY);
    hc_buffer_write(x, 0, sizeof one, &one);
    ck_assert(number() == 0);
    ck_assert_str_eq(hc_device_failure(device), faults[i][1]);
    end();
  }
}
END_TEST

/* The other ranks' devices are well: they learn of it when they agree. */
START_TEST(a_lost_device_is_one_ranks_affair)
{
  struct hc_buffer *more;
  int rank, size;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  begin();
  setenv("FAULTCL_RANK", size > 1 ? "1" : "0", 1);
  wish("lost:2");
  launch();
  ck_assert(number() == 2);
  launch();
  hc_queue_finish(device, HC_QUEUE_MAIN);
  if (rank == size - 1) {
    ck_assert_str_eq(hc_device_failure(device), "opencl: launch of twice: CL_OUT_OF_RESOURCES");
    ck_call_fails(hc_buffer_create(device, 8, &more), HC_ERR_DEVICE, "launch of twice");
    ck_assert(number() == 0);
  } else {
    ck_assert_ptr_null(hc_device_failure(device));
    ck_assert(number() == 4);
  }
  unsetenv("FAULTCL_RANK");
  end();
}
END_TEST

START_TEST(double_precision_is_asked_for)
{
  wish("nodouble");
  ck_call_fails(hc_device_open(PETSC_COMM_WORLD, &options, &device), HC_ERR_ENVIRONMENT,
                "has no double precision, without which times cannot be kept. Found here: opencl 0: ");
  ck_assert_ptr_null(device);
}
END_TEST

START_TEST(new_memory_may_hold_anything)
{
  struct hc_buffer *more;
  double value;

  begin();
  wish("poison");
  ck_call(hc_buffer_create(device, 80, &more));
  hc_buffer_read(more, 72, sizeof value, &value);
  ck_assert(isnan(value));
  hc_buffer_destroy(&more);
  end();
}
END_TEST

static int files(const char *folder, char *path, size_t size)
{
  DIR *all = opendir(folder);
  int n = 0;

  ck_assert_ptr_nonnull(all);
  for (struct dirent *entry = readdir(all); entry; entry = readdir(all))
    if (entry->d_name[0] != '.') {
      snprintf(path, size, "%s/%s", folder, entry->d_name);
      n++;
    }
  closedir(all);
  return n;
}

/* Of a driver that is not known to keep compiled code, code is kept and taken; what it refuses is compiled again. */
START_TEST(code_of_other_drivers_is_kept)
{
  char folder[] = "/tmp/hc_device_XXXXXX", path[PETSC_MAX_PATH_LEN], usual[PETSC_MAX_PATH_LEN] = "", hex[65];
  struct stat first, second, third;

  if (getenv("HEALTHCAST_CACHE"))
    snprintf(usual, sizeof usual, "%s", getenv("HEALTHCAST_CACHE"));
  wish("unknown");
  ck_call(hc_device_open(PETSC_COMM_SELF, &options, &device));
  ck_assert_int_eq(strncmp(hc_device_info(device)->driver, "Unknown ", 8), 0);
  ck_assert_ptr_nonnull(mkdtemp(folder));
  setenv("HEALTHCAST_CACHE", folder, 1);
  ck_call(hc_program_create(device, "small.h", text, NULL, &program));
  hc_program_destroy(&program);
  ck_assert_int_eq(files(folder, path, sizeof path), 1);
  ck_assert_int_eq(stat(path, &first), 0);

  const double one = 1;
  ck_call(hc_buffer_of(device, sizeof one, &one, &x));
  ck_call(hc_program_create(device, "small.h", text, NULL, &program));
  ck_call(hc_program_kernel(program, "twice", &twice));
  launch();
  ck_assert(number() == 2);
  ck_assert_int_eq(stat(path, &second), 0);
  ck_assert(second.st_ino == first.st_ino); /* taken */
  hc_program_destroy(&program);

  FILE *file = fopen(path, "w");
  ck_assert_ptr_nonnull(file);
  ck_call(hc_sha256_text("rubbish", hex));
  fprintf(file, "%srubbish", hex); /* whole, but no code for this driver */
  fclose(file);
  ck_call(hc_program_create(device, "small.h", text, NULL, &program));
  ck_call(hc_program_kernel(program, "twice", &twice));
  launch();
  ck_assert(number() == 4);
  ck_assert_int_eq(stat(path, &third), 0);
  ck_assert(third.st_size > 100);
  unlink(path);
  ck_assert_int_eq(rmdir(folder), 0);
  if (usual[0])
    setenv("HEALTHCAST_CACHE", usual, 1);
  else
    unsetenv("HEALTHCAST_CACHE");
  end();
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("device_faults");
  TCase *t = tcase_create("faults");
  tcase_set_timeout(t, 0);
  tcase_add_test(t, a_failed_allocation_is_raised_at_once);
  tcase_add_test(t, no_pinned_memory_is_raised_at_once);
  tcase_add_test(t, a_failed_launch_stays);
  tcase_add_test(t, failed_copies_and_waits_stay);
  tcase_add_test(t, a_lost_device_is_one_ranks_affair);
  tcase_add_test(t, double_precision_is_asked_for);
  tcase_add_test(t, new_memory_may_hold_anything);
  tcase_add_test(t, code_of_other_drivers_is_kept);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
