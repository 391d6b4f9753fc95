hc_test(test_model SOURCES test_model.c NEEDS model RANKS 1 2 4 LABELS unit)
