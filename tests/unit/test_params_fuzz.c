/* Damaged files: every truncation and many random changes are either read or refused in one line, never a crash. */
#include "test_params_case.h"

static void read_damaged(const char *text, size_t n)
{
  struct root root;
  struct hc_params *params;
  write_bytes(text, n);
  const PetscErrorCode code = read_case(0, NULL, &root, &params);
  if (code) {
    ck_assert_int_eq((int)code, HC_ERR_INPUT);
    ck_assert_uint_gt(strlen(hc_error_message()), 0);
    ck_assert_ptr_null(strchr(hc_error_message(), '\n'));
    hc_error_clear();
  }
  hc_params_destroy(&params);
}

static uint64_t next_random(uint64_t *state)
{
  *state ^= *state << 13; /* xorshift, Marsaglia 2003, doi:10.18637/jss.v008.i14 */
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

START_TEST(every_truncation)
{
  for (size_t n = 0; n <= strlen(full_case); n++)
    read_damaged(full_case, n);
}
END_TEST

START_TEST(random_bytes)
{
  const size_t n = strlen(full_case) + 1; /* the zero at the end takes part */
  uint64_t state = 88172645463325252ULL;
  char *text = malloc(n);
  for (int i = 0; i < 1500; i++) {
    memcpy(text, full_case, n);
    for (int k = 0; k <= i % 5; k++)
      text[next_random(&state) % n] = (char)next_random(&state);
    read_damaged(text, n - 1);
  }
  free(text);
}
END_TEST

/* Characters that mean something to YAML, in wrong places. */
START_TEST(random_marks)
{
  static const char marks[] = "\n\n  --::[]{},,\"'#&*!|>%@`\t?~\0";
  const size_t n = strlen(full_case) + 1; /* the zero at the end takes part */
  uint64_t state = 1234567;
  char *text = malloc(n);
  for (int i = 0; i < 1500; i++) {
    memcpy(text, full_case, n);
    for (int k = 0; k <= i % 3; k++)
      text[next_random(&state) % n] = marks[next_random(&state) % (sizeof marks - 1)];
    read_damaged(text, n - 1);
  }
  free(text);
}
END_TEST

START_TEST(random_assignments)
{
  static const char marks[] = "..[]==019 stimuli time step tags \"'{}*&\n";
  uint64_t state = 7654321;
  struct root root;
  struct hc_params *params;
  write_case(full_case);
  for (int i = 0; i < 1500; i++) {
    char text[40] = "stimuli[0].box.min[1]=3";
    const size_t n = strlen(text);
    for (int k = 0; k <= i % 4; k++)
      text[next_random(&state) % n] = marks[next_random(&state) % (sizeof marks - 1)];
    const char *const set[] = {text};
    const PetscErrorCode code = read_case(1, set, &root, &params);
    ck_assert(!code || (int)code == HC_ERR_INPUT);
    ck_assert(!code || !strchr(hc_error_message(), '\n'));
    hc_params_destroy(&params);
  }
  hc_error_clear();
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("params_fuzz");
  TCase *t = tcase_create("params_fuzz");
  tcase_add_unchecked_fixture(t, enter_scratch, leave_scratch);
  tcase_add_test(t, every_truncation);
  tcase_add_test(t, random_bytes);
  tcase_add_test(t, random_marks);
  tcase_add_test(t, random_assignments);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
