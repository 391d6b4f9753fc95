/* Streams hold their work until something waits for it. Waiting for one stream runs that stream, and of others only
 * what events make it wait for, so work that should have been ordered and was not comes in the wrong order. */
#include "emulator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int n_streams;

/* ---- Markers: points in a stream that others wait for -------------------------------------------------------------
 */

static struct emu_marker *marker_create(struct emu_stream *stream)
{
  struct emu_marker *const marker = calloc(1, sizeof *marker);
  if (!marker)
    abort();
  marker->references = 1;
  marker->stream = stream;
  return marker;
}

static struct emu_marker *marker_keep(struct emu_marker *marker)
{
  ++marker->references;
  return marker;
}

static void marker_drop(struct emu_marker *marker)
{
  if (marker && --marker->references == 0)
    free(marker);
}

/* ---- Execution --------------------------------------------------------------------------------------------------- */

static void op_free(struct emu_op *op)
{
  if (op->kind == EMU_OP_RECORD)
    op->marker->done = true; /* also if it was dropped: nobody may wait for ever */
  marker_drop(op->marker);
  emu_launch_free(op->launch);
  free(op);
}

static CUresult fail(struct emu_context *context, CUresult result)
{
  if (context->failed == CUDA_SUCCESS)
    context->failed = result;
  return context->failed;
}

/* The emulator's view of one end of a copy; NULL after a message if it is no longer memory. */
static unsigned char *end_of(struct emu_context *context, bool on_device, uint64_t address, uint64_t bytes)
{
  char where[200];
  unsigned char *at;
  if (!on_device)
    return (unsigned char *)(uintptr_t)address;
  at = emu_memory_at(context, address, bytes);
  if (!at) {
    emu_memory_describe(context, address + bytes - 1, where, sizeof where);
    emu_misuse("copy or fill of %llu bytes at 0x%llx: the last byte is %s", (unsigned long long)bytes,
               (unsigned long long)address, where);
  }
  return at;
}

CUresult emu_copy_now(struct emu_context *context, enum emu_way way, uint64_t to, uint64_t from, size_t bytes)
{
  unsigned char *target, *source;
  if (bytes == 0)
    return CUDA_SUCCESS;
  target = end_of(context, way != EMU_TO_HOST, to, bytes);
  source = end_of(context, way != EMU_TO_DEVICE, from, bytes);
  if (!target || !source)
    return CUDA_ERROR_INVALID_VALUE;
  memmove(target, source, bytes);
  return CUDA_SUCCESS;
}

static CUresult fill_now(struct emu_context *context, const struct emu_op *op)
{
  unsigned char *const at = op->bytes ? end_of(context, true, op->to, op->bytes) : NULL;
  if (op->bytes && !at)
    return CUDA_ERROR_INVALID_VALUE;
  for (uint64_t i = 0; i + op->width <= op->bytes; i += op->width)
    memcpy(at + i, &op->value, op->width);
  return CUDA_SUCCESS;
}

static CUresult run_until(struct emu_stream *stream, const struct emu_marker *marker);

/* Take the first piece of work and do it. */
static CUresult run_one(struct emu_stream *stream)
{
  struct emu_context *const context = stream->context;
  struct emu_op *const op = stream->head;
  CUresult result = CUDA_SUCCESS;
  if (op->kind == EMU_OP_WAIT && !op->marker->done) {
    result = run_until(op->marker->stream, op->marker);
    if (result != CUDA_SUCCESS)
      return result;
  }
  stream->head = op->next;
  if (!stream->head)
    stream->tail = NULL;
  if (op->kind == EMU_OP_COPY)
    result = emu_copy_now(context, op->way, op->to, op->from, op->bytes);
  else if (op->kind == EMU_OP_FILL)
    result = fill_now(context, op);
  else if (op->kind == EMU_OP_KERNEL)
    result = emu_launch_run(context, op->launch);
  op_free(op);
  if (result != CUDA_SUCCESS) {
    result = fail(context, result == CUDA_ERROR_INVALID_VALUE ? CUDA_ERROR_ILLEGAL_ADDRESS : result);
    emu_drop_all(context);
  }
  return result;
}

static CUresult run_until(struct emu_stream *stream, const struct emu_marker *marker)
{
  CUresult result = CUDA_SUCCESS;
  while (result == CUDA_SUCCESS && !marker->done && stream->head)
    result = run_one(stream);
  return result;
}

CUresult emu_stream_finish(struct emu_stream *stream)
{
  CUresult result = CUDA_SUCCESS;
  while (result == CUDA_SUCCESS && stream->head)
    result = run_one(stream);
  return result;
}

CUresult emu_context_finish(struct emu_context *context)
{
  CUresult result = CUDA_SUCCESS;
  for (struct emu_stream *it = context->streams; it && result == CUDA_SUCCESS; it = it->next)
    result = emu_stream_finish(it); /* the youngest stream first */
  return result;
}

void emu_drop_all(struct emu_context *context)
{
  for (struct emu_stream *it = context->streams; it; it = it->next)
    while (it->head) {
      struct emu_op *const op = it->head;
      it->head = op->next;
      op_free(op);
      if (!it->head)
        it->tail = NULL;
    }
}

/* A stream that has work does not get on by being asked, on a real device: here it does one thing each time. */
CUresult emu_stream_query(struct emu_stream *stream)
{
  CUresult result;
  if (!stream->head)
    return CUDA_SUCCESS;
  result = run_one(stream);
  return result == CUDA_SUCCESS ? CUDA_ERROR_NOT_READY : result;
}

/* ---- Submission -------------------------------------------------------------------------------------------------- */

static void append(struct emu_stream *stream, const struct emu_op *op)
{
  struct emu_op *const it = malloc(sizeof *it);
  if (!it)
    abort();
  *it = *op;
  it->next = NULL;
  if (stream->tail)
    stream->tail->next = it;
  else
    stream->head = it;
  stream->tail = it;
}

/* What `stream` does from now on waits for what `other` has been given so far. */
static void append_after(struct emu_stream *stream, struct emu_stream *other)
{
  struct emu_marker *marker;
  if (!other->head)
    return;
  marker = marker_create(other);
  append(other, &(struct emu_op){.kind = EMU_OP_RECORD, .marker = marker});
  append(stream, &(struct emu_op){.kind = EMU_OP_WAIT, .marker = marker_keep(marker)});
}

static bool is_blocking(const struct emu_stream *stream)
{
  return !(stream->flags & CU_STREAM_NON_BLOCKING);
}

/* Stream 0 waits for all blocking streams, and they wait for it. */
static void order_with_legacy(struct emu_stream *stream)
{
  struct emu_context *const context = stream->context;
  if (stream == context->legacy) {
    for (struct emu_stream *it = context->streams; it; it = it->next)
      if (it != stream && is_blocking(it))
        append_after(stream, it);
  } else if (is_blocking(stream))
    append_after(stream, context->legacy);
}

CUresult emu_submit(struct emu_stream *stream, const struct emu_op *op)
{
  CUresult result = CUDA_SUCCESS;
  order_with_legacy(stream);
  append(stream, op);
  if (emu_settings.order == EMU_EAGER)
    return emu_stream_finish(stream);
  if (emu_settings.order == EMU_RANDOM)
    for (struct emu_stream *it = stream->context->streams; it && result == CUDA_SUCCESS; it = it->next)
      while (result == CUDA_SUCCESS && it->head && emu_chance(2))
        result = run_one(it);
  return result;
}

/* Is [memory, memory + bytes) still to be read by work that waits? */
static bool is_to_be_read(const struct emu_context *context, uint64_t memory, uint64_t bytes)
{
  for (const struct emu_stream *it = context->streams; it; it = it->next)
    for (const struct emu_op *op = it->head; op; op = op->next)
      if (op->kind == EMU_OP_COPY && op->way == EMU_TO_DEVICE && op->from < memory + bytes &&
          memory < op->from + op->bytes)
        return true;
  return false;
}

/* An asynchronous copy. Host memory must be page-locked, or the next call must wait for the stream. Until a fetch is
 * done, its target holds NaN. */
CUresult emu_submit_copy(struct emu_stream *stream, enum emu_way way, uint64_t to, uint64_t from, size_t bytes)
{
  struct emu_context *const context = stream->context;
  const uint64_t host = way == EMU_TO_HOST ? to : from;
  if (bytes == 0)
    return CUDA_SUCCESS;
  if ((way != EMU_TO_HOST && !end_of(context, true, to, bytes)) ||
      (way != EMU_TO_DEVICE && !end_of(context, true, from, bytes)))
    return CUDA_ERROR_INVALID_VALUE;
  if (way != EMU_ON_DEVICE && !emu_pinned_holds(context, (void *)(uintptr_t)host, bytes))
    context->pageable = stream;
  if (way == EMU_TO_HOST && !is_to_be_read(context, to, bytes))
    emu_memory_fill((void *)(uintptr_t)to, bytes);
  return emu_submit(stream, &(struct emu_op){.kind = EMU_OP_COPY, .way = way, .to = to, .from = from, .bytes = bytes});
}

/* ---- Streams ----------------------------------------------------------------------------------------------------- */

CUresult emu_stream_create(struct emu_context *context, unsigned flags, CUstream *stream)
{
  struct emu_stream *const it = calloc(1, sizeof *it);
  if (!it || !stream || (flags & ~(unsigned)CU_STREAM_NON_BLOCKING)) {
    free(it);
    emu_misuse("stream with flags %u", flags);
    return CUDA_ERROR_INVALID_VALUE;
  }
  it->context = context;
  it->flags = flags;
  it->number = n_streams++;
  it->next = context->streams;
  context->streams = it;
  *stream = (CUstream)(void *)it;
  return CUDA_SUCCESS;
}

CUresult emu_stream_destroy(struct emu_stream *stream)
{
  struct emu_context *const context = stream->context;
  const CUresult result = context->failed ? context->failed : emu_stream_finish(stream);
  for (struct emu_stream **link = &context->streams; *link; link = &(*link)->next)
    if (*link == stream) {
      *link = stream->next;
      break;
    }
  free(stream);
  return result;
}

struct emu_stream *emu_stream_of(struct emu_context *context, CUstream handle)
{
  if (!handle || handle == CU_STREAM_LEGACY)
    return context->legacy;
  for (struct emu_stream *it = context->streams; it; it = it->next)
    if ((void *)it == (void *)handle)
      return it;
  emu_misuse("%p is no stream of the current context", (void *)handle);
  return NULL;
}

/* ---- Events ------------------------------------------------------------------------------------------------------ */

CUresult emu_event_create(struct emu_context *context, unsigned flags, CUevent *event)
{
  struct emu_event *const it = calloc(1, sizeof *it);
  if (!it || !event) {
    free(it);
    return CUDA_ERROR_INVALID_VALUE;
  }
  it->context = context;
  it->flags = flags;
  it->next = context->events;
  context->events = it;
  *event = (CUevent)(void *)it;
  return CUDA_SUCCESS;
}

CUresult emu_event_destroy(struct emu_event *event)
{
  for (struct emu_event **link = &event->context->events; *link; link = &(*link)->next)
    if (*link == event) {
      *link = event->next;
      break;
    }
  marker_drop(event->marker);
  free(event);
  return CUDA_SUCCESS;
}

struct emu_event *emu_event_of(struct emu_context *context, CUevent handle)
{
  for (struct emu_event *it = context->events; it; it = it->next)
    if ((void *)it == (void *)handle)
      return it;
  emu_misuse("%p is no event of the current context", (void *)handle);
  return NULL;
}

CUresult emu_event_record(struct emu_event *event, struct emu_stream *stream)
{
  marker_drop(event->marker);
  event->marker = marker_create(stream);
  return emu_submit(stream, &(struct emu_op){.kind = EMU_OP_RECORD, .marker = marker_keep(event->marker)});
}

CUresult emu_event_wait(struct emu_stream *stream, struct emu_event *event)
{
  if (!event->marker || event->marker->done)
    return CUDA_SUCCESS; /* an event without a record holds nobody up */
  return emu_submit(stream, &(struct emu_op){.kind = EMU_OP_WAIT, .marker = marker_keep(event->marker)});
}

CUresult emu_event_finish(struct emu_event *event)
{
  if (!event->marker || event->marker->done)
    return CUDA_SUCCESS;
  return run_until(event->marker->stream, event->marker);
}

CUresult emu_event_query(struct emu_event *event)
{
  CUresult result;
  if (!event->marker || event->marker->done)
    return CUDA_SUCCESS;
  result = run_one(event->marker->stream);
  return result == CUDA_SUCCESS ? CUDA_ERROR_NOT_READY : result;
}
