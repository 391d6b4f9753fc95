#include "base.h"

#include <math.h>

/* Philox4x32-10: ten rounds of two 32-bit products, keys raised by Weyl sequences (Salmon et al. 2011, section 3.3,
 * doi:10.1145/2063384.2063405). */
void hc_random_block(const uint32_t counter[4], const uint32_t key[2], uint32_t random[4])
{
  uint32_t x[4] = {counter[0], counter[1], counter[2], counter[3]}, k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; round++) {
    const uint64_t p0 = UINT64_C(0xD2511F53) * x[0], p1 = UINT64_C(0xCD9E8D57) * x[2];
    const uint32_t y0 = (uint32_t)(p1 >> 32) ^ x[1] ^ k0, y2 = (uint32_t)(p0 >> 32) ^ x[3] ^ k1;
    x[0] = y0;
    x[1] = (uint32_t)p1;
    x[2] = y2;
    x[3] = (uint32_t)p0;
    k0 += UINT32_C(0x9E3779B9);
    k1 += UINT32_C(0xBB67AE85);
  }
  for (int i = 0; i < 4; i++)
    random[i] = x[i];
}

/* Two numbers in the open interval (0, 1), 52 bits each: the middle of one of 2^52 equal parts, never an end. */
static void two_uniforms(struct hc_random random, uint64_t index, double uniform[2])
{
  const uint32_t counter[4] = {(uint32_t)index, (uint32_t)(index >> 32), (uint32_t)random.stream,
                               (uint32_t)(random.stream >> 32)};
  const uint32_t key[2] = {(uint32_t)random.seed, (uint32_t)(random.seed >> 32)};
  uint32_t bits[4];
  hc_random_block(counter, key, bits);
  for (int i = 0; i < 2; i++) {
    const uint64_t whole = ((uint64_t)bits[2 * i] << 32 | bits[2 * i + 1]) >> 12;
    uniform[i] = ((double)whole + 0.5) * 0x1p-52;
  }
}

double hc_random_uniform(struct hc_random random, uint64_t index)
{
  double uniform[2];
  two_uniforms(random, index, uniform);
  return uniform[0];
}

double hc_random_normal(struct hc_random random, uint64_t index)
{
  const double two_pi = 6.283185307179586;
  double uniform[2];
  two_uniforms(random, index, uniform);
  return sqrt(-2 * log(uniform[0])) * cos(two_pi * uniform[1]); /* Box and Muller 1958 */
}
