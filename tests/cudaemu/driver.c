/* The driver API: each function takes the lock, asks whether the call may go on, and leaves the work to others. What is
 * not here does not exist in the library: a program that needs it fails when it looks for it. */
#include "emulator.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VERSION = 13000, MULTIPROCESSORS = 4 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pid_t initialised_by;
static struct emu_context contexts[EMU_MOST_DEVICES];
static _Thread_local struct emu_context *current;

static const struct {
  CUresult code;
  const char *name, *text;
} errors[] = {
    {CUDA_SUCCESS, "CUDA_SUCCESS", "no error"},
    {CUDA_ERROR_INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {CUDA_ERROR_OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {CUDA_ERROR_NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {CUDA_ERROR_NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {CUDA_ERROR_INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {CUDA_ERROR_INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {CUDA_ERROR_INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {CUDA_ERROR_ECC_UNCORRECTABLE, "CUDA_ERROR_ECC_UNCORRECTABLE", "uncorrectable ECC error encountered"},
    {CUDA_ERROR_INVALID_PTX, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {CUDA_ERROR_INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {CUDA_ERROR_NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {CUDA_ERROR_NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
    {CUDA_ERROR_ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES",
     "too many resources requested for launch"},
    {CUDA_ERROR_LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {CUDA_ERROR_UNKNOWN, "CUDA_ERROR_UNKNOWN", "unknown error"},
};
enum { N_ERRORS = sizeof errors / sizeof errors[0] };

/* ---- Entry and exit of a call ------------------------------------------------------------------------------------ */

static CUresult enter(const char *name, enum emu_call kind)
{
  bool lost;
  CUresult result;
  pthread_mutex_lock(&lock);
  if (initialised_by != getpid())
    return CUDA_ERROR_NOT_INITIALIZED;
  if (kind == EMU_NO_CONTEXT)
    return CUDA_SUCCESS;
  if (!current) {
    emu_misuse("%s without a current context", name);
    return CUDA_ERROR_INVALID_CONTEXT;
  }
  if (current->pageable && strcmp(name, "cuStreamSynchronize") != 0)
    emu_misuse("%s after an asynchronous copy with pageable memory that nobody has waited for", name);
  current->pageable = NULL;
  if (kind == EMU_DESTROY)
    return CUDA_SUCCESS;
  if (current->failed)
    return current->failed;
  result = emu_fault_due(kind, &lost);
  if (result != CUDA_SUCCESS)
    fprintf(stderr, "cudaemu: %s fails, as asked for\n", name);
  if (lost) {
    current->failed = result;
    emu_drop_all(current);
  }
  if (kind == EMU_SYNC)
    ++emu_counts.synchronisations;
  return result;
}

static CUresult leave(CUresult result, enum emu_call kind)
{
  if (kind == EMU_DESTROY && result == CUDA_SUCCESS && current && current->failed)
    result = current->failed;
  pthread_mutex_unlock(&lock);
  return result;
}

/* The body of an API function: `call` with the lock held and a context that works. */
#define EMU_API(kind, call)                                                                                            \
  CUresult api_result = enter(__func__, kind);                                                                         \
  if (api_result == CUDA_SUCCESS)                                                                                      \
    api_result = (call);                                                                                               \
  return leave(api_result, kind)

static CUresult set(void *target, const void *value, size_t bytes)
{
  if (!target)
    return CUDA_ERROR_INVALID_VALUE;
  memcpy(target, value, bytes);
  return CUDA_SUCCESS;
}

/* ---- Driver, devices --------------------------------------------------------------------------------------------- */

CUresult CUDAAPI cuInit(unsigned flags)
{
  CUresult result = CUDA_SUCCESS;
  pthread_mutex_lock(&lock);
  if (!initialised_by)
    emu_settings_read();
  if (flags)
    result = CUDA_ERROR_INVALID_VALUE;
  else if (emu_settings.devices == 0)
    result = CUDA_ERROR_NO_DEVICE;
  else if (initialised_by && initialised_by != getpid())
    result = CUDA_ERROR_NOT_INITIALIZED; /* as after fork() */
  else
    result = emu_memory_open();
  if (result == CUDA_SUCCESS)
    initialised_by = getpid();
  pthread_mutex_unlock(&lock);
  return result;
}

CUresult CUDAAPI cuDriverGetVersion(int *version)
{
  return set(version, &(int){VERSION}, sizeof(int));
}

/* NVRTC looks for a driver and asks it for this: there is nothing behind it. */
CUresult CUDAAPI cuGetExportTable(const void **table, const CUuuid *id)
{
  (void)id;
  *table = NULL;
  return CUDA_ERROR_NOT_FOUND;
}

static const char *error_field(CUresult error, bool name)
{
  for (int i = 0; i < N_ERRORS; ++i)
    if (errors[i].code == error)
      return name ? errors[i].name : errors[i].text;
  return NULL;
}

CUresult CUDAAPI cuGetErrorName(CUresult error, const char **text)
{
  *text = error_field(error, true);
  return *text ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult CUDAAPI cuGetErrorString(CUresult error, const char **text)
{
  *text = error_field(error, false);
  return *text ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

static bool is_device(CUdevice device)
{
  return device >= 0 && device < emu_settings.devices;
}

CUresult CUDAAPI cuDeviceGetCount(int *count)
{
  EMU_API(EMU_NO_CONTEXT, set(count, &emu_settings.devices, sizeof(int)));
}

CUresult CUDAAPI cuDeviceGet(CUdevice *device, int index)
{
  EMU_API(EMU_NO_CONTEXT, is_device(index) ? set(device, &index, sizeof *device) : CUDA_ERROR_INVALID_DEVICE);
}

static CUresult device_name(char *name, int length, CUdevice device)
{
  if (!is_device(device))
    return CUDA_ERROR_INVALID_DEVICE;
  snprintf(name, (size_t)length, "cudaemu sm_%d", emu_settings.capability);
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuDeviceGetName(char *name, int length, CUdevice device)
{
  EMU_API(EMU_NO_CONTEXT, device_name(name, length, device));
}

CUresult CUDAAPI cuDeviceTotalMem(size_t *bytes, CUdevice device)
{
  EMU_API(EMU_NO_CONTEXT,
          is_device(device) ? set(bytes, &emu_settings.memory, sizeof *bytes) : CUDA_ERROR_INVALID_DEVICE);
}

static CUresult attribute(int *value, CUdevice_attribute which, CUdevice device)
{
  static const struct {
    CUdevice_attribute which;
    int value;
  } table[] = {{CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, MULTIPROCESSORS},
               {CU_DEVICE_ATTRIBUTE_WARP_SIZE, EMU_WARP},
               {CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK, 1024},
               {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X, 1024},
               {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y, 1024},
               {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z, 64},
               {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X, 2147483647},
               {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y, 65535},
               {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z, 65535},
               {CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK, EMU_SHARED_DEFAULT},
               {CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, EMU_SHARED_MOST},
               {CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY, 65536},
               {CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR, 2048},
               {CU_DEVICE_ATTRIBUTE_CLOCK_RATE, 1000000},
               {CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE, 1000000},
               {CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH, 64},
               {CU_DEVICE_ATTRIBUTE_ASYNC_ENGINE_COUNT, 2},
               {CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING, 1},
               {CU_DEVICE_ATTRIBUTE_INTEGRATED, 0},
               {CU_DEVICE_ATTRIBUTE_MANAGED_MEMORY, 0},
               {CU_DEVICE_ATTRIBUTE_CONCURRENT_KERNELS, 1},
               {CU_DEVICE_ATTRIBUTE_ECC_ENABLED, 1},
               {CU_DEVICE_ATTRIBUTE_COMPUTE_MODE, CU_COMPUTEMODE_DEFAULT},
               {CU_DEVICE_ATTRIBUTE_PCI_BUS_ID, 1},
               {CU_DEVICE_ATTRIBUTE_PCI_DEVICE_ID, 0},
               {CU_DEVICE_ATTRIBUTE_PCI_DOMAIN_ID, 0}};
  if (!is_device(device))
    return CUDA_ERROR_INVALID_DEVICE;
  if (which == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
    return set(value, &(int){emu_settings.capability / 10}, sizeof(int));
  if (which == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)
    return set(value, &(int){emu_settings.capability % 10}, sizeof(int));
  for (size_t i = 0; i < sizeof table / sizeof table[0]; ++i)
    if (table[i].which == which)
      return set(value, &table[i].value, sizeof(int));
  emu_misuse("device attribute %d is not known to the emulator", (int)which);
  return CUDA_ERROR_INVALID_VALUE;
}

CUresult CUDAAPI cuDeviceGetAttribute(int *value, CUdevice_attribute which, CUdevice device)
{
  EMU_API(EMU_NO_CONTEXT, attribute(value, which, device));
}

/* ---- Contexts ---------------------------------------------------------------------------------------------------- */

struct emu_context *emu_context_of_device(int device)
{
  return contexts[device].references > 0 ? &contexts[device] : NULL;
}

static CUresult retain(CUcontext *context, CUdevice device)
{
  struct emu_context *it;
  CUstream legacy;
  if (!is_device(device))
    return CUDA_ERROR_INVALID_DEVICE;
  it = &contexts[device];
  if (it->references++ == 0) {
    *it = (struct emu_context){.device = device, .references = 1};
    emu_stream_create(it, 0, &legacy);
    it->legacy = it->streams;
  }
  *context = (CUcontext)(void *)it;
  return CUDA_SUCCESS;
}

/* Report and free what the program left. */
static void clean(struct emu_context *it)
{
  emu_drop_all(it);
  while (it->modules) {
    emu_leaked("a module (%s...)", it->modules->program->n_kernels ? it->modules->program->kernels[0].name : "empty");
    emu_module_unload(it->modules);
  }
  while (it->n_allocations > 0) {
    emu_leaked("buffer %d (%llu bytes)", it->allocations[0].number, (unsigned long long)it->allocations[0].bytes);
    emu_memory_free(it, it->allocations[0].base);
  }
  while (it->pinned) {
    emu_leaked("page-locked memory (%zu bytes)", it->pinned->bytes);
    emu_pinned_free(it, it->pinned->base);
  }
  while (it->events) {
    emu_leaked("an event");
    emu_event_destroy(it->events);
  }
  while (it->streams) {
    if (it->streams != it->legacy)
      emu_leaked("stream %d", it->streams->number);
    emu_stream_destroy(it->streams);
  }
  free(it->allocations);
  *it = (struct emu_context){0};
}

static CUresult release(CUdevice device)
{
  struct emu_context *it;
  CUresult result = CUDA_SUCCESS;
  if (!is_device(device))
    return CUDA_ERROR_INVALID_DEVICE;
  it = &contexts[device];
  if (it->references == 0) {
    emu_misuse("released a context that is not there");
    return CUDA_ERROR_INVALID_CONTEXT;
  }
  if (--it->references == 0) {
    result = it->failed ? CUDA_SUCCESS : emu_context_finish(it);
    clean(it);
    if (current == it)
      current = NULL;
  }
  return result;
}

void emu_contexts_end(void)
{
  if (initialised_by != getpid())
    return;
  for (int i = 0; i < emu_settings.devices; ++i)
    if (contexts[i].references > 0) {
      emu_leaked("the context of device %d", i);
      clean(&contexts[i]);
    }
}

CUresult CUDAAPI cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device)
{
  EMU_API(EMU_NO_CONTEXT, retain(context, device));
}

CUresult CUDAAPI cuDevicePrimaryCtxRelease(CUdevice device)
{
  EMU_API(EMU_NO_CONTEXT, release(device));
}

static CUresult make_current(CUcontext context)
{
  struct emu_context *const it = (struct emu_context *)(void *)context;
  if (it && (it < contexts || it >= contexts + EMU_MOST_DEVICES || it->references == 0)) {
    emu_misuse("%p is no context", (void *)context);
    return CUDA_ERROR_INVALID_CONTEXT;
  }
  current = it;
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuCtxSetCurrent(CUcontext context)
{
  EMU_API(EMU_NO_CONTEXT, make_current(context));
}

CUresult CUDAAPI cuCtxGetCurrent(CUcontext *context)
{
  EMU_API(EMU_NO_CONTEXT, set(context, &(void *){current}, sizeof *context));
}

CUresult CUDAAPI cuCtxGetDevice(CUdevice *device)
{
  EMU_API(EMU_PLAIN, set(device, &current->device, sizeof *device));
}

CUresult CUDAAPI cuCtxSynchronize(void)
{
  EMU_API(EMU_SYNC, emu_context_finish(current));
}

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

CUresult CUDAAPI cuMemAlloc(CUdeviceptr *address, size_t bytes)
{
  EMU_API(EMU_ALLOC, emu_memory_alloc(current, bytes, false, address));
}

/* Freeing waits for the device (CUDA C++ Programming Guide, "Stream-Ordered Memory Allocator"). */
static CUresult free_memory(CUdeviceptr address)
{
  CUresult result = current->failed ? CUDA_SUCCESS : emu_context_finish(current);
  if (address) {
    const CUresult freed = emu_memory_free(current, address);
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
  *unused = emu_settings.memory - current->bytes;
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuMemGetInfo(size_t *unused, size_t *total)
{
  EMU_API(EMU_PLAIN, memory_info(unused, total));
}

CUresult CUDAAPI cuMemHostAlloc(void **memory, size_t bytes, unsigned flags)
{
  (void)flags;
  EMU_API(EMU_ALLOC, emu_pinned_alloc(current, bytes, memory));
}

static CUresult free_pinned(void *memory)
{
  const CUresult result = current->failed ? CUDA_SUCCESS : emu_context_finish(current);
  const CUresult freed = emu_pinned_free(current, memory);
  return result ? result : freed;
}

CUresult CUDAAPI cuMemFreeHost(void *memory)
{
  EMU_API(EMU_DESTROY, free_pinned(memory));
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
  for (struct emu_stream *it = current->streams; it; it = it->next)
    if (!(it->flags & CU_STREAM_NON_BLOCKING)) {
      result = emu_stream_finish(it);
      if (result != CUDA_SUCCESS)
        return result;
    }
  return emu_copy_now(current, way, to, from, bytes);
}

static CUresult copy_later(enum emu_way way, uint64_t to, uint64_t from, size_t bytes, CUstream handle)
{
  struct emu_stream *const stream = emu_stream_of(current, handle);
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
  struct emu_stream *const stream = emu_stream_of(current, handle);
  if (!stream)
    return CUDA_ERROR_INVALID_HANDLE;
  if (to % width || (n > 0 && !emu_memory_at(current, to, n * width))) {
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

CUresult CUDAAPI cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t n, CUstream stream)
{
  EMU_API(EMU_COPY, fill_later(to, value, 1, n, stream));
}

CUresult CUDAAPI cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t n, CUstream stream)
{
  EMU_API(EMU_COPY, fill_later(to, value, 4, n, stream));
}

/* ---- Streams and events ------------------------------------------------------------------------------------------ */

static CUresult with_stream(CUstream handle, CUresult (*act)(struct emu_stream *))
{
  struct emu_stream *const stream = emu_stream_of(current, handle);
  return stream ? act(stream) : CUDA_ERROR_INVALID_HANDLE;
}

static CUresult with_event(CUevent handle, CUresult (*act)(struct emu_event *))
{
  struct emu_event *const event = emu_event_of(current, handle);
  return event ? act(event) : CUDA_ERROR_INVALID_HANDLE;
}

static CUresult with_both(CUevent event_handle, CUstream stream_handle, bool record)
{
  struct emu_event *const event = emu_event_of(current, event_handle);
  struct emu_stream *const stream = emu_stream_of(current, stream_handle);
  if (!event || !stream)
    return CUDA_ERROR_INVALID_HANDLE;
  return record ? emu_event_record(event, stream) : emu_event_wait(stream, event);
}

CUresult CUDAAPI cuStreamCreate(CUstream *stream, unsigned flags)
{
  EMU_API(EMU_PLAIN, emu_stream_create(current, flags, stream));
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
  EMU_API(EMU_PLAIN, emu_event_create(current, flags, event));
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
  EMU_API(EMU_PLAIN, emu_module_load(current, image, module));
}

/* The log is stderr's here: the buffers of the caller are left empty. */
CUresult CUDAAPI cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned n, CUjit_option *options,
                                    void **values)
{
  for (unsigned i = 0; i < n; ++i)
    if ((options[i] == CU_JIT_ERROR_LOG_BUFFER || options[i] == CU_JIT_INFO_LOG_BUFFER) && values[i])
      *(char *)values[i] = 0;
  EMU_API(EMU_PLAIN, emu_module_load(current, image, module));
}

static CUresult unload(CUmodule handle)
{
  struct emu_module *const module = emu_module_of(current, handle);
  const CUresult result = current->failed ? CUDA_SUCCESS : emu_context_finish(current);
  if (!module)
    return CUDA_ERROR_INVALID_HANDLE;
  emu_module_unload(module);
  return result;
}

CUresult CUDAAPI cuModuleUnload(CUmodule module)
{
  EMU_API(EMU_DESTROY, unload(module));
}

static CUresult get_function(CUfunction *function, CUmodule handle, const char *name)
{
  struct emu_module *const module = emu_module_of(current, handle);
  if (!module)
    return CUDA_ERROR_INVALID_HANDLE;
  for (int i = 0; i < module->program->n_kernels; ++i)
    if (strcmp(module->program->kernels[i].name, name) == 0) {
      *function = (CUfunction)(void *)&module->functions[i];
      return CUDA_SUCCESS;
    }
  return CUDA_ERROR_NOT_FOUND;
}

CUresult CUDAAPI cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name)
{
  EMU_API(EMU_PLAIN, get_function(function, module, name));
}

static CUresult get_global(CUdeviceptr *address, size_t *bytes, CUmodule handle, const char *name)
{
  struct emu_module *const module = emu_module_of(current, handle);
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
  const struct emu_function *const function = emu_function_of(current, handle);
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

CUresult CUDAAPI cuFuncGetAttribute(int *value, CUfunction_attribute which, CUfunction function)
{
  EMU_API(EMU_PLAIN, function_attribute(value, which, function));
}

static CUresult set_attribute(CUfunction handle, CUfunction_attribute which, int value)
{
  struct emu_function *const function = emu_function_of(current, handle);
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

CUresult CUDAAPI cuFuncSetAttribute(CUfunction function, CUfunction_attribute which, int value)
{
  EMU_API(EMU_PLAIN, set_attribute(function, which, value));
}

static CUresult param_info(CUfunction handle, size_t index, size_t *offset, size_t *bytes)
{
  const struct emu_function *const function = emu_function_of(current, handle);
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

CUresult CUDAAPI cuFuncGetParamInfo(CUfunction function, size_t index, size_t *offset, size_t *bytes)
{
  EMU_API(EMU_PLAIN, param_info(function, index, offset, bytes));
}

static CUresult launch_kernel(CUfunction handle, const unsigned grid[3], const unsigned block[3], unsigned shared,
                              CUstream stream_handle, void **params, void **extra)
{
  struct emu_function *const function = emu_function_of(current, handle);
  struct emu_stream *const stream = emu_stream_of(current, stream_handle);
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

CUresult CUDAAPI cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                                unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared, CUstream stream,
                                void **params, void **extra)
{
  EMU_API(EMU_LAUNCH, launch_kernel(function, (const unsigned[]){grid_x, grid_y, grid_z},
                                    (const unsigned[]){block_x, block_y, block_z}, shared, stream, params, extra));
}
