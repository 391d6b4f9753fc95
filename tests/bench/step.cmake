# Not a test: mpiexec -n 2 bench_step [CASE.yaml] [--set key=value ...] [--seconds 2] [--flops N] [--json FILE]
include(${PROJECT_SOURCE_DIR}/kernels/flags.cmake)
add_executable(bench_step EXCLUDE_FROM_ALL bench_step.c machine.c)
set_property(SOURCE machine.c PROPERTY COMPILE_OPTIONS ${HC_ARCH_OPTIONS} -O3 -ffp-contract=fast
  $<$<BOOL:${HC_HAVE_PREFER_VECTOR_WIDTH}>:-mprefer-vector-width=512>)
target_compile_definitions(bench_step PRIVATE HC_BENCH_CASE="${PROJECT_SOURCE_DIR}/inputs/niederer.yaml")
target_link_libraries(bench_step PRIVATE hc_options hc_run hc_sparse m)
