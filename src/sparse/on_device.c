/* The product and its halo on a device. */
#include "internal.h"
#include "kernels/blocks.h"

enum { TAG = 8, MOST_ARGUMENTS = 16 };

_Static_assert((int)HC_TERMS == (int)HC_SPARSE_TERMS, "terms of a product");

struct hc_sparse_device {
  const struct hc_sparse *sparse;        /* borrowed */
  struct hc_device *device;              /* borrowed */
  size_t wide;                           /* bytes of a number */
  struct hc_buffer *interior, *boundary; /* the two parts of the list of chunks */
  struct hc_buffer *row, *start, *col;
  struct hc_kernel *product, *gather; /* borrowed */

  /* Messages. Packed values leave from `packed`; through pinned memory unless MPI takes them there. */
  struct hc_halo_lists halo;
  int n_sent, n_received; /* nodes */
  struct hc_buffer *send_nodes, *packed;
  void *sent, *received;
  MPI_Request *requests;
};

static PetscErrorCode create_messages(struct hc_sparse_device *d)
{
  PetscFunctionBeginUser;
  d->halo = hc_halo_lists_of(d->sparse->mesh);
  d->n_sent = d->halo.send_start[d->halo.n_send];
  d->n_received = d->halo.recv_start[d->halo.n_recv];
  PetscCall(PetscMalloc1(d->halo.n_send + d->halo.n_recv, &d->requests));
  PetscCall(hc_buffer_of(d->device, (size_t)d->n_sent * sizeof(int), d->halo.send_node, &d->send_nodes));
  PetscCall(hc_buffer_create(d->device, (size_t)d->n_sent * d->wide, &d->packed));
  PetscCall(hc_pinned_create(d->device, (size_t)d->n_sent * d->wide, &d->sent));
  PetscCall(hc_pinned_create(d->device, (size_t)d->n_received * d->wide, &d->received));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create(struct hc_sparse_device *d)
{
  const struct hc_sparse *s = d->sparse;
  const size_t n = (size_t)s->n_chunks, interior = (size_t)s->n_interior;

  PetscFunctionBeginUser;
  PetscCall(hc_device_kernel(d->device, "tissue.h", "product", &d->product));
  PetscCall(hc_device_kernel(d->device, "tissue.h", "gather", &d->gather));
  PetscCall(hc_buffer_of(d->device, interior * sizeof(int), s->list, &d->interior));
  PetscCall(hc_buffer_of(d->device, (n - interior) * sizeof(int), s->list + interior, &d->boundary));
  PetscCall(hc_buffer_of(d->device, n * HC_CHUNK * sizeof(int), s->row, &d->row));
  PetscCall(hc_buffer_of(d->device, (n + 1) * sizeof(int64_t), s->start, &d->start));
  PetscCall(hc_buffer_of(d->device, (size_t)s->start[n] * sizeof(int), s->col, &d->col));
  PetscCall(create_messages(d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_sparse_device_create(const struct hc_sparse *sparse, struct hc_device *device,
                                       struct hc_sparse_device **on_device)
{
  struct hc_sparse_device *d;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&d));
  d->sparse = sparse;
  d->device = device;
  d->wide = hc_device_wide(device);
  code = create(d);
  if (code)
    hc_sparse_device_destroy(&d);
  PetscCall(code);
  *on_device = d;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void hc_sparse_device_destroy(struct hc_sparse_device **on_device)
{
  struct hc_sparse_device *d = on_device ? *on_device : NULL;

  if (!d)
    return;
  hc_buffer_destroy(&d->interior);
  hc_buffer_destroy(&d->boundary);
  hc_buffer_destroy(&d->row);
  hc_buffer_destroy(&d->start);
  hc_buffer_destroy(&d->col);
  hc_buffer_destroy(&d->send_nodes);
  hc_buffer_destroy(&d->packed);
  hc_pinned_destroy(d->device, &d->sent);
  hc_pinned_destroy(d->device, &d->received);
  (void)PetscFree(d->requests);
  (void)PetscFree(*on_device);
}

PetscErrorCode hc_sparse_device_weights(const struct hc_sparse_device *on_device, const double *weights,
                                        struct hc_buffer **buffer)
{
  const struct hc_sparse *s = on_device->sparse;

  PetscFunctionBeginUser;
  PetscCall(hc_buffer_of_reals(on_device->device, on_device->wide, (size_t)s->start[s->n_chunks], weights, buffer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- Product ----------------------------------------------------------------------------------------------------- */

/* Rows of `chunks` chunks of the list. */
static void launch(const struct hc_sparse_device *d, const struct hc_buffer *list, int chunks,
                   const struct hc_buffer *weights, const struct hc_buffer *x,
                   const struct hc_sparse_device_update *update)
{
  const int n = chunks * HC_CHUNK;
  struct hc_product_block block = {
      .factor = update->factor, .n_terms = update->n_terms, .n_owned = d->sparse->mesh->n_owned};
  const struct hc_buffer *term[HC_TERMS] = {NULL};

  for (int t = 0; t < update->n_terms; t++) {
    block.coefficient[t] = update->coefficient[t];
    term[t] = update->term[t];
  }
  const struct hc_arg arguments[MOST_ARGUMENTS] = {HC_BLOCK_ARG(block),
                                                   HC_VALUE_ARG(n),
                                                   HC_BUFFER_ARG(list),
                                                   HC_BUFFER_ARG(d->row),
                                                   HC_BUFFER_ARG(d->start),
                                                   HC_BUFFER_ARG(d->col),
                                                   HC_BUFFER_ARG(weights),
                                                   HC_BUFFER_ARG(x),
                                                   HC_BUFFER_ARG(update->out),
                                                   HC_BUFFER_ARG(update->scale),
                                                   HC_BUFFER_ARG(update->diagonal),
                                                   HC_BUFFER_ARG(term[0]),
                                                   HC_BUFFER_ARG(term[1]),
                                                   HC_BUFFER_ARG(term[2]),
                                                   HC_BUFFER_ARG(term[3]),
                                                   HC_BUFFER_ARG(term[4])};
  hc_kernel_launch(d->product, HC_QUEUE_MAIN, (size_t)n, MOST_ARGUMENTS, arguments);
}

/* Values for the neighbours on their way to pinned memory, or ready on the device. */
static void pack(struct hc_sparse_device *d, const struct hc_buffer *x)
{
  const struct hc_arg arguments[] = {HC_VALUE_ARG(d->n_sent), HC_BUFFER_ARG(d->send_nodes), HC_BUFFER_ARG(x),
                                     HC_BUFFER_ARG(d->packed)};

  hc_kernel_launch(d->gather, HC_QUEUE_MAIN, (size_t)d->n_sent, 4, arguments);
  hc_queue_after(d->device, HC_QUEUE_COPY, HC_QUEUE_MAIN);
  if (!hc_device_info(d->device)->mpi_direct)
    hc_queue_fetch(HC_QUEUE_COPY, d->packed, 0, (size_t)d->n_sent * d->wide, d->sent);
}

/* Messages, once what they carry has been packed. The queue of copies has also done with what came last time. */
static PetscErrorCode exchange(struct hc_sparse_device *d, struct hc_buffer *x)
{
  const struct hc_halo_lists *h = &d->halo;
  const struct hc_mesh *mesh = d->sparse->mesh;
  const bool direct = hc_device_info(d->device)->mpi_direct && !hc_device_failure(d->device);
  const MPI_Datatype type = d->wide == sizeof(double) ? MPI_DOUBLE : MPI_FLOAT;
  char *const from = direct ? hc_buffer_address(d->packed) : d->sent;
  char *const to = direct ? (char *)hc_buffer_address(x) + (size_t)mesh->n_owned * d->wide : d->received;

  PetscFunctionBeginUser;
  hc_queue_finish(d->device, HC_QUEUE_COPY);
  for (int k = 0; k < h->n_recv; k++)
    PetscCallMPI(MPI_Irecv(to + (size_t)h->recv_start[k] * d->wide, h->recv_start[k + 1] - h->recv_start[k], type,
                           h->recv_rank[k], TAG, mesh->comm, &d->requests[k]));
  for (int k = 0; k < h->n_send; k++)
    PetscCallMPI(MPI_Isend(from + (size_t)h->send_start[k] * d->wide, h->send_start[k + 1] - h->send_start[k], type,
                           h->send_rank[k], TAG, mesh->comm, &d->requests[h->n_recv + k]));
  PetscCallMPI(MPI_Waitall(h->n_recv + h->n_send, d->requests, MPI_STATUSES_IGNORE));
  if (!direct) {
    hc_queue_send(HC_QUEUE_COPY, x, (size_t)mesh->n_owned * d->wide, (size_t)d->n_received * d->wide, d->received);
    hc_queue_after(d->device, HC_QUEUE_MAIN, HC_QUEUE_COPY);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode hc_sparse_device_apply(struct hc_sparse_device *on_device, const struct hc_buffer *weights,
                                      struct hc_buffer *x, const struct hc_sparse_device_update *update)
{
  const struct hc_sparse *s = on_device->sparse;
  const bool alone = on_device->halo.n_send + on_device->halo.n_recv == 0;

  PetscFunctionBeginUser;
  if (!alone)
    pack(on_device, x);
  launch(on_device, on_device->interior, s->n_interior, weights, x, update);
  if (!alone)
    PetscCall(exchange(on_device, x));
  launch(on_device, on_device->boundary, s->n_chunks - s->n_interior, weights, x, update);
  PetscFunctionReturn(PETSC_SUCCESS);
}
