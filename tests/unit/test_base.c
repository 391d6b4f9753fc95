#include "hc_check.h"

#include <string.h>
#include <unistd.h>

static PetscErrorCode fail_on(int culprit, int rank)
{
  PetscFunctionBeginUser;
  PetscCheck(rank != culprit, PETSC_COMM_SELF, HC_ERR_INPUT, "rank %d is wrong", rank);
  PetscFunctionReturn(PETSC_SUCCESS);
}

START_TEST(an_error_on_one_rank_is_raised_on_all)
{
  int rank, size;
  char text[64];
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  ck_call(hc_error_agree(PETSC_COMM_WORLD, fail_on(size, rank)));
  snprintf(text, sizeof text, "rank %d is wrong", size - 1);
  ck_call_fails(hc_error_agree(PETSC_COMM_WORLD, fail_on(size - 1, rank)), HC_ERR_INPUT, text);
}
END_TEST

START_TEST(codes_map_to_exit_codes)
{
  ck_assert_int_eq(hc_error_exit_code(PETSC_SUCCESS), 0);
  ck_assert_int_eq(hc_error_exit_code(HC_ERR_INPUT), 2);
  ck_assert_int_eq(hc_error_exit_code(HC_ERR_NUMERIC), 3);
  ck_assert_int_eq(hc_error_exit_code(HC_ERR_ENVIRONMENT), 4);
  ck_assert_int_eq(hc_error_exit_code(HC_ERR_DEVICE), 4);
  ck_assert_int_eq(hc_error_exit_code(PETSC_ERR_MEM), 4);
  ck_assert_int_eq(hc_error_exit_code(PETSC_ERR_PLIB), 1);
}
END_TEST

START_TEST(checksum_matches_fips_180_example)
{
  char hex[65], path[] = "/tmp/hc_base_XXXXXX";
  const int file = mkstemp(path);
  ck_assert_int_ge(file, 0);
  ck_assert_int_eq(write(file, "abc", 3), 3);
  close(file);
  ck_call(hc_sha256_file(path, hex));
  unlink(path);
  /* FIPS 180-2, appendix B.1 */
  ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  ck_call(hc_sha256_text("abc", hex));
  ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  ck_call_fails(hc_sha256_file(path, hex), HC_ERR_INPUT, "cannot be read");
}
END_TEST

START_TEST(cached_files_appear_whole_in_folders_made_for_them)
{
  char path[PETSC_MAX_PATH_LEN], temporary[PETSC_MAX_PATH_LEN + 96], root[] = "/tmp/hc_base_XXXXXX", folder[64],
                                                                     hex[65];
  ck_assert_ptr_nonnull(mkdtemp(root));
  snprintf(folder, sizeof folder, "%s/a/b", root);
  setenv("HEALTHCAST_CACHE", folder, 1);
  ck_assert(hc_cache_path("key.ptx", path, sizeof path));
  ck_assert(!hc_cache_path("key.ptx", path, strlen(folder) + 8)); /* does not fit with its zero */
  ck_assert(hc_cache_path("key.ptx", path, strlen(folder) + 9));
  hc_cache_temporary(path, temporary, sizeof temporary);
  ck_assert_str_ne(temporary, path);
  FILE *file = fopen(temporary, "w");
  ck_assert_ptr_nonnull(file);
  fputs("abc", file);
  fclose(file);
  ck_assert_int_ne(access(path, F_OK), 0);
  ck_assert(hc_cache_replace(temporary, path));
  ck_call(hc_sha256_file(path, hex));
  ck_assert_int_eq(strncmp(hex, "ba7816bf", 8), 0);
  ck_assert_int_ne(access(temporary, F_OK), 0);
  ck_assert(!hc_cache_replace(temporary, path));
  unlink(path);
  rmdir(folder);
  *strrchr(folder, '/') = '\0';
  rmdir(folder);
  ck_assert_int_eq(rmdir(root), 0);
  unsetenv("HEALTHCAST_CACHE");
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("base");
  TCase *t = tcase_create("base");
  tcase_add_test(t, an_error_on_one_rank_is_raised_on_all);
  tcase_add_test(t, codes_map_to_exit_codes);
  tcase_add_test(t, checksum_matches_fips_180_example);
  tcase_add_test(t, cached_files_appear_whole_in_folders_made_for_them);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
