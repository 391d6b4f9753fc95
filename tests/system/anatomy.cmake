hc_python_test(anatomy SCRIPT test_anatomy.py RANKS 3 LABELS system)
