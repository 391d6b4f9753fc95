hc_test(test_device SOURCES test_device.c test_device_programs.c NEEDS device RANKS 1 2 LABELS unit BACKENDS opencl cuda)
if(TEST test_device_cuda_np2) # a rank a device
  set_property(TEST test_device_cuda_np2 APPEND PROPERTY ENVIRONMENT CUDAEMU_DEVICES=2)
endif()

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
    "LD_LIBRARY_PATH=${stub}${HC_USERS_LIBRARIES}" "HC_TEST_CUDA=${found}")
endif()

# GPUs that fail, lack something or are strange: setting of the emulator, what is to be said of it.
if("cuda" IN_LIST HC_TEST_BACKENDS)
  add_executable(test_device_emulated test_device_emulated.c)
  target_link_libraries(test_device_emulated PRIVATE hc_options hc_device PkgConfig::CHECK m)
  target_include_directories(test_device_emulated PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  function(hc_emulated name setting expected)
    add_test(NAME test_device_emulated_${name} COMMAND ${HC_MPIEXEC} -n 1 $<TARGET_FILE:test_device_emulated>)
    set_tests_properties(test_device_emulated_${name} PROPERTIES LABELS unit TIMEOUT 60
      ENVIRONMENT "${HC_TEST_ENVIRONMENT};${HC_TEST_ENVIRONMENT_cuda};${setting};HC_TEST_EXPECT=${expected}")
  endfunction()
  hc_emulated(alloc CUDAEMU_FAULT=alloc:2 "cuda: no memory for 0.00762939 MiB (CUDA_ERROR_OUT_OF_MEMORY): cudaemu sm_90 has ")
  hc_emulated(memory CUDAEMU_MEMORY=10000 "has 0.00953674 MiB, of which this rank holds 0.00762939 MiB")
  hc_emulated(launch CUDAEMU_FAULT=launch:3 "cuda: launch of twice: CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES")
  hc_emulated(kernel CUDAEMU_FAULT=kernel:2 "cuda: waiting for main queue: CUDA_ERROR_LAUNCH_FAILED")
  hc_emulated(copy CUDAEMU_FAULT=copy:2 "cuda: copy of buffer: CUDA_ERROR_UNKNOWN")
  hc_emulated(lost CUDAEMU_FAULT=lost:12 ": CUDA_ERROR_ECC_UNCORRECTABLE")
  hc_emulated(none CUDAEMU_DEVICES=0 "back end cuda has no device: the driver ")
  hc_emulated(old CUDAEMU_CAPABILITY=3.5 "compiles for no GPU as old as cudaemu sm_35 (CUDA ")
  hc_emulated(new CUDAEMU_CAPABILITY=25.0 "")
endif()
