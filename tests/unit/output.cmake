hc_test(test_output SOURCES test_output.c NEEDS output RANKS 1 2 4 LABELS unit TIMEOUT 300)
hc_test(test_output_crash SOURCES test_output_crash.c NEEDS output RANKS 1 2 4 LABELS unit TIMEOUT 300)
hc_test(test_output_checkpoint SOURCES test_output_checkpoint.c NEEDS output RANKS 1 2 4 LABELS unit TIMEOUT 300)
