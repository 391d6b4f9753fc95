hc_test(test_laboratory SOURCES test_laboratory.c NEEDS laboratory LABELS unit)
hc_test(test_laboratory_drift SOURCES test_laboratory_drift.c NEEDS batch LABELS full TIMEOUT 900)
