hc_test(test_tissue SOURCES test_tissue.c NEEDS tissue RANKS 1 2 4 LABELS unit)
hc_test(test_tissue_ldrb SOURCES test_tissue_ldrb.c NEEDS tissue RANKS 1 2 4 LABELS unit)
hc_test(test_tissue_frame SOURCES test_tissue_frame.c NEEDS tissue RANKS 1 LABELS unit)
