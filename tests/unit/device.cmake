hc_test(test_device SOURCES test_device.c NEEDS device RANKS 1 2 LABELS unit BACKENDS opencl cuda)

if(HC_HAVE_OPENCL)
  hc_test(test_device_faults SOURCES test_device_faults.c NEEDS device RANKS 1 2 LABELS unit BACKENDS opencl)
  # in front of the real library
  target_link_options(test_device_faults PRIVATE LINKER:--no-as-needed $<TARGET_FILE:faultcl>
    LINKER:-rpath,$<TARGET_FILE_DIR:faultcl>)
  add_dependencies(test_device_faults faultcl)
endif()

# A machine without drivers.
set(found "built without it")
set(stub)
if(HC_HAVE_CUDA)
  find_file(CUDA_STUB libcuda.so HINTS ${toolkits} PATH_SUFFIXES lib64/stubs lib/stubs NO_DEFAULT_PATH)
  set(stub ${CMAKE_CURRENT_BINARY_DIR}/stub)
  set(found "the driver does not start: CUDA error 34")
  if(CUDA_STUB)
    file(MAKE_DIRECTORY ${stub})
    file(CREATE_LINK ${CUDA_STUB} ${stub}/libcuda.so.1 SYMBOLIC)
  endif()
endif()
if(HC_HAVE_OPENCL AND (CUDA_STUB OR NOT HC_HAVE_CUDA))
  hc_test(test_device_missing SOURCES test_device_missing.c NEEDS device RANKS 1 LABELS unit)
  set_property(TEST test_device_missing_np1 APPEND PROPERTY ENVIRONMENT "OCL_ICD_VENDORS=/nonexistent"
    "LD_LIBRARY_PATH=${stub}" "HC_TEST_CUDA=${found}")
endif()
