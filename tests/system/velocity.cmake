hc_python_test(velocity SCRIPT test_velocity.py RANKS 2 LABELS system TIMEOUT 600)
