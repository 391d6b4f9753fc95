#include "mitchell_schaeffer.h"
#define HC_MODEL mitchell_schaeffer
#define HC_STATES MITCHELL_SCHAEFFER_STATES
#define HC_PARAMETERS MITCHELL_SCHAEFFER_PARAMETERS
#define HC_CURRENTS MITCHELL_SCHAEFFER_CURRENTS
#include "launch_cpu.h"

#include "describe.h"

HC_DESCRIBE_CURRENTS()
HC_DESCRIBE_VARIANT(1, only)

const struct hc_cell_model hc_model_mitchell_schaeffer = {
    .name = "mitchell_schaeffer",
    .title = "Mitchell-Schaeffer 2003, two currents",
    .citation = "Mitchell & Schaeffer 2003, doi:10.1016/S0092-8240(03)00041-7",
    .v_min = -200.0,
    .v_max = 200.0,
    .cost = 1.0,
    HC_VARIANT_FIELDS(only),
};
