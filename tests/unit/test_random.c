/* Counter-based random numbers: the known answers of Random123, and moments and independence of what is made of them.
 */
#include "hc_check.h"

#include <math.h>

/* Three of the vectors that Salmon et al. publish with their library Random123 for philox4x32, 10 rounds. */
START_TEST(block_gives_known_answers)
{
  static const uint32_t known[3][10] = {{0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
                                        {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
                                         0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
                                        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0,
                                         0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}};
  for (int i = 0; i < 3; i++) {
    uint32_t random[4];
    hc_random_block(known[i], known[i] + 4, random);
    for (int j = 0; j < 4; j++)
      ck_assert_uint_eq(random[j], known[i][6 + j]);
  }
}
END_TEST

#define N 200000

START_TEST(moments_are_right)
{
  const struct hc_random random = {.seed = 7, .stream = 3};
  double uniform[2] = {0}, normal[4] = {0};
  for (uint64_t i = 0; i < N; i++) {
    const double u = hc_random_uniform(random, i), z = hc_random_normal(random, N + i);
    ck_assert(u > 0 && u < 1);
    uniform[0] += u / N;
    uniform[1] += (u - 0.5) * (u - 0.5) / N;
    for (int power = 1; power <= 4; power++)
      normal[power - 1] += pow(z, power) / N;
  }
  /* five standard errors of each */
  ck_assert_double_eq_tol(uniform[0], 0.5, 5 * sqrt(1.0 / 12 / N));
  ck_assert_double_eq_tol(uniform[1], 1.0 / 12, 5 * sqrt(1.0 / 180 / N));
  ck_assert_double_eq_tol(normal[0], 0, 5 * sqrt(1.0 / N));
  ck_assert_double_eq_tol(normal[1], 1, 5 * sqrt(2.0 / N));
  ck_assert_double_eq_tol(normal[2], 0, 5 * sqrt(15.0 / N));
  ck_assert_double_eq_tol(normal[3], 3, 5 * sqrt(96.0 / N));
}
END_TEST

/* Neighbouring numbers, streams and seeds have nothing to do with each other. */
START_TEST(streams_are_independent)
{
  const struct hc_random here = {.seed = 1, .stream = 0}, there = {.seed = 1, .stream = 1}, other = {.seed = 2};
  double next = 0, streams = 0, seeds = 0;
  for (uint64_t i = 0; i < N; i++) {
    const double z = hc_random_normal(here, i);
    next += z * hc_random_normal(here, i + 1) / N;
    streams += z * hc_random_normal(there, i) / N;
    seeds += z * hc_random_normal(other, i) / N;
  }
  ck_assert_double_eq_tol(next, 0, 5 / sqrt(N));
  ck_assert_double_eq_tol(streams, 0, 5 / sqrt(N));
  ck_assert_double_eq_tol(seeds, 0, 5 / sqrt(N));
  ck_assert(hc_random_uniform(here, 5) == hc_random_uniform(here, 5));
  ck_assert(hc_random_uniform(here, UINT64_C(1) << 32) != hc_random_uniform(here, 0));
}
END_TEST

static Suite *suite(void)
{
  Suite *suite = suite_create("random");
  TCase *tests = tcase_create("random");
  tcase_add_test(tests, block_gives_known_answers);
  tcase_add_test(tests, moments_are_right);
  tcase_add_test(tests, streams_are_independent);
  suite_add_tcase(suite, tests);
  return suite;
}

HC_CHECK_MAIN(suite)
