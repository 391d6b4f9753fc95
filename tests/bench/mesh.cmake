# Not a test: mpiexec -n 2 bench_setup [lattice cells a side] [metis|ptscotch|curve] [file to write and read]
if(TARGET hc_mesh AND TARGET hc_meshio AND TARGET hc_fe)
  add_executable(bench_setup bench_setup.c)
  target_link_libraries(bench_setup PRIVATE hc_options hc_mesh hc_meshio hc_fe m)
endif()
