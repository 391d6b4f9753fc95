# The device programs through nvcc, warnings being errors, with no spills but the known ones. Once is enough: what nvcc
# makes does not depend on the C compiler of this build.
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
set(machine_code ${PROJECT_SOURCE_DIR}/tests/bench/machine_code.py)
find_program(HC_NVCC nvcc HINTS ENV CUDA_HOME /usr/local/cuda /opt/cuda PATH_SUFFIXES bin)
add_test(NAME gpu_model COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/test_gpu_model.py)
set_tests_properties(gpu_model PROPERTIES LABELS kernel TIMEOUT 60 ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")
if(HC_NVCC AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
  add_test(NAME machine_code COMMAND ${Python3_EXECUTABLE} ${machine_code} --check --models ttp06 torord19 --precisions double)
  add_test(NAME machine_code_all COMMAND ${Python3_EXECUTABLE} ${machine_code} --check)
  set_tests_properties(machine_code machine_code_all PROPERTIES LABELS kernel TIMEOUT 300 SKIP_RETURN_CODE 77
    ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")
  set_tests_properties(machine_code_all PROPERTIES LABELS full TIMEOUT 1800)
endif()
