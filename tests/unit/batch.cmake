hc_test(test_batch SOURCES test_batch.c NEEDS batch LABELS unit)

hc_test(test_batch_device SOURCES test_batch_device.c NEEDS batch LABELS unit BACKENDS opencl cuda TIMEOUT 300)
if(HC_HAVE_OPENCL) # in front of the real library, for what happens when it fails
  target_link_options(test_batch_device PRIVATE LINKER:--no-as-needed $<TARGET_FILE:faultcl>
    LINKER:-rpath,$<TARGET_FILE_DIR:faultcl>)
  target_compile_definitions(test_batch_device PRIVATE HC_FAULTCL)
  add_dependencies(test_batch_device faultcl)
endif()
