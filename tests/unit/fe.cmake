hc_test(test_fe_assembly SOURCES test_fe_assembly.c NEEDS fe RANKS 1 2 4 LABELS unit)
hc_test(test_fe_laplace SOURCES test_fe_laplace.c NEEDS fe RANKS 1 2 4 LABELS unit)
hc_test(test_fe_lead SOURCES test_fe_lead.c NEEDS fe RANKS 1 2 4 LABELS unit)
hc_test(test_fe_locate SOURCES test_fe_locate.c NEEDS fe RANKS 1 2 4 LABELS unit)
