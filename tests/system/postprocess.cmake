# The Python stage's own tests, and those on cohorts that healthcast has run.
if(HC_PYTHON)
  add_test(NAME postprocess COMMAND ${HC_PYTHON} -m pytest -q -p no:cacheprovider ${PROJECT_SOURCE_DIR}/postprocess)
  set_tests_properties(postprocess PROPERTIES LABELS system TIMEOUT 300
    ENVIRONMENT "PYTHONPATH=${PROJECT_SOURCE_DIR}/postprocess;PYTHONDONTWRITEBYTECODE=1")
endif()
hc_python_test(postprocess_cohorts SCRIPT test_postprocess.py RANKS 2 LABELS system)
hc_python_test(postprocess_emulator SCRIPT test_postprocess.py RANKS 2 LABELS full TIMEOUT 7200)
if(TEST postprocess_emulator)
  set_property(TEST postprocess_emulator APPEND PROPERTY ENVIRONMENT "HC_FULL=1")
endif()
