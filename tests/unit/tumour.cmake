hc_test(test_tumour SOURCES test_tumour.c NEEDS tumour RANKS 1 2 4 LABELS unit)
hc_test(test_tumour_device SOURCES test_tumour_device.c NEEDS tumour RANKS 1 2 LABELS unit BACKENDS opencl cuda)
hc_test(test_mechanics SOURCES test_mechanics.c NEEDS tumour RANKS 1 2 LABELS unit)
