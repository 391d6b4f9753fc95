/* Permutations that need no table: a Feistel network over pairs of digits, whose rounds are keyed by Philox. */
#include "points.h"

#include <math.h>

enum { ROUNDS = 8 };

/* One pass through the network: a permutation of the numbers below side^2. Each round adds to one digit what a random
 * function says of the other, so that it can be undone. */
static uint64_t scramble(const uint32_t own[4], uint64_t side, uint64_t index)
{
  uint64_t left = index / side, right = index % side;
  for (uint32_t round = 0; round < ROUNDS; round++) {
    const uint32_t counter[4] = {(uint32_t)right, (uint32_t)(right >> 32), round, own[2]};
    uint32_t bits[4];
    hc_random_block(counter, own, bits);
    const uint64_t sum = (left + ((uint64_t)bits[0] << 32 | bits[1]) % side) % side;
    left = right;
    right = sum;
  }
  return left * side + right;
}

/* Numbers that leave the range are sent through again until they are back (cycle walking: Black & Rogaway 2002,
 * doi:10.1007/3-540-45760-7_9). */
uint64_t hc_permuted(struct hc_random random, uint64_t which, uint64_t n, uint64_t index)
{
  const uint32_t number[4] = {(uint32_t)which, (uint32_t)(which >> 32), (uint32_t)random.stream,
                              (uint32_t)(random.stream >> 32)};
  const uint32_t key[2] = {(uint32_t)random.seed, (uint32_t)(random.seed >> 32)};
  uint64_t side = (uint64_t)sqrt((double)n);
  uint32_t own[4];
  hc_random_block(number, key, own);
  while (side * side < n)
    side++;
  do {
    index = scramble(own, side, index);
  } while (index >= n);
  return index;
}
