# hc_module(name FLOOR n SOURCES a.c ... [KERNELS k.c ...] [NEEDS module ...] [LIBS target ...])
#
# One static library a module. A module sees the headers and symbols of NEEDS only, and NEEDS must lie on lower
# floors: that is how the build itself keeps the architecture (docs/architecture.md). KERNELS are the sources that
# instantiate kernels/: they may include from there and are compiled for the instruction set HC_ARCH.
# <name>.h, with what it includes from its own folder, is public and is installed.
function(hc_module name)
  cmake_parse_arguments(M "" "FLOOR" "SOURCES;KERNELS;NEEDS;LIBS" ${ARGN})
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
    if(NOT TARGET hc_${need})
      message(FATAL_ERROR "module ${name} needs ${need}, which is no module on a lower floor")
    endif()
    get_property(floor TARGET hc_${need} PROPERTY HC_FLOOR)
    if(NOT floor LESS M_FLOOR)
      message(FATAL_ERROR "module ${name} (floor ${M_FLOOR}) may not use ${need} (floor ${floor})")
    endif()
    target_link_libraries(hc_${name} PUBLIC hc_${need})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY HC_MODULES ${name})
  hc_public_headers(${name}.h headers)
  set_property(GLOBAL APPEND PROPERTY HC_PUBLIC_HEADERS ${headers})
endfunction()

# The header and whatever it includes from the same folder, as full paths.
function(hc_public_headers first headers)
  set(found)
  set(queue ${first})
  while(queue)
    list(POP_FRONT queue header)
    set(path ${CMAKE_CURRENT_SOURCE_DIR}/${header})
    if(EXISTS ${path} AND NOT path IN_LIST found)
      list(APPEND found ${path})
      file(STRINGS ${path} includes REGEX "^#include \"[^\"]+\"")
      list(TRANSFORM includes REPLACE "^#include \"([^\"]+)\".*" "\\1")
      list(APPEND queue ${includes})
    endif()
  endwhile()
  set(${headers} ${found} PARENT_SCOPE)
endfunction()

# Environment of every test: where the sources are, one thread a rank, what sanitizers must not report (MPI and
# PETSc keep memory until the process ends), and no search for networks by Open MPI, of which thousands of starts have no use.
set(HC_TEST_ENVIRONMENT "HC_SOURCE_DIR=${PROJECT_SOURCE_DIR};HC_BINARY_DIR=${PROJECT_BINARY_DIR};OMP_NUM_THREADS=1"
    "OMPI_MCA_pml=ob1" "OMPI_MCA_btl=self,vader"
    "ASAN_OPTIONS=detect_leaks=0" "UBSAN_OPTIONS=print_stacktrace=1")

# Back ends that this machine can run tests on, and with what in the environment: HC_TEST_BACKEND names the back end,
# compiled kernels are kept in HC_TEST_CACHE, and a GPU is not needed, since tests/cudaemu stands in for its driver.
set(HC_TEST_CACHE ${PROJECT_BINARY_DIR}/cache CACHE PATH "Where tests keep kernels that were compiled for devices")
set(HC_TEST_BACKENDS)
if(HC_HAVE_OPENCL)
  list(APPEND HC_TEST_BACKENDS opencl)
  set(HC_TEST_ENVIRONMENT_opencl "POCL_CACHE_DIR=${HC_TEST_CACHE}/pocl")
endif()
if(HC_HAVE_CUDA AND NVRTC_LIBRARY)
  list(APPEND HC_TEST_BACKENDS cuda)
  if(DEFINED ENV{LD_LIBRARY_PATH}) # of MPI, for instance
    set(HC_USERS_LIBRARIES ":$ENV{LD_LIBRARY_PATH}")
  endif()
  set(HC_TEST_ENVIRONMENT_cuda "LD_LIBRARY_PATH=${PROJECT_BINARY_DIR}/tests/cudaemu${HC_USERS_LIBRARIES}" "CUDAEMU_STRICT=1"
    "CUDAEMU_CACHE=${HC_TEST_CACHE}/cudaemu")
endif()
foreach(backend ${HC_TEST_BACKENDS})
  list(APPEND HC_TEST_ENVIRONMENT_${backend} "HC_TEST_BACKEND=${backend}" "HEALTHCAST_CACHE=${HC_TEST_CACHE}")
endforeach()

# hc_test(name SOURCES a.c [NEEDS module ...] [RANKS 1 2 4] [LABELS unit ...] [TIMEOUT s] [BACKENDS opencl cuda])
#
# A Check program, registered with CTest as <name>_np<ranks> for each number of ranks, or as <name>_<backend>_np<ranks> for
# each of BACKENDS that can be tested here. It links the modules under test only.
function(hc_test name)
  cmake_parse_arguments(T "" "TIMEOUT" "SOURCES;NEEDS;RANKS;LABELS;BACKENDS" ${ARGN})
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
  if(NOT T_BACKENDS)
    hc_add_test(${name} ${name} "")
  endif()
  foreach(backend ${T_BACKENDS})
    if(backend IN_LIST HC_TEST_BACKENDS)
      hc_add_test(${name}_${backend} ${name} "${HC_TEST_ENVIRONMENT_${backend}}")
    endif()
  endforeach()
endfunction()

# One test for each number of ranks; T_RANKS and so on are hc_test()'s.
function(hc_add_test test program environment)
  foreach(ranks ${T_RANKS})
    add_test(NAME ${test}_np${ranks} COMMAND ${HC_MPIEXEC} -n ${ranks} $<TARGET_FILE:${program}>)
    set_tests_properties(${test}_np${ranks} PROPERTIES LABELS "${T_LABELS}" TIMEOUT ${T_TIMEOUT} PROCESSORS ${ranks}
      ENVIRONMENT "${HC_TEST_ENVIRONMENT};${environment}")
  endforeach()
endfunction()

# hc_python_test(name SCRIPT a.py [RANKS n] [LABELS system ...] [TIMEOUT s] [BACKEND opencl])
#
# A Python program that runs `healthcast` as users do: it is named in HEALTHCAST, the MPI launcher in HC_MPIEXEC. RANKS is
# the largest number of ranks that it starts, BACKEND one of HC_TEST_BACKENDS. The interpreter is HC_PYTHON
# (tests/CMakeLists.txt).
function(hc_python_test name)
  cmake_parse_arguments(T "" "SCRIPT;RANKS;TIMEOUT;BACKEND" "LABELS" ${ARGN})
  if(NOT HC_PYTHON)
    return()
  endif()
  if(NOT T_RANKS)
    set(T_RANKS 1)
  endif()
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 600)
  endif()
  list(JOIN HC_MPIEXEC " " launcher)
  add_test(NAME ${name} COMMAND ${HC_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/${T_SCRIPT})
  set_tests_properties(${name} PROPERTIES LABELS "${T_LABELS}" TIMEOUT ${T_TIMEOUT} PROCESSORS ${T_RANKS} ENVIRONMENT
    "${HC_TEST_ENVIRONMENT};HEALTHCAST=$<TARGET_FILE:healthcast>;HC_MPIEXEC=${launcher};PYTHONDONTWRITEBYTECODE=1")
  if(T_BACKEND)
    set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT "${HC_TEST_ENVIRONMENT_${T_BACKEND}}")
  endif()
endfunction()
