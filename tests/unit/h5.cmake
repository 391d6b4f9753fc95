hc_test(test_h5 SOURCES test_h5.c NEEDS h5 RANKS 1 2 4 LABELS unit)
