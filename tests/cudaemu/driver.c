/* The driver itself: entry and exit of every call, devices, contexts. */
#include "api.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VERSION = 13000, MULTIPROCESSORS = 4 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool settings_known;
static pid_t initialised_by;
static struct emu_context contexts[EMU_MOST_DEVICES];
_Thread_local struct emu_context *emu_current;

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

CUresult emu_enter(const char *name, enum emu_call kind)
{
  bool lost;
  CUresult result;
  pthread_mutex_lock(&lock);
  if (initialised_by != getpid())
    return CUDA_ERROR_NOT_INITIALIZED;
  if (kind == EMU_NO_CONTEXT)
    return CUDA_SUCCESS;
  if (!emu_current) {
    emu_misuse("%s without a current context", name);
    return CUDA_ERROR_INVALID_CONTEXT;
  }
  if (emu_current->pageable && strcmp(name, "cuStreamSynchronize") != 0)
    emu_misuse("%s after an asynchronous copy with pageable memory that nobody has waited for", name);
  emu_current->pageable = NULL;
  if (kind == EMU_DESTROY)
    return CUDA_SUCCESS;
  if (emu_current->failed)
    return emu_current->failed;
  result = emu_fault_due(kind, &lost);
  if (result != CUDA_SUCCESS)
    fprintf(stderr, "cudaemu: %s fails, as asked for\n", name);
  if (lost) {
    emu_current->failed = result;
    emu_drop_all(emu_current);
  }
  if (kind == EMU_SYNC)
    ++emu_counts.synchronisations;
  return result;
}

CUresult emu_leave(CUresult result, enum emu_call kind)
{
  if (kind == EMU_DESTROY && result == CUDA_SUCCESS && emu_current && emu_current->failed)
    result = emu_current->failed;
  pthread_mutex_unlock(&lock);
  return result;
}

/* ---- Driver, devices --------------------------------------------------------------------------------------------- */

CUresult CUDAAPI cuInit(unsigned flags)
{
  CUresult result = CUDA_SUCCESS;
  pthread_mutex_lock(&lock);
  if (!settings_known)
    emu_settings_read();
  settings_known = true;
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
  return emu_set(version, &(int){VERSION}, sizeof(int));
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

CUresult CUDAAPI cuGetErrorName(CUresult error, const char **pStr)
{
  *pStr = error_field(error, true);
  return *pStr ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult CUDAAPI cuGetErrorString(CUresult error, const char **pStr)
{
  *pStr = error_field(error, false);
  return *pStr ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

static bool is_device(CUdevice device)
{
  return device >= 0 && device < emu_settings.devices;
}

CUresult CUDAAPI cuDeviceGetCount(int *count)
{
  EMU_API(EMU_NO_CONTEXT, emu_set(count, &emu_settings.devices, sizeof(int)));
}

CUresult CUDAAPI cuDeviceGet(CUdevice *device, int ordinal)
{
  EMU_API(EMU_NO_CONTEXT, is_device(ordinal) ? emu_set(device, &ordinal, sizeof *device) : CUDA_ERROR_INVALID_DEVICE);
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
          is_device(device) ? emu_set(bytes, &emu_settings.memory, sizeof *bytes) : CUDA_ERROR_INVALID_DEVICE);
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
    return emu_set(value, &(int){emu_settings.capability / 10}, sizeof(int));
  if (which == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)
    return emu_set(value, &(int){emu_settings.capability % 10}, sizeof(int));
  for (size_t i = 0; i < sizeof table / sizeof table[0]; ++i)
    if (table[i].which == which)
      return emu_set(value, &table[i].value, sizeof(int));
  emu_misuse("device attribute %d is not known to the emulator", (int)which);
  return CUDA_ERROR_INVALID_VALUE;
}

CUresult CUDAAPI cuDeviceGetAttribute(int *pi, CUdevice_attribute attrib, CUdevice dev)
{
  EMU_API(EMU_NO_CONTEXT, attribute(pi, attrib, dev));
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
    if (emu_current == it)
      emu_current = NULL;
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

CUresult CUDAAPI cuDevicePrimaryCtxRetain(CUcontext *pctx, CUdevice dev)
{
  EMU_API(EMU_NO_CONTEXT, retain(pctx, dev));
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
  emu_current = it;
  return CUDA_SUCCESS;
}

CUresult CUDAAPI cuCtxSetCurrent(CUcontext ctx)
{
  EMU_API(EMU_NO_CONTEXT, make_current(ctx));
}

CUresult CUDAAPI cuCtxGetCurrent(CUcontext *pctx)
{
  EMU_API(EMU_NO_CONTEXT, emu_set(pctx, &(void *){emu_current}, sizeof *pctx));
}

CUresult CUDAAPI cuCtxGetDevice(CUdevice *device)
{
  EMU_API(EMU_PLAIN, emu_set(device, &emu_current->device, sizeof *device));
}

CUresult CUDAAPI cuCtxSynchronize(void)
{
  EMU_API(EMU_SYNC, emu_context_finish(emu_current));
}
