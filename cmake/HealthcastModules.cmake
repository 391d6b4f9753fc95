# hc_module(name FLOOR n SOURCES a.c ... [KERNELS k.c ...] [NEEDS module ...] [LIBS target ...])
#
# One static library a module. A module sees the headers and symbols of NEEDS only, and NEEDS must lie on lower
# floors: that is how the build itself keeps the architecture (docs/architecture.md). KERNELS are the sources that
# instantiate kernels/: they may include from there and are compiled for the instruction set HC_ARCH.
# <name>.h is the module's public header and is installed.
function(hc_module name)
  cmake_parse_arguments(M "" "FLOOR" "SOURCES;KERNELS;NEEDS;LIBS" ${ARGN})
  hc_missing(missing "${M_SOURCES};${M_KERNELS}" "${M_NEEDS}")
  if(missing)
    message(STATUS "module ${name} left out, it lacks: ${missing}")
    return()
  endif()
  add_library(hc_${name} STATIC ${M_SOURCES} ${M_KERNELS})
  set_property(TARGET hc_${name} PROPERTY HC_FLOOR ${M_FLOOR})
  target_include_directories(hc_${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}>)
  target_link_libraries(hc_${name} PRIVATE hc_options)
  target_link_libraries(hc_${name} PUBLIC PkgConfig::PETSC MPI::MPI_C ${M_LIBS})
  if(M_KERNELS)
    target_include_directories(hc_${name} PRIVATE ${PROJECT_SOURCE_DIR}/kernels)
    set_property(SOURCE ${M_KERNELS} APPEND PROPERTY COMPILE_OPTIONS ${HC_ARCH_OPTIONS})
  endif()
  foreach(need ${M_NEEDS})
    get_property(floor TARGET hc_${need} PROPERTY HC_FLOOR)
    if(NOT floor LESS M_FLOOR)
      message(FATAL_ERROR "module ${name} (floor ${M_FLOOR}) may not use ${need} (floor ${floor})")
    endif()
    target_link_libraries(hc_${name} PUBLIC hc_${need})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY HC_MODULES ${name})
endfunction()

# Sources and modules that are not there (yet): `missing` is empty if all are.
function(hc_missing missing sources needs)
  set(absent)
  foreach(source ${sources})
    if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${source})
      list(APPEND absent ${source})
    endif()
  endforeach()
  foreach(need ${needs})
    if(NOT TARGET hc_${need})
      list(APPEND absent ${need})
    endif()
  endforeach()
  set(${missing} "${absent}" PARENT_SCOPE)
endfunction()

# Environment of every test: where the sources are, one thread a rank, and what sanitizers must not report (MPI and
# PETSc keep memory until the process ends).
set(HC_TEST_ENVIRONMENT "HC_SOURCE_DIR=${PROJECT_SOURCE_DIR};HC_BINARY_DIR=${PROJECT_BINARY_DIR};OMP_NUM_THREADS=1"
    "ASAN_OPTIONS=detect_leaks=0" "UBSAN_OPTIONS=print_stacktrace=1")

# hc_test(name SOURCES a.c [NEEDS module ...] [RANKS 1 2 4] [LABELS unit ...] [TIMEOUT s])
#
# A Check program, registered with CTest as <name>_np<ranks> for each number of ranks. It links the modules under test
# only.
function(hc_test name)
  cmake_parse_arguments(T "" "TIMEOUT" "SOURCES;NEEDS;RANKS;LABELS" ${ARGN})
  if(NOT T_RANKS)
    set(T_RANKS 1)
  endif()
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 120)
  endif()
  hc_missing(missing "${T_SOURCES}" "${T_NEEDS}")
  if(missing)
    message(STATUS "test ${name} left out, it lacks: ${missing}")
    return()
  endif()
  add_executable(${name} ${T_SOURCES})
  list(TRANSFORM T_NEEDS PREPEND hc_)
  target_link_libraries(${name} PRIVATE hc_options ${T_NEEDS} PkgConfig::CHECK m)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  foreach(ranks ${T_RANKS})
    add_test(NAME ${name}_np${ranks} COMMAND ${HC_MPIEXEC} -n ${ranks} $<TARGET_FILE:${name}>)
    set_tests_properties(${name}_np${ranks} PROPERTIES LABELS "${T_LABELS}" TIMEOUT ${T_TIMEOUT} PROCESSORS ${ranks}
      ENVIRONMENT "${HC_TEST_ENVIRONMENT}")
  endforeach()
endfunction()
