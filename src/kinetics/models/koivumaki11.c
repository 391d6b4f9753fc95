#include "koivumaki11.h"
#define HC_MODEL koivumaki11
#define HC_STATES KOIVUMAKI11_STATES
#define HC_PARAMETERS KOIVUMAKI11_PARAMETERS
#define HC_CURRENTS KOIVUMAKI11_CURRENTS
#include "launch.h"

#define HC_CITATION "Koivumaki, Korhonen & Tavi 2011, doi:10.1371/journal.pcbi.1001067"
#define HC_STIMULUS 20.0
#define HC_STIMULUS_MS 6.0
#define HC_COST 40.0
#define HC_V_LIMITS -190.0, 200.0

#define HC_VARIANT 1
#define HC_VARIANT_NAME koivumaki11
#define HC_VARIANT_TITLE "Koivumaki-Korhonen-Tavi 2011, human atrium"
#include "describe.h"
