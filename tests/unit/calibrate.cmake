hc_test(test_fit SOURCES test_fit.c NEEDS calibrate RANKS 1 2 LABELS unit)
hc_test(test_calibrate SOURCES test_calibrate.c NEEDS calibrate LABELS unit)
hc_test(test_design SOURCES test_design.c NEEDS calibrate LABELS unit)
hc_test(test_tissue_calibration SOURCES test_tissue_calibration.c NEEDS calibrate RANKS 2 LABELS unit)
