hc_test(test_kinetics SOURCES test_kinetics.c NEEDS kinetics LABELS unit)
hc_test(test_kinetics_published SOURCES test_kinetics_published.c NEEDS kinetics LABELS unit)
hc_test(test_kinetics_models SOURCES test_kinetics_models.c NEEDS kinetics LABELS unit TIMEOUT 600)
target_link_libraries(test_kinetics_models PRIVATE hc_sundials)
