/* Back end cuda: the driver's interface and the run-time compiler NVRTC, both looked for when they are first needed, so
 * that one program runs where there is a GPU and where there is none.
 *
 * Kernels are compiled to PTX for the device's generation, or the newest older one that NVRTC knows, and the driver
 * makes machine code of it (and keeps that in its own cache): so a GPU newer than the toolkit works too. */
#include "internal.h"

#ifdef HC_HAVE_CUDA

#include <cuda.h>
#include <dlfcn.h>
#include <nvrtc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names are macros of cuda.h in part (cuMemAlloc is cuMemAlloc_v2), which is why they pass through another macro. */
#define DRIVER_FUNCTIONS(F)                                                                                            \
  F(cuInit)                                                                                                            \
  F(cuDriverGetVersion)                                                                                                \
  F(cuGetErrorName)                                                                                                    \
  F(cuDeviceGetCount)                                                                                                  \
  F(cuDeviceGet)                                                                                                       \
  F(cuDeviceGetName)                                                                                                   \
  F(cuDeviceTotalMem)                                                                                                  \
  F(cuDeviceGetAttribute)                                                                                              \
  F(cuDevicePrimaryCtxRetain)                                                                                          \
  F(cuDevicePrimaryCtxRelease)                                                                                         \
  F(cuCtxSetCurrent)                                                                                                   \
  F(cuStreamCreate)                                                                                                    \
  F(cuStreamDestroy)                                                                                                   \
  F(cuStreamSynchronize)                                                                                               \
  F(cuStreamWaitEvent)                                                                                                 \
  F(cuEventCreate)                                                                                                     \
  F(cuEventDestroy)                                                                                                    \
  F(cuEventRecord)                                                                                                     \
  F(cuMemAlloc)                                                                                                        \
  F(cuMemFree)                                                                                                         \
  F(cuMemHostAlloc)                                                                                                    \
  F(cuMemFreeHost)                                                                                                     \
  F(cuMemcpyHtoDAsync)                                                                                                 \
  F(cuMemcpyDtoHAsync)                                                                                                 \
  F(cuMemcpyDtoDAsync)                                                                                                 \
  F(cuModuleLoadDataEx)                                                                                                \
  F(cuModuleUnload)                                                                                                    \
  F(cuModuleGetFunction)                                                                                               \
  F(cuFuncGetAttribute)                                                                                                \
  F(cuLaunchKernel)

#define COMPILER_FUNCTIONS(F)                                                                                          \
  F(nvrtcVersion)                                                                                                      \
  F(nvrtcGetErrorString)                                                                                               \
  F(nvrtcGetNumSupportedArchs)                                                                                         \
  F(nvrtcGetSupportedArchs)                                                                                            \
  F(nvrtcCreateProgram)                                                                                                \
  F(nvrtcDestroyProgram)                                                                                               \
  F(nvrtcCompileProgram)                                                                                               \
  F(nvrtcGetPTXSize)                                                                                                   \
  F(nvrtcGetPTX)                                                                                                       \
  F(nvrtcGetProgramLogSize)                                                                                            \
  F(nvrtcGetProgramLog)

#define POINTER(name) __typeof__(&name) name;
static struct {
  bool tried;
  char missing[256]; /* why there is no driver, "" if there is one */
  int n;
  DRIVER_FUNCTIONS(POINTER)
} driver;

static struct {
  bool tried;
  char missing[256];
  COMPILER_FUNCTIONS(POINTER)
} nvrtc;

struct cuda {
  CUdevice device;
  CUcontext context;
  CUstream streams[HC_QUEUES];
  CUevent events[HC_QUEUES]; /* how far a queue has come */
  char arch[40];             /* option of the compiler */
};

/* ---- Libraries --------------------------------------------------------------------------------------------------- */

/* A pointer to a function through its bytes: ISO C has no cast from dlsym's pointer. */
static bool find(void *library, const char *name, void *function)
{
  void *symbol = dlsym(library, name);

  memcpy(function, &symbol, sizeof symbol);
  return symbol != NULL;
}

#define QUOTE(name) #name
#define FIND_DRIVER(name)                                                                                              \
  if (!driver.missing[0] && !find(library, QUOTE(name), &driver.name))                                                 \
    snprintf(driver.missing, sizeof driver.missing, "libcuda.so.1 has no %s: it is too old", QUOTE(name));
#define FIND_COMPILER(name)                                                                                            \
  if (!nvrtc.missing[0] && !find(library, QUOTE(name), &nvrtc.name))                                                   \
    snprintf(nvrtc.missing, sizeof nvrtc.missing, "libnvrtc has no %s: it is too old", QUOTE(name));

/* NULL for success. */
static const char *error_name(CUresult code)
{
  const char *name = NULL;
  static char number[32];

  if (code == CUDA_SUCCESS)
    return NULL;
  if (driver.cuGetErrorName(code, &name) == CUDA_SUCCESS && name)
    return name;
  snprintf(number, sizeof number, "CUDA error %d", (int)code);
  return number;
}

static void find_driver(void)
{
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  CUresult error;

  driver.tried = true;
  if (!library) {
    snprintf(driver.missing, sizeof driver.missing, "no driver library (%s)", dlerror());
    return;
  }
  DRIVER_FUNCTIONS(FIND_DRIVER)
  if (driver.missing[0])
    return;
  error = driver.cuInit(0);
  if (error == CUDA_SUCCESS)
    error = driver.cuDeviceGetCount(&driver.n);
  if (error != CUDA_SUCCESS) {
    driver.n = 0;
    snprintf(driver.missing, sizeof driver.missing, "the driver does not start: %s", error_name(error));
  } else if (!driver.n)
    snprintf(driver.missing, sizeof driver.missing, "the driver finds no device");
}

/* By the major version of the headers first, then whatever there is. */
static void *open_compiler(void)
{
  const char *const home = getenv("CUDA_HOME");
  char names[6][PETSC_MAX_PATH_LEN] = {"", "libnvrtc.so", "libnvrtc.so.12", "libnvrtc.so.11.2", "", ""};
  void *library = NULL;

  snprintf(names[0], sizeof names[0], "libnvrtc.so.%d", CUDA_VERSION / 1000);
  if (home && *home)
    snprintf(names[4], sizeof names[4], "%s/lib64/libnvrtc.so", home);
#ifdef HC_NVRTC_LIBRARY
  snprintf(names[5], sizeof names[5], "%s", HC_NVRTC_LIBRARY);
#endif
  for (int i = 0; i < 6 && !library; i++)
    if (names[i][0])
      library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  return library;
}

static void find_compiler(void)
{
  void *library = open_compiler();

  nvrtc.tried = true;
  if (!library) {
    snprintf(nvrtc.missing, sizeof nvrtc.missing,
             "no run-time compiler: libnvrtc.so.%d is neither where the loader looks nor in $CUDA_HOME/lib64",
             CUDA_VERSION / 1000);
    return;
  }
  COMPILER_FUNCTIONS(FIND_COMPILER)
}

/* ---- Devices ----------------------------------------------------------------------------------------------------- */

/* The context may have been changed by others in this process (MPI, PETSc). An error shows in the call that follows. */
static const struct cuda *enter(const struct hc_device *device)
{
  const struct cuda *cuda = device->handle;

  (void)driver.cuCtxSetCurrent(cuda->context);
  return cuda;
}

static int count_devices(char *why, size_t size)
{
  if (!driver.tried)
    find_driver();
  snprintf(why, size, "%s", driver.missing);
  return driver.n;
}

static int count_alike(void)
{
  return driver.n;
}

static int attribute(CUdevice device, CUdevice_attribute which)
{
  int value = 0;

  (void)driver.cuDeviceGetAttribute(&value, which, device);
  return value;
}

static int capability(CUdevice device)
{
  return 10 * attribute(device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) +
         attribute(device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
}

static void describe(struct hc_device_info *info, bool *has_double)
{
  CUdevice device = 0;
  size_t memory = 0;
  int version = 0;

  *has_double = true;
  (void)driver.cuDriverGetVersion(&version);
  if (driver.cuDeviceGet(&device, info->index) != CUDA_SUCCESS)
    return;
  (void)driver.cuDeviceGetName(info->name, sizeof info->name, device);
  (void)driver.cuDeviceTotalMem(&memory, device);
  snprintf(info->driver, sizeof info->driver, "CUDA %d.%d, compute capability %d.%d", version / 1000,
           version % 1000 / 10, capability(device) / 10, capability(device) % 10);
  info->memory = (int64_t)memory;
  info->compute_units = attribute(device, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  info->shared_with_host = attribute(device, CU_DEVICE_ATTRIBUTE_INTEGRATED) != 0;
}

/* Newest generation that the compiler knows and the device has; 0 if the device is older than all of them. */
static int choose_generation(int capability_of_device)
{
  int known[64], n = 0, best = 0;

  if (nvrtc.nvrtcGetNumSupportedArchs(&n) != NVRTC_SUCCESS || n < 1 || n > 64 ||
      nvrtc.nvrtcGetSupportedArchs(known) != NVRTC_SUCCESS)
    return 0;
  for (int i = 0; i < n; i++)
    if (known[i] <= capability_of_device && known[i] > best)
      best = known[i];
  return best;
}

static PetscErrorCode choose_compiler(struct hc_device *device, struct cuda *cuda)
{
  int major = 0, minor = 0, generation;

  PetscFunctionBeginUser;
  if (!nvrtc.tried)
    find_compiler();
  PetscCheck(!nvrtc.missing[0], PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "cuda: %s", nvrtc.missing);
  (void)nvrtc.nvrtcVersion(&major, &minor);
  generation = choose_generation(capability(cuda->device));
  PetscCheck(generation, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "cuda: NVRTC %d.%d compiles for no GPU as old as %s (%s)",
             major, minor, device->info.name, device->info.driver);
  snprintf(cuda->arch, sizeof cuda->arch, "--gpu-architecture=compute_%d", generation);
  snprintf(device->identity, sizeof device->identity, "cuda\n%s\n%s\nNVRTC %d.%d\n%s", device->info.name,
           device->info.driver, major, minor, cuda->arch);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void close_device(struct hc_device *device)
{
  struct cuda *cuda = device->handle;

  if (cuda->context) {
    (void)enter(device);
    for (int q = 0; q < HC_QUEUES; q++) {
      if (cuda->streams[q])
        (void)driver.cuStreamDestroy(cuda->streams[q]);
      if (cuda->events[q])
        (void)driver.cuEventDestroy(cuda->events[q]);
    }
    (void)driver.cuDevicePrimaryCtxRelease(cuda->device);
  }
  (void)PetscFree(cuda);
}

static PetscErrorCode open_device(struct hc_device *device)
{
  struct cuda *cuda;
  CUresult error;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&cuda));
  device->handle = cuda;
  device->keeps = true; /* the driver keeps machine code, but not PTX */
  error = driver.cuDeviceGet(&cuda->device, device->info.index);
  if (error == CUDA_SUCCESS)
    PetscCall(choose_compiler(device, cuda));
  if (error == CUDA_SUCCESS)
    error = driver.cuDevicePrimaryCtxRetain(&cuda->context, cuda->device);
  if (error == CUDA_SUCCESS)
    error = driver.cuCtxSetCurrent(cuda->context);
  for (int q = 0; q < HC_QUEUES && error == CUDA_SUCCESS; q++) {
    error = driver.cuStreamCreate(&cuda->streams[q], CU_STREAM_NON_BLOCKING);
    if (error == CUDA_SUCCESS)
      error = driver.cuEventCreate(&cuda->events[q], CU_EVENT_DISABLE_TIMING);
  }
  PetscCheck(error == CUDA_SUCCESS, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "cuda: %s cannot be used: %s",
             device->info.name, error_name(error));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Memory: an address on the device is kept as a pointer ------------------------------------------------------- */

static CUdeviceptr address(const void *memory, size_t offset)
{
  return (CUdeviceptr)(uintptr_t)memory + offset;
}

static const char *create(struct hc_device *device, size_t bytes, void **memory)
{
  CUdeviceptr place = 0;
  CUresult error;

  (void)enter(device);
  error = driver.cuMemAlloc(&place, bytes);
  *memory = (void *)(uintptr_t)place;
  return error_name(error);
}

static void destroy(struct hc_device *device, void *memory)
{
  (void)enter(device);
  (void)driver.cuMemFree(address(memory, 0));
}

static const char *pin(struct hc_device *device, size_t bytes, void **memory)
{
  (void)enter(device);
  return error_name(driver.cuMemHostAlloc(memory, bytes, CU_MEMHOSTALLOC_PORTABLE));
}

static void unpin(struct hc_device *device, void *memory)
{
  (void)enter(device);
  (void)driver.cuMemFreeHost(memory);
}

static const char *waited(CUstream stream, CUresult error, bool wait)
{
  return error_name(error == CUDA_SUCCESS && wait ? driver.cuStreamSynchronize(stream) : error);
}

static const char *write_buffer(struct hc_device *device, enum hc_queue queue, void *memory, size_t offset,
                                size_t bytes, const void *host, bool wait)
{
  const CUstream stream = enter(device)->streams[queue];
  return waited(stream, driver.cuMemcpyHtoDAsync(address(memory, offset), host, bytes, stream), wait);
}

static const char *read_buffer(struct hc_device *device, enum hc_queue queue, void *memory, size_t offset, size_t bytes,
                               void *host, bool wait)
{
  const CUstream stream = enter(device)->streams[queue];
  return waited(stream, driver.cuMemcpyDtoHAsync(host, address(memory, offset), bytes, stream), wait);
}

static const char *copy_buffer(struct hc_device *device, void *from, size_t from_offset, void *to, size_t to_offset,
                               size_t bytes)
{
  const CUstream stream = enter(device)->streams[HC_QUEUE_MAIN];
  return error_name(driver.cuMemcpyDtoDAsync(address(to, to_offset), address(from, from_offset), bytes, stream));
}

static const char *order(struct hc_device *device, enum hc_queue queue, enum hc_queue other)
{
  const struct cuda *cuda = enter(device);
  CUresult error = driver.cuEventRecord(cuda->events[other], cuda->streams[other]);

  if (error == CUDA_SUCCESS)
    error = driver.cuStreamWaitEvent(cuda->streams[queue], cuda->events[other], 0);
  return error_name(error);
}

static const char *finish(struct hc_device *device, enum hc_queue queue)
{
  return error_name(driver.cuStreamSynchronize(enter(device)->streams[queue]));
}

/* ---- Programs ---------------------------------------------------------------------------------------------------- */

enum { JIT_LOG = 4096 };

/* Make machine code of PTX. What the driver says of its errors goes to `log` (JIT_LOG characters). */
static CUresult load_ptx(struct hc_program *program, const char *ptx, char *log)
{
  CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  void *values[] = {log, (void *)(uintptr_t)JIT_LOG};
  CUmodule module = NULL;
  CUresult error;

  log[0] = '\0';
  (void)enter(program->device);
  error = driver.cuModuleLoadDataEx(&module, ptx, 2, options, values);
  log[JIT_LOG - 1] = '\0';
  program->handle = module;
  return error;
}

static PetscErrorCode get_log(struct hc_program *program, nvrtcProgram source)
{
  size_t size = 0;

  PetscFunctionBeginUser;
  if (nvrtc.nvrtcGetProgramLogSize(source, &size) == NVRTC_SUCCESS && size > 1) {
    PetscCall(PetscCalloc1(size + 1, &program->log));
    (void)nvrtc.nvrtcGetProgramLog(source, program->log);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode make_ptx(struct hc_program *program, nvrtcProgram source, char **ptx, size_t *bytes)
{
  const struct cuda *cuda = program->device->handle;
  const char *options[] = {cuda->arch, "--std=c++17"};
  nvrtcResult error = nvrtc.nvrtcCompileProgram(source, 2, options);

  PetscFunctionBeginUser;
  PetscCall(get_log(program, source));
  if (error == NVRTC_ERROR_COMPILATION)
    PetscCall(hc_program_rejected(program));
  if (error == NVRTC_SUCCESS)
    error = nvrtc.nvrtcGetPTXSize(source, bytes);
  if (error == NVRTC_SUCCESS) {
    PetscCall(PetscMalloc1(*bytes, ptx));
    error = nvrtc.nvrtcGetPTX(source, *ptx);
  }
  PetscCheck(error == NVRTC_SUCCESS, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "cuda: %s cannot be compiled: %s",
             program->name, nvrtc.nvrtcGetErrorString(error));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode compile(struct hc_program *program, const char *text, char **code, size_t *bytes)
{
  nvrtcProgram source;
  nvrtcResult made = nvrtc.nvrtcCreateProgram(&source, text, program->name, 0, NULL, NULL);
  PetscErrorCode failed;
  CUresult error;
  char log[JIT_LOG];

  PetscFunctionBeginUser;
  PetscCheck(made == NVRTC_SUCCESS, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "cuda: %s cannot be compiled: %s",
             program->name, nvrtc.nvrtcGetErrorString(made));
  failed = make_ptx(program, source, code, bytes);
  (void)nvrtc.nvrtcDestroyProgram(&source);
  PetscCall(failed);
  error = load_ptx(program, *code, log);
  PetscCheck(error == CUDA_SUCCESS, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "cuda: the driver (%s) does not take the code of %s: %s%s%.*s%s", program->device->info.driver,
             program->name, error_name(error), log[0] ? ": " : "", (int)strcspn(log, "\n"), log,
             error == CUDA_ERROR_UNSUPPORTED_PTX_VERSION ? " (NVRTC is newer than the driver)" : "");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* PTX is a text and ends with its zero. */
static bool load(struct hc_program *program, const char *code, size_t bytes)
{
  char log[JIT_LOG];

  return code[bytes - 1] == '\0' && load_ptx(program, code, log) == CUDA_SUCCESS;
}

static void unload(struct hc_program *program)
{
  (void)enter(program->device);
  (void)driver.cuModuleUnload(program->handle);
}

/* ---- Kernels ----------------------------------------------------------------------------------------------------- */

static PetscErrorCode find_kernel(struct hc_kernel *kernel)
{
  CUfunction function = NULL;
  CUresult error;
  int most = 0;

  PetscFunctionBeginUser;
  (void)enter(kernel->program->device);
  error = driver.cuModuleGetFunction(&function, kernel->program->handle, kernel->name);
  if (error == CUDA_SUCCESS)
    error = driver.cuFuncGetAttribute(&most, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, function);
  PetscCheck(error == CUDA_SUCCESS, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "cuda: %s has no kernel %s that can be used: %s", kernel->program->name, kernel->name, error_name(error));
  PetscCheck(most >= HC_GROUP, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "cuda: kernel %s: the device takes groups of %d threads at most, %d are needed", kernel->name, most,
             (int)HC_GROUP);
  kernel->handle = function;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void forget(struct hc_kernel *kernel)
{
  kernel->handle = NULL;
}

static const char *launch(struct hc_kernel *kernel, enum hc_queue queue, size_t groups, int n_args,
                          const struct hc_arg *args)
{
  const CUstream stream = enter(kernel->program->device)->streams[queue];
  CUdeviceptr places[HC_MAX_ARGS];
  void *values[HC_MAX_ARGS];

  for (int i = 0; i < n_args; i++) {
    const struct hc_buffer *buffer = args[i].value;
    const bool is_buffer = args[i].kind == HC_ARG_BUFFER;
    places[i] = is_buffer && buffer ? address(buffer->memory, 0) : 0;
    values[i] = is_buffer ? (void *)&places[i] : (void *)args[i].value;
  }
  return error_name(
      driver.cuLaunchKernel(kernel->handle, (unsigned int)groups, 1, 1, HC_GROUP, 1, 1, 0, stream, values, NULL));
}

const struct hc_backend hc_backend_cuda = {
    .name = "cuda",
    .count = count_devices,
    .alike = count_alike,
    .describe = describe,
    .open = open_device,
    .close = close_device,
    .create = create,
    .destroy = destroy,
    .pin = pin,
    .unpin = unpin,
    .write = write_buffer,
    .read = read_buffer,
    .copy = copy_buffer,
    .after = order,
    .finish = finish,
    .compile = compile,
    .load = load,
    .unload = unload,
    .kernel = find_kernel,
    .forget = forget,
    .launch = launch,
};

#endif
