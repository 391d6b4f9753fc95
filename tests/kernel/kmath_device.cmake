# The same bounds on devices.
hc_test(test_kmath_device SOURCES test_kmath_device.c NEEDS device BACKENDS opencl cuda LABELS kernel)
