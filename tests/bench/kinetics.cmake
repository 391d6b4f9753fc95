# Not a test: prints node-steps a second. bench_cells.c is compiled for vectors and, under other names, one node at a
# time, and both run in one process.
include(${PROJECT_SOURCE_DIR}/kernels/flags.cmake)
foreach(width lanes scalar)
  add_library(bench_cells_${width} OBJECT bench_cells.c)
  target_include_directories(bench_cells_${width} PRIVATE ${PROJECT_SOURCE_DIR}/kernels)
  target_link_libraries(bench_cells_${width} PRIVATE hc_options)
  target_compile_options(bench_cells_${width} PRIVATE ${HC_ARCH_OPTIONS} ${HC_KERNEL_OPTIONS})
endforeach()
target_compile_definitions(bench_cells_scalar PRIVATE HC_BENCH_SCALAR HC_LANES=1)
target_compile_options(bench_cells_scalar PRIVATE -fno-tree-vectorize)
add_executable(bench_cells $<TARGET_OBJECTS:bench_cells_lanes> $<TARGET_OBJECTS:bench_cells_scalar>)
target_link_libraries(bench_cells PRIVATE hc_options m)
