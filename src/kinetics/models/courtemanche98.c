#include "courtemanche98.h"
#define HC_MODEL courtemanche98
#define HC_STATES COURTEMANCHE98_STATES
#define HC_PARAMETERS COURTEMANCHE98_PARAMETERS
#define HC_CURRENTS COURTEMANCHE98_CURRENTS
#define HC_SUMS COURTEMANCHE98_SUMS
#include "launch.h"

#define HC_CITATION "Courtemanche, Ramirez & Nattel 1998, doi:10.1152/ajpheart.1998.275.1.H301"
#define HC_STIMULUS 20.0
#define HC_STIMULUS_MS 2.0
#define HC_COST 25.0
#define HC_V_LIMITS -200.0, 200.0

#define HC_VARIANT 1
#define HC_VARIANT_NAME courtemanche98
#define HC_VARIANT_TITLE "Courtemanche-Ramirez-Nattel 1998, human atrium"
#include "describe.h"
