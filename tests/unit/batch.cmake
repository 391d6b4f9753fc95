hc_test(test_batch SOURCES test_batch.c NEEDS batch LABELS unit)
