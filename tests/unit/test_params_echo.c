/* The echo reads back to the same structs bit for bit; the reference file holds the fallbacks. */
#include "test_params_case.h"

/* Compare two roots through the table, bit for bit. */
static void same_block(const struct hc_block *block, const void *a, const void *b);

static void same_text(const char *a, const char *b)
{
  ck_assert_int_eq(a == NULL, b == NULL);
  if (a)
    ck_assert_str_eq(a, b);
}

static void same_bytes(int n, int m, size_t size, const void *a, const void *b)
{
  ck_assert_int_eq(n, m);
  if (n > 0)
    ck_assert_mem_eq(a, b, (size_t)n * size);
}

static void same_value(const struct hc_param *param, const void *a, const void *b)
{
  const struct hc_reals *ra = a, *rb = b;
  const struct hc_ints *ia = a, *ib = b;
  const struct hc_strings *sa = a, *sb = b;
  const struct hc_map *ma = a, *mb = b;
  const struct hc_text_map *ta = a, *tb = b;
  const struct hc_list *la = a, *lb = b;
  switch (param->type) {
  case HC_BOOL:
    ck_assert_mem_eq(a, b, sizeof(bool));
    break;
  case HC_CHOICE:
    ck_assert_mem_eq(a, b, sizeof(int));
    break;
  case HC_INT:
  case HC_REAL:
    ck_assert_mem_eq(a, b, 8);
    break;
  case HC_STRING:
  case HC_PATH:
  case HC_NAME:
    same_text(*(char *const *)a, *(char *const *)b);
    break;
  case HC_REALS:
    same_bytes(ra->n, rb->n, 8, ra->v, rb->v);
    break;
  case HC_INTS:
    same_bytes(ia->n, ib->n, 8, ia->v, ib->v);
    break;
  case HC_STRINGS:
    ck_assert_int_eq(sa->n, sb->n);
    for (int i = 0; i < sa->n; i++)
      same_text(sa->v[i], sb->v[i]);
    break;
  case HC_MAP:
    same_bytes(ma->n, mb->n, 8, ma->values, mb->values);
    for (int i = 0; i < ma->n; i++)
      same_text(ma->keys[i], mb->keys[i]);
    break;
  case HC_TEXT_MAP:
    ck_assert_int_eq(ta->n, tb->n);
    for (int i = 0; i < ta->n; i++) {
      same_text(ta->keys[i], tb->keys[i]);
      same_text(ta->values[i], tb->values[i]);
    }
    break;
  case HC_BLOCK:
    same_block(param->block, a, b);
    break;
  case HC_LIST:
    ck_assert_int_eq(la->n, lb->n);
    for (int i = 0; i < la->n; i++)
      same_block(param->block, (const char *)la->items + (size_t)i * param->block->size,
                 (const char *)lb->items + (size_t)i * param->block->size);
  }
}

static void same_block(const struct hc_block *block, const void *a, const void *b)
{
  for (const struct hc_param *param = block->params; param->key; param++)
    same_value(param, (const char *)a + param->offset, (const char *)b + param->offset);
}

/* Text that a writer makes; free() it. */
static char *echo_text(const struct hc_params *params)
{
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  ck_assert_ptr_nonnull(out);
  ck_call(hc_params_echo(params, out));
  fclose(out);
  return text;
}

static void round_trip(const char *input, int n_set, const char *const set[])
{
  struct root first, second;
  struct hc_params *a, *b;
  write_case(input);
  ck_call(read_case(n_set, set, &first, &a));
  char *once = echo_text(a);
  write_case(once);
  ck_call(read_case(0, NULL, &second, &b));
  same_block(&root_block, &first, &second);
  char *twice = echo_text(b);
  ck_assert_str_eq(once, twice);
  free(once);
  free(twice);
  hc_params_destroy(&a);
  hc_params_destroy(&b);
}

START_TEST(echo_reads_back)
{
  const char *const set[] = {"time.step=1e-6", "title= ' x '"};
  round_trip("mesh: m.h5\n", 0, NULL);
  round_trip(full_case, 0, NULL);
  round_trip(full_case, 2, set);
  round_trip("mesh: \"a\\u0085b\\u00a0 \\ufeffz \xf0\x9f\xab\x80\\x7f\"\nnote: \" multi\\nline \"\n", 0, NULL);
}
END_TEST

/* Random bit patterns of doubles survive. */
START_TEST(echo_keeps_every_double)
{
  uint64_t state = 88172645463325252ULL;
  for (int i = 0; i < 60; i++) {
    char text[256] = "mesh: m\napd: 1\nparameters: {";
    for (int k = 0; k < 4; k++) {
      double value;
      do { /* xorshift, Marsaglia 2003, doi:10.18637/jss.v008.i14 */
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        memcpy(&value, &state, sizeof value);
      } while (!isfinite(value));
      snprintf(text + strlen(text), sizeof text - strlen(text), "%sp%d: %.17g", k ? ", " : "", k, value);
    }
    strcat(text, "}\n");
    round_trip(text, 0, NULL);
  }
}
END_TEST

START_TEST(echo_states_units)
{
  struct root root;
  struct hc_params *params;
  write_case(full_case);
  ck_call(read_case(0, NULL, &root, &params));
  char *text = echo_text(params);
  ck_assert_ptr_nonnull(strstr(text, "  step: 0.12345678901234568 # ms\n"));
  ck_assert_ptr_nonnull(
      strstr(text, "\n  - name: \"s1\"\n    start: 5 # ms\n    box:\n      min: [0, -1.5, 0.002] # mm\n"));
  ck_assert_ptr_nonnull(strstr(text, "probes: []\n"));
  free(text);
  hc_params_destroy(&params);
}
END_TEST

START_TEST(a_full_disk_is_reported)
{
  struct root root;
  struct hc_params *params;
  FILE *full = fopen("/dev/full", "w");
  ck_assert_ptr_nonnull(full);
  setvbuf(full, NULL, _IONBF, 0);
  ck_call(hc_params_defaults(&root_block, &root, &params));
  ck_call_fails(hc_params_echo(params, full), HC_ERR_ENVIRONMENT, "cannot be written");
  ck_call_fails(hc_params_reference(&root_block, full), HC_ERR_ENVIRONMENT, "cannot be written");
  fclose(full);
  hc_params_destroy(&params);
}
END_TEST

START_TEST(reference_holds_the_fallbacks)
{
  const char *const set[] = {"mesh=m.h5"};
  struct root from_reference, from_fallbacks;
  struct hc_params *a, *b;
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  ck_call(hc_params_reference(&root_block, out));
  fclose(out);
  write_case(text);
  ck_call(read_case(1, set, &from_reference, &a));
  write_case("mesh: m.h5\n");
  ck_call(read_case(0, NULL, &from_fallbacks, &b));
  same_block(&root_block, &from_reference, &from_fallbacks);
  /* Without the mandatory key it is refused at that key. */
  write_case(text);
  struct root root;
  struct hc_params *none;
  ck_call_fails(read_case(0, NULL, &root, &none), HC_ERR_INPUT, ": mesh: missing; allowed: a path (mandatory)");
  /* Every key has its place, unit, range, choices and meaning. */
  ck_assert_ptr_nonnull(strstr(text, "# File of the mesh.\n# a path; mandatory\nmesh: ~ # mandatory\n"));
  ck_assert_ptr_nonnull(strstr(text, "  # Step of the splitting.\n  # a number from 1e-06 to 10 (ms)\n  step: 0.05\n"));
  ck_assert_ptr_nonnull(strstr(text, "  #   lumped: all mass on the diagonal\n"));
  ck_assert_ptr_nonnull(strstr(text, "# What starts a beat.\n# A list of 0 to 3 blocks, like this one:\n#   -\n"
                                     "#     # Its name.\n#     # text; mandatory\n#     name: ~ # mandatory\n"));
  ck_assert_ptr_nonnull(strstr(text, "\nstimuli: []\n"));
  free(text);
  hc_params_destroy(&a);
  hc_params_destroy(&b);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("params_echo");
  TCase *t = tcase_create("params_echo");
  tcase_add_unchecked_fixture(t, enter_scratch, leave_scratch);
  tcase_add_test(t, echo_reads_back);
  tcase_add_test(t, echo_keeps_every_double);
  tcase_add_test(t, echo_states_units);
  tcase_add_test(t, a_full_disk_is_reported);
  tcase_add_test(t, reference_holds_the_fallbacks);
  tcase_set_timeout(t, 60);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
