# Not a test: mpiexec -n 1 bench_device [CASE.yaml] [--backend cuda] [--precision double] [--set key=value ...] [--json FILE]
add_executable(bench_device EXCLUDE_FROM_ALL bench_device.c)
target_compile_definitions(bench_device PRIVATE HC_BENCH_CASE="${PROJECT_SOURCE_DIR}/inputs/niederer.yaml")
target_link_libraries(bench_device PRIVATE hc_options hc_run m)
