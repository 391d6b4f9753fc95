hc_python_test(laboratory SCRIPT test_laboratory.py RANKS 2 LABELS system TIMEOUT 900)
hc_python_test(golden_cells SCRIPT test_golden_cells.py LABELS system TIMEOUT 900)
hc_python_test(cipa SCRIPT test_cipa.py LABELS full TIMEOUT 1800)
