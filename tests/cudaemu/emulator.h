/* cudaemu: a CUDA driver without a GPU, for tests. What its parts share; README.md says what it is for.
 *
 * driver.c  entry and exit of calls, contexts     queue.c   streams, events and what waits in them
 * calls.c   the other functions of the API, thin  module.c  PTX -> C -> shared objects
 * memory.c  device and page-locked memory         report.c  settings, misuse, leaks, counts, faults on demand
 * launch.c  limits of a launch, its execution */
#ifndef CUDAEMU_EMULATOR_H
#define CUDAEMU_EMULATOR_H

#include "kernel_runtime.h"

#include <cuda.h>
#include <stdbool.h>

enum { EMU_MOST_DEVICES = 16 };

/* ---- Settings and reports (report.c) ----------------------------------------------------------------------------- */

enum emu_order {
  EMU_LAZY,  /* nothing is executed before something waits for it */
  EMU_EAGER, /* everything at once, as on a device that is always ahead */
  EMU_RANDOM /* any stream may go on at any call */
};

struct emu_settings {
  int devices, capability; /* 90 */
  uint64_t memory;         /* bytes of a device */
  bool strict, host_access;
  enum emu_order order;
};
extern struct emu_settings emu_settings;

struct emu_counts {
  int64_t bytes_to_device, bytes_to_host, bytes_on_device, copies_to_device, copies_to_host, copies_on_device;
  int64_t synchronisations, allocations, peak_bytes, launches, threads, compilations, loads;
};
extern struct emu_counts emu_counts;

void emu_settings_read(void);
void emu_misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
void emu_leaked(const char *format, ...) __attribute__((format(printf, 1, 2)));
void emu_count_launch(const char *kernel); /* by name, for CUDAEMU_LOG */
bool emu_chance(int of);                   /* one time in `of`, always the same sequence */

enum emu_call { EMU_PLAIN, EMU_ALLOC, EMU_LAUNCH, EMU_COPY, EMU_SYNC, EMU_DESTROY, EMU_NO_CONTEXT };

/* What CUDAEMU_FAULT says about this call: CUDA_SUCCESS, or an error; *lost: it stays so. */
CUresult emu_fault_due(enum emu_call kind, bool *lost);
bool emu_kernel_fault_due(void);

/* ---- Contexts ---------------------------------------------------------------------------------------------------- */

struct emu_allocation {
  uint64_t base, bytes;
  int number;     /* in the order of allocation: "buffer 3" */
  bool of_module; /* holds a module's variable */
};

struct emu_pinned {
  unsigned char *base;
  size_t bytes, mapped;
  struct emu_pinned *next;
};

struct emu_context {
  int device, references;
  CUresult failed; /* what every call returns after an error that cannot be mended */
  int n_allocations, capacity;
  struct emu_allocation *allocations; /* ascending */
  uint64_t bytes;
  struct emu_pinned *pinned;
  struct emu_stream *streams, *legacy; /* legacy: the stream 0; the list holds it too */
  struct emu_stream *pageable;         /* has a copy with pageable memory that the next call must wait for */
  struct emu_event *events;
  struct emu_module *modules;
};

struct emu_context *emu_context_of_device(int device); /* NULL: none is open */
void emu_contexts_end(void);                           /* at the end of the process: what is still open is leaked */

/* ---- Memory (memory.c) ------------------------------------------------------------------------------------------- */

CUresult emu_memory_open(void);
CUresult emu_memory_alloc(struct emu_context *context, size_t bytes, bool of_module, CUdeviceptr *address);
CUresult emu_memory_free(struct emu_context *context, CUdeviceptr address);
/* Where the emulator sees [address, address + bytes), NULL if that is no part of one allocation. */
void *emu_memory_at(const struct emu_context *context, CUdeviceptr address, size_t bytes);
int64_t emu_memory_shift(void);
const struct emu_allocation *emu_memory_find(const struct emu_context *context, uint64_t address);
bool emu_memory_is_device(const void *address, size_t bytes);
/* "8 bytes beyond the end of buffer 3 (1024 bytes)" */
void emu_memory_describe(const struct emu_context *context, uint64_t address, char *text, size_t size);
void emu_memory_fill(void *memory, size_t bytes); /* with signalling NaNs */

CUresult emu_pinned_alloc(struct emu_context *context, size_t bytes, void **memory);
CUresult emu_pinned_free(struct emu_context *context, void *memory);
bool emu_pinned_holds(const struct emu_context *context, const void *memory, size_t bytes);

/* ---- Streams (queue.c) ------------------------------------------------------------------------------------------- */

enum emu_op_kind { EMU_OP_COPY, EMU_OP_FILL, EMU_OP_KERNEL, EMU_OP_RECORD, EMU_OP_WAIT };
enum emu_way { EMU_TO_DEVICE, EMU_TO_HOST, EMU_ON_DEVICE };

struct emu_marker {
  int references;
  bool done;
  struct emu_stream *stream;
};

struct emu_op {
  struct emu_op *next;
  enum emu_op_kind kind;
  enum emu_way way;
  uint64_t to, from, bytes; /* device addresses, or host pointers */
  uint32_t value, width;    /* fill: width 1, 2 or 4 bytes */
  struct emu_marker *marker;
  struct emu_launch *launch;
};

struct emu_stream {
  struct emu_context *context;
  struct emu_stream *next;
  unsigned flags;
  int number;
  struct emu_op *head, *tail;
};

struct emu_event {
  struct emu_context *context;
  struct emu_event *next;
  unsigned flags;
  struct emu_marker *marker; /* of its last record, NULL: none yet */
};

CUresult emu_stream_create(struct emu_context *context, unsigned flags, CUstream *stream);
CUresult emu_stream_destroy(struct emu_stream *stream);
/* The stream of a handle, NULL (and misuse) if there is none such. */
struct emu_stream *emu_stream_of(struct emu_context *context, CUstream handle);
CUresult emu_stream_finish(struct emu_stream *stream);
CUresult emu_stream_query(struct emu_stream *stream);
CUresult emu_context_finish(struct emu_context *context);
CUresult emu_submit(struct emu_stream *stream, const struct emu_op *op);
CUresult emu_submit_copy(struct emu_stream *stream, enum emu_way way, uint64_t to, uint64_t from, size_t bytes);
CUresult emu_copy_now(struct emu_context *context, enum emu_way way, uint64_t to, uint64_t from, size_t bytes);
void emu_drop_all(struct emu_context *context);

CUresult emu_event_create(struct emu_context *context, unsigned flags, CUevent *event);
CUresult emu_event_destroy(struct emu_event *event);
struct emu_event *emu_event_of(struct emu_context *context, CUevent handle);
CUresult emu_event_record(struct emu_event *event, struct emu_stream *stream);
CUresult emu_event_wait(struct emu_stream *stream, struct emu_event *event);
CUresult emu_event_finish(struct emu_event *event);
CUresult emu_event_query(struct emu_event *event);

/* ---- Modules (module.c) ------------------------------------------------------------------------------------------ */

struct emu_module {
  struct emu_context *context;
  struct emu_module *next;
  char *stem; /* of the files in the cache */
  void *library;
  const struct emu_program *program;
  CUdeviceptr *variables;
  struct emu_function *functions;
};

struct emu_function {
  struct emu_module *module;
  const struct emu_kernel *kernel;
  void *library;
  const struct emu_code *code; /* NULL until it is asked for */
  int most_dynamic_shared;     /* cuFuncSetAttribute */
};

CUresult emu_module_load(struct emu_context *context, const char *ptx, CUmodule *handle);
CUresult emu_module_unload(struct emu_module *module);
/* The kernel of that name, its code compiled. */
CUresult emu_module_function(struct emu_module *module, const char *name, CUfunction *handle);
struct emu_module *emu_module_of(struct emu_context *context, CUmodule handle);
struct emu_function *emu_function_of(struct emu_context *context, CUfunction handle);

/* ---- Launches (launch.c) ----------------------------------------------------------------------------------------- */

struct emu_launch {
  const struct emu_function *function;
  const struct emu_kernel *kernel; /* the function's */
  uint32_t grid[3], block[3], dynamic_shared;
  int64_t number;
  uint32_t offsets[EMU_MOST_PARAMETERS], sizes[EMU_MOST_PARAMETERS];
  unsigned char *param;
};

enum {
  EMU_SHARED_DEFAULT = 48 * 1024, /* of a block, unless the function's attribute allows more */
  EMU_SHARED_MOST = 227 * 1024,   /* sm_90 */
  EMU_PARAM_MOST = 4096
};

uint32_t emu_param_layout(const struct emu_kernel *kernel, uint32_t *offsets, uint32_t *sizes); /* bytes of all */
CUresult emu_launch_check(struct emu_function *function, const unsigned grid[3], const unsigned block[3],
                          unsigned shared, void **params, void **extra, struct emu_launch **made);
CUresult emu_launch_run(struct emu_context *context, struct emu_launch *launch);
void emu_launch_free(struct emu_launch *launch);

#endif
