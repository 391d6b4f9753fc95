# Runs on devices: the same program for each back end that can be tested here.
foreach(backend ${HC_TEST_BACKENDS})
  hc_python_test(devices_${backend} SCRIPT test_devices.py RANKS 2 LABELS system TIMEOUT 900 BACKEND ${backend})
endforeach()
