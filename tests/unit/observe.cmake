hc_test(test_observe SOURCES test_observe.c NEEDS observe RANKS 1 2 4 LABELS unit)
hc_test(test_observe_history SOURCES test_observe_history.c NEEDS observe RANKS 1 2 4 LABELS unit)
hc_test(test_observe_ecg SOURCES test_observe_ecg.c NEEDS observe RANKS 1 2 4 LABELS unit)
