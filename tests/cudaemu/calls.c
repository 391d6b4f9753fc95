/* The driver API on memory, streams, modules and kernels: what each function means is in the other files. */
#include "api.h"

#include <stdio.h>
#include <string.h>

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

CUresult CUDAAPI cuMemAlloc(CUdeviceptr *address, size_t bytes)
{
  EMU_API(EMU_ALLOC, emu_memory_alloc(emu_current, bytes, false, address));
}

/* Freeing waits for the device (CUDA C++ Programming Guide, "Stream-Ordered Memory Allocator"). */
static CUresult free_memory(CUdeviceptr address)
{
  CUresult result = emu_current->failed ? CUDA_SUCCESS : emu_context_finish(emu_current);
  if (address) {
    const CUresult freed = emu_memory_free(emu_current, address);
    result = result ? result : freed;
  }
  return result;
}

CUresult CUDAAPI cuMemFree(CUdeviceptr address)
{
  EMU_API(EMU_DESTROY, free_memory(address));
}

static CUresult memory_info(size_t *unused, size_t *total)
{
  *total = emu_settings.memory;
  *unused = emu_settings.memory - emu_current->bytes;
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuMemGetInfo(size_t *unused, size_t *total)
{
  EMU_API(EMU_PLAIN, memory_info(unused, total));
}

CUresult CUDAAPI cuMemHostAlloc(void **pp, size_t bytesize, unsigned Flags)
{
  (void)Flags;
  EMU_API(EMU_ALLOC, emu_pinned_alloc(emu_current, bytesize, pp));
}

static CUresult free_pinned(void *memory)
{
  const CUresult result = emu_current->failed ? CUDA_SUCCESS : emu_context_finish(emu_current);
  const CUresult freed = emu_pinned_free(emu_current, memory);
  return result ? result : freed;
}

CUresult CUDAAPI cuMemFreeHost(void *p)
{
  EMU_API(EMU_DESTROY, free_pinned(p));
}

/* ---- Copies ------------------------------------------------------------------------------------------------------ */

static void count_copy(enum emu_way way, size_t bytes)
{
  int64_t *const total[] = {&emu_counts.bytes_to_device, &emu_counts.bytes_to_host, &emu_counts.bytes_on_device};
  int64_t *const times[] = {&emu_counts.copies_to_device, &emu_counts.copies_to_host, &emu_counts.copies_on_device};
  *total[way] += (int64_t)bytes;
  ++*times[way];
}

/* A copy that the host waits for belongs to stream 0: it waits for the blocking streams, not for others. */
static CUresult copy_and_wait(enum emu_way way, uint64_t to, uint64_t from, size_t bytes)
{
  const uint64_t host = way == EMU_TO_HOST ? to : from;
  CUresult result;
  count_copy(way, bytes);
  ++emu_counts.synchronisations;
  if (emu_memory_is_device((void *)(uintptr_t)host, bytes)) {
    emu_misuse("copy with a device address in place of the host's");
    return CUDA_ERROR_INVALID_VALUE;
  }
  for (struct emu_stream *it = emu_current->streams; it; it = it->next)
    if (!(it->flags & CU_STREAM_NON_BLOCKING)) {
      result = emu_stream_finish(it);
      if (result != CUDA_SUCCESS)
        return result;
    }
  return emu_copy_now(emu_current, way, to, from, bytes);
}

static CUresult copy_later(enum emu_way way, uint64_t to, uint64_t from, size_t bytes, CUstream handle)
{
  struct emu_stream *const stream = emu_stream_of(emu_current, handle);
  count_copy(way, bytes);
  return stream ? emu_submit_copy(stream, way, to, from, bytes) : CUDA_ERROR_INVALID_HANDLE;
}

CUresult CUDAAPI cuMemcpyHtoD(CUdeviceptr to, const void *from, size_t bytes)
{
  EMU_API(EMU_COPY, copy_and_wait(EMU_TO_DEVICE, to, (uintptr_t)from, bytes));
}

CUresult CUDAAPI cuMemcpyDtoH(void *to, CUdeviceptr from, size_t bytes)
{
  EMU_API(EMU_COPY, copy_and_wait(EMU_TO_HOST, (uintptr_t)to, from, bytes));
}

CUresult CUDAAPI cuMemcpyDtoD(CUdeviceptr to, CUdeviceptr from, size_t bytes)
{
  EMU_API(EMU_COPY, copy_later(EMU_ON_DEVICE, to, from, bytes, NULL));
}

CUresult CUDAAPI cuMemcpyHtoDAsync(CUdeviceptr to, const void *from, size_t bytes, CUstream stream)
{
  EMU_API(EMU_COPY, copy_later(EMU_TO_DEVICE, to, (uintptr_t)from, bytes, stream));
}

CUresult CUDAAPI cuMemcpyDtoHAsync(void *to, CUdeviceptr from, size_t bytes, CUstream stream)
{
  EMU_API(EMU_COPY, copy_later(EMU_TO_HOST, (uintptr_t)to, from, bytes, stream));
}

CUresult CUDAAPI cuMemcpyDtoDAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream)
{
  EMU_API(EMU_COPY, copy_later(EMU_ON_DEVICE, to, from, bytes, stream));
}

static CUresult fill_later(CUdeviceptr to, uint32_t value, uint32_t width, size_t n, CUstream handle)
{
  struct emu_stream *const stream = emu_stream_of(emu_current, handle);
  if (!stream)
    return CUDA_ERROR_INVALID_HANDLE;
  if (to % width || (n > 0 && !emu_memory_at(emu_current, to, n * width))) {
    emu_misuse("fill of %zu bytes at 0x%llx: no such memory, or not aligned", n * width, to);
    return CUDA_ERROR_INVALID_VALUE;
  }
  return emu_submit(
      stream, &(struct emu_op){.kind = EMU_OP_FILL, .to = to, .bytes = n * width, .value = value, .width = width});
}

CUresult CUDAAPI cuMemsetD8(CUdeviceptr to, unsigned char value, size_t n)
{
  EMU_API(EMU_COPY, fill_later(to, value, 1, n, NULL));
}

CUresult CUDAAPI cuMemsetD32(CUdeviceptr to, unsigned value, size_t n)
{
  EMU_API(EMU_COPY, fill_later(to, value, 4, n, NULL));
}

CUresult CUDAAPI cuMemsetD8Async(CUdeviceptr dstDevice, unsigned char uc, size_t N, CUstream hStream)
{
  EMU_API(EMU_COPY, fill_later(dstDevice, uc, 1, N, hStream));
}

CUresult CUDAAPI cuMemsetD32Async(CUdeviceptr dstDevice, unsigned ui, size_t N, CUstream hStream)
{
  EMU_API(EMU_COPY, fill_later(dstDevice, ui, 4, N, hStream));
}

/* ---- Streams and events ------------------------------------------------------------------------------------------ */

static CUresult with_stream(CUstream handle, CUresult (*act)(struct emu_stream *))
{
  struct emu_stream *const stream = emu_stream_of(emu_current, handle);
  return stream ? act(stream) : CUDA_ERROR_INVALID_HANDLE;
}

static CUresult with_event(CUevent handle, CUresult (*act)(struct emu_event *))
{
  struct emu_event *const event = emu_event_of(emu_current, handle);
  return event ? act(event) : CUDA_ERROR_INVALID_HANDLE;
}

static CUresult with_both(CUevent event_handle, CUstream stream_handle, bool record)
{
  struct emu_event *const event = emu_event_of(emu_current, event_handle);
  struct emu_stream *const stream = emu_stream_of(emu_current, stream_handle);
  if (!event || !stream)
    return CUDA_ERROR_INVALID_HANDLE;
  return record ? emu_event_record(event, stream) : emu_event_wait(stream, event);
}

CUresult CUDAAPI cuStreamCreate(CUstream *stream, unsigned flags)
{
  EMU_API(EMU_PLAIN, emu_stream_create(emu_current, flags, stream));
}

CUresult CUDAAPI cuStreamDestroy(CUstream stream)
{
  EMU_API(EMU_DESTROY, stream ? with_stream(stream, emu_stream_destroy) : CUDA_ERROR_INVALID_HANDLE);
}

CUresult CUDAAPI cuStreamSynchronize(CUstream stream)
{
  EMU_API(EMU_SYNC, with_stream(stream, emu_stream_finish));
}

CUresult CUDAAPI cuStreamQuery(CUstream stream)
{
  EMU_API(EMU_PLAIN, with_stream(stream, emu_stream_query));
}

CUresult CUDAAPI cuStreamWaitEvent(CUstream stream, CUevent event, unsigned flags)
{
  EMU_API(EMU_PLAIN, flags ? CUDA_ERROR_INVALID_VALUE : with_both(event, stream, false));
}

CUresult CUDAAPI cuEventCreate(CUevent *event, unsigned flags)
{
  EMU_API(EMU_PLAIN, emu_event_create(emu_current, flags, event));
}

CUresult CUDAAPI cuEventRecord(CUevent event, CUstream stream)
{
  EMU_API(EMU_PLAIN, with_both(event, stream, true));
}

CUresult CUDAAPI cuEventDestroy(CUevent event)
{
  EMU_API(EMU_DESTROY, with_event(event, emu_event_destroy));
}

CUresult CUDAAPI cuEventSynchronize(CUevent event)
{
  EMU_API(EMU_SYNC, with_event(event, emu_event_finish));
}

CUresult CUDAAPI cuEventQuery(CUevent event)
{
  EMU_API(EMU_PLAIN, with_event(event, emu_event_query));
}

/* ---- Modules and kernels ----------------------------------------------------------------------------------------- */

CUresult CUDAAPI cuModuleLoadData(CUmodule *module, const void *image)
{
  EMU_API(EMU_PLAIN, emu_module_load(emu_current, image, module));
}

/* The log is stderr's here: the buffers of the caller are left empty. */
CUresult CUDAAPI cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned n, CUjit_option *options,
                                    void **values)
{
  for (unsigned i = 0; i < n; ++i)
    if ((options[i] == CU_JIT_ERROR_LOG_BUFFER || options[i] == CU_JIT_INFO_LOG_BUFFER) && values[i])
      *(char *)values[i] = 0;
  EMU_API(EMU_PLAIN, emu_module_load(emu_current, image, module));
}

static CUresult unload(CUmodule handle)
{
  struct emu_module *const module = emu_module_of(emu_current, handle);
  const CUresult result = emu_current->failed ? CUDA_SUCCESS : emu_context_finish(emu_current);
  if (!module)
    return CUDA_ERROR_INVALID_HANDLE;
  emu_module_unload(module);
  return result;
}

CUresult CUDAAPI cuModuleUnload(CUmodule hmod)
{
  EMU_API(EMU_DESTROY, unload(hmod));
}

static CUresult get_function(CUfunction *function, CUmodule handle, const char *name)
{
  struct emu_module *const module = emu_module_of(emu_current, handle);
  return module ? emu_module_function(module, name, function) : CUDA_ERROR_INVALID_HANDLE;
}

CUresult CUDAAPI cuModuleGetFunction(CUfunction *hfunc, CUmodule hmod, const char *name)
{
  EMU_API(EMU_PLAIN, get_function(hfunc, hmod, name));
}

static CUresult get_global(CUdeviceptr *address, size_t *bytes, CUmodule handle, const char *name)
{
  struct emu_module *const module = emu_module_of(emu_current, handle);
  if (!module)
    return CUDA_ERROR_INVALID_HANDLE;
  for (int i = 0; i < module->program->n_variables; ++i)
    if (strcmp(module->program->variables[i].name, name) == 0) {
      if (address)
        *address = module->variables[i];
      if (bytes)
        *bytes = module->program->variables[i].bytes;
      return CUDA_SUCCESS;
    }
  return CUDA_ERROR_NOT_FOUND;
}

CUresult CUDAAPI cuModuleGetGlobal(CUdeviceptr *address, size_t *bytes, CUmodule module, const char *name)
{
  EMU_API(EMU_PLAIN, get_global(address, bytes, module, name));
}

/* Registers are not known: as many as a block of the allowed size leaves. */
static CUresult function_attribute(int *value, CUfunction_attribute which, CUfunction handle)
{
  const struct emu_function *const function = emu_function_of(emu_current, handle);
  if (!function)
    return CUDA_ERROR_INVALID_HANDLE;
  switch ((int)which) {
  case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
    *value = (int)function->kernel->max_threads;
    return CUDA_SUCCESS;
  case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES:
    *value = (int)function->kernel->shared_bytes;
    return CUDA_SUCCESS;
  case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES:
    *value = (int)function->kernel->local_bytes;
    return CUDA_SUCCESS;
  case CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES:
    *value = 0;
    return CUDA_SUCCESS;
  case CU_FUNC_ATTRIBUTE_NUM_REGS:
    *value = function->kernel->max_threads > 256 ? 64 : 255;
    return CUDA_SUCCESS;
  case CU_FUNC_ATTRIBUTE_PTX_VERSION:
    *value = function->module->program->capability;
    return CUDA_SUCCESS;
  case CU_FUNC_ATTRIBUTE_BINARY_VERSION:
    *value = emu_settings.capability;
    return CUDA_SUCCESS;
  case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
    *value = function->most_dynamic_shared;
    return CUDA_SUCCESS;
  default:
    emu_misuse("kernel attribute %d is not known to the emulator", (int)which);
    return CUDA_ERROR_INVALID_VALUE;
  }
}

CUresult CUDAAPI cuFuncGetAttribute(int *pi, CUfunction_attribute attrib, CUfunction hfunc)
{
  EMU_API(EMU_PLAIN, function_attribute(pi, attrib, hfunc));
}

static CUresult set_attribute(CUfunction handle, CUfunction_attribute which, int value)
{
  struct emu_function *const function = emu_function_of(emu_current, handle);
  if (!function)
    return CUDA_ERROR_INVALID_HANDLE;
  if (which != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES || value < 0 ||
      value + (int)function->kernel->shared_bytes > EMU_SHARED_MOST) {
    emu_misuse("kernel attribute %d set to %d", (int)which, value);
    return CUDA_ERROR_INVALID_VALUE;
  }
  function->most_dynamic_shared = value;
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuFuncSetAttribute(CUfunction hfunc, CUfunction_attribute attrib, int value)
{
  EMU_API(EMU_PLAIN, set_attribute(hfunc, attrib, value));
}

static CUresult param_info(CUfunction handle, size_t index, size_t *offset, size_t *bytes)
{
  const struct emu_function *const function = emu_function_of(emu_current, handle);
  uint32_t offsets[EMU_MOST_PARAMETERS], sizes[EMU_MOST_PARAMETERS];
  if (!function)
    return CUDA_ERROR_INVALID_HANDLE;
  if (index >= function->kernel->n_params)
    return CUDA_ERROR_INVALID_VALUE;
  emu_param_layout(function->kernel, offsets, sizes);
  *offset = offsets[index];
  if (bytes)
    *bytes = sizes[index];
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuFuncGetParamInfo(CUfunction func, size_t paramIndex, size_t *paramOffset, size_t *paramSize)
{
  EMU_API(EMU_PLAIN, param_info(func, paramIndex, paramOffset, paramSize));
}

static CUresult launch_kernel(CUfunction handle, const unsigned grid[3], const unsigned block[3], unsigned shared,
                              CUstream stream_handle, void **params, void **extra)
{
  struct emu_function *const function = emu_function_of(emu_current, handle);
  struct emu_stream *const stream = emu_stream_of(emu_current, stream_handle);
  struct emu_launch *launch = NULL;
  CUresult result;
  if (!function || !stream)
    return CUDA_ERROR_INVALID_HANDLE;
  result = emu_launch_check(function, grid, block, shared, params, extra, &launch);
  if (result != CUDA_SUCCESS)
    return result;
  emu_count_launch(function->kernel->name);
  return emu_submit(stream, &(struct emu_op){.kind = EMU_OP_KERNEL, .launch = launch});
}

CUresult CUDAAPI cuLaunchKernel(CUfunction f, unsigned gridDimX, unsigned gridDimY, unsigned gridDimZ,
                                unsigned blockDimX, unsigned blockDimY, unsigned blockDimZ, unsigned sharedMemBytes,
                                CUstream hStream, void **kernelParams, void **extra)
{
  EMU_API(EMU_LAUNCH, launch_kernel(f, (const unsigned[]){gridDimX, gridDimY, gridDimZ},
                                    (const unsigned[]){blockDimX, blockDimY, blockDimZ}, sharedMemBytes, hStream,
                                    kernelParams, extra));
}
