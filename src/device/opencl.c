/* Back end opencl: OpenCL 1.2 through the loader of installable drivers. */
#include "internal.h"

#ifdef HC_HAVE_OPENCL

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEVICES = 64, MAX_PLATFORMS = 16, BLOCKS = 4, PLATFORM_NOT_FOUND = -1001 };

static const char POCL[] = "Portable Computing Language"; /* the name of this platform */

/* Every device of the machine, GPUs first: numbers of devices are places in this list. */
static struct {
  bool known;
  cl_int error;
  int n, n_alike;
  cl_device_id devices[MAX_DEVICES];
} machine;

struct pinned {
  cl_mem memory;
  void *address;
  struct pinned *next;
};

struct opencl {
  cl_device_id device;
  cl_context context;
  cl_command_queue queues[HC_QUEUES];
  char options[128]; /* of the compiler */
  struct pinned *pinned;
};

/* The constant data of an argument: what was passed lately, so that two launches that take turns copy nothing. A buffer
 * is never written to again, because launches that wait in queues may still read it. */
struct block {
  size_t bytes;
  void *copy;
  cl_mem memory;
};

struct kernel {
  cl_kernel kernel;
  cl_uint n_args;
  struct {
    struct block blocks[BLOCKS];
    int next; /* block to be replaced next */
  } args[HC_MAX_ARGS];
};

/* NULL for success. */
static const char *error_name(cl_int code)
{
  static const struct {
    cl_int code;
    const char *name;
  } names[] = {
#define NAME(code) {code, #code}
      NAME(CL_DEVICE_NOT_FOUND),
      NAME(CL_DEVICE_NOT_AVAILABLE),
      NAME(CL_COMPILER_NOT_AVAILABLE),
      NAME(CL_MEM_OBJECT_ALLOCATION_FAILURE),
      NAME(CL_OUT_OF_RESOURCES),
      NAME(CL_OUT_OF_HOST_MEMORY),
      NAME(CL_BUILD_PROGRAM_FAILURE),
      NAME(CL_MAP_FAILURE),
      NAME(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST),
      NAME(CL_INVALID_VALUE),
      NAME(CL_INVALID_PLATFORM),
      NAME(CL_INVALID_DEVICE),
      NAME(CL_INVALID_CONTEXT),
      NAME(CL_INVALID_COMMAND_QUEUE),
      NAME(CL_INVALID_MEM_OBJECT),
      NAME(CL_INVALID_BINARY),
      NAME(CL_INVALID_BUILD_OPTIONS),
      NAME(CL_INVALID_PROGRAM_EXECUTABLE),
      NAME(CL_INVALID_KERNEL_NAME),
      NAME(CL_INVALID_KERNEL_ARGS),
      NAME(CL_INVALID_ARG_INDEX),
      NAME(CL_INVALID_ARG_VALUE),
      NAME(CL_INVALID_ARG_SIZE),
      NAME(CL_INVALID_WORK_GROUP_SIZE),
      NAME(CL_INVALID_WORK_ITEM_SIZE),
      NAME(CL_INVALID_OPERATION),
      NAME(CL_INVALID_BUFFER_SIZE),
#undef NAME
  };
  static char number[32];

  if (code == CL_SUCCESS)
    return NULL;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (names[i].code == code)
      return names[i].name;
  snprintf(number, sizeof number, "OpenCL error %d", (int)code);
  return number;
}

static const struct opencl *of(const struct hc_device *device)
{
  return device->handle;
}

/* ---- Devices ----------------------------------------------------------------------------------------------------- */

static void find_devices(void)
{
  static const cl_device_type kinds[] = {CL_DEVICE_TYPE_GPU, CL_DEVICE_TYPE_ACCELERATOR, CL_DEVICE_TYPE_CPU};
  cl_platform_id platforms[MAX_PLATFORMS];
  cl_uint n_platforms = 0;

  machine.known = true;
  machine.error = clGetPlatformIDs(MAX_PLATFORMS, platforms, &n_platforms);
  if (machine.error != CL_SUCCESS)
    return;
  if (n_platforms > MAX_PLATFORMS)
    n_platforms = MAX_PLATFORMS;
  for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
    for (cl_uint p = 0; p < n_platforms && machine.n < MAX_DEVICES; p++) {
      const cl_uint room = (cl_uint)(MAX_DEVICES - machine.n);
      cl_uint n = 0;
      if (clGetDeviceIDs(platforms[p], kinds[k], room, machine.devices + machine.n, &n) == CL_SUCCESS)
        machine.n += (int)(n < room ? n : room);
    }
    if (!machine.n_alike)
      machine.n_alike = machine.n;
  }
}

static int count_devices(char *why, size_t size)
{
  if (!machine.known)
    find_devices();
  if (machine.error == PLATFORM_NOT_FOUND)
    snprintf(why, size, "no OpenCL driver is installed");
  else if (machine.error != CL_SUCCESS)
    snprintf(why, size, "the OpenCL loader fails: %s", error_name(machine.error));
  else
    snprintf(why, size, "the OpenCL drivers find no device");
  return machine.n;
}

static int count_alike(void)
{
  return machine.n_alike;
}

static void describe(struct hc_device_info *info, bool *has_double)
{
  const cl_device_id device = machine.devices[info->index];
  cl_device_type kind = 0;
  cl_platform_id platform = NULL;
  cl_uint units = 0;
  cl_ulong memory = 0;
  cl_bool unified = CL_FALSE;
  cl_device_fp_config config = 0;
  char name[64] = "", version[256] = "", driver[32] = "";

  clGetDeviceInfo(device, CL_DEVICE_NAME, sizeof info->name, info->name, NULL);
  clGetDeviceInfo(device, CL_DEVICE_TYPE, sizeof kind, &kind, NULL);
  clGetDeviceInfo(device, CL_DEVICE_PLATFORM, sizeof(cl_platform_id), (void *)&platform, NULL);
  clGetDeviceInfo(device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL);
  clGetDeviceInfo(device, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof memory, &memory, NULL);
  clGetDeviceInfo(device, CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof unified, &unified, NULL);
  clGetDeviceInfo(device, CL_DEVICE_DOUBLE_FP_CONFIG, sizeof config, &config, NULL);
  clGetDeviceInfo(device, CL_DRIVER_VERSION, sizeof driver, driver, NULL);
  clGetDeviceInfo(device, CL_DEVICE_VERSION, sizeof version, version, NULL);
  clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof name, name, NULL);
  snprintf(info->driver, sizeof info->driver, "%s %s, %.12s", name, driver, version);
  info->memory = (int64_t)memory;
  info->compute_units = (int)units;
  info->shared_with_host = unified || kind == CL_DEVICE_TYPE_CPU;
  *has_double = config != 0;
}

static void close_device(struct hc_device *device)
{
  struct opencl *cl = device->handle;

  for (int q = 0; q < HC_QUEUES; q++)
    if (cl->queues[q]) {
      clFinish(cl->queues[q]);
      clReleaseCommandQueue(cl->queues[q]);
    }
  if (cl->context)
    clReleaseContext(cl->context);
  (void)PetscFree(cl);
}

static PetscErrorCode open_device(struct hc_device *device)
{
  struct opencl *cl;
  cl_int error;
  char version[256] = "";

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&cl));
  device->handle = cl;
  cl->device = machine.devices[device->info.index];
  cl->context = clCreateContext(NULL, 1, &cl->device, NULL, NULL, &error);
  for (int q = 0; q < HC_QUEUES && error == CL_SUCCESS; q++)
    cl->queues[q] = clCreateCommandQueue(cl->context, cl->device, 0, &error);
  PetscCheck(error == CL_SUCCESS, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "opencl: %s cannot be used: %s",
             device->info.name, error_name(error));
  device->keeps = !strstr(device->info.driver, POCL); /* it does, and to ask it for code costs several times as much */
  snprintf(cl->options, sizeof cl->options, "-cl-std=CL1.2%s",
           device->info.precision == HC_DOUBLE ? "" : " -cl-single-precision-constant");
  clGetDeviceInfo(cl->device, CL_DEVICE_VERSION, sizeof version, version, NULL);
  snprintf(device->identity, sizeof device->identity, "opencl\n%s\n%s\n%s\n%s", device->info.name, device->info.driver,
           version, cl->options);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

/* Drivers may put off the allocation until the first use: the migration is one. */
static const char *create(struct hc_device *device, size_t bytes, void **memory)
{
  const struct opencl *cl = of(device);
  cl_int error;
  cl_mem mem = clCreateBuffer(cl->context, CL_MEM_READ_WRITE, bytes, NULL, &error);

  if (error != CL_SUCCESS)
    return error_name(error);
  error = clEnqueueMigrateMemObjects(cl->queues[HC_QUEUE_MAIN], 1, &mem, CL_MIGRATE_MEM_OBJECT_CONTENT_UNDEFINED, 0,
                                     NULL, NULL);
  if (error == CL_SUCCESS)
    error = clFinish(cl->queues[HC_QUEUE_MAIN]);
  if (error != CL_SUCCESS)
    clReleaseMemObject(mem);
  *memory = mem;
  return error_name(error);
}

static void destroy(struct hc_device *device, void *memory)
{
  (void)device;
  clReleaseMemObject(memory);
}

static const char *pin(struct hc_device *device, size_t bytes, void **memory)
{
  struct opencl *cl = device->handle;
  struct pinned *pinned;
  cl_int error;
  void *address = NULL;
  cl_mem mem = clCreateBuffer(cl->context, CL_MEM_ALLOC_HOST_PTR, bytes, NULL, &error);

  if (error != CL_SUCCESS)
    return error_name(error);
  address = clEnqueueMapBuffer(cl->queues[HC_QUEUE_MAIN], mem, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0, bytes, 0, NULL,
                               NULL, &error);
  if (error != CL_SUCCESS || PetscNew(&pinned)) {
    clReleaseMemObject(mem);
    return error == CL_SUCCESS ? "no memory" : error_name(error);
  }
  *pinned = (struct pinned){mem, address, cl->pinned};
  cl->pinned = pinned;
  *memory = address;
  return NULL;
}

static void unpin(struct hc_device *device, void *memory)
{
  struct opencl *cl = device->handle;

  for (struct pinned **at = &cl->pinned; *at; at = &(*at)->next)
    if ((*at)->address == memory) {
      struct pinned *pinned = *at;
      *at = pinned->next;
      clEnqueueUnmapMemObject(cl->queues[HC_QUEUE_MAIN], pinned->memory, memory, 0, NULL, NULL);
      clFinish(cl->queues[HC_QUEUE_MAIN]);
      clReleaseMemObject(pinned->memory);
      (void)PetscFree(pinned);
      return;
    }
}

/* Without the flush a driver may hold back what nobody waits for yet. */
static const char *flushed(cl_command_queue queue, cl_int error)
{
  return error_name(error == CL_SUCCESS ? clFlush(queue) : error);
}

static const char *write_buffer(struct hc_device *device, enum hc_queue queue, void *memory, size_t offset,
                                size_t bytes, const void *host, bool wait)
{
  const cl_command_queue q = of(device)->queues[queue];
  return flushed(q, clEnqueueWriteBuffer(q, memory, wait, offset, bytes, host, 0, NULL, NULL));
}

static const char *read_buffer(struct hc_device *device, enum hc_queue queue, void *memory, size_t offset, size_t bytes,
                               void *host, bool wait)
{
  const cl_command_queue q = of(device)->queues[queue];
  return flushed(q, clEnqueueReadBuffer(q, memory, wait, offset, bytes, host, 0, NULL, NULL));
}

static const char *copy_buffer(struct hc_device *device, void *from, size_t from_offset, void *to, size_t to_offset,
                               size_t bytes)
{
  const cl_command_queue q = of(device)->queues[HC_QUEUE_MAIN];
  return error_name(clEnqueueCopyBuffer(q, from, to, from_offset, to_offset, bytes, 0, NULL, NULL));
}

static const char *order(struct hc_device *device, enum hc_queue queue, enum hc_queue other)
{
  const struct opencl *cl = of(device);
  cl_event event;
  cl_int error = clEnqueueMarkerWithWaitList(cl->queues[other], 0, NULL, &event);

  if (error != CL_SUCCESS)
    return error_name(error);
  error = clFlush(cl->queues[other]);
  if (error == CL_SUCCESS)
    error = clEnqueueBarrierWithWaitList(cl->queues[queue], 1, &event, NULL);
  clReleaseEvent(event);
  return error_name(error);
}

static const char *finish(struct hc_device *device, enum hc_queue queue)
{
  return error_name(clFinish(of(device)->queues[queue]));
}

/* ---- Programs ---------------------------------------------------------------------------------------------------- */

static PetscErrorCode get_log(struct hc_program *program)
{
  const cl_device_id device = of(program->device)->device;
  size_t size = 0;

  PetscFunctionBeginUser;
  if (clGetProgramBuildInfo(program->handle, device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) == CL_SUCCESS && size > 1) {
    PetscCall(PetscMalloc1(size + 1, &program->log));
    program->log[size] = '\0';
    clGetProgramBuildInfo(program->handle, device, CL_PROGRAM_BUILD_LOG, size, program->log, NULL);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode get_code(cl_program built, char **code, size_t *bytes)
{
  PetscFunctionBeginUser;
  if (clGetProgramInfo(built, CL_PROGRAM_BINARY_SIZES, sizeof *bytes, bytes, NULL) != CL_SUCCESS)
    *bytes = 0;
  PetscCall(PetscMalloc1(*bytes, code));
  if (clGetProgramInfo(built, CL_PROGRAM_BINARIES, sizeof *code, (void *)code, NULL) != CL_SUCCESS)
    *bytes = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode compile(struct hc_program *program, const char *text, char **code, size_t *bytes)
{
  const struct opencl *cl = of(program->device);
  cl_int error;
  cl_program built = clCreateProgramWithSource(cl->context, 1, &text, NULL, &error);

  PetscFunctionBeginUser;
  program->handle = built;
  if (error == CL_SUCCESS)
    error = clBuildProgram(built, 1, &cl->device, cl->options, NULL, NULL);
  if (built)
    PetscCall(get_log(program));
  if (error == CL_BUILD_PROGRAM_FAILURE)
    PetscCall(hc_program_rejected(program));
  PetscCheck(error == CL_SUCCESS, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "opencl: %s cannot be compiled: %s",
             program->name, error_name(error));
  if (program->device->keeps)
    PetscCall(get_code(built, code, bytes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static bool load(struct hc_program *program, const char *code, size_t bytes)
{
  const struct opencl *cl = of(program->device);
  const unsigned char *binary = (const unsigned char *)code;
  cl_int error;
  cl_program built = clCreateProgramWithBinary(cl->context, 1, &cl->device, &bytes, &binary, NULL, &error);

  if (error == CL_SUCCESS && clBuildProgram(built, 1, &cl->device, cl->options, NULL, NULL) == CL_SUCCESS) {
    program->handle = built;
    return true;
  }
  if (built)
    clReleaseProgram(built);
  return false;
}

static void unload(struct hc_program *program)
{
  clReleaseProgram(program->handle);
}

/* ---- Kernels ----------------------------------------------------------------------------------------------------- */

static void forget(struct hc_kernel *kernel)
{
  struct kernel *k = kernel->handle;

  for (int a = 0; a < HC_MAX_ARGS; a++)
    for (int b = 0; b < BLOCKS; b++)
      if (k->args[a].blocks[b].memory) {
        clReleaseMemObject(k->args[a].blocks[b].memory);
        (void)PetscFree(k->args[a].blocks[b].copy);
      }
  if (k->kernel)
    clReleaseKernel(k->kernel);
  kernel->handle = NULL;
  (void)PetscFree(k);
}

static PetscErrorCode find_kernel(struct hc_kernel *kernel)
{
  const cl_device_id device = of(kernel->program->device)->device;
  struct kernel *k;
  size_t most = 0;
  cl_int error;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&k));
  kernel->handle = k;
  k->kernel = clCreateKernel(kernel->program->handle, kernel->name, &error);
  if (error == CL_SUCCESS)
    error = clGetKernelInfo(k->kernel, CL_KERNEL_NUM_ARGS, sizeof k->n_args, &k->n_args, NULL);
  if (error == CL_SUCCESS)
    error = clGetKernelWorkGroupInfo(k->kernel, device, CL_KERNEL_WORK_GROUP_SIZE, sizeof most, &most, NULL);
  if (error != CL_SUCCESS || most < HC_GROUP || k->n_args > HC_MAX_ARGS)
    forget(kernel);
  PetscCheck(error == CL_SUCCESS, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "opencl: %s has no kernel %s that can be used: %s", kernel->program->name, kernel->name,
             error_name(error));
  PetscCheck(kernel->handle, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "opencl: kernel %s: the device takes groups of %d threads at most (%d are needed), or it has more than %d "
             "parameters",
             kernel->name, (int)most, (int)HC_GROUP, (int)HC_MAX_ARGS);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void replace_block(cl_context context, struct block *block, const struct hc_arg *arg, cl_int *error)
{
  cl_mem memory =
      clCreateBuffer(context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR, arg->bytes, (void *)arg->value, error);

  if (*error != CL_SUCCESS)
    return;
  if (block->memory) {
    clReleaseMemObject(block->memory); /* stays until the launches that use it are through */
    (void)PetscFree(block->copy);
  }
  *block = (struct block){arg->bytes, NULL, memory};
  if (PetscMalloc(arg->bytes, &block->copy))
    block->bytes = 0;
  else
    memcpy(block->copy, arg->value, arg->bytes);
}

static cl_int set_block(cl_context context, struct kernel *k, int i, const struct hc_arg *arg)
{
  struct block *blocks = k->args[i].blocks;
  cl_int error = CL_SUCCESS;
  int b = 0;

  while (b < BLOCKS && !(blocks[b].bytes == arg->bytes && !memcmp(blocks[b].copy, arg->value, arg->bytes)))
    b++;
  if (b == BLOCKS) {
    b = k->args[i].next;
    k->args[i].next = (b + 1) % BLOCKS;
    replace_block(context, blocks + b, arg, &error);
  }
  return error == CL_SUCCESS ? clSetKernelArg(k->kernel, (cl_uint)i, sizeof(cl_mem), &blocks[b].memory) : error;
}

static cl_int set_arg(cl_context context, struct kernel *k, int i, const struct hc_arg *arg)
{
  const struct hc_buffer *buffer = arg->value;

  switch (arg->kind) {
  case HC_ARG_BUFFER:
    return clSetKernelArg(k->kernel, (cl_uint)i, sizeof(cl_mem), buffer ? &buffer->memory : NULL);
  case HC_ARG_VALUE:
    return clSetKernelArg(k->kernel, (cl_uint)i, arg->bytes, arg->value);
  default:
    return set_block(context, k, i, arg);
  }
}

static const char *launch(struct hc_kernel *kernel, enum hc_queue queue, size_t groups, int n_args,
                          const struct hc_arg *args)
{
  const struct opencl *cl = of(kernel->program->device);
  struct kernel *k = kernel->handle;
  const size_t group = HC_GROUP, threads = groups * HC_GROUP;
  cl_int error = (cl_uint)n_args == k->n_args ? CL_SUCCESS : CL_INVALID_KERNEL_ARGS;

  for (int i = 0; i < n_args && error == CL_SUCCESS; i++)
    error = set_arg(cl->context, k, i, args + i);
  if (error == CL_SUCCESS)
    error = clEnqueueNDRangeKernel(cl->queues[queue], k->kernel, 1, NULL, &threads, &group, 0, NULL, NULL);
  return error_name(error);
}

const struct hc_backend hc_backend_opencl = {
    .name = "opencl",
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
