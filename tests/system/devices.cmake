# Runs on devices: the same program for each back end that can be tested here.
foreach(backend ${HC_TEST_BACKENDS})
  hc_python_test(devices_${backend} SCRIPT test_devices.py RANKS 2 LABELS system TIMEOUT 900 BACKEND ${backend})
  hc_python_test(devices_beat_${backend} SCRIPT test_devices.py RANKS 2 LABELS system full TIMEOUT 7200 BACKEND ${backend})
  if(TEST devices_beat_${backend})
    set_property(TEST devices_beat_${backend} APPEND PROPERTY ENVIRONMENT HC_TEST_FULL=1)
  endif()
endforeach()
