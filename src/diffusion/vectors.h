/* Vectors that lie on the host or on a device, so that a scheme is written once for both. Internal to diffusion. */
#ifndef HC_DIFFUSION_VECTORS_H
#define HC_DIFFUSION_VECTORS_H

#include "sparse.h"

/* n_local numbers of a mesh: one of the two is set. Copied by value; freed by hc_vec_destroy(). */
struct hc_vec {
  double *host;
  struct hc_buffer *device;
};

/* Off-diagonal entries of a matrix in the order of the products. */
struct hc_weights {
  double *host;
  struct hc_buffer *device;
};

/* The mesh's neighbours in both places. */
struct hc_space {
  const struct hc_mesh *mesh;     /* borrowed */
  struct hc_device *device;       /* borrowed; NULL: the host computes */
  struct hc_sparse *sparse;       /* owned */
  struct hc_sparse_device *moved; /* owned; the same on the device */
  struct hc_kernel *combine, *multiply, *dot, *sum_up;
  struct hc_buffer *partial; /* work of sums */
};

PetscErrorCode hc_space_create(const struct hc_mesh *mesh, const struct hc_pattern *pattern, struct hc_device *device,
                               struct hc_space *space);
void hc_space_destroy(struct hc_space *space);

/* Zeros, where the space computes. */
PetscErrorCode hc_vec_create(const struct hc_space *space, struct hc_vec *vec);
void hc_vec_destroy(struct hc_vec *vec);

/* From the host to where the space computes: owned values (the rest is zero); what was on the host is freed. Nothing
 * happens without a device. */
PetscErrorCode hc_vec_move(const struct hc_space *space, struct hc_vec *vec);
PetscErrorCode hc_weights_move(const struct hc_space *space, struct hc_weights *weights);
void hc_weights_destroy(struct hc_weights *weights);

void hc_vec_copy(const struct hc_space *space, struct hc_vec from, struct hc_vec to); /* owned values */

/* out = sum of n (1 to 3) terms with coefficients, owned values; out may be one of the terms. */
void hc_vec_combine(const struct hc_space *space, int n, const double *coefficient, const struct hc_vec *term,
                    struct hc_vec out);

/* out_i = diagonal_i x_i + sum of n terms + factor scale_i sum_j w_ij (x_j - x_i); scale and diagonal may be empty, the
 * latter is for devices only. x gets its halo. Collective. */
PetscErrorCode hc_vec_product(const struct hc_space *space, const struct hc_weights *weights, struct hc_vec x,
                              double factor, struct hc_vec scale, struct hc_vec diagonal, int n,
                              const double *coefficient, const struct hc_vec *term, struct hc_vec out);

/* On devices only. The sum of a_i b_i over the owned nodes of all ranks, in an order that depends on the ranks alone.
 * Collective. */
PetscErrorCode hc_vec_dot(const struct hc_space *space, struct hc_vec a, struct hc_vec b, double *sum);
void hc_vec_multiply(const struct hc_space *space, struct hc_vec a, struct hc_vec b, struct hc_vec out);

#endif
