# Everything comes from the system's packages; versions are the oldest that are tested (Debian 12).
include(CheckSymbolExists)
find_package(PkgConfig REQUIRED)
find_package(MPI REQUIRED COMPONENTS C)

# PETSc's own pkg-config file is called PETSc or petsc. A PETSc in its own folder is found through PETSC_DIR (and
# PETSC_ARCH), as everywhere else.
if(DEFINED ENV{PETSC_DIR})
  set(ENV{PKG_CONFIG_PATH} "$ENV{PETSC_DIR}/$ENV{PETSC_ARCH}/lib/pkgconfig:$ENV{PKG_CONFIG_PATH}")
endif()
pkg_search_module(PETSC REQUIRED IMPORTED_TARGET PETSc>=3.18 petsc>=3.18)
set(CMAKE_REQUIRED_LIBRARIES PkgConfig::PETSC MPI::MPI_C)
check_symbol_exists(PETSC_USE_COMPLEX petscconf.h HC_PETSC_IS_COMPLEX)
unset(CMAKE_REQUIRED_LIBRARIES)
if(HC_PETSC_IS_COMPLEX)
  message(FATAL_ERROR "This PETSc (${PETSC_PREFIX}) has complex scalars; healthcast needs a real one "
    "(Debian: libpetsc-real-dev; else set PETSC_DIR and PETSC_ARCH)")
endif()

find_package(ParallelHDF5 1.10 REQUIRED)
add_library(hc_hdf5 INTERFACE)
target_link_libraries(hc_hdf5 INTERFACE ParallelHDF5::ParallelHDF5)

pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.12)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto)
pkg_check_modules(EXPAT REQUIRED IMPORTED_TARGET expat)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)

find_library(METIS_LIBRARY metis REQUIRED)
find_path(METIS_INCLUDE_DIR metis.h REQUIRED)
add_library(hc_metis INTERFACE)
target_include_directories(hc_metis SYSTEM INTERFACE ${METIS_INCLUDE_DIR})
target_link_libraries(hc_metis INTERFACE ${METIS_LIBRARY})

# NIfTI-1 and -2 headers (Debian: libnifti2-dev).
find_library(NIFTI2_LIBRARY nifti2 REQUIRED)
find_library(ZNZ_LIBRARY znz REQUIRED)
find_path(NIFTI_INCLUDE_DIR nifti2_io.h PATH_SUFFIXES nifti REQUIRED)
add_library(hc_nifti INTERFACE)
target_include_directories(hc_nifti SYSTEM INTERFACE ${NIFTI_INCLUDE_DIR})
target_link_libraries(hc_nifti INTERFACE ${NIFTI2_LIBRARY} ${ZNZ_LIBRARY})

# SUNDIALS (Debian: libsundials-dev), without its own CMake package, which drags in every solver it was built with.
find_library(SUNDIALS_CVODE sundials_cvode REQUIRED)
find_library(SUNDIALS_NVECSERIAL sundials_nvecserial REQUIRED)
find_path(SUNDIALS_INCLUDE_DIR cvode/cvode.h REQUIRED)
add_library(hc_sundials INTERFACE)
target_include_directories(hc_sundials SYSTEM INTERFACE ${SUNDIALS_INCLUDE_DIR})
target_link_libraries(hc_sundials INTERFACE ${SUNDIALS_CVODE} ${SUNDIALS_NVECSERIAL})

# OpenMP, if the compiler has it: without, a rank has one thread. Sources with parallel loops are compiled with
# HC_THREAD_OPTIONS.
find_package(OpenMP COMPONENTS C)
add_library(hc_openmp INTERFACE)
if(OpenMP_C_FOUND)
  separate_arguments(HC_THREAD_OPTIONS UNIX_COMMAND "${OpenMP_C_FLAGS}")
  target_link_libraries(hc_openmp INTERFACE ${OpenMP_C_LIBRARIES})
else()
  set(HC_THREAD_OPTIONS -fopenmp-simd)
endif()

# How tests start ranks. Open MPI refuses root and more ranks than cores unless told, and would bind the ranks of every
# concurrent test to the same first cores.
execute_process(COMMAND ${MPIEXEC_EXECUTABLE} --version OUTPUT_VARIABLE HC_MPIEXEC_VERSION ERROR_QUIET)
set(HC_MPIEXEC ${MPIEXEC_EXECUTABLE})
if(HC_MPIEXEC_VERSION MATCHES "Open MPI|OpenRTE|PRRTE")
  list(APPEND HC_MPIEXEC --allow-run-as-root --oversubscribe --bind-to none)
endif()

# Back ends for accelerators. OpenCL's loader is linked; of CUDA headers alone are needed, as the driver and the run-time
# compiler are looked for when a program starts.
set(HC_DEVICE_DEFINITIONS)
add_library(hc_opencl INTERFACE)
add_library(hc_cuda INTERFACE)
if(HC_OPENCL)
  find_package(OpenCL QUIET)
  set(HC_HAVE_OPENCL ${OpenCL_FOUND})
endif()
if(HC_HAVE_OPENCL)
  target_link_libraries(hc_opencl INTERFACE OpenCL::OpenCL)
  list(APPEND HC_DEVICE_DEFINITIONS HC_HAVE_OPENCL)
elseif(HC_OPENCL AND NOT HC_OPENCL STREQUAL AUTO)
  message(FATAL_ERROR "HC_OPENCL is on but CL/cl.h or libOpenCL was not found (Debian: ocl-icd-opencl-dev)")
endif()

if(HC_CUDA)
  set(toolkits ENV CUDA_HOME ENV CUDA_PATH /usr/local/cuda /opt/cuda)
  find_path(CUDA_INCLUDE_DIR NAMES cuda.h HINTS ${toolkits} PATH_SUFFIXES include)
  find_path(NVRTC_INCLUDE_DIR NAMES nvrtc.h HINTS ${toolkits} PATH_SUFFIXES include)
  find_library(NVRTC_LIBRARY nvrtc HINTS ${toolkits} PATH_SUFFIXES lib64 lib)
  if(CUDA_INCLUDE_DIR AND NVRTC_INCLUDE_DIR)
    set(HC_HAVE_CUDA ON)
  endif()
endif()
if(HC_HAVE_CUDA)
  target_include_directories(hc_cuda SYSTEM INTERFACE ${CUDA_INCLUDE_DIR} ${NVRTC_INCLUDE_DIR})
  list(APPEND HC_DEVICE_DEFINITIONS HC_HAVE_CUDA)
  if(NVRTC_LIBRARY) # where to look last
    list(APPEND HC_DEVICE_DEFINITIONS HC_NVRTC_LIBRARY="${NVRTC_LIBRARY}")
  endif()
elseif(HC_CUDA AND NOT HC_CUDA STREQUAL AUTO)
  message(FATAL_ERROR "HC_CUDA is on but cuda.h or nvrtc.h was not found (set CUDA_HOME)")
endif()

# Does MPI take addresses of a device? Asked at run time where the library can tell.
set(CMAKE_REQUIRED_LIBRARIES MPI::MPI_C)
check_symbol_exists(MPIX_Query_cuda_support "mpi.h" HC_HAVE_MPIX_QUERY_CUDA)
if(NOT HC_HAVE_MPIX_QUERY_CUDA)
  check_symbol_exists(MPIX_Query_cuda_support "mpi.h;mpi-ext.h" HC_HAVE_MPI_EXT)
endif()
unset(CMAKE_REQUIRED_LIBRARIES)
if(HC_HAVE_MPI_EXT)
  list(APPEND HC_DEVICE_DEFINITIONS HC_HAVE_MPI_EXT HC_HAVE_MPIX_QUERY_CUDA)
elseif(HC_HAVE_MPIX_QUERY_CUDA)
  list(APPEND HC_DEVICE_DEFINITIONS HC_HAVE_MPIX_QUERY_CUDA)
endif()
