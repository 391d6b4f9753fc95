hc_test(test_base SOURCES test_base.c NEEDS base RANKS 1 2 LABELS unit)
hc_test(test_random SOURCES test_random.c NEEDS base LABELS unit)
