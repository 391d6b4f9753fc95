/* healthcast kernels: tumour.h for devices, a thread a node. */
#ifndef HC_TUMOUR_DEVICE_H
#define HC_TUMOUR_DEVICE_H

#include "dialect.h"
#include "tumour.h"

/* relative: of each node, or null: 1 everywhere. */
HC_KERNEL tumour_one(HC_BLOCK(struct hc_tumour_block, block), HC_GLOBAL hc_wide *u, HC_GLOBAL const hc_wide *relative)
{
  const hc_int64 i = HC_THREAD();
  hc_real share = 1;

  if (i >= HC_BLOCK_OF(block).n)
    return;
  if (relative)
    share = (hc_real)relative[i];
  u[i] = (hc_wide)hc_tumour_one(&HC_BLOCK_OF(block), (hc_real)u[i], share);
}

HC_KERNEL tumour_three(HC_BLOCK(struct hc_tumour_block, block), HC_GLOBAL hc_wide *p, HC_GLOBAL hc_wide *n,
                       HC_GLOBAL hc_wide *s, HC_GLOBAL const hc_wide *relative)
{
  const hc_int64 i = HC_THREAD();
  struct hc_tumour_node node;
  hc_real share = 1;

  if (i >= HC_BLOCK_OF(block).n)
    return;
  if (relative)
    share = (hc_real)relative[i];
  node.p = (hc_real)p[i];
  node.n = (hc_real)n[i];
  node.s = (hc_real)s[i];
  node = hc_tumour_three(&HC_BLOCK_OF(block), node, share);
  p[i] = (hc_wide)node.p;
  n[i] = (hc_wide)node.n;
  s[i] = (hc_wide)node.s;
}

#endif
