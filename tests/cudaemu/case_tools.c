/* What the cases are made of: calls that must succeed, texts through NVRTC. */
#include "cases.h"

#include <nvrtc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef CUDAEMU_FOLDER
#define CUDAEMU_FOLDER "."
#endif

void require(int holds, const char *what, int line)
{
  if (!holds) {
    printf("line %d: not so: %s\n", line, what);
    fflush(stdout);
    _Exit(1);
  }
}

void require_result(CUresult found, CUresult expected, const char *what, int line)
{
  const char *name = "?";
  if (found != expected) {
    cuGetErrorName(found, &name);
    printf("line %d: %s: %s\n", line, what, name);
    fflush(stdout);
    _Exit(1);
  }
}

static size_t append_file(char *text, size_t length, size_t size, const char *name)
{
  char path[1000];
  FILE *file;
  snprintf(path, sizeof path, "%s/%s", CUDAEMU_FOLDER, name);
  file = fopen(path, "r");
  REQUIRE(file != NULL);
  length += fread(text + length, 1, size - length - 1, file);
  fclose(file);
  text[length] = 0;
  return length;
}

char *compile_text(const char *header, const char *name, const char *architecture)
{
  static char text[60000];
  char option[60], log[4000], *ptx;
  const char *const options[] = {option, "--fmad=false"};
  nvrtcProgram program;
  size_t bytes;
  snprintf(option, sizeof option, "--gpu-architecture=%s", architecture);
  append_file(text, header ? append_file(text, 0, sizeof text, header) : 0, sizeof text, name);
  REQUIRE(nvrtcCreateProgram(&program, text, name, 0, NULL, NULL) == NVRTC_SUCCESS);
  if (nvrtcCompileProgram(program, 2, options) != NVRTC_SUCCESS) {
    REQUIRE(nvrtcGetProgramLogSize(program, &bytes) == NVRTC_SUCCESS && bytes < sizeof log);
    nvrtcGetProgramLog(program, log);
    puts(log);
    exit(1);
  }
  REQUIRE(nvrtcGetPTXSize(program, &bytes) == NVRTC_SUCCESS);
  ptx = malloc(bytes);
  REQUIRE(ptx && nvrtcGetPTX(program, ptx) == NVRTC_SUCCESS);
  nvrtcDestroyProgram(&program);
  return ptx;
}

void open_first_device(void)
{
  CUcontext context;
  CUdevice device;
  CALL(cuInit(0));
  CALL(cuDeviceGet(&device, 0));
  CALL(cuDevicePrimaryCtxRetain(&context, device));
  CALL(cuCtxSetCurrent(context));
}

void close_first_device(void)
{
  CALL(cuDevicePrimaryCtxRelease(0));
}

CUmodule load_text(const char *header, const char *name)
{
  char architecture[40], *ptx;
  CUmodule module;
  int major, minor;
  CALL(cuDeviceGetAttribute(&major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 0));
  CALL(cuDeviceGetAttribute(&minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, 0));
  snprintf(architecture, sizeof architecture, "compute_%d%d", major, minor);
  ptx = compile_text(header, name, architecture);
  CALL(cuModuleLoadDataEx(&module, ptx, 0, NULL, NULL));
  free(ptx);
  return module;
}

CUfunction kernel_of(CUmodule module, const char *name)
{
  CUfunction kernel;
  CALL(cuModuleGetFunction(&kernel, module, name));
  return kernel;
}

CUdeviceptr device_memory(size_t bytes, const void *contents)
{
  CUdeviceptr address;
  CALL(cuMemAlloc(&address, bytes));
  if (contents)
    CALL(cuMemcpyHtoD(address, contents, bytes));
  return address;
}

CUresult launch(CUfunction kernel, unsigned blocks, unsigned threads, CUstream stream, void **arguments)
{
  return cuLaunchKernel(kernel, blocks, 1, 1, threads, 1, 1, 0, stream, arguments, NULL);
}
