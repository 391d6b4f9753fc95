# What `cmake --install` leaves is usable by an outside project, through CMake and through pkg-config.
add_test(NAME install COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/test_install.sh ${PROJECT_BINARY_DIR} ${CMAKE_C_COMPILER}
         ${PROJECT_VERSION})
set_tests_properties(install PROPERTIES LABELS system TIMEOUT 120 ENVIRONMENT "${HC_TEST_ENVIRONMENT}")
if(HC_SANITIZE)
  set_tests_properties(install PROPERTIES DISABLED TRUE) # an outside program is not built with sanitizers
endif()
