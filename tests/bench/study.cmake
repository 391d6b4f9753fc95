# Not a test: the cable of the study of coarse meshes, driven by study_coarse.py.
add_executable(study_cable EXCLUDE_FROM_ALL study_cable.c study_scheme.c)
target_link_libraries(study_cable PRIVATE hc_options hc_kinetics m)
