# Not a test: bench_scaling MESH [--refine N] [--partitioner metis|curve|ptscotch] [--parts 2,4,...] [--csv FILE]
add_executable(bench_scaling EXCLUDE_FROM_ALL bench_scaling.c)
target_link_libraries(bench_scaling PRIVATE hc_options hc_mesh hc_meshio m)
