/* healthcast kernels: from a model's header to code that advances cells. Include it after the header and
 *
 *   #include "ttp06.h"
 *   #define HC_MODEL ttp06
 *   #define HC_STATES TTP06_STATES
 *   #define HC_PARAMETERS TTP06_PARAMETERS
 *   #define HC_CURRENTS TTP06_CURRENTS
 *   #define HC_EXCHANGES ...     if the model has Markov chains
 *   #define HC_SUMS ...          if it has conserved sums
 *   #include "launch.h"
 *
 * and it makes functions over blocks of cells for the CPU, or kernels for a device. */
#include "dialect.h"

/* The text for devices is flat, each file once: so the device's launcher, and what it includes, must come first. */
#if HC_ON_DEVICE
#include "launch_device.h"
#else
#include "launch_cpu.h"
#endif
