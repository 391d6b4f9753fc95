/* Device memory lies in one file without a name that is mapped twice: where the device addresses are, without any
 * access, and elsewhere for the emulator. So a host that follows a device address faults, whatever the emulator is
 * doing. Addresses are never used twice; between two allocations lie pages that belong to none. */
#include "emulator.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ARENA_BYTES (UINT64_C(1) << 40)
enum { PAGE = 4096, OFF_PAGE = 256, SLACK_BYTE = 0xa5 };

static struct {
  int file;
  unsigned char *device, *host; /* the two views */
  uint64_t used;
  int n_made;
  struct emu_allocation *gone; /* freed, to explain accesses to them */
  int n_gone, gone_capacity;
} arena;

static struct sigaction previous_action;

static uint64_t in_pages(uint64_t bytes)
{
  return (bytes + PAGE - 1) / PAGE * PAGE;
}

/* Someone touched a page without access: say so if it is ours, then let the fault take its course. */
static void on_fault(int signal, siginfo_t *info, void *context)
{
  (void)signal;
  (void)context;
  if (emu_memory_is_device(info->si_addr, 1)) {
    char where[200], text[300];
    int length;
    emu_memory_describe(NULL, (uint64_t)(uintptr_t)info->si_addr, where, sizeof where);
    length = snprintf(text, sizeof text, "cudaemu: misuse: host code touches device memory at %p: %s\n", info->si_addr,
                      where);
    if (write(STDERR_FILENO, text, (size_t)length) < 0)
      _exit(99);
  }
  sigaction(SIGSEGV, &previous_action, NULL);
}

CUresult emu_memory_open(void)
{
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  if (arena.device)
    return CUDA_SUCCESS;
  arena.file = memfd_create("cudaemu", MFD_CLOEXEC);
  arena.device = mmap(NULL, ARENA_BYTES, PROT_NONE, flags, -1, 0);
  arena.host = mmap(NULL, ARENA_BYTES, PROT_NONE, flags, -1, 0);
  if (arena.file < 0 || arena.device == MAP_FAILED || arena.host == MAP_FAILED ||
      ftruncate(arena.file, (off_t)ARENA_BYTES)) {
    perror("cudaemu: no address space for device memory");
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  sigaction(SIGSEGV, &action, &previous_action);
  return CUDA_SUCCESS;
}

int64_t emu_memory_shift(void)
{
  return arena.host - arena.device;
}

bool emu_memory_is_device(const void *address, size_t bytes)
{
  const uint64_t at = (uint64_t)(uintptr_t)address, base = (uint64_t)(uintptr_t)arena.device;
  return arena.device && at < base + ARENA_BYTES && at + bytes > base;
}

void emu_memory_fill(void *memory, size_t bytes)
{
  const uint64_t nan = UINT64_C(0x7ff4dead7ff4dead); /* as a double, as two floats; as an int, 2146754221 */
  unsigned char *const at = memory;
  size_t i = 0;
  for (; i + 8 <= bytes; i += 8)
    memcpy(at + i, &nan, 8);
  memcpy(at + i, &nan, bytes - i);
}

static void *map_view(unsigned char *view, uint64_t offset, uint64_t bytes)
{
  return mmap(view + offset, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, arena.file, (off_t)offset);
}

static void append(struct emu_allocation **list, int *n, int *capacity, struct emu_allocation item)
{
  if (*n == *capacity) {
    *capacity = *capacity ? 2 * *capacity : 64;
    *list = realloc(*list, (size_t)*capacity * sizeof **list);
    if (!*list)
      abort();
  }
  (*list)[(*n)++] = item;
}

CUresult emu_memory_alloc(struct emu_context *context, size_t bytes, bool of_module, CUdeviceptr *address)
{
  const uint64_t offset = arena.used + PAGE, mapped = in_pages(bytes + OFF_PAGE);
  struct emu_allocation made = {.bytes = bytes, .of_module = of_module};
  if (bytes == 0 || !address) {
    emu_misuse("allocation of %zu bytes", bytes);
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (bytes > emu_settings.memory || context->bytes + bytes > emu_settings.memory ||
      offset + mapped + PAGE > ARENA_BYTES)
    return CUDA_ERROR_OUT_OF_MEMORY;
  if (map_view(arena.host, offset, mapped) == MAP_FAILED ||
      (emu_settings.host_access && map_view(arena.device, offset, mapped) == MAP_FAILED))
    return CUDA_ERROR_OUT_OF_MEMORY;
  arena.used = offset + mapped;
  /* 256 bytes are what the driver promises: nobody may rely on a whole page */
  made.base = (uint64_t)(uintptr_t)(arena.device + offset + OFF_PAGE);
  made.number = ++arena.n_made;
  emu_memory_fill(arena.host + offset, mapped);
  append(&context->allocations, &context->n_allocations, &context->capacity, made);
  context->bytes += bytes;
  ++emu_counts.allocations;
  if ((int64_t)context->bytes > emu_counts.peak_bytes)
    emu_counts.peak_bytes = (int64_t)context->bytes;
  *address = made.base;
  return CUDA_SUCCESS;
}

CUresult emu_memory_free(struct emu_context *context, CUdeviceptr address)
{
  for (int i = 0; i < context->n_allocations; ++i) {
    const struct emu_allocation it = context->allocations[i];
    const uint64_t offset = it.base - OFF_PAGE - (uint64_t)(uintptr_t)arena.device,
                   mapped = in_pages(it.bytes + OFF_PAGE);
    if (it.base != address)
      continue;
    mmap(arena.host + offset, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    mmap(arena.device + offset, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    fallocate(arena.file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)mapped);
    context->bytes -= it.bytes;
    --context->n_allocations;
    memmove(&context->allocations[i], &context->allocations[i + 1],
            (size_t)(context->n_allocations - i) * sizeof context->allocations[0]);
    append(&arena.gone, &arena.n_gone, &arena.gone_capacity, it);
    return CUDA_SUCCESS;
  }
  emu_misuse("freed 0x%llx, which is not allocated", address);
  return CUDA_ERROR_INVALID_VALUE;
}

/* The last allocation that begins at or before the address. */
static const struct emu_allocation *before(const struct emu_allocation *list, int n, uint64_t address)
{
  int low = 0, high = n;
  while (low < high) {
    const int middle = (low + high) / 2;
    if (list[middle].base <= address)
      low = middle + 1;
    else
      high = middle;
  }
  return low > 0 ? &list[low - 1] : NULL;
}

const struct emu_allocation *emu_memory_find(const struct emu_context *context, uint64_t address)
{
  const struct emu_allocation *const it = before(context->allocations, context->n_allocations, address);
  return it && address - it->base < it->bytes ? it : NULL;
}

void *emu_memory_at(const struct emu_context *context, CUdeviceptr address, size_t bytes)
{
  const struct emu_allocation *const it = emu_memory_find(context, address);
  if (!it || it->bytes - (address - it->base) < bytes)
    return NULL;
  return (unsigned char *)(uintptr_t)address + emu_memory_shift();
}

static bool describe_in(const struct emu_allocation *it, uint64_t address, const char *state, char *text, size_t size)
{
  const uint64_t offset = address - it->base;
  if (offset < it->bytes)
    snprintf(text, size, "byte %" PRIu64 " of buffer %d (%" PRIu64 " bytes%s)", offset, it->number, it->bytes, state);
  else if (offset < in_pages(it->bytes + OFF_PAGE) + PAGE)
    snprintf(text, size, "%" PRIu64 " bytes beyond the end of buffer %d (%" PRIu64 " bytes%s)", offset - it->bytes,
             it->number, it->bytes, state);
  else
    return false;
  return true;
}

void emu_memory_describe(const struct emu_context *context, uint64_t address, char *text, size_t size)
{
  const struct emu_allocation *it;
  if (address < PAGE) {
    snprintf(text, size, "a null pointer");
    return;
  }
  for (int i = arena.n_gone - 1; i >= 0; --i)
    if (address - arena.gone[i].base < arena.gone[i].bytes &&
        describe_in(&arena.gone[i], address, ", freed", text, size))
      return;
  for (int device = 0; device < (context ? 1 : emu_settings.devices); ++device) {
    const struct emu_context *const one = context ? context : emu_context_of_device(device);
    it = one ? before(one->allocations, one->n_allocations, address) : NULL;
    if (it && describe_in(it, address, "", text, size))
      return;
  }
  snprintf(text, size,
           emu_memory_is_device((void *)(uintptr_t)address, 1) ? "device memory that is not allocated"
                                                               : "not device memory");
}

CUresult emu_pinned_alloc(struct emu_context *context, size_t bytes, void **memory)
{
  struct emu_pinned *const it = calloc(1, sizeof *it);
  unsigned char *whole;
  if (!it || bytes == 0 || !memory) {
    free(it);
    emu_misuse("page-locked allocation of %zu bytes", bytes);
    return CUDA_ERROR_INVALID_VALUE;
  }
  it->bytes = bytes;
  it->mapped = in_pages(bytes);
  whole = mmap(NULL, it->mapped + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (whole == MAP_FAILED || mprotect(whole + PAGE, it->mapped, PROT_READ | PROT_WRITE)) {
    free(it);
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  it->base = whole + PAGE;
  emu_memory_fill(it->base, bytes);
  memset(it->base + bytes, SLACK_BYTE, it->mapped - bytes);
  it->next = context->pinned;
  context->pinned = it;
  *memory = it->base;
  return CUDA_SUCCESS;
}

CUresult emu_pinned_free(struct emu_context *context, void *memory)
{
  for (struct emu_pinned **link = &context->pinned; *link; link = &(*link)->next) {
    struct emu_pinned *const it = *link;
    if (it->base != memory)
      continue;
    for (size_t i = it->bytes; i < it->mapped; ++i)
      if (it->base[i] != SLACK_BYTE) {
        emu_misuse("page-locked memory of %zu bytes was written %zu bytes beyond its end", it->bytes, i - it->bytes);
        break;
      }
    munmap(it->base - PAGE, it->mapped + 2 * PAGE);
    *link = it->next;
    free(it);
    return CUDA_SUCCESS;
  }
  emu_misuse("freed page-locked memory at %p, which is not allocated", memory);
  return CUDA_ERROR_INVALID_VALUE;
}

bool emu_pinned_holds(const struct emu_context *context, const void *memory, size_t bytes)
{
  const unsigned char *const at = memory;
  for (const struct emu_pinned *it = context->pinned; it; it = it->next)
    if (at >= it->base && at + bytes <= it->base + it->bytes)
      return true;
  return false;
}
