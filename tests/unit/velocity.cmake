hc_test(test_tissue_velocity SOURCES test_tissue_velocity.c NEEDS tissue RANKS 1 2 4 LABELS unit)
hc_test(test_velocity SOURCES test_velocity.c NEEDS model RANKS 1 2 LABELS unit)
