hc_test(test_image SOURCES test_image.c NEEDS image RANKS 1 2 LABELS unit)
hc_test(test_anatomy SOURCES test_anatomy.c NEEDS image RANKS 1 2 4 LABELS unit)
hc_test(test_image_real SOURCES test_image_real.c NEEDS image LABELS unit)
set_tests_properties(test_image_real_np1 PROPERTIES SKIP_REGULAR_EXPRESSION "skipped: ")
