/* healthcast kernels: structs of constants that the host hands to the kernels of tissue.h: the one thing that both
 * sides must see alike. Plain C, members of 8 bytes first. */
#ifndef HC_BLOCKS_H
#define HC_BLOCKS_H

enum {
  HC_SPARSE_CHUNK = 8, /* rows of a chunk of the sparse format: doubles in a vector of 64 bytes */
  HC_TERMS = 5,
  HC_MOST_PERCENTS = 16
};

/* out_i = diagonal_i x_i + sum_t coefficient_t term_t,i + factor scale_i sum_j w_ij (x_j - x_i) */
struct hc_product_block {
  double factor, coefficient[HC_TERMS];
  int n_terms, n_owned;
};

/* out_i = sum_t coefficient_t term_t,i */
struct hc_combine_block {
  double coefficient[HC_TERMS];
  int n_terms, n;
};

/* How beats are told from a voltage: see beats.h. */
struct hc_beats_block {
  double threshold, refractory, dt; /* mV, ms, ms */
  double end_percent;               /* repolarisation that ends a beat */
  double percents[HC_MOST_PERCENTS];
  double first, last; /* the voltage is followed from the end of step `first` to that of step `last` */
  int n_beats, n_percents;
  int sample; /* for the rest: one is due */
};

#endif
