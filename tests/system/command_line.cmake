hc_python_test(bad_input SCRIPT test_bad_input.py LABELS system)
hc_python_test(command_line SCRIPT test_run.py RANKS 4 LABELS system TIMEOUT 900)
hc_python_test(open_results SCRIPT test_open_results.py RANKS 2 LABELS system)
hc_python_test(cells SCRIPT test_cells.py RANKS 4 LABELS system)
