# The Python stage's own tests.
if(HC_PYTHON)
  add_test(NAME postprocess COMMAND ${HC_PYTHON} -m pytest -q -p no:cacheprovider ${PROJECT_SOURCE_DIR}/postprocess)
  set_tests_properties(postprocess PROPERTIES LABELS system TIMEOUT 300
    ENVIRONMENT "PYTHONPATH=${PROJECT_SOURCE_DIR}/postprocess;PYTHONDONTWRITEBYTECODE=1")
endif()
