# HDF5 with MPI, 1.10 or later: the target ParallelHDF5::ParallelHDF5, and ParallelHDF5_INCLUDE_DIRS, ParallelHDF5_LIBRARIES.
#
# A distribution's pkg-config file for the MPI in use comes first, because CMake's FindHDF5 (whose way is to ask h5pcc)
# does not know the library names of every release; HDF5_ROOT leads past it. Needs MPI to have been found.
if(NOT HDF5_ROOT AND NOT DEFINED ENV{HDF5_ROOT})
  if("${MPI_C_LIBRARIES}" MATCHES "mpich")
    set(mpi mpich)
  else()
    set(mpi openmpi)
  endif()
  pkg_search_module(ParallelHDF5_PC QUIET hdf5-${mpi}>=1.10 hdf5_${mpi}>=1.10)
endif()
if(ParallelHDF5_PC_FOUND)
  set(ParallelHDF5_INCLUDE_DIRS ${ParallelHDF5_PC_INCLUDE_DIRS})
  set(ParallelHDF5_LIBRARIES ${ParallelHDF5_PC_LINK_LIBRARIES})
  set(ParallelHDF5_VERSION ${ParallelHDF5_PC_VERSION})
else()
  set(HDF5_PREFER_PARALLEL ON)
  find_package(HDF5 1.10 QUIET COMPONENTS C)
  if(HDF5_FOUND AND HDF5_IS_PARALLEL)
    set(ParallelHDF5_INCLUDE_DIRS ${HDF5_C_INCLUDE_DIRS})
    set(ParallelHDF5_LIBRARIES ${HDF5_C_LIBRARIES})
    set(ParallelHDF5_VERSION ${HDF5_VERSION})
  elseif(HDF5_FOUND)
    set(reason "HDF5 ${HDF5_VERSION} was found, but it is built without MPI")
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ParallelHDF5 REQUIRED_VARS ParallelHDF5_LIBRARIES ParallelHDF5_INCLUDE_DIRS
  VERSION_VAR ParallelHDF5_VERSION
  REASON_FAILURE_MESSAGE "${reason} (Debian: libhdf5-openmpi-dev, elsewhere set HDF5_ROOT)")
if(ParallelHDF5_FOUND AND NOT TARGET ParallelHDF5::ParallelHDF5)
  add_library(ParallelHDF5::ParallelHDF5 INTERFACE IMPORTED)
  set_target_properties(ParallelHDF5::ParallelHDF5 PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${ParallelHDF5_INCLUDE_DIRS}"
    INTERFACE_LINK_LIBRARIES "${ParallelHDF5_LIBRARIES}"
    INTERFACE_COMPILE_DEFINITIONS H5_USE_110_API)
endif()
