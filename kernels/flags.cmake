# HC_KERNEL_OPTIONS: how sources that instantiate kernels are compiled, and no others. Vectorise at every build type;
# nobody reads errno or floating-point exceptions there. Never -ffast-math: NaN and infinity must survive, sums keep
# their order, and products and sums are fused only where kernels/ says hc_fma() (see dialect.h).
include(CheckCCompilerFlag)
set(HC_KERNEL_OPTIONS -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off -fopenmp-simd)
check_c_compiler_flag(-mprefer-vector-width=512 HC_HAVE_PREFER_VECTOR_WIDTH)
if(HC_HAVE_PREFER_VECTOR_WIDTH)
  list(APPEND HC_KERNEL_OPTIONS -mprefer-vector-width=512)
endif()
# The kernels are single basic blocks of thousands of instructions, over which gcc's combine pass takes three quarters of
# the time of compilation unless it is kept to pairs; the code is as fast.
check_c_compiler_flag(--param=max-combine-insns=2 HC_HAVE_MAX_COMBINE_INSNS)
if(HC_HAVE_MAX_COMBINE_INSNS AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(APPEND HC_KERNEL_OPTIONS --param=max-combine-insns=2)
endif()
# Threading jumps through a clamp, min(max(x, low), high), makes four comparisons out of two.
check_c_compiler_flag(-fno-thread-jumps HC_HAVE_NO_THREAD_JUMPS)
if(HC_HAVE_NO_THREAD_JUMPS AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(APPEND HC_KERNEL_OPTIONS -fno-thread-jumps)
endif()
# Where debuggers find the variables of such a block takes two thirds of the time of a build with -g.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(APPEND HC_KERNEL_OPTIONS -fno-var-tracking)
endif()
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
  list(APPEND HC_KERNEL_OPTIONS -Wno-pass-failed) # a loop that sanitizers keep scalar is no error
endif()
