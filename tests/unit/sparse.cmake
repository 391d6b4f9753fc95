hc_test(test_sparse SOURCES test_sparse.c NEEDS sparse RANKS 1 2 4 LABELS unit)
