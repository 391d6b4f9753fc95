include(${PROJECT_SOURCE_DIR}/kernels/flags.cmake)
# A plug-in whose cells crash, hang and give NaN.
add_library(faulty_cell MODULE faulty_cell.c)
set_target_properties(faulty_cell PROPERTIES PREFIX "")
target_include_directories(faulty_cell PRIVATE ${PROJECT_SOURCE_DIR}/kernels)
target_compile_options(faulty_cell PRIVATE -std=gnu11)

hc_python_test(cohort SCRIPT test_cohort.py RANKS 2 LABELS system)
hc_python_test(cohort_faults SCRIPT test_cohort_faults.py RANKS 4 LABELS system)
hc_python_test(cohort_faults_full SCRIPT test_cohort_faults.py RANKS 4 LABELS full TIMEOUT 3600)
if(TEST cohort_faults)
  set_property(TEST cohort_faults cohort_faults_full APPEND PROPERTY ENVIRONMENT "HC_FAULTY_CELL=$<TARGET_FILE:faulty_cell>")
  set_property(TEST cohort_faults_full APPEND PROPERTY ENVIRONMENT "HC_FULL=1")
endif()
