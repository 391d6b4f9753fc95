/* healthcast kernels: the one place that knows the compiler.
 *
 * Everything in kernels/ is plain C over scalars and structs of scalars, includes nothing from src/, has no global
 * state, no branches on data and no calls of the C library. It is compiled as C (gcc, clang), as OpenCL C (1.2 or
 * later, with double precision) and as CUDA C++ (NVRTC, nvcc; C++17): so no designated initialisers, no compound
 * literals, and no name that is a keyword of one of them (half, kernel, constant, ...). What differs is named here:
 *
 *   HC_ON_DEVICE            1 in OpenCL C and CUDA C++, else 0
 *   HC_PRECISION            HC_PRECISION_DOUBLE (unless said otherwise), _MIXED or _FLOAT; the host defines it
 *   hc_real                 the number type of states and rates: double, or float in mixed and float precision
 *   hc_wide                 that of V and of vectors over nodes: float in float precision, else double
 *   hc_pattern              the unsigned integer as wide as hc_real
 *   hc_int32, hc_int64, hc_uint32, hc_uint64, HC_UINT64(digits)
 *   HC_FN                   a function that is always inlined
 *   hc_bits, hc_from_bits, hc_sqrt, hc_fma, HC_INFINITY, HC_NAN    what every compiler has under another name
 *   hc_rounded_product      a b, never contracted with a sum
 *
 * of blocks of lanes on a CPU:
 *
 *   HC_LANES                nodes in a block: one vector instruction works on that many
 *   HC_LANE_LOOP(l)         loop over the lanes of a block, to be vectorised; the body must be free of dependences
 *
 * and of threads on a device:
 *
 *   HC_KERNEL name(...)     a kernel, launched in groups of HC_GROUP_SIZE threads
 *   HC_KERNEL_OF(groups)    the same, so that a multiprocessor has registers for that many groups at a time
 *   HC_GLOBAL, HC_CONSTANT  before the type that a pointer into a buffer, or into a block, points to
 *   HC_BLOCK(type, name)    a parameter of a kernel: constants, the same for all threads; read HC_BLOCK_OF(name).member
 *   HC_LOCAL type name[n];  memory that the threads of a group share, declared at the top of a kernel;
 *                           HC_LOCAL_POINTER before the type of a pointer to it
 *   HC_BARRIER()            threads of a group wait for each other
 *   HC_THREAD(), HC_IN_GROUP(), HC_GROUP_NUMBER()    number of the thread (hc_int64), in its group, and of the group
 *   HC_RESTRICT             as in C
 *   HC_FORGET(place)        the compiler no longer knows the value of the int `place`, so that what it has loaded
 *                           from there it loads anew and does not keep in registers; HC_FORGET_REAL(number) likewise.
 *                           HC_FORGETS is 0 where there is no such thing (OpenCL)
 *
 * Rounding. For CPUs and in OpenCL C contraction is off (kernels/flags.cmake; a pragma), and hc_fma() is written where
 * one rounding instead of two is wanted. So gcc and clang, scalar and vector code give the same bits on the same
 * instruction set. In CUDA C++ contraction is on, since that halves the work of a GPU's units: code that would be wrong
 * under it uses hc_rounded_product(). */
#ifndef HC_DIALECT_H
#define HC_DIALECT_H

#define HC_PRECISION_DOUBLE 0
#define HC_PRECISION_MIXED 1
#define HC_PRECISION_FLOAT 2
#ifndef HC_PRECISION
#define HC_PRECISION HC_PRECISION_DOUBLE
#endif

#define HC_GROUP_SIZE 128

#if defined(__OPENCL_VERSION__)
#include "dialect_opencl.h"
#elif defined(__CUDACC__)
#include "dialect_cuda.h"
#else
#include "dialect_c.h"
#endif

#endif
