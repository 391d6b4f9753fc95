#include "hodgkin_huxley.h"
#define HC_MODEL hodgkin_huxley
#define HC_STATES HODGKIN_HUXLEY_STATES
#define HC_PARAMETERS HODGKIN_HUXLEY_PARAMETERS
#define HC_CURRENTS HODGKIN_HUXLEY_CURRENTS
#include "launch.h"

#define HC_CITATION "Hodgkin & Huxley 1952, doi:10.1113/jphysiol.1952.sp004764"
#define HC_STIMULUS 30.0
#define HC_STIMULUS_MS 0.5
#define HC_COST 3.5
#define HC_V_LIMITS -200.0, 200.0

#define HC_VARIANT 1
#define HC_VARIANT_NAME hodgkin_huxley
#define HC_VARIANT_TITLE "Hodgkin-Huxley 1952, giant axon of the squid"
#include "describe.h"
