# Kernels of cells on devices: a few models by default, the models of all bodies where there is time.
hc_test(test_cells_device SOURCES test_cells_device.c NEEDS batch RANKS 1 2 BACKENDS opencl cuda LABELS kernel
  TIMEOUT 600)
block() # what hc_add_test() reads
  set(T_RANKS 1)
  set(T_LABELS full)
  set(T_TIMEOUT 7200)
  foreach(backend ${HC_TEST_BACKENDS})
    hc_add_test(test_cells_device_all_${backend} test_cells_device "${HC_TEST_ENVIRONMENT_${backend}};HC_MODELS=all")
  endforeach()
endblock()
