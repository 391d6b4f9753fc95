/* What a back end gives to the device module. Host's errors are PetscErrorCode where creation may fail; what runs in
 * queues returns NULL, or the name of the driver's error ("CUDA_ERROR_ILLEGAL_ADDRESS"), which stays valid until the
 * next call. The module checks ranges, keeps count of bytes, and calls nothing on a device that has failed. */
#ifndef HC_DEVICE_INTERNAL_H
#define HC_DEVICE_INTERNAL_H

#include "device.h"

struct hc_backend;

struct hc_device {
  const struct hc_backend *backend;
  struct hc_device_info info;
  void *handle;                /* the back end's */
  char identity[1024];         /* all that compiled code depends on beside its text */
  bool keeps;                  /* compiled code is worth keeping: the driver does not do so itself */
  char failure[512];           /* "" while all is well */
  int64_t bytes;               /* held by buffers */
  float *staging;              /* HC_STAGING numbers on their way from and to doubles */
  struct hc_program *built_in; /* of hc_device_kernel() */
};

enum { HC_STAGING = 1 << 16, HC_MAX_ARGS = 32 };

struct hc_buffer {
  struct hc_device *device;
  size_t bytes;
  void *memory; /* cl_mem, or the address on a CUDA device */
};

struct hc_program {
  struct hc_device *device;
  char name[64];
  char *log; /* what the compiler said, NULL if nothing */
  void *handle;
  struct hc_kernel *kernels;
  struct hc_program *next; /* in the device's list */
};

struct hc_kernel {
  struct hc_program *program;
  char name[64];
  void *handle;
  struct hc_kernel *next;
};

struct hc_backend {
  const char *name;
  /* How many devices there are; if none, why. */
  int (*count)(char *why, size_t size);
  /* Number of devices that ranks take turns on: those of the same kind as the first. */
  int (*alike)(void);
  /* Everything about device info->index that can be told without opening it; has_double: it computes in double. */
  void (*describe)(struct hc_device_info *info, bool *has_double);

  PetscErrorCode (*open)(struct hc_device *device); /* info is filled; sets the rest */
  void (*close)(struct hc_device *device);

  const char *(*create)(struct hc_device *device, size_t bytes, void **memory); /* bytes > 0 */
  void (*destroy)(struct hc_device *device, void *memory);
  const char *(*pin)(struct hc_device *device, size_t bytes, void **memory);
  void (*unpin)(struct hc_device *device, void *memory);

  /* wait: the host's memory is free again, or filled, on return. */
  const char *(*write)(struct hc_device *device, enum hc_queue queue, void *memory, size_t offset, size_t bytes,
                       const void *host, bool wait);
  const char *(*read)(struct hc_device *device, enum hc_queue queue, void *memory, size_t offset, size_t bytes,
                      void *host, bool wait);
  const char *(*copy)(struct hc_device *device, void *from, size_t from_offset, void *to, size_t to_offset,
                      size_t bytes);
  const char *(*after)(struct hc_device *device, enum hc_queue queue, enum hc_queue other);
  const char *(*finish)(struct hc_device *device, enum hc_queue queue);

  /* Compile and make ready; the compiled code (PetscMalloc) is for the cache, 0 bytes if it is not kept. */
  PetscErrorCode (*compile)(struct hc_program *program, const char *text, char **code, size_t *bytes);
  /* Make compiled code ready; false if the driver does not take it (any more). */
  bool (*load)(struct hc_program *program, const char *code, size_t bytes);
  void (*unload)(struct hc_program *program);
  PetscErrorCode (*kernel)(struct hc_kernel *kernel);
  void (*forget)(struct hc_kernel *kernel);
  const char *(*launch)(struct hc_kernel *kernel, enum hc_queue queue, size_t groups, int n_args,
                        const struct hc_arg *args);
};

extern const struct hc_backend hc_backend_opencl, hc_backend_cuda;

/* Raise HC_ERR_ENVIRONMENT with the first error in program->log. */
PetscErrorCode hc_program_rejected(struct hc_program *program);

#endif
