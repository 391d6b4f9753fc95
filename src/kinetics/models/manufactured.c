#include "manufactured.h"
#define HC_MODEL manufactured
#define HC_STATES MANUFACTURED_STATES
#define HC_PARAMETERS MANUFACTURED_PARAMETERS
#define HC_CURRENTS MANUFACTURED_CURRENTS
#include "launch.h"

#define HC_CITATION "after Pathmanathan & Gray 2014, doi:10.1002/cnm.2615"
#define HC_STIMULUS 0.0
#define HC_STIMULUS_MS 0.0
#define HC_COST 1.0
#define HC_V_LIMITS -1e6, 1e6

#define HC_VARIANT 1
#define HC_VARIANT_NAME manufactured
#define HC_VARIANT_TITLE "manufactured solution F(x) g(t), for convergence tests"
#include "describe.h"
