# Job scripts. They wait most of the time, so they take one slot of ctest each. What stands in for a GPU is CUDA's driver where it can be tested, else OpenCL's for CPUs.
if(HC_TEST_BACKENDS)
  list(GET HC_TEST_BACKENDS -1 jobs_backend)
endif()
hc_python_test(slurm SCRIPT test_slurm.py LABELS system BACKEND ${jobs_backend})
hc_python_test(slurm_long SCRIPT test_slurm_long.py RANKS 2 LABELS full TIMEOUT 1800)
if(TEST slurm)
  set_tests_properties(slurm slurm_long PROPERTIES SKIP_RETURN_CODE 77) # Slurm is not installed
endif()
hc_python_test(pbs SCRIPT test_pbs.py LABELS system)
hc_python_test(workflows SCRIPT test_workflows.py RANKS 2 LABELS full TIMEOUT 1200)
if(TEST workflows)
  set_tests_properties(workflows PROPERTIES SKIP_RETURN_CODE 77) # EasyVVUQ or Snakemake is not installed
endif()
