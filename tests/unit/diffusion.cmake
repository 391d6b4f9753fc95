hc_test(test_diffusion SOURCES test_diffusion.c NEEDS diffusion RANKS 1 2 4 LABELS unit)
