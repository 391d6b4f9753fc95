#include "ttp06.h"
#define HC_MODEL ttp06
#define HC_STATES TTP06_STATES
#define HC_PARAMETERS TTP06_PARAMETERS
#define HC_CURRENTS TTP06_CURRENTS
#include "launch_cpu.h"

#include "describe.h"

HC_DESCRIBE_CURRENTS()
HC_DESCRIBE_VARIANT(1, epi)
HC_DESCRIBE_VARIANT(2, endo)
HC_DESCRIBE_VARIANT(3, mid)

#define TTP06_COMMON                                                                                                   \
  .citation = "ten Tusscher & Panfilov 2006, doi:10.1152/ajpheart.00109.2006", .v_min = -200.0, .v_max = 200.0,        \
  .cost = 25.0

const struct hc_cell_model hc_model_ttp06_epi = {
    .name = "ttp06_epi",
    .title = "ten Tusscher-Panfilov 2006, human ventricle, epicardial",
    TTP06_COMMON,
    HC_VARIANT_FIELDS(epi),
};

const struct hc_cell_model hc_model_ttp06_endo = {
    .name = "ttp06_endo",
    .title = "ten Tusscher-Panfilov 2006, human ventricle, endocardial",
    TTP06_COMMON,
    HC_VARIANT_FIELDS(endo),
};

const struct hc_cell_model hc_model_ttp06_m = {
    .name = "ttp06_m",
    .title = "ten Tusscher-Panfilov 2006, human ventricle, M cell",
    TTP06_COMMON,
    HC_VARIANT_FIELDS(mid),
};
