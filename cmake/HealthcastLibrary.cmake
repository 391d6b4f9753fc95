# libhealthcast (all modules in one shared library), the program `healthcast`, and what `cmake --install` puts where.
include(CMakePackageConfigHelpers)
get_property(modules GLOBAL PROPERTY HC_MODULES)
get_property(headers GLOBAL PROPERTY HC_PUBLIC_HEADERS)
list(TRANSFORM modules PREPEND hc_ OUTPUT_VARIABLE module_targets)

# ---- the library; the target is libhealthcast because the program has the name healthcast -----------------------------
add_library(libhealthcast SHARED)
foreach(target ${module_targets})
  target_sources(libhealthcast PRIVATE $<TARGET_OBJECTS:${target}>)
  target_include_directories(libhealthcast INTERFACE
    $<BUILD_INTERFACE:$<TARGET_PROPERTY:${target},INTERFACE_INCLUDE_DIRECTORIES>>)
endforeach()
# What the modules need is linked; what their public headers include is passed on to whoever links the library.
target_link_libraries(libhealthcast PRIVATE hc_options ${module_targets} m)
target_link_libraries(libhealthcast PUBLIC PkgConfig::PETSC MPI::MPI_C PkgConfig::JANSSON ParallelHDF5::ParallelHDF5)
target_include_directories(libhealthcast INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
if(NOT HC_SANITIZE) # clang's sanitizer runtime is in the program only
  target_link_options(libhealthcast PRIVATE LINKER:--no-undefined)
endif()
target_link_options(libhealthcast PRIVATE LINKER:--as-needed)
set_target_properties(libhealthcast PROPERTIES OUTPUT_NAME healthcast EXPORT_NAME healthcast LINKER_LANGUAGE C
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
  INSTALL_RPATH_USE_LINK_PATH ON)

# ---- the program ------------------------------------------------------------------------------------------------------
file(RELATIVE_PATH lib_from_bin ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
add_executable(healthcast ${PROJECT_SOURCE_DIR}/src/main.c)
target_link_libraries(healthcast PRIVATE hc_options libhealthcast)
set_target_properties(healthcast PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}
  INSTALL_RPATH "$ORIGIN/${lib_from_bin}" INSTALL_RPATH_USE_LINK_PATH ON)
install(TARGETS healthcast)

# ---- install ----------------------------------------------------------------------------------------------------------
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/healthcast)
install(TARGETS libhealthcast EXPORT healthcast)
install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/healthcast)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/kernels/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/healthcast/kernels
  FILES_MATCHING PATTERN *.h PATTERN flags.cmake)
# the importer of CellML models looks for the headers and flags at include/healthcast/kernels of the same prefix
install(PROGRAMS ${PROJECT_SOURCE_DIR}/kernels/import_cellml.py DESTINATION ${CMAKE_INSTALL_DATADIR}/healthcast/kernels)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/kernels/cellml DESTINATION ${CMAKE_INSTALL_DATADIR}/healthcast/kernels
  FILES_MATCHING PATTERN *.py)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/inputs DESTINATION ${CMAKE_INSTALL_DATADIR}/healthcast)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/CITATION.cff DESTINATION ${CMAKE_INSTALL_DOCDIR})

# find_package(healthcast) gives healthcast::healthcast
install(EXPORT healthcast NAMESPACE healthcast:: FILE healthcastTargets.cmake DESTINATION ${package_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/healthcastConfig.cmake.in healthcastConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(healthcastConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/healthcastConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/healthcastConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/FindParallelHDF5.cmake DESTINATION ${package_dir})

# pkg-config healthcast
file(RELATIVE_PATH PREFIX_FROM_PC ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
set(PC_CFLAGS)
set(directories ${MPI_C_INCLUDE_DIRS} ${ParallelHDF5_INCLUDE_DIRS})
list(REMOVE_DUPLICATES directories)
foreach(dir ${directories})
  string(APPEND PC_CFLAGS " -I${dir}")
endforeach()
set(libraries ${MPI_C_LIBRARIES} ${ParallelHDF5_LIBRARIES})
list(REMOVE_DUPLICATES libraries)
list(JOIN libraries " " PC_LIBS)
configure_file(${PROJECT_SOURCE_DIR}/cmake/healthcast.pc.in healthcast.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/healthcast.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
