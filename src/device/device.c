/* Memory, queues and launches: what is the same for all back ends. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

static const char *const queue_names[HC_QUEUES] = {"main queue", "copy queue"};

const char *const hc_precision_names[3] = {"double", "mixed", "float"};

size_t hc_device_real(const struct hc_device *device)
{
  return device && device->info.precision != HC_DOUBLE ? sizeof(float) : sizeof(double);
}

size_t hc_device_wide(const struct hc_device *device)
{
  return device && device->info.precision == HC_FLOAT ? sizeof(float) : sizeof(double);
}

const struct hc_device_info *hc_device_info(const struct hc_device *device)
{
  return device ? &device->info : NULL;
}

const char *hc_device_failure(const struct hc_device *device)
{
  return device && device->failure[0] ? device->failure : NULL;
}

int64_t hc_device_bytes(const struct hc_device *device)
{
  return device->bytes;
}

static bool failed(const struct hc_device *device)
{
  return device->failure[0] != '\0';
}

/* Keep the first failure. */
static void note(struct hc_device *device, const char *error, const char *action, const char *object)
{
  if (error && !failed(device))
    snprintf(device->failure, sizeof device->failure, "%s: %s %s: %s", device->info.backend, action, object, error);
}

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

PetscErrorCode hc_buffer_create(struct hc_device *device, size_t bytes, struct hc_buffer **buffer)
{
  struct hc_buffer *b;
  const char *error;

  PetscFunctionBeginUser;
  *buffer = NULL;
  PetscCheck(!failed(device), PETSC_COMM_SELF, HC_ERR_DEVICE, "%s", device->failure);
  PetscCall(PetscNew(&b));
  b->device = device;
  b->bytes = bytes;
  error = device->backend->create(device, bytes ? bytes : sizeof(double), &b->memory);
  if (error)
    PetscCall(PetscFree(b));
  PetscCheck(!error, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT,
             "%s: no memory for %.6g MiB (%s): %s has %.6g MiB, of which this rank holds %.6g MiB",
             device->info.backend, (double)bytes / 1048576, error, device->info.name,
             (double)device->info.memory / 1048576, (double)device->bytes / 1048576);
  device->bytes += (int64_t)bytes;
  *buffer = b;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_buffer_destroy(struct hc_buffer **buffer)
{
  struct hc_buffer *b = *buffer;

  if (!b)
    return;
  b->device->backend->destroy(b->device, b->memory);
  b->device->bytes -= (int64_t)b->bytes;
  *buffer = NULL;
  (void)PetscFree(b);
}

size_t hc_buffer_bytes(const struct hc_buffer *buffer)
{
  return buffer->bytes;
}

void *hc_buffer_address(const struct hc_buffer *buffer)
{
  return buffer->memory;
}

/* Is there something to be done, and may it be done? */
static bool within(const struct hc_buffer *buffer, size_t offset, size_t bytes, const char *action)
{
  if (offset > buffer->bytes || bytes > buffer->bytes - offset)
    note(buffer->device, "outside of the buffer", action, "buffer");
  return bytes > 0 && !failed(buffer->device);
}

static void send(struct hc_buffer *buffer, enum hc_queue queue, size_t offset, size_t bytes, const void *host,
                 bool wait)
{
  struct hc_device *device = buffer->device;

  if (within(buffer, offset, bytes, "write to"))
    note(device, device->backend->write(device, queue, buffer->memory, offset, bytes, host, wait), "write to",
         "buffer");
}

static void fetch(const struct hc_buffer *buffer, enum hc_queue queue, size_t offset, size_t bytes, void *host,
                  bool wait)
{
  struct hc_device *device = buffer->device;

  if (within(buffer, offset, bytes, "read from"))
    note(device, device->backend->read(device, queue, buffer->memory, offset, bytes, host, wait), "read from",
         "buffer");
  if (failed(device) && bytes)
    memset(host, 0, bytes);
}

void hc_buffer_write(struct hc_buffer *buffer, size_t offset, size_t bytes, const void *host)
{
  send(buffer, HC_QUEUE_MAIN, offset, bytes, host, true);
}

void hc_buffer_read(const struct hc_buffer *buffer, size_t offset, size_t bytes, void *host)
{
  fetch(buffer, HC_QUEUE_MAIN, offset, bytes, host, true);
}

void hc_buffer_copy(const struct hc_buffer *from, size_t from_offset, struct hc_buffer *to, size_t to_offset,
                    size_t bytes)
{
  struct hc_device *device = from->device;

  if (within(from, from_offset, bytes, "copy from") && within(to, to_offset, bytes, "copy to"))
    note(device, device->backend->copy(device, from->memory, from_offset, to->memory, to_offset, bytes), "copy of",
         "buffer");
}

void hc_buffer_write_reals(struct hc_buffer *buffer, size_t width, size_t offset, size_t n, const double *host)
{
  float *staging = buffer->device->staging;

  if (width == sizeof(double)) {
    hc_buffer_write(buffer, offset * width, n * width, host);
    return;
  }
  for (size_t first = 0; first < n; first += HC_STAGING) {
    const size_t some = n - first < HC_STAGING ? n - first : HC_STAGING;
    for (size_t i = 0; i < some; i++)
      staging[i] = (float)host[first + i];
    hc_buffer_write(buffer, (offset + first) * width, some * width, staging);
  }
}

void hc_buffer_read_reals(const struct hc_buffer *buffer, size_t width, size_t offset, size_t n, double *host)
{
  float *staging = buffer->device->staging;

  if (width == sizeof(double)) {
    hc_buffer_read(buffer, offset * width, n * width, host);
    return;
  }
  for (size_t first = 0; first < n; first += HC_STAGING) {
    const size_t some = n - first < HC_STAGING ? n - first : HC_STAGING;
    hc_buffer_read(buffer, (offset + first) * width, some * width, staging);
    for (size_t i = 0; i < some; i++)
      host[first + i] = (double)staging[i];
  }
}

PetscErrorCode hc_buffer_of(struct hc_device *device, size_t bytes, const void *host, struct hc_buffer **buffer)
{
  PetscFunctionBeginUser;
  PetscCall(hc_buffer_create(device, bytes, buffer));
  hc_buffer_write(*buffer, 0, bytes, host);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_buffer_of_reals(struct hc_device *device, size_t width, size_t n, const double *host,
                                  struct hc_buffer **buffer)
{
  PetscFunctionBeginUser;
  PetscCall(hc_buffer_create(device, n * width, buffer));
  hc_buffer_write_reals(*buffer, width, 0, n, host);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_pinned_create(struct hc_device *device, size_t bytes, void **memory)
{
  const char *error;

  PetscFunctionBeginUser;
  *memory = NULL;
  PetscCheck(!failed(device), PETSC_COMM_SELF, HC_ERR_DEVICE, "%s", device->failure);
  error = device->backend->pin(device, bytes ? bytes : sizeof(double), memory);
  PetscCheck(!error, PETSC_COMM_SELF, HC_ERR_ENVIRONMENT, "%s: no page-locked memory of %.6g MiB on the host: %s",
             device->info.backend, (double)bytes / 1048576, error);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_pinned_destroy(struct hc_device *device, void **memory)
{
  if (*memory)
    device->backend->unpin(device, *memory);
  *memory = NULL;
}

/* ---- Queues ------------------------------------------------------------------------------------------------------ */

void hc_queue_fetch(enum hc_queue queue, const struct hc_buffer *buffer, size_t offset, size_t bytes, void *pinned)
{
  fetch(buffer, queue, offset, bytes, pinned, false);
}

void hc_queue_send(enum hc_queue queue, struct hc_buffer *buffer, size_t offset, size_t bytes, const void *pinned)
{
  send(buffer, queue, offset, bytes, pinned, false);
}

void hc_queue_after(struct hc_device *device, enum hc_queue queue, enum hc_queue other)
{
  if (!failed(device) && queue != other)
    note(device, device->backend->after(device, queue, other), "ordering of", queue_names[queue]);
}

void hc_queue_finish(struct hc_device *device, enum hc_queue queue)
{
  if (!failed(device))
    note(device, device->backend->finish(device, queue), "waiting for", queue_names[queue]);
}

/* ---- Launches ---------------------------------------------------------------------------------------------------- */

/* The least that any device takes, so that what runs on one runs on all. */
static const char *check_args(int n_args, const struct hc_arg *args)
{
  size_t bytes = 0;

  for (int i = 0; i < n_args; i++)
    bytes += args[i].kind == HC_ARG_BUFFER ? sizeof(void *) : args[i].bytes;
  return n_args > HC_MAX_ARGS ? "too many arguments" : bytes > 4096 ? "more than 4096 bytes of arguments" : NULL;
}

void hc_kernel_launch(struct hc_kernel *kernel, enum hc_queue queue, size_t threads, int n_args,
                      const struct hc_arg *args)
{
  struct hc_device *device = kernel->program->device;

  if (threads > (size_t)INT32_MAX * HC_GROUP)
    note(device, "too many threads", "launch of", kernel->name);
  note(device, check_args(n_args, args), "launch of", kernel->name);
  if (threads > 0 && !failed(device))
    note(device, device->backend->launch(kernel, queue, (threads + HC_GROUP - 1) / HC_GROUP, n_args, args), "launch of",
         kernel->name);
}
