# Orders of convergence do not depend on ranks; that ranks agree is tested in tests/unit.
hc_test(mms_diffusion SOURCES mms_diffusion.c NEEDS diffusion RANKS 2 LABELS mms)
hc_test(mms_splitting SOURCES mms_splitting.c NEEDS diffusion stepper LABELS mms)
hc_test(mms_wave SOURCES mms_wave.c NEEDS diffusion stepper LABELS mms)
hc_test(mms_monodomain SOURCES mms_monodomain.c NEEDS model LABELS mms)
hc_test(mms_tumour SOURCES mms_tumour.c NEEDS tumour LABELS mms)
hc_test(mms_elastic SOURCES mms_elastic.c NEEDS elastic diffusion LABELS mms)
hc_test(mms_mechanics SOURCES mms_mechanics.c NEEDS tumour LABELS mms)
