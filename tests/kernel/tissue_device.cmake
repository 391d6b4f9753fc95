# Kernels of tissue on devices, and the product with its halo.
hc_test(test_tissue_device SOURCES test_tissue_device.c NEEDS sparse RANKS 1 2 BACKENDS opencl cuda LABELS kernel)
target_include_directories(test_tissue_device PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/kernels)
