hc_test(test_meshio SOURCES test_meshio.c NEEDS meshio RANKS 1 2 4 LABELS unit)
hc_test(test_meshio_import SOURCES test_meshio_import.c NEEDS meshio RANKS 1 2 4 LABELS unit)
hc_test(test_meshio_damage SOURCES test_meshio_damage.c NEEDS meshio LABELS unit TIMEOUT 300)
