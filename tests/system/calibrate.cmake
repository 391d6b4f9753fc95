hc_python_test(calibrate SCRIPT test_calibrate.py RANKS 2 LABELS system TIMEOUT 600)
