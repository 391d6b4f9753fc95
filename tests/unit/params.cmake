hc_test(test_params SOURCES test_params.c NEEDS params RANKS 1 2 LABELS unit)
hc_test(test_params_echo SOURCES test_params_echo.c NEEDS params RANKS 1 2 LABELS unit)
hc_test(test_params_fuzz SOURCES test_params_fuzz.c NEEDS params RANKS 1 LABELS unit)
