/* healthcast kernels: what a tissue does on a device beside its cells. Each kernel's threads beyond the number of
 * things to do return at once. Every launch has groups of HC_GROUP_SIZE threads.
 *
 * Numbers of V and of tissue vectors are hc_wide. Sums have a fixed order, so they are the same in every run. */
#ifndef HC_TISSUE_H
#define HC_TISSUE_H

#include "beats.h"
#include "blocks.h"
#include "dialect.h"

/* ---- Sums over neighbours ---------------------------------------------------------------------------------------- */

/* Rows of the chunks list[0 .. n / HC_SPARSE_CHUNK), a thread a row: see struct hc_product_block. Lanes beyond the last
 * row stand for none. diagonal, scale and terms may be null (the latter beyond n_terms). */
HC_KERNEL product(HC_BLOCK(struct hc_product_block, block), int n, HC_GLOBAL const int *list, HC_GLOBAL const int *row,
                  HC_GLOBAL const hc_int64 *start, HC_GLOBAL const int *col, HC_GLOBAL const hc_wide *weights,
                  HC_GLOBAL const hc_wide *x, HC_GLOBAL hc_wide *out, HC_GLOBAL const hc_wide *scale,
                  HC_GLOBAL const hc_wide *diagonal, HC_GLOBAL const hc_wide *term0, HC_GLOBAL const hc_wide *term1,
                  HC_GLOBAL const hc_wide *term2, HC_GLOBAL const hc_wide *term3, HC_GLOBAL const hc_wide *term4)
{
  const hc_int64 thread = HC_THREAD();
  const int lane = (int)(thread % HC_SPARSE_CHUNK);
  int chunk, node;
  hc_int64 end;
  hc_wide own, sum = 0;

  if (thread >= n)
    return;
  chunk = list[thread / HC_SPARSE_CHUNK];
  if (chunk * HC_SPARSE_CHUNK + lane >= HC_BLOCK_OF(block).n_owned)
    return;
  node = row[chunk * HC_SPARSE_CHUNK + lane];
  own = x[node];
  end = start[chunk + 1];
  for (hc_int64 k = start[chunk] + lane; k < end; k += HC_SPARSE_CHUNK)
    sum += weights[k] * (x[col[k]] - own);
  sum *= (hc_wide)HC_BLOCK_OF(block).factor;
  if (scale)
    sum *= scale[node];
  if (diagonal)
    sum += diagonal[node] * own;
  if (HC_BLOCK_OF(block).n_terms > 0)
    sum += (hc_wide)HC_BLOCK_OF(block).coefficient[0] * term0[node];
  if (HC_BLOCK_OF(block).n_terms > 1)
    sum += (hc_wide)HC_BLOCK_OF(block).coefficient[1] * term1[node];
  if (HC_BLOCK_OF(block).n_terms > 2)
    sum += (hc_wide)HC_BLOCK_OF(block).coefficient[2] * term2[node];
  if (HC_BLOCK_OF(block).n_terms > 3)
    sum += (hc_wide)HC_BLOCK_OF(block).coefficient[3] * term3[node];
  if (HC_BLOCK_OF(block).n_terms > 4)
    sum += (hc_wide)HC_BLOCK_OF(block).coefficient[4] * term4[node];
  out[node] = sum;
}

/* ---- Vectors ----------------------------------------------------------------------------------------------------- */

/* out may be one of the terms. */
HC_KERNEL combine(HC_BLOCK(struct hc_combine_block, block), HC_GLOBAL hc_wide *out, HC_GLOBAL const hc_wide *term0,
                  HC_GLOBAL const hc_wide *term1, HC_GLOBAL const hc_wide *term2)
{
  const hc_int64 i = HC_THREAD();
  hc_wide sum;

  if (i >= HC_BLOCK_OF(block).n)
    return;
  sum = (hc_wide)HC_BLOCK_OF(block).coefficient[0] * term0[i];
  if (HC_BLOCK_OF(block).n_terms > 1)
    sum += (hc_wide)HC_BLOCK_OF(block).coefficient[1] * term1[i];
  if (HC_BLOCK_OF(block).n_terms > 2)
    sum += (hc_wide)HC_BLOCK_OF(block).coefficient[2] * term2[i];
  out[i] = sum;
}

HC_KERNEL multiply(int n, HC_GLOBAL const hc_wide *a, HC_GLOBAL const hc_wide *b, HC_GLOBAL hc_wide *out)
{
  const hc_int64 i = HC_THREAD();
  if (i < n)
    out[i] = a[i] * b[i];
}

HC_KERNEL fill(int n, double value, HC_GLOBAL hc_wide *x)
{
  const hc_int64 i = HC_THREAD();
  if (i < n)
    x[i] = (hc_wide)value;
}

/* Values of chosen nodes side by side: for messages, probes. */
HC_KERNEL gather(int n, HC_GLOBAL const int *nodes, HC_GLOBAL const hc_wide *x, HC_GLOBAL hc_wide *out)
{
  const hc_int64 i = HC_THREAD();
  if (i < n)
    out[i] = x[nodes[i]];
}

HC_KERNEL add_at(int n, HC_GLOBAL const int *nodes, double value, HC_GLOBAL hc_wide *x)
{
  const hc_int64 i = HC_THREAD();
  if (i < n)
    x[nodes[i]] += (hc_wide)value;
}

HC_KERNEL set_at(int n, HC_GLOBAL const int *nodes, double value, HC_GLOBAL hc_wide *x)
{
  const hc_int64 i = HC_THREAD();
  if (i < n)
    x[nodes[i]] = (hc_wide)value;
}

/* ---- Sums -------------------------------------------------------------------------------------------------------- */

/* The threads of a group add up their values, as a tree. Group 0's first thread has the sum. */
HC_FN double hc_group_sum(HC_LOCAL_POINTER double *values, int thread, double value)
{
  values[thread] = value;
  HC_BARRIER();
  for (int below = HC_GROUP_SIZE / 2; below > 0; below /= 2) {
    if (thread < below)
      values[thread] += values[thread + below];
    HC_BARRIER();
  }
  return values[0];
}

/* partial[group] = what the group's threads find of sum_i a_i b_i; n_threads: of the whole launch. */
HC_KERNEL sum_products(int n, int n_threads, HC_GLOBAL const hc_wide *a, HC_GLOBAL const hc_wide *b,
                       HC_GLOBAL double *partial)
{
  HC_LOCAL double values[HC_GROUP_SIZE];
  double sum = 0;

  for (hc_int64 i = HC_THREAD(); i < n; i += n_threads)
    sum += (double)a[i] * (double)b[i];
  sum = hc_group_sum(values, HC_IN_GROUP(), sum);
  if (HC_IN_GROUP() == 0)
    partial[HC_GROUP_NUMBER()] = sum;
}

/* out[at] = the sum of n partial sums. One group. */
HC_KERNEL sum_up(int n, HC_GLOBAL const double *partial, int at, HC_GLOBAL double *out)
{
  HC_LOCAL double values[HC_GROUP_SIZE];
  double sum = 0;

  for (int i = HC_IN_GROUP(); i < n; i += HC_GROUP_SIZE)
    sum += partial[i];
  sum = hc_group_sum(values, HC_IN_GROUP(), sum);
  if (HC_IN_GROUP() == 0)
    out[at] = sum;
}

/* ---- Watching ---------------------------------------------------------------------------------------------------- */

/* *bad = 1 if V of one of the nodes is not within its limits (a NaN is not). */
HC_KERNEL watch(int n, HC_GLOBAL const int *nodes, HC_GLOBAL const hc_wide *v, double low, double high,
                HC_GLOBAL int *bad)
{
  const hc_int64 i = HC_THREAD();
  double own;

  if (i >= n)
    return;
  own = (double)v[nodes[i]];
  if (!(own >= low && own <= high))
    *bad = 1;
}

/* state: n nodes, structure of arrays. */
HC_KERNEL beats_begin(int n, int width, HC_GLOBAL const hc_wide *v, HC_GLOBAL double *state)
{
  const hc_int64 i = HC_THREAD();
  if (i < n)
    hc_beats_begin(width, (double)v[i], state + i, n);
}

HC_KERNEL beats_step(HC_BLOCK(struct hc_beats_block, block), int n, HC_GLOBAL const hc_wide *before,
                     HC_GLOBAL const hc_wide *after, HC_GLOBAL double *state)
{
  const hc_int64 i = HC_THREAD();
  if (i < n)
    hc_beats_node(&HC_BLOCK_OF(block), (double)before[i], (double)after[i], state + i, n);
}

#endif
