#include "manufactured.h"
#define HC_MODEL manufactured
#define HC_STATES MANUFACTURED_STATES
#define HC_PARAMETERS MANUFACTURED_PARAMETERS
#define HC_CURRENTS MANUFACTURED_CURRENTS
#include "launch_cpu.h"

#include "describe.h"

HC_DESCRIBE_CURRENTS()
HC_DESCRIBE_VARIANT(1, only)

const struct hc_cell_model hc_model_manufactured = {
    .name = "manufactured",
    .title = "manufactured solution F(x) g(t), for convergence tests",
    .citation = "after Pathmanathan & Gray 2014, doi:10.1002/cnm.2615",
    .v_min = -1e6,
    .v_max = 1e6,
    .cost = 1.0,
    HC_VARIANT_FIELDS(only),
};
