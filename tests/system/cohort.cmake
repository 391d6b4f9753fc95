hc_python_test(cohort SCRIPT test_cohort.py RANKS 2 LABELS system)
