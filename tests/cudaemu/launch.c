/* A launch: what the device would refuse is refused, with a reason; then its blocks run one after the other. */
#include "emulator.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kernel that is being executed. */
static struct {
  jmp_buf out;
  struct emu_context *context;
  const struct emu_launch *launch;
} running;

uint32_t emu_param_layout(const struct emu_kernel *kernel, uint32_t *offsets, uint32_t *sizes)
{
  uint32_t end = 0;
  for (uint32_t i = 0; i < kernel->n_params; ++i) {
    const uint32_t align = kernel->params[i].align;
    offsets[i] = (end + align - 1) / align * align;
    sizes[i] = kernel->params[i].bytes;
    end = offsets[i] + sizes[i];
  }
  return end;
}

static CUresult refuse(const struct emu_kernel *kernel, const char *what, long long found, long long most)
{
  emu_misuse("launch of %s: %s is %lld, of at most %lld", kernel->name, what, found, most);
  return CUDA_ERROR_INVALID_VALUE;
}

/* Limits of compute capability 9.0: CUDA C++ Programming Guide, "Compute Capabilities". */
static CUresult check_shape(const struct emu_kernel *kernel, const unsigned grid[3], const unsigned block[3])
{
  static const unsigned most_grid[] = {2147483647, 65535, 65535}, most_block[] = {1024, 1024, 64};
  static const char *const grids[] = {"grid x", "grid y", "grid z"}, *const blocks[] = {"block x", "block y",
                                                                                        "block z"};
  const unsigned long long threads = (unsigned long long)block[0] * block[1] * block[2];
  for (int k = 0; k < 3; ++k) {
    if (grid[k] < 1 || grid[k] > most_grid[k])
      return refuse(kernel, grids[k], grid[k], most_grid[k]);
    if (block[k] < 1 || block[k] > most_block[k])
      return refuse(kernel, blocks[k], block[k], most_block[k]);
  }
  if (threads > 1024 || threads > kernel->max_threads)
    return refuse(kernel, "number of threads in a block", (long long)threads, kernel->max_threads);
  return CUDA_SUCCESS;
}

static CUresult check_shared(const struct emu_function *function, unsigned dynamic)
{
  const struct emu_kernel *const kernel = function->kernel;
  const unsigned most = (unsigned)function->most_dynamic_shared;
  if (dynamic > most)
    return refuse(kernel, "dynamic shared memory", dynamic, most);
  if (dynamic > 0 && !kernel->has_dynamic_shared)
    return refuse(kernel, "dynamic shared memory, of which it uses none,", dynamic, 0);
  if (kernel->shared_bytes + dynamic > EMU_SHARED_MOST)
    return refuse(kernel, "shared memory", (long long)kernel->shared_bytes + dynamic, EMU_SHARED_MOST);
  return CUDA_SUCCESS;
}

/* Arguments one by one, or all in one buffer (`extra`), whose size must then be right. */
static CUresult take_params(struct emu_launch *launch, uint32_t bytes, void **params, void **extra)
{
  const struct emu_kernel *const kernel = launch->kernel;
  if (params && extra) {
    emu_misuse("launch of %s: arguments given in two ways", kernel->name);
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (extra) {
    const void *buffer = NULL;
    size_t size = 0;
    for (; *extra != CU_LAUNCH_PARAM_END; extra += 2) {
      if (*extra == CU_LAUNCH_PARAM_BUFFER_POINTER)
        buffer = extra[1];
      else if (*extra == CU_LAUNCH_PARAM_BUFFER_SIZE)
        size = *(const size_t *)extra[1];
    }
    if (!buffer || size != bytes)
      return refuse(kernel, "size of its arguments", (long long)size, bytes);
    memcpy(launch->param, buffer, bytes);
    return CUDA_SUCCESS;
  }
  for (uint32_t i = 0; i < kernel->n_params; ++i) {
    if (!params || !params[i]) {
      emu_misuse("launch of %s: argument %u of %u is missing", kernel->name, i, kernel->n_params);
      return CUDA_ERROR_INVALID_VALUE;
    }
    memcpy(launch->param + launch->offsets[i], params[i], launch->sizes[i]);
  }
  return CUDA_SUCCESS;
}

CUresult emu_launch_check(struct emu_function *function, const unsigned grid[3], const unsigned block[3],
                          unsigned shared, void **params, void **extra, struct emu_launch **made)
{
  const struct emu_kernel *const kernel = function->kernel;
  struct emu_launch *launch;
  uint32_t bytes;
  CUresult result = check_shape(kernel, grid, block);
  if (result == CUDA_SUCCESS)
    result = check_shared(function, shared);
  if (result != CUDA_SUCCESS)
    return result;
  launch = calloc(1, sizeof *launch);
  if (!launch)
    abort();
  launch->kernel = kernel;
  launch->function = function;
  launch->dynamic_shared = shared;
  launch->number = emu_counts.launches;
  for (int k = 0; k < 3; ++k) {
    launch->grid[k] = grid[k];
    launch->block[k] = block[k];
  }
  bytes = emu_param_layout(kernel, launch->offsets, launch->sizes);
  launch->param = malloc(bytes + 1);
  if (!launch->param)
    abort();
  result = bytes > EMU_PARAM_MOST ? refuse(kernel, "size of its parameters", bytes, EMU_PARAM_MOST)
                                  : take_params(launch, bytes, params, extra);
  if (result != CUDA_SUCCESS) {
    emu_launch_free(launch);
    return result;
  }
  *made = launch;
  return CUDA_SUCCESS;
}

void emu_launch_free(struct emu_launch *launch)
{
  if (launch)
    free(launch->param);
  free(launch);
}

/* ---- Execution --------------------------------------------------------------------------------------------------- */

static void on_fault(struct emu_block *b, const char *what, uint64_t address, uint32_t bytes)
{
  char where[200] = "";
  if (bytes)
    snprintf(where, sizeof where, ": %u bytes at 0x%" PRIx64, bytes, address);
  emu_misuse("kernel %s, block (%u, %u, %u), thread (%u, %u, %u): %s%s", running.launch->kernel->name, b->ctaid[0],
             b->ctaid[1], b->ctaid[2], b->tid[0], b->tid[1], b->tid[2], what, where);
  longjmp(running.out, 1);
}

/* Look the address up among the allocations and remember that in the site. */
static void on_find(struct emu_block *b, struct emu_range *site, uint64_t address, uint32_t bytes)
{
  const struct emu_allocation *const it = emu_memory_find(running.context, address);
  char what[300], where[200];
  if (address & (bytes - 1))
    on_fault(b, "access that is not aligned", address, bytes);
  if (!it || it->bytes - (address - it->base) < bytes) {
    emu_memory_describe(running.context, it ? it->base + it->bytes : address, where, sizeof where);
    snprintf(what, sizeof what, "illegal address (%s)", where);
    on_fault(b, what, address, bytes);
  }
  *site = (struct emu_range){it->base, it->bytes};
}

static void *scratch(size_t bytes)
{
  void *const memory = aligned_alloc(64, (bytes + 64) / 64 * 64);
  if (!memory)
    abort();
  return memory;
}

static void run_blocks(struct emu_block *b, const struct emu_launch *launch)
{
  const uint64_t n = (uint64_t)launch->grid[0] * launch->grid[1] * launch->grid[2];
  const bool backwards = launch->number & 1; /* blocks come in any order */
  for (uint64_t i = 0; i < n; ++i) {
    const uint64_t k = backwards ? n - 1 - i : i;
    b->ctaid[0] = (uint32_t)(k % launch->grid[0]);
    b->ctaid[1] = (uint32_t)(k / launch->grid[0] % launch->grid[1]);
    b->ctaid[2] = (uint32_t)(k / launch->grid[0] / launch->grid[1]);
    b->descending = (int)(k + (uint64_t)launch->number) & 1;
    emu_memory_fill(b->shared, b->shared_bytes);
    launch->function->code->run(b);
  }
}

/* Tell the code where its module's variables are (modules of one text share it), and that it knows no buffers. */
static void bind(const struct emu_function *function)
{
  const struct emu_module *const module = function->module;
  for (int i = 0; i < module->program->n_variables; ++i)
    *function->code->addresses[i] = module->variables[i];
  for (uint32_t i = 0; i < function->code->n_sites; ++i)
    memset(function->code->sites[i].first, 0, function->code->sites[i].n * sizeof(struct emu_range));
}

CUresult emu_launch_run(struct emu_context *context, struct emu_launch *launch)
{
  const struct emu_kernel *const kernel = launch->kernel;
  const size_t threads = (size_t)launch->block[0] * launch->block[1] * launch->block[2];
  const size_t with_frames = kernel->has_barriers ? threads : 1;
  struct emu_block block = {.param = launch->param,
                            .param_offset = launch->offsets,
                            .param_bytes = launch->sizes,
                            .n_params = kernel->n_params,
                            .shared_bytes = kernel->shared_bytes + launch->dynamic_shared,
                            .local_bytes = kernel->local_bytes,
                            .to_host = emu_memory_shift(),
                            .find = on_find,
                            .fault = on_fault};
  unsigned char *const shared = scratch(block.shared_bytes), *const local = scratch(with_frames * kernel->local_bytes);
  unsigned char *const frames = scratch(with_frames * launch->function->code->frame_bytes);
  CUresult result = CUDA_SUCCESS;
  if (kernel->has_dynamic_shared)
    block.shared_bytes = (kernel->shared_bytes + 15) / 16 * 16 + launch->dynamic_shared;
  memcpy(block.ntid, launch->block, sizeof block.ntid);
  memcpy(block.nctaid, launch->grid, sizeof block.nctaid);
  block.shared = shared;
  block.local = local;
  block.frames = frames;
  bind(launch->function);
  emu_memory_fill(local, with_frames * kernel->local_bytes);
  running.context = context;
  running.launch = launch;
  if (emu_kernel_fault_due()) {
    fprintf(stderr, "cudaemu: kernel %s fails, as asked for\n", kernel->name);
    result = CUDA_ERROR_LAUNCH_FAILED;
  } else if (setjmp(running.out) == 0)
    run_blocks(&block, launch);
  else
    result = CUDA_ERROR_ILLEGAL_ADDRESS;
  emu_counts.threads += (int64_t)threads * launch->grid[0] * launch->grid[1] * launch->grid[2];
  free(shared);
  free(local);
  free(frames);
  return result;
}
