# Not a test: prints node-steps a second. The models are compiled once more, under other names and one node at a time, and
# both builds run in one process.
include(${PROJECT_SOURCE_DIR}/kernels/flags.cmake)
file(GLOB models CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/kinetics/models/*.c)
add_library(bench_cells_scalar OBJECT EXCLUDE_FROM_ALL ${models})
target_include_directories(bench_cells_scalar PRIVATE ${PROJECT_SOURCE_DIR}/kernels)
target_link_libraries(bench_cells_scalar PRIVATE hc_options)
target_compile_options(bench_cells_scalar PRIVATE ${HC_ARCH_OPTIONS} ${HC_KERNEL_OPTIONS} -fno-tree-vectorize
  -fno-tree-slp-vectorize)
target_compile_definitions(bench_cells_scalar PRIVATE HC_LANES=1 HC_MODEL_PREFIX=hc_scalar_model_)
add_executable(bench_cells EXCLUDE_FROM_ALL bench_cells.c $<TARGET_OBJECTS:bench_cells_scalar>)
target_include_directories(bench_cells PRIVATE ${PROJECT_SOURCE_DIR}/src/kinetics)
target_link_libraries(bench_cells PRIVATE hc_options hc_kinetics m)
