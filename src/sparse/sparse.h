/* healthcast sparse: sums over the neighbours of each node, the hot operation of diffusion. Floor 4.
 *
 * A matrix A whose rows add up to zero (stiffness; lumped minus consistent mass) acts as differences to the neighbours,
 *
 *   (A x)_i = sum_j A_ij (x_j - x_i)      over j != i,
 *
 * which is exactly zero where x is constant, and needs no diagonal. The neighbours of all owned nodes are stored once,
 * in the format SELL-C-sigma (Kreutzer et al. 2014, doi:10.1137/130930352): rows in chunks as wide as a vector, a chunk
 * as long as its longest row, rows sorted by length within windows. Any number of matrices share them. The terms of a
 * row are in file order, so a sum has the same bits on any number of ranks and threads. */
#ifndef HC_SPARSE_H
#define HC_SPARSE_H

#include "device.h"
#include "fe.h"

struct hc_sparse;

/* The neighbours of the pattern's rows. The mesh is borrowed, the pattern is not needed afterwards. Not collective. */
PetscErrorCode hc_sparse_create(const struct hc_mesh *mesh, const struct hc_pattern *pattern,
                                struct hc_sparse **sparse);
void hc_sparse_destroy(struct hc_sparse **sparse);

/* The weights factor * values[k] (on the pattern that the neighbours came from; the diagonal is not looked at) in the
 * order of the products. Free them with hc_sparse_weights_destroy(). */
PetscErrorCode hc_sparse_weights(const struct hc_sparse *sparse, const struct hc_pattern *pattern, double factor,
                                 const double *values, double **weights);
void hc_sparse_weights_destroy(double **weights);

enum { HC_SPARSE_TERMS = 5 };

/* What becomes of the sums: out_i = sum_t coefficient_t term_t,i + factor scale_i sum_j w_ij (x_j - x_i). A term may be
 * the output itself; x may not. All n_owned; scale NULL: 1. */
struct hc_sparse_update {
  double *out;
  double factor;
  const double *scale;
  int n_terms;
  double coefficient[HC_SPARSE_TERMS];
  const double *term[HC_SPARSE_TERMS];
};

/* One product: x (n_local) gets its halo while rows without halo neighbours are summed. Uses hc_threads() threads.
 * Collective on the mesh. Cost: hc_sparse_bytes() of memory traffic. */
PetscErrorCode hc_sparse_apply(const struct hc_sparse *sparse, const double *weights, double *x,
                               const struct hc_sparse_update *update);

/* What a product does on this rank: entries that are multiplied, with and without the padding of chunks, and bytes that
 * it moves at least: weights and columns once, x, out, scale and terms once. */
struct hc_sparse_cost {
  int64_t entries, padded, bytes;
  int interior_rows; /* rows that need no halo, in chunks that need none */
};
void hc_sparse_cost(const struct hc_sparse *sparse, int n_terms, struct hc_sparse_cost *cost);

/* ---- On a device (on_device.c) ----------------------------------------------------------------------------------- */

/* The neighbours and the exchange of halos on a device. Vectors there are buffers of n_local numbers of
 * hc_device_wide() bytes. */
struct hc_sparse_device;
PetscErrorCode hc_sparse_device_create(const struct hc_sparse *sparse, struct hc_device *device,
                                       struct hc_sparse_device **on_device);
void hc_sparse_device_destroy(struct hc_sparse_device **on_device);

/* Weights as hc_sparse_weights() made them, in a buffer. */
PetscErrorCode hc_sparse_device_weights(const struct hc_sparse_device *on_device, const double *weights,
                                        struct hc_buffer **buffer);

/* As struct hc_sparse_update, with one more term: diagonal_i x_i (NULL: none). */
struct hc_sparse_device_update {
  struct hc_buffer *out;
  double factor;
  const struct hc_buffer *scale, *diagonal;
  int n_terms;
  double coefficient[HC_SPARSE_TERMS];
  const struct hc_buffer *term[HC_SPARSE_TERMS];
};

/* hc_sparse_apply() there: asynchronous but for the messages between ranks, which go from device to device where MPI
 * can. Rows without halo neighbours are summed meanwhile. Collective on the mesh. */
PetscErrorCode hc_sparse_device_apply(struct hc_sparse_device *on_device, const struct hc_buffer *weights,
                                      struct hc_buffer *x, const struct hc_sparse_device_update *update);

#endif
