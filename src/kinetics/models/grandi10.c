#include "grandi10.h"
#define HC_MODEL grandi10
#define HC_STATES GRANDI10_STATES
#define HC_PARAMETERS GRANDI10_PARAMETERS
#define HC_CURRENTS GRANDI10_CURRENTS
#define HC_EXCHANGES GRANDI10_EXCHANGES
#define HC_SUMS GRANDI10_SUMS
#include "launch.h"

#define HC_CITATION "Grandi, Pasqualini & Bers 2010, doi:10.1016/j.yjmcc.2009.09.019"
#define HC_STIMULUS 9.5
#define HC_STIMULUS_MS 5.0
#define HC_COST 44.0
#define HC_V_LIMITS -200.0, 200.0

#define HC_VARIANT 1
#define HC_VARIANT_NAME grandi10_epi
#define HC_VARIANT_TITLE "Grandi-Pasqualini-Bers 2010, human ventricle, epicardial"
#include "describe.h"

#define HC_VARIANT 2
#define HC_VARIANT_NAME grandi10_endo
#define HC_VARIANT_TITLE "Grandi-Pasqualini-Bers 2010, human ventricle, endocardial"
#include "describe.h"
