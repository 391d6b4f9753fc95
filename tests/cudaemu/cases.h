/* What the cases of cases.c and the machine around them share. */
#ifndef CUDAEMU_CASES_H
#define CUDAEMU_CASES_H

#include <cuda.h>
#include <stddef.h>

/* End the process with a message if a condition does not hold, or a call does not return what it should. */
#define REQUIRE(condition) require((condition) != 0, #condition, __LINE__)
#define CALL(call) require_result((call), CUDA_SUCCESS, #call, __LINE__)
#define CALL_GIVES(result, call) require_result((call), (result), #call, __LINE__)
void require(int holds, const char *what, int line);
void require_result(CUresult found, CUresult expected, const char *what, int line);

/* PTX of one or two files of this folder (header NULL: one) for an architecture ("compute_80"), to be freed. */
char *compile_text(const char *header, const char *name, const char *architecture);

void open_first_device(void); /* its context becomes current */
void close_first_device(void);
CUmodule load_text(const char *header, const char *name); /* compiled for the device */
CUfunction kernel_of(CUmodule module, const char *name);
CUdeviceptr device_memory(size_t bytes, const void *contents); /* contents NULL: left as it is */
CUresult launch(CUfunction kernel, unsigned blocks, unsigned threads, CUstream stream, void **arguments);

void check_arithmetic(void); /* check_arithmetic.c */

#endif
