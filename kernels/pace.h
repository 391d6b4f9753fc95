/* healthcast kernels: how cells_pace (launch_device.h) and its host understand each other. Plain C. */
#ifndef HC_PACE_H
#define HC_PACE_H

/* What became of a cell. */
enum hc_pace {
  HC_PACE_RUNNING,  /* not at the end yet: launch again */
  HC_PACE_DONE,     /* at the end */
  HC_PACE_STEP,     /* its step fell below HC_PACE_STEP_LEAST */
  HC_PACE_OUT_OF_V, /* V left the limits, or is not finite */
};

#define HC_PACE_STEP_LEAST 1e-9 /* ms */
#define HC_PACE_STEP_MOST 10.0

#endif
