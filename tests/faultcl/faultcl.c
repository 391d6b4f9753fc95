/* faultcl: an OpenCL library that fails when told to, loaded before the real one (LD_PRELOAD). What is wanted is read
 * from the environment at every call, so that tests can also say it while they run:
 *
 *   FAULTCL=clCreateBuffer:3             the third call from now on fails: no memory (likewise clEnqueueNDRangeKernel,
 *                                        clEnqueueReadBuffer, clEnqueueWriteBuffer, clFinish: out of resources)
 *   FAULTCL=lost:10                      the device is lost at the tenth launch from now on: all calls fail from there
 * on FAULTCL=nodouble                     devices do not compute in double precision FAULTCL=unknown the platform has
 * another name than PoCL's FAULTCL=poison                       new buffers are full of NaN FAULTCL_RANK=1 only on this
 * rank (Open MPI, MPICH, Slurm)
 *
 * "From now on": counting begins when the value of FAULTCL changes. */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
  char wish[128];
  long left; /* calls until the failure */
  bool lost;
} plan;

static bool on_this_rank(void)
{
  static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID"};
  const char *wanted = getenv("FAULTCL_RANK");

  if (!wanted)
    return true;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (getenv(names[i]))
      return !strcmp(getenv(names[i]), wanted);
  return !strcmp(wanted, "0");
}

/* What is wanted now: what stands before the colon, "" if nothing. */
static bool wants(const char *what)
{
  const char *wish = getenv("FAULTCL");
  const char *colon;
  const size_t length = strlen(what);

  if (!wish || !on_this_rank())
    wish = "";
  if (strcmp(wish, plan.wish) != 0) {
    snprintf(plan.wish, sizeof plan.wish, "%s", wish);
    colon = strchr(wish, ':');
    plan.left = colon ? strtol(colon + 1, NULL, 10) : 0;
    plan.lost = false;
  }
  return !strncmp(plan.wish, what, length) && (plan.wish[length] == ':' || !plan.wish[length]);
}

/* Is this the call that fails? */
static bool now(const char *call)
{
  if (wants("lost")) {
    if (!strcmp(call, "clEnqueueNDRangeKernel") && !plan.lost)
      plan.lost = --plan.left == 0;
    return plan.lost;
  }
  return wants(call) && --plan.left == 0;
}

/* The real function, also in a process that has loaded OpenCL for itself only (MPI's daemons do, to look at devices).
 */
static void *real_symbol(const char *name)
{
  void *symbol = dlsym(RTLD_NEXT, name);
  void *library;

  if (symbol)
    return symbol;
  library = dlopen("libOpenCL.so.1", RTLD_LAZY | RTLD_LOCAL);
  symbol = library ? dlsym(library, name) : NULL;
  if (!symbol) {
    fprintf(stderr, "faultcl: no %s in libOpenCL.so.1\n", name);
    abort();
  }
  return symbol;
}

/* ISO C has no cast from dlsym's pointer. */
#define REAL(name)                                                                                                     \
  static __typeof__(&name) real;                                                                                       \
  if (!real) {                                                                                                         \
    void *const symbol = real_symbol(#name);                                                                           \
    memcpy(&real, &symbol, sizeof real);                                                                               \
  }

static cl_mem fail_create(cl_int code, cl_int *error)
{
  if (error)
    *error = code;
  return NULL;
}

/* The real thing from a host's memory full of NaN (all bits set). */
static cl_mem poisoned(__typeof__(&clCreateBuffer) create, cl_context context, cl_mem_flags flags, size_t size,
                       cl_int *error)
{
  void *const nan = malloc(size);
  cl_mem memory;

  if (!nan)
    return fail_create(CL_OUT_OF_HOST_MEMORY, error);
  memset(nan, 0xff, size);
  memory = create(context, flags | CL_MEM_COPY_HOST_PTR, size, nan, error);
  free(nan);
  return memory;
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): names shorter than OpenCL's */
cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *error)
{
  REAL(clCreateBuffer)
  if (now("clCreateBuffer"))
    return fail_create(CL_MEM_OBJECT_ALLOCATION_FAILURE, error);
  if (!host && wants("poison"))
    return poisoned(real, context, flags, size, error);
  return real(context, flags, size, host, error);
}

cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,
                              const size_t *global, const size_t *local, cl_uint n_events, const cl_event *events,
                              cl_event *event)
{
  REAL(clEnqueueNDRangeKernel)
  if (now("clEnqueueNDRangeKernel"))
    return CL_OUT_OF_RESOURCES;
  return real(queue, kernel, dimensions, offset, global, local, n_events, events, event);
}

cl_int clEnqueueReadBuffer(cl_command_queue queue, cl_mem memory, cl_bool wait, size_t offset, size_t size, void *host,
                           cl_uint n_events, const cl_event *events, cl_event *event)
{
  REAL(clEnqueueReadBuffer)
  if (now("clEnqueueReadBuffer"))
    return CL_OUT_OF_RESOURCES;
  return real(queue, memory, wait, offset, size, host, n_events, events, event);
}

cl_int clEnqueueWriteBuffer(cl_command_queue queue, cl_mem memory, cl_bool wait, size_t offset, size_t size,
                            const void *host, cl_uint n_events, const cl_event *events, cl_event *event)
{
  REAL(clEnqueueWriteBuffer)
  if (now("clEnqueueWriteBuffer"))
    return CL_OUT_OF_RESOURCES;
  return real(queue, memory, wait, offset, size, host, n_events, events, event);
}

cl_int clFinish(cl_command_queue queue)
{
  REAL(clFinish)
  if (now("clFinish"))
    return CL_OUT_OF_RESOURCES;
  return real(queue);
}

cl_int clGetDeviceInfo(cl_device_id device, cl_device_info what, size_t size, void *value, size_t *returned)
{
  REAL(clGetDeviceInfo)
  const cl_int error = real(device, what, size, value, returned);
  if (what == CL_DEVICE_DOUBLE_FP_CONFIG && value && wants("nodouble"))
    memset(value, 0, size);
  return error;
}

cl_int clGetPlatformInfo(cl_platform_id platform, cl_platform_info what, size_t size, void *value, size_t *returned)
{
  REAL(clGetPlatformInfo)
  const cl_int error = real(platform, what, size, value, returned);
  if (what == CL_PLATFORM_NAME && value && size > 7 && wants("unknown"))
    memcpy(value, "Unknown", 8);
  return error;
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
