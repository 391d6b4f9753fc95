#include "stewart09.h"
#define HC_MODEL stewart09
#define HC_STATES STEWART09_STATES
#define HC_PARAMETERS STEWART09_PARAMETERS
#define HC_CURRENTS STEWART09_CURRENTS
#define HC_SUMS STEWART09_SUMS
#include "launch.h"

#define HC_CITATION "Stewart et al. 2009, doi:10.1098/rsta.2008.0283"
#define HC_STIMULUS 0.0
#define HC_STIMULUS_MS 0.0
#define HC_COST 23.0
#define HC_V_LIMITS -200.0, 200.0

#define HC_VARIANT 1
#define HC_VARIANT_NAME stewart09
#define HC_VARIANT_TITLE "Stewart 2009, human Purkinje fibre, beats by itself"
#include "describe.h"
