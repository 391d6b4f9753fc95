/* cudaemu: the frame of every function of the driver API: it takes the lock, asks whether the call may go on, and
 * leaves the work to others. What is not here does not exist in the library: a program that needs it fails when it
 * looks for it. */
#ifndef CUDAEMU_API_H
#define CUDAEMU_API_H

#include "emulator.h"

#include <string.h>

extern _Thread_local struct emu_context *emu_current;

CUresult emu_enter(const char *name, enum emu_call kind);
CUresult emu_leave(CUresult result, enum emu_call kind);

/* The body of an API function: `call` with the lock held and a context that works. */
#define EMU_API(kind, call)                                                                                            \
  CUresult api_result = emu_enter(__func__, kind);                                                                     \
  if (api_result == CUDA_SUCCESS)                                                                                      \
    api_result = (call);                                                                                               \
  return emu_leave(api_result, kind)

static inline CUresult emu_set(void *target, const void *value, size_t bytes)
{
  if (!target)
    return CUDA_ERROR_INVALID_VALUE;
  memcpy(target, value, bytes);
  return CUDA_SUCCESS;
}

#endif
