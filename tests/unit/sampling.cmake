hc_test(test_sampling SOURCES test_sampling.c NEEDS sampling LABELS unit)
hc_test(test_sampling_laws SOURCES test_sampling_laws.c NEEDS sampling LABELS unit)
