hc_test(test_growth SOURCES test_growth.c NEEDS growth RANKS 1 2 LABELS unit)
