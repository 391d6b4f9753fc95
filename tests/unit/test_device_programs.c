/* Programs of devices: texts, errors, compiled code that is kept. Part of test_device. */
#include "test_device_case.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(texts_of_kernels_are_built_in)
{
  char path[PETSC_MAX_PATH_LEN], *file;
  FILE *stream;
  long size;

  ck_assert_ptr_null(hc_kernel_text("none.h"));
  ck_assert_ptr_nonnull(hc_kernel_text("ttp06.h"));
  snprintf(path, sizeof path, "%s/kernels/dialect.h", getenv("HC_SOURCE_DIR"));
  stream = fopen(path, "r");
  ck_assert_ptr_nonnull(stream);
  fseek(stream, 0, SEEK_END);
  size = ftell(stream);
  rewind(stream);
  ck_call(PetscCalloc1((size_t)size + 1, &file));
  ck_assert_uint_eq(fread(file, 1, (size_t)size, stream), (size_t)size);
  fclose(stream);
  ck_assert_str_eq(hc_kernel_text("dialect.h"), file);
  ck_call(PetscFree(file));
}
END_TEST

START_TEST(errors_of_the_compiler_name_the_line)
{
  struct hc_device *device = open_device(HC_DOUBLE);
  struct hc_program *program;
  struct hc_kernel *kernel;

  ck_assert_int_eq(
      (int)hc_program_create(device, "wrong.h",
                             "#include \"dialect.h\"\nHC_KERNEL wrong(HC_GLOBAL int *x)\n{\n  *x = absent;\n}\n", NULL,
                             &program),
      (int)HC_ERR_ENVIRONMENT);
  ck_assert_ptr_null(program);
  ck_assert_msg(strstr(hc_error_message(), "absent") &&
                    (strstr(hc_error_message(), "wrong.h:4") || strstr(hc_error_message(), "wrong.h(4)")),
                "%s", hc_error_message());
  hc_error_clear();
  program = small_program(device);
  ck_call_fails(hc_program_kernel(program, "thrice", &kernel), HC_ERR_ENVIRONMENT, "small.h has no kernel thrice");
  fine(device);
  hc_program_destroy(&program);
  hc_device_close(&device);
}
END_TEST

START_TEST(kernels_of_built_in_texts_belong_to_the_device)
{
  struct hc_device *device = open_device(HC_DOUBLE);
  struct hc_kernel *kernel, *again;

  ck_call(hc_device_kernel(device, "tissue.h", "fill", &kernel));
  ck_call(hc_device_kernel(device, "tissue.h", "fill", &again));
  ck_assert_ptr_eq(kernel, again);
  ck_call_fails(hc_device_kernel(device, "none.h", "fill", &kernel), PETSC_ERR_PLIB, "no text none.h");
  hc_device_close(&device);
}
END_TEST

/* The only file of a folder. */
static void only_file(const char *folder, char *path, size_t size)
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
  ck_assert_int_eq(n, 1);
}

static ino_t made(struct hc_device *device, const char *path)
{
  struct hc_program *program = small_program(device);
  struct stat state;

  kernel_of(program, "set");
  hc_program_destroy(&program);
  ck_assert_int_eq(stat(path, &state), 0);
  return state.st_ino;
}

/* A file that is written anew is another file than before. All ranks compile the same at once. */
START_TEST(compiled_code_is_kept_and_damage_is_noticed)
{
  struct hc_device *device = open_device(HC_DOUBLE);
  char folder[] = "/tmp/hc_device_XXXXXX", path[PETSC_MAX_PATH_LEN], usual[PETSC_MAX_PATH_LEN] = "";
  struct hc_program *program;
  int rank;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (getenv("HEALTHCAST_CACHE"))
    snprintf(usual, sizeof usual, "%s", getenv("HEALTHCAST_CACHE"));
  if (rank == 0)
    ck_assert_ptr_nonnull(mkdtemp(folder));
  MPI_Bcast(folder, sizeof folder, MPI_CHAR, 0, PETSC_COMM_WORLD);
  setenv("HEALTHCAST_CACHE", folder, 1);
  program = small_program(device);
  hc_program_destroy(&program);
  MPI_Barrier(PETSC_COMM_WORLD);
  if (strstr(hc_device_info(device)->driver, "Portable Computing Language")) {
    if (rank == 0)
      ck_assert_int_eq(rmdir(folder), 0); /* nothing is in it: this driver keeps its code itself */
  } else if (rank == 0) {
    only_file(folder, path, sizeof path);
    struct stat state;
    ck_assert_int_eq(stat(path, &state), 0);
    const ino_t first = state.st_ino;
    ck_assert_uint_eq(made(device, path), first); /* found */
    FILE *file = fopen(path, "r+b");
    ck_assert_ptr_nonnull(file);
    fseek(file, 200, SEEK_SET);
    fputc('#', file);
    fputc('#', file);
    fclose(file);
    const ino_t second = made(device, path); /* damaged: made anew */
    ck_assert_uint_ne(second, first);
    ck_assert_uint_eq(made(device, path), second);
    ck_assert_int_eq(truncate(path, 10), 0);
    ck_assert_uint_ne(made(device, path), second);
    only_file(folder, path, sizeof path); /* no temporary file is left */
    unlink(path);
    rmdir(folder);
  }
  MPI_Barrier(PETSC_COMM_WORLD);
  setenv("HEALTHCAST_CACHE", "/dev/null/no/folder", 1); /* not a place to keep anything */
  program = small_program(device);
  hc_program_destroy(&program);
  if (usual[0])
    setenv("HEALTHCAST_CACHE", usual, 1);
  else
    unsetenv("HEALTHCAST_CACHE");
  hc_device_close(&device);
}
END_TEST

/* Warnings in what we compile for users would be ours to mend. FRESH: no compiled code can be there yet. */
START_TEST(texts_compile_without_a_word)
{
  struct hc_device *device;
  struct hc_program *program;
  char fresh[64], warning[96];
  const char *const own[] = {fresh, NULL};
  int size;

  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  if (size > 1) /* once is enough */
    return;
  device = open_device(HC_DOUBLE);
  snprintf(fresh, sizeof fresh, "FRESH=%ld%.0f", (long)getpid(), 1e6 * MPI_Wtime());
  snprintf(warning, sizeof warning, "#warning look %s\n", fresh);
  ck_call(hc_program_create(device, "warning.h", warning, own, &program));
  ck_assert_msg(strstr(hc_program_log(program), "look"), "%s", hc_program_log(program));
  hc_program_destroy(&program);
  ck_call(hc_program_create(device, "tissue.h", hc_kernel_text("tissue.h"), own, &program));
  ck_assert_str_eq(hc_program_log(program), "");
  hc_program_destroy(&program);
  hc_device_close(&device);
}
END_TEST

TCase *hc_test_programs(void)
{
  TCase *t = tcase_create("programs");
  tcase_set_timeout(t, 0);
  tcase_add_test(t, texts_of_kernels_are_built_in);
  tcase_add_test(t, errors_of_the_compiler_name_the_line);
  tcase_add_test(t, kernels_of_built_in_texts_belong_to_the_device);
  tcase_add_test(t, compiled_code_is_kept_and_damage_is_noticed);
  tcase_add_test(t, texts_compile_without_a_word);
  return t;
}
