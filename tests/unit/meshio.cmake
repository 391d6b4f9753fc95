hc_test(test_meshio SOURCES test_meshio.c NEEDS meshio RANKS 1 2 4 LABELS unit)
