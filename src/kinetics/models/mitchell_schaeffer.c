#include "mitchell_schaeffer.h"
#define HC_MODEL mitchell_schaeffer
#define HC_STATES MITCHELL_SCHAEFFER_STATES
#define HC_PARAMETERS MITCHELL_SCHAEFFER_PARAMETERS
#define HC_CURRENTS MITCHELL_SCHAEFFER_CURRENTS
#include "launch.h"

#define HC_CITATION "Mitchell & Schaeffer 2003, doi:10.1016/S0092-8240(03)00041-7"
#define HC_STIMULUS 50.0
#define HC_STIMULUS_MS 1.0
#define HC_COST 1.0
#define HC_V_LIMITS -200.0, 200.0

#define HC_VARIANT 1
#define HC_VARIANT_NAME mitchell_schaeffer
#define HC_VARIANT_TITLE "Mitchell-Schaeffer 2003, two currents"
#include "describe.h"
