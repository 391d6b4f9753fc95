#include "maleckar09.h"
#define HC_MODEL maleckar09
#define HC_STATES MALECKAR09_STATES
#define HC_PARAMETERS MALECKAR09_PARAMETERS
#define HC_CURRENTS MALECKAR09_CURRENTS
#define HC_SUMS MALECKAR09_SUMS
#include "launch.h"

#define HC_CITATION "Maleckar, Greenstein, Giles & Trayanova 2009, doi:10.1152/ajpheart.00411.2009"
#define HC_STIMULUS 15.0
#define HC_STIMULUS_MS 6.0
#define HC_COST 25.0
#define HC_V_LIMITS -190.0, 200.0

#define HC_VARIANT 1
#define HC_VARIANT_NAME maleckar09
#define HC_VARIANT_TITLE "Maleckar 2009, human atrium"
#include "describe.h"
