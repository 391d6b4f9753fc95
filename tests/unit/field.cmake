hc_test(test_field SOURCES test_field.c NEEDS field RANKS 1 2 4 LABELS unit)
