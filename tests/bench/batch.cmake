# Not a test: beats of many cells on the host and on a device.
add_executable(bench_batch EXCLUDE_FROM_ALL bench_batch.c)
target_link_libraries(bench_batch PRIVATE hc_options hc_batch m)
