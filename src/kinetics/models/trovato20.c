#include "trovato20.h"
#define HC_MODEL trovato20
#define HC_STATES TROVATO20_STATES
#define HC_PARAMETERS TROVATO20_PARAMETERS
#define HC_CURRENTS TROVATO20_CURRENTS
#define HC_SUMS TROVATO20_SUMS
#include "launch.h"

#define HC_CITATION "Trovato et al. 2020, doi:10.1016/j.yjmcc.2020.04.001"
#define HC_STIMULUS 40.0
#define HC_STIMULUS_MS 1.0
#define HC_COST 60.0
#define HC_V_LIMITS -200.0, 200.0

#define HC_VARIANT 1
#define HC_VARIANT_NAME trovato20
#define HC_VARIANT_TITLE "Trovato 2020, human Purkinje cell"
#include "describe.h"
