/* healthcast device: accelerators (OpenCL, CUDA) behind one interface. Floor 1.
 *
 * A device has memory (buffers), programs (kernels compiled at run time for the device at hand) and two queues. What is
 * put in a queue is done in its order, later; hc_buffer_read() and hc_queue_finish() wait. The back end `cpu` has no
 * device: NULL stands for it, and the host's own code computes.
 *
 * Failures. Creation (device, buffer, program, kernel) reports errors at once: HC_ERR_INPUT for a back end that does
 * not exist, HC_ERR_ENVIRONMENT for what the machine lacks. What happens within a time step (launches, copies) never
 * returns an error: a device that failed stays failed, does nothing more, and says so in hc_device_failure(). Ranks go
 * on exchanging messages until they next agree, so that one rank's failure does not leave the others waiting. */
#ifndef HC_DEVICE_H
#define HC_DEVICE_H

#include "base.h"

struct hc_device;
struct hc_buffer;  /* memory on a device */
struct hc_program; /* kernels compiled from one text */
struct hc_kernel;  /* belongs to its program */

/* ---- Devices ----------------------------------------------------------------------------------------------------- */

enum hc_precision {
  HC_DOUBLE, /* everything in double */
  HC_MIXED,  /* states of cells in float; V and diffusion in double */
  HC_FLOAT   /* everything in float */
};

extern const char *const hc_precision_names[3]; /* "double", "mixed", "float" */

struct hc_device_options {
  const char *backend; /* "cpu", "opencl", "cuda" */
  int index;           /* which of the back end's devices, -1: ranks of a machine take turns */
  enum hc_precision precision;
};

/* Open a device for each rank. "cpu" gives NULL (precision other than HC_DOUBLE is then HC_ERR_INPUT). HC_ERR_INPUT:
 * unknown back end, no such index; HC_ERR_ENVIRONMENT: no driver, no device, no double precision, each with what was
 * found on this machine by any back end. Collective; the outcome is the same on all ranks. Double precision is asked
 * for whatever the precision: times are in double. Devices are counted GPUs first, then accelerators, then CPUs; taking
 * turns is among those of the first kind that is there. */
PetscErrorCode hc_device_open(MPI_Comm comm, const struct hc_device_options *options, struct hc_device **device);
void hc_device_close(struct hc_device **device); /* after everything that was created on it */

struct hc_device_info {
  const char *backend;  /* "opencl" */
  char name[128];       /* "NVIDIA H100 80GB HBM3" */
  char driver[128];     /* "PoCL 3.1, OpenCL 2.0", "CUDA 12.4" */
  int index, n_devices; /* this one of how many */
  int64_t memory;       /* bytes */
  int compute_units;
  enum hc_precision precision;
  bool shared_with_host; /* a CPU, or one memory for both */
  bool mpi_direct;       /* MPI takes device addresses: asked of the MPI library at run time; HEALTHCAST_GPU_MPI=yes|no
                            overrules it */
};
const struct hc_device_info *hc_device_info(const struct hc_device *device);

/* All devices of all back ends of this machine, and why a back end has none, as lines of text into `text`. Not
 * collective. */
void hc_device_list(char *text, size_t size);

/* Bytes of a number of the cells' states, and of V and tissue vectors: 8 or 4. */
size_t hc_device_real(const struct hc_device *device);
size_t hc_device_wide(const struct hc_device *device);

/* NULL while all is well, else what went wrong first: "cuda: launch of cells_step: CUDA_ERROR_ECC_UNCORRECTABLE". */
const char *hc_device_failure(const struct hc_device *device);

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

/* Contents are undefined (tests fill them with NaN). bytes may be 0. HC_ERR_ENVIRONMENT: no memory, with how much was
 * asked for, how much this device has and how much of it we hold. Not collective. */
PetscErrorCode hc_buffer_create(struct hc_device *device, size_t bytes, struct hc_buffer **buffer);
void hc_buffer_destroy(struct hc_buffer **buffer);
size_t hc_buffer_bytes(const struct hc_buffer *buffer);

/* Copies through the main queue. write: the host's memory may be reused at once. read: waits for all that was put in
 * the main queue before; zeros from a device that failed. copy: between buffers of one device, asynchronous. */
void hc_buffer_write(struct hc_buffer *buffer, size_t offset, size_t bytes, const void *host);
void hc_buffer_read(const struct hc_buffer *buffer, size_t offset, size_t bytes, void *host);
void hc_buffer_copy(const struct hc_buffer *from, size_t from_offset, struct hc_buffer *to, size_t to_offset,
                    size_t bytes);

/* The same for n numbers of `width` (8 or 4) bytes on the device and doubles here; offset: in numbers. */
void hc_buffer_write_reals(struct hc_buffer *buffer, size_t width, size_t offset, size_t n, const double *host);
void hc_buffer_read_reals(const struct hc_buffer *buffer, size_t width, size_t offset, size_t n, double *host);

/* A buffer that holds a copy of host data. */
PetscErrorCode hc_buffer_of(struct hc_device *device, size_t bytes, const void *host, struct hc_buffer **buffer);
PetscErrorCode hc_buffer_of_reals(struct hc_device *device, size_t width, size_t n, const double *host,
                                  struct hc_buffer **buffer);

/* Where the buffer lies, for MPI calls; only if mpi_direct. */
void *hc_buffer_address(const struct hc_buffer *buffer);

/* Host memory that devices copy from and to without staging (page-locked where the back end can). */
PetscErrorCode hc_pinned_create(struct hc_device *device, size_t bytes, void **memory);
void hc_pinned_destroy(struct hc_device *device, void **memory);

/* Bytes that buffers hold now. */
int64_t hc_device_bytes(const struct hc_device *device);

/* ---- Queues ------------------------------------------------------------------------------------------------------ */

enum hc_queue { HC_QUEUE_MAIN, HC_QUEUE_COPY, HC_QUEUES };

/* Asynchronous copies to and from pinned memory, which must not be touched before the queue has come that far. */
void hc_queue_fetch(enum hc_queue queue, const struct hc_buffer *buffer, size_t offset, size_t bytes, void *pinned);
void hc_queue_send(enum hc_queue queue, struct hc_buffer *buffer, size_t offset, size_t bytes, const void *pinned);

/* What is put in `queue` from now on waits for what has been put in `other` so far. */
void hc_queue_after(struct hc_device *device, enum hc_queue queue, enum hc_queue other);

/* Wait until the queue is empty. */
void hc_queue_finish(struct hc_device *device, enum hc_queue queue);

/* ---- Kernels ----------------------------------------------------------------------------------------------------- */

/* Compile `text` for the device. Lines #include "x.h" name texts of kernels/, which are built in; what they guard
 * against being included twice, as in C, is the texts' own affair. defines: "NAME=VALUE", ended by NULL, or NULL; the
 * device's precision is defined too, as HC_PRECISION=0, 1 or 2 (kernels/dialect.h). Compiled code is kept in
 * $HEALTHCAST_CACHE or
 * ~/.cache/healthcast and found again by everything that it depends on. name: for messages. HC_ERR_ENVIRONMENT with the
 * compiler's first error. Not collective. */
PetscErrorCode hc_program_create(struct hc_device *device, const char *name, const char *text,
                                 const char *const *defines, struct hc_program **program);
void hc_program_destroy(struct hc_program **program);

/* HC_ERR_ENVIRONMENT: no such kernel, or the device cannot run it with groups of HC_GROUP threads. */
PetscErrorCode hc_program_kernel(struct hc_program *program, const char *name, struct hc_kernel **kernel);

/* What the compiler said, warnings included; "" if it was silent or if compiled code was found. */
const char *hc_program_log(const struct hc_program *program);

/* A kernel of a built-in text ("tissue.h"). Its program is compiled when it is first asked for and belongs to the
 * device. */
PetscErrorCode hc_device_kernel(struct hc_device *device, const char *text, const char *name,
                                struct hc_kernel **kernel);

/* The text of a header of kernels/, NULL if there is none: what plug-ins and tests may want to see. */
const char *hc_kernel_text(const char *name);

/* An argument of a kernel, in the order of its parameters: up to 32, of 4096 bytes together. A block is constant data,
 * copied when the kernel is launched: the kernel's parameter is HC_BLOCK(type, name). */
enum hc_arg_kind { HC_ARG_BUFFER, HC_ARG_VALUE, HC_ARG_BLOCK };
struct hc_arg {
  enum hc_arg_kind kind;
  size_t bytes;
  const void *value; /* BUFFER: struct hc_buffer *, or NULL for a null pointer */
};
#define HC_BUFFER_ARG(buffer) ((struct hc_arg){HC_ARG_BUFFER, 0, (buffer)})
#define HC_VALUE_ARG(variable) ((struct hc_arg){HC_ARG_VALUE, sizeof(variable), &(variable)})
#define HC_BLOCK_ARG(variable) ((struct hc_arg){HC_ARG_BLOCK, sizeof(variable), &(variable)})

enum { HC_GROUP = 128 }; /* threads of a group; kernels may rely on it (HC_GROUP_SIZE in kernels/dialect.h) */

/* Put a launch of at least `threads` threads (rounded up to whole groups: kernels check their number) in a queue. No
 * threads: nothing happens. */
void hc_kernel_launch(struct hc_kernel *kernel, enum hc_queue queue, size_t threads, int n_args,
                      const struct hc_arg *args);

#endif
