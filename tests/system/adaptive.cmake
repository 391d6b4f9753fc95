hc_python_test(adaptive SCRIPT test_adaptive.py RANKS 4 LABELS system TIMEOUT 900)
