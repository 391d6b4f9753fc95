hc_test(test_stepper SOURCES test_stepper.c NEEDS stepper LABELS unit)
