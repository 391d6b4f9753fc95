hc_test(test_fit SOURCES test_fit.c NEEDS calibrate RANKS 1 2 LABELS unit)
