hc_test(test_mesh SOURCES test_mesh.c NEEDS mesh RANKS 1 2 4 LABELS unit)
