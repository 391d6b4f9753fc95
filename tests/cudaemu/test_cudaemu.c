/* The emulator does what a GPU would, and notices what it is there to notice: cases of cudaemu_cases, each a process of
 * its own, how they end and what they write. Usage: test_cudaemu PATH/cudaemu_cases */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { MISUSE = 99 };

static const char *program;

/* Run a case: what it wrote, and its exit status, or the signal that ended it as a negative number. */
static int run(const char *environment, const char *name, char *output, size_t size)
{
  char command[2000];
  size_t length;
  FILE *pipe;
  int status;
  /* built with sanitizers, a case must still end by the signal that it gets */
  snprintf(command, sizeof command,
           "exec env ASAN_OPTIONS=detect_leaks=0:handle_segv=0 CUDAEMU_STRICT=1 %s '%s' %s 2>&1", environment, program,
           name);
  pipe = popen(command, "r");
  ck_assert(pipe != NULL);
  length = fread(output, 1, size - 1, pipe);
  output[length] = 0;
  status = pclose(pipe);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static const struct {
  const char *name, *environment;
  int status;
  const char *text; /* in what it writes; NULL: it writes nothing */
} expected[] = {
    /* what it does */
    {"arithmetic", "", 0, NULL},
    {"clean", "", 0, NULL},
    {"blocks", "", 0, NULL},
    {"atomics", "", 0, NULL},
    {"vectors", "", 0, NULL},
    {"shapes", "", 0, NULL},
    {"arithmetic", "CUDAEMU_CAPABILITY=8.0", 0, NULL},
    {"arithmetic", "CUDAEMU_CAPABILITY=12.0", 0, NULL}, /* PTX of these is of another style */
    {"blocks", "CUDAEMU_CAPABILITY=12.0", 0, NULL},
    {"packed", "", MISUSE, "launch of twice: size of its arguments is 12, of at most 16"},
    {"none", "CUDAEMU_DEVICES=0", 0, NULL},
    {"devices", "CUDAEMU_DEVICES=2", MISUSE, "is no kernel of the current context"},
    {"host_access", "CUDAEMU_HOST_ACCESS=1", 0, NULL},
    {"fresh", "", 0, NULL},
    /* order */
    {"unsynchronised", "", 0, NULL},
    {"unordered", "", 0, NULL},
    {"ordered", "", 0, NULL},
    {"clean", "CUDAEMU_ORDER=eager", 0, NULL},
    {"unordered", "CUDAEMU_ORDER=eager", 1, "not so: s.pinned[7] == 7"},
    {"clean", "CUDAEMU_ORDER=random:3", 0, NULL},
    {"legacy", "CUDAEMU_ORDER=random:3", 0, NULL},
    {"legacy", "", 0, NULL},
    {"pageable", "", MISUSE, "after an asynchronous copy with pageable memory that nobody has waited for"},
    /* memory */
    {"touch", "", -SIGSEGV, "host code touches device memory"},
    {"overrun", "", MISUSE,
     "kernel twice, block (2, 0, 0), thread (44, 0, 0): illegal address (0 bytes beyond the end"},
    {"null_pointer", "", MISUSE, "illegal address (a null pointer)"},
    {"host_pointer", "", MISUSE, "illegal address (not device memory)"},
    {"misaligned", "", MISUSE, "access that is not aligned: 8 bytes at 0x"},
    {"freed", "", MISUSE, "(2400 bytes, freed)"},
    {"twice_freed", "", MISUSE, "which is not allocated"},
    {"copy_overrun", "", MISUSE, "the last byte is 7 bytes beyond the end"},
    {"pinned_overrun", "", MISUSE, "was written 0 bytes beyond its end"},
    /* launches */
    {"launches", "", MISUSE, "cudaemu: 9 misuses and 0 leaks: exit status 99"},
    {"diverging", "", MISUSE, "the threads of a block do not meet at one barrier"},
    {"no_barriers", "", 0, NULL},
    {"unknown", "", 0, "PTX not understood: k: `ex2.approx.f32 %f1, %f0`: unknown instruction"},
    {"newer", "CUDAEMU_CAPABILITY=8.0", 0, "PTX for sm_90 on a device of sm_80"},
    /* leaks */
    {"leaks", "", MISUSE, "leaked buffer 2 (2400 bytes)"},
    {"leaks", "", MISUSE, "cudaemu: 0 misuses and 6 leaks: exit status 99"},
    {"leaks", "CUDAEMU_STRICT=0", 0, "leaked stream 1"},
    {"leaked_context", "", MISUSE, "leaked the context of device 0"},
    /* faults */
    {"faults", "", 0, "7 CUDA_SUCCESS"},
    {"faults", "CUDAEMU_FAULT=alloc:2", 0, "1 CUDA_ERROR_OUT_OF_MEMORY\n2 CUDA_SUCCESS"},
    {"faults", "CUDAEMU_MEMORY=50", 0, "0 CUDA_SUCCESS\n1 CUDA_ERROR_OUT_OF_MEMORY\n"},
    {"faults", "CUDAEMU_FAULT=copy:2", 0, "2 CUDA_SUCCESS\n3 CUDA_ERROR_UNKNOWN\n4 CUDA_SUCCESS"},
    {"faults", "CUDAEMU_FAULT=launch:1", 0, "4 CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES\n5 CUDA_SUCCESS"},
    {"faults", "CUDAEMU_FAULT=kernel:1", 0, "4 CUDA_SUCCESS\n5 CUDA_ERROR_LAUNCH_FAILED\n6 CUDA_ERROR_LAUNCH_FAILED"},
    {"faults", "CUDAEMU_FAULT=lost:4", 0, "2 CUDA_SUCCESS\n3 CUDA_ERROR_ECC_UNCORRECTABLE\n4 CUDA_ERROR_ECC_UNC"},
    {"faults", "OMPI_COMM_WORLD_RANK=1 CUDAEMU_FAULT=copy:2@1", 0, "3 CUDA_ERROR_UNKNOWN"},
    {"faults", "OMPI_COMM_WORLD_RANK=0 CUDAEMU_FAULT=copy:2@1", 0, "3 CUDA_SUCCESS"},
    {"faults", "CUDAEMU_FAULT=typo:2", MISUSE, "CUDAEMU_FAULT=typo:2: not alloc|launch|kernel|copy|lost:N[@rank]"},
};
enum { N_EXPECTED = sizeof expected / sizeof expected[0] };

START_TEST(cases_end_as_they_should)
{
  char output[20000];
  const int status = run(expected[_i].environment, expected[_i].name, output, sizeof output);
  ck_assert_msg(status == expected[_i].status, "%s %s: ended with %d, not %d\n%s", expected[_i].environment,
                expected[_i].name, status, expected[_i].status, output);
  if (expected[_i].text)
    ck_assert_msg(strstr(output, expected[_i].text) != NULL, "%s %s: \"%s\" is not in\n%s", expected[_i].environment,
                  expected[_i].name, expected[_i].text, output);
  else
    ck_assert_msg(!output[0], "%s %s wrote\n%s", expected[_i].environment, expected[_i].name, output);
}
END_TEST

/* Counts that tests of the program rely on. */
START_TEST(counts_are_written)
{
  static const char *const lines[] = {
      "bytes_to_device 2400\n", "bytes_to_host 2400\n", "copies_to_host 1\n", "launches 1\n",
      "threads 384\n",          "launches:twice 1\n",   "misuses 0\n",        "leaks 0\n"};
  char output[4000];
  ck_assert_int_eq(run("CUDAEMU_LOG=/dev/stdout", "clean", output, sizeof output), 0);
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; ++i)
    ck_assert_msg(strstr(output, lines[i]) != NULL, "%s is not in\n%s", lines[i], output);
}
END_TEST

int main(int argc, char **argv)
{
  Suite *const suite = suite_create("cudaemu");
  TCase *const tests = tcase_create("cases");
  SRunner *runner;
  int failed;
  if (argc != 2) {
    fprintf(stderr, "usage: test_cudaemu PATH/cudaemu_cases\n");
    return EXIT_FAILURE;
  }
  program = argv[1];
  tcase_add_loop_test(tests, cases_end_as_they_should, 0, N_EXPECTED);
  tcase_add_test(tests, counts_are_written);
  suite_add_tcase(suite, tests);
  runner = srunner_create(suite);
  srunner_set_fork_status(runner, CK_NOFORK);
  srunner_run_all(runner, CK_NORMAL);
  failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
