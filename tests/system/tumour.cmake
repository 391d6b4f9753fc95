hc_python_test(tumour SCRIPT test_tumour.py RANKS 2 LABELS system)
