# Job scripts. What stands in for a GPU is CUDA's driver where it can be tested, else OpenCL's for CPUs.
if(HC_TEST_BACKENDS)
  list(GET HC_TEST_BACKENDS -1 backend)
endif()
hc_python_test(slurm SCRIPT test_slurm.py RANKS 2 LABELS system BACKEND ${backend})
hc_python_test(slurm_long SCRIPT test_slurm_long.py RANKS 2 LABELS full TIMEOUT 1800)
if(TEST slurm)
  set_tests_properties(slurm slurm_long PROPERTIES SKIP_RETURN_CODE 77) # Slurm is not installed
endif()
hc_python_test(pbs SCRIPT test_pbs.py RANKS 2 LABELS system)
