/* kernels/tumour.h over the nodes of a rank. */
#include "internal.h"

void hc_react_one(const struct hc_tumour_block *block, double *u, const double *relative)
{
  const struct hc_tumour_block b = *block;

  if (relative) {
    HC_PRAGMA(omp simd)
    for (int i = 0; i < b.n; i++)
      u[i] = hc_tumour_one(&b, u[i], relative[i]);
  } else {
    HC_PRAGMA(omp simd)
    for (int i = 0; i < b.n; i++)
      u[i] = hc_tumour_one(&b, u[i], 1);
  }
}

void hc_react_three(const struct hc_tumour_block *block, double *p, double *n, double *s, const double *relative)
{
  const struct hc_tumour_block b = *block;

  HC_PRAGMA(omp simd)
  for (int i = 0; i < b.n; i++) {
    const struct hc_tumour_node node = {p[i], n[i], s[i]};
    const struct hc_tumour_node end = hc_tumour_three(&b, node, relative ? relative[i] : 1);
    p[i] = end.p;
    n[i] = end.n;
    s[i] = end.s;
  }
}
