hc_test(test_elastic SOURCES test_elastic.c NEEDS elastic RANKS 1 2 4 LABELS unit)
