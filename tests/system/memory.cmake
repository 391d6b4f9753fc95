if(NOT HC_SANITIZE) # whose shadow memory is no part of a run
  hc_python_test(memory SCRIPT test_memory.py RANKS 2 LABELS system)
endif()
