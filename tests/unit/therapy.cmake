hc_test(test_therapy SOURCES test_therapy.c NEEDS therapy RANKS 1 2 LABELS unit)
