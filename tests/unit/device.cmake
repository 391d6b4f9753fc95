hc_test(test_device SOURCES test_device.c NEEDS device RANKS 1 2 LABELS unit BACKENDS opencl cuda)
