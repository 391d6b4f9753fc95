hc_test(test_base SOURCES test_base.c NEEDS base RANKS 1 2 LABELS unit)
