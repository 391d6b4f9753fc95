hc_test(test_image SOURCES test_image.c NEEDS image RANKS 1 2 LABELS unit)
hc_test(test_anatomy SOURCES test_anatomy.c NEEDS image RANKS 1 2 4 LABELS unit)
