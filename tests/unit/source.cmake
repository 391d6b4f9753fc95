hc_test(test_source SOURCES test_source.c NEEDS source RANKS 1 2 4 LABELS unit)
