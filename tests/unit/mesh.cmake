hc_test(test_mesh SOURCES test_mesh.c NEEDS mesh RANKS 1 2 4 LABELS unit)
hc_test(test_mesh_check SOURCES test_mesh_check.c NEEDS mesh RANKS 1 2 4 LABELS unit)
hc_test(test_mesh_partition SOURCES test_mesh_partition.c NEEDS mesh RANKS 1 2 4 LABELS unit)
hc_test(test_mesh_refine SOURCES test_mesh_refine.c NEEDS mesh RANKS 1 2 4 LABELS unit)
