/* healthcast kernels: what cells without tissue need on a device beside their own kernels (kernels/launch_device.h). */
#ifndef HC_CELLS_H
#define HC_CELLS_H

#include "dialect.h"
#include "pace.h"

/* Note the first time at which V of a cell is out of its limits or no number: its status, time and V. Such a cell goes
 * on, and nothing that it does later counts. */
HC_KERNEL cells_check(int n, HC_GLOBAL const hc_wide *v, double low, double high, double t, HC_GLOBAL int *status,
                      HC_GLOBAL double *time, HC_GLOBAL hc_wide *found)
{
  const hc_int64 i = HC_THREAD();
  if (i >= n || status[i] != HC_PACE_RUNNING || ((double)v[i] >= low && (double)v[i] <= high))
    return;
  status[i] = HC_PACE_OUT_OF_V;
  time[i] = t;
  found[i] = v[i];
}

#endif
