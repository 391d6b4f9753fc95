/* cudaemu: what the C that ptx_to_c.py writes is made of: access to the memories of a device, PTX arithmetic where it
 * differs from C's, the threads of a block.
 *
 * Addresses. Global memory: the device's own addresses, looked up among the allocations at every access, so that one
 * byte too far is noticed. Shared and local memory: offsets. Parameters: number of the parameter plus 1 in the upper
 * half, offset in the lower. A generic address of the latter three has a window's number in its upper four bits. */
#ifndef CUDAEMU_KERNEL_CODE_H
#define CUDAEMU_KERNEL_CODE_H

#include "kernel_runtime.h"

#include <stddef.h>

#define EMU_WINDOW_SHARED (UINT64_C(1) << 60)
#define EMU_WINDOW_LOCAL (UINT64_C(2) << 60)
#define EMU_WINDOW_PARAM (UINT64_C(3) << 60)
#define EMU_WINDOWS (UINT64_C(15) << 60)

#define EMU_FN static inline __attribute__((always_inline))
#define EMU_COLD static __attribute__((noinline, cold))

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

EMU_FN unsigned char *emu_global(struct emu_block *b, struct emu_range *site, uint64_t address, uint32_t bytes)
{
  uint64_t offset = address - site->base;
  if (__builtin_expect(offset >= site->bytes || site->bytes - offset < bytes || (address & (bytes - 1)) != 0, 0))
    b->find(b, site, address, bytes);
  return (unsigned char *)(uintptr_t)(address + (uint64_t)b->to_host);
}

EMU_FN unsigned char *emu_shared(struct emu_block *b, uint64_t address, uint32_t bytes)
{
  if (__builtin_expect(address >= b->shared_bytes || b->shared_bytes - address < bytes || (address & (bytes - 1)), 0))
    b->fault(b, "access outside of shared memory, or not aligned", address, bytes);
  return b->shared + address;
}

EMU_FN unsigned char *emu_local(struct emu_block *b, uint64_t address, uint32_t bytes)
{
  if (__builtin_expect(address >= b->local_bytes || b->local_bytes - address < bytes || (address & (bytes - 1)), 0))
    b->fault(b, "access outside of local memory, or not aligned", address, bytes);
  return b->local + address;
}

/* Local memory of a function that is called: where it begins. */
EMU_FN uint32_t emu_push_local(struct emu_block *b, uint32_t bytes)
{
  const uint32_t at = b->local_top;
  if (b->local_bytes - at < bytes)
    b->fault(b, "calls too deep for the room that local memory has", 0, 0);
  b->local_top = at + bytes;
  return at;
}

EMU_FN unsigned char *emu_param(struct emu_block *b, uint64_t address, uint32_t bytes)
{
  const uint64_t k = (address >> 32) - 1, offset = address & UINT32_MAX;
  if (__builtin_expect(k >= b->n_params || offset + bytes > b->param_bytes[k] || (offset & (bytes - 1)), 0))
    b->fault(b, "access outside of a kernel parameter, or not aligned", address, bytes);
  return b->param + b->param_offset[k] + offset;
}

EMU_COLD unsigned char *emu_generic(struct emu_block *b, struct emu_range *site, uint64_t address, uint32_t bytes)
{
  const uint64_t window = address & EMU_WINDOWS, inside = address & ~EMU_WINDOWS;
  if (window == EMU_WINDOW_SHARED)
    return emu_shared(b, inside, bytes);
  if (window == EMU_WINDOW_LOCAL)
    return emu_local(b, inside, bytes);
  if (window == EMU_WINDOW_PARAM)
    return emu_param(b, inside, bytes);
  return emu_global(b, site, address, bytes);
}

#define EMU_ACCESS(name, type)                                                                                         \
  EMU_FN type emu_load_##name(const unsigned char *at)                                                                 \
  {                                                                                                                    \
    type x;                                                                                                            \
    __builtin_memcpy(&x, at, sizeof x);                                                                                \
    return x;                                                                                                          \
  }                                                                                                                    \
  EMU_FN void emu_store_##name(unsigned char *at, type x)                                                              \
  {                                                                                                                    \
    __builtin_memcpy(at, &x, sizeof x);                                                                                \
  }
EMU_ACCESS(u8, uint8_t)
EMU_ACCESS(u16, uint16_t)
EMU_ACCESS(u32, uint32_t)
EMU_ACCESS(u64, uint64_t)
EMU_ACCESS(s8, int8_t)
EMU_ACCESS(s16, int16_t)
EMU_ACCESS(s32, int32_t)
EMU_ACCESS(s64, int64_t)
EMU_ACCESS(f32, float)
EMU_ACCESS(f64, double)

/* ---- Bits -------------------------------------------------------------------------------------------------------- */

EMU_FN double emu_f64(uint64_t bits)
{
  double x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}

EMU_FN float emu_f32(uint32_t bits)
{
  float x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}

EMU_FN uint64_t emu_bits64(double x)
{
  uint64_t bits;
  __builtin_memcpy(&bits, &x, sizeof x);
  return bits;
}

EMU_FN uint32_t emu_bits32(float x)
{
  uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof x);
  return bits;
}

/* ---- Integers ---------------------------------------------------------------------------------------------------- */

/* Shifts stop at the width. Division by zero is undefined in PTX and gives all ones on GPUs. */

#define EMU_INTEGERS(n, u, s)                                                                                          \
  EMU_FN u emu_shl##n(u x, uint32_t by)                                                                                \
  {                                                                                                                    \
    return (u)(by >= n ? 0 : x << by);                                                                                 \
  }                                                                                                                    \
  EMU_FN u emu_shr_u##n(u x, uint32_t by)                                                                              \
  {                                                                                                                    \
    return (u)(by >= n ? 0 : x >> by);                                                                                 \
  }                                                                                                                    \
  EMU_FN s emu_shr_s##n(s x, uint32_t by)                                                                              \
  {                                                                                                                    \
    return (s)(x >> (by >= n ? n - 1 : by));                                                                           \
  }                                                                                                                    \
  EMU_FN u emu_div_u##n(u a, u b)                                                                                      \
  {                                                                                                                    \
    return (u)(b ? a / b : ~(u)0);                                                                                     \
  }                                                                                                                    \
  EMU_FN u emu_rem_u##n(u a, u b)                                                                                      \
  {                                                                                                                    \
    return (u)(b ? a % b : a);                                                                                         \
  }                                                                                                                    \
  EMU_FN s emu_div_s##n(s a, s b)                                                                                      \
  {                                                                                                                    \
    return (s)(b == 0 ? -1 : b == -1 ? (s)(0 - (u)a) : a / b);                                                         \
  }                                                                                                                    \
  EMU_FN s emu_rem_s##n(s a, s b)                                                                                      \
  {                                                                                                                    \
    return (s)(b == 0 ? a : b == -1 ? 0 : a % b);                                                                      \
  }
EMU_INTEGERS(16, uint16_t, int16_t)
EMU_INTEGERS(32, uint32_t, int32_t)
EMU_INTEGERS(64, uint64_t, int64_t)

/* Bits [from, from + n) of x; of the signed kind with the sign of the last one in it. */
EMU_FN uint64_t emu_bfe(uint64_t x, uint32_t from, uint32_t n, uint32_t width, int is_signed)
{
  uint64_t out;
  from &= 255;
  n &= 255;
  if (n == 0)
    return 0;
  out = from >= width ? 0 : x >> from;
  if (n < 64)
    out &= (UINT64_C(1) << n) - 1;
  if (is_signed) {
    const uint32_t last = from + n - 1 < width - 1 ? from + n - 1 : width - 1;
    const uint32_t kept = from > last ? 0 : last - from + 1;
    if ((x >> last & 1) && kept < 64)
      out |= ~UINT64_C(0) << kept;
  }
  return out;
}

EMU_FN uint64_t emu_bfi(uint64_t piece, uint64_t into, uint32_t at, uint32_t n, uint32_t width)
{
  uint64_t mask;
  at &= 255;
  n &= 255;
  if (at >= width || n == 0)
    return into;
  mask = (n < 64 ? (UINT64_C(1) << n) - 1 : ~UINT64_C(0)) << at;
  return (into & ~mask) | (piece << at & mask);
}

EMU_FN uint64_t emu_brev(uint64_t x, int width)
{
  uint64_t out = 0;
  for (int i = 0; i < width; ++i)
    out |= (x >> i & 1) << (width - 1 - i);
  return out;
}

/* Four bytes chosen from the eight of (b, a); a selector's upper bit spreads the chosen byte's sign. */
EMU_FN uint32_t emu_prmt(uint32_t a, uint32_t b, uint32_t selectors)
{
  const uint64_t both = (uint64_t)b << 32 | a;
  uint32_t out = 0;
  for (int i = 0; i < 4; ++i) {
    const uint32_t selector = selectors >> (4 * i) & 15;
    uint32_t byte = (uint32_t)(both >> (8 * (selector & 7))) & 255;
    if (selector & 8)
      byte = byte & 128 ? 255 : 0;
    out |= byte << (8 * i);
  }
  return out;
}

EMU_FN uint32_t emu_lop3(uint32_t a, uint32_t b, uint32_t c, uint32_t table)
{
  uint32_t out = 0;
  for (uint32_t k = 0; k < 8; ++k)
    if (table >> k & 1)
      out |= (k & 4 ? a : ~a) & (k & 2 ? b : ~b) & (k & 1 ? c : ~c);
  return out;
}

EMU_FN uint32_t emu_clz32(uint32_t x)
{
  return x ? (uint32_t)__builtin_clz(x) : 32;
}

EMU_FN uint32_t emu_clz64(uint64_t x)
{
  return x ? (uint32_t)__builtin_clzll(x) : 64;
}

/* ---- Numbers: min and max prefer the number to a NaN, and -0 is less than +0 --------------------------------------
 */

#define EMU_FLOATS(n, type, suffix)                                                                                    \
  EMU_FN type emu_min_f##n(type a, type b)                                                                             \
  {                                                                                                                    \
    if (a != a)                                                                                                        \
      return b;                                                                                                        \
    if (b != b)                                                                                                        \
      return a;                                                                                                        \
    return a < b || (a == b && __builtin_signbit(a)) ? a : b;                                                          \
  }                                                                                                                    \
  EMU_FN type emu_max_f##n(type a, type b)                                                                             \
  {                                                                                                                    \
    if (a != a)                                                                                                        \
      return b;                                                                                                        \
    if (b != b)                                                                                                        \
      return a;                                                                                                        \
    return a > b || (a == b && !__builtin_signbit(a)) ? a : b;                                                         \
  }                                                                                                                    \
  /* To the nearest integer, ties to even; towards zero, down, up. */                                                  \
  EMU_FN type emu_rni_f##n(type x)                                                                                     \
  {                                                                                                                    \
    return __builtin_rint##suffix(x);                                                                                  \
  }                                                                                                                    \
  EMU_FN type emu_rzi_f##n(type x)                                                                                     \
  {                                                                                                                    \
    return __builtin_trunc##suffix(x);                                                                                 \
  }                                                                                                                    \
  EMU_FN type emu_rmi_f##n(type x)                                                                                     \
  {                                                                                                                    \
    return __builtin_floor##suffix(x);                                                                                 \
  }                                                                                                                    \
  EMU_FN type emu_rpi_f##n(type x)                                                                                     \
  {                                                                                                                    \
    return __builtin_ceil##suffix(x);                                                                                  \
  }
EMU_FLOATS(32, float, f)
EMU_FLOATS(64, double, )

/* An integral double as an integer of the given range: beyond it the nearest end; NaN: `odd`. */
#define EMU_TO_INTEGER(name, type, low, high, above)                                                                   \
  EMU_FN type emu_to_##name(double x, type odd)                                                                        \
  {                                                                                                                    \
    if (x != x)                                                                                                        \
      return odd;                                                                                                      \
    return x <= (double)(low) ? (low) : x >= (above) ? (high) : (type)x;                                               \
  }
EMU_TO_INTEGER(u8, uint8_t, 0, UINT8_MAX, 0x1p8)
EMU_TO_INTEGER(u16, uint16_t, 0, UINT16_MAX, 0x1p16)
EMU_TO_INTEGER(u32, uint32_t, 0, UINT32_MAX, 0x1p32)
EMU_TO_INTEGER(u64, uint64_t, 0, UINT64_MAX, 0x1p64)
EMU_TO_INTEGER(s8, int8_t, INT8_MIN, INT8_MAX, 0x1p7)
EMU_TO_INTEGER(s16, int16_t, INT16_MIN, INT16_MAX, 0x1p15)
EMU_TO_INTEGER(s32, int32_t, INT32_MIN, INT32_MAX, 0x1p31)
EMU_TO_INTEGER(s64, int64_t, INT64_MIN, INT64_MAX, 0x1p63)

/* ---- Threads of a block ------------------------------------------------------------------------------------------ */

EMU_FN uint32_t emu_threads(const struct emu_block *b)
{
  return b->ntid[0] * b->ntid[1] * b->ntid[2];
}

EMU_FN void emu_enter(struct emu_block *b, uint32_t thread)
{
  b->tid[0] = thread % b->ntid[0];
  b->tid[1] = thread / b->ntid[0] % b->ntid[1];
  b->tid[2] = thread / (b->ntid[0] * b->ntid[1]);
}

EMU_FN uint32_t emu_linear_thread(const struct emu_block *b)
{
  return b->tid[0] + b->ntid[0] * (b->tid[1] + b->ntid[1] * b->tid[2]);
}

/* All threads one after the other: for kernels without barriers. */
EMU_FN void emu_run_plain(struct emu_block *b, void (*thread)(struct emu_block *b))
{
  const uint32_t n = emu_threads(b);
  for (uint32_t i = 0; i < n; ++i) {
    emu_enter(b, b->descending ? n - 1 - i : i);
    thread(b);
  }
}

/* Threads go on from barrier to barrier. thread() returns the number of the barrier where it waits, 0 at its end, and
 * keeps its registers in a frame, of which the first number says where to go on. From barrier to barrier the order of
 * threads turns round. */
EMU_FN void emu_run_in_turns(struct emu_block *b, int (*thread)(struct emu_block *b, void *frame), uint32_t frame_bytes,
                             uint32_t local_bytes)
{
  const uint32_t n = emu_threads(b);
  unsigned char *const local = b->local;
  for (uint32_t k = 0; k < n; ++k)
    *(int *)(void *)(b->frames + (size_t)k * frame_bytes) = 0;
  for (int turn = b->descending, met = -1; met != 0; ++turn) {
    met = -1;
    for (uint32_t i = 0; i < n; ++i) {
      const uint32_t k = turn & 1 ? n - 1 - i : i;
      int at;
      emu_enter(b, k);
      b->local = local + (size_t)k * local_bytes;
      at = thread(b, b->frames + (size_t)k * frame_bytes);
      if (met >= 0 && at != met)
        b->fault(b, "the threads of a block do not meet at one barrier", 0, 0);
      met = at;
    }
  }
  b->local = local;
}

#endif
