/* What a machine can do, measured: the yardstick of bench_step. All are collective: every rank works at the same time,
 * as in a run, and gets the same answer, the sum over ranks of each rank's best. */
#ifndef HC_BENCH_MACHINE_H
#define HC_BENCH_MACHINE_H

#include "base.h"

/* Bytes a second of a = b + s c and of sums over arrays, whichever is faster, on arrays of `bytes` bytes a rank
 * together (24 bytes an element in the first: what a cache reads of `a` before writing is not counted, as in STREAM,
 * McCalpin 1995). Takes about `seconds`. */
PetscErrorCode machine_bandwidth(MPI_Comm comm, double bytes, double seconds, double *rate);

/* Double-precision operations a second of fused multiply-adds in registers. */
PetscErrorCode machine_flops(MPI_Comm comm, double seconds, double *rate);

/* Seconds of a message of 8 bytes between ranks 0 and 1 (0 on one rank), of one byte more in a long one, and of a
 * reduction of one integer over all ranks. */
PetscErrorCode machine_network(MPI_Comm comm, double *latency, double *per_byte, double *reduction);

#endif
