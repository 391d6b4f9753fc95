# Kernels of cells on devices: four models by default, the models of all bodies where there is time.
hc_test(test_cells_device SOURCES test_cells_device.c NEEDS batch BACKENDS opencl cuda LABELS kernel TIMEOUT 900)
