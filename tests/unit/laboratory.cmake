hc_test(test_laboratory SOURCES test_laboratory.c NEEDS laboratory LABELS unit TIMEOUT 300)
