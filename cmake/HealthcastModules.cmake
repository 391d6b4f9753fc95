# hc_module(name FLOOR n SOURCES a.c ... [NEEDS module ...] [LIBS target ...])
#
# One static library a module. A module sees the headers and symbols of NEEDS only, and NEEDS must lie on lower
# floors: that is how the build itself keeps the architecture (docs/architecture.md).
function(hc_module name)
  cmake_parse_arguments(M "" "FLOOR" "SOURCES;NEEDS;LIBS" ${ARGN})
  add_library(hc_${name} STATIC ${M_SOURCES})
  set_property(TARGET hc_${name} PROPERTY HC_FLOOR ${M_FLOOR})
  target_include_directories(hc_${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}>)
  target_link_libraries(hc_${name} PRIVATE hc_options)
  target_link_libraries(hc_${name} PUBLIC PkgConfig::PETSC MPI::MPI_C ${M_LIBS})
  foreach(need ${M_NEEDS})
    get_property(floor TARGET hc_${need} PROPERTY HC_FLOOR)
    if(NOT floor LESS M_FLOOR)
      message(FATAL_ERROR "module ${name} (floor ${M_FLOOR}) may not use ${need} (floor ${floor})")
    endif()
    target_link_libraries(hc_${name} PUBLIC hc_${need})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY HC_MODULES hc_${name})
endfunction()

# hc_test(name SOURCES a.c [NEEDS module ...] [RANKS 1 2 4] [LABELS unit ...] [TIMEOUT s])
#
# A Check program, registered with CTest once for each number of ranks. It links the modules under test only.
function(hc_test name)
  cmake_parse_arguments(T "" "TIMEOUT" "SOURCES;NEEDS;RANKS;LABELS" ${ARGN})
  if(NOT T_RANKS)
    set(T_RANKS 1)
  endif()
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 120)
  endif()
  add_executable(${name} ${T_SOURCES})
  list(TRANSFORM T_NEEDS PREPEND hc_)
  target_link_libraries(${name} PRIVATE hc_options ${T_NEEDS} PkgConfig::CHECK m)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  foreach(ranks ${T_RANKS})
    add_test(NAME ${name}_np${ranks}
             COMMAND ${MPIEXEC_EXECUTABLE} --allow-run-as-root --oversubscribe -n ${ranks} $<TARGET_FILE:${name}>)
    set_tests_properties(${name}_np${ranks} PROPERTIES LABELS "${T_LABELS}" TIMEOUT ${T_TIMEOUT} PROCESSORS ${ranks}
      ENVIRONMENT "HC_SOURCE_DIR=${PROJECT_SOURCE_DIR};OMP_NUM_THREADS=1;OMPI_MCA_rmaps_base_oversubscribe=1")
  endforeach()
endfunction()
