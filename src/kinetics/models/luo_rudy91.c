#include "luo_rudy91.h"
#define HC_MODEL luo_rudy91
#define HC_STATES LUO_RUDY91_STATES
#define HC_PARAMETERS LUO_RUDY91_PARAMETERS
#define HC_CURRENTS LUO_RUDY91_CURRENTS
#include "launch.h"

#define HC_CITATION "Luo & Rudy 1991, doi:10.1161/01.RES.68.6.1501"
#define HC_STIMULUS 25.5
#define HC_STIMULUS_MS 2.0
#define HC_COST 13.0
#define HC_V_LIMITS -200.0, 200.0

#define HC_VARIANT 1
#define HC_VARIANT_NAME luo_rudy91
#define HC_VARIANT_TITLE "Luo-Rudy 1991, guinea pig ventricle"
#include "describe.h"
